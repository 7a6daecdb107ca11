# SPDX-License-Identifier: Apache-2.0
"""Up or down: which sizes of settlement people leave for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import Kind, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats, over, place_dim, shared_terms
from keruen.measure._od import Diagonal, Missing, OdTable, od_table, population_of
from keruen.measure._tables import stacked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SIZE_BOUNDS", "SettlementHierarchy", "settlement_hierarchy"]

SIZE_BOUNDS: Final = (
    2_000.0,
    5_000.0,
    10_000.0,
    20_000.0,
    50_000.0,
    100_000.0,
    250_000.0,
    500_000.0,
    1_000_000.0,
)
"""Bounds between ten classes of settlements by population; a bound belongs to the class above."""


@dataclass(frozen=True)
class SettlementHierarchy:
    """Moves between classes of settlements, from the smallest class to the largest.

    Parameters
    ----------
    flows : DataArray [..., from_class, to_class], moves
        Moves between places, added up by class; the diagonal holds moves within a class.
    population : DataArray [..., size_class], persons
        People of each class.
    net : DataArray [..., size_class], moves
        Moves into a class less moves out of it.
    net_rate : DataArray [..., size_class], per 1000
        The same for 1,000 people of the class.
    up, across, down : DataArray [...], moves
        Moves to a larger class, within a class, to a smaller class.
    slope : DataArray [...], per 1000
        Rise of the net rate with each e-fold of the mean size of settlements: above 0
        urbanisation, below 0 counter-urbanisation; missing with fewer than two classes.
    """

    flows: xr.DataArray
    population: xr.DataArray
    net: xr.DataArray
    net_rate: xr.DataArray
    up: xr.DataArray
    across: xr.DataArray
    down: xr.DataArray
    slope: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a figure and its cells."""
        return stacked(self)


def settlement_hierarchy(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    bounds: Sequence[float] = SIZE_BOUNDS,
    classes: xr.DataArray | None = None,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> SettlementHierarchy:
    """Moves between settlements by their size classes: up, across, down.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From settlement to settlement over one interval.
    population : DataArray [region, ...], persons
        People of each settlement at the start, which fixes its class (``locality`` does
        as well); one date for all.
    bounds : sequence of float, optional
        Bounds between classes, rising.
    classes : DataArray [region], code, optional
        Class of each settlement in place of bounds: codes that rise from the countryside to
        the city, such as those of the degree of urbanisation.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    SettlementHierarchy
        Flows between classes, their nets and rates, totals by direction, and the slope.

    Raises
    ------
    SchemaError
        Bounds do not rise (``NotRising``), or as
        :func:`~keruen.measure.intensity.migration_system`.
    CoverageError
        A cell is missing, the places differ, or the population has more than one date.

    Notes
    -----
    Classes are those of the start: a town that grows past a bound does not change class.
    Net rates are set against the logarithm of the mean size of the settlements of a class by
    least squares over the classes that hold anybody, all alike. Nets add up to 0.

    References
    ----------
    Fielding, A. J. (1982). Counterurbanisation in Western Europe. Progress in Planning 17.
    Rees, P. and Kupiszewski, M. (1999). Internal migration and regional population dynamics
    in Europe: a synthesis. Council of Europe, Population Studies 32.

    Examples
    --------
    >>> towns = ["city", "village"]
    >>> flows = xr.DataArray([[0, 2], [5, 0]], coords={"origin": towns, "destination": towns})
    >>> people = xr.DataArray([90_000.0, 1_000.0], coords={"locality": towns})
    >>> found = settlement_hierarchy(flows, people, bounds=[10_000])
    >>> found.up.item(), found.down.item(), found.net_rate.round(3).values.tolist()
    (5.0, 2.0, [-3.0, 0.033])
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    people = population_of(table, population)
    size = people.reshape(-1, table.places)
    if len(size) > 1 and not (size == size[0]).all():
        raise SchemaError(
            "settlements have several populations",
            where="population",
            remedy="give that of the start: classes do not change in the period",
        )
    member, names = _by_size(size[0], bounds) if classes is None else _by_code(table, classes)
    one = np.eye(len(names))[member]  # [place, class]
    cells = one.T @ table.cells @ one
    return _result(table, cells, people @ one, one.sum(axis=0), names)


def _by_size(size: Floats, bounds: Sequence[float]) -> tuple[NDArray[np.intp], list[str]]:
    """Class of each settlement by its people, and the names of the classes."""
    if any(b <= a for a, b in pairwise(bounds)) or not len(bounds):
        raise SchemaError(
            "bounds of classes do not rise",
            where=f"bounds={list(bounds)}",
            remedy="give them from the smallest to the largest",
            id="NotRising",
        )
    inner = [f"{a:.0f}-{b:.0f}" for a, b in pairwise(bounds)]
    names = [f"<{bounds[0]:.0f}", *inner, f">={bounds[-1]:.0f}"]
    return np.searchsorted(np.asarray(bounds), size, side="right"), names


def _by_code(table: OdTable, classes: xr.DataArray) -> tuple[NDArray[np.intp], list[str]]:
    """Class of each settlement as given, and the classes in rising order."""
    dim = place_dim(classes, name="classes")
    _, given = same_cells(table.source, classes.rename({dim: "origin"}))
    codes, member = np.unique(given.to_numpy(), return_inverse=True)
    if given.ndim != 1 or bool(given.isnull().any()):
        raise SchemaError(
            "a settlement has no class, or more than one",
            where="classes",
            remedy="give one code for each settlement",
        )
    return member, [f"{code:g}" if isinstance(code, float) else str(code) for code in codes]


def _result(
    table: OdTable, cells: Floats, people: Floats, places: Floats, names: list[str]
) -> SettlementHierarchy:
    net = cells.sum(axis=-2) - cells.sum(axis=-1)
    rate = 1000 * over(net, people)
    outer = {str(d): table.source.indexes[str(d)] for d in table.source.dims[:-2]}
    terms = shared_terms(table.source)

    def made(
        values: Floats, name: str, dims: tuple[str, ...], units: str, kind: Kind = "count"
    ) -> xr.DataArray:
        coords = {**outer, **dict.fromkeys(dims, names)}
        array = xr.DataArray(values, coords=coords, dims=list(coords))
        return stamp(array, name=name, units=units, kind=kind, inputs=(table.source,), **terms)

    one = ("size_class",)
    return SettlementHierarchy(
        flows=made(cells, "flows", ("from_class", "to_class"), "moves"),
        population=made(people, "population", one, "persons"),
        net=made(net, "net", one, "moves"),
        net_rate=made(rate, "net_rate", one, "per 1000", "rate"),
        up=made(np.triu(cells, 1).sum(axis=(-2, -1)), "up", (), "moves"),
        across=made(np.trace(cells, axis1=-2, axis2=-1), "across", (), "moves"),
        down=made(np.tril(cells, -1).sum(axis=(-2, -1)), "down", (), "moves"),
        slope=made(_slope(rate, people, places), "slope", (), "per 1000", "index"),
    )


def _slope(rate: Floats, people: Floats, places: Floats) -> Floats:
    """Least squares of net rates on the logarithm of mean sizes, over the classes that live."""
    held = np.isfinite(rate) & (people > 0)
    size = np.log(np.where(held, people, 1.0) / np.maximum(places, 1))
    count = np.maximum(held.sum(axis=-1, keepdims=True), 1)
    away = (size - (size * held).sum(axis=-1, keepdims=True) / count) * held
    return over((away * np.where(held, rate, 0.0)).sum(axis=-1), (away**2).sum(axis=-1))
