# SPDX-License-Identifier: Apache-2.0
"""Migration balance: arrivals, departures, net, change; national beside United Nations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keruen.measure.balance import MigrationBalance, migration_balance, year_on_year
from keruen.report.build import Desk, Series, at, latest, table
from keruen.report.claims import claim
from keruen.report.document import Exhibit, Section, Status
from keruen.report.locale import Count, Locale, Message, Percent, Year, msg, nmsg, people

if TYPE_CHECKING:
    import xarray as xr


def section(desk: Desk) -> Section:
    """The balance of the country, from its own statistics where the package holds them."""
    un = desk.own("wpp2024.indicators.net_migration")
    if un is not None:
        un = un.sel(year=un["year"] <= desk.reference)
    arrivals = desk.national("migration.arrivals")
    departures = desk.national("migration.departures")
    if arrivals is None or departures is None:
        return _united_nations_only(un)
    balance = migration_balance(arrivals, departures)
    exhibits = [_national(desk, balance, un)]
    groups = _groups(desk)
    if groups is not None:
        exhibits.append(groups)
    return Section(
        "balance",
        msg("Migration balance"),
        findings=_findings(desk, balance, un),
        exhibits=tuple(exhibits),
    )


def un_status(label: object) -> Status:
    """World Population Prospects 2024 estimates to 2023 and projects after."""
    return "estimate" if int(str(label)) < 2024 else "projection"


def _findings(
    desk: Desk, balance: MigrationBalance, un: xr.DataArray | None
) -> tuple[Message, ...]:
    found = []
    year, net = latest(balance.net)
    if year is not None and net is not None:
        found.append(
            msg(
                "In {year}, {arrivals} arrived and {departures} left: net migration was {net}.",
                year=Year(year),
                arrivals=people(at(balance.arrivals, year=year)),
                departures=people(at(balance.departures, year=year)),
                net=Count(net, signed=True),
            )
        )
    found.extend(_against_un(balance.net, un))
    said = claim(desk.country, "departures")
    if said is not None and at(balance.departures, year=int(said.numbers["year"])) is not None:
        spoken = int(said.numbers["year"])
        found.append(
            msg(
                "Claim: “{words}” ({where}, of {year}). The data give: {people} left, {change} "
                "against the year before.",
                words=said.words,
                where=said.where,
                year=Year(spoken),
                people=people(at(balance.departures, year=spoken)),
                change=Percent(at(year_on_year(balance.departures), year=spoken), signed=True),
            )
        )
    return tuple(found)


def _against_un(net: xr.DataArray, un: xr.DataArray | None) -> tuple[Message, ...]:
    """Both views of the last year that both hold."""
    if un is None:
        return ()
    year, national = latest(net.sel(year=net["year"].isin(un["year"])))
    if year is None:
        return ()
    sentence = msg(
        "The United Nations put net migration of {year} at {estimate}; national statistics "
        "give {net}. The two count different things: registered moves, and the change of "
        "residence that fits the population.",
        year=Year(year),
        estimate=Count(at(un, year=year), signed=True),
        net=Count(national, signed=True),
    )
    return (sentence,)


def _national(desk: Desk, balance: MigrationBalance, un: xr.DataArray | None) -> Exhibit:
    years = [int(year) for year in balance.net["year"]]
    series = [
        Series("arrivals", msg("Arrivals"), balance.arrivals, "persons"),
        Series(
            "arrivals_change",
            msg("Change"),
            year_on_year(balance.arrivals),
            "percent",
            decimals=1,
            signed=True,
        ),
        Series("departures", msg("Departures"), balance.departures, "persons"),
        Series(
            "departures_change",
            msg("Change"),
            year_on_year(balance.departures),
            "percent",
            decimals=1,
            signed=True,
        ),
        Series("net", msg("Net migration"), balance.net, "persons", signed=True),
        Series(
            "net_un",
            msg("Net migration, United Nations"),
            un,
            "persons",
            sources=("wpp2024.indicators",),
            signed=True,
            status=un_status,
        ),
    ]
    losses = [int(year) for year in balance.net["year"].where(balance.net < 0, drop=True)]
    title = nmsg(
        "More people left than came in {losses} of {number} year, {first}–{last}",
        "More people left than came in {losses} of {number} years, {first}–{last}",
        len(years),
        losses=Count(len(losses)),
        first=Year(years[0]),
        last=Year(years[-1]),
    )
    return Exhibit(
        table("balance", msg("Year"), "year", years, series),
        title,
        draw=lambda locale: _draw(desk, balance, title, locale),
        notes=(
            msg("Change is against the calendar year before; registered moves over the border."),
        ),
    )


def _draw(desk: Desk, balance: MigrationBalance, title: Message, locale: Locale) -> str:
    from keruen.core.tables import to_table
    from keruen.report.charts import balance_chart

    frame = to_table(balance.arrivals).merge(to_table(balance.departures))
    frame = frame.merge(to_table(balance.net))
    said = claim(desk.country, "departures")
    marks = {} if said is None else {float(said.numbers["year"]): str(said.numbers["year"])}
    return balance_chart(
        frame,
        x="year",
        inflow=("arrivals", locale.say(msg("Arrivals"))),
        outflow=("departures", locale.say(msg("Departures"))),
        net=("net_migration", locale.say(msg("Net migration"))),
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        lang=locale.lang,
        marks=marks,
    )


_GROUPS = {
    "CIS": msg("CIS countries"),
    "NON_CIS": msg("Other countries"),
}


def _groups(desk: Desk) -> Exhibit | None:
    arrivals = desk.national("migration_by_group.arrivals")
    departures = desk.national("migration_by_group.departures")
    if arrivals is None or departures is None:
        return None
    balance = migration_balance(arrivals, departures)
    years = [int(year) for year in balance.net["year"]]
    columns = (
        ("arrivals", msg("Arrivals"), balance.arrivals),
        ("departures", msg("Departures"), balance.departures),
        ("net", msg("Net migration"), balance.net),
    )
    series = [
        Series(
            f"{key}_{group.lower()}",
            msg("{what}: {group}", what=label, group=_GROUPS[group]),
            values.sel(partner_group=group),
            "persons",
            signed=key == "net",
        )
        for group in _GROUPS
        for key, label, values in columns
    ]
    return Exhibit(
        table("balance_by_group", msg("Year"), "year", years, series),
        msg(
            "Migration with CIS and with other countries, {first} to {last}",
            first=Year(years[0]),
            last=Year(years[-1]),
        ),
        notes=(
            msg("Ukraine is counted with the CIS countries: only so do partners add to the group."),
        ),
    )


def _united_nations_only(un: xr.DataArray | None) -> Section:
    gap = msg("The package holds no national series of arrivals and departures of this country.")
    if un is None:
        missing = msg("No source gives net migration of this country or area.")
        return Section("balance", msg("Migration balance"), gaps=(gap, missing))
    years = [int(year) for year in un["year"] if int(year) >= 1990]
    if not years:
        years = [int(year) for year in un["year"]]
    net = Series("net_un", msg("Net migration"), un, "persons", signed=True, status=un_status)
    last, value = latest(un)
    title = msg(
        "Net migration was {net} in {year}, as the United Nations estimate it",
        net=Count(value, signed=True),
        year=Year(last or ""),
    )

    def draw(locale: Locale) -> str:
        from keruen.core.tables import to_table
        from keruen.report.charts import line_chart

        return line_chart(
            to_table(un.sel(year=years)),
            x="year",
            y="net_migration",
            title=locale.say(title),
            unit=locale.say(msg("persons")),
            lang=locale.lang,
            from_zero=True,
        )

    exhibit = Exhibit(table("balance", msg("Year"), "year", years, [net]), title, draw=draw)
    return Section("balance", msg("Migration balance"), exhibits=(exhibit,), gaps=(gap,))
