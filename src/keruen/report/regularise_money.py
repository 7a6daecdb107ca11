# SPDX-License-Identifier: Apache-2.0
"""Money of a regularisation programme: the treasury per person and year, and who gains."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.decide.regularise import LEAST_FACTOR, Band, banded, spread
from keruen.report.charts import line_chart
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Count, Locale, Message, Value, Verbatim, Year, msg, nmsg
from keruen.report.policy_page import (
    GIVEN,
    Ends,
    Line,
    largest,
    limits_table,
    money_unit,
    sensitivity_exhibit,
)
from keruen.report.policy_words import BASES, ITEMS, PARTIES, REASONS
from keruen.report.regularise_run import RegulariseRun

_MILLION: Final = 1e6


def millions(band: Band) -> Ends:
    """Lower limit, middle and upper limit in millions.

    Parameters
    ----------
    band : Band
        An amount with its limits.

    Returns
    -------
    tuple of DataArray
    """
    return band.lower / _MILLION, band.value / _MILLION, band.upper / _MILLION


def fiscal_section(run: RegulariseRun) -> Section:
    """The treasury: per person, by year, and what moves it.

    Parameters
    ----------
    run : RegulariseRun
        The run.

    Returns
    -------
    Section
    """
    found, currency = run.found, run.inputs.assumed.currency
    year = str(found.programme.opens.year)
    effect = found.effect
    parts = {
        "revenue": (msg("New taxes and contributions"), effect.revenue),
        "fee": (msg("Fee, spread over the permit"), effect.fee),
        "admin": (msg("Cost of the case, spread over the permit"), -effect.admin),
        "public_cost": (msg("Added public costs"), -effect.public_cost),
        "net": (msg("Net effect"), effect.net),
    }
    each = Exhibit(
        limits_table(
            "fiscal_person", msg("Part"),
            [Line(key, label, _ends(run, key, array)) for key, (label, array) in parts.items()],
            unit=money_unit(currency), period=year,
        ),
        msg("Effect of one person regularised in a year, {currency}", currency=currency),
        notes=(_band_note(),),
    )  # fmt: skip
    findings: list[Message] = []
    exhibits = [each, _years_exhibit(run)]
    if run.sensitivity is not None:
        name, share = largest(run.sensitivity)
        findings.append(
            msg(
                "The net fiscal value hangs most on this assumption: {name} ({share} of its "
                "spread).",
                name=name, share=share,
            )
        )  # fmt: skip
        title = msg("What moves the net fiscal value")
        exhibits.append(sensitivity_exhibit(run.sensitivity, title))
    gaps = () if run.sensitivity is not None else (
        msg("Which assumption moves the result most was not computed: {reason}.",
            reason=REASONS[run.unmoved]),
    )  # fmt: skip
    return Section("fiscal", msg("The treasury"), (*_worth(run), *findings), tuple(exhibits), gaps)


def _ends(run: RegulariseRun, key: str, array: xr.DataArray) -> Ends:
    """Limits over draws; of revenue and of what rests on it, no narrower than the evidence."""
    if key not in ("revenue", "net"):
        return spread(array)
    band = banded(array, run.found.effect.revenue)
    return band.lower, band.value, band.upper


def _band_note() -> Message:
    return msg(
        "No interval of an amount that rests on new revenue is narrower than a factor of "
        "{factor}: estimates of Spain 2005 by the same authors differ by as much.",
        factor=Count(LEAST_FACTOR, 1),
    )


def _worth(run: RegulariseRun) -> tuple[Message, ...]:
    low, mid, high = (float(one) for one in millions(run.found.value_band()))
    told: dict[str, Value] = {"mid": Count(mid), "low": Count(low), "high": Count(high),
                              "currency": Verbatim(run.inputs.assumed.currency)}  # fmt: skip
    if low > 0:
        return (msg("Present value: {mid} million {currency}, {low} to {high}: a gain.", **told),)
    if high < 0:
        return (msg("Present value: {mid} million {currency}, {low} to {high}: a loss.", **told),)
    return (
        msg(
            "Present value: {mid} million {currency}, {low} to {high}: the sign is not certain.",
            **told,
        ),
    )


def _years_exhibit(run: RegulariseRun) -> Exhibit:
    band, currency = run.found.fiscal_band(), run.inputs.assumed.currency
    ends = {"value": band.value, "lower": band.lower, "upper": band.upper}
    heads = {"value": msg("Median"), "lower": msg("Lower limit, 95%"),
             "upper": msg("Upper limit, 95%")}  # fmt: skip
    years = [int(year) for year in band.value["year"].to_numpy()]
    rows = tuple(
        Row(str(year), Year(year), tuple(
            Figure(f"fiscal_years.{key}.{year}", float(array.sel(year=year)) / _MILLION,
                   "million", str(year), (GIVEN,), "projection")
            for key, array in ends.items()
        ))
        for year in years
    )  # fmt: skip
    title = msg("Net fiscal effect of each year, million {currency}", currency=currency)
    table = Table("fiscal_years", msg("Year"),
                  tuple(Column(k, heads[k], "million") for k in ends), rows)  # fmt: skip
    moved = len(run.found.adjustments())
    note = nmsg(
        "{number} limit was moved apart to keep to the smallest interval.",
        "{number} limits were moved apart to keep to the smallest interval.",
        moved,
    )

    def draw(locale: Locale) -> str:
        import pandas as pd

        frame = pd.DataFrame({"x": np.array(years, dtype=float)} | {
            key: array.to_numpy() / _MILLION for key, array in ends.items()})  # fmt: skip
        return line_chart(
            frame, x="x", y="value", bands={"95%": ("lower", "upper")}, from_zero=True,
            title=_worth(run)[0].render(locale), unit=title.render(locale), lang=locale.lang,
        )  # fmt: skip

    return Exhibit(table, title, draw, (note,) if moved else ())


def parties_section(run: RegulariseRun) -> Section:
    """Who gains in the first year.

    Parameters
    ----------
    run : RegulariseRun
        The run.

    Returns
    -------
    Section
    """
    currency = run.inputs.assumed.currency
    rows = []
    for told in run.parties.to_dict("records"):
        item, money = str(told["item"]), told["unit"] == "money"
        scale, unit = (_MILLION, "million") if money else (1.0, "persons")
        keys = ("total", "lower", "upper")
        period = str(run.found.programme.opens.year)
        cells: list[Figure | Value | None] = [
            Figure(f"parties.{item}.persons", float(told["persons"]), "persons", period, (GIVEN,),
                   "estimate"),
            Figure(f"parties.{item}.per_person", float(told["per_person"]),
                   money_unit(currency) if money else "persons", period, (GIVEN,), "estimate",
                   0 if money else 2),
            *(Figure(f"parties.{item}.{key}", float(told[key]) / scale, unit, period, (GIVEN,),
                     "estimate") for key in keys),
            msg("million {currency}", currency=currency) if money else msg("persons"),
            BASES[item],
        ]  # fmt: skip
        side = msg("{party}: {item}", party=PARTIES[str(told["party"])], item=ITEMS[item])
        rows.append(Row(item, side, tuple(cells)))
    columns = (
        Column("persons", msg("Of how many"), "persons"),
        Column("per_person", msg("Gain of each")),
        Column("total", msg("Together")),
        Column("lower", msg("Lower limit, 95%")),
        Column("upper", msg("Upper limit, 95%")),
        Column("unit", msg("Unit")),
        Column("basis", msg("Hangs on")),
    )
    exhibit = Exhibit(
        Table("parties", msg("Side and gain"), columns, tuple(rows)),
        msg("Who gains in the first year, {currency}", currency=currency),
        notes=(
            msg(
                "The rows are not added up: that would take weights for each side, which only the "
                "reader can set."
            ),
        ),
    )
    return Section("parties", msg("Migrants, receiving country, countries of origin"),
                   exhibits=(exhibit,))  # fmt: skip
