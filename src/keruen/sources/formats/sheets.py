# SPDX-License-Identifier: Apache-2.0
"""Plain sheets of Excel: every number written to its last digit.

openpyxl writes sixteen digits and takes text that begins with a sign of equality for a
formula; both are prevented here.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from keruen.core.errors import FileError

Worksheet = Any
"""A sheet of openpyxl, whose types do not know the sheets that are written row by row."""

EXCEL_ROWS: Final = 1_048_576
"""Rows of an Excel sheet, the heading among them."""

_LONGEST: Final = 32_000
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Sheet:
    """A sheet to be written.

    Parameters
    ----------
    name : str
        Name of the sheet.
    heads : list of str
        Headings; none when empty.
    rows : sequence of list
        Cells: text, numbers, or None for empty.
    widths : list of float
        Widths of the first columns.
    hidden : bool
        Whether the sheet is for programs only.
    """

    name: str
    heads: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    widths: Sequence[float] = field(default=())
    hidden: bool = False


def write_sheets(sheets: Sequence[Sheet], path: Path) -> None:
    """Write a workbook; the same cells give the same bytes.

    Parameters
    ----------
    sheets : sequence of Sheet
        What to write.
    path : Path
        File.

    Raises
    ------
    FileError
        A sheet has more rows than Excel (``TooManyRows``).
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    for given in sheets:
        _refuse_rows(len(given.rows), path)
        sheet = book.create_sheet(given.name)
        sheet.sheet_state = "hidden" if given.hidden else "visible"
        for letter, width in zip("ABCDEFGH", given.widths, strict=False):
            sheet.column_dimensions[letter].width = width
        if given.heads:
            sheet.freeze_panes = "A2"
            heads = [_cell(sheet, head, font=Font(bold=True)) for head in given.heads]
            sheet.append(heads)
        wrapped = Alignment(wrap_text=True, vertical="top")
        for row in given.rows:
            sheet.append(
                [
                    _cell(sheet, value, alignment=wrapped)
                    if isinstance(value, str) and len(value) > 60
                    else _written(sheet, value)
                    for value in row
                ]
            )
    whole = io.BytesIO()  # a full disk would break the workbook off in its middle
    book.save(whole)
    path.write_bytes(_undated(whole.getvalue()))


def _refuse_rows(number: int, path: Path) -> None:
    if number >= EXCEL_ROWS:
        raise FileError(
            f"{number:,} rows do not fit an Excel sheet of {EXCEL_ROWS:,}",
            where=path.name,
            remedy="choose countries or years, or write .csv or .parquet",
            id="TooManyRows",
        )


def _undated(book: bytes) -> bytes:
    """The workbook without the time it was written at."""
    stamp = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(result, "w") as new:
        for part in old.infolist():
            cells = old.read(part)
            if part.filename == "docProps/core.xml":
                cells = stamp.sub(rb"\g<1>2000-01-01T00:00:00Z", cells)
            named = zipfile.ZipInfo(part.filename, (2000, 1, 1, 0, 0, 0))
            new.writestr(named, cells, compress_type=zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _written(sheet: Worksheet, value: object) -> object:
    """A cell that holds exactly this value."""
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124
            return None
        return value if float(f"{value:.16g}") == value and value else _exact(sheet, repr(value))
    if isinstance(value, int) and abs(value) > 10**15:
        return _exact(sheet, str(value))
    if isinstance(value, str):
        text = _CONTROL.sub(" ", value)
        return text if text[:1] not in ("=", "#") else _cell(sheet, text)
    return value


def _exact(sheet: Worksheet, text: str) -> object:
    """A number by its digits: the cell holds a text, and its type says number."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "n"
    return cell


def _cell(sheet: Worksheet, value: object, **style: object) -> object:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=_CONTROL.sub(" ", value))
        cell.data_type = "s"
    else:
        cell = WriteOnlyCell(sheet, value=value)  # type: ignore[arg-type]
    for name, one in style.items():
        setattr(cell, name, one)
    return cell


def pieces(name: str, text: str) -> list[list[str]]:
    """A text as rows that cells of Excel hold: ``name``, ``name 2``, ``name 3`` ...

    Parameters
    ----------
    name : str
        What the text is called.
    text : str
        A text of any length.

    Returns
    -------
    list of [str, str]

    Examples
    --------
    >>> pieces("keruen", "short")
    [['keruen', 'short']]
    """
    starts = range(0, max(len(text), 1), _LONGEST)
    return [
        [name if not number else f"{name} {number + 1}", text[start : start + _LONGEST]]
        for number, start in enumerate(starts)
    ]


def joined(facts: dict[str, str], name: str) -> str:
    """The text that :func:`pieces` split."""
    text, number = facts.get(name, ""), 2
    while f"{name} {number}" in facts:
        text, number = text + facts[f"{name} {number}"], number + 1
    return text
