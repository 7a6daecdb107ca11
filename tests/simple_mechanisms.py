# SPDX-License-Identifier: Apache-2.0
"""The mechanisms as their definitions read, round by round: what the fast ones must equal."""

from __future__ import annotations

import numpy as np

_NO_LIMIT = np.iinfo(np.int64).max


def simple_accepted(needs, capacity, wishes, lines, *, thresholds):
    """Deferred acceptance: in every round each place looks at its whole line."""
    families = range(len(wishes))
    rejected = {(f, p) for f in families for p in range(len(lines)) if f not in set(lines[p])}
    asked = [set() for _ in lines]
    while True:
        at = [next((p for p in wishes[f] if (f, p) not in rejected), -1) for f in families]
        for family, place in enumerate(at):
            if place >= 0:
                asked[place].add(family)
        new = set()
        for place, line in enumerate(lines):
            now = {f for f in line if at[f] == place}
            kept = (
                _kept_by_thresholds(needs, capacity[place], line, now)
                if thresholds
                else _kept_beside(needs, capacity[place], line, asked[place])
            )
            new |= {(f, place) for f in now - kept}
        if not new:
            return np.array(at)
        rejected |= new


def _weakly(needs, room, family, beside):
    need = needs[family]
    total = need + sum((needs[each] for each in beside), np.zeros_like(need))
    return bool(((total <= room) | (need == 0)).all())


def _kept_beside(needs, room, line, group):
    return {
        f
        for at, f in enumerate(line)
        if _weakly(needs, room, f, [each for each in line[:at] if each in group])
    }


def _kept_by_thresholds(needs, room, line, now):
    running, kept, rank = _NO_LIMIT, set(), 0
    for at, family in enumerate(line):
        before = line[:at]
        asking = [each for each in before if each in now]
        idle = [each for each in before if each not in now]
        rank = len(asking) + 1
        if _weakly(needs, room, family, before):
            kept.add(family)
            continue
        limit = 0
        if _weakly(needs, room, family, asking):
            limit = rank + min(
                _count(needs[:, s], room[s], family, asking, idle)
                for s in np.nonzero(needs[family])[0]
            )
        running = min(running, limit)
        if rank <= running:
            kept.add(family)
    return kept


def _count(needs, room, family, asking, idle):
    """How many of the idle, the largest first, fit beside those who ask."""
    left = room - needs[family] - sum(needs[each] for each in asking)
    count = 0
    for need in sorted((needs[each] for each in idle), reverse=True):
        if need > left:
            break
        left, count = left - need, count + 1
    return count


def simple_endowed_cycles(needs, capacity, wishes, lines, *, start, order):
    """Top trading cycles from a proposal: everything is looked at again in every round."""
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
        needs,
        capacity,
        wishes,
        lines,
        start,
    ):
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

    def point(self):
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

    def _fix(self, family, place):
        before = self.places[family]
        if before >= 0:
            self.used[before] -= self.needs[family]
        if place >= 0:
            self.used[place] += self.needs[family]
        self.places[family], self.open[family] = place, False

    def carry_out(self):
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

    def _can_take(self, place, family):
        """Whether a family fits beside those there, less the one the place points at."""
        return bool(self._fits(np.array([place]), family)[0])

    def _fits(self, places, family):
        leaves = self.first[places]
        gone = (leaves >= 0) & (leaves != family) & (self.places[leaves] == places)
        used = self.used[places] - np.where(gone[:, None], self.needs[leaves], 0)
        fits = (
            (used + self.needs[family] <= self.capacity[places]) | (self.needs[family] == 0)
        ).all(1)
        return fits | (self.places[family] == places)

    def turn_down(self, order):
        """In turn, families are turned down where they would not fit, until one is moved on."""
        every = np.arange(len(self.lines))
        for family in order[self.open[order]]:
            refused = ~self._fits(every, int(family))
            self.accepts[refused, family] = False
            if refused[self.target[family]]:
                return


def _taken(lines, families):
    """Which families stand in which line."""
    taken = np.zeros((len(lines), families), dtype=bool)
    for place, line in enumerate(lines):
        taken[place, line] = True
    return taken
