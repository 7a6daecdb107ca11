# SPDX-License-Identifier: Apache-2.0
"""Scores learned from past placements, from files to places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keruen.cli import app
from keruen.core.errors import SchemaError
from keruen.report.placement_run import run_placement


def _past(path, *, persons=1500):
    """The young find work in A, the old in B; nobody was ever in C."""
    rng = np.random.default_rng(5)
    age = rng.integers(18, 60, persons)
    place = rng.choice(["A", "B"], persons)
    chance = np.where((age < 38) == (place == "A"), 0.8, 0.2)
    pd.DataFrame(
        {
            "person": [f"p{each}" for each in range(persons)],
            "locality": place,
            "arrival": pd.date_range("2022-01-01", periods=persons, freq="12h").date,
            "sex": rng.choice(["F", "M"], persons),
            "age": age,
            "in_work": (rng.random(persons) < chance).astype(int),
        }
    ).to_csv(path, index=False)
    return path


@pytest.fixture
def folder(tmp_path):
    given = {
        "families": ["family,persons", "young,2", "old,2", "children,1"],
        "localities": ["locality,persons", "A,3", "B,3", "C,9"],
        "members": [
            "family,person,sex,age,works",
            *("young,a1,F,22,1", "young,a2,M,25,1", "old,b1,F,55,1", "old,b2,M,52,1"),
            "children,c1,F,9,0",
        ],
    }
    for name, rows in given.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_families_go_where_people_like_them_found_work(folder, tmp_path_factory):
    past = _past(tmp_path_factory.mktemp("past") / "past.csv")
    run = run_placement(folder, past=past)
    places = dict(zip(["young", "old", "children"], run.placement.assignment.values, strict=True))
    assert (places["young"], places["old"]) == ("A", "B")
    score = run.tables.score
    assert score.sel(family="young", locality="A").item() == pytest.approx(1.6, abs=0.2)
    assert score.sel(family="old", locality="A").item() == pytest.approx(0.4, abs=0.2)
    assert score.sel(family="children", locality="A").item() == 0
    assert not run.tables.compat.sel(locality="C").any()
    report = run.case.learned.set_index("group")
    assert report.loc["all", "skill"] > 0.2
    assert {"F", "M"} <= set(report.index)
    again = run_placement(folder, past=past)
    np.testing.assert_array_equal(again.tables.score.values, score.values)


def test_the_command_writes_how_good_the_model_is(folder, tmp_path_factory):
    from typer.testing import CliRunner

    place = tmp_path_factory.mktemp("run")
    past = _past(place / "past.csv")
    asked = ["place", str(folder), "--model", str(past), "--out", str(place / "out")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "learned from 1,500 persons placed before, by age and sex" in done.output
    assert "Nobody was placed before in C" in done.output
    report = pd.read_csv(place / "out" / "model.csv")
    assert {"group", "brier", "skill", "slope"} <= set(report.columns)
    both = CliRunner().invoke(app, [*asked, "--score", str(past)])
    assert both.exit_code == 2
    assert "choose" in both.output


def test_without_members_it_is_said(folder, tmp_path_factory):
    past = _past(tmp_path_factory.mktemp("past") / "past.csv", persons=300)
    (folder / "members.csv").unlink()
    with pytest.raises(SchemaError, match="those of members"):
        run_placement(folder, past=past)
