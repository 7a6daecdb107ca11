# SPDX-License-Identifier: Apache-2.0
"""Flows from stocks at the size of the world, each beside a plain loop of the same method.

The plain loops do what textbooks and the usual software do: proportional fitting sweep by
sweep, one birthplace after another. They stop at the same margin error.
"""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import xarray as xr

from flow_cases import world
from keruen.measure.flows import METHODS, flow_intervals, flows_from_net, flows_from_stocks
from keruen.sources.flow_inputs import FlowTables, flow_inputs

ONE = "one period, 230 areas, closed with births and deaths, margins to 1e-9: target 2 s, 1 GB"
ALL = "every method, both sexes, all periods 1990-2024: target 60 s on two cores"
NET = "net totals of 230 areas to flows"


def plain_scaling(table: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Rows and columns scaled in turn until every margin is within 1e-9."""
    while True:
        table = table * (columns / table.sum(axis=0))
        sums = table.sum(axis=1)
        if np.abs(sums / rows - 1).max() <= 1e-9:
            return table
        table = table * (rows / sums)[:, None]


def plain_account(
    start: np.ndarray, end: np.ndarray, births: np.ndarray, deaths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    gap = (births - deaths).sum() - (end.sum() - start.sum())
    start, end = start.copy(), end.copy()
    trace = np.trace(start), np.trace(end)
    for i in range(len(start)):
        start[i, i] *= (trace[0] - gap / 2) / trace[0]
        end[i, i] *= (trace[1] + gap / 2) / trace[1]
    start = start * (1 - deaths / start.sum(axis=0))
    for i in range(len(end)):
        end[i, i] -= births[i]
    target = (start.sum(axis=1) + end.sum(axis=1)) / 2
    return (
        plain_scaling(start, target, start.sum(axis=0)),
        plain_scaling(end, target, end.sum(axis=0)),
    )


def plain_birthplaces(start: np.ndarray, end: np.ndarray, *, keep_stayers: bool) -> np.ndarray:
    """Flows of one birthplace after another, by sweeps over a table of ones."""
    size = len(start)
    od = np.zeros((size, size))
    for k in range(size):
        stay = np.minimum(start[k], end[k]) if keep_stayers else np.zeros(size)
        rows, columns = start[k] - stay, end[k] - stay
        flows = np.ones((size, size))
        for _ in range(500):
            flows = (
                flows
                * np.divide(
                    rows, flows.sum(axis=1), out=np.zeros(size), where=flows.sum(axis=1) > 0
                )[:, None]
            )
            sums = flows.sum(axis=0)
            flows = flows * np.divide(columns, sums, out=np.zeros(size), where=sums > 0)
            if np.abs(flows.sum(axis=1) - rows).max() <= 1e-9 * max(rows.sum(), 1):
                break
        od += flows
    np.fill_diagonal(od, 0)
    return od


def arrays(period: str) -> tuple[np.ndarray, ...]:
    return tuple(array.to_numpy() for array in world(period))


@pytest.mark.benchmark(group=ONE)
def bench_closed(benchmark) -> None:
    stocks = world("2015_2020")
    estimate = benchmark.pedantic(
        lambda: flows_from_stocks(*stocks, method="closed"), rounds=5, warmup_rounds=1
    )
    assert estimate.diagnostics["margin_error"].item() <= 1e-9
    assert estimate.od().sum().item() == pytest.approx(55_513_415.6, abs=1)
    tracemalloc.start()
    flows_from_stocks(*stocks, method="closed").od()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e9
    assert benchmark.stats["max"] < 2


@pytest.mark.benchmark(group=ONE)
def bench_closed_plain_loop(benchmark) -> None:
    def run() -> np.ndarray:
        return plain_birthplaces(*plain_account(*arrays("2015_2020")), keep_stayers=True)

    od = benchmark.pedantic(run, rounds=1)
    ours = flows_from_stocks(*world("2015_2020"), method="closed").od().to_numpy()
    assert od.sum() == pytest.approx(ours.sum(), rel=1e-6)


def all_tables() -> FlowTables:
    return flow_inputs(by_sex=True)


def every_method(tables: FlowTables) -> dict[str, xr.DataArray]:
    return {
        method: flows_from_stocks(
            tables.stock_start,
            tables.stock_end,
            tables.births,
            tables.deaths,
            method=method,
            population=tables.population,
            outside="own_shares",
        ).od()
        for method in METHODS
    }


@pytest.mark.benchmark(group=ALL)
def bench_every_method(benchmark) -> None:
    flows = benchmark.pedantic(lambda: every_method(all_tables()), rounds=2)
    assert all(np.isfinite(od).all() for od in flows.values())
    assert benchmark.stats["max"] < 60


@pytest.mark.benchmark(group=ALL)
def bench_every_method_plain_loop_closed_and_independence_only(benchmark) -> None:
    """The plain loop of two of the eight methods, table after table."""
    tables = all_tables()
    filled = flows_from_stocks(
        tables.stock_start,
        tables.stock_end,
        method="difference_zero",
        population=tables.population,
    )
    start, end = filled.start, filled.end

    def run() -> float:
        moved = 0.0
        for year in tables.births.indexes["year"]:
            for sex in ("F", "M"):
                cell = {"year": year, "sex": sex}
                people = tables.population_start.sel(cell) > 0
                places = people["country"][people]
                part = {"birthplace": places.to_numpy(), "country": places.to_numpy()}
                account = plain_account(
                    start.sel(cell).sel(part).to_numpy(),
                    end.sel(cell).sel(part).to_numpy(),
                    tables.births.sel(cell).sel(country=places).to_numpy(),
                    tables.deaths.sel(cell).sel(country=places).to_numpy(),
                )
                moved += plain_birthplaces(*account, keep_stayers=True).sum()
                moved += plain_birthplaces(*account, keep_stayers=False).sum()
        return moved

    moved = benchmark.pedantic(run, rounds=1)
    flows = every_method(tables)
    assert moved == pytest.approx(
        flows["closed"].sum().item() + flows["independence"].sum().item(), rel=1e-5
    )


@pytest.mark.benchmark(group="500 draws of one period, 230 areas, pseudo-Bayes")
def bench_intervals(benchmark) -> None:
    result = benchmark.pedantic(
        lambda: flow_intervals(*world("2020_2024"), seed=1, draws=500), rounds=1
    )
    assert result.draws == 500


def net_case() -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(1)
    places = [f"P{number:03d}" for number in range(230)]
    seed = rng.lognormal(5, 3, (230, 230))
    np.fill_diagonal(seed, 0)
    net = rng.normal(size=230) * 1e4
    return (
        xr.DataArray(net - net.mean(), coords={"country": places}),
        xr.DataArray(seed, coords={"origin": places, "destination": places}),
    )


@pytest.mark.benchmark(group=NET)
def bench_net_entropy(benchmark) -> None:
    net, seed = net_case()
    result = benchmark.pedantic(lambda: flows_from_net(net, seed), rounds=3, warmup_rounds=1)
    assert result.margin_error.item() <= 1e-9


@pytest.mark.benchmark(group=NET)
def bench_net_one_place_at_a_time(benchmark) -> None:
    net, seed = net_case()
    result = benchmark.pedantic(lambda: flows_from_net(net, seed, method="ipf"), rounds=1)
    wanted = flows_from_net(net, seed).flows
    assert result.flows.values == pytest.approx(wanted.values, rel=1e-4, abs=1e-3)
