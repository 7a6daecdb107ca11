# SPDX-License-Identifier: Apache-2.0
"""Moves from traces, against the method done literally, day by day and person by person."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from keruen import load_table
from keruen.core.errors import SchemaError
from keruen.measure._segments import Limits, find_moves, modal_moves
from keruen.measure.traces import moves_from_traces
from keruen.sources.records import table_records

Sightings = list[tuple[int, int, int]]


def segments(seen: dict[int, set[int]], limits: Limits) -> list[list[int]]:
    """Steps 1 to 4: filled runs, kept, and merged where nothing stands between."""
    kept = []
    for place, days in seen.items():
        runs: list[list[int]] = []
        for day in sorted(days):
            if runs and day - runs[-1][1] <= limits.gap:
                runs[-1][1] = day
            else:
                runs.append([day, day])
        for first, last in runs:
            length = last - first + 1
            there = sum(first <= day <= last for day in days)
            if length >= limits.min_segment and there >= limits.presence * length:
                kept.append([place, first, last])
    merged: list[list[int]] = []
    for run in sorted(kept):
        if merged and merged[-1][0] == run[0]:
            low, high = merged[-1][2] + 1, run[1] - 1
            if not any(p != run[0] and a <= high and b >= low for p, a, b in kept):
                merged[-1][2] = run[2]
                continue
        merged.append(list(run))
    return merged


def stays(runs: list[list[int]], limits: Limits) -> list[tuple[int, int, int]]:
    """Step 5: days that two places claim belong to neither."""
    pieces = []
    for place, first, last in runs:
        days = set(range(first, last + 1))
        for other, a, b in runs:
            shared = set(range(max(first, a), min(last, b) + 1))
            if other != place and len(shared) > limits.overlap:
                days -= shared
        left = sorted(days)
        cuts = [0, *(k for k in range(1, len(left)) if left[k] != left[k - 1] + 1), len(left)]
        pieces += [(place, left[a], left[b - 1]) for a, b in pairwise(cuts) if b > a]
    return sorted((p for p in pieces if p[2] - p[1] + 1 >= limits.stay), key=lambda p: (p[1], p[0]))


def literal(rows: Sightings, limits: Limits) -> list[tuple[int, ...]]:
    found = []
    for person in sorted({row[0] for row in rows}):
        seen: dict[int, set[int]] = {}
        for _, place, day in (row for row in rows if row[0] == person):
            seen.setdefault(place, set()).add(day)
        pieces = stays(segments(seen, limits), limits)
        for k, (home, _, end) in enumerate(pieces):
            later = [
                p for p in pieces[k + 1 :] if p[0] != home and p[1] - end >= 1 - limits.overlap
            ]
            if not later or later[0][1] - end > limits.max_gap:
                continue
            there, start, _ = later[0]

            def wrong(day: int, home: int = home, there: int = there) -> int:
                return sum(d < day for d in seen[there]) + sum(d > day for d in seen[home])  # noqa: B023

            days = range(min(end, start), max(end, start) + 1)
            day = min(reversed(days), key=wrong)
            found.append((person, home, there, end, start, day, start - end - 1))
    return found


def random_rows(rng: np.random.Generator) -> Sightings:
    rows = set()
    for person in range(3):
        day = 0
        for _ in range(rng.integers(1, 7)):
            place, length = int(rng.integers(0, 3)), int(rng.integers(3, 25))
            rows |= {(person, place, d) for d in range(day, day + length) if rng.random() < 0.8}
            day += length + int(rng.integers(-4, 6))
    return [(p, q, max(d, -3)) for p, q, d in rows]


@pytest.mark.parametrize("seed", range(10))
def test_kernel_equals_the_method_done_literally(seed: int) -> None:
    rng = np.random.default_rng(seed)
    moves = 0
    for _ in range(60):
        limits = Limits(
            gap=int(rng.integers(1, 6)),
            min_segment=int(rng.integers(1, 8)),
            presence=float(rng.choice([0.3, 0.6, 0.9])),
            overlap=int(rng.choice([0, 0, 0, 1, 3])),
            stay=int(rng.integers(2, 12)),
            max_gap=int(rng.integers(1, 15)),
        )
        rows = random_rows(rng)
        expected = literal(list(set(rows)), limits)
        rng.shuffle(rows)
        got = find_moves(*np.array(rows, dtype=np.int64).T, limits)
        home, there = got.home, got.destination
        columns = (home.person, home.place, there.place, home.last, there.first)
        columns = (*columns, got.day, got.uncertainty)
        assert sorted(zip(*(c.tolist() for c in columns), strict=True)) == sorted(expected)
        moves += len(expected)
    assert moves > 30


def calendar(*parts: tuple[str, int, int]) -> dict[str, list[object]]:
    """One person seen every day of the given runs: place, first day, last day."""
    rows = [(place, day) for place, first, last in parts for day in range(first, last + 1)]
    start = date(2024, 1, 1)
    return {
        "person_id": [7] * len(rows),
        "event_time": [start + timedelta(day - 1) for _, day in rows],
        "place": [place for place, _ in rows],
    }


def found(seen: dict[str, list[object]], **options: object) -> list[tuple[int, int]]:
    """Number of the day of each move, and its uncertainty."""
    moves = moves_from_traces(table_records(**seen), **options)
    rows = [row for batch in moves.batches() for row in batch.to_pylist()]
    start = date(2024, 1, 1)
    return [((row["event_time"] - start).days + 1, row["uncertainty_days"]) for row in rows]


def test_published_boundaries() -> None:
    """Chi and others: a move on the 91st day; 89 days are none; seven missing days are none."""
    assert found(calendar(("A", 1, 90), ("B", 91, 180))) == [(91, 0)]
    assert found(calendar(("A", 1, 90), ("B", 91, 179))) == []
    assert found(calendar(("A", 1, 40), ("A", 47, 90), ("B", 91, 180))) == [(91, 0)]
    assert found(calendar(("A", 1, 15), ("A", 23, 90), ("B", 91, 180))) == []
    assert found(calendar(("A", 1, 90))) == []


def test_days_without_sightings_make_the_day_uncertain() -> None:
    """Nobody saw the person on days 91 to 100: the last day without contradiction is 101."""
    assert found(calendar(("A", 1, 90), ("B", 101, 190))) == [(101, 10)]
    assert found(calendar(("A", 1, 90), ("B", 121, 210)), max_gap=30) == []


def test_modal_places_by_hand() -> None:
    """January in A, February in A for 10 days and in B for 19: a move in February."""
    assert found(calendar(("A", 1, 41), ("B", 42, 91)), method="modal") == [(32, 59)]
    empty = np.zeros(0, dtype=np.int64)
    assert len(modal_moves(empty, empty, empty).day) == 0


def test_modal_tie_goes_to_the_place_seen_last() -> None:
    """April 2024 has 15 days in each place: B, seen last, wins, so the move is in April."""
    assert found(calendar(("A", 61, 106), ("B", 107, 152)), method="modal") == [(92, 60)]


def test_settings_out_of_range_are_refused_together() -> None:
    with pytest.raises(SchemaError) as fault:
        moves_from_traces(table_records(person_id=[1]), gap=0, presence=2.0)
    text = str(fault.value)
    assert all(word in text for word in ("gap", "presence", "'event_time'", "'place'"))


def phone_example() -> Sightings:
    """The embedded phone records of one made-up person: place (whole degrees) by day."""
    calls = load_table("bandicoot.phone_example")
    place = calls["lat"].astype(float).round().astype(int) * 1000
    place += calls["lon"].astype(float).round().astype(int)
    day = pd.to_datetime(calls["datetime"]).to_numpy().astype("datetime64[D]").astype(int)
    return sorted({(1, int(p), int(d)) for p, d in zip(place, day, strict=True)})


@pytest.mark.parametrize(("stay", "overlap", "moves"), [(5, 60, 2), (10, 60, 1), (90, 0, 0)])
def test_the_phone_example_by_kernel_and_literally(stay: int, overlap: int, moves: int) -> None:
    """Calls of one person moving at random; the published dates are of other records."""
    rows = phone_example()
    limits = Limits(7, min(stay, 30), 0.2, overlap, stay, 30)
    got = find_moves(*np.array(rows, dtype=np.int64).T, limits)
    columns = (got.home.person, got.home.place, got.destination.place, got.home.last)
    columns = (*columns, got.destination.first, got.day, got.uncertainty)
    expected = literal(rows, limits)
    assert sorted(zip(*(c.tolist() for c in columns), strict=True)) == sorted(expected)
    assert len(expected) == moves
