# SPDX-License-Identifier: Apache-2.0
"""Past forecasts scored: rolling origins, naive rivals, the same cells for every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError
from keruen.project import _scores
from keruen.project._scores import inside_name
from keruen.project.rivals import NAIVE, Method
from keruen.project.scores import LEVELS
from keruen.project.trackrecord import (
    NOT_EVALUATED,
    BackTest,
    Design,
    TrackRecord,
    record_text,
)

__all__ = [
    "NAIVE",
    "NOT_EVALUATED",
    "BackTest",
    "Design",
    "Method",
    "TrackRecord",
    "backtest",
    "record_text",
]


def backtest(
    method: Method,
    series: xr.DataArray,
    *,
    origins: Sequence[int],
    horizon: int,
    rivals: Mapping[str, Method] = NAIVE,
    vintages: Mapping[int, xr.DataArray] | None = None,
    name: str = "method",
    block: str = "country",
    tested: date | None = None,
    seed: int = 0,
) -> BackTest:
    """Forecasts made at past origins, scored beside naive rivals in the same cells.

    Parameters
    ----------
    method : callable
        Takes the history [year, ...] and the years wanted, gives a forecast
        [year, ...], with ``trajectory`` when it is a distribution.
    series : DataArray [year, country, ...]
        What is forecast, in today's figures; the outcomes come from it.
    origins : sequence of int
        Last years of data; a label of ``year`` each.
    horizon : int
        Periods ahead.
    rivals : mapping of str to callable, optional
        Naive methods; last value, mean of five, history mean and zero when not given.
    vintages : mapping of int to DataArray, optional
        The series as published at each origin; today's figures where there is none.
    name : str, optional
        Name of the method in tables.
    block : str, optional
        Dimension resampled for skill.
    tested : date, optional
        Day of the back-test; today when not given.
    seed : int, optional
        Seed of the resampling.

    Returns
    -------
    BackTest

    Raises
    ------
    CoverageError
        An origin is not in the series or nothing follows it; or a forecast lacks cells.
    SchemaError
        There is no origin, no rival or no dimension ``block``; or the horizon is below 1.

    See Also
    --------
    keruen.project.scores.skill : Skill with a block bootstrap.

    Notes
    -----
    The design is ``vintage`` when every origin has its own published series, else
    ``pseudo``. Years that the series does not reach are left out. A point forecast has its
    absolute error as CRPS.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import date
    >>> from keruen.project.rivals import history_mean, last_value
    >>> values = np.random.default_rng(1).normal(size=(40, 8))
    >>> coords = {"year": range(1980, 2020), "country": list("ABCDEFGH")}
    >>> series = xr.DataArray(values, coords=coords)
    >>> found = backtest(
    ...     history_mean, series, origins=range(2000, 2018), horizon=2,
    ...     rivals={"last value": last_value}, tested=date(2026, 1, 1),
    ... )
    >>> found.skill().verdict
    'better'
    """
    require_dims(series, "year", block, name="series")
    if not origins or not rivals or horizon < 1:
        raise SchemaError(
            "a back-test needs an origin, a rival and a horizon of 1 or more",
            where=f"origins={list(origins)}, rivals={list(rivals)}, horizon={horizon}",
        )
    vintages = vintages or {}
    methods = {name: method, **rivals}
    tables: list[xr.Dataset] = []
    for origin in origins:
        history, outcome = _cut(series, vintages.get(origin), origin, horizon)
        years = [int(year) for year in outcome.indexes["year"]]
        scored = [_score(one(history, years), outcome, label) for label, one in methods.items()]
        lead = np.arange(1, len(years) + 1)
        table = _stacked(scored, "forecaster", list(methods))
        tables.append(table.assign_coords(year=lead).rename(year="lead"))
    return BackTest(
        cells=_stacked(tables, "base_year", [int(origin) for origin in origins]),
        period_years=_period(series),
        design="vintage" if set(origins) <= set(vintages) else "pseudo",
        tested=tested or datetime.now(tz=UTC).date(),
        block=block,
        seed=seed,
    )


def _period(series: xr.DataArray) -> int:
    steps = np.unique(np.diff(series.indexes["year"].to_numpy()))
    if steps.size != 1 or steps[0] < 1:
        raise CoverageError("years are not evenly spaced", where="series", id="MissingPeriod")
    return int(steps[0])


def _cut(
    series: xr.DataArray, vintage: xr.DataArray | None, origin: int, horizon: int
) -> tuple[xr.DataArray, xr.DataArray]:
    """What was known at the origin, and what came after."""
    years = series.indexes["year"]
    if origin not in years or origin == years[-1]:
        raise CoverageError(
            f"no outcome follows the origin {origin}",
            where=f"series of {years[0]} to {years[-1]}",
            remedy="choose an origin inside the series, before its last year",
        )
    place = years.get_loc(origin) + 1
    seen = series if vintage is None else vintage
    history = seen.sel(year=seen.indexes["year"] <= origin)
    return history, series.isel(year=slice(place, place + horizon))


def _stacked(parts: list[xr.Dataset], dim: str, labels: list[str] | list[int]) -> xr.Dataset:
    """Tables one behind the other; cells that one lacks are missing."""
    return xr.concat(parts, dim=dim, join="outer").assign_coords({dim: labels})


def _score(forecast: xr.DataArray, outcome: xr.DataArray, name: str) -> xr.Dataset:
    """Scores of every cell of one forecast."""
    forecast = forecast.rename(name)
    outcome, forecast = same_cells(outcome, forecast)
    if "trajectory" not in forecast.dims:
        forecast = forecast.expand_dims("trajectory")
    forecast = forecast.transpose("trajectory", *outcome.dims)
    draws, truth = forecast.to_numpy(), outcome.to_numpy()
    values = {
        "absolute_error": np.abs(np.median(draws, axis=0) - truth),
        "crps": _scores.crps(draws, truth),
        "outcome": truth,
    }
    spread = len(draws) > 1
    missing = np.full(truth.shape, np.nan)
    for level in LEVELS:
        ends = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        inside = np.where(np.isnan(truth), np.nan, (truth >= ends[0]) & (truth <= ends[1]))
        values[inside_name(level)] = inside if spread else missing
        if level == 0.8:
            score = _scores.interval_score(ends[0], ends[1], truth, level)
            values["interval_score_80"] = score if spread else missing
    return xr.Dataset({key: outcome.copy(data=value) for key, value in values.items()})
