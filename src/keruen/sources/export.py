# SPDX-License-Identifier: Apache-2.0
"""Embedded tables as files: CSV, Excel with sheets of codes and notes, Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.codes import country_code
from keruen.core.errors import CodeError, FileError
from keruen.core.origin import refuse_restricted
from keruen.sources._select import COUNTRY_KEYS, asked_labels, reordered
from keruen.sources.catalog import _stamped as stamped
from keruen.sources.catalog import count_rows, dataset, defects, load_table
from keruen.sources.datasets import Column, DataSet, Label, Selection, Series
from keruen.sources.formats.facts import FORM
from keruen.sources.formats.sheets import EXCEL_ROWS
from keruen.sources.formats.table_files import FORMATS, Written, write_table
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    import pandas as pd

__all__: Final = ["EXCEL_ROWS", "export_table"]


def export_table(
    id: str, to: Path, *, country: Iterable[str] = (), year: Iterable[int] = ()
) -> int:
    """Write a table, or the part of it on some countries and years, to a file.

    Parameters
    ----------
    id : str
        Identifier of the table, with or without a variable behind it.
    to : Path
        File to write; its ending says the format: ``.csv``, ``.xlsx``, ``.parquet``.
    country : iterable of str, optional
        Countries by code or name; in tables of pairs the country people live in, or the
        sender.
    year : iterable of int, optional
        Years.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    CodeError
        No such table or country, or the table has no countries or years.
    CoverageError
        The table does not hold the country or year.
    FileError
        Unknown ending, too many rows for Excel (``TooManyRows``), or the file cannot be
        written (``NotWritable``).
    LicenceError
        The licence of the table forbids passing it on.

    See Also
    --------
    keruen.sources.workbooks.read_export : Reads it back, array by array.
    """
    ending = _ending(to)
    table = dataset(id)
    refuse_restricted((table.source.licence.id,), where=table.id)
    select: dict[str, Selection] = {}
    if countries := [country_code(text) for text in country]:
        select[_country_key(table)] = countries
    if years := list(year):
        select["year"] = years
    if ending == ".xlsx":
        _refuse_rows(count_rows(id, **select), to)
    rows = load_table(id, **select)
    known = {name: given for name, given in select.items() if name in table.labels}
    notes = _notes(table, [one.text for one in defects(id, **known)])
    facts = _facts(table, id, rows, known)
    with staged_file(to) as path:
        write_table(Written(rows, notes, facts, _keys(table)), path, ending)
    return len(rows)


def _refuse_rows(number: int, to: Path) -> None:
    if number >= EXCEL_ROWS:
        raise FileError(
            f"{number:,} rows do not fit an Excel sheet of {EXCEL_ROWS:,}",
            where=str(to),
            remedy="choose countries or years (--country, --year), or write .csv or .parquet",
            id="TooManyRows",
        )


def _country_key(table: DataSet) -> str:
    columns = [column.name for column in table.columns]
    for key in ("country", "destination", "sender", *sorted(COUNTRY_KEYS)):
        if key in columns:
            return key
    raise CodeError(
        f"'{table.id}' is not by country",
        where=f"columns: {', '.join(columns)}",
        remedy="leave --country out",
    )


def _ending(to: Path) -> str:
    if to.suffix.lower() not in FORMATS:
        raise FileError(
            f"'{to.suffix}' is not a format to export to",
            where=str(to),
            remedy=f"end the name in {', '.join(FORMATS)}",
            id="UnknownFormat",
        )
    return to.suffix.lower()


def _keys(table: DataSet) -> list[str]:
    return [column.name for column in table.columns if column.role == "key"]


def _facts(
    table: DataSet, id: str, rows: pd.DataFrame, select: dict[str, Selection]
) -> dict[str, Any]:
    """What rebuilds the arrays of the table, each as :func:`keruen.load` gives it."""
    values: dict[str, Any] = {}
    asked, _ = asked_labels(table, dict(table.labels), select) if select else ({}, ())
    for name in table.variables:
        held = set(rows["series"]) if table.series else set(rows.columns)
        if name not in held:
            continue
        labels = reordered(table.series[name].labels if table.series else table.labels, table)
        chosen = {key: list(asked.get(key, found)) for key, found in labels.items()}
        values[name] = {"labels": chosen, "attrs": _attrs(table, name, chosen, asked)}
    return {
        "keruen": FORM,
        "table": table.id,
        "asked": id,
        "series": bool(table.series),
        "columns": {str(name): str(rows[name].dtype) for name in rows.columns},
        "values": values,
    }


def _attrs(
    table: DataSet, name: str, labels: dict[str, list[Label]], asked: dict[str, tuple[Label, ...]]
) -> dict[str, Any]:
    variable: Column | Series = table.series.get(name) or next(
        column for column in table.columns if column.name == name
    )
    empty = xr.DataArray(np.zeros((1,) * len(labels)), dims=list(labels))
    known = defects(f"{table.id}.{name}", **asked)
    attrs = stamped(empty, table, variable, known).attrs
    found: dict[str, Any] = json.loads(json.dumps(attrs))
    return found


def _notes(table: DataSet, warnings: list[str]) -> list[tuple[str, str]]:
    source = table.source
    notes = [
        ("Table", table.id),
        ("Title", table.title),
        ("Publication", source.title),
        ("Edition", source.edition),
        ("Publisher", source.publisher),
        ("Citation", source.citation),
        ("Licence", source.licence.name),
        ("Licence text", source.licence.address),
        ("Licence note", str(table.facts.get("licence_note", ""))),
        ("Projected from", str(table.facts.get("projected_from", ""))),
        ("Derived from", str(table.facts.get("derived", ""))),
        ("Note", str(table.facts.get("note", ""))),
        ("File digest (SHA-256)", table.digest),
    ]
    for column in table.columns:
        text = f"{column.description} ({column.units})" if column.units else column.description
        notes.append((f"Column {column.name}", text))
    notes += [(f"Series {s.name}", f"{s.description} ({s.units})") for s in table.series.values()]
    notes += [("Known defect", text) for text in warnings]
    return [(name, text) for name, text in notes if text]
