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
    "place": msg("place"),
    "per 100 aged 15-64": msg("per 100"),
    "ratio": msg("ratio"),
    "index": msg("index"),
}
"""Every unit that a report prints."""
