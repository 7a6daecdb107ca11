# SPDX-License-Identifier: Apache-2.0
"""Countries that appeared, vanished or are counted with another: a dated table.

``part`` was inside ``whole`` from one day up to, not including, another. An empty end
means that it still is, or that publications which do not list the part count it there.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class CountryChange:
    """A country, and the larger one it was part of.

    Parameters
    ----------
    part : str
        ISO 3166-1 alpha-3 code of the part, present or former.
    whole : str
        Code of what it was part of.
    start : date
        First day inside.
    end : date or None
        First day outside; None when it is still inside.
    note : str
        What happened.
    """

    part: str
    whole: str
    start: date
    end: date | None
    note: str

    def holds(self, day: date) -> bool:
        """Whether the part was inside the whole on a day.

        Parameters
        ----------
        day : date
            The day asked for.

        Returns
        -------
        bool
        """
        return self.start <= day and (self.end is None or day < self.end)


@cache
def country_changes() -> tuple[CountryChange, ...]:
    """The dated table of unions, splits and countries counted together.

    Returns
    -------
    tuple of CountryChange
        From the smallest whole to the largest, for parts that were in several.

    Examples
    --------
    >>> [change.whole for change in country_changes() if change.part == "SSD"]
    ['SDN']
    """
    text = resources.files("keruen.core").joinpath("codelists/country_changes.csv")
    with text.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    changes = [
        CountryChange(
            part=row["part"],
            whole=row["whole"],
            start=date.fromisoformat(row["from"]),
            end=date.fromisoformat(row["to"]) if row["to"] else None,
            note=row["note"],
        )
        for row in rows
    ]
    size = {change.whole: sum(c.whole == change.whole for c in changes) for change in changes}
    return tuple(sorted(changes, key=lambda change: size[change.whole]))


def wholes_of(part: str, day: date) -> tuple[CountryChange, ...]:
    """What a country was part of on a day.

    Parameters
    ----------
    part : str
        ISO 3166-1 alpha-3 code.
    day : date
        The day asked for.

    Returns
    -------
    tuple of CountryChange
        From the smallest whole to the largest; empty for a country of its own.

    Examples
    --------
    >>> [change.whole for change in wholes_of("KAZ", date(1990, 7, 1))]
    ['SUN']
    >>> wholes_of("KAZ", date(1995, 7, 1))
    ()
    """
    return tuple(
        change for change in country_changes() if change.part == part and change.holds(day)
    )
