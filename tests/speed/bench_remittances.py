# SPDX-License-Identifier: Apache-2.0
"""The full matrix of remittances, 237 by 237, beside a plain loop over corridors."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.measure.remittances import bilateral_remittances

PLACES = 237
YEARS = 24


@cache
def world() -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Migrants, totals and incomes of as many places as the world has."""
    rng = np.random.default_rng(1)
    codes = [f"C{k:03}" for k in range(PLACES)]
    people = np.floor(rng.pareto(0.7, (PLACES, PLACES)) * 50) * (1 - np.eye(PLACES))
    stock = xr.DataArray(people, coords={"origin": codes, "destination": codes})
    total = xr.DataArray(rng.pareto(1, PLACES) * 500, coords={"country": codes})
    income = xr.DataArray(np.exp(rng.uniform(6, 11, PLACES)), coords={"country": codes})
    return stock, total, income


def by_loop() -> np.ndarray:
    """The textbook's formula, one corridor after the other: amounts by receiver and sender."""
    people, total, income = (array.to_numpy().tolist() for array in world())
    amount = np.zeros((PLACES, PLACES))
    for i in range(PLACES):
        weights = []
        for j in range(PLACES):
            gap = income[j] - income[i]
            r = income[i] + gap**0.75 if gap >= 0 else income[i]
            weights.append(people[i][j] * r)
        whole = sum(weights)
        for j in range(PLACES):
            amount[i, j] = total[i] * weights[j] / whole if whole else 0.0
    return amount


MATRIX = "remittances, 237 by 237: target under 1 s"
SERIES = "remittances, 24 years of 237 by 237"


@pytest.mark.benchmark(group=MATRIX)
def bench_matrix(benchmark):
    found = benchmark(lambda: bilateral_remittances(*world()))
    amount = found.amount.transpose("receiver", "sender").to_numpy()
    np.testing.assert_allclose(amount, by_loop(), rtol=1e-9)


@pytest.mark.benchmark(group=MATRIX)
def bench_matrix_loop(benchmark):
    benchmark.pedantic(by_loop, rounds=3)


@pytest.mark.benchmark(group=SERIES)
def bench_years(benchmark):
    stock, total, income = world()
    years = xr.DataArray(np.linspace(1, 2, YEARS), coords={"year": np.arange(2000, 2000 + YEARS)})
    found = benchmark.pedantic(
        lambda: bilateral_remittances(stock, total * years, income), rounds=3
    )
    np.testing.assert_allclose(
        found.amount.isel(year=-1), 2 * found.amount.isel(year=0), rtol=1e-12
    )
