# SPDX-License-Identifier: Apache-2.0
"""A day at the ministry: its commands run and say what the page says, its pictures are there."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "a-day-at-the-ministry.md").read_text("utf-8")
_BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)
_MOST = 150_000


def _console(text: str) -> int:
    """Run the commands of a block; each line below one must be said by it."""
    commands = re.split(r"^\$ keruen ", text, flags=re.MULTILINE)[1:]
    for each in commands:
        command, _, expected = each.partition("\n")
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code == 0, (command, done.output, done.exception)
        for line in filter(None, expected.splitlines()):
            assert line in done.output, (command, line, done.output)
    return len(commands)


def test_the_commands_say_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    commands, examples = 0, 0
    for kind, text in _BLOCK.findall(TEXT):
        if kind == "console":
            commands += _console(text)
            continue
        test = doctest.DocTestParser().get_doctest(text, {}, "day", None, 0)
        assert doctest.DocTestRunner().run(test).failed == 0
        examples += len(test.examples)
    assert (commands, examples) == (8, 3)


def test_every_picture_and_page_named_is_there_and_small():
    named = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert len(named) >= 15
    for name in named:
        assert (DOCS / name).is_file(), name
        if name.endswith(".png"):
            assert (DOCS / name).stat().st_size <= _MOST, name
