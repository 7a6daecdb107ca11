# SPDX-License-Identifier: Apache-2.0
"""A tidy CSV as a table of text: nothing is guessed, nothing is dropped."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from keruen.core.errors import FileError
from keruen.sources._encoding import encoding_of
from keruen.sources.formats.cube import place

if TYPE_CHECKING:
    import pandas as pd

LARGEST: Final = 512 << 20
"""Bytes of the largest text that is read whole."""

_SEPARATORS: Final = ",;\t|"
_LONGEST: Final = 1 << 24
_SHORT: Final = 16


def read_text_table(path: Path) -> pd.DataFrame:
    """The cells of a CSV as they are written.

    Parameters
    ----------
    path : Path
        File with a heading; separator comma, semicolon, tab or bar.

    Returns
    -------
    DataFrame of str
        The index counts lines: a row i stands in line i + 2 of the file.

    Raises
    ------
    FileError
        No such file, empty, too large, no text, or rows of different length.
    """
    import pandas as pd

    encoding = text_encoding(path)
    kept = csv.field_size_limit(_LONGEST)
    try:
        with path.open(encoding=encoding, newline="") as file:
            heads, columns, lines = _columns(file, path)
    except csv.Error as fault:
        raise FileError(
            f"the file is no table: {fault}",
            where=path.name,
            remedy="quote cells that hold the separator or a line break, and close the quotes",
            id="Damaged",
        ) from fault
    finally:
        csv.field_size_limit(kept)
    cells = {
        number: pd.Series(column, index=lines, dtype=object)
        for number, column in enumerate(columns)
    }
    table = pd.DataFrame(cells, index=lines)
    table.columns = heads
    return table


def _columns(file: TextIO, path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """Headings, cells column by column, and the line (less two) that each row ends in."""
    head = file.readline(1 << 20)
    separator = max(_SEPARATORS, key=head.count)
    file.seek(0)
    reader = csv.reader(file, delimiter=separator, strict=True)
    heads = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    columns: list[list[str]] = [[] for _ in heads]
    lines: list[int] = []
    known: dict[str, str] = {}  # codes stand in thousands of rows: each is kept once
    for row in reader:
        if not any(row):
            continue
        if len(row) != len(heads):
            raise _ragged(len(row), len(heads), reader.line_num, path)
        lines.append(reader.line_num - 2)
        for column, text in zip(columns, row, strict=True):
            column.append(known.setdefault(text, text) if len(text) < _SHORT else text)
    return heads, columns, lines


def _ragged(found: int, wanted: int, line: int, path: Path) -> FileError:
    return FileError(
        f"a row has {found} cells, the heading {wanted}",
        where=place(path, f"row {line}"),
        remedy="give the whole file: it may have been cut off; quote cells with the separator",
        id="Damaged",
    )


def text_encoding(path: Path) -> str:
    """Encoding of a text that is small enough to be read whole.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    str

    Raises
    ------
    FileError
        No such file, empty, too large, or no text.
    """
    refuse_file(path, LARGEST)
    return encoding_of(path)


def refuse_file(path: Path, largest: int) -> None:
    """Refuse what is no file, has nothing in it, or is too large to be read whole."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise FileError(f"the file {what}", where=str(path), remedy="name a file", id="NotFound")
    size = path.stat().st_size
    if not size:
        raise FileError(
            "the file is empty", where=path.name, remedy="save it again", id="EmptyFile"
        )
    if size > largest:
        raise FileError(
            f"the file has {size >> 20} MB, where at most {largest >> 20} MB are read",
            where=path.name,
            remedy="ask the publisher for a part of it",
            id="TooLarge",
        )
