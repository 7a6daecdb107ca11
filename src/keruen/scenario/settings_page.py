# SPDX-License-Identifier: Apache-2.0
"""The part of a scenario's page that says what is set, and what of it is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from keruen.report.document import Column, Exhibit, Row, Section, Table
from keruen.report.locale import Locale, Message, Told, Value, msg
from keruen.report.units import unit_words
from keruen.scenario.composed import Scenario, short
from keruen.sources.marked_yaml import Place

_DISTRIBUTIONS: Final[Mapping[str, Message]] = {
    "fixed": msg("known"),
    "uniform": msg("uniform"),
    "triangular": msg("triangular"),
    "normal": msg("normal"),
    "lognormal": msg("lognormal"),
    "beta": msg("beta"),
    "pert": msg("PERT"),
}
_PARAMETERS: Final[Mapping[str, Message]] = {
    "value": msg("value {number}"),
    "low": msg("lowest {number}"),
    "mode": msg("most likely {number}"),
    "high": msg("highest {number}"),
    "mean": msg("mean {number}"),
    "sd": msg("standard deviation {number}"),
    "median": msg("median {number}"),
    "ratio": msg("ratio {number}"),
}
_CHOICES: Final[Mapping[str, Message]] = {
    "quota": msg("regional quotas"),
    "population": msg("population of regions"),
    "labour_gap": msg("labour gap of regions"),
    "published": msg("published projection"),
    "recorded": msg("national records"),
}


@dataclass(frozen=True)
class Held:
    """Values of a key by year, equal years together.

    Parameters
    ----------
    years : tuple of int
        Years.
    values : tuple
        A value each.
    """

    years: tuple[int, ...]
    values: tuple[float | str | None, ...]

    def render(self, locale: Locale) -> str:
        """The values with their years, as the language writes numbers."""
        told: list[tuple[int, int, str]] = []
        for year, value in zip(self.years, self.values, strict=True):
            text = _value(value, locale)
            if told and told[-1][2] == text:
                told[-1] = (told[-1][0], year, text)
            else:
                told.append((year, year, text))
        if len(told) == 1:
            return told[0][2]
        return "; ".join(
            f"{first}–{last}: {text}" if last > first else f"{first}: {text}"
            for first, last, text in told
        )


def _value(value: float | str | None, locale: Locale) -> str:
    if isinstance(value, str):
        return _CHOICES[value].render(locale) if value in _CHOICES else value
    written = short(value)
    decimals = len(written.partition(".")[2]) if "e" not in written else 6
    return locale.number(value, decimals=decimals)


def placed(place: Place) -> Value:
    """Where a line stands, in the reader's language.

    Parameters
    ----------
    place : Place
        File and line.

    Returns
    -------
    Message
    """
    return msg("{file}, line {number}", file=place.file, number=str(place.line))


def settings_section(scenario: Scenario) -> Section:
    """Keys that a scenario sets otherwise than its baseline, with the line that did.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    Section
    """
    base, title = scenario.files[0].name, msg("What differs from the baseline")
    rows = []
    for name, steps in scenario.steps.items():
        first = next(one for one in reversed(steps) if one.scenario == base)
        if steps[-1].after == first.after:
            continue
        key = scenario.keys[name]
        cells = (
            Held(scenario.years, first.after),
            Held(scenario.years, steps[-1].after),
            unit_words(key.unit),
            placed(steps[-1].place),
            Told(key.source),
        )
        rows.append(Row(name, Told(key.label), cells))
    if not rows:
        finding = msg("Nothing is set otherwise than in the baseline.")
        return Section("settings", title, findings=(finding,))
    columns = (
        Column("baseline", msg("Baseline")),
        Column("scenario", msg("Scenario")),
        Column("unit", msg("Unit")),
        Column("line", msg("Set in")),
        Column("source", msg("Source of the baseline's value")),
    )
    made = Table("settings", msg("Setting"), columns, tuple(rows))
    return Section("settings", title, exhibits=(Exhibit(made, msg("Settings that differ")),))


def uncertain_section(scenario: Scenario) -> Section:
    """What is not known about the policy, and how it is drawn.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    Section
    """
    title = msg("What is not known")
    rows = tuple(
        Row(
            one.key,
            Told(scenario.keys[one.key].label),
            (
                _DISTRIBUTIONS[one.dist],
                _Parameters(tuple(one.values.items())),
                unit_words(scenario.keys[one.key].unit),
                Told(one.source),
            ),
        )
        for one in scenario.doubts
    )
    if not rows:
        return Section("uncertain", title, findings=(msg("Nothing is drawn beside the futures."),))
    columns = (
        Column("dist", msg("Distribution")),
        Column("values", msg("Numbers")),
        Column("unit", msg("Unit")),
        Column("source", msg("Source")),
    )
    made = Table("uncertain", msg("Setting"), columns, rows)
    return Section("uncertain", title, exhibits=(Exhibit(made, msg("Values that are drawn")),))


@dataclass(frozen=True)
class _Parameters:
    """Parameters of a distribution: each in words, or by its letter."""

    values: tuple[tuple[str, float], ...]

    def render(self, locale: Locale) -> str:
        return ", ".join(_parameter(name, value, locale) for name, value in self.values)


def _parameter(name: str, value: float, locale: Locale) -> str:
    number = _value(float(value), locale)
    if name not in _PARAMETERS:
        return f"{name} = {number}"
    return locale.say(replace(_PARAMETERS[name], values={"number": number}))
