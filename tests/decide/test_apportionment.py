# SPDX-License-Identifier: Apache-2.0
"""Tests of splitting a whole number."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import FaultsError, InfeasibleError, SchemaError
from keruen.decide.apportionment import apportion, paradox_labels, region_key


def _regions(values):
    return xr.DataArray(values, coords={"region": [f"r{each}" for each in range(len(values))]})


_WEIGHTS = st.lists(st.integers(1, 1000), min_size=1, max_size=8)


def test_the_worked_example():
    assert apportion(100, _regions([48.7, 31.3, 12.4, 7.6])).values.tolist() == [49, 31, 12, 8]


def test_the_alabama_paradox():
    # With one unit more the third gets one less under Hamilton.
    paradox = _regions([6, 6, 2])
    assert apportion(10, paradox).values.tolist() == [4, 4, 2]
    assert apportion(11, paradox).values.tolist() == [5, 5, 1]
    assert paradox_labels(10, paradox) == ["r2"]
    assert paradox_labels(11, paradox) == []


@given(st.integers(0, 5000), _WEIGHTS)
def test_whole_shares_add_up_and_stay_within_one(total, weights):
    shares = apportion(total, _regions(weights)).values
    exact = total * np.array(weights) / sum(weights)
    assert shares.sum() == total
    assert (np.abs(shares - exact) < 1).all()


@given(st.integers(0, 300), _WEIGHTS)
def test_webster_never_takes_from_anybody_when_the_total_grows(total, weights):
    one = apportion(total, _regions(weights), method="webster").values
    more = apportion(total + 1, _regions(weights), method="webster").values
    assert one.sum() == total
    assert (more >= one).all()


@given(st.data(), st.sampled_from(["hamilton", "webster"]))
def test_floors_and_caps_are_kept(data, method):
    weights = data.draw(_WEIGHTS)
    size = len(weights)
    low = np.array(data.draw(st.lists(st.integers(0, 20), min_size=size, max_size=size)))
    high = low + np.array(data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)))
    total = data.draw(st.integers(int(low.sum()), int(high.sum())))
    shares = apportion(
        total, _regions(weights), floor=_regions(low), cap=_regions(high), method=method
    ).values
    assert shares.sum() == total
    assert (shares >= low).all()
    assert (shares <= high).all()


def test_what_cannot_be_split_is_said_at_once():
    weights = _regions([1.0, 2.0])
    with pytest.raises(InfeasibleError, match="floors add to 2 more than 10"):
        apportion(10, weights, floor=_regions([6, 6]))
    with pytest.raises(InfeasibleError, match="caps add to 4 less than 10"):
        apportion(10, weights, cap=_regions([3, 3]))
    with pytest.raises(FaultsError, match="weight of r0"):
        apportion(-1, _regions([-1.0, 2.0]))
    with pytest.raises(SchemaError, match="every one"):
        apportion(3, _regions([0.0, 0.0]))


def test_european_key_by_hand():
    # Populations 2:1, equal product, equal applications per head and unemployment of 5 and 10 %.
    key = region_key(
        _regions([200.0, 100.0]),
        product=_regions([50.0, 50.0]),
        applications=_regions([20.0, 10.0]),
        unemployment=_regions([5.0, 10.0]),
    )
    base = np.array([0.4 * 2 / 3 + 0.2, 0.4 / 3 + 0.2])
    parts = base + 0.1 / 2 + 0.1 * np.array([2 / 3, 1 / 3])
    np.testing.assert_allclose(key.values, parts / parts.sum())


def test_corrections_of_the_european_key_are_capped():
    key = region_key(
        _regions([1000.0, 1.0]),
        product=_regions([1000.0, 1.0]),
        applications=_regions([1000.0, 0.001]),
        unemployment=_regions([10.0, 0.1]),
    )
    base = 0.8 / 1001
    assert key.values[1] == pytest.approx(
        1.6 * base / (0.8 + 0.6 * base + 0.1 * (1 / 1001 + 1 / 101)), rel=0.02
    )


def test_a_key_of_mixed_tables_is_refused():
    with pytest.raises(SchemaError, match="do not make a key"):
        region_key(_regions([1.0]), revenue=_regions([1.0]), product=_regions([1.0]))


def test_what_has_no_inverse_is_named():
    ones, none = _regions([1.0, 1.0]), _regions([0.0, 5.0])
    with pytest.raises(FaultsError, match=r"applications counts inversely, .* in r0"):
        region_key(ones, product=ones, applications=none, unemployment=none)
