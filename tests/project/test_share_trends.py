# SPDX-License-Identifier: Apache-2.0
"""Shares of later years: exact trends, damping, cells that are held, few cases that borrow."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError
from keruen.project.share_trends import pooled_shares, project_shares

JOBS = ["2", "7", "9"]


def matrix(tables: list[list[list[float]]], years: list[int]) -> xr.DataArray:
    sectors = [chr(65 + k) for k in range(len(tables[0]))]
    return xr.DataArray(tables, {"year": years, "sector": sectors, "occupation": JOBS})


def logit_table(slope: float, years: list[int]) -> xr.DataArray:
    """An industry whose odds of 2 against 7 and 9 grow by a known rate."""
    tables = []
    for year in years:
        odds = np.array([np.exp(slope * (year - years[0])), 1.0, 1.0])
        tables.append([(1000 * odds / odds.sum()).tolist()])
    return matrix(tables, years)


def test_an_exact_logit_trend_is_carried_on_exactly():
    given = logit_table(0.03, [2015, 2020, 2025])
    found = project_shares(given, years=[2025, 2035]).shares
    odds = np.array([np.exp(0.03 * 20), 1.0, 1.0])
    np.testing.assert_allclose(found.sel(year=2035, sector="A"), odds / odds.sum(), rtol=1e-10)
    np.testing.assert_allclose(found.sum("occupation"), 1.0)


def test_after_ten_years_the_trend_counts_by_half():
    given = logit_table(0.03, [2015, 2025])
    found = project_shares(given, years=[2045]).shares
    odds = np.array([np.exp(0.03 * (10 + 10 + 5)), 1.0, 1.0])
    np.testing.assert_allclose(found.sel(year=2045, sector="A"), odds / odds.sum(), rtol=1e-10)


def test_one_matrix_gives_constant_shares_and_says_so():
    given = matrix([[[50.0, 30.0, 20.0]]], [2025])
    found = project_shares(given, years=[2025, 2040])
    np.testing.assert_allclose(found.shares.sel(year=2040, sector="A"), [0.5, 0.3, 0.2])
    assert found.adjustments["reason"].tolist() == ["one matrix year: shares are held constant"]


def test_a_cell_that_was_ever_zero_is_held_and_listed():
    given = matrix([[[60.0, 40.0, 0.0]], [[50.0, 40.0, 10.0]]], [2020, 2025])
    found = project_shares(given, years=[2030])
    assert found.shares.sel(year=2030, sector="A", occupation="9").item() == pytest.approx(0.1)
    assert found.adjustments["cell"].tolist() == ["sector=A, occupation=9"]
    np.testing.assert_allclose(found.shares.sum("occupation"), 1.0)


def test_few_cases_are_drawn_to_the_slope_of_the_occupation():
    tables = [[[100.0, 100, 100]] * 4, [[150.0, 75, 75]] * 3 + [[75.0, 150, 75]]]
    given = matrix(tables, [2020, 2025])
    many = xr.full_like(given, 10_000.0)
    few = many.copy()
    few[:, 3] = 3.0
    own = project_shares(given, years=[2030], cases=many).slope.sel(sector="D", occupation="2")
    drawn = project_shares(given, years=[2030], cases=few).slope.sel(sector="D", occupation="2")
    mean = project_shares(given, years=[2030]).slope.sel(sector="A", occupation="2")
    free = project_shares(given, years=[2030]).slope.sel(sector="D", occupation="2")
    assert own.item() == pytest.approx(free.item(), abs=0.005)
    assert free.item() < 0 < drawn.item() <= mean.item()


def test_a_year_before_the_matrix_is_refused():
    with pytest.raises(CoverageError, match="2020"):
        project_shares(matrix([[[5.0, 3.0, 2.0]]], [2025]), years=[2020])


def test_cells_with_enough_cases_do_not_borrow():
    cells = {"sector": ["41", "42"], "occupation": ["7", "9"]}
    given = xr.DataArray([[60.0, 40.0], [10.0, 90.0]], cells)
    shares, listed = pooled_shares(given, given * 100, parents={"41": "F", "42": "F"})
    np.testing.assert_allclose(shares, [[0.6, 0.4], [0.1, 0.9]])
    assert listed.empty
    with pytest.raises(CoverageError, match="42"):
        pooled_shares(given, given, parents={"41": "F"})
