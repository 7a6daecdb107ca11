# SPDX-License-Identifier: Apache-2.0
"""What sending money to one country costs, in its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit
from keruen.report.locale import Country, Message, Percent, Year, msg, nmsg
from keruen.sources.remittance_inputs import COSTS

if TYPE_CHECKING:
    import xarray as xr

_BACK: Final = 5  # years that prices are compared over


def costs(desk: Desk) -> xr.DataArray | None:
    """Cost of sending to a country by sender: the mean of each year's quarters.

    Parameters
    ----------
    desk : Desk
        The country and the year wanted.

    Returns
    -------
    DataArray [year, country], percent, or None
    """
    prices = desk.part(COSTS, receiver=desk.country)
    if prices is None:
        return None
    yearly = prices.mean("quarter").rename(sender="country").dropna("country", how="all")
    return yearly.dropna("year", how="all") if yearly.size else None


def cost_exhibit(desk: Desk) -> Exhibit | None:
    """Cost of sending 200 US dollars to a country, by sender.

    Parameters
    ----------
    desk : Desk
        The country and the year wanted.

    Returns
    -------
    Exhibit or None
        None where no corridor to the country is priced.
    """
    yearly = costs(desk)
    if yearly is None or not yearly.sizes["year"]:
        return None
    last = int(yearly["year"].max())
    shown = yearly.sel(year=[y for y in yearly["year"].to_numpy() if y in (last, last - _BACK)])
    shown = shown.dropna("country", how="all")
    order = shown.sel(year=last).fillna(np.inf).to_numpy().argsort(kind="stable")
    codes = [str(code) for code in shown["country"].to_numpy()[order]]
    series = [
        Series(
            f"cost_{year}", msg("Cost in {year}", year=Year(int(year))),
            shown.sel(year=year, drop=True), "percent", period=str(year), sources=(COSTS,),
            decimals=1,
        )
        for year in reversed(shown["year"].to_numpy().tolist())
    ]  # fmt: skip
    return Exhibit(
        table(
            "remittances_cost", msg("Sender"), "country", codes, series,
            row=lambda code: Country(str(code)),
        ),
        msg("Cost of sending 200 US dollars to the country, {year}", year=Year(last)),
        notes=(
            msg(
                "Percent of the amount: fee and exchange margin, mean of the quarters priced. "
                "The Sustainable Development Goals aim at 3% on average and at no corridor above "
                "5% by 2030. Only corridors that are priced."
            ),
        ),
    )  # fmt: skip


def cost_finding(desk: Desk) -> Message | None:
    """What sending to the country costs on average, and how far that reaches.

    Parameters
    ----------
    desk : Desk
        The country and the year wanted.

    Returns
    -------
    Message or None
    """
    yearly = costs(desk)
    if yearly is None or not yearly.sizes["year"]:
        return None
    last = int(yearly["year"].max())
    prices = yearly.sel(year=last).dropna("country")
    return nmsg(
        "Sending 200 US dollars to the country cost {cost} in {year}, in the {number} corridor "
        "that is priced.",
        "Sending 200 US dollars to the country cost {cost} on average in {year}, over the "
        "{number} corridors that are priced.",
        prices.size,
        cost=Percent(float(prices.mean()), decimals=1),
        year=Year(last),
    )
