# SPDX-License-Identifier: Apache-2.0
"""Tables that once were misread in silence: each layout, and what is said of it now."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from keruen.sources.faults import listed
from keruen.sources.files import Check, check_table


def book(path: Path, sheets: dict[str, list[list[object]]], merged: tuple[str, ...] = ()) -> Path:
    """A workbook; cells are merged in every sheet alike."""
    file = openpyxl.Workbook()
    file.remove(file.worksheets[0])
    for name, rows in sheets.items():
        sheet = file.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    file.save(path)
    return path


def text(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def faults(found: Check) -> list[tuple[str, int, str]]:
    """Identifier, row and column of every fault."""
    return [(one.id, one.row, one.column) for one in listed(found.faults)]


def test_persons_are_whole(tmp_path: Path) -> None:
    rows = [
        ["Год", "Регион", "Численность населения"],
        [2023, "Акмолинская", "310.000"],
        [2023, "Актюбинская", "1,234"],
        [2023, "Атырауская", "1.234,5"],
        [2023, "Абай", 310000.5],
    ]
    path = book(tmp_path / "a.xlsx", {"1": rows})
    found = check_table(path, "region_population")
    assert faults(found) == [("NotWhole", 3, "C"), ("NotWhole", 4, "C"), ("NotWhole", 5, "C")]
    assert faults(check_table(path, "region_population", unit="thousand")) == []


def test_thousands_with_decimals_are_whole_persons(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "year,population", "2023,20330.104", "2024,20592.571")
    found = check_table(path, "population", unit="thousand")
    assert faults(found) == []
    assert found.table["population"].round().tolist() == [20330104, 20592571]


def test_a_second_sheet_of_the_same_layout_is_not_left_unread(tmp_path: Path) -> None:
    rows = [["Область", "мужчины", "женщины"], ["Абай", 298000, 309000], ["Жетысу", 35000, 34800]]
    path = book(tmp_path / "a.xlsx", {"2022": rows, "2023": rows, "Примечания": [["Текст"]]})
    found = check_table(path, "region_population")
    assert faults(found) == [("OtherSheets", 0, "")]
    assert found.faults["facts"].iloc[0]["sheets"] == ("2023",)
    chosen = check_table(path, "region_population", sheet="2023")
    assert faults(chosen) == []
    assert chosen.table["year"].unique().tolist() == [2023]


def test_the_unemployment_rate_by_its_usual_names(tmp_path: Path) -> None:
    for name in ("Уровень безработицы", "Уровень безработицы, в %", "Жұмыссыздық деңгейі, %"):
        found = check_table(text(tmp_path / "a.csv", f"Год;{name}", "2023;4,7"), "labour")
        assert faults(found) == []
        assert found.table["unemployment_rate"].tolist() == [4.7]


def test_a_matrix_under_merged_headings(tmp_path: Path) -> None:
    rows = [
        ["Регион выбытия", "Регион прибытия", None, None],
        [None, "Акмолинская область", "г. Астана", "г. Алматы"],
        ["Акмолинская область", None, 5000, 800],
        ["г. Астана", 3000, None, 900],
        ["г. Алматы", 200, 700, None],
    ]
    found = check_table(
        book(tmp_path / "a.xlsx", {"1": rows}, merged=("A1:A2", "B1:D1")), "region_flows"
    )
    assert faults(found) == []
    moves = found.table.set_index(["origin", "destination"])["moves"]
    assert (moves["KZ-11", "KZ-71"], moves["KZ-71", "KZ-11"]) == (5000, 3000)
    rows[0] = ["Регион прибытия", "Регион выбытия", None, None]
    found = check_table(
        book(tmp_path / "b.xlsx", {"1": rows}, merged=("A1:A2", "B1:D1")), "region_flows"
    )
    moves = found.table.set_index(["origin", "destination"])["moves"]
    assert (moves["KZ-71", "KZ-11"], moves["KZ-11", "KZ-71"]) == (5000, 3000)


def test_a_title_of_a_part_of_a_year(tmp_path: Path) -> None:
    rows = [["Область", "Занятое население"], ["Абай", 295000], ["Акмолинская", 375200]]
    for title, wanted in (
        ("Основные индикаторы рынка труда, IV квартал 2023 года", [("PartOfYear", 1, "")]),
        ("Еңбек нарығы, 2024 ж. қаңтар-маусым", [("PartOfYear", 1, "")]),
        ("Рынок труда за январь-декабрь 2023 года", []),
        ("На 1 января 2023 года", []),
    ):
        path = book(tmp_path / "a.xlsx", {"1": [[title], *rows]})
        assert faults(check_table(path, "labour")) == wanted


def test_a_name_of_two_regions_is_told_by_rows_beside_it_alone(tmp_path: Path) -> None:
    lines = ["year,region,sex,population", "2023,Almaty city,Female,1200000"]
    apart = text(tmp_path / "a.csv", *lines, "2023,Almaty,Male,1000000")
    assert faults(check_table(apart, "region_population")) == [("AmbiguousRegion", 3, "B")]
    beside = text(tmp_path / "b.csv", *lines, "2023,Almaty,Female,700000")
    found = check_table(beside, "region_population")
    assert faults(found) == []
    assert found.table["region"].tolist() == ["KZ-75", "KZ-19"]


def test_years_in_rows_of_their_own(tmp_path: Path) -> None:
    for first, second in (("2022 год", "2023 год"), ("2022", 2023)):
        rows = [
            ["Регион", "Мужчины", "Женщины", "Всего"],
            [first],
            ["Абай", 100000, 110000, 210000],
            ["Жетысу", 120000, 130000, 250000],
            [second],
            ["Абай", 101000, 111000, 212000],
            ["Жетысу", 121000, 131000, 252001],
        ]
        path = book(tmp_path / "a.xlsx", {"1": rows})
        found = check_table(path, "region_population")
        assert faults(found) == [("TotalDiffers", 7, "D")]
        table = found.table.set_index(["year", "region", "sex"])["population"]
        assert (table[2022, "KZ-10", "M"], table[2023, "KZ-33", "F"]) == (100000, 131000)


def test_an_empty_figure_beside_others_is_named(tmp_path: Path) -> None:
    lines = ["Регион;Родившиеся;Умершие", "Абай;10 236;7 500"]
    path = text(tmp_path / "2023.csv", "Год;" + lines[0], "2023;" + lines[1], "2023;Жетысу;1 000;")
    assert faults(check_table(path, "births_deaths")) == [("EmptyFigure", 3, "D")]
    path = text(tmp_path / "b.csv", "Год;" + lines[0], "2023;" + lines[1], "2023;Жетысу;;")
    assert faults(check_table(path, "births_deaths")) == [
        ("EmptyFigure", 3, "C"),
        ("EmptyFigure", 3, "D"),
    ]
    path = text(tmp_path / "c.csv", "Год;" + lines[0], "2023;" + lines[1], "2023;Жетысу;1 000;…")
    assert faults(check_table(path, "births_deaths")) == []


def test_an_empty_key_makes_no_second_fault_of_its_total(tmp_path: Path) -> None:
    lines = ["Год;Область;Пол;Население", "2023;Жамбылская;М;600000", ";;Ж;610000"]
    lines += ["2023;Жамбылская;Всего;1210000"]
    found = check_table(text(tmp_path / "a.csv", *lines), "region_population")
    assert faults(found) == [("EmptyKey", 3, "A"), ("EmptyKey", 3, "B")]
    lines[-1] = "2023;Жамбылская;Всего;500000"
    found = check_table(text(tmp_path / "b.csv", *lines), "region_population")
    assert ("TotalDiffers", 4, "D") in faults(found)


def test_a_gap_in_a_row_of_years_is_named(tmp_path: Path) -> None:
    lines = ["Область;2021;2022", "Абай;;610183", "Акмолинская;730000;785708"]
    found = check_table(text(tmp_path / "a.csv", *lines), "region_population")
    assert faults(found) == [("EmptyFigure", 2, "B")]
    lines[1] = "Абай;…;610183"
    assert faults(check_table(text(tmp_path / "a.csv", *lines), "region_population")) == []


def test_a_row_that_only_says_that_ages_follow(tmp_path: Path) -> None:
    lines = ["Год;Возраст;Население", "2023;0-14;600", "2023;15+;900"]
    lines += [";из общей численности - население в возрасте:;"]
    lines += ["2023;0-4;200", "2023;5-14;400"]
    found = check_table(text(tmp_path / "a.csv", *lines), "population")
    assert faults(found) == []
    assert found.table["age"].tolist() == [15, 0, 5]
