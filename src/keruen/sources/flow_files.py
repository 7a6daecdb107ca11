# SPDX-License-Identifier: Apache-2.0
"""A user's own stocks, births and deaths, from CSV or Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import FileError, SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

_STOCKS: Final = ("birthplace", "country", "stock_start", "stock_end")
_VITAL: Final = ("country", "births", "deaths")
_OUTER: Final = ("year", "sex")
_SHOWN: Final = 5


def read_flow_tables(stocks: Path, vital: Path | None = None) -> dict[str, xr.DataArray]:
    """Stocks at two dates, and births and deaths between them, from files.

    Parameters
    ----------
    stocks : Path
        CSV or Parquet with the columns ``birthplace``, ``country``, ``stock_start`` and
        ``stock_end``, the native-born in the rows where the two codes are equal; ``year``
        (in which the interval starts) and ``sex`` may stand beside them. A pair without a
        row is nobody.
    vital : Path, optional
        CSV or Parquet with ``country``, ``births`` and ``deaths`` of the interval, and the
        same further columns.

    Returns
    -------
    dict of str to DataArray
        ``stock_start`` and ``stock_end [year, birthplace, country, sex]``, and with vital
        events ``births`` and ``deaths [year, country, sex]``, in persons.

    Raises
    ------
    FileError
        A file is not there or cannot be read.
    SchemaError
        A column is missing, a code is empty, a figure is no number, or a row stands twice
        (``DuplicateKey``); all faults of a file at once, with their rows.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "stocks.csv"
    >>> rows = ["birthplace,country,stock_start,stock_end", "A,A,9,8", "A,B,1,2", "B,B,5,5"]
    >>> _ = file.write_text(chr(10).join(rows))
    >>> read_flow_tables(file)["stock_end"].sel(birthplace="A").values.tolist()
    [8.0, 2.0]
    """
    table = _read(stocks, _STOCKS)
    outer = [name for name in _OUTER if name in table.columns]
    places = sorted({*table["birthplace"], *table["country"]})
    labels = {"birthplace": places, "country": places}
    arrays = _arrays(table, outer, labels, ("stock_start", "stock_end"))
    if vital is not None:
        events = _read(vital, (*_VITAL, *outer))
        within = {"country": sorted(set(events["country"]))}
        arrays |= _arrays(events, outer, within, ("births", "deaths"), fill=np.nan)
    return arrays


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """A checked table: codes as text, figures as numbers, one row a key."""
    table = _load(path)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise SchemaError(
            f"the table has no column {few(missing)}",
            where=f"{path.name}: {few(table.columns)}",
            remedy=f"name the columns {', '.join(columns)}",
        )
    values = [name for name in columns if name in ("stock_start", "stock_end", "births", "deaths")]
    keys = [name for name in (*columns, *_OUTER) if name in table.columns and name not in values]
    keys = list(dict.fromkeys(keys))
    table = table[[*keys, *values]].copy()
    faults: list[WorkbenchError] = []
    for name in keys:
        faults += _fault(path, table[name].isna(), f"column '{name}' is empty", "fill it")
    for name in values:
        numbers = _numbers(table[name])
        faults += _fault(
            path, numbers.isna(), f"column '{name}' holds no number", "give a count, 0 or more"
        )
        table[name] = numbers
    twice = table.duplicated(keys, keep=False)
    faults += _fault(path, twice, "a row stands twice", "keep one of each", id="DuplicateKey")
    raise_faults(faults, where=path.name)
    codes = [name for name in keys if name != "year"]
    return table.astype({name: str for name in codes})  # noqa: C420


def _load(path: Path) -> pd.DataFrame:
    import pandas as pd

    if not path.is_file():
        raise FileError("there is no such file", where=str(path), remedy="check the name")
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    try:
        # Namibia is NA and Norway is NO: nothing but an empty cell is missing.
        return pd.read_csv(path, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (OSError, ValueError) as fault:
        raise _unreadable(path, fault) from fault


def _parquet(path: Path) -> pd.DataFrame:
    import duckdb

    try:
        return duckdb.read_parquet(str(path)).df()
    except duckdb.Error as fault:
        raise _unreadable(path, fault) from fault


def _unreadable(path: Path, fault: Exception) -> FileError:
    return FileError(
        f"the table cannot be read: {str(fault).splitlines()[0]}",
        where=str(path),
        remedy="give CSV with commas and a header line, or Parquet",
    )


def _numbers(column: pd.Series) -> pd.Series:
    import pandas as pd

    return pd.to_numeric(column, errors="coerce").astype(float)


def _fault(
    path: Path, bad: pd.Series, what: str, remedy: str, *, id: str = "SchemaError"
) -> list[WorkbenchError]:
    """One fault for all bad rows, numbered as in the file with its header."""
    rows = np.flatnonzero(bad.to_numpy()) + 2
    if not rows.size:
        return []
    more = f" and {rows.size - _SHOWN} more" if rows.size > _SHOWN else ""
    where = f"{path.name}, row {', '.join(map(str, rows[:_SHOWN]))}{more}"
    return [SchemaError(what, where=where, remedy=remedy, id=id)]


def _arrays(
    table: pd.DataFrame,
    outer: Sequence[str],
    labels: dict[str, list[str]],
    values: Sequence[str],
    *,
    fill: float = 0.0,
) -> dict[str, xr.DataArray]:
    """Arrays of all keys; a key without a row holds the filling."""
    coords = {name: sorted(table[name].unique()) for name in outer} | labels
    shape = [len(index) for index in coords.values()]
    places = [{label: place for place, label in enumerate(index)} for index in coords.values()]
    cell = tuple(
        table[name].map(place).to_numpy() for name, place in zip(coords, places, strict=True)
    )
    result = {}
    for name in values:
        cells = np.full(shape, fill)
        cells[cell] = table[name].to_numpy()
        result[name] = xr.DataArray(
            cells, coords=coords, dims=list(coords), name=name, attrs={"units": "persons"}
        )
    return result
