# SPDX-License-Identifier: Apache-2.0
"""``keruen data convert``: what a user sees, and how faults end."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import keruen
from keruen.cli import app
from keruen.core.errors import WorkbenchError
from keruen.core.variables import variable
from keruen.sources.exchange import read


def run(*words):
    return CliRunner().invoke(app, ["data", "convert", *map(str, words)])


def test_an_embedded_table_is_converted_and_described(tmp_path):
    result = run("kaz.vital.births", tmp_path / "a.json", "--lang", "kk")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "read kaz.vital.births (table): births, persons",
        "  dimensions: year 26",
        "  cells: 26",
        f"wrote {tmp_path / 'a.json'} (json-stat)",
    ]
    label = json.loads((tmp_path / "a.json").read_text("utf-8"))["label"]
    assert label == f"{variable('births').label('kk')}, persons"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("b.json", None),
        ("b.csv", "sdmx-csv"),
        ("b.csv", "sdmx-csv-1.0"),
        ("b.sdmx.csv", None),
        ("b.xlsx", None),
        ("b.parquet", None),
    ],
)
def test_formats_are_told_by_ending_and_content(tmp_path, name, form):
    births = keruen.load("kaz.vital.births")
    assert run("kaz.vital.births", tmp_path / "a.xlsx").exit_code == 0
    more = ["--as", form] if form else []
    assert run(tmp_path / "a.xlsx", tmp_path / name, *more).exit_code == 0
    assert read(tmp_path / name).array.identical(births)


def test_what_is_not_carried_is_printed(tmp_path):
    result = run("kaz.vital.births", tmp_path / "a.csv")
    assert "not carried: csv holds the figures alone, not units, kind" in result.output


def test_an_export_of_several_variables_asks_which(tmp_path):
    CliRunner().invoke(app, ["data", "export", "kaz.vital", "--to", str(tmp_path / "a.xlsx")])
    result = run(tmp_path / "a.xlsx", tmp_path / "b.json")
    assert "several columns hold values" in str(result.exception)
    assert run(tmp_path / "a.xlsx", tmp_path / "b.json", "--value", "deaths").exit_code == 0
    assert read(tmp_path / "b.json").array.identical(keruen.load("kaz.vital.deaths"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["kaz.vitla.births", "a.json"], "'kaz.vitla.births' is not in the catalogue"),
        (["kaz.vital", "a.json"], "'kaz.vital' has several variables"),
        (["gone.csv", "a.json"], "the file is not there (gone.csv)"),
        (["kaz.vital.births", "a.px"], "PX files are read, not written"),
        (["kaz.vital.births", "a.doc"], "'.doc' is not a format to write"),
        (["kaz.vital.births", "nowhere/a.json"], "cannot write"),
        (["kaz.vital.births", "map"], "a flow map holds origin, destination and time, not year"),
    ],
)
def test_a_fault_says_what_and_where(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert isinstance(result.exception, WorkbenchError)
    assert message in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_ends_in_one_message_and_code_two(tmp_path):
    words = [sys.executable, "-m", "keruen.cli", "data", "convert", "gone.csv", "a.json"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("keruen: the file is not there (gone.csv)")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_is_not_written_over_itself(tmp_path):
    run("kaz.vital.births", tmp_path / "a.json")
    before = (tmp_path / "a.json").read_bytes()
    result = run(tmp_path / "a.json", tmp_path / "a.json")
    assert "source and target are the same" in str(result.exception)
    assert (tmp_path / "a.json").read_bytes() == before
