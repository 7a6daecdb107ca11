# SPDX-License-Identifier: Apache-2.0
"""Kernels of bilateral flows: how stable destination shares are, and how they walk on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TENTHS: Final = 10
_CLASSES: Final = 5
_PRIOR_CHANGES: Final = 3.0
_LOOSEST: Final = 1.0  # smallest concentration of a Dirichlet distribution
_SIZES: Final = 10.0 ** np.arange(7)  # bounds of the size classes of flows, persons
_LARGE: Final = 100.0  # flows that tell how destinations move together, persons
_FARTHEST: Final = 3.0
_FEWEST: Final = 30
_WIDE: Final = 1.0  # log standard deviation of a class with too few changes
_EIGHTY: Final = 1.2815515655446004  # normal score of the upper end of an 80% interval


@dataclass(frozen=True)
class ShareModel:
    """How the shares of a period follow from those before.

    The centre of the next shares is ``recent`` times the last ones, ``past`` times the mean
    of the periods before and ``world`` times the shares of all origins together; the three
    ``weights`` add to 1. Around it they vary by factors with log standard deviations
    ``spread`` (size classes,), of whose variance the share ``common`` is one shock to all
    flows into a destination; or as a Dirichlet with ``concentration`` (origins,).
    """

    weights: Array
    spread: Array
    common: float
    concentration: Array


def shares_of(flows: Array) -> Array:
    """Shares along the last axis; zero where nobody left."""
    total = flows.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(flows, total, out=np.zeros_like(flows), where=total > 0))


def _centres(flows: Array, step: int) -> Array:
    """Last shares, mean shares before, and the world's: (3, origins, destinations)."""
    last = shares_of(flows[step - 1])
    before = shares_of(flows[: max(step - 1, 1)].sum(axis=0))
    before = np.where(before.sum(axis=1, keepdims=True) > 0, before, last)
    arrivals = np.broadcast_to(flows[step - 1].sum(axis=0), last.shape)
    world = shares_of(np.where(np.eye(len(last), dtype=bool), 0.0, arrivals))
    return np.stack([last, before, world])


def fit_shares(flows: Array) -> ShareModel:
    """Share model from flows (periods, origins, destinations), two periods or more."""
    shares = shares_of(flows)
    total = flows.sum(axis=2)
    steps = [
        (_centres(flows, step), shares[step], total[step] * (total[step - 1] > 0))
        for step in range(1, len(flows))
    ]
    weights = _weights(steps)
    centred = [(np.tensordot(weights, bases, axes=1), now, left) for bases, now, left in steps]
    spread = _spread(centred)
    return ShareModel(
        weights=weights,
        spread=spread,
        common=_common(centred, spread),
        concentration=_concentration(centred, total.sum(axis=0)),
    )


def _weights(steps: list[tuple[Array, Array, Array]]) -> Array:
    """Weights in tenths with the smallest sum of misplaced people over all changes."""
    grid = [
        np.array([recent, past, _TENTHS - recent - past]) / _TENTHS
        for recent, past in product(range(_TENTHS, -1, -1), repeat=2)
        if recent + past <= _TENTHS
    ]
    errors = [
        sum(
            float(left @ np.abs(now - np.tensordot(weights, bases, axes=1)).sum(axis=1))
            for bases, now, left in steps
        )
        for weights in grid
    ]
    return grid[int(np.argmin(errors))]


def _spread(centred: list[tuple[Array, Array, Array]]) -> Array:
    """Log standard deviations by size that put 80% of past changes inside 80% intervals."""
    sizes, changes = [], []
    for centre, now, left in centred:
        expected = centre * left[:, None]
        both = (expected > 0) & (now > 0)
        sizes.append(np.searchsorted(_SIZES, expected[both]))
        changes.append(np.abs(np.log(now[both] / centre[both])))
    size, change = np.concatenate(sizes), np.concatenate(changes)
    spread = np.full(len(_SIZES) + 1, np.nan)
    for place in range(len(spread)):
        one = change[size == place]
        if one.size >= _FEWEST:
            spread[place] = np.quantile(one, 0.8) / _EIGHTY
    known = np.flatnonzero(~np.isnan(spread))
    if not known.size:
        return np.full_like(spread, _WIDE)
    return np.asarray(np.interp(np.arange(len(spread)), known, spread[known]))


def _common(centred: list[tuple[Array, Array, Array]], spread: Array) -> float:
    """Mean correlation of standardised changes of flows into the same destination."""
    products, pairs = 0.0, 0.0
    for centre, now, left in centred:
        expected = centre * left[:, None]
        both = (expected >= _LARGE) & (now > 0)
        change = np.log(np.where(both, now, 1.0) / np.where(both, centre, 1.0))
        change = change / spread[np.searchsorted(_SIZES, expected)]
        change = np.clip(change, -_FARTHEST, _FARTHEST)
        count = both.sum(axis=0)
        products += float((change.sum(axis=0) ** 2 - (change**2).sum(axis=0)).sum())
        pairs += float((count * (count - 1)).sum())
    return float(np.clip(products / pairs if pairs else 0.0, 0.0, 0.9))


def _concentration(centred: list[tuple[Array, Array, Array]], size: Array) -> Array:
    """Moments: squared changes over ``1 - sum(m^2)`` estimate ``1 / (k + 1)``.

    Pooled over origins of similar size; each origin's own changes count beside three of its
    class.
    """
    changes, scope, count = (np.zeros(len(size)) for _ in range(3))
    for centre, now, left in centred:
        both = (left > 0) & (centre.sum(axis=1) > 0)
        changes += both * ((now - centre) ** 2).sum(axis=1)
        scope += both * (1.0 - (centre**2).sum(axis=1))
        count += both
    rank = size.argsort().argsort() * _CLASSES // len(size)
    one = (np.arange(_CLASSES)[:, None] == rank).astype(np.float64)
    pooled = (one @ changes + 1e-12) / (one @ scope + 1e-9)
    weight = _PRIOR_CHANGES / np.maximum(count, 1.0)
    ratio = (changes + weight * pooled[rank] * scope) / (scope * (1.0 + weight) + 1e-12)
    ratio = np.where(count > 0, ratio, pooled[rank])
    return np.asarray(np.maximum(1.0 / np.maximum(ratio, 1e-9) - 1.0, _LOOSEST))


def start_shares(flows: Array) -> Array:
    """Last shares, past shares and world shares to walk on from: (3, origins, destinations).

    An origin nobody left in the last period starts from its past, or from the world.
    """
    last, past, world = _centres(flows, len(flows))
    past = np.where(past.sum(axis=1, keepdims=True) > 0, past, world)
    last = np.where(last.sum(axis=1, keepdims=True) > 0, last, past)
    return np.stack([last, past, world])


def walk_shares(
    model: ShareModel,
    start: Array,
    outflow: Array,
    *,
    shocks: Array,
    concentration: float | None,
    rng: np.random.Generator,
) -> Array:
    """Flows (paths, periods, destinations) out of one origin with totals (paths, periods).

    ``start`` is its (3, destinations), ``shocks`` (paths, periods, destinations) are those
    all origins share; with a ``concentration`` shares are Dirichlet.
    """
    paths, periods = outflow.shape
    steady = np.tensordot(model.weights[1:], start[1:], axes=1)
    share = np.broadcast_to(start[0], (paths, start.shape[1]))
    result = np.empty((paths, periods, start.shape[1]))
    for step in range(periods):
        centre = model.weights[0] * share + steady
        if concentration is None:
            size = np.searchsorted(_SIZES, centre * outflow[:, step, None])
            own = np.sqrt(1.0 - model.common) * rng.standard_normal(centre.shape)
            drawn = centre * np.exp(model.spread[size] * (own + shocks[:, step]))
        else:
            drawn = rng.standard_gamma(concentration * centre)
        share = shares_of(drawn)
        share = np.where(share.any(axis=1, keepdims=True), share, centre)
        result[:, step] = outflow[:, step, None] * share
    return result


def scale_to_totals(tables: Array, rows: Array, columns: Array, rtol: float, rounds: int) -> Array:
    """Tables (n, origins, destinations) brought to their totals by proportional fitting.

    The caller checks how near they came.
    """
    for _ in range(rounds):
        tables = tables * _factor(rows, tables.sum(axis=2))[:, :, None]
        tables = tables * _factor(columns, tables.sum(axis=1))[:, None, :]
        if margin_error(tables.sum(axis=2), rows) <= rtol:
            break
    return tables


def _factor(wanted: Array, found: Array) -> Array:
    return np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)


def margin_error(found: Array, wanted: Array) -> float:
    """Largest relative error of totals; of totals that should be zero, the largest excess."""
    scale = np.where(wanted > 0, wanted, 1.0)
    return float((np.abs(found - wanted) / scale).max(initial=0.0))
