# SPDX-License-Identifier: Apache-2.0
"""Tests that what a quota office publishes tells nothing of small groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from keruen.core.errors import WorkbenchError
from keruen.decide.ledger import QuotaLedger
from keruen.decide.quota_public import public_tables
from keruen.measure.disclosure import TOTAL
from keruen.sources.events import open_events
from ledger_cases import QUOTA, START, award, eligible, quota_set, random_events, tell

_ON = START + timedelta(days=300)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[QuotaLedger]:
    with open_events(tmp_path / "ledger.db") as store:
        yield QuotaLedger(store)


def _some(ledger: QuotaLedger) -> None:
    """Thirty cases: fifteen awarded, twelve of them arrived, two did not come, eight were paid."""
    ledger.append(quota_set(200))
    for each in range(30):
        told = eligible(f"c{each}", 2 + each % 3, day=each)
        ledger.append(*told)
    for each in range(15):
        ledger.append(award(f"c{each}", 2 + each % 3, day=31))
    for each in range(12):
        ledger.append(tell("Arrived", f"c{each}", day=40, units=2 + each % 3))
        if each < 7:
            paid = 70 * 4325 * (2 + each % 3)
            ledger.append(
                tell("SupportPaid", f"c{each}", day=41, support="relocation", amount=paid,
                     currency="KZT")
            )  # fmt: skip
    ledger.append(
        tell("SupportPaid", "c0", day=42, support="rent", amount=20 * 4325, currency="KZT")
    )
    for case in ("c12", "c13"):
        ledger.append(tell("NoShow", case, day=43))


def test_an_empty_ledger_has_empty_tables(ledger):
    assert all(table.empty for table in public_tables(ledger, on=_ON).values())


def test_small_counts_and_what_tells_them_are_hidden(ledger):
    _some(ledger)
    found = public_tables(ledger, on=_ON)
    cases = found["cases"].query("quota == @QUOTA and group == @TOTAL").set_index("state")
    assert np.isnan(cases.loc["no_show", "cases"])
    assert np.isnan(cases.loc["awarded", "cases"])
    assert cases.loc["waiting", "cases"] == 15
    spending = found["spending"].set_index(["quota", "support"])
    assert np.isnan(spending.loc[(QUOTA, "rent"), "amount"])
    # A sum less what the rules grant for relocation would tell the one rent.
    assert np.isnan(spending.loc[(QUOTA, TOTAL), "amount"])
    indicators = found["indicators"].set_index("indicator")
    assert indicators.loc["no-show rate", "hidden"] == "small"
    assert np.isnan(indicators.loc["no-show rate", "value"])
    assert indicators.loc["awards overridden", ["value", "cases"]].tolist() == [0, 15]
    assert list(found["log"].columns) == ["seq", "digest", "hash"]


def test_large_counts_are_published_as_they_are(ledger):
    ledger.append(quota_set(200))
    for each in range(20):
        ledger.append(*eligible(f"c{each}", 5, day=each), award(f"c{each}", 5, day=each))
    for each in range(10):
        ledger.append(tell("Arrived", f"c{each}", day=40, units=5))
        ledger.append(
            tell("SupportPaid", f"c{each}", day=41, support="relocation", amount=70 * 4325 * 5,
                 currency="KZT")
        )  # fmt: skip
    found = public_tables(ledger, on=_ON)
    assert found["balances"][["reserved", "used", "free"]].values.tolist() == [[50, 50, 100]]
    assert (found["balances"]["hidden"] == "").all()
    whole = found["spending"].set_index(["quota", "support"]).loc[(TOTAL, TOTAL)]
    assert whole[["cases", "amount"]].tolist() == [10, 10 * 70 * 4325 * 5]


@pytest.mark.parametrize("seed", range(3))
def test_no_hidden_count_is_the_only_one_that_fits_its_totals(ledger, seed):
    ledger.append(quota_set(400))
    for event in random_events(seed, 1500, cases=60):
        try:
            ledger.append(event)
        except WorkbenchError:
            continue
    table = public_tables(ledger, on=START + timedelta(days=366))["cases"]
    shown = table[(table["group"] == TOTAL) & (table["quota"] == QUOTA)].set_index("state")["cases"]
    real = ledger.cases()["state"].value_counts()
    parts = shown.drop(TOTAL)
    assert all(real[name] == count for name, count in parts.dropna().items())
    hidden = parts[parts.isna()].index
    if len(hidden) and not np.isnan(shown[TOTAL]):
        rest = int(shown[TOTAL] - parts.sum())
        fits = [each for each in product(range(1, rest + 1), repeat=len(hidden) - 1)
                if sum(each) < rest] if len(hidden) < 5 else [()] * 2  # fmt: skip
        assert len(fits) > 1
    assert not any(0 < count < 5 for count in table["cases"].dropna())
