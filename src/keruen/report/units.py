# SPDX-License-Identifier: Apache-2.0
"""How a unit is written beside a number."""

from __future__ import annotations

from typing import Final

from keruen.report.locale import Message, Value, Verbatim, msg

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
    "factor": msg("factor"),
    "share": msg("share, from 0 to 1"),
    "share of labour force": msg("share of the labour force, from 0 to 1"),
    "families a year": msg("families a year"),
    "persons a family": msg("persons a family"),
    "persons a year": msg("persons a year"),
}
"""Every unit that a report prints."""


def unit_words(unit: str) -> Value:
    """A unit as a reader is told of it.

    Parameters
    ----------
    unit : str
        Unit, as figures and keys of scenarios name it.

    Returns
    -------
    Message or Verbatim
        One that a user has named, and no report prints, as it stands.

    Examples
    --------
    >>> from keruen.report.locale import Locale
    >>> unit_words("families a year").render(Locale("en")), unit_words("kg").render(Locale("en"))
    ('families a year', 'kg')
    """
    return UNITS.get(unit) or Verbatim(unit)
