# SPDX-License-Identifier: Apache-2.0
"""A scenario through all rooms: projected, placed, projected again, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_run import described
from keruen.scenario.composed import Scenario
from keruen.scenario.draws import check_doubts, drawn
from keruen.scenario.gains import gains
from keruen.scenario.measured_table import measured_table
from keruen.scenario.measurement import SCALE, measured
from keruen.scenario.outcomes import outcomes_of
from keruen.scenario.people import Future, project, urban_share
from keruen.scenario.settlement import newcomers, settle
from keruen.scenario.stages import Arrays, Desk

if TYPE_CHECKING:
    import pandas as pd

Value = Callable[[str], xr.DataArray]
"""Gives the value of a key in every year, with draws where it is uncertain."""

_COUNTRIES: Final = ("KAZ",)
_MEASURED: Final = ("measure.migration.*", SCALE)
_PEOPLE: Final = ("project.migration.*",)
_OLD: Final = 65
_PLACED: Final = ("families", "persons", "room", "price")


@dataclass(frozen=True)
class ScenarioRun:
    """What a scenario comes to.

    Parameters
    ----------
    scenario : Scenario
        The scenario as composed.
    outcomes : dict of str to DataArray
        Outcomes by name: by year, and by trajectory and region where they have them.
    measured : DataFrame
        What the scenario stands on, as
        :func:`~keruen.scenario.measured_table.measured_table` tells it.
    placement : DataFrame
        Families placed by region, room, and price of one more place.
    digests : dict of str to str
        Digest of every stage.
    kept : tuple of str
        Stages that were found done and not run again.
    warnings : tuple of str
        What must be said beside the numbers.
    """

    scenario: Scenario
    outcomes: Mapping[str, xr.DataArray]
    measured: pd.DataFrame
    placement: pd.DataFrame
    digests: Mapping[str, str]
    kept: tuple[str, ...]
    warnings: tuple[str, ...]


def run_scenario(
    scenario: Scenario, *, stages: Path | None = None, step: Step = quiet
) -> ScenarioRun:
    """Run a scenario through measurement, projection, the labour gap, placement and welfare.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    stages : Path, optional
        Folder in which finished stages are kept and found again; none are kept without it.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    ScenarioRun

    Raises
    ------
    CoverageError
        The country has no regions in the package (``NoRegions``).
    WorkbenchError
        A distribution of the scenario cannot be drawn from.

    See Also
    --------
    keruen.scenario.compose.compose : Makes the scenario of its files.

    Notes
    -----
    What is measured comes first: it says from which net migration the projection starts.
    Population and labour are projected without the return programme then; families are placed
    in regions by that; then population and labour are projected again with the people who
    come. All scenarios of one seed meet the same futures: their differences, path by path,
    are the policy's.
    """
    if scenario.country not in _COUNTRIES:
        raise CoverageError(
            f"no regions of {scenario.country} are in the package",
            where=scenario.name,
            remedy=f"a scenario runs for {', '.join(_COUNTRIES)}",
            id="NoRegions",
        )
    check_doubts(scenario)
    desk = Desk(scenario, stages)
    step(0.01, "measurement")
    found = desk.stage("measurement", lambda: measured(scenario), keys=_MEASURED)
    base = found["base"]
    before = desk.stage(
        "before",
        lambda: _people(project(scenario, None, _part(step, 0.05, 0.4), base=base)),
        keys=_PEOPLE,
        after=["measurement"],
    )
    step(0.45, "placement")
    placed = desk.stage(
        "settlement",
        lambda: _settled(scenario, before),
        keys=["decide.resettlement.*"],
        after=["before"],
    )
    after = before
    if abs(placed["newcomers"]).sum() > 0:
        sent = placed["newcomers"]
        after = desk.stage(
            "after",
            lambda: _people(project(scenario, sent, _part(step, 0.5, 0.9), base=base)),
            keys=_PEOPLE,
            after=["measurement", "settlement"],
        )
    step(0.9, "welfare")
    welfare = desk.stage("welfare", lambda: gains(scenario), keys=["decide.resettlement.*"])
    step(0.93, "outcomes")
    towns = desk.stage(
        "towns",
        lambda: {"urban_share": urban_share(scenario)},
        keys=["project.urbanisation.*"],
    )
    arrays = after | placed | towns | welfare
    arrays |= follow(scenario, arrays, lambda key: drawn(scenario, key))
    return ScenarioRun(
        scenario=scenario,
        outcomes=outcomes_of(scenario, arrays),
        measured=measured_table(scenario, found),
        placement=_placement_table(placed),
        digests=dict(desk.digests),
        kept=tuple(desk.kept),
        warnings=_warnings(scenario),
    )


def deterministic(scenario: Scenario, *, step: Step = quiet) -> tuple[Arrays, Arrays]:
    """People and labour on their medium, without the return programme and with it.

    Parameters
    ----------
    scenario : Scenario
        Scenario without trajectories.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of dict of str to DataArray
        Arrays of the stages without the programme, and with it; the second also hold what is
        not of people.
    """
    base = measured(scenario)["base"]
    without = _people(project(scenario, None, _part(step, 0.0, 0.4), base=base))
    placed = _settled(scenario, without)
    given = _people(project(scenario, placed["newcomers"], _part(step, 0.5, 0.9), base=base))
    return without, {**given, **placed, "urban_share": urban_share(scenario)}


def _part(step: Step, low: float, high: float) -> Step:
    """The same bar, of which a stage has a part."""
    return lambda share, what: step(low + (high - low) * share, what)


def _people(future: Future) -> Arrays:
    """Population and labour of all futures, or of the medium where there are none."""
    run, labour = future.regions, future.labour
    assert labour.regions is not None  # noqa: S101  (countries with regions are checked)
    nation, regions = labour.nation.paths, labour.regions.paths
    if run.totals is None or nation is None or regions is None:
        people = run.projection.population
        whole = ["sex", "age"]
        found = {
            "population": people.sum(whole),
            "working_age": people.sel(age=slice(15, _OLD - 1)).sum(whole),
            "old": people.sel(age=slice(_OLD, None)).sum(whole),
            "migration": run.projection.migration.sum(whole),
            "labour_force": labour.nation.labour_force.sum(whole),
            "gap": labour.nation.balance.gap,
            "region_gap": labour.regions.balance.gap,
        }
    else:
        found = {
            "population": run.totals["population"],
            "working_age": run.totals["working_age"],
            "old": run.totals["by_age"].sel(age=_OLD, drop=True).sum("sex").astype(float),
            "migration": run.totals["migration"],
            "labour_force": nation["labour_force"],
            "gap": nation["gap"],
            "region_gap": regions["gap"],
        }
    return {
        name: stamp(array, name=name, units="persons", kind="count")
        for name, array in found.items()
    }


def _settled(scenario: Scenario, before: Arrays) -> Arrays:
    """Where families go, and the people who come each year."""
    middle = {
        name: before[name].mean("trajectory") if "trajectory" in before[name].dims else before[name]
        for name in ("region_gap", "population")
    }
    found = settle(scenario, middle["region_gap"], middle["population"])
    regions = [str(one) for one in found.shares.indexes["region"]]
    columns: dict[str, list[float]] = dict.fromkeys(_PLACED, [0.0] * len(regions))
    if found.placement is not None:
        load = found.placement.load.set_index("locality").reindex(regions)
        went = found.placement.assignment.to_series().value_counts()
        columns = {
            "families": went.reindex(regions).fillna(0.0).astype(float).tolist(),
            "persons": load["used"].tolist(),
            "room": load["capacity"].tolist(),
            "price": load["price"].tolist(),
        }
    placed = xr.DataArray(
        [columns[name] for name in columns],
        coords={"series": list(columns), "region": regions},
        dims=["series", "region"],
    )
    return {
        "newcomers": newcomers(scenario, found),
        "placed": stamp(placed, name="placed", units="", kind="index"),
    }


def _placement_table(placed: Arrays) -> pd.DataFrame:
    """Families and persons placed by region, with room and the price of one more place."""
    import pandas as pd

    table = placed["placed"]
    columns = {str(one): table.sel(series=one).to_numpy() for one in table["series"].values}
    return pd.DataFrame({"region": table["region"].to_numpy(), **columns})


def follow(scenario: Scenario, arrays: Arrays, value: Value) -> Arrays:
    """What follows from people and labour: foreign workers on permits, and who gets a status.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    arrays : dict of str to DataArray
        Arrays of the stages.
    value : callable
        Gives the value of a key, with draws where it has them.

    Returns
    -------
    dict of str to DataArray
        ``permits``, ``labour_gap`` that is left with them, and ``regularised``.
    """
    share, held = (scenario.series(f"decide.labour_quota.{one}") for one in ("share", "included"))
    use = value("decide.labour_quota.use")
    force = arrays["labour_force"].sel(year=slice(scenario.years[0], None))
    admitted = value("measure.irregular.stock") * scenario.series("decide.regularisation.share")
    return {
        "permits": force * share * use,
        "labour_gap": arrays["gap"] - force * (share - held) * use,
        "regularised": admitted * value("decide.regularisation.take_up"),
    }


def _warnings(scenario: Scenario) -> tuple[str, ...]:
    """Keys that rest on an assumption or are to be confirmed, as sentences."""
    return tuple(
        f"{key}: {one.status} ({one.source['en']})"
        for key, one in scenario.keys.items()
        if one.status in ("assumption", "to be confirmed")
    )


def inputs_of(run: ScenarioRun) -> tuple[Mapping[str, str], ...]:
    """Embedded tables that a run used, with their digests.

    Parameters
    ----------
    run : ScenarioRun
        The run.

    Returns
    -------
    tuple of mapping
    """
    from keruen.report.labour_case import labour_case
    from keruen.sources.projection_inputs import projection_inputs
    from keruen.sources.region_inputs import region_inputs

    country = run.scenario.country
    people = (*projection_inputs(country).sources, *region_inputs(country).sources)
    names = (*people, *labour_case(country).sources, "wup2018.urban_share")
    return tuple(described(id) for id in dict.fromkeys(names))
