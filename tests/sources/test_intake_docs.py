# SPDX-License-Identifier: Apache-2.0
"""The examples on parameters and on publishers' tables run and print what the pages say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from keruen.sources.adapters import recipes
from keruen.sources.parameters import parameter_sets

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "examples"), [("parameters", 12), ("publishers-tables", 18)])
def test_the_page_runs(page, examples):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, optionflags=flags)
    assert result.attempted >= examples
    assert result.failed == 0


def test_the_pages_name_every_set_and_recipe():
    parameters = (DOCS / "parameters.md").read_text("utf-8")
    assert all(f"`{name}`" in parameters for name in parameter_sets())
    table = (DOCS / "publishers-tables.md").read_text("utf-8")
    named = set(re.findall(r"`([\w.]+)`", table))
    named |= {f"knomad.remittances{name}" for name in named if re.fullmatch(r"\.\d{4}", name)}
    named |= {f"eurostat.{name}" for name in named if name.startswith("migr_")}
    assert {name.removesuffix(".csv") for name in recipes()} <= named
