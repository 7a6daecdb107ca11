# SPDX-License-Identifier: Apache-2.0
"""Two reports of each flow made one, for 30 countries and 20 years, beside a plain loop."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.measure.harmonise import harmonise_reports

YEARS, PLACES = 20, 30
GROUP = "two reports made one, 30 countries, 20 years: target under 1 s"


@cache
def reports() -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(1)
    flows = rng.lognormal(6, 1, (YEARS, PLACES, PLACES)) * (1 - np.eye(PLACES))
    came, sent = rng.uniform(0.5, 1.2, PLACES), rng.uniform(0.3, 1.1, PLACES)
    error = rng.lognormal(0, 0.1, (2, *flows.shape))
    codes = [f"P{k:02}" for k in range(PLACES)]
    coords = {"year": range(YEARS), "origin": codes, "destination": codes}
    departures = rng.poisson(flows * sent[:, None] * error[0]).astype(float)
    arrivals = rng.poisson(flows * came * error[1]).astype(float)
    return xr.DataArray(departures, coords), xr.DataArray(arrivals, coords)


def poulain_by_loop() -> np.ndarray:
    """Receivers' factors by the normal equations of Q, year by year and cell by cell."""
    departures, arrivals = (array.to_numpy() for array in reports())
    found = np.empty((YEARS, PLACES))
    for year in range(YEARS):
        normal = np.zeros((2 * PLACES, 2 * PLACES))
        for i in range(PLACES):
            for j in range(PLACES):
                E, R = departures[year, i, j], arrivals[year, i, j]
                if E > 0 and R > 0 and max(E, R) <= 10 * min(E, R):
                    row = {i: -E, PLACES + j: R}
                    for a, left in row.items():
                        for b, right in row.items():
                            normal[a, b] += left * right / (E + R)
        free = [k for k in range(2 * PLACES) if k != PLACES]
        solved = np.linalg.solve(normal[np.ix_(free, free)], -normal[free, PLACES])
        found[year] = np.insert(solved, PLACES, 1.0)[PLACES:]
    return found


@pytest.mark.benchmark(group=GROUP)
def bench_log_ratio(benchmark):
    found = benchmark(lambda: harmonise_reports(*reports(), reference="P00"))
    assert float(found.flows.isnull().mean()) == 0


@pytest.mark.benchmark(group=GROUP)
def bench_poulain(benchmark):
    found = benchmark(
        lambda: harmonise_reports(
            *reports(), reference="P00", method="poulain", max_residual=np.inf
        )
    )
    alpha = found.factors.sel(report="by_destination").transpose("year", "country")
    np.testing.assert_allclose(alpha, poulain_by_loop(), rtol=1e-8)


@pytest.mark.benchmark(group=GROUP)
def bench_poulain_factors_by_loop(benchmark):
    benchmark.pedantic(poulain_by_loop, rounds=3)
