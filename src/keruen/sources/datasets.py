# SPDX-License-Identifier: Apache-2.0
"""What is known of an embedded table: columns, labels, series, defects, source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from keruen.core.origin import Source

if TYPE_CHECKING:
    import pandas as pd

    from keruen.core.arrays import Kind

Label = str | int | float
"""A label of a key: a code, a year, an age, a probability."""

Selection = Label | Iterable[Label]
"""One label, which drops its dimension, or several, which keep it."""


@dataclass(frozen=True)
class Column:
    """A column of an embedded table.

    Parameters
    ----------
    name : str
        Name in the file.
    role : {"key", "value", "note"}
        Keys tell rows apart, values are quantities, notes are text beside them.
    description : str
        What it holds.
    units, kind : str
        Unit and kind of a value; empty for keys and notes.
    concept : str
        What a count counts: stock, moves, transitions, events.
    moment : str
        Day that a stock refers to.
    encoding : str
        How the file stores it when not as the number itself.
    """

    name: str
    role: Literal["key", "value", "note"]
    description: str = ""
    units: str = ""
    kind: Kind | Literal[""] = ""
    concept: str = ""
    moment: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Defect:
    """Something a reader of the figures should know.

    Parameters
    ----------
    id : str
        Identifier, unique within the table.
    texts : dict
        What is wrong or unusual, by language.
    where : dict
        Labels concerned, by key; ``column`` names value columns; empty means everywhere.
    doubt : bool
        Whether the cells concerned are doubtful or in error.
    """

    id: str
    texts: Mapping[str, str]
    where: Mapping[str, tuple[Label, ...]]
    doubt: bool = False

    @property
    def text(self) -> str:
        """What is wrong or unusual, in English."""
        return self.texts["en"]

    def touches(self, select: Mapping[str, Sequence[Label]]) -> bool:
        """Whether any cell of a selection is concerned."""
        return all(
            set(labels) & set(select[key]) for key, labels in self.where.items() if key in select
        )

    def names_all(self, select: Mapping[str, Sequence[Label]]) -> bool:
        """Whether a selection names, by every key of the defect, cells that are concerned."""
        return set(self.where) <= set(select) and self.touches(select)


@dataclass(frozen=True)
class Series:
    """A series of a long table.

    Parameters
    ----------
    name : str
        Name of the series, a variable.
    units, kind : str
        Unit and kind.
    description : str
        Label in English.
    rows : int
        Rows of the series.
    years : tuple of int
        First and last year.
    labels : dict
        Labels of each key that the series has.
    """

    name: str
    units: str
    kind: Kind
    description: str
    rows: int
    years: tuple[int, ...]
    labels: Mapping[str, tuple[Label, ...]] = field(repr=False)


@dataclass(frozen=True)
class DataSet:
    """An embedded table.

    Parameters
    ----------
    id : str
        Identifier, ``publisher.topic``.
    title : str
        What it holds.
    source : Source
        Publication, citation and licence.
    columns : tuple of Column
        Keys, values and notes.
    labels : dict
        Labels of each key.
    series : dict
        Series of a long table by name; empty for others.
    years : tuple of int
        First and last year; empty for tables without years.
    rows : int
        Rows.
    digest : str
        SHA-256 of the file.
    defects : tuple of Defect
        What a reader should know.
    file : Path
        Parquet file.
    facts : dict
        ``age`` (width, open group), ``projected_from``, ``interval_years``, ``derived``,
        ``note``, ``licence_note``.
    """

    id: str
    title: str
    source: Source
    columns: tuple[Column, ...]
    labels: Mapping[str, tuple[Label, ...]] = field(repr=False)
    series: Mapping[str, Series] = field(repr=False)
    years: tuple[int, ...]
    rows: int
    digest: str
    defects: tuple[Defect, ...]
    file: Path
    facts: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(column.name for column in self.columns if column.role == "key")

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of what can be loaded as an array: value columns, or series."""
        if self.series:
            return tuple(self.series)
        return tuple(column.name for column in self.columns if column.role == "value")

    @property
    def loads(self) -> tuple[str, ...]:
        """Identifiers that ``keruen.load`` takes."""
        if len(self.variables) == 1:
            return (self.id,)
        return tuple(f"{self.id}.{name}" for name in self.variables)


class Catalogue(tuple[DataSet, ...]):
    """The embedded tables in order of their ids."""

    __slots__ = ()

    def to_table(self) -> pd.DataFrame:
        """One row a table: id, title, publisher, years, rows, keys, variables, licence."""
        import pandas as pd

        return pd.DataFrame(
            {
                "id": one.id,
                "title": one.title,
                "publisher": one.source.publisher,
                "years": "-".join(str(year) for year in dict.fromkeys(one.years)),
                "rows": one.rows,
                "keys": ", ".join(one.keys),
                "variables": ", ".join(one.variables),
                "licence": one.source.licence.id,
            }
            for one in self
        )


@dataclass(frozen=True)
class DataMap:
    """An embedded map of boundaries.

    Parameters
    ----------
    id : str
        Identifier, ``geo.area.units``.
    title : str
        What it shows.
    source : Source
        Publication, citation and licence.
    features : int
        Number of areas.
    digest : str
        SHA-256 of the file.
    file : Path
        GeoJSON file; properties ``country``, ``region`` or ``locality`` hold the codes.
    """

    id: str
    title: str
    source: Source
    features: int
    digest: str
    file: Path
