# SPDX-License-Identifier: Apache-2.0
"""Origin-destination tables as every index needs them: square, checked, diagonal empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError, UnitsError, WorkbenchError, raise_faults
from keruen.measure._checks import (
    Floats,
    Mask,
    cells_where,
    missing_reason,
    over,
    place_dim,
    refuse_finer,
    refuse_negative,
    refuse_unpeopled,
    shared_terms,
)

Diagonal = Literal["refuse", "stayers"]
"""What cells from a place to itself may hold: nothing, or people who stayed (left out)."""
Missing = Literal["refuse", "zero"]
"""What a cell without a figure means: refuse to guess, or nobody moved."""


@dataclass(frozen=True)
class OdTable:
    """A checked table: ``cells[..., i, j]`` went from place i to place j, the diagonal is 0."""

    source: xr.DataArray
    cells: Floats

    @property
    def places(self) -> int:
        """Number of places."""
        return int(self.cells.shape[-1])

    @property
    def moves(self) -> Floats:
        """All moves of each table."""
        return np.asarray(self.cells.sum(axis=(-2, -1)))

    @property
    def empty(self) -> Mask:
        """Tables that hold no moves, or a single place."""
        return np.asarray(self.moves == 0) | (self.places < 2)

    def system(
        self,
        values: Floats,
        *,
        name: str,
        units: str,
        kind: Kind = "index",
        reasons: dict[str, Mask] | None = None,
        inputs: tuple[xr.DataArray, ...] = (),
    ) -> xr.DataArray:
        """One number a table, missing with its reason where there is nothing to describe."""
        given = {"one place only" if self.places < 2 else "nobody moved": self.empty}
        given |= reasons or {}
        undefined = np.logical_or.reduce([np.broadcast_to(m, values.shape) for m in given.values()])
        result = self.labelled(np.where(undefined, np.nan, values))
        facts = shared_terms(self.source) | missing_reason(result, given)
        return stamp(
            result, name=name, units=units, kind=kind, inputs=(self.source, *inputs), **facts
        )

    def by(
        self, dim: str, values: Floats, *, name: str, units: str, kind: Kind = "index", why: str
    ) -> xr.DataArray:
        """One number a place and table; ``why`` says when it is missing."""
        result = self.labelled(values, dim)
        facts = shared_terms(self.source) | missing_reason(result, {why: np.isnan(values)})
        return stamp(result, name=name, units=units, kind=kind, inputs=(self.source,), **facts)

    def labelled(self, values: Floats, dim: str = "") -> xr.DataArray:
        """Values ``[...]`` of tables, or ``[..., place]`` with the name of that dimension."""
        coords = {str(d): self.source.indexes[str(d)] for d in self.source.dims[:-2]}
        if dim:
            coords[dim] = self.source.indexes[str(self.source.dims[-2])].rename(dim)
        return xr.DataArray(values, coords=coords, dims=list(coords))


def od_table(
    flows: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
    rows: str = "origin",
    columns: str = "destination",
) -> OdTable:
    """The table after every check: all faults are raised together."""
    name = str(flows.name or "flows")
    require_dims(flows, rows, columns, name=name)
    square = _square(flows, name, rows, columns)
    raw = square.to_numpy()
    if raw.dtype.kind not in "iufb":
        raise SchemaError(
            "flows are not numbers", where=f"{name} holds {raw.dtype}", remedy="convert them first"
        )
    cells = raw.astype(np.float64)
    raise_faults(_faults(square, cells, name, diagonal, missing), where=name)
    own = np.eye(cells.shape[-1], dtype=bool)
    return OdTable(square, np.where(own, 0.0, np.nan_to_num(cells)))


def _square(flows: xr.DataArray, name: str, rows: str, columns: str) -> xr.DataArray:
    """The table with columns in the order of rows, both last."""
    origins, destinations = flows.indexes[rows], flows.indexes[columns]
    if set(origins) != set(destinations):
        alone = sorted(map(str, origins.symmetric_difference(destinations)))
        raise SchemaError(
            f"{rows} and {columns} do not hold the same places",
            where=f"{name}: only on one side: {', '.join(alone[:3])}",
            remedy="give a square table, with 0 where nobody moved",
            id="NotSquare",
        )
    if not len(origins):
        raise SchemaError("the table has no places", where=name, remedy="give at least one place")
    if not origins.equals(destinations):
        flows = flows.sel({columns: origins.to_numpy()})
    return flows.transpose(..., rows, columns)


def _faults(
    square: xr.DataArray, cells: Floats, name: str, diagonal: Diagonal, missing: Missing
) -> list[WorkbenchError]:
    own = np.eye(cells.shape[-1], dtype=bool)
    empty = np.isnan(cells)
    faults: list[WorkbenchError] = []
    if (kind := square.attrs.get("kind", "count")) != "count":
        faults.append(
            UnitsError(
                f"flows must be counts, not a {kind}", where=name, remedy="give persons or moves"
            )
        )
    if missing == "refuse" and (found := cells_where(square, empty & ~own)):
        faults.append(
            CoverageError(
                "flows are missing, and a missing flow is not zero",
                where=found,
                remedy='fill them, select complete tables, or say missing="zero"',
            )
        )
    wrong = (
        ("a flow is negative", "NegativeInput", cells < 0, "flows are 0 or more"),
        ("a flow is infinite", "InfiniteInput", np.isinf(cells), "give finite counts"),
        (
            "the diagonal is not empty",
            "DiagonalNotEmpty",
            own & ~empty & (cells != 0) & (diagonal == "refuse"),
            'set it to 0, or say diagonal="stayers" when it holds people who stayed',
        ),
    )
    faults += [
        SchemaError(what, where=found, remedy=remedy, id=fault)
        for what, fault, mask, remedy in wrong
        if (found := cells_where(square, mask))
    ]
    return faults


def population_of(table: OdTable, population: xr.DataArray) -> Floats:
    """Population of each place and table ``[..., place]``, checked."""
    dim = place_dim(population, name=str(population.name or "population"))
    source, people = same_cells(table.source, population.rename({dim: "origin"}))
    refuse_finer(people, source)
    refuse_negative(people, name="population")
    turnover = table.cells.sum(axis=-1) + table.cells.sum(axis=-2)
    refuse_unpeopled(table.labelled(turnover, "origin"), people)
    dims = [d for d in source.dims if d not in ("origin", "destination")]
    people = people.expand_dims([d for d in dims if d not in people.dims])
    aligned = people.transpose(*dims, "origin").to_numpy().astype(np.float64)
    shape = (*table.cells.shape[:-2], table.places)
    return np.asarray(np.broadcast_to(aligned, shape))


def effectiveness_index(cells: Floats) -> Floats:
    """Sum of absolute nets, percent of the turnover; ``cells[..., origin, destination]``."""
    gains, losses = cells.sum(axis=-2), cells.sum(axis=-1)
    return 100 * over(np.abs(gains - losses).sum(axis=-1), (gains + losses).sum(axis=-1))
