# SPDX-License-Identifier: Apache-2.0
"""Faults of a user's table: gathered with their places, grouped for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from keruen.core.errors import SchemaError, WorkbenchError
from keruen.sources.fault_texts import Fact, sentences

if TYPE_CHECKING:
    import pandas as pd


def letter(column: int) -> str:
    """Letter of a column counted from 0, as Excel writes it.

    Parameters
    ----------
    column : int
        Place of the column, from 0.

    Returns
    -------
    str

    Examples
    --------
    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    text, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass
class FaultList:
    """Faults of one sheet as they are found."""

    file: str
    sheet: str
    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        id: str,
        *,
        rows: Sequence[int] | np.ndarray | None = None,
        columns: Sequence[int] | np.ndarray | int | None = None,
        values: Sequence[object] | np.ndarray | None = None,
        **facts: Fact,
    ) -> None:
        """Note the same fault of one cell or of many.

        Parameters
        ----------
        id : str
            Identifier.
        rows : sequence of int, optional
            Rows of the file, from 1; none when the fault is of the whole table.
        columns : sequence of int or int, optional
            Columns of the sheet, from 0.
        values : sequence, optional
            What stands in the cells; the fact ``value`` unless one is given.
        **facts
            Facts of all cells.
        """
        self.add_facts(id, facts, rows=rows, columns=columns, values=values)

    def add_facts(
        self,
        id: str,
        facts: Mapping[str, Fact],
        *,
        rows: Sequence[int] | np.ndarray | None = None,
        columns: Sequence[int] | np.ndarray | int | None = None,
        values: Sequence[object] | np.ndarray | None = None,
        each: Sequence[Mapping[str, Fact]] | None = None,
    ) -> None:
        """Note faults whose facts are at hand as a mapping, or differ between cells.

        Parameters
        ----------
        id : str
            Identifier.
        facts : mapping
            Facts of all cells.
        rows, columns, values : sequence, optional
            As for ``add``.
        each : sequence of mapping, optional
            Further facts of each cell.
        """
        import pandas as pd

        size = 1 if rows is None else len(rows)
        if not size:
            return
        texts = [""] * size if values is None else [_shown(value) for value in values]
        places = np.broadcast_to(-1 if columns is None else np.asarray(columns), size)
        letters = {place: letter(int(place)) if place >= 0 else "" for place in np.unique(places)}
        told = self._told(id, None if values is None else texts, each, facts, size)
        self.parts.append(
            pd.DataFrame(
                {
                    "id": id,
                    "file": self.file,
                    "sheet": self.sheet,
                    "row": pd.array([pd.NA] * size if rows is None else rows, dtype="Int64"),
                    "column": [letters[place] for place in places],
                    "value": texts,
                    "what": [one[0] for one in told],
                    "remedy": [one[1] for one in told],
                    "facts": [one[2] for one in told],
                }
            )
        )

    @staticmethod
    def _told(
        id: str,
        texts: Sequence[str] | None,
        each: Sequence[Mapping[str, Fact]] | None,
        facts: Mapping[str, Fact],
        size: int,
    ) -> list[tuple[str, str, Mapping[str, Fact]]]:
        """Sentences and facts of every cell; made once where they are the same."""
        if each is not None:
            own = [{**facts, **one} for one in each]
            return [(*sentences(id, one), one) for one in own]
        if texts is None or "value" in facts:
            return [(*sentences(id, facts), facts)] * size
        made: dict[str, tuple[str, str, Mapping[str, Fact]]] = {}
        for text in dict.fromkeys(texts):
            one = {**facts, "value": text}
            made[text] = (*sentences(id, one), one)
        return [made[text] for text in texts]

    def table(self) -> pd.DataFrame:
        """All faults, one row a cell, in the order of the file."""
        import pandas as pd

        if not self.parts:
            return empty()
        found = pd.concat(self.parts, ignore_index=True)
        letters = found["column"].str.rjust(3)
        order = np.lexsort((letters, found["row"].fillna(0).to_numpy(dtype=int)))
        return found.iloc[order].reset_index(drop=True)


COLUMNS: Final = ("id", "file", "sheet", "row", "column", "value", "what", "remedy", "facts")
"""Columns of a table of faults."""


def empty() -> pd.DataFrame:
    """A table of no faults."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})


def _shown(value: object) -> str:
    """A cell as its reader knows it, cut where it is too long to read."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in runs.

    Parameters
    ----------
    numbers : sequence of int
        Rows.

    Returns
    -------
    str

    Examples
    --------
    >>> ranges([3, 4, 5, 9])
    '3-5, 9'
    """
    found = np.unique(np.asarray(numbers, dtype=int))
    starts = np.flatnonzero(np.diff(found, prepend=found[0] - 2) != 1) if found.size else found
    ends = [*starts[1:], found.size]
    runs = [(found[a], found[b - 1]) for a, b in zip(starts, ends, strict=True)]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


class Fault(NamedTuple):
    """One row of a table of faults.

    Parameters
    ----------
    id : str
        Identifier.
    file, sheet : str
        Where it is.
    row : int
        Row of the file; 0 when the fault is of the whole table.
    column : str
        Letter of the column; empty when it is of the whole row or table.
    value : str
        What stands there.
    what, remedy : str
        What is wrong and what to do, in English.
    facts : mapping
        Values of those sentences.
    """

    id: str
    file: str
    sheet: str
    row: int
    column: str
    value: str
    what: str
    remedy: str
    facts: Mapping[str, Fact]


def listed(faults: pd.DataFrame) -> Iterator[Fault]:
    """The rows of a table of faults, one after another.

    Parameters
    ----------
    faults : DataFrame
        Table of faults.

    Yields
    ------
    Fault
    """
    rows = faults["row"].fillna(0).astype(int)
    columns = (rows if name == "row" else faults[name] for name in COLUMNS)
    yield from map(Fault._make, zip(*columns, strict=True))


@dataclass(frozen=True)
class FaultGroup:
    """The same fault of one column, wherever it stands.

    Parameters
    ----------
    id : str
        Identifier.
    file, sheet, column : str
        Place; a column is a letter, and empty when the fault is of the whole table.
    rows : tuple of int
        Rows of the file.
    values : tuple of str
        Different values, in the order of the file.
    facts : mapping
        Facts of the first.
    """

    id: str
    file: str
    sheet: str
    column: str
    rows: tuple[int, ...]
    values: tuple[str, ...]
    facts: Mapping[str, Fact]

    @property
    def where(self) -> str:
        """File, sheet, column and rows."""
        parts = [self.file, f"sheet '{self.sheet}'" if self.sheet else ""]
        parts += [f"column {self.column}" if self.column else ""]
        parts += [f"row {_few(self.rows)}" if self.rows else ""]
        return ", ".join(part for part in parts if part)


_SHOWN_RUNS: Final = 6


def _few(rows: Sequence[int]) -> str:
    runs = ranges(rows).split(", ")
    more = f" … ({len(rows):,})" if len(runs) > _SHOWN_RUNS else ""
    return ", ".join(runs[:_SHOWN_RUNS]) + more


def groups(faults: pd.DataFrame) -> list[FaultGroup]:
    """Faults for showing: the same sentence about the same column stands once.

    Parameters
    ----------
    faults : DataFrame
        Table of faults.

    Returns
    -------
    list of FaultGroup
        In the order of the file.
    """
    keys = ["id", "file", "sheet", "column", "what"]
    found = []
    for (id, file, sheet, column, _), part in faults.groupby(keys, sort=False, dropna=False):
        rows = tuple(int(row) for row in part["row"].dropna())
        values = tuple(dict.fromkeys(part["value"]))
        place = (str(id), str(file), str(sheet), str(column))
        found.append(FaultGroup(*place, rows, values, part["facts"].iloc[0]))
    return found


class TableFaultError(SchemaError):
    """A fault of a table as an error that can be told in any language.

    Parameters
    ----------
    group : FaultGroup
        The fault, wherever it stands.
    """

    def __init__(self, group: FaultGroup) -> None:
        what, remedy = sentences(group.id, group.facts)
        self.group = group
        super().__init__(what, where=group.where, remedy=remedy, id=group.id)


def as_errors(faults: pd.DataFrame) -> list[WorkbenchError]:
    """The faults as errors, one a group, for raising.

    Parameters
    ----------
    faults : DataFrame
        Table of faults.

    Returns
    -------
    list of WorkbenchError
        Each a :class:`TableFaultError`.
    """
    return [TableFaultError(one) for one in groups(faults)]
