# SPDX-License-Identifier: Apache-2.0
"""Scores of forecasts given as distributions, and skill over the best naive rival.

Scores of point forecasts (MAE, WAPE ...) are in :mod:`keruen.project.pointscores`, skill over
a rival in :mod:`keruen.project.skill`; both can be had from here too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.core.random import stream
from keruen.project import _scores
from keruen.project.pointscores import (
    dissimilarity,
    mape,
    mase,
    mean_absolute_error,
    median_absolute_error,
    rank_correlation,
    wape,
)
from keruen.project.skill import Skill, skill

__all__ = [
    "Skill",
    "coverage",
    "crps",
    "dissimilarity",
    "energy_score",
    "interval_score",
    "mape",
    "mase",
    "mean_absolute_error",
    "median_absolute_error",
    "pit",
    "rank_correlation",
    "skill",
    "wape",
]

LEVELS = (0.5, 0.8, 0.95)
"""Probabilities of the central intervals that every report shows."""


def crps(forecast: xr.DataArray, outcome: xr.DataArray) -> xr.DataArray:
    """Continuous ranked probability score of every cell, in its fair form.

    Parameters
    ----------
    forecast : DataArray [trajectory, ...]
        Draws of the forecast; of a single draw the score is its distance.
    outcome : DataArray [...]
        What happened.

    Returns
    -------
    DataArray [...]
        In the unit of the forecast; smaller is better.

    Raises
    ------
    SchemaError
        There is no dimension ``trajectory``.
    CoverageError
        Labels differ.

    See Also
    --------
    skill : Compare mean scores with a rival's.

    Notes
    -----
    ``mean|x - y| - sum_{i<j} |x_i - x_j| / (S (S - 1))`` for S draws; the expectation does
    not depend on S.

    References
    ----------
    Gneiting, T. and Raftery, A. (2007). J. American Statistical Association 102, 359-378.

    Examples
    --------
    >>> draws = xr.DataArray([1.0, 2.0, 3.0, 4.0, 5.0], coords={"trajectory": range(5)})
    >>> round(crps(draws, xr.DataArray(3.4)).item(), 6)
    0.28
    """
    draws, truth = _matched(forecast, outcome)
    score = outcome.copy(data=_scores.crps(draws, truth))
    units = str(forecast.attrs.get("units", ""))
    return stamp(score, name="crps", units=units, kind="index")


def interval_score(
    lower: xr.DataArray, upper: xr.DataArray, outcome: xr.DataArray, *, level: float
) -> xr.DataArray:
    """Width of an interval, with a fine for missing the outcome.

    Parameters
    ----------
    lower, upper : DataArray [any]
        Ends of a central interval.
    outcome : DataArray [any]
        What happened.
    level : float
        Probability the interval claims, for example 0.8.

    Returns
    -------
    DataArray
        In the unit of the interval; smaller is better.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        The level is not inside 0 to 1, or a lower end is above its upper end.

    Notes
    -----
    ``(u - l) + 2 / (1 - level) [(l - y)+ + (y - u)+]``.

    References
    ----------
    Gneiting, T. and Raftery, A. (2007). J. American Statistical Association 102, 359-378.

    Examples
    --------
    >>> ends = xr.DataArray(1.2), xr.DataArray(4.8)
    >>> round(interval_score(*ends, xr.DataArray(5.3), level=0.8).item(), 6)
    8.6
    """
    _scores.refuse_levels([level])
    lower, upper, outcome = same_cells(lower, upper, outcome)
    lower, upper, outcome = xr.broadcast(lower, upper, outcome)
    if bool((lower > upper).any()):
        raise SchemaError("a lower end is above its upper end", where="lower", id="Crossed")
    values = _scores.interval_score(lower.to_numpy(), upper.to_numpy(), outcome.to_numpy(), level)
    score = outcome.copy(data=values)
    units = str(lower.attrs.get("units", ""))
    return stamp(score, name="interval_score", units=units, kind="index", level=level)


def pit(forecast: xr.DataArray, outcome: xr.DataArray, *, seed: int = 0) -> xr.DataArray:
    """Place of every outcome in its forecast distribution, 0 to 1.

    Parameters
    ----------
    forecast : DataArray [trajectory, ...]
        Draws of the forecast.
    outcome : DataArray [...]
        What happened.
    seed : int, optional
        Seed of the place among draws equal to the outcome.

    Returns
    -------
    DataArray [...], share
        Uniform over many cells when the forecasts are calibrated; missing where the
        outcome is.

    Raises
    ------
    SchemaError
        There is no dimension ``trajectory``.
    CoverageError
        Labels differ.

    Notes
    -----
    Share of draws below the outcome, plus a random part of the share equal to it.

    Examples
    --------
    >>> draws = xr.DataArray([1.0, 2.0, 3.0, 4.0, 5.0], coords={"trajectory": range(5)})
    >>> pit(draws, xr.DataArray(3.4)).item()
    0.6
    """
    draws, truth = _matched(forecast, outcome)
    chance = stream(seed, "project", "scores", "pit").random(truth.shape)
    place = outcome.copy(data=_scores.pit(draws, truth, chance))
    return stamp(place, name="pit", units="share", kind="share")


def coverage(
    forecast: xr.DataArray,
    outcome: xr.DataArray,
    *,
    over: str | Sequence[str],
    levels: Sequence[float] = LEVELS,
) -> xr.DataArray:
    """Share of outcomes inside central intervals.

    Parameters
    ----------
    forecast : DataArray [trajectory, ...]
        Draws of the forecast.
    outcome : DataArray [...]
        What happened; missing cells are left out.
    over : str or sequence of str
        Dimensions to take the share over.
    levels : sequence of float, optional
        Probabilities the intervals claim: 50, 80 and 95% when not given.

    Returns
    -------
    DataArray [level, ...], share
        Close to the level when the forecasts are calibrated.

    Raises
    ------
    SchemaError
        There is no dimension ``trajectory``, or a level is not inside 0 to 1.
    CoverageError
        Labels differ.

    Examples
    --------
    >>> draws = xr.DataArray(
    ...     [[1.0, 2.0, 3.0, 4.0, 5.0]] * 2,
    ...     coords={"country": ["A", "B"], "trajectory": range(5)},
    ... )
    >>> outcome = xr.DataArray([3.4, 4.9], coords={"country": ["A", "B"]})
    >>> coverage(draws, outcome, over="country", levels=[0.5, 1 - 1e-9]).values.tolist()
    [0.5, 1.0]
    """
    _scores.refuse_levels(levels)
    draws, truth = _matched(forecast, outcome)
    tail = (1.0 - np.asarray(levels)) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    inside = np.where(np.isnan(truth), np.nan, (truth >= low) & (truth <= high))
    cells = xr.DataArray(inside, dims=("level", *outcome.dims), coords=outcome.coords)
    share = cells.assign_coords(level=list(levels)).mean(over)
    return stamp(share, name="coverage", units="share", kind="share")


def energy_score(
    forecast: xr.DataArray, outcome: xr.DataArray, *, over: str | Sequence[str]
) -> xr.DataArray:
    """Score of a whole vector at once: ages, regions, or both.

    Parameters
    ----------
    forecast : DataArray [trajectory, ...]
        Draws of the forecast, exchangeable.
    outcome : DataArray [...]
        What happened.
    over : str or sequence of str
        Dimensions of the vector.

    Returns
    -------
    DataArray
        In the unit of the forecast, one score for all cells of the vector.

    Raises
    ------
    SchemaError
        A dimension is missing.
    CoverageError
        Labels differ.

    Notes
    -----
    ``E|x - y| - E|x - x'| / 2`` with Euclidean distances, the second mean taken over
    neighbouring draws.

    References
    ----------
    Gneiting, T. and Raftery, A. (2007). J. American Statistical Association 102, 359-378.

    Examples
    --------
    >>> draws = xr.DataArray(
    ...     [[3.0, 4.0], [3.0, 4.0]], coords={"trajectory": [0, 1], "age": [0, 5]}
    ... )
    >>> energy_score(draws, xr.DataArray([0.0, 0.0], coords={"age": [0, 5]}), over="age").item()
    5.0
    """
    dims = [over] if isinstance(over, str) else list(over)
    require_dims(outcome, *dims, name="outcome")
    rest = [dim for dim in outcome.dims if dim not in dims]
    ordered = outcome.transpose(*rest, *dims)
    draws, truth = _matched(forecast, ordered)
    shape = truth.shape[: len(rest)]
    values = _scores.energy(draws.reshape(len(draws), *shape, -1), truth.reshape(*shape, -1))
    score = xr.DataArray(values, dims=rest, coords={dim: ordered.indexes[str(dim)] for dim in rest})
    units = str(forecast.attrs.get("units", ""))
    return stamp(score, name="energy_score", units=units, kind="index")


def _matched(forecast: xr.DataArray, outcome: xr.DataArray) -> tuple[_scores.Array, _scores.Array]:
    """Values with draws first, then the axes of the outcome."""
    require_dims(forecast, "trajectory", name="forecast")
    outcome, forecast = same_cells(outcome, forecast)
    odd = set(forecast.dims) ^ {"trajectory", *outcome.dims}
    if odd:
        raise CoverageError(
            f"forecast and outcome do not share {', '.join(sorted(map(str, odd)))}",
            where="forecast",
            remedy="give both by the same dimensions, beside trajectory",
            id="ShapeMismatch",
        )
    draws = forecast.transpose("trajectory", *outcome.dims).to_numpy()
    return np.asarray(draws, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
