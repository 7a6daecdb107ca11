# SPDX-License-Identifier: Apache-2.0
"""Profiles scored by a points system: every point with the row of the law it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import few, stamp
from keruen.core.errors import CodeError, ScenarioError, SchemaError, raise_faults
from keruen.decide.points._profiles import encode, missing, refuse_missing
from keruen.decide.points._run import Columns, Run, run_grid
from keruen.decide.points.grid import Grid, grid_on
from keruen.decide.points.rule_set import RuleSet

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.points.trace import Trace


@dataclass(frozen=True)
class Scores:
    """Points of profiles, and where each of them comes from.

    Parameters
    ----------
    points : DataArray [profile, factor], points
        Points before caps; a factor of several abilities has one column an ability.
    row : DataArray [profile, factor], index
        Row of the table that matched, counted from 0 along rows then columns; -1 where the
        factor does not count. Nothing when explanations were not asked for.
    capped : DataArray [profile, cap], points
        Points of each group after its cap.
    lost : DataArray [profile, cap], points
        Points that the cap took.
    prerequisites : DataArray [profile, prerequisite], true or false
        What must hold whatever the points.
    total : DataArray [profile], points
        All points after caps.
    passed : DataArray [profile], true or false
        Whether the points reach ``mark`` and all prerequisites hold. Nothing when there is no
        mark: then a draw decides.
    mark : float or None
        Points needed.
    grid : Grid
        The rule set on its day.
    adjustments : DataFrame
        Facts that profiles did not state and the rule set says how to count: ``input``,
        ``profiles``, ``counted_as``.

    See Also
    --------
    score_profiles : Makes it.
    """

    points: xr.DataArray
    row: xr.DataArray | None
    capped: xr.DataArray
    lost: xr.DataArray
    prerequisites: xr.DataArray
    total: xr.DataArray
    passed: xr.DataArray | None
    mark: float | None
    grid: Grid
    adjustments: pd.DataFrame
    _columns: Columns = field(repr=False, default_factory=dict)

    def to_table(self) -> pd.DataFrame:
        """One row a profile: points of each factor, groups, the total, whether it passes.

        Returns
        -------
        DataFrame
            ``profile``, a column a factor, ``cap_`` and ``lost_`` a cap, ``holds_`` a
            prerequisite, ``total``, ``pass_mark``, ``passed``.
        """
        import pandas as pd

        table: dict[str, object] = {"profile": self.total["profile"].to_numpy()}
        for prefix, part in (
            ("", self.points),
            ("cap_", self.capped),
            ("lost_", self.lost),
            ("holds_", self.prerequisites),
        ):
            dim = str(part.dims[1])
            for at, name in enumerate(part[dim].to_numpy()):
                table[f"{prefix}{name}"] = part.to_numpy()[:, at]
        table["total"] = self.total.to_numpy()
        table["pass_mark"] = np.nan if self.mark is None else self.mark
        table["passed"] = None if self.passed is None else self.passed.to_numpy()
        return pd.DataFrame(table)

    def trace(self, profile: object) -> Trace:
        """Where every point of one profile comes from.

        Parameters
        ----------
        profile : str or int
            Code of the profile.

        Returns
        -------
        Trace

        Raises
        ------
        CodeError
            There is no such profile (``UnknownProfile``).
        """
        from keruen.decide.points.trace import trace_profile

        index = self.total.indexes["profile"]
        if profile not in index:
            raise CodeError(
                f"there is no profile '{profile}'",
                remedy=f"the profiles are {few(index)}",
                id="UnknownProfile",
            )
        at = int(np.flatnonzero(index == profile)[0])
        one = {name: column[at : at + 1] for name, column in self._columns.items()}
        return trace_profile(profile, self.grid, one, self.mark)


def score_profiles(
    profiles: xr.Dataset,
    rules: RuleSet | Sequence[RuleSet],
    *,
    as_of: date | str,
    cut_off: float | None = None,
    explain: bool = True,
) -> Scores:
    """Score profiles by a points system as it stands on a day.

    Parameters
    ----------
    profiles : Dataset [profile]
        A variable for each input of the rule set: numbers, codes, or yes and no (also true
        and false, 1 and 0). Codes instead of names; nothing that the rule set does not ask for.
    rules : RuleSet or sequence of RuleSet
        One rule set, or all that a system has had: the one in force on the day is taken.
    as_of : date or str
        Day whose rules hold.
    cut_off : float, optional
        Points needed instead of the pass mark, such as the cut-off of a draw.
    explain : bool, optional
        Whether to keep the row that matched for every point.

    Returns
    -------
    Scores

    Raises
    ------
    ScenarioError
        No rule is held for the day (``RuleError``), or a profile falls on a row whose points
        the text at hand does not tell (``NotHeld``).
    CoverageError
        A profile does not state what is asked for (``MissingFact``).
    SchemaError
        A variable that is not asked for (``UnknownField``), a number out of its range, or a
        cut-off below 0 or not a number (``InputError``).
    CodeError
        A code that an input does not have (``UnknownCode``).

    See Also
    --------
    missing_facts : What is missing, and what each value would give.
    single_changes : What would lift a profile over the mark.
    compare_scores : Who gains and who loses by another rule set.

    Notes
    -----
    Every factor is a table: its points are found by one lookup for all profiles. Groups are
    then limited from the inside out, ``group = min(sum of its parts, cap)``, and the total is
    the sum of everything that stands in no group. The result is a proposal: an officer
    confirms it.

    Examples
    --------
    >>> from keruen.decide.points import make_rule_set, score_profiles
    >>> def text(word):
    ...     return dict.fromkeys(("en", "ru", "kk"), word)
    >>> rules = make_rule_set({
    ...     "id": "demo", "title": text("Demo"), "jurisdiction": "KAZ", "status": "draft",
    ...     "valid_from": "2026-01-01", "source": text("example"), "pass_mark": 15,
    ...     "inputs": {"age": {"kind": "number", "label": text("Age"), "changes": "never"},
    ...                "kin": {"kind": "flag", "label": text("Kin here")}},
    ...     "factors": {
    ...         "age": {"kind": "band", "input": "age", "rows": [
    ...             {"to": 40, "points": 10}, {"from": 40, "points": 0}]},
    ...         "kin": {"kind": "flag", "input": "kin", "points": 5}}})
    >>> people = xr.Dataset(
    ...     {"age": ("profile", [39, 40]), "kin": ("profile", ["yes", "yes"])},
    ...     coords={"profile": ["A", "B"]})
    >>> found = score_profiles(people, rules, as_of="2026-11-22")
    >>> found.total.values.tolist(), found.passed.values.tolist()
    ([15.0, 5.0], [True, False])
    """
    _refuse_cut_off(cut_off)
    grid = grid_on(rules, as_of)
    columns, filled = encode(profiles, grid)
    labels = profiles["profile"].to_numpy()
    refuse_missing(missing(grid, columns), labels, grid)
    run = run_grid(grid, columns)
    _refuse_gaps(grid, run, labels)
    mark = grid.pass_mark if cut_off is None else float(cut_off)
    return _scores(profiles, grid, run, columns, filled, mark=mark, explain=explain)


def _refuse_cut_off(cut_off: float | None) -> None:
    if cut_off is not None and not 0 <= cut_off < np.inf:
        raise SchemaError(
            f"a cut-off of {cut_off:g} points",
            where="cut_off",
            remedy="give the points needed, 0 or more",
            id="InputError",
        )


def _refuse_gaps(grid: Grid, run: Run, labels: np.ndarray) -> None:
    faults = []
    for part in grid.parts:
        if part.name in run.gaps:
            where = run.gaps[part.name]
            faults.append(
                ScenarioError(
                    f"the points of '{part.name}' are not held for all values",
                    where=f"{part.factor.where[0]}; profiles {few(labels[where])}",
                    remedy="take the points from the text of the rule and add them to a copy "
                    "of the file",
                    id="NotHeld",
                )
            )
    raise_faults(faults, where=grid.rule_set.where)


def _scores(
    profiles: xr.Dataset,
    grid: Grid,
    run: Run,
    columns: Columns,
    filled: dict[str, int],
    *,
    mark: float | None,
    explain: bool,
) -> Scores:
    import pandas as pd

    index = profiles.indexes["profile"]
    factors = [part.name for part in grid.parts]
    caps = [cap.name for cap in grid.caps]
    needs = [need.name for need in grid.prerequisites]

    def array(values: np.ndarray, name: str, dim: str, labels: list[str]) -> xr.DataArray:
        made = xr.DataArray(values.T, coords={"profile": index, dim: labels})
        return stamp(made, name=name, units="points", kind="count")

    prerequisites = xr.DataArray(
        run.needs.T, coords={"profile": index, "prerequisite": needs}, name="prerequisites"
    )
    total = xr.DataArray(run.total, coords={"profile": index})
    passed = None
    if mark is not None:
        passed = ((total >= mark) & prerequisites.all("prerequisite")).rename("passed")
    inputs = grid.rule_set.inputs
    listed = [(name, count, inputs[name].if_empty) for name, count in filled.items()]
    return Scores(
        points=array(run.points, "points", "factor", factors),
        row=array(run.rows, "row", "factor", factors).assign_attrs(units="index", kind="index")
        if explain
        else None,
        capped=array(run.capped, "capped", "cap", caps),
        lost=array(run.lost, "lost", "cap", caps),
        prerequisites=prerequisites,
        total=stamp(
            total, name="total", units="points", kind="count",
            rule_set=grid.rule_set.id, as_of=grid.day.isoformat(), status=grid.rule_set.status,
        ),
        passed=passed,
        mark=mark,
        grid=grid,
        adjustments=pd.DataFrame(
            listed, columns=pd.Index(["input", "profiles", "counted_as"])
        ),
        _columns=columns,
    )  # fmt: skip
