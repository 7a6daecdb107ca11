# SPDX-License-Identifier: Apache-2.0
"""Population: age and sex, and what has moved its size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from keruen.measure.balance import ComponentsOfChange, components_of_change
from keruen.report.build import Desk, Series, at, table
from keruen.report.document import Exhibit, Figure, Section, Status
from keruen.report.locale import Count, Locale, Message, Percent, Value, Verbatim, Year, msg
from keruen.report.parts.balance import un_status

if TYPE_CHECKING:
    import xarray as xr

_CHILD: Final = 15
_OLD: Final = 65


def section(desk: Desk) -> Section:
    """Pyramid of the reference year, and components of change."""
    title = msg("Population and its change")
    ages, change = _pyramid(desk), _components(desk)
    exhibits = tuple(exhibit for exhibit in (ages, change) if exhibit)
    gaps = []
    if ages is None:
        gaps.append(msg("No source gives the population of this country or area by age."))
    if change is None:
        gaps.append(msg("No source gives births, deaths and migration of this country or area."))
    return Section("population", title, exhibits=exhibits, gaps=tuple(gaps))


def _status(year: int) -> Status:
    return un_status(year)


def _groups(ages: xr.DataArray) -> xr.DataArray:
    """Five-year groups 0-4 to 100+ from single years."""
    lower = ages["age"].to_numpy() // 5 * 5
    grouped = ages.assign_coords(age=lower).groupby("age").sum()
    grouped.attrs = dict(ages.attrs)
    return grouped


def _age(label: object) -> Value:
    lower = int(str(label))
    return Verbatim("100+" if lower >= 100 else f"{lower}–{lower + 4}")


def _pyramid(desk: Desk) -> Exhibit | None:
    year = desk.reference
    ages = desk.own("wpp2024.population", year=[year])
    if ages is None:
        return None
    people = _groups(ages)
    series = [
        Series(
            f"{key}_{year}",
            msg("{sex}, {year}", sex=label, year=Year(year)),
            people.sel(sex=sex, year=year),
            "persons",
            period=str(year),
            sources=("wpp2024.population",),
            status=_status(year),
            additive=True,
        )
        for key, sex, label in (("men", "M", msg("Men")), ("women", "F", msg("Women")))
    ]
    title = msg(
        "In {year} {young} of the population are under 15 and {old} are 65 and over",
        year=Year(year),
        young=_share(ages, ages["age"] < _CHILD),
        old=_share(ages, ages["age"] >= _OLD),
    )
    labels = [int(age) for age in people["age"].to_numpy()]
    return Exhibit(
        table("pyramid", msg("Age"), "age", labels, series, row=_age, total=msg("All ages")),
        title,
        draw=lambda locale: _draw_pyramid(people, year, title, locale),
        notes=(msg("United Nations, mid-year; estimates to 2023, medium variant after."),),
    )


def _share(ages: xr.DataArray, chosen: xr.DataArray) -> Percent:
    return Percent(100 * float(ages.where(chosen, 0.0).sum() / ages.sum()))


def _draw_pyramid(people: xr.DataArray, year: int, title: Message, locale: Locale) -> str:
    from keruen.core.tables import to_table
    from keruen.report.charts import pyramid

    return pyramid(
        to_table(people),
        value="population",
        now=year,
        sex_labels=(locale.say(msg("Men")), locale.say(msg("Women"))),
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        lang=locale.lang,
    )


def _components(desk: Desk) -> Exhibit | None:
    names = ("births", "deaths", "net_migration")
    series = (desk.own(f"wpp2024.indicators.{name}") for name in names)
    held = [values for values in series if values is not None]
    if len(held) < len(names):
        return None
    first = max(1990, int(held[0]["year"].min()))
    span = {"year": slice(first, desk.reference)}
    parts = components_of_change(*(values.sel(span) for values in held))
    years = [int(year) for year in parts.births["year"].to_numpy()]
    if not years:
        return None
    column = partial(Series, sources=("wpp2024.indicators",), status=un_status)
    columns = [
        column("births", msg("Births"), parts.births, "persons"),
        column("deaths", msg("Deaths"), parts.deaths, "persons"),
        column(
            "natural_increase",
            msg("Natural increase"),
            parts.natural_increase,
            "persons",
            signed=True,
        ),
        column(
            "net_migration",
            msg("Net migration"),
            parts.net_migration,
            "persons",
            signed=True,
        ),
        column("change", msg("Change"), parts.change, "persons", signed=True),
    ]
    title = msg(
        "From {first} to {last} natural increase comes to {natural} people, net migration to "
        "{migration}",
        first=Year(years[0]),
        last=Year(years[-1]),
        natural=_signed(parts.natural_increase),
        migration=_signed(parts.net_migration),
    )
    return Exhibit(
        table("components", msg("Year"), "year", years, columns),
        title,
        draw=lambda locale: _draw_components(parts, title, locale),
        notes=(msg("United Nations estimates; change = births − deaths + net migration."),),
    )


def _signed(change: xr.DataArray) -> Count:
    total = float(change.sum())
    return Count(round(total, -3 if abs(total) >= 1e5 else 0), signed=True)


def _draw_components(parts: ComponentsOfChange, title: Message, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import components_chart

    frame = pd.DataFrame(
        {
            "year": parts.births["year"].to_numpy(),
            "natural": parts.natural_increase.to_numpy(),
            "migration": parts.net_migration.to_numpy(),
            "change": parts.change.to_numpy(),
        }
    )
    return components_chart(
        frame,
        x="year",
        parts={
            "natural": locale.say(msg("Natural increase")),
            "migration": locale.say(msg("Net migration")),
        },
        total=("change", locale.say(msg("Change"))),
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        lang=locale.lang,
    )


def headline_total(desk: Desk) -> Figure:
    """Population at the middle of the reference year."""
    value = None
    year = desk.reference
    people = desk.part("wpp2024.population", country=desk.country, year=[year])
    if people is not None:
        value = at(people.sum(["sex", "age"]), year=year)
    return Figure(
        "headline.population",
        value,
        "persons",
        str(year),
        ("wpp2024.population",),
        status=_status(year),
    )
