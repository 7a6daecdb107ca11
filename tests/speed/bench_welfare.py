# SPDX-License-Identifier: Apache-2.0
"""A welfare ledger in 10,000 draws, beside a plain loop over draws."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.decide.uncertainty import sample_inputs
from keruen.decide.welfare import ASSUMPTIONS, Corridors, corridor_ledger
from keruen.report.welfare_given import given_for
from keruen.report.welfare_run import assumed
from keruen.sources.welfare_inputs import read_assumptions

DRAWS = 10_000
LOOPED = 50
LEDGER = "welfare ledger, 10,000 draws, 10 corridors of Kazakhstan: target under 5 s"
WIDE = "welfare ledger, 10,000 draws, all corridors of Germany: target under 5 s"


@cache
def inputs(country: str, draws: int) -> tuple[Corridors, xr.Dataset]:
    """Corridors of a country, and draws of every assumption."""
    corridors = given_for(country, "in").corridors
    assert corridors is not None
    parameters = read_assumptions(list(ASSUMPTIONS))
    return corridors, sample_inputs(assumed(parameters, "2026-06-30"), draws, seed=1)


def by_loop(country: str, draws: int) -> np.ndarray:
    """The same ledger, one draw after the other."""
    corridors, drawn = inputs(country, DRAWS)
    return np.stack([
        corridor_ledger(corridors, drawn.isel(trajectory=draw, drop=True)).table.total.values
        for draw in range(draws)
    ])  # fmt: skip


@pytest.mark.benchmark(group=LEDGER)
def bench_ledger(benchmark):
    found = benchmark.pedantic(lambda: corridor_ledger(*inputs("KAZ", DRAWS)), rounds=3)
    total = found.table.total.transpose("trajectory", "scenario", "party").to_numpy()
    np.testing.assert_allclose(total[:3], by_loop("KAZ", 3), rtol=1e-9)


@pytest.mark.benchmark(group=LEDGER)
def bench_ledger_loop_over_50_draws_of_10000(benchmark):
    benchmark.pedantic(lambda: by_loop("KAZ", LOOPED), rounds=1)


@pytest.mark.benchmark(group=WIDE)
def bench_ledger_of_many_corridors(benchmark):
    found = benchmark.pedantic(lambda: corridor_ledger(*inputs("DEU", DRAWS)), rounds=3)
    assert found.table.total.notnull().all()
