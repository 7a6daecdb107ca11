# SPDX-License-Identifier: Apache-2.0
"""Writing SDMX-CSV 1.0 and 2.0.

One row a cell. What holds for the whole table (title, source, Keruen's own notes) stands in
the first row only; readers that do not know those columns pass over them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core._lists import Lang
from keruen.sources.datasets import Label
from keruen.sources.formats.citation import source_of
from keruen.sources.formats.cube import Cube, Flat, flat, texts
from keruen.sources.formats.names import age_groups, dimension_name, names_of, title_of
from keruen.sources.output import staged_file

Version = Literal["1.0", "2.0"]

NOTES: Final = "KERUEN"
"""Column of Keruen's own notes."""

CONCEPTS: Final = {
    "age": "AGE",
    "country": "REF_AREA",
    "education": "EDUCATION_LEV",
    "occupation": "OCCUPATION",
    "partner": "COUNTERPART_AREA",
    "region": "REF_AREA",
    "residence": "URBANISATION",
    "sector": "ACTIVITY",
    "sex": "SEX",
}
"""Concepts of the cross-domain list that dimensions are known under; others are upper case."""

MEASURES: Final = {
    "persons": ("PS", 0),
    "percent": ("PT", 0),
    "USD": ("USD", 0),
    "million USD": ("USD", 6),
    "thousand KRW": ("KRW", 3),
    "million KZT": ("KZT", 6),
}
"""Unit and power of ten of the units that the common list has a code for."""

_CODE: Final = re.compile(r"[A-Za-z0-9_@$-]+$")
_CODES: Final = {"residence": {"urban": "U", "rural": "R"}}
_DECIMALS: Final = 15


def write_sdmx_csv(
    given: xr.DataArray | Cube,
    path: Path,
    *,
    version: Version = "2.0",
    lang: Lang | None = None,
) -> tuple[str, ...]:
    """Write an array as SDMX-CSV.

    Parameters
    ----------
    given : DataArray or Cube
        The array.
    path : Path
        File to write.
    version : {"2.0", "1.0"}
        Version of the format.
    lang : {"en", "ru", "kk"}, optional
        Language of names beside the codes (``F: Women``); codes alone when not given.

    Returns
    -------
    tuple of str
        What the format does not hold.

    Raises
    ------
    FileError
        The file cannot be written.
    LicenceError
        The licence forbids passing the data on.
    SchemaError
        The array cannot be written: see :func:`keruen.sources.exchange.read`.

    Notes
    -----
    Ages are written as in the common lists: ``Y7``, ``Y0T4``, ``Y_GE85``; missing cells have
    the status ``O``, years from ``projected_from`` on ``F``, all others ``A``.
    """
    import pandas as pd

    plain = flat(given)
    columns, facts = _keys(plain, lang)
    head = _head(plain, version, lang)
    cells = plain.values.size
    table: dict[str, Any] = {name: np.full(cells, text, object) for name, text in head.items()}
    table |= columns
    for name, value in {
        "OBS_VALUE": np.array(texts(plain.values), object),
        "OBS_STATUS": status_of(plain),
        **_attributes(plain),
    }.items():
        table[name] = value
    first = {"TITLE": title_of(plain.name, plain.attrs, plain.cube.title, lang or "en")}
    first["SOURCE_DETAIL"] = source_of(plain.cube)
    first[NOTES] = json.dumps({**plain.facts, **facts}, ensure_ascii=False)
    for name, text in first.items():
        table[name] = np.full(cells, "", object)
        table[name][0] = " ".join(text.split()) if name != NOTES else text
    headed = {_headed(name, facts, lang): value for name, value in table.items()}
    with staged_file(path) as staged:
        pd.DataFrame(headed).to_csv(staged, index=False, lineterminator="\n", encoding="utf-8")
    return tuple(plain.losses)


def _head(plain: Flat, version: Version, lang: Lang | None) -> dict[str, str]:
    """The columns that say which table a row is of."""
    id = re.sub(r"[^A-Z0-9_]+", "_", plain.name.upper()).strip("_") or "TABLE"
    name = f": {title_of(plain.name, {}, plain.cube.title, lang)}" if lang else ""
    if version == "1.0":
        return {"DATAFLOW": f"KERUEN:{id}(1.0){name}"}
    flow = f"KERUEN:{id}(1.0.0){name}"
    return {"STRUCTURE": "dataflow", "STRUCTURE_ID": flow, "ACTION": "I"}


def _headed(name: str, facts: dict[str, Any], lang: Lang | None) -> str:
    dims = {column: dim for dim, column in facts["columns"].items()}
    if not lang or name not in dims:
        return name
    return f"{name}: {dimension_name(dims[name], lang)}"


def _keys(plain: Flat, lang: Lang | None) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The columns of codes, the period last, and how to read them back."""
    places = plain.columns()
    columns: dict[str, NDArray[Any]] = {}
    codes: dict[str, dict[str, Label]] = {}
    concepts = _concepts(plain)
    period = _period(plain)
    if period:
        columns["FREQ"] = np.full(plain.values.size, _frequency(plain, period), object)
    for dim, labels in plain.labels.items():
        if dim in period:
            continue
        written = _codes(dim, labels, plain)
        codes[dim] = {
            code: label for code, label in zip(written, labels, strict=True) if code != str(label)
        }
        ages = age_groups(labels, plain.attrs) if dim == "age" else None
        if lang:
            named = names_of(dim, labels, plain.cube.names.get(dim, {}), lang, ages)
            written = [f"{code}: {name}" for code, name in zip(written, named, strict=True)]
        columns[concepts[dim]] = np.array(written, object)[places[dim]]
    if period:
        columns["TIME_PERIOD"] = _periods(plain, period, places)
    told = {
        "columns": {dim: concepts[dim] for dim in plain.labels if dim not in period},
        "codes": {dim: found for dim, found in codes.items() if found},
        "period": period,
    }
    if plain.cube.status is not None:
        told["status"] = True
    return columns, told


def _concepts(plain: Flat) -> dict[str, str]:
    reserved = {"FREQ", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "UNIT_MEASURE", "UNIT_MULT"}
    reserved |= {"DECIMALS", "TITLE", "SOURCE_DETAIL", NOTES, "DATAFLOW", "STRUCTURE"}
    reserved |= {"STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY", "OBS_KEY"}
    found: dict[str, str] = {}
    for dim in sorted(plain.labels, key=lambda dim: (dim not in CONCEPTS, dim != "country")):
        wanted = CONCEPTS.get(dim) or re.sub(r"[^A-Z0-9_]+", "_", dim.upper())
        if wanted in {*found.values(), *reserved}:
            wanted = f"DIM_{list(plain.labels).index(dim) + 1}"
        found[dim] = wanted
    return found


def _codes(dim: str, labels: Sequence[Label], plain: Flat) -> list[str]:
    """Identifiers of the labels: letters, digits and ``_ @ $ -`` are all that SDMX allows."""
    groups = age_groups(labels, plain.attrs) if dim == "age" else None
    if groups:
        return [age_code(low, high) for low, high in groups]
    if dim == "age":
        plain.losses.append(
            "age: the array does not say how wide the groups are (age_width), so the bare "
            "lower bounds stand in place of the common codes of ages"
        )
    wanted = [_CODES.get(dim, {}).get(str(label), str(label)) for label in labels]
    taken = {text for text in wanted if _CODE.match(text)}
    found: list[str] = []
    used: set[str] = set()
    for place, text in enumerate(wanted, start=1):
        code = text
        if not _CODE.match(text) or text in used:
            code = re.sub(r"[^A-Za-z0-9_@$-]+", "_", text).strip("_").upper()
            if not code or code in taken | used:
                code = f"{code or 'CODE'}_{place}"
            while code in taken | used:
                code += "_"
        used.add(code)
        found.append(code)
    return found


def age_code(low: int, high: int | None) -> str:
    """Code of an age group in the common lists.

    Parameters
    ----------
    low : int
        First completed year.
    high : int or None
        Last completed year; None for an open group.

    Returns
    -------
    str

    Examples
    --------
    >>> age_code(7, 7), age_code(0, 4), age_code(85, None)
    ('Y7', 'Y0T4', 'Y_GE85')
    """
    if high is None:
        return f"Y_GE{low}"
    return f"Y{low}" if low == high else f"Y{low}T{high}"


def _period(plain: Flat) -> list[str]:
    """Dimensions that the period is made of: the year, and a part of it."""
    if not _whole(plain.labels.get("year", []), 1000, 9999):
        return []
    quarter, month = plain.labels.get("quarter", []), plain.labels.get("month", [])
    if _whole(quarter, 1, 4) and not month:
        return ["year", "quarter"]
    if _whole(month, 1, 12) and not quarter:
        return ["year", "month"]
    return ["year"]


def _whole(labels: Sequence[Label], low: int, high: int) -> bool:
    return bool(labels) and all(isinstance(one, int) and low <= one <= high for one in labels)


def _frequency(plain: Flat, period: Sequence[str]) -> str:
    if len(period) == 2:
        return "Q" if period[1] == "quarter" else "M"
    years = plain.attrs.get("interval_years", 1)
    return f"A{years}" if isinstance(years, int) and years > 1 else "A"


def _periods(plain: Flat, period: Sequence[str], places: dict[str, Any]) -> NDArray[Any]:
    years = np.array([str(label) for label in plain.labels["year"]], object)[places["year"]]
    if len(period) == 1:
        return years
    form = "-Q{}" if period[1] == "quarter" else "-{:02d}"
    parts = np.array([form.format(label) for label in plain.labels[period[1]]], object)
    return np.asarray(years + parts[places[period[1]]])


def status_of(plain: Flat) -> NDArray[Any]:
    """Observation status of every cell: what the file said, or normal, forecast, missing."""
    status = np.full(plain.values.shape, "A", object)
    since = plain.attrs.get("projected_from")
    if isinstance(since, int) and _whole(plain.labels.get("year", []), 1000, 9999):
        axis = plain.dims.index("year")
        later = np.array([int(label) >= since for label in plain.labels["year"]])
        np.moveaxis(status, axis, -1)[..., later] = "F"
    status[plain.missing()] = "O"
    if plain.cube.status is not None:
        said = plain.cube.status.to_numpy().reshape(plain.values.shape)
        status = np.where(said != "", said, status)
    return status.reshape(-1)


def _attributes(plain: Flat) -> dict[str, Any]:
    """Unit, power of ten and decimals: the same in every row."""
    units = str(plain.attrs.get("units", ""))
    code, power = MEASURES.get(units, (re.sub(r"[^A-Za-z0-9]+", "_", units).upper(), 0))
    said = {"UNIT_MEASURE": code.strip("_"), "UNIT_MULT": str(power)} if units else {}
    decimals = _decimals(plain.values)
    if decimals is not None:
        said["DECIMALS"] = str(decimals)
    return {name: np.full(plain.values.size, text, object) for name, text in said.items()}


def _decimals(values: NDArray[Any]) -> int | None:
    """Decimal places that hold every number; None when no usual number of them does."""
    found = values[np.isfinite(values)] if values.dtype.kind == "f" else np.zeros(0)
    if np.abs(found).max(initial=0) > 1e12:
        return None
    for places in range(_DECIMALS):
        if np.array_equal(np.round(found, places), found):
            return places
    return None
