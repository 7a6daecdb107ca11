# SPDX-License-Identifier: Apache-2.0
"""Employment by industry or region: shares on their trends, sums that agree with totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError, CoverageError, SchemaError
from keruen.project import _participation as kernel
from keruen.project._skillchecks import cells, check_counts, check_shares, check_years
from keruen.project.participation import FEWEST

_HALF_LIFE: Final = 8.0


def project_shares_of(
    employment: xr.DataArray, *, over: str, years: Sequence[int], damping: float = 0.9
) -> xr.DataArray:
    """Shares in employment of industries or regions, carried on by their fading trends.

    Parameters
    ----------
    employment : DataArray [year, ..., over], persons
        Employed people.
    over : str
        Dimension that the shares divide: ``sector`` or ``region``.
    years : sequence of int
        Years wanted, after the last observed.
    damping : float, optional
        What is left of a trend after each year.

    Returns
    -------
    DataArray [year, ..., over], share
        Adds to 1 in every year.

    Raises
    ------
    CoverageError
        Fewer than eight years, a cell is missing, or years do not lie ahead.
    SchemaError
        A count is negative (``NegativeInput``).

    See Also
    --------
    keruen.project.share_trends.project_shares : Occupations within industries.

    Notes
    -----
    ``w = ln s`` less its mean over the parts, regressed on time with weights that halve
    every eight years; slopes fade by ``damping`` a year from the last shares, and
    ``s = exp(w) / sum exp(w)``. A part with a zero in any year keeps its last share; the
    others share what is left.

    References
    ----------
    Aitchison, J. (1986). The Statistical Analysis of Compositional Data. Chapman and Hall.

    Examples
    --------
    >>> cells = {"year": range(2015, 2025), "sector": ["A", "G"]}
    >>> people = xr.DataArray([[50.0 - n, 50.0 + n] for n in range(10)], cells)
    >>> project_shares_of(people, over="sector", years=[2030]).round(3).values.tolist()
    [[0.369, 0.631]]
    """
    seen, values, parts = _ready(employment, over, years)
    share = values / values.sum(axis=-1, keepdims=True)
    moving = (share > 0).all(axis=0)
    logs = np.log(np.where(moving, share, 1.0))
    count = np.maximum(moving.sum(axis=-1, keepdims=True), 1)
    logs = np.where(moving, logs - logs.sum(axis=-1, keepdims=True) / count, 0.0)
    slope, _ = kernel.slopes(logs, seen, _HALF_LIFE)
    leads = np.asarray(years, dtype=float) - seen[-1]
    ahead = np.where(moving, np.exp(kernel.damped(logs[-1], slope, leads, damping)), 0.0)
    held = np.where(moving, 0.0, share[-1])
    room = 1.0 - held.sum(axis=-1, keepdims=True)
    whole = held + room * ahead / np.maximum(ahead.sum(axis=-1, keepdims=True), 1e-300)
    frame = parts.isel(year=-1, drop=True)
    result = frame.expand_dims(year=list(years)).copy(data=whole)
    return stamp(result, name="employment_share", units="share", kind="share", inputs=(employment,))


def _ready(
    employment: xr.DataArray, over: str, years: Sequence[int]
) -> tuple[kernel.Floats, kernel.Floats, xr.DataArray]:
    require_dims(employment, "year", over, name="employment")
    check_counts(employment=employment)
    parts = employment.sortby("year").transpose("year", ..., over)
    seen = parts.indexes["year"].to_numpy(dtype=float)
    if len(seen) < FEWEST:
        raise CoverageError(
            f"a trend needs {FEWEST} years, there are {len(seen)}",
            where=f"employment, {int(seen[0])} to {int(seen[-1])}",
            remedy="give more years, or hold the shares of the last",
            id="TooFewYears",
        )
    if not len(years) or min(years) <= seen[-1]:
        raise CoverageError(
            f"years to project begin in {min(years, default='none')}, employment ends in "
            f"{int(seen[-1])}",
            where="years",
            remedy="ask for years after the last observed",
            id="YearsDiffer",
        )
    values = np.asarray(parts.to_numpy(), dtype=float)
    if (values.sum(axis=-1) <= 0).any():
        raise SchemaError(
            f"nobody is employed in all of '{over}' together",
            where=cells(parts.sum(over) <= 0),
            remedy="leave the year out",
        )
    return seen, values, parts


def employment_by_share(total: xr.DataArray, shares: xr.DataArray, *, over: str) -> xr.DataArray:
    """Employment of parts that adds to a given total.

    Parameters
    ----------
    total : DataArray [year, ...], persons
        All employed.
    shares : DataArray [year, ..., over], share
        Shares of the parts.
    over : str
        Dimension that the shares divide.

    Returns
    -------
    DataArray [year, ..., over], persons

    Raises
    ------
    AccountError
        Shares do not add to 1 (``NotShares``).
    CoverageError
        Years differ (``YearsDiffer``).
    SchemaError
        The total is negative or missing.

    Examples
    --------
    >>> total = xr.DataArray([200.0], {"year": [2030]})
    >>> shares = xr.DataArray([[0.25, 0.75]], {"year": [2030], "sector": ["A", "G"]})
    >>> employment_by_share(total, shares, over="sector").values.tolist()
    [[50.0, 150.0]]
    """
    check_counts(total=total)
    check_shares(shares, over, name="shares")
    if "year" in total.dims and "year" in shares.dims:
        check_years(total, shares, names=("total", "shares"))
    total, shares = same_cells(total.rename("total"), shares.rename("shares"))
    return stamp(
        total * shares, name="employed", units="persons", kind="count", concept="stock",
        inputs=(total, shares),
    )  # fmt: skip


def check_parts(parts: xr.DataArray, total: xr.DataArray, *, over: str, tolerance: float) -> None:
    """Refuse parts that do not add to their published total, saying by how much.

    Parameters
    ----------
    parts : DataArray [year, ..., over], persons
        Employment of industries or regions.
    total : DataArray [year, ...], persons
        Published total of the same years.
    over : str
        Dimension of the parts.
    tolerance : float
        Largest difference allowed, as a share of the total.

    Raises
    ------
    AccountError
        They do not add up (``PartsAndTotal``).
    CoverageError
        Years do not line up (``YearsDiffer``).

    Examples
    --------
    >>> parts = xr.DataArray([[60.0, 40.0]], {"year": [2024], "sector": ["A", "G"]})
    >>> check_parts(parts, xr.DataArray([100.0], {"year": [2024]}), over="sector", tolerance=0.01)
    """
    check_counts(parts=parts, total=total)
    check_years(parts, total, names=(str(parts.name or "parts"), str(total.name or "total")))
    summed, total = same_cells(parts.sum(over).rename("parts"), total.rename("total"))
    gap = summed - total
    bad = abs(gap) > tolerance * total
    if bool(bad.any()):
        worst = float((gap / total).where(bad).max())
        low = float((gap / total).where(bad).min())
        raise AccountError(
            f"'{over}' does not add to the total in {int(bad.sum())} of {bad.size} cases, by "
            f"{(worst if abs(worst) > abs(low) else low):+.1%} at worst",
            where=cells(bad),
            remedy=f"give every part once and no totals among them; {tolerance:.1%} is allowed",
            id="PartsAndTotal",
        )
