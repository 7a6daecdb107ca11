# SPDX-License-Identifier: Apache-2.0
"""A report as a Word document that an analyst can edit, in our style or a ministry's own."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FileError, SchemaError
from keruen.core.origin import Source
from keruen.report import docx_parts, docx_tables
from keruen.report.document import Exhibit, Report, Section
from keruen.report.drawings import png, size_of
from keruen.report.locale import Locale
from keruen.report.spoken import Spoken, spoken

if TYPE_CHECKING:
    from docx.document import Document

STYLES: Final = (
    "Title",
    "Subtitle",
    "Heading 1",
    "Heading 2",
    "Heading 3",
    "List Bullet",
    "Table Grid",
)
"""Styles that a report uses, by the names that Word gives them in English."""
_DOT: Final = 9525  # English Metric Units of one unit of a drawing


def write_docx(
    report: Report,
    locale: Locale,
    sources: Mapping[str, Source],
    path: Path,
    *,
    template: Path | None = None,
) -> None:
    """Write the report as a Word document.

    Parameters
    ----------
    report : Report
        What to write.
    locale : Locale
        In which language.
    sources : mapping of str to Source
        The publications behind the ids that figures name.
    path : Path
        File to write.
    template : Path, optional
        A document whose styles, page, headers and footers are taken; what is written in
        its body is left out. Styles that it has not are ours, in its letters.

    Raises
    ------
    FileError
        The template is missing or damaged (``TemplateUnreadable``).
    SchemaError
        The ``documents`` extra is not installed (``MissingExtra``).

    Notes
    -----
    Every figure is a link to its endnote: value, interval, period, status, method, inputs,
    source, edition and licence. Figures of a column that are known in one way share the
    endnote of the column's heading, which lists them; those that differ carry its number.
    Pictures have alternative text, header rows repeat, and the same report is the same
    file byte for byte.
    """
    document = open_template(template)
    page = spoken(report, locale, sources)
    _Writer(document, page).write()
    docx_parts.set_language(document, locale.lang)
    docx_parts.set_properties(document, page.say(report.title), locale.lang)
    docx_parts.add_endnotes(document, page)
    whole = BytesIO()
    document.save(whole)
    path.write_bytes(docx_parts.repack(whole.getvalue()))


def open_template(template: Path | None) -> Document:
    """The empty document to write into.

    Parameters
    ----------
    template : Path or None
        A ministry's own document; our style when not given.

    Returns
    -------
    docx.document.Document

    Raises
    ------
    FileError
        The template is missing or damaged (``TemplateUnreadable``).
    SchemaError
        python-docx is not installed (``MissingExtra``).
    """
    try:
        import docx
    except ImportError as fault:
        raise SchemaError(
            "Word documents need the package python-docx",
            where="--format docx",
            remedy="pip install 'keruen[documents]'",
            id="MissingExtra",
        ) from fault
    if template is None:
        document = docx.Document()
        docx_parts.house_style(document)
        return document
    try:
        document = docx.Document(str(template))
        docx_parts.lend_styles(document, STYLES)
    except Exception as fault:  # a damaged package fails in many ways
        raise FileError(
            "the template cannot be read as a Word document",
            where=str(template),
            remedy="open it in Word and save it as .docx (not .doc or .dotx)",
            id="TemplateUnreadable",
        ) from fault
    for element in list(document.element.body)[:-1]:
        document.element.body.remove(element)
    return document


class _Writer:
    """One document being written in one language."""

    def __init__(self, document: Document, page: Spoken) -> None:
        self.document, self.page = document, page
        self.marks = docx_tables.Marks(page.notes)
        self._pictures = count(1)
        self._tables = count(1)
        section = document.sections[-1]
        room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
        self.room = int(room)
        self.bullet = "" if docx_parts.is_numbered(document, "List Bullet") else "• "
        self.grid = docx_tables.Grid(document.styles["Table Grid"].style_id, self.room)

    def write(self) -> None:
        page, report = self.page, self.page.report
        self.text(page.say(report.title), "Title")
        self.text(page.say(report.subtitle), "Subtitle")
        if report.headlines:
            self.heading(page.word("At a glance"), 1, numbered=False)
            self.put(docx_tables.headline_table(page, self.marks, self.grid))
        if page.outlined:
            self.heading(page.word("Contents"), 1, numbered=False)
            self._contents()
        for part in report.parts:
            if page.outlined:
                self.heading(page.part(part), 1, mark=True)
            for section in part.sections:
                self._section(section)
        self.heading(page.word("Sources"), 1, mark=True, numbered=False)
        self.text(
            page.word("e: estimate; p: projection; ?: doubtful, see below; …: no figure held.")
        )
        for place, name in enumerate(report.sources(), start=1):
            self.text(f"[{place}] {page.reference(name)}", size=8)
        self.text(page.word("Made with Keruen"), size=8)
        # Word sets the endnotes below the last paragraph.
        self.heading(page.word("Explanations of the figures"), 1, mark=True, numbered=False)

    def _contents(self) -> None:
        """A field of contents, filled in, that Word renews when the file is opened."""
        page = self.page
        entries: list[tuple[int, str]] = []
        for part in page.report.parts:
            entries.append((1, page.part(part)))
            entries += [(2, page.say(section.title)) for section in part.sections]
        entries.append((1, page.word("Sources")))
        entries.append((1, page.word("Explanations of the figures")))
        for element in docx_tables.contents_field(entries):
            self.put(element)

    def _section(self, section: Section) -> None:
        page = self.page
        self.heading(page.say(section.title), 2 if page.outlined else 1, mark=True)
        for finding in section.findings:
            self.text(self.bullet + page.say(finding), "List Bullet")
        for gap in section.gaps:
            self.text(f"{page.word('Gap')}. {page.say(gap)}")
        for exhibit in section.exhibits:
            self._exhibit(exhibit)

    def _exhibit(self, exhibit: Exhibit) -> None:
        page = self.page
        caption = page.caption(next(self._tables), exhibit)
        self.heading(caption, 3 if page.outlined else 2, numbered=False)
        for svg, told in page.pictures(exhibit):
            self._picture(svg, told)
        self.put(docx_tables.table(page, self.marks, exhibit.table, caption, self.grid))
        for line in page.below(exhibit):
            self.text(line, size=8)

    def _picture(self, svg: str, told: str) -> None:
        width = min(int(size_of(svg)[0] * _DOT), self.room)
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(BytesIO(png(svg)), width=width)
        place = next(self._pictures)
        properties = shape._inline.docPr  # noqa: SLF001  (the only way to alternative text)
        properties.set("id", str(place))
        properties.set("name", f"Picture {place}")
        properties.set("descr", told)

    def put(self, element: object) -> None:
        """Place a piece of the document before the page's closing settings."""
        self.document.element.body[-1].addprevious(element)

    def text(self, text: str, style: str | None = None, *, size: int | None = None) -> None:
        """A paragraph."""
        paragraph = self.document.add_paragraph(style=style)
        run = paragraph.add_run(text)
        if size is not None:
            from docx.shared import Pt

            run.font.size = Pt(size)
            paragraph.paragraph_format.space_after = Pt(2)

    def heading(self, text: str, level: int, *, mark: bool = False, numbered: bool = True) -> None:
        """A heading, with a place for the contents to lead to.

        One that is not ``numbered`` has no number even where a template counts headings.
        """
        style = f"Heading {level}"
        paragraph = self.document.add_paragraph(style=style)
        if not numbered and docx_parts.is_numbered(self.document, style):
            count_of = paragraph._p.get_or_add_pPr().get_or_add_numPr()  # noqa: SLF001
            count_of.get_or_add_numId().val = 0
        paragraph.add_run(text)
        if mark:
            self.marks.place(paragraph._p)  # noqa: SLF001
