# SPDX-License-Identifier: Apache-2.0
"""Tables, contents and references to endnotes of a Word document.

They are written as Office Open XML (ISO/IEC 29500), since python-docx has no endnotes, no
header rows that repeat, and is slow at tables of thousands of cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from keruen.report.document import Figure, Table
from keruen.report.explain import Notes
from keruen.report.spoken import Spoken

W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NS: Final = f'xmlns:w="{W}"'
_TWIP: Final = 635  # English Metric Units of a twentieth of a point
_HIGH: Final = '<w:vertAlign w:val="superscript"/>'


def elements(text: str) -> list[Any]:
    """Pieces of XML as elements of a document."""
    from docx.oxml import parse_xml

    return list(parse_xml(f"<w:body {_NS}>{text}</w:body>"))


class Marks:
    """Places in the document that links lead to, and the references to endnotes."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self._ids = count(1)
        self._headings = count(1)
        self._placed: set[int] = set()

    def place(self, paragraph: Any) -> None:  # noqa: ANN401
        """Mark a heading for the contents."""
        start, end = elements("".join(self._mark(_heading_name(next(self._headings)))))
        paragraph.insert(1, start)  # after the paragraph's properties
        paragraph.append(end)

    def beside(self, number: int | None) -> str:
        """A reference beside a figure, in brackets so that it is not read as a power."""
        if number is None:
            return ""
        return run("(", looks=_HIGH) + self.reference(number) + run(")", looks=_HIGH)

    def reference(self, number: int | None) -> str:
        """A reference to an endnote; a second one to the same is a field that repeats it."""
        if number is None:
            return ""
        name = f"_Why{number}"
        if number in self._placed:
            told = run(str(number), looks=_HIGH)
            return f'<w:fldSimple w:instr=" NOTEREF {name} \\h ">{told}</w:fldSimple>'
        self._placed.add(number)
        start, end = self._mark(name)
        looks = f"<w:rPr>{_HIGH}</w:rPr>"
        return f'{start}<w:r>{looks}<w:endnoteReference w:id="{number}"/></w:r>{end}'

    def _mark(self, name: str) -> tuple[str, str]:
        place = next(self._ids)
        start = f'<w:bookmarkStart w:id="{place}" w:name="{name}"/>'
        return start, f'<w:bookmarkEnd w:id="{place}"/>'


def _heading_name(place: int) -> str:
    return f"_Toc{place:06d}"


def note_name(number: int) -> str:
    """Bookmark of an endnote's own text, to which the figures that it explains lead."""
    return f"_Note{number}"


def linked(content: str, number: int) -> str:
    """A piece of text that leads to an endnote."""
    link = f'<w:hyperlink w:anchor="{note_name(number)}" w:history="1">{content}</w:hyperlink>'
    return link if content else ""


def run(text: str, *, size: float = 0, looks: str = "") -> str:
    """A run of text; what it looks like is given in the format's own words."""
    tall = f'<w:sz w:val="{round(size * 2)}"/>' if size else ""
    # The order of these properties is fixed by the format: bold, italic, size, raised.
    before, after = ("", looks) if looks == _HIGH else (looks, "")
    told = f'<w:t xml:space="preserve">{escape(text)}</w:t>'
    return f"<w:r><w:rPr>{before}{tall}{after}</w:rPr>{told}</w:r>" if text else ""


@dataclass(frozen=True)
class Grid:
    """How a table is set.

    Parameters
    ----------
    style : str
        Id of the table style in the document.
    room : int
        Width between the margins, in English Metric Units.
    """

    style: str
    room: int

    def widths(self, shares: Sequence[float]) -> list[int]:
        """Widths of columns in twentieths of a point."""
        return [int(self.room / _TWIP * share / sum(shares)) for share in shares]

    def table(self, rows: Sequence[str], widths: Sequence[int], title: str) -> Any:  # noqa: ANN401
        """A table whose first row is its header and first column names its rows."""
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        return elements(
            f"<w:tbl><w:tblPr><w:tblStyle w:val={quoteattr(self.style)}/>"
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblCellMar><w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/>'
            '</w:tblCellMar><w:tblLook w:val="04A0" w:firstRow="1" w:lastRow="0"'
            ' w:firstColumn="1" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
            f"<w:tblCaption w:val={quoteattr(title)}/></w:tblPr>"
            f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
        )[0]


def _cell(content: str, width: int, *, right: bool = False) -> str:
    side = '<w:jc w:val="right"/>' if right else ""
    tight = '<w:spacing w:before="10" w:after="10" w:line="240" w:lineRule="auto"/>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"<w:p><w:pPr>{tight}{side}</w:pPr>{content}</w:p></w:tc>"
    )


def _row(cells: Sequence[str], *, head: bool = False) -> str:
    mark = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{mark}</w:trPr>{''.join(cells)}</w:tr>"


_BOLD: Final = "<w:b/>"


def table(page: Spoken, marks: Marks, table: Table, title: str, grid: Grid) -> Any:  # noqa: ANN401
    """A table of the report; the notes of its columns are endnotes of their headings.

    Parameters
    ----------
    page : Spoken
        The report in a language.
    marks : Marks
        References of the document.
    table : Table
        The table.
    title : str
        What it is called to a reader who cannot see it.
    grid : Grid
        How it is set.

    Returns
    -------
    element of the document
    """
    size = 6.5 if len(table.columns) >= 9 else 7.5 if len(table.columns) >= 6 else 8.5
    words = [not column.unit for column in table.columns]
    shares = [page.share(table, None) if any(words) else 5.0]
    shares += [page.share(table, n) if word else 3.0 for n, word in enumerate(words)]
    widths = grid.widths(shares)
    sides = [bool(column.unit) for column in table.columns]
    heads = [_cell(run(page.say(table.head), size=size, looks=_BOLD), widths[0])]
    for place, column in enumerate(table.columns):
        unit = page.unit(column.unit)
        told = page.say(column.label) + (f", {unit}" if unit else "")
        content = run(told, size=size, looks=_BOLD)
        content += marks.reference(marks.notes.lead(table, place))
        heads.append(_cell(content, widths[place + 1], right=sides[place]))
    rows = [_row(heads, head=True)]
    for line in table.rows:
        cells = [_cell(run(page.say(line.label), size=size), widths[0])]
        for place, cell in enumerate(line.cells):
            if isinstance(cell, Figure):
                content = _figure(page, cell, marks.notes.cell(table, place, cell), size)
                content += marks.beside(marks.notes.differs(table, place, cell))
            else:
                content = run(page.say(cell), size=size)
            cells.append(_cell(content, widths[place + 1], right=isinstance(cell, Figure)))
        rows.append(_row(cells))
    if table.total:
        cells = [_cell(run(page.say(table.total), size=size, looks=_BOLD), widths[0])]
        for place, one in enumerate(table.closing()):
            content = ""
            if one is not None:
                number = marks.notes.closing(table, place, one)
                content = _figure(page, one, number, size, looks=_BOLD) + marks.beside(number)
            cells.append(_cell(content, widths[place + 1], right=sides[place]))
        rows.append(_row(cells))
    return grid.table(rows, widths, title)


def _figure(page: Spoken, figure: Figure, number: int, size: float, *, looks: str = "") -> str:
    """A figure that leads to its endnote."""
    if figure.status in ("estimate", "projection"):
        looks += "<w:i/>"
    told = run(figure.render(page.locale), size=size, looks=looks)
    return linked(told, number) + run(page.mark(figure), size=size, looks=_HIGH)


def headline_table(page: Spoken, marks: Marks, grid: Grid) -> Any:  # noqa: ANN401
    """The numbers of the first page.

    Parameters
    ----------
    page : Spoken
        The report in a language.
    marks : Marks
        References of the document.
    grid : Grid
        How the table is set.

    Returns
    -------
    element of the document
    """
    widths = grid.widths((2.6, 1.7, 0.9, 2.6))
    size = 8.5
    names = ("Indicator", "Value", "Period", "Notes")
    heads = [
        _cell(run(page.word(name), size=size, looks=_BOLD), width, right=name == "Value")
        for name, width in zip(names, widths, strict=True)
    ]
    rows = [_row(heads, head=True)]
    for item in page.report.headlines:
        figure = item.figure
        number = marks.notes.headline(figure)
        amount = linked(run(page.amount(figure), size=size), number)
        amount += run(page.mark(figure), size=size, looks=_HIGH) + marks.beside(number)
        doubt = f"? {page.say(figure.doubt)}" if figure.doubt else ""
        beside = " ".join(text for text in (page.say(item.beside), doubt) if text)
        cells = (
            _cell(run(page.say(item.label), size=size), widths[0]),
            _cell(amount, widths[1], right=True),
            _cell(run(figure.period, size=size), widths[2]),
            _cell(run(beside, size=size), widths[3]),
        )
        rows.append(_row(cells))
    return grid.table(rows, widths, page.word("At a glance"))


def contents_field(entries: Sequence[tuple[int, str]]) -> Iterator[Any]:
    """A field of contents, filled in with links; Word adds page numbers when it opens it.

    Parameters
    ----------
    entries : sequence of (int, str)
        Level and text of each heading, in order.

    Yields
    ------
    element of the document
    """
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>'
        '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    last = len(entries)
    for place, (level, text) in enumerate(entries, start=1):
        inward = f'<w:pPr><w:spacing w:after="20"/><w:ind w:left="{(level - 1) * 300}"/></w:pPr>'
        link = f'<w:hyperlink w:anchor="{_heading_name(place)}">{run(text)}</w:hyperlink>'
        first = begin if place == 1 else ""
        closing = end if place == last else ""
        yield from elements(f"<w:p>{inward}{first}{link}{closing}</w:p>")
