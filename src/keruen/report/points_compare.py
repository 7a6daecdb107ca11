# SPDX-License-Identifier: Apache-2.0
"""The same profiles by other rules, of another day or a file of one's own: who gains, who loses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from keruen.decide.points import Comparison, RuleSet, Scores, compare_scores, score_profiles
from keruen.report.locale import Count, Message, Verbatim, msg
from keruen.report.points_rules import read_rules

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PointsComparison:
    """A run beside the same profiles by other rules.

    Parameters
    ----------
    before : Scores
        Points by the other rules.
    found : Comparison
        What the rules of the run change.
    after : Scores
        Points by the rules of the run.
    """

    before: Scores
    found: Comparison
    after: Scores

    @property
    def table(self) -> pd.DataFrame:
        """One row a profile: both totals, the change, and what becomes of the result."""
        import pandas as pd

        outcome = self.found.outcome
        return pd.DataFrame(
            {
                "profile": self.after.total["profile"].to_numpy(),
                "before": self.before.total.to_numpy(),
                "total": self.after.total.to_numpy(),
                "change": self.found.change.to_numpy(),
                "outcome": "" if outcome is None else outcome.to_numpy(),
            }
        )

    @property
    def summary(self) -> Message:
        """Numbers of those who gain and lose."""
        row = self.found.by_group().iloc[0]
        grid = self.before.grid
        return msg(
            "Compared with {rules} on {day}: {gain} have more points, {lose} fewer, {same} as "
            "many; {up} reach the mark now, {down} no longer do.",
            rules=Verbatim(grid.rule_set.where or grid.rule_set.id),
            day=Verbatim(grid.day.isoformat()),
            gain=Count(int(row["gain"])),
            lose=Count(int(row["lose"])),
            same=Count(int(row["same"])),
            up=Count(int(row.get("passes_now", 0))),
            down=Count(int(row.get("fails_now", 0))),
        )


def compare_points(
    data: xr.Dataset,
    after: Scores,
    system: str | Path,
    other: str,
    *,
    cut_off: float | None,
) -> PointsComparison:
    """Score complete profiles by other rules, and compare.

    Parameters
    ----------
    data : Dataset [profile]
        Complete profiles.
    after : Scores
        Their points by the rules of the run.
    system : str or Path
        System of the run.
    other : str
        A day, whose rules of the same system are taken; or a rule file or system, as it stands
        on the day of the run.
    cut_off : float or None
        Points needed, in place of the marks of both rule sets.

    Returns
    -------
    PointsComparison

    Raises
    ------
    ScenarioError
        No such rules, or none for the day.
    CoverageError
        The other rules ask for a fact that the profiles do not state (``MissingFact``).
    """
    day, rules = after.grid.day, read_rules(system)
    try:
        day = date.fromisoformat(other)
    except ValueError:
        rules = read_rules(other)
    known = _asked(rules)
    kept = data.drop_vars([name for name in data.data_vars if name not in known])
    before = score_profiles(kept, rules, as_of=day, cut_off=cut_off, explain=False)
    return PointsComparison(before, compare_scores(before, after), after)


def _asked(rules: tuple[RuleSet, ...]) -> set[str]:
    return {name for one in rules for name in one.inputs}
