# SPDX-License-Identifier: Apache-2.0
"""Qualifications: reconciled tables meet both margins, gaps and their parts by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import AccountError
from keruen.measure.margins import fit_margins
from keruen.project.qualifications import (
    qualification_demand,
    qualification_gap,
    reconcile_qualifications,
)

CELLS = {"occupation": ["21", "51", "91"], "education": ["2", "3", "6"]}


def demand() -> xr.DataArray:
    jobs = xr.DataArray([300.0, 500.0, 200.0], {"occupation": CELLS["occupation"]})
    profile = xr.DataArray([[0.0, 0.2, 0.8], [0.3, 0.6, 0.1], [0.8, 0.2, 0.0]], CELLS)
    return qualification_demand(jobs, profile)


def test_worked_numbers_of_the_fit():
    """project.md, section 13.3."""
    seed = xr.DataArray(
        [[40.0, 30, 30], [35, 50, 100], [30, 80, 70], [20, 30, 25]],
        {"sector": list("ABCD"), "occupation": list("123")},
    )
    rows = xr.DataArray([120.0, 200, 170, 60], {"sector": list("ABCD")})
    columns = xr.DataArray([150.0, 220, 180], {"occupation": list("123")})
    published = [
        [53.3186, 40.0480, 26.6335],
        [46.1510, 66.0274, 87.8216],
        [32.5380, 86.8962, 50.5657],
        [17.9924, 27.0284, 14.9792],
    ]
    fit = fit_margins(seed, [rows, columns])
    np.testing.assert_allclose(fit.flows, published, atol=6e-5)
    assert fit.margin_error <= 1e-9


def test_the_reconciled_table_meets_both_margins():
    supply = xr.DataArray([250.0, 400.0, 350.0], {"education": CELLS["education"]})
    found = reconcile_qualifications(demand(), supply)
    np.testing.assert_allclose(found.sum("occupation"), supply, rtol=1e-9)
    np.testing.assert_allclose(found.sum("education"), demand().sum("education"), rtol=1e-9)
    assert float(found.sel(occupation="21", education="2")) == 0.0


def test_supply_that_is_the_demand_changes_nothing():
    found = reconcile_qualifications(demand(), demand().sum("occupation"))
    np.testing.assert_allclose(found, demand(), rtol=1e-8)
    assert float(qualification_gap(demand(), found).gap.max()) < 1e-9


def test_margins_that_disagree_are_refused_with_the_difference():
    supply = xr.DataArray([250.0, 400.0, 300.0], {"education": CELLS["education"]})
    with pytest.raises(AccountError, match="differ by 50 persons") as caught:
        reconcile_qualifications(demand(), supply)
    assert caught.value.id == "InconsistentTotals"
    assert "demand 1,000, supply 950" in str(caught.value)


def test_gap_by_hand():
    wanted = xr.DataArray([[0.0, 50, 50], [10, 10, 0], [0, 0, 0]], CELLS)
    there = xr.DataArray([[10.0, 20, 70], [10, 10, 0], [0, 0, 0]], CELLS)
    found = qualification_gap(wanted, there)
    np.testing.assert_allclose(found.gap, [0.3, 0.0, np.nan])
    np.testing.assert_allclose(found.up, [0.2, 0.0, np.nan], atol=1e-12)
    np.testing.assert_allclose(found.up + found.under, found.gap)
    assert list(found.to_table().columns)[1:] == [
        "qualification_gap", "up_qualified", "under_qualified",
    ]  # fmt: skip


def test_a_level_with_too_many_is_paired_in_proportion():
    cells = {"occupation": ["51"], "education": ["2", "3", "6"]}
    wanted = xr.DataArray([[30.0, 0, 70]], cells)
    there = xr.DataArray([[20.0, 40, 40]], cells)
    found = qualification_gap(wanted, there)
    assert [part.item() for part in (found.gap, found.up, found.under)] == pytest.approx(
        [0.4, 0.1, 0.3]
    )
