# SPDX-License-Identifier: Apache-2.0
"""Published examples of flows from stocks, and the world at full size."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

REFERENCE = Path(__file__).parent / "reference"
PLACES = ["A", "B", "C", "D"]


def stocks(*rows: list[float]) -> xr.DataArray:
    """Four places, birthplace in rows."""
    values = np.array(rows, dtype=float)
    return xr.DataArray(values, coords={"birthplace": PLACES, "country": PLACES})


def events(*values: float) -> xr.DataArray:
    """Births or deaths of the four places."""
    return xr.DataArray(np.array(values, dtype=float), coords={"country": PLACES})


# Abel (2013), Demographic Research 28(18), without births and deaths.
DEMRES_START = stocks([1000, 100, 10, 0], [55, 555, 50, 5], [80, 40, 800, 40], [20, 25, 20, 200])
DEMRES_END = stocks([950, 100, 60, 0], [80, 505, 75, 5], [90, 30, 800, 40], [40, 45, 0, 180])

# The same article with births and deaths; Abel and Sander (2014), supplement, has 60 births in C.
VITAL_END = stocks([1060, 60, 10, 10], [45, 540, 40, 0], [70, 75, 770, 70], [30, 30, 20, 230])
VITAL_BIRTHS = events(80, 20, 40, 60)
VITAL_BIRTHS_SCIENCE = events(80, 20, 60, 60)
VITAL_DEATHS = events(70, 30, 50, 10)

# Abel and Cohen (2019), Scientific Data 6, 82.
SCIDATA_START = stocks([100, 10, 10, 0], [80, 180, 10, 90], [30, 10, 140, 40], [60, 70, 10, 160])
SCIDATA_END = stocks([95, 5, 15, 5], [75, 225, 5, 55], [55, 0, 115, 50], [35, 25, 25, 215])

# Abel (2018), International Migration Review, and Abel and Cohen (2019): differences, rates.
DIFF_START = stocks([100, 10, 10, 0], [20, 55, 25, 10], [10, 40, 140, 65], [20, 25, 20, 200])
DIFF_END = stocks([75, 25, 5, 15], [20, 45, 30, 15], [30, 40, 150, 35], [10, 50, 5, 200])


@cache
def world(period: str) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray, xr.DataArray]:
    """Stocks at start and end, births, deaths of 230 areas: ``2015_2020`` or ``2020_2024``."""
    import duckdb

    stock = duckdb.read_parquet(str(REFERENCE / f"flows_{period}_stocks.parquet")).df()
    vital = duckdb.read_parquet(str(REFERENCE / f"flows_{period}_vital.parquet")).df()
    vital = vital.sort_values("country")
    places = vital["country"].to_numpy(dtype=object)
    born = np.searchsorted(places.astype(str), stock["birthplace"].to_numpy(dtype=str))
    living = np.searchsorted(places.astype(str), stock["country"].to_numpy(dtype=str))
    tables = []
    for column in ("stock_start", "stock_end"):
        values = np.zeros((len(places), len(places)))
        values[born, living] = stock[column]
        tables.append(xr.DataArray(values, coords={"birthplace": places, "country": places}))
    both = [
        xr.DataArray(vital[name].to_numpy(dtype=float), coords={"country": places})
        for name in ("births", "deaths")
    ]
    return tables[0], tables[1], both[0], both[1]
