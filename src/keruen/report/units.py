# SPDX-License-Identifier: Apache-2.0
"""How a unit is written beside a number."""

from __future__ import annotations

from typing import Final

from keruen.report.locale import Message, Verbatim, msg

UNITS: Final[dict[str, Message | Verbatim]] = {
    "persons": msg("persons"),
    "families": msg("families"),
    "crossings": msg("crossings"),
    "percent": Verbatim("%"),
    "percent of GDP": msg("% of GDP"),
    "USD million": msg("US$ million"),
    "international dollars": msg("int$"),
    "million international dollars": msg("int$ million"),
    "place": msg("place"),
    "per 100 aged 15-64": msg("per 100"),
    "ratio": msg("ratio"),
    "index": msg("index"),
    "number": Verbatim(""),
    "million": msg("million"),
    "currency": msg("currency units"),
    **{code: Verbatim(code) for code in ("KZT", "RUB", "EUR", "USD")},
    "months": msg("months"),
    "points": msg("points"),
    "weeks": msg("weeks"),
}
"""Every unit that a report prints."""
