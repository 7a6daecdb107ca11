# SPDX-License-Identifier: Apache-2.0
"""The worked examples of the pages on remittances and skilled emigration give what they print."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "examples"), [("remittances", 25), ("skilled-emigration", 12)])
def test_examples_of_the_page(page: str, examples: int) -> None:
    found = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, encoding="utf-8")
    assert found.attempted >= examples
    assert found.failed == 0
