# SPDX-License-Identifier: Apache-2.0
"""``keruen data check``: exit codes, files written, what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import SchemaError

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


@pytest.mark.parametrize("option", ["--report", "--fix-to"])
@pytest.mark.parametrize("link", [None, Path.hardlink_to, Path.symlink_to])
def test_the_table_is_never_written_over(tmp_path: Path, option: str, link) -> None:
    path = own(tmp_path, "year,births", "2023,many")
    before, target, other = path.read_bytes(), path, tmp_path / "other.csv"
    if link is not None:
        target = tmp_path / "link.csv"
        link(target, path)
    rest = "--report" if option == "--fix-to" else "--fix-to"
    result = run("check", path, "--as", "births_deaths", option, target, rest, other)
    assert isinstance(result.exception, SchemaError)
    assert result.exception.id == "SameFile"
    assert path.read_bytes() == before
    assert not other.exists()


def test_the_report_and_the_copy_are_two_files(tmp_path: Path) -> None:
    path = own(tmp_path, "year,births", "2023,many")
    both = ("--report", tmp_path / "a.csv", "--fix-to", tmp_path / "." / "a.csv")
    result = run("check", path, "--as", "births_deaths", *both)
    assert isinstance(result.exception, SchemaError)
    assert result.exception.id == "SameFile"
    assert not (tmp_path / "a.csv").exists()


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
