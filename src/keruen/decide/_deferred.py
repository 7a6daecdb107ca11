# SPDX-License-Identifier: Apache-2.0
"""Kernel of deferred acceptance where a family takes several units of several services."""

from __future__ import annotations

import numpy as np

_NO_LIMIT = np.iinfo(np.int64).max


def accepted(
    needs: np.ndarray,
    capacity: np.ndarray,
    wishes: list[np.ndarray],
    lines: list[np.ndarray],
    *,
    thresholds: bool,
) -> np.ndarray:
    """Place of each family, -1 to wait.

    Families that were not turned down ask at their best place; the places that anyone newly asks
    at look at their line again.
    """
    places = np.full(len(wishes), -1)
    spots = np.full((len(lines), len(wishes)), -1)  # where in line a family stands
    for place, line in enumerate(lines):
        spots[place, line] = np.arange(len(line))
    options = [each.tolist() for each in wishes]
    wish = [0] * len(wishes)
    asking = [np.zeros(0, dtype=np.int64) for _ in lines]  # spots, in line order
    looks: list[_Ever] | list[_Thresholds] = (
        [_Thresholds(needs[line], capacity[at]) for at, line in enumerate(lines)]
        if thresholds
        else [_Ever(needs[line], capacity[at]) for at, line in enumerate(lines)]
    )
    moving = list(range(len(wishes)))
    while moving:
        new: dict[int, list[int]] = {}
        for family in moving:
            while wish[family] < len(options[family]):
                place = options[family][wish[family]]
                if (spot := int(spots[place, family])) >= 0:
                    new.setdefault(place, []).append(spot)
                    break
                wish[family] += 1
        moving = []
        for place, came in new.items():
            asks = np.sort(np.concatenate([asking[place], came]))
            keep = looks[place].keep(asks, np.array(came))
            asking[place] = asks[keep]
            for family in lines[place][asks[~keep]].tolist():
                wish[family] += 1
                moving.append(family)
    for place, asks in enumerate(asking):
        places[lines[place][asks]] = place
    return places


class _Ever:
    """A line where a family is kept when it fits beside all before it who have ever asked."""

    def __init__(self, needs: np.ndarray, capacity: np.ndarray) -> None:
        self.needs, self.capacity = needs, capacity
        self.asked = np.zeros(0, dtype=np.int64)

    def keep(self, asks: np.ndarray, came: np.ndarray) -> np.ndarray:
        """Which of the spots that ask are kept."""
        self.asked = np.sort(np.concatenate([self.asked, came]))
        needs = self.needs[self.asked]
        return _beside(needs, needs, self.capacity)[np.searchsorted(self.asked, asks)]


def _beside(needs: np.ndarray, group: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Which of a line fit, in the services they need, beside those of a group before them."""
    before = np.cumsum(group, axis=0) - group
    fits: np.ndarray = ((before + needs <= capacity) | (needs == 0)).all(axis=1)
    return fits


class _Thresholds:
    """A line where a family is kept when its rank among those who ask is within its threshold.

    Between two who ask, the threshold falls down the line for families of equal need, because
    more stand before them. So of each need only the last before the next who asks can bind.
    """

    def __init__(self, needs: np.ndarray, capacity: np.ndarray) -> None:
        self.needs, self.capacity = needs, capacity
        self.safe = _beside(needs, needs, capacity)  # fits whoever before should ask
        self.services = [_Sizes(column, ~self.safe) for column in needs.T]

    def keep(self, asks: np.ndarray, came: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """Which of the spots that ask are kept."""
        needs = self.needs[asks]
        left = self.capacity - (np.cumsum(needs, axis=0) - needs)
        rank = np.arange(1, len(asks) + 1)
        limit = np.full(len(asks), _NO_LIMIT)
        for service, sizes in enumerate(self.services):
            if len(sizes.positive):
                room = sizes.room(asks, needs[:, service], left[:, service])
                reach = np.where(
                    room == _NO_LIMIT, _NO_LIMIT, np.minimum(room, len(self.needs)) + rank
                )
                limit = np.minimum(limit, np.where(room < 0, 0, reach))
        return np.asarray(self.safe[asks] | (rank <= np.minimum.accumulate(limit)))


class _Sizes:
    """The needs of a line for one service: few different numbers, and where each stands."""

    def __init__(self, needs: np.ndarray, bound: np.ndarray) -> None:
        self.positive = np.unique(needs[needs > 0])[::-1]
        is_size = needs[:, None] == self.positive
        least = np.int16 if len(needs) < 2**15 else np.int32
        self.before = (np.cumsum(is_size, axis=0) - is_size).astype(least)
        self.spots = [np.flatnonzero(each & bound) for each in is_size.T]

    def room(self, asks: np.ndarray, needs: np.ndarray, left: np.ndarray) -> np.ndarray:
        """For each stretch that ends with one who asks, the least number who may yet ask.

        Of those before who do not ask, whichever they are, so that a family of the stretch still
        fits: the largest are counted until one breaks it. Below 0 where it does not fit as it
        is, without limit where all of them fit (then another service binds).
        """
        stretch, size, spot = self._last(asks)
        asked = np.cumsum(needs[:, None] == self.positive, axis=0) - (
            needs[:, None] == self.positive
        )
        idle = self.before[spot] - asked[stretch]
        spare = left[stretch] - self.positive[size]
        taken = np.cumsum(idle * self.positive, axis=1)
        breaks = taken > spare[:, None]
        at = breaks.argmax(axis=1)
        every = np.arange(len(at))
        smaller = spare - (taken[every, at] - idle[every, at] * self.positive[at])
        count = idle.cumsum(axis=1)[every, at] - idle[every, at] + smaller // self.positive[at]
        room = np.where(spare < 0, -1, np.where(breaks.any(axis=1), count, _NO_LIMIT))
        least = np.full(len(asks), _NO_LIMIT)
        np.minimum.at(least, stretch, room)
        return least

    def _last(self, asks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """In each stretch the last family of each need that can bind: stretch, need, spot."""
        after = np.append(-1, asks[:-1])
        found = []
        for size, spots in enumerate(self.spots):
            if not len(spots):
                continue
            spot = spots[np.searchsorted(spots, asks, side="right") - 1]
            stretch = np.flatnonzero((spot > after) & (spot <= asks))
            found.append((stretch, np.full(len(stretch), size), spot[stretch]))
        if not found:
            none = np.zeros(0, dtype=np.int64)
            return none, none, none
        columns = [np.concatenate(each) for each in zip(*found, strict=True)]
        return columns[0], columns[1], columns[2]
