# SPDX-License-Identifier: Apache-2.0
"""Points systems against the texts: every cell of every table, every worked profile.

The expectations stand in ``policy/points_*.yaml``, typed from the specification and not from
the rule files, in a form that a lawyer can read and correct.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from ruamel.yaml import YAML

from keruen.core.errors import ScenarioError, WorkbenchError
from keruen.decide.points import RuleSet, Scores, make_rule_set, rule_set_on, score_profiles
from keruen.sources.point_rules import point_rules, read_point_rules

FOLDER = Path(__file__).parent / "policy"
FILES = sorted(path.name for path in FOLDER.glob("points_*.yaml"))


@cache
def policy(name: str) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load((FOLDER / name).read_text("utf-8")))


@cache
def rules_of(system: str) -> tuple[RuleSet, ...]:
    return tuple(make_rule_set(one.content, where=one.where) for one in read_point_rules(system))


def scored(told: dict[str, Any], people: list[dict[str, Any]], day: str) -> Scores:
    rows = [{**told["everybody"], **one} for one in people]
    names = dict.fromkeys(name for row in rows for name in row)
    blank = dict.fromkeys(names)
    columns = {name: [{**blank, **row}[name] for row in rows] for name in names}
    facts = {name: ("profile", np.array(cells, dtype=object)) for name, cells in columns.items()}
    data = xr.Dataset(facts, coords={"profile": np.arange(len(rows))})
    return score_profiles(data, rules_of(told["rules"]), as_of=day)


def cell_scores(told: dict[str, Any], table: dict[str, Any]) -> Scores:
    facts = [table["fact"]] if isinstance(table["fact"], str) else table["fact"]
    people = [{**table.get("when", {}), **dict.fromkeys(facts, value)} for value in table["are"]]
    return scored(told, people, str(table.get("as_of", told["as_of"])))


def points_of(found: Scores, factor: str) -> list[float]:
    names = found.points.indexes["factor"]
    return found.points.sel(factor=[n for n in names if n.partition(".")[0] == factor]).sum(
        "factor").values.tolist()  # fmt: skip


CELLS = [(name, table["table"]) for name in FILES for table in policy(name)["cells"]]
PROFILES = [(name, one["about"]) for name in FILES for one in policy(name).get("profiles", [])]


@pytest.mark.parametrize(("name", "table"), CELLS)
def test_cells(name: str, table: str) -> None:
    told = policy(name)
    one = next(one for one in told["cells"] if one["table"] == table)
    found = cell_scores(told, one)
    if "group" in one:
        got = found.capped.sel(cap=one["group"]).values.tolist()
    else:
        got = points_of(found, one["points_of"])
    assert dict(zip(one["are"], got, strict=True)) == one["are"]


@pytest.mark.parametrize(("name", "about"), PROFILES)
def test_profiles(name: str, about: str) -> None:
    told = policy(name)
    one = next(one for one in told["profiles"] if one["about"] == about)
    found = scored(told, [one["facts"]], str(one.get("as_of", told["as_of"])))
    assert found.total.item() == one["total"]
    for factor, points in one.get("points", {}).items():
        assert points_of(found, factor) == [points], factor
    for group, points in one.get("groups", {}).items():
        assert found.capped.sel(cap=group).item() == points, group
    if "passes" in one:
        wanted = {"yes": True, "no": False}[one["passes"]]
        assert found.passed is not None
        assert bool(found.passed.item()) is wanted
    trace = found.trace(0)  # the same numbers, told one by one
    assert trace.total == one["total"]
    capped = {cap.name: cap.after for cap in trace.caps}
    inside = {name for cap in trace.caps for name in cap.of}
    free = sum(row.points for row in trace.rows if row.factor not in inside)
    assert free + sum(v for n, v in capped.items() if n not in inside) == trace.total


@pytest.mark.parametrize("name", FILES)
def test_no_cell_is_left_out(name: str) -> None:
    """Every row and column of every table in force on the day is named by the policy file."""
    told = policy(name)
    hit: dict[str, set[int]] = defaultdict(set)
    for table in told["cells"]:
        found = cell_scores(told, table)
        assert found.row is not None
        for part in found.row.indexes["factor"]:
            hit[part] |= set(found.row.sel(factor=part).values.tolist())
    rules = rule_set_on(rules_of(told["rules"]), str(told["as_of"]))
    for factor in rules.factors.values():
        width = len(factor.points[0])
        held = {
            at * width + column
            for at, row in enumerate(factor.points)
            for column, cell in enumerate(row)
            if cell is not None
        }
        for part in factor.parts:
            assert held <= hit[part], (part, sorted(held - hit[part]))


def test_all_systems_and_sixteen_profiles_stand_here() -> None:
    assert {policy(name)["rules"] for name in FILES} == set(point_rules())
    held = sum(len(files) for files in point_rules().values())
    assert held == len(FILES)
    numbered = {about.partition(".")[0] for _, about in PROFILES if about[0].isdigit()}
    assert numbered == {str(number) for number in range(1, 17)}


@pytest.mark.parametrize(
    ("system", "day"),
    [
        ("canada-crs", "2020-10-19"),
        ("austria-shortage", "2017-10-01"),
        ("austria-shortage", "2022-09-30"),
        ("uk-skilled-worker", "2023-06-01"),
        ("new-zealand-smc", "2016-01-01"),
        ("australia-skilled", "2019-11-15"),
    ],
)
def test_a_date_without_a_rule_is_refused(system: str, day: str) -> None:
    with pytest.raises(ScenarioError, match=r"no rule of .* is held for") as raised:
        rule_set_on(rules_of(system), day)
    assert raised.value.id == "RuleError"


@pytest.mark.parametrize(
    "facts", [{"age": 29}, {"qualification": "other"}, {"age": 40, "skilled_job": 0.5}]
)
def test_points_that_are_not_held_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(WorkbenchError) as raised:
        scored(policy("points_new_zealand_2015.yaml"), [facts], "2015-06-01")
    faults = getattr(raised.value, "faults", [raised.value])
    assert {one.id for one in faults} == {"NotHeld"}
    assert len(faults) == len(facts)


def test_what_is_not_verified_says_so() -> None:
    """Values marked to be verified in the specification are never shown as official."""
    status = {one.where: one.status for name in point_rules() for one in rules_of(name)}
    assert status["canada-crs.yaml"] == status["canada-fsw.yaml"] == "to be confirmed"
    assert status["japan-hsp.yaml"] == "to be confirmed"
    assert status["kazakhstan-example.yaml"] == "draft"
    uk = rule_set_on(rules_of("uk-skilled-worker"), "2026-01-01")
    assert uk.factors["salary"].status == uk.values["phd_salary"].status == "to be confirmed"
    assert uk.values["general_salary"].status == "official"
    partial = rule_set_on(rules_of("new-zealand-smc"), "2015-06-01")
    assert partial.partial
    assert partial.status == "to be confirmed"
