# SPDX-License-Identifier: Apache-2.0
"""Converting a table of the size of a country, and of the world's migrant stock."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr

import keruen
from keruen.sources.exchange import Format, read, write

STOCK = "migrant stock of the world, 2 years, 234 x 233 x 2 = 218,088 cells"
NAMES: dict[str, tuple[Format, str]] = {
    "sdmx-csv": ("sdmx-csv", "a.csv"),
    "json-stat": ("json-stat", "a.json"),
    "xlsx": ("xlsx", "a.xlsx"),
    "parquet": ("parquet", "a.parquet"),
}


def stock() -> xr.DataArray:
    return keruen.load("un.stock.2024", year=[2020, 2024])


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.benchmark(group=f"write: {STOCK}")
def bench_write(benchmark, form: str, tmp_path: Path) -> None:
    name, file = NAMES[form]
    array = stock()
    benchmark.pedantic(lambda: write(array, tmp_path / file, format=name), rounds=2)


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.benchmark(group=f"read: {STOCK}")
def bench_read(benchmark, form: str, tmp_path: Path) -> None:
    name, file = NAMES[form]
    array = stock()
    write(array, tmp_path / file, format=name)
    cube = benchmark.pedantic(lambda: read(tmp_path / file), rounds=2)
    assert cube.array.identical(array)
