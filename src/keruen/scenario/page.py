# SPDX-License-Identifier: Apache-2.0
"""The page of one scenario: what is set, what follows, where families go, what to mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pandas as pd
import xarray as xr

from keruen.core.draws import quantiles
from keruen.report.build import Series, table
from keruen.report.document import (
    Column,
    Exhibit,
    Figure,
    Headline,
    Part,
    Report,
    Row,
    Section,
    Table,
)
from keruen.report.locale import (
    Count,
    Country,
    Locale,
    Message,
    Region,
    Told,
    Value,
    Verbatim,
    Year,
    msg,
)
from keruen.scenario.composed import Scenario
from keruen.scenario.gains_page import gains_section
from keruen.scenario.measured_page import measured_sections
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.results import Kept
from keruen.scenario.run import ScenarioRun
from keruen.scenario.settings_page import settings_section, uncertain_section

LEVEL: Final = 95
_PROBS: Final = (0.025, 0.5, 0.975)
_QUOTA: Final = ("kaz.return_quota", "kaz.region.labour")
_MANY: Final = 100
"""Fewer futures are a trial."""
_SHOWN: Final = 5
"""Years between the rows of a table."""
STATUSES: Final[Mapping[str, Message]] = {
    "published": msg("published"),
    "estimate": msg("estimate"),
    "assumption": msg("assumption"),
    "to be confirmed": msg("to be confirmed"),
}
"""How well the value of a key is known."""
_NOTES: Final[Mapping[str, tuple[Message, ...]]] = {
    "labour_gap": (
        msg(
            "Above zero more workers are asked for than there are, below zero fewer. The gap is "
            "counted from that of the first year. Demand does not answer to those who come or "
            "leave."
        ),
    ),
    "permits": (
        msg("These workers come for a time: they stand outside net migration and population."),
    ),
    "regularised": (
        msg(
            "They are at work already: a status adds nobody to the population or the labour force."
        ),
    ),
}
_PICTURED: Final = (
    "population", "working_age", "old_age_ratio", "net_migration", "newcomers", "urban_share",
    "labour_force", "labour_gap", "permits", "regularised",
)  # fmt: skip


def scenario_report(run: ScenarioRun | Kept) -> Report:
    """A scenario's page as a document, without language.

    Parameters
    ----------
    run : ScenarioRun or Kept
        The run, just made or read from its folder.

    Returns
    -------
    Report

    See Also
    --------
    keruen.scenario.compare_page.comparison_report : Several scenarios.
    """
    scenario, years = run.scenario, run.scenario.years
    exhibits = [
        outcome_exhibit(name, run.outcomes[name])
        for name in _PICTURED
        if name in run.outcomes and bool((run.outcomes[name] != 0).any())
    ]
    return Report(
        id=f"scenario-{scenario.name}",
        title=msg("{title}: {country} to {year}", title=Told(scenario.title),
                  country=Country(scenario.country), year=Year(years[-1])),
        subtitle=_subtitle(scenario),
        headlines=_headlines(run),
        parts=(
            Part("A", msg("What is measured"), measured_sections(run.measured, scenario)),
            Part(
                "B",
                msg("What is set"),
                (settings_section(scenario), uncertain_section(scenario)),
            ),
            Part(
                "C",
                msg("What follows"),
                (Section("outcomes", msg("Outcomes by year"), exhibits=tuple(exhibits)),
                 _placement(run), gains_section(run)),
            ),
            Part("D", msg("What to mind"), (_cautions(run),)),
        ),
    )  # fmt: skip


def _subtitle(scenario: Scenario) -> Message:
    facts: dict[str, Value] = {
        "number": Count(scenario.trajectories),
        "seed": Verbatim(str(scenario.seed)),
        "digest": Verbatim(scenario.digest[:12]),
    }
    if 0 < scenario.trajectories < _MANY:
        return msg(
            "A trial, not for a decision: {number} futures are so few that medians and intervals "
            "may lie far off; run it with 200. Seed {seed}; digest {digest}.",
            **facts,
        )
    return msg(
        "A scenario: what would follow if what is set below were so. {number} futures; "
        "seed {seed}; digest {digest}.",
        **facts,
    )


def _headlines(run: ScenarioRun | Kept) -> tuple[Headline, ...]:
    last = run.scenario.years[-1]
    return tuple(
        _headline(name, run.outcomes[name], last)
        for name in ("population", "working_age", "labour_gap", "newcomers", "urban_share")
        if name in run.outcomes
    )


def _headline(name: str, array: xr.DataArray, year: int) -> Headline:
    one, here = OUTCOMES[name], array.sel(year=year)
    decimals = 0 if one.units == "persons" else 1
    middle = float(here.median("trajectory") if "trajectory" in here.dims else here)
    figure = Figure(
        f"outcome.{name}", middle, one.units, str(year), one.sources, "projection", decimals
    )
    if "trajectory" not in here.dims:
        return Headline(one.label, figure)
    low, _, high = (float(value) for value in quantiles(here, _PROBS).values)
    beside = msg(
        "95% interval {low} to {high}", low=Count(low, decimals), high=Count(high, decimals)
    )
    return Headline(one.label, replace(figure, lower=low, upper=high, level=LEVEL), beside)


def outcome_exhibit(name: str, array: xr.DataArray) -> Exhibit:
    """An outcome by year, with its interval and its picture.

    Parameters
    ----------
    name : str
        Name of the outcome.
    array : DataArray [year] or [trajectory, year]
        The outcome.

    Returns
    -------
    Exhibit
    """
    one = OUTCOMES[name]
    years = [int(year) for year in array.indexes["year"]]
    drawn = "trajectory" in array.dims
    mean = array.mean("trajectory") if drawn else array
    most = years[int(abs(mean).to_numpy().argmax())]
    shown = sorted({*years[::_SHOWN], years[-1], *((most,) if one.flow else ())})
    middle, bounds = array, None
    if drawn:
        found = quantiles(array, _PROBS)
        middle = found.isel(quantile=1, drop=True)
        bounds = (found.isel(quantile=0, drop=True), found.isel(quantile=2, drop=True), LEVEL)
    decimals = 0 if one.units == "persons" else 1
    title = msg(
        "{outcome}: {first} in {start}, {last} in {end}",
        outcome=one.label,
        first=Count(float(middle[0]), decimals),
        start=Year(years[0]),
        last=Count(float(middle[-1]), decimals),
        end=Year(years[-1]),
    )
    if one.flow:
        whole = array.sum("year")
        title = msg(
            "{outcome}: {total} in all, {start} to {end}",
            outcome=one.label,
            total=Count(float(whole.median("trajectory") if drawn else whole), decimals),
            start=Year(years[0]),
            end=Year(years[-1]),
        )
    columns = [
        Series("middle", msg("Median"), middle, one.units, sources=one.sources,
               status="projection", decimals=decimals, bounds=bounds)
    ]  # fmt: skip
    if bounds is not None:
        columns += [
            Series(key, label, array_, one.units, sources=one.sources, status="projection",
                   decimals=decimals)
            for key, label, array_ in (
                ("low", msg("95% interval, low"), bounds[0]),
                ("high", msg("95% interval, high"), bounds[1]),
            )
        ]  # fmt: skip
    return Exhibit(
        table(name, msg("Year"), "year", shown, columns),
        title,
        draw=lambda locale: _drawn(title, one.units, middle, bounds, locale),
        notes=_NOTES.get(name, ()),
    )


def _drawn(
    title: Message,
    unit: str,
    middle: xr.DataArray,
    bounds: tuple[xr.DataArray, xr.DataArray, int] | None,
    locale: Locale,
) -> str:
    from keruen.report.charts import line_chart
    from keruen.report.units import UNITS

    frame = pd.DataFrame({"year": middle["year"].to_numpy(), "value": middle.to_numpy()})
    bands = None
    if bounds is not None:
        frame["low"], frame["high"] = bounds[0].to_numpy(), bounds[1].to_numpy()
        bands = {f"{LEVEL} %": ("low", "high")}
    return line_chart(
        frame, x="year", y="value", bands=bands, title=locale.say(title),
        unit=UNITS[unit].render(locale), lang=locale.lang,
    )  # fmt: skip


def _placement(run: ScenarioRun | Kept) -> Section:
    """Families of the quota by region."""
    title = msg("Where families would go")
    placed = run.placement[run.placement["families"] > 0]
    if placed.empty:
        finding = msg("No families come beyond those that the published projection includes.")
        return Section("placement", title, findings=(finding,))
    regions = [str(one) for one in placed["region"]]
    by, period = placed.set_index("region"), str(run.scenario.years[-1])
    columns = [
        Series(key, label, by[key].to_xarray(), unit, period=period, sources=_QUOTA,
               status="estimate", decimals=decimals)
        for key, label, unit, decimals in (
            ("families", msg("Families"), "families", 0),
            ("persons", msg("Persons"), "persons", 0),
            ("room", msg("Room for persons"), "persons", 0),
            ("price", msg("Worth of room for one more"), "index", 3),
        )
    ]  # fmt: skip
    made = table("placement", msg("Region"), "region", regions, columns,
                 row=lambda label: Region(str(label)), total=None)  # fmt: skip
    note = msg(
        "Families are stand-ins with drawn sizes. Worth is the expected members in work that "
        "room for one more person would add."
    )
    most = placed.sort_values("families").iloc[-1]
    finding = msg(
        "{region} takes the most: {families} families.",
        region=Region(str(most["region"])),
        families=Count(float(most["families"])),
    )
    return Section("placement", title, (finding,), (Exhibit(made, title, notes=(note,)),))


def _cautions(run: ScenarioRun | Kept) -> Section:
    """Keys that rest on an assumption, or are to be confirmed."""
    rows = tuple(
        Row(key, Told(one.label), (STATUSES[one.status], Told(one.source)))
        for key, one in run.scenario.keys.items()
        if one.status in ("assumption", "to be confirmed")
    )
    columns = (Column("status", msg("Status")), Column("source", msg("Source")))
    made = Table("cautions", msg("Setting"), columns, rows)
    return Section(
        "cautions",
        msg("What rests on assumptions"),
        findings=(
            msg(
                "The intervals hold what the published projections and the drawn values hold, "
                "and nothing else: no shock that has never been, no answer of wages or of other "
                "countries."
            ),
        ),
        exhibits=(Exhibit(made, msg("Assumptions")),),
    )
