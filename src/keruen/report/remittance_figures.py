# SPDX-License-Identifier: Apache-2.0
"""Remittances of one country in its profile: corridors by two models, and steadiness."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.measure.remittances import corridor_concentration, volatility
from keruen.report.build import Desk, Series, at, table
from keruen.report.document import Exhibit
from keruen.report.locale import Count, Country, Message, Percent, Value, Verbatim, Year, msg
from keruen.report.remittance_run import RemittanceRun, run_remittances
from keruen.sources.remittance_inputs import PUBLISHED, TOTALS

if TYPE_CHECKING:
    from keruen.measure.stocks import Direction

_STOCKS: Final = "un.stock.2024"
_SOURCES: Final = {
    "usd": (PUBLISHED,),
    "income_gap": (_STOCKS, TOTALS, "worldbank.indicators"),
    "stock": (_STOCKS, TOTALS),
}
_COUNT: Final = 8


@lru_cache(maxsize=2)
def estimated(year: int) -> RemittanceRun:
    """Estimates of the world for a year, from the embedded data.

    Parameters
    ----------
    year : int
        Year of the totals.

    Returns
    -------
    RemittanceRun
    """
    return run_remittances(year, stocks=_STOCKS)


def corridor_exhibit(desk: Desk, side: Direction) -> Exhibit | None:
    """The largest corridors of a country by the published model and by Keruen's rules.

    Parameters
    ----------
    desk : Desk
        The country and the year wanted.
    side : {"in", "out"}
        Who sends to it, or who receives from it.

    Returns
    -------
    Exhibit or None
        None where no model gives the country an amount.
    """
    own, other = ("receiver", "sender") if side == "in" else ("sender", "receiver")
    year = _published_year(desk)
    if year is None:
        return None
    run = estimated(year)
    lines = {
        "usd": desk.part(PUBLISHED, **{own: desk.country}),
        "income_gap": run.rules["income_gap"].amount,
        "stock": run.rules["stock"].amount,
    }
    columns = {name: _line(array, own, other, desk.country, year) for name, array in lines.items()}
    codes = _largest(columns)
    if not codes:
        return None
    labels: dict[str, Value] = {
        "usd": Verbatim("KNOMAD"),
        "income_gap": msg("Migrants and incomes"),
        "stock": msg("Migrants alone"),
    }
    series = [
        Series(
            name, labels[name], columns[name], "USD million", period=str(year), status="estimate",
            sources=_SOURCES[name],
            decimals=1,
        )
        for name in columns
    ]  # fmt: skip
    if side == "in":
        head = msg("Sender")
        title = msg("Largest senders, model estimates of {year}", year=Year(year))
    else:
        head = msg("Receiver")
        title = msg("Largest receivers, model estimates of {year}", year=Year(year))
    return Exhibit(
        table(
            f"remittances_{'from' if side == 'in' else 'to'}", head, "country", codes, series,
            row=lambda code: Country(str(code)),
        ),
        title,
        notes=(*_corridor_notes(run, year), *(_outflow_note(desk, run) if side == "out" else ())),
    )  # fmt: skip


def _published_year(desk: Desk) -> int | None:
    """The last year that KNOMAD published a matrix for, up to the year wanted."""
    years = [int(one) for one in desk.world(PUBLISHED)["year"]]
    return max((one for one in years if desk.year is None or one <= desk.year), default=None)


def _line(
    array: xr.DataArray | None, own: str, other: str, country: str, year: int
) -> xr.DataArray | None:
    """Amounts of one country by the country at the other end; None where there are none."""
    if array is None:
        return None
    if own in array.dims:
        if country not in array.indexes[own]:
            return None
        array = array.sel({own: country}, drop=True)
    if "year" in array.dims:
        array = array.reindex(year=[year]).isel(year=0, drop=True)
    line = array.rename({other: "country"})
    line = line.where((line > 0) & (line["country"] != country)).dropna("country")
    return line if line.size else None


def _largest(columns: Mapping[str, xr.DataArray | None]) -> list[str]:
    """Countries with the largest amount by any of the columns, the largest first."""
    known = [line for line in columns.values() if line is not None]
    if not known:
        return []
    most = xr.concat(known, "model", join="outer").max("model")
    order = np.argsort(-most.to_numpy(), kind="stable")[:_COUNT]
    return [str(code) for code in most["country"].to_numpy()[order]]


def _corridor_notes(run: RemittanceRun, year: int) -> tuple[Message, ...]:
    apart = run.comparisons["income_gap"].dissimilarity.item()
    return (
        msg(
            "Shared out by a model from migrant stocks and incomes, not reported by banks; "
            "single corridors may be far off."
        ),
        msg(
            "KNOMAD and Keruen share out by the same rule of Ratha and Shaw; Keruen takes the "
            "migrant stocks of revision 2024, KNOMAD older ones. Worldwide {percent} of the "
            "money of {year} would have to change corridor for both to agree.",
            percent=Percent(apart, decimals=0),
            year=Year(year),
        ),
    )


def _outflow_note(desk: Desk, run: RemittanceRun) -> tuple[Message, ...]:
    """What the corridors out add to, beside what the country reports."""
    reported = run.given.paid
    if reported is None:
        return ()
    ours = at(run.matrix.paid(), country=desk.country)
    theirs = at(reported.isel(year=-1, drop=True), country=desk.country)
    if ours is None or theirs is None:
        return ()
    return (
        msg(
            "By migrants and incomes all receivers together have {ours} million US dollars from "
            "here; the country itself reports {theirs} million paid.",
            ours=Count(ours),
            theirs=Count(theirs),
        ),
    )


def steadiness_exhibit(flows: Mapping[str, xr.DataArray | None]) -> Exhibit | None:
    """How unsteady what a country receives and pays is.

    Parameters
    ----------
    flows : mapping of str to DataArray [year] or None
        ``received`` and ``paid``.

    Returns
    -------
    Exhibit or None
        None where neither side has years enough.
    """
    growth, trend, periods = {}, {}, {}
    for side, flow in flows.items():
        if flow is None:
            continue
        found = volatility(flow.where(flow > 0))
        growth[side], trend[side] = found.growth.item(), found.trend.item()
        held = flow.dropna("year")["year"].to_numpy()
        periods[side] = f"{held.min()}–{held.max()}" if held.size else ""
    if not any(np.isfinite(value) for value in growth.values()):
        return None
    sides = {"received": msg("Received"), "paid": msg("Paid")}
    columns = (
        ("growth", msg("Spread of yearly changes"), growth),
        ("trend", msg("Spread around the trend"), trend),
    )
    rows = list(growth)
    series = [
        Series(
            key, label, xr.DataArray(list(values.values()), coords={"side": rows}), "percent",
            period=_period(periods), sources=(TOTALS,), status="estimate", decimals=1,
        )
        for key, label, values in columns
    ]  # fmt: skip
    return Exhibit(
        table(
            "remittances_steady", msg("Direction"), "side", rows, series,
            row=lambda side: sides[str(side)],
        ),
        msg("How steady remittances are, {years}", years=Year(_period(periods))),
        notes=(
            msg(
                "Standard deviation of yearly changes, and around a steady growth, of amounts in "
                "current US dollars; swings of exchange rates are part of both. At least five "
                "changes between neighbouring years are needed."
            ),
        ),
    )  # fmt: skip


def _period(periods: Mapping[str, str]) -> str:
    ends = [year for span in periods.values() if span for year in span.split("–")]
    return f"{min(ends)}–{max(ends)}" if ends else ""


def corridor_finding(desk: Desk) -> Message | None:
    """How much of what the country receives hangs on its largest corridor.

    Parameters
    ----------
    desk : Desk
        The country and the year wanted.

    Returns
    -------
    Message or None
        None where nothing is estimated.
    """
    year = _published_year(desk)
    if year is None:
        return None
    amount = estimated(year).matrix.amount
    if desk.country not in amount.indexes["receiver"]:
        return None
    few = corridor_concentration(amount.sel(receiver=[desk.country]))
    share = at(few.largest_share, country=desk.country)
    if share is None:
        return None
    return msg(
        "By migrants and incomes {share} of what the country received in {year} came from "
        "{sender}.",
        share=Percent(share, decimals=0),
        year=Year(year),
        sender=Country(few.largest.sel(country=desk.country).item()),
    )
