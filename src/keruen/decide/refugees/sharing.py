# SPDX-License-Identifier: Apache-2.0
"""Refugees shared out over regions by a key: whole persons, within floors and caps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.decide.apportionment import ApportionMethod, apportion
from keruen.measure.concentration import area_gini

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RefugeeShares:
    """Persons by region, and how evenly they burden it.

    Parameters
    ----------
    key : DataArray [region], share
        The key asked for.
    persons : DataArray [region], whole persons
        What floors, caps and whole numbers made of it.
    per_1000 : DataArray [region], persons per 1,000 residents
        The load.
    gini : float
        Gini index of persons over residents: 0 where all regions carry the same.
    adjustments : DataFrame
        Regions moved off their key by a floor or a cap: ``region``, ``before``, ``after``,
        ``reason``.

    See Also
    --------
    share_refugees : Makes it.
    """

    key: xr.DataArray
    persons: xr.DataArray
    per_1000: xr.DataArray
    gini: float
    adjustments: pd.DataFrame

    def to_table(self) -> pd.DataFrame:
        """Table of regions.

        Returns
        -------
        DataFrame
            ``region``, ``key``, ``persons``, ``per_1000``.
        """
        table = to_table(self.key)
        table["persons"] = self.persons.to_numpy()
        table["per_1000"] = self.per_1000.to_numpy()
        return table


def share_refugees(
    persons: int,
    key: xr.DataArray,
    residents: xr.DataArray,
    *,
    floor: xr.DataArray | None = None,
    cap: xr.DataArray | None = None,
    method: ApportionMethod = "hamilton",
) -> RefugeeShares:
    """Shares refugees out over regions by a key.

    Parameters
    ----------
    persons : int
        Persons to share out.
    key : DataArray [region], share
        From :func:`keruen.decide.apportionment.region_key`: population; two thirds tax revenue
        and one third population; or the European key of 2015; or any weights.
    residents : DataArray [region], persons
        Residents, for the load.
    floor, cap : DataArray [region], whole persons, optional
        Least and most of each region: what it has said it takes, and its places.
    method : {"hamilton", "webster"}, optional
        How fractions of persons are rounded.

    Returns
    -------
    RefugeeShares

    Raises
    ------
    SchemaError
        A weight is negative or missing, or residents are not above 0.
    InfeasibleError
        Floors add to more than the persons, or caps to less.
    CoverageError
        Regions differ.

    See Also
    --------
    keruen.decide.apportionment.region_key : The keys.
    keruen.decide.apportionment.apportion : Whole shares.

    Notes
    -----
    The key says where places should be, never which person goes where: that is asked of the
    person, and families are not split (:func:`keruen.decide.resettle.place_families`).

    Examples
    --------
    >>> from keruen.decide.apportionment import region_key
    >>> people = xr.DataArray([1430.0, 650.0, 220.0], {"region": ["KZ-71", "KZ-63", "KZ-62"]})
    >>> found = share_refugees(100, region_key(people), people,
    ...     cap=xr.DataArray([50, 90, 90], {"region": ["KZ-71", "KZ-63", "KZ-62"]}))
    >>> found.persons.values.tolist(), found.adjustments["region"].tolist()
    ([50, 37, 13], ['KZ-71'])
    """
    import pandas as pd

    weights, people = same_cells(key.rename("key"), residents.rename("residents"))
    if not bool((people > 0).all()):
        raise SchemaError(
            "residents are not above 0 everywhere",
            where="residents",
            remedy="give the residents of each region",
        )
    given = apportion(persons, weights, floor=floor, cap=cap, method=method)
    free = apportion(persons, weights, method=method)
    rows = []
    for name, limit, reason in (("floor", floor, "its floor"), ("cap", cap, "its cap")):
        if limit is None:
            continue
        _, bound = same_cells(given.rename("persons"), limit.rename(name))
        moved = (given == bound) & (given != free)
        regions = given["region"].to_numpy()[moved.to_numpy()]
        rows += [(r, int(free.sel(region=r)), int(given.sel(region=r)), reason) for r in regions]
    load = 1000 * given / people
    return RefugeeShares(
        key=stamp(weights / weights.sum(), name="key", units="1", kind="share", inputs=[key]),
        persons=stamp(given, name="persons", units="persons", kind="count", inputs=[key]),
        per_1000=stamp(load, name="per_1000", units="persons per 1,000 residents", kind="rate"),
        gini=float(area_gini(given.astype(float), people)) if persons else float(np.nan),
        adjustments=pd.DataFrame(rows, columns=pd.Index(["region", "before", "after", "reason"])),
    )
