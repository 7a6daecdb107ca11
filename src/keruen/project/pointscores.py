# SPDX-License-Identifier: Apache-2.0
"""Scores of point forecasts: how far from what happened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError

Dims = str | Sequence[str]


def mean_absolute_error(
    forecast: xr.DataArray, outcome: xr.DataArray, *, over: Dims
) -> xr.DataArray:
    """Mean distance between forecast and outcome.

    Parameters
    ----------
    forecast : DataArray [any]
        One value a cell.
    outcome : DataArray [any]
        What happened, in the same cells.
    over : str or sequence of str
        Dimensions to average over.

    Returns
    -------
    DataArray
        In the unit of the forecast; missing where an outcome is missing.

    Raises
    ------
    CoverageError
        Labels differ.

    See Also
    --------
    wape : The same relative to the outcome.

    Notes
    -----
    ``mean |f - y|``.

    Examples
    --------
    >>> ages = {"age": [0, 5]}
    >>> forecast = xr.DataArray([10.0, 20.0], coords=ages)
    >>> outcome = xr.DataArray([12.0, 19.0], coords=ages)
    >>> mean_absolute_error(forecast, outcome, over="age").item()
    1.5
    """
    forecast, outcome = same_cells(forecast, outcome)
    score = abs(forecast - outcome).mean(over, skipna=False)
    units = str(forecast.attrs.get("units", ""))
    return stamp(score, name="mae", units=units, kind="index")


def median_absolute_error(
    forecast: xr.DataArray, outcome: xr.DataArray, *, over: Dims
) -> xr.DataArray:
    """Median distance between forecast and outcome.

    Parameters
    ----------
    forecast : DataArray [any]
        One value a cell.
    outcome : DataArray [any]
        What happened, in the same cells.
    over : str or sequence of str
        Dimensions to take the median over.

    Returns
    -------
    DataArray
        In the unit of the forecast; missing where an outcome is missing.

    Raises
    ------
    CoverageError
        Labels differ.

    Examples
    --------
    >>> places = {"country": ["A", "B", "C"]}
    >>> forecast = xr.DataArray([10.0, 20.0, 90.0], coords=places)
    >>> outcome = xr.DataArray([12.0, 19.0, 30.0], coords=places)
    >>> median_absolute_error(forecast, outcome, over="country").item()
    2.0
    """
    forecast, outcome = same_cells(forecast, outcome)
    score = abs(forecast - outcome).median(over, skipna=False)
    units = str(forecast.attrs.get("units", ""))
    return stamp(score, name="median_absolute_error", units=units, kind="index")


def mape(
    forecast: xr.DataArray, outcome: xr.DataArray, *, over: Dims, floor: float
) -> xr.DataArray:
    """Mean percentage error of the cells that are large enough for one.

    Parameters
    ----------
    forecast : DataArray [any]
        One value a cell.
    outcome : DataArray [any]
        What happened, in the same cells.
    over : str or sequence of str
        Dimensions to average over.
    floor : float
        Cells whose outcome is below this are left out.

    Returns
    -------
    DataArray, percent
        Missing where no cell reaches the floor, or an outcome is missing.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        The floor is not above 0.

    Examples
    --------
    >>> places = {"country": ["A", "B"]}
    >>> forecast = xr.DataArray([110.0, 3.0], coords=places)
    >>> outcome = xr.DataArray([100.0, 1.0], coords=places)
    >>> mape(forecast, outcome, over="country", floor=50).item()
    10.0
    """
    if not floor > 0:
        raise SchemaError("the floor of a percentage error is above 0", where=f"floor={floor}")
    forecast, outcome = same_cells(forecast, outcome)
    known = outcome.notnull().all(over)
    share = 100.0 * abs(forecast - outcome) / outcome.where(outcome >= floor)
    return stamp(share.mean(over).where(known), name="mape", units="percent", kind="index")


def wape(forecast: xr.DataArray, outcome: xr.DataArray, *, over: Dims) -> xr.DataArray:
    """Sum of distances relative to the sum of outcomes.

    Parameters
    ----------
    forecast : DataArray [any], persons
        One value a cell.
    outcome : DataArray [any], persons
        What happened, in the same cells.
    over : str or sequence of str
        Dimensions to add up: ages and sexes, pairs of places.

    Returns
    -------
    DataArray, percent
        Missing where the outcomes add to zero.

    Raises
    ------
    CoverageError
        Labels differ.

    Notes
    -----
    ``100 sum |f - y| / sum |y|``.

    Examples
    --------
    >>> ages = {"age": [0, 5]}
    >>> forecast = xr.DataArray([10.0, 20.0], coords=ages)
    >>> outcome = xr.DataArray([12.0, 18.0], coords=ages)
    >>> round(wape(forecast, outcome, over="age").item(), 2)
    13.33
    """
    forecast, outcome = same_cells(forecast, outcome)
    mass = abs(outcome).sum(over, skipna=False)
    distance = abs(forecast - outcome).sum(over, skipna=False)
    score = 100.0 * distance / mass.where(mass > 0)
    return stamp(score, name="wape", units="percent", kind="index")


def mase(forecast: xr.DataArray, outcome: xr.DataArray, *, history: xr.DataArray) -> xr.DataArray:
    """Mean distance over the years, relative to the usual step of the series before.

    Parameters
    ----------
    forecast : DataArray [year, ...]
        One value a cell.
    outcome : DataArray [year, ...]
        What happened, in the same cells.
    history : DataArray [year, ...]
        The series up to the origin of the forecast.

    Returns
    -------
    DataArray [...], ratio
        Below 1, the forecast erred less than the series used to move in one step.

    Raises
    ------
    CoverageError
        Labels differ.

    Notes
    -----
    ``mean |f - y| / mean |y[t] - y[t-1]|``, missing where the series never moved.

    References
    ----------
    Hyndman, R. and Koehler, A. (2006). International Journal of Forecasting 22, 679-688.

    Examples
    --------
    >>> past = xr.DataArray([1.0, 3.0, 5.0], coords={"year": [2000, 2001, 2002]})
    >>> future = {"year": [2003]}
    >>> forecast, outcome = xr.DataArray([5.0], coords=future), xr.DataArray([6.0], coords=future)
    >>> mase(forecast, outcome, history=past).item()
    0.5
    """
    forecast, outcome = same_cells(forecast, outcome)
    same_cells(outcome, history, exclude=["year"])
    step = abs(history.diff("year")).mean("year")
    error = abs(forecast - outcome).mean("year", skipna=False)
    return stamp(error / step.where(step > 0), name="mase", units="ratio", kind="index")


def dissimilarity(forecast: xr.DataArray, outcome: xr.DataArray, *, over: Dims) -> xr.DataArray:
    """Part of a whole that would have to change its group for two divisions to agree.

    Parameters
    ----------
    forecast, outcome : DataArray [any], share
        Shares that add to 1 over the groups.
    over : str or sequence of str
        Dimensions that hold the groups.

    Returns
    -------
    DataArray, share

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        Shares do not add to 1 within 1e-6 (``NotShares``).

    Notes
    -----
    ``sum |f - y| / 2``.

    Examples
    --------
    >>> groups = {"sector": ["A", "B"]}
    >>> forecast = xr.DataArray([0.3, 0.7], coords=groups)
    >>> outcome = xr.DataArray([0.5, 0.5], coords=groups)
    >>> round(dissimilarity(forecast, outcome, over="sector").item(), 3)
    0.2
    """
    forecast, outcome = same_cells(forecast, outcome)
    for name, shares in (("forecast", forecast), ("outcome", outcome)):
        if float(abs(shares.sum(over) - 1.0).max()) > 1e-6:
            raise SchemaError(
                "shares do not add to 1",
                where=name,
                remedy="divide by the total first",
                id="NotShares",
            )
    score = abs(forecast - outcome).sum(over, skipna=False) / 2.0
    return stamp(score, name="dissimilarity", units="share", kind="share")


def rank_correlation(forecast: xr.DataArray, outcome: xr.DataArray) -> float:
    """Rank correlation of forecast and outcome over all their cells.

    Parameters
    ----------
    forecast, outcome : DataArray [any]
        Growth, changes or levels; cells missing in either are left out.

    Returns
    -------
    float
        Spearman's coefficient, from -1 to 1; missing when either never varies.

    Raises
    ------
    CoverageError
        Labels differ, or fewer than three cells are known in both.

    Examples
    --------
    >>> places = {"country": ["A", "B", "C"]}
    >>> forecast = xr.DataArray([1.0, 2.0, 9.0], coords=places)
    >>> outcome = xr.DataArray([0.1, 0.3, 0.4], coords=places)
    >>> round(rank_correlation(forecast, outcome), 6)
    1.0
    """
    from scipy.stats import rankdata

    forecast, outcome = same_cells(forecast, outcome)
    outcome = outcome.transpose(*forecast.dims)
    left, right = forecast.to_numpy().ravel(), outcome.to_numpy().ravel()
    both = ~(np.isnan(left) | np.isnan(right))
    if both.sum() < 3:
        raise CoverageError("fewer than three cells are known in both", where="rank_correlation")
    ranks = rankdata(left[both]), rankdata(right[both])
    if min(np.ptp(ranks[0]), np.ptp(ranks[1])) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
