# SPDX-License-Identifier: Apache-2.0
"""Embedded tables as CSV, Excel and Parquet."""

from __future__ import annotations

import duckdb
import openpyxl
import pandas as pd
import pytest

from keruen.core.errors import CodeError, CoverageError, FileError
from keruen.sources.catalog import load_table
from keruen.sources.export import EXCEL_ROWS, export_table


def test_every_format_holds_the_same_rows(tmp_path):
    wanted = load_table("kaz.region.labour", year=[2022, 2023])
    for ending in ("csv", "xlsx", "parquet"):
        to = tmp_path / f"labour.{ending}"
        assert export_table("kaz.region.labour", to, year=[2022, 2023]) == len(wanted)
        if ending == "csv":
            back = pd.read_csv(to)
        elif ending == "xlsx":
            back = pd.read_excel(to, sheet_name="data", engine="openpyxl")
        else:
            back = duckdb.execute(f"SELECT * FROM '{to}'").df()
        pd.testing.assert_frame_equal(back, wanted, check_dtype=False)
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_excel_has_a_sheet_of_notes(tmp_path):
    export_table("un.stock.2024", tmp_path / "stock.xlsx", country=["Казахстан"], year=[2024])
    book = openpyxl.load_workbook(tmp_path / "stock.xlsx", read_only=True)
    assert book.sheetnames == ["data", "cross-table", "codes", "notes", "keruen"]
    assert book["keruen"].sheet_state == "hidden"
    notes = [(row[0], row[1]) for row in book["notes"].iter_rows(values_only=True)]
    facts = dict(notes)
    assert "Rev.2024" in facts["Citation"]
    assert facts["Licence"] == "Creative Commons Attribution 3.0 IGO"
    assert "persons" in facts["Column immigrant_stock"]
    assert any("cut the immigrant stock" in text for name, text in notes if name == "Known defect")
    assert not any("Sudan" in text for name, text in notes if name == "Known defect")
    book.close()


def test_parquet_carries_its_source(tmp_path):
    export_table("kaz.grp", tmp_path / "grp.parquet")
    found = duckdb.execute(
        f"SELECT key, value FROM parquet_kv_metadata('{tmp_path / 'grp.parquet'}')"
    ).fetchall()
    facts = {bytes(key).decode(): bytes(value).decode() for key, value in found}
    assert facts["Publisher"] == "Bureau of National Statistics of the Republic of Kazakhstan"


def test_countries_are_found_in_tables_of_pairs(tmp_path):
    to = tmp_path / "out.csv"
    export_table("knomad.remittances_bilateral", to, country=["kz"])
    assert set(pd.read_csv(to)["sender"]) == {"KAZ"}
    export_table("un.stock.2019", to, country=[398, "UZB"], year=[2019])
    assert set(pd.read_csv(to)["destination"]) == {"KAZ", "UZB"}


def test_one_variable_of_a_table(tmp_path):
    to = tmp_path / "out.csv"
    export_table("wpp2024.indicators.tfr", to, country=["KAZ"])
    assert pd.read_csv(to).columns.tolist() == ["country", "year", "tfr"]
    export_table("worldbank.indicators.gini_index", to, country=["KAZ"])
    assert set(pd.read_csv(to)["series"]) == {"gini_index"}


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (("kaz.grp", "a.doc", {}), FileError, ".csv, .xlsx, .parquet"),
        (("kaz.grp", "a.csv", {"country": ["KAZ"]}), CodeError, "leave --country out"),
        (("kaz.grp", "a.csv", {"year": [1900]}), CoverageError, "1993 to 2025"),
        (("kaz.gpr", "a.csv", {}), CodeError, "kaz.grp"),
        (("undp.hdi", "a.csv", {"country": ["Kazahstan"]}), CodeError, "KAZ (Kazakhstan)"),
        (("kaz.grp", "nowhere/a.csv", {}), FileError, "cannot write"),
    ],
)
def test_what_cannot_be_exported_is_named(tmp_path, asked, error, words):
    id, name, select = asked
    with pytest.raises(error) as caught:
        export_table(id, tmp_path / name, **select)
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path):
    with pytest.raises(FileError, match=f"{EXCEL_ROWS:,}") as caught:
        export_table("wpp2024.population", tmp_path / "all.xlsx")
    assert caught.value.id == "TooManyRows"
    assert list(tmp_path.iterdir()) == []
