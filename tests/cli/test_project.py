# SPDX-License-Identifier: Apache-2.0
"""``keruen project population`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli.project import ProjectionVariant, app
from keruen.core.errors import WorkbenchError
from keruen.report.projection_run import VARIANTS

RUNNER = CliRunner()


def test_variants_are_those_of_the_function() -> None:
    assert [one.value for one in ProjectionVariant] == list(VARIANTS)


def test_a_country_with_intervals(tmp_path: Path) -> None:
    out = tmp_path / "kaz"
    arguments = ["kazakhstan", "--to", "2030", "--trajectories", "200", "--seed", "7"]
    result = RUNNER.invoke(app, ["population", *arguments, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Track record: not evaluated" in result.output
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
    ],
)
def test_faults_leave_no_folder(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "none"
    result = RUNNER.invoke(app, ["population", *arguments, "--out", str(out)])
    assert isinstance(result.exception, WorkbenchError)
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments", [["--variant", "optimistic"], ["--trajectories", "-1"], ["--seed", "-1"]]
)
def test_options_are_refused_before_anything_runs(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "none"
    result = RUNNER.invoke(app, ["population", "KAZ", *arguments, "--out", str(out)])
    assert result.exit_code == 2
    assert not out.exists()
