# SPDX-License-Identifier: Apache-2.0
"""Immigrants by origin, emigrants by destination, and where revisions disagree."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from keruen.measure.stocks import Direction, corridors, percent_of
from keruen.report.build import Desk, Series, at, table
from keruen.report.document import Exhibit, Figure, Row, Section
from keruen.report.locale import Count, Country, Locale, Message, Percent, Value, Year, msg
from keruen.report.parts.ranks import SOURCES, both_sides

if TYPE_CHECKING:
    import xarray as xr

_REVISIONS: Final = ("un.stock.2019", "un.stock.2020", "un.stock.2024")
_LATEST: Final = "un.stock.2024"
_DISAGREE: Final = 5.0
"""Difference between revisions, in percent, from which it is worth a sentence."""


def section(desk: Desk) -> Section:
    """Stocks by origin and destination, and the disagreement of revisions."""
    title = msg("Immigrants and emigrants by country")
    exhibits = [
        exhibit
        for exhibit in (_corridors(desk, "in"), _corridors(desk, "out"), _revisions(desk))
        if exhibit
    ]
    if not exhibits:
        return Section(
            "stocks", title, gaps=(msg("No source of migrant stocks lists this country or area."),)
        )
    return Section("stocks", title, findings=_findings(desk), exhibits=tuple(exhibits))


def pairs(desk: Desk) -> tuple[int, xr.DataArray] | None:
    """The latest year of the latest revision, and its stock by origin and destination."""
    from keruen.core.arrays import total

    stock = desk.until(desk.world(_LATEST))
    year = int(stock["year"].max())
    one = stock.sel(year=year)
    if "sex" not in one.dims:
        return year, one
    return year, total(one.fillna(0.0).where(one.notnull().any("sex")), "sex")


def _corridors(desk: Desk, direction: Direction) -> Exhibit | None:
    found = pairs(desk)
    own = "destination" if direction == "in" else "origin"
    if found is None or desk.country not in found[1].indexes[own]:
        return None
    year, stock = found
    known = stock.drop_sel(origin=[code for code in ("OTH",) if code in stock.indexes["origin"]])
    largest = corridors(known, desk.country, direction=direction, count=12)
    other = str(largest.dims[0])
    if not largest.size:
        return None
    whole = both_sides(_LATEST, desk.given_for(_LATEST))[0 if direction == "in" else 1].sel(
        country=desk.country, year=year
    )
    first = str(largest[other].to_numpy()[0])
    share = percent_of(largest, whole.drop_vars(["country", "year"]))
    values = {
        "country": largest.rename({other: "country"}),
        "share": share.rename({other: "country"}),
    }
    head, title = _words(direction, first, float(share[0]), year)
    name = "immigrants_by_origin" if direction == "in" else "emigrants_by_destination"
    column = partial(Series, period=str(year), sources=(_LATEST,), status="estimate")
    everyone = float(whole)
    rest = {"persons": everyone - float(largest.sum())}
    rest["share"] = 100.0 * rest["persons"] / everyone
    series = [
        column("persons", msg("Persons"), values["country"], "persons", additive=True),
        column("share", msg("Share of all"), values["share"], "percent", decimals=1),
    ]
    codes = [str(code) for code in largest[other].to_numpy()]

    def draw(locale: Locale) -> str:
        import pandas as pd

        from keruen.report.charts import bar_chart

        frame = pd.DataFrame(
            {
                "country": [Country(code).render(locale) for code in codes],
                "persons": largest.to_numpy(),
            }
        )
        return bar_chart(
            frame,
            category="country",
            value="persons",
            title=locale.say(title),
            unit=locale.say(msg("persons")),
            lang=locale.lang,
        )

    largest_first = table(
        name,
        head,
        "country",
        codes,
        series,
        row=lambda code: Country(str(code)),
        total=msg("All"),
    )
    return Exhibit(
        replace(largest_first, rows=(*largest_first.rows, _rest(name, rest, year))),
        title,
        draw=draw,
        notes=(
            msg("Pairs of countries without data are missing from the table; they are not zero."),
        ),
    )


def _rest(name: str, rest: dict[str, float], year: int) -> Row:
    """Everybody from, or in, countries beyond the largest."""
    figure = partial(Figure, period=str(year), sources=(_LATEST,), status="estimate")
    cells = (
        figure(f"{name}.persons.rest", rest["persons"], "persons"),
        figure(f"{name}.share.rest", rest["share"], "percent", decimals=1),
    )
    return Row("rest", msg("All others, unknown included"), cells)


def _words(direction: Direction, first: str, share: float, year: int) -> tuple[Message, Message]:
    values: dict[str, Value] = {
        "country": Country(first),
        "share": Percent(share),
        "year": Year(year),
    }
    if direction == "in":
        return msg("Origin"), msg(
            "Immigrants by origin, {year}: the largest group is from {country} ({share})", **values
        )
    return msg("Destination"), msg(
        "Emigrants by destination, {year}: the largest group lives in {country} ({share})",
        **values,
    )


def _revisions(desk: Desk) -> Exhibit | None:
    sides = [
        (source, side, both_sides(source)[side])
        for side in (0, 1)
        for source in _REVISIONS
        if desk.country in both_sides(source)[side].indexes["country"]
    ]
    if not sides:
        return None
    labels = (msg("Immigrants"), msg("Emigrants"))
    series = [
        Series(
            f"{('immigrants', 'emigrants')[side]}_{source.rsplit('.', 1)[1]}",
            msg("{what}, {source}", what=labels[side], source=SOURCES[source]),
            values.sel(country=desk.country),
            "persons",
            sources=(source,),
            status="estimate",
        )
        for source, side, values in sides
    ]
    years = sorted({int(year) for _, _, values in sides for year in values["year"]})
    if desk.year:
        years = [year for year in years if year <= desk.year]
    return Exhibit(
        table("revisions", msg("Year"), "year", years, series),
        msg("The same stock in three revisions of the United Nations"),
        notes=(
            msg("Revision 2019 leaves out people of unknown origin; a gap is a year not given."),
        ),
    )


def _findings(desk: Desk) -> tuple[Message, ...]:
    found = []
    labels = (msg("Immigrants"), msg("Emigrants"))
    for side, label in enumerate(labels):
        old, new = (both_sides(source)[side] for source in ("un.stock.2020", _LATEST))
        year = min(2020, desk.reference)
        before, after = (at(a, country=desk.country, year=year) for a in (old, new))
        if before and after is not None:
            change = 100.0 * (after - before) / before
            if abs(change) >= _DISAGREE:
                found.append(
                    msg(
                        "{what}, {year}: {before} in revision 2020 of the United Nations, "
                        "{after} in revision 2024 ({change}).",
                        what=label,
                        year=Year(year),
                        before=Count(before),
                        after=Count(after),
                        change=Percent(change, signed=True),
                    )
                )
    return tuple(found)
