# SPDX-License-Identifier: Apache-2.0
"""Fitting of tables with negative cells: margins, signs, and what it is without negative cells."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import AccountError, ConvergenceError, SchemaError
from keruen.measure.margins import fit_margins
from keruen.project.signed_margins import fit_signed_margins


def table(values: object) -> xr.DataArray:
    cells = np.asarray(values, dtype=float)
    return xr.DataArray(
        cells, {"sector": [f"s{n}" for n in range(cells.shape[0])],
                "use": [f"u{n}" for n in range(cells.shape[1])]},
    )  # fmt: skip


def sums(rows: object, columns: object) -> tuple[xr.DataArray, xr.DataArray]:
    left, right = np.asarray(rows, dtype=float), np.asarray(columns, dtype=float)
    return (
        xr.DataArray(left, {"sector": [f"s{n}" for n in range(len(left))]}),
        xr.DataArray(right, {"use": [f"u{n}" for n in range(len(right))]}),
    )


def test_without_negative_cells_it_is_proportional_fitting() -> None:
    # project.md 13.3
    seed = table([[40, 30, 30], [35, 50, 100], [30, 80, 70], [20, 30, 25]])
    rows, columns = sums([120, 200, 170, 60], [150, 220, 180])
    found = fit_signed_margins(seed, rows, columns).transpose("sector", "use")
    np.testing.assert_allclose(
        found, fit_margins(seed, [rows, columns]).flows.transpose(*found.dims), rtol=1e-7
    )
    np.testing.assert_allclose(found[0], [53.3186, 40.0480, 26.6335], atol=5e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_margins_of_a_table_of_the_same_signs_are_met(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = rng.uniform(0.5, 9.0, (4, 3)) * rng.choice([1, 1, 1, -1, 0], (4, 3))
    start[:, 0] = rng.uniform(1.0, 9.0, 4)
    other = start * np.exp(rng.normal(0, 0.4, (4, 3)))
    found = fit_signed_margins(table(start), *sums(other.sum(axis=1), other.sum(axis=0)))
    found = found.transpose("sector", "use")
    scale = np.abs(found.to_numpy())
    assert (np.abs(found.sum("use") - other.sum(axis=1)) <= 1e-8 * scale.sum(axis=1)).all()
    assert (np.abs(found.sum("sector") - other.sum(axis=0)) <= 1e-8 * scale.sum(axis=0)).all()
    assert (np.sign(found.to_numpy()) == np.sign(start)).all()


def test_factors_multiply_where_positive_and_divide_where_negative() -> None:
    start = np.array([[7.0, 3.0, 5.0], [2.0, 9.0, -8.0], [-2.0, 0.0, 2.0]])
    found = fit_signed_margins(table(start), *sums([15, 26, -1], [9, 16, 15]))
    found = found.transpose("sector", "use").to_numpy()
    # x = r p s where positive, -n / (r s) where negative: one factor a line explains all
    factor = np.where(start > 0, found / np.where(start == 0, 1, start), 0.0)
    factor = np.where(start < 0, start / np.where(found == 0, 1, found), factor)
    r1s = factor[0]
    assert factor[1, 0] / r1s[0] == pytest.approx(factor[1, 1] / r1s[1], rel=1e-8)
    assert factor[1, 0] / r1s[0] == pytest.approx(factor[1, 2] / r1s[2], rel=1e-8)
    assert factor[2, 0] / r1s[0] == pytest.approx(factor[2, 2] / r1s[2], rel=1e-8)


def test_what_cannot_be_fitted_is_refused() -> None:
    seed = table([[7.0, -3.0], [2.0, 9.0]])
    with pytest.raises(AccountError, match="differ by 1 in their totals") as caught:
        fit_signed_margins(seed, *sums([5, 12], [10, 8]))
    assert caught.value.id == "MarginsDiffer"
    with pytest.raises(ConvergenceError) as lost:
        fit_signed_margins(table([[7.0, 3.0], [2.0, 9.0]]), *sums([-5, 12], [1, 6]))
    assert lost.value.id == "NotConverged"
    with pytest.raises(SchemaError) as empty:
        fit_signed_margins(table([[np.nan, 3.0], [2.0, 9.0]]), *sums([5, 12], [10, 7]))
    assert empty.value.id == "MissingCell"
    with pytest.raises(SchemaError, match="two dimensions"):
        fit_signed_margins(seed, sums([5, 12], [10, 7])[0], sums([5, 12], [10, 7])[0])
