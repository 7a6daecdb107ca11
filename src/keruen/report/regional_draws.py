# SPDX-License-Identifier: Apache-2.0
"""Regional paths around a regional projection, met with the nation's path by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.measure.age_structure import population_by_age_group, working_age_population
from keruen.project.assumptions import Trajectories
from keruen.project.migration_ages import fundamental_ages
from keruen.project.modelled import RegionalInputs
from keruen.project.netmigration import fit_net_migration, project_net_migration
from keruen.project.paths import PathProjection
from keruen.project.population import (
    EDITIONS,
    Fertility,
    Projection,
    RegionalProjection,
    project_regions,
)
from keruen.project.regional_paths import regional_fertility
from keruen.report.flow_run import Step
from keruen.report.labour_population import LABOUR_AGES
from keruen.report.projection_run import QUANTILES

_BLOCK: Final = 50  # paths worked together; a block of moves and rates takes some 100 MB


@dataclass(frozen=True)
class RegionalJob:
    """A regional projection ready to run with other births or migrants.

    Parameters
    ----------
    inputs : RegionalInputs
        Base, rates and migrants of the regions.
    tfr : DataArray [year], births per woman
        National total fertility of the variant.
    nation : Projection
        National projection of the variant over the same years.
    years : list of int
        Years projected.
    """

    inputs: RegionalInputs
    tfr: xr.DataArray
    nation: Projection
    years: list[int]

    def fertility(self, tfr: xr.DataArray | None = None, seed: int = 0) -> Fertility:
        """Rates of regions whose level returns to one, on a national line or along paths."""
        line = self.tfr if tfr is None else tfr
        paths = regional_fertility(line, self.inputs.levels.fertility, seed=seed)
        rate = self.inputs.fertility.rate / (self.inputs.levels.fertility * self.tfr) * paths
        return Fertility(rate, self.inputs.fertility.sex_ratio)

    def project(
        self,
        migration: xr.DataArray,
        fertility: Fertility,
        nation: Projection,
        detail: Literal["age"] | None = None,
    ) -> RegionalProjection:
        """Regions in agreement with a national projection."""
        return project_regions(
            self.inputs.base,
            fertility,
            self.inputs.survivorship,
            migration.assign_attrs(kind="count"),
            rules=EDITIONS["2024"],
            years=self.years,
            agree_with=nation,
            detail=detail,
        )


def largest_gap(projection: RegionalProjection, nation: Projection) -> float:
    """Largest difference between the sum of the regions and the nation.

    Parameters
    ----------
    projection : RegionalProjection
        The regions.
    nation : Projection
        The nation over the same years and paths.

    Returns
    -------
    float
        Persons.
    """
    return float(abs(projection.population.sum("region") - nation.population).max())


@dataclass(frozen=True)
class Around:
    """The medium regional run, and the national paths to be met.

    Parameters
    ----------
    job : RegionalJob
        Inputs of the run.
    paths : PathProjection
        The nation along its paths.
    drawn : Trajectories
        Paths of the national components.
    medium : RegionalProjection
        The regions without paths.
    here : mapping of str to str
        Label of the country among the national arrays.
    further : DataArray [trajectory, year, region] or None, persons
        People of a programme in each path beside those of the medium.
    """

    job: RegionalJob
    paths: PathProjection
    drawn: Trajectories
    medium: RegionalProjection
    here: Mapping[str, str]
    further: xr.DataArray | None = None

    def nation(self, block: slice) -> Projection:
        """National paths of a block; births by sex follow from the sex ratio at birth."""
        chosen = {"trajectory": block}
        ratio = self.job.inputs.fertility.sex_ratio
        boys = ratio / (1 + ratio)
        births = self.paths.births.sel(self.here, drop=True).isel(chosen)
        return Projection(
            population=self.paths.population.sel(self.here, drop=True).isel(chosen),
            births=xr.concat([births * (1 - boys), births * boys], "sex").assign_coords(
                sex=["F", "M"]
            ),
            deaths=births,
            migration=births,
            adjustments=self.paths.adjustments,
        )

    def deaths(self, block: slice) -> xr.DataArray:
        """Deaths of the nation along the paths of a block."""
        return self.paths.deaths.sel(self.here, drop=True).isel(trajectory=block)

    def migration(self, rates: xr.DataArray, block: slice) -> xr.DataArray:
        """Migrants of regions: the nation's path shared by population, and their own."""
        chosen, whole = {"trajectory": block}, ["sex", "age"]
        people = self.medium.population.sum(whole).sel(year=self.job.years)
        share = people / people.sum("region")
        own = rates.isel(chosen) * people
        net = self.paths.migration.sel(self.here, drop=True).isel(chosen)
        more = net - self.job.nation.migration.sum(whole)
        ages = fundamental_ages(np.asarray(self.medium.population.indexes["age"])).inward
        sent = 0.0 * share if self.further is None else self.further.isel(chosen)
        counts = own - share * own.sum("region") + sent + share * (more - sent.sum("region"))
        return self.job.inputs.migration + counts * ages


def regional_paths(
    around: Around, history: xr.DataArray, seed: int, tell: Step
) -> tuple[xr.DataArray, xr.Dataset, float]:
    """Regions along all national paths.

    Parameters
    ----------
    around : Around
        The medium run and the national paths.
    history : DataArray [year, region], per person
        Observed net migration rates of the regions.
    seed : int
        Seed of the regions' own paths.
    tell : callable
        Called with the share done and what is being done.

    Returns
    -------
    DataArray [quantile, year, region, sex, age], persons
        Quantiles of the population.
    Dataset [trajectory, year, region], persons
        Population, of it those of 15 to 64, births, deaths and migration of every path; and
        ``by_age`` with the dimensions sex and age: people by the ages of labour.
    float
        Largest difference of the regions' sum from the nation's path.
    """
    job, number = around.job, around.drawn.tfr.sizes["trajectory"]
    rates = _own_rates(history, job.years, number, seed)
    tfr = around.drawn.tfr.sel(around.here, drop=True).sel(year=job.years)
    fertility = job.fertility(tfr, seed)
    template = around.medium.population
    shape = (template.sizes["year"], template.sizes["region"], 2, template.sizes["age"])
    people = np.empty((*shape, number), dtype=np.float32)
    totals, gap = [], 0.0
    for start in range(0, number, _BLOCK):
        tell(0.3 + 0.6 * start / number, f"paths {start + 1} to {min(start + _BLOCK, number)}")
        block = slice(start, start + _BLOCK)
        born = Fertility(fertility.rate.isel(trajectory=block), fertility.sex_ratio)
        nation = around.nation(block)
        run = job.project(around.migration(rates, block), born, nation)
        order = ["year", "region", "sex", "age", "trajectory"]
        people[..., block] = run.population.transpose(*order).to_numpy()
        gap = max(gap, largest_gap(run, nation))
        totals.append(_totals(run, around.deaths(block)))
    tell(0.9, "quantiles")
    return _quantiles(people, template), xr.concat(totals, "trajectory", join="outer"), gap


def _own_rates(history: xr.DataArray, years: list[int], number: int, seed: int) -> xr.DataArray:
    """Departures of regional net migration rates from their expected path."""
    # 4,000 sweeps suffice for twenty regions: split R-hat 1.005, effective sample 600 or more.
    model = fit_net_migration(history, sweeps=4_000, burn_in=1_000, check=False, seed=seed)
    ahead = years[-1] - int(history.indexes["year"][-1])
    paths = project_net_migration(
        model, history, periods=ahead, trajectories=number, limits="none", seed=seed
    )
    rates = paths.rates.sel(year=years)
    return rates - rates.mean("trajectory")


def _totals(run: RegionalProjection, deaths: xr.DataArray) -> xr.Dataset:
    """Quantities of every path: deaths scaled to the nation's, migration all that is left."""
    people = run.population.sum(["sex", "age"])
    change = people.diff("year", label="lower")
    died = run.deaths * (deaths / run.deaths.sum("region"))
    return xr.Dataset(
        {
            "population": people,
            "working_age": working_age_population(run.population),
            "births": run.births,
            "deaths": died,
            "migration": change - run.births + died,
            "by_age": population_by_age_group(run.population, lower=LABOUR_AGES).astype("f4"),
        }
    )


def _quantiles(people: NDArray[np.float32], template: xr.DataArray) -> xr.DataArray:
    levels = list(QUANTILES.values())
    dims = ["year", "region", "sex", "age"]
    values = np.stack([np.quantile(year, levels, axis=-1) for year in people], axis=1)
    coords = {"quantile": levels, **{dim: template.indexes[dim] for dim in dims}}
    drawn = xr.DataArray(values, coords=coords, dims=list(coords))
    return stamp(drawn, name="population", units="persons", kind="index", inputs=(template,))
