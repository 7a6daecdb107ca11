# SPDX-License-Identifier: Apache-2.0
"""Population, labour and towns of a scenario, along the same futures in every scenario."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.measure.age_structure import population_by_age_group
from keruen.project.migration_ages import fundamental_ages
from keruen.project.migration_change import MigrationChange
from keruen.project.projection import mid_year_population
from keruen.report.flow_run import Step
from keruen.report.labour_case import labour_case
from keruen.report.labour_outlook import along_regions
from keruen.report.labour_population import LABOUR_AGES, LabourPopulation, labour_population
from keruen.report.labour_run import LabourRun, combine_labour
from keruen.report.regional_run import RegionalRun, run_regions
from keruen.report.urban_run import run_urban
from keruen.scenario.composed import Scenario

_CELLS = ["sex", "age"]


@dataclass(frozen=True)
class Future:
    """Population and labour of a country and its regions.

    Parameters
    ----------
    regions : RegionalRun
        Population of regions that agree with the nation, along all futures.
    labour : LabourRun
        Supply, demand and gap along the same futures.
    """

    regions: RegionalRun
    labour: LabourRun


def project(
    scenario: Scenario, sent: xr.DataArray | None, tell: Step, *, base: xr.DataArray | None = None
) -> Future:
    """Population and labour under the migration of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    sent : DataArray [year, region] or [trajectory, year, region] or None, persons
        People who come by a programme, beyond the published projection.
    tell : callable
        Called with the share done and what is being done.
    base : DataArray [year, region] or [trajectory, year, region], optional, persons
        By whom net migration departs from the published projection from the start.

    Returns
    -------
    Future

    Raises
    ------
    WorkbenchError
        As :func:`~keruen.report.regional_run.run_regions` raises.
    """
    to = scenario.years[-1]
    regions = run_regions(
        scenario.country,
        to=to,
        trajectories=scenario.trajectories,
        change=_change(scenario, sent, base),
        seed=scenario.seed,
        step=lambda share, what: tell(0.8 * share, what),
    )
    tell(0.85, "labour")
    case = labour_case(scenario.country)
    people = _people(scenario, regions)
    labour = combine_labour(case, people, regions, to=to, seed=scenario.seed)
    return Future(regions, labour)


def _change(
    scenario: Scenario, sent: xr.DataArray | None, base: xr.DataArray | None
) -> MigrationChange:
    scale = scenario.series("project.migration.international.scale")
    moves = scenario.series("project.migration.internal.scale")
    further = (0.0 * scale).expand_dims(region=["KZ-75"]) if sent is None else sent
    if base is not None and bool((base != 0).any()):
        further = base + further.reindex(region=base.indexes["region"], fill_value=0.0)
    ages = fundamental_ages(np.arange(101)).inward
    return MigrationChange(scale, further, ages / ages.sum(), moves)


def _people(scenario: Scenario, run: RegionalRun) -> LabourPopulation:
    """People of the nation at mid-year by the ages of labour, from its regions' run."""
    plain = labour_population(scenario.country, to=scenario.years[-1])
    grouped = population_by_age_group(run.nation.population, lower=LABOUR_AGES)
    medium = mid_year_population(grouped.expand_dims(country=[run.country]))
    whole = LabourPopulation(medium, plain.closed, None, plain.sources)
    return along_regions(run, whole)


def urban_share(scenario: Scenario) -> xr.DataArray:
    """Urban share of the country with the scenario's speed.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    DataArray [year], share
        The difference between urban and rural growth of each year, times the speed.

    Notes
    -----
    That difference is the change of the logit of the share, so a speed multiplies the yearly
    changes of the logit.
    """
    run = run_urban(scenario.country, to=scenario.years[-1])
    here = {"country": scenario.country, "residence": "urban"}
    share = run.projection.share.sel(here, drop=True)
    logit: xr.DataArray = np.log(share / (1 - share))  # type: ignore[assignment]
    start = scenario.years[0]
    change = logit.diff("year").sel(year=slice(start, None))
    speed = scenario.series("project.urbanisation.speed").sel(year=change.indexes["year"])
    moved = logit.sel(year=start - 1, drop=True) + (change * speed).cumsum("year")
    towns = xr.DataArray(1 / (1 + np.exp(-moved)))
    return stamp(towns, name="urban_share", units="share", kind="share")
