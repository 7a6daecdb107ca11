# SPDX-License-Identifier: Apache-2.0
"""The worked examples of the page on irregular migration give what they print."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "irregular.md"


def test_examples_of_the_page():
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 15
    assert found.failed == 0
