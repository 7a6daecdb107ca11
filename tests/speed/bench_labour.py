# SPDX-License-Identifier: Apache-2.0
"""Speed of the labour force: all countries with 1,000 paths, and one country to its gap.

The plain way beside it goes country by country and path by path in loops; it runs on a share
of them and says so.
"""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest

from keruen.project.labour import participation_paths
from keruen.report.labour_population import LabourPopulation, labour_population
from keruen.report.labour_run import run_labour
from keruen.report.labour_world import world_labour_force
from keruen.sources.labour_inputs import AGES, world_labour

TO = 2040
PATHS = 1000
FEW_PATHS, FEW_PLACES = 20, 4

WORLD = "labour force of all countries, 1,000 population paths to 2040: target 20 s"
ONE = "Kazakhstan: supply, demand and gap, population included"


@cache
def people() -> LabourPopulation:
    """Population of the world along its paths; its time is printed, not part of the target."""
    processor = time.process_time()
    found = labour_population("all", to=TO, trajectories=PATHS, ages=AGES)
    print(f"\npopulation of 235 areas, {PATHS} paths: {time.process_time() - processor:.1f} s cpu")
    return found


@pytest.mark.benchmark(group=WORLD)
def bench_all_countries(benchmark):
    world_labour()
    found = people()
    medium, fan = benchmark.pedantic(
        world_labour_force, args=(found.medium, found.paths), kwargs={"to": TO}, rounds=1
    )
    assert fan is not None
    assert fan.shape == (5, TO - 2023, 183)
    assert 3.5e9 < float(medium.sel(year=2025).sum()) < 4.0e9  # the ILO: 3.7 billion


@pytest.mark.benchmark(group=WORLD)
def bench_all_countries_plain_loop(benchmark):
    """Four countries and twenty paths in loops; times 2,288 for the whole."""
    found, world = people(), world_labour()
    places = [str(code) for code in world.participation.indexes["country"][:FEW_PLACES]]
    years = list(range(2025, TO + 1))
    rates = participation_paths(
        world.participation, years=years, trajectories=FEW_PATHS, places=places
    )
    own = found.paths.sel(country=places, year=years).isel(trajectory=slice(FEW_PATHS))
    totals = benchmark.pedantic(plain_loop, args=(own, rates), rounds=1)
    whole = (own * rates).sum(["sex", "age"]).transpose("country", "trajectory", "year")
    np.testing.assert_allclose(totals, whole, rtol=1e-6)


def plain_loop(own, rates):
    """Labour force of every country, path and year, one after another."""
    return [
        [
            [
                float((own.sel(country=place).isel(trajectory=path, year=year).values
                       * rates.sel(country=place).isel(trajectory=path, year=year).values).sum())
                for year in range(own.sizes["year"])
            ]
            for path in range(own.sizes["trajectory"])
        ]
        for place in own.indexes["country"]
    ]  # fmt: skip


@pytest.mark.benchmark(group=ONE)
def bench_one_country(benchmark):
    run = benchmark.pedantic(
        run_labour, args=("KAZ",), kwargs={"to": TO, "trajectories": PATHS}, rounds=2
    )
    assert run.nation.paths.sizes["trajectory"] == PATHS


@pytest.mark.benchmark(group=ONE)
def bench_one_country_with_regions(benchmark):
    run = benchmark.pedantic(
        run_labour, args=("KAZ",), rounds=1,
        kwargs={"to": TO, "trajectories": 200, "by_region": True},
    )  # fmt: skip
    assert run.regions.balance.gap.sizes["region"] == 20
