# SPDX-License-Identifier: Apache-2.0
"""A tool of the policy ledger, and what its account and figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from keruen.core.origin import Source
from keruen.report.document import Column, Exhibit, Figure, Report, Row, Table
from keruen.report.locale import Listing, Locale, Message, Value, Verbatim, msg
from keruen.report.policy_words import STATUSES
from keruen.report.units import unit_words

if TYPE_CHECKING:
    from keruen.report.policy_inputs import Assumed

Fits = Literal["held", "part", "own"]
"""Whether a tool says something here: from data held, in part, or with a user's own alone."""


@dataclass(frozen=True)
class Tool:
    """A policy tool and what it says of a country.

    Parameters
    ----------
    id : str
        Short name, part of the address of its page.
    title, question : Message
        Name, and what it answers.
    fits : {"held", "part", "own"}
        Whether it says something here.
    held, missing, assumed : tuple of Value
        Data held, data missing, and what is assumed.
    evidence : tuple of Value
        What is known of whether such a policy works.
    cost, gains, left_out : tuple of Value
        What it costs whom, who gains, and what was not counted.
    effect : tuple of Value
        What it comes to, with its interval; empty where nothing is estimated.
    exhibits : tuple of Exhibit
        Figures.
    sources : tuple of Source
        Sources of figures that the catalogue does not hold.
    """

    id: str
    title: Message
    question: Message
    fits: Fits
    held: tuple[Value, ...]
    missing: tuple[Value, ...]
    assumed: tuple[Value, ...]
    evidence: tuple[Value, ...]
    cost: tuple[Value, ...]
    gains: tuple[Value, ...]
    left_out: tuple[Value, ...]
    effect: tuple[Value, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Sentences:
    """Several sentences one after another."""

    items: tuple[Value, ...]

    def render(self, locale: Locale) -> str:
        """The sentences in a language."""
        return " ".join(item.render(locale) for item in self.items)


def counted_statuses(assumed: Assumed) -> Message:
    """How the assumptions of a run are known: how many in each way."""
    counts = assumed.table["status"].value_counts()
    named = tuple(
        msg("{status} {number}", status=word, number=str(counts[key]))
        for key, word in STATUSES.items()
        if key in counts
    )
    return msg("Inputs of the model by how they are known: {counts}.", counts=Listing(named))


def told(report: Report) -> tuple[Value, ...]:
    """The headlines of a report as sentences, each with its interval."""
    return tuple(
        msg("{name}: {value} {unit} ({between}).", name=one.label, value=one.figure,
            unit=unit_words(one.figure.unit), between=one.beside)
        if one.beside is not None
        else msg("{name}: {value} {unit}.", name=one.label, value=one.figure,
                 unit=unit_words(one.figure.unit))
        for one in report.headlines
    )  # fmt: skip


def headlines_exhibit(report: Report, tool: str, names: Mapping[str, str]) -> Exhibit:
    """The headlines of a report as a table with limits."""
    rows = []
    for place, one in enumerate(report.headlines):
        whole = one.figure
        alone = replace(whole, lower=None, upper=None, level=0)
        ends = {"value": (whole, whole.value), "lower": (alone, whole.lower),
                "upper": (alone, whole.upper)}  # fmt: skip
        cells = [
            None
            if value is None
            else _renamed(replace(figure, id=f"{tool}.{place}.{key}", value=value), names)
            for key, (figure, value) in ends.items()
        ]
        rows.append(Row(str(place), one.label, (*cells, unit_words(whole.unit),
                                                Verbatim(whole.period))))  # fmt: skip
    columns = (
        Column("value", msg("Median")),
        Column("lower", msg("Lower limit, 95%")),
        Column("upper", msg("Upper limit, 95%")),
        Column("unit", msg("Unit")),
        Column("period", msg("Period")),
    )
    table = Table(f"{tool}_effect", msg("Figure"), columns, tuple(rows))
    return Exhibit(table, msg("What it comes to: {title}", title=report.title))


def moved(
    report: Report, tables: Sequence[str], tool: str, names: Mapping[str, str]
) -> tuple[Exhibit, ...]:
    """Exhibits of another report, under names that do not clash with those of other tools."""
    found = {one.table.id: one for one in report.exhibits()}
    return tuple(_under(found[name], tool, names) for name in tables if name in found)


def _under(exhibit: Exhibit, tool: str, names: Mapping[str, str]) -> Exhibit:
    rows = tuple(
        replace(row, cells=tuple(_renamed(one, names) if isinstance(one, Figure) else one
                                 for one in row.cells))
        for row in exhibit.table.rows
    )  # fmt: skip
    table = replace(exhibit.table, id=f"{tool}_{exhibit.table.id}", rows=rows)
    return replace(exhibit, table=table)


def _renamed(figure: Figure, names: Mapping[str, str]) -> Figure:
    sources = tuple(names.get(one, one) for one in figure.sources)
    return replace(figure, id=f"policy.{figure.id}", sources=sources)
