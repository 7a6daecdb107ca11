# SPDX-License-Identifier: Apache-2.0
"""Numbers at which something in the tables of a grid begins."""

from __future__ import annotations

from keruen.decide.points._conditions import Condition, checks_of
from keruen.decide.points.grid import Grid


def cuts_of(grid: Grid, name: str) -> list[float]:
    """Numbers at which a band of some table, or a condition, about a name begins."""
    found: set[float] = set()
    for part in grid.parts:
        for axis in (part.rows, part.columns):
            if axis is not None and axis.input == name and axis.cuts is not None:
                found |= set(axis.cuts.tolist())
        found |= _asked(grid, part.rows.when, name) | _asked(grid, part.factor.only_when, name)
    for need in grid.prerequisites:
        found |= _asked(grid, need.when, name)
    derived = [d for d in grid.rule_set.derived.values() if name in d.of]
    for one in derived:
        if one.kind in ("least_of", "most_of", "chosen_by"):
            found |= set(cuts_of(grid, one.name))
    return sorted(found)


def _asked(grid: Grid, condition: Condition | None, name: str) -> set[float]:
    return {
        grid.values[check.value] if isinstance(check.value, str) else float(check.value)
        for check in checks_of(condition)
        if check.subject == name and not check.of_points and not isinstance(check.value, tuple)
    }
