# SPDX-License-Identifier: Apache-2.0
"""Profiles as columns of numbers: codes found, ranges checked, what is not stated told."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.core.errors import CodeError, CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.points._conditions import Condition, Facts, checks_of, evaluate
from keruen.decide.points._derived import derive, derived_order, inputs_of
from keruen.decide.points._run import Columns
from keruen.decide.points.grid import Grid
from keruen.decide.points.rules import Input

_NAMED: Final = 3


def encode(profiles: xr.Dataset, grid: Grid) -> tuple[Columns, dict[str, int]]:
    """Columns of all inputs, and how many cells of each were taken as the rule set says.

    Parameters
    ----------
    profiles : Dataset [profile]
        Facts of each profile.
    grid : Grid
        Rule set on its day.

    Returns
    -------
    tuple of dict and dict
        Columns, in which a missing number is not a number and a missing code -1; and the
        number of empty cells of each input that its ``if_empty`` filled.

    Raises
    ------
    SchemaError
        No profiles, a variable that the rule set does not ask for, or a value out of range.
    CodeError
        A code that the input does not have (``UnknownCode``).
    """
    faults = list(_shape(profiles, grid))
    raise_faults(faults, where="profiles")
    columns: Columns = {}
    filled: dict[str, int] = {}
    size = profiles.sizes["profile"]
    for name, one in grid.rule_set.inputs.items():
        given = profiles[name].to_numpy() if name in profiles else None
        column = (
            _codes(one, given, size, faults) if one.codes else _numbers(one, given, size, faults)
        )
        empty = column < 0 if one.codes else np.isnan(column)
        if one.if_empty is not None and empty.any():
            filled[name] = int(empty.sum())
            default: Any = one.if_empty
            column[empty] = list(one.codes).index(default) if one.codes else default
        columns[name] = column
    raise_faults(faults, where="profiles")
    return columns, filled


def _shape(profiles: xr.Dataset, grid: Grid) -> Iterator[WorkbenchError]:
    if "profile" not in profiles.dims or not profiles.sizes["profile"]:
        yield SchemaError(
            "there are no profiles",
            where=f"dimensions: {few(profiles.dims) or 'none'}",
            remedy="give a Dataset with the dimension 'profile'",
            id="NoProfiles",
        )
        return
    if "profile" not in profiles.indexes or not profiles.indexes["profile"].is_unique:
        yield SchemaError(
            "profiles have no codes, or one stands twice",
            where="profile",
            remedy="give each profile a code of its own, never a name",
            id="DuplicateKey",
        )
    known = list(grid.rule_set.inputs)
    for name in map(str, profiles.data_vars):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            yield SchemaError(
                f"'{name}' is not asked for by {grid.rule_set.id}",
                where="profiles",
                remedy=f"{hint}leave it out: only facts that earn points may be given",
                id="UnknownField",
            )


def _numbers(
    one: Input, given: NDArray[Any] | None, size: int, faults: list[WorkbenchError]
) -> NDArray[np.float64]:
    if given is None:
        return np.full(size, np.nan)
    try:
        column = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        faults.append(SchemaError(f"'{one.name}' holds no numbers", where="profiles"))
        return np.full(size, np.nan)
    low = -np.inf if one.low is None else one.low
    high = np.inf if one.high is None else one.high
    outside = np.flatnonzero((column < low) | (column > high) | np.isinf(column))
    if outside.size:
        faults.append(
            SchemaError(
                f"'{one.name}' is out of its range, {low:g} to {high:g}",
                where=f"profiles {few(outside)}, counted from 0",
                remedy="correct the number",
                id="OutOfRange",
            )
        )
    return column


def _codes(
    one: Input, given: NDArray[Any] | None, size: int, faults: list[WorkbenchError]
) -> NDArray[np.int16]:
    import pandas as pd

    if given is None:
        return np.full(size, -1, dtype=np.int16)
    if one.kind == "flag" and given.dtype.kind in "biuf":
        number = given.astype(np.float64)
        odd = ~np.isnan(number) & (number != 0) & (number != 1)
        places, names = np.where(np.isnan(number), -1, number), ["no", "yes"]
        if odd.any():
            faults.append(_unknown(one, [f"{number[odd][0]:g}"]))
            return np.full(size, -1, dtype=np.int16)
    else:
        places, found = pd.factorize(given.astype(object))
        names = [_word(name) for name in found]
    codes = {code: at for at, code in enumerate(one.codes)}
    unknown = [name for name in names if name not in codes]
    if unknown:
        faults.append(_unknown(one, unknown))
    table = np.array([*(codes.get(name, -1) for name in names), -1], dtype=np.int16)
    return np.asarray(table[places.astype(np.int64)])


def _word(value: object) -> str:
    """A code as text; true and false are yes and no."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return str(value)


def _unknown(one: Input, names: list[str]) -> CodeError:
    known = list(one.codes)
    near = get_close_matches(names[0], known, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return CodeError(
        f"'{one.name}' has no code {few(names)}",
        where="profiles",
        remedy=f"{hint}its codes: {', '.join(known)}",
        id="UnknownCode",
    )


def missing(grid: Grid, columns: Columns) -> dict[str, NDArray[np.bool_]]:
    """Where an input is not stated although a factor or prerequisite asks for it.

    Parameters
    ----------
    grid : Grid
        Rule set on its day.
    columns : dict of str to array
        Columns of :func:`encode`.

    Returns
    -------
    dict of str to array
        Inputs that some profile lacks, each with the profiles that lack it.
    """
    rules = grid.rule_set
    empty = {
        name: columns[name] < 0 if one.codes else np.isnan(columns[name])
        for name, one in rules.inputs.items()
    }
    empty = {name: where for name, where in empty.items() if where.any()}
    if not empty:
        return {}
    facts = Facts(dict(columns), rules.inputs, grid.values)
    for one in derived_order(rules.derived):
        facts.columns[one.name] = derive(one, facts)
    lacking = {name: np.zeros_like(where) for name, where in empty.items()}
    for names, counted in _asked(grid, facts):
        for name in inputs_of(names, rules):
            if name in lacking:
                lacking[name] |= empty[name] if counted is None else empty[name] & counted
    return {name: where for name, where in lacking.items() if where.any()}


def _asked(grid: Grid, facts: Facts) -> Iterator[tuple[list[str], NDArray[np.bool_] | None]]:
    """Names that are asked for, with the profiles they are asked of; None stands for all."""
    for part in grid.parts:
        only = part.factor.only_when
        yield _tested(only), None
        axes = [axis.input for axis in (part.rows, part.columns) if axis is not None]
        counted = None if only is None else evaluate(only, facts)
        yield [*axes, *_tested(part.factor.rows.when)], counted
    for need in grid.prerequisites:
        yield _tested(need.when), None
    yield [cap.by for cap in grid.caps if cap.by], None


def _tested(condition: Condition | None) -> list[str]:
    return [check.subject for check in checks_of(condition) if not check.of_points]


def refuse_missing(lacking: dict[str, NDArray[np.bool_]], labels: NDArray[Any], grid: Grid) -> None:
    """Refuse profiles that do not state what is asked for."""
    faults: list[WorkbenchError] = []
    for name, where in lacking.items():
        who = few(labels[where])
        faults.append(
            CoverageError(
                f"'{name}' is not stated",
                where=f"profiles {who}",
                remedy="state it; missing_facts tells what each value would give",
                id="MissingFact",
            )
        )
    raise_faults(faults, where=f"profiles for {grid.rule_set.id} on {grid.day}")
