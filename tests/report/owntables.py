# SPDX-License-Identifier: Apache-2.0
"""A user's tables of two made-up regions, as a folder of CSV files."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

REGIONS = ("North", "South")
YEARS = range(2025, 2031)


def mortality_of(age: int) -> float:
    """A Gompertz line that reaches 0.4 in the open group."""
    return 0.4 if age == 90 else float(np.exp(-9.2 + 0.085 * age))


def tables(
    *, ages: Iterable[int] = range(91), regions: tuple[str, ...] = REGIONS
) -> dict[str, pd.DataFrame]:
    """Population, fertility, mortality, migration and moves."""
    ages = list(ages)
    people = [
        (region, sex, age, 1000.0 * (1 + place) * np.exp(-0.02 * age))
        for place, region in enumerate(regions)
        for sex in "FM"
        for age in ages
    ]
    rates = [(year, sex, age, mortality_of(age)) for year in YEARS for sex in "FM" for age in ages]
    births = [(year, age, 0.06) for year in YEARS for age in range(18, 42)]
    net = [
        (year, region, sex, age, 4.0 if 18 <= age < 30 else 0.0)
        for year in YEARS
        for region in regions
        for sex in "FM"
        for age in ages
    ]
    moves = [(a, b, 500.0) for a in regions for b in regions if a != b]
    return {
        "population": pd.DataFrame(people, columns=["region", "sex", "age", "population"]).assign(
            year=2025
        ),
        "fertility": pd.DataFrame(births, columns=["year", "age", "asfr"]),
        "mortality": pd.DataFrame(rates, columns=["year", "sex", "age", "mx"]),
        "migration": pd.DataFrame(net, columns=["year", "region", "sex", "age", "net_migration"]),
        "moves": pd.DataFrame(moves, columns=["origin", "destination", "moves"]),
    }


def write(folder: Path, given: dict[str, pd.DataFrame]) -> Path:
    """The tables as CSV files; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in given.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def grouped(table: pd.DataFrame, value: str, lower: list[int]) -> pd.DataFrame:
    """Counts by age groups, written as offices write them: 0-4 ... 85+."""
    place = np.searchsorted(lower, table["age"], side="right") - 1
    ends = [f"{a}-{b - 1}" for a, b in pairwise(lower)] + [f"{lower[-1]}+"]
    keys = [name for name in table.columns if name not in ("age", value)]
    table = table.assign(age=[ends[one] for one in place])
    return table.groupby([*keys, "age"], sort=False, as_index=False)[value].sum()
