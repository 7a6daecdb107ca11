# SPDX-License-Identifier: Apache-2.0
"""The workbook of a profile is read back figure by figure, in every language."""

from __future__ import annotations

import math

import openpyxl
import pytest

from keruen.core.errors import SchemaError
from keruen.report.document import Figure
from keruen.report.locale import LANGS, Locale
from keruen.report.profile import build_profile
from keruen.report.workbook import write_workbook
from keruen.sources.catalog import catalogue
from keruen.sources.workbooks import read_report

SOURCES = {one.id: one.source for one in catalogue()}


@pytest.fixture(scope="module")
def profile():
    return build_profile("KAZ")


@pytest.fixture(scope="module", params=LANGS)
def book(request, profile, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "profile.xlsx"
    write_workbook(profile, Locale(request.param), SOURCES, path)
    return path


def value(figure):
    return float("nan") if figure.value is None else figure.value


def same(read, written):
    return read == written or (math.isnan(read) and math.isnan(written))


def test_every_figure_is_read_back_to_its_last_digit(profile, book):
    found = read_report(book).figures
    wanted = list(profile.figures())
    assert found["id"].tolist() == [figure.id for figure in wanted]
    assert all(same(a, value(b)) for a, b in zip(found["value"], wanted, strict=True))
    for name in ("unit", "period", "status"):
        assert found[name].tolist() == [getattr(figure, name) for figure in wanted]
    assert found["sources"].tolist() == [" ".join(figure.sources) for figure in wanted]
    for name in ("lower", "upper"):
        bounds = [getattr(figure, name) for figure in wanted]
        given = [float("nan") if bound is None else bound for bound in bounds]
        assert all(same(a, b) for a, b in zip(found[name], given, strict=True))


def test_every_sheet_with_figures_is_read_back_as_an_array_a_column(profile, book):
    found = read_report(book).tables
    tables = {
        exhibit.table.id: exhibit.table
        for exhibit in profile.exhibits()
        if any(exhibit.table.figures())
    }
    assert list(found) == list(tables)
    for id, table in tables.items():
        for place, column in enumerate(table.columns):
            cells = [row.cells[place] for row in table.rows]
            if not any(isinstance(cell, Figure) for cell in cells):
                assert column.key not in found[id]
                continue
            held = found[id][column.key]
            assert held.attrs.get("units", "") in {c.unit for c in cells if isinstance(c, Figure)}
            for row, cell in zip(table.rows, cells, strict=True):
                if isinstance(cell, Figure):
                    assert same(held.sel(row=row.key).item(), value(cell))


def test_years_are_numbers(book):
    sheets = openpyxl.load_workbook(book, read_only=True)
    balance = list(sheets["balance"].iter_rows(min_row=4, max_col=1, values_only=True))
    assert (1991,) in balance
    data = sheets.worksheets[1]
    periods = [row[6] for row in data.iter_rows(min_row=2, values_only=True)]
    singles = [period for period in periods if str(period).isdigit()]
    assert len(singles) > 1000
    assert all(isinstance(period, int) for period in singles)
    assert any(isinstance(period, str) for period in periods)  # spans of years
    sheets.close()


def test_a_word_in_place_of_a_figure_is_named_by_its_cell(profile, tmp_path):
    path = tmp_path / "profile.xlsx"
    write_workbook(profile, Locale("ru"), SOURCES, path)
    changed = openpyxl.load_workbook(path)
    changed["balance"]["B4"] = "many"
    changed.save(path)
    with pytest.raises(SchemaError, match=r"'many' is no number \(profile.xlsx, balance, row 4"):
        read_report(path)
    del changed["balance"]
    changed.save(path)
    with pytest.raises(SchemaError, match="no sheet balance"):
        read_report(path)
