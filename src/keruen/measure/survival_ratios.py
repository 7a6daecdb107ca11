# SPDX-License-Identifier: Apache-2.0
"""What share of each age group lives to the next census: from censuses or a life table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import SchemaError
from keruen.measure import _survival as kernel
from keruen.measure._census import two_censuses
from keruen.measure._checks import missing_reason, over, refuse_negative

__all__ = ["census_survival_ratio", "life_table_survival_ratio"]


def census_survival_ratio(
    population_start: xr.DataArray, population_end: xr.DataArray, *, interval_years: int
) -> xr.DataArray:
    """Ratio of a census population to the one it was an interval before.

    Parameters
    ----------
    population_start : DataArray [..., age], persons
        First census of a population closed to migration: a country, or all people born
        in one place.
    population_end : DataArray [..., age], persons
        Second census of the same population.
    interval_years : int
        Years between the censuses.

    Returns
    -------
    DataArray [..., age], ratio
        By age at the start, the oldest for all who grow into the open group; may exceed 1
        where the second census counted better. Missing where the first has nobody.

    Raises
    ------
    SchemaError
        Age groups do not fit the interval (``AgeGroups``), or a count is negative.
    CoverageError
        Labels or dimensions differ.

    See Also
    --------
    net_migration_by_survival : What the ratios are for.

    Notes
    -----
    ``P1(x + n) / P0(x)``: survival and the change of coverage between the censuses.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter II.

    Examples
    --------
    Philippines 1960-1970, women aged 10-14 at the start:

    >>> before = xr.DataArray([1669435], coords={"age": [10]})
    >>> after = xr.DataArray([1624113], coords={"age": [20]})
    >>> round(census_survival_ratio(before, after, interval_years=10).item(), 6)
    0.972852
    """
    start, end, ageing = two_censuses(population_start, population_end, interval_years)
    ratio: xr.DataArray = xr.apply_ufunc(
        over, end.astype(np.float64), start.astype(np.float64)
    ).assign_coords(age=ageing.start)
    facts = missing_reason(ratio, {"nobody at the start": np.asarray(ratio.isnull())})
    return stamp(
        ratio,
        name="census_survival_ratio",
        units="1",
        kind="index",
        inputs=(population_start, population_end),
        interval_years=interval_years,
        **facts,
    )


def life_table_survival_ratio(
    person_years: xr.DataArray, *, ages: Sequence[int], interval_years: int
) -> xr.DataArray:
    """Survival of age groups over an interval, from the person-years of a life table.

    Parameters
    ----------
    person_years : DataArray [..., age], person-years
        ``L`` of a life table by age, single years or groups; the last age is open.
    ages : sequence of int
        Lower bounds of the age groups at the start; the last one is open.
    interval_years : int
        Years between the censuses.

    Returns
    -------
    DataArray [..., age], ratio
        By age at the start.

    Raises
    ------
    SchemaError
        The life table has no boundary at an age that is needed (``AgeGroups``).

    See Also
    --------
    census_survival_ratio : Without a life table.

    Notes
    -----
    ``L(x + n) / L(x)`` summed over each group; ``T(x + n) / T(x)`` for the open group.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter II.

    Examples
    --------
    >>> lived = xr.DataArray([5.0, 4.0, 3.0, 2.0], coords={"age": [0, 5, 10, 15]})
    >>> life_table_survival_ratio(lived, ages=[0, 5, 10], interval_years=5).values.tolist()
    [0.8, 0.75, 0.4]
    """
    require_dims(person_years, "age", name="person_years")
    refuse_negative(person_years, name="person_years")
    lived = person_years.sortby("age").transpose(..., "age")
    table, lower = np.asarray(lived.indexes["age"]), np.sort(np.asarray(ages, dtype=np.int64))
    needed = np.union1d(lower, lower + interval_years)
    if lost := ", ".join(map(str, np.setdiff1d(needed, table)[:5])):
        raise SchemaError(
            "the life table has no boundary at an age that is needed",
            where=f"ages {lost}",
            remedy="give person-years by single year of age, or groups of the censuses",
            id="AgeGroups",
        )
    values = lived.to_numpy().astype(np.float64)
    ratio = kernel.group_survival(values, table, lower, interval_years)
    coords = {d: c for d, c in lived.coords.items() if d in lived.dims and d != "age"}
    result = xr.DataArray(ratio, coords=coords | {"age": lower}, dims=lived.dims)
    return stamp(
        result,
        name="life_table_survival_ratio",
        units="1",
        kind="index",
        inputs=(person_years,),
        interval_years=interval_years,
    )
