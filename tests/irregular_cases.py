# SPDX-License-Identifier: Apache-2.0
"""Tables of apprehensions that several tests use."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

from keruen.core.tables import from_table

REFERENCE = Path(__file__).parent / "reference"
NATIONALITIES = [
    "America and Australia",
    "Asia",
    "North Africa",
    "Rest of Africa",
    "Surinam",
    "Turkey",
]
COVARIATES = ("sex", "age_group", "nationality")


def netherlands() -> xr.DataArray:
    """Irregular foreigners apprehended in four Dutch cities in 1995, base levels first."""
    table = pd.read_csv(REFERENCE / "irregular_netherlands_1995.csv")
    people = from_table(table, value="persons", dims=[*COVARIATES, "captures"]).fillna(0)
    return people.sel(
        sex=["F", "M"],
        age_group=["under 40", "40 and over"],
        nationality=NATIONALITIES,
        captures=range(1, 7),
    )


def counts(*people: float) -> xr.DataArray:
    """People caught once, twice and so on."""
    return xr.DataArray(list(people), coords={"captures": range(1, len(people) + 1)})
