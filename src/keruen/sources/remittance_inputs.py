# SPDX-License-Identifier: Apache-2.0
"""Inputs of remittance estimates, from the embedded data: migrants, totals, incomes, costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.codes import countries
from keruen.core.errors import CoverageError
from keruen.sources.catalog import load

Income = Literal["gni", "ppp"]
"""Income a head: national income in US dollars (Atlas), or product at purchasing power."""

STOCKS: Final = ("un.stock.2024", "un.stock.2020", "un.stock.2019", "worldbank.stock.2017")
INCOMES: Final[dict[Income, str]] = {
    "gni": "worldbank.indicators.gni_per_capita_atlas",
    "ppp": "worldbank.indicators.gdp_per_capita_ppp_2021",
}
TOTALS: Final = "knomad.remittances"
PUBLISHED: Final = "knomad.remittances_bilateral"
COSTS: Final = "worldbank.remittance_cost"
GDP: Final = "worldbank.indicators.gdp_usd"


@dataclass(frozen=True)
class MigrantStock:
    """Migrants of one moment between all pairs of places.

    Parameters
    ----------
    stock : DataArray [origin, destination], persons
        Square; 0 where the publication lists nobody.
    year : int
        Moment of the stock.
    unknown : float
        Migrants whose origin the publication does not name; they are left out.
    """

    stock: xr.DataArray
    year: int
    unknown: float


@dataclass(frozen=True)
class RemittanceTotals:
    """What countries report for a year, and what stands around it.

    Parameters
    ----------
    received, paid : DataArray [year, country], million USD
        All years up to the one asked for; missing where nothing was reported.
    income : DataArray [country], USD a head
        Of the year.
    gdp : DataArray [country], USD
        Of the year.
    """

    received: xr.DataArray
    paid: xr.DataArray
    income: xr.DataArray
    gdp: xr.DataArray


def migrant_stock(stocks: str = "un.stock.2024", *, year: int) -> MigrantStock:
    """Migrants between all pairs of places, at the moment nearest to a year.

    Parameters
    ----------
    stocks : str, optional
        One of ``STOCKS``.
    year : int
        Year of the remittances; of two moments equally near, the earlier is taken.

    Returns
    -------
    MigrantStock

    Raises
    ------
    CoverageError
        The publication is not embedded.

    Examples
    --------
    >>> found = migrant_stock(year=2021)
    >>> found.year, found.stock.sel(origin="MEX", destination="USA").item() > 1e7
    (2020, True)
    """
    if stocks not in STOCKS:
        raise CoverageError(
            f"'{stocks}' is not a bilateral stock",
            where="stocks",
            remedy=f"choose one of {', '.join(STOCKS)}, or give your own table",
        )
    table = load(stocks)
    years = table.indexes["year"].to_numpy()
    nearest = int(years[np.argmin(np.abs(years - year))])
    one = table.sel(year=nearest, drop=True)
    one = (one.sum("sex") if "sex" in one.dims else one).fillna(0.0)
    known = countries()
    places = sorted({*one.indexes["origin"], *one.indexes["destination"]} & set(known))
    whole = one.reindex(origin=places, destination=places, fill_value=0.0)
    own = xr.DataArray(np.eye(len(places), dtype=bool), coords=whole.coords, dims=whole.dims)
    stock = stamp(
        whole.where(~own, 0.0), name="stock", units="persons", kind="count", inputs=(table,),
        concept="stock",
    )  # fmt: skip
    return MigrantStock(stock, nearest, float(one.sum() - whole.sum()))


def remittance_totals(year: int, *, income: Income = "gni") -> RemittanceTotals:
    """What countries received and paid up to a year, their incomes and products of that year.

    Parameters
    ----------
    year : int
        2000 to 2023.
    income : {"gni", "ppp"}, optional
        National income a head in US dollars (Atlas method), or product a head at
        purchasing power parity, in international dollars of 2021.

    Returns
    -------
    RemittanceTotals

    Raises
    ------
    CoverageError
        Nothing is held for the year (``YearOutOfRange``).

    Examples
    --------
    >>> totals = remittance_totals(2022)
    >>> round(totals.paid.sel(year=2022, country="KAZ").item())
    2366
    """
    received, paid = load(f"{TOTALS}.remittances_received"), load(f"{TOTALS}.remittances_paid")
    years = received.indexes["year"]
    if year not in years:
        raise CoverageError(
            f"no totals of {year}",
            where="year",
            remedy=f"choose a year from {years.min()} to {years.max()}, or give your own totals",
            id="YearOutOfRange",
        )
    upto = slice(None, year)
    return RemittanceTotals(
        received=received.sortby("year").sel(year=upto),
        paid=paid.sortby("year").sel(year=upto),
        income=_of_year(INCOMES[income], year),
        gdp=_of_year(GDP, year),
    )


def _of_year(name: str, year: int) -> xr.DataArray:
    whole = load(name)
    one = whole.reindex(year=[year]).isel(year=0, drop=True)
    return one.assign_attrs(whole.attrs)


def sending_costs(year: int) -> tuple[xr.DataArray, int]:
    """Cost of sending 200 US dollars, the mean of the quarters of the last year priced by then.

    Parameters
    ----------
    year : int
        Year wanted; prices are held from 2011 to the third quarter of 2020.

    Returns
    -------
    tuple of DataArray [sender, receiver], percent, and int
        Missing for corridors without a price in that year; and the year priced.

    Raises
    ------
    CoverageError
        Prices begin later (``YearOutOfRange``).

    Examples
    --------
    >>> cost, priced = sending_costs(2023)
    >>> priced, round(cost.sel(sender="RUS", receiver="KAZ").item(), 1)
    (2020, 1.4)
    """
    prices = load(COSTS)
    years = [int(one) for one in prices.indexes["year"] if one <= year]
    if not years:
        raise CoverageError(
            f"no prices of {year} or before",
            where="year",
            remedy=f"choose {int(prices['year'].min())} or later",
            id="YearOutOfRange",
        )
    last = max(years)
    mean = prices.sel(year=last, drop=True).mean("quarter")
    return stamp(
        mean, name="remittance_cost", units="percent", kind="share", inputs=(prices,)
    ), last


def published_remittances(year: int) -> xr.DataArray | None:
    """The matrix that KNOMAD published for a year; None where there is none.

    Parameters
    ----------
    year : int
        Year; 2017 and 2021 are held.

    Returns
    -------
    DataArray [sender, receiver], million USD, or None

    Examples
    --------
    >>> published_remittances(2020) is None
    True
    """
    matrix = load(PUBLISHED)
    if year not in matrix.indexes["year"]:
        return None
    return matrix.sel(year=year, drop=True)
