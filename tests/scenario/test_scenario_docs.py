# SPDX-License-Identifier: Apache-2.0
"""The page on scenarios runs as it stands."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_examples_on_scenarios_run() -> None:
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testfile(str(PAGE), module_relative=False, optionflags=options)
    assert found.attempted > 8
    assert found.failed == 0
