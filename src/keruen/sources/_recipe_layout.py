# SPDX-License-Identifier: Apache-2.0
"""A publisher's sheet taken apart by its recipe: headings, rows, figures, nothing yet decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core._lists import plain
from keruen.sources._grid import Sheet
from keruen.sources._recipe_files import Above, Labels, Recipe
from keruen.sources._words import meaning

if TYPE_CHECKING:
    import pandas as pd

_DEPTH: Final = 80
"""Rows from the top in which headings are looked for."""

LeftOut = tuple[int, int, str, str]
"""Row, column (-1 for a whole row), text and what it is: column or text."""


@dataclass
class Block:
    """A sheet in its parts; rows and columns are those of the file, from 0.

    ``down`` holds the texts of each key by row, ``across`` by column, ``above`` for the whole
    sheet; ``figures`` is rows by columns as they stand.
    """

    sheet: Sheet
    rows: NDArray[np.intp]
    columns: list[int]
    down: dict[str, NDArray[Any]]
    across: dict[str, list[str]]
    above: dict[str, str]
    figures: NDArray[Any]
    places: dict[str, int] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    unknown: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True)
class Heads:
    """Where the headings of a recipe stand in a sheet, and what is missing of them."""

    row: int
    columns: dict[str, int]
    lacks: tuple[str, ...]
    grid: NDArray[Any]


def text_of(cell: object) -> str:
    """A cell as text: whole numbers without a point, nothing for an empty one."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def find_heads(sheet: Sheet, recipe: Recipe) -> Heads:
    """The first row that holds all headings of the recipe, else the row that lacks least."""
    grid = _grid(sheet.cells.iloc[:_DEPTH], recipe)
    best = Heads(0, {}, tuple(_named(one) for one in recipe.columns if one.required), grid)
    for row in range(len(grid)):
        found, lacks = _columns(grid[row], recipe)
        lacks += [f"labels of {one.column}" for one in recipe.across if not _any(grid, row, one)]
        if not lacks:
            return Heads(row, found, (), grid)
        if len(lacks) < len(best.lacks):
            best = Heads(row, found, tuple(lacks), grid)
    return best


def _grid(cells: pd.DataFrame, recipe: Recipe) -> NDArray[Any]:
    """Cells as an array of its own, the first column split where the recipe says so."""
    grid: NDArray[Any] = _split(cells, recipe.split).to_numpy(dtype=object, copy=True)
    return grid


def _split(cells: pd.DataFrame, sign: str) -> pd.DataFrame:
    """Cells, the first column split into several where the recipe says so."""
    if not sign or cells.empty or sign not in text_of(cells.iat[0, 0]):
        return cells
    import pandas as pd

    width = text_of(cells.iat[0, 0]).count(sign) + 1
    parts = [(text_of(cell).split(sign) + [None] * width)[:width] for cell in cells[0]]
    first = pd.DataFrame(parts, dtype=object)
    return pd.concat([first, cells.iloc[:, 1:]], axis=1, ignore_index=True)


def _columns(row: NDArray[Any], recipe: Recipe) -> tuple[dict[str, int], list[str]]:
    texts = [plain(text_of(cell)) for cell in row]
    found: dict[str, int] = {}
    lacks = []
    for one in recipe.columns:
        hits = (j for j, text in enumerate(texts) for c in one.called if c.fullmatch(text))
        place = one.at if one.at is not None else next(hits, None)
        if place is not None:
            found[one.column] = place
        elif one.required:
            lacks.append(_named(one))
    return found, lacks


def _named(one: Labels) -> str:
    return f"a column '{one.called[0].pattern}'" if one.called else f"a column of {one.column}"


def _any(grid: NDArray[Any], row: int, one: Labels) -> bool:
    """Whether a row holds a label of a dimension that runs across."""
    place = row + (one.row or 0)
    return 0 <= place < len(grid) and any(understood(one, text_of(cell)) for cell in grid[place])


def understood(one: Labels, text: str) -> bool:
    """Whether a text is a label that the recipe or the code lists know."""
    if not text:
        return False
    compared = plain(text)
    if one.known(compared) is not None or any(s.matches(text, compared) for s in one.skip):
        return True
    if one.kind == "text":
        return not (one.names or one.like)
    return meaning(one.kind, text).state != "unknown"


def words_above(sheet: Sheet, heads: Heads) -> str:
    """Everything that stands above the headings, and the name of the sheet, in plain form."""
    texts = (text_of(cell) for cell in heads.grid[: heads.row].ravel() if cell is not None)
    return " ".join([plain(sheet.name), *(plain(text) for text in texts)])


def take_apart(sheet: Sheet, recipe: Recipe, heads: Heads) -> Block:
    """The parts of a sheet whose headings were found."""
    grid = _grid(sheet.cells, recipe)
    shift = grid.shape[1] - sheet.cells.shape[1]
    first = heads.row + 1 + max((one.row or 0 for one in recipe.across), default=0)
    if not shift:
        _unmerge(grid, sheet, first - 1, set(heads.columns.values()))
    columns, across, left_out, unknown = _value_columns(grid, recipe, heads)
    body = grid[first:]
    figures = body[:, columns]
    filled = (figures != None).any(axis=1)  # noqa: E711  element by element
    empty = np.flatnonzero(~filled)
    sections = list(_sections(body[empty], empty, recipe))
    left_out += [(first + at, -1, text, "text") for at, text, labels in sections if not labels]
    down = {
        one.column: _texts(body[:, heads.columns[one.column]], fill=one.fill)[filled]
        for one in recipe.columns
        if one.column in heads.columns
    }
    return Block(
        sheet=sheet,
        rows=np.flatnonzero(filled) + first,
        columns=[max(0, column - shift) for column in columns],
        down=down | _section_labels(sections, np.flatnonzero(filled), recipe),
        across=across,
        above=_above(sheet, words_above(sheet, heads), recipe),
        figures=figures[filled],
        places={name: max(0, place - shift) for name, place in heads.columns.items()},
        left_out=left_out,
        unknown=unknown,
    )


def _unmerge(grid: NDArray[Any], sheet: Sheet, last: int, labels: set[int]) -> None:
    """Give merged headings, and labels merged downwards, to every cell of their range."""
    for top, left, bottom, right in sheet.merged:
        if top <= last or (left == right and left in labels):
            grid[top : bottom + 1, left : right + 1] = grid[top, left]


def _texts(cells: NDArray[Any], *, fill: bool) -> NDArray[Any]:
    """Cells as text; with ``fill``, empty ones take the one before them."""
    texts = np.array([text_of(cell) for cell in cells], dtype=object)
    if fill:
        last = np.maximum.accumulate(np.where(texts != "", np.arange(len(texts)), 0))
        texts = texts[last]
    return texts


def _value_columns(
    grid: NDArray[Any], recipe: Recipe, heads: Heads
) -> tuple[list[int], dict[str, list[str]], list[LeftOut], list[LeftOut]]:
    """Columns of figures with their labels; columns left out; headings that nobody knows."""
    levels = [(o, _texts(grid[heads.row + (o.row or 0)], fill=o.fill)) for o in recipe.across]
    columns: list[int] = []
    across: dict[str, list[str]] = {one.column: [] for one in recipe.across}
    left_out, unknown = [], []
    for column in sorted(set(range(grid.shape[1])) - set(heads.columns.values())):
        head = text_of(grid[heads.row, column])
        texts = [str(labels[column]) for _, labels in levels]
        named = next((text for text in (head, *texts) if text), "")
        if all(understood(one, text) for (one, _), text in zip(levels, texts, strict=True)):
            columns.append(column)
            for (one, _), text in zip(levels, texts, strict=True):
                across[one.column].append(text)
        elif any(pattern.fullmatch(plain(t)) for pattern in recipe.ignored for t in (head, *texts)):
            left_out.append((heads.row, column, named, "column"))
        elif named:
            unknown.append((heads.row, column, named, "column"))
        elif any(cell is not None for cell in grid[heads.row :, column]):
            left_out.append((heads.row, column, "(no heading)", "column"))
    return columns, across, left_out, unknown


def _sections(
    rows: NDArray[Any], places: NDArray[np.intp], recipe: Recipe
) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Rows without figures: their text and the labels that they set, if any."""
    known = {plain(text): dict(labels) for text, labels in recipe.sections.items()}
    for at, row in zip(places.tolist(), rows, strict=True):
        said = [text for text in map(text_of, row) if text]
        if said:
            yield (
                at,
                max(said, key=len),
                next((known[plain(t)] for t in said if plain(t) in known), {}),
            )


def _section_labels(
    sections: list[tuple[int, str, dict[str, str]]], rows: NDArray[np.intp], recipe: Recipe
) -> dict[str, NDArray[Any]]:
    """Labels that sections set, for each row of figures; a later section adds to an earlier."""
    dims = sorted({dim for labels in recipe.sections.values() for dim in labels})
    starts = [(at, labels) for at, _, labels in sections if labels]
    states: list[dict[str, str]] = [dict.fromkeys(dims, "")]
    for _, labels in starts:
        states.append({**states[-1], **labels})
    which = np.searchsorted([at for at, _ in starts], rows, side="right")
    return {dim: np.array([states[i][dim] for i in which], dtype=object) for dim in dims}


def _above(sheet: Sheet, words: str, recipe: Recipe) -> dict[str, str]:
    found = {o.column: sheet.name if o.sheet else _said(o, words) for o in recipe.above}
    return {name: text for name, text in found.items() if text}


def _said(one: Above, words: str) -> str:
    """The label that the words above say; the longest of the names that fit."""
    if one.like is not None:
        hit = one.like.search(words)
        return hit[1] if hit else ""
    fitting = [name for name in one.names if re.search(rf"\b{re.escape(plain(name))}\b", words)]
    return one.names[max(fitting, key=len)] if fitting else ""
