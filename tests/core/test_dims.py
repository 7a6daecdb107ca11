# SPDX-License-Identifier: Apache-2.0
"""The canonical order of dimensions."""

from hypothesis import given
from hypothesis import strategies as st

from keruen.core.dims import ORDER, canonical_order


@given(st.permutations(ORDER))
def test_any_order_becomes_the_canonical_one(dims):
    assert canonical_order(dims) == ORDER


def test_names_of_ones_own_stand_first_as_they_stood():
    assert canonical_order(["age", "b", "year", "a"]) == ("b", "a", "year", "age")
