# SPDX-License-Identifier: Apache-2.0
"""``keruen data parameters``: what a user sees."""

from __future__ import annotations

from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import ScenarioError

OWN = """
acts:
  letter: {title: {en: Letter 5, ru: Письмо 5, kk: 5-хат}}
parameters:
  kaz.mci: {reference: letter, values: {2026-01-01: 4400}}
"""


def run(*words):
    return CliRunner().invoke(app, ["data", "parameters", *words], env={"COLUMNS": "250"})


def test_the_list_gives_the_values_of_a_day():
    result = run("list", "--at", "2026-06-01", "--lang", "ru")
    assert result.exit_code == 0
    line = next(row for row in result.output.splitlines() if "kaz.labour_quota.employers " in row)
    assert "0.25" in line
    assert "разрешения работодателям" in line


def test_a_parameter_is_shown_with_its_history_and_bands():
    result = run("show", "kaz.labour_quota.employers", "--lang", "kk")
    assert result.exit_code == 0
    assert "№ 397 бұйрық" in result.output
    assert "to be confirmed" in result.output
    assert "[91, 181): 24" in run("show", "kaz.permits.seasonal_levy").output


def test_own_values_say_what_they_replaced(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(OWN, "utf-8")
    result = run("show", "kaz.mci", "--at", "2026-06-01", "--file", str(own))
    assert "4400" in result.output
    assert "3932" not in result.output
    assert "instead of kaz/labour.yaml" in result.output


def test_a_day_without_a_value_is_a_fault_that_says_why():
    result = run("show", "kaz.mci", "--at", "2027-06-01")
    assert isinstance(result.exception, ScenarioError)
    assert result.exception.id == "NotInForce"
