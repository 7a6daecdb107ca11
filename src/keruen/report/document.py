# SPDX-License-Identifier: Apache-2.0
"""The document tree: figures, tables, pictures, sections; no language, no file format.

A report is built once as a tree and then written as HTML, Excel, JSON or CSV in any
language. Every number in it is a :class:`Figure` that can say its unit, its period,
its source and whether it was observed, estimated or projected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

from keruen.core.origin import Source
from keruen.report.locale import Locale, Message, Value

Status = Literal["observed", "estimate", "projection", "missing"]
_WEAKER: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True)
class Figure:
    """One number of a report.

    Parameters
    ----------
    id : str
        Dotted path that names the number within the report.
    value : float or None
        The number; None where no source holds it.
    unit : str
        Unit, as in ``core/variables.csv``.
    period : str
        Year, span of years or moment that the number refers to.
    sources : tuple of str
        Data sets it was taken or computed from.
    status : {"observed", "estimate", "projection", "missing"}
        How it is known.
    decimals : int
        Digits after the decimal mark when printed.
    signed : bool
        Whether a plus is printed before gains.
    lower, upper : float or None
        Bounds of the interval, where there is one.
    level : int
        Level of that interval in percent.
    doubt : Message or None
        What is doubtful about it.
    """

    id: str
    value: float | None
    unit: str
    period: str
    sources: tuple[str, ...]
    status: Status = "observed"
    decimals: int = 0
    signed: bool = False
    lower: float | None = None
    upper: float | None = None
    level: int = 0
    doubt: Message | None = None

    def __post_init__(self) -> None:
        missing = self.value is None or math.isnan(self.value)
        if missing:
            object.__setattr__(self, "value", None)
            object.__setattr__(self, "status", "missing")

    def render(self, locale: Locale) -> str:
        """The number as the language writes it; units stand in the heading."""
        return locale.number(self.value, decimals=self.decimals, signed=self.signed)


@dataclass(frozen=True)
class Column:
    """A column of a table: what its figures have in common.

    Parameters
    ----------
    key : str
        Short name; part of the figures' ids and the heading of CSV files.
    label : Value
        Heading.
    unit : str
        Unit of its figures; empty for words.
    additive : bool
        Whether a total of the column has a meaning.
    """

    key: str
    label: Value
    unit: str = ""
    additive: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table: its key, its heading and a cell a column."""

    key: str
    label: Value
    cells: tuple[Figure | Value | None, ...]


@dataclass(frozen=True)
class Table:
    """Figures in rows and columns.

    Parameters
    ----------
    id : str
        Name of the table; name of its CSV file and sheet.
    head : Value
        Heading of the column of row labels.
    columns : tuple of Column
        The columns.
    rows : tuple of Row
        The rows.
    total : Value or None
        Heading of a closing row with the totals of the additive columns.
    """

    id: str
    head: Value
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Value | None = None

    def figures(self) -> Iterator[Figure]:
        """Every figure of the table, row by row."""
        for row in self.rows:
            for cell in row.cells:
                if isinstance(cell, Figure):
                    yield cell

    def sums(self) -> tuple[float | None, ...]:
        """Total of each additive column; None for the others and where a cell is missing."""
        return tuple(
            self._sum(place) if column.additive else None
            for place, column in enumerate(self.columns)
        )

    def closing(self) -> tuple[Figure | None, ...]:
        """The closing row as figures: what each sum is of, and the weakest way one is known."""
        return tuple(
            self._closing(place, value) if column.additive else None
            for place, (column, value) in enumerate(zip(self.columns, self.sums(), strict=True))
        )

    def _closing(self, place: int, value: float | None) -> Figure | None:
        parts = [row.cells[place] for row in self.rows]
        figures = [one for one in parts if isinstance(one, Figure)]
        if not figures:
            return None
        periods = dict.fromkeys(one.period for one in figures)
        return Figure(
            id=f"{self.id}.{self.columns[place].key}.total",
            value=value,
            unit=self.columns[place].unit,
            period=", ".join(periods) if len(periods) < 3 else "",
            sources=tuple(dict.fromkeys(name for one in figures for name in one.sources)),
            status=max((one.status for one in figures), key=_WEAKER.index),
            decimals=max(one.decimals for one in figures),
            signed=any(one.signed for one in figures),
        )

    def _sum(self, place: int) -> float | None:
        cells = [row.cells[place] for row in self.rows]
        values = [cell.value for cell in cells if isinstance(cell, Figure)]
        if len(values) < len(cells) or None in values:
            return None
        return math.fsum(value for value in values if value is not None)


@dataclass(frozen=True)
class Exhibit:
    """A table with its picture, the finding it shows, and what to mind.

    Parameters
    ----------
    table : Table
        The numbers.
    title : Message
        The finding, as a sentence.
    draw : callable or None
        Makes the picture as SVG in a language; None where a table says enough.
    notes : tuple of Message
        Definitions and cautions.
    """

    table: Table
    title: Message
    draw: Callable[[Locale], str] | None = None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a report: findings in words, exhibits, and gaps shown as gaps."""

    id: str
    title: Message
    findings: tuple[Message, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    gaps: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Headline:
    """A number for the first page: its name, the figure, and a word beside it."""

    label: Message
    figure: Figure
    beside: Value | None = None


@dataclass(frozen=True)
class Part:
    """A lettered part of the outline, with its sections."""

    letter: str
    title: Message
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Report:
    """A whole report, before language and format.

    Parameters
    ----------
    id : str
        Name of the report, such as ``profile-KAZ``.
    title : Message
        Title.
    subtitle : Message
        What the title page says below it.
    headlines : tuple of Headline
        Numbers for the first page.
    parts : tuple of Part
        The body.
    own_sources : tuple of Source
        Files of the user's that figures were taken from; they are not in the catalogue.
    """

    id: str
    title: Message
    subtitle: Message
    headlines: tuple[Headline, ...]
    parts: tuple[Part, ...]
    own_sources: tuple[Source, ...] = ()

    def exhibits(self) -> Iterator[Exhibit]:
        """Every exhibit in order."""
        for part in self.parts:
            for section in part.sections:
                yield from section.exhibits

    def figures(self) -> Iterator[Figure]:
        """Every figure in order, headlines first."""
        for headline in self.headlines:
            yield headline.figure
        for exhibit in self.exhibits():
            yield from exhibit.table.figures()

    def sources(self) -> tuple[str, ...]:
        """Data sets used, each once, in order of first use."""
        return tuple(dict.fromkeys(name for figure in self.figures() for name in figure.sources))
