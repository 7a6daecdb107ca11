# SPDX-License-Identifier: Apache-2.0
"""Runs of towns and of attainment: folders, agreement with the projection, the profile's parts."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli.project import app
from keruen.core.errors import CodeError, CoverageError, WorkbenchError
from keruen.report.attainment_inputs import attainment_places
from keruen.report.build import Desk
from keruen.report.education_release import education_tables, write_education
from keruen.report.education_run import EducationRun, run_education
from keruen.report.outlook import outlook
from keruen.report.parts import education_ahead, towns_ahead
from keruen.report.projection_run import run_projection
from keruen.report.urban_release import urban_tables, write_urban
from keruen.report.urban_run import UrbanRun, run_urban

RUNNER = CliRunner()
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def schooling() -> EducationRun:
    return run_education("KAZ", to=2030, trajectories=60, seed=3)


@pytest.fixture(scope="module")
def world() -> UrbanRun:
    return run_urban("all")


# --- attainment ---------------------------------------------------------------------------


def test_levels_add_to_the_projection_of_the_population(schooling):
    known = run_projection("KAZ", to=2030).projection.population.isel(country=0)
    whole = schooling.projection.population.sum("education")
    for year in (2025, 2030):
        ages = known.sel(year=year + 1).to_numpy()
        groups = np.add.reduceat(ages, range(0, 101, 5), axis=-1)
        found = whole.sel(year=year, sex=known["sex"]).to_numpy()
        np.testing.assert_allclose(found, groups, rtol=0, atol=1e-6)


def test_intervals_are_those_of_the_paths(schooling):
    assert schooling.bounds is not None
    low, high = (schooling.bounds.sel(quantile=level) for level in (0.1, 0.9))
    later = schooling.adults.sel(year=low["year"])
    assert (low.sel(education="post_secondary") < high.sel(education="post_secondary")).all()
    assert (low <= later).sum() >= 0.9 * later.size
    again = run_education("KAZ", to=2030, trajectories=60, seed=3)
    np.testing.assert_array_equal(again.bounds, schooling.bounds)


def test_the_base_is_the_published_mix(schooling):
    table = education_tables(schooling)["attainment"].set_index(["year", "education"])["share"]
    published = 100 * schooling.past.sel(year=2020)
    for level in ("none", "lower_secondary", "upper_secondary", "post_secondary"):
        # other totals by age move it a little: shares are the publisher's cell by cell
        assert table[2020, level] == pytest.approx(float(published.sel(education=level)), abs=0.5)


@pytest.mark.parametrize("schooling_path", ["constant", "fast", "numbers"])
def test_paths_of_schooling_differ_as_they_say(schooling, schooling_path):
    other = run_education("KAZ", to=2030, schooling=schooling_path)
    told, base = (
        run.adults.sel(year=2030, education="post_secondary").item() for run in (other, schooling)
    )
    assert told > base if schooling_path == "fast" else told < base
    assert ("not evaluated" in other.record) == (schooling_path == "fast")


def test_a_run_of_attainment_is_a_folder(schooling, tmp_path):
    files = {path.name for path in write_education(schooling, tmp_path / "a")}
    assert files >= {"education.svg", "education.xlsx", "attainment.csv", "population.parquet"}
    table = pd.read_csv(tmp_path / "a" / "attainment.csv")
    assert {"people", "share", "lower_95", "upper_80"} <= set(table)
    assert table.groupby("year")["share"].sum().to_numpy() == pytest.approx(100.0)
    book = openpyxl.load_workbook(tmp_path / "a" / "education.xlsx", read_only=True)
    assert "attainment" in book.sheetnames
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text("utf-8"))
    assert manifest["options"]["seed"] == 3
    assert {one["id"] for one in manifest["inputs"]} >= {"wic.population", "wpp2024.population"}
    write_education(schooling, tmp_path / "b")
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_attainment_refuses_what_it_cannot_tell():
    with pytest.raises(CoverageError, match="steps of five years, not to 2047"):
        run_education("KAZ", to=2047)
    with pytest.raises(CoverageError, match="no attainment of VAT"):
        run_education("VAT")
    with pytest.raises(CodeError):
        run_education("KAX")
    assert len(attainment_places()) == 200
    assert any("mean of other countries" in note for note in run_education("UZB", to=2025).warnings)


# --- towns --------------------------------------------------------------------------------


def test_nine_in_ten_countries_meet_the_united_nations_in_2030(world):
    """209 of 232 with Bonaire, Sint Eustatius and Saba, which has no total and is left out."""
    gap = 100 * abs(world.projection.share.sel(residence="urban", year=2030) -
                    world.published.sel(year=2030))  # fmt: skip
    assert len(world.places) == 231
    assert int((gap <= 1).sum()) >= 0.9 * 231
    assert world.base == 2015


def test_people_are_the_total_and_bounds_hold_the_line(world):
    assert world.projection.population is not None
    whole = world.projection.population.sum("residence").sel(country="KAZ", year=2050).item()
    assert whole == pytest.approx(26_439_000, rel=0.01)
    bounds = 100 * world.bounds.sel(country="KAZ", year=2050)
    line = 100 * world.projection.share.sel(country="KAZ", year=2050, residence="urban").item()
    assert bounds.sel(quantile=0.1) < line < bounds.sel(quantile=0.9)


def test_cities_stay_within_their_towns(world):
    assert world.cities is not None
    assert world.cities.population.sizes["locality"] > 1800
    kazakh = urban_tables(run_urban("Казахстан", to=2030))["cities"]
    towns = world.projection.population.sel(country="KAZ", residence="urban", year=2030).item()
    assert kazakh[kazakh["year"] == 2030]["population"].sum() < towns


def test_a_run_of_towns_is_a_folder(tmp_path):
    run = run_urban("KAZ", to=2030, rule="none")
    files = {path.name for path in write_urban(run, tmp_path / "a")}
    assert files >= {"urban_share.svg", "urban_share.xlsx", "population.csv", "cities.parquet"}
    table = pd.read_parquet(tmp_path / "a" / "urban_share.parquet")
    assert table["year"].tolist() == [*range(1950, 2020, 5), *range(2016, 2031)]
    assert table.loc[table["year"] == 2030, "published"].item() == pytest.approx(60.0, abs=0.1)
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text("utf-8"))
    assert manifest["base"] == 2015
    assert manifest["norm"]["half_life"] == pytest.approx(15.4, abs=0.1)


def test_towns_refuse_what_they_cannot_tell():
    with pytest.raises(CoverageError, match="2016 to 2050, not to 2060"):
        run_urban("KAZ", to=2060)
    with pytest.raises(CoverageError, match="no urban population of XKX"):
        run_urban("XKX")
    held = run_urban("SGP", to=2030)
    assert held.projection.held["reason"].tolist() == ["there is no village"]
    assert any("share kept: SGP" in note for note in held.warnings)


# --- commands, profile, pages -------------------------------------------------------------


@pytest.mark.parametrize("command", ["urban", "education"])
def test_commands(command, tmp_path):
    out = tmp_path / "out"
    result = RUNNER.invoke(app, [command, "KAZ", "--to", "2025", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Track record: from 2000" in result.output
    assert (out / "manifest.json").exists()
    wrong = RUNNER.invoke(app, [command, "KAZ", "--to", "2222", "--out", str(out)])
    assert isinstance(wrong.exception, WorkbenchError)


def test_profile_tells_what_the_run_found():
    section = education_ahead.section(Desk("KAZ"))
    figures = {f.id: f for e in section.exhibits for r in e.table.rows for f in r.cells}
    run = run_education("KAZ")
    share = 100 * run.adults / run.adults.sum("education")
    assert figures["attainment_ahead.post_secondary.2050"].value == pytest.approx(
        share.sel(year=2050, education="post_secondary").item(), rel=1e-9
    )
    assert figures["post_secondary_ahead.post_secondary.2050"].value == pytest.approx(
        run.adults.sel(year=2050, education="post_secondary").item(), rel=1e-9
    )
    assert figures["attainment_ahead.post_secondary.2015"].status == "estimate"
    assert outlook("KAZ").groups.sizes["year"] == 6
    towns = towns_ahead.section(Desk("KAZ"))
    shown = {f.id: f for e in towns.exhibits for r in e.table.rows for f in r.cells}
    assert shown["towns_ahead.urban_share.2050"].value == pytest.approx(70.2, abs=0.05)
    assert shown["towns_ahead.un.2050"].value == pytest.approx(69.1, abs=0.05)
    assert shown["towns_ahead.un.2015"].value is None
    assert shown["towns_ahead.urban_share.2015"].status == "estimate"


def test_profile_says_its_gaps():
    assert education_ahead.section(Desk("VAT")).gaps
    for code in ("SGP", "XKX"):
        section = towns_ahead.section(Desk(code))
        assert section.gaps
        assert not section.exhibits


@pytest.mark.parametrize(("page", "examples"), [("project-education", 8), ("project-towns", 8)])
def test_the_page_runs(page, examples):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, optionflags=flags)
    assert result.attempted >= examples
    assert result.failed == 0
