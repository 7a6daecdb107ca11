# SPDX-License-Identifier: Apache-2.0
"""Ages ahead: dependency ratios and people of working age, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from keruen.report.build import Desk, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import (
    Count,
    Country,
    Locale,
    Message,
    Value,
    Verbatim,
    Year,
    msg,
    rounded,
)
from keruen.report.outlook import BASE, END, NEAR, Outlook, Told, outlook
from keruen.report.outlook_tables import (
    BANDS,
    LEVELS,
    fan_columns,
    fan_frame,
    finds,
    in_unit,
    method_note,
    record_note,
    shown_years,
)

_RATIO: Final = "per 100 aged 15-64"
_RATIOS: Final[Mapping[str, Value]] = {
    "total": msg("Total ratio"),
    "young": Verbatim("0–14"),
    "old": Verbatim("65+"),
}
_WORKING: Final[Mapping[str, tuple[tuple[int, int], Value]]] = {
    "from_15": ((15, 64), Verbatim("15–64")),
    "from_20": ((20, 64), Verbatim("20–64")),
}


def section(desk: Desk) -> Section | None:
    """Dependency ratios and the population of working age; None without a projection."""
    ahead = outlook(desk.country)
    if ahead is None:
        return None
    return Section(
        "ageing",
        msg("Ageing and people of working age"),
        findings=_findings(ahead),
        exhibits=(_dependency(desk, ahead), _working(desk, ahead)),
    )


def _dependency(desk: Desk, ahead: Outlook) -> Exhibit:
    told = ahead.dependency()
    columns = [
        column
        for name, label in _RATIOS.items()
        for column in fan_columns(
            name,
            label,
            told[name],
            _RATIO,
            sources=ahead.sources,
            decimals=1,
            levels=tuple(LEVELS) if name == "total" else BANDS["80 %"],
        )
    ]
    now, near, far = (float(told["total"][0].sel(year=year)) for year in (BASE, NEAR, END))
    title = msg(
        "{country}: for 100 people aged 15–64 there are {now} younger and older in {base}, "
        "{near} in {year} and {far} in {end}",
        country=Country(desk.country),
        now=Count(now),
        base=Year(BASE),
        near=Count(near),
        year=Year(NEAR),
        far=Count(far),
        end=Year(END),
    )
    return Exhibit(
        table("dependency", msg("Year"), "year", shown_years(), columns),
        title,
        draw=lambda locale: _draw(
            {_RATIOS[name]: one for name, one in told.items()},
            (1.0, msg("per 100 people aged 15–64")),
            title,
            locale,
        ),
        notes=(
            method_note(),
            msg(
                "Young: 0–14, old: 65 and over, each per 100 people of 15–64, as the United "
                "Nations define the ratios. They count ages, not work."
            ),
            record_note(desk.country, of="ages"),
        ),
    )


def _working(desk: Desk, ahead: Outlook) -> Exhibit:
    told = {key: ahead.working(ages) for key, (ages, _) in _WORKING.items()}
    columns = [
        column
        for key, (_, label) in _WORKING.items()
        for column in fan_columns(key, label, told[key], "persons", sources=ahead.sources)
    ]
    now = float(told["from_15"][0].sel(year=BASE))
    near, low, high = finds(told["from_15"], NEAR)
    title = msg(
        "{country}: {now} people aged 15–64 in {base}, {near} in {year} (80 %: {low} to {high})",
        country=Country(desk.country),
        now=rounded(now),
        base=Year(BASE),
        near=rounded(near),
        year=Year(NEAR),
        low=rounded(low),
        high=rounded(high),
    )
    most = max(float(medium.max()) for medium, _ in told.values())
    return Exhibit(
        table("working_age", msg("Year"), "year", shown_years(), columns),
        title,
        draw=lambda locale: _draw(
            {_WORKING[key][1]: one for key, one in told.items()},
            in_unit(most),
            title,
            locale,
            alone=_WORKING["from_15"][1],
        ),
        notes=(method_note(), record_note(desk.country, of="ages")),
    )


def _draw(
    lines: Mapping[Value, Told],
    unit: tuple[float, Message],
    title: Message,
    locale: Locale,
    *,
    alone: Value | None = None,
) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    factor, words = unit
    frame = pd.concat(
        fan_frame(told, factor).assign(line=label.render(locale)) for label, told in lines.items()
    )
    if alone:  # the intervals of one line; those of others would lie over them
        frame.loc[frame["line"] != alone.render(locale), list(LEVELS)] = np.nan
    return line_chart(
        frame,
        x="year",
        y="medium",
        series="line",
        bands=BANDS if alone else {"80 %": BANDS["80 %"]},
        split=BASE,
        split_labels=(locale.say(msg("estimates")), locale.say(msg("projection"))),
        title=locale.say(title),
        unit=locale.say(words),
        lang=locale.lang,
    )


def _findings(ahead: Outlook) -> tuple[Message, ...]:
    medium, low, high = finds(ahead.dependency()["old"], NEAR)
    now = float(ahead.dependency()["old"][0].sel(year=BASE))
    return (
        msg(
            "People of 65 and over per 100 of 15–64: {now} at the end of {base}, {medium} at the "
            "end of {year}; with 80 % probability between {low} and {high}.",
            now=Count(now),
            base=Year(BASE),
            medium=Count(medium),
            year=Year(NEAR),
            low=Count(low),
            high=Count(high),
        ),
    )
