# SPDX-License-Identifier: Apache-2.0
"""The form of the draw simulator: its fields, what they may hold, and every fault at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from keruen.report.locale import Count, Message, msg

Facts = dict[str, int | str | list[float] | None]

NUMBERS: Final[Mapping[str, tuple[Message, int, int]]] = {
    "size": (msg("Invitations of each round"), 1, 1_000_000),
    "every": (msg("Days from a round to the next"), 1, 366),
    "weeks": (msg("Weeks ahead"), 1, 260),
    "trajectories": (msg("Futures"), 10, 2000),
    "seed": (msg("Seed: the same gives the same futures"), 0, 2_147_483_647),
}
"""Whole numbers: name, least and most."""
SPANS: Final[Mapping[str, Message]] = {
    "acceptance": msg("Share of invitations accepted"),
    "withdrawal": msg("Share of the pool that withdraws in a week"),
}
"""Chances, or spans of chances."""
DAYS: Final[Mapping[str, Message]] = {
    "start": msg("First day"),
    "since": msg("Count arrivals from this day: that after the last round"),
}
"""Days; empty when they are to be found from the pool."""
FIRST: Final[Mapping[str, str]] = {
    "size": "40", "every": "14", "weeks": "26", "trajectories": "200", "seed": "1",
    "acceptance": "0.85:0.95", "withdrawal": "0.002", "start": "", "since": "",
}  # fmt: skip
"""What the fields hold at first."""
LONG: Final = 5200
"""Weeks of all futures together that are counted while the reader waits."""
_NUMBER: Final = msg("{field}: write a whole number from {low} to {high}.")
_SPAN: Final = msg("{field}: write a share from 0 to 1, or two with a colon, such as 0.85:0.95.")
_DAY: Final = msg("{field}: write a day such as 2026-01-05.")


@dataclass(frozen=True)
class Asked:
    """What a form asks for.

    Parameters
    ----------
    texts : dict of str to str
        The fields as given.
    facts : dict
        Options of the run; without those that are wrong.
    faults : tuple of Message
        What is wrong, all of it.
    """

    texts: dict[str, str]
    facts: Facts
    faults: tuple[Message, ...]

    @property
    def long(self) -> bool:
        """Whether the run takes longer than a reader should wait."""
        weeks, futures = (int(self.texts[name]) for name in ("weeks", "trajectories"))
        return weeks * futures > LONG


def read_form(given: Mapping[str, str]) -> Asked:
    """What the fields of a form ask for.

    Parameters
    ----------
    given : mapping of str to str
        Fields by name; those that are not there stand as at first.

    Returns
    -------
    Asked

    Examples
    --------
    >>> asked = read_form({"size": "", "weeks": "none"})
    >>> asked.facts["size"], asked.facts["acceptance"], len(asked.faults)
    (None, [0.85, 0.95], 1)
    """
    texts = {name: str(given.get(name, text)).strip() for name, text in FIRST.items()}
    facts: Facts = {}
    faults: list[Message] = []
    for name, (label, low, high) in NUMBERS.items():
        number = int(texts[name]) if texts[name].isdecimal() and len(texts[name]) < 12 else -1
        if name == "size" and not texts[name]:
            facts[name] = None
        elif low <= number <= high:
            facts[name] = number
        else:
            ends = {"low": Count(float(low)), "high": Count(float(high))}
            faults.append(Message(_NUMBER.text, {"field": label, **ends}))
    for name, label in SPANS.items():
        span = _span(texts[name])
        if span is None:
            faults.append(Message(_SPAN.text, {"field": label}))
        else:
            facts[name] = span
    for name, label in DAYS.items():
        try:
            facts[name] = date.fromisoformat(texts[name]).isoformat() if texts[name] else None
        except ValueError:
            faults.append(Message(_DAY.text, {"field": label}))
    return Asked(texts, facts, tuple(faults))


def _span(text: str) -> list[float] | None:
    """One share, or two from the lower to the higher; None when it is neither."""
    try:
        low, colon, high = text.replace(",", ".").partition(":")
        ends = [float(low), float(high if colon else low)]
    except ValueError:
        return None
    sound = all(math.isfinite(one) for one in ends) and 0 <= ends[0] <= ends[1] <= 1
    return ends if sound else None
