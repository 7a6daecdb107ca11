# SPDX-License-Identifier: Apache-2.0
"""What a user's table may hold: columns, their codes, units and ranges, in three languages.

One YAML file a table stands in ``schemas/``; columns that several tables share are described
once in ``_columns.yaml``, and figures that are variables once in ``core/variables.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, get_args

from keruen.core._lists import CODE_LISTS, plain
from keruen.core.errors import SchemaError
from keruen.core.variables import variables

Role = Literal["key", "value", "note"]
"""Whether a column tells cells apart, holds their figures, or remarks."""

_LANGS: Final = ("en", "ru", "kk")
KINDS: Final = (
    "country",
    "place",
    "region",
    "residence",
    "sex",
    "age",
    "year",
    "date",
    "text",
    "integer",
    "number",
    *CODE_LISTS,
)
"""What a cell may hold; ``place`` is a country, a special area or a region."""


@dataclass(frozen=True)
class Column:
    """A column of a user's table.

    Parameters
    ----------
    name : str
        Name of the dimension or variable.
    role : {"key", "value", "note"}
        What the column is for.
    kind : str
        One of ``KINDS``.
    required : bool
        Whether a table must have it.
    units : str
        Unit of a figure; empty for keys.
    low, high : float or None
        Legal range; None when it has no bound.
    additive : bool
        Whether the figures of parts add up to the figure of the whole.
    labels, note : dict of str to str
        Heading and explanation by language; a note may be empty.
    aliases : tuple of str
        Other headings that users write.
    blank : str, optional
        Label that an empty cell of a key stands for; without one it is a fault.
    """

    name: str
    role: Role
    kind: str
    required: bool
    units: str
    low: float | None
    high: float | None
    additive: bool
    labels: Mapping[str, str]
    note: Mapping[str, str]
    aliases: tuple[str, ...]
    blank: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Everything the column may be called, in plain form."""
        called = (self.name, self.name.replace("_", " "), *self.labels.values(), *self.aliases)
        return tuple(dict.fromkeys(plain(text) for text in called))


@dataclass(frozen=True)
class TableSchema:
    """A table that a user may bring.

    Parameters
    ----------
    name : str
        Name, as given after ``--as``.
    title, note : dict of str to str
        What the table is, by language.
    columns : tuple of Column
        Columns in the order of a clean table.
    """

    name: str
    title: Mapping[str, str]
    note: Mapping[str, str]
    columns: tuple[Column, ...]

    @property
    def keys(self) -> tuple[Column, ...]:
        """Columns that tell cells apart."""
        return tuple(one for one in self.columns if one.role == "key")

    @property
    def values(self) -> tuple[Column, ...]:
        """Columns that hold figures."""
        return tuple(one for one in self.columns if one.role == "value")

    def column(self, name: str) -> Column:
        """The column of a name.

        Parameters
        ----------
        name : str
            Name of the column.

        Returns
        -------
        Column

        Raises
        ------
        SchemaError
            The table has no such column.
        """
        for one in self.columns:
            if one.name == name:
                return one
        raise SchemaError(
            f"the table '{self.name}' has no column '{name}'",
            remedy=f"its columns: {', '.join(one.name for one in self.columns)}",
        )


def schemas() -> dict[str, TableSchema]:
    """All tables that a user may bring, by name.

    Returns
    -------
    dict of str to TableSchema

    Examples
    --------
    >>> schemas()["migrant_stock"].title["ru"]
    'Численность мигрантов по стране рождения'
    """
    return dict(_schemas())


def schema(name: str) -> TableSchema:
    """The table of a name.

    Parameters
    ----------
    name : str
        Name of the table.

    Returns
    -------
    TableSchema

    Raises
    ------
    SchemaError
        No such table (``UnknownSchema``); the message lists all, near names first.

    Examples
    --------
    >>> [column.name for column in schema("vital_events").values]
    ['births', 'deaths']
    """
    known = _schemas()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        order = [*near, *(one for one in known if one not in near)]
        raise SchemaError(
            f"'{name}' is not a table that can be read",
            remedy=f"choose one of {', '.join(order)}",
            id="UnknownSchema",
        )
    return known[name]


@cache
def _schemas() -> dict[str, TableSchema]:
    folder = resources.files("keruen.sources").joinpath("schemas")
    names = sorted(
        file.name.removesuffix(".yaml")
        for file in folder.iterdir()
        if file.name.endswith(".yaml") and not file.name.startswith("_")
    )
    shared = _read("_columns")
    return {name: _schema(name, _read(name), shared) for name in names}


def _read(name: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    file = resources.files("keruen.sources").joinpath("schemas", f"{name}.yaml")
    return dict(YAML(typ="safe", pure=True).load(file.read_text("utf-8")))


def _schema(name: str, told: dict[str, Any], shared: dict[str, Any]) -> TableSchema:
    _known(told, {"title", "note", "columns"}, name)
    columns = [_column(one, shared, name) for one in told["columns"]]
    if len({one.name for one in columns}) != len(columns):
        raise _wrong(name, "a column stands twice")
    table = TableSchema(name, told["title"], told["note"], tuple(columns))
    if not table.values:
        raise _wrong(name, "no column holds figures")
    _distinct(table)
    return table


def _column(told: dict[str, Any], shared: dict[str, Any], table: str) -> Column:
    """A column as the file tells it; what it leaves out is shared or that of the variable."""
    name = told["name"]
    known: dict[str, Any] = {"low": None, "high": None, "units": "", "additive": False}
    if name in shared:
        known |= {"role": "key", **shared[name]}
    elif name in variables():
        one = variables()[name]
        known |= {
            "role": "value",
            "kind": "number",
            "units": one.units,
            "low": one.low,
            "high": one.high,
            "additive": one.kind in ("count", "money"),
            "labels": {lang: one.label(lang) for lang in ("en", "ru", "kk")},
        }
    known |= told
    where = f"{table}, column {name}"
    _known(known, set(Column.__dataclass_fields__), where)
    if known.get("role") not in get_args(Role) or known.get("kind") not in KINDS:
        raise _wrong(where, "role or kind is missing or unknown")
    if not all(known.get("labels", {}).get(lang) for lang in _LANGS):
        raise _wrong(where, "a label is missing")
    note = {lang: known.get("note", {}).get(lang, "") for lang in _LANGS}
    aliases = tuple(dict.fromkeys(map(str, known.get("aliases", ()))))
    given = known | {"note": note, "aliases": aliases, "required": bool(known.get("required"))}
    return Column(**given)


def _known(told: dict[str, Any], allowed: set[str], where: str) -> None:
    unknown = set(told) - allowed
    if unknown:
        raise _wrong(where, f"unknown entries: {', '.join(sorted(unknown))}")


def _distinct(table: TableSchema) -> None:
    """No heading may mean two columns: a name or label beats an alias."""
    firm: dict[str, str] = {}
    for column in table.columns:
        for text in {plain(column.name), *map(plain, column.labels.values())}:
            if firm.setdefault(text, column.name) != column.name:
                raise _wrong(table.name, f"'{text}' names {firm[text]} and {column.name}")


def _wrong(where: str, what: str) -> SchemaError:
    return SchemaError(what, where=f"schema {where}", remedy="mend the YAML file", id="BadSchema")
