# SPDX-License-Identifier: Apache-2.0
"""Two censuses brought to one set of groups, so that a group can be followed between them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import CoverageError
from keruen.measure import _survival as kernel
from keruen.measure._checks import refuse_negative


def two_censuses(
    population_start: xr.DataArray, population_end: xr.DataArray, years: int
) -> tuple[xr.DataArray, xr.DataArray, kernel.Ageing]:
    """Both populations by age at the end, and how the groups pass into each other."""
    start, end = same_cells(
        population_start.rename("population_start"),
        population_end.rename("population_end"),
        exclude=["age"],
    )
    for array in (start, end):
        require_dims(array, "age")
        refuse_negative(array, name=str(array.name))
    refuse_other_dims(start, end)
    start, end = start.sortby("age").transpose(..., "age"), end.sortby("age")
    ages = np.asarray(start.indexes["age"])
    ageing = kernel.age_forward(ages, np.asarray(end.indexes["age"]), years)
    merged = kernel.merge_oldest(start.to_numpy(), ages, ageing.start)
    start = start.sel(age=ageing.start).copy(data=merged).assign_coords(age=ageing.end)
    return start, end.sel(age=ageing.end), ageing


def refuse_other_dims(first: xr.DataArray, *others: xr.DataArray) -> None:
    """Raise unless all arrays are split by the same dimensions; draws may be in some only."""
    wanted = set(first.dims) - {"trajectory"}
    for array in others:
        if differing := wanted ^ (set(array.dims) - {"trajectory"}):
            raise CoverageError(
                f"not both are split by {', '.join(sorted(map(str, differing)))}",
                where=f"{first.name} and {array.name}",
                remedy="give both for the same groups of people",
            )
