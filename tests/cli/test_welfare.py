# SPDX-License-Identifier: Apache-2.0
"""``keruen welfare`` from the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import SchemaError


def run(*words):
    return CliRunner().invoke(app, ["welfare", *words])


def test_files_of_a_country(tmp_path):
    done = run("KAZ", "--out", str(tmp_path / "out"), "--draws", "200", "--lang", "ru",
               "--no-sensitivity", "--partner", "UZB", "--inflow", "20000")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "welfare.html" in done.output
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["options"]["partners"] == ["UZB"]
    assert manifest["movers"]["in"]["people"] == 20_000
    assert '<html lang="ru">' in (tmp_path / "out" / "welfare.html").read_text("utf-8")


@pytest.mark.parametrize("weight", ["migrant", "migrant=much"])
def test_a_weight_without_a_number(tmp_path, weight):
    done = run("KAZ", "--out", str(tmp_path / "out"), "--weight", weight)
    assert isinstance(done.exception, SchemaError)
    assert done.exception.id == "BadWeights"
    assert not (tmp_path / "out").exists()
