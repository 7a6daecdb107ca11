# SPDX-License-Identifier: Apache-2.0
"""The SQL that reads columns of person-level files, and why a row is refused: for each engine.

The expressions use only what DuckDB and Spark spell and mean alike; where they differ, the
engine's :class:`Dialect` has the word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from keruen.sources._record_layouts import Column, FileForm, Held


@dataclass(frozen=True)
class Dialect:
    """Words in which the engines differ."""

    text: str
    time: str
    matches: str
    mark: str

    def name(self, column: str) -> str:
        """A column, even one called by a word of SQL."""
        return self.mark + column.replace(self.mark, self.mark * 2) + self.mark


@dataclass(frozen=True)
class TimeForm:
    """How times are written as text: the zone of most, and whether all are dates."""

    zone: str
    dates: bool


_ZONE: Final = "(Z|[+-][0-9][0-9]:?[0-9][0-9])"
_MOMENT: Final = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?" + _ZONE + "?)?"
)


def time_forms(column: str, dialect: Dialect) -> str:
    """Query over ``raw`` for the forms in which times are written: zone, rows, with a clock."""
    text = f"trim({dialect.name(column)})"
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
    name, kind = dialect.name(column.name), column.kind
    text = f"trim(CAST({name} AS {dialect.text}))"
    if kind in {"person", "id"}:
        value = f"CAST({name} AS BIGINT)" if column.held == "whole" else f"nullif({text}, '')"
        return value, {
            "null_person" if kind == "person" else f"null_{column.name}": f"{value} IS NULL"
        }
    if kind == "direction":
        cases = " ".join(f"WHEN {_quote(code)} THEN {way}" for code, way in directions.items())
        value = f"CAST(CASE lower({text}) {cases} END AS TINYINT)"
        if column.held == "whole" and directions == {"1": 1, "0": 0}:
            value = f"CAST(CASE WHEN {name} IN (0, 1) THEN {name} END AS TINYINT)"
        return value, {"unknown_direction": f"{value} IS NULL"}
    if kind == "flag":
        value = f"CAST(CASE {text} WHEN '1' THEN 1 WHEN '0' THEN 0 END AS TINYINT)"
        needed = column.name == "resident"
        return value, {"unknown_resident": f"{value} IS NULL"} if needed else {}
    if kind == "date":
        return f"TRY_CAST(substr({text}, 1, 10) AS DATE)", {}
    if kind == "end":
        value = f"TRY_CAST(substr({text}, 1, 10) AS DATE)"
        return value, {f"unreadable_{column.name}": f"{text} <> '' AND {value} IS NULL"}
    if kind == "whole":
        value = f"TRY_CAST({text} AS INTEGER)"
        return value, {f"unreadable_{column.name}": f"{value} IS NULL"}
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
    asked: FileForm,
    dialect: Dialect,
) -> tuple[list[str], str, list[str]]:
    """SQL of every value, of the first reason to refuse the row or null, and of each reason."""
    values: dict[str, str] = {}
    refused: dict[str, str] = {}
    for column in columns:
        form = forms.get(column.name)
        values[column.name], more = read_column(column, form, asked.directions, dialect)
        refused |= more
    if {"start", "end"} <= set(values):
        refused["end_not_after_start"] = f"{values['end']} <= CAST({values['start']} AS DATE)"
    refused |= _outside(values, asked.window)
    reasons = [f"WHEN {condition} THEN '{reason}'" for reason, condition in refused.items()]
    listed = [f"{value} AS {dialect.name(name)}" for name, value in values.items()]
    return listed, f"CASE {' '.join(reasons)} END", list(refused.values())


def _outside(values: Mapping[str, str], window: tuple[date | None, date | None]) -> dict[str, str]:
    """Condition of rows before or after the days observed, where these are given."""
    moment = values.get("event_time")  # as it is: Parquet tells of many rows at once then
    tests = [
        f"{moment} {sign} DATE '{end}'"
        for sign, end in zip(("<", ">="), window, strict=True)
        if end
    ]
    return {"outside_window": " OR ".join(tests)} if tests and moment else {}
