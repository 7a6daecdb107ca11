# SPDX-License-Identifier: Apache-2.0
"""Embedded tables for the HTTP interface: what is asked, how large it is, and in which form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal

from fastapi import HTTPException

from keruen.core.errors import CodeError, CoverageError
from keruen.core.origin import refuse_restricted
from keruen.report.locale import Lang
from keruen.sources.catalog import count_rows, dataset, defects, load, load_table
from keruen.sources.datasets import DataSet, Label

if TYPE_CHECKING:
    import pandas as pd

Form = Literal["json", "csv", "sdmx-csv", "json-stat"]
EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST: Final = 100_000
"""Rows of an answer, or cells of an array, at most."""
_RESERVED: Final = frozenset({"format", "lang"})
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "json": ("application/json", ".json"),
    "csv": ("text/csv", ".csv"),
    "sdmx-csv": ("application/vnd.sdmx.data+csv;version=2.0.0", ".sdmx.csv"),
    "json-stat": ("application/json", ".json"),
}
"""What kind of answer each form is, and the ending of its file."""

Select = dict[str, list[Label]]


def known(id: str) -> DataSet:
    """A table by its identifier, with or without a variable behind it.

    Parameters
    ----------
    id : str
        Identifier.

    Returns
    -------
    DataSet

    Raises
    ------
    HTTPException
        There is none (404).
    """
    try:
        return dataset(id)
    except CodeError as fault:
        raise HTTPException(404, str(fault)) from fault


def described(one: DataSet, *, labels: bool = False) -> dict[str, Any]:
    """What is known of a table; its labels and defects too, where these are asked for."""
    told: dict[str, Any] = {
        "id": one.id,
        "title": one.title,
        "publisher": one.source.publisher,
        "edition": one.source.edition,
        "citation": one.source.citation,
        "licence": one.source.licence.id,
        "years": list(one.years),
        "rows": one.rows,
        "keys": list(one.keys),
        "loads": list(one.loads),
    }
    if labels:
        columns = ("name", "role", "description", "units", "kind", "concept")
        told |= {
            "digest": one.digest,
            "columns": [{name: getattr(c, name) for name in columns} for c in one.columns],
            "labels": {key: list(found) for key, found in one.labels.items()},
            "defects": [{"id": d.id, "texts": dict(d.texts)} for d in one.defects],
        }
    return told


def selection(id: str, given: Iterable[tuple[str, str]]) -> Select:
    """Labels asked for by key, from the parameters of an address.

    Parameters
    ----------
    id : str
        Identifier of the table.
    given : iterable of (str, str)
        Parameters.

    Returns
    -------
    dict
        Lists of labels; a single one keeps its dimension too.

    Raises
    ------
    CodeError
        The table has no such key.
    HTTPException
        There is no such table (404).
    """
    table, chosen = known(id), Select()
    for key, text in given:
        if key in _RESERVED:
            continue
        held = table.labels.get(key)
        if not held:
            raise CodeError(
                f"'{table.id}' cannot be selected by '{key}'",
                where=f"keys: {', '.join(one for one, found in table.labels.items() if found)}",
                remedy="select by one of these",
            )
        named = {str(label): label for label in held}
        parts = [text] if text in named else [part.strip() for part in text.split(",")]
        chosen.setdefault(key, []).extend(named.get(part, part) for part in parts)
    return {key: list(dict.fromkeys(found)) for key, found in chosen.items()}


def answer(id: str, select: Select, form: Form, lang: Lang) -> tuple[bytes, str, str]:
    """A table or a selection in a form.

    Parameters
    ----------
    id : str
        Identifier.
    select : dict
        Labels by key.
    form : {"json", "csv", "sdmx-csv", "json-stat"}
        Form.
    lang : {"en", "ru", "kk"}
        Language of names.

    Returns
    -------
    tuple of bytes, str, str
        The answer, what kind it is, and the ending of its file.

    Raises
    ------
    CodeError, CoverageError
        No such label, or more rows than an answer may hold (``TooManyRows``).
    LicenceError
        The licence forbids passing the table on.
    """
    table = known(id)
    refuse_restricted((table.source.licence.id,), where=table.id)
    kind, ending = KINDS[form]
    if form == "json" or form == "csv":  # noqa: PLR1714 - which the type checker follows
        refuse_many(id, count_rows(id, **select))
        rows = load_table(id, **select)
        if form == "csv":
            return rows.to_csv(index=False).encode(), kind, ending
        return _as_json(table, id, select, rows), kind, ending
    return _written(id, select, lang, ending, form), kind, ending


def _as_json(table: DataSet, id: str, select: Select, rows: pd.DataFrame) -> bytes:
    touched = defects(id, **select)
    told = {
        "id": id,
        "title": table.title,
        "citation": table.source.citation,
        "licence": table.source.licence.id,
        "units": {one.name: one.units for one in table.columns if one.units},
        "defects": [{"id": one.id, "text": one.text, "doubt": one.doubt} for one in touched],
        "rows": records(rows),
    }
    if table.series:
        told["units"] = {name: one.units for name, one in table.series.items()}
    return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain records: a missing value is null, a date its text.

    Parameters
    ----------
    table : DataFrame
        Rows.

    Returns
    -------
    list of dict
    """
    import math

    def plain(value: object) -> object:
        if value is None or isinstance(value, str | bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return None if value != value else str(value)  # noqa: PLR0124 - a missing moment

    columns = [[plain(value) for value in column.tolist()] for _, column in table.items()]
    heads = [str(name) for name in table.columns]
    return [dict(zip(heads, row, strict=True)) for row in zip(*columns, strict=True)]


def flowmap_book(id: str, select: Select, lang: Lang) -> bytes:
    """Flows as a workbook for Flowmap.blue."""
    return _written(id, select, lang, ".xlsx", "flowmap")


def flowmap_sheet(id: str, select: Select, sheet: str, lang: Lang) -> bytes:
    """One sheet for Flowmap.blue as CSV."""
    return _written(id, select, lang, f"/{sheet}.csv", "flowmap")


def _written(
    id: str,
    select: Select,
    lang: Lang,
    ending: str,
    form: Literal["sdmx-csv", "json-stat", "flowmap"],
) -> bytes:
    """What the exchange formats write; an ending ``/name`` is a file of a folder."""
    from keruen.sources.exchange import write

    refuse_many(id, cells(id, select))
    array = load(id, **select)
    name, _, part = ending.partition("/")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"data{name}"
        write(array, path, format=form, lang=None if form == "sdmx-csv" else lang)
        return (path / part if part else path).read_bytes()


def cells(id: str, select: Select) -> int:
    """Cells of an array of a table, all or of some labels.

    Parameters
    ----------
    id : str
        Identifier as ``keruen.load`` takes it.
    select : dict
        Labels by key.

    Returns
    -------
    int
    """
    table = dataset(id)
    name = id.removeprefix(table.id).removeprefix(".")
    labels = table.series[name].labels if name in table.series else table.labels
    return prod(len(select.get(key, found)) for key, found in labels.items() if found)


def refuse_many(id: str, number: int) -> None:
    """Refuse an answer of more rows than one may hold (``TooManyRows``)."""
    if number > MOST:
        raise CoverageError(
            f"{number:,} rows are more than the {MOST:,} of one answer",
            where=id,
            remedy="select labels, for example a country and years",
            id="TooManyRows",
        )
