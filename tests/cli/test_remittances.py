# SPDX-License-Identifier: Apache-2.0
"""``keruen measure remittances`` and ``braindrain`` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli.measure import app
from keruen.cli.remittances import RemittanceRule
from keruen.cli.synthesize import app as synthesize
from keruen.core.errors import WorkbenchError
from keruen.measure.remittances import RULES

RUNNER = CliRunner()


def test_rules_are_those_of_the_function() -> None:
    assert {rule.value for rule in RemittanceRule} == set(RULES)


def test_remittances_of_a_year(tmp_path: Path) -> None:
    out = tmp_path / "money"
    result = RUNNER.invoke(
        app,
        [
            "remittances", "--year", "2021", "--method", "stock", "--scale", "paid",
            "--stocks", "un.stock.2020", "--out", str(out),
        ],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    options = json.loads((out / "manifest.json").read_text("utf-8"))["options"]
    assert (options["rule"], options["side"]) == ("stock", "paid")
    assert "Estimates of a model" in " ".join(result.output.split())


def test_practice_emigrants_from_the_first_to_the_last_file(tmp_path: Path) -> None:
    made = RUNNER.invoke(
        synthesize, ["emigrants", "--to", str(tmp_path / "practice.xlsx"), "--seed", "2"]
    )
    assert made.exit_code == 0, made.output
    assert "practice data, made up" in made.output
    result = RUNNER.invoke(
        app, ["braindrain", str(tmp_path / "practice.xlsx"), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 0, result.output
    assert "PRACTICE DATA" in result.output
    assert (tmp_path / "out" / "braindrain.xlsx").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ["remittances", "--year", "1999"],
        ["remittances"],
        ["remittances", "--year", "2021", "--beta", "2"],
        ["remittances", "--year", "2021", "--totals", "none.csv"],
        ["braindrain", "none.csv"],
    ],
)
def test_bad_requests_raise_what_the_terminal_tells(arguments: list[str], tmp_path: Path) -> None:
    result = RUNNER.invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, WorkbenchError)
    assert not (tmp_path / "out").exists()
