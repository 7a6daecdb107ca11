# SPDX-License-Identifier: Apache-2.0
"""The fault report: the same faults in every form, and a mended copy that can be read again."""

from __future__ import annotations

import csv
import doctest
import json
from pathlib import Path

import openpyxl
import pytest

from keruen.core.errors import SchemaError
from keruen.report.fault_workbook import write_mended
from keruen.report.faults import FORMATS, fault_lines, summary, write_faults
from keruen.report.locale import LANGS, Locale
from keruen.sources.faults import listed
from keruen.sources.files import check_table, read_table

ROWS = [
    ["Население на начало 2023 года, тыс. человек"],
    ["Регион", "мужчины", "женщины", "Всего"],
    ["Абай", "298,1", "309,4", "607,5"],
    ["Алмата", "=1+1", "много", "…"],
    ["Актюбинская*", "453,3", "473,1", "930,0"],
    ["<b>Жетісу</b>", 1, 2, 3],
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Таблица 1"
    for row in ROWS:
        sheet.append(row)
    sheet["B4"].data_type = "s"  # a text that begins like a formula
    book.create_sheet("Прочее")
    path = tmp_path / "own.xlsx"
    book.save(path)
    return path


def test_lines_name_cells_and_remedies(table: Path) -> None:
    lines = {
        line.cells: line
        for line in fault_lines(check_table(table, "region_population"), Locale("en"))
    }
    assert set(lines) == {"A4", "A6", "B2", "B4", "C4", "D5"}
    assert lines["A4"].what == "'Алмата' is not a region"
    assert "KZ-75 (Almaty)" in lines["A4"].remedy
    assert lines["D5"].what == "the total is 930, but its 2 parts add up to 926.4: 3.6 apart"


def test_a_run_of_rows_is_one_line_and_every_row_is_in_the_data(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{year},many" for year in range(1900, 2000)] + ["2000,5", "2001,many"]
    path.write_text("\n".join(["year,births", *lines]), encoding="utf-8")
    found = check_table(path, "births_deaths")
    shown = fault_lines(found, Locale("ru"))
    assert [(line.cells, line.count) for line in shown] == [("B2:B101, B103", 101)]
    assert len(found.faults) == 101
    assert summary(found, Locale("en")) == "101 faulty cells, 1 kind of fault"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("ending", FORMATS)
def test_every_form_in_every_language(table: Path, tmp_path: Path, lang, ending) -> None:
    found = check_table(table, "region_population")
    path = tmp_path / f"faults{ending}"
    write_faults(found, table, Locale(lang), path)
    if ending == ".html":
        page = path.read_text("utf-8")
        assert f'lang="{lang}"' in page
        assert page.count('class="wrong"') == 6
        assert "&lt;b&gt;Жетісу" in page
        assert "<b>Жетісу" not in page
        assert "http" not in page
    elif ending == ".csv":
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
        assert [(row["id"], row["row"], row["column"]) for row in rows] == [
            (one.id, str(one.row), one.column) for one in listed(found.faults)
        ]
    elif ending == ".json":
        content = json.loads(path.read_text("utf-8"))
        assert [row["id"] for row in content["faults"]] == found.faults["id"].tolist()
        assert content["title"] == found.schema.title[lang]
    else:
        book = openpyxl.load_workbook(path)
        assert book.sheetnames[:2] == ["Таблица 1", "Прочее"]
        marked = {c.coordinate for row in book["Таблица 1"].iter_rows() for c in row if c.comment}
        assert marked == {f"{one.column}{one.row}" for one in listed(found.faults)}
        assert book["Таблица 1"]["A3"].value == "Абай"


def test_the_original_is_never_changed(table: Path, tmp_path: Path) -> None:
    before = table.read_bytes()
    found = check_table(table, "region_population")
    write_faults(found, table, Locale("en"), tmp_path / "a.xlsx")
    write_mended(found, table, Locale("en"), tmp_path / "b.xlsx")
    with pytest.raises(SchemaError, match="would replace the original"):
        write_mended(found, table, Locale("en"), table)
    with pytest.raises(SchemaError, match="would replace the original"):
        write_faults(found, table, Locale("en"), table)
    assert table.read_bytes() == before


def test_a_mended_copy_keeps_what_is_not_mended(table: Path, tmp_path: Path) -> None:
    found = check_table(table, "region_population")
    path = tmp_path / "clean.xlsx"
    copy = write_mended(found, table, Locale("en"), path)
    assert "DeclaredUnit" not in set(copy.faults["id"])
    sheet = openpyxl.load_workbook(path)["Data"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[:2] == [[2023, "KZ-10", "M", 298100], [2023, "KZ-10", "F", 309400]]
    assert [2023, "Алмата", "F", "много"] in rows
    assert [2023, "KZ-15", "Всего", 930000] in rows
    marked = [cell.value for row in sheet.iter_rows() for cell in row if cell.comment]
    assert {"Алмата", "много", 930000, "<b>Жетісу</b>"} <= set(marked)


def test_a_mended_copy_without_faults_is_read_as_the_original(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = ["Год;Регион;Пол;Население", "2023 г.;Абай;Всего;607 558", "2023 г.;Абай;М;298 130"]
    path.write_text("\n".join([*lines, "2023 г.;Абай;Ж;309 428"]), encoding="utf-8")
    first = check_table(path, "region_population")
    assert not len(first.faults)
    for ending in (".xlsx", ".csv"):
        copy = tmp_path / f"clean{ending}"
        write_mended(first, path, Locale("kk"), copy)
        again = read_table(copy, "region_population")
        assert again.table.equals(first.table)
    with pytest.raises(SchemaError, match="end its name in"):
        write_mended(first, path, Locale("en"), tmp_path / "clean.docx")
    with pytest.raises(SchemaError, match="end its name in"):
        write_faults(first, path, Locale("en"), tmp_path / "faults.docx")


def test_a_mended_copy_keeps_a_column_that_is_not_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("year,births,deathes\n2022,7,5\n2023,8,six", encoding="utf-8")
    found = check_table(path, "births_deaths")
    assert [fault.id for fault in listed(found.faults)] == ["MisspeltHeading"]
    copy = write_mended(found, path, Locale("en"), tmp_path / "clean.xlsx")
    assert copy.table["deathes"].tolist() == ["5", "six"]
    sheet = openpyxl.load_workbook(tmp_path / "clean.xlsx")["Data"]
    marked = [cell for row in sheet.iter_rows() for cell in row if cell.comment]
    assert [(cell.row, cell.value) for cell in marked] == [(1, "deathes")]
    write_mended(found, path, Locale("en"), tmp_path / "clean.csv")
    again = check_table(tmp_path / "clean.csv", "births_deaths")
    assert [fault.id for fault in listed(again.faults)] == ["MisspeltHeading"]


def test_a_mended_copy_tells_totals_in_its_own_unit(table: Path, tmp_path: Path) -> None:
    found = check_table(table, "region_population")
    write_mended(found, table, Locale("en"), tmp_path / "clean.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "clean.xlsx")["Data"]
    told = [cell for row in sheet.iter_rows() for cell in row if cell.value == 930000]
    assert told[0].comment.text.startswith("the total is 930,000, but its 2 parts add up to 926,4")


def test_thousands_are_multiplied_as_decimals(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("year,births\n2022,8375.2\n2023,4.35", encoding="utf-8")
    found = read_table(path, "births_deaths", unit="thousand")
    assert found.table["births"].tolist() == [8375200.0, 4350.0]


def test_a_formula_without_a_value_is_told_apart_from_a_spoilt_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["year", "births"], [2022, "=1+1"], [2023, 7]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")
    lines = fault_lines(check_table(tmp_path / "a.xlsx", "births_deaths"), Locale("en"))
    assert [(line.cells, line.id) for line in lines] == [("B2", "UnstoredFormula")]
    assert "save it" in lines[0].remedy


def test_one_row_and_one_kind_are_not_said_as_several(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("year,births\n2022,7\n2022,8\n2023,5", encoding="utf-8")
    found = check_table(path, "births_deaths")
    assert summary(found, Locale("en")) == "2 faulty cells, 1 kind of fault"
    assert [line.cells for line in fault_lines(found, Locale("en"))] == ["rows 2-3"]
    path.write_text("year,deathss\n2022,7", encoding="utf-8")
    lines = fault_lines(check_table(path, "births_deaths"), Locale("en"))
    assert "row 1" in [line.cells for line in lines]


def test_the_examples_of_the_page_run():
    page = Path(__file__).parents[2] / "docs" / "bring-your-own-tables.md"
    flags = doctest.NORMALIZE_WHITESPACE
    result = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert result.attempted >= 15
    assert result.failed == 0
