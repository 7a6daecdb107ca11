# SPDX-License-Identifier: Apache-2.0
"""Tables counted from answered crossings: a case made by hand, and laws for any crossings."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from keruen.core.errors import AccountError, SchemaError
from keruen.measure._record_keys import _START, _hashes, person_keys
from keruen.measure.record_accounts import ResidentAccount, resident_account
from keruen.measure.record_counts import answer_counts
from keruen.measure.record_protection import parse_protection, protected_table
from keruen.measure.record_spells import residence_spells
from keruen.measure.record_tables import (
    CountTable,
    ObservedDays,
    migration_flows,
    observed_days,
)
from keruen.measure.residence import classify_crossings
from keruen.sources.records import open_records, table_records

pytest.importorskip("numba")

OBSERVED = ObservedDays(date(2018, 1, 1), date(2024, 1, 1), 487)
# person, day, direction, citizenship, sex, birth
CROSSINGS = """crossing_id,person_id,event_time,direction,citizenship,sex,birth_date
1,mover,2020-02-10,1,RUS,F,1992-02-29
2,mover,2021-06-15,0,RUS,F,1992-02-29
3,tourist abroad,2020-05-01,0,KAZ,M,1980-05-05
4,tourist abroad,2020-05-20,1,KAZ,M,1980-05-05
5,newcomer,2023-03-01,1,UZB,M,
6,dead,2019-06-01,0,KAZ,M,1950-01-01
7,dead,2019-06-10,1,KAZ,M,1950-01-01
8,naturalised,2020-03-01,1,UZB,F,1990-06-06
9,naturalised,2022-03-01,0,KAZ,F,1990-06-06
10,stated,2018-02-01,1,KAZ,F,1960-01-01
11,stated,2018-02-01,1,KAZ,F,1960-01-01
12,old,2020-01-01,1,,M,1915-01-01
"""
BIRTHS = "person_id,event_time\nbaby,2020-07-04\n"
DEATHS = "person_id,event_time\ndead,2021-03-15\n"
STATEMENTS = "person_id,event_time,resident\nstated,2018-01-01,1\nstated,2020-01-15,0\n"


def tables(folder: Path, by: tuple[str, ...]) -> tuple[CountTable, ResidentAccount, pd.DataFrame]:
    """Flows, account and reasons of the case made by hand."""
    texts = {"c": CROSSINGS, "births": BIRTHS, "deaths": DEATHS, "status_known": STATEMENTS}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    with open_records([folder / "c.csv"]) as records:
        sides = {
            name: open_records([folder / f"{name}.csv"], layout=name, beside=records)
            for name in ("births", "deaths", "status_known")
        }
        days = {"observed_from": OBSERVED.first, "observed_until": OBSERVED.until}
        answers = classify_crossings(records, threshold_days=365, window_days=487, **days, **sides)
        flows = migration_flows(answers, by=by, observed=OBSERVED)
        carry = ["birth_date" if name == "age" else name for name in by]
        spells = residence_spells(answers, carry=carry, **days, **sides)
        return flows, resident_account(spells, flows, observed=OBSERVED), answer_counts(answers)


def test_flows_by_hand(tmp_path: Path) -> None:
    flows, _, _ = tables(tmp_path, ("citizenship", "sex", "age"))
    assert flows.wide().drop(columns="status").to_numpy().tolist() == [
        ["2020-01", "unknown", "M", "100+", 1, 0, 0, 0],
        ["2020-02", "RUS", "F", "27", 1, 0, 0, 0],  # her birthday is on 29 February
        ["2020-03", "UZB", "F", "29", 1, 0, 0, 0],
        ["2021-06", "RUS", "F", "29", 0, 1, 0, 0],
        ["2022-03", "KAZ", "F", "31", 0, 1, 0, 0],
        ["2023-03", "UZB", "M", "unknown", 0, 0, 1, 0],
    ]


def test_months_are_burn_in_provisional_or_final(tmp_path: Path) -> None:
    flows, account, _ = tables(tmp_path, ())
    status = dict(flows.wide()[["month", "status"]].to_numpy())
    assert status["2020-02"] == "final"
    assert status["2023-03"] == "provisional"
    stocks = dict(account.stocks.wide()[["month", "status"]].to_numpy())
    assert stocks["2019-05"] == "burn_in"  # 487 days after 1 January 2018 is 3 May 2019
    assert stocks["2019-06"] == "final"
    # The window of 31 August 2022 ends 487 days later, on 31 December 2023.
    assert stocks["2022-08"] == "final"
    assert stocks["2022-09"] == "provisional"


def test_stocks_by_hand(tmp_path: Path) -> None:
    _, account, _ = tables(tmp_path, ())
    stocks = account.stocks.wide().set_index("month")
    # From the start: tourist abroad, dead, stated.
    assert stocks.loc["2018-01", "residents"] == 3
    # The statement of 15 January 2020 took one out, the old one came in on 1 January.
    assert stocks.loc[["2020-01", "2020-02"], "residents"].tolist() == [3, 3]
    assert stocks.loc["2020-03", "residents"] == 4  # the mover
    assert stocks.loc["2020-08", "residents"] == 6  # the naturalised one, the baby
    assert stocks.loc["2021-04", "residents"] == 5  # a death in March
    assert stocks.loc["2024-01", ["residents", "undecided"]].tolist() == [3, 1]


def test_account_by_hand(tmp_path: Path) -> None:
    _, account, _ = tables(tmp_path, ("citizenship", "age"))
    lines = account.lines
    change = lines.groupby("month")[["births", "arrivals", "deaths", "departures"]].sum()
    assert change.loc["2020-07"].tolist() == [1, 0, 0, 0]
    assert change.loc["2021-03"].tolist() == [0, 0, 1, 0]
    turned = lines[(lines["month"] == "2022-03") & (lines["attributes"] != 0)]
    assert turned[["citizenship", "age", "attributes", "departures"]].to_numpy().tolist() == [
        ["KAZ", "31", 1, 1],
        ["UZB", "31", -1, 0],
    ]
    stated = lines[lines["stated"] != 0]
    assert stated[["month", "citizenship", "stated"]].to_numpy().tolist() == [
        ["2020-01", "KAZ", -1]
    ]
    # In February 2020 she comes at 27 and turns 28; in 2021 she turns 29 on 1 March.
    mover = lines[lines["citizenship"] == "RUS"].set_index(["month", "age"])
    assert mover.loc[("2020-02", "27"), ["arrivals", "ageing", "end"]].tolist() == [1, -1, 0]
    assert mover.loc[("2020-02", "28"), ["arrivals", "ageing", "end"]].tolist() == [0, 1, 1]
    assert mover.loc[("2021-03", "28"), ["start", "ageing"]].tolist() == [1, -1]
    assert lines.groupby("month")[["ageing", "attributes"]].sum().eq(0).all(axis=None)


def test_reasons_by_hand(tmp_path: Path) -> None:
    _, _, reasons = tables(tmp_path, ())
    found = {(what, reason): n for what, reason, n in reasons.to_numpy()}
    assert found == {
        ("answers", "long_term_arrival"): 3,
        ("answers", "long_term_departure"): 2,
        ("answers", "none"): 5,
        ("answers", "open"): 1,
        ("contradicted", "crossings"): 1,
        ("excluded", "duplicate"): 1,
        ("first_status", "deduced"): 6,
        ("first_status", "stated"): 1,
    }


def random_crossings(folder: Path, seed: int, persons: int = 300) -> Path:
    """Crossings without any order or sense."""
    rng = np.random.default_rng(seed)
    size = persons * 5
    person = rng.integers(0, persons, size)
    table = pd.DataFrame(
        {
            "crossing_id": np.arange(size),
            "person_id": person,
            "event_time": np.datetime64("2018-01-01") + rng.integers(0, 2190, size),
            "direction": rng.integers(0, 2, size).astype(np.int8),
            "citizenship": rng.choice(["KAZ", "RUS", "UZB"], size),
            "sex": np.where(person % 2 == 0, "F", "M"),
            "birth_date": np.datetime64("1960-01-01") + person * 37,
        }
    )
    path = folder / f"crossings{seed}.parquet"
    table.astype({"event_time": "datetime64[us]"}).to_parquet(path)
    return path


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stocks_are_those_of_a_literal_count(tmp_path: Path, seed: int) -> None:
    with open_records([random_crossings(tmp_path, seed)]) as records:
        answers = classify_crossings(
            records, threshold_days=365, window_days=487, observed_until=date(2024, 1, 1)
        )
        observed = observed_days(records, window_days=487, observed_until=date(2024, 1, 1))
        flows = migration_flows(answers, by=["sex"], observed=observed)
        spells = residence_spells(
            answers, observed_from=observed.first, observed_until=observed.until, carry=["sex"]
        )
        stocks = resident_account(spells, flows, observed=observed).stocks.wide()
        rows = pd.concat(batch.to_pandas() for batch in answers.batches())
    rows = rows[rows["excluded"].isna()].reset_index(drop=True)  # by person, in order
    for month in ("2018-02", "2019-11", "2022-05", "2024-01"):
        before = rows[rows["event_time"] < np.datetime64(f"{month}-01")]
        gone = before.drop_duplicates("person_id", keep="last").set_index("person_id")
        first = rows.drop_duplicates("person_id").set_index("person_id")
        status = (
            gone["after"].reindex(first.index).where(first.index.isin(gone.index), first["before"])
        )
        counted = stocks[stocks["month"] == month].set_index("sex")
        for sex in ("F", "M"):
            here = status[first["sex"] == sex]
            assert counted.loc[sex, "residents"] == (here == 1).sum()
            assert counted.loc[sex, "undecided"] == here.isna().sum()


@pytest.mark.parametrize("gap", ["midpoint", "drop_earlier", "drop_later", "reject_person", "none"])
def test_flows_and_stocks_close_and_keys_do_not_matter(tmp_path: Path, gap: str) -> None:
    with open_records([random_crossings(tmp_path, 7)]) as records:
        answers = classify_crossings(
            records, threshold_days=270, window_days=365, observed_until=date(2024, 1, 1),
            initial="opposite", gap=gap,
        )  # fmt: skip
        observed = observed_days(records, window_days=365)
        spells = residence_spells(
            answers, observed_from=observed.first, observed_until=observed.until,
            carry=["citizenship", "birth_date", "sex"],
        )  # fmt: skip
        totals = set()
        for by in ((), ("citizenship",), ("age",), ("citizenship", "age", "sex")):
            flows = migration_flows(answers, by=by, observed=observed)
            account = resident_account(spells, flows, observed=observed)
            stocks = account.stocks.wide()[["residents", "undecided"]].sum()
            sums = flows.by(*by[:1]).wide()[list(flows.measures)].sum()
            totals.add((*sums, *stocks, account.lines["arrivals"].sum()))
        assert len(totals) == 1
        assert next(iter(totals))[0] > 20


def test_an_account_that_cannot_close_is_refused(tmp_path: Path) -> None:
    with open_records([random_crossings(tmp_path, 5)]) as records:
        answers = classify_crossings(
            records, threshold_days=365, window_days=487, observed_until=date(2024, 1, 1),
            initial="opposite", lookback=True,
        )  # fmt: skip
        observed = observed_days(records, window_days=487)
        flows = migration_flows(answers, observed=observed)
        spells = residence_spells(
            answers, observed_from=observed.first, observed_until=observed.until
        )
        with pytest.raises(AccountError, match="do not agree"):
            resident_account(spells, flows, observed=observed)


def test_keys_of_persons_are_siphash() -> None:
    # Vectors of the reference implementation (Aumasson and Bernstein 2012), key 00..0f.
    key, message = bytes(range(16)), np.arange(15, dtype=np.uint8)
    first, second = np.frombuffer(key, np.uint64)
    out = np.zeros(3, np.uint64)
    start = np.array(_START, np.uint64)
    for row, length in enumerate((0, 8, 15)):
        _hashes(np.array([0, length]), message, first, second, start, out[row : row + 1])
    assert [hex(value) for value in out] == [
        "0x726fdb47dd0e0e31", "0x93f5f5799a932462", "0xa129ca6149be45e5",
    ]  # fmt: skip


def test_keys_do_not_hang_on_the_slice() -> None:
    import pyarrow as pa

    names = pa.array(["a", "bc", "def", "a longer name than a block"])
    assert (person_keys(names, bytes(16))[2:] == person_keys(names[2:], bytes(16))).all()


@pytest.mark.parametrize("method", ["threshold:5", "round:3", "cellkey"])
def test_protected_tables(tmp_path: Path, method: str) -> None:
    protection = parse_protection(method, secret=b"a secret of the office")
    with open_records([random_crossings(tmp_path, 9)]) as records:
        answers = classify_crossings(
            records, threshold_days=365, window_days=487, observed_until=date(2024, 1, 1),
            initial="opposite",
        )  # fmt: skip
        observed = observed_days(records, window_days=487)
        key = protection.secret if method == "cellkey" else None
        flows = migration_flows(answers, by=["sex"], observed=observed, secret=key)
    exact = flows.wide().set_index(["month", "sex"])
    shown = protected_table(flows, protection).set_index(["month", "sex"])
    again = protected_table(flows, protection).set_index(["month", "sex"])
    pd.testing.assert_frame_equal(shown, again)
    arrivals = shown["arrivals"].dropna()
    inner = exact["arrivals"].reindex(arrivals.index).dropna()
    if method == "threshold:5":
        assert ((arrivals == 0) | (arrivals >= 5)).all()
        assert shown["arrivals"].isna().any()
        assert (arrivals.loc[inner.index] == inner).all()
        assert shown.loc[("_T", "_T"), "arrivals"] == exact["arrivals"].sum()
    else:
        limit = 3 if method == "round:3" else 6
        assert (arrivals.loc[inner.index] - inner).abs().max() < limit
        assert (arrivals.loc[inner.index] != inner).any()
        absent = exact.drop(index=shown.index)["arrivals"]
        assert absent.max() < limit  # no row: published as zero
    if method == "round:3":
        assert (arrivals % 3 == 0).all()


@pytest.mark.parametrize("text", ["round", "round:1", "threshold:x", "suppress", "round:-3", ""])
def test_unknown_protection_is_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="no disclosure control"):
        parse_protection(text)


@pytest.mark.parametrize("odd", [date(9999, 12, 31), date(2204, 1, 1), date(1, 1, 1)])
def test_a_default_date_is_not_the_end_of_observation(odd: date) -> None:
    with table_records(event_time=[date(2020, 1, 1), date(2021, 1, 1), odd]) as records:
        with pytest.raises(SchemaError, match="--observed-until"):
            observed_days(records, window_days=365)
        stated = {"observed_from": date(2020, 1, 1), "observed_until": date(2022, 1, 1)}
        assert observed_days(records, window_days=365, **stated).until == date(2022, 1, 1)


def test_no_rows_tell_no_days() -> None:
    with (
        table_records(event_time=pa.array([], pa.date32())) as records,
        pytest.raises(SchemaError, match="there are no rows"),
    ):
        observed_days(records, window_days=365)


def test_observation_must_have_days(tmp_path: Path) -> None:
    with (
        open_records([random_crossings(tmp_path, 11)]) as records,
        pytest.raises(SchemaError, match="observation ends"),
    ):
        observed_days(
            records,
            window_days=365,
            observed_from=OBSERVED.first,
            observed_until=OBSERVED.first - timedelta(1),
        )
