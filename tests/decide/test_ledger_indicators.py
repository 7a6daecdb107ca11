# SPDX-License-Identifier: Apache-2.0
"""Tests of the indicators of a quota, on a year told by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from keruen.core.errors import SchemaError
from keruen.decide.ledger import QuotaLedger
from keruen.decide.ledger_indicators import quota_indicators
from keruen.sources.events import open_events
from ledger_cases import START, award, eligible, quota_set, tell


@pytest.fixture
def told(tmp_path):
    """Four awards: one does not show up, one leaves early, two stay; half of those asked work."""
    with open_events(tmp_path / "l.db") as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(40))
        for place, case in enumerate("abcd"):
            ledger.append(*eligible(case, 5, day=place), award(case, 5, day=10))
        ledger.append(tell("NoShow", "d", day=20))
        for case in "abc":
            ledger.append(tell("Arrived", case, day=30, units=5))
        pay = {"support": "rent", "amount": 4325 * 20, "currency": "KZT"}
        ledger.append(tell("SupportPaid", "a", day=40, **pay))
        ledger.append(tell("EmploymentObserved", "a", day=60, employed=True))
        ledger.append(tell("LeftRegion", "c", day=100))
        ledger.append(tell("EmploymentObserved", "a", day=210, employed=True))
        ledger.append(tell("EmploymentObserved", "b", day=215, employed=False))
        yield ledger


def _value(ledger, name, day):
    table = quota_indicators(ledger, on=START + timedelta(days=day)).set_index("indicator")
    return table.loc[name]


def test_shares_delays_and_cost_by_hand(told):
    assert _value(told, "use rate", 500)["value"] == pytest.approx(37.5)
    assert _value(told, "reserve rate", 500)["value"] == 0
    assert _value(told, "no-show rate", 500)["value"] == 25
    assert _value(told, "decision to arrival, median", 500)["value"] == 29
    assert _value(told, "arrival to first job, median", 500)["value"] == 30
    assert _value(told, "employed at 6 months, of those observed", 500)["value"] == 50
    stay = _value(told, "still in the region after 12 months", 500)
    assert (stay["value"], stay["cases"]) == (pytest.approx(200 / 3), 3)
    assert _value(told, "cost per case that stayed 12 months", 500)["value"] == 4325 * 20 / 2


def test_wilson_interval_of_two_in_three(told):
    # 2 of 3, z = 1.959964: 20.77 to 93.85 percent (Wilson 1927, computed by hand).
    stay = _value(told, "still in the region after 12 months", 500)
    assert stay["lower"] == pytest.approx(20.766, abs=1e-3)
    assert stay["upper"] == pytest.approx(93.851, abs=1e-3)


def test_cases_that_have_not_been_there_long_enough_do_not_count(told):
    assert _value(told, "still in the region after 12 months", 300)["cases"] == 0
    assert _value(told, "employed at 6 months, of those observed", 100)["cases"] == 0


def test_a_day_without_zone_is_refused(told):
    with pytest.raises(SchemaError, match="no time zone"):
        quota_indicators(told, on=datetime(2027, 1, 1))  # noqa: DTZ001
