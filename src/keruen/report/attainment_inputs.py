# SPDX-License-Identifier: Apache-2.0
"""Attainment from embedded tables: ratios of all countries, a country ahead, the track record."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.measure.age_structure import population_by_age_group
from keruen.project.attainment import (
    ATTAINMENT,
    Schooling,
    attainment_paths,
    attainment_ratios,
)
from keruen.project.education import EducationProjection, project_education
from keruen.project.education_record import education_scores
from keruen.project.lifetable import life_table
from keruen.project.quantiles import path_quantiles
from keruen.sources.catalog import load

if TYPE_CHECKING:
    import pandas as pd

BASE: Final = 2020
"""Year whose attainment is the base."""
LAST: Final = 2100
GROUPS: Final = tuple(range(0, 101, 5))
SCHOOLED: Final = 25
"""Age from which attainment is told: few study on."""

EDUCATION: Final = "wic.population"
MORTALITY: Final = "wpp2024.mortality_age5"
_ORIGIN: Final = 2000
_SINCE: Final = 1980

SchoolPath = Literal["constant", "trend", "fast", "numbers"]


def attainment_places() -> tuple[str, ...]:
    """Countries with attainment at the base and five years before."""
    return tuple(str(code) for code in _world().indexes["country"])


def short_history(code: str) -> bool:
    """Whether attainment is held too briefly for a trend of the country's own.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    bool
    """
    return code not in _long().indexes["country"]


def attainment_of(code: str) -> xr.DataArray:
    """Published population by attainment of a country, [year, sex, age, education].

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    DataArray [year, sex, age, education], persons

    Raises
    ------
    CoverageError
        The source has no attainment of the country.
    """
    if code not in attainment_places():
        raise CoverageError(
            f"the Wittgenstein Centre gives no attainment of {code}",
            where="country",
            remedy="choose another country, or give your own attainment by sex and age",
        )
    return _world().sel(country=code)


def attainment_ahead(
    code: str, totals: xr.DataArray, *, schooling: SchoolPath = "trend"
) -> tuple[xr.DataArray, EducationProjection]:
    """Progression ratios and the population by attainment of a country.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code.
    totals : DataArray [year, sex, age], persons
        Five-year age groups at the end of 2020 and of every fifth year after.
    schooling : {"trend", "constant", "fast", "numbers"}, optional
        How many go on to the next level.

    Returns
    -------
    ratios : DataArray [year, education, sex, age], probability
    projection : EducationProjection
    """
    shares = attainment_of(code)
    later = [int(year) for year in totals.indexes["year"][1:]]
    path: Schooling = "constant" if schooling == "numbers" else schooling
    ratios = attainment_paths(_ratios(), years=later, schooling=path).sel(country=code, drop=True)
    projection = project_education(
        shares.sel(year=BASE, education=list(ATTAINMENT), drop=True),
        totals,
        ratios,
        survival=_survival(code, later),
        schooling="numbers" if schooling == "numbers" else "ratios",
    )
    return ratios, projection


def adult_bounds(population: xr.DataArray, paths: xr.DataArray) -> xr.DataArray:
    """Quantiles of people of 25 and over by attainment, path by path.

    Parameters
    ----------
    population : DataArray [year, education, sex, age], persons
        The projection by attainment, totals met.
    paths : DataArray [trajectory, year, sex, age], persons
        Paths of the same population.

    Returns
    -------
    DataArray [quantile, year, education], persons

    Notes
    -----
    Where migrants carry the mix of residents and totals are met, the mix of a sex and age is
    the same in every path.
    """
    grown = population.sel(age=population["age"] >= SCHOOLED)
    whole = grown.sum("education")
    mix = (grown / whole.where(whole > 0)).fillna(0.0)
    years = [year for year in paths.indexes["year"] if year in mix.indexes["year"]]
    drawn = paths.sel(year=years, age=mix["age"])
    adults = xr.dot(drawn, mix.sel(year=years), dim=["sex", "age"])
    return path_quantiles(adults.rename("population").assign_attrs(units="persons"))


def five_year_groups(people: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """Five-year age groups of given years."""
    return population_by_age_group(people.sel(year=list(years)), lower=GROUPS)


def _survival(code: str, later: list[int]) -> xr.DataArray:
    """Survival into five-year groups of the periods that end in the years."""
    periods = [min(year - 5, LAST - 5) for year in later]
    rates = load(MORTALITY, country=code).sel(year=periods)
    return life_table(rates).survivorship.assign_coords(year=later)


@lru_cache(maxsize=1)
def _world() -> xr.DataArray:
    """Attainment since 1980; groups that are empty are zero, and so are years not held."""
    people = load(EDUCATION)
    since = people.sel(year=people["year"] >= _SINCE)
    last = since.sel(year=[BASE - 5, BASE]).sum(["education", "sex", "age"]) > 0
    kept = people["country"].to_numpy()[last.all("year").to_numpy()]
    return since.sel(country=kept).fillna(0.0)


def _long() -> xr.DataArray:
    """Countries with attainment at every date since 1980."""
    people = _world()
    held = (people.sum(["education", "sex", "age"]) > 0).all("year")
    return people.sel(country=people["country"].to_numpy()[held.to_numpy()])


@lru_cache(maxsize=1)
def _ratios() -> xr.DataArray:
    return attainment_ratios(_world())


@lru_cache(maxsize=1)
def attainment_scores() -> pd.DataFrame:
    """Back-test of all countries from 2000, by rule and horizon.

    Returns
    -------
    DataFrame
        As :func:`~keruen.project.education_record.education_scores` makes it.
    """
    return education_scores(_long(), origins=[_ORIGIN], age=SCHOOLED)


def record_of(schooling: str) -> str:
    """What past projections of attainment say, beside the mix of ages held.

    Parameters
    ----------
    schooling : str
        Path of schooling.

    Returns
    -------
    str
    """
    scores = attainment_scores()
    last = scores[scores["horizon"] == scores["horizon"].max()].set_index("rule")
    if schooling not in last.index:
        return "not evaluated"
    own, held = last.loc[schooling], last.loc["held"]
    return (
        f"from {int(own['origin'])}, {int(own['horizon'])} years ahead (today's estimates cut "
        f"there), shares of levels at {SCHOOLED} and over: {own['dissimilarity']:.1f} % "
        f"misplaced in {int(own['countries'])} countries (median {own['median']:.1f} %), mix of "
        f"ages held {held['dissimilarity']:.1f} %"
    )
