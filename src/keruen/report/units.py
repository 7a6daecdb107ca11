# SPDX-License-Identifier: Apache-2.0
"""How a unit is written beside a number."""

from __future__ import annotations

from typing import Final

from keruen.report.locale import Message, Verbatim, msg

UNITS: Final[dict[str, Message | Verbatim]] = {
    "persons": msg("persons"),
    "families": msg("families"),
    "thousand persons": msg("thousand persons"),
    "percent": Verbatim("%"),
    "percent of GDP": msg("% of GDP"),
    "per 1,000": msg("per 1,000 people"),
    "USD million": msg("US$ million"),
    "KZT million": msg("million tenge"),
    "place": msg("place"),
    "years": msg("years"),
    "births per woman": msg("births per woman"),
}
"""Every unit that a report prints."""
