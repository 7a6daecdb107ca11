# SPDX-License-Identifier: Apache-2.0
"""A user's table for an evaluation: any heading, any format, all faults by cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import FaultsError
from keruen.sources.evaluation_files import read_evaluation

ROWS = [
    ["Область", "Год", "Значение", "Начало политики", "ВРП"],
    ["Абай", 2020, 1.5, 2021, 10],
    ["Абай", 2021, 2.5, 2021, 11],
    ["Алматы", 2020, None, None, 20],
    ["Алматы", 2021, 3, None, 21],
]


def test_headings_in_russian_and_a_column_besides(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    pd.DataFrame(ROWS).to_excel(path, header=False, index=False)
    found = read_evaluation(path, "panel", besides=["ВРП"])
    assert found.headings["outcome"] == "Значение"
    assert found.table["unit"].tolist() == ["Абай", "Абай", "Алматы", "Алматы"]
    np.testing.assert_array_equal(found.table["outcome"], [1.5, 2.5, np.nan, 3])
    np.testing.assert_array_equal(found.table["treated_from"], [2021, 2021, np.nan, np.nan])
    assert found.table["ВРП"].tolist() == [10, 11, 20, 21]
    assert found.unread == ()


def test_the_same_from_csv_and_parquet(tmp_path: Path):
    table = pd.DataFrame({"place": ["A", "A"], "t": [2020, 2021], "y": [1.25, -2.0], "z": [1, 2]})
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_parquet(tmp_path / "a.parquet")
    called = {"unit": "place", "year": "t"}
    one, other = (
        read_evaluation(tmp_path / name, "panel", called=called) for name in ("a.csv", "a.parquet")
    )
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.unread == ("z",)


def test_a_named_heading_is_taken_before_an_alias(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("region,country,year,value,share\nR,KAZ,2020,1,9\n", "utf-8")
    called = {"unit": "country", "outcome": "share"}
    found = read_evaluation(path, "panel", called=called)
    assert found.table[["unit", "outcome"]].to_numpy().tolist() == [["KAZ", 9.0]]
    assert found.unread == ("region", "value")


def test_all_faults_by_cell(tmp_path: Path):
    path = tmp_path / "a.csv"
    lines = ["unit,year,outcome", "A,2020,many", ",2021,2", "B,2020,1", "B,2020,2", "C,,3"]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(FaultsError) as caught:
        read_evaluation(path, "panel", besides=["gdp"])
    found = {(fault.id, fault.where) for fault in caught.value.faults}
    assert found == {
        ("MissingColumn", "a.csv, row 1"),
        ("NotANumber", "a.csv, column C, row 2"),
        ("EmptyKey", "a.csv, column A, row 3"),
        ("EmptyKey", "a.csv, column B, row 6"),
        ("DuplicateKey", "a.csv, row 5"),
    }


def test_negative_flows_and_empty_tables_are_refused(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("origin,destination,year,flow,policy\nA,B,2020,-1,0\n", "utf-8")
    with pytest.raises(FaultsError) as caught:
        read_evaluation(path, "flows")
    assert [fault.id for fault in caught.value.faults] == ["BelowRange"]
    path.write_text("unit,year,outcome\n", "utf-8")
    with pytest.raises(FaultsError) as caught:
        read_evaluation(path, "panel")
    assert [fault.id for fault in caught.value.faults] == ["NoRows"]


def test_a_year_that_is_no_number_is_one_fault_and_not_an_empty_cell_too(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("unit,year,outcome\nA,20x1,1\nB,2020,2\n", "utf-8")
    with pytest.raises(FaultsError) as caught:
        read_evaluation(path, "panel")
    assert [fault.id for fault in caught.value.faults] == ["NotANumber"]


def test_figures_read_otherwise_than_they_stand_are_listed(tmp_path: Path):
    path = tmp_path / "a.csv"
    lines = ["unit;year;outcome", "A;2020;12,5", "A;2021;-", "B;2020;13,5", "B;2021;нет данных"]
    path.write_text("\n".join(lines), "utf-8")
    found = read_evaluation(path, "panel")
    np.testing.assert_array_equal(found.table["outcome"], [12.5, 0, 13.5, np.nan])
    columns = ["row", "column", "name", "before", "after", "reason", "count"]
    assert found.changes[columns].to_numpy().tolist() == [
        [2, "C", "outcome", "12,5", "12.5", "decimal_comma", 2],
        [3, "C", "outcome", "-", "0", "dash_zero", 1],
        [5, "C", "outcome", "нет данных", "", "missing_mark", 1],
    ]
