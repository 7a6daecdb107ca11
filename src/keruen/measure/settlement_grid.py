# SPDX-License-Identifier: Apache-2.0
"""Degree of urbanisation: cities, towns and countryside from a grid of population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.measure import _grid_clusters as kernel
from keruen.measure._checks import Floats, Mask
from keruen.measure._grid_checks import kilometre_grid

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CELL_CLASSES",
    "SettlementGrid",
    "degree_of_urbanisation",
]

CELL_CLASSES: Final = MappingProxyType(
    {
        30: "urban centre",
        23: "dense urban cluster",
        22: "semi-dense urban cluster",
        21: "suburban",
        13: "rural cluster",
        12: "low density rural",
        11: "very low density rural",
        10: "water",
    }
)
"""Codes of level 2 with their names; the tens are level 1: 3 centre, 2 cluster, 1 rural."""

_CENTRE, _CLUSTER = 1500.0, 300.0
_HOLE: Final = 15.0
_APART: Final = 2  # cells between a semi-dense cluster and the next denser one


@dataclass(frozen=True)
class SettlementGrid:
    """Every cell of a grid with its class, and the urban centres as places.

    Parameters
    ----------
    level1 : DataArray [y, x], code
        3 urban centre, 2 urban cluster, 1 rural.
    level2 : DataArray [y, x], code
        One of ``CELL_CLASSES``.
    centre : DataArray [y, x], number
        Number of the urban centre that a cell belongs to; 0 for none.
    people : DataArray [settlement], persons
        People by class of level 2; together they are everybody on the grid.
    area : DataArray [settlement], km2
        Area of the cells by class, water within them included.
    centre_people : DataArray [locality], persons
        People of each urban centre, the largest first.
    centre_area : DataArray [locality], km2
        Area of each urban centre.
    """

    level1: xr.DataArray
    level2: xr.DataArray
    centre: xr.DataArray
    people: xr.DataArray
    area: xr.DataArray
    centre_people: xr.DataArray
    centre_area: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a class, with people, area and share of the people."""
        import pandas as pd

        people, area = self.people.to_numpy(), self.area.to_numpy()
        codes = [int(code) for code in self.people["settlement"].to_numpy()]
        return pd.DataFrame(
            {
                "settlement": codes,
                "name": [CELL_CLASSES[code] for code in codes],
                "people": people,
                "area_km2": area,
                "share": people / people.sum() if people.sum() else np.nan,
            }
        )

    def centres(self) -> pd.DataFrame:
        """Tidy table: one row an urban centre, the largest first."""
        import pandas as pd

        return pd.DataFrame(
            {
                "centre": self.centre_people["locality"].to_numpy(),
                "people": self.centre_people.to_numpy(),
                "area_km2": self.centre_area.to_numpy(),
                "y": self.centre_people["y_middle"].to_numpy(),
                "x": self.centre_people["x_middle"].to_numpy(),
            }
        )


def degree_of_urbanisation(
    population: xr.DataArray, *, cell_km: float = 1.0, land: xr.DataArray | None = None
) -> SettlementGrid:
    """Class of every cell of a grid of population: urban centre, cluster, rural, finer below.

    Parameters
    ----------
    population : DataArray [y, x], persons
        People of each cell of an equal-area grid, 0 where nobody lives.
    cell_km : float, optional
        Side of a cell in kilometres: 1, or a whole part of it (0.1, 0.25, 0.5), which is
        added up to cells of 1 km from the first row and column.
    land : DataArray [y, x], share
        Share of each cell that is land; all of it when not given. Cells that are mostly
        water and empty are water.

    Returns
    -------
    SettlementGrid
        Classes of cells of 1 km, people and area by class, and the urban centres.

    Raises
    ------
    SchemaError
        The side of a cell or its spacing does not fit the rules (``CellSize``,
        ``UnevenGrid``), or a cell is missing, negative, or has people and no land.
    FaultsError
        Several of these.

    See Also
    --------
    keruen.measure.settlement_units.unit_classes : Classes of municipalities.

    Notes
    -----
    Density is people over land. *Urban centre*: cells of 1,500 and more joined by edges with
    50,000 people in all; holes of less than 15 km2 within one centre are filled, then cells
    join of whose 8 neighbours 5 belong to one centre, until none does. A hole is what no
    path over edges leaves. *Urban cluster*: cells of 300 and more joined by edges
    or corners with 5,000 people. Level 2, edition 2021 of the manual: *dense* cells of 1,500
    and more outside centres, joined by edges, with 5,000 people; *semi-dense* clusters of
    what remains (300, corners, 5,000) with at least 2 km between them and any centre or
    dense cluster; *suburban* the rest of urban clusters; *rural clusters* of 300 and more
    with 500 to 4,999 people; *low density* 50 and more; *very low* below. The revision of
    July 2024 of semi-dense clusters and the option of built-up land are not applied.

    References
    ----------
    European Union, FAO, UN-Habitat, OECD, World Bank (2021). Applying the Degree of
    Urbanisation. Luxembourg, 2021 edition.

    Examples
    --------
    >>> block = np.zeros((7, 7))
    >>> block[2:5, 2:5] = [[6000, 7000, 5500], [8000, 100, 9000], [6500, 7500, 5000]]
    >>> grid = degree_of_urbanisation(xr.DataArray(block, dims=("y", "x")))
    >>> grid.centre_people.values.tolist(), grid.centre_area.values.tolist()
    ([54600.0], [9.0])
    """
    population, land = kilometre_grid(population, cell_km, land)
    people: Floats = population.to_numpy()
    share = None if land is None else land.to_numpy()
    density = people if share is None else _density(people, share)
    codes, centre = _classes(people, density)
    if share is not None:
        codes[(codes < 20) & (share < 0.5) & (people == 0)] = 10
    return _result(population, codes, centre)


def _density(people: Floats, land: Floats) -> Floats:
    dense: Floats = np.zeros(people.shape)
    np.divide(people, land, out=dense, where=land > 0)
    return dense


def _classes(people: Floats, density: Floats) -> tuple[np.ndarray, kernel.Labels]:
    """Codes of level 2 and the number of the urban centre, of every cell."""
    high, moderate = density >= _CENTRE, density >= _CLUSTER
    centre = kernel.clusters(high, people, kernel.EDGES, least=50_000)
    centre = kernel.consolidated(centre, largest_hole=_HOLE)
    outside = centre == 0
    urban = kernel.clusters(moderate, people, kernel.CORNERS, least=5_000) > 0
    urban &= outside
    dense = kernel.clusters(high & outside, people, kernel.EDGES, least=5_000) > 0
    codes = np.where(density >= 50, np.int8(12), np.int8(11))
    rural = moderate & outside & ~urban
    codes[kernel.clusters(rural, people, kernel.CORNERS, least=500) > 0] = 13
    codes[urban] = 21
    codes[_semi_dense(urban & ~dense, people, dense | ~outside)] = 22
    codes[dense] = 23
    codes[~outside] = 30
    return codes, centre


def _semi_dense(rest: Mask, people: Floats, denser: Mask) -> Mask:
    """Clusters of the rest of urban cells that stand apart from denser ones."""
    labels = kernel.clusters(rest, people, kernel.CORNERS, least=5_000)
    near = kernel.touched(labels, kernel.within_reach(denser, _APART))
    return np.asarray((labels > 0) & ~near[labels])


def _result(population: xr.DataArray, codes: np.ndarray, centre: kernel.Labels) -> SettlementGrid:
    people: Floats = population.to_numpy()
    order = list(CELL_CLASSES)
    by_class = np.bincount(codes.ravel(), weights=people.ravel(), minlength=31)
    cells = np.bincount(codes.ravel(), minlength=31)
    inside = np.nonzero(centre)
    label, weight = centre[inside], people[inside]
    total = np.bincount(label, weights=weight)[1:]
    largest = np.argsort(-total, kind="stable")
    number = np.zeros(len(total) + 1, dtype=np.int32)
    number[largest + 1] = np.arange(1, len(total) + 1)
    size = np.bincount(label)[1:][largest]
    middle = {
        f"{dim}_middle": (
            "locality",
            np.bincount(label, weights=weight * np.asarray(population.indexes[dim], float)[at])[1:][
                largest
            ]
            / total[largest],
        )
        for dim, at in zip(("y", "x"), inside, strict=True)
    }
    places = {"locality": np.arange(1, len(total) + 1)}

    def cell(values: np.ndarray, name: str) -> xr.DataArray:
        grid = xr.DataArray(values, coords=population.coords, dims=population.dims)
        return stamp(grid, name=name, units="code", kind="index", inputs=(population,))

    def by(values: np.ndarray, name: str, coords: Mapping[str, object], units: str) -> xr.DataArray:
        row = xr.DataArray(values.astype(float), coords=coords, dims=next(iter(coords)))
        return stamp(row, name=name, units=units, kind="count", inputs=(population,))

    return SettlementGrid(
        level1=cell(codes // 10, "degree_of_urbanisation_1"),
        level2=cell(codes, "degree_of_urbanisation_2"),
        centre=cell(number[centre], "urban_centre"),
        people=by(by_class[order], "people", {"settlement": order}, "persons"),
        area=by(cells[order], "area", {"settlement": order}, "km2"),
        centre_people=by(total[largest], "people", places, "persons").assign_coords(middle),
        centre_area=by(size, "area", places, "km2"),
    )
