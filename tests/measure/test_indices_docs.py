# SPDX-License-Identifier: Apache-2.0
"""The worked examples of the pages on indices and net migration give what they print."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["indices.md", "net-migration.md"])
def test_examples_of_the_page(page):
    found = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert found.attempted > 10
    assert found.failed == 0
