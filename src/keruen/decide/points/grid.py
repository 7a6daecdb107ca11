# SPDX-License-Identifier: Apache-2.0
"""A rule set as it stands on one day, and how it is run over many profiles at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from keruen.core.errors import ScenarioError
from keruen.decide.points._check import in_order
from keruen.decide.points._run import Axis, Part
from keruen.decide.points.rule_set import RuleSet, as_day, in_force
from keruen.decide.points.rules import Cap, Factor, Prerequisite, Side


@dataclass(frozen=True)
class Grid:
    """A rule set on one day: its parts in force, its dated values as numbers.

    Parameters
    ----------
    rule_set : RuleSet
        The rule set.
    day : date
        The day.
    parts : tuple of Part
        Tables, each ability of a factor for itself.
    caps : tuple of Cap
        Caps, each after those it holds.
    prerequisites : tuple of Prerequisite
        What must hold whatever the points.
    values : mapping of str to float
        Dated values.
    pass_mark : float or None
        Points needed.
    """

    rule_set: RuleSet
    day: date
    parts: tuple[Part, ...]
    caps: tuple[Cap, ...]
    prerequisites: tuple[Prerequisite, ...]
    values: Mapping[str, float]
    pass_mark: float | None


def rule_set_on(rules: RuleSet | Sequence[RuleSet], day: date | str) -> RuleSet:
    """The rule set that is in force on a day, of one or of several for different dates.

    Parameters
    ----------
    rules : RuleSet or sequence of RuleSet
        One rule set, or all that a system has had.
    day : date or str
        Day.

    Returns
    -------
    RuleSet

    Raises
    ------
    ScenarioError
        No rule set is held for the day, or two are (``RuleError``).
    """
    held = [rules] if isinstance(rules, RuleSet) else list(rules)
    when = as_day(day)
    found = [one for one in held if one.holds(when)]
    if len(found) == 1:
        return found[0]
    spans = "; ".join(f"{one.valid_from} to {one.valid_to or 'no end'}" for one in held)
    name = held[0].id if held else "none"
    if found:
        raise ScenarioError(
            f"two rule sets hold on {when}",
            where=", ".join(one.where for one in found),
            remedy="let one end where the next begins",
            id="RuleError",
        )
    raise ScenarioError(
        f"no rule of '{name}' is held for {when}",
        where=f"held: {spans}",
        remedy="choose a day within these dates, or add a rule file for the day",
        id="RuleError",
    )


def grid_on(rules: RuleSet | Sequence[RuleSet], day: date | str) -> Grid:
    """A rule set with everything in it as it stands on a day.

    Parameters
    ----------
    rules : RuleSet or sequence of RuleSet
        One rule set, or all that a system has had.
    day : date or str
        Day.

    Returns
    -------
    Grid

    Raises
    ------
    ScenarioError
        No rule set is held for the day (``RuleError``).
    """
    chosen, when = rule_set_on(rules, day), as_day(day)
    dated = {name: one.on(when) for name, one in chosen.values.items()}
    values = {name: value for name, value in dated.items() if value is not None}
    mark = chosen.pass_mark
    return Grid(
        rule_set=chosen,
        day=when,
        parts=tuple(
            _part(chosen, factor, at, values)
            for factor in chosen.factors_on(when).values()
            for at in range(len(factor.parts))
        ),
        caps=tuple(in_order(chosen.caps)),
        prerequisites=tuple(p for p in chosen.prerequisites.values() if in_force(p, when)),
        values=values,
        pass_mark=values[mark] if isinstance(mark, str) else mark,
    )


def _part(rules: RuleSet, factor: Factor, at: int, values: Mapping[str, float]) -> Part:
    table = np.array(
        [[math.nan if cell is None else cell for cell in row] for row in factor.points]
    ).ravel()
    gaps = np.isnan(table)
    subject = factor.inputs[at] if factor.rows.when is None else ""
    return Part(
        name=factor.parts[at],
        factor=factor,
        rows=_axis(rules, factor.rows, subject, values),
        columns=None
        if factor.columns is None
        else _axis(rules, factor.columns, factor.columns.input, values),
        points=np.where(gaps, 0.0, table),
        gaps=gaps if gaps.any() else None,
    )


def _axis(rules: RuleSet, side: Side, name: str, values: Mapping[str, float]) -> Axis:
    if side.when is not None:
        return Axis("", None, None, side.when)
    if side.codes:
        places = {code: at for at, group in enumerate(side.codes) for code in group}
        cells = [places[code] for code in rules.inputs[name].codes]
        return Axis(name, None, np.array([*cells, 0], dtype=np.int16), None)
    cuts = [values[low] if isinstance(low, str) else low for low, _ in side.bands[1:]]
    return Axis(name, np.array(cuts, dtype=np.float64), None, None)
