# SPDX-License-Identifier: Apache-2.0
"""The index of attractiveness as a page: ranks with intervals, dimensions, what is missing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report.attractiveness_run import AttractivenessRun
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
from keruen.report.flow_run import Step
from keruen.report.interval_chart import interval_chart
from keruen.report.locale import Count, Country, Listing, Locale, Message, Value, Verbatim, msg
from keruen.report.policy_release import write_policy

if TYPE_CHECKING:
    import pandas as pd

DIMENSION_WORDS: Final[dict[str, Message]] = {
    "opportunities": msg("Quality of opportunities"),
    "income_and_tax": msg("Income and tax"),
    "prospects": msg("Future prospects"),
    "family": msg("Family environment"),
    "skills_environment": msg("Skills environment"),
    "inclusiveness": msg("Inclusiveness"),
    "quality_of_life": msg("Quality of life"),
    "health": msg("Health"),
}
"""Names of the dimensions."""

_INDICATORS: Final[dict[str, Message]] = {
    "unemployment_rate": msg("Unemployment rate (lower is better)"),
    "gdp_growth_rate": msg("Growth of GDP"),
    "gdp_per_capita_ppp_2021": msg("GDP per person at purchasing power"),
    "inflation_rate": msg("Inflation (lower is better)"),
    "tertiary_enrolment": msg("Enrolment in tertiary education"),
    "gini_index": msg("Gini index of incomes (lower is better)"),
    "political_stability": msg("Political stability"),
}
_LEVEL: Final = 90


def attractiveness_report(run: AttractivenessRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : AttractivenessRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    made_up = msg("PRACTICE: the figures are made up.") if run.practice else Verbatim("")
    title = (
        msg("How attractive countries are for talent, by your table")
        if run.own
        else msg("How attractive countries are for talent: a part of the index")
    )
    table = run.found.to_table()
    return Report(
        id="attractiveness",
        title=title,
        subtitle=msg(
            "{practice} No rank without its interval: ranks under {draws} random weights of the "
            "dimensions, 90 of 100 of them.",
            practice=made_up,
            draws=Count(run.found.draws),
        ),
        headlines=_headlines(run, table),
        parts=(
            Part("A", msg("Ranks"), (_ranks(run, table), _left_out(run))),
            Part("B", msg("What they are made from"), (_dimensions(run, table), _variables(run))),
        ),
        own_sources=run.sources,
    )


def _ids(run: AttractivenessRun) -> tuple[str, ...]:
    return tuple(one.id for one in run.sources)


def _rank(run: AttractivenessRun, key: str, row: pd.Series) -> Figure:
    return Figure(
        key, float(row["rank"]), "place", "", _ids(run), "estimate",
        lower=float(row["rank_low"]), upper=float(row["rank_high"]), level=_LEVEL,
    )  # fmt: skip


def _headlines(run: AttractivenessRun, table: pd.DataFrame) -> tuple[Headline, ...]:
    own = table[table["country"] == run.shown[0]].iloc[0]
    card = Headline(
        msg("{country}: rank among {number}", country=Country(run.shown[0]),
            number=Count(len(table))),
        _rank(run, "headline.rank", own),
        msg("{low} to {high} by the weights", low=Count(own["rank_low"]),
            high=Count(own["rank_high"])),
    )  # fmt: skip
    return (card,)


def _ranks(run: AttractivenessRun, table: pd.DataFrame) -> Section:
    """Every country with its interval; those shown in a picture."""
    rows = tuple(
        Row(
            str(row["country"]),
            Country(str(row["country"])),
            (
                _rank(run, f"ranks.{row['country']}.rank", row),
                *(
                    Figure(f"ranks.{row['country']}.{key}", float(row[key]), unit, "", _ids(run),
                           "estimate", digits)
                    for key, unit, digits in (
                        ("rank_low", "place", 0), ("rank_high", "place", 0),
                        ("without_low", "place", 0), ("without_high", "place", 0),
                        ("index", "index", 3),
                    )
                ),
            ),
        )
        for _, row in table.iterrows()
    )  # fmt: skip
    columns = (
        Column("rank", msg("Rank"), "place"),
        Column("rank_low", msg("Best by weights"), "place"),
        Column("rank_high", msg("Worst by weights"), "place"),
        Column("without_low", msg("Best without a variable"), "place"),
        Column("without_high", msg("Worst without a variable"), "place"),
        Column("index", msg("Index"), "index"),
    )
    first = table[table["country"] == run.shown[0]].iloc[0]
    title = msg(
        "{country}: rank {low} to {high} of {number}, by the weights of the reader",
        country=Country(run.shown[0]),
        low=Count(first["rank_low"]),
        high=Count(first["rank_high"]),
        number=Count(len(table)),
    )
    notes = (
        msg(
            "Each variable runs from 0 (worst of these countries) to 1 (best); a dimension is the "
            "mean of its variables; the index is their weighted mean{access}. Weights used: "
            "{weights}.",
            access=msg(", times the share of applications accepted")
            if run.found.accessibility.min() < 1
            else Verbatim(""),
            weights=_weights(run),
        ),
        *run.notes,
    )
    exhibit = Exhibit(
        Table("ranks", msg("Country"), columns, rows),
        title,
        partial(_rank_picture, run, table, title),
        notes,
    )
    gaps = []
    if run.found.absent:
        lacking = Listing(tuple(DIMENSION_WORDS[name] for name in run.found.absent))
        gaps.append(msg("Dimensions without any variable: {lacking}.", lacking=lacking))
    if not run.found.accessibility.min() < 1:
        gaps.append(
            msg("Nothing is said of access: the share of applications accepted is not given.")
        )
    return Section("ranks", msg("Ranks with their intervals"), (), (exhibit,), tuple(gaps))


def _weights(run: AttractivenessRun) -> Value:
    values = run.found.weights
    return Listing(
        tuple(
            msg("{name} {share}", name=DIMENSION_WORDS[str(name)],
                share=Count(100 * float(values.sel(dimension=name)), 0))
            for name in values.indexes["dimension"]
        )
    )  # fmt: skip


def _rank_picture(
    run: AttractivenessRun, table: pd.DataFrame, title: Message, locale: Locale
) -> str:
    frame = table[table["country"].isin(run.shown)].copy()
    frame["name"] = [Country(str(code)).render(locale) for code in frame["country"]]
    made_up = msg("PRACTICE: the figures are made up.")
    return interval_chart(
        frame, name="name", value="rank", lower="rank_low", upper="rank_high",
        title=title.render(locale), unit=msg("place; 1 is the best").render(locale),
        number=locale.number,
        note=made_up.render(locale) if run.practice else "",
    )  # fmt: skip


def _left_out(run: AttractivenessRun) -> Section:
    """Ranks of the countries shown when a variable is left out."""
    names = [str(one) for one in run.found.without.indexes["indicator"]]
    columns = tuple(
        Column(f"without_{at}", _indicator(name), "place") for at, name in enumerate(names)
    )
    ranks = run.found.without.sel(country=list(run.shown)).transpose("country", "indicator")
    rows = tuple(
        Row(
            code,
            Country(code),
            tuple(
                Figure(f"without.{code}.{name}", float(ranks[at, place]), "place", "", _ids(run),
                       "estimate")
                for place, name in enumerate(names)
            ),
        )
        for at, code in enumerate(run.shown)
    )  # fmt: skip
    exhibit = Exhibit(
        Table("without", msg("Country"), columns, rows), msg("Rank when a variable is left out")
    )
    return Section("without", msg("One variable less"), (), (exhibit,))


def _indicator(name: str) -> Value:
    return _INDICATORS.get(name, Verbatim(name))


def _dimensions(run: AttractivenessRun, table: pd.DataFrame) -> Section:
    """Dimensions of the countries shown."""
    names = [str(one) for one in run.found.scores.indexes["dimension"]]
    columns = tuple(Column(name, DIMENSION_WORDS[name], "index") for name in names)
    chosen = table[table["country"].isin(run.shown)]
    rows = tuple(
        Row(
            str(row["country"]),
            Country(str(row["country"])),
            tuple(
                Figure(f"dimensions.{row['country']}.{name}", float(row[name]), "index", "",
                       _ids(run), "estimate", 2)
                for name in names
            ),
        )
        for _, row in chosen.iterrows()
    )  # fmt: skip
    exhibit = Exhibit(
        Table("dimensions", msg("Country"), columns, rows),
        msg("Dimensions, 0 the worst and 1 the best of all countries"),
    )
    return Section("dimensions", msg("Dimensions"), (), (exhibit,))


def _variables(run: AttractivenessRun) -> Section:
    """Values of the first country shown, beside the lowest and highest."""
    own = run.values[run.values["country"] == run.shown[0]]
    kept = run.values[run.values["country"].isin(run.found.index.indexes["country"])]
    span = kept.groupby("indicator")["value"].agg(["min", "max"])
    rows = []
    for name, kind, value, year in zip(
        *(own[one] for one in ("indicator", "dimension", "value", "year")), strict=True
    ):
        told = Verbatim("" if np.isnan(year) else str(int(year)))
        low, high = span.loc[name, ["min", "max"]]
        numbers = tuple(Count(float(one), 1) for one in (value, low, high))
        label = DIMENSION_WORDS.get(kind, msg("Access"))
        rows.append(Row(name, _indicator(name), (label, told, *numbers)))
    columns = (
        Column("dimension", msg("Dimension")),
        Column("year", msg("Year")),
        Column("own", Country(run.shown[0])),
        Column("low", msg("Lowest of all")),
        Column("high", msg("Highest of all")),
    )
    exhibit = Exhibit(
        Table("variables", msg("Variable"), columns, tuple(rows)),
        msg("Variables of {country}", country=Country(run.shown[0])),
    )
    return Section("variables", msg("Variables"), (), (exhibit,))


def write_attractiveness(
    run: AttractivenessRun, target: Path, *, locale: Locale, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of the index to a folder.

    Parameters
    ----------
    run : AttractivenessRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``attractiveness.html``, ``attractiveness.xlsx``, a CSV a table, the values used
        (``talent_indicators.csv``, to be changed and given again) and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.
    """
    english = Locale("en")
    manifest = {
        "command": "points attractiveness",
        "options": dict(run.options),
        "practice": run.practice,
        "absent_dimensions": list(run.found.absent),
        "inputs": [{"name": one.id, "citation": one.citation} for one in run.sources],
        "warnings": [note.render(english) for note in run.notes],
    }
    held = ["country", "indicator", "dimension", "direction", "value"]
    tables = {"talent_indicators": run.values[held]}
    return write_policy(
        attractiveness_report(run), tables, manifest, target, name="attractiveness",
        locale=locale, step=step,
    )  # fmt: skip
