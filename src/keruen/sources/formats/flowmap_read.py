# SPDX-License-Identifier: Apache-2.0
"""Reading the sheets of Flowmap.blue: places, and flows between them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.core.errors import FileError, SchemaError
from keruen.sources.datasets import Label
from keruen.sources.formats.blocks import gridded
from keruen.sources.formats.cells import read_text_sheets
from keruen.sources.formats.cube import Cube, place, rebuilt
from keruen.sources.formats.facts import read_facts
from keruen.sources.formats.flowmap import NOTES, TABLES
from keruen.sources.formats.foreign import Axis, Told, understand
from keruen.sources.formats.numbers import read_numbers
from keruen.sources.formats.sheets import joined
from keruen.sources.formats.text_table import read_text_table

if TYPE_CHECKING:
    import pandas as pd


def read_flowmap(path: Path) -> Cube:
    """Flows from the sheets of Flowmap.blue.

    Parameters
    ----------
    path : Path
        A workbook with the sheets ``locations`` and ``flows``, or a folder with
        ``locations.csv`` and ``flows.csv``.

    Returns
    -------
    Cube
        ``places`` holds the coordinates; pairs without a row are missing.

    Raises
    ------
    FileError
        A file or sheet is not there, or is damaged.
    SchemaError
        A column is missing, a count is no number, a place is in no row of the locations, a
        coordinate is out of range, or a flow stands twice (``DuplicateKey``).
    """
    tables = _tables(path)
    for name, needed in TABLES.items():
        _refuse_columns(tables.get(name), name, needed, path)
    locations, flows = tables["locations"], tables["flows"]
    points, names = _read_locations(locations, path)
    _refuse_unknown(flows, names, path)
    said = _said(tables.get("properties"))
    values = read_numbers(flows["count"], "count", _within(path, "flows"), missing=(), whole=True)
    columns = {
        "origin": flows["origin"].to_numpy(object),
        "destination": flows["dest"].to_numpy(object),
    }
    timed = "time" in flows.columns and (flows["time"] != "").any()
    if timed:
        columns = {"time": flows["time"].to_numpy(object), **columns}
    ours = _ours(said, columns, values, flows, path)
    if ours is not None:
        return ours
    labels, cells, _ = gridded(columns, values, None, flows.index.to_numpy(), path)
    axes = [
        Axis(dim, [str(one) for one in found], names=names, role="time" if dim == "time" else "")
        for dim, found in labels.items()
    ]
    told = Told("flows", title=said.get("title", ""), source=said.get("source.name", ""))
    cube = understand(axes, cells, None, told, where=path.name)
    renamed = {
        str(new): points[old]
        for axis in axes
        if axis.id != "time"
        for old, new in zip(axis.labels, cube.array.indexes[axis.id], strict=True)
        if old in points
    }
    return Cube(cube.array, None, cube.names, renamed, cube.title, cube.source, cube.notes)


def _tables(path: Path) -> dict[str, pd.DataFrame]:
    if path.is_dir():
        found = {file.stem.casefold(): file for file in path.glob("*.csv")}
        wanted = {name: found[name] for name in (*TABLES, "properties") if name in found}
        return {name: read_text_table(file) for name, file in wanted.items()}
    return {name.casefold(): table for name, table in read_text_sheets(path).items()}


def _within(path: Path, name: str) -> Path:
    return path / f"{name}.csv" if path.is_dir() else path


def _refuse_columns(
    table: pd.DataFrame | None, name: str, needed: Sequence[str], path: Path
) -> None:
    if table is None:
        kind = f"no file {name}.csv" if path.is_dir() else f"no sheet '{name}'"
        raise FileError(
            f"there is {kind}", where=path.name, remedy="give locations and flows", id="NoSheet"
        )
    missing = [one for one in needed if one not in table.columns]
    if missing:
        raise SchemaError(
            f"'{name}' has no column {few(missing)}",
            where=place(path, f"columns: {few(table.columns)}"),
            remedy=f"give the columns {', '.join(needed)}",
        )
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()]
        raise SchemaError(
            f"columns stand twice: {few(twice)}",
            where=place(path, name),
            remedy="keep one of each",
        )


def _read_locations(
    table: pd.DataFrame, path: Path
) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    where = _within(path, "locations")
    twice = table["id"].duplicated()
    if twice.any():
        row = int(np.argmax(twice))
        raise SchemaError(
            f"the place {table['id'].iloc[row]!r} stands twice",
            where=place(where, f"row {table.index[row] + 2}, id"),
            remedy="keep one of each",
            id="DuplicateKey",
        )
    lat = read_numbers(table["lat"], "lat", where, missing=("",))
    lon = read_numbers(table["lon"], "lon", where, missing=("",))
    for name, found, limit in (("lat", lat, 90), ("lon", lon, 180)):
        bad = np.abs(np.nan_to_num(found)) > limit
        if bad.any():
            row = int(np.argmax(bad))
            raise SchemaError(
                f"{name} is {found[row]:g}",
                where=place(where, f"row {table.index[row] + 2}"),
                remedy=f"give degrees from -{limit} to {limit}; lat and lon may be exchanged",
            )
    ids = table["id"].tolist()
    held = ~(np.isnan(lat) | np.isnan(lon))
    points = {
        id: (float(y), float(x)) for id, y, x, ok in zip(ids, lat, lon, held, strict=True) if ok
    }
    return points, dict(zip(ids, table["name"].tolist(), strict=True))


def _refuse_unknown(flows: pd.DataFrame, known: Mapping[str, str], path: Path) -> None:
    for column in ("origin", "dest"):
        loose = ~flows[column].isin(list(known))
        if loose.any():
            row = int(np.argmax(loose))
            more = few(flows[column][loose].unique())
            raise SchemaError(
                f"places of the flows are in no row of the locations: {more}",
                where=place(_within(path, "flows"), f"row {flows.index[row] + 2}, {column}"),
                remedy="add them to the locations, with their coordinates",
                id="UnknownPlace",
            )


def _said(table: pd.DataFrame | None) -> dict[str, str]:
    if table is None or {"property", "value"} - set(table.columns):
        return {}
    return dict(zip(table["property"], table["value"], strict=True))


def _ours(
    said: Mapping[str, str],
    columns: dict[str, NDArray[Any]],
    values: NDArray[Any],
    flows: pd.DataFrame,
    path: Path,
) -> Cube | None:
    """The array that was written, when the flows still fit Keruen's own notes."""
    try:
        raw = json.loads(joined(dict(said), NOTES))
        order: dict[str, list[Label]] = raw["order"]
    except (TypeError, ValueError, KeyError):
        return None
    facts = read_facts(raw, list(order))
    if facts is None:
        return None
    table = dict(columns)
    stamps = table.pop("time", None)
    if stamps is not None:
        parts = [re.fullmatch(r"(\d{4})(?:-(\d{2}))?", str(stamp)) for stamp in stamps]
        if not all(parts):
            return None
        table["year"] = np.array([one[1] for one in parts if one], object)
        if "month" in order:
            table["month"] = np.array([str(int(one[2] or 0)) for one in parts if one], object)
    if not len(flows):
        return _empty(order, facts)
    table |= {
        dim: np.full(len(flows), str(found[0]), object)
        for dim, found in order.items()
        if dim not in table and len(found) == 1
    }
    if set(table) != set(order):
        return None
    labels = {dim: list(found) for dim, found in order.items()}
    block, sizes = [], tuple(len(found) for found in labels.values())
    for dim, found in labels.items():
        at = {str(label): i for i, label in enumerate(found)}
        if any(text not in at for text in table[dim]):
            return None
        block.append(np.array([at[text] for text in table[dim]], dtype=np.intp))
    gridded(table, values, None, flows.index.to_numpy(), path)  # refuses a flow twice
    whole = len(values) == np.prod(sizes)
    cells = np.empty(sizes, values.dtype) if whole else np.full(sizes, np.nan)
    cells[tuple(block)] = values
    return rebuilt(cells, labels, facts)


def _empty(order: Mapping[str, list[Label]], facts: dict[str, Any]) -> Cube:
    """An array of which no cell is known."""
    cells = np.full([len(found) for found in order.values()], np.nan)
    return rebuilt(cells, {dim: list(found) for dim, found in order.items()}, facts)
