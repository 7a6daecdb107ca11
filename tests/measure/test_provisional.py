# SPDX-License-Identifier: Apache-2.0
"""Provisional figures of practice data, against what they became."""

from __future__ import annotations

import doctest
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.measure._revisions import Published, score, watch
from keruen.measure._vintages import Plan, _at_bounds, _sums, training_rows
from keruen.measure.provisional import provisional_migration
from keruen.measure.residence import RULES, classify_crossings
from keruen.sources.records import open_records
from keruen.sources.synthetic import synthesize_crossings

START, END = date(2016, 1, 1), date(2022, 9, 1)
THRESHOLD, WINDOW = RULES["12/16"]
RULE = {"threshold_days": THRESHOLD, "window_days": WINDOW, "observed_from": START}
# Many who move, few who visit: months with enough migrations to judge intervals by.
MIX = {
    "visits": 30,
    "tourists": 10,
    "resident_visits": 15,
    "seasonal_workers": 15,
    "workers": 20,
    "posted": 15,
    "settlers": 15,
    "emigrants": 12,
    "students": 5,
    "students_abroad": 5,
}


@pytest.fixture(scope="module")
def crossings(tmp_path_factory):
    file = tmp_path_factory.mktemp("provisional") / "crossings.parquet"
    synthesize_crossings(5000, to=file, start=START, end=END, seed=3, mix=MIX)
    return file


@pytest.fixture(scope="module")
def run(crossings):
    with open_records([crossings], threads=1) as records:
        yield provisional_migration(
            records,
            **RULE,
            observed_until=END,
            seed=1,
            models=["cells", "logistic"],
            vintages=27,
            training_months=18,
            refit_months=6,
            refits=4,
        )


@pytest.fixture(scope="module")
def answers(crossings):
    """Today's answers, and those at a vintage, from the classifier itself."""

    def classified(until):
        with open_records([crossings], threads=1) as records:
            rows = classify_crossings(
                records,
                threshold_days=THRESHOLD,
                window_days=WINDOW,
                observed_from=START,
                observed_until=until,
                initial="opposite",
            )
            batches = [batch.to_pandas() for batch in rows.batches()]
        table = pd.concat(batches)
        table = table[table["excluded"].isna()]
        return table.assign(month=table["event_time"].dt.strftime("%Y-%m"))

    return classified


@pytest.mark.slow
def test_final_figures_lie_in_the_intervals(run):
    """95% intervals hold 90 percent or more of what figures became, over 24 months or more."""
    scores = run.scores
    assert scores.months >= 24
    assert scores.chosen == "logistic"
    found = scores.overall.loc[{"method": "logistic"}]
    assert float(found) >= 0.90
    assert 0 < float(scores.overall_error.loc[{"method": "logistic"}]) < 0.05
    # Wider than they need be is no acceptance, and no reason to take a model far off.
    assert bool(scores.accepted.loc[{"method": "logistic"}]) == (float(found) <= 0.98)
    best, plain = (float(scores.mean_revision.loc[{"method": m}]) for m in ("logistic", "cells"))
    assert best < 0.6 * plain


@pytest.mark.slow
def test_the_figures_are_the_classifiers(run, answers):
    """Known, open and final, month by month, as the classifier counts them at the vintage."""
    vintage = "2021-10-01"
    then, today = answers(date.fromisoformat(vintage)), answers(END)
    known = run.known.sel(vintage=vintage)
    waiting, final = run.open.sel(vintage=vintage), run.final.sel(vintage=vintage)
    for elapsed in range(1, 18):
        month = str(np.datetime64(vintage, "M") - elapsed)
        here = then[then["month"] == month]
        for direction, name in enumerate(("departure", "arrival")):
            at = {"elapsed": elapsed, "direction": name}
            rows = here[here["direction"] == direction]
            assert known.sel(at) == (rows["long_term"] == 1).sum()
            assert waiting.sel(at) == rows["long_term"].isna().sum()
            ended = today[(today["month"] == month) & (today["direction"] == direction)]
            if np.isfinite(final.sel(at)):
                assert final.sel(at) == (ended["long_term"] == 1).sum()
    assert run.final.sel(vintage=vintage).notnull().any()
    assert run.unsettled == 0


@pytest.mark.slow
def test_identities_of_every_vintage(run):
    table = run.to_table()
    assert (table["known"] <= table["estimate"] + 1e-9).all()
    assert (table["estimate"] <= table["known"] + table["open"] + 1e-9).all()
    assert (table["known"] <= table["lower"]).all()
    assert (table["lower"] <= table["upper"]).all()
    closed = table[table["open"] == 0]
    assert len(closed) > 50
    for name in ("estimate", "lower", "upper"):
        np.testing.assert_allclose(closed[name], closed["known"])
    expected = run.estimate - run.known
    over = ["elapsed", "direction"]
    both = (run.known.sum(over) + expected.sum(over)).transpose("method", "vintage")
    monthly = table.groupby(["method", "vintage"])["estimate"].sum().unstack()
    np.testing.assert_allclose(both, monthly.loc[both["method"].to_numpy()])
    latest = run.latest()
    assert latest["vintage"].unique().tolist() == ["2022-09-01"]
    assert set(latest["status"]) == {"provisional", "final"}
    assert (latest.groupby("month").size() == 2).all()


@pytest.mark.slow
def test_a_vintage_does_not_know_the_future(crossings, run):
    """Records that end a year earlier give the same estimate for a vintage then."""
    early = date(2021, 9, 1)
    with open_records([crossings], threads=1) as records:
        past = provisional_migration(
            records,
            **RULE,
            observed_until=early,
            seed=1,
            models=["cells"],
            vintages=1,
            training_months=18,
            refits=0,
        )
        both = provisional_migration(
            records,
            **RULE,
            observed_until=END,
            seed=1,
            models=["cells"],
            vintages=13,
            training_months=18,
            refit_months=1,
            refits=0,
        )
    at = {"vintage": early.isoformat()}
    xr.testing.assert_allclose(past.estimate.sel(at), both.estimate.sel(at))
    xr.testing.assert_allclose(past.known.sel(at), both.known.sel(at))


@pytest.mark.slow
def test_boosting_by_sex_sums_to_known_and_chances(crossings):
    with open_records([crossings], threads=1) as records:
        found = provisional_migration(
            records,
            **RULE,
            observed_until=END,
            seed=1,
            by=["sex"],
            models=["boosting"],
            vintages=1,
            training_months=12,
            refits=2,
        )
    assert set(found.estimate.dims) == {"method", "vintage", "elapsed", "direction", "sex"}
    assert found.scores.chosen == "boosting"
    assert not found.scores.accepted.any()  # nothing has become final yet
    assert float(found.estimate.sum() - found.known.sum()) > 100


def test_simulated_sums_have_the_mean_and_variance_of_the_chances():
    chances = np.array([0.9, 0.8, 0.02, 0.02, 0.3, 0.55] * 40)
    mean, variance = chances.sum(), (chances * (1 - chances)).sum()
    draws = _sums(np.random.default_rng(1), np.full((200, 1), mean), np.full((200, 1), variance))
    assert draws.mean() == pytest.approx(mean, rel=0.005)
    assert draws.var() == pytest.approx(variance, rel=0.05)
    rare = _sums(np.random.default_rng(1), np.full((200, 1), 3.0), np.full((200, 1), 3.0))
    assert rare.var() == pytest.approx(3.0, rel=0.05)
    assert (_sums(np.random.default_rng(1), np.zeros((5, 2)), np.zeros((5, 2))) == 0).all()


@pytest.mark.parametrize("mean", [0.05, 0.4, 2.0, 30.0])
def test_a_bound_counts_so_that_95_percent_are_expected(mean):
    """Closed intervals of small whole numbers hold far more than 95 percent; with parts, not."""
    draws = np.random.default_rng(2).poisson(mean, (20_000, 1)).astype(np.int64)
    lower, upper = np.quantile(draws, [0.025, 0.975], axis=0, method="inverted_cdf")
    at_lower, at_upper = _at_bounds(draws, lower, upper)
    inside = ((draws >= lower) & (draws <= upper)).astype(float)
    part = np.where(draws == lower, at_lower, np.where(draws == upper, at_upper, 1.0))
    assert (inside * part).mean() == pytest.approx(0.95, abs=1e-9)
    assert inside.mean() > 0.95 + 1e-4


def published(inside, *, wide=True):
    """Figures of one method by vintage and one month elapsed, each right or wrong."""
    size = len(inside)
    coords = {
        "method": ["cells"],
        "vintage": np.datetime64("2020-02-01") + np.array([31 * k for k in range(size)]),
        "elapsed": [1],
    }
    same = xr.DataArray(np.full((1, size, 1), 10.0), coords)
    ones = xr.ones_like(same)
    spread = 5.0 if wide else 0.0
    final = xr.DataArray(
        np.where(inside, 10.0, 50.0)[:, None], {k: coords[k] for k in ("vintage", "elapsed")}
    )
    return Published(same, same - spread, same + spread, ones[0], ones, ones), final


def test_coverage_has_an_error_of_its_own():
    """Six quarters, in one of which every figure fails: 15 of 18, with the error of six."""
    scores = score(*published(np.arange(18) // 3 != 2))
    assert scores.overall.item() == pytest.approx(5 / 6)
    apart = np.array([3 - 2.5] * 5 + [-2.5])
    assert scores.overall_error.item() == pytest.approx(np.sqrt(6 / 5 * (apart**2).sum()) / 18)
    assert not scores.accepted.any()


def test_figures_said_to_be_certain_are_not_judged_by_coverage():
    scores = score(*published(np.arange(20) != 3, wide=False))
    assert np.isnan(scores.overall).all()
    assert scores.certain.item() == pytest.approx(19 / 20)


def test_early_answers_are_weighted_for_those_that_come_late():
    """Half of the passes are known after 17 months, all fails: each pass counts twice."""
    rows = pd.DataFrame(
        # month, vintage, outcome, final_after, crossings
        [
            (100, 110, 0, 12, 9000),
            (100, 110, 1, 15, 200),
            (100, 110, 1, 18, 200),
            (102, 112, 0, 12, 4500),
            (102, 112, 1, 15, 100),
            (102, 112, 1, 18, 100),
        ],
        columns=["month", "vintage", "outcome", "final_after", "crossings"],
    ).assign(counts=1, direction=1, elapsed=10)
    plan = Plan(18, 12, 1, 0, ("cells",), (), (), 1)
    learned = training_rows(rows, 119, plan)
    weight = learned.groupby(["month", "outcome"])["weight"].sum()
    assert weight[100, 0] == 9000
    assert weight[100, 1] == 400
    assert weight[102, 0] == 4500
    assert weight[102, 1] == pytest.approx(200)  # 100 known, of which there are twice as many


def _triangle(moves):
    """Estimates of two methods that move by so much a vintage, of variance 16 falling by 1."""
    vintages, horizon = len(moves), 16
    level = np.cumsum(moves)
    estimate = np.broadcast_to(level[:, None], (vintages, horizon))
    variance = np.broadcast_to(np.arange(horizon, 0, -1.0), (vintages, horizon))
    coords = {"method": ["cells"], "vintage": np.arange(vintages), "elapsed": np.arange(horizon)}
    dims = ("method", "vintage", "elapsed")
    return (xr.DataArray(each[None], coords, dims) for each in (estimate, variance))


def test_the_watch_widens_after_two_large_moves():
    """Moves of 3 where 1 is expected: marked at the second, and widened threefold."""
    widening, alarm = watch(*_triangle([0, 1, -1, 3, 1, 3, -3, 1]))
    assert alarm.to_numpy().tolist() == [[0, 0, 0, 0, 0, 0, 1, 0]]
    np.testing.assert_allclose(widening[0, 6], 3.0)
    assert (widening[0, [0, 1, 2, 3, 4, 5, 7]] == 1).all()


def test_settings_and_columns_are_refused(crossings):
    call = partial(provisional_migration, **RULE, seed=1)
    with open_records([crossings], threads=1) as records:
        with pytest.raises(CoverageError, match="too few") as short:
            call(records, observed_until=date(2019, 1, 1))
        assert short.value.id == "TooShort"
        with pytest.raises(FaultsError) as faults:
            call(records, observed_until=date(2022, 1, 5), vintages=0, refits=1)
        assert {each.where for each in faults.value.faults} == {
            "observed_until",
            "vintages",
            "refits",
        }
        with pytest.raises(SchemaError, match="no column 'religion'"):
            call(records, observed_until=END, features=["religion"])
        with pytest.raises(SchemaError, match="is no rule"):
            call(records, observed_until=END, threshold_days=100)


def test_the_page_runs():
    page = Path(__file__).parents[2] / "docs" / "provisional.md"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert result.attempted >= 12
    assert result.failed == 0
