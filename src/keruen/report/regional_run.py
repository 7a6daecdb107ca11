# SPDX-License-Identifier: Apache-2.0
"""A run of a regional projection that closes to its country, trajectory by trajectory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.project.assumptions import Components, variant
from keruen.project.backtest import NOT_EVALUATED
from keruen.project.migration_change import (
    MigrationChange,
    changed_components,
    changed_regions,
    changed_trajectories,
)
from keruen.project.modelled import modelled_regions, regional_base
from keruen.project.paths import project_paths
from keruen.project.population import (
    EDITIONS,
    Fertility,
    Projection,
    RegionalProjection,
    Rules,
)
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_components import (
    drawn_components,
    national_projection,
    prepare_components,
)
from keruen.report.projection_run import VARIANTS, check_options, described, until
from keruen.report.regional_draws import Around, RegionalJob, largest_gap, regional_paths
from keruen.sources.projection_inputs import FIRST, projection_inputs
from keruen.sources.region_inputs import REGIONS_LAST, RegionTables, region_inputs

_BLOCK: Final = 50  # paths worked together; a block of moves and rates takes some 100 MB
_CLOSED: Final = ("zero_migration", "momentum")


@dataclass(frozen=True)
class RegionalRun:
    """What a regional run used and what it found.

    Parameters
    ----------
    projection : RegionalProjection
        The variant: population, births, deaths, migration, moves, agreement by age.
    nation : Projection
        The national projection that regions agree with.
    quantiles : DataArray [quantile, year, region, sex, age] or None, persons
        Population over the paths, when trajectories were asked for.
    totals : Dataset [trajectory, year, region] or None, persons
        Population, births, deaths and migration of every path, summed over sex and age; and
        ``by_age``, people by sex and the ages of labour.
    levels : Dataset [region]
        Births and deaths over those expected at national rates; out-migration rate.
    gap : float
        Largest difference of the regions' sum from the nation, over all cells and paths.
    rules : Rules
        Conventions.
    options : dict
        Options as given.
    inputs : tuple of dict
        Files and embedded tables used, with their digests.
    record : str
        Track record, or "not evaluated".
    warnings : tuple of str
        What must be said beside the numbers.
    """

    projection: RegionalProjection
    nation: Projection
    quantiles: xr.DataArray | None
    totals: xr.Dataset | None
    levels: xr.Dataset
    gap: float
    rules: Rules
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    record: str
    warnings: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        """Code of the country."""
        return str(self.options["country"])

    @property
    def last(self) -> int:
        """The last year projected; the population runs to its end."""
        return int(self.projection.births.indexes["year"][-1])


def run_regions(
    country: str,
    *,
    to: int = REGIONS_LAST,
    trajectories: int = 0,
    scenario: str = "medium",
    change: MigrationChange | None = None,
    seed: int = 1,
    step: Step | None = None,
) -> RegionalRun:
    """Project the regions of a country in agreement with its national projection.

    Parameters
    ----------
    country : str
        Code or name of the country; the package holds regional totals of Kazakhstan.
    to : int, optional
        Last year projected, 2024 to 2050; the population runs to its end.
    trajectories : int, optional
        Paths; none when 0.
    scenario : str, optional
        A variant, as in :func:`~keruen.report.projection_run.run_projection`.
    change : MigrationChange, optional
        What a policy changes in migration, of the country and of its regions.
    seed : int, optional
        Seed of the paths.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    RegionalRun

    Raises
    ------
    CodeError
        The country or the variant is unknown.
    CoverageError
        The package has no regional data of the country (``NoRegions``), or the year lies
        beyond what regions allow (``YearOutOfRange``).
    ScenarioError
        Trajectories are asked for a variant that has no published intervals.

    See Also
    --------
    keruen.report.regional_release.write_regions : Writes the run to a folder.
    keruen.project.regions.project_regions : The projection itself.

    Notes
    -----
    Ages of the base are national ages fitted to regional totals by sex; fertility and
    mortality are national rates times the level of each region, the level of fertility
    returning slowly to one; moves follow one age pattern. Births are scaled to the
    nation's, and what then remains in a cell is added to migration (``agreement``).

    Path k of the regions agrees with path k of the nation. Between regions paths differ in
    the level of fertility and in net migration, whose rate is an autoregression fitted to
    each region's own years since 2000; what regions win together is taken back by
    population, for the nation's migration is given.

    Examples
    --------
    >>> run = run_regions("KAZ", to=2030)
    >>> astana = run.projection.population.sel(region="KZ-71").sum(["sex", "age"])
    >>> astana.sel(year=2031).item() > 1.2 * astana.sel(year=2024).item(), run.gap < 1e-3
    (True, True)
    """
    check_options(to, trajectories, scenario)
    tell = step or quiet
    if country.strip().lower() == "all":
        raise CoverageError(
            "tables of regions are in the package for Kazakhstan alone",
            where="all --regions",
            remedy="say KAZ --regions, or give your own tables with a column 'region'",
            id="NoRegions",
        )
    regional = region_inputs(country)
    _check_year(to)
    tell(0.0, "national projection")
    tables = projection_inputs(country)
    code = str(tables.tfr.indexes["country"][0])
    ready = prepare_components(tables)
    parts = original = variant(ready.components, VARIANTS[scenario])
    medium = unchanged = national_projection(ready, parts)
    here = {"country": code}
    tell(0.2, "regions")
    if change is not None:
        parts = changed_components(parts, change)
        medium = national_projection(ready, parts)
    job = _job(regional, _of(original, here), medium, here, to, closed=scenario in _CLOSED)
    if change is not None:
        job = replace(job, inputs=changed_regions(job.inputs, change))
    projection = job.project(job.inputs.migration, job.fertility(), job.nation, "age")
    gap = largest_gap(projection, job.nation)
    quantiles, totals, sources = None, None, (*tables.sources, *regional.sources)
    if trajectories:
        tell(0.25, f"{trajectories} trajectories")
        drawn, more = drawn_components(tables, unchanged, trajectories=trajectories, seed=seed)
        if change is not None:
            drawn = changed_trajectories(drawn, change)
        paths = project_paths(
            ready.base, parts.fertility, parts.mortality, parts.migration, drawn,
            rules=EDITIONS["2024"], years=job.years,
        )  # fmt: skip
        own = None
        if change is not None:
            own = change.departure(job.years, list(projection.population.indexes["region"]))
        around = Around(job, paths, drawn, projection, here, own)
        quantiles, totals, most = regional_paths(around, regional.history, seed, tell)
        gap, sources = max(gap, most), (*sources, *more)
    options: dict[str, object] = {"country": code, "regions": True, "to": to}
    options |= {"variant": scenario, "trajectories": trajectories}
    options |= {"seed": seed} if trajectories else {}
    return RegionalRun(
        projection=projection,
        nation=job.nation,
        quantiles=quantiles,
        totals=totals,
        levels=job.inputs.levels,
        gap=gap,
        rules=EDITIONS["2024"],
        options=options,
        inputs=tuple(described(id) for id in sources),
        record=NOT_EVALUATED,
        warnings=regional.notes,
    )


def _check_year(to: int) -> None:
    if to > REGIONS_LAST:
        raise CoverageError(
            f"regions are projected to {REGIONS_LAST}, not to {to}",
            where="to",
            remedy=f"choose a year from {FIRST} to {REGIONS_LAST}, or leave out the regions",
            id="YearOutOfRange",
        )


def _of(parts: Components, here: Mapping[str, str]) -> Components:
    """Components of one country, without its dimension."""
    rate, ratio = parts.fertility.rate, parts.fertility.sex_ratio
    return Components(
        Fertility(rate.sel(here, drop=True), ratio.sel(here, drop=True)),
        parts.mortality.sel(here, drop=True),
        parts.migration.sel(here, drop=True),
    )


def _job(
    regional: RegionTables,
    parts: Components,
    medium: Projection,
    here: Mapping[str, str],
    to: int,
    *,
    closed: bool,
) -> RegionalJob:
    years = list(range(FIRST, to + 1))
    cut = until(medium, to)
    nation = Projection(
        **{name: getattr(cut, name).sel(here, drop=True)
           for name in ("population", "births", "deaths", "migration")},
        adjustments=cut.adjustments,
    )  # fmt: skip
    base = regional_base(
        nation.population.isel(year=0, drop=True),
        regional.population,
        broad_ages=regional.broad_ages,
    )
    inputs = modelled_regions(
        base,
        parts,
        births=regional.births,
        deaths=regional.deaths,
        arrivals=regional.arrivals,
        departures=regional.departures,
        international=regional.international * (0.0 if closed else 1.0),
        years=years,
        within=regional.within,
    )
    return RegionalJob(inputs, parts.fertility.rate.sel(year=years).sum("age"), nation, years)
