# SPDX-License-Identifier: Apache-2.0
"""Runs of years in which a pair was not reported: ``cells[year, origin, destination]``."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from keruen.core.random import stream
from keruen.measure._checks import Floats, Mask

METHODS: Final = ("zero", "interpolate", "trend_origin", "trend_host")
_LONGEST: Final = 5  # years of a run that is hidden to try the methods


def _last_and_next(known: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the reports on either side of every cell; -1 and the number of years for none."""
    years = len(known)
    row = np.arange(years).reshape(-1, 1, 1)
    last = np.maximum.accumulate(np.where(known, row, -1), axis=0)
    following = np.minimum.accumulate(np.where(known, row, years)[::-1], axis=0)[::-1]
    return last, following


def gaps(cells: Floats) -> Mask:
    """Cells that were not reported, between the first and the last report of their pair."""
    known = np.isfinite(cells)
    last, following = _last_and_next(known)
    return np.asarray(~known & (last >= 0) & (following < len(cells)))


def estimate(cells: Floats, method: str) -> Floats:
    """What the method puts into each gap; figures outside the gaps have no meaning."""
    if method == "zero":
        return np.zeros_like(cells)
    last, following = _last_and_next(np.isfinite(cells))
    before = np.take_along_axis(cells, np.maximum(last, 0), axis=0)
    if method == "interpolate":
        after = np.take_along_axis(cells, np.minimum(following, len(cells) - 1), axis=0)
        way = (np.arange(len(cells)).reshape(-1, 1, 1) - last) / np.maximum(following - last, 1)
        return np.asarray(before + (after - before) * way)
    path = np.broadcast_to(
        _log_growth(cells, axis=2 if method == "trend_origin" else 1), cells.shape
    )
    start = np.take_along_axis(path, np.maximum(last, 0), axis=0)
    return np.asarray(before * np.exp(path - start))


def _log_growth(cells: Floats, axis: int) -> Floats:
    """Cumulated logarithm of growth of the pairs reported in both of two years."""
    both = np.isfinite(cells[1:]) & np.isfinite(cells[:-1])
    now = np.where(both, cells[1:], 0.0).sum(axis=axis, keepdims=True)
    then = np.where(both, cells[:-1], 0.0).sum(axis=axis, keepdims=True)
    grown = np.where((now > 0) & (then > 0), now, 1.0) / np.where((now > 0) & (then > 0), then, 1.0)
    steps = np.concatenate([np.zeros_like(grown[:1]), np.log(grown)])
    return np.asarray(np.cumsum(steps, axis=0))


def _hide(cells: Floats, share: float, seed: int) -> Mask:
    """Runs between the first and the last report of some pairs."""
    rng = stream(seed, "refugees", "hidden")
    known = np.isfinite(cells)
    pairs = np.argwhere(known.sum(axis=0) >= 3)
    mask = np.zeros(cells.shape, dtype=bool)
    count = max(round(share * len(pairs)), min(len(pairs), 1))
    for origin, host in rng.permutation(pairs)[:count]:
        inner = np.flatnonzero(known[:, origin, host])[1:-1]
        length = int(rng.integers(1, min(_LONGEST, len(inner)) + 1))
        first = int(rng.integers(0, len(inner) - length + 1))
        mask[inner[first : first + length], origin, host] = True
    return mask


def scores(cells: Floats, share: float, seed: int) -> tuple[list[float], list[float]]:
    """Root mean squared errors and typical factors of the methods tried."""
    mask = _hide(cells, share, seed)
    left = np.where(mask, np.nan, cells)
    if not mask.any():
        return [np.nan] * len(METHODS), [np.nan] * len(METHODS)
    found = [estimate(left, way)[mask] for way in METHODS]
    rmse = [float(np.sqrt(np.mean((each - cells[mask]) ** 2))) for each in found]
    apart = [np.abs(np.log1p(each) - np.log1p(cells[mask])).mean() for each in found]
    return rmse, [float(np.exp(each)) for each in apart]


def better_trend(cells: Floats, seed: int) -> Literal["trend_origin", "trend_host"]:
    """The trend with the smaller typical factor on hidden reports."""
    by_origin, by_host = scores(cells, 0.1, seed)[1][2:]
    return "trend_host" if by_host < by_origin else "trend_origin"
