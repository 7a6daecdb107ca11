# SPDX-License-Identifier: Apache-2.0
"""Runs side by side: what was set differently, and what differs in every future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from keruen.core.errors import ScenarioError
from keruen.core.sentences import msg
from keruen.scenario.composed import compare_scenarios
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.results import Kept, read_run, summary


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside the first of them.

    Parameters
    ----------
    runs : tuple of Kept
        Runs, the reference first.
    settings : DataFrame
        Keys that differ, a column a scenario.
    levels : DataFrame
        Outcomes of every scenario: ``scenario`` and the columns of a run's summary.
    differences : DataFrame
        The same of each scenario less the reference, future by future.
    """

    runs: tuple[Kept, ...]
    settings: pd.DataFrame
    levels: pd.DataFrame
    differences: pd.DataFrame


def compare_runs(folders: Sequence[Path]) -> Comparison:
    """Compare runs with the first of them.

    Parameters
    ----------
    folders : sequence of Path
        Folders of two or more runs.

    Returns
    -------
    Comparison

    Raises
    ------
    FileError
        A folder holds no run.
    ScenarioError
        Fewer than two, the same scenario twice, or runs that do not share futures: other
        seed, number of trajectories, horizon, country or data (``OtherFutures``).

    Notes
    -----
    Differences are taken path by path and summarised then: their intervals are those of the
    policy, and much narrower than differences of intervals would be.
    """
    return compare_kept([read_run(one) for one in folders])


def compare_kept(runs: Sequence[Kept], *, by_region: bool = True) -> Comparison:
    """Compare runs that were read from their folders with the first of them.

    Parameters
    ----------
    runs : sequence of Kept
        Two or more runs, the reference first.
    by_region : bool, optional
        Whether outcomes of regions are compared too; pages tell of the country alone.

    Returns
    -------
    Comparison

    Raises
    ------
    ScenarioError
        As :func:`compare_runs` raises.
    """
    _check(runs)
    first = runs[0]
    held = [
        {name: one for name, one in run.outcomes.items() if by_region or "region" not in one.dims}
        for run in runs
    ]
    levels = [summary(one).assign(scenario=run.name) for run, one in zip(runs, held, strict=True)]
    less = [
        summary(_less(one, held[0])).assign(scenario=run.name)
        for run, one in zip(runs[1:], held[1:], strict=True)
    ]
    return Comparison(
        runs=tuple(runs),
        settings=compare_scenarios(first.scenario, *(one.scenario for one in runs[1:])),
        levels=pd.concat(levels, ignore_index=True),
        differences=pd.concat(less, ignore_index=True),
    )


def robust_choices(runs: Sequence[Kept], prefer: Sequence[str]) -> pd.DataFrame:
    """How each scenario fares in several outcomes, one under the other.

    Parameters
    ----------
    runs : sequence of Kept
        Runs that share futures.
    prefer : sequence of str
        Wishes, as :func:`robust_choice` takes them.

    Returns
    -------
    DataFrame
        Columns of :func:`robust_choice`.
    """
    return pd.concat([robust_choice(runs, one) for one in prefer], ignore_index=True)


def robust_choice(runs: Sequence[Kept], prefer: str) -> pd.DataFrame:
    """How each scenario fares in an outcome over all futures, by the rules of robust choice.

    Parameters
    ----------
    runs : sequence of Kept
        Runs that share futures.
    prefer : str
        ``OUTCOME=more`` or ``OUTCOME=less``: what is wanted.

    Returns
    -------
    DataFrame
        ``outcome, wanted, scenario, expected, worst, regret_max, regret_90, picked_by``. Flows
        are summed over the horizon, stocks are those of its last year. Rules may disagree;
        none of them decides.

    Raises
    ------
    ScenarioError
        The outcome is unknown, is of regions or was not drawn, or the wish is neither more nor
        less (``BadWish``).

    See Also
    --------
    keruen.decide.uncertainty.robustness : The rules.
    """
    from keruen.decide.uncertainty import robustness

    name, _, better = prefer.partition("=")
    held = [one.outcomes.get(name) for one in runs]
    usable = [one for one in held if one is not None and set(one.dims) == {"trajectory", "year"}]
    if better not in ("more", "less") or len(usable) < len(runs):
        drawn = [key for key, one in runs[0].outcomes.items() if one.ndim == 2]
        raise ScenarioError(
            msg("'{wish}' says no wish", wish=prefer),
            where="--prefer",
            remedy=msg(
                "write OUTCOME=more or OUTCOME=less; outcomes are {names}", names=", ".join(drawn)
            ),
            id="BadWish",
        )
    flow = OUTCOMES[name].flow
    each = [one.sum("year") if flow else one.isel(year=-1, drop=True) for one in usable]
    options = xr.concat(each, "scenario").assign_coords(scenario=[one.name for one in runs])
    found = robustness(options.rename(name), better="more" if better == "more" else "less")
    table = found.to_table()
    table.columns = ["scenario", "expected", *table.columns[2:]]
    return table.assign(outcome=name, wanted=better)[["outcome", "wanted", *table.columns]]


def _less(
    ours: Mapping[str, xr.DataArray], theirs: Mapping[str, xr.DataArray]
) -> dict[str, xr.DataArray]:
    found = {}
    for name in ours:
        if name not in theirs:
            continue
        one, other = xr.align(ours[name], theirs[name], join="outer", fill_value=0.0)
        found[name] = (one - other).rename(name)
    return found


def _check(runs: Sequence[Kept]) -> None:
    if len(runs) < 2:
        raise ScenarioError(
            msg("one run cannot be compared"), remedy=msg("name two runs or more"), id="TooFewRuns"
        )
    names = [one.name for one in runs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        what = msg("'{name}' is named twice", name=twice[0])
        raise ScenarioError(what, remedy=msg("compare different scenarios"), id="SameScenario")
    first = runs[0]
    for one in runs[1:]:
        wrong = [
            what
            for what, mine, other in (
                ("country", one.scenario.country, first.scenario.country),
                ("horizon", one.scenario.years, first.scenario.years),
                ("seed", one.scenario.seed, first.scenario.seed),
                ("trajectories", one.scenario.trajectories, first.scenario.trajectories),
                ("data", one.manifest["data"], first.manifest["data"]),
            )
            if mine != other
        ]
        if wrong:
            raise ScenarioError(
                msg(
                    "{one} and {other} do not share futures: other {names}",
                    one=one.name,
                    other=first.name,
                    names=", ".join(wrong),
                ),
                remedy=msg("run them with the same seed, trajectories and horizon"),
                id="OtherFutures",
            )
