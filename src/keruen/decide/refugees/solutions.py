# SPDX-License-Identifier: Apache-2.0
"""Durable solutions: return, resettlement and naturalisation counted, and never aimed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table

if TYPE_CHECKING:
    import pandas as pd

_NAMES = ("returned", "resettled", "naturalised")


@dataclass(frozen=True)
class DurableSolutions:
    """How many refugees found a lasting solution.

    Parameters
    ----------
    counts : DataArray [series, year, ...], persons
        ``returned`` of their own will, ``resettled`` in a third country, ``naturalised``.
        Missing where nobody reported.
    per_1000 : DataArray [series, year, ...], persons per 1,000 refugees
        Over the refugees at the start of the year; missing where there were none.

    See Also
    --------
    count_solutions : Makes it.
    """

    counts: xr.DataArray
    per_1000: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a solution and year.

        Returns
        -------
        DataFrame
            Keys, ``persons``, ``per_1000``.
        """
        table = to_table(self.counts)
        table["per_1000"] = self.per_1000.to_numpy().ravel()
        return table


def count_solutions(
    *,
    returned: xr.DataArray,
    resettled: xr.DataArray,
    naturalised: xr.DataArray,
    refugees: xr.DataArray,
) -> DurableSolutions:
    """Solutions of each year beside the refugees there were at its start.

    Parameters
    ----------
    returned : DataArray [year, ...], persons
        Who went back of their own will.
    resettled : DataArray [year, ...], persons
        Who were admitted by a third country.
    naturalised : DataArray [year, ...], persons
        Who became citizens of the country of asylum.
    refugees : DataArray [year, ...], persons
        Refugees at the end of each year, with the year before the first.

    Returns
    -------
    DurableSolutions

    Raises
    ------
    SchemaError
        A count is negative.
    CoverageError
        Labels differ, or the refugees of a year before are not given.

    See Also
    --------
    keruen.decide.resettle.place_families : Where families would like to live.

    Notes
    -----
    Return is a right and must be voluntary; integration takes the person's own time. Neither
    has a target here, and no method of this package searches for more of either.

    References
    ----------
    UNHCR (1996). Handbook: Voluntary Repatriation. International Protection. Geneva.

    Examples
    --------
    >>> label = {"year": [2024]}
    >>> back, away, citizens = (xr.DataArray([v], label) for v in (5.0, 2.0, 3.0))
    >>> there = xr.DataArray([500.0, 495.0], {"year": [2023, 2024]})
    >>> found = count_solutions(
    ...     returned=back, resettled=away, naturalised=citizens, refugees=there)
    >>> found.per_1000.values.ravel().tolist()
    [10.0, 4.0, 6.0]
    """
    parts = dict(zip(_NAMES, (returned, resettled, naturalised), strict=True))
    for name, part in {**parts, "refugees": refugees}.items():
        require_dims(part, "year", name=name)
        if bool((part < 0).any()):
            raise SchemaError(f"'{name}' has negative counts", where=name, id="NegativeInput")
    arrays = same_cells(*(part.rename(name) for name, part in parts.items()))
    before = refugees.assign_coords(year=refugees["year"] + 1)
    wanted = arrays[0]["year"].to_numpy()
    known = before.sel(year=[year for year in wanted if year in before["year"].to_numpy()])
    _, known = same_cells(arrays[0], known.rename("refugees of the year before"))
    counts = xr.concat(arrays, dim="series", coords="minimal", join="exact")
    counts = counts.assign_coords(series=list(_NAMES))
    share = 1000 * counts / known.where(known > 0)
    return DurableSolutions(
        counts=stamp(counts, name="persons", units="persons", kind="count", inputs=arrays),
        per_1000=stamp(
            share.transpose(*counts.dims),
            name="per_1000",
            units="persons per 1,000 refugees",
            kind="rate",
            inputs=[*arrays, refugees],
        ),
    )
