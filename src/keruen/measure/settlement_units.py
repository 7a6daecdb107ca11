# SPDX-License-Identifier: Apache-2.0
"""Municipalities and other small units as cities, towns or rural areas."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats
from keruen.measure._grid_checks import as_grid
from keruen.measure.settlement_grid import SettlementGrid

__all__ = ["UNIT_CLASSES", "UnitClasses", "unit_classes"]

UNIT_CLASSES: Final = MappingProxyType({3: "city", 2: "town or semi-dense area", 1: "rural area"})
"""Codes of units at level 1."""


@dataclass(frozen=True)
class UnitClasses:
    """Municipalities, districts or other small units by where most of their people live.

    Parameters
    ----------
    unit_class : DataArray [locality], code
        One of ``UNIT_CLASSES``; missing where nobody lives.
    people : DataArray [locality], persons
        People of each unit.
    centre_share, rural_share : DataArray [locality], share
        Of its people, those in urban centres and in rural cells.
    """

    unit_class: xr.DataArray
    people: xr.DataArray
    centre_share: xr.DataArray
    rural_share: xr.DataArray


def unit_classes(
    population: xr.DataArray, settlements: SettlementGrid, units: xr.DataArray
) -> UnitClasses:
    """Small units as cities, towns or rural areas, by where most of their people live.

    Parameters
    ----------
    population : DataArray [y, x], persons
        The grid that was classified, in the cells in which it was given.
    settlements : SettlementGrid
        Its classes.
    units : DataArray [y, x], code
        Code of the unit that each cell belongs to; an empty text is none.

    Returns
    -------
    UnitClasses
        Class, people and shares of each unit.

    Raises
    ------
    CoverageError
        The grids do not hold the same cells.
    SchemaError
        The grid is not the one that was classified (``UnevenGrid``).

    Notes
    -----
    City: at least half the people in urban centres. Rural: at least half in rural cells.
    Town or semi-dense area: all others; a unit with half in each is a city. Cells finer than
    1 km have the class of the cell of 1 km that they are in.

    Examples
    --------
    >>> from keruen.measure.settlement_grid import degree_of_urbanisation
    >>> people = xr.DataArray([[60_000.0, 100.0]], coords={"y": [0], "x": [0, 1]})
    >>> codes = xr.DataArray([["A", "B"]], coords=people.coords)
    >>> unit_classes(people, degree_of_urbanisation(people), codes).unit_class.values.tolist()
    [3.0, 1.0]
    """
    population, units = same_cells(as_grid(population, "population"), as_grid(units, "units"))
    level = _at_cells(settlements.level1, population)
    named = np.asarray(units.to_numpy(), dtype=str)
    held = named != ""
    codes, place = np.unique(named[held], return_inverse=True)
    people, degree = population.to_numpy()[held], level[held]
    whole = np.bincount(place, weights=people, minlength=len(codes)).astype(float)
    lived = np.where(whole > 0, whole, np.nan)
    centre = np.bincount(place, weights=people * (degree == 3), minlength=len(codes)) / lived
    rural = np.bincount(place, weights=people * (degree == 1), minlength=len(codes)) / lived
    kind = np.select([np.isnan(lived), centre >= 0.5, rural >= 0.5], [np.nan, 3.0, 1.0], 2.0)

    def by(values: Floats, name: str, units: str) -> xr.DataArray:
        row = xr.DataArray(values, coords={"locality": codes}, dims="locality")
        kind: dict[str, Kind] = {"persons": "count", "share": "share", "code": "index"}
        return stamp(row, name=name, units=units, kind=kind[units], inputs=(population,))

    return UnitClasses(
        unit_class=by(kind, "unit_class", "code"),
        people=by(whole, "people", "persons"),
        centre_share=by(centre, "centre_share", "share"),
        rural_share=by(rural, "rural_share", "share"),
    )


def _at_cells(level: xr.DataArray, population: xr.DataArray) -> np.ndarray:
    """Level 1 at the cells of the given grid, which may be finer than 1 km."""
    shape, given = level.shape, population.shape
    each = given[0] // shape[0] if shape[0] else 0
    if not each or given != (each * shape[0], each * shape[1]):
        raise SchemaError(
            f"a grid of {given[0]} by {given[1]} cells was not classified to one of"
            f" {shape[0]} by {shape[1]}",
            where="population",
            remedy="give the grid that was classified",
            id="UnevenGrid",
        )
    return np.repeat(np.repeat(level.to_numpy(), each, axis=0), each, axis=1)
