# SPDX-License-Identifier: Apache-2.0
"""Outcomes of the admitted and features of applicants: one row a person, columns of your own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core._lists import plain
from keruen.core.arrays import few
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.sources._grid import read_sheets
from keruen.sources.draw_files import is_practice

if TYPE_CHECKING:
    import pandas as pd

_LOOKED: Final = 20
_GAPS: Final = ("", "…", "...", "-", "–", "na", "n/a", "nan")
_PERSON: Final = "candidate"
_OUTCOME: Final = "outcome"


@dataclass(frozen=True)
class DesignFile:
    """People with their features and outcomes.

    Parameters
    ----------
    table : DataFrame
        ``candidate``, the factors and groups as texts, ``outcome`` (missing for those not
        admitted), and ``year`` and ``current`` where they were asked for.
    file, digest : str
        Name and SHA-256 of the file.
    practice : bool
        Whether the file says that it is made up.
    unread : tuple of str
        Headings that were not asked for.
    """

    table: pd.DataFrame
    file: str
    digest: str
    practice: bool
    unread: tuple[str, ...]


def read_design(
    path: Path,
    *,
    texts: Sequence[str],
    numbers: Sequence[str] = (),
    sheet: str | None = None,
) -> DesignFile:
    """Read people with the columns asked for.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet with headings ``candidate``, ``outcome`` and those below.
    texts : sequence of str
        Headings of factors and groups.
    numbers : sequence of str, optional
        Headings of numbers beside the outcome, such as the year and the points in force.
    sheet : str, optional
        Sheet of a workbook.

    Returns
    -------
    DesignFile

    Raises
    ------
    SchemaError
        There is no row of headings (``NoHeader``), a column is not there (``MissingColumn``),
        a cell is empty or no number (``BadCell``), or a candidate stands twice
        (``DuplicateKey``): all of them at once.
    FileError
        The file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "people.csv"
    >>> rows = ["candidate,education,outcome", "a,1 low,1", "b,2 high,…"]
    >>> _ = file.write_text(chr(10).join(rows), encoding="utf-8")
    >>> read_design(file, texts=["education"]).table["education"].tolist()
    ['1 low', '2 high']
    """
    import pandas as pd

    wanted = dict.fromkeys([_PERSON, *texts, _OUTCOME, *numbers])
    cells = read_sheets(path, sheet=sheet)[0].cells
    head, places = _head(cells, list(wanted), path.name)
    body = cells.iloc[head + 1 :]
    body = body[body.notna().any(axis=1)]
    columns: dict[str, object] = {}
    faults: list[WorkbenchError] = []
    for name, place in places.items():
        column = body.iloc[:, place]
        gone = np.array([_is_gap(one) for one in column], dtype=bool)
        rows = body.index.to_numpy() + 1
        if name in (_OUTCOME, *numbers):
            read = pd.to_numeric(column.where(~gone), errors="coerce").to_numpy(dtype=float)
            wrong = np.isnan(read) & ~gone
            columns[name] = read
            if name != _OUTCOME:
                wrong |= gone
        else:
            columns[name] = np.array([str(one).strip() for one in column], dtype=object)
            wrong = gone
        faults += _bad_cells(path.name, name, rows[wrong], column[wrong])
    people = pd.Series(columns[_PERSON])
    twice = people[people.duplicated()]
    if len(twice):
        faults.append(
            SchemaError(
                f"candidates stand twice: {few(twice.unique())}",
                where=path.name,
                remedy="keep one row a person",
                id="DuplicateKey",
            )
        )
    raise_faults(faults, where=path.name)
    headings = [str(one).strip() for one in cells.iloc[head] if one is not None]
    known = {plain(name) for name in wanted}
    return DesignFile(
        table=pd.DataFrame(columns),
        file=path.name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        practice=is_practice(path),
        unread=tuple(one for one in headings if plain(one) not in known),
    )


def _is_gap(cell: object) -> bool:
    return cell is None or str(cell).strip().casefold() in _GAPS


def _head(cells: pd.DataFrame, wanted: list[str], file: str) -> tuple[int, dict[str, int]]:
    """Row of the headings, and the place of each column asked for."""
    for row in range(min(_LOOKED, len(cells))):
        found = [plain(str(one)) if one is not None else "" for one in cells.iloc[row]]
        if _PERSON in found:
            lacking = [name for name in wanted if plain(name) not in found]
            if lacking:
                raise SchemaError(
                    f"there is no column {few(lacking)}",
                    where=f"{file}, row {row + 1}",
                    remedy=f"headings: {few([one for one in found if one])}",
                    id="MissingColumn",
                )
            return row, {name: found.index(plain(name)) for name in wanted}
    raise SchemaError(
        f"no row of headings with '{_PERSON}' was found",
        where=file,
        remedy=f"put headings above the people: {few(wanted)}",
        id="NoHeader",
    )


def _bad_cells(
    file: str, name: str, rows: np.ndarray, cells: pd.Series
) -> Iterator[WorkbenchError]:
    """The first cells of a column that cannot be read, and how many more there are."""
    for row, cell in list(zip(rows, cells, strict=True))[:_LOOKED]:
        yield SchemaError(
            f"'{'' if cell is None else cell}' cannot be read",
            where=f"{file}, column {name}, row {row}",
            remedy="give a value; only an outcome may be left out, for those not admitted",
            id="BadCell",
        )
    if len(rows) > _LOOKED:
        yield SchemaError(
            f"{len(rows) - _LOOKED} more cells of '{name}' cannot be read",
            where=file,
            id="BadCell",
        )
