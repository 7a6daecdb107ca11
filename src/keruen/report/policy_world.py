# SPDX-License-Identifier: Apache-2.0
"""Tools of the policy ledger that world data feed: refugees, remittances, skills, who gains."""

from __future__ import annotations

from collections.abc import Iterator

from keruen.report.build import Desk
from keruen.report.caseload_words import LEFT_OUT
from keruen.report.document import Exhibit, Figure, Section, Table
from keruen.report.locale import Count, Message, msg
from keruen.report.parts import protection, remittances, skilled_emigration
from keruen.report.parts.policy_figures import (
    assumed_exhibit,
    gains_exhibit,
    gains_findings,
    gains_gaps,
)
from keruen.report.policy_pieces import Tool
from keruen.report.remittance_prices import cost_finding
from keruen.report.units import unit_words
from keruen.report.welfare_words import NOT_COUNTED


def refugees(desk: Desk) -> Tool:
    """Reception of asylum seekers: cases, officers, places."""
    section = protection.section(desk)
    known = bool(section.exhibits)
    return Tool(
        id="refugees",
        title=msg("Refugee reception and caseload"),
        question=msg(
            "How many applications come in the next twelve months, and how many officers and "
            "places do they ask for?"
        ),
        fits="part" if known else "own",
        held=section.findings[:1],
        missing=(
            *section.gaps,
            msg("Officers at work, decisions of one in a month, places in reception: a country's "
                "own; the page of the tool asks for them."),
        ),
        assumed=(msg("Events are stated by the reader; nothing is said of how likely they are."),),
        evidence=(
            msg("How well the forecast would have done in the past stands on the page of the tool, "
                "beside that of the simplest methods."),
        ),
        cost=(msg("In officers and places; money follows from a country's own wages and rents."),),
        gains=(msg("Those who wait gain a shorter wait; nothing of it is put into money."),),
        left_out=LEFT_OUT,
        effect=section.findings[1:],
        exhibits=_picked(section, "asylum_decisions"),
    )  # fmt: skip


def sending(desk: Desk) -> Tool:
    """What sending money costs."""
    section = remittances.section(desk)
    costs, priced = _picked(section, "remittances_cost"), cost_finding(desk)
    return Tool(
        id="remittances",
        title=msg("Costs of remittances"),
        question=msg("What does sending money to the country cost, and who bears it?"),
        fits="held" if costs else "own",
        held=tuple(one for one in section.findings if one != priced),
        missing=section.gaps,
        assumed=(
            msg("Money by corridor is a model over migrants and incomes, not a record."),
        ) if section.exhibits else (),
        evidence=(
            msg("No estimate is held of how much more is sent where sending becomes cheaper."),
        ),
        cost=(msg("Senders and their families bear the fee and the exchange margin."),),
        gains=(msg("Families keep what a cheaper corridor saves; those who transfer lose it."),),
        left_out=(msg("Money carried by hand, and sent in ways that nobody prices."),),
        effect=() if priced is None else (priced,),
        exhibits=costs,
    )  # fmt: skip


def skilled(desk: Desk) -> Tool:
    """Emigration of people with higher education."""
    section = skilled_emigration.section(desk)
    known = bool(section.exhibits)
    return Tool(
        id="skilled",
        title=msg("Skilled emigration"),
        question=msg("What share of the educated has left, and what is gained or lost by it?"),
        fits="held" if known else "own",
        held=(),
        missing=section.gaps,
        assumed=(),
        evidence=(
            msg("Whether emigration makes more people study differs by country in the literature; "
                "the range is an assumption of who gains from migration."),
        ),
        cost=(msg("Public money spent on schooling before leaving is not held."),),
        gains=(msg("By side in who gains from migration: those who leave, those who stay."),),
        left_out=(msg("Skills and savings of those who return; trade and ideas from abroad."),),
        effect=section.findings,
        exhibits=section.exhibits,
    )  # fmt: skip


def gains(desk: Desk) -> Tool:
    """Who gains from a year's migration: migrants, receiving and sending side."""
    table, assumed = gains_exhibit(desk), assumed_exhibit(desk)
    counted = msg("Every assumption stands with its range, status and source in the table below.")
    return Tool(
        id="welfare",
        title=msg("Who gains from migration"),
        question=msg(
            "What do migrants, the receiving side and the sending side gain or lose by a year's "
            "migration?"
        ),
        fits="part" if table else "own",
        held=gains_findings(desk),
        missing=gains_gaps(desk),
        assumed=(
            counted if assumed else msg("Every assumption stands on the page of the tool."),
        ),
        evidence=(
            msg("A model on assumed ranges, not an evaluation: its published parts are checked "
                "against the literature, its sum against nothing."),
        ),
        cost=(msg("Losses stand in the same table, by side, with their interval."),),
        gains=(msg("By side below: migrants, receiving and sending; the sides are never added "
                   "up."),),
        left_out=NOT_COUNTED,
        effect=() if table is None else tuple(_long_run(table.table)),
        exhibits=tuple(one for one in (table, assumed) if one),
    )  # fmt: skip


def _long_run(table: Table) -> Iterator[Message]:
    """The long run of each side with its interval, as sentences."""
    for row in table.rows:
        figure = row.cells[0]
        if isinstance(figure, Figure) and figure.value is not None:
            low, high = (
                Count(one, figure.decimals, signed=True) for one in (figure.lower, figure.upper)
            )
            yield msg("{name}: {value} {unit} a year ({low} to {high}).", name=row.label,
                      value=figure, unit=unit_words(figure.unit), low=low, high=high)  # fmt: skip


def _picked(section: Section, *tables: str) -> tuple[Exhibit, ...]:
    return tuple(one for one in section.exhibits if one.table.id in tables)
