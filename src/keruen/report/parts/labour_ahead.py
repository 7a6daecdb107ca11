# SPDX-License-Identifier: Apache-2.0
"""Labour ahead: supply with its interval, demand, the gap and its reasons, regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section
from keruen.report.labour_exhibits import (
    PERSONS,
    by_industry,
    by_region,
    columns_of,
    fan_of,
    horizon,
    ratios,
    sources,
    status,
    years,
)
from keruen.report.labour_outlook import HORIZON, labour_outlook
from keruen.report.labour_run import LabourRun
from keruen.report.labour_words import causes_notes, force_notes
from keruen.report.locale import Count, Locale, Message, Value, Year, msg
from keruen.report.outlook_tables import BANDS, LEVELS, bound

_MILLION: Final = 1e6
_PAST: Final = 2001
_CAUSES: Final[Mapping[str, Message]] = {
    "demand": msg("Demand"),
    "people": msg("People, without migration"),
    "migration": msg("Migration"),
    "participation": msg("Participation"),
}


def section(desk: Desk) -> Section:
    """Labour to 2040; a gap where rates or a projection are missing."""
    return labour_section(labour_outlook(desk.country))


def labour_section(run: LabourRun | None) -> Section:
    """Labour to the last year of a run; a gap where there is none.

    Parameters
    ----------
    run : LabourRun or None
        With paths.

    Returns
    -------
    Section
    """
    title = msg("Labour to {year}", year=Year(HORIZON if run is None else horizon(run)))
    if run is None:
        gap = msg(
            "The package holds no participation rates, or no population projection, of this "
            "country or area, so its labour force cannot be projected."
        )
        return Section("labour_ahead", title, gaps=(gap,))
    exhibits = [_force(run), _causes(run)]
    gaps: list[Value] = [
        msg(
            "Who looks for work in which industry, vacancies, and employment by occupation in the "
            "regions are not held: the gap is shown for all industries together."
        )
    ]
    if run.nation.by_sector is None:
        gaps.append(msg("Employment by industry is not held."))
    else:
        exhibits.append(by_industry(run))
    if run.regions is not None:
        exhibits.append(by_region(run, run.regions))
    exhibits.append(ratios(run))
    return Section(
        "labour_ahead", title, findings=_findings(run), exhibits=tuple(exhibits), gaps=tuple(gaps)
    )


def _force(run: LabourRun) -> Exhibit:
    """Labour force and demand by year with intervals, and the picture of the labour force."""
    force = run.nation.labour_force.sum(["sex", "age"])
    balance = run.nation.balance
    columns = [
        *columns_of(run, "labour_force", msg("Labour force"), force),
        Series(
            "supply", msg("Supply of workers"), balance.supply, PERSONS, sources=sources(run),
            status=status(run),
        ),
        *columns_of(run, "demand", msg("Demand for workers"), balance.demand),
    ]  # fmt: skip
    end = horizon(run)
    now, then = float(force.sel(year=run.case.base)), float(force.sel(year=end))
    title = msg(
        "The labour force goes from {now} million in {base} to {then} million in {year}, medium",
        now=Count(now / _MILLION, 2),
        base=Year(run.case.base),
        then=Count(then / _MILLION, 2),
        year=Year(end),
    )
    return Exhibit(
        table("labour_force", msg("Year"), "year", years(run), columns),
        title,
        draw=lambda locale: _draw(run, title, locale),
        notes=force_notes(run),
    )


def _draw(run: LabourRun, title: Message, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    past = run.case.force.sel(year=slice(_PAST, run.case.base - 1))
    ahead = run.nation.labour_force.sum(["sex", "age"])
    fan = fan_of(run.nation, "labour_force")
    frame = pd.DataFrame({"year": ahead["year"].to_numpy(), "people": ahead.to_numpy()})
    for name in LEVELS:
        frame[name] = bound(fan, name).to_numpy()
    known = pd.DataFrame({"year": past["year"].to_numpy(), "people": past.to_numpy()})
    whole = pd.concat([known, frame], ignore_index=True)
    whole[["people", *LEVELS]] /= _MILLION
    return line_chart(
        whole,
        x="year",
        y="people",
        bands=BANDS,
        split=run.case.base,
        split_labels=(locale.say(msg("published")), locale.say(msg("projection"))),
        title=locale.say(title),
        unit=locale.say(msg("million persons")),
        lang=locale.lang,
    )


def _causes(run: LabourRun) -> Exhibit:
    """The gap with its interval, and what makes it."""
    balance = run.nation.balance
    columns = columns_of(run, "gap", msg("Gap: demand less supply"), balance.gap, signed=True)
    columns += [
        Series(
            f"from_{name}", label, balance.causes[name], PERSONS, sources=sources(run),
            status="projection", signed=True,
        )
        for name, label in _CAUSES.items()
    ]  # fmt: skip
    end = horizon(run)
    gap = float(balance.gap.sel(year=end))
    words: dict[str, Value | str] = {"number": Count(round(abs(gap), -3)), "year": Year(end)}
    title = (
        msg("In {year} there are {number} more workers than are asked for, medium", **words)
        if gap < 0
        else msg("In {year} {number} more workers are asked for than there are, medium", **words)
    )
    ahead = [year for year in years(run) if year > run.case.base]
    return Exhibit(
        table("labour_gap", msg("Year"), "year", ahead, columns),
        title,
        draw=None,
        notes=causes_notes(run),
    )


def _findings(run: LabourRun) -> tuple[Message, ...]:
    end = horizon(run)
    gap, fan = run.nation.balance.gap, fan_of(run.nation, "gap").sel(year=end)
    low, high = (float(bound(fan, name)) for name in ("lower_80", "upper_80"))
    sure = low > 0 or high < 0
    told: dict[str, Value | str] = {
        "year": Year(end),
        "gap": Count(round(float(gap.sel(year=end)), -3), signed=True),
        "low": Count(round(low, -3), signed=True),
        "high": Count(round(high, -3), signed=True),
    }
    found = [
        msg("Gap in {year}, demand less supply: {gap} workers; 80 % from {low} to {high}.", **told)
    ]
    if not sure:
        found.append(
            msg("The interval holds both a lack and a surplus of workers: the sign is not known.")
        )
    causes = {name: float(run.nation.balance.causes[name].sel(year=end)) for name in _CAUSES}
    found.append(
        msg(
            "It is made of demand {demand}, people without migration {people}, migration "
            "{migration} and participation {participation}.",
            **{name: Count(round(value, -3), signed=True) for name, value in causes.items()},
        )
    )
    return tuple(found)
