# SPDX-License-Identifier: Apache-2.0
"""Labels of keys as codes: each different label is understood once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.core._lists import CODE_LISTS
from keruen.sources import _words
from keruen.sources._words import Label, meaning
from keruen.sources.fault_texts import Named
from keruen.sources.intake import editions
from keruen.sources.intake.changes import Intake
from keruen.sources.intake.written import Ints, KeyCells
from keruen.sources.schemas import Column

_SUGGESTED: Final = 40
"""Labels for which near names are looked up; a column of nonsense would take minutes."""

LISTS: Final = {
    "isco08": "ISCO-08",
    "isic4": "ISIC Rev. 4",
    "isced2011": "ISCED 2011",
    "isced_f2013": "ISCED-F 2013",
}
"""Short names of the classifications, the same in every language."""


@dataclass
class Key:
    """A key with its labels understood.

    Parameters
    ----------
    column : Column
        What it is.
    cells : KeyCells
        Labels as written.
    labels : list of Label
        What each different label means.
    """

    column: Column
    cells: KeyCells
    labels: list[Label]

    def where(self, test: Callable[[Label], bool]) -> NDArray[np.bool_]:
        """Rows whose label passes a test; an empty one never does."""
        passed = np.array([*(test(label) for label in self.labels), False])
        return np.asarray(passed[self.cells.codes])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows whose label means something."""
        return self.where(lambda one: one.state != "unknown")

    @property
    def named(self) -> NDArray[np.bool_]:
        """Rows with a label, understood or not."""
        return np.asarray(self.cells.codes >= 0)

    @property
    def unclear(self) -> NDArray[np.bool_]:
        """Rows with a label that is not understood."""
        return self.where(lambda one: one.state == "unknown")

    @property
    def total(self) -> NDArray[np.bool_]:
        """Rows of the whole."""
        return self.where(lambda one: one.state == "total")

    @property
    def group(self) -> NDArray[np.bool_]:
        """Rows of a group of countries."""
        return self.where(lambda one: one.state == "group")

    @property
    def numbers(self) -> Ints:
        """The code of each row as a number, equal for labels that mean the same."""
        places: dict[object, int] = {}
        told = zip(self.labels, self.cells.texts, strict=True)
        index = [
            places.setdefault((one.code or (one.state, text), one.upper), len(places))
            if one.state != "total"
            else places.setdefault(one.state, len(places))
            for one, text in told
        ]
        return np.array([*index, len(places)], dtype=np.int64)[self.cells.codes]

    def codes(self) -> NDArray[np.object_]:
        """The code of each row; empty for totals and unknown labels."""
        return np.array([*(one.code for one in self.labels), ""], dtype=object)[self.cells.codes]


def same_cells(keys: Sequence[Key], size: int) -> Ints:
    """A number for each row, from 0, the same for rows with the same labels.

    Parameters
    ----------
    keys : sequence of Key
        Keys that tell rows apart.
    size : int
        Number of rows.

    Returns
    -------
    array of int
    """
    import pandas as pd

    found = np.zeros(size, dtype=np.int64)
    span = 1
    for key in keys:
        numbers = key.numbers
        most = int(numbers.max(initial=0)) + 1
        if span > 2**62 // most:
            found = pd.factorize(found)[0].astype(np.int64)
            span = int(found.max(initial=0)) + 1
        found *= most
        found += numbers
        span *= most
    return pd.factorize(found)[0].astype(np.int64) if span > 4 * size else found


def read_key(
    cells: KeyCells, column: Column, intake: Intake, others: Sequence[KeyCells] = ()
) -> Key:
    """Labels of a key as codes.

    Parameters
    ----------
    cells : KeyCells
        Labels as written.
    column : Column
        What they should be.
    intake : Intake
        Takes faults and decisions.
    others : sequence of KeyCells, optional
        The other keys of the rows.

    Returns
    -------
    Key
    """
    if column.blank:
        codes = np.where(cells.codes < 0, len(cells.texts), cells.codes)
        cells = replace(cells, codes=codes, texts=[*cells.texts, column.blank])
    labels = [meaning(column.kind, text) for text in cells.texts]
    if column.kind == "place" and labels and all(one.fault == "UnknownPlace" for one in labels):
        labels = [Label("code", text) for text in cells.texts]  # the user's own places
    if any(one.fault == "AmbiguousRegion" for one in labels):
        labels = [_by_others(at, labels, cells, others) for at in range(len(labels))]
    key = Key(column, cells, labels)
    empty = _each_cell(cells, np.flatnonzero(cells.codes < 0))
    intake.faults.add(
        "EmptyKey", rows=cells.rows[empty], columns=cells.places[empty], column=column
    )
    order = np.argsort(cells.codes, kind="stable")
    starts = np.searchsorted(cells.codes[order], np.arange(len(labels) + 1))
    for index, (text, label) in enumerate(zip(cells.texts, labels, strict=True)):
        if starts[index] == starts[index + 1]:
            continue
        rows = order[starts[index] : starts[index + 1]]
        if label.state == "unknown":
            _note_unknown(key, index, rows, intake)
        elif label.state == "code" and str(label.code) != text:
            first = int(rows[0])
            reason = "label" if meaning(column.kind, text).state == "code" else "region_by_others"
            intake.changes.add(
                reason,
                row=int(cells.rows[first]),
                place=int(cells.places[first]),
                name=column.name,
                before=text,
                after=label.code,
                count=_each_cell(cells, rows).size,
            )
    return key


def _by_others(at: int, labels: list[Label], cells: KeyCells, others: Sequence[KeyCells]) -> Label:
    """A name of two regions, when the other one has a row beside it, alike in all other keys."""
    label = labels[at]
    if label.fault != "AmbiguousRegion":
        return label
    codes = {one.code for one in labels if one.state == "code"}
    left = [code for code in label.near if code not in codes]
    if len(left) != 1:
        return label
    apart = [n for n, one in enumerate(labels) if one.code in label.near and one.state == "code"]
    mine, theirs = (
        {tuple(one.codes[row] for one in others) for row in np.flatnonzero(rows)}
        for rows in (cells.codes == at, np.isin(cells.codes, apart))
    )
    return replace(label, state="code", code=left[0]) if mine & theirs else label


def _each_cell(cells: KeyCells, rows: Ints) -> Ints:
    """One row for each cell of the sheet; a label holds for a whole row of figures."""
    if not rows.size:
        return rows
    width = int(cells.places[rows].max()) + 2
    return rows[np.unique(cells.rows[rows] * width + cells.places[rows], return_index=True)[1]]


def _note_unknown(key: Key, index: int, rows: Ints, intake: Intake) -> None:
    rows = _each_cell(key.cells, rows)
    cells, column, label = key.cells, key.column, key.labels[index]
    text = cells.texts[index]
    near = label.near
    if not near and index < _SUGGESTED:
        near = _words.near(column.kind, text)
    facts: dict[str, str | tuple[Named, ...]] = {"near": tuple(Named(column.kind, c) for c in near)}
    if column.kind in CODE_LISTS:
        facts["list"] = LISTS[column.kind]
    former = editions.former(column.kind, text) if label.fault == "FormerCode" else None
    if former is not None:
        facts["edition"] = former.edition
    intake.faults.add_facts(
        label.fault,
        facts,
        rows=cells.rows[rows],
        columns=cells.places[rows],
        values=[text] * rows.size,
    )
