# SPDX-License-Identifier: Apache-2.0
"""Runs over occupations: identities through the whole chain, gaps that are told, records."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import AccountError, CoverageError, SchemaError
from keruen.report.skills_release import write_skills
from keruen.report.skills_run import SkillsRun, run_skills
from keruen.report.skills_usa import run_usa
from keruen.sources.synthetic_occupations import practice_occupations, write_practice_occupations


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("skills") / "practice.xlsx"
    write_practice_occupations(file, seed=1)
    return file


@pytest.fixture(scope="module")
def run(book) -> SkillsRun:
    return run_skills(book)


def folder(tmp_path: Path, **changed: pd.DataFrame | None) -> Path:
    """Practice tables as CSV files, some of them changed or left out."""
    for name, table in {**practice_occupations(seed=1), **changed}.items():
        if table is not None:
            table.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_occupations_add_to_industries_in_every_year_and_region(run):
    jobs = practice_occupations(seed=1)["employment"]
    told = run.tables["employment"].query("scenario == 'middle'")
    keys = ["year", "region"]
    left = told.groupby(keys)["employed"].sum()
    right = jobs.groupby(keys)["employed"].sum()
    np.testing.assert_allclose(left, right.loc[left.index], rtol=1e-9)


def test_occupations_of_regions_are_met_in_the_base_year(run):
    known = practice_occupations(seed=1)["regions"].set_index(["region", "occupation"])["employed"]
    told = run.tables["employment"].query("scenario == 'middle' and year == 2024")
    found = told.set_index(["region", "occupation"])["employed"]
    np.testing.assert_allclose(found, known.loc[found.index], rtol=1e-3, atol=1)
    assert any("occupations of regions are brought" in note for note in run.warnings)


def test_regions_that_disagree_are_refused_with_the_difference(tmp_path):
    known = practice_occupations(seed=1)["regions"]
    known.loc[known["region"] == "KZ-75", "employed"] *= 1.5
    with pytest.raises(AccountError, match="people in KZ-75") as caught:
        run_skills(folder(tmp_path, regions=known))
    assert caught.value.id == "InconsistentTotals"


def test_without_regions_the_mix_is_the_national_one_and_that_is_said(tmp_path):
    found = run_skills(folder(tmp_path, regions=None))
    assert "occupations of regions: industries have the national mix" in set(
        found.tables["missing"]["not_known"]
    )


def test_openings_are_growth_and_replacement_in_both_concepts(run):
    table = run.tables["openings"]
    assert set(table["concept"]) == {"net", "gross"}
    np.testing.assert_allclose(table["expansion"] + table["replacement"], table["openings"])
    total = table.groupby("concept")["openings"].sum()
    assert total["gross"] > total["net"] > 0
    assert (table["cases"] > 0).all()


def test_the_gap_is_demand_less_supply_and_causes_add_to_the_number(run):
    table = run.tables["need"]
    terms = ["growth", "replacement", "vacancies", "graduates", "unemployed"]
    terms += ["movers", "returnees", "retraining"]
    np.testing.assert_allclose(table["gap"], table[terms].sum(axis=1).clip(lower=0), atol=1e-6)
    because = table.filter(like="because_").sum(axis=1)
    np.testing.assert_allclose(because, table["proposed"], atol=1e-6)
    assert (table["proposed"] <= table["need"] + 1e-9).all()


def test_a_ceiling_is_kept_in_every_scenario(book):
    capped = run_skills(book, ceiling=10_000).tables["need"]
    assert (capped.groupby("scenario")["proposed"].sum() <= 10_000 + 1e-6).all()


def test_a_range_goes_in_and_comes_out(run):
    totals = run.tables["need"].groupby("scenario")["gap"].sum()
    assert totals["low"] < totals["middle"] < totals["high"]


def test_every_occupation_has_a_verdict_with_a_reason(run):
    table = run.tables["shortage_list"]
    assert len(table) == 40
    assert set(table["verdict"]) <= {"on the list", "off the list", "to be consulted"}
    assert (table["reason"].str.len() > 10).all()


def test_practice_and_no_record_are_said(run, tmp_path):
    assert run.practice
    assert run.record == "not evaluated"
    assert "the tables are practice data: made up, not real" in run.warnings
    paths = write_skills(run, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["practice_data"] is True
    assert manifest["track_record"] == "not evaluated"
    assert "practice tables, made up" in (tmp_path / "out" / "openings.svg").read_text("utf-8")
    rows = pd.read_csv(tmp_path / "out" / "need.csv")
    assert set(rows["source"]) == {"practice data: made up, not real"}
    assert {"need.csv", "shortage_list.csv", "missing.csv"} <= {path.name for path in paths}


def test_what_is_not_given_is_listed_and_not_made_up(tmp_path):
    left_out = dict.fromkeys(
        ["ages", "separations", "supply", "vacancies", "wages", "levels", "education",
         "students", "field_rates", "field_jobs", "policy", "regions"]
    )  # fmt: skip
    found = run_skills(folder(tmp_path, **left_out))
    assert set(found.tables) == {"employment", "assumptions", "missing"}
    unknown = set(found.tables["missing"]["not_known"])
    assert {"replacement demand and job openings", "gap and need", "shortage list"} <= unknown


def test_without_a_decision_the_need_is_the_whole_gap(tmp_path):
    policy = practice_occupations(seed=1)["policy"][["occupation", "skilled"]]
    found = run_skills(folder(tmp_path, policy=policy, wages=None))
    assert "on the list" not in set(found.tables["shortage_list"]["verdict"])
    table = found.tables["need"]
    np.testing.assert_allclose(table["need"], table["gap"])
    assert "the part of the gap" in " ".join(found.tables["missing"]["not_known"])


def test_with_separations_alone_the_gap_counts_exits_only(tmp_path):
    made = practice_occupations(seed=1)
    found = run_skills(folder(tmp_path, ages=None))
    assert set(found.tables["openings"]["concept"]) == {"gross"}
    need = found.tables["need"].query("scenario == 'middle'").groupby("occupation")
    base = found.tables["employment"].query("scenario == 'middle' and year == 2024")
    exits = made["separations"].set_index("occupation")["exit_rate"] / 100.0
    wanted = base.groupby("occupation")["employed"].sum() * exits
    np.testing.assert_allclose(need["replacement"].sum(), wanted, rtol=1e-9)
    assert any("leave the labour force" in note for note in found.warnings)


def test_a_state_that_is_not_known_has_no_outlook(tmp_path):
    policy = practice_occupations(seed=1)["policy"]
    policy.loc[policy["occupation"] == "21", "recent_state"] = np.nan
    table = run_skills(folder(tmp_path, policy=policy)).tables["imbalance"]
    assert table.loc[table["occupation"] == "21", "risk"].isna().all()
    assert table.loc[table["occupation"] != "21", "risk"].notna().all()


def test_a_matrix_of_other_people_gives_shares_only(tmp_path):
    matrix = practice_occupations(seed=1)["matrix"]
    half = matrix.assign(employed=matrix["employed"] / 2.0)
    found = run_skills(folder(tmp_path, matrix=half, ages=None, separations=None))
    assert any("only shares are taken from the matrix" in note for note in found.warnings)


def test_one_matrix_year_holds_shares_constant(tmp_path):
    matrix = practice_occupations(seed=1)["matrix"].query("year == 2024")
    found = run_skills(folder(tmp_path, matrix=matrix))
    assert float(abs(found.tables["employment"]["share_effect"]).max()) < 1e-6
    assert any("the matrix has one year" in note for note in found.warnings)


def test_tables_that_do_not_line_up_are_refused(tmp_path):
    made = practice_occupations(seed=1)
    late = made["matrix"].assign(year=made["matrix"]["year"] + 1)
    with pytest.raises(CoverageError, match="last matrix 2025, employment 2024 to 2030"):
        one = made["employment"].query("year != 2025")
        run_skills(folder(tmp_path, matrix=late, employment=one))
    with pytest.raises(CoverageError, match="'matrix' lacks Q"):
        run_skills(folder(tmp_path, matrix=made["matrix"].query("sector != 'Q'")))
    with pytest.raises(CoverageError, match="'wages' names 1 occupations") as caught:
        odd = pd.concat([made["wages"], made["wages"].iloc[[0]].assign(occupation="01")])
        run_skills(folder(tmp_path, matrix=made["matrix"], wages=odd))
    assert caught.value.id == "UnmatchedCode"
    ages = made["ages"].assign(year=made["ages"]["year"].replace(2019, 2018))
    with pytest.raises(CoverageError, match="cannot follow cohorts"):
        run_skills(folder(tmp_path, wages=made["wages"], ages=ages))


def test_shares_that_do_not_add_up_are_refused_with_their_sum(tmp_path):
    go = practice_occupations(seed=1)["field_jobs"]
    go.loc[go["field"] == "07", "share"] *= 0.5
    with pytest.raises(AccountError, match=r"field=07 add to 0\.5") as caught:
        run_skills(folder(tmp_path, field_jobs=go))
    assert caught.value.id == "NotShares"


def test_graduates_are_not_counted_twice(tmp_path):
    supply = practice_occupations(seed=1)["supply"].assign(graduates=1.0)
    with pytest.raises(SchemaError, match="graduates are given twice"):
        run_skills(folder(tmp_path, supply=supply))


def test_the_united_states_published_and_evaluated():
    found = run_usa()
    table = found.tables["openings"].query("base_year == 2016")
    np.testing.assert_allclose(table["growth"] + table["separations"], table["openings"])
    assert table["openings"].sum() == pytest.approx(18.98e6, rel=5e-4)
    assert 100 * table["separations"].sum() / table["openings"].sum() == pytest.approx(94, abs=0.5)
    record = found.tables["record"].iloc[0]
    assert (round(record["dissimilarity"], 1), round(record["constant_dissimilarity"], 1)) == (
        10.2, 11.1,
    )  # fmt: skip
    assert found.record == "not evaluated"
    assert set(found.tables["projection"]["record"]) == {"not evaluated"}
    shares = found.tables["matrix"].groupby("sector")["share"].sum()
    np.testing.assert_allclose(shares, 1.0)
