# SPDX-License-Identifier: Apache-2.0
"""Tables as statistics offices lay them out: what is read, and every fault by its cell.

The layouts follow tables of the Bureau of National Statistics of Kazakhstan (population on
1 January by region and sex, migration by region and settlement, migration by country,
employed by region in thousands); figures are those of the published tables where a test
speaks of totals, and made up otherwise.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from keruen.core.errors import FaultsError, SchemaError
from keruen.sources.faults import listed
from keruen.sources.files import Check, check_table, read_array, read_arrays, read_table


def book(path: Path, rows: list[list[object]], *, merged: tuple[str, ...] = (), name="1") -> Path:
    """A workbook of one sheet."""
    file = openpyxl.Workbook()
    sheet = file.worksheets[0]
    sheet.title = name
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


def reasons(found: Check) -> set[str]:
    return {reason for one in found.changes["reason"] for reason in one.split(",")}


POPULATION = [
    ["Численность населения Республики Казахстан по регионам и полу на начало года"],
    ["человек"],
    [None],
    ["", "2022", None, None, "2023", None, None],
    [None, "Всего", "в том числе", None, "Всего", "в том числе", None],
    [None, None, "мужчины", "женщины", None, "мужчины", "женщины"],
    ["А", 1, 2, 3, 4, 5, 6],
    ["Республика Казахстан", 1395891, 684525, 711366, 1395571, 684463, 711108],
    ["в том числе:"],
    ["Абай", "610 183", "299 421", "310 762", 607558, 298130, 309428],
    ["Акмолинская 1)", 785708, 385104, 400604, 788013, 386333, 401680],
    ["Алматы қ.", "-", "–", 0, "…", "…", "…"],
    [None],
    ["1) С учётом итогов переписи населения."],
    ["Источник: Бюро национальной статистики АСПиР РК"],
]
HEADS = ("A4:A6", "B4:D4", "E4:G4", "B5:B6", "C5:D5", "E5:E6", "F5:G5")


def test_population_by_region_and_sex_with_headings_of_three_rows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", POPULATION, merged=HEADS)
    found = check_table(path, "region_population")
    assert faults(found) == []
    table = found.table.set_index(["year", "region", "sex"])["population"]
    assert table[2022, "KZ-10", "F"] == 310762
    assert table[2023, "KZ-11", "M"] == 386333
    assert table[2022, "KZ-75", "M"] == 0
    assert len(table) == 12
    assert table.isna().sum() == 2
    assert {"numbering", "of_which", "note", "total", "thousands", "dash_zero"} <= reasons(found)
    assert {"inferred", "missing_mark", "label"} <= reasons(found)
    notes = found.changes.set_index("reason")
    assert notes.loc["of_which", "row"] == 9
    assert notes.loc["note", "row"].tolist() == [14, 15]


def test_the_same_table_without_merged_cells_as_text(tmp_path: Path) -> None:
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in POPULATION]
    same = check_table(text(tmp_path / "a.csv", *lines), "region_population")
    path = book(tmp_path / "a.xlsx", POPULATION, merged=HEADS)
    assert faults(same) == []
    assert same.table.equals(check_table(path, "region_population").table)


def test_a_total_that_does_not_add_up_is_a_fault_with_the_difference(tmp_path: Path) -> None:
    rows = [list(row) for row in POPULATION]
    rows[7][1] = 1395890  # the country, both sexes, 2022
    rows[10][5] = 386334  # men of Akmola, 2023
    found = check_table(book(tmp_path / "a.xlsx", rows, merged=HEADS), "region_population")
    assert set(faults(found)) == {
        ("TotalDiffers", 8, "B"),
        ("TotalDiffers", 8, "F"),
        ("TotalDiffers", 11, "E"),
    }
    facts = found.faults[found.faults["row"] == 11]["facts"].iloc[0]
    assert (facts["total"], facts["parts"], facts["difference"]) == (788013, 788014, 1)


def test_faulty_cells_are_named_once_each(tmp_path: Path) -> None:
    rows = [list(row) for row in POPULATION]
    rows[9][0] = "Аббай обл."
    rows[10][6] = "много"
    found = check_table(book(tmp_path / "a.xlsx", rows, merged=HEADS), "region_population")
    assert faults(found) == [("UnknownRegion", 10, "A"), ("NotANumber", 11, "G")]
    assert "KZ-10 (Abay Region)" in found.faults["remedy"].iloc[0]


def test_settlements_nested_below_their_region(tmp_path: Path) -> None:
    rows = [
        ["Миграция населения по регионам"],
        ["Регион", "Год", "Число прибывших", "Число выбывших"],
        ["Абайская область", 2023, "10 000", 12000],
        ["  городское население", 2023, "6 000", 7000],
        ["  сельское население", 2023, "4 000", 5000],
        ["Костанайская область", 2023, 10, 20],
        ["в том числе: городское население", 2023, 4, 8],
        ["сельское население", 2023, 6, 13],
    ]
    found = check_table(book(tmp_path / "a.xlsx", rows), "region_migration")
    assert faults(found) == [("TotalDiffers", 6, "D")]
    assert found.table["residence"].tolist() == ["urban", "rural"] * 2
    assert found.table["region"].tolist() == ["KZ-10", "KZ-10", "KZ-39", "KZ-39"]


def test_labels_in_rows_of_their_own_hold_for_the_rows_below(tmp_path: Path) -> None:
    rows = [
        ["Жасы", "2022", "2023"],
        ["Барлығы"],
        ["0-14", 10, 11],
        ["15 жас және одан жоғары", 20, 22],
        ["Ерлер"],
        ["0-14", 6, 6],
        ["15 жас және одан жоғары", 9, 10],
        ["Әйелдер"],
        ["0-14", 4, 5],
        ["15 жас және одан жоғары", 11, 13],
    ]
    found = check_table(book(tmp_path / "a.xlsx", rows), "population")
    assert faults(found) == [("TotalDiffers", 4, "C")]
    assert len(found.table) == 8
    assert set(found.table["sex"]) == {"F", "M"}
    assert set(found.table["age"]) == {0, 15}


PARTNERS = [
    ["Прибыло, человек"],
    ["Страна", "2022", "2023"],
    ["Всего", 100, 110],
    ["Страны СНГ", 60, 70],
    ["Россия", 40, 50],
    ["Узбекистан", 20, 20],
    ["Другие страны", 40, 40],
    ["Германия", 30, 30],
    ["США", 10, 10],
]


def test_groups_of_countries_are_checked_and_set_aside(tmp_path: Path) -> None:
    found = check_table(book(tmp_path / "a.xlsx", PARTNERS), "migration")
    assert faults(found) == []
    assert sorted(set(found.table["partner"])) == ["DEU", "RUS", "USA", "UZB"]
    assert found.table.groupby("year")["arrivals"].sum().to_dict() == {2022: 100, 2023: 110}
    wrong = [list(row) for row in PARTNERS]
    wrong[3][1] = 61
    found = check_table(book(tmp_path / "b.xlsx", wrong), "migration")
    assert faults(found) == [("TotalDiffers", 4, "B")]


def test_other_countries_without_parts_are_a_part(tmp_path: Path) -> None:
    rows = [*PARTNERS[:2], ["Всего", 100, 110], *PARTNERS[4:7]]
    found = check_table(book(tmp_path / "a.xlsx", rows), "migration")
    assert faults(found) == []
    assert set(found.table["partner"]) == {"RUS", "UZB", "OTH"}


def test_a_matrix_of_regions(tmp_path: Path) -> None:
    rows = [
        ["Межрегиональная миграция, 2023 год"],
        ["Откуда \\ Куда", "Абай", "Акмолинская", "г. Астана", "Выбыло всего"],
        ["Абай", None, 5, 12, 17],
        ["Акмолинская", 7, None, 1, 8],
        ["г. Астана", 3, 4, None, 7],
    ]
    found = read_table(book(tmp_path / "a.xlsx", rows), "region_flows")
    table = found.table.set_index(["origin", "destination"])["moves"]
    assert table["KZ-10", "KZ-71"] == 12
    assert table["KZ-11", "KZ-10"] == 7
    assert len(table) == 6
    assert found.table["year"].unique().tolist() == [2023]
    assert {"year_of_title", "inferred", "unread"} <= set(found.changes["reason"])


def test_thousands_are_refused_and_multiplied_only_when_asked(tmp_path: Path) -> None:
    rows = [
        ["Область", "2022", "2023"],
        ["Абай", "610,2", "607,6"],
        ["Акмолинская", "785,7", "788,0"],
        ["Всего", "1395,9", "1395,5"],
    ]
    said = book(tmp_path / "a.xlsx", [["Население, тыс. человек"], *rows])
    found = check_table(said, "region_population")
    assert faults(found) == [("DeclaredUnit", 2, "B")]
    assert "--unit thousand" in found.faults["remedy"].iloc[0]
    found = check_table(said, "region_population", unit="thousand")
    assert faults(found) == []
    assert found.table["population"].tolist() == [610200, 607600, 785700, 788000]
    assert "scaled" in reasons(found)
    unsaid = book(tmp_path / "b.xlsx", rows)
    assert faults(check_table(unsaid, "region_population")) == [("LooksLikeThousands", 2, "B")]


def test_the_country_tells_whether_figures_are_thousands(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "year,population", "2023,19766.8")
    assert faults(check_table(path, "population")) == [("NotWhole", 2, "B")]
    assert faults(check_table(path, "population", country="KAZ")) == [
        ("LooksLikeThousands", 2, "B")
    ]


def test_shares_and_rates_are_no_counts(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "Год;Прибывшие, %;Выбывшие на 1000 человек", "2023;5,5;2,1")
    assert faults(check_table(path, "migration")) == [("UnitClash", 1, "B"), ("UnitClash", 1, "C")]


def test_rounded_parts_add_up_within_their_rounding(tmp_path: Path) -> None:
    lines = ["Год;Регион;Занятые, тыс. чел.", "2023;Всего;100,0"]
    lines += ["2023;Абай;33,3", "2023;Атырауская;33,3", "2023;Жетісу;33,3"]
    path = text(tmp_path / "a.csv", *lines)
    assert faults(check_table(path, "labour", unit="thousand")) == []
    path = text(tmp_path / "b.csv", *lines[:-1], "2023;Жетісу;32,0")
    assert faults(check_table(path, "labour", unit="thousand")) == [("TotalDiffers", 2, "C")]


def test_wide_age_groups_are_checked_against_narrow_ones(tmp_path: Path) -> None:
    lines = ["year,age,population", "2023,0-4,5", "2023,5-9,6", "2023,10-14,7", "2023,15+,30"]
    found = check_table(text(tmp_path / "a.csv", *lines, "2023,0-14,18"), "population")
    assert faults(found) == []
    assert found.table["age"].tolist() == [0, 5, 10, 15]
    found = check_table(text(tmp_path / "a.csv", *lines, "2023,0-14,19"), "population")
    assert faults(found) == [("OverlappingAges", 6, "B")]


def test_years_that_are_none(tmp_path: Path) -> None:
    lines = ["year,births", "2022/23,5", "Q1 2023,6", "23,7", "01.01.2024,8", "2025 ж.,9"]
    found = check_table(text(tmp_path / "a.csv", *lines), "births_deaths")
    assert faults(found) == [("SplitYear", 2, "A"), ("PartOfYear", 3, "A"), ("NotAYear", 4, "A")]
    assert found.table["year"].tolist()[-2:] == [2024, 2025]


@pytest.mark.parametrize(
    ("schema", "key", "written", "code"),
    [
        ("migrant_stock", "birthplace", "UZ", "UZB"),
        ("migrant_stock", "birthplace", "860", "UZB"),
        ("migrant_stock", "birthplace", "uzb", "UZB"),
        ("migrant_stock", "birthplace", "Өзбекстан", "UZB"),
        ("region_population", "region", "KZ-ALM", "KZ-19"),
        ("region_population", "region", "190000000", "KZ-19"),
        ("region_population", "region", "ALM", "KZ-19"),
        ("region_population", "region", "Алматы облысы", "KZ-19"),
        ("region_population", "region", "область Жетiсу", "KZ-33"),  # a Latin i
        ("region_population", "region", "г. Нур-Султан", "KZ-71"),
        ("employment", "sector", "F", "F"),
        ("employment", "sector", "Құрылыс", "F"),
        ("employment", "sector", "1", "01"),
        ("employment", "occupation", "Руководители", "1"),
        ("employment", "occupation", "2511", "2511"),
        ("employment", "education", "Бакалавриат или его эквивалент", "6"),
    ],
)
def test_codes_and_names(tmp_path: Path, schema: str, key: str, written: str, code: str) -> None:
    value = {"migrant_stock": "immigrant_stock", "employment": "employed"}.get(schema, "population")
    path = text(tmp_path / "a.csv", f"year;{key};{value}", f"2023;{written};700000")
    assert read_table(path, schema).table[key].tolist() == [code]


def test_a_name_of_two_regions_is_told_by_the_other_rows(tmp_path: Path) -> None:
    lines = ["Год;Регион;Население", "2023;Алматы;2000000", "2023;Алматинская;1500000"]
    found = check_table(text(tmp_path / "a.csv", *lines), "region_population")
    assert found.table["region"].tolist() == ["KZ-75", "KZ-19"]
    assert "region_by_others" in reasons(found)
    found = check_table(text(tmp_path / "b.csv", *lines[:2]), "region_population")
    assert faults(found) == [("AmbiguousRegion", 2, "B")]
    assert "KZ-19" in found.faults["remedy"].iloc[0]
    assert "KZ-75" in found.faults["remedy"].iloc[0]


def test_a_code_of_a_district_names_its_region(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "Год;КАТО;Население", "2023;113200000;30000")
    found = check_table(path, "region_population")
    assert faults(found) == [("SmallerUnit", 2, "B")]
    assert "KZ-11" in found.faults["remedy"].iloc[0]


def test_figures_that_are_none(tmp_path: Path) -> None:
    rows = [["year", "births"], [2020, "=1/0"], [2021, "н/д?"], [2022, None], [2023, -5]]
    path = book(tmp_path / "a.xlsx", rows)
    found = check_table(path, "births_deaths")
    assert set(faults(found)) >= {("NotANumber", 3, "B"), ("BelowRange", 5, "B")}
    assert {one for one in faults(found) if one[1] == 2} == {("UnstoredFormula", 2, "B")}


def test_the_same_cell_in_two_rows(tmp_path: Path) -> None:
    lines = ["year,births", "2020,1", "2021,2", "2020,3", "2021 г.,2"]
    found = check_table(text(tmp_path / "a.csv", *lines), "births_deaths")
    assert faults(found) == [("DuplicateKey", row, "") for row in (2, 3, 4, 5)]


def test_headings_that_are_missing_misspelt_or_double(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "year,birthplase,sex,immigrant_stock", "2020,RUS,F,1")
    found = check_table(path, "region_population")
    assert found.table is None
    assert ("MissingColumn", 1, "") in faults(found)
    path = text(tmp_path / "b.csv", "year,seks,population", "2020,F,100")
    assert faults(check_table(path, "population")) == []  # too short to be near: told as unread
    path = text(tmp_path / "c.csv", "year,arrivals,departurs", "2020,5,100")
    assert faults(check_table(path, "migration")) == [("MisspeltHeading", 1, "C")]
    path = text(tmp_path / "d.csv", "year,Год,births", "2020,2020,100")
    assert faults(check_table(path, "births_deaths")) == [("DuplicateColumn", 1, "B")]
    path = text(tmp_path / "e.csv", "nothing,here", "1,2")
    assert faults(check_table(path, "births_deaths")) == [("NoHeader", 0, "")]


def test_a_cross_table_must_say_what_it_counts(tmp_path: Path) -> None:
    found = check_table(book(tmp_path / "a.xlsx", PARTNERS[1:]), "migration")
    assert faults(found) == [("UnclearFigures", 1, "B")]


def test_totals_without_their_parts(tmp_path: Path) -> None:
    lines = ["year,sex,population", "2020,T,10", "2021,F,5", "2021,M,6", "2021,T,11"]
    found = check_table(text(tmp_path / "a.csv", *lines), "population")
    assert faults(found) == [("TotalAlone", 2, "B")]
    found = check_table(text(tmp_path / "b.csv", *lines[:2]), "population")
    assert faults(found) == []
    assert found.table.columns.tolist() == ["year", "population"]


def test_the_sheet_that_fits_is_read_and_another_can_be_named(tmp_path: Path) -> None:
    file = openpyxl.Workbook()
    file.worksheets[0].append(["Содержание"])
    good = file.create_sheet("Данные")
    for row in [["Год", "Родившиеся"], [2023, 5]]:
        good.append(row)
    file.save(tmp_path / "a.xlsx")
    assert check_table(tmp_path / "a.xlsx", "births_deaths").sheet == "Данные"
    found = check_table(tmp_path / "a.xlsx", "births_deaths", sheet="Sheet")
    assert [one[0] for one in faults(found)] == ["NoHeader"]
    with pytest.raises(SchemaError, match="no sheet"):
        check_table(tmp_path / "a.xlsx", "births_deaths", sheet="Другой")


def test_all_faults_are_raised_at_once(tmp_path: Path) -> None:
    lines = ["year,births", "2020,many", "soon,5", "2021,many"]
    with pytest.raises(FaultsError) as caught:
        read_table(text(tmp_path / "a.csv", *lines), "births_deaths")
    assert [fault.id for fault in caught.value.faults] == ["NotANumber", "NotAYear"]
    assert "(a.csv, column B, row 2, 4)" in str(caught.value)


def test_arrays_have_units_and_sorted_labels(tmp_path: Path) -> None:
    lines = ["year,region,births,deaths", "2021,KZ-11,3,4", "2020,KZ-10,1,2", "2021,KZ-10,5,6"]
    path = text(tmp_path / "a.csv", *lines)
    arrays = read_arrays(path, "births_deaths")
    assert arrays["births"].dims == ("year", "region")
    assert arrays["births"].attrs["units"] == "persons"
    assert arrays["deaths"].sel(year=2021).values.tolist() == [6, 4]
    assert arrays["births"].isnull().sum() == 1
    with pytest.raises(SchemaError, match="no column 'moves'"):
        read_array(path, "births_deaths", "moves")


def test_a_place_without_known_figures_is_no_fault(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "country,births,deaths", "VAT,0,0")
    assert faults(check_table(path, "vital_events")) == []
    path = text(tmp_path / "b.csv", "country,births,deaths", "VAT,0,0", "KAZ,440,170")
    assert faults(check_table(path, "vital_events")) == [("LooksLikeThousands", 2, "B")]
