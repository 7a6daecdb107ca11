# SPDX-License-Identifier: Apache-2.0
"""How well a fitted multi-exponential curve and its parameters are determined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._rogers_castro import Array
from keruen.measure._varpro import Search, Series, State, jacobian

_NEGLIGIBLE: Final = 1e-13  # share of the largest eigenvalue below which nothing is told


@dataclass(frozen=True)
class Uncertainty:
    """Of n fits with p parameters (shapes, then heights) over A ages.

    ``covariance (n, p, p)`` is missing for parameters held at a limit, ``at_limit (n, p)``;
    ``condition``, ``dispersion (n,)``; ``deviation (n, A)`` of the curve.
    """

    covariance: Array
    at_limit: NDArray[np.bool_]
    condition: Array
    dispersion: Array
    mean: Array
    deviation: Array


def uncertainty(series: Series, search: Search, state: State) -> Uncertainty:
    """Expected information of the parameters that are not held, times the dispersion.

    The information is scaled to a unit diagonal before it is inverted: the condition number
    is then that of the derivatives with columns of length one, whatever the units.
    """
    mean, derivatives = jacobian(search, state.shapes, state.heights)
    _, second = series.slope_and_weight(mean)
    at_limit = held(search, state)
    derivatives = np.where(at_limit[:, :, None], 0.0, derivatives)
    information = (derivatives * second[:, None]) @ derivatives.transpose(0, 2, 1)
    diagonal = np.einsum("npp->np", information)
    scale = np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    scaled = information * scale[:, :, None] * scale[:, None, :]
    places = np.arange(scaled.shape[1])
    scaled[:, places, places] = 1.0
    values, vectors = np.linalg.eigh(scaled)
    values = np.maximum(values, 0.0)
    told = values > _NEGLIGIBLE * values[:, -1:]
    inverse = np.where(told, 1 / np.where(told, values, 1.0), 0.0)
    dispersion = _dispersion(series, mean, used=(~at_limit).sum(axis=1))
    half = scale[:, :, None] * vectors * np.sqrt(inverse * dispersion[:, None])[:, None, :]
    covariance = half @ half.transpose(0, 2, 1)
    covariance[at_limit[:, :, None] | at_limit[:, None, :]] = np.nan
    spread = np.sqrt(((half.transpose(0, 2, 1) @ derivatives) ** 2).sum(axis=1))
    with np.errstate(divide="ignore"):
        condition = np.sqrt(values[:, -1] / values[:, 0])
    return Uncertainty(covariance, at_limit, condition, dispersion, mean, spread)


def held(search: Search, state: State) -> NDArray[np.bool_]:
    """Parameters at a limit: shapes on a bound or of a term of height zero, heights of zero."""
    zero = state.heights <= 0
    edge = 1e-9 * (search.high - search.low)
    bound = (state.shapes <= search.low + edge) | (state.shapes >= search.high - edge)
    return np.concatenate([bound | zero[:, search.form.owner], zero], axis=1)


def _dispersion(series: Series, mean: Array, used: NDArray[np.intp]) -> Array:
    """Pearson's statistic over degrees of freedom; for counts never less than Poisson's 1."""
    first, second = series.slope_and_weight(mean)
    informed = second > 0
    pearson = np.where(informed, first**2 / np.where(informed, second, 1.0), 0.0).sum(axis=1)
    free = (series.exposure > 0).sum(axis=1) - used
    if series.poisson:
        ratio: Array = np.maximum(1.0, pearson / np.maximum(free, 1))
    else:
        ratio = np.where(free > 0, pearson / np.maximum(free, 1), np.nan)
    return ratio
