# SPDX-License-Identifier: Apache-2.0
"""The points of one person: which row of which table gave each of them, and what caps took."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keruen.decide.points._conditions import Bound, Facts
from keruen.decide.points._derived import derive, derived_order
from keruen.decide.points._run import Columns, Run, run_grid
from keruen.decide.points.grid import Grid
from keruen.decide.points.rules import Side, Status, Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Match:
    """The row or column of a table that a profile fell on.

    Parameters
    ----------
    input : str
        Input or derived number; empty for a condition.
    value : float, str or None
        What the profile states; None where it is not asked for.
    low, high : float
        The half-open band, or not a number.
    codes : tuple of str
        The codes of the row; empty for bands.
    holds : bool or None
        Whether the condition holds; None where the side has none.
    """

    input: str
    value: float | str | None
    low: float = math.nan
    high: float = math.nan
    codes: tuple[str, ...] = ()
    holds: bool | None = None

    def __str__(self) -> str:
        if self.holds is not None:
            return "the condition holds" if self.holds else "the condition does not hold"
        if self.codes:
            return f"{self.input} = {self.value}"
        value = "not stated" if self.value is None else f"{self.value:g}"
        low, high = math.isfinite(self.low), math.isfinite(self.high)
        band = (
            f"{self.low:g} to under {self.high:g}"
            if low and high
            else (f"{self.low:g} or more" if low else f"under {self.high:g}" if high else "any")
        )
        return f"{self.input} = {value}, in the band {band}"


@dataclass(frozen=True)
class TraceRow:
    """Points of a factor, or of one ability of it.

    Parameters
    ----------
    name, factor : str
        Column of the result, and the factor it belongs to.
    label : Text
        Label of the factor.
    counts : bool
        Whether the factor counts for the person at all.
    matches : tuple of Match
        Row, and column where the table has columns.
    points, most : float
        Points before caps, and the most that the table gives.
    cap : str
        The cap it stands in; empty when there is none.
    status : Status
        How sure the table is.
    reference : str
        Article.
    where : str
        File and line of the row.
    """

    name: str
    factor: str
    label: Text
    counts: bool
    matches: tuple[Match, ...]
    points: float
    most: float
    cap: str
    status: Status
    reference: str
    where: str


@dataclass(frozen=True)
class TraceCap:
    """What a cap did.

    Parameters
    ----------
    name : str
        Name.
    label : Text
        Label by language.
    of : tuple of str
        Factors and caps within it.
    take : {"sum", "best"}
        Whether the parts are added, or only the highest counts.
    before, limit, after : float
        Points, the limit (infinite when there is none), and the points it leaves.
    cap : str
        The cap it stands in; empty when there is none.
    reference : str
        Article.
    where : str
        File and line.
    """

    name: str
    label: Text
    of: tuple[str, ...]
    take: str
    before: float
    limit: float
    after: float
    cap: str
    reference: str
    where: str


@dataclass(frozen=True)
class TraceNeed:
    """Whether a prerequisite holds.

    Parameters
    ----------
    name : str
        Name.
    label : Text
        Label by language.
    holds : bool
        Whether it holds.
    status : Status
        How sure it is.
    reference : str
        Article.
    where : str
        File and line.
    """

    name: str
    label: Text
    holds: bool
    status: Status
    reference: str
    where: str


@dataclass(frozen=True)
class Trace:
    """Where every point of one profile comes from.

    Parameters
    ----------
    profile : str or int
        Code of the profile.
    grid : Grid
        Rule set on its day.
    rows : tuple of TraceRow
        Factors in their order.
    caps : tuple of TraceCap
        Groups, from the inside out.
    needs : tuple of TraceNeed
        Prerequisites.
    total : float
        Points after caps.
    mark : float or None
        Points needed.
    """

    profile: object
    grid: Grid
    rows: tuple[TraceRow, ...]
    caps: tuple[TraceCap, ...]
    needs: tuple[TraceNeed, ...]
    total: float
    mark: float | None

    @property
    def passed(self) -> bool | None:
        """Whether the mark is reached and all prerequisites hold; None without a mark."""
        if self.mark is None:
            return None
        return self.total >= self.mark and all(need.holds for need in self.needs)

    def to_table(self) -> pd.DataFrame:
        """One row a factor, cap and prerequisite.

        Returns
        -------
        DataFrame
            ``profile``, ``part``, ``name``, ``found``, ``points``, ``most``, ``lost``, ``cap``,
            ``status``, ``reference``, ``where``.
        """
        import pandas as pd

        head = {"profile": self.profile}
        rows: list[dict[str, Any]] = [
            {
                **head, "part": "factor", "name": row.name,
                "found": _found(row),
                "points": row.points, "most": row.most, "lost": 0.0, "cap": row.cap,
                "status": row.status, "reference": row.reference, "where": row.where,
            }
            for row in self.rows
        ]  # fmt: skip
        rows += [
            {
                **head, "part": "cap", "name": cap.name,
                "found": f"{cap.take} of {', '.join(cap.of)}: {cap.before:g}",
                "points": cap.after, "most": cap.limit, "lost": cap.before - cap.after,
                "cap": cap.cap, "status": "", "reference": cap.reference, "where": cap.where,
            }
            for cap in self.caps
        ]  # fmt: skip
        rows += [
            {
                **head, "part": "prerequisite", "name": need.name,
                "found": "holds" if need.holds else "does not hold", "status": need.status,
                "reference": need.reference, "where": need.where,
            }
            for need in self.needs
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        rules = self.grid.rule_set
        lines = [f"{self.profile}: {rules.id} on {self.grid.day} ({rules.status})"]
        lines += [
            f"  {row.points:5g}  {row.name}: {_found(row)} [{row.where}]" for row in self.rows
        ]
        for cap in self.caps:
            limit = f", at most {cap.limit:g}" if math.isfinite(cap.limit) else ""
            lines.append(f"  {cap.after:5g}  group {cap.name}: {cap.before:g}{limit} [{cap.where}]")
        for need in self.needs:
            lines.append(f"  {'holds' if need.holds else 'FAILS'}  {need.name} [{need.where}]")
        mark = "no pass mark: a draw decides" if self.mark is None else f"needed {self.mark:g}"
        lines.append(f"  {self.total:5g}  in all; {mark}")
        lines.append("  A proposal: an officer confirms it.")
        return "\n".join(lines)


def _found(row: TraceRow) -> str:
    return "; ".join(map(str, row.matches)) if row.counts else "does not count"


def trace_profile(profile: object, grid: Grid, columns: Columns, mark: float | None) -> Trace:
    """The trace of a profile.

    Parameters
    ----------
    profile : str or int
        Its code.
    grid : Grid
        Rule set on its day.
    columns : dict of str to array
        Its facts, each a column of one cell.
    mark : float or None
        Points needed.

    Returns
    -------
    Trace
    """
    facts = Facts(dict(columns), grid.rule_set.inputs, grid.values)
    for one in derived_order(grid.rule_set.derived):
        facts.columns[one.name] = derive(one, facts)
    run = run_grid(grid, columns)
    above = {name: cap.name for cap in grid.caps for name in cap.of}
    return Trace(
        profile=profile,
        grid=grid,
        rows=tuple(_row(grid, at, run, facts, above) for at in range(len(grid.parts))),
        caps=tuple(_cap(grid, at, run, columns, above) for at in range(len(grid.caps))),
        needs=tuple(
            TraceNeed(
                need.name, need.label, bool(run.needs[at, 0]), need.status, need.reference,
                need.where,
            )
            for at, need in enumerate(grid.prerequisites)
        ),
        total=float(run.total[0]),
        mark=mark,
    )  # fmt: skip


def _row(grid: Grid, at: int, run: Run, facts: Facts, above: dict[str, str]) -> TraceRow:
    part, place = grid.parts[at], int(run.rows[at, 0])
    factor = part.factor
    row, column = divmod(max(place, 0), part.width)
    matches = [_match(grid, factor.rows, part.rows.input, row, facts)]
    if factor.columns is not None and part.columns is not None:
        matches.append(_match(grid, factor.columns, part.columns.input, column, facts))
    return TraceRow(
        name=part.name,
        factor=factor.name,
        label=factor.label,
        counts=place >= 0,
        matches=tuple(matches),
        points=float(run.points[at, 0]),
        most=float(part.points.max()),
        cap=above.get(factor.name, ""),
        status=factor.status,
        reference=factor.reference,
        where=factor.where[min(row + 1, len(factor.where) - 1)],
    )


def _match(grid: Grid, side: Side, name: str, place: int, facts: Facts) -> Match:
    if side.when is not None:
        return Match("", None, holds=bool(place))
    column = facts.columns[name][0]
    if side.codes:
        codes = list(grid.rule_set.inputs[name].codes)
        stated = codes[column] if column >= 0 else None
        return Match(name, stated, codes=side.codes[place])
    low, high = (_number(one, facts) for one in side.bands[place])
    return Match(name, None if math.isnan(column) else float(column), low, high)


def _number(bound: Bound, facts: Facts) -> float:
    return float(facts.number(bound))


def _cap(grid: Grid, at: int, run: Run, columns: Columns, above: dict[str, str]) -> TraceCap:
    cap = grid.caps[at]
    limit = math.inf
    if cap.most:
        limit = cap.most[int(columns[cap.by][0])] if cap.by else cap.most[0]
    after = float(run.capped[at, 0])
    return TraceCap(
        cap.name, cap.label, cap.of, cap.take, after + float(run.lost[at, 0]), limit, after,
        above.get(cap.name, ""), cap.reference, cap.where,
    )  # fmt: skip
