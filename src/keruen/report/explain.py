# SPDX-License-Identifier: Apache-2.0
"""What explains each figure: figures of a column that are known in one way share a note.

A report of thousands of figures has a few hundred notes. They are numbered as a reader
meets them: headlines first, then table by table; within a table first the note that most
figures of each column share, then those of the figures that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keruen.report.document import Exhibit, Figure, Report, Table
from keruen.report.locale import Message, Value

_Key = tuple[str, str, str, tuple[str, ...], str, int, str, bool]


@dataclass(frozen=True)
class Note:
    """One explanation.

    Parameters
    ----------
    number : int
        Its number, from 1.
    table : int
        Number of the table in the report; 0 for a headline.
    title : Value
        Heading of the column, or name of the headline.
    figures : tuple of (Value, Figure)
        The figures explained, each with the heading of its row.
    path : str
        Table and column joined by a dot, or the id of the headline.
    method : tuple of Message
        Definitions and cautions of the table.
    summed : bool
        Whether it is of a closing row, the sum of its column.
    """

    number: int
    table: int
    title: Value
    figures: tuple[tuple[Value, Figure], ...]
    path: str
    method: tuple[Message, ...] = ()
    summed: bool = False


@dataclass(frozen=True)
class Notes:
    """The explanations of a report, in order.

    Parameters
    ----------
    all : tuple of Note
        The notes; number n stands at place n - 1.
    by_key : mapping
        Number of the note of each kind of figure.
    leads : mapping of (str, str) to int
        Note that most figures of a column share, by table and column.
    """

    all: tuple[Note, ...]
    by_key: Mapping[_Key, int]
    leads: Mapping[tuple[str, str], int]

    def of(self, table: int) -> tuple[Note, ...]:
        """The notes of a table by its number in the report."""
        return tuple(note for note in self.all if note.table == table)

    def headline(self, figure: Figure) -> int:
        """Number of the note of a headline."""
        return self.by_key[_key("", figure.id, figure)]

    def cell(self, table: Table, place: int, figure: Figure) -> int:
        """Number of the note of a figure in a column of a table."""
        return self.by_key[_key(table.id, table.columns[place].key, figure)]

    def lead(self, table: Table, place: int) -> int | None:
        """Number of the note that most figures of a column share; None for words."""
        return self.leads.get((table.id, table.columns[place].key))

    def differs(self, table: Table, place: int, figure: Figure) -> int | None:
        """Number of a figure's note where it is not that of its column."""
        number = self.cell(table, place, figure)
        return None if number == self.lead(table, place) else number

    def closing(self, table: Table, place: int, figure: Figure) -> int:
        """Number of the note of a figure in the closing row."""
        return self.by_key[_key(table.id, table.columns[place].key, figure, summed=True)]


def _key(table: str, column: str, figure: Figure, *, summed: bool = False) -> _Key:
    """What figures must have in common to share a note."""
    doubt = repr(figure.doubt) if figure.doubt else ""
    known = (figure.status, figure.sources, figure.unit, figure.level, doubt)
    return (table, column, *known, summed)


def explain(report: Report) -> Notes:
    """Gather and number the explanations of a report.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    Notes

    Examples
    --------
    >>> from keruen.report.document import Headline, Report
    >>> from keruen.report.locale import msg
    >>> held = Figure("population", 20.6e6, "persons", "2025", ("kaz.population",))
    >>> report = Report("r", msg("World"), msg("World"), (Headline(msg("Population"), held),), ())
    >>> [note.number for note in explain(report).all]
    [1]
    """
    notes: list[Note] = []
    by_key: dict[_Key, int] = {}
    leads: dict[tuple[str, str], int] = {}
    for item in report.headlines:
        key = _key("", item.figure.id, item.figure)
        by_key[key] = len(notes) + 1
        alone = ((item.label, item.figure),)
        notes.append(Note(len(notes) + 1, 0, item.label, alone, item.figure.id))
    for number, exhibit in enumerate(report.exhibits(), start=1):
        groups, first = _groups(exhibit)
        for key in (*first, *(key for key in groups if key not in first)):
            by_key[key] = len(notes) + 1
            if key in first:
                leads[key[0], key[1]] = by_key[key]
            column = next(one for one in exhibit.table.columns if one.key == key[1])
            path = f"{key[0]}.{key[1]}"
            told = (column.label, tuple(groups[key]), path, exhibit.notes, key[-1])
            notes.append(Note(len(notes) + 1, number, *told))
    return Notes(tuple(notes), by_key, leads)


def _groups(exhibit: Exhibit) -> tuple[dict[_Key, list[tuple[Value, Figure]]], tuple[_Key, ...]]:
    """Figures of a table by note, row by row, and the leading note of each column."""
    groups: dict[_Key, list[tuple[Value, Figure]]] = {}
    for key, label, figure in _cells(exhibit.table):
        groups.setdefault(key, []).append((label, figure))
    first = []
    for column in exhibit.table.columns:
        own = [key for key in groups if key[1] == column.key and not key[-1]]
        if own:
            first.append(max(own, key=lambda key: len(groups[key])))
    return groups, tuple(first)


def _cells(table: Table) -> Iterator[tuple[_Key, Value, Figure]]:
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            if isinstance(cell, Figure):
                yield _key(table.id, column.key, cell), row.label, cell
    if table.total is not None:
        for column, closing in zip(table.columns, table.closing(), strict=True):
            if closing is not None:
                yield _key(table.id, column.key, closing, summed=True), table.total, closing
