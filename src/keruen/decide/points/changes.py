# SPDX-License-Identifier: Apache-2.0
"""Which single changes would lift a profile over the mark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.errors import ScenarioError
from keruen.decide.points._cuts import cuts_of
from keruen.decide.points._profiles import encode, missing, refuse_missing
from keruen.decide.points._run import Columns, Run, run_grid
from keruen.decide.points.grid import Grid, grid_on
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.rules import Input

if TYPE_CHECKING:
    import pandas as pd

_HEADS: Final = ("profile", "input", "from", "to", "total", "gain", "passes")


def single_changes(
    profiles: xr.Dataset,
    rules: RuleSet | Sequence[RuleSet],
    *,
    as_of: date | str,
    cut_off: float | None = None,
) -> pd.DataFrame:
    """Which single changes would lift each profile that fails over the mark.

    Parameters
    ----------
    profiles : Dataset [profile]
        As for :func:`score_profiles`.
    rules : RuleSet or sequence of RuleSet
        One rule set, or all that a system has had.
    as_of : date or str
        Day whose rules hold.
    cut_off : float, optional
        Points needed instead of the pass mark.

    Returns
    -------
    DataFrame
        ``profile``, ``input``, ``from``, ``to``, ``total``, ``gain``, ``passes``: for each
        input (and each group of inputs that change together) the least change that lifts the
        profile, or the one that brings it nearest. Changes that gain nothing are left out, and
        so are profiles that pass. Inputs that a person cannot change are not tried.

    Raises
    ------
    ScenarioError
        There is neither a pass mark nor a cut-off (``NoMark``).
    CoverageError
        A profile does not state what is asked for (``MissingFact``).

    See Also
    --------
    score_profiles : Scores them.

    Notes
    -----
    Every change is computed by scoring the profile again with it, caps and combinations
    included; numbers are tried where a band of some table begins. A fact that only the change
    makes necessary (the salary of a job not offered before) counts by its first row until it
    is stated.
    """
    import pandas as pd

    grid = grid_on(rules, as_of)
    mark = grid.pass_mark if cut_off is None else float(cut_off)
    if mark is None:
        raise ScenarioError(
            f"'{grid.rule_set.id}' has no pass mark",
            where=grid.rule_set.where,
            remedy="give cut_off, such as the lowest score of the last draw",
            id="NoMark",
        )
    columns, _ = encode(profiles, grid)
    labels = profiles["profile"].to_numpy()
    refuse_missing(missing(grid, columns), labels, grid)
    first = run_grid(grid, columns)
    failing = np.flatnonzero(~((first.total >= mark) & first.needs.all(axis=0)))
    part = {name: column[failing] for name, column in columns.items()}
    found = [_tried(grid, part, one, first.total[failing], mark) for one in _changes(grid, part)]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*_HEADS])
    table["profile"] = labels[failing][table["profile"].astype(int)] if len(table) else []
    return _least(table)[[*_HEADS]]


@dataclass(frozen=True)
class _Change:
    """One change tried on all profiles: what the inputs become, and who can make it."""

    input: str
    place: int
    columns: Columns
    can: NDArray[np.bool_]
    before: NDArray[Any]
    after: NDArray[Any]


def _changes(grid: Grid, columns: Columns) -> Iterator[_Change]:
    together: dict[str, list[Input]] = {}
    for name, one in grid.rule_set.inputs.items():
        if one.changes == "never":
            continue
        if one.together:
            together.setdefault(one.together, []).append(one)
        for place, (value, shown) in enumerate(_values(grid, one, columns)):
            old = columns[name]
            can = value > old if one.changes == "up" else value != old
            if not one.codes:
                can = can & ~np.isnan(old) & (value <= (math.inf if one.high is None else one.high))
            after = np.where(can, value, old).astype(old.dtype)
            yield _Change(name, place, {name: after}, can, _told(one, old), shown)
    for name, group in together.items():
        cuts = sorted({cut for one in group for cut in cuts_of(grid, one.name)})
        for place, cut in enumerate(cuts):
            made = {one.name: np.fmax(columns[one.name], cut) for one in group}
            can = np.any([made[one.name] > columns[one.name] for one in group], axis=0)
            least = np.minimum.reduce([columns[one.name] for one in group])
            yield _Change(name, place, made, can, _text(least), _text(np.full(len(can), cut)))


def _values(
    grid: Grid, one: Input, columns: Columns
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Values to try for an input, with their words."""
    size = len(columns[one.name])
    for place, code in enumerate(one.codes):
        yield np.full(size, place), np.full(size, code, dtype=object)
    if not one.codes:
        for target in _targets(grid, one.name, columns):
            value = np.broadcast_to(np.asarray(target, dtype=np.float64), size)
            yield value, _text(value)


def _told(one: Input, column: NDArray[Any]) -> NDArray[Any]:
    if not one.codes:
        return _text(column)
    return np.asarray(np.array([*one.codes, ""], dtype=object)[column])


def _text(numbers: NDArray[Any]) -> NDArray[Any]:
    values, places = np.unique(numbers, return_inverse=True)
    return np.asarray(np.array([f"{value:g}" for value in values], dtype=object)[places])


def _targets(grid: Grid, name: str, columns: Columns) -> list[Any]:
    """Values at which something begins; for ratios and sums they depend on the other part."""
    targets: list[Any] = list(cuts_of(grid, name))
    for one in grid.rule_set.derived.values():
        if one.kind == "ratio_of" and one.of[0] == name and one.of[1] in columns:
            targets += [cut * columns[one.of[1]] for cut in cuts_of(grid, one.name)]
        if one.kind == "sum_of" and name in one.of and set(one.of) <= set(columns):
            rest = sum(columns[other] for other in one.of if other != name)
            targets += [cut - rest for cut in cuts_of(grid, one.name)]
    return targets


def _tried(
    grid: Grid, columns: Columns, change: _Change, before: NDArray[np.float64], mark: float
) -> pd.DataFrame:
    import pandas as pd

    run = run_grid(grid, {**columns, **change.columns})
    passes = (run.total >= mark) & run.needs.all(axis=0)
    kept = np.flatnonzero(change.can & ((run.total > before) | passes) & ~_gap(run, len(before)))
    return pd.DataFrame(
        {
            "profile": kept,
            "input": change.input,
            "from": change.before[kept],
            "to": change.after[kept],
            "total": run.total[kept],
            "gain": (run.total - before)[kept],
            "passes": passes[kept],
            "_place": change.place,
        }
    )


def _gap(run: Run, size: int) -> NDArray[np.bool_]:
    """Profiles that fell on a row whose points are not held."""
    found = np.zeros(size, dtype=np.bool_)
    for where in run.gaps.values():
        found[where] = True
    return found


def _least(table: pd.DataFrame) -> pd.DataFrame:
    """Of each profile and input the first change that passes, or else the best."""
    if not len(table):
        return table
    ranked = table.assign(
        _lacks=~table["passes"],
        _order=np.where(table["passes"], table["_place"], -table["total"]),
    )
    keys = ["profile", "input"]
    first = ranked.sort_values(["_lacks", "_order", "_place"], kind="stable")
    kept = first.drop_duplicates(keys)
    order = kept.sort_values(["_lacks", "gain"], ascending=[True, False], kind="stable")
    places = {label: at for at, label in enumerate(table["profile"].drop_duplicates())}
    return order.sort_values("profile", key=lambda one: one.map(places), kind="stable").reset_index(
        drop=True
    )
