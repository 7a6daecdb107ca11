# SPDX-License-Identifier: Apache-2.0
"""Which recipe a file was published in the layout of: by its content, never by a guess."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Final

from keruen.core._lists import plain
from keruen.core.errors import SchemaError
from keruen.sources._gate import kind_of
from keruen.sources._grid import Sheet, read_sheets
from keruen.sources._recipe_files import Recipe
from keruen.sources._recipe_layout import Heads, find_heads, text_of, words_above

_NEAR: Final = 3
_SAMPLE: Final = 200
"""Rows in which a recipe looks for what a column must hold."""


@dataclass(frozen=True)
class Match:
    """A sheet held against a recipe: where its headings stand, and what it lacks."""

    sheet: Sheet
    heads: Heads
    lacks: tuple[str, ...]


class Sheets:
    """The sheets of a file, each read when it is asked for and once only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, list[Sheet]] = {}

    @cached_property
    def names(self) -> list[str]:
        """Names of the sheets, without reading them where the format allows."""
        if kind_of(self.path) == "workbook" and self.path.suffix.lower() in (".xlsx", ".xlsm"):
            from keruen.sources._ooxml import Package

            return list(Package(str(self.path)).sheets())
        self._read = {sheet.name: [sheet] for sheet in read_sheets(self.path)}
        return list(self._read)

    def named(self, name: str) -> list[Sheet]:
        """The sheet of a name; none when it is empty."""
        if name not in self._read:
            try:
                self._read[name] = read_sheets(self.path, sheet=name)
            except SchemaError:  # a sheet of another kind, such as a chart
                self._read[name] = []
        return [sheet for sheet in self._read[name] if not sheet.cells.empty]


def recognised(path: Path, candidates: Sequence[Recipe]) -> tuple[Recipe, list[Match]]:
    """The one recipe that a file fits, with the sheets it reads.

    Parameters
    ----------
    path : Path
        File.
    candidates : sequence of Recipe
        Recipes to choose from.

    Returns
    -------
    tuple of Recipe and list of Match

    Raises
    ------
    SchemaError
        None fits (``NoRecipe``) or several do (``SeveralRecipes``).
    """
    sheets = Sheets(path)
    tried: dict[str, list[Match]] = {}
    # Recipes that name their sheets come first: a large workbook is then not read whole.
    for named in (True, False):
        round_ = [one for one in candidates if bool(one.sheets) == named]
        tried |= {one.id: _held(sheets, one) for one in round_}
        fits = [one for one in round_ if any(not match.lacks for match in tried[one.id])]
        if len(fits) == 1:
            return fits[0], [match for match in tried[fits[0].id] if not match.lacks]
        if fits:
            raise SchemaError(
                f"the file fits {len(fits)} recipes: {', '.join(one.id for one in fits)}",
                where=path.name,
                remedy="name the one it is",
                id="SeveralRecipes",
            )
    raise _none(path, candidates, tried)


def _none(path: Path, candidates: Sequence[Recipe], tried: dict[str, list[Match]]) -> SchemaError:
    lacks = {id: min((m.lacks for m in held), key=len) for id, held in tried.items() if held}
    near = sorted(lacks, key=lambda one: len(lacks[one]))[:_NEAR]
    told = "; ".join(f"{id} lacks {' and '.join(lacks[id])}" for id in near)
    return SchemaError(
        "no recipe fits the file" if len(candidates) > 1 else f"the file is not {candidates[0].id}",
        where=path.name,
        remedy=f"nearest: {told}" if told else "no sheet of the file is named as in a recipe",
        id="NoRecipe",
    )


def _held(sheets: Sheets, recipe: Recipe) -> list[Match]:
    """Every sheet that may be the recipe's, and what it lacks."""
    wanted = [
        name
        for name in sheets.names
        if not recipe.sheets or any(p.fullmatch(name.strip()) for p in recipe.sheets)
    ]
    found = []
    for sheet in (one for name in wanted for one in sheets.named(name)):
        heads = find_heads(sheet, recipe)
        lacks = [*heads.lacks, *_unsaid(sheet, heads, recipe)]
        if recipe.file is not None and not recipe.file.search(sheets.path.name):
            lacks.append(f"'{recipe.file.pattern}' in the name of the file")
        found.append(Match(sheet, heads, tuple(lacks)))
    return found


def _unsaid(sheet: Sheet, heads: Heads, recipe: Recipe) -> list[str]:
    """Words that should stand above the table, or within a column, and do not."""
    words = words_above(sheet, heads)
    lacks = [f"the words '{p.pattern}'" for p in recipe.says if not p.search(words)]
    for column, pattern in recipe.holds.items():
        place = heads.columns.get(column)
        cells = sheet.cells.iloc[heads.row + 1 : _SAMPLE, place or 0]
        held = any(pattern.fullmatch(plain(text_of(cell))) for cell in cells)
        if place is None or not held:
            lacks.append(f"'{pattern.pattern}' in a column")
    return lacks


def nearest_first(text: str, names: Iterable[str]) -> list[str]:
    """Names near to a text, or all of them."""
    known = list(names)
    return get_close_matches(text, known, n=_NEAR, cutoff=0.3) or known
