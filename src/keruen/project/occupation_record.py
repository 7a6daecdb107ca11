# SPDX-License-Identifier: Apache-2.0
"""The record of a projection of occupations, read at a year of which the outcome is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.project._skillchecks import check_counts
from keruen.project.pointscores import dissimilarity, mape, rank_correlation, wape


@dataclass(frozen=True)
class OccupationRecord:
    """Scores of a projection beside constant shares, in the same occupations.

    Parameters
    ----------
    year : int
        Year of the outcome.
    occupations : int
        Occupations compared.
    dissimilarity, constant_dissimilarity : float
        Percent of workers in another occupation than said: projection, constant shares.
    mape, constant_mape : float
        Mean percentage error, both given the true total.
    wape, constant_wape : float
        Sum of errors in percent of the total, likewise.
    growth_rank : float
        Rank correlation of projected and actual growth.
    right_side : float
        Percent of occupations on the right side of mean growth.

    See Also
    --------
    occupation_record : Makes it.
    """

    year: int
    occupations: int
    dissimilarity: float
    constant_dissimilarity: float
    mape: float
    constant_mape: float
    wape: float
    constant_wape: float
    growth_rank: float
    right_side: float

    def __str__(self) -> str:
        return (
            f"read at {self.year}: {self.dissimilarity:.1f}% of workers were in another "
            f"occupation than projected, {self.constant_dissimilarity:.1f}% than with constant "
            f"shares; {self.occupations} occupations"
        )


def employment_at(employment: xr.DataArray, year: int) -> xr.DataArray:
    """Employment of a year on the straight line between the years of a projection.

    Parameters
    ----------
    employment : DataArray [year, ..., occupation], persons
        Employment at the years of a projection.
    year : int
        Year wanted, between the first and the last.

    Returns
    -------
    DataArray [..., occupation], persons

    Raises
    ------
    CoverageError
        The year lies outside (``YearsDiffer``).

    See Also
    --------
    occupation_record : Reads a projection at the year of an outcome.

    Examples
    --------
    >>> jobs = xr.DataArray([[100.0], [200.0]], {"year": [2016, 2026], "occupation": ["21"]})
    >>> employment_at(jobs, 2025).item()
    190.0
    """
    require_dims(employment, "year", "occupation", name="employment")
    years = employment.indexes["year"]
    if not years.min() <= year <= years.max():
        raise CoverageError(
            f"the projection does not reach {year}",
            where=f"years {years.min()} to {years.max()}",
            remedy="choose a year between them",
            id="YearsDiffer",
        )
    found = employment.sortby("year").interp(year=year).drop_vars("year")
    return stamp(found, name="employed", units="persons", kind="count", inputs=(employment,))


def occupation_record(
    employment: xr.DataArray, outcome: xr.DataArray, *, year: int
) -> OccupationRecord:
    """Scores of a projection against the outcome, beside constant shares.

    Parameters
    ----------
    employment : DataArray [year, occupation], persons
        Employment at the base of the projection and at later years.
    outcome : DataArray [occupation], persons
        Employment as it was; its level may be of another concept, only shares are read.
    year : int
        Year of the outcome.

    Returns
    -------
    OccupationRecord

    Raises
    ------
    CoverageError
        Occupations differ, or the year lies outside the projection.
    SchemaError
        A count is negative or missing.

    See Also
    --------
    keruen.project.pointscores.dissimilarity : The main score.

    Notes
    -----
    The projection is read on its straight line. Percentage errors give both rivals the
    total of the outcome, so that only the mix of occupations is judged.

    References
    ----------
    Wyatt, I. (2010). Evaluating the 1996-2006 employment projections. Monthly Labor Review,
    September.

    Examples
    --------
    >>> codes = {"occupation": ["21", "51", "91"]}
    >>> jobs = xr.DataArray([[40.0, 30, 30], [60.0, 30, 30]], {"year": [2016, 2026], **codes})
    >>> found = occupation_record(jobs, xr.DataArray([50.0, 25.0, 25.0], codes), year=2026)
    >>> found.dissimilarity, round(found.constant_dissimilarity, 6)
    (0.0, 10.0)
    """
    check_counts(employment=employment, outcome=outcome)
    employment, outcome = same_cells(employment.rename("employment"), outcome.rename("outcome"))
    base = employment.sortby("year").isel(year=0, drop=True)
    projected = employment_at(employment, year)
    share, first, actual = (one / one.sum("occupation") for one in (projected, base, outcome))
    total = outcome.sum("occupation")
    over = "occupation"
    own, naive = share * total, first * total
    growth, grown = share / first, actual / first
    side = (growth > 1.0) == (grown > 1.0)
    floor = float(np.nextafter(0.0, 1.0))
    return OccupationRecord(
        year=year,
        occupations=employment.sizes["occupation"],
        dissimilarity=100.0 * float(dissimilarity(share, actual, over=over)),
        constant_dissimilarity=100.0 * float(dissimilarity(first, actual, over=over)),
        mape=float(mape(own, outcome, over=over, floor=floor)),
        constant_mape=float(mape(naive, outcome, over=over, floor=floor)),
        wape=float(wape(own, outcome, over=over)),
        constant_wape=float(wape(naive, outcome, over=over)),
        growth_rank=rank_correlation(growth, grown),
        right_side=100.0 * float(side.mean()),
    )
