# SPDX-License-Identifier: Apache-2.0
"""The faults of a user's table, told in the reader's language: lines, page, workbook, files."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import SchemaError
from keruen.report.locale import Locale, Message, msg, nmsg
from keruen.sources.fault_texts import Fact, sentences
from keruen.sources.faults import FaultGroup, groups, listed, ranges
from keruen.sources.files import Check
from keruen.sources.intake.changes import REASONS, changes
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Final = (".html", ".xlsx", ".csv", ".json")
"""Endings of the fault report."""

_RUNS: Final = 8


@dataclass(frozen=True)
class Line:
    """One line of a fault report.

    Parameters
    ----------
    id : str
        Identifier of the fault.
    sheet, cells : str
        Place: cells such as ``B3:B7, B9``.
    count : int
        Cells that have the fault.
    what, remedy : str
        What is wrong and what to do, in the reader's language.
    """

    id: str
    sheet: str
    cells: str
    count: int
    what: str
    remedy: str


def fault_lines(check: Check, locale: Locale) -> list[Line]:
    """The faults of a table for reading: the same fault of a column stands once.

    Parameters
    ----------
    check : Check
        A table that was checked.
    locale : Locale
        Language.

    Returns
    -------
    list of Line

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.files import check_table
    >>> file = Path(tempfile.mkdtemp()) / "births.csv"
    >>> _ = file.write_text("year,births" + chr(10) + "2023,many" + chr(10) + "2024,many")
    >>> lines = fault_lines(check_table(file, "births_deaths"), Locale("en"))
    >>> [(line.cells, line.what) for line in lines]
    [('B2:B3', "'many' is no number")]
    """
    return [group_line(group, locale) for group in groups(check.faults)]


def group_line(group: FaultGroup, locale: Locale) -> Line:
    """A fault for reading, with all cells that have it.

    Parameters
    ----------
    group : FaultGroup
        The fault, wherever it stands.
    locale : Locale
        Language.

    Returns
    -------
    Line
    """
    what, remedy = said(group.id, group.facts, locale)
    cells = _cells(group, locale)
    return Line(group.id, group.sheet, cells, max(len(group.rows), 1), what, remedy)


def said(id: str, facts: Mapping[str, Fact], locale: Locale) -> tuple[str, str]:
    """What is wrong and what to do, in a language.

    Parameters
    ----------
    id : str
        Identifier of the fault.
    facts : mapping
        Its facts.
    locale : Locale
        Language.

    Returns
    -------
    tuple of str
    """
    return sentences(id, facts, lang=locale.lang, number=_number(locale), say=_say(locale))


def _say(locale: Locale) -> Callable[[str], str]:
    return lambda text: locale.say(Message(text))


def _number(locale: Locale) -> Callable[[float], str]:
    def write(value: float) -> str:
        digits = next((d for d in range(4) if math.isclose(value, round(value, d))), 4)
        return locale.number(value, decimals=digits)

    return write


def _cells(group: FaultGroup, locale: Locale) -> str:
    """Cells as a spreadsheet writes them; rows alone where the whole row is meant."""
    if not group.rows:
        return ""
    runs = ranges(group.rows).split(", ")
    more = f" … ({locale.number(len(group.rows))})" if len(runs) > _RUNS else ""
    if not group.column:
        rows = reduce(lambda first, run: _several(first, run, locale), runs[:_RUNS])
        number = min(len(group.rows), 2)  # which rows, not how many: one or several
        return nmsg("row {rows}", "rows {rows}", number, rows=rows).render(locale) + more
    shown = [":".join(f"{group.column}{row}" for row in run.split("-")) for run in runs[:_RUNS]]
    return ", ".join(shown) + more


def _several(rows: str, run: str, locale: Locale) -> str:
    return msg("{rows}, {run}", rows=rows, run=run).render(locale)


@dataclass(frozen=True)
class Decision:
    """One line of the list of reading decisions.

    Parameters
    ----------
    cell : str
        First cell it holds for.
    before, after, reason : str
        What stood there, what was read, and why.
    count : int
        Cells it holds for.
    """

    cell: str
    before: str
    after: str
    reason: str
    count: int


def decisions(check: Check, locale: Locale) -> list[Decision]:
    """How the table was read where it could have been read otherwise.

    Parameters
    ----------
    check : Check
        A table that was checked.
    locale : Locale
        Language.

    Returns
    -------
    list of Decision
    """
    say = _say(locale)
    return [
        Decision(
            f"{row.column}{row.row}" if row.row and row.column else str(row.row or ""),
            row.before,
            row.after,
            "; ".join(say(REASONS[name]) for name in row.reason.split(",")),
            row.count,
        )
        for row in changes(check.changes)
    ]


def summary(check: Check, locale: Locale) -> str:
    """The outcome in one sentence.

    Parameters
    ----------
    check : Check
        A table that was checked.
    locale : Locale
        Language.

    Returns
    -------
    str

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.files import check_table
    >>> file = Path(tempfile.mkdtemp()) / "births.csv"
    >>> _ = file.write_text("year,births" + chr(10) + "2023,9")
    >>> summary(check_table(file, "births_deaths"), Locale("en"))
    '1 row read, no faults'
    """
    faults = len(check.faults)
    if not faults:
        rows = 0 if check.table is None else len(check.table)
        return nmsg("{number} row read, no faults", "{number} rows read, no faults", rows).render(
            locale
        )
    kinds = len(fault_lines(check, locale))
    if kinds == faults:
        return nmsg("{number} fault", "{number} faults", faults).render(locale)
    return nmsg(
        "{number} faulty cell, {kinds}",
        "{number} faulty cells, {kinds}",
        faults,
        kinds=nmsg("{number} kind of fault", "{number} kinds of fault", kinds),
    ).render(locale)


def require_other(path: Path, original: Path, what: str) -> None:
    """A file to write is another than the one that was read, also by a link.

    Parameters
    ----------
    path : Path
        File to write.
    original : Path
        The file that must stay.
    what : str
        What is written, as a refusal says it.

    Raises
    ------
    SchemaError
        They are the same file (``SameFile``).
    """
    if path.exists() and original.exists() and path.samefile(original):
        raise SchemaError(
            f"{what} would replace the original",
            where=str(path),
            remedy="give it another name",
            id="SameFile",
        )


def write_faults(check: Check, original: Path, locale: Locale, path: Path) -> None:
    """Write the fault report; its form follows from the ending of the name.

    Parameters
    ----------
    check : Check
        A table that was checked.
    original : Path
        The file it came from.
    locale : Locale
        Language.
    path : Path
        File to write: ``.html``, ``.xlsx``, ``.csv`` or ``.json``.

    Raises
    ------
    SchemaError
        The ending is none of these (``UnknownFormat``), or the report would replace the
        original (``SameFile``).
    FileError
        The file cannot be written.
    """
    from keruen.report.fault_page import write_page
    from keruen.report.fault_workbook import write_workbook

    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise SchemaError(
            f"a fault report cannot be written as '{path.suffix}'",
            where=str(path),
            remedy=f"end its name in {', '.join(FORMATS)}",
            id="UnknownFormat",
        )
    require_other(path, original, "the report")
    with staged_file(path) as draft:
        if ending == ".html":
            write_page(check, original, locale, draft)
        elif ending == ".xlsx":
            write_workbook(check, original, locale, draft)
        elif ending == ".csv":
            _write_csv(check, locale, draft)
        else:
            _write_json(check, locale, draft)


def _rows(check: Check, locale: Locale) -> list[dict[str, object]]:
    """Every fault, one a cell."""
    known: dict[int, tuple[str, str]] = {}
    found: list[dict[str, object]] = []
    for row in listed(check.faults):
        if id(row.facts) not in known:
            known[id(row.facts)] = said(row.id, row.facts, locale)
        what, remedy = known[id(row.facts)]
        found.append(
            {
                "id": row.id,
                "file": row.file,
                "sheet": row.sheet,
                "row": row.row or None,
                "column": row.column,
                "value": row.value,
                "what": what,
                "remedy": remedy,
            }
        )
    return found


def _write_csv(check: Check, locale: Locale, path: Path) -> None:
    heads = ("id", "file", "sheet", "row", "column", "value", "what", "remedy")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(_rows(check, locale))


def _write_json(check: Check, locale: Locale, path: Path) -> None:
    content = {
        "table": check.schema.name,
        "title": check.schema.title[locale.lang],
        "language": locale.lang,
        "rows": None if check.table is None else len(check.table),
        "faults": _rows(check, locale),
        "changes": json.loads(check.changes.to_json(orient="records", force_ascii=False)),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
