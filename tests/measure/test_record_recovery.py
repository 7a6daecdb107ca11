# SPDX-License-Identifier: Apache-2.0
"""Recovery: what is published of practice data holds the truth as often as it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.core.records import PersonRecords
from keruen.measure.fault_effects import (
    MissedScans,
    corrected_flows,
    missed_scans,
    with_more_faults,
)
from keruen.measure.linkage import link_documents
from keruen.measure.linkage_errors import corrected_flow, missed_links
from keruen.measure.provisional import provisional_migration
from keruen.measure.record_pass import crossing_tables
from keruen.measure.record_tables import ObservedDays
from keruen.sources.records import open_records, table_records
from keruen.sources.synthetic import synthesize_crossings

pytest.importorskip("numba")

START, END = date(2016, 1, 1), date(2022, 1, 1)
OBSERVED = ObservedDays(START, END, 487)
RULE = {"threshold_days": 365, "window_days": 487, "observed_from": START}
WAYS = ["departures", "arrivals"]


def tables(rows: PersonRecords):
    return crossing_tables(rows, **RULE, by=["month"], observed=OBSERVED)


def final_flows(rows: PersonRecords) -> xr.DataArray:
    """Departures and arrivals of all final months, as published."""
    flows = tables(rows).flows.wide()
    final = flows[flows["status"] == "final"]
    return xr.DataArray(final[WAYS].sum().to_numpy(), coords={"direction": WAYS})


def true_flows(truth: Path) -> xr.DataArray:
    """Departures and arrivals of the same months that changed residence."""
    rows = pd.read_parquet(truth)
    month = rows["event_time"].to_numpy().astype("datetime64[M]").astype(np.int64)
    final = np.array(OBSERVED.statuses(month.tolist())) == "final"
    moves = rows[final & (rows["migration"] == 1) & (rows["echo"] == 0)]
    counts = moves["direction"].value_counts()
    return xr.DataArray([counts[0], counts[1]], coords={"direction": WAYS})


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """Crossings without faults, and their true flows, of three sets of people."""
    folder = tmp_path_factory.mktemp("recovery")
    made = []
    for seed in (1, 2, 3):
        done = synthesize_crossings(
            4000, to=folder / f"{seed}.parquet", start=START, end=END, seed=seed
        )
        rows = pd.read_parquet(done.crossings)
        names = ["crossing_id", "person_id", "event_time", "direction"]
        made.append((rows[names], true_flows(done.truth)))
    return made


def stored(rows: pd.DataFrame) -> PersonRecords:
    return table_records(**{name: pa.array(rows[name]) for name in rows})


def held(found: list[xr.DataArray], truths: list[xr.DataArray]) -> np.ndarray:
    """Whether each interval holds the truth: [run, direction]."""
    pairs = zip(found, truths, strict=True)
    return np.array(
        [
            (each.sel(quantile=0.025) <= truth) & (truth <= each.sel(quantile=0.975))
            for each, truth in pairs
        ]
    )


def faulty(rows: pd.DataFrame, fault: str, share: float, draw: int) -> tuple[PersonRecords, object]:
    """Crossings with faults at random, and the share of them as an office would find it."""
    with stored(rows) as clean:
        worse = with_more_faults(clean, fault=fault, share=share, seed=1000 + draw)
        table = pd.concat(batch.to_pandas() for batch in worse.batches())
    if fault == "scans":
        records = stored(table)
        return records, missed_scans(tables(records).reasons)
    # The national number is known of every eighth person: that is the sample.
    true = table["person_id"].astype(str).str.split("/").str[0]
    table["national_id"] = true.where(true.astype(np.int64) % 8 == draw % 8)
    records = stored(table)
    linked = link_documents(records, keys=[("crossing_id",)])
    return records, missed_links(linked, truth=["national_id"])


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "share"), [("scans", 0.01), ("links", 0.005)])
@pytest.mark.study
def test_corrected_flows_hold_the_truth(practice, fault: str, share: float) -> None:
    found, truths, raw = [], [], []
    for rows, truth in practice:
        for draw in range(8):
            records, missed = faulty(rows, fault, share, draw)
            with records:
                assert missed.lower <= missed.rate <= missed.upper
                assert missed.rate == pytest.approx(share, rel=0.5)
                found.append(corrected_flows(records, final_flows, missed=missed, seed=20 * draw))
                raw.append(final_flows(records))
            truths.append(truth)
    inside = held(found, truths)
    # 24 runs of which arrivals and departures go wrong together: three standard errors.
    assert inside.mean() >= 0.95 - 3 * (0.95 * 0.05 / 24) ** 0.5
    middle = np.array([each.sel(quantile=0.5) for each in found]) - truths
    before = np.array(raw) - truths
    assert before.mean() > 12  # a third too many, or three times as many
    assert abs(middle.mean()) < 0.15 * before.mean()


def test_the_rule_of_thumb_takes_off_more_than_was_false(practice) -> None:
    """Who travels often loses fewer than one migration a missed link, as the notes say."""
    for rows, _ in practice:
        records, missed = faulty(rows, "links", 0.005, 1)
        with records:
            flow = final_flows(records)
            answers = tables(records).reasons.set_index("reason")["count"]
            trips = xr.full_like(flow, answers["none"] / 2)
            rough = corrected_flow(flow, trips, missed=missed).sel(quantile=0.5)
            better = corrected_flows(records, final_flows, missed=missed, seed=1)
        assert (rough < better.sel(quantile=0.5)).all()
        assert (better.sel(quantile=0.5) < flow).all()


def test_more_faults_hit_the_same_crossings_and_more() -> None:
    ids = np.arange(4000)
    day = np.datetime64("2020-01-01") + ids // 20
    rows = pd.DataFrame({"crossing_id": ids, "person_id": ids % 20, "event_time": day})
    rows["direction"] = (ids // 20 % 2).astype(np.int8)
    with stored(rows) as records, stored(rows.sample(frac=1, random_state=1)) as mixed:
        for fault in ("scans", "links"):
            few, many, again = (
                pd.concat(
                    batch.to_pandas()
                    for batch in with_more_faults(each, fault=fault, share=share, seed=3).batches()
                ).sort_values("crossing_id", ignore_index=True)
                for each, share in ((records, 0.02), (records, 0.2), (mixed, 0.02))
            )
            pd.testing.assert_frame_equal(few, again)
            if fault == "scans":
                assert set(many["crossing_id"]) < set(few["crossing_id"])
                assert 4000 - len(few) == pytest.approx(80, abs=30)
            else:
                assert len(few) == len(many) == 4000
                assert few["person_id"].nunique() == pytest.approx(100, abs=30)
                assert many["person_id"].nunique() > 600
                # Who was somebody else with few is so with many.
                assert (many.groupby("person_id")["person_id"].nunique() == 1).all()
                assert many["person_id"].str.split("/").str[0].astype(int).equals(ids_of(many))


def ids_of(table: pd.DataFrame) -> pd.Series:
    return (table["crossing_id"] % 20).rename("person_id")


def test_no_faults_seen_leave_the_flow_and_say_how_many_there_may_be() -> None:
    ids = np.arange(400)
    rows = pd.DataFrame({"crossing_id": ids, "person_id": ids % 20, "event_time": ids // 20})
    rows["event_time"] = np.datetime64("2020-01-01") + ids // 20

    def kept(records: PersonRecords) -> xr.DataArray:
        return xr.DataArray([float(records.count())], coords={"all": ["all"]})

    with stored(rows) as records:
        nothing = MissedScans(380, 0, 0.0, 0.0, 0.01)
        found = corrected_flows(records, kept, missed=nothing, seed=1).squeeze("all")
        assert found.sel(quantile=0.5) == 400
        # As many more rows as may have been missed: one in a hundred, give or take.
        assert 400 < found.sel(quantile=0.975) < 425
        with pytest.raises(SchemaError, match="nothing can be extrapolated"):
            corrected_flows(records, kept, missed=MissedScans(9, 4, 0.4, 0.2, 0.6), seed=1)
        with pytest.raises(SchemaError, match="no share"):
            with_more_faults(records, fault="links", share=1.0, seed=1)


def test_scans_missed_are_told_by_two_crossings_one_way(practice) -> None:
    rows, _ = practice[0]
    records, missed = faulty(rows, "scans", 0.03, 5)
    with records:
        used = records.count()
    # A few of them lie between two crossings within four hours, which count as one scanned twice.
    assert missed.rate == pytest.approx(1 - used / len(rows), rel=0.1)
    nobody = pd.DataFrame({"what": ["answers"], "reason": ["none"], "count": [0]})
    with pytest.raises(SchemaError, match="nobody crossed twice"):
        missed_scans(nobody)


# Many who move, few who visit: months with enough migrations to judge intervals by.
MIX = {"visits": 30, "workers": 20, "posted": 15, "settlers": 15, "emigrants": 12, "students": 5}


@pytest.mark.slow
def test_provisional_figures_hold_what_is_true(tmp_path: Path) -> None:
    """Six sets of people: intervals of open months against the moves that were made."""
    inside, width, waiting = [], [], []
    for seed in range(6):
        made = synthesize_crossings(
            2000, to=tmp_path / f"{seed}.parquet", start=START, end=END, seed=seed, mix=MIX
        )
        rows = pd.read_parquet(made.truth)
        rows = rows[(rows["migration"] == 1) & (rows["echo"] == 0)]
        way = rows["direction"].map({1: "arrival", 0: "departure"})
        true = rows.groupby([rows["event_time"].dt.strftime("%Y-%m"), way]).size()
        with open_records([made.crossings], threads=1) as records:
            run = provisional_migration(
                records,
                **RULE,
                observed_until=END,
                seed=seed,
                models=["logistic"],
                vintages=1,
                training_months=24,
                refits=8,
            )
        latest = run.latest("logistic").query("status != 'final'")
        moves = true.reindex(list(zip(latest["month"], latest["direction"], strict=True)))
        moves = moves.fillna(0).to_numpy()
        inside += ((latest["lower"] <= moves) & (moves <= latest["upper"])).tolist()
        width += (latest["upper"] - latest["lower"]).tolist()
        waiting += latest["open"].tolist()
    assert len(inside) >= 200
    assert np.mean(inside) >= 0.93  # whole numbers: rather more than 95 percent
    assert np.mean(width) < 0.2 * np.mean(waiting)  # and not by being wide
