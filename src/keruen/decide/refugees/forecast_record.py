# SPDX-License-Identifier: Apache-2.0
"""How well forecasts of applications would have done: every method, from every past origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.refugees._forecast_methods import SEASONS, Floats
from keruen.decide.refugees.forecast import (
    ForecastMethod,
    forecast_applications,
    forecast_methods,
    shortest_history,
    time_of,
)

if TYPE_CHECKING:
    import pandas as pd

_LEVELS = (0.8, 0.95)


@dataclass(frozen=True)
class ForecastRecord:
    """Errors and coverage of each method by periods ahead.

    Parameters
    ----------
    table : DataFrame
        One row a method and number of periods ahead: ``method``, ``ahead``, ``relative`` (error
        over that of the first method, geometric mean of series), ``better`` (share of series in
        which it errs less than the first method), ``mase`` (mean of series), ``mase_median``,
        ``bias`` (mean of forecast less outcome, over the mean outcome), ``coverage_80``,
        ``coverage_95``, ``forecasts``. The first method is the last value, unless chosen
        otherwise.
    by_series : DataFrame
        ``method``, ``ahead``, the dimensions of the series, ``mase``.
    best : str
        Method with the least relative error, on average of all periods ahead.

    See Also
    --------
    evaluate_forecasts : Makes it.
    """

    table: pd.DataFrame
    by_series: pd.DataFrame
    best: str

    def to_table(self) -> pd.DataFrame:
        """The errors.

        Returns
        -------
        DataFrame
        """
        return self.table


def evaluate_forecasts(
    history: xr.DataArray,
    *,
    ahead: int,
    seed: int,
    methods: Sequence[ForecastMethod] | None = None,
    first: int | None = None,
    draws: int = 500,
    exposure: xr.DataArray | None = None,
    signals: xr.Dataset | None = None,
) -> ForecastRecord:
    """Forecasts from one past origin after the other, each knowing only what was known.

    Parameters
    ----------
    history : DataArray [month or year, ...], persons
        Applications, complete, as of :func:`forecast_applications`.
    ahead : int
        Most periods ahead.
    seed : int
        Seed of the run.
    methods : sequence of str, optional
        Methods to compare, all that make sense when not given.
    first : int, optional
        Label of the first origin; the first from which all methods can forecast when not given.
    draws : int, optional
        Trajectories of each forecast.
    exposure, signals : DataArray and Dataset, optional
        As of :func:`forecast_applications`; an exposure beyond an origin counts as known.

    Returns
    -------
    ForecastRecord

    Raises
    ------
    SchemaError
        The history leaves no origin (``TooShort``), and all of :func:`forecast_applications`.

    See Also
    --------
    forecast_applications : The methods.

    Notes
    -----
    The point forecast is the median. Its error is scaled by the mean absolute change of the
    series from one year to the next up to the origin (mean absolute scaled error): below 1,
    a forecast errs less than the series used to move. Coverage is the share of outcomes
    within the central interval. A mean of scaled errors is ruled by the few series that
    exploded; methods are therefore ranked by the geometric mean of relative errors.

    References
    ----------
    Davydenko, A. and Fildes, R. (2013). International Journal of Forecasting 29, 510-522.
    Hyndman, R. and Koehler, A. (2006). International Journal of Forecasting 22, 679-688.
    Tashman, L. J. (2000). International Journal of Forecasting 16, 437-450.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> label = {"year": np.arange(2000, 2026), "origin": ["AFG", "UKR"]}
    >>> seen = xr.DataArray(rng.poisson(100, (26, 2)).astype(float), label)
    >>> both = ["last_value", "negative_binomial"]
    >>> found = evaluate_forecasts(seen, ahead=1, seed=1, methods=both)
    >>> found.best
    'negative_binomial'
    """
    time = time_of(history)
    chosen = list(methods or forecast_methods(time))
    ordered = history.transpose(time, ...)
    labels = ordered[time].to_numpy()
    start = max(shortest_history(name, time, ahead) for name in chosen) - 1
    if first is not None:
        start = max(start, int(np.searchsorted(labels, first)))
    origins = range(start, len(labels) - 1)
    if not origins:
        raise SchemaError(
            f"{len(labels)} {time}s leave no origin for {', '.join(chosen)}",
            where="history",
            remedy="give a longer history, or fewer methods",
            id="TooShort",
        )
    scores: dict[str, list[Floats]] = {name: [] for name in chosen}
    for origin in origins:
        known = ordered.isel({time: slice(origin + 1)})
        later = ordered.isel({time: slice(origin + 1, origin + 1 + ahead)})
        step = _usual_step(known, time)
        for name in chosen:
            drawn = forecast_applications(
                known,
                ahead=ahead,
                method=name,
                seed=seed,
                draws=draws,
                exposure=exposure,
                signals=None if signals is None else signals.sel({time: known[time]}),
            )
            scores[name].append(_scores(drawn, later, step, ahead))
    return _record({name: np.stack(parts) for name, parts in scores.items()}, ordered, time)


def _usual_step(known: xr.DataArray, time: str) -> Floats:
    """Mean absolute change of each series from one year to the next; missing where none."""
    values = known.to_numpy().astype(float).reshape(known.sizes[time], -1)
    season = SEASONS[time]
    step = np.abs(values[season:] - values[:-season]).mean(axis=0)
    return np.where(step > 0, step, np.nan)


def _scores(drawn: xr.DataArray, later: xr.DataArray, step: Floats, ahead: int) -> Floats:
    """Scaled error, error, outcome and hits [4 + levels, ahead, series] from one origin."""
    draws = drawn.to_numpy().reshape(drawn.sizes["trajectory"], ahead, -1)
    truth = np.full(draws.shape[1:], np.nan)
    seen = later.to_numpy().astype(float).reshape(len(later), -1)
    truth[: len(seen)] = seen
    tails = [(1 - level) / 2 for level in _LEVELS]
    found = np.quantile(draws, [0.5, *tails, *(1 - tail for tail in tails)], axis=0)
    error = found[0] - truth
    hits = [
        np.where(np.isnan(truth), np.nan, (truth >= low) & (truth <= high))
        for low, high in zip(found[1:3], found[3:], strict=True)
    ]
    return np.stack([np.abs(error) / step, error, truth, *hits])


def _record(scores: dict[str, Floats], ordered: xr.DataArray, time: str) -> ForecastRecord:
    """Tables of scores [origin, score, ahead, series]."""
    import pandas as pd

    rest = ordered.isel({time: 0}, drop=True)
    keys = rest.to_series().index.to_frame(index=False) if rest.ndim else pd.DataFrame(index=[0])
    naive = next(iter(scores.values()))  # the simplest method comes first
    rows, series = [], []
    for name, found in scores.items():
        for h in range(found.shape[2]):
            part = found[:, :, h]
            if np.isnan(part[:, 2]).all():
                continue  # no outcome so far ahead of any origin
            mase, rival = (_means(one[:, 0, h]) for one in (found, naive))
            both = (mase > 0) & (rival > 0)
            rows.append(
                {
                    "method": name,
                    "ahead": h + 1,
                    "relative": np.exp(np.log(mase[both] / rival[both]).mean()),
                    "better": float((mase < rival)[both].mean()),
                    "mase": np.nanmean(mase),
                    "mase_median": np.nanmedian(mase),
                    "bias": np.nansum(part[:, 1]) / max(np.nansum(part[:, 2]), 1),
                    "coverage_80": np.nanmean(part[:, 3]),
                    "coverage_95": np.nanmean(part[:, 4]),
                    "forecasts": int((~np.isnan(part[:, 2])).sum()),
                }
            )
            series.append(keys.assign(method=name, ahead=h + 1, mase=mase))
    table = pd.DataFrame(rows)
    best = str(table.groupby("method", sort=False)["relative"].mean().idxmin())
    return ForecastRecord(table, pd.concat(series, ignore_index=True), best)


def _means(errors: Floats) -> Floats:
    """Mean of each series [origin, series]; missing where it never moved."""
    known = ~np.isnan(errors)
    count = known.sum(axis=0)
    total = np.where(known, errors, 0.0).sum(axis=0)
    out = np.full(len(count), np.nan)
    return np.asarray(np.divide(total, count, out=out, where=count > 0))
