# SPDX-License-Identifier: Apache-2.0
"""Forecasts of asylum applications as draws, by methods that anybody can check."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import CodeError, CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream
from keruen.decide.refugees._forecast_methods import (
    LAGS,
    SEASONS,
    Floats,
    Past,
    elastic_net,
    last_value,
    negative_binomial,
    seasonal_naive,
)

ForecastMethod = Literal["last_value", "seasonal_naive", "negative_binomial", "elastic_net"]

_RUN: Final[dict[str, Callable[[Past, int, np.random.Generator], Floats]]] = {
    "last_value": last_value,
    "seasonal_naive": seasonal_naive,
    "negative_binomial": negative_binomial,
    "elastic_net": elastic_net,
}
_FEWEST_ORIGINS: Final = 8
"""Origins that the elastic net must be able to learn from."""


def forecast_methods(time: Literal["year", "month"]) -> tuple[ForecastMethod, ...]:
    """Methods that make sense for a series, the simplest first.

    Parameters
    ----------
    time : {"year", "month"}
        Dimension of time.

    Returns
    -------
    tuple of str
        Years have no seasons: their seasonal naive is the last value.

    Examples
    --------
    >>> forecast_methods("year")
    ('last_value', 'negative_binomial', 'elastic_net')
    """
    every: tuple[ForecastMethod, ...] = (
        "last_value",
        "seasonal_naive",
        "negative_binomial",
        "elastic_net",
    )
    return every if time == "month" else (every[0], *every[2:])


def forecast_applications(
    history: xr.DataArray,
    *,
    ahead: int,
    method: ForecastMethod,
    seed: int,
    draws: int = 1000,
    exposure: xr.DataArray | None = None,
    signals: xr.Dataset | None = None,
) -> xr.DataArray:
    """Applications of the periods ahead, as draws.

    Parameters
    ----------
    history : DataArray [month or year, ...], persons
        Applications seen, complete, in order; other dimensions (``origin``, ``destination``)
        are series that lend each other strength.
    ahead : int
        Periods to forecast.
    method : {"last_value", "seasonal_naive", "negative_binomial", "elastic_net"}
        See Notes; :func:`evaluate_forecasts` says which to trust on these series.
    seed : int
        Seed of the run.
    draws : int, optional
        Trajectories.
    exposure : DataArray [month or year, ...], optional
        For the negative binomial: what the counts are proportional to, such as people
        displaced at the origin; over history and periods ahead, above 0.
    signals : Dataset [month or year, ...], optional
        For the elastic net: early signals (border crossings, events, searches), 0 or more,
        over the history, each for every series or for all.

    Returns
    -------
    DataArray [trajectory, month or year, ...], whole persons
        Labels of time go on from the last one of the history.

    Raises
    ------
    SchemaError
        There is no dimension of time or two, a count is negative, the history is too short
        (``TooShort``), or scikit-learn is not installed (``ExtraMissing``). All together.
    CoverageError
        A count is missing (``MissingCell``), or exposure or signals do not cover the periods.
    CodeError
        The method is unknown, or is the seasonal naive of a yearly series.

    See Also
    --------
    evaluate_forecasts : How well each method would have done.
    with_shocks : Events that no method can foresee.

    Notes
    -----
    ``last_value``: the last count; changes of ``log(y + 1)`` like those seen, up and down
    alike, add up. ``seasonal_naive``: the count of the same season a year before.
    ``negative_binomial``: level of the last five years times season times exposure, by
    Poisson likelihood, spread by moments. ``elastic_net``: change of ``log(y + 1)`` over the
    periods ahead, regressed on two lagged changes, their mean over all series, the distance
    from the mean of three years, the season and signals; one model for each number of
    periods ahead, fitted to all series.

    References
    ----------
    Carammia, M., Iacus, S. M. and Wilkin, T. (2022). Scientific Reports 12, 1457.
    Zou, H. and Hastie, T. (2005). Journal of the Royal Statistical Society B 67, 301-320.

    Examples
    --------
    >>> seen = xr.DataArray([90.0, 110, 100, 105], {"year": [2022, 2023, 2024, 2025]})
    >>> drawn = forecast_applications(seen, ahead=2, method="negative_binomial", seed=1)
    >>> drawn["year"].values.tolist(), abs(drawn.mean() - 101).item() < 3
    ([2026, 2027], True)
    """
    time = time_of(history)
    _check(history, time, ahead, method, draws)
    past, labels = _past(history, time, ahead, exposure, signals, needs_net=method == "elastic_net")
    rng = stream(seed, "refugees", "forecast", method)
    values = _RUN[method](past, draws, rng)
    rest = [dim for dim in history.dims if dim != time]
    array = xr.DataArray(
        values.reshape(draws, ahead, *(history.sizes[dim] for dim in rest)),
        {
            "trajectory": np.arange(draws),
            time: labels,
            **{str(dim): history[dim].to_numpy() for dim in rest},
        },
        ("trajectory", time, *rest),
    )
    return stamp(
        array,
        name="applications",
        units="persons",
        kind="count",
        inputs=[history],
        method=method,
        status="projection",
    )


def time_of(history: xr.DataArray) -> Literal["year", "month"]:
    """Dimension of time of a series.

    Parameters
    ----------
    history : DataArray [month or year, ...]
        A series.

    Returns
    -------
    {"year", "month"}

    Raises
    ------
    SchemaError
        There is none, or both.

    Examples
    --------
    >>> time_of(xr.DataArray([1.0], {"year": [2025]}))
    'year'
    """
    found = [dim for dim in SEASONS if dim in history.dims]
    if len(found) != 1:
        raise SchemaError(
            f"the history has {' and '.join(found) or 'neither month nor year'}",
            where=f"dimensions {few(history.dims)}",
            remedy="give 'year', or months counted on in one dimension 'month'",
        )
    require_dims(history, found[0], name="history")
    return "year" if found[0] == "year" else "month"


def _check(history: xr.DataArray, time: str, ahead: int, method: str, draws: int) -> None:
    allowed = forecast_methods("year" if time == "year" else "month")
    if method not in allowed:
        what = f"no method '{method}' for a series by {time}"
        raise CodeError(what, where="method", remedy=f"use {', '.join(allowed)}")
    values = history.to_numpy().astype(float)
    labels = history[time].to_numpy()
    faults: list[WorkbenchError] = []
    if not np.isfinite(values).all():
        what = f"{int((~np.isfinite(values)).sum())} counts of the history are missing"
        remedy = "fill or leave out those series: a gap is not a 0"
        faults.append(CoverageError(what, where="history", remedy=remedy, id="MissingCell"))
    elif (values < 0).any():
        what = f"{int((values < 0).sum())} counts are negative"
        faults.append(SchemaError(what, where="history", remedy="0 or more", id="NegativeInput"))
    if (np.diff(labels.astype(float)) != 1).any():
        what = f"{time}s of the history do not follow on each other"
        remedy = "number months on, 1, 2, 3 ...; fill gaps of years"
        faults.append(CoverageError(what, where="history", remedy=remedy, id="BrokenSeries"))
    if ahead < 1 or draws < 1:
        what = f"{ahead} periods ahead, {draws} draws"
        faults.append(SchemaError(what, where="ahead, draws", remedy="1 or more"))
    least = shortest_history(method, time, ahead)
    if len(labels) < least:
        what = f"{len(labels)} {time}s are too few for '{method}', {ahead} ahead"
        remedy = f"give {least} or more, or use a simpler method"
        faults.append(SchemaError(what, where="history", remedy=remedy, id="TooShort"))
    if method == "elastic_net" and find_spec("sklearn") is None:
        remedy = "install with: pip install 'keruen[records]'"
        what = "the elastic net needs scikit-learn"
        faults.append(SchemaError(what, remedy=remedy, id="ExtraMissing"))
    raise_faults(faults, where="forecast")


def shortest_history(method: str, time: str, ahead: int) -> int:
    """Periods that a method needs.

    Parameters
    ----------
    method : str
        A method of :func:`forecast_methods`.
    time : {"year", "month"}
        Dimension of time.
    ahead : int
        Periods to forecast.

    Returns
    -------
    int

    Examples
    --------
    >>> shortest_history("elastic_net", "year", 2)
    13
    """
    season = SEASONS[time]
    if method == "elastic_net":
        first = max(LAGS, season if season > 1 else 0) + 1
        return first + ahead + _FEWEST_ORIGINS
    return 2 * season + 1 if season > 1 else 3


def _past(
    history: xr.DataArray,
    time: str,
    ahead: int,
    exposure: xr.DataArray | None,
    signals: xr.Dataset | None,
    *,
    needs_net: bool,
) -> tuple[Past, np.ndarray]:
    """Numbers of a history and the labels of the periods ahead."""
    ordered = history.transpose(time, ...)
    counts = ordered.to_numpy().astype(float).reshape(len(ordered), -1)
    labels = ordered[time].to_numpy()
    future = labels[-1] + np.arange(1, ahead + 1)
    exposed = np.ones((len(counts) + ahead, counts.shape[1]))
    if exposure is not None:
        exposed = _cells(exposure, ordered, time, np.concatenate([labels, future]), "exposure")
        if not (exposed > 0).all():
            raise SchemaError("an exposure is not above 0", where="exposure", id="NegativeInput")
    known = []
    for name, signal in signals.data_vars.items() if signals is not None and needs_net else ():
        values = _cells(signal, ordered, time, labels, str(name))
        if not (values >= 0).all():
            raise SchemaError("a signal is negative", where=str(name), id="NegativeInput")
        known.append(np.log1p(values))
    stacked = np.stack(known) if known else np.empty((0, *counts.shape))
    return Past(counts, SEASONS[time], exposed, stacked, ahead), future


def _cells(
    array: xr.DataArray, history: xr.DataArray, time: str, labels: np.ndarray, name: str
) -> Floats:
    """Numbers [time, series] of an array that may be the same for all series."""
    require_dims(array, time, name=name)
    lacking = [label for label in labels if label not in array[time].to_numpy()]
    if lacking:
        raise CoverageError(
            f"'{name}' has no {time} {few(lacking)}",
            where=name,
            remedy=f"give it for {labels[0]} to {labels[-1]}",
        )
    _, same = same_cells(history, array.rename(name), exclude=[time])
    over = same.sel({time: labels})
    shape = history.isel({time: 0}, drop=True)
    full = (over + xr.zeros_like(shape)).transpose(time, *shape.dims)
    values = full.to_numpy().astype(float).reshape(len(labels), -1)
    if not np.isfinite(values).all():
        raise CoverageError(f"'{name}' has missing numbers", where=name, id="MissingCell")
    return values
