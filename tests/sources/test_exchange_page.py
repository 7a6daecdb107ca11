# SPDX-License-Identifier: Apache-2.0
"""The page on exchange: its examples run, and it names every format."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import get_args

from keruen.sources.exchange import Format

PAGE = Path(__file__).parents[2] / "docs" / "exchange.md"


def test_the_examples_run():
    found = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.attempted >= 15
    assert found.failed == 0


def test_the_page_names_every_format():
    text = PAGE.read_text("utf-8")
    assert [name for name in get_args(Format) if f"`{name}`" not in text] == []
