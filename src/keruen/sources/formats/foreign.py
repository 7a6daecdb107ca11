# SPDX-License-Identifier: Apache-2.0
"""What another publisher's cube means: its headings, codes, periods, ages and units.

A label is translated when all that a reader of the table would take for granted holds;
otherwise it stays as it is. Either way the notes say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

import xarray as xr
from numpy.typing import NDArray

from keruen.core._lists import plain
from keruen.core.arrays import few
from keruen.core.dims import canonical_order
from keruen.core.variables import variables
from keruen.sources._words import Label as Meaning
from keruen.sources._words import meaning
from keruen.sources.datasets import Label
from keruen.sources.formats.cube import Cube
from keruen.sources.formats.names import PLACES, dimension_of
from keruen.sources.formats.periods import period, split_periods
from keruen.sources.formats.units import known_units

Role = Literal["", "time", "geo", "metric"]

_ALIASES: Final = {"EL": "GRC", "UK": "GBR", "XK": "XKX"}
_EUROSTAT_AGES: Final = re.compile(r"Y(\d+[-_]\d+)$")
_ABRIDGED: Final = (1, 4, 5)


@dataclass(frozen=True)
class Axis:
    """A dimension as a file has it.

    Parameters
    ----------
    id : str
        Identifier.
    labels : list of str
        Codes, in order.
    heading : str
        Label of the dimension.
    names : dict
        Label of each code.
    role : {"", "time", "geo", "metric"}
        What the file says the dimension is.
    """

    id: str
    labels: Sequence[str]
    heading: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    role: Role = ""


@dataclass(frozen=True)
class Told:
    """What else a file says of its cells.

    Parameters
    ----------
    name : str
        Identifier of the table or the quantity.
    units : str
        Unit as written.
    power : int
        Power of ten that the figures are multiplied by.
    facts : dict
        Attributes that are known for certain.
    title, source : str
        As in :class:`Cube`.
    notes : tuple of str
        What the reader found worth saying.
    """

    name: str
    units: str = ""
    power: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class _Meant:
    """An axis understood."""

    dim: str
    labels: list[Label]
    names: dict[Label, str]
    attrs: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def understand(
    axes: Sequence[Axis],
    values: NDArray[Any],
    status: NDArray[Any] | None,
    told: Told,
    *,
    where: str,
) -> Cube:
    """A foreign cube with Keruen's dimensions and codes.

    Parameters
    ----------
    axes : sequence of Axis
        Dimensions in the order of the values.
    values : array of float or int
        Numbers.
    status : array of str or None
        Status of the cells.
    told : Told
        What else the file says.
    where : str
        File, for messages.

    Returns
    -------
    Cube
    """
    taken: set[str] = set()
    meant = [_meant(axis, taken) for axis in axes]
    dims = [one.dim for one in meant]
    coords = {one.dim: one.labels for one in meant}
    name = _name(told.name)
    array = xr.DataArray(values, dims=dims, coords=coords, name=name)
    marks = None if status is None else xr.DataArray(status, dims=dims, coords=coords)
    array, marks = split_periods(array, marks, where)
    array = array.transpose(*canonical_order(array.dims))
    attrs: dict[str, Any] = {}
    for one in meant:
        attrs |= one.attrs
    array.attrs = {**_quantity(name, told), **attrs, **told.facts}
    notes = [note for one in meant for note in one.notes]
    return Cube(
        array=array,
        status=None if marks is None else marks.transpose(*array.dims),
        names={one.dim: one.names for one in meant if one.names and one.dim in array.dims},
        title=told.title,
        source=told.source,
        notes=(*told.notes, *notes),
    )


def _name(text: str) -> str:
    known: dict[str, str] = {}
    for one in variables().values():
        for called in (one.name, one.en, one.ru, one.kk):
            known.setdefault(plain(called), one.name)
    slug = re.sub(r"\W+", "_", text.casefold()).strip("_")
    return known.get(plain(text)) or (slug if slug and not slug[0].isdigit() else "value")


def _quantity(name: str, told: Told) -> dict[str, Any]:
    units = known_units(told.units, told.power)
    found: dict[str, Any] = {"units": units} if units else {}
    known = variables().get(name)
    if known and known.units == units:
        found["kind"] = known.kind
        if known.concept:
            found["concept"] = known.concept
    return found


def _meant(axis: Axis, taken: set[str]) -> _Meant:
    dim = _dimension(axis, taken)
    taken.add(dim)
    readers = {"sex": _sexes, "residence": _residence, "age": _ages, "year": _years}
    if dim in readers:
        one = readers[dim](dim, axis)
    elif dim in PLACES:
        one = _places(dim, axis)
    else:
        one = _as_is(dim, axis)
    heading = axis.heading or axis.id
    if plain(heading) != plain(one.dim) and dimension_of(heading) != one.dim:
        one.notes.insert(0, f"dimension '{heading}' is read as {one.dim}")
    taken.add(one.dim)
    return one


def _dimension(axis: Axis, taken: set[str]) -> str:
    found = "year" if axis.role == "time" else dimension_of(axis.id, axis.heading)
    if not found and axis.role == "geo":
        found = "country"
    if found == "country" and axis.labels and all("-" in label for label in axis.labels):
        found = "region"
    slug = re.sub(r"\W+", "_", (axis.id or axis.heading).casefold()).strip("_") or "dimension"
    wanted = found or slug
    number = 2
    while wanted in taken:
        wanted, number = f"{slug}_{number}", number + 1
    return wanted


def _named(axis: Axis, labels: Sequence[Label]) -> dict[Label, str]:
    pairs = zip(labels, axis.labels, strict=True)
    named = {label: axis.names[code] for label, code in pairs if axis.names.get(code)}
    return {label: text for label, text in named.items() if text != str(label)}


def _as_is(dim: str, axis: Axis, *notes: str) -> _Meant:
    return _Meant(dim, list(axis.labels), _named(axis, axis.labels), notes=list(notes))


def _word(kind: str, axis: Axis, code: str) -> Meaning:
    """What a code means, by its name first: numbers of national lists mean nothing here."""
    by_name = meaning(kind, axis.names[code]) if axis.names.get(code) else None
    if by_name is not None and by_name.state in ("code", "total"):
        return by_name
    return meaning(kind, _ALIASES.get(code, code))


def _listed(dim: str, axis: Axis, total: str) -> _Meant:
    found = [_word(dim, axis, code) for code in axis.labels]
    labels: list[Label] = [
        one.code if one.state == "code" else total if one.state == "total" else code
        for one, code in zip(found, axis.labels, strict=True)
    ]
    if len(set(labels)) < len(labels):
        return _as_is(dim, axis, f"{dim}: two labels mean the same, so all stay as they are")
    notes = _changed(dim, axis.labels, labels)
    unknown = [code for one, code in zip(found, axis.labels, strict=True) if one.state == "unknown"]
    if unknown:
        notes.append(f"{dim}: no code is known for {few(unknown)}; left as written")
    if total in labels and len(labels) > 1:
        notes.append(f"{dim}: the total {total} stands beside its parts; leave it out of sums")
    return _Meant(dim, labels, {} if not unknown else _named(axis, labels), notes=notes)


def _changed(dim: str, before: Sequence[str], after: Sequence[Label]) -> list[str]:
    pairs = [f"{old} -> {new}" for old, new in zip(before, after, strict=True) if old != str(new)]
    return [f"{dim}: {few(pairs)}"] if pairs else []


def _sexes(dim: str, axis: Axis) -> _Meant:
    return _listed(dim, axis, "T")


def _residence(dim: str, axis: Axis) -> _Meant:
    return _listed(dim, axis, "total")


def _places(dim: str, axis: Axis) -> _Meant:
    kind = "region" if dim == "region" else "country" if dim == "country" else "place"
    found = [_word(kind, axis, code) for code in axis.labels]
    labels: list[Label] = [
        one.code if one.state == "code" else code
        for one, code in zip(found, axis.labels, strict=True)
    ]
    if len(set(labels)) < len(labels):
        return _as_is(dim, axis, f"{dim}: two labels mean one place, so all stay as they are")
    notes = _changed(dim, axis.labels, labels)
    loose = [code for one, code in zip(found, axis.labels, strict=True) if one.state != "code"]
    if loose:
        notes.append(f"{dim}: left as written, no single place of the lists: {few(loose)}")
    known = {label for label, one in zip(labels, found, strict=True) if one.state == "code"}
    names = {label: name for label, name in _named(axis, labels).items() if label not in known}
    return _Meant(dim, labels, names, notes=notes)


def _ages(dim: str, axis: Axis) -> _Meant:
    found = [_age(axis, code) for code in axis.labels]
    if any(one.state != "code" for one in found):
        loose = [code for one, code in zip(found, axis.labels, strict=True) if one.state != "code"]
        note = f"age: labels stay as they are, as some are no ages: {few(loose)}"
        return _as_is("age_group", axis, note)
    lows = [int(one.code) for one in found]
    width, last = _width([(low, one.upper) for low, one in zip(lows, found, strict=True)])
    if not width:
        return _as_is("age_group", axis, "age: groups overlap or differ in width; left as written")
    attrs: dict[str, Any] = {"age_width": width}
    if last is not None:
        attrs["open_age"] = last
    return _Meant(dim, list(lows), {}, attrs)


def _age(axis: Axis, code: str) -> Meaning:
    text = _EUROSTAT_AGES.sub(r"\1", code).replace("_", "-") if code.startswith("Y") else code
    by_code = meaning("age", code)
    if by_code.state == "code" and not code.isdigit():
        return by_code
    by_text = meaning("age", text)
    if by_text.state == "code" and not code.isdigit():
        return by_text
    return _word("age", axis, code)


def _width(groups: Sequence[tuple[int, int | None]]) -> tuple[int | str, int | None]:
    """Width of the groups, and the open one; no width when they overlap or differ."""
    ordered = sorted(groups, key=lambda group: group[0])
    for (_, high), (low, _) in pairwise(ordered):
        if high is None or high >= low:
            return 0, None
    last = ordered[-1][0] if ordered[-1][1] is None else None
    widths = [high - low + 1 for low, high in ordered if high is not None]
    if len(set(widths)) == 1:
        return widths[0], last
    joined = all(a[1] == b[0] - 1 for a, b in pairwise(ordered))
    if joined and tuple(dict.fromkeys(widths)) == _ABRIDGED and last is not None:
        return "abridged", last
    return (1, last) if not widths else (0, None)


def _years(dim: str, axis: Axis) -> _Meant:
    found = [period(code, axis.names.get(code, "")) for code in axis.labels]
    if any(one is None for one in found):
        return _as_is("time", axis, "time: periods are no years, quarters or months")
    labels = [text for one in found if (text := one)]
    if len(set(labels)) < len(labels):
        return _as_is("time", axis, "time: two labels mean the same period")
    years = all(len(text) == 4 for text in labels)
    kept: list[Label] = [int(text) for text in labels] if years else list(labels)
    return _Meant(dim if years else "time", kept, {})
