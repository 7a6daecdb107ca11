# SPDX-License-Identifier: Apache-2.0
"""A user's own stocks and vital events: all formats, all faults with their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow_cases import REFERENCE, world
from keruen.core.errors import CoverageError, FaultsError, FileError, SchemaError
from keruen.sources.flow_files import read_flow_tables

STOCKS = "birthplace,country,stock_start,stock_end\nA,A,9,8\nA,B,1,2\nB,B,5,5\n"
VITAL = "country,births,deaths\nA,1,2\nB,0.5,0\n"


def written(folder: Path, text: str, name: str = "stocks.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv(tmp_path: Path) -> None:
    vital = written(tmp_path, VITAL, "vital.csv")
    arrays = read_flow_tables(written(tmp_path, STOCKS), vital)
    assert arrays["stock_end"].values.tolist() == [[8, 2], [0, 5]]
    assert arrays["stock_start"].dims == ("birthplace", "country")
    assert arrays["births"].values.tolist() == [1, 0.5]


def test_parquet_is_the_same_as_the_arrays() -> None:
    arrays = read_flow_tables(
        REFERENCE / "flows_2020_2024_stocks.parquet", REFERENCE / "flows_2020_2024_vital.parquet"
    )
    for name, wanted in zip(arrays, world("2020_2024"), strict=True):
        assert arrays[name].values == pytest.approx(wanted.values), name


def test_years_and_sexes_beside_the_columns(tmp_path: Path) -> None:
    lines = ["year,sex,birthplace,country,stock_start,stock_end"]
    lines += [
        f"{y},{s},{b},{c},{y},1" for y in (2000, 2005) for s in "FM" for b in "AB" for c in "AB"
    ]
    arrays = read_flow_tables(written(tmp_path, "\n".join(lines)))
    assert arrays["stock_start"].dims == ("year", "sex", "birthplace", "country")
    assert arrays["stock_start"].sel(year=2005, sex="M", birthplace="A", country="B").item() == 2005


def test_codes_that_look_missing_are_codes(tmp_path: Path) -> None:
    text = STOCKS.replace("A,", "NA,").replace("B,", "NO,")
    arrays = read_flow_tables(written(tmp_path, text))
    assert arrays["stock_start"].indexes["country"].tolist() == ["NAM", "NOR"]


def test_places_by_code_and_by_name_in_three_languages(tmp_path: Path) -> None:
    lines = "Туған елі;Ел;Басындағы саны;Соңындағы саны\nҚазақстан;398;9;8\nKZ;Россия;1;2\n"
    arrays = read_flow_tables(written(tmp_path, lines + "RUS;Russia;5;5\nРФ;KAZ;3;4\n"))
    assert arrays["stock_end"].indexes["country"].tolist() == ["KAZ", "RUS"]
    assert arrays["stock_end"].values.tolist() == [[8, 2], [4, 5]]


def test_own_labels_are_kept_where_none_is_a_country_and_refused_beside_countries(
    tmp_path: Path,
) -> None:
    arrays = read_flow_tables(written(tmp_path, STOCKS))
    assert arrays["stock_start"].indexes["birthplace"].tolist() == ["A", "B"]
    with pytest.raises(SchemaError, match="'A' is neither a country nor a region"):
        read_flow_tables(written(tmp_path, STOCKS.replace("B,", "UZB,")))


def test_a_file_from_excel_with_a_byte_order_mark(tmp_path: Path) -> None:
    arrays = read_flow_tables(written(tmp_path, "\ufeff" + STOCKS))
    assert arrays["stock_start"].sum().item() == 15


def test_all_faults_with_their_rows(tmp_path: Path) -> None:
    text = STOCKS + "A,B,7,7\n,B,1,1\nC,B,many,1\n"
    with pytest.raises(FaultsError) as caught:
        read_flow_tables(written(tmp_path, text))
    shown = str(caught.value)
    assert "the column birthplace is empty here (stocks.csv, column A, row 6)" in shown
    assert "'many' is no number (stocks.csv, column C, row 7)" in shown
    assert "the row stands twice" in shown
    assert "(stocks.csv, row 3, 5)" in shown
    assert {fault.id for fault in caught.value.faults} == {"EmptyKey", "NotANumber", "DuplicateKey"}


def test_a_figure_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match="1 figures are marked as not known"):
        read_flow_tables(written(tmp_path, STOCKS.replace("A,B,1,2", "A,B,…,2")))


def test_a_missing_column(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no column stock_end"):
        read_flow_tables(written(tmp_path, "birthplace,country,stock_start\nA,A,1\n"))
    lines = "year,birthplace,country,stock_start,stock_end\n2000,A,A,1,1\n2000,B,B,1,1\n"
    with pytest.raises(SchemaError, match="no column year"):
        read_flow_tables(written(tmp_path, lines), written(tmp_path, VITAL, "vital.csv"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_flow_tables(tmp_path / "none.csv")
    with pytest.raises(FileError, match="but the file is text"):
        read_flow_tables(written(tmp_path, "not parquet", "stocks.parquet"))
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01\x02")
    with pytest.raises(FileError, match="no known encoding"):
        read_flow_tables(tmp_path / "bytes.csv")
