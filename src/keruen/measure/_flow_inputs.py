# SPDX-License-Identifier: Apache-2.0
"""What flows are estimated from: stocks, births and deaths, checked and put in one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import AccountError, SchemaError, raise_faults
from keruen.measure._accounting import fill_natives
from keruen.measure._flow_checks import coordinates, input_faults
from keruen.measure._scaling import Floats

PLACES: Final = ("country", "region")


@dataclass(frozen=True)
class FlowInputs:
    """Checked inputs: ``start``, ``end [table, birthplace, place]``, vital events, labels.

    Parameters
    ----------
    start, end : ndarray [table, birthplace, place]
        Stocks with the native-born on the diagonal.
    births, deaths : ndarray [table, place] or None
        Vital events of the interval; None when not given.
    outer : DataArray
        Array of the dimensions beside birthplace and place: one cell a table.
    places : ndarray [place]
        Codes in the order of the tables.
    dim : str
        Name of the place dimension: ``country`` or ``region``.
    cut_start, cut_end : ndarray [table, birthplace, place] or None
        Stocks before the native-born were cut to 0, where that was needed.
    sources : tuple of DataArray
        The arrays given, whose origins and licences the result carries.
    """

    start: Floats
    end: Floats
    births: Floats | None
    deaths: Floats | None
    outer: xr.DataArray
    places: NDArray[np.object_]
    dim: str
    cut_start: Floats | None = None
    cut_end: Floats | None = None
    sources: tuple[xr.DataArray, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the outer dimensions."""
        return tuple(self.outer.shape)

    def only(self, tables: NDArray[np.int64], outer: xr.DataArray) -> FlowInputs:
        """The same for some tables, whose labels are those of ``outer``."""

        def kept(values: Floats | None) -> Floats | None:
            return None if values is None else values[tables]

        return replace(
            self,
            start=self.start[tables],
            end=self.end[tables],
            births=kept(self.births),
            deaths=kept(self.deaths),
            cut_start=kept(self.cut_start),
            cut_end=kept(self.cut_end),
            outer=outer,
        )

    def label(self, table: int) -> str:
        """Labels of one table; empty when there is only one."""
        index = np.unravel_index(table, self.shape) if self.shape else ()
        return ", ".join(
            f"{dim}={self.outer.indexes[str(dim)][place]}"
            for dim, place in zip(self.outer.dims, index, strict=True)
        )

    def cells(self, mask: NDArray[np.bool_], names: Sequence[str] = ()) -> str:
        """Coordinates of the first cells of a mask ``[table, place, ...]``, for a message."""
        return coordinates(self.array(np.asarray(mask), names))

    def array(self, values: NDArray[Any], dims: Sequence[str]) -> xr.DataArray:
        """Labelled array ``[outer, *dims]`` of values ``[table, ...]``; every dim is a place."""
        shaped = values.reshape(self.shape + values.shape[1:])
        coords = {str(dim): self.outer.indexes[str(dim)] for dim in self.outer.dims}
        coords |= dict.fromkeys(dims, self.places)
        return xr.DataArray(shaped, dims=[*map(str, self.outer.dims), *dims], coords=coords)

    def outer_array(self, values: NDArray[np.generic]) -> xr.DataArray:
        """Labelled array of one value a table."""
        return self.outer.copy(data=values.reshape(self.shape))


def read_inputs(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    births: xr.DataArray | None,
    deaths: xr.DataArray | None,
    *,
    population: tuple[xr.DataArray, xr.DataArray] | None,
    needs_diagonal: bool,
) -> FlowInputs:
    """Check everything that was given and bring it to one shape, all faults at once."""
    given = _named(stock_start, stock_end, births, deaths, population)
    dim = _place_dim(stock_start)
    for name, array in given.items():
        require_dims(array, *(("birthplace", dim) if "stock" in name else (dim,)), name=name)
    ignore = population is not None or not needs_diagonal
    raise_faults(input_faults(given, dim, ignore_diagonal=ignore), where="the inputs of flows")
    given = dict(zip(given, same_cells(*given.values()), strict=True))
    places = given["stock_start"].indexes["birthplace"]
    given = {
        name: array.sel({dim: places}) if len(places) else array for name, array in given.items()
    }
    outer = _outer(given.values(), dim)
    tables = {
        name: _table(array, outer, ["birthplace", dim] if "stock" in name else [dim])
        for name, array in given.items()
    }
    inputs = FlowInputs(
        start=tables["stock_start"],
        end=tables["stock_end"],
        births=tables.get("births"),
        deaths=tables.get("deaths"),
        outer=outer,
        places=np.asarray(places, dtype=object),
        dim=dim,
        sources=tuple(given.values()),
    )
    if population is not None:
        inputs = _with_natives(inputs, tables["population_start"], tables["population_end"])
    elif not needs_diagonal:
        inputs = replace(inputs, start=np.nan_to_num(inputs.start), end=np.nan_to_num(inputs.end))
    _refuse_empty(inputs)
    return inputs


def _named(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    births: xr.DataArray | None,
    deaths: xr.DataArray | None,
    population: tuple[xr.DataArray, xr.DataArray] | None,
) -> dict[str, xr.DataArray]:
    if (births is None) != (deaths is None):
        missing, present = ("deaths", "births") if deaths is None else ("births", "deaths")
        raise SchemaError(
            f"{present} are given without {missing}",
            where="flows from stocks",
            remedy=f"give {missing} of the same interval, or neither",
            id="BirthsWithoutDeaths",
        )
    given = {"stock_start": stock_start, "stock_end": stock_end}
    if births is not None and deaths is not None:
        given |= {"births": births, "deaths": deaths}
    if population is not None:
        given |= {"population_start": population[0], "population_end": population[1]}
    return {name: array.rename(name) for name, array in given.items()}


def _place_dim(stock: xr.DataArray) -> str:
    for dim in PLACES:
        if dim in stock.dims:
            return dim
    require_dims(stock, "birthplace", "country", name="stock_start")
    return "country"


def _outer(arrays: object, dim: str) -> xr.DataArray:
    """Array of ones over every dimension that is neither birthplace nor place."""
    coords: dict[str, object] = {}
    for array in arrays:  # type: ignore[attr-defined]
        coords |= {
            str(d): array.indexes[str(d)]
            for d in array.dims
            if d not in ("birthplace", dim) and str(d) not in coords
        }
    sizes = [len(labels) for labels in coords.values()]  # type: ignore[arg-type]
    return xr.DataArray(np.ones(sizes), dims=list(coords), coords=coords)


def _table(array: xr.DataArray, outer: xr.DataArray, core: Sequence[str]) -> Floats:
    """Values ``[table, *core]`` of an array, repeated over the outer dimensions it lacks."""
    whole = array.broadcast_like(outer).transpose(*outer.dims, *core)
    sizes = [array.sizes[dim] for dim in core]
    return np.array(whole.to_numpy(), dtype=float).reshape(-1, *sizes)


def _with_natives(inputs: FlowInputs, start: Floats, end: Floats) -> FlowInputs:
    first, raw_first, cut_first = fill_natives(inputs.start, start)
    last, raw_last, cut_last = fill_natives(inputs.end, end)
    return replace(
        inputs,
        start=first,
        end=last,
        cut_start=raw_first if cut_first.any() else None,
        cut_end=raw_last if cut_last.any() else None,
    )


def _refuse_empty(inputs: FlowInputs) -> None:
    if len(inputs.places) < 2:
        raise SchemaError(
            "flows need two places or more",
            where=f"{inputs.dim}: {few(list(inputs.places)) or 'none'}",
            remedy="add the rest of the world as a place",
            id="OneCountry",
        )
    for name, table in (("stock_start", inputs.start), ("stock_end", inputs.end)):
        empty = ~(table > 0).any(axis=(1, 2))
        if empty.any():
            raise AccountError(
                f"'{name}' is zero everywhere",
                where=inputs.cells(np.asarray(empty)) or name,
                remedy="give people, or leave this table out",
                id="AllZero",
            )
