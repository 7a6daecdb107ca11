# SPDX-License-Identifier: Apache-2.0
"""Damaged, dishonest and foreign files end in one clear message, never in a traceback."""

from __future__ import annotations

import json
import random
import warnings
import zipfile

import pytest
import xarray as xr

from keruen.core.errors import FileError, SchemaError, WorkbenchError
from keruen.sources.exchange import read, write
from keruen.sources.formats import text_table
from keruen.sources.formats.recognise import recognise

PX = """CHARSET="ANSI";
CODEPAGE="utf-8";
LANGUAGE="en";
MATRIX="M1";
CONTENTS="Arrivals";
UNITS="persons";
STUB="Region","Sex";
HEADING="Year";
VALUES("Region")="Abay","Astana";
VALUES("Sex")="Men","Women";
VALUES("Year")="2023","2024";
TIMEVAL("Year")=TLIST(A1),"2023","2024";
DATA=
1 2
3 ".."
5 6
7 8
;
"""


def samples(folder):
    """A good file of every format, two by two cells."""
    array = xr.DataArray(
        [[1.5, -0.0], [3.0, float("nan")]],
        coords={"origin": ["KAZ", "UZB"], "destination": ["RUS", "DEU"]},
        name="flows",
        attrs={"units": "persons", "kind": "count"},
    )
    for form, name in {
        "sdmx-csv": "a.csv",
        "json-stat": "a.json",
        "csv": "b.csv",
        "xlsx": "a.xlsx",
        "parquet": "a.parquet",
        "flowmap": "map.xlsx",
    }.items():
        write(array, folder / name, format=form)
    (folder / "a.px").write_text(PX, encoding="utf-8")
    return sorted(folder.iterdir())


def foreign(path):
    """The same file without Keruen's own notes, where they are text."""
    if path.suffix == ".json":
        document = json.loads(path.read_text())
        del document["extension"]
        path.write_text(json.dumps(document))
    elif path.suffix == ".csv":
        path.write_text(path.read_text().replace("KERUEN", "OTHER"))


def changed(raw, chance):
    """The bytes with a few changes: cut, doubled, replaced, digits and signs exchanged."""
    raw = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at, kind = chance.randrange(len(raw)), chance.random()
        if kind < 0.2:
            del raw[at:]
            raw = raw or bytearray(b"x")
        elif kind < 0.4:
            del raw[at : at + chance.randint(1, 8)]
            raw = raw or bytearray(b"x")
        elif kind < 0.6:
            raw[at : at + 1] = chance.choice(
                [b'"', b",", b";", b"\n", b"{}", b"[]", b"null", b"-", b"1e999", b"\xff", b"\x00"]
            )
        elif kind < 0.8:
            raw[at] = chance.randrange(256)
        else:
            start = chance.randrange(len(raw))
            raw[at:at] = raw[start : start + chance.randint(1, 200)]
    return bytes(raw)


@pytest.mark.parametrize("seed", range(4))
def test_changed_files_are_read_or_refused(tmp_path, seed):
    chance = random.Random(seed)
    for path in samples(tmp_path):
        if chance.random() < 0.5:
            foreign(path)
        raw = path.read_bytes()
        for _ in range(60):
            path.write_bytes(changed(raw, chance))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    read(path)
                except WorkbenchError as fault:
                    assert str(fault)  # noqa: PT017


def refused(path, text, error, words, id=""):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error) as caught:
        read(path)
    assert words in str(caught.value)
    assert path.name in str(caught.value)
    if id:
        assert caught.value.id == id


def dataset(**more):
    known = {
        "version": "2.0",
        "class": "dataset",
        "id": ["sex"],
        "size": [2],
        "dimension": {"sex": {"category": {"index": ["F", "M"]}}},
        "value": [1, 2],
    }
    return json.dumps({**known, **more})


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('{"version": "2.0",', FileError, "line 1, column"),
        ("[1, 2]", SchemaError, "no object"),
        ('{"class": "dataset", "class": "dataset"}', SchemaError, "'class' stands twice"),
        ('{"class": "dataset", "value": [NaN]}', FileError, "NaN is no number of JSON"),
        ("[" * 100_000, FileError, "nested too deeply"),
        (dataset(size=[3]), SchemaError, "'sex' has 2 categories, and 'size' says 3"),
        (dataset(size=[2, 2]), SchemaError, "'id' names 1 dimensions and 'size' 2"),
        (dataset(value=[1]), SchemaError, "'value' holds 1 values, where the sizes ask for 2"),
        (dataset(value=[1, "2"]), SchemaError, "'2' is no number (a.json, value[1])"),
        (dataset(value=[1, True]), SchemaError, "'True' is no number (a.json, value[1])"),
        (dataset(value={"7": 1}), SchemaError, "'value' names the cells 7"),
        (dataset(value={"1": 1, "01": 1}), SchemaError, "stand twice"),
        (dataset(value=[1, 10**400]), SchemaError, "too large"),
        (dataset(id=["sex", "sex"], size=[2, 2]), SchemaError, "stand twice: sex"),
        (dataset(dimension={}), SchemaError, "'dimension.sex.category' is missing"),
        (dataset(dimension=[]), SchemaError, "'dimension' is not an object"),
        (dataset(status=["a", "b", "c"]), SchemaError, "another length"),
        (dataset(version="3.1"), SchemaError, "version 3.1 is not known"),
        ('{"class": "dimension"}', SchemaError, "no JSON-stat dataset"),
        ('{"tables": {"value": [1]}}', SchemaError, "version 1"),
        (
            '{"class": "collection", "link": {"item": [{"href": "https://x.y/births.json"}]}}',
            SchemaError,
            "a collection of 1 items and holds no figures (a.json, https://x.y/births.json)",
        ),
        (
            dataset(id=["a", "b"], size=[9000, 9000], dimension={
                k: {"category": {"index": [f"{k}{i}" for i in range(9000)]}} for k in "ab"
            }),
            WorkbenchError,
            "81,000,000 cells",
        ),
    ],
)  # fmt: skip
def test_faults_of_json_stat_are_named_with_their_place(tmp_path, text, error, words):
    refused(tmp_path / "a.json", text, error, words)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("DATAFLOW,SEX\nA:B(1.0),F", SchemaError, "no column OBS_VALUE"),
        (
            "DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),F",
            FileError,
            "a row has 2 cells, the heading 3 (a.csv, row 2)",
        ),
        ("DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),F,1,2", FileError, "a row has 4 cells"),
        ("DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),F,x1", SchemaError, "'x1' is not a number"),
        ("DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),F,1e999", SchemaError, "too large"),
        ("DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),,1", SchemaError, "'SEX' is empty (a.csv, row 2)"),
        (
            "DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),F,1\nA:B(1.0),M,2\nA:B(1.0),F,1",
            SchemaError,
            "more than one row (a.csv, rows 2 and 4, SEX=F)",
        ),
        (
            "DATAFLOW,SEX,OBS_VALUE\nA:B(1.0),F,1\nA:C(1.0),F,2",
            SchemaError,
            "several tables: A:B(1.0), A:C(1.0) (a.csv, row 3)",
        ),
        (
            "STRUCTURE,STRUCTURE_ID,ACTION,SEX,OBS_VALUE\ndataflow,A:B(1.0),D,F,1",
            SchemaError,
            "a row deletes data (a.csv, row 2, ACTION)",
        ),
        (
            "DATAFLOW,SEX,OBS_VALUE,UNIT_MULT\nA:B(1.0),F,1,0\nA:B(1.0),M,1,3",
            SchemaError,
            "UNIT_MULT is 0 in one row and 3 in another (a.csv, row 3)",
        ),
        ("DATAFLOW,SEX,OBS_VALUE\n", SchemaError, "no observation"),
        ("DATAFLOW,SEX,SEX,OBS_VALUE\nA:B(1.0),F,F,1", SchemaError, "columns stand twice: SEX"),
    ],
)
def test_faults_of_sdmx_csv_are_named_with_their_row(tmp_path, text, error, words):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(error) as caught:
        read(tmp_path / "a.csv")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("\n;\n", "\n", FileError, "the closing semicolon is missing (a.px, line 13)"),
        ('"Abay","Astana";', '"Abay","Astana', FileError, "VALUES does not end (a.px, line 9)"),
        ("7 8", "7", SchemaError, "DATA holds 7 cells, where the variables ask for 8"),
        ("7 8", "7 x", SchemaError, "'x' is no number (a.px, DATA, cell 8, "),
        ("7 8", "7 1e999", SchemaError, "no number"),
        ('VALUES("Sex")', 'VALUES("Six")', SchemaError, "'Sex' has no values"),
        ('"Men","Women"', '"Men","Men"', SchemaError, "labels stand twice: Men"),
        ("STUB=", "SUB=", SchemaError, "'Year' ask"),
        ("CODEPAGE=\"utf-8\"", 'CODEPAGE="klingon"', FileError, "'klingon' is not known"),
        ('TLIST(A1),"2023","2024"', 'TLIST(A1),"2023"', SchemaError, "TIMEVAL holds 1 periods"),
        ("DATA=", "DUTA=", SchemaError, "no DATA"),
        ("LANGUAGE", "((", FileError, "no keyword stands here (a.px, line 3)"),
        (
            'VALUES("Sex")=',
            'VALUES("Sex")="Men","Women";\nVALUES("Sex")=',
            SchemaError,
            "VALUES(Sex) stands twice",
        ),
        (
            "DATA=",
            'CODES("Sex")="1";\nDATA=',
            SchemaError,
            "'Sex' has 1 codes and 2 values",
        ),
    ],
)  # fmt: skip
def test_faults_of_px_are_named_with_their_place(tmp_path, old, new, error, words):
    assert old in PX
    (tmp_path / "a.px").write_text(PX.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error) as caught:
        read(tmp_path / "a.px")
    assert words in str(caught.value) or words == "'Year' ask"


def test_faults_of_a_flow_map_are_named_with_their_row(tmp_path):
    folder = tmp_path / "map"
    folder.mkdir()
    places = "id,name,lat,lon\nA,Abay,50,80\nB,Astana,51,71\n"
    for locations, flows, words in (
        (places, "origin,dest,count\nA,B,x", "'x' is not a number (flows.csv, row 2, count)"),
        (places, "origin,dest,count\nA,C,1", "in no row of the locations: C (flows.csv, row 2"),
        (places, "origin,dest,count\nA,B,1\nA,B,2", "more than one row (map, rows 2 and 3"),
        (places, "origin,destination,count\nA,B,1", "'flows' has no column dest"),
        (places.replace("50,80", "500,80"), "origin,dest,count\nA,B,1", "lat is 500"),
        (places.replace("\nB", "\nA"), "origin,dest,count\nA,A,1", "'A' stands twice"),
    ):
        (folder / "locations.csv").write_text(locations)
        (folder / "flows.csv").write_text(flows)
        with pytest.raises(SchemaError) as caught:
            read(folder)
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("year,sex\n2020,F", "no column holds figures"),
        ("a,b\n1,2", "no column is named as a dimension"),
        ("year,births,deaths\n2020,1,2", "several columns hold values: births, deaths"),
        ("year,births\n2020,1\n2020,2", "more than one row (a.csv, rows 2 and 3, year=2020)"),
        ("year,births\n2020,1\n,2", "'year' is empty (a.csv, row 3)"),
        ("year,births\n2020,1\n2021,n/a", "'n/a' is not a number (a.csv, row 3, births)"),
    ],
)
def test_faults_of_a_long_table_are_named(tmp_path, text, words):
    refused(tmp_path / "a.csv", text, SchemaError, words)


def test_files_of_no_known_format_are_refused(tmp_path):
    for name, text, words in (
        ("a.doc", "x", "'.doc' is not a known ending"),
        ("a.json", "", "the file is empty"),
        ("flows.csv", "origin,dest,count\nA,B,1", "give the folder"),
        ("a.xlsx", "no zip", "no workbook, or is damaged"),
        ("a.parquet", "no parquet", "no Parquet, or is damaged"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(FileError) as caught:
            read(tmp_path / name)
        assert words in str(caught.value)
    with pytest.raises(FileError, match="is not there"):
        read(tmp_path / "gone.csv")
    with pytest.raises(FileError, match=r"no locations\.csv"):
        recognise(tmp_path)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(text_table, "LARGEST", 1 << 20)
    big = tmp_path / "a.csv"
    with big.open("wb") as file:
        file.write(b"year,births\n")
        file.truncate(2 << 20)
    with pytest.raises(FileError, match="2 MB, where at most 1 MB"):
        read(big)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = tmp_path / "a.xlsx"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(1100):
            part.write(bytes(1 << 20))
    assert bomb.stat().st_size < 2 << 20
    with pytest.raises(FileError, match="unpacks to 1,100 MB"):
        read(bomb)
