# SPDX-License-Identifier: Apache-2.0
"""How long model age schedules take to fit, beside a plain loop of the same model.

The loop is what one would write without Keruen: ``scipy.optimize.least_squares`` on Poisson
deviance residuals of all thirteen parameters, from one good start, schedule by schedule.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import least_squares

from keruen.measure._rogers_castro import BOUNDS, PARAMETERS
from keruen.measure.schedules import fit_rogers_castro, rogers_castro_schedule

AGES = np.arange(91)
PAIR = "13 parameters, 100 schedules: fit of all at once beside a loop over scipy"
CHILD = {"a1": 0.06, "alpha1": 0.1}
LABOUR = {"a2": 0.14, "alpha2": 0.1, "mu2": 21.0, "lambda2": 0.4}
RETIREMENT = {"a3": 0.02, "alpha3": 0.3, "mu3": 65.0, "lambda3": 0.5}
MEAN = CHILD | LABOUR | RETIREMENT | {"a4": 0.001, "lambda4": 0.025, "c": 0.01}


@cache
def practice(n: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Counts of n regions of 270,000 people, each with a schedule of its own."""
    rng = np.random.default_rng(20250101)
    labels = [f"R{k:04d}" for k in range(n)]
    parameters = xr.DataArray(
        [np.clip(v * rng.uniform(0.8, 1.2, n), *BOUNDS.get(k, (0, 1))) for k, v in MEAN.items()],
        coords={"parameter": list(MEAN), "region": labels},
        dims=["parameter", "region"],
    )
    rates = rogers_castro_schedule(AGES, parameters).drop_attrs()
    people = xr.full_like(rates, 3_000)
    return rates.copy(data=rng.poisson(people * rates).astype(float)), people


def curve(values: np.ndarray) -> np.ndarray:
    p = dict(zip(PARAMETERS, values, strict=True))
    u, v = AGES - p["mu2"], AGES - p["mu3"]
    return (
        p["a1"] * np.exp(-p["alpha1"] * AGES)
        + p["a2"] * np.exp(-p["alpha2"] * u - np.exp(-p["lambda2"] * u))
        + p["a3"] * np.exp(-p["alpha3"] * v - np.exp(-p["lambda3"] * v))
        + p["a4"] * np.exp(p["lambda4"] * AGES)
        + p["c"]
    )


def loop(moved: xr.DataArray, people: xr.DataArray) -> np.ndarray:
    """Deviances of a plain loop, one schedule after the other."""
    start = np.array([MEAN[name] for name in PARAMETERS])
    limits = np.array([BOUNDS.get(name, (1e-9, 1.0)) for name in PARAMETERS]).T
    found = []
    for y, population in zip(moved.values, people.values, strict=True):

        def residuals(
            values: np.ndarray, y: np.ndarray = y, population: np.ndarray = population
        ) -> np.ndarray:
            mu = population * curve(values)
            log = np.log(np.maximum(y, 1) / mu)
            return np.sign(y - mu) * np.sqrt(
                2 * np.maximum(np.where(y > 0, y * log, 0) - y + mu, 0)
            )

        result = least_squares(residuals, start, bounds=limits, x_scale=start)
        found.append(2 * result.cost)
    return np.array(found)


@pytest.mark.benchmark(group="13 parameters, one schedule: target under 1 s")
def bench_one_schedule(benchmark):
    moved, people = (a.isel(region=0) for a in practice(100))
    fit = benchmark(fit_rogers_castro, moved, people, components=13)
    assert fit.deviance < 130


@pytest.mark.benchmark(group=PAIR)
def bench_100_at_once(benchmark):
    fit = benchmark.pedantic(
        fit_rogers_castro, practice(100), {"components": 13}, rounds=2, warmup_rounds=1
    )
    assert (fit.deviance < 150).all()


@pytest.mark.benchmark(group=PAIR)
def bench_100_by_a_plain_loop(benchmark):
    moved, people = practice(100)
    found = benchmark.pedantic(loop, (moved, people), rounds=1)
    ours = fit_rogers_castro(moved, people, components=13).deviance.values
    better, worse = int((ours < found - 0.01).sum()), int((ours > found + 0.01).sum())
    print(f"\nof 100 fits, Keruen's is nearer than the loop's in {better}, farther in {worse}")
    assert worse <= better


@pytest.mark.benchmark(group="13 parameters, 1,000 schedules: target under 120 s on two cores")
def bench_1000_schedules(benchmark):
    fit = benchmark.pedantic(fit_rogers_castro, practice(1000), {"components": 13}, rounds=1)
    assert fit.parameters.sizes["region"] == 1000
