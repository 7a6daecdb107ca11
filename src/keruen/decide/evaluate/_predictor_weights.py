# SPDX-License-Identifier: Apache-2.0
"""Kernel: how much each predictor counts, searched from several starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.core.random import stream
from keruen.decide.evaluate._simplex import nearest_mix
from keruen.decide.evaluate._synthetic_fits import Weigh

_EVALUATIONS: Final = 1500
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class Start:
    """One search: its name, the weights of predictors it ended at, the error before."""

    name: str
    weights: np.ndarray
    loss: float


def by_predictors(predictors: np.ndarray, weights: np.ndarray) -> Weigh:
    """Nearest mix over predictors with given weights."""
    scaled = np.sqrt(weights)[:, None] * predictors

    def weigh(outcomes: np.ndarray, unit: int, donors: np.ndarray, before: int) -> np.ndarray:  # noqa: ARG001
        return nearest_mix(scaled[:, donors], scaled[:, unit])

    return weigh


def searched(
    outcomes: np.ndarray,
    unit: int,
    donors: np.ndarray,
    before: int,
    predictors: np.ndarray,
    *,
    starts: int,
    seed: int,
) -> list[Start]:
    """The search from each start, the least error before the policy first.

    The error is flat along many directions and has several dips: hence the starts, and all
    of them are shown.
    """
    from scipy.optimize import minimize

    pre, target = outcomes[:before, donors], outcomes[:before, unit]

    def loss(logs: np.ndarray) -> float:
        scaled = np.sqrt(_shares(logs))[:, None] * predictors
        gap = target - pre @ nearest_mix(scaled[:, donors], scaled[:, unit])
        return float(gap @ gap) / before

    found = []
    for name, first in _starts(outcomes[:before], predictors, starts, seed):
        logs = np.log(np.maximum(first, _LEAST))
        options = {"maxfev": _EVALUATIONS, "xatol": 1e-4, "fatol": 1e-10 * max(loss(logs), 1e-300)}
        result = minimize(loss, logs, method="Nelder-Mead", options=options)
        found.append(Start(name, _shares(result.x), float(result.fun)))
    return sorted(found, key=lambda one: one.loss)


def _shares(logs: np.ndarray) -> np.ndarray:
    weights = np.exp(logs - logs.max())
    shares: np.ndarray = weights / weights.sum()
    return shares


def _starts(
    outcomes: np.ndarray, predictors: np.ndarray, starts: int, seed: int
) -> list[tuple[str, np.ndarray]]:
    """Equal weights, weights by a regression of outcomes on predictors, and random ones."""
    size = len(predictors)
    design = np.column_stack([np.ones(predictors.shape[1]), predictors.T])
    slopes = np.linalg.lstsq(design, outcomes.T, rcond=None)[0][1:]
    regression = (slopes**2).sum(axis=1)
    rng = stream(seed, "predictor weights")
    random = [(f"random {one + 1}", rng.dirichlet(np.ones(size))) for one in range(starts)]
    named = [("equal", np.full(size, 1.0 / size))]
    if regression.sum() > 0:
        named.append(("regression", regression / regression.sum()))
    return (named + random)[:starts]
