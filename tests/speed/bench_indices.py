# SPDX-License-Identifier: Apache-2.0
"""Indices and indirect estimates for all years and sexes together, beside a plain loop.

Each group times the same answer twice: by the public function on the whole array, and by
the textbook's formula, table by table and cell by cell.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.measure import indices as ix
from keruen.measure import net as nt
from keruen.measure._threads import one_thread

YEARS, PLACES, REGIONS = 30, 50, 200
AGES = np.arange(0, 85, 5)


@cache
def flows() -> xr.DataArray:
    """Moves between 50 places, 30 years, both sexes."""
    rng = np.random.default_rng(1)
    mean = 1e4 * rng.pareto(2, (PLACES, 1)) * rng.pareto(2, PLACES) / distance().to_numpy()
    cells = rng.poisson(mean, (YEARS, 2, PLACES, PLACES)) * (1 - np.eye(PLACES, dtype=int))
    codes = [f"R{k:02}" for k in range(PLACES)]
    return xr.DataArray(
        cells.astype(float),
        coords={
            "year": np.arange(1990, 1990 + YEARS),
            "sex": ["F", "M"],
            "origin": codes,
            "destination": codes,
        },
    )


@cache
def distance() -> xr.DataArray:
    codes = [f"R{k:02}" for k in range(PLACES)]
    point = np.random.default_rng(2).uniform(0, 1000, (PLACES, 2))
    km = np.hypot(*(point[:, None] - point[None]).transpose(2, 0, 1)) + np.eye(PLACES)
    return xr.DataArray(km, coords={"origin": codes, "destination": codes})


def tables() -> np.ndarray:
    return flows().to_numpy().reshape(-1, PLACES, PLACES)


def gini_by_loop() -> list[float]:
    """Total Gini, corrected: sorted flows, weights by rank, one table after the other."""
    found = []
    for table in tables().tolist():
        cells = sorted(m for i, row in enumerate(table) for j, m in enumerate(row) if i != j)
        count, moves = len(cells), sum(cells)
        spread = sum((2 * rank - count + 1) * m for rank, m in enumerate(cells))
        found.append(2 * spread / (2 * moves * (count - 1)))
    return found


def effectiveness_by_loop() -> list[float]:
    found = []
    for table in tables().tolist():
        out = [sum(row) for row in table]
        into = [sum(row[j] for row in table) for j in range(PLACES)]
        net = sum(abs(d - o) for d, o in zip(into, out, strict=True))
        found.append(100 * net / (sum(into) + sum(out)))
    return found


def decay_by_loop() -> list[float]:
    """Poisson regression on dummies by reweighted least squares, one table after the other."""
    off = ~np.eye(PLACES, dtype=bool)
    origin, destination = np.nonzero(off)
    design = np.zeros((off.sum(), 2 * PLACES))
    row = np.arange(off.sum())
    design[row, origin] = 1
    design[row[destination > 0], PLACES + destination[destination > 0] - 1] = 1
    design[:, -1] = np.log(distance().to_numpy()[off])
    found = []
    for table in tables():
        m = table[off]
        eta = np.log(m + 0.5)
        before = np.inf
        for _ in range(50):
            mu = np.exp(eta)
            weighted = design * mu[:, None]
            with one_thread():
                beta = np.linalg.solve(design.T @ weighted, weighted.T @ (eta + (m - mu) / mu))
            eta = design @ beta
            if abs(beta[-1] - before) < 1e-9:
                break
            before = beta[-1]
        found.append(float(beta[-1]))
    return found


@cache
def censuses() -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Two censuses of 200 regions, both sexes, 17 age groups, ten pairs of years; ratios."""
    rng = np.random.default_rng(3)
    coords = {
        "year": np.arange(1920, 2020, 10),
        "region": np.arange(REGIONS),
        "sex": ["F", "M"],
        "age": AGES,
    }
    shape = tuple(len(c) for c in coords.values())
    start, end = (xr.DataArray(rng.uniform(1e2, 1e5, shape), coords=coords) for _ in range(2))
    ratio = nt.census_survival_ratio(start.sum("region"), end.sum("region"), interval_years=10)
    return start, end, ratio


def survival_by_loop() -> np.ndarray:
    start, end, ratio = (array.to_numpy() for array in censuses())
    net = np.empty((*end.shape[:-1], len(AGES) - 2))
    last = len(AGES) - 3
    for y in range(net.shape[0]):
        for r in range(net.shape[1]):
            for s in range(net.shape[2]):
                for a in range(last + 1):
                    before = start[y, r, s, a:].sum() if a == last else start[y, r, s, a]
                    net[y, r, s, a] = end[y, r, s, a + 2] - ratio[y, s, a] * before
    return net


GINI = "Gini, all nine indices, 60 tables of 50 places: target under 50 ms"
EFFECTIVENESS = "effectiveness, 60 tables of 50 places: target under 20 ms"
DECAY = "distance decay, 60 tables of 50 places: target under 1 s"
SURVIVAL = "net migration by survival, 4,000 populations by age: target under 100 ms"


@pytest.mark.benchmark(group=GINI)
def bench_gini(benchmark):
    gini = benchmark(lambda: ix.migration_gini(flows()))
    np.testing.assert_allclose(gini.total.to_numpy().ravel(), gini_by_loop(), rtol=1e-9)


@pytest.mark.benchmark(group=GINI)
def bench_gini_loop_total_only(benchmark):
    benchmark.pedantic(gini_by_loop, rounds=3)


@pytest.mark.benchmark(group=EFFECTIVENESS)
def bench_effectiveness(benchmark):
    index = benchmark(lambda: ix.migration_effectiveness_index(flows()))
    np.testing.assert_allclose(index.to_numpy().ravel(), effectiveness_by_loop(), rtol=1e-12)


@pytest.mark.benchmark(group=EFFECTIVENESS)
def bench_effectiveness_loop(benchmark):
    benchmark.pedantic(effectiveness_by_loop, rounds=3)


@pytest.mark.benchmark(group=DECAY)
def bench_decay(benchmark):
    decay = benchmark.pedantic(lambda: ix.distance_decay(flows(), distance()), rounds=3)
    np.testing.assert_allclose(decay.coefficient.to_numpy().ravel(), decay_by_loop(), atol=1e-7)


@pytest.mark.benchmark(group=DECAY)
def bench_decay_loop(benchmark):
    benchmark.pedantic(decay_by_loop, rounds=1)


@pytest.mark.benchmark(group=SURVIVAL)
def bench_survival(benchmark):
    start, end, ratio = censuses()
    result = benchmark(lambda: nt.net_migration_by_survival(start, end, ratio, interval_years=10))
    dims = ("year", "region", "sex", "age")
    np.testing.assert_allclose(result.net.transpose(*dims), survival_by_loop(), rtol=1e-9)


@pytest.mark.benchmark(group=SURVIVAL)
def bench_survival_loop(benchmark):
    benchmark.pedantic(survival_by_loop, rounds=3)
