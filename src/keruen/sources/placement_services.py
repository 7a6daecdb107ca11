# SPDX-License-Identifier: Apache-2.0
"""Services that a user names: ``need_NAME`` of families, ``cap_NAME`` of localities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.sources.faults import FaultList, letter
from keruen.sources.intake.changes import ChangeList, Intake
from keruen.sources.intake.figures import read_figures
from keruen.sources.intake.written import FigureCells
from keruen.sources.schemas import Column

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.placement_checks import Checked

_HEADS: Final[Mapping[str, re.Pattern[str]]] = {
    "families": re.compile(r"(need)[_ ](.+)", re.IGNORECASE),
    "localities": re.compile(r"(cap|placed)[_ ](.+)", re.IGNORECASE),
}
_PARTNER: Final = {
    "need": ("localities", "cap"),
    "cap": ("families", "need"),
    "placed": ("localities", "cap"),
}


@dataclass(frozen=True)
class OwnServices:
    """Services beyond those of the schema.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Families and localities with a column ``need_NAME``, ``cap_NAME`` or ``placed_NAME`` for
        each heading of theirs.
    names : tuple of str
        Services that both tables have.
    headings : frozenset of str
        Headings read, as written.
    faults : tuple of DataFrame
        What is wrong with them.
    """

    tables: Mapping[str, pd.DataFrame]
    names: tuple[str, ...]
    headings: frozenset[str]
    faults: tuple[pd.DataFrame, ...]


@dataclass(frozen=True)
class _Found:
    """A column of a service of one's own: what it is for, where it stands, its units."""

    kind: str
    service: str
    heading: str
    place: int
    units: np.ndarray

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.service}"


def own_services(
    checked: Mapping[str, Checked], places: Mapping[str, tuple[Path, str | None]]
) -> OwnServices:
    """Columns of services that no schema knows, read from the sheets of both tables.

    Parameters
    ----------
    checked : mapping of str to Checked
        Families and localities as they were read.
    places : mapping of str to (Path, str or None)
        File and sheet of each.

    Returns
    -------
    OwnServices
    """
    lists = {name: checked[name].faults() for name in _HEADS}
    found = {
        name: list(_columns(name, checked[name], places[name], lists[name])) for name in _HEADS
    }
    names = {one.name for columns in found.values() for one in columns}
    tables = {}
    for table, columns in found.items():
        for one in columns:
            home, kind = _PARTNER[one.kind]
            if f"{kind}_{one.service}" not in names:
                lists[table].add(
                    "OneSidedService",
                    columns=one.place,
                    values=None,
                    service=one.service,
                    partner=f"{kind}_{one.service}",
                    table=home,
                )
        made = {one.name: one.units for one in columns}
        tables[table] = checked[table].table.assign(**made)
    _overfilled(checked["localities"], found["localities"], lists["localities"])
    both = [one.service for one in found["families"] if f"cap_{one.service}" in names]
    return OwnServices(
        tables,
        tuple(dict.fromkeys(both)),
        frozenset(one.heading for columns in found.values() for one in columns),
        tuple(part for one in lists.values() if len(part := one.table())),
    )


def _columns(
    name: str, one: Checked, place: tuple[Path, str | None], found: FaultList
) -> Iterator[_Found]:
    """Headings that were left unread and name a service, with their units."""
    changes = one.check.changes
    if not len(one.table) or not len(changes):
        return
    unread = changes[changes["reason"] == "unread"]
    cells: pd.DataFrame | None = None
    for heading, at in zip(unread["before"].astype(str), unread["column"], strict=True):
        said = _HEADS[name].fullmatch(heading.strip())
        if said is None:
            continue
        cells = _cells(*place, one.check.sheet) if cells is None else cells
        kind = said[1].lower()
        service = re.sub(r"[\s,;]+", "_", said[2].strip().casefold())
        column = next(each for each in range(cells.shape[1]) if letter(each) == at)
        rows = one.rows(np.arange(len(one.table)))
        units = _units(f"{kind}_{service}", cells, (rows, column), one, found)
        yield _Found(kind, service, heading, column, units)


def _cells(file: Path, sheet: str | None, read: str) -> pd.DataFrame:
    """Cells of the sheet that was read, by row of the file."""
    from keruen.sources._grid import is_large, read_columns, read_sheets

    if sheet is None and is_large(file):
        return read_columns(file).table
    grids = {one.name: one.cells for one in read_sheets(file, sheet=sheet)}
    cells = grids.get(read, next(iter(grids.values())))
    return cells.set_axis(np.arange(1, len(cells) + 1), axis=0)


def _units(
    name: str, cells: pd.DataFrame, at: tuple[np.ndarray, int], one: Checked, found: FaultList
) -> np.ndarray:
    """Whole units of a column; what cannot be read is a fault of its cell."""
    rows, place = at
    labels = dict.fromkeys(("en", "ru", "kk"), name)
    column = Column(name, "value", "integer", True, "", 0.0, None, False, labels, labels, ())  # noqa: FBT003
    part = cells.iloc[:, place].loc[rows].reset_index(drop=True)
    intake = Intake(one.check.schema, found, ChangeList())
    figures = read_figures(FigureCells(part, np.full(len(rows), place)), rows, column, None, intake)
    values = figures.values
    bare = np.flatnonzero(figures.empty)
    found.add("EmptyFigure", rows=rows[bare], columns=place)
    parts = np.flatnonzero(np.isfinite(values) & (values != np.floor(values)))
    found.add("NotWholeUnits", rows=rows[parts], columns=place, values=values[parts])
    return values


def _overfilled(one: Checked, columns: list[_Found], found: FaultList) -> None:
    """No more of a service is taken than there is."""
    held = {each.name: each for each in columns}
    for each in columns:
        room = held.get(f"cap_{each.service}")
        if each.kind != "placed" or room is None:
            continue
        (at,) = np.nonzero(each.units > room.units)
        found.add_facts(
            "PlacedAboveCapacity",
            {},
            rows=one.rows(at),
            columns=each.place,
            values=each.units[at],
            each=[
                {"taken": float(more), "capacity": float(less)}
                for more, less in zip(each.units[at], room.units[at], strict=True)
            ],
        )
