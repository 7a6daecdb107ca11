# SPDX-License-Identifier: Apache-2.0
"""Kernel: a placement made better, a few places at a time.

The families of some places and those who wait are placed anew by a small integer programme, all
others staying where they are. Places are drawn around families that lose most, so that every
part of the case has its turn; the parts grow while they are easy and shrink when they are not.
"""

from __future__ import annotations

from time import monotonic

import numpy as np

from keruen.decide._placement_jobs import take_jobs
from keruen.decide._placement_prices import Floats, Ints, Numbers
from keruen.decide._placement_programme import Part, Ties, held_worth

_FIRST_PAIRS, _LEAST_PAIRS, _MOST_PAIRS = 200, 100, 20_000
"""Pairs of families and places in a part."""
_SECONDS = 1.0
_IDLE = 60
"""Parts in a row that gain nothing, and at least one a place, after which another hardly will."""


def improve(
    case: Numbers,
    places: Ints,
    left: Floats,
    minimum: Ints | None,
    ties: Ties,
    *,
    target: float,
    end: float,
) -> Ints:
    """Places of families after parts were placed anew, until the target or the end."""
    rng = np.random.default_rng(0)
    worth, size, idle = _worth(case, places), float(_FIRST_PAIRS), 0
    most_idle = max(_IDLE, left.shape[1])
    while worth < target and idle < most_idle and (rest := end - monotonic()) > 0.1:
        part = _part(case, places, left, minimum, ties, size=size, rng=rng)
        found, ended = part.solve(target=np.inf, seconds=min(_SECONDS, rest))
        whole = len(part.open) == len(places) and ended == "optimal"
        gained = found is not None and (now := _worth(case, found)) > worth + 1e-9
        if found is not None and gained:
            places, worth, idle = found, now, 0
        else:
            idle += 1
        if whole:
            return places
        size = min(1.2 * size, _MOST_PAIRS) if ended == "optimal" else max(size / 2, _LEAST_PAIRS)
    return places


def _worth(case: Numbers, places: Ints) -> float:
    jobs = 0.0 if case.jobs is None else take_jobs(case.jobs, places)[1]
    return held_worth(case, places) + jobs


def _part(
    case: Numbers,
    places: Ints,
    left: Floats,
    minimum: Ints | None,
    ties: Ties,
    *,
    size: float,
    rng: np.random.Generator,
) -> Part:
    """Places around a family that loses something, and the families there or waiting."""
    each = np.arange(len(places))
    own = np.where(places >= 0, left[each, places], 0.0)
    lost = np.maximum(left.max(axis=1, initial=0.0) - np.maximum(own, -1e3), 0.0) + 1e-6
    within = np.zeros(left.shape[1], dtype=bool)
    may = np.isfinite(left)
    while not within.all():
        focus = rng.choice(len(places), p=lost / lost.sum())
        near = np.argsort(-left[focus] + 0.1 * rng.random(left.shape[1]), kind="stable")[:3]
        within[near[may[focus, near]]] = True
        within[rng.integers(left.shape[1])] = True
        within[places[focus]] |= bool(places[focus] >= 0)
        moving = moving_families(places, within, may, ties)
        if (may[moving] & within).sum() >= size:
            break
    stay = places.copy()
    moving = moving_families(places, within, may, ties)
    stay[moving] = -1
    near_places = may & within
    return Part(case, stay, np.flatnonzero(moving), near_places, minimum, ties, within)


def moving_families(places: Ints, within: np.ndarray, may: np.ndarray, ties: Ties) -> np.ndarray:
    """Families at these places, and those who wait and may come; tied ones only together."""
    moving = (places >= 0) & within[places]
    moving |= (places < 0) & (may & within).any(axis=1)
    both = np.ones(len(ties.pairs), dtype=bool)
    while True:
        both = moving[ties.pairs].all(axis=1) if len(ties.pairs) else both
        alone = ties.pairs[~both].ravel()
        if not moving[alone].any():
            return np.asarray(moving)
        moving[alone] = False
