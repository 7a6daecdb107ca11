# SPDX-License-Identifier: Apache-2.0
"""Whole points by logistic loss: a continuous fit, then a search over whole numbers.

Persons with equal levels of all factors are one row with counts, so that the work does not
grow with the number of persons. A scorecard is a vector of whole, non-negative steps: of an
ordered factor the points of a level are the sum of its steps, which makes them monotone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_PENALTY: Final = 1e-6  # only fixes which of equal fits of an unordered factor is taken
_STARTS: Final = (0.4, 0.55, 0.7, 0.85, 1.0)
_NEWTON: Final = 25
_QUICK: Final = 4
_BETTER: Final = 1e-10


@dataclass(frozen=True)
class Cells:
    """Rows of equal levels, with counts.

    Parameters
    ----------
    steps : array [row, step], 0 or 1
        Steps that a row has taken.
    factor : array [step]
        Factor of each step.
    ordered : array [step], bool
        Whether its factor is ordered.
    good, all : array [row]
        Persons with the outcome, and all.
    """

    steps: Floats
    factor: Ints
    ordered: Bools
    good: Floats
    all: Floats

    def loss(self, logit: Floats) -> Floats:
        """Mean logistic loss of each set of logits [..., row]."""
        total = self.all * np.logaddexp(0.0, logit) - self.good * logit
        return np.asarray(total.sum(axis=-1) / self.all.sum())


def encode(
    levels: Ints, sizes: Sequence[int], ordered: Sequence[bool]
) -> tuple[Floats, Ints, Bools]:
    """Steps of each row: of an ordered factor all up to its level, of another its level alone."""
    columns, factor, kind = [], [], []
    for number, (size, is_ordered) in enumerate(zip(sizes, ordered, strict=True)):
        first = 1 if is_ordered else 0
        for level in range(first, size):
            own = levels[:, number]
            columns.append(own >= level if is_ordered else own == level)
            factor.append(number)
            kind.append(is_ordered)
    steps = np.array(columns, dtype=float).T
    return steps.reshape(len(levels), len(factor)), np.array(factor), np.array(kind)


def fit_continuous(cells: Cells, used: Bools) -> tuple[Floats, float]:
    """Non-negative steps by logistic loss, 0 where they may not be used; their loss."""
    from scipy.optimize import minimize

    total = cells.all.sum()
    part = cells.steps[:, used]

    def value(theta: Floats) -> tuple[float, Floats]:
        logit = theta[0] + part @ theta[1:]
        chance = 1.0 / (1.0 + np.exp(-np.clip(logit, -500, 500)))
        slope = cells.all * chance - cells.good
        gradient = np.concatenate([[slope.sum()], part.T @ slope]) / total
        gradient[1:] += _PENALTY
        return float(cells.loss(logit)) + _PENALTY * theta[1:].sum(), gradient

    start = np.zeros(1 + part.shape[1])
    bounds = [(None, None)] + [(0.0, 30.0)] * part.shape[1]
    found = minimize(value, start, jac=True, method="L-BFGS-B", bounds=bounds)
    steps = np.zeros(len(used))
    steps[used] = found.x[1:]
    return steps, float(found.fun)


def choose_factors(cells: Cells, most: int) -> Bools:
    """Steps of the factors that are kept: the one that costs least goes first."""
    kept = list(dict.fromkeys(cells.factor.tolist()))
    while len(kept) > most:
        losses = [
            fit_continuous(cells, np.isin(cells.factor, [k for k in kept if k != one]))[1]
            for one in kept
        ]
        kept.pop(int(np.argmin(losses)))
    return np.isin(cells.factor, kept)


def scaled(cells: Cells, scores: Floats, start: Floats, rounds: int) -> tuple[Floats, Floats]:
    """Intercept and scale of each set of scores [set, row] by Newton's method, and the loss.

    A scale is never negative: points that would count against their owner count nothing.
    """
    theta = np.broadcast_to(start, (len(scores), 2)).copy()
    total = cells.all.sum()
    for _ in range(rounds):
        logit = theta[:, :1] + theta[:, 1:] * scores
        chance = 1.0 / (1.0 + np.exp(-np.clip(logit, -500, 500)))
        slope = cells.all * chance - cells.good
        weight = cells.all * chance * (1 - chance)
        g0, g1 = slope.sum(axis=1), (slope * scores).sum(axis=1)
        h00 = weight.sum(axis=1) + 1e-9 * total
        h01 = (weight * scores).sum(axis=1)
        h11 = (weight * scores**2).sum(axis=1) + 1e-9 * total
        root = h00 * h11 - h01**2
        move = np.stack([h11 * g0 - h01 * g1, h00 * g1 - h01 * g0], axis=1) / root[:, None]
        theta = theta - np.clip(move, -4.0, 4.0)
        theta[:, 1] = np.maximum(theta[:, 1], 0.0)
    return theta, cells.loss(theta[:, :1] + theta[:, 1:] * scores)


def search(cells: Cells, start: Ints, used: Bools, most_points: int) -> tuple[Ints, Floats, float]:
    """Best whole steps near a start: one step up or down, or a point moved, while it helps."""
    moves = _moves(cells, used)
    best = start.copy()
    theta, loss = _polished(cells, best)
    while True:
        tried = best + moves
        tried = tried[_allowed(cells, tried, most_points)]
        _, losses = scaled(cells, tried @ cells.steps.T, theta, _QUICK)
        candidate = tried[int(np.argmin(losses))] if len(tried) else best
        new_theta, new_loss = _polished(cells, candidate)
        if not new_loss < loss - _BETTER:
            return best, theta, loss
        best, theta, loss = candidate, new_theta, new_loss


def fit_points(cells: Cells, used: Bools, most_points: int) -> tuple[Ints, Floats, float]:
    """Whole steps from the rounded continuous fit, the best of several sizes of the scale."""
    steps, _ = fit_continuous(cells, used)
    tops = _factor_points(cells, steps[None])[0]
    if not tops.max() > 0:
        none = np.zeros(len(used), dtype=np.int64)
        return none, *_polished(cells, none)
    found = []
    for share in _STARTS:
        start = _rounded(cells, steps * (share * most_points / tops.max()))
        found.append(search(cells, start, used, most_points))
    return min(found, key=lambda one: one[2])


def _rounded(cells: Cells, steps: Floats) -> Ints:
    """Whole steps whose sums up a factor are as near as possible to the sums given."""
    made = np.zeros(len(steps), dtype=np.int64)
    for factor in np.unique(cells.factor):
        own = cells.factor == factor
        if cells.ordered[own].all():
            made[own] = np.diff(np.round(np.cumsum(steps[own])), prepend=0.0)
        else:
            made[own] = np.round(steps[own] - steps[own].min())
    return made


def _polished(cells: Cells, steps: Ints) -> tuple[Floats, float]:
    share = np.clip(cells.good.sum() / cells.all.sum(), 1e-6, 1 - 1e-6)
    start = np.array([np.log(share / (1 - share)), 0.0])
    theta, loss = scaled(cells, (steps @ cells.steps.T)[None], start, _NEWTON)
    return theta[0], float(loss[0])


def _moves(cells: Cells, used: Bools) -> Ints:
    """One step up or down, and one point moved to the next step of the same factor."""
    open_ = np.flatnonzero(used)
    single = np.eye(len(used), dtype=np.int64)[open_]
    pairs = [
        single[a] - single[b]
        for a in range(len(open_))
        for b in range(len(open_))
        if a != b and cells.factor[open_[a]] == cells.factor[open_[b]]
    ]
    rows = [single, -single, *([np.array(pairs)] if pairs else [])]
    return np.concatenate(rows)


def _factor_points(cells: Cells, steps: Floats | Ints) -> Floats:
    """Most points of each factor: the sum of an ordered one's steps, the largest of another's."""
    tops = []
    for factor in np.unique(cells.factor):
        own = steps[:, cells.factor == factor]
        ordered = bool(cells.ordered[cells.factor == factor].all())
        tops.append(own.sum(axis=1) if ordered else own.max(axis=1))
    return np.stack(tops, axis=1).astype(float)


def _allowed(cells: Cells, steps: Ints, most_points: int) -> Bools:
    fits = (_factor_points(cells, steps) <= most_points).all(axis=1)
    return np.asarray(fits & (steps >= 0).all(axis=1))


def level_points(cells: Cells, steps: Ints, sizes: Sequence[int]) -> list[Ints]:
    """Points of each level of each factor, the least of them 0."""
    points = []
    for factor, size in enumerate(sizes):
        own = steps[cells.factor == factor]
        if own.size == size - 1:
            points.append(np.concatenate([[0], np.cumsum(own)]).astype(np.int64))
        else:
            points.append((own - own.min()).astype(np.int64))
    return points
