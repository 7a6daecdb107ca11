# SPDX-License-Identifier: Apache-2.0
"""Components of the medium variant of World Population Prospects 2024, ready to project."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr

from keruen import load
from keruen.project.lifetable import LifeTable, life_table
from keruen.project.population import Fertility
from keruen.project.wpp import medium_base, medium_components

YEARS = list(range(2024, 2101))


@cache
def countries() -> list[str]:
    """Areas with every component: all but Bonaire (no ages) and the Holy See (no rates)."""
    ages = load("wpp2024.population", year=2024).sum(["sex", "age"], skipna=False).dropna("country")
    rates = load("wpp2024.indicators.tfr", year=2024).dropna("country")
    return sorted(set(ages.indexes["country"]) & set(rates.indexes["country"]))


@cache
def medium() -> tuple[xr.DataArray, Fertility, LifeTable, xr.DataArray, list[int]]:
    """Base, fertility, life tables and net migration of 235 areas, 2024 to 2100."""
    places = {"country": countries()}
    base = medium_base(
        load("wpp2024.population", **places), load("wpp2024.population_31dec", **places), year=2024
    )
    parts = medium_components(
        base,
        mortality=load("wpp2024.mortality_age5", **places),
        life_expectancy=load("wpp2024.life_expectancy", **places),
        fertility_share=load("wpp2024.fertility_age5", **places),
        tfr=load("wpp2024.indicators.tfr", **places),
        sex_ratio=load("wpp2024.indicators.sex_ratio_at_birth", **places),
        net_migration=load("wpp2024.net_migration_by_age", **places),
        years=YEARS,
    )
    return base, parts.fertility, life_table(parts.mortality), parts.migration, YEARS


@cache
def published() -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Mid-year population, births and deaths that the United Nations publish."""
    chosen = {"country": countries(), "year": YEARS}
    return (
        load("wpp2024.population", **chosen),
        load("wpp2024.indicators.births", **chosen),
        load("wpp2024.indicators.deaths", **chosen),
    )


def errors(projected: xr.DataArray, counted: xr.DataArray, year: int = 2100) -> dict[str, float]:
    """Errors in percent in one year, as in the table of the specification."""
    found, truth = (
        projected.sel(year=year),
        counted.sel(year=year).transpose("country", "sex", "age"),
    )
    found = found.transpose("country", "sex", "age")
    total, people = found.sum(["sex", "age"]), truth.sum(["sex", "age"])
    miss = 100 * abs(total / people - 1)
    wape = 100 * abs(found - truth).sum(["sex", "age"]) / people
    large = counted.sel(year=2024).sum(["sex", "age"]) > 1e6
    return {
        "KAZ total": miss.sel(country="KAZ").item(),
        "KAZ WAPE": wape.sel(country="KAZ").item(),
        "median total": float(np.median(miss)),
        "median WAPE": float(np.median(wape)),
        "world": abs(100 * (float(total.sum()) / float(people.sum()) - 1)),
        "largest above a million": miss.where(large.values).max().item(),
    }
