# SPDX-License-Identifier: Apache-2.0
"""Supply by field and occupation: who leaves school with what, and where they go to work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.core.tables import to_table
from keruen.project._skillchecks import check_counts, check_rates, check_shares

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class OccupationSupply:
    """Workers available to each occupation, and where they come from.

    Parameters
    ----------
    remaining : DataArray [year, ..., occupation], persons
        Workers of the year before who stay.
    graduates : DataArray [year, ..., occupation], persons
        Entrants from education.
    mobility : DataArray [year, ..., occupation], persons
        Net movers from other occupations; may be negative.
    arrivals : DataArray [year, ..., occupation], persons
        Migrants with that occupation.
    supply : DataArray [year, ..., occupation], persons
        Their sum.

    See Also
    --------
    occupation_supply : Makes it.
    """

    remaining: xr.DataArray
    graduates: xr.DataArray
    mobility: xr.DataArray
    arrivals: xr.DataArray
    supply: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a year and occupation.

        Returns
        -------
        DataFrame
            Keys, then the four parts and ``supply``.
        """
        table = to_table(self.remaining)
        for part in (self.graduates, self.mobility, self.arrivals, self.supply):
            table[str(part.name)] = to_table(part)[str(part.name)]
        return table


def graduates_from_enrolment(
    enrolment: xr.DataArray, *, progression: xr.DataArray, completion: xr.DataArray
) -> xr.DataArray:
    """Graduates of the coming years from the students who are enrolled now.

    Parameters
    ----------
    enrolment : DataArray [year, field, grade], persons
        Students by year of study, 1 to the last one.
    progression : DataArray [field, grade], share
        Students of a year of study who go on to the next; not read for the last one.
    completion : DataArray [field], share
        Students of the last year who graduate in it.

    Returns
    -------
    DataArray [year, field], persons per year
        With ``G`` years of study, one school year of enrolment tells of ``G`` years of
        graduates.

    Raises
    ------
    SchemaError
        A count is negative or missing, or a rate is not between 0 and 1.
    CoverageError
        Fields or grades differ, or grades do not run from 1 without gaps.

    See Also
    --------
    labour_entrants : Those of them who look for work.

    Notes
    -----
    ``graduates[t] = sum_g enrolment[t - (G - g), g] prod_{h=g}^{G-1} progression[h]
    completion``, each cohort counted once, from the latest year in which it was enrolled.

    Examples
    --------
    >>> students = xr.DataArray([[[100.0, 80.0]]],
    ...     {"year": [2025], "field": ["07"], "grade": [1, 2]})
    >>> going = xr.DataArray([[0.9, 1.0]], {"field": ["07"], "grade": [1, 2]})
    >>> done = xr.DataArray([0.75], {"field": ["07"]})
    >>> graduates_from_enrolment(students, progression=going, completion=done).values.ravel()
    array([60. , 67.5])
    """
    require_dims(enrolment, "year", "field", "grade", name="enrolment")
    check_counts(enrolment=enrolment)
    check_rates(progression=progression, completion=completion)
    enrolment, progression, completion = same_cells(
        enrolment.rename("enrolment").sortby("grade"),
        progression.rename("progression"),
        completion.rename("completion"),
    )
    grades = enrolment.indexes["grade"].to_numpy()
    if not np.array_equal(grades, np.arange(1, len(grades) + 1)):
        raise CoverageError(
            "years of study must run from 1 without gaps",
            where=f"grades {', '.join(map(str, grades))}",
            remedy="give every year of study, 0 where nobody is enrolled",
            id="GradesDiffer",
        )
    last = len(grades)
    going = progression.where(progression.grade < last, 1.0)
    reach = going.isel(grade=slice(None, None, -1)).cumprod("grade").sortby("grade") * completion
    expected = (enrolment * reach).transpose("year", "field", "grade")
    years = enrolment.indexes["year"].to_numpy()
    made: dict[int, xr.DataArray] = {}
    for year in np.sort(years):  # a later school year knows more of the same cohort
        for grade in grades:
            made[int(year + last - grade)] = expected.sel(year=year, grade=grade, drop=True)
    ahead = sorted(made)
    result = xr.concat([made[year] for year in ahead], dim="year").assign_coords(year=ahead)
    return stamp(
        result, name="graduates", units="persons per year", kind="count", inputs=(enrolment,)
    )


def labour_entrants(
    graduates: xr.DataArray, participation: xr.DataArray, *, delay_years: int = 0
) -> xr.DataArray:
    """Graduates who look for work, in the year in which they do.

    Parameters
    ----------
    graduates : DataArray [year, field], persons per year
        Graduates.
    participation : DataArray [field], share
        Those of them who enter the labour force.
    delay_years : int, optional
        Years between diploma and work: military service, internship.

    Returns
    -------
    DataArray [year, field], persons per year

    Raises
    ------
    SchemaError
        A count is negative, a rate is not between 0 and 1, or the delay is negative.

    See Also
    --------
    occupation_supply : Where they go to work.

    Examples
    --------
    >>> left = xr.DataArray([[100.0]], {"year": [2026], "field": ["07"]})
    >>> working = xr.DataArray([0.8], {"field": ["07"]})
    >>> entrants = labour_entrants(left, working, delay_years=1)
    >>> entrants.year.item(), entrants.item()
    (2027, 80.0)
    """
    check_counts(graduates=graduates)
    check_rates(participation=participation)
    if delay_years < 0:
        raise SchemaError("a delay is 0 or more years", where=f"delay_years={delay_years}")
    graduates, participation = same_cells(graduates, participation)
    moved = (graduates * participation).assign_coords(year=graduates.indexes["year"] + delay_years)
    return stamp(
        moved, name="entrants", units="persons per year", kind="count", inputs=(graduates,)
    )


def entrants_by_occupation(entrants: xr.DataArray, transition: xr.DataArray) -> xr.DataArray:
    """Entrants by the occupation they take up, from the field they studied.

    Parameters
    ----------
    entrants : DataArray [year, field], persons per year
        Graduates who look for work.
    transition : DataArray [field, occupation], share
        Occupations of young workers by field, for example of those under 35; adds to 1.

    Returns
    -------
    DataArray [year, occupation], persons per year

    Raises
    ------
    AccountError
        Shares do not add to 1 (``NotShares``).
    CoverageError
        Fields differ.

    See Also
    --------
    labour_entrants : Gives the entrants.

    Examples
    --------
    >>> coming = xr.DataArray([[80.0]], {"year": [2027], "field": ["07"]})
    >>> go = xr.DataArray([[0.75, 0.25]], {"field": ["07"], "occupation": ["21", "31"]})
    >>> entrants_by_occupation(coming, go).values.tolist()
    [[60.0, 20.0]]
    """
    require_dims(entrants, "field", name="entrants")
    require_dims(transition, "field", "occupation", name="transition")
    check_counts(entrants=entrants)
    check_shares(transition, "occupation", name="transition")
    entrants, transition = same_cells(entrants.rename("entrants"), transition.rename("transition"))
    return stamp(
        xr.dot(entrants, transition, dim="field"),
        name="graduates",
        units="persons per year",
        kind="count",
        inputs=(entrants, transition),
    )


def occupation_supply(
    stock: xr.DataArray,
    *,
    outflow: xr.DataArray,
    graduates: xr.DataArray,
    mobility: xr.DataArray | None = None,
    arrivals: xr.DataArray | None = None,
) -> OccupationSupply:
    """Workers available to each occupation at the end of a year.

    Parameters
    ----------
    stock : DataArray [year, ..., occupation], persons
        Employed people at the start.
    outflow : DataArray [year, ..., occupation], persons per year
        Those who leave, in the concept of the replacement demand shown.
    graduates : DataArray [year, ..., occupation], persons per year
        Entrants from education.
    mobility : DataArray [year, ..., occupation], persons per year, optional
        Net movers from other occupations; none when not given.
    arrivals : DataArray [year, ..., occupation], persons per year, optional
        Migrants with that occupation; none when not given.

    Returns
    -------
    OccupationSupply

    Raises
    ------
    SchemaError
        A count is negative or missing, or more leave than were there (``NegativeInput``).
    CoverageError
        Years or occupations differ.

    See Also
    --------
    entrants_by_occupation : Gives the graduates.

    Notes
    -----
    ``supply = stock - outflow + graduates + mobility + arrivals``. With the gross concept
    movers are already in the outflow: give mobility as gross arrivals from other
    occupations then.

    Examples
    --------
    >>> here = {"year": [2025], "occupation": ["21"]}
    >>> stock, left, new = (xr.DataArray([[v]], here) for v in (1000.0, 40.0, 60.0))
    >>> occupation_supply(stock, outflow=left, graduates=new).supply.item()
    1020.0
    """
    mobility = 0.0 * stock if mobility is None else mobility
    arrivals = 0.0 * stock if arrivals is None else arrivals
    check_counts(stock=stock, outflow=outflow, graduates=graduates, arrivals=arrivals)
    given = {"stock": stock, "outflow": outflow, "graduates": graduates}
    given |= {"mobility": mobility, "arrivals": arrivals}
    stock, outflow, *inflows = same_cells(*(one.rename(name) for name, one in given.items()))
    remaining = stock - outflow
    if bool((remaining < -1e-9 * stock).any()):
        raise SchemaError(
            "more workers leave an occupation than it employs",
            where="outflow",
            remedy="give the outflow of one year, in persons",
            id="NegativeInput",
        )
    remaining, *parts = xr.broadcast(remaining, *inflows)
    names = ("remaining", "graduates", "mobility", "arrivals")
    made = dict(zip(names, (remaining, *parts), strict=True))
    made["supply"] = sum(parts, remaining)
    return OccupationSupply(
        **{
            name: stamp(one, name=name, units="persons", kind="count", inputs=(stock,))
            for name, one in made.items()
        }
    )
