# SPDX-License-Identifier: Apache-2.0
"""Kernel: does the number of cases jump at the cut-off, as if someone had arranged it."""

from __future__ import annotations

from typing import Final

import numpy as np

from keruen.decide.evaluate._local_linear import kernel, powers

_CONSTANT: Final = 3.348  # of the rule of thumb of McCrary (2008)
_ROUNDING: Final = 1e-9
_STEP: Final = 1e-3  # part of a step by which rounded values may be off it
_KERNEL: Final = 24 / 5  # variance of the triangular kernel at a boundary


def density_jump(x: np.ndarray) -> tuple[float, float]:
    """Log of the density right of the cut-off over that left of it, and its standard error.

    Cases are counted in narrow bins that end at the cut-off, and local lines through the
    counts meet it from both sides (McCrary 2008).
    """
    width = _whole_steps(x, 2.0 * float(x.std()) / np.sqrt(len(x)))
    number = np.floor(x / width + _ROUNDING).astype(int)
    first = int(number.min())
    heights = np.bincount(number - first) / (len(x) * width)
    middles = (np.arange(len(heights)) + first + 0.5) * width
    sides = [(middles[held], heights[held]) for held in (middles < 0, middles > 0)]
    reach = float(np.mean([_reach(*side) for side in sides]))
    left, right = (_at_cutoff(*side, reach) for side in sides)
    if not (left > 0 and right > 0):
        return np.nan, np.nan
    error = np.sqrt(_KERNEL / (len(x) * reach) * (1.0 / left + 1.0 / right))
    return float(np.log(right / left)), float(error)


def _whole_steps(x: np.ndarray, width: float) -> float:
    """A width that holds as many values in every bin, where they are rounded to a step."""
    apart = np.diff(np.unique(x))
    step = float(apart.min(initial=np.inf))
    near = apart / step
    if np.abs(near - np.round(near)).max(initial=0.0) > _STEP:
        return width
    return float(np.ceil(width / step) * step)


def _reach(middles: np.ndarray, heights: np.ndarray) -> float:
    """Bandwidth by the curvature of a polynomial of fourth order."""
    if len(middles) <= 5:
        return float(np.abs(middles).max())
    scale = float(np.abs(middles).max())
    rows = powers(middles / scale, 4)
    slopes, *_ = np.linalg.lstsq(rows, heights, rcond=None)
    noise = float(((heights - rows @ slopes) ** 2).sum()) / (len(middles) - 5)
    bend = rows[:, :3] @ (slopes[2:] * [2.0, 6.0, 12.0]) / scale**2
    curved = float((bend**2).sum())
    if not curved:
        return scale
    reach = _CONSTANT * (noise * np.ptp(middles) / curved) ** 0.2
    return float(np.clip(reach, 3 * np.diff(middles[:2])[0], scale))


def _at_cutoff(middles: np.ndarray, heights: np.ndarray, reach: float) -> float:
    near = np.abs(middles) < reach
    weights, rows = np.sqrt(kernel(middles[near], reach)), powers(middles[near], 1)
    solved, *_ = np.linalg.lstsq(rows * weights[:, None], heights[near] * weights, rcond=None)
    return float(solved[0])
