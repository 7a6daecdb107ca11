# SPDX-License-Identifier: Apache-2.0
"""Differences, event studies and exposure: by hand, by dense regression, by law."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CoverageError, EstimationError, SchemaError, WorkbenchError
from keruen.decide.evaluate import (
    difference_in_differences,
    event_study,
    exposure_difference,
    group_time_effects,
)
from teaching_panel import counties

pytest.importorskip("pyfixest")


def simulated(rng, units=40, periods=6, *, dates=(2018.0,), effect=0.0):
    cells = {"region": np.arange(units), "year": np.arange(2015, 2015 + periods)}
    start = xr.DataArray(rng.choice([*dates, np.nan], units), {"region": cells["region"]})
    start[: 2 * len(dates) + 2] = [*dates, *dates, np.nan, np.nan]
    fixed = rng.normal(size=(units, 1)) * 3 + rng.normal(size=periods) * 2
    outcome = xr.DataArray(fixed + rng.normal(size=(units, periods)), cells)
    return outcome + effect * (outcome.year >= start), start


def dummies(outcome):
    """Dense design of unit and year effects, one row a cell."""
    units, years = outcome.shape
    unit = np.repeat(np.eye(units), years, axis=0)
    year = np.tile(np.eye(years)[:, 1:], (units, 1))
    return np.hstack([unit, year])


def dense(outcome, *terms):
    """Coefficients and cluster errors by the textbook, with the small-sample factor of fixest."""
    units, years = outcome.shape
    fixed = dummies(outcome)
    columns = np.column_stack([np.asarray(term, dtype=float).ravel() for term in terms])
    rest = columns - fixed @ np.linalg.lstsq(fixed, columns, rcond=None)[0]
    y = outcome.to_numpy().ravel()
    design = np.hstack([columns, fixed])
    error = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    bread = np.linalg.inv(rest.T @ rest)
    scores = (rest * error[:, None]).reshape(units, years, -1).sum(1)
    count, parameters = units * years, columns.shape[1] + years
    factor = units / (units - 1) * (count - 1) / (count - parameters)
    spread = bread @ (scores.T @ scores) @ bread * factor
    return bread @ rest.T @ y, np.sqrt(np.diag(spread))


def test_two_by_two_by_hand():
    cells = {"region": list("abcde"), "year": [2001, 2002]}
    y = xr.DataArray([[1.0, 4.0], [2.0, 6.0], [1.0, 2.0], [3.0, 3.0], [0.0, 2.0]], cells)
    start = xr.DataArray([2002, 2002, np.nan, np.nan, np.nan], {"region": list("abcde")})
    for estimator in ("two_way", "imputation"):
        found = difference_in_differences(y, start, estimator=estimator)
        assert found.estimate.item() == pytest.approx(2.5)  # (5 - 1.5) - (7/3 - 4/3)
        means = found.tables["means"].set_index(["group", "when"])["mean"]
        by_means = (means["treated", "after"] - means["treated", "before"]) - (
            means["untreated", "after"] - means["untreated", "before"]
        )
        assert found.estimate.item() == pytest.approx(by_means)


def test_two_way_effects_on_the_teaching_data():
    """-0.0365 as published for these data; the library is named with its version."""
    outcome, start, _ = counties()
    found = difference_in_differences(outcome, start)
    assert found.estimate.item() == pytest.approx(-0.0365, abs=5e-5)
    assert found.library.startswith("pyfixest 0.")
    failed = {one.id for one in found.checks if one.passed is False}
    assert failed == {"one_date", "two_way_negative_weight"}


def test_imputation_on_the_teaching_data():
    """Stata jwdid 1.0 without covariates, estat simple: -.0477099 (se .013265, another formula).

    Wooldridge's extended two-way regression and imputation give the same number.
    """
    outcome, start, _ = counties()
    found = difference_in_differences(outcome, start, estimator="imputation")
    assert found.estimate.item() == pytest.approx(-0.0477099, abs=1e-7)
    assert found.standard_error.item() == pytest.approx(0.013265, rel=0.02)
    assert found.library == ""


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_two_way_effects_are_those_of_a_dense_regression(seed):
    rng = np.random.default_rng(seed)
    outcome, start = simulated(rng, dates=(2017.0, 2019.0))
    trait = xr.DataArray(rng.normal(size=outcome.shape), outcome.coords)
    treated = (outcome.year >= start).transpose(*outcome.dims)
    beta, error = dense(outcome, treated, trait)
    found = difference_in_differences(outcome, start, controls=xr.Dataset({"trait": trait}))
    assert found.estimate.item() == pytest.approx(beta[0], abs=1e-6)
    assert found.standard_error.item() == pytest.approx(error[0], rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_imputation_is_that_of_a_dense_regression_on_untreated_cells(seed):
    rng = np.random.default_rng(seed)
    outcome, start = simulated(rng, dates=(2017.0, 2019.0))
    outcome[20, 2] = np.nan
    treated = (outcome.year >= start).transpose(*outcome.dims).to_numpy().ravel()
    y, fixed = outcome.to_numpy().ravel(), dummies(outcome)
    seen = np.isfinite(y)
    beta = np.linalg.lstsq(fixed[~treated & seen], y[~treated & seen], rcond=None)[0]
    effects = (y - fixed @ beta)[treated & seen]
    found = difference_in_differences(outcome, start, estimator="imputation")
    assert found.estimate.item() == pytest.approx(effects.mean(), abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.001, 1000))
def test_constants_change_nothing_and_scale_scales(seed, scale):
    rng = np.random.default_rng(seed)
    outcome, start = simulated(rng)
    exposure = xr.DataArray(rng.uniform(size=40), {"region": outcome.region})
    moved = scale * outcome + xr.DataArray(rng.normal(size=40), {"region": outcome.region})
    moved = moved + xr.DataArray(rng.normal(size=6), {"year": outcome.year})
    for run in (
        lambda y: difference_in_differences(y, start),
        lambda y: difference_in_differences(y, start, estimator="imputation"),
        lambda y: event_study(y, start),
        lambda y: exposure_difference(y, exposure, start=2018),
    ):
        before, after = run(outcome), run(moved)
        assert after.estimate.to_numpy() == pytest.approx(
            scale * before.estimate.to_numpy(), rel=1e-4, abs=1e-5 * scale
        )
        assert after.standard_error.to_numpy() == pytest.approx(
            scale * before.standard_error.to_numpy(), rel=1e-4
        )
        assert after.p_value.to_numpy() == pytest.approx(
            before.p_value.to_numpy(), rel=1e-3, abs=1e-6
        )


def test_one_date_makes_all_estimators_agree():
    outcome, start = simulated(np.random.default_rng(3), effect=2.0)
    two_way, imputed = (
        difference_in_differences(outcome, start, estimator=one).estimate.item()
        for one in ("two_way", "imputation")
    )
    universal = group_time_effects(outcome, start, seed=1)
    assert imputed == pytest.approx(two_way)
    # group-time effects take the last period before as base, the others all periods before
    assert universal.estimate.item() != pytest.approx(two_way, abs=1e-6)
    events = event_study(outcome, start)
    cells = universal.tables["events"].set_index("event")["effect"]
    for event in (0, 1, 2):
        assert events.estimate.sel(event=event).item() == pytest.approx(cells[event], abs=1e-7)


def test_event_study_is_a_dense_regression():
    rng = np.random.default_rng(4)
    outcome, start = simulated(rng)
    event = (outcome.year - start).transpose(*outcome.dims).to_numpy()
    labels = [-3, -2, 0, 1, 2]
    beta, error = dense(outcome, *(event == label for label in labels))
    found = event_study(outcome, start)
    assert found.estimate.event.values.tolist() == labels
    assert found.estimate.to_numpy() == pytest.approx(beta, abs=1e-7)
    assert found.standard_error.to_numpy() == pytest.approx(error, rel=1e-5)
    table = found.tables["events"]
    assert table["event"].tolist() == [-3, -2, -1, 0, 1, 2]
    assert table["effect"][2] == 0
    wider = (table.band_high - table.band_low) > (table.high - table.low)
    assert wider.sum() == 5
    assert [one.id for one in found.checks] == ["pre_trend", "one_date", "clusters", "cohort_size"]


def test_a_window_joins_its_ends_and_says_so():
    outcome, start = simulated(np.random.default_rng(5))
    found = event_study(outcome, start, window=(-2, 1))
    assert found.estimate.event.values.tolist() == [-2, 0, 1]
    event = (outcome.year - start).transpose(*outcome.dims).to_numpy()
    beta, _ = dense(outcome, event <= -2, event == 0, event >= 1)
    assert found.estimate.to_numpy() == pytest.approx(beta, abs=1e-7)
    assert found.adjustments["after"].tolist() == ["-2", "1"]
    with pytest.raises(SchemaError) as caught:
        event_study(outcome, start, window=(-1, 2))
    assert caught.value.id == "BadWindow"


def test_a_window_with_another_event_is_not_clean():
    outcome, start = simulated(np.random.default_rng(6))
    other = xr.zeros_like(outcome)
    other.loc[{"region": 0, "year": 2019}] = 1
    found = event_study(outcome, start, other_events=other)
    check = next(one for one in found.checks if one.id == "clean_window")
    assert (check.passed, check.value, check.where) == (False, 1, "0")
    outside = event_study(outcome, start, window=(-2, 0), other_events=other)
    assert next(one for one in outside.checks if one.id == "clean_window").passed


def test_events_without_controls_need_a_shorter_window():
    outcome, start = simulated(np.random.default_rng(7), dates=(2017.0, 2018.0, 2019.0))
    some = start.notnull()
    with pytest.raises(EstimationError, match="shorter window") as caught:
        event_study(outcome[some], start[some])
    assert caught.value.id == "NotIdentified"
    found = event_study(outcome[some], start[some], window=(-2, 1))
    assert np.isfinite(found.estimate).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_exposure_is_a_dense_regression(seed):
    rng = np.random.default_rng(seed)
    outcome, _ = simulated(rng)
    exposure = xr.DataArray(rng.uniform(size=40), {"region": outcome.region})
    dose = (exposure * (outcome.year >= 2018)).transpose(*outcome.dims)
    beta, error = dense(outcome, dose)
    found = exposure_difference(outcome, exposure, start=2018)
    assert found.estimate.item() == pytest.approx(beta[0], abs=1e-6)
    assert found.standard_error.item() == pytest.approx(error[0], rel=1e-5)


def test_exposure_of_nobody_or_everybody_is_the_two_by_two():
    outcome, start = simulated(np.random.default_rng(8), effect=2.0)
    exposure = start.notnull().astype(float)
    found = exposure_difference(outcome, exposure, start=2018)
    other = difference_in_differences(outcome, start)
    assert found.estimate.item() == pytest.approx(other.estimate.item())
    assert found.standard_error.item() == pytest.approx(other.standard_error.item())


def test_exposure_in_logs_against_theory():
    """Outcome proportional to exp(-0.4 x) after: the semi-elasticity is -0.4, theory or not."""
    rng = np.random.default_rng(9)
    outcome, _ = simulated(rng, units=60)
    exposure = xr.DataArray(rng.uniform(size=60), {"region": outcome.region})
    after = outcome.year >= 2018
    wage = np.exp(2 + 0.05 * outcome - 0.4 * exposure * after)
    found = exposure_difference(wage, exposure, start=2018, scale="log", theory=-0.4)
    theory = next(one for one in found.checks if one.id == "theory")
    assert theory.passed
    assert found.p_value.item() < 0.01
    off = exposure_difference(wage, exposure, start=2018, scale="log", theory=0.0)
    against = next(one for one in off.checks if one.id == "theory")
    assert not against.passed
    assert against.value == pytest.approx(off.p_value.item())
    scales = found.tables["scales"].set_index("scale")
    assert set(scales.index) == {"level", "log"}
    assert scales.loc["log", "effect"] == found.estimate.item()
    assert found.tables["exposure"].set_index("figure").loc["units", "value"] == 60
    events = found.tables["events"].set_index("period")["effect"]
    assert events[2017] == 0
    assert len(events) == 6


def test_exposure_faults_are_named():
    outcome, _ = simulated(np.random.default_rng(10))
    exposure = xr.DataArray(np.linspace(0, 1, 40), {"region": outcome.region})
    cases = [
        (EstimationError, "NotIdentified", {"exposure": xr.full_like(exposure, 0.1)}),
        (EstimationError, "OnePeriod", {"start": 2030}),
        (EstimationError, "OneCluster", {"cluster": xr.zeros_like(exposure)}),
        (SchemaError, "NotPositive", {"scale": "log"}),
        (CoverageError, "CoverageError", {"exposure": exposure.where(exposure > 0.5)}),
    ]
    for kind, id_, change in cases:
        given_ = {"exposure": exposure, "start": 2018, **change}
        with pytest.raises(kind) as caught:
            exposure_difference(outcome, **given_)
        assert caught.value.id == id_
    found = exposure_difference(outcome, exposure, start=2018)
    assert found.adjustments["key"].tolist() == ["scale=log"]  # some outcomes are below 0


def test_without_the_extra_the_error_names_it(monkeypatch):
    outcome, start = simulated(np.random.default_rng(12))
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(WorkbenchError, match=r"keruen\[econometrics\]") as caught:
        difference_in_differences(outcome, start)
    assert caught.value.id == "MissingExtra"
    assert difference_in_differences(outcome, start, estimator="imputation").library == ""


def test_difference_faults_are_named():
    outcome, start = simulated(np.random.default_rng(11))
    fixed = xr.Dataset({"area": outcome.isel(year=0, drop=True).broadcast_like(outcome)})
    with pytest.raises(EstimationError, match="area") as caught:
        difference_in_differences(outcome, start, controls=fixed)
    assert caught.value.id == "NotIdentified"
    with pytest.raises(SchemaError, match="imputation takes no controls"):
        difference_in_differences(outcome, start, controls=fixed, estimator="imputation")
    holes = xr.Dataset({"trait": outcome.where(outcome > 0)})
    with pytest.raises(SchemaError, match="controls are missing"):
        difference_in_differences(outcome, start, controls=holes)
    late = simulated(np.random.default_rng(1), dates=(2017.0, 2019.0))
    some = late[1].notnull()
    with pytest.raises(EstimationError) as caught:
        difference_in_differences(late[0][some], late[1][some], estimator="imputation")
    assert caught.value.id == "NoControls"


@pytest.mark.slow
@pytest.mark.study
def test_intervals_cover():
    rng = np.random.default_rng(2026)
    runs = 150
    hits = dict.fromkeys(("two_way", "imputation", "exposure"), 0)
    for _ in range(runs):
        outcome, start = simulated(rng, units=60, effect=1.0)
        exposure = xr.DataArray(rng.uniform(size=60), {"region": outcome.region})
        found = {
            "two_way": difference_in_differences(outcome, start),
            "imputation": difference_in_differences(outcome, start, estimator="imputation"),
            "exposure": exposure_difference(
                outcome - 1.0 * (outcome.year >= start) + exposure * (outcome.year >= 2018),
                exposure, start=2018,
            ),
        }  # fmt: skip
        for name, one in found.items():
            low, high = one.interval.values
            hits[name] += bool(low <= 1.0 <= high)
    for name, count in hits.items():
        assert 0.90 <= count / runs <= 0.98, name
