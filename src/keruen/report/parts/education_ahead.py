# SPDX-License-Identifier: Apache-2.0
"""Education ahead: people of 25 and over by attainment, now and to 2050, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.project.attainment import ATTAINMENT
from keruen.report.attainment_inputs import (
    BASE,
    EDUCATION,
    MORTALITY,
    SCHOOLED,
    adult_bounds,
    attainment_ahead,
    attainment_of,
    attainment_places,
    attainment_scores,
    five_year_groups,
)
from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section, Status
from keruen.report.education_release import shown_levels
from keruen.report.locale import Count, Country, Locale, Message, Percent, Value, Year, msg, rounded
from keruen.report.outlook import NEAR, Told, outlook
from keruen.report.outlook_tables import BANDS, fan_columns, fan_frame, finds, in_unit, method_note

if TYPE_CHECKING:
    import pandas as pd

_HIGHEST: Final = "post_secondary"
_SINCE: Final = 1990
_LABELS: Final = {
    "below_lower_secondary": msg("Primary or less"),
    "lower_secondary": msg("Lower secondary"),
    "upper_secondary": msg("Upper secondary"),
    "post_secondary": msg("Post-secondary"),
}


@dataclass(frozen=True)
class _Ahead:
    """Shares of levels [year, education] in percent, and the people of the highest.

    ``held`` is the share of the highest in the last year if as many go on as now.
    """

    shares: xr.DataArray
    highest: Told
    held: float
    sources: tuple[str, ...]


def section(desk: Desk) -> Section:
    """Shares of levels since 1990 and ahead, and the people with the highest level."""
    title = msg("Education to {year}", year=Year(NEAR))
    ahead = _ahead(desk.country)
    if ahead is None:
        gap = msg(
            "No source gives the attainment of this country or area by age and sex, so its "
            "future cannot be modelled."
        )
        return Section("education_ahead", title, gaps=(gap,))
    return Section(
        "education_ahead",
        title,
        findings=_findings(ahead),
        exhibits=(_levels(desk, ahead), _people(ahead)),
    )


@lru_cache(maxsize=1)
def _ahead(country: str) -> _Ahead | None:
    found = outlook(country)
    if found is None or country not in attainment_places():
        return None
    years = list(range(BASE, NEAR + 1, 5))
    totals = five_year_groups(found.people, years)
    people = attainment_ahead(country, totals)[1].population
    still = attainment_ahead(country, totals, schooling="constant")[1].population
    adults = _adults(people)
    fan = adult_bounds(people, found.groups).sel(education=_HIGHEST, drop=True)
    past = attainment_of(country).drop_vars("country", errors="ignore")
    past = _adults(past.sel(year=slice(_SINCE, BASE - 5)))
    past = past.sel(year=past.sum("education") > 0)
    whole = xr.concat([_percent(past), _percent(adults)], "year", coords="minimal")
    return _Ahead(
        shares=shown_levels(whole),
        highest=(adults.sel(education=_HIGHEST, drop=True), fan),
        held=float(_percent(_adults(still)).sel(year=NEAR, education=_HIGHEST)),
        sources=tuple(dict.fromkeys((EDUCATION, MORTALITY, *found.sources))),
    )


def _adults(people: xr.DataArray) -> xr.DataArray:
    """People of 25 and over by level."""
    grown = people.sel(age=people["age"] >= SCHOOLED, education=list(ATTAINMENT))
    return grown.sum(["sex", "age"])


def _percent(people: xr.DataArray) -> xr.DataArray:
    return 100 * people / people.sum("education")


def _status(label: object) -> Status:
    return "estimate" if int(str(label)) <= BASE else "projection"


def _levels(desk: Desk, ahead: _Ahead) -> Exhibit:
    years = [int(year) for year in ahead.shares["year"]]
    columns = [
        Series(
            level,
            label,
            ahead.shares.sel(education=level, drop=True),
            "percent",
            sources=ahead.sources,
            status=_status,
            decimals=1,
        )
        for level, label in _LABELS.items()
    ]
    highest = ahead.shares.sel(education=_HIGHEST)
    title = msg(
        "{country}: {now} of people aged 25 and over had post-secondary education in {base}, "
        "{later} would in {year}",
        country=Country(desk.country),
        now=Percent(float(highest.sel(year=BASE))),
        base=Year(BASE),
        later=Percent(float(highest.sel(year=NEAR))),
        year=Year(NEAR),
    )
    return Exhibit(
        table("attainment_ahead", msg("Year"), "year", years, columns),
        title,
        draw=lambda locale: _draw_levels(ahead, title, locale),
        notes=(*_notes(), _record()),
    )


def _draw_levels(ahead: _Ahead, title: Message, locale: Locale) -> str:
    from keruen.report.charts import line_chart

    return line_chart(
        _frame(ahead, locale),
        x="year",
        y="share",
        series="level",
        split=BASE,
        split_labels=(locale.say(msg("estimates")), locale.say(msg("projection"))),
        title=locale.say(title),
        unit=locale.say(msg("percent of people aged 25 and over")),
        lang=locale.lang,
        from_zero=True,
    )


def _frame(ahead: _Ahead, locale: Locale) -> pd.DataFrame:
    from keruen.core.tables import to_table

    frame = to_table(ahead.shares.rename("share"))
    names = {level: locale.say(label) for level, label in _LABELS.items()}
    return frame.assign(level=frame["education"].map(names))


def _people(ahead: _Ahead) -> Exhibit:
    medium, fan = ahead.highest
    years = [int(year) for year in medium["year"]]
    columns = fan_columns(
        "post_secondary", msg("Medium"), ahead.highest, "persons", sources=ahead.sources, alone=True
    )
    words: dict[str, Value | str] = {
        "now": rounded(float(medium.sel(year=BASE))),
        "base": Year(BASE),
        "later": rounded(float(medium.sel(year=NEAR))),
        "year": Year(NEAR),
    }
    title = msg(
        "People aged 25 and over with post-secondary education: {now} in {base}, {later} in {year}",
        **words,
    )
    notes = (
        method_note(),
        msg(
            "The intervals hold the uncertainty of the population, not that of schooling: paths "
            "of schooling have none."
        ),
    )
    return Exhibit(
        table("post_secondary_ahead", msg("Year"), "year", years, columns),
        title,
        draw=lambda locale: _draw_people((medium, fan), title, locale),
        notes=notes,
    )


def _draw_people(told: Told, title: Message, locale: Locale) -> str:
    from keruen.report.charts import line_chart

    factor, unit = in_unit(float(told[0].max()))
    return line_chart(
        fan_frame(told, factor),
        x="year",
        y="medium",
        bands=BANDS,
        title=locale.say(title),
        unit=locale.say(unit),
        lang=locale.lang,
    )


def _notes() -> tuple[Message, ...]:
    return (
        msg(
            "Estimates of the Wittgenstein Centre to {base}, shares only: they rest on older "
            "population estimates. Own projection after: each sex and age survives, studies on "
            "and meets the population projection; half of the past rise of schooling goes on.",
            base=Year(BASE),
        ),
        msg(
            "Migrants are taken to have the education of residents of their sex and age, for no "
            "admissions by education are held; selective admission would change the result more "
            "than anything else here."
        ),
    )


def _record() -> Message:
    scores = attainment_scores()
    last = scores[scores["horizon"] == scores["horizon"].max()].set_index("rule")
    return msg(
        "Track record: projected from {origin} to {year}, {error} of people aged 25 and over stood "
        "at a wrong level on average of {number} countries; with the mix of ages held, {held}. "
        "The estimates of the past are themselves reconstructed, which makes the test kind.",
        origin=Year(int(last.loc["trend", "origin"])),
        year=Year(int(last.loc["trend", "origin"] + last.loc["trend", "horizon"])),
        error=Percent(float(last.loc["trend", "dissimilarity"])),
        number=Count(int(last.loc["trend", "countries"])),
        held=Percent(float(last.loc["held", "dissimilarity"])),
    )


def _findings(ahead: _Ahead) -> tuple[Message, ...]:
    medium, low, high = finds(ahead.highest, NEAR)
    return (
        msg(
            "At the end of {year}, {medium} people aged 25 and over would have post-secondary "
            "education (80 %: {low} to {high}).",
            year=Year(NEAR),
            medium=rounded(medium),
            low=rounded(low),
            high=rounded(high),
        ),
        msg(
            "The result rests on what is assumed of schooling: {trend} of people aged 25 and over "
            "in {year} if half of the past rise goes on, {held} if as large a part of each level "
            "studies on as now.",
            trend=Percent(float(ahead.shares.sel(year=NEAR, education=_HIGHEST))),
            year=Year(NEAR),
            held=Percent(ahead.held),
        ),
    )
