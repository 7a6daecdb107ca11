# SPDX-License-Identifier: Apache-2.0
"""Migrant stocks, ranks and corridors."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keruen import load
from keruen.core.arrays import total
from keruen.core.errors import CodeError, SchemaError
from keruen.measure.stocks import corridors, emigrant_stock, immigrant_stock, percent_of, rank

CODES = ["KAZ", "RUS", "UZB"]


def matrix(values):
    return xr.DataArray(
        np.asarray(values, dtype=float), coords={"origin": CODES, "destination": CODES}
    )


def test_by_hand_the_diagonal_does_not_count():
    stock = matrix([[99, 5, 1], [9, 99, 2], [3, 4, 99]])
    assert immigrant_stock(stock).values.tolist() == [12, 9, 3]
    assert emigrant_stock(stock).values.tolist() == [6, 11, 7]


def test_missing_pairs_do_not_spoil_a_sum_but_a_country_without_data_has_none():
    stock = matrix([[0, np.nan, 1], [9, 0, np.nan], [3, np.nan, 0]])
    assert immigrant_stock(stock).sel(country="KAZ").item() == 12
    assert np.isnan(immigrant_stock(stock.where(stock.destination != "RUS")).sel(country="RUS"))


def test_a_missing_dimension_is_named():
    with pytest.raises(SchemaError, match="destination"):
        immigrant_stock(xr.DataArray([1.0], coords={"origin": ["KAZ"]}))


@given(hnp.arrays(np.float64, (3, 3), elements=st.integers(0, 10**6)))
def test_all_immigrants_are_all_emigrants(values):
    stock = matrix(values)
    assert immigrant_stock(stock).sum().item() == emigrant_stock(stock).sum().item()


def test_ranks_by_hand_with_a_tie_and_a_gap():
    stock = xr.DataArray([5.0, 9.0, 9.0, np.nan], coords={"country": ["A", "B", "C", "D"]})
    assert rank(stock).values[:3].tolist() == [3.0, 1.0, 1.0]
    assert np.isnan(rank(stock).values[3])
    assert rank(stock, among=["A", "B"]).values.tolist() == [2.0, 1.0]


def test_ranking_an_absent_country_is_refused():
    with pytest.raises(CodeError, match="XXX"):
        rank(xr.DataArray([5.0], coords={"country": ["A"]}), among=["XXX"])


@given(hnp.arrays(np.float64, (6, 2), elements=st.integers(0, 9)))
def test_ranks_count_the_larger(values):
    places = rank(xr.DataArray(values, coords={"country": list("ABCDEF"), "year": [1, 2]}))
    for column in (0, 1):
        for row in range(6):
            larger = (values[:, column] > values[row, column]).sum()
            assert places.sel(country="ABCDEF"[row], year=column + 1) == 1 + larger


def test_corridors_are_sorted_and_leave_out_zeros():
    stock = matrix([[0, 5, 1], [9, 0, 2], [0, 4, 0]])
    assert corridors(stock, "KAZ", direction="in")["origin"].values.tolist() == ["RUS"]
    out = corridors(stock, "KAZ", direction="out")
    assert out["destination"].values.tolist() == ["RUS", "UZB"]
    with pytest.raises(CodeError):
        corridors(stock, "XXX", direction="in")


def test_percent_of_nothing_is_missing():
    assert np.isnan(percent_of(xr.DataArray(1.0), xr.DataArray(0.0)).item())


def test_published_stocks_of_the_united_nations():
    stock = total(load("un.stock.2024").fillna(0.0), "sex")
    received = immigrant_stock(stock)
    assert received.sel(year=2024).sum().item() == 304_021_813
    assert received.sel(year=2024, country="USA").item() == 52_375_047
    assert received.sel(year=2024, country="KAZ").item() == 2_089_797
    assert stock.sel(year=2024, origin="MEX", destination="USA").item() == 11_279_561
