# SPDX-License-Identifier: Apache-2.0
"""Population to 2100: the total, and ages and sexes, with their intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import xarray as xr

from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import (
    Country,
    Locale,
    Message,
    Percent,
    Value,
    Verbatim,
    Year,
    msg,
    rounded,
)
from keruen.report.outlook import BASE, END, NEAR, Outlook, outlook
from keruen.report.outlook_tables import (
    BANDS,
    LEVELS,
    bound,
    fan_columns,
    fan_frame,
    finds,
    in_unit,
    method_note,
    record_note,
    shown_years,
    status,
)

_UN: Final = "wpp2024.intervals"
_SEXES: Final = (("men", "M", msg("Men")), ("women", "F", msg("Women")))


def section(desk: Desk) -> Section:
    """Fan of the total beside the published one, pyramids of a near and a far year."""
    title = msg("Population to {year}", year=Year(END))
    ahead = outlook(desk.country)
    if ahead is None:
        gap = msg("No source gives the ages and rates from which a projection could start.")
        return Section("projection", title, gaps=(gap,))
    exhibits = (
        _total(desk, ahead),
        _pyramid(desk, ahead, NEAR),
        _pyramid(desk, ahead, END),
    )
    return Section("projection", title, findings=_findings(ahead), exhibits=exhibits)


def _total(desk: Desk, ahead: Outlook) -> Exhibit:
    told = ahead.total()
    published = _published(desk)
    columns = fan_columns(
        "population", msg("Medium"), told, "persons", sources=ahead.sources, alone=True
    )
    if published is not None:
        columns += [
            Series(key, label, values, "persons", sources=(_UN,), status="projection")
            for key, label, values in (
                ("un_median", msg("UN median"), _level(published, 0.5)),
                ("un_lower_95", msg("UN: 95 %, lower bound"), _level(published, 0.025)),
                ("un_upper_95", msg("UN: 95 %, upper bound"), _level(published, 0.975)),
            )
        ]
    now, later = (float(told[0].sel(year=year)) for year in (BASE, END))
    words: dict[str, Value | str] = {
        "country": Country(desk.country),
        "now": rounded(now),
        "base": Year(BASE),
        "later": rounded(later),
        "year": Year(END),
    }
    title = (
        msg("{country}: the population grows from {now} in {base} to {later} in {year}", **words)
        if later > now
        else msg(
            "{country}: the population falls from {now} in {base} to {later} in {year}", **words
        )
    )
    notes = (
        method_note(),
        msg(
            "The dashed lines are the 95 % bounds that the United Nations publish; both hold "
            "the uncertainty of fertility, mortality and migration."
        ),
        record_note(desk.country, of="totals"),
    )
    return Exhibit(
        table("projected", msg("Year"), "year", shown_years(base=False), columns),
        title,
        draw=lambda locale: _draw_total(told, published, title, locale),
        notes=notes,
    )


def _published(desk: Desk) -> xr.DataArray | None:
    """The quantiles of the United Nations, end of year; None where they are not embedded."""
    from keruen import load
    from keruen.core.errors import CoverageError

    try:
        return load(f"{_UN}.population", country=desk.country)
    except CoverageError:
        return None


def _level(quantiles: xr.DataArray, level: float) -> xr.DataArray:
    return quantiles.sel(quantile=level, method="nearest").drop_vars("quantile")


def _draw_total(
    told: tuple[xr.DataArray, xr.DataArray],
    published: xr.DataArray | None,
    title: Message,
    locale: Locale,
) -> str:
    from keruen.report.charts import line_chart

    factor, unit = in_unit(float(told[0].max()))
    frame, rivals = fan_frame(told, factor), {}
    if published is not None:
        for name, level in (("un_low", 0.025), ("un_high", 0.975)):
            values = _level(published, level).reindex(year=frame["year"].to_numpy())
            frame[name] = values.to_numpy() / factor
        rivals = {locale.say(msg("UN, 95 %")): ("un_low", "un_high")}
    return line_chart(
        frame,
        x="year",
        y="medium",
        bands=BANDS,
        rivals=rivals,
        split=BASE,
        split_labels=(locale.say(msg("estimates")), locale.say(msg("projection"))),
        title=locale.say(title),
        unit=locale.say(unit),
        lang=locale.lang,
    )


def _age(label: object) -> Value:
    lower = int(str(label))
    return Verbatim("100+" if lower >= 100 else f"{lower}–{lower + 4}")


def _pyramid(desk: Desk, ahead: Outlook, year: int) -> Exhibit:
    medium = _groups(ahead).sel(year=year)
    fan = ahead.fan.sel(year=year)
    columns = []
    for key, sex, label in _SEXES:
        told = (medium.sel(sex=sex), fan.sel(sex=sex))
        columns += [
            _dated(column, year)
            for column in fan_columns(key, label, told, "persons", sources=ahead.sources)
        ]
    old = ahead.share_of_old()
    now, (later, low, high) = float(old[0].sel(year=BASE)), finds(old, year)
    title = msg(
        "{country}: people of 65 and over make up {later} in {year} (80 %: {low} to "
        "{high}), against {now} in {base}",
        country=Country(desk.country),
        later=Percent(later),
        year=Year(year),
        low=Percent(low),
        high=Percent(high),
        now=Percent(now),
        base=Year(BASE),
    )
    name = f"pyramid_{year}"
    return Exhibit(
        table(name, msg("Age"), "age", list(range(0, 101, 5)), columns, row=_age),
        title,
        draw=lambda locale: _draw_pyramid(ahead, year, title, locale),
        notes=(
            method_note(),
            msg("Bounds of ages do not add up to bounds of the total."),
            record_note(desk.country, of="ages"),
        ),
    )


def _groups(ahead: Outlook) -> xr.DataArray:
    from keruen.measure.age_structure import population_by_age_group

    return population_by_age_group(ahead.people, lower=range(0, 101, 5))


def _dated(column: Series, year: int) -> Series:
    return replace(column, period=str(year), status=status(year))


def _draw_pyramid(ahead: Outlook, year: int, title: Message, locale: Locale) -> str:
    from keruen.core.tables import to_table
    from keruen.report.charts import pyramid

    groups = _groups(ahead)
    most = float(ahead.fan.sel(year=year).max())
    factor, unit = in_unit(most)
    frame = to_table(groups.sel(year=[BASE, year]) / factor)
    for name in LEVELS:
        part = bound(ahead.fan, name).sel(year=year) / factor
        wide = to_table(part.rename(name))[["sex", "age", name]].assign(year=year)
        frame = frame.merge(wide, on=["year", "sex", "age"], how="left")
    return pyramid(
        frame,
        value="population",
        now=BASE,
        later=year,
        labels=(
            locale.say(msg("end of {year}", year=Year(BASE))),
            locale.say(msg("end of {year}, medium", year=Year(year))),
        ),
        bands=BANDS,
        sex_labels=(locale.say(msg("Men")), locale.say(msg("Women"))),
        title=locale.say(title),
        unit=locale.say(unit),
        lang=locale.lang,
    )


def _findings(ahead: Outlook) -> tuple[Message, ...]:
    near, low, high = finds(ahead.total(), NEAR)
    return (
        msg(
            "At the end of {year} the population will be {medium} by the medium variant; with "
            "80 % probability between {low} and {high}.",
            year=Year(NEAR),
            medium=rounded(near),
            low=rounded(low),
            high=rounded(high),
        ),
    )
