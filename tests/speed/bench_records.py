# SPDX-License-Identifier: Apache-2.0
"""Border crossings: the sweep alone, files to tables, and the same in plain SQL and pandas.

Rows a second by the clock and for each second of processor time stand in the column of extra
information: ``--benchmark-json`` has them, and they are printed at the end of each case. The
second kind says more on a machine that others use too.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.measure._rule import DAY, EVENT, MIDPOINT, NEVER, Rule
from keruen.measure._sweep import blank, sweep
from keruen.measure.residence import RULES
from keruen.report.record_options import RecordOptions
from keruen.report.record_release import write_records
from keruen.report.record_run import crossings_run
from records_cases import day, journeys, store, window_answers

V, W = RULES["12/16"]
UNTIL = 1500


@cache
def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="keruen-bench-"))


@cache
def files(parts: int) -> list[Path]:
    """Shuffled Parquet files of 1.1 million crossings each, of as many other persons."""
    frame = journeys(210_000, seed=1, long=0.03).drop(columns="checkpoint")
    frame["citizenship"] = np.random.default_rng(1).choice(["KAZ", "UZB", "KGZ", "CHN"], len(frame))
    made = []
    for part in range(parts):
        frame["person_id"] += 1_000_000
        frame["crossing_id"] += 10_000_000
        made.append(store(frame, folder() / f"{parts}-{part}.parquet"))
    return made


class Cost:
    """A function that remembers the least processor time of its calls."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function, self.least = function, float("inf")

    def __call__(self, *arguments: object) -> object:
        start = time.process_time()
        found = self.function(*arguments)
        self.least = min(self.least, time.process_time() - start)
        return found


def told(benchmark, cost: Cost, rows: int) -> None:
    speed, work = rows / benchmark.stats.stats.min, rows / cost.least
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    benchmark.extra_info |= {
        "rows": rows,
        "rows a second": round(speed),
        "rows a second of processor time": round(work),
    }
    print(
        f"\n{rows:,} rows: {speed / 1e6:.2f} million a second, "
        f"{work / 1e6:.2f} million a second of processor time; peak so far {peak:.2f} GB"
    )


@pytest.mark.benchmark(group="the sweep alone, one core: target over 30 million rows a second")
def bench_sweep(benchmark):
    frame = journeys(800_000, seed=2, long=0.03).sort_values(["person_id", "event_time"])
    starts = np.flatnonzero(np.r_[True, np.diff(frame["person_id"]) != 0, True])
    moment = frame["event_time"].to_numpy().astype("datetime64[us]").astype(np.int64)
    side = frame["direction"].to_numpy()
    until = (day(UNTIL) - day(0)).days + int(moment.min() // DAY)
    rule = Rule(V, W, 0, -NEVER, until, 240 * 60_000_000, MIDPOINT, 0, 0, 1, 0, 0, 0)
    room = np.zeros(1000, EVENT)

    def fresh():
        return (starts, moment, side, rule, room, blank(len(moment))), {}

    cost = Cost(sweep)
    benchmark.pedantic(cost, setup=fresh, rounds=20, warmup_rounds=1)
    told(benchmark, cost, len(moment))


FILES = "Parquet to finished tables, two cores: target over 2.5 million rows a second, 3 GB"


@pytest.fixture
def two_cores():
    """No more than two processors, where the system can say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_of_them)[:2])
    yield
    os.sched_setaffinity(0, all_of_them)


def tables(paths: tuple[Path, ...]) -> int:
    """Flows, stocks, account, reasons, summary and manifest in a folder; rows read."""
    options = RecordOptions(
        files=paths, by="month,citizenship,sex", observed_until=day(UNTIL), memory="2.5GB"
    )
    with crossings_run(options) as run:
        write_records(run, folder() / "out")
        return int(run.summary["rows"]["read"])


@pytest.mark.benchmark(group=FILES)
@pytest.mark.usefixtures("two_cores")
def bench_files(benchmark):
    cost = Cost(tables)
    rows = benchmark.pedantic(cost, (tuple(files(9)),), rounds=3, warmup_rounds=1)
    assert rows > 10_000_000
    told(benchmark, cost, rows)


@pytest.mark.benchmark(group=FILES)
@pytest.mark.usefixtures("two_cores")
def bench_files_as_sql_windows(benchmark):
    (path,) = files(1)
    cost = Cost(lambda: window_answers(f"'{path}'", V=V, W=W, until=day(UNTIL)).fetchnumpy())
    made = benchmark.pedantic(cost, rounds=3)
    told(benchmark, cost, len(made["crossing_id"]))


def one_person(rows: pd.DataFrame) -> np.ndarray:
    """Answers of one person with arrays, leaving out what is not yet known."""
    days, side = rows["day"].to_numpy(), rows["direction"].to_numpy()
    spell = np.where(side[:-1] == 1, np.diff(days), 0)
    inside = np.concatenate([[0], np.cumsum(spell)])
    observed = np.minimum(W, np.maximum(UNTIL - days, 0))
    last = np.maximum(np.searchsorted(days, days + observed) - 1, np.arange(len(days)))
    new = inside[last] - inside + np.where(side[last] == 1, days + observed - days[last], 0)
    passes = np.where(side == 1, new, observed - new) >= V
    settled = pd.Series(np.where(passes, side, np.nan)).ffill().fillna(1 - side[0])
    return np.diff(settled, prepend=1 - side[0]) != 0


@pytest.mark.benchmark(group=FILES)
def bench_files_as_pandas_groups(benchmark):
    (path,) = files(1)
    frame = pd.read_parquet(path)
    frame = frame[frame["person_id"] % 100 < 2]

    def groups() -> int:
        ordered = frame.sort_values(["person_id", "event_time"])
        ordered["day"] = (ordered["event_time"] - pd.Timestamp(day(0))).dt.days
        people = ordered.groupby("person_id")
        return sum(len(one_person(person)) for _, person in people)

    cost = Cost(groups)
    told(benchmark, cost, benchmark.pedantic(cost, rounds=1))
    shutil.rmtree(folder(), ignore_errors=True)
