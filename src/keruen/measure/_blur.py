# SPDX-License-Identifier: Apache-2.0
"""Kernel of cell-key noise: distributions of largest entropy, one a count."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError

KEYS: Final = 2**32


@cache
def perturbation_table(
    variance: float, largest: int, smallest: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cumulative chances [count, step] and the steps; counts beyond the last use its row."""
    if not (0 < variance < largest**2 and 0 <= smallest < largest):
        raise SchemaError(
            f"no noise has variance {variance:g}, at most {largest} and counts above {smallest}",
            where="variance, largest, smallest",
            remedy="give 0 < variance < largest**2 and 0 <= smallest < largest",
        )
    steps = np.arange(-largest, largest + 1)
    rows = [np.where(steps == 0, 1.0, 0.0)]
    for count in range(1, largest + smallest + 2):
        met = count + steps
        allowed = (met == 0) | (met > smallest)
        rows.append(_entropic(steps, allowed, variance))
    cumulative = np.cumsum(rows, axis=1)
    cumulative[:, -1] = 1.0
    return cumulative, steps


def _entropic(
    steps: NDArray[np.int64], allowed: NDArray[np.bool_], variance: float
) -> NDArray[np.float64]:
    """Largest entropy with mean 0 and the variance, or the nearest variance allowed."""
    from scipy.optimize import minimize

    d = steps[allowed].astype(float)
    least = 0.0 if 0 in d else -d[d < 0].max() * d[d > 0].min()
    most = -d.min() * d.max()
    chances = np.zeros(len(steps))
    if not least < variance < most:
        low, high = (d[d < 0].max(), d[d > 0].min()) if variance <= least else (d.min(), d.max())
        chances[steps == low], chances[steps == high] = high / (high - low), -low / (high - low)
        return chances
    moments = np.stack([d, d**2 - variance])

    def dual(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        level = at @ moments
        top = level.max()
        weight = np.exp(level - top)
        return float(np.log(weight.sum()) + top), moments @ weight / weight.sum()

    found = minimize(dual, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-12})
    weight = np.exp(found.x @ moments - (found.x @ moments).max())
    chances[allowed] = weight / weight.sum()
    return chances
