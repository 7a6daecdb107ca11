# SPDX-License-Identifier: Apache-2.0
"""Kernel: effects that a permutation of the gaps of all years would not reject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from keruen.decide.evaluate._synthetic_fits import Weigh

_OFFSETS: Final = np.geomspace(0.05, 1e4, 64)  # from the guess, beside the largest gap before
_HALVINGS: Final = 24


def long_enough(before: int, after: int, level: float) -> bool:
    """Whether there are enough years for the test to reject anything."""
    return (before + after) * (1.0 - level) >= 1.0


def conformal(
    outcomes: np.ndarray,
    unit: int,
    donors: np.ndarray,
    before: int,
    *,
    weigh: Weigh,
    guess: float,
    level: float,
) -> tuple[float, float]:
    """Ends of the interval of the mean effect since the policy, around a guess.

    The effect is taken off the years since, the weights are fitted anew to all years, and the
    mean gap since is held against the mean gaps of equally long stretches of years, in a
    circle. The ends are the outermost effects kept among many tried around the guess, refined
    by halving; without any kept, the interval is missing.
    """
    years = len(outcomes)
    after = years - before
    if not long_enough(before, after, level):
        return np.nan, np.nan
    window = (np.arange(years)[:, None] + np.arange(after)) % years
    work = outcomes.copy()

    def kept(effect: float) -> bool:
        work[before:, unit] = outcomes[before:, unit] - effect
        gap = work[:, unit] - work[:, donors] @ weigh(work, unit, donors, years)
        means = np.abs(gap[window].mean(axis=1))
        slack = 1e-9 * float(np.abs(gap).max())
        return float((means >= means[before] - slack).mean()) > 1.0 - level + 1e-12

    earlier = outcomes[:before, unit] - outcomes[:before, donors] @ weigh(
        outcomes, unit, donors, before
    )
    scale = float(np.abs(earlier).max()) or abs(guess) or 1.0
    tried = guess + scale * np.concatenate([-_OFFSETS[::-1], [0.0], _OFFSETS])
    passed = np.flatnonzero([kept(float(effect)) for effect in tried])
    if not len(passed):
        return np.nan, np.nan
    last = len(tried) - 1
    low, high = (
        float(np.inf * sign)
        if at in {0, last}
        else _between(kept, float(tried[at]), float(tried[at + sign]))
        for at, sign in ((int(passed[0]), -1), (int(passed[-1]), 1))
    )
    return low, high


def _between(kept: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last effect kept, between one that is and one that is not."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (inside + outside)
        if kept(middle):
            inside = middle
        else:
            outside = middle
    return inside
