# SPDX-License-Identifier: Apache-2.0
"""Two ways to the factors of senders and receivers: ratios of reports, and Poulain's squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from keruen.core.errors import ConvergenceError
from keruen.measure._checks import Floats, Mask
from keruen.measure._double_entry import (
    Reports,
    adjusted,
    disagreement,
    invert,
    quadratic,
    solve,
    stands_for,
)

FactorMethod = Literal["log_ratio", "poulain"]
"""Ways to estimate factors: from logarithms of ratios, or from squared differences."""

_ROUNDS: Final = 200
_SETTLED: Final = 1e-10  # longest step of a log factor
_ROUNDING: Final = 1e-9  # of a flow: differences below it are none


@dataclass(frozen=True)
class Estimate:
    """Factors ``x (g, 2n)``, missing where nothing ties them to the reference.

    ``spread (g, 2n, 2n)`` is their covariance, ``objective`` and ``tau (g,)`` what is left,
    ``misfit (g, t, n, n)`` the weighted size of each cell's residual.
    """

    x: Floats
    spread: Floats
    objective: Floats
    tau: Floats
    misfit: Floats
    parameters: Floats


def log_ratio(reports: Reports, free: Mask, reference: int, ridge: float) -> Estimate:
    """Factors from ``ln R - ln S = ln beta_i - ln alpha_j + error`` by weighted least squares.

    The variance of the error is that of two counts, as the fit has them, and a disagreement
    ``tau^2`` of all cells; weights and factors are found in turn.
    """
    use = reports.used
    moving, held = _moving(free, reference), _held(free, ridge)
    y = np.log(np.where(use, reports.R, 1.0)) - np.log(np.where(use, reports.S, 1.0))
    spare = use.sum(axis=(1, 2, 3)) - moving.sum(axis=1)
    log, tau = np.zeros(free.shape), np.full(len(free), 0.1)
    for _ in range(_ROUNDS):
        chance = _relative_chance(reports, np.exp(log))
        w = np.where(use, reports.weight / (chance + tau[:, None, None, None] ** 2), 0.0)
        M = _with(quadratic(np.ones_like(w), np.ones_like(w), w), held)
        right = np.concatenate([(w * y).sum(axis=(1, 3)), -(w * y).sum(axis=(1, 2))], axis=1)
        before, log = log, solve(M, right, moving)
        n = y.shape[-1]
        error = np.where(use, y + log[:, None, None, n:] - log[:, None, :n, None], 0.0)
        error = np.where(np.abs(error) < _ROUNDING, 0.0, error)
        chance = _relative_chance(reports, np.exp(log))
        tau = np.nan_to_num(disagreement(error, chance, np.ones_like(w), spare))
        if np.abs(log - before).max() < _SETTLED:
            break
    else:
        raise _unsettled(np.abs(log - before).max())
    x = np.where(free, np.exp(log), np.nan)
    known = np.nan_to_num(x)
    bread = invert(M, moving)
    variance = chance + tau[:, None, None, None] ** 2
    spread = bread @ quadratic(np.ones_like(w), np.ones_like(w), w**2 * variance) @ bread
    return Estimate(
        x=x,
        spread=spread * known[:, :, None] * known[:, None, :],
        objective=(w * error**2).sum(axis=(1, 2, 3)),
        tau=np.where(spare > 0, tau, np.nan),
        misfit=np.sqrt(w) * np.abs(error),
        parameters=moving.sum(axis=1).astype(float),
    )


def poulain(reports: Reports, free: Mask, reference: int, ridge: float) -> Estimate:
    """Factors that minimise ``sum (alpha_j R - beta_i S)^2 / (R + S)``, the reference at 1.

    Off its diagonal the matrix of the squares has no positive entry, so that its inverse has
    no negative one: the factors cannot come out negative and need no constrained solver.
    """
    use, moving, held = reports.used, _moving(free, reference), _held(free, ridge)
    w = np.where(use, reports.weight / np.where(use, reports.R + reports.S, 1.0), 0.0)
    M = quadratic(reports.R, reports.S, w)
    fixed = free.shape[1] // 2 + reference
    if ridge == 0:
        x = solve(M, -M[:, :, fixed], moving)
        x[:, fixed] = 1.0
    else:
        x = _ridged(M, moving, free, held)
    arrivals, departures = adjusted(reports, x)
    gap = np.where(use, arrivals - departures, 0.0)
    T = np.where(use, (arrivals + departures) / 2, 1.0)
    gap = np.where(np.abs(gap) < _ROUNDING * T, 0.0, gap)
    chance = np.where(use, sum(stands_for(reports, x)) * T, 1.0)
    spare = use.sum(axis=(1, 2, 3)) - moving.sum(axis=1)
    tau = disagreement(gap, chance, np.where(use, T, 0.0), spare)
    variance = chance + (np.nan_to_num(tau)[:, None, None, None] * T) ** 2
    bread = invert(_with(M, held / np.where(x > 0, x, 1.0) ** 2), moving)
    return Estimate(
        x=np.where(free, x, np.nan),
        spread=bread @ quadratic(reports.R, reports.S, w**2 * variance) @ bread,
        objective=(w * gap**2).sum(axis=(1, 2, 3)),
        tau=tau,
        misfit=np.sqrt(w) * np.abs(gap),
        parameters=moving.sum(axis=1).astype(float),
    )


def _ridged(M: Floats, moving: Mask, free: Mask, held: Floats) -> Floats:
    """``x' M x`` and the squares of held log factors, by Gauss-Newton in the logarithms."""
    log = np.zeros(free.shape)
    value = _penalised(M, free, log, held)
    for _ in range(_ROUNDS):
        x = np.where(free, np.exp(log), 0.0)
        slope = x * np.einsum("gij,gj->gi", M, x) + held * log
        step = solve(_with(M * x[:, :, None] * x[:, None, :], held), -slope, moving)
        step = np.clip(step, -1.0, 1.0)
        way = np.ones((len(x), 1))
        for _ in range(30):  # a step that does not pay is halved
            found = _penalised(M, free, log + way * step, held)
            worse = found > value * (1 + 1e-14)
            if not worse.any():
                break
            way = np.where(worse[:, None], way / 2, way)
        log, value = log + way * step, found
        if np.abs(step).max() < _SETTLED:
            return np.where(free, np.exp(log), 0.0)
    raise _unsettled(np.abs(step).max())


def _penalised(M: Floats, free: Mask, log: Floats, held: Floats) -> Floats:
    x = np.where(free, np.exp(log), 0.0)
    value: Floats = np.einsum("gi,gij,gj->g", x, M, x) + (held * log**2).sum(axis=1)
    return value


def _relative_chance(reports: Reports, x: Floats) -> Floats:
    """Variance of the log ratio of two Poisson counts with one mean: (a + b) / T."""
    arrivals, departures = adjusted(reports, x)
    T = np.where(reports.used, (arrivals + departures) / 2, 1.0)
    each = sum(stands_for(reports, x))
    chance: Floats = np.where(reports.used, each / T, 1.0)
    return chance


def _moving(free: Mask, reference: int) -> Mask:
    """Factors that are estimated: those tied to the reference, without the reference."""
    moving = free.copy()
    moving[:, free.shape[1] // 2 + reference] = False
    return moving


def _held(free: Mask, ridge: float) -> Floats:
    """Weight of the squared logarithm of each factor: receivers only."""
    receivers = np.arange(free.shape[1]) >= free.shape[1] // 2
    return np.where(free & receivers, ridge, 0.0)


def _with(M: Floats, held: Floats) -> Floats:
    M = M.copy()
    place = np.arange(M.shape[-1])
    M[:, place, place] += held
    return M


def _unsettled(step: float) -> ConvergenceError:
    return ConvergenceError(
        "the factors did not settle",
        where=f"last step of a log factor: {step:.2g}",
        remedy="set aside cells that contradict each other: lower max_ratio",
        id="NotConverged",
        diagnostics={"rounds": _ROUNDS, "step": step},
    )
