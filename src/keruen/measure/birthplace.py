# SPDX-License-Identifier: Apache-2.0
"""Migration from the question where people were born: over a lifetime, and between censuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.measure._checks import Floats, place_dim
from keruen.measure._od import Missing, od_table
from keruen.measure._survival import SurvivalMethod
from keruen.measure._tables import table_of
from keruen.measure.survival import SurvivalNet, net_migration_by_survival
from keruen.measure.survival_ratios import census_survival_ratio

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LifetimeMigration", "lifetime_migration", "net_migration_by_birthplace"]


@dataclass(frozen=True)
class LifetimeMigration:
    """People by whether they live where they were born.

    Parameters
    ----------
    in_migrants, out_migrants, net : DataArray [region, ...], persons
        Born elsewhere and living here; born here and living elsewhere; the difference.
    natives : DataArray [region, ...], persons
        Born and living here.
    """

    in_migrants: xr.DataArray
    out_migrants: xr.DataArray
    net: xr.DataArray
    natives: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a place."""
        return table_of(self)


def lifetime_migration(stock: xr.DataArray, *, missing: Missing = "refuse") -> LifetimeMigration:
    """Lifetime migrants of each place, from place of birth by place of residence.

    Parameters
    ----------
    stock : DataArray [birthplace, region, ...], persons
        Born in, living in, for the same places; the diagonal holds the natives.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    LifetimeMigration
        In, out, net and natives; nets sum to 0.

    Raises
    ------
    SchemaError
        Birthplaces and places of residence differ (``NotSquare``), or a stock is negative.
    CoverageError
        A cell is missing.

    See Also
    --------
    net_migration_by_birthplace : Migration between two such stocks.

    Notes
    -----
    In-migrants are the column of a place without its diagonal, out-migrants the row.
    Counted are survivors: people who moved and died, or moved and returned, are not.
    Leave those born abroad out, or the table is not square.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter I.

    Examples
    --------
    >>> places = {"birthplace": ["A", "B"], "region": ["A", "B"]}
    >>> stock = xr.DataArray([[900, 100], [250, 750]], coords=places)
    >>> lifetime_migration(stock).net.values.tolist()
    [150.0, -150.0]
    """
    place = place_dim(stock, name=str(stock.name or "stock"))
    table = od_table(stock, diagonal="stayers", missing=missing, rows="birthplace", columns=place)
    into, out = table.cells.sum(axis=-2), table.cells.sum(axis=-1)
    own = np.diagonal(table.source.to_numpy().astype(np.float64), axis1=-2, axis2=-1)

    def people(values: Floats, name: str) -> xr.DataArray:
        return table.by(place, values, name=name, units="persons", kind="count", why="not given")

    return LifetimeMigration(
        in_migrants=people(into, "in_migrants"),
        out_migrants=people(out, "out_migrants"),
        net=people(into - out, "net_migration"),
        natives=people(own, "natives"),
    )


def net_migration_by_birthplace(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    *,
    interval_years: int,
    method: SurvivalMethod = "forward",
) -> SurvivalNet:
    """Net migration between two censuses of people born in each place.

    Parameters
    ----------
    stock_start : DataArray [birthplace, region, age, ...], persons
        First census: born in, living in, by age. Regions must be all of the country.
    stock_end : DataArray [birthplace, region, age, ...], persons
        Second census.
    interval_years : int
        Years between the censuses.
    method : {"forward", "reverse", "average"}, optional
        As in :func:`~keruen.measure.survival.net_migration_by_survival`.

    Returns
    -------
    SurvivalNet
        Net migrants ``[birthplace, region, age, ...]`` by age at the end.

    Raises
    ------
    SchemaError
        Age groups do not fit the interval (``AgeGroups``), or a count is negative.
    CoverageError
        Labels or dimensions differ.

    See Also
    --------
    keruen.measure.survival_ratios.census_survival_ratio : The ratios it uses.

    Notes
    -----
    ``N_kr = P1_kr - S_k P0_kr`` with the census ratio ``S_k`` of all people born in k,
    wherever they live, at each age. Mortality that differs by birthplace is then not
    taken for migration; forward nets of one birthplace sum to 0 over regions at each age,
    since people born in the country are a closed population but for emigrants.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter I.
    Eldridge, H. and Kim, Y. (1968). The Estimation of Intercensal Migration from
    Birth-Residence Statistics. University of Pennsylvania.

    Examples
    --------
    >>> people = {"birthplace": ["A"], "region": ["A", "B"], "age": [0]}
    >>> before = xr.DataArray([[[100.0], [0.0]]], coords=people)
    >>> after = xr.DataArray([[[60.0], [30.0]]], coords=people).assign_coords(age=[10])
    >>> result = net_migration_by_birthplace(before, after, interval_years=10)
    >>> result.net.squeeze().values.tolist()
    [-30.0, 30.0]
    """
    for array, name in ((stock_start, "stock_start"), (stock_end, "stock_end")):
        require_dims(array, "birthplace", "age", name=name)
    place = place_dim(stock_start, name="stock_start")
    ratio = census_survival_ratio(
        stock_start.sum(place, skipna=False),
        stock_end.sum(place, skipna=False),
        interval_years=interval_years,
    )
    return net_migration_by_survival(
        stock_start, stock_end, ratio, interval_years=interval_years, method=method
    )
