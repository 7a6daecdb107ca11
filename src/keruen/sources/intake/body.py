# SPDX-License-Identifier: Apache-2.0
"""The rows below the headings: which hold figures, and which only speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.sources._words import is_footnote, is_of_which, meaning, without_of_which
from keruen.sources.intake.changes import ChangeList, Intake
from keruen.sources.intake.header import Cells, Field, cell_text
from keruen.sources.intake.written import Ints
from keruen.sources.schemas import Column

_WHOLE: Final = "Total"


@dataclass
class KeyTexts:
    """Labels of a key, one a row of the body.

    Parameters
    ----------
    texts : array of str
        Labels.
    rows : array of int
        Row of the sheet that each stands in, from 0.
    place : int
        Column of the sheet; -1 when it is in none.
    """

    texts: NDArray[np.object_]
    rows: Ints
    place: int


@dataclass
class Body:
    """Rows that hold figures, and their labels.

    Parameters
    ----------
    rows : array of int
        Rows of the sheet, from 0.
    keys : dict of str to KeyTexts
        Labels by key.
    """

    rows: Ints
    keys: dict[str, KeyTexts]


@dataclass(frozen=True)
class _Sheet:
    """The rows below the headings, and what is asked of them."""

    cells: Cells
    first: int
    labels: dict[str, NDArray[np.object_]]
    kinds: dict[str, str]
    free: list[Column]
    last: int

    def own(self, at: int) -> dict[str, str]:
        """Labels of a row by the kind of their column."""
        found = {self.kinds[name]: texts[at] for name, texts in self.labels.items()}
        return {kind: text for kind, text in found.items() if text}


def read_body(
    cells: Cells, first: int, fields: tuple[dict[str, Field], list[Field]], intake: Intake
) -> Body:
    """The rows of figures with their labels.

    Parameters
    ----------
    cells : array [row, column]
        Cells below the headings.
    first : int
        Row of the sheet that they begin with, from 0.
    fields : tuple of dict and list of Field
        Columns of labels by key, and columns of figures.
    intake : Intake
        What the rows should hold; takes the rows left out.

    Returns
    -------
    Body
    """
    keys, figures = fields
    labels = {
        name: np.array([cell_text(cell) for cell in cells[:, one.place]], dtype=object)
        for name, one in keys.items()
    }
    held = {*keys, *(key for one in figures for key in one.labels)}
    filled = _anything(cells[:, [one.place for one in figures]])
    body = _Sheet(
        cells,
        first,
        labels,
        {name: intake.table.column(name).kind for name in labels},
        [one for one in intake.table.keys if one.name not in held and one.kind != "text"],
        int(np.flatnonzero(filled)[-1]) if filled.any() else -1,
    )
    keep, sections = _kept(body, filled, intake.changes)
    rows = np.arange(first, first + len(cells), dtype=np.int64)[keep]
    found = Body(rows, {})
    for name, texts in labels.items():
        found.keys[name] = KeyTexts(texts[keep], rows, keys[name].place)
    for name, one in sections.items():
        found.keys[name] = KeyTexts(one.texts[keep], one.rows[keep], one.place)
    free = [one for one in body.free if one.name not in sections]
    for name in labels:
        _nested(found, intake.table.column(name), free, intake.changes)
    return found


def _kept(
    body: _Sheet, filled: NDArray[np.bool_], changes: ChangeList
) -> tuple[NDArray[np.bool_], dict[str, KeyTexts]]:
    """Rows that hold figures or should, and labels that stand in rows of their own."""
    keep = filled.copy()
    for texts in body.labels.values():
        keep |= texts != ""
    sections: dict[str, KeyTexts] = {}
    size = filled.size
    for at in np.flatnonzero(~filled & _anything(body.cells)).tolist():
        said = [text for text in map(cell_text, body.cells[at]) if text]
        reason, key = _of_row(body, said, at)
        if not reason:
            continue
        keep[at] = False
        changes.add(reason, row=body.first + at + 1, before=" ".join(said), name=key)
        if key:
            rows = np.arange(body.first, body.first + size, dtype=np.int64)
            whole = KeyTexts(np.full(size, _WHOLE, dtype=object), rows, 0)
            one = sections.setdefault(key, whole)
            one.texts[at:] = without_of_which(said[0])
            one.rows[at:] = body.first + at
    return keep, sections


def _of_row(body: _Sheet, said: list[str], at: int) -> tuple[str, str]:
    """Why a row without figures is left out, and the key that it is a section of."""
    own = body.own(at)
    known = bool(own) and all(meaning(kind, one).state != "unknown" for kind, one in own.items())
    if len(set(said)) > 1:
        return ("note", "") if at > body.last and not known else ("", "")
    text = said[0]
    if is_of_which(text):
        return "of_which", ""
    part = without_of_which(text)
    for key in body.free:
        state = meaning(key.kind, part).state
        if state == "code" or (state == "total" and not known):
            return "section", key.name
    partial = known and len(body.labels) > 1
    if (not known and (at > body.last or is_footnote(text))) or (partial and at > body.last):
        return "note", ""
    return "", ""


def _anything(cells: Cells) -> NDArray[np.bool_]:
    """Rows with anything in them but spaces."""
    import pandas as pd

    if not cells.size:
        return np.zeros(len(cells), dtype=bool)
    spaces = [not str(cell).strip() for cell in cells.flat]
    blank = pd.isna(cells) | np.array(spaces).reshape(cells.shape)
    return np.asarray(~blank.all(axis=1))


def _nested(body: Body, column: Column, free: list[Column], changes: ChangeList) -> None:
    """Rows of parts below the row of a whole, all in one column: urban and rural of a region."""
    one = body.keys[column.name]
    odd = {text for text in one.texts if text and meaning(column.kind, text).state == "unknown"}
    for key in free:
        short = {text: without_of_which(text) for text in odd}
        parts = {text for text in odd if meaning(key.kind, short[text]).state == "code"}
        inside = np.array([text in parts for text in one.texts], dtype=bool)
        if len(parts) < 2 or inside[0] or key.name in body.keys:
            continue
        above = np.maximum.accumulate(np.where(inside, -1, np.arange(inside.size)))
        texts = [short[text] if text in parts else _WHOLE for text in one.texts]
        body.keys[key.name] = KeyTexts(np.array(texts, dtype=object), one.rows, one.place)
        one.texts = one.texts[above]
        changes.add(
            "nested",
            row=int(body.rows[int(np.argmax(inside))]) + 1,
            place=one.place,
            name=key.name,
            before=", ".join(sorted(parts)),
            count=int(inside.sum()),
        )
        return
