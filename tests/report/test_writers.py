# SPDX-License-Identifier: Apache-2.0
"""A small report, written in every format and read back."""

import csv
import json
import re
from xml.etree import ElementTree as ET

import openpyxl
import pytest

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
from keruen.report.html import render_html
from keruen.report.locale import Country, Locale, Verbatim, Year, msg
from keruen.report.plain import write_csv, write_json
from keruen.report.workbook import write_workbook

SOURCES = {"a.b": Source("a.b", "Title <b>", "Office", "Office (2024).", LICENCES["facts"], "2024")}


def figure(name, value, **more):
    return Figure(name, value, "persons", "2024", ("a.b",), **more)


@pytest.fixture
def report():
    columns = (
        Column("arrivals", msg("Arrivals"), "persons", additive=True),
        Column("net", msg("Net migration"), "persons"),
        Column("note", msg("Note")),
    )
    rows = (
        Row(
            "KAZ",
            Country("KAZ"),
            (
                figure("t.arrivals.KAZ", 10.4),
                figure("t.net.KAZ", -3, signed=True),
                Verbatim("x & y"),
            ),
        ),
        Row(
            "UZB",
            Country("UZB"),
            (figure("t.arrivals.UZB", 5.2, status="estimate"), figure("t.net.UZB", None), None),
        ),
    )
    table = Table("t", msg("Country"), columns, rows, total=msg("World"))
    exhibit = Exhibit(
        table,
        msg("Net migration, {year}", year=Year(2024)),
        draw=lambda locale: (
            f"<svg xmlns='http://www.w3.org/2000/svg'><text>{locale.lang}</text></svg>"
        ),
        notes=(msg("Ukraine is counted with the other countries."),),
    )
    gap = msg("No source gives net migration of this country or area.")
    section = Section("balance", msg("Migration balance"), (msg("World"),), (exhibit,), (gap,))
    return Report(
        "profile-KAZ",
        msg("{country}: migration profile", country=Country("KAZ")),
        msg("World"),
        (
            Headline(msg("Population"), figure("headline.population", 20_592_574.0)),
            Headline(msg("Emigrants"), figure("headline.emigrants", float("nan"))),
        ),
        (Part("A", msg("Impact of migration"), (section,)),),
    )


def test_a_missing_value_is_a_gap_whatever_was_said_of_it(report):
    missing = report.headlines[1].figure
    assert (missing.value, missing.status) == (None, "missing")


def test_totals_need_every_part(report):
    table = next(report.exhibits()).table
    assert table.sums() == (pytest.approx(15.6), None, None)
    holed = Table(
        "t",
        table.head,
        (table.columns[0],),
        (
            *(Row(r.key, r.label, r.cells[:1]) for r in table.rows),
            Row("X", Verbatim("X"), (figure("t.arrivals.X", None),)),
        ),
    )
    assert holed.sums() == (None,)


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_html_stands_alone_and_shows_everything(report, lang):
    locale = Locale(lang)
    page = render_html(report, locale, SOURCES)
    assert f'<html lang="{lang}">' in page
    for text in (report.title, *report.parts[0].sections[0].gaps):
        assert text.render(locale) in page
    assert f"<text>{lang}</text>" in page
    assert "x &amp; y" in page
    assert "Title &lt;b&gt;" in page
    loaded = re.findall(r'(?:src|href|url\()\s*=?\s*["\']?(https?:[^"\')]*)', page)
    assert loaded == []
    assert "<script" not in page
    numbers = set(re.findall(r'href="#([^"]+)"', page))
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert numbers <= set(ids)


def test_html_is_well_formed(report):
    page = render_html(report, Locale("en"), SOURCES).replace("<!DOCTYPE html>", "")
    page = re.sub(r"<(meta[^>]*|br)>", r"<\1/>", page)
    ET.fromstring(page)


def test_workbook_has_live_totals_blanks_for_gaps_and_every_figure(report, tmp_path):
    path = tmp_path / "profile.xlsx"
    write_workbook(report, Locale("en"), SOURCES, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Contents", "Data", "t", "Codes", "Notes", "Sources", "keruen"]
    assert book["keruen"].sheet_state == "hidden"
    cross = book["t"]
    assert cross["B6"].value == "=SUM(B4:B5)"
    assert cross["B4"].value == 10.4
    assert cross["C5"].value is None
    assert cross["C6"].value is None
    rows = list(book["Data"].iter_rows(min_row=2, values_only=True))
    assert {row[0]: row[4] for row in rows} == {f.id: f.value for f in report.figures()}
    assert [c.value for c in book["Codes"][2]] == ["KAZ", "Kazakhstan", "Казахстан", "Қазақстан"]
    assert book["Sources"]["F2"].value == LICENCES["facts"].name


def test_the_same_report_gives_the_same_bytes(report, tmp_path):
    for name in ("a", "b"):
        write_workbook(report, Locale("ru"), SOURCES, tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_json_holds_every_figure_with_its_source(report, tmp_path):
    path = tmp_path / "profile.json"
    write_json(report, Locale("kk"), SOURCES, path)
    content = json.loads(path.read_text("utf-8"))
    figures = {entry["id"]: entry for entry in content["figures"]}
    assert figures.keys() == {f.id for f in report.figures()}
    assert figures["t.arrivals.KAZ"] == {
        "id": "t.arrivals.KAZ",
        "value": 10.4,
        "unit": "persons",
        "year": "2024",
        "source": ["a.b"],
        "status": "observed",
    }
    assert figures["t.net.UZB"]["value"] is None
    assert content["sources"][0]["licence"] == "facts"


def test_csv_opens_in_excel_and_keeps_full_values(report, tmp_path):
    path = tmp_path / "t.csv"
    write_csv(next(report.exhibits()).table, Locale("ru"), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["key", "name", "arrivals", "net", "note"],
        ["KAZ", "Казахстан", "10.4", "-3", "x & y"],
        ["UZB", "Узбекистан", "5.2", "", ""],
    ]
