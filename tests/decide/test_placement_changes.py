# SPDX-License-Identifier: Apache-2.0
"""Tests of what more room would change, computed around a family; and of parts placed anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from keruen.decide.placement_changes import NearbyChanges
from keruen.decide.placement_check import check_placement
from keruen.decide.resettle import place_families
from placement_cases import recipe, tables


def _found(given, **options):
    return place_families(
        given.families, given.localities, given.score, compat=given.compat, **options
    )


def test_by_hand():
    # One house in each place; f0 has 0.9 and 0.5, f1 0.7 and 0.1, f2 0.8 and nothing.
    given = tables([[1]] * 3, [[1], [1]], [[0.9, 0.5], [0.7, 0.1], [0.8, 0.0]], services=["homes"])
    found = _found(given)
    assert found.assignment.values.tolist() == ["l1", "", "l0"]
    nearby = NearbyChanges(found)
    # With one more house there f1 takes it: 0.5 + 0.7 + 0.8; with two, all three are there.
    first = nearby.with_room("f0", "l0", {"homes": 1})
    assert (first.locality, first.families) == ("l1", 3)
    assert first.value == pytest.approx(2.0 + 3e-4)
    assert nearby.with_room("f1", "l0", {"homes": 1}).locality == "l0"
    second = nearby.with_room("f0", "l0", {"homes": 2})
    assert second.locality == "l0"
    assert second.value == pytest.approx(2.4 + 3e-4)


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_for_everybody_placed_anew(seed):
    given = recipe(40, 4, seed)
    given = replace(given, localities=(given.localities * 0.8).astype(int))
    found = _found(given, gap=1e-6)
    nearby = NearbyChanges(found)
    waits = (found.assignment.values == "") & given.compat.any("locality").values
    waiting = found.assignment["family"].values[waits][:3]
    for family in waiting:
        allowed = given.compat.sel(family=family)
        place = str(allowed["locality"].values[allowed.values][0])
        units = dict.fromkeys(("houses", "persons", "school", "jobs"), 2)
        change = nearby.with_room(str(family), place, units)
        more = given.localities.copy()
        for name, count in units.items():
            more.loc[{"locality": place, "service": name}] += count
        again = _found(replace(given, localities=more), gap=1e-6)
        assert found.certificate["value"] - 1e-9 <= change.value
        exact = again.certificate["value"]
        assert change.value <= exact * (1 + 1e-6) + 1e-9
        assert exact <= change.value * (1 + change.gap) + 1e-9
    assert len(waiting)


@pytest.mark.parametrize("seed", [1, 2])
def test_many_tiny_places_come_near_the_bound(seed):
    # 120 families in 60 places of about two homes each: what is left is that homes are whole.
    given = recipe(120, 60, seed)
    found = _found(given, time_limit=5)
    assert found.certificate["gap"] < 0.06
    report = check_placement(
        given, found.assignment, prices=found.prices, certificate=found.certificate
    )
    assert report["holds"].all()
    assert np.isin(found.certificate["ended"], ["gap", "optimal", "time_limit", "no_gain"])
