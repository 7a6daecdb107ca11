# SPDX-License-Identifier: Apache-2.0
"""Kernels: weights of a synthetic control, plain, ridge-augmented and in differences.

Outcomes are [year, unit]; the first ``before`` years come before the policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.decide.evaluate._simplex import nearest_mix

_PENALTIES: Final = 20
_LEAST_PENALTY: Final = 1e-8  # beside the largest singular value squared
_TIME_PENALTY: Final = 1e-6

Weigh = Callable[[np.ndarray, int, np.ndarray, int], np.ndarray]
"""Weights of donors: of outcomes, a unit, its donors and the years before."""


@dataclass(frozen=True)
class Fitted:
    """A synthetic control of one unit: weights of donors and of years, and the gaps."""

    weights: np.ndarray
    years: np.ndarray | None
    gap: np.ndarray
    before: int

    @property
    def effect(self) -> float:
        """Mean gap of the years since the policy."""
        return float(self.gap[self.before :].mean())

    @property
    def errors(self) -> tuple[float, float]:
        """Root mean squared gap before and after."""
        squares = self.gap**2
        earlier, later = squares[: self.before], squares[self.before :]
        return float(np.sqrt(earlier.mean())), float(np.sqrt(later.mean()))

    @property
    def ratio(self) -> float:
        """Root mean squared gap after over that before."""
        earlier, later = self.errors
        if earlier:
            return later / earlier
        return np.inf if later else 1.0


def fit(outcomes: np.ndarray, unit: int, donors: np.ndarray, before: int, weigh: Weigh) -> Fitted:
    """Synthetic control of a unit."""
    weights = weigh(outcomes, unit, donors, before)
    gap = outcomes[:, unit] - outcomes[:, donors] @ weights
    years = None
    if weigh is difference_weights:
        years = time_weights(outcomes[:, donors], before)
        gap = gap - years @ gap[:before]
    return Fitted(weights, years, gap, before)


def plain_weights(outcomes: np.ndarray, unit: int, donors: np.ndarray, before: int) -> np.ndarray:
    """Nearest mix over all outcomes before."""
    return nearest_mix(outcomes[:before, donors], outcomes[:before, unit])


def ridge_weights(penalty: float) -> Weigh:
    """Nearest mix, moved by a ridge regression to close what it leaves open."""

    def weigh(outcomes: np.ndarray, unit: int, donors: np.ndarray, before: int) -> np.ndarray:
        controls, target = outcomes[:before, donors], outcomes[:before, unit]
        return _augmented(controls, target, nearest_mix(controls, target), penalty)

    return weigh


def _augmented(
    controls: np.ndarray, target: np.ndarray, weights: np.ndarray, penalty: float
) -> np.ndarray:
    centred = controls - controls.mean(axis=1, keepdims=True)
    left = target - controls @ weights
    gram = centred @ centred.T + penalty * np.eye(len(target))
    moved: np.ndarray = weights + np.linalg.solve(gram, left) @ centred
    return moved


def chosen_penalty(outcomes: np.ndarray, unit: int, donors: np.ndarray, before: int) -> float:
    """Largest penalty whose error in years left out is within a standard error of the least."""
    controls, target = outcomes[:before, donors], outcomes[:before, unit]
    centred = controls - controls.mean(axis=1, keepdims=True)
    most = float(np.linalg.norm(centred, 2) ** 2)
    penalties = most * np.geomspace(1.0, _LEAST_PENALTY, _PENALTIES)
    errors = np.empty((before, _PENALTIES))
    for year in range(before):
        kept = np.arange(before) != year
        weights = nearest_mix(controls[kept], target[kept])
        for at, penalty in enumerate(penalties):
            moved = _augmented(controls[kept], target[kept], weights, float(penalty))
            errors[year, at] = (target[year] - controls[year] @ moved) ** 2
    means = errors.mean(axis=0)
    spread = errors.std(axis=0, ddof=1) / np.sqrt(before)
    best = int(means.argmin())
    return float(penalties[means <= means[best] + spread[best]].max())


def difference_weights(
    outcomes: np.ndarray, unit: int, donors: np.ndarray, before: int
) -> np.ndarray:
    """Weights of donors of synthetic difference-in-differences: parallel, not equal, paths."""
    controls, target = outcomes[:before, donors], outcomes[:before, unit]
    noise = float(np.diff(controls, axis=0).std(ddof=1))
    penalty = np.sqrt(len(outcomes) - before) * noise**2 * before
    return _penalised_mix(controls, target, penalty)


def time_weights(controls: np.ndarray, before: int) -> np.ndarray:
    """Weights of the years before whose mix moves as the years since do, over the donors."""
    earlier, later = controls[:before], controls[before:]
    noise = float(np.diff(earlier, axis=0).std(ddof=1))
    penalty = (_TIME_PENALTY * noise) ** 2 * controls.shape[1]
    return _penalised_mix(earlier.T, later.mean(axis=0), penalty)


def _penalised_mix(columns: np.ndarray, target: np.ndarray, penalty: float) -> np.ndarray:
    """Nearest mix up to a constant, with a penalty on the squares of the weights."""
    centred = columns - columns.mean(axis=0)
    ridge = np.sqrt(penalty) * np.eye(columns.shape[1])
    stacked = np.concatenate([target - target.mean(), np.zeros(columns.shape[1])])
    return nearest_mix(np.vstack([centred, ridge]), stacked)
