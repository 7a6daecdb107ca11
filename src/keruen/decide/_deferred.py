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
    wish = np.zeros(len(wishes), dtype=int)
    places = np.full(len(wishes), -1)
    asked = [np.zeros(len(line), dtype=bool) for line in lines]  # ever asked, in line order
    rank = [{int(family): at for at, family in enumerate(line)} for line in lines]
    moving = list(range(len(wishes)))
    while moving:
        changed = set()
        for family in moving:
            place = _next_wish(family, wish, wishes, rank)
            places[family] = place
            if place >= 0:
                asked[place][rank[place][family]] = True
                changed.add(place)
        moving = []
        for place in sorted(changed):
            line = lines[place]
            now = places[line] == place
            keep = (
                _within_threshold(needs[line], capacity[place], now)
                if thresholds
                else _beside(needs[line], capacity[place], asked[place])
            )
            turned_down = line[now & ~keep]
            wish[turned_down] += 1
            moving += turned_down.tolist()
    return places


def _next_wish(
    family: int, wish: np.ndarray, wishes: list[np.ndarray], rank: list[dict[int, int]]
) -> int:
    """Best place left where the family stands in line, -1 for none."""
    options = wishes[family]
    while wish[family] < len(options) and family not in rank[options[wish[family]]]:
        wish[family] += 1
    return int(options[wish[family]]) if wish[family] < len(options) else -1


def _beside(needs: np.ndarray, capacity: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Which of a line fit, in the services they need, beside those of a group before them."""
    taken = np.cumsum(np.where(group[:, None], needs, 0), axis=0)
    before = np.vstack([np.zeros_like(capacity), taken[:-1]])
    fits: np.ndarray = ((before + needs <= capacity) | (needs == 0)).all(axis=1)
    return fits


def _within_threshold(needs: np.ndarray, capacity: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Which of a line have a rank among those who ask now within their threshold."""
    asking = np.concatenate([[0], np.cumsum(now)[:-1]])
    everyone = np.ones(len(now), dtype=bool)
    limit = np.where(_beside(needs, capacity, everyone), _NO_LIMIT, 0)
    some = np.nonzero((limit == 0) & _beside(needs, capacity, now))[0]
    if len(some):
        limit[some] = asking[some] + 1 + _room(needs, capacity, now, some)
    short = limit < _NO_LIMIT
    running = np.minimum.accumulate(np.where(short, limit, _NO_LIMIT))
    return np.asarray(asking + 1 <= np.where(short, running, _NO_LIMIT))


def _room(
    needs: np.ndarray, capacity: np.ndarray, now: np.ndarray, which: np.ndarray
) -> np.ndarray:
    """How many more of those before, whichever they are, may ask so that one still fits.

    For each service the largest needs of those before who do not ask are added until it breaks;
    the least over the services that the family needs counts. Needs are few different numbers, so
    those before are kept as counts of each.
    """
    room = np.full(len(which), _NO_LIMIT)
    for service in range(needs.shape[1]):
        column = needs[:, service]
        sizes = np.unique(column)[::-1]
        idle = (column[:, None] == sizes) & ~now[:, None]
        before = np.cumsum(idle, axis=0) - idle  # of each size, before each family
        taken = np.cumsum(np.where(now, column, 0)) - np.where(now, column, 0)
        left = (capacity[service] - taken - column)[which]
        more = np.zeros(len(which), dtype=np.int64)
        whole = np.ones(len(which), dtype=bool)  # so far none was left out
        for at, size in enumerate(sizes):
            there = before[which, at]
            fit = there if size == 0 else np.minimum(there, left // size)
            more += np.where(whole, fit, 0)
            left = left - np.where(whole, fit, 0) * size
            whole &= fit == there  # one of this size breaks it: smaller ones do not count
        needed = column[which] > 0
        room = np.where(needed, np.minimum(room, more), room)
    return room
