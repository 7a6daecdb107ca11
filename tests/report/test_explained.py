# SPDX-License-Identifier: Apache-2.0
"""Every figure of every kind of document opens to the six things that explain it, in three forms.

Value, interval, method, inputs, source and licence; what a figure has not is told as none. The
documents: the profile, the projection of a country, a scenario with its measurement, placement
and gains, and scenarios side by side.
"""

from __future__ import annotations

import re
import zipfile
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest
from lxml import etree
from lxml import html as markup

from keruen.core.origin import LICENCES
from keruen.report.document import Figure, Report
from keruen.report.licences import licence_words
from keruen.report.locale import Locale
from keruen.report.methods import _METHODS, method_of, reference_of
from keruen.report.pages import sources_of, write_pages
from keruen.report.spoken import Spoken, spoken
from keruen.scenario.compare import compare_runs
from keruen.scenario.compare_page import comparison_report
from keruen.scenario.compose import compose
from keruen.scenario.page import scenario_report
from keruen.scenario.results import write_run
from keruen.scenario.run import run_scenario
from report.word_checks import W, faults_of, w

SIX = ("Value", "Interval", "Method", "Inputs", "Source", "Licence")
TAGS = {"en": "en-GB", "ru": "ru-RU", "kk": "kk-KZ"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Two short scenarios, run and kept."""
    folder = tmp_path_factory.mktemp("explained")
    for name, families in (("plain", 621), ("more", 2000)):
        path = folder / f"{name}.yaml"
        path.write_text(
            f"scenario: {name}\ntitle: {name}\nbased_on: [kaz/baseline]\n"
            "horizon: {from: 2025, to: 2028}\ntrajectories: 6\n"
            "set:\n  decide.regularisation.share: {value: 1, from: 2026, to: 2026}\n"
            f"  decide.resettlement.families_per_year: {{value: {families}, from: 2026}}\n"
        )
        write_run(run_scenario(compose(path), stages=folder / "stages"), folder / name)
    return folder


def projection() -> Report:
    from keruen.report.build import Desk
    from keruen.report.document import Part
    from keruen.report.locale import Country, msg
    from keruen.report.parts.projection import section

    title = msg("Population ahead")
    return Report("projection-KAZ", Country("KAZ"), title, (), (
        Part("A", title, (section(Desk("KAZ")),)),
    ))  # fmt: skip


def all_figures(report: Report, page: Spoken) -> list[tuple[Figure, int]]:
    """Every figure in the order of the page, closing rows too, with the number of its note."""
    found = [(one.figure, page.notes.headline(one.figure)) for one in report.headlines]
    for exhibit in report.exhibits():
        table = exhibit.table
        for row in table.rows:
            found += [
                (cell, page.notes.cell(table, place, cell))
                for place, cell in enumerate(row.cells)
                if isinstance(cell, Figure)
            ]
        if table.total:
            found += [
                (one, page.notes.closing(table, place, one))
                for place, one in enumerate(table.closing())
                if one is not None
            ]
    return found


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def check(report: Report, lang: str, folder: Path) -> int:
    """Walk over all figures in three formats; the number of figures."""
    locale = Locale(lang)
    page = spoken(report, locale, sources_of(report))
    write_pages(report, locale, folder, "r", formats=("html", "docx", "pdf"))
    figures = all_figures(report, page)
    terms = {name: page.word(name) for name in SIX}
    as_page(folder / "r.html", figures, page, terms)
    as_word(folder / "r.docx", figures, page)
    as_paper(folder / "r.pdf", figures, page)
    assert faults_of(folder / "r.docx", lang=TAGS[lang], title=report.title.render(locale)) == []
    return len(figures)


def holds(told: dict[str, str], figure: Figure, page: Spoken) -> None:
    """That an explanation says the six things of a figure, with its own value and interval."""
    assert all(plain(told[name]) for name in SIX), (figure.id, told)
    assert plain(figure.render(page.locale)) in plain(told["Value"]), figure.id
    if figure.value is not None and figure.unit:
        assert plain(page.unit(figure.unit)) in plain(told["Value"]), figure.id
    if figure.lower is not None and figure.upper is not None:
        assert plain(page.interval(figure)) in plain(told["Interval"]), figure.id
    else:
        bound = page.word("it is itself the end of an interval")
        assert told["Interval"].strip(". ") in (page.word("none"), bound), figure.id
    assert told["Method"].strip(". ") != page.word("none"), figure.id
    for name in figure.sources:
        source = page.sources[name]
        assert name in told["Inputs"], figure.id
        assert plain(source.title) in plain(told["Source"]), figure.id
        assert plain(page.licence(source)) in plain(told["Licence"]), figure.id


def as_page(path: Path, figures: list, page: Spoken, terms: dict[str, str]) -> None:
    tree = markup.fromstring(path.read_text("utf-8"))
    panels = {}
    for one in tree.iter("div"):
        if one.get("popover") is not None:
            heads, texts = ([each.text_content() for each in one.iter(tag)] for tag in ("dt", "dd"))
            told = dict(zip(heads, texts, strict=True))
            panels[one.get("id")] = {name: told[term] for name, term in terms.items()}
    buttons = [
        cell.find(".//button")
        for cell in tree.xpath("//td | //dd[contains(@class, 'value')]")
        if cell.find(".//button") is not None
    ]
    assert len(buttons) == len(figures)
    for button, (figure, _) in zip(buttons, figures, strict=True):
        assert plain(button.text_content()) == plain(figure.render(page.locale))
        holds(panels[button.get("popovertarget")], figure, page)


def as_word(path: Path, figures: list, page: Spoken) -> None:
    with zipfile.ZipFile(path) as package:
        body = etree.fromstring(package.read("word/document.xml"))
        notes = etree.fromstring(package.read("word/endnotes.xml"))
    every = {page.word(name): name for name in (*SIX, "Period", "Status", "Doubt", "Edition")}
    said = re.compile(f" ({'|'.join(map(re.escape, every))}): ")
    told = {}
    for note in notes.iter(w("endnote")):
        for mark in note.iter(w("bookmarkStart")):
            parts = said.split("".join(one.text or "" for one in note.iter(w("t"))))[1:]
            named = zip(parts[::2], parts[1::2], strict=True)
            told[mark.get(w("name"))] = {every[term]: text for term, text in named}
    links = [
        one for one in body.iter(w("hyperlink")) if one.get(w("anchor"), "").startswith("_Note")
    ]
    assert len(links) == len(figures)
    for link, (figure, number) in zip(links, figures, strict=True):
        assert plain(figure.render(page.locale)) in plain("".join(link.itertext(f"{{{W}}}t")))
        assert link.get(w("anchor")) == f"_Note{number}"
        holds(told[link.get(w("anchor"))], figure, page)


def as_paper(path: Path, figures: list, page: Spoken) -> None:
    paper = pypdf.PdfReader(path)
    title = plain(page.say(page.report.title))
    sheets = [plain(sheet.extract_text()) for sheet in paper.pages]
    whole = "".join(
        re.sub(rf"{re.escape(title)}{number}$", "", sheet) for number, sheet in enumerate(sheets, 1)
    )
    for note in page.notes.all:
        lines = page.lines(note, notes_in_full=False)
        assert {page.word(name) for name in SIX} <= {term for term, _ in lines}
        for term, text in lines:
            assert plain(f"{term}:{text}.") in whole, (page.heading(note), term, text)
    places = paper.named_destinations
    led = [
        kid.get_object().get("/A", {}).get("/D", kid.get_object().get("/Dest"))
        for sheet in paper.pages
        for kid in sheet.get("/Annots", [])
    ]
    assert len(led) >= len(figures)
    assert all(one in places or not isinstance(one, str) for one in led)


def test_a_projection_of_one_part_has_no_contents(tmp_path) -> None:
    assert check(projection(), "ru", tmp_path) > 400
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Содержание" not in page
    assert "Часть A" not in page
    levels = [int(one) for one in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_a_scenario_and_scenarios_side_by_side(runs, tmp_path) -> None:
    from keruen.scenario.results import read_run

    report = scenario_report(read_run(runs / "more"))
    tables = {exhibit.table.id for exhibit in report.exhibits()}
    assert {"measured_balance", "measured_start", "placement", "who_gains", "regularised"} <= tables
    assert check(report, "kk", tmp_path) > 250
    both = comparison_report(compare_runs([runs / "plain", runs / "more"]))
    assert check(both, "ru", tmp_path) > 50


@pytest.mark.slow
def test_the_whole_profile(tmp_path) -> None:
    from keruen.report.profile import build_profile

    assert check(build_profile("KAZ"), "en", tmp_path) > 4_000


def test_every_method_that_is_named_exists_and_cites() -> None:
    names = {name for _, group in _METHODS for name in group or ()}
    for name in names:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name
    assert sum(bool(reference_of(name)) for name in names) > 15
    assert method_of("balance.net") == ("keruen.measure.balance.migration_balance",)
    assert method_of("balance.arrivals") == ()
    assert method_of("unheard.of") is None


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_every_licence_is_told_in_the_language(lang) -> None:
    for licence in LICENCES.values():
        told = licence_words(licence).render(Locale(lang))
        assert told != licence_words(licence).render(Locale("en")), licence.id
        assert re.search("[а-яә]", told), licence.id
