# SPDX-License-Identifier: Apache-2.0
"""Remittances paid and received, their weight, and the largest corridors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.measure.stocks import Direction, corridors, percent_of
from keruen.report.build import Desk, Series, latest, table
from keruen.report.document import Exhibit, Section, Status
from keruen.report.locale import Count, Country, Locale, Message, Percent, Year, msg

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
    flow, product = xr.align(flow, product / 1e6, join="inner")  # both in million US dollars
    return percent_of(flow, product)


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
    pairs = [_corridors(desk, "in"), _corridors(desk, "out")]
    return Section(
        "remittances",
        title,
        findings=_findings(desk),
        exhibits=(main, *(pair for pair in pairs if pair)),
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
    return tuple(found)


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


def _corridors(desk: Desk, side: Direction) -> Exhibit | None:
    own, other = ("receiver", "sender") if side == "in" else ("sender", "receiver")
    flows = desk.part("knomad.remittances_bilateral", **{own: [desk.country]})
    if flows is None:
        return None
    year = int(flows["year"].max())
    one = flows.sel(year=year).rename({"sender": "origin", "receiver": "destination"})
    largest = corridors(one, desk.country, direction=side, count=8)
    if not largest.size:
        return None
    values = largest.rename({str(largest.dims[0]): "country"})
    series = Series(
        "usd",
        msg("Amount"),
        values,
        "USD million",
        period=str(year),
        sources=("knomad.remittances_bilateral",),
        status="estimate",
        decimals=1,
    )
    if side == "in":
        head, title = (
            msg("Sender"),
            msg("Largest senders, model estimates of {year}", year=Year(year)),
        )
    else:
        head, title = (
            msg("Receiver"),
            msg("Largest receivers, model estimates of {year}", year=Year(year)),
        )
    return Exhibit(
        table(
            f"remittances_{'from' if other == 'sender' else 'to'}",
            head,
            "country",
            [str(code) for code in values["country"].to_numpy()],
            [series],
            row=lambda code: Country(str(code)),
        ),
        title,
        notes=(
            msg(
                "Shared out by a model from migrant stocks and incomes, not reported by banks; "
                "single corridors may be far off."
            ),
        ),
    )
