# SPDX-License-Identifier: Apache-2.0
"""Inputs of a regional projection from the embedded data: totals of the regions of Kazakhstan.

Three broad ages of 2020, totals by sex, births, deaths and moves are all that is published
in open tables; ages and rates are modelled from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.codes import all_regions, country_code, country_name
from keruen.core.errors import CoverageError
from keruen.sources.catalog import dataset, load

REGIONS_LAST: Final = 2050
"""Last year to which regions are projected."""

_YEAR: Final = 2023
RECENT: Final = (2022, 2023, 2024)
"""Years whose means of moves the regions start from."""

_AGES: Final = {"below_working_age": 0, "working_age": 16, "above_working_age": 63}
_WITHIN: Final = 0.56
_TABLES: Final = (
    "kaz.region.population",
    "kaz.region.population_avg",
    "kaz.region.population_broad_age",
    "kaz.region.vital",
    "kaz.region.migration",
    "kaz.region.net_migration_residual",
)
_NOTES: Final = (
    "ages and rates of the regions are estimates: those of the nation fitted to regional totals",
    "broad ages are those of 2020; working age of both sexes is taken to end at 63",
    "published moves include those inside a region: 56 % are taken to be, by a figure of the press",
    "regional totals are scaled to the national base, which is that of the United Nations",
)


@dataclass(frozen=True)
class RegionTables:
    """Published totals from which regional ages and rates are modelled.

    Parameters
    ----------
    population : DataArray [region, sex], persons
        Population on 1 January of the first projected year.
    broad_ages : DataArray [region, sex, age_group], persons
        Population of three broad ages of an earlier year; groups by lower bound.
    births, deaths : DataArray [region], persons
        Yearly means of the last years.
    arrivals, departures : DataArray [region], persons
        Internal moves, yearly means of the last years.
    international : DataArray [region], persons
        Net international migrants, yearly mean of the last years.
    history : DataArray [year, region], per person
        Net migration rate of the years since 2000; doubtful years are missing.
    within : float
        Share of published moves that stay inside a region.
    sources : tuple of str
        Identifiers of the embedded tables used.
    notes : tuple of str
        What is assumed, to stand beside every result.
    """

    population: xr.DataArray
    broad_ages: xr.DataArray
    births: xr.DataArray
    deaths: xr.DataArray
    arrivals: xr.DataArray
    departures: xr.DataArray
    international: xr.DataArray
    history: xr.DataArray
    within: float
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def region_inputs(country: str = "KAZ") -> RegionTables:
    """Totals of the regions of a country, for a projection of its regions.

    Parameters
    ----------
    country : str, optional
        Code or name of the country.

    Returns
    -------
    RegionTables

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        There are no regional data of the country in the package (``NoRegions``).

    Notes
    -----
    Populations by sex are published to 1 January 2023, averages of the year without sex to
    2025. That of 1 January 2024 is twice the average of 2023 less that of 1 January 2023,
    with the sexes of 2023.

    Examples
    --------
    >>> tables = region_inputs("KAZ")
    >>> round(tables.population.sum().item()), tables.population.sizes["region"]
    (20033842, 20)
    """
    code = country_code(country)
    if code != "KAZ":
        raise CoverageError(
            f"no population, births, deaths and moves of the regions of {country_name(code)} "
            "are in the package",
            where=f"{code} --regions",
            remedy="give your own tables with a column 'region': keruen project population FILE",
            id="NoRegions",
        )
    population = _january(_YEAR + 1)
    places = list(population.indexes["region"])
    return RegionTables(
        population=population,
        broad_ages=_broad_ages(places),
        births=_recent("kaz.region.vital.births", places),
        deaths=_recent("kaz.region.vital.deaths", places),
        arrivals=_recent("kaz.region.migration.internal_arrivals", places),
        departures=_recent("kaz.region.migration.internal_departures", places),
        international=_recent("kaz.region.migration.net_international_migration", places),
        history=_history(places),
        within=_WITHIN,
        sources=_TABLES,
        notes=_NOTES,
    )


def _january(year: int) -> xr.DataArray:
    """Population by sex at the start of a year from that of the year before and its average."""
    before = load("kaz.region.population", year=year - 1).sum("residence", min_count=1)
    before = before.dropna("region")  # South Kazakhstan ended in 2018
    average = load("kaz.region.population_avg", year=year - 1)
    total = 2 * average.sel(region=before.indexes["region"]) - before.sum("sex")
    people = before / before.sum("sex") * total
    return people.rename("population").drop_vars("year").assign_attrs(before.attrs)


def _broad_ages(places: list[str]) -> xr.DataArray:
    """Three broad ages; a region founded since has the shares of the one it was taken from."""
    old = load("kaz.region.population_broad_age").isel(year=0, drop=True)
    known = set(old.indexes["region"])
    parents = [one if one in known else all_regions()[one].carved_from for one in places]
    old = old.sel(age_group=list(_AGES)).assign_coords(age_group=list(_AGES.values()))
    return old.sel(region=parents).assign_coords(region=places)


def _recent(id: str, places: list[str]) -> xr.DataArray:
    return load(id, year=list(RECENT)).sel(region=places).mean("year", keep_attrs=True)


def _history(places: list[str]) -> xr.DataArray:
    """Net migration rates by residual; cells with a known break are left out."""
    table = dataset("kaz.region.net_migration_residual")
    net = load(f"{table.id}.net_migration")
    rate = net / (load(f"{table.id}.population_end") - net)
    for defect in (one for one in table.defects if one.doubt):
        cell = {key: [one for one in rate.indexes[key] if one in labels]
                for key, labels in defect.where.items() if key in rate.dims}  # fmt: skip
        rate.loc[cell] = np.nan
    rate = rate.reindex(region=places)
    return rate.rename("net_migration_rate").assign_attrs(units="per person", kind="rate")
