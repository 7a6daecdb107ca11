# SPDX-License-Identifier: Apache-2.0
"""The page of scenarios side by side: settings, levels, and what differs in every future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from keruen.report.build import Series, table
from keruen.report.document import Column, Exhibit, Part, Report, Row, Section, Table
from keruen.report.locale import Country, Locale, Message, Told, Value, Verbatim, Year, msg
from keruen.report.units import UNITS
from keruen.scenario.compare import Comparison
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.page import LEVEL

if TYPE_CHECKING:
    from keruen.scenario.results import Kept

_STEP: Final = 5


def comparison_report(found: Comparison) -> Report:
    """Scenarios side by side as a document, without language.

    Parameters
    ----------
    found : Comparison
        Runs, the reference first.

    Returns
    -------
    Report
    """
    first = found.runs[0]
    names = [name for name in OUTCOMES if _national(found, name)]
    sections = tuple(_outcome(found, name) for name in names)
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
            (*(Verbatim(str(row[one.name])) for one in runs), Verbatim(str(row["unit"]))),
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


def _rows(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[(frame["outcome"] == name) & (frame["region"] == "")]


def _decimals(unit: str) -> int:
    return 0 if unit == "persons" else 2


def _drawn(found: Comparison, name: str, locale: Locale) -> str:
    from keruen.report.charts import line_chart

    rows = _rows(found.levels, name)
    titles = {run.name: Told(run.title).render(locale) for run in found.runs}
    frame = pd.DataFrame(
        {
            "year": rows["year"].to_numpy(),
            "value": rows["mean"].to_numpy(),
            "scenario": [titles[one] for one in rows["scenario"]],
        }
    )
    title: Message = msg(
        "{outcome}, {start} to {end}, mean of all futures",
        outcome=OUTCOMES[name].label,
        start=Year(int(rows["year"].min())),
        end=Year(int(rows["year"].max())),
    )
    return line_chart(
        frame, x="year", y="value", series="scenario", title=locale.say(title),
        unit=UNITS[OUTCOMES[name].units].render(locale), lang=locale.lang,
    )  # fmt: skip
