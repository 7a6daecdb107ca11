# SPDX-License-Identifier: Apache-2.0
"""``keruen data``: what a user sees, and how faults end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import keruen
from keruen.cli import app

WIDE = {"COLUMNS": "220"}


def run(*words):
    return CliRunner().invoke(app, ["data", *words], env=WIDE)


def test_the_list_names_every_table():
    from keruen.sources.catalog import catalogue

    result = run("list")
    assert result.exit_code == 0
    for one in catalogue():
        assert f" {one.id} " in result.output


def test_the_list_can_be_searched_and_read_in_kazakh():
    result = run("list", "--search", "Remittances", "--lang", "kk")
    assert result.exit_code == 0
    assert "knomad.remittances" in result.output
    assert "Алынған ақша аударымдары" in result.output
    assert "wpp2024" not in result.output


def test_a_table_is_shown_with_source_licence_and_defects():
    result = run("show", "un.stock.2024")
    assert result.exit_code == 0
    for words in (
        "Creative Commons Attribution 3.0 IGO",
        "International Migrant Stock 2024",
        "Sudan of 1990-2005",
        "keruen.load('un.stock.2024')",
        "234",
    ):
        assert words in result.output


def test_series_are_shown_with_units():
    result = run("show", "worldbank.indicators", "--lang", "ru")
    assert "Валовой внутренний продукт" in result.output
    assert "exchange_rate" in result.output
    assert "gdp_usd" in result.output


def test_an_export_says_what_it_wrote(tmp_path):
    to = tmp_path / "kaz.csv"
    result = run("export", "undp.hdi", "--to", str(to), "--country", "Kazakhstan", "--year", "2023")
    assert result.exit_code == 0
    assert result.output.strip() == f"{to}: 1 rows"
    assert pd.read_csv(to).to_dict("records") == [{"country": "KAZ", "year": 2023, "hdi": 0.837}]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "un.stocks"], "did you mean"),
        (["export", "undp.hdi", "--to", "a.doc"], "end the name in"),
        (["export", "undp.hdi", "--to", "a.csv", "--country", "Kazahstan"], "KAZ (Kazakhstan)"),
    ],
)
def test_faults_end_with_one_line_and_code_2(tmp_path, words, message):
    done = subprocess.run(
        [sys.executable, "-m", "keruen.cli", "data", *words],
        env={**os.environ, "PYTHONPATH": str(Path(keruen.__file__).parents[1])},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
