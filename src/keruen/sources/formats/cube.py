# SPDX-License-Identifier: Apache-2.0
"""What travels between formats: an array with what a file says of it.

Every writer sees an array as :class:`Flat`: plain labels, one block of numbers, single
labels as dimensions of one. Every format has some room for Keruen's own notes
(:attr:`Flat.facts`), from which the array is rebuilt to the last attribute.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError, UnitsError
from keruen.core.origin import refuse_restricted
from keruen.sources.datasets import Label
from keruen.sources.formats.facts import FORM, rebuild, written

LARGEST: Final = 50_000_000
"""Cells of the largest array that is read."""

# Control signs, line ends, halves of letters, and the sign that stands for a lost letter.
_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd-\uffff]")


@dataclass(frozen=True)
class Cube:
    """An array with what its file says beside the numbers.

    Parameters
    ----------
    array : DataArray [any]
        The numbers; ``attrs`` as everywhere: units, kind, concept, origin, licence ...
    status : DataArray or None
        Code of the SDMX list of observation status for each cell, empty where the file says
        nothing; None when it says nothing at all.
    names : dict
        Names that the file gives to labels, by dimension.
    places : dict
        Latitude and longitude that the file gives to places.
    title, source : str
        What the file says it holds, and where the figures come from.
    notes : tuple of str
        What the reader made of labels, and what it left behind.
    """

    array: xr.DataArray
    status: xr.DataArray | None = None
    names: Mapping[str, Mapping[Label, str]] = field(default_factory=dict)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    title: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flat:
    """An array as writers see it.

    Parameters
    ----------
    cube : Cube
        Where it comes from.
    name : str
        Name of the quantity.
    labels : dict
        Labels of each dimension, in order.
    values : array of float or int
        The numbers, in that order.
    facts : dict
        What rebuilds the array.
    losses : list of str
        What no format holds; writers add what theirs does not.
    """

    cube: Cube
    name: str
    labels: dict[str, list[Label]]
    values: NDArray[Any]
    facts: dict[str, Any]
    losses: list[str]

    @property
    def dims(self) -> list[str]:
        """Names of the dimensions."""
        return list(self.labels)

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the array."""
        return {str(name): value for name, value in self.cube.array.attrs.items()}

    def missing(self) -> NDArray[np.bool_]:
        """Cells without a number."""
        if self.values.dtype.kind != "f":
            return np.zeros(self.values.shape, dtype=bool)
        return np.asarray(np.isnan(self.values))

    def columns(self) -> dict[str, NDArray[np.intp]]:
        """Place of the label of every cell, by dimension, in row-major order."""
        grid = np.indices(self.values.shape, dtype=np.intp)
        return {dim: grid[axis].reshape(-1) for axis, dim in enumerate(self.labels)}


def flat(given: xr.DataArray | Cube) -> Flat:
    """An array made ready for a writer.

    Parameters
    ----------
    given : DataArray or Cube
        What is to be written.

    Returns
    -------
    Flat

    Raises
    ------
    LicenceError
        The licence of the array forbids passing it on.
    SchemaError
        No name, no cells, labels twice, labels that are neither text nor numbers, or a
        number that is not finite.
    UnitsError
        The cells are no numbers.
    """
    cube = given if isinstance(given, Cube) else Cube(given)
    array = cube.array
    refuse_restricted(array.attrs.get("licence", ()), where=str(array.name or "array"))
    require_dims(array)
    _refuse_cells(array)
    losses: list[str] = []
    scalars = [name for name in _scalars(array) if _plain(array.coords[name].item())]
    dims = {str(dim) for dim in array.dims}
    losses += [
        f"coordinate '{name}' is not carried"
        for name in array.coords
        if str(name) not in {*scalars, *dims}
    ]
    labels = {name: [_label(array.coords[name].item())] for name in scalars}
    kinds = {name: array.coords[name].dtype for name in scalars}
    for dim in array.dims:
        index = array.indexes[str(dim)]
        labels[str(dim)], kinds[str(dim)] = _labels(str(dim), index.tolist()), index.dtype
    facts = {
        "keruen": FORM,
        "name": str(array.name),
        "dtype": array.dtype.name,
        "dims": [str(dim) for dim in array.dims],
        "scalar": scalars,
        "labels": {name: _kind(kind) for name, kind in kinds.items()},
        "attrs": written(array.attrs, losses),
        **_said(cube),
    }
    values = array.to_numpy().reshape([len(found) for found in labels.values()])
    return Flat(cube, str(array.name), labels, values, facts, losses)


def _said(cube: Cube) -> dict[str, Any]:
    """What a file said beside the array, where it said anything."""
    said = {
        "title": cube.title,
        "source": cube.source,
        "names": {dim: {str(k): v for k, v in found.items()} for dim, found in cube.names.items()},
        "places": {code: list(point) for code, point in cube.places.items()},
    }
    return {name: value for name, value in said.items() if value}


def rebuilt(
    values: NDArray[Any],
    labels: Mapping[str, Sequence[Label]],
    facts: dict[str, Any],
    status: NDArray[Any] | None = None,
) -> Cube:
    """The cube that was written, from its numbers, its labels and Keruen's notes.

    Parameters
    ----------
    values : array of float or int
        Numbers, in the order of the labels.
    labels : dict
        Labels of every dimension as read.
    facts : dict
        What :func:`keruen.sources.formats.facts.read_facts` found.
    status : array of str, optional
        Status of the cells.

    Returns
    -------
    Cube
    """
    array = rebuild(values, labels, facts)
    marks = None
    if status is not None:
        marks = rebuild(status, labels, {**facts, "dtype": "object", "attrs": {}, "name": None})
    names = {
        dim: {label: told[str(label)] for label in labels[dim] if str(label) in told}
        for dim, told in facts.get("names", {}).items()
        if dim in labels
    }
    places = {code: (point[0], point[1]) for code, point in facts.get("places", {}).items()}
    title, source = facts.get("title", ""), facts.get("source", "")
    return Cube(array, marks, names, places, title=title, source=source)


def _scalars(array: xr.DataArray) -> list[str]:
    return [str(name) for name, coord in array.coords.items() if not coord.dims]


def _refuse_cells(array: xr.DataArray) -> None:
    name = str(array.name or "array")
    if not array.name:
        raise SchemaError("the array has no name", remedy="name it: array.rename('population')")
    if array.dtype.kind not in "iufb" or array.dtype.itemsize > 8:
        raise UnitsError(
            f"cells of type {array.dtype} are no numbers",
            where=name,
            remedy="convert: array.astype(float)",
        )
    if not array.size:
        raise SchemaError("the array has no cells", where=name, remedy="select labels it has")
    if array.dtype.kind == "f" and np.isinf(array.to_numpy()).any():
        raise SchemaError(
            "a cell is infinite",
            where=name,
            remedy="find what was divided by zero; a missing cell is NaN",
            id="NotFinite",
        )


def _labels(dim: str, labels: Sequence[object]) -> list[Label]:
    for label in labels:
        if not _plain(label):
            raise SchemaError(
                f"{label!r} is not a label that files hold",
                where=f"dimension '{dim}'",
                remedy="label with text without line breaks, or with numbers",
                id="BadLabel",
            )
    return [_label(label) for label in labels]


def _plain(label: object) -> bool:
    """Whether a label is a number or a text of one line."""
    if isinstance(label, str):
        return bool(label) and not _UNWRITABLE.search(label)
    if isinstance(label, float | np.floating):
        return bool(np.isfinite(label))
    return isinstance(label, int | np.integer) and not isinstance(label, bool)


def _label(label: object) -> Label:
    found = label.item() if isinstance(label, np.generic) else label
    return found if isinstance(found, str | int | float) else str(found)


def _kind(dtype: object) -> str:
    return dtype.name if isinstance(dtype, np.dtype) and dtype.kind in "iuf" else "str"


def texts(values: NDArray[Any]) -> list[str]:
    """The shortest text of each number that reads back as the same; empty when missing.

    Parameters
    ----------
    values : array
        Numbers of any shape.

    Returns
    -------
    list of str
        In row-major order.

    Examples
    --------
    >>> texts(np.array([12.0, 0.1, -0.0, 1e22, np.nan]))
    ['12', '0.1', '-0.0', '1e+22', '']
    """
    cells = values.reshape(-1)
    if cells.dtype.kind == "b":
        cells = cells.astype(int)
    found = cells.astype(str).tolist() if cells.dtype == np.float32 else map(repr, cells.tolist())
    return [_short(text) for text in found]


def _short(text: str) -> str:
    if text == "nan":
        return ""
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def refuse_size(sizes: Mapping[str, int], where: str) -> None:
    """Refuse an array that would fill the memory.

    Parameters
    ----------
    sizes : dict
        Number of labels of each dimension.
    where : str
        File.

    Raises
    ------
    CoverageError
        More than fifty million cells (``TooLarge``).
    """
    if prod(sizes.values()) > LARGEST:
        shown = " x ".join(f"{dim} {size:,}" for dim, size in sizes.items())
        raise CoverageError(
            f"the array would have {prod(sizes.values()):,} cells",
            where=f"{where}: {shown}",
            remedy=f"ask the publisher for fewer labels: at most {LARGEST:,} cells are read",
            id="TooLarge",
        )


def refuse_twice(labels: Sequence[Label], where: str) -> None:
    """Refuse a dimension with the same label twice."""
    if len(set(labels)) < len(labels):
        twice = [label for label, times in Counter(labels).items() if times > 1]
        raise SchemaError(
            f"labels stand twice: {few(twice)}",
            where=where,
            remedy="keep one of each",
            id="DuplicateKey",
        )


def place(path: Path, *parts: str) -> str:
    """Where in a file a fault stands."""
    return ", ".join([path.name, *(part for part in parts if part)])
