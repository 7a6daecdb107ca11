# SPDX-License-Identifier: Apache-2.0
"""Kernel: an interval that allows for the worst curvature, also with few distinct values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.decide.evaluate._local_linear import Side, kernel, neighbour_residuals, powers

_WIDTHS: Final = 60
_LARGE: Final = 12.0  # beyond, the tail on the other side is nothing


@dataclass(frozen=True)
class Honest:
    """A local line with the most that its bias can be."""

    estimate: float
    error: float
    bias: float
    width: float
    observations: tuple[int, int]


def rule_of_thumb(left: Side, right: Side) -> float:
    """Largest second derivative of polynomials of fourth order, one a side."""
    largest = 0.0
    for x, y in (left, right):
        scale = float(np.abs(x).max()) or 1.0
        slopes, *_ = np.linalg.lstsq(powers(x / scale, 4), y, rcond=None)
        grid = powers(np.linspace(x.min(), x.max(), 400) / scale, 2)
        bend = grid @ (slopes[2:] * [2.0, 6.0, 12.0]) / scale**2
        largest = max(largest, float(np.abs(bend).max()))
    return largest


def honest(left: Side, right: Side, curvature: float, level: float) -> Honest:
    """The local line whose interval is shortest, given the largest second derivative."""
    distinct = [np.unique(np.abs(side[0])) for side in (left, right)]
    least = max(one[min(2, len(one) - 1)] for one in distinct) * 1.001
    most = max(float(one[-1]) for one in distinct) * 1.001
    errors = [neighbour_residuals(*side) for side in (left, right)]
    tried = [
        _line(left, right, errors, float(width), curvature)
        for width in np.geomspace(least, max(most, least), _WIDTHS)
    ]
    return min(tried, key=lambda one: half_length(one, level))


def half_length(line: Honest, level: float) -> float:
    """Half the length of the interval."""
    if not line.error:
        return line.bias
    return critical(line.bias / line.error, level) * line.error


def critical(bias: float, level: float) -> float:
    """Quantile of the absolute value of a normal with a mean of ``bias`` and variance 1."""
    from scipy.special import chndtrix, ndtri

    if bias > _LARGE:
        return bias + float(ndtri(level))
    return float(np.sqrt(chndtrix(level, 1, bias**2)))


def tail(ratio: float, bias: float) -> float:
    """Probability of an absolute value beyond ``ratio`` with the worst bias and no effect."""
    from scipy.special import ndtr

    return float(ndtr(bias - ratio) + ndtr(-bias - ratio))


def _line(
    left: Side, right: Side, errors: list[np.ndarray], width: float, curvature: float
) -> Honest:
    ends, variance, bias, counts = [], 0.0, 0.0, []
    for (x, y), residuals in zip((left, right), errors, strict=True):
        near = np.abs(x) < width
        weights, rows = kernel(x[near], width), powers(x[near], 1)
        weighted = rows * weights[:, None]
        lever = weighted @ np.linalg.inv(weighted.T @ rows)[0]
        ends.append(float(lever @ y[near]))
        variance += float(((lever * residuals[near]) ** 2).sum())
        bias += 0.5 * curvature * abs(float(lever @ x[near] ** 2))
        counts.append(int(near.sum()))
    return Honest(
        estimate=ends[1] - ends[0],
        error=float(np.sqrt(variance)),
        bias=bias,
        width=width,
        observations=(counts[0], counts[1]),
    )
