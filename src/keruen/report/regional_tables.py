# SPDX-License-Identifier: Apache-2.0
"""Tables of a regional projection: tidy, one row a cell, quantiles as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.tables import to_table
from keruen.project.population import RegionalProjection
from keruen.report.projection_run import QUANTILES
from keruen.report.projection_tables import projected, totals_attributes, with_quantiles
from keruen.report.regional_run import RegionalRun

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("country", "region", "origin", "destination", "year", "sex", "age", "mother_age")


def regional_tables(run: RegionalRun) -> dict[str, pd.DataFrame]:
    """Everything a regional run found, by name of the file.

    Parameters
    ----------
    run : RegionalRun
        The run.

    Returns
    -------
    dict of DataFrame
        ``population``; ``births`` by age of mother and sex of child; ``deaths`` and
        ``migration`` by age at the end of the year, migration in three parts:
        ``international``, ``internal`` and ``agreement``, what was added to agree with the
        nation; ``moves`` between regions; ``totals``; ``levels`` of the regions' rates; and
        ``adjustments``. With trajectories, quantiles stand beside population and totals.

    See Also
    --------
    keruen.report.regional_release.write_regions : Writes them.

    Notes
    -----
    In every region and year population at the end = population + births - deaths +
    migration.

    Examples
    --------
    >>> from keruen.report.regional_run import run_regions
    >>> tables = regional_tables(run_regions("KAZ", to=2024))
    >>> list(tables["population"].columns)
    ['region', 'year', 'sex', 'age', 'population']
    """
    own = run.projection
    births = own.births.rename(age="mother_age")
    migration = ("international", "internal", "agreement", "migration")
    moves = own.moves.sum(["sex", "age"], keep_attrs=True)
    return {
        "population": _population(run),
        "births": _described(tidy(births), {"births": births}),
        "deaths": _described(tidy(own.deaths), {"deaths": own.deaths}),
        "migration": _described(migration_table(own), dict.fromkeys(migration, own.migration)),
        "moves": _described(moves_table(own), {"moves": moves}),
        "totals": _totals(run),
        "levels": run.levels.to_dataframe().reset_index(),
        "adjustments": own.adjustments,
    }


def tidy(array: xr.DataArray) -> pd.DataFrame:
    """Table of an array, its places and dates first.

    Parameters
    ----------
    array : DataArray [any]
        Labelled array with a name.

    Returns
    -------
    DataFrame
    """
    table = to_table(array)
    table.attrs = {}
    keys = [name for name in _KEYS if name in table.columns]
    return table[[*keys, *(name for name in table.columns if name not in keys)]]


def _described(table: pd.DataFrame, values: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """The table with the attributes of its values, which go into its file."""
    table.attrs = {"values": {name: projected(array) for name, array in values.items()}}
    return table


def _population(run: RegionalRun) -> pd.DataFrame:
    people = run.projection.population
    table, values = tidy(people), {"population": people}
    if run.quantiles is not None:
        drawn = run.quantiles.transpose("quantile", *people.dims)
        table = with_quantiles(table, "population", drawn.to_numpy(), stock=True)
        values |= dict.fromkeys(QUANTILES, drawn)
    return _described(table, values)


def net_migration(own: RegionalProjection) -> dict[str, xr.DataArray]:
    """Net migration of regions in its three parts, by sex and age.

    Parameters
    ----------
    own : RegionalProjection
        A regional projection by age.

    Returns
    -------
    dict of DataArray [year, region, sex, age], persons
        ``international``, ``internal`` and ``agreement``.
    """
    arrived = own.moves.sum("origin").rename(destination="region")
    left = own.moves.sum("destination").rename(origin="region")
    parts = {
        "international": own.migration,
        "internal": arrived - left,
        "agreement": own.agreement,
    }
    dims = own.migration.dims
    return {name: part.transpose(*dims).rename(name) for name, part in parts.items()}


def migration_table(own: RegionalProjection) -> pd.DataFrame:
    """Net migration by region, year, sex and age: its parts and their sum.

    Parameters
    ----------
    own : RegionalProjection
        A regional projection by age.

    Returns
    -------
    DataFrame
    """
    parts = net_migration(own)
    table = tidy(parts["international"])
    for name in ("internal", "agreement"):
        table[name] = parts[name].to_numpy().reshape(-1)
    return table.assign(migration=table[list(parts)].sum(axis=1))


def moves_table(own: RegionalProjection) -> pd.DataFrame:
    """Moves between regions, one row a pair and year.

    Parameters
    ----------
    own : RegionalProjection
        A regional projection.

    Returns
    -------
    DataFrame
    """
    table = tidy(own.moves.sum(["sex", "age"]))
    return table[table["origin"] != table["destination"]].reset_index(drop=True)


def _totals(run: RegionalRun) -> pd.DataFrame:
    """Sums over sex and age: the variant, and quantiles over the paths."""
    import pandas as pd

    own, ages = run.projection, ["sex", "age"]
    parts = net_migration(own)
    quantities = {
        "population": own.population.sum(ages),
        "births": own.births.sum(ages),
        "deaths": own.deaths.sum(ages),
        "migration": sum(part.sum(ages) for part in parts.values()),
    }
    tables = []
    for quantity, whole in quantities.items():
        table = tidy(xr.DataArray(whole).rename("value"))
        if run.totals is not None:
            levels = list(QUANTILES.values())
            paths = run.totals[quantity].sel(year=xr.DataArray(whole).indexes["year"])
            drawn = paths.quantile(levels, dim="trajectory")
            values = drawn.transpose("quantile", "year", "region").to_numpy()
            table = with_quantiles(table, "value", values, stock=quantity == "population")
        tables.append(table.assign(quantity=quantity))
    names = [*QUANTILES] if run.totals is not None else []
    columns = ["region", "year", "quantity", "value", *names]
    together = pd.concat(tables, ignore_index=True)[columns]
    together.attrs = {"values": totals_attributes(own.population, columns)}
    return together
