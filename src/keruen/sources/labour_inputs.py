# SPDX-License-Identifier: Apache-2.0
"""Inputs of a labour projection from the embedded data: rates of the ILO, national figures.

The ILO publishes participation of 15-64, 25-54 and 65 and over. Ages 15-24 and 55-64 are
known together; where the employment rate of 15-24 allows, they are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.codes import all_regions
from keruen.core.errors import CodeError, CoverageError
from keruen.sources.catalog import load

AGES: Final = (15, 25, 55, 65)
"""Lower bounds of the age groups of participation; the last is open."""
FIRST_RATES: Final = 1991
LAST_RATES: Final = 2024
"""Last year that the ILO estimates; later ones are its projections."""

_BY_SEX: Final = "ilo.indicators_by_sex"
_SENSIBLE: Final = (0.02, 0.985)
_TABLES: Final = (_BY_SEX, "wpp2024.population")


@dataclass(frozen=True)
class WorldLabour:
    """Participation of all countries by sex and broad age.

    Parameters
    ----------
    participation : DataArray [year, country, sex, age], share
        Labour force by population, ages from 15, 25, 55 and 65.
    population : DataArray [year, country, sex, age], persons
        Mid-year population of the same ages.
    apart : DataArray [country], bool
        Whether ages 15-24 and 55-64 could be told apart; if not, both have their joint rate.
    unemployment : DataArray [year, country], share
        Unemployed in the labour force aged 15 and over.
    sources : tuple of str
        Identifiers of the embedded tables used.
    """

    participation: xr.DataArray
    population: xr.DataArray
    apart: xr.DataArray
    unemployment: xr.DataArray
    sources: tuple[str, ...] = _TABLES


@dataclass(frozen=True)
class NationalLabour:
    """What a country publishes of its own labour market.

    Parameters
    ----------
    labour_force : DataArray [year], persons
        Employed and unemployed.
    employed : DataArray [year], persons
        Employed.
    by_sector : DataArray [year, sector], persons or None
        Employed by ISIC section.
    regions : Dataset [year, region] or None
        ``labour_force`` and ``employed`` by region.
    sources : tuple of str
        Tables used.
    """

    labour_force: xr.DataArray
    employed: xr.DataArray
    by_sector: xr.DataArray | None
    regions: xr.Dataset | None
    sources: tuple[str, ...]


@lru_cache(maxsize=1)
def world_labour() -> WorldLabour:
    """Participation by sex and broad age of all countries that the ILO estimates.

    Returns
    -------
    WorldLabour

    See Also
    --------
    national_labour : A country's own figures.

    Notes
    -----
    The labour force of 25-54 and of 65 and over is published rate times population, that of
    15-24 and 55-64 together what 15-64 has beside 25-54. In it the labour force of 15-24 is
    ``E / (1 - u)``: employment by the published rate, unemployment ``u`` that of all ages
    times its mean ratio in national surveys (all countries' median where there is none).
    Where any year leaves 55-64 with a rate below 2 or above 98.5 %, the two ages are not
    told apart. Sums over ages equal the ILO's labour force in either case.

    Examples
    --------
    >>> world = world_labour()
    >>> world.participation.sizes["country"], int(world.apart.sum()) > 120
    (183, True)
    >>> world.participation.sel(country="KAZ", year=2024, sex="F").round(3).values.tolist()
    [0.391, 0.912, 0.685, 0.064]
    """
    years = {"year": list(range(FIRST_RATES, LAST_RATES + 1))}
    rate = {
        name: load(f"{_BY_SEX}.{name}") / 100
        for name in (
            "participation_rate", "participation_rate_15_64", "participation_rate_25_54",
            "participation_rate_65plus", "employment_rate", "employment_rate_15_24",
        )
    }  # fmt: skip
    people = load("wpp2024.population", year=years["year"])
    places = [c for c in rate["participation_rate"].indexes["country"]
              if c in people.indexes["country"]]  # fmt: skip
    here = {"country": places, "sex": ["F", "M"]}
    rate = {name: one.sel(here).reindex(years) for name, one in rate.items()}
    whole = _complete(rate)
    rate = {name: one.sel(country=whole) for name, one in rate.items()}
    people = _grouped(people.sel(here | {"country": whole}))
    jobless = 1 - rate["employment_rate"] / rate["participation_rate"]
    participation, apart = _rates(rate, people, _youth_unemployment(jobless, whole))
    working = (rate["participation_rate"] * people.sum("age")).sum("sex")
    employed = (rate["employment_rate"] * people.sum("age")).sum("sex")
    return WorldLabour(
        participation=stamp(participation, name="participation", units="share", kind="share"),
        population=stamp(
            people, name="population", units="persons", kind="count", concept="stock",
            moment="1 July",
        ),
        apart=apart,
        unemployment=stamp(
            1 - employed / working, name="unemployment_rate", units="share", kind="share"
        ),
    )  # fmt: skip


def _complete(rate: dict[str, xr.DataArray]) -> list[str]:
    """Countries with every rate of every year."""
    held = xr.concat([one.notnull().all(["year", "sex"]) for one in rate.values()], "rate")
    return [str(code) for code in held["country"].to_numpy()[held.all("rate").to_numpy()]]


def _grouped(people: xr.DataArray) -> xr.DataArray:
    ages = people.sel(age=slice(AGES[0], None)).transpose(..., "age")
    places = [int(age) - AGES[0] for age in AGES]
    sums = np.add.reduceat(ages.to_numpy(), places, axis=-1)
    coords = {dim: ages[dim] for dim in ages.dims[:-1]}
    return xr.DataArray(sums, coords={**coords, "age": list(AGES)}, dims=ages.dims)


def _youth_unemployment(jobless: xr.DataArray, places: list[str]) -> xr.DataArray:
    """Unemployment of 15-24: that of all ages times its usual ratio in surveys."""
    young, every = (
        load(f"{_BY_SEX}.unemployment_rate{which}").sel(sex=["F", "M"]).where(lambda u: u > 0)
        for which in ("_15_24", "")
    )
    ratio = (young / every).median("year")
    ratio = ratio.reindex(country=places).fillna(ratio.median("country"))
    return (jobless * ratio).clip(min=0.0, max=0.8)


def _rates(
    rate: dict[str, xr.DataArray], people: xr.DataArray, jobless: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Rates of four age groups, and which countries have four."""
    young, prime, older = (people.sel(age=age, drop=True) for age in AGES[:3])
    working = rate["participation_rate_15_64"] * (young + prime + older)
    joint = working - rate["participation_rate_25_54"] * prime
    starters = rate["employment_rate_15_24"] / (1 - jobless)
    leavers = (joint - starters * young) / older
    low, high = _SENSIBLE
    apart = ((leavers >= low) & (leavers <= high) & (starters <= high)).all(["year", "sex"])
    together = joint / (young + older)
    parts = [
        xr.where(apart, starters, together),
        rate["participation_rate_25_54"],
        xr.where(apart, leavers, together),
        rate["participation_rate_65plus"],
    ]
    dims = ("year", "country", "sex")
    stacked = xr.concat([part.transpose(*dims) for part in parts], "age")
    return stacked.assign_coords(age=list(AGES)).transpose(*dims, "age"), apart


def national_labour(country: str) -> NationalLabour | None:
    """A country's own figures of employment and unemployment; None where none are held.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    NationalLabour or None

    See Also
    --------
    world_labour : Estimates of the ILO, which follow one definition everywhere.

    Notes
    -----
    The labour force is ``employed / (1 - unemployment rate)``. National definitions differ
    from those of the ILO: the two are never set against each other.

    Examples
    --------
    >>> own = national_labour("KAZ")
    >>> round(own.labour_force.sel(year=2025).item(), -3), own.by_sector.sizes["sector"]
    (9770000.0, 19)
    >>> national_labour("DEU") is None
    True
    """
    own = country.lower()
    try:
        employed = load(f"{own}.labour.employed").astype(float)
        rate = load(f"{own}.labour.unemployment_rate").astype(float) / 100
    except CodeError:
        return None
    sources = [f"{own}.labour"]
    try:
        employed = employed.combine_first(load(f"{own}.employment").astype(float))
        sources.append(f"{own}.employment")
    except CodeError:
        pass  # one table of the employed is enough
    try:
        by_sector = load(f"{own}.employment_by_section").astype(float).sortby("sector")
        sources.append(f"{own}.employment_by_section")
    except CodeError:
        by_sector = None
    regions = _regions(own)
    if regions is not None:
        sources.append(f"{own}.region.labour")
    force = (employed / (1 - rate)).dropna("year")
    return NationalLabour(
        labour_force=stamp(force, name="labour_force", units="persons", kind="count"),
        employed=stamp(employed.dropna("year"), name="employed", units="persons", kind="count"),
        by_sector=by_sector,
        regions=regions,
        sources=tuple(sources),
    )


def broad_sectors(country: str, employed: xr.DataArray) -> xr.DataArray | None:
    """Employed in agriculture, industry and services; None where the ILO has no estimates.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    employed : DataArray [year], persons
        All employed.

    Returns
    -------
    DataArray [year, sector], persons, or None
        Sections of ISIC together: ``A``, ``B-F`` and ``G-U``.

    Examples
    --------
    >>> people = xr.DataArray([4e7, 4.5e7], coords={"year": [2022, 2023]})
    >>> broad_sectors("DEU", people).sel(year=2023).round(-5).values.tolist()
    [500000.0, 11900000.0, 32500000.0]
    """
    parts = []
    for name in ("agriculture", "industry", "services"):
        try:
            share = load(f"ilo.indicators.employment_share_{name}", country=country)
        except (CodeError, CoverageError):
            return None
        parts.append(share.squeeze(drop=True).dropna("year"))
    shares = xr.concat(parts, "sector", join="inner").assign_coords(sector=["A", "B-F", "G-U"])
    shares = shares / shares.sum("sector")
    years = shares.indexes["year"].intersection(employed.indexes["year"])
    found = (shares.sel(year=years) * employed.sel(year=years)).transpose("year", "sector")
    return stamp(found, name="employed", units="persons", kind="count", concept="stock")


def _regions(own: str) -> xr.Dataset | None:
    try:
        employed = load(f"{own}.region.labour.employed").astype(float)
        rate = load(f"{own}.region.labour.unemployment_rate").astype(float) / 100
    except CodeError:
        return None
    force = employed / (1 - rate)
    return xr.Dataset({"labour_force": force, "employed": employed})


def region_parents(country: str, regions: list[str]) -> dict[str, str]:
    """The region that each was carved from, and others left as they are.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    regions : list of str
        Regions of today.

    Returns
    -------
    dict of str to str
        ``KZ-10`` was part of ``KZ-63``: figures of years before 2022 hold for both together.

    Examples
    --------
    >>> region_parents("KAZ", ["KZ-10", "KZ-63", "KZ-71"])
    {'KZ-10': 'KZ-63', 'KZ-63': 'KZ-63', 'KZ-71': 'KZ-71'}
    """
    known = all_regions()
    if not regions or any(code not in known for code in regions):
        raise CoverageError(
            f"regions of {country} are not in the list of regions",
            where=", ".join(code for code in regions if code not in known)[:80],
            remedy="use ISO 3166-2 codes",
        )
    found = {code: known[code].carved_from or code for code in regions}
    return {code: parent if parent in regions else code for code, parent in found.items()}


def output_growth(country: str) -> xr.DataArray | None:
    """Growth of the gross domestic product, share a year; None where it is not held.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    DataArray [year] or None

    Examples
    --------
    >>> output_growth("KAZ").sel(year=2023).item()
    0.051
    """
    try:
        growth = load("worldbank.indicators.gdp_growth_rate", country=country)
    except (CodeError, CoverageError):
        return None
    known = (growth.squeeze(drop=True).dropna("year").astype(float) / 100).round(6)
    return stamp(known, name="output_growth", units="per year", kind="rate")
