# SPDX-License-Identifier: Apache-2.0
"""Workbooks, opened in a process of their own (see :mod:`keruen.sources._workbook`)."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.sources._refusal import TEXTS, RefusalError

MOST_CELLS: Final = 4_000_000
"""Cells of a sheet at most."""

_SECONDS: Final = 8
_SECONDS_PER_MB: Final = 6
_COMMAND: Final = (
    "import json, sys; path, sheet, limit, sys.path[:] = json.loads(sys.argv[1]); "
    "from keruen.sources._workbook import main; main(path, sheet, limit)"
)


@dataclass
class RawSheet:
    """A sheet as the other process tells it; see ``Sheet`` for the fields."""

    name: str
    hidden: bool
    rows: list[list[object]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    percents: list[tuple[int, int]] = field(default_factory=list)


def read_workbook(path: Path, sheet: str | None) -> list[RawSheet]:
    """Sheets of a workbook.

    Parameters
    ----------
    path : Path
        Workbook.
    sheet : str or None
        The only sheet to read.

    Returns
    -------
    list of RawSheet

    Raises
    ------
    RefusalError
        The workbook is damaged, protected, too large, or takes too long.
    SchemaError
        There is no such sheet (``NoSheet``).
    """
    sheets: list[RawSheet] = []
    seconds = _SECONDS + _SECONDS_PER_MB * (path.stat().st_size >> 20)
    with _lines(path, sheet, seconds) as lines:
        for line in lines:
            if isinstance(line, list):
                sheets[-1].rows.append(line)
            elif "end" in line:
                return sheets
            elif "refused" in line:
                raise _refusal(path, line)
            elif "sheets" in line:
                _require(path, sheet, line["sheets"])
            elif "sheet" in line:
                sheets.append(RawSheet(line["sheet"], line["hidden"]))
            else:
                _note(sheets[-1], line)
    raise AssertionError("the lines end with an end or an error")


@contextmanager
def _lines(path: Path, sheet: str | None, seconds: int) -> Iterator[Iterator[Any]]:
    """What the other process writes; it is ended when time is up, or nobody listens."""
    request = json.dumps([str(path.absolute()), sheet, MOST_CELLS, sys.path])
    command = [sys.executable, "-I", "-S", "-c", _COMMAND, request]
    with subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            yield _told(path, process, seconds)
        finally:
            timer.cancel()
            process.kill()


def _told(path: Path, process: subprocess.Popen[bytes], seconds: int) -> Iterator[Any]:
    """Lines of the process, then why it stopped without a last word."""
    yield from _decoded(process.stdout)
    ended = process.wait()
    if ended == -signal.SIGABRT:  # memory refused to compiled code
        raise RefusalError("NeedsMemory", path)
    if ended < 0:
        raise RefusalError("TooSlow", path, seconds=seconds)
    raise RefusalError("Damaged", path, detail="the reader of workbooks gave up")


def _decoded(stream: IO[bytes] | None) -> Iterator[Any]:
    decoder = json.JSONDecoder(object_hook=_value)
    for line in stream or ():
        if line.endswith(b"\n"):  # the last line of a process that was ended may be cut
            yield decoder.decode(line.decode())


def _value(found: dict[str, Any]) -> object:
    """Dates and times, which JSON has no form for."""
    if "date" in found:
        return dt.date.fromisoformat(found["date"])
    if "datetime" in found:
        return dt.datetime.fromisoformat(found["datetime"])
    if "time" in found:
        return dt.time.fromisoformat(found["time"])
    if "seconds" in found:
        return dt.timedelta(seconds=found["seconds"])
    return found


def _refusal(path: Path, line: dict[str, Any]) -> RefusalError:
    id = line["refused"] if line["refused"] in TEXTS else "Damaged"
    return RefusalError(id, path, where=line["where"], **line["facts"])


def _require(path: Path, sheet: str | None, names: list[str]) -> None:
    if sheet is not None and sheet not in names:
        raise SchemaError(
            f"there is no sheet '{sheet}'",
            where=path.name,
            remedy=f"the sheets are {few(names)}",
            id="NoSheet",
        )


def _note(sheet: RawSheet, line: dict[str, Any]) -> None:
    sheet.merged = [(top, left, bottom, right) for top, left, bottom, right in line["merged"]]
    sheet.formulas = [(row, column) for row, column in line["formulas"]]
    sheet.errors = [(row, column, error) for row, column, error in line["errors"]]
    sheet.percents = [(row, column) for row, column in line["percents"]]
