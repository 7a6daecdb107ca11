# SPDX-License-Identifier: Apache-2.0
"""Decisions on a placement from a table or a log, as officers wrote them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import CodeError, FileError, SchemaError, WorkbenchError, raise_faults
from keruen.report.placement_decision_log import decision_row, read_decisions
from keruen.report.placement_decisions import PlacementDecisions
from keruen.report.placement_refusals import RefusedError

if TYPE_CHECKING:
    import pandas as pd

_NEEDED: Final = ("family", "locality")
_TEXTS: Final = ("decision_mode", "officer", "at", "reason")


def decide_from_file(
    decisions: PlacementDecisions, path: Path, *, officer: str, at: datetime
) -> int:
    """Take decisions from a file: the table that the application gives, one's own, or a log.

    Parameters
    ----------
    decisions : PlacementDecisions
        Decisions to add to.
    path : Path
        ``.csv`` or ``.xlsx`` with the columns family and locality, and where there are
        decision_mode, officer, at, reason; or ``.jsonl``. Rows whose mode is ``proposal`` are
        undecided. A locality that stands already is a confirmation, an empty one waits, any
        other is an override and needs a reason.
    officer : str
        Who decided, where the row does not say.
    at : datetime
        When, where the row does not say.

    Returns
    -------
    int
        Decisions taken.

    Raises
    ------
    FaultsError
        Rows that are refused, each with its row: no such family or place, no room, no reason,
        a time without its zone. All that could be taken are not kept for the caller either:
        give a log of your own.
    SchemaError
        A column is missing (``MissingColumn``).
    FileError
        The file cannot be read (``NotReadable``).

    Notes
    -----
    Rows are taken in the order of their times, and of the file where they have none, since an
    override may need the room that an earlier one leaves.
    """
    table = _read(path)
    lacks = [name for name in _NEEDED if name not in table]
    if lacks:
        raise SchemaError(
            f"the columns {', '.join(lacks)} are missing",
            where=str(path),
            remedy="take the table of decisions that the application gives",
            id="MissingColumn",
        )
    rows = table.reindex(columns=[*_NEEDED, *_TEXTS], fill_value="").to_dict("records")
    numbered = [_Row(number, row, officer, at) for number, row in enumerate(rows, 2)
                if row["decision_mode"] != "proposal"]  # fmt: skip
    numbered.sort(key=lambda one: str(one.cells["at"]))
    faults: list[WorkbenchError] = []
    for _, together in groupby(numbered, key=lambda one: one.by):
        faults += _take(decisions, list(together), path.name)
    raise_faults(faults, where=path.name)
    return len(numbered)


class _Row:
    """A row of the file, with who decided and when."""

    def __init__(self, number: int, cells: Mapping[Any, Any], officer: str, at: datetime) -> None:
        self.number, self.cells = number, cells
        self.family, self.place = str(cells["family"]), str(cells["locality"])
        self.reason = str(cells["reason"])
        self.by = (str(cells["officer"]) or officer, str(cells["at"]), self.reason)
        self.at = at

    def when(self) -> datetime:
        """The time of the row, with its zone."""
        if not self.by[1]:
            return self.at
        found = datetime.fromisoformat(self.by[1])
        if found.tzinfo is None:
            raise SchemaError(f"the time {self.by[1]} has no zone", id="NoTimeZone")
        return found


def _take(decisions: PlacementDecisions, rows: Sequence[_Row], file: str) -> Iterator[SchemaError]:
    """Take rows of one officer, time and reason: other places first, then confirmations."""
    stand: list[_Row] = []
    for row in rows:
        try:
            if _stands(decisions, row):
                stand.append(row)
            else:
                decisions.override(
                    row.family, row.place, officer=row.by[0], at=row.when(), reason=row.reason
                )
        except (CodeError, SchemaError, RefusedError, ValueError) as fault:
            what = fault.what if isinstance(fault, WorkbenchError) else str(fault)
            yield SchemaError(what, where=f"{file}, row {row.number}", id="NotTaken")
    if stand:
        names, one = [row.family for row in stand], stand[0]
        decisions.confirm(names, officer=one.by[0], at=one.when(), reason=one.reason)


def _stands(decisions: PlacementDecisions, row: _Row) -> bool:
    """Whether the family is at the place of the row already; a row without sense is refused."""
    row.when()
    if row.family not in decisions.proposed:
        raise CodeError(f"there is no family {row.family}", id="UnknownFamily")
    if row.place != decisions.proposed[row.family] and not row.reason.strip():
        raise SchemaError("an override needs a reason", id="NoReason")
    return decisions.places[row.family] == row.place


def _read(path: Path) -> pd.DataFrame:
    """The rows as texts, an empty text where there is nothing."""
    import pandas as pd

    try:
        if path.suffix == ".jsonl":
            if not path.is_file():
                raise FileNotFoundError(2, "there is no such file")
            return pd.DataFrame([decision_row(one) for one in read_decisions(path)], dtype=str)
        if path.suffix == ".xlsx":
            return pd.read_excel(path, dtype=str, keep_default_na=False)
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as fault:
        raise FileError(
            f"the decisions cannot be read: {fault}",
            where=str(path),
            remedy="give a CSV, Excel or .jsonl file of decisions",
            id="NotReadable",
        ) from fault
