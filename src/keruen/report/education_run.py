# SPDX-License-Identifier: Apache-2.0
"""A run of attainment: the Wittgenstein Centre's shares carried along our own projection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.codes import country_code
from keruen.core.errors import CoverageError
from keruen.project.attainment import ATTAINMENT, UNDER_15
from keruen.project.education import EducationProjection
from keruen.project.graduation import january_population
from keruen.project.paths import project_paths
from keruen.project.population import EDITIONS
from keruen.report.attainment_inputs import (
    BASE,
    EDUCATION,
    LAST,
    MORTALITY,
    SCHOOLED,
    SchoolPath,
    adult_bounds,
    attainment_ahead,
    attainment_of,
    attainment_scores,
    five_year_groups,
    record_of,
    short_history,
)
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_components import (
    drawn_components,
    national_projection,
    prepare_components,
)
from keruen.report.projection_run import described
from keruen.sources.projection_inputs import FIRST, projection_inputs

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class EducationRun:
    """What a run used and what it found; population at the end of a year.

    Parameters
    ----------
    projection : EducationProjection
        The base and every fifth year to the last.
    ratios : DataArray [year, education, sex, age], probability
        Progression ratios of the periods that end in ``year``.
    adults : DataArray [year, education], persons
        People of 25 and over.
    bounds : DataArray [quantile, year, education], persons, or None
        Intervals of these, from the paths of the population.
    past : DataArray [year, education], share
        Published shares of people of 25 and over to the base.
    scores : DataFrame
        Back-test of all countries from 2000.
    options : dict
        Options as given.
    inputs : tuple of dict
        Embedded tables used.
    record : str
        Track record.
    warnings : tuple of str
        What must be said beside the numbers.
    """

    projection: EducationProjection
    ratios: xr.DataArray
    adults: xr.DataArray
    bounds: xr.DataArray | None
    past: xr.DataArray
    scores: pd.DataFrame
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    record: str
    warnings: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        """Code of the country."""
        return str(self.options["country"])


def run_education(
    country: str,
    *,
    to: int = 2050,
    trajectories: int = 0,
    schooling: SchoolPath = "trend",
    seed: int = 1,
    step: Step | None = None,
) -> EducationRun:
    """Project the population of a country by attainment, in agreement with its projection.

    Parameters
    ----------
    country : str
        Code or name of a country.
    to : int, optional
        Last year, 2025, 2030 ... 2100; figures are of its end.
    trajectories : int, optional
        Paths of the population for intervals; none when 0.
    schooling : {"trend", "constant", "fast", "numbers"}, optional
        How many go on to the next level.
    seed : int, optional
        Seed of the paths.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    EducationRun

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        The year is none of the steps, or the country has no attainment in the source.

    See Also
    --------
    keruen.report.education_release.write_education : Writes the run to a folder.

    Notes
    -----
    Only the shares of the source are used, for it rests on older population estimates: those
    of mid-2020 stand for the end of 2020. Totals by sex and age are exactly those of
    ``keruen project population`` on the following 1 January.

    Examples
    --------
    >>> run = run_education("KAZ", to=2030)
    >>> share = 100 * run.adults / run.adults.sum("education")
    >>> bool(share.sel(year=2030, education="post_secondary") > 28)
    True
    """
    tell = step or quiet
    code = country_code(country)
    years = _years(to)
    shares = attainment_of(code)
    tell(0.1, "population")
    totals, paths, sources = _population(code, years, trajectories, seed)
    tell(0.7, "attainment")
    ratios, projection = attainment_ahead(code, totals, schooling=schooling)
    adults = _adults(projection.population)
    bounds = None if paths is None else adult_bounds(projection.population, paths)
    scores = attainment_scores()
    options = {"country": code, "to": to, "schooling": schooling, "trajectories": trajectories}
    inputs = tuple(dict.fromkeys((EDUCATION, MORTALITY, *sources)))
    return EducationRun(
        projection=projection,
        ratios=ratios,
        adults=adults,
        bounds=bounds,
        past=_past(shares),
        scores=scores,
        options=options | ({"seed": seed} if trajectories else {}),
        inputs=tuple(described(id) for id in inputs),
        record=record_of(schooling),
        warnings=_warnings(code, trajectories),
    )


def _years(to: int) -> list[int]:
    if to not in range(BASE + 5, LAST + 1, 5):
        raise CoverageError(
            f"attainment is projected in steps of five years, not to {to}",
            where="to",
            remedy=f"choose {BASE + 5}, {BASE + 10} ... {LAST}",
            id="YearOutOfRange",
        )
    return list(range(BASE, to + 1, 5))


def _population(
    code: str, years: list[int], trajectories: int, seed: int
) -> tuple[xr.DataArray, xr.DataArray | None, tuple[str, ...]]:
    """Five-year age groups at the end of the years: medium, and paths where asked for."""
    tables = projection_inputs(code)
    ready = prepare_components(tables)
    medium = national_projection(ready, ready.components)
    before = january_population(tables.population).sel(year=slice(BASE, FIRST - 1))
    people = xr.concat([before, medium.population], "year").assign_attrs(medium.population.attrs)
    totals = five_year_groups(_year_end(people.sel(country=code, drop=True)), years)
    if not trajectories:
        return totals, None, tables.sources
    drawn, more = drawn_components(tables, medium, trajectories=trajectories, seed=seed)
    parts = ready.components
    paths = project_paths(
        ready.base, parts.fertility, parts.mortality, parts.migration, drawn,
        rules=EDITIONS["2024"], years=list(range(FIRST, years[-1] + 1)),
    )  # fmt: skip
    found = _year_end(paths.population.sel(country=code, drop=True))
    later = [year for year in years if year >= FIRST]
    return totals, five_year_groups(found, later), (*tables.sources, *more)


def _year_end(people: xr.DataArray) -> xr.DataArray:
    """1 January of a year as the end of the year before."""
    moved = people.assign_coords(year=people["year"] - 1)
    return moved.assign_attrs(people.attrs | {"moment": "end of year"})


def _adults(population: xr.DataArray) -> xr.DataArray:
    """People of 25 and over by level."""
    grown = population.sel(age=population["age"] >= SCHOOLED).sum(["sex", "age"])
    return stamp(
        grown.drop_sel(education=UNDER_15), name="population", units="persons", kind="count",
        inputs=(population,), concept="stock", moment="end of year",
    )  # fmt: skip


def _past(shares: xr.DataArray) -> xr.DataArray:
    grown = shares.sel(education=list(ATTAINMENT), age=shares["age"] >= SCHOOLED)
    people = grown.sum(["sex", "age"])
    whole = people.sum("education")
    found = (people / whole.where(whole > 0)).dropna("year")
    return stamp(found, name="share", units="1", kind="share", inputs=(shares,), moment="1 July")


def _warnings(code: str, trajectories: int) -> tuple[str, ...]:
    notes = [
        (
            "shares of mid-2020 by the Wittgenstein Centre stand for the end of 2020; no survey "
            "or census since then is in"
        ),
        (
            "migrants carry the education of residents of their sex and age: no admission data "
            "by education are embedded"
        ),
    ]
    if short_history(code):
        notes.append(
            f"attainment of {code} is held since {BASE - 5} only: the trend of its schooling is "
            "the mean of other countries"
        )
    if trajectories:
        notes.append("intervals hold the uncertainty of the population, not that of schooling")
    if 0 < trajectories < 200:
        notes.append(f"{trajectories} trajectories are few: the 95 % interval is rough")
    return tuple(notes)
