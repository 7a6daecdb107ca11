# SPDX-License-Identifier: Apache-2.0
"""Job openings: growth and replacement, in the net and in the gross concept, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp, weighted_mean
from keruen.core.errors import CoverageError
from keruen.core.tables import to_table
from keruen.project._skillchecks import check_counts, check_rates

if TYPE_CHECKING:
    import pandas as pd

Concept = Literal["net", "gross"]
"""Net of entrants of the same age (cohorts), or every separation counted."""


@dataclass(frozen=True)
class Openings:
    """Job openings of each interval, labelled with its first year.

    Parameters
    ----------
    expansion : DataArray [year, ..., occupation], persons per year
        Gross: change of employment, which may be negative. Net: growth, 0 or more.
    replacement : DataArray [year, ..., occupation], persons per year
        Gross: all who leave the labour force or the occupation. Net: the outflow that a
        shrinking occupation still has to replace.
    openings : DataArray [year, ..., occupation], persons per year
        Their sum.
    concept : {"net", "gross"}
        Which of the two.

    See Also
    --------
    gross_openings, net_openings : Make them.
    """

    expansion: xr.DataArray
    replacement: xr.DataArray
    openings: xr.DataArray
    concept: Concept

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row an interval and occupation.

        Returns
        -------
        DataFrame
            Keys, then ``expansion``, ``replacement``, ``openings`` and ``concept``.
        """
        table = to_table(self.expansion)
        for part in (self.replacement, self.openings):
            table[str(part.name)] = to_table(part)[str(part.name)]
        return table.assign(concept=self.concept)


def gross_openings(
    employment: xr.DataArray, *, exit_rate: xr.DataArray, transfer_rate: xr.DataArray
) -> Openings:
    """Openings by the separations method: growth, and everybody who leaves.

    Parameters
    ----------
    employment : DataArray [year, ..., occupation], persons
        Employed people at two dates or more.
    exit_rate : DataArray [..., occupation], share per year
        Workers who leave the labour force.
    transfer_rate : DataArray [..., occupation], share per year
        Workers who move to another major group of occupations.

    Returns
    -------
    Openings
        Per year, for each interval between two dates.

    Raises
    ------
    SchemaError
        Employment is negative or missing, or a rate is not between 0 and 1.
    CoverageError
        Occupations differ, or there are fewer than two years.

    See Also
    --------
    implied_separation_rate : The rate behind published openings.
    net_openings : The other concept.

    Notes
    -----
    ``(E[T] - E[0]) / T + (exit rate + transfer rate) (E[0] + E[T]) / 2``.

    References
    ----------
    Bureau of Labor Statistics (2018). Occupational separations: a new method for projecting
    workforce needs. Monthly Labor Review, May.

    Examples
    --------
    >>> nurses = xr.DataArray([[2955.2], [3393.2]],
    ...     {"year": [2016, 2026], "occupation": ["29-1141"]})
    >>> rate = xr.DataArray([0.0504], {"occupation": ["29-1141"]})
    >>> found = gross_openings(nurses, exit_rate=rate, transfer_rate=0 * rate)
    >>> round(found.openings.item(), 1)
    203.8
    """
    start, end, width = _intervals(employment)
    check_rates(exit_rate=exit_rate, transfer_rate=transfer_rate)
    start, end, leave, move = same_cells(
        start, end, exit_rate.rename("exit_rate"), transfer_rate.rename("transfer_rate")
    )
    grown = (end - start) / width
    left = (leave + move) * (start + end) / 2.0
    return _openings(grown, left, "gross", employment)


def net_openings(employment: xr.DataArray, *, outflow_rate: xr.DataArray) -> Openings:
    """Openings by the cohort method: growth, and the outflow that is replaced.

    Parameters
    ----------
    employment : DataArray [year, ..., occupation], persons
        Employed people at two dates or more.
    outflow_rate : DataArray [..., occupation], share per year
        Outflow relative to employment at the start, of ``replacement_by_cohort``.

    Returns
    -------
    Openings
        Per year, for each interval between two dates.

    Raises
    ------
    SchemaError
        Employment is negative or missing, or a rate is not between 0 and 1.
    CoverageError
        Occupations differ, or there are fewer than two years.

    See Also
    --------
    gross_openings : The other concept.

    Notes
    -----
    With outflow ``O`` and change ``D`` a year: replacement ``max(O - max(-D, 0), 0)``,
    openings ``replacement + max(D, 0)``: an occupation that shrinks does not replace all.

    References
    ----------
    Willems, E. and de Grip, A. (1993). International Journal of Forecasting 9, 173-185.

    Examples
    --------
    >>> jobs = xr.DataArray([[1000.0, 1000.0], [900.0, 1060.0]],
    ...     {"year": [2025, 2026], "occupation": ["7", "2"]})
    >>> rate = xr.DataArray([0.24, 0.24], {"occupation": ["7", "2"]})
    >>> found = net_openings(jobs, outflow_rate=rate)
    >>> found.replacement.values.tolist(), found.openings.values.tolist()
    ([[140.0, 240.0]], [[140.0, 300.0]])
    """
    start, end, width = _intervals(employment)
    check_rates(outflow_rate=outflow_rate)
    start, end, rate = same_cells(start, end, outflow_rate.rename("outflow_rate"))
    change = (end - start) / width
    replaced = (rate * start - (-change).clip(min=0.0)).clip(min=0.0)
    return _openings(change.clip(min=0.0), replaced, "net", employment)


def separation_rates(workers: xr.DataArray, rates: xr.DataArray) -> xr.DataArray:
    """Rates at which workers leave an occupation, from the rates of such people.

    Parameters
    ----------
    workers : DataArray [..., occupation, sex, age ...], persons
        Workers of each occupation by the characteristics that the rates know.
    rates : DataArray [..., sex, age ...], share per year
        Those who leave, by the same characteristics: estimated on matched surveys for broad
        groups, where a detailed occupation has too few cases of its own.

    Returns
    -------
    DataArray [..., occupation], share per year
        Missing where nobody works.

    Raises
    ------
    SchemaError
        Workers are negative or missing, or a rate is not between 0 and 1.
    CoverageError
        Characteristics differ.

    See Also
    --------
    gross_openings : Takes them for exits and for transfers.

    Notes
    -----
    ``sum_x workers[o, x] rate[x] / sum_x workers[o, x]``: the rates of people applied to the
    mix of people in the detailed occupation.

    References
    ----------
    Bureau of Labor Statistics (2018). Occupational separations: a new method for projecting
    workforce needs. Monthly Labor Review, May.

    Examples
    --------
    >>> people = xr.DataArray([[80.0, 20.0]], {"occupation": ["72"], "age": [25, 60]})
    >>> leave = xr.DataArray([0.02, 0.12], {"age": [25, 60]})
    >>> round(separation_rates(people, leave).item(), 4)
    0.04
    """
    require_dims(workers, "occupation", name="workers")
    check_counts(workers=workers)
    check_rates(rates=rates)
    over = [str(dim) for dim in rates.dims if dim in workers.dims and dim != "occupation"]
    mean = weighted_mean(rates.rename("rates"), weights=workers.rename("workers"), over=over)
    return stamp(mean, name="separation_rate", units="share per year", kind="rate")


def implied_separation_rate(employment: xr.DataArray, openings: xr.DataArray) -> xr.DataArray:
    """Separations a year behind published openings, relative to mean employment.

    Parameters
    ----------
    employment : DataArray [year, ..., occupation], persons
        Employment at the base and at the end of a projection: two years.
    openings : DataArray [..., occupation], persons per year
        Published openings, growth and separations together.

    Returns
    -------
    DataArray [..., occupation], share per year
        Missing where nobody is employed; a little below 0 where openings were rounded.

    Raises
    ------
    CoverageError
        Occupations differ, or there are not two years.
    SchemaError
        A count is negative or missing.

    See Also
    --------
    gross_openings : The way back.

    Examples
    --------
    >>> nurses = xr.DataArray([[2955.2], [3393.2]],
    ...     {"year": [2016, 2026], "occupation": ["29-1141"]})
    >>> found = xr.DataArray([203.8], {"occupation": ["29-1141"]})
    >>> round(100 * implied_separation_rate(nurses, found).item(), 2)
    5.04
    """
    check_counts(openings=openings)
    start, end, width = _intervals(employment)
    if start.sizes["year"] != 1:
        raise CoverageError(
            f"a published projection has two years, not {employment.sizes['year']}",
            where="employment",
            remedy="give its base year and its last year",
            id="YearsDiffer",
        )
    start, end = (one.isel(year=0, drop=True) for one in (start, end))
    start, end, openings = same_cells(start, end, openings.rename("openings"))
    mean = (start + end) / 2.0
    left = openings - (end - start) / float(width[0])
    return stamp(
        left / mean.where(mean > 0),
        name="separation_rate",
        units="share per year",
        kind="rate",
        inputs=(employment, openings),
    )


def _intervals(employment: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Employment at the start and end of each interval, and the years between."""
    require_dims(employment, "year", "occupation", name="employment")
    check_counts(employment=employment)
    employment = employment.rename("employment").sortby("year")
    years = employment.indexes["year"]
    if len(years) < 2:
        raise CoverageError(
            "openings need employment at two dates",
            where=f"the only year is {years[0]}",
            remedy="add the year at the end of the projection",
            id="YearsDiffer",
        )
    start = employment.isel(year=slice(None, -1))
    end = employment.isel(year=slice(1, None)).assign_coords(year=years[:-1])
    width = xr.DataArray(np.diff(years.to_numpy(float)), coords={"year": years[:-1]})
    return start, end, width


def _openings(
    expansion: xr.DataArray, replacement: xr.DataArray, concept: Concept, employment: xr.DataArray
) -> Openings:
    expansion, replacement = xr.broadcast(expansion, replacement)
    parts = {"expansion": expansion, "replacement": replacement}
    parts["openings"] = expansion + replacement
    stamped = {
        name: stamp(
            part,
            name=name,
            units="persons per year",
            kind="count",
            concept=concept,
            inputs=(employment,),
        )
        for name, part in parts.items()
    }
    return Openings(**stamped, concept=concept)
