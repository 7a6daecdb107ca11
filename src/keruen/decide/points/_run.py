# SPDX-License-Identifier: Apache-2.0
"""The tables of a grid looked up for many profiles at once, caps from the inside out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.decide.points._conditions import Condition, Facts, evaluate
from keruen.decide.points._derived import derive, derived_order
from keruen.decide.points.rules import Cap, Factor

if TYPE_CHECKING:
    from keruen.decide.points.grid import Grid

_BLOCK: Final = 1 << 15
_FEW_CUTS: Final = 12

Columns = dict[str, NDArray[Any]]
"""Numbers as float64, and the place of the code of each choice, -1 when it is not stated."""


@dataclass(frozen=True)
class Axis:
    """Where on a side of a table a profile stands."""

    input: str
    cuts: NDArray[np.float64] | None
    cells: NDArray[np.int16] | None
    when: Condition | None

    def locate(self, facts: Facts) -> NDArray[Any]:
        """Row or column of every profile; any for those that do not state the input."""
        if self.when is not None:
            return evaluate(self.when, facts).astype(np.int16)
        column = facts.columns[self.input]
        if self.cells is not None:
            return np.asarray(self.cells[column])
        if self.cuts is None:
            raise AssertionError(self.input)
        if self.cuts.size > _FEW_CUTS:
            stated = np.where(np.isnan(column), -np.inf, column)  # not stated: the first band
            return np.searchsorted(self.cuts, stated, side="right")
        found = np.zeros(len(column), dtype=np.int16)
        for cut in self.cuts:
            found += column >= cut
        return found


@dataclass(frozen=True)
class Part:
    """A column of the result: a factor, or one ability of it."""

    name: str
    factor: Factor
    rows: Axis
    columns: Axis | None
    points: NDArray[np.float64]
    gaps: NDArray[np.bool_] | None

    @property
    def width(self) -> int:
        """Columns of its table."""
        return len(self.factor.columns) if self.factor.columns is not None else 1


@dataclass(frozen=True)
class Run:
    """What a run over profiles gives, a row for each part, cap and prerequisite."""

    points: NDArray[Any]
    rows: NDArray[np.int16]
    capped: NDArray[Any]
    lost: NDArray[Any]
    needs: NDArray[np.bool_]
    total: NDArray[np.float64]
    gaps: dict[str, NDArray[np.int64]]


def run_grid(grid: Grid, columns: Columns) -> Run:
    """Points of all profiles, block by block so that a block stays in the fast memory."""
    size = len(next(iter(columns.values())))
    whole = [part.points for part in grid.parts]
    exact = all((table == np.rint(table)).all() and abs(table).max() < 1e4 for table in whole)
    kind = np.int16 if exact else np.float64
    made = Run(
        points=np.zeros((len(grid.parts), size), kind),
        rows=np.full((len(grid.parts), size), -1, np.int16),
        capped=np.zeros((len(grid.caps), size), np.float32 if exact else np.float64),
        lost=np.zeros((len(grid.caps), size), np.float32 if exact else np.float64),
        needs=np.ones((len(grid.prerequisites), size), np.bool_),
        total=np.zeros(size),
        gaps={},
    )
    tables = [part.points.astype(kind) for part in grid.parts]
    for start in range(0, size, _BLOCK):
        here = slice(start, start + _BLOCK)
        _run_block(grid, tables, {name: one[here] for name, one in columns.items()}, made, here)
    return made


def _run_block(
    grid: Grid, tables: Sequence[NDArray[Any]], columns: Columns, made: Run, here: slice
) -> None:
    facts = Facts(columns, grid.rule_set.inputs, grid.values)
    for one in derived_order(grid.rule_set.derived):
        columns[one.name] = derive(one, facts)
    seen: dict[tuple[str, bytes], NDArray[Any]] = {}
    active: dict[int, NDArray[np.bool_]] = {}
    for at, (part, table) in enumerate(zip(grid.parts, tables, strict=True)):
        index = _located(part.rows, facts, seen)
        if part.columns is not None:
            index = index * part.width + _located(part.columns, facts, seen)
        points = table[index]
        counted = _active(part.factor.only_when, facts, active)
        if counted is not None:
            points, index = (
                np.where(counted, points, table.dtype.type(0)),
                np.where(counted, index, -1),
            )
        made.points[at, here], made.rows[at, here] = points, index
        if part.gaps is not None:
            fallen = np.flatnonzero(part.gaps[index] & (index >= 0))
            if fallen.size:
                old = made.gaps.get(part.name, np.array([], dtype=np.int64))
                made.gaps[part.name] = np.concatenate([old, fallen + here.start])
        known = facts.points.get(part.factor.name)
        facts.points[part.factor.name] = points if known is None else known + points
    _cap_block(grid, facts, made, here)


def _located(axis: Axis, facts: Facts, seen: dict[tuple[str, bytes], NDArray[Any]]) -> NDArray[Any]:
    """Place on an axis, found once for all tables that share it."""
    if axis.when is not None:
        return axis.locate(facts)
    side = axis.cells if axis.cells is not None else axis.cuts
    key = (axis.input, b"" if side is None else side.tobytes())
    if key not in seen:
        seen[key] = axis.locate(facts)
    return seen[key]


def _active(
    condition: Condition | None, facts: Facts, known: dict[int, NDArray[np.bool_]]
) -> NDArray[np.bool_] | None:
    if condition is None:
        return None
    if id(condition) not in known:
        known[id(condition)] = evaluate(condition, facts)
    return known[id(condition)]


def _cap_block(grid: Grid, facts: Facts, made: Run, here: slice) -> None:
    """Caps from the inside out, the total of what stands in no cap, prerequisites."""
    inside: set[str] = set()
    for at, cap in enumerate(grid.caps):
        parts = [facts.points[name] for name in cap.of if name in facts.points]
        raw = _joined(cap, parts, made.total[here])
        kept = raw
        if cap.most:
            limits = np.array(cap.most)
            kept = np.minimum(raw, limits[facts.columns[cap.by]] if cap.by else limits[0])
        made.capped[at, here], made.lost[at, here] = kept, raw - kept
        facts.points[cap.name] = kept
        inside |= set(cap.of)
    outside = [points for name, points in facts.points.items() if name not in inside]
    made.total[here] = sum(outside, np.zeros_like(made.total[here]))
    for at, need in enumerate(grid.prerequisites):
        made.needs[at, here] = evaluate(need.when, facts)


def _joined(cap: Cap, parts: Sequence[NDArray[Any]], like: NDArray[Any]) -> NDArray[np.float64]:
    if not parts:
        return np.zeros(len(like))
    if cap.take == "best":
        return np.asarray(np.maximum.reduce(parts), dtype=np.float64)
    return sum(parts, np.zeros(len(like)))
