# SPDX-License-Identifier: Apache-2.0
"""The first part of a scenario's page: what is measured, and what the projection takes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Count, Country, Message, Region, Value, Year, msg
from keruen.scenario.composed import Scenario
from keruen.scenario.measurement import BASE

_LEVEL: Final = 95
_SIGNED: Final = frozenset(
    {"net", "net_un", "residual", "net_internal", "net_international", "effectiveness",
     "published", "recorded", "taken"}
)  # fmt: skip
_COLUMNS: Final[Mapping[str, Message]] = {
    "arrivals": msg("Arrivals"),
    "departures": msg("Departures"),
    "net": msg("Net migration, recorded"),
    "residual": msg("Net migration that the population implies"),
    "net_un": msg("Net migration, United Nations"),
    "net_internal": msg("Net of moves inside the country"),
    "effectiveness": msg("Net of a hundred moves"),
    "redistribution": msg("Of a hundred moves, those that redistribute"),
    "net_international": msg("Net migration from abroad"),
    "flow_in": msg("Inward a year, estimated"),
    "flow_out": msg("Outward a year, estimated"),
    "persons": msg("Persons"),
    "low": msg("95% interval, low"),
    "high": msg("95% interval, high"),
}
_TAKEN: Final = msg("What the projection takes, before the futures are drawn")
_STARTS: Final[Mapping[str, Message]] = {
    "published": msg("World Population Prospects 2024"),
    "recorded": msg("National records, mean of three years, corrected as set"),
    "taken": _TAKEN,
}
_PEOPLE: Final[Mapping[str, Message]] = {
    **_STARTS,
    "recorded": msg("National statistics, sum of the regions"),
}


def measured_sections(table: pd.DataFrame, scenario: Scenario) -> tuple[Section, ...]:
    """What a scenario stands on.

    Parameters
    ----------
    table : DataFrame
        As :func:`~keruen.scenario.measured_table.measured_table` gives it.
    scenario : Scenario
        The scenario.

    Returns
    -------
    tuple of Section
    """
    parts = {str(name): part for name, part in table.groupby("table", sort=False)}
    return (
        _nation(parts["balance"], parts["residual"]),
        _regions(parts["regions"], parts["efficiency"]),
        _partners(parts["partners"]),
        _others(parts["returnees"], parts["irregular"]),
        _start(parts["start"], parts["people"], scenario),
    )


def _nation(balance: pd.DataFrame, residual: pd.DataFrame) -> Section:
    whole = pd.concat([balance, residual.assign(series="residual")])
    order = ("arrivals", "departures", "net", "residual", "net_un")
    net = whole.pivot_table(index="key", columns="series", values="value")
    apart = (net["residual"] - net["net"]).to_dict()
    last, census = str(net.index[-1]), max(apart, key=lambda year: abs(apart[year]))
    national, united = (float(net[one].iloc[-1]) for one in ("net", "net_un"))
    findings = [
        msg(
            "In {year} the records give {net}; the United Nations give {un}.",
            year=Year(last), net=Count(national, signed=True),
            un=Count(united, signed=True),
        )
    ]  # fmt: skip
    if abs(apart[census]) >= 1:
        findings.append(
            msg(
                "Between censuses the population is carried forward by the same records, so "
                "that it implies the same net migration and proves nothing. The census counted "
                "in {year} added {number} people that the records had not.",
                year=Year(str(census)),
                number=Count(float(apart[census])),
            )
        )
    note = msg(
        "Recorded: registered moves across the border. Implied: change of population less births "
        "and deaths. The last year may still be revised; the package holds one edition of it, so "
        "that no interval can be given."
    )
    title = msg("Net migration of the country by three measures")
    made = _table("measured_balance", msg("Year"), whole, order, Year)
    return Section(
        "measured_nation", title, tuple(findings), (Exhibit(made, title, notes=(note,)),)
    )


def _regions(regions: pd.DataFrame, efficiency: pd.DataFrame) -> Section:
    order = ("arrivals", "departures", "net_internal", "effectiveness", "net_international")
    title = msg("Regions: moves, balance and how much of the turnover stays")
    shown = regions[regions["series"].isin(order)]
    made = _table("measured_regions", msg("Region"), shown, order, Region, period="2022–2024")
    note = msg(
        "Yearly means, as the regional projection takes them; published moves include those "
        "inside a region. Net of a hundred moves: 100 (in − out) / (in + out)."
    )
    last = efficiency.iloc[-1]
    net = shown[shown["series"] == "net_internal"].sort_values("value")
    findings = (
        msg(
            "{best} gains most inside the country ({gain} a year), {worst} loses most ({loss}).",
            best=Region(str(net.iloc[-1]["key"])),
            gain=Count(float(net.iloc[-1]["value"]), signed=True),
            worst=Region(str(net.iloc[0]["key"])),
            loss=Count(float(net.iloc[0]["value"]), signed=True),
        ),
        msg(
            "Of a hundred moves of {year}, {number} redistributed the population; the others "
            "cancelled out.",
            year=Year(str(last["key"])),
            number=Count(float(last["value"]), 1),
        ),
    )
    every = _table("measured_efficiency", msg("Year"), efficiency, ("redistribution",), Year)
    caption = msg("Redistribution by all moves between regions")
    exhibits = (Exhibit(made, title, notes=(note,)), Exhibit(every, caption))
    return Section("measured_places", title, findings, exhibits)


def _partners(partners: pd.DataFrame) -> Section:
    order = ("arrivals", "departures", "flow_in", "flow_out")
    title = msg("Main partners: recorded moves and estimated flows")
    note = msg(
        "Recorded in 2025. Estimated: flows a year of 2020–2024 that close the balance of the "
        "migrant stocks of all countries; they hold moves that no record counts, and moves "
        "between stocks of different definitions."
    )
    inward = partners[partners["series"] == "arrivals"].sort_values("value", ascending=False)
    place = {key: rank for rank, key in enumerate(inward["key"])}
    sorted_ = partners.sort_values("key", key=lambda keys: keys.map(place), kind="stable")
    made = _table("measured_partners", msg("Partner"), sorted_, order, Country, period="2025",
                  periods={"flow_in": "2020–2024", "flow_out": "2020–2024"})  # fmt: skip
    return Section("measured_partners", title, (), (Exhibit(made, title, notes=(note,)),))


def _others(returnees: pd.DataFrame, irregular: pd.DataFrame) -> Section:
    title = msg("Ethnic return recorded, and irregular workers")
    back = msg("Ethnic return migrants who arrived and received the status")
    stock = msg("Irregular migrants at work, as this scenario takes them")
    note = msg("Years not listed are not held as whole years.")
    guess = msg("Official estimate of 2006 with an assumed interval; no later one is published.")
    ends = _ends(irregular)
    whole = pd.concat([irregular, *ends.values()])
    order = ("persons", *ends)
    exhibits = (
        Exhibit(_table("measured_returnees", msg("Year"), returnees, ("persons",), Year), back,
                notes=(note,)),
        Exhibit(_table("measured_irregular", msg("Year"), whole, order, Year), stock,
                notes=(guess,)),
    )  # fmt: skip
    return Section("measured_others", title, (), exhibits)


def _start(start: pd.DataFrame, people: pd.DataFrame, scenario: Scenario) -> Section:
    title = msg("What the projection starts from")
    migration, whole = (
        msg("Net migration of {year}", year=Year(str(start.iloc[0]["key"]))),
        msg("Population on 1 January {year}", year=Year(str(people.iloc[0]["key"]))),
    )
    exhibits = (
        Exhibit(_known("measured_start", migration, start, _STARTS), migration),
        Exhibit(_known("measured_people", whole, people, _PEOPLE), whole),
    )
    findings = [
        msg(
            "Net migration of the country is the published one: the records above are not "
            "taken. To take them, set measure.migration.base to recorded."
        )
        if scenario.choice(BASE) == "published"
        else msg(
            "Net migration of the country is that of the records, in every year; the spread of "
            "the futures around it, and their ages, are those of the published projection."
        ),
        msg(
            "Moves between regions and their migration from abroad are the measured means "
            "above; what is then missing to the country's total is spread over them by age."
        ),
        msg(
            "Population, births and deaths of the country are the published ones; the sum of the "
            "regions is brought to them."
        ),
    ]
    value = start.set_index("series")["value"].to_dict()
    if float(value["taken"]) < 0:
        findings.append(
            msg(
                "More people leave than come in what is taken: a scenario without migration ends "
                "with more people, not with fewer."
            )
        )
    return Section("measured_start", title, tuple(findings), exhibits)


def _known(name: str, heading: Message, rows: pd.DataFrame, labels: Mapping[str, Message]) -> Table:
    """One quantity from several sources, with the ends of intervals where one has them."""
    ends = _ends(rows)
    columns = (
        Column("persons", heading, "persons"),
        *(Column(end, _COLUMNS[end], "persons") for end in ends),
    )
    lines = tuple(
        Row(
            series,
            labels[series],
            (
                _figure(name, "persons", rows.iloc[place], series),
                *(_figure(name, end, part.iloc[place], series)
                  if pd.notna(part.iloc[place]["value"]) else None
                  for end, part in ends.items()),
            ),
        )
        for place, series in enumerate(map(str, rows["series"]))
    )  # fmt: skip
    return Table(name, msg("From where"), columns, lines)


def _ends(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The ends of intervals as rows of their own; none where nothing has an interval."""
    if rows["low"].isna().all():
        return {}
    return {
        end: rows.assign(series=end, value=rows[end], low=float("nan"), high=float("nan"))
        for end in ("low", "high")
    }


def _table(
    name: str,
    head: Message,
    rows: pd.DataFrame,
    order: Sequence[str],
    label: Callable[[str], Value],
    *,
    period: str = "",
    periods: Mapping[str, str] | None = None,
) -> Table:
    """Figures by key and series; those not held are gaps."""
    held = {(str(row["key"]), str(row["series"])): row for _, row in rows.iterrows()}
    keys = list(dict.fromkeys(key for key, _ in held))
    first = {
        series: next(row for (_, one), row in held.items() if one == series) for series in order
    }
    lines = tuple(
        Row(
            key,
            label(key),
            tuple(
                _figure(name, series, held[key, series], key,
                        (periods or {}).get(series, period) or key)
                for series in order
            ),
        )
        for key in keys
    )  # fmt: skip
    columns = tuple(Column(one, _COLUMNS[one], str(first[one]["unit"])) for one in order)
    return Table(name, head, columns, lines)


def _figure(table: str, series: str, row: pd.Series[Any], key: str, period: str = "") -> Figure:
    bounds = [None if pd.isna(row[end]) else float(str(row[end])) for end in ("low", "high")]
    return Figure(
        f"{table}.{series}.{key}", float(str(row["value"])), str(row["unit"]),
        period or str(row["key"]), tuple(str(row["sources"]).split()), row["status"],
        1 if row["unit"] == "percent" else 0,
        bool(row["series"] in _SIGNED and row["table"] != "people"),
        bounds[0], bounds[1], 0 if None in bounds else _LEVEL,
    )  # fmt: skip
