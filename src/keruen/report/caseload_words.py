# SPDX-License-Identifier: Apache-2.0
"""Words of pages on refugee capacity."""

from __future__ import annotations

from typing import Final

from keruen.decide.refugees import BASELINE
from keruen.report.locale import Message, Value, Verbatim, msg

METHODS: Final[dict[str, Message]] = {
    "last_value": msg("last value"),
    "seasonal_naive": msg("same month a year before"),
    "negative_binomial": msg("negative binomial"),
    "elastic_net": msg("elastic net"),
}

QUANTITIES: Final[dict[str, Message]] = {
    "coming": msg("Applications in twelve months"),
    "waiting": msg("Cases waiting at the end, median"),
    "waiting_low": msg("Cases waiting at the end, lower limit, 95%"),
    "waiting_high": msg("Cases waiting at the end, upper limit, 95%"),
    "officers": msg("Officers needed"),
    "places": msg("Places in reception"),
}

TERM_NAMES: Final[dict[str, Message]] = {
    "officers": msg("Officers at work"),
    "rate": msg("Decisions of an officer in a month"),
    "recognition": msg("Of those decided, protected"),
    "withdrawal": msg("Of those waiting, who withdraw in a month"),
    "housed": msg("Of those with a case, who live in reception"),
    "backlog": msg("Cases waiting at the start"),
}

TERM_UNITS: Final[dict[str, tuple[Message, bool]]] = {
    "officers": (msg("persons"), False),
    "rate": (msg("decisions"), False),
    "recognition": (msg("share"), True),
    "withdrawal": (msg("share"), True),
    "housed": (msg("share"), True),
}
"""Unit of each term, and whether it is shown in percent."""

LEFT_OUT: Final[tuple[Message, ...]] = (
    msg("Appeals, repeated applications and removals, with their officers and places."),
    msg("Places kept apart for children alone, families or the ill: a sum of places hides them."),
    msg("What protection is worth to those who get it. It is a right and not a target."),
    msg("Officers on leave or in training; interpreters; differences between countries of origin."),
)


def scenario_name(name: str) -> Value:
    """Name of a scenario as a reader sees it.

    Parameters
    ----------
    name : str
        ``baseline``, or the name of an event.

    Returns
    -------
    Value
    """
    return msg("Without an event") if name == BASELINE else Verbatim(name)


def of_baseline(words: Message, *, events: bool) -> Message:
    """Words about the baseline alone, which say so when events stand beside it.

    Parameters
    ----------
    words : Message
        The words.
    events : bool
        Whether events stand beside.

    Returns
    -------
    Message
    """
    return msg("{words} (without an event)", words=words) if events else words
