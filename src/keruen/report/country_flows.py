# SPDX-License-Identifier: Apache-2.0
"""Estimated flows of the world and of one country, from the embedded stocks.

All periods of one method take about a second to compute, less than reading them from a
file of the same size, so nothing is stored: the estimates always are those of the data
and the method in this version of the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.codes import country_code
from keruen.core.errors import CoverageError
from keruen.measure.flow_estimate import COMPONENTS, FlowEstimate
from keruen.measure.stock_flows import Method, flows_from_stocks
from keruen.sources.flow_inputs import FlowTables, flow_inputs

if TYPE_CHECKING:
    import pandas as pd

FLOWS_ID: Final = "keruen.flows.2024"
"""Identifier that figures of these estimates carry beside the ids of their inputs."""


@cache
def estimated_flows(
    method: Method = "pseudo_bayes", *, stocks: str = "un.stock.2024", by_sex: bool = False
) -> FlowEstimate:
    """Flows between all countries in every period of a UN revision of stocks.

    Parameters
    ----------
    method : str, optional
        A method of ``flows_from_stocks``. The open account spreads people outside the
        system by the shares of the same table, which leaves no negative cells.
    stocks : str, optional
        Identifier of the revision.
    by_sex : bool, optional
        Women and men apart.

    Returns
    -------
    FlowEstimate
        With the dimension ``year``, in which a period starts: five years, four from 2020.
        Kept in memory, so that asking again costs nothing.

    Raises
    ------
    CoverageError
        The revision is not embedded, or not by sex.

    See Also
    --------
    country_flows : The part of one country.

    Examples
    --------
    >>> flows = estimated_flows().od()
    >>> flows.sizes["year"], flows.attrs["concept"]
    (7, 'transitions')
    """
    tables = _tables(stocks, by_sex=by_sex)
    return flows_from_stocks(
        tables.stock_start,
        tables.stock_end,
        tables.births,
        tables.deaths,
        method=method,
        population=tables.population,
        interval_years=tables.interval_years,
        outside="own_shares",
    )


@cache
def _tables(stocks: str, *, by_sex: bool) -> FlowTables:
    return flow_inputs(stocks, by_sex=by_sex)


@dataclass(frozen=True)
class CountryFlows:
    """Estimated flows of one country in every period.

    Parameters
    ----------
    country : str
        Code of the country.
    counted_with : dict of int to str
        Periods, by the year they start in, in which the figures are those of another
        country that includes it.
    arrivals : Dataset [year, origin], persons
        Flows into the country: ``total``, ``outward`` (people born where they came from),
        ``return`` (born in the country), ``transit`` (born elsewhere).
    departures : Dataset [year, destination], persons
        Flows out of it: ``total``, ``outward`` (people born in the country), ``return``
        (born where they went), ``transit``.
    net : DataArray [year], persons
        Arrivals less departures.
    interval_years : DataArray [year], years
        Length of each period.
    method : str
        Method of the estimates.
    sources : tuple of str
        Identifiers: of the estimates, and of the embedded tables behind them.
    notes : tuple of str
        What a reader must know before using the numbers.

    See Also
    --------
    country_flows : Makes it.
    """

    country: str
    counted_with: dict[int, str]
    arrivals: xr.Dataset
    departures: xr.Dataset
    net: xr.DataArray
    interval_years: xr.DataArray
    method: str
    sources: tuple[str, ...]
    notes: tuple[str, ...]

    def corridors(
        self, year: int, *, direction: Literal["in", "out"] = "in", count: int = 10
    ) -> pd.DataFrame:
        """Largest corridors of a period.

        Parameters
        ----------
        year : int
            Year the period starts in.
        direction : {"in", "out"}
            Flows into the country, or out of it.
        count : int, optional
            Corridors wanted.

        Returns
        -------
        DataFrame
            ``partner``, ``flow`` (persons over the period), ``a_year`` (average), ``share``
            of all in that direction, ``outward``, ``return``, ``transit``; the largest
            first, equal ones by code.

        Raises
        ------
        CoverageError
            No period starts in that year.
        """
        import pandas as pd

        years = [int(start) for start in self.net.indexes["year"]]
        if year not in years:
            raise CoverageError(
                f"no period starts in {year}",
                where=f"{self.country}: {', '.join(map(str, years))}",
                remedy="choose one of those years",
            )
        flows = self.arrivals if direction == "in" else self.departures
        partner = "origin" if direction == "in" else "destination"
        table = pd.DataFrame(
            {name: flows[name].sel(year=year).to_numpy() for name in COMPONENTS},
            index=pd.Index(flows.indexes[partner], name="partner"),
        ).reset_index()
        table = table.rename(columns={"total": "flow"})
        everyone = table["flow"].sum()
        table = table[table["flow"] > 0].sort_values(["flow", "partner"], ascending=[False, True])
        table = table.head(count).reset_index(drop=True)
        table.insert(2, "a_year", table["flow"] / self.interval_years.sel(year=year).item())
        table.insert(3, "share", table["flow"] / everyone if everyone else np.nan)
        return table


def country_flows(
    country: str, method: Method = "pseudo_bayes", *, stocks: str = "un.stock.2024"
) -> CountryFlows:
    """Estimated flows into and out of one country, by partner and kind of move.

    Parameters
    ----------
    country : str
        Code or name of the country.
    method : str, optional
        A method of ``flows_from_stocks``.
    stocks : str, optional
        Identifier of the revision.

    Returns
    -------
    CountryFlows

    Raises
    ------
    CodeError
        No such country; the message lists near ones.
    CoverageError
        The revision is not embedded.

    See Also
    --------
    estimated_flows : All countries.

    Examples
    --------
    >>> flows = country_flows("KAZ")
    >>> flows.corridors(2020, count=1).partner.item()
    'RUS'
    """
    code = country_code(country)
    estimate = estimated_flows(method, stocks=stocks)
    tables = _tables(stocks, by_sex=False)
    years = [int(year) for year in tables.births.indexes["year"]]
    merged = tables.merged[tables.merged["part"] == code]
    with_others = dict(zip(merged["year"].tolist(), merged["whole"].tolist(), strict=True))
    places = xr.DataArray([with_others.get(year, code) for year in years], dims="year")
    od = {name: estimate.od(name) for name in COMPONENTS}
    year = xr.DataArray(np.arange(len(years)), dims="year")
    arrivals, departures = (
        xr.Dataset({name: _at(table, side, year, places) for name, table in od.items()})
        for side in ("destination", "origin")
    )
    return CountryFlows(
        country=code,
        counted_with=with_others,
        arrivals=arrivals,
        departures=departures,
        net=(arrivals["total"].sum("origin") - departures["total"].sum("destination")).rename(
            "net"
        ),
        interval_years=tables.interval_years,
        method=method,
        sources=(FLOWS_ID, *tables.sources),
        notes=estimate.warnings,
    )


def _at(table: xr.DataArray, side: str, year: xr.DataArray, places: xr.DataArray) -> xr.DataArray:
    """The row or column of one place, which may be called differently from year to year."""
    index = xr.DataArray(table.indexes[side].get_indexer(places.to_numpy()), dims="year")
    found = table.isel({"year": year, side: index}).drop_vars(side)
    return found.assign_coords(year=table.indexes["year"])
