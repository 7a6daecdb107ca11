# SPDX-License-Identifier: Apache-2.0
"""Occupations from industries: effects that add up, shares that do, years that line up."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import AccountError, CoverageError, SchemaError
from keruen.project.staffing import occupation_employment, occupation_shares

YEARS, SECTORS, JOBS = [2025, 2030], ["C", "F"], ["2", "7", "9"]


def jobs() -> xr.DataArray:
    return xr.DataArray([[100.0, 200.0], [150.0, 180.0]], {"year": YEARS, "sector": SECTORS})


def shares(moving: float = 0.0) -> xr.DataArray:
    base = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]])
    later = base + moving * np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]])
    cells = {"year": YEARS, "sector": SECTORS, "occupation": JOBS}
    return xr.DataArray(np.stack([base, later]), cells)


def test_effects_add_to_the_change():
    found = occupation_employment(jobs(), shares(0.05), base_year=2025)
    change = found.employment.sel(year=2030) - found.employment.sel(year=2025)
    parts = (found.industry_effect + found.share_effect + found.joint_effect).sel(year=2030)
    np.testing.assert_allclose(parts, change)
    # by hand: professionals 50 + 20 then 0.55 * 150 + 0.1 * 180 = 100.5
    assert found.employment.sel(year=2030, occupation="2").item() == pytest.approx(100.5)
    assert found.industry_effect.sel(year=2030, occupation="2").item() == pytest.approx(23.0)
    assert found.share_effect.sel(year=2030, occupation="2").item() == pytest.approx(5.0)
    assert found.joint_effect.sel(year=2030, occupation="2").item() == pytest.approx(2.5)


def test_occupations_of_a_year_add_to_its_industries():
    found = occupation_employment(jobs(), shares(0.05), base_year=2025)
    np.testing.assert_allclose(found.employment.sum("occupation"), jobs().sum("sector"))


def test_constant_shares_have_no_share_effect():
    constant = shares().sel(year=2025, drop=True)
    found = occupation_employment(jobs(), constant, base_year=2025)
    assert float(abs(found.share_effect).max()) == 0.0
    assert float(abs(found.joint_effect).max()) == 0.0
    assert list(found.to_table().columns) == [
        "year", "occupation", "employed", "industry_effect", "share_effect", "joint_effect",
    ]  # fmt: skip


def test_regions_and_trajectories_run_together():
    weights = xr.DataArray([1.0, 2.0, 4.0], {"region": ["KZ-10", "KZ-11", "KZ-15"]})
    found = occupation_employment(jobs() * weights, shares(), base_year=2025)
    alone = occupation_employment(jobs() * 2.0, shares(), base_year=2025)
    np.testing.assert_allclose(found.employment.sel(region="KZ-11"), alone.employment)
    assert found.employment.dims == ("year", "region", "occupation")


def test_effects_of_regions_with_their_own_shares():
    weights = xr.DataArray([1.0, 2.0], {"region": ["KZ-10", "KZ-11"]})
    own = xr.concat([shares(0.05), shares(0.0)], dim="region").assign_coords(region=weights.region)
    found = occupation_employment(jobs() * weights, own, base_year=2025)
    alone = occupation_employment(jobs() * 2.0, shares(0.0), base_year=2025)
    for name in ("employment", "industry_effect", "share_effect", "joint_effect"):
        one = getattr(found, name)
        assert one.dims == ("year", "region", "occupation")
        np.testing.assert_allclose(one.sel(region="KZ-11"), getattr(alone, name), atol=1e-9)


def test_shares_that_do_not_add_up_are_refused_with_their_sum():
    wrong = shares().sel(year=2025, drop=True)
    wrong[1, 0] += 0.25
    with pytest.raises(AccountError, match=r"sector=F add to 1\.25") as caught:
        occupation_employment(jobs(), wrong, base_year=2025)
    assert caught.value.id == "NotShares"


def test_years_that_do_not_line_up_are_named():
    with pytest.raises(CoverageError, match="lacks 2030") as caught:
        occupation_employment(jobs(), shares().sel(year=[2025]), base_year=2025)
    assert caught.value.id == "YearsDiffer"
    with pytest.raises(CoverageError, match="base year 2020"):
        occupation_employment(jobs(), shares(), base_year=2020)


def test_an_industry_without_shares_is_named():
    with pytest.raises(CoverageError, match="lacks F"):
        occupation_employment(jobs(), shares().sel(sector=["C"]), base_year=2025)


def test_negative_employment_is_refused_with_its_cell():
    wrong = jobs()
    wrong[1, 0] = -5.0
    with pytest.raises(SchemaError, match="year=2030, sector=C") as caught:
        occupation_employment(wrong, shares(), base_year=2025)
    assert caught.value.id == "NegativeInput"


def test_an_empty_industry_is_named():
    matrix = xr.DataArray([[1.0, 1.0], [0.0, 0.0]], {"sector": SECTORS, "occupation": ["2", "7"]})
    with pytest.raises(CoverageError, match="sector=F") as caught:
        occupation_shares(matrix)
    assert caught.value.id == "EmptyIndustry"
