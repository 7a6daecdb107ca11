# SPDX-License-Identifier: Apache-2.0
"""Scenarios laid over a baseline: what holds, who set it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import FaultsError, ScenarioError, WorkbenchError
from keruen.scenario.compose import compose, scenario_names
from keruen.scenario.composed import compare_scenarios, spans, with_draws

TITLE = "title: {en: a, ru: б, kk: в}\n"
BASELINE = f"""scenario: baseline
{TITLE}country: KAZ
horizon: {{from: 2025, to: 2030}}
trajectories: 20
seed: 7
keys:
  decide.quota.families:
    label: {{en: Families, ru: Семьи, kk: Отбасылар}}
    unit: families a year
    kind: count
    low: 0
    high: 50000
    values: {{2025: 1000, 2027: 1200}}
    source: order
    status: published
  project.net.scale:
    label: {{en: Scale, ru: Множитель, kk: Көбейткіш}}
    unit: factor
    kind: index
    low: 0
    values: 1
    source: none
    status: assumption
  welfare.capital:
    label: {{en: Capital, ru: Капитал, kk: Капитал}}
    choices: [long_run, short_run]
    values: long_run
    source: none
    status: assumption
outcomes: [population]
levers: [decide.*]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "baseline.yaml").write_text(BASELINE, encoding="utf-8")
    return tmp_path


def write(folder: Path, name: str, *lines: str, based_on: str = "[baseline]") -> Path:
    path = folder / f"{name}.yaml"
    head = f"scenario: {name}\n{TITLE}based_on: {based_on}\n"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def families(path: Path) -> list[float]:
    return compose(path).series("decide.quota.families").values.tolist()


def test_a_dated_value_holds_until_the_next(folder: Path) -> None:
    path = write(folder, "more", "set:", "  decide.quota.families: {2026: 5000, 2029: 4000}")
    assert families(path) == [1000, 5000, 5000, 5000, 4000, 4000]


def test_a_single_value_holds_over_the_horizon(folder: Path) -> None:
    assert families(write(folder, "one", "set:", "  decide.quota.families: 0")) == [0] * 6


def test_scale_and_addition_work_on_what_holds_within_their_years(folder: Path) -> None:
    path = write(
        folder, "more", "set:",
        "  decide.quota.families: {scale: 2, from: 2026, to: 2027}",
    )  # fmt: skip
    assert families(path) == [1000, 2000, 2400, 1200, 1200, 1200]
    path = write(folder, "again", "set:", "  decide.quota.families: {add: -100, from: 2027}",
                 based_on="[baseline, more]")  # fmt: skip
    assert families(path) == [1000, 2000, 2300, 1100, 1100, 1100]


def test_what_stands_further_right_wins(folder: Path) -> None:
    write(folder, "low", "set:", "  decide.quota.families: 100")
    write(folder, "high", "set:", "  decide.quota.families: 9000")
    assert families(write(folder, "a", based_on="[low, high]"))[0] == 9000
    assert families(write(folder, "b", based_on="[high, low]"))[0] == 100


def test_explain_names_file_line_and_what_was_replaced(folder: Path) -> None:
    path = write(
        folder, "more", "set:",
        "  decide.quota.families: {value: 5000, from: 2026, why: asked by the planners}",
    )  # fmt: skip
    table = compose(path).explain("decide.quota.families")
    last = table.iloc[-1]
    assert (last["file"], last["line"], last["scenario"]) == ("more.yaml", 5, "more")
    assert last["before"] == "2025-2026: 1000; 2027-2030: 1200"
    assert last["after"] == "2025: 1000; 2026-2030: 5000"
    assert last["change"] == "5000 from 2026"
    assert last["why"] == "asked by the planners"
    assert table.iloc[0]["file"] == "baseline.yaml"


def test_all_faults_of_all_files_are_told_at_once_with_their_lines(folder: Path) -> None:
    path = write(
        folder, "bad", "set:",
        "  decide.quota.family: 1",
        "  decide.quota.families: {value: 5, unit: persons}",
        "  project.net.scale: {scale: 2, from: 2050}",
        "  welfare.capital: fixed",
    )  # fmt: skip
    with pytest.raises(FaultsError) as caught:
        compose(path)
    told = str(caught.value)
    ids = {fault.id for fault in caught.value.faults}
    assert ids == {"UnknownKey", "UnitMismatch", "OutsideHorizon", "UnknownChoice"}
    assert "did you mean decide.quota.families?" in told
    for line in (5, 6, 7, 8):
        assert f"bad.yaml, line {line}" in told


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["set:", "  decide.quota.families: -1"], "-1 is outside 0 to 50000"),
        (["set:", "  decide.quota.families: many"], "'many' is not a number"),
        (["set:", "  decide.quota.families: .nan"], "'nan' is not a number"),
        (["set:", "  decide.quota.families: {scale: 2, add: 1}"], "one of value, scale and add"),
        (["set:", "  decide.quota.families: {scale: 2, from: 2027-05-01}"], "is not a year"),
        (
            ["set:", "  decide.quota.families: {value: 5, from: 2029, to: 2026}"],
            "the years run from 2029 to 2026",
        ),
        (["horizon: {from: 2030, to: 2025}"], "2025 is not after 2030"),
        (["seed: -1"], "'-1' is not a number for seed"),
        (["levers: [nothing.*]"], "no key 'nothing.*'"),
        (["uncertain:", "  - {key: welfare.capital, dist: beta, a: 1, b: 1}"], "no key 'welfare"),
        (["uncertain:", "  - {key: project.net.scale, dist: beta, a: x}"], "'a' is not a number"),
        (["colour: red"], "'colour' is not a field"),
    ],
)
def test_a_fault_is_named(folder: Path, lines: list[str], what: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        compose(write(folder, "bad", *lines))
    assert what in str(caught.value)


def test_a_circle_is_refused(folder: Path) -> None:
    write(folder, "one", based_on="[baseline, two]")
    path = write(folder, "two", based_on="[one]")
    with pytest.raises(ScenarioError, match="based on this scenario in turn") as caught:
        compose(path)
    assert caught.value.id == "ScenarioCycle"


def test_without_a_baseline_or_with_two_nothing_runs(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="rests on no baseline"):
        compose(write(folder, "alone", based_on="[]"))
    other = BASELINE.replace("scenario: baseline", "scenario: other")
    (folder / "other.yaml").write_text(other, encoding="utf-8")
    with pytest.raises(ScenarioError, match="two baselines"):
        compose(write(folder, "both", based_on="[baseline, other]"))


def test_an_unknown_scenario_names_the_near_one(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean baseline"):
        compose(write(folder, "far", based_on="[baselines]"))


def test_a_key_without_a_value_in_the_first_years_is_a_fault(folder: Path) -> None:
    text = BASELINE.replace("{2025: 1000, 2027: 1200}", "{2027: 1200}")
    (folder / "baseline.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="has no value in 2025"):
        compose(folder / "baseline.yaml")


def test_the_digest_changes_with_what_decides_the_result_and_only_then(folder: Path) -> None:
    base = compose(folder / "baseline.yaml")
    same = compose(write(folder, "same", "reason: other words"))
    other = compose(write(folder, "other", "set:", "  project.net.scale: 1.0001"))
    assert base.digest == same.digest
    assert len({base.digest, other.digest, with_draws(base, 20, 8).digest}) == 3


def test_comparing_shows_only_what_differs(folder: Path) -> None:
    base = compose(folder / "baseline.yaml")
    other = compose(write(folder, "other", "set:", "  project.net.scale: 2"))
    table = compare_scenarios(base, other)
    assert table.values.tolist() == [["project.net.scale", "factor", "1", "2"]]


def test_norway_is_no_falsehood_and_anchors_are_refused(folder: Path) -> None:
    (folder / "baseline.yaml").write_text(BASELINE.replace("KAZ", "NO"), encoding="utf-8")
    assert compose(folder / "baseline.yaml").country == "NO"
    path = write(folder, "anchored", "set: &x", "  project.net.scale: 2")
    with pytest.raises(ScenarioError, match="anchors"):
        compose(path)


YEARS = list(range(2025, 2031))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["value", "scale", "add"]),
        st.integers(0, 3),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=5,
)


@given(changes=CHANGES)
def test_composition_is_what_a_loop_over_years_gives(changes, tmp_path_factory) -> None:
    """Each change is a file; the last stands furthest right."""
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "baseline.yaml").write_text(BASELINE, encoding="utf-8")
    held = dict.fromkeys(YEARS, 1.0)
    names = ["baseline"]
    for number, (how, value, one, two) in enumerate(changes):
        first, last = sorted((YEARS[one], YEARS[two]))
        line = f"  project.net.scale: {{{how}: {value}, from: {first}, to: {last}}}"
        write(folder, f"s{number}", "set:", line)
        names.append(f"s{number}")
        for year in range(first, last + 1):
            old = held[year]
            held[year] = {"value": value, "scale": old * value, "add": old + value}[how]
    path = write(folder, "all", based_on=f"[{', '.join(names)}]")
    assert compose(path).series("project.net.scale").values.tolist() == list(held.values())


def test_spans_join_equal_years() -> None:
    assert spans([2025, 2026, 2027], ["a", "a", "b"]) == "2025-2026: a; 2027: b"


def test_every_scenario_of_the_package_composes() -> None:
    assert len(scenario_names("KAZ")) >= 7
    for name in scenario_names():
        assert compose(name).keys
