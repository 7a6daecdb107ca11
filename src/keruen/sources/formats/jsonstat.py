# SPDX-License-Identifier: Apache-2.0
"""JSON-stat 2.0: a labelled array as one document, both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from keruen.core._lists import Lang
from keruen.sources.formats.citation import source_of
from keruen.sources.formats.cube import Cube, Flat, flat, texts
from keruen.sources.formats.names import PLACES, age_groups, dimension_name, names_of, title_of
from keruen.sources.formats.sdmx import status_of
from keruen.sources.output import staged_file

_SPARSE: Final = 0.5
_TIMES: Final = ("year", "quarter", "month")


def write_json_stat(
    given: xr.DataArray | Cube, path: Path, *, lang: Lang = "en"
) -> tuple[str, ...]:
    """Write an array as a JSON-stat 2.0 dataset.

    Parameters
    ----------
    given : DataArray or Cube
        The array.
    path : Path
        File to write.
    lang : {"en", "ru", "kk"}
        Language of the labels.

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
        The array cannot be written: no name, no cells, an infinite number ...

    Notes
    -----
    The quantity is a dimension of one with the role ``metric``, as it alone has a unit in
    this format. Values are an object when most cells are missing. ``updated`` is left out:
    the same array gives the same bytes.
    """
    plain = flat(given)
    metric = "metric" if "metric" not in plain.labels else "metric_"
    document: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": title_of(plain.name, plain.attrs, plain.cube.title, lang),
    }
    if source := source_of(plain.cube):
        document["source"] = source
    if notes := _notes(plain):
        document["note"] = notes
    document["id"] = [*plain.labels, metric]
    document["size"] = [*plain.values.shape, 1]
    document["role"] = _roles(plain, metric)
    document["dimension"] = _dimensions(plain, metric, lang)
    said = plain.cube.status is not None
    document["extension"] = {"keruen": {**plain.facts, "metric": metric, "status": said}}
    if marks := _status(plain):
        document["status"] = marks
    head = json.dumps(document, ensure_ascii=False, indent=1)[:-2]
    with staged_file(path) as staged:
        staged.write_text(f'{head},\n "value": {_values(plain)}\n}}\n', encoding="utf-8")
    return tuple(plain.losses)


def _notes(plain: Flat) -> list[str]:
    """What a reader of the figures should know, from the catalogue."""
    from keruen.sources._catalogue import read_catalogue

    known = {one.id: one for one in read_catalogue()}
    ids = set(plain.attrs.get("defects", ()))
    return [
        defect.text
        for id in plain.attrs.get("origin", ())
        if id in known
        for defect in known[id].defects
        if defect.id in ids
    ]


def _roles(plain: Flat, metric: str) -> dict[str, list[str]]:
    roles = {
        "time": [dim for dim in plain.labels if dim in _TIMES],
        "geo": [dim for dim in plain.labels if dim in PLACES],
        "metric": [metric],
    }
    return {role: dims for role, dims in roles.items() if dims}


def _dimensions(plain: Flat, metric: str, lang: Lang) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for dim, labels in plain.labels.items():
        ages = age_groups(labels, plain.attrs) if dim == "age" else None
        named = names_of(dim, labels, plain.cube.names.get(dim, {}), lang, ages)
        index = [str(label) for label in labels]
        label = dict(zip(index, named, strict=True))
        found[dim] = {
            "label": dimension_name(dim, lang),
            "category": {"index": index, "label": label},
        }
    name = title_of(plain.name, {}, plain.cube.title, lang)
    category: dict[str, Any] = {"index": [plain.name], "label": {plain.name: name}}
    if units := plain.attrs.get("units"):
        category["unit"] = {plain.name: {"label": str(units)}}
    found[metric] = {"label": "metric", "category": category}
    return found


def _status(plain: Flat) -> dict[str, str]:
    """Status of the cells that are neither normal nor simply missing."""
    status = status_of(plain)
    told = np.flatnonzero((status != "A") & ((status != "O") | ~plain.missing().reshape(-1)))
    if plain.cube.status is not None:
        told = np.flatnonzero(plain.cube.status.to_numpy().reshape(-1) != "")
    return {str(place): str(status[place]) for place in told.tolist()}


def _values(plain: Flat) -> str:
    cells = texts(plain.values)
    if plain.missing().mean() > _SPARSE:
        held = (f'"{place}":{text}' for place, text in enumerate(cells) if text)
        return "{" + ",".join(held) + "}"
    return "[" + ",".join(text or "null" for text in cells) + "]"
