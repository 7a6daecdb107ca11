# SPDX-License-Identifier: Apache-2.0
"""A user's own grid of population: an array of NumPy, or a list of cells as CSV or Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.errors import FileError, SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PopulationGrid", "read_population_grid"]

_LARGEST: Final = 100_000_000
"""Cells of a grid; Kazakhstan has 2.7 million of 1 km, the land of the world 150 million."""
_SHOWN: Final = 3
_NEEDED: Final = ("x", "y", "population")
Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class PopulationGrid:
    """A grid of population as it was read.

    Parameters
    ----------
    population : DataArray [y, x], persons
        People of each cell, rows from north to south; 0 for a cell that the list leaves out.
    land : DataArray [y, x], share or None
        Share of land of each cell, where the list has the column ``land``; all land in cells
        that it leaves out.
    units : DataArray [y, x], code or None
        Unit that each cell belongs to, where the list has the column ``unit``.
    """

    population: xr.DataArray
    land: xr.DataArray | None = None
    units: xr.DataArray | None = None


def read_population_grid(path: Path, *, cell_km: float = 1.0) -> PopulationGrid:
    """Read a grid of population from a file.

    Parameters
    ----------
    path : Path
        ``.npy``: an array of rows and columns. CSV or Parquet: a row for each cell with the
        columns ``x``, ``y`` (of an equal-area projection in metres or kilometres, or numbers
        of columns and rows) and ``population``, and if wanted ``land`` (share of land, 0 to
        1) and ``unit`` (code of the municipality). Cells without a row are empty.
    cell_km : float, optional
        Side of a cell in kilometres.

    Returns
    -------
    PopulationGrid
        The grid; figures are checked by the method, places of cells here.

    Raises
    ------
    FileError
        The file cannot be read, or the grid is too large.
    SchemaError
        A column is missing, a cell has no place (``MissingCell``) or stands twice
        (``DuplicateKey``), or cells do not stand on a grid of that side (``UnevenGrid``).
    FaultsError
        Several of these.

    See Also
    --------
    keruen.measure.settlement_grid.degree_of_urbanisation : Classifies the cells.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "cells.csv"
    >>> _ = file.write_text("x,y,population\\n1500,500,40\\n3500,1500,7\\n")
    >>> read_population_grid(file).population.values.tolist()
    [[0.0, 0.0, 7.0], [40.0, 0.0, 0.0]]
    """
    if path.suffix.lower() == ".npy":
        return PopulationGrid(_array(path))
    from keruen.sources._grid import read_columns

    table = read_columns(path).table
    table.columns = [str(name).strip().lower() for name in table.columns]
    raise_faults(_column_faults(table), where=path.name)
    placed = _places(table, cell_km, path.name)
    shape = placed.shape
    _refuse_size(shape, path)
    at = placed.row * shape[1] + placed.column
    _refuse_twice(at, table, path.name)
    coords = {"y": placed.top - placed.step * np.arange(shape[0]),
              "x": placed.left + placed.step * np.arange(shape[1])}  # fmt: skip

    def grid(name: str, empty: float) -> xr.DataArray:
        cells = np.full(shape, empty)
        cells.ravel()[at] = table[name].to_numpy(dtype=float)
        return xr.DataArray(cells, coords=coords, dims=("y", "x"), name=name)

    units = None
    if "unit" in table:
        codes = np.full(shape, "", dtype=object)
        codes.ravel()[at] = (
            table["unit"].astype(object).where(table["unit"].notna(), "").astype(str)
        )
        units = xr.DataArray(codes.astype(str), coords=coords, dims=("y", "x"), name="unit")
    return PopulationGrid(
        grid("population", 0.0), grid("land", 1.0) if "land" in table else None, units
    )


def _array(path: Path) -> xr.DataArray:
    """An array of NumPy; objects, which could carry programs, are refused."""
    try:
        cells = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as fault:
        raise FileError(
            "the array cannot be read",
            where=path.name,
            remedy="save numbers with numpy.save, rows by columns",
            id="Damaged" if path.exists() else "NotFound",
        ) from fault
    if cells.ndim != 2 or cells.dtype.kind not in "iuf":
        raise SchemaError(
            f"the array has {cells.ndim} dimensions of {cells.dtype}",
            where=path.name,
            remedy="give numbers in rows and columns",
        )
    _refuse_size(cells.shape, path)
    coords = {"y": np.arange(cells.shape[0]), "x": np.arange(cells.shape[1])}
    return xr.DataArray(np.array(cells), coords=coords, dims=("y", "x"), name="population")


def _refuse_size(shape: tuple[int, ...], path: Path) -> None:
    if np.prod(shape, dtype=float) > _LARGEST or not all(shape):
        raise FileError(
            f"a grid of {shape[0]:,} by {shape[1]:,} cells",
            where=path.name,
            remedy=f"at least one cell and at most {_LARGEST:,} are read: cut it into parts",
            id="TooLarge" if all(shape) else "EmptyFile",
        )


def _column_faults(table: pd.DataFrame) -> list[WorkbenchError]:
    """Columns that are missing or hold no numbers, and cells without a place."""
    faults: list[WorkbenchError] = []
    held = [name for name in (*_NEEDED, "land") if name in table]
    if missing := [name for name in _NEEDED if name not in table]:
        faults.append(
            SchemaError(
                f"the table has no column {', '.join(missing)}",
                where=f"columns: {', '.join(table.columns[:8])}",
                remedy="give x, y and population of every cell",
                id="MissingColumn",
            )
        )
    if not len(table):
        faults.append(SchemaError("the table has no rows", remedy="give the inhabited cells"))
    for name in held:
        if table[name].dtype.kind not in "iuf":
            texts = table[name].astype(str)
            wrong = texts[table[name].notna() & ~texts.str.fullmatch(r"\s*-?\d+([.]\d*)?\s*")]
            faults.append(
                SchemaError(
                    f"{name} is not a number",
                    where=_rows(wrong.index, wrong.tolist()),
                    remedy="write numbers with a point, without spaces",
                    id="NotANumber",
                )
            )
        elif table[name].isna().any():
            empty = table.index[table[name].isna()]
            faults.append(
                SchemaError(
                    f"{name} is missing",
                    where=_rows(empty),
                    remedy="fill it in, or leave out cells where nobody lives",
                    id="MissingCell",
                )
            )
    return faults


def _rows(rows: pd.Index, values: list[str] | None = None) -> str:
    shown = [
        f"row {row}" + (f": {values[k]}" if values else "") for k, row in enumerate(rows[:_SHOWN])
    ]
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(shown) + more


@dataclass(frozen=True)
class _Placed:
    """Row and column of every cell, and where the grid begins."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    shape: tuple[int, int]
    top: float
    left: float
    step: float


def _places(table: pd.DataFrame, cell_km: float, file: str) -> _Placed:
    """Cells on a grid whose side is that of a cell in metres, in kilometres, or one."""
    if not (np.isfinite(cell_km) and 0 < cell_km <= 1):
        raise SchemaError(
            f"a cell of {cell_km:g} km",
            where="cell_km",
            remedy="the rules are for cells of 1 km: give 1, or a part of it such as 0.1",
            id="CellSize",
        )
    x, y = (table[name].to_numpy(dtype=float) for name in ("x", "y"))
    left, top = float(x.min()), float(y.max())
    for step in (1000 * cell_km, cell_km, 1.0):
        columns, rows = (x - left) / step, (top - y) / step
        whole = [np.rint(columns), np.rint(rows)]
        off = (abs(columns - whole[0]) > 1e-6) | (abs(rows - whole[1]) > 1e-6)
        if not off.any():
            row, column = (place.astype(np.int64) for place in reversed(whole))
            return _to_whole_kilometres(row, column, (top, left, step), round(1 / cell_km))
    raise SchemaError(
        f"cells do not stand on a grid of {cell_km:g} km",
        where=f"{file}: {_rows(table.index[off])}",
        remedy="give coordinates in metres or kilometres, or numbers of rows and columns",
        id="UnevenGrid",
    )


def _to_whole_kilometres(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    corner: tuple[float, float, float],
    each: int,
) -> _Placed:
    """The grid widened so that cells of 1 km begin where those of the projection do."""
    top, left, step = corner
    above = -(int(np.floor(top / step)) + 1) % each
    before = int(np.floor(left / step)) % each
    rows, columns = int(row.max()) + above + 1, int(column.max()) + before + 1
    shape = (rows + -rows % each, columns + -columns % each)
    return _Placed(
        row + above, column + before, shape, top + above * step, left - before * step, step
    )


def _refuse_twice(at: NDArray[np.int64], table: pd.DataFrame, file: str) -> None:
    order = np.argsort(at, kind="stable")
    twice = order[1:][np.diff(at[order]) == 0]
    if len(twice):
        raise SchemaError(
            "a cell stands in more than one row",
            where=f"{file}: {_rows(table.index[np.sort(twice)])}",
            remedy="keep one row a cell",
            id="DuplicateKey",
        )
