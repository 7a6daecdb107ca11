# SPDX-License-Identifier: Apache-2.0
"""Pools, rounds and people with outcomes as users give them; practice tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.sources.design_files import read_design
from keruen.sources.draw_files import read_draws
from keruen.sources.practice_points import practice_points, write_practice_points


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_practice_points(tmp_path / "practice", candidates=300, seed=1)
    return tmp_path / "practice"


def test_practice_tables_are_read_back(folder) -> None:
    files = read_draws(folder / "pool.csv", folder / "rounds.csv")
    assert files.practice
    assert not files.dates_only
    assert len(files.pool) == 300
    assert set(files.rounds["category"]) == {"", "health"}
    assert files.rounds["minimum"].isna().all()
    made = practice_points(candidates=300, seed=1)
    assert files.pool["score"].tolist() == made["pool"]["score"].tolist()
    people = read_design(folder / "outcomes.csv", texts=["education", "sex"], numbers=["year"])
    assert people.practice
    known = made["outcomes"]["outcome"]
    assert np.isnan(people.table["outcome"]).tolist() == known.isna().tolist()
    assert "language" in people.unread


def test_the_same_seed_gives_the_same_rows() -> None:
    one, two, other = (practice_points(candidates=200, seed=s) for s in (1, 1, 2))
    for name in one:
        pd.testing.assert_frame_equal(one[name], two[name])
    assert not one["pool"].equals(other["pool"])


def test_words_in_other_languages_and_excel(tmp_path) -> None:
    table = pd.DataFrame(
        {
            "Кандидат": ["a", "b"],
            "Подано (UTC)": ["2026-01-04T10:00:00+05:00", "2026-01-05"],
            "Категории": ["health + french", "нет"],
            "Баллы": [431, 80],
        }
    )
    file = tmp_path / "pool.xlsx"
    table.to_excel(file, index=False)
    pool = read_draws(file).pool
    assert pool["category"].tolist() == [("french", "health"), ()]
    assert pool["submitted"].iloc[0] == pd.Timestamp("2026-01-04 05:00:00")


def test_bad_moments_all_at_once(tmp_path) -> None:
    file = tmp_path / "pool.csv"
    file.write_text("candidate,submitted,score\na,soon,1\nb,2026-13-01,2\nc,2026-01-01,3\n")
    with pytest.raises(FaultsError) as found:
        read_draws(file)
    assert [one.id for one in found.value.faults] == ["BadMoment"] * 2


def test_a_round_of_two_categories_is_refused(tmp_path, folder) -> None:
    file = tmp_path / "rounds.csv"
    file.write_text("held,category,size\n2026-01-07,health+language,5\n")
    with pytest.raises(SchemaError, match="several categories"):
        read_draws(folder / "pool.csv", file)


def test_faults_of_people(tmp_path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("title\ncandidate,education,outcome\na,,1\na,2 high,yes\nc,1 low,\n")
    with pytest.raises(FaultsError) as found:
        read_design(file, texts=["education"])
    assert [one.id for one in found.value.faults] == ["BadCell", "BadCell", "DuplicateKey"]
    assert "row 3" in str(found.value.faults[0])
    for texts, id in ((["language"], "MissingColumn"),):
        with pytest.raises(SchemaError) as lacking:
            read_design(file, texts=texts)
        assert lacking.value.id == id
    file.write_text("a,b\n1,2\n")
    with pytest.raises(SchemaError) as headless:
        read_design(file, texts=[])
    assert headless.value.id == "NoHeader"


def test_bad_practice(tmp_path) -> None:
    with pytest.raises(SchemaError):
        write_practice_points(tmp_path, candidates=10, seed=1)
    with pytest.raises(FileError):
        write_practice_points(tmp_path / "a.csv", candidates=100, seed=1)
