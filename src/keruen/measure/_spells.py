# SPDX-License-Identifier: Apache-2.0
"""Kernel of register spells: merged, cut at the next, gaps closed; all persons together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
NEVER: Final = 2**31 - 1
"""Day number of an end that has not come."""


@dataclass(frozen=True)
class Spells:
    """Spells, one row each: codes, days, rank of the source, registrations they are made of."""

    person: Whole
    place: Whole
    start: Whole
    end: Whole
    rank: Whole
    count: Whole

    def pick(self, rows: Whole | NDArray[np.bool_]) -> Spells:
        """Some of the spells, or all in another order."""
        return Spells(**{name: column[rows] for name, column in vars(self).items()})


def ordered_spells(spells: Spells, merge_days: int, gap_days: int) -> Spells:
    """Spells of each person one after another, no two overlapping."""
    spells = spells.pick(spells.end > spells.start)
    spells = _united(spells, merge_days)
    spells = _cut(spells)
    return _closed(spells, gap_days)


def _groups(*columns: Whole) -> NDArray[np.bool_]:
    """Whether a row is the first with its values."""
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = np.any([np.diff(column) != 0 for column in columns], axis=0)
    return new


def _joined(spells: Spells, new: NDArray[np.bool_], end: Whole) -> Spells:
    """Rows run together: the first's start, the end given, registrations added up."""
    if not len(new):
        return spells
    start = np.flatnonzero(new)
    count = np.add.reduceat(spells.count, start)
    return replace(spells.pick(start), end=np.maximum.reduceat(end, start), count=count)


def _united(spells: Spells, merge_days: int) -> Spells:
    """Spells of one person and place that overlap or nearly touch, as one."""
    order = np.lexsort((spells.rank, spells.start, spells.place, spells.person))
    spells = spells.pick(order)
    own = _groups(spells.person, spells.place)
    # The latest end so far within person and place: groups lie a span apart.
    shift = np.cumsum(own) * (4 * NEVER)
    latest = np.maximum.accumulate(spells.end + shift) - shift
    apart = np.ones(len(own), dtype=bool)
    apart[1:] = spells.start[1:] > latest[:-1] + merge_days
    return _joined(spells, own | apart, spells.end)


def _cut(spells: Spells) -> Spells:
    """Each spell ended by the next; of those that start on one day only the first in rank."""
    order = np.lexsort((spells.place, spells.rank, spells.start, spells.person))
    spells = spells.pick(order)
    spells = spells.pick(_groups(spells.person, spells.start))
    following = np.append(spells.start[1:], NEVER)
    same = np.append(spells.person[1:] == spells.person[:-1], [False])[: len(following)]
    return replace(spells, end=np.where(same, np.minimum(spells.end, following), spells.end))


def _closed(spells: Spells, gap_days: int) -> Spells:
    """Spells in one place with nothing but a short gap between them, as one."""
    new = _groups(spells.person, spells.place)
    new[1:] |= spells.start[1:] - spells.end[:-1] >= max(gap_days, 1)
    return _joined(spells, new, spells.end)


def border_events(spells: Spells) -> tuple[Whole, Whole, Whole, Whole]:
    """Rows, directions, days and numbers of entries to the register and exits from it."""
    order = np.lexsort((spells.start, spells.person))
    person, start, end = spells.person[order], spells.start[order], spells.end[order]
    enters = np.ones(len(order), dtype=bool)
    enters[1:] = (np.diff(person) != 0) | (start[1:] > end[:-1])
    leaves = np.append(enters[1:], True)[: len(order)] & (end < NEVER)
    row = np.concatenate([order[enters], order[leaves]])
    direction = np.concatenate([np.ones(enters.sum()), np.zeros(leaves.sum())]).astype(np.int64)
    day = np.concatenate([start[enters], end[leaves]])
    turn = np.lexsort((-direction, day, spells.person[row]))
    row, direction, day = row[turn], direction[turn], day[turn]
    first = np.flatnonzero(_groups(spells.person[row])) if len(row) else row
    number = np.arange(len(row)) - np.repeat(first, np.diff(np.append(first, len(row)))) + 1
    return row, direction, day, number
