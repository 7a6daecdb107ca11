# SPDX-License-Identifier: Apache-2.0
"""The projection that a country's profile tells of: medium variant, fan, what migration adds.

Everything is dated to the end of a year, as the published intervals are: the end of 2050 is
1 January 2051 of the projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import xarray as xr

from keruen.measure.age_structure import (
    dependency_ratios,
    population_by_age_group,
    working_age_population,
)
from keruen.project.assumptions import Contribution, contribution_of_migration
from keruen.project.graduation import january_population
from keruen.project.paths import project_paths
from keruen.project.population import EDITIONS, Projection
from keruen.project.quantiles import path_quantiles
from keruen.report.labour_population import LABOUR_AGES
from keruen.report.projection_components import (
    PreparedComponents,
    drawn_components,
    national_projection,
    prepare_components,
)
from keruen.sources.projection_inputs import (
    FIRST,
    LAST,
    YEARS,
    ProjectionTables,
    projection_inputs,
    projection_places,
)

PATHS: Final = 1000
SEED: Final = 1
BASE: Final = FIRST - 1
"""Year whose end is the base of the projection."""
END: Final = LAST
NEAR: Final = 2050
OLD: Final = 65

_SINCE: Final = 1990
_FIVE: Final = tuple(range(0, 101, 5))
_BROAD: Final = (0, 15, 20, OLD)
_RULES: Final = EDITIONS["2024"]

Told = tuple[xr.DataArray, xr.DataArray]
"""A quantity of the medium [year], and its quantiles over the paths [quantile, year]."""


@dataclass(frozen=True)
class Outlook:
    """A country's projection, ready to be told.

    Parameters
    ----------
    people : DataArray [year, sex, age], persons
        Estimates to the base and the medium variant after, at the end of each year.
    fan : DataArray [quantile, year, sex, age], persons
        Quantiles of five-year age groups at the end of the years ``NEAR`` and ``END``.
    totals : DataArray [trajectory, year], persons
        Population of every path.
    broad : DataArray [trajectory, year, age], persons
        Broad ages of every path, both sexes: from 0, 15, 20 and 65.
    groups : DataArray [trajectory, year, sex, age], persons
        Five-year age groups of every path at the end of every fifth year to ``NEAR``.
    labour : DataArray [trajectory, year, sex, age], persons
        People by the ages of labour (``LABOUR_AGES``) of every path to ``NEAR``.
    contribution : Contribution
        What migration adds, [year, sex, age].
    sources : tuple of str
        Identifiers of the embedded tables used.

    See Also
    --------
    outlook : Makes it.
    """

    people: xr.DataArray
    fan: xr.DataArray
    totals: xr.DataArray
    broad: xr.DataArray
    groups: xr.DataArray
    labour: xr.DataArray
    contribution: Contribution
    sources: tuple[str, ...]

    def total(self) -> Told:
        """Population."""
        return self.people.sum(["sex", "age"]), path_quantiles(self.totals)

    def dependency(self) -> dict[str, Told]:
        """Total, young and old dependency ratio, per 100 people of 15 to 64."""
        medium, paths = dependency_ratios(self.people), dependency_ratios(self.broad)
        return {
            name: (getattr(medium, name), path_quantiles(getattr(paths, name)))
            for name in ("total", "young", "old")
        }

    def working(self, ages: tuple[int, int]) -> Told:
        """People of working age."""
        people = working_age_population(self.people, ages=ages)
        return people, path_quantiles(working_age_population(self.broad, ages=ages))

    def share_of_old(self) -> Told:
        """People of 65 and over, percent of all."""
        medium, paths = (
            100 * each.sel(age=each["age"] >= OLD).sum("age") / each.sum("age")
            for each in (self.people.sum("sex"), self.broad)
        )
        return medium, path_quantiles(paths)


@lru_cache(maxsize=1)
def outlook(country: str) -> Outlook | None:
    """Projection of a country to 2100, with intervals; None where inputs are missing.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    Outlook or None

    See Also
    --------
    keruen.report.projection_run.run_projection : The same projection as a folder of tables.

    Examples
    --------
    >>> outlook("VAT") is None
    True
    """
    if country not in projection_places():
        return None
    tables = projection_inputs(country)
    ready = prepare_components(tables)
    parts, here = ready.components, {"country": country}
    medium = national_projection(ready, parts)
    drawn, more = drawn_components(tables, medium, trajectories=PATHS, seed=SEED)
    paths = project_paths(
        ready.base,
        parts.fertility,
        parts.mortality,
        parts.migration,
        drawn,
        rules=_RULES,
        years=YEARS,
    )
    population = paths.population.sel(here, drop=True)
    shown = population.sel(year=[NEAR + 1, END + 1])
    broad = population_by_age_group(population, lower=_BROAD)
    steps = population.sel(year=range(BASE + 3, NEAR + 2, 5))
    return Outlook(
        people=year_end(_since(tables, medium).sel(here, drop=True)),
        fan=year_end(path_quantiles(population_by_age_group(shown, lower=_FIVE))),
        totals=year_end(paths.total.sel(here, drop=True)),
        broad=year_end(broad.sum("sex", keep_attrs=True)),
        groups=year_end(population_by_age_group(steps, lower=_FIVE)),
        labour=year_end(
            population_by_age_group(population.sel(year=slice(None, NEAR + 1)), lower=LABOUR_AGES)
        ),
        contribution=_contribution(ready, country),
        sources=(*tables.sources, *more),
    )


def year_end(array: xr.DataArray) -> xr.DataArray:
    """1 January of a year as the end of the year before.

    Parameters
    ----------
    array : DataArray [..., year]
        Of 1 January.

    Returns
    -------
    DataArray [..., year]
    """
    moved = array.assign_coords(year=array["year"] - 1)
    return moved.assign_attrs(array.attrs | {"moment": "end of year"})


def _since(tables: ProjectionTables, medium: Projection) -> xr.DataArray:
    """1 January populations: estimates to the base, the medium variant from there."""
    past = january_population(tables.population).sel(year=slice(_SINCE, FIRST - 1))
    people = xr.concat([past, medium.population], "year")
    return people.assign_attrs(medium.population.attrs)


def _contribution(ready: PreparedComponents, country: str) -> Contribution:
    whole = contribution_of_migration(ready.base, ready.components, rules=_RULES, years=YEARS)
    parts = (whole.migrants, whole.descendants, whole.total)
    return Contribution(*(year_end(part.sel(country=country, drop=True)) for part in parts))
