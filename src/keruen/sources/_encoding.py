# SPDX-License-Identifier: Apache-2.0
"""In which letters a text is written: UTF-8, UTF-16, windows-1251 or its Kazakh form.

The whole text is looked through once, in pieces, before anything is read from it: bytes
that are no text, letters of another encoding, and letters that were lost earlier are
refused with the byte at which they stand.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from keruen.sources._refusal import RefusalError

_PIECE: Final = 1 << 20
_SAMPLE: Final = 16 << 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = bytes({*range(32), 127} - {9, 10, 13})
_CONTROL_SIGN: Final = re.compile(f"[{re.escape(_CONTROL.decode())}]")
_LOST: Final = re.compile("�")

# What the bytes 80 to BF become when UTF-8 is taken for windows-1251 or windows-1252. Two
# pairs of a lead and such a sign in a row occur in no language; nor does Ã before a sign.
_HIGH: Final = bytes(range(0x80, 0xC0))
_HIGH_1251: Final = re.escape(_HIGH.decode("cp1251", "ignore"))
_HIGH_1252: Final = re.escape(_HIGH.decode("cp1252", "ignore"))
_TAKEN_FOR_1251: Final = re.compile(f"(?:[РСТУ][{_HIGH_1251}]){{2,}}")
_TAKEN_FOR_1252: Final = re.compile(f"(?:[ÃÐÑÒÓ][{_HIGH_1252}]){{2,}}|Ã[¡-ª¬®-º¼-¿]")
_SUSPECTS: Final = (
    (_LOST, ("�",)),
    (_TAKEN_FOR_1251, ("Р°", "Рѕ", "Рё", "Рµ", "С‚", "РЅ", "С‹", "Т›")),  # а о и е т н ы қ
    (_TAKEN_FOR_1252, ("Ã", "Ð", "Ñ", "Ò", "Ó")),
)

# Bytes that are Қ қ Һ һ Ә ә Ң ң in the Kazakh form and Macedonian or Serbian in the other.
_KAZAKH: Final = frozenset(b"\x8d\x9d\x8e\x9e\xa3\xbc\xbd\xbe")
_SIGNS: Final = frozenset("«»№—–…°±§©‘’“”„•·‰ \xad¹²³")
_MIXED: Final = re.compile("[A-Za-z][а-яё]|[а-яё][A-Za-z]")
_UPSIDE_DOWN: Final = re.compile("[а-яё][А-ЯЁ]")
_WORD: Final = re.compile("[А-Яа-яЁё]{2,}")


def encoding_of(path: Path) -> str:
    """Encoding of a text, the whole of it checked.

    Parameters
    ----------
    path : Path
        File of text.

    Returns
    -------
    {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "kz1048"}
        Name of the codec; ``kz1048`` is windows-1251 with the Kazakh letters.

    Raises
    ------
    RefusalError
        ``NotText``, ``Encoding`` or ``LostLetters``, with the byte.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    declared = _declared(path, head)
    try:
        _check(path, declared or "utf-8")
    except UnicodeDecodeError as fault:
        if declared:
            raise RefusalError("Encoding", path, byte=fault.start) from fault
        return _single_byte(path, fault.start)
    return declared or "utf-8"


def _declared(path: Path, head: bytes) -> str:
    """Encoding said by the first bytes, or by where the null bytes stand; empty if neither."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise RefusalError("Encoding", path, byte=0)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if b"\x00" not in head:
        return ""
    # Latin, Cyrillic, punctuation and № are the rows 00, 04, 20 and 21 of Unicode.
    for name, rows in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        common = sum(byte in b"\x00\x04\x20\x21" for byte in rows)
        if rows and common >= 0.95 * len(rows) and 0 in rows:
            return name
    return ""


def _check(path: Path, encoding: str) -> None:
    """Decode the whole text; a UnicodeDecodeError counts bytes from its beginning."""
    for start, piece, text in _pieces(path, encoding):
        may_control = len(piece.translate(None, _CONTROL)) < len(piece)  # UTF-16 always may
        if may_control and (found := _CONTROL_SIGN.search(text)):
            raise RefusalError("NotText", path, byte=start + _bytes_before(found, encoding))
        if text.isascii():
            continue
        for pattern, signs in _SUSPECTS:  # the signs are found much faster than the pattern
            if any(sign in text for sign in signs) and (found := pattern.search(text)):
                byte = start + _bytes_before(found, encoding)
                sample = text[found.start() : found.start() + 12].splitlines()[0]
                raise RefusalError("LostLetters", path, byte=byte, sample=sample)


def _bytes_before(found: re.Match[str], encoding: str) -> int:
    return len(found.string[: found.start()].encode(_plain_codec(encoding)))


def _plain_codec(encoding: str) -> str:
    """Codec that writes no byte-order mark."""
    return {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)


def _pieces(path: Path, encoding: str) -> Iterator[tuple[int, bytes, str]]:
    """Pieces of the file and the text they complete, with the byte the text starts at."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = {"utf-8-sig": 3, "utf-16": 2}.get(encoding, 0)
    taken = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            kept = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as fault:
                fault.start += taken - kept
                raise
            taken += len(piece)
            if text:
                yield start, piece, text
                start = taken - len(decoder.getstate()[0])
            if not piece:
                return


def _single_byte(path: Path, byte: int) -> str:
    """The Cyrillic single-byte encoding, when the text is Russian or Kazakh in it."""
    if _letters_before(path, byte):  # a text in UTF-8 with a broken letter
        raise RefusalError("Encoding", path, byte=byte)
    found: Counter[int] = Counter()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(_high_bytes(piece))
    encoding = "kz1048" if _KAZAKH & found.keys() else "cp1251"
    if 0x98 in found or not _is_cyrillic(path, encoding, found):
        raise RefusalError("Encoding", path, byte=byte)
    _check(path, encoding)
    return encoding


def _high_bytes(piece: bytes) -> Counter[int]:
    return Counter(piece.translate(None, bytes(range(128))))


def _letters_before(path: Path, byte: int) -> bool:
    """Whether letters of several bytes stand before a byte that is no UTF-8."""
    with path.open("rb") as file:
        left = byte
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            if not piece.isascii():
                return True
            left -= len(piece)
    return False


def _is_cyrillic(path: Path, encoding: str, found: Counter[int]) -> bool:
    """Nearly all high bytes letters of Cyrillic words in their usual case."""
    letters = sum(n for b, n in found.items() if _is_letter(bytes([b]).decode(encoding)))
    signs = sum(n for b, n in found.items() if bytes([b]).decode(encoding) in _SIGNS)
    if not letters or letters + signs < 0.98 * found.total():
        return False
    with path.open("rb") as file:
        text = file.read(_SAMPLE).decode(encoding)
    words = len(_WORD.findall(text))
    mixed, odd = len(_MIXED.findall(text)), len(_UPSIDE_DOWN.findall(text))
    return words > 0 and mixed <= 0.2 * words and odd <= 0.05 * words


def _is_letter(sign: str) -> bool:
    return "А" <= sign <= "я" or sign in "ЁёІіҚқҺһӘәҢңӨөҰұҮүҒғЎўЇїЄєҐґ"
