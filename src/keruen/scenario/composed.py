# SPDX-License-Identifier: Apache-2.0
"""A composed scenario: what every key is worth in every year, and the line that set it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, stamp
from keruen.core.errors import ScenarioError
from keruen.core.sentences import msg
from keruen.scenario.schema import Doubt, Key, ScenarioFile
from keruen.sources.marked_yaml import Place

if TYPE_CHECKING:
    import pandas as pd

_EXACT: Final = 12


@dataclass(frozen=True)
class Step:
    """What one line did to a key.

    Parameters
    ----------
    scenario : str
        Name of the scenario.
    place : Place
        File and line.
    text : str
        What it did, such as ``5000 from 2026``.
    before, after : tuple
        Values of all years before and after it.
    why : str
        Reason as written.
    """

    scenario: str
    place: Place
    text: str
    before: tuple[float | str | None, ...]
    after: tuple[float | str | None, ...]
    why: str


@dataclass(frozen=True)
class Scenario:
    """A composed scenario: every key with its value in every year, and who set it.

    Parameters
    ----------
    name : str
        Name.
    country : str
        ISO 3166-1 alpha-3 code.
    title : dict of str to str
        Title by language.
    years : tuple of int
        Years of the horizon.
    trajectories : int
        Futures drawn.
    seed : int
        Seed of all random streams.
    keys : dict of str to Key
        What each key is.
    steps : dict of str to tuple of Step
        What set each key, in order; the last one holds.
    doubts : tuple of Doubt
        Uncertain values.
    levers : tuple of str
        Keys that the reader may move.
    outcomes : tuple of str
        What is compared.
    assumes : dict of str to str
        Assumptions stated beside the result.
    reason : str
        Why the scenario was asked for.
    files : tuple of ScenarioFile
        Files it was composed of, in the order in which they were laid.
    """

    name: str
    country: str
    title: Mapping[str, str]
    years: tuple[int, ...]
    trajectories: int
    seed: int
    keys: Mapping[str, Key]
    steps: Mapping[str, tuple[Step, ...]]
    doubts: tuple[Doubt, ...]
    levers: tuple[str, ...]
    outcomes: tuple[str, ...]
    assumes: Mapping[str, str]
    reason: str
    files: tuple[ScenarioFile, ...]

    def held(self, key: str) -> tuple[float | str | None, ...]:
        """Values of a key, one a year.

        Parameters
        ----------
        key : str
            Key.

        Returns
        -------
        tuple of float or str

        Raises
        ------
        ScenarioError
            There is no such key.
        """
        if key not in self.steps:
            raise unknown_key(key, self.keys)
        return self.steps[key][-1].after

    def series(self, key: str) -> xr.DataArray:
        """A number in every year.

        Parameters
        ----------
        key : str
            Key.

        Returns
        -------
        DataArray [year]
            In the unit of the key.

        Raises
        ------
        ScenarioError
            There is no such key, or it is a choice.
        """
        one = self.keys.get(key)
        values = self.held(key)
        if one is None or one.choices:
            raise ScenarioError(f"'{key}' is a choice, not a number", where=self.name)
        held = xr.DataArray(
            np.array(values, dtype=float), coords={"year": list(self.years)}, dims="year"
        )
        return stamp(held, name=key, units=one.unit, kind=cast("Kind", one.kind))

    def choice(self, key: str) -> str:
        """A choice, the same in all years.

        Parameters
        ----------
        key : str
            Key.

        Returns
        -------
        str

        Raises
        ------
        ScenarioError
            There is no such key.
        """
        return str(self.held(key)[0])

    def explain(self, key: str) -> pd.DataFrame:
        """Which file and line set a value, and what it replaced.

        Parameters
        ----------
        key : str
            Key.

        Returns
        -------
        DataFrame
            ``scenario, file, line, change, before, after, why``; values as spans of years.

        Raises
        ------
        ScenarioError
            There is no such key.
        """
        import pandas as pd

        self.held(key)
        return pd.DataFrame(
            [
                {
                    "scenario": one.scenario,
                    "file": one.place.file,
                    "line": one.place.line,
                    "change": one.text,
                    "before": spans(self.years, one.before),
                    "after": spans(self.years, one.after),
                    "why": one.why,
                }
                for one in self.steps[key]
            ]
        )

    def table(self) -> pd.DataFrame:
        """The flat dated table that the scenario resolves to.

        Returns
        -------
        DataFrame
            ``key, year, value, unit``, sorted.
        """
        import pandas as pd

        rows = [
            (key, year, value, self.keys[key].unit)
            for key in sorted(self.keys)
            for year, value in zip(self.years, self.held(key), strict=True)
        ]
        return pd.DataFrame(rows, columns=["key", "year", "value", "unit"])

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the result: values, doubts, horizon, seed, draws."""
        said = {
            "country": self.country,
            "years": self.years,
            "seed": self.seed,
            "trajectories": self.trajectories,
            "values": {key: self.held(key) for key in sorted(self.keys)},
            "doubts": [[d.key, d.how, d.dist, sorted(d.values.items())] for d in self.doubts],
        }
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def unknown_key(key: str, keys: Mapping[str, Key], place: Place | None = None) -> ScenarioError:
    """The fault of a key that the baseline does not have, with the nearest ones."""
    near = get_close_matches(key, keys, n=3, cutoff=0.4)
    return ScenarioError(
        msg("the baseline has no key '{key}'", key=key),
        where=str(place) if place is not None else "",
        remedy=(
            msg("did you mean {names}?", names=", ".join(near))
            if near
            else msg("keys are {names}", names=", ".join(keys))
        ),
        id="UnknownKey",
    )


def spans(years: Sequence[int], values: Sequence[float | str | None]) -> str:
    """Values by year in few words.

    Parameters
    ----------
    years : sequence of int
        Years.
    values : sequence
        A value each.

    Returns
    -------
    str

    Examples
    --------
    >>> spans([2025, 2026, 2027], [1.0, 5000.0, 5000.0])
    '2025: 1; 2026-2027: 5000'
    """
    told: list[tuple[int, int, float | str | None]] = []
    for year, value in zip(years, values, strict=True):
        if told and told[-1][2] == value:
            told[-1] = (told[-1][0], year, value)
        else:
            told.append((year, year, value))
    if len(told) == 1:
        return short(told[0][2])
    return "; ".join(
        f"{first}-{last}: {short(value)}" if last > first else f"{first}: {short(value)}"
        for first, last, value in told
    )


def short(value: float | str | None) -> str:
    """A value as a reader writes it."""
    if value is None:
        return "-"
    return f"{value:.{_EXACT}g}" if isinstance(value, float) else str(value)


def compare_scenarios(first: Scenario, *others: Scenario) -> pd.DataFrame:
    """Keys whose values differ between scenarios.

    Parameters
    ----------
    first : Scenario
        The one compared with.
    *others : Scenario
        Further ones over the same baseline.

    Returns
    -------
    DataFrame
        ``key, unit`` and a column of values a scenario, only where they differ.

    Raises
    ------
    ScenarioError
        They are of different countries.
    """
    import pandas as pd

    alone = [one.name for one in others if one.country != first.country]
    if alone:
        what = f"{first.name} and {alone[0]} are of different countries"
        raise ScenarioError(what, remedy="compare scenarios over one baseline", id="OtherCountry")
    every = [first, *others]
    rows = []
    for key in first.keys:
        told = [spans(one.years, one.held(key)) for one in every]
        if len(set(told)) > 1:
            rows.append([key, first.keys[key].unit, *told])
    return pd.DataFrame(rows, columns=["key", "unit", *(one.name for one in every)])


def with_draws(scenario: Scenario, trajectories: int, seed: int) -> Scenario:
    """The same scenario with other numbers of draws or another seed.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    trajectories : int
        Futures drawn.
    seed : int
        Seed.

    Returns
    -------
    Scenario
    """
    return replace(scenario, trajectories=trajectories, seed=seed)
