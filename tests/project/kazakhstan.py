# SPDX-License-Identifier: Apache-2.0
"""Kazakhstan: the national projection, and regions modelled from published totals."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr

from keruen import load
from keruen.project.components import Components
from keruen.project.modelled import RegionalInputs, modelled_regions, regional_base
from keruen.project.population import EDITIONS, Fertility, Projection, project_population
from project.wppdata import medium

YEARS = list(range(2024, 2050))
PLACE = {"country": "KAZ"}
WITHIN = 0.56
"""Share of registered internal moves that stay inside a region: the press gives 264,000 moves
between regions for nine months of 2022, of 803,033 in the year."""


@cache
def national() -> tuple[Projection, Components, list[int]]:
    base, fertility, table, net, _ = medium()
    own = Components(
        Fertility(fertility.rate.sel(PLACE, drop=True), fertility.sex_ratio.sel(PLACE, drop=True)),
        table.rate.sel(PLACE, drop=True),
        net.sel(PLACE, drop=True),
    )
    run = project_population(
        base.sel(PLACE, drop=True), own.fertility, own.mortality, own.migration,
        rules=EDITIONS["2024"], years=YEARS,
    )  # fmt: skip
    return run, own, YEARS


def national_paths(count: int) -> Projection:
    """A few national paths that differ in fertility and migration."""
    run, own, _ = national()
    factor = xr.DataArray(np.linspace(0.85, 1.15, count), dims="trajectory")
    factor = factor.assign_coords(trajectory=np.arange(count))
    more = (own.migration + 20 * (factor - 1) * abs(own.migration)).assign_attrs(kind="count")
    return project_population(
        run.population.isel(year=0, drop=True).drop_attrs(),
        Fertility(own.fertility.rate * factor, own.fertility.sex_ratio),
        own.mortality, more, rules=EDITIONS["2024"], years=YEARS[:6],
    )  # fmt: skip


def inputs(run: Projection, components: Components, years: list[int]) -> RegionalInputs:
    """Regions in the boundaries of June 2022, from totals of 2022 to 2024."""
    people = load("kaz.region.population", year=2023).sum("residence", min_count=1)
    people = people.dropna("region")  # South Kazakhstan ended in 2018
    nation = run.population.isel(year=0, drop=True)
    base = regional_base(nation, people, broad_ages=broad_ages(people))
    chosen = {"region": list(people.indexes["region"])}
    recent = {"year": [2022, 2023, 2024]}

    def mean(name: str) -> xr.DataArray:
        return load(name).sel(recent).sel(chosen).mean("year")

    return modelled_regions(
        base, components,
        births=mean("kaz.region.vital.births"), deaths=mean("kaz.region.vital.deaths"),
        arrivals=mean("kaz.region.migration.internal_arrivals"),
        departures=mean("kaz.region.migration.internal_departures"),
        international=mean("kaz.region.migration.net_international_migration"),
        years=years, within=WITHIN,
    )  # fmt: skip


PARENT = {"KZ-10": "KZ-63", "KZ-33": "KZ-19", "KZ-62": "KZ-35"}
"""Abay, Zhetisu and Ulytau, and the regions they were taken from in June 2022."""


def broad_ages(people: xr.DataArray) -> xr.DataArray:
    """Three broad ages of 1 January 2020; a region founded since has the shares of its parent."""
    old = load("kaz.region.population_broad_age").isel(year=0, drop=True)
    old = old.sel(age_group=["below_working_age", "working_age", "above_working_age"])
    old = old.assign_coords(age_group=[0, 16, 63])  # men 63, women 59: one bound for both
    parents = [PARENT.get(code, code) for code in people.indexes["region"]]
    return old.sel(region=parents).assign_coords(region=people.indexes["region"])
