# SPDX-License-Identifier: Apache-2.0
"""All placebos of a 47-unit synthetic control, 30 years, beside a general solver (SLSQP)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import minimize

from keruen.decide.evaluate import regression_discontinuity, synthetic_control
from keruen.decide.evaluate._simplex import nearest_mix

UNITS, YEARS, BEFORE = 47, 30, 20


@cache
def panel() -> np.ndarray:
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(YEARS, 3)).cumsum(axis=0)
    mix = rng.dirichlet(np.ones(3), size=UNITS)
    paths: np.ndarray = factors @ mix.T + rng.normal(0, 0.5, (YEARS, UNITS)) + 50
    return paths


def others(unit: int) -> np.ndarray:
    return np.array([one for one in range(UNITS) if one != unit])


def by_hand() -> list[np.ndarray]:
    """Every unit as if treated, with the solver that textbooks use."""
    found = []
    for unit in range(UNITS):
        pool, target = panel()[:BEFORE, others(unit)], panel()[:BEFORE, unit]
        gram, pull = pool.T @ pool, pool.T @ target
        result = minimize(
            lambda w, gram=gram, pull=pull: 0.5 * w @ gram @ w - pull @ w,
            np.full(UNITS - 1, 1 / (UNITS - 1)),
            jac=lambda w, gram=gram, pull=pull: gram @ w - pull,
            bounds=[(0, 1)] * (UNITS - 1),
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            method="SLSQP",
            options={"maxiter": 1000, "ftol": 1e-12},
        )
        found.append(result.x)
    return found


def ours() -> list[np.ndarray]:
    return [
        nearest_mix(panel()[:BEFORE, others(unit)], panel()[:BEFORE, unit]) for unit in range(UNITS)
    ]


@pytest.mark.benchmark(group="weights of all placebos, 47 units: beside SLSQP")
def bench_weights(benchmark):
    """No worse a fit than the general solver."""
    found = benchmark(ours)
    for unit, (one, other) in enumerate(zip(found, by_hand(), strict=True)):
        pool, target = panel()[:BEFORE, others(unit)], panel()[:BEFORE, unit]
        least, theirs = (((target - pool @ w) ** 2).sum() for w in (one, other))
        assert least <= theirs * (1 + 1e-6)


@pytest.mark.benchmark(group="weights of all placebos, 47 units: beside SLSQP")
def bench_weights_by_slsqp(benchmark):
    benchmark.pedantic(by_hand, rounds=1)


@pytest.mark.benchmark(group="synthetic control of 47 units with all placebos: target 5 s")
def bench_synthetic_control(benchmark):
    """Placebos in space and time, leave one out, intervals of every year."""
    labels = {"year": np.arange(1990, 1990 + YEARS), "region": [f"R{n:02}" for n in range(UNITS)]}
    outcome = xr.DataArray(panel(), labels)
    found = benchmark.pedantic(synthetic_control, (outcome, "R00", 1990 + BEFORE), rounds=3)
    assert len(found.tables["placebos"]) == UNITS


@pytest.mark.benchmark(group="discontinuity with 100,000 cases")
def bench_discontinuity(benchmark):
    size = 100_000
    rng = np.random.default_rng(2)
    cases = {"case": np.arange(size)}
    x = xr.DataArray(rng.normal(size=size), cases)
    y = x + 2.0 * (x >= 0) + xr.DataArray(rng.normal(size=size), cases)
    found = benchmark.pedantic(regression_discontinuity, (y, x, 0.0), rounds=1)
    assert found.interval[0] < 2 < found.interval[1]
