# SPDX-License-Identifier: Apache-2.0
"""How unevenly people are spread over land: Hoover, Gini, Herfindahl, Theil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.measure import _focus
from keruen.measure._checks import Floats, cells_where, missing_reason, over, place_dim
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TheilIndex",
    "area_gini",
    "herfindahl_index",
    "hoover_change",
    "hoover_index",
    "theil_index",
]


@dataclass(frozen=True)
class TheilIndex:
    """Theil's index of concentration, split between and within groups of places.

    Parameters
    ----------
    total : DataArray [...], dimensionless
        0 where every place has the same density; ``between + within``.
    between : DataArray [...], dimensionless
        What remains when every place has the density of its group.
    within : DataArray [...], dimensionless
        Mean of the indices of the groups, weighted by their people.
    """

    total: xr.DataArray
    between: xr.DataArray
    within: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a year or other cell, one column a part."""
        return table_of(self)


def hoover_index(population: xr.DataArray, area: xr.DataArray) -> xr.DataArray:
    """Share of the people who would have to move for every place to be equally dense.

    Parameters
    ----------
    population : DataArray [region, ...], persons
        People of every place of the country (``country`` or ``locality`` do as well).
    area : DataArray [region, ...], km2
        Area of the same places, above 0.

    Returns
    -------
    DataArray [...], share
        0 where density is even; missing where nobody lives.

    Raises
    ------
    SchemaError
        A population is negative or an area not above 0.
    CoverageError
        A figure is missing, or the places differ.

    See Also
    --------
    hoover_change : Redistribution between two dates.
    area_gini : The same question, weighing small differences less.

    Notes
    -----
    ``1/2 sum |p_i - a_i|`` with p and a the shares of people and area.

    References
    ----------
    Hoover, E. M. (1936). Review of Economics and Statistics 18(4), 162-171.

    Examples
    --------
    >>> places = {"region": ["plain", "town"]}
    >>> people = xr.DataArray([1.0, 3.0], coords=places)
    >>> hoover_index(people, xr.DataArray([9.0, 1.0], coords=places)).item()
    0.65
    """
    held, people, land = _checked(population, area)
    return _result(held, _half_distance(people, land), "hoover_index", "share", "share")


def hoover_change(population_start: xr.DataArray, population_end: xr.DataArray) -> xr.DataArray:
    """Share of the people redistributed between places from one date to another.

    Parameters
    ----------
    population_start, population_end : DataArray [region, ...], persons
        People of every place at the two dates, within the same boundaries.

    Returns
    -------
    DataArray [...], share
        0 where all places grew alike.

    Raises
    ------
    SchemaError, CoverageError
        As :func:`hoover_index`.

    Notes
    -----
    ``1/2 sum |p_i1 - p_i0|``. A change of boundaries counts as redistribution.

    Examples
    --------
    >>> places = {"region": ["plain", "town"]}
    >>> start = xr.DataArray([50.0, 50.0], coords=places)
    >>> round(hoover_change(start, xr.DataArray([80.0, 120.0], coords=places)).item(), 6)
    0.1
    """
    start = population_start.rename("population_start")
    held, end, before = _checked(
        population_end.rename("population_end"), start, name="population_start", zero=True
    )
    return _result(held, _half_distance(end, before), "hoover_change", "share", "share")


def area_gini(population: xr.DataArray, area: xr.DataArray) -> xr.DataArray:
    """Gini index of people over land, places in the order of their density.

    Parameters
    ----------
    population : DataArray [region, ...], persons
        People of every place of the country.
    area : DataArray [region, ...], km2
        Area of the same places, above 0.

    Returns
    -------
    DataArray [...], dimensionless
        0 where density is even, towards 1 where all live on a speck.

    Raises
    ------
    SchemaError, CoverageError
        As :func:`hoover_index`.

    See Also
    --------
    keruen.measure.inequality.migration_gini : Gini indices of flows.

    Notes
    -----
    ``1 - sum (A_k - A_k-1)(P_k + P_k-1)`` with A and P the shares of area and people
    cumulated from the emptiest place: twice the area between Lorenz curve and diagonal.

    Examples
    --------
    >>> places = {"region": ["plain", "town"]}
    >>> people = xr.DataArray([1.0, 3.0], coords=places)
    >>> round(area_gini(people, xr.DataArray([9.0, 1.0], coords=places)).item(), 6)
    0.65
    """
    held, people, land = _checked(population, area)
    order = np.argsort(people / land, axis=-1, kind="stable")
    p = np.take_along_axis(_shares(people), order, axis=-1)
    a = np.take_along_axis(_shares(land), order, axis=-1)
    cumulated = np.cumsum(p, axis=-1)
    return _result(held, 1 - (a * (2 * cumulated - p)).sum(axis=-1), "area_gini", "1", "index")


def herfindahl_index(population: xr.DataArray) -> xr.DataArray:
    """Chance that two people, picked at random, live in the same place.

    Parameters
    ----------
    population : DataArray [region, ...], persons
        People of every place.

    Returns
    -------
    DataArray [...], probability
        From 1 / n where all places are as large, to 1.

    Raises
    ------
    SchemaError, CoverageError
        As :func:`hoover_index`.

    Notes
    -----
    ``sum p_i^2``.

    Examples
    --------
    >>> herfindahl_index(xr.DataArray([5.0, 5.0], coords={"region": ["A", "B"]})).item()
    0.5
    """
    held, people, _ = _checked(population, population, zero=True)
    return _result(
        held, (_shares(people) ** 2).sum(axis=-1), "herfindahl_index", "probability", "probability"
    )


def theil_index(population: xr.DataArray, area: xr.DataArray, groups: xr.DataArray) -> TheilIndex:
    """Concentration of people on land, between groups of places and within them.

    Parameters
    ----------
    population : DataArray [locality, ...], persons
        People of every place.
    area : DataArray [locality, ...], km2
        Area of the same places, above 0.
    groups : DataArray [locality], code
        Group of each place, such as its region.

    Returns
    -------
    TheilIndex
        Total, between groups and within them.

    Raises
    ------
    SchemaError, CoverageError
        As :func:`hoover_index`.

    Notes
    -----
    ``sum p_i ln(p_i / a_i) = sum P_g ln(P_g / A_g) + sum P_g T_g``, with p and a shares of
    people and area, P and A those of groups, ``T_g`` the index within a group.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory. Amsterdam.

    Examples
    --------
    >>> places = {"locality": ["a", "b", "c"]}
    >>> index = theil_index(
    ...     xr.DataArray([1.0, 1.0, 2.0], coords=places),
    ...     xr.DataArray([1.0, 1.0, 2.0], coords=places),
    ...     xr.DataArray(["A", "A", "B"], coords=places),
    ... )
    >>> index.total.item()
    0.0
    """
    held, people, land = _checked(population, area)
    dim = str(held.dims[-1])
    (_, codes) = same_cells(held, groups)
    _, member = np.unique(codes.to_numpy().astype(str), return_inverse=True)
    one = np.eye(member.max() + 1)[member]  # [place, group]
    p, a = _shares(people), _shares(land)
    between = _relative_entropy(p @ one, a @ one)
    total = _relative_entropy(p, a)

    def part(values: Floats, name: str) -> xr.DataArray:
        return _result(held, values, f"theil_{name}", "1", "index", dim=dim)

    return TheilIndex(
        part(total, "total"), part(between, "between"), part(total - between, "within")
    )


def _relative_entropy(p: Floats, a: Floats) -> Floats:
    """``sum p ln(p / a)``; an empty place adds nothing."""
    ratio = np.where(p > 0, p, 1.0) / np.where(p > 0, a, 1.0)
    return np.asarray((p * np.log(ratio)).sum(axis=-1))


def _shares(values: Floats) -> Floats:
    return over(values, values.sum(axis=-1, keepdims=True))


def _half_distance(people: Floats, base: Floats) -> Floats:
    """Half the differences of shares; the kernel takes tables, here of one row."""
    return _focus.half_distance(_shares(people)[..., None, :], _shares(base)[..., None, :])


def _checked(
    population: xr.DataArray, base: xr.DataArray, *, name: str = "area", zero: bool = False
) -> tuple[xr.DataArray, Floats, Floats]:
    """The population with its places last, and both as numbers; faults together."""
    population = population.rename(population.name or "population")
    dim = place_dim(population, name=str(population.name))
    require_dims(population, dim)
    population, base = same_cells(population, base)
    finer = [str(d) for d in base.dims if d not in population.dims]
    if finer:
        raise CoverageError(
            f"{name} is split by {', '.join(finer)} and the population is not",
            where=name,
            remedy="select one, or give the population by the same",
        )
    held = population.transpose(..., dim)
    people = held.to_numpy().astype(float)
    other = base.broadcast_like(held).transpose(*held.dims).to_numpy().astype(float)
    least = "0 or more" if zero else "above 0"
    checks = (
        (~np.isfinite(people), f"{population.name} is missing", CoverageError, "MissingCell", ""),
        (people < 0, f"{population.name} is negative", SchemaError, "NegativeInput", "0 or more"),
        (~np.isfinite(other), f"{name} is missing", CoverageError, "MissingCell", ""),
        (other < 0 if zero else other <= 0, f"{name} is not {least}", SchemaError, "NegativeInput",
         least),
    )  # fmt: skip
    faults: list[WorkbenchError] = [
        error(what, where=where, remedy=f"give a figure {must}".rstrip(), id=id)
        for mask, what, error, id, must in checks
        if (where := cells_where(held, mask))
    ]
    raise_faults(faults, where=str(population.name))
    return held, people, other


def _result(
    held: xr.DataArray, values: Floats, name: str, units: str, kind: Kind, *, dim: str = ""
) -> xr.DataArray:
    """One number a year or other cell; missing where nobody lives."""
    dim = dim or str(held.dims[-1])
    empty = held.to_numpy().sum(axis=-1) == 0
    template = held.isel({dim: 0}, drop=True)
    result = template.copy(data=np.where(empty, np.nan, values))
    facts = missing_reason(result, {"nobody lives there": empty})
    return stamp(result, name=name, units=units, kind=kind, inputs=(held,), **facts)
