# SPDX-License-Identifier: Apache-2.0
"""Jobs by occupation, services of one's own and keys of regions, from files to folder."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.cli.data import app as data
from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.report.locale import LANGS, Locale
from keruen.report.placement_archive import recheck
from keruen.report.placement_fairness import load_gini
from keruen.report.placement_results import placement_tables
from keruen.report.placement_run import PlacementOptions, run_placement
from keruen.sources.placement_files import read_placement

RUNNER = CliRunner()


def _write(folder, **tables):
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def _welders(folder, **more):
    """Three welders, two good places for them in A, one in B; a nurse whom only B can use."""
    tables = {
        "families": ["family,persons,workers", "F1,2,1", "F2,2,1", "F3,2,1", "F4,3,1"],
        "localities": ["locality,name,region,persons", "A,Abay,KZ-10,9", "B,Burabay,KZ-11,9"],
        "jobs": [
            "locality,occupation,step,places,chance_left",
            "A,72,1,1,100",
            "A,72,2,1,50",
            "B,72,1,1,100",
            "B,22,1,1,100",
        ],
        "chances": [
            "family,person,occupation,locality,chance",
            *[f"F{each},F{each}-1,72,A,80" for each in (1, 2, 3)],
            *[f"F{each},F{each}-1,72,B,50" for each in (1, 2, 3)],
            "F4,F4-1,22,B,60",
        ],
    }
    return _write(folder, **(tables | more))


def test_jobs_from_files_are_placed_priced_written_and_checked(tmp_path):
    # By hand: 0.8 + 0.4 in A, 0.5 and the nurse's 0.6 in B make 2.3.
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["place", str(_welders(tmp_path / "in")), "--out", str(out)])
    assert done.exit_code == 0, (done.output, done.exception)
    jobs = pd.read_csv(out / "jobs.csv")
    assert jobs["chance"].sum() == pytest.approx(2.3)
    assert jobs.set_index("worker").loc["F4-1", ["locality", "occupation"]].tolist() == ["B", 22]
    places = pd.read_csv(out / "job_places.csv")
    assert places[["used", "capacity"]].sum().tolist() == [4, 4]
    # the first welder more in A would have 0.8 in place of 0.4; nobody else waits for the nurse's
    best = places.iloc[0]
    assert (best["locality"], best["step"]) == ("A", 1)
    assert best["text"].startswith("One more job in Abay (")
    assert "expected members in work" in best["text"]
    found = recheck(out)
    assert found["holds"].all(), found
    assert "no job place is taken twice" in set(found["check"])
    book = pd.read_excel(out / "placement.xlsx", sheet_name=None, engine="openpyxl")
    assert {"Jobs", "Job places"} <= set(book)


def test_a_job_given_twice_does_not_pass_the_check(tmp_path):
    out = tmp_path / "out"
    folder = _welders(tmp_path / "in")
    assert RUNNER.invoke(app, ["place", str(folder), "--out", str(out)]).exit_code == 0
    taken = pd.read_parquet(out / "taken_jobs.parquet")
    taken.loc[taken["locality"] == "A", "tier"] = 1
    taken.to_parquet(out / "taken_jobs.parquet")
    told = recheck(out).set_index("check")["holds"]
    assert not told["no job place is taken twice"]
    assert not told["every file is as it was written"]


def test_the_occupation_of_members_and_the_chance_of_the_place_will_do(tmp_path):
    # A welder (7212) may take a job of group 72; who has no occupation takes none.
    members = ["family,person,age,works,occupation", "F1,a,30,1,7212", "F1,b,5,0,none"]
    members += ["F2,a,30,1,2221", "F2,b,31,0,none"]
    folder = _welders(
        tmp_path / "in",
        families=["family,persons,workers", "F1,2,1", "F2,2,1"],
        members=members,
        localities=["locality,persons,work_chance", "A,9,40", "B,9,70"],
    )
    (folder / "chances.csv").unlink()
    run = run_placement(folder)
    assert run.check["holds"].all()
    assert run.placement.jobs[["worker", "locality", "occupation"]].values.tolist() == [
        ["F1/a", "B", "72"],
        ["F2/a", "B", "22"],
    ]
    assert run.placement.jobs["chance"].tolist() == [0.7, 0.7]
    for lang in LANGS:
        assert set(placement_tables(run, Locale(lang))["jobs"]["title"]) != {"22", "72"}


def test_faults_of_jobs_are_said_with_their_cells(tmp_path):
    members = ["family,person,age,occupation", "F1,F1-1,30,wizard", "F1,F1-2,3,none"]
    members += [f"F{each},F{each}-{n},30,none" for each in (2, 3) for n in (1, 2)]
    members += [f"F4,F4-{n},30,none" for n in (1, 2, 3)]
    folder = _welders(
        tmp_path,
        members=members,
        jobs=["locality,occupation,places", "A,72,1.5", "C,22,1"],
        chances=["family,person,occupation,chance", "F1,F1-1,72,120", "F2,F9-1,91,50"],
    )
    with pytest.raises(FaultsError) as found:
        run_placement(folder)
    text = str(found.value)
    for part in (
        "'wizard' is not in the list ISCO-08 (members.csv, column D, row 2)",
        "'1.5' is not a whole number of units (jobs.csv, column C, row 2)",
        "'C' does not stand in the table localities, column locality (jobs.csv, column A, row 3)",
        "120 is more than 100",
        "does not stand in the table jobs, column occupation (chances.csv, column C, row 3)",
        "'F9-1' does not stand in the table members, column person (chances.csv, column B, row 3)",
    ):
        assert part in text, text


def test_who_can_take_a_job_must_be_said(tmp_path):
    folder = _welders(tmp_path)
    (folder / "chances.csv").unlink()
    with pytest.raises(SchemaError, match="--chances FILE") as found:
        run_placement(folder)
    assert found.value.id == "NoChances"
    (folder / "jobs.csv").rename(folder / "chances.csv")
    with pytest.raises(SchemaError, match="no job places"):
        run_placement(folder)


def test_practice_with_jobs_as_a_workbook_and_through_the_year(tmp_path):
    book, out = tmp_path / "practice.xlsx", tmp_path / "year"
    words = ["synthesize", "placement", "--families", "40", "--jobs", "--to", str(book)]
    assert RUNNER.invoke(data, words).exit_code == 0
    words = ["place", "online", str(book), "--rule", "discord", "--draws", "1", "--out", str(out)]
    done = RUNNER.invoke(app, words)
    assert done.exit_code == 0, (done.output, done.exception)
    jobs = pd.read_csv(out / "jobs.csv")
    rows = pd.read_csv(out / "assignment.csv", keep_default_na=False)
    placed = rows.set_index("family")["locality"].astype(str)
    assert (jobs["locality"].astype(str).to_numpy() == placed.loc[jobs["family"]].to_numpy()).all()
    assert json.loads((out / "manifest.json").read_text("utf-8"))["options"]["rule"] == "discord"


def _dialysis(folder, *, room="1", **more):
    tables = {
        "families": ["family,persons,workers,need_dialysis", "F1,2,2,1", "F2,2,1,1", "F3,2,2,0"],
        "localities": [
            "locality,persons,work_chance,cap_dialysis,placed_dialysis",
            f"A,9,80,{room},0",
            "B,9,40,3,2",
        ],
    }
    return _write(folder, **(tables | more))


def test_a_service_that_no_schema_knows_limits_like_any_other(tmp_path):
    # Two need dialysis, A has one place of it: the family of two workers gains more there.
    run = run_placement(_dialysis(tmp_path / "in"))
    assert run.placement.assignment.to_series().to_dict() == {"F1": "A", "F2": "B", "F3": "A"}
    load = run.placement.load.set_index(["locality", "service"])
    assert load.loc[("B", "dialysis"), ["used", "capacity"]].tolist() == [1, 1]
    assert run.check["holds"].all()
    assert not [each for each in run.warnings if "Not read" in each.text]
    tables = placement_tables(run, Locale("ru"))
    assert tables["prices"]["service"].tolist() == ["dialysis"]
    assert tables["prices"]["text"].str.contains("dialysis").all()
    assert tables["assignment"].set_index("family").loc["F2", "binding"] == "dialysis"


def test_faults_of_own_services_are_said_with_their_cells(tmp_path):
    folder = _dialysis(
        tmp_path,
        families=["family,persons,need_dialysis,need_boarding", "F1,2,1.5,1", "F2,2,,0"],
        localities=[
            "locality,persons,cap_dialysis,placed_dialysis,cap_ramp",
            "A,9,-1,0,1",
            "B,9,3,4,1",
        ],
    )
    with pytest.raises(FaultsError) as found:
        read_placement(folder)
    text = str(found.value)
    for part in (
        "the table localities has no column cap_boarding (families.csv, column D)",
        "the service ramp limits nothing: the table families has no column need_ramp",
        "'1.5' is not a whole number of units (families.csv, column C, row 2)",
        "the figure is empty (families.csv, column C, row 3)",
        "-1 is less than 0, the least that cap_dialysis can be (localities.csv, column C, row 2)",
        "4 are taken already, but the capacity is 3 (localities.csv, column D, row 3)",
    ):
        assert part in text, text


def test_the_names_of_own_services_are_compared_without_case(tmp_path):
    folder = _dialysis(tmp_path, families=["family,persons,NEED_Dialysis", "F1,2,1", "F2,2,0"])
    assert read_placement(folder).services == ("dialysis",)


def _regions(folder, **more):
    families = [f"F{each},2,1" for each in range(10)]
    tables = {
        "families": ["family,persons,workers", *families],
        "localities": ["locality,region,persons,work_chance", "A,KZ-10,16,80", "B,KZ-11,16,40"],
        "regions": [
            "region,residents,revenue,product,applications,unemployment",
            "KZ-10,300,10,40,30,5",
            "KZ-11,700,10,60,10,5",
        ],
    }
    return _write(folder, **(tables | more))


@pytest.mark.parametrize(
    ("key", "targets"),
    [
        ("population", [6, 14]),
        # 2/3 of 0.5 and 1/3 of 0.3: 0.4333 of 20
        ("koenigstein", [9, 11]),
        # 0.4 (0.3 + 0.4), 0.1 of 10 / (10 + 70) inhabitants an application, and 0.1 / 2: 0.3425
        ("eu2015", [7, 13]),
    ],
)
def test_keys_of_regions_by_hand(tmp_path, key, targets):
    options = PlacementOptions(region_key=key, tolerance=0.15)
    run = run_placement(_regions(tmp_path / "in"), options=options)
    assert run.tables.region_share.values.tolist() == targets
    held = run.placement.load.set_index("locality")["used"]
    for place, goal in zip("AB", targets, strict=True):
        assert abs(held[place] - goal) <= 0.15 * goal
    assert run.unlimited == pytest.approx(0.8 * 8 + 0.4 * 2, abs=0.02)
    assert run.unlimited > run.proposal.certificate["value"]
    # Gini of persons over residents, two regions: difference of the shares
    persons, people = held / held.sum(), pd.Series({"A": 0.3, "B": 0.7})
    assert load_gini(run) == pytest.approx(abs(persons["A"] - people["A"]))


def test_a_key_stays_within_the_room_and_says_so(tmp_path):
    rooms = ["locality,region,persons,work_chance", "A,KZ-10,16,80", "B,KZ-11,10,40"]
    options = PlacementOptions(region_key="population", tolerance=0.1)
    run = run_placement(_regions(tmp_path / "in", localities=rooms), options=options)
    assert run.tables.region_share.values.tolist() == [10, 10]
    told = " ".join(each.render(Locale("en")) for each in run.warnings)
    assert "more persons would go to Akmola" in told
    assert "the others take 4 more" in told


def test_what_a_key_lacks_is_said(tmp_path):
    folder = _regions(tmp_path, regions=["region,residents", "KZ-10,300", "KZ-11,700"])
    done = RUNNER.invoke(app, ["place", str(folder), "--region-key", "eu2015", "--out", "x"])
    assert "the key eu2015 needs product, applications, unemployment" in str(done.exception)
    options = PlacementOptions(region_key="population")
    short = _write(folder, regions=["region,residents", "KZ-10,300"])
    with pytest.raises(CoverageError, match="residents of KZ-11 is not given"):
        run_placement(short, options=options)
    both = _write(folder, regions=["region,residents,persons_target", "KZ-10,3,4", "KZ-11,7,4"])
    with pytest.raises(SchemaError, match="persons to take, and a key"):
        run_placement(both, options=options)
