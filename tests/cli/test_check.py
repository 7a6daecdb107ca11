# SPDX-License-Identifier: Apache-2.0
"""``keruen data check``: exit codes, files written, what is shown."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from keruen.cli import app

WIDE = {"COLUMNS": "200"}


def run(*words: object):
    return CliRunner().invoke(app, ["data", *map(str, words)], env=WIDE)


def own(folder: Path, *lines: str) -> Path:
    path = folder / "own.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_clean_table_ends_with_zero(tmp_path: Path) -> None:
    result = run("check", own(tmp_path, "year,births", "2023,5"), "--as", "births_deaths")
    assert result.exit_code == 0
    assert result.output.strip() == "1 row read, no faults"


def test_faults_end_with_two_and_are_shown_with_cells(tmp_path: Path) -> None:
    path = own(tmp_path, "Год;Страна рождения;Численность мигрантов", "2023;Узбекстан;5")
    report, copy = tmp_path / "faults.html", tmp_path / "clean.xlsx"
    options = ("--as", "migrant_stock", "--report", report, "--fix-to", copy)
    result = run("check", path, *options)
    assert result.exit_code == 2
    for words in ("B2", "'Узбекстан' is not a country", "UZB (Uzbekistan)", "1 fault"):
        assert words in result.output
    assert report.is_file()
    assert copy.is_file()


def test_a_unit_and_a_country_can_be_said(tmp_path: Path) -> None:
    path = own(tmp_path, "year,population", "2023,19766.8")
    result = run("check", path, "--as", "population", "--country", "Казахстан")
    assert result.exit_code == 2
    assert "--unit thousand" in result.output
    said = ("--country", "KZ", "--unit", "thousand")
    assert run("check", path, "--as", "population", *said).exit_code == 0


def test_the_tables_are_listed() -> None:
    result = run("schemas", "--lang", "kk")
    assert result.exit_code == 0
    assert "region_population" in result.output
    assert "Өңірлер халқы" in result.output
