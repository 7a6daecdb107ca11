# SPDX-License-Identifier: Apache-2.0
"""How remittances change from year to year: growth, exchange rates, unsteadiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats, missing_reason, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

_FEWEST: Final = 5  # changes from year to year, below which a spread says nothing


@dataclass(frozen=True)
class Volatility:
    """How unsteady a yearly amount is.

    Parameters
    ----------
    growth : DataArray [...], percent
        Standard deviation of yearly changes, as 100 times differences of logarithms.
    trend : DataArray [...], percent
        Standard deviation around a straight line through the logarithms.
    changes : DataArray [...], years
        Changes between neighbouring years that were used.
    """

    growth: xr.DataArray
    trend: xr.DataArray
    changes: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row a cell."""
        return table_of(self)


@dataclass(frozen=True)
class RemittanceGrowth:
    """Growth from year to year, in dollars, in own currency, and by the exchange rate.

    Parameters
    ----------
    dollars, own_currency, exchange : DataArray [..., year], percent
        ``(1 + own currency) = (1 + dollars) (1 + exchange)``, in shares.
    """

    dollars: xr.DataArray
    own_currency: xr.DataArray
    exchange: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row a cell."""
        return table_of(self)


def volatility(amounts: xr.DataArray) -> Volatility:
    """How unsteady yearly amounts are: around their growth, and around a trend.

    Parameters
    ----------
    amounts : DataArray [year, ...], any unit
        Yearly amounts above 0; missing years are left out, and no change is taken over them.

    Returns
    -------
    Volatility
        Missing where fewer than five changes between neighbouring years are known.

    Raises
    ------
    SchemaError
        There is no dimension year, or an amount is 0 or below (``NotPositive``).

    Notes
    -----
    ``growth = 100 sd(ln R_t - ln R_(t-1))`` and ``trend = 100 sd(ln R_t - a - b t)`` with
    ``n - 1`` and ``n - 2`` degrees of freedom. Neither depends on the unit. In current
    dollars both contain the swings of the exchange rate.

    Examples
    --------
    >>> years = np.arange(2010, 2020)
    >>> steady = xr.DataArray(100.0 * 1.05 ** (years - 2010), coords={"year": years})
    >>> found = volatility(steady)
    >>> round(found.growth.item(), 9), round(found.trend.item(), 9)
    (0.0, 0.0)
    """
    require_dims(amounts, "year", name="amounts")
    if bool((amounts <= 0).any()):
        raise SchemaError(
            "an amount is 0 or below, so it has no logarithm",
            where=str(amounts.name or "amounts"),
            remedy="mark years without a report as missing",
            id="NotPositive",
        )
    ordered = amounts.sortby("year").transpose(..., "year")
    growth, trend, changes = _spread(
        np.log(ordered.to_numpy().astype(float)), ordered["year"].to_numpy().astype(float)
    )
    like = ordered.isel(year=0, drop=True)
    reason = missing_reason(like, {f"fewer than {_FEWEST} changes": np.isnan(growth)})

    def stamped(values: Floats, name: str, units: str) -> xr.DataArray:
        return stamp(
            like.copy(data=values), name=name, units=units, kind="index", inputs=(amounts,),
            **reason,
        )  # fmt: skip

    return Volatility(
        growth=stamped(growth, "growth_volatility", "percent"),
        trend=stamped(trend, "trend_volatility", "percent"),
        changes=stamped(changes, "changes", "years"),
    )


def _spread(logs: Floats, years: Floats) -> tuple[Floats, Floats, Floats]:
    """Both standard deviations of ``logs[..., year]``, and the number of changes."""
    steps = np.where(np.diff(years) == 1, np.diff(logs, axis=-1), np.nan)
    changes = (~np.isnan(steps)).sum(axis=-1).astype(float)
    enough = changes >= _FEWEST
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(steps, axis=-1, keepdims=True) / changes[..., None]
        growth = np.sqrt(np.nansum((steps - mean) ** 2, axis=-1) / (changes - 1))
        known = ~np.isnan(logs)
        count = known.sum(axis=-1, keepdims=True)
        time = np.where(known, years, np.nan)
        time = time - np.nansum(time, axis=-1, keepdims=True) / count
        level = logs - np.nansum(logs, axis=-1, keepdims=True) / count
        slope = np.nansum(time * level, axis=-1, keepdims=True) / np.nansum(
            time**2, axis=-1, keepdims=True
        )
        trend = np.sqrt(np.nansum((level - slope * time) ** 2, axis=-1) / (count[..., 0] - 2))
    return (
        np.where(enough, 100 * growth, np.nan),
        np.where(enough, 100 * trend, np.nan),
        changes,
    )


def remittance_growth(remittances: xr.DataArray, exchange_rate: xr.DataArray) -> RemittanceGrowth:
    """Growth in dollars and in own currency, with the effect of the exchange rate apart.

    Parameters
    ----------
    remittances : DataArray [..., year], USD or million USD
        Yearly amounts.
    exchange_rate : DataArray [..., year], local currency per USD
        Averages of the same years.

    Returns
    -------
    RemittanceGrowth
        Labelled by the later year; missing where the year before is not held.

    Raises
    ------
    SchemaError
        There is no dimension year, or a figure is negative (``NegativeInput``).
    CoverageError
        Labels differ.

    Examples
    --------
    >>> years = {"year": [2014, 2015]}
    >>> dollars = xr.DataArray([100.0, 80.0], coords=years)
    >>> tenge = xr.DataArray([180.0, 225.0], coords=years)
    >>> round(remittance_growth(dollars, tenge).own_currency.sel(year=2015).item(), 9)
    0.0
    """
    require_dims(remittances, "year", name="remittances")
    dollars, rate = same_cells(remittances.sortby("year"), exchange_rate)
    for name, array in (("remittances", dollars), ("exchange_rate", rate)):
        refuse_negative(array, name=name)
    parts = {"dollars": dollars, "own_currency": dollars * rate, "exchange": rate}
    changes = {
        name: stamp(
            _change(array), name=f"growth_{name}", units="percent", kind="rate",
            inputs=(remittances, exchange_rate),
        )
        for name, array in parts.items()
    }  # fmt: skip
    return RemittanceGrowth(**changes)


def _change(array: xr.DataArray) -> xr.DataArray:
    """Percentage change on the year before, where that is the neighbouring year."""
    before = array.shift(year=1)
    gap = array["year"].diff("year").reindex(year=array["year"])
    return (100.0 * (array / before.where(before > 0) - 1.0)).where(gap == 1)
