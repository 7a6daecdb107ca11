# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile files are refused quickly, in little memory, with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keruen.sources._refusal import TEXTS

SECONDS = 10
MEGABYTES = 520  # a workbook may take 512


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the reader said to each file, and at last its memory."""
    program = Path(__file__).with_name("damaged.py")
    folder = tmp_path_factory.mktemp("damaged")
    command = [sys.executable, "-W", "ignore", program, folder]
    told = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    return [json.loads(line) for line in told.splitlines()]


@pytest.mark.slow
def test_each_damaged_file_is_refused_with_a_reason_and_a_remedy(answers) -> None:
    files = answers[:-1]
    assert len(files) >= 200
    unclear = [
        one
        for one in files
        if one["error"] != "RefusalError" or one["id"] not in TEXTS or not one["remedy"]
    ]
    assert unclear == []


@pytest.mark.slow
def test_none_takes_long(answers) -> None:
    assert [one for one in answers[:-1] if one["seconds"] >= SECONDS] == []


@pytest.mark.slow
def test_none_takes_much_memory(answers) -> None:
    reader, workbooks = answers[-1]["memory"]
    assert reader < MEGABYTES
    assert workbooks < MEGABYTES


@pytest.mark.slow
def test_reasons_fit(answers) -> None:
    reasons = {f"{one['wrong']} {one['name']}": one["id"] for one in answers[:-1]}
    assert reasons["corner a.xlsx"] == reasons["corners a.xlsx"] == "FarCell"
    assert reasons["zeros for a sheet a.xlsx"] == reasons["zeros a.csv.gz"] == "Unpacks"
    assert reasons["billion laughs in xl/worksheets/sheet1.xml a.xlsx"] == "Doctype"
    assert reasons["a cell of 100 MB a.csv"] == reasons["a cell of 100 MB a.xlsx"] == "CellTooLong"
    assert reasons["protected a.xlsx"] == "Encrypted"
    assert reasons["binary workbook a.xlsx"] == reasons["PDF a.csv"] == "WrongEnding"
    assert reasons["a million columns a.csv"] == "TooManyColumns"
    assert reasons["cp866 a.csv"] == reasons["two encodings a.csv"] == "Encoding"
    assert reasons["UTF-8 taken for cp1251 a.csv"] == "LostLetters"
    assert reasons["loop of links a.csv"] == "NotReadable"
    assert reasons["device a.csv"] == reasons["folder a.xlsx"] == "NotAFile"
