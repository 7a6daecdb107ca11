# SPDX-License-Identifier: Apache-2.0
"""What published sources show of irregular migration: crossings detected, people who died."""

from __future__ import annotations

from typing import Final

import pandas as pd
import xarray as xr

from keruen.core.arrays import stamp
from keruen.report.build import Desk

DETECTIONS: Final = "frontex.detections"
DEATHS: Final = "iom.missing_migrants"


def detections(desk: Desk) -> xr.DataArray | None:
    """Detections of the country's citizens at the outer border of the EU [year, route].

    Crossings, not persons. A cell is missing where the source has no row.
    """
    cells = desk.part(DETECTIONS, citizenship=desk.country)
    if cells is None:
        return None
    cells = cells.reset_coords(drop=True)
    kept = [d for d in cells.dims if d not in ("year", "route")]
    summed = cells.sum(kept, min_count=1).dropna("year", how="all").dropna("route", how="all")
    if not summed.size:
        return None
    return stamp(summed, name="detections", units="crossings", kind="count", inputs=[cells])


def deaths(desk: Desk) -> xr.DataArray | None:
    """People who died or went missing on the way in the country [year]."""
    from keruen import load_table

    rows = load_table(DEATHS)
    own = rows[rows["country"] == desk.country]
    if not len(own):
        return None
    year = pd.to_datetime(own["date"]).dt.year
    counted = own.groupby(year)["dead_missing"].sum()
    if desk.year is not None:
        counted = counted[counted.index <= desk.year]
    if not len(counted):
        return None
    series = xr.DataArray(counted.to_numpy(dtype=float), coords={"year": counted.index.to_numpy()})
    return stamp(series, name="dead_missing", units="persons", kind="count", origin=(DEATHS,))


def context_table(desk: Desk) -> pd.DataFrame:
    """Both as one tidy table: ``what``, ``year``, ``route``, ``value``, ``units``, ``source``."""
    parts = []
    seen = detections(desk)
    if seen is not None:
        table = seen.to_series().dropna().rename("value").reset_index()
        parts.append(table.assign(what="detections", units="crossings", source=DETECTIONS))
    died = deaths(desk)
    if died is not None:
        table = died.to_series().rename("value").reset_index()
        parts.append(table.assign(what="dead_missing", units="persons", source=DEATHS, route=""))
    columns = ["what", "year", "route", "value", "units", "source"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]
