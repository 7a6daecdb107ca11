# SPDX-License-Identifier: Apache-2.0
"""The migration balance, its change from year to year, and components of change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MigrationBalance:
    """Arrivals, departures and the difference between them.

    Parameters
    ----------
    arrivals : DataArray [year, ...], persons
        People who came to live in the place.
    departures : DataArray [year, ...], persons
        People who left it.
    net : DataArray [year, ...], persons
        Arrivals less departures.
    """

    arrivals: xr.DataArray
    departures: xr.DataArray
    net: xr.DataArray


def migration_balance(arrivals: xr.DataArray, departures: xr.DataArray) -> MigrationBalance:
    """Arrivals less departures.

    Parameters
    ----------
    arrivals : DataArray [year, ...], persons
        People who came to live in the place.
    departures : DataArray [year, ...], persons
        People who left it.

    Returns
    -------
    MigrationBalance
        Both, and the net; missing where either is missing.

    Raises
    ------
    CoverageError
        The two arrays do not hold the same cells.

    Notes
    -----
    ``net = arrivals - departures``. Positive is a gain.

    Examples
    --------
    >>> came = xr.DataArray([46404.0], coords={"year": [2008]})
    >>> left = xr.DataArray([45287.0], coords={"year": [2008]})
    >>> migration_balance(came, left).net.item()
    1117.0
    """
    arrivals, departures = same_cells(arrivals.rename("arrivals"), departures.rename("departures"))
    net = stamp(
        arrivals - departures,
        name="net_migration",
        units="persons",
        kind="count",
        inputs=(arrivals, departures),
        concept="moves",
    )
    return MigrationBalance(arrivals, departures, net)


def year_on_year(quantity: xr.DataArray) -> xr.DataArray:
    """Change from the year before, in percent.

    Parameters
    ----------
    quantity : DataArray [year, ...], any unit
        A quantity that is never negative.

    Returns
    -------
    DataArray [year, ...], percent
        Missing where the year before is not held, or was zero.

    Raises
    ------
    SchemaError
        There is no dimension ``year``.

    Notes
    -----
    ``100 (q_t - q_{t-1}) / q_{t-1}``, where ``t - 1`` is the calendar year before and not
    merely the row before.

    Examples
    --------
    >>> left = xr.DataArray([42435.0, 45287.0], coords={"year": [2007, 2008]})
    >>> round(year_on_year(left).sel(year=2008).item(), 1)
    6.7
    """
    require_dims(quantity, "year")
    before = quantity.reindex(year=quantity["year"].to_numpy() - 1)
    change = _percent_change(quantity.to_numpy(), before.transpose(*quantity.dims).to_numpy())
    return stamp(
        quantity.copy(data=change),
        name=f"{quantity.name or 'quantity'}_change",
        units="percent",
        kind="index",
        inputs=(quantity,),
    )


def _percent_change(now: Floats, before: Floats) -> Floats:
    base = np.where(before > 0, before, np.nan)
    return np.asarray(100.0 * (now - base) / base, dtype=np.float64)


@dataclass(frozen=True)
class ComponentsOfChange:
    """What moved a population over a year.

    Parameters
    ----------
    births, deaths, natural_increase, net_migration, change : DataArray [year, ...], persons
        ``change = births - deaths + net_migration``.
    migration_share : DataArray [year, ...], percent
        Net migration as a share of natural increase and net migration taken without
        their signs: how much of the movement is migration.
    """

    births: xr.DataArray
    deaths: xr.DataArray
    natural_increase: xr.DataArray
    net_migration: xr.DataArray
    change: xr.DataArray
    migration_share: xr.DataArray


def components_of_change(
    births: xr.DataArray, deaths: xr.DataArray, net_migration: xr.DataArray
) -> ComponentsOfChange:
    """Births, deaths and migration as parts of population change.

    Parameters
    ----------
    births : DataArray [year, ...], persons
        Live births of the year.
    deaths : DataArray [year, ...], persons
        Deaths of the year.
    net_migration : DataArray [year, ...], persons
        Arrivals less departures of the year.

    Returns
    -------
    ComponentsOfChange

    Raises
    ------
    CoverageError
        The arrays do not hold the same cells.

    Notes
    -----
    ``change = B - D + M``; ``migration_share = 100 |M| / (|B - D| + |M|)``.

    Examples
    --------
    >>> year = {"year": [2024]}
    >>> parts = components_of_change(
    ...     xr.DataArray([400.0], coords=year),
    ...     xr.DataArray([100.0], coords=year),
    ...     xr.DataArray([-100.0], coords=year),
    ... )
    >>> parts.change.item(), parts.migration_share.item()
    (200.0, 25.0)
    """
    births, deaths, net_migration = same_cells(
        births.rename("births"), deaths.rename("deaths"), net_migration.rename("net_migration")
    )
    inputs = (births, deaths, net_migration)
    natural = stamp(
        births - deaths, name="natural_increase", units="persons", kind="count", inputs=inputs
    )
    change = stamp(
        natural + net_migration, name="change", units="persons", kind="count", inputs=inputs
    )
    movement = abs(natural) + abs(net_migration)
    share = stamp(
        100.0 * abs(net_migration) / movement.where(movement > 0),
        name="migration_share",
        units="percent",
        kind="share",
        inputs=inputs,
    )
    return ComponentsOfChange(births, deaths, natural, net_migration, change, share)
