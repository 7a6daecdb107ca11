# SPDX-License-Identifier: Apache-2.0
"""Occupations of regions: the national matrix fitted to what is known of each region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.errors import AccountError
from keruen.project import skills

if TYPE_CHECKING:
    from keruen.report.skills_demand import Notes

_ROUNDING: Final = 0.01


def regional_shares(
    shares: xr.DataArray, employment: xr.DataArray, known: xr.DataArray, notes: Notes
) -> xr.DataArray:
    """Shares of occupations in the industries of each region, from its known occupations.

    Parameters
    ----------
    shares : DataArray [year, sector, occupation], share
        National shares, the first year being the base.
    employment : DataArray [region, sector], persons
        Employment of the base year.
    known : DataArray [region, occupation], persons
        Employed people of the base year by occupation.
    notes : Notes
        Takes what was rescaled.

    Returns
    -------
    DataArray [year, region, sector, occupation], share

    Raises
    ------
    AccountError
        Totals of a region differ by more than 1 percent (``InconsistentTotals``).
    InfeasibleError
        No table with the zeros of the matrix meets both.

    Notes
    -----
    The seed is ``employment x national share``; it is fitted to both margins. In later years
    a share moves as the national one does, and is divided by the sum over occupations.
    """
    whole, told = employment.sum("sector"), known.sum("occupation")
    off = (told / whole.where(whole > 0) - 1.0).fillna(0.0)
    worst = str(abs(off).idxmax("region").item())
    if float(abs(off).max()) > _ROUNDING:
        jobs, people = float(whole.sel(region=worst)), float(told.sel(region=worst))
        raise AccountError(
            f"'regions' and 'employment' disagree by {abs(people - jobs):,.0f} people in {worst}",
            where=f"{people:,.0f} by occupation, {jobs:,.0f} by industry",
            remedy="give both for the same people and year; 1 percent is allowed for rounding",
            id="InconsistentTotals",
        )
    if bool((off != 0).any()):
        most = f"{float(abs(off).max()):.3%}"
        notes.assume(f"occupations of regions are brought to their employment, by {most} at most")
    first = shares.isel(year=0, drop=True)
    margin = known * (whole / told.where(told > 0)).fillna(0.0)
    fitted = skills.fit_margins(employment * first, [employment, margin]).flows
    filled = fitted.sum("occupation")
    base = (fitted / filled.where(filled > 0)).fillna(first.broadcast_like(fitted))
    moved = base * (shares / first.where(first > 0)).fillna(0.0)
    result = moved / moved.sum("occupation")
    return result.transpose("year", "region", "sector", "occupation")
