# SPDX-License-Identifier: Apache-2.0
"""Kernel of moves from traces: runs of days in a place, and the pairs of runs that make a move.

Rows of all persons are worked on together. A run is a row of ``person``, ``place`` (codes),
``first`` and ``last`` (days, both within); a key person x span + day puts days of different
persons far apart, so that one sorted search serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
_MARGIN: Final = 10_000
"""Days between the last day of one person and the first of the next in a key."""


@dataclass(frozen=True)
class Limits:
    """Settings of the segment method, in days but for the share ``presence``."""

    gap: int = 7
    min_segment: int = 30
    presence: float = 0.6
    overlap: int = 0
    stay: int = 90
    max_gap: int = 30


@dataclass(frozen=True)
class Runs:
    """Runs of days in a place, one row each."""

    person: Whole
    place: Whole
    first: Whole
    last: Whole

    def pick(self, rows: NDArray[np.bool_] | Whole) -> Runs:
        """Some of the runs, or all in another order."""
        return Runs(self.person[rows], self.place[rows], self.first[rows], self.last[rows])

    @property
    def days(self) -> Whole:
        """Length of each run."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Moves:
    """A move a row: the run before, the run after, and the day between them."""

    home: Runs
    destination: Runs
    day: Whole
    uncertainty: Whole


def find_moves(person: Whole, place: Whole, day: Whole, limits: Limits) -> Moves:
    """Moves of all persons from the days on which they were seen (person, place, day codes)."""
    order = np.lexsort((day, place, person))
    person, place, day = person[order], place[order], day[order]
    new = np.ones(len(day), dtype=bool)
    new[1:] = (np.diff(person) != 0) | (np.diff(place) != 0) | (np.diff(day) != 0)
    person, place, day = person[new], place[new], day[new]
    origin = int(day.min()) if len(day) else 0
    day = day - origin  # so that keys start at nought
    span = (int(day.max()) if len(day) else 0) + _MARGIN
    kept = _merged(_present(person, place, day, limits), span)
    stays = _apart(kept, span, limits)
    return _dated(_paired(stays, (person, place, day), span, limits), origin)


def _dated(moves: Moves, origin: int) -> Moves:
    home, there = moves.home, moves.destination
    return Moves(
        replace(home, first=home.first + origin, last=home.last + origin),
        replace(there, first=there.first + origin, last=there.last + origin),
        moves.day + origin,
        moves.uncertainty,
    )


def _present(person: Whole, place: Whole, day: Whole, limits: Limits) -> Runs:
    """Runs without long holes, long enough, and seen on enough of their days."""
    if not len(day):
        return Runs(person, place, day, day)
    cut = (np.diff(person) != 0) | (np.diff(place) != 0) | (np.diff(day) > limits.gap)
    start = np.concatenate([[0], np.flatnonzero(cut) + 1])
    end = np.concatenate([start[1:], [len(day)]])
    runs = Runs(person[start], place[start], day[start], day[end - 1])
    seen = end - start
    return runs.pick((runs.days >= limits.min_segment) & (seen >= limits.presence * runs.days))


def _merged(runs: Runs, span: int) -> Runs:
    """Neighbouring runs of one place joined where no run of another touches the gap."""
    if len(runs.first) < 2:
        return runs
    base = runs.person * span
    begun, ended = np.sort(base + runs.first), np.sort(base + runs.last)
    after, before = (base + runs.first)[1:], (base + runs.last)[:-1]
    # Runs that begin before the gap ends, less those that ended before it began.
    within = np.searchsorted(begun, after) - np.searchsorted(ended, before, side="right")
    same = (np.diff(runs.person) == 0) & (np.diff(runs.place) == 0)
    start = np.concatenate([[0], np.flatnonzero(~(same & (within == 0))) + 1])
    joined = runs.pick(start)
    end = np.concatenate([start[1:], [len(runs.first)]]) - 1
    return replace(joined, last=runs.last[end])


def _apart(runs: Runs, span: int, limits: Limits) -> Runs:
    """Runs without the days that another place claims too, and what is left of them."""
    order = np.lexsort((runs.last, runs.first, runs.person))
    runs = runs.pick(order)
    base = runs.person * span
    rows = np.arange(len(base))
    reach = np.searchsorted(base + runs.first, base + runs.last, side="right")
    one = np.repeat(rows, reach - rows - 1)
    other = one + 1 + _count_up(reach - rows - 1)
    low, high = runs.first[other], np.minimum(runs.last[one], runs.last[other])
    taken = (runs.place[one] != runs.place[other]) & (high - low + 1 > limits.overlap)
    owner = np.concatenate([one[taken], other[taken]])
    low, high = np.tile(low[taken], 2), np.tile(high[taken], 2)
    return _without(runs, owner, low, high, span, limits.stay)


def _count_up(counts: Whole) -> Whole:
    """0, 1, ... for each count, one after another."""
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(counts.sum()) - starts


def _without(runs: Runs, owner: Whole, low: Whole, high: Whole, span: int, stay: int) -> Runs:  # noqa: PLR0917
    """Pieces of runs between the intervals taken from them, if long enough."""
    rows = np.arange(len(runs.first))
    # A last interval of no days closes every run.
    owner = np.concatenate([owner, rows])
    low, high = np.concatenate([low, runs.last + 1]), np.concatenate([high, runs.last])
    order = np.lexsort((low, owner))
    owner, low, high = owner[order], low[order], high[order]
    # Days already behind us in the run: keys of different runs do not mix in the maximum.
    behind = np.maximum.accumulate(owner * span + high) - owner * span
    first = runs.first[owner]
    later = np.concatenate([[False], np.diff(owner) == 0]) if len(owner) else np.zeros(0, bool)
    first[later] = behind[np.flatnonzero(later) - 1] + 1
    pieces = Runs(runs.person[owner], runs.place[owner], first, low - 1)
    return pieces.pick(pieces.days >= stay)


def _paired(runs: Runs, seen: tuple[Whole, Whole, Whole], span: int, limits: Limits) -> Moves:
    """Each run with the first later run of another place, and the day of the move."""
    runs = runs.pick(np.lexsort((runs.place, runs.first, runs.person)))
    size, rows = len(runs.first), np.arange(len(runs.first))
    key = runs.person * span + runs.first
    wanted = runs.person * span + np.maximum(runs.last + 1 - limits.overlap, 0)
    place = np.append(runs.place, -1)
    following = np.maximum(np.searchsorted(key, wanted), rows + 1)
    # The next run of another place than this one, in the order of all runs.
    change = np.flatnonzero(np.diff(place) != 0) + 1
    other = change[np.searchsorted(change, rows, side="right")] if size else rows
    other = np.append(other, size)
    same = place[np.minimum(following, size)] == runs.place
    following = np.where(same, other[np.minimum(following, size)], following)
    person = np.append(runs.person, -1)
    found = person[np.minimum(following, size)] == runs.person
    home, destination = runs.pick(rows[found]), runs.pick(following[found])
    wait = destination.first - home.last
    near = wait <= limits.max_gap
    home, destination, wait = home.pick(near), destination.pick(near), wait[near]
    return Moves(home, destination, _move_day(home, destination, seen, span), wait - 1)


def _move_day(home: Runs, destination: Runs, seen: tuple[Whole, Whole, Whole], span: int) -> Whole:
    """The last of the days with fewest sightings on the wrong side of the move."""
    if not len(home.first):
        return home.first
    person, place, day = seen
    places = int(place.max()) + 1
    sighted = (person * places + place) * span + day

    def before(run: Runs, days: Whole) -> Whole:
        """Days on which the person was seen in the place of a run, before given days."""
        key = (run.person * places + run.place)[:, None] * span + days
        return np.searchsorted(sighted, key)

    low, high = np.minimum(home.last, destination.first), np.maximum(home.last, destination.first)
    days = low[:, None] + np.arange(int((high - low).max()) + 1)
    wrong = before(destination, days) - before(home, days + 1)
    wrong = np.where(days <= high[:, None], wrong, np.iinfo(np.int64).max)
    last = days.shape[1] - 1 - wrong[:, ::-1].argmin(1)
    return np.take_along_axis(days, last[:, None], 1)[:, 0]


def modal_moves(person: Whole, place: Whole, day: Whole) -> Moves:
    """Moves between the places of most days in two months that follow each other.

    Of places with equally many days the one seen last wins, then the lower code.
    """
    order = np.lexsort((day, place, person))
    person, place, day = person[order], place[order], day[order]
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    new = np.ones(len(day), dtype=bool)
    new[1:] = (np.diff(person) != 0) | (np.diff(place) != 0) | (np.diff(month) != 0)
    start = np.flatnonzero(new)
    changed = np.concatenate([[1], np.diff(day) != 0]) if len(day) else day
    days = np.add.reduceat(new | (changed > 0), start, dtype=np.int64) if len(day) else day
    last = day[np.append(start[1:], len(day)) - 1] if len(day) else day
    person, place, month = person[start], place[start], month[start]
    order = np.lexsort((place, -last, -days, month, person))
    person, place, month = person[order], place[order], month[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(person) != 0) | (np.diff(month) != 0)
    person, place, month = person[first], place[first], month[first]
    at = np.flatnonzero((np.diff(person) == 0) & (np.diff(month) == 1) & (np.diff(place) != 0))
    home, there = (_months(person[k], place[k], month[k]) for k in (at, at + 1))
    return Moves(home, there, there.first, home.days + there.days - 1)


def _months(person: Whole, place: Whole, month: Whole) -> Runs:
    """Whole months as runs of days."""
    start = month.astype("datetime64[M]")
    first, after = (m.astype("datetime64[D]").astype(np.int64) for m in (start, start + 1))
    return Runs(person, place, first, after - 1)
