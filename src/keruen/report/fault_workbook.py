# SPDX-License-Identifier: Apache-2.0
"""Faults in Excel: the user's own sheet with its faulty cells coloured, and a mended copy."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FileError, SchemaError
from keruen.report.fault_page import cell_faults
from keruen.report.faults import decisions, fault_lines, require_other, said
from keruen.report.locale import Locale, Message, msg
from keruen.sources._grid import read_sheets
from keruen.sources.files import Check
from keruen.sources.mending import Mended, mend
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_MOST_ROWS: Final = 1_048_575
_FILL: Final = "FDE3D3"
_EDGE: Final = "D55E00"
_LONGEST: Final = 32_000

_FAULTS: Final = msg("Faults")
_DATA: Final = msg("Data")
_CHANGES: Final = msg("Changes")
_FAULT_HEADS: Final[tuple[Message, ...]] = (
    msg("Sheet"),
    msg("Cells"),
    msg("Number of cells"),
    msg("What is wrong"),
    msg("What to do"),
)
_CHANGE_HEADS: Final[tuple[Message, ...]] = (
    msg("Cells"),
    msg("Number of cells"),
    msg("Stood there"),
    msg("Was read"),
    msg("Why"),
)


def write_workbook(check: Check, original: Path, locale: Locale, path: Path) -> None:
    """Write the user's workbook with the faulty cells coloured and a sheet of faults.

    Parameters
    ----------
    check : Check
        A table that was checked.
    original : Path
        The file it came from; it is not touched.
    locale : Locale
        Language.
    path : Path
        File to write.

    Raises
    ------
    FileError
        The table has more rows than a sheet of Excel (``TooLarge``).
    """
    book, sheet = _copied(check, original)
    for (row, column), text in cell_faults(check, locale).items():
        if row <= sheet.max_row:
            cells = [sheet[f"{column}{row}"]] if column else list(sheet[row])
            _mark(cells, text)
    _faults_sheet(book, check, locale)
    _changes_sheet(book, check, locale)
    book.active = book.index(sheet)
    book.save(path)


def _copied(check: Check, original: Path) -> tuple[Workbook, Worksheet]:
    """The user's workbook with all its sheets; other files as a workbook of one sheet."""
    from openpyxl import Workbook, load_workbook

    if original.suffix.lower() in (".xlsx", ".xlsm"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parts that the copy does without
            book = load_workbook(original)
        return book, book[check.sheet] if check.sheet else book.worksheets[0]
    cells = read_sheets(original, sheet=check.sheet or None)[0].cells
    if len(cells) > _MOST_ROWS:
        raise _too_long(original, len(cells))
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = check.sheet or "1"
    _write(sheet, cells.itertuples(index=False, name=None))
    return book, sheet


def _too_long(path: Path, rows: int) -> FileError:
    return FileError(
        f"{rows:,} rows are more than a sheet of Excel holds",
        where=path.name,
        remedy="write .csv instead",
        id="TooLarge",
    )


def _write(sheet: Worksheet, rows: Iterable[Sequence[object]]) -> None:
    """Rows of values; a text is never taken for a formula."""
    import pandas as pd

    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            if pd.isna(value):  # type: ignore[call-overload]
                continue
            cell = sheet.cell(number, place)
            if isinstance(value, str):
                cell.value = value[:_LONGEST]
                cell.data_type = "s"
            else:
                cell.value = value  # type: ignore[assignment]


def _mark(cells: Iterable[Cell | MergedCell], text: str) -> None:
    from openpyxl.cell import Cell
    from openpyxl.comments import Comment
    from openpyxl.styles import Border, PatternFill, Side

    side = Side(style="thin", color=_EDGE)
    for cell in cells:
        if isinstance(cell, Cell):
            cell.fill = PatternFill("solid", fgColor=_FILL)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
            cell.comment = Comment(text, "Keruen", width=320, height=110)


def _faults_sheet(book: Workbook, check: Check, locale: Locale) -> None:
    lines = fault_lines(check, locale)
    rows = [(one.sheet, one.cells, one.count, one.what, one.remedy) for one in lines]
    sheet = _listed(book, _FAULTS, _FAULT_HEADS, rows, locale)
    for letter, width in zip("ABCDE", (14, 24, 10, 70, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for number, one in enumerate(lines, start=2):
        cell = one.cells.split(",")[0].split(" ")[0]
        if one.sheet and cell[:1].isalpha() and ":" not in cell:
            sheet.cell(number, 2).hyperlink = f"#'{one.sheet}'!{cell}"


def _changes_sheet(book: Workbook, check: Check, locale: Locale) -> None:
    rows = [
        (one.cell, one.count, one.before, one.after, one.reason) for one in decisions(check, locale)
    ]
    sheet = _listed(book, _CHANGES, _CHANGE_HEADS, rows, locale)
    for letter, width in zip("ABCDE", (12, 10, 30, 30, 70), strict=True):
        sheet.column_dimensions[letter].width = width


def _listed(
    book: Workbook,
    name: Message,
    heads: tuple[Message, ...],
    rows: Sequence[Sequence[object]],
    locale: Locale,
) -> Worksheet:
    from openpyxl.styles import Alignment, Font

    title = name.render(locale)
    while title in book.sheetnames:
        title += "_"
    sheet = book.create_sheet(title)
    _write(sheet, [[head.render(locale) for head in heads], *rows])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    return sheet


def write_mended(check: Check, original: Path, locale: Locale, path: Path) -> Mended:
    """Write a clean copy: codes and numbers, the faults that are left coloured.

    Parameters
    ----------
    check : Check
        A table that was checked.
    original : Path
        The file it came from; it is never written over.
    locale : Locale
        Language of comments and lists.
    path : Path
        File to write, ``.xlsx`` or ``.csv``; the headings of the table are its column
        names, so that it can be read again.

    Returns
    -------
    Mended
        What was written.

    Raises
    ------
    SchemaError
        The ending is another (``UnknownFormat``), the headings were not understood
        (``NoCopy``), or the copy would replace the original (``SameFile``).
    FileError
        The file cannot be written, or is too long for Excel.
    """
    ending = path.suffix.lower()
    if ending not in (".xlsx", ".csv"):
        raise SchemaError(
            f"a clean copy cannot be written as '{path.suffix}'",
            where=str(path),
            remedy="end its name in .xlsx or .csv",
            id="UnknownFormat",
        )
    require_other(path, original, "the clean copy")
    copy = mend(check, original)
    if ending == ".xlsx" and len(copy.table) > _MOST_ROWS:
        raise _too_long(path, len(copy.table))
    with staged_file(path) as draft:
        if ending == ".csv":
            copy.table.to_csv(draft, index=False, encoding="utf-8-sig")
        else:
            _mended_book(check, copy, locale).save(draft)
    return copy


def _mended_book(check: Check, copy: Mended, locale: Locale) -> Workbook:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _DATA.render(locale)
    heads = [str(name) for name in copy.table.columns]
    _write(sheet, [heads, *copy.table.itertuples(index=False, name=None)])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for (row, column), fault in copy.marks.items():
        told = copy.faults.iloc[fault]
        text = ": ".join(said(told["id"], told["facts"], locale))
        _mark([sheet.cell(row + 2, column + 1)], text)
    left = Check(check.schema, check.table, copy.faults, check.changes, check.sheet)
    if len(copy.faults):
        _faults_sheet(book, left, locale)
    _changes_sheet(book, check, locale)
    return book
