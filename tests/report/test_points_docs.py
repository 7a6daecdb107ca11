# SPDX-License-Identifier: Apache-2.0
"""The page on points systems: its commands run and say what it says, its Python runs."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.sources.point_rules import point_rules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "points.md").read_text("utf-8")


def test_the_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(
        str(ROOT / "docs" / "points.md"), module_relative=False, optionflags=flags
    )
    assert result.attempted >= 25
    assert result.failed == 0


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    at = PAGE.index("    profile,age")
    rows = [line[4:] for line in PAGE[at:].split("\n\n")[0].splitlines()]
    (tmp_path / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    block = re.search(r"```console\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    commands = re.split(r"^\$ ", block.group(1), flags=re.MULTILINE)[1:]
    for each in commands:
        command, _, expected = each.partition("\n")
        done = CliRunner().invoke(app, command.split()[1:])
        assert done.exit_code == 0, (command, done.output, done.exception)
        for line in filter(None, expected.splitlines()):
            assert line in done.output, (command, line, done.output)
    assert len(commands) >= 4


def test_every_system_is_named() -> None:
    assert all(f"| `{name}` |" in PAGE for name in point_rules())
