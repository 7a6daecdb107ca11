# SPDX-License-Identifier: Apache-2.0
"""Draws, shares of variance, robust choice: each with many futures at once."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.decide.uncertainty import (
    Uncertain,
    discover_failures,
    robustness,
    sample_inputs,
    sobol_indices,
)

INPUTS = [
    Uncertain(name, "uniform", {"low": -np.pi, "high": np.pi}, "radians")
    for name in ("x1", "x2", "x3")
]
MANY = [Uncertain(f"x{k}", "pert", {"low": 0, "mode": 1, "high": 4}, "persons") for k in range(10)]
SAMPLING = "100,000 draws of ten inputs: target under 1 s"
SHARES = "Sobol indices of 3 inputs, 40,960 runs: target under 1 s"
CHOICE = "20 options in 100,000 futures: target under 1 s"
DISCOVERY = "conditions of failure in 100,000 futures of ten inputs: target under 5 s"


def ishigami(x):
    return np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * np.sin(x["x1"])


@pytest.mark.benchmark(group=SAMPLING)
def bench_sampling(benchmark):
    drawn = benchmark(lambda: sample_inputs(MANY, 100_000, seed=1))
    assert abs(drawn["x3"].mean().item() - 4 / 3) < 0.01


@pytest.mark.benchmark(group=SHARES)
def bench_shares(benchmark):
    found = benchmark(lambda: sobol_indices(ishigami, INPUTS, size=2**13, seed=1))
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.005)


@pytest.mark.benchmark(group=SHARES)
def bench_shares_by_salib_alone(benchmark):
    """The peer on bare arrays: what labels, units and quantile functions cost beside it."""
    from SALib.analyze import sobol
    from SALib.sample import sobol as sampling

    names = ["x1", "x2", "x3"]
    problem = {"num_vars": 3, "names": names, "bounds": [[-np.pi, np.pi]] * 3}

    def run():
        points = sampling.sample(problem, 2**13, calc_second_order=False, seed=1)
        values = ishigami(dict(zip(names, points.T, strict=True)))
        return sobol.analyze(problem, values, False, num_resamples=200, seed=1)

    np.testing.assert_allclose(benchmark(run)["ST"], [0.5576, 0.4424, 0.2437], atol=0.005)


@pytest.mark.benchmark(group=CHOICE)
def bench_choice(benchmark):
    values = np.random.default_rng(1).normal(size=(20, 100_000))
    outcome = xr.DataArray(values, {"scenario": range(20), "trajectory": range(100_000)})
    found = benchmark(lambda: robustness(outcome, satisfied=outcome > -1))
    assert found.satisfied.mean().item() == pytest.approx(0.8413, abs=0.002)


@pytest.mark.benchmark(group=DISCOVERY)
def bench_discovery(benchmark):
    drawn = sample_inputs(MANY, 100_000, seed=1)
    failed = (drawn["x0"] > 2) & (drawn["x1"] > 1.5)
    found = benchmark.pedantic(lambda: discover_failures(drawn, failed, seed=1), rounds=2)
    assert found.rules["density"].iloc[0] > 0.98
