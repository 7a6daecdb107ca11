# SPDX-License-Identifier: Apache-2.0
"""Refugees and asylum seekers here and abroad: stocks, decisions, flows, solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.measure.stocks import corridors
from keruen.report.asylum_exhibits import decisions, decisions_exhibit, rate_finding
from keruen.report.build import Desk, Series, at, latest, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import Count, Country, Locale, Message, Verbatim, Year, msg
from keruen.report.refugee_exhibits import (
    arrivals_exhibit,
    lasting_exhibit,
    solutions_exhibit,
)

if TYPE_CHECKING:
    import xarray as xr

_TABLE: Final = "unhcr.population"
_Column = tuple[str, Message, "xr.DataArray | None"]


def counted(desk: Desk, column: str, side: str) -> xr.DataArray | None:
    """People of concern by year: side is ``destination`` (here) or ``origin`` (abroad)."""
    whole = desk.part(f"{_TABLE}.{column}", **{side: desk.country})
    if whole is None:
        return None
    other = "origin" if side == "destination" else "destination"
    known = whole.notnull().any(other)
    summed = whole.sum(other).where(known)
    summed.attrs = dict(whole.attrs)
    return summed.dropna("year")


def section(desk: Desk) -> Section:
    """Numbers under protection by year, origins, decisions, movements, how long people stay."""
    title = msg("Refugees and asylum seekers")
    columns = [
        ("refugees_here", msg("Refugees in the country"), counted(desk, "refugees", "destination")),
        (
            "asylum_here",
            msg("Asylum seekers in the country"),
            counted(desk, "asylum_seekers", "destination"),
        ),
        ("stateless", msg("Stateless in the country"), counted(desk, "stateless", "destination")),
        ("refugees_abroad", msg("Refugees from the country"), counted(desk, "refugees", "origin")),
        (
            "asylum_abroad",
            msg("Asylum seekers from the country"),
            counted(desk, "asylum_seekers", "origin"),
        ),
    ]
    years = sorted({int(y) for _, _, a in columns if a is not None for y in a["year"]})
    if not years:
        return Section(
            "protection", title, gaps=(msg("UNHCR gives no figures for this country or area."),)
        )
    years = [year for year in years if year >= max(years) - 34]
    series = [
        Series(key, label, values, "persons", sources=(_TABLE,), doubts=jumps(values))
        for key, label, values in columns
    ]
    here, abroad = columns[0][2], columns[3][2]
    (year_in, value_in), (year_out, value_out) = latest(here), latest(abroad)
    finding = msg(
        "Refugees in the country: {here} ({year_in}); refugees from the country abroad: {abroad} "
        "({year_out}).",
        here=Count(value_in),
        year_in=Year(year_in or "—"),
        abroad=Count(value_out),
        year_out=Year(year_out or "—"),
    )
    exhibit = Exhibit(
        table("protection", msg("Year"), "year", years, series),
        msg("Refugees, asylum seekers and stateless people at the end of the year"),
        draw=(lambda locale: _draw(years, columns[0], columns[3], locale))
        if value_in is not None or value_out is not None
        else None,
        notes=(msg("UNHCR rounds cells under five; a gap means that nothing was reported."),),
    )
    decided = decisions(desk)
    others = (
        _origins(desk),
        decisions_exhibit(decided) if decided else None,
        arrivals_exhibit(desk),
        solutions_exhibit(desk),
        lasting_exhibit(desk),
    )
    gap = () if decided else (msg("UNHCR gives no decisions on asylum in this country or area."),)
    return Section(
        "protection",
        title,
        findings=(finding, *rate_finding(decided)),
        exhibits=(exhibit, *(x for x in others if x)),
        gaps=gap,
    )


def jumps(values: xr.DataArray | None) -> dict[object, Message]:
    """Years in which a figure changed more than fivefold: the count may have changed."""
    if values is None:
        return {}
    now, before = values.to_numpy()[1:], values.to_numpy()[:-1]
    larger, smaller = np.maximum(now, before), np.minimum(now, before)
    jumped = (larger >= 1000) & (larger > 5 * smaller)
    doubt = msg("More than five times the year before, or less than a fifth of it.")
    return {int(year): doubt for year in values["year"].to_numpy()[1:][jumped]}


def _draw(years: list[int], here: _Column, abroad: _Column, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    frame = pd.DataFrame(
        [
            {"year": year, "series": locale.say(label), "persons": at(values, year=year)}
            for _, label, values in (here, abroad)
            for year in years
        ]
    ).dropna()
    return line_chart(
        frame,
        x="year",
        y="persons",
        series="series",
        title=locale.say(msg("Refugees in the country and from it, end of year")),
        unit=locale.say(msg("persons")),
        lang=locale.lang,
        from_zero=True,
    )


def _origins(desk: Desk) -> Exhibit | None:
    whole = desk.part(f"{_TABLE}.refugees", destination=[desk.country])
    if whole is None:
        return None
    held = whole.notnull().any(["origin", "destination"])
    years = whole["year"].to_numpy()[held.to_numpy()]
    if not len(years):
        return None
    year = int(max(years))
    largest = corridors(whole.sel(year=year), desk.country, direction="in", count=8)
    if not largest.size:
        return None
    values = largest.rename({"origin": "country"})
    series = Series(
        "persons", msg("Refugees"), values, "persons", period=str(year), sources=(_TABLE,)
    )
    return Exhibit(
        table(
            "refugees_by_origin",
            msg("Origin"),
            "country",
            [str(code) for code in values["country"].to_numpy()],
            [series],
            row=lambda code: Verbatim(str(code)) if str(code) == "UNK" else Country(str(code)),
        ),
        msg("Refugees in the country by origin, end of {year}", year=Year(year)),
    )
