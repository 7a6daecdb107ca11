# SPDX-License-Identifier: Apache-2.0
"""Every embedded table: keys unique, codes known, values in range, digests right."""

from __future__ import annotations

import functools
import json
import shutil

import duckdb
import numpy as np
import pytest

from keruen.core.codes import all_regions, country_name, is_country, is_region, regions
from keruen.core.dims import DIMENSIONS
from keruen.core.errors import FileError
from keruen.core.origin import LICENCES
from keruen.core.variables import variable
from keruen.sources import _catalogue, _query
from keruen.sources._select import COUNTRY_KEYS
from keruen.sources.catalog import catalogue, not_embedded
from keruen.sources.maps import load_map, maps

TABLES = {one.id: one for one in catalogue()}
OWN_REGIONS = ("ITC", "ITH", "ITI", "ITF", "ITG")  # NUTS 1 areas of Italy


@functools.cache
def engine():
    return duckdb.connect()


def ask(table, query):
    return engine().execute(query.format(f"read_parquet('{table.file}')")).fetchall()


@pytest.mark.parametrize("id", TABLES)
def test_the_file_is_the_one_described(id):
    table = TABLES[id]
    _catalogue.verify(table.file, table.digest)
    names = [name for name, *_ in ask(table, "DESCRIBE SELECT * FROM {}")]
    assert names == [column.name for column in table.columns]
    assert ask(table, "SELECT count(*) FROM {}") == [(table.rows,)]


@pytest.mark.parametrize("id", [id for id, table in TABLES.items() if table.keys])
def test_keys_are_unique_and_their_labels_listed(id):
    table = TABLES[id]
    keys = ", ".join(table.keys)
    if table.rows < 500_000:
        query = f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {{}})"
        assert ask(table, query) == [(table.rows,)]
    else:  # DISTINCT over millions of rows is slow; these tables have one value, never empty
        (name,) = table.variables
        places, _ = _query.cells(table, name, table.labels, {})
        assert len(places) == table.rows
        assert np.bincount(places).max() == 1
    for key in table.keys:
        found = ask(table, f"SELECT DISTINCT {key} FROM {{}} ORDER BY 1")
        assert [float(v) if key == "quantile" else v for (v,) in found] == list(table.labels[key])


@pytest.mark.parametrize("id", TABLES)
def test_codes_are_known(id):
    table = TABLES[id]
    for key, labels in table.labels.items():
        if key in COUNTRY_KEYS and len(str(labels[0])) == 3 and labels[0] not in OWN_REGIONS:
            assert all(is_country(code) for code in labels)
            assert all(country_name(code, lang) for code in labels for lang in ("en", "ru", "kk"))
        if key == "region":
            assert all("-" in code and code[:2].isupper() for code in labels)
            assert all(is_region(code) for code in labels if code.startswith("KZ-"))
        if key == "sex":
            assert labels == ("F", "M")
        if key == "residence":
            assert labels == ("rural", "urban")


def _in_doubt(table, name):
    """Defects that mark cells of a variable as wrong."""
    return [
        defect
        for defect in table.defects
        if defect.doubt and "column" not in defect.where and "warning" not in defect.id
    ]


@pytest.mark.parametrize("id", [id for id, table in TABLES.items() if table.variables])
def test_values_lie_in_their_legal_range(id):
    table = TABLES[id]
    for name in table.variables:
        known = variable(name)
        column = "value" if table.series else name
        only = f"WHERE series = '{name}'" if table.series else "WHERE true"
        only += "".join(f" AND NOT ({_query._where(d.where)})" for d in _in_doubt(table, name))
        expression = _query._number(table, column)
        (low, high, some) = ask(
            table, f"SELECT min({expression}), max({expression}), count({column}) FROM {{}} {only}"
        )[0]
        assert some > 0
        assert known.low is None or low >= known.low, (name, low)
        assert known.high is None or high <= known.high, (name, high)
        described = table.series.get(name) or next(c for c in table.columns if c.name == name)
        assert (described.units, described.kind) == (known.units, known.kind)


@pytest.mark.parametrize("id", TABLES)
def test_the_description_is_complete(id):
    table = TABLES[id]
    source = table.source
    assert source.title
    assert source.publisher
    assert source.citation
    assert LICENCES[source.licence.id] is source.licence
    assert table.file.name == f"{id}.parquet"
    for column in table.columns:
        assert column.description or column.name == "value"
    named = {key for key in table.keys if key not in DIMENSIONS}
    assert named <= {
        "series", "method", "move", "partner", "partner_group", "route", "border", "procedure",
        "application", "level", "counted", "age_group",
    }  # fmt: skip
    assert len({defect.id for defect in table.defects}) == len(table.defects)
    for defect in table.defects:
        assert defect.text.endswith((".", ")")) or "warning" in defect.id
        for key, labels in defect.where.items():
            known = table.variables if key == "column" else table.labels.get(key, table.years)
            extra = set(labels) - set(known)
            assert not extra or key == "year", (defect.id, key, extra)


def test_there_are_no_totals_beside_parts():
    for table in TABLES.values():
        for key, labels in table.labels.items():
            assert not {"T", "TOTAL", "total", "both", "KZ", "all", "World"} & set(labels), (
                table.id,
                key,
            )


def test_the_whole_stays_small():
    folder = _catalogue.FOLDER
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60_000_000
    described = {table.file for table in TABLES.values()} | {one.file for one in maps()}
    assert {path for path in files if path.suffix in {".parquet", ".geojson"}} == described
    assert all(what and why for what, why in not_embedded())


@pytest.mark.parametrize("one", maps(), ids=lambda one: one.id)
def test_maps_hold_known_codes(one):
    codes = [feature["properties"] for feature in load_map(one.id)["features"]]
    assert len(codes) == one.features
    if "world" in one.id:
        known = [p["country"] for p in codes if p["country"]]
        assert len(known) - len(set(known)) <= 1  # Ashmore and Cartier Islands stand as Australia
        assert all(is_country(code) for code in known)
    elif "regions" in one.id:
        year = int(one.id[-4:])
        assert {p["region"] for p in codes} == set(regions("KAZ", year=year))
    else:
        assert {p["region"] for p in codes} == set(regions("KAZ"))
        assert len({p["locality"] for p in codes}) == one.features


def test_districts_of_the_population_stand_on_the_map():
    drawn = {f["properties"]["locality"] for f in load_map("geo.kaz.districts.2024")["features"]}
    assert set(TABLES["kaz.district.population"].labels["locality"]) - drawn == {"KZ-61-sauran"}


def test_region_codes_of_the_map_carry_the_kato_of_their_region():
    kato = {code: one.kato[:2] for code, one in all_regions().items() if one.kato}
    for feature in load_map("geo.kaz.districts.2024")["features"]:
        place = feature["properties"]
        assert place["locality"][:2] == kato[place["region"]]


def _damaged(tmp_path, change):
    """A data folder of one table, changed after it was described."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(_catalogue.FOLDER / "catalogue.json", folder)
    file = folder / "kaz.grp.parquet"
    shutil.copy(_catalogue.FOLDER / file.name, file)
    change(file)
    return next(one for one in _catalogue.read_catalogue(folder) if one.id == "kaz.grp")


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-10]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes().replace(b"PAR1", b"PAR2", 1)),
        lambda file: shutil.copy(_catalogue.FOLDER / "kaz.employment.parquet", file),
    ],
    ids=["truncated", "empty", "altered", "replaced"],
)
def test_a_damaged_file_is_named_with_both_digests(tmp_path, change):
    table = _damaged(tmp_path, change)
    with pytest.raises(FileError) as caught:
        _query.rows(table, {})
    assert caught.value.id == "DigestMismatch"
    for words in (str(table.file), table.digest, "reinstall"):
        assert words in str(caught.value)


def test_a_file_damaged_after_its_first_use_is_noticed(tmp_path):
    table = _damaged(tmp_path, lambda file: None)
    assert len(_query.rows(table, {})) == 33
    table.file.write_bytes(table.file.read_bytes() + b" ")
    with pytest.raises(FileError, match="damaged"):
        _query.rows(table, {})
    table.file.unlink()
    with pytest.raises(FileError, match="missing"):
        _query.rows(table, {})


def test_a_damaged_catalogue_is_named(tmp_path):
    (tmp_path / "catalogue.json").write_text('{"tables": [')
    with pytest.raises(FileError, match="reinstall"):
        _catalogue.read_catalogue(tmp_path)


def test_the_catalogue_is_plain_json_in_order():
    content = json.loads((_catalogue.FOLDER / "catalogue.json").read_text("utf-8"))
    assert [table["id"] for table in content["tables"]] == sorted(TABLES)
