# SPDX-License-Identifier: Apache-2.0
"""Margins set beside a seed: which cells each total covers, and whether they can be met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import (
    AccountError,
    InfeasibleError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)
from keruen.measure._flow_checks import coordinates
from keruen.measure._margin_terms import Term
from keruen.measure._scaling import Floats

if TYPE_CHECKING:
    import pandas as pd

_EQUAL: Final = 1e-9


@dataclass(frozen=True)
class Margin:
    """A margin in the order of the seed, and the cells it sums."""

    array: xr.DataArray
    term: Term

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.array.name)

    def cell_codes(self, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """For every cell of a table, the place of its total in the flattened margin."""
        if self.term.groups is not None:
            return self.term.groups.reshape(-1)
        number = np.arange(self.array.size).reshape(self.array.shape)
        return np.broadcast_to(np.expand_dims(number, self.term.axes), shape).reshape(-1)


def named(margins: Sequence[xr.DataArray]) -> list[xr.DataArray]:
    """The margins under the names that messages use."""
    if not margins:
        raise SchemaError("no margin is given", where="margins", remedy="give at least one")
    result = []
    for number, margin in enumerate(margins, start=1):
        name = f"margin {number} [{', '.join(map(str, margin.dims))}]"
        require_dims(margin, name=name)
        result.append(margin.rename(name))
    return result


def expanded(seed: xr.DataArray, margins: Sequence[xr.DataArray]) -> xr.DataArray:
    """The seed repeated over dimensions that all margins have and it lacks."""
    require_dims(seed, name="seed")
    known = {*map(str, seed.dims), *map(str, seed.coords)}
    new: dict[str, pd.Index] = {}
    for margin in margins:
        new |= {d: margin.indexes[d] for d in map(str, margin.dims) if d not in {*known, *new}}
    for dim in new:
        lacking = [margin.name for margin in margins if dim not in margin.dims]
        if lacking:
            raise SchemaError(
                f"the seed has neither dimension nor group '{dim}', and not every margin has it",
                where=few(lacking),
                remedy=f"name the groups: seed.assign_coords({dim}=('origin', [...])), "
                "or give every margin that dimension",
            )
    return seed.expand_dims(new) if new else seed


def value_faults(arrays: Sequence[xr.DataArray]) -> list[WorkbenchError]:
    """Missing and negative cells of the seed and the margins."""
    faults: list[WorkbenchError] = []
    for array in arrays:
        values = np.asarray(array.to_numpy(), dtype=float)
        for bad, text, name in (
            (~np.isfinite(values), "missing or infinite", "MissingCell"),
            (values < 0, "negative", "NegativeInput"),
        ):
            if bad.any():
                faults.append(
                    SchemaError(
                        f"'{array.name}' has {text} cells",
                        where=coordinates(array.copy(data=bad)),
                        remedy="give numbers, 0 or more",
                        id=name,
                    )
                )
    return faults


def placed(seed: xr.DataArray, margin: xr.DataArray) -> Margin:
    """A margin with its labels in the order of the seed's, and the cells it sums."""
    index, codes = {}, []
    for dim in map(str, margin.dims):
        labels, code = _codes(seed, dim)
        frame = xr.DataArray(np.zeros(len(labels)), coords={dim: labels}, name="seed")
        same_cells(frame, margin)
        index[dim] = labels
        codes.append(code)
    margin = margin.sel(index)
    if all(dim in seed.dims for dim in margin.dims):
        margin = margin.transpose(*(dim for dim in seed.dims if dim in margin.dims))
        axes = tuple(axis for axis, dim in enumerate(seed.dims) if dim not in margin.dims)
        return Margin(margin, Term(np.asarray(margin.to_numpy(), dtype=float), axes))
    plain = xr.DataArray(np.zeros(seed.shape), dims=seed.dims)
    cells = [code.broadcast_like(plain).transpose(*seed.dims).to_numpy() for code in codes]
    groups = np.ravel_multi_index(cells, margin.shape)
    return Margin(margin, Term(np.asarray(margin.to_numpy(), dtype=float), (), groups))


def _codes(seed: xr.DataArray, dim: str) -> tuple[pd.Index, xr.DataArray]:
    """Labels of a dimension or group, and the place of each cell of the seed among them."""
    import pandas as pd

    if dim in seed.dims:
        return seed.indexes[dim], xr.DataArray(np.arange(seed.sizes[dim]), dims=[dim])
    group = seed.coords[dim]
    places, labels = pd.factorize(group.to_numpy().reshape(-1), sort=True)
    return pd.Index(labels), xr.DataArray(places.reshape(group.shape), dims=group.dims)


def refuse_unequal(margins: Sequence[Margin], shape: tuple[int, ...]) -> None:
    """Refuse margins whose totals differ where they cover the same cells."""
    faults: list[WorkbenchError] = []
    for one, other in combinations(margins, 2):
        left, right, labels = _overlap(one, other, shape)
        gap = np.abs(left - right)
        if (gap > _EQUAL * np.maximum(np.abs(left), np.abs(right))).any():
            worst = int(np.argmax(gap))
            totals = f"{left[worst]:,.6g} and {right[worst]:,.6g}"
            faults.append(
                AccountError(
                    f"'{one.name}' and '{other.name}' have different totals",
                    where=f"{labels[worst]}: {totals}" if labels[worst] else totals,
                    remedy="balance the margins first",
                    id="InconsistentTotals",
                )
            )
    raise_faults(faults, where="the margins")


def _overlap(
    one: Margin, other: Margin, shape: tuple[int, ...]
) -> tuple[Floats, Floats, list[str]]:
    """Totals of two margins over the finest parts that both can be summed to."""
    if one.term.groups is None and other.term.groups is None:
        common = [dim for dim in one.array.dims if dim in other.array.dims]
        left, right = (
            margin.array.astype(float).sum([d for d in margin.array.dims if d not in common])
            for margin in (one, other)
        )
        right = right.transpose(*left.dims)
        return left.to_numpy().reshape(-1), right.to_numpy().reshape(-1), _labels(left)
    return _linked(one, other, shape)


def _linked(one: Margin, other: Margin, shape: tuple[int, ...]) -> tuple[Floats, Floats, list[str]]:
    """The same for groups: totals that share cells hang together, and must be equal as a whole."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sizes = one.array.size, other.array.size
    codes = [margin.cell_codes(shape) for margin in (one, other)]
    pairs = np.unique(np.ravel_multi_index(codes, sizes))
    rows, columns = np.unravel_index(pairs, sizes)
    whole = sum(sizes)
    graph = coo_array((np.ones(len(pairs)), (rows, sizes[0] + columns)), shape=(whole, whole))
    count, part = connected_components(graph, directed=False)
    sums = [
        np.bincount(parts, weights=margin.term.target.reshape(-1), minlength=count)
        for parts, margin in zip(np.split(part, [sizes[0]]), (one, other), strict=True)
    ]
    left, right = (np.asarray(total, dtype=float) for total in sums)
    names = np.array(_labels(one.array), dtype=object)
    labels = [few(names[part[: sizes[0]] == number]) for number in range(count)]
    return left, right, labels


def _labels(array: xr.DataArray) -> list[str]:
    """Coordinates of every cell, in the order of the flattened array."""
    found = [
        [f"{dim}={label}" for label in array.indexes[str(dim)]] for dim in map(str, array.dims)
    ]
    return [", ".join(cell) for cell in product(*found)]


def refuse_unreachable(seed: Floats, margins: Sequence[Margin]) -> None:
    """Refuse a positive margin whose cells are all zero in the seed or in another margin."""
    permitted = (seed > 0).astype(float)
    for margin in margins:
        permitted = permitted * margin.term.spread((margin.term.target > 0).astype(float))
    faults: list[WorkbenchError] = []
    for margin in margins:
        bad = (margin.term.target > 0) & (margin.term.sums(permitted) == 0)
        if bad.any():
            faults.append(
                InfeasibleError(
                    f"{int(bad.sum())} positive totals of '{margin.name}' have no permitted cell",
                    where=coordinates(margin.array.copy(data=bad)),
                    remedy="let the seed be positive there, or set the total to 0",
                    id="Infeasible",
                )
            )
    raise_faults(faults, where="the margins")
