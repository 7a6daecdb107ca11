# SPDX-License-Identifier: Apache-2.0
"""Reading back the workbook of a report, by the hidden sheet that maps its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import FileError, SchemaError
from keruen.sources.formats.cells import opened, rows_of
from keruen.sources.formats.cube import place
from keruen.sources.formats.table_files import NOTES

if TYPE_CHECKING:
    import pandas as pd

Cells = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows of each sheet."""


@dataclass(frozen=True)
class ReportTables:
    """The figures of a report's workbook.

    Parameters
    ----------
    tables : dict of str to Dataset
        A table a sheet: variables are its columns, ``row`` its rows, by their keys; each
        variable has its unit.
    figures : DataFrame
        Every figure: id, table, row, column, value, unit, period, status, bounds and level
        of its interval, sources, decimals.
    """

    tables: dict[str, xr.Dataset]
    figures: pd.DataFrame


def read_report(path: Path) -> ReportTables:
    """The figures of a workbook that ``keruen profile`` wrote, in whatever language.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    ReportTables

    Raises
    ------
    FileError
        No such file, damaged, or no workbook of a report (``NotAReport``).
    SchemaError
        A figure is text (``NotANumber``), or a sheet is gone.

    See Also
    --------
    keruen.report.workbook.write_workbook : Writes it.
    """
    with opened(path) as book:
        if NOTES not in book.sheetnames:
            raise _not_a_report(path)
        map_ = rows_of(book[NOTES], path)
        heads = [str(one) for one in map_[0]] if map_ else []
        if heads[:2] != ["sheet", "cell row"]:
            raise _not_a_report(path)
        places = [dict(zip(heads, row, strict=False)) for row in map_[1:]]
        names = dict.fromkeys(str(one["sheet"]) for one in places)
        gone = [name for name in names if name not in book.sheetnames]
        if gone:
            raise SchemaError(
                f"the workbook has no sheet {few(gone)}",
                where=path.name,
                remedy="give the sheets back their names",
            )
        cells = {name: rows_of(book[name], path) for name in names}
    return ReportTables(_tables(places, cells, path), _figures(places, cells, path))


def _not_a_report(path: Path) -> FileError:
    return FileError(
        "the workbook is not of a report",
        where=path.name,
        remedy="give the profile.xlsx that keruen profile wrote",
        id="NotAReport",
    )


def _at(cells: Cells, one: dict[str, Any], path: Path, *, shift: int = 0) -> float | None:
    """What stands in the cell that a figure was written to."""
    sheet, row, column = str(one["sheet"]), int(one["cell row"]), int(one["cell column"]) + shift
    rows = cells[sheet]
    value = rows[row][column] if row < len(rows) and column < len(rows[row]) else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaError(
            f"{str(value)[:40]!r} is no number",
            where=place(path, f"{sheet}, row {row + 1}, column {column + 1}"),
            remedy="write a number, or leave the cell empty when nothing is known",
            id="NotANumber",
        )
    return value


def _tables(places: Sequence[dict[str, Any]], cells: Cells, path: Path) -> dict[str, xr.Dataset]:
    found: dict[str, dict[str, Any]] = {}
    for one in places:
        if one["sheet"] != one["table"]:
            continue
        table = found.setdefault(str(one["table"]), {"rows": {}, "columns": {}, "cells": {}})
        row = table["rows"].setdefault(str(one["row"]), len(table["rows"]))
        table["columns"].setdefault(str(one["column"]), str(one["unit"] or ""))
        table["cells"][row, str(one["column"])] = _at(cells, one, path)
    return {name: _dataset(one) for name, one in found.items()}


def _dataset(told: dict[str, Any]) -> xr.Dataset:
    rows = list(told["rows"])
    columns = {}
    for name, unit in told["columns"].items():
        values = [told["cells"].get((place_, name)) for place_ in range(len(rows))]
        numbers = np.array([np.nan if one is None else one for one in values], dtype=float)
        columns[name] = xr.DataArray(numbers, coords={"row": rows}, name=name)
        columns[name].attrs = {"units": unit} if unit else {}
    return xr.Dataset(columns)


def _figures(places: Sequence[dict[str, Any]], cells: Cells, path: Path) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for one in places:
        if one["sheet"] == one["table"]:
            continue
        lower, upper, level = (_at(cells, one, path, shift=shift) for shift in (4, 5, 6))
        told = {name: one.get(name) for name in ("id", "table", "row", "column")}
        rows.append(
            {
                **{name: "" if text is None else str(text) for name, text in told.items()},
                "value": _at(cells, one, path),
                **{name: str(one.get(name) or "") for name in ("unit", "period", "status")},
                "lower": lower,
                "upper": upper,
                "level": level or 0,
                "sources": str(one.get("sources") or ""),
                "decimals": one.get("decimals") or 0,
            }
        )
    return pd.DataFrame(rows).astype({"value": float, "lower": float, "upper": float})
