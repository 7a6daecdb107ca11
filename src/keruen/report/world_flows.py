# SPDX-License-Identifier: Apache-2.0
"""Estimated flows between all countries: the largest on a map, totals by period and method."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import CoverageError
from keruen.report.build import Series, table
from keruen.report.country_flows import estimated_flows
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
from keruen.report.locale import Country, Locale, Message, Verbatim, Year, msg, people
from keruen.report.parts.flows import METHODS, period_end, period_name

if TYPE_CHECKING:
    import xarray as xr

_SHOWN: Final = 25
_DRAWN: Final = 40
_TITLE: Final = msg("Estimated flows between countries")


def build_world_flows(year: int | None = None) -> Report:
    """A report on the flows between all countries in the last period up to a year.

    Parameters
    ----------
    year : int, optional
        Latest year to show; the last period when left out.

    Returns
    -------
    Report

    Raises
    ------
    CoverageError
        No period ends by that year (``YearOutOfRange``).
    """
    flows = estimated_flows().od()
    starts = [int(one) for one in flows["year"] if year is None or period_end(one) <= year]
    if not starts:
        raise CoverageError(
            f"no flows are estimated up to {year}",
            remedy=f"choose a year from {period_end(flows['year'][0])}",
            id="YearOutOfRange",
        )
    last = flows.sel(year=starts[-1])
    exhibits = (_largest(last, starts[-1]), _by_period(flows, starts), _by_method(starts[-1]))
    findings = (world_finding(last, starts[-1]),)
    section = Section("flows", _TITLE, findings=findings, exhibits=exhibits)
    return Report(
        id="flows-world",
        title=_TITLE,
        subtitle=msg(
            "Figures to {year} from published sources; every figure names its year and source.",
            year=Year(period_end(starts[-1])),
        ),
        headlines=(),
        parts=(Part("A", msg("Flow map"), (section,)),),
    )


def world_finding(flows: xr.DataArray, year: int) -> Message:
    """How many moved in the period that starts in a year, and the largest flow."""
    origin, destination, number = largest_flows(flows, 1)[0]
    return msg(
        "From mid-{first} to mid-{last}, by estimate, {moved} moved from one country to another. "
        "The largest flow: {origin} → {destination}, {number}.",
        first=Year(year),
        last=Year(period_end(year)),
        moved=people(round(float(flows.sum()), -3)),
        origin=Country(origin),
        destination=Country(destination),
        number=people(round(number, -2)),
    )


def largest_flows(flows: xr.DataArray, count: int) -> list[tuple[str, str, float]]:
    """The largest flows of a period: origin, destination, persons."""
    flows = flows.transpose("origin", "destination")
    values = np.nan_to_num(flows.to_numpy())
    order = np.argsort(-values, axis=None, kind="stable")[:count]
    origins, destinations = flows.indexes["origin"], flows.indexes["destination"]
    return [
        (str(origins[i]), str(destinations[j]), float(values[i, j]))
        for i, j in zip(*np.unravel_index(order, values.shape), strict=True)
    ]


def _largest(flows: xr.DataArray, year: int) -> Exhibit:
    rows = tuple(
        Row(
            f"{origin}-{destination}",
            msg(
                "{origin} → {destination}",
                origin=Country(origin),
                destination=Country(destination),
            ),
            (_figure(f"flows_world.persons.{origin}-{destination}", number, year, flows),),
        )
        for origin, destination, number in largest_flows(flows, _SHOWN)
    )
    column = Column("persons", msg("Persons"), "persons")
    return Exhibit(
        Table("flows_world", msg("From and to"), (column,), rows),
        msg("Largest flows between countries, {period}", period=Verbatim(period_name(year))),
        draw=lambda locale: _map(flows, year, locale),
    )


def _figure(name: str, value: float, year: int, flows: xr.DataArray) -> Figure:
    sources = flows.attrs["origin"]
    return Figure(name, value, "persons", period_name(year), sources, status="estimate")


def _map(flows: xr.DataArray, year: int, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.flow_maps import flow_map
    from keruen.report.maps import map_credit

    rows = largest_flows(flows, _DRAWN)
    codes = {code for origin, destination, _ in rows for code in (origin, destination)}
    title = msg("Largest flows between countries, {period}", period=Verbatim(period_name(year)))
    return flow_map(
        pd.DataFrame(rows, columns=["origin", "destination", "value"]),
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        labels={code: Country(code).render(locale) for code in codes},
        largest=_DRAWN,
        number=locale.number,
        note=map_credit("world"),
    )


def _by_period(flows: xr.DataArray, starts: list[int]) -> Exhibit:
    given, shown = estimated_flows(), flows.sel(year=starts)
    column = partial(Series, unit="persons", sources=flows.attrs["origin"], status="estimate")
    pair = ["origin", "destination"]
    series = [
        column("moved", msg("Moved"), shown.sum(pair)),
        column(
            "return",
            msg("of them returning to their birthplace"),
            given.od("return").sel(year=starts).sum(pair),
        ),
        column(
            "transit",
            msg("of them born elsewhere than either country"),
            given.od("transit").sel(year=starts).sum(pair),
        ),
    ]
    return Exhibit(
        table(
            "flows_world_periods",
            msg("Period"),
            "year",
            starts,
            series,
            row=lambda start: Verbatim(period_name(start)),
        ),
        msg("Moves between countries by period, estimated from stocks, births and deaths"),
        notes=(
            msg(
                "Transitions: people living in different countries at the two dates. Those who "
                "moved and came back in between are not counted. Five years, four for 2020–2024."
            ),
        ),
    )


def _by_method(year: int) -> Exhibit:
    rows = []
    for method, name in METHODS.items():
        flows = estimated_flows(method).od().sel(year=year)
        total = float(flows.sum())
        rows.append(
            Row(method, name, (_figure(f"flows_world_methods.{method}", total, year, flows),))
        )
    return Exhibit(
        Table(
            "flows_world_methods",
            msg("Method"),
            (Column("moved", msg("Moved"), "persons"),),
            tuple(rows),
        ),
        msg("The same period by six methods"),
        notes=(
            msg(
                "The methods answer the question differently; their spread shows how little "
                "stocks alone say of flows."
            ),
        ),
    )
