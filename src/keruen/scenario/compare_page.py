# SPDX-License-Identifier: Apache-2.0
"""The page of scenarios side by side: settings, levels, and what differs in every future."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import pandas as pd

from keruen.report.build import Series, table
from keruen.report.document import (
    Column,
    Exhibit,
    Figure,
    Part,
    Report,
    Row,
    Section,
    Table,
)
from keruen.report.locale import (
    Country,
    Listing,
    Locale,
    Message,
    Told,
    Value,
    Year,
    msg,
)
from keruen.report.units import UNITS, unit_words
from keruen.scenario.compare import Comparison
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.page import LEVEL
from keruen.scenario.settings_page import Held

if TYPE_CHECKING:
    from keruen.scenario.results import Kept

_STEP: Final = 5
_FARES: Final[Mapping[str, Message]] = {
    "expected": msg("Mean of all futures"),
    "worst": msg("Worst future"),
    "regret_max": msg("Largest regret"),
    "regret_90": msg("Regret, 90th percentile"),
}
RULES: Final[Mapping[str, Message]] = {
    "expected": msg("the best mean"),
    "maximin": msg("the best worst future"),
    "regret": msg("the least regret"),
    "satisficing": msg("most often good enough"),
}
"""Rules of robust choice."""


def comparison_report(found: Comparison, robust: pd.DataFrame | None = None) -> Report:
    """Scenarios side by side as a document, without language.

    Parameters
    ----------
    found : Comparison
        Runs, the reference first.
    robust : DataFrame, optional
        How each fares over all futures, as
        :func:`~keruen.scenario.compare.robust_choices` tells it.

    Returns
    -------
    Report
    """
    first = found.runs[0]
    names = [name for name in OUTCOMES if _national(found, name)]
    sections = tuple(_outcome(found, name) for name in names)
    chosen = (_chosen(found, robust),) if robust is not None else ()
    return Report(
        id="comparison",
        title=msg("Scenarios of {country} side by side", country=Country(first.scenario.country)),
        subtitle=msg(
            "Differences are taken future by future: their intervals are those of the policy."
        ),
        headlines=(),
        parts=(
            Part("A", msg("What is set"), (_settings(found),)),
            Part("B", msg("What differs"), sections),
            *(Part("C", msg("Choice under what is not known"), (one,)) for one in chosen),
        ),
    )


def _national(found: Comparison, name: str) -> bool:
    """Whether an outcome of the country differs in any scenario."""
    rows = found.differences
    rows = rows[(rows["outcome"] == name) & (rows["region"] == "")]
    return bool((rows["mean"].abs() > 1e-6).any())


def _settings(found: Comparison) -> Section:
    runs, keys = found.runs, found.runs[0].scenario.keys
    columns = tuple(Column(one.name, Told(one.title)) for one in runs)
    rows = tuple(
        Row(
            str(row["key"]),
            Told(keys[str(row["key"])].label),
            (
                *(Held(one.scenario.years, one.scenario.held(str(row["key"]))) for one in runs),
                unit_words(str(row["unit"])),
            ),
        )
        for _, row in found.settings.iterrows()
    )
    made = Table("settings", msg("Setting"), (*columns, Column("unit", msg("Unit"))), rows)
    return Section(
        "settings",
        msg("Settings that differ"),
        exhibits=(Exhibit(made, msg("Settings that differ")),),
    )


def _outcome(found: Comparison, name: str) -> Section:
    one, base = OUTCOMES[name], found.runs[0]
    title = one.label
    return Section(
        name,
        title,
        exhibits=(
            Exhibit(
                _levels(found, name),
                msg("{outcome}: mean of all futures", outcome=title),
                draw=lambda locale: _drawn(found, name, locale),
            ),
            Exhibit(
                _differences(found, name),
                msg(
                    "{outcome}: difference from “{scenario}”",
                    outcome=title,
                    scenario=Told(base.title),
                ),
                draw=lambda locale: _drawn_differences(found, name, locale),
            ),
        ),
    )


def _years(run: Kept) -> list[int]:
    years = list(run.scenario.years)
    return sorted({*years[::_STEP], years[-1]})


def _levels(found: Comparison, name: str) -> Table:
    one, rows = OUTCOMES[name], _rows(found.levels, name)
    columns = [
        Series(
            run.name, Told(run.title),
            rows[rows["scenario"] == run.name].set_index("year")["mean"].to_xarray(),
            one.units, sources=one.sources, status="projection", decimals=_decimals(one.units),
        )
        for run in found.runs
    ]  # fmt: skip
    return table(f"{name}_levels", msg("Year"), "year", _years(found.runs[0]), columns)


def _differences(found: Comparison, name: str) -> Table:
    one, rows = OUTCOMES[name], _rows(found.differences, name)
    columns = []
    for run in found.runs[1:]:
        own = rows[rows["scenario"] == run.name].set_index("year")
        low, high = (own[key].to_xarray() for key in ("low", "high"))
        heads: dict[str, Value] = {"mean": Told(run.title)}
        if low.notnull().any():
            heads["low"] = msg("{scenario}, 95% interval, low", scenario=Told(run.title))
            heads["high"] = msg("{scenario}, 95% interval, high", scenario=Told(run.title))
        columns += [
            Series(
                f"{run.name}_{key}", label, own[key].to_xarray(), one.units, sources=one.sources,
                status="projection", decimals=_decimals(one.units), signed=True,
                bounds=(low, high, LEVEL) if key == "mean" else None,
            )
            for key, label in heads.items()
        ]  # fmt: skip
    return table(f"{name}_differences", msg("Year"), "year", _years(found.runs[0]), columns)


def _chosen(found: Comparison, robust: pd.DataFrame) -> Section:
    """How each scenario fares in what is wanted, and which rule would pick it."""
    titles = {run.name: Told(run.title) for run in found.runs}
    exhibits = tuple(
        _fares(str(name), part, titles) for name, part in robust.groupby("outcome", sort=False)
    )
    note = msg(
        "Worst: the future in which the scenario does worst. Regret: how much better another "
        "would have done in the same future. Rules may disagree; none of them decides."
    )
    return Section("robust", msg("How each fares over all futures"), (note,), exhibits)


def _fares(name: str, part: pd.DataFrame, titles: Mapping[str, Told]) -> Exhibit:
    one = OUTCOMES[name]

    def figure(scenario: str, key: str, value: float) -> Figure:
        return Figure(
            f"{name}.{scenario}.{key}", float(value), one.units, "", one.sources, "projection",
            _decimals(one.units),
        )  # fmt: skip

    rows = tuple(
        Row(
            str(row["scenario"]),
            titles[str(row["scenario"])],
            (
                *(figure(str(row["scenario"]), key, row[key]) for key in _FARES),
                Listing(tuple(RULES[rule] for rule in str(row["picked_by"]).split(", ") if rule)),
            ),
        )
        for _, row in part.iterrows()
    )
    columns = (*(Column(key, word) for key, word in _FARES.items()),
               Column("picked_by", msg("Picked by")))  # fmt: skip
    title = (
        msg("{outcome}: more is wanted", outcome=one.label)
        if part["wanted"].iloc[0] == "more"
        else msg("{outcome}: less is wanted", outcome=one.label)
    )
    return Exhibit(Table(f"robust_{name}", msg("Scenario"), columns, rows), title)


def _rows(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[(frame["outcome"] == name) & (frame["region"] == "")]


def _decimals(unit: str) -> int:
    return 0 if unit == "persons" else 2


def _drawn(found: Comparison, name: str, locale: Locale) -> str:
    rows = _rows(found.levels, name)
    title = msg(
        "{outcome}, {start} to {end}, mean of all futures",
        outcome=OUTCOMES[name].label,
        start=Year(int(rows["year"].min())),
        end=Year(int(rows["year"].max())),
    )
    return _lines(found, name, rows, title, locale)


def _drawn_differences(found: Comparison, name: str, locale: Locale) -> str:
    title = msg(
        "{outcome}: difference from “{scenario}”, mean and {level} % interval",
        outcome=OUTCOMES[name].label,
        scenario=Told(found.runs[0].title),
        level=str(LEVEL),
    )
    return _lines(found, name, _rows(found.differences, name), title, locale)


def _lines(found: Comparison, name: str, rows: pd.DataFrame, title: Message, locale: Locale) -> str:
    """A line a scenario, with its interval where it differs between futures."""
    from keruen.report.charts import line_chart

    titles = {run.name: Told(run.title).render(locale) for run in found.runs}
    frame = rows.assign(
        value=rows["mean"], scenario=[titles[one] for one in rows["scenario"]]
    )[["year", "value", "scenario", "low", "high"]]  # fmt: skip
    drawn = len(set(frame["scenario"])) < len(found.runs) and bool(frame["low"].notna().all())
    return line_chart(
        frame, x="year", y="value", series="scenario", title=locale.say(title),
        bands={f"{LEVEL} %": ("low", "high")} if drawn else None,
        unit=UNITS[OUTCOMES[name].units].render(locale), lang=locale.lang, from_zero=drawn,
    )  # fmt: skip
