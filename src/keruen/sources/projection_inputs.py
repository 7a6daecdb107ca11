# SPDX-License-Identifier: Apache-2.0
"""Inputs of a population projection from the embedded data: World Population Prospects 2024.

The United Nations publish populations at mid-year and, once, at the end of a year; death
rates and fertility patterns by five-year groups; life expectancy, total fertility, the sex
ratio at birth and net migrants by single age for every year. Everything is handed over as
published; making single ages and dates of it is the business of the projection.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.codes import country_code
from keruen.core.errors import CoverageError
from keruen.sources.catalog import load

FIRST: Final = 2024
"""First year that is projected: the base is the population on its 1 January."""
LAST: Final = 2100
"""Last year of the published components."""
YEARS: Final = tuple(range(FIRST, LAST + 1))

# Rates of 2020-2025 hold the pandemic; the years from 2024 do not follow its age pattern.
_RATE_PERIODS: Final = tuple(range(FIRST + 1, LAST, 5))
_TABLES: Final = (
    "wpp2024.population",
    "wpp2024.population_31dec",
    "wpp2024.mortality_age5",
    "wpp2024.life_expectancy",
    "wpp2024.fertility_age5",
    "wpp2024.indicators",
    "wpp2024.net_migration_by_age",
)
_INTERVALS: Final = ("wpp2024.intervals", "wpp2024.life_expectancy_intervals")


@dataclass(frozen=True)
class ProjectionTables:
    """Published tables from which the medium variant can be made again.

    Parameters
    ----------
    population : DataArray [year, country, sex, age], persons
        Population at mid-year, 1950 to 2100, by single age.
    population_end : DataArray [country, sex], persons
        Population on 31 December of the first projected year.
    mortality : DataArray [year, country, sex, age], deaths per person-year
        Death rates of five-year periods by abridged age.
    life_expectancy : DataArray [year, country, sex], years
        Life expectancy at birth of every year.
    fertility : DataArray [year, country, age], percent
        Shares of five-year groups in total fertility.
    tfr : DataArray [year, country], births per woman
        Total fertility.
    sex_ratio : DataArray [year, country], boys per girl
        Sex ratio at birth.
    net_migration : DataArray [year, country, sex, age], persons
        Net migrants of every year by single age.
    sources : tuple of str
        Identifiers of the embedded tables used.

    See Also
    --------
    projection_inputs : Makes it.
    """

    population: xr.DataArray
    population_end: xr.DataArray
    mortality: xr.DataArray
    life_expectancy: xr.DataArray
    fertility: xr.DataArray
    tfr: xr.DataArray
    sex_ratio: xr.DataArray
    net_migration: xr.DataArray
    sources: tuple[str, ...]


@dataclass(frozen=True)
class PublishedIntervals:
    """Published quantiles of the three components.

    Parameters
    ----------
    tfr : DataArray [quantile, year, country], births per woman
        Total fertility.
    life_expectancy : DataArray [quantile, year, country, sex], years
        Life expectancy at birth.
    net_migration : DataArray [quantile, year, country], persons
        Net migrants.
    correlation : DataArray [country], correlation
        Of net migration five years apart, with which intervals of population become as wide
        as those published to 2050; ``scripts/calibrate_paths.py`` makes it.
    sources : tuple of str
        Identifiers of the embedded tables used.

    See Also
    --------
    projection_intervals : Makes it.
    """

    tfr: xr.DataArray
    life_expectancy: xr.DataArray
    net_migration: xr.DataArray
    correlation: xr.DataArray
    sources: tuple[str, ...]


def projection_places() -> tuple[str, ...]:
    """Countries and areas with every component of a projection.

    Returns
    -------
    tuple of str
        Codes in alphabetical order. Bonaire, Sint Eustatius and Saba have no population by
        age, the Holy See has no rates.

    Examples
    --------
    >>> len(projection_places()), "BES" in projection_places()
    (235, False)
    """
    ages = load("wpp2024.population", year=FIRST, age=0, sex="F").dropna("country")
    rates = load("wpp2024.indicators.tfr", year=FIRST).dropna("country")
    return tuple(sorted(set(ages.indexes["country"]) & set(rates.indexes["country"])))


def projection_inputs(country: str | Sequence[str] = "all") -> ProjectionTables:
    """Base population, fertility, mortality and migration as the United Nations publish them.

    Parameters
    ----------
    country : str or sequence of str, optional
        Code or name of one country, several, or ``"all"`` that have every component.

    Returns
    -------
    ProjectionTables

    Raises
    ------
    CodeError
        A country is unknown.
    CoverageError
        A country or area lacks a component.

    See Also
    --------
    projection_intervals : Published quantiles for the same places.
    keruen.report.projection_run.run_projection : Projects them.

    Examples
    --------
    >>> tables = projection_inputs("KAZ")
    >>> tables.net_migration.sizes["year"], round(tables.tfr.sel(year=2024).item(), 2)
    (77, 2.98)
    """
    here = {"country": _places(country)}
    span = list(YEARS)
    return ProjectionTables(
        population=load("wpp2024.population", **here),
        population_end=load("wpp2024.population_31dec", **here, year=FIRST),
        mortality=load("wpp2024.mortality_age5", **here, year=list(_RATE_PERIODS)),
        life_expectancy=load("wpp2024.life_expectancy", **here, year=span),
        fertility=load("wpp2024.fertility_age5", **here, year=span),
        tfr=load("wpp2024.indicators.tfr", **here, year=span),
        sex_ratio=load("wpp2024.indicators.sex_ratio_at_birth", **here, year=span),
        net_migration=load("wpp2024.net_migration_by_age", **here, year=span),
        sources=_TABLES,
    )


def projection_intervals(country: str | Sequence[str] = "all") -> PublishedIntervals:
    """Quantiles of fertility, life expectancy and net migration, from which paths are drawn.

    Parameters
    ----------
    country : str or sequence of str, optional
        As for :func:`projection_inputs`.

    Returns
    -------
    PublishedIntervals

    Raises
    ------
    CodeError
        A country is unknown.
    CoverageError
        A country or area lacks a component.

    See Also
    --------
    projection_inputs : The medium lines.

    Examples
    --------
    >>> projection_intervals("KAZ").tfr.indexes["quantile"].tolist()
    [0.025, 0.1, 0.5, 0.9, 0.975]
    """
    here, span = {"country": _places(country)}, list(YEARS)
    return PublishedIntervals(
        tfr=load("wpp2024.intervals.tfr", **here, year=span),
        life_expectancy=load("wpp2024.life_expectancy_intervals", **here, year=span),
        net_migration=load("wpp2024.intervals.net_migration", **here, year=span),
        correlation=_correlations(here["country"]),
        sources=_INTERVALS,
    )


def _correlations(places: list[str]) -> xr.DataArray:
    """Persistence of net migration that was fitted to the published intervals."""
    text = resources.files("keruen.sources").joinpath("path_correlations.csv")
    with text.open(encoding="utf-8") as lines:
        fitted = {row["country"]: float(row["net_migration"]) for row in csv.DictReader(lines)}
    values = [fitted[place] for place in places]
    array = xr.DataArray(values, coords={"country": places}, dims="country")
    return stamp(array, name="correlation", units="correlation", kind="index")


def _places(country: str | Sequence[str]) -> list[str]:
    known = projection_places()
    if country == "all":
        return list(known)
    asked = [country] if isinstance(country, str) else country
    codes = [country_code(one) for one in asked]
    without = [code for code in codes if code not in known]
    if without:
        raise CoverageError(
            "no population by age, or no rates, to project from",
            where=", ".join(without),
            remedy=f"choose one of the {len(known)} countries and areas that have them",
        )
    return codes
