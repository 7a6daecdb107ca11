# SPDX-License-Identifier: Apache-2.0
"""Towns ahead: the urban share to 2050, with intervals, beside that of the United Nations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section, Status
from keruen.report.locale import Count, Country, Locale, Message, Percent, Value, Year, msg
from keruen.report.outlook import NEAR
from keruen.report.outlook_tables import BANDS, fan_columns, fan_frame, finds
from keruen.report.parts.work import URBAN
from keruen.report.urban_inputs import UrbanAhead, urban_ahead, urban_backtest

_SOURCES: Final = ("wup2018.population",)
_PUBLISHED: Final = ("wup2018.urban_share",)
_SINCE: Final = 1990
_APART: Final = 1.0


def section(desk: Desk) -> Section:
    """The urban share: estimates to the base, own projection after, the publisher's beside it."""
    title = msg("Towns to {year}", year=Year(NEAR))
    try:
        ahead = urban_ahead(desk.country)
    except CoverageError:
        gap = msg("The source of urban population does not cover this country or area.")
        return Section("towns_ahead", title, gaps=(gap,))
    if bool(ahead.projection.difference.isnull().all()):
        gap = msg(
            "The whole population counts as urban, or none of it does: the share is kept and "
            "nothing is projected."
        )
        return Section("towns_ahead", title, gaps=(gap,))
    told = _told(ahead)
    return Section(
        "towns_ahead",
        title,
        findings=(*_findings(ahead), *_other_count(desk, told[0])),
        exhibits=(_exhibit(desk, ahead, told),),
    )


def _told(ahead: UrbanAhead) -> tuple[xr.DataArray, xr.DataArray]:
    """Urban share in percent since 1990, and its bounds; at the base they meet."""
    share = ahead.projection.share.sel(residence="urban").isel(country=0)
    parts = [
        part.drop_vars(["country", "residence"], errors="ignore") for part in (ahead.past, share)
    ]
    whole = 100 * xr.concat(parts, "year").sel(year=slice(_SINCE, None))
    base = int(ahead.past["year"][-1])
    start = xr.full_like(ahead.bounds.isel(year=[0]), 0.0) + ahead.past.sel(year=base, drop=True)
    fan = xr.concat([start.assign_coords(year=[base]), ahead.bounds], "year", coords="minimal",
                    compat="override")  # fmt: skip
    return whole, 100 * fan


def _exhibit(desk: Desk, ahead: UrbanAhead, told: tuple[xr.DataArray, xr.DataArray]) -> Exhibit:
    base = int(ahead.past["year"][-1])

    def status(label: object) -> Status:
        return "estimate" if int(str(label)) <= base else "projection"

    later = told[1].sel(year=told[1]["year"] > base)
    columns = [
        replace(column, status=status)
        for column in fan_columns(
            "urban_share", msg("Urban share"), (told[0], later), "percent",
            sources=_SOURCES, decimals=1, alone=True,
        )
    ]  # fmt: skip
    columns.append(
        Series(
            "un",
            msg("United Nations 2018"),
            100 * ahead.published,
            "percent",
            sources=_PUBLISHED,
            status="projection",
            decimals=1,
        )
    )
    words: dict[str, Value | str] = {
        "country": Country(desk.country),
        "now": Percent(float(told[0].sel(year=base))),
        "base": Year(base),
        "later": Percent(float(told[0].sel(year=NEAR))),
        "year": Year(NEAR),
    }
    title = msg(
        "{country}: {now} of the people lived in towns in {base}, {later} would in {year}", **words
    )
    years = [int(year) for year in told[0]["year"]]
    return Exhibit(
        table("towns_ahead", msg("Year"), "year", years, columns),
        title,
        draw=lambda locale: _draw(told, base, title, locale),
        notes=(*_notes(base), _record()),
    )


def _notes(base: int) -> tuple[Message, ...]:
    return (
        msg(
            "1 July. Inputs are the estimates of World Urbanization Prospects 2018 to {base}; "
            "its own figures after that are its projection and enter nothing. What is urban is "
            "what the country defines as urban.",
            base=Year(base),
        ),
        msg(
            "Own projection by the difference between urban and rural growth, which moves in 25 "
            "years to what large countries have shown at such a share; intervals from the errors "
            "of the same method at past dates in all countries."
        ),
    )


def _record() -> Message:
    scores = urban_backtest()
    last = scores[scores["horizon"] == scores["horizon"].max()].set_index("rule")
    return msg(
        "Track record: projected from {origin} to {year}, off by {error} points in {number} "
        "countries on average; a share held as it was, by {held}. The test cuts today's "
        "estimates at the time.",
        origin=Year(int(last.loc["un", "origin"])),
        year=Year(int(last.loc["un", "origin"] + last.loc["un", "horizon"])),
        error=_Points(float(last.loc["un", "mae"])),
        number=Count(int(last.loc["un", "countries"])),
        held=_Points(float(last.loc["held", "mae"])),
    )


@dataclass(frozen=True)
class _Points:
    """A number of percentage points."""

    value: float

    def render(self, locale: Locale) -> str:
        """The number with one decimal."""
        return locale.number(self.value, decimals=1)


def _draw(
    told: tuple[xr.DataArray, xr.DataArray], base: int, title: Message, locale: Locale
) -> str:
    from keruen.report.charts import line_chart

    return line_chart(
        fan_frame(told),
        x="year",
        y="medium",
        bands=BANDS,
        split=base,
        split_labels=(locale.say(msg("estimates")), locale.say(msg("projection"))),
        title=locale.say(title),
        unit="%",
        lang=locale.lang,
    )


def _other_count(desk: Desk, share: xr.DataArray) -> tuple[Message, ...]:
    """A later figure of another source, where it lies a point or more off the projection."""
    held = desk.own(URBAN)
    known = None if held is None else held.dropna("year")
    if known is None or not known.sizes["year"]:
        return ()
    latest = known.isel(year=-1)
    year, value = int(latest["year"]), float(latest)
    if abs(float(share.interp(year=year)) - value) < _APART:
        return ()
    return (
        msg(
            "World Development Indicators give {share} for {year}: a later count or another "
            "definition, which this projection does not use.",
            share=Percent(value),
            year=Year(year),
        ),
    )


def _findings(ahead: UrbanAhead) -> tuple[Message, ...]:
    share = 100 * ahead.projection.share.sel(residence="urban").isel(country=0)
    medium, low, high = finds((share, 100 * ahead.bounds), NEAR)
    return (
        msg(
            "In {year}, {medium} of the people would live in towns (80 %: {low} to {high}); the "
            "United Nations expected {un} in 2018.",
            year=Year(NEAR),
            medium=Percent(medium),
            low=Percent(low),
            high=Percent(high),
            un=Percent(float(100 * ahead.published.sel(year=NEAR))),
        ),
    )
