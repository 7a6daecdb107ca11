# SPDX-License-Identifier: Apache-2.0
"""Labour as a country's profile tells of it: on the population paths that the profile has."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.measure.age_structure import population_by_age_group
from keruen.project.labour import ParticipationMethod
from keruen.project.projection import mid_year_population
from keruen.report.labour_case import labour_case
from keruen.report.labour_population import LABOUR_AGES, LabourPopulation
from keruen.report.labour_run import LabourRun, combine_labour
from keruen.report.outlook import SEED, outlook
from keruen.report.regional_run import RegionalRun

HORIZON: Final = 2040
"""Last year that a profile tells of labour."""


@lru_cache(maxsize=2)
def labour_outlook(
    country: str, to: int = HORIZON, method: ParticipationMethod = "trend"
) -> LabourRun | None:
    """Labour supply and demand of a country; None where inputs are missing.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    to : int, optional
        Last year, to 2050.
    method : {"trend", "constant", "cohort"}, optional
        Rule of participation.

    Returns
    -------
    LabourRun or None
        With its regions where the package holds them; their paths are those of the
        regional projection and fewer than the nation's.

    See Also
    --------
    keruen.report.labour_run.run_labour : The same as a folder of tables.

    Examples
    --------
    >>> labour_outlook("VAT") is None
    True
    """
    from keruen.report.parts.regions_ahead import regional_outlook

    ahead = outlook(country)
    if ahead is None:
        return None
    try:
        known = labour_case(country)
    except CoverageError:
        return None
    people = population_by_age_group(ahead.people, lower=LABOUR_AGES)
    closed = people - population_by_age_group(ahead.contribution.total, lower=LABOUR_AGES)
    whole = LabourPopulation(
        medium=_mid_year(people, country),
        closed=_mid_year(closed, country),
        paths=_mid_year(ahead.labour, country),
        sources=ahead.sources,
    )
    run = combine_labour(known, whole, to=to, method=method, seed=SEED)
    regional = regional_outlook(country) if known.regions is not None else None
    if regional is None or regional.totals is None:
        return run
    from dataclasses import replace

    parts = combine_labour(
        known, along_regions(regional, whole), regional, to=to, method=method, seed=SEED
    )
    return replace(run, regions=parts.regions, inputs=parts.inputs, warnings=parts.warnings)


def _mid_year(ends: xr.DataArray, country: str) -> xr.DataArray:
    """People in the middle of a year from its end and that of the year before."""
    begins = ends.assign_coords(year=ends["year"] + 1)
    return mid_year_population(begins).expand_dims(country=[country])


def along_regions(regional: RegionalRun, whole: LabourPopulation) -> LabourPopulation:
    """The nation along the paths of its regions, which add to it.

    Parameters
    ----------
    regional : RegionalRun
        Regions.
    whole : LabourPopulation
        The nation; its own paths are replaced.

    Returns
    -------
    LabourPopulation
        Without paths where the regions have none.
    """
    if regional.totals is None:
        return LabourPopulation(whole.medium, whole.closed, None, whole.sources)
    ages = regional.totals["by_age"].sum("region").assign_attrs(kind="count")
    paths = mid_year_population(ages).expand_dims(country=[regional.country])
    return LabourPopulation(whole.medium, whole.closed, paths, whole.sources)
