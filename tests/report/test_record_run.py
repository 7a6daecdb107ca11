# SPDX-License-Identifier: Apache-2.0
"""A run over border crossings: every row read is used or refused, whatever is wrong with it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from keruen.report.record_options import RecordOptions
from keruen.report.record_release import write_records
from keruen.report.record_run import crossings_run

pytest.importorskip("numba")

ROWS = """crossing_id,person_id,event_time,direction
1,A,2020-01-01 10:00+05:00,1
2,,2020-01-02 10:00+05:00,1
3,B
4,B,2020-01-11 10:00+05:00,0
4,B,2020-01-12 10:00+05:00,1
5,B,2020-13-11 10:00+05:00,1
6,B,2020-03-11 10:00+05:00,in
7,B,2020-03-12 10:00+03:00,0
8,C,2031-01-01 10:00+05:00,1
9,C,2010-01-01 10:00+05:00,1
10,C,2020-02-01 10:00+05:00,1
11,C,2020-02-01 10:00+05:00,1
12,C,2020-02-01 11:00+05:00,1
,D,2020-02-01 11:00+05:00,1
13,D,2020-05-01 11:00+05:00,1,again
"""
REFUSED = {
    "null_person": 1,
    "too_few_fields": 1,
    "repeated_crossing_id": 1,
    "unreadable_time": 1,
    "unknown_direction": 1,
    "mixed_time_zones": 1,
    "null_crossing_id": 1,
    "too_many_fields": 1,
    "outside_window": 2,
}
LEFT_OUT = {"duplicate": 1, "echo": 1}


def test_read_is_used_and_rejected(tmp_path: Path) -> None:
    file = tmp_path / "crossings.csv"
    file.write_text(ROWS)
    options = RecordOptions(
        files=(file,), observed_from=date(2015, 1, 1), observed_until=date(2024, 1, 1)
    )
    with crossings_run(options) as run:
        write_records(run, tmp_path / "out")
    rows = json.loads((tmp_path / "out" / "summary.json").read_text())["rows"]
    assert rows["rejected"] == REFUSED | LEFT_OUT
    assert (rows["read"], rows["used"]) == (15, 3)
    assert rows["used"] + sum(rows["rejected"].values()) == rows["read"]
    rejected = pd.read_csv(tmp_path / "out" / "rejected.csv")
    assert rejected["reason"].value_counts().to_dict() == REFUSED
    assert rejected.drop_duplicates("reason").set_index("reason")["row"].to_dict() == {
        "null_person": 3,
        "too_few_fields": 4,
        "repeated_crossing_id": 6,
        "unreadable_time": 7,
        "unknown_direction": 8,
        "mixed_time_zones": 9,
        "null_crossing_id": 15,
        "too_many_fields": 16,
        "outside_window": 10,
    }


def test_rows_after_the_vintage_and_outside_the_window_add_up(tmp_path: Path) -> None:
    file = tmp_path / "crossings.csv"
    file.write_text(ROWS)
    options = RecordOptions(
        files=(file,),
        observed_from=date(2015, 1, 1),
        observed_until=date(2024, 1, 1),
        as_of=date(2020, 1, 31),
    )
    with crossings_run(options) as run:
        rows = run.summary["rows"]
    assert rows["rejected"]["outside_window"] == 5
    assert rows["used"] + sum(rows["rejected"].values()) == rows["read"] == 15
