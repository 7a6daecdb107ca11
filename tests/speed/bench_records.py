# SPDX-License-Identifier: Apache-2.0
"""Border crossings: the sweep alone, files to answers, and the same in plain SQL and pandas.

The rows a second stand in the column of extra information: ``--benchmark-json`` has them, and
they are printed at the end of each case.
"""

from __future__ import annotations

import resource
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.measure._rule import DAY, EVENT, MIDPOINT, NEVER, Rule
from keruen.measure._sweep import blank, sweep
from keruen.measure.residence import RULES, classify_crossings
from keruen.sources.records import open_records
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


def told(benchmark, rows: int) -> None:
    speed = rows / benchmark.stats.stats.min
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    benchmark.extra_info |= {"rows": rows, "rows a second": round(speed)}
    print(f"\n{rows:,} rows, {speed / 1e6:.2f} million a second, peak so far {peak:.2f} GB")


@pytest.mark.benchmark(group="the sweep alone, one core: target over 30 million rows a second")
def bench_sweep(benchmark):
    frame = journeys(800_000, seed=2, long=0.03).sort_values(["person_id", "event_time"])
    starts = np.flatnonzero(np.r_[True, np.diff(frame["person_id"]) != 0, True])
    time = frame["event_time"].to_numpy().astype("datetime64[us]").astype(np.int64)
    side = frame["direction"].to_numpy()
    until = (day(UNTIL) - day(0)).days + int(time.min() // DAY)
    rule = Rule(V, W, 0, -NEVER, until, 240 * 60_000_000, MIDPOINT, 0, 0, 1, 0, 0, 0)
    room = np.zeros(1000, EVENT)

    def fresh():
        return (starts, time, side, rule, room, blank(len(time))), {}

    benchmark.pedantic(sweep, setup=fresh, rounds=10, warmup_rounds=1)
    told(benchmark, len(time))


FILES = "Parquet to answers and counts, two threads: target over 2.5 million rows a second, 3 GB"


def answers(paths: list[Path], memory: str) -> int:
    with open_records(paths, memory=memory, threads=2, work=folder()) as records:
        made = classify_crossings(
            records,
            threshold_days=V,
            window_days=W,
            observed_until=day(UNTIL),
            initial="opposite",
        )
        table = made.tabulate(["direction", "long_term", "citizenship", "sex"])
        return int(table["count"].sum())


@pytest.mark.benchmark(group=FILES)
def bench_files(benchmark):
    paths = files(9)
    rows = benchmark.pedantic(answers, (paths, "2.5GB"), rounds=3, warmup_rounds=1)
    assert rows > 10_000_000
    told(benchmark, rows)


@pytest.mark.benchmark(group=FILES)
def bench_files_as_sql_windows(benchmark):
    (path,) = files(1)
    made = benchmark.pedantic(
        lambda: window_answers(f"'{path}'", V=V, W=W, until=day(UNTIL)).fetchnumpy(), rounds=3
    )
    told(benchmark, len(made["crossing_id"]))


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

    told(benchmark, benchmark.pedantic(groups, rounds=1))
    shutil.rmtree(folder(), ignore_errors=True)
