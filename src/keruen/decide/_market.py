# SPDX-License-Identifier: Apache-2.0
"""Wishes, priorities, needs and capacities as numbers, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults

WAITS = ""
"""Label of a family that is placed nowhere."""


@dataclass(frozen=True)
class Market:
    """Families and localities as numbers.

    Parameters
    ----------
    families, localities : tuple of str
        Labels.
    needs : ndarray (families, services)
        Whole units.
    capacity : ndarray (localities, services)
        Whole units.
    wishes : list of ndarray
        For each family the localities it accepts, the best first.
    lines : list of ndarray
        For each locality the families it takes, of highest priority first.
    """

    families: tuple[str, ...]
    localities: tuple[str, ...]
    needs: np.ndarray
    capacity: np.ndarray
    wishes: list[np.ndarray]
    lines: list[np.ndarray]

    def named(self, places: np.ndarray) -> xr.DataArray:
        """Places as labels; -1 is to wait."""
        labels = np.array([*self.localities, WAITS], dtype=object)
        return xr.DataArray(
            labels[places].astype(str),
            coords={"family": list(self.families)},
            dims="family",
            name="assignment",
        )


def make_market(
    needs: xr.DataArray, capacity: xr.DataArray, wishes: xr.DataArray, priorities: xr.DataArray
) -> Market:
    """The arrays checked and in one order; all faults at once."""
    asked = {
        "needs": (needs, ("family", "service")),
        "capacity": (capacity, ("locality", "service")),
        "wishes": (wishes, ("family", "locality")),
        "priorities": (priorities, ("locality", "family")),
    }
    given = {}
    for name, (array, dims) in asked.items():
        require_dims(array, *dims, name=name)
        given[name] = array.transpose(*dims)
    families, services = given["needs"].indexes["family"], given["needs"].indexes["service"]
    localities = given["capacity"].indexes["locality"]
    labels = {"family": families, "service": services, "locality": localities}
    faults: list[WorkbenchError] = []
    for name, array in given.items():
        faults += _other_labels(name, array, labels)
    raise_faults(faults)
    given = {
        name: array.sel({dim: labels[str(dim)] for dim in array.dims})
        for name, array in given.items()
    }
    for name in ("needs", "capacity"):
        faults += _not_whole(name, given[name])
    for name in ("wishes", "priorities"):
        faults += _tied(name, given[name])
    raise_faults(faults)
    return Market(
        tuple(str(each) for each in families),
        tuple(str(each) for each in localities),
        given["needs"].to_numpy().astype(np.int64),
        given["capacity"].to_numpy().astype(np.int64),
        _ordered(given["wishes"].to_numpy()),
        _ordered(given["priorities"].to_numpy()),
    )


def _other_labels(
    name: str, array: xr.DataArray, labels: Mapping[str, object]
) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    for dim in array.dims:
        odd = array.indexes[str(dim)].symmetric_difference(labels[str(dim)])
        if len(odd):
            faults.append(
                CoverageError(
                    f"{dim} {few(odd)} does not stand in all tables",
                    where=name,
                    remedy="give the same families, localities and services everywhere",
                )
            )
    return faults


def _not_whole(name: str, array: xr.DataArray) -> list[WorkbenchError]:
    values = array.to_numpy().astype(float)
    rows, columns = np.nonzero(~(values >= 0) | (values != np.floor(values)))
    row, column = array.dims
    return [
        SchemaError(
            f"{values[i, j]:g} is not a whole number of units",
            where=f"{name}, {array[row].values[i]}, {array[column].values[j]}",
            remedy="give 0 or a positive whole number",
            id="NotWhole",
        )
        for i, j in zip(rows, columns, strict=True)
    ]


def _tied(name: str, array: xr.DataArray) -> list[WorkbenchError]:
    ranks = np.sort(array.to_numpy().astype(float), axis=1)
    (rows,) = np.nonzero((ranks[:, 1:] == ranks[:, :-1]).any(axis=1))
    row = array.dims[0]
    return [
        SchemaError(
            "two have the same rank",
            where=f"{name} of {array[row].values[i]}",
            remedy="break the tie, for instance by a lottery with a published seed",
            id="TiedRanks",
        )
        for i in rows
    ]


def _ordered(ranks: np.ndarray) -> list[np.ndarray]:
    """For each row the columns with a rank, in its order."""
    order = np.argsort(ranks, axis=1, kind="stable")  # missing ranks go last
    counts = (~np.isnan(ranks.astype(float))).sum(axis=1)
    return [line[:count] for line, count in zip(order, counts, strict=True)]


def in_turns(market: Market, turns: Sequence[str] | None) -> np.ndarray:
    place = {name: number for number, name in enumerate(market.families)}
    if turns is None:
        return np.arange(len(place))
    if sorted(turns) != sorted(place):
        raise CoverageError(
            "the turns do not name each family once", where="turns", remedy="name every family once"
        )
    return np.array([place[name] for name in turns])


def endowed(market: Market, endowment: xr.DataArray) -> np.ndarray:
    require_dims(endowment, "family", name="endowment")
    raise_faults(_other_labels("endowment", endowment, {"family": list(market.families)}))
    place = {name: number for number, name in enumerate(market.localities)}
    place[WAITS] = -1
    labels = [str(each) for each in endowment.sel(family=list(market.families)).values]
    unknown = sorted({label for label in labels if label not in place})
    if unknown:
        raise CoverageError(
            f"the proposal names {few(unknown)}", where="endowment", remedy="name known localities"
        )
    start = np.array([place[label] for label in labels])
    used = np.zeros_like(market.capacity)
    placed = start >= 0
    np.add.at(used, start[placed], market.needs[placed])
    taken = [set(line.tolist()) for line in market.lines]
    full = [market.localities[i] for i in np.nonzero((used > market.capacity).any(axis=1))[0]]
    refused = [
        market.families[i] for i, at in enumerate(start.tolist()) if at >= 0 and i not in taken[at]
    ]
    if full or refused:
        raise SchemaError(
            f"the proposal overfills {few(full) or 'nothing'} "
            f"and places {few(refused) or 'nobody'} where the family is not taken",
            where="endowment",
            remedy="propose places that fit",
            id="EndowmentUnfit",
        )
    return start
