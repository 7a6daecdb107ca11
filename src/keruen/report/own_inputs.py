# SPDX-License-Identifier: Apache-2.0
"""A user's tables made ready to project: one base year, single ages, one open age, no gaps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, raise_faults
from keruen.project.agegroups import (
    extended_open_age,
    rates_with_open_age,
    single_ages,
    with_open_age,
)
from keruen.project.assumptions import Components
from keruen.project.graduation import graduate_fertility, graduate_mortality
from keruen.project.population import Fertility
from keruen.report.own_checks import RATES, check_known, check_tables, years_of
from keruen.report.projection_components import prepare_components
from keruen.sources.projection_files import OwnTables
from keruen.sources.projection_inputs import FIRST, LAST, projection_inputs

_BOYS: Final = 1.05


@dataclass(frozen=True)
class OwnInputs:
    """What a projection of a user's tables starts from.

    Parameters
    ----------
    base : DataArray [place, sex, age], persons
        Population on 1 January of the first year.
    components : Components
        Fertility, death rates and net migrants by single age of every year.
    national : DataArray [year, sex, age] or None, persons
        National projection to agree with.
    years : list of int
        Years projected.
    notes : tuple of str
        What was assumed where the tables say nothing.
    sources : tuple of str
        Embedded tables used.
    """

    base: xr.DataArray
    components: Components
    national: xr.DataArray | None
    years: list[int]
    notes: tuple[str, ...]
    sources: tuple[str, ...]


def prepare_own(tables: OwnTables, *, to: int | None = None) -> OwnInputs:
    """Base and components by single age and year from a user's tables.

    Parameters
    ----------
    tables : OwnTables
        The tables.
    to : int, optional
        Last year projected; as far as the tables go when not given.

    Returns
    -------
    OwnInputs

    Raises
    ------
    SchemaError
        A table is missing that nothing can stand in for, or has places that the population
        has not.
    CoverageError
        Tables do not hold the base year (``MissingPeriod``), or end before the last year
        (``YearOutOfRange``).

    See Also
    --------
    keruen.report.own_run.run_own : Projects them.

    Notes
    -----
    Tables without years hold for all years. Age groups become single ages: population and
    migrants by a monotone cubic of the cumulated counts, rates by
    :func:`~keruen.project.graduation.graduate_mortality` and
    :func:`~keruen.project.graduation.graduate_fertility`. An open group of people that begins
    before that of the death rates is spread by the life table. Of countries, what is missing
    comes from World Population Prospects 2024.
    """
    given = {name: getattr(tables, name) for name in RATES}
    missing = [name for name, table in given.items() if table is None]
    check_tables(tables, missing)
    first, notes = _base_year(tables, given)
    last = _last(given, first, to, published=bool(missing))
    published, sources = _published(tables, missing, first)
    years = list(range(first, last + 1))
    notes += _notes(given, missing, published, tables)
    single = _single(tables, first, years)
    components = _components(single, published, years)
    named: dict[str, xr.DataArray] = {
        name: single[name] for name in ("population", "national") if name in single
    }
    named["migration"] = components.migration
    notes += _open_ages(named, components.mortality)
    counts, components = _one_open_age(named, components)
    return OwnInputs(
        base=counts["population"].assign_attrs(units="persons", kind="count", year=first),
        components=components,
        national=counts.get("national"),
        years=years,
        notes=tuple(notes),
        sources=sources,
    )


def _base_year(tables: OwnTables, given: dict[str, xr.DataArray | None]) -> tuple[int, list[str]]:
    """The year on whose 1 January the projection begins; tables that lack it are named."""
    known = years_of(tables.population)
    spans = {name: years_of(table) for name, table in given.items() if years_of(table)}
    if not known:
        starts = [min(span) for span in spans.values()]
        if not starts:
            return FIRST, [f"the population has no year: it is taken to be of 1 January {FIRST}"]
        return max(starts), [f"the population is taken to be of 1 January {max(starts)}"]
    held = [year for year in known if all(year in span for span in spans.values())]
    if held:
        unused = ", ".join(str(year) for year in known if year != held[-1])
        note = f"the population is that of 1 January {held[-1]}; not used: {unused}"
        return held[-1], [note] if unused else []
    faults = [
        CoverageError(
            f"the population is of {known[-1]}, {name} runs from {span[0]} to {span[-1]}",
            where=f"{name}: the year {known[-1]} is missing",
            remedy=f"give {name} from {known[-1]} on, or the population of {span[0]}",
            id="MissingPeriod",
        )
        for name, span in spans.items()
        if known[-1] not in span
    ]
    raise_faults(faults, where="the tables")
    return known[-1], []


def _last(
    given: dict[str, xr.DataArray | None], first: int, to: int | None, *, published: bool
) -> int:
    ends = {name: years_of(table)[-1] for name, table in given.items() if years_of(table)}
    ends |= {"World Population Prospects 2024": LAST} if published else {}
    if not ends and to is None:
        raise CoverageError(
            "no table has a year, so nothing says where to end",
            where="to",
            remedy="say --to YEAR",
            id="MissingPeriod",
        )
    least = min(ends, key=lambda name: ends[name]) if ends else ""
    if ends and first > ends[least]:
        raise CoverageError(
            f"the population is of {first}, {least} ends in {ends[least]}",
            where="population",
            remedy=f"give the population of {ends[least]} or earlier",
            id="YearOutOfRange",
        )
    if to is not None and to < first:
        raise CoverageError(
            f"the population is of {first}, after {to}",
            where="to",
            remedy=f"choose a year from {first} on",
            id="YearOutOfRange",
        )
    if to is not None and ends and to > ends[least]:
        raise CoverageError(
            f"{least} runs to {ends[least]}, not to {to}",
            where="to",
            remedy=f"choose a year up to {ends[least]}, or give later years",
            id="YearOutOfRange",
        )
    return ends[least] if to is None else to


def _published(
    tables: OwnTables, missing: list[str], first: int
) -> tuple[Components | None, tuple[str, ...]]:
    """Components of the United Nations where a country's own tables are missing."""
    if tables.place != "country":
        return None, ()
    if missing and first < FIRST:
        raise CoverageError(
            f"the published components begin in {FIRST}, the population is of {first}",
            where=", ".join(missing),
            remedy=f"give {', '.join(missing)}, or a population of {FIRST} or later",
            id="MissingPeriod",
        )
    codes = [str(code) for code in tables.population.indexes["country"]]
    found = projection_inputs(codes)
    ready = prepare_components(found)
    check_known(tables, ready.base, first)
    return ready.components, found.sources


def _notes(
    given: dict[str, xr.DataArray | None],
    missing: list[str],
    published: Components | None,
    tables: OwnTables,
) -> list[str]:
    held = [name for name, table in given.items() if table is not None and not years_of(table)]
    notes = [f"{name} has no year: it is held for all years" for name in held]
    if missing:
        notes.append(f"{', '.join(missing)}: medium variant of World Population Prospects 2024")
    boys = "that of World Population Prospects 2024" if published else f"{_BOYS} boys per girl"
    notes.append(f"sex ratio at birth: {boys}")
    steps = [
        name
        for name in ("population", *RATES, "national")
        for table in [getattr(tables, name)]
        if table is not None and (np.diff(table.indexes["age"]) != 1).any()
    ]
    return [*notes, *(f"{name} was graduated from age groups" for name in steps)]


def _single(tables: OwnTables, first: int, years: list[int]) -> dict[str, xr.DataArray]:
    """All tables by single age, with the years that are projected."""
    population = tables.population
    if "year" in population.dims:
        population = population.sel(year=first, drop=True)
    found = {"population": single_ages(population)}
    if tables.national is not None:
        found["national"] = single_ages(tables.national)
    if tables.migration is not None:
        found["migration"] = single_ages(_over(tables.migration, years))
    if tables.mortality is not None:
        found["mortality"] = _death_rates(_over(tables.mortality, years))
    if tables.fertility is not None:
        found["fertility"] = _births(_over(tables.fertility, years))
    return found


def _over(table: xr.DataArray, years: list[int]) -> xr.DataArray:
    """The table over the years projected; one without years holds for all of them."""
    if "year" not in table.dims:
        return table.expand_dims(year=years)
    present = [year for year in years if year in table.indexes["year"]]
    return table.sel(year=present)


def _death_rates(mx: xr.DataArray) -> xr.DataArray:
    ages = mx.indexes["age"].to_numpy()
    if (np.diff(ages) == 1).all():
        return mx.assign_attrs(kind="rate")
    years = [int(year) for year in mx.indexes["year"]]
    twice = xr.concat([mx, mx.isel(year=[-1]).assign_coords(year=[years[-1] + 1])], "year")
    return graduate_mortality(twice, years=years, centre=0.5)


def _births(asfr: xr.DataArray) -> xr.DataArray:
    ages = asfr.indexes["age"].to_numpy()
    if (np.diff(ages) == 1).all():
        return asfr
    width = int(ages[1] - ages[0])
    return graduate_fertility(asfr, tfr=width * asfr.sum("age", skipna=False))


def _components(
    single: dict[str, xr.DataArray], published: Components | None, years: list[int]
) -> Components:
    def chosen(array: xr.DataArray) -> xr.DataArray:
        return array.sel(year=years)

    if published is None:
        ratio = xr.DataArray(np.full(len(years), _BOYS), coords={"year": years}, dims=["year"])
        return Components(
            Fertility(single["fertility"], ratio), single["mortality"], single["migration"]
        )
    fertility = single.get("fertility")
    migration = single.get("migration")
    mortality = single.get("mortality")
    return Components(
        Fertility(
            chosen(published.fertility.rate) if fertility is None else fertility,
            chosen(published.fertility.sex_ratio),
        ),
        chosen(published.mortality) if mortality is None else mortality,
        chosen(published.migration) if migration is None else migration,
    )


def _open_ages(counts: dict[str, xr.DataArray], rates: xr.DataArray) -> list[str]:
    """What is said of tables whose open age is not that of the projection."""
    end = int(rates.indexes["age"][-1])
    ends = {name: int(one.indexes["age"][-1]) for name, one in counts.items()}
    return [
        f"{name}: ages from {end} on are taken together, for mortality ends there"
        if last > end
        else f"{name}: the open group from {last} is spread to {end} by the life table"
        for name, last in ends.items()
        if last != end
    ]


def _one_open_age(
    counts: dict[str, xr.DataArray], components: Components
) -> tuple[dict[str, xr.DataArray], Components]:
    """Counts and rates to one open age: spread to that of the rates, or all cut to the lowest."""
    rates = components.mortality
    first = rates.isel(year=0, drop=True).assign_attrs(kind="rate")
    extended = {name: extended_open_age(one, first) for name, one in counts.items()}
    last = min(int(one.indexes["age"][-1]) for one in (*extended.values(), rates))
    cut = {name: with_open_age(one, last) for name, one in extended.items()}
    births = components.fertility.rate.sel(age=slice(None, last - 1))
    return cut, Components(
        replace(components.fertility, rate=births),
        rates_with_open_age(rates, last).assign_attrs(kind="rate"),
        cut["migration"].assign_attrs(kind="count"),
    )
