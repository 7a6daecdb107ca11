# SPDX-License-Identifier: Apache-2.0
"""The examples of the pages on refugee capacity and on uncertainty print what the pages say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "examples"), [("refugee-capacity", 50), ("uncertainty", 20)])
def test_the_page_runs(page: str, examples: int) -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, optionflags=flags)
    assert result.attempted >= examples
    assert result.failed == 0
