# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of urban shares: the norm by least squares, and shares ahead, for all places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import CoverageError

if TYPE_CHECKING:
    from keruen.project.urban import UrbanNorm, UrbanRule

Floats = NDArray[np.float64]
_LEAST = 3  # intervals


def log_odds(urban: Floats, rural: Floats) -> Floats:
    """ln(U/R); missing where there is no town or no village."""
    both = (urban > 0) & (rural > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both, np.log(urban / rural), np.nan)


def logistic(odds: Floats) -> Floats:
    """Share that goes with log odds."""
    return 1 / (1 + np.exp(-odds))


def fit_norm(
    odds: Floats, gaps: Floats, large: NDArray[np.bool_], ceiling: float
) -> tuple[float, float, tuple[float, float], float, float, int, int]:
    """Line, curve and half-life of differences, over the large places.

    ``odds`` is (..., T), ``gaps`` the T - 1 years between.
    """
    growth = np.diff(odds, axis=-1) / gaps
    share = logistic(odds[..., :-1])
    used = np.isfinite(growth) & np.asarray(large)[..., None]
    d, x = growth[used], share[used]
    if len(d) < _LEAST:
        raise CoverageError(
            f"only {len(d)} intervals of large places have towns and villages at both ends",
            where="population",
            remedy="give more countries or years, lower 'minimum', or give a norm",
            id="Unidentified",
        )
    line = np.linalg.lstsq(np.stack([np.ones_like(x), x], 1), d, rcond=None)[0]
    room = 1 - x / ceiling
    curve = np.linalg.lstsq(np.stack([room, x * room], 1), d, rcond=None)[0]
    return (
        float(line[0]), float(line[1]), (float(curve[0]), float(curve[1])),
        _half_life(growth, gaps, used), ceiling,
        int(used.any(axis=-1).sum()), len(d),
    )  # fmt: skip


def _half_life(growth: Floats, gaps: Floats, used: NDArray[np.bool_]) -> float:
    """Years in which a difference halves: regression through zero on the one before."""
    both = used[..., 1:] & used[..., :-1]
    before, after = growth[..., :-1][both], growth[..., 1:][both]
    kept = float(before @ after / (before @ before)) if len(before) else 1.0
    if kept >= 1:
        return float("inf")
    return float(np.log(0.5) / np.log(max(kept, 1e-6)) * np.mean(gaps))


def shares_ahead(
    base: Floats,
    growth: Floats,
    ahead: Floats,
    *,
    rule: UrbanRule,
    norm: UrbanNorm | None,
    convergence: float,
) -> Floats:
    """Urban shares (..., H) at so many years ahead."""
    start, d = base[..., None], growth[..., None]
    if rule == "constant" or norm is None:
        return logistic(start + d * ahead)
    if rule == "none":
        tau = norm.half_life / np.log(2)
        felt = ahead if np.isinf(tau) else tau * -np.expm1(-ahead / tau)
        return logistic(start + d * felt)
    inside = np.minimum(ahead, convergence)
    felt = inside - inside**2 / (2 * convergence)
    if rule == "un":
        target = norm.alpha + norm.beta * logistic(start)
        return logistic(start + d * felt + target * (ahead - felt))
    return _bending(base, growth, ahead, norm, convergence)


def _bending(
    base: Floats, growth: Floats, ahead: Floats, norm: UrbanNorm, convergence: float
) -> Floats:
    """The curved norm follows the share as it moves: one step a year, by Heun's rule."""
    last = int(np.ceil(ahead.max()))
    path = np.empty((*base.shape, last + 1))
    path[..., 0] = base
    a, b = norm.curve

    def slope(odds: Floats, weight: float) -> Floats:
        share = logistic(odds)
        return weight * growth + (1 - weight) * (a + b * share) * (1 - share / norm.ceiling)

    for year in range(last):
        now, then = (max(0.0, 1 - t / convergence) for t in (year, year + 1))
        first = slope(path[..., year], now)
        second = slope(path[..., year] + first, then)
        path[..., year + 1] = path[..., year] + (first + second) / 2
    whole = np.floor(ahead).astype(int)
    after = np.minimum(whole + 1, last)
    part = ahead - whole
    return logistic(path[..., whole] * (1 - part) + path[..., after] * part)
