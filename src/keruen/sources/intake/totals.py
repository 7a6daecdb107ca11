# SPDX-License-Identifier: Apache-2.0
"""Totals beside their parts: checked, then set aside; what does not add up is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.sources.intake.changes import Intake
from keruen.sources.intake.keys import Key, same_cells
from keruen.sources.intake.written import Ints
from keruen.sources.schemas import Column

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_OPEN: Final = 1_000
_CHECKS: Final = ("total_rate", "total", "total_unchecked")


@dataclass
class Entries:
    """Keys and figures of a table whose totals are looked at.

    Parameters
    ----------
    rows : array of int
        Row of the file.
    keys : dict of str to Key
        By name.
    values : dict of str to array of float
        Figures by name; NaN where missing.
    places : dict of str to array of int
        Column of the sheet that each figure stands in.
    columns : dict of str to Column
        What the figures are.
    rounded : dict of str to float
        Half a unit of the last digit printed; 0 where figures are whole persons.
    factors : dict of str to float
        What the printed figures were multiplied by.
    aside : array of bool
        Rows set aside so far.
    """

    rows: Ints
    keys: dict[str, Key]
    values: dict[str, Floats]
    places: dict[str, Ints]
    columns: Mapping[str, Column]
    rounded: Mapping[str, float]
    factors: Mapping[str, float]
    aside: Flags

    @property
    def nameless(self) -> bool:
        """Whether any row lacks a label."""
        return any(not one.named.all() for one in self.keys.values())

    def context(self, key: str) -> Ints:
        """The same number for rows that differ in one key alone."""
        return same_cells([one for name, one in self.keys.items() if name != key], self.rows.size)


def set_totals_aside(entries: Entries, intake: Intake) -> None:
    """Check every total against its parts and mark its rows.

    Parameters
    ----------
    entries : Entries
        Table; its ``aside`` takes the rows of totals.
    intake : Intake
        Takes faults and decisions.
    """
    for name in list(entries.keys):
        _leave_out(entries, name, intake)
    sound = np.ones_like(entries.aside)
    for key in entries.keys.values():
        sound &= key.named
    for name, key in entries.keys.items():
        if key.column.kind in ("country", "place") and key.group.any():
            _groups(entries, name, sound, intake)
        if key.column.kind == "age":
            _wide_ages(entries, name, sound, intake)
    totals = {name: one.total for name, one in entries.keys.items() if one.total.any()}
    if not totals:
        return
    whole = np.logical_or.reduce(list(totals.values())) & sound & ~entries.aside
    proved = np.zeros_like(whole)
    for name, total in totals.items():
        parts = sound & ~entries.aside & ~total
        proved |= _proved(entries, name, total & whole, parts, intake)
    alone = whole & ~proved
    first = next(iter(totals))
    key = entries.keys[first]
    intake.faults.add(
        "TotalAlone",
        rows=entries.rows[alone],
        columns=key.cells.places[alone],
        column=key.column,
    )
    entries.aside |= whole


def _leave_out(entries: Entries, name: str, intake: Intake) -> None:
    """A key that need not be there and holds only totals is no key."""
    key = entries.keys[name]
    if key.column.required or not key.cells.codes.size or not key.total.all():
        return
    intake.changes.add(
        "all_totals",
        row=int(key.cells.rows[0]),
        place=int(key.cells.places[0]),
        name=name,
        before=key.cells.texts[0],
        count=key.cells.codes.size,
    )
    del entries.keys[name]


@dataclass(frozen=True)
class _Sums:
    """Figures of a whole beside the sum of its parts, one a row."""

    apart: Floats
    parts: Floats
    count: Ints
    lacking: Flags


def _sums(entries: Entries, value: str, index: Ints, parts: Flags) -> _Sums:
    """The sum of the parts of the same index beside the figure of each row."""
    figures = entries.values[value]
    size = int(index.max()) + 1
    given = parts & ~np.isnan(figures)
    sums = np.bincount(index[given], figures[given], minlength=size)[index]
    count = np.bincount(index[parts], minlength=size)[index]
    lacking = np.bincount(index[given], minlength=size)[index] < count
    apart = figures - sums
    slack = entries.rounded[value] * (count + 1) + 1e-9 * np.maximum(np.abs(figures), 1.0)
    apart[np.abs(apart) <= slack] = 0.0
    return _Sums(np.nan_to_num(apart), sums.astype(float), count, lacking)


def _additive(entries: Entries) -> list[str]:
    return [name for name in entries.values if entries.columns[name].additive]


def _note_apart(entries: Entries, value: str, sums: _Sums, wrong: Flags, intake: Intake) -> None:
    where, factor = np.flatnonzero(wrong), entries.factors[value]
    figures = entries.values[value] / factor
    each = [
        {
            "total": float(figures[at]),
            "parts": float(round(sums.parts[at] / factor, 6)),
            "difference": float(round(abs(sums.apart[at]) / factor, 6)),
            "number": int(sums.count[at]),
        }
        for at in where
    ]
    intake.faults.add_facts(
        "TotalDiffers",
        {},
        rows=entries.rows[where],
        columns=entries.places[value][where],
        values=figures[where],
        each=each,
    )


def _proved(entries: Entries, name: str, total: Flags, parts: Flags, intake: Intake) -> Flags:
    """Totals of one key that have parts; those that differ from their sum are faults.

    A part whose label is not understood is a part all the same: its own fault is enough.
    Where rows are nameless, any total may lack them.
    """
    context = entries.context(name)
    unclear = entries.keys[name].unclear
    count = np.bincount(context[parts], minlength=int(context.max()) + 1)[context]
    found = total & (count > 0)
    reasons = np.zeros(found.size, dtype=np.int8)
    differs = np.zeros_like(found)
    for value in _additive(entries):
        sums = _sums(entries, value, context, parts)
        lacking = sums.lacking | entries.nameless
        reasons = np.where(lacking, np.int8(2), np.int8(1))
        wrong = found & np.where(lacking, sums.apart < 0, sums.apart != 0)
        if unclear.any():
            wrong &= _sums(entries, value, context, parts & ~unclear).apart != 0
        _note_apart(entries, value, sums, wrong, intake)
        differs |= wrong
    _note_aside(entries, name, found & ~differs, reasons, intake)
    return found


def _note_aside(
    entries: Entries, name: str, found: Flags, reasons: str | NDArray[np.int8], intake: Intake
) -> None:
    """One decision for each label and reason."""
    key = entries.keys[name]
    where = np.flatnonzero(found & ~entries.aside)
    codes = key.cells.codes[where] * len(_CHECKS)
    if not isinstance(reasons, str):
        codes = codes + reasons[where]
    kinds, firsts, counts = np.unique(codes, return_index=True, return_counts=True)
    for kind, first, count in zip(kinds.tolist(), where[firsts].tolist(), counts, strict=True):
        code, check = divmod(kind, len(_CHECKS))
        intake.changes.add(
            reasons if isinstance(reasons, str) else _CHECKS[check],
            row=int(entries.rows[first]),
            place=int(key.cells.places[first]),
            name=name,
            before=key.cells.texts[code],
            count=int(count),
        )


def _groups(entries: Entries, name: str, sound: Flags, intake: Intake) -> None:
    """Sums of countries: the rows between one group and the next are its parts.

    Other countries are a group where the rows below them add up to them, and a part of the
    whole where they do not.
    """
    key = entries.keys[name]
    context = entries.context(name)
    other = key.where(lambda one: one.code == "OTH") & sound
    edge = (key.group & sound) | key.total
    sums, count = _of_runs(entries, context, edge | other, sound & ~edge & ~other)
    led = other & (count > 0)
    rest = led if led.any() and (led & ~_differs(sums)).sum() * 2 >= led.sum() else led & False
    edge |= rest
    sums, count = _of_runs(entries, context, edge, sound & ~edge)
    group = key.group & sound
    found = (group | rest) & (count > 0)
    differs = found & _differs(sums)
    for value, one in sums.items():
        _note_apart(entries, value, one, found & (one.apart != 0), intake)
    alone = np.flatnonzero(group & (count == 0))
    texts = [key.cells.texts[key.cells.codes[at]] for at in alone]
    intake.faults.add(
        "UnknownGroup", rows=key.cells.rows[alone], columns=key.cells.places[alone], values=texts
    )
    _note_aside(entries, name, found & ~differs, "group", intake)
    entries.aside |= group | rest


def _of_runs(
    entries: Entries, context: Ints, edge: Flags, parts: Flags
) -> tuple[dict[str, _Sums], Ints]:
    """Sums and numbers of the parts below each edge, up to the next."""
    order = np.lexsort((np.arange(context.size), context))
    starts = np.concatenate([[True], np.diff(context[order]) != 0]) | edge[order]
    runs = np.empty_like(context)
    runs[order] = np.cumsum(starts)
    within = parts & ~entries.aside
    count = np.bincount(runs[within], minlength=int(runs.max()) + 1)[runs]
    return {value: _sums(entries, value, runs, within) for value in _additive(entries)}, count


def _differs(sums: Mapping[str, _Sums]) -> Flags:
    return np.logical_or.reduce([one.apart != 0 for one in sums.values()])


def _wide_ages(entries: Entries, name: str, sound: Flags, intake: Intake) -> None:
    """Age groups that are the sum of others of the same row of ages."""
    key = entries.keys[name]
    codes = [one for one in key.labels if one.state == "code"]
    bounds = {(int(one.code), _OPEN if one.upper is None else one.upper) for one in codes}
    wide = [
        (low, high)
        for low, high in sorted(bounds)
        if any(low <= a and b <= high and (a, b) != (low, high) for a, b in bounds)
    ]
    crossing = [(low, high) for low, high in bounds if any(a < low <= b < high for a, b in bounds)]
    if not wide and not crossing:
        return
    context = entries.context(name)
    size = int(context.max()) + 1
    ages = key.where(lambda one: one.state == "code") & sound & ~entries.aside
    low, high = _bounds(key)
    for first, last in sorted(wide, key=lambda one: one[1] - one[0]):
        whole = ages & (low == first) & (high == last)
        inside = ages & ~entries.aside & (low >= first) & (high <= last) & ~whole
        years = np.bincount(context[inside], (high - low + 1)[inside], minlength=size)
        count = np.bincount(context[inside], minlength=size)
        tiled = whole & (years[context] == last - first + 1)
        for value in _additive(entries):
            tiled &= _sums(entries, value, context, inside).apart == 0
        _note_overlap(key, whole & (count[context] > 0) & ~tiled, intake)
        _note_aside(entries, name, tiled, "wide_age", intake)
        entries.aside |= tiled
    for first, last in crossing:
        over = ages & ~entries.aside & (low < first) & (high >= first) & (high < last)
        met = np.isin(context, context[over])
        _note_overlap(key, ages & ~entries.aside & (low == first) & (high == last) & met, intake)


def _bounds(key: Key) -> tuple[Ints, Ints]:
    """First and last year of the age of each row."""
    low = [int(one.code) if one.state == "code" else -1 for one in key.labels]
    high = [_OPEN if one.upper is None else one.upper for one in key.labels]
    codes = key.cells.codes
    return np.array([*low, -1])[codes], np.array([*high, -1])[codes]


def _note_overlap(key: Key, rows: Flags, intake: Intake) -> None:
    where = np.flatnonzero(rows)
    texts = [key.cells.texts[key.cells.codes[at]] for at in where]
    intake.faults.add(
        "OverlappingAges", rows=key.cells.rows[where], columns=key.cells.places[where], values=texts
    )
