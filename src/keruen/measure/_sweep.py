# SPDX-License-Identifier: Apache-2.0
"""Compiled: the residence rule over the crossings of each person.

A person's crossings are put in order (``_history``), weighed, which depends on the days alone
(``_evidence``), and answered here, carrying the status from one to the next. Nothing is
allocated per person, and the time is linear in the number of crossings.
"""

# ruff: noqa: PLR0917 - kernels take their arrays one by one

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from keruen.measure import _evidence, _history, _rule
from keruen.measure._compile import compiled, edition, kept
from keruen.measure._evidence import length, weigh
from keruen.measure._history import arrange, reject, stated, tell
from keruen.measure._rule import (
    ANSWER,
    ASSUMED,
    BORN,
    CONTRADICTED,
    DEDUCED,
    NEVER,
    NULL,
    REJECT_PERSON,
    STATED,
    UNKNOWN,
    WEAK,
    WEAK_OUTSIDER,
    Answers,
    Events,
    Kinds,
    Rule,
    Times,
)

_UNSAID, _OPEN = 2, 3  # status that nobody stated; status that hangs on an open crossing


@compiled
def _first_status(birth: int, told: int, rule: Rule, room: Events) -> tuple[int, int]:
    """Status before the first crossing, and how it is known."""
    day, side, start = room[0].day, room[0].side, rule.observed_from
    value = stated(day, 0, told, room)
    if value != NULL:
        return value, STATED
    if start <= birth <= day:
        return 1, BORN
    if start != -NEVER and day >= start + length(rule, start)[0]:
        return 1 - side, DEDUCED
    value = stated(day, 1, told, room)
    if value != NULL:
        return value, WEAK
    if rule.opposite == 1:
        return 1 - side, ASSUMED
    return _UNSAID, UNKNOWN


@compiled
def _was_abroad(k: int, rule: Rule, room: Events) -> bool:
    """Whether V of the W days before an arrival were spent outside; departures may pass."""
    if room[k].side == 0:
        return True
    V, W = length(rule, room[k].day)
    start, end = room[k].day - W, room[k].day
    away, p = 0, k - 1
    while end > start:
        side = room[p].side if p >= 0 else 1 - room[0].side
        begin = max(start, room[p].day) if p >= 0 else start
        away += end - begin if side == 0 else 0
        end, p = begin, p - 1
    return bool(away >= V)


@compiled
def _too_soon(u: int, k: int, rule: Rule, room: Events) -> bool:
    """Whether k cannot be long-term although u, the first open crossing, is not decided.

    Were k long-term, u would have been too, with V days on its side, of which at most W - V
    can follow k.
    """
    if room[u].side == room[k].side or room[u].away != 1:
        return False
    days = room[k].inside - room[u].inside
    if room[u].side == 0:
        days = room[k].day - room[u].day - days
    V, W = length(rule, room[k].day)
    return bool(days < length(rule, room[u].day)[0] - (W - V))


@compiled
def _final_no(k: int, head: int, run: int, status: int, rule: Rule, room: Events) -> int:
    """First end of observation at which k is known to be no migration.

    Its own evidence settles it. Sooner, going through the crossings that were open when k
    happened: k comes too soon after the first of them; or that one is decided, and so on,
    until the status before k is known. Those since ``run`` lead away the same way as k and
    tell nothing about it.
    """
    side, decided, until = room[k].side, int(room[k].decided), int(room[k].day + 1)
    if status == _UNSAID:
        return decided
    for u in range(head, run if status == 1 - side else k):
        if room[u].away != 0 and room[u].decided > until:
            if _too_soon(u, k, rule, room):
                return min(decided, until)
            until = room[u].decided
    return decided if status == 1 - side else min(decided, until)


@compiled
def _step(status: int, side: int, evidence: int) -> tuple[int, int, int]:
    """Answer, status after, and whether a crossing leads away from the status before."""
    if status == side:
        return 0, status, 0
    if status > 1:
        if evidence == 1:
            return NULL, side, 2
        return (0 if evidence == 0 else NULL), status, 0
    if evidence == 1:
        return 1, side, 1
    return (0, status, 1) if evidence == 0 else (NULL, _OPEN, 1)


@compiled
def _heard(said: int, status: int, before: int, rule: Rule, room: Events, out: Answers) -> bool:
    """Whether a statement counts; a crossing that it contradicts is marked."""
    if rule.trust_records == 1 or room[said].told >= WEAK_OUTSIDER:
        return False
    if status == 1 - (room[said].told & 1):
        out[before].marks |= CONTRADICTED
    return True


@compiled
def _first_open(head: int, k: int, room: Events) -> int:
    """First crossing from ``head`` on that may have been open when k happened."""
    while head < k and (room[head].away == 0 or room[head].decided <= room[k].day + 1):
        head += 1
    return head


@compiled
def _write(row: int, status: int, answer: int, after: int, out: Answers) -> None:
    out[row].before = status if status <= 1 else NULL
    out[row].after = after if after <= 1 else NULL
    out[row].long_term = answer


@compiled
def _classify(n: int, birth: int, told: int, rule: Rule, room: Events, out: Answers) -> None:
    """Status before and after every crossing, the answer, and when it became final.

    ``said`` is the next statement; ``head`` the first crossing that may still be open;
    ``opened`` the one that made the status unknown; since ``run`` all that lead away lead the
    same way.
    """
    status, how = _first_status(birth, told, rule, room)
    out[room[0].row].initial = how
    said = head = run = opened = 0
    before = NULL
    for k in range(n):
        row, day, side = room[k].row, room[k].day, room[k].side
        room[k].away = 0
        if row == NULL:
            continue
        while said < told and room[said].told_day <= day:
            if before != NULL and _heard(said, status, before, rule, room, out):
                status, head, run = room[said].told & 1, k, k
            said += 1
        head = _first_open(head, k, room)
        answer, after, away = _step(status, side, out[row].evidence)
        if status == _OPEN and answer == NULL and _too_soon(opened, k, rule, room):
            answer = 0
        if away == 1 and after == _OPEN:
            opened = k
        room[k].away = away
        if away > 0 and after == side:
            run = k + 1
        if answer != NULL:
            own = after != status  # decided by its own evidence
            final = room[k].decided if own else _final_no(k, head, run, status, rule, room)
            out[row].final = final
        if rule.lookback == 1 and answer == 1 and not _was_abroad(k, rule, room):
            answer = 0
        _write(row, status, answer, after, out)
        status, before = after, row
    for later in range(said, told):
        if _heard(later, status, before, rule, room, out):
            status = room[later].told & 1


def _sweep(_edition: int) -> Callable[..., None]:
    @kept
    def sweep(
        starts: NDArray[np.int64], time: Times, kind: Kinds, rule: Rule, room: Events, out: Answers
    ) -> None:
        _ = _edition
        for person in range(len(starts) - 1):
            lo, hi = starts[person], starts[person + 1]
            birth, death, told = tell(lo, hi, time, kind, rule, room)
            n = arrange(lo, hi, death, told, time, kind, rule, room, out)
            if n > 0 and not (rule.gap == REJECT_PERSON and reject(lo, hi, kind, out)):
                weigh(n, death, rule, room, out)
                _classify(n, birth, told, rule, room, out)

    return sweep


sweep = _sweep(edition(__file__, *(str(m.__file__) for m in (_evidence, _history, _rule))))
"""Answer all crossings of whole persons.

Parameters
----------
starts : array of int
    First row of every person, and the number of rows.
time : array of int
    Microseconds since 1970, in order within a person.
kind : array of int
    What the row is. Of a person's rows at one moment statements come first, then departures,
    then arrivals, each by its identifier.
rule : Rule
    The rule and the treatment of defects.
room : array of EVENT
    Room for twice as many events as a person has rows.
out : array of ANSWER
    Made by ``blank``. Where ``rule.emit`` is 1 it is twice as long, and the answer of a
    crossing supposed after a row stands as many places later as there are rows.
"""


def blank(rows: int) -> Answers:
    """Answers of so many rows, all unknown."""
    out = np.zeros(rows, ANSWER)
    for name in ("before", "after", "long_term", "evidence"):
        out[name] = NULL
    out["final"] = out["decided"] = NEVER
    out["place"] = np.arange(rows)
    return out
