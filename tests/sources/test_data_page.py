# SPDX-License-Identifier: Apache-2.0
"""The page on the data names every table, and its examples run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from keruen.sources.catalog import catalogue, not_embedded
from keruen.sources.maps import maps

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text("utf-8")


def test_the_page_names_every_table(text):
    named = set(re.findall(r"`([a-z0-9_.]+)`", text))
    named |= {f"wpp2024{name}" for name in named if name.startswith(".")}
    assert {one.id for one in catalogue()} - named == set()


def test_the_numbers_on_the_page_are_those_of_the_catalogue(text):
    words = {6: "six"}
    assert f"{len(catalogue())} tables and {words[len(maps())]} maps" in text
    folder = catalogue()[0].file.parent
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert f"{size / 1e6:.0f} MB" in text
    rows = text.partition("## What is not here")[2].count("\n| ")
    assert rows == len(not_embedded()) + 1  # and the head


def test_the_examples_run():
    found = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.attempted >= 6
    assert found.failed == 0
