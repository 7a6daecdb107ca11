# SPDX-License-Identifier: Apache-2.0
"""Persistence of net migration, country by country, from published intervals of population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.project._kernel import Floats
from keruen.project.intervals import CORRELATIONS

CANDIDATES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 0.92, 0.98)
"""Correlations five years apart at which paths are projected; between them is interpolated."""

_FINE: Final = 0.01
"""Step of the correlations among which the best is sought."""

_PULL: Final = 0.01
"""Weight of a squared difference from the start beside those of log widths: it decides where
migration hardly moves the population, and nowhere else."""


def width_ratio(total: xr.DataArray, intervals: xr.DataArray) -> xr.DataArray:
    """Width of the 95 % interval of paths over that of published quantiles.

    Parameters
    ----------
    total : DataArray [trajectory, year, ...], persons
        Total population of each path.
    intervals : DataArray [quantile, year, ...], persons
        Published quantiles, of the same dates; 0.025 and 0.975 are used.

    Returns
    -------
    DataArray [year, ...], ratio
        Widths are those of the logarithm. Missing where the published interval has no
        width, or reaches nobody.

    Raises
    ------
    CoverageError
        Countries differ, or no year is in both (``MissingPeriod``).
    SchemaError
        The outer quantiles are not published.

    See Also
    --------
    calibrated_correlation : Makes the ratio as near to 1 as it can.

    Examples
    --------
    >>> line = {"trajectory": range(1001), "year": [2050]}
    >>> paths = xr.DataArray(np.exp(np.linspace(-1, 1, 1001))[:, None], coords=line)
    >>> bounds = {"quantile": [0.025, 0.975], "year": [2050]}
    >>> stated = xr.DataArray(np.exp([[-1.9], [1.9]]), coords=bounds)
    >>> width_ratio(paths, stated).item()
    0.5
    """
    require_dims(total, "trajectory", "year", name="total")
    require_dims(intervals, "quantile", "year", name="intervals")
    years = [year for year in total.indexes["year"] if year in intervals.indexes["year"]]
    if not years:
        raise CoverageError(
            "the paths and the published intervals have no year in common",
            where="total, intervals",
            remedy="date both to the same day of the year",
            id="MissingPeriod",
        )
    ours, theirs = same_cells(_width(total.sel(year=years)), _stated(intervals.sel(year=years)))
    return stamp(ours / theirs, name="width_ratio", units="ratio", kind="index")


def calibrated_correlation(
    total: Callable[[float], xr.DataArray],
    intervals: xr.DataArray,
    *,
    years: Sequence[int],
    start: float = CORRELATIONS["net_migration"],
    candidates: Sequence[float] = CANDIDATES,
) -> xr.DataArray:
    """Correlation of net migration five years apart that meets published intervals.

    Parameters
    ----------
    total : callable
        Projects paths whose net migration has the correlation given, the same for all
        countries, and returns their total population.
    intervals : DataArray [quantile, year, ...], persons
        Published quantiles of total population, of the dates of ``total``.
    years : sequence of int
        Years whose widths are to be met. Leave the late ones out and judge by them.
    start : float, optional
        Correlation that is kept where the widths do not tell.
    candidates : sequence of float, optional
        Correlations to project with, increasing from 0 to below 1.

    Returns
    -------
    DataArray [...]
        A correlation a country, within the candidates.

    Raises
    ------
    CoverageError
        Countries or years differ, or a country has no published width to meet.
    SchemaError
        Fewer than two candidates, or not increasing within 0 to 1.

    See Also
    --------
    keruen.project.intervals.trajectories_from_intervals : Takes the correlations.

    Notes
    -----
    Wherever every year has its published rates, only their persistence is free: the more
    persistent, the wider the population. The logarithm of the width is interpolated between
    candidates, and the correlation ``rho`` is taken that has the least sum over ``years`` of
    squared differences from the published, plus ``0.01 (rho - start)^2``.

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology.

    Examples
    --------
    >>> deviations = np.linspace(-2.0, 2.0, 1001)[:, None]
    >>> def total(correlation):
    ...     values = np.exp(deviations * (0.5 + correlation))
    ...     return xr.DataArray(values, coords={"trajectory": range(1001), "year": [2050]})
    >>> bounds = {"quantile": [0.025, 0.975], "year": [2050]}
    >>> stated = xr.DataArray(np.exp([[-1.9], [1.9]]), coords=bounds)
    >>> abs(calibrated_correlation(total, stated, years=[2050]).item() - 0.5) < 0.02
    True
    """
    _check_candidates(candidates)
    known = intervals.sel(year=list(years))
    ratios = xr.concat(
        [_misses(total(one), known) for one in candidates],
        dim=xr.DataArray(list(candidates), dims="candidate", name="candidate"),
    )
    bare = ratios.isnull().any("candidate").all("year")
    if bool(bare.any()):
        raise CoverageError(
            f"{int(bare.sum())} countries have no published width to meet",
            where=f"years {min(years)} to {max(years)}",
            remedy="leave them out, or choose other years",
        )
    fine = np.arange(candidates[0], candidates[-1] + _FINE / 2, _FINE)
    cells = [str(dim) for dim in ratios.dims if dim not in ("candidate", "year")]
    values = ratios.transpose("candidate", "year", *cells).to_numpy()
    loss = np.nansum(_between(values, candidates, fine) ** 2, axis=1)
    loss += _PULL * ((fine - start) ** 2).reshape(-1, *([1] * len(cells)))
    best = fine[loss.argmin(axis=0)]
    result = ratios.isel(candidate=0, year=0, drop=True).transpose(*cells).copy(data=best.round(2))
    return stamp(result, name="correlation", units="correlation", kind="index", inputs=(known,))


def _between(values: Floats, known: Sequence[float], wanted: Floats) -> Floats:
    """Values along the first axis, linear between the known places."""
    place = np.clip(np.searchsorted(known, wanted, side="right") - 1, 0, len(known) - 2)
    low, high = np.asarray(known)[place], np.asarray(known)[place + 1]
    share = ((wanted - low) / (high - low)).reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(values[place] * (1 - share) + values[place + 1] * share)


def _misses(total: xr.DataArray, intervals: xr.DataArray) -> xr.DataArray:
    """Logarithm of the ratio of widths in the years of the intervals."""
    return _log(width_ratio(total, intervals).sel(year=intervals.indexes["year"]))


def _width(total: xr.DataArray) -> xr.DataArray:
    ends = (total.quantile(p, dim="trajectory") for p in (0.025, 0.975))
    low, high = (end.drop_vars("quantile") for end in ends)
    return _log(high / low).rename("total")


def _log(array: xr.DataArray) -> xr.DataArray:
    return array.copy(data=np.log(array.to_numpy()))


def _stated(intervals: xr.DataArray) -> xr.DataArray:
    """Published log widths, missing where there is none."""
    levels = np.asarray(intervals.indexes["quantile"], dtype=float)
    ends = [int(np.abs(levels - level).argmin()) for level in (0.025, 0.975)]
    if np.abs(levels[ends] - (0.025, 0.975)).max() > 1e-6:
        raise SchemaError(
            "the quantiles 0.025 and 0.975 are not both there",
            where=f"quantile = {levels.tolist()}",
            remedy="give the ends of the 95 % interval",
        )
    low, high = (intervals.isel(quantile=end, drop=True) for end in ends)
    return _log(high.where(high > low) / low.where(low > 0)).rename("intervals")


def _check_candidates(candidates: Sequence[float]) -> None:
    values = np.asarray(candidates, dtype=float)
    good = values.ndim == 1 and len(values) > 1 and (np.diff(values) > 0).all()
    if not good or values[0] < 0 or values[-1] >= 1:
        raise SchemaError(
            "candidates do not increase from 0 to below 1",
            where=f"candidates = {list(candidates)}",
            remedy="give two or more, for example (0.0, 0.5, 0.9)",
        )
