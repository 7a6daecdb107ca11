# SPDX-License-Identifier: Apache-2.0
"""The examples of the page on panels run and print what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

pytest.importorskip("pyfixest")
PAGE = Path(__file__).parents[3] / "docs" / "evaluate-panels.md"


def test_the_page_runs() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 50
    assert result.failed == 0
