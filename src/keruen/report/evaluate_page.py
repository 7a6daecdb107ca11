# SPDX-License-Identifier: Apache-2.0
"""An evaluation as a document: the answer in a sentence, what it rests on, checks, tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.origin import LICENCES, Source
from keruen.report.document import Exhibit, Figure, Headline, Part, Report, Section, Table
from keruen.report.evaluate_check_words import CHECK_WORDS
from keruen.report.evaluate_pictures import pictures
from keruen.report.evaluate_run import EvaluateRun
from keruen.report.evaluate_tables import as_table, checks_table, decimals_of, methods_table
from keruen.report.evaluate_words import ASSUMPTIONS, LIMITS, METHOD_WORDS, TABLES
from keruen.report.locale import Count, Listing, Message, Percent, Value, Verbatim, msg, nmsg

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.evaluate.result import Check

GIVEN: Final = "given"
_FIRST: Final = (
    "path",
    "placebos",
    "weights",
    "bins",
    "bandwidth_path",
    "curvature_path",
    "events",
    "overall",
)
_ONLY_DRAWN: Final = ("placebo_gaps",)
_MOST_ROWS: Final = 80
_LEAST: Final = 0.001


def evaluation_report(run: EvaluateRun) -> Report:
    """The document of a run, without language.

    Parameters
    ----------
    run : EvaluateRun
        The run.

    Returns
    -------
    Report

    See Also
    --------
    keruen.report.evaluate_release.write_evaluation : Writes it.
    """
    found = run.evaluation
    given = run.given
    answer = Section("answer", msg("The answer"), sentences(run))
    limits = Section(
        "limits", msg("What this does not say"), tuple(LIMITS[one] for one in found.does_not_say)
    )
    checks = Section("checks", msg("Checks"), (), (_checks(run),))
    title = f"{given.file}, SHA-256 {given.digest[:12]}"
    return Report(
        id="evaluate",
        title=msg("Did the policy work? {method}", method=METHOD_WORDS[found.method]),
        subtitle=msg(
            "From the table {file}. An estimate that rests on an assumption, not a proof; the "
            "decision is yours.",
            file=Verbatim(given.file),
        ),
        headlines=tuple(_headlines(run)),
        parts=(
            Part("A", msg("The answer and its limits"), (answer, limits)),
            Part("B", msg("What could break it"), (checks,)),
            Part("C", msg("The numbers"), tuple(_numbers(run))),
            Part("D", msg("Which method for which question"), (_methods(run),)),
        ),
        own_sources=(Source(GIVEN, title, "", title, LICENCES["own-use"]),),
    )


def sentences(run: EvaluateRun) -> tuple[Message, ...]:
    """The answer in words: the effect, whether chance could explain it, what must hold.

    Parameters
    ----------
    run : EvaluateRun
        The run.

    Returns
    -------
    tuple of Message
        The last one says which checks failed.
    """
    return (*_sentences(run), *_untested(run), _judged(run))


def _sentences(run: EvaluateRun) -> Iterator[Message]:
    found = run.evaluation
    main = _number(run)
    unit = Verbatim(run.options.unit) if run.options.unit else msg("units of the outcome")
    number = Count(main.effect, main.decimals, signed=True)
    if found.method == "synthetic-control":
        yield msg(
            "From {year} on, the outcome of {unit} differed from its synthetic control by "
            "{effect} {measure} on average.",
            year=Verbatim(str(found.options["since"])),
            unit=Verbatim(str(found.options["treated"])),
            effect=number,
            measure=unit,
        )
    elif found.method == "discontinuity":
        yield msg(
            "At the cut-off {cutoff}, the rule changes the outcome by {effect} {measure}.",
            cutoff=Verbatim(f"{float(str(found.options['cutoff'])):g}"),
            effect=number,
            measure=unit,
        )
    elif found.method == "gravity":
        yield msg(
            "One unit more of the policy goes with {percent} of flows.",
            percent=Percent(100.0 * float(np.expm1(main.effect)), 1, signed=True),
        )
    elif found.method == "event-study":
        last = int(found.estimate.indexes["event"].max())
        later = _number(run, last)
        yield msg(
            "In the first period of the event the outcome of treated units changed by {effect} "
            "{measure} beside the others; {last} periods on, by {later}.",
            effect=number,
            measure=unit,
            last=Verbatim(str(last)),
            later=Count(later.effect, later.decimals, signed=True),
        )
    elif found.method == "exposure":
        yield msg(
            "One unit more of exposure goes with {effect} {measure} since the policy.",
            effect=number,
            measure=msg("of the logarithm of the outcome")
            if found.options["scale"] == "log"
            else unit,
        )
    else:
        yield msg(
            "The policy changed the outcome by {effect} {measure} on average.",
            effect=number,
            measure=unit,
        )
    yield from _doubt(run, main)
    yield msg("What must hold: {assumption}", assumption=ASSUMPTIONS[found.assumption])
    if found.library:
        yield msg("Computed by {library}.", library=Verbatim(found.library))


def _doubt(run: EvaluateRun, main: _Number) -> Iterator[Message]:
    """Whether the data tell the effect from none."""
    found = run.evaluation
    level = Percent(100.0 * found.level, 0)
    low, high = main.low, main.high
    ends: dict[str, Value] = {
        name: Percent(100.0 * float(np.expm1(end)), 1, signed=True)
        if found.method == "gravity"
        else Count(end, main.decimals, signed=True)
        for name, end in (("low", low), ("high", high))
    }
    if np.isnan(low) or np.isnan(high):
        yield msg(
            "There is no interval of {level}: too few years for it, or the weights rest on "
            "predictors.",
            level=level,
        )
    elif not (np.isfinite(low) and np.isfinite(high)):
        yield msg("The data set no limit to the effect at the level of {level}.", level=level)
    elif low <= 0 <= high:
        yield msg(
            "The interval of {level}, {low} to {high}, holds zero: the data do not tell the "
            "effect from none.",
            level=level,
            **ends,
        )
    else:
        yield msg(
            "The interval of {level}, {low} to {high}, does not hold zero.", level=level, **ends
        )
    if np.isfinite(main.p_value):
        chance: Count | Message = Count(main.p_value, 3 if main.p_value < 0.1 else 2)
        if main.p_value < _LEAST:
            chance = msg("below {number}", number=Count(_LEAST, 3))
        yield nmsg(
            "Probability of such a result without an effect: {chance}; inference rests on "
            "{number} unit.",
            "Probability of such a result without an effect: {chance}; inference rests on "
            "{number} units.",
            found.clusters,
            chance=chance,
        )


@dataclass(frozen=True)
class _Number:
    """The one number of the first page: of an event study, that of the period of the event."""

    effect: float
    low: float
    high: float
    error: float
    p_value: float

    @property
    def decimals(self) -> int:
        return decimals_of(self.effect, self.error)


def _number(run: EvaluateRun, event: int | None = None) -> _Number:
    found = run.evaluation
    parts = [found.estimate, *found.interval, found.standard_error, found.p_value]
    if found.method == "event-study":
        events = found.estimate.indexes["event"]
        at = int(events[events >= 0].min()) if event is None else event
        parts = [one.sel(event=at) for one in parts]
    return _Number(*(float(one) for one in parts))


def _headlines(run: EvaluateRun) -> Iterator[Headline]:
    found = run.evaluation
    main = _number(run)
    figure = _figure("headline.effect", main.effect, main.decimals, signed=True)
    span = msg(
        "{low} to {high}",
        low=Count(main.low, main.decimals, signed=True),
        high=Count(main.high, main.decimals, signed=True),
    )
    known = bool(np.isfinite([main.low, main.high]).all())
    yield Headline(msg("Effect"), figure, span if known else None)
    p_value = _figure("headline.p_value", main.p_value, 3)
    rare = msg("below {number}", number=Count(_LEAST, 3)) if main.p_value < _LEAST else None
    yield Headline(msg("Probability of such a result without an effect"), p_value, rare)
    judged = [one.passed for one in found.checks if one.passed is not None]
    passed = _figure("headline.passed", float(sum(judged)), 0)
    beside = msg("{number} failed", number=Verbatim(str(len(judged) - sum(judged))))
    yield Headline(msg("Checks passed"), passed, beside)


def _figure(id: str, value: float, decimals: int, *, signed: bool = False) -> Figure:
    return Figure(id, value, "number", "", (GIVEN,), "estimate", decimals, signed=signed)


def _judged(run: EvaluateRun) -> Message:
    """Which checks failed, and what that means for the answer."""
    failed = [one for one in run.evaluation.checks if one.passed is False]
    if not failed:
        return msg("No check failed. That does not prove the assumption: checks can only break it.")
    return msg(
        "Checks failed: {checks}. The number should not be used without saying so.",
        checks=_named(failed),
    )


def _untested(run: EvaluateRun) -> Iterator[Message]:
    """Checks with a limit that these data gave no figure for: they have not passed either."""
    limited = [one for one in run.evaluation.checks if np.isfinite(one.threshold)]
    untested = [one for one in limited if one.passed is None and np.isnan(one.value)]
    if untested:
        yield msg("These data are too few to test: {checks}.", checks=_named(untested))


def _named(checks: list[Check]) -> Listing:
    words = (
        CHECK_WORDS[one.id][0] if one.id in CHECK_WORDS else Verbatim(one.id) for one in checks
    )
    return Listing(tuple(dict.fromkeys(words)))


def _checks(run: EvaluateRun) -> Exhibit:
    return Exhibit(checks_table(run.evaluation, GIVEN), TABLES["checks"])


def _numbers(run: EvaluateRun) -> Iterator[Section]:
    """A section a table, its picture above it; the longest only as pictures and files."""
    drawn = pictures(run)
    rank = {name: place for place, name in enumerate(_FIRST)}
    held = sorted(run.evaluation.tables, key=lambda name: rank.get(name, len(rank)))
    tables: dict[str, pd.DataFrame] = {name: run.evaluation.tables[name] for name in held}
    if len(run.evaluation.adjustments):
        tables["adjustments"] = run.evaluation.adjustments
    for name, table in tables.items():
        if name in _ONLY_DRAWN or not len(table):
            continue
        title = TABLES.get(name, msg("Further numbers"))
        left_out = len(table) - _MOST_ROWS
        notes = (
            (nmsg("{number} more row stands in the files.", "{number} more rows stand in the "
                  "files.", left_out),)
            if left_out > 0
            else ()
        )  # fmt: skip
        exhibit = Exhibit(
            as_table(name, table.head(_MOST_ROWS), GIVEN), title, drawn.get(name), notes
        )
        yield Section(f"table-{name}", title, exhibits=(exhibit,))


def _methods(run: EvaluateRun) -> Section:
    table: Table = methods_table(run.fits, run.evaluation.method)
    return Section(
        "methods",
        msg("Applicability and effectiveness"),
        (
            msg(
                "That a method fits the data does not make its assumption true: its checks and "
                "your knowledge of the case do."
            ),
        ),
        (Exhibit(table, TABLES["methods"]),),
    )
