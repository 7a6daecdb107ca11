# SPDX-License-Identifier: Apache-2.0
"""A report as Word and PDF, opened again; and what explains each figure."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from itertools import pairwise

import docx
import pypdf
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from keruen.core.errors import FileError, SchemaError
from keruen.core.origin import LICENCES, Source
from keruen.report.document import (
    Column,
    Exhibit,
    Figure,
    Headline,
    Part,
    Report,
    Row,
    Section,
    Table,
)
from keruen.report.docx import STYLES, write_docx
from keruen.report.explain import explain
from keruen.report.html import render_html
from keruen.report.licences import licence_words
from keruen.report.locale import Country, Listing, Locale, Verbatim, Year, msg
from keruen.report.pages import check_formats, write_pages
from keruen.report.pdf import write_pdf
from keruen.report.spoken import spoken
from report.word_checks import faults_of

SOURCES = {
    "a.b": Source("a.b", "Title <b>", "Office", "Office (2024).", LICENCES["facts"], "2024"),
    "c.d": Source("c.d", "Second", "Office", "Office & Co.", LICENCES["CC-BY-4.0"]),
}
KAZAKH = "ӘҒҚҢӨҰҮҺІәғқңөұүһі"
LANGS = ("en", "ru", "kk")
TAGS = {"en": "en-GB", "ru": "ru-RU", "kk": "kk-KZ"}


def figure(name, value, source="a.b", **more):
    return Figure(name, value, "persons", "2024", (source,), **more)


def draw(locale):
    one = (
        '<svg xmlns=\'http://www.w3.org/2000/svg\' width="200" height="100">'
        "<title>{title}</title><desc>{told} &amp; more</desc>"
        f"<text x='5' y='20' font-family='Noto Sans'>{KAZAKH} {locale.lang}</text></svg>"
    )
    return one.format(title="Up", told="rises") + "\n" + one.format(title="Down", told="falls")


@pytest.fixture
def report():
    columns = (
        Column("arrivals", msg("Arrivals"), "persons", additive=True),
        Column("net", msg("Net migration"), "persons"),
        Column("note", msg("Note")),
    )
    span = {"status": "projection", "lower": -40.0, "upper": 20.0, "level": 80}
    cells = {
        "KAZ": (figure("t.a.KAZ", 10.4), figure("t.n.KAZ", -3, signed=True, **span)),
        "UZB": (figure("t.a.UZB", 5.2, "c.d", status="estimate"), figure("t.n.UZB", None)),
        "KGZ": (figure("t.a.KGZ", 12_345.0), figure("t.n.KGZ", None)),
        "TJK": (figure("t.a.TJK", 7.0), figure("t.n.TJK", None, doubt=msg("World"))),
        "TKM": (figure("t.a.TKM", 8.0, "c.d", status="estimate"), figure("t.n.TKM", 4.0, **span)),
    }
    rows = tuple(
        Row(code, Country(code), (*pair, Verbatim("x & y"))) for code, pair in cells.items()
    )
    table = Table("t", msg("Country"), columns, rows, total=msg("World"))
    exhibit = Exhibit(
        table,
        msg("Net migration, {year}", year=Year(2024)),
        draw=draw,
        notes=(msg("Ukraine is counted with the other countries."), Verbatim(KAZAKH)),
    )
    gap = msg("No source gives net migration of this country or area.")
    title = msg("Migration balance")
    section = Section("balance", title, (Listing((Verbatim("a < b"),)),), (exhibit,), (gap,))
    return Report(
        "profile-KAZ",
        msg("{country}: migration profile", country=Country("KAZ")),
        msg("World"),
        (
            Headline(msg("Population"), figure("headline.population", 20_592_574.0)),
            Headline(msg("Emigrants"), figure("headline.emigrants", float("nan"))),
        ),
        (
            Part("A", msg("Impact of migration"), (section,)),
            Part(
                "C",
                msg("Management of migration"),
                (Section("none", msg("Regions"), (), (), (gap,)),),
            ),
        ),
        tuple(SOURCES.values()),
    )


def cells_of(report):
    for exhibit in report.exhibits():
        for row in exhibit.table.rows:
            for place, cell in enumerate(row.cells):
                if isinstance(cell, Figure):
                    yield exhibit.table, place, cell


def test_every_figure_has_one_note_that_says_how_it_is_known(report):
    notes = explain(report)
    assert [note.number for note in notes.all] == list(range(1, len(notes.all) + 1))
    explained = [figure.id for note in notes.all for _, figure in note.figures]
    sums = [one.id for one in next(report.exhibits()).table.closing() if one is not None]
    assert sums == ["t.arrivals.total"]
    assert sorted(explained) == sorted([*(figure.id for figure in report.figures()), *sums])
    for table, place, cell in cells_of(report):
        note = notes.all[notes.cell(table, place, cell) - 1]
        assert any(one is cell for _, one in note.figures)
        assert {one.status for _, one in note.figures} == {cell.status}
        assert {one.sources for _, one in note.figures} == {cell.sources}


def test_notes_lead_with_what_most_figures_of_a_column_share(report):
    notes = explain(report)
    table = next(report.exhibits()).table
    leads = [notes.all[notes.lead(table, place) - 1] for place in (0, 1)]
    assert [lead.figures[0][1].status for lead in leads] == ["observed", "projection"]
    assert notes.lead(table, 2) is None
    assert notes.differs(table, 0, table.rows[0].cells[0]) is None
    assert notes.differs(table, 0, table.rows[1].cells[0]) == 5


def test_a_note_says_value_interval_method_source_edition_licence(report):
    page = spoken(report, Locale("en"), SOURCES)
    told = {
        page.heading(note): dict(page.lines(note, notes_in_full=True)) for note in page.notes.all
    }
    assert told["Population"] == {
        "Value": "20,592,574 persons",
        "Interval": "none",
        "Period": "2024",
        "Status": "observed",
        "Method": "as published, nothing is computed",
        "Inputs": "a.b",
        "Source": "[1] Title <b>",
        "Edition": "2024",
        "Licence": "Published facts and legal acts, not protected; source named",
    }
    lines = next(
        dict(page.lines(note, notes_in_full=False))
        for note in page.notes.all
        if note.figures[0][1].id == "t.n.KAZ"
    )
    assert lines["Interval"] == "Kazakhstan: −40 – +20 (80%); Turkmenistan: −40 – 20 (80%)"
    assert lines["Method"] == "see the notes below table 1"
    assert lines["Status"] == "projection"


@pytest.mark.parametrize("lang", LANGS)
def test_every_figure_of_the_page_opens_without_script(report, lang):
    page = render_html(report, Locale(lang), SOURCES)
    assert "<script" not in page
    cells = re.findall(r'<(?:td|dd) class="[^"]+">(<button.*?)</(?:td|dd)>', page)
    held = [re.match(r'<button[^>]* ?popovertarget="([^"]+)"[^>]*>([^<]+)', cell) for cell in cells]
    buttons = [one.groups() for one in held if one]
    shown = [figure.render(Locale(lang)) for figure in report.figures()]
    sums = [one.render(Locale(lang)) for one in next(report.exhibits()).table.closing() if one]
    assert [text for _, text in buttons] == [*shown, *sums]
    panels = dict(
        re.findall(
            r'<div popover="auto" role="dialog" class="why" id="([^"]+)"(.*?)</div>',
            page,
            re.DOTALL,
        )
    )
    assert {target for target, _ in buttons} == set(panels)
    for panel in panels.values():
        told = [licence_words(one.licence).render(Locale(lang)) for one in SOURCES.values()]
        assert any(words in panel for words in told)


@pytest.fixture(params=LANGS)
def word(report, request, tmp_path):
    path = tmp_path / "report.docx"
    write_docx(report, Locale(request.param), SOURCES, path)
    return docx.Document(str(path)), Locale(request.param), path


def test_word_holds_title_headings_and_findings(word, report):
    document, locale, _ = word
    by_style = {}
    for paragraph in document.paragraphs:
        by_style.setdefault(paragraph.style.name, []).append(paragraph.text)
    page = spoken(report, locale, SOURCES)
    assert by_style["Title"] == [report.title.render(locale)]
    assert by_style["Heading 1"] == [
        page.word("At a glance"),
        page.word("Contents"),
        *(page.part(part) for part in report.parts),
        page.word("Sources"),
        page.word("Explanations of the figures"),
    ]
    titles = [section.title for part in report.parts for section in part.sections]
    assert by_style["Heading 2"] == [title.render(locale) for title in titles]
    assert by_style["List Bullet"] == ["a < b"]
    assert any(KAZAKH in text for text in by_style["Normal"])


def test_word_has_language_title_and_alternative_text(word, report):
    document, locale, _ = word
    assert document.core_properties.language == TAGS[locale.lang]
    assert document.core_properties.title == report.title.render(locale)
    said = {one.get(qn("w:val")) for one in document.styles.element.iter(qn("w:lang"))}
    assert said == {TAGS[locale.lang]}
    told = [one._inline.docPr.get("descr") for one in document.inline_shapes]
    assert told == ["Up. rises & more", "Down. falls & more"]


def test_word_tables_repeat_their_header_and_hold_the_figures_of_the_tree(word, report):
    document, locale, _ = word
    glance, table = document.tables
    for one in (glance, table):
        head = one.rows[0]._tr.trPr
        assert head.find(qn("w:tblHeader")) is not None
        look = one._tbl.tblPr.find(qn("w:tblLook"))
        assert (look.get(qn("w:firstRow")), look.get(qn("w:firstColumn"))) == ("1", "1")
    tree = next(report.exhibits()).table
    for row, line in zip(tree.rows, table.rows[1:], strict=False):
        assert line.cells[0].text == row.label.render(locale)
        for cell, shown in zip(row.cells, line.cells[1:], strict=True):
            first = next(shown.paragraphs[0]._p.iter(qn("w:t"))).text
            assert first == cell.render(locale)
    assert len(table.rows) == len(tree.rows) + 2


def test_word_endnotes_stand_in_the_order_of_their_references(word, report):
    _, _locale, path = word
    with zipfile.ZipFile(path) as package:
        body = package.read("word/document.xml").decode()
        notes = package.read("word/endnotes.xml").decode()
        kinds = package.read("[Content_Types].xml").decode()
        links = package.read("word/_rels/document.xml.rels").decode()
        settings = package.read("word/settings.xml").decode()
    count = len(explain(report).all)
    asked = [int(one) for one in re.findall(r'<w:endnoteReference w:id="(\d+)"', body)]
    assert asked == list(range(1, count + 1))
    held = [int(one) for one in re.findall(r'<w:endnote (?:w:type="\w+" )?w:id="(-?\d+)"', notes)]
    assert held == [-1, 0, *asked]
    repeated = re.findall(r"NOTEREF (\w+)", body)
    assert repeated  # a second figure under the same note
    assert set(repeated) <= set(re.findall(r'<w:bookmarkStart [^>]*w:name="(\w+)"', body))
    assert "/word/endnotes.xml" in kinds
    assert "endnotes.xml" in links
    assert re.search(r'<w:numFmt w:val="decimal"/>\s*<w:endnote ', settings)
    assert SOURCES["c.d"].licence.name in notes  # its own name, in every language
    anchors = set(re.findall(r'<w:hyperlink w:anchor="(\w+)"', body))
    assert anchors
    assert anchors <= set(re.findall(r'w:name="(\w+)"', body + notes))
    assert {f"_Note{number}" for number in asked} <= anchors  # every note is led to by a figure
    numbers = re.findall(r'<w:bookmarkStart [^>]*w:id="(\d+)"', body)
    assert len(numbers) == len(set(numbers))


def test_the_same_report_is_the_same_file(report, tmp_path):
    made = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        write_pages(report, Locale("kk"), folder, "r", formats=("html", "docx", "pdf"))
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert set(made[0]) == {"r.html", "r.docx", "r.pdf"}
    assert made[0] == made[1]


@pytest.mark.parametrize("parts", [1, 2])
def test_word_is_sound(report, tmp_path, parts):
    told = replace(report, parts=report.parts[:parts])
    path = tmp_path / "r.docx"
    write_docx(told, Locale("kk"), SOURCES, path)
    assert faults_of(path, lang="kk-KZ", title=report.title.render(Locale("kk"))) == []


def test_the_checks_of_word_find_what_is_wrong(report, tmp_path):
    path, broken = tmp_path / "r.docx", tmp_path / "broken.docx"
    write_docx(report, Locale("kk"), SOURCES, path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "word/document.xml":
                text = text.replace(b"<w:cantSplit/><w:tblHeader/>", b"<w:cantSplit/>", 1)
                text = text.replace(b'w:anchor="_Note1"', b'w:anchor="_Nowhere"', 1)
                text = re.sub(rb'descr="Up[^"]*"', b'descr=""', text)
                text = re.sub(rb"(<w:tblW [^>]*/>)(<w:tblLayout [^>]*/>)", rb"\2\1", text, count=1)
            if name == "word/endnotes.xml":
                text = text.replace(b' w:type="separator"', b"")
            new.writestr(name, text)
    told = " | ".join(faults_of(broken, lang="ru-RU", title="Other"))
    for word in ("does not repeat", "_Nowhere", "alternative text", "order of tblPr", "separators",
                 "language kk-KZ", "title is"):  # fmt: skip
        assert word in told


def ministry(tmp_path, *, without=(), text=""):
    document = docx.Document()
    document.add_paragraph(text)
    document.styles["Heading 1"].font.name = "Ministry"
    document.sections[0].header.paragraphs[0].text = "Ministry of Labour"
    page = OxmlElement("w:fldSimple")
    page.set(qn("w:instr"), " PAGE ")
    document.sections[0].footer.paragraphs[0]._p.append(page)
    for name in without:
        document.styles[name].delete()
    path = tmp_path / "ministry.docx"
    document.save(str(path))
    return path


def counted(tmp_path):
    """A ministry's template whose headings are numbered, with three styles of the package gone."""
    path = ministry(tmp_path, without=("Subtitle", "List Bullet", "Table Grid"))
    document = docx.Document(str(path))
    for level in (1, 2):
        properties = document.styles[f"Heading {level}"].element.get_or_add_pPr()
        properties.get_or_add_numPr().get_or_add_numId().val = 1
    document.save(str(path))
    return path


def test_a_template_gives_its_styles_and_edges_and_none_of_its_text(report, tmp_path):
    template = ministry(tmp_path, text="Old letter")
    path = tmp_path / "r.docx"
    write_docx(report, Locale("ru"), SOURCES, path, template=template)
    document = docx.Document(str(path))
    assert document.styles["Heading 1"].font.name == "Ministry"
    assert document.sections[0].header.paragraphs[0].text == "Ministry of Labour"
    assert "Old letter" not in "".join(paragraph.text for paragraph in document.paragraphs)
    assert len(document.tables) == 2
    again = tmp_path / "again.docx"  # a template that has endnotes of its own
    write_docx(report, Locale("ru"), SOURCES, again, template=path)
    with zipfile.ZipFile(again) as package:
        names = package.namelist()
        assert package.read("word/settings.xml").decode().count("<w:endnotePr") == 1
    assert len(names) == len(set(names))
    assert sum("endnotes" in name for name in names) == 1
    for one in (path, again):
        assert faults_of(one, lang="ru-RU", title=report.title.render(Locale("ru"))) == []


def test_styles_that_a_template_has_not_are_lent_and_only_sections_are_counted(report, tmp_path):
    path = tmp_path / "r.docx"
    write_docx(report, Locale("ru"), SOURCES, path, template=counted(tmp_path))
    assert faults_of(path, lang="ru-RU", title=report.title.render(Locale("ru"))) == []
    document = docx.Document(str(path))
    assert {style.name for style in document.styles} >= set(STYLES)
    assert document.styles["Subtitle"].font.name is None  # in the letters of the ministry
    counts = {
        paragraph.text: paragraph._p.pPr.numPr is None
        for paragraph in document.paragraphs
        if paragraph.style.name in ("Heading 1", "Heading 2")
    }
    page = spoken(report, Locale("ru"), SOURCES)
    sections = [section.title for part in report.parts for section in part.sections]
    numbered = {page.part(part) for part in report.parts} | {page.say(one) for one in sections}
    assert {text for text, told in counts.items() if told} == numbered
    assert "• a < b" in [paragraph.text for paragraph in document.paragraphs]


@pytest.mark.parametrize("content", [None, b"", b"not a document", b"PK\x03\x04broken"])
def test_a_damaged_template_is_refused(report, tmp_path, content):
    template = tmp_path / "damaged.docx"
    if content is not None:
        template.write_bytes(content)
    with pytest.raises(FileError) as fault:
        write_docx(report, Locale("en"), SOURCES, tmp_path / "r.docx", template=template)
    assert fault.value.id == "TemplateUnreadable"
    assert str(template) in str(fault.value)


def test_half_a_template_is_refused(report, tmp_path):
    template = ministry(tmp_path)
    whole = template.read_bytes()
    template.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError):
        check_formats("docx", template=template)


def test_a_template_needs_a_word_document(tmp_path):
    with pytest.raises(SchemaError) as fault:
        check_formats("html,pdf", template=ministry(tmp_path))
    assert fault.value.id == "TemplateUnused"


@pytest.fixture(params=LANGS)
def paper(report, request, tmp_path):
    path = tmp_path / "report.pdf"
    write_pdf(report, Locale(request.param), SOURCES, path)
    return pypdf.PdfReader(path), Locale(request.param)


def test_pdf_says_that_it_is_accessible(paper, report):
    document, locale = paper
    root = document.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == locale.lang
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title == report.title.render(locale)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert document.outline


def structure(node):
    """Every element below a node of the structure tree."""
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        held = kid.get_object()
        if isinstance(held, dict) and "/S" in held:
            yield held
            yield from structure(held)


def test_pdf_pictures_have_alternative_text_and_tables_headers(paper):
    document, _ = paper
    found = list(structure(document.trailer["/Root"]["/StructTreeRoot"]))
    told = [one["/Alt"] for one in found if one["/S"] == "/Figure"]
    assert told == ["Up. rises & more", "Down. falls & more"]
    assert sum(one["/S"] == "/TH" for one in found) == 4 + 4  # of the first page, of the table
    levels = [int(one["/S"][2]) for one in found if re.fullmatch(r"/H\d", one["/S"])]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_pdf_text_reads_back_with_kazakh_letters(paper, report):
    document, locale = paper
    text = " ".join(page.extract_text() for page in document.pages)
    plain = re.sub(r"\s+", "", text)
    assert plain.count(KAZAKH) >= 1
    for value in (report.title, report.parts[0].sections[0].title):
        assert re.sub(r"\s+", "", value.render(locale)) in plain
    for one in report.figures():
        if one.value is not None:
            assert re.sub(r"\s+", "", one.render(locale)) in plain
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in document.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert fonts
    assert all("NotoSans" in font for font in fonts)


def test_a_figure_opens_and_closes_by_keyboard(report, page, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(render_html(report, Locale("kk"), SOURCES), encoding="utf-8")
    page.goto(file.as_uri())
    button = page.locator("td button").first
    panel = page.locator(f"#{button.get_attribute('popovertarget')}")
    assert not panel.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert panel.is_visible()
    assert licence_words(SOURCES["a.b"].licence).render(Locale("kk")) in panel.inner_text()
    page.keyboard.press("Tab")  # to the button that closes
    page.keyboard.press("Enter")
    assert not panel.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert page.evaluate("document.activeElement.textContent") == button.inner_text()


@pytest.mark.slow
def test_the_profile_of_kazakhstan_in_word_and_pdf(tmp_path):
    from keruen.report.profile import build_profile

    profile, locale = build_profile("KAZ"), Locale("kk")  # the hardest letters
    write_pages(profile, locale, tmp_path, "p", formats=("docx", "pdf"))
    document = docx.Document(str(tmp_path / "p.docx"))
    pictures = [
        picture
        for exhibit in profile.exhibits()
        for picture in spoken(profile, locale, {}).pictures(exhibit)
    ]
    told = [one._inline.docPr.get("descr") for one in document.inline_shapes]
    assert told == [text for _, text in pictures]
    assert all(told)
    for exhibit, table in zip(profile.exhibits(), document.tables[1:], strict=True):
        for row, line in zip(exhibit.table.rows, table._tbl.tr_lst[1:], strict=False):
            for cell, shown in zip(row.cells, line.tc_lst[1:], strict=True):
                if isinstance(cell, Figure):
                    assert next(shown.iter(qn("w:t"))).text == cell.render(locale)
    paper = pypdf.PdfReader(tmp_path / "p.pdf")
    found = structure(paper.trailer["/Root"]["/StructTreeRoot"])
    assert [one["/Alt"] for one in found if one["/S"] == "/Figure"] == told
    text = re.sub(r"\s+", "", "".join(one.extract_text() for one in paper.pages))
    for one in profile.figures():
        assert re.sub(r"\s+", "", one.render(locale)) in text
