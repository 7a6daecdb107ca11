# SPDX-License-Identifier: Apache-2.0
"""What a dated parameter is made of: values with their days, bands, legal references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from keruen.core.errors import ScenarioError

Status = Literal["confirmed", "to be confirmed"]
"""Published with its source; or still to be checked against the official text."""

Value: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"
"""A number, text or flag; a list; bands (a list of ``Band``); a table by code or name."""


@dataclass(frozen=True)
class Reference:
    """The text of law or the publication that a value was taken from.

    Parameters
    ----------
    act : dict of str to str
        Title by language, with date and number.
    article : str
        Article, paragraph or table; may be empty.
    link : str
        Page of the text; may be empty.
    """

    act: Mapping[str, str]
    article: str = ""
    link: str = ""

    def text(self, lang: str = "en") -> str:
        """Title and article in a language.

        Parameters
        ----------
        lang : {"en", "ru", "kk"}
            Language.

        Returns
        -------
        str
        """
        return ", ".join(part for part in (self.act[lang], self.article) if part)


@dataclass(frozen=True)
class Band:
    """A half-open band ``[low, high)`` of a number, and what it is worth.

    Parameters
    ----------
    low, high : float
        Bounds; minus or plus infinity where the band is open.
    value : number, str or dict
        What holds within the band.
    """

    low: float
    high: float
    value: Value


@dataclass(frozen=True)
class Dated:
    """A value and the days it holds.

    Parameters
    ----------
    start : date
        First day.
    until : date or None
        First day on which it holds no more; None when no end is known.
    value : number, str, bool, list, dict, list of Band or None
        The value; None when the parameter ceased, or the value is not known.
    status : {"confirmed", "to be confirmed"}
        Whether it was published with its source, or is to be checked.
    reference : Reference
        Text it was taken from.
    note : dict of str to str
        What to know, by language; may be empty.
    where : str
        File and line that set it.
    replaces : str
        File and line of the value it took the place of; empty when there is none.
    """

    start: date
    until: date | None
    value: Value
    status: Status
    reference: Reference
    note: dict[str, str]
    where: str
    replaces: str = ""


@dataclass(frozen=True)
class Parameter:
    """A parameter with all its dated values.

    Parameters
    ----------
    key : str
        Name, with dots: ``kaz.labour_quota.employers``.
    label : dict of str to str
        Label by language.
    unit : str
        Unit.
    codes : str
        Code list of a table's rows: region, country, or empty.
    values : tuple of Dated
        Values in order of time.
    """

    key: str
    label: dict[str, str]
    unit: str
    codes: str
    values: tuple[Dated, ...]

    def on(self, day: date | str) -> Dated | None:
        """The entry that holds on a day; None before the first.

        Parameters
        ----------
        day : date or str
            Day, as a date or in ISO form.

        Returns
        -------
        Dated or None
        """
        when = a_day(day)
        return next((one for one in reversed(self.values) if one.start <= when), None)


def as_date(key: object) -> date | None:
    """A date from a date, a text in ISO form, or a year."""
    if isinstance(key, date):
        return date(key.year, key.month, key.day)
    text = str(key)
    if isinstance(key, int) and not isinstance(key, bool) and 1000 <= key <= 9999:
        text = f"{key}-01-01"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def a_day(day: date | str) -> date:
    when = as_date(day)
    if when is None:
        raise ScenarioError(
            f"'{day}' is not a date", remedy="write year-month-day, as 2026-01-01", id="RuleError"
        )
    return when


def kind_of(value: object) -> str:
    """What a value is: number, flag, text, list, bands, table; empty for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return "table"
    if isinstance(value, list):
        return "bands" if value and isinstance(value[0], Band) else "list"
    return "text" if isinstance(value, str) else type(value).__name__
