# SPDX-License-Identifier: Apache-2.0
"""The one form of every answer: its table, its checks, its interval."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.evaluate import Check, Evaluation
from keruen.decide.evaluate.result import bounds, normal_interval


def answer() -> Evaluation:
    event = {"event": [-2, 0, 1]}
    estimate = xr.DataArray([0.1, 1.0, 2.0], event, name="effect")
    return Evaluation(
        method="event-study",
        estimate=estimate,
        interval=bounds(estimate - 0.5, estimate + 0.5, level=0.9),
        level=0.9,
        standard_error=xr.full_like(estimate, 0.3),
        p_value=xr.DataArray([0.7, 0.01, 0.001], event),
        clusters=12,
        assumption="parallel_trends",
        checks=(Check("a", True, 1.0), Check("b", False, 2.0, 3.0, "KZ-75"), Check("c", None, 0.0)),
    )


def test_a_row_for_each_estimate():
    table = answer().to_table()
    assert table["event"].tolist() == [-2, 0, 1]
    assert table[["low", "effect", "high"]].to_numpy().tolist() == [
        pytest.approx(row) for row in ([-0.4, 0.1, 0.6], [0.5, 1.0, 1.5], [1.5, 2.0, 2.5])
    ]
    assert table["passed"].tolist() == [1] * 3
    assert table["failed"].tolist() == [1] * 3


def test_checks_say_passed_failed_or_shown():
    table = answer().checks_table()
    assert table["result"].tolist() == ["passed", "failed", "shown"]
    assert table["where"].tolist() == ["", "KZ-75", ""]
    assert np.isnan(table["threshold"][0])


def test_interval_of_a_normal():
    low, high = normal_interval(np.array([1.0]), np.array([2.0]), level=0.9)
    np.testing.assert_allclose([low[0], high[0]], [1 - 2 * 1.6448536, 1 + 2 * 1.6448536], rtol=1e-7)
    with pytest.raises(SchemaError):
        bounds(0.0, 1.0, level=1.5)
