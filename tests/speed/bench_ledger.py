# SPDX-License-Identifier: Apache-2.0
"""How fast the quota ledger takes events, every append on the disk before it is acknowledged.

Run: python tests/speed/bench_ledger.py. Beside the figures stands the rate at which the disk
itself flushes, which no ledger can beat one append at a time.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres
from keruen.decide.ledger import QuotaLedger
from keruen.sources.events import open_events
from ledger_cases import award, eligible, quota_set

_SINGLE, _BATCH, _WRITERS = 600, 30_000, 8


def _flushes(folder: str) -> float:
    with Path(folder, "flush").open("wb", buffering=0) as file:
        start = perf_counter()
        for _ in range(300):
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
        return 300 / (perf_counter() - start)


def _write(place: str, officer: str, count: int) -> None:
    ledger = QuotaLedger(open_events(place))
    for each in range(count // 4):
        case = f"{officer}-{each}"
        events = (*eligible(case, 1), award(case, 1, mode="overridden", reason_code="speed"))
        for event in events:
            ledger.append(event)


def _single(place: str) -> float:
    start = perf_counter()
    _write(place, "one", _SINGLE)
    return _SINGLE / (perf_counter() - start)


def _batch(place: str) -> float:
    ledger = QuotaLedger(open_events(place))
    events = [event for each in range(_BATCH // 3) for event in eligible(f"batch-{each}", 1)]
    start = perf_counter()
    for first in range(0, len(events), 1000):
        ledger.append(*events[first : first + 1000])
    return len(events) / (perf_counter() - start)


def _read(place: str) -> float:
    start = perf_counter()
    with open_events(place) as store:
        place_of_last, _ = QuotaLedger(store).head()
    return place_of_last / (perf_counter() - start)


def _crowd(place: str) -> float:
    jobs = [
        multiprocessing.Process(target=_write, args=(place, f"officer{each}", _SINGLE))
        for each in range(_WRITERS)
    ]
    start = perf_counter()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return _WRITERS * _SINGLE / (perf_counter() - start)


def _opened(place: str) -> str:
    with open_events(place) as store:
        QuotaLedger(store).append(quota_set(1_000_000))
    return place


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        place = _opened(str(Path(folder) / "ledger.db"))
        print(f"the disk's own flushes              {_flushes(folder):10,.0f} a second")
        print(f"SQLite, single appends              {_single(place):10,.0f} a second")
        print(f"SQLite, in batches of 1,000         {_batch(place):10,.0f} a second")
        print(f"SQLite, opened with every rule      {_read(place):10,.0f} a second")
        print(f"SQLite, {_WRITERS} writers                   {_crowd(place):10,.0f} a second")
    programs = postgres.programs()
    if programs is None:
        print("PostgreSQL is not on this machine")
        return
    with postgres.server(programs) as place:
        print(f"PostgreSQL, single appends          {_single(_opened(place)):10,.0f} a second")
        print(f"PostgreSQL, {_WRITERS} writers               {_crowd(place):10,.0f} a second")


if __name__ == "__main__":
    main()
