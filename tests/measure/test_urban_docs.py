# SPDX-License-Identifier: Apache-2.0
"""The worked examples of the pages on towns and on refugees give what they print."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["towns.md", "refugees.md"])
def test_examples_of_the_page(page):
    found = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert found.attempted > 10
    assert found.failed == 0
