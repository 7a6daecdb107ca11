# SPDX-License-Identifier: Apache-2.0
"""Tests of placement: the worked example, every small case by enumeration, laws, faults."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import FaultsError, InfeasibleError, SchemaError
from keruen.decide.placement_check import check_placement
from keruen.decide.resettle import Placement, place_families
from placement_cases import SERVICES, recipe, tables

# Needs and capacities of figure 1 of Delacrétaz, Kominers and Teytelboym; scores of the spec.
_EXAMPLE = tables(
    [[3, 0], [1, 0], [1, 1], [1, 2], [2, 1]],
    [[4, 2], [4, 3]],
    np.array([[1.20, 0.50, 0.70, 0.30, 0.90], [0.90, 0.60, 0.40, 0.80, 1.00]]).T,
    services=["a", "b"],
    persons="none",
)


def place(given, **options) -> Placement:
    """Place, and let the checker see every result."""
    names = [each.name for each in fields(given)][3:]
    given_limits = {name: getattr(given, name) for name in names}
    found = place_families(given.families, given.localities, given.score, **given_limits, **options)
    report = check_placement(
        given, found.assignment, prices=found.prices, certificate=found.certificate
    )
    assert report["holds"].all(), report
    return found


def test_the_worked_example_is_proved_best():
    found = place(_EXAMPLE)
    assert found.assignment.values.tolist() == ["l0", "l1", "l0", "l1", "l1"]
    assert found.certificate["value"] == pytest.approx(4.30 + 5e-4)
    assert found.certificate["gap"] < 1e-9


def test_the_prices_of_the_example_prove_it_by_hand():
    prices = xr.DataArray([[0.4, 0], [0.4, 0]], {"locality": ["l0", "l1"], "service": ["a", "b"]})
    said = {"value": 4.30, "bound": 4.30, "prefer_placing": 0.0, "limits": {}}
    placed = place(_EXAMPLE).assignment
    assert check_placement(_EXAMPLE, placed, prices=prices, certificate=said)["holds"].all()


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"assignment": ["l0", "l0", "l0", "l1", "l1"]}, "no capacity is exceeded"),
        ({"assignment": ["l0", "l9", "l0", "l1", "l1"]}, "places are known"),
        ({"value": 4.5}, "the value is as said"),
        ({"bound": 4.2}, "the bound is as said"),
    ],
)
def test_the_checker_finds_what_is_wrong(change, broken):
    found = place(_EXAMPLE)
    names = change.pop("assignment", found.assignment.values.tolist())
    said = {**found.certificate, **change}
    report = check_placement(
        _EXAMPLE, found.assignment.copy(data=names), prices=found.prices, certificate=said
    ).set_index("check")
    assert not report.loc[broken, "holds"]


def _best_by_enumeration(given) -> float:
    """The highest worth over every placement that keeps all limits."""
    score = given.score.values
    allowed = ~np.isnan(score)
    needs, room = given.families.values, given.localities.values
    size = needs[:, 1] if needs.shape[1] > 1 else np.ones(len(needs))
    best = 0.0
    for tried in product(range(-1, len(room)), repeat=len(needs)):
        at = np.array(tried)
        x = at[:, None] == np.arange(len(room))
        if (x & ~allowed).any() or (x.T @ needs > room).any() or not _keeps(given, x):
            continue
        worth = np.where(allowed, score, 0) + 1e-4 * size[:, None]
        best = max(best, float((worth * x).sum()))
    return best


def _keeps(given, x) -> bool:
    region = np.array(given.regions)
    place = x.argmax(axis=1)
    placed = x.any(axis=1)
    names = given.families["family"].values.tolist()
    for one, other, what in given.links:
        a, b = names.index(one), names.index(other)
        if placed[a] != placed[b]:
            return False
        if placed[a] and (
            place[a] != place[b] if what == "locality" else region[place[a]] != region[place[b]]
        ):
            return False
    if given.budgets is not None:
        spent = (given.cost.values * x).sum(axis=0)
        for name, money in zip(given.budgets["region"].values, given.budgets.values, strict=True):
            if spent[region == name].sum() > money:
                return False
    if given.minimum is not None:
        used = x.T @ given.families.values
        if ((used < given.minimum.values).any(axis=1) & x.any(axis=0)).any():
            return False
    return True


def _small(seed, *, families=5, localities=3):
    given = recipe(families, localities, seed)
    rng = np.random.default_rng(seed)
    room = given.localities.copy(data=(given.localities.values * rng.uniform(0.6, 1.3)).astype(int))
    room = room.assign_coords(region=("locality", ["north", "south", "south"][:localities]))
    return replace(given, localities=room)


@pytest.mark.parametrize("seed", range(25))
def test_small_cases_equal_enumeration(seed):
    given = _small(seed)
    found = place(given, gap=1e-9)
    assert found.certificate["value"] == pytest.approx(_best_by_enumeration(given), abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_seven_families_equal_enumeration(seed):
    given = _small(seed + 50, families=7)
    found = place(given, gap=1e-9)
    assert found.certificate["value"] == pytest.approx(_best_by_enumeration(given), abs=1e-6)


def test_two_hundred_cases_of_every_shape_pass_the_checker():
    rng = np.random.default_rng(11)
    for seed in range(200):
        given = recipe(int(rng.integers(1, 40)), int(rng.integers(1, 7)), seed)
        tight = rng.uniform(0.0, 1.2)
        room = given.localities.copy(data=(given.localities.values * tight).astype(int))
        place(replace(given, localities=room), gap=1e-3)  # which checks


@pytest.mark.parametrize("seed", range(12))
def test_small_cases_with_limits_equal_enumeration(seed):
    given = _small(seed + 100)
    names = given.families["family"].values.tolist()
    rng = np.random.default_rng(seed)
    cost = given.score.copy(data=rng.integers(1, 9, given.score.shape))
    budgets = xr.DataArray([8, 14], {"region": ["north", "south"]})
    least = xr.zeros_like(given.localities)
    least[2, 1] = 4
    links = ((names[0], names[1], ("region", "locality")[seed % 2]),)
    given = replace(given, cost=cost, budgets=budgets, minimum=least, links=links)
    found = place(given, gap=1e-9)
    assert found.certificate["value"] == pytest.approx(_best_by_enumeration(given), abs=1e-6)


def test_region_shares_and_group_floors_are_kept():
    given = recipe(120, 6, 5)
    regions = ["north"] * 3 + ["south"] * 3
    groups = np.where(np.arange(120) % 3 == 0, "late", "early")
    room = given.localities.assign_coords(region=("locality", regions))
    families = given.families.assign_coords(group=("family", groups))
    free = place(replace(given, localities=room, families=families))
    used = free.load.query("service == 'persons'").set_index("locality")["used"]
    north = used[["l0", "l1", "l2"]].sum()
    share = xr.DataArray([north * 0.95, used.sum() - north * 0.95], {"region": ["north", "south"]})
    scores = free.explain.set_index("family")["score"].fillna(0.0)
    late = float(scores[groups == "late"].mean())
    floor = xr.DataArray([late * 1.02], {"group": ["late"]})
    limited = replace(
        given,
        localities=room,
        families=families,
        region_share=share,
        share_tolerance=0.05,
        group_floor=floor,
    )
    found = place(limited, gap=5e-3)  # the checker looks at the limits
    assert found.certificate["value"] <= free.certificate["bound"]


def test_what_no_placement_can_keep_is_said():
    given = recipe(30, 3, 1)
    room = given.localities.assign_coords(region=("locality", ["a", "b", "b"]))
    share = xr.DataArray([100000.0], {"region": ["a"]})
    with pytest.raises(InfeasibleError, match="no placement satisfies"):
        place(replace(given, localities=room, region_share=share), time_limit=5)


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_more_capacity_never_lowers_the_best(seed):
    given = _small(seed, families=6)
    one = place(given, gap=1e-9).certificate["value"]
    more = replace(given, localities=given.localities + 1)
    assert place(more, gap=1e-9).certificate["value"] >= one - 1e-6


def test_the_order_of_labels_does_not_matter():
    given = recipe(60, 4, 3)
    rng = np.random.default_rng(0)
    mixed = replace(
        given,
        families=given.families.isel(family=rng.permutation(60), service=[3, 1, 0, 2]),
        localities=given.localities.isel(locality=[2, 0, 3, 1]),
    )
    one, other = place(given, gap=1e-9), place(mixed, gap=1e-9)
    assert one.certificate["value"] == pytest.approx(other.certificate["value"], abs=1e-6)


def test_the_published_figures_at_600_families():
    found = place(recipe(600, 8, 1), gap=5e-4, time_limit=60)
    assert found.certificate["ended"] == "gap"
    assert found.certificate["gap"] <= 5e-4


def test_a_time_limit_gives_the_best_so_far_with_its_bound():
    found = place(recipe(400, 8, 2), gap=0.0, time_limit=4.0)
    assert found.certificate["ended"] in {"time_limit", "optimal"}
    assert 0 <= found.certificate["gap"] < 0.02


def test_reasons_are_those_of_the_tables():
    found = place(_EXAMPLE)
    rows = found.explain.set_index("family")
    assert rows.loc["f0", ["locality", "other", "reason"]].tolist() == ["l0", "l1", "best option"]
    crowded = tables([[1], [1]], [[1], [1]], [[0.9, 0.1], [0.8, 0.2]], services=["houses"])
    reasons = place(crowded).explain.set_index("family")
    assert reasons.loc["f1", "reason"] == "full"
    assert reasons.loc["f1", "binding"] == "houses"


def test_all_faults_are_said_before_solving():
    bad = tables([[1], [-1]], [[2.5], [1]], [[0.9, -0.1], [np.inf, 0.2]], services=["houses"])
    with pytest.raises(FaultsError) as faults:
        place(bad)
    text = str(faults.value)
    assert "-1 is not a whole number of units (families, f1, houses)" in text
    assert "2.5 is not a whole number" in text
    assert "the score is -0.1 (score, f0, l1)" in text
    assert "the score is inf (score, f1, l0)" in text


def test_a_family_too_large_is_told_what_would_do():
    given = tables([[1, 9], [1, 2]], [[5, 6], [5, 4]], [[1, 1], [1, 1]])
    found = place(given)
    assert found.assignment.values.tolist()[0] == ""
    assert found.misfits.values.tolist() == [["f0", "too large", "l0", "3 persons"]]
    only = given.score.where(given.score["family"] == "f1")
    nowhere = place(replace(given, preferences=only))
    assert nowhere.misfits["reason"].tolist() == ["nowhere possible"]


def test_where_no_pair_may_be_everybody_waits():
    given = tables([[1], [1]], [[1]], [[np.nan], [np.nan]], [[False], [False]], services=["houses"])
    found = place(given)
    assert found.assignment.values.tolist() == ["", ""]
    assert found.certificate["value"] == found.certificate["bound"] == 0
    assert place(tables([[1]], [[0]], [[0.5]], services=["houses"])).assignment.values == [""]
    room = given.localities.assign_coords(region=("locality", ["n"]))
    share = xr.DataArray([1.0], {"region": ["n"]})
    with pytest.raises(InfeasibleError):
        place(replace(given, localities=room, region_share=share))


def test_unknown_labels_and_links_are_said():
    given = recipe(5, 3, 1)
    with pytest.raises(SchemaError, match="dimension 'service' is missing"):
        place(replace(given, families=given.families.isel(service=0, drop=True)))
    with pytest.raises(ValueError, match="locality l2"):
        place(replace(given, score=given.score.isel(locality=[0, 1])))
    with pytest.raises(ValueError, match="link of f0 and f99"):
        place(replace(given, links=(("f0", "f99", "region"),)))
    assert list(given.families["service"].values) == SERVICES
