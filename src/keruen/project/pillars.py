# SPDX-License-Identifier: Apache-2.0
"""The shortage index of three pillars: growth, replacement, mismatch; in the style of Cedefop."""

from __future__ import annotations

import xarray as xr

from keruen.core.arrays import same_cells, stamp


def shortage_index(
    *, demand_growth: xr.DataArray, replacement_rate: xr.DataArray, mismatch: xr.DataArray
) -> xr.DataArray:
    """Labour and skills shortage index: mean of three standardised pillars, as Cedefop's.

    Parameters
    ----------
    demand_growth : DataArray [..., occupation], share
        Growth of employment over the horizon.
    replacement_rate : DataArray [..., occupation], share
        Replacement demand relative to employment.
    mismatch : DataArray [..., occupation], share
        Imbalance of supply and demand: the qualification gap.

    Returns
    -------
    DataArray [..., occupation], standard deviations
        Relative to the other occupations only; a pillar that is the same everywhere adds 0.

    Raises
    ------
    CoverageError
        Labels differ.

    See Also
    --------
    keruen.project.qualifications.qualification_gap : The third pillar.

    Notes
    -----
    ``mean of (x - mean(x)) / sd(x)``, over occupations that have all three pillars. The
    publisher standardises in its own way; ranks compare, values do not.

    References
    ----------
    Cedefop (2025). Labour and skills shortage index.

    Examples
    --------
    >>> jobs = {"occupation": ["21", "51", "91"]}
    >>> grown, left, apart = (xr.DataArray(v, jobs)
    ...     for v in ([0.2, 0.1, 0.0], [0.3, 0.3, 0.3], [0.4, 0.1, 0.1]))
    >>> found = shortage_index(demand_growth=grown, replacement_rate=left, mismatch=apart)
    >>> found.round(3).values.tolist()
    [0.88, -0.236, -0.644]
    """
    grown, left, apart = same_cells(
        demand_growth.rename("demand_growth"),
        replacement_rate.rename("replacement_rate"),
        mismatch.rename("mismatch"),
    )
    known = grown.notnull() & left.notnull() & apart.notnull()
    pillars = [_standardised(one.where(known)) for one in (grown, left, apart)]
    return stamp(
        (pillars[0] + pillars[1] + pillars[2]) / 3.0,
        name="shortage_index",
        units="standard deviations",
        kind="index",
    )


def _standardised(pillar: xr.DataArray) -> xr.DataArray:
    off = pillar - pillar.mean("occupation")
    spread = pillar.std("occupation")
    flat = spread <= 1e-12 * abs(pillar).max("occupation")
    scaled = (off / spread.where(~flat)).where(~flat, 0.0).where(pillar.notnull())
    return scaled.transpose(*off.dims)
