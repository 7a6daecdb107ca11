# SPDX-License-Identifier: Apache-2.0
"""The embedded crossings of Stats NZ: six persons, changed passports, a misspelt name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from keruen import load_table
from keruen.measure.residence import RULES, classify_crossings
from keruen.sources.records import table_records

HERE = Path(__file__).parents[1] / "reference"


def test_the_embedded_example_is_the_published_one() -> None:
    """So that what ``test_residence`` holds of the one holds of the other."""
    here = load_table("statsnz.crossings_example").astype(str)
    there = pd.read_csv(HERE / "border_crossings_example.csv", dtype=str)
    assert list(here) == list(there)
    here, there = (each.drop(columns="datetime_crossing") for each in (here, there))
    pd.testing.assert_frame_equal(here, there, check_dtype=False)


def test_unknown_outcomes_of_the_embedded_example() -> None:
    """Rule 9/12 until 2011-12-30: Amy's last arrival is open, her departure after it is none."""
    rows = load_table("statsnz.crossings_example")
    with table_records(
        crossing_id=rows["crossing_id"].astype(int).tolist(),
        person_id=rows["name"].replace("Esha", "Eisha").tolist(),
        event_time=pd.to_datetime(rows["datetime_crossing"]).tolist(),
        direction=(rows["direction"] == "Arrival").astype(int).tolist(),
    ) as records:
        answers = classify_crossings(
            records,
            threshold_days=RULES["9/12"][0],
            window_days=RULES["9/12"][1],
            observed_from=date(2009, 1, 1),
            observed_until=date(2011, 12, 31),
            initial="opposite",
        )
        found = pd.concat(batch.to_pandas() for batch in answers.batches(order=["event_time"]))
    amy = found[found["person_id"] == "Amy"]["long_term"]
    assert [None if pd.isna(each) else int(each) for each in amy] == [0, 0, 0, 0, None, 0]
    assert len(found) == 24
