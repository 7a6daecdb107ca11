# SPDX-License-Identifier: Apache-2.0
"""Points systems: files with faults, properties of every grid, changes, missing facts, diffs."""

from __future__ import annotations

import contextlib
import copy
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CodeError, FaultsError, ScenarioError, SchemaError, WorkbenchError
from keruen.decide.points import (
    RuleSet,
    compare_scores,
    make_rule_set,
    missing_facts,
    score_profiles,
    single_changes,
)
from keruen.sources.point_rules import point_rules, read_point_rules

DAY = "2026-01-01"


def text(word: str) -> dict[str, str]:
    return dict.fromkeys(("en", "ru", "kk"), word)


def told(**changes: Any) -> dict[str, Any]:
    """A small valid rule file: a number, a choice, a flag, a cap, a prerequisite."""
    whole: dict[str, Any] = {
        "id": "small",
        "title": text("Small"),
        "jurisdiction": "KAZ",
        "valid_from": "2025-01-01",
        "status": "draft",
        "source": text("made up"),
        "pass_mark": 20,
        "max_total": 45,
        "inputs": {
            "age": {"kind": "number", "label": text("Age"), "low": 0, "changes": "never"},
            "level": {
                "kind": "choice",
                "label": text("Level"),
                "changes": "up",
                "codes": {"low": text("low"), "high": text("high")},
            },
            "offer": {"kind": "flag", "label": text("Offer")},
            "years": {"kind": "number", "label": text("Years"), "high": 50},
        },
        "factors": {
            "age": {
                "kind": "band",
                "input": "age",
                "rows": [
                    {"to": 30, "points": 15},
                    {"from": 30, "to": 45, "points": 10},
                    {"from": 45, "points": 0},
                ],
            },
            "level": {
                "kind": "choice",
                "input": "level",
                "rows": [{"is": "low", "points": 0}, {"is": "high", "points": 20}],
            },
            "years": {"kind": "per_unit", "input": "years", "unit": 1, "points": 2, "most": 10},
            "offer": {"kind": "flag", "input": "offer", "points": 5},
        },
        "caps": {"skill": {"label": text("Skill"), "of": ["level", "years"], "most": 25}},
        "prerequisites": {
            "adult": {"label": text("Adult"), "when": {"input": "age", "at_least": 18}}
        },
    }
    for path, value in changes.items():
        node = whole
        *above, last = path.split("__")
        for key in above:
            node = node[int(key)] if isinstance(node, list) else node[key]
        node[last] = value
    return whole


def people(**columns: list[Any]) -> xr.Dataset:
    size = len(next(iter(columns.values())))
    facts = {name: ("profile", np.array(cells, dtype=object)) for name, cells in columns.items()}
    return xr.Dataset(facts, coords={"profile": [f"P{at}" for at in range(size)]})


ONE = {"age": [29, 45, 17], "level": ["low", "high", "high"], "years": [2.9, 9, 5],
       "offer": ["yes", "no", "yes"]}  # fmt: skip


def test_a_small_grid_by_hand() -> None:
    found = score_profiles(people(**ONE), make_rule_set(told()), as_of=DAY)
    assert found.total.values.tolist() == [15 + 4 + 5, 0 + 25, 15 + 25 + 5]
    assert found.lost.sel(cap="skill").values.tolist() == [0, 5, 5]
    assert found.passed is not None
    assert found.passed.values.tolist() == [True, True, False]  # the third is no adult
    assert found.prerequisites.sel(prerequisite="adult").values.tolist() == [True, True, False]
    table = found.to_table()
    assert table["total"].tolist() == [24, 25, 45]
    assert str(found.trace("P1")).endswith("A proposal: an officer confirms it.")


BAD = [
    ({"factors__age__rows__1__from": 31}, "bands leave a gap from 30 to 31"),
    ({"factors__age__rows__1__from": 29}, "bands overlap from 30 to 29"),
    ({"factors__age__rows__0__from": 0}, "bands leave a gap from the lowest to 0"),
    ({"factors__age__rows__2__to": 99}, "bands leave a gap from 99 on"),
    ({"factors__age__rows__1__to": 30}, "the band from 30 to 30 is empty"),
    ({"factors__level__rows": [{"is": "low", "points": 1}]}, "no points for high"),
    ({"factors__level__rows__1__is": ["high", "low"]}, "the code 'low' stands twice"),
    ({"factors__level__rows__1__is": "hihg"}, "'hihg' is not known here"),
    ({"factors__level__input": "leveel"}, "'leveel' is not known here"),
    ({"factors__level__input": "age"}, "'age' is a number"),
    ({"factors__age__input": "level"}, "'level' is a choice"),
    ({"valid_from": None}, "'valid_from' is missing"),
    ({"valid_from": "soon"}, "'soon' is not a date"),
    ({"valid_to": "2024-01-01"}, "it ends on 2024-01-01, not after it begins"),
    ({"caps__skill__of": ["level", "yearss"]}, "'yearss' is not known here"),
    ({"caps__skill__of": ["level", "skill"]}, "'skill' is made of itself"),
    ({"caps__other": {"label": text("x"), "of": ["level"], "most": 1}}, "stands in two caps"),
    ({"caps__skill__most": None}, "the cap has no limit"),
    ({"max_total": 46}, "max_total 46 cannot be reached: the tables give 45 at most"),
    ({"max_total": 44}, "max_total 44 can be exceeded: the tables give 45 at most"),
    ({"pass_mark": 60}, "pass_mark 60 cannot be reached"),
    ({"status": "certain"}, "'certain' is not allowed here"),
    ({"jurisdiction": "KZ"}, "'KZ' is not a country"),
    ({"factors__offer__pionts": 3}, "'pionts' is not a field"),
    ({"factors__offer__points": "5"}, "'5' is not a number"),
    ({"factors__offer__kind": "bonus"}, "'bonus' is not allowed here"),
    ({"factors__offer__valid_to": "2024-01-01"}, "outside the dates of the rule set"),
    ({"prerequisites__adult__when": {"input": "age"}}, "this is not one comparison"),
    ({"prerequisites__adult__when": {"input": "level", "at_least": 3}}, "'level' is no number"),
    ({"factors__offer__only_when": {"points": "age", "at_least": 3}}, "points are not known yet"),
    ({"title": {"en": "Small"}}, "no text in ru, kk"),
    ({"inputs__level__codes": {"low": text("low")}}, "a choice needs two codes or more"),
    ({"inputs__level__if_empty": "none"}, "'none' is not a code of it"),
    ({"factors__age__rows": None}, "'rows' is missing"),
    ({"factors__years__unit": 0}, "a unit, its points and the most are above 0"),
    ({"factors__age__rows__1__to": {"value": "limit"}}, "'limit' has no value on 2025-01-01"),
]


@pytest.mark.parametrize(("changes", "what"), BAD)
def test_faults_of_a_rule_file(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(WorkbenchError) as raised:
        make_rule_set(told(**changes))
    faults = getattr(raised.value, "faults", (raised.value,))
    assert any(what in one.what for one in faults), [one.what for one in faults]
    assert all(isinstance(one, ScenarioError) and one.id == "RuleError" for one in faults)
    assert all(one.where and one.remedy for one in faults)


def test_all_faults_at_once_with_their_places() -> None:
    wrong = told(
        factors__age__rows__1__from=31,
        factors__level__rows=[{"is": "low", "points": 1}],
        caps__skill__of=["level", "yearss"],
    )
    with pytest.raises(FaultsError) as raised:
        make_rule_set(wrong)
    assert [one.where for one in raised.value.faults] == [
        "caps.skill",
        "factors.age.rows.1",
        "factors.level.rows.0",
    ]


def test_faults_of_the_head_and_of_the_tables_are_told_together() -> None:
    wrong = told(
        status="fine",
        pass_mark="lots",
        factors__age__rows__1__from=31,
        caps__skill__of=["level", "yearss"],
    )
    with pytest.raises(FaultsError) as raised:
        make_rule_set(wrong)
    places = {one.where for one in raised.value.faults}
    assert places == {"status", "pass_mark", "caps.skill", "factors.age.rows.1"}


def test_a_missing_field_does_not_hide_what_else_is_written_wrongly() -> None:
    with pytest.raises(FaultsError) as raised:
        make_rule_set(told(status=None, jurisdiction="KZ", factors__offer__points="5"))
    said = [one.what for one in raised.value.faults]
    assert said == ["'status' is missing", "'5' is not a number", "'KZ' is not a country"]


@pytest.mark.parametrize("cut_off", [float("nan"), float("inf"), -1.0])
def test_a_cut_off_is_a_number_of_points(cut_off: float) -> None:
    with pytest.raises(SchemaError, match="cut-off"):
        score_profiles(people(**ONE), make_rule_set(told()), as_of=DAY, cut_off=cut_off)


def test_a_gap_that_opens_years_later_is_found_when_the_file_is_read() -> None:
    limit = {"limit": {"label": text("Limit"), "dates": {"2025-01-01": 30, "2030-01-01": None}}}
    changes = {
        "values": limit,
        "factors__age__rows__0__to": {"value": "limit"},
        "factors__age__rows__1__from": {"value": "limit"},
    }
    with pytest.raises(ScenarioError, match="'limit' has no value on 2030-01-01"):
        make_rule_set(told(**changes))
    limit["limit"]["dates"] = {"2025-01-01": 30, "2030-01-01": 50}
    with pytest.raises(ScenarioError, match="the band from 50 to 45 is empty"):
        make_rule_set(told(**changes))


def test_a_dated_value_moves_its_band() -> None:
    limit = {"limit": {"label": text("Limit"), "dates": {"2025-01-01": 30, "2027-01-01": 40}}}
    rules = make_rule_set(
        told(
            values=limit,
            factors__age__rows__0__to={"value": "limit"},
            factors__age__rows__1__from={"value": "limit"},
        )
    )
    who = people(age=[35], level=["low"], years=[0], offer=["no"])
    before, after = (score_profiles(who, rules, as_of=f"{year}-06-01") for year in (2026, 2027))
    assert (before.total.item(), after.total.item()) == (10, 15)
    assert compare_scores(before, after).by_group()["gain"].tolist() == [1]


def test_profiles_that_cannot_be_scored() -> None:
    rules = make_rule_set(told())
    with pytest.raises(ScenarioError, match="no rule of 'small' is held for 2024-12-31"):
        score_profiles(people(**ONE), rules, as_of="2024-12-31")
    with pytest.raises(ScenarioError, match="two rule sets hold"):
        score_profiles(people(**ONE), [rules, rules], as_of=DAY)
    with pytest.raises(SchemaError, match="'sex' is not asked for by small"):
        score_profiles(people(**ONE, sex=["F", "F", "M"]), rules, as_of=DAY)
    with pytest.raises(CodeError, match="no code middling"):
        score_profiles(people(**{**ONE, "level": ["low", "middling", "high"]}), rules, as_of=DAY)
    with pytest.raises(SchemaError, match="out of its range"):
        score_profiles(people(**{**ONE, "years": [1, 60, 2]}), rules, as_of=DAY)
    with pytest.raises(SchemaError, match="holds no numbers"):
        score_profiles(people(**{**ONE, "years": [1, "many", 2]}), rules, as_of=DAY)
    with pytest.raises(CodeError, match="no code 2"):
        score_profiles(people(**ONE).assign(offer=("profile", [1, 0, 2])), rules, as_of=DAY)
    with pytest.raises(SchemaError, match="there are no profiles"):
        score_profiles(people(**ONE).isel(profile=slice(0)), rules, as_of=DAY)
    twice = people(**ONE).assign_coords(profile=["A", "A", "B"])
    with pytest.raises(SchemaError, match="one stands twice"):
        score_profiles(twice, rules, as_of=DAY)


def test_a_missing_fact_is_refused_and_each_value_is_told() -> None:
    rules = make_rule_set(told())
    who = people(**{**ONE, "level": [None, "high", None], "years": [2.9, 9, None]})
    with pytest.raises(WorkbenchError) as raised:
        score_profiles(who, rules, as_of=DAY)
    assert {one.id for one in raised.value.faults} == {"MissingFact"}  # type: ignore[attr-defined]
    assert "profiles P0, P2" in str(raised.value)
    found = missing_facts(who, rules, as_of=DAY)
    first = found[found["profile"] == "P0"]
    assert first["value"].tolist() == ["low", "high"]
    assert first["low"].tolist() == first["high"].tolist() == [24, 15 + 24 + 5]
    third = found[(found["profile"] == "P2") & (found["input"] == "level")]
    assert third["low"].tolist() == [20, 40]
    assert third["high"].tolist() == [30, 45]
    assert found["exact"].all()
    assert not len(missing_facts(people(**ONE), rules, as_of=DAY))
    without = people(**{name: cells for name, cells in ONE.items() if name != "level"})
    assert set(missing_facts(without, rules, as_of=DAY)["profile"]) == {"P0", "P1", "P2"}


def test_an_empty_cell_counts_as_the_rules_say_and_that_is_told() -> None:
    rules = make_rule_set(told(inputs__offer__if_empty="no"))
    found = score_profiles(people(**{**ONE, "offer": ["yes", None, None]}), rules, as_of=DAY)
    assert found.points.sel(factor="offer").values.tolist() == [5, 0, 0]
    assert found.adjustments.values.tolist() == [["offer", 2, "no"]]


def test_single_changes_are_those_that_scoring_again_confirms() -> None:
    rules = make_rule_set(told())
    who = people(age=[50, 32, 50], level=["low", "low", "low"], years=[9, 3, 0],
                 offer=["yes", "no", "no"])  # fmt: skip
    found = single_changes(who, rules, as_of=DAY)
    assert "age" not in set(found["input"])  # nobody can change it
    lifting = found[found["passes"].astype(bool)]
    assert set(lifting["profile"]) == {"P0", "P1", "P2"}
    for row in lifting.itertuples(index=False):
        changed = who.sel(profile=[row.profile]).copy(deep=True)
        value = float(row.to) if row.input == "years" else row.to
        changed[row.input] = ("profile", np.array([value], dtype=object))
        again = score_profiles(changed, rules, as_of=DAY)
        assert again.total.item() == row.total
        assert again.passed is not None
        assert again.passed.item()
    years = found[(found["input"] == "years") & (found["profile"] == "P1")]
    assert years[["to", "total", "passes"]].values.tolist() == [["5", 20.0, True]]
    with pytest.raises(ScenarioError, match="has no pass mark"):
        single_changes(who, make_rule_set(told(pass_mark=None)), as_of=DAY)


def test_no_change_is_found_where_none_exists_and_all_where_every_one_is_tried() -> None:
    """Brute force over all values: a profile is listed as liftable exactly when it is."""
    rules = make_rule_set(told())
    rng = np.random.default_rng(3)
    who = people(age=rng.integers(18, 60, 40).tolist(), years=rng.integers(0, 9, 40).tolist(),
                 level=rng.choice(["low", "high"], 40).tolist(),
                 offer=rng.choice(["no", "yes"], 40).tolist())  # fmt: skip
    first = score_profiles(who, rules, as_of=DAY)
    assert first.passed is not None
    found = single_changes(who, rules, as_of=DAY)
    listed = {(r.profile, r.input) for r in found.itertuples() if r.passes}
    for label in who["profile"].values[~first.passed.values]:
        one = who.sel(profile=[label])
        values = {"level": ["high"], "offer": ["yes", "no"], "years": list(range(51))}
        for name, options in values.items():
            now = one[name].item()
            usable = [v for v in options if name != "years" or v > now]
            tried = xr.concat(
                [one.assign({name: ("profile", np.array([v], dtype=object))}) for v in usable],
                dim="profile",
            ).assign_coords(profile=range(len(usable)))
            again = score_profiles(tried, rules, as_of=DAY)
            assert again.passed is not None
            assert bool(again.passed.any()) == ((label, name) in listed), (label, name)


def test_who_gains_and_who_loses_when_the_offer_of_a_job_no_longer_counts() -> None:
    (file,) = read_point_rules("canada-crs")
    rules = make_rule_set(file.content, where=file.where)
    pool = random_profiles(rules, 500, seed=5)
    before = score_profiles(pool, rules, as_of="2025-03-24", cut_off=450)
    after = score_profiles(pool, rules, as_of="2025-03-25", cut_off=450)
    found = compare_scores(before, after)
    worth = {"none": 0, "other": 50, "major_group_00": 200}
    offers = np.array([worth[code] for code in pool["job_offer"].values])
    free = before.capped.sel(cap="additional").values - after.capped.sel(cap="additional").values
    assert (-found.change.values == free).all()
    assert ((free == offers) | (before.lost.sel(cap="additional").values > 0)).all()
    group = xr.DataArray(pool["job_offer"].values, coords={"profile": pool["profile"]})
    table = found.by_group(group).set_index("group")
    assert table.loc["none", "lose"] == 0
    assert table["fails_now"].sum() == ((before.total >= 450) & (after.total < 450)).sum()
    assert found.factors.set_index("factor").loc["job_offer"].isna().tolist() == [False, True]
    with pytest.raises(SchemaError, match="for other profiles"):
        compare_scores(before, score_profiles(pool.isel(profile=[1, 0]), rules, as_of=DAY))


# Properties of every grid of the package


def random_profiles(rules: RuleSet, size: int, *, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {}
    for name, one in rules.inputs.items():
        if one.codes:
            made[name] = rng.choice(np.array(list(one.codes), dtype=object), size)
        else:
            top = {"GBP a year": 60000, "KZT a month": 900000, "NZD an hour": 120}.get(one.unit)
            top = top or (13 if one.unit == "million JPY a year" else one.high or 20)
            low = one.low or 0
            made[name] = np.round(rng.uniform(low, min(top, 70) if top == 120 else top, size), 1)
            if one.high is not None:
                made[name] = np.minimum(made[name], one.high)
    return xr.Dataset({k: ("profile", v) for k, v in made.items()},
                      coords={"profile": np.arange(size)})  # fmt: skip


def held() -> list[RuleSet]:
    made = [make_rule_set(file.content, where=file.where)
            for name in point_rules() for file in read_point_rules(name)]  # fmt: skip
    return [one for one in made if not one.partial]


GRIDS = held()


@pytest.mark.parametrize("rules", GRIDS, ids=[one.where for one in GRIDS])
def test_every_grid_adds_up(rules: RuleSet) -> None:
    day = rules.turns()[-1]
    pool = random_profiles(rules, 400, seed=1)
    found = score_profiles(pool, rules, as_of=day)
    inside = {name for cap in rules.caps.values() for name in cap.of}
    factors = [str(name) for name in found.points["factor"].values]
    free = [name for name in factors if name.partition(".")[0] not in inside]
    caps = [name for name in rules.caps if name not in inside]
    whole = found.points.sel(factor=free).sum("factor") + found.capped.sel(cap=caps).sum("cap")
    np.testing.assert_array_equal(found.total, whole)
    for name, cap in rules.caps.items():
        parts = [n for n in factors if n.partition(".")[0] in cap.of]
        nested = [n for n in cap.of if n in rules.caps]
        join = "sum" if cap.take == "sum" else "max"
        below = [found.points.sel(factor=parts).rename(factor="part").drop_vars("part"),
                 found.capped.sel(cap=nested).rename(cap="part").drop_vars("part")]  # fmt: skip
        raw = getattr(xr.concat(below, "part"), join)("part")
        got = found.capped.sel(cap=name) + found.lost.sel(cap=name)
        np.testing.assert_array_equal(got, raw)
        if cap.most:
            assert (found.capped.sel(cap=name) <= max(cap.most)).all()
    if rules.max_total is not None:
        assert found.total.max() <= rules.max_total


@pytest.mark.parametrize("rules", GRIDS, ids=[one.where for one in GRIDS])
def test_order_and_company_do_not_matter(rules: RuleSet) -> None:
    day = rules.turns()[0]
    pool = random_profiles(rules, 200, seed=2)
    found = score_profiles(pool, rules, as_of=day)
    order = np.random.default_rng(4).permutation(200)
    mixed = score_profiles(pool.isel(profile=order), rules, as_of=day)
    np.testing.assert_array_equal(mixed.total, found.total.isel(profile=order))
    one = score_profiles(pool.isel(profile=[7]), rules, as_of=day)
    assert one.total.item() == found.total[7].item() == found.trace(7).total
    bare = score_profiles(pool, rules, as_of=day, explain=False)
    assert bare.row is None
    np.testing.assert_array_equal(bare.total, found.total)


RISING = [
    ("canada-crs", ["education", "canadian_work", "foreign_work", "first_reading", "second_reading",
                    "spouse_work", "nomination", "certificate"]),
    ("canada-fsw", ["education", "experience", "first_reading", "second_least"]),
    ("australia-skilled", ["english", "overseas_work", "australian_work", "qualification"]),
    ("austria-shortage", ["work_abroad", "german", "english"]),
    ("japan-hsp", ["education", "experience", "salary", "japanese"]),
    ("kazakhstan-example", ["education", "experience", "kazakh", "salary"]),
]  # fmt: skip


@pytest.mark.parametrize(("system", "inputs"), RISING)
def test_more_of_an_ordered_fact_never_costs_points(system: str, inputs: list[str]) -> None:
    file = read_point_rules(system)[-1]
    rules = make_rule_set(file.content, where=file.where)
    day = rules.turns()[-1]
    pool = random_profiles(rules, 300, seed=6)
    base = score_profiles(pool, rules, as_of=day).total
    for name in inputs:
        one = rules.inputs[name]
        now = pool[name].values
        if one.codes:
            codes = list(one.codes)
            more = np.array([codes[min(codes.index(c) + 1, len(codes) - 1)] for c in now], object)
        else:
            more = np.minimum(now + 1.5, one.high or np.inf)
        raised = score_profiles(pool.assign({name: ("profile", more)}), rules, as_of=day).total
        assert (raised >= base).all(), name


@st.composite
def valid_grids(draw: st.DrawFn) -> dict[str, Any]:
    """Random rule files without faults: any bands, codes, caps, columns."""
    whole = told(max_total=None, pass_mark=None, caps={})
    cuts = sorted(draw(st.sets(st.integers(-5, 70), min_size=0, max_size=18)))
    edges = [None, *cuts, None]
    points = st.integers(-20, 200)
    whole["factors"]["age"]["rows"] = [
        {"from": low, "to": high, "points": draw(points)} for low, high in pairwise(edges)
    ]
    codes = draw(st.lists(st.sampled_from("abcdefgh"), min_size=2, unique=True))
    whole["inputs"]["level"]["codes"] = {code: text(code) for code in codes}
    split = draw(st.integers(1, len(codes)))
    groups = [codes[:split], *([one] for one in codes[split:])]
    width = draw(st.sampled_from([1, 2]))
    columns = {"by": "offer", "columns": ["no", "yes"], "kind": "table_by"} if width == 2 else {}
    whole["factors"]["level"] |= columns | {
        "rows": [{"is": group, "points": [draw(points) for _ in range(width)]} for group in groups]
    }
    whole["factors"]["years"] |= {
        "unit": draw(st.sampled_from([0.5, 1, 2.5])),
        "points": draw(st.integers(1, 9)),
        "most": draw(st.integers(9, 40)),
    }
    if draw(st.booleans()):
        most = draw(st.integers(0, 100))
        whole["caps"] = {
            "inner": {"label": text("i"), "of": ["level", "years"], "most": most},
            "outer": {"label": text("o"), "of": ["inner", "offer"],
                      "take": draw(st.sampled_from(["sum", "best"])), "most": most + 3},
        }  # fmt: skip
    return whole


@settings(max_examples=60, deadline=None)
@given(valid_grids(), st.integers(0, 2**20))
def test_valid_grids_never_fail_and_agree_with_a_plain_reading(
    whole: dict[str, Any], seed: int
) -> None:
    rules = make_rule_set(copy.deepcopy(whole))
    pool = random_profiles(rules, 20, seed=seed)
    found = score_profiles(pool, rules, as_of=DAY)
    for at in range(20):
        facts = {str(name): one.values[at] for name, one in pool.data_vars.items()}
        assert found.total.values[at] == plain_total(whole, facts), facts
    single_changes(pool, rules, as_of=DAY, cut_off=50)


def plain_total(whole: dict[str, Any], facts: dict[str, Any]) -> float:
    """The rule file read by a person: rows in turn."""
    factors = whole["factors"]
    points = {}
    for row in factors["age"]["rows"]:
        low = -np.inf if row["from"] is None else row["from"]
        high = np.inf if row["to"] is None else row["to"]
        if low <= facts["age"] < high:
            points["age"] = row["points"]
    for row in factors["level"]["rows"]:
        if facts["level"] in row["is"]:
            points["level"] = row["points"][-1 if facts["offer"] == "yes" else 0]
    units = factors["years"]
    points["years"] = min(facts["years"] // units["unit"] * units["points"], units["most"])
    points["offer"] = 5 if facts["offer"] == "yes" else 0
    if whole["caps"]:
        inner, outer = whole["caps"]["inner"], whole["caps"]["outer"]
        points["inner"] = min(points.pop("level") + points.pop("years"), inner["most"])
        pair = [points.pop("inner"), points.pop("offer")]
        joined = sum(pair) if outer["take"] == "sum" else max(pair)
        points["outer"] = min(joined, outer["most"])
    return sum(points.values())


JUNK: list[Any] = [None, "x", "", 0, -1, 1e308, [], {}, [None], {"a": 1}, True, "2025-13-01"]
JUNK += [float("nan"), {"value": "nope"}, ["yes"], [[1]], {"all": []}, {"not": None}]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = [path] if path else []
    for key, one in inner:
        deeper = isinstance(one, (dict, list))
        found += places(one, (*path, key)) if deeper else [(*path, key)]
    return found


def test_a_damaged_rule_file_is_refused_with_its_place_or_runs() -> None:
    """Fields taken out, renamed or replaced at random: never an error of the program."""
    rng = np.random.default_rng(8)
    whole = [file.content for name in point_rules() for file in read_point_rules(name)]
    refused: list[WorkbenchError] = []
    for at in range(250):
        damaged = copy.deepcopy(whole[at % len(whole)])
        paths = places(damaged)
        *above, last = paths[rng.integers(len(paths))]
        node: Any = damaged
        for key in above:
            node = node[key]
        if rng.random() < 0.3:
            del node[last]
        else:
            node[last] = copy.deepcopy(JUNK[rng.integers(len(JUNK))])
        try:
            rules = make_rule_set(damaged)
        except WorkbenchError as fault:
            refused += [fault]
            continue
        pool = random_profiles(rules, 5, seed=at)
        with contextlib.suppress(WorkbenchError):  # rows whose points are not held
            score_profiles(pool, rules, as_of=rules.turns()[-1])
    assert 100 < len(refused) < 250
    faults = [one for fault in refused for one in getattr(fault, "faults", [fault])]
    assert all(one.where and one.remedy for one in faults)
