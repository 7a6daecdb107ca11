# SPDX-License-Identifier: Apache-2.0
"""Kernel of the ratio model: scoring steps for many weightings of the cells at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._threads import one_thread

Floats = NDArray[np.float64]

_STEPS: Final = 300
_CLOSE: Final = 1e-12


@dataclass(frozen=True)
class RatioCells:
    """Cells with registered people: counts, and designs of the two exponents."""

    caught: Floats
    """[cell]"""
    ratio: Floats
    """[cell]: identified per registered person."""
    log_registered: Floats
    """[cell]"""
    alpha: Floats
    """[cell, coefficient]"""
    beta: Floats
    """[cell, coefficient]"""


@dataclass(frozen=True)
class RatioFit:
    """Fits to several weightings of the cells."""

    parameters: Floats
    """[draw, parameter]: alpha, beta, logarithm of gamma."""
    settled: NDArray[np.bool_]
    """[draw]"""
    information: Floats
    """[draw, parameter, parameter]"""


def log_mean(cells: RatioCells, parameters: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the expected count [draw, cell], and its slopes [draw, cell, parameter]."""
    first = cells.alpha.shape[1]
    alpha, beta, log_gamma = (
        parameters[:, :first],
        parameters[:, first:-1],
        parameters[:, [-1]],
    )
    gamma = np.exp(log_gamma)
    log_rho = np.log(gamma + cells.ratio)
    power = beta @ cells.beta.T
    value = (alpha @ cells.alpha.T) * cells.log_registered + power * log_rho
    draws = len(parameters)
    slopes = np.concatenate(
        [
            np.broadcast_to(
                cells.alpha * cells.log_registered[:, None], (draws, *cells.alpha.shape)
            ),
            cells.beta[None] * log_rho[:, :, None],
            (power * gamma / (gamma + cells.ratio))[:, :, None],
        ],
        axis=2,
    )
    return value, slopes


def height(cells: RatioCells, value: Floats, weights: Floats, dispersion: float) -> Floats:
    """Log-likelihood of each draw, without the terms that do not depend on parameters."""
    mean = np.exp(value)
    if dispersion == 0:
        return np.asarray((weights * (cells.caught * value - mean)).sum(axis=1))
    size = cells.caught + 1 / dispersion
    return np.asarray(
        (weights * (cells.caught * value - size * np.log1p(dispersion * mean))).sum(axis=1)
    )


def ratio_fit(
    cells: RatioCells, weights: Floats, start: Floats, *, dispersion: float = 0.0
) -> RatioFit:
    """Maximum of the Poisson or negative binomial pseudo-likelihood of each draw."""
    draws = len(weights)
    best = np.tile(start, (draws, 1)) if start.ndim == 1 else start.copy()
    damping = np.full(draws, 1e-3)
    done = np.zeros(draws, dtype=bool)
    information = np.zeros((draws, best.shape[1], best.shape[1]))
    value, slopes = log_mean(cells, best)
    top = height(cells, value, weights, dispersion)
    with one_thread(), np.errstate(all="ignore"):
        for _ in range(_STEPS):
            rows = np.flatnonzero(~done)
            if not rows.size:
                break
            value, slopes = log_mean(cells, best[rows])
            mean = np.exp(value)
            pull = weights[rows] / (1 + dispersion * mean)
            score = np.einsum("dc,dcp->dp", pull * (cells.caught - mean), slopes)
            table = np.einsum("dcp,dc,dcq->dpq", slopes, pull * mean, slopes, optimize=True)
            information[rows] = table
            diagonal = np.einsum("dpp->dp", table)
            held = table + damping[rows, None, None] * (
                diagonal[:, :, None] * np.eye(best.shape[1]) + 1e-12 * np.eye(best.shape[1])
            )
            step = np.linalg.solve(held, score[:, :, None])[:, :, 0]
            gain = np.einsum("dp,dp->d", step, score)
            trial = best[rows] + step
            level = height(cells, log_mean(cells, trial)[0], weights[rows], dispersion)
            better = np.isfinite(level) & (level >= top[rows] - 1e-12 * abs(top[rows]))
            took = rows[better]
            best[took], top[took] = trial[better], level[better]
            damping[rows] = np.where(better, damping[rows] / 10, damping[rows] * 10)
            done[rows] = (better & (gain < _CLOSE * (1 + abs(top[rows])))) | (damping[rows] > 1e14)
    return RatioFit(best, done & (damping < 1e14), information)


def robust_variance(
    cells: RatioCells, parameters: Floats, information: Floats, *, dispersion: float
) -> Floats:
    """HC3 variance of the parameters: each residual divided by one less its leverage."""
    value, slopes = log_mean(cells, parameters[None])
    mean = np.exp(value[0])
    pull = 1 / (1 + dispersion * mean)
    inverse = np.linalg.pinv(information, rcond=1e-14, hermitian=True)
    leverage = pull * mean * np.einsum("cp,pq,cq->c", slopes[0], inverse, slopes[0])
    residual = pull * (cells.caught - mean) / np.maximum(1 - leverage, 1e-6)
    scores = slopes[0] * residual[:, None]
    return np.asarray(inverse @ (scores.T @ scores) @ inverse)
