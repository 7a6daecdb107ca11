# SPDX-License-Identifier: Apache-2.0
"""A scenario through all rooms: accounts, futures shared, stages kept, replay byte for byte."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import FileError, ScenarioError, WorkbenchError
from keruen.report.flow_run import quiet
from keruen.scenario.compare import compare_runs, robust_choice
from keruen.scenario.compose import compose
from keruen.scenario.draws import drawn
from keruen.scenario.gains import SIDES
from keruen.scenario.measurement import BASE, UNDERCOUNT, measured, recorded_net
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.people import project
from keruen.scenario.results import read_run, replay, write_run
from keruen.scenario.run import run_scenario
from keruen.scenario.sensitivity import sensitivity

SHORT = "horizon: {from: 2025, to: 2030}\ntrajectories: 8\n"
QUOTA = "decide.resettlement.families_per_year"


def write(folder: Path, name: str, *lines: str, short: str = SHORT) -> Path:
    path = folder / f"{name}.yaml"
    head = f"scenario: {name}\ntitle: {name}\nbased_on: [kaz/baseline]\n{short}"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("scenarios")


@pytest.fixture(scope="module")
def runs(folder):
    """A baseline and a quota, with their stages in one folder."""
    base = compose(write(folder, "plain"))
    quota = compose(write(folder, "quota", "set:", f"  {QUOTA}: {{value: 3000, from: 2026}}"))
    return {one.name: run_scenario(one, stages=folder / "stages") for one in (base, quota)}


def test_every_outcome_is_told_for_every_year(runs) -> None:
    for run in runs.values():
        assert list(run.outcomes) == list(OUTCOMES)
        for array in run.outcomes.values():
            assert array.indexes["year"].tolist() == list(range(2025, 2031))
            assert not array.isnull().any()


def test_people_who_come_are_families_times_what_the_scenario_says(runs) -> None:
    scenario, came = runs["quota"].scenario, runs["quota"].outcomes["newcomers"]
    rest = [drawn(scenario, f"decide.resettlement.{k}") for k in ("take_up", "retention")]
    size = drawn(scenario, "decide.resettlement.persons_per_family")
    wanted = (3000 - 621) * size * rest[0] * rest[1]
    np.testing.assert_allclose(came.sel(year=2027), wanted.sel(year=2027), rtol=1e-9)
    assert (came.sel(year=2025) == 0).all()


def test_the_population_gains_those_who_came_path_by_path(runs) -> None:
    more = runs["quota"].outcomes["population"] - runs["plain"].outcomes["population"]
    came = runs["quota"].outcomes["newcomers"]
    assert abs(more.sel(year=2026)).max() < 1e-3
    np.testing.assert_allclose(more.sel(year=2027), came.sel(year=2026), rtol=1e-3)


def test_regions_add_to_the_country(runs) -> None:
    for name in ("population", "newcomers"):
        whole = runs["quota"].outcomes[f"{name}_by_region"].sum("region")
        np.testing.assert_allclose(whole, runs["quota"].outcomes[name], rtol=1e-9)


def test_families_placed_fit_the_room_of_regions(runs) -> None:
    placed = runs["quota"].placement
    assert placed["families"].sum() == 3000
    assert (placed["persons"] <= placed["room"]).all()
    assert runs["plain"].placement["families"].sum() == 0


def test_what_is_done_is_not_done_again_and_gives_the_same(runs, folder) -> None:
    again = run_scenario(runs["quota"].scenario, stages=folder / "stages")
    assert again.kept == ("measurement", "before", "settlement", "after", "welfare", "towns")
    for name, array in again.outcomes.items():
        np.testing.assert_array_equal(array, runs["quota"].outcomes[name])


def test_a_stage_whose_file_was_touched_is_made_again(runs, folder, tmp_path) -> None:
    stages = shutil.copytree(folder / "stages", tmp_path / "stages")
    for home in stages.glob("before-*"):
        (home / "gap.parquet").write_bytes(b"nonsense")
    assert "before" not in run_scenario(runs["plain"].scenario, stages=stages).kept


def test_an_interrupted_run_keeps_its_finished_stages_and_no_half_result(runs, tmp_path) -> None:
    def stop(share: float, what: str) -> None:
        if share > 0.6:
            raise KeyboardInterrupt

    scenario = runs["quota"].scenario
    with pytest.raises(KeyboardInterrupt):
        run_scenario(scenario, stages=tmp_path, step=stop)
    assert not list(tmp_path.glob("after-*"))
    again = run_scenario(runs["quota"].scenario, stages=tmp_path)
    assert again.kept == ("measurement", "before", "settlement")
    population = runs["quota"].outcomes["population"]
    np.testing.assert_array_equal(again.outcomes["population"], population)


def test_a_run_replays_byte_for_byte(runs, tmp_path) -> None:
    write_run(runs["quota"], tmp_path / "one")
    assert replay(tmp_path / "one" / "manifest.json", tmp_path / "two") == []
    manifest = tmp_path / "one" / "manifest.json"
    said = json.loads(manifest.read_text("utf-8"))
    said["data"] = "0" * 64
    manifest.write_text(json.dumps(said), "utf-8")
    with pytest.raises(ScenarioError, match="embedded data are others"):
        replay(manifest, tmp_path / "three")
    assert not (tmp_path / "three").exists()


def test_runs_are_compared_future_by_future(runs, tmp_path) -> None:
    for name, run in runs.items():
        write_run(run, tmp_path / name)
    found = compare_runs([tmp_path / "plain", tmp_path / "quota"])
    rows = found.differences
    row = rows[(rows["outcome"] == "population") & (rows["year"] == 2030)].iloc[0]
    more = runs["quota"].outcomes["population"] - runs["plain"].outcomes["population"]
    assert row["mean"] == pytest.approx(float(more.sel(year=2030).mean()))
    assert row["low"] == pytest.approx(float(more.sel(year=2030).quantile(0.025)))
    assert found.settings["key"].tolist() == [QUOTA]
    kept = read_run(tmp_path / "quota")
    assert kept.scenario.digest == runs["quota"].scenario.digest


def test_runs_that_share_no_futures_are_not_compared(runs, folder, tmp_path) -> None:
    write_run(runs["plain"], tmp_path / "plain")
    seeded = compose(write(folder, "seeded", "seed: 5"))
    write_run(replace(runs["plain"], scenario=seeded), tmp_path / "seeded")
    with pytest.raises(ScenarioError, match="do not share futures: other seed"):
        compare_runs([tmp_path / "plain", tmp_path / "seeded"])
    with pytest.raises(ScenarioError, match="cannot be compared"):
        compare_runs([tmp_path / "plain"])
    with pytest.raises(ScenarioError, match="named twice"):
        compare_runs([tmp_path / "plain", tmp_path / "plain"])
    with pytest.raises(FileError, match="not a run"):
        compare_runs([tmp_path / "plain", tmp_path])


def test_robust_choice_says_what_each_rule_would_pick(runs, tmp_path) -> None:
    for name, run in runs.items():
        write_run(run, tmp_path / name)
    kept = [read_run(tmp_path / name) for name in runs]
    table = robust_choice(kept, "population=more").set_index("scenario")
    more = [run.outcomes["population"].sel(year=2030) for run in runs.values()]
    assert table.loc["quota", "regret_max"] == pytest.approx(0)
    assert table.loc["plain", "regret_max"] == pytest.approx(float((more[1] - more[0]).max()))
    assert table.loc["plain", "worst"] == pytest.approx(float(more[0].min()))
    assert "expected" in table.loc["quota", "picked_by"]
    fewer = robust_choice(kept, "population=less").set_index("scenario")
    assert fewer.loc["quota", "picked_by"] == ""
    for wish in ("population", "population=most", "populace=more", "urban_share=more"):
        with pytest.raises(ScenarioError, match="says no wish"):
            robust_choice(kept, wish)


def test_without_draws_everything_is_one_line(folder) -> None:
    short = SHORT.replace("8", "0")
    run = run_scenario(compose(write(folder, "line", short=short)))
    assert all("trajectory" not in array.dims for array in run.outcomes.values())


def test_a_distribution_beyond_its_key_is_refused_with_its_line(folder) -> None:
    path = write(
        folder, "wide", "uncertain:",
        "  - {key: decide.resettlement.take_up, dist: normal, mean: 0.9, sd: 0.5}",
        "  - {key: decide.resettlement.retention, dist: gaussian, mean: 1}",
    )  # fmt: skip
    with pytest.raises(WorkbenchError) as caught:
        run_scenario(compose(path))
    assert "wide.yaml, line 7" in str(caught.value)
    assert "wide.yaml, line 8" in str(caught.value)


def test_each_policy_moves_what_it_is_about(runs, folder) -> None:
    plain = runs["plain"].outcomes

    def outcome(name: str, *lines: str):
        made = compose(write(folder, name, "set:", *lines))
        return run_scenario(made, stages=folder / "stages").outcomes

    doubled = outcome("doubled", "  decide.labour_quota.share: {scale: 2, from: 2026}")
    gone = plain["labour_gap"] - doubled["labour_gap"]
    np.testing.assert_allclose(gone.sel(year=2027), plain["permits"].sel(year=2027))
    amnesty = outcome("amnesty", "  decide.regularisation.share: {value: 1, from: 2026, to: 2026}")
    assert (amnesty["regularised"].sel(year=2026) > 50_000).all()
    assert (amnesty["regularised"].sel(year=2027) == 0).all()
    fast = outcome("fast", "  project.urbanisation.speed: {scale: 2, from: 2026}")
    assert fast["urban_share"].sel(year=2030) > plain["urban_share"].sel(year=2030)
    step = [one["urban_share"].sel(year=2026) for one in (fast, plain)]
    logits = [np.log(one / (100 - one)) for one in step]
    before = plain["urban_share"].sel(year=2025)
    base = np.log(before / (100 - before))
    assert float((logits[0] - base) / (logits[1] - base)) == pytest.approx(2)


def test_what_is_measured_agrees_with_what_is_published(runs) -> None:
    table = runs["plain"].measured
    value = table.set_index(["table", "series", "key"])["value"].sort_index()
    balance = value["balance"]
    assert balance["net", "2024"] == 16_550  # published: 29,282 arrived, 12,732 left
    np.testing.assert_array_equal(
        balance["arrivals"] - balance["departures"], balance["net"].to_numpy()
    )
    implied = value["residual", "net"]  # between censuses the records carry the population
    for year in ("2019", "2020", "2022", "2023", "2024", "2025"):
        assert implied[year] == balance["net", year]
    assert implied["2021"] - balance["net", "2021"] == 380_736  # what the census added
    regions = value["regions"]
    assert regions["net_internal"].sum() == pytest.approx(0)
    assert regions["net_international"].sum() == pytest.approx(float(recorded_net(0.0)))
    worst = (regions["arrivals"] - regions["departures"]) / (
        regions["arrivals"] + regions["departures"]
    )
    np.testing.assert_allclose(regions["effectiveness"], 100 * worst)
    assert (table["sources"] != "").all()
    drawn_ = table[table["table"] == "irregular"].iloc[0]
    assert drawn_["low"] < drawn_["value"] < drawn_["high"]


def test_the_regional_projection_starts_from_what_is_measured(runs) -> None:
    from keruen.sources.region_inputs import region_inputs

    found, taken = measured(runs["plain"].scenario)["measured_regions"], region_inputs("KAZ")
    for series in ("arrivals", "departures"):
        np.testing.assert_array_equal(found.sel(series=series), getattr(taken, series))
    np.testing.assert_array_equal(found.sel(series="net_international"), taken.international)
    np.testing.assert_array_equal(found.sel(series="population"), taken.population.sum("sex"))


def test_the_projection_starts_from_the_records_when_they_are_chosen(folder) -> None:
    def net(name: str, *lines: str):
        path = write(folder, name, *lines, short=SHORT.replace("8", "0"))
        scenario = compose(path)
        future = project(scenario, None, quiet, base=measured(scenario)["base"])
        migrants = future.regions.projection.migration.sum(["region", "sex", "age"])
        return migrants.sel(year=slice(2025, None))

    un = [-8_834, -12_814, -10_412, -4_331, -6_384, -6_269]  # World Population Prospects 2024
    np.testing.assert_allclose(net("still"), un, rtol=0.01)
    taken = ["set:", f"  {BASE}: recorded"]
    np.testing.assert_allclose(net("recorded", *taken), float(recorded_net(0.0)), rtol=0.01)
    missed = 17_657.667 * 0.25 / 0.75  # departures of 2022-2024, of which a quarter is missed
    corrected = net("corrected", *taken, f"  {UNDERCOUNT}: 0.25")
    np.testing.assert_allclose(corrected, float(recorded_net(0.0)) - missed, rtol=0.06)


def test_an_uncertain_undercount_widens_the_start_and_moves_every_path(runs, folder) -> None:
    doubt = f"  - {{key: {UNDERCOUNT}, dist: uniform, low: 0.1, high: 0.4}}"
    path = write(folder, "doubted", "set:", f"  {BASE}: recorded", "uncertain:", doubt)
    run = run_scenario(compose(path))
    start = run.measured[(run.measured["table"] == "start") & (run.measured["series"] == "taken")]
    assert (start["low"] < start["value"]).all()
    with pytest.raises(ScenarioError, match="undercount"):
        sensitivity(run.scenario, size=64)
    more = run.outcomes["net_migration"] - runs["plain"].outcomes["net_migration"]
    missed = drawn(run.scenario, UNDERCOUNT).sel(year=2025, drop=True)
    np.testing.assert_allclose(more.sel(year=2025), recorded_net(missed) + 8_834, atol=120)


def test_an_undercount_that_corrects_nothing_is_refused(folder) -> None:
    path = write(folder, "idle", "set:", f"  {UNDERCOUNT}: 0.2")
    with pytest.raises(ScenarioError, match="not used") as caught:
        run_scenario(compose(path))
    assert caught.value.id == "UndercountUnused"


def test_gains_go_with_all_who_come_and_sides_are_not_added(runs) -> None:
    for run in runs.values():
        scenario = run.scenario
        came = scenario.series(QUOTA)
        for key in ("persons_per_family", "take_up", "retention"):
            came = came * drawn(scenario, f"decide.resettlement.{key}")
        for side in SIDES:
            each = run.outcomes[f"welfare_{side}"] / came
            np.testing.assert_allclose(each.sel(year=2026), each.sel(year=2030))
            assert each.sel(year=2030).std() > 0
    more = runs["quota"].outcomes["welfare_migrant"] / runs["plain"].outcomes["welfare_migrant"]
    np.testing.assert_allclose(more.sel(year=2027), 3000 / 621, rtol=0.02)  # nearly linear
    assert "welfare" not in OUTCOMES


def test_shares_of_variance_name_what_is_behind_those_who_come(folder) -> None:
    scenario = compose(write(folder, "shares", "set:", f"  {QUOTA}: {{value: 3000, from: 2026}}"))
    table = sensitivity(scenario, size=256)
    came = table[table["outcome"] == "newcomers"].set_index("input")["first"]
    behind = [f"decide.resettlement.{k}" for k in ("persons_per_family", "take_up", "retention")]
    assert came[behind].sum() == pytest.approx(1, abs=0.1)
    assert came.drop(behind).abs().max() < 0.05
    permits = table[table["outcome"] == "permits"].set_index("input")["total"]
    assert permits.idxmax() == "decide.labour_quota.use"


def test_the_commands(folder, tmp_path) -> None:
    runner = CliRunner()
    path = write(folder, "told", "set:", f"  {QUOTA}: 900")
    shown = runner.invoke(app, ["run", str(path), "--explain", QUOTA])
    assert "told.yaml, line 7" in shown.output
    assert "900 families a year" in shown.output
    listed = runner.invoke(app, ["run", "--list", "--lang", "kk"])
    assert "kaz/quota_5000" in listed.output
    for number, name in enumerate(("plain", "told")):
        made = runner.invoke(
            app,
            ["run", str(folder / f"{name}.yaml"), "--out", str(tmp_path / name), "--lang", "ru"],
        )
        assert made.exit_code == 0, (number, made.output, made.exception)
    page = (tmp_path / "told" / "scenario.html").read_text("utf-8")
    assert '<html lang="ru">' in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert (
        len(pd.read_excel(tmp_path / "told" / "tables.xlsx", sheet_name=None, engine="calamine"))
        == 5
    )
    both = runner.invoke(
        app,
        ["compare", str(tmp_path / "plain"), str(tmp_path / "told"), "--out", str(tmp_path / "c"),
         "--prefer", "population=more", "--prefer", "labour_gap=less"],
    )  # fmt: skip
    assert both.exit_code == 0, both.output
    assert len(pd.read_csv(tmp_path / "c" / "robust.csv")) == 4
    again = runner.invoke(
        app, ["run", str(tmp_path / "told" / "manifest.json"), "--out", str(tmp_path / "again")]
    )
    assert again.exit_code == 0, again.output
    assert "byte for byte" in again.output
    assert (tmp_path / "c" / "comparison.html").exists()
    wrong = runner.invoke(app, ["run", str(folder / "none.yaml")])
    assert isinstance(wrong.exception, ScenarioError)
