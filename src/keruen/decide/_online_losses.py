# SPDX-License-Identifier: Apache-2.0
"""Kernel of minimum discord: what a place loses when batch and future are placed as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keruen.decide._placement_prices import Floats, Numbers
from keruen.decide._placement_programme import Ties
from keruen.decide._placement_search import whole_programme
from keruen.decide.solve import Divisible

_NEAR = 1e-7


class Future:
    """A batch and a future as one assignment, families divisible, solved.

    Parameters
    ----------
    case : Numbers
        Families of the batch, then those of the future.
    """

    def __init__(self, case: Numbers) -> None:
        ties = Ties(np.zeros(len(case.capacity), dtype=np.int64), np.zeros((0, 2), dtype=np.int64))
        programme, family, place, _ = whole_programme(case, None, ties)
        self.solved = Divisible(programme)
        self.column = np.full(case.worth.shape, -1)
        self.column[family, place] = np.arange(len(family))

    def loss(self, family: int, place: int) -> float:
        """What the whole assignment loses with a family at a place; past the last, it waits."""
        columns = self.column[family]
        if place == len(columns):
            mine = columns[columns >= 0]
            if self.solved.values[mine].sum() < _NEAR:
                return 0.0
            return self.solved.best - self.solved.value_without(mine.tolist())
        column = int(columns[place])
        if column < 0:
            return np.inf
        if self.solved.values[column] > 1.0 - _NEAR:
            return 0.0
        return self.solved.best - self.solved.value_with(column)


def mean_losses(futures: Sequence[Future], at_prices: Floats) -> Floats:
    """Mean loss of each family of a batch by place, and last by waiting.

    Losses at prices are below the true ones, so that places are tried in their order until none
    left can be better than the best tried.
    """
    losses = at_prices.copy()
    for family, row in enumerate(at_prices):
        best = np.inf
        for place in np.argsort(row, kind="stable"):
            if row[place] >= best - _NEAR:
                break
            exact = float(np.mean([each.loss(family, int(place)) for each in futures]))
            losses[family, place] = max(exact, row[place])
            best = min(best, losses[family, place])
    return losses
