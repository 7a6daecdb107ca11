# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of participation: damped trends of logits, moves of cohorts, common shifts."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLOOR: Final = 0.005
"""Rates are kept between this and one less this before their logits are taken."""

# Neighbouring residuals of labour series correlate by about .8: the variance of a slope is
# (1 + .8) / (1 - .8) times what independent residuals would give.
_SERIAL: Final = 9.0
_ROUNDS: Final = 60
_CLOSE: Final = 1e-10


def logit(rate: Floats) -> Floats:
    """``ln(p / (1 - p))``, the rate kept off 0 and 1."""
    kept = np.clip(rate, FLOOR, 1 - FLOOR)
    return np.log(kept / (1 - kept))


def expit(z: Floats) -> Floats:
    """The rate of a logit."""
    return 1 / (1 + np.exp(-z))


def slopes(
    z: Floats, years: Floats, half_life: float, cycle: Floats | None = None
) -> tuple[Floats, Floats]:
    """Slope (...) of series (T, ...) by weighted regression on time, and its variance.

    Weights halve every ``half_life`` years back; a cycle (T, ...) stands beside time.
    """
    weight = 0.5 ** ((years[-1] - years) / half_life)
    weight = (weight / weight.sum()).reshape(-1, *[1] * (z.ndim - 1))
    time = (years - years[-1]).reshape(weight.shape)
    y, x = _centred(z, weight), _centred(np.broadcast_to(time, z.shape), weight)
    used = 2.0
    if cycle is not None:
        c = _centred(np.broadcast_to(cycle, z.shape), weight)
        spread = (weight * c * c).sum(axis=0)
        share = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1), 0)
        x = x - c * ((weight * c * x).sum(axis=0) * share)
        y = y - c * ((weight * c * y).sum(axis=0) * share)
        used = 3.0
    sxx = (weight * x * x).sum(axis=0)
    slope = (weight * x * y).sum(axis=0) / sxx
    count = len(years)
    residual = (weight * (y - slope * x) ** 2).sum(axis=0) * count / max(count - used, 1)
    return slope, _SERIAL * residual / (sxx * count)


def _centred(values: Floats, weight: Floats) -> Floats:
    return np.asarray(values - (weight * values).sum(axis=0))


def shrunk(slope: Floats, variance: Floats, axis: int) -> Floats:
    """Slopes drawn towards their mean over an axis, the more the less certain they are."""
    mean = slope.mean(axis=axis, keepdims=True)
    between = slope.var(axis=axis, keepdims=True) - variance.mean(axis=axis, keepdims=True)
    between = np.maximum(between, 1e-12)
    keep = between / (between + variance)
    return np.asarray(keep * slope + (1 - keep) * mean)


def damped(last: Floats, slope: Floats, leads: Floats, damping: float) -> Floats:
    """Last values carried on by a slope that fades: (H, ...)."""
    yearly = damping ** np.arange(1, int(leads[-1]) + 1)
    gone = np.concatenate([[0.0], np.cumsum(yearly)])[leads.astype(int)]
    return np.asarray(last + gone.reshape(-1, *[1] * last.ndim) * slope)


def cohort_moves(rate: Floats, ceiling: float, lag: int) -> tuple[Floats, Floats]:
    """Entry and exit rates (T - lag, ..., A - 1) of cohorts from rates (T, ..., A).

    Place ``x`` is the move from age ``x`` into the next, ``lag`` years later.
    """
    young, old = rate[:-lag, ..., :-1], rate[lag:, ..., 1:]
    return 1 - (ceiling - old) / (ceiling - young), 1 - old / young


class Moves(NamedTuple):
    """How cohorts go from one age group to the next."""

    entry: Floats  # (..., A - 1), the same in all years
    leave: Floats  # (H, ..., A - 1)
    rises: NDArray[np.bool_]  # (..., A - 1): entry holds there, leave elsewhere
    ceiling: float
    lag: int  # years between two age groups


def follow_cohorts(rate: Floats, moves: Moves) -> Floats:
    """Rates (H, ..., A) ahead of (T, ..., A): the first age as it was last, others by cohort."""
    known = list(rate)
    for step, leave in enumerate(moves.leave):
        before = known[len(rate) + step - moves.lag][..., :-1]
        grown = before + (moves.ceiling - before) * moves.entry
        moved = np.where(moves.rises, grown, before * (1 - leave))
        known.append(np.concatenate([rate[-1][..., :1], moved], axis=-1))
    return np.stack(known[len(rate) :])


def common_shift(z: Floats, weight: Floats, target: Floats, axes: tuple[int, ...]) -> Floats:
    """Shift of logits over some axes (kept as length one) with which weighted rates add up.

    ``target`` has the axes as length one. Newton steps, halved where they leave the bracket.
    """
    shift = np.zeros(target.shape)
    low, high = np.full(target.shape, -40.0), np.full(target.shape, 40.0)
    for _ in range(_ROUNDS):
        rate = expit(z + shift)
        off = (weight * rate).sum(axis=axes, keepdims=True) - target
        if (np.abs(off) <= _CLOSE * np.maximum(np.abs(target), 1e-300)).all():
            break
        low, high = np.where(off < 0, shift, low), np.where(off > 0, shift, high)
        slope = (weight * rate * (1 - rate)).sum(axis=axes, keepdims=True)
        step = shift - off / np.maximum(slope, 1e-300)
        inside = (step > low) & (step < high)
        shift = np.where(inside, step, (low + high) / 2)
    return shift
