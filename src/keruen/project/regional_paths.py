# SPDX-License-Identifier: Apache-2.0
"""Paths of regional fertility and life expectancy around those of the country.

A region keeps a ratio to national fertility, and a difference from national life
expectancy, each of which wanders slowly about its usual value.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError

# Published five-year defaults; annual values follow from an AR(1) with the same spread.
_FERTILITY: Final = (0.92464, 0.04522)
_LIFE: Final = (0.95, 0.0482, -0.0154, 82.5)


def annual(correlation: float, spread: float) -> tuple[float, float]:
    """Annual correlation and innovation of an AR(1) from five-year ones.

    Parameters
    ----------
    correlation : float
        Correlation of values five years apart.
    spread : float
        Standard deviation of the five-year innovation.

    Returns
    -------
    tuple of float
        ``rho ** (1/5)`` and ``sigma sqrt((1 - rho ** (2/5)) / (1 - rho ** 2))``.

    Examples
    --------
    >>> [round(value, 5) for value in annual(0.92464, 0.04522)]
    [0.98445, 0.02086]
    """
    ratio = (1 - correlation ** (2 / 5)) / (1 - correlation**2)
    return correlation ** (1 / 5), float(spread * np.sqrt(ratio))


def regional_fertility(
    national: xr.DataArray, ratio: xr.DataArray, *, trajectories: int | None = None, seed: int = 0
) -> xr.DataArray:
    """Total fertility of regions by the scale model.

    Parameters
    ----------
    national : DataArray [..., year], births per woman
        National total fertility, with or without trajectories.
    ratio : DataArray [region]
        Regional over national fertility in the year before the first.
    trajectories : int, optional
        Paths to draw; none gives the expected path. Must equal those of ``national``.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    DataArray [trajectory, year, region], births per woman
        Regional paths; without trajectories the expected path.

    Raises
    ------
    CoverageError
        The numbers of trajectories differ.

    See Also
    --------
    regional_life_expectancy : The same for mortality.

    Notes
    -----
    ``f_r = alpha_r f`` with ``alpha`` an AR(1) about 1, five-year correlation 0.92464 and
    innovation 0.04522, converted to single years.

    References
    ----------
    Sevcikova, H., Raftery, A., Gerland, P. (2018). Demographic Research 38, 1843-1884.

    Examples
    --------
    >>> line = xr.DataArray([2.0, 2.0], coords={"year": [2024, 2025]})
    >>> share = xr.DataArray([1.2], coords={"region": ["KZ-61"]})
    >>> regional_fertility(line, share).round(4).values.tolist()
    [[2.3938], [2.3877]]
    """
    rho, sigma = annual(*_FERTILITY)
    alpha = _wander(ratio - 1, national, (rho, sigma), trajectories, seed) + 1
    paths = (alpha * national).clip(min=0.0)
    return stamp(paths, name="tfr", units="births per woman", kind="rate", inputs=(national, ratio))


def regional_life_expectancy(
    national: xr.DataArray,
    difference: xr.DataArray,
    *,
    trajectories: int | None = None,
    seed: int = 0,
) -> xr.DataArray:
    """Life expectancy of regions as a wandering difference from the country's.

    Parameters
    ----------
    national : DataArray [..., year], years
        National life expectancy at birth, with or without trajectories and sexes.
    difference : DataArray [region, ...], years
        Regional less national life expectancy in the year before the first.
    trajectories : int, optional
        Paths to draw; none gives the expected path. Must equal those of ``national``.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    DataArray [trajectory, year, region, ...], years
        Regional paths; without trajectories the expected path.

    Raises
    ------
    CoverageError
        The numbers of trajectories differ.

    See Also
    --------
    regional_fertility : The same for fertility.

    Notes
    -----
    ``alpha' = rho alpha + N(0, sigma^2)``, ``sigma = a + b min(e - U, 0)``; five-year values
    0.95, 0.0482, -0.0154, 82.5. Converting the innovation to one year needs the square
    root: rho 0.98979, a 0.0220, b -0.00703.

    References
    ----------
    Sevcikova, H., Raftery, A. (2021). Demographic Research 44, 1003-1034.

    Examples
    --------
    >>> line = xr.DataArray([75.0, 75.2], coords={"year": [2024, 2025]})
    >>> gap = xr.DataArray([-2.0], coords={"region": ["KZ-61"]})
    >>> regional_life_expectancy(line, gap).round(3).values.tolist()
    [[73.02], [73.241]]
    """
    rho5, a5, b5, level = _LIFE
    rho, a = annual(rho5, a5)
    b = np.sign(b5) * annual(rho5, abs(b5))[1]
    sigma = a + b * (national - level).clip(max=0.0)
    paths = national + _wander(difference, national, (rho, sigma), trajectories, seed)
    return stamp(
        paths, name="life_expectancy", units="years", kind="index", inputs=(national, difference)
    )


def _wander(
    start: xr.DataArray,
    national: xr.DataArray,
    process: tuple[float, float | xr.DataArray],
    trajectories: int | None,
    seed: int,
) -> xr.DataArray:
    """AR(1) about zero from a start, one path a region, over the years of the country."""
    require_dims(national, "year", name="national")
    require_dims(start, "region", name="start")
    rho, sigma = process
    given = national.sizes.get("trajectory")
    if None not in (given, trajectories) and given != trajectories:
        raise CoverageError(
            f"{trajectories} trajectories are asked, the country has {given}",
            where="trajectories",
            remedy="draw as many paths for the regions as for the country",
        )
    years = national.indexes["year"]
    n = given if trajectories is None else trajectories
    start, _ = same_cells(start.rename("start"), national.rename("national"))
    value = start if n is None else start.expand_dims(trajectory=np.arange(n))
    rng = np.random.default_rng(seed)
    steps = []
    for year in years:
        spread = sigma.sel(year=year, drop=True) if isinstance(sigma, xr.DataArray) else sigma
        value = rho * value
        if n is not None:
            value = value + spread * value.copy(data=rng.standard_normal(value.shape))
        steps.append(value)
    return xr.concat(steps, dim=years.rename("year"))
