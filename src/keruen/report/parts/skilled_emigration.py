# SPDX-License-Identifier: Apache-2.0
"""Skilled emigration: rates by education from a user's table; missing where none is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.errors import CodeError, CoverageError
from keruen.measure.braindrain import LEVELS, EmigrationRates, emigration_rates
from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import Count, Message, Percent, Verbatim, Year, msg
from keruen.sources.education_inputs import PEOPLE, SHARES, residents_by_education
from keruen.sources.emigrant_files import SCHEMA, is_practice

if TYPE_CHECKING:
    from keruen.report.locale import Value

_NAMES: Final = {
    "low": msg("Low education"),
    "medium": msg("Medium education"),
    "high": msg("High education"),
}
_UNKNOWN: Final = "unknown"


def section(desk: Desk) -> Section:
    """Emigration rates by education, or what would be needed for them."""
    title = msg("Skilled emigration")
    emigrants = _emigrants(desk)
    if emigrants is None:
        return Section("skilled_emigration", title, gaps=_gaps())
    rates = _rates(desk, emigrants)
    if rates is None:
        gap = msg("Residents by education are not held, so emigration rates cannot be computed.")
        return Section("skilled_emigration", title, gaps=(gap,))
    year = int(rates.rate["year"].max())
    return Section(
        "skilled_emigration",
        title,
        findings=(*_practice(desk), *_findings(rates, year, desk.country)),
        exhibits=(_exhibit(desk, rates, year),),
    )


def _gaps() -> tuple[Value, ...]:
    return (
        msg("Emigrants by education are missing: no source that the package holds counts them."),
        msg(
            "They would come from censuses of the countries where emigrants live (people aged 25 "
            "and over by country of birth and education, as in the OECD database on immigrants). "
            "The template {template} asks for them; a profile with this table computes the rates.",
            template=Verbatim(SCHEMA),
        ),
    )


def _emigrants(desk: Desk) -> xr.DataArray | None:
    """The user's emigrants by year, destination and education; None where not given."""
    found = {level: desk.national(f"emigrants.{level}") for level in (*LEVELS, _UNKNOWN)}
    held = {level: array for level, array in found.items() if array is not None}
    if any(level not in held for level in LEVELS):
        return None
    parts = [array.expand_dims(education=[level]) for level, array in held.items()]
    whole = xr.concat(parts, "education", join="outer").dropna("year", how="all")
    return whole.fillna(0.0).expand_dims(origin=[desk.country])


def _rates(desk: Desk, emigrants: xr.DataArray) -> EmigrationRates | None:
    years = [int(year) for year in emigrants["year"].to_numpy()]
    try:
        residents = residents_by_education(years, countries=[desk.country])
    except (CoverageError, CodeError):
        return None
    rates = emigration_rates(emigrants, residents.sum("sex", skipna=False))
    return None if bool(rates.rate.isnull().all()) else rates


def _is_practice(desk: Desk) -> bool:
    tables = desk.given.tables if desk.given is not None else ()
    return any(one.schema == SCHEMA and is_practice(one.table) for one in tables)


def _practice(desk: Desk) -> tuple[Message, ...]:
    if not _is_practice(desk):
        return ()
    return (
        msg("PRACTICE DATA: these emigrants are made up; the rates say nothing about any country."),
    )


def _findings(rates: EmigrationRates, year: int, country: str) -> tuple[Message, ...]:
    here = {"year": year, "country": country}
    return (
        msg(
            "Of the highly educated from the country {high} lived abroad in {year}, of all "
            "{total}; among emigrants they are {times} times as frequent as among residents.",
            high=Percent(float(rates.rate.sel({**here, "education": "high"})), decimals=1),
            total=Percent(float(rates.total_rate.sel(here)), decimals=1),
            times=Count(float(rates.selection.sel(here)), decimals=1),
            year=Year(year),
        ),
    )


def _exhibit(desk: Desk, rates: EmigrationRates, year: int) -> Exhibit:
    here = {"year": year, "country": desk.country}
    own = f"{desk.country.lower()}.emigrants"
    rate = rates.rate.sel(here, drop=True)
    people = rates.emigrants.sel(here, drop=True)
    title = msg("Emigrants by education, {year}", year=Year(year))
    doubts: dict[object, Message] = {}
    if _is_practice(desk):
        title = msg("PRACTICE DATA, not real: emigrants by education, {year}", year=Year(year))
        doubts = dict.fromkeys(LEVELS, msg("Practice data: made up, not real."))
    series = [
        Series(
            "emigrants", msg("Emigrants aged 25 and over"), people, "persons", period=str(year),
            sources=(own,), status="estimate", additive=True, doubts=doubts,
        ),
        Series(
            "rate", msg("Emigration rate"), rate, "percent", period=str(year),
            sources=(own, SHARES, PEOPLE), status="estimate", decimals=1, doubts=doubts,
        ),
    ]  # fmt: skip
    return Exhibit(
        table(
            "skilled_emigration", msg("Education"), "education", list(LEVELS), series,
            row=lambda level: _NAMES[str(level)], total=msg("Total"),
        ),
        title,
        notes=(
            msg(
                "Emigrants of an education in all people of that education from the country. "
                "Only destinations of the table are counted ({count}), so rates are lower bounds; "
                "emigrants of unknown education are shared out as the others.",
                count=Count(float(rates.destinations.sel(here))),
            ),
        ),
    )  # fmt: skip
