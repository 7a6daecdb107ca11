# SPDX-License-Identifier: Apache-2.0
"""The page on placement: its examples run, and so do its commands."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from keruen.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "place-the-families.md"


def test_the_examples_print_what_the_page_says():
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags)
    assert result.attempted >= 20
    assert result.failed == 0


def test_the_first_commands_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    commands = [line.removeprefix("$ keruen ") for line in block[1].splitlines()]
    assert len(commands) == 4
    for command in commands:
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code == 0, (command, done.output, done.exception)
    assert (tmp_path / "placed" / "letters.kk.html").is_file()
    assert (tmp_path / "year" / "assignment.csv").is_file()
