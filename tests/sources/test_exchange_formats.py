# SPDX-License-Identifier: Apache-2.0
"""The conventions of each format: what others will find in our files, and we in theirs."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
import xarray as xr

import keruen
from keruen.sources.exchange import Cube, convert, read, read_px, write

KAZ = {"country": "KAZ", "year": [2023, 2024]}


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


# --- SDMX-CSV -------------------------------------------------------------------------------


def test_sdmx_rows_follow_the_field_guide(tmp_path):
    people = keruen.load("wpp2024.population", **KAZ)
    write(people, tmp_path / "a.csv", format="sdmx-csv")
    found = rows(tmp_path / "a.csv")
    assert list(found[0])[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert found[0]["STRUCTURE"] == "dataflow"
    assert found[0]["STRUCTURE_ID"] == "KERUEN:POPULATION(1.0.0)"
    assert {row["ACTION"] for row in found} == {"I"}
    assert {row["FREQ"] for row in found} == {"A"}
    assert {row["SEX"] for row in found} == {"F", "M"}
    assert [row["AGE"] for row in found[:2]] == ["Y0", "Y1"]
    assert found[-1]["AGE"] == "Y_GE100"
    assert {row["REF_AREA"] for row in found} == {"KAZ"}
    assert {row["TIME_PERIOD"] for row in found} == {"2023", "2024"}
    assert {row["UNIT_MEASURE"] for row in found} == {"PS"}
    assert {row["UNIT_MULT"] for row in found} == {"0"}
    assert {row["DECIMALS"] for row in found} == {"0"}
    assert {row["OBS_STATUS"] for row in found if row["TIME_PERIOD"] == "2024"} == {"F"}
    assert {row["OBS_STATUS"] for row in found if row["TIME_PERIOD"] == "2023"} == {"A"}
    assert sum(int(row["OBS_VALUE"]) for row in found) == int(people.sum())
    assert "World Population Prospects 2024" in found[0]["SOURCE_DETAIL"]
    assert {row["SOURCE_DETAIL"] for row in found[1:]} == {""}


def test_sdmx_version_one_has_one_column_for_the_dataflow(tmp_path):
    write(keruen.load("kaz.vital.births"), tmp_path / "a.csv", format="sdmx-csv-1.0")
    head = rows(tmp_path / "a.csv")[0]
    assert next(iter(head.items())) == ("DATAFLOW", "KERUEN:BIRTHS(1.0)")
    assert "STRUCTURE" not in head


def test_sdmx_ages_periods_and_units(tmp_path):
    rates = xr.DataArray(
        [[0.125, np.nan]],
        coords={"year": [1990], "age": [0, 85]},
        name="rate",
        attrs={"units": "million USD", "age_width": 5, "open_age": 85, "interval_years": 5},
    )
    write(rates, tmp_path / "a.csv", format="sdmx-csv")
    first, second = rows(tmp_path / "a.csv")
    assert (first["AGE"], second["AGE"]) == ("Y0T4", "Y_GE85")
    assert first["FREQ"] == "A5"
    assert (first["UNIT_MEASURE"], first["UNIT_MULT"], first["DECIMALS"]) == ("USD", "6", "3")
    assert (second["OBS_VALUE"], second["OBS_STATUS"]) == ("", "O")
    for part, labels, period, freq in (
        ("quarter", [1, 4], "2020-Q4", "Q"),
        ("month", [1, 12], "2020-12", "M"),
    ):
        moves = xr.DataArray([[1, 2]], coords={"year": [2020], part: labels}, name="moves")
        write(moves, tmp_path / "b.csv", format="sdmx-csv")
        last = rows(tmp_path / "b.csv")[-1]
        assert (last["TIME_PERIOD"], last["FREQ"]) == (period, freq)


def test_sdmx_codes_are_identifiers_whatever_the_labels_are(tmp_path):
    routes = ["Black Sea Route", "Black_Sea_Route", "Қара теңіз", "A: B"]
    array = xr.DataArray([1, 2, 3, 4], coords={"route": routes}, name="detections")
    for lang in (None, "kk"):
        write(array, tmp_path / "a.csv", format="sdmx-csv", lang=lang)
        head = next(name for name in rows(tmp_path / "a.csv")[0] if name.startswith("ROUTE"))
        codes = [row[head].partition(": ")[0] for row in rows(tmp_path / "a.csv")]
        assert len(set(codes)) == 4
        assert all(code.replace("_", "").isalnum() and code.isascii() for code in codes)
        assert read(tmp_path / "a.csv").array.indexes["route"].tolist() == routes


def test_sdmx_names_stand_beside_codes_in_the_language_asked(tmp_path):
    people = keruen.load("wpp2024.population", **KAZ)
    write(people, tmp_path / "a.csv", format="sdmx-csv", lang="kk")
    first = rows(tmp_path / "a.csv")[0]
    assert first["SEX: Жынысы"] == "F: Әйелдер"
    assert first["REF_AREA: Ел"] == "KAZ: Қазақстан"


EUROSTAT = """DATAFLOW,LAST UPDATE,freq,citizen,age,unit,sex,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG
ESTAT:MIGR_IMM1CTZ(1.0),12/11/26 23:00:00,A,KZ,Y0-4,NR,F,DE,2022,12,
ESTAT:MIGR_IMM1CTZ(1.0),12/11/26 23:00:00,A,KZ,Y_GE5,NR,F,DE,2022,30,p
ESTAT:MIGR_IMM1CTZ(1.0),12/11/26 23:00:00,A,KZ,Y0-4,NR,F,EL,2022,,
ESTAT:MIGR_IMM1CTZ(1.0),12/11/26 23:00:00,A,KZ,Y_GE5,NR,F,EL,2022,4,e
"""


def test_a_table_of_eurostat_is_understood(tmp_path):
    (tmp_path / "migr.csv").write_text(EUROSTAT)
    cube = read(tmp_path / "migr.csv")
    assert dict(cube.array.sizes) == {
        "year": 1, "citizenship": 1, "country": 2, "sex": 1, "age": 2,
    }  # fmt: skip
    assert cube.array.indexes["country"].tolist() == ["DEU", "GRC"]
    assert cube.array.indexes["citizenship"].tolist() == ["KAZ"]
    assert cube.array.attrs["units"] == "persons"
    assert cube.array.sel(country="DEU", age=5).item() == 30
    assert np.isnan(cube.array.sel(country="GRC", age=0).item())
    assert cube.status.sel(country="GRC", age=5).item() == "e"
    assert (cube.array.attrs["age_width"], cube.array.attrs["open_age"]) == (5, 5)
    assert any("DE -> DEU" in note for note in cube.notes)
    assert any("LAST UPDATE" in note for note in cube.notes)


OECD = """STRUCTURE[|];STRUCTURE_ID;ACTION;REF_AREA: Страна;SEX: Пол;UNIT_MEASURE: Единица;FREQ: Ч;\
TIME_PERIOD: Период;OBS_VALUE: Значение;OBS_STATUS: Статус;UNIT_MULT: Множитель
dataflow;O:DF(1.0): Приток;I;KAZ: Казахстан;_T: Всего;PS: Человек;A: Год;2022;1,5;A: Обычное;3: Тыс
dataflow;O:DF(1.0): Приток;I;KAZ: Казахстан;F: Женщины;PS: Человек;A: Год;2022;0,5;A: Обычное;3: Тыс
"""


def test_semicolons_decimal_commas_names_and_thousands_are_understood(tmp_path):
    (tmp_path / "oecd.csv").write_text(OECD, encoding="utf-8")
    cube = read(tmp_path / "oecd.csv")
    assert cube.array.sel(sex="F", year=2022, country="KAZ").item() == 0.5
    assert cube.array.attrs["units"] == "thousand persons"
    assert cube.title == "Приток"
    assert any("the total T stands beside its parts" in note for note in cube.notes)


def test_our_files_are_read_by_pysdmx(tmp_path):
    general = pytest.importorskip("pysdmx.io", reason="NOT AVAILABLE: pysdmx")
    people = keruen.load("wpp2024.population", **KAZ)
    for form in ("sdmx-csv", "sdmx-csv-1.0"):
        for lang in (None, "ru"):
            write(people, tmp_path / "a.csv", format=form, lang=lang)
            message = general.read_sdmx(tmp_path / "a.csv", validate=False)
            (data,) = message.data
            assert data.short_urn.startswith("Dataflow=KERUEN:POPULATION(1.0")
            frame = data.data
            cells = frame[(frame["SEX"] == "F") & (frame["TIME_PERIOD"] == "2023")]
            wanted = people.sel(sex="F", year=2023).values.tolist()
            assert [float(text) for text in cells["OBS_VALUE"]] == wanted
            assert cells["AGE"].tolist()[:3] == ["Y0", "Y1", "Y2"]


# --- JSON-stat ------------------------------------------------------------------------------


def test_json_stat_follows_the_schema(tmp_path):
    people = keruen.load("wpp2024.population", **KAZ)
    write(people, tmp_path / "a.json", lang="ru")
    one = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert (one["version"], one["class"]) == ("2.0", "dataset")
    assert one["id"] == ["country", "year", "sex", "age", "metric"]
    assert one["size"] == [1, 2, 2, 101, 1]
    assert one["role"] == {"time": ["year"], "geo": ["country"], "metric": ["metric"]}
    assert one["dimension"]["sex"] == {
        "label": "Пол",
        "category": {"index": ["F", "M"], "label": {"F": "Женщины", "M": "Мужчины"}},
    }
    assert one["dimension"]["age"]["category"]["label"]["100"] == "100+"
    unit = one["dimension"]["metric"]["category"]["unit"]
    assert unit == {"population": {"label": "persons"}}
    assert one["value"] == people.values.reshape(-1).tolist()
    assert one["status"] == {str(place): "F" for place in range(202, 404)}
    assert "updated" not in one
    assert "Creative Commons" in one["source"]


def test_json_stat_is_sparse_when_most_cells_are_missing(tmp_path):
    cells = np.full(10, np.nan)
    cells[3] = 7.5
    array = xr.DataArray(cells, coords={"year": np.arange(2000, 2010)}, name="births")
    write(array, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["value"] == {"3": 7.5}


def test_json_stat_notes_known_defects(tmp_path):
    stock = keruen.load("un.stock.2024", destination=["KAZ"], year=[2024])
    write(stock, tmp_path / "a.json")
    notes = json.loads((tmp_path / "a.json").read_text())["note"]
    assert any("cut the immigrant stock of Kazakhstan" in note for note in notes)


def foreign(**more):
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Mean age",
        "source": "Office",
        "note": ["Provisional."],
        "id": ["ContentsCode", "Kjonn", "Tid"],
        "size": [1, 2, 4],
        "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
        "dimension": {
            "ContentsCode": {
                "label": "contents",
                "category": {
                    "index": {"Moves": 0},
                    "label": {"Moves": "Internal moves"},
                    "unit": {"Moves": {"base": "persons", "decimals": 0}},
                },
            },
            "Kjonn": {
                "label": "sex",
                "category": {"index": {"2": 1, "1": 0}, "label": {"1": "Males", "2": "Females"}},
            },
            "Tid": {
                "label": "quarter",
                "category": {"index": ["2023K1", "2023Q2", "2023Q3", "2023Q4"]},
            },
        },
        "value": [1, 2, 3, 4, 5, 6, 7, None],
        "status": {"0": "p"},
        **more,
    }


def test_a_cube_of_another_office_is_understood(tmp_path):
    one = foreign()
    one["dimension"]["Tid"]["category"]["index"][0] = "2023Q1"
    (tmp_path / "a.json").write_text(json.dumps(one))
    cube = read(tmp_path / "a.json")
    assert cube.array.dims == ("year", "quarter", "sex")
    assert cube.array.name == "moves"
    assert cube.array.attrs["units"] == "persons"
    assert cube.array.sel(year=2023, quarter=3, sex="F").item() == 7
    assert np.isnan(cube.array.sel(year=2023, quarter=4, sex="F").item())
    assert cube.status.sel(year=2023, quarter=1, sex="M").item() == "p"
    assert (cube.title, cube.source) == ("Mean age", "Office")
    assert "Provisional." in cube.notes
    assert any("1 -> M, 2 -> F" in note for note in cube.notes)


def test_periods_that_are_none_stay_as_they_are(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(foreign()))
    cube = read(tmp_path / "a.json")
    assert cube.array.indexes["time"].tolist() == ["2023K1", "2023Q2", "2023Q3", "2023Q4"]
    assert any("no years, quarters or months" in note for note in cube.notes)


# --- PX -------------------------------------------------------------------------------------

PX = """CHARSET="ANSI";
AXIS-VERSION="2013";
CODEPAGE="{codepage}";
LANGUAGE="ru";
LANGUAGES="ru","kk","en";
MATRIX="MIG_REG";
SUBJECT-AREA="Население";
DECIMALS=1;
CONTENTS="Сальдо миграции";
CONTENTS[kk]="Көші-қон айырымы";
CONTENTS[en]="Net migration";
UNITS="человек";
UNITS[kk]="адам";
UNITS[en]="persons";
TITLE="Сальдо миграции по регионам, "
"полу и возрасту";
TITLE[kk]="Көші-қон айырымы";
STUB="Регион","Возраст";
STUB[kk]="Өңір","Жасы";
STUB[en]="Region","Age";
HEADING="Пол","Год";
HEADING[kk]="Жынысы","Жыл";
HEADING[en]="Sex","Year";
VALUES("Регион")="область Абай","г. Алматы";
VALUES[kk]("Өңір")="Абай облысы","Алматы қаласы";
VALUES[en]("Region")="Abay Region","Almaty city";
CODES("Регион")="101","759";
VALUES("Возраст")="0-4","5-9","10 и старше";
VALUES[kk]("Жасы")="0-4","5-9","10 және одан жоғары";
VALUES[en]("Age")="0-4","5-9","10+";
VALUES("Пол")="Мужчины","Женщины";
VALUES[kk]("Жынысы")="Ерлер","Әйелдер";
VALUES[en]("Sex")="Men","Women";
VALUES("Год")="2023 год","2024 год";
VALUES[kk]("Жыл")="2023 жыл","2024 жыл";
VALUES[en]("Year")="2023","2024";
TIMEVAL("Год")=TLIST(A1,"2023"-"2024");
SOURCE="Бюро национальной статистики";
NOTE="Без временной миграции; предварительно#";
DATASYMBOL3="конфиденциально";
{keys}DATA=
{data};
"""
DENSE = """-12 -13.5 "." ".."
1 2 "..." 4
5 "-" 7 8
-1 -2 -3 -4
0 0 0 0
9 9 9 9
"""


@pytest.mark.parametrize("codepage", ["utf-8", "kz1048"])
@pytest.mark.parametrize("lang", [None, "ru", "kk", "en"])
def test_px_in_three_languages(tmp_path, codepage, lang):
    text = PX.format(codepage=codepage, keys="", data=DENSE)
    (tmp_path / "a.px").write_bytes(text.encode(codepage))
    cube = read_px(tmp_path / "a.px", lang=lang)
    assert cube.array.name == "net_migration"
    assert cube.array.dims == ("year", "region", "sex", "age")
    assert cube.array.indexes["region"].tolist() == ["KZ-10", "KZ-75"]
    assert cube.array.attrs == {
        "units": "persons", "kind": "count", "age_width": 5, "open_age": 10,
    }  # fmt: skip
    first = {"year": 2024, "region": "KZ-10", "sex": "M"}
    assert cube.array.sel(**first, age=0).item() == -13.5
    assert cube.array.sel(**first, age=10).item() == 0
    assert np.isnan(cube.array.sel(year=2023, region="KZ-10", sex="F", age=[0, 5])).all()
    women = cube.status.sel(region="KZ-10", sex="F")
    assert women.sel(age=0).values.tolist() == ["M", "O"]
    assert women.sel(age=5, year=2023).item() == "Q"
    assert cube.source == "Бюро национальной статистики"
    assert "cells '...' (конфиденциально) read as missing: 1" in cube.notes
    assert "cells '-' read as 0: 1" in cube.notes
    assert "Без временной миграции; предварительно#" in cube.notes
    if lang is None:
        assert cube.title == "Сальдо миграции по регионам, полу и возрасту"


def test_px_with_keys_leaves_out_rows(tmp_path):
    keys = 'KEYS("Регион")=CODES;\nKEYS("Возраст")=VALUES;\n'
    data = '"101","0-4", 1 2 3 4\n"759","10 и старше", 5 6 "-" ".."\n'
    text = PX.format(codepage="utf-8", keys=keys, data=data)
    (tmp_path / "a.px").write_text(text, encoding="utf-8")
    array = read(tmp_path / "a.px").array
    assert array.sel(region="KZ-10", age=0, sex="F", year=2024).item() == 4
    assert array.sel(region="KZ-75", age=10, sex="F", year=2023).item() == 0
    assert int(array.notnull().sum()) == 7


@pytest.mark.parametrize(
    ("timeval", "labels", "wanted"),
    [
        ('TLIST(Q1),"20234","20241"', '"4","1"', (["year", "quarter"], [2023, 2024], [1, 4])),
        ('TLIST(M1,"202312"-"202401")', '"a","b"', (["year", "month"], [2023, 2024], [1, 12])),
    ],
)
def test_px_quarters_and_months(tmp_path, timeval, labels, wanted):
    text = (
        f'CONTENTS="Moves";\nHEADING="T";\nVALUES("T")={labels};\n'
        f'TIMEVAL("T")={timeval};\nDATA=\n1 2;\n'
    )
    (tmp_path / "a.px").write_text(text)
    array = read(tmp_path / "a.px").array
    dims, years, parts = wanted
    assert list(array.dims) == dims
    assert array.indexes[dims[0]].tolist() == years
    assert array.indexes[dims[1]].tolist() == parts
    assert float(array.sum()) == 3


def test_px_goes_on_to_every_format_with_its_names(tmp_path):
    (tmp_path / "a.px").write_text(
        PX.format(codepage="utf-8", keys="", data=DENSE), encoding="utf-8"
    )
    cube = read(tmp_path / "a.px")
    for name in ("a.json", "a.sdmx.csv", "a.xlsx", "a.parquet"):
        done = convert(tmp_path / "a.px", tmp_path / name)
        assert done.losses == ()
        back = read(tmp_path / name)
        xr.testing.assert_identical(back.array, cube.array)
        assert (back.title, back.source) == (cube.title, cube.source)
        told = cube.status.values != ""
        assert (back.status.values[told] == cube.status.values[told]).all()


# --- Flowmap.blue ---------------------------------------------------------------------------


def test_the_sheets_of_a_flow_map(tmp_path):
    stock = keruen.load("un.stock.2024", year=2024).sum("sex", keep_attrs=True)
    stock = stock.sel(origin=["RUS", "OTH"], destination=["KAZ", "DEU"])
    losses = write(stock, tmp_path / "map", lang="ru")
    names = {path.name for path in (tmp_path / "map").iterdir()}
    assert names == {"locations.csv", "flows.csv", "properties.csv"}
    places = rows(tmp_path / "map" / "locations.csv")
    assert list(places[0]) == ["id", "name", "lat", "lon"]
    assert places[2] == {"id": "KAZ", "name": "Казахстан", "lat": "51.17", "lon": "71.43"}
    flows = rows(tmp_path / "map" / "flows.csv")
    assert list(flows[0]) == ["origin", "dest", "count", "time"]
    assert flows[0]["time"] == "2024"
    assert len(losses) == 1
    assert losses[0].startswith("1 places have no coordinates and will not be on the map: ")
    assert "(OTH)" in losses[0]
    assert next(row for row in places if row["id"] == "OTH")["lat"] == ""


def test_regions_stand_at_their_centres(tmp_path):
    moves = xr.DataArray(
        [[0.0, 3.0], [np.nan, 0.0]],
        coords={"origin": ["KZ-71", "KZ-75"], "destination": ["KZ-71", "KZ-75"]},
        name="moves",
    )
    assert write(moves, tmp_path / "map.xlsx", format="flowmap", lang="kk") == ()
    cube = read(tmp_path / "map.xlsx")
    xr.testing.assert_identical(cube.array, moves)


def test_a_map_made_by_hand_keeps_its_places(tmp_path):
    folder = tmp_path / "map"
    folder.mkdir()
    (folder / "locations.csv").write_text("id,name,lat,lon\n1,North,50.5,80\n2,South,43,77\n")
    (folder / "flows.csv").write_text("origin,dest,count,time\n1,2,10,2024-01\n2,1,4.5,2024-02\n")
    cube = read(folder)
    assert cube.array.dims == ("year", "month", "origin", "destination")
    assert cube.places == {"1": (50.5, 80.0), "2": (43.0, 77.0)}
    assert cube.names["origin"] == {"1": "North", "2": "South"}
    assert write(cube, tmp_path / "again") == ()
    again = rows(tmp_path / "again" / "locations.csv")
    assert again[0] == {"id": "1", "name": "North", "lat": "50.5", "lon": "80.0"}


def test_a_flow_map_has_no_room_for_sexes(tmp_path):
    stock = keruen.load("un.stock.2024", year=2024, origin=["RUS"], destination=["KAZ"])
    with pytest.raises(keruen.core.errors.SchemaError, match=r"not sex.*add up"):
        write(stock, tmp_path / "map")
    assert list(tmp_path.iterdir()) == []


def test_a_cube_without_notes_of_ours_is_a_cube():
    assert Cube(xr.DataArray(1.0, name="x")).notes == ()
