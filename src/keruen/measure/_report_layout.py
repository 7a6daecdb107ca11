# SPDX-License-Identifier: Apache-2.0
"""Two double-entry tables brought together: checked, counted alike, laid out for the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError
from keruen.measure._checks import Floats, place_dim, refuse_finer, refuse_negative, shared_terms
from keruen.measure._od import od_table
from keruen.measure.definitions import DurationTable, duration_factors

REPORTS: Final = ("by_origin", "by_destination")
"""Labels of the dimension ``report``: who counted."""


@dataclass(frozen=True)
class Layout:
    """Reports as ``(g, t, n, n)``: t tables share their factors, g groups do not.

    ``R`` and ``S`` are counted over twelve months; ``size_r`` and ``size_s`` are the factors
    that did it, and what one person counted stands for.
    """

    like: xr.DataArray
    groups: tuple[str, ...]
    pool: tuple[str, ...]
    R: Floats
    S: Floats
    size_r: Floats
    size_s: Floats
    duration: xr.DataArray
    inputs: tuple[xr.DataArray, ...]
    facts: dict[str, object]

    @property
    def places(self) -> pd.Index:
        """Labels of countries."""
        index: pd.Index = self.like.indexes["origin"]
        return index

    @property
    def table_shape(self) -> tuple[int, ...]:
        """Shape of arrays as the kernel has them."""
        return self.R.shape

    def cells(self, values: NDArray[Any]) -> xr.DataArray:
        """Cells ``(g, t, n, n)`` with their labels."""
        return self.like.copy(data=values.reshape(self.like.shape))

    def per_group(self, values: NDArray[Any]) -> xr.DataArray:
        """One value a group ``(g,)`` with its labels."""
        coords = {d: self.like.indexes[d] for d in self.groups}
        return xr.DataArray(values.reshape([len(i) for i in coords.values()]), coords=coords)

    def per_report(self, values: NDArray[Any]) -> xr.DataArray:
        """Factors ``(g, 2n)`` with their labels: report, country, groups."""
        coords = {d: self.like.indexes[d] for d in self.groups}
        shape = [*(len(i) for i in coords.values()), 2, len(self.places)]
        labels = {**coords, "report": list(REPORTS), "country": self.places.rename("country")}
        return xr.DataArray(values.reshape(shape), coords=labels, dims=list(labels))

    def rows(self, array: xr.DataArray) -> Floats:
        """Any array with some of the dimensions of the cells, as the kernel wants it."""
        full = array.broadcast_like(self.like).transpose(*self.like.dims)
        return full.to_numpy().astype(np.float64).reshape(self.table_shape)


def lay_out(
    by_origin: xr.DataArray,
    by_destination: xr.DataArray,
    definitions: xr.DataArray | None,
    *,
    table: DurationTable,
    pool: Sequence[str],
) -> Layout:
    """Both tables checked and brought to one order and one definition."""
    tables = []
    for array, name in ((by_origin, "by_origin"), (by_destination, "by_destination")):
        given = array.rename(name)
        if definitions is not None:
            given = given.assign_attrs({"definition_months": None})
        tables.append(od_table(given, missing="zero").source)
    facts = {k: v for k, v in shared_terms(*tables).items() if v is not None}
    S, R = same_cells(*tables)
    refuse_finer(S, R)
    refuse_finer(R, S)
    if S.sizes["origin"] < 2:
        raise SchemaError(
            "one country only", where="by_origin", remedy="give the reports of two or more"
        )
    groups, pooled = _dims(S, pool)
    S, R = (a.transpose(*groups, *pooled, "origin", "destination") for a in (S, R))
    like = xr.zeros_like(S, dtype=float).drop_attrs()
    duration = _duration(definitions, like, table)
    of_sender = duration.sel(report="by_origin", drop=True).rename(country="origin")
    of_receiver = duration.sel(report="by_destination", drop=True).rename(country="destination")
    n = like.sizes["origin"]
    shape = (int(np.prod([like.sizes[d] for d in groups])), -1, n, n)
    size_s, size_r = (
        a.broadcast_like(like).transpose(*like.dims).to_numpy().reshape(shape)
        for a in (of_sender, of_receiver)
    )
    return Layout(
        like=like,
        groups=groups,
        pool=pooled,
        R=R.to_numpy().astype(np.float64).reshape(shape) * size_r,
        S=S.to_numpy().astype(np.float64).reshape(shape) * size_s,
        size_r=size_r,
        size_s=size_s,
        duration=duration,
        inputs=(by_origin, by_destination),
        facts=facts if definitions is None else facts | {"definition_months": 12},
    )


def _dims(table: xr.DataArray, pool: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Dimensions whose tables have factors of their own, and those that share them."""
    others = [str(d) for d in table.dims[:-2]]
    wrong = [d for d in pool if d not in others]
    if wrong:
        raise SchemaError(
            f"factors cannot be shared over '{wrong[0]}'",
            where=f"the reports have {', '.join(map(str, table.dims))}",
            remedy=f"pool over some of {', '.join(others) or 'nothing'}",
        )
    return tuple(d for d in others if d not in pool), tuple(d for d in others if d in pool)


def _duration(
    definitions: xr.DataArray | None, like: xr.DataArray, table: DurationTable
) -> xr.DataArray:
    """Duration factors ``[report, country, ...]``, in the order of the tables."""
    places = like.indexes["origin"]
    if definitions is None:
        return xr.DataArray(
            np.ones((2, len(places))),
            coords={"report": list(REPORTS), "country": places.rename("country")},
        )
    name = str(definitions.name or "definitions")
    require_dims(definitions, "report", name=name)
    if set(definitions.indexes["report"]) != set(REPORTS):
        raise CoverageError(
            "definitions are not given for both reports",
            where=f"{name} has {', '.join(map(str, definitions.indexes['report']))}",
            remedy=f"label the dimension 'report' with {' and '.join(REPORTS)}",
        )
    dim = place_dim(definitions, name=name)
    found = duration_factors(definitions.rename(name), table=table).rename({dim: "country"})
    reordered, _ = same_cells(found, like.isel(destination=0, drop=True).rename(origin="country"))
    refuse_finer(reordered.isel(report=0, country=0, drop=True), like)
    return reordered.sel(country=places.to_numpy(), report=list(REPORTS))


def weight_of(layout: Layout, weights: xr.DataArray | None) -> Floats:
    """Reliability of each cell, 1 when nothing is said."""
    if weights is None:
        return np.ones(layout.table_shape)
    given = weights.rename("weights")
    refuse_negative(given, name="weights")
    _, matched = same_cells(layout.like, given)
    refuse_finer(matched, layout.like)
    if bool(matched.isnull().any()):
        raise CoverageError(
            "a weight is missing", where="weights", remedy="give 0 to set a cell aside"
        )
    return layout.rows(matched)
