# SPDX-License-Identifier: Apache-2.0
"""Caseload, places and forecasts with many futures at once, beside one person at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.decide.refugees import (
    evaluate_forecasts,
    forecast_applications,
    plan_capacity,
    run_caseload,
)

QUEUE = "queue of 24 months, 2 stages, 10,000 futures in whole persons: target under 5 s"
SMALL = "queue of 24 months, 2,000 futures of 150 persons a month: ours beside persons in a list"
PLAN = "applications to officers and beds, 1,000 futures, 24 months: target under 2 s"
FORECAST = "forecast of 60 series, 3 ahead, 1,000 draws: target under 1 s"
RECORD = "all methods from 12 origins on 60 series: target under 10 s"


@cache
def coming(draws: int) -> xr.DataArray:
    values = np.random.default_rng(1).poisson(150, (draws, 24)).astype(float)
    return xr.DataArray(values, {"trajectory": range(draws), "month": range(1, 25)})


@cache
def past() -> xr.DataArray:
    rng = np.random.default_rng(2)
    z = 5 + np.cumsum(rng.normal(0, 0.4, (26, 60)), axis=0)
    label = {"year": range(2000, 2026), "destination": range(60)}
    return xr.DataArray(rng.poisson(np.exp(z)).astype(float), label)


def stages(first: float, second: float) -> xr.DataArray:
    return xr.DataArray([first, second], {"stage": ["first", "appeal"]})


@pytest.mark.benchmark(group=QUEUE)
def bench_queue(benchmark):
    backlog = xr.DataArray(np.full(36, 40.0), {"waited": range(36)})
    found = benchmark.pedantic(
        lambda: run_caseload(
            coming(10_000), officers=stages(18, 5), rate=10, recognition=0.4,
            appeal=stages(0.5, 0), withdrawal=0.01, backlog=backlog, seed=1,
        ),
        rounds=2,
    )  # fmt: skip
    assert found.imbalance() == 0


@pytest.mark.benchmark(group=SMALL)
def bench_many_futures(benchmark):
    found = benchmark(lambda: run_caseload(
        coming(2000), officers=14, rate=10, recognition=0.4, seed=1))  # fmt: skip
    assert found.imbalance() == 0


@pytest.mark.benchmark(group=SMALL)
def bench_many_futures_person_by_person(benchmark):
    def run():
        ends = []
        for future in coming(2000).to_numpy().astype(int).tolist():
            queue: list[int] = []
            waits = []
            for month, came in enumerate(future):
                queue += [month] * came
                for _ in range(min(140, len(queue))):
                    waits.append(month - queue.pop(0))  # noqa: PERF401
            ends.append(len(queue))
        return ends

    ours = run_caseload(coming(2000), officers=14, rate=10, recognition=0.4, seed=1)
    assert benchmark(run) == ours.end.isel(month=-1).values.ravel().tolist()


@pytest.mark.benchmark(group=PLAN)
def bench_plan(benchmark):
    plan = benchmark.pedantic(
        lambda: plan_capacity(
            coming(1000), officers=stages(18, 5), rate=10, recognition=0.4, housed=0.6,
            appeal=stages(0.5, 0), seed=1,
        ),
        rounds=3,
    )  # fmt: skip
    assert plan.places.item() > 0


@pytest.mark.benchmark(group=FORECAST)
@pytest.mark.parametrize("method", ["last_value", "negative_binomial", "elastic_net"])
def bench_forecast(benchmark, method):
    drawn = benchmark.pedantic(
        lambda: forecast_applications(past(), ahead=3, method=method, seed=1), rounds=3
    )
    assert drawn.sizes["trajectory"] == 1000


@pytest.mark.benchmark(group=RECORD)
def bench_record(benchmark):
    found = benchmark.pedantic(lambda: evaluate_forecasts(past(), ahead=3, seed=1), rounds=1)
    assert found.table["forecasts"].max() == 720
