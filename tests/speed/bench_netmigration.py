# SPDX-License-Identifier: Apache-2.0
"""The net migration model of the world, beside a plain loop over countries.

The loop is the sampler as the paper writes it: the same conditionals, one country and one
chain after the other.
"""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.project import _gibbs
from keruen.project.balance import balance_world
from keruen.project.flows import project_flows
from keruen.project.netmigration import (
    NetMigrationModel,
    cumulative_limits,
    fit_net_migration,
    project_net_migration,
)
from project.worlddata import GULF, annual_rates, five_year_flows

FLOOR = _gibbs.FLOOR
SWEEPS, CHAINS = 100, 4

WHOLE = "Gibbs sampler, 200 countries, 4 chains of 12,000 sweeps: target under 10 s"
PART = f"Gibbs sampler, 200 countries, {CHAINS} chains of {SWEEPS} sweeps, and a plain loop"
PATHS = "paths of 200 countries, 1,000 trajectories, 77 years, inside limits"
BALANCE = "balancing one year of 200 countries, 1,000 trajectories, 2 sexes, 21 ages"
FLOWS = "flows between 198 countries, one period, 1,000 trajectories"


@cache
def values() -> np.ndarray:
    return annual_rates().transpose("country", "year").to_numpy()


@cache
def model() -> NetMigrationModel:
    return fit_net_migration(annual_rates(), seed=1)


def sampler_by_loop(rates: np.ndarray, sweeps: int, seed: int) -> np.ndarray:
    """The sampler of the textbook, one chain, a country at a time; draws of every mean."""
    from scipy.special import gammainc, gammaincinv, gammaln, ndtr, ndtri

    rng = np.random.default_rng(seed)
    count, edge = len(rates), 0.1
    mu, phi = rates.mean(axis=1), np.full(count, 0.5)
    variance = rates.var(axis=1) + FLOOR**2
    lam, tau, a, b = 0.0, edge / 2, 1.01, 1e-6
    kept = np.empty((sweeps, count))
    for sweep in range(sweeps):
        for c in range(count):
            y, z = rates[c, 1:], rates[c, :-1]
            n, pull = len(y), 1.0 - phi[c]
            precision = n * pull**2 / variance[c] + 1.0 / tau**2
            mean = (pull / variance[c] * (y - phi[c] * z).sum() + lam / tau**2) / precision
            mu[c] = mean + rng.standard_normal() / np.sqrt(precision)
            squares = ((z - mu[c]) ** 2).sum()
            mean = ((z - mu[c]) * (y - mu[c])).sum() / squares
            sd = np.sqrt(variance[c] / squares)
            low, high = ndtr(-mean / sd), ndtr((1.0 - mean) / sd)
            level = low + (high - low) * rng.random()
            phi[c] = min(max(mean + sd * ndtri(min(max(level, 1e-300), 1 - 1e-16)), 0.0), 1.0)
            rest = (((y - mu[c]) - phi[c] * (z - mu[c])) ** 2).sum()
            draw = rng.standard_gamma(a + n / 2.0)
            variance[c] = max((b + rest / 2.0) / draw, FLOOR**2)
        sd = tau / np.sqrt(count)
        low, high = ndtr((-edge - mu.mean()) / sd), ndtr((edge - mu.mean()) / sd)
        lam = mu.mean() + sd * ndtri(low + (high - low) * rng.random())
        half = ((mu - lam) ** 2).sum() / 2.0
        tau = min(np.sqrt(half / rng.standard_gamma((count - 1) / 2.0)), edge)
        logs, inverses = np.log(variance).sum(), (1.0 / variance).sum()

        def density(walk: float, logs: float = logs, inverses: float = inverses) -> float:
            shape = 1.0 + np.exp(walk)
            if shape >= 10.0:
                return -np.inf
            total = count * shape + 1.0
            reach = np.log(gammainc(total, inverses * (shape - 1.0) * edge))
            free = gammaln(total) - count * gammaln(shape)
            return free - shape * logs - total * np.log(inverses) + reach

        walk = np.log(a - 1.0)
        proposed = walk + 0.3 * rng.standard_normal()
        if np.log(rng.random()) < density(proposed) - density(walk):
            a = 1.0 + np.exp(proposed)
        shape = count * a + 1.0
        level = gammainc(shape, inverses * (a - 1.0) * edge) * rng.random()
        b = gammaincinv(shape, level) / inverses
        kept[sweep] = mu
    return kept


def by_sampler() -> _gibbs.Draws:
    return _gibbs.sample(
        _gibbs.pairs_of(values(), 5),
        edge=0.1,
        sweeps=SWEEPS,
        burn_in=0,
        chains=CHAINS,
        kept=SWEEPS,
        student=False,
        fixed={},
        rng=np.random.default_rng(1),
    )


@pytest.mark.benchmark(group=WHOLE)
def bench_gibbs(benchmark):
    clock = time.process_time()
    fitted = benchmark.pedantic(lambda: fit_net_migration(annual_rates(), seed=1), rounds=2)
    clock = (time.process_time() - clock) / 2
    largest, least = fitted.diagnostics.r_hat.max(), fitted.diagnostics.effective_sample.min()
    print(f"\nGibbs sampler: {clock:.1f} s of the processor; largest split R-hat {largest:.4f},")
    print(f"smallest effective sample {least:,.0f}")
    assert (fitted.diagnostics.r_hat <= 1.05).all()
    assert (fitted.diagnostics.effective_sample >= 400).all()


@pytest.mark.benchmark(group=PART)
def bench_hundred_sweeps(benchmark):
    benchmark(by_sampler)


@pytest.mark.benchmark(group=PART)
def bench_hundred_sweeps_by_loop(benchmark):
    clock = time.process_time()
    chains = benchmark.pedantic(
        lambda: [sampler_by_loop(values(), SWEEPS, seed) for seed in range(CHAINS)], rounds=2
    )
    clock = (time.process_time() - clock) / 2 * 12_000 / SWEEPS
    print(f"\nby a plain loop 12,000 sweeps would take {clock:,.0f} s of the processor")
    means = np.concatenate([chain[20:] for chain in chains]).mean(axis=0)
    ours, spread = model().mean.mean("trajectory"), model().mean.std("trajectory")
    # 320 draws that resemble their neighbours: most means within half a standard deviation
    assert np.median(np.abs(means - ours.to_numpy()) / spread.to_numpy()) < 0.5


@pytest.mark.benchmark(group=PATHS)
def bench_paths(benchmark):
    limits = cumulative_limits(annual_rates(), special=GULF)
    model()
    benchmark.pedantic(
        lambda: project_net_migration(model(), annual_rates(), periods=77, limits=limits, seed=1),
        rounds=3,
    )


@pytest.mark.benchmark(group=BALANCE)
def bench_balance(benchmark):
    rng = np.random.default_rng(1)
    cells = {"trajectory": range(1000), "country": range(200), "sex": ["F", "M"], "age": range(21)}
    shape = [len(labels) for labels in cells.values()]
    net = xr.DataArray(rng.normal(0, 1e3, shape), coords=cells)
    people = xr.DataArray(np.full(200, 1e5), coords={"country": cells["country"]})
    found = benchmark.pedantic(lambda: balance_world(net, people), rounds=2)
    assert (found.migration.sum("country") == 0.0).all()


@pytest.mark.benchmark(group=FLOWS)
def bench_flows(benchmark):
    flows, sizes = five_year_flows()
    past = flows.isel(year=slice(0, -1))
    found = benchmark.pedantic(lambda: project_flows(past, sizes, periods=1, seed=1), rounds=2)
    assert float(abs(found.net.sum("country")).max()) < 1e-3
