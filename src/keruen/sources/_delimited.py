# SPDX-License-Identifier: Apache-2.0
"""Texts with a delimiter: which one it is, and their rows."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from keruen.sources._refusal import RefusalError

MOST_COLUMNS: Final = 16_384
"""Columns of a table at most, as in Excel."""

LONGEST_CELL: Final = 131_072
"""Characters of a cell at most: four times what Excel holds."""

_DELIMITERS: Final = ("\t", ";", "|", ",")
_LONGEST_LINE: Final = 4 << 20
_SAMPLE: Final = 256 << 10
_SAMPLE_ROWS: Final = 500
_DIRECTIVE: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s*[-+(]?\d[\d\s.,'’]*%?\)?\s*")
_DIGITS: Final = re.compile(r"\s*-?\d+\s*")
_UNPACKED: Final = 2 << 30
_RATIO: Final = 200


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A gzip archive as a plain file, for as long as it is needed.

    Parameters
    ----------
    path : Path
        File ending in ``.gz``; others are given back as they are.

    Yields
    ------
    Path
        Plain file.

    Raises
    ------
    RefusalError
        The archive is damaged, cut short, or unpacks to more than any table.
    """
    if path.suffix.lower() != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="keruen-") as folder:
        plain = Path(folder, path.stem)
        most = min(_UNPACKED, max(64 << 20, _RATIO * path.stat().st_size))
        try:
            with gzip.open(path) as packed, plain.open("wb") as file:
                while piece := packed.read(1 << 20):
                    if file.tell() > most:
                        raise RefusalError("Unpacks", path, megabytes=most >> 20)
                    file.write(piece)
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise RefusalError("Damaged", path, detail=str(fault)) from fault
        if not plain.stat().st_size:
            raise RefusalError("EmptyFile", path)
        yield plain


def delimiter_of(path: Path, encoding: str) -> str:
    """Sign between the cells of a text.

    Parameters
    ----------
    path : Path
        File of text.
    encoding : str
        Its encoding.

    Returns
    -------
    str
        Tab, semicolon, bar or comma; a comma when there is one column only.

    Raises
    ------
    RefusalError
        ``DelimiterUnclear``: commas may as well be decimal.
    """
    with _opened(path, encoding) as file:
        sample = file.read(_SAMPLE)
        if len(sample) == _SAMPLE:  # the last line is cut
            sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    if found := _DIRECTIVE.match(sample):
        return found.group(1)
    tables = {sign: _rows_of(sample, sign) for sign in _DELIMITERS if sign in sample}
    most = max(map(len, tables.values()), default=0)
    merits = {sign: _merit(rows, most) for sign, rows in tables.items() if rows}
    best = max(merits, key=lambda sign: merits[sign], default=",")
    if best == "," and "," in tables and _may_be_decimal(tables[","]):
        raise RefusalError("DelimiterUnclear", path)
    return best


def _rows_of(sample: str, delimiter: str) -> list[list[str]]:
    """Rows up to the first that a wrong delimiter, or the end of the sample, breaks."""
    lines = io.StringIO(sample, newline="")
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    found: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        found.extend(row for row in itertools.islice(rows, _SAMPLE_ROWS) if any(row))
    return found


def _merit(rows: list[list[str]], most: int) -> tuple[float, int, int]:
    """Share of rows with the usual number of cells, how many cells are numbers, that number.

    Titles above a table and notes below it have one cell; the rows between agree. A comma
    in a heading and one in each number leave fewer numbers whole than the delimiter does.
    """
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return (0.0, 0, 0)
    usual, count = widths.most_common(1)[0]
    numbers = sum(_NUMBER.fullmatch(cell) is not None for row in rows for cell in row)
    return (round(count / most, 1), numbers, usual)


def _may_be_decimal(rows: list[list[str]]) -> bool:
    """Whether each row is a heading or one number with a decimal comma."""
    headed = len(rows[0]) == 1 if rows else False
    body = rows[1:]
    return (
        headed
        and bool(body)
        and all(len(row) == 2 and all(map(_DIGITS.fullmatch, row)) for row in body)
    )


def read_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Rows of a text; a line that names the delimiter is an empty row.

    Parameters
    ----------
    path : Path
        File of text.
    encoding, delimiter : str
        How it is written.

    Yields
    ------
    list of str

    Raises
    ------
    RefusalError
        A quotation mark is broken, a cell too long, or a row too wide, with its number.
    """
    with _opened(path, encoding) as file:
        if not _DIRECTIVE.fullmatch(file.readline(_LONGEST_LINE)):
            file.seek(0)
        else:
            yield []
        first = 1 if file.tell() == 0 else 2
        rows = csv.reader(_lines(path, file), delimiter=delimiter, strict=True)
        for number in itertools.count(first):
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as fault:
                raise _broken(path, number, str(fault)) from fault
            if len(row) > MOST_COLUMNS:
                raise RefusalError("TooManyColumns", path, row=number, limit=MOST_COLUMNS)
            yield row


def _broken(path: Path, row: int, detail: str) -> RefusalError:
    if "field larger" in detail:
        return RefusalError("CellTooLong", path, where=f"row {row}", limit=LONGEST_CELL)
    return RefusalError("BrokenQuotes", path, row=row)


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise RefusalError("CellTooLong", path, limit=LONGEST_CELL)
        yield line
