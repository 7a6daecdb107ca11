# SPDX-License-Identifier: Apache-2.0
"""The page of a projection as a reader chooses it: fan, pyramid and tables beside the medium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import xarray as xr

from keruen.measure.age_structure import dependency_ratios, population_by_age_group
from keruen.report.build import Series, table
from keruen.report.document import Exhibit, Part, Report, Section
from keruen.report.locale import (
    Count,
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
from keruen.report.outlook import BASE, OLD, SEED, Outlook, outlook
from keruen.report.outlook_tables import (
    BANDS,
    LEVELS,
    bound,
    fan_columns,
    fan_frame,
    in_unit,
    shown_years,
    status,
)
from keruen.report.projection_choice import Choice, Chosen, chosen_projection

FERTILITY: Final[Mapping[str, Message]] = {
    "medium": msg("as in the medium"),
    "high": msg("half a child more"),
    "low": msg("half a child less"),
    "constant": msg("as today"),
    "replacement": msg("at replacement from now on"),
}
"""Paths of fertility in words."""
MORTALITY: Final[Mapping[str, Message]] = {
    "medium": msg("as in the medium"),
    "constant": msg("as today"),
}
"""Paths of mortality in words."""
CHOSEN: Final = msg("As chosen")
MEDIUM: Final = msg("Medium")
Given = tuple[xr.DataArray, xr.DataArray | None, xr.DataArray]
"""A quantity as chosen, its quantiles where there are paths, and that of the medium."""
_PER_100: Final = "per 100 aged 15-64"


def choice_report(country: str, choice: Choice) -> Report:
    """A country's projection as chosen, as a document without language.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    choice : Choice
        What is chosen.

    Returns
    -------
    Report
        With a gap in the place of figures where nothing can be projected.

    Raises
    ------
    CoverageError
        The choice is out of range.
    """
    return Report(
        id=f"projection-{country}",
        title=msg("{country}: {subject}", country=Country(country),
                  subject=msg("Population ahead")),
        subtitle=msg("What would follow from the assumptions chosen, beside the medium variant."),
        headlines=(),
        parts=(Part("A", msg("Population ahead"), (_section(country, choice),)),),
    )  # fmt: skip


def _section(country: str, choice: Choice) -> Section:
    title = msg("Population to {year}", year=Year(choice.to))
    chosen, medium = chosen_projection(country, choice), outlook(country)
    if chosen is None or medium is None:
        gap = msg("No source gives the ages and rates from which a projection could start.")
        return Section("projection", title, gaps=(gap,))
    exhibits = (
        _total(country, choice, chosen, medium),
        _pyramid(country, choice, chosen, medium),
        _old(choice, chosen, medium),
    )
    return Section("projection", title, _said(choice), exhibits)


def _said(choice: Choice) -> tuple[Message, ...]:
    """The choice in words."""
    return (
        msg(
            "Chosen: net migration times {factor}; fertility {fertility}; mortality {mortality}.",
            factor=Count(
                choice.migration, 1 if round(choice.migration, 1) == choice.migration else 2
            ),
            fertility=FERTILITY[choice.fertility],
            mortality=MORTALITY[choice.mortality],
        ),
    )


def _notes(choice: Choice) -> tuple[Message, ...]:
    own = msg(
        "End of the year. Own projection from the components of World Population Prospects 2024."
    )
    if choice.drawn:
        return (
            own,
            msg(
                "Intervals from {paths} paths, seed {seed}; migration of every path is multiplied "
                "too.",
                paths=Count(choice.paths),
                seed=Count(SEED),
            ),
        )
    return (
        own,
        msg(
            "No interval: none was asked for, or fertility or mortality are other than in the "
            "medium, and intervals are published around that alone."
        ),
    )


def _years(choice: Choice) -> list[int]:
    return sorted({*(one for one in shown_years() if one <= choice.to), choice.to})


def _columns(
    key: str, given: Given, unit: str, sources: tuple[str, ...], decimals: int = 0
) -> list[Series]:
    """The chosen with its bounds, the medium, and what lies between them."""
    mine, fan, theirs = given
    shared = {"unit": unit, "sources": sources, "decimals": decimals}
    if fan is None:
        columns = [Series(key, CHOSEN, mine, status=status, **shared)]  # type: ignore[arg-type]
    else:
        columns = fan_columns(key, CHOSEN, (mine, fan), unit, sources=sources, decimals=decimals,
                              alone=True)  # fmt: skip
    return [
        *columns,
        Series(f"{key}_medium", MEDIUM, theirs, status=status, **shared),  # type: ignore[arg-type]
        Series(f"{key}_difference", msg("Difference from the medium"), mine - theirs,
               status=status, signed=True, **shared),  # type: ignore[arg-type]
    ]  # fmt: skip


def _total(country: str, choice: Choice, chosen: Chosen, medium: Outlook) -> Exhibit:
    whole = ["sex", "age"]
    mine, theirs = chosen.people.sum(whole), medium.people.sum(whole)
    title = msg(
        "{country}: {chosen} people in {year} as chosen, {medium} by the medium variant",
        country=Country(country),
        chosen=rounded(float(mine.sel(year=choice.to))),
        medium=rounded(float(theirs.sel(year=choice.to))),
        year=Year(choice.to),
    )
    columns = _columns("population", (mine, chosen.totals, theirs), "persons", chosen.sources)
    return Exhibit(
        table("projected", msg("Year"), "year", _years(choice), columns),
        title,
        draw=lambda locale: _drawn(
            (mine, chosen.totals, theirs), in_unit(float(theirs.max())), title, locale
        ),
        notes=_notes(choice),
    )


def _old(choice: Choice, chosen: Chosen, medium: Outlook) -> Exhibit:
    mine, theirs = (dependency_ratios(one).old for one in (chosen.people, medium.people))
    title = msg(
        "For every 100 people of 15 to 64 there are {chosen} of 65 and over in {year} as chosen, "
        "{medium} by the medium variant",
        chosen=Count(float(mine.sel(year=choice.to)), 1),
        medium=Count(float(theirs.sel(year=choice.to)), 1),
        year=Year(choice.to),
    )
    columns = _columns("old", (mine, chosen.old, theirs), _PER_100, chosen.sources, 1)
    return Exhibit(
        table("old_age_ratio", msg("Year"), "year", _years(choice), columns),
        title,
        draw=lambda locale: _drawn(
            (mine, chosen.old, theirs), (1.0, msg("per 100 people of 15 to 64")), title, locale
        ),
        notes=_notes(choice),
    )


def _drawn(given: Given, unit: tuple[float, Message], title: Message, locale: Locale) -> str:
    """The chosen as a line with its interval, the medium dashed."""
    import pandas as pd

    from keruen.report.charts import line_chart

    (mine, fan, theirs), (factor, word) = given, unit
    if fan is None:
        frame = pd.DataFrame({"year": mine["year"].to_numpy(), "medium": mine.to_numpy() / factor})
    else:
        frame = fan_frame((mine, fan), factor)
    rival = theirs.reindex(year=frame["year"].to_numpy()).to_numpy() / factor
    frame = frame.assign(rival=rival, name=locale.say(CHOSEN))
    return line_chart(
        frame, x="year", y="medium", series="name", bands=None if fan is None else BANDS,
        rivals={locale.say(MEDIUM): ("rival", "rival")}, title=locale.say(title),
        unit=locale.say(word), lang=locale.lang,
    )  # fmt: skip


def _pyramid(country: str, choice: Choice, chosen: Chosen, medium: Outlook) -> Exhibit:
    year = choice.to
    mine, theirs = (_groups(one, year) for one in (chosen.people, medium.people))
    columns = []
    for key, sex, label in (("men", "M", msg("Men")), ("women", "F", msg("Women"))):
        columns += [
            Series(f"{key}_{name}", msg("{what}: {bound}", what=label, bound=word),
                   one.sel(sex=sex), "persons", period=str(year), sources=chosen.sources,
                   status="projection")
            for name, word, one in (("chosen", CHOSEN, mine), ("medium", MEDIUM, theirs))
        ]  # fmt: skip
    shares = [
        100 * float(one.sel(age=slice(OLD, None)).sum() / one.sum()) for one in (mine, theirs)
    ]
    title = msg(
        "{country}: people of 65 and over are {chosen} of all in {year} as chosen, {medium} by the "
        "medium variant",
        country=Country(country),
        chosen=Percent(shares[0]),
        medium=Percent(shares[1]),
        year=Year(year),
    )
    return Exhibit(
        table("pyramid", msg("Age"), "age", list(range(0, 101, 5)), columns, row=_age),
        title,
        draw=lambda locale: _draw_pyramid((mine, chosen.fan, theirs), year, title, locale),
        notes=_notes(choice),
    )


def _groups(people: xr.DataArray, year: int) -> xr.DataArray:
    return population_by_age_group(people.sel(year=year, drop=True), lower=range(0, 101, 5))


def _age(label: object) -> Value:
    lower = int(str(label))
    return Verbatim("100+" if lower >= 100 else f"{lower}–{lower + 4}")


def _draw_pyramid(given: Given, year: int, title: Message, locale: Locale) -> str:
    """The medium filled, the chosen as an outline: the two stand as two years would."""
    from keruen.core.tables import to_table
    from keruen.report.charts import pyramid

    mine, fan, theirs = given
    factor, unit = in_unit(max(float(mine.max()), float(theirs.max())))
    both = xr.concat([theirs, mine], "year").assign_coords(year=[BASE, year])
    frame = to_table((both / factor).rename("population"))
    if fan is not None:
        for name in LEVELS:
            part = bound(fan, name).sel(year=year, drop=True) / factor
            wide = to_table(part.rename(name)).assign(year=year)
            frame = frame.merge(wide[["year", "sex", "age", name]], how="left")
    return pyramid(
        frame, value="population", now=BASE, later=year,
        labels=(locale.say(MEDIUM), locale.say(CHOSEN)),
        bands=None if fan is None else BANDS,
        sex_labels=(locale.say(msg("Men")), locale.say(msg("Women"))),
        title=locale.say(title), unit=locale.say(unit), lang=locale.lang,
    )  # fmt: skip
