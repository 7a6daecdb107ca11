# SPDX-License-Identifier: Apache-2.0
"""The text of a PX file as statements: keyword, language, what it is about, and values."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keruen.core.errors import FileError, SchemaError
from keruen.sources.formats.cube import place
from keruen.sources.formats.text_table import refuse_file

LARGEST: Final = 512 << 20
"""Bytes of the largest PX file that is read."""

_KEY: Final = re.compile(
    r"\s*(?P<word>[A-Za-z][A-Za-z0-9_-]*)\s*"
    r"(?:\[\s*\"?(?P<lang>[^\]\"]*)\"?\s*\])?\s*"
    r"(?:\((?P<about>[^()\"]*(?:\"[^\"]*\"[^()\"]*)*)\))?\s*="
)
_VALUE: Final = re.compile(r'[^";]*(?:"[^"]*"[^";]*)*;')
_QUOTED: Final = re.compile(r'"([^"]*)"')
_CODEPAGE: Final = re.compile(rb'CODEPAGE\s*=\s*"([^"]{1,40})"', re.IGNORECASE)
_LANGUAGE: Final = re.compile(rb'LANGUAGE\s*=\s*"([^"]{1,20})"', re.IGNORECASE)
_CYRILLIC: Final = ("ru", "kk", "ky", "uk", "be", "bg", "mk", "mn", "tg")


@dataclass(frozen=True)
class Statement:
    """One statement of the file.

    Parameters
    ----------
    word : str
        Keyword, in capitals.
    lang : str
        Language of the key; empty for the file's own.
    about : tuple of str
        Variable, and value of it, that the statement is about.
    text : str
        What stands behind the sign of equality, without the semicolon.
    """

    word: str
    lang: str
    about: tuple[str, ...]
    text: str

    @property
    def values(self) -> list[str]:
        """The quoted texts; one that runs over several lines is one."""
        found: list[str] = []
        end = 0
        for match in _QUOTED.finditer(self.text):
            joined = found and not self.text[end : match.start()].strip()
            if joined:
                found[-1] += match[1]
            else:
                found.append(match[1])
            end = match.end()
        return [" ".join(one.split()) for one in found] or (
            [self.text.strip()] if self.text.strip() else []
        )


def statements(path: Path) -> tuple[Iterator[Statement], str]:
    """The statements of a file up to its data, and the encoding it is written in.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    iterator of Statement
        ``DATA`` is the last.
    str
        Name of the encoding.

    Raises
    ------
    FileError
        No such file, too large, of an unknown encoding, or broken off.
    """
    refuse_file(path, LARGEST)
    raw = path.read_bytes()
    encoding = _encoding(raw[:20_000], raw, path)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as fault:
        raise FileError(
            f"the text is not in {encoding}",
            where=place(path, f"byte {fault.start + 1}"),
            remedy="correct CODEPAGE, or save the file as utf-8",
            id="Encoding",
        ) from fault
    return _statements(text, path), encoding


def _encoding(head: bytes, raw: bytes, path: Path) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if found := _CODEPAGE.search(head):
        name = found[1].decode("ascii", "replace").strip()
        try:
            codec = codecs.lookup(name).name
            b"".decode(codec)
        except (LookupError, ValueError):
            raise FileError(
                f"the encoding '{name}' is not known",
                where=place(path, "CODEPAGE"),
                remedy="save the file as utf-8",
                id="Encoding",
            ) from None
        return codec
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        lang = _LANGUAGE.search(head)
        named = lang[1].decode("ascii", "replace").casefold()[:2] if lang else ""
        return "cp1251" if named in _CYRILLIC else "iso8859-15"
    return "utf-8"


def _statements(text: str, path: Path) -> Iterator[Statement]:
    at = 0
    while text[at : at + 400].strip():
        key = _KEY.match(text, at)
        if key is None:
            raise _broken("no keyword stands here", text, at, path)
        if key["word"].upper() == "DATA":
            end = text.rfind(";")
            if end < key.end():
                raise _broken(
                    "the data do not end: the closing semicolon is missing", text, at, path
                )
            yield Statement("DATA", "", (), text[key.end() : end])
            return
        value = _VALUE.match(text, key.end())
        if value is None:
            raise _broken(f"{key['word']} does not end", text, key.start("word"), path)
        about = tuple(" ".join(one.split()) for one in _QUOTED.findall(key["about"] or ""))
        lang = (key["lang"] or "").strip()
        yield Statement(key["word"].upper(), lang, about, value[0][:-1])
        at = value.end()
    raise SchemaError(
        "the file has no DATA",
        where=path.name,
        remedy="fetch it again: it may have been cut off",
    )


def _broken(what: str, text: str, at: int, path: Path) -> FileError:
    start = at + len(text[at : at + 400]) - len(text[at : at + 400].lstrip())
    line = text.count("\n", 0, start) + 1
    return FileError(
        what,
        where=place(path, f"line {line}"),
        remedy="fetch the file again: it may have been cut off",
        id="Damaged",
    )
