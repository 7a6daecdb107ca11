# SPDX-License-Identifier: Apache-2.0
"""Kernels of the scores: draws stand on axis 0, the outcome has no such axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError

Array = NDArray[np.float64]


def crps(draws: Array, outcome: Array) -> Array:
    """Fair continuous ranked probability score, by sorting.

    ``mean|x - y| - sum_{i<j} |x_i - x_j| / (S (S - 1))``; the sum over pairs is
    ``sum_i (2 i - S - 1) x_(i)`` of the sorted draws.
    """
    count = len(draws)
    away = np.abs(draws - outcome).mean(axis=0)
    if count == 1:
        return np.asarray(away)
    rank = 2.0 * np.arange(1, count + 1) - count - 1
    pairs = np.tensordot(rank, np.sort(draws, axis=0), axes=1)
    return np.asarray(away - pairs / (count * (count - 1.0)))


def interval_score(lower: Array, upper: Array, outcome: Array, level: float) -> Array:
    """Width, plus 2 / (1 - level) times the distance by which the interval was missed."""
    below, above = np.maximum(lower - outcome, 0.0), np.maximum(outcome - upper, 0.0)
    return np.asarray(upper - lower + 2.0 / (1.0 - level) * (below + above))


def pit(draws: Array, outcome: Array, chance: Array) -> Array:
    """Share of draws below the outcome, at a random place among those equal to it."""
    below, equal = (draws < outcome).mean(axis=0), (draws == outcome).mean(axis=0)
    return np.asarray(np.where(np.isnan(outcome), np.nan, below + chance * equal))


def energy(draws: Array, outcome: Array) -> Array:
    """Energy score of vectors on the last axis, the spread taken over neighbouring draws.

    ``mean|x_i - y| - mean|x_i - x_{i+1}| / 2`` with the draws in a ring: unbiased for
    exchangeable draws, and S distances in place of S squared.
    """
    away = np.linalg.norm(draws - outcome, axis=-1).mean(axis=0)
    apart = np.linalg.norm(draws - np.roll(draws, 1, axis=0), axis=-1).mean(axis=0)
    return np.asarray(away - apart / 2.0)


def bootstrap_skill(own: Array, rival: Array, resamples: int, rng: np.random.Generator) -> Array:
    """Skill in resamples of blocks; ``own`` and ``rival`` hold a sum of scores a block."""
    blocks = len(own)
    counts = rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 - (counts @ own) / (counts @ rival))


def refuse_levels(levels: Sequence[float]) -> None:
    """Refuse probabilities of intervals that are not inside 0 to 1."""
    wrong = [level for level in levels if not 0 < level < 1]
    if wrong or not len(levels):
        raise SchemaError(
            f"an interval claims a probability inside 0 to 1, not {wrong or 'none'}",
            where="level",
            id="BadProbability",
        )


def inside_name(level: float) -> str:
    """Name of the variable that says whether an interval held."""
    return f"inside_{100 * level:.0f}"
