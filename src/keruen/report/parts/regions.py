# SPDX-License-Identifier: Apache-2.0
"""Regions of the country: population, net migration on a map, work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import Count, Locale, Message, Region, Year, msg, nmsg

if TYPE_CHECKING:
    import xarray as xr

_MAPS: Final = {"KAZ": "KAZ-2024"}
"""Countries whose regions the package can draw, with the outlines to use."""


def section(desk: Desk) -> Section | None:
    """The regions, where the package holds them; None for other countries."""
    migration = desk.national("region.migration.net_migration")
    people = desk.national("region.population")
    if migration is None and people is None:
        return None
    exhibits = [x for x in (_migration(desk, migration), _work(desk), _residual(desk)) if x]
    return Section(
        "regions",
        msg("Regions"),
        findings=_findings(migration),
        exhibits=tuple(exhibits),
    )


def _last(array: xr.DataArray | None) -> tuple[str, xr.DataArray | None]:
    """The last year for which most regions have a value."""
    if array is None:
        return "", None
    known = array.notnull().sum("region")
    years = array["year"].to_numpy()[(known >= known.max() * 0.9).to_numpy()]
    year = int(max(years))
    return str(year), array.sel(year=year)


def _name(code: object) -> Region:
    return Region(str(code))


def _migration(desk: Desk, migration: xr.DataArray | None) -> Exhibit | None:
    people = desk.national("region.population")
    if people is not None:
        both = [dim for dim in ("sex", "residence") if dim in people.dims]
        held = people.notnull().any(both)
        people = people.sum(both).where(held)
    year_people, people = _last(people)
    year, net = _last(migration)
    if net is None:
        return None
    abroad = desk.national("region.migration.net_international_migration")
    source = (f"{desk.country.lower()}.region.migration",)
    external = None if abroad is None else abroad.sel(year=int(year))
    internal = None if external is None else net - external
    series = [
        Series(
            "population",
            msg("Population, 1 January {year}", year=Year(year_people)),
            people,
            "persons",
            period=year_people,
            sources=(f"{desk.country.lower()}.region.population",),
            additive=True,
        ),
        *(
            Series(
                key,
                label,
                values,
                "persons",
                period=year,
                sources=source,
                signed=True,
                additive=True,
            )
            for key, label, values in (
                ("net", msg("Net migration, {year}", year=Year(year)), net),
                ("net_internal", msg("of it internal"), internal),
                ("net_international", msg("of it international"), external),
            )
        ),
    ]
    known = net.dropna("region")
    codes = [str(code) for code in known["region"].to_numpy()[known.argsort().to_numpy()[::-1]]]
    gainers = int((known > 0).sum())
    title = nmsg(
        "{gainers} of {number} region gained by migration in {year}",
        "{gainers} of {number} regions gained by migration in {year}",
        len(codes),
        gainers=Count(gainers),
        year=Year(year),
    )
    outlines = _MAPS.get(desk.country)
    return Exhibit(
        table(
            "regions_migration",
            msg("Region"),
            "region",
            codes,
            series,
            row=_name,
            total=msg("Country"),
        ),
        title,
        draw=(lambda locale: _draw(known, outlines, title, locale)) if outlines else None,
        notes=(
            msg(
                "Internal migration is the net of all moves inside the country; international "
                "is net migration less internal."
            ),
        ),
    )


def _draw(net: xr.DataArray, outlines: str, title: Message, locale: Locale) -> str:
    from keruen.report.maps import choropleth, map_credit

    codes = [str(code) for code in net["region"].to_numpy()]
    return choropleth(
        dict(zip(codes, net.to_numpy().tolist(), strict=True)),
        geography=outlines,
        labels={code: Region(code).render(locale) for code in codes},
        scale="diverging",
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        no_data=locale.say(msg("no data")),
        number=lambda value: locale.number(value, signed=True),
        note=map_credit(outlines),
    )


def _findings(migration: xr.DataArray | None) -> tuple[Message, ...]:
    year, net = _last(migration)
    if net is None:
        return ()
    known = net.dropna("region")
    best, worst = int(known.to_numpy().argmax()), int(known.to_numpy().argmin())
    codes = known["region"].to_numpy()
    return (
        msg(
            "In {year} migration added most to {best} ({gain}) and took most from {worst} "
            "({loss}).",
            year=Year(year),
            best=_name(codes[best]),
            gain=Count(float(known[best]), signed=True),
            worst=_name(codes[worst]),
            loss=Count(float(known[worst]), signed=True),
        ),
    )


def _work(desk: Desk) -> Exhibit | None:
    year, employed = _last(desk.national("region.labour.employed"))
    year_rate, rate = _last(desk.national("region.labour.unemployment_rate"))
    if employed is None:
        return None
    source = (f"{desk.country.lower()}.region.labour",)
    series = [
        Series(
            "employed",
            msg("Employed, {year}", year=Year(year)),
            employed,
            "persons",
            period=year,
            sources=source,
            additive=True,
        ),
        Series(
            "unemployment",
            msg("Unemployment rate, {year}", year=Year(year_rate)),
            rate,
            "percent",
            period=year_rate,
            sources=source,
            decimals=1,
        ),
    ]
    known = employed.dropna("region")
    codes = [str(code) for code in known["region"].to_numpy()[known.argsort().to_numpy()[::-1]]]
    return Exhibit(
        table(
            "regions_work", msg("Region"), "region", codes, series, row=_name, total=msg("Country")
        ),
        msg("Employment and unemployment by region"),
    )


def _residual(desk: Desk) -> Exhibit | None:
    net = desk.national("region.net_migration_residual.net_migration")
    if net is None:
        return None
    years = [int(year) for year in net["year"].to_numpy()]
    kept = [year for year in years if year % 5 == 0 or year >= max(years) - 2]
    source = (f"{desk.country.lower()}.region.net_migration_residual",)
    series = [
        Series(
            f"net_{year}",
            Year(year),
            net.sel(year=year),
            "persons",
            period=str(year),
            sources=source,
            status="estimate",
            signed=True,
            doubts=_warnings(desk, year),
        )
        for year in kept
    ]
    codes = [str(code) for code in net["region"].to_numpy()]
    return Exhibit(
        table("regions_residual", msg("Region"), "region", codes, series, row=_name),
        msg("Net migration of regions as population change less natural increase"),
        notes=(
            msg(
                "In a year free of warnings this is the registered net migration; a doubtful "
                "figure also holds a census correction or a change of boundaries."
            ),
        ),
    )


def _warnings(desk: Desk, year: int) -> dict[object, Message]:
    from keruen import load_table

    rows = load_table(f"{desk.country.lower()}.region.net_migration_residual", year=year)
    held = rows[rows["warning"].notna()]
    doubt = msg("Also holds a census correction or a transfer of boundaries or registration.")
    return dict.fromkeys(held["region"], doubt)
