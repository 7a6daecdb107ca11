# SPDX-License-Identifier: Apache-2.0
"""Quantiles over draws: definition, labels, faults."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.draws import quantiles
from keruen.core.errors import SchemaError


def _draws(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(
        values,
        dims=("trajectory", "country"),
        coords={"trajectory": np.arange(values.shape[0]), "country": ["KAZ", "KGZ"]},
        name="flows",
        attrs={"units": "persons", "kind": "count"},
    )


def test_places_of_definition_seven() -> None:
    # n = 5, p = 0.1: place 1 + 4 x 0.1 = 1.4, so 10 + 0.4 x (20 - 10) = 14.
    draws = _draws(np.array([[50, 1], [10, 1], [30, 1], [20, 1], [40, 1.0]]))
    assert quantiles(draws, [0.1]).sel(country="KAZ").item() == pytest.approx(14)


def test_dimension_attributes_and_order() -> None:
    result = quantiles(_draws(np.ones((4, 2))))
    assert result.dims == ("quantile", "country")
    assert result.indexes["quantile"].tolist() == [0.025, 0.5, 0.975]
    assert result.attrs == {"units": "persons", "kind": "count", "draws": 4}
    assert result.name == "flows"


def test_a_missing_draw_makes_the_cell_missing() -> None:
    values = np.ones((3, 2))
    values[1, 0] = np.nan
    result = quantiles(_draws(values), [0.5])
    assert np.isnan(result.sel(country="KAZ").item())
    assert result.sel(country="KGZ").item() == 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_monotone_and_inside_the_draws(values: list[float]) -> None:
    draws = xr.DataArray(values, coords={"trajectory": range(len(values))}, dims="trajectory")
    result = quantiles(draws, [0.0, 0.2, 0.5, 1.0]).to_numpy()
    assert (np.diff(result) >= -1e-9 * (1 + np.abs(result[:-1]))).all()
    assert result[0] == min(values)
    assert result[-1] == max(values)


@pytest.mark.parametrize("probs", [[], [1.2], [-0.1], [0.5, 0.5], [np.nan]])
def test_probabilities_are_checked(probs: list[float]) -> None:
    with pytest.raises(SchemaError) as caught:
        quantiles(_draws(np.ones((3, 2))), probs)
    assert caught.value.id == "BadProbability"


def test_no_draws() -> None:
    with pytest.raises(SchemaError, match="no draw"):
        quantiles(_draws(np.ones((0, 2))))
    with pytest.raises(SchemaError, match="'trajectory' is missing"):
        quantiles(xr.DataArray([1.0], coords={"country": ["KAZ"]}))
