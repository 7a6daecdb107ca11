# SPDX-License-Identifier: Apache-2.0
"""Practice crossings: the same for the same seed, with faults as asked and truth as found."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from keruen.cli.data import app
from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.measure.residence import RULES, classify_crossings
from keruen.sources import synthetic
from keruen.sources._travellers import KINDS
from keruen.sources.records import open_records
from keruen.sources.synthetic import synthesize_crossings

START, END = date(2018, 1, 1), date(2023, 1, 1)
make = partial(synthesize_crossings, start=START, end=END, seed=5)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    return make(6000, to=folder / "clean.parquet")


def test_same_seed_same_bytes(clean, tmp_path):
    again = make(6000, to=tmp_path / "clean.parquet")
    assert again.crossings.read_bytes() == clean.crossings.read_bytes()
    assert again.truth.read_bytes() == clean.truth.read_bytes()
    other = synthesize_crossings(6000, to=tmp_path / "b.parquet", start=START, end=END, seed=6)
    assert other.rows != again.rows


def test_more_persons_change_no_row(clean, tmp_path, monkeypatch):
    few = make(1500, to=tmp_path / "few.parquet")
    rows, more = (pd.read_parquet(each.crossings) for each in (few, clean))
    same = more[more.person_id.isin(rows.person_id)].drop(columns="crossing_id")
    pd.testing.assert_frame_equal(
        same.reset_index(drop=True), rows.drop(columns="crossing_id").reset_index(drop=True)
    )


def test_blocks_are_written_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic, "_PERSONS", 1000)
    make(2500, to=tmp_path / "a.parquet")
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert file.num_row_groups == 3
    ids = file.read(["crossing_id"])["crossing_id"].to_numpy()
    assert (ids == np.arange(1, len(ids) + 1)).all()
    assert b"practice data" in file.schema_arrow.metadata[b"keruen"]


def test_the_rule_finds_the_true_migrations_and_no_other(clean, tmp_path):
    """Complete records and a known first status: every answer agrees with the truth."""
    truth = pd.read_parquet(clean.truth)
    first = truth.sort_values("event_time").groupby("person_id").first()
    known = pd.DataFrame(
        {
            "event_time": START.isoformat(),
            "resident": np.where(first.migration == 1, 1 - first.resident, first.resident),
        },
        index=first.index,
    )
    known.to_csv(tmp_path / "known.csv")
    threshold, window = RULES["12/16"]
    with open_records([clean.crossings]) as records:
        stated = open_records([tmp_path / "known.csv"], layout="status_known", beside=records)
        answers = classify_crossings(
            records,
            threshold_days=threshold,
            window_days=window,
            observed_until=END,
            status_known=stated,
        )
        answers.write(tmp_path / "answers.parquet")
    both = pd.read_parquet(tmp_path / "answers.parquet").merge(
        truth[["crossing_id", "migration", "resident", "kind"]], on="crossing_id"
    )
    assert len(both) == clean.rows
    final = both[both.long_term.notna()]
    assert (final.long_term == final.migration).all()
    assert (final.after == final.resident)[final.after.notna()].all()
    assert final.migration.sum() > 80
    old = both[both.event_time < pd.Timestamp(END) - pd.Timedelta(days=window)]
    assert old.long_term.notna().all()


def test_directions_alternate_when_nothing_is_missing(clean):
    rows = pd.read_parquet(clean.crossings).sort_values(["person_id", "event_time"])
    same_person = rows.person_id.diff() == 0
    assert (rows.direction.diff()[same_person] != 0).all()
    assert rows.event_time.min() >= pd.Timestamp(START)
    assert rows.event_time.max() < pd.Timestamp(END)
    assert rows.country_previous.notna().eq(rows.direction == 1).all()


def test_volume_and_kinds(clean):
    truth = pd.read_parquet(clean.truth)
    yearly = clean.rows / 6000 / 5
    # 20.5 million crossings in seven months, of twelve million persons: 1.7 a person.
    months = truth[truth.event_time.dt.month <= 7]
    assert 12e6 * len(months) / 6000 / 5 == pytest.approx(20.5e6, rel=0.12)
    assert 2.4 < yearly < 3.4
    assert sum(kind.share for kind in KINDS.values()) == pytest.approx(1)
    assert set(truth.kind) == set(KINDS)


def test_faults_are_as_many_as_asked(clean, tmp_path):
    faulty = make(6000, to=tmp_path / "f.parquet", missing=0.02, echoes=0.03, changed_passports=0.1)
    rows, truth = pd.read_parquet(faulty.crossings), pd.read_parquet(faulty.truth)
    real = truth[truth.echo == 0]
    assert len(real) == clean.rows
    assert faulty.migrations == clean.migrations == real.migration.sum()
    assert faulty.missed == real.crossing_id.isna().sum()
    assert faulty.missed / len(real) == pytest.approx(0.02, rel=0.1)
    assert faulty.repeated == truth.echo.sum() == faulty.rows - len(real) + faulty.missed
    assert faulty.repeated / len(real) == pytest.approx(0.03 * 0.98, rel=0.1)
    assert rows.crossing_id.is_unique
    assert set(rows.crossing_id) == set(truth.crossing_id.dropna())
    # A document is one person's; 0.1 new ones a year show as second person_id.
    linked = rows.merge(truth, on="crossing_id", suffixes=("", "_true"))
    assert (linked.groupby("person_id").person_id_true.nunique() == 1).all()
    assert (linked.groupby("document_key").person_id.nunique() == 1).all()
    documents = linked.groupby("person_id_true").person_id.nunique()
    spans = linked.groupby("person_id_true").event_time.agg(lambda t: (t.max() - t.min()).days)
    assert (documents - 1).sum() / (spans.sum() / 365.25) == pytest.approx(0.1, rel=0.15)


def test_dates_only(tmp_path):
    done = make(300, to=tmp_path / "d.parquet", dates_only=True)
    assert str(pq.read_schema(done.crossings).field("event_time").type) == "date32[day]"
    with open_records([done.crossings]) as records:
        assert records.count() == done.rows
        assert not len(records.rejects)


def test_bad_settings_are_named_together(tmp_path):
    with pytest.raises(FaultsError) as fault:
        make(0, to=tmp_path / "a.parquet", missing=1.0)
    assert {each.where for each in fault.value.faults} == {"persons", "missing"}
    with pytest.raises(SchemaError, match="end is out of range"):
        synthesize_crossings(5, to=tmp_path / "a.parquet", start=END, end=START, seed=1)
    with pytest.raises(FileError):
        make(5, to=tmp_path / "no" / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_command(tmp_path):
    file = tmp_path / "c.parquet"
    words = f"synthesize crossings --persons 400 --to {file} --seed 5 --missing 0.05"
    result = CliRunner().invoke(app, [*words.split(), "--from", "2020-01-01"])
    assert result.exit_code == 0, result.output
    rows = pq.read_metadata(file).num_rows
    assert f"{rows:,} crossings (practice data)" in result.output
    assert (tmp_path / "c-truth.parquet").exists()
