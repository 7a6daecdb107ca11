# SPDX-License-Identifier: Apache-2.0
"""Person-level records: reading, refusing, stacking, counting, in both engines."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap
import warnings
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import find_program
from keruen.core.errors import FileError, SchemaError
from keruen.core.records import whole_persons
from keruen.measure.record_pass import crossing_tables
from keruen.measure.record_tables import ObservedDays
from keruen.measure.residence import classify_crossings
from keruen.sources.records import open_records, table_records
from records_cases import day, journeys, store

CROSSINGS = """\
crossing_id,person_id,event_time,direction,sex
1,A,2020-01-01,1,F
2,,2020-01-02,1,
3,A
4,A,2020-01-11 10:00,0,F
5,A,2020-03-11T03:00:00.5,1,F
6,A,2020-13-11,1,F
7,B,2020-03-11,2,
8,B,2020-03-11,0,
9,B,2020-03-12,1,x,y
10,B,2020-03-12 10:00+05:00,1,x
"""
REFUSED = [
    ("mixed_time_zones", 1, 11),
    ("null_person", 1, 3),
    ("too_few_fields", 1, 4),
    ("too_many_fields", 1, 10),
    ("unknown_direction", 1, 8),
    ("unreadable_time", 1, 7),
]


@pytest.fixture(scope="module")
def spark():
    """A local Spark session of two threads."""
    find_program("java", what="Java (Debian: openjdk-17-jre-headless)")
    sql = pytest.importorskip("pyspark.sql", reason="NOT AVAILABLE: pyspark (extra spark)")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()
    collect()


# The bridge to Java leaves its sockets to the garbage collector.
SPARK = [pytest.mark.spark, pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")]


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=SPARK)])
def engine(request):
    if request.param == "spark":
        request.getfixturevalue("spark")
    yield request.param
    collect()


def collect() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_every_row_is_used_or_refused_with_its_reason(engine, tmp_path):
    file = written(tmp_path / "crossings.csv", CROSSINGS)
    with open_records([file], engine=engine) as records:
        found = records.rejects[["reason", "count", "row"]].itertuples(index=False, name=None)
        assert list(found) == REFUSED
        assert set(records.rejects["file"]) == {str(file)}
        assert records.count() + records.rejects["count"].sum() == 10
        records.write_rejects(tmp_path / "rejects.csv")
        rejects = pd.read_csv(tmp_path / "rejects.csv")
        assert rejects["row"].tolist() == [3, 4, 7, 8, 10, 11]
        rows = pd.concat(b.to_pandas() for b in records.batches(order=["event_time"]))
    assert rows["crossing_id"].tolist() == ["1", "4", "5", "8"]
    assert rows["event_time"].tolist()[2] == pd.Timestamp("2020-03-11 03:00:00.5")
    assert rows["sex"].tolist() == ["F", "F", "F", "unknown"]


def test_headings_codes_and_dates(engine, tmp_path):
    text = "no;who;when;way;note\n1;7;2020-01-01;Entry;x\n2;7;2020-02-01;EXIT;y\n"
    file = written(tmp_path / "a.csv", text)
    with open_records(
        [file],
        columns={
            "crossing_id": "no",
            "person_id": "who",
            "event_time": "when",
            "direction": "way",
        },
        directions={"entry": 1, "exit": 0},
        carry=["note"],
        engine=engine,
    ) as records:
        assert pa.types.is_date(records.schema.field("event_time").type)
        rows = pd.concat(b.to_pandas() for b in records.batches(order=["event_time"]))
    assert rows["direction"].tolist() == [1, 0]
    assert rows["note"].tolist() == ["x", "y"]


def test_several_files_and_side_tables(engine, tmp_path):
    frame = journeys(60, seed=2)
    files = [
        store(frame.iloc[:100], tmp_path / "a.parquet"),
        store(frame.iloc[100:], tmp_path / "b.parquet"),
    ]
    deaths = written(tmp_path / "deaths.csv", "person_id,event_time\n3,2016-01-01\n")
    with open_records(files, engine=engine) as records:
        assert records.count() == len(frame)
        side = open_records([deaths], layout="deaths", beside=records)
        both = records.stack(side)
        assert both.count() == len(frame) + 1
        # Whole numbers and text together become text.
        assert pa.types.is_string(both.schema.field("person_id").type)
        answers = classify_crossings(
            records,
            threshold_days=365,
            window_days=487,
            observed_until=day(1500),
            deaths=side,
        )
        assert answers.count() == len(frame)
        late = answers.tabulate(["person_id", "excluded"], where={"excluded": "after_death"})
        assert set(late["person_id"]) == {"3"}


def test_counting_selecting_and_writing(engine, tmp_path):
    frame = journeys(50, seed=3)
    file = store(frame, tmp_path / "a.parquet")
    with open_records([file], engine=engine) as records:
        counts = records.tabulate(["sex", "direction"], total=["crossing_id"])
        groups = frame.groupby(["sex", "direction"])["crossing_id"]
        assert counts["count"].tolist() == groups.size().tolist()
        assert counts["crossing_id"].tolist() == groups.sum().tolist()
        assert list(counts.columns) == ["sex", "direction", "count", "crossing_id"]
        women = records.select(["person_id", "sex"], where={"sex": "F", "direction": [0, 1]})
        assert women.count() == (frame["sex"] == "F").sum()
        assert records.tabulate([])["count"].tolist() == [len(frame)]
        women.write(tmp_path / "women.parquet")
    assert pq.read_table(tmp_path / "women.parquet").num_rows == (frame["sex"] == "F").sum()


def test_persons_are_never_divided(engine, tmp_path):
    frame = journeys(400, seed=4)
    with open_records([store(frame, tmp_path / "a.parquet")], engine=engine) as records:
        seen: list[int] = []
        for batch in records.batches(order=["event_time"]):
            seen += dict.fromkeys(batch["person_id"].to_pylist())
    assert len(seen) == len(set(seen)) == frame["person_id"].nunique()


def test_batches_cut_anywhere():
    whole = pa.record_batch({"person_id": [1] * 5 + [2] + [3] * 300 + [4] * 2})
    for size in (1, 2, 7, 100, 308):
        parts = [whole.slice(k, size) for k in range(0, 308, size)]
        made = list(whole_persons(iter(parts)))
        assert pa.concat_batches(made).equals(whole)
        firsts = [
            person for part in made for person in dict.fromkeys(part["person_id"].to_pylist())
        ]
        assert firsts == [1, 2, 3, 4]


def fault_of(*files: Path, engine: str = "duckdb", **options):
    with pytest.raises((SchemaError, FileError)) as fault:
        open_records(list(files), engine=engine, **options)
    return fault.value


def test_damaged_and_forbidden_files(engine, tmp_path):
    good = store(journeys(500, seed=1), tmp_path / "good.parquet")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(good.read_bytes()[:-200])
    fault = fault_of(cut, engine=engine)
    assert (fault.id, str(cut)) == ("DamagedFile", fault.where)
    fault = fault_of(tmp_path / "none.parquet", engine=engine)
    assert fault.id == "NotFound"
    assert fault_of(tmp_path, engine=engine).id == "NotReadable"
    assert fault_of(engine=engine).id == "NotFound"


def test_no_permission_is_one_clear_line(tmp_path):
    file = store(journeys(5, seed=1), tmp_path / "a.parquet")
    file.chmod(0)
    script = """
        import os, sys
        from pathlib import Path
        from keruen.core.errors import FileError
        from keruen.sources.records import open_records
        import keruen.sources._duckdb_reading
        if os.geteuid() == 0:  # who may read everything
            os.setuid(65534)
        try:
            open_records([Path(sys.argv[1])])
        except FileError as fault:
            print(fault.id, fault)
    """
    done = run_apart(script, file)
    assert done.stdout.startswith("NotReadable the file may not be read: "), done.stderr
    assert str(file) in done.stdout


def test_files_that_differ(engine, tmp_path):
    frame = journeys(20, seed=1)
    a = store(frame, tmp_path / "a.parquet")
    b = store(frame.drop(columns="sex"), tmp_path / "b.parquet")
    fault = fault_of(a, b, engine=engine)
    assert fault.id == "DifferentColumns"
    assert "'sex'" in str(fault)
    assert str(b) in fault.where
    texts = store(frame.assign(person_id=frame["person_id"].astype(str)), tmp_path / "c.parquet")
    assert "'person_id'" in str(fault_of(a, texts, engine=engine))
    csv = written(tmp_path / "d.csv", CROSSINGS)
    assert fault_of(a, csv, engine=engine).id == "DifferentColumns"


def test_columns_that_are_not_there(engine, tmp_path):
    file = written(tmp_path / "a.csv", "crossing_id,person\n1,A\n")
    fault = fault_of(file, columns={"person_id": "who"}, engine=engine)
    assert "'who'" in str(fault)
    assert "'event_time'" in str(fault)
    assert "crossing_id, person" in str(fault)


def test_columns_may_be_called_by_words_of_sql(engine, tmp_path):
    words = ["order", "select", "end", "group"]
    text = "crossing_id,person_id,event_time,direction," + ",".join(words)
    file = written(tmp_path / "a.csv", f"{text}\n1,A,2020-01-01,1,a,b,c,d\n")
    with open_records([file], carry=words, engine=engine) as records:
        assert records.tabulate(words)["count"].tolist() == [1]
        (batch,) = records.batches(order=["event_time"])
        assert [batch[word].to_pylist() for word in words] == [["a"], ["b"], ["c"], ["d"]]


HEAD = "crossing_id,person_id,event_time,direction"


@pytest.mark.parametrize(
    ("text", "identifier", "parts"),
    [
        ("", "EmptyFile", ["the file is empty", "names the columns"]),
        ("\n1,A\n", "EmptyFile", ["the first line is empty"]),
        (f"{HEAD},Sex,sex\n1,A,2020-01-01,1,F,F\n", "DuplicateHeading", ["'Sex'", "row 1"]),
        ("a,b\n1,2\n", "MissingColumn", ["'person_id'", "it has a, b", "--columns"]),
        (f"{HEAD}\n1,A,31.03.2024,1\n", "NothingUsable", ["row 2", "day first is not read"]),
        (f"{HEAD}\n1,A,2024-03-31,IN\n", "NothingUsable", ["row 2", "'directions:'"]),
        (f"{HEAD}\n1,A,2024-03-31\n", "NothingUsable", ["row 2", "too few fields"]),
        ("\0c\0r\0o\0s\0s\n", "NotText", ["save it as CSV UTF-8"]),
    ],
)
def test_one_clear_fault_of_a_file(engine, text, identifier, parts, tmp_path):
    file = written(tmp_path / "a.csv", text)
    fault = fault_of(file, engine=engine)
    said = f"{fault} {fault.where} {fault.remedy}"
    assert identifier in (fault.id, *(each.id for each in getattr(fault, "faults", ())))
    assert all(part in said for part in [*parts, str(file)]), said


def test_rows_outside_the_window_are_refused_with_their_row(engine, tmp_path):
    file = written(tmp_path / "crossings.csv", CROSSINGS)
    window = (date(2020, 1, 11), date(2020, 3, 11))
    with open_records([file], window=window, engine=engine) as records:
        assert records.count() == 1
        found = records.rejects.set_index("reason").loc["outside_window", ["count", "row"]]
        assert found.tolist() == [3, 2]
        assert records.rejects["count"].sum() == 9


def test_spells_that_do_not_last_are_refused_with_their_row(engine, tmp_path):
    head = "person_id,place,start,end\n"
    rows = "A,X,2020-01-01,2020-01-01\nA,X,2020-02-01,\nB,X,2020-02-01,2019-01-01\n"
    file = written(tmp_path / "a.csv", head + rows)
    with open_records([file], layout="spells", engine=engine) as records:
        assert records.count() == 1
        found = records.rejects[["reason", "count", "row"]].values.tolist()
    assert found == [["end_not_after_start", 2, 2]]


def test_records_nobody_closes_leave_nothing(tmp_path):
    """Collected, at the end of the process, and after an interruption."""
    file = written(tmp_path / "a.csv", CROSSINGS)
    work = tmp_path / "work"
    work.mkdir()
    records = open_records([file], work=work)
    assert list(work.iterdir())
    del records
    collect()
    assert not list(work.iterdir())
    script = """
        import sys
        from pathlib import Path
        from keruen.sources.records import open_records
        records = open_records([Path(sys.argv[1])], work=Path(sys.argv[2]))
        assert list(Path(sys.argv[2]).iterdir())
        raise KeyboardInterrupt
    """
    done = run_apart(script, file, work)
    assert "KeyboardInterrupt" in done.stderr
    assert not list(work.iterdir())


def test_moments_of_universal_time_are_refused(engine, tmp_path):
    frame = journeys(5, seed=1)
    frame["event_time"] = frame["event_time"].dt.tz_localize("Asia/Almaty")
    file = tmp_path / "a.parquet"
    table = pa.Table.from_pandas(frame, preserve_index=False)
    place = table.schema.get_field_index("event_time")
    zoned = table["event_time"].cast(pa.timestamp("us", "Asia/Almaty"))
    pq.write_table(table.set_column(place, "event_time", zoned), file)
    assert fault_of(file, engine=engine).id == "WrongType"


def test_nothing_usable_names_the_first_row(engine, tmp_path):
    file = written(
        tmp_path / "a.csv", "crossing_id,person_id,event_time,direction\n1,A,2020-01-01,in\n"
    )
    fault = fault_of(file, engine=engine)
    assert fault.id == "NothingUsable"
    assert "unknown direction" in str(fault)
    assert "row 2" in fault.where


def test_sizes():
    fault = fault_of(Path(__file__), memory="much")
    assert fault.id == "BadSize"


def test_records_of_two_engines_do_not_mix():
    with table_records(person_id=[1]) as one, table_records(person_id=[1]) as other:
        with pytest.raises(SchemaError) as fault:
            one.stack(other)
        assert fault.value.id == "OtherEngine"


def test_a_fault_in_a_kernel_comes_out_and_leaves_nothing(tmp_path):
    file = store(journeys(20, seed=1), tmp_path / "a.parquet")
    work = tmp_path / "work"
    work.mkdir()

    def kernel(batches):
        for batch in batches:
            yield batch
            raise SchemaError("a fault of the kernel", id="Mine")

    with open_records([file], work=work) as records:
        with pytest.raises(SchemaError) as fault:
            records.apply(kernel, records.schema)
        assert fault.value.id == "Mine"
        assert not list(work.rglob("*.parquet"))
    assert not list(work.iterdir())


def run_apart(
    script: str, *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, where limits can be set."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_is_one_clear_line(tmp_path):
    file = store(journeys(30_000, seed=1), tmp_path / "a.parquet")
    script = """
        import resource, sys
        from pathlib import Path
        from keruen.core.errors import FileError
        from keruen.sources.records import open_records
        import keruen.measure._sweep
        def same(batches):
            yield from batches
        with open_records([Path(sys.argv[1])], work=Path(sys.argv[2])) as records:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
            try:
                records.apply(same, records.schema, order=["event_time"])
            except FileError as fault:
                print(fault.id, fault)
    """
    work = tmp_path / "work"
    work.mkdir()
    done = run_apart(script, file, work)
    assert done.stdout.startswith("DiskFull the disk is full"), done.stderr[-2000:]
    assert not list(work.iterdir())


def test_a_disk_that_fills_while_rows_are_set_aside(tmp_path):
    file = store(journeys(60_000, seed=1), tmp_path / "a.parquet")
    script = """
        import resource, sys
        from pathlib import Path
        from keruen.core.errors import FileError
        from keruen.sources.records import open_records
        import keruen.sources._person_order, keruen.sources._repeated_ids
        with open_records([Path(sys.argv[1])], memory="40MB", work=Path(sys.argv[2])) as records:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
            try:
                for batch in records.batches(order=["event_time"]):
                    pass
            except FileError as fault:
                print(fault.id, fault)
    """
    work = tmp_path / "work"
    work.mkdir()
    done = run_apart(script, file, work)
    assert done.stdout.startswith("DiskFull the disk is full"), done.stderr[-2000:]
    assert not list(work.iterdir())


def test_what_is_set_aside_changes_nothing(tmp_path):
    file = store(journeys(60_000, seed=1, missing=0.01), tmp_path / "a.parquet")
    found = []
    for memory in ("40MB", "2GB"):
        with open_records([file], memory=memory) as records:
            held = pa.Table.from_batches(records.batches(order=["event_time"]))
        found.append(held.sort_by([(name, "ascending") for name in SORTED]))
    assert found[0].num_rows > 250_000
    assert found[0].equals(found[1])


def test_parquet_damaged_inside_names_the_file(tmp_path):
    file = store(journeys(30_000, seed=1), tmp_path / "inside.parquet")
    content = bytearray(file.read_bytes())
    content[1000 : len(content) // 2] = bytes(len(content) // 2 - 1000)
    file.write_bytes(content)
    with pytest.raises(FileError) as fault, open_records([file]) as records:
        list(records.batches(order=["event_time"]))
    assert fault.value.id == "DamagedFile"
    assert str(file) in fault.value.where


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_of_rows_with_one_identifier_one_is_used(engine, text, tmp_path):
    frame = journeys(300, seed=2)
    again = frame.sample(40, random_state=1)
    other = again.assign(direction=(1 - again["direction"]).astype("int8"))[:30]
    both = pd.concat([frame, again[25:], other])  # 5 of them three times
    if text:
        both["crossing_id"] = "c" + both["crossing_id"].astype(str)
    used = []
    for turn, order in enumerate([both, both.sample(frac=1, random_state=3)]):
        half = len(order) // 2
        files = [
            store(part, tmp_path / f"{turn}-{number}.parquet")
            for number, part in enumerate([order[:half], order[half:]])
        ]
        with open_records(files, engine=engine) as records:
            assert records.rejects[["reason", "count"]].values.tolist() == [
                ["repeated_crossing_id", 45]
            ]
            assert records.count() == len(frame)
            assert records.count() + records.rejects["count"].sum() == len(both)
            records.write_rejects(tmp_path / "rejected.csv")
            made = pa.Table.from_batches(records.batches()).to_pandas()
        rejected = pd.read_csv(tmp_path / "rejected.csv")
        used.append(made.sort_values("crossing_id", ignore_index=True))
        # Refused are rows of identifiers that stand in others, and never all of one.
        ids = [pd.read_parquet(f)["crossing_id"] for f in files]
        places = [ids[files.index(Path(f))][row - 1] for f, row in rejected[["file", "row"]].values]
        assert set(places) <= set(made["crossing_id"])
        assert len(places) == 45
    pd.testing.assert_frame_equal(used[0], used[1])


def test_the_same_file_twice_is_used_once(engine, tmp_path):
    file = written(
        tmp_path / "a.csv",
        "crossing_id,person_id,event_time,direction\n1,A,2020-01-01,1\n2,A,,1\n3,A,2020-02-01,0\n",
    )
    copy = written(tmp_path / "b.csv", file.read_text())
    with open_records([file, copy], engine=engine) as records:
        found = records.rejects.values.tolist()
        assert records.count() == 2
    assert found == [
        ["repeated_crossing_id", 2, str(copy), 2],
        ["unreadable_time", 2, str(file), 3],
    ]


SORTED = ["person_id", "event_time", "crossing_id"]


@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_many_crossings_alike_in_both_engines(spark, tmp_path):
    frame = journeys(60_000, seed=8, missing=0.01)
    assert len(frame) > 250_000
    file = store(frame, tmp_path / "crossings.parquet")
    found, tables = {}, {}
    for engine in ("duckdb", "spark"):
        with open_records([file], engine=engine) as records:
            answers = classify_crossings(
                records, threshold_days=365, window_days=487, observed_until=day(1200)
            )
            answers.write(tmp_path / engine)
            tables[engine] = crossing_tables(
                records,
                threshold_days=365,
                window_days=487,
                by=["checkpoint", "sex"],
                observed=ObservedDays(day(0), day(1200), 487),
            )
        rows = pq.read_table(tmp_path / engine)
        found[engine] = rows.sort_by([(name, "ascending") for name in SORTED])
    duckdb, other = found["duckdb"], found["spark"].cast(found["duckdb"].schema)
    assert duckdb.num_rows == len(frame)
    assert duckdb.equals(other)
    one, two = tables["duckdb"], tables["spark"]
    pd.testing.assert_frame_equal(one.account.lines, two.account.lines)
    pd.testing.assert_frame_equal(one.reasons, two.reasons)
    assert one.reasons["count"].sum() > len(frame)


@pytest.mark.slow
def test_memory_stays_below_the_limit(tmp_path):
    """Twenty million crossings with a gigabyte."""
    frame = journeys(460_000, seed=9).drop(columns=["checkpoint", "sex"])
    parts = []
    for part in range(9):
        moved = frame.assign(
            person_id=frame["person_id"] + part * 1_000_000,
            crossing_id=frame["crossing_id"] + part * 10_000_000,
        )
        parts.append(store(moved, tmp_path / f"{part}.parquet"))
    rows = len(frame) * len(parts)
    assert rows > 20_000_000
    del frame, moved
    script = """
        import re, sys
        from pathlib import Path
        from keruen.report.record_options import RecordOptions
        from keruen.report.record_run import crossings_run
        files = tuple(sorted(Path(sys.argv[1]).glob("*.parquet")))
        with crossings_run(RecordOptions(files=files, memory="1GB")) as run:
            print(run.summary["rows"]["used"])
        # Not ru_maxrss, which begins with that of the process that started this one.
        print(1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]))
    """
    done = run_apart(script, tmp_path)
    counted, peak = map(int, done.stdout.split())
    assert counted == rows
    print(f"peak {peak / 1e6:.0f} MB")
    assert peak < 1_000_000_000
