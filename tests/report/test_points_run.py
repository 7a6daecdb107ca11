# SPDX-License-Identifier: Apache-2.0
"""A run of a points system from file to folder: what is set aside, what stands on the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from keruen.core.errors import ScenarioError
from keruen.report.locale import Locale
from keruen.report.points_release import points_tables, write_points
from keruen.report.points_rules import system_table
from keruen.report.points_run import PointsRun, run_points
from keruen.report.points_show import shown_rules
from keruen.report.points_words import STATUSES
from keruen.sources.point_rules import read_point_rules

HEADS = (
    "profile,age,education,experience,shortage_occupation,kazakh,russian,english,job_offer,"
    "salary,average_salary,region_in_need,name"
)
PEOPLE = f"""{HEADS}
K-101,29,bachelor,4,yes,A2,no,no,yes,420000,400000,yes,Anna
K-102,47,vocational,12,no,none,yes,no,yes,450000,400000,no,Berik
K-103,33,doctorate,6,no,none,no,yes,no,,,no,Chingiz
K-104,38,master,5,yes,,yes,yes,yes,700000,420000,no,Dana
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


@pytest.fixture
def run(people: Path) -> PointsRun:
    return run_points("kazakhstan-example", people, as_of="2026-11-22")


def test_what_is_scored_and_what_is_set_aside(run: PointsRun) -> None:
    assert run.results.to_dict() == {
        "K-101": "passes",
        "K-102": "fails",
        "K-103": "not eligible",
        "K-104": "incomplete",
    }
    assert run.scores is not None
    assert run.scores.total.to_series().to_dict() == {"K-101": 61, "K-102": 37, "K-103": 55}
    assert set(run.missing["input"]) == {"kazakh"}
    assert run.missing["low"].tolist() == [64, 66, 69, 72, 74, 74, 74]
    assert run.explained == ("K-101", "K-102", "K-103")
    assert any("name" in line.values.get("headings", "").text for line in run.notes
               if "headings" in line.values)  # type: ignore[union-attr] # fmt: skip


def test_tables_tell_the_status_and_that_nothing_is_decided(run: PointsRun) -> None:
    tables = points_tables(run)
    points = tables["points"]
    assert set(points["status"]) == {"draft"}
    assert set(points["decision_mode"]) == {"proposal"}
    assert points["total"].isna().tolist() == [False, False, False, True]
    assert "name" not in points
    told = tables["explanation"]
    first = told[(told["profile"] == "K-101") & (told["part"] == "factor")]
    assert first["points"].sum() == 61
    assert first["where"].str.match(r"kazakhstan-example\.yaml, line \d+").all()
    assert tables["assumed"]["input"].tolist() == ["studied_here"]
    for name in ("assumed", "changes", "missing"):
        assert len(tables[name]), name
        assert set(tables[name]["status"]) == {"draft"}, name
        assert set(tables[name]["rules"]) == {"kazakhstan-example"}, name


def test_a_column_that_the_file_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("profile,age,education\nA,30,master\n", encoding="utf-8")
    found = run_points("kazakhstan-example", path, as_of="2026-11-22")
    said = [line.render(Locale("en")) for line in found.summary]
    lacking = [line for line in said if line.startswith("The file has no column for: ")]
    assert len(lacking) == 1
    assert "Job offer" in lacking[0]
    assert "Education" not in lacking[0]
    assert "Studied in Kazakhstan" not in lacking[0]  # the rules say how to count it


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_the_folder(run: PointsRun, tmp_path: Path, lang: str) -> None:
    paths = write_points(run, tmp_path / "out", lang=lang)  # type: ignore[arg-type]
    names = {path.name for path in paths}
    assert {"points.csv", "points.parquet", "points.xlsx", "points.html", "changes.csv",
            "missing.csv", "explanation.csv", "manifest.json"} <= names  # fmt: skip
    page = (tmp_path / "out" / "points.html").read_text("utf-8")
    assert f'<html lang="{lang}">' in page
    assert not re.search(r'(src|href)="(?!https://)', page)
    assert page.count('<article class="person">') == 3
    assert "Anna" not in page
    assert run.rules.title[lang] in page  # EXAMPLE, not law
    assert page.count('class="unsure"') == 1
    book = openpyxl.load_workbook(tmp_path / "out" / "points.xlsx", read_only=True)
    assert len(book.sheetnames) == 6
    heads = [sheet.cell(1, 1).value for sheet in book.worksheets[1:]]
    assert all("(" in str(head) for head in heads)  # how sure the rules are
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["decision_mode"] == "proposal"
    assert manifest["rules_status"] == "draft"
    assert manifest["results"] == {"fails": 1, "incomplete": 1, "not eligible": 1, "passes": 1}
    again = pd.read_parquet(tmp_path / "out" / "points.parquet")
    assert again["total"].tolist()[:3] == [61, 37, 55]


def test_status_is_shown_for_every_system_that_is_not_confirmed() -> None:
    table = system_table()
    assert set(table["status"]) <= set(STATUSES)
    open_ = table[table["status"] == "to be confirmed"]["system"]
    assert {"canada-crs", "canada-fsw", "japan-hsp", "uk-skilled-worker"} <= set(open_)


def test_one_fact_changed_and_the_trace_and_the_result_agree(people: Path, tmp_path: Path) -> None:
    """Contestability: what the page says would lift a profile does lift it when corrected."""
    before = run_points("kazakhstan-example", people, as_of="2026-11-22", cut_off=50)
    change = before.changes[before.changes["profile"] == "K-102"].iloc[0]
    assert bool(change["passes"])
    table = pd.read_csv(people, dtype=str, keep_default_na=False)
    table.loc[table["profile"] == "K-102", change["input"]] = change["to"]
    mended = tmp_path / "mended.csv"
    table.to_csv(mended, index=False)
    after = run_points("kazakhstan-example", mended, as_of="2026-11-22", cut_off=50)
    assert after.results["K-102"] == "passes"
    assert after.scores is not None
    trace = after.scores.trace("K-102")
    assert trace.total == change["total"]
    assert trace.passed


def test_all_profiles_incomplete_and_a_day_without_rules(tmp_path: Path, people: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("profile,age\nA,30\n", encoding="utf-8")
    found = run_points("kazakhstan-example", path, as_of="2026-11-22")
    assert found.scores is None
    assert found.results.tolist() == ["incomplete"]
    assert write_points(found, tmp_path / "out")
    with pytest.raises(ScenarioError, match="no rule of 'kazakhstan-example' is held"):
        run_points("kazakhstan-example", people, as_of="2025-12-31")


def test_the_tables_of_a_system_are_shown_as_they_stand_on_the_day() -> None:
    from datetime import date

    def lines(day: date) -> str:
        return "\n".join(shown_rules("canada-crs", day, "ru"))

    assert "Предложение работы" in lines(date(2025, 3, 24))
    assert "Предложение работы" not in lines(date(2025, 3, 25))
    new = "\n".join(shown_rules("new-zealand-smc", date(2025, 1, 1), "en"))
    assert "band from 47.41 to under 63.22: 3" in new


def test_another_day_or_another_file_says_who_gains_and_who_loses(tmp_path: Path) -> None:
    heads = "profile,age,spouse,education,first_language,first_speaking,first_listening"
    path = tmp_path / "people.csv"
    path.write_text(
        f"{heads},first_reading,first_writing,canadian_work,foreign_work,job_offer\n"
        "A,35,no,two_credentials,english,9,9,9,9,3,0,major_group_00\n"
        "B,35,no,two_credentials,english,9,9,9,9,3,0,\n",
        encoding="utf-8",
    )
    options = {"as_of": "2025-03-25", "cut_off": 500, "compare": "2025-03-24"}
    found = run_points("canada-crs", path, **options)  # type: ignore[arg-type]
    assert found.comparison is not None
    assert found.comparison.table.values.tolist() == [
        ["A", 643, 443, -200, "fails now"],
        ["B", 443, 443, 0, "fails still"],
    ]
    write_points(found, tmp_path / "out", lang="ru")
    assert (tmp_path / "out" / "comparison.csv").exists()
    source = Path(read_point_rules.__globals__["_FOLDER"]) / "canada-crs.yaml"
    mine = tmp_path / "mine.yaml"
    changed = source.read_text("utf-8").replace("points: [119, 128]", "points: [119, 100]")
    mine.write_text(changed, encoding="utf-8")
    found = run_points("canada-crs", path, as_of="2026-01-01", compare=str(mine))
    assert found.comparison is not None
    assert found.comparison.table["change"].tolist() == [28, 28]
    with pytest.raises(ScenarioError, match="no rule of 'canada-crs' is held for 2001-01-01"):
        run_points("canada-crs", path, as_of="2026-01-01", compare="2001-01-01")
