# SPDX-License-Identifier: Apache-2.0
"""Degree of urbanisation on 5,000 by 5,000 cells: target 20 s and 2 GB in all.

The run is a process of its own, whose peak memory (the grid itself, 0.2 GB, within it) is
printed. Beside it the same rules by plain loops on a small part, for scale.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from keruen.measure.settlement_grid import degree_of_urbanisation
from settlement_loops import by_loops

SIDE = 5000
GROUP = "degree of urbanisation, 25 million cells: target under 20 s and 2 GB"
LOOPS = "degree of urbanisation, 10,000 cells: the rules by plain loops beside it"

PROGRAM = """
import json, resource, sys, time
import numpy as np, xarray as xr
sys.path[:0] = sys.argv[1:3]
from bench_urban import made_up
from keruen.measure.settlement_grid import degree_of_urbanisation
population = made_up(int(sys.argv[3]))
before = time.perf_counter()
found = degree_of_urbanisation(population)
seconds = time.perf_counter() - before
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"seconds": seconds, "peak_gb": peak, "centres": int(found.centre_people.size),
                  "people": float(found.people.sum()), "given": float(population.sum())}))
"""


def made_up(side: int) -> xr.DataArray:
    """A countryside of unequal villages with a city every 30,000 cells."""
    rng = np.random.default_rng(1)
    cells = rng.pareto(1.1, (side, side)) * 20
    for _ in range(side * side // 30_000):
        y, x = rng.integers(0, side - 20, 2)
        size = int(rng.integers(3, 20))
        cells[y : y + size, x : x + size] += rng.gamma(2, 1500, (size, size))
    return xr.DataArray(cells, dims=("y", "x"))


@pytest.mark.benchmark(group=GROUP)
def bench_degree_of_urbanisation(benchmark):
    def run() -> dict[str, float]:
        here = Path(__file__).parent
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(here), str(here.parent), str(SIDE)],
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout)

    found = benchmark.pedantic(run, rounds=1)
    print(f"\n{found['seconds']:.1f} s, {found['peak_gb']:.2f} GB, {found['centres']:,} centres")
    benchmark.extra_info.update(found)
    assert found["seconds"] < 20
    assert found["peak_gb"] < 2
    np.testing.assert_allclose(found["people"], found["given"])


@pytest.mark.benchmark(group=LOOPS)
def bench_hundred_by_hundred(benchmark):
    benchmark.pedantic(lambda: degree_of_urbanisation(made_up(100)), rounds=3)


@pytest.mark.benchmark(group=LOOPS)
def bench_hundred_by_hundred_by_loops(benchmark):
    cells = made_up(100)
    found = benchmark.pedantic(lambda: by_loops(cells.to_numpy()), rounds=1)
    assert (degree_of_urbanisation(cells).level2.to_numpy() == found).all()
