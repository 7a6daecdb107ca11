# SPDX-License-Identifier: Apache-2.0
"""The back-test of the projection, and the record that the package ships."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import CodeError, CoverageError
from keruen.report.backtest_release import record, write_backtest
from keruen.report.backtest_run import OWN, BacktestRun, run_backtest
from keruen.report.backtest_tables import score_lines, score_table
from keruen.report.projection_run import run_projection
from keruen.report.records import population_record, shipped_record
from keruen.sources.catalog import dataset
from keruen.sources.projection_history import edition_2017, history_tables

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def short() -> BacktestRun:
    return run_backtest(origins=[2013], horizon=5, trajectories=100, seed=1, tested=DAY)


def test_cells_are_recomputed_by_hand(short: BacktestRun) -> None:
    """No change and constant growth of France, 2013 to 2018, from the estimates themselves."""
    cells = short.total.cells["absolute_error"].sel(country="FRA", base_year=2013)
    tables = history_tables()
    people = tables.mid_year.sel(country="FRA").sum(["sex", "age"])
    # the end of a year is half-way between two mid-years, nearly
    ends = {year: float(people.sel(year=[year, year + 1]).mean()) for year in (2008, 2013, 2018)}
    still = abs(100 * np.log(ends[2013] / ends[2018]))
    assert cells.sel(forecaster="no change", lead=5).item() == pytest.approx(still, abs=0.05)
    grown = abs(100 * np.log(ends[2013] ** 2 / ends[2008] / ends[2018]))
    found = cells.sel(forecaster="growth of five years", lead=5).item()
    assert found == pytest.approx(grown, abs=0.1)


def test_all_methods_are_scored_in_the_same_cells(short: BacktestRun) -> None:
    table = score_table(short)
    assert set(table["cells"]) == {len(short.countries)}
    totals = table[(table["quantity"] == "total") & (table["years"] == 5)].set_index("method")
    assert totals.loc[OWN, "mae"] < totals.loc["no change", "mae"]
    assert totals.loc[OWN, "crps"] < totals.loc[OWN, "mae"]
    assert totals.loc["no change", ["coverage_80"]].isna().all()
    assert short.places.sel(lead=5).sum().item() == pytest.approx(1.0)


def test_the_design_is_told(short: BacktestRun) -> None:
    assert short.total.design == "pseudo"
    assert short.edition is not None
    assert short.edition.design == "vintage"
    text = "\n".join(score_lines(short))
    assert "today's data cut at the origin" in text
    assert "data of the time" in text
    assert any("kinder than life" in note for note in short.warnings)


def test_the_edition_of_2017_is_what_was_published() -> None:
    """World Population Prospects 2017, medium variant: Kazakhstan 18,777 thousand in 2020."""
    assert edition_2017().sel(country="KAZ", year=2020).item() == pytest.approx(18_777e3, rel=1e-4)


def test_the_folder(short: BacktestRun, tmp_path: Path) -> None:
    write_backtest(short, tmp_path)
    cells = pd.read_parquet(tmp_path / "cells.parquet")
    mean = cells[(cells["forecaster"] == OWN) & (cells["lead"] == 5)]["absolute_error"].mean()
    found = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert found == json.loads(json.dumps(record(short)))
    assert found["totals"]["5"]["mae"] == pytest.approx(mean, abs=1e-4)
    assert found["command"].endswith("--origin 2013 --horizon 5 --trajectories 100 --seed 1")
    drawing = (tmp_path / "backtest.svg").read_text(encoding="utf-8")
    assert "keruen" in drawing


def test_the_shipped_record_is_of_the_embedded_data() -> None:
    for id, digest in shipped_record()["inputs"].items():
        assert dataset(id).digest == digest, id
    assert shipped_record()["design"] == "pseudo"
    assert shipped_record()["edition"]["design"] == "vintage"


def test_every_run_prints_its_record() -> None:
    text = run_projection("KAZ", to=2025).record
    assert text == population_record("KAZ")
    errors = shipped_record()["countries"]["KAZ"]
    assert f"{errors[3]:.1f} % after 20 years" in text
    assert text.endswith("Beyond 20 years: not evaluated")
    # what-if variants are no forecasts; a small place has no errors of its own
    assert run_projection("KAZ", to=2025, scenario="low").record == "not evaluated"
    assert "itself" not in population_record("TUV")


@pytest.mark.slow
def test_the_shipped_record_comes_out_again() -> None:
    """The command in the record, run again: the same numbers."""
    words = shipped_record()["command"].split()
    origins = [int(words[place + 1]) for place, word in enumerate(words) if word == "--origin"]
    run = run_backtest(words[3], origins=origins, horizon=20, trajectories=500, seed=1, tested=DAY)
    found, known = json.loads(json.dumps(record(run))), shipped_record()
    for part in ("totals", "ages"):
        for lead, facts in known[part].items():
            for name, value in facts.items():
                if not isinstance(value, str):  # samplers differ a little by machine
                    value = pytest.approx(value, rel=5e-3, abs=2e-3)  # noqa: PLW2901
                assert found[part][lead][name] == value, (part, lead, name)
    assert found["edition"] == known["edition"]


def test_faults() -> None:
    with pytest.raises(CodeError):
        run_backtest("KAX")
    with pytest.raises(CoverageError, match="fewer than 100,000"):
        run_backtest("TUV", origins=[2013], horizon=1)
    with pytest.raises(CoverageError, match="before or judged after 1970"):
        run_backtest("KAZ", origins=[1970])
    with pytest.raises(CoverageError, match="before or judged after 2023"):
        run_backtest("KAZ", origins=[2023])
    with pytest.raises(CoverageError, match="0 years ahead"):
        run_backtest("KAZ", horizon=0)
