# SPDX-License-Identifier: Apache-2.0
"""Kernels of exchange: top trading cycles, and turns."""

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
        self.takes = taken(lines, len(wishes))
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


def taken(lines: Lists, families: int) -> np.ndarray:
    """Which families stand in which line."""
    taken = np.zeros((len(lines), families), dtype=bool)
    for place, line in enumerate(lines):
        taken[place, line] = True
    return taken
