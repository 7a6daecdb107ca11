# SPDX-License-Identifier: Apache-2.0
"""``keruen measure irregular`` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import FileError, WorkbenchError

RUNNER = CliRunner()


@pytest.fixture
def caught(tmp_path: Path) -> Path:
    file = tmp_path / "caught.csv"
    rows = ["captures,persons", "1,1645", "2,183", "3,37", "4,13", "5,1", "6,1"]
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def test_every_model_is_told(caught, tmp_path):
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["measure", "irregular", str(caught), "--moment", "1995",
                               "--out", str(out)])  # fmt: skip
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "They are not one answer" in said
    assert "negative_binomial has no estimate" in said
    assert (out / "estimates.csv").is_file()
    assert (out / "irregular.svg").is_file()


def test_one_model_and_draws(caught, tmp_path):
    done = RUNNER.invoke(
        app,
        ["measure", "irregular", str(caught), "--moment", "1995", "--model", "poisson",
         "--draws", "50", "--out", str(tmp_path / "out")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Only poisson has an estimate" in done.output


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [(["--model", "magic"], WorkbenchError), (["--by", "region"], WorkbenchError)],
)
def test_bad_options(caught, tmp_path, arguments, fault):
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["measure", "irregular", str(caught), "--moment", "1995",
                               "--out", str(out), *arguments])  # fmt: skip
    assert isinstance(done.exception, fault)
    assert not out.exists()


def test_no_such_file(tmp_path):
    done = RUNNER.invoke(app, ["measure", "irregular", str(tmp_path / "none.csv"), "--moment",
                               "1995", "--out", str(tmp_path / "out")])  # fmt: skip
    assert isinstance(done.exception, FileError)


def test_help_says_what_it_needs():
    done = RUNNER.invoke(app, ["measure", "irregular", "--help"])
    assert done.exit_code == 0
    assert "data template apprehensions" in " ".join(done.output.replace("│", " ").split())
