# SPDX-License-Identifier: Apache-2.0
"""Checks that measures of migration share, and what they say of cells they leave missing."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.errors import CoverageError, SchemaError, UnitsError

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Place = Literal["region", "country", "locality"]

PLACES: Final[tuple[Place, ...]] = ("region", "country", "locality")
TERMS: Final = ("concept", "interval_years", "definition_months")
"""Attributes that must agree between arrays before they are set against each other."""
_SHOWN: Final = 3


def cells_where(array: xr.DataArray, mask: Mask) -> str:
    """Coordinates of the first cells that a mask names; empty when it names none."""
    places = np.argwhere(mask)
    if not len(places):
        return ""
    shown = [
        ", ".join(
            f"{dim}={array.indexes[str(dim)][k]}" for dim, k in zip(array.dims, place, strict=True)
        )
        for place in places[:_SHOWN]
    ]
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return "; ".join(text or "the only cell" for text in shown) + more


def missing_reason(result: xr.DataArray, reasons: dict[str, Mask]) -> dict[str, object]:
    """Attribute that says why cells are missing; empty when none is."""
    texts = [
        f"{why}: {found}"
        for why, mask in reasons.items()
        if (found := cells_where(result, np.broadcast_to(mask, result.shape)))
    ]
    return {"missing_reason": "; ".join(texts)} if texts else {}


def shared_terms(*arrays: xr.DataArray) -> dict[str, object]:
    """Concept, interval and definition that arrays agree on; a clash is an error."""
    terms: dict[str, object] = {}
    for array in arrays:
        for term in TERMS:
            if term not in array.attrs:
                continue
            if terms.setdefault(term, array.attrs[term]) != array.attrs[term]:
                raise UnitsError(
                    f"the arrays have different {term.replace('_', ' ')}:"
                    f" {terms[term]} and {array.attrs[term]}",
                    where=str(array.name or "array"),
                    remedy="compare only figures of one concept, interval and definition",
                    id="UnitMismatch",
                )
    return terms


def place_dim(array: xr.DataArray, *, name: str) -> Place:
    """The dimension of an array that holds places."""
    found = [dim for dim in PLACES if dim in array.dims]
    if len(found) != 1:
        raise SchemaError(
            "exactly one dimension must hold places",
            where=f"{name} has {', '.join(map(str, array.dims)) or 'no dimension'}",
            remedy=f"name it one of {', '.join(PLACES)}",
        )
    return found[0]


def refuse_negative(array: xr.DataArray, *, name: str) -> None:
    """Raise when a count is below 0."""
    if found := cells_where(array, np.asarray(array.to_numpy() < 0)):
        raise SchemaError(
            f"{name} is negative",
            where=found,
            remedy="counts are 0 or more",
            id="NegativeInput",
        )


def refuse_finer(population: xr.DataArray, moved: xr.DataArray, *, spare: str = "") -> None:
    """Raise when the population is split by more than the flows set against it."""
    finer = [str(d) for d in population.dims if d not in moved.dims and d != spare]
    if finer:
        raise CoverageError(
            f"population is split by {', '.join(finer)} and the flows are not",
            where=str(population.name or "population"),
            remedy="add it up first: total(population, ...)",
        )


def refuse_unpeopled(moved: xr.DataArray, population: xr.DataArray) -> None:
    """Raise where somebody moved but nobody lives."""
    moved, population = xr.broadcast(moved, population)
    if found := cells_where(moved, np.asarray((population == 0) & (moved != 0) & moved.notnull())):
        raise SchemaError(
            "the population is 0 where people moved",
            where=found,
            remedy="give the population at risk of these moves",
            id="ZeroPopulation",
        )


def over(part: Floats, whole: Floats) -> Floats:
    """Part over whole; missing where the whole is not above 0."""
    ratio: Floats = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
