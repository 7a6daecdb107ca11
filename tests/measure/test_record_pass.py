# SPDX-License-Identifier: Apache-2.0
"""All tables in one pass are those that are made step by step from an answer for every row."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import SchemaError
from keruen.core.records import PersonRecords
from keruen.measure.record_accounts import resident_account
from keruen.measure.record_counts import answer_counts
from keruen.measure.record_pass import CrossingTables, crossing_tables
from keruen.measure.record_spells import residence_spells
from keruen.measure.record_tables import ObservedDays, migration_flows
from keruen.measure.residence import classify_crossings
from keruen.sources.records import open_records
from records_cases import DAY_0, journeys, store

pytest.importorskip("numba")

OBSERVED = ObservedDays(DAY_0, DAY_0 + timedelta(days=1300), 487)
KEYS = ("citizenship", "sex", "age")
SECRET = bytes(range(16))


def crossings(seed: int) -> pd.DataFrame:
    """Random crossings with missing scans, double scans, columns that change and that are empty."""
    rng = np.random.default_rng(seed)
    frame = journeys(600, seed=seed, missing=0.05)
    twice = frame.sample(frac=0.02, random_state=seed)
    twice["event_time"] += pd.to_timedelta(rng.integers(0, 3, len(twice)), unit="h")
    frame = pd.concat([frame, twice.assign(crossing_id=10**6 + np.arange(len(twice)))])
    born = np.datetime64("1930-01-01") + 200 * frame["person_id"].to_numpy().astype(
        "timedelta64[D]"
    )
    frame["birth_date"] = pd.Series(born, index=frame.index).where(rng.random(len(frame)) > 0.1)
    frame["citizenship"] = rng.choice(["KAZ", "UZB", "", "CHN"], len(frame))
    frame["citizenship"] = frame["citizenship"].where(rng.random(len(frame)) > 0.1)
    return frame.reset_index(drop=True)


def sides(folder: Path, records: PersonRecords) -> dict[str, PersonRecords]:
    """Births, deaths and statements, also of persons who never cross."""
    rng = np.random.default_rng(5)
    made = {}
    for number, name in enumerate(("births", "deaths", "status_known")):
        person = rng.choice(700, 90, replace=False)
        day = [DAY_0 + timedelta(days=int(k)) for k in rng.integers(0, 1300, 90)]
        frame = pd.DataFrame({"person_id": person, "event_time": day})
        if name == "status_known":
            frame = frame.assign(resident=rng.integers(0, 2, 90), weak=rng.integers(0, 2, 90))
        file = folder / f"{number}.csv"
        frame.to_csv(file, index=False)
        made[name] = open_records([file], layout=name, beside=records)
    return made


def step_by_step(records: PersonRecords, by: tuple[str, ...], **rule: Any) -> CrossingTables:
    days = {"observed_from": OBSERVED.first, "observed_until": OBSERVED.until}
    answers = classify_crossings(records, **days, **rule)
    secret = {"observed": OBSERVED, "secret": SECRET}
    flows = migration_flows(answers, by=by, **secret)
    carry = ["birth_date" if name == "age" else name for name in by]
    told = {name: rule[name] for name in ("births", "deaths", "status_known") if name in rule}
    spells = residence_spells(answers, carry=carry, **days, **told)
    return CrossingTables(flows, resident_account(spells, flows, **secret), answer_counts(answers))


def same(one: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> None:
    order = lambda table: table.sort_values(keys, ignore_index=True)  # noqa: E731
    pd.testing.assert_frame_equal(order(one), order(other)[list(one)], check_dtype=False)


@pytest.mark.parametrize("gap", ["midpoint", "drop_earlier", "drop_later", "reject_person", "none"])
@pytest.mark.parametrize("told", [False, True], ids=["alone", "with side tables"])
def test_one_pass_equals_step_by_step(tmp_path: Path, gap: str, told: bool) -> None:
    file = store(crossings(seed=3), tmp_path / "crossings.parquet")
    with open_records([file]) as records:
        rule = {"threshold_days": 365, "window_days": 487, "gap": gap}
        rule |= {"initial": "unknown" if told else "opposite"}
        rule |= sides(tmp_path, records) if told else {}
        expected = step_by_step(records, KEYS, **rule)
        found = crossing_tables(
            records,
            by=("month", *KEYS),
            observed=OBSERVED,
            observed_from=OBSERVED.first,
            secret=SECRET,
            **rule,
        )
    assert found.flows.cells["count"].sum() > 400
    assert found.flows.cells["key"].sum() > 0
    cells = ["month", "measure", *KEYS]
    same(found.flows.cells, expected.flows.cells, cells)
    same(found.account.stocks.cells, expected.account.stocks.cells, cells)
    same(found.account.lines, expected.account.lines, ["month", *KEYS])
    same(found.reasons, expected.reasons, ["what", "reason"])


def test_nothing_to_count(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("crossing_id,person_id,event_time,direction\n1,A,2015-02-01,0\n")
    with open_records([file]) as records:
        tables = crossing_tables(
            records, threshold_days=365, window_days=487, observed=OBSERVED, initial="opposite"
        )
    assert tables.flows.wide()["departures"].tolist() == [1]
    assert tables.account.lines["end"].tolist() == [1, 0]


def test_columns_of_any_name(tmp_path: Path) -> None:
    names = ["what", "which", "number", "cell"]
    file = tmp_path / "one.csv"
    file.write_text(
        f"crossing_id,person_id,event_time,direction,{','.join(names)}\n1,A,2015-02-01,0,a,b,c,d\n"
    )
    with open_records([file], carry=names) as records:
        rule = {"threshold_days": 365, "window_days": 487, "initial": "opposite"}
        tables = crossing_tables(records, by=names, observed=OBSERVED, **rule)
    assert tables.flows.wide()[names].to_numpy().tolist() == [list("abcd")]


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("crossing_id,person_id,event_time,direction\n1,A,2015-02-01,0\n")
    with open_records([file]) as records, pytest.raises(SchemaError, match="no column 'region'"):
        crossing_tables(
            records, threshold_days=365, window_days=487, by=["region"], observed=OBSERVED
        )


def test_observation_may_end_before_the_rows(tmp_path: Path) -> None:
    file = store(crossings(seed=4), tmp_path / "crossings.parquet")
    early = ObservedDays(DAY_0, date(2015, 1, 2), 365)
    with open_records([file]) as records:
        tables = crossing_tables(
            records, threshold_days=365, window_days=365, by=["sex"], observed=early
        )
        rows = records.count()
    excluded = tables.reasons[tables.reasons["what"] == "excluded"]
    assert excluded.set_index("reason")["count"].to_dict()["outside_window"] > 0.99 * rows
