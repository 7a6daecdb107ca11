# SPDX-License-Identifier: Apache-2.0
"""Flows estimated from stocks: who came from where, who went where, return and transit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from keruen.measure.stocks import Direction, corridors
from keruen.report.build import Desk, Series, table
from keruen.report.country_flows import estimated_flows
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Count, Country, Locale, Message, Verbatim, Year, msg, people

if TYPE_CHECKING:
    import xarray as xr

    from keruen.measure.flows import Method

_METHOD: Final = "pseudo_bayes"
_PARTNERS: Final = 9
METHODS: Final[dict[Method, Message]] = {
    "difference_zero": msg("Stock difference, falls taken as zero"),
    "difference_return": msg("Stock difference, falls taken as return"),
    "rate": msg("Migration rate"),
    "open": msg("Demographic account, open"),
    "closed": msg("Demographic account, closed, fewest movers"),
    "pseudo_bayes": msg("Demographic account, closed, pseudo-Bayes"),
}
"""Methods of estimation, in the order they are shown."""


def section(desk: Desk) -> Section:
    """Estimated flows of the last period, as a chord diagram, by partner and by method."""
    title = msg("Estimated flows")
    flows = estimated_flows(_METHOD).od()
    flows = flows.sel(
        year=[int(year) for year in flows["year"] if period_end(year) <= desk.reference]
    )
    if desk.country not in flows.indexes["origin"] or not flows.sizes["year"]:
        gap = msg("Flows are estimated for countries with stocks, births and deaths only.")
        return Section("flows", title, gaps=(gap,))
    year = int(flows["year"].max())
    last = flows.sel(year=year)
    exhibits = [
        _by_period(desk, flows),
        _partners(desk, last, "in", year),
        _partners(desk, last, "out", year),
        _by_method(desk, year),
    ]
    finding = in_and_out(last, desk.country, year)
    return Section(
        "flows", title, findings=(finding,), exhibits=tuple(x for x in exhibits if x is not None)
    )


def in_and_out(flows: xr.DataArray, country: str, year: int) -> Message:
    """How many came and left in the period that starts in a year, as a sentence."""
    came, left = (float(flows.sel({side: country}).sum()) for side in ("destination", "origin"))
    return msg(
        "From mid-{first} to mid-{last}, by estimate, {came} came to live in the country and "
        "{left} left it for another.",
        first=Year(year),
        last=Year(period_end(year)),
        came=people(round(came, -2)),
        left=people(round(left, -2)),
    )


def period_end(year: object) -> int:
    """Last year of the period that starts in a year: five years, four for 2020-2024."""
    start = int(year)  # type: ignore[call-overload]
    return 2024 if start == 2020 else int(start) + 5


def period_name(year: object) -> str:
    """The period that starts in a year, as it is written."""
    return f"{int(str(year))}–{period_end(year)}"


def _by_period(desk: Desk, flows: xr.DataArray) -> Exhibit:
    given = estimated_flows(_METHOD)
    parts = {name: given.od(name).sel(year=flows["year"]) for name in ("return", "transit")}
    here = {"destination": desk.country}
    column = partial(Series, unit="persons", sources=flows.attrs["origin"], status="estimate")
    came, left = flows.sel(here).sum("origin"), flows.sel(origin=desk.country).sum("destination")
    series = [
        column("in", msg("Came"), came),
        column(
            "in_return",
            msg("of them returning to their birthplace"),
            parts["return"].sel(here).sum("origin"),
        ),
        column(
            "in_transit",
            msg("of them born elsewhere than either country"),
            parts["transit"].sel(here).sum("origin"),
        ),
        column("out", msg("Left"), left),
        column("net", msg("Net"), came - left, signed=True),
    ]
    years = [int(year) for year in flows["year"].to_numpy()]
    title = msg("Flows in and out, mid-year to mid-year, estimated from stocks, births and deaths")
    return Exhibit(
        table(
            "flows", msg("Period"), "year", years, series, row=lambda y: Verbatim(period_name(y))
        ),
        title,
        draw=lambda locale: _draw(desk, flows.sel(year=years[-1]), years[-1], locale),
        notes=(
            msg(
                "Transitions: people living in different countries at the two dates. Those who "
                "moved and came back in between are not counted. Five years, four for 2020–2024."
            ),
            msg(
                "Demographic account with the pseudo-Bayes mixture (weight 0.87); the true "
                "flows are not known and other methods give other numbers, see below."
            ),
        ),
    )


def _draw(desk: Desk, flows: xr.DataArray, year: int, locale: Locale) -> str:
    """Chord diagram of the country and its largest partners."""
    import numpy as np
    import xarray as xr

    from keruen.report.chord import chord_svg

    both = flows.sel(origin=desk.country).rename(destination="country").drop_vars("origin")
    both = both + flows.sel(destination=desk.country).rename(origin="country").drop_vars(
        "destination"
    )
    largest = both["country"].to_numpy()[np.argsort(-both.to_numpy(), kind="stable")]
    partners = [str(code) for code in largest if code != desk.country][:_PARTNERS]
    codes = [desk.country, *partners]
    shown = flows.sel(origin=codes, destination=codes)
    own = (xr.DataArray(shown["origin"]) == desk.country) | (
        xr.DataArray(shown["destination"]) == desk.country
    )
    return chord_svg(
        shown.where(own, 0.0) / 1000.0,
        title=locale.say(
            msg(
                "Flows with the {count} largest partners, {period}",
                count=Count(len(partners)),
                period=Verbatim(period_name(year)),
            )
        ),
        unit=locale.say(msg("thousand persons")),
        labels={code: Country(code).render(locale) for code in codes},
        order=codes,
        number=locale.number,
    )


def _partners(desk: Desk, flows: xr.DataArray, direction: Direction, year: int) -> Exhibit | None:
    largest = corridors(
        flows,
        desk.country,
        direction=direction,
        count=10,
    )
    if not largest.size:
        return None
    values = largest.rename({str(largest.dims[0]): "country"})
    series = Series(
        "persons",
        msg("Persons"),
        values,
        "persons",
        period=period_name(year),
        sources=flows.attrs["origin"],
        status="estimate",
    )
    head, title = _words(direction, year)
    return Exhibit(
        table(
            f"flows_{direction}",
            head,
            "country",
            [str(code) for code in values["country"].to_numpy()],
            [series],
            row=lambda code: Country(str(code)),
        ),
        title,
        draw=(lambda locale: _map(desk, flows, year, locale)) if direction == "in" else None,
    )


def _map(desk: Desk, flows: xr.DataArray, year: int, locale: Locale) -> str:
    """Flow map of the largest flows into the country and out of it."""
    import pandas as pd

    from keruen.report.flow_maps import flow_map
    from keruen.report.maps import map_credit

    sides = {
        "in": corridors(flows, desk.country, direction="in", count=12),
        "out": corridors(flows, desk.country, direction="out", count=12),
    }
    rows = [
        (str(code), desk.country, float(value))
        for code, value in zip(sides["in"]["origin"].to_numpy(), sides["in"], strict=True)
    ]
    rows += [
        (desk.country, str(code), float(value))
        for code, value in zip(sides["out"]["destination"].to_numpy(), sides["out"], strict=True)
    ]
    codes = {code for origin, destination, _ in rows for code in (origin, destination)}
    title = msg(
        "Largest flows into the country and out of it, {period}", period=Verbatim(period_name(year))
    )
    return flow_map(
        pd.DataFrame(rows, columns=["origin", "destination", "value"]),
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        focus=desk.country,
        labels={code: Country(code).render(locale) for code in codes},
        directions=(locale.say(msg("into the country")), locale.say(msg("out of the country"))),
        number=locale.number,
        note=map_credit("world"),
    )


def _words(direction: Direction, year: int) -> tuple[Message, Message]:
    period = Verbatim(period_name(year))
    if direction == "in":
        return msg("Origin"), msg("Largest flows in, {period}", period=period)
    return msg("Destination"), msg("Largest flows out, {period}", period=period)


def _by_method(desk: Desk, year: int) -> Exhibit:
    columns = (
        Column("in", msg("Came"), "persons"),
        Column("out", msg("Left"), "persons"),
        Column("net", msg("Net"), "persons"),
    )
    rows = []
    for method, name in METHODS.items():
        flows = estimated_flows(method).od().sel(year=year)
        came = float(flows.sel(destination=desk.country).sum())
        left = float(flows.sel(origin=desk.country).sum())
        cells = tuple(
            Figure(
                f"flows_by_method.{key}.{method}",
                value,
                "persons",
                period_name(year),
                flows.attrs["origin"],
                status="estimate",
                signed=key == "net",
            )
            for key, value in (("in", came), ("out", left), ("net", came - left))
        )
        rows.append(Row(method, name, cells))
    return Exhibit(
        Table("flows_by_method", msg("Method"), columns, tuple(rows)),
        msg("The same period by six methods"),
        notes=(
            msg(
                "The methods answer the question differently; their spread shows how little "
                "stocks alone say of flows."
            ),
        ),
    )
