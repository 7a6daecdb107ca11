# SPDX-License-Identifier: Apache-2.0
"""Indices of migration against printed figures, hand-made cases and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.arrays import weighted_mean
from keruen.core.errors import CoverageError, FaultsError, SchemaError, UnitsError, WorkbenchError
from keruen.measure import indices as ix
from keruen.measure._spatial import independent_flows, poisson_decay

# Hypothetical flows of Plane and Mulligan (1997), Demography 34(2): the two tables whose
# indices they print, also the examples of R's migration.indices.
FIRST = [[0, 10, 10], [20, 0, 20], [30, 30, 0]]
SECOND = [[0, 20, 20], [30, 0, 50], [20, 20, 0]]


def od(cells: object, names: str = "ABCDEFGH", **attrs: object) -> xr.DataArray:
    values = np.asarray(cells)
    places = list(names[: values.shape[-1]])
    return xr.DataArray(
        values, coords={"origin": places, "destination": places}, name="flows", attrs=attrs
    )


def people(*values: float, names: str = "ABCDEFGH") -> xr.DataArray:
    return xr.DataArray(list(values), coords={"region": list(names[: len(values)])})


class TestGini:
    @pytest.mark.parametrize(
        ("table", "wanted"),
        [
            (FIRST, (0.2222222, 0.0, 0.0555556, 0.0, 0.25, 0.25)),
            (SECOND, (0.1875, 0.0208333, 0.0416667, 0.1111111, 0.2222222, 0.2222222)),
        ],
    )
    def test_printed_uncorrected(self, table, wanted):
        gini = ix.migration_gini(od(table), corrected=False)
        found = (
            gini.total,
            gini.row,
            gini.column,
            gini.row_share,
            gini.column_share,
            gini.exchange_share,
        )
        np.testing.assert_allclose([a.item() for a in found], wanted, atol=5e-8)

    def test_printed_fields_corrected(self):
        first, second = ix.migration_gini(od(FIRST)), ix.migration_gini(od(SECOND))
        np.testing.assert_allclose(first.in_field, [0.2, 0.5, 1 / 3])
        np.testing.assert_allclose(first.out_field, [0, 0, 0])
        np.testing.assert_allclose(second.out_field, [0, 0.25, 0])
        np.testing.assert_allclose(second.in_field, [0.2, 0, 3 / 7])

    def test_corrected_reaches_one_when_all_take_one_route(self):
        flows = np.zeros((4, 4))
        flows[0, 1] = 7
        assert ix.migration_gini(od(flows)).total.item() == pytest.approx(1.0)
        assert ix.migration_gini(od(flows), corrected=False).total.item() == pytest.approx(11 / 12)

    def test_weighted_field_differs_from_the_usual_package_as_documented(self):
        # migration.indices prints 0.122222 for FIRST: in-fields weighted by *departures*
        # (20, 40, 60), divided by the number of places. Arrivals are 50, 40, 30.
        field = ix.migration_gini(od(FIRST)).in_field
        out = xr.DataArray([20, 40, 60], coords={"destination": list("ABC")})
        into = xr.DataArray([50, 40, 30], coords={"destination": list("ABC")})
        swapped = weighted_mean(field, weights=out, over="destination").item()
        assert swapped / 3 == pytest.approx(0.122222222)
        assert weighted_mean(field, weights=into, over="destination").item() == pytest.approx(1 / 3)

    def test_table_has_every_index(self):
        table = ix.migration_gini(od(FIRST)).to_table()
        assert table["index"].value_counts().to_dict()["in_field"] == 3
        assert len(table) == 7 + 6


class TestVariation:
    def test_printed_acv(self):
        # Rogers and Sweeney (1998) as printed by migration.indices: 0.3333333 and 0.25 in.
        assert ix.flow_variation(od(FIRST)).acv_in.item() == pytest.approx(1 / 3)
        assert ix.flow_variation(od(SECOND)).acv_in.item() == pytest.approx(0.25)

    def test_hand_case(self):
        # Row B of SECOND: 30 and 50, mean 40, deviation of the whole 10.
        variation = ix.flow_variation(od(SECOND))
        assert variation.cv_out.sel(origin="B").item() == pytest.approx(0.25)
        assert variation.acv_out.item() == pytest.approx(0.25 * 80 / 160)
        assert variation.acv.item() == pytest.approx(0.125 + 0.25)

    def test_is_a_coefficient_of_variation_where_the_usual_cv_is_not(self):
        flows = od(SECOND).astype(float)
        thousands = flows / 1000
        np.testing.assert_allclose(
            ix.flow_variation(flows).acv, ix.flow_variation(thousands).acv, rtol=1e-12
        )
        usual = [_migest_cv(a.to_numpy()) for a in (flows, thousands)]
        assert usual[0] == pytest.approx(usual[1] * np.sqrt(1000))

    def test_place_without_moves_is_missing_and_ignored_in_the_mean(self):
        variation = ix.flow_variation(od([[0, 5, 5], [3, 0, 1], [0, 0, 0]]))
        assert np.isnan(variation.cv_out.sel(origin="C"))
        assert "origin=C" in variation.cv_out.attrs["missing_reason"]
        assert variation.acv_out.item() == pytest.approx(0.5 * 4 / 14)


def _migest_cv(m: np.ndarray) -> float:
    """The formula that R's migest prints as ``cv``, diagonal included."""
    return float(np.sqrt(((m - m.mean()) ** 2).sum() / (m.size * (m.size - 1)) / m.mean()))


class TestSystem:
    def test_hand_case(self):
        flows = od([[0, 30, 10], [20, 0, 5], [0, 15, 0]])
        system = ix.migration_system(flows, people(500, 300, 200))
        assert system.moves.item() == 80
        assert system.intensity.item() == pytest.approx(8.0)
        # D = 20, 45, 15; O = 40, 25, 15; |N| = 20, 20, 0 over 160.
        assert system.effectiveness.item() == pytest.approx(25.0)
        assert system.aggregate_net_rate.item() == pytest.approx(2.0)
        assert system.courgeau_k.item() == pytest.approx(8.0 / np.log(9))

    def test_single_indices_equal_the_system(self):
        flows, population = od(SECOND), people(900, 800, 700)
        system = ix.migration_system(flows, population)
        for function, field in (
            (ix.crude_migration_intensity, "intensity"),
            (ix.aggregate_net_migration_rate, "aggregate_net_rate"),
            (ix.courgeau_k, "courgeau_k"),
        ):
            assert function(flows, population).identical(getattr(system, field))
        assert ix.migration_effectiveness_index(flows).identical(system.effectiveness)

    def test_population_in_another_order_is_matched(self):
        flows = od([[0, 9, 0], [0, 0, 0], [0, 0, 0]])
        population = xr.DataArray([0.0, 10.0, 20.0], coords={"region": ["C", "A", "B"]})
        assert ix.crude_migration_intensity(flows, population).item() == pytest.approx(30.0)

    def test_destinations_in_another_order_keep_the_diagonal_empty(self):
        flows = od(FIRST)
        shuffled = flows.sel(destination=["C", "A", "B"])
        assert ix.migration_gini(shuffled).total.item() == ix.migration_gini(flows).total.item()

    def test_effectiveness_of_margins_equals_that_of_flows(self):
        margins = ix.flow_margins(od(SECOND))
        index = ix.migration_effectiveness(margins.inflow, margins.outflow, over="region")
        assert index.item() == pytest.approx(ix.migration_effectiveness_index(od(SECOND)).item())

    def test_announced_balance_of_kazakhstan(self):
        # January-June 2023 as announced: arrivals 13,652, departures 6,996.
        country = {"country": ["KAZ"]}
        arrivals = xr.DataArray([13652], coords=country, attrs={"interval_years": 0.5})
        departures = xr.DataArray([6996], coords=country, attrs={"interval_years": 0.5})
        assert ix.migration_effectiveness(arrivals, departures).item() == pytest.approx(
            32.2, abs=0.05
        )
        net = (arrivals - departures).assign_attrs(arrivals.attrs)
        population = xr.DataArray([19_900_000], coords=country)
        assert ix.crude_net_migration_rate(net, population).item() == pytest.approx(0.67, abs=5e-3)

    def test_reason_is_given_where_nobody_moved(self):
        flows = xr.concat([od(FIRST), od(np.zeros((3, 3)))], "year")
        flows = flows.assign_coords(year=[2020, 2021])
        system = ix.migration_system(flows, people(1, 1, 1))
        assert np.isnan(system.intensity.sel(year=2021))
        assert system.intensity.sel(year=2020).item() == pytest.approx(4000)
        assert system.effectiveness.attrs["missing_reason"] == "nobody moved: year=2021"

    def test_one_place_is_missing_with_a_reason(self):
        one = od([[0]])
        connectivity = ix.migration_connectivity(one)
        assert np.isnan(connectivity)
        assert "one place only" in connectivity.attrs["missing_reason"]
        for index in (
            ix.migration_gini(one).total,
            ix.flow_variation(one).acv,
            ix.migration_inequality(one, expected="fitted"),
            ix.distance_decay(one, od([[0.0]])).coefficient,
            ix.courgeau_k(one, people(5)),
        ):
            assert np.isnan(index)

    def test_facts_of_the_flows_travel(self):
        flows = od(FIRST, concept="moves", interval_years=1, origin=("a.b",))
        attrs = ix.migration_effectiveness_index(flows).attrs
        assert attrs["concept"] == "moves"
        assert attrs["interval_years"] == 1
        assert attrs["origin"] == ("a.b",)
        assert attrs["units"] == "percent"


class TestRates:
    def test_net_is_in_less_out(self):
        margins, population = ix.flow_margins(od(SECOND)), people(1000, 500, 250)
        rate_in = ix.crude_in_migration_rate(margins.inflow, population)
        rate_out = ix.crude_out_migration_rate(margins.outflow, population)
        net = ix.crude_net_migration_rate(margins.net, population)
        gross = ix.crude_gross_migration_rate(margins.inflow, margins.outflow, population)
        np.testing.assert_allclose(net, rate_in - rate_out, atol=1e-12)
        np.testing.assert_allclose(gross, rate_in + rate_out)
        assert rate_out.values.tolist() == [40.0, 160.0, 160.0]
        assert net.attrs["kind"] == "rate"
        assert net.attrs["units"] == "per 1000 persons a year"

    def test_interval_divides_moves_but_not_gross_transitions(self):
        arrivals, population = people(50), people(1000)
        moves = arrivals.assign_attrs(concept="moves", interval_years=5)
        assert ix.crude_in_migration_rate(moves, population).item() == pytest.approx(10)
        transitions = arrivals.assign_attrs(concept="transitions", interval_years=5)
        with pytest.raises(UnitsError, match="annual=False"):
            ix.crude_in_migration_rate(transitions, population)
        whole = ix.crude_in_migration_rate(transitions, population, annual=False)
        assert whole.item() == pytest.approx(50)
        assert whole.attrs["units"] == "per 1000 persons over 5 years"
        assert ix.crude_net_migration_rate(transitions, population).item() == pytest.approx(10)

    def test_empty_place_is_missing_and_unpeopled_moves_are_refused(self):
        rate = ix.crude_net_migration_rate(people(0, 5), people(0, 100))
        assert np.isnan(rate[0])
        assert rate[1].item() == 50
        assert rate.attrs["missing_reason"] == "flow or population missing: region=A"
        with pytest.raises(SchemaError, match="population is 0") as caught:
            ix.crude_net_migration_rate(people(3, 5), people(0, 100))
        assert caught.value.id == "ZeroPopulation"
        assert "region=A" in str(caught.value)

    def test_moves_and_transitions_do_not_mix(self):
        inflow = people(1).assign_attrs(concept="moves")
        outflow = people(1).assign_attrs(concept="transitions")
        with pytest.raises(UnitsError) as caught:
            ix.crude_gross_migration_rate(inflow, outflow, people(10))
        assert caught.value.id == "UnitMismatch"

    def test_expected_moves_by_hand(self):
        # Everybody lives to 3 and moves once a year: 3, 2, 1 moves to come.
        ages = {"age": [0, 1, 2]}
        ones = xr.DataArray(np.ones(3), coords=ages)
        moves = ix.expected_number_of_moves(ones, ones, ones)
        assert moves.values.tolist() == [3, 2, 1]
        shuffled = ix.expected_number_of_moves(ones.sel(age=[2, 0, 1]), ones, ones)
        assert shuffled.sel(age=[0, 1, 2]).values.tolist() == [3, 2, 1]

    def test_expected_moves_need_single_years(self):
        ones = xr.DataArray(np.ones(3), coords={"age": [0, 5, 10]})
        with pytest.raises(SchemaError) as caught:
            ix.expected_number_of_moves(ones, ones, ones)
        assert caught.value.id == "AgeGroups"


class TestZonings:
    def test_slope_and_intercept_recover_a_line(self):
        places = xr.DataArray([5, 20, 80], coords={"zoning": ["a", "b", "c"]})
        intensity = 0.9 * np.log(places**2.0)
        assert ix.courgeau_slope(intensity, places).item() == pytest.approx(0.9)
        households = 1e6 / places
        line = 20 - 1.5 * np.log(households)
        assert ix.all_moves_intensity(line, households).item() == pytest.approx(20)

    def test_impact_is_one_on_average_countries(self):
        countries = {"country": ["AAA", "BBB", "CCC"]}
        slope = xr.DataArray([1.0, 2.0, 3.0], coords=countries)
        impact = ix.net_migration_impact(slope, xr.DataArray([4.0, 5.0, 6.0], coords=countries))
        np.testing.assert_allclose(impact, [0.4, 1.0, 1.8])

    def test_bad_zonings(self):
        two = xr.DataArray([3.0, 4.0], coords={"zoning": ["a", "b"]})
        with pytest.raises(SchemaError) as caught:
            ix.all_moves_intensity(two, two * 100)
        assert caught.value.id == "TooFewZonings"
        with pytest.raises(SchemaError, match="below 2"):
            ix.courgeau_slope(two, two - 2)
        three = xr.DataArray([3.0, 4.0, 5.0], coords={"zoning": ["a", "b", "c"]})
        with pytest.raises(SchemaError, match="same number"):
            ix.all_moves_intensity(three, three * 0 + 50)
        with pytest.raises(FaultsError, match="2 faults"):
            ix.net_migration_impact(-two, -two, over="zoning")


class TestDistance:
    km = od([[0, 100, 300], [100, 0, 250], [300, 250, 0]])

    def test_mean_and_median_by_hand(self):
        flows = od([[0, 5, 0], [0, 0, 3], [2, 0, 0]])
        assert ix.mean_migration_distance(flows, self.km).item() == pytest.approx(185.0)
        # Half of 10 moves: 5 within 100 km is just enough.
        assert ix.median_migration_distance(flows, self.km).item() == 100.0
        assert ix.median_migration_distance(od(FIRST), self.km).item() == 250.0

    def test_decay_maximises_the_likelihood(self):
        # An independent maximiser of the same likelihood, cell by cell.
        from scipy.optimize import minimize

        rng = np.random.default_rng(1)
        n = 5
        point = rng.uniform(0, 10, (n, 2))
        km = np.hypot(*(point[:, None] - point[None]).transpose(2, 0, 1)) + np.eye(n)
        flows = rng.poisson(200 / km) * (1 - np.eye(n, dtype=int))
        off = ~np.eye(n, dtype=bool)

        def loss(theta: np.ndarray) -> float:
            eta = theta[:n, None] + theta[None, n : 2 * n] + theta[-1] * np.log(km)
            return float((np.exp(eta) - flows * eta)[off].sum())

        start = np.append(np.full(2 * n, 2.0), 0.0)
        best = minimize(loss, start, method="BFGS", options={"gtol": 1e-4, "maxiter": 2000})
        decay = ix.distance_decay(od(flows), od(km))
        assert decay.coefficient.item() == pytest.approx(best.x[-1], abs=1e-5)
        assert decay.margin_error.item() <= 1e-9

    def test_standard_error_by_simulation(self):
        # Poisson flows of a known decay: errors over 400 draws match the mean claimed.
        rng = np.random.default_rng(7)
        n, draws = 6, 400
        place = np.arange(n) * 10.0
        km = np.abs(place[:, None] - place[None]) + np.eye(n)
        mean = 3000 / km**1.2 * (1 - np.eye(n))
        flows = rng.poisson(mean, (draws, n, n)).astype(float)
        fit = poisson_decay(flows, np.broadcast_to(np.log(km), flows.shape).copy())
        assert fit.coefficient.mean() == pytest.approx(-1.2, abs=5e-3)
        assert fit.standard_error.mean() == pytest.approx(fit.coefficient.std(), rel=0.12)
        assert fit.dispersion.mean() == pytest.approx(1.0, abs=0.1)

    def test_places_without_moves_drop_out(self):
        rng = np.random.default_rng(3)
        flows = rng.integers(1, 50, (5, 5)) * (1 - np.eye(5, dtype=int))
        km = rng.uniform(1, 9, (5, 5))
        with_empty = np.zeros((6, 6))
        with_empty[:5, :5] = flows
        wide = np.ones((6, 6))
        wide[:5, :5] = km
        small = ix.distance_decay(od(flows), od(km)).coefficient.item()
        large = ix.distance_decay(od(with_empty), od(wide)).coefficient.item()
        assert large == pytest.approx(small, rel=1e-9)

    def test_unidentified_is_missing_with_a_reason(self):
        two = ix.distance_decay(od([[0, 4], [5, 0]]), od([[0, 7], [9, 0]]))
        assert np.isnan(two.coefficient)
        assert "cannot be told" in two.coefficient.attrs["missing_reason"]
        star = ix.distance_decay(od([[0, 4, 3], [5, 0, 0], [1, 0, 0]]), self.km)
        assert np.isnan(star.coefficient)

    def test_bad_distances(self):
        zero, missing = self.km.copy(), self.km.astype(float)
        zero[0, 1] = 0
        missing[1, 2] = np.nan
        with pytest.raises(SchemaError, match="origin=A, destination=B") as caught:
            ix.distance_decay(od(FIRST), zero)
        assert caught.value.id == "ZeroDistance"
        with pytest.raises(CoverageError, match="missing"):
            ix.mean_migration_distance(od(FIRST), missing)
        with pytest.raises(CoverageError):
            ix.mean_migration_distance(od(FIRST), self.km.assign_coords(origin=list("ABX")))


class TestInequality:
    def test_equal_flows_have_none(self):
        flows = od(np.ones((4, 4)) - np.eye(4))
        assert ix.migration_inequality(flows).item() == pytest.approx(0, abs=1e-15)
        assert ix.migration_inequality(flows, expected="fitted").item() == pytest.approx(0)

    def test_fitted_flows_are_independent_off_the_diagonal(self):
        out, into = np.array([1.0, 2, 3, 4]), np.array([4.0, 1, 1, 2])
        flows = np.outer(out, into) * (1 - np.eye(4))
        assert ix.migration_inequality(od(flows), expected="fitted").item() < 1e-9

    def test_star_is_its_own_fit(self):
        star = np.array([[0, 4.0, 3], [5, 0, 0], [1, 0, 0]])
        np.testing.assert_array_equal(independent_flows(star), star)

    def test_near_star_still_meets_its_margins(self):
        near = np.array([[0, 4000.0, 3000], [5000, 0, 1], [1000, 1, 0]])
        fitted = independent_flows(near)
        np.testing.assert_allclose(fitted.sum(axis=0), near.sum(axis=0), rtol=1e-8)
        np.testing.assert_allclose(fitted.sum(axis=1), near.sum(axis=1), rtol=1e-8)

    def test_connectivity(self):
        flows = od([[0, 1, 0], [0, 0, 0], [0, 2, 0]])
        assert ix.migration_connectivity(flows).item() == pytest.approx(1 / 3)


class TestComponents:
    def test_hand_case_with_age(self):
        cells = np.zeros((2, 3, 3))
        cells[0] = FIRST
        cells[1] = SECOND
        places = list("ABC")
        flows = xr.DataArray(
            cells, coords={"age": [0, 15], "origin": places, "destination": places}
        )
        parts = ix.multiplicative_components(flows, dims=("origin", "destination", "age"))
        assert parts[()].item() == 280
        np.testing.assert_allclose(parts["age"], [120 / 280, 160 / 280])
        # Origin A: 20 of 120 young and 40 of 160 old, 60 of 280 in all.
        ratio = parts["origin", "age"].sel(origin="A", age=0).item()
        assert ratio == pytest.approx(20 / (280 * (60 / 280) * (120 / 280)))
        assert parts["age", "origin"].identical(parts["origin", "age"])
        product = parts.product().transpose(*flows.dims)
        np.testing.assert_allclose(product, cells, atol=1e-12)
        assert set(parts.to_table()["factor"]) == {
            "total", "origin", "destination", "age", "origin x destination", "origin x age",
            "destination x age", "origin x destination x age",
        }  # fmt: skip

    def test_interaction_above_an_empty_margin_is_missing(self):
        parts = ix.multiplicative_components(od([[0, 5, 5], [3, 0, 1], [0, 0, 0]]))
        assert np.isnan(parts["origin", "destination"].sel(origin="C")).all()
        assert parts.product().sel(origin="C").sum() == 0

    def test_preference_of_proportional_flows_is_one(self):
        population = np.array([5.0, 3.0, 2.0])
        share = population / 10
        flows = np.outer(share, share) * (1 - np.eye(3))
        preference = ix.preference_index(od(flows), people(*population))
        off = preference.to_numpy()[~np.eye(3, dtype=bool)]
        np.testing.assert_allclose(off, 1 / (1 - (share**2).sum()))
        assert np.isnan(np.diag(preference)).all()

    def test_unknown_factor(self):
        with pytest.raises(SchemaError, match="no factor of age"):
            ix.multiplicative_components(od(FIRST))["age"]
        with pytest.raises(SchemaError, match="among the dimensions"):
            ix.multiplicative_components(od(FIRST), dims=("origin",))


NEGATIVE = [[0, -1, 3], [2, 0, 1], [1, 1, 0]]
MISSING = [[0, np.nan, 3], [2, 0, 1], [1, 1, 0]]
STAYED = [[50, 1, 3], [2, 60, 1], [1, 1, 70]]
TABLES = (
    ix.flow_margins,
    ix.migration_effectiveness_index,
    ix.migration_connectivity,
    ix.migration_inequality,
    ix.migration_gini,
    ix.flow_variation,
    ix.multiplicative_components,
    lambda flows, **k: ix.migration_system(flows, people(9, 9, 9), **k),
    lambda flows, **k: ix.preference_index(flows, people(9, 9, 9), **k),
    lambda flows, **k: ix.distance_decay(flows, TestDistance.km, **k),
    lambda flows, **k: ix.mean_migration_distance(flows, TestDistance.km, **k),
    lambda flows, **k: ix.median_migration_distance(flows, TestDistance.km, **k),
)


@pytest.mark.parametrize("index", TABLES)
class TestBadTables:
    @pytest.mark.parametrize(
        ("flows", "error", "id_", "where"),
        [
            (od(NEGATIVE), SchemaError, "NegativeInput", "origin=A, destination=B"),
            (od(MISSING), CoverageError, "CoverageError", "origin=A, destination=B"),
            (od(STAYED), SchemaError, "DiagonalNotEmpty", "origin=C, destination=C"),
            (
                od(FIRST).assign_coords(destination=list("ABX")),
                SchemaError,
                "NotSquare",
                "C, X",
            ),
            (od(FIRST).isel(origin=slice(2)), SchemaError, "NotSquare", "C"),
            (od(FIRST, kind="rate"), UnitsError, "UnitsError", "flows"),
            (od([[0, np.inf, 1], [1, 0, 1], [1, 1, 0]]), SchemaError, "InfiniteInput", "origin=A"),
            (od([["a"] * 3] * 3), SchemaError, "SchemaError", "flows"),
            (od(FIRST).rename(origin="region"), SchemaError, "SchemaError", "region"),
            (
                od(FIRST).assign_coords(origin=list("AAB")),
                SchemaError,
                "DuplicateKey",
                "flows",
            ),
        ],
    )
    def test_is_refused_with_its_place(self, index, flows, error, id_, where):
        with pytest.raises(error) as caught:
            index(flows)
        assert caught.value.id == id_
        assert where in str(caught.value)

    def test_all_faults_at_once(self, index):
        both = od([[9, -1, np.nan], [2, 0, 1], [1, 1, 0]])
        with pytest.raises(FaultsError, match="3 faults"):
            index(both)

    def test_stayers_and_zero_are_read_as_told(self, index):
        clean = od([[0, 0, 3], [2, 0, 1], [1, 1, 0]])
        odd = od([[50, np.nan, 3], [2, 60, 1], [1, 1, np.nan]])
        told = index(odd, diagonal="stayers", missing="zero")
        plain = index(clean)
        for name, value in _arrays(plain).items():
            xr.testing.assert_allclose(_arrays(told)[name], value)


def _arrays(result: object) -> dict[object, xr.DataArray]:
    if isinstance(result, xr.DataArray):
        return {"": result}
    if isinstance(result, ix.MultiplicativeComponents):
        return dict(result.factors)
    return {k: v for k, v in vars(result).items() if isinstance(v, xr.DataArray)}


class TestPopulation:
    def test_finer_population_is_refused(self):
        population = people(9, 9, 9).expand_dims(sex=["F", "M"])
        with pytest.raises(CoverageError, match="split by sex"):
            ix.migration_system(od(FIRST), population)

    def test_places_must_agree(self):
        with pytest.raises(CoverageError, match="lacks C"):
            ix.migration_system(od(FIRST), people(9, 9))

    def test_nobody_lives_where_people_moved(self):
        with pytest.raises(SchemaError) as caught:
            ix.migration_system(od(FIRST), people(9, 0, 9))
        assert caught.value.id == "ZeroPopulation"

    def test_negative_population(self):
        with pytest.raises(WorkbenchError) as caught:
            ix.migration_system(od(FIRST), people(9, -9, 9))
        assert caught.value.id == "NegativeInput"

    def test_missing_population_makes_the_total_missing(self):
        system = ix.migration_system(od(FIRST), people(9, np.nan, 9))
        assert np.isnan(system.intensity)
        assert "population missing" in system.intensity.attrs["missing_reason"]
        assert system.effectiveness.item() == pytest.approx(25.0)

    def test_countries_serve_as_places(self):
        population = people(90, 90, 90).rename(region="country")
        assert ix.crude_migration_intensity(od(FIRST), population).item() == pytest.approx(
            100 * 120 / 270
        )
