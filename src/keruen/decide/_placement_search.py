# SPDX-License-Identifier: Apache-2.0
"""Kernel: from prices to whole families in whole places.

Families whose best place is clear at the prices are fixed there. The few that hang between
places go into a small integer programme with what is left. What still waits is then put where it
fits, and moves that gain are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import numpy as np

from keruen.decide._placement_jobs import job_rows, take_jobs
from keruen.decide._placement_prices import Floats, Ints, Numbers, Prices, bound, surplus
from keruen.decide.solve import IntegerProgramme, solve_integer

_LEAST_OPEN = 250
_OPEN_PER_LIMIT = 2


@dataclass(frozen=True)
class Ties:
    """Families that must be in the same region.

    Parameters
    ----------
    region : ndarray of int [place]
        Region of each place.
    pairs : ndarray of int [pair, 2]
        Families tied.
    """

    region: Ints
    pairs: Ints


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
    best = Found(np.full(len(case.worth), -1), -np.inf, "time_limit")
    count = max(_LEAST_OPEN, _OPEN_PER_LIMIT * case.capacity.size)
    while True:
        remaining = end - monotonic()
        core = _Core(case, left, count, minimum, ties)
        places, ended = core.solve(target=most / (1 + gap), seconds=remaining)
        if places is not None:
            places = fill(case, places, minimum, ties)
            worth = total_worth(case, places)
            if worth > best.worth:
                best = Found(places, worth, ended)
        enough = most - best.worth <= gap * abs(best.worth)
        if enough or (count >= len(case.worth) and ended == "optimal"):
            return Found(best.places, best.worth, "gap" if enough else "optimal")
        if monotonic() >= end or count >= len(case.worth):
            return best
        count *= 2


def whole_programme(
    case: Numbers, minimum: Ints | None, ties: Ties
) -> tuple[IntegerProgramme, Ints, Ints, int]:
    """The case as one programme: with family and place of each pair, and the first side row."""
    core = _Core(
        case, np.where(np.isfinite(case.worth), 0.0, -np.inf), len(case.worth), minimum, ties
    )
    programme, family, place = core.programme()
    return programme, family, place, len(core.open) + case.capacity.size


def total_worth(case: Numbers, places: Ints) -> float:
    """Worth of a placement."""
    jobs = 0.0 if case.jobs is None else take_jobs(case.jobs, places)[1]
    return _held(case, places) + jobs


def _held(case: Numbers, places: Ints) -> float:
    (placed,) = np.nonzero(places >= 0)
    return float(case.worth[placed, places[placed]].sum())


def used(case: Numbers, places: Ints) -> Ints:
    """Units taken at each place."""
    taken = np.zeros_like(case.capacity)
    placed = places >= 0
    np.add.at(taken, places[placed], case.needs[placed])
    return taken


class _Core:
    """The families that hang between places, and what the clear ones leave them."""

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
            sums = side.sums(self._chosen())
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

    def _chosen(self) -> Floats:
        chosen = np.zeros(self.case.worth.shape)
        (placed,) = np.nonzero(self.places >= 0)
        chosen[placed, self.places[placed]] = 1.0
        return chosen

    def solve(self, *, target: float, seconds: float) -> tuple[Ints | None, str]:
        """Places of all families, None where the programme has no answer."""
        held = _held(self.case, self.places)
        programme, family, place = self.programme()
        found = solve_integer(programme, target=target - held, seconds=seconds)
        if found.values is None:
            return None, found.ended
        places = self.places.copy()
        pick = found.values[: len(family)] > 0.5
        places[family[pick]] = place[pick]
        return places, found.ended

    def programme(self) -> tuple[IntegerProgramme, Ints, Ints]:
        """Pairs that hang between places, and what limits them."""
        from scipy.sparse import coo_array

        row, place = np.nonzero(self.near[self.open] & np.isfinite(self.case.worth[self.open]))
        family = self.open[row]
        table = _Rows(len(family))
        table.add(row, np.arange(len(family)), np.ones(len(family)), np.ones(len(self.open)))
        self._capacity_rows(table, family, place)
        self._side_rows(table, family, place)
        self._tie_rows(table, family, place)
        opened = self._minimum_rows(table, family, place)
        jobs = self._job_rows(table, family, place, len(family) + opened)
        gain = np.concatenate([self.case.worth[family, place], np.zeros(opened), jobs])
        rows = coo_array(
            (
                np.concatenate(table.values),
                (np.concatenate(table.rows), np.concatenate(table.cols)),
            ),
            shape=(table.count, len(gain)),
        )
        ones = np.ones(len(gain))
        limit = np.concatenate(table.limits)
        whole = np.arange(len(gain)) < len(family) + opened  # jobs come whole by themselves
        return IntegerProgramme(gain, rows, limit, ones, whole), family, place

    def _capacity_rows(self, table: _Rows, family: Ints, place: Ints) -> None:
        room = self.case.capacity - used(self.case, self.places)
        for service in range(room.shape[1]):
            amounts = self.case.needs[family, service].astype(float)
            table.add(place, np.arange(len(family)), amounts, room[:, service].astype(float))

    def _side_rows(self, table: _Rows, family: Ints, place: Ints) -> None:
        for side in self.case.sides:
            at = side.member[place] if side.of_places else side.member[family]
            counted = np.flatnonzero(at >= 0)
            room = side.limit - side.sums(self._chosen())
            table.add(at[counted], counted, side.amount[family, place][counted], room)

    def _tie_rows(self, table: _Rows, family: Ints, place: Ints) -> None:
        """In each region both of a pair or neither, and both places or neither."""
        region = self.ties.region[place]
        for one, other in self.ties.pairs:
            for at in np.unique(region):
                first = np.flatnonzero((family == one) & (region == at))
                second = np.flatnonzero((family == other) & (region == at))
                both = np.concatenate([first, second])
                sign = np.concatenate([np.ones(len(first)), -np.ones(len(second))])
                zero = np.zeros(1)
                table.add(np.zeros(len(both), dtype=int), both, sign, zero)
                table.add(np.zeros(len(both), dtype=int), both, -sign, zero)

    def _minimum_rows(self, table: _Rows, family: Ints, place: Ints) -> int:
        """A place is closed, or has at least its least load; returns the switches added."""
        if self.minimum is None:
            return 0
        taken = used(self.case, self.places)
        bound_places = np.flatnonzero((self.minimum > 0).any(axis=1))
        for switch, at in enumerate(bound_places):
            column = len(family) + switch
            here = np.flatnonzero(place == at)
            held = bool((self.places == at).any())
            # x <= open; where clear families are, the place is open
            table.add(
                np.concatenate([np.arange(len(here)), np.arange(len(here))]),
                np.concatenate([here, np.full(len(here), column)]),
                np.concatenate([np.ones(len(here)), -np.ones(len(here))]),
                np.zeros(len(here)),
            )
            if held:
                table.add(np.zeros(1, dtype=int), np.array([column]), -np.ones(1), -np.ones(1))
            for service in np.flatnonzero(self.minimum[at] > 0):
                amounts = -self.case.needs[family[here], service].astype(float)
                least = float(self.minimum[at, service])
                table.add(
                    np.zeros(len(here) + 1, dtype=int),
                    np.append(here, column),
                    np.append(amounts, least),
                    np.array([float(taken[at, service])]),
                )
        return len(bound_places)

    def _job_rows(self, table: _Rows, family: Ints, place: Ints, start: int) -> Floats:
        """Jobs that families may reach where they are fixed or may be; gains of the choices."""
        if self.case.jobs is None:
            return np.zeros(0)
        column = np.full(self.case.worth.shape, -1)
        column[family, place] = np.arange(len(family))
        fixed = self.places[:, None] == np.arange(len(self.case.capacity))
        gain, blocks = job_rows(self.case.jobs, column, fixed, start)
        for block in blocks:
            table.add(*block)
        return gain


class _Rows:
    """Constraints gathered block by block."""

    def __init__(self, columns: int) -> None:
        self.columns, self.count = columns, 0
        self.rows: list[Ints] = []
        self.cols: list[Ints] = []
        self.values: list[Floats] = []
        self.limits: list[Floats] = []

    def add(self, row: Ints, column: Ints, value: Floats, limit: Floats) -> None:
        self.rows.append(row + self.count)
        self.cols.append(column)
        self.values.append(value)
        self.limits.append(limit)
        self.count += len(limit)


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
