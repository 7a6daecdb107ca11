# SPDX-License-Identifier: Apache-2.0
"""Kernel of exchange from a proposal that nobody may lose.

The definition looks at every family and place again in each round. Here only what changed is
looked at: the families that point at a place are checked when the room there changes, and what
a place has turned down is kept as the least room that each turn has met.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from keruen.decide._trading import Lists, taken


def endowed_cycles(
    needs: np.ndarray,
    capacity: np.ndarray,
    wishes: Lists,
    lines: Lists,
    *,
    start: np.ndarray,
    order: np.ndarray,
) -> np.ndarray:
    """Place of each family, -1 to wait, when nobody may lose the place it starts with."""
    exchange = _Exchange(needs, capacity, wishes, lines, start=start, order=order)
    while exchange.open.any():
        if not exchange.carry_out():
            exchange.turn_down()
    return exchange.places


class _Least:
    """Least number seen for each turn, where every number counts for the turns up to its own.

    Kept as steps: up to the turn ``until[i]`` it is ``least[i]``; both only rise.
    """

    def __init__(self) -> None:
        self.until: list[int] = []
        self.least: list[int] = []

    def at(self, turn: int) -> float:
        step = bisect_left(self.until, turn)
        return self.least[step] if step < len(self.until) else np.inf

    def lower(self, turn: int, number: int) -> None:
        if self.at(turn) > number:
            low, high = bisect_left(self.least, number), bisect_right(self.until, turn)
            self.until[low:high], self.least[low:high] = [turn], [number]


class _Exchange:
    """Who points at what; who is turned down stays so."""

    def __init__(
        self,
        needs: np.ndarray,
        capacity: np.ndarray,
        wishes: Lists,
        lines: Lists,
        *,
        start: np.ndarray,
        order: np.ndarray,
    ) -> None:
        families, places = len(wishes), len(lines)
        self.needs, self.order = needs, order
        self.wishes, self.lines = [each.tolist() for each in wishes], [x.tolist() for x in lines]
        self.takes = taken(lines, families)
        self.turn = np.argsort(order)
        self.wanted = [[(s, n) for s, n in enumerate(row) if n] for row in needs.tolist()]
        self.places, self.open = start.copy(), np.ones(families, dtype=bool)
        self.free = capacity.copy()
        np.subtract.at(self.free, start[start >= 0], needs[start >= 0])
        self.room = self.free.copy()  # with what the first in line gives back
        self.wish, self.line = [0] * families, [0] * places
        self.target, self.first = np.full(families, -1), np.full(places, -1)
        self.stuck = np.zeros(families, dtype=bool)  # by turn: does not fit where it points
        self.first_stuck = np.zeros(places, dtype=bool)
        self.covered = np.full(places, -1)  # last turn that met the room as it is now
        self.recorded = [-1] * places
        self.refused = [[_Least() for _ in range(needs.shape[1])] for _ in lines]
        self.changed: set[int] = set()  # places whose free units changed
        self.fresh = True  # whether there may be cycles not tried yet
        for family in range(families):
            self._aim(family)
        for place in range(places):
            self._look(place)
        self._settle()

    def _accepts(self, place: int, family: int) -> bool:
        """Whether a place has never turned a family down."""
        if self.places[family] == place:
            return bool(self.takes[place, family])
        if not self.takes[place, family]:
            return False
        self._record(place)
        turn, met = int(self.turn[family]), self.refused[place]
        return all(need <= met[service].at(turn) for service, need in self.wanted[family])

    def _record(self, place: int) -> None:
        """Those in turn up to here have met the room as it is."""
        turn = int(self.covered[place])
        if turn > self.recorded[place]:
            self.recorded[place] = turn
            for met, room in zip(self.refused[place], self.room[place].tolist(), strict=True):
                met.lower(turn, room)

    def _aim(self, family: int) -> None:
        """Point a family at its best place that has not turned it down; without one it waits."""
        options, at = self.wishes[family], self.wish[family]
        while at < len(options) and not self._accepts(options[at], family):
            at += 1
        self.wish[family] = at
        if at == len(options):
            self._close(family, -1)
            return
        place = options[at]
        self.target[family] = place
        self.stuck[self.turn[family]] = self._unfit(np.array([family]), place)[0]

    def _unfit(self, families: np.ndarray, place: int) -> np.ndarray:
        needs = self.needs[families]
        unfit = ((needs > self.room[place]) & (needs > 0)).any(axis=1)
        return np.asarray(unfit & (self.places[families] != place))

    def _close(self, family: int, place: int) -> None:
        before = int(self.places[family])
        if before >= 0:
            self.free[before] += self.needs[family]
        if place >= 0:
            self.free[place] -= self.needs[family]
        self.changed |= {before, place} - {-1}
        self.places[family], self.target[family], self.open[family] = place, -1, False
        self.stuck[self.turn[family]] = False

    def _look(self, place: int) -> None:
        """Point a place at the first in line who is open and not turned down."""
        line, at = self.lines[place], self.line[place]
        while at < len(line) and not (self.open[line[at]] and self._accepts(place, line[at])):
            at += 1
        self.line[place] = at
        self.first[place] = line[at] if at < len(line) else -1
        self.changed.add(place)

    def _settle(self) -> None:
        """After families were fixed: who is first in line, and who fits where room changed."""
        gone = (self.first >= 0) & ~self.open[self.first]
        for place in np.flatnonzero(gone).tolist():
            self._look(place)
        self.fresh |= bool(self.changed)
        for place in self.changed:
            self._refresh(place)
        self.changed = set()

    def _refresh(self, place: int) -> None:
        first, room = int(self.first[place]), self.free[place]
        if first >= 0 and self.places[first] == place:
            room = room + self.needs[first]
        if (room != self.room[place]).any():
            self._record(place)
            self.covered[place] = self.recorded[place] = -1
            self.room[place] = room
            here = np.flatnonzero(self.target == place)
            self.stuck[self.turn[here]] = self._unfit(here, place)
        self.first_stuck[place] = first >= 0 and self._unfit(np.array([first]), place)[0]

    def carry_out(self) -> bool:
        """Every cycle that the places on it can take; whether there was one."""
        if not self.fresh:
            return False
        self.fresh = False
        ways = np.where(self.first >= 0, self.target[self.first], -1)
        cycles, leads = _find_cycles(ways.tolist())
        if all(self._hangs(cycle) for cycle in cycles):
            return False
        if len(cycles) > 1:  # in the order in which walks from the families meet them
            pointing = np.flatnonzero(self.target >= 0)
            met, at = np.unique(np.array(leads)[self.target[pointing]], return_index=True)
            cycles = [cycles[each] for each in met[np.argsort(at)]]
        for cycle in cycles:
            if self._hangs(cycle):
                continue
            for place, onward in [(place, int(ways[place])) for place in cycle]:
                self._close(int(self.first[place]), onward)
            for place in self.changed:
                self._refresh(place)
        self._settle()
        self.fresh = True
        return True

    def _hangs(self, cycle: list[int]) -> bool:
        return bool(self.stuck[self.turn[self.first[cycle]]].any())

    def turn_down(self) -> None:
        """In turn, families are turned down where they would not fit, until one is moved on."""
        turn = int(self.stuck.argmax())
        family = int(self.order[turn])
        np.maximum(self.covered, turn, out=self.covered)
        lost = self.first_stuck & (self.turn[self.first] <= turn)
        self.fresh |= bool((self.first == family).any())
        self._aim(family)
        for place in np.flatnonzero(lost).tolist():
            self._look(place)
        self._settle()


def _find_cycles(ways: list[int]) -> tuple[list[list[int]], list[int]]:
    """Cycles of places where each leads to one other, and the cycle that each place leads to."""
    cycles: list[list[int]] = []
    leads = [-2] * len(ways)  # -2 not walked yet, -1 on this walk or to no cycle
    for start in range(len(ways)):
        path, place = [], start
        while place >= 0 and leads[place] == -2:
            leads[place] = -1
            path.append(place)
            place = ways[place]
        found = -1 if place < 0 else leads[place]
        if place in path:
            found = len(cycles)
            cycles.append(path[path.index(place) :])
        for each in path:
            leads[each] = found
    return cycles, leads
