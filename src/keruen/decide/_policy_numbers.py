# SPDX-License-Identifier: Apache-2.0
"""Numbers of a policy model: plain or with draws, checked all at once against what they may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError, WorkbenchError

Number: TypeAlias = "float | xr.DataArray"
"""A number that is the same for all, or an array: by trajectory, by group."""

SHARE: Final = (0.0, 1.0)
POSITIVE: Final = (0.0, np.inf)
ANY: Final = (-np.inf, np.inf)
Limits: TypeAlias = "Mapping[str, tuple[float, float]]"


def numbers_of(
    given: Mapping[str, Number], limits: Limits
) -> tuple[dict[str, xr.DataArray], list[WorkbenchError]]:
    """Numbers as arrays of floats, and what is wrong with them.

    Parameters
    ----------
    given : mapping of str to float or DataArray
        Numbers by name.
    limits : mapping of str to (float, float)
        Least and most that each may be.

    Returns
    -------
    tuple of dict and list
        Arrays by name, and a fault for each that is missing or outside its limits.

    Examples
    --------
    >>> found, faults = numbers_of({"take_up": 1.2}, {"take_up": SHARE})
    >>> print(faults[0])
    take_up is 1.2 (take_up): give a number from 0 to 1
    """
    found = {name: xr.DataArray(value).astype(float) for name, value in given.items()}
    faults = [
        fault
        for name, array in found.items()
        for fault in _outside(array, name, *limits.get(name, ANY))
    ]
    return found, faults


def _outside(array: xr.DataArray, name: str, low: float, high: float) -> Iterable[WorkbenchError]:
    values = array.to_numpy().reshape(-1)
    if np.isnan(values).any():
        yield SchemaError(
            f"{name} is missing", where=name, remedy="give a number; 0 is a number too",
            id="InputError",
        )  # fmt: skip
        return
    wrong = values[(values < low) | (values > high) | np.isinf(values)]
    if wrong.size:
        shown = f"{wrong.flat[0]:g}" + (f" in {wrong.size} cells or draws" * (wrong.size > 1))
        yield SchemaError(
            f"{name} is {shown}", where=name, remedy=f"give {_allowed(low, high)}", id="InputError"
        )


def _allowed(low: float, high: float) -> str:
    if np.isinf(low) and np.isinf(high):
        return "a finite number"
    if np.isinf(high):
        return f"a number of {low:g} or more"
    return f"a number from {low:g} to {high:g}"


def whole_parts(parts: np.ndarray[Any, Any], wholes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Parts along the last axis in whole numbers that add up to the wholes given.

    Parameters
    ----------
    parts : ndarray [..., part]
        Exact parts, 0 or more.
    wholes : ndarray [...]
        Whole numbers that the parts add up to, within rounding.

    Returns
    -------
    ndarray of int [..., part]
        Each part is its whole number or the next: units left over go to the largest fractions.

    Examples
    --------
    >>> whole_parts(np.array([[2.5, 1.25, 0.25]]), np.array([4])).tolist()
    [[3, 1, 0]]
    """
    floors = np.floor(parts + 1e-9)  # 3.9999999999 is 4
    left = wholes - floors.sum(axis=-1)
    order = np.argsort(-(parts - floors), axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    return np.asarray(floors + (rank < left[..., None]), dtype=np.int64)


def whole_cells(array: xr.DataArray, *, by: Iterable[str] = ("trajectory",)) -> xr.DataArray:
    """Cells in whole persons whose sum is the rounded sum of the exact ones.

    Parameters
    ----------
    array : DataArray [any], persons
        Exact numbers.
    by : iterable of str, optional
        Dimensions that are rounded one by one: draws, not cells.

    Returns
    -------
    DataArray [same], whole persons

    Examples
    --------
    >>> cells = xr.DataArray([0.6, 0.7, 0.7], coords={"origin": ["KGZ", "TJK", "UZB"]})
    >>> whole_cells(cells).values.tolist()
    [0, 1, 1]
    """
    apart = [d for d in by if d in array.dims]
    cells = [d for d in array.dims if d not in apart]
    laid = array.transpose(*apart, *cells)
    flat = laid.to_numpy().reshape(*[array.sizes[d] for d in apart], -1)
    whole = whole_parts(flat, np.floor(flat.sum(axis=-1) + 0.5))
    return laid.copy(data=whole.reshape(laid.shape)).transpose(*array.dims)
