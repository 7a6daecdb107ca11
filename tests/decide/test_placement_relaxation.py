# SPDX-License-Identifier: Apache-2.0
"""Tests of what has to give way: the smallest change makes a placement possible, less does not."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import InfeasibleError
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_relaxation import find_obstacles, smallest_relaxation
from keruen.decide.resettle import after_wishes, place_families
from placement_cases import recipe, tables


def place(given):
    limits = {each.name: getattr(given, each.name) for each in fields(given)[3:]}
    return place_families(given.families, given.localities, given.score, **limits, time_limit=20)


def _conflict():
    """Two regions whose shares cannot both be: together they ask for more persons than come."""
    given = recipe(30, 3, 1)
    room = given.localities.assign_coords(region=("locality", ["a", "b", "b"]))
    everyone = float(given.families.sel(service="persons").sum())
    share = xr.DataArray([0.5 * everyone, 0.8 * everyone], {"region": ["a", "b"]})
    return replace(given, localities=room, region_share=share, share_tolerance=0.0)


def test_the_smallest_change_makes_it_possible_and_a_smaller_one_does_not():
    given = _conflict()
    with pytest.raises(InfeasibleError, match=r"region share, least of \w+: \d+.* in place of"):
        place(given)
    found = smallest_relaxation(given)
    assert set(found["limit"]) <= {"region share, least", "region share, most"}
    changed = {(row.limit, row.label): row.needed for row in found.itertuples()}
    target = given.region_share.copy()
    for (_, label), needed in changed.items():
        target.loc[label] = needed
    within = replace(given, region_share=target)
    assert place(within).certificate["value"] > 0
    part = given.region_share + 0.9 * (target - given.region_share)
    with pytest.raises(InfeasibleError):
        place(replace(given, region_share=part))


def test_a_floor_out_of_reach_is_told_as_a_mean():
    given = tables([[1, 1], [1, 1]], [[2, 2]], [[0.4], [0.6]], services=["houses", "persons"])
    families = given.families.assign_coords(group=("family", ["x", "x"]))
    high = replace(given, families=families, group_floor=xr.DataArray([0.9], {"group": ["x"]}))
    assert smallest_relaxation(high).values.tolist() == [["group floor", "x", 0.9, 0.5]]


def test_nothing_has_to_change_where_a_placement_exists():
    assert smallest_relaxation(recipe(10, 3, 1)).empty


def test_every_edge_case_is_told_with_its_change():
    score = np.array([[0.5, 0.5, np.nan, 0.5], [0.5, 0.5, np.nan, 0.5], [0.5, np.nan, np.nan, 0.5]])
    needs = [[1, 3], [1, 4], [1, 20]]
    given = tables(needs, [[2, 6], [2, 5], [3, 9], [0, 0]], score, services=["houses", "persons"])
    least = xr.zeros_like(given.localities)
    least[1, 1] = 9
    given = replace(
        given,
        compat=given.score.notnull(),
        links=(("f0", "f1", "locality"),),
        minimum=least,
    )
    rows = find_obstacles(given).values.tolist()
    assert rows == [
        ["too large", "f2", "l0", "14 persons"],
        ["together too large", "f0, f1", "l0", "1 persons"],
        ["least load out of reach", "", "l1", "9 → 5 persons"],
        ["nobody may come", "", "l2", ""],
        ["no capacity", "", "l3", ""],
        ["all scores equal", "", "", ""],
    ]


def test_linked_families_without_a_common_place():
    given = tables([[1], [1]], [[1], [1]], [[0.5, np.nan], [np.nan, 0.4]], services=["houses"])
    given = replace(given, compat=given.score.notnull(), links=(("f0", "f1", "locality"),))
    assert ["nothing in common", "f0, f1", "", ""] in find_obstacles(given).values.tolist()


def test_places_after_wishes_are_checked_against_the_same_prices():
    given = recipe(60, 4, 2)
    found = place(given)
    swapped = found.assignment.copy()
    swapped[0] = ""
    less = after_wishes(found, swapped)
    report = check_placement(
        given, less.assignment, prices=less.prices, certificate=less.certificate
    )
    assert report["holds"].all()
    assert less.certificate["gap"] > found.certificate["gap"]
    assert np.isnan(less.explain["score"].iloc[0])
