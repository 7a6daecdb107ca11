# SPDX-License-Identifier: Apache-2.0
"""Rounds of invitations as counts, beside a plain loop over persons that does the same."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.decide.points.attractiveness import talent_attractiveness
from keruen.decide.points.design import design_grid
from keruen.decide.points.draws import Pool, hold_draw, make_pool
from keruen.decide.points.draws_policy import arrival_rates, rounds_every
from keruen.decide.points.draws_simulation import simulate_draws

START, WEEKS, PEOPLE, FUTURES = "2026-01-05", 26, 20_000, 200
WITHDRAWAL, SIZE = 0.003, 300


@cache
def pool(count: int = PEOPLE) -> Pool:
    rng = np.random.default_rng(1)
    who = {"candidate": [f"c{n:07}" for n in range(count)]}
    ago = (rng.random(count) * 300 * 86_400e9).astype("timedelta64[ns]")
    return make_pool(
        xr.DataArray(np.clip(np.round(rng.normal(425, 50, count)), 200, 600), who),
        xr.DataArray(np.datetime64(START, "ns") - ago, who),
    )


def simulated(futures: int) -> np.ndarray:
    rates = arrival_rates(pool(), since="2025-12-08", until=START)
    rounds = rounds_every(SIZE, first="2026-01-07", last="2026-07-01")
    paths = simulate_draws(
        pool(), rounds, arrivals=rates, start=START, weeks=WEEKS, seed=1,
        trajectories=futures, withdrawal=WITHDRAWAL,
    )  # fmt: skip
    return paths.cutoff.to_numpy()


def by_persons(futures: int) -> np.ndarray:
    """Each future a list of people (score, week of submission), one after the other."""
    people = pool()
    rates = arrival_rates(people, since="2025-12-08", until=START).sum("segment")
    levels, means = rates.indexes["score"].to_numpy(), rates.to_numpy()
    weeks_ago = (np.datetime64(START, "ns") - people.submitted.to_numpy()) // np.timedelta64(7, "D")
    start = list(zip(people.score.to_numpy().tolist(), (-weeks_ago).tolist(), strict=True))
    rng = np.random.default_rng(1)
    found = []
    for _ in range(futures):
        queue, cut = list(start), []
        for week in range(1, WEEKS + 1):
            queue = [one for one in queue if week - one[1] < 52 and rng.random() >= WITHDRAWAL]
            for score, count in zip(levels.tolist(), rng.poisson(means).tolist(), strict=True):
                queue += [(score, week)] * count
            if week % 2 == 1:
                queue.sort(key=lambda one: (-one[0], one[1]))
                cut.append(queue[SIZE - 1][0])
                queue = queue[SIZE:]
        found.append(cut)
    return np.array(found).T


SIMULATION = "half a year of rounds, pool of 20,000: 200 futures at once, 2 by persons"
ROUND = "one round, pool of 1,000,000: target under 3 s"
GRID = "a grid from 100,000 people, 100 samples drawn again: target under 10 s"
INDEX = "index of 200 countries, 25 variables, 5,000 random weights: target under 2 s"


@pytest.mark.benchmark(group=SIMULATION)
def bench_simulation(benchmark):
    fast = benchmark.pedantic(lambda: simulated(FUTURES), rounds=2)
    slow = by_persons(4)
    assert np.abs(np.median(fast, axis=1) - np.median(slow, axis=1)).max() <= 3


@pytest.mark.benchmark(group=SIMULATION)
def bench_simulation_by_persons(benchmark):
    benchmark.pedantic(lambda: by_persons(2), rounds=1)


@pytest.mark.benchmark(group=ROUND)
def bench_one_round(benchmark):
    people = pool(1_000_000)
    draw = benchmark.pedantic(lambda: hold_draw(people, held=START, size=5000), rounds=2)
    assert draw.invited == 5000


@pytest.mark.benchmark(group=ROUND)
def bench_one_round_sorted(benchmark):
    people = pool(1_000_000)
    rows = list(
        zip(
            (-people.score.to_numpy()).tolist(),
            people.submitted.to_numpy().astype(int).tolist(),
            people.score.indexes["candidate"].tolist(),
            strict=True,
        )
    )
    benchmark.pedantic(lambda: sorted(rows)[:5000], rounds=2)


@pytest.mark.benchmark(group=GRID)
def bench_grid(benchmark):
    rng = np.random.default_rng(1)
    who = {"candidate": np.arange(100_000)}
    picks = {f"f{k}": rng.integers(0, 4, 100_000) for k in range(6)}
    names = np.array(["1", "2", "3", "4"])
    factors = xr.Dataset({name: xr.DataArray(names[pick], who) for name, pick in picks.items()})
    score = sum((k + 1) * pick for k, pick in enumerate(picks.values()))
    good = xr.DataArray((rng.random(100_000) < 1 / (1 + np.exp(4 - score / 8))) * 1.0, who)
    order = {name: names.tolist() for name in picks}
    grid = benchmark.pedantic(
        lambda: design_grid(factors, good, order=order, most_points=18, draws=100), rounds=1
    )
    assert abs(grid.points.sel(level="f5=4").item() - 18) <= 2


@pytest.mark.benchmark(group=INDEX)
def bench_index(benchmark):
    rng = np.random.default_rng(1)
    names = [f"v{k}" for k in range(25)]
    table = xr.DataArray(
        rng.normal(size=(200, 25)),
        {"country": [f"C{k:03}" for k in range(200)], "indicator": names},
    )
    kinds = ["opportunities", "income_and_tax", "prospects", "family", "quality_of_life"]
    dimension = {name: kinds[k % 5] for k, name in enumerate(names)}
    benchmark.pedantic(lambda: talent_attractiveness(table, dimension=dimension), rounds=2)
