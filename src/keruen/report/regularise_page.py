# SPDX-License-Identifier: Apache-2.0
"""A run of a regularisation programme as a page: people, money, who gains, what was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
    Status,
    Table,
)
from keruen.report.locale import (
    Count,
    Country,
    Listing,
    Locale,
    Message,
    Percent,
    Value,
    Verbatim,
    Year,
    msg,
)
from keruen.report.policy_page import (
    GIVEN,
    Line,
    assumptions_exhibit,
    cases_source,
    fan_frame,
    given_source,
    limits_table,
)
from keruen.report.policy_words import NOT_COUNTED, STATUSES, unsure
from keruen.report.regularise_cases import cases_exhibit, shares_exhibit, spain_exhibit
from keruen.report.regularise_money import fiscal_section, millions, parties_section
from keruen.report.regularise_run import RegulariseRun

if TYPE_CHECKING:
    import xarray as xr

_THOUSAND: Final = 1e3


def regularise_report(run: RegulariseRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : RegulariseRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    made_up = msg("PRACTICE: the figures are made up.") if run.practice else Verbatim("")
    return Report(
        id=f"regularise-{run.files.case or 'own'}",
        title=_title(run),
        subtitle=msg(
            "{practice} A model with stated assumptions: it proposes, a named officer decides. "
            "Intervals hold 95 of 100 of {draws} draws.",
            practice=made_up,
            draws=Count(float(str(run.options["draws"]))),
        ),
        headlines=_headlines(run),
        parts=(
            Part("A", msg("Migrants and their status"), (_people(run), _status(run))),
            Part("B", msg("Money"), (fiscal_section(run), parties_section(run))),
            Part("C", msg("Evidence"), (_published(run), _assumed(run), _left_out())),
        ),
        own_sources=(given_source(run.files), cases_source()),
    )


def _title(run: RegulariseRun) -> Message:
    year = Year(run.found.programme.opens.year)
    if not run.files.case:
        return msg("Regularisation programme of {year}", year=year)
    country = Country(str(run.options["given"]).upper())
    if run.practice:
        return msg("{country}: regularisation programme, a made-up example", country=country)
    return msg("{country}: regularisation programme of {year}", country=country, year=year)


def _headlines(run: RegulariseRun) -> tuple[Headline, ...]:
    found, currency = run.found, run.inputs.assumed.currency
    totals = found.totals()
    year = str(found.programme.opens.year)
    last = int(found.people["year"][-1])
    worth = found.value_band()
    less = _less_irregular(run)
    return (
        _card("approved", msg("People regularised"), spread(totals["approved"]), "persons", year,
              status=_status_of(run, "approved")),
        _card("take_up", msg("Take-up among those eligible"), _percent(_take_up(run)), "percent",
              year, decimals=0),
        _card("less_irregular", msg("Fewer irregular migrants than without the programme"),
              spread(less.isel(year=-1)), "persons", str(last)),
        _card("value", msg("Net fiscal value, {currency}", currency=currency),
              millions(worth), "million", f"{year}–{last}"),
    )  # fmt: skip


def _card(
    key: str,
    label: Message,
    ends: tuple[xr.DataArray, xr.DataArray, xr.DataArray],
    unit: str,
    period: str,
    *,
    decimals: int = 0,
    status: Status = "estimate",
) -> Headline:
    low, mid, high = (float(one) for one in ends)
    figure = Figure(f"headline.{key}", mid, unit, period, (GIVEN,), status, decimals,
                    lower=low, upper=high, level=95)  # fmt: skip
    between = msg("{low} to {high}", low=Count(low, decimals), high=Count(high, decimals))
    return Headline(label, figure, between if low < high else None)


def _status_of(run: RegulariseRun, group: str) -> Status:
    """Those approved are observed where they were published; all else is estimated."""
    published = group == "approved" and run.inputs.approved is not None
    return "observed" if published else "estimate"


def _percent(
    array: xr.DataArray,
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    low, mid, high = spread(100 * array)
    return low, mid, high


def _take_up(run: RegulariseRun) -> xr.DataArray:
    return run.found.take_up.sum("window_part")


def _less_irregular(run: RegulariseRun) -> xr.DataArray:
    found = run.found
    return (found.without - found.people).sel(status="irregular")


def _people(run: RegulariseRun) -> Section:
    found = run.found
    names: dict[str, Value] = {
        "stock": msg("Irregular migrants"),
        "eligible": msg("Eligible under the rule"),
        "applicants": msg("Applicants"),
        "approved": msg("Approved"),
    }
    lines = [
        Line(k, names[k], spread(array), status=_status_of(run, k))
        for k, array in found.totals().items()
    ]
    notes = (
        msg(
            "Whole persons in every draw: no more apply than are eligible, no more are approved "
            "than apply."
        ),
        _stock_words(run),
    )
    year = str(found.programme.opens.year)
    exhibit = Exhibit(
        limits_table("people", msg("Group"), lines, unit="persons", period=year),
        msg("From the irregular stock to those approved"),
        notes=notes,
    )
    said = (*_said(run), *unsure(run.inputs.assumed))
    return Section("people", msg("Who is regularised"), said, (exhibit,))


def _stock_words(run: RegulariseRun) -> Message:
    """Limits of the stock, and how it is known."""
    given, stock = run.inputs, run.files.tables["stock"]
    known = sorted(set(stock["status"])) if "status" in stock else []
    words = tuple(STATUSES[str(one)] for one in known if one in STATUSES)
    low, mid, high = (float(one.sum()) for one in (given.low, given.stock, given.high))
    return msg(
        "The stock is given as {mid}, {low} to {high} (how it is known: {status}). In each draw "
        "all groups stand at the same place within their limits.",
        mid=Count(mid), low=Count(low), high=Count(high),
        status=Listing(words) if words else msg("not stated"),
    )  # fmt: skip


def _said(run: RegulariseRun) -> list[Message]:
    """Findings in words: take-up, and the published number where there is one."""
    if run.predicted is None or run.inputs.approved is None:
        low, mid, high = (float(one) for one in spread(run.found.totals()["approved"]))
        return [
            msg(
                "{mid} people would be regularised, {low} to {high}.",
                mid=Count(mid), low=Count(low), high=Count(high),
            )
        ]  # fmt: skip
    low, mid, high = (float(one) for one in spread(run.predicted.totals()["approved"]))
    told = {"mid": Count(mid), "low": Count(low), "high": Count(high),
            "published": Count(run.inputs.approved)}  # fmt: skip
    if low <= run.inputs.approved <= high:
        verdict = msg(
            "Back-test: without the outcome the model expects {mid} approvals, {low} to {high}; "
            "{published} were published, within the interval.",
            **told,
        )
    else:
        verdict = msg(
            "Back-test: without the outcome the model expects {mid} approvals, {low} to {high}; "
            "{published} were published, outside the interval.",
            **told,
        )
    used = msg("All that follows uses the published approvals.")
    return [verdict, used]


def _status(run: RegulariseRun) -> Section:
    found = run.found
    irregular = found.people.sel(status="irregular")
    without = found.without.sel(status="irregular")
    legal, pulled = found.legal, found.pulled
    columns: dict[str, tuple[Value, xr.DataArray]] = {
        "with": (msg("With the programme"), spread(irregular)[1]),
        "with_low": (msg("Lower limit, 95%"), spread(irregular)[0]),
        "with_high": (msg("Upper limit, 95%"), spread(irregular)[2]),
        "without": (msg("Without it"), spread(without)[1]),
        "legal": (msg("Still legal"), spread(legal)[1]),
        "pull_low": (msg("At the least pull"), spread(pulled.sel(bound="least"))[1]),
        "pull_high": (msg("At the most pull"), spread(pulled.sel(bound="most"))[1]),
    }
    years = [int(year) for year in found.people["year"].to_numpy()]
    rows = tuple(
        Row(str(year), Year(year), tuple(
            Figure(f"status.{key}.{year}", float(array.sel(year=year)), "persons", str(year),
                   (GIVEN,), "projection")
            for key, (_, array) in columns.items()
        ))
        for year in years
    )  # fmt: skip
    heads = tuple(Column(k, label, "persons") for k, (label, _) in columns.items())
    table = Table("status", msg("End of year"), heads, rows)
    low, high = run.inputs.assumed.fixed("pull_low", 0), run.inputs.assumed.fixed("pull_high", 0)
    exhibit = Exhibit(
        table,
        msg("Irregular migrants with the programme and without it"),
        lambda locale: _status_picture(run, locale),
        (
            msg(
                "All columns count irregular migrants, but for those still legal, who were "
                "regularised."
            ),
            msg(
                "People come, leave, renew and lose their permits by the chances assumed; renewal "
                "depends on keeping a job. All people are found again every year."
            ),
            msg(
                "Pull: the programme may draw {low} to {high} more newcomers. Studies disagree, "
                "and none was found after Spain 2005; the main lines take none.",
                low=Percent(100 * low, decimals=0),
                high=Percent(100 * high, decimals=0),
            ),
        ),
    )
    return Section("status", msg("Status year by year"), (_status_words(run),), (exhibit,))


def _status_words(run: RegulariseRun) -> Message:
    year = int(run.found.people["year"][-1])
    low, mid, high = (float(one) for one in spread(_less_irregular(run).isel(year=-1)))
    return msg(
        "At the end of {year} there are {mid} fewer irregular migrants than without the "
        "programme, {low} to {high}.",
        year=Year(year), mid=Count(mid), low=Count(low), high=Count(high),
    )  # fmt: skip


def _status_picture(run: RegulariseRun, locale: Locale) -> str:
    import pandas as pd

    sides = {
        locale.say(msg("with the programme")): run.found.people.sel(status="irregular"),
        locale.say(msg("without it")): run.found.without.sel(status="irregular"),
    }
    frame = pd.concat(
        [
            fan_frame(array, along="year", scale=_THOUSAND, name=name)
            for name, array in sides.items()
        ],
        ignore_index=True,
    )
    return line_chart(
        frame, x="x", y="y", series="series", bands={"95%": ("low", "high")}, from_zero=True,
        title=_status_words(run).render(locale), lang=locale.lang,
        unit=locale.say(msg("thousand irregular migrants, end of year")),
    )  # fmt: skip


def _published(run: RegulariseRun) -> Section:
    return Section(
        "cases", msg("Published programmes beside"),
        exhibits=(shares_exhibit(run.cases), spain_exhibit(run.cases), cases_exhibit(run.cases)),
    )  # fmt: skip


def _assumed(run: RegulariseRun) -> Section:
    exhibit = assumptions_exhibit(run.inputs.assumed, run.inputs.priced)
    return Section("assumed", msg("What was assumed"), exhibits=(exhibit,))


def _left_out() -> Section:
    return Section("left_out", msg("What was not counted"), NOT_COUNTED)
