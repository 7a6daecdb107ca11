# SPDX-License-Identifier: Apache-2.0
"""Demographic accounts close, or say where they do not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keruen.core.accounts import account_gap, require_closed
from keruen.core.errors import AccountError, CoverageError, SchemaError

PLACES = ["KAZ", "KGZ", "UZB"]


def _array(values: object, places: list[str] = PLACES) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, dtype=float), coords={"country": places})


def test_announced_half_year_of_kazakhstan() -> None:
    # Hand case: 13,652 arrivals and 6,996 departures leave +6,656.
    start = _array([20_000_000, 0, 0])
    moved = {"entries": {"in": _array([13_652, 0, 0])}, "exits": {"out": _array([6_996, 0, 0])}}
    gap = account_gap(start, start, **moved)
    assert gap.sel(country="KAZ").item() == -6_656
    require_closed(start, start + _array([6_656, 0, 0]), **moved)


def test_worst_cells_are_named_first_with_their_gap() -> None:
    start = _array([100, 100, 100])
    end = _array([101, 60, 100])
    with pytest.raises(AccountError) as caught:
        require_closed(start, end, entries={}, exits={})
    assert caught.value.id == "NotBalanced"
    assert caught.value.where == "country=KGZ: -40; country=KAZ: +1"


def test_a_missing_part_does_not_close() -> None:
    start = _array([1, 1, 1])
    with pytest.raises(AccountError, match="1 of 3 cells"):
        require_closed(start, _array([1, np.nan, 1]), entries={}, exits={})


def test_labels_in_another_order_are_matched() -> None:
    start = _array([1, 2, 3])
    end = _array([3, 1, 2], ["UZB", "KAZ", "KGZ"])
    require_closed(start, end, entries={}, exits={})


def test_tolerance_is_a_share_of_the_cell() -> None:
    start = _array([1e9, 1, 1])
    require_closed(start, _array([1e9 + 0.5, 1, 1]), entries={}, exits={})
    with pytest.raises(AccountError, match="country=KGZ"):
        require_closed(start, _array([1e9 + 0.5, 1.5, 1]), entries={}, exits={})


def test_parts_with_other_cells_are_refused() -> None:
    start = _array([1, 2, 3])
    with pytest.raises(CoverageError, match="UZB"):
        require_closed(start, start, entries={"births": _array([1, 1], PLACES[:2])}, exits={})
    by_sex = start.expand_dims(sex=["F", "M"])
    with pytest.raises(SchemaError, match="'births' has the dimensions sex, country"):
        account_gap(start, start, entries={"births": by_sex}, exits={})


def test_one_cell_without_dimensions() -> None:
    with pytest.raises(AccountError, match="total: \\+2"):
        require_closed(xr.DataArray(1.0), xr.DataArray(3.0), entries={}, exits={})


@given(arrays(float, (4, 3), elements=st.floats(0, 1e7)))
def test_an_account_made_to_close_closes(values: np.ndarray) -> None:
    start, births, deaths, arrivals = (_array(row) for row in values)
    end = start + births - deaths + arrivals
    require_closed(start, end, entries={"births": births, "in": arrivals}, exits={"deaths": deaths})
    gap = account_gap(start, end + 5, entries={"births": births, "in": arrivals}, exits={})
    assert np.allclose(gap, 5 - deaths.to_numpy())
