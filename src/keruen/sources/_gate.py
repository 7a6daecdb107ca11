# SPDX-License-Identifier: Apache-2.0
"""What a file truly is, decided before any reader opens it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, Literal

from keruen.sources._refusal import RefusalError, msg

Kind = Literal["delimited", "gzip", "workbook", "parquet"]

_KINDS: Final[dict[str, tuple[Kind, str]]] = {
    ".csv": ("delimited", msg("text")),
    ".tsv": ("delimited", msg("text")),
    ".tab": ("delimited", msg("text")),
    ".txt": ("delimited", msg("text")),
    ".gz": ("gzip", msg("a gzip archive")),
    ".xlsx": ("workbook", msg("a zip archive")),
    ".xlsm": ("workbook", msg("a zip archive")),
    ".ods": ("workbook", msg("a zip archive")),
    ".xls": ("workbook", msg("an older Office document")),
    ".parquet": ("parquet", msg("Parquet")),
}
_MAGIC: Final = (
    (b"PK\x03\x04", msg("a zip archive")),
    (b"PK\x05\x06", msg("a zip archive")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", msg("an older Office document")),
    (b"PAR1", msg("Parquet")),
    (b"\x1f\x8b", msg("a gzip archive")),
    (b"%PDF", msg("a PDF document")),
    (b"\x89PNG", msg("a picture")),
    (b"GIF8", msg("a picture")),
    (b"\xff\xd8\xff", msg("a picture")),
    (b"BZh", msg("a bzip2 archive")),
    (b"\xfd7zXZ", msg("an xz archive")),
    (b"7z\xbc\xaf", msg("a 7-Zip archive")),
    (b"Rar!", msg("a RAR archive")),
    (b"\x28\xb5\x2f\xfd", msg("a Zstandard archive")),
    (b"SQLite format 3\x00", msg("a database")),
    (b"{\\rtf", msg("a text document")),
)
_MARKUP: Final = ((b"<?xml", msg("an XML document")), (b"<", msg("a web page")))
_LARGEST: Final[dict[Kind, int]] = {
    "delimited": 4 << 30,
    "gzip": 1 << 30,
    "workbook": 128 << 20,
    "parquet": 4 << 30,
}
_SPECIAL: Final = (
    (stat.S_ISDIR, msg("a folder")),
    (stat.S_ISCHR, msg("a device")),
    (stat.S_ISBLK, msg("a device")),
    (stat.S_ISFIFO, msg("a pipe")),
    (stat.S_ISSOCK, msg("a socket")),
)


def kind_of(path: Path) -> Kind:
    """How a file is to be read, its ending and its content agreeing.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    {"delimited", "gzip", "workbook", "parquet"}

    Raises
    ------
    RefusalError
        No file, no right to read it, nothing in it, more than can be read, or another
        format than the name says.
    """
    size = _size(path)
    ending = path.suffix.lower()
    if ending not in _KINDS or (ending == ".gz" and _inner(path) not in _KINDS):
        raise RefusalError("UnknownFormat", path, ending="".join(path.suffixes[-2:]) or path.name)
    kind, expected = _KINDS[ending]
    found = _content(path)
    containers = {_KINDS[".xlsx"][1], _KINDS[".xls"][1]}
    if found != expected and not (kind == "workbook" and found in containers):
        raise RefusalError("WrongEnding", path, ending=ending, found=found)
    if size > _LARGEST[kind]:
        limit = _LARGEST[kind] >> 20
        raise RefusalError("TooLarge", path, megabytes=size >> 20, limit=limit)
    return kind


def _inner(path: Path) -> str:
    """Ending under ``.gz``; only text is read out of an archive."""
    ending = Path(path.stem).suffix.lower()
    return ending if ending in {".csv", ".tsv", ".tab", ".txt"} else ""


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except FileNotFoundError as fault:
        raise RefusalError("NotFound", path) from fault
    except (OSError, ValueError) as fault:  # a loop of links; a null byte in the name
        detail = getattr(fault, "strerror", None) or str(fault)
        raise RefusalError("NotReadable", path, detail=detail) from fault
    for is_special, name in _SPECIAL:
        if is_special(found.st_mode):
            raise RefusalError("NotAFile", path, found=name)
    if not found.st_size:
        raise RefusalError("EmptyFile", path)
    return found.st_size


def _content(path: Path) -> str:
    """What the first bytes say."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as fault:
        raise RefusalError("NotReadable", path, detail=os.strerror(fault.errno or 0)) from fault
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, name in _MARKUP:
        if text.startswith(magic) and not text.startswith(b"<="):
            return name
    return "text"
