# SPDX-License-Identifier: Apache-2.0
"""Runs of draws, grid design and the index: folders that agree with what was found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import AccountError, CodeError, CoverageError, FaultsError, SchemaError
from keruen.report.attractiveness_page import attractiveness_report, write_attractiveness
from keruen.report.attractiveness_run import run_attractiveness
from keruen.report.cutoff_page import cutoff_report, write_cutoffs
from keruen.report.cutoff_run import run_cutoffs
from keruen.report.design_page import write_design
from keruen.report.design_run import run_design
from keruen.report.draw_page import OUTCOME_WORDS, draw_report
from keruen.report.draw_release import write_draws
from keruen.report.draw_run import run_draws
from keruen.report.locale import Locale
from keruen.sources.practice_points import write_practice_points

PRACTICE = "PRACTICE: the figures are made up."


@pytest.fixture(scope="module")
def practice(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("points") / "practice"
    write_practice_points(folder, candidates=2000, seed=1)
    return folder


@pytest.fixture(scope="module")
def draws(practice):
    return run_draws(
        practice / "pool.csv", rounds=practice / "rounds.csv", since="2025-12-23",
        acceptance=(0.85, 0.95), withdrawal=(0.002, 0.002), trajectories=40,
    )  # fmt: skip


def test_a_folder_of_draws(draws, tmp_path) -> None:
    paths = write_draws(draws, tmp_path / "out", locale=Locale("en"))
    names = {path.name for path in paths}
    assert {"draws.html", "draws.xlsx", "draws_cutoffs.csv", "manifest.json"} <= names
    page = (tmp_path / "out" / "draws.html").read_text("utf-8")
    assert PRACTICE in page
    assert page.count("<svg") == 3
    assert not re.search(r'(src|href)="https?:', page)
    people = pd.read_csv(tmp_path / "out" / "first_round_candidates.csv")
    invited = people[people["outcome"] == "invited"]
    assert len(invited) == draws.first.invited == draws.paths.rounds[0].size
    assert invited["score"].min() == draws.first.cutoff
    assert set(people["outcome"]) <= set(OUTCOME_WORDS)
    told = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert told["decision_mode"] == "proposal"
    assert told["practice"] is True
    cut = pd.read_csv(tmp_path / "out" / "draws_cutoffs.csv")
    assert (cut["low"] <= cut["cutoff"]).all()
    assert (cut["cutoff"] <= cut["high"]).all()


def test_the_account_on_the_page_closes(draws) -> None:
    section = draw_report(draws).parts[2].sections[1]
    rows = {row.key: row.cells[0].value for row in section.exhibits[0].table.rows}
    whole = rows["start"] + rows["arrivals"] + rows["accepted"] + rows["withdrawn"]
    assert whole + rows["expired"] == pytest.approx(rows["pool"], abs=1e-6)
    assert "sum of the gaps 0" in section.exhibits[0].notes[0].render(Locale("en"))


def test_the_same_seed_gives_the_same_bytes(draws, practice, tmp_path) -> None:
    again = run_draws(
        practice / "pool.csv", rounds=practice / "rounds.csv", since="2025-12-23",
        acceptance=(0.85, 0.95), withdrawal=(0.002, 0.002), trajectories=40,
    )  # fmt: skip
    one = write_draws(draws, tmp_path / "one", locale=Locale("en"))
    two = write_draws(again, tmp_path / "two", locale=Locale("en"))
    for first, second in zip(one, two, strict=True):
        if first.suffix == ".csv":
            assert first.read_bytes() == second.read_bytes()


def test_rounds_or_a_size(practice) -> None:
    pool = practice / "pool.csv"
    for options in ({}, {"size": 5, "rounds": practice / "rounds.csv"}):
        with pytest.raises(SchemaError) as found:
            run_draws(pool, **options)
        assert found.value.id == "NoRounds"
    with pytest.raises(SchemaError, match="span of chances"):
        run_draws(pool, size=20, acceptance=(0.9, 0.8))
    run = run_draws(pool, size=20, every=7, weeks=4, trajectories=10)
    assert len(run.paths.rounds) == 4
    assert "last 28 days" in run.notes[0].render(Locale("en"))
    with pytest.raises(FaultsError, match="outside the weeks"):
        run_draws(pool, rounds=practice / "rounds.csv", weeks=4, trajectories=10)


def test_a_folder_of_a_grid(practice, tmp_path) -> None:
    run = run_design(
        practice / "outcomes.csv", ordered=["education", "language", "experience"],
        unordered=["field"], groups=["sex"], current=True, test_from=2024, most_points=6,
        draws=20,
    )  # fmt: skip
    assert set(run.found.kept) == {"education", "language", "experience", "field"}
    paths = write_design(run, tmp_path / "grid", locale=Locale("en"))
    assert "design.html" in {path.name for path in paths}
    page = (tmp_path / "grid" / "design.html").read_text("utf-8")
    assert PRACTICE in page
    assert "Advice for those who write the law" in page
    bounds = pd.read_csv(tmp_path / "grid" / "design_bounds.csv")
    assert (bounds["low"] <= bounds["observed"]).all()
    assert (bounds["observed"] <= bounds["high"]).all()
    with pytest.raises(SchemaError) as found:
        run_design(practice / "outcomes.csv", ordered=["education", "sex"])
    assert found.value.id == "ForbiddenFactor"
    with pytest.raises(SchemaError):
        run_design(practice / "outcomes.csv", ordered=["education"], groups=["education"])


def test_the_embedded_index(tmp_path) -> None:
    run = run_attractiveness(draws=500)
    assert run.found.absent == ("prospects", "family")
    report = attractiveness_report(run)
    gaps = [gap.render(Locale("en")) for gap in report.parts[0].sections[0].gaps]
    assert any("Future prospects" in gap for gap in gaps)
    # no rank of the page without an interval
    for figure in report.figures():
        if figure.id.endswith(".rank"):
            assert figure.lower is not None
            assert figure.lower <= figure.upper
    write_attractiveness(run, tmp_path / "talent", locale=Locale("en"))
    again = run_attractiveness(tmp_path / "talent" / "talent_indicators.csv", draws=500)
    np.testing.assert_allclose(
        again.found.index.sel(country="KAZ"), run.found.index.sel(country="KAZ")
    )
    assert again.own
    with pytest.raises(CodeError):
        run_attractiveness(draws=500, show=["XXX"])


def test_access_multiplies(tmp_path) -> None:
    rows = ["country,indicator,dimension,direction,value"]
    for place, code in enumerate(("KAZ", "UZB", "POL", "DEU")):
        rows += [
            f"{code},pay,income_and_tax,higher,{place}",
            f"{code},jobless,opportunities,lower,{9 - place}",
            f"{code},accepted,accessibility,higher,{1 - place / 4}",
        ]
    file = tmp_path / "own.csv"
    file.write_text("\n".join(rows) + "\n")
    run = run_attractiveness(file, draws=200)
    expected = np.array([0, 1 / 3, 2 / 3, 1]) * np.array([1, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(run.found.index.sel(country=["KAZ", "UZB", "POL", "DEU"]), expected)
    file.write_text("\n".join([rows[0], "KAZ,pay,income_and_tax,upwards,1"]) + "\n")
    with pytest.raises(SchemaError, match="no direction"):
        run_attractiveness(file)


def test_cutoffs_read_off_bands(practice, tmp_path) -> None:
    run = run_cutoffs(practice / "bands.csv", practice / "past_rounds.csv")
    assert run.practice
    assert run.errors()["linear"] > 6 * run.errors()["exponential"]
    inside = (run.tail.lowest <= run.actual) & (run.actual <= run.tail.highest)
    assert bool(inside.all())
    write_cutoffs(run, tmp_path / "c", locale=Locale("en"))
    assert PRACTICE in (tmp_path / "c" / "cutoffs.html").read_text("utf-8")
    lines = (practice / "bands.csv").read_text("utf-8").splitlines()
    broken = tmp_path / "bands.csv"
    pool = next(at for at, line in enumerate(lines) if ",pool," in line)
    lines[pool] = lines[pool].rsplit(",", 1)[0] + ",1"
    broken.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(AccountError, match="in 1 of 12 rounds"):
        run_cutoffs(broken, practice / "past_rounds.csv")
    rounds = tmp_path / "rounds.csv"
    rounds.write_text("held,size\n2024-01-01,10\n")
    with pytest.raises(CoverageError) as found:
        run_cutoffs(practice / "bands.csv", rounds)
    assert found.value.id == "NoBands"


def test_no_known_cutoff_no_error(practice, tmp_path) -> None:
    table = pd.read_csv(practice / "past_rounds.csv", skiprows=1).drop(columns="cutoff")
    file = tmp_path / "rounds.csv"
    table.to_csv(file, index=False)
    run = run_cutoffs(practice / "bands.csv", file)
    assert np.isnan(run.errors()["linear"])
    assert len(cutoff_report(run).headlines) == 1


def test_rounds_in_which_nobody_is_invited(tmp_path) -> None:
    """Only categories, a size above the pool, a minimum nobody has: a page, not a crash."""
    pool = tmp_path / "pool.csv"
    pool.write_text(
        "candidate,submitted,category,score\na,2026-01-02,health,70\n"
        "b,2026-01-03,none,80\nc,2026-01-04,health,60\n"
    )
    rounds = tmp_path / "rounds.csv"
    for lines in (
        ["2026-01-07,health,50,…", "2026-01-21,health,…,99"],
        ["2026-01-07,general,…,99", "2026-01-21,general,…,99"],
    ):
        rounds.write_text("\n".join(["held,category,size,minimum", *lines]) + "\n")
        run = run_draws(pool, rounds=rounds, weeks=4, trajectories=10)
        paths = write_draws(run, tmp_path / "out", locale=Locale("ru"))
        assert "draws.xlsx" in {path.name for path in paths}
    assert np.isnan(run.first.cutoff)
    assert run.notes[-1].render(Locale("en")).startswith("Submissions have no time of day")
