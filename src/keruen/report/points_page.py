# SPDX-License-Identifier: Apache-2.0
"""The points of people as a page: each with its row of the rules, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keruen.decide.points.trace import Trace, TraceCap, TraceRow
from keruen.report.locale import Count, Locale, Message, msg
from keruen.report.points_run import PointsRun
from keruen.report.points_words import (
    PROPOSAL,
    RESULTS,
    STATUSES,
    label_of,
    number,
    row_words,
    stated,
)

_SHOWN: Final = 100
_MOST_CHANGES: Final = 6
_NEAREST: Final = 3

_WORDS: Final[dict[str, Message]] = {
    word.text: word
    for word in (
        msg("Points and their reasons"),
        msg("Source of the rules"),
        msg("Status of the rules"),
        msg("Day of the rules"),
        msg("Points needed"),
        msg("none: each draw sets its own"),
        msg("All profiles"),
        msg("Profile"),
        msg("Points in all"),
        msg("Result"),
        msg("Where the points come from"),
        msg("Factor"),
        msg("What counted"),
        msg("Points"),
        msg("Limits of groups"),
        msg("Requirements"),
        msg("holds"),
        msg("does not hold"),
        msg("What single change would lift it"),
        msg("Facts that are missing"),
        msg("If you do not agree"),
        msg("Decision of the officer"),
        msg("confirmed as proposed"),
        msg("decided otherwise"),
        msg("Reason"),
        msg("Name, date, signature"),
        msg("Made with Keruen"),
        msg("Text of the rules"),
        msg("File of the rules"),
    )
}
_REVIEW: Final = msg(
    "You may see what was used about you and have it corrected, have the points explained by a "
    "person, and ask in writing for a review."
)


@dataclass(frozen=True)
class _Line:
    """A factor, as the template asks for it."""

    label: str
    what: str
    points: str
    share: float
    counts: bool
    note: str
    where: str


@dataclass(frozen=True)
class _Person:
    """A profile, as the template asks for it."""

    code: str
    total: str
    result: str
    good: str
    bar: float
    mark: float
    mark_text: str
    lines: Sequence[_Line]
    caps: Sequence[str]
    needs: Sequence[tuple[str, bool, str]]
    changes: Sequence[str]
    change_note: str


def points_page(run: PointsRun, locale: Locale) -> str:
    """The run as one HTML file that needs nothing from outside.

    Parameters
    ----------
    run : PointsRun
        The run.
    locale : Locale
        Language.

    Returns
    -------
    str
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("keruen.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rules = run.rules
    return environment.get_template("points.html").render(
        locale=locale,
        word=lambda text: locale.say(_WORDS[text]),
        title=rules.title[locale.lang],
        note=rules.note[locale.lang],
        source=rules.source[locale.lang],
        link=rules.link,
        file=rules.where,
        day=run.day.isoformat(),
        status=STATUSES[rules.status].render(locale),
        sure=rules.status == "official",
        mark="" if run.scores is None or run.scores.mark is None else number(
            run.scores.mark, locale
        ),
        summary=[line.render(locale) for line in run.summary],
        proposal=PROPOSAL.render(locale),
        review=_REVIEW.render(locale),
        table=_table(run, locale),
        rest=_rest(run, locale),
        people=[_person(run, code, locale) for code in run.explained],
        missing=_missing(run, locale),
    )  # fmt: skip


def _table(run: PointsRun, locale: Locale) -> list[tuple[str, str, str, str]]:
    import pandas as pd

    results = run.results.iloc[:_SHOWN]
    index = pd.Index([]) if run.scores is None else run.scores.total.indexes["profile"]
    shown = [code for code in results.index if code in index]
    totals = {} if run.scores is None else run.scores.total.sel(profile=shown).to_series().to_dict()
    return [
        (
            str(code),
            number(float(totals[code]), locale) if code in totals else "…",
            RESULTS[word].render(locale),
            word.replace(" ", "-"),
        )
        for code, word in results.items()
    ]


def _rest(run: PointsRun, locale: Locale) -> str:
    left = len(run.results) - _SHOWN
    if left <= 0:
        return ""
    return msg("{number} more profiles stand in points.csv.", number=Count(left)).render(locale)


def _person(run: PointsRun, code: str, locale: Locale) -> _Person:
    if run.scores is None:
        raise AssertionError(code)
    trace = run.scores.trace(code)
    word = str(run.results.loc[code])
    top = max(_top(trace), trace.total, trace.mark or 0.0, 1.0)
    return _Person(
        code=code,
        total=number(trace.total, locale),
        result=RESULTS[word].render(locale),
        good=word.replace(" ", "-"),
        bar=100 * trace.total / top,
        mark=-1.0 if trace.mark is None else 100 * trace.mark / top,
        mark_text="" if trace.mark is None else number(trace.mark, locale),
        lines=[_line(row, trace, run.blank(code), locale) for row in trace.rows],
        caps=[
            _cap(cap, locale)
            for cap in trace.caps
            if cap.before > cap.after or (cap.take == "best" and cap.after)
        ],
        needs=[
            (one.label[locale.lang], one.holds, _place(one.where, locale)) for one in trace.needs
        ],
        changes=_changes(run, code, locale),
        change_note=_change_note(run, code, word, locale),
    )


def _top(trace: Trace) -> float:
    """Length of the bar: the most points of the rules, or what the mark asks for."""
    most = trace.grid.rule_set.max_total
    if most is not None and (trace.mark is None or most <= 2.5 * trace.mark):
        return most
    return 1.5 * trace.mark if trace.mark is not None else trace.total


def _line(row: TraceRow, trace: Trace, blank: frozenset[str], locale: Locale) -> _Line:
    rules = trace.grid.rule_set
    label = row.label[locale.lang]
    if row.name != row.factor:
        label = label_of(row.name.partition(".")[2], rules, locale.lang)
    sure = "" if row.status == rules.status else STATUSES[row.status].render(locale)
    note = "; ".join(part for part in (row.reference, sure) if part)
    most = trace.grid.rule_set.max_total or 0.0
    scale = max((one.most for one in trace.rows if one.most < 0.4 * most), default=row.most)
    return _Line(
        label=label,
        what=row_words(row, trace.grid, locale, beside=label, blank=blank),
        points=number(row.points, locale),
        share=min(100.0, 100 * row.points / max(scale, 1.0)),
        counts=row.counts,
        note=note,
        where=_place(row.where, locale),
    )


def _place(where: str, locale: Locale) -> str:
    """The line of the file; rules that were made in a program have none."""
    line = where.partition(", line ")[2].partition(",")[0]
    return msg("line {line}", line=line).render(locale) if line else where


def _cap(cap: TraceCap, locale: Locale) -> str:
    facts = {
        "group": cap.label[locale.lang],
        "before": number(cap.before, locale),
        "after": number(cap.after, locale),
        "where": _place(cap.where, locale),
    }
    if cap.take == "best" and cap.before == cap.after:
        return msg("{group}: only the best counts, {after} points ({where}).", **facts).render(
            locale
        )
    return msg(
        "{group}: {before} points, of which the limit leaves {after} ({where}).", **facts
    ).render(locale)


def _changes(run: PointsRun, code: object, locale: Locale) -> list[str]:
    mine = run.changes[run.changes["profile"] == code]
    lifting = mine[mine["passes"].astype(bool)].head(_MOST_CHANGES)
    if not len(lifting):
        lifting = mine.head(_NEAREST)
    rows = zip(*(lifting[name] for name in ("input", "from", "to", "total")), strict=True)
    return [
        msg(
            "{fact}: {value} instead of {now} gives {total} points.",
            fact=label_of(name, run.rules, locale.lang),
            value=stated(name, after, run.rules, locale),
            now=stated(name, before, run.rules, locale),
            total=number(float(total), locale),
        ).render(locale)
        for name, before, after, total in rows
    ]


def _change_note(run: PointsRun, code: object, word: str, locale: Locale) -> str:
    """What to say before the changes, if anything."""
    if word == "passes":
        return msg("The mark is reached; no change is needed.").render(locale)
    if word == "no mark":
        return msg("There is no fixed mark: give the cut-off of a draw to see changes.").render(
            locale
        )
    mine = run.changes[run.changes["profile"] == code]
    if mine["passes"].astype(bool).any():
        return ""
    if len(mine):
        told = msg("No single change would reach the mark. These come nearest:")
    else:
        told = msg("No single change would reach the mark.")
    return told.render(locale)


def _missing(run: PointsRun, locale: Locale) -> list[tuple[str, str, str]]:
    """Profile, fact, and the totals that its values would give."""
    found = []
    for (code, name), part in run.missing.groupby(["profile", "input"], sort=False):
        values = [
            _total_words(stated(str(name), value, run.rules, locale), low, high, locale)
            for value, low, high in zip(part["value"], part["low"], part["high"], strict=True)
        ]
        found.append((str(code), label_of(str(name), run.rules, locale.lang), "; ".join(values)))
    return found[:_SHOWN]


def _total_words(value: str, low: float, high: float, locale: Locale) -> str:
    least, most = number(low, locale), number(high, locale)
    if low < high:
        told = msg("{value}: {low} to {high} points", value=value, low=least, high=most)
    else:
        told = msg("{value}: {total} points", value=value, total=least)
    return told.render(locale)
