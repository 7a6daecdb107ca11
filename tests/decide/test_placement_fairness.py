# SPDX-License-Identifier: Apache-2.0
"""Tests of fairness: audits by hand, prices of limits by enumeration, floors by three rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, InfeasibleError, SchemaError
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_fairness import audit_groups, audit_regions, price_of_limits
from keruen.decide.placement_floors import group_floors
from keruen.decide.resettle import place_families
from placement_cases import recipe, tables


def _place(given, **options):
    limits = {
        name: getattr(given, name)
        for name in ("compat", "preferences", "region_share", "group_floor")
        if getattr(given, name) is not None
    }
    return place_families(given.families, given.localities, given.score, **limits, **options)


def _grouped(sizes, score, houses):
    """Groups of given sizes; each family scores what its group does, anywhere."""
    names = [name for name, size in sizes.items() for _ in range(size)]
    given = tables(
        np.ones((len(names), 1), dtype=int),
        [[houses]],
        [[score[name]] for name in names],
        services=["houses"],
    )
    return replace(given, families=given.families.assign_coords(group=("family", names)))


def test_groups_by_hand():
    # 40 of a with score 1, 20 of the 50 of b with score 0.5, none of the 5 of c.
    given = _grouped({"a": 40, "b": 50, "c": 5}, {"a": 1.0, "b": 0.5, "c": 0.1}, 60)
    rows = audit_groups(_place(given)).set_index("group")
    assert rows["families"].to_dict() == {"a": 40, "b": 50, "c": 5}
    assert rows["placed"].to_dict() == pytest.approx({"a": 1.0, "b": 0.4, "c": 0.0})
    assert rows["score"].to_dict() == pytest.approx({"a": 1.0, "b": 0.2, "c": 0.0})
    assert rows["tested"].to_dict() == {"a": True, "b": True, "c": False}
    assert rows["flagged"].to_dict() == {"a": False, "b": True, "c": False}
    # ratio 0.4; 20 of 50 have a variance of 50 / 49 * 0.4 * 0.6, so the log ratio an error of
    # sqrt(0.24 / 49) / 0.4; all of a are placed, which has none
    wide = 1.959964 * np.sqrt(0.24 / 49) / 0.4
    assert rows.loc["b", "placed_ratio"] == pytest.approx(0.4)
    assert rows.loc["b", "placed_low"] == pytest.approx(0.4 * np.exp(-wide), rel=1e-6)
    assert rows.loc["b", "placed_high"] == pytest.approx(0.4 * np.exp(wide), rel=1e-6)
    assert np.isnan(rows.loc["c", "placed_low"])
    assert rows["of_best"].to_dict() == pytest.approx({"a": 1.0, "b": 0.4, "c": 0.0})
    assert rows["rank"].isna().all()


def test_few_families_are_never_the_measure():
    given = _grouped({"few": 3, "many": 40}, {"few": 1.0, "many": 0.9}, 43)
    rows = audit_groups(_place(given)).set_index("group")
    assert rows.loc["many", "score_ratio"] == 1.0
    assert rows.loc["few", "score_ratio"] == pytest.approx(1 / 0.9)
    assert not rows["flagged"].any()


def test_ranks_are_those_of_the_wishes():
    given = _grouped({"a": 2, "b": 1}, {"a": 1.0, "b": 1.0}, 3)
    who = {"family": given.families["family"].values}
    wishes = xr.DataArray([[3], [1], [np.nan]], {**who, "locality": ["l0"]})
    found = _place(given)
    ranks = audit_groups(found, wishes=wishes).set_index("group")["rank"]
    assert ranks["a"] == 2.0
    assert np.isnan(ranks["b"])


def test_regions_by_hand():
    # f0 alone scores best everywhere; persons 4 and 2 over 1,000 and 3,000 residents.
    given = tables(
        [[1, 4], [1, 1], [1, 1], [1, 1]],
        [[1, 4], [1, 1], [1, 1]],
        [[0.9, 0.1, 0.1], [0.1, 0.2, 0.1], [0.1, 0.1, 0.2], [0.05, 0.05, 0.05]],
    )
    room = given.localities.assign_coords(region=("locality", ["n", "s", "s"]))
    residents = xr.DataArray([1000, 3000], {"region": ["n", "s"]})
    audit = audit_regions(_place(replace(given, localities=room)), residents)
    rows = audit.table.set_index("region")
    assert rows["persons"].to_dict() == {"n": 4, "s": 2}
    assert rows["per_1000"].to_dict() == pytest.approx({"n": 4.0, "s": 2 / 3})
    assert rows["share"].to_dict() == pytest.approx({"n": 1 / 3, "s": 2 / 3})
    assert rows["strong_share"].to_dict() == {"n": 1.0, "s": 0.0}
    assert rows["best_share"].to_dict() == {"n": 1.0, "s": 1.0}
    # Lorenz curve from (0, 0) over (3/4, 1/3) to (1, 1): twice the area to the diagonal
    assert audit.gini == pytest.approx(3 / 4 - 1 / 3)
    with pytest.raises(CoverageError, match="residents of s"):
        audit_regions(_place(replace(given, localities=room)), residents[:1])
    with pytest.raises(SchemaError, match="not above 0"):
        audit_regions(_place(replace(given, localities=room)), residents * 0)


def test_with_nobody_placed_there_is_no_gini():
    given = tables([[2]], [[1]], [[0.5]], services=["houses"])
    room = given.localities.assign_coords(region=("locality", ["n"]))
    people = xr.DataArray([10], {"region": ["n"]})
    audit = audit_regions(_place(replace(given, localities=room)), people)
    assert np.isnan(audit.gini)
    assert audit.table["share"].tolist() == [0.0]


def test_the_price_of_a_target_by_hand():
    # Both would go north (0.9 and 0.8); the target sends one south: the second loses 0.2.
    given = tables([[1, 1]] * 2, [[2, 2]] * 2, [[0.9, 0.5], [0.8, 0.6]])
    room = given.localities.assign_coords(region=("locality", ["n", "s"]))
    share = xr.DataArray([1.0, 1.0], {"region": ["n", "s"]})
    links = (("f0", "f1", "locality"),)
    limited = replace(given, localities=room, region_share=share)
    rows = price_of_limits(limited, gap=1e-9).set_index("limit")
    assert rows.index.tolist() == ["region_share"]
    assert rows.loc["region_share", "price"] == pytest.approx(0.2)
    assert rows.loc["region_share", "low"] <= 0.2 + 1e-9
    assert rows.loc["region_share", "high"] >= 0.2 - 1e-9
    assert rows.loc["region_share", "share"] == pytest.approx(0.2 / 1.7002)
    with pytest.raises(InfeasibleError):
        price_of_limits(replace(limited, links=links, share_tolerance=0.0), time_limit=5)


def test_the_price_lies_within_its_bounds():
    given = recipe(150, 5, 4)
    regions = ["n", "n", "s", "s", "s"]
    room = given.localities.assign_coords(region=("locality", regions))
    free = _place(replace(given, localities=room))
    used = free.load.query("service == 'persons'").groupby("locality")["used"].sum()
    north = used[["l0", "l1"]].sum() * 0.8
    share = xr.DataArray([north, used.sum() - used[["l0", "l1"]].sum()], {"region": ["n", "s"]})
    limited = replace(given, localities=room, region_share=share)
    row = price_of_limits(limited, gap=5e-3).set_index("limit").loc["region_share"]
    assert row["low"] <= row["price"] <= row["high"]
    assert 0 < row["price"] < 0.2 * row["value_without"]


def _two_groups(families, places, seed):
    given = recipe(families, places, seed)
    groups = np.where(np.arange(families) % 4 == 0, "few", "many")
    room = (given.localities * 0.7 + 0.5).astype(int)
    families = given.families.assign_coords(group=("family", groups))
    return replace(given, families=families, localities=room)


@pytest.mark.parametrize("rule", ["random", "proportional", "max-min"])
def test_floors_can_be_kept(rule):
    given = _two_groups(80, 4, 2)
    floors = group_floors(given, rule=rule, seed=1, gap=5e-3, time_limit=10)
    assert floors.attrs["rule"] == rule
    assert set(floors["group"].values) == {"few", "many"}
    kept = replace(given, group_floor=0.98 * floors)
    found = _place(kept, gap=5e-3, time_limit=20)
    report = check_placement(
        kept, found.assignment, prices=found.prices, certificate=found.certificate
    )
    assert report["holds"].all(), report


def test_floors_are_ordered_as_they_must_be():
    given = _two_groups(80, 4, 3)
    same = [group_floors(given, rule="random", seed=seed) for seed in (1, 1, 2)]
    assert same[0].equals(same[1])
    assert not same[0].equals(same[2])
    common = group_floors(given, rule="max-min", seed=1, gap=2e-3, time_limit=10)
    assert common.values[0] == common.values[1]
    best = audit_groups(_place(given)).set_index("group")["score"]
    alone = group_floors(given, rule="proportional", seed=1)
    assert (same[0].values < alone.values).all()
    assert float(common[0]) >= best.min() - 1e-9
    # no common floor above what every group has at its best with all of the capacity
    for name in ("few", "many"):
        mine = given.families["group"].values == name
        part = replace(
            given,
            families=given.families[mine].drop_vars("group"),
            score=given.score[mine],
            compat=given.compat[mine],
        )
        most = _place(part).certificate["bound"] / mine.sum()
        assert float(common[0]) <= most


def test_the_highest_common_floor_by_hand():
    # One house in l0 (a and b both score 1), one in l1 (a scores 0.2, b 0.6): a to l0, b to l1.
    given = tables([[1], [1]], [[1], [1]], [[1.0, 0.2], [1.0, 0.6]], services=["houses"])
    given = replace(given, families=given.families.assign_coords(group=("family", ["a", "b"])))
    assert group_floors(given, rule="max-min", seed=1).values == pytest.approx(0.6)
    # alone in half of one house in each place nobody fits
    assert group_floors(given, rule="proportional", seed=1).values == pytest.approx(0.0)
    # at random each is first half of the time, in either place
    expected = [(1.0 + 0.2) / 2, (1.0 + 0.6) / 2]
    found = group_floors(given, rule="random", seed=1, draws=2000)
    assert found.values == pytest.approx(expected, abs=0.03)


def test_what_cannot_be_used_is_said():
    given = tables([[1]], [[1]], [[0.5]], services=["houses"])
    with pytest.raises(SchemaError, match="no group"):
        audit_groups(_place(given))
    with pytest.raises(SchemaError, match="no rule 'best'"):
        group_floors(given, rule="best", seed=1)
