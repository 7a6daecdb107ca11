# SPDX-License-Identifier: Apache-2.0
"""From population to a number of permits: paths of labour that reach the need, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from keruen.core.errors import CoverageError
from keruen.report.labour_release import write_labour
from keruen.report.labour_run import run_labour
from keruen.report.locale import Lang
from keruen.report.skills_release import write_skills
from keruen.report.skills_run import SkillsRun, run_skills
from keruen.sources.synthetic_occupations import write_practice_occupations

PATHS = 40


@pytest.fixture(scope="module")
def labour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain") / "labour"
    write_labour(run_labour("KAZ", to=2030, trajectories=PATHS), folder)
    return folder


@pytest.fixture(scope="module")
def book(labour: Path) -> Path:
    path = labour.parent / "practice.xlsx"
    write_practice_occupations(path, seed=1)
    return path


@pytest.fixture(scope="module")
def chained(labour: Path, book: Path) -> SkillsRun:
    return run_skills(book, employment=labour / "employment_paths.parquet")


def test_paths_of_industries_add_to_demand_and_share_the_past(labour: Path) -> None:
    paths = pd.read_parquet(labour / "employment_paths.parquet")
    assert paths["trajectory"].nunique() == PATHS
    whole = paths.groupby(["trajectory", "year"])["employed"].sum().unstack()
    spread = whole.max() - whole.min()
    assert (spread[spread.index <= 2025] < 1e-3).all()
    assert (spread[spread.index > 2025] > 1e4).all()
    told = pd.read_parquet(labour / "quantities.parquet")
    demand = told[(told["quantity"] == "demand") & (told["year"] == 2030)].iloc[0]
    found = whole[2030].quantile([0.1, 0.5, 0.9]).tolist()
    expected = demand[["lower_80", "median", "upper_80"]].astype(float).tolist()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_intervals_reach_the_need(chained: SkillsRun) -> None:
    need = chained.tables["need"]
    assert sorted(need["quantile"].unique()) == [0.1, 0.5, 0.9]
    wide = need.pivot(index="occupation", columns="quantile", values="gap")
    assert (wide[0.1] <= wide[0.5]).all()
    assert (wide[0.5] <= wide[0.9]).all()
    assert (wide[0.9] > wide[0.1]).sum() > len(wide) / 2
    assert any("in 80 % of paths" in line for line in chained.summary if "permits" in line)


def test_the_need_begins_where_the_observed_ends(chained: SkillsRun, book: Path) -> None:
    assert chained.options["need_year"] == 2025
    assert run_skills(book).options["need_year"] == 2024
    later = run_skills(book, need_year=2028)
    assert any("Gap a year from 2028" in line for line in later.summary)
    with pytest.raises(CoverageError) as caught:
        run_skills(book, need_year=2030)
    assert caught.value.id == "YearOutOfRange"


def test_occupations_add_to_industries_on_average(chained: SkillsRun, labour: Path) -> None:
    paths = pd.read_parquet(labour / "employment_paths.parquet")
    jobs = paths[paths["year"] == 2024].groupby("trajectory")["employed"].sum()
    table = chained.tables["employment"]
    found = table[(table["year"] == 2024) & (table["quantile"] == 0.5)]["employed"].sum()
    assert found == pytest.approx(jobs.iloc[0], rel=1e-9)


def test_a_named_file_stands_in_for_the_sheet_and_that_is_said(chained: SkillsRun) -> None:
    (told,) = [note for note in chained.warnings if "is not read" in note]
    assert told == (
        "'employment' is that of employment_paths.parquet; that of practice.xlsx, "
        "sheet employment is not read"
    )


def test_a_class_is_given_only_when_paths_agree(chained: SkillsRun) -> None:
    table = chained.tables["imbalance"]
    assert len(table) == 40
    assert "unsettled" in set(table["risk"])


def test_the_chain_is_written(chained: SkillsRun, tmp_path: Path) -> None:
    names = {path.name for path in write_skills(chained, tmp_path / "out")}
    assert {"need.csv", "shortage_list.csv", "openings.svg", "manifest.json"} <= names
    need = pd.read_csv(tmp_path / "out" / "need.csv")
    assert set(need["verdict"]) <= {"on the list", "off the list", "to be consulted"}


def test_paths_that_part_before_the_matrix_or_have_a_range_are_refused(
    book: Path, tmp_path: Path
) -> None:
    jobs = pd.DataFrame(
        [(n, y, c, v * (1 + n / 9)) for n in (0, 1) for y in (2024, 2030) for c, v in (("A", 9),)],
        columns=["trajectory", "year", "sector", "employed"],
    )
    matrix = pd.DataFrame(
        [(2024, "A", "61", 9)], columns=["year", "sector", "occupation", "employed"]
    )
    jobs.to_csv(tmp_path / "employment.csv", index=False)
    matrix.to_csv(tmp_path / "matrix.csv", index=False)
    with pytest.raises(CoverageError, match="differ by 1 people in the base year"):
        run_skills(tmp_path)
    both = jobs.assign(employed=9, employed_low=8, employed_high=10)
    both.to_csv(tmp_path / "employment.csv", index=False)
    with pytest.raises(CoverageError, match="both paths and a range"):
        run_skills(tmp_path)


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_a_workbook_for_readers(chained: SkillsRun, tmp_path: Path, lang: Lang) -> None:
    write_skills(chained, tmp_path / "out", lang=lang)
    book = openpyxl.load_workbook(tmp_path / "out" / "skills.xlsx", read_only=True)
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    about, listed, need, *_ = sheets
    assert len(about) == 5  # practice, advice, year, two judgements, no record
    assert len(listed) == 1 + 40
    assert len(need) == 1 + 3 * 40
    heads = {str(text): place for place, text in enumerate(need[0])}
    proposed = [row[len(heads) - 5] for row in need[1:41]]
    assert proposed == sorted(proposed, reverse=True)
    reasons = [row[-1] for row in listed[1:]]
    if lang == "en":
        told = chained.tables["shortage_list"]["reason"].str.partition(":")[0].tolist()
        assert [reason.partition(":")[0] for reason in reasons] == told
    titles = {row[1] for row in listed[1:]}
    names = {"en": "Health Professionals", "ru": "Специалисты в области здравоохранения",
             "kk": "Денсаулық сақтау мамандары"}  # fmt: skip
    assert names[lang] in titles
