# SPDX-License-Identifier: Apache-2.0
"""Any table file as sheets of cells, or, when it is large and tidy, as columns.

Nothing is understood here: no headings, no codes, no numbers kept as text. What stands in
row 7, column C of the file stands in row 6, column 2 of ``cells``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.sources._columnar import delimited_columns, parquet_columns
from keruen.sources._delimited import delimiter_of, read_rows, unpacked
from keruen.sources._encoding import encoding_of
from keruen.sources._excel import RawSheet, read_workbook
from keruen.sources._gate import kind_of
from keruen.sources._refusal import RefusalError

if TYPE_CHECKING:
    import pandas as pd

MOST_CELLS: Final = 4_000_000
"""Cells of a text at most; larger tables are read by column."""

_LARGE: Final = {"delimited": 8 << 20, "gzip": 1 << 20, "parquet": 1 << 20}


@dataclass(frozen=True)
class Sheet:
    """Cells of a sheet, as they stand in the file.

    Parameters
    ----------
    file, name : str
        File, and sheet of a workbook; the name is empty for other files.
    cells : DataFrame of object
        Text as it is, int, float, bool, date, datetime, time, timedelta, or None for an
        empty cell; row i and column j are row i + 1 and column j + 1 of the file.
    widths : array of int
        Cells that each row of a text has; of a workbook, the width of the sheet.
    merged : tuple of (top, left, bottom, right)
        Merged ranges, both ends within, counted as in ``cells``.
    formulas : tuple of (row, column)
        Formulas without a stored result; their cells are None.
    errors : tuple of (row, column, error)
        Cells that show an error such as ``#N/A``; they are None.
    percents : frozenset of (row, column)
        Numbers shown as a percentage: 0.25 that the reader of the sheet sees as 25%.
    hidden : bool
        Whether the sheet is hidden.
    encoding, delimiter : str
        How a text is written; empty for other files.
    """

    file: str
    name: str
    cells: pd.DataFrame
    widths: NDArray[np.int64]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    formulas: tuple[tuple[int, int], ...] = ()
    errors: tuple[tuple[int, int, str], ...] = ()
    percents: frozenset[tuple[int, int]] = frozenset()
    hidden: bool = False
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Columns:
    """A tidy table by column.

    Parameters
    ----------
    file : str
        File.
    table : DataFrame
        A column for each heading, under it as written: int64 or float64 where every cell
        is a plain number, else categories of texts, dates of Parquet as datetime64.
        Missing where the cell is empty. The index is the row of the file, the headings
        of Parquet being row 1; empty rows are left out.
    commas : tuple of int
        Places of the columns whose numbers were written with decimal commas.
    encoding, delimiter : str
        How a text is written; empty for Parquet.
    """

    file: str
    table: pd.DataFrame
    commas: tuple[int, ...] = ()
    encoding: str = ""
    delimiter: str = ""


def is_large(path: Path) -> bool:
    """Whether a file is better read by column than by cell.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    bool
        True for a text or Parquet file above some megabytes; never for a workbook.

    Raises
    ------
    RefusalError
        As ``kind_of``.
    """
    kind = kind_of(path)
    return kind in _LARGE and path.stat().st_size > _LARGE[kind]


def read_columns(path: Path) -> Columns:
    """A large tidy table: headings in the first row, then one record a row.

    Parameters
    ----------
    path : Path
        CSV or the like, also packed as ``.gz``, or Parquet.

    Returns
    -------
    Columns

    Raises
    ------
    RefusalError
        The file cannot be read, or is a workbook.
    FaultsError
        Rows with more or fewer cells than headings, all of them up to a hundred.
    """
    kind = kind_of(path)
    if kind == "parquet":
        return Columns(path.name, parquet_columns(path))
    if kind == "workbook":
        raise RefusalError("UnknownFormat", path, ending=path.suffix)
    with unpacked(path) as plain:
        found = delimited_columns(plain)
    return Columns(
        path.name,
        found.table,
        commas=found.commas,
        encoding=found.encoding,
        delimiter=found.delimiter,
    )


def read_sheets(path: Path, *, sheet: str | None = None) -> list[Sheet]:
    """The cells of every sheet of a file.

    Parameters
    ----------
    path : Path
        CSV, TSV or text, also packed as ``.gz``; ``.xlsx``, ``.xlsm``, ``.xls``, ``.ods``;
        Parquet, its headings as the first row.
    sheet : str, optional
        The only sheet to read of a workbook.

    Returns
    -------
    list of Sheet
        In the order of the workbook; one for any other file.

    Raises
    ------
    RefusalError
        The file cannot be read, or no sheet of it holds a cell.
    SchemaError
        The workbook has no such sheet (``NoSheet``).

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_text("country;births" + chr(10) + "NA;1 200,5", encoding="cp1251")
    >>> found = read_sheets(file)[0]
    >>> found.delimiter, found.cells.to_numpy().tolist()
    (';', [['country', 'births'], ['NA', '1 200,5']])
    """
    kind = kind_of(path)
    if kind == "workbook":
        found = [_sheet(path, raw) for raw in read_workbook(path, sheet)]
    elif sheet is not None:
        raise _no_sheet(path, sheet, ())
    elif kind == "parquet":
        found = [_headed(read_columns(path))]
    else:
        with unpacked(path) as plain:
            found = [_text(path, plain)]
    if all(one.cells.empty for one in found):
        raise RefusalError("NoCells", path)
    return found


def _sheet(path: Path, raw: RawSheet) -> Sheet:
    width = max(map(len, raw.rows), default=0)
    return Sheet(
        file=path.name,
        name=raw.name,
        cells=_frame(raw.rows),
        widths=np.full(len(raw.rows), width),
        merged=tuple(raw.merged),
        formulas=tuple(raw.formulas),
        errors=tuple(raw.errors),
        percents=frozenset(raw.percents),
        hidden=raw.hidden,
    )


def _no_sheet(path: Path, sheet: str, names: tuple[str, ...]) -> SchemaError:
    known = f"the sheets are {few(names)}" if names else "only workbooks have sheets"
    return SchemaError(f"there is no sheet '{sheet}'", where=path.name, remedy=known, id="NoSheet")


def _text(path: Path, plain: Path) -> Sheet:
    encoding = encoding_of(plain)
    delimiter = delimiter_of(plain, encoding)
    rows: list[list[object]] = []
    count = 0
    for row in read_rows(plain, encoding, delimiter):
        rows.append([cell or None for cell in row])
        count += len(row)
        if count > MOST_CELLS or len(rows) > MOST_CELLS:
            raise RefusalError("TooManyCells", path, limit=MOST_CELLS)
    widths = np.array([len(row) for row in rows], dtype=np.int64)
    if rows and int(widths.max()) * len(rows) > 4 * MOST_CELLS:
        wide = int(widths.argmax()) + 1
        raise RefusalError("TooManyColumns", path, row=wide, limit=4 * MOST_CELLS // len(rows))
    return Sheet(
        file=path.name,
        name="",
        cells=_frame(rows),
        widths=widths,
        encoding=encoding,
        delimiter=delimiter,
    )


def _headed(columns: Columns) -> Sheet:
    import pandas as pd

    table = columns.table
    if table.size > MOST_CELLS:
        raise RefusalError("TooManyCells", Path(columns.file), limit=MOST_CELLS)
    body = [[None if pd.isna(cell) else cell for cell in table[name]] for name in table.columns]
    rows = [list(table.columns), *map(list, zip(*body, strict=True))]
    return Sheet(
        columns.file, "", _frame(rows), np.full(len(rows), len(table.columns), dtype=np.int64)
    )


def _frame(rows: list[list[object]]) -> pd.DataFrame:
    """Rows as a frame of objects, short rows filled up with None."""
    import pandas as pd

    cells = np.full((len(rows), max(map(len, rows), default=0)), None, dtype=object)
    for number, row in enumerate(rows):
        cells[number, : len(row)] = row
    return pd.DataFrame(cells, dtype=object)
