# SPDX-License-Identifier: Apache-2.0
"""Short words for the events of a quota, and random histories of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from keruen.core.events import Event, Fact
from keruen.decide.ledger_rules import LedgerRules, Money, Support

QUOTA = "kandas-2026"
START = datetime(2026, 1, 12, 9, tzinfo=UTC)
RULES = LedgerRules(
    skip_if_not_fit=True,
    carry_over_share="0.10",
    stay_months=12,
    support=(
        Support("relocation", "70", "70", per="unit"),
        Support("rent", "15", "30", times=12),
    ),
    index=(Money("2025-01-01", "3932"), Money("2026-01-01", "4325")),
)


def tell(
    kind: str, case: str | None = None, *, day: float = 0, quota: str = QUOTA, **facts: Fact
) -> Event:
    """An event some days after the start."""
    at = START + timedelta(days=day)
    return Event(kind, quota, at, "officer-1", case, facts)


def quota_set(
    total: int = 100, *, quota: str = QUOTA, year: int = 2026, rules: LedgerRules = RULES
) -> Event:
    """A quota of a year."""
    return tell(
        "QuotaSet",
        quota=quota,
        total=total,
        year=year,
        region="KZ-55",
        programme="kandas",
        legal_ref="order 1",
        rules=rules.facts(),
    )


def eligible(case: str, units: int, *, day: float = 0) -> list[Event]:
    """An application that is found eligible and waits."""
    return [
        tell("ApplicationReceived", case, day=day, units=units),
        tell("EligibilityDecided", case, day=day, eligible=True, reason_code="A", rule_version="1"),
        tell("Waitlisted", case, day=day),
    ]


def award(case: str, units: int, *, day: float = 1, **facts: Fact) -> Event:
    """An award valid to the end of June."""
    return tell("Awarded", case, day=day, units=units, valid_until="2026-06-30", **facts)


def _decision(name: str, rng: np.random.Generator) -> dict[str, Fact]:
    facts: dict[str, Fact] = {name: bool(rng.random() < 0.8), "reason_code": "B"}
    return {**facts, "rule_version": "1"} if name == "eligible" else facts


def _award(rng: np.random.Generator) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"units": int(rng.integers(1, 9)), "valid_until": "2026-06-30"}
    return {**facts, "mode": "overridden", "reason_code": "C"} if rng.random() < 0.5 else facts


_RANDOM = (
    ("ApplicationReceived", lambda rng: {"units": int(rng.integers(1, 9))}),
    ("EligibilityDecided", lambda rng: _decision("eligible", rng)),
    ("Waitlisted", lambda _: {}),
    ("Awarded", _award),
    ("AwardDeclined", lambda _: {}),
    ("AwardExpired", lambda _: {}),
    ("NoShow", lambda _: {}),
    ("Arrived", lambda rng: {"units": int(rng.integers(1, 9))}),
    ("Withdrawn", lambda _: {}),
    ("AppealOpened", lambda _: {}),
    ("AppealDecided", lambda rng: _decision("upheld", rng)),
    ("LeftRegion", lambda _: {}),
    ("Returned", lambda _: {}),
    ("SupportPaid", lambda _: {"support": "rent", "amount": 4325 * 20, "currency": "KZT"}),
)


def random_events(seed: int, count: int, *, cases: int) -> list[Event]:
    """Events in any order, most of which a ledger must refuse."""
    rng = np.random.default_rng(seed)
    told = []
    for step in range(count):
        case = f"c{rng.integers(cases)}"
        kind, facts = _RANDOM[rng.integers(len(_RANDOM))]
        told.append(tell(kind, case, day=step * 365 / count, **facts(rng)))
    return told
