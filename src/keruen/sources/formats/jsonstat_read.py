# SPDX-License-Identifier: Apache-2.0
"""Reading JSON-stat 2.0, every part of the document checked before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.sources.formats.cube import Cube, place, rebuilt, refuse_size, refuse_twice
from keruen.sources.formats.facts import read_facts
from keruen.sources.formats.foreign import Axis, Role, Told, understand
from keruen.sources.formats.json_text import read_document, wrong

_ROLES: Final = ("time", "geo", "metric")

Block = NDArray[Any]


def read_json_stat(path: Path) -> Cube:
    """An array from a JSON-stat 2.0 dataset.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    Cube

    Raises
    ------
    CoverageError
        More than fifty million cells.
    FileError
        No such file, too large, no text, or broken off.
    SchemaError
        Not a dataset of version 2, sizes that do not agree, an index out of range, a value
        that is no number, a key twice.

    Notes
    -----
    A collection holds links and no figures, and is refused with the names of its items.
    """
    document = read_document(path)
    _refuse_others(document, path)
    reader = _Reader(document, path)
    axes = reader.axes()
    refuse_size({axis.id: len(axis.labels) for axis in axes}, path.name)
    shape = [len(axis.labels) for axis in axes]
    values = reader.values(prod(shape)).reshape(shape)
    status = reader.status(prod(shape))
    marks = None if status is None else status.reshape(shape)
    return _ours(document, axes, values, marks) or _theirs(document, axes, values, marks, path)


def _refuse_others(document: dict[str, Any], path: Path) -> None:
    kind = document.get("class")
    if kind == "collection":
        link = document.get("link")
        items = link.get("item", []) if isinstance(link, dict) else []
        named = [
            str(item.get("href") or item.get("label")) for item in items if isinstance(item, dict)
        ]
        raise wrong(
            f"the file is a collection of {len(named)} items and holds no figures",
            path,
            few(named),
            "fetch one of its items and give that file",
            "Collection",
        )
    if kind != "dataset":
        old = [name for name, one in document.items() if isinstance(one, dict) and "value" in one]
        what = "a JSON-stat document of version 1" if old else "no JSON-stat dataset"
        raise wrong(
            f"the file is {what}", path, f"class: {kind}", "ask the publisher for JSON-stat 2.0"
        )
    if not str(document.get("version", "2.0")).startswith("2"):
        version = document["version"]
        raise wrong(f"version {version} is not known", path, "version", "ask for version 2.0")


@dataclass
class _Reader:
    """A dataset being read."""

    document: dict[str, Any]
    path: Path

    def part(self, name: str, *kinds: type) -> Any:  # noqa: ANN401
        """A part of the document, of a kind that the format asks for."""
        found = self.document.get(name)
        if not isinstance(found, kinds):
            wanted = " or ".join("an object" if kind is dict else "a list" for kind in kinds)
            what = "is missing" if found is None else f"is not {wanted}"
            raise wrong(f"'{name}' {what}", self.path, "", f"give {wanted}, as JSON-stat 2.0 has")
        return found

    def axes(self) -> list[Axis]:
        ids = self.part("id", list)
        sizes = self.part("size", list)
        dims = self.part("dimension", dict)
        if len(ids) != len(sizes) or not all(isinstance(one, str) for one in ids):
            raise wrong(
                f"'id' names {len(ids)} dimensions and 'size' {len(sizes)}",
                self.path,
                "",
                "give one size a dimension",
                "SizeMismatch",
            )
        refuse_twice(ids, place(self.path, "id"))
        return [self._axis(id, size, dims) for id, size in zip(ids, sizes, strict=True)]

    def _axis(self, id: str, size: object, dims: dict[str, Any]) -> Axis:
        where = f"dimension.{id}.category"
        one = dims.get(id)
        category = one.get("category") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(category, dict):
            raise wrong(f"'{where}' is missing", self.path, "", "give its index and labels")
        label = category.get("label", {})
        codes = self._codes(category.get("index", label), where)
        if not isinstance(size, int) or size != len(codes):
            raise wrong(
                f"'{id}' has {len(codes)} categories, and 'size' says {size}",
                self.path,
                where,
                "the file is inconsistent: fetch it again",
                "SizeMismatch",
            )
        names = label if isinstance(label, dict) else {}
        roles = self.document.get("role")
        told = roles if isinstance(roles, dict) else {}
        named = (role for role in _ROLES if isinstance(told.get(role), list) and id in told[role])
        role = next(named, "")
        heading = str(one.get("label") or id)
        texts = {code: str(text) for code, text in names.items()}
        return Axis(id, codes, heading, texts, cast("Role", role))

    def _codes(self, index: object, where: str) -> list[str]:
        if isinstance(index, dict) and all(isinstance(v, int) for v in index.values()):
            codes = sorted(index, key=lambda code: index[code])
            if [index[code] for code in codes] != list(range(len(codes))):
                raise wrong(
                    f"positions of '{where}.index' are not 0, 1, 2 ...",
                    self.path,
                    "",
                    "the file is inconsistent: fetch it again",
                    "SizeMismatch",
                )
            return codes
        if isinstance(index, dict) and len(index) == 1:
            return list(index)
        if isinstance(index, list) and index and all(isinstance(one, str) for one in index):
            refuse_twice(index, place(self.path, f"{where}.index"))
            return list(index)
        raise wrong(f"'{where}.index' is missing or no list of codes", self.path, "", "give it")

    def values(self, cells: int) -> NDArray[Any]:
        given = self.part("value", list, dict)
        if isinstance(given, dict):
            places = self._places(given, cells, "value")
            numbers = self._numbers(list(given.values()), list(given))
            block = np.full(cells, np.nan)
            block[places] = numbers
            return block if len(given) < cells else block.astype(numbers.dtype)
        if len(given) != cells:
            raise wrong(
                f"'value' holds {len(given):,} values, where the sizes ask for {cells:,}",
                self.path,
                "value",
                "the file is inconsistent: fetch it again",
                "SizeMismatch",
            )
        return self._numbers(given, range(cells))

    def _numbers(self, given: list[Any], keys: Sequence[object]) -> NDArray[Any]:
        kinds = {type(one) for one in given}
        if not kinds <= {int, float, type(None)}:
            first = next(
                i for i, one in enumerate(given) if type(one) not in (int, float, type(None))
            )
            raise wrong(
                f"{str(given[first])[:40]!r} is no number",
                self.path,
                f"value[{keys[first]}]",
                "give a number, or null for a missing cell",
                "NotANumber",
            )
        try:
            if kinds == {int} and (whole := np.array(given)).dtype.kind in "iu":
                return whole
            block = np.array([np.nan if one is None else one for one in given], dtype=float)
        except OverflowError:
            block = np.array([np.inf])
        if np.isinf(block).any():
            raise wrong("a value is too large", self.path, "value", "correct it", "NotFinite")
        return block

    def _places(self, given: dict[str, Any], cells: int, name: str) -> NDArray[Any]:
        places = [int(key) if key.isascii() and key.isdigit() else -1 for key in given]
        bad = [key for key, at in zip(given, places, strict=True) if not 0 <= at < cells]
        if bad:
            raise wrong(
                f"'{name}' names the cells {few(bad)}",
                self.path,
                name,
                f"cells are numbered from 0 to {cells - 1:,}",
                "SizeMismatch",
            )
        refuse_twice(places, place(self.path, name))
        return np.array(places, dtype=np.int64)

    def status(self, cells: int) -> NDArray[Any] | None:
        given = self.document.get("status")
        if given is None:
            return None
        marks = np.full(cells, "", object)
        if isinstance(given, str):
            marks[:] = given
        elif isinstance(given, list) and len(given) in (1, cells):
            marks[:] = ["" if one is None else str(one) for one in given]
        elif isinstance(given, dict):
            marks[self._places(given, cells, "status")] = [str(one) for one in given.values()]
        else:
            raise wrong(
                "'status' has another length than the values",
                self.path,
                "status",
                "the file is inconsistent: fetch it again",
                "SizeMismatch",
            )
        return marks


def _ours(
    document: dict[str, Any], axes: Sequence[Axis], values: Block, marks: Block | None
) -> Cube | None:
    extension = document.get("extension")
    raw = extension.get("keruen") if isinstance(extension, dict) else None
    metric = raw.get("metric") if isinstance(raw, dict) else None
    at = next((i for i, axis in enumerate(axes) if axis.id == metric), None)
    if not isinstance(raw, dict) or at is None or len(axes[at].labels) != 1:
        return None
    rest = [axis for axis in axes if axis.id != metric]
    facts = read_facts(raw, [axis.id for axis in rest])
    if facts is None:
        return None
    labels = {axis.id: list(axis.labels) for axis in rest}
    try:
        return rebuilt(
            values.squeeze(at),
            labels,
            facts,
            marks.squeeze(at) if raw.get("status") and marks is not None else None,
        )
    except (TypeError, ValueError, KeyError):  # labels that were changed by hand
        return None


def _theirs(
    document: dict[str, Any], axes: Sequence[Axis], values: Block, marks: Block | None, path: Path
) -> Cube:
    axes = list(axes)
    name, units = path.stem, ""
    notes: list[str] = []
    at = next((i for i, axis in enumerate(axes) if axis.role == "metric"), None)
    if at is not None:
        named = [_unit(document, axes[at].id, code) for code in axes[at].labels]
        units = named[0] if len(set(named)) == 1 else ""
        if len(set(named)) > 1:
            notes.append(f"units differ by {axes[at].id}: {few(dict.fromkeys(named))}")
        if len(named) == 1:
            name = axes[at].labels[0]
            values = values.squeeze(at)
            marks = None if marks is None else marks.squeeze(at)
            axes.pop(at)
    notes += _said(document.get("note"))
    told = Told(
        name=name,
        units=units,
        title=str(document.get("label") or ""),
        source=str(document.get("source") or ""),
        notes=tuple(notes),
    )
    return understand(axes, values, marks, told, where=path.name)


def _unit(document: dict[str, Any], id: str, code: str) -> str:
    units = document["dimension"][id]["category"].get("unit")
    one = units.get(code) if isinstance(units, dict) else None
    if not isinstance(one, dict):
        return ""
    return str(one.get("label") or one.get("base") or one.get("symbol") or "")


def _said(note: object) -> list[str]:
    if isinstance(note, str):
        return [note]
    return [str(one) for one in note] if isinstance(note, list) else []
