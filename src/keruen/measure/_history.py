# SPDX-License-Identifier: Apache-2.0
"""Compiled: one person's crossings put in order, with echoes and missing crossings treated.

Days are whole days since 1970. ``side`` is 1 inside and 0 outside; a crossing's side is where
it leads.
"""

# ruff: noqa: PLR0917 - kernels take their arrays one by one

from __future__ import annotations

from typing import Final

from keruen.measure._compile import compiled
from keruen.measure._rule import (
    AFTER_DEATH,
    BIRTH,
    DAY,
    DEATH,
    DROP_EARLIER,
    DROP_LATER,
    ECHO,
    GAP_AFTER,
    MIDPOINT,
    NEVER,
    NULL,
    OUTSIDE_WINDOW,
    PERSON_REJECTED,
    REPEATED,
    WEAK_OUTSIDER,
    Answers,
    Events,
    Kinds,
    Rule,
    Times,
)

_GRACE: Final = 3  # days after a death in which a crossing may still be recorded


@compiled
def tell(
    lo: int, hi: int, time: Times, kind: Kinds, rule: Rule, room: Events
) -> tuple[int, int, int]:
    """Birth, death and number of statements; these are laid into the room."""
    birth, death, told = NEVER, NEVER, 0
    for i in range(lo, hi if rule.told == 1 else lo):
        if kind[i] > 1 and time[i] // DAY < rule.observed_until:
            day = time[i] // DAY
            if kind[i] == BIRTH:
                birth = min(birth, day)
            elif kind[i] == DEATH:
                death = min(death, day)
            else:
                room[told].told_day = day
                room[told].told = kind[i]
                told += 1
    return birth, death, told


@compiled
def stated(day: int, weak: int, told: int, room: Events) -> int:
    """Latest statement up to a day, or NULL."""
    value = NULL
    for k in range(told):
        if room[k].told_day <= day and (room[k].told >= WEAK_OUTSIDER) == (weak == 1):
            value = room[k].told & 1
    return value


@compiled
def _place(n: int, row: int, day: int, side: int, room: Events) -> int:
    """Write the next crossing of a history of n."""
    here = room[n]
    here.row = row
    here.day = day
    here.side = side
    here.until = NEVER
    here.inside = 0
    if n > 0:
        before = room[n - 1]
        before.until = day
        here.inside = before.inside + (day - before.day if before.side == 1 else 0)
    return n + 1


@compiled
def _push(
    row: int, day: int, n: int, time: Times, kind: Kinds, rule: Rule, room: Events, out: Answers
) -> int:
    """Add a crossing to a history of n; echoes and missing crossings are treated here."""
    side = kind[row]
    if n > 0 and room[n - 1].side == side:
        last = room[n - 1].row
        if time[row] - time[last] <= rule.echo:
            out[row].excluded = ECHO
            return n
        if rule.gap == DROP_LATER:
            out[row].excluded = REPEATED
            return n
        if rule.gap == DROP_EARLIER:
            out[last].excluded = REPEATED
            n -= 1
        else:
            out[last].marks |= GAP_AFTER
        if rule.gap == MIDPOINT:
            middle = room[n - 1].day + (day - room[n - 1].day) // 2
            if rule.emit == 1:
                out[len(time) + last].day = middle
            answered = len(time) + last if rule.emit == 1 else NULL
            n = _place(n, answered, middle, 1 - side, room)
    return _place(n, row, day, side, room)


@compiled
def arrange(
    lo: int, hi: int, death: int, told: int,
    time: Times, kind: Kinds, rule: Rule, room: Events, out: Answers,
) -> int:  # fmt: skip
    """Put a person's crossings in order, leaving out what takes no part; returns how many."""
    n = 0
    i = lo
    while i < hi:
        end, day = i + 1, time[i] // DAY
        if kind[i] > 1:
            i = end
            continue
        while end < hi and time[end] == time[i]:
            end += 1
        why = 0
        if day < rule.observed_from or day >= rule.observed_until:
            why = OUTSIDE_WINDOW
        elif death != NEVER and day > death + _GRACE:
            why = AFTER_DEATH
        if why != 0:
            for row in range(i, end):
                out[row].excluded = why
        elif end == i + 1:
            n = _push(i, day, n, time, kind, rule, room, out)
        else:
            n = _alternate(i, end, day, n, told, time, kind, rule, room, out)
        i = end
    return n


@compiled
def _alternate(
    lo: int, hi: int, day: int, n: int, told: int,
    time: Times, kind: Kinds, rule: Rule, room: Events, out: Answers,
) -> int:  # fmt: skip
    """Crossings of one moment, which come departures first, in alternating order."""
    middle = lo
    while middle < hi and kind[middle] == 0:
        middle += 1
    leave, enter = lo, middle
    for place in range(lo, hi):
        side = 0 if n == 0 and stated(day, 0, told, room) == 1 else 1
        if n > 0:
            side = 1 - room[n - 1].side
        if (side == 0 and leave == middle) or (side == 1 and enter == hi):
            side = 1 - side
        row = enter if side == 1 else leave
        enter, leave = enter + side, leave + 1 - side
        out[place].place = row
        if out[row].excluded == 0:  # exact duplicates were marked before
            n = _push(row, day, n, time, kind, rule, room, out)
    return n


@compiled
def reject(lo: int, hi: int, kind: Kinds, out: Answers) -> bool:
    """Reject all of a person's rows when a crossing is missing."""
    missing = False
    for i in range(lo, hi):
        if out[i].marks == GAP_AFTER:
            missing = True
    if missing:
        for i in range(lo, hi):
            out[i].marks = 0
            if kind[i] <= 1 and out[i].excluded == 0:
                out[i].excluded = PERSON_REJECTED
    return missing
