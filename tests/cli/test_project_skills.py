# SPDX-License-Identifier: Apache-2.0
"""``keruen project skills`` and its practice data, as a user calls them."""

from __future__ import annotations

from typer.testing import CliRunner

from keruen.cli.project import app
from keruen.cli.synthesize import app as synthesize

RUNNER = CliRunner()


def test_from_practice_data_to_a_folder(tmp_path):
    book = tmp_path / "practice.xlsx"
    made = RUNNER.invoke(synthesize, ["occupations", "--to", str(book)])
    assert made.exit_code == 0
    assert "made up" in made.stdout
    out = tmp_path / "out"
    found = RUNNER.invoke(app, ["skills", str(book), "--out", str(out)])
    assert found.exit_code == 0
    assert "Job openings a year from 2024, net:" in found.stdout
    assert "practice data: made up" in found.stdout
    assert "Track record: not evaluated" in found.stdout
    assert (out / "shortage_list.csv").is_file()


def test_two_files_and_what_they_leave_unknown(tmp_path):
    jobs, matrix = tmp_path / "jobs.csv", tmp_path / "matrix.csv"
    jobs.write_text("year,sector,employed\n2024,C,100\n2030,C,120\n", encoding="utf-8")
    matrix.write_text(
        "year,sector,occupation,employed\n2024,C,21,60\n2024,C,72,40\n", encoding="utf-8"
    )
    given = ["--employment", str(jobs), "--matrix", str(matrix), "--out", str(tmp_path / "out")]
    found = RUNNER.invoke(app, ["skills", *given])
    assert found.exit_code == 0
    assert "Employment 2024 to 2030: +20" in found.stdout
    assert "Not known: replacement demand and job openings (needs ages, or separations)" in (
        found.stdout
    )


def test_a_country_without_data_is_asked_for_its_own(tmp_path):
    found = RUNNER.invoke(app, ["skills", "KAZ", "--out", str(tmp_path / "out")])
    assert found.exit_code != 0
    assert "keruen data template skills" in str(found.exception)
    nothing = RUNNER.invoke(app, ["skills", "--out", str(tmp_path / "out")])
    assert "nothing to project" in str(nothing.exception)


def test_options_that_the_embedded_tables_cannot_follow_are_refused(tmp_path):
    for option in (["--ceiling", "5"], ["--need-from", "2027"], ["--lang", "ru"]):
        found = RUNNER.invoke(app, ["skills", "USA", "--out", str(tmp_path / "out"), *option])
        assert found.exit_code != 0
        assert option[0] in str(found.exception)
    assert not (tmp_path / "out").exists()
