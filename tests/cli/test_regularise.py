# SPDX-License-Identifier: Apache-2.0
"""``keruen regularise`` and ``keruen permits`` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app, main

RUN = CliRunner()


def test_regularise_says_the_back_test_and_the_files(tmp_path: Path) -> None:
    asked = ["regularise", "KAZ", "--draws", "200", "--sensitivity", "0", "--out", str(tmp_path)]
    result = RUN.invoke(app, asked)
    assert result.exit_code == 0, result.output
    assert "164,586 were published" in " ".join(result.output.split())
    assert (tmp_path / "regularise.html").is_file()


def test_permits_in_russian(tmp_path: Path) -> None:
    asked = ["permits", "RUS", "--draws", "200", "--sensitivity", "0", "--lang", "ru"]
    result = RUN.invoke(app, [*asked, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "permits.xlsx").is_file()


def test_a_fault_ends_with_code_2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["keruen", "regularise", "FRA", "--out", str(tmp_path / "x")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert not (tmp_path / "x").exists()
