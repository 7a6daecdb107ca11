# SPDX-License-Identifier: Apache-2.0
"""``keruen project population`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli.project import ProjectionVariant, app
from keruen.core.errors import WorkbenchError
from keruen.report.projection_run import VARIANTS
from report.owntables import tables, write

RUNNER = CliRunner()


def test_variants_are_those_of_the_function() -> None:
    assert [one.value for one in ProjectionVariant] == list(VARIANTS)


def test_a_country_with_intervals(tmp_path: Path) -> None:
    out = tmp_path / "kaz"
    arguments = ["kazakhstan", "--to", "2030", "--trajectories", "200", "--seed", "7"]
    result = RUNNER.invoke(app, ["population", *arguments, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Track record: United Nations' edition of 2017 for 2020" in result.output
    assert "Kazakhstan itself" in result.output
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"] == {
        "country": "KAZ", "to": 2030, "variant": "medium", "trajectories": 200, "seed": 7,
    }  # fmt: skip
    assert {path.name for path in out.iterdir()} >= {"population.parquet", "pyramid.svg"}


def test_a_variant_says_what_it_is(tmp_path: Path) -> None:
    out = tmp_path / "high"
    result = RUNNER.invoke(
        app, ["population", "KAZ", "--variant", "high", "--to", "2025", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert "half a child more or less" in " ".join(result.output.split())
    assert "Variant: high" in (out / "population.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["KAX"],
        ["BES"],
        ["KAZ", "--to", "2023"],
        ["KAZ", "--variant", "low", "--trajectories", "100"],
        ["FIN", "--regions"],
        ["KAZ", "--regions", "--to", "2060"],
        ["all", "--regions"],
        ["KAZ", "--unit", "thousand"],
        ["nowhere.xlsx"],
        ["some/where"],
    ],
)
def test_faults_leave_no_folder(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "none"
    result = RUNNER.invoke(app, ["population", *arguments, "--out", str(out)])
    assert isinstance(result.exception, WorkbenchError)
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--variant", "optimistic"],
        ["--trajectories", "-1"],
        ["--seed", "-1"],
        ["--unit", "dozen"],
    ],
)
def test_options_are_refused_before_anything_runs(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "none"
    result = RUNNER.invoke(app, ["population", "KAZ", *arguments, "--out", str(out)])
    assert result.exit_code == 2
    assert not out.exists()


def test_all_regions_are_those_of_kazakhstan(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["population", "all", "--regions", "--out", str(tmp_path / "no")])
    assert "for Kazakhstan alone" in str(result.exception)


def test_regions_of_kazakhstan(tmp_path: Path) -> None:
    out = tmp_path / "regions"
    arguments = ["KAZ", "--regions", "--to", "2026", "--trajectories", "50", "--out", str(out)]
    result = RUNNER.invoke(app, ["population", *arguments])
    assert result.exit_code == 0, result.output
    assert "Track record: not evaluated" in result.output
    assert "are estimates" in result.output
    table = pd.read_parquet(out / "population.parquet")
    assert list(table.columns[:5]) == ["region", "year", "sex", "age", "population"]
    assert table["year"].max() == 2027


def test_regions_end_in_2050_unless_told(tmp_path: Path) -> None:
    out = tmp_path / "regions"
    result = RUNNER.invoke(app, ["population", "KAZ", "--regions", "--out", str(out)])
    assert result.exit_code == 0, result.output
    options = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["options"]
    assert options == {
        "country": "KAZ", "regions": True, "to": 2050, "variant": "medium", "trajectories": 0,
    }  # fmt: skip


def test_own_tables(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "mine", tables()), tmp_path / "out"
    result = RUNNER.invoke(app, ["population", str(folder), "--regions", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "sex ratio at birth: 1.05" in result.output
    assert {path.name for path in out.iterdir()} >= {"moves.parquet", "manifest.json"}


def test_faults_of_own_tables_leave_no_folder(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "mine", tables()), tmp_path / "out"
    result = RUNNER.invoke(app, ["population", str(folder), "--to", "2040", "--out", str(out)])
    assert isinstance(result.exception, WorkbenchError)
    assert "runs to 2030, not to 2040" in str(result.exception)
    assert not out.exists()


def test_a_back_test_of_one_country(tmp_path: Path) -> None:
    out = tmp_path / "record"
    arguments = ["KAZ", "--origin", "2013", "--horizon", "5", "--trajectories", "100"]
    result = RUNNER.invoke(app, ["backtest", *arguments, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "One country is one observation" in result.output
    assert "kinder than life" in result.output
    assert {path.name for path in out.iterdir()} == {
        "ages.parquet", "backtest.svg", "cells.parquet", "manifest.json", "pit.csv",
        "record.json", "scores.csv", "scores.parquet",
    }  # fmt: skip


@pytest.mark.parametrize("arguments", [["KAX"], ["TUV"], ["KAZ", "--origin", "1960"]])
def test_faults_of_a_back_test(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "none"
    result = RUNNER.invoke(app, ["backtest", *arguments, "--out", str(out)])
    assert isinstance(result.exception, WorkbenchError)
    assert not out.exists()
