# SPDX-License-Identifier: Apache-2.0
"""A run of draws as a page: the first round exactly, cut-offs ahead, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from keruen.core.origin import LICENCES, Source
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
from keruen.report.draw_exhibits import (
    LEVEL,
    POOL,
    PROBS,
    account_section,
    chances_section,
    figure,
    groups_section,
    practice,
    waiting_section,
)
from keruen.report.draw_protected import HIDDEN, shown_outcomes, tie_break
from keruen.report.draw_run import DrawRun
from keruen.report.locale import Count, Locale, Message, Percent, Value, Verbatim, msg

OUTCOME_WORDS: Final[dict[str, Message]] = {
    "invited": msg("invited"),
    "after_tie_break": msg("points of the cut-off, but behind the last invited in the order"),
    "below_cutoff": msg("points below the cut-off"),
    "below_minimum": msg("points below the minimum of the round"),
    "not_in_category": msg("not in the category of the round"),
    "expired": msg("expired by then"),
    "not_yet_submitted": msg("submitted after the round"),
}
"""What a round may mean for a candidate."""
_HIDDEN_OR_LISTED: Final = {
    False: msg("Every candidate with the reason stands in first_round_candidates.csv."),
    True: HIDDEN,
}


def draw_report(run: DrawRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : DrawRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    made_up = msg("PRACTICE: the figures are made up.") if run.files.practice else Verbatim("")
    return Report(
        id="points-draws",
        title=msg("Rounds of invitations from {start}", start=Verbatim(str(run.start))),
        subtitle=msg(
            "{practice} A proposal and a model with stated assumptions: a named officer decides. "
            "Intervals hold 80 of 100 of {draws} futures.",
            practice=made_up,
            draws=Count(run.paths.cutoff.sizes["trajectory"]),
        ),
        headlines=_headlines(run),
        parts=(
            Part("A", msg("Rounds"), (_first(run), _cutoffs(run))),
            Part("B", msg("Who waits how long"), (waiting_section(run), chances_section(run))),
            Part(
                "C",
                msg("Who is invited, and who leaves"),
                (groups_section(run), account_section(run)),
            ),
        ),
        own_sources=(_source(run),),
    )


def _source(run: DrawRun) -> Source:
    files = ", ".join(f"{n} (SHA-256 {digest[:12]})" for n, digest in run.files.files.items())
    return Source(POOL, files, "", files, LICENCES["own-use"])


def _headlines(run: DrawRun) -> tuple[Headline, ...]:
    cut = run.paths.cutoffs(PROBS).transpose("round", "quantile").to_numpy()
    general = [place for place, one in enumerate(run.paths.rounds) if not one.category]
    last = general[-1] if general else len(cut) - 1
    few = run.first.invited < run.least  # then the cut-off is the points of one of a few
    first = Headline(
        msg("Cut-off of the first round, exact"),
        figure("headline.first", np.nan if few else run.first.cutoff, "points", status="observed"),
        tie_break(run),
    )
    low, middle, high = cut[last]
    ahead = Headline(
        msg("Cut-off of the last general round, {day}", day=run.paths.rounds[last].held),
        figure("headline.last", middle, "points", ends=(low, high)),
        msg("{low} to {high}", low=Count(low), high=Count(high)) if np.isfinite(low) else None,
    )
    return (
        Headline(
            msg("Candidates in the pool"),
            figure("headline.pool", float(len(run.pool)), "persons", status="observed"),
        ),
        first,
        ahead,
    )


def _first(run: DrawRun) -> Section:
    """The round that is held exactly: numbers by outcome."""
    outcomes = shown_outcomes(run)
    rows = tuple(
        Row(name, label, (figure(f"first.{name}", outcomes[name], "persons", status="observed"),))
        for name, label in OUTCOME_WORDS.items()
        if outcomes.get(name) or name == "invited"
    )
    column = Column("persons", msg("Candidates"), "persons", additive=True)
    table = Table("first_round", msg("What the round means"), (column,), rows, msg("In the pool"))
    head = run.paths.rounds[0]
    title = msg("The round of {day} on the pool as it stands", day=head.held)
    notes = [
        msg(
            "Order: points from the highest, then moment of submission from the earliest, then "
            "code. An update of the profile keeps the moment; withdrawal and a new submission do "
            "not."
        ),
        _HIDDEN_OR_LISTED[bool(run.least)],
        *run.notes,
    ]
    exhibit = Exhibit(table, title, notes=tuple(notes))
    findings = (_first_finding(run, outcomes),)
    return Section("first", msg("The first round, exactly"), findings, (exhibit,))


def _first_finding(run: DrawRun, outcomes: Mapping[str, float]) -> Message:
    """What the first round comes to, as far as it may be told."""
    invited = Count(run.first.invited)
    if not run.first.invited:
        return msg("Nobody would be invited.")
    if run.first.invited < run.least:
        return msg("{invited} would be invited: too few for the cut-off to be shown.",
                   invited=invited)  # fmt: skip
    cutoff, left = Count(run.first.cutoff), outcomes.get("after_tie_break", 0.0)
    if np.isnan(left):
        return msg("{invited} would be invited. The cut-off is {cutoff} points.",
                   invited=invited, cutoff=cutoff)  # fmt: skip
    return msg(
        "{invited} would be invited. The cut-off is {cutoff} points. With as many points but "
        "behind the last invited in the order: {left}.",
        invited=invited,
        cutoff=cutoff,
        left=Count(left),
    )


def _cutoffs(run: DrawRun) -> Section:
    """Cut-offs of all rounds with intervals."""
    cut = run.paths.cutoffs(PROBS).transpose("round", "quantile").to_numpy()
    invited = run.paths.invited.sum("segment").mean("trajectory").to_numpy()
    rows = []
    for place, each in enumerate(run.paths.rounds):
        low, middle, high = cut[place]
        key = f"cutoffs.{place + 1}"
        cells: tuple[Figure | Value | None, ...] = (
            Verbatim(each.category) if each.category else msg("open to all"),
            figure(f"{key}.invited", float(invited[place]), "persons"),
            figure(f"{key}.cutoff", middle, "points", ends=(low, high)),
            figure(f"{key}.low", low, "points"),
            figure(f"{key}.high", high, "points"),
        )
        rows.append(Row(f"{place + 1}", Verbatim(each.held), cells))
    columns = (
        Column("category", msg("Category")),
        Column("invited", msg("Invitations, mean"), "persons"),
        Column("cutoff", msg("Cut-off, median"), "points"),
        Column("low", msg("Lower limit"), "points"),
        Column("high", msg("Upper limit"), "points"),
    )
    table = Table("cutoffs", msg("Round"), columns, tuple(rows))
    general = [place for place, one in enumerate(run.paths.rounds) if not one.category]
    ends = [cut[general[place], 1] for place in (0, -1)] if general else [np.nan, np.nan]
    title = msg(
        "Cut-off of general rounds: from {first} to {last} points in {weeks} weeks",
        first=Count(ends[0]),
        last=Count(ends[1]),
        weeks=Count(run.paths.flows.sizes["week"]),
    )
    notes = (
        msg(
            "Weekly arrivals are Poisson with the mean of each score, {rate} a week together, "
            "counted from {since}; that mean is drawn anew in each future. Rounds are held at the "
            "end of their week, after its arrivals: the first cut-off may lie above the exact one.",
            rate=Count(run.arrivals, 1),
            since=Verbatim(str(run.since)),
        ),
        msg(
            "Accepted {acceptance}; withdrawn {withdrawal} a week; expiry after 12 months. Who "
            "declines stays with the old moment. Scores do not change while people wait.",
            acceptance=_span(run, "acceptance", 0),
            withdrawal=_span(run, "withdrawal", 1),
        ),
    )
    shown = np.isfinite(cut[general, 1]).sum() > 1
    draw = partial(_cutoff_picture, run, cut, general, title) if shown else None
    exhibit = Exhibit(table, title, draw, notes)
    return Section("cutoffs", msg("Cut-offs ahead"), (), (exhibit,))


def _span(run: DrawRun, name: str, decimals: int) -> Value:
    """A chance in percent, or the span that futures draw theirs from."""
    low, high = (Percent(100 * one, decimals) for one in run.spans[name])
    return low if low == high else msg("{low} to {high}", low=low, high=high)


def _cutoff_picture(
    run: DrawRun, cut: np.ndarray, general: Sequence[int], title: Message, locale: Locale
) -> str:
    import pandas as pd

    days = np.array([run.paths.rounds[place].held for place in general], dtype="datetime64[D]")
    shown = cut[list(general)]
    frame = pd.DataFrame(
        {
            "week": (days - run.start).astype(float) / 7,
            "middle": shown[:, 1],
            "low": shown[:, 0],
            "high": shown[:, 2],
        }
    )
    return line_chart(
        frame, x="week", y="middle", bands={f"{LEVEL} %": ("low", "high")},
        title=title.render(locale), lang=locale.lang, note=practice(run, locale),
        unit=msg("points, by weeks since {day}", day=str(run.start)).render(locale),
    )  # fmt: skip
