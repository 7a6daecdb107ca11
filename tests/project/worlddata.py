# SPDX-License-Identifier: Apache-2.0
"""World data for tests of migration models, from the embedded tables."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr

from keruen import load
from keruen.project.netmigration import net_migration_rate

GULF = ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU")
FIRST, LAST = 1950, 2023


@cache
def counts() -> tuple[xr.DataArray, xr.DataArray]:
    """Net migrants and closing population of 200 countries above 100,000 people, by year."""
    years = range(FIRST, LAST + 1)
    middle = load("wpp2024.population", year=years).sum(["sex", "age"], skipna=False)
    large = middle.indexes["country"][(middle.sel(year=LAST) > 100_000).to_numpy()]
    middle = middle.sel(country=large)
    wanted = {"country": list(large), "year": list(years)}
    net = load("wpp2024.indicators.net_migration").sel(wanted)
    change = load("wpp2024.indicators.population_change").sel(wanted)
    # population of 31 December: the middle of the year and half of the year's change
    closing = middle + change.transpose(*middle.dims) / 2.0
    closing.attrs = {"units": "persons", "kind": "count"}
    return net.transpose("year", "country"), closing.transpose("year", "country")


def annual_rates() -> xr.DataArray:
    """Net migration rates per person, 1950 to 2023."""
    return net_migration_rate(*counts())


def five_year_rates() -> xr.DataArray:
    """Net migration rates per person of 14 five-year periods, 1950-54 to 2015-19."""
    net, closing = counts()
    starts = np.arange(FIRST, 2020, 5)
    total = net.sel(year=slice(FIRST, 2019)).coarsen(year=5).sum()
    total = total.assign_coords(year=starts)
    ends = closing.sel(year=starts + 4).assign_coords(year=starts)
    return net_migration_rate(total.assign_attrs(interval_years=5), ends)


@cache
def five_year_flows(method: str = "pseudo_bayes") -> tuple[xr.DataArray, xr.DataArray]:
    """Flows of six periods from 1990, and mid-year populations at their start."""
    flows = load("abelcohen.flows", method=method)
    years = [int(year) for year in flows.year]
    people = load("wpp2024.population", year=years).sum(["sex", "age"], skipna=False)
    large = people.indexes["country"][(people.sel(year=2015) > 100_000).to_numpy()]
    places = [place for place in flows.indexes["origin"] if place in large]
    flows = flows.sel(origin=places, destination=places).fillna(0.0)  # no row: nobody moved
    return flows.assign_attrs(flow_method=method), people.sel(country=places)


@cache
def korean_moves() -> tuple[xr.DataArray, xr.DataArray]:
    """Yearly moves between 17 provinces of Korea, 2013 to 2020, and their populations."""
    moves = load("korea.moves").sum("quarter", skipna=False).sel(year=slice(2013, 2020))
    moves = moves.where(moves.origin != moves.destination, 0.0)
    return moves.assign_attrs(flow_method="register"), load("korea.population")
