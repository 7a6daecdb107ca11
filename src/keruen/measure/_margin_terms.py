# SPDX-License-Identifier: Apache-2.0
"""Kernel: fit a table of any dimensions to margins of any kind.

Each margin is a sum over axes, or over groups of cells (blocks, stripes). Proportional
fitting goes first; when it crawls, Newton's method on the multipliers takes over, with
conjugate gradients so that no matrix is formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._scaling import Floats

_SWEEPS_FIRST: Final = 30
_GRADIENT_STEPS: Final = 300
_HALVINGS: Final = 40


@dataclass(frozen=True)
class Term:
    """A margin that must be met.

    Parameters
    ----------
    target : ndarray
        Totals, 0 or more.
    axes : tuple of int
        Axes of the table that are summed over, when ``groups`` is None.
    groups : ndarray of int or None
        For every cell of the table, the place of its total in the flattened target.
    """

    target: Floats
    axes: tuple[int, ...]
    groups: NDArray[np.int64] | None = None

    def sums(self, table: Floats) -> Floats:
        """Totals of a table, in the shape of the target."""
        if self.groups is None:
            return np.asarray(table.sum(axis=self.axes))
        size = self.target.size
        flat = np.bincount(self.groups.reshape(-1), weights=table.reshape(-1), minlength=size)
        return flat.astype(float).reshape(self.target.shape)

    def spread(self, values: Floats) -> Floats:
        """Values of the target's shape, repeated so that they multiply a table."""
        if self.groups is None:
            return np.expand_dims(values, self.axes)
        return np.asarray(values.reshape(-1)[self.groups])


@dataclass(frozen=True)
class Fit:
    """Fitted table, largest relative margin error, number of sweeps and steps."""

    table: Floats
    error: float
    iterations: int


def margin_error(table: Floats, terms: tuple[Term, ...]) -> float:
    """Largest error of any total, relative to it."""
    worst = 0.0
    for term in terms:
        off = np.abs(term.sums(table) - term.target)
        worst = max(worst, float(np.max(off / np.where(term.target > 0, term.target, 1.0))))
    return worst


def fit_terms(seed: Floats, terms: tuple[Term, ...], *, rtol: float, max_iterations: int) -> Fit:
    """Table nearest to the seed (relative entropy) that meets all margins."""
    table = seed.copy()
    for term in terms:
        table *= term.spread((term.target > 0).astype(float))
    error = np.inf
    for iteration in range(1, max_iterations + 1):
        advance = _sweep if iteration <= _SWEEPS_FIRST else _newton
        table = advance(table, terms)
        error = margin_error(table, terms)
        if error <= rtol:
            return Fit(table, error, iteration)
        if not np.isfinite(error):
            break
    return Fit(table, error, max_iterations)


def _sweep(table: Floats, terms: tuple[Term, ...]) -> Floats:
    for term in terms:
        sums = term.sums(table)
        factor = np.divide(term.target, sums, out=np.zeros_like(sums), where=sums > 0)
        table = table * term.spread(factor)
    return table


def _newton(table: Floats, terms: tuple[Term, ...]) -> Floats:
    """One damped step on ``sum(F) - sum(target * multiplier)``, ``F = seed exp(multipliers)``."""
    gap = [term.target - term.sums(table) for term in terms]
    step = _conjugate_gradients(table, terms, gap)
    direction = _combined(terms, step)
    slope = -sum(float((g * s).sum()) for g, s in zip(gap, step, strict=True))
    length = min(1.0, 30.0 / max(float(np.abs(direction[table > 0]).max(initial=0.0)), 1e-300))
    pull = sum(float((t.target * s).sum()) for t, s in zip(terms, step, strict=True))
    slack = 1e-14 * float(table.sum())
    for _ in range(_HALVINGS):
        change = float((table * np.expm1(length * direction)).sum()) - length * pull
        if change <= 1e-4 * length * slope + slack:
            break
        length /= 2
    return _sweep(table * np.exp(length * direction), terms)


def _combined(terms: tuple[Term, ...], values: list[Floats]) -> Floats:
    total = terms[0].spread(values[0])
    for term, value in zip(terms[1:], values[1:], strict=True):
        total = total + term.spread(value)
    return total


def _conjugate_gradients(
    table: Floats, terms: tuple[Term, ...], right: list[Floats]
) -> list[Floats]:
    """Solve the Newton system; its matrix is the cross-tabulation of the margins."""
    scale = [1.0 / np.maximum(term.sums(table), 1e-300) for term in terms]
    live = [(term.target > 0).astype(float) for term in terms]
    scale = [s * on for s, on in zip(scale, live, strict=True)]
    answer = [np.zeros_like(r) for r in right]
    residual = [r * on for r, on in zip(right, live, strict=True)]
    search = [s * r for s, r in zip(scale, residual, strict=True)]
    energy = _dot(residual, search)
    goal = 1e-16 * energy
    for _ in range(_GRADIENT_STEPS):
        if energy <= goal or energy == 0:
            break
        weighted = table * _combined(terms, search)
        image = [term.sums(weighted) for term in terms]
        curvature = _dot(search, image)
        if curvature <= 0:
            break
        length = energy / curvature
        answer = [a + length * p for a, p in zip(answer, search, strict=True)]
        residual = [r - length * q for r, q in zip(residual, image, strict=True)]
        scaled = [s * r for s, r in zip(scale, residual, strict=True)]
        before, energy = energy, _dot(residual, scaled)
        search = [z + (energy / before) * p for z, p in zip(scaled, search, strict=True)]
    return answer


def _dot(left: list[Floats], right: list[Floats]) -> float:
    return sum(float((a * b).sum()) for a, b in zip(left, right, strict=True))
