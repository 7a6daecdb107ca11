# SPDX-License-Identifier: Apache-2.0
"""Tests of placement through the year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.decide.online import place_online
from keruen.decide.resettle import place_families
from placement_cases import recipe, tables


def _year(families: int, localities: int, seed: int):
    """A year and the years before it, from one recipe; capacity for one of them."""
    both = recipe(2 * families, localities, seed)
    room = (both.localities * 0.5 + 0.5).astype(int)

    def half(rows):
        return replace(
            both,
            families=both.families.isel(family=rows),
            score=both.score.isel(family=rows),
            compat=both.compat.isel(family=rows),
            localities=room,
        )

    return half(slice(families)), half(slice(families, None))


def _batches(given, order: int, size: int = 15):
    names = np.random.default_rng(order).permutation(given.families["family"].values)
    return [names[start : start + size].tolist() for start in range(0, len(names), size)]


def _one_large_family(share: float):
    """f0 needs both units of A, or one of B; a family of the future has A alone, or nowhere."""
    given = tables([[2]], [[2], [9]], [[1.0, 0.5]], services=["houses"])
    coming = round(10 * share)
    scores = [[0.6, np.nan]] * coming + [[np.nan, 0.001]] * (10 - coming)
    past = tables([[1]] * 10, [[2], [9]], scores, services=["houses"])
    past = replace(past, compat=past.score.notnull())
    return given, past


@pytest.mark.parametrize(("share", "discord"), [(1.0, "l1"), (0.5, "l0")])
def test_minimum_discord_by_hand(share, discord):
    # With somebody coming for A: f0 at A makes 1.0, f0 at B 0.5 + 0.6 = 1.1, and half of f0 at
    # each 1.35; the price of A is 0.25, at which f0 gains 0.5 at both places. Prices thus leave
    # A as good as B (better, as soon as somebody may not come); the whole assignment loses 0.35
    # with f0 at A and 0.25 at B. At even odds A loses 0.175, and B 0.125 + 0.25.
    given, past = _one_large_family(share)
    found = place_online(given, [["f0"]], pool=past, seed=3, rule="discord", draws=30, expected=2)
    assert found.assignment.values.tolist() == [discord]
    nine = _one_large_family(0.9)
    by_price = place_online(nine[0], [["f0"]], pool=nine[1], seed=3, draws=30, expected=2)
    by_loss = place_online(
        nine[0], [["f0"]], pool=nine[1], seed=3, rule="discord", draws=30, expected=2
    )
    assert (by_price.assignment.item(), by_loss.assignment.item()) == ("l0", "l1")


def test_minimum_discord_keeps_capacity_and_comes_as_near_as_potentials():
    given, pool = _year(150, 4, 3)
    batches = _batches(given, 2)
    best = place_families(given.families, given.localities, given.score, compat=given.compat)
    one = place_online(given, batches, pool=pool, seed=2, rule="discord")
    assert one.assignment.equals(
        place_online(given, batches, pool=pool, seed=2, rule="discord").assignment
    )
    placed = one.assignment.values[:, None] == given.localities["locality"].values
    assert (placed.T.astype(int) @ given.families.values <= given.localities.values).all()
    assert one.value >= 0.96 * best.certificate["value"]
    greedy = place_online(given, batches, pool=pool, seed=2, rule="greedy")
    assert one.value > greedy.value


@pytest.mark.slow
def test_a_year_of_600_families_comes_near_the_best_in_hindsight():
    # Acceptance of the specification: mean of 0.98 over 10 orders, greedy beside it; of discord,
    # which solves far more often, one order here and all ten in bench_placement.
    given, pool = _year(600, 8, 7)
    best = place_families(given.families, given.localities, given.score, compat=given.compat)
    reached = {"potentials": [], "discord": [], "greedy": []}
    for order in range(10):
        for rule, values in reached.items():
            if rule == "discord" and order >= 1:
                continue
            found = place_online(given, _batches(given, order), pool=pool, seed=1, rule=rule)
            values.append(found.value / best.certificate["bound"])
    assert np.mean(reached["potentials"]) >= 0.98
    assert np.mean(reached["discord"]) >= 0.98
    assert np.mean(reached["greedy"]) < np.mean(reached["potentials"])


def test_capacity_is_never_exceeded_and_seeds_repeat():
    given, pool = _year(120, 5, 3)
    batches = _batches(given, 0)
    one = place_online(given, batches, pool=pool, seed=4)
    two = place_online(given, batches, pool=pool, seed=4)
    assert one.assignment.equals(two.assignment)
    placed = one.assignment.values[:, None] == given.localities["locality"].values
    used = placed.T.astype(int) @ given.families.values
    assert (used <= given.localities.values).all()
    np.testing.assert_array_equal(one.remaining.values, given.localities.values - used)
    allowed = given.compat.values | ~placed
    assert allowed.all()


def test_with_everyone_in_one_batch_it_is_the_static_answer():
    given, pool = _year(60, 4, 5)
    names = given.families["family"].values.tolist()
    found = place_online(given, [names], pool=pool, seed=1)
    best = place_families(
        given.families, given.localities, given.score, compat=given.compat, gap=1e-9
    )
    assert found.value <= best.certificate["value"]
    assert found.value == pytest.approx(best.certificate["value"], rel=1e-3)


def test_balancing_evens_queues_at_a_price():
    given, pool = _year(200, 5, 2)
    batches = _batches(given, 1, size=5)
    plain = place_online(given, batches, pool=pool, seed=1)
    even = place_online(given, batches, pool=pool, seed=1, balance=0.05)
    assert float(even.queues.max()) < float(plain.queues.max())
    assert even.value > 0.9 * plain.value


def test_a_floor_for_a_group_raises_its_mean():
    given, pool = _year(200, 5, 6)
    groups = np.where(np.arange(200) % 4 == 0, "few", "many")

    def grouped(each, floor=None):
        families = each.families.assign_coords(group=("family", groups))
        return replace(each, families=families, group_floor=floor)

    batches = _batches(given, 2)

    def mean(found):
        at = {place: n for n, place in enumerate(given.localities["locality"].values)}
        got = [
            given.score.values[row, at[place]] if place else 0.0
            for row, place in enumerate(found.assignment.values)
        ]
        return float(np.array(got)[groups == "few"].mean())

    plain = mean(place_online(grouped(given), batches, pool=grouped(pool), seed=1))
    floor = xr.DataArray([1.05 * plain], {"group": ["few"]})
    lifted = place_online(grouped(given, floor), batches, pool=grouped(pool, floor), seed=1)
    assert mean(lifted) > 1.01 * plain


def test_what_cannot_be_used_is_said():
    given = tables([[1], [1]], [[1], [1]], [[1, 2], [2, 1]], services=["houses"])
    with pytest.raises(SchemaError, match="draws by 'best'"):
        place_online(given, [["f0"]], pool=given, seed=1, rule="best")
    with pytest.raises(CoverageError, match="f9"):
        place_online(given, [["f0", "f9"]], pool=given, seed=1)
    with pytest.raises(CoverageError, match="f0"):
        place_online(given, [["f0"], ["f0"]], pool=given, seed=1)
    other = replace(given, localities=given.localities.isel(locality=[0]))
    other = replace(other, score=given.score.isel(locality=[0]))
    with pytest.raises(CoverageError, match="another locality"):
        place_online(given, [["f0"]], pool=other, seed=1)
    with pytest.raises(SchemaError, match="merge them"):
        linked = replace(given, links=(("f0", "f1", "region"),))
        place_online(linked, [["f0"]], pool=given, seed=1)
