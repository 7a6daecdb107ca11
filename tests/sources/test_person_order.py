# SPDX-License-Identifier: Apache-2.0
"""Rows divided by person and put in order: nothing lost, nobody divided, all as a plain sort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")
from keruen.core.records import rows_at
from keruen.sources._person_buckets import BUCKET, BUCKETS, Buckets
from keruen.sources._person_order import in_order
from keruen.sources._repeated_ids import _met_twice


def plain(batch: pa.RecordBatch, *order: str) -> pa.Table:
    """The same by Arrow's own sort, with the row number to tell equal rows apart."""
    keys = [(name, "ascending") for name in ("person_id", *order)]
    return pa.Table.from_batches([batch]).sort_by(keys)


def batch_of(people: list[int], times: list[int | None]) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "person_id": pa.array(people, pa.int64()),
            "event_time": pa.array(times, pa.timestamp("us")),
            "row": np.arange(len(people)),
        }
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from([-(2**63), -1, 0, 1, 7, 2**63 - 1]),
            st.none() | st.integers(-5, 5) | st.integers(-(2**50), 2**50),
        ),
        min_size=1,
        max_size=300,
    )
)
def test_order_is_that_of_a_plain_sort(rows: list[tuple[int, int | None]]) -> None:
    batch = batch_of([p for p, _ in rows], [t for _, t in rows])
    names = batch.set_column(0, "person_id", batch["person_id"].cast(pa.string()))
    for each in (batch, names):
        made, expected = in_order(each, ["event_time"]), plain(each, "event_time")
        for column in ("person_id", "event_time"):
            assert made[column].to_pylist() == expected[column].to_pylist()
        assert made.sort_by("row").equals(each)


@pytest.mark.parametrize("length", [31, 32, 33, 64, 65, 100, 4097])
def test_long_histories_are_merged(length: int) -> None:
    rng = np.random.default_rng(length)
    times = [rng.permutation(length), np.arange(length), np.arange(length)[::-1]]
    people = np.repeat([5, 3, 4], length)
    made = in_order(batch_of(people.tolist(), np.concatenate(times).tolist()), ["event_time"])
    assert made["person_id"].to_pylist() == [3] * length + [4] * length + [5] * length
    assert made["event_time"].cast(pa.int64()).to_pylist() == 3 * list(range(length))


def test_several_keys_and_none() -> None:
    batch = pa.record_batch(
        {
            "person_id": [2, 1, 1, 1],
            "year": [1, 3, 2, 2],
            "month": [0, 0, 9, 1],
            "row": [0, 1, 2, 3],
        }
    )
    assert in_order(batch, ["year", "month"])["row"].to_pylist() == [3, 2, 1, 0]
    assert in_order(batch, [])["person_id"].to_pylist() == [1, 1, 1, 2]
    assert in_order(batch.slice(0, 0), ["year"]).num_rows == 0


def test_rows_at_places_are_those_of_take() -> None:
    batch = pa.record_batch(
        {
            "day": pa.array([1, None, 3], pa.date32()),
            "time": pa.array([1, 2, 3], pa.timestamp("us")),
            "side": pa.array([1, 0, 1], pa.int8()),
            "share": [0.5, 1.5, 2.5],
            "sure": [True, False, None],
            "sex": ["F", None, "M"],
        }
    ).slice(1)
    places = np.array([1, 0, 0])
    assert rows_at(batch, places).equals(batch.take(pa.array(places)))


@pytest.mark.parametrize("memory", [1, 20_000, 10**9], ids=["disk", "both", "memory"])
def test_buckets_hold_every_row_once_and_nobody_twice(memory: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    file = tmp_path / "aside"
    rows = []
    with Buckets(file, memory) as buckets:
        for chunk in range(6):
            person = rng.integers(0, 500, 300)
            word = [None if p == 0 else f"{p % 3 + 3 * chunk}" for p in person]
            batch = pa.record_batch(
                {
                    "person_id": person,
                    "word": pa.array(word, pa.string()),
                    BUCKET: (person % BUCKETS).astype(np.uint16),
                }
            )
            rows += batch.drop_columns([BUCKET]).to_pylist()
            assert buckets.add(batch) == 300
        buckets.finish()
        assert file.exists() == (memory < 10**9)
        found = [buckets.read(*group, []) for group in buckets.groups(2)[0]]
    assert not file.exists()

    def key(row: dict[str, object]) -> tuple[str, str]:
        return str(row["person_id"]), str(row["word"])

    assert sorted((row for b in found for row in b.to_pylist()), key=key) == sorted(rows, key=key)
    people = [set(batch["person_id"].to_pylist()) for batch in found]
    assert sum(map(len, people)) == len(set.union(*people))


def test_many_threads_share_the_memory(tmp_path: Path) -> None:
    person = np.arange(100_000)
    bucket = (person % BUCKETS).astype(np.uint16)
    with Buckets(tmp_path / "aside", 8_000_000) as buckets:
        buckets.add(pa.record_batch({"person_id": person, BUCKET: bucket}))
        alone, one = buckets.groups(1)
        small, many = buckets.groups(64)
    assert (len(alone), one) == (3, 1)
    assert len(small) > 100
    assert 32 < many <= 64
    for groups in (alone, small):
        assert groups[0][0] == 0
        assert groups[-1][1] == BUCKETS
        assert [first for first, _ in groups[1:]] == [until for _, until in groups[:-1]]


@given(st.lists(st.integers(0, 2**10 - 1), max_size=200), st.integers(1, 50))
def test_slots_met_twice(slots: list[int], cut: int) -> None:
    batches = [
        pa.record_batch({"slot": pa.array(slots[at : at + cut], pa.int64())})
        for at in range(0, len(slots), cut)
    ]
    expected = sorted(slot for slot in set(slots) if slots.count(slot) > 1)
    assert _met_twice(iter(batches), 10).tolist() == expected
