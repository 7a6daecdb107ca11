# SPDX-License-Identifier: Apache-2.0
"""The examples of the page on scores run and print what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
PAGE = Path(__file__).parents[2] / "docs" / "employment-model.md"


def test_the_page_runs() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 40
    assert result.failed == 0
