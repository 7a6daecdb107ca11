# SPDX-License-Identifier: Apache-2.0
"""Reading back our own output gives the same tables and arrays."""

from __future__ import annotations

import warnings

import openpyxl
import pandas as pd
import pytest
import xarray as xr

import keruen
from exchange_cases import assert_same
from keruen.core.codes import region_name
from keruen.core.errors import DataWarning, FileError, SchemaError
from keruen.sources.catalog import dataset, load_table
from keruen.sources.export import export_table
from keruen.sources.workbooks import read_export, read_report

TABLES = [  # years, regions, ages, pairs, several variables, series, text, dates, booleans
    "kaz.vital",
    "kaz.region.labour",
    "finland.summary",
    "kaz.migration_by_partner",
    "undp.hdi",
    "kaz.return_quota",
    "kaz.published_facts",
    "kaz.employment_by_section",
    "worldbank.remittance_cost",
    "kaz.region.net_migration_residual",
]


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
@pytest.mark.parametrize("id", TABLES)
def test_an_export_is_read_back_whole(tmp_path, id, ending):
    path = tmp_path / f"a.{ending}"
    export_table(id, path)
    found = read_export(path)
    pd.testing.assert_frame_equal(found.table, load_table(id))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        for name in dataset(id).variables:
            assert_same(found.arrays[name], keruen.load(f"{id}.{name}"))
    assert set(found.arrays) == set(dataset(id).variables)


@pytest.mark.parametrize(
    ("id", "asked", "select"),
    [
        ("un.stock.2024", {"country": ["KAZ"], "year": [2024]}, {"destination": ["KAZ"]}),
        ("wpp2024.indicators", {"country": ["KAZ", "UZB"], "year": [2020, 2024]}, {}),
        ("worldbank.indicators", {"country": ["KAZ"]}, {}),
    ],
)
def test_a_part_of_a_table_is_read_back_as_it_is_loaded(tmp_path, id, asked, select):
    export_table(id, tmp_path / "a.xlsx", **asked)
    select = select or {"country": asked["country"]}
    if "year" in asked:
        select["year"] = asked["year"]
    arrays = read_export(tmp_path / "a.xlsx").arrays
    assert arrays
    for name in list(arrays)[:12]:
        whole = f"{id}.{name}" if len(dataset(id).variables) > 1 else id
        assert_same(arrays[name], keruen.load(whole, **select))


def test_one_variable_of_a_table(tmp_path):
    export_table("wpp2024.indicators.tfr", tmp_path / "a.xlsx", country=["KAZ"])
    arrays = read_export(tmp_path / "a.xlsx").arrays
    assert list(arrays) == ["tfr"]
    assert_same(arrays["tfr"], keruen.load("wpp2024.indicators.tfr", country=["KAZ"]))


def change(path, sheet, cell, value):
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def test_a_figure_changed_in_excel_is_read_as_changed(tmp_path):
    export_table("kaz.vital", tmp_path / "a.xlsx")
    before = read_export(tmp_path / "a.xlsx").arrays["births"]
    column = {
        c.value: c.column_letter for c in openpyxl.load_workbook(tmp_path / "a.xlsx")["data"][1]
    }
    change(tmp_path / "a.xlsx", "data", f"{column['births']}2", 12.5)
    after = read_export(tmp_path / "a.xlsx").arrays["births"]
    assert after[0].item() == 12.5
    xr.testing.assert_identical(after[1:], before[1:])
    change(tmp_path / "a.xlsx", "data", f"{column['births']}2", "many")
    with pytest.raises(SchemaError, match=r"'many' is no number \(a.xlsx, data, row 2, births\)"):
        read_export(tmp_path / "a.xlsx")
    change(tmp_path / "a.xlsx", "data", f"{column['births']}2", 12.5)
    change(tmp_path / "a.xlsx", "data", f"{column['year']}2", 1234)
    with pytest.raises(SchemaError, match="'1234' is a new label of year"):
        read_export(tmp_path / "a.xlsx")
    change(tmp_path / "a.xlsx", "data", f"{column['births']}1", "born")
    with pytest.raises(SchemaError, match="no column births"):
        read_export(tmp_path / "a.xlsx")


def test_an_export_has_codes_in_three_languages_and_years_side_by_side(tmp_path):
    export_table("kaz.region.population", tmp_path / "a.xlsx", year=[2022, 2023])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert book.sheetnames == ["data", "cross-table", "codes", "notes", "keruen"]
    codes = list(book["codes"].iter_rows(values_only=True))
    assert codes[0] == ("column", "code", "English", "Русский", "Қазақша")
    names = [region_name("KZ-71", lang) for lang in ("en", "ru", "kk")]
    assert ("region", "KZ-71", *names) in codes
    heads = next(book["cross-table"].iter_rows(values_only=True))
    assert heads[-2:] == (2022, 2023)
    book.close()


def test_other_workbooks_are_refused(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(FileError, match="no notes of Keruen"):
        read_export(tmp_path / "a.xlsx")
    with pytest.raises(FileError, match="not of a report"):
        read_report(tmp_path / "a.xlsx")
    export_table("kaz.vital", tmp_path / "b.xlsx")
    with pytest.raises(FileError, match="not of a report"):
        read_report(tmp_path / "b.xlsx")
