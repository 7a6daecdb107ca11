# SPDX-License-Identifier: Apache-2.0
"""Single-year rates from grouped ones, on plain arrays with age last.

Both graduations keep what was published: a smooth curve is drawn, the rate that it implies
for each group is computed with the weights the publisher used, and the curve is corrected
until the implied rates are the published ones.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.project import _lifetable as lifetable

Floats = NDArray[np.float64]

_ROUNDS: Final = 6
_SMALLEST: Final = 1e-7
_FASTEST: Final = 0.05
"""Slowest rise of the transformed pattern below its first observed bound, per year of age."""


def single_from_abridged(m5: Floats, ages: Floats) -> Floats:
    """Death rates by single age whose life table gives the abridged rates again.

    ``m5`` (..., G) for 0, 1-4, 5-9 ... and an open group; returns (..., open + 1). The
    logarithm is a monotone cubic through the middles of the groups; its knots are moved
    until ``d / L`` over each group, with survivors as weights, is the rate given.
    """
    from scipy.interpolate import PchipInterpolator

    open_at = int(ages[-1])
    lower = ages[1:-1].astype(int)
    upper = ages[2:].astype(int)
    middle = (lower + upper - 1) / 2  # in completed years: 5-9 has its middle at 7
    target = np.log(np.maximum(m5[..., 1:-1], _SMALLEST / 100))
    knots = target.copy()
    m = np.empty((*m5.shape[:-1], open_at + 1))
    m[..., 0], m[..., -1] = m5[..., 0], m5[..., -1]
    for _ in range(_ROUNDS):
        curve = PchipInterpolator(middle, knots, axis=-1, extrapolate=True)
        m[..., 1:-1] = np.exp(curve(np.arange(1.0, open_at)))
        knots += target - np.log(_group_rates(m, lower))
    curve = PchipInterpolator(middle, knots, axis=-1, extrapolate=True)
    m[..., 1:-1] = np.exp(curve(np.arange(1.0, open_at)))
    m[..., 1:-1][m5_zero(m5, lower, upper)] = 0.0
    return m


def m5_zero(m5: Floats, lower: NDArray[np.int_], upper: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Single ages, from 1 to below the open group, whose group has a rate of zero."""
    return np.repeat(m5[..., 1:-1] == 0, upper - lower, axis=-1)


def _group_rates(m: Floats, lower: NDArray[np.int_]) -> Floats:
    """Rates of the groups from 1 to below the open one, survivors at mid-age as weights."""
    hazard = np.cumsum(m, axis=-1)
    lived = np.exp(0.5 * m[..., 1:-1] - hazard[..., 1:-1])
    deaths = m[..., 1:-1] * lived
    return np.asarray(
        np.add.reduceat(deaths, lower - 1, axis=-1) / np.add.reduceat(lived, lower - 1, axis=-1)
    )


def between_periods(m: Floats, centres: Floats, moments: Floats) -> Floats:
    """Rates at given moments, linear in time on the logarithm; period axis first.

    Moments outside the centres continue the nearest two periods.
    """
    logs = np.log(np.maximum(m, _SMALLEST / 100))
    j = np.clip(np.searchsorted(centres, moments) - 1, 0, len(centres) - 2)
    w = (moments - centres[j]) / (centres[j + 1] - centres[j])
    w = w.reshape(-1, *[1] * (m.ndim - 1))
    return np.asarray(np.exp(logs[j] * (1 - w) + logs[j + 1] * w))


def expectancy(m: Floats, sex: str) -> Floats:
    """Life expectancy at birth of single-year rates (..., A)."""
    width = np.ones(m.shape[-1])
    a = lifetable.separation(m, width, sex, "ak")
    return np.asarray(lifetable.columns(m, a, width).e[..., 0])


def scale_to_expectancy(m: Floats, target: Floats, sex: str) -> tuple[Floats, Floats]:
    """Rates times e^k so that life expectancy is the target; returns rates, k (...).

    Secant steps on k; cells that met the target stop moving. ``k`` is nan where none did.
    """
    k0 = np.zeros(target.shape)
    gap0 = expectancy(m, sex) - target
    k = np.clip(gap0 / 10, -0.5, 0.5)
    for _ in range(40):
        gap = expectancy(m * np.exp(k)[..., None], sex) - target
        done = np.abs(gap) < 1e-10
        if done.all():
            break
        slope = (gap - gap0) / np.where(k == k0, 1.0, k - k0)
        move = np.where(done | (slope == 0), 0.0, -gap / np.where(slope == 0, 1.0, slope))
        k0, gap0 = np.where(done, k0, k), np.where(done, gap0, gap)
        k = k + np.clip(move, -0.5, 0.5)
    k = np.where(np.abs(gap) < 1e-6, k, np.nan)
    return np.asarray(m * np.exp(k)[..., None]), k


def pattern_by_single_age(share: Floats, lower: Floats) -> Floats:
    """Fertility pattern by single age, (..., 5 G), keeping the share of each group.

    The cumulated pattern F is drawn as a monotone cubic on ``-ln(-ln F)``, in which
    fertility is close to a straight line, and continued straight at both ends.
    """
    from scipy.interpolate import PchipInterpolator

    groups = share.shape[-1]
    bounds = lower[1:].astype(float)
    ages = np.arange(lower[0], lower[0] + 5 * groups + 1, dtype=float)
    F = np.clip(np.cumsum(share, axis=-1)[..., :-1], _SMALLEST, 1 - _SMALLEST)
    Y = -np.log(-np.log(F))
    curve = PchipInterpolator(bounds, Y, axis=-1)
    inside = np.clip(ages, bounds[0], bounds[-1])
    slope = curve.derivative()
    first = np.maximum(slope(bounds[0]), _FASTEST)[..., None]
    last = np.maximum(slope(bounds[-1]), 4 * _FASTEST)[..., None]
    y = curve(inside) + first * np.minimum(ages - bounds[0], 0)
    y += last * np.maximum(ages - bounds[-1], 0)
    pattern = np.diff(np.exp(-np.exp(-y)), axis=-1)
    return _fit_groups(pattern, share)


def _fit_groups(pattern: Floats, share: Floats) -> Floats:
    """The pattern scaled within each five years to the share of its group."""
    grouped = pattern.reshape(*share.shape, 5)
    sums = grouped.sum(axis=-1)
    factor = np.divide(share, sums, out=np.zeros_like(share), where=sums > _SMALLEST**2)
    flat = np.where((sums <= _SMALLEST**2) & (share > 0), share / 5, 0.0)
    return np.asarray((grouped * factor[..., None] + flat[..., None]).reshape(pattern.shape))


def pattern_by_women(share: Floats, women: Floats, lower: Floats) -> Floats:
    """Pattern by single age whose rates, weighted by women, give the shares again.

    Group rates are births over women of the whole group, so their proportions depend on
    where in the group the women are. ``women`` (..., 5 G).
    """
    W = women.reshape(*women.shape[:-1], share.shape[-1], 5)
    weight = W / np.maximum(W.sum(axis=-1, keepdims=True), _SMALLEST)
    target = share.copy()
    for _ in range(_ROUNDS):
        pattern = pattern_by_single_age(target, lower)
        implied = (pattern.reshape(W.shape) * weight).sum(axis=-1)
        implied /= implied.sum(axis=-1, keepdims=True)
        fit = np.divide(share, implied, out=np.ones_like(implied), where=implied > _SMALLEST**2)
        target = target * fit
        target /= target.sum(axis=-1, keepdims=True)
    return pattern_by_single_age(target, lower)


def january_from_mid(mid: Floats) -> Floats:
    """Population on 1 January of N + 1 years from N mid-year values, time first.

    ``J[t+1] = 2 mid[t] - J[t]`` leaves one unknown, an error that alternates in sign from
    year to year; it is the one that makes the fourth differences of J alternate least.
    """
    c = np.zeros((len(mid) + 1, *mid.shape[1:]))
    for t, value in enumerate(mid):
        c[t + 1] = 2 * value - c[t]
    sign = (-1.0) ** np.arange(len(c))
    fourth = np.diff(c, n=4, axis=0)
    wave = np.tensordot(sign[: len(fourth)], fourth, axes=1) / (16 * len(fourth))
    return np.asarray(c - sign.reshape(-1, *[1] * (mid.ndim - 1)) * wave)
