# SPDX-License-Identifier: Apache-2.0
"""Runs of remittances and of skilled emigration: against what is published, and as folders."""

from __future__ import annotations

import json

import numpy as np
import openpyxl
import pandas as pd
import pytest

from keruen.core.errors import CoverageError, InfeasibleError, SchemaError
from keruen.report.braindrain_release import write_braindrain
from keruen.report.braindrain_run import run_braindrain
from keruen.report.remittance_release import write_remittances
from keruen.report.remittance_run import run_remittances
from keruen.report.remittance_tables import remittance_tables
from keruen.sources.synthetic_emigrants import PRACTICE, write_practice_emigrants

# Share of the money that would have to change corridor for our matrix to agree with KNOMAD's,
# percent, and the largest corridor in million US dollars, ours beside KNOMAD's. KNOMAD used
# the World Bank's stocks of 2017 and the United Nations' revision 2020.
AGAINST_KNOMAD = [
    (2017, "worldbank.stock.2017", "gni", 12.1, 30_019),
    (2021, "un.stock.2020", "gni", 7.1, 52_595),
    (2021, "un.stock.2020", "ppp", 5.7, 52_595),
]


@pytest.mark.parametrize(("year", "stocks", "income", "apart", "mexico"), AGAINST_KNOMAD)
def test_matrices_repeat_the_published_ones(year, stocks, income, apart, mexico):
    run = run_remittances(year, stocks=stocks, income=income)
    rules = {rule: one.dissimilarity.item() for rule, one in run.comparisons.items()}
    assert round(rules["income_gap"], 1) == apart
    assert rules["income_gap"] < rules["stock"] < rules["income"]
    published = run.given.published.sel(receiver="MEX")
    assert published.sel(sender="USA").item() == pytest.approx(mexico, abs=1)
    # Totals of 2017 were revised after KNOMAD's matrix, so shares of Mexico's are compared.
    ours = run.matrix.amount.sel(receiver="MEX")
    share = (ours.sel(sender="USA") / ours.sum()).item()
    assert share == pytest.approx((published.sel(sender="USA") / published.sum()).item(), rel=0.01)
    assert run.comparisons["income_gap"].log_correlation.item() > 0.97


def test_every_total_of_the_world_is_kept():
    run = run_remittances(2021)
    reported = run.given.received.isel(year=-1, drop=True)
    whole = run.matrix.received() + run.matrix.unallocated
    np.testing.assert_allclose(whole.sel(country=reported["country"]), reported, rtol=1e-12)
    assert len(run.given.places) > 230


def test_tables_say_what_each_figure_rests_on():
    run = run_remittances(2021, stocks="un.stock.2020")
    tables = remittance_tables(run)
    corridors = tables["remittances"].set_index(["sender", "receiver"])
    assert corridors.loc[("KAZ", "RUS"), "basis"] == "rule income_gap"
    told = corridors["basis"].str.split(":").str[0].value_counts()
    assert set(told.index) == {"rule income_gap", "no income", "no total is reported"}
    known = corridors.dropna(subset=["amount"])
    assert (known["lowest"] <= known["amount"] + 1e-9).all()
    assert (known["amount"] <= known["highest"] + 1e-9).all()
    countries = tables["countries"].set_index("country")
    assert countries.loc["KAZ", "received_gdp"] == pytest.approx(0.157, abs=1e-3)
    assert countries.loc["KAZ", "received_ratio"] == pytest.approx(1)
    assert countries.loc["KAZ", "cost_simple"] == pytest.approx(1.3987, abs=1e-4)
    assert countries.loc["TJK", "received_gdp"] > 25
    assert list(tables["comparison"]["rule"]) == ["stock", "income", "income_gap"]


def test_a_folder_of_a_run(tmp_path):
    run = run_remittances(2022, side="paid")
    names = {path.name for path in write_remittances(run, tmp_path / "out")}
    assert {"remittances.csv", "countries.parquet", "remittances.xlsx", "remittances.svg"} <= names
    assert "comparison.csv" not in names
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["options"]["side"] == "paid"
    assert {"un.stock.2024", "knomad.remittances"} <= {one.get("id") for one in manifest["inputs"]}
    table = pd.read_parquet(tmp_path / "out" / "remittances.parquet")
    kaz = table[table["sender"] == "KAZ"]
    assert kaz["amount"].sum() == pytest.approx(2_365.89624)
    book = openpyxl.load_workbook(tmp_path / "out" / "remittances.xlsx", read_only=True)
    assert book.sheetnames == ["remittances", "countries", "adjustments", "notes"]
    first = (tmp_path / "out" / "remittances.csv").read_bytes()
    write_remittances(run, tmp_path / "again")
    assert (tmp_path / "again" / "remittances.csv").read_bytes() == first
    for name in ("remittances.xlsx", "remittances.svg", "manifest.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def own_files(folder):
    (folder / "stock.csv").write_text("origin,destination,immigrant_stock\nA,B,80\nA,C,20\nB,C,5\n")
    (folder / "totals.csv").write_text(
        "country,remittances_received,remittances_paid,income\nA,100,...,10\nB,7,60,20\nC,...,50,...\n"
    )
    (folder / "known.csv").write_text("sender,receiver,remittances\nC,A,30\n")
    return folder


def test_own_files_alone(tmp_path):
    own = own_files(tmp_path)
    run = run_remittances(
        stocks=str(own / "stock.csv"), totals=own / "totals.csv", fixed=own / "known.csv"
    )
    line = run.matrix.amount.sel(receiver="A")
    assert line.sel(sender=["B", "C"]).values.tolist() == pytest.approx([70, 30])
    basis = remittance_tables(run)["remittances"].set_index(["sender", "receiver"])["basis"]
    assert basis[("C", "A")] == "known amount"
    assert basis[("C", "B")].startswith("no income")
    names = {path.name for path in write_remittances(run, tmp_path / "out")}
    assert "remittances.svg" in names
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert [one["file"] for one in manifest["inputs"]] == ["stock.csv", "totals.csv", "known.csv"]


def test_what_cannot_be_run_is_named(tmp_path):
    own = own_files(tmp_path)
    with pytest.raises(SchemaError) as caught:
        run_remittances(totals=own / "totals.csv")
    assert caught.value.id == "NoYear"
    with pytest.raises(CoverageError) as other:
        run_remittances(1999)
    assert other.value.id == "YearOutOfRange"
    (own / "one.csv").write_text("country,remittances_received\nA,100\n")
    with pytest.raises(CoverageError) as none:
        run_remittances(stocks=str(own / "stock.csv"), totals=own / "one.csv", side="paid")
    assert none.value.id == "NoTotals"
    (own / "known.csv").write_text("sender,receiver,remittances\nC,A,300\n")
    with pytest.raises(InfeasibleError):
        run_remittances(
            stocks=str(own / "stock.csv"), totals=own / "totals.csv", fixed=own / "known.csv"
        )
    (own / "known.csv").write_text("sender,receiver,remittances\nQ,A,3\n")
    with pytest.raises(CoverageError) as place:
        run_remittances(
            stocks=str(own / "stock.csv"), totals=own / "totals.csv", fixed=own / "known.csv"
        )
    assert place.value.id == "UnknownPlace"


# ---- skilled emigration ---------------------------------------------------------------------


def test_a_run_on_practice_data_says_so_everywhere(tmp_path):
    write_practice_emigrants(tmp_path / "practice.csv", seed=1)
    run = run_braindrain(tmp_path / "practice.csv")
    assert run.notes[0].startswith("PRACTICE DATA")
    write_braindrain(run, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["practice"] is True
    for path in (tmp_path / "out").glob("*.csv"):
        assert set(pd.read_csv(path)["note"]) == {PRACTICE}, path.name
    assert "PRACTICE DATA" in (tmp_path / "out" / "braindrain.svg").read_text("utf-8")
    rates = run.tables()["rates"]
    assert set(rates["sex"]) == {"T", "F", "M"}
    both = rates.pivot_table(index=["country", "education"], columns="sex", values="emigrants")
    np.testing.assert_allclose(both["F"] + both["M"], both["T"], rtol=1e-3)
    entry = run.tables()["entry_ages"].pivot_table(
        index=["country", "education"], columns="entry_age", values="rate"
    )
    assert (np.diff(entry.to_numpy(), axis=1) <= 0).all()


def test_a_run_on_a_file_of_ones_own(tmp_path):
    """Rates by hand: residents of the package, emigrants of the file."""
    from keruen.sources.education_inputs import residents_by_education

    head = "year,origin,destination,emigrants_low,emigrants_medium,emigrants_high\n"
    (tmp_path / "mine.csv").write_text(f"{head}2020,KAZ,DEU,1000,2000,3000\n2020,AND,DEU,1,1,1\n")
    run = run_braindrain(tmp_path / "mine.csv")
    assert not run.practice
    assert run.entry is None
    people = residents_by_education([2020], countries=["KAZ"]).sum("sex").isel(year=0, country=0)
    table = run.tables()["rates"].set_index(["country", "education"])
    expected = 100 * 3000 / (3000 + people.sel(education="high").item())
    assert table.loc[("KAZ", "high"), "rate"] == pytest.approx(expected)
    assert np.isnan(table.loc[("AND", "high"), "rate"])
    assert any("AND" in note for note in run.notes)
    assert "note" not in table
    names = {path.name for path in write_braindrain(run, tmp_path / "out")}
    assert "braindrain.svg" in names
