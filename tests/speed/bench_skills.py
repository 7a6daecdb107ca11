# SPDX-License-Identifier: Apache-2.0
"""Occupation tables fitted to margins, beside the textbook's sweeps; openings of every region."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.project import skills

OCCUPATIONS, DIVISIONS, REGIONS, LEVELS = 436, 88, 20, 4
DIMS = ("region", "sector", "occupation", "education")
KNOWN = (
    ("region", "sector"),
    ("sector", "occupation"),
    ("region", "occupation"),
    ("occupation", "education"),
    ("region", "education"),
)


@cache
def tables() -> tuple[xr.DataArray, tuple[xr.DataArray, ...]]:
    """A seed with 35% of its cells possible, and margins of another table with its zeros."""
    rng = np.random.default_rng(1)
    possible = rng.random((1, DIVISIONS, OCCUPATIONS, 1)) < 0.35
    truth = rng.gamma(0.6, size=(REGIONS, DIVISIONS, OCCUPATIONS, 1)) * possible
    truth = 1000.0 * truth * rng.gamma(2.0, size=(REGIONS, 1, OCCUPATIONS, LEVELS))
    seed = np.broadcast_to(
        possible * rng.gamma(2.0, size=(1, DIVISIONS, OCCUPATIONS, 1)), truth.shape
    )
    sizes = zip(DIMS, truth.shape, strict=True)
    cells = {dim: np.arange(size) for dim, size in sizes}
    known = xr.DataArray(truth, cells, DIMS)
    margins = tuple(known.sum([d for d in DIMS if d not in keep]) for keep in KNOWN)
    return xr.DataArray(seed.copy(), cells, DIMS), margins


def sweeps() -> np.ndarray:
    """Proportional fitting as it is written in textbooks."""
    seed, margins = tables()
    table = seed
    for _ in range(500):
        for margin in margins:
            over = [dim for dim in DIMS if dim not in margin.dims]
            sums = table.sum(over)
            table = table * (margin / sums.where(sums > 0)).fillna(0.0)
        off = [
            float((abs(table.sum([d for d in DIMS if d not in m.dims]) - m) / m.where(m > 0)).max())
            for m in margins
        ]
        if max(off) <= 1e-9:
            break
    return table.transpose(*DIMS).to_numpy()


FIT = "436 occupations x 88 divisions x 20 regions x 4 levels, 5 margins: target under 5 s"
CHAIN = "employment, effects and openings, 436 occupations x 20 regions x 15 years"


@pytest.mark.benchmark(group=FIT)
def bench_fit(benchmark):
    seed, margins = tables()
    fit = benchmark.pedantic(lambda: skills.fit_margins(seed, margins), rounds=3)
    assert fit.margin_error <= 1e-9
    np.testing.assert_allclose(fit.flows.transpose(*DIMS), sweeps(), rtol=1e-5, atol=1e-6)


@pytest.mark.benchmark(group=FIT)
def bench_fit_sweeps(benchmark):
    benchmark.pedantic(sweeps, rounds=1)


@pytest.mark.benchmark(group=CHAIN)
def bench_chain(benchmark):
    rng = np.random.default_rng(2)
    years = list(range(2025, 2040))
    jobs = xr.DataArray(
        rng.gamma(2.0, 1e4, (len(years), REGIONS, DIVISIONS)),
        {"year": years, "region": np.arange(REGIONS), "sector": np.arange(DIVISIONS)},
    )
    matrix = tables()[0].sum(["region", "education"])
    rate = xr.DataArray(
        rng.uniform(0.01, 0.08, OCCUPATIONS), {"occupation": np.arange(OCCUPATIONS)}
    )

    def chain() -> xr.DataArray:
        shares = skills.occupation_shares(matrix)
        found = skills.occupation_employment(jobs, shares, base_year=2025)
        return skills.net_openings(found.employment, outflow_rate=rate).openings

    openings = benchmark.pedantic(chain, rounds=3)
    assert float(openings.min()) >= 0.0
