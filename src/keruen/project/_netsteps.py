# SPDX-License-Identifier: Apache-2.0
"""Kernels of the paths of net migration: growth over windows, and the walk inside limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.project._gibbs import cut_normal

Array = NDArray[np.float64]

_BLOCK: Final = 50  # paths walked together: sums of thirty periods then stay in the cache
_APART: Final = 1e-3
_STRONGEST: Final = 0.99
_REPEATS: Final = 200
_CLOSE: Final = 1e-6


@dataclass(frozen=True)
class Parameters:
    """Draws (paths, places) of mu, phi and sigma, and (paths,) of the degrees of freedom."""

    mu: Array
    phi: Array
    sigma: Array
    nu: Array


@dataclass(frozen=True)
class Bounds:
    """Logarithms of the growth allowed over 1 ... W periods: (W,) and (W, places)."""

    log_low: Array
    log_high: Array


@dataclass(frozen=True)
class Setting:
    """What all paths share: observed rates (places, periods), bounds, loadings (places,)."""

    history: Array
    bounds: Bounds
    loadings: Array


def extreme_growth(rates: Array, windows: int) -> tuple[Array, Array]:
    """Least and most log growth of each place over 1 ... W periods, (W, places) each.

    ``rates`` is (places, periods); windows with a missing rate are left out, and a place
    without any is skipped: +inf and -inf.
    """
    growth = np.log1p(rates)
    low = np.full((windows, len(rates)), np.inf)
    high = np.full((windows, len(rates)), -np.inf)
    moving = np.zeros_like(growth)
    for window in range(windows):
        moving = moving[:, : growth.shape[1] - window] + growth[:, window:]
        full = ~np.isnan(moving)
        low[window] = np.where(full, moving, np.inf).min(axis=1)
        high[window] = np.where(full, moving, -np.inf).max(axis=1)
    return low, high


def first_factor(rates: Array, mu: Array, phi: Array) -> Array:
    """Loadings (places,) of the residuals of complete rates (places, periods).

    Principal factor: the diagonal of the correlation matrix is what the factor explains,
    found by repetition, so that a place's own noise does not count as common.
    """
    moved = rates - mu[:, None]
    residuals = moved[:, 1:] - phi[:, None] * moved[:, :-1]
    correlation = np.atleast_2d(np.corrcoef(residuals))
    loadings = np.ones(len(rates))
    for _ in range(_REPEATS):
        np.fill_diagonal(correlation, loadings**2)
        values, vectors = np.linalg.eigh(correlation)
        before, loadings = loadings, vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        loadings = np.clip(loadings * np.sign(loadings.sum() or 1.0), -_STRONGEST, _STRONGEST)
        if np.abs(loadings - before).max() < _CLOSE:
            break
    return np.asarray(loadings)


def walk(
    parameters: Parameters, setting: Setting, *, periods: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Paths (paths, periods, places), and the share cut by the limits (periods, places)."""
    places = len(setting.history)
    paths = np.empty((len(parameters.mu), periods, places))
    cut = np.zeros((periods, places))
    for start in range(0, len(paths), _BLOCK):
        block = slice(start, start + _BLOCK)
        some = Parameters(
            mu=parameters.mu[block],
            phi=parameters.phi[block],
            sigma=parameters.sigma[block],
            nu=parameters.nu[block],
        )
        paths[block], outside = _walk_block(some, setting, periods, rng)
        cut += outside
    return paths, cut / len(paths)


def _walk_block(
    some: Parameters, setting: Setting, periods: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    history, bounds, loadings = setting.history, setting.bounds, setting.loadings
    shape = some.mu.shape
    window = len(bounds.log_low)
    sums = _past_sums(history, window, periods, shape[0])
    path = np.empty((shape[0], periods, shape[1]))
    outside = np.empty((periods, shape[1]))
    rate = start_rates(some, history, rng)
    for step in range(periods):
        mean = some.mu + some.phi * (rate - some.mu)
        scale = _scale(some, rng)
        own = np.sqrt(1.0 - loadings**2) * rng.standard_normal(shape)
        common = loadings * rng.standard_normal((shape[0], 1))
        rate = mean + scale * (own + common)
        low, high = _room(sums[step : step + window + 1], bounds)
        beyond = (rate < low) | (rate > high)
        rate[beyond] = cut_normal(mean[beyond], scale[beyond], low[beyond], high[beyond], rng)
        sums[step + window + 1] = sums[step + window] + np.log1p(rate)
        path[:, step], outside[step] = rate, beyond.sum(axis=0)
    return path, outside


def _past_sums(history: Array, window: int, periods: int, paths: int) -> Array:
    """Cumulated log growth (window + periods + 1, paths, places), the past filled in.

    Row ``window`` is the sum up to the last observation. What lies before a missing rate is
    missing too, so that its windows do not bind.
    """
    sums = np.full((window + periods + 1, paths, len(history)), np.nan)
    sums[window] = 0.0
    back = np.log1p(history.T[::-1][:window])
    sums[window - len(back) : window] = -np.cumsum(back, axis=0)[::-1, None]
    return sums


def _room(sums: Array, bounds: Bounds) -> tuple[Array, Array]:
    """Lowest and highest rate that keeps every window inside the limits.

    ``fmax`` and ``fmin`` pass over windows that reach back before a missing rate.
    ``sums`` holds W + 1 rows; the window of w periods that ends now starts at row W + 1 - w.
    """
    now, starts = sums[-1], sums[1:]
    low = np.fmax.reduce(bounds.log_low[::-1, None, None] + starts, axis=0) - now
    high = np.fmin.reduce(bounds.log_high[::-1, None] + starts, axis=0) - now
    least, most = np.expm1(low), np.expm1(high)
    crossed = least > most
    middle = (least + most) / 2.0
    return (
        np.where(crossed, middle - _APART, least),
        np.where(crossed, middle + _APART, most),
    )


def start_rates(some: Parameters, history: Array, rng: np.random.Generator) -> Array:
    """Rate of the last period: observed, or carried forward from the last observation."""
    seen = ~np.isnan(history)
    length = history.shape[1]
    gap = np.where(seen.any(axis=1), seen[:, ::-1].argmax(axis=1), length)
    places = np.arange(len(history))
    last = history[places, np.maximum(length - 1 - gap, 0)]
    last = np.where(gap < length, last, some.mu)
    left = some.phi**gap
    squares = np.where(some.phi < 1.0, (1.0 - left**2) / np.maximum(1.0 - some.phi**2, 1e-12), gap)
    noise = some.sigma * np.sqrt(squares) * rng.standard_normal(some.mu.shape)
    return np.asarray(some.mu + left * (last - some.mu) + noise)


def _scale(some: Parameters, rng: np.random.Generator) -> Array:
    """Standard deviation of this period's shocks; drawn, when the tails are heavy."""
    if np.isinf(some.nu).all():
        return some.sigma
    half = np.broadcast_to(some.nu[:, None] / 2.0, some.sigma.shape)
    return some.sigma * np.sqrt(half / rng.standard_gamma(half))
