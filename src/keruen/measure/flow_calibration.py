# SPDX-License-Identifier: Apache-2.0
"""Free parameters of flow methods, from flows that were reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims
from keruen.core.errors import CoverageError, SchemaError, UnitsError
from keruen.measure._scaling import Floats
from keruen.measure.stock_flows import flows_from_stocks

_FEWEST: Final = 10
_STEP: Final = 1e-4


@dataclass(frozen=True)
class Calibration:
    """The value of a parameter that brings estimated flows nearest to reported ones.

    Parameters
    ----------
    parameter : str
        ``weight`` or ``epsilon``.
    value : float
        Best value.
    sd : float
        Standard error of it, for ``flow_intervals``; that of ``ln(epsilon)`` times epsilon.
    loss : float
        Mean squared error of log flows at that value.
    pairs : int
        Pairs of places compared.
    at_bound : bool
        Whether the best value is an end of the range searched: then it says little.

    See Also
    --------
    calibrate_flows : Makes it.
    """

    parameter: str
    value: float
    sd: float
    loss: float
    pairs: int
    at_bound: bool


def calibrate_flows(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    births: xr.DataArray | None = None,
    deaths: xr.DataArray | None = None,
    *,
    reported: xr.DataArray,
    method: Literal["pseudo_bayes", "transport"] = "pseudo_bayes",
    bounds: tuple[float, float] | None = None,
    population: tuple[xr.DataArray, xr.DataArray] | None = None,
    seed: xr.DataArray | None = None,
    cost: xr.DataArray | None = None,
) -> Calibration:
    """Weight of ``pseudo_bayes`` or epsilon of ``transport`` that fits reported flows best.

    Parameters
    ----------
    stock_start : DataArray [birthplace, country, ...], persons
        As in ``flows_from_stocks``.
    stock_end : DataArray [birthplace, country, ...], persons
        As in ``flows_from_stocks``.
    births : DataArray [country, ...], persons, optional
        Births in the interval.
    deaths : DataArray [country, ...], persons, optional
        Deaths in the interval.
    reported : DataArray [origin, destination, ...], persons
        Reported transitions over the same interval, for some or all pairs; missing where
        nothing was reported. Pairs of zero are not compared: their logarithm is not finite.
    method : {"pseudo_bayes", "transport"}
        Whose parameter to find.
    bounds : tuple of float, optional
        Range to search; 0 to 1 for the weight. For epsilon a thousandth to ten times the
        largest cost.
    population : tuple of two DataArray [country, ...], persons, optional
        As in ``flows_from_stocks``.
    seed : DataArray [origin, destination], optional
        As in ``flows_from_stocks``.
    cost : DataArray [origin, destination], optional
        As in ``flows_from_stocks``.

    Returns
    -------
    Calibration
        ``parameter``, ``value``, ``sd``, ``loss``, ``pairs``, ``at_bound``.

    Raises
    ------
    SchemaError
        The method has no free parameter.
    CoverageError
        Fewer than ten pairs can be compared.
    UnitsError
        The reported table counts moves: one person may move many times in the interval.

    See Also
    --------
    flows_from_stocks : Takes the value found.
    flow_intervals : Takes the value and its standard error.

    Notes
    -----
    Minimises ``sum((ln estimate - ln reported)^2)`` over pairs where both are positive. The
    standard error is that of least squares with one parameter, with all pairs independent:
    flows of one country share errors of its statistics, so it is too small.

    References
    ----------
    Azose, J. J. and Raftery, A. E. (2019). PNAS 116(1), 116-122.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> places = ["A", "B", "C", "D", "E"]
    >>> dims = {"birthplace": places, "country": places}
    >>> start = xr.DataArray(rng.uniform(1, 9, (5, 5)) + 1000 * np.eye(5), dims)
    >>> end = xr.DataArray(rng.uniform(1, 9, (5, 5)) + 1000 * np.eye(5), dims)
    >>> truth = flows_from_stocks(start, end, weight=0.6).od()
    >>> found = calibrate_flows(start, end, reported=truth)
    >>> round(found.value, 4), found.pairs
    (0.6, 20)
    """
    _refuse(reported, method)
    fixed: dict[str, Any] = {"population": population, "seed": seed, "cost": cost}
    stocks = (stock_start, stock_end, births, deaths)
    if method == "pseudo_bayes":
        low, high = bounds or (0.0, 1.0)
        few_moves, free = (
            flows_from_stocks(*stocks, method=name, **fixed).od()
            for name in ("closed", "independence")
        )
        use, target = _compared(reported, free)
        m, q = few_moves.to_numpy()[use], free.to_numpy()[use]
        return _best(lambda w: _log(w * m + (1 - w) * q), target, low, high, "weight")
    highest = 1.0 if cost is None else float(cost.where(np.isfinite(cost)).max())
    low, high = bounds or (highest / 1000, highest * 10)

    def estimate(log_epsilon: float) -> xr.DataArray:
        epsilon = float(np.exp(log_epsilon))
        return flows_from_stocks(*stocks, method="transport", epsilon=epsilon, **fixed).od()

    use, target = _compared(reported, estimate(float(np.log(high))))
    found = _best(
        lambda log_epsilon: _log(estimate(log_epsilon).to_numpy()[use]),
        target,
        float(np.log(low)),
        float(np.log(high)),
        "epsilon",
    )
    value = float(np.exp(found.value))
    return replace(found, value=value, sd=value * found.sd)


def _refuse(reported: xr.DataArray, method: str) -> None:
    require_dims(reported, "origin", "destination", name="reported")
    if method not in ("pseudo_bayes", "transport"):
        raise SchemaError(
            f"'{method}' has no free parameter",
            where="method",
            remedy="choose 'pseudo_bayes' or 'transport'",
        )
    if reported.attrs.get("concept") == "moves":
        raise UnitsError(
            "the reported table counts moves, the estimate transitions",
            where="reported",
            remedy="turn moves into transitions first, or use census answers",
        )


def _compared(reported: xr.DataArray, frame: xr.DataArray) -> tuple[NDArray[np.bool_], Floats]:
    """Pairs that were reported and could have been estimated, and logarithms of the reports."""
    wanted = reported.reindex({dim: frame.indexes[str(dim)] for dim in reported.dims})
    wanted = wanted.broadcast_like(frame).transpose(*frame.dims)
    use = ((wanted > 0) & (frame > 0)).to_numpy()
    if use.sum() < _FEWEST:
        raise CoverageError(
            f"only {int(use.sum())} pairs of reported and estimated flows can be compared",
            where="reported",
            remedy=f"give at least {_FEWEST} positive flows between places of the stocks",
        )
    return use, _log(wanted.to_numpy()[use])


def _log(values: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(values, 1e-300)))


def _best(
    logs: Callable[[float], Floats], target: Floats, low: float, high: float, name: str
) -> Calibration:
    """Value that minimises the mean squared difference, and its standard error."""
    from scipy.optimize import minimize_scalar

    def loss(value: float) -> float:
        return float(np.mean((logs(value) - target) ** 2))

    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    value = float(found.x)
    step = _STEP * (high - low)
    left, right = max(value - step, low), min(value + step, high)
    slope = (logs(right) - logs(left)) / (right - left)
    steepness = float((slope**2).sum())
    error = loss(value)
    spread = error * len(target) / max(len(target) - 1, 1)
    return Calibration(
        parameter=name,
        value=value,
        sd=float(np.sqrt(spread / steepness)) if steepness > 0 else float("inf"),
        loss=error,
        pairs=len(target),
        at_bound=min(value - low, high - value) < 2 * step,
    )
