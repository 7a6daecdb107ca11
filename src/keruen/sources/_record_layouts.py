# SPDX-License-Identifier: Apache-2.0
"""What columns person-level files hold, and under which headings: the same for each engine."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults

Kind = Literal["person", "id", "time", "date", "end", "direction", "flag", "whole", "text", "label"]
Held = Literal["whole", "text", "time", "date", "zoned", "other"]
"""What a column of a file holds."""


@dataclass(frozen=True)
class Layout:
    """Columns of a kind of file.

    Parameters
    ----------
    required, optional : dict of str to Kind
        Kind of each column: ``person`` and ``id`` are whole numbers or text, ``time`` a moment
        or date, ``end`` a date that may be missing but not unreadable, ``direction`` 1 or 0,
        ``flag`` 1 or 0, ``whole`` a whole number, ``text`` a category, "unknown" when empty,
        ``label`` text that may be missing.
    """

    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Kind]:
        """All columns."""
        return {**self.required, **self.optional}


LAYOUTS: Final[dict[str, Layout]] = {
    "crossings": Layout(
        {
            "crossing_id": "id",
            "person_id": "person",
            "event_time": "time",
            "direction": "direction",
        },
        {
            "checkpoint": "text",
            "citizenship": "text",
            "birth_country": "text",
            "sex": "text",
            "birth_date": "date",
            "visa_class": "text",
            "country_previous": "text",
            "country_next": "text",
            "document_key": "text",
        },
    ),
    "deaths": Layout({"person_id": "person", "event_time": "time"}),
    "births": Layout({"person_id": "person", "event_time": "time"}, {"place": "text"}),
    "status_known": Layout(
        {"person_id": "person", "event_time": "time", "resident": "flag"}, {"weak": "flag"}
    ),
    "spells": Layout(
        {"person_id": "person", "place": "id", "start": "time", "end": "end"},
        {"source": "label"},
    ),
    "traces": Layout({"person_id": "person", "event_time": "time", "place": "id"}),
    "signs": Layout(
        {"person_id": "person", "year": "whole"},
        {"status": "flag", "household_id": "label", "last_sign": "date"},
    ),
}
"""Layouts by name."""


UNIQUE: Final = "crossing_id"
"""Column no two rows share; of rows that do, the least in content stays, whatever their order."""
REPEATED: Final = f"repeated_{UNIQUE}"
"""Reason to refuse the others."""


@dataclass(frozen=True)
class FileForm:
    """How files are to be read."""

    layout: Layout
    headings: Mapping[str, str]  # by column, where they differ
    directions: Mapping[str, int]  # by code in lower case
    carry: Sequence[str]
    separator: str | None  # None: Parquet
    window: tuple[date | None, date | None] = (None, None)  # first day, first day after


@dataclass(frozen=True)
class Column:
    """A column as it stands in the files."""

    name: str
    kind: Kind
    heading: str
    held: Held


def match_columns(form: FileForm, held: Mapping[str, Held], *, where: str) -> list[Column]:
    """Columns of a file under the names of its layout.

    Parameters
    ----------
    form : FileForm
        What is asked.
    held : dict of str to Held
        Headings of the file, and what stands below them.
    where : str
        The file.

    Returns
    -------
    list of Column

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``) or holds what it may not (``WrongType``).
    """
    layout, columns, carry = form.layout, form.headings, form.carry
    kinds: dict[str, Kind] = {**layout.columns, **dict.fromkeys(carry, "text")}
    faults: list[WorkbenchError] = [
        SchemaError(
            f"the mapping names an unknown column '{name}'",
            remedy=f"known: {', '.join(kinds)}",
            id="UnknownColumn",
        )
        for name in columns
        if name not in kinds
    ]
    found = []
    for name, kind in kinds.items():
        heading = columns.get(name, name)
        if heading in held:
            found.append(Column(name, kind, heading, held[heading]))
            faults += _wrong_type(found[-1], where)
        elif name in layout.required or name in columns or name in carry:
            faults.append(
                SchemaError(
                    f"no column '{heading}'",
                    where=where,
                    remedy=f"it has {', '.join(held)}; say which one is '{name}' in the mapping "
                    "file (--columns)",
                    id="MissingColumn",
                )
            )
    raise_faults(faults, where=where)
    return found


_MAY_HOLD: Final[dict[Kind, tuple[Held, ...]]] = {
    "person": ("whole", "text"),
    "id": ("whole", "text"),
    "time": ("time", "date", "text"),
    "date": ("time", "date", "text"),
    "end": ("time", "date", "text"),
    "whole": ("whole", "text"),
    "direction": ("whole", "text"),
    "flag": ("whole", "text"),
}


def _wrong_type(column: Column, where: str) -> list[SchemaError]:
    if column.held in _MAY_HOLD.get(column.kind, (column.held,)):
        return []
    zoned = column.held == "zoned"
    return [
        SchemaError(
            f"column '{column.heading}' holds "
            + ("moments of universal time" if zoned else f"no {column.kind}"),
            where=where,
            remedy="store the local time at the checkpoint, without a time zone"
            if zoned
            else "store it as text, a whole number, a date or a time, as the column asks",
            id="WrongType",
        )
    ]


def csv_headings(file: Path, separator: str) -> list[str]:
    """First line of a CSV file.

    Raises
    ------
    SchemaError
        Two columns have one heading (``DuplicateHeading``).
    """
    with file.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
        headings = next(csv.reader(lines, delimiter=separator), [])
    plain = [heading.lower() for heading in headings]  # SQL does not tell A from a
    twice = [heading for heading in headings if plain.count(heading.lower()) > 1]
    if twice:
        raise SchemaError(
            f"{len(twice)} columns are called '{twice[0]}'",
            where=f"{file}, row 1",
            remedy="give each column a heading of its own",
            id="DuplicateHeading",
        )
    return headings


def same_columns(found: Sequence[Sequence[Column]], files: Sequence[Path]) -> None:
    """Refuse files whose columns, or what they hold, differ from the first one's.

    Raises
    ------
    SchemaError
        They differ (``DifferentColumns``).
    """
    for columns, file in zip(found, files, strict=True):
        odd = [
            *(c for c in columns if c not in found[0]),
            *(c for c in found[0] if c not in columns),
        ]
        if odd:
            raise SchemaError(
                f"the files differ in column '{odd[0].heading}'",
                where=f"{files[0]} and {file}",
                remedy="give all files the same columns, of the same types",
                id="DifferentColumns",
            )
