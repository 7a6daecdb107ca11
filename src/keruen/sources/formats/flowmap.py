# SPDX-License-Identifier: Apache-2.0
"""The sheets of Flowmap.blue: places, and flows between them, both ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import xarray as xr

from keruen.core._lists import Lang
from keruen.core.arrays import few
from keruen.core.codes import all_regions, countries
from keruen.core.errors import SchemaError
from keruen.sources.formats.citation import source_of
from keruen.sources.formats.cube import Cube, Flat, flat, texts
from keruen.sources.formats.names import label_name, title_of
from keruen.sources.formats.sheets import Sheet, pieces, write_sheets
from keruen.sources.output import staged_file, staged_folder

TABLES: Final = {"locations": ("id", "name", "lat", "lon"), "flows": ("origin", "dest", "count")}
"""Sheets and the columns that they need."""

_TIMES: Final = (["year"], ["year", "month"])
NOTES: Final = "keruen"
"""Property that holds Keruen's own notes."""


def write_flowmap(given: xr.DataArray | Cube, path: Path, *, lang: Lang = "en") -> tuple[str, ...]:
    """Write flows as the sheets that Flowmap.blue reads.

    Parameters
    ----------
    given : DataArray [origin, destination] or Cube
        Flows; ``year``, or ``year`` and ``month``, may stand beside origin and destination.
    path : Path
        A workbook (``.xlsx``), or a folder for ``locations.csv``, ``flows.csv`` and
        ``properties.csv``.
    lang : {"en", "ru", "kk"}
        Language of the names of places.

    Returns
    -------
    tuple of str
        What the format does not hold; places without coordinates by name.

    Raises
    ------
    FileError
        The file or folder cannot be written.
    LicenceError
        The licence forbids passing the data on.
    SchemaError
        Another dimension stands beside origin, destination and time.

    Notes
    -----
    A country stands at its capital, a region at its centre. A place without coordinates
    keeps its row, with ``lat`` and ``lon`` empty: the map leaves it out and says so. Missing
    pairs have no row; zeros have one.
    """
    plain = flat(given)
    time = [dim for dim in ("year", "month") if dim in plain.dims]
    other = [
        dim
        for dim in plain.dims
        if dim not in ("origin", "destination", *time) and len(plain.labels[dim]) > 1
    ]
    if {"origin", "destination"} - set(plain.dims) or other or time not in ([], *_TIMES):
        raise SchemaError(
            f"a flow map holds origin, destination and time, not {few(other or plain.dims)}",
            where=plain.name,
            remedy="select one label, or add up: keruen.core.arrays.total(array, ...)",
            id="TooManyDimensions",
        )
    sheets = [_locations(plain, lang), _flows(plain, time), _properties(plain, lang)]
    if path.suffix.lower() == ".xlsx":
        with staged_file(path) as staged:
            write_sheets(sheets, staged)
    else:
        with staged_folder(path) as folder:
            for sheet in sheets:
                _csv(sheet, folder / f"{sheet.name}.csv")
    return tuple(plain.losses)


def _csv(sheet: Sheet, path: Path) -> None:
    import pandas as pd

    columns = {
        head: pd.Series([row[i] for row in sheet.rows], dtype=object)
        for i, head in enumerate(sheet.heads)
    }
    pd.DataFrame(columns).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _locations(plain: Flat, lang: Lang) -> Sheet:
    codes = list(dict.fromkeys([*plain.labels["origin"], *plain.labels["destination"]]))
    names = {**plain.cube.names.get("origin", {}), **plain.cube.names.get("destination", {})}
    rows: list[list[Any]] = []
    nowhere = []
    for code in codes:
        point = plain.cube.places.get(str(code)) or _point(str(code))
        name = names.get(code) or label_name("origin", code, lang)
        if point is None:
            nowhere.append(f"{name} ({code})" if name != str(code) else str(code))
        rows.append([str(code), name, *(point or (None, None))])
    if nowhere:
        plain.losses.append(
            f"{len(nowhere)} places have no coordinates and will not be on the map: "
            f"{', '.join(nowhere)}"
        )
    return Sheet("locations", list(TABLES["locations"]), rows)


def _point(code: str) -> tuple[float, float] | None:
    if code in countries():
        return countries()[code].capital_place
    return all_regions()[code].centre_place if code in all_regions() else None


def _flows(plain: Flat, time: Sequence[str]) -> Sheet:
    places = plain.columns()
    held = ~plain.missing().reshape(-1)
    numbers = plain.values.reshape(-1)[held].tolist()
    written = texts(plain.values.reshape(-1)[held])
    columns: list[list[Any]] = [
        [str(plain.labels[dim][i]) for i in places[dim][held].tolist()]
        for dim in ("origin", "destination")
    ]
    columns.append([_number(n, text) for n, text in zip(numbers, written, strict=True)])
    heads = list(TABLES["flows"])
    if time:
        years = [plain.labels["year"][i] for i in places["year"][held].tolist()]
        stamps = [str(year) for year in years]
        if "month" in time:
            months = [plain.labels["month"][i] for i in places["month"][held].tolist()]
            stamps = [f"{year}-{int(m):02d}" for year, m in zip(years, months, strict=True)]
        columns.append(stamps)
        heads.append("time")
    return Sheet("flows", heads, [list(row) for row in zip(*columns, strict=True)])


def _number(value: float, text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else value


def _properties(plain: Flat, lang: Lang) -> Sheet:
    labels = {dim: plain.labels[dim] for dim in plain.dims}
    rows: list[list[Any]] = [
        ["title", title_of(plain.name, plain.attrs, plain.cube.title, lang)],
        ["source.name", source_of(plain.cube)],
        *pieces(NOTES, json.dumps({**plain.facts, "order": labels}, ensure_ascii=False)),
    ]
    return Sheet("properties", ["property", "value"], [row for row in rows if row[1]])
