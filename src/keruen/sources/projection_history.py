# SPDX-License-Identifier: Apache-2.0
"""The past as World Population Prospects 2024 estimates it, and as an older edition saw it."""

from __future__ import annotations

from typing import Final, NamedTuple

import xarray as xr

from keruen.sources.catalog import load
from keruen.sources.projection_inputs import FIRST, projection_places

HISTORY_TABLES: Final = (
    "wpp2024.population",
    "wpp2024.mortality",
    "wpp2024.life_expectancy",
    "wpp2024.fertility",
    "wpp2024.indicators",
)
"""Embedded tables of the estimates."""

EDITION_TABLE: Final = "wup2018.population"
"""Urban and rural populations that add to the totals of World Population Prospects 2017."""

_SINCE: Final = 1950
_SMALLEST: Final = 100_000


class HistoryTables(NamedTuple):
    """Estimates of every year since 1950, as published.

    ``mid_year`` [year, country, sex, age] runs to the first projected year, all others to
    the year before: ``mortality`` and ``life_expectancy`` by sex, ``fertility`` by age,
    ``sex_ratio`` and ``net_migration``.
    """

    mid_year: xr.DataArray
    mortality: xr.DataArray
    life_expectancy: xr.DataArray
    fertility: xr.DataArray
    sex_ratio: xr.DataArray
    net_migration: xr.DataArray


def history_tables() -> HistoryTables:
    """Estimates of all countries and areas above 100,000 people.

    Returns
    -------
    HistoryTables

    See Also
    --------
    edition_2017 : What the United Nations had expected.

    Examples
    --------
    >>> tables = history_tables()
    >>> tables.net_migration.sizes["year"], tables.net_migration.sizes["country"] > 190
    (74, True)
    """
    now = load("wpp2024.population", year=FIRST - 1).sum(["sex", "age"])
    large = {str(code) for code, people in now.to_series().items() if people > _SMALLEST}
    places = [code for code in projection_places() if code in large]
    years = list(range(_SINCE, FIRST))
    return HistoryTables(
        mid_year=load("wpp2024.population", country=places, year=list(range(_SINCE, FIRST + 1))),
        mortality=load("wpp2024.mortality", country=places, year=years),
        life_expectancy=load("wpp2024.life_expectancy", country=places, year=years),
        fertility=load("wpp2024.fertility", country=places, year=years),
        sex_ratio=load("wpp2024.indicators.sex_ratio_at_birth", country=places, year=years),
        net_migration=load("wpp2024.indicators.net_migration", country=places, year=years),
    )


def edition_2017() -> xr.DataArray:
    """Total population in the edition of 2017, every five years from 1950 to 2050.

    Returns
    -------
    DataArray [year, country], persons
        Mid-year; estimates to 2015, the medium variant after. The urban and rural
        populations of World Urbanization Prospects 2018 add to them.

    Examples
    --------
    >>> round(edition_2017().sel(country="KAZ", year=2020).item())
    18776995
    """
    parts = load(EDITION_TABLE)
    return parts.sum("residence", min_count=1, keep_attrs=True).dropna("country")
