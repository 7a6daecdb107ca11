# SPDX-License-Identifier: Apache-2.0
"""A points system as its file tells it, with the days on which its parts hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from keruen.core.errors import ScenarioError
from keruen.decide.points._conditions import Bound
from keruen.decide.points.rules import (
    Cap,
    DatedValue,
    Derived,
    Factor,
    Input,
    Prerequisite,
    Status,
    Text,
)


@dataclass(frozen=True)
class RuleSet:
    """A points system as its file tells it.

    Parameters
    ----------
    id : str
        Name; files of one system share it, each for other dates.
    title, note : Text
        Title and what to know, by language; a note may be empty.
    jurisdiction : str
        ISO 3166-1 alpha-3 code of the country.
    valid_from : date
        First day.
    valid_to : date or None
        First day on which it holds no more; None when no end is known.
    status : Status
        How sure it is as a whole; a factor may be surer or less sure.
    source : Text
        Title of the text it was taken from, by language.
    link : str
        Page of that text; may be empty.
    pass_mark : float, str or None
        Points needed; the name of a dated value; None when each draw sets its own.
    max_total : float or None
        Most points that anybody can have; None when the text names none.
    partial : bool
        Whether only a part of the system is held.
    inputs, derived, values, factors, caps, prerequisites : dict by name
        Its parts.
    where : str
        File.
    """

    id: str
    title: Text
    note: Text
    jurisdiction: str
    valid_from: date
    valid_to: date | None
    status: Status
    source: Text
    link: str
    pass_mark: Bound | None
    max_total: float | None
    partial: bool
    inputs: Mapping[str, Input]
    derived: Mapping[str, Derived]
    values: Mapping[str, DatedValue]
    factors: Mapping[str, Factor]
    caps: Mapping[str, Cap]
    prerequisites: Mapping[str, Prerequisite]
    where: str = ""

    def holds(self, day: date) -> bool:
        """Whether the rule set is in force on a day.

        Parameters
        ----------
        day : date
            Day.

        Returns
        -------
        bool
        """
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def factors_on(self, day: date) -> dict[str, Factor]:
        """Factors that are in force on a day.

        Parameters
        ----------
        day : date
            Day.

        Returns
        -------
        dict of str to Factor
        """
        return {name: one for name, one in self.factors.items() if in_force(one, day)}

    def turns(self) -> tuple[date, ...]:
        """Days on which something of the rule set begins or ends, its first day first.

        Returns
        -------
        tuple of date
        """
        dated: list[Factor | Prerequisite] = [*self.factors.values(), *self.prerequisites.values()]
        days = {self.valid_from}
        days |= {day for one in dated for day in (one.valid_from, one.valid_to) if day}
        days |= {day for value in self.values.values() for day, _ in value.dates}
        return tuple(sorted(day for day in days if self.holds(day)))


def in_force(one: Factor | Prerequisite, day: date) -> bool:
    """Whether a dated part is in force on a day.

    Parameters
    ----------
    one : Factor or Prerequisite
        The part.
    day : date
        Day.

    Returns
    -------
    bool
    """
    return (one.valid_from is None or one.valid_from <= day) and (
        one.valid_to is None or day < one.valid_to
    )


def as_day(day: date | str) -> date:
    """A day from a date or its ISO form.

    Parameters
    ----------
    day : date or str
        Day.

    Returns
    -------
    date

    Raises
    ------
    ScenarioError
        It is no date (``RuleError``).
    """
    if isinstance(day, date):
        return date(day.year, day.month, day.day)
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError):
        raise ScenarioError(
            f"'{day}' is not a date", remedy="write year-month-day, as 2026-01-01", id="RuleError"
        ) from None
