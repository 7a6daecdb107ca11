# SPDX-License-Identifier: Apache-2.0
"""Place of the country among receiving and supplying countries, by every source held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from keruen.measure.stocks import emigrant_stock, immigrant_stock, rank
from keruen.report.build import Desk, at
from keruen.report.claims import Claim, claim
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import (
    Count,
    Listing,
    Locale,
    Message,
    Value,
    Year,
    msg,
    people,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from keruen.report.own_figures import OwnFigures

SOURCES: Final = {
    "worldbank.stock.1960_2000": msg("World Bank"),
    "worldbank.stock.2017": msg("World Bank 2017"),
    "un.stock.2019": msg("UN 2019"),
    "un.stock.2020": msg("UN 2020"),
    "un.stock.2024": msg("UN 2024"),
}
"""Every source of migrant stocks by origin and destination, with a short name."""

_NOT_RANKED: Final = ("OTH", "UNK", "XXA", "TIB")


@lru_cache(maxsize=16)
def both_sides(source: str, given: OwnFigures | None = None) -> tuple[xr.DataArray, xr.DataArray]:
    """Immigrants and emigrants of every country and year in a source, as published or given."""
    from keruen import load
    from keruen.core.arrays import total

    stock = (given.load if given else load)(source)
    if "sex" in stock.dims:
        stock = total(stock.fillna(0.0).where(stock.notnull().any("sex")), "sex")
    return immigrant_stock(stock), emigrant_stock(stock)


@lru_cache(maxsize=64)
def places(
    source: str, side: int, members: str = "", given: OwnFigures | None = None
) -> xr.DataArray:
    """Rank of every country in a source, or within a group; side 0 is immigrants, 1 emigrants."""
    from keruen.core.codes import country_group

    counted = both_sides(source, given)[side]
    held = [code for code in counted["country"].to_numpy() if code not in _NOT_RANKED]
    if members:
        held = [code for code in held if code in set(country_group(members))]
    return rank(counted, among=held)


@dataclass(frozen=True)
class Group:
    """A set of countries that places are counted within."""

    key: str
    members: str
    label: Value


def groups(country: str) -> tuple[Group, ...]:
    """The world, the country's region, and the former Soviet Union for its states."""
    from keruen.core.codes import countries, country_group

    found = [Group("world", "", msg("World"))]
    if country in country_group("wb_eca_2007"):
        found.append(Group("wb_eca_2007", "wb_eca_2007", msg("Europe and Central Asia")))
    else:
        found.append(Group("region", countries()[country].region, msg("Its region")))
    if country in country_group("former_ussr"):
        found.append(Group("former_ussr", "former_ussr", msg("Former Soviet Union")))
    return tuple(found)


def cells(desk: Desk) -> Iterator[tuple[str, int]]:
    """Every source and year in which the country stands."""
    for source in SOURCES:
        received, sent = both_sides(source)
        for year in sorted({int(y) for y in received["year"]}):
            known = [at(side, country=desk.country, year=year) for side in (received, sent)]
            if (desk.year is None or year <= desk.year) and any(v is not None for v in known):
                yield source, year


def section(desk: Desk) -> Section:
    """Ranks by every source, beside what has been said of them."""
    found = list(cells(desk))
    title = msg("Place among receiving and supplying countries")
    if not found:
        return Section(
            "ranks", title, gaps=(msg("No source of migrant stocks lists this country or area."),)
        )
    within = groups(desk.country)
    said = claim(desk.country, "ranks")
    findings = [*_now(desk, found, within), *(_against(desk, found, said) if said else ())]
    return Section(
        "ranks", title, findings=tuple(findings), exhibits=(_exhibit(desk, found, within),)
    )


def _now(desk: Desk, found: list[tuple[str, int]], within: tuple[Group, ...]) -> Iterator[Message]:
    source, year = found[-1]
    received, sent = (at(side, country=desk.country, year=year) for side in both_sides(source))
    place = {
        (side, group.key): at(places(source, side, group.members), country=desk.country, year=year)
        for side in (0, 1)
        for group in within
    }
    yield msg(
        "By {source} ({year}), {received} from abroad live in the country and {sent} from it live "
        "abroad: place {place_in} in the world as a receiving country and place {place_out} as "
        "a supplying country.",
        source=SOURCES[source],
        year=Year(year),
        received=people(received),
        sent=people(sent),
        place_in=Count(place[0, "world"]),
        place_out=Count(place[1, "world"]),
    )


def nearness(desk: Desk, found: list[tuple[str, int]], said: Claim) -> pd.DataFrame:
    """How far every source and year is from the places claimed, in places."""
    import pandas as pd

    rows = []
    for source, year in found:
        received, sent = (
            at(places(source, side), country=desk.country, year=year) for side in (0, 1)
        )
        if received is not None and sent is not None:
            rows.append((source, year, received, sent))
    frame = pd.DataFrame(rows, columns=["source", "year", "received", "sent"])
    frame["off_in"] = (frame["received"] - said.numbers["immigrants"]).abs()
    frame["off_out"] = (frame["sent"] - said.numbers["emigrants"]).abs()
    frame["off"] = frame["off_in"] + frame["off_out"]
    return frame


def _against(desk: Desk, found: list[tuple[str, int]], said: Claim) -> Iterator[Message]:
    frame = nearness(desk, found, said)
    quoted = {"words": said.words, "where": said.where}
    both = frame[frame["off"] == 0]
    if len(both):
        yield msg("Claim: “{words}” ({where}). Met by {named}.", **quoted, named=_named(both))
        return
    best = frame[frame["off"] == frame["off"].min()]
    receiving = frame[frame["off_in"] == frame["off_in"].min()]
    sending = frame[frame["off_out"] == frame["off_out"].min()]
    yield msg(
        "Claim: “{words}” ({where}). No source that the package holds gives both places at "
        "once. Nearest as a receiving country: place {received} ({named_in}); nearest as a "
        "supplying country: place {sent} ({named_out}); nearest on both together, "
        "receiving and supplying: {named}.",
        **quoted,
        received=Count(receiving["received"].iloc[0]),
        named_in=_named(receiving),
        sent=Count(sending["sent"].iloc[0]),
        named_out=_named(sending),
        named=_pairs(best),
    )


def _named(frame: pd.DataFrame) -> Listing:
    return Listing(
        tuple(
            msg("{source}, {year}", source=SOURCES[source], year=Year(int(year)))
            for source, year in zip(frame["source"], frame["year"], strict=True)
        )
    )


def _pairs(frame: pd.DataFrame) -> Listing:
    """Every source with its two places."""
    return Listing(
        tuple(
            msg(
                "{received} and {sent} ({source}, {year})",
                received=Count(received),
                sent=Count(sent),
                source=SOURCES[source],
                year=Year(int(year)),
            )
            for source, year, received, sent in zip(
                frame["source"], frame["year"], frame["received"], frame["sent"], strict=True
            )
        )
    )


def _exhibit(desk: Desk, found: list[tuple[str, int]], within: tuple[Group, ...]) -> Exhibit:
    sides = (("immigrants", msg("Immigrants")), ("emigrants", msg("Emigrants")))
    columns = [
        column
        for name, label in sides
        for column in (
            Column(name, label, "persons"),
            *(
                Column(
                    f"{name}_rank_{group.key}", msg("Place: {group}", group=group.label), "place"
                )
                for group in within
            ),
        )
    ]
    rows = tuple(_row(desk, source, year, within) for source, year in found)
    title = msg("The place depends on the source and its revision")
    return Exhibit(
        Table("ranks", msg("Source and year"), tuple(columns), rows),
        title,
        draw=lambda locale: _draw(desk, found, locale),
        notes=(
            msg(
                "Immigrants are people living in the country who were born in another, or are "
                "citizens of another; emigrants are its people in the countries that report. "
                "“Other and unknown” is not ranked. Before 1991 the Soviet republics are "
                "counted as countries."
            ),
        ),
    )


def _row(desk: Desk, source: str, year: int, within: tuple[Group, ...]) -> Row:
    key = f"{source}.{year}"
    figure = partial(Figure, period=str(year), sources=(source,), status="estimate")
    figures = []
    for side, name in enumerate(("immigrants", "emigrants")):
        value = at(both_sides(source)[side], country=desk.country, year=year)
        figures.append(figure(f"ranks.{name}.{key}", value, "persons"))
        for group in within:
            place = at(places(source, side, group.members), country=desk.country, year=year)
            figures.append(figure(f"ranks.{name}_rank_{group.key}.{key}", place, "place"))
    label = msg("{source}, {year}", source=SOURCES[source], year=Year(year))
    return Row(key, label, tuple(figures))


def _draw(desk: Desk, found: list[tuple[str, int]], locale: Locale) -> str:
    """One drawing a side, with the place claimed where somebody named one."""
    import pandas as pd

    from keruen.report.charts import rank_chart

    said = claim(desk.country, "ranks")
    drawings = []
    for side, key, title in (
        (0, "immigrants", msg("Place in the world as a receiving country, by source")),
        (1, "emigrants", msg("Place in the world as a supplying country, by source")),
    ):
        frame = pd.DataFrame(
            [
                (
                    year,
                    locale.say(SOURCES[source]),
                    at(places(source, side), country=desk.country, year=year),
                )
                for source, year in found
            ],
            columns=["year", "source", "place"],
        ).dropna()
        if frame.empty:
            continue
        claimed = {} if said is None else {float(said.numbers[key]): locale.say(msg("claimed"))}
        drawings.append(
            rank_chart(
                frame,
                x="year",
                rank="place",
                series="source",
                title=locale.say(title),
                unit=locale.say(msg("place in the world")),
                lang=locale.lang,
                targets=claimed,
            )
        )
    return "".join(drawings)
