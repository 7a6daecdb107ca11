# SPDX-License-Identifier: Apache-2.0
"""What a workbook's XML says that its values do not: formulas, errors, percentages, size.

Runs in the process that :mod:`keruen.sources._workbook` starts, before the values are
read: a sheet too large for memory must not reach the reader of values.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

Handler = Callable[[str, list[str]], None]
"""Called at each start tag with its name, without prefix, and its attributes in pairs."""

_PIECE: Final = 1 << 20
_MOST_UNPACKED: Final = 512 << 20
_MOST_PARTS: Final = 20_000
_MOST_COLUMNS: Final = 16_384
_CELL: Final = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_REMARKABLE: Final = re.compile(rb'<f|t\s*=\s*["\']e["\']|<!')
_PERCENT_FORMATS: Final = frozenset({"9", "10"})


class PartError(Exception):
    """A reason of ``_refusal.TEXTS`` with its facts."""

    def __init__(self, id: str, where: str = "", **facts: str | int) -> None:
        super().__init__(id)
        self.id, self.where, self.facts = id, where, facts


@dataclass
class Facts:
    """Remarkable cells of a sheet, by row and column counted from 0."""

    formulas: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    percents: list[tuple[int, int]] = field(default_factory=list)


class Package:
    """The parts of a zipped workbook, each read at most once and none expanded blindly."""

    def __init__(self, path: str) -> None:
        self._zip = zipfile.ZipFile(path)
        parts = self._zip.infolist()
        unpacked = sum(part.file_size for part in parts if not _is_picture(part.filename))
        if unpacked > _MOST_UNPACKED or len(parts) > _MOST_PARTS:
            raise PartError("Unpacks", megabytes=unpacked >> 20)
        if any(part.flag_bits & 1 for part in parts):
            raise PartError("Encrypted")
        self.names = [part.filename for part in parts]
        if len(set(self.names)) < len(self.names):
            raise PartError("Damaged", detail="two parts have one name")

    def walk(self, part: str, start: Handler, parser: expat.XMLParserType | None = None) -> None:
        """Call a handler at each start tag of a part.

        Raises
        ------
        PartError
            The part declares entities.
        ExpatError, BadZipFile
            The part is damaged.
        """
        parser = parser or expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = _refuse_doctype(part)
        parser.StartElementHandler = start
        with self._zip.open(part) as file:
            while piece := file.read(_PIECE):
                parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003

    def sheets(self) -> dict[str, str]:
        """Part of each sheet by its name."""
        targets: dict[str, str] = {}
        found: dict[str, str] = {}

        def relation(name: str, attributes: list[str]) -> None:
            if _bare(name) == "Relationship":
                values = _pairs(attributes)
                target = posixpath.join("/xl", values.get("Target", ""))
                targets[values.get("Id", "")] = posixpath.normpath(target).lstrip("/")

        def sheet(name: str, attributes: list[str]) -> None:
            values = {_bare(key): value for key, value in _pairs(attributes).items()}
            if _bare(name) == "sheet":
                found[values.get("name", "")] = targets.get(values.get("id", ""), "")

        self.walk("xl/_rels/workbook.xml.rels", relation)
        self.walk("xl/workbook.xml", sheet)
        return {name: part for name, part in found.items() if part in self.names}

    def never_calculated(self) -> bool:
        """Whether the program that wrote the workbook left all formulas to be calculated."""
        found = []

        def calculation(name: str, attributes: list[str]) -> None:
            if _bare(name) == "calcPr":
                found.append(_pairs(attributes).get("fullCalcOnLoad"))

        self.walk("xl/workbook.xml", calculation)
        return "1" in found

    def percent_styles(self) -> frozenset[str]:
        """Numbers of the cell styles that show a percentage."""
        if "xl/styles.xml" not in self.names:
            return frozenset()
        formats, styles = set(_PERCENT_FORMATS), list[str]()
        within = [""]

        def style(name: str, attributes: list[str]) -> None:
            bare, values = _bare(name), _pairs(attributes)
            if bare == "numFmt" and "%" in values.get("formatCode", ""):
                formats.add(values.get("numFmtId", ""))
            elif bare in {"cellXfs", "cellStyleXfs", "cellStyles"}:
                within[0] = bare
            elif bare == "xf" and within[0] == "cellXfs":
                styles.append(values.get("numFmtId", ""))

        self.walk("xl/styles.xml", style)
        return frozenset(str(i) for i, number in enumerate(styles) if number in formats)

    def raised_texts(self) -> dict[str, str]:
        """Texts with marks above the line, as values give them and as they look.

        The mark of a footnote after 1234 must not make it 12341.
        """
        part, found = "xl/sharedStrings.xml", list[str]()
        if part not in self.names:
            return {}

        def align(name: str, attributes: list[str]) -> None:
            if _bare(name) == "vertAlign" and "superscript" in attributes:
                found.append(name)

        self.walk(part, align)
        walker = _RaisedWalker()
        if found:
            self.walk(part, walker.start, walker.parser)
        return walker.texts

    def facts(self, sheet: str, part: str, limit: int, percent: frozenset[str]) -> Facts:
        """Look through a sheet, refusing one that is larger than the limit of cells."""
        if not percent and self._is_plain(part, limit):
            return Facts()
        walker = _SheetWalker(sheet, limit, percent)
        self.walk(part, walker.start, walker.parser)
        return walker.facts

    def _is_plain(self, part: str, limit: int) -> bool:
        """Whether a sheet surely fits and holds nothing remarkable: most do, and this is quick.

        The parser only proves the XML whole; where cells stand is read off their tags, if
        all are written in the usual way. Empty cells count, so that a no is no verdict.
        """
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_doctype(part)
        columns, rows, rest = set[bytes](), {b"0"}, b""
        with self._zip.open(part) as file:
            while piece := file.read(_PIECE):
                parser.Parse(piece)
                piece, mark, rest = (rest + piece).rpartition(b"<")  # a tag may be cut
                rest = mark + rest
                found = _CELL.findall(piece)
                cells = piece.count(b"<c ") + piece.count(b"<c>") + piece.count(b"<c/")
                if len(found) < cells or len(rest) > _PIECE or _REMARKABLE.search(piece):
                    return False
                columns.update(column for column, _ in found)
                rows.update(row for _, row in found)
        parser.Parse(b"", True)  # noqa: FBT003
        width = max((_column(letters.decode()) + 1 for letters in columns), default=0)
        return width <= _MOST_COLUMNS and 0 < width * max(map(int, rows)) <= limit


class _SheetWalker:
    """Counts rows and columns of filled cells while the tags of a sheet pass."""

    def __init__(self, sheet: str, limit: int, percent: frozenset[str]) -> None:
        self.facts = Facts()
        self.parser = expat.ParserCreate()
        self._sheet, self._limit, self._percent = sheet, limit, percent
        self._prefix: str | None = None
        self._row = self._column = -1
        self._style = self._type = ""
        self._last_row = self._last_column = 0
        self._columns: dict[str, int] = {}

    def start(self, name: str, attributes: list[str]) -> None:
        if self._prefix is None:  # the first tag says how all are written
            self._prefix = name.removesuffix(_bare(name))
        tag = name[len(self._prefix) :]
        if tag == "c":
            self._cell(attributes)
        elif tag in {"v", "is"}:
            self._value()
        elif tag == "row":
            number = _pairs(attributes).get("r", "")
            self._row = int(number) - 1 if number.isdecimal() else self._row + 1
            self._column = -1
        elif tag == "f" and self._type != "str":  # whose result is a text, maybe an empty one
            self.facts.formulas.append((self._row, self._column))

    def _cell(self, attributes: list[str]) -> None:
        if self._type == "e":
            self.parser.CharacterDataHandler = None
        self._style = self._type = ""
        self._column += 1
        for place in range(0, len(attributes), 2):
            key = attributes[place]
            if key == "r":
                self._address(attributes[place + 1])
            elif key == "t":
                self._type = attributes[place + 1]
            elif key == "s":
                self._style = attributes[place + 1]

    def _address(self, text: str) -> None:
        letters = text.rstrip("0123456789")
        row = text[len(letters) :]
        if letters not in self._columns:
            self._columns[letters] = _column(letters)
        if not row or not 0 <= self._columns[letters] < _MOST_COLUMNS:
            raise PartError("Damaged", self._sheet, detail=f"'{text[:20]}' is no cell")
        self._row, self._column = int(row) - 1, self._columns[letters]

    def _value(self) -> None:
        if self._row > self._last_row or self._column > self._last_column:
            self._last_row = max(self._row, self._last_row)
            self._last_column = max(self._column, self._last_column)
            if (self._last_row + 1) * (self._last_column + 1) > self._limit:
                cell = f"{letters_of(self._column)}{self._row + 1}"
                raise PartError("FarCell", self._sheet, cell=cell, limit=self._limit)
        if self._type == "e":
            self.facts.errors.append((self._row, self._column, ""))
            self.parser.CharacterDataHandler = self._error
        if self._style in self._percent:
            self.facts.percents.append((self._row, self._column))

    def _error(self, text: str) -> None:
        row, column, before = self.facts.errors[-1]
        self.facts.errors[-1] = (row, column, (before + text)[:20])


_RAISED: Final = str.maketrans("0123456789)", "⁰¹²³⁴⁵⁶⁷⁸⁹⁾")


class _RaisedWalker:
    """Texts of which a part is written above the line, that part as such signs."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.parser = expat.ParserCreate()
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._runs: list[tuple[str, bool]] = []
        self._raised = self._within = self._phonetic = False

    def start(self, name: str, attributes: list[str]) -> None:
        tag = _bare(name)
        if tag == "si":
            self._runs = []
        if tag in {"si", "r", "rPh"}:
            self._raised, self._phonetic = False, tag == "rPh"
        elif tag == "vertAlign":
            self._raised = "superscript" in attributes
        self._within = tag == "t" and not self._phonetic

    def _text(self, text: str) -> None:
        if self._within:
            self._runs.append((text, self._raised))

    def _end(self, name: str) -> None:
        self._within = False
        if _bare(name) == "si" and any(raised for _, raised in self._runs):
            plain = "".join(text for text, _ in self._runs)
            self.texts[plain] = "".join(
                _raised(text) if raised else text for text, raised in self._runs
            )


def _raised(text: str) -> str:
    return f"[{text}]" if text.isalpha() else text.translate(_RAISED)


def letters_of(column: int) -> str:
    """Letters of a column counted from 0, as Excel shows them."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z" or len(letters) > 3:
            return -1
        number = number * 26 + ord(letter) - 64
    return number - 1


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _pairs(attributes: list[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


def _is_picture(name: str) -> bool:
    return "/media/" in name or name.startswith("Pictures/")


def _refuse_doctype(part: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise PartError("Doctype", part=part)

    return refuse
