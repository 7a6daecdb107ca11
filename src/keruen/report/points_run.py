# SPDX-License-Identifier: Apache-2.0
"""A run of a points system: rules and profiles read, scored, explained; gaps said as gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.decide.points import (
    RuleSet,
    Scores,
    missing_facts,
    score_profiles,
    single_changes,
)
from keruen.decide.points.rule_set import as_day
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Count, Listing, Message, Told, Verbatim, msg, nmsg
from keruen.report.points_compare import PointsComparison, compare_points
from keruen.report.points_rules import rules_on
from keruen.report.points_words import STATUSES
from keruen.sources.profile_files import ProfileFile, read_profiles

if TYPE_CHECKING:
    import pandas as pd

_MOST_CHANGES: Final = 1000


@dataclass(frozen=True)
class PointsRun:
    """Profiles scored by a points system, and everything that a reader must know about it.

    Parameters
    ----------
    rules : RuleSet
        Rules in force on the day.
    day : date
        The day.
    scores : Scores or None
        Points of all complete profiles; None when there is none.
    missing : DataFrame
        What other profiles do not state, with what each value would give.
    changes : DataFrame
        Single changes that would lift profiles which fail, of the first thousand of these.
    explained : tuple of str
        Profiles whose points are told one by one.
    file : ProfileFile
        Profiles as read.
    notes : tuple of Message
        What was left unread or taken for granted.
    comparison : PointsComparison or None
        The same profiles by other rules, where these were asked for.
    """

    rules: RuleSet
    day: date
    scores: Scores | None
    missing: pd.DataFrame
    changes: pd.DataFrame
    explained: tuple[str, ...]
    file: ProfileFile
    notes: tuple[Message, ...]
    comparison: PointsComparison | None = None

    @cached_property
    def results(self) -> pd.Series:
        """What the points say about each profile, in the order of the file."""
        import pandas as pd

        found = pd.Series("incomplete", index=self.file.table["profile"], name="result")
        if self.scores is None:
            return found
        index = self.scores.total.indexes["profile"]
        if self.scores.passed is None or self.scores.mark is None:
            found.loc[index] = "no mark"
            return found
        enough = self.scores.total.to_numpy() >= self.scores.mark
        eligible = self.scores.prerequisites.all("prerequisite").to_numpy()
        words = np.select([~eligible, enough], ["not eligible", "passes"], "fails")
        found.loc[index] = words
        return found

    def blank(self, profile: str) -> frozenset[str]:
        """Inputs that a profile does not state.

        Parameters
        ----------
        profile : str
            Code of the profile.

        Returns
        -------
        frozenset of str
        """
        given = self._stated.loc[profile].to_dict()
        return frozenset(name for name in self.rules.inputs if not given.get(name, False))

    @cached_property
    def _stated(self) -> pd.DataFrame:
        """Which cells of the profiles explained are filled in."""
        table = self.file.table
        return table[table["profile"].isin(self.explained)].set_index("profile").notna()

    @property
    def summary(self) -> tuple[Message, ...]:
        """The run in a few sentences."""
        counts = self.results.value_counts()
        total = int(counts.sum())
        lines = [
            nmsg(
                "{number} profile was read; {complete} could be scored.",
                "{number} profiles were read; {complete} could be scored.",
                total,
                complete=Count(total - int(counts.get("incomplete", 0))),
            )
        ]
        if self.scores is not None and self.scores.mark is not None:
            lines.append(
                msg(
                    "Points needed: {mark}. Profiles that reach them: {passes}; that do not: "
                    "{fails}; that do not meet a requirement, whatever their points: {barred}.",
                    passes=Count(int(counts.get("passes", 0))),
                    mark=Count(self.scores.mark),
                    fails=Count(int(counts.get("fails", 0))),
                    barred=Count(int(counts.get("not eligible", 0))),
                )
            )
        beside = () if self.comparison is None else (self.comparison.summary,)
        return (*lines, *beside, status_words(self.rules), *self.notes)


def status_words(rules: RuleSet) -> Message:
    """How sure the rules are, as a sentence."""
    return msg("Status of the rules: {status}.", status=STATUSES[rules.status])


def run_points(
    system: str | Path,
    profiles: Path,
    *,
    as_of: date | str,
    cut_off: float | None = None,
    explain: int = 20,
    compare: str = "",
    sheet: str | None = None,
    step: Step = quiet,
) -> PointsRun:
    """Score a file of profiles by a points system.

    Parameters
    ----------
    system : str or Path
        A system of the package, or a rule file of your own.
    profiles : Path
        Profiles.
    as_of : date or str
        Day whose rules hold.
    cut_off : float, optional
        Points needed instead of the pass mark.
    explain : int, optional
        How many profiles are explained one by one.
    compare : str, optional
        A day or other rules to compare with.
    sheet : str, optional
        Sheet of a workbook.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    PointsRun

    Raises
    ------
    ScenarioError
        No such system, no rule for the day, or a rule file with faults.
    FaultsError
        The profiles have faults, all of them by cell.
    """
    step(0.05, "rules")
    rules, told = rules_on(system, as_of)
    step(0.15, "profiles")
    file = read_profiles(profiles, told, sheet=sheet)
    data = as_dataset(file.table)
    step(0.4, "missing facts")
    missing = missing_facts(data, rules, as_of=as_of)
    whole = data.sel(profile=~data["profile"].isin(missing["profile"].unique()))
    step(0.6, "points")
    scores = None
    if whole.sizes["profile"]:
        scores = score_profiles(whole, rules, as_of=as_of, cut_off=cut_off)
    step(0.8, "changes")
    failing = None if scores is None else _failing(scores)
    changes = single_changes_of(whole, failing, rules, as_of=as_of, cut_off=cut_off)
    order = () if scores is None else _spread(scores, explain)
    beside = None
    if scores is not None and compare:
        beside = compare_points(whole, scores, system, compare, cut_off=cut_off)
    return PointsRun(
        rules=rules,
        day=as_day(as_of),
        scores=scores,
        missing=missing,
        changes=changes,
        explained=order,
        file=file,
        notes=(*_notes(rules, file, missing, failing), *_assumed(scores)),
        comparison=beside,
    )


def as_dataset(table: pd.DataFrame) -> xr.Dataset:
    """Profiles of a file as the scoring takes them."""
    columns = {
        str(name): (
            "profile",
            column.astype(object).where(column.notna(), None).to_numpy()
            if column.dtype.name == "category"
            else column.to_numpy(),
        )
        for name, column in table.items()
        if name != "profile"
    }
    return xr.Dataset(columns, coords={"profile": table["profile"].to_numpy()})


def _failing(scores: Scores) -> np.ndarray | None:
    if scores.passed is None:
        return None
    return np.asarray(scores.total["profile"].to_numpy()[~scores.passed.to_numpy()])


def single_changes_of(
    data: xr.Dataset,
    failing: np.ndarray | None,
    rules: RuleSet,
    *,
    as_of: date | str,
    cut_off: float | None,
) -> pd.DataFrame:
    """Single changes of the first profiles that fail; none where there is no mark."""
    import pandas as pd

    if failing is None or not len(failing):
        heads = ["profile", "input", "from", "to", "total", "gain", "passes"]
        return pd.DataFrame(columns=heads)
    some = data.sel(profile=failing[:_MOST_CHANGES])
    return single_changes(some, rules, as_of=as_of, cut_off=cut_off)


def _spread(scores: Scores, count: int) -> tuple[str, ...]:
    """The first profiles of the file, for one by one explanation."""
    return tuple(map(str, scores.total["profile"].to_numpy()[:count]))


def _assumed(scores: Scores | None) -> list[Message]:
    """That empty cells were counted as the rules say, when any were."""
    cells = 0 if scores is None else int(scores.adjustments["profiles"].sum())
    if not cells:
        return []
    return [
        nmsg(
            "{number} empty cell was counted as the rules say; see the facts not stated.",
            "{number} empty cells were counted as the rules say; see the facts not stated.",
            cells,
        )
    ]


def _notes(
    rules: RuleSet, file: ProfileFile, missing: pd.DataFrame, failing: np.ndarray | None
) -> list[Message]:
    """What was left unread, is not in the file, or was taken for granted."""
    notes = []
    if rules.partial:
        notes.append(msg("Only a part of these rules is held; other profiles are refused."))
    unsure = [one for one in rules.factors.values() if one.status == "to be confirmed"]
    if unsure and rules.status != "to be confirmed":
        notes.append(
            nmsg(
                "The points of {number} factor are to be confirmed against the official text.",
                "The points of {number} factors are to be confirmed against the official text.",
                len(unsure),
            )
        )
    if file.unread:
        notes.append(
            msg(
                "Not read, because the rules do not ask for it: {headings}.",
                headings=Verbatim(", ".join(file.unread)),
            )
        )
    absent = [name for name in dict.fromkeys(missing["input"]) if name not in file.table]
    if absent:
        notes.append(
            msg(
                "The file has no column for: {headings}. Profiles that need it are set aside.",
                headings=Listing(tuple(Told(rules.inputs[name].label) for name in absent)),
            )
        )
    if failing is not None and len(failing) > _MOST_CHANGES:
        notes.append(
            msg(
                "Changes were tried for the first {number} profiles that fail.",
                number=Count(_MOST_CHANGES),
            )
        )
    return notes
