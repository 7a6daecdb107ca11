# SPDX-License-Identifier: Apache-2.0
"""Speed of projections on the embedded tables, beside a plain loop over countries."""

from __future__ import annotations

import resource
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1]))

from keruen import load
from keruen.project.intervals import Trajectories, trajectories_from_intervals
from keruen.project.paths import project_paths
from keruen.project.population import (
    EDITIONS,
    Fertility,
    Rules,
    project_population,
    project_regions,
)
from project.wppdata import countries, medium

RULES = EDITIONS["2024"]
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


def plain_loop(base, survival, asfr, ratio, net) -> np.ndarray:
    """The same projection written for one country and looped, as a careful reader would."""
    years, places = survival.shape[:2]
    closing = np.empty((places, years + 1, 2, base.shape[-1]))
    for c in range(places):
        P = base[c].copy()
        closing[c, 0] = P
        for t in range(years):
            M = net[t, c].copy()
            M[(P + M <= 0) & (M < 0)] = 1e-5 - P[(P + M <= 0) & (M < 0)]
            S = survival[t, c]
            E = np.zeros_like(P)
            E[:, 1:] = P[:, :-1] * S[:, 1:]
            E[:, -1] = (P[:, -2] + P[:, -1]) * S[:, -1]
            births = asfr[t, c] @ (P[0, 10:55] + E[0, 10:55]) / 2
            boys = births * ratio[t, c] / (1 + ratio[t, c])
            E[:, 0] = np.array([births - boys, boys]) * S[:, 0]
            deaths = P.sum() + births - E.sum()
            assert deaths >= 0
            P = np.maximum(E + M, 0.0)
            closing[c, t + 1] = P
    return closing


@pytest.mark.benchmark(group="medium variant, 235 areas, 1x1, 2024-2100: target 0.3 s")
def bench_medium_variant(benchmark):
    base, fertility, table, net, years = medium()
    run = benchmark(project_population, base, fertility, table, net, rules=RULES, years=years)
    assert 10.1e9 < run.population.sel(year=2100).sum().item() < 10.3e9


@pytest.mark.benchmark(group="medium variant, 235 areas, 1x1, 2024-2100: target 0.3 s")
def bench_medium_variant_plain_loop(benchmark):
    base, fertility, table, net, years = medium()
    order = ("year", "country", "sex", "age")
    given = (
        base.to_numpy(),
        table.survivorship.transpose(*order).to_numpy(),
        fertility.rate.transpose("year", "country", "age").to_numpy(),
        fertility.sex_ratio.transpose("year", "country").to_numpy(),
        net.transpose(*order).to_numpy(),
    )
    closing = benchmark.pedantic(plain_loop, args=given, rounds=2)
    run = project_population(base, fertility, table, net, rules=RULES, years=years)
    ours = run.population.transpose("country", "year", "sex", "age").to_numpy()
    assert np.abs(closing - ours).max() < 1e-2  # the loop sets no remnants


@cache
def paths(places: tuple[str, ...]) -> Trajectories:
    """A thousand paths of the published intervals."""
    base, fertility, table, net, years = medium()
    here = {"country": list(places)}
    run = project_population(
        base.sel(here), Fertility(fertility.rate.sel(here), fertility.sex_ratio.sel(here)),
        table.survivorship.sel(here), net.sel(here), rules=RULES, years=years,
    )  # fmt: skip
    lines = Trajectories(
        load("wpp2024.indicators.tfr", **here, year=years),
        load("wpp2024.life_expectancy", **here, year=years),
        net.sel(here).sum(["sex", "age"]),
    )
    return trajectories_from_intervals(
        tfr=load("wpp2024.intervals.tfr", **here, year=years).rename(None),
        life_expectancy=load("wpp2024.life_expectancy_intervals", **here, year=years).rename(None),
        net_migration=load("wpp2024.intervals.net_migration", **here, year=years).rename(None),
        medium=lines,
        population=run.population.sum(["sex", "age"]).sel(year=years),
        trajectories=1000,
        seed=1,
    )


@pytest.mark.benchmark(group="one country, 1,000 paths to 2100, quantiles by age: target 0.2 s")
def bench_one_country(benchmark):
    base, fertility, table, net, years = medium()
    here = {"country": ["KAZ"]}
    result = benchmark(
        project_paths, base.sel(here),
        Fertility(fertility.rate.sel(here), fertility.sex_ratio.sel(here)),
        table.rate.sel(here).assign_attrs(kind="rate"), net.sel(here), paths(("KAZ",)),
        rules=RULES, years=years, quantiles=QUANTILES,
    )  # fmt: skip
    assert 30e6 < result.total.sel(year=2101).median().item() < 45e6


@pytest.mark.benchmark(group="all areas, 1,000 paths, quantiles, balanced: target 60 s, 4 GB")
def bench_the_world(benchmark):
    base, fertility, table, net, years = medium()
    drawn = paths(tuple(countries()))
    size = base.sum(["sex", "age"])
    weights = drawn.net_migration.var("trajectory").mean("year") * size
    result = benchmark.pedantic(
        project_paths, args=(base, fertility, table, net, drawn),
        kwargs={"rules": RULES, "years": years, "quantiles": QUANTILES, "balance": weights},
        rounds=1,
    )  # fmt: skip
    assert abs(result.migration.sum("country")).max().item() < 1e-6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nlargest memory so far, inputs included: {memory:.2f} GB")
    assert memory < 4


@pytest.mark.benchmark(group="20 regions x 2 x 101 x 30 years x 500 paths: target 60 s")
def bench_regions(benchmark):
    rng = np.random.default_rng(1)
    names, years, ages = [f"R{i:02}" for i in range(20)], list(range(2024, 2054)), range(101)
    own = {"sex": ["F", "M"], "age": ages}

    def cells(values, **coords):
        return xr.DataArray(values, coords=coords, dims=list(coords))

    base = cells(
        rng.uniform(1e3, 1e4, (500, 20, 2, 101)), trajectory=range(500), region=names, **own
    )
    factor = cells(rng.uniform(0.8, 1.2, (500, 30)), trajectory=range(500), year=years)
    asfr = cells(np.full((20, 30), 0.06), region=names, age=range(15, 45)) * factor
    move = rng.dirichlet(np.full(20, 0.2), (20, 2, 101)).transpose(0, 3, 1, 2) * 0.03
    move[range(20), range(20)] += 0.96
    net = cells(rng.normal(0, 5, (30, 20, 2, 101)), year=years, region=names, **own)
    T = cells(move, origin=names, destination=names, **own)
    born = Fertility(asfr, cells(np.full(30, 1.05), year=years))
    run = benchmark.pedantic(
        project_regions, args=(base, born, T, net.assign_attrs(kind="count")),
        kwargs={"rules": Rules(), "years": years}, rounds=1,
    )  # fmt: skip
    assert run.population.sizes == {
        "trajectory": 500, "year": 31, "region": 20, "sex": 2, "age": 101,
    }  # fmt: skip
