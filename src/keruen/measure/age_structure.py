# SPDX-License-Identifier: Apache-2.0
"""Age structure: broad ages, people of working age, dependency ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import SchemaError, UnitsError
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DependencyRatios:
    """People too young and too old to work, against those of working age.

    Parameters
    ----------
    young : DataArray [...], per 100 of working age
        People below working age.
    old : DataArray [...], per 100 of working age
        People above working age.
    total : DataArray [...], per 100 of working age
        Both.

    See Also
    --------
    dependency_ratios : Computes them.
    """

    young: xr.DataArray
    old: xr.DataArray
    total: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one column a ratio."""
        return table_of(self)


def population_by_age_group(population: xr.DataArray, *, lower: Sequence[int]) -> xr.DataArray:
    """Population of age groups, each from one lower bound to the next.

    Parameters
    ----------
    population : DataArray [..., age], persons
        Population by age, single or grouped.
    lower : sequence of int
        First age of every group; the last group is open. People younger than the first
        are left out.

    Returns
    -------
    DataArray [..., age], persons
        ``age`` holds the lower bounds.

    Raises
    ------
    SchemaError
        A bound cuts through an age group of the population (``AgeGroups``).
    UnitsError
        Something other than a count: rates and quantiles do not add up.

    See Also
    --------
    dependency_ratios : Ratios of such groups.

    Examples
    --------
    >>> people = xr.DataArray([4.0, 5.0, 6.0, 1.0], coords={"age": [0, 5, 10, 15]})
    >>> population_by_age_group(people, lower=[0, 10]).values.tolist()
    [9.0, 7.0]
    """
    require_dims(population, "age", name="population")
    if population.attrs.get("kind", "count") != "count":
        raise UnitsError(
            f"a quantity of kind '{population.attrs['kind']}' does not add up over ages",
            where=str(population.name or "population"),
            remedy="add up the ages of every path first, then take quantiles",
        )
    rising = population.indexes["age"].is_monotonic_increasing
    ordered = (population if rising else population.sortby("age")).transpose(..., "age")
    places = _places(ordered, lower)
    sums = np.add.reduceat(ordered.to_numpy(), places, axis=-1)
    outer = {dim: ordered[dim] for dim in ordered.dims if dim != "age"}
    grouped = xr.DataArray(sums, coords={**outer, "age": list(lower)}, dims=ordered.dims)
    stock = {fact: population.attrs[fact] for fact in _CARRIED if fact in population.attrs}
    return stamp(
        grouped, name="population", units="persons", kind="count", inputs=(population,), **stock
    )


_CARRIED = ("concept", "moment", "basis")


def _places(population: xr.DataArray, lower: Sequence[int]) -> list[int]:
    """Where each group begins among the ages."""
    ages = [int(age) for age in population.indexes["age"]]
    cut = [bound for bound in lower if bound not in ages]
    if cut or sorted(set(lower)) != list(lower):
        raise SchemaError(
            f"age {cut[0]} does not begin an age group" if cut else "bounds do not rise",
            where=f"ages {ages[0]}, {ages[1] if len(ages) > 1 else '...'} ... {ages[-1]}",
            remedy="give single ages, or bounds at which groups begin",
            id="AgeGroups",
        )
    return [ages.index(bound) for bound in lower]


def working_age_population(
    population: xr.DataArray, *, ages: tuple[int, int] = (15, 64)
) -> xr.DataArray:
    """People of working age, both sexes.

    Parameters
    ----------
    population : DataArray [..., age], persons
        Population by age, with or without sex.
    ages : (int, int), optional
        First and last working age, both included.

    Returns
    -------
    DataArray [...], persons

    Raises
    ------
    SchemaError
        A limit cuts through an age group (``AgeGroups``).
    UnitsError
        Something other than a count.

    See Also
    --------
    dependency_ratios : The others, per hundred of these.

    Examples
    --------
    >>> people = xr.DataArray([10.0, 60, 20], coords={"age": [0, 15, 65]})
    >>> working_age_population(people).item()
    60.0
    """
    first, last = ages
    inside = population_by_age_group(population, lower=[first, last + 1]).sel(age=first, drop=True)
    people = inside.sum("sex") if "sex" in inside.dims else inside
    return stamp(
        people,
        name="working_age_population",
        units="persons",
        kind="count",
        inputs=(population,),
        ages=f"{first}-{last}",
    )


def dependency_ratios(
    population: xr.DataArray, *, working: tuple[int, int] = (15, 64)
) -> DependencyRatios:
    """Young, old and total dependency ratio.

    Parameters
    ----------
    population : DataArray [..., age], persons
        Population by age from birth, with or without sex.
    working : (int, int), optional
        First and last working age, both included; 15 to 64 as the United Nations define it.

    Returns
    -------
    DependencyRatios
        Per 100 people of working age; missing where nobody is of working age.

    Raises
    ------
    SchemaError
        A limit cuts through an age group (``AgeGroups``).
    UnitsError
        Something other than a count: a quantile of a ratio is not a ratio of quantiles.

    See Also
    --------
    working_age_population : The denominator.
    keruen.project.replacement.support_ratio : Workers per old person.

    Notes
    -----
    ``young = 100 P(0-14) / P(15-64)``, ``old = 100 P(65+) / P(15-64)``, total their sum. They
    count ages, not work: many people of 15 to 64 do not work and some older ones do.

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology.

    Examples
    --------
    >>> people = xr.DataArray([30.0, 60, 15], coords={"age": [0, 15, 65]})
    >>> ratios = dependency_ratios(people)
    >>> ratios.young.item(), ratios.old.item(), ratios.total.item()
    (50.0, 25.0, 75.0)
    """
    first, last = working
    parts = population_by_age_group(population, lower=[0, first, last + 1])
    parts = parts.sum("sex") if "sex" in parts.dims else parts
    young, able, old = (parts.sel(age=age, drop=True) for age in (0, first, last + 1))
    able = able.where(able > 0)
    ratios = {"young": young / able, "old": old / able, "total": (young + old) / able}
    return DependencyRatios(
        **{
            name: stamp(
                100 * ratio,
                name=f"{name}_dependency_ratio",
                units=f"per 100 aged {first}-{last}",
                kind="index",
                inputs=(population,),
            )
            for name, ratio in ratios.items()
        }
    )
