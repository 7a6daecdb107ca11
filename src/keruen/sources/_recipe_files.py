# SPDX-License-Identifier: Apache-2.0
"""Recipes: what a publisher's table looks like, written as data and checked when read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from keruen.core._lists import plain
from keruen.core.dims import DIMENSIONS
from keruen.core.errors import ScenarioError, WorkbenchError, raise_faults
from keruen.core.origin import LICENCES
from keruen.core.variables import variables
from keruen.sources.marked_yaml import Place, plain_value, read_yaml, unknown_keys
from keruen.sources.schemas import KINDS as COLUMN_KINDS

FOLDER: Final = Path(__file__).parent / "recipes"
TOTAL, SKIP, NONE = "(total)", "(skip)", "(none)"
KINDS: Final = tuple(kind for kind in COLUMN_KINDS if kind not in ("integer", "number"))


@dataclass(frozen=True)
class Skip:
    """Labels whose rows or columns are left out, and why."""

    reason: str
    like: re.Pattern[str] | None = None
    from_: float | None = None

    def matches(self, text: str, compared: str) -> bool:
        """Whether a label is among them: by number, or by its plain form."""
        if self.from_ is not None:
            return text.isdigit() and float(text) >= self.from_
        return self.like is not None and self.like.fullmatch(compared) is not None


@dataclass(frozen=True)
class Labels:
    """Where the labels of a dimension stand, and how they are read.

    ``called`` are patterns of the heading in plain form; ``row`` counts from the row of
    headings for labels that stand across, and is None for those that run down.
    """

    column: str
    kind: str = "text"
    called: tuple[re.Pattern[str], ...] = ()
    at: int | None = None
    row: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    like: tuple[tuple[re.Pattern[str], str], ...] = ()
    skip: tuple[Skip, ...] = ()
    widths: tuple[int, ...] = ()
    required: bool = True
    fill: bool = False
    without: str = ""

    @cached_property
    def plain_names(self) -> dict[str, str]:
        """Names of the recipe in plain form, to codes."""
        return {plain(name): code for name, code in self.names.items()}

    def known(self, compared: str) -> str | None:
        """The code that the recipe gives a text in plain form, None where it gives none."""
        if compared in self.plain_names:
            return self.plain_names[compared]
        return next((code for like, code in self.like if like.fullmatch(compared)), None)


@dataclass(frozen=True)
class Above:
    """A label that the words above the table say, by a word or by a pattern.

    With ``sheet`` the name of the sheet is the label, read as that kind.
    """

    column: str
    names: Mapping[str, str] = field(default_factory=dict)
    like: re.Pattern[str] | None = None
    sheet: str = ""


@dataclass(frozen=True)
class Recipe:
    """How one table of a publisher is laid out.

    Parameters
    ----------
    id : str
        Identifier, ``publisher.topic``.
    title : dict of str to str
        What the table is, by language.
    publisher, publication, edition, citation, licence : str
        Source; the licence is a key of ``core.origin.LICENCES``.
    file : pattern or None
        Name of the file, where the content alone does not tell tables apart.
    sheets : tuple of pattern
        Names of the sheets to read; of a text file the name is empty.
    says : tuple of pattern
        Words that must stand above the table, in plain form.
    holds : dict of str to pattern
        What a column must hold among its first labels.
    columns, across : tuple of Labels
        Labels that run down, and labels that run across.
    above : tuple of Above
        Labels that stand in the words above the table.
    sections : dict
        Labels that a row without figures sets for the rows after it.
    ignored : tuple of pattern
        Headings of columns that are left out.
    variables : dict of str to float
        Variables, and what their figures are multiplied by.
    constants : dict
        Labels that the whole table has.
    split : str
        Sign at which headings and labels of the first column are split.
    zero, missing : tuple of str
        Marks for nobody, and for no figure.
    decimal : str
        Decimal sign of figures that are text.
    flags : bool
        Whether letters after a figure are flags.
    rounded_to : float
        What figures are rounded to, in units of the variable; for totals.
    moment : str
        Moment of a stock.
    """

    id: str
    title: Mapping[str, str]
    publisher: str
    publication: str
    citation: str
    licence: str
    variables: Mapping[str, float]
    edition: str = ""
    holds: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    file: re.Pattern[str] | None = None
    sheets: tuple[re.Pattern[str], ...] = ()
    says: tuple[re.Pattern[str], ...] = ()
    columns: tuple[Labels, ...] = ()
    across: tuple[Labels, ...] = ()
    above: tuple[Above, ...] = ()
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignored: tuple[re.Pattern[str], ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    split: str = ""
    zero: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("..", "…", "...", ":", "x", "х", "n.a.", "-", "–", "—")
    decimal: str = "."
    flags: bool = False
    rounded_to: float = 1.0
    moment: str = ""


Parts = Mapping[str, dict[str, Any]]
"""Labels that several recipes of a file share, by name."""

_FIELDS: Final = tuple(f.name for f in fields(Recipe))
_LABELS: Final = tuple(f.name for f in fields(Labels))
_LISTS: Final = ("called", "skip", "widths", "like")
_NEEDED: Final = ("title", "publisher", "publication", "citation", "licence", "variables",
                  "columns")  # fmt: skip


@cache
def packaged() -> dict[str, Recipe]:
    """The recipes of the package by identifier, in order of their names."""
    found = [recipe for path in sorted(FOLDER.glob("*.yaml")) for recipe in read_recipes(path)]
    return {recipe.id: recipe for recipe in sorted(found, key=lambda one: one.id)}


def read_recipes(path: Path) -> list[Recipe]:
    """Recipes of a file, or all its faults with their lines."""
    tree = read_yaml(path)
    top = Place(path.name, 1)
    if not isinstance(tree, dict) or not isinstance(tree.get("recipes"), dict):
        raise ScenarioError(
            "the file has no recipes", where=str(top), remedy="give a mapping 'recipes:'"
        )
    faults: list[WorkbenchError] = list(unknown_keys(tree, ("common", "parts", "recipes"), top))
    common = tree.get("common") or {}
    faults += unknown_keys(common, _FIELDS, top.below(tree, "common"))
    parts = {str(name): dict(one) for name, one in (tree.get("parts") or {}).items()}
    made = []
    for id in tree["recipes"]:
        place = top.below(tree, "recipes").below(tree["recipes"], id)
        own = tree["recipes"][id] or {}
        faults += unknown_keys(own, _FIELDS, place)
        try:
            made.append(_recipe(str(id), {**common, **own}, place, parts))
        except ScenarioError as fault:
            faults.append(fault)
        except (TypeError, AttributeError, KeyError) as fault:
            what = f"the recipe is not laid out as one: {str(fault).splitlines()[0]}"
            remedy = "lists are lists, labels are mappings: see a recipe of the package"
            faults.append(ScenarioError(what, where=str(place), remedy=remedy, id="RecipeError"))
    raise_faults(faults, where=path.name)
    return made


def _recipe(id: str, node: Mapping[str, Any], place: Place, parts: Parts) -> Recipe:
    lacks = [name for name in _NEEDED if name not in node]
    _require(not lacks, f"the recipe lacks {', '.join(lacks)}", place, "give all its fields")
    licence = str(node["licence"])
    _require(licence in LICENCES, f"unknown licence '{licence}'", place, _known(LICENCES))
    for name in node["variables"]:
        _require(name in variables(), f"unknown variable '{name}'", place, "see variables.csv")
    given: dict[str, Any] = {
        "columns": tuple(_labels(one, place, parts) for one in node["columns"]),
        "across": tuple(_labels(one, place, parts) for one in node.get("across", ())),
        "above": tuple(_above(one, place) for one in node.get("above", ())),
        "variables": {str(k): float(v) for k, v in node["variables"].items()},
    }
    for name in ("sheets", "says", "ignored"):
        given[name] = tuple(_pattern(text, place) for text in node.get(name, ()))
    given["holds"] = {str(k): _pattern(v, place) for k, v in node.get("holds", {}).items()}
    if "file" in node:
        given["file"] = _pattern(node["file"], place)
    for name in ("zero", "missing"):
        if name in node:
            given[name] = tuple(map(str, node[name]))
    rest: dict[str, Any] = {
        k: plain_value(v) for k, v in node.items() if k in _FIELDS and k not in given
    }
    return Recipe(id=id, **given, **rest)


def _labels(node: Any, place: Place, parts: Parts) -> Labels:  # noqa: ANN401
    """Labels of a recipe; with ``part``, those of the file's parts and what is said besides."""
    place = Place(place.file, node.lc.line + 1, place.path)
    if "part" in node:
        part = str(node["part"])
        _require(part in parts, f"the file has no part '{part}'", place, _known(parts))
        node = {**parts[part], **{k: v for k, v in node.items() if k != "part"}}
    faults = list(unknown_keys(node, _LABELS, place))
    raise_faults(faults)
    one: dict[str, Any] = {str(k): plain_value(v) for k, v in node.items() if k not in _LISTS}
    kind, column = one.get("kind", "text"), str(one["column"])
    _require(kind in KINDS, f"'{kind}' is not a kind of label", place, _known(KINDS))
    known = (*DIMENSIONS, "variable", "flag")
    _require(
        column in known or column.startswith("_"),
        f"'{column}' is not a dimension",
        place,
        _known(DIMENSIONS),
    )
    one["names"] = {str(k): str(v) for k, v in one.get("names", {}).items()}
    return Labels(
        **one,
        called=tuple(_pattern(text, place) for text in node.get("called", ())),
        like=tuple((_pattern(k, place), str(v)) for k, v in node.get("like", {}).items()),
        skip=tuple(_skip(item, place) for item in node.get("skip", ())),
        widths=tuple(int(width) for width in node.get("widths", ())),
    )


def _skip(node: Mapping[str, Any], place: Place) -> Skip:
    raise_faults(list(unknown_keys(dict(node), ("reason", "like", "from"), place)))
    _require("reason" in node, "a skip says why", place, "give 'reason:'")
    like = _pattern(node["like"], place) if "like" in node else None
    return Skip(str(node["reason"]), like, float(node["from"]) if "from" in node else None)


def _above(node: Mapping[str, Any], place: Place) -> Above:
    raise_faults(list(unknown_keys(dict(node), ("column", "names", "like", "sheet"), place)))
    names = {str(k): str(v) for k, v in node.get("names", {}).items()}
    like = _pattern(node["like"], place) if "like" in node else None
    kind = str(node.get("sheet", ""))
    _require(kind in ("", *KINDS), f"'{kind}' is not a kind of label", place, _known(KINDS))
    return Above(str(node["column"]), names, like, kind)


def folded(text: str) -> str:
    """A pattern without accents, as the plain form of a heading has none: й is и there."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _pattern(text: object, place: Place) -> re.Pattern[str]:
    try:
        return re.compile(folded(str(text)), re.IGNORECASE)
    except re.error as fault:
        raise ScenarioError(
            f"'{text}' is not a pattern: {fault}", where=str(place), remedy="see the examples"
        ) from fault


def _known(names: Iterator[str] | Any) -> str:  # noqa: ANN401
    return f"known: {', '.join(names)}"


def _require(condition: bool, what: str, place: Place, remedy: str) -> None:  # noqa: FBT001
    if not condition:
        raise ScenarioError(what, where=str(place), remedy=remedy, id="RecipeError")
