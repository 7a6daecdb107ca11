# SPDX-License-Identifier: Apache-2.0
"""Why a file is refused: one sentence and one remedy for each reason.

The sentences are the keys of their translations; the facts fill them in any language.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from keruen.core.errors import FileError


def msg(text: str) -> str:
    """Mark a sentence for the catalogues."""
    return text


TEXTS: Final[dict[str, tuple[str, str]]] = {
    "NotFound": (msg("there is no such file"), msg("check the name")),
    "NotAFile": (msg("this is {found}, not a file"), msg("name a file")),
    "NotReadable": (
        msg("the file cannot be opened: {detail}"),
        msg("ask for the right to read it"),
    ),
    "EmptyFile": (msg("the file is empty"), msg("save it again in the program it comes from")),
    "UnknownFormat": (
        msg("files ending in '{ending}' are not read"),
        msg("give CSV, TSV, Excel (.xlsx, .xls), OpenDocument (.ods) or Parquet"),
    ),
    "WrongEnding": (
        msg("the name ends in '{ending}', but the file is {found}"),
        msg("save it again as CSV or .xlsx, or name it by what it is"),
    ),
    "NotWorkbook": (
        msg("the file is an archive without a workbook in it"),
        msg("unpack it and give the table itself"),
    ),
    "Encrypted": (
        msg("the file is protected by a password"),
        msg("open it, save it without a password, and give that copy"),
    ),
    "Damaged": (
        msg("the file is damaged or cut short: {detail}"),
        msg("copy or download it again, or open and save it in the program it comes from"),
    ),
    "TooLarge": (
        msg("the file has {megabytes} MB, and at most {limit} MB are read"),
        msg("leave out what is not needed, or give the table as CSV or Parquet"),
    ),
    "TooManyCells": (
        msg("the table has more than {limit} cells"),
        msg("leave out what is not needed, or give it as CSV or Parquet, a figure a row"),
    ),
    "TooMuchText": (
        msg("the sheet holds more than {limit} letters"),
        msg("leave out long remarks, or give the table as CSV or Parquet"),
    ),
    "NeedsMemory": (
        msg("reading the file takes more memory than a table should"),
        msg("open the file and save it again, or give the table as CSV or Parquet"),
    ),
    "TooSlow": (
        msg("reading was stopped after {seconds} seconds"),
        msg("open the file and save it again, or give the table as CSV"),
    ),
    "Unpacks": (
        msg("the file would unpack to {megabytes} MB or more"),
        msg("give the table itself, without pictures or attached files"),
    ),
    "Doctype": (
        msg("part {part} of the file declares entities of its own, which tables never do"),
        msg("open the file and save it again"),
    ),
    "FarCell": (
        msg("cell {cell} makes the table larger than {limit} cells"),
        msg("delete what stands far outside the table"),
    ),
    "CellTooLong": (
        msg("a cell holds more than {limit} characters"),
        msg("shorten it; a missing quotation mark may have swallowed the rows below"),
    ),
    "TooManyColumns": (
        msg("row {row} has more than {limit} columns"),
        msg("give one row a cell: keys in columns, one figure a row"),
    ),
    "NotText": (
        msg("byte {byte} is not part of a text"),
        msg("save the table again as CSV in UTF-8, or give the Excel file"),
    ),
    "Encoding": (
        msg("the letters are in no known encoding: byte {byte} is neither UTF-8 nor windows-1251"),
        msg("save the table again as CSV in UTF-8"),
    ),
    "LostLetters": (
        msg("letters were lost before this file was saved: '{sample}' at byte {byte}"),
        msg("go back to the original, and save it as CSV in UTF-8"),
    ),
    "BrokenQuotes": (
        msg("a quotation mark in row {row} is opened and not closed, or stands inside a cell"),
        msg("double the quotation marks inside a cell, and close the cell with one"),
    ),
    "DelimiterUnclear": (
        msg("it is not clear whether commas part the cells or stand in the numbers"),
        msg("save the table with semicolons or tabs between the cells"),
    ),
    "RaggedRow": (
        msg("row {row} has {found} cells, the headings {expected}"),
        msg("give each row a cell for each heading; quote cells that hold the delimiter"),
    ),
    "ColumnType": (
        msg("column '{column}' holds {found}, not numbers, text or dates"),
        msg("write each field of it as a column of its own"),
    ),
    "NoCells": (msg("the file holds no cells"), msg("give a table with headings and rows")),
}
"""What and remedy of each reason."""


class RefusalError(FileError):
    """A file that cannot be read as a table.

    Parameters
    ----------
    id : str
        Reason, a key of ``TEXTS``.
    path : Path
        File.
    where : str, optional
        Sheet, row or cell within the file.
    **facts : str or int
        What fills the sentence.

    Examples
    --------
    >>> print(RefusalError("EmptyFile", Path("a.csv")))
    the file is empty (a.csv): save it again in the program it comes from
    """

    def __init__(self, id: str, path: Path, *, where: str = "", **facts: str | int) -> None:
        what, remedy = TEXTS[id]
        self.file = path.name
        self.place = where
        self.facts = facts
        super().__init__(
            what.format(**facts),
            where=", ".join(part for part in (path.name, where) if part),
            remedy=remedy,
            id=id,
        )
