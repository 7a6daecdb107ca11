# SPDX-License-Identifier: Apache-2.0
"""Whether a rule set says one thing for every profile: names, tables, dates, limits."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from keruen.decide.points._conditions import Bound, Condition, checks_of, decided
from keruen.decide.points._nodes import Faults
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.rules import Cap, DatedValue, Derived, Factor, Prerequisite, Side

_COMBINATIONS: Final = 4096


def check_rule_set(rules: RuleSet, faults: Faults) -> None:
    """Note everything that keeps a rule set from being run on any of its days."""
    _names(rules, faults)
    known = {*rules.inputs, *rules.derived}
    for day in rules.turns():
        for factor in rules.factors_on(day).values():
            if factor.rows.when is not None or set(factor.inputs) <= known:
                _tables(rules, factor, day, faults)
        if not faults.found:
            _totals(rules, day, faults)


def _names(rules: RuleSet, faults: Faults) -> None:
    """Names that stand for nothing, and dates outside those of the rule set."""
    facts = {**rules.inputs, **rules.derived}
    coded = {name for name, one in rules.inputs.items() if one.codes}
    for one in rules.derived.values():
        numbers = [name for name in facts if name not in coded and name != one.name]
        _known(one.of, numbers, one.where, faults)
        if one.kind == "ratio_of" and len(one.of) != 2:
            faults.add_at("a ratio is of two numbers", one.where, "give two names")
        if not one.of:
            faults.add_at("a derived number is made of nothing", one.where, "name its inputs")
    for cap in rules.caps.values():
        _known(cap.of, [*rules.factors, *rules.caps], cap.where, faults)
    _circles({one.name: one.of for one in rules.derived.values()}, rules.derived, faults)
    _circles({cap.name: cap.of for cap in rules.caps.values()}, rules.caps, faults)
    _once(rules, faults)
    for factor in rules.factors.values():
        sides = [side for side in (factor.rows, factor.columns) if side is not None]
        names = [side.input for side in sides if side.when is None]
        _known([*factor.inputs, *names] if names else [], facts, factor.where[0], faults)
        for condition in (factor.only_when, *(side.when for side in sides)):
            _condition(rules, condition, factor.where[0], faults, points=False)
        _dates(rules, factor, factor.where[0], faults)
    for need in rules.prerequisites.values():
        _condition(rules, need.when, need.where, faults, points=True)
        _dates(rules, need, need.where, faults)
    if isinstance(rules.pass_mark, str):
        _known([rules.pass_mark], rules.values, rules.where, faults)


def _known(names: Iterable[str], known: Iterable[str], where: str, faults: Faults) -> None:
    held = list(known)
    for name in names:
        if name not in held:
            faults.add_at(f"'{name}' is not known here", where, f"one of {', '.join(held)}")


def _once(rules: RuleSet, faults: Faults) -> None:
    """A factor counts once: it stands in one cap."""
    held = Counter(name for cap in rules.caps.values() for name in cap.of)
    for cap in rules.caps.values():
        for name in cap.of:
            if held[name] > 1:
                faults.add_at(f"'{name}' stands in two caps", cap.where, "nest the caps")


def _circles(
    made_of: Mapping[str, tuple[str, ...]], held: Mapping[str, Cap | Derived], faults: Faults
) -> None:
    """Nothing is made of itself, at once or by way of others."""
    left = dict(made_of)
    while left:
        ready = [name for name, of in left.items() if not set(of) & left.keys()]
        if not ready:
            for name in left:
                faults.add_at(f"'{name}' is made of itself", held[name].where, "undo the circle")
            return
        for name in ready:
            del left[name]


def _condition(
    rules: RuleSet, condition: Condition | None, where: str, faults: Faults, *, points: bool
) -> None:
    for check in checks_of(condition):
        if check.of_points:
            if not points:
                remedy = "compare points in a prerequisite only"
                faults.add_at("points are not known yet here", where, remedy)
            _known([check.subject], [*rules.factors, *rules.caps], where, faults)
            continue
        _known([check.subject], [*rules.inputs, *rules.derived], where, faults)
        codes = rules.inputs[check.subject].codes if check.subject in rules.inputs else {}
        if isinstance(check.value, tuple):
            _known(check.value, codes, where, faults)
        elif codes:
            faults.add_at(f"'{check.subject}' is no number", where, "compare it with 'is' or 'in'")
        elif isinstance(check.value, str):
            _known([check.value], rules.values, where, faults)


def _dates(rules: RuleSet, one: Factor | Prerequisite, where: str, faults: Faults) -> None:
    for day in (one.valid_from, one.valid_to):
        if day and not (rules.holds(day) or day == rules.valid_to):
            remedy = f"from {rules.valid_from} to {rules.valid_to or 'no end'}"
            faults.add_at(f"{day} is outside the dates of the rule set", where, remedy)
    if one.valid_from and one.valid_to and one.valid_from >= one.valid_to:
        faults.add_at("it ends before it begins", where, "check valid_from and valid_to")


def _tables(rules: RuleSet, factor: Factor, day: date, faults: Faults) -> None:
    """No gap, no overlap, every code once, and every dated value there on the day."""
    lines = factor.where[1:] or factor.where
    for name in factor.inputs if factor.rows.when is None else ():
        _side(rules, factor.rows, name, day=day, lines=lines, faults=faults)
    if factor.columns is not None and factor.columns.input in {**rules.inputs, **rules.derived}:
        whole = (factor.where[0],) * len(factor.columns)
        name = factor.columns.input
        _side(rules, factor.columns, name, day=day, lines=whole, faults=faults)
    used = [factor.only_when, factor.rows.when]
    for check in (check for one in used for check in checks_of(one)):
        if isinstance(check.value, str):
            _value(rules, check.value, day, factor.where[0], faults)


def _side(
    rules: RuleSet, side: Side, name: str, *, day: date, lines: tuple[str, ...], faults: Faults
) -> None:
    codes = rules.inputs[name].codes if name in rules.inputs else {}
    if bool(codes) != bool(side.codes):
        what = f"'{name}' is {'a choice' if codes else 'a number'}"
        faults.add_at(what, lines[0], f"name {'its codes' if codes else 'bands of it'}")
    elif codes:
        _each_code(list(codes), side, lines, faults)
    else:
        _bands(rules, side, day, lines, faults)


def _each_code(codes: list[str], side: Side, lines: tuple[str, ...], faults: Faults) -> None:
    seen: set[str] = set()
    for group, line in zip(side.codes, lines, strict=True):
        _known(group, codes, line, faults)
        for code in group:
            if code in seen:
                faults.add_at(f"the code '{code}' stands twice", line, "keep it in one place")
            seen.add(code)
    lacks = [code for code in codes if code not in seen]
    if lacks:
        remedy = "give their points, 0 where they earn none"
        faults.add_at(f"no points for {', '.join(lacks)}", lines[-1], remedy)


def _bands(rules: RuleSet, side: Side, day: date, lines: tuple[str, ...], faults: Faults) -> None:
    """Bands follow each other from the lowest number to the highest."""
    end = -math.inf
    remedy = "let each band start where the one before ends, the first and the last open (null)"
    for (low, high), line in zip(side.bands, lines, strict=True):
        start, stop = (_value(rules, one, day, line, faults) for one in (low, high))
        if start is None or stop is None:
            return
        if start != end:
            kind = "overlap" if start < end else "leave a gap"
            faults.add_at(f"bands {kind} from {_said(end)} to {_said(start)}", line, remedy)
        if start >= stop:
            faults.add_at(f"the band from {_said(start)} to {_said(stop)} is empty", line, remedy)
        end = stop
    if end != math.inf:
        faults.add_at(f"bands leave a gap from {_said(end)} on", lines[-1], remedy)


def _said(number: float) -> str:
    return f"{number:g}" if math.isfinite(number) else "the lowest" if number < 0 else "the highest"


def _value(rules: RuleSet, bound: Bound, day: date, where: str, faults: Faults) -> float | None:
    """A bound as it stands on a day."""
    if not isinstance(bound, str):
        return bound
    held: DatedValue | None = rules.values.get(bound)
    value = held.on(day) if held is not None else None
    if value is None:
        what = f"'{bound}' has no value on {day}"
        faults.add_at(what, where, f"give it one from {day} on, or end what uses it")
    return value


def _totals(rules: RuleSet, day: date, faults: Faults) -> None:
    """The most points agree with the tables, and somebody can reach the pass mark."""
    most = None if rules.partial else most_points(rules, day)
    if most is None:
        return
    line = faults.where(("max_total",))
    if rules.max_total is not None and most != rules.max_total:
        kind = "cannot be reached" if most < rules.max_total else "can be exceeded"
        what = f"max_total {rules.max_total:g} {kind}: the tables give {most:g} at most on {day}"
        faults.add_at(what, line, "check the tables, the caps and max_total")
    mark = rules.pass_mark
    if mark is not None:
        needed = _value(rules, mark, day, faults.where(("pass_mark",)), faults)
        if needed is not None and needed > most:
            what = f"pass_mark {needed:g} cannot be reached: the tables give {most:g} at most"
            faults.add_at(what, faults.where(("pass_mark",)), "check the tables and the mark")


def most_points(rules: RuleSet, day: date) -> float | None:
    """Most points that the tables and caps give to anybody; None when it cannot be told.

    Choices that set a cap, a column or whether a factor counts are tried in all combinations;
    other facts are taken as free of each other.
    """
    factors = rules.factors_on(day)
    if any(None in row for one in factors.values() for row in one.points):
        return None
    deciding = dict.fromkeys(name for one in factors.values() for name in _deciding(one))
    deciding |= dict.fromkeys(cap.by for cap in rules.caps.values() if cap.by)
    codes = [list(rules.inputs[name].codes) for name in deciding]
    if math.prod(map(len, codes)) > _COMBINATIONS:
        return None
    return max(
        _most(rules, factors, dict(zip(deciding, chosen, strict=True)))
        for chosen in itertools.product(*codes)
    )


def _deciding(factor: Factor) -> Iterator[str]:
    """Choices that decide on more than their own row of points."""
    if factor.columns is not None and factor.columns.codes:
        yield factor.columns.input
    for check in checks_of(factor.only_when):
        if isinstance(check.value, tuple):
            yield check.subject


def _most(rules: RuleSet, factors: Mapping[str, Factor], known: Mapping[str, str]) -> float:
    points: dict[str, float] = {}
    for name, one in factors.items():
        if decided(one.only_when, known) is False:
            continue
        rows = _open(one.rows, known)
        columns = _open(one.columns, known) if one.columns is not None else [0]
        points[name] = len(one.parts) * max(
            float(one.points[row][column] or 0.0) for row in rows for column in columns
        )
    capped = set()
    for cap in in_order(rules.caps):
        parts = [points.get(name, 0.0) for name in cap.of]
        whole = sum(parts) if cap.take == "sum" else max(parts)
        points[cap.name] = min(whole, _limit(rules, cap, known))
        capped |= set(cap.of)
    return sum(one for name, one in points.items() if name not in capped)


def _open(side: Side, known: Mapping[str, str]) -> list[int]:
    """Rows or columns that known codes leave open."""
    if side.when is None and side.codes and side.input in known:
        return [at for at, group in enumerate(side.codes) if known[side.input] in group]
    if side.when is not None:
        found = decided(side.when, known)
        return [0, 1] if found is None else [int(found)]
    return list(range(len(side)))


def _limit(rules: RuleSet, cap: Cap, known: Mapping[str, str]) -> float:
    if not cap.most:
        return math.inf
    return (
        cap.most[list(rules.inputs[cap.by].codes).index(known[cap.by])] if cap.by else cap.most[0]
    )


def in_order(caps: Mapping[str, Cap]) -> list[Cap]:
    """Caps so that each comes after those it holds."""
    placed: list[Cap] = []
    left = dict(caps)
    while left:
        ready = [name for name, cap in left.items() if not set(cap.of) & left.keys()]
        placed += [left.pop(name) for name in ready]
        if not ready:
            raise AssertionError("caps hold each other in a circle")
    return placed
