# SPDX-License-Identifier: Apache-2.0
"""Tests of the exchange by wishes: nobody loses, limits stand, linked families stay."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import xarray as xr

from keruen.decide.placement_check import check_placement
from keruen.decide.resettle import place_families
from keruen.decide.wishes import exchange_by_wishes
from placement_cases import recipe, tables


def place(given):
    limits = {each.name: getattr(given, each.name) for each in fields(given)[3:]}
    return place_families(given.families, given.localities, given.score, **limits, time_limit=10)


def wishes_of(given, seed, named=3):
    """Each family names some of its options, in an order by lot."""
    rng = np.random.default_rng(seed)
    draw = np.where(given.score.notnull(), rng.random(given.score.shape), np.nan)
    ranks = draw.argsort(axis=1).argsort(axis=1) + 1.0
    return given.score.copy(data=np.where(np.isnan(draw) | (ranks > named), np.nan, ranks))


def rank_at(given, wishes, assignment):
    """Rank of the place of each family; what was not named stands behind, waiting last."""
    at = given.localities.indexes["locality"].get_indexer(assignment.values)
    ranks = np.nan_to_num(wishes.values, nan=50.0)[np.arange(len(at)), at]
    return np.where(at < 0, 99.0, ranks)


@pytest.mark.parametrize("seed", range(6))
def test_nobody_ends_at_a_place_it_likes_less(seed):
    given = recipe(80, 5, seed)
    wishes, found = wishes_of(given, seed), place(given)
    after = exchange_by_wishes(found, wishes, seed=1)
    before, now = (rank_at(given, wishes, each.assignment) for each in (found, after.placement))
    assert (now <= before).all()
    assert now.sum() < before.sum()
    assert after.moved == (after.placement.assignment.values != found.assignment.values).sum() > 0
    report = check_placement(
        given,
        after.placement.assignment,
        prices=after.placement.prices,
        certificate=after.placement.certificate,
    )
    assert report["holds"].all()


def test_linked_families_stay_and_regions_keep_their_persons():
    given = recipe(60, 4, 3)
    room = given.localities.assign_coords(region=("locality", ["a", "a", "b", "b"]))
    free = place(replace(given, localities=room))
    load = free.load[free.load["service"] == "persons"].set_index("locality")["used"]
    share = xr.DataArray(
        [float(load[["l0", "l1"]].sum()), float(load[["l2", "l3"]].sum())], {"region": ["a", "b"]}
    )
    links = (("f0", "f1", "region"),)
    bound = replace(given, localities=room, region_share=share, links=links)
    found = place(bound)
    after = exchange_by_wishes(found, wishes_of(given, 1), seed=1)
    assert after.refused == ()
    for name in ("f0", "f1"):
        assert after.placement.assignment.sel(family=name) == found.assignment.sel(family=name)


def test_an_exchange_that_breaks_a_floor_is_refused():
    given = tables([[1, 1], [1, 1]], [[1, 1]] * 2, [[0.9, 0.1], [0.1, 0.9]], persons="persons")
    families = given.families.assign_coords(group=("family", ["x", "x"]))
    floor = xr.DataArray([0.8], {"group": ["x"]})
    limited = replace(given, families=families, group_floor=floor)
    found = place(limited)
    wishes = given.score.copy(data=[[np.nan, 1.0], [1.0, np.nan]])
    after = exchange_by_wishes(found, wishes, seed=1)
    assert after.refused == ("floor of x",)
    assert after.placement is found
    assert exchange_by_wishes(place(given), wishes, seed=1).moved == 2


@pytest.mark.slow
def test_two_hundred_random_cases_pass_the_independent_check():
    """Places and exchange keep every limit in whole numbers, and no value is above its bound."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        given = recipe(int(rng.integers(5, 30)), int(rng.integers(2, 6)), seed)
        found = place(given)
        after = exchange_by_wishes(found, wishes_of(given, seed), seed=seed).placement
        for each in (found, after):
            report = check_placement(
                given, each.assignment, prices=each.prices, certificate=each.certificate
            )
            assert report["holds"].all(), (seed, report)
            assert each.certificate["value"] <= each.certificate["bound"] + 1e-9
