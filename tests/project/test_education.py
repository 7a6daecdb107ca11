# SPDX-License-Identifier: Apache-2.0
"""Attainment ahead: by hand, identities, the Wittgenstein Centre as outcome, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen import load
from keruen.core.errors import (
    CodeError,
    CoverageError,
    FaultsError,
    InfeasibleError,
    ScenarioError,
    SchemaError,
)
from keruen.project import _education as kernel
from keruen.project.attainment import (
    ATTAINMENT,
    attainment_paths,
    attainment_ratios,
    mean_years_of_schooling,
)
from keruen.project.education import project_education
from keruen.project.education_fertility import fertility_ratios
from keruen.project.education_record import education_scores
from keruen.project.population import Fertility

AGES = list(range(0, 45, 5))
TWO = ["low", "high"]
NO_GAP = {"F": 0.0, "M": 0.0}
SEXES = ["F", "M"]


def totals(value: float = 100.0, years: tuple[int, ...] = (2020, 2025)) -> xr.DataArray:
    cells = {"year": list(years), "sex": SEXES, "age": AGES}
    return xr.DataArray(np.full((len(years), 2, 9), value), coords=cells)


def base(high: float = 0.5) -> xr.DataArray:
    cells = {"sex": SEXES, "age": AGES, "education": TWO}
    return xr.DataArray(np.broadcast_to([1 - high, high], (2, 9, 2)), coords=cells).copy()


def ratios(value: float = 0.2, years: tuple[int, ...] = (2025,)) -> xr.DataArray:
    cells = {"year": list(years), "education": ["low"], "sex": SEXES, "age": [15, 20, 25, 30]}
    return xr.DataArray(np.full((len(years), 1, 2, 4), value), coords=cells)


def alive(value: float = 0.9, years: tuple[int, ...] = (2025,)) -> xr.DataArray:
    cells = {"year": list(years), "sex": SEXES, "age": AGES}
    return xr.DataArray(np.full((len(years), 2, 9), value), coords=cells)


@pytest.fixture(scope="module")
def wic() -> xr.DataArray:
    """Countries with attainment at every date since 1980; empty groups are zero."""
    people = load("wic.population")
    people = people.sel(year=people["year"] >= 1980)
    whole = (people.sum(["education", "sex", "age"]) > 0).all("year")
    return people.sel(country=people["country"].to_numpy()[whole.to_numpy()]).fillna(0.0)


# --- by hand ------------------------------------------------------------------------------


def test_ratios_by_hand():
    """80/20 at 15-19 become 40/60 five years on: 40 of the 80 went up."""
    where = {"year": [2015, 2020], "sex": ["F"], "age": [15, 20], "education": TWO}
    people = xr.DataArray(
        [[[[80.0, 20.0], [1.0, 1.0]]], [[[70.0, 30.0], [40.0, 60.0]]]], coords=where
    )
    found = attainment_ratios(people, levels=TWO)
    assert found.sel(age=15).item() == pytest.approx(0.3)
    assert found.sel(age=20).item() == pytest.approx(0.5)


def test_one_step_by_hand():
    ahead = project_education(base(), totals(), ratios(), survival=alive(), levels=TWO,
                              mortality_gap=NO_GAP)  # fmt: skip
    women = ahead.population.sel(year=2025, sex="F")
    assert women.sel(education="under15").values.tolist() == [100.0] * 3 + [0.0] * 6
    # 15-19 all begin low; to 34 a fifth of the low go on; then nothing moves
    expected = [20.0, 60.0, 60.0, 60.0, 50.0, 50.0]
    np.testing.assert_allclose(women.sel(education="high").values[3:], expected, rtol=1e-12)
    # survivors of 90 are brought to 100; the open group had two groups to draw on
    factor = ahead.agreement.sel(year=2025, sex="F").values
    np.testing.assert_allclose(factor, [1 / 0.9] * 5 + [1 / 1.8], rtol=1e-12)


def test_cascade_goes_from_the_lowest_level_up():
    people = np.array([100.0, 0.0, 0.0])
    np.testing.assert_allclose(kernel.move_up(people, np.array([0.8, 0.5])), [20, 40, 40])
    np.testing.assert_allclose(kernel.take_up(people, np.array([30.0, 50.0])), [70, 0, 30])


def test_numbers_stay_while_cohorts_change():
    people = totals(years=(2020, 2025, 2030))
    people.loc[{"year": 2025, "age": 10}] = 50.0  # half the cohort that turns 15 by 2030
    years = (2025, 2030)
    ahead = project_education(base(), people, ratios(years=years), survival=alive(1.0, years),
                              levels=TWO, mortality_gap=NO_GAP, schooling="numbers")  # fmt: skip
    high = ahead.population.sel(education="high", sex="M", age=15)
    assert high.sel(year=2025).item() == pytest.approx(20.0)
    # 20 of 50 instead of 20 of 100, then scaled to a total of 100
    assert high.sel(year=2030).item() == pytest.approx(40.0)


def test_mean_years_of_schooling_by_hand():
    people = xr.DataArray([5.0, 30.0, 10.0], coords={"education": ["under15", *TWO]})
    years = xr.DataArray([4.0, 16.0], coords={"education": TWO})
    assert mean_years_of_schooling(people, years).item() == pytest.approx(7.0)
    with pytest.raises(SchemaError, match="no duration for high"):
        mean_years_of_schooling(people, years.sel(education=["low"]))


# --- survival by education ----------------------------------------------------------------


def _mortality() -> np.ndarray:
    """Survival of Kazakhstan's men and women, 2020-2025, into groups to 100+."""
    from keruen.project.lifetable import life_table

    rates = load("wpp2024.mortality_age5", country="KAZ").sel(year=2025)
    return life_table(rates).survivorship.sel(sex=SEXES).to_numpy()


def test_life_expectancies_differ_by_the_gap():
    survival = _mortality()
    hazards = kernel.hazard_ratios(survival, np.array([4.0, 5.0]), 6)
    best, worst = (kernel._e15(survival ** hazards[:, [e]]) for e in (5, 0))
    np.testing.assert_allclose(best - worst, [4.0, 5.0], atol=1e-9)
    steps = np.diff(np.log(hazards), axis=-1)
    np.testing.assert_allclose(steps, steps[:, :1].repeat(5, 1), rtol=1e-9)
    assert (steps < 0).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=6, max_size=6), st.floats(0.001, 0.9999))
def test_survival_of_levels_keeps_the_total(people, survival):
    weights = np.array(people)[None, None, :]
    hazards = np.exp(np.linspace(0.8, -0.8, 6))[None, :]
    S = np.array([[survival]])
    each = kernel.survival_by_level(S, weights, hazards)[0, 0]
    assert ((each >= 0) & (each <= 1)).all()
    assert (np.diff(each) >= -1e-12).all()
    if sum(people) > 0:
        assert each @ np.array(people) / sum(people) == pytest.approx(survival, abs=1e-9)


def test_a_gap_lets_the_educated_live_longer():
    plain, gap = (
        project_education(base(), totals(), ratios(), survival=alive(), levels=TWO, mortality_gap=g)
        for g in (NO_GAP, {"F": 1.0, "M": 1.5})
    )
    older = {"year": 2025, "age": [35, 40], "education": "high"}
    assert (gap.population.sel(older) > plain.population.sel(older)).all()
    np.testing.assert_allclose(gap.population.sum("education"), totals(), rtol=1e-12)


# --- identities ---------------------------------------------------------------------------


def test_levels_add_to_the_population(wic):
    people = wic.sel(year=2010, education=list(ATTAINMENT))
    whole = wic.sum("education").sel(year=[2010, 2015, 2020])
    path = attainment_paths(attainment_ratios(wic.sel(year=slice(None, 2010))), years=[2015, 2020])
    S = xr.full_like(whole.sel(year=[2015, 2020]), 0.95)
    ahead = project_education(people, whole, path, survival=S)
    gap = abs(ahead.population.sum("education") - whole)
    assert float(gap.max()) < 1e-6
    assert float(ahead.population.min()) >= 0


def test_ratios_give_the_shares_back(wic):
    """What was measured from 2015 and 2020, applied to 2015, is 2020 (where nobody lost)."""
    two = wic.sel(year=[2015, 2020], education=list(ATTAINMENT))
    whole = wic.sum("education").sel(year=[2015, 2020])
    measured = attainment_ratios(two).sel(year=[2020])
    S = xr.full_like(whole.sel(year=[2020]), 0.95)
    ahead = project_education(two.sel(year=2015), whole, measured, survival=S, mortality_gap=NO_GAP)
    young = {"age": [15, 20], "year": 2020, "education": list(ATTAINMENT)}
    share = [each.sel(young) / each.sel(young).sum("education") for each in (ahead.population, two)]
    gap = abs(share[0] - share[1]).max(["education", "sex", "age"])
    assert float(gap.quantile(0.9)) < 0.02
    assert float(gap.sel(country="KAZ")) < 0.002


def test_nobody_loses_education():
    years = (2025, 2030, 2035)
    whole = totals(years=(2020, *years))
    ahead = project_education(base(0.3), whole, ratios(0.4, years), survival=alive(0.9, years),
                              levels=TWO, mortality_gap=NO_GAP)  # fmt: skip
    share = ahead.population.sel(education="high") / whole
    for step in range(3):
        now, then = share.isel(year=step), share.isel(year=step + 1)
        older = then.sel(age=AGES[4:8]).to_numpy() - now.sel(age=AGES[3:7]).to_numpy()
        assert (older >= -1e-12).all()


def test_mix_is_that_of_every_path():
    """Paths of the total scale the levels: the shares of one projection serve all."""
    draws = xr.concat([totals(), 1.3 * totals()], xr.Variable("trajectory", [0, 1]))
    draws[{"trajectory": 1, "age": 5}] *= 2.0
    many = project_education(base(), draws, ratios(), survival=alive(), levels=TWO)
    one = project_education(base(), totals(), ratios(), survival=alive(), levels=TWO)
    whole = many.population.sum("education")
    np.testing.assert_allclose(many.population / whole, (one.population / totals())
                               .broadcast_like(many.population).transpose(*many.population.dims),
                               rtol=1e-12)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 1), st.floats(0, 1))
def test_more_schooling_never_makes_fewer_graduates(low, more, survival, start):
    less, high = sorted((low, more))
    found = [
        project_education(base(start), totals(), ratios(r), survival=alive(survival), levels=TWO,
                          mortality_gap=NO_GAP).population.sel(year=2025, education="high")
        for r in (less, high)
    ]  # fmt: skip
    assert ((found[1] - found[0]) >= -1e-9).all()


def test_migrants_bring_their_own_education():
    net = totals(0.0, (2025,))
    net.loc[{"age": 35}] = 10.0
    mix = base(1.0)
    target = totals()
    target.loc[{"year": 2025}] = 90.0
    target.loc[{"year": 2025, "age": 35}] = 100.0
    ahead = project_education(base(), target, ratios(), survival=alive(), levels=TWO,
                              mortality_gap=NO_GAP, migration=net, migrant_mix=mix)  # fmt: skip
    # 45 of 90 survivors and all 10 migrants
    assert ahead.population.sel(year=2025, sex="F", age=35, education="high").item() == (
        pytest.approx(55.0)
    )
    assert ahead.agreement.sel(year=2025, sex="F", age=35).item() == pytest.approx(1.0)


def test_without_agreement_births_follow_from_mothers():
    rate = xr.DataArray([[0.1]], coords={"year": [2025], "age": [25]}, dims=["year", "age"])
    born = Fertility(rate, xr.DataArray([1.0], coords={"year": [2025]}))
    ahead = project_education(
        base(), totals(years=(2020, 2025)), ratios(0.0), survival=alive(1.0), levels=TWO,
        mortality_gap=NO_GAP, fertility=born, agree=False,
        fertility_ratios=xr.DataArray([3.0, 1.0], coords={"education": TWO}),
    )  # fmt: skip
    assert ahead.births is not None
    births = ahead.births.sel(year=2020)
    # 100 women of 25-29 at both ends, 5 years, rate .1: 50 births; three to one by education
    assert births.sum().item() == pytest.approx(50.0)
    assert births.sel(education="low").item() == pytest.approx(37.5)
    children = ahead.population.sel(year=2025, education="under15", age=0)
    assert children.values.tolist() == pytest.approx([25.0, 25.0])
    # everybody is there: the start, those born, and nobody died
    assert ahead.population.sel(year=2025).sum().item() == pytest.approx(1800.0 + 50.0)


def test_fertility_of_levels_shrinks_and_keeps_the_births():
    levels = {"education": TWO}
    measured, floor = (xr.DataArray(v, coords=levels) for v in ([3.0, 1.0], [1.4, 1.0]))
    tfr = xr.DataArray([3.8], coords={"year": [2025]})
    found = fertility_ratios(measured, measured_tfr=xr.DataArray(4.8), tfr=tfr, floor=floor)
    ratio = 1.4 + 1.6 * 2 / 3
    np.testing.assert_allclose(found.sel(year=2025), [ratio, 1.0], rtol=1e-12)
    rate = xr.DataArray([[0.1]], coords={"year": [2025], "age": [25]}, dims=["year", "age"])
    born = Fertility(rate, xr.DataArray([1.0], coords={"year": [2025]}))
    ahead = project_education(base(), totals(), ratios(0.0), survival=alive(1.0), levels=TWO,
                              mortality_gap=NO_GAP, fertility=born,
                              fertility_ratios=found)  # fmt: skip
    births = ahead.births.sel(year=2020)
    assert births.sum().item() == pytest.approx(50.0)
    assert (births.sel(education="low") / births.sel(education="high")).item() == (
        pytest.approx(ratio)
    )
    with pytest.raises(SchemaError, match="not above 0"):
        fertility_ratios(-measured, measured_tfr=xr.DataArray(4.8), tfr=tfr, floor=floor)


# --- paths of schooling and the back-test -------------------------------------------------


def test_trend_by_hand_and_its_half():
    where = {"year": [2005, 2010, 2015, 2020], "education": ["low"], "sex": ["F"], "age": [20]}
    odds = np.array([-1.0, -0.8, -0.6, -0.4])
    seen = xr.DataArray((1 / (1 + np.exp(-odds))).reshape(4, 1, 1, 1), coords=where)
    for kept, expected in ((1.0, 0.2), (0.5, -0.1), (0.0, -0.4)):
        ahead = attainment_paths(seen, years=[2035], kept=kept).item()
        assert np.log(ahead / (1 - ahead)) == pytest.approx(expected, abs=1e-9)
    assert attainment_paths(seen, years=[2035], schooling="constant").item() == (
        pytest.approx(1 / (1 + np.exp(0.4)))
    )


def test_a_doubtful_trend_is_drawn_to_the_others():
    """Twenty places rise by about .04 a year; one with noise lands between itself and them."""
    rng = np.random.default_rng(1)
    years = np.arange(2000, 2025, 5)
    odds = -2 + 0.04 * (years - 2000) + rng.normal(0, 0.02, (20, 5))
    odds = np.vstack([odds, [-1.0, 1.0, -1.2, 1.2, -2.0]])
    where = {"country": [f"c{n:02}" for n in range(21)], "year": years, "education": ["low"],
             "sex": ["F"], "age": [20]}  # fmt: skip
    seen = xr.DataArray((1 / (1 + np.exp(-odds)))[..., None, None, None], coords=where)
    ahead = attainment_paths(seen, years=[2030], kept=1.0).sel(country="c20").item()
    own = np.polyfit(years[1:], odds[20, 1:], 1)[0]  # the window: four periods
    slope = (np.log(ahead / (1 - ahead)) + 2.0) / 10
    assert own < slope < 0.05
    fast = attainment_paths(seen, years=[2030], kept=1.0, schooling="fast").sel(country="c20")
    assert fast.item() > ahead


def test_backtest_from_2000(wic):
    """The errors that the docs name; both paths of schooling beat the mix of ages held."""
    found = education_scores(wic, origins=[2000]).set_index(["rule", "horizon"])
    mean = found["dissimilarity"]
    assert mean["trend", 15] == pytest.approx(2.67, abs=0.01)
    assert mean["trend", 20] == pytest.approx(4.38, abs=0.01)
    assert mean["constant", 20] == pytest.approx(5.01, abs=0.01)
    for horizon in (5, 10, 15, 20):
        assert mean["trend", horizon] < mean["constant", horizon] < mean["held", horizon]
    assert found.loc[("trend", 20), "countries"] == 185


# --- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "error", "id"),
    [
        ({"totals": totals(years=(2020, 2024))}, CoverageError, "MissingPeriod"),
        ({"totals": -totals()}, SchemaError, "NegativeInput"),
        ({"totals": totals().isel(age=slice(1, None))}, SchemaError, "ShapeMismatch"),
        ({"ratios": ratios(1.2)}, SchemaError, "RatioOutOfRange"),
        ({"ratios": ratios(years=(2030,))}, CoverageError, "MissingPeriod"),
        ({"survival": alive(1.1)}, SchemaError, "NegativeInput"),
        ({"survival": alive(years=(2030,))}, CoverageError, "MissingPeriod"),
        ({"base": base().sel(education=["low"])}, CoverageError, "MissingPeriod"),
        ({"base": 0.9 * base()}, None, ""),
        ({"base": (0.9 * base()).assign_attrs(kind="share")}, SchemaError, "SharesDoNotAddUp"),
        ({"base": base().where(base()["age"] != 20)}, SchemaError, "NegativeInput"),
        ({"base": 0 * base()}, CoverageError, "MissingPeriod"),
        ({"mortality_gap": {"F": 4.0}}, SchemaError, "SchemaError"),
        ({"mortality_gap": {"F": 1e6, "M": 1e6}}, InfeasibleError, "InfeasibleError"),
        ({"agree": False}, ScenarioError, "RuleError"),
        ({"migrant_mix": base()}, ScenarioError, "RuleError"),
        (
            {"migration": totals(1.0, (2025,)), "migrant_mix": 0.5 * base()},
            SchemaError,
            "SharesDoNotAddUp",
        ),
        (
            {"migration": totals(-60.0, (2025,)), "migrant_mix": base(1.0)},
            InfeasibleError,
            "InfeasibleError",
        ),
        (
            {"survival": xr.concat([alive(0.9), alive(0.8)], xr.Variable("education", TWO))},
            InfeasibleError,
            "InfeasibleError",
        ),
    ],
)
def test_bad_input_has_one_clear_error(changed, error, id):
    given_ = {"base": base(), "totals": totals(), "ratios": ratios(), "survival": alive()}
    given_ |= changed
    inputs = [given_.pop(name) for name in ("base", "totals", "ratios")]
    options = {"levels": TWO, "mortality_gap": NO_GAP, **given_}
    if error is None:  # counts need not add to anything
        assert project_education(*inputs, **options).population.notnull().all()
        return
    with pytest.raises(error) as caught:
        project_education(*inputs, **options)
    assert caught.value.id == id
    assert caught.value.where
    assert caught.value.remedy


def test_all_faults_at_once():
    with pytest.raises(FaultsError) as caught:
        project_education(-base(), -totals(), ratios(), survival=alive(2.0), levels=TWO)
    assert len(caught.value.faults) == 3


def test_paths_refuse_bad_input():
    with pytest.raises(CodeError, match="no path 'rise'"):
        attainment_paths(ratios(), years=[2030], schooling="rise")
    with pytest.raises(CoverageError, match="do not rise from 2025"):
        attainment_paths(ratios(), years=[2020])
    with pytest.raises(CoverageError, match="three periods"):
        attainment_paths(ratios(), years=[2030])
    with pytest.raises(CoverageError, match="do not follow by five"):
        where = {"year": [2015, 2018], "sex": ["F"], "age": [15, 20], "education": TWO}
        attainment_ratios(xr.DataArray(np.ones((2, 1, 2, 2)), coords=where), levels=TWO)


def test_an_empty_group_takes_the_mix_of_the_next_younger():
    gone = base(0.7)
    gone.loc[{"sex": "M", "age": 40}] = 0.0
    ahead = project_education(gone, totals(), ratios(), survival=alive(), levels=TWO)
    assert ahead.adjustments[["sex", "age"]].values.tolist() == [["M", 40]]
    start = ahead.population.sel(year=2020, sex="M", age=40)
    assert start.sel(education="high").item() == pytest.approx(70.0)
