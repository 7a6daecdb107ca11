# SPDX-License-Identifier: Apache-2.0
"""Everything that can be wrong with stocks, births, deaths and populations of a flow table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, same_cells
from keruen.core.errors import CoverageError, SchemaError, UnitsError, WorkbenchError

_SHOWN: Final = 5


def input_faults(
    given: Mapping[str, xr.DataArray], dim: str, *, ignore_diagonal: bool
) -> list[WorkbenchError]:
    """Faults of all arrays, one for each kind of fault and array."""
    faults: list[WorkbenchError] = []
    for name, array in given.items():
        faults += _concept_faults(array, name)
        if name.startswith("stock"):
            faults += _stock_faults(array, dim, ignore_diagonal=ignore_diagonal)
        else:
            faults += _value_faults(array)
    return faults + _label_faults(given)


def _concept_faults(array: xr.DataArray, name: str) -> list[WorkbenchError]:
    kind, concept = array.attrs.get("kind", "count"), array.attrs.get("concept")
    at_one_date = name.startswith(("stock", "population"))
    if kind == "count" and not (at_one_date and concept not in (None, "stock")):
        return []
    return [
        UnitsError(
            f"'{name}' holds {f'counts of {concept}' if kind == 'count' else f'a {kind}'}",
            where=name,
            remedy=f"give counts of people {'at one date' if at_one_date else 'in the interval'}",
        )
    ]


def _stock_faults(array: xr.DataArray, dim: str, *, ignore_diagonal: bool) -> list[WorkbenchError]:
    square = _square_faults(array, dim)
    if square:
        return square + _value_faults(array)
    array = array.sel({dim: array.indexes["birthplace"]})
    natives = _natives(array, dim)
    faults = [] if ignore_diagonal else _diagonal_faults(array, natives, dim)
    return faults + _value_faults(array.where(~natives | array.notnull(), 0.0))


def _square_faults(array: xr.DataArray, dim: str) -> list[WorkbenchError]:
    born, living = array.indexes["birthplace"], array.indexes[dim]
    lacks = [
        f"{text}: {few(labels)}"
        for text, labels in (
            ("only as birthplace", born.difference(living)),
            (f"only as {dim}", living.difference(born)),
        )
        if len(labels)
    ]
    if not lacks:
        return []
    return [
        SchemaError(
            f"'{array.name}' is not square: {len(born)} birthplaces, {len(living)} places",
            where="; ".join(lacks),
            remedy="give every place both as birthplace and as residence; spread unknown "
            "birthplaces, or give them a place of their own",
            id="NotSquare",
        )
    ]


def _natives(array: xr.DataArray, dim: str) -> xr.DataArray:
    """True on the diagonal of an array whose places stand in the order of its birthplaces."""
    places = array.indexes["birthplace"]
    return xr.DataArray(np.eye(len(places), dtype=bool), coords={"birthplace": places, dim: places})


def _diagonal_faults(array: xr.DataArray, natives: xr.DataArray, dim: str) -> list[WorkbenchError]:
    native = array.where(natives, 0.0).sum(dim, skipna=False)
    empty = (native == 0).all("birthplace") & (array > 0).any(["birthplace", dim])
    missing = native.isnull() | empty
    if not bool(missing.any()):
        return []
    return [
        SchemaError(
            f"'{array.name}' has no native-born on the diagonal",
            where=coordinates(missing),
            remedy="put the native-born there, or give population=(start, end)",
            id="MissingDiagonal",
        )
    ]


def _value_faults(array: xr.DataArray) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    bad = array.copy(data=~np.isfinite(np.asarray(array.to_numpy(), dtype=float)))
    negative = array < 0
    if bool(bad.any()):
        faults.append(
            SchemaError(
                f"'{array.name}' has {int(bad.sum())} missing or infinite cells",
                where=coordinates(bad),
                remedy="a missing cell is not a zero: estimate it, or put 0 where nobody lives",
                id="MissingCell",
            )
        )
    if bool(negative.any()):
        faults.append(
            SchemaError(
                f"'{array.name}' has {int(negative.sum())} negative cells",
                where=coordinates(negative),
                remedy="counts of people are 0 or more",
                id="NegativeInput",
            )
        )
    return faults


def _label_faults(given: Mapping[str, xr.DataArray]) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    first, *others = given.values()
    for array in others:
        try:
            same_cells(first, array)
        except CoverageError as fault:
            faults.append(fault)
    return faults


def coordinates(mask: xr.DataArray) -> str:
    """Labels of the first cells where a mask is true, for a message."""
    found = np.argwhere(mask.to_numpy())
    shown = "; ".join(
        ", ".join(
            f"{dim}={mask.indexes[str(dim)][place]}"
            for dim, place in zip(mask.dims, index, strict=True)
        )
        for index in found[:_SHOWN]
    )
    return shown + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
