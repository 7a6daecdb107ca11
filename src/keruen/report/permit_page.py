# SPDX-License-Identifier: Apache-2.0
"""A run over the price of a permit as a page: prices, peaks, a quota too small, indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.core.origin import LICENCES, Source
from keruen.decide.regularise import spread
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
from keruen.report.locale import (
    Count,
    Country,
    Locale,
    Message,
    Percent,
    Verbatim,
    Year,
    msg,
)
from keruen.report.permit_register import REGISTER, register_section
from keruen.report.permit_run import PermitRun
from keruen.report.policy_page import (
    GIVEN,
    Line,
    assumptions_exhibit,
    fan_frame,
    given_source,
    largest,
    limits_table,
    money_unit,
    sensitivity_exhibit,
)
from keruen.report.policy_words import NOT_COUNTED_PERMITS, REASONS, unsure

if TYPE_CHECKING:
    import xarray as xr

_LAW: Final = "parameters.rus"
_MILLION: Final = 1e6
_THOUSAND: Final = 1e3
_EVERY: Final = 5
"""Of the prices computed, every fifth stands in the table."""


def permit_report(run: PermitRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : PermitRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    practice = run.assumed.practice()
    title = msg("Price of a personal work permit")
    if run.files.case:
        country = Country(str(run.options["given"]).upper())
        title = msg("{country}: price of a personal work permit", country=country)
    first = [_prices(run), _peaks(run), _quota(run)]
    register = [register_section(run.register)] if len(run.register.indicators) else []
    law = Source(_LAW, "Russian Federation: parameters of patents and quotas", "",
                 "Keruen, dated parameters, rus/patents: figures of 2014 by the Federal Migration "
                 "Service", LICENCES["facts"])  # fmt: skip
    own = Source(REGISTER, "Register of permits as given", "", "Register of permits as given",
                 LICENCES["own-use"])  # fmt: skip
    return Report(
        id=f"permits-{run.files.case or 'own'}",
        title=title,
        subtitle=msg(
            "{practice} A model with stated assumptions: it proposes, a named officer decides. "
            "Intervals hold 95 of 100 of {draws} draws.",
            practice=msg("PRACTICE: some figures are made up.") if practice else Verbatim(""),
            draws=Count(float(str(run.options["draws"]))),
        ),
        headlines=_headlines(run),
        parts=(
            Part("A", msg("Price and legal work"), (*first, *register)),
            Part("B", msg("Evidence"), (_assumed(run), _left_out())),
        ),
        own_sources=(given_source(run.files), law, own),
    )


def _headlines(run: PermitRun) -> tuple[Headline, ...]:
    today, currency = run.today, run.assumed.currency
    money = money_unit(currency)
    share = 100 * today.share_legal.isel(price=0)
    revenue = today.revenue.isel(price=0) / _MILLION
    return (
        _card(run, "share", msg("Share legal at today's price"), share, "percent"),
        _card(run, "revenue", msg("Revenue a year at today's price, {currency}", currency=currency),
              revenue, "million"),
        _card(run, "legal_peak", msg("Price at which most work legally, {currency}",
                                     currency=currency), run.curve.legal_peak, money),
        _card(run, "revenue_peak", msg("Price at which revenue is highest, {currency}",
                                       currency=currency), run.curve.revenue_peak, money),
    )  # fmt: skip


def _card(run: PermitRun, key: str, label: Message, array: xr.DataArray, unit: str) -> Headline:
    low, mid, high = (float(one) for one in spread(array))
    figure = Figure(f"headline.{key}", mid, unit, run.priced, (GIVEN,), "estimate", 0, lower=low,
                    upper=high, level=95)  # fmt: skip
    between = msg("{low} to {high}", low=Count(low), high=Count(high))
    return Headline(label, figure, between if low < high else None)


def _prices(run: PermitRun) -> Section:
    curve, currency = run.curve, run.assumed.currency
    columns: dict[str, tuple[Message, xr.DataArray, str, float]] = {
        "share": (msg("Share legal"), 100 * curve.share_legal, "percent", 1.0),
        "legal": (msg("Legal workers"), curve.legal, "persons", 1.0),
        "irregular": (msg("Irregular workers"), curve.irregular, "persons", 1.0),
        "revenue": (msg("Revenue a year, {currency}", currency=currency), curve.revenue,
                    "million", _MILLION),
        "cases": (msg("Findings avoided a year"), curve.cases_avoided, "persons", 1.0),
        "wage": (msg("Mean wage, {currency} a month", currency=currency), curve.wage, "currency",
                 1.0),
    }  # fmt: skip
    prices = curve.legal["price"].to_numpy()[::_EVERY]
    middle = {key: spread(array)[1] / scale for key, (_, array, _, scale) in columns.items()}
    rows = tuple(
        Row(f"{price:g}", Count(float(price)), tuple(
            Figure(f"prices.{key}.{price:g}", float(middle[key].sel(price=price)), unit, "",
                   (GIVEN,), "estimate")
            for key, (_, _, unit, _) in columns.items()
        ))
        for price in prices
    )  # fmt: skip
    heads = tuple(
        Column(key, label, "" if unit == "currency" else unit)
        for key, (label, _, unit, _) in columns.items()
    )
    head = msg("Price of a payment, {currency}", currency=currency)
    table = Table("prices", head, heads, rows)
    note = msg(
        "Medians; limits are in the pictures. Findings avoided: irregular workers who would have "
        "been found in a year if nobody paid."
    )
    legal = Exhibit(table, msg("What each price does"), lambda at: _share_picture(run, at), (note,))
    said = (*_price_words(run), *unsure(run.assumed))
    return Section("prices", msg("Prices"), said, (legal,))


def _price_words(run: PermitRun) -> tuple[Message, ...]:
    low, mid, high = (float(one) for one in spread(100 * run.today.share_legal.isel(price=0)))
    return (
        msg(
            "At today's price of {price} {currency} {mid} of workers are legal, {low} to {high}: "
            "this is what the model is calibrated on.",
            price=Count(run.assumed.fixed("price", 0.0)),
            currency=Verbatim(run.assumed.currency),
            mid=Percent(mid, decimals=0),
            low=Percent(low, decimals=0),
            high=Percent(high, decimals=0),
        ),
        msg(
            "How workers answer to other prices follows from this one pair and is an assumption, "
            "the stronger the farther a price is from today's."
        ),
    )


def _marks(run: PermitRun, locale: Locale) -> dict[float, str]:
    return {run.assumed.fixed("price", 0.0): locale.say(msg("today"))}


def _share_picture(run: PermitRun, locale: Locale) -> str:
    currency = run.assumed.currency
    frame = fan_frame(100 * run.curve.share_legal, along="price")
    return line_chart(
        frame, x="x", y="y", bands={"95%": ("low", "high")}, from_zero=True, lang=locale.lang,
        marks=_marks(run, locale), title=locale.say(msg("A higher price, less legal work")),
        unit=locale.say(msg("percent of workers with a permit; across: price of a payment, "
                            "{currency}", currency=currency)),
    )  # fmt: skip


def _peaks(run: PermitRun) -> Section:
    curve, currency = run.curve, run.assumed.currency
    lines = [
        Line("legal_peak", msg("Price at which most work legally"), spread(curve.legal_peak)),
        Line("revenue_peak", msg("Price at which revenue is highest"), spread(curve.revenue_peak)),
    ]
    title = msg("Two prices that differ, {currency}", currency=currency)
    exhibit = Exhibit(
        limits_table("peaks", msg("Price"), lines, unit=money_unit(currency), period=run.priced),
        title,
        lambda locale: _revenue_picture(run, locale),
        (
            msg(
                "Legal work never gains from a higher price: it is largest at 0, or up to the "
                "price at which a quota ceases to bind. Revenue is zero at price 0, rises, and "
                "falls again when too many stop paying."
            ),
        ),
    )
    lost = [float(one) for one in spread(run.at_peaks["legal_lost"])]
    gained = [float(one) / _MILLION for one in spread(run.at_peaks["revenue_gained"])]
    findings: list[Message] = [
        msg(
            "Going from today's price to that of the highest revenue would bring {gain} million "
            "{currency} a year ({gain_low} to {gain_high}) and change legal work by {lost} "
            "workers ({lost_low} to {lost_high}).",
            gain=Count(gained[1], signed=True),
            gain_low=Count(gained[0], signed=True),
            gain_high=Count(gained[2], signed=True),
            currency=Verbatim(currency),
            lost=Count(-lost[1], signed=True),
            lost_low=Count(-lost[2], signed=True),
            lost_high=Count(-lost[0], signed=True),
        )
    ]
    exhibits = [exhibit]
    if run.sensitivity is not None:
        name, share = largest(run.sensitivity)
        findings.append(
            msg(
                "The price of the highest revenue hangs most on this assumption: {name} ({share} "
                "of its spread).",
                name=name, share=share,
            )
        )  # fmt: skip
        exhibits.append(
            sensitivity_exhibit(run.sensitivity, msg("What moves the price of the highest revenue"))
        )
    gaps = () if run.sensitivity is not None else (
        msg("Which assumption moves the result most was not computed: {reason}.",
            reason=REASONS[run.unmoved]),
    )  # fmt: skip
    return Section("peaks", msg("Legal work or revenue"), tuple(findings), tuple(exhibits), gaps)


def _revenue_picture(run: PermitRun, locale: Locale) -> str:
    currency = run.assumed.currency
    frame = fan_frame(run.curve.revenue, along="price", scale=_MILLION)
    top = float(run.curve.revenue["price"].max())
    peak = float(spread(run.curve.revenue_peak)[1])
    marks = _marks(run, locale)
    if 0 < peak < top:
        marks[peak] = locale.say(msg("highest revenue"))
    return line_chart(
        frame, x="x", y="y", bands={"95%": ("low", "high")}, from_zero=True, lang=locale.lang,
        marks=marks, title=locale.say(msg("Revenue rises with the price, then falls")),
        unit=locale.say(msg("million {currency} a year; across: price of a payment, {currency}",
                            currency=currency)),
    )  # fmt: skip


def _quota(run: PermitRun) -> Section:
    quota, workers = run.quota_case
    found = run.shortfall
    values = {
        "quota": (msg("Quota of permits"), quota),
        "workers": (msg("Foreign workers, about"), workers),
        "irregular": (msg("Without a place in the quota, at least"), float(found.irregular)),
    }
    rows = tuple(
        Row(key, label, (Figure(f"quota.{key}", value, "persons", "2014", (_LAW,),
                                "estimate" if key == "irregular" else "observed"),))
        for key, (label, value) in values.items()
    )  # fmt: skip
    heads = (Column("value", msg("How many"), "persons"),)
    exhibit = Exhibit(
        Table("quota", msg("Russian Federation, 2014"), heads, rows),
        msg("A quota far below the number of workers makes irregular work"),
    )
    said = msg(
        "Russian Federation, {year}: even if all had wanted a permit, {share} of foreign workers "
        "could not have had one.",
        year=Year(2014),
        share=Percent(100 * float(found.least_share), decimals=1),
    )
    return Section("quota", msg("When a quota is too small"), (said,), (exhibit,))


def _assumed(run: PermitRun) -> Section:
    return Section("assumed", msg("What was assumed"),
                   exhibits=(assumptions_exhibit(run.assumed, run.priced),))  # fmt: skip


def _left_out() -> Section:
    return Section("left_out", msg("What was not counted"), NOT_COUNTED_PERMITS)
