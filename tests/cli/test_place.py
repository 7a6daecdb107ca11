# SPDX-License-Identifier: Apache-2.0
"""``keruen place`` as a user calls it: places, letters, check, faults, the year."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.cli.data import app as data
from keruen.core.errors import FaultsError, InfeasibleError, SchemaError
from keruen.sources.practice_placement import write_practice_placement

RUNNER = CliRunner()

FAMILIES = """family,group,workers,persons,school_1_4
F1,kandas,2,4,2
F2,kandas,2,3,1
F3,resettler,1,12,2
F4,resettler,1,2,0
F5,kandas,2,4,2
"""
LOCALITIES = """locality,name,region,persons,school_1_4
A,Abay town,KZ-10,8,3
B,Burabay,KZ-11,9,2
"""
SCORES = """family,locality,score
F1,A,1.6
F1,B,0.6
F2,A,1.5
F2,B,1.2
F3,A,0.5
F3,B,0.4
F5,A,1.4
F5,B,0.5
"""


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "given"
    place.mkdir()
    for name, text in (("families", FAMILIES), ("localities", LOCALITIES), ("scores", SCORES)):
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    return place


def run(*words):
    return RUNNER.invoke(app, ["place", *map(str, words)])


def test_two_files_and_scores_become_a_folder_that_can_be_checked(folder, tmp_path):
    out = tmp_path / "out"
    tables = [folder / "families.csv", folder / "localities.csv"]
    made = run(*tables, "--score", folder / "scores.csv", "--letters", "all", "--out", out)
    assert made.exit_code == 0, made.output
    assert "3 of 5 families have a place; 2 wait." in made.stdout
    rows = pd.read_csv(out / "assignment.csv", keep_default_na=False).set_index("family")
    # 4 + 3 persons and 2 + 1 children fit in A: the best two there, and one of the others in B
    assert rows["score"].replace("", 0).astype(float).sum() == pytest.approx(1.6 + 1.5 + 0.5)
    assert rows.loc["F3", "outcome"] == "too_large"
    assert rows.loc["F4", "outcome"] == "nowhere"
    assert set(rows["mode"]) == {"proposal"}
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert said["decision_mode"] == "proposal"
    assert {one["file"] for one in said["inputs"]} == {
        "families.csv",
        "localities.csv",
        "scores.csv",
    }
    for lang in ("en", "ru", "kk"):
        assert (out / f"letters.{lang}.html").read_text("utf-8").count("<article") == 5
    checked = run("--check", out)
    assert checked.exit_code == 0
    assert "BROKEN" not in checked.stdout


def test_a_changed_folder_does_not_pass_the_check(folder, tmp_path):
    out = tmp_path / "out"
    assert run(folder, "--out", out).exit_code == 0
    shown = (out / "assignment.csv").read_text("utf-8")
    (out / "assignment.csv").write_text(shown.replace("F5,kandas,", "F5,kandas,B", 1), "utf-8")
    checked = run("--check", out)
    assert checked.exit_code == 1
    assert "BROKEN  every file is as it was written" in checked.stdout
    assert "BROKEN  the list shown is the placement checked" in checked.stdout


def test_a_certificate_that_promises_more_does_not_pass(folder, tmp_path):
    out = tmp_path / "out"
    assert run(folder, "--out", out).exit_code == 0
    text = (out / "certificate.json").read_text("utf-8")
    told = json.loads(text)
    told["certificate"]["value"] += 1.0
    (out / "certificate.json").write_text(json.dumps(told), "utf-8")
    assert "BROKEN  the value is as said" in run("--check", out).stdout


def test_wishes_are_followed_and_only_they_when_voluntary(folder, tmp_path):
    wishes = tmp_path / "wishes.csv"
    wishes.write_text("family,locality,rank\nF1,B,1\nF2,A,1\nF2,B,2\n", "utf-8")
    free, bound = tmp_path / "free", tmp_path / "bound"
    assert run(folder, "--prefs", wishes, "--out", free).exit_code == 0
    assert run(folder, "--prefs", wishes, "--voluntary", "--out", bound).exit_code == 0
    rows = pd.read_csv(free / "assignment.csv", keep_default_na=False).set_index("family")
    only = pd.read_csv(bound / "assignment.csv", keep_default_na=False).set_index("family")
    assert only["locality"].to_dict() == {"F1": "B", "F2": "A", "F3": "", "F4": "", "F5": ""}
    assert (rows["locality"] != "").sum() == 3
    assert run("--check", free).exit_code == 0
    assert run("--check", bound).exit_code == 0


def test_every_fault_is_said_by_file_and_cell_before_anything_is_solved(folder, tmp_path):
    (folder / "families.csv").write_text(FAMILIES + "F2,kandas,1,2,0\nF6,kandas,9,2,0.5\n", "utf-8")
    (folder / "scores.csv").write_text(SCORES + "F1,C,1\nF2,A,-1\nF4,A,1.5\n", "utf-8")
    wrong = LOCALITIES.replace("school_1_4", "school_1_4,placed_persons").replace("8,3", "8,3,9")
    (folder / "localities.csv").write_text(wrong.replace("9,2", "9,2,0"), "utf-8")
    (folder / "members.csv").write_text("family,person,age\nF1,a,30\n", "utf-8")
    found = run(folder, "--out", tmp_path / "out")
    assert isinstance(found.exception, FaultsError)
    text = str(found.exception)
    for part in (
        "the row stands twice: another has the same family, group (families.csv, row 3, 7)",
        "'0.5' is not a whole number of units (families.csv, column E, row 8)",
        "9 can work, more than the family has persons (families.csv, column C, row 8)",
        "the family has 4 persons here, but 1 rows of members (families.csv, column D, row 2)",
        "'C' does not stand in the table localities, column locality (scores.csv, column B",
        "-1 is less than 0",
        "the score 1.5 is above the 1 members who can work (scores.csv, column C, row 12)",
        "9 are taken already, but the capacity is 8 (localities.csv, column F, row 2)",
    ):
        assert part in text, text
    assert not (tmp_path / "out").exists()


def test_limits_that_conflict_are_told_with_the_smallest_change(folder, tmp_path):
    limits = tmp_path / "regions.csv"
    limits.write_text("region,persons_target\nKZ-10,30\nKZ-11,4\n", "utf-8")
    found = run(folder, "--regions", limits, "--tolerance", "0.2", "--out", tmp_path / "out")
    assert isinstance(found.exception, InfeasibleError)
    assert "region share, least of KZ-10: " in str(found.exception)
    assert "in place of 24" in str(found.exception)
    assert "too large F3" in str(found.exception)


def test_what_is_missing_is_said(folder, tmp_path):
    found = run(folder, "--voluntary", "--out", tmp_path / "out")
    assert isinstance(found.exception, SchemaError)
    assert found.exception.id == "NoWishes"
    (folder / "scores.csv").unlink()
    assert run(folder, "--out", tmp_path / "out").exception.id == "NoScores"
    assert run(folder / "families.csv", folder / "no.csv", "--out", tmp_path / "o").exit_code == 1
    assert run(folder).exit_code == 2
    assert run("--check", folder).exception.id == "NotAPlacement"
    assert run("online", folder, "--out", tmp_path / "o").exception.id == "NoScores"


def test_practice_tables_as_a_workbook_and_through_the_year(tmp_path):
    book = tmp_path / "practice.xlsx"
    words = ["synthesize", "placement", "--families", "60", "--to", str(book)]
    assert "practice data, made up" in RUNNER.invoke(data, words).stdout
    out, year = tmp_path / "out", tmp_path / "year"
    made = run(book, "--lang", "kk", "--gap", "0.01", "--time-limit", "5", "--out", out)
    assert made.exit_code == 0, made.output
    assert json.loads((out / "manifest.json").read_text("utf-8"))["practice_data"] is True
    rows = pd.read_csv(out / "assignment.csv")
    assert rows["source"].str.startswith("practice data").all()
    assert "<svg" in (out / "map_regions.svg").read_text("utf-8")
    done = run("online", book, "--draws", "1", "--out", year)
    assert done.exit_code == 0, done.output
    assert re.search(r"\d\d\.\d% of what hindsight could reach", done.stdout)
    placed = pd.read_csv(year / "assignment.csv", keep_default_na=False)
    assert placed["batch"].is_monotonic_increasing
    load = pd.read_csv(year / "load.csv")
    assert (load["used"] <= load["capacity"]).all()


def test_the_same_seed_gives_the_same_practice_tables(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    assert write_practice_placement(one, families=50, seed=3) == write_practice_placement(
        two, families=50, seed=3
    )
    assert (one / "families.csv").read_bytes() == (two / "families.csv").read_bytes()
    first = (one / "localities.csv").read_text("utf-8").splitlines()[0]
    assert first.startswith('"PRACTICE DATA, made up, not real')


def test_a_template_is_read_back(tmp_path):
    book = tmp_path / "mine.xlsx"
    words = ["template", "placement", "--to", str(book), "--lang", "kk"]
    assert RUNNER.invoke(data, words).exit_code == 0
    found = run(book, "--out", tmp_path / "out")
    assert found.exception.id == "NoSheet"
