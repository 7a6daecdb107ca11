# SPDX-License-Identifier: Apache-2.0
"""Methods and data: every public method with its own words, every table with licence and units."""

from __future__ import annotations

import inspect
import io
import re
from importlib import import_module

import pytest

from keruen.core.errors import CodeError
from keruen.report import locale
from keruen.report.data_subjects import SUBJECTS, citation_of, subject_of, units_of
from keruen.report.docstrings import read_docstring
from keruen.report.method_catalogue import find_methods, method_catalogue, method_named
from keruen.sources.catalog import catalogue
from web.page_checks import Page, faults_of
from web.test_reading import SAME, _Pseudo
from web.test_reports import plain

FLOWS = "measure.flows.flows_from_stocks"
SOME = (
    FLOWS, "decide.points.simulate_draws", "project.population.project_population",
    "measure.indices.migration_effectiveness", "decide.welfare.corridor_ledger",
)  # fmt: skip
PAGES = (
    "/draws", "/draws?size=x", "/draws/practice?weeks=260&trajectories=2000", "/policy",
    "/policy/KAZ/permits", "/policy/KAZ/welfare", "/policy/DEU/regularise",
    "/policy/KAZ/refugees/result", "/methods", f"/methods/{FLOWS}", "/data?subject=protection",
    "/data/unhcr.decisions",
)  # fmt: skip


def test_the_catalogue_holds_what_can_be_imported_and_its_first_line() -> None:
    held = method_catalogue()
    assert len(held) > 400
    assert {one.room for one in held.values()} == {"measure", "project", "decide"}
    for name in SOME:
        method = held[name]
        function = getattr(import_module(f"keruen.{method.module}"), method.function)
        assert inspect.getdoc(function).startswith(method.told.summary[:40])
        named = re.findall(r"^    (\w+):", method.signature, re.MULTILINE)
        assert named == list(inspect.signature(function).parameters)
        assert method.told.section("Parameters")
    for name, method in held.items():
        assert method.told.summary, name
        assert not any(part.startswith("_") for part in name.split(".")), name


def test_methods_are_found_by_either_name_and_by_words() -> None:
    assert method_named("keruen.measure.stock_flows.flows_from_stocks").name == FLOWS
    assert find_methods("flows from stocks")[0].name == FLOWS
    assert find_methods("flows from stocks", room="decide") == ()
    assert find_methods("no such word anywhere at all") == ()
    assert "keruen points draws" in method_named("decide.points.simulate_draws").commands
    with pytest.raises(CodeError):
        method_named("measure.none")


def test_documentation_is_read_section_by_section() -> None:
    told = read_docstring("""Sum of *two*.

    Longer words,
    on two lines.

    Parameters
    ----------
    a : float
        First
        number.
    b : float, optional

    See Also
    --------
    other : Does more.

    Notes
    -----
    As in::

        a + b

    - one, which
      goes on
    - two

    Examples
    --------
    >>> 1 + 1
    2
    """)
    assert told.summary == "Sum of *two*."
    assert told.section("")[0].lines == ("Longer words, on two lines.",)
    assert [(b.head, b.lines[0]) for b in told.section("Parameters")] == [
        ("a : float", "First number."), ("b : float, optional", "")
    ]  # fmt: skip
    assert told.section("See Also")[0].head == "other"
    assert told.section("See Also")[0].lines == ("Does more.",)
    assert [b.kind for b in told.section("Notes")] == ["text", "code", "list"]
    assert told.section("Notes")[2].lines == ("one, which goes on", "two")
    assert told.section("Examples")[0].lines == (">>> 1 + 1", "2")


def test_a_method_has_an_address_and_leads_to_others(signed) -> None:
    client = signed("viewer")
    for lang in ("en", "kk"):
        page = client.get(f"/methods/{FLOWS}", params={"lang": lang})
        assert faults_of(page.text, lang) == []
    assert "Abel" in plain(page.text)
    assert 'href="/methods/measure.flows.flow_intervals"' in page.text
    english = [told for told in Page(page.text).all("h1") if told.get("lang") == "en"]
    assert len(english) == 1
    moved = client.get("/methods/measure.stock_flows.flows_from_stocks")
    assert moved.headers["location"] == f"/methods/{FLOWS}"
    assert client.get("/methods/none").status_code == 404
    found = client.get("/methods", params={"q": "hoover", "room": "measure"}).text
    assert "hoover_index" in found
    assert "project.population" not in found
    assert client.get("/methods", params={"q": "<script>"}).text.count("<script>") == 0


def test_every_method_of_a_room_makes_a_page(signed) -> None:
    client = signed("viewer")
    names = list(method_catalogue())[::17]
    for name in names:
        page = client.get(f"/methods/{name}", params={"lang": "en"})
        assert page.status_code == 200, name
        assert faults_of(page.text, "en") == [], name


def test_every_table_has_a_subject_units_and_a_citation() -> None:
    for one in catalogue():
        assert subject_of(one) in SUBJECTS, one.id
        assert one.source.licence.id in citation_of(one)
        values = [c for c in one.columns if c.role == "value" and c.units]
        assert len(units_of(one)) >= bool(values or one.series)
    assert {subject_of(one) for one in catalogue()} == set(SUBJECTS)


def test_the_catalogue_is_filtered_and_opens_in_excel(signed) -> None:
    from openpyxl import load_workbook

    client = signed("viewer")
    found = client.get("/data", params={"subject": "remittances", "lang": "ru"}).text
    assert faults_of(found, "ru") == []
    assert "knomad.remittances" in found
    assert "unhcr.decisions" not in found
    free = client.get("/data", params={"licence": "PDDL-1.0"}).text
    assert "kaz.district.population" in free
    assert "knomad.remittances" not in free
    assert "kaz.return_quota" in client.get("/data", params={"q": "quotas kazakhstan"}).text
    book = load_workbook(io.BytesIO(client.get("/data/list.xlsx").content), read_only=True)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    assert sum(any(row) for row in rows) > len(catalogue())


def test_a_table_is_cited_and_taken_along_in_open_formats(signed) -> None:
    client = signed("viewer")
    page = client.get("/data/kaz.migration", params={"lang": "kk"})
    assert faults_of(page.text, "kk") == []
    links = re.findall(r'href="(/api/v1/data/[^"]+)"', page.text)
    assert {link.rpartition("=")[2] for link in links} == {"sdmx-csv", "json-stat"}
    for link in links[:2]:
        assert client.get(link).status_code == 200
    large = client.get("/data/wpp2024.population").text
    assert "?format=" not in large
    assert "SHA-256" in plain(large)


def test_no_word_escapes_the_translation(signed, monkeypatch) -> None:
    client = signed("officer")
    real = locale._catalogue
    monkeypatch.setattr(locale, "_catalogue", lambda one: _Pseudo() if one == "kk" else real(one))
    client.cookies.set("keruen_language", "kk")
    known = {*SAME, "officer", "English", "KAZ", "KZT", "stat"}
    for path in PAGES:
        html = client.get(path).text
        assert faults_of(html, "kk") == [], path
        for text, within, lang in Page(html).texts:
            data = {"td", "th", "option", "h1"} & set(within) or lang not in ("", "kk")
            left = re.sub(r"unhcr\.decisions|flows_from_stocks", " ", text)
            while "⟦" in left:  # translated sentences hold translated names
                left = re.sub(r"⟦[^⟦⟧]*⟧", " ", left)
            words = [one for one in re.findall(r"[A-Za-z]{3,}", left) if one not in known]
            assert data or not words, (path, text, within)
