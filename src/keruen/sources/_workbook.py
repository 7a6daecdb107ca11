# SPDX-License-Identifier: Apache-2.0
"""The process in which a workbook is opened, so that a bad one can harm nothing else.

The readers of workbooks are compiled code that may stop the whole process over a damaged
file or take all memory over a small one. This process may take little memory, and what it
reads goes to the one that started it as lines of JSON: for each sheet its name, its rows,
then what is remarkable in it; at last ``{"end": true}``, or the reason of a refusal.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from keruen.sources._ooxml import Facts, Package, PartError, letters_of
from keruen.sources._refusal import msg

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_MEMORY: Final = 512 << 20
_MOST_TEXT: Final = 64 << 20
_LONGEST_CELL: Final = 32_767
_OLE: Final = b"\xd0\xcf\x11\xe0"
_STREAMS: Final = {"EncryptedPackage": "Encrypted", "WordDocument": msg("a Word document")}


def main(path: str, sheet: str | None, limit: int) -> None:
    """Write the sheets of a workbook, or why it cannot be read, to the standard output."""
    _limit_memory()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    try:
        _write(path, sheet, limit)
        _line({"end": True})
    except PartError as refused:
        _line({"refused": refused.id, "where": refused.where, "facts": refused.facts})
    except MemoryError:
        _line({"refused": "NeedsMemory", "where": "", "facts": {}})
    except BaseException as fault:  # noqa: BLE001  (a panic of compiled code is no Exception)
        detail = f"{fault}".splitlines()[0][:200] if f"{fault}" else type(fault).__name__
        _line({"refused": _reason(fault), "where": "", "facts": {"detail": detail}})


def _reason(fault: BaseException) -> str:
    return "Encrypted" if type(fault).__name__ == "PasswordError" else "Damaged"


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _line(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_coded) + "\n")


def _coded(value: object) -> dict[str, str | float]:
    if isinstance(value, dt.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, dt.time):
        return {"time": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"seconds": value.total_seconds()}
    raise TypeError(type(value).__name__)


def _write(path: str, sheet: str | None, limit: int) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    package = _package(path)
    with load_workbook(path) as book:
        listed = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        _line({"sheets": [one.name for one in listed]})
        wanted = [one for one in listed if sheet is None or one.name == sheet]
        raised = package.raised_texts() if package else {}
        facts = _facts(package, [one.name for one in wanted], limit)
        never = package is not None and package.never_calculated()
        for one in wanted:
            _line({"sheet": one.name, "hidden": one.visible != SheetVisibleEnum.Visible})
            found = book.get_sheet_by_name(one.name)
            remarkable = _Remarkable(facts.get(one.name, Facts()), never=never)
            height, width = (0, 0) if found.end is None else (n + 1 for n in found.end)
            if height * width > limit:
                cell = f"{letters_of(width - 1)}{height}"
                raise PartError("FarCell", one.name, cell=cell, limit=limit)
            _write_rows(one.name, found, remarkable, raised)
            merged = _clipped(found.merged_cell_ranges or (), height, width)
            _line({"merged": merged, **remarkable.lists()})


def _package(path: str) -> Package | None:
    """The parts of a zipped workbook; None for an older one."""
    with open(path, "rb") as file:  # noqa: PTH123  (as little as possible is loaded here)
        head = file.read(8)
        if head.startswith(_OLE):
            _refuse_stream(head + file.read())
            return None
    package = Package(path)
    if path.lower().endswith(".ods") != ("content.xml" in package.names):
        kind = (
            msg("an OpenDocument table")
            if "content.xml" in package.names
            else msg("another archive")
        )
        raise PartError("WrongEnding", ending=path[path.rfind(".") :], found=kind)
    if "content.xml" in package.names:
        package.walk("content.xml", lambda _name, _attributes: None)
        return None
    if "xl/workbook.bin" in package.names:
        found = msg("a binary workbook (.xlsb)")
        raise PartError("WrongEnding", ending=path[path.rfind(".") :], found=found)
    if "word/document.xml" in package.names:
        raise PartError("WrongEnding", ending=path[path.rfind(".") :], found=msg("a Word document"))
    if "xl/workbook.xml" not in package.names:
        raise PartError("NotWorkbook")
    return package


def _refuse_stream(content: bytes) -> None:
    for stream, meaning in _STREAMS.items():
        if stream.encode("utf-16-le") in content:
            if meaning == "Encrypted":
                raise PartError("Encrypted")
            raise PartError("WrongEnding", ending=".xls", found=meaning)


def _facts(package: Package | None, names: Iterable[str], limit: int) -> dict[str, Facts]:
    if package is None:
        return {}
    percent = package.percent_styles()
    parts = package.sheets()
    return {
        name: package.facts(name, parts[name], limit, percent) for name in names if name in parts
    }


class _Remarkable:
    """Cells of a sheet that need a word, checked against the values as they pass."""

    def __init__(self, facts: Facts, *, never: bool) -> None:
        self._facts = facts
        self._formulas = set(facts.formulas)
        self._errors = {(row, column) for row, column, _ in facts.errors}
        self._open: list[tuple[int, int]] = []
        self._results = 0
        self._never = never

    def row(self, number: int, cells: list[object]) -> None:
        """Note formulas of a row without result."""
        for column, cell in enumerate(cells):
            if (number, column) not in self._formulas or (number, column) in self._errors:
                continue
            if cell is None:
                self._open.append((number, column))
            elif cell != 0:
                self._results += 1

    @property
    def watching(self) -> bool:
        return bool(self._formulas)

    def lists(self) -> dict[str, Any]:
        """Zeros in all formulas of a workbook never calculated are no results either."""
        unsolved = self._open
        if self._never and not self._results:
            unsolved = sorted(self._formulas - self._errors)
        return {
            "formulas": unsolved,
            "errors": self._facts.errors,
            "percents": self._facts.percents,
        }


def _write_rows(
    sheet: str, found: CalamineSheet, remarkable: _Remarkable, raised: dict[str, str]
) -> None:
    written = 0
    for number, row in enumerate(_rows(found)):
        cells = [raised.get(c, c) if isinstance(c, str) else c for c in row] if raised else row
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                written += len(cell)
                if len(cell) > _LONGEST_CELL:
                    where = f"{sheet}!{letters_of(column)}{number + 1}"
                    raise PartError("CellTooLong", where, limit=_LONGEST_CELL)
        if written > _MOST_TEXT:
            raise PartError("TooMuchText", sheet, limit=_MOST_TEXT)
        if remarkable.watching:
            remarkable.row(number, cells)
        _line(cells)


def _rows(found: CalamineSheet) -> Iterator[list[object]]:
    """Rows from row 1, each from column A to its last filled cell; empty cells as None."""
    left = found.start[1] if found.start else 0
    for row in found.iter_rows():  # it begins with row 1, but with the first filled column
        cells = [None] * left + [_value(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        yield cells


def _value(cell: object) -> object:
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell


def _clipped(
    ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], height: int, width: int
) -> list[tuple[int, int, int, int]]:
    """Merged ranges as far as the sheet is filled."""
    return [
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for (top, left), (bottom, right) in ranges
        if top < height and left < width
    ]
