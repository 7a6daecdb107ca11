# SPDX-License-Identifier: Apache-2.0
"""Further exhibits of a welfare run: place premium, treasury, graduates, surplus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import xarray as xr

from keruen.decide.welfare import FiscalValue, Ledger, Surplus
from keruen.decide.welfare.triple_win import middle
from keruen.report.document import Column, Exhibit, Figure, Row, Table
from keruen.report.locale import Count, Country, Locale, Message, Percent, Verbatim, msg
from keruen.report.welfare_given import Given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keruen.report.locale import Value

EACH: Final = "international dollars"
_LEVEL: Final = 95
_CORRIDORS: Final = 12
_AGES: Final = (0, 10, 20, 30, 40, 50, 60, 70)
_CURVE_AGE: Final = 25
_VERSIONS: Final[dict[tuple[str, str], Message]] = {
    ("value", "marginal"): msg("Marginal cost of public goods"),
    ("value", "average"): msg("Average cost of public goods"),
    ("with_descendants", "marginal"): msg("Marginal cost, with children"),
    ("with_descendants", "average"): msg("Average cost, with children"),
}


def _cell(
    key: str, array: xr.DataArray, unit: str, given: Given, *, decimals: int = 0,
    signed: bool = False,
) -> Figure:  # fmt: skip
    low, mid, high = (float(one) for one in middle(array))
    drawn = "trajectory" in array.dims and np.isfinite(mid)
    return Figure(
        key, mid, unit, given.movers.period, given.sources, "estimate", decimals, signed,
        lower=low if drawn else None, upper=high if drawn else None,
        level=_LEVEL if drawn else 0,
    )  # fmt: skip


def corridor_exhibit(name: str, ledger: Ledger, given: Given) -> Exhibit:
    """Pay abroad over pay at home on the largest corridors, and its bound under selection."""
    if given.corridors is None:
        raise ValueError("a direction without corridors has no premium")
    movers = given.corridors.movers
    rows = []
    for code in [str(one) for one in movers["partner"].to_numpy()][:_CORRIDORS]:
        at = {"partner": code}
        cells = (
            Figure(f"{name}.movers.{code}", float(movers.sel(at)), "persons",
                   given.movers.period, given.sources,
                   "observed" if given.movers.observed else "estimate"),
            _cell(f"{name}.premium.{code}", ledger.premium.sel(at), "ratio", given, decimals=2),
            _cell(f"{name}.bound.{code}", ledger.premium_bound.sel(at), "ratio", given, decimals=2),
            _span(ledger.premium_bound.sel(at)),
        )  # fmt: skip
        rows.append(Row(code, Country(code), cells))
    columns = (
        Column("movers", msg("Movers a year"), "persons"),
        Column("premium", msg("Pay there over pay at home"), "ratio"),
        Column("bound", msg("The same under selection"), "ratio"),
        Column("span", msg("Under selection, 95 of 100 draws")),
    )
    return Exhibit(
        Table(name, msg("Partner"), columns, tuple(rows)),
        msg("Pay of a worker of equal schooling in the receiving country over pay at home"),
        notes=(
            msg(
                "From output a worker at purchasing power and the share of labour, not from "
                "surveys of pay: a ratio of countries, corrected for schooling. Below 1 people "
                "move for reasons other than pay."
            ),
        ),
    )


def _span(array: xr.DataArray) -> Message:
    low, _, high = (float(one) for one in middle(array))
    return msg("{low} to {high}", low=Count(low, 2), high=Count(high, 2))


def fiscal_exhibit(found: FiscalValue, given: Given) -> Exhibit:
    """Fiscal present value by age at arrival, in four versions."""
    rows = []
    for age in _AGES:
        cells = tuple(
            _cell(f"fiscal.{part}_{series}.{age}",
                  getattr(found, part).sel(series=series, entry_age=age), EACH, given, signed=True)
            for part, series in _VERSIONS
        )  # fmt: skip
        rows.append(Row(str(age), Verbatim(str(age)), cells))
    columns = tuple(
        Column(f"{part}_{series}", words, EACH) for (part, series), words in _VERSIONS.items()
    )
    return Exhibit(
        Table("fiscal", msg("Age at arrival"), columns, tuple(rows)),
        msg("Present value of taxes less costs of one who arrives, by age and by what is counted"),
        draw=lambda locale: _ages_picture(found, locale),
        notes=(
            msg(
                "Medians of the draws. Flat shares of pay and of output by stages of life, not "
                "national transfer accounts by single age, which the package does not hold."
            ),
        ),
    )


def _ages_picture(found: FiscalValue, locale: Locale) -> str:
    from keruen.report.charts import line_chart

    title = msg("Present value of taxes less costs, by age at arrival")
    frames = [
        pd.DataFrame(
            {
                "age": list(range(0, 81, 5)),
                "value": middle(getattr(found, part).sel(series=series))[1]
                .sel(entry_age=list(range(0, 81, 5)))
                .to_numpy()
                / 1e3,
                "series": locale.say(words),
            }
        )
        for (part, series), words in _VERSIONS.items()
    ]
    return line_chart(
        pd.concat(frames),
        x="age",
        y="value",
        series="series",
        title=locale.say(title),
        unit=locale.say(msg("thousand int$ a person; medians of the draws")),
        lang=locale.lang,
    )


def curve_exhibit(found: FiscalValue, given: Given) -> Exhibit:
    """Fiscal present value of one who arrives at 25 over discount rates."""
    rows = []
    for rate in found.value["discount"].to_numpy():
        cells = tuple(
            _cell(f"curve.{part}_{series}.{100 * rate:.0f}",
                  getattr(found, part).sel(series=series, entry_age=_CURVE_AGE, discount=rate),
                  EACH, given, signed=True)
            for part, series in _VERSIONS
        )  # fmt: skip
        rows.append(Row(f"{100 * rate:.0f}", Percent(100 * float(rate), 0), cells))
    columns = tuple(
        Column(f"{part}_{series}", words, EACH) for (part, series), words in _VERSIONS.items()
    )
    return Exhibit(
        Table("curve", msg("Discount rate"), columns, tuple(rows)),
        msg("The same for one who arrives at {age}, over discount rates",
            age=Verbatim(str(_CURVE_AGE))),
        notes=(msg("Other assumptions at their medians. A sign that turns is no fault: it says "
                   "how much the answer hangs on the rate."),),
    )  # fmt: skip


def brain_exhibit(ledger: Ledger, given: Given) -> Exhibit:
    """Chance of graduates to leave, and what is left of them."""
    found = ledger.brain
    lines: Mapping[str, tuple[Value, xr.DataArray]] = {
        "chance": (msg("Graduates who leave, of a year's graduates"), ledger.leaving),
        "schooled": (msg("Young people who become graduates"), found.schooled),
        "left": (msg("Graduates among the young who stay"), found.left),
        "drain": (msg("Change through those who left"), found.drain),
        "gain": (msg("Change through more who study"), found.gain),
        "peak": (msg("Chance to leave that leaves most graduates"), found.peak),
        "break_even": (msg("Chance to leave from which graduates get fewer"), found.break_even),
    }
    rows = []
    for key, (words, array) in lines.items():
        figure = _cell(f"brain.share.{key}", 100 * array, "percent", given, decimals=2,
                       signed=key in ("drain", "gain"))  # fmt: skip
        low, high = figure.lower, figure.upper
        span = msg("{low} to {high}", low=Count(low, 2), high=Count(high, 2))
        rows.append(Row(key, words, (figure, span)))
    columns = (Column("share", msg("Share"), "percent"), Column("span", msg("95 of 100 draws")))
    return Exhibit(
        Table("brain", msg("What"), columns, tuple(rows)),
        _brain_title(found.peak),
        notes=(
            msg(
                "Departures of a year against a cohort of about 20 years of age; departures less "
                "returns would be fewer. A chance of 0 that leaves most graduates means that any "
                "emigration leaves fewer."
            ),
        ),
    )


def _brain_title(peak: xr.DataArray) -> Message:
    if float(np.median(peak.to_numpy())) > 0:
        return msg("A small chance to leave adds graduates at home, a large one takes them away")
    return msg("With as many graduates as here, any emigration of graduates leaves fewer of them")


def surplus_exhibit(found: Surplus, share: float, given: Given) -> Exhibit:
    """The immigration surplus of all immigrants in the country, one labour type."""
    lines = {
        "surplus": (msg("Natives together"), found.surplus),
        "native_labour": (msg("Native workers"), found.native_labour),
        "capital": (msg("Owners of capital"), found.capital),
    }
    rows = []
    for key, (words, array) in lines.items():
        cells = []
        for horizon in ("short_run", "long_run"):
            one = _cell(f"surplus.{horizon}.{key}", 100 * array.sel(scenario=horizon),
                        "percent of GDP", given, decimals=2, signed=True)  # fmt: skip
            cells.append(one)
        rows.append(Row(key, words, tuple(cells)))
    columns = (
        Column("short_run", msg("Short run, capital fixed"), "percent of GDP"),
        Column("long_run", msg("Long run, capital adjusted"), "percent of GDP"),
    )
    return Exhibit(
        Table("surplus", msg("Who"), columns, tuple(rows)),
        msg("If all workers were alike: what immigrants, {share} of workers, change for natives",
            share=Percent(100 * share)),
        notes=(
            msg(
                "Exact Cobb-Douglas form; immigrants are taken to work as often as others. In the "
                "long run workers who are like the natives change nothing for them: the gains of "
                "the tables above come from differences in schooling and origin."
            ),
        ),
    )  # fmt: skip
