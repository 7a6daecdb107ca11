# SPDX-License-Identifier: Apache-2.0
"""What a grid of population must be before its cells are classified, and how it is put to 1 km."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import cells_where


def kilometre_grid(
    population: xr.DataArray, cell_km: float, land: xr.DataArray | None
) -> tuple[xr.DataArray, xr.DataArray | None]:
    """Grid of 1 km cells after every check; all faults are raised together."""
    given, shares = as_grid(population, "population"), None
    if land is not None:
        given, shares = same_cells(given, as_grid(land, "land"))
    steps = 1.0 / cell_km if np.isfinite(cell_km) and cell_km > 0 else 0.0
    each = round(steps)
    faults = _figure_faults(given, shares)
    if each < 1 or abs(steps - each) > 1e-9 * each:
        faults.append(
            SchemaError(
                f"the rules are for cells of 1 km, and {cell_km:g} km is no whole part of it",
                where="cell_km",
                remedy="give 1, 0.5, 0.25, 0.2 or 0.1, or put the population on such a grid",
                id="CellSize",
            )
        )
    else:
        faults += _shape_faults(given, cell_km, each)
    raise_faults(faults, where="grid")
    if each == 1:
        return given, shares
    block = {"y": each, "x": each}
    whole = given.coarsen(block).sum()
    return whole, None if shares is None else shares.coarsen(block).mean()


def as_grid(grid: xr.DataArray, name: str) -> xr.DataArray:
    """The grid as ``[y, x]``; cells without coordinates are numbered from 0."""
    if sorted(map(str, grid.dims)) != ["x", "y"]:
        raise SchemaError(
            "a grid has the dimensions y and x",
            where=f"{name} has {', '.join(map(str, grid.dims)) or 'none'}",
            remedy="name rows y and columns x",
        )
    bare = {d: np.arange(grid.sizes[d]) for d in ("y", "x") if d not in grid.indexes}
    grid = grid.assign_coords(bare)
    require_dims(grid, "y", "x", name=name)
    return grid.transpose("y", "x").rename(name)


def _shape_faults(grid: xr.DataArray, cell_km: float, each: int) -> list[WorkbenchError]:
    """Uneven coordinates, another spacing than the side of a cell, or a broken last row."""
    faults: list[WorkbenchError] = []
    for dim in ("y", "x"):
        place = np.asarray(grid.indexes[dim], dtype=float)
        gaps = np.abs(np.diff(place))
        if len(gaps) and not np.allclose(gaps, gaps[0], rtol=1e-6):
            at = int(np.argmax(~np.isclose(gaps, gaps[0], rtol=1e-6)))
            faults.append(
                SchemaError(
                    f"rows are not evenly spaced along {dim}",
                    where=f"{dim}={place[at]:g} to {place[at + 1]:g}",
                    remedy="give every row and column, with 0 where nobody lives",
                    id="UnevenGrid",
                )
            )
        elif len(gaps) and not any(
            np.isclose(gaps[0], fits, rtol=1e-6) for fits in (1.0, cell_km, 1000 * cell_km)
        ):
            faults.append(
                SchemaError(
                    f"cells stand {gaps[0]:g} apart along {dim}, which is neither {cell_km:g} km"
                    f" nor {1000 * cell_km:g} m",
                    where=f"{dim}={place[0]:g} to {place[1]:g}",
                    remedy="give the side of the cells, or coordinates in metres or kilometres",
                    id="CellSize",
                )
            )
        if grid.sizes[dim] % each:
            faults.append(
                SchemaError(
                    f"{grid.sizes[dim]} cells along {dim} do not make whole cells of 1 km",
                    where=f"{dim}, {each} to a kilometre",
                    remedy="add empty rows or columns",
                    id="UnevenGrid",
                )
            )
    return faults


def _figure_faults(population: xr.DataArray, land: xr.DataArray | None) -> list[WorkbenchError]:
    """Everything wrong with the figures of a grid, each with the cells it concerns."""
    values = population.to_numpy()
    if values.dtype.kind not in "iuf":
        return [SchemaError("cells are not numbers", where="population", remedy="give people")]
    found = []
    checks = [
        (~np.isfinite(values), "cells hold no number", "give 0 where nobody lives", "MissingCell"),
        (values < 0, "cells hold fewer than no people", "give people, 0 or more", "NegativeInput"),
    ]
    if land is not None:
        share = land.transpose(*population.dims).to_numpy()
        outside = ~((share >= 0) & (share <= 1))
        checks += [
            (outside, "shares of land are not between 0 and 1", "give shares", "ShareOutOfRange"),
            (
                (share == 0) & (values > 0),
                "people live where there is no land",
                "move them to land, or give the land a share",
                "PeopleOnWater",
            ),
        ]
    for mask, what, remedy, id in checks:
        if where := cells_where(population, np.asarray(mask)):
            found.append(SchemaError(what, where=where, remedy=remedy, id=id))
    return list[WorkbenchError](found)
