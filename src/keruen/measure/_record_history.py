# SPDX-License-Identifier: Apache-2.0
"""Spells of whole persons from the points at which their status turns."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._rule import BIRTH, DEATH, OUTSIDER, RESIDENT, WEAK_OUTSIDER

Rows = NDArray[np.int64]
STATUSES: Final = ("outside", "resident", "undecided")
OUTSIDE_NOW, RESIDENT_NOW, UNDECIDED = range(3)
ENTRIES: Final = (
    "initial", "birth", "arrival", "departure", "settled", "undecided", "stated",
)  # fmt: skip
EXITS: Final = (
    "open", "death", "arrival", "departure", "settled", "undecided", "stated",
)  # fmt: skip
_BORN, _ARRIVAL, _DEPARTURE, _SETTLED, _UNDECIDED, _STATED = range(1, 7)
_OPEN, _DEATH = 0, 1
_NEVER: Final = 2**31 - 1


@dataclass(frozen=True)
class Histories:
    """Crossings and statements of whole persons: an entry a row."""

    person: Rows
    day: Rows
    kind: Rows  # as in keruen.measure._rule: 1 arrival, 0 departure, else a statement
    before: Rows  # status around a crossing: 1, 0, -1 not known
    after: Rows
    opens: NDArray[np.bool_]  # the person's first crossing

    def take(self, rows: Rows) -> Histories:
        """Some of the rows."""
        return Histories(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class SpellRows:
    """Spells, ordered by person and time; rows are those of the histories, -1 for none."""

    person: Rows
    start: Rows
    end: Rows  # _NEVER while it lasts
    status: Rows
    entry: Rows
    exit: Rows
    row: Rows  # crossing whose columns describe the person in the spell
    exit_row: Rows  # crossing whose columns describe the person at its end
    born: Rows  # day of birth from the record of births, -1 for none


def spells_of(histories: Histories, first: int, until: int, *, statements: bool) -> SpellRows:
    """Spells of whole persons within the days observed."""
    order, rows = _ordered(histories, until)
    people = _People.of(rows, first)
    turns = _turns(rows, people, _events(rows, people, statements=statements))
    if not len(turns.person):
        return SpellRows(*[turns.person] * len(fields(SpellRows)))
    same = (turns.person[1:] == turns.person[:-1]) & (turns.status[1:] == turns.status[:-1])
    turns = turns.take(np.flatnonzero(~np.r_[False, same]))
    person, death = turns.person, people.death[turns.person]
    more = np.r_[person[1:] == person[:-1], False]
    end = np.where(more, np.r_[turns.day[1:], 0], death)
    last = np.where(death < _NEVER, _DEATH, _OPEN)
    by_crossing = more & np.r_[turns.crossing[1:], False]
    left = np.where(by_crossing, np.r_[turns.row[1:], -1], turns.row)
    place = np.r_[order, -1]  # -1 stays -1
    return SpellRows(
        person=person,
        start=turns.day,
        end=end,
        status=turns.status,
        entry=turns.entry,
        exit=np.where(more, np.r_[turns.entry[1:], 0], last),
        row=place[turns.row],
        exit_row=place[left],
        born=np.where(people.birth[person] < _NEVER, people.birth[person], -1),
    )


@dataclass(frozen=True)
class _Turns:
    """Beginnings of spells, by person and time: how each history opens, and what follows."""

    person: Rows
    day: Rows
    status: Rows
    entry: Rows
    row: Rows  # crossing whose columns hold from here on
    crossing: NDArray[np.bool_]

    def take(self, rows: Rows) -> _Turns:
        """Some of them."""
        return _Turns(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def _turns(rows: Histories, people: _People, events: Rows) -> _Turns:
    person = rows.person[events]
    first = np.searchsorted(person, people.known)  # a history opens before its events
    person, place = (
        np.insert(column, first, opening)
        for column, opening in ((person, people.known), (events, -1))
    )
    opens = place < 0
    crossing = ~opens & (rows.kind[place] <= 1)
    start = people.start[person]
    row = np.where(opens, people.opening[person], place)
    told = np.where(opens | crossing, np.arange(len(row)), 0)  # statements keep what was before
    return _Turns(
        person=person,
        day=np.where(opens, start, np.maximum(rows.day[place], start)),
        status=np.where(opens, people.status[person], _after(rows)[place]),
        entry=np.where(opens, people.entry[person], _entries(rows)[place]),
        row=row[np.maximum.accumulate(told)],
        crossing=crossing,
    )


def _ordered(histories: Histories, until: int) -> tuple[Rows, Histories]:
    """Rows by person and day; in a day statements, crossings from the first on, deaths."""
    kind = histories.kind
    rank = np.select([kind == DEATH, kind > 1, histories.opens], [3, 0, 1], 2)
    order = _sorted((histories.after, kind, rank, histories.day, histories.person))
    order = order[histories.day[order] < until]
    return order, histories.take(order)


def _sorted(keys: tuple[Rows, ...]) -> Rows:
    """Order by several keys, the last one first, of rows nearly all in that order already."""
    *_, day, person = keys
    moment = (person << 32) + day
    step = np.diff(moment)
    if (step < 0).any():
        return np.lexsort(keys)
    tied = np.zeros(len(moment), bool)
    tied[1:] |= step == 0
    tied[:-1] |= step == 0
    order, rows = np.arange(len(moment)), np.flatnonzero(tied)
    order[rows] = rows[np.lexsort(tuple(key[rows] for key in keys))]
    return order


@dataclass(frozen=True)
class _People:
    """By person: when and how the history begins and ends."""

    known: Rows  # persons of whom there is anything to tell
    start: Rows
    status: Rows
    entry: Rows
    opening: Rows  # row of the first crossing, -1 for none
    birth: Rows
    death: Rows

    @classmethod
    def of(cls, rows: Histories, first: int) -> _People:
        count = int(rows.person.max()) + 1 if len(rows.person) else 0
        opening = np.full(count, -1)
        crossing = np.flatnonzero(rows.kind <= 1)[::-1]
        opening[rows.person[crossing]] = crossing  # the first in order is written last
        moved = opening >= 0
        birth, death = (_first_day(rows, kind, count) for kind in (BIRTH, DEATH))
        met = np.where(moved, rows.day[opening], _NEVER)
        birth = np.where((birth >= first) & (birth <= met), birth, _NEVER)
        born = birth < _NEVER
        start = np.where(born, birth, first)
        status = np.where(born, RESIDENT_NOW, UNDECIDED)
        told = (rows.kind >= OUTSIDER) & (rows.day <= start[rows.person])
        told &= (rows.kind < WEAK_OUTSIDER) | ~born[rows.person]
        strong_last = np.flatnonzero(told)
        strong_last = strong_last[np.argsort(rows.kind[strong_last] < WEAK_OUTSIDER, kind="stable")]
        status[rows.person[strong_last]] = rows.kind[strong_last] & 1
        before = rows.before[opening]
        status = np.where(moved, np.where(before < 0, UNDECIDED, before), status)
        entry = np.where(born & (status == RESIDENT_NOW), _BORN, 0)
        spoken = np.zeros(count, bool)
        spoken[rows.person[rows.kind >= OUTSIDER]] = True
        known = np.flatnonzero((moved | born | spoken) & (death >= start))
        return cls(known, start, status, entry, opening, birth, death)


def _first_day(rows: Histories, kind: int, count: int) -> Rows:
    day = np.full(count, _NEVER)
    which = rows.kind == kind
    np.minimum.at(day, rows.person[which], rows.day[which])
    return day


def _events(rows: Histories, people: _People, *, statements: bool) -> Rows:
    """Rows that may turn the status: crossings, and statements after the first of them."""
    opening = people.opening[rows.person]
    place = np.arange(len(rows.person))
    told = (rows.kind == OUTSIDER) | (rows.kind == RESIDENT)
    later = np.where(opening >= 0, place > opening, rows.day > people.start[rows.person])
    heard = (rows.kind <= 1) | (told & later & (statements | (opening < 0)))
    alive = rows.day <= people.death[rows.person]
    is_known = np.zeros(len(people.start), bool)
    is_known[people.known] = True
    return np.flatnonzero(heard & alive & is_known[rows.person])


def _after(rows: Histories) -> Rows:
    crossed = np.where(rows.after < 0, UNDECIDED, rows.after)
    return np.where(rows.kind <= 1, crossed, rows.kind & 1)


def _entries(rows: Histories) -> Rows:
    """How a spell that a row begins is called."""
    moved = np.where(rows.kind == 1, _ARRIVAL, _DEPARTURE)
    other = np.where(rows.after < 0, _UNDECIDED, _SETTLED)
    known = (rows.before >= 0) & (rows.after >= 0)
    return np.where(rows.kind > 1, _STATED, np.where(known, moved, other))
