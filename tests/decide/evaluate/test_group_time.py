# SPDX-License-Identifier: Apache-2.0
"""Group-time effects: published numbers, a second program, identities, properties, bad input."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtrc, fdtrc

from keruen.core.errors import CoverageError, EstimationError, SchemaError
from keruen.decide.evaluate import _influence as inference
from keruen.decide.evaluate import (
    difference_in_differences,
    event_study,
    group_time_cells,
    group_time_effects,
)
from keruen.decide.evaluate._group_time_cells import Base, Controls, estimate_cells
from keruen.decide.evaluate._group_time_tables import trend_before
from keruen.decide.evaluate._panel import panel_of
from teaching_panel import counties

CELLS = {  # R did 2.1, est_method "reg", as in its vignette "Getting started"
    (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
    (2006, 2004): 0.0065, (2006, 2005): -0.0028, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
    (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261,
}  # fmt: skip
UNIVERSAL = {  # the same with base_period = "universal"
    (2006, 2003): -0.0038, (2006, 2004): 0.0028, (2007, 2003): 0.0033, (2007, 2004): 0.0338,
    (2007, 2005): 0.0311,
}  # fmt: skip
ROBUST = {  # Stata csdid 1.6, method(dripw) with lpop: estimate and analytic standard error
    (2004, 2004): (-0.0145297, 0.0221292), (2004, 2005): (-0.0764219, 0.0286713),
    (2004, 2006): (-0.1404483, 0.0353782), (2004, 2007): (-0.1069039, 0.0328865),
    (2006, 2004): (-0.0004721, 0.0222234), (2006, 2005): (-0.0062025, 0.0184957),
    (2006, 2006): (0.0009606, 0.0194002), (2006, 2007): (-0.0412939, 0.0197211),
    (2007, 2004): (0.0267278, 0.0140657), (2007, 2005): (-0.0045766, 0.0157178),
    (2007, 2006): (-0.0284475, 0.0181809), (2007, 2007): (-0.0287814, 0.016239),
}  # fmt: skip
ROBUST_SUMS = {  # Stata csdid 1.6, estat event, calendar and group
    "events": [
        (-3, 0.0267278, 0.0140657), (-2, -0.0036165, 0.0129283), (-1, -0.023244, 0.0144851),
        (0, -0.0210604, 0.0114942), (1, -0.0530032, 0.0163465), (2, -0.1404483, 0.0353782),
        (3, -0.1069039, 0.0328865),
    ],
    "periods": [
        (2004, -0.0145297, 0.0221292), (2005, -0.0764219, 0.0286713),
        (2006, -0.0461757, 0.0212107), (2007, -0.0395822, 0.0129299),
    ],
    "cohorts": [
        (2004, -0.0845759, 0.0245649), (2006, -0.0201666, 0.0174696),
        (2007, -0.0287814, 0.016239),
    ],
}  # fmt: skip


def cells_of(found, column="effect"):
    table = found.tables["cells"]
    return dict(zip(zip(table.cohort, table.period, strict=True), table[column], strict=True))


def overall(found):
    return found.tables["overall"].set_index("aggregate")["effect"]


def simulated(rng, units=60, periods=6, effect=0.0):
    """Units with trends in common, treated from period 2, 4 or never."""
    cells = {"region": np.arange(units), "year": np.arange(2015, 2015 + periods)}
    start = xr.DataArray(rng.choice([2017.0, 2019.0, np.nan], units), {"region": cells["region"]})
    start[:6] = [2017, 2017, 2019, 2019, np.nan, np.nan]
    noise = rng.normal(size=(units, periods))
    fixed = rng.normal(size=(units, 1)) * 3 + rng.normal(size=periods) * 2
    outcome = xr.DataArray(fixed + noise, cells)
    return outcome + effect * (outcome.year >= start), start


def wald_before(
    outcome: xr.DataArray,
    start: xr.DataArray,
    covariates: xr.Dataset | None = None,
    controls: Controls = "never",
    base: Base = "varying",
) -> float:
    """Joint statistic of the cells before treatment."""
    panel = panel_of(outcome, start, covariates=covariates)
    cells = estimate_cells(panel, controls, base, 0)
    early = cells.pick(cells.before(0))
    return inference.wald(early.effect, inference.cluster_sums(early.influence, panel.cluster))


def test_the_published_cells():
    outcome, start, _ = counties()
    found = group_time_effects(outcome, start, seed=1)
    assert {key: round(value, 4) for key, value in cells_of(found).items()} == CELLS
    assert found.estimate.item() == pytest.approx(-0.0310, abs=5e-5)
    sums = overall(found)
    assert sums["simple"] == pytest.approx(-0.0400, abs=5e-5)
    assert sums["event"] == pytest.approx(-0.0772, abs=5e-5)
    assert sums["period"] == pytest.approx(-0.0417, abs=5e-5)
    at_once = found.tables["events"].set_index("event").loc[0, "effect"]
    assert at_once == pytest.approx(-0.0199, abs=5e-5)
    # the joint test as R prints it, of five cells before treatment: chi-square
    assert (found.tables["cells"]["kind"] == "before").sum() == 5
    statistic = wald_before(outcome, start)
    assert chdtrc(5, statistic) == pytest.approx(0.16812, abs=5e-6)
    # the check allows for the 20 counties of the smallest cohort, and is a little milder
    trend = found.checks[0]
    assert trend.id == "pre_trend"
    assert chdtrc(5, statistic) < trend.value < 0.2
    assert found.clusters == 500
    assert found.adjustments.empty


def test_the_published_cells_with_a_universal_base():
    outcome, start, _ = counties()
    found = group_time_effects(outcome, start, seed=1, base="universal")
    cells, kinds = cells_of(found), cells_of(found, "kind")
    assert {key: round(cells[key], 4) for key in UNIVERSAL} == UNIVERSAL
    for key, value in CELLS.items():
        if kinds[key] == "after":
            assert round(cells[key], 4) == value
    assert [key for key, kind in kinds.items() if kind == "base"] == [
        (2004, 2003), (2006, 2005), (2007, 2006)
    ]  # fmt: skip
    varying = group_time_effects(outcome, start, seed=1)
    assert found.checks[0].value == pytest.approx(varying.checks[0].value, rel=1e-9)


def test_the_published_doubly_robust_cells_and_sums():
    outcome, start, covariates = counties()
    found = group_time_effects(outcome, start, seed=1, covariates=covariates)
    cells, errors = cells_of(found), cells_of(found, "standard_error")
    for key, (effect, error) in ROBUST.items():
        assert cells[key] == pytest.approx(effect, abs=1e-7)
        assert errors[key] == pytest.approx(error, abs=1e-7)
    for name, rows in ROBUST_SUMS.items():
        table = (
            found.tables[name].iloc[:, :1].join(found.tables[name][["effect", "standard_error"]])
        )
        assert table.to_numpy() == pytest.approx(np.array(rows), abs=1e-7)
    row = found.tables["overall"].set_index("aggregate").loc["simple"]
    assert row["effect"] == pytest.approx(-0.0417518, abs=1e-7)
    assert row["standard_error"] == pytest.approx(0.0115028, abs=1e-7)
    statistic = wald_before(outcome, start, covariates)
    assert chdtrc(5, statistic) == pytest.approx(0.2326722805724242, abs=1e-10)
    assert chdtrc(5, statistic) < found.checks[0].value < 0.27
    assert found.checks[3].id == "overlap"
    assert found.checks[3].passed


@pytest.mark.parametrize("covariates", [False, True])
@pytest.mark.parametrize("controls", ["never", "not_yet"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_a_second_program_finds_the_same(covariates, controls, base):
    peer = pytest.importorskip("moderndid")
    outcome, start, lpop = counties()
    table = outcome.to_dataframe("y").reset_index()
    table["g"] = start.fillna(0).sel(county=table.county.to_xarray()).to_numpy()
    table["lpop"] = lpop["lpop"].sel(county=table.county.to_xarray()).to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = peer.att_gt(
            data=table, yname="y", tname="year", idname="county", gname="g", boot=False,
            xformla="~lpop" if covariates else "~1", base_period=base,
            control_group="nevertreated" if controls == "never" else "notyettreated",
        )  # fmt: skip
        sums = {
            ours: peer.aggte(other, type=theirs)
            for ours, theirs in (
                ("simple", "simple"), ("event", "dynamic"), ("cohort", "group"),
                ("period", "calendar"),
            )
        }  # fmt: skip
    found = group_time_effects(
        outcome, start, seed=1, covariates=lpop if covariates else None, controls=controls,
        base=base,
    )  # fmt: skip
    keys = list(zip(other.groups, other.times, strict=True))
    for column, theirs in (("effect", other.att_gt), ("standard_error", other.se_gt)):
        ours = cells_of(found, column)
        assert [ours[key] for key in keys] == pytest.approx(
            np.asarray(theirs, dtype=float), abs=1e-9, nan_ok=True
        )
    for name, theirs in sums.items():
        row = found.tables["overall"].set_index("aggregate").loc[name]
        assert row["effect"] == pytest.approx(theirs.overall_att, abs=1e-9)
        assert row["standard_error"] == pytest.approx(theirs.overall_se, abs=1e-9)
    events = found.tables["events"]
    assert events["effect"].to_numpy() == pytest.approx(sums["event"].att_by_event, abs=1e-9)
    given = lpop if covariates else None
    ours = wald_before(outcome, start, given, controls, base)
    assert ours == pytest.approx(other.wald_stat, rel=1e-8)


def test_bands_are_near_those_published():
    """R's bands on these data reach 2.66 to 2.75 standard errors (five runs of its vignette)."""
    outcome, start, _ = counties()
    table = group_time_effects(outcome, start, seed=1, draws=4999).tables["cells"]
    reach = (table.band_high - table.effect) / table.standard_error
    assert reach.std() < 1e-9
    assert 2.6 < reach[0] < 2.8


def test_two_way_effects_close_to_the_last_digit():
    outcome, start, _ = counties()
    found = group_time_effects(outcome, start, seed=1)
    figures = found.tables["comparison"].set_index("figure")["value"]
    assert figures["two_way"] == pytest.approx(-0.0365, abs=5e-5)
    assert figures["gap_from_comparison"] == pytest.approx(0, abs=1e-12)
    weights = found.tables["two_way"]
    assert (weights.weight * weights.effect).sum() == pytest.approx(figures["two_way"], abs=1e-12)
    assert weights.weight[weights.after].sum() == pytest.approx(1)
    assert weights.weight.sum() == pytest.approx(0, abs=1e-12)
    # the early cohort's last year is used as a control by the regression
    assert weights.set_index(["cohort", "period"]).loc[(2004, 2007), "weight"] < 0


def test_one_cohort_and_two_years_by_hand():
    cells = {"region": list("abcde"), "year": [2001, 2002]}
    y = xr.DataArray([[1.0, 4.0], [2.0, 6.0], [1.0, 2.0], [3.0, 3.0], [0.0, 2.0]], cells)
    start = xr.DataArray([2002, 2002, np.nan, np.nan, np.nan], {"region": list("abcde")})
    found = group_time_effects(y, start, seed=1)
    # changes 3, 4 and 1, 0, 2: means 3.5 and 1; squares 0.5 and 2 about them, over n^2
    assert found.estimate.item() == 2.5
    assert found.standard_error.item() ** 2 == pytest.approx(0.5 / 2**2 + 2 / 3**2)
    assert [one.id for one in found.checks if one.passed is False] == ["clusters", "cohort_size"]
    assert found.checks[0].passed is None  # nothing before the base


def test_influence_gives_covariances_of_cells_that_share_controls():
    outcome, start, _ = counties()
    cells = group_time_cells(outcome, start)
    part = cells.influence.sel(cohort=[2004, 2007], year=2007)
    units = outcome.sizes["county"]
    spread = (part.isel(cohort=0) * part.isel(cohort=1)).sum().item() / units**2
    change = (outcome.sel(year=2007) - outcome.sel(year=2003)).where(start.isnull())
    other = (outcome.sel(year=2007) - outcome.sel(year=2006)).where(start.isnull())
    shared = ((change - change.mean()) * (other - other.mean())).sum() / change.count() ** 2
    assert spread == pytest.approx(shared.item())
    assert spread > 0
    own = cells.standard_error.sel(cohort=2004, year=2007).item()
    assert own == pytest.approx(np.sqrt((part.isel(cohort=0) ** 2).sum().item()) / units)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), robust=st.booleans(), scale=st.floats(0.01, 100))
def test_constants_of_units_and_periods_change_nothing_and_scale_scales(seed, robust, scale):
    rng = np.random.default_rng(seed)
    outcome, start = simulated(rng)
    covariates = xr.Dataset({"x": (("region",), rng.normal(size=60))}, {"region": outcome.region})
    given_ = {"covariates": covariates} if robust else {}
    before = group_time_effects(outcome, start, seed=1, **given_)
    shifted = outcome * scale + xr.DataArray(rng.normal(size=60), {"region": outcome.region})
    shifted = shifted + xr.DataArray(rng.normal(size=6), {"year": outcome.year})
    after = group_time_effects(shifted, start, seed=1, **given_)
    for name in ("cells", "events", "overall"):
        columns = ["effect", "standard_error", "low", "high"]
        one, other = (found.tables[name][columns].to_numpy() for found in (before, after))
        assert other == pytest.approx(one * scale, rel=1e-6, abs=1e-8 * scale)
    assert after.p_value.item() == pytest.approx(before.p_value.item(), rel=1e-5, abs=1e-10)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), effect=st.floats(-5, 5))
def test_an_effect_without_noise_is_found_exactly(seed, effect):
    rng = np.random.default_rng(seed)
    fixed, start = simulated(rng)
    outcome = xr.zeros_like(fixed) + fixed.isel(year=0) + fixed.isel(region=0)
    outcome = outcome + effect * (outcome.year >= start)
    found = group_time_effects(outcome, start, seed=1)
    kinds = found.tables["cells"].set_index("kind")["effect"]
    assert kinds["after"].to_numpy() == pytest.approx(effect, abs=1e-9)
    assert kinds["before"].to_numpy() == pytest.approx(0, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_order_of_units_and_years_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    outcome, start = simulated(rng)
    mixed = outcome.isel(region=rng.permutation(60), year=rng.permutation(6))
    one, other = (group_time_effects(y, start, seed=1) for y in (outcome, mixed))
    columns = ["effect", "standard_error", "low", "high"]
    assert other.tables["cells"][columns].to_numpy() == pytest.approx(
        one.tables["cells"][columns].to_numpy()
    )


def test_clusters_that_are_copies_carry_the_same_information():
    """Every unit twice, clustered by the pair: the same estimate and the same error."""
    rng = np.random.default_rng(4)
    outcome, start = simulated(rng)
    twice = xr.concat([outcome, outcome.assign_coords(region=outcome.region + 100)], "region")
    starts = xr.concat([start, start.assign_coords(region=start.region + 100)], "region")
    pair = xr.DataArray(twice.region.to_numpy() % 100, {"region": twice.region})
    one = group_time_effects(outcome, start, seed=1)
    both = group_time_effects(twice, starts, seed=1, cluster=pair)
    assert both.estimate.item() == pytest.approx(one.estimate.item())
    assert both.standard_error.item() == pytest.approx(one.standard_error.item())
    assert both.clusters == 60
    naive = group_time_effects(twice, starts, seed=1)
    assert naive.standard_error.item() == pytest.approx(one.standard_error.item() / np.sqrt(2))


def test_unbalanced_panels_say_what_was_done():
    rng = np.random.default_rng(5)
    outcome, start = simulated(rng)
    start[7] = 2014.0
    start[8] = 2030.0
    outcome[9, 3] = np.nan
    outcome[10, 1:] = np.nan
    pairs = group_time_effects(outcome, start, seed=1)
    reasons = pairs.adjustments.set_index("key")["reason"]
    assert reasons["7"] == "treated from the first period on"
    assert reasons["8"] == "treated after the panel ends"
    assert reasons["9"].startswith("periods missing")
    assert reasons["10"] == "seen in fewer than two periods"
    whole = group_time_effects(outcome, start, seed=1, unbalanced="complete")
    assert whole.adjustments.set_index("key")["reason"]["9"] == "not seen in all periods"
    by_hand = group_time_effects(
        outcome.drop_sel(region=[7, 9, 10]), start.drop_sel(region=[7, 9, 10]), seed=1
    )
    assert cells_of(whole) == cells_of(by_hand)


def test_pairs_use_a_unit_where_both_periods_are_seen():
    cells = {"region": list("abcde"), "year": [2001, 2002, 2003]}
    y = xr.DataArray([[0.0, 1, np.nan], [2, 6, 9], [1, 2, 2], [3, 3, 5], [1, 5, 8]], cells)
    start = xr.DataArray([2002, 2002, np.nan, np.nan, 2002], {"region": list("abcde")})
    found = cells_of(group_time_effects(y, start, seed=1))
    assert found == {(2002, 2002): 2.5, (2002, 2003): 5.5}  # 3 - 0.5; b and e alone: 7 - 1.5
    whole = cells_of(group_time_effects(y, start, seed=1, unbalanced="complete"))
    assert whole == {(2002, 2002): 3.5, (2002, 2003): 5.5}


def test_anticipation_moves_the_base_back():
    rng = np.random.default_rng(6)
    outcome, start = simulated(rng)
    outcome = outcome + 1.5 * (outcome.year >= start - 1)  # units react a year ahead
    late = group_time_effects(outcome, start, seed=1)
    early = group_time_effects(outcome, start, seed=1, anticipation=1)
    assert abs(late.estimate.item()) < 0.8
    low, high = early.interval.values
    assert low < 1.5 < high
    kinds = early.tables["cells"].set_index(["cohort", "period"])
    assert kinds.loc[(2019, 2018), ["kind", "base"]].tolist() == ["anticipation", 2017]


def test_without_never_treated_units_those_not_yet_treated_stand_in():
    rng = np.random.default_rng(7)
    outcome, start = simulated(rng)
    some = start.notnull()
    outcome, start = outcome[some], start[some]
    with pytest.raises(EstimationError, match='controls="not_yet"') as caught:
        group_time_effects(outcome, start, seed=1)
    assert caught.value.id == "NoControls"
    found = group_time_effects(outcome, start, seed=1, controls="not_yet")
    cells = cells_of(found)
    assert (2017, 2018) in cells
    assert (2017, 2019) not in cells  # by then all are treated
    lost = found.adjustments["key"].tolist()
    assert "cohort=2017, year=2019" in lost
    assert "cohort=2019, year=2020" in lost


def panel(starts, periods=3):
    units = np.arange(len(starts))
    rng = np.random.default_rng(1)
    cells = {"region": units, "year": 2000 + np.arange(periods)}
    y = xr.DataArray(rng.normal(size=(len(starts), periods)), cells)
    return y, xr.DataArray(np.array(starts, dtype=float), {"region": units})


@pytest.mark.parametrize(
    ("starts", "id_"),
    [
        ([2001, 2001, 2001], "NoControls"),
        ([np.nan, np.nan, np.nan], "NoTreated"),
        ([2000, 2000, np.nan], "NoTreated"),
        ([2001, 0, np.nan], "ZeroDate"),
    ],
)
def test_panels_that_cannot_answer_are_refused(starts, id_):
    with pytest.raises((EstimationError, SchemaError)) as caught:
        group_time_effects(*panel(starts), seed=1)
    assert caught.value.id == id_
    assert caught.value.remedy


def test_other_faults_are_named():
    y, start = panel([2001] * 8 + [np.nan] * 8)
    one = xr.zeros_like(start)
    with pytest.raises(EstimationError) as caught:
        group_time_effects(y, start, seed=1, cluster=one)
    assert caught.value.id == "OneCluster"
    separating = xr.Dataset({"x": start.isnull().astype(float)})
    with pytest.raises(EstimationError, match="tell treated units and controls apart") as caught:
        group_time_effects(y, start, seed=1, covariates=separating)
    assert caught.value.id == "PerfectSeparation"
    flat = xr.Dataset({"x": one})
    with pytest.raises(EstimationError) as caught:
        group_time_effects(y, start, seed=1, covariates=flat)
    assert caught.value.id == "NotIdentified"
    twins = xr.Dataset({"x": start.region * 1.0, "z": start.region * 2.0})
    with pytest.raises(EstimationError) as caught:
        group_time_effects(y, start, seed=1, covariates=twins)
    assert caught.value.id == "NotIdentified"
    with pytest.raises(CoverageError, match="covariate 'x' is missing"):
        group_time_effects(y, start, seed=1, covariates=xr.Dataset({"x": start}))
    with pytest.raises(SchemaError, match="one value a unit"):
        group_time_effects(y, start, seed=1, covariates=xr.Dataset({"x": y}))
    with pytest.raises(CoverageError):
        group_time_effects(y, start.isel(region=slice(3, None)), seed=1)
    with pytest.raises(SchemaError, match="is not a choice of 'controls'"):
        group_time_effects(y, start, seed=1, controls="all")
    with pytest.raises(SchemaError, match="infinite"):
        group_time_effects(y.where(y.year > 2000, np.inf), start, seed=1)
    with pytest.raises(SchemaError, match="dimension of units"):
        group_time_effects(y, y, seed=1)
    with pytest.raises(SchemaError) as caught:
        group_time_effects(y.assign_coords(year=["a", "b", "c"]), start, seed=1)
    assert caught.value.id == "PeriodNotNumber"


@pytest.mark.slow
@pytest.mark.study
def test_bands_and_intervals_cover_and_zero_is_found():
    """300 panels of 120 units: zero effect before, 1 after; shares of hits by simulation."""
    rng = np.random.default_rng(2026)
    runs, band, alone, trend, centre = 300, 0, 0, 0, []
    for run in range(runs):
        outcome, start = simulated(rng, units=120, effect=1.0)
        found = group_time_effects(outcome, start, seed=run, draws=499)
        table = found.tables["cells"]
        truth = np.where(table.kind == "after", 1.0, 0.0)
        band += bool(((table.band_low <= truth) & (truth <= table.band_high)).all())
        low, high = found.interval.values
        alone += bool(low <= 1.0 <= high)
        trend += bool(found.checks[0].passed)
        centre.append(found.estimate.item())
    assert 0.90 <= band / runs <= 0.98
    assert 0.90 <= alone / runs <= 0.98
    assert 0.90 <= trend / runs <= 0.98
    assert np.mean(centre) == pytest.approx(1.0, abs=4 * np.std(centre) / np.sqrt(runs))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), added=st.floats(-10, 10), robust=st.booleans())
def test_what_is_added_to_treated_cells_is_found_and_errors_stay(seed, added, robust):
    """So that a test at zero effect and the coverage of any constant effect are one thing."""
    rng = np.random.default_rng(seed)
    outcome, start = simulated(rng)
    traits = xr.Dataset({"x": (("region",), rng.normal(size=60))}, {"region": outcome.region})
    given_ = {"covariates": traits} if robust else {}
    none = group_time_effects(outcome, start, seed=1, **given_)
    some = group_time_effects(outcome + added * (outcome.year >= start), start, seed=1, **given_)
    assert some.estimate.item() - none.estimate.item() == pytest.approx(added, abs=1e-9)
    errors = [one.tables["cells"]["standard_error"].to_numpy() for one in (none, some)]
    assert errors[1] == pytest.approx(errors[0], rel=1e-9)


@pytest.mark.parametrize("wrong", ["trend", "chance"])
def test_either_model_may_be_wrong(wrong):
    """One of the two models is wrong in x; plain differences are off, the doubly robust are not."""
    rng = np.random.default_rng(8)
    units = 20_000
    x = rng.normal(size=units)
    bent = (x**2 - 1) / np.sqrt(2)
    chance, trend = (x, x + bent) if wrong == "trend" else (x + bent, x)
    treated = rng.uniform(size=units) < 1 / (1 + np.exp(1 - 0.5 * chance))
    change = trend + 2.0 * treated + rng.normal(size=units)
    cells = {"region": np.arange(units), "year": [2001, 2002]}
    outcome = xr.DataArray(np.stack([np.zeros(units), change], 1), cells)
    start = xr.DataArray(np.where(treated, 2002.0, np.nan), {"region": cells["region"]})
    traits = xr.Dataset({"x": xr.DataArray(x, {"region": cells["region"]})})
    plain = group_time_effects(outcome, start, seed=1)
    robust = group_time_effects(outcome, start, seed=1, covariates=traits)
    assert abs(plain.estimate.item() - 2.0) > 0.3
    assert robust.estimate.item() == pytest.approx(2.0, abs=4 * robust.standard_error.item())
    assert robust.standard_error.item() < 0.05


@pytest.mark.parametrize("robust", [False, True])
def test_units_seen_in_other_years_alone_change_no_cell(robust):
    """Neither its effect nor its error, though they count in the size of cohorts."""
    rng = np.random.default_rng(9)
    outcome, start = simulated(rng)
    more = outcome.where(outcome.year >= 2019).assign_coords(region=outcome.region + 100)
    both = xr.concat([outcome, more], "region")
    starts = xr.concat([start, start.assign_coords(region=start.region + 100)], "region")
    traits = xr.Dataset({"x": (("region",), rng.normal(size=120))}, {"region": both.region})
    given_ = {"covariates": traits} if robust else {}
    old = {"covariates": traits.isel(region=slice(60))} if robust else {}
    one = group_time_effects(outcome, start, seed=1, **old).tables["cells"]
    other = group_time_effects(both, starts, seed=1, **given_).tables["cells"]
    keys = ["cohort", "period"]
    both_tables = one.merge(other, on=keys, suffixes=("", "_more"))
    same = both_tables[both_tables[["base", "period"]].min(axis=1) < 2019]
    assert len(same) >= 6
    for column in ("effect", "standard_error"):
        assert same[f"{column}_more"].to_numpy() == pytest.approx(same[column].to_numpy())
    rest = both_tables.drop(same.index)
    assert (rest["treated_more"] == 2 * rest["treated"]).all()


@pytest.mark.parametrize("treated", [5, 12])
def test_trends_that_are_alike_pass_with_few_treated_units(treated: int):
    """By chi-square, 25 to 35 percent of these would fail at a nominal 5."""
    random = np.random.default_rng(3)
    unit, year = {"unit": np.arange(40)}, {"year": np.arange(10 if treated == 5 else 16)}
    date = 4.0 if treated == 5 else 8.0
    start = xr.DataArray(np.where(np.arange(40) < treated, date, np.nan), unit)
    failed = 0
    for _ in range(200):
        noise = xr.DataArray(random.normal(size=(40, len(year["year"]))), {**unit, **year})
        failed += trend_before(panel_of(noise, start)).passed is False
    assert failed / 200 < 0.1


@pytest.mark.parametrize("cluster", [False, True])
def test_trends_of_a_cohort_of_one_cluster_are_not_judged(cluster: bool):
    random = np.random.default_rng(5)
    unit, year = {"unit": np.arange(40)}, {"year": np.arange(10)}
    treated = np.arange(40) < (3 if cluster else 1)
    later = np.where(np.arange(40) < 10, 7.0, np.nan)
    start = xr.DataArray(np.where(treated, 5.0, later), unit)
    noise = xr.DataArray(random.normal(size=(40, 10)), {**unit, **year})
    groups = xr.DataArray(np.where(treated, 0, np.arange(40)), unit)
    found = trend_before(panel_of(noise, start, cluster=groups))
    assert found.passed is None
    assert np.isnan(found.value)


def test_trends_that_part_before_treatment_fail():
    random = np.random.default_rng(6)
    unit, year = {"unit": np.arange(40)}, {"year": np.arange(10)}
    start = xr.DataArray(np.where(np.arange(40) < 12, 5.0, np.nan), unit)
    noise = xr.DataArray(random.normal(0, 0.3, (40, 10)), {**unit, **year})
    assert trend_before(panel_of(noise + noise.year * start.notnull(), start)).passed is False


def test_the_joint_test_of_one_group_is_that_of_hotelling():
    own = np.random.default_rng(1).normal(size=(12, 4))
    mean = own.mean(0)
    square = 12 * mean @ np.linalg.solve(np.cov(own.T), mean)
    exact = fdtrc(4, 8, square * 8 / (4 * 11))
    found = inference.joint_chance(mean, (own - mean) / 12, np.zeros(12, dtype=np.int64))
    assert found == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(
    "method", [partial(group_time_effects, seed=1), difference_in_differences, event_study]
)
def test_one_treated_unit_has_no_interval_and_is_refused(method):
    unit, year = {"unit": np.arange(20)}, {"year": np.arange(8)}
    start = xr.DataArray(np.where(np.arange(20) < 1, 5.0, np.nan), unit)
    noise = xr.DataArray(np.random.default_rng(5).normal(size=(20, 8)), {**unit, **year})
    with pytest.raises(EstimationError, match="only one unit or cluster was treated") as caught:
        method(noise, start)
    assert caught.value.id == "OneTreated"
