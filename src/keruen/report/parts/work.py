# SPDX-License-Identifier: Apache-2.0
"""Work and towns: unemployment and the urban share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.report.build import Desk, Series, latest, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import Locale, Message, Percent, Year, msg

if TYPE_CHECKING:
    import xarray as xr

UNEMPLOYMENT: Final = "worldbank.indicators.unemployment_rate"
URBAN: Final = "worldbank.indicators.urban_share"


def section(desk: Desk) -> Section:
    """Unemployment and the urban share by year."""
    columns = (
        (
            "unemployment",
            msg("Unemployment rate, ILO"),
            desk.own(UNEMPLOYMENT),
            "worldbank.indicators",
        ),
        (
            "unemployment_national",
            msg("Unemployment rate, national"),
            desk.national("labour.unemployment_rate"),
            f"{desk.country.lower()}.labour",
        ),
        ("urban", msg("Urban share of the population"), desk.own(URBAN), "worldbank.indicators"),
        (
            "urban_wup",
            msg("Urban share, United Nations 2018"),
            desk.own("wup2018.urban_share"),
            "wup2018.urban_share",
        ),
    )
    held = [(key, label, a, source) for key, label, a, source in columns if a is not None]
    title = msg("Work and towns")
    years = sorted({int(y) for _, _, values, _ in held for y in values["year"]})
    years = [year for year in years if 1990 <= year <= desk.reference + 1]
    if not years:
        gap = msg("No source gives unemployment or the urban share of this country or area.")
        return Section("work", title, gaps=(gap,))
    series = [
        Series(
            key,
            label,
            values,
            "percent",
            sources=(source,),
            decimals=1,
            status="estimate" if key in ("unemployment", "urban_wup") else "observed",
            doubts=_doubts(desk) if key == "unemployment_national" else {},
        )
        for key, label, values, source in held
    ]
    heading = msg(
        "Unemployment and the urban share, {first} to {last}",
        first=Year(years[0]),
        last=Year(years[-1]),
    )
    rates = [
        column
        for column in held
        if column[0].startswith("unemployment")
        and bool(column[2].sel(year=column[2]["year"].isin(years)).notnull().any())
    ]
    return Section(
        "work",
        title,
        findings=_findings(desk),
        exhibits=(
            Exhibit(
                table("work", msg("Year"), "year", years, series),
                heading,
                draw=(lambda locale: _draw(rates, years, locale)) if rates else None,
                notes=(msg("ILO modelled estimates; the two rates follow different surveys."),),
            ),
        ),
    )


def _doubts(desk: Desk) -> dict[object, Message]:
    from keruen.core.errors import CodeError
    from keruen.sources.catalog import defects

    name = f"{desk.country.lower()}.labour"
    own = desk.given.years(f"{name}.unemployment_rate") if desk.given else frozenset()
    try:
        wrong = [d for d in defects(name) if d.doubt and "year" in d.where]
    except CodeError:  # only the user's own table is held
        return {}
    doubt = msg("The source table disagrees with the rate published at the time.")
    years = {int(str(year)) for defect in wrong for year in defect.where["year"]}
    return dict.fromkeys(years - own, doubt)


def _findings(desk: Desk) -> tuple[Message, ...]:
    found = []
    rate = desk.own(UNEMPLOYMENT)
    if rate is not None:
        year, value = latest(rate.sel(year=rate["year"] <= desk.reference))
        if year is not None:
            found.append(
                msg(
                    "Unemployment was {rate} of the labour force in {year}.",
                    rate=Percent(value),
                    year=Year(year),
                )
            )
    year, value = latest(desk.own(URBAN))
    if year is not None:
        found.append(
            msg(
                "{share} of the people lived in towns in {year}.",
                share=Percent(value),
                year=Year(year),
            )
        )
    return tuple(found)


def _draw(
    rates: list[tuple[str, Message, xr.DataArray, str]], years: list[int], locale: Locale
) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "year": values["year"].to_numpy(),
                    "rate": values.to_numpy(),
                    "series": locale.say(label),
                }
            )
            for _, label, values, _ in rates
        ]
    ).dropna()
    return line_chart(
        frame[frame["year"].between(years[0], years[-1])],
        x="year",
        y="rate",
        series="series",
        title=locale.say(msg("Unemployment rate")),
        unit="%",
        lang=locale.lang,
        from_zero=True,
    )
