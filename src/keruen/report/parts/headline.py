# SPDX-License-Identifier: Apache-2.0
"""The headline panel: the numbers of the first page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from keruen.measure.balance import migration_balance
from keruen.report.build import Desk, at, latest
from keruen.report.document import Figure, Headline, Status
from keruen.report.locale import Count, Listing, Message, Percent, Year, msg
from keruen.report.parts import population, protection, remittances, work
from keruen.report.parts.balance import un_status
from keruen.report.parts.ranks import both_sides, groups, places

if TYPE_CHECKING:
    import xarray as xr

_STOCK = "un.stock.2024"


def headlines(desk: Desk) -> tuple[Headline, ...]:
    """The panel of a country; a figure that no source holds is a gap."""
    return tuple(_panel(desk))


def _panel(desk: Desk) -> Iterator[Headline]:
    yield Headline(msg("Population"), population.headline_total(desk))
    yield _stock(desk, 0, "immigrants", msg("Immigrants"))
    yield _stock(desk, 1, "emigrants", msg("Emigrants"))
    yield from _net(desk)
    for side, label in (
        ("received", msg("Remittances received")),
        ("paid", msg("Remittances paid")),
    ):
        yield from _money(desk, side, label)
    for side, key, label in (
        ("destination", "refugees_here", msg("Refugees in the country")),
        ("origin", "refugees_abroad", msg("Refugees from the country")),
    ):
        people = protection.counted(desk, "refugees", side)
        doubt = protection.jumps(people).get(latest(people)[0])
        figure = _series(key, people, "persons", "unhcr.population")
        yield Headline(label, replace(figure, doubt=doubt))
    urban = desk.own(work.URBAN)
    yield Headline(
        msg("Urban share of the population"),
        _series("urban", urban, "percent", "worldbank.indicators", decimals=1),
    )
    rate = desk.own(work.UNEMPLOYMENT)
    if rate is not None:
        rate = rate.sel(year=rate["year"] <= desk.reference)
    yield Headline(
        msg("Unemployment rate"),
        _series(
            "unemployment",
            rate,
            "percent",
            "worldbank.indicators",
            decimals=1,
            status="estimate",
        ),
        _national_rate(desk),
    )


def _national_rate(desk: Desk) -> Message | None:
    year, rate = latest(desk.national("labour.unemployment_rate"))
    if year is None:
        return None
    return msg("national statistics: {rate} ({year})", rate=Percent(rate), year=Year(year))


def _series(
    key: str,
    values: xr.DataArray | None,
    unit: str,
    source: str,
    *,
    decimals: int = 0,
    signed: bool = False,
    status: Status = "observed",
) -> Figure:
    """The latest value of a series."""
    year, value = latest(values)
    return Figure(
        f"headline.{key}",
        value,
        unit,
        str(year or ""),
        (source,),
        status=status,
        decimals=decimals,
        signed=signed,
    )


def _stock(desk: Desk, side: int, key: str, label: Message) -> Headline:
    given = desk.given_for(_STOCK)
    stock = both_sides(_STOCK, given)[side]
    year = max((int(y) for y in stock["year"] if int(y) <= desk.reference), default=None)
    value = None if year is None else at(stock, country=desk.country, year=year)
    figure = Figure(
        f"headline.{key}", value, "persons", str(year or ""), (_STOCK,), status="estimate"
    )
    if value is None:
        return Headline(label, figure)
    standing = [
        msg(
            "place {place} ({group})",
            place=Count(
                at(places(_STOCK, side, group.members, given), country=desk.country, year=year)
            ),
            group=group.label,
        )
        for group in groups(desk.country)
        if desk.country in places(_STOCK, side, group.members, given).indexes["country"]
    ]
    return Headline(label, figure, Listing(tuple(standing)))


def _net(desk: Desk) -> Iterator[Headline]:
    arrivals = desk.national("migration.arrivals")
    departures = desk.national("migration.departures")
    if arrivals is not None and departures is not None:
        net = migration_balance(arrivals, departures).net
        source = f"{desk.country.lower()}.migration"
        yield Headline(
            msg("Net migration, national statistics"),
            _series("net_migration_national", net, "persons", source, signed=True),
        )
    value = at(desk.own("wpp2024.indicators.net_migration"), year=desk.reference)
    yield Headline(
        msg("Net migration, United Nations"),
        Figure(
            "headline.net_migration_un",
            value,
            "persons",
            str(desk.reference),
            ("wpp2024.indicators",),
            status=un_status(desk.reference),
            signed=True,
        ),
    )


def _money(desk: Desk, side: str, label: Message) -> Iterator[Headline]:
    flow = remittances.money(desk, side)
    year, share = latest(remittances.share_of_gdp(desk, side))
    figure = _series(
        f"remittances_{side}",
        flow,
        "USD million",
        "knomad.remittances",
        decimals=1,
        status=remittances.status(latest(flow)[0]),
    )
    yield Headline(label, figure)
    yield Headline(
        msg("{what}, share of GDP", what=label),
        Figure(
            f"headline.remittances_{side}_gdp",
            share,
            "percent",
            str(year or ""),
            ("knomad.remittances", "worldbank.indicators"),
            status=remittances.status(year),
            decimals=2,
        ),
    )
