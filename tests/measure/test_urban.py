# SPDX-License-Identifier: Apache-2.0
"""Urban accounts, growth, concentration, city sizes and hierarchy: identities, hand-made cases,
published figures of Kazakhstan, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen import load
from keruen.core.errors import CodeError, CoverageError, FaultsError, SchemaError
from keruen.measure import urban as ur
from keruen.measure.net import net_migration_by_survival


def by_year(values, years=(2000, 2001)) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, dtype=float), coords={"year": list(years)})


def residence(urban, rural, years) -> xr.DataArray:
    return xr.DataArray(
        np.array([urban, rural], dtype=float),
        coords={"residence": ["urban", "rural"], "year": list(years)},
    )


def regions(values) -> xr.DataArray:
    return xr.DataArray(
        np.asarray(values, dtype=float), coords={"region": [f"R{k}" for k in range(len(values))]}
    )


# --- growth ------------------------------------------------------------------------------------


def test_growth_given_all_parts_leaves_the_error_of_closure():
    growth = ur.urban_growth(
        by_year([100, 200]),
        by_year([130, 190]),
        natural_increase=by_year([10, -20]),
        net_internal=by_year([12, 4]),
        net_external=by_year([3, 1]),
        reclassified=by_year([5, 0]),
    )
    assert growth.residual_holds == ()
    assert growth.parts.sel(component="residual").values.tolist() == [0.0, 5.0]
    assert growth.share.sel(year=2000).sum().item() == pytest.approx(100)
    assert growth.share.sel(year=2001, component="natural_increase").item() == pytest.approx(200)
    assert len(growth.to_table()) == 10


def test_growth_says_what_the_residual_holds():
    growth = ur.urban_growth(by_year([1, 1]), by_year([2, 1]), natural_increase=by_year([0, 0]))
    assert growth.residual_holds == ("net_internal", "net_external", "reclassified")
    assert "no growth" in growth.share.attrs["missing_reason"]
    assert "year=2001" in growth.share.attrs["missing_reason"]
    assert growth.share.sel(year=2001).isnull().all()


def test_a_part_without_a_dimension_counts_for_all():
    start = residence([5, 6], [1, 2], (2000, 2001)).rename({"residence": "region"})
    growth = ur.urban_growth(start, start + 3, natural_increase=by_year([1, 2]))
    assert growth.parts.sel(component="residual", year=2001).values.tolist() == [1.0, 1.0]


def test_natural_increase_of_an_all_urban_region_is_that_of_the_region():
    people = residence([500, 500], [0, 0], (2000, 2001))
    split = ur.split_natural_increase(by_year([9, -9]), people, urban_excess=5.0)
    assert split.sel(residence="urban").values.tolist() == [9.0, -9.0]
    assert split.sel(residence="rural").values.tolist() == [0.0, 0.0]


def test_natural_increase_keeps_the_excess_of_rates():
    people = residence([300], [100], (2000,))
    split = ur.split_natural_increase(by_year([8], (2000,)), people, urban_excess=-4.0)
    rate = 1000 * split / people
    assert (rate.sel(residence="urban") - rate.sel(residence="rural")).item() == pytest.approx(-4)
    assert split.sum().item() == pytest.approx(8)
    assert "-4" in split.attrs["assumption"]


def test_transfers_take_out_what_the_region_lost_as_a_whole():
    people = residence([600, 540], [400, 360], (2000, 2001))
    found = ur.urban_transfers(people, 0 * people)
    assert found.transfer.item() == pytest.approx(0)  # both lost a tenth: nothing passed over
    assert not found.suspected.item()


def test_transfers_leave_years_without_the_next_missing():
    people = residence([1, 2, 3], [1, 2, 3], (2000, 2001, 2005))
    assert ur.urban_transfers(people, 0 * people).transfer["year"].values.tolist() == [2000]
    with pytest.raises(CoverageError, match="no two years"):
        ur.urban_transfers(people.sel(year=[2001, 2005]), 0 * people.sel(year=[2001, 2005]))


def test_reclassified_people_of_small_units():
    people = xr.DataArray([5.0, 7.0, 11.0, 13.0], coords={"locality": list("abcd")})
    before = people.copy(data=[True, False, True, False])
    after = people.copy(data=[True, True, False, False])
    assert ur.reclassified_people(people, before, after).item() == 7 - 11
    with pytest.raises(SchemaError, match="locality=b"):
        ur.reclassified_people(people, before, after.copy(data=[1, 2, 0, 0]))


def test_residual_of_cohorts_by_the_census_survival_method():
    """Where vital events are not known by residence: migration and reclassification by age."""
    ages = [0, 10, 20]
    start = xr.DataArray([100.0, 80, 60], coords={"age": ages}, attrs={"age": {"width": 10}})
    end = xr.DataArray([90.0, 120, 100], coords={"age": ages})
    ratio = xr.DataArray([0.9, 0.8], coords={"age": [0, 10]})
    net = net_migration_by_survival(start, end, ratio, interval_years=10).net
    assert net.sel(age=10).item() == pytest.approx(120 - 90)
    assert net.sel(age=20).item() == pytest.approx(100 - 0.8 * 140)


# --- accounts and the urban share ----------------------------------------------------------------


def test_tempo_is_u_times_one_less_u_times_the_difference_of_growth():
    """``du/dt = u (1 - u) (growth_urban - growth_rural)`` in steps of a thousandth of a year."""
    years = 2000 + np.arange(2) / 1000
    urban, rural = 40 * np.exp(0.03 * (years - 2000)), 60 * np.exp(0.01 * (years - 2000))
    found = ur.urbanisation(residence(urban, rural, years))
    u = found.urban_share[0].item()
    gap = (found.urban_growth - found.rural_growth).item()
    assert found.tempo.item() == pytest.approx(u * (1 - u) * gap, rel=1e-4)


def test_difference_of_growth_is_the_change_of_the_log_odds_over_any_time():
    found = ur.urbanisation(residence([10, 30, 31], [50, 20, 70], (1990, 2000, 2013)))
    u = found.urban_share
    odds = np.log(u / (1 - u)).to_numpy()
    gap = (found.urban_growth - found.rural_growth).to_numpy()
    assert gap == pytest.approx(np.diff(odds) / [10, 13])


def test_account_from_share_and_from_parts():
    total, share = by_year([100, 200]), by_year([0.25, 0.5])
    for given in ({"urban_share": share}, {"urban": total * share}, {"rural": total * (1 - share)}):
        account = ur.residence_account(total, **given)
        assert account.sel(residence="urban").values.tolist() == [25.0, 100.0]
        assert account.sum("residence").values.tolist() == [100.0, 200.0]


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ({"urban": [101, 20]}, "TotalBelowPart"),
        ({"rural": [-1, 20]}, "NegativeInput"),
        ({"urban_share": [57.0, 0.5]}, "ShareOutOfRange"),
        ({"urban": [60, 20], "rural": [50, 180]}, "InconsistentTotals"),
        ({"urban": [60, 20], "urban_share": [0.5, 0.1]}, "InconsistentTotals"),
    ],
)
def test_accounts_that_do_not_add_up(given, id):
    arrays = {name: by_year(values) for name, values in given.items()}
    with pytest.raises(SchemaError, match="year=2000") as caught:
        ur.residence_account(by_year([100, 200]), **arrays)
    assert caught.value.id == id


def test_faults_of_an_account_come_together():
    with pytest.raises(FaultsError) as caught:
        ur.residence_account(
            by_year([100, -1]), urban=by_year([120, 0]), urban_share=by_year([0.5, 1.5])
        )
    assert {fault.id for fault in caught.value.faults} >= {
        "NegativeInput",
        "TotalBelowPart",
        "ShareOutOfRange",
    }
    with pytest.raises(SchemaError, match="no part"):
        ur.residence_account(by_year([1, 2]))


def test_residence_needs_its_two_labels():
    people = residence([1, 2], [3, 4], (2000, 2001)).assign_coords(residence=["town", "rural"])
    with pytest.raises(CodeError, match="town"):
        ur.urbanisation(people)
    with pytest.raises(SchemaError, match="residence=rural, year=2001"):
        ur.urbanisation(residence([1, 2], [3, -4], (2000, 2001)))


# --- concentration -------------------------------------------------------------------------------


def test_hoover_and_gini_of_two_places_are_the_difference_of_shares():
    """Of two places both indices are p - a of the denser one."""
    people, area = regions([60, 40]), regions([90, 10])
    assert ur.hoover_index(people, area).item() == pytest.approx(0.3)
    assert ur.area_gini(people, area).item() == pytest.approx(0.3)


def test_gini_is_the_mean_difference_of_densities():
    """``sum a_i a_j |d_i - d_j| / 2`` with densities as multiples of the mean, cell by cell."""
    rng = np.random.default_rng(1)
    people, area = rng.gamma(0.7, 10, 12), rng.gamma(1.5, 3, 12)
    p, a = people / people.sum(), area / area.sum()
    density = p / a
    expected = (a[:, None] * a * np.abs(density[:, None] - density)).sum() / 2
    assert ur.area_gini(regions(people), regions(area)).item() == pytest.approx(expected)


def test_theil_splits_exactly():
    rng = np.random.default_rng(2)
    people = xr.DataArray(rng.gamma(1, 9, 30), coords={"locality": range(30)})
    area = xr.DataArray(rng.gamma(1, 9, 30), coords={"locality": range(30)})
    group = xr.DataArray([f"G{k % 4}" for k in range(30)], coords={"locality": range(30)})
    found = ur.theil_index(people, area, group)
    within = 0.0
    for name in np.unique(group):
        mine = (group == name).to_numpy()
        part = ur.theil_index(people[mine], area[mine], group[mine]).total.item()
        within += people[mine].sum().item() / people.sum().item() * part
    assert found.within.item() == pytest.approx(within)
    assert found.total.item() == pytest.approx((found.between + found.within).item())


def test_even_and_uneven_extremes():
    even = regions([5, 5, 5, 5])
    assert ur.hoover_index(even, even).item() == 0
    assert ur.area_gini(even, even).item() == pytest.approx(0)
    assert ur.herfindahl_index(even).item() == 0.25
    assert ur.herfindahl_index(regions([0, 7, 0])).item() == 1
    assert ur.hoover_change(regions([1, 0]), regions([0, 3])).item() == 1
    nobody = ur.hoover_index(regions([0, 0]), regions([1, 1]))
    assert np.isnan(nobody.item())
    assert "nobody" in nobody.attrs["missing_reason"]


def test_concentration_by_year_and_bad_input():
    people = xr.DataArray(
        [[1.0, 3.0], [2.0, 2.0]], coords={"year": [2000, 2010], "region": ["A", "B"]}
    )
    area = xr.DataArray([1.0, 1.0], coords={"region": ["A", "B"]})
    assert ur.hoover_index(people, area).values.tolist() == [0.25, 0.0]
    with pytest.raises(FaultsError, match="area is not above 0") as caught:
        ur.hoover_index(people.where(people != 3), area * 0)
    assert {fault.id for fault in caught.value.faults} == {"MissingCell", "NegativeInput"}
    with pytest.raises(CoverageError, match="region"):
        ur.hoover_index(people, area.assign_coords(region=["A", "C"]))
    with pytest.raises(CoverageError, match="split by year"):
        ur.hoover_index(people.isel(year=0, drop=True), people)


# --- sizes of cities -----------------------------------------------------------------------------


def sizes(values) -> xr.DataArray:
    return xr.DataArray(
        np.asarray(values, dtype=float), coords={"locality": [f"c{k}" for k in range(len(values))]}
    )


def test_rank_size_is_the_regression_of_gabaix_and_ibragimov():
    values = np.random.default_rng(3).pareto(1.1, 80) * 1e5 + 1e4
    fit = ur.rank_size(sizes(values), least=(0, 1e5))
    for k, floor in enumerate((0, 1e5)):
        held = np.sort(values[values >= floor])[::-1]
        slope = np.polyfit(np.log(held), np.log(np.arange(len(held)) + 0.5), 1)[0]
        assert fit.exponent[k].item() == pytest.approx(-slope)
        assert fit.standard_error[k].item() == pytest.approx(-slope * np.sqrt(2 / len(held)))
        assert fit.towns[k].item() == len(held)


def test_half_a_rank_takes_out_the_bias():
    """Of 400 samples of 50 towns by Zipf's rule, the mean exponent is 1; 95 % intervals hold."""
    rng = np.random.default_rng(4)
    towns = xr.DataArray(
        1 / rng.uniform(size=(400, 50)), coords={"year": range(400), "locality": range(50)}
    )
    fit = ur.rank_size(towns)
    assert fit.exponent.mean().item() == pytest.approx(1.0, abs=0.03)
    inside = abs(fit.exponent - 1) < 1.96 * fit.standard_error
    assert 0.90 < inside.mean().item() < 0.98


def test_primacy_by_hand_and_too_few_towns():
    assert ur.primacy(sizes([10, 80, 20, 20])).of_next_three.item() == 1.6
    assert ur.primacy(sizes([10, 80, 20, 20])).of_second.item() == 4
    one = ur.primacy(sizes([5]))
    assert np.isnan(one.of_second.item())
    assert "too few" in one.of_second.attrs["missing_reason"]
    assert ur.primacy(sizes([3, np.nan, 9])).of_second.item() == 3
    assert np.isnan(ur.rank_size(sizes([5, 4])).exponent.item())
    assert np.isnan(ur.rank_size(sizes([5, 5, 5])).exponent.item())
    with pytest.raises(SchemaError, match="locality=c1"):
        ur.primacy(sizes([5, -4]))


# --- hierarchy -----------------------------------------------------------------------------------


def test_hierarchy_by_hand():
    """Two villages, a town and a city; classes below 1,000, below 10,000, above."""
    places = ["v1", "v2", "town", "city"]
    cells = [[0, 4, 6, 10], [2, 0, 0, 8], [1, 3, 0, 20], [5, 0, 7, 0]]
    flows = xr.DataArray(cells, coords={"origin": places, "destination": places})
    people = xr.DataArray([300.0, 700, 4000, 90_000], coords={"locality": places})
    found = ur.settlement_hierarchy(flows, people, bounds=[1000, 10_000])
    assert found.flows.values.tolist() == [[6.0, 6.0, 18.0], [4.0, 0.0, 20.0], [5.0, 7.0, 0.0]]
    assert (found.up.item(), found.across.item(), found.down.item()) == (44.0, 6.0, 16.0)
    assert found.net.values.tolist() == [-15.0, -11.0, 26.0]
    assert found.net_rate.values.tolist() == pytest.approx([-15.0, -2.75, 26 / 90])
    x = np.log([500, 4000, 90_000])
    slope = np.polyfit(x, [-15.0, -2.75, 26 / 90], 1)[0]
    assert found.slope.item() == pytest.approx(slope)
    assert slope > 0  # urbanisation
    down = ur.settlement_hierarchy(flows.T.rename(origin="destination", destination="origin"),
                                   people, bounds=[1000, 10_000])  # fmt: skip
    assert down.slope.item() == pytest.approx(-slope)


def test_hierarchy_by_given_classes():
    """The same table by classes of the degree of urbanisation: 1 rural, 2 town, 3 city."""
    places = ["v1", "v2", "town", "city"]
    cells = [[0, 4, 6, 10], [2, 0, 0, 8], [1, 3, 0, 20], [5, 0, 7, 0]]
    flows = xr.DataArray(cells, coords={"origin": places, "destination": places})
    people = xr.DataArray([300.0, 700, 4000, 90_000], coords={"locality": places})
    codes = xr.DataArray([3.0, 1.0, 2.0, 1.0], coords={"locality": ["city", "v2", "town", "v1"]})
    found = ur.settlement_hierarchy(flows, people, classes=codes)
    by_size = ur.settlement_hierarchy(flows, people, bounds=[1000, 10_000])
    assert found.net["size_class"].values.tolist() == ["1", "2", "3"]
    assert found.net.values.tolist() == by_size.net.values.tolist()
    assert found.slope.item() == by_size.slope.item()
    with pytest.raises(SchemaError, match="no class"):
        ur.settlement_hierarchy(flows, people, classes=codes.where(codes != 2))
    with pytest.raises(CoverageError):
        ur.settlement_hierarchy(flows, people, classes=codes.isel(locality=slice(3)))


def test_hierarchy_of_korea_adds_up():
    flows = load("korea.moves", year=2020)
    flows = flows.sum("quarter").assign_attrs(flows.attrs)
    people = load("korea.population", year=2020)
    bounds = [1e6, 3e6]
    people = people.squeeze(drop=True)
    found = ur.settlement_hierarchy(
        flows.squeeze(drop=True), people, bounds=bounds, diagonal="stayers"
    )
    assert (found.up + found.across + found.down).item() == 2_534_114
    assert found.net.sum().item() == 0
    assert found.population.sum().item() == people.sum().item()


def test_hierarchy_refuses_bounds_that_do_not_rise():
    flows = xr.DataArray([[0, 1], [1, 0]], coords={"origin": ["a", "b"], "destination": ["a", "b"]})
    people = xr.DataArray([1.0, 2.0], coords={"region": ["a", "b"]})
    for bounds in ([], [5, 5], [9, 2]):
        with pytest.raises(SchemaError, match="rise") as caught:
            ur.settlement_hierarchy(flows, people, bounds=bounds)
        assert caught.value.id == "NotRising"
    alone = ur.settlement_hierarchy(flows, people, bounds=[100])
    assert np.isnan(alone.slope.item())
    assert np.isnan(alone.net_rate.sel(size_class=">=100").item())


# --- Kazakhstan ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kazakhstan():
    people = load("kaz.region.population").sum("sex", min_count=1)
    urban = people.sel(residence="urban", drop=True)
    return people.where(people.notnull() | urban.isnull(), 0.0)


def test_kazakhstan_regions_add_to_the_published_country(kazakhstan):
    """1 January 2000: 14,901,641 people; 1 January 2023: 19,766,807 (Bureau of National
    Statistics), and urban and rural people of the regions make those of the country."""
    total = kazakhstan.sum("region")
    assert total.sum("residence").sel(year=2000).item() == 14_901_641
    assert total.sum("residence").sel(year=2023).item() == 19_766_807
    nation = load("kaz.population").sum("sex")
    xr.testing.assert_allclose(total.transpose(*nation.dims), nation, rtol=0, atol=0)


def test_reclassification_of_2007_is_found_and_said(kazakhstan):
    """Villages under towns were counted rural from 2008: urban people fell by 567,000 while
    births exceeded deaths."""
    natural = load("kaz.region.vital.births") - load("kaz.region.vital.deaths")
    split = ur.split_natural_increase(natural.sel(year=kazakhstan["year"]), kazakhstan)
    moved = ur.urban_transfers(kazakhstan, split)
    year = moved.transfer.where(moved.suspected.astype(bool)).sum("region")
    assert abs(year).idxmax("year").item() == 2007
    assert -750_000 < year.sel(year=2007).item() < -600_000
    quiet = year.sel(year=[2006, 2009, 2010, 2011, 2012, 2020])
    assert (quiet == 0).all()
    cities = ["KZ-71", "KZ-75", "KZ-79"]
    assert (abs(moved.transfer.sel(region=cities)).fillna(0) < 1e-6).all()


def test_urban_share_of_the_united_nations():
    """World Urbanization Prospects 2018: 57.671 % of Kazakhstan urban in 2020."""
    people = load("wup2018.population", country="KAZ")
    share = ur.urbanisation(people).urban_share
    assert 100 * share.sel(year=2020).item() == pytest.approx(57.671, abs=5e-4)
