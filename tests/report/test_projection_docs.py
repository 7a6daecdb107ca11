# SPDX-License-Identifier: Apache-2.0
"""The examples of the pages on projections run and print what the pages say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "examples"),
    [("project-a-country", 8), ("bring-your-own-regions", 25), ("how-good", 9)],
)
def test_the_page_runs(page: str, examples: int) -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, optionflags=flags)
    assert result.attempted >= examples
    assert result.failed == 0
