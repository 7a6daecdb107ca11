# SPDX-License-Identifier: Apache-2.0
"""Population: age and sex now and later, and what moves its size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.measure.balance import ComponentsOfChange, components_of_change
from keruen.report.build import Desk, Series, at, table
from keruen.report.document import Exhibit, Figure, Section, Status
from keruen.report.locale import Count, Locale, Message, Value, Verbatim, Year, msg
from keruen.report.parts.balance import un_status

if TYPE_CHECKING:
    import xarray as xr

LATER: Final = 2050
_INTERVALS: Final = "wpp2024.intervals.population"


def section(desk: Desk) -> Section:
    """Pyramid, the projected total with its interval, and components of change."""
    title = msg("Population and its change")
    built = [_pyramid(desk), _projected(desk), _components(desk)]
    exhibits = tuple(exhibit for exhibit in built if exhibit)
    gaps = []
    if built[0] is None:
        gaps.append(msg("No source gives the population of this country or area by age."))
    if built[2] is None:
        gaps.append(msg("No source gives births, deaths and migration of this country or area."))
    return Section(
        "population", title, findings=_findings(desk), exhibits=exhibits, gaps=tuple(gaps)
    )


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
    from keruen import load
    from keruen.core.errors import CoverageError

    years = [desk.reference, LATER] if desk.reference < LATER else [desk.reference]
    try:
        people = _groups(load("wpp2024.population", country=desk.country, year=years))
    except CoverageError:
        return None
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
        for year in years
        for key, sex, label in (("men", "M", msg("Men")), ("women", "F", msg("Women")))
    ]
    title = msg(
        "Age and sex in {now} and, by the medium variant, in {later}",
        now=Year(years[0]),
        later=Year(years[-1]),
    )
    labels = [int(age) for age in people["age"].to_numpy()]
    return Exhibit(
        table("pyramid", msg("Age"), "age", labels, series, row=_age, total=msg("All ages")),
        title,
        draw=lambda locale: _draw_pyramid(people, years, title, locale),
        notes=(msg("United Nations, mid-year; estimates to 2023, medium variant after."),),
    )


def _draw_pyramid(people: xr.DataArray, years: list[int], title: Message, locale: Locale) -> str:
    from keruen.core.tables import to_table
    from keruen.report.charts import pyramid

    return pyramid(
        to_table(people),
        value="population",
        now=years[0],
        later=years[-1] if len(years) > 1 else None,
        sex_labels=(locale.say(msg("Men")), locale.say(msg("Women"))),
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        lang=locale.lang,
    )


def _projected(desk: Desk) -> Exhibit | None:
    known = desk.own("wpp2024.indicators.births")
    if known is None:
        return None
    from keruen import load
    from keruen.core.errors import CoverageError

    try:
        quantiles = load(_INTERVALS, country=desk.country)
    except CoverageError:
        return None
    years = [int(y) for y in quantiles["year"].to_numpy() if int(y) % 5 == 0 and int(y) <= 2100]
    names = {
        0.025: ("lower_95", msg("95 %, lower bound")),
        0.1: ("lower_80", msg("80 %, lower bound")),
        0.5: ("median", msg("Median")),
        0.9: ("upper_80", msg("80 %, upper bound")),
        0.975: ("upper_95", msg("95 %, upper bound")),
    }
    series = [
        Series(
            key,
            label,
            quantiles.sel(quantile=quantile, method="nearest").drop_vars("quantile"),
            "persons",
            sources=("wpp2024.intervals",),
            status="projection",
        )
        for quantile, (key, label) in names.items()
    ]
    title = msg("Population to 2100 with the intervals of the United Nations")
    return Exhibit(
        table("projected", msg("Year"), "year", years, series),
        title,
        draw=lambda locale: _draw_fan(quantiles, title, locale),
        notes=(
            msg(
                "End of the year. The intervals hold the uncertainty of fertility, mortality and "
                "migration."
            ),
        ),
    )


def _draw_fan(quantiles: xr.DataArray, title: Message, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    def line(quantile: float) -> np.ndarray:
        return quantiles.sel(quantile=quantile, method="nearest").to_numpy() / 1e6

    frame = pd.DataFrame(
        {
            "year": quantiles["year"].to_numpy(),
            "median": line(0.5),
            "l95": line(0.025),
            "l80": line(0.1),
            "u80": line(0.9),
            "u95": line(0.975),
        }
    )
    return line_chart(
        frame,
        x="year",
        y="median",
        bands={"95 %": ("l95", "u95"), "80 %": ("l80", "u80")},
        title=locale.say(title),
        unit=locale.say(msg("million persons")),
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
        "Natural increase and migration from {first} to {last}",
        first=Year(years[0]),
        last=Year(years[-1]),
    )
    return Exhibit(
        table("components", msg("Year"), "year", years, columns),
        title,
        draw=lambda locale: _draw_components(parts, title, locale),
        notes=(msg("United Nations estimates; change = births − deaths + net migration."),),
    )


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


def _findings(desk: Desk) -> tuple[Message, ...]:
    from keruen import load
    from keruen.core.errors import CoverageError

    try:
        later = load(_INTERVALS, country=desk.country, year=LATER)
    except CoverageError:
        return ()
    low, mid, high = (float(later.sel(quantile=q, method="nearest")) for q in (0.1, 0.5, 0.9))
    return (
        msg(
            "At the end of {year} the population will be {median} by the median of the United "
            "Nations; with 80 % probability between {low} and {high}.",
            year=Year(LATER),
            median=Count(round(mid, -3)),
            low=Count(round(low, -3)),
            high=Count(round(high, -3)),
        ),
    )
