# SPDX-License-Identifier: Apache-2.0
"""``keruen evaluate`` from the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import EstimationError, SchemaError


def table(path: Path) -> Path:
    rng = np.random.default_rng(1)
    years = np.arange(1990, 2015)
    paths = rng.normal(size=(6, 25)).cumsum(axis=1)
    paths[0] = paths[1:4].mean(axis=0) + 3.0 * (years >= 2008)
    rows = [(f"R{n}", y, paths[n, t]) for n in range(6) for t, y in enumerate(years)]
    pd.DataFrame(rows, columns=["oblast", "year", "share"]).to_csv(path, index=False)
    return path


def run(*words: str):
    return CliRunner().invoke(app, ["evaluate", *words])


def test_answer_in_words_and_files(tmp_path: Path):
    done = run(
        str(table(tmp_path / "a.csv")), "--method", "synthetic-control", "--treated", "R0",
        "--since", "2008", "--column", "unit=oblast", "--column", "outcome=share",
        "--unit", "percent", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "by +3.00 percent on average" in done.output
    assert "What must hold" in done.output
    assert (tmp_path / "out" / "evaluate.html").exists()


def test_faults_are_named(tmp_path: Path):
    path = str(table(tmp_path / "a.csv"))
    common = ("--method", "synthetic-control", "--out", str(tmp_path / "out"))
    called = ("--column", "unit=oblast", "--column", "outcome=share")
    done = run(path, *common, *called, "--treated", "R0", "--since", "2030")
    assert isinstance(done.exception, EstimationError)
    assert done.exception.id == "ShortPanel"
    done = run(path, *common, "--column", "share")
    assert isinstance(done.exception, SchemaError)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_exit_code_of_a_fault(tmp_path: Path):
    path = table(tmp_path / "a.csv")
    words = ["evaluate", str(path), "--method", "synthetic-control", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-m", "keruen.cli", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "the table has no column" in done.stderr
