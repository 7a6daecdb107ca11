# SPDX-License-Identifier: Apache-2.0
"""The teaching data of group-time effects (mpdta), from the test dependency that ships them.

Employment of teenagers in 500 counties of the United States, 2003-2007; the year in which a
county's state first raised its minimum wage.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr


@cache
def counties() -> tuple[xr.DataArray, xr.DataArray, xr.Dataset]:
    """Log employment [county, year], year of the first rise [county], log population [county]."""
    package = find_spec("moderndid")
    if package is None or package.origin is None:
        pytest.fail("moderndid, which ships the data, is not installed: install the extra dev")
    path = Path(package.origin).parent / "core" / "datasets" / "mpdta_long.pkl.gz"
    table = pd.read_pickle(path).rename(columns={"countyreal": "county"})
    assert table.shape[0] == 2500
    outcome = table.set_index(["county", "year"])["lemp"].to_xarray()
    of_county = table.groupby("county").first()
    start = of_county["first.treat"].astype(float).to_xarray()
    return outcome, start.where(start > 0), xr.Dataset({"lpop": of_county["lpop"].to_xarray()})
