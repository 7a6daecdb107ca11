# SPDX-License-Identifier: Apache-2.0
"""A run of refugee capacity as a page: what is coming, what it asks for, what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.draws import quantiles
from keruen.core.origin import LICENCES, Source
from keruen.decide.refugees import BASELINE
from keruen.report.caseload_inputs import APPLICATIONS, OWN, SEEKERS
from keruen.report.caseload_run import CaseloadRun
from keruen.report.caseload_terms import assumed, left_out
from keruen.report.caseload_words import (
    METHODS,
    QUANTITIES,
    of_baseline,
    scenario_name,
)
from keruen.report.charts import line_chart
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
from keruen.report.locale import Count, Country, Locale, Message, Percent, Value, Verbatim, msg

if TYPE_CHECKING:
    import pandas as pd

_PROBS: Final = (0.025, 0.5, 0.975)
_LEVEL: Final = 95
_MONTHS: Final = 12
_SHOWN_AHEAD: Final = (1, 3, 6, 12)


def caseload_report(run: CaseloadRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : CaseloadRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    own = () if not run.inputs.files else (_own_source(run),)
    who: Value = Country(run.inputs.name) if not own else Verbatim(run.inputs.name)
    made_up = msg("PRACTICE: the figures are made up.") if run.inputs.practice else Verbatim("")
    return Report(
        id=f"refugees-{run.inputs.name}",
        title=msg("{who}: asylum cases, officers and places in twelve months", who=who),
        subtitle=msg(
            "{practice} A forecast with stated assumptions: it proposes, a named officer decides. "
            "Intervals hold {level} of 100 futures. Nobody's protection depends on it.",
            practice=made_up,
            level=Count(_LEVEL),
        ),
        headlines=_headlines(run),
        parts=(
            Part("A", msg("What is coming"), (_coming(run), *_record(run))),
            Part("B", msg("What it asks for"), (_asked(run), _queue(run), _reception(run))),
            Part("C", msg("What was assumed"), (assumed(run), left_out())),
        ),
        own_sources=own,
    )


def _own_source(run: CaseloadRun) -> Source:
    told = ", ".join(f"{n} (SHA-256 {digest[:12]})" for n, digest in run.inputs.files.items())
    return Source(OWN, ", ".join(run.inputs.files), "", told, LICENCES["own-use"])


def _sources(run: CaseloadRun) -> tuple[str, ...]:
    if run.inputs.files:
        return (OWN,)
    embedded = (APPLICATIONS, *(["unhcr.decisions"] if run.inputs.embedded else []))
    return (*embedded, *([SEEKERS] if run.inputs.backlog_year else []))


def _scenarios(run: CaseloadRun) -> list[str]:
    return [BASELINE, *(shock.name for shock in run.shocks)]


def _of(array: xr.DataArray, scenario: str) -> xr.DataArray:
    return array.sel(scenario=scenario, drop=True) if "scenario" in array.dims else array


def _ends(array: xr.DataArray, scenario: str) -> tuple[float, float, float]:
    """Lower limit, median, upper limit of draws."""
    low, mid, high = quantiles(_of(array, scenario), _PROBS).to_numpy().tolist()
    return low, mid, high


def _period(run: CaseloadRun) -> str:
    return f"{_month(run, 1)}–{_month(run, _MONTHS)}"


def _month(run: CaseloadRun, number: int) -> str:
    at = run.inputs.first + number - 1
    return f"{at // _MONTHS}\N{NON-BREAKING HYPHEN}{at % _MONTHS + 1:02}"


def _headlines(run: CaseloadRun) -> tuple[Headline, ...]:
    plan, source, period = run.plan, _sources(run), _period(run)
    coming = plan.applications.sum("month").assign_attrs(plan.applications.attrs)
    at_end = plan.backlog.isel(month=-1, drop=True)
    cards = []
    for key, array in (("coming", coming), ("waiting", at_end)):
        low, mid, high = _ends(array, BASELINE)
        figure = Figure(f"headline.{key}", mid, "persons", period, source, "projection",
                        lower=low, upper=high, level=_LEVEL)  # fmt: skip
        between = msg("{low} to {high}", low=Count(low), high=Count(high))
        cards.append(Headline(_calm(run, QUANTITIES[key]), figure, between))
    sure = msg("enough in {share} of futures", share=Percent(100 * plan.confidence, decimals=0))
    for key, needed in (("officers", _officers(run)), ("places", plan.places)):
        value = float(_of(needed, BASELINE))
        figure = Figure(f"headline.{key}", value, "persons", period, source, "projection")
        cards.append(Headline(_calm(run, QUANTITIES[key]), figure, sure))
    return tuple(cards)


def _calm(run: CaseloadRun, words: Message) -> Message:
    return of_baseline(words, events=bool(run.shocks))


def _officers(run: CaseloadRun) -> xr.DataArray:
    return run.plan.officers_needed.isel(stage=0, drop=True)


def _coming(run: CaseloadRun) -> Section:
    total = run.plan.applications.sum("month").assign_attrs(run.plan.applications.attrs)
    low, mid, high = _ends(total, BASELINE)
    said = msg(
        "{mid} applications are expected in twelve months, {low} to {high}; method: {method}.",
        mid=Count(mid), low=Count(low), high=Count(high), method=METHODS[run.method],
    )  # fmt: skip
    title = msg("New applications by month, {low} to {high} in all", low=Count(low),
                high=Count(high))  # fmt: skip
    exhibit = _months_exhibit(run, "applications", run.plan.applications, _calm(run, title),
                              msg("applications in the month"))  # fmt: skip
    notes = list(run.inputs.notes)
    if not run.inputs.monthly:
        notes.append(msg("UNHCR publishes years; months are cut from them evenly, by chance."))
    return Section("coming", msg("Asylum applications"), (said, *notes), (exhibit,))


def _months_exhibit(
    run: CaseloadRun, key: str, array: xr.DataArray, title: Message, unit: Message
) -> Exhibit:
    """A quantity month by month with limits, in every scenario, and its picture."""
    source = _sources(run)
    bands = {name: quantiles(_of(array, name), _PROBS) for name in _scenarios(run)}
    words = (msg("Lower limit, 95%"), msg("Median"), msg("Upper limit, 95%"))
    columns = tuple(
        Column(f"{name}_{end}", msg("{scenario}: {what}", scenario=scenario_name(name), what=word),
               "persons")
        for name in bands
        for end, word in zip(("low", "middle", "high"), words, strict=True)
    )  # fmt: skip
    rows = tuple(
        Row(
            str(number),
            Verbatim(_month(run, number)),
            tuple(
                Figure(f"{key}.{place}.{number}.{end}", float(band[end, number - 1]), "persons",
                       _month(run, number), source, "projection")
                for place, band in enumerate(bands.values())
                for end in range(3)
            ),
        )
        for number in range(1, _MONTHS + 1)
    )  # fmt: skip

    def draw(locale: Locale) -> str:
        return line_chart(
            _frame(bands, locale), x="month", y="mid", series="scenario",
            bands={"95%": ("low", "high")}, title=title.render(locale), lang=locale.lang,
            unit=locale.say(unit), from_zero=True,
            note=locale.say(msg("Months from {first}", first=_month(run, 1))),
        )  # fmt: skip

    return Exhibit(Table(key, msg("Month"), columns, rows), title, draw)


def _frame(bands: dict[str, xr.DataArray], locale: Locale) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for name, band in bands.items():
        low, mid, high = band.to_numpy()
        label = scenario_name(name).render(locale) if len(bands) > 1 else ""
        parts.append(
            pd.DataFrame(
                {"month": np.arange(1.0, len(mid) + 1), "low": low, "mid": mid, "high": high,
                 "scenario": label}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _record(run: CaseloadRun) -> list[Section]:
    """How the methods would have done; said where that cannot be known."""
    title = msg("How good is the forecast?")
    if run.record is None:
        gap = msg("The history is too short to say how well any method would have done.")
        return [Section("record", title, gaps=(gap,))]
    table = run.record.table
    shown = table[table["ahead"].isin(_SHOWN_AHEAD)]
    columns = (
        Column("ahead", msg("Periods ahead")),
        Column("relative", msg("Error over that of the last value"), "ratio"),
        Column("coverage_80", msg("Outcomes within the 80% interval"), "percent"),
        Column("coverage_95", msg("Outcomes within the 95% interval"), "percent"),
        Column("forecasts", msg("Forecasts scored"), "number"),
    )
    rows = tuple(_record_row(run, row) for row in shown.to_dict("records"))
    own = shown[(shown["method"] == run.method) & (shown["ahead"] == 1)]
    held = 100 * float(own["coverage_95"].iloc[0])
    said = msg(
        "The method used, {method}, held {held} of outcomes within its 95% interval one period "
        "ahead. An event larger than any before is in no interval: see the scenarios.",
        method=METHODS[run.method], held=Percent(held, decimals=0),
    )  # fmt: skip
    note = msg(
        "Every method forecasts from one past origin after the other and knows only what was "
        "known then. Below 1 it errs less than the last value. By the geometric mean of "
        "{series} series.",
        series=Count(run.inputs.history.sizes["destination"]),
    )
    heading = msg("Methods compared on past years and months")
    exhibit = Exhibit(Table("record", msg("Method"), columns, rows), heading, notes=(note,))
    return [Section("record", title, (said,), (exhibit,))]


def _record_row(run: CaseloadRun, row: dict) -> Row:
    name = f"{row['method']}.{row['ahead']}"
    sources = _sources(run)[:1]

    def figure(key: str, value: float, unit: str, decimals: int) -> Figure:
        return Figure(f"record.{name}.{key}", value, unit, "", sources, "estimate", decimals)

    cells = (
        Count(row["ahead"]),
        figure("relative", row["relative"], "ratio", 2),
        figure("coverage_80", 100 * row["coverage_80"], "percent", 0),
        figure("coverage_95", 100 * row["coverage_95"], "percent", 0),
        figure("forecasts", row["forecasts"], "number", 0),
    )
    return Row(name, METHODS[str(row["method"])], cells)


def _asked(run: CaseloadRun) -> Section:
    columns = tuple(
        Column(key, QUANTITIES[key], "persons")
        for key in ("officers", "places", "waiting", "waiting_low", "waiting_high")
    )
    plan, source, period = run.plan, _sources(run), _period(run)
    rows = []
    for place, name in enumerate(_scenarios(run)):
        low, mid, high = _ends(plan.backlog.isel(month=-1, drop=True), name)
        values = (float(_of(_officers(run), name)), float(_of(plan.places, name)), mid, low, high)
        cells = [
            Figure(f"asked.{place}.{column.key}", value, "persons", period, source, "projection")
            for column, value in zip(columns, values, strict=True)
        ]
        rows.append(Row(str(place), scenario_name(name), tuple(cells)))
    note = msg(
        "Officers needed decide all that comes and the backlog by the last month, in {share} of "
        "futures. Places are enough in every month in as many, with the officers at work. Not in "
        "all futures: the rest is the risk that is taken.",
        share=Percent(100 * plan.confidence, decimals=0),
    )
    officers, places = float(_of(_officers(run), BASELINE)), float(_of(plan.places, BASELINE))
    said = msg(
        "Without an event {officers} officers are enough, and {places} places with the officers "
        "at work.",
        officers=Count(officers), places=Count(places),
    )  # fmt: skip
    heading = msg("Officers and places that are enough")
    exhibit = Exhibit(Table("asked", msg("Scenario"), columns, tuple(rows)), heading, notes=(note,))
    return Section("asked", msg("Officers and places"), (said,), (exhibit,))


def _queue(run: CaseloadRun) -> Section:
    low, mid, high = _ends(run.plan.backlog.isel(month=-1, drop=True), BASELINE)
    title = msg("Cases waiting: {mid} at the end, {low} to {high}", mid=Count(mid),
                low=Count(low), high=Count(high))  # fmt: skip
    exhibit = _months_exhibit(run, "backlog", run.plan.backlog, _calm(run, title),
                              msg("cases waiting"))  # fmt: skip
    note = msg("Oldest first. Start and new cases equal end, decided and withdrawn every month.")
    kept = Exhibit(exhibit.table, exhibit.title, exhibit.draw, (note,))
    return Section("queue", msg("The queue"), exhibits=(kept,))


def _reception(run: CaseloadRun) -> Section:
    places = float(_of(run.plan.places, BASELINE))
    title = msg("Persons in reception; {places} places are enough", places=Count(places))
    unit = msg("persons in reception")
    exhibit = _months_exhibit(run, "occupancy", run.plan.occupancy, _calm(run, title), unit)
    note = msg("The stay lasts until the decision, so that a longer queue needs more places.")
    kept = Exhibit(exhibit.table, exhibit.title, exhibit.draw, (note,))
    return Section("reception", msg("Reception"), exhibits=(kept,))


def findings(report: Report) -> Sequence[Message]:
    """Sentences of a page that a terminal shows.

    Parameters
    ----------
    report : Report
        The page.

    Returns
    -------
    sequence of Message
    """
    sections = [section for part in report.parts for section in part.sections]
    return [said for one in sections if one.id != "left_out" for said in one.findings]
