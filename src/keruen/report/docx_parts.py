# SPDX-License-Identifier: Apache-2.0
"""What a Word document holds beside its text: endnotes, styles, language, its package."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final

from keruen.report.docx_tables import W, elements, note_name, run
from keruen.report.locale import Lang
from keruen.report.spoken import Spoken

if TYPE_CHECKING:
    from docx.document import Document

_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/endnotes"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.endnotes+xml"
_TAGS: Final[dict[Lang, str]] = {"en": "en-GB", "ru": "ru-RU", "kk": "kk-KZ"}
_FONT: Final = "Noto Sans"
_KEY: Final = "00507A"
_INK: Final = "1B1F24"
_RULE: Final = "D0D7DE"
_LOOKS: Final = {
    "Normal": (10, False, _INK),
    "Title": (22, True, _INK),
    "Subtitle": (11, False, "57606A"),
    "Heading 1": (16, True, _KEY),
    "Heading 2": (13, True, _INK),
    "Heading 3": (10, True, _INK),
}
"""Size, weight and colour of each style of the house."""
_NOTES: Final = 1_000_000
"""First id of the bookmarks of endnotes, beyond those of the text."""
_FIRST: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip archive can name."""
# What comes after the settings of endnotes, in the order that the format asks for.
_AFTER: Final = frozenset(
    {
        "compat", "docVars", "rsids", "mathPr", "attachedSchema", "themeFontLang",
        "clrSchemeMapping", "doNotIncludeSubdocsInStats", "shapeDefaults", "decimalSymbol",
        "listSeparator",
    }
)  # fmt: skip


def house_style(document: Document) -> None:
    """Give the empty document our page, letters, colours and lines of tables.

    Parameters
    ----------
    document : docx.document.Document
        The document.
    """
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    for name, (size, bold, colour) in _LOOKS.items():
        style = document.styles[name]
        font = style.font
        font.name, font.size, font.bold, font.italic = _FONT, Pt(size), bold, False
        font.color.rgb = RGBColor.from_string(colour)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for place in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[place]
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), _FONT)
    grid = document.styles["Table Grid"].element
    for lines in list(grid.iter(qn("w:tblBorders"))):
        for line in list(lines):
            flat = line.tag in (qn("w:top"), qn("w:bottom"), qn("w:insideH"))
            line.set(qn("w:val"), "single" if flat else "nil")
            line.set(qn("w:color"), _RULE)
    for section in document.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(18)
        section.top_margin = section.bottom_margin = Mm(20)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for element in elements(f'<w:fldSimple w:instr=" PAGE ">{run("1", size=8)}</w:fldSimple>'):
            foot._p.append(element)  # noqa: SLF001  (python-docx has no fields)


def lend_styles(document: Document, names: Sequence[str]) -> None:
    """Give a ministry's document the styles that it has not, in its own letters.

    Parameters
    ----------
    document : docx.document.Document
        The document.
    names : sequence of str
        Styles wanted, by the names that Word gives them in English.
    """
    import docx
    from docx.oxml.ns import qn

    held = {style.name for style in document.styles}
    missing = [name for name in names if name not in held]
    if not missing:
        return
    ours = docx.Document()
    house_style(ours)
    usual = {style.type: style.style_id for style in document.styles if style.element.default}
    for name in missing:
        style = ours.styles[name]
        lent = deepcopy(style.element)
        for kind in ("w:link", "w:next", "w:rFonts", "w:numPr"):  # what only ours can resolve
            for found in list(lent.iter(qn(kind))):
                found.getparent().remove(found)
        for based in lent.findall(qn("w:basedOn")):
            if style.type in usual:
                based.set(qn("w:val"), usual[style.type])
            else:
                lent.remove(based)
        document.styles.element.append(lent)


def is_numbered(document: Document, name: str) -> bool:
    """Whether a style counts its paragraphs, itself or by the one it is based on.

    Parameters
    ----------
    document : docx.document.Document
        The document.
    name : str
        Name of the style.

    Returns
    -------
    bool
    """
    style = document.styles[name]
    while style is not None:
        if style.element.pPr is not None and style.element.pPr.numPr is not None:
            return True
        style = getattr(style, "base_style", None)
    return False


def set_language(document: Document, lang: Lang) -> None:
    """Say in which language the text is, for spelling and for voices.

    Parameters
    ----------
    document : docx.document.Document
        The document.
    lang : {"en", "ru", "kk"}
        The language.
    """
    from docx.oxml.ns import qn

    styles = document.styles.element
    for found in list(styles.iter(qn("w:lang"))):
        found.set(qn("w:val"), _TAGS[lang])
    looks = document.styles["Normal"].element.get_or_add_rPr()
    if looks.find(qn("w:lang")) is None:
        looks.append(elements(f'<w:lang w:val="{_TAGS[lang]}"/>')[0])


def set_properties(document: Document, title: str, lang: Lang) -> None:
    """Title and language of the file; no date, so that the same report is the same file.

    Parameters
    ----------
    document : docx.document.Document
        The document.
    title : str
        Title.
    lang : {"en", "ru", "kk"}
        The language.
    """
    told = document.core_properties
    told.title, told.language, told.author = title, _TAGS[lang], "Keruen"
    told.comments, told.last_modified_by, told.revision = "", "", 1
    told.created = told.modified = datetime(2000, 1, 1, tzinfo=UTC)


def add_endnotes(document: Document, page: Spoken) -> None:
    """Write the explanations of figures as the document's endnotes.

    Parameters
    ----------
    document : docx.document.Document
        The document; its text refers to the notes by number.
    page : Spoken
        The report in a language.
    """
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    blob = _endnotes(page).encode("utf-8")
    relations = document.part.rels
    for name in [name for name, one in relations.items() if one.reltype == _RELATION]:
        del relations[name]  # those of a template
    part = Part(PackURI("/word/endnotes.xml"), _TYPE, blob, document.part.package)
    document.part.relate_to(part, _RELATION)
    settings = document.settings.element
    for found in settings.findall(f"{{{W}}}endnotePr"):
        settings.remove(found)
    asked = elements(
        '<w:endnotePr><w:numFmt w:val="decimal"/><w:endnote w:id="-1"/><w:endnote w:id="0"/>'
        "</w:endnotePr>"
    )[0]
    later = (
        place for place, one in enumerate(settings) if str(one.tag).rpartition("}")[2] in _AFTER
    )
    settings.insert(next(later, len(settings)), asked)


def _endnotes(page: Spoken) -> str:
    high = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    lines = [
        _line(-1, "separator", "<w:r><w:separator/></w:r>"),
        _line(0, "continuationSeparator", "<w:r><w:continuationSeparator/></w:r>"),
    ]
    for note in page.notes.all:
        told = "".join(f" {term}: {text}." for term, text in page.lines(note, notes_in_full=False))
        place, name = _NOTES + note.number, note_name(note.number)
        content = f'<w:bookmarkStart w:id="{place}" w:name="{name}"/>'
        content += f'<w:r>{high}<w:endnoteRef/></w:r><w:bookmarkEnd w:id="{place}"/>'
        content += run(f" {page.heading(note)}.", size=7.5, looks="<w:b/>") + run(told, size=7.5)
        lines.append(_line(note.number, "", content))
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<w:endnotes xmlns:w="{W}">{"".join(lines)}</w:endnotes>'


def _line(number: int, kind: str, content: str) -> str:
    said = f' w:type="{kind}"' if kind else ""
    tight = '<w:pPr><w:spacing w:after="20" w:line="240" w:lineRule="auto"/></w:pPr>'
    return f'<w:endnote{said} w:id="{number}"><w:p>{tight}{content}</w:p></w:endnote>'


def repack(whole: bytes) -> bytes:
    """The package without the time of its making.

    Parameters
    ----------
    whole : bytes
        A document.

    Returns
    -------
    bytes
    """
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(whole)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            fixed = zipfile.ZipInfo(entry.filename, _FIRST)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(fixed, old.read(entry))
    return made.getvalue()
