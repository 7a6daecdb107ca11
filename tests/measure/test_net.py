# SPDX-License-Identifier: Apache-2.0
"""Indirect estimates of net migration against printed tables, hand cases and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import keruen
from keruen.core.arrays import total
from keruen.core.errors import CodeError, CoverageError, SchemaError, UnitsError
from keruen.core.tables import from_table
from keruen.measure import net as nt

REFERENCE = Path(__file__).parents[1] / "reference"


def printed(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"net_{name}.csv")


def by_age(values: pd.Series, ages: pd.Series | np.ndarray, **more: list[str]) -> xr.DataArray:
    array = xr.DataArray(np.asarray(values), coords={"age": np.asarray(ages)})
    return array.expand_dims(more) if more else array


class TestResidual:
    # Bogue, Hinze and White (1982): Alabama 1960-1970.
    ALABAMA = (
        ("non-white women", 515_483, 483_882, 126_886, 51_449, -107_038),
        ("non-white men", 467_648, 426_452, 131_767, 58_845, -114_118),
        ("white women", 1_159_548, 1_298_342, 224_034, 86_880, 1_640),
        ("white men", 1_124_061, 1_235_489, 236_481, 123_220, -1_833),
    )

    def test_alabama(self):
        groups, start, end, births, deaths, net = zip(*self.ALABAMA, strict=True)
        arrays = [
            xr.DataArray(list(v), coords={"status": list(groups)})
            for v in (start, end, births, deaths)
        ]
        result = nt.net_migration_by_residual(*arrays, interval_years=10)
        assert result.net.to_numpy().tolist() == list(net)
        assert result.net.attrs["interval_years"] == 10
        assert result.to_table().columns.tolist() == [
            "status",
            "net",
            "population_change",
            "natural_increase",
        ]

    def test_coverage_error_by_hand(self):
        region = {"region": ["A"]}
        p0, p1, born, died = (
            xr.DataArray([v], coords=region) for v in (100_000, 110_000, 9_000, 4_000)
        )
        result = nt.net_migration_by_residual(p0, p1, born, died, coverage_error=(0.01, 0.01))
        assert result.standard_error.item() == pytest.approx(np.hypot(1000, 1100))
        assert result.upper.item() - result.net.item() == pytest.approx(1.96 * 1486.6, rel=1e-4)
        # 1% of the population is about 30% of this net.
        assert result.net.item() == 5000
        same = nt.net_migration_by_residual(
            p0, p1, born, died, coverage_error=(0.01, 0.01), coverage_correlation=1
        )
        assert same.standard_error.item() == pytest.approx(100)
        assert list(result.to_table().columns[-3:]) == ["standard_error", "lower", "upper"]

    def test_kazakhstan_regions_close_to_the_person(self):
        # The cities have no rural residents, hence no rows for them.
        population = keruen.load("kaz.region.population").sum(["sex", "residence"], min_count=1)
        start, end = nt.opening_and_closing(population)
        # South Kazakhstan ends in 2016: a year later it is Turkistan Region and Shymkent.
        successors = population.sel(region=["KZ-61", "KZ-79"], year=2017).sum()
        end = end.copy()
        end.loc[{"region": "KZ-YUZ", "year": 2016}] = successors
        years = list(start.year.to_numpy())
        births = keruen.load("kaz.region.vital.births", year=years)
        deaths = keruen.load("kaz.region.vital.deaths", year=years)
        result = nt.net_migration_by_residual(start, end, births, deaths)
        official = keruen.load("kaz.region.net_migration_residual.net_migration", year=years)
        both = (result.net - official).to_series().dropna()
        assert len(both) == official.notnull().sum() == 377
        assert (both == 0).all()
        assert "a figure is missing" in result.net.attrs["missing_reason"]

    def test_kazakhstan_equals_its_register(self):
        # Arrivals less departures at the border, in 20 of 23 years to the person.
        population = total(keruen.load("kaz.population"), ["sex", "residence"])
        start, end = nt.opening_and_closing(population)
        years = list(start.year.to_numpy())
        net = nt.net_migration_by_residual(
            start,
            end,
            keruen.load("kaz.vital.births", year=years),
            keruen.load("kaz.vital.deaths", year=years),
        ).net
        register = keruen.load("kaz.migration.arrivals", year=years) - keruen.load(
            "kaz.migration.departures", year=years
        )
        gap = (net - register).to_series()
        assert sorted(gap[gap != 0].index) == [2008, 2012, 2021]
        assert net.sel(year=2019).item() == -32_970
        assert net.sel(year=2010).item() == 15_516

    def test_bad_input(self):
        ok = xr.DataArray([5, 5], coords={"region": ["A", "B"]})
        with pytest.raises(CoverageError, match="lacks B"):
            nt.net_migration_by_residual(ok, ok.isel(region=[0]), ok, ok)
        with pytest.raises(CoverageError, match="split by sex"):
            nt.net_migration_by_residual(ok, ok, ok.expand_dims(sex=["F"]), ok)
        with pytest.raises(SchemaError) as caught:
            nt.net_migration_by_residual(ok, ok, ok, -ok)
        assert caught.value.id == "NegativeInput"
        with pytest.raises(SchemaError, match="coverage"):
            nt.net_migration_by_residual(ok, ok, ok, ok, coverage_error=(1.5, 0))
        with pytest.raises(CoverageError, match="evenly"):
            nt.opening_and_closing(xr.DataArray([1, 2, 3], coords={"year": [2000, 2001, 2005]}))

    def test_unsigned_counts_do_not_wrap(self):
        few = xr.DataArray(np.array([3], dtype=np.uint8), coords={"region": ["A"]})
        many = xr.DataArray(np.array([200], dtype=np.uint8), coords={"region": ["A"]})
        assert nt.net_migration_by_residual(many, few, few, few).net.item() == -197

    def test_draws_pass_through(self):
        rng = np.random.default_rng(0)
        draws = xr.DataArray(
            1e5 + rng.normal(0, 1000, (2, 500)),
            coords={"region": ["A", "B"], "trajectory": np.arange(500)},
        )
        fixed = xr.DataArray([1e5, 1e5], coords={"region": ["A", "B"]})
        net = nt.net_migration_by_residual(fixed, draws, fixed * 0, fixed * 0).net
        assert net.dims == ("trajectory", "region")
        assert net.std("trajectory").mean().item() == pytest.approx(1000, rel=0.1)


class TestSurvival:
    def test_bombay(self):
        table = printed("bombay_1941_1951")
        start = by_age(table.population_1941, table.age)
        end = by_age(table.population_1951, table.age + 10)
        survival = by_age(table.survival, table.age)
        nets = {
            method: nt.net_migration_by_survival(
                start, end, survival, interval_years=10, method=method
            ).net
            for method in ("forward", "reverse", "average")
        }
        np.testing.assert_allclose(nets["forward"], table.net_forward, atol=0.51)
        assert nets["forward"].round().sum().item() == pytest.approx(562_043, abs=3)
        first = {m: round(net.sel(age=10).item()) for m, net in nets.items()}
        assert first == {"forward": 62_777, "reverse": 69_085, "average": 65_931}

    def test_alabama_with_births_at_negative_ages(self):
        table = printed("alabama_1960_1970")
        rows = {
            name: from_table(
                table[["group", "sex", "age_1970", name]].rename(
                    columns={"age_1970": "age", "group": "status"}
                ),
                value=name,
            )
            for name in table.columns[3:]
        }
        start = rows["population_1960"].assign_coords(age=rows["population_1960"].age - 10)
        survival = rows["survival"].assign_coords(age=start.age)
        # The averages were printed from truncated whole numbers: one to two persons short.
        for method, persons in (("forward", 0.7), ("average", 2.2)):
            result = nt.net_migration_by_survival(
                start, rows["population_1970"], survival, interval_years=10, method=method
            )
            np.testing.assert_allclose(
                result.net.transpose("status", "sex", "age"), rows[f"net_{method}"], atol=persons
            )

    def test_manila_with_children(self):
        table = printed("manila_1960_1970")
        old = table[table.age_1970 >= 10]
        women = {"sex": ["F"]}
        country = nt.census_survival_ratio(
            by_age(old.philippines_1960, old.age_1970 - 10, **women),
            by_age(table.philippines_1970, table.age_1970, **women),
            interval_years=10,
        )
        np.testing.assert_allclose(country.squeeze(), old.ratio, atol=1e-8)
        start = by_age(old.manila_1960, old.age_1970 - 10, **women)
        end = by_age(table.manila_1970, table.age_1970, **women)

        def net(method: str) -> xr.DataArray:
            return nt.net_migration_by_survival(
                start, end, country, interval_years=10, method=method,
                children="child_woman_ratio",
            ).net.squeeze()  # fmt: skip

        assert [round(net(m).sel(age=20).item()) for m in ("forward", "reverse", "average")] == [
            28_877,
            29_683,
            29_280,
        ]
        forward = net("forward")
        np.testing.assert_allclose(
            forward.sel(age=old.age_1970.to_numpy()), old.net_forward, atol=0.51
        )
        # Children: printed -236 and -8,938, from ratios rounded on the way.
        np.testing.assert_allclose(forward.sel(age=[0, 5]), [-236, -8_938], rtol=4e-3)

    def test_children_by_hand(self):
        # Five years: net of newborns is half the child-woman ratio times the net of women.
        ages = np.arange(0, 55, 5)
        end = xr.DataArray(np.full((2, 11), 100.0), coords={"sex": ["F", "M"], "age": ages})
        start = end.isel(age=slice(None, -1))
        survival = xr.ones_like(start.sel(sex="F", drop=True))
        end = end.copy()
        end.loc["F", 20] = 160.0
        result = nt.net_migration_by_survival(
            start.where(start.age < 45, 0), end.where(end.age < 50, 0), survival,
            interval_years=5, children="child_woman_ratio",
        )  # fmt: skip
        expected = 0.5 * 100 / 660 * 60
        np.testing.assert_allclose(result.net.sel(age=0), expected)
        assert result.survivors.sel(age=0).isnull().all()
        assert set(result.to_table()["method"]) == {"forward"}

    def test_open_group_takes_all_who_grow_into_it(self):
        start = xr.DataArray([80.0, 40.0, 10.0], coords={"age": [60, 65, 70]})
        end = xr.DataArray([70.0, 45.0], coords={"age": [65, 70]})
        survival = xr.DataArray([0.9, 0.6], coords={"age": [60, 65]})
        result = nt.net_migration_by_survival(start, end, survival, interval_years=5)
        # 70+ at the end: 50 people of 65+ before, of whom 30 survive.
        assert result.net.to_numpy().tolist() == pytest.approx([-2.0, 15.0])
        assert result.survivors.to_numpy().tolist() == pytest.approx([72.0, 30.0])

    def test_no_ratio_no_estimate(self):
        start = xr.DataArray([80.0, 40.0], coords={"age": [60, 65]})
        end = xr.DataArray([70.0, 45.0], coords={"age": [65, 70]})
        survival = xr.DataArray([0.0, np.nan], coords={"age": [60, 65]})
        result = nt.net_migration_by_survival(start, end, survival, interval_years=5)
        assert result.net.isnull().all()
        assert result.survivors.isnull().all()
        assert "no survival ratio above 0" in result.net.attrs["missing_reason"]

    def test_regions_share_the_ratio_of_the_country(self):
        ages = [0, 5, 10]
        start = xr.DataArray(
            [[10.0, 20, 30], [40, 50, 60]], coords={"region": ["A", "B"], "age": ages}
        )
        end = start[:, ::-1]  # ages in another order
        survival = xr.DataArray([0.9, 0.8], coords={"age": [0, 5]})
        result = nt.net_migration_by_survival(start, end, survival, interval_years=5)
        expected = [[20 - 9, 30 - 40], [50 - 36, 60 - 88]]
        np.testing.assert_allclose(result.net, expected)

    @pytest.mark.parametrize(
        ("start_ages", "end_ages", "years"),
        [
            ([0, 5, 10], [0, 10, 20], 5),  # coarser at the end
            ([0, 10, 20], [0, 5, 10, 15, 20], 10),  # finer at the end
            ([0, 5, 10], [0, 5, 10, 15, 20, 25], 5),  # open group at the start too young
        ],
    )
    def test_ages_that_do_not_fit(self, start_ages, end_ages, years):
        start = xr.DataArray(np.ones(len(start_ages)), coords={"age": start_ages})
        end = xr.DataArray(np.ones(len(end_ages)), coords={"age": end_ages})
        with pytest.raises(SchemaError) as caught:
            nt.net_migration_by_survival(start, end, start, interval_years=years)
        assert caught.value.id == "AgeGroups"

    def test_other_bad_input(self):
        ages = np.arange(0, 55, 5)
        end = xr.DataArray(np.ones(11), coords={"age": ages})
        start = end.isel(age=slice(None, -1))
        with pytest.raises(CoverageError, match="one ratio for each"):
            nt.net_migration_by_survival(start, end, end, interval_years=5)
        with pytest.raises(CoverageError, match="survival is split by sex"):
            nt.net_migration_by_survival(start, end, start.expand_dims(sex=["F"]), interval_years=5)
        with pytest.raises(SchemaError, match="need women"):
            nt.net_migration_by_survival(
                start, end, start, interval_years=5, children="child_woman_ratio"
            )
        with pytest.raises(CoverageError, match="split by region"):
            nt.census_survival_ratio(start.expand_dims(region=["A"]), end, interval_years=5)
        with pytest.raises(SchemaError) as caught:
            nt.life_table_survival_ratio(end, ages=[0, 7], interval_years=5)
        assert caught.value.id == "AgeGroups"

    def test_births_and_child_woman_ratio_together_are_refused(self):
        ages = np.arange(0, 55, 5)
        end = xr.DataArray(np.ones((1, 11)), coords={"sex": ["F"], "age": ages})
        start = end.assign_coords(age=ages - 5)
        with pytest.raises(SchemaError, match="both as births"):
            nt.net_migration_by_survival(
                start, end, start, interval_years=5, children="child_woman_ratio"
            )

    def test_single_year_life_table_serves_five_year_groups(self):
        lived = xr.DataArray(np.arange(20.0, 0, -1), coords={"age": np.arange(20)})
        ratio = nt.life_table_survival_ratio(lived, ages=[0, 5, 10], interval_years=5)
        first = np.arange(11, 16).sum() / np.arange(16, 21).sum()
        oldest = np.arange(1, 6).sum() / np.arange(1, 11).sum()
        assert ratio.sel(age=0).item() == pytest.approx(first)
        assert ratio.sel(age=10).item() == pytest.approx(oldest)


class TestBirthplace:
    def test_united_arab_republic_1960(self):
        table = printed("uar_1960_birthplace").set_index("birthplace")
        stock = xr.DataArray(
            table.to_numpy(),
            coords={"birthplace": list(table.index), "region": list(table.columns)},
        )
        result = nt.lifetime_migration(stock)
        rows = result.to_table().set_index("region")
        assert rows.loc["Cairo", ["in_migrants", "out_migrants", "net"]].tolist() == [
            1_194_266,
            241_603,
            952_663,
        ]
        assert rows.loc["Menoufia", ["in_migrants", "out_migrants", "net"]].tolist() == [
            35_079,
            380_747,
            -345_668,
        ]
        assert result.in_migrants.sum().item() == 2_697_309
        assert result.net.sum().item() == 0
        assert result.natives.sum().item() + 2_697_309 == stock.sum().item()

    def test_new_england_1950_1960(self):
        # Manual VI, tables 8-10: native white men by division of birth. The national ratios
        # and the nets are worked out here cell by cell from the printed counts.
        table = printed("new_england_1950_1960")
        counts = {
            (where, year): from_table(
                table.loc[table.year == year, ["birthplace", "age", where]], value=where
            )
            for where in ("new_england", "united_states")
            for year in (1950, 1960)
        }
        region = xr.concat(
            [
                counts["new_england", 1950].rename("a"),
                (counts["united_states", 1950] - counts["new_england", 1950]).rename("a"),
            ],
            dim=pd.Index(["New England", "rest"], name="region"),
        )
        later = xr.concat(
            [
                counts["new_england", 1960].rename("a"),
                (counts["united_states", 1960] - counts["new_england", 1960]).rename("a"),
            ],
            dim=pd.Index(["New England", "rest"], name="region"),
        )
        net = nt.net_migration_by_birthplace(region, later, interval_years=10).net
        here = net.sel(region="New England")
        # Born and living in New England, 0-4 in 1950: 442,577; 467,291/465,097 survive.
        assert here.sel(birthplace="New England", age=10).item() == pytest.approx(
            417_069 - 442_577 * 467_291 / 465_097
        )
        assert here.sel(birthplace="Pacific", age=70).item() == pytest.approx(
            267 - 516 * 68_366 / 121_610
        )
        np.testing.assert_allclose(net.sum("region"), 0, atol=1e-6)
        # New England lost its own sons and gained those of the Middle Atlantic.
        assert here.sel(birthplace="New England").sum() < 0
        assert here.sel(birthplace="Middle Atlantic").sum() > 0

    def test_bad_input(self):
        stock = xr.DataArray(
            [[9, 1], [2, 8]], coords={"birthplace": ["A", "B"], "region": ["A", "B"]}
        )
        with pytest.raises(SchemaError) as caught:
            nt.lifetime_migration(stock.assign_coords(birthplace=["A", "X"]))
        assert caught.value.id == "NotSquare"
        assert "birthplace and region" in str(caught.value)
        with pytest.raises(CoverageError, match="birthplace=A, region=B"):
            nt.lifetime_migration(stock.where(stock != 1))


class TestPreviousResidence:
    PLACES = ("A", "B", "abroad")

    def residence(self) -> xr.DataArray:
        return xr.DataArray(
            [[90, 10], [30, 70], [5, 1]],
            coords={"origin": list(self.PLACES), "destination": ["A", "B"]},
        )

    def test_hand_case(self):
        result = nt.residence_transitions(self.residence(), abroad="abroad")
        assert result.flows.values.tolist() == [[0, 10], [30, 0]]
        assert result.stayers.values.tolist() == [90, 70]
        assert result.from_abroad.values.tolist() == [5, 1]
        assert result.population_end.values.tolist() == [120, 80]
        assert result.flows.attrs["concept"] == "transitions"
        assert result.flows.attrs["interval_years"] == 5
        assert result.to_table()["net"].tolist() == [20, -20]
        assert "flows" not in result.to_table()

    def test_its_flows_feed_the_indices(self):
        from keruen.measure.indices import crude_out_migration_rate, migration_system

        result = nt.residence_transitions(self.residence(), abroad="abroad")
        system = migration_system(result.flows, result.population_end)
        assert system.intensity.item() == pytest.approx(20.0)
        with pytest.raises(UnitsError, match="annual=False"):
            crude_out_migration_rate(result.outflow, result.population_start)
        rate = crude_out_migration_rate(result.outflow, result.population_start, annual=False)
        assert rate.values.tolist() == [100, 300]

    def test_bad_input(self):
        with pytest.raises(CodeError, match="no origin is called 'overseas'"):
            nt.residence_transitions(self.residence(), abroad="overseas")
        with pytest.raises(SchemaError) as caught:
            nt.residence_transitions(self.residence())
        assert caught.value.id == "NotSquare"
        with_age = self.residence().isel(origin=slice(2)).expand_dims(age=[0, 5])
        with pytest.raises(SchemaError, match="younger than 5"):
            nt.residence_transitions(with_age)
        older = with_age.where(with_age.age >= 5, 0)
        assert nt.residence_transitions(older).net.sel(age=5).values.tolist() == [20, -20]

    def test_children_move_with_their_mothers(self):
        ages = [0, *range(5, 55, 5)]
        coords = {"origin": ["A", "B"], "destination": ["A", "B"], "sex": ["F", "M"], "age": ages}
        moved = xr.DataArray(np.zeros((2, 2, 2, 11)), coords=coords)
        moved.loc["A", "B", "F", 25] = 120.0
        moved.loc["A", "B", "M", 25] = 999.0
        population = xr.DataArray(
            np.full((2, 2, 11), 50.0), coords={"region": ["B", "A"], "sex": ["F", "M"], "age": ages}
        )
        population.loc["B", :, 0] = 30.0
        children = nt.child_transitions(moved, population, interval_years=10)
        assert children.age.values.tolist() == [0, 5]
        to_b = children.sel(origin="A", destination="B", sex="M")
        # 30 children of each sex to 6 x 50 women; a quarter of the interval; 120 women.
        assert to_b.sel(age=0).item() == pytest.approx(0.25 * 30 / 300 * 120)
        assert to_b.sel(age=5).item() == pytest.approx(0.75 * 50 / 300 * 120)
        assert children.sel(origin="B").sum() == 0

    def test_one_year_from_five(self):
        flows = nt.residence_transitions(self.residence(), abroad="abroad").flows
        one = nt.one_year_transitions(flows, xr.DataArray(0.3))
        assert one.attrs["interval_years"] == 1
        assert one.sel(origin="B", destination="A").item() == pytest.approx(9)
        with pytest.raises(SchemaError, match="between 1/5 and 1"):
            nt.one_year_transitions(flows, xr.DataArray(0.1))
        with pytest.raises(UnitsError):
            nt.one_year_transitions(one, xr.DataArray(0.3))
        with pytest.raises(UnitsError):
            nt.one_year_transitions(flows.assign_attrs(concept="moves"), xr.DataArray(0.3))
