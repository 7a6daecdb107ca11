# SPDX-License-Identifier: Apache-2.0
"""Remittances paid and received: their weight, steadiness, corridors and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.measure.remittances import dependence
from keruen.report.build import Desk, Series, latest, table
from keruen.report.document import Exhibit, Section, Status
from keruen.report.locale import Count, Locale, Message, Percent, Year, msg
from keruen.report.remittance_figures import (
    corridor_exhibit,
    corridor_finding,
    steadiness_exhibit,
)
from keruen.report.remittance_prices import cost_exhibit, cost_finding

if TYPE_CHECKING:
    import xarray as xr

_GDP: Final = "worldbank.indicators.gdp_usd"
_TABLE: Final = "knomad.remittances"


def money(desk: Desk, side: str) -> xr.DataArray | None:
    """Remittances ``received`` or ``paid`` by year, million US dollars."""
    return desk.own(f"{_TABLE}.remittances_{side}")


def share_of_gdp(desk: Desk, side: str) -> xr.DataArray | None:
    """The same as a percentage of gross domestic product, in the years that hold both."""
    import xarray as xr

    flow, product = money(desk, side), desk.own(_GDP)
    if flow is None or product is None:
        return None
    return dependence(*xr.align(flow, product, join="inner"))


def status(year: object) -> Status:
    """The figures of 2023 are estimates of December 2023."""
    return "estimate" if year is not None and int(str(year)) >= 2023 else "observed"


def section(desk: Desk) -> Section:
    """Remittances by year and by corridor."""
    title = msg("Remittances")
    columns = [
        ("received", msg("Received"), money(desk, "received"), "USD million", 1),
        ("received_gdp", msg("Received"), share_of_gdp(desk, "received"), "percent of GDP", 2),
        ("paid", msg("Paid"), money(desk, "paid"), "USD million", 1),
        ("paid_gdp", msg("Paid"), share_of_gdp(desk, "paid"), "percent of GDP", 2),
    ]
    years = sorted({int(y) for _, _, a, *_ in columns if a is not None for y in a["year"]})
    if not years:
        gap = msg("No source gives remittances of this country or area.")
        return Section("remittances", title, gaps=(gap,))
    series = [
        Series(
            key,
            label,
            values,
            unit,
            decimals=decimals,
            sources=(_TABLE,) if unit == "USD million" else (_TABLE, "worldbank.indicators"),
            status=status,
        )
        for key, label, values, unit, decimals in columns
    ]
    received, paid = columns[0][2], columns[2][2]
    heading = msg(
        "Remittances received and paid, {first} to {last}",
        first=Year(years[0]),
        last=Year(years[-1]),
    )
    main = Exhibit(
        table("remittances", msg("Year"), "year", years, series),
        heading,
        draw=lambda locale: _draw(received, paid, heading, locale),
        notes=(
            msg(
                "Recorded transfers; informal ones are not in the figures. Zeros of the source "
                "mean no report and are shown as gaps."
            ),
        ),
    )
    beside = (
        corridor_exhibit(desk, "in"),
        corridor_exhibit(desk, "out"),
        steadiness_exhibit({"received": received, "paid": paid}),
        cost_exhibit(desk),
    )
    return Section(
        "remittances",
        title,
        findings=_findings(desk),
        exhibits=(main, *(one for one in beside if one)),
        gaps=_gaps(beside[-1]),
    )


def _gaps(costs: Exhibit | None) -> tuple[Message, ...]:
    households = msg(
        "How many households live on remittances is not held: a household survey would tell."
    )
    if costs is not None:
        return (households,)
    return (
        households,
        msg("No corridor to this country is priced, so the cost of sending is not known."),
    )


def _findings(desk: Desk) -> tuple[Message, ...]:
    found = []
    for side, text in (
        ("received", msg("received")),
        ("paid", msg("paid")),
    ):
        year, value = latest(share_of_gdp(desk, side))
        flow = money(desk, side)
        if year is not None and flow is not None:
            found.append(
                msg(
                    "Remittances {side} in {year}: {amount} million US dollars, {share} of GDP.",
                    side=text,
                    year=Year(year),
                    amount=Count(float(flow.sel(year=year))),
                    share=Percent(value, decimals=2),
                )
            )
    more = (corridor_finding(desk), cost_finding(desk))
    return (*found, *(one for one in more if one))


def _draw(
    received: xr.DataArray | None, paid: xr.DataArray | None, title: Message, locale: Locale
) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "year": flow["year"].to_numpy(),
                    "usd": flow.to_numpy(),
                    "series": locale.say(word),
                }
            )
            for flow, word in ((received, msg("Received")), (paid, msg("Paid")))
            if flow is not None
        ]
    ).dropna()
    return line_chart(
        frame,
        x="year",
        y="usd",
        series="series",
        title=locale.say(title),
        unit=locale.say(msg("US$ million")),
        lang=locale.lang,
        from_zero=True,
    )
