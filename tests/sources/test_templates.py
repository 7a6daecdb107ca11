# SPDX-License-Identifier: Apache-2.0
"""Templates: what stands in them, and that what is filled in is read as it was chosen."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from pandas.testing import assert_frame_equal

from keruen.core.errors import FileError, SchemaError
from keruen.report.locale import Locale, Message
from keruen.sources import _template_words as words
from keruen.sources._words import is_beside, meaning
from keruen.sources.files import check_table, read_arrays, read_table
from keruen.sources.projection_files import PARTS, read_projection
from keruen.sources.schemas import Column, schemas
from keruen.sources.templates import templates, write_template

LANGS = ("en", "ru", "kk")
EVERY = [(name, lang) for name in sorted(schemas()) for lang in LANGS]
ROWS = 25


def say(lang: str):
    locale = Locale(lang)
    return lambda text: locale.say(Message(text))


def template(name: str, lang: str, folder: Path) -> Path:
    path = folder / f"{name}-{lang}.xlsx"
    write_template(name, path, lang=lang, say=say(lang))
    return path


def rules(book: Workbook, sheet: int = 0) -> dict[str, object]:
    """The rule of each column of a sheet of data, by letter."""
    found = book.worksheets[sheet].data_validations.dataValidation
    return {str(rule.sqref)[0]: rule for rule in found}


def choices(book: Workbook, rule: object) -> list[tuple[str, str]]:
    """What the list of a cell shows, with the code of each."""
    sheet, letter, first, last = re.fullmatch(
        r"'(.+)'!\$([A-E])\$(\d+):\$[A-E]\$(\d+)", rule.formula1
    ).groups()
    rows = range(int(first), int(last) + 1)
    return [(book[sheet][f"{letter}{row}"].value, book[sheet][f"B{row}"].value) for row in rows]


def code_of(column: Column, code: str) -> object:
    if column.kind != "age":
        return code
    return int(code.rstrip("+").split("-")[0])


def labels(book: Workbook, column: Column, rule: object, random: np.random.Generator):
    """Labels of a key that a user may choose or write, with their codes."""
    if column.kind == "text":
        return [("Север", "Север"), ("South", "South"), ("R-1", "R-1")]
    if column.kind == "date":
        return [(day, day) for day in ("2026-01-12", "2026-02-28", "2025-12-31")]
    if column.kind == "year":
        return [(year, year) for year in range(1990, 2030)]
    found = [(text, code_of(column, code)) for text, code in choices(book, rule)]
    if column.kind == "age":
        groups = bool(random.integers(2))
        return [one for one in found if ("-" in one[0] or "+" in one[0]) == groups]
    return found


def figure(column: Column, random: np.random.Generator) -> float:
    low = -1e6 if column.low is None else column.low
    high = 1e9 if column.high is None else column.high
    if column.name in ("population", "births", "stock_start"):
        low = 1e8  # never about a thousandth of what is known
    whole = column.additive and column.units == "persons"
    return round(random.uniform(low, high), 0 if whole else 5)


def fill(book: Workbook, name: str, random: np.random.Generator, sheet: int = 0) -> pd.DataFrame:
    """Write random rows into a template; gives the table they mean."""
    schema = schemas()[name]
    some = random.random(len(schema.columns)) < 0.5
    used = [one for one, at in zip(schema.columns, some, strict=True) if one.required or at]
    if not any(one.role == "value" for one in used):
        used.append(schema.values[0])
    ruled = rules(book, sheet)
    letters = {one.name: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at] for at, one in enumerate(schema.columns)}
    keys = [one for one in used if one.role == "key"]
    lists = {one.name: labels(book, one, ruled[letters[one.name]], random) for one in keys}
    told: dict[tuple, dict[str, object]] = {}
    for _ in range(ROWS):
        chosen = {key: found[random.integers(len(found))] for key, found in lists.items()}
        code = tuple(one for _, one in chosen.values())
        if code not in told:
            row = {key: text for key, (text, _) in chosen.items()}
            values = {one.name: figure(one, random) for one in used if one.role == "value"}
            for column, cell in (row | values).items():
                book.worksheets[sheet][f"{letters[column]}{len(told) + 2}"].value = cell
            told[code] = dict(zip(lists, code, strict=True)) | values
    order = [one.name for one in schema.columns if one.name in {u.name for u in used}]
    return pd.DataFrame(list(told.values()))[order]


@pytest.mark.parametrize(("name", "lang"), EVERY)
def test_what_is_filled_in_is_read_as_it_was_chosen(name: str, lang: str, tmp_path: Path) -> None:
    path = template(name, lang, tmp_path)
    book = load_workbook(path)
    for rule in rules(book).values():  # longer texts are refused by Excel
        assert 0 < len(rule.prompt) < 250
        assert len(rule.error or "") <= 225
    random = np.random.default_rng([EVERY.index((name, lang)), 5])
    wanted = fill(book, name, random)
    book.save(path)
    found = check_table(path, name)
    assert found.faults["what"].tolist() == []
    assert_frame_equal(found.table, wanted, check_dtype=False, check_exact=True)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_an_empty_template_has_no_rows(name: str, tmp_path: Path) -> None:
    lang = LANGS[sorted(schemas()).index(name) % 3]
    found = check_table(template(name, lang, tmp_path), name)
    assert found.faults["id"].tolist() == ["NoRows"]
    assert found.sheet == say(lang)(words.DATA)


@pytest.mark.parametrize("lang", LANGS)
def test_every_name_of_a_list_is_read_as_its_code(lang: str) -> None:
    for kind in ("country", "place", "region", "sex", "residence", "age"):
        entries = words.entries(kind, lang)
        assert len(entries) >= 2
        for one in entries:
            wanted = meaning(kind, one.code).code
            assert wanted == one.code or kind == "age"
            assert {meaning(kind, text).code for text in one.names.values()} == {wanted}


def test_countries_stand_in_the_order_of_the_kazakh_alphabet() -> None:
    names = [one.names["kk"] for one in words.entries("country", "kk")]
    firsts = list(dict.fromkeys(name[0].upper() for name in names))
    assert firsts.index("А") < firsts.index("Ә") < firsts.index("Б")
    assert firsts.index("К") < firsts.index("Қ") < firsts.index("Л")


def test_cells_are_coloured_unlocked_and_ruled(tmp_path: Path) -> None:
    book = load_workbook(template("labour", "ru", tmp_path))
    data, codes, notes = book.worksheets
    sheets = [say("ru")(name) for name in (words.DATA, words.CODES, words.NOTES)]
    assert [one.title for one in book.worksheets] == sheets
    assert all(is_beside(one.title) for one in (codes, notes))
    assert [cell.value for cell in data[1]][:4] == ["Год", "Регион", "Пол", "Возраст"]
    assert data.freeze_panes == "A2"
    assert data.protection.sheet
    assert data.protection.password is None
    assert all(cell.protection.locked for cell in data[1])
    year, region = (data.column_dimensions[letter] for letter in "AB")
    assert not year.protection.locked
    assert year.fill.fgColor.rgb != region.fill.fgColor.rgb != "00000000"
    assert data.column_dimensions["D"].number_format == "@"
    ruled = rules(book)
    assert (ruled["A"].type, ruled["A"].formula1, ruled["A"].formula2) == ("whole", "1800", "2200")
    assert (ruled["H"].type, ruled["H"].formula1, ruled["H"].formula2) == ("decimal", "0", "100")
    assert (ruled["G"].operator, ruled["G"].formula1) == ("greaterThanOrEqual", "0")
    assert ("область Абай", "KZ-10") in choices(book, ruled["B"])
    assert ("85-89", "85-89") in choices(book, ruled["D"])
    assert {rule.errorStyle for rule in ruled.values()} == {"warning"}
    assert str(ruled["A"].sqref) == "A2:A1048576"


def test_the_notes_say_what_each_column_takes_and_how_to_check(tmp_path: Path) -> None:
    notes = load_workbook(template("remittances", "en", tmp_path))["Notes"]
    said = [[cell for cell in row if cell] for row in notes.iter_rows(values_only=True)]
    texts = [cell for row in said for cell in row]
    assert texts[0] == "Remittances of the country"
    assert any("keruen data check FILE.xlsx --as remittances" in text for text in texts)
    row = next(row for row in said if "remittances_paid" in row)
    assert row[2:5] == ["at least one of these", "US$ million", "a number, not less than 0"]


def test_one_workbook_holds_the_tables_of_a_projection(tmp_path: Path) -> None:
    path = template("projection", "kk", tmp_path)
    book = load_workbook(path)
    assert book.sheetnames[: len(PARTS)] == list(PARTS)
    random = np.random.default_rng(3)
    wanted = {}
    for place, name in enumerate(("population", "fertility", "mortality")):
        wanted[name] = fill(book, PARTS[name][0], random, sheet=list(PARTS).index(name))
        assert place == list(PARTS).index(name)
    book.save(path)
    found = read_projection(path)
    assert found.migration is None
    assert found.moves is None
    assert found.national is None
    for name, table in wanted.items():
        array = getattr(found, name)
        assert int(array.notnull().sum()) == len(table)
        assert float(array.sum()) == pytest.approx(table[PARTS[name][1]].sum(), rel=1e-12)


def test_an_empty_projection_names_the_table_it_needs(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no table 'population'"):
        read_projection(template("projection", "ru", tmp_path))


def test_a_column_left_empty_is_left_out_and_said(tmp_path: Path) -> None:
    path = template("migration", "en", tmp_path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row, year in enumerate((2022, 2023), start=2):
        sheet.cell(row, 1).value = year
        sheet.cell(row, 6).value = 100.0 * row
    book.save(path)
    reading = read_table(path, "migration")
    assert list(reading.table.columns) == ["year", "arrivals"]
    left = reading.changes[reading.changes["reason"] == "blank"]["name"].tolist()
    assert left == ["citizenship", "partner", "sex", "age", "departures"]
    assert list(read_arrays(path, "migration")) == ["arrivals"]


def test_a_table_may_stand_in_a_sheet_called_notes(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("Notes", 0)
    for row in (["year", "births"], [2023, 5]):
        sheet.append(row)
    book.save(tmp_path / "own.xlsx")
    assert len(read_table(tmp_path / "own.xlsx", "births_deaths").table) == 1


def test_a_column_filled_in_some_rows_is_a_fault(tmp_path: Path) -> None:
    path = template("migration", "en", tmp_path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row, cells in enumerate(((2022, "Women"), (2023, None)), start=2):
        sheet.cell(row, 1).value, sheet.cell(row, 4).value = cells
        sheet.cell(row, 6).value = 5
    book.save(path)
    faults = check_table(path, "migration").faults
    assert faults[["id", "row", "column"]].values.tolist() == [["EmptyKey", 3, "D"]]


def test_the_same_template_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    for path in (first, second):
        write_template("employment", path)
    assert first.read_bytes() == second.read_bytes()


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    there = tmp_path / "mine.xlsx"
    there.write_bytes(b"figures")
    for name, path, id in (
        ("projektion", tmp_path / "a.xlsx", "UnknownSchema"),
        ("population", tmp_path / "a.csv", "UnknownFormat"),
        ("population", tmp_path / "none" / "a.xlsx", "NotWritable"),
        ("population", there, "FileExists"),
    ):
        with pytest.raises((FileError, SchemaError)) as caught:
            write_template(name, path)
        assert caught.value.id == id
    assert there.read_bytes() == b"figures"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.xlsx"]
    assert "projection" in templates()
