# SPDX-License-Identifier: Apache-2.0
"""What a scenario file says: keys of a baseline, changes of them, doubts about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from keruen.sources.marked_yaml import Place

How = Literal["value", "scale", "add"]
"""What a change does to the value that held: takes its place, multiplies it, adds to it."""


@dataclass(frozen=True)
class Key:
    """A value that a scenario may set: what it is, in which unit, within which bounds.

    Parameters
    ----------
    name : str
        Room, subject and quantity, joined by dots.
    label : dict of str to str
        Label by language.
    unit : str
        Unit; empty for a choice.
    kind : str
        Kind of the quantity, as in ``core.variables``; empty for a choice.
    low, high : float
        Bounds of a number.
    choices : tuple of str
        What a choice may be; empty for a number.
    source : dict of str to str
        Where the value of the baseline comes from, by language.
    status : str
        ``published``, ``estimate``, ``assumption`` or ``to be confirmed``.
    place : Place
        Where it is declared.
    """

    name: str
    label: Mapping[str, str]
    unit: str
    kind: str
    low: float
    high: float
    choices: tuple[str, ...]
    source: Mapping[str, str]
    status: str
    place: Place


@dataclass(frozen=True)
class Change:
    """One line of a scenario: what becomes of a key, and from when to when.

    Parameters
    ----------
    key : str
        Key.
    how : {"value", "scale", "add"}
        What it does to the value that held.
    value : float or str
        By how much, or to what.
    start, end : int or None
        First and last year it holds; None for the horizon's own.
    unit : str
        Unit as written; empty when not written.
    why : str
        Reason as written.
    place : Place
        Where it stands.
    """

    key: str
    how: How
    value: float | str
    start: int | None
    end: int | None
    unit: str
    why: str
    place: Place


@dataclass(frozen=True)
class Doubt:
    """An uncertain value: its distribution, and whether it replaces or scales the value.

    Parameters
    ----------
    key : str
        Key, a number.
    how : {"value", "scale", "add"}
        What the draw does to the value.
    dist : str
        Distribution, as in :class:`keruen.decide.uncertainty.Uncertain`.
    values : dict of str to float
        Its parameters.
    source : dict of str to str
        Where they come from, by language.
    place : Place
        Where it stands.
    """

    key: str
    how: How
    dist: str
    values: Mapping[str, float]
    source: Mapping[str, str]
    place: Place


@dataclass
class ScenarioFile:
    """What one file says; what it leaves out is None or empty.

    Parameters
    ----------
    name : str
        Name of the scenario.
    path : Path
        File.
    text : str
        Content, as it goes to the manifest.
    title : dict of str to str
        Title by language.
    country : str
        Code of the country; a baseline's alone.
    based_on : tuple of (str, Place)
        Scenarios it is laid over, from left to right.
    horizon : tuple of int or None
        First and last year.
    trajectories, seed : int or None
        Futures drawn, and the seed.
    keys : dict of str to Key
        Keys that a baseline declares.
    changes : list of Change
        What it sets, in order.
    doubts : list of Doubt
        What is uncertain.
    levers, outcomes : tuple of (str, Place)
        Patterns of keys to be moved, and names of what is compared.
    assumes : dict of str to str
        Assumptions stated.
    reason : str
        Why it was asked for.
    """

    name: str
    path: Path
    text: str
    title: Mapping[str, str] = field(default_factory=dict)
    country: str = ""
    based_on: tuple[tuple[str, Place], ...] = ()
    horizon: tuple[int, int] | None = None
    trajectories: int | None = None
    seed: int | None = None
    keys: dict[str, Key] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    levers: tuple[tuple[str, Place], ...] = ()
    outcomes: tuple[tuple[str, Place], ...] = ()
    assumes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
