# SPDX-License-Identifier: Apache-2.0
"""Keruen's own long tables: an array as CSV, Excel or Parquet, and back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.core.dims import DIMENSIONS, canonical_order
from keruen.core.errors import FileError, SchemaError
from keruen.core.variables import variables
from keruen.sources.formats.blocks import gridded
from keruen.sources.formats.cells import as_text, opened, rows_of
from keruen.sources.formats.citation import source_of
from keruen.sources.formats.cube import Cube, Flat, flat, place, texts
from keruen.sources.formats.names import title_of
from keruen.sources.formats.numbers import read_numbers
from keruen.sources.formats.table_files import Written, write_table
from keruen.sources.formats.text_table import read_text_table
from keruen.sources.output import staged_file
from keruen.sources.workbooks import is_export, read_export

if TYPE_CHECKING:
    import pandas as pd

_STATUS: Final = "obs_status"
_WHOLE: Final = ("year", "quarter", "month", "age", "trajectory")
_INT: Final = re.compile(r"(?:0|-?[1-9]\d{0,8})$", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?$", re.ASCII)


def write_long(given: xr.DataArray | Cube, path: Path, form: str = "") -> tuple[str, ...]:
    """Write an array as a long table: a column a dimension, one row a cell.

    Parameters
    ----------
    given : DataArray or Cube
        The array.
    path : Path
        File.
    form : {"csv", "xlsx", "parquet"}, optional
        Format; by the ending when not given.

    Returns
    -------
    tuple of str
        What the format does not hold.

    Raises
    ------
    FileError
        Too many rows for Excel, or the file cannot be written.
    LicenceError
        The licence forbids passing the data on.
    SchemaError
        The array cannot be written.

    Notes
    -----
    Excel and Parquet hold units, kind, source and all other attributes beside the figures;
    CSV holds the figures alone.
    """
    plain = flat(given)
    ending = f".{form}" if form else path.suffix.lower()
    if plain.name in plain.labels or _STATUS in (plain.name, *plain.labels):
        raise SchemaError(
            f"a dimension and the quantity cannot both be '{plain.name}'",
            where=plain.name,
            remedy="rename the array",
        )
    facts = {**plain.facts, "order": plain.labels, "values": {plain.name: {}}}
    facts["status"] = plain.cube.status is not None
    rows = _rows(plain, exact=ending == ".csv")
    facts["columns"] = {str(column): _kind(rows[column]) for column in rows.columns}
    if ending == ".csv":
        attrs = [name for name in plain.attrs if name]
        if attrs:
            plain.losses.append(f"csv holds the figures alone, not {', '.join(attrs)}")
        if any(plain.cube.names.values()):
            plain.losses.append("csv holds codes, not the names that the source gave them")
    notes = _notes(plain)
    with staged_file(path) as staged:
        write_table(Written(rows, notes, facts, list(plain.labels)), staged, ending)
    return tuple(plain.losses)


def _rows(plain: Flat, *, exact: bool) -> pd.DataFrame:
    import pandas as pd

    places = plain.columns()
    columns: dict[str, Any] = {}
    for dim, labels in plain.labels.items():
        kind = object if isinstance(labels[0], str) else None
        columns[dim] = np.array(labels, dtype=kind)[places[dim]]
    cells = plain.values.reshape(-1)
    if cells.dtype.kind == "b" or cells.dtype == np.float16:  # which no table holds
        cells = cells.astype(np.int64 if cells.dtype.kind == "b" else np.float32)
    columns[plain.name] = np.array(texts(cells), object) if exact else cells
    if plain.cube.status is not None:
        columns[_STATUS] = plain.cube.status.to_numpy().reshape(-1)
    return pd.DataFrame(columns)


def _kind(column: pd.Series) -> str:
    return "str" if column.dtype.kind in "OUT" else str(column.dtype)


def _notes(plain: Flat) -> list[tuple[str, str]]:
    attrs = plain.attrs
    notes = [
        ("Title", title_of(plain.name, attrs, plain.cube.title, "en")),
        ("Source", source_of(plain.cube)),
        *((name.capitalize().replace("_", " "), _shown(value)) for name, value in attrs.items()),
        *(("Note", text) for text in plain.cube.notes),
    ]
    return [(name, text) for name, text in notes if text]


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def read_long(path: Path, *, value: str = "") -> Cube:
    """An array from a long table of Keruen: an export, a converted file, or a tidy CSV.

    Parameters
    ----------
    path : Path
        File ending in ``.csv``, ``.xlsx`` or ``.parquet``; columns named as dimensions.
    value : str, optional
        Column of values, or series, when there are several.

    Returns
    -------
    Cube

    Raises
    ------
    FileError
        No such file, or damaged.
    SchemaError
        No column of a dimension or of values, several of values and none named, a cell
        twice, a figure that is no number.

    Notes
    -----
    Tables with headings of their own, totals, footnotes or merged cells are read by
    ``keruen data check``.
    """
    if path.suffix.lower() in (".xlsx", ".parquet") and is_export(path):
        cubes = read_export(path).cubes
        return cubes[_chosen(list(cubes), value, path)]
    table = _table(path)
    keys = [str(name) for name in table.columns if name in DIMENSIONS and name != value]
    others = [str(name) for name in table.columns if name not in (*keys, _STATUS)]
    if not keys:
        raise SchemaError(
            "no column is named as a dimension",
            where=place(path, f"columns: {few(table.columns)}"),
            remedy="read the table with keruen data check, or name the columns country, year ...",
        )
    figures = [name for name in others if _is_figures(table[name])]
    name = _chosen(figures, value, path)
    columns = {}
    for key in keys:
        _refuse_empty(table[key], key, path)
        columns[key] = _key(key, table[key])
    values = read_numbers(table[name], name, path, missing=("",), whole=True)
    marks = table[_STATUS].to_numpy(object) if _STATUS in table.columns else None
    rows = table.index.to_numpy()
    labels, cells, status = gridded(columns, values, marks, rows, path)
    array = xr.DataArray(cells, dims=list(labels), coords=labels, name=name)
    array = array.transpose(*canonical_order(array.dims))
    array.attrs = _known(name)
    said = None
    if status is not None:
        said = xr.DataArray(status, dims=list(labels), coords=labels).transpose(*array.dims)
    left = [other for other in others if other != name]
    notes = (f"columns not carried: {few(left)}",) if left else ()
    return Cube(array, said, notes=notes)


def _table(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".xlsx":
        with opened(path) as book:
            sheet = book["data"] if "data" in book.sheetnames else book.worksheets[0]
            return as_text(rows_of(sheet, path), path, sheet.title)
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    return read_text_table(path)


def _parquet(path: Path) -> pd.DataFrame:
    import duckdb

    name = str(path).replace("'", "''")
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            frame: pd.DataFrame = connection.execute(
                f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{name}')"  # noqa: S608
            ).df()
        except duckdb.Error as fault:
            raise FileError(
                f"the file is no Parquet, or is damaged: {str(fault).splitlines()[0][:80]}",
                where=path.name,
                remedy="write it again",
                id="Damaged",
            ) from fault
    return frame.astype(object).fillna("")


def _chosen(names: list[str], value: str, path: Path) -> str:
    if value and value not in names:
        raise SchemaError(
            f"there is no column of values '{value}'",
            where=place(path, f"values: {few(names)}"),
            remedy="name one of these",
        )
    if value or len(names) == 1:
        return value or names[0]
    if not names:
        raise SchemaError(
            "no column holds figures",
            where=path.name,
            remedy="give one column of numbers beside the dimensions",
        )
    raise SchemaError(
        f"several columns hold values: {few(names)}",
        where=path.name,
        remedy=f"name one, for example --value {names[0]}",
        id="SeveralValues",
    )


def _is_figures(column: pd.Series) -> bool:
    said = column[column != ""]
    first = said.iloc[: min(len(said), 1000)]
    return bool(len(said) == 0 or first.str.contains(r"^\s*[-+]?[\d.]", regex=True).mean() >= 0.5)


def _refuse_empty(column: pd.Series, key: str, path: Path) -> None:
    empty = column == ""
    if empty.any():
        raise SchemaError(
            f"'{key}' is empty",
            where=place(path, f"row {column.index[int(np.argmax(empty))] + 2}"),
            remedy="give the code, or leave the row out",
        )


def _key(key: str, column: pd.Series) -> NDArray[Any]:
    """Labels of a column: years, ages and the like as numbers, when all of them are."""
    if key in _WHOLE and column.str.fullmatch(_INT).all():
        return column.map(int).to_numpy(object)
    if key == "quantile" and column.str.fullmatch(_NUMBER).all():
        return column.map(float).to_numpy(object)
    return column.to_numpy(object)


def _known(name: str) -> dict[str, Any]:
    if name not in variables():
        return {}
    one = variables()[name]
    concept = {"concept": one.concept} if one.concept else {}
    return {"units": one.units, "kind": one.kind, **concept}
