# SPDX-License-Identifier: Apache-2.0
"""What columns person-level files hold, and the SQL that reads them: the same for each engine.

The expressions use only what DuckDB and Spark spell and mean alike; where they differ, the
engine's :class:`Dialect` has the word.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
        {"person_id": "person", "place": "id", "start": "time"},
        {"ended": "end", "source": "label"},
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
class Dialect:
    """Words in which the engines differ."""

    text: str
    time: str
    matches: str


@dataclass(frozen=True)
class FileForm:
    """How files are to be read."""

    layout: Layout
    headings: Mapping[str, str]  # by column, where they differ
    directions: Mapping[str, int]  # by code in lower case
    carry: Sequence[str]
    separator: str | None  # None: Parquet


@dataclass(frozen=True)
class Column:
    """A column as it stands in the files."""

    name: str
    kind: Kind
    heading: str
    held: Held


@dataclass(frozen=True)
class TimeForm:
    """How times are written as text: the zone of most, and whether all are dates."""

    zone: str
    dates: bool


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
                    remedy=f"it has {', '.join(held)}; say which one is '{name}'",
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


_ZONE: Final = "(Z|[+-][0-9][0-9]:?[0-9][0-9])"
_MOMENT: Final = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?" + _ZONE + "?)?"
)


def time_forms(column: str, dialect: Dialect) -> str:
    """Query over ``raw`` for the forms in which times are written: zone, rows, with a clock."""
    text = f"trim({column})"
    zone = f"CASE WHEN length({text}) > 10 THEN regexp_extract({text}, '{_ZONE}$', 0) ELSE '' END"
    return (
        f"SELECT {zone} AS zone, count(*) AS n, "  # noqa: S608  (a name of the layout)
        f"count(CASE WHEN length({text}) > 10 THEN 1 END) AS clock FROM raw "
        f"WHERE {dialect.matches}({text}, '^{_MOMENT}$') GROUP BY 1 ORDER BY 3 DESC, 1"
    )


def time_form(forms: Sequence[tuple[str, int, int]]) -> TimeForm:
    """The form of most rows that have a clock time: forms come in that order."""
    return TimeForm(forms[0][0] if forms else "", not any(clock for _, _, clock in forms))


def read_column(
    column: Column, form: TimeForm | None, directions: Mapping[str, int], dialect: Dialect
) -> tuple[str, dict[str, str]]:
    """SQL for a column's value, and for each reason to refuse a row its condition.

    Parameters
    ----------
    column : Column
        The column.
    form : TimeForm or None
        How its times are written, when they are text.
    directions : dict of str to int
        Direction of each code, in lower case.
    dialect : Dialect
        Words of the engine.

    Returns
    -------
    str, dict of str to str
    """
    name, kind = column.name, column.kind
    text = f"trim(CAST({name} AS {dialect.text}))"
    if kind in {"person", "id"}:
        value = f"CAST({name} AS BIGINT)" if column.held == "whole" else f"nullif({text}, '')"
        return value, {"null_person" if kind == "person" else f"null_{name}": f"{value} IS NULL"}
    if kind == "direction":
        cases = " ".join(f"WHEN {_quote(code)} THEN {way}" for code, way in directions.items())
        value = f"CAST(CASE lower({text}) {cases} END AS TINYINT)"
        if column.held == "whole" and directions == {"1": 1, "0": 0}:
            value = f"CAST(CASE WHEN {name} IN (0, 1) THEN {name} END AS TINYINT)"
        return value, {"unknown_direction": f"{value} IS NULL"}
    if kind == "flag":
        value = f"CAST(CASE {text} WHEN '1' THEN 1 WHEN '0' THEN 0 END AS TINYINT)"
        return value, {f"unknown_{name}": f"{value} IS NULL"} if name == "resident" else {}
    if kind == "date":
        return f"TRY_CAST(substr({text}, 1, 10) AS DATE)", {}
    if kind == "end":
        value = f"TRY_CAST(substr({text}, 1, 10) AS DATE)"
        return value, {f"unreadable_{name}": f"{text} <> '' AND {value} IS NULL"}
    if kind == "whole":
        value = f"TRY_CAST({text} AS INTEGER)"
        return value, {f"unreadable_{name}": f"{value} IS NULL"}
    if kind == "label":
        return f"nullif({text}, '')", {}
    if kind == "text":
        return f"coalesce(nullif({text}, ''), 'unknown')", {}
    return _read_time(name, column.held, form, dialect)


def _read_time(
    name: str, held: Held, form: TimeForm | None, dialect: Dialect
) -> tuple[str, dict[str, str]]:
    if form is None:
        value = f"CAST({name} AS {'DATE' if held == 'date' else dialect.time})"
        return value, {"unreadable_time": f"{name} IS NULL"}
    text = f"trim({name})"
    clock = (
        f"CASE WHEN length({text}) > 10 THEN regexp_replace({text}, '{_ZONE}$', '') ELSE {text} END"
    )
    value = f"TRY_CAST(replace({clock}, 'T', ' ') AS {'DATE' if form.dates else dialect.time})"
    readable = (
        f"{name} IS NOT NULL AND {dialect.matches}({text}, '^{_MOMENT}$') AND {value} IS NOT NULL"
    )
    zone = f"regexp_extract({text}, '{_ZONE}$', 0)"
    return value, {
        "unreadable_time": f"NOT coalesce({readable}, false)",
        "mixed_time_zones": f"length({text}) > 10 AND {zone} <> '{form.zone}'",
    }


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def reading(
    columns: Sequence[Column],
    forms: Mapping[str, TimeForm],
    directions: Mapping[str, int],
    dialect: Dialect,
) -> tuple[list[str], str, list[str]]:
    """SQL of every value, of the first reason to refuse the row or null, and of each reason."""
    values, reasons = [], []
    conditions: list[str] = []
    for column in columns:
        value, refused = read_column(column, forms.get(column.name), directions, dialect)
        values.append(f"{value} AS {column.name}")
        reasons += [f"WHEN {condition} THEN '{reason}'" for reason, condition in refused.items()]
        conditions += refused.values()
    return values, f"CASE {' '.join(reasons)} END", conditions


def csv_headings(file: Path, separator: str) -> list[str]:
    """First line of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines, delimiter=separator), [])


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
