# SPDX-License-Identifier: Apache-2.0
"""From industries to occupations: who works where, and what changes the number of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.core.tables import to_table
from keruen.project._skillchecks import cells, check_counts, check_shares, check_years

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Staffing:
    """Employment by occupation, and why it differs from the base year.

    Parameters
    ----------
    employment : DataArray [year, ..., occupation], persons
        Employed people.
    industry_effect : DataArray [year, ..., occupation], persons
        Change since the base year because industries grow or shrink.
    share_effect : DataArray [year, ..., occupation], persons
        Change because industries employ other occupations.
    joint_effect : DataArray [year, ..., occupation], persons
        What the two do only together.

    See Also
    --------
    occupation_employment : Makes it.
    """

    employment: xr.DataArray
    industry_effect: xr.DataArray
    share_effect: xr.DataArray
    joint_effect: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a year and occupation.

        Returns
        -------
        DataFrame
            Keys, then ``employment`` and the three effects.
        """
        table = to_table(self.employment)
        for part in (self.industry_effect, self.share_effect, self.joint_effect):
            table[str(part.name)] = to_table(part)[str(part.name)]
        return table


def occupation_shares(matrix: xr.DataArray) -> xr.DataArray:
    """Share of each occupation in the employment of an industry.

    Parameters
    ----------
    matrix : DataArray [..., sector, occupation], persons
        Employed people by industry and occupation.

    Returns
    -------
    DataArray [..., sector, occupation], share
        Adds to 1 over occupations.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``) or missing.
    CoverageError
        An industry employs nobody (``EmptyIndustry``).

    See Also
    --------
    occupation_employment : What the shares are for.
    keruen.project.share_trends.project_shares : Shares of later years.

    Examples
    --------
    >>> matrix = xr.DataArray([[30.0, 10.0]], {"sector": ["F"], "occupation": ["7", "9"]})
    >>> occupation_shares(matrix).values.tolist()
    [[0.75, 0.25]]
    """
    require_dims(matrix, "sector", "occupation", name="matrix")
    check_counts(matrix=matrix)
    whole = matrix.sum("occupation")
    if bool((whole == 0).any()):
        raise CoverageError(
            f"{int((whole == 0).sum())} industries employ nobody in the matrix",
            where=cells(whole == 0),
            remedy="leave them out, or give them the shares of the industry they belong to",
            id="EmptyIndustry",
        )
    return stamp(
        matrix / whole, name="occupation_share", units="share", kind="share", inputs=(matrix,)
    )


def occupation_employment(
    employment: xr.DataArray, shares: xr.DataArray, *, base_year: int
) -> Staffing:
    """Employment by occupation from employment by industry, with its two effects.

    Parameters
    ----------
    employment : DataArray [year, ..., sector], persons
        Employed people by industry.
    shares : DataArray [..., sector, occupation], share
        Occupations of each industry; with ``year``, for every year of the employment.
    base_year : int
        Year that changes are counted from.

    Returns
    -------
    Staffing
        Employment and the industry, share and joint effect, which add to the change.

    Raises
    ------
    AccountError
        Shares do not add to 1 (``NotShares``).
    CoverageError
        Industries differ, the base year is not there, or years do not line up
        (``YearsDiffer``).
    SchemaError
        Employment is negative (``NegativeInput``) or missing.

    See Also
    --------
    occupation_shares : Shares from a matrix.

    Notes
    -----
    ``E[o, t] = sum_i s[o|i, t] E[i, t]`` and ``E[o, t] - E[o, 0] = sum s0 (E - E0) +
    sum (s - s0) E0 + sum (s - s0)(E - E0)``: industry, share and joint effect.

    References
    ----------
    Cedefop (2012). Skills supply and demand in Europe: methodological framework. Research
    Paper 25, 10.2801/85871.

    Examples
    --------
    >>> jobs = xr.DataArray([[100.0, 100.0], [120.0, 90.0]],
    ...     {"year": [2025, 2030], "sector": ["C", "F"]})
    >>> shares = xr.DataArray([[0.6, 0.4], [0.2, 0.8]],
    ...     {"sector": ["C", "F"], "occupation": ["7", "9"]})
    >>> found = occupation_employment(jobs, shares, base_year=2025)
    >>> found.employment.sel(year=2030).values.tolist()
    [90.0, 120.0]
    >>> found.industry_effect.sel(year=2030).round(6).values.tolist()
    [10.0, 0.0]
    """
    require_dims(employment, "year", "sector", name="employment")
    require_dims(shares, "sector", "occupation", name="shares")
    check_counts(employment=employment)
    check_shares(shares, "occupation", name="shares")
    if "year" in shares.dims:
        check_years(employment, shares, names=("employment", "shares"))
    employment, shares = same_cells(employment.rename("employment"), shares.rename("shares"))
    base = _at(employment, base_year)
    first = _at(shares, base_year) if "year" in shares.dims else shares
    grown, changed = employment - base, shares - first
    total = xr.dot(employment, shares, dim="sector")
    parts = {
        "industry_effect": xr.dot(grown, first, dim="sector"),
        "share_effect": xr.dot(base, changed, dim="sector").broadcast_like(total),
        "joint_effect": xr.dot(grown, changed, dim="sector"),
    }
    return Staffing(
        employment=_persons(total, "employed", employment, shares),
        **{name: _persons(part, name, employment, shares) for name, part in parts.items()},
    )


def _at(array: xr.DataArray, year: int) -> xr.DataArray:
    if year not in array.indexes["year"]:
        raise CoverageError(
            f"the base year {year} is not among the years",
            where=f"years {array.indexes['year'].min()} to {array.indexes['year'].max()}",
            remedy="add it, or choose another base year",
            id="YearsDiffer",
        )
    return array.sel(year=year, drop=True)


def _persons(array: xr.DataArray, name: str, *inputs: xr.DataArray) -> xr.DataArray:
    return stamp(array, name=name, units="persons", kind="count", inputs=inputs)
