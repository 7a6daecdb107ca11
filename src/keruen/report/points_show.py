# SPDX-License-Identifier: Apache-2.0
"""The tables of a points system as lines of text: what earns how much, and where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from keruen.decide.points._conditions import Bound
from keruen.decide.points.grid import Grid, grid_on
from keruen.decide.points.rules import Cap, Factor, Side
from keruen.report.locale import Lang, Locale, Message, msg
from keruen.report.points_rules import rules_on
from keruen.report.points_words import STATUSES, number, part_label


def shown_rules(system: str | Path, day: date, lang: Lang) -> Iterator[str]:
    """Every factor of a system in force on a day, row by row.

    Parameters
    ----------
    system : str or Path
        A system of the package, or a rule file of your own.
    day : date
        Day.
    lang : {"en", "ru", "kk"}
        Language of labels.

    Yields
    ------
    str
        Lines.

    Raises
    ------
    ScenarioError
        No such system, or no rule for the day.

    Examples
    --------
    >>> lines = list(shown_rules("canada-fsw", date(2026, 1, 1), "en"))
    >>> lines[0]
    'Canada: Federal Skilled Worker selection grid'
    """
    locale = Locale(lang)
    rules, _ = rules_on(system, day)
    grid = grid_on(rules, day)
    yield rules.title[lang]
    yield msg("Status of the rules: {status}.", status=STATUSES[rules.status]).render(locale)
    if rules.note[lang]:
        yield rules.note[lang]
    mark = grid.pass_mark
    yield (
        msg("No fixed mark: each draw sets its own.")
        if mark is None
        else msg("Points needed: {mark}.", mark=number(mark, locale))
    ).render(locale)
    for factor in rules.factors_on(day).values():
        yield ""
        sure = (
            "" if factor.status == rules.status else f" [{STATUSES[factor.status].render(locale)}]"
        )
        yield f"{factor.label[lang]} ({factor.reference or factor.where[0]}){sure}"
        yield from _rows(factor, grid, locale)
    for cap in grid.caps:
        held = {**rules.factors_on(day), **rules.caps}
        parts = "; ".join(part_label(name, rules, lang) for name in cap.of if name in held)
        yield ""
        yield f"{cap.label[lang]} ({cap.reference or cap.where}): {parts}"
        yield f"  {_group(cap, grid, locale).render(locale)}"
    for need in grid.prerequisites:
        yield ""
        yield msg("Required whatever the points: {need}", need=need.label[lang]).render(locale)


def _group(cap: Cap, grid: Grid, locale: Locale) -> Message:
    """What a group is limited to, by the choice that decides on it if any."""
    if cap.take == "best" and not cap.most:
        return msg("only the best of these counts")
    limits = [number(one, locale) for one in cap.most]
    if cap.by:
        one = grid.rule_set.inputs[cap.by]
        named = zip(one.codes.values(), limits, strict=True)
        told = "; ".join(f"{label[locale.lang]}: {limit}" for label, limit in named)
        return msg("together at most, {fact}: {limits}", fact=one.label[locale.lang], limits=told)
    if cap.take == "best":
        return msg("only the best of these counts, at most {limit}", limit=limits[0])
    return msg("together at most {limit}", limit=limits[0])


def _rows(factor: Factor, grid: Grid, locale: Locale) -> Iterator[str]:
    heads = [""] if factor.columns is None else _places(factor.columns, grid, locale)
    for label, row in zip(_places(factor.rows, grid, locale), factor.points, strict=True):
        cells = [
            f"{head} {'…' if cell is None else number(cell, locale)}".strip()
            for head, cell in zip(heads, row, strict=True)
        ]
        yield f"  {label}: {'; '.join(cells)}"


def _places(side: Side, grid: Grid, locale: Locale) -> list[str]:
    """Rows or columns in words."""
    if side.when is not None:
        return [
            msg("the condition does not hold").render(locale),
            msg("the condition holds").render(locale),
        ]
    if side.codes:
        codes = grid.rule_set.inputs[side.input].codes
        return [", ".join(codes[code][locale.lang] for code in group) for group in side.codes]
    return [_band(_bound(low, grid), _bound(high, grid), locale) for low, high in side.bands]


def _bound(bound: Bound, grid: Grid) -> float:
    return grid.values[bound] if isinstance(bound, str) else bound


def _band(low: float, high: float, locale: Locale) -> str:
    least, most = number(low, locale), number(high, locale)
    if math.isinf(low) and math.isinf(high):
        return msg("any").render(locale)
    if math.isinf(low):
        return msg("band under {high}", high=most).render(locale)
    if math.isinf(high):
        return msg("band from {low} upwards", low=least).render(locale)
    return msg("band from {low} to under {high}", low=least, high=most).render(locale)
