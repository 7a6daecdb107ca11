# SPDX-License-Identifier: Apache-2.0
"""How prices, bounds and access answer to more room and to what a family says it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from keruen.decide._placement_case import make_case
from keruen.decide._placement_prices import Prices, bound
from keruen.decide.mechanisms import deferred_acceptance, threshold_deferred_acceptance
from keruen.decide.placement_check import check_placement
from keruen.decide.resettle import place_families
from placement_cases import recipe, tables


def _worth_of_room(given, place: int, service: int, extra: float) -> float:
    """Best value when families may be divided, with some more room in one place."""
    numbers = make_case(given).numbers
    family, where = np.nonzero(np.isfinite(numbers.worth))
    room = numbers.capacity.astype(float)
    room[place, service] += extra
    services = room.shape[1]
    rows = np.zeros((len(numbers.worth) + room.size, len(family)))
    rows[family, np.arange(len(family))] = 1.0
    for each in range(services):
        line = len(numbers.worth) + where * services + each
        rows[line, np.arange(len(family))] = numbers.needs[family, each]
    limit = np.concatenate([np.ones(len(numbers.worth)), room.ravel()])
    found = linprog(-numbers.worth[family, where], A_ub=rows, b_ub=limit, bounds=(0, 1))
    return -float(found.fun)


@pytest.mark.parametrize("seed", range(8))
def test_a_price_never_rises_when_there_is_more_of_it(seed):
    # The best value is concave in room, so what one more unit is worth can only fall. (Whole
    # families are not concave: there only the bound, and the value itself, are monotone.)
    given = recipe(25, 3, seed)
    given = replace(given, localities=given.localities // 2)
    place, service = seed % 3, seed % 4
    values = [_worth_of_room(given, place, service, extra) for extra in range(5)]
    prices = np.diff(values)
    assert (prices >= -1e-7).all()
    assert (np.diff(prices) <= 1e-7).all()


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_falls_in_no_price_of_more_room(seed):
    # At the same prices, one more unit raises the bound by its price, and by what families gain
    # that fit an empty place only now: never less than the price.
    given = recipe(30, 3, seed)
    found = place_families(given.families, given.localities, given.score, compat=given.compat)
    prices = Prices(found.prices.to_numpy())
    assert (found.prices >= 0).all()
    more = given.localities.copy()
    more[seed % 3, seed % 4] += 1
    richer = replace(given, localities=more)
    low, high = (bound(make_case(each).numbers, prices) for each in (given, richer))
    assert low == pytest.approx(found.certificate["bound"])
    assert high >= low + float(found.prices[seed % 3, seed % 4]) - 1e-9
    again = place_families(
        given.families, more, given.score, compat=given.compat, gap=1e-9, time_limit=20
    )
    assert again.certificate["value"] >= found.certificate["value"] - 1e-3
    report = check_placement(
        richer, again.assignment, prices=again.prices, certificate=again.certificate
    )
    assert report["holds"].all()


@pytest.mark.parametrize("seed", range(10))
def test_a_family_that_takes_prices_gains_nothing_by_a_larger_need(seed):
    # At prices of others a family takes the place with the most left above what it takes there:
    # each unit more that it says it needs can only lower what is left, at every place.
    given = recipe(20, 4, seed)
    found = place_families(given.families, given.localities, given.score, compat=given.compat)
    price, needs = found.prices.to_numpy(), given.families.to_numpy()
    score = np.nan_to_num(given.score.to_numpy(), nan=-np.inf)
    left = score - needs @ price.T
    for service in range(needs.shape[1]):
        larger = needs.copy()
        larger[:, service] += 1
        assert (score - larger @ price.T <= left + 1e-12)[np.isfinite(score)].all()


@pytest.mark.parametrize("mechanism", [threshold_deferred_acceptance, deferred_acceptance])
@pytest.mark.parametrize("seed", range(15))
def test_access_by_thresholds_is_monotone_in_need_and_room(mechanism, seed):
    # A smaller need never ends a family at a place it likes less, and more room nobody.
    rng = np.random.default_rng(seed)
    needs = rng.integers(0, 4, (5, 2))
    needs[:, 0] = np.maximum(needs[:, 0], 1)
    room = rng.integers(2, 7, (3, 2))
    given = tables(needs, room, np.ones((5, 3)), services=["houses", "persons"])
    wishes = given.score.copy(data=np.argsort(rng.random((5, 3)), axis=1) + 1.0)
    priorities = wishes.T.copy(data=np.argsort(rng.random((3, 5)), axis=1) + 1.0)

    def ranks(some_needs, some_room) -> np.ndarray:
        families = given.families.copy(data=some_needs)
        localities = given.localities.copy(data=some_room)
        found = mechanism(families, localities, wishes, priorities)
        at = given.localities.indexes["locality"].get_indexer(found.values)
        return np.where(at >= 0, wishes.to_numpy()[np.arange(5), at], 9.0)

    before = ranks(needs, room)
    for family in range(5):
        less = needs.copy()
        less[family] = np.maximum(less[family] - 1, [1, 0])
        assert ranks(less, room)[family] <= before[family]
    for place in range(3):
        more = room.copy()
        more[place] += 1
        assert (ranks(needs, more) <= before).all()
