# SPDX-License-Identifier: Apache-2.0
"""The page on running a quota: its commands run and say what it says, its Python runs."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import WorkbenchError

PAGE = (Path(__file__).parents[2] / "docs" / "quota-ledger.md").read_text("utf-8")
_FILES = {"regions.csv": "region,population", "march.csv": "Дело,", "rules.yaml": "rank:"}
_BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)


def _file(begin: str) -> str:
    """An indented block of the page, without its indent."""
    at = PAGE.index(f"    {begin}")
    lines = PAGE[at:].split("\n\n")[0].splitlines()
    return "\n".join(line[4:] for line in lines) + "\n"


def _told(command: str) -> str:
    """What a command says, tables and all, each run of blanks as one."""
    words = re.findall(r'"[^"]*"|\S+', command)[1:]
    done = CliRunner().invoke(app, [word.strip('"') for word in words], env={"COLUMNS": "240"})
    if isinstance(done.exception, WorkbenchError):
        return f"keruen: {done.exception}"
    assert done.exit_code == 0, (command, done.output, done.exception)
    return re.sub(r"\s+", " ", done.output)


def _console(text: str) -> int:
    commands = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    for each in commands:
        command, _, expected = each.partition("\n")
        said = _told(command)
        for line in filter(None, expected.splitlines()):
            wanted = line.removesuffix("...")
            assert re.sub(r"\s+", " ", wanted.strip()) in said, (command, wanted, said)
    return len(commands)


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERUEN_LEDGER", "pavlodar.db")
    monkeypatch.setenv("KERUEN_OFFICER", "A17")
    for name, begin in _FILES.items():
        (tmp_path / name).write_text(_file(begin), encoding="utf-8")
    commands, examples, names = 0, 0, {}
    for kind, text in _BLOCK.findall(PAGE):
        if kind == "console":
            commands += _console(text)
            continue
        test = doctest.DocTestParser().get_doctest(text, names, "quota-ledger", None, 0)
        result = doctest.DocTestRunner().run(test, clear_globs=False)
        names |= test.globs
        assert result.failed == 0
        examples += result.attempted
    assert (commands, examples) >= (12, 12)
