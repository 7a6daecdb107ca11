# SPDX-License-Identifier: Apache-2.0
"""A clean copy of a user's table: what can be mended safely is, what cannot is marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import SchemaError
from keruen.sources._grid import read_sheets
from keruen.sources.fault_texts import Fact, sentences
from keruen.sources.faults import letter, listed
from keruen.sources.files import Check
from keruen.sources.intake.keys import Key
from keruen.sources.intake.totals import Entries

if TYPE_CHECKING:
    import pandas as pd

_MENDED: Final = frozenset({"DeclaredUnit"})
"""Faults that the clean copy does not have: its figures are multiplied, and it says so."""

_IN_UNITS: Final = ("total", "parts", "difference")
"""Facts of a total that are in the unit of its figures."""


@dataclass(frozen=True)
class Mended:
    """A clean copy.

    Parameters
    ----------
    table : DataFrame
        Codes and figures, one row a cell; where a cell could not be read, what stood there.
        Totals that do not add up stay among the rows, and columns whose heading is not
        understood stand last.
    faults : DataFrame
        Faults that are left; their sums are in the unit of the copy.
    marks : dict of tuple of int to int
        Row and column of the table, from 0, to the row of ``faults``; -1 is the headings.
    """

    table: pd.DataFrame
    faults: pd.DataFrame
    marks: Mapping[tuple[int, int], int]


def mend(check: Check, original: Path) -> Mended:
    """The clean copy of a table that was checked.

    Parameters
    ----------
    check : Check
        As of :func:`keruen.sources.files.check_table`.
    original : Path
        The file it came from.

    Returns
    -------
    Mended

    Raises
    ------
    SchemaError
        The headings were not understood, so that there is nothing to copy (``NoCopy``).

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.files import check_table
    >>> file = Path(tempfile.mkdtemp()) / "births.csv"
    >>> rows = ["Год;Регион;Родившиеся", "2023 г.;Абай;10 500", "2023;Алмата;95"]
    >>> _ = file.write_text(chr(10).join(rows), encoding="utf-8")
    >>> copy = mend(check_table(file, "births_deaths"), file)
    >>> copy.table.values.tolist(), copy.marks
    ([[2023, 'KZ-10', 10500.0], [2023, 'Алмата', 95.0]], {(1, 1): 0})
    """
    if check.assembled is None:
        raise SchemaError(
            "the headings are not understood, so no clean copy can be made",
            remedy="mend the faults of the headings first",
            id="NoCopy",
        )
    left = check.faults[~check.faults["id"].isin(_MENDED)].reset_index(drop=True)
    entries = check.assembled.entries
    kept = check.assembled.keep.copy()
    apart = {(one.row, one.column) for one in listed(left) if one.id == "TotalDiffers"}
    for at in np.flatnonzero(np.isin(entries.rows, [row for row, _ in apart])).tolist():
        row = int(entries.rows[at])
        kept[at] |= any((row, letter(int(one[at]))) in apart for one in entries.places.values())
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(entries.rows[rows], kind="stable")]
    found = {name: _labels(key, rows) for name, key in entries.keys.items()}
    found |= {name: values[rows].astype(object) for name, values in entries.values.items()}
    places = {name: one.cells.places[rows] for name, one in entries.keys.items()}
    places |= {name: one[rows] for name, one in entries.places.items()}
    stands = {name: one.cells.rows[rows] for name, one in entries.keys.items()}
    marks = _marks(left, found, places, stands, entries.rows[rows])
    import pandas as pd

    table = pd.DataFrame(found)
    for number, head, cells in _unread(left, check.sheet, original):
        marks[-1, table.shape[1]] = number
        stood = cells[entries.rows[rows] - 1]
        table.insert(table.shape[1], head, stood, allow_duplicates=True)
    return Mended(table, _scaled(left, entries), marks)


def _unread(
    left: pd.DataFrame, sheet: str, original: Path
) -> Iterator[tuple[int, str, np.ndarray]]:
    """Columns whose heading is not understood: the fault, the heading, the cells as they stand."""
    faults = [(at, one) for at, one in enumerate(listed(left)) if one.id == "MisspeltHeading"]
    if not faults:
        return
    cells = read_sheets(original, sheet=sheet or None)[0].cells
    letters = [letter(place) for place in range(cells.shape[1])]
    for at, fault in faults:
        stood = cells.iloc[:, letters.index(fault.column)]
        yield at, fault.value, stood.to_numpy(dtype=object)


def _scaled(left: pd.DataFrame, entries: Entries) -> pd.DataFrame:
    """Faults whose totals are told in the unit of the copy."""
    told = []
    for fault in listed(left):
        facts = fault.facts
        if fault.id == "TotalDiffers":
            factor = _factor(entries, fault.row, fault.column)
            facts = {name: _times(name, value, factor) for name, value in facts.items()}
        told.append((facts, *sentences(fault.id, facts)))
    scaled = left.copy()
    for name, values in zip(("facts", "what", "remedy"), zip(*told, strict=True), strict=False):
        scaled[name] = list(values)
    return scaled


def _factor(entries: Entries, row: int, column: str) -> float:
    """What the figures that stand in a cell were multiplied by."""
    where = entries.rows == row
    for name, places in entries.places.items():
        if column in [letter(place) for place in places[where].tolist() if place >= 0]:
            return entries.factors[name]
    return 1.0


def _times(name: str, value: Fact, factor: float) -> Fact:
    if name in _IN_UNITS and isinstance(value, int | float):
        return round(value * factor, 6)
    return value


def _labels(key: Key, rows: np.ndarray) -> np.ndarray:
    """Codes; the text itself where it has none."""
    told = zip(key.labels, key.cells.texts, strict=True)
    codes = [one.code if one.state == "code" else text for one, text in told]
    return np.array([*codes, None], dtype=object)[key.cells.codes[rows]]


def _marks(
    left: pd.DataFrame,
    found: dict[str, np.ndarray],
    places: Mapping[str, np.ndarray],
    at: Mapping[str, np.ndarray],
    rows: np.ndarray,
) -> dict[tuple[int, int], int]:
    """Faulty cells of the copy; a figure that could not be read is written as it stood."""
    import pandas as pd

    faulty: dict[tuple[int, str], int] = {}
    for number, fault in enumerate(listed(left)):
        if fault.row:
            faulty.setdefault((fault.row, fault.column), number)
    marks: dict[tuple[int, int], int] = {}
    wanted = {row for row, _ in faulty}
    for place, (name, cells) in enumerate(found.items()):
        stands = at.get(name, rows)
        for index in np.flatnonzero(np.isin(stands, list(wanted))).tolist():
            row, column = int(stands[index]), int(places[name][index])
            own = faulty.get((row, letter(column)), -1) if column >= 0 else -1
            number = own if own >= 0 else faulty.get((row, ""), -1)
            if number < 0:
                continue
            marks[index, place] = number
            if own >= 0 and pd.isna(cells[index]):
                cells[index] = left["value"].iloc[number] or None
    return marks
