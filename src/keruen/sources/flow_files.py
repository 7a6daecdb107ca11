# SPDX-License-Identifier: Apache-2.0
"""A user's own stocks, births and deaths, from CSV, Excel or Parquet files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.sources.files import read_table

if TYPE_CHECKING:
    import pandas as pd

_OUTER: Final = ("year", "sex")


def read_flow_tables(stocks: Path, vital: Path | None = None) -> dict[str, xr.DataArray]:
    """Stocks at two dates, and births and deaths between them, from files.

    Parameters
    ----------
    stocks : Path
        CSV, Excel or Parquet with the columns ``birthplace``, ``country``, ``stock_start``
        and ``stock_end``, the native-born in the rows where the two codes are equal;
        ``year`` (in which the interval starts) and ``sex`` may stand beside them. Countries
        and regions are given by code or name; where none is known, the labels are the
        user's own. A pair without a row is nobody.
    vital : Path, optional
        The same with ``country``, ``births`` and ``deaths`` of the interval, and the same
        further columns.

    Returns
    -------
    dict of str to DataArray
        ``stock_start`` and ``stock_end [year, birthplace, country, sex]``, and with vital
        events ``births`` and ``deaths [year, country, sex]``, in persons.

    Raises
    ------
    FileError
        A file is not there or cannot be read.
    FaultsError
        Whatever is wrong with a table, all of it at once, with cells and remedies.
    CoverageError
        A figure is marked as not known.

    See Also
    --------
    keruen.sources.files.check_table : Gives the faults as a table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "stocks.csv"
    >>> rows = ["birthplace,country,stock_start,stock_end", "A,A,9,8", "A,B,1,2", "B,B,5,5"]
    >>> _ = file.write_text(chr(10).join(rows))
    >>> read_flow_tables(file)["stock_end"].sel(birthplace="A").values.tolist()
    [8.0, 2.0]
    """
    table = _known(stocks, "flow_stocks")
    outer = [name for name in _OUTER if name in table.columns]
    places = sorted({*table["birthplace"], *table["country"]})
    labels = {"birthplace": places, "country": places}
    arrays = _arrays(table, outer, labels, ("stock_start", "stock_end"))
    if vital is not None:
        events = _known(vital, "vital_events")
        _same_columns(events, vital, outer)
        within = {"country": sorted(set(events["country"]))}
        arrays |= _arrays(events, outer, within, ("births", "deaths"), fill=np.nan)
    return arrays


def _known(path: Path, schema: str) -> pd.DataFrame:
    """A table whose figures are all known."""
    table = read_table(path, schema).table
    lacking = table[table.isna().any(axis=1)]
    if len(lacking):
        first = ", ".join(f"{name} {value}" for name, value in lacking.iloc[0].dropna().items())
        raise CoverageError(
            f"{len(lacking)} figures are marked as not known",
            where=f"{path.name}: {first}",
            remedy="estimate them, or leave the place out of the table",
        )
    return table


def _same_columns(events: pd.DataFrame, path: Path, outer: Sequence[str]) -> None:
    missing = [name for name in outer if name not in events.columns]
    if missing:
        raise SchemaError(
            f"the table has no column {', '.join(missing)}",
            where=path.name,
            remedy="give vital events by the same years and sexes as the stocks",
            id="MissingColumn",
        )


def _arrays(
    table: pd.DataFrame,
    outer: Sequence[str],
    labels: Mapping[str, Sequence[str]],
    values: Sequence[str],
    *,
    fill: float = 0.0,
) -> dict[str, xr.DataArray]:
    """Arrays of all keys; a key without a row holds the filling."""
    coords = {name: sorted(table[name].unique()) for name in outer} | dict(labels)
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
