# SPDX-License-Identifier: Apache-2.0
"""The examples of the page on occupations run and print what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_runs() -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    page = DOCS / "from-population-to-a-shortage-list.md"
    result = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert result.attempted >= 50
    assert result.failed == 0
