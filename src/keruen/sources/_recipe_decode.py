# SPDX-License-Identifier: Apache-2.0
"""The parts of a publisher's sheet turned into codes and numbers, every decision written down."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keruen.core._lists import plain
from keruen.core.dims import canonical_order
from keruen.core.errors import SchemaError
from keruen.sources._recipe_files import NONE, SKIP, TOTAL, Labels, Recipe
from keruen.sources._recipe_layout import Block, text_of
from keruen.sources._words import meaning, near
from keruen.sources.faults import letter

CHANGES: Final = ("what", "sheet", "place", "label", "cells", "reason")
_BLANKS: Final = re.compile(r"[\s\u00a0\u2009\u202f']+")
_FLAGGED: Final = re.compile(r"(.*?)\s+([a-z]{1,4})$")
_SHOWN: Final = 5
_LARGEST: Final = 1e15
"""Above it whole numbers are no longer exact."""


@dataclass
class Decoded:
    """Cells of a sheet in long form, with what was left out and what is wrong.

    ``cells`` has a column a key, ``variable``, ``value`` and perhaps ``flag``; a key holds
    ``(total)`` where the publisher printed a total.
    """

    cells: pd.DataFrame
    changes: list[tuple[Any, ...]] = field(default_factory=list)
    faults: list[SchemaError] = field(default_factory=list)
    ages: dict[int, int | None] = field(default_factory=dict)


def decode(block: Block, recipe: Recipe) -> Decoded:
    """A sheet in long form."""
    made = Decoded(pd.DataFrame())
    _told(block, made)
    specs = {one.column: one for one in (*recipe.columns, *recipe.across)}
    down = {
        name: _codes(texts, specs.get(name, Labels(name)), block, made, across=False)
        for name, texts in block.down.items()
        if name != "flag"
    }
    across = {
        name: _codes(np.array(texts, dtype=object), specs[name], block, made, across=True)
        for name, texts in block.across.items()
    }
    sheet = {one.column: one.sheet for one in recipe.above if one.sheet}
    above = {
        name: _codes(np.array([text], dtype=object), Labels(name, sheet.get(name, "text")), block,
                     made, across=True)[0]
        for name, text in block.above.items()
    }  # fmt: skip
    values, flags = _numbers(block, recipe, made)
    n, m = values.shape
    table: dict[str, Any] = {name: np.repeat(codes, m) for name, codes in down.items()}
    table |= {name: np.tile(codes, n) for name, codes in across.items()}
    table |= {name: label for name, label in {**recipe.constants, **above}.items() if label != NONE}
    table.setdefault("variable", next(iter(recipe.variables)))
    table["value"] = values.ravel()
    if "flag" in block.down:
        table["flag"] = np.repeat(block.down["flag"], m)
    elif flags is not None:
        table["flag"] = flags.ravel()
    table["place"] = np.repeat(block.rows, m) * 100_000 + np.tile(block.columns, n)
    cells = pd.DataFrame(table, index=range(n * m))
    keys = [name for name in cells.columns if name not in ("value", "flag", "place")]
    kept = cells["value"].notna() & ~(cells[keys] == SKIP).any(axis=1)
    own = [name for name in cells.columns if name.startswith("_")]
    made.cells = _multiplied(cells[kept].drop(columns=own), recipe)
    return made


def _multiplied(cells: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Figures in the unit of their variable; rounded where multiplying made dust."""
    factor = cells["variable"].map(recipe.variables).astype(float)
    return cells.assign(value=np.round(cells["value"].astype(float) * factor, 9))


def _told(block: Block, made: Decoded) -> None:
    """What the layout left out, and headings it does not know."""
    sheet = block.sheet.name
    for row, column, text, what in block.left_out:
        reason = "not read by the recipe" if what == "column" else "words, no figures"
        where = f"column {letter(column)}" if column >= 0 else f"row {row + 1}"
        made.changes.append((f"{what} left out", sheet, where, text, 0, reason))
    for row, column, text, _ in block.unknown:
        made.faults.append(_fault(
            f"the heading '{text}' is not in the recipe", block, f"{letter(column)}{row + 1}",
            "add it to a copy of the recipe: as a label, or under 'ignored'", "UnknownHeading",
        ))  # fmt: skip


def _fault(what: str, block: Block, place: str, remedy: str, id: str) -> SchemaError:
    sheet = f", sheet '{block.sheet.name}'" if block.sheet.name else ""
    return SchemaError(what, where=f"{block.sheet.file}{sheet}, {place}", remedy=remedy, id=id)


def _codes(
    texts: NDArray[Any], one: Labels, block: Block, made: Decoded, *, across: bool
) -> NDArray[Any]:
    """Codes of labels, each different text decided once."""
    which, different = pd.factorize(texts)
    codes = np.empty(len(different), dtype=object)
    for number, text in enumerate(different):
        codes[number], why = _code(str(text), one, made)
        here = np.flatnonzero(which == number) if why else ()
        if why and codes[number] == SKIP:
            where = _where(here, block, one, across=across)
            made.changes.append((f"{one.column} left out", block.sheet.name, where, text,
                                 len(here), why))  # fmt: skip
        elif why:
            remedy = f"did you mean {', '.join(near(one.kind, str(text)))}? " if near(
                one.kind, str(text)) else ""  # fmt: skip
            made.faults.append(_fault(
                f"'{text}' is no {one.column} that the recipe or the code lists know", block,
                _where(here, block, one, across=across),
                f"{remedy}add it to 'names' or 'skip' of a copy of the recipe", "UnknownLabel",
            ))  # fmt: skip
    found: NDArray[Any] = codes[which]
    return found


def _where(here: Iterable[int], block: Block, one: Labels, *, across: bool) -> str:
    places = list(here)
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    if across:
        shown = ", ".join(letter(block.columns[j]) for j in places[:_SHOWN])
        return f"column {shown}{more}"
    rows = ", ".join(str(int(block.rows[i]) + 1) for i in places[:_SHOWN])
    column = letter(block.places[one.column]) if one.column in block.places else ""
    return f"column {column}, row {rows}{more}" if column else f"row {rows}{more}"


def _code(text: str, one: Labels, made: Decoded) -> tuple[Any, str]:
    """The code of a text, and why it is left out or not known."""
    compared = plain(text)
    if text in (TOTAL, SKIP, NONE):
        return text, ""
    code = one.known(compared)
    if code is not None:
        return code, "left out by the recipe" if code == SKIP else ""
    for skip in one.skip:
        if skip.matches(text, compared):
            return SKIP, skip.reason
    if one.kind == "text":
        return (text, "") if not (one.names or one.like) else ("", "unknown")
    label = meaning(one.kind, re.sub(one.without, "", text) if one.without else text)
    if label.state == "total":
        return TOTAL, ""
    if label.state == "group":
        return SKIP, "a group of countries"
    if label.state == "unknown":
        return "", "unknown"
    if one.kind == "age":
        lower = int(label.code)
        width = None if label.upper is None else label.upper - lower + 1
        if one.widths and width is not None and width not in one.widths:
            return SKIP, f"an age group of {width} years, beside those that are read"
        made.ages[lower] = width
    return label.code, ""


def _numbers(
    block: Block, recipe: Recipe, made: Decoded
) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
    """Figures as numbers; text that is no number is a fault, flags stand apart."""
    cells = block.figures
    flat = cells.ravel()
    values = np.full(flat.shape, np.nan)
    numeric = np.array([_is_figure(cell) for cell in flat], dtype=bool)
    values[numeric] = flat[numeric].astype(float)
    texts = np.flatnonzero(~numeric & (flat != None))  # noqa: E711  element by element
    flags = np.full(flat.shape, "", dtype=object) if recipe.flags else None
    which, different = pd.factorize(np.array([text_of(flat[i]) for i in texts], dtype=object))
    for number, text in enumerate(different):
        value, flag = _number(str(text), recipe)
        here = texts[which == number]
        values[here] = np.nan if value is None else value
        if flags is not None:
            flags[here] = flag
        if value is None:
            width = len(block.columns)
            spots = [f"{letter(block.columns[i % width])}{int(block.rows[i // width]) + 1}"
                     for i in here[:_SHOWN]]  # fmt: skip
            more = f" and {len(here) - _SHOWN} more" if len(here) > _SHOWN else ""
            made.faults.append(_fault(
                f"'{text}' is not a number", block, f"cell {', '.join(spots)}{more}",
                "mend the cell, or add the mark to 'missing' of a copy of the recipe", "NotANumber",
            ))  # fmt: skip
        elif _bare(str(text), recipe)[0] in (*recipe.missing, *recipe.zero):
            shown = "no figure" if np.isnan(value) else "0"
            made.changes.append(("mark", block.sheet.name, "", str(text), len(here), shown))
    shaped = values.reshape(cells.shape)
    return shaped, None if flags is None else flags.reshape(cells.shape)


def _is_figure(cell: object) -> bool:
    """Whether a cell is a number that a table may hold."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < _LARGEST


def _bare(text: str, recipe: Recipe) -> tuple[str, str]:
    """A figure without the flag behind it, and the flag."""
    text = text.strip()
    if recipe.flags and (hit := _FLAGGED.fullmatch(text)):
        return hit[1].strip(), hit[2]
    return text, ""


def _number(text: str, recipe: Recipe) -> tuple[float | None, str]:
    """A figure that is text: its value, nan for none, None for what is no figure; its flag."""
    text, flag = _bare(text, recipe)
    if text in recipe.zero:
        return 0.0, flag
    if text in recipe.missing or not text:
        return np.nan, flag
    digits = _BLANKS.sub("", text).replace("\u2212", "-")
    if recipe.decimal == ",":
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = (
            digits.replace(",", "")
            if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", digits)
            else digits
        )
    try:
        value = float(digits)
    except ValueError:
        return None, flag
    return (value, flag) if abs(value) < _LARGEST else (None, flag)


def dims_of(cells: pd.DataFrame) -> list[str]:
    """Keys of cells in canonical order."""
    keys = [c for c in cells.columns if c not in ("variable", "value", "flag", "place", "sheet")]
    return [str(dim) for dim in canonical_order(keys)]
