# SPDX-License-Identifier: Apache-2.0
"""A user's table for the evaluation of a policy: columns by any heading, all faults at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from keruen.core._lists import plain
from keruen.core.errors import FaultsError, SchemaError
from keruen.sources._cells import Numbers, State, read_numbers
from keruen.sources._grid import Sheet, read_sheets
from keruen.sources.faults import FaultList, as_errors
from keruen.sources.intake.changes import ChangeList
from keruen.sources.schemas import Column, TableSchema, schema

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["panel", "cases", "flows"]

_LOOKED: Final = 20
_NUMBER_KINDS: Final = ("number", "integer", "year")


@dataclass(frozen=True)
class EvaluationTable:
    """Rows of a user's table under the names that the methods know.

    Parameters
    ----------
    table : DataFrame
        Columns of the schema that the file has, and those asked for besides, as numbers and
        texts; an empty figure is missing.
    headings : mapping of str to str
        Heading of the file by name of the column.
    file, digest : str
        Name and SHA-256 of the file.
    unread : tuple of str
        Headings that were not read.
    changes : DataFrame
        Figures read otherwise than they stand (a dash as zero, a comma as the decimal mark, a
        mark as missing), one row a column and way of reading, with the first cell.
    """

    table: pd.DataFrame
    headings: Mapping[str, str]
    file: str
    digest: str
    unread: tuple[str, ...]
    changes: pd.DataFrame


def read_evaluation(
    path: Path,
    kind: Kind,
    *,
    called: Mapping[str, str] | None = None,
    besides: Sequence[str] = (),
    sheet: str | None = None,
) -> EvaluationTable:
    """Read a table whose headings the user may choose.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    kind : {"panel", "cases", "flows"}
        Units by year, cases at a cut-off, or flows between places.
    called : mapping of str to str, optional
        Heading in the file of a column, where it is not the name, a label or an alias.
    besides : sequence of str, optional
        Headings of further columns of numbers.
    sheet : str, optional
        Sheet of a workbook; the first with the headings when not given.

    Returns
    -------
    EvaluationTable

    Raises
    ------
    FaultsError
        A column is missing, a cell is no number, a key is empty or stands twice: all of it at
        once, by cell.
    FileError
        The file cannot be read at all.

    See Also
    --------
    keruen.report.evaluate_run.run_evaluation : Evaluates it.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_text("state,year,share" + chr(10) + "AZ,2007,many", encoding="utf-8")
    >>> try:
    ...     read_evaluation(file, "panel", called={"outcome": "share"})
    ... except FaultsError as fault:
    ...     print(fault.faults[0].what, "|", fault.faults[0].where)
    'many' is no number | a.csv, column C, row 2
    """
    wanted = schema(f"evaluation_{kind}")
    shown = [
        one
        for one in read_sheets(path, sheet=sheet)
        if not one.cells.empty and (sheet is not None or not one.hidden)
    ]
    if not shown:
        raise SchemaError("every sheet is empty or hidden", where=path.name)
    plans = [(one, _columns(one, wanted, called or {}, besides)) for one in shown]
    best, (head, found) = max(plans, key=lambda plan: len(plan[1][1]))
    faults = FaultList(path.name, best.name)
    texts = _headings(best, head)
    headings = tuple(text for text in texts.values() if text)
    needed: list[Column | str] = [one for one in wanted.columns if one.required]
    for one in (*needed, *besides):
        if (one if isinstance(one, str) else one.name) not in found:
            faults.add("MissingColumn", rows=[head + 1], column=one, headings=headings)
    changes = ChangeList()
    table = _table(best.cells.iloc[head + 1 :], found, wanted, faults, changes)
    listed = faults.table()
    if len(listed):
        raise FaultsError(as_errors(listed), where=path.name)
    return EvaluationTable(
        table=table,
        headings={name: texts[place] for name, place in found.items()},
        file=path.name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        unread=tuple(text for place, text in texts.items() if text and place not in found.values()),
        changes=changes.table(),
    )


def _headings(sheet: Sheet, head: int) -> dict[int, str]:
    row = sheet.cells.iloc[head].tolist()
    return {place: "" if cell is None else str(cell).strip() for place, cell in enumerate(row)}


def _columns(
    sheet: Sheet, wanted: TableSchema, called: Mapping[str, str], besides: Sequence[str]
) -> tuple[int, dict[str, int]]:
    """The row of headings, and where each column stands."""
    names: dict[str, tuple[str, ...]] = {
        one.name: (plain(called[one.name]),) if one.name in called else one.headings
        for one in wanted.columns
    } | {text: (plain(text),) for text in besides}
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(min(_LOOKED, len(sheet.cells))):
        found: dict[str, int] = {}
        texts = {place: plain(text) for place, text in _headings(sheet, row).items() if text}
        # A heading that the user names is taken first, then exact names, then other words.
        order = sorted(names, key=lambda name: (name not in called, name not in texts.values()))
        for name in order:
            for words in names[name]:
                at = [place for place, text in texts.items() if text == words]
                if at and at[0] not in found.values():
                    found[name] = at[0]
                    break
        if len(found) > len(best[1]):
            best = row, found
    return best


def _table(
    cells: pd.DataFrame,
    found: Mapping[str, int],
    wanted: TableSchema,
    faults: FaultList,
    changes: ChangeList,
) -> pd.DataFrame:
    """Numbers and labels below the headings."""
    import pandas as pd

    known = {one.name: one for one in wanted.columns}
    body = cells[cells.notna().any(axis=1)]
    if not len(body):
        faults.add("NoRows")
        return pd.DataFrame()
    rows = body.index.to_numpy() + 1
    columns = {}
    for name, place in found.items():
        written, column = body.iloc[:, place], known.get(name)
        if column is None or column.kind in _NUMBER_KINDS:
            read = read_numbers(written.reset_index(drop=True))
            _refuse_numbers(read, written, rows, place, column=column, faults=faults)
            _note_readings(read, rows, place, name, changes)
            columns[name] = np.asarray(read.values)
            empty = np.isin(read.state, (State.EMPTY, State.MISSING))
        else:
            columns[name] = np.array([_word(cell) for cell in written], dtype=object)
            empty = columns[name] == ""
        if column is not None and column.role == "key":
            faults.add("EmptyKey", rows=rows[empty], columns=place, column=column)
    table = pd.DataFrame(columns)
    keys = [one for one in wanted.keys if one.name in table]
    if keys and all(one.name in table for one in wanted.keys if one.required):
        twice = table.duplicated([one.name for one in keys]).to_numpy()
        faults.add("DuplicateKey", rows=rows[twice], wanted=tuple(keys))
    return table


def _refuse_numbers(
    read: Numbers,
    cells: pd.Series,
    rows: np.ndarray,
    place: int,
    *,
    column: Column | None,
    faults: FaultList,
) -> None:
    """Cells that are no numbers, or are lower than the column can be."""
    for state, id in ((State.TEXT, "NotANumber"), (State.AMBIGUOUS, "UnclearNumber")):
        wrong = np.flatnonzero(read.state == state)
        values = [cells.iloc[int(at)] for at in wrong]
        faults.add(id, rows=rows[wrong], columns=place, values=values)
    if column is not None and column.low is not None:
        wrong = np.flatnonzero(read.values < column.low)
        faults.add_facts(
            "BelowRange",
            {"low": column.low, "column": column},
            rows=rows[wrong],
            columns=place,
            values=[cells.iloc[int(at)] for at in wrong],
        )


def _note_readings(
    read: Numbers, rows: np.ndarray, place: int, name: str, changes: ChangeList
) -> None:
    """Numbers that were more than plain, one row for each way of reading."""
    told = read.changes()
    told["reasons"] = told["reasons"].map(",".join)
    for reasons, some in told.groupby("reasons", sort=False):
        first = some.iloc[0]
        changes.add(
            str(reasons),
            row=int(rows[first["position"]]),
            place=place,
            name=name,
            before=first["before"],
            after="" if np.isnan(first["after"]) else f"{first['after']:.15g}",
            count=len(some),
        )


def _word(cell: object) -> str:
    """A label as text: the number 3 of a sheet is the label 3, not 3.0."""
    if isinstance(cell, float):
        return "" if np.isnan(cell) else f"{cell:.15g}"
    return "" if cell is None else str(cell).strip()
