# SPDX-License-Identifier: Apache-2.0
"""``keruen measure flows`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli.measure import FlowMethod, app
from keruen.core.errors import WorkbenchError
from keruen.measure.stock_flows import METHODS

RUNNER = CliRunner()


def test_methods_are_those_of_the_function() -> None:
    assert [method.value for method in FlowMethod] == list(METHODS)


def test_flows_of_one_period(tmp_path: Path) -> None:
    out = tmp_path / "flows"
    result = RUNNER.invoke(
        app, ["flows", "--from", "2020", "--to", "2024", "--method", "closed", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert (out / "flows.csv").is_file()
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"]["periods"] == ["2020-2024"]
    assert "zero by construction" in " ".join(result.output.split())


def test_own_tables(tmp_path: Path) -> None:
    stocks = tmp_path / "stocks.csv"
    stocks.write_text("birthplace,country,stock_start,stock_end\nA,A,90,80\nA,B,5,15\nB,B,50,50\n")
    vital = tmp_path / "vital.csv"
    vital.write_text("country,births,deaths\nA,1,1\nB,1,1\n")
    result = RUNNER.invoke(
        app,
        [
            "flows", "--stocks", str(stocks), "--vital", str(vital), "--years", "5",
            "--draws", "5", "--seed", "2", "--out", str(tmp_path / "out"),
        ],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    head = (tmp_path / "out" / "flows.csv").read_text().splitlines()[0]
    assert head == "origin,destination,flow,outward,return,transit,median,lower,upper"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--stocks", "un.stock.1066"],
        ["--from", "1991"],
        ["--stocks", "none.csv"],
        ["--stocks", "un.stock.2019", "--sex"],
    ],
)
def test_faults_leave_no_folder(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "flows"
    result = RUNNER.invoke(app, ["flows", *arguments, "--out", str(out)])
    assert isinstance(result.exception, WorkbenchError)
    assert not out.exists()


def test_a_negative_seed_is_refused_before_anything_runs(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["flows", "--seed", "-1", "--out", str(tmp_path / "flows")])
    assert result.exit_code == 2
