# SPDX-License-Identifier: Apache-2.0
"""A run of flows on disk: complete, repeatable, all or nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from flow_cases import REFERENCE
from keruen.core.errors import FileError, SchemaError
from keruen.measure.stock_flows import flows_from_stocks
from keruen.report import flow_release
from keruen.report.flow_release import write_flows
from keruen.report.flow_run import run_flows
from keruen.sources.flow_inputs import flow_inputs

NAMES = {
    "adjustments.parquet", "flows.csv", "flows.parquet", "flows.svg", "manifest.json",
    "merged.csv", "places.csv", "places.parquet",
}  # fmt: skip


def read(path: Path) -> pd.DataFrame:
    import duckdb

    return duckdb.read_parquet(str(path)).df()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("flows") / "out"
    paths = write_flows(run_flows(first=2015, last=2024, by_sex=True), target)
    assert {path.name for path in paths} == NAMES
    return target


def test_everything_is_there(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == NAMES


def test_flows_are_those_of_the_method(folder: Path) -> None:
    table = read(folder / "flows.parquet")
    assert list(table.columns) == [
        "year", "origin", "destination", "sex", "flow", "outward", "return", "transit",
    ]  # fmt: skip
    tables = flow_inputs(first=2015, last=2024, by_sex=True)
    od = flows_from_stocks(
        tables.stock_start, tables.stock_end, tables.births, tables.deaths,
        population=tables.population,
    ).od()  # fmt: skip
    assert table["flow"].sum() == pytest.approx(od.sum().item())
    cell = table.set_index(["year", "sex", "origin", "destination"])["flow"]
    assert cell[2020, "F", "UZB", "KAZ"] == pytest.approx(
        od.sel(year=2020, sex="F", origin="UZB", destination="KAZ").item()
    )
    csv = pd.read_csv(folder / "flows.csv", keep_default_na=False)
    assert csv["flow"].values == pytest.approx(table["flow"].values, rel=1e-8)


def test_places_add_up(folder: Path) -> None:
    table = read(folder / "places.parquet")
    assert table["net"].values == pytest.approx((table["inflow"] - table["outflow"]).values)
    assert "SSD" in set(table["country"])
    assert "XKX" not in set(table["country"])  # counted with Serbia: see merged.csv
    assert "XKX" in set(pd.read_csv(folder / "merged.csv")["part"])


def test_the_manifest_names_inputs_options_and_files(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"]["method"] == "pseudo_bayes"
    assert manifest["options"]["periods"] == ["2015-2020", "2020-2024"]
    assert manifest["inputs"][0]["id"] == "un.stock.2024"
    assert all(len(one["sha256"]) == 64 and one["licence"] for one in manifest["inputs"])
    assert max(max(row) for row in manifest["diagnostics"]["margin_error"]) <= 1e-9
    assert set(manifest["files"]) == NAMES - {"manifest.json"}
    for name, facts in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"]
    assert "numpy" in manifest["packages"]
    assert manifest["concept"] == "transitions"


def test_adjustments_list_every_rescaled_cell(folder: Path) -> None:
    table = read(folder / "adjustments.parquet")
    assert set(table["reason"]) >= {"birthplace totals made equal"}
    assert {"year", "sex", "birthplace", "country", "before", "after"} <= set(table.columns)
    assert (table["before"] != table["after"]).all()


def test_the_picture_is_a_drawing(folder: Path) -> None:
    drawing = (folder / "flows.svg").read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "Migration between world regions, 2020-2024" in drawing
    assert "Central Asia" in drawing


def test_the_same_run_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_flows(run_flows(first=2015, last=2024, by_sex=True), tmp_path / "again")
    for name in NAMES:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_own_tables_with_draws(tmp_path: Path) -> None:
    stocks, vital = (REFERENCE / f"flows_2020_2024_{n}.parquet" for n in ("stocks", "vital"))
    run = run_flows(str(stocks), vital=vital, years=4, draws=6, seed=3)
    write_flows(run, tmp_path)
    table = read(tmp_path / "flows.parquet")
    assert list(table.columns)[-3:] == ["median", "lower", "upper"]
    assert (table["lower"] <= table["upper"]).all()
    places = read(tmp_path / "places.parquet")
    assert (places["net_lower"] <= places["net_upper"]).all()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"]["seed"] == 3
    assert manifest["inputs"][0]["file"] == "flows_2020_2024_stocks.parquet"
    assert manifest["inputs"][0]["sha256"] == hashlib.sha256(stocks.read_bytes()).hexdigest()
    assert not (tmp_path / "merged.csv").exists()


def test_own_tables_of_few_places(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("birthplace,country,stock_start,stock_end\nA,A,90,80\nA,B,5,15\nB,B,50,50\n")
    run = run_flows(str(path), method="difference_return")
    write_flows(run, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "flows.csv")
    assert table.values.tolist() == [["A", "B", 10, 10, 0, 0]]
    assert "Migration between places" in (tmp_path / "out" / "flows.svg").read_text()


def test_draws_of_several_periods() -> None:
    run = run_flows(first=2015, last=2024, draws=3)
    table = run.flow_table()
    assert sorted(table["year"].unique()) == [2015, 2020]
    assert not table.isna().any().any()
    places = run.place_table()
    assert not places.isna().any().any()


class Interrupted(BaseException):
    """What a user's control-C is to the program."""


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(run: object) -> str:
        raise Interrupted

    run = run_flows(first=2020, method="difference_zero")
    monkeypatch.setattr(flow_release, "_picture", stop)
    with pytest.raises(Interrupted):
        write_flows(run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FileError):
        write_flows(run_flows(first=2020, method="difference_zero"), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="--vital go with your own stocks"):
        run_flows(vital=tmp_path / "vital.csv")
    with pytest.raises(SchemaError, match="first and by_sex choose among"):
        run_flows(str(tmp_path / "mine.csv"), first=1990, by_sex=True)
