# SPDX-License-Identifier: Apache-2.0
"""Tests of the forecast of exhaustion: worked numbers, limits, and simulated years."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import SchemaError, WorkbenchError
from keruen.decide.ledger import QuotaLedger
from keruen.decide.quota_forecast import days_until_exhausted, exhaustion_forecast
from keruen.sources.events import open_events
from ledger_cases import QUOTA, START, award, eligible, quota_set, tell


def _requests(units) -> xr.DataArray:
    return xr.DataArray(np.asarray(units), {"case": np.arange(len(units))}, "case")


def test_the_middle_is_free_over_rate_and_mean():
    # decide.md 2.4: today + free / (lambda E[S]); one request in two days for 4 units each
    found = days_until_exhausted(100, _requests([4] * 45), days=90, known=True)
    assert found.sel(quantile=0.5).item() == pytest.approx(50)
    # Demand over the days of a bound is free less or more z standard deviations sqrt(l T E[S^2]).
    for level, sign in ((0.1, 1), (0.9, -1)):
        days = found.sel(quantile=level).item()
        spread = 1.2815515655446004 * np.sqrt(0.5 * days * 16)
        assert 100 - 0.5 * 4 * days == pytest.approx(sign * spread)


def test_what_is_estimated_widens_the_interval():
    requests = _requests([4] * 45)
    known = days_until_exhausted(300, requests, days=90, known=True)
    guessed = days_until_exhausted(300, requests, days=90)
    assert guessed[0] < known[0] < known[1] == guessed[1] < known[2] < guessed[2]


def test_two_requests_cannot_rule_out_that_it_lasts():
    found = days_until_exhausted(50, _requests([1, 1]), days=60, probs=(0.1, 0.5, 0.99))
    assert np.isfinite(found[:2]).all()
    assert np.isinf(found[2])


def test_nothing_free_is_used_up_today():
    assert days_until_exhausted(0, _requests([3, 4]), days=9).values.tolist() == [0, 0, 0]


@pytest.mark.parametrize(("rate", "free", "watched"), [(1.0, 400, 60), (0.4, 150, 90)])
def test_intervals_cover_simulated_quotas(rate, free, watched):
    # Watch some days of requests, forecast, then let the same process run until it is used up.
    rng = np.random.default_rng(7)
    sizes, chances = np.arange(1, 9), np.array([5, 15, 20, 25, 18, 10, 5, 2]) / 100
    inside, runs = 0, 1500
    for _ in range(runs):
        seen = rng.choice(sizes, rng.poisson(rate * watched), p=chances)
        early, _, late = days_until_exhausted(free, _requests(seen), days=watched).to_numpy()
        asked = rng.choice(sizes, 4 * free, p=chances).cumsum()
        times = rng.exponential(1 / rate, 4 * free).cumsum()
        inside += early <= times[np.searchsorted(asked, free)] <= late
    assert 0.77 <= inside / runs <= 0.84  # 80 % was promised


@pytest.mark.parametrize(
    ("units", "options", "says"),
    [
        ([3], {"days": 9}, "1 requests do not make a rate"),
        ([3, 0], {"days": 9}, "less than one unit"),
        ([3, 4], {"days": 0}, "0 days"),
        ([3, 4], {"days": 9, "probs": (0.5, 1.0)}, "not between 0 and 1"),
    ],
)
def test_what_gives_no_forecast_is_refused(units, options, says):
    with pytest.raises(WorkbenchError, match=says):
        days_until_exhausted(10, _requests(units), **options)


def test_a_ledger_is_forecast_after_those_in_line(tmp_path):
    with open_events(tmp_path / "l.db") as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(100), quota_set(5, quota="small"), quota_set(9, quota="idle"))
        for day in range(10):
            ledger.append(*eligible(f"c{day}", 4, day=day))
        ledger.append(award("c0", 4, day=9.5), tell("Withdrawn", "c9", day=9.6))
        ledger.append(
            tell("ApplicationReceived", "s", day=1, quota="small", units=6),
            tell("Closed", day=9.9, quota="idle"),
        )
        on = START + timedelta(days=10)
        found = exhaustion_forecast(ledger, on=on).set_index("quota")
        # 96 free, eight in line ask for 32: 64 left; nine requests of 4 in ten days: 17.8 days.
        assert found.loc[QUOTA, ["free", "asked", "unclaimed"]].tolist() == [96, 32, 64]
        assert found.loc[QUOTA, "per_day"] == pytest.approx(3.6)
        assert found.loc[QUOTA, "middle"].date() == (on + timedelta(days=64 / 3.6)).date()
        assert found["forecast"].to_dict() == {QUOTA: "dated", "small": "used up", "idle": "closed"}
        with pytest.raises(SchemaError, match="no time zone"):
            exhaustion_forecast(ledger, on=on.replace(tzinfo=None))


def test_awards_of_one_day_are_no_rate(tmp_path):
    with open_events(tmp_path / "l.db") as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(2000))
        for case in range(50):
            ledger.append(*eligible(f"c{case}", 4, day=0))
        on = START + timedelta(days=0.001)
        found = exhaustion_forecast(ledger, on=on).iloc[0]
        assert found["forecast"] == "too early"
        assert found[["per_day", "early", "middle", "late"]].isna().all()
