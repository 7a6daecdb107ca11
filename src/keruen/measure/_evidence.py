# SPDX-License-Identifier: Apache-2.0
"""Compiled: what the days after each crossing say, whatever the status before it.

Pointers only move on, so that the time is linear in the number of crossings.
"""

from __future__ import annotations

from keruen.measure._compile import compiled
from keruen.measure._rule import NEVER, NULL, Answers, Events, Rule


@compiled
def add_months(day: int, months: int) -> int:
    """Day so many calendar months later, never beyond the end of that month.

    Examples
    --------
    >>> add_months(0, 14)  # from 1 January 1970 to 1 March 1971
    424
    """
    # The calendar is counted from 1 March of the year 0, so that a leap day ends its year.
    era, days = divmod(day + 719468, 146097)
    year = (days - days // 1460 + days // 36524 - days // 146096) // 365
    rest = days - (365 * year + year // 4 - year // 100)
    month = (5 * rest + 2) // 153
    index = (year + era * 400) * 12 + month
    start = _month_start(index)
    of_month = day - start
    there = _month_start(index + months)
    return there + min(of_month, _month_start(index + months + 1) - there - 1)


@compiled
def _month_start(index: int) -> int:
    """First day of a month counted from March of the year 0."""
    year, month = divmod(index, 12)
    days = 365 * year + year // 4 - year // 100 + year // 400
    return days + (153 * month + 2) // 5 - 719468


@compiled
def length(rule: Rule, day: int) -> tuple[int, int]:
    """Threshold and window of a crossing, in days."""
    if rule.calendar == 0:
        return rule.threshold, rule.window
    return add_months(day, rule.threshold) - day, add_months(day, rule.window) - day


@compiled
def _decision(k: int, p: int, V: int, W: int, room: Events) -> tuple[int, int, int]:
    """Spell in which crossing k is decided, the day, and whether it passes.

    The search begins at spell ``p``. Later crossings of one direction are decided later, so a
    caller's ``p`` only moves on; in calendar months it may have to step back.
    """
    here = room[k]
    side, day, inside, fails = here.side, here.day, here.inside, W - V + 1
    p = max(p, k)
    while True:
        days, new = room[p].day - day, room[p].inside - inside
        new = new if side == 1 else days - new
        if p == k or (new < V and days - new < fails):
            break
        p -= 1
    while True:
        spell = room[p]
        same = spell.side == side
        end = spell.day + (V - new if same else fails - (days - new))
        if end <= spell.until:
            return p, end, 1 if same else 0
        step = spell.until - spell.day
        days += step
        new += step if same else 0
        p += 1


@compiled
def weigh(n: int, death: int, rule: Rule, room: Events, out: Answers) -> None:
    """Days observed, days on the new side and evidence of every crossing."""
    end = min(rule.observed_until, death)
    cut = NEVER if death != NEVER and rule.death_fails == 1 else end
    last = enter = leave = 0  # where the last window ended, where decisions fell
    for k in range(n):
        here = room[k]
        if here.row == NULL:
            continue
        answer, day = out[here.row], here.day
        V, W = length(rule, day)
        observed = min(W, max(end - day, 0))
        last = max(last, k)
        while room[last].until < day + observed:
            last += 1
        spell = room[last]
        new = spell.inside - here.inside
        new += day + observed - spell.day if spell.side == 1 else 0
        answer.observed = observed
        answer.new_side = new if here.side == 1 else observed - new
        if here.side == 1:
            enter, decided, passes = _decision(k, enter, V, W, room)
        else:
            leave, decided, passes = _decision(k, leave, V, W, room)
        if decided > end and cut == NEVER:
            decided, passes = max(death, day) + 1, 0
        here.decided = decided
        if decided <= cut:
            answer.evidence = passes
            answer.decided = decided
