# SPDX-License-Identifier: Apache-2.0
"""How wrong projected attainment has been: past bases, and rules that do less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.project.attainment import ATTAINMENT, attainment_paths, attainment_ratios
from keruen.project.education import project_education

if TYPE_CHECKING:
    import pandas as pd

_SCHOOLING: Final = ("trend", "constant", "numbers")


def education_scores(
    population: xr.DataArray,
    *,
    origins: Sequence[int],
    age: int = 25,
    levels: Sequence[str] = ATTAINMENT,
) -> pd.DataFrame:
    """Errors of attainment projected from past dates, beside the mix of ages held.

    Parameters
    ----------
    population : DataArray [country, year, sex, age, education], persons
        Estimates of past dates five years apart, by all ages from 0; children under a label
        that is none of the levels.
    origins : sequence of int
        Dates to project from, each with the estimates up to it alone.
    age : int, optional
        People from this age are scored.
    levels : sequence of str, optional
        Levels from the lowest to the highest.

    Returns
    -------
    DataFrame
        ``origin``, ``horizon``, ``rule``, ``countries``, ``dissimilarity`` (half the sum of
        absolute differences of shares, percent, mean of countries), ``median`` and
        ``highest`` (mean absolute error of the share of the highest level, points).

    See Also
    --------
    keruen.project.education.project_education : The method.

    Notes
    -----
    Totals by sex and age are those that came, so that schooling alone is tested; levels
    have the same survival. ``held`` keeps the mix of each sex and age group. The past of
    the Wittgenstein Centre is itself reconstructed from later censuses, which makes this a
    pseudo back-test, kinder than life.

    Examples
    --------
    >>> ages = list(range(0, 45, 5))
    >>> where = {"country": ["A"], "year": range(1995, 2020, 5), "sex": ["F", "M"],
    ...          "age": ages, "education": ["under15", "low", "high"]}
    >>> people = xr.DataArray(np.zeros((1, 5, 2, 9, 3)), coords=where)
    >>> people.loc[{"age": [0, 5, 10], "education": "under15"}] = 10.0
    >>> people.loc[{"age": ages[3:], "education": ["low", "high"]}] = 5.0
    >>> found = education_scores(people, origins=[2010], levels=["low", "high"])
    >>> sorted(found["rule"])
    ['constant', 'held', 'numbers', 'trend']
    """
    import pandas as pd

    require_dims(population, "country", "year", "sex", "age", "education", name="population")
    people = population.fillna(0.0)
    rows: list[dict[str, object]] = []
    for origin in origins:
        later = [int(year) for year in people["year"] if year > origin]
        for rule, guess in _guesses(people, origin, later, list(levels)).items():
            key = {"origin": origin, "rule": rule}
            rows += [
                key | _row(people, guess, year, age) | {"horizon": year - origin} for year in later
            ]
    return pd.DataFrame(rows)


def _guesses(
    people: xr.DataArray, origin: int, later: list[int], levels: list[str]
) -> dict[str, xr.DataArray]:
    """Population of 15 and over by every rule."""
    past = people.sel(year=people["year"] <= origin, education=levels)
    base, totals = past.sel(year=origin), people.sum("education").sel(year=[origin, *later])
    ratios = attainment_ratios(past, levels=levels)
    alive = xr.full_like(totals.sel(year=later), 0.9)  # all levels alike, met by the totals
    guesses = {"held": _held(base, totals.sel(year=later))}
    for rule in _SCHOOLING:
        path = attainment_paths(
            ratios, years=later, schooling="trend" if rule == "trend" else "constant"
        )
        ahead = project_education(
            base, totals, path, survival=alive, levels=levels,
            mortality_gap={"F": 0.0, "M": 0.0},
            schooling="numbers" if rule == "numbers" else "ratios",
        )  # fmt: skip
        guesses[rule] = ahead.population.sel(education=levels)
    return guesses


def _held(base: xr.DataArray, totals: xr.DataArray) -> xr.DataArray:
    whole = base.sum("education")
    return (base / whole.where(whole > 0)).fillna(0.0) * totals


def _row(people: xr.DataArray, guess: xr.DataArray, year: int, age: int) -> dict[str, object]:
    levels = guess.indexes["education"]
    shares = []
    for each in (guess, people.sel(education=levels)):
        counted = each.sel(year=year).sel(age=each["age"] >= age).sum(["sex", "age"])
        shares.append(counted / counted.sum("education"))
    gap = 100 * (shares[0] - shares[1]).transpose("country", "education").to_numpy()
    apart = np.abs(gap).sum(-1) / 2
    return {
        "countries": len(apart),
        "dissimilarity": float(apart.mean()),
        "median": float(np.median(apart)),
        "highest": float(np.abs(gap[:, list(levels).index(levels[-1])]).mean()),
    }
