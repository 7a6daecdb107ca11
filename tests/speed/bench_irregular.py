# SPDX-License-Identifier: Apache-2.0
"""Capture-recapture regression with its bootstrap, beside a plain loop over the samples.

The figure of the plan: 2,000 rows with 1,000 draws in at most 20 s. The peer is the
truncated Poisson of statsmodels, fitted to the rows of each sample by Newton's method.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.measure import irregular as ir

PEOPLE, DRAWS, PEER_DRAWS = 2000, 1000, 20


@cache
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times caught, sex and age of 2,000 people, every age in years."""
    rng = np.random.default_rng(1)
    sex, age = rng.integers(0, 2, 20_000), rng.integers(18, 70, 20_000)
    times = rng.poisson(np.exp(-1.2 + 0.4 * sex - 0.01 * (age - 40)))
    seen = np.flatnonzero(times)[:PEOPLE]
    return times[seen], sex[seen], age[seen]


@cache
def table() -> xr.DataArray:
    """The same people as a table."""
    import pandas as pd

    times, sex, age = rows()
    frame = pd.DataFrame({"captures": times, "sex": np.array(["F", "M"])[sex], "age": age})
    return ir.captures_table(frame, by=["sex", "age"])


@cache
def distinct() -> xr.DataArray:
    """2,000 people of whom no two are alike: nothing collapses."""
    times, _, _ = rows()
    score = np.linspace(-1, 1, PEOPLE)
    cells = np.zeros((PEOPLE, int(times.max())), dtype=np.int64)
    cells[np.arange(PEOPLE), times - 1] = 1
    return xr.DataArray(
        cells, coords={"score": score, "captures": np.arange(1, cells.shape[1] + 1)}
    )


def estimate(model: str, people: xr.DataArray, **options: object) -> ir.CaptureRecapture:
    return ir.capture_recapture(people, moment="", model=model, draws=DRAWS, **options)


POISSON = "Poisson, 2,000 people, sex and age, 1,000 draws: at most 20 s"
DISTINCT = "Poisson, 2,000 rows all different, 1,000 draws: at most 20 s"
INFLATED = "geometric, one-inflated, 2,000 people, 1,000 draws: at most 20 s"
BINOMIAL = "negative binomial, 2,000 people, 1,000 draws: at most 20 s"
RATIO = "ratio model, 1,400 cells, 500 draws of citizenships"


@pytest.mark.benchmark(group=POISSON)
def bench_poisson(benchmark):
    found = benchmark.pedantic(
        lambda: estimate("poisson", table(), covariates=["sex"], linear=["age"]), rounds=3
    )
    assert found.estimate.lower < found.estimate.value < found.estimate.upper


@pytest.mark.benchmark(group=POISSON)
def bench_poisson_statsmodels_20_draws_only(benchmark):
    counts = pytest.importorskip("statsmodels.discrete.truncated_model")
    times, sex, age = rows()
    design = np.column_stack([np.ones(PEOPLE), sex, age])
    rng = np.random.default_rng(1)

    def loop() -> list[float]:
        found = []
        for _ in range(PEER_DRAWS):
            pick = rng.integers(0, PEOPLE, PEOPLE)
            fit = counts.TruncatedLFPoisson(times[pick], design[pick]).fit(
                disp=0, method="newton", maxiter=100, start_params=[-1.0, 0.3, 0.0]
            )
            rate = np.exp(design[pick] @ fit.params)
            found.append(float((1 / -np.expm1(-rate)).sum()))
        return found

    assert np.isfinite(benchmark.pedantic(loop, rounds=1)).all()


@pytest.mark.benchmark(group=DISTINCT)
def bench_poisson_distinct(benchmark):
    benchmark.pedantic(lambda: estimate("poisson", distinct(), linear=["score"]), rounds=2)


@pytest.mark.benchmark(group=INFLATED)
def bench_one_inflated(benchmark):
    benchmark.pedantic(
        lambda: estimate("one_inflated_geometric", table(), covariates=["sex"], linear=["age"]),
        rounds=2,
    )


@pytest.mark.benchmark(group=BINOMIAL)
def bench_negative_binomial(benchmark):
    rng = np.random.default_rng(2)
    times = rng.poisson(rng.gamma(1.4, 0.6, 6000))
    cells = np.bincount(times)[1:]
    people = xr.DataArray(cells, coords={"captures": range(1, len(cells) + 1)})
    benchmark.pedantic(lambda: estimate("negative_binomial", people), rounds=2)


@pytest.mark.benchmark(group=RATIO)
def bench_ratio(benchmark):
    rng = np.random.default_rng(3)
    shape = (117, 2, 6)
    people = np.round(np.exp(rng.uniform(1, 11, shape)))
    found = rng.poisson(people * rng.gamma(0.5, 0.02, shape))
    caught = rng.poisson(people**0.75 * (0.005 + found / people) ** 0.6)
    coords = {
        "citizenship": [f"C{k:03}" for k in range(117)],
        "sex": ["F", "M"],
        "year": range(2019, 2025),
    }
    given = [xr.DataArray(one, coords=coords) for one in (caught, found, people)]
    model = benchmark.pedantic(
        lambda: ir.ratio_model(
            *given, moment="2019-2024", alpha=["year", "sex"], beta=["year"], total_by=["year"]
        ),
        rounds=1,
    )
    assert model.estimate.value.sizes["year"] == 6
