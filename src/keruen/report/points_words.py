# SPDX-License-Identifier: Apache-2.0
"""Words of a points system: headings, statuses, bands and groups in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from keruen.decide.points.grid import Grid
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.rules import Input
from keruen.decide.points.trace import Match, TraceRow
from keruen.report.locale import Lang, Locale, Message, Value, Verbatim, msg

STATUSES: Final[Mapping[str, Message]] = {
    "official": msg("taken from the official text"),
    "cross-checked": msg("compared in several copies"),
    "to be confirmed": msg("to be confirmed against the official text"),
    "draft": msg("draft: an example, not law"),
}
"""How sure a table is."""

RESULTS: Final[Mapping[str, Message]] = {
    "passes": msg("reaches the mark"),
    "fails": msg("does not reach the mark"),
    "not eligible": msg("a requirement is not met"),
    "no mark": msg("no mark: a draw decides"),
    "incomplete": msg("facts are missing"),
}
"""What the points say about a profile."""

OUTCOMES: Final[Mapping[str, Message]] = {
    "passes now": msg("reaches the mark now, did not before"),
    "fails now": msg("does not reach the mark now, did before"),
    "passes still": msg("reaches the mark both times"),
    "fails still": msg("reaches the mark neither time"),
}
"""What other rules change."""

HEADS: Final[Mapping[str, Message]] = {
    "profile": msg("Profile"),
    "total": msg("Points in all"),
    "pass_mark": msg("Points needed"),
    "result": msg("Result"),
    "status": msg("Status of the rules"),
    "input": msg("Fact"),
    "from": msg("Now"),
    "to": msg("Would be"),
    "gain": msg("Points gained"),
    "passes": msg("Reaches the mark"),
    "value": msg("Value"),
    "before": msg("Points by the rules compared with"),
    "change": msg("Difference in points"),
    "outcome": msg("What changes"),
    "low": msg("Least total"),
    "high": msg("Greatest total"),
    "factor": msg("Factor"),
    "found": msg("What counted"),
    "points": msg("Points"),
    "most": msg("Most possible"),
    "lost": msg("Taken by a limit"),
    "group": msg("Group"),
    "reference": msg("Reference"),
    "where": msg("File and line"),
    "exact": msg("All combinations tried"),
    "profiles": msg("Profiles"),
    "counted_as": msg("Counted as"),
    "rules": msg("Rules"),
    "as_of": msg("Day of the rules"),
    "decision_mode": msg("Decision"),
}
"""Headings of tables."""

SHEETS: Final[Mapping[str, Message]] = {
    "summary": msg("Summary"),
    "points": msg("Points"),
    "explanation": msg("Explanation"),
    "changes": msg("What would change it"),
    "missing": msg("Missing facts"),
    "assumed": msg("Facts not stated"),
    "comparison": msg("Who gains and loses"),
}
"""Titles of sheets."""

UNITS: Final[Mapping[str, Message]] = {
    "years": msg("years"),
    "CLB": msg("CLB level"),
    "RQF level": msg("RQF level"),
    "GBP a year": msg("pounds sterling a year"),
    "NZD an hour": msg("New Zealand dollars an hour"),
    "million JPY a year": msg("million yen a year"),
    "KZT a month": msg("tenge a month"),
}
"""Units of inputs."""

TOGETHER: Final[Mapping[str, Message]] = {
    "first_language_test": msg("First language: all abilities at least"),
    "second_language_test": msg("Second language: all abilities at least"),
    "spouse_language_test": msg("Language of the spouse: all abilities at least"),
}
"""Groups of inputs that change together."""

_CONDITIONS: Final = {
    True: msg("the condition holds"),
    False: msg("the condition does not hold"),
}

PROPOSAL: Final = msg(
    "A computer program counted these points from the facts below by the rules named. It "
    "decides nothing: an officer confirms the result or decides otherwise, and writes down the "
    "reason."
)
"""What stands on every output."""


def number(value: float, locale: Locale) -> str:
    """A number with no more decimals than it has.

    Parameters
    ----------
    value : float
        Number.
    locale : Locale
        Language.

    Returns
    -------
    str

    Examples
    --------
    >>> number(0.5, Locale("ru")), number(41700.0, Locale("en"))
    ('0,5', '41,700')
    """
    digits = next((d for d in range(4) if math.isclose(value, round(value, d))), 4)
    return locale.number(value, decimals=digits)


def label_of(name: str, rules: RuleSet, lang: Lang) -> str:
    """The label of an input, derived number, factor, cap or prerequisite."""
    for held in (rules.inputs, rules.derived, rules.factors, rules.caps, rules.prerequisites):
        if name in held:
            return str(held[name].label[lang])
    if name in TOGETHER:
        return TOGETHER[name].render(Locale(lang))
    return name


def part_label(name: str, rules: RuleSet, lang: Lang) -> str:
    """The label of a factor, cap or prerequisite, which may be called as an input is."""
    for held in (rules.factors, rules.caps, rules.prerequisites):
        if name in held:
            return str(held[name].label[lang])
    return label_of(name, rules, lang)


def value_of(name: str, value: float | str | None, rules: RuleSet, locale: Locale) -> str:
    """A stated value as the reader knows it: the label of a code, a number with its unit."""
    if value is None:
        return msg("not stated").render(locale)
    one = rules.inputs.get(name)
    if isinstance(value, str):
        return str(one.codes[value][locale.lang]) if one and value in one.codes else value
    return _with_unit(number(value, locale), one, locale)


def stated(name: str, text: str, rules: RuleSet, locale: Locale) -> str:
    """A value of a table of results in words: a code, a number, or nothing."""
    one = rules.inputs.get(name)
    if one is not None and one.codes:
        return value_of(name, text or None, rules, locale)
    try:
        return value_of(name, float(text), rules, locale)
    except ValueError:
        return value_of(name, None, rules, locale)


def _with_unit(text: str, one: Input | None, locale: Locale) -> str:
    if one is None or not one.unit:
        return text
    unit: Value = UNITS.get(one.unit, Verbatim(one.unit))
    return f"{text} ({unit.render(locale)})"


def band_words(match: Match, locale: Locale) -> str:
    """The band that a number fell into; empty for codes, which say enough."""
    if match.codes or match.holds is not None:
        return ""
    low, high = (number(one, locale) for one in (match.low, match.high))
    if math.isfinite(match.low) and math.isfinite(match.high):
        return msg("band from {low} to under {high}", low=low, high=high).render(locale)
    if math.isfinite(match.low):
        return msg("band from {low} upwards", low=low).render(locale)
    if math.isfinite(match.high):
        return msg("band under {high}", high=high).render(locale)
    return ""


def match_words(
    match: Match,
    rules: RuleSet,
    locale: Locale,
    *,
    beside: str = "",
    blank: frozenset[str] = frozenset(),
) -> str:
    """One side of what counted: the fact unless it stands beside, its value, its band."""
    if match.holds is not None:
        return _CONDITIONS[match.holds].render(locale)
    value = value_of(match.input, match.value, rules, locale)
    if match.input in blank and match.value is not None:
        value = msg("not stated, counted by the rules as {value}", value=value).render(locale)
    label = label_of(match.input, rules, locale.lang)
    told = value if label == beside else f"{label}: {value}"
    band = band_words(match, locale)
    return f"{told}, {band}" if band else told


def row_words(
    row: TraceRow,
    grid: Grid,
    locale: Locale,
    *,
    beside: str = "",
    blank: frozenset[str] = frozenset(),
) -> str:
    """What counted for a factor, in one line.

    Parameters
    ----------
    row : TraceRow
        Factor, or one ability of it.
    grid : Grid
        Rule set on its day.
    locale : Locale
        Language.
    beside : str, optional
        Label that the line stands next to, not to be said twice.
    blank : frozenset of str, optional
        Inputs that the profile does not state.

    Returns
    -------
    str
    """
    if not row.counts:
        return msg("does not count for this person").render(locale)
    rules = grid.rule_set
    return "; ".join(
        match_words(one, rules, locale, beside=beside, blank=blank) for one in row.matches
    )
