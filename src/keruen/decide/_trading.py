# SPDX-License-Identifier: Apache-2.0
"""Kernels of exchange: top trading cycles with and without a proposal, and turns."""

from __future__ import annotations

import numpy as np

Lists = list[np.ndarray]


def cycles(needs: np.ndarray, capacity: np.ndarray, wishes: Lists, lines: Lists) -> np.ndarray:
    """Place of each family, -1 to wait.

    A cycle stays a cycle while others are carried out, so they are taken one by one, walking
    from family to locality to family.
    """
    walk = _Walk(needs, capacity, wishes, lines)
    for start in range(len(wishes)):
        path: list[int] = [] if walk.done[start] else [start]
        step = {start: 0}
        while path:
            place = walk.points_at(path[-1])
            if place == -1:
                walk.done[path[-1]] = True
                del step[path.pop()]
                continue
            follower = walk.first_of(place)
            if follower in step:
                cut = step[follower]  # from the follower round to the last
                walk.settle(path[cut:])
                for member in path[cut:]:
                    del step[member]
                del path[cut:]
            else:
                step[follower] = len(path)
                path.append(follower)
    return walk.places


class _Walk:
    """Who points at what. What is left only shrinks, so pointers move one way."""

    def __init__(
        self, needs: np.ndarray, capacity: np.ndarray, wishes: Lists, lines: Lists
    ) -> None:
        self.needs, self.left, self.wishes, self.lines = needs, capacity.copy(), wishes, lines
        self.takes = _taken(lines, len(wishes))
        self.places = np.full(len(wishes), -1)
        self.done = np.zeros(len(wishes), dtype=bool)
        self.wish = np.zeros(len(wishes), dtype=int)
        self.line = np.zeros(len(lines), dtype=int)

    def fits(self, family: int, place: int) -> bool:
        return bool((self.needs[family] <= self.left[place]).all())

    def points_at(self, family: int) -> int:
        """The best place that has not turned the family down, -1 for none."""
        options = self.wishes[family]
        while self.wish[family] < len(options):
            place = int(options[self.wish[family]])
            if self.takes[place, family] and self.fits(family, place):
                return place
            self.wish[family] += 1
        return -1

    def first_of(self, place: int) -> int:
        """The first in line who still fits; asked only where somebody who fits points."""
        while True:
            family = int(self.lines[place][self.line[place]])
            if not self.done[family] and self.fits(family, place):
                return family
            self.line[place] += 1

    def settle(self, families: list[int]) -> None:
        """Place families where they point."""
        for family in families:
            place = int(self.wishes[family][self.wish[family]])
            self.places[family], self.done[family] = place, True
            self.left[place] -= self.needs[family]


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
    exchange = _Exchange(needs, capacity, wishes, lines, start)
    while exchange.open.any():
        exchange.point()
        if not exchange.carry_out():
            exchange.turn_down(order)
    return exchange.places


class _Exchange:
    """Rounds of pointing and exchange; who is turned down stays so."""

    def __init__(
        self,
        needs: np.ndarray,
        capacity: np.ndarray,
        wishes: Lists,
        lines: Lists,
        start: np.ndarray,
    ) -> None:
        self.needs, self.capacity, self.wishes, self.lines = needs, capacity, wishes, lines
        self.places = start.copy()
        self.open = np.ones(len(wishes), dtype=bool)
        self.accepts = _taken(lines, len(wishes))
        self.used = np.zeros_like(capacity)
        np.add.at(self.used, start[start >= 0], needs[start >= 0])
        self.wish = np.zeros(len(wishes), dtype=int)
        self.line = np.zeros(len(lines), dtype=int)
        self.target = np.full(len(wishes), -1)
        self.first = np.full(len(lines), -1)

    def point(self) -> None:
        """Each open family at its best place that has not turned it down; each place at one."""
        for family in np.nonzero(self.open)[0]:
            options = self.wishes[family]
            while (
                self.wish[family] < len(options)
                and not (self.accepts[options[self.wish[family]], family])
            ):
                self.wish[family] += 1
            found = self.wish[family] < len(options)
            self.target[family] = options[self.wish[family]] if found else -1
            if not found:
                self._fix(int(family), -1)
        for place, line in enumerate(self.lines):
            while self.line[place] < len(line) and not (
                self.open[line[self.line[place]]] and self.accepts[place, line[self.line[place]]]
            ):
                self.line[place] += 1
            ended = self.line[place] == len(line)
            self.first[place] = -1 if ended else line[self.line[place]]

    def _fix(self, family: int, place: int) -> None:
        before = self.places[family]
        if before >= 0:
            self.used[before] -= self.needs[family]
        if place >= 0:
            self.used[place] += self.needs[family]
        self.places[family], self.open[family] = place, False

    def carry_out(self) -> bool:
        """Every cycle that the places on it can take; whether there was one, or anyone left."""
        color = np.zeros(len(self.open), dtype=int)
        done = False
        for start in np.nonzero(self.open)[0]:
            family, path = int(start), []
            while self.open[family] and not color[family]:
                color[family] = start + 1
                path.append(family)
                family = int(self.first[self.target[family]])
            if self.open[family] and color[family] == start + 1 and family in path:
                cycle = path[path.index(family) :]
                if all(self._can_take(self.target[each], each) for each in cycle):
                    for each in cycle:
                        self._fix(each, int(self.target[each]))
                    done = True
        return done or not self.open.any()

    def _can_take(self, place: int, family: int) -> bool:
        """Whether a family fits beside those there, less the one the place points at."""
        return bool(self._fits(np.array([place]), family)[0])

    def _fits(self, places: np.ndarray, family: int) -> np.ndarray:
        leaves = self.first[places]
        gone = (leaves >= 0) & (leaves != family) & (self.places[leaves] == places)
        used = self.used[places] - np.where(gone[:, None], self.needs[leaves], 0)
        fits = (
            (used + self.needs[family] <= self.capacity[places]) | (self.needs[family] == 0)
        ).all(1)
        here: np.ndarray = fits | (self.places[family] == places)
        return here

    def turn_down(self, order: np.ndarray) -> None:
        """In turn, families are turned down where they would not fit, until one is moved on."""
        every = np.arange(len(self.lines))
        for family in order[self.open[order]]:
            refused = ~self._fits(every, int(family))
            self.accepts[refused, family] = False
            if refused[self.target[family]]:
                return


def in_turn(
    needs: np.ndarray, capacity: np.ndarray, wishes: Lists, order: np.ndarray
) -> np.ndarray:
    """Place of each family, -1 to wait, when each takes the best that is left."""
    left = capacity.copy()
    places = np.full(len(wishes), -1)
    for family in order:
        for place in wishes[family]:
            if (needs[family] <= left[place]).all():
                places[family] = place
                left[place] -= needs[family]
                break
    return places


def _taken(lines: Lists, families: int) -> np.ndarray:
    """Which families stand in which line."""
    taken = np.zeros((len(lines), families), dtype=bool)
    for place, line in enumerate(lines):
        taken[place, line] = True
    return taken
