# SPDX-License-Identifier: Apache-2.0
"""``keruen refugees``: from a country or a file of months to a page that says what it assumed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import CodeError, CoverageError, FaultsError, SchemaError
from keruen.report.caseload_inputs import read_shock, read_term
from keruen.report.caseload_page import caseload_report, findings
from keruen.report.caseload_release import write_caseload
from keruen.report.caseload_run import run_caseload_plan
from keruen.report.document import Figure
from keruen.report.locale import Locale

TERMS = {"officers": "3", "rate": "8:12", "housed": "0.1:0.3", "withdrawal": "0"}
CRISIS = "crisis:100000:0.01:4:3"


@pytest.fixture(scope="module")
def kazakhstan():
    return run_caseload_plan("KAZ", terms=TERMS, shocks=[CRISIS], draws=300)


@pytest.fixture(scope="module")
def months(tmp_path_factory) -> Path:
    """Practice data: five years of months, a level with a season."""
    rng = np.random.default_rng(1)
    at = np.arange(2021 * 12, 2026 * 12)
    mean = 120 * (1 + 0.4 * np.sin(2 * np.pi * at / 12))
    days = [f"{one // 12}-{one % 12 + 1:02}-01" for one in at]
    table = pd.DataFrame({"month": days, "applications": rng.poisson(mean)})
    path = tmp_path_factory.mktemp("given") / "practice.csv"
    table.to_csv(path, index=False)
    return path


def test_a_country_from_embedded_data(kazakhstan):
    inputs = kazakhstan.inputs
    assert inputs.history.sizes["year"] == 26
    assert inputs.history.sel(destination="KAZ", year=2025).item() == 83
    assert (inputs.backlog, inputs.backlog_year) == (163, 2025)
    assert [note.render(Locale("en")) for note in inputs.notes] == [
        "In 2018 UNHCR counted cases and not persons; they stand in for persons."
    ]
    # 67 of 235 decisions of 2025 protected: the page on refugees gives 28.5 %, 23.1 to 34.6
    assert inputs.terms["recognition"].values["mode"] == pytest.approx(0.285, abs=0.0005)
    assert kazakhstan.method == "last_value"  # nothing beats it by 2 %
    extra = kazakhstan.plan.applications.sum("month")
    gap = extra.sel(scenario="crisis") - extra.sel(scenario="baseline")
    assert set(gap.values.tolist()) == {1000.0}
    assert kazakhstan.plan.caseload.imbalance() == 0


def test_the_page_says_what_the_run_found(kazakhstan):
    report = caseload_report(kazakhstan)
    cards = {card.figure.id: card.figure for card in report.headlines}
    places = kazakhstan.plan.places.sel(scenario="baseline").item()
    assert cards["headline.places"].value == places
    coming = kazakhstan.plan.applications.sel(scenario="baseline").sum("month")
    assert cards["headline.coming"].value == coming.median().item()
    assert cards["headline.coming"].status == "projection"
    tables = {exhibit.table.id: exhibit.table for exhibit in report.exhibits()}
    titles = {one.table.id: one.title.render(Locale("en")) for one in report.exhibits()}
    for name in ("applications", "backlog", "occupancy"):  # an event is drawn beside
        assert titles[name].endswith(" (without an event)")
    assert all(
        c.label.render(Locale("en")).endswith(" (without an event)") for c in report.headlines
    )
    assert [row.key for row in tables["asked"].rows] == ["0", "1"]
    assert [column.key for column in tables["applications"].columns] == [
        f"{scenario}_{end}"
        for scenario in ("baseline", "crisis")
        for end in ("low", "middle", "high")
    ]
    assert len(tables["backlog"].rows) == 12
    assert {row.key for row in tables["assumptions"].rows} >= {
        "officers", "rate", "recognition", "housed", "backlog", "shock.crisis"}  # fmt: skip
    figures = [c for t in tables.values() for row in t.rows for c in row.cells
               if isinstance(c, Figure)]  # fmt: skip
    assert {figure.status for figure in figures} == {"projection", "estimate"}
    assert all(figure.sources for figure in figures)
    said = " ".join(one.render(Locale("en")) for one in findings(report))
    assert "95% interval" in said


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_it_is_written_in_three_languages(kazakhstan, lang, tmp_path):
    report = caseload_report(kazakhstan)
    paths = write_caseload(kazakhstan, report, tmp_path / "out", locale=Locale(lang))
    names = {path.name for path in paths}
    assert {"refugees.html", "refugees.xlsx", "months.csv", "manifest.json"} <= names
    page = (tmp_path / "out" / "refugees.html").read_text("utf-8")
    assert page.count("<svg") == 3
    assert f'lang="{lang}"' in page
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["decision_mode"] == "proposal"
    assert manifest["terms"]["recognition"]["source"] == "unhcr.decisions 2025"
    table = pd.read_csv(tmp_path / "out" / "months.csv")
    assert len(table) == 24


def test_months_of_ones_own_on_the_command_line(months, tmp_path):
    result = CliRunner().invoke(
        app,
        ["refugees", str(months), "--officers", "12", "--rate", "10", "--housed", "0.5",
         "--recognition", "0.4", "--backlog", "200", "--draws", "300",
         "--out", str(tmp_path / "out")],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["inputs"][0]["name"] == "practice.csv"
    assert manifest["backlog"] == {"persons": 200.0, "year": None}
    record = pd.read_csv(tmp_path / "out" / "record.csv")
    assert len(record) == 4 * 4  # four methods, 1, 3, 6 and 12 months ahead
    # a level with a season: the methods that know it beat the last value
    assert manifest["method"] in ("negative_binomial", "elastic_net", "seasonal_naive")
    table = pd.read_csv(tmp_path / "out" / "months.csv")
    assert table["applications_middle"].sum() == pytest.approx(12 * 120, rel=0.06)


def test_practice_data_say_so_to_the_last_page(tmp_path):
    path = tmp_path / "made-up.xlsx"
    made = CliRunner().invoke(app, ["data", "synthesize", "applications", "--to", str(path)])
    assert made.exit_code == 0, made.output
    assert "72 rows (practice data, made up)" in " ".join(made.output.split())
    run = run_caseload_plan(path, terms={**TERMS, "recognition": "0.4"}, draws=100)
    assert run.inputs.practice
    assert run.inputs.history.sizes["month"] == 72
    report = caseload_report(run)
    assert report.subtitle.render(Locale("en")).startswith("PRACTICE")
    write_caseload(run, report, tmp_path / "out", locale=Locale("en"))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["practice"] is True


def test_a_gap_of_months_is_refused(months, tmp_path):
    table = pd.read_csv(months).drop(index=30)
    table.to_csv(tmp_path / "gap.csv", index=False)
    terms = {**TERMS, "recognition": "0.4"}
    with pytest.raises(CoverageError, match="after 2023-06 a month is missing"):
        run_caseload_plan(tmp_path / "gap.csv", terms=terms)
    twice = pd.concat([table.iloc[:12], table.iloc[11:12]])
    twice.assign(month=[*twice["month"].iloc[:-1], "2021-12-15"]).to_csv(
        tmp_path / "twice.csv", index=False
    )
    with pytest.raises(CoverageError, match="2021-12 stands twice"):
        run_caseload_plan(tmp_path / "twice.csv", terms=terms)
    bad = table.assign(applications=-1)
    bad.to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(SchemaError):
        run_caseload_plan(tmp_path / "bad.csv", terms=terms)


def test_options_that_cannot_be_used():
    assert read_term("rate", "10").dist == "fixed"
    for typed in ("ten", "12:8", "1:2:3", "-1", "0.5:"):
        with pytest.raises(SchemaError, match="cannot be used"):
            read_term("rate", typed)
    with pytest.raises(SchemaError, match="from 0 to 1"):
        read_term("housed", "30")
    for typed in ("crisis", "crisis:a:0.1:1:1", ":1:0.1:1:1", "baseline:1:0.1:1:1"):
        with pytest.raises(SchemaError) as told:
            read_shock(typed)
        assert told.value.id == "BadShock"
    with pytest.raises(FaultsError) as many:
        run_caseload_plan("KAZ", terms={"officers": "x", "rate": "", "housed": "2"})
    assert len(many.value.faults) == 4  # withdrawal is not given either
    with pytest.raises(CodeError, match="no method"):
        run_caseload_plan("KAZ", terms=TERMS, method="oracle")
    with pytest.raises(CodeError, match="starts in month 13"):
        run_caseload_plan("KAZ", terms=TERMS, shocks=["late:5:0.1:13:1"], draws=100)
    with pytest.raises(CoverageError, match="UNHCR holds no applications"):
        run_caseload_plan("XXX", terms=TERMS)
