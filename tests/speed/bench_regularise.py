# SPDX-License-Identifier: Apache-2.0
"""Regularisation and permits over many draws, beside a loop over draws in plain Python."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.decide.permits import Market, calibrate_beta, price_curve
from keruen.decide.regularise import (
    Context,
    Economy,
    Fee,
    Programme,
    StatusRates,
    TakeUp,
    regularise,
    triple_win,
)

PROGRAMME = "programme, 10,000 draws, 40 groups, 10 years: target under 5 s"
SMALL = "programme, 500 draws, one group, 10 years: ours beside a loop over draws"
CURVE = "price curve, 10,000 draws, 61 prices: target under 1 s"
YEARS = 10
LAW = Programme(
    date(2027, 1, 1), date(2028, 1, 1), 2,
    [Fee(date(2027, 1, 1), 100.0), Fee(date(2027, 7, 1), 200.0)], employer_needed=True,
)  # fmt: skip
RATES = StatusRates(0.85, 0.9, 0.1, to_long=0.2, lapsed_left=0.3, irregular_left=0.1,
                    short_left=0.05, long_left=0.02)  # fmt: skip
ECONOMY = Economy(1000, 0.1, 0.7, 0.3, worker_rate=0.15, admin_cost=60, public_cost=300,
                  discount_rate=0.04)  # fmt: skip


def over(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, coords={"trajectory": range(len(values))})


@cache
def given(draws: int, groups: int) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(1)
    stock = xr.DataArray(
        rng.lognormal(8, 0.4, (draws, groups)),
        coords={"trajectory": range(draws), "sector": [f"s{n}" for n in range(groups)]},
    )
    return stock, over(rng.uniform(-1.5, 0.5, draws)), over(rng.uniform(0.49, 0.7, draws))


def run(draws: int, groups: int):
    stock, base, new = given(draws, groups)
    return regularise(
        stock, LAW, take_up=TakeUp(base, fee=-0.5, window=0.05), rates=RATES,
        economy=replace(ECONOMY, new_revenue=new),
        context=Context(0.9, employer=0.7, new_irregular=2000), years=YEARS,
    )  # fmt: skip


@pytest.mark.benchmark(group=PROGRAMME)
def bench_programme(benchmark):
    found = benchmark.pedantic(lambda: run(10_000, 40), rounds=2)
    assert len(triple_win(found)) == 4
    assert (found.people.sum("status").diff("year") == 2000).all()


@pytest.mark.benchmark(group=SMALL)
def bench_small(benchmark):
    found = benchmark(lambda: run(500, 1))
    alone = np.mean([one_by_one(place) for place in range(50)])
    # Persons are split in whole numbers here and are not there.
    assert float(found.value[:50].mean()) == pytest.approx(alone, rel=0.01)


@pytest.mark.benchmark(group=SMALL)
def bench_small_loop(benchmark):
    benchmark(lambda: [one_by_one(place) for place in range(500)])


def one_by_one(place: int) -> float:
    """The same present value for one draw, in numbers alone."""
    stock, base, new = (array.to_numpy()[place] for array in given(500, 1))
    days = [(date(2027, 7, 1) - LAW.opens).days, (LAW.closes - date(2027, 7, 1)).days]
    first, last = (sum(days[:n]) / (365.25 / 12) for n in (1, 2))

    def share(fee: float, months: float) -> float:
        return 1 / (1 + math.exp(-(base - 0.5 * fee / 1000 + 0.05 * months)))

    early = share(100, first)
    late = (1 - early) * (share(200, last) - share(200, first)) / (1 - share(200, first))
    people = stock[0] * 0.7 * (early + late) * 0.9
    fee = (100 * early + 200 * late) / (early + late)
    revenue = (0.7 * 1060 - 100) * 0.3 * 12 * new
    each = revenue + fee / 2 - 60 / 2 - 300
    short, long, total = people, 0.0, 0.0
    renewed = 0.85 * 0.9 + 0.15 * 0.1
    for year in range(YEARS):
        total += (short + long) * each / 1.04**year
        long *= 0.98
        short *= 0.95
        if (year + 1) % 2 == 0:
            long, short = long + short * renewed * 0.2, short * renewed * 0.8
    return total


@pytest.mark.benchmark(group=CURVE)
def bench_curve(benchmark):
    rng = random.Random(1)
    workers = over(np.array([rng.uniform(620e3, 780e3) for _ in range(10_000)]))
    market = Market(workers, 44e3, 40e3, paperwork=1500, detection=0.05, sanction=1e5)
    prices = [float(one) for one in np.linspace(0, 24_000, 61)]

    def work():
        beta = calibrate_beta(market, price=5350, in_force=500e3)
        return price_curve(market, prices, beta=beta)

    assert (benchmark(work).revenue_peak > 0).all()
