# SPDX-License-Identifier: Apache-2.0
"""``keruen points draws``, ``design`` and ``attractiveness`` from the command line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from keruen.cli import app

RUN = CliRunner()


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice") / "points"
    made = RUN.invoke(
        app, ["data", "synthesize", "points", "--to", str(folder), "--candidates", "1000"]
    )
    assert made.exit_code == 0
    assert "practice data, made up" in made.output
    return folder


def test_draws(practice, tmp_path) -> None:
    asked = ["points", "draws", str(practice / "pool.csv"), "--size", "20", "--every", "14"]
    options = ["--weeks", "6", "--trajectories", "10", "--out", str(tmp_path / "d")]
    done = RUN.invoke(app, [*asked, *options])
    assert done.exit_code == 0, done.output
    assert "20 would be invited" in done.output
    assert (tmp_path / "d" / "draws.html").exists()


def test_design(practice, tmp_path) -> None:
    done = RUN.invoke(
        app,
        ["points", "design", str(practice / "outcomes.csv"), "--ordered", "education,language",
         "--draws", "10", "--out", str(tmp_path / "g")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "looks better than it is" in " ".join(done.output.split())


def test_attractiveness(tmp_path) -> None:
    asked = ["points", "attractiveness", "--draws", "200", "--out", str(tmp_path / "t")]
    done = RUN.invoke(app, [*asked, "--weights", "opportunities=2,income_and_tax=1"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "t" / "attractiveness.xlsx").exists()
    assert RUN.invoke(app, [*asked, "--weights", "opportunities"]).exit_code == 2
