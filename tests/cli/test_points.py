# SPDX-License-Identifier: Apache-2.0
"""``keruen points`` as a user calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import ScenarioError

RUNNER = CliRunner()
HEADS = (
    "Профиль",
    "Возраст",
    "Законченное профессиональное обучение по профессии",
    "Стаж по профессии вне Австрии",
    "Стаж по профессии в Австрии",
    "Немецкий язык",
)
PEOPLE = f"""{";".join(HEADS)}
A;29;да;11;0;A1
B;45;да;0;0;A1
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def run(*words: object):
    return RUNNER.invoke(app, ["points", *map(str, words)])


def test_a_file_becomes_a_folder(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = run("austria-shortage", people, "--as-of", "2026-01-01", "--lang", "kk", "--out", out)
    assert made.exit_code == 0, made.output
    assert (out / "points.html").exists()
    table = (out / "points.csv").read_text("utf-8").splitlines()
    assert table[1].startswith("A,passes")
    assert table[2].startswith("B,fails")


def test_a_name_that_is_no_system_and_a_day_without_rules(people: Path, tmp_path: Path) -> None:
    made = run("austria", people, "--out", tmp_path / "out")
    assert isinstance(made.exception, ScenarioError)
    assert "austria-shortage" in str(made.exception)
    made = run("austria-shortage", people, "--as-of", "2019-01-01", "--out", tmp_path / "out")
    assert isinstance(made.exception, ScenarioError)
    assert "no rule of 'austria-shortage' is held for 2019-01-01" in str(made.exception)
    assert not (tmp_path / "out").exists()


def test_list_show_and_template(tmp_path: Path) -> None:
    listed = run("list").output
    assert "kazakhstan-example  KAZ  2026-01-01 to now" in listed
    assert "draft" in listed
    assert "to be confirmed, partial" in listed
    shown = run("show", "austria-shortage", "--as-of", "2015-01-01").output
    assert "tertiary of three years and more: 30" in shown
    path = tmp_path / "mine.xlsx"
    assert run("template", "canada-crs", "--to", path, "--lang", "ru").exit_code == 0
    assert path.exists()
    assert "draws" in run("--help").output
