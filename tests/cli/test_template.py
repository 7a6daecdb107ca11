# SPDX-License-Identifier: Apache-2.0
"""``keruen data template``: what is written, listed and refused."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook
from typer.testing import CliRunner

from keruen.cli import app
from keruen.sources.schemas import schemas


def run(*words: object):
    return CliRunner().invoke(app, ["data", *map(str, words)], env={"COLUMNS": "200"})


def test_without_a_name_all_are_listed_with_titles() -> None:
    result = run("template", "--lang", "kk")
    assert result.exit_code == 0
    names = [line.split()[0] for line in result.output.splitlines()]
    assert names == [*sorted(schemas()), "projection", "labour_market", "skills", "placement",
                     "regularise", "permits"]  # fmt: skip
    assert "Туған елі бойынша мигранттар саны" in result.output


def test_a_filled_template_passes_the_check_that_its_notes_name(tmp_path: Path) -> None:
    path = tmp_path / "births.xlsx"
    result = run("template", "births_deaths", "--to", path, "--lang", "ru")
    assert result.exit_code == 0
    assert result.output.strip() == str(path)
    empty = run("check", path, "--as", "births_deaths")
    assert empty.exit_code == 2
    assert "there are no rows below the headings" in empty.output
    book = load_workbook(path)
    for place, cell in enumerate((2023, "Алматы облысы", "Женщины", 5, 3), start=1):
        book.worksheets[0].cell(2, place).value = cell
    book.save(path)
    filled = run("check", path, "--as", "births_deaths")
    assert filled.output.strip() == "1 row read, no faults"
    assert filled.exit_code == 0


def test_what_is_wrong_ends_with_an_error(tmp_path: Path) -> None:
    nameless = run("template", "births_deaths")
    assert nameless.exit_code == 2
    assert "--to births_deaths.xlsx" in nameless.output
    unknown = run("template", "birth", "--to", tmp_path / "a.xlsx")
    assert unknown.exception.id == "UnknownSchema"
    assert "choose one of births_deaths" in str(unknown.exception)
