# SPDX-License-Identifier: Apache-2.0
"""Methods that forecast counts: the past [time, series] gives draws [draw, ahead, series].

All work on ``z = log(y + 1)``, or on counts themselves. The usual size of an error belongs to
each series, drawn towards that of all series together; its shape is that of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SEASONS: Final = {"year": 1, "month": 12}
"""Periods in a year, by the dimension of time."""

WINDOW_YEARS: Final = 5
"""Years that the negative binomial looks back on: older levels say little."""
LAGS: Final = 2
_POOLED_WEIGHT: Final = 5.0
"""Observations that the common size of errors counts for, beside a series' own."""
_ROUNDS: Final = 50
_NO_SPREAD: Final = 1e-6
_SETTLED: Final = 1e-10


@dataclass(frozen=True)
class Past:
    """What a method may know: counts [time, series], and what goes with them."""

    counts: Floats
    season: int  # periods in a year
    exposure: Floats  # [time + ahead, series]
    signals: Floats  # [signal, time, series], logarithms; none when the first size is 0
    ahead: int


def last_value(past: Past, draws: int, rng: np.random.Generator) -> Floats:
    """The last count; changes add up like those seen, up and down alike."""
    z = np.log1p(past.counts)
    steps = _symmetric(np.diff(z, axis=0), draws, past.ahead, rng)
    return _counts(z[-1] + np.cumsum(steps, axis=1))


def seasonal_naive(past: Past, draws: int, rng: np.random.Generator) -> Floats:
    """The count of the same season a year before."""
    z, m = np.log1p(past.counts), past.season
    years = -(-past.ahead // m)
    steps = _symmetric(z[m:] - z[:-m], draws, past.ahead, rng)
    for year in range(1, years):  # a second year ahead adds to the error of the first
        steps[:, year * m :] += steps[:, (year - 1) * m : past.ahead - m]
    base = np.tile(z[-m:], (years, 1))[: past.ahead]
    return _counts(base + steps)


def negative_binomial(past: Past, draws: int, rng: np.random.Generator) -> Floats:
    """Level of the last years times season times exposure.

    How far counts strayed from such a level in the past, so many periods ahead, is the spread.
    A draw that departs upwards does so in all periods ahead: sums are as uncertain as they
    should be.
    """
    from scipy.special import gammaincinv

    known = len(past.counts)
    length = min(known, WINDOW_YEARS * past.season)
    phase = np.arange(known + past.ahead) % past.season
    seen, recent = past.counts[known - length :], slice(known - length, known)
    level, factor = _levels(seen, past.exposure[recent], phase[recent], past.season)
    weight = past.exposure * factor[phase][:, None]
    shape = _shapes(past, weight, length)  # [ahead, series]
    persons = seen.sum(axis=0)
    some = np.where(persons > 0, persons, 0.5)  # after no case at all: half a case
    mean = weight[known:] * np.where(persons > 0, level, 0.5 / weight[recent].sum(axis=0))
    estimated = rng.gamma(some, 1 / some, (draws, len(level)))  # error of the level itself
    lasting = np.asarray(gammaincinv(shape, rng.random((draws, 1, len(level))))) / shape
    return np.asarray(rng.poisson(mean * lasting * estimated[:, None]), dtype=float)


def elastic_net(past: Past, draws: int, rng: np.random.Generator) -> Floats:
    """Change over the periods ahead from lagged changes, season and signals, all series pooled.

    One model for each number of periods ahead, its penalty chosen on later parts of the past.
    """
    from sklearn.linear_model import ElasticNetCV
    from sklearn.model_selection import TimeSeriesSplit

    z = np.log1p(past.counts)
    first = max(LAGS, past.season if past.season > 1 else 0) + 1
    centre, errors = np.empty((past.ahead, z.shape[1])), []
    common = len(z) - past.ahead - first  # origins for which all periods ahead are known
    for h in range(1, past.ahead + 1):
        features = _features(z, past, first, h)  # [origin, series, feature]
        known = len(features) - h
        target = z[first + h :] - z[first:-h]
        rows = features[:known].reshape(-1, features.shape[-1])
        middle, scale = rows.mean(axis=0), rows.std(axis=0)
        scale[scale == 0] = 1.0
        model = ElasticNetCV(
            l1_ratio=0.5, alphas=20, cv=TimeSeriesSplit(3), max_iter=5000, tol=1e-3
        )
        model.fit((rows - middle) / scale, target.ravel())
        fitted = model.predict((rows - middle) / scale).reshape(target.shape)
        centre[h - 1] = z[-1] + model.predict((features[-1] - middle) / scale)
        used = 1 + np.count_nonzero(model.coef_)
        inflate = np.sqrt(target.size / max(target.size - int(used), 1))
        errors.append(inflate * (target - fitted)[:common])
    steps = _together(np.stack(errors, axis=1), draws, rng)
    return _counts(centre + steps)


def _features(z: Floats, past: Past, first: int, ahead: int) -> Floats:
    """What is known at each origin from ``first`` on: [origin, series, feature]."""
    change = np.diff(z, axis=0, prepend=z[:1])
    at = np.arange(first, len(z))
    everyone = change.mean(axis=1, keepdims=True) * np.ones_like(change)
    parts = [change[at - lag] for lag in range(LAGS)]
    parts += [everyone[at], z[at] - _trailing_mean(z, past.season)[at]]
    if past.season > 1:
        back = -(-ahead // past.season) * past.season - ahead  # same season as the target
        parts.append(z[at - back] - z[at])
    parts += [signal[at] - signal[at - 1] for signal in past.signals]
    return np.stack(parts, axis=-1)


def _trailing_mean(z: Floats, season: int) -> Floats:
    """Mean of the last three years, or of what there is."""
    width = 3 * season
    sums = np.cumsum(z, axis=0)
    before = np.concatenate([np.zeros((width, z.shape[1])), sums[:-width]])[: len(z)]
    return np.asarray((sums - before) / np.minimum(np.arange(1, len(z) + 1), width)[:, None])


def _scales(errors: Floats) -> Floats:
    """Usual size of errors [time, ...] of each series, drawn towards that of all."""
    own = (errors**2).mean(axis=0)
    pooled = own.mean(axis=-1, keepdims=True)
    count = len(errors)
    return np.asarray(np.sqrt((count * own + _POOLED_WEIGHT * pooled) / (count + _POOLED_WEIGHT)))


def _symmetric(errors: Floats, draws: int, ahead: int, rng: np.random.Generator) -> Floats:
    """Errors [draw, ahead, series] of the shape of all series and the size of each."""
    scale = _scales(errors)
    shape = (errors / np.where(scale > 0, scale, 1.0)).ravel()
    drawn = rng.choice(shape, (draws, ahead, errors.shape[1]))
    return np.asarray(drawn * rng.choice([-1.0, 1.0], drawn.shape) * scale)


def _together(errors: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Errors [draw, ahead, series], each draw the errors of one origin and one series: what
    went wrong one period ahead goes on being wrong."""
    scale = _scales(errors)  # [ahead, series]
    shape = errors / np.where(scale > 0, scale, 1.0)  # [origin, ahead, series]
    paths = shape.transpose(0, 2, 1).reshape(-1, shape.shape[1])
    series = errors.shape[2]
    drawn = paths[rng.integers(len(paths), size=(draws, series))]  # [draw, series, ahead]
    return np.asarray(drawn.transpose(0, 2, 1) * scale)


def _levels(
    seen: Floats, exposed: Floats, phase: npt.NDArray[np.int64], season: int
) -> tuple[Floats, Floats]:
    """Level of each series and factor of each season by Poisson likelihood."""
    factor = np.ones(season)
    level = np.zeros(seen.shape[1])
    for _ in range(_ROUNDS):
        before = level
        level = seen.sum(axis=0) / (exposed * factor[phase][:, None]).sum(axis=0)
        if season == 1 or np.abs(level - before).max() <= _SETTLED * np.abs(level).max():
            break
        found = np.bincount(phase, seen.sum(axis=1), season)
        wanted = np.bincount(phase, (exposed * level).sum(axis=1), season)
        factor = np.where(wanted > 0, found / np.where(wanted > 0, wanted, 1), 1.0)
        factor = factor / factor.mean() if factor.mean() > 0 else np.ones(season)
    return level, factor


def _shapes(past: Past, weight: Floats, length: int) -> Floats:
    """Shape [ahead, series] of the gamma that past forecasts of this kind strayed by.

    The variance of the logarithm of a gamma is the trigamma function of its shape. It is set
    to the mean square of ``log((y + 1) / (mean + 1))`` less what a Poisson number adds.
    """
    counts, known = past.counts, len(past.counts)
    persons, weights = (
        np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(part, axis=0)])
        for part in (counts, weight[:known])
    )
    end = np.arange(min(past.season, known - 1), known)  # a year or more is known before each
    start = np.maximum(end - length, 0)
    level = (persons[end] - persons[start]) / (weights[end] - weights[start])
    spread = np.empty((past.ahead, counts.shape[1]))
    for h in range(past.ahead):
        at = end[0] + min(h, known - 1 - end[0])  # as far ahead as the history can tell
        mean = level[: known - at] * weight[at:known]
        error = np.log((counts[at:] + 1) / (mean + 1)) ** 2 - 1 / (mean + 1)
        own = np.maximum(error.mean(axis=0), 0.0)
        count = len(error)
        spread[h] = (count * own + _POOLED_WEIGHT * own.mean()) / (count + _POOLED_WEIGHT)
    return _inverse_trigamma(np.maximum(spread, _NO_SPREAD))


def _inverse_trigamma(value: Floats) -> Floats:
    """Newton's method on the reciprocal, which is nearly straight."""
    from scipy.special import polygamma

    found = 0.5 + 1 / value
    for _ in range(_ROUNDS):
        now = polygamma(1, found)
        step = now * (1 - now / value) / polygamma(2, found)
        found = found + step
        if np.abs(step / found).max() < _SETTLED:
            break
    return np.asarray(found)


def _counts(z: Floats) -> Floats:
    """Whole persons from logarithms; there are never fewer than none."""
    return np.asarray(np.maximum(np.rint(np.expm1(z)), 0.0))
