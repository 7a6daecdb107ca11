# SPDX-License-Identifier: Apache-2.0
"""``keruen data read`` and ``recipes``: what a user sees and gets."""

from __future__ import annotations

import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

import publishers as made
from keruen.cli import app
from keruen.core.errors import FileError, SchemaError


def run(*words):
    return CliRunner().invoke(app, ["data", *map(str, words)], env={"COLUMNS": "250"})


def test_the_recipes_are_listed():
    result = run("recipes", "--search", "миграции")
    assert result.exit_code == 0
    assert "kaz.net_migration" in result.output
    assert "un.stock.2024" not in result.output


def test_a_publication_is_read_and_written_with_its_source(tmp_path):
    to = tmp_path / "stock.xlsx"
    result = run("read", made.un_stock(tmp_path / "table.xlsx"), "--to", to)
    assert result.exit_code == 0
    assert f"{to}: 18 rows by year, origin, destination, sex" in result.output
    assert "Totals: 39 of 39 add up" in result.output
    assert "a group of countries" in result.output
    assert len(pd.read_excel(to, sheet_name="data", engine="openpyxl")) == 18
    notes = dict(load_workbook(to)["notes"].iter_rows(values_only=True))
    assert notes["Publication"] == "International Migrant Stock 2024"
    assert notes["Licence"] == "Creative Commons Attribution 3.0 IGO"
    assert notes["Read from"] == "table.xlsx"


def test_totals_that_do_not_add_up_are_told(tmp_path):
    path, to = made.bns_cube(tmp_path / "cube.csv"), tmp_path / "out.csv"
    result = run("read", path, "--recipe", "kaz.net_migration", "--to", to)
    assert "Totals: 1 of 2 add up" in result.output
    assert "16,550 printed, parts add to 30,335" in result.output
    run("read", path, "--total", "region", "--total", "residence", "--to", to)
    assert pd.read_csv(to)["net_migration"].tolist() == [-6722, 9293, 16550]


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--to", "a.doc"], FileError, "end the name in"),
        (["--to", "a.csv", "--recipe", "un.stock.2024"], SchemaError, "the file is not un"),
    ],
)
def test_faults(tmp_path, monkeypatch, words, error, message):
    monkeypatch.chdir(tmp_path)
    path = made.bns_cube(tmp_path / "cube.csv")
    result = run("read", path, *words)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert list(tmp_path.iterdir()) == [path]
