# SPDX-License-Identifier: Apache-2.0
"""``keruen measure crossings``, ``register`` and ``traces`` as a user types them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from conftest import find_program
from keruen.cli import app
from keruen.core.errors import WorkbenchError
from keruen.report import record_run
from keruen.sources.synthetic import synthesize_crossings

pytest.importorskip("numba")
RUNNER = CliRunner()
ENGINES = ("duckdb", "spark")
HEAD = "crossing_id,person_id,event_time,direction"


@pytest.fixture
def crossings(tmp_path: Path) -> Path:
    """Crossings of 200 people whose identifiers can be found again in any file."""
    rng = np.random.default_rng(4)
    person = rng.integers(0, 200, 1000)
    table = pd.DataFrame(
        {
            "crossing_id": np.arange(1000),
            "person_id": [f"PERSON{number:05}X" for number in person],
            "event_time": np.datetime64("2018-01-01") + rng.integers(0, 2190, 1000),
            "direction": rng.integers(0, 2, 1000),
            "citizenship": rng.choice(["KAZ", "RUS"], 1000),
            "sex": np.where(person % 2 == 0, "F", "M"),
        }
    )
    table.loc[3, "person_id"] = None
    table["direction"] = table["direction"].astype(str)
    table.loc[[5, 8], "direction"] = "9"
    path = tmp_path / "crossings.csv"
    table.to_csv(path, index=False)
    return path


def run(*arguments: object) -> Result:
    return RUNNER.invoke(app, ["measure", *map(str, arguments)])


def summary(folder: Path) -> dict[str, object]:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def test_files_of_a_run(crossings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("crossings", crossings, "--by", "month,citizenship,sex", "--out", out)
    assert result.exit_code == 0, result.output
    names = {path.name for path in out.iterdir()}
    tables = {"flows", "stocks", "account", "reasons"}
    assert names == {f"{t}.{e}" for t in tables for e in ("csv", "parquet")} | {
        "summary.json", "rejected.csv", "manifest.json",
    }  # fmt: skip
    told = summary(out)
    rows = told["rows"]
    assert rows["read"] == 1000 == rows["used"] + sum(rows["rejected"].values())
    assert rows["rejected"]["null_person"] == 1
    assert rows["rejected"]["unknown_direction"] == 2
    flows = pd.read_parquet(out / "flows.parquet")
    assert told["long_term_arrivals"] == flows["arrivals"].sum() > 0
    assert told["long_term"] == flows[["arrivals", "departures"]].to_numpy().sum()
    assert (flows["net"] == flows["arrivals"] - flows["departures"]).all()
    assert set(flows["protection"]) == {"none"}
    assert told["engine"] == "duckdb"
    assert told["seconds"] > 0
    assert told["peak_memory_gb"] > 0
    rejected = pd.read_csv(out / "rejected.csv")
    assert list(rejected) == ["file", "row", "reason"]
    assert rejected["row"].tolist() == [5, 7, 10]  # the heading is row 1
    pd.testing.assert_frame_equal(
        pd.read_csv(out / "stocks.csv"), pd.read_parquet(out / "stocks.parquet"), check_dtype=False
    )


@pytest.mark.parametrize("disclosure", ["none", "threshold:5", "round:3", "cellkey"])
def test_no_identifier_leaves(crossings: Path, tmp_path: Path, disclosure: str) -> None:
    out = tmp_path / "out"
    result = run("crossings", crossings, "--by", "month,sex", "--disclosure", disclosure,
                 "--initial", "opposite", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    held = [path.read_bytes() for path in out.iterdir()]
    held += [pd.read_parquet(path).to_csv().encode() for path in out.glob("*.parquet")]
    assert not any(re.search(rb"PERSON\d+", content) for content in held)
    assert "PERSON" not in result.output
    assert list(tmp_path.glob(".keruen*")) == []
    manifest = json.loads((out / "manifest.json").read_text())
    protection = pd.read_csv(out / "flows.csv")["protection"].unique().tolist()
    assert protection == [manifest["disclosure"]["method"]]
    assert (out / "account.csv").exists() == (disclosure == "none")


def test_keys_do_not_change_totals(crossings: Path, tmp_path: Path) -> None:
    totals = set()
    for number, by in enumerate(["", "month", "citizenship", "sex,month,citizenship"]):
        out = tmp_path / str(number)
        assert run("crossings", crossings, "--by", by, "--out", out).exit_code == 0
        flows = pd.read_csv(out / "flows.csv")
        totals.add(tuple(flows[["arrivals", "departures", "open_arrivals"]].sum()))
    assert len(totals) == 1


def test_a_vintage_uses_what_was_known(crossings: Path, tmp_path: Path) -> None:
    table = pd.read_csv(crossings, dtype=str)
    early = tmp_path / "early.csv"
    table[table["event_time"] <= "2021-06-30"].to_csv(early, index=False)
    results = []
    for path in (crossings, early):
        out = tmp_path / path.stem
        assert run("crossings", path, "--as-of", "2021-06-30", "--out", out).exit_code == 0
        results.append(pd.read_csv(out / "flows.csv"))
    pd.testing.assert_frame_equal(*results)
    assert summary(tmp_path / "crossings")["rows"]["rejected"]["outside_window"] > 0


def test_the_same_key_gives_the_same_tables(crossings: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    for method in ("cellkey", "round:3"):
        texts = []
        for number in range(2):
            out = tmp_path / f"{method}{number}"
            result = run("crossings", crossings, "--by", "month,sex", "--initial", "opposite",
                         "--disclosure", method, "--key", key, "--out", out)  # fmt: skip
            assert result.exit_code == 0, result.output
            texts.append((out / "flows.csv").read_bytes() + (out / "manifest.json").read_bytes())
        first, second = (re.sub(rb'"sha256": "\w+"', b"", text) for text in texts)
        assert first == second  # but for the digest of the summary, which has the seconds
        assert b'"secret": "given"' in texts[0]


def test_one_person_is_explained_and_nothing_kept(tmp_path: Path) -> None:
    path = tmp_path / "crossings.csv"
    path.write_text(
        f"{HEAD}\n1,ANNA,2020-01-01,1\n2,ANNA,2020-01-11,0\n3,ANNA,2020-03-11,1\n"
        "4,ANNA,2023-11-01,0\n5,ANNA,2023-11-02,0\n6,BORIS,2023-12-31,1\n"
    )
    before = set(tmp_path.iterdir())
    result = run("crossings", path, "--observed-from", "2018-01-01", "--explain", "ANNA")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()[2:]
    assert [line[:10] for line in lines] == [
        "2020-01-01", "2020-01-11", "2020-03-11", "2023-11-01", "2023-11-02",
    ]  # fmt: skip
    assert "LONG-TERM ARRIVAL: 427 of 487 days after it were spent in the country" in lines[0]
    assert "no crossing for so long before" in lines[0]
    assert "not long-term: 60 of 487 days after it were spent abroad" in lines[1]
    assert "resident before it as after it" in lines[2]
    assert "not yet known" in lines[3]
    assert "one between them is missing" in lines[3]
    assert "BORIS" not in result.output
    assert set(tmp_path.iterdir()) == before


def test_columns_and_codes_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("no;traveller;when;way;oblast\n1;A;2020-01-01 10:00;IN;KZ-75\n")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "columns:\n  crossing_id: no\n  person_id: traveller\n  event_time: when\n"
        "  direction: way\n  region: oblast\ndirections:\n  IN: 1\n  OUT: 0\n"
    )
    out = tmp_path / "out"
    result = run("crossings", path, "--columns", mapping, "--by", "month,region",
                 "--observed-from", "2018-01-01", "--observed-until", "2022-01-01",
                 "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    flows = pd.read_csv(out / "flows.csv")
    assert flows[["month", "region", "arrivals"]].to_numpy().tolist() == [["2020-01", "KZ-75", 1]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rule", "3/12"], "is no rule"),
        (["--rule", "100d/365d"], "is no rule"),
        (["--by", "month,region"], "no column 'region'"),
        (["--by", "age"], "no column 'birth_date' to count by"),
        (["--by", "person_id"], "cannot be counted by 'person_id'"),
        (["--disclosure", "hide"], "no disclosure control"),
        (["--initial", "nothing.csv"], "no such file"),
        (["--observed-from", "2030-01-01"], "check --observed-from"),
        (["--memory", "much"], "no size"),
        (["--key", "nothing"], "key cannot be read"),
        (["--columns", "nothing.yaml"], "no such file"),
        (["--explain", "NOBODY"], "no crossing of this person"),
    ],
)
def test_one_clear_fault(crossings: Path, tmp_path: Path, options: list[str], message: str) -> None:
    out = tmp_path / "out"
    result = run("crossings", crossings, *options, "--out", out)
    assert isinstance(result.exception, WorkbenchError)
    assert message in str(result.exception)
    assert not out.exists()


def test_own_columns_in_the_mapping_need_not_be_counted_by(tmp_path: Path) -> None:
    path, mapping = tmp_path / "mine.csv", tmp_path / "mapping.yaml"
    path.write_text(f"{HEAD},oblast\n1,A,2020-01-01,1,KZ-75\n2,A,2025-01-01,0,KZ-75\n")
    mapping.write_text("region: oblast\n")
    out = tmp_path / "out"
    result = run("crossings", path, "--columns", mapping, "--observed-from", "2018-01-01",
                 "--observed-until", "2022-01-01", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "1 outside_window (the first: " in result.output
    assert "mine.csv, row 3)" in result.output
    assert "Observed from 2018-01-01 to the day before 2022-01-01." in result.output
    assert summary(out)["rows"]["rejected"] == {"outside_window": 1}
    rejected = pd.read_csv(out / "rejected.csv")
    assert rejected[["row", "reason"]].to_numpy().tolist() == [[3, "outside_window"]]


def test_what_can_be_refused_before_reading_is(crossings: Path, tmp_path: Path) -> None:
    book, out = tmp_path / "crossings.xlsx", tmp_path / "out"
    out.write_text("")
    for command in ("crossings", "register", "traces"):
        result = run(command, book, "--out", out)
        assert "save the sheet as CSV" in str(result.exception)
        assert "this is a file" in str(result.exception)
    result = run("crossings", tmp_path / "nothing.csv", "--rule", "13/16", "--out", tmp_path / "o")
    assert "is no rule" in str(result.exception)


def test_code_2_of_the_command(crossings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keruen import cli

    line = ["keruen", "measure", "crossings", str(crossings), "--rule", "1/1", "--out", "x"]
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2


def test_a_bad_mapping_says_what_to_write(crossings: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    for text in ("- a\n", "directions:\n  IN: 2\n", "columns: 3\n"):
        mapping.write_text(text)
        result = run("crossings", crossings, "--columns", mapping, "--out", tmp_path / "out")
        assert "cannot be used" in str(result.exception)


def test_interruption_leaves_what_was_there(
    crossings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert run("crossings", crossings, "--out", out).exit_code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    for where in ("row_counts", "crossing_tables"):
        with monkeypatch.context() as patch:
            patch.setattr(record_run, where, interrupted)
            result = run("crossings", crossings, "--by", "month,sex", "--out", out)
        assert result.exit_code != 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert list(scratch.iterdir()) == []
    assert list(tmp_path.glob(".keruen*")) == []


def test_register(tmp_path: Path) -> None:
    path, signs, out = tmp_path / "register.csv", tmp_path / "signs.csv", tmp_path / "out"
    path.write_text(
        "person_id,place,start,end\nP-001,KZ-75,2015-01-01,2019-03-01\nP-001,KZ-75,2021-05-05,\n"
        "P-002,KZ-71,2018-02-01,\nP-003,KZ-71,2018-02-01,2018-05-01\nP-004,,2018-02-01,\n"
        "P-005,KZ-71,2018-02-01,soon\n"
    )
    signs.write_text("person_id,year,tax\nP-001,2021,1\nP-002,2018,1\nP-002,2019,0\n")
    result = run("register", path, "--by", "month,place", "--observed-until", "2024-01-01",
                 "--signs", signs, "--weights", "tax=1", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    flows = pd.read_csv(out / "flows.csv")
    assert flows[["month", "place", "arrivals", "departures"]].to_numpy().tolist() == [
        ["2015-01", "KZ-75", 1, 0],
        ["2018-02", "KZ-71", 1, 0],
        ["2019-03", "KZ-75", 0, 1],
        ["2021-05", "KZ-75", 1, 0],
    ]
    assert summary(out)["rows"] == {
        "read": 6, "used": 4, "rejected": {"null_place": 1, "unreadable_end": 1},
    }  # fmt: skip
    left = pd.read_csv(out / "inferred_departures.csv")
    # Of P-002 the last sign is of 1 July 2018; half a year later is the end of that year.
    assert left[["month", "inferred_departures"]].to_numpy().tolist()[0] == ["2018-12", 1]
    residency = pd.read_csv(out / "residency.csv").set_index(["month", "resident"])["persons"]
    assert residency["2019-01", "resident"] == 1  # index 0.8
    assert residency["2020-01", "not_resident"] == 1  # index 0.64
    assert not any(b"P-00" in file.read_bytes() for file in out.iterdir())


@pytest.mark.parametrize("weights", ["", "tax", "tax=much"])
def test_signs_need_weights(tmp_path: Path, weights: str) -> None:
    path = tmp_path / "register.csv"
    path.write_text("person_id,place,start,end\nP,KZ-75,2015-01-01,\n")
    result = run("register", path, "--signs", path, "--weights", weights, "--out", tmp_path / "o")
    assert "need a file and weights" in str(result.exception)


@pytest.fixture
def sightings(tmp_path: Path) -> Path:
    """Twenty users who move to one place on 10 April 2024, and three who move to another."""
    days = np.datetime64("2024-01-01") + np.arange(200)
    rows = [
        pd.DataFrame(
            {
                "person_id": f"USER{user:03}",
                "event_time": days.astype("datetime64[us]"),
                "place": np.where(np.arange(200) < 100, "A", "B" if user < 20 else "C"),
            }
        )
        for user in range(23)
    ]
    path = tmp_path / "traces.parquet"
    pd.concat(rows).to_parquet(path)
    return path


def test_traces(sightings: Path, tmp_path: Path) -> None:
    assert run("traces", sightings, "--disclosure", "none", "--out", tmp_path / "a").exit_code == 0
    moves = pd.read_csv(tmp_path / "a" / "moves.csv")
    assert moves[["month", "origin", "destination", "moves"]].to_numpy().tolist() == [
        ["2024-04", "A", "B", 20],
        ["2024-04", "A", "C", 3],
    ]


def test_few_users_are_hidden_unless_told_otherwise(sightings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("traces", sightings, "--out", out)
    assert result.exit_code == 0, result.output
    moves = pd.read_csv(out / "moves.csv").set_index(["month", "origin", "destination"])["moves"]
    assert np.isnan(moves["2024-04", "A", "C"])
    assert np.isnan(moves["2024-04", "A", "B"])  # with the total it would tell the other
    assert moves["_T", "_T", "_T"] == 23
    assert not any(b"USER" in file.read_bytes() for file in out.iterdir())


def test_moves_stand_for_people_by_the_share_of_their_place(
    sightings: Path, tmp_path: Path
) -> None:
    shares, out = tmp_path / "shares.csv", tmp_path / "out"
    shares.write_text("place,share\nA,0.25\nB,0.5\n")
    line = ["traces", sightings, "--shares", shares]
    assert run(*line, "--disclosure", "none", "--out", out).exit_code == 0
    moves = pd.read_csv(out / "moves.csv")
    assert moves[["moves", "population"]].to_numpy().tolist() == [[20, 80], [3, 12]]
    assert run(*line, "--out", out).exit_code == 0
    moves = pd.read_csv(out / "moves.csv").set_index(["month", "origin", "destination"])
    assert moves.loc[("2024-04", "A", "_T"), "population"] == 23 / 0.25
    assert moves["population"].isna().sum() == len(moves) - 2  # of the month, and of all months
    shares.write_text("place,share\nA,0\nA,2\n")
    result = run(*line, "--out", out)
    assert "row 2" in str(result.exception)
    assert "row 3" in str(result.exception)


@pytest.fixture(scope="module")
def movers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four and a half years of crossings, of many who move."""
    file = tmp_path_factory.mktemp("movers") / "crossings.parquet"
    mix = {"visits": 30, "workers": 20, "settlers": 30, "emigrants": 20}
    synthesize_crossings(
        1500, to=file, start=date(2016, 1, 1), end=date(2020, 7, 1), seed=7, mix=mix
    )
    return file


PROVISIONAL = ["--observed-from", "2016-01-01", "--observed-until", "2020-07-01"]


@pytest.mark.slow
def test_provisional_figures_agree_with_the_flows(movers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = [*PROVISIONAL, "--by", "month,sex", "--provisional", "cells", "--out", out]
    result = run("crossings", movers, *options)
    assert result.exit_code == 0, result.output
    figures, flows = (pd.read_csv(out / f"{name}.csv") for name in ("provisional", "flows"))
    assert set(figures["status"]) == {"final", "provisional"}
    for way in ("arrival", "departure"):
        mine = figures[figures["direction"] == way].set_index(["month", "sex"])
        told = flows.set_index(["month", "sex"]).reindex(mine.index).fillna(0)
        assert (mine["known"] == told[f"{way}s"]).all()
        assert (mine["open"] == told[f"open_{way}s"]).all()
        assert mine["known"].sum() > 100
    final = figures[figures["status"] == "final"]
    assert (final["estimate"] == final["known"]).all()
    assert (figures["lower"] <= figures["estimate"]).all()
    assert (figures["estimate"] <= figures["upper"]).all()
    triangle = pd.read_csv(out / "revisions.csv")
    told = summary(out)["provisional"]
    assert triangle["vintage"].nunique() == told["vintages"] == 8
    assert told["model"] == "cells"
    assert not told["accepted"]  # eight vintages are too few to say
    assert told["coverage"]["months"] < told["coverage"]["months_needed"]


@pytest.mark.slow
def test_protected_provisional_figures_are_rounded_totals(movers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = [*PROVISIONAL, "--by", "month,sex", "--provisional", "cells", "--out", out]
    result = run("crossings", movers, *options, "--disclosure", "threshold:5")
    assert result.exit_code == 0, result.output
    figures = pd.read_csv(out / "provisional.csv")
    assert list(figures) == [
        "month", "direction", "estimate", "lower", "upper", "status", "protection",
    ]  # fmt: skip
    assert (figures[["estimate", "lower", "upper"]] % 5 == 0).all(axis=None)
    assert not (out / "revisions.csv").exists()


def test_provisional_figures_want_the_first_day(movers: Path, tmp_path: Path) -> None:
    result = run("crossings", movers, "--provisional", "best", "--out", tmp_path / "out")
    assert "--observed-from" in str(result.exception)


@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.timeout(900)
def test_the_command_on_spark_gives_the_same_tables(tmp_path: Path) -> None:
    """A million crossings, with the master of Spark's own configuration."""
    find_program("java", what="Java (Debian: openjdk-17-jre-headless)")
    pytest.importorskip("pyspark", reason="NOT AVAILABLE: pyspark (extra spark)")
    file, log = tmp_path / "practice.parquet", tmp_path / "events"
    log.mkdir()
    days = {"start": date(2018, 1, 1), "end": date(2025, 1, 1)}
    made = synthesize_crossings(100_000, to=file, seed=5, missing=0.01, echoes=0.01, **days)
    assert made.rows > 1_000_000
    (tmp_path / "spark-defaults.conf").write_text(
        "spark.master local[2]\nspark.ui.enabled false\nspark.driver.host 127.0.0.1\n"
        "spark.driver.bindAddress 127.0.0.1\nspark.eventLog.enabled true\n"
        f"spark.eventLog.dir {log.as_uri()}\nspark.eventLog.compress false\n"
    )
    options = ["--observed-from", "2018-01-01", "--by", "month,citizenship,sex", "--out"]
    assert run("crossings", file, *options, tmp_path / "duckdb").exit_code == 0
    line = [sys.executable, "-m", "keruen.cli", "measure", "crossings", file, "--engine", "spark"]
    done = subprocess.run(
        [*map(str, line), *options, str(tmp_path / "spark")],
        env={**os.environ, "SPARK_CONF_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name in ("flows", "stocks", "account", "reasons", "rejected"):
        one, other = ((tmp_path / engine / f"{name}.csv").read_text() for engine in ENGINES)
        assert one == other, name
    told = [summary(tmp_path / engine) for engine in ENGINES]
    for each in told:
        del each["engine"], each["seconds"], each["peak_memory_gb"]
    assert told[0] == told[1]
    events = "".join(path.read_text() for path in log.rglob("*") if path.is_file())
    assert '"spark.master":"local[2]"' in events
