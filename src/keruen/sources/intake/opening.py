# SPDX-License-Identifier: Apache-2.0
"""Which sheet of a file is the table, and its keys and figures as they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.core.errors import SchemaError
from keruen.sources import schemas
from keruen.sources._words import is_beside
from keruen.sources.faults import FaultList
from keruen.sources.intake.changes import ChangeList, Intake

if TYPE_CHECKING:
    from keruen.sources._grid import Sheet
    from keruen.sources.intake.written import Written


def laid_out(
    path: Path, wanted: schemas.TableSchema, sheet: str | None
) -> tuple[Intake, Written | None, str]:
    """Keys and figures of the file, by column when it is large, by cell otherwise."""
    from keruen.sources._grid import is_large, read_columns, read_sheets
    from keruen.sources.intake.tidy import read_tidy

    if sheet is None and is_large(path):
        intake = Intake(wanted, FaultList(path.name, ""), ChangeList())
        return intake, read_tidy(read_columns(path), intake), ""
    return _best_sheet(read_sheets(path, sheet=sheet), wanted)


def _best_sheet(
    sheets: Sequence[Sheet], wanted: schemas.TableSchema
) -> tuple[Intake, Written | None, str]:
    """The first sheet that can be read; when none can, the first that has anything.

    Further sheets that can be read are a fault: nothing is left unread in silence.
    """
    from keruen.sources.intake.layout import read_layout

    first: tuple[Intake, Written | None, str] | None = None
    read: list[str] = []
    shown = [one for one in sheets if not one.hidden and not one.cells.empty]
    for one in [one for one in shown if not is_beside(one.name)] or shown:
        intake = Intake(wanted, FaultList(one.file, one.name), ChangeList())
        found = read_layout(one, intake)
        if found is not None:
            first = first if read else (intake, found, one.name)
            read.append(one.name)
            continue
        if read:
            continue
        worse = first is not None and "NoHeader" in {p["id"].iloc[0] for p in intake.faults.parts}
        first = first if worse else (intake, found, one.name)
    if first is not None and read[1:]:
        first[0].faults.add("OtherSheets", sheets=tuple(read[1:]))
    if first is None:
        raise SchemaError("every sheet is empty or hidden", remedy="show the sheet of the table")
    return first
