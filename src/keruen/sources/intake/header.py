# SPDX-License-Identifier: Apache-2.0
"""Where the headings of a sheet stand, and what each column of it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.sources._words import Label, is_of_which, is_whole, meaning
from keruen.sources.intake.headings import Heading, across, bare, heading
from keruen.sources.schemas import TableSchema

Cells = NDArray[np.object_]
Merged = Sequence[tuple[int, int, int, int]]
Labels = dict[int, tuple[str, Label]]

LOOKED: Final = 30
"""Rows in which headings are looked for."""

_DEEP: Final = 4
_STRONG: Final = 3
_NUMBER: Final = re.compile(r"[-+]?\d[\d\s.,]*")


@dataclass
class Field:
    """A column of the sheet.

    Parameters
    ----------
    place : int
        Column of the sheet, from 0.
    text : str
        Its headings, from the top.
    column : str
        Column of the schema; empty when it is not named.
    labels : dict of str to str
        Labels of keys that stand in its headings, by key.
    rows : dict of str to int
        Rows of the sheet that those labels stand in, from 0.
    unit, said : str
        Unit that its headings name, and the words for it.
    """

    place: int
    text: str
    column: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    unit: str = ""
    said: str = ""


@dataclass(frozen=True)
class Header:
    """The headings of a sheet.

    Parameters
    ----------
    top, bottom : int
        First row of the headings, and the row after the last, from 0.
    fields : list of Field
        Columns that have a heading.
    titles : list of str
        Texts above.
    numbering : str
        Last row of the headings, when it only numbers the columns.
    """

    top: int
    bottom: int
    fields: list[Field]
    titles: list[str]
    numbering: str = ""


def cell_text(cell: object) -> str:
    """A cell as the text of a label; whole numbers without decimals.

    Parameters
    ----------
    cell : object
        Content of the cell.

    Returns
    -------
    str

    Examples
    --------
    >>> cell_text(2024.0), cell_text(" Астана\\u00a0 "), cell_text(None)
    ('2024', 'Астана', '')
    """
    if cell is None or cell != cell:  # noqa: PLR0124 (not a number)
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return " ".join(str(cell).split())


def find_header(cells: Cells, merged: Merged, table: TableSchema) -> Header | None:
    """The row of headings that says most, with those above and below that belong to it.

    Parameters
    ----------
    cells : array [row, column]
        Cells of the sheet.
    merged : sequence of tuple
        Merged ranges: top, left, bottom, right.
    table : TableSchema
        What is looked for.

    Returns
    -------
    Header or None
        None when no row holds headings of the table.
    """
    texts = _texts(cells, merged)
    heads = [[heading(text, table.name) if text else Heading("") for text in row] for row in texts]
    labels = [across(row, table) for row in texts]
    merits = [
        _merit(*row) for row in zip(texts[:LOOKED], heads[:LOOKED], labels[:LOOKED], strict=True)
    ]
    if not merits or max(merits) < 2:
        return None
    best = merits.index(max(merits))
    top = _upwards(texts, heads, labels, best)
    bottom = _downwards(texts, heads, labels, best, merged)
    _fill(texts[top:bottom])
    heads[top:bottom] = [[heading(text, table.name) for text in row] for row in texts[top:bottom]]
    labels[top:bottom] = [across(row, table) for row in texts[top:bottom]]
    fields = [
        _field(place, texts, heads, labels, range(top, bottom)) for place in range(cells.shape[1])
    ]
    named = [one for one in fields if one.text]
    _captions(named, table)
    _lone_labels(named, table)
    numbered = bottom < len(texts) and _is_numbering(texts[bottom])
    numbering = " ".join(texts[bottom]) if numbered else ""
    titles = [text for row in texts[:top] for text in dict.fromkeys(row) if text]
    return Header(top, bottom + numbered, named, titles, numbering)


def _texts(cells: Cells, merged: Merged) -> list[list[str]]:
    """Texts of the first rows, merged ranges filled."""
    texts = [[cell_text(cell) for cell in row] for row in cells[: LOOKED + 2 * _DEEP]]
    for first, left, last, right in merged:
        if first < len(texts) and texts[first][left]:
            for row in texts[first : last + 1]:
                row[left : right + 1] = [texts[first][left]] * (right + 1 - left)
    return texts


def _merit(texts: list[str], heads: list[Heading], labels: Labels) -> int:
    """How much a row says; a single text is a title."""
    if len({text for text in texts if text}) < 2:
        return 0
    return _STRONG * len({one.column for one in heads} - {""}) + len(labels)


def _says(heads: list[Heading], labels: Labels) -> bool:
    return bool(labels) or any(one.column for one in heads)


def _only_wholes(row: list[str]) -> bool:
    """Whether a row says only total and of which."""
    found = [text for text in row if text]
    return bool(found) and all(is_of_which(one) or is_whole(one) for one in found)


def _upwards(
    texts: list[list[str]],
    heads: list[list[Heading]],
    labels: list[Labels],
    best: int,
) -> int:
    """First row of the headings: rows above the best one that say something, and no title."""
    top = best
    while top > 0 and best - top < _DEEP:
        row = texts[top - 1]
        if not (_says(heads[top - 1], labels[top - 1]) or _only_wholes(row)):
            break
        whole = len({text for text in row if text}) == 1 and bool(row[0])
        if whole and not labels[top - 1]:
            break
        top -= 1
    return top


def _downwards(
    texts: list[list[str]],
    heads: list[list[Heading]],
    labels: list[Labels],
    best: int,
    merged: Merged,
) -> int:
    """The row after the last of the headings: labels, units or merged cells go on below."""
    reach = max((last for first, _, last, _ in merged if first <= best <= last), default=best)
    bottom = best + 1
    while bottom < len(texts) and bottom - best < _DEEP:
        row, above = texts[bottom], texts[bottom - 1]
        own = [text for text, over in zip(row, above, strict=True) if text and text != over]
        says = _says(heads[bottom], labels[bottom]) or (_only_wholes(row) and not row[0])
        is_head = says and not any(
            _NUMBER.fullmatch(text) and place not in labels[bottom]
            for place, text in enumerate(row)
        )
        free = not row[0] or row[0] == above[0]
        units = bool(own) and all(heading.unit for heading in heads[bottom] if heading.text)
        if not (bottom <= reach or (free and (is_head or units) and own)):
            break
        bottom += 1
    return bottom


def _fill(rows: list[list[str]]) -> None:
    """Headings over several columns or rows without merged cells hold up to the next one."""
    for row in rows[:-1]:
        for place in range(1, len(row)):
            below = rows[-1][place]
            if not row[place] and below and below != rows[-1][place - 1]:
                row[place] = row[place - 1]
    for above, row in pairwise(rows):
        for place, text in enumerate(above):
            if not row[place] and not is_of_which(text):
                row[place] = text


def _field(
    place: int,
    texts: list[list[str]],
    heads: list[list[Heading]],
    labels: list[Labels],
    rows: range,
) -> Field:
    levels = {texts[row][place]: row for row in reversed(rows) if texts[row][place]}
    levels = dict(reversed(levels.items()))
    one = Field(place, " ".join(levels))
    for text, row in levels.items():
        head = heads[row][place]
        if head.unit and not one.unit:
            one.unit, one.said = head.unit, head.said
        same = [r for r in rows if texts[r][place] == text and place in labels[r]]
        if same:
            key, _ = labels[same[0]][place]
            one.labels[key] = bare(text)
            one.rows[key] = row
        elif head.column and not is_of_which(text):
            one.column = head.column
    return one


def _captions(fields: list[Field], table: TableSchema) -> None:
    """The name of a key above labels across says what they are, not what the figures are."""
    kinds = {one.name: one.kind for one in table.keys}
    for one in fields:
        alike = [key for key in one.labels if kinds[key] == kinds.get(one.column)]
        if alike:
            one.labels[one.column] = one.labels.pop(alike[0])
            one.rows[one.column] = one.rows.pop(alike[0])
            one.column = ""


def _lone_labels(fields: list[Field], table: TableSchema) -> None:
    """A single column headed by a year or a sex, when no column holds years or sexes."""
    held = {one.column for one in fields} | {key for one in fields for key in one.labels}
    for key in table.keys:
        if key.name in held or key.kind not in ("year", "sex", "residence"):
            continue
        for one in fields:
            if not one.column and meaning(key.kind, bare(one.text)).state == "code":
                one.labels[key.name] = bare(one.text)


def _is_numbering(row: list[str]) -> bool:
    """Whether a row only numbers the columns: А, 1, 2, 3 or 1, 2, 3."""
    found = [text for text in row if text]
    if found and found[0] in ("А", "A", "Б", "B"):
        found = found[1:] if found[1:2] not in (["Б"], ["B"]) else found[2:]
        return len(found) > 2 and found == [str(n + 1) for n in range(len(found))]
    return len(found) > 2 and found == [str(n + 1) for n in range(len(found))]
