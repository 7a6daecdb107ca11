# SPDX-License-Identifier: Apache-2.0
"""A welfare run as a document: both directions, what moves them, every assumption."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from keruen.decide.welfare import ASSUMPTIONS
from keruen.decide.welfare.triple_win import middle
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
    Message,
    Percent,
    Value,
    Verbatim,
    Year,
    msg,
    people,
)
from keruen.report.welfare_corridors import (
    brain_exhibit,
    corridor_exhibit,
    curve_exhibit,
    fiscal_exhibit,
    surplus_exhibit,
)
from keruen.report.welfare_exhibits import (
    MILLION,
    Labelled,
    balance_exhibit,
    figure_of,
    influence_exhibit,
    label_of,
    numbers_exhibit,
    words_exhibit,
)
from keruen.report.welfare_given import Given, Side
from keruen.report.welfare_run import Direction, WelfareRun
from keruen.report.welfare_words import NOT_COUNTED, SHAPES, SIDE_NAMES, STATUSES, UNITS_OF

_SIDES: Final[tuple[Side, ...]] = ("in", "out")
_PARTS: Final[dict[Side, tuple[str, Message]]] = {
    "in": ("A", msg("Migration into the country")),
    "out": ("B", msg("Migration out of the country")),
}


def welfare_report(run: WelfareRun) -> Report:
    """The document of a run, without language.

    Parameters
    ----------
    run : WelfareRun
        The run.

    Returns
    -------
    Report

    See Also
    --------
    keruen.report.welfare_release.write_welfare : Writes it.
    """
    parts = [
        Part(*_PARTS[side], tuple(_direction(run, side, run.directions[side]))) for side in _SIDES
    ]
    last = Part("C", msg("Assumptions, and results of others"), tuple(_closing(run)))
    return Report(
        id=f"welfare-{run.country}",
        title=msg("{country}: who gains from migration", country=Country(run.country)),
        subtitle=msg(
            "One year's migration into and out of the country at its last known level. "
            "A model on assumed ranges; {count} of its {all} assumptions are to be confirmed.",
            count=Verbatim(str(run.unconfirmed)),
            all=Verbatim(str(len(ASSUMPTIONS))),
        ),
        headlines=tuple(_headlines(run)),
        parts=(*parts, last),
    )


def _headlines(run: WelfareRun) -> Iterator[Headline]:
    words = {"in": msg("Arrivals in a year"), "out": msg("Departures in a year")}
    for side in _SIDES:
        one = run.directions[side]
        yield Headline(words[side], movers_figure(f"headline.movers_{side}", one.given))
        if one.ledger is None:
            continue
        spread = middle(one.ledger.table.sides().sel(scenario="long_run", drop=True))
        for key, name in SIDE_NAMES.items():
            values = tuple(part.sel(party=key) for part in spread)
            figure = figure_of(f"headline.{side}_{key}", (values[0], values[1], values[2]),
                               MILLION, one.given, scale=1e6)  # fmt: skip
            title = msg("{direction}: {side}", direction=_PARTS[side][1], side=name)
            yield Headline(
                title, replace(figure, sources=one.given.movers.sources), span_of(figure)
            )


def span_of(figure: Figure) -> Value | None:
    """The interval of a figure in words."""
    if figure.lower is None or figure.upper is None or figure.value is None:
        return None
    return msg(
        "{low} to {high} in 95 of 100 draws",
        low=Count(figure.lower, figure.decimals, signed=True),
        high=Count(figure.upper, figure.decimals, signed=True),
    )


def movers_figure(key: str, given: Given) -> Figure:
    """How many move in the year."""
    count = float(given.movers.people.sum()) + given.movers.unplaced
    status = "observed" if given.movers.observed else "estimate"
    return Figure(key, count, "persons", given.movers.period, given.movers.sources, status)  # type: ignore[arg-type]


def movers_finding(given: Given) -> Message:
    """Who moves, how it is known, and how many of them the ledger takes in."""
    counted = 0.0 if given.corridors is None else float(given.corridors.movers.sum())
    whole = float(given.movers.people.sum()) + given.movers.unplaced
    values: dict[str, Value | str] = {
        "people": people(whole),
        "period": Year(given.movers.period),
        "share": Percent(100 * counted / whole if whole else 0.0, 0),
    }
    if given.movers.assumed:
        return msg("Taken: {people} a year, a number set by the reader, shared out over partners "
                   "as in {period}; the ledger covers {share} of them.", **values)  # fmt: skip
    if given.movers.observed:
        return msg("{people} in {period}, as the country counts them; the ledger covers {share} "
                   "of them.", **values)  # fmt: skip
    return msg("{people} a year in {period}, estimated from the stocks of the United Nations; the "
               "ledger covers {share} of them.", **values)  # fmt: skip


def _title(run: WelfareRun, side: Side) -> Message:
    name = Country(run.country)
    if side == "in":
        return msg("{country} as the receiving side: gains and losses a year", country=name)
    return msg("{country} as the sending side: gains and losses a year", country=name)


def _direction(run: WelfareRun, side: Side, one: Direction) -> Iterator[Section]:
    given, gaps = one.given, one.given.missing
    if one.ledger is None:
        gap = msg("No corridor has all the figures that a ledger needs.")
        yield Section(f"{side}_table", msg("Who gains and who loses"),
                      findings=(movers_finding(given),), gaps=(gap, *gaps))  # fmt: skip
        return
    table = one.ledger.table
    yield Section(
        f"{side}_table",
        msg("Who gains and who loses"),
        findings=(movers_finding(given), *run.notes),
        exhibits=(
            numbers_exhibit(f"{side}_gains", table, given, _title(run, side)),
            words_exhibit(f"{side}_words"),
            balance_exhibit(f"{side}_sides", table, given, run.weights),
        ),
        gaps=gaps,
    )
    if one.sensitivity is not None:
        exhibit = influence_exhibit(f"{side}_influence", one.sensitivity, given, run.parameters)
        yield Section(f"{side}_influence", msg("Which assumption moves the result"),
                      exhibits=(exhibit,))  # fmt: skip
    worth = corridor_exhibit(f"{side}_corridors_table", one.ledger, given)
    yield Section(f"{side}_corridors", msg("What moving is worth"), exhibits=(worth,))
    if side == "in" and run.fiscal is not None and run.curve is not None:
        yield Section(
            "in_treasury",
            msg("What newcomers pay and cost over life"),
            exhibits=(fiscal_exhibit(run.fiscal, given), curve_exhibit(run.curve, given)),
        )
    if side == "out" and one.ledger.brain.peak.ndim == one.ledger.leaving.ndim:
        yield Section("out_brain", msg("Graduates who leave, and those who study"),
                      exhibits=(brain_exhibit(one.ledger, given),))  # fmt: skip


def _closing(run: WelfareRun) -> Iterator[Section]:
    given = run.directions["in"].given
    if run.surplus is not None and run.migrant_share is not None:
        exhibit = surplus_exhibit(run.surplus, run.migrant_share, given)
        yield Section("surplus", msg("All immigrants of the country at once"), exhibits=(exhibit,))
    yield Section("assumptions", msg("Assumptions"), exhibits=(assumptions_exhibit(run),))
    yield Section("published", msg("Published results, for comparison"),
                  exhibits=(published_exhibit(),))  # fmt: skip
    yield Section("not_counted", msg("What is not counted at all"), findings=NOT_COUNTED)


def assumptions_exhibit(run: WelfareRun, *, name: str = "assumptions") -> Exhibit:
    """Every assumption with its range, status and source.

    Parameters
    ----------
    run : WelfareRun
        The run.
    name : str, optional
        Id of the table.

    Returns
    -------
    Exhibit
    """
    rows = []
    for one in run.inputs:
        key = f"welfare.{one.name}"
        dated = run.parameters[key].on(run.day)
        if dated is None:
            raise ValueError(f"{key} has no value on {run.day}")
        middle_ = one.quantile([0.025, 0.5, 0.975]).to_numpy()
        cells: tuple[Value, ...] = (
            SHAPES[one.dist],
            *(Count(float(value), 3) for value in middle_),
            UNITS_OF[one.units],
            STATUSES[dated.status],
            Labelled({lang: dated.reference.text(lang) for lang in ("en", "ru", "kk")}),
        )
        rows.append(Row(one.name, label_of(run.parameters, one.name), cells))
    columns = (
        Column("shape", msg("Shape")),
        Column("low", Percent(2.5)),
        Column("middle", Percent(50.0, 0)),
        Column("high", Percent(97.5)),
        Column("unit", msg("Unit")),
        Column("status", msg("Status")),
        Column("source", msg("Source")),
    )
    return Exhibit(
        Table(name, msg("Assumption"), columns, tuple(rows)),
        msg("Every assumption: {count} ranges that a file of your own may replace",
            count=Verbatim(str(len(rows)))),
        notes=(
            msg(
                "Quantiles of what is drawn. The same ranges hold for every country until a file "
                "of your own gives others; draws of different assumptions are independent."
            ),
        ),
    )  # fmt: skip


def published_exhibit() -> Exhibit:
    """Published results, with their status.

    Returns
    -------
    Exhibit
    """
    from keruen.sources.parameters import read_parameters

    rows = []
    held = read_parameters("welfare/published")
    for key in held:
        one = held[key]
        dated = one.values[-1]
        value = dated.value
        told = list(value.values()) if isinstance(value, dict) else [value]
        numbers = Verbatim("; ".join(f"{number:g}".replace("-", "\u2212") for number in told))
        cells: tuple[Value, ...] = (
            numbers,
            UNITS_OF[one.unit],
            STATUSES[dated.status],
            Labelled({lang: ". ".join(text for text in (dated.note.get(lang, ""),
                      dated.reference.text(lang)) if text) for lang in ("en", "ru", "kk")}),
        )  # fmt: skip
        rows.append(Row(key.rpartition(".")[2], Labelled(one.label), cells))
    columns = (
        Column("value", msg("Value")),
        Column("unit", msg("Unit")),
        Column("status", msg("Status")),
        Column("source", msg("Note and source")),
    )
    return Exhibit(
        Table("published_results", msg("Result"), columns, tuple(rows)),
        msg("What others have found: none of these numbers is an input here"),
    )
