# SPDX-License-Identifier: Apache-2.0
"""Labour: numbers of the specification, hand-made cases, and one clear error for each fault."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import (
    AccountError,
    CodeError,
    CoverageError,
    FaultsError,
    InfeasibleError,
    SchemaError,
)
from keruen.project.labour import (
    OutputElasticity,
    agreeing_unemployment,
    align_participation,
    arrivals_participation,
    check_parts,
    cohort_rates,
    employment_by_input_output,
    employment_by_output,
    employment_by_share,
    employment_paths,
    labour_balance,
    labour_force,
    labour_ratios,
    output_elasticity,
    participation_paths,
    productive_labour_force,
    project_participation,
    project_shares_of,
)
from keruen.project.sectors import DIVISIONS_31, SECTIONS_31, check_sectors

FIVE = [15, 20, 25, 30]


def five_years(young: float, old: float, ages: tuple[int, int]) -> xr.DataArray:
    """Six years in which people of two age groups keep their rates."""
    cells = {"year": range(2015, 2021), "sex": ["F"], "age": list(ages)}
    return xr.DataArray(np.full((6, 1, 2), [young, old]), cells)


# Specification of the projections, section 12.1: p(45-49) = .86 becomes p(50-54) = .80,
# Ex = .069767, and the next cohort of .88 comes to .81860.
def test_exits_of_cohorts_are_those_of_the_specification() -> None:
    rates = five_years(0.86, 0.80, (45, 50))
    leave = cohort_rates(rates).leave.sel(age=50)
    np.testing.assert_allclose(leave, 0.069767, atol=5e-7)
    rates[-1, 0, 0] = 0.88
    ahead = project_participation(rates, years=[2025], method="cohort").rates
    assert ahead.sel(year=2025, age=50).item() == pytest.approx(0.81860, abs=5e-6)


# p(25-29) = .80 becomes p(30-34) = .84: En = .210526; the next cohort of .82 comes to .85579.
def test_entries_of_cohorts_are_those_of_the_specification() -> None:
    rates = five_years(0.80, 0.84, (25, 30))
    entry = cohort_rates(rates).entry.sel(age=30)
    np.testing.assert_allclose(entry, 0.210526, atol=5e-7)
    rates[-1, 0, 0] = 0.82
    ahead = project_participation(rates, years=[2025], method="cohort").rates
    assert ahead.sel(year=2025, age=30).item() == pytest.approx(0.85579, abs=5e-6)


def test_cohorts_that_never_changed_go_on_unchanged() -> None:
    cells = {"year": range(2010, 2025), "sex": ["F", "M"], "age": FIVE}
    rates = xr.DataArray(np.full((15, 2, 4), [0.3, 0.7, 0.85, 0.8]), cells)
    ahead = project_participation(rates, years=range(2025, 2046), method="cohort").rates
    np.testing.assert_allclose(ahead, np.full((21, 2, 4), [0.3, 0.7, 0.85, 0.8]), rtol=1e-12)


def test_a_later_pension_age_keeps_people_at_work_and_lists_what_it_clips() -> None:
    cells = {"year": range(2015, 2025), "sex": ["F"], "age": [45, 50, 55, 60, 65]}
    rates = xr.DataArray(np.full((10, 1, 5), [0.88, 0.90, 0.7, 0.4, 0.1]), cells)
    shift = xr.DataArray([2.5], {"year": [2025]})
    plain = project_participation(rates, years=[2029], method="cohort")
    later = project_participation(rates, years=[2029], method="cohort", pension_shift=shift)
    more = (later.rates - plain.rates).squeeze()
    assert (more.sel(age=[60, 65]) > 0).all()
    # half way between exits of two ages: 1 - .4/.7 and 1 - .7/.9
    half = 0.5 * (1 - 0.4 / 0.7) + 0.5 * (1 - 0.7 / 0.9)
    assert later.rates.sel(age=60).item() == pytest.approx(0.7 * (1 - half))
    assert not len(plain.adjustments)
    whole = project_participation(
        rates, years=[2025], method="cohort", pension_shift=shift * 0 + 5.0
    )
    found = whole.adjustments
    assert found["reason"].str.contains("exits negative").all()
    assert set(found["age"]) == {55}
    assert (found["before"] < 0).all()
    assert (found["after"] == 0).all()


def test_a_trend_fades_and_a_benchmark_is_reached() -> None:
    cells = {"year": range(2010, 2025), "sex": ["F"], "age": [25]}
    z = np.linspace(0, 1.4, 15).reshape(15, 1, 1)
    rates = xr.DataArray(1 / (1 + np.exp(-z)), cells)
    ahead = project_participation(rates, years=[2025, 2026, 2124]).rates.values.ravel()
    logits = np.log(ahead / (1 - ahead))
    # a slope of .1 a year that fades by a tenth: .09, .081, and .9 in the end
    np.testing.assert_allclose(logits - 1.4, [0.09, 0.171, 0.9], atol=1e-4)
    goal = xr.DataArray([[0.9]], {"sex": ["F"], "age": [25]})
    moved = project_participation(
        rates, years=[2029, 2034, 2040], method="benchmark", benchmark=goal, reached=2034
    ).rates.values.ravel()
    half = (1.4 + np.log(9)) / 2
    np.testing.assert_allclose(moved, [1 / (1 + np.exp(-half)), 0.9, 0.9], rtol=1e-9)


def test_the_cycle_is_not_taken_for_a_trend() -> None:
    years = {"year": range(2010, 2025)}
    cycle = xr.DataArray(np.r_[np.zeros(12), -1.0, -2.0, -3.0], years)
    z = 0.4 + 0.1 * cycle
    rates = (1 / (1 + np.exp(-z))).expand_dims(sex=["F"], age=[25]).transpose("year", "sex", "age")
    blind = project_participation(rates, years=[2030]).rates.item()
    seen = project_participation(rates, years=[2030], cycle=cycle).rates.item()
    last = rates.isel(year=-1).item()
    assert blind < last - 0.005
    assert seen == pytest.approx(last, abs=1e-6)


def test_uncertain_slopes_are_drawn_to_their_group() -> None:
    rng = np.random.default_rng(1)
    years = np.arange(15)
    z = 0.05 * years[:, None] + np.where(np.arange(20) == 0, rng.normal(0, 1, (15, 1)), 0.01)
    cells = {"year": 2010 + years, "country": [f"C{n:02d}" for n in range(20)]}
    rates = xr.DataArray(1 / (1 + np.exp(-z)), cells).expand_dims(sex=["F"], age=[25])
    together = project_participation(rates, years=[2030]).rates
    alone = project_participation(rates.isel(country=[0]), years=[2030]).rates
    own = float(rates.sel(country="C00", year=2024).squeeze())
    step = abs(float(together.sel(country="C00").squeeze()) - own)
    assert abs(step - 0.05) < abs(abs(float(alone.squeeze()) - own) - 0.05)


def test_rates_of_nobody_stay_nobody_when_held() -> None:
    cells = {"year": [2020], "sex": ["F"], "age": [15]}
    held = project_participation(
        xr.DataArray(np.zeros((1, 1, 1)), cells), years=[2030], method="constant"
    )
    assert held.rates.item() == 0.0


def test_paths_spread_as_the_trend_was_wrong() -> None:
    rng = np.random.default_rng(3)
    z = np.cumsum(rng.normal(0, 0.05, (30, 40)), axis=0)
    cells = {"year": range(1995, 2025), "country": [f"C{n:02d}" for n in range(40)]}
    rates = xr.DataArray(1 / (1 + np.exp(-z)), cells).expand_dims(sex=["F"], age=[25])
    rates = rates.transpose("year", "country", "sex", "age")
    paths = participation_paths(rates, years=range(2025, 2055), trajectories=400, seed=2)
    logits = np.log(paths / (1 - paths)).std("trajectory").mean("country").squeeze()
    # a random walk of step .05 misses by .05 sqrt(h), and the paths are half as wide again
    assert logits.sel(year=2025).item() == pytest.approx(0.075, rel=0.05)
    assert logits.sel(year=2044).item() == pytest.approx(0.075 * np.sqrt(20), rel=0.1)
    assert logits.sel(year=2054) / logits.sel(year=2044) == pytest.approx(np.sqrt(1.5), rel=0.01)
    same = participation_paths(rates, years=range(2025, 2055), trajectories=400, seed=2)
    xr.testing.assert_identical(paths, same)
    bare = participation_paths(rates, years=range(2025, 2055), trajectories=400, seed=2, spread=1.0)
    middle = np.log(paths / (1 - paths)).median("trajectory")
    off = [np.log(one / (1 - one)).std("trajectory") for one in (paths, bare)]
    np.testing.assert_allclose(off[0] / off[1], np.full(middle.shape, 1.5), rtol=1e-6)


# Section 13.1: A = [[.2, .3], [.1, .4]], f = (100, 200), l = (.01, .005).
def test_input_output_of_the_specification() -> None:
    codes = ["A", "C"]
    table = xr.DataArray([[0.2, 0.3], [0.1, 0.4]], {"sector": codes, "sector_used": codes})
    per = xr.DataArray([0.01, 0.005], {"sector": codes})
    demand = xr.DataArray([[100.0, 200.0], [110.0, 200.0]],
                          {"year": [2025, 2026], "sector": codes})  # fmt: skip
    found = employment_by_input_output(table, demand, per)
    np.testing.assert_allclose(found.sel(year=2025), [2.6667, 1.8889], atol=5e-5)
    np.testing.assert_allclose(found.sel(year=2026), [2.8, 1.9], atol=5e-5)
    output = employment_by_input_output(table, demand, per * 0 + 1).sel(year=2025)
    np.testing.assert_allclose(output, [266.667, 377.778], atol=5e-4)
    # labels in another order are matched, not mis-multiplied
    other = employment_by_input_output(
        table.isel(sector_used=[1, 0]), demand.isel(sector=[1, 0]), per
    )
    np.testing.assert_allclose(other.sel(sector=codes), found)


def test_a_table_that_uses_more_than_it_makes_is_refused() -> None:
    codes = ["A", "C"]
    table = xr.DataArray([[0.9, 0.3], [0.4, 0.9]], {"sector": codes, "sector_used": codes})
    line = xr.DataArray([1.0, 1.0], {"sector": codes})
    with pytest.raises(InfeasibleError, match="more of their products than they make"):
        employment_by_input_output(table, line, line)


def test_elasticity_finds_what_made_the_data() -> None:
    rng = np.random.default_rng(4)
    growth = rng.normal(0.04, 0.03, 60)
    years = {"year": range(1960, 2020)}
    output = xr.DataArray(np.exp(np.cumsum(growth)), years)
    people = xr.DataArray(np.exp(0.3 * np.cumsum(growth) + np.cumsum(rng.normal(0, 0.005, 60))),
                          years)  # fmt: skip
    found = output_elasticity(people, output)
    assert abs(found.value - 0.3) < 3 * found.error
    assert found.residual == pytest.approx(0.005, rel=0.3)
    assert found.years == 59


def test_employment_follows_output_along_paths() -> None:
    sure = OutputElasticity(0.5, 0.0, 0.0, 20)
    growth = xr.DataArray([0.03, 0.03], {"year": [2020, 2021]})
    paths = employment_paths(100.0, years=[2025, 2026], growth=growth, elasticity=sure,
                             trajectories=3)  # fmt: skip
    np.testing.assert_allclose(paths.sel(year=2026), 100 * 1.03)
    line = xr.DataArray([1.0, 1.03, 1.03**2], {"year": [2024, 2025, 2026]})
    medium = employment_by_output(xr.DataArray(100.0), line, 0.5)
    np.testing.assert_allclose(medium.sel(year=2026), 100 * 1.03)


def test_shares_go_on_and_zeros_stay() -> None:
    cells = {"year": range(2015, 2025), "sector": ["A", "G", "U"]}
    people = xr.DataArray([[50.0 - n, 49.0 + n, 1.0 if n else 0.0] for n in range(10)], cells)
    shares = project_shares_of(people, over="sector", years=range(2025, 2041))
    np.testing.assert_allclose(shares.sum("sector"), 1.0, atol=1e-12)
    np.testing.assert_allclose(shares.sel(sector="U"), 0.01)
    assert (np.diff(shares.sel(sector="A")) < 0).all()
    steps = -np.diff(shares.sel(sector="A"))
    assert (np.diff(steps) < 0).all()  # the trend fades


def test_alignment_adds_to_the_total_and_says_its_shift() -> None:
    people = xr.DataArray(
        [[[100.0, 300.0]], [[50.0, 80.0]]],
        {"region": ["A", "B"], "sex": ["F"], "age": [15, 65]},
    )
    rates = xr.DataArray([[0.6, 0.1]], {"sex": ["F"], "age": [15, 65]})
    total = xr.DataArray([120.0, 20.0], {"region": ["A", "B"]})
    found, shift = align_participation(people, rates, total)
    np.testing.assert_allclose((people * found).sum(["sex", "age"]), total, rtol=1e-9)
    odds = (found / (1 - found)) / (rates / (1 - rates))
    np.testing.assert_allclose(np.log(odds), shift.broadcast_like(odds), atol=1e-9)
    cell = xr.DataArray([[70.0, 50.0]], {"sex": ["F"], "age": [15, 65]})
    agreed, _ = align_participation(people, found, cell, by="cell")
    np.testing.assert_allclose((people * agreed).sum("region"), cell, rtol=1e-9)
    with pytest.raises(InfeasibleError, match="between nobody and everybody"):
        align_participation(people, rates, total + 400)


def test_the_gap_is_the_sum_of_its_causes() -> None:
    years = {"year": [2025, 2030, 2040]}
    force, held, closed = (
        xr.DataArray(values, years)
        for values in ([100.0, 108.0, 120.0], [100.0, 106.0, 115.0], [99.0, 103.0, 108.0])
    )
    demand = xr.DataArray([95.5, 104.0, 111.0], years)
    found = labour_balance(
        force, demand, unemployment=0.05, at_base_rates=held, without_migration=closed
    )
    whole = sum(found.causes[name] for name in found.causes)
    np.testing.assert_allclose(whole, found.gap, atol=1e-12)
    last = found.causes.sel(year=2040)
    # .95 times: -(108 - 99); -((115 - 100) - (108 - 99)); -((120 - 100) - (115 - 100))
    assert last.people.item() == pytest.approx(-0.95 * 9)
    assert last.migration.item() == pytest.approx(-0.95 * 6)
    assert last.participation.item() == pytest.approx(-0.95 * 5)
    assert last.demand.item() == pytest.approx(15.5)
    assert last.start.item() == pytest.approx(0.5)
    table = found.to_table()
    assert table["demand"].tolist() == [95.5, 104.0, 111.0]


def test_ratios_by_hand_and_weights_of_mean_one() -> None:
    ages = {"sex": ["F"], "age": [0, 15, 20, 25, 60, 65]}
    people = xr.DataArray([[20.0, 5, 6, 40, 8, 21]], ages)
    levels = {"sex": ["F"], "age": [15], "education": ["3", "6"]}
    force = xr.DataArray([[[30.0, 20.0]]], levels)
    wage = xr.DataArray([1.0, 2.0], {"education": ["3", "6"]})
    found = labour_ratios(people, force, weights=wage)
    assert found.labour.item() == pytest.approx(1.0)
    assert found.weighted is not None
    assert found.weighted.item() == pytest.approx(1.0)  # in the base year weights change nothing
    assert found.total.item() == pytest.approx(100 * 41 / 59)
    assert found.limits == "15-64"
    share = xr.DataArray([1.0, 0.5], {"status": ["native", "migrant"]})
    both = force.expand_dims(status=["native", "migrant"])
    work = productive_labour_force(both, wage, integration=share)
    assert work.item() == pytest.approx(75.0)
    with pytest.raises(AccountError, match="larger than the population"):
        labour_ratios(people, force * 3)


def test_arrivals_come_to_the_rates_of_natives() -> None:
    native = xr.DataArray([[0.6, 0.8]], {"sex": ["F"], "age": [15, 25]})
    ratio = xr.DataArray([0.5, 1.1], {"age": [15, 25]})
    found = arrivals_participation(native, ratio, since=[0, 4, 10, 25])
    np.testing.assert_allclose(found.sel(duration=0), [[0.3, 0.88]])
    np.testing.assert_allclose(found.sel(duration=4, age=15), [0.42])
    np.testing.assert_allclose(found.sel(duration=[10, 25]), [native, native])
    with pytest.raises(SchemaError, match="not between 0 and 1"):
        arrivals_participation(native, 1.5, since=[0])


def test_unemployed_of_regions_add_to_the_nation() -> None:
    rate = xr.DataArray([0.05, 0.10], {"region": ["A", "B"]})
    force = xr.DataArray([[100.0, 50.0], [120.0, 40.0]],
                         {"year": [2025, 2026], "region": ["A", "B"]})  # fmt: skip
    nation = xr.DataArray([8.0, 9.0], {"year": [2025, 2026]})
    found = agreeing_unemployment(rate, force, national=nation)
    np.testing.assert_allclose((found * force).sum("region"), nation)


# --- bad input: one clear error each ---------------------------------------------------------


def test_shares_that_do_not_add_up() -> None:
    shares = xr.DataArray([[0.5, 0.4]], {"year": [2030], "sector": ["A", "G"]})
    with pytest.raises(AccountError, match="do not add to 1") as fault:
        employment_by_share(xr.DataArray([10.0], {"year": [2030]}), shares, over="sector")
    assert fault.value.id == "NotShares"
    assert "0.9" in fault.value.where


def test_parts_that_do_not_add_to_their_total_say_by_how_much() -> None:
    parts = xr.DataArray([[50.0, 60.0]], {"year": [2024], "sector": ["A", "G"]})
    with pytest.raises(AccountError, match=r"\+10.0%") as fault:
        check_parts(parts, xr.DataArray([100.0], {"year": [2024]}), over="sector", tolerance=0.01)
    assert fault.value.id == "PartsAndTotal"
    assert "year=2024" in fault.value.where


def test_negative_employment() -> None:
    cells = {"year": range(2015, 2025), "sector": ["A", "G"]}
    people = xr.DataArray(np.full((10, 2), 5.0), cells)
    people[3, 1] = -1.0
    with pytest.raises(SchemaError, match="1 counts are negative") as fault:
        project_shares_of(people, over="sector", years=[2030])
    assert fault.value.id == "NegativeInput"
    assert "year=2018, sector=G" in fault.value.where


def test_years_that_do_not_line_up() -> None:
    people = xr.DataArray(np.ones((2, 1, 1)), {"year": [2025, 2026], "sex": ["F"], "age": [15]})
    rates = people.assign_coords(year=[2026, 2027]) * 0.5
    with pytest.raises(CoverageError, match="do not line up") as fault:
        labour_force(people, rates)
    assert fault.value.id == "YearsDiffer"
    assert "2025" in fault.value.where
    assert "2027" in fault.value.where
    with pytest.raises(CoverageError, match="years to project begin in 2020"):
        project_participation(rates, years=[2020])


def test_codes_of_another_version_are_offered_their_new_ones() -> None:
    with pytest.raises(CodeError, match=r"34 became 29; 67 became 66") as fault:
        check_sectors(["A", "34", "67"])
    assert fault.value.id == "OtherVersion"
    with pytest.raises(FaultsError) as both:
        check_sectors(["34", "ZZ"])
    assert {one.id for one in both.value.faults} == {"OtherVersion", "UnknownCode"}
    check_sectors([new for became in DIVISIONS_31.values() for new in became])
    check_sectors([new for became in SECTIONS_31.values() for new in became])


def test_rates_outside_and_too_few_years() -> None:
    cells = {"year": range(2018, 2025), "sex": ["F"], "age": [15]}
    rates = xr.DataArray(np.full((7, 1, 1), 40.0), cells)
    with pytest.raises(SchemaError, match="not between 0 and 1"):
        project_participation(rates, years=[2030])
    with pytest.raises(CoverageError, match="needs 8 years, there are 7"):
        project_participation(rates / 100, years=[2030])
    with pytest.raises(CodeError, match="no method"):
        project_participation(rates / 100, years=[2030], method="naive")  # type: ignore[arg-type]


def test_cohorts_need_equal_ages_and_rates_inside() -> None:
    cells = {"year": range(2010, 2025), "sex": ["F"], "age": [15, 25, 55, 65]}
    rates = xr.DataArray(np.full((15, 1, 4), 0.5), cells)
    with pytest.raises(SchemaError, match="one width"):
        project_participation(rates, years=[2030], method="cohort")
    even = rates.assign_coords(age=FIVE)
    even[2, 0, 1] = 0.0
    with pytest.raises(SchemaError, match="1 rates are 0 or reach the ceiling") as fault:
        project_participation(even, years=[2030], method="cohort")
    assert fault.value.where == "year=2012, sex=F, age=20"
