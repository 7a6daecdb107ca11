# SPDX-License-Identifier: Apache-2.0
"""Irregular migration: what sources detect, and why no population is estimated from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report.build import Desk, Series, latest, table
from keruen.report.document import Exhibit, Section
from keruen.report.irregular_context import DEATHS, DETECTIONS, deaths, detections
from keruen.report.locale import Count, Locale, Message, Verbatim, Year, msg

if TYPE_CHECKING:
    import xarray as xr

_LAST_WHOLE: Final = 2024
"""Both sources end in April 2025."""
_PART: Final = msg("January to April only.")
_ROUTES: Final[dict[str, Message]] = {
    "Black Sea Route": msg("Black Sea"),
    "Central Mediterranean Route": msg("Central Mediterranean"),
    "Circular Route from Albania to Greece": msg("Albania to Greece"),
    "Eastern Borders Route": msg("Eastern borders"),
    "Eastern Mediterranean Route": msg("Eastern Mediterranean"),
    "Western African Route": msg("Western Africa"),
    "Western Balkan Route": msg("Western Balkans"),
    "Western Mediterranean Route": msg("Western Mediterranean"),
    "Other": msg("Other routes"),
}


def section(desk: Desk) -> Section:
    """Detections by year and route, deaths by year, and what an estimate would need."""
    seen, died = detections(desk), deaths(desk)
    exhibits = [_routes(seen)] if seen is not None else []
    if died is not None:
        exhibits.append(_deaths(died))
    gaps = [
        msg(
            "The number of irregular migrants is not estimated: no register, list of "
            "apprehensions or survey that would allow it is held for this country or area. An "
            "estimate can be made from your own data: people apprehended by the number of "
            "times, two linked lists, border crossings with the end of each permission, or a "
            "survey beside permits to reside."
        ),
    ]
    if seen is None:
        gaps.insert(
            0, msg("Frontex names no citizens of this country or area at the EU's outer border.")
        )
    return Section(
        "irregular",
        msg("Irregular migration"),
        findings=_findings(seen, died),
        exhibits=tuple(exhibits),
        gaps=tuple(gaps),
    )


def _whole(values: xr.DataArray) -> xr.DataArray:
    return values.sel(year=values["year"] <= _LAST_WHOLE)


def _findings(seen: xr.DataArray | None, died: xr.DataArray | None) -> tuple[Message, ...]:
    found = []
    year, value = latest(None if seen is None else _whole(seen.sum("route")))
    if year is not None and value is not None:
        found.append(
            msg(
                "Crossings of the EU's outer border by citizens of the country detected as "
                "irregular in {year}: {count}.",
                year=Year(year),
                count=Count(value),
            )
        )
    if died is not None:
        first, last = int(died["year"].min()), int(died["year"].max())
        found.append(
            msg(
                "Migrants known to have died or gone missing on the way in the country, "
                "{first} to {last}: {count}.",
                first=Year(first),
                last=Year(last),
                count=Count(float(died.sum())),
            )
            if first < last
            else msg(
                "Migrants known to have died or gone missing on the way in the country in "
                "{year}: {count}.",
                year=Year(last),
                count=Count(float(died.sum())),
            )
        )
    return tuple(found)


def _routes(seen: xr.DataArray) -> Exhibit:
    years = [int(year) for year in seen["year"].to_numpy()]
    largest = seen.sum("year").to_numpy()
    routes = seen["route"].to_numpy()[np.argsort(-largest, kind="stable")]
    doubts: dict[object, Message] = {year: _PART for year in years if year > _LAST_WHOLE}
    whole = seen.sum("route", min_count=1)
    series = [
        Series("all", msg("All routes"), whole, "crossings", sources=(DETECTIONS,), doubts=doubts)
    ]
    series += [
        Series(
            str(route).lower().replace(" ", "_"),
            _ROUTES.get(str(route)) or Verbatim(str(route)),
            seen.sel(route=route),
            "crossings",
            sources=(DETECTIONS,),
            doubts=doubts,
        )
        for route in routes
    ]
    drawn = _whole(whole)
    return Exhibit(
        table("irregular_routes", msg("Year"), "year", years, series),
        msg("Detections at the EU's outer border of citizens of the country, by route"),
        draw=(lambda locale: _draw(drawn, locale)) if drawn.sizes["year"] > 2 else None,
        notes=(
            msg(
                "Crossings, not people: one person may be detected several times, and who is "
                "not detected is not in the figures. A gap means that the source has no row."
            ),
        ),
    )


def _deaths(died: xr.DataArray) -> Exhibit:
    years = [int(year) for year in died["year"].to_numpy()]
    doubts: dict[object, Message] = {year: _PART for year in years if year > _LAST_WHOLE}
    series = Series(
        "dead_missing",
        msg("Dead and missing"),
        died,
        "persons",
        sources=(DEATHS,),
        doubts=doubts,
    )
    return Exhibit(
        table("irregular_deaths", msg("Year"), "year", years, [series]),
        msg("Migrants who died or went missing on the way in the country"),
        notes=(msg("Cases that became known: a lower bound. Years without a case are left out."),),
    )


def _draw(whole: xr.DataArray, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    frame = pd.DataFrame({"year": whole["year"].to_numpy(), "crossings": whole.to_numpy()}).dropna()
    return line_chart(
        frame,
        x="year",
        y="crossings",
        title=locale.say(
            msg("Detections at the EU's outer border of citizens of the country, all routes")
        ),
        unit=locale.say(msg("crossings")),
        lang=locale.lang,
        from_zero=True,
        height=200,
    )
