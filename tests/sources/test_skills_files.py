# SPDX-License-Identifier: Apache-2.0
"""A user's tables of occupations: what is read, what is refused, and practice data that say so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from keruen.core._lists import code_list, rows
from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.sources.files import check_table
from keruen.sources.intake.editions import former
from keruen.sources.schemas import schemas
from keruen.sources.skills_files import SKILL_PARTS, read_skills
from keruen.sources.synthetic_occupations import (
    practice_occupations,
    write_practice_occupations,
)
from keruen.sources.templates import write_template

EMPLOYMENT = "year,sector,employed\n2024,C,100\n2024,F,50\n2030,C,120\n2030,F,45\n"
MATRIX = "year,sector,occupation,employed\n2024,C,21,60\n2024,C,72,40\n2024,F,71,50\n"


def files(folder: Path, employment: str = EMPLOYMENT, matrix: str = MATRIX) -> dict[str, Path]:
    named = {"employment": folder / "jobs.csv", "matrix": folder / "table.csv"}
    for name, text in (("employment", employment), ("matrix", matrix)):
        named[name].write_text(text, encoding="utf-8")
    return named


def test_two_files_are_enough(tmp_path):
    given = read_skills(**files(tmp_path))
    assert given.figure("employment", "employed").sel(year=2030, sector="C").item() == 120
    assert given.figure("wages", "wage") is None
    assert set(given.files) == {"jobs.csv", "table.csv"}
    assert not given.practice


def test_a_code_of_another_edition_is_offered_its_correspondence(tmp_path):
    wrong = MATRIX + "2024,C,2139,5\n2024,34,2142,5\n2024,V,21,5\n2024,C,9999,1\n"
    file = files(tmp_path, matrix=wrong)["matrix"]
    faults = check_table(file, "occupation_matrix").faults.set_index("row")
    assert faults["id"].tolist() == ["FormerCode", "FormerCode", "FormerCode", "UnknownCode"]
    assert faults.loc[5, "what"] == "'2139' is a code of ISCO-88, not of ISCO-08"
    assert "251 (Software" in faults.loc[5, "remedy"]
    assert "29 (Manufacture of motor vehicles" in faults.loc[6, "remedy"]
    assert faults.loc[7, "what"] == "'V' is a code of ISIC Rev. 5, not of ISIC Rev. 4"


def test_former_codes_became_codes_that_exist():
    for row in rows("former_codes"):
        known = code_list(row["list"])
        assert all(code in known for code in row["became"].split())
        if row["list"] == "isic4":
            assert row["code"] not in known
    assert former("isco08", "3449").edition == "ISCO-88"
    assert former("isco08", "34490") is None


def test_faults_of_all_tables_are_told_at_once(tmp_path):
    given = files(
        tmp_path, employment=EMPLOYMENT.replace("120", "-5"), matrix=MATRIX.replace("71,", "2139,")
    )
    with pytest.raises(FaultsError) as caught:
        read_skills(**given)
    assert [fault.id for fault in caught.value.faults] == ["BelowRange", "FormerCode"]


def test_the_two_tables_must_be_there(tmp_path):
    given = files(tmp_path)
    with pytest.raises(SchemaError, match="no table 'matrix'"):
        read_skills(employment=given["employment"])
    with pytest.raises(FileError, match="no such file"):
        read_skills(employment=tmp_path / "none.csv")
    books = [tmp_path / "one", tmp_path / "two"]
    for book in books:
        book.mkdir()
        (book / "matrix.csv").write_text(MATRIX, encoding="utf-8")
    with pytest.raises(SchemaError, match="given twice"):
        read_skills(*books, employment=given["employment"])


def test_a_named_file_stands_in_for_that_of_a_folder(tmp_path):
    given = files(tmp_path)
    book = tmp_path / "book"
    book.mkdir()
    (book / "matrix.csv").write_text(MATRIX.replace("2024", "2023"), encoding="utf-8")
    found = read_skills(book, **given)
    assert found.replaced == {"matrix": "matrix.csv"}
    assert 2024 in found.figure("matrix", "employed").indexes["year"]


def test_paths_are_numbered(tmp_path):
    rows = ["year,sector,trajectory,employed"]
    rows += [f"{year},C,{n},{100 + n}" for year in (2024, 2030) for n in (2, 10, 1)]
    given = files(tmp_path, employment="\n".join(rows))
    found = read_skills(**given).figure("employment", "employed")
    assert found.indexes["trajectory"].tolist() == [1, 2, 10]
    given["employment"].write_text("\n".join(rows).replace(",10,", ",ten,"), "utf-8")
    with pytest.raises(SchemaError, match="'ten' is no number of a path"):
        read_skills(**given)


def test_every_practice_sheet_says_that_it_is_made_up(tmp_path):
    file = tmp_path / "practice.xlsx"
    write_practice_occupations(file, seed=3)
    book = openpyxl.load_workbook(file, read_only=True)
    assert book.sheetnames == list(SKILL_PARTS)
    for sheet in book.worksheets:
        assert str(next(sheet.iter_rows(values_only=True))[0]).startswith("PRACTICE DATA, made up")
    given = read_skills(file)
    assert given.practice
    assert set(given.tables) == set(SKILL_PARTS)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    one, two, other = (tmp_path / f"{name}.xlsx" for name in "abc")
    for file, seed in ((one, 1), (two, 1), (other, 2)):
        write_practice_occupations(file, seed=seed)
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()
    with pytest.raises(FileError, match=r"\.csv"):
        write_practice_occupations(tmp_path / "a.csv", seed=1)


def test_practice_tables_agree_with_each_other():
    made = practice_occupations(seed=5)
    matrix = made["matrix"].query("year == 2024")
    jobs = made["employment"].query("year == 2024")
    by_sector = matrix.groupby("sector")["employed"].sum()
    np.testing.assert_allclose(by_sector, jobs.groupby("sector")["employed"].sum(), rtol=1e-4)
    ages = made["ages"].query("year == 2024").groupby("occupation")["employed"].sum()
    np.testing.assert_allclose(ages, matrix.groupby("occupation")["employed"].sum(), atol=20)
    regions = made["regions"].groupby("region")["employed"].sum()
    np.testing.assert_allclose(regions, jobs.groupby("region")["employed"].sum(), rtol=1e-3)
    shares = made["field_jobs"].groupby("field")["share"].sum()
    np.testing.assert_allclose(shares, 100.0, atol=1e-9)


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_the_template_has_all_sheets_and_headings_that_are_read(tmp_path, lang):
    file = tmp_path / "mine.xlsx"
    write_template("skills", file, lang=lang)
    book = openpyxl.load_workbook(file, read_only=True)
    assert book.sheetnames[: len(SKILL_PARTS)] == list(SKILL_PARTS)
    for sheet, name in SKILL_PARTS.items():
        heads = [cell for cell in next(book[sheet].iter_rows(values_only=True)) if cell]
        assert heads == [column.labels[lang] for column in schemas()[name].columns]
