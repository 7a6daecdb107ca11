# SPDX-License-Identifier: Apache-2.0
"""Exhibits of the triple-win table: numbers with intervals, how they are come by, break-even."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.decide.welfare import SIDES, TripleWin, break_even
from keruen.decide.welfare.triple_win import middle
from keruen.report.document import Column, Exhibit, Figure, Row, Table
from keruen.report.locale import Locale, Message, Percent, msg
from keruen.report.welfare_given import Given
from keruen.report.welfare_pictures import gains_chart, influence_chart
from keruen.report.welfare_words import HORIZON_NAMES, ROWS, SIDE_NAMES

if TYPE_CHECKING:
    from keruen.decide.uncertainty import Sensitivity
    from keruen.sources.parameters import Parameters

MILLION: Final = "million international dollars"
EACH: Final = "international dollars"
_LEVEL: Final = 95
_SHOWN: Final = 8
_ORDER: Final = ("long_run", "short_run")


def figure_of(
    key: str,
    values: tuple[xr.DataArray, xr.DataArray, xr.DataArray],
    unit: str,
    given: Given,
    *,
    scale: float = 1.0,
    decimals: int = 0,
) -> Figure:
    """A figure with its interval over draws."""
    low, mid, high = (float(one) / scale for one in values)
    known = np.isfinite(mid)
    return Figure(
        key, mid, unit, given.movers.period, given.sources, "estimate", decimals, signed=True,
        lower=low if known else None, upper=high if known else None, level=_LEVEL if known else 0,
    )  # fmt: skip


def numbers_exhibit(name: str, table: TripleWin, given: Given, title: Message) -> Exhibit:
    """Gains by row: persons, a person, total and its interval, long and short run."""
    total, each = middle(table.total), middle(table.per_person)
    people = middle(table.persons)[1]
    drawable = bool(total[1].notnull().any())
    decimals = 1 if float(abs(total[1]).fillna(0.0).max()) < 1e8 else 0
    rows = []
    for side, parties in SIDES.items():
        for party in parties:
            cells: list[Figure] = [
                Figure(f"{name}.persons.{party}", float(people.sel(party=party)), "persons",
                       given.movers.period, given.sources, "estimate")
            ]  # fmt: skip
            for horizon in _ORDER:
                at = {"party": party, "scenario": horizon}
                spread = tuple(one.sel(at) for one in total)
                ends = [f"{name}.{part}_{horizon}.{party}" for part in ("total", "low", "high")]
                if horizon == "long_run":
                    cells.append(
                        figure_of(f"{name}.each_{horizon}.{party}",
                                  (each[0].sel(at), each[1].sel(at), each[2].sel(at)), EACH, given,
                                  decimals=1)
                    )  # fmt: skip
                cells.append(
                    figure_of(ends[0], (spread[0], spread[1], spread[2]), MILLION, given,
                              scale=1e6, decimals=decimals)
                )  # fmt: skip
                cells += [
                    Figure(key, float(value) / 1e6, MILLION, given.movers.period, given.sources,
                           "estimate", decimals, signed=True)
                    for key, value in ((ends[1], spread[0]), (ends[2], spread[2]))
                ]  # fmt: skip
            label = msg("{side}: {row}", side=SIDE_NAMES[side], row=ROWS[party].name)
            rows.append(Row(party, ROWS[party].name if side == "migrant" else label, tuple(cells)))
    return Exhibit(
        Table(name, msg("Who"), _columns(), tuple(rows)),
        title,
        draw=(lambda locale: _draw(table, title, locale)) if drawable else None,
        notes=(
            msg(
                "Medians of the draws, with the limits that 95 of 100 draws lie within. Money is "
                "in international dollars of 2021 at purchasing power, a year while the migrants "
                "are away; medians of rows do not add up."
            ),
            msg(
                "Owners of capital are not counted by anybody: their gain is not told a person. "
                "A person of a treasury is a resident. Rows are never added up across sides."
            ),
        ),
    )


def _columns() -> tuple[Column, ...]:
    parts = [Column("persons", msg("Persons"), "persons")]
    for horizon in _ORDER:
        words = HORIZON_NAMES[horizon]
        if horizon == "long_run":
            parts.append(Column("each_long_run", msg("{when}: a person", when=words), EACH))
        parts += [
            Column(f"total_{horizon}", msg("{when}: total", when=words), MILLION),
            Column(f"low_{horizon}", msg("from"), MILLION),
            Column(f"high_{horizon}", msg("to"), MILLION),
        ]
    return tuple(parts)


def _draw(table: TripleWin, title: Message, locale: Locale) -> str:
    frame = table.to_table()
    frame = frame[frame["total"].notna()]
    figures = ["total", "total_lower", "total_upper"]
    wide = frame.pivot(index="party", columns="scenario", values=figures)
    wide = wide.reindex([party for party in ROWS if party in wide.index]) / 1e6
    drawn = wide.copy()
    drawn.columns = ["_".join(map(str, pair)) for pair in wide.columns]
    side = {party: name for name, parties in SIDES.items() for party in parties}
    drawn["side"] = [locale.say(SIDE_NAMES[side[party]]) for party in drawn.index]
    drawn["row"] = [locale.say(ROWS[party].name) for party in drawn.index]
    marks = [
        (locale.say(words), f"total_{key}", f"total_lower_{key}", f"total_upper_{key}")
        for key, words in HORIZON_NAMES.items()
    ]
    return gains_chart(
        drawn, group="side", name="row", marks=marks, title=locale.say(title),
        unit=locale.say(msg("int$ million of 2021 a year; median and 95 of 100 draws")),
        number=lambda value: locale.number(value, decimals=0 if value == round(value) else 2),
        note=locale.say(msg("A model with assumed ranges, not a measurement. Losses in orange.")),
    )  # fmt: skip


def words_exhibit(name: str) -> Exhibit:
    """How each row is come by, the assumption it hangs on, and what it leaves out."""
    rows = tuple(
        Row(party, words.name, (words.method, words.assumption, words.not_counted))
        for party, words in ROWS.items()
    )
    columns = (
        Column("method", msg("Method")),
        Column("assumption", msg("Key assumption")),
        Column("not_counted", msg("Not counted")),
    )
    return Exhibit(
        Table(name, msg("Who"), columns, rows),
        msg("How each row is come by, and what it leaves out"),
    )


def balance_exhibit(
    name: str, table: TripleWin, given: Given, weights: Mapping[str, float]
) -> Exhibit:
    """Totals by side and the weight of each at which gains and losses meet."""
    sides = table.sides()
    weight = break_even(sides.median("trajectory") if "trajectory" in sides.dims else sides)
    spread = middle(sides)
    rows = []
    for side in SIDES:
        cells: list[Figure] = []
        for horizon in _ORDER:
            at = {"party": side, "scenario": horizon}
            values = (spread[0].sel(at), spread[1].sel(at), spread[2].sel(at))
            cells.append(figure_of(f"{name}.total_{horizon}.{side}", values, MILLION, given,
                                   scale=1e6, decimals=1))  # fmt: skip
            cells.append(Figure(f"{name}.weight_{horizon}.{side}", float(weight.sel(at)), "ratio",
                                given.movers.period, given.sources, "estimate", 2))  # fmt: skip
        rows.append(Row(side, SIDE_NAMES[side], tuple(cells)))
    columns = tuple(
        Column(f"{part}_{horizon}", msg("{when}: {what}", when=HORIZON_NAMES[horizon], what=what),
               unit)
        for horizon in _ORDER
        for part, what, unit in (("total", msg("total"), MILLION),
                                 ("weight", msg("break-even weight"), "ratio"))
    )  # fmt: skip
    notes = [
        msg(
            "The break-even weight is that of one side, the others at one, at which the medians "
            "add up to zero; empty where no weight does it. It is no advice."
        )
    ]
    if weights:
        notes.append(_weighted_note(table, weights))
    return Exhibit(
        Table(name, msg("Party"), columns, tuple(rows)),
        msg("Totals by side, and the weights at which gains and losses meet"),
        notes=tuple(notes),
    )


def _weighted_note(table: TripleWin, weights: Mapping[str, float]) -> Message:
    whole = table.weighted(weights).sel(scenario="long_run", drop=True)
    low, mid, high = middle(whole)
    from keruen.report.locale import Count

    return msg(
        "Under the weights that the reader set ({weights}) the sides add up to {middle} million "
        "int$ a year in the long run, {low} to {high}.",
        weights=", ".join(f"{side} {value:g}" for side, value in weights.items()),
        middle=Count(float(mid) / 1e6, 1, signed=True),
        low=Count(float(low) / 1e6, 1, signed=True),
        high=Count(float(high) / 1e6, 1, signed=True),
    )


def influence_exhibit(
    name: str, found: Sensitivity, given: Given, parameters: Parameters
) -> Exhibit:
    """Shares of variance by assumption: those that matter most for any side."""
    sides = [str(one) for one in found.total["party"].to_numpy()]
    most = found.total.max("party")
    order = [str(one) for one in most.sortby(most, ascending=False)["input"].to_numpy()][:_SHOWN]
    rows = []
    for key in order:
        cells = []
        for side in sides:
            at = {"input": key, "party": side}
            cells.append(
                Figure(
                    f"{name}.{side}.{key}", 100 * float(found.total.sel(at)), "percent",
                    given.movers.period, given.sources, "estimate", 0,
                    lower=100 * float(found.total_low.sel(at)),
                    upper=100 * float(found.total_high.sel(at)), level=_LEVEL,
                )
            )  # fmt: skip
        rows.append(Row(key, label_of(parameters, key), tuple(cells)))
    first = order[0]
    strongest = str(found.total.sel(input=first).idxmax("party").item())
    title = msg(
        "“{assumption}” moves one result most: {share} of the variance of “{side}”",
        assumption=label_of(parameters, first),
        share=Percent(100 * float(most.sel(input=first)), 0),
        side=SIDE_NAMES[strongest],
    )
    columns = tuple(Column(side, SIDE_NAMES[side], "percent") for side in sides)
    return Exhibit(
        Table(name, msg("Assumption"), columns, tuple(rows)),
        title,
        draw=lambda locale: _bars(found.total.sel(input=order), title, parameters, locale),
        notes=(
            msg(
                "Total Sobol indices of the long run: the part of the variance of a side that "
                "would stay if all other assumptions were known. Parts overlap, so they may add "
                "up to more than 100%."
            ),
        ),
    )


@dataclass(frozen=True)
class Labelled:
    """A text that a parameter file gives in every language."""

    texts: Mapping[str, str]

    def render(self, locale: Locale) -> str:
        """The text in a language."""
        return self.texts.get(locale.lang, "")


def label_of(parameters: Parameters, key: str) -> Labelled:
    """What an assumption is called."""
    return Labelled(parameters[f"welfare.{key}"].label)


def _bars(found: xr.DataArray, title: Message, parameters: Parameters, locale: Locale) -> str:
    import pandas as pd

    sides = [str(one) for one in found["party"].to_numpy()]
    frame = pd.DataFrame({side: 100 * found.sel(party=side).to_numpy() for side in sides})
    frame["name"] = [label_of(parameters, str(key)).render(locale) for key in found["input"].values]
    return influence_chart(
        frame, name="name", shares=[(locale.say(SIDE_NAMES[side]), side) for side in sides],
        title=locale.say(title),
        unit=locale.say(msg("% of the variance of the long-run total of each side")),
        number=locale.number,
    )  # fmt: skip
