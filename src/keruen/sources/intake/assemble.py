# SPDX-License-Identifier: Apache-2.0
"""Keys and figures as one clean table: codes, numbers, each cell once, no totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keruen.sources.intake.changes import Intake
from keruen.sources.intake.figures import Figures, Scale, read_figures
from keruen.sources.intake.keys import Key, read_key, same_cells
from keruen.sources.intake.magnitude import note_magnitudes, note_parts_of_persons
from keruen.sources.intake.totals import Entries, set_totals_aside
from keruen.sources.intake.written import Written

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Assembled:
    """A clean table, and what it was made from.

    Parameters
    ----------
    table : DataFrame
        Columns in the order of the schema.
    entries : Entries
        Keys and figures with their places, totals among them.
    keep : array of bool
        Rows of the entries that stand in the table.
    """

    table: pd.DataFrame
    entries: Entries
    keep: NDArray[np.bool_]


def assemble(
    found: Written, intake: Intake, *, scale: Scale | None = None, country: str = ""
) -> Assembled:
    """The clean table of keys and figures; faults are noted on the way.

    Parameters
    ----------
    found : Written
        Keys and figures as written.
    intake : Intake
        What they should be; takes faults and decisions.
    scale : {"thousand", "million"}, optional
        Multiple that the user says the figures are in.
    country : str
        Country the table is about; empty when the table names it, or nobody knows.

    Returns
    -------
    Assembled
    """
    table = intake.table
    keys = {
        one.name: read_key(
            found.keys[one.name],
            one,
            intake,
            [cells for name, cells in found.keys.items() if name != one.name],
        )
        for one in table.keys
        if one.name in found.keys
    }
    figures = {
        one.name: read_figures(found.figures[one.name], found.rows, one, scale, intake)
        for one in table.values
        if one.name in found.figures
    }
    said = _said(found, figures, intake)
    entries = Entries(
        found.rows,
        keys,
        {name: one.values for name, one in figures.items()},
        {name: found.figures[name].places for name in figures},
        {name: table.column(name) for name in figures},
        {name: one.rounded for name, one in figures.items()},
        {name: one.factor for name, one in figures.items()},
        ~said,
    )
    set_totals_aside(entries, intake)
    keep = ~entries.aside
    _note_twice(entries, keep, intake)
    note_magnitudes(entries, keep, country, intake)
    note_parts_of_persons(entries, intake)
    return Assembled(_table(entries, keep), entries, keep)


def _said(found: Written, figures: dict[str, Figures], intake: Intake) -> NDArray[np.bool_]:
    """Rows that say anything; an empty figure is a fault where nothing stands across."""
    empty = np.logical_and.reduce([one.empty for one in figures.values()])
    if found.crossed:
        _note_gaps(found, figures, intake)
        return np.asarray(~empty)
    optional = not any(value.required for value in intake.table.values)
    for name, one in figures.items():
        held = optional and not one.empty.all()  # a column that need not be, but is
        bare = one.empty if held or intake.table.column(name).required else empty & optional
        places = found.figures[name].places
        lacking = np.flatnonzero(bare & (places >= 0))
        intake.faults.add("EmptyFigure", rows=found.rows[lacking], columns=places[lacking])
    return np.ones_like(empty)


def _note_gaps(found: Written, figures: dict[str, Figures], intake: Intake) -> None:
    """Empty cells of a row that has figures under other labels; a matrix of flows has them."""
    kinds = [one.kind for one in intake.table.keys if one.name in found.keys]
    if len(set(kinds)) < len(kinds):
        return
    for name, one in figures.items():
        places = found.figures[name].places
        given = np.isin(found.rows, found.rows[~one.empty])
        bare = np.flatnonzero(one.empty & given & (places >= 0))
        if intake.table.column(name).required:
            intake.faults.add("EmptyFigure", rows=found.rows[bare], columns=places[bare])


def _note_twice(entries: Entries, keep: NDArray[np.bool_], intake: Intake) -> None:
    """Rows with the same keys."""
    keys = entries.keys
    sound = np.logical_and.reduce([keep, *(one.known for one in keys.values())])
    where = np.flatnonzero(sound)
    if where.size < 2:
        return
    cell = same_cells(list(keys.values()), keep.size)[where]
    twice = where[np.bincount(cell)[cell] > 1]
    if not twice.size:
        return
    places = next(iter(entries.places.values()))
    crossed = len(np.unique(places)) > 1
    intake.faults.add(
        "DuplicateKey",
        rows=entries.rows[twice],
        columns=places[twice] if crossed else None,
        wanted=tuple(one.column for one in keys.values()),
    )


def _table(entries: Entries, keep: NDArray[np.bool_]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, object] = {name: _codes(key, keep) for name, key in entries.keys.items()}
    columns |= {name: values[keep] for name, values in entries.values.items()}
    clean = pd.DataFrame(columns)
    rows = entries.rows[keep]
    if np.any(np.diff(rows) < 0):
        clean = clean.iloc[np.argsort(rows, kind="stable")]
    return clean.reset_index(drop=True)


def _codes(key: Key, keep: NDArray[np.bool_]) -> object:
    """Codes of the rows kept: numbers for years and ages, texts for the rest."""
    import pandas as pd

    codes = [one.code for one in key.labels]
    places = key.cells.codes[keep]
    if key.column.kind in ("year", "age", "integer"):
        numbers = [code if isinstance(code, int) else -1 for code in codes]
        return np.array([*numbers, -1], dtype=np.int64)[places]
    texts = pd.Series([*(str(code) for code in codes), ""], dtype="str")
    return texts.take(places).reset_index(drop=True)
