# SPDX-License-Identifier: Apache-2.0
"""Cells of a workbook, read one sheet at a time and bounded.

A workbook that unpacks to more than memory holds is refused before it is opened.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

from keruen.core.errors import FileError, SchemaError
from keruen.sources.formats.cube import place
from keruen.sources.formats.sheets import Worksheet
from keruen.sources.formats.text_table import refuse_file

if TYPE_CHECKING:
    import pandas as pd

_LARGEST: Final = 256 << 20
_UNPACKED: Final = 1 << 30
_CELLS: Final = 30_000_000
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    SyntaxError,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A workbook, opened for reading cell by cell.

    Parameters
    ----------
    path : Path
        File.

    Yields
    ------
    Workbook
        Of openpyxl, read-only, values of formulas as last calculated.

    Raises
    ------
    FileError
        No such file, too large, unpacks to too much, or damaged.
    """
    from openpyxl import load_workbook

    refuse_file(path, _LARGEST)
    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        book = None if unpacked > _UNPACKED else load_workbook(path, read_only=True, data_only=True)
    except _DAMAGE as fault:
        raise _damaged(path) from fault
    if book is None:
        raise FileError(
            f"the workbook unpacks to {unpacked >> 20:,} MB",
            where=path.name,
            remedy="save the sheets that matter as .csv",
            id="TooLarge",
        )
    try:
        yield book
    finally:
        book.close()


def _damaged(path: Path) -> FileError:
    return FileError(
        "the file is no workbook, or is damaged",
        where=path.name,
        remedy="open it in Excel and save it again as .xlsx",
        id="Damaged",
    )


def rows_of(sheet: Worksheet, path: Path) -> list[tuple[Any, ...]]:
    """The cells of a sheet, row by row, without empty rows at the end.

    Parameters
    ----------
    sheet : Worksheet
        A sheet opened by :func:`opened`.
    path : Path
        File, for messages.

    Returns
    -------
    list of tuple

    Raises
    ------
    FileError
        The sheet is damaged or holds too many cells.
    """
    found: list[tuple[Any, ...]] = []
    cells = 0
    try:
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
            if cells > _CELLS:
                break
            found.append(row)
    except _DAMAGE as fault:
        raise _damaged(path) from fault
    if cells > _CELLS:
        raise FileError(
            f"the sheet holds more than {_CELLS:,} cells",
            where=place(path, str(sheet.title)),
            remedy="save it as .csv",
            id="TooLarge",
        )
    while found and all(value is None for value in found[-1]):
        found.pop()
    return found


def read_text_sheets(path: Path) -> dict[str, pd.DataFrame]:
    """Tables of a workbook as text, the first row of each being its heading.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    dict of str to DataFrame of str
        By name of sheet; row i of a frame is row i + 2 of the sheet.
    """
    with opened(path) as book:
        return {sheet.title: as_text(rows_of(sheet, path), path, sheet.title) for sheet in book}


def as_text(rows: Sequence[Sequence[Any]], path: Path, name: str) -> pd.DataFrame:
    """Rows with a heading as a frame of text, numbers as their shortest text."""
    import pandas as pd

    heads = [_text(value).strip() for value in rows[0]] if rows else []
    while heads and not heads[-1]:
        heads.pop()
    if len(set(heads)) < len(heads) or "" in heads:
        raise SchemaError(
            "a heading is empty or stands twice",
            where=place(path, name, "row 1"),
            remedy="name every column once",
        )
    width = len(heads)
    cells = [[_text(value) for value in (*row, *[None] * width)[:width]] for row in rows[1:]]
    table = pd.DataFrame(cells, columns=heads, dtype=object)
    return table[(table != "").any(axis=1)] if len(table) else table


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15 and value:
        return str(int(value))
    return str(value)
