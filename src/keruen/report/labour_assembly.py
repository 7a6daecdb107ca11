# SPDX-License-Identifier: Apache-2.0
"""Supply and demand of a nation and of its regions put together, with what makes the gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import CoverageError
from keruen.measure.age_structure import population_by_age_group
from keruen.project.labour import (
    LabourProjection,
    agreeing_unemployment,
    labour_balance,
    labour_force,
)
from keruen.project.projection import mid_year_population
from keruen.report.labour_case import LabourCase
from keruen.report.labour_demand import Demand, regional_demand, sector_demand
from keruen.report.labour_population import LABOUR_AGES
from keruen.report.labour_supply import CELLS, Supply, regions
from keruen.report.regional_run import RegionalRun

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Found:
    """Supply and demand of the nation.

    Parameters
    ----------
    middle : Supply
        The medium.
    paths : Supply or None
        Every path.
    demand : Demand
        Employment asked for.
    """

    middle: Supply
    paths: Supply | None
    demand: Demand


def national_projection_of(
    known: LabourCase, found: Found, closed: xr.DataArray, changes: pd.DataFrame
) -> LabourProjection:
    """Supply, demand and gap of the nation.

    Parameters
    ----------
    known : LabourCase
        The labour market as it is known.
    found : Found
        Supply and demand.
    closed : DataArray [year, sex, age], persons
        Population without migration from the base year on.
    changes : DataFrame
        What rules changed in participation.

    Returns
    -------
    LabourProjection
    """
    middle, paths, demand = found.middle, found.paths, found.demand
    first = middle.rates.isel(year=0, drop=True)
    held = first.expand_dims(year=middle.rates.indexes["year"]).transpose(*middle.rates.dims)
    people = middle.force / middle.rates
    balance = labour_balance(
        middle.force.sum(CELLS),
        demand.medium,
        unemployment=known.unemployment,
        at_base_rates=(people * held).sum(CELLS),
        without_migration=labour_force(closed, held).sum(CELLS),
    )
    return LabourProjection(
        participation=middle.rates,
        labour_force=middle.force,
        balance=balance,
        by_sector=sector_demand(known, demand.medium),
        paths=None if paths is None else _dataset(paths, demand.paths, known.unemployment),
        adjustments=changes,
    )


def _dataset(paths: Supply, demand: xr.DataArray, unemployment: float | xr.DataArray) -> xr.Dataset:
    force = paths.force.sum(CELLS)
    supply = force * (1 - unemployment)
    asked = demand.transpose(*force.dims)
    return xr.Dataset(
        {"labour_force": force, "supply": supply, "demand": asked, "gap": asked - supply}
    )


def regional_projection_of(
    known: LabourCase, run: RegionalRun, found: Found, to: int
) -> LabourProjection:
    """Supply, demand and gap of the regions, which add to the nation's.

    Parameters
    ----------
    known : LabourCase
        The labour market as it is known.
    run : RegionalRun
        Population of the regions, along the paths of the nation.
    found : Found
        Supply and demand of the nation.
    to : int
        Last year.

    Returns
    -------
    LabourProjection

    Raises
    ------
    CoverageError
        No labour force by region is held (``NoRegions``).
    """
    middle, paths, demand = found.middle, found.paths, found.demand
    if known.regions is None:
        raise CoverageError(
            "no employment and unemployment by region are held",
            where=f"{known.country} --regions",
            remedy="give them with --with, or leave out --regions",
            id="NoRegions",
        )
    span = slice(known.base, to)
    grouped = population_by_age_group(run.projection.population, lower=LABOUR_AGES)
    people = mid_year_population(grouped).sel(year=span)
    observed = _observed(known.regions, people, known.base)
    level = observed["labour_force"]
    parts, changes = regions(people, middle, level, known.base)
    jobless = 1 - observed["employed"] / level
    asked, asked_paths = regional_demand(known, demand, [str(r) for r in people.indexes["region"]])

    def unemployed(own: Supply, whole: Supply) -> xr.DataArray:
        total = whole.force.sum(CELLS) * known.unemployment
        return agreeing_unemployment(jobless, own.force.sum(CELLS), national=total)

    first = parts.rates.isel(year=0, drop=True)
    held = (parts.force / parts.rates * first).transpose(*parts.force.dims).sum(CELLS)
    balance = labour_balance(
        parts.force.sum(CELLS),
        asked,
        unemployment=unemployed(parts, middle),
        at_base_rates=held,
    )
    dataset = None
    if paths is not None and run.totals is not None:
        drawn = mid_year_population(run.totals["by_age"]).sel(year=span)
        own, _ = regions(drawn, paths, level, known.base)
        dataset = _dataset(own, asked_paths, unemployed(own, paths))
    return LabourProjection(
        participation=parts.rates,
        labour_force=parts.force,
        balance=balance,
        by_sector=None,
        paths=dataset,
        adjustments=changes,
    )


def _observed(held: xr.Dataset, people: xr.DataArray, base: int) -> xr.Dataset:
    """Labour force and employed of every region in the base year."""
    places = people.indexes["region"]
    found = held.reindex(year=[base], region=places).isel(year=0, drop=True)
    known = (found["labour_force"].notnull() & found["employed"].notnull()).to_numpy()
    if not known.all():
        missing = [str(code) for code in places[~known]]
        raise CoverageError(
            f"{len(missing)} regions have no labour force or employed in {base}",
            where=few(missing),
            remedy="give both for every region of today and the last year of the country",
        )
    return found
