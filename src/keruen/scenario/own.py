# SPDX-License-Identifier: Apache-2.0
"""A scenario of a reader's own as text: composed alone, checked before it may run."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from keruen.core.errors import ScenarioError, WorkbenchError, raise_faults
from keruen.core.sentences import msg
from keruen.scenario.compose import compose, scenario_names
from keruen.scenario.composed import Scenario, with_draws
from keruen.scenario.draws import check_doubts
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.schema import ScenarioFile
from keruen.sources.marked_yaml import Place, parse_yaml
from keruen.sources.region_inputs import REGIONS_LAST

LARGEST: Final = 64_000
"""Bytes of the longest text."""
MOST: Final = 1000
"""Futures at most."""
_LONGEST_NAME: Final = 60
_LONGEST_TITLE: Final = 200
_TRIED: Final = 200


def compose_text(text: str, name: str = "scenario") -> Scenario:
    """A scenario from its text, over scenarios of the package and no other file.

    Parameters
    ----------
    text : str
        What a scenario file says.
    name : str, optional
        What the file is called in messages, without its ending.

    Returns
    -------
    Scenario

    Raises
    ------
    FaultsError
        All that is wrong, each with its line.
    ScenarioError
        The text is too long (``TooLong``), is no YAML, or rests on no baseline.

    See Also
    --------
    check_runnable : What more must hold before it is run.

    Examples
    --------
    >>> mine = compose_text("scenario: mine\\ntitle: Mine\\nbased_on: [kaz/baseline]")
    >>> mine.name, mine.country, mine.years[-1]
    ('mine', 'KAZ', 2045)
    """
    if len(text.encode()) > LARGEST:
        raise ScenarioError(
            msg("the text is longer than {limit} bytes", limit=LARGEST),
            where=f"{name}.yaml",
            remedy=msg("leave out what is not needed"),
            id="TooLong",
        )
    with TemporaryDirectory() as home:
        path = Path(home) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return compose(path, alone=True)


def check_runnable(scenario: Scenario) -> None:
    """Refuse what would fail in the middle of a run, or ask for more than is projected.

    Parameters
    ----------
    scenario : Scenario
        Scenario, as :func:`compose_text` gives it.

    Raises
    ------
    WorkbenchError
        All faults at once: a baseline of its own, a horizon outside the projection of
        regions, an outcome that no run gives, too many futures, a distribution that cannot be
        drawn from.
    """
    mine, base = scenario.files[-1], scenario.files[0]
    at = _places(mine)
    faults: list[WorkbenchError] = []
    if mine.keys:
        what = msg("keys are declared by a baseline of the package alone")
        remedy = msg("rest on one with 'based_on' and change its keys under 'set'")
        faults.append(_fault(what, at("keys"), remedy))
    first = base.horizon[0] if base.horizon else scenario.years[0]
    if scenario.years[0] != first or scenario.years[-1] > REGIONS_LAST:
        what = msg(
            "the horizon {first} to {last} is not projected",
            first=scenario.years[0],
            last=scenario.years[-1],
        )
        remedy = msg("begin in {first} and end by {last}", first=first, last=REGIONS_LAST)
        faults.append(_fault(what, at("horizon"), remedy))
    if scenario.trajectories > MOST:
        what = msg("{number} futures are too many", number=scenario.trajectories)
        remedy = msg("draw {most} at most", most=MOST)
        faults.append(_fault(what, at("trajectories"), remedy))
    for name in scenario.outcomes:
        if name not in OUTCOMES:
            what = msg("there is no outcome '{name}'", name=name)
            remedy = msg("choose from {names}", names=", ".join(OUTCOMES))
            faults.append(_fault(what, at("outcomes"), remedy))
    faults += _lengths(mine, at("title"))
    raise_faults(faults, where=mine.path.name)
    if scenario.country not in {one.split("/")[0].upper() for one in scenario_names()}:
        raise _fault(msg("this country has no baseline"), at("country"), msg("use kaz/baseline"))
    check_doubts(with_draws(scenario, scenario.trajectories or _TRIED, scenario.seed))


def _lengths(mine: ScenarioFile, title: Place) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    most = max(len(one) for one in (*mine.title.values(), ""))
    for what, length, limit in (("scenario", len(mine.name), _LONGEST_NAME),
                                ("title", most, _LONGEST_TITLE)):  # fmt: skip
        if length > limit:
            said = msg("'{field}' has {length} letters", field=what, length=length)
            faults.append(_fault(said, title, msg("use {most} at most", most=limit)))
    return faults


def _places(mine: ScenarioFile):  # noqa: ANN202
    """Gives the place of a field of a file."""
    tree, top = parse_yaml(mine.text, mine.path.name), Place(mine.path.name, 1)
    return lambda name: top.below(tree, name)


def _fault(what: str, place: Place, remedy: str) -> ScenarioError:
    return ScenarioError(what, where=str(place), remedy=remedy, id="NotRunnable")
