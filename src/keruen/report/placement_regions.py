# SPDX-License-Identifier: Apache-2.0
"""Persons that each region should take: as given, or by a key of fair shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.codes import all_regions
from keruen.core.errors import CoverageError, SchemaError
from keruen.decide.apportionment import apportion, region_key
from keruen.report.locale import Count, Listing, Message, Region, Value, Verbatim, msg

if TYPE_CHECKING:
    import pandas as pd

RegionKey = Literal["population", "koenigstein", "eu2015"]
"""Key of fair shares."""

KEY_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "population": {"residents": "population"},
    "koenigstein": {"residents": "population", "revenue": "revenue"},
    "eu2015": {
        "residents": "population",
        "product": "product",
        "applications": "applications",
        "unemployment": "unemployment",
    },
}
"""Columns of the regions that a key needs, with what each is to :func:`region_key`."""


def residents_of(table: pd.DataFrame | None, regions: list[str]) -> dict[str, float]:
    """Residents of regions: the user's, or those of Kazakhstan's regions in the last year held.

    Parameters
    ----------
    table : DataFrame or None
        Regions as the user gave them.
    regions : list of str
        Codes of the regions that have localities.

    Returns
    -------
    dict of str to float
        Regions whose residents are known.
    """
    if table is not None and "residents" in table:
        known = zip(table["region"].astype(str), table["residents"].astype(float), strict=True)
        return {region: count for region, count in known if count > 0}
    from keruen.sources.catalog import load_table

    if not any(one.startswith("KZ-") for one in regions):
        return {}
    rows = load_table("kaz.district.population")
    rows = rows[rows["year"] == rows["year"].max()]
    people = rows.groupby("region")["population"].sum()
    return {one: float(people[one]) for one in dict.fromkeys(regions) if one in people.index}


def key_targets(
    key: RegionKey,
    table: pd.DataFrame | None,
    *,
    room: Mapping[str, int],
    persons: int,
    residents: Mapping[str, float],
    warnings: list[Message],
) -> xr.DataArray:
    """Whole persons that each region should take by a key, none above its room.

    Parameters
    ----------
    key : {"population", "koenigstein", "eu2015"}
        The key.
    table : DataFrame or None
        Regions as the user gave them.
    room : mapping of str to int
        Room for persons in the localities of each region.
    persons : int
        Persons to be placed.
    residents : mapping of str to float
        Residents where they are known.
    warnings : list of Message
        Takes the regions that are full by the key.

    Returns
    -------
    DataArray [region], persons

    Raises
    ------
    SchemaError
        The regions have persons to take already (``TwoTargets``), a column of the key is not
        there (``MissingColumn``), or a figure that counts inversely is 0.
    CoverageError
        A region with localities has no row.

    See Also
    --------
    keruen.decide.apportionment.region_key : The keys.
    keruen.decide.apportionment.apportion : Largest fractions within caps.

    Examples
    --------
    >>> people = {"KZ-10": 600.0, "KZ-11": 300.0}
    >>> room = {"KZ-10": 9, "KZ-11": 9}
    >>> found = key_targets(
    ...     "population", None, room=room, persons=10, residents=people, warnings=[]
    ... )
    >>> found.values.tolist()
    [7, 3]
    """
    regions = sorted(room)
    columns = KEY_COLUMNS[key]
    own = [] if table is None else list(table.columns)
    if "persons_target" in own:
        raise SchemaError(
            "the regions have persons to take, and a key would make others",
            where="regions, persons_target",
            remedy="leave out the column, or --region-key",
            id="TwoTargets",
        )
    lacking = [name for name in columns if name not in own and name != "residents"]
    if not residents and "residents" not in own:
        lacking.insert(0, "residents")
    if lacking:
        raise SchemaError(
            f"the key {key} needs {', '.join(lacking)}",
            where="regions",
            remedy="add the columns to the table placement_regions (--regions FILE, or the sheet "
            "regions), or choose another --region-key",
            id="MissingColumn",
        )
    weights = region_key(**_figures(columns, table, regions, residents))
    cap = xr.DataArray([room[one] for one in regions], {"region": regions})
    total = min(persons, int(cap.sum()))
    units = apportion(total, weights.sel(region=regions), cap=cap)
    free = apportion(total, weights.sel(region=regions))
    full = [str(one) for one in units.indexes["region"][(free > cap).to_numpy()]]
    if full:
        warnings.append(
            msg(
                "By the key more persons would go to {regions} than there is room for: the others "
                "take {count} more.",
                regions=Listing(tuple(_called(one) for one in full)),
                count=Count(int(np.maximum(free - cap, 0).sum())),
            )
        )
    return units


def _called(region: str) -> Value:
    """A region by its name, or as the user wrote it."""
    return Region(region) if region in all_regions() else Verbatim(region)


def _figures(
    columns: Mapping[str, str],
    table: pd.DataFrame | None,
    regions: list[str],
    residents: Mapping[str, float],
) -> dict[str, xr.DataArray]:
    """Figures of the key by region, each region with localities among them."""
    figures = {}
    for column, name in columns.items():
        held = dict(residents)
        if column != "residents" and table is not None:
            held = dict(zip(table["region"].astype(str), table[column].astype(float), strict=True))
        odd = [one for one in regions if not np.isfinite(held.get(one, np.nan))]
        if odd:
            raise CoverageError(
                f"{column} of {', '.join(odd[:5])} is not given",
                where="regions",
                remedy="give a row with every figure for each region that has localities",
                id="MissingRegion",
            )
        figures[name] = xr.DataArray([held[one] for one in regions], {"region": regions})
    return figures
