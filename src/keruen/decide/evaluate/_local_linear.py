# SPDX-License-Identifier: Apache-2.0
"""Kernels: local polynomials at a boundary, their variance, and bandwidths.

Distances ``x`` are measured from the cut-off, on one side of it, and stand in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

_NEIGHBOURS: Final = 3
_PILOT: Final = 2.576  # constant of the rule of thumb for the triangular kernel
_FEWEST: Final = 10  # distinct values that a pilot bandwidth must reach on either side
_PENALTY: Final = 3.0
_ABOVE_ONE: Final = 1.0 + np.sqrt(np.finfo(float).eps)  # equal but for rounding

Side = tuple[np.ndarray, np.ndarray]
"""Distances and outcomes of the observations on one side."""


def kernel(x: np.ndarray, width: float) -> np.ndarray:
    """Triangular weights."""
    weights: np.ndarray = np.maximum(0.0, 1.0 - np.abs(x) / width) / width
    return weights


def powers(x: np.ndarray, order: int) -> np.ndarray:
    """Columns 1, x, x squared ..."""
    return np.vander(x, order + 1, increasing=True)


def neighbour_residuals(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Each outcome less the mean of its three nearest neighbours, ties taken together."""
    values, at, counts = np.unique(x, return_inverse=True, return_counts=True)
    sums = np.bincount(at, weights=y)
    wanted = min(_NEIGHBOURS, len(x) - 1)
    left, right = np.arange(len(values)) - 1, np.arange(len(values)) + 1
    many, total = counts - 1, sums.copy()
    far = np.concatenate([values, [np.inf]])  # index -1 too: nothing is left there
    size, amount = np.append(counts, 0), np.append(sums, 0.0)
    while (short := many < wanted).any():
        to_left, to_right = np.abs(values - far[left]), np.abs(far[right] - values)
        go_left = short & (to_left <= to_right * _ABOVE_ONE)
        go_right = short & (to_right <= to_left * _ABOVE_ONE)
        many = many + np.where(go_left, size[left], 0) + np.where(go_right, size[right], 0)
        total = total + np.where(go_left, amount[left], 0) + np.where(go_right, amount[right], 0)
        left = np.where(go_left, np.maximum(left - 1, -1), left)
        right = np.where(go_right, np.minimum(right + 1, len(values)), right)
    near = many[at]
    residuals: np.ndarray = np.sqrt(near / (near + 1)) * (y - (total[at] - y) / near)
    return residuals


def _inverse(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.linalg.inv((rows * weights[:, None]).T @ rows)


@dataclass(frozen=True)
class Limit:
    """Outcome at the cut-off from one side: usual and corrected, with their variances."""

    usual: float
    corrected: float
    variance: float
    robust_variance: float
    observations: int


def limit(side: Side, width: float, pilot: float) -> Limit:
    """Local linear fit of a width, its bias taken off by a local square of the pilot width."""
    x, y = side
    held = np.abs(x) < max(width, pilot)
    x, y = x[held], y[held]
    inner, outer = kernel(x, width), kernel(x, pilot)
    line, square = powers(x, 1), powers(x, 2)
    inverse = _inverse(line, inner)
    weighted = line * inner[:, None]
    bend = (square * outer[:, None]) @ _inverse(square, outer)[:, 2]
    corrected = weighted - np.outer(bend, weighted.T @ x**2)
    usual, robust = weighted @ inverse[0], corrected @ inverse[0]
    errors = neighbour_residuals(x, y)
    return Limit(
        usual=float(usual @ y),
        corrected=float(robust @ y),
        variance=float(((usual * errors) ** 2).sum()),
        robust_variance=float(((robust * errors) ** 2).sum()),
        observations=int((inner > 0).sum()),
    )


def bandwidths(left: Side, right: Side) -> tuple[float, float]:
    """Widths of the least mean squared error: of the line, and of its bias.

    Three rounds as in Calonico, Cattaneo and Farrell (2020): the bias of each fit is read off
    one of the next order, whose width was found in the round before.
    """
    x = np.concatenate([left[0], right[0]])
    distinct = [np.unique(np.abs(side[0])) for side in (left, right)]
    low, high = (_quantile(x, share) for share in (0.25, 0.75))
    spread = min(x.std(ddof=1), (high - low) / 1.349)
    most = float(np.abs(x).max())
    least = max(one[min(_FEWEST, len(one)) - 1] * _ABOVE_ONE for one in distinct)
    pilot = max(min(_PILOT * spread * sum(map(len, distinct)) ** -0.2, most), least)
    whole = [float(np.abs(side[0]).max()) * _ABOVE_ONE for side in (left, right)]
    bend = _best(left, right, pilot, (whole[0], whole[1]), order=3, derivative=3, penalty=False)
    bend = max(min(bend, most), least)
    bias = min(_best(left, right, pilot, (bend, bend), order=2, derivative=2), most)
    width = min(_best(left, right, pilot, (bias, bias), order=1, derivative=0), most)
    return width, bias


def _quantile(x: np.ndarray, share: float) -> float:
    return float(np.quantile(x, share, method="averaged_inverted_cdf"))


def _best(
    left: Side,
    right: Side,
    pilot: float,
    widths: tuple[float, float],
    *,
    order: int,
    derivative: int,
    penalty: bool = True,
) -> float:
    """Width that balances variance and squared bias of a derivative at the cut-off."""
    terms = [
        _terms(side, pilot, width, order, derivative)
        for side, width in ((left, widths[0]), (right, widths[1]))
    ]
    variance = terms[0][0] + terms[1][0]
    bias = terms[1][1] - terms[0][1]
    noise = terms[0][2] + terms[1][2] if penalty else 0.0
    return float((variance / (bias**2 + noise)) ** (1.0 / (2 * order + 3)))


def _terms(
    side: Side, pilot: float, width: float, order: int, derivative: int
) -> tuple[float, float, float]:
    """Variance, bias and noise of the bias of a derivative, each but for its power of width."""
    x, y = side
    near = np.abs(x) < pilot
    weights, rows = kernel(x[near], pilot), powers(x[near], order)
    inverse = _inverse(rows, weights)
    lever = (rows * weights[:, None]) @ inverse[derivative]
    variance = float(((lever * neighbour_residuals(x[near], y[near])) ** 2).sum())
    constant = float(lever @ (x[near] / pilot) ** (order + 1)) * pilot**derivative
    far = np.abs(x) < width
    weights, rows = kernel(x[far], width), powers(x[far], order + 1)
    bend = (rows * weights[:, None]) @ _inverse(rows, weights)[order + 1]
    noise = float(((bend * neighbour_residuals(x[far], y[far])) ** 2).sum())
    degrees = 2 * (order + 1 - derivative)
    return (
        (2 * derivative + 1) * pilot ** (2 * derivative + 1) * variance,
        np.sqrt(degrees) * constant * float(bend @ y[far]),
        degrees * _PENALTY * constant**2 * noise,
    )
