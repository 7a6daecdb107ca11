# SPDX-License-Identifier: Apache-2.0
"""Naive forecasts: what any method must beat before it may be called better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.errors import CoverageError, SchemaError

Method = Callable[[xr.DataArray, Sequence[int]], xr.DataArray]
"""A forecasting method: history [year, ...] and the years wanted give [trajectory, year, ...]."""


def last_value(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """The last observation, for ever.

    Parameters
    ----------
    history : DataArray [year, ...]
        Series up to the origin.
    years : sequence of int
        Years wanted.

    Returns
    -------
    DataArray [year, ...]

    Examples
    --------
    >>> past = xr.DataArray([1.0, 4.0], coords={"year": [2000, 2001]})
    >>> last_value(past, [2002, 2003]).values.tolist()
    [4.0, 4.0]
    """
    return _held(_series(history).isel(year=-1, drop=True), years)


def history_mean(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """The mean of everything observed.

    Parameters
    ----------
    history : DataArray [year, ...]
        Series up to the origin.
    years : sequence of int
        Years wanted.

    Returns
    -------
    DataArray [year, ...]

    Examples
    --------
    >>> past = xr.DataArray([1.0, 4.0], coords={"year": [2000, 2001]})
    >>> history_mean(past, [2002]).values.tolist()
    [2.5]
    """
    return _held(_series(history).mean("year"), years)


def recent_mean(periods: int) -> Method:
    """The mean of the last periods, as a method.

    Parameters
    ----------
    periods : int
        Number of periods.

    Returns
    -------
    callable

    Raises
    ------
    SchemaError
        The number is below 1.

    Examples
    --------
    >>> past = xr.DataArray([1.0, 4.0, 6.0], coords={"year": [2000, 2001, 2002]})
    >>> recent_mean(2)(past, [2003]).values.tolist()
    [5.0]
    """
    if periods < 1:
        raise SchemaError("a mean needs one period or more", where=f"periods={periods}")

    def method(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
        return _held(_series(history).isel(year=slice(-periods, None)).mean("year"), years)

    return method


def zero(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """Nothing: no net migration.

    Parameters
    ----------
    history : DataArray [year, ...]
        Series up to the origin.
    years : sequence of int
        Years wanted.

    Returns
    -------
    DataArray [year, ...]

    Examples
    --------
    >>> zero(xr.DataArray([1.0], coords={"year": [2000]}), [2001]).values.tolist()
    [0.0]
    """
    return _held(xr.zeros_like(_series(history).isel(year=-1, drop=True)), years)


def constant_growth(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """The growth rate of the last period, for ever; for series above zero.

    Parameters
    ----------
    history : DataArray [year, ...]
        Series up to the origin, two periods or more.
    years : sequence of int
        Years wanted.

    Returns
    -------
    DataArray [year, ...]
        Missing where the series is not above zero.

    Raises
    ------
    CoverageError
        There is a single period.

    Notes
    -----
    ``y[t + h] = y[t] (y[t] / y[t - 1])^h``.

    Examples
    --------
    >>> past = xr.DataArray([100.0, 110.0], coords={"year": [2000, 2001]})
    >>> constant_growth(past, [2002, 2003]).round(1).values.tolist()
    [121.0, 133.1]
    """
    series = _series(history)
    if series.sizes["year"] < 2:
        raise CoverageError("growth needs two periods", where="history")
    before, last = (series.isel(year=place, drop=True) for place in (-2, -1))
    ratio = (last / before).where((last > 0) & (before > 0))
    labels = series.indexes["year"]
    steps = (np.asarray(years) - labels[-1]) / (labels[-1] - labels[-2])
    ahead = xr.DataArray(steps, coords={"year": list(years)})
    return last * ratio**ahead


def damped_trend(periods: int, damping: float) -> Method:
    """The mean change of the last periods, fading with every step, as a method.

    Parameters
    ----------
    periods : int
        Number of past changes averaged.
    damping : float
        Share of the change that is left a step later; 1 keeps it for ever.

    Returns
    -------
    callable
        History [year, ...] and years give a forecast [year, ...].

    Raises
    ------
    CoverageError
        The history is too short (``MissingPeriod``).

    See Also
    --------
    constant_growth : Of a series above zero; a trend of its logarithm is the same.

    Notes
    -----
    ``y[t + h] = y[t] + d sum(damping^i, i = 1..h)``.

    References
    ----------
    Gardner, E., McKenzie, E. (1985). Management Science 31(10), 1237-1246.

    Examples
    --------
    >>> past = xr.DataArray([1.0, 2.0, 3.0], coords={"year": [2000, 2001, 2002]})
    >>> damped_trend(2, 0.5)(past, [2003, 2004]).values.tolist()
    [3.5, 3.75]
    """

    def method(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
        if _series(history).sizes["year"] <= periods:
            raise CoverageError(
                f"a trend of {periods} periods needs {periods + 1} values",
                where=f"history has {history.sizes['year']}",
                id="MissingPeriod",
            )
        last, before = (history.isel(year=at, drop=True) for at in (-1, -1 - periods))
        reach = np.cumsum(damping ** np.arange(1, len(years) + 1))
        steps = xr.DataArray(reach, coords={"year": list(years)})
        return last + (last - before) / periods * steps

    return method


NAIVE: Final[dict[str, Method]] = {
    "last value": last_value,
    "mean of five": recent_mean(5),
    "history mean": history_mean,
    "zero": zero,
}
"""Rivals that run in every back-test of net migration."""


def _series(history: xr.DataArray) -> xr.DataArray:
    require_dims(history, "year", name="history")
    return history


def _held(level: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    return level.expand_dims(year=list(years))
