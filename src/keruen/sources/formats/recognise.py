# SPDX-License-Identifier: Apache-2.0
"""Which of the exchange formats a file is in: by its ending, then by what stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from keruen.core.errors import FileError
from keruen.sources.formats.cells import opened
from keruen.sources.formats.text_table import refuse_file, text_encoding

Found = Literal["sdmx-csv", "json-stat", "px", "flowmap", "csv", "xlsx", "parquet"]


def recognise(path: Path) -> Found:
    """The format of a file or folder.

    Parameters
    ----------
    path : Path
        File or folder.

    Returns
    -------
    str

    Raises
    ------
    FileError
        No such file, or no format that is known (``UnknownFormat``).
    """
    if path.is_dir():
        names = {file.name.casefold() for file in path.iterdir()}
        if {"flows.csv", "locations.csv"} <= names:
            return "flowmap"
        raise _unknown(path, "the folder has no locations.csv and flows.csv")
    ending = path.suffix.lower()
    refuse_file(path, 1 << 40)
    if ending == ".px":
        return "px"
    if ending == ".json":
        return "json-stat"
    if ending == ".parquet":
        return "parquet"
    if ending == ".xlsx":
        with opened(path) as book:
            names = {name.casefold() for name in book.sheetnames}
        return "flowmap" if {"flows", "locations"} <= names else "xlsx"
    if ending in (".csv", ".tsv", ".txt"):
        return _text(path)
    raise _unknown(path, f"'{ending}' is not a known ending")


def _text(path: Path) -> Found:
    with path.open(encoding=text_encoding(path)) as file:
        head = file.readline(100_000).lstrip("\ufeff").strip()
    first = head.replace('"', "")
    if first.startswith("DATAFLOW") or (first.startswith("STRUCTURE") and "STRUCTURE_ID" in first):
        return "sdmx-csv"
    if {"origin", "dest", "count"} <= set(first.split(",")):
        raise _unknown(path, "a flow map needs its locations beside its flows", "give the folder")
    return "csv"


def _unknown(path: Path, what: str, remedy: str = "") -> FileError:
    return FileError(
        what,
        where=str(path),
        remedy=remedy
        or "give SDMX-CSV, JSON-stat, PX, the sheets of a flow map, or a table as .csv, .xlsx "
        "or .parquet; name the format with --from when the ending does not tell",
        id="UnknownFormat",
    )
