# SPDX-License-Identifier: Apache-2.0
"""Speed of projections on the embedded tables, beside plain loops in the same run.

A loop is what a careful reader would write first: NumPy for the ages of one country, Python
for countries, years and paths. Loops along paths run over a part and say so; the figures
printed are seconds of the clock and of the processor.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1]))

from keruen import load
from keruen.project._paths import mortality_terms
from keruen.project.intervals import Trajectories, trajectories_from_intervals
from keruen.project.migration_ages import fundamental_ages
from keruen.project.paths import PathProjection, project_paths
from keruen.project.population import (
    EDITIONS,
    Fertility,
    Rules,
    project_population,
    project_regions,
)
from keruen.sources.projection_inputs import projection_intervals
from project.wppdata import countries, medium

RULES = EDITIONS["2024"]
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
PATHS = 1000

MEDIUM = "medium variant, 235 areas, 1x1, 2024-2100: target 0.3 s"
ONE = "one country, 1,000 paths to 2100, quantiles by age: target 0.2 s"
WORLD = "all areas, 1,000 paths, quantiles, balanced: target 60 s, 4 GB"
REGIONS = "20 regions x 2 x 101 x 30 years x 500 paths: target 60 s"


def clocked(name: str, work: Callable, *args, parts: float = 1.0, **options):
    """The result of some work, its seconds printed; ``parts`` of it make the whole."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work(*args, **options)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    text = f"\n{name}: {wall:.2f} s by the clock, {processor:.2f} s of the processor"
    print(text + (f"; the whole {parts * processor:,.0f} s" if parts > 1 else ""))
    return result


# --- the medium variant -----------------------------------------------------------------------


def step(P, S, asfr, ratio):
    """Survivors of one year with the newborn, and the births."""
    E = np.zeros_like(P)
    E[:, 1:] = P[:, :-1] * S[:, 1:]
    E[:, -1] = (P[:, -2] + P[:, -1]) * S[:, -1]
    births = asfr @ (P[0, 10:55] + E[0, 10:55]) / 2
    boys = births * ratio / (1 + ratio)
    E[:, 0] = np.array([births - boys, boys]) * S[:, 0]
    return E, births


def plain_loop(base, survival, asfr, ratio, net) -> np.ndarray:
    """The medium variant, a country and a year at a time."""
    years, places = survival.shape[:2]
    closing = np.empty((places, years + 1, 2, base.shape[-1]))
    for c in range(places):
        P = base[c].copy()
        closing[c, 0] = P
        for t in range(years):
            M = net[t, c].copy()
            M[(P + M <= 0) & (M < 0)] = 1e-5 - P[(P + M <= 0) & (M < 0)]
            E, births = step(P, survival[t, c], asfr[t, c], ratio[t, c])
            assert P.sum() + births - E.sum() >= 0
            P = np.maximum(E + M, 0.0)
            closing[c, t + 1] = P
    return closing


def arrays(*places: str) -> tuple[np.ndarray, ...]:
    """Base, survivorship, fertility, sex ratio and migration of some countries."""
    base, fertility, table, net, _ = medium()
    here = {"country": list(places)} if places else {}
    order = ("year", "country", "sex", "age")
    return (
        base.sel(here).to_numpy(),
        table.survivorship.sel(here).transpose(*order).to_numpy(),
        fertility.rate.sel(here).transpose("year", "country", "age").to_numpy(),
        fertility.sex_ratio.sel(here).transpose("year", "country").to_numpy(),
        net.sel(here).transpose(*order).to_numpy(),
    )


@pytest.mark.benchmark(group=MEDIUM)
def bench_medium_variant(benchmark):
    base, fertility, table, net, years = medium()
    run = benchmark(project_population, base, fertility, table, net, rules=RULES, years=years)
    assert 10.1e9 < run.population.sel(year=2100).sum().item() < 10.3e9


@pytest.mark.benchmark(group=MEDIUM)
def bench_medium_variant_plain_loop(benchmark):
    base, fertility, table, net, years = medium()
    closing = benchmark.pedantic(plain_loop, args=arrays(), rounds=2)
    run = project_population(base, fertility, table, net, rules=RULES, years=years)
    ours = run.population.transpose("country", "year", "sex", "age").to_numpy()
    assert np.abs(closing - ours).max() < 1e-2  # the loop sets no remnants


# --- along paths ------------------------------------------------------------------------------


@cache
def drawn(places: tuple[str, ...]) -> Trajectories:
    """A thousand paths of the published intervals."""
    base, fertility, table, net, years = medium()
    here = {"country": list(places)}
    run = project_population(
        base.sel(here), Fertility(fertility.rate.sel(here), fertility.sex_ratio.sel(here)),
        table.survivorship.sel(here), net.sel(here), rules=RULES, years=years,
    )  # fmt: skip
    bounds = projection_intervals(list(places))
    lines = Trajectories(
        load("wpp2024.indicators.tfr", **here, year=years),
        load("wpp2024.life_expectancy", **here, year=years),
        net.sel(here).sum(["sex", "age"]),
    )
    return trajectories_from_intervals(
        tfr=bounds.tfr,
        life_expectancy=bounds.life_expectancy,
        net_migration=bounds.net_migration,
        medium=lines,
        population=run.population.sum(["sex", "age"]).sel(year=years),
        correlation={"net_migration": bounds.correlation},
        trajectories=PATHS,
        seed=1,
    )


def along(places: tuple[str, ...], **options) -> PathProjection:
    base, fertility, table, net, years = medium()
    here = {"country": list(places)}
    return project_paths(
        base.sel(here), Fertility(fertility.rate.sel(here), fertility.sex_ratio.sel(here)),
        table.rate.sel(here).assign_attrs(kind="rate"), net.sel(here), drawn(places),
        rules=RULES, years=years, quantiles=QUANTILES, **options,
    )  # fmt: skip


def plain_paths(place: str, paths: int) -> np.ndarray:
    """Totals of one country in 2101, a path and a year at a time."""
    P0, _, asfr, ratio, net = (part.squeeze() for part in arrays(place))
    own = [getattr(drawn((place,)), f) for f in ("tfr", "life_expectancy", "net_migration")]
    tfr, e0, rate = (array.sel(country=place).to_numpy() for array in own)
    m = medium()[2].rate.sel(country=place).transpose("year", "sex", "age").to_numpy()
    life = mortality_terms(m, e0.min(axis=0), e0.max(axis=0))
    pattern = asfr / asfr.sum(axis=1, keepdims=True)
    shares = fundamental_ages(np.arange(101)).outward.transpose("sex", "age").to_numpy()
    last = np.empty(paths)
    for k in range(paths):
        P = P0.copy()
        for t in range(len(net)):
            x = (e0[k, t] - life.centre[t]) / life.half[t]
            powers = x[:, None] ** np.arange(life.survival.shape[-1])
            S = np.clip((life.survival[t] @ powers[..., None])[..., 0], 0.0, 1.0)
            E, _ = step(P, S, tfr[k, t] * pattern[t], ratio[t])
            more = rate[k, t] * P.sum() - net[t].sum()
            M = net[t] + more * shares * E / (shares * E).sum()
            P = np.maximum(E + M, 0.2 * E)
        last[k] = P.sum()
    return last


@pytest.mark.benchmark(group=ONE)
def bench_one_country(benchmark):
    drawn(("KAZ",))
    result = benchmark(along, ("KAZ",))
    clocked("one country", along, ("KAZ",))
    assert 30e6 < result.total.sel(year=2101).median().item() < 45e6


@pytest.mark.benchmark(group=ONE)
def bench_one_country_plain_loop(benchmark):
    drawn(("KAZ",))
    last = benchmark.pedantic(plain_paths, args=("KAZ", PATHS), rounds=1)
    ours = along(("KAZ",)).total.sel(year=2101, country="KAZ").to_numpy()
    # the loop spreads migrants over other ages
    assert np.median(last) == pytest.approx(np.median(ours), rel=0.05)


@pytest.mark.benchmark(group=WORLD)
def bench_the_world(benchmark):
    places = tuple(countries())
    drawn(places)
    result = benchmark.pedantic(
        clocked, args=("the world", along, places), kwargs={"balance": "variance"}, rounds=1
    )
    assert (result.migration.sum("country") == 0.0).all()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"largest memory so far, inputs included: {memory:.2f} GB")
    assert memory < 4


@pytest.mark.benchmark(group=WORLD)
def bench_the_world_plain_loop(benchmark):
    """Six countries, fifty paths, not balanced and without quantiles."""
    places, paths = ("KAZ", "DEU", "ARE", "NER", "IND", "USA"), 50
    parts = len(countries()) / len(places) * PATHS / paths
    for place in places:
        drawn((place,))

    def loop() -> list[np.ndarray]:
        return [plain_paths(place, paths) for place in places]

    found = benchmark.pedantic(
        clocked, args=("6 countries, 50 paths, by a plain loop", loop),
        kwargs={"parts": parts}, rounds=1,
    )  # fmt: skip
    assert all((last > 0).all() for last in found)


# --- regions ----------------------------------------------------------------------------------


def cells(values, **coords):
    return xr.DataArray(values, coords=coords, dims=list(coords))


def regional() -> tuple[xr.DataArray, Fertility, xr.DataArray, xr.DataArray, list[int]]:
    """Twenty regions, five hundred paths of fertility, thirty years."""
    rng = np.random.default_rng(1)
    names, years, ages = [f"R{i:02}" for i in range(20)], list(range(2024, 2054)), range(101)
    own = {"sex": ["F", "M"], "age": ages}
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
    return base, born, T, net.assign_attrs(kind="count"), years


def plain_regions(paths: int) -> np.ndarray:
    """Closing populations, a path, a year and a pair of regions at a time."""
    base, born, T, net, years = regional()
    asfr = born.rate.transpose("trajectory", "year", "region", "age").to_numpy()
    move, M = T.to_numpy(), net.to_numpy()
    closing = np.empty((paths, 20, 2, 101))
    for k in range(paths):
        P = base.to_numpy()[k].copy()
        for t in range(len(years)):
            E = np.zeros_like(P)
            for i in range(20):
                for j in range(20):
                    E[j, :, 1:] += P[i, :, :-1] * move[i, j, :, 1:]
                    E[j, :, -1] += P[i, :, -1] * move[i, j, :, -1]
            women = (P[:, 0, 15:45] + E[:, 0, 15:45]) / 2
            births = (asfr[k, t] * women).sum(axis=1)
            boys = births * 1.05 / 2.05
            for i in range(20):
                for j in range(20):
                    E[j, :, 0] += np.array([births[i] - boys[i], boys[i]]) * move[i, j, :, 0]
            P = np.maximum(E + M[t], 0.0)
        closing[k] = P
    return closing


@pytest.mark.benchmark(group=REGIONS)
def bench_regions(benchmark):
    *given, years = regional()
    run = benchmark.pedantic(
        clocked, args=("regions", project_regions, *given),
        kwargs={"rules": Rules(), "years": years}, rounds=1,
    )  # fmt: skip
    assert run.population.sizes == {
        "trajectory": 500, "year": 31, "region": 20, "sex": 2, "age": 101,
    }  # fmt: skip


@pytest.mark.benchmark(group=REGIONS)
def bench_regions_plain_loop(benchmark):
    *given, years = regional()
    last = benchmark.pedantic(
        clocked, args=("10 paths of regions by a plain loop", plain_regions, 10),
        kwargs={"parts": 50}, rounds=1,
    )  # fmt: skip
    few = [given[0].isel(trajectory=slice(0, 10)), given[1], *given[2:]]
    few[1] = Fertility(given[1].rate.isel(trajectory=slice(0, 10)), given[1].sex_ratio)
    run = project_regions(*few, rules=Rules(), years=years).population.isel(year=-1)
    ours = run.transpose("trajectory", "region", "sex", "age").to_numpy()
    np.testing.assert_allclose(last, ours, rtol=1e-6)
