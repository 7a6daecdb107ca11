# SPDX-License-Identifier: Apache-2.0
"""Kernel: from prices to whole families in whole places.

Families whose best place is clear at the prices are fixed there. The few that hang between
places go into a small integer programme with what is left. What still waits is then put where it
fits, and moves that gain are made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from keruen.decide._placement_improve import improve
from keruen.decide._placement_jobs import take_jobs
from keruen.decide._placement_prices import Floats, Ints, Numbers, Prices, bound, surplus
from keruen.decide._placement_programme import Part, Ties, chosen_pairs, held_worth, used
from keruen.decide.solve import IntegerProgramme

_LEAST_OPEN = 250
_OPEN_PER_LIMIT = 2
_FIRST_PART, _FIRST_PART_WITH_JOBS = 0.8, 0.3
"""Share of the time for a programme of the families that hang between places."""
_LEAST_SECONDS = 2.0
_MOST_PAIRS = 30_000
"""Pairs beyond which such a programme finds nothing in time, and parts of the case do better."""


@dataclass(frozen=True)
class Found:
    """A placement: place of each family (-1 waits), its worth, and how the search ended."""

    places: Ints
    worth: float
    ended: str


def search(
    case: Numbers,
    prices: Prices,
    *,
    minimum: Ints | None,
    ties: Ties,
    gap: float,
    seconds: float,
) -> Found:
    """The best placement found, until the gap to the bound is small or the time is over."""
    end = monotonic() + seconds
    most = bound(case, prices)
    left = surplus(case, prices)
    target = most / (1 + gap)
    nobody = np.full(len(case.worth), -1)
    best = Found(nobody, -np.inf, "time_limit")
    easy = all((side.limit >= 0).all() for side in case.sides)
    if easy:  # all may wait: a start for better ones
        by_price = fill(replace(case, worth=left), nobody, minimum, ties)
        for start in (nobody, by_price):
            best = better(case, best, fill(case, start, minimum, ties))
    count = max(_LEAST_OPEN, _OPEN_PER_LIMIT * case.capacity.size)
    while True:
        part = clear_part(case, left, count, minimum, ties)
        remaining = end - monotonic()
        if best.worth > -np.inf:
            if part.near[part.open].sum() > _MOST_PAIRS:
                break
            share = _FIRST_PART if case.jobs is None else _FIRST_PART_WITH_JOBS
            remaining = min(remaining, max(share * seconds, _LEAST_SECONDS))
        places, ended = part.solve(target=target, seconds=remaining)
        if places is not None:
            best = better(case, best, fill(case, places, minimum, ties))
        if best.worth >= target - 1e-12:
            return replace(best, ended="gap")
        if count >= len(case.worth) and ended == "optimal":
            return replace(best, ended="optimal")
        if monotonic() >= end or count >= len(case.worth) or ended == "time_limit":
            break
        count *= 2
    if best.worth > -np.inf:
        places = improve(case, best.places, left, minimum, ties, target=target, end=end)
        best = better(case, best, fill(case, places, minimum, ties))
    if best.worth >= target - 1e-12:
        return replace(best, ended="gap")
    return replace(best, ended="no_gain" if monotonic() < end - 1.0 else "time_limit")


def better(case: Numbers, best: Found, places: Ints) -> Found:
    """The better of two placements."""
    worth = total_worth(case, places)
    return Found(places, worth, best.ended) if worth > best.worth else best


def whole_programme(
    case: Numbers, minimum: Ints | None, ties: Ties
) -> tuple[IntegerProgramme, Ints, Ints, int]:
    """The case as one programme: with family and place of each pair, and the first side row."""
    free = np.where(np.isfinite(case.worth), 0.0, -np.inf)
    part = clear_part(case, free, len(case.worth), minimum, ties)
    programme, family, place = part.programme()
    return programme, family, place, len(part.open) + case.capacity.size


def total_worth(case: Numbers, places: Ints) -> float:
    """Worth of a placement."""
    jobs = 0.0 if case.jobs is None else take_jobs(case.jobs, places)[1]
    return held_worth(case, places) + jobs


def clear_part(case: Numbers, left: Floats, count: int, minimum: Ints | None, ties: Ties) -> Part:
    """The families that hang between places, and what the clear ones leave them."""
    core = _Core(case, left, count, minimum, ties)
    return Part(case, core.places, core.open, core.near, minimum, ties)


class _Core:
    """Families whose place is clear at the prices, and all others."""

    def __init__(
        self, case: Numbers, left: Floats, count: int, minimum: Ints | None, ties: Ties
    ) -> None:
        self.case, self.minimum, self.ties = case, minimum, ties
        best = np.maximum(left.max(axis=1, initial=0.0), 0.0)
        options = np.concatenate([left, np.zeros((len(left), 1))], axis=1)  # the last is to wait
        regret = best - np.partition(options, -2, axis=1)[:, -2]
        count = min(count, len(regret))
        width = np.partition(regret, count - 1)[count - 1] if count < len(regret) else np.inf
        near = np.isfinite(left) & (left >= best[:, None] - width)
        clear = regret > width
        loose = self._loose_places(left, clear)
        clear &= ~np.isin(left.argmax(axis=1), loose)
        clear[ties.pairs.ravel()] = False
        near[ties.pairs.ravel()] = np.isfinite(left[ties.pairs.ravel()])
        if len(loose):
            near[:, loose] |= np.isfinite(left[:, loose])
        self.places = np.where(clear & (best > 0), left.argmax(axis=1), -1)
        self._make_room(regret, near, best, left, width)
        self.open = np.flatnonzero(~(clear & (self.places >= 0)) & near.any(axis=1))
        self.near = near

    def _loose_places(self, left: Floats, clear: np.ndarray) -> Ints:
        """Places whose least load is not sure to be reached."""
        if self.minimum is None:
            return np.array([], dtype=np.int64)
        first = np.where(clear & (left.max(axis=1) > 0), left.argmax(axis=1), -1)
        return np.flatnonzero(
            (used(self.case, first) < self.minimum).any(axis=1) & (self.minimum > 0).any(axis=1)
        )

    def _make_room(
        self, regret: Floats, near: np.ndarray, best: Floats, left: Floats, width: float
    ) -> None:
        """Let go of the least certain families where the clear ones overfill a limit."""
        taken = used(self.case, self.places)
        for place in np.flatnonzero((taken > self.case.capacity).any(axis=1)):
            (here,) = np.nonzero(self.places == place)
            for family in here[np.argsort(regret[here])]:
                if (taken[place] <= self.case.capacity[place]).all():
                    break
                self._let_go(int(family), near, best, left, width)
                taken[place] -= self.case.needs[family]
        for side in self.case.sides:
            member = side.member[self.places] if side.of_places else side.member
            sums = side.sums(chosen_pairs(self.case, self.places))
            for at in np.flatnonzero((sums > side.limit) & (side.limit >= 0)):
                (here,) = np.nonzero((self.places >= 0) & (member == at))
                for family in here[np.argsort(regret[here])]:
                    if sums[at] <= side.limit[at]:
                        break
                    sums[at] -= side.amount[family, self.places[family]]
                    self._let_go(int(family), near, best, left, width)

    def _let_go(
        self, family: int, near: np.ndarray, best: Floats, left: Floats, width: float
    ) -> None:
        self.places[family] = -1
        near[family] |= np.isfinite(left[family]) & (left[family] >= best[family] - 10 * width)


def fill(case: Numbers, places: Ints, minimum: Ints | None, ties: Ties) -> Ints:
    """Put waiting families where they fit, and make the moves that gain, while there are any.

    Families under other limits, and with jobs by occupation, stay where the programme put them; so
    do places with a least load.
    """
    if case.sides or case.jobs is not None:
        return places
    places = places.copy()
    room = case.capacity - used(case, places)
    tied = np.zeros(len(places), dtype=bool)
    tied[ties.pairs.ravel()] = True
    shut = np.zeros(len(room), dtype=bool)
    if minimum is not None:
        shut |= (minimum > 0).any(axis=1)
    moved = True
    while moved:
        moved = False
        now = np.where(places >= 0, case.worth[np.arange(len(places)), places], 0.0)
        gains = case.worth - now[:, None]
        gains[:, shut] = -np.inf
        gains[tied | ((places >= 0) & shut[places])] = -np.inf
        for family in np.argsort(-gains.max(axis=1)):
            fits = (case.needs[family] <= room).all(axis=1) & (gains[family] > 1e-12)
            if not fits.any():
                if gains[family].max() <= 1e-12:
                    break
                continue
            target = int(np.where(fits, gains[family], -np.inf).argmax())
            if places[family] >= 0:
                room[places[family]] += case.needs[family]
            room[target] -= case.needs[family]
            places[family] = target
            moved = True
    return places
