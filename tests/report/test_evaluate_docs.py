# SPDX-License-Identifier: Apache-2.0
"""The examples of the page on policy evaluation run, and its table is that of the package."""

from __future__ import annotations

import doctest
from pathlib import Path

from keruen.decide.evaluate.applicability import TOOLS
from keruen.report.evaluate_words import SITUATIONS

PAGE = Path(__file__).parents[2] / "docs" / "evaluate.md"


def test_the_page_runs() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 25
    assert result.failed == 0


def test_the_table_names_every_situation_with_its_method() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(TOOLS)
    for tool in TOOLS:
        words = SITUATIONS[tool.situation].text.split(" (")[0]
        row = next(line for line in rows if line.startswith(f"| {words}"))
        assert f"`{tool.method}`" in row if tool.method else "none in this package" in row
