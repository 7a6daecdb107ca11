# SPDX-License-Identifier: Apache-2.0
"""Tests of the mechanisms: published examples, all small markets by enumeration, laws."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.decide.mechanisms import (
    WAITS,
    deferred_acceptance,
    serial_dictatorship,
    threshold_deferred_acceptance,
    top_trading,
    top_trading_endowed,
)


def _market(needs, capacity, wishes, lines):
    """Arrays from lists: wishes and lines name the best first, from 1."""
    needs, capacity = np.atleast_2d(needs), np.atleast_2d(capacity)
    families = [f"f{each + 1}" for each in range(len(needs))]
    places = [f"l{each + 1}" for each in range(len(capacity))]
    services = [f"s{each + 1}" for each in range(needs.shape[1])]

    def ranks(order, rows, columns, row, column):
        table = np.full((len(rows), len(columns)), np.nan)
        for at, line in enumerate(order):
            for rank, each in enumerate(line, start=1):
                table[at, each - 1] = rank
        return xr.DataArray(table, {row: rows, column: columns})

    return (
        xr.DataArray(needs, {"family": families, "service": services}),
        xr.DataArray(capacity, {"locality": places, "service": services}),
        ranks(wishes, families, places, "family", "locality"),
        ranks(lines, places, families, "locality", "family"),
    )


def _column(values):
    return np.array(values)[:, None]


# Example 3 of the working paper: one service.
_NEEDS, _CAPACITY = _column([1, 2, 1, 1]), _column([2, 1, 2, 5])
_LINES = [[1, 2, 3, 4], [3, 1], [4, 2], [1, 2, 3, 4]]
_TRUE = [[2, 1], [1, 3, 4], [1, 2], [1, 3]]
_FALSE = [[2, 1], [3, 4], [1, 2], [1, 3]]  # the second family hides its first wish


@pytest.mark.parametrize(
    ("mechanism", "wishes", "places"),
    [
        (deferred_acceptance, _TRUE, ["l1", "l4", "l2", "l3"]),
        (threshold_deferred_acceptance, _TRUE, ["l1", "l4", "l2", "l3"]),
        (deferred_acceptance, _FALSE, ["l2", "l3", "l1", "l1"]),
        (threshold_deferred_acceptance, _FALSE, ["l2", "l4", "l1", "l3"]),
    ],
)
def test_example_three_of_the_working_paper(mechanism, wishes, places):
    assert mechanism(*_market(_NEEDS, _CAPACITY, wishes, _LINES)).values.tolist() == places


def _random(rng, *, families=4, places=3, services=2, all_wanted=False):
    needs = rng.integers(0, 3, (families, services))
    needs[needs.sum(axis=1) == 0, 0] = 1
    capacity = rng.integers(0, 4, (places, services))
    wishes = []
    for _ in range(families):
        wanted = places if all_wanted else rng.integers(1, places + 1)
        wishes.append((rng.permutation(places)[:wanted] + 1).tolist())
    lines = [
        (rng.permutation(families)[: rng.integers(1, families + 1)] + 1).tolist()
        for _ in range(places)
    ]
    return needs, capacity, wishes, lines


def _rank(wishes, family, place):
    """Rank of a place for a family, worse than all when it waits."""
    options = [f"l{each}" for each in wishes[family]]
    return options.index(place) if place in options else len(options)


def _fits(needs, capacity, lines, places):
    for at, room in enumerate(capacity):
        here = [each for each, place in enumerate(places) if place == f"l{at + 1}"]
        if (needs[here].sum(axis=0) > room).any() or not {each + 1 for each in here} <= set(
            lines[at]
        ):
            return False
    return True


def _reports(places):
    """Every wish that a family could tell."""
    for size in range(places + 1):
        yield from (list(each) for each in permutations(range(1, places + 1), size))


_ALL = [top_trading, deferred_acceptance, threshold_deferred_acceptance]


@pytest.mark.parametrize("mechanism", _ALL)
def test_places_fit_and_are_wanted(mechanism):
    rng = np.random.default_rng(1)
    for _ in range(150):
        needs, capacity, wishes, lines = _random(rng, families=6)
        places = mechanism(*_market(needs, capacity, wishes, lines)).values.tolist()
        assert _fits(needs, capacity, lines, places)
        for family, place in enumerate(places):
            assert place == WAITS or int(place[1:]) in wishes[family]


def _endow(rng, needs, capacity, lines, families):
    """A proposal that fits."""
    places = [WAITS] * families
    for family in rng.permutation(families):
        options = [f"l{at + 1}" for at, line in enumerate(lines) if family + 1 in line]
        for place in rng.permutation(options) if options else []:
            tried = [*places]
            tried[family] = str(place)
            if _fits(needs, capacity, lines, tried):
                places = tried
                break
    return places


def _proposal(places):
    return xr.DataArray(places, {"family": [f"f{each + 1}" for each in range(len(places))]})


@pytest.mark.parametrize("mechanism", [top_trading, threshold_deferred_acceptance])
def test_nobody_gains_by_a_false_wish(mechanism):
    rng = np.random.default_rng(2)
    for _ in range(12):
        needs, capacity, wishes, lines = _random(rng, all_wanted=True)
        true = mechanism(*_market(needs, capacity, wishes, lines)).values.tolist()
        for family, told in product(range(4), _reports(3)):
            false = [*wishes[:family], told, *wishes[family + 1 :]]
            place = mechanism(*_market(needs, capacity, false, lines)).values[family]
            assert _rank(wishes, family, true[family]) <= _rank(wishes, family, place)


def test_nobody_loses_a_proposal_nor_gains_by_a_false_wish():
    rng = np.random.default_rng(3)
    moved = 0
    for _ in range(12):
        needs, capacity, wishes, lines = _random(rng, all_wanted=True)
        start = _endow(rng, needs, capacity, lines, 4)

        def run(told, market=(needs, capacity, lines), start=start):
            needs, capacity, lines = market
            tables = _market(needs, capacity, told, lines)
            return top_trading_endowed(*tables, endowment=_proposal(start)).values.tolist()

        true = run(wishes)
        assert _fits(needs, capacity, lines, true)
        moved += sum(a != b for a, b in zip(true, start, strict=True))
        for family in range(4):
            kept = _rank(wishes, family, true[family])
            assert kept <= _rank(wishes, family, start[family])
            for told in _reports(3):
                place = run([*wishes[:family], told, *wishes[family + 1 :]])[family]
                assert kept <= _rank(wishes, family, place)
    assert moved > 3


def test_top_trading_leaves_nothing_better_for_all():
    rng = np.random.default_rng(4)
    for _ in range(40):
        needs, capacity, wishes, lines = _random(rng, families=3)
        found = top_trading(*_market(needs, capacity, wishes, lines)).values.tolist()
        ranks = [_rank(wishes, each, place) for each, place in enumerate(found)]
        options = [[WAITS, *(f"l{each}" for each in told)] for told in wishes]
        for other in product(*options):
            if _fits(needs, capacity, lines, other):
                new = [_rank(wishes, each, place) for each, place in enumerate(other)]
                better = all(a <= b for a, b in zip(new, ranks, strict=True)) and new != ranks
                assert not better, (found, other)


def test_deferred_acceptance_gives_each_family_at_least_what_thresholds_give():
    rng = np.random.default_rng(5)
    for _ in range(150):
        needs, capacity, wishes, lines = _random(rng, families=6)
        tables = _market(needs, capacity, wishes, lines)
        best = deferred_acceptance(*tables).values
        safe = threshold_deferred_acceptance(*tables).values
        for family in range(6):
            assert _rank(wishes, family, best[family]) <= _rank(wishes, family, safe[family])


def test_with_one_house_each_deferred_acceptance_is_that_of_gale_and_shapley():
    # One service, needs of one: the family-proposing stable matching, found by enumeration.
    rng = np.random.default_rng(6)
    for _ in range(40):
        _, _, wishes, _ = _random(rng, all_wanted=True)
        lines = [(rng.permutation(4) + 1).tolist() for _ in range(3)]
        needs, capacity = _column([1] * 4), _column([1, 1, 1])
        tables = _market(needs, capacity, wishes, lines)
        found = deferred_acceptance(*tables).values.tolist()
        assert found == threshold_deferred_acceptance(*tables).values.tolist()
        stable = [
            other
            for other in product([WAITS, "l1", "l2", "l3"], repeat=4)
            if _fits(needs, capacity, lines, other) and not _blocked(wishes, lines, other)
        ]
        ranks = [[_rank(wishes, f, place) for f, place in enumerate(each)] for each in stable]
        best = np.min(ranks, axis=0)
        assert [_rank(wishes, f, place) for f, place in enumerate(found)] == best.tolist()


def _blocked(wishes, lines, places):
    for family, place in enumerate(places):
        for want in wishes[family][: _rank(wishes, family, place)]:
            holder = [each for each, at in enumerate(places) if at == f"l{want}"]
            line = lines[want - 1]
            if not holder or line.index(family + 1) < line.index(holder[0] + 1):
                return True
    return False


def test_no_stable_matching_of_the_published_market():
    needs, capacity = _column([1, 1, 2]), _column([2, 1])
    wishes, lines = [[2, 1], [1, 2], [1]], [[1, 3, 2], [2, 1, 3]]
    tables = _market(needs, capacity, wishes, lines)
    for mechanism in _ALL:  # they give an answer where nothing is stable
        assert _fits(needs, capacity, lines, mechanism(*tables).values.tolist())


def test_turns_by_hand():
    needs, capacity, wishes, _ = _market(
        _column([2, 1, 1]), _column([2, 1]), [[1, 2]] * 3, [[1]] * 2
    )
    turns = serial_dictatorship(needs, capacity, wishes, turns=["f2", "f1", "f3"])
    assert turns.values.tolist() == [WAITS, "l1", "l1"]
    assert serial_dictatorship(needs, capacity, wishes).values.tolist() == ["l1", "l2", WAITS]


def test_the_order_of_labels_does_not_matter():
    rng = np.random.default_rng(7)
    needs, capacity, wishes, lines = _market(*_random(rng, families=6))
    mixed = needs.isel(family=rng.permutation(6), service=[1, 0])
    for mechanism in _ALL:
        one = mechanism(needs, capacity, wishes, lines)
        other = mechanism(mixed, capacity.isel(locality=[2, 0, 1]), wishes, lines)
        assert one.equals(other.sel(family=one["family"]))


def test_the_order_of_labels_does_not_matter_with_a_proposal_or_turns():
    rng = np.random.default_rng(8)
    for _ in range(20):
        parts = _random(rng, families=6)
        needs, capacity, wishes, lines = _market(*parts)
        start = _proposal(_endow(rng, parts[0], parts[1], parts[3], 6))
        turns = rng.permutation(needs["family"].values).tolist()
        mixed = needs.isel(family=rng.permutation(6)), capacity.isel(locality=[2, 0, 1])
        rest = wishes, lines
        one = top_trading_endowed(needs, capacity, *rest, endowment=start, turns=turns)
        other = top_trading_endowed(*mixed, *rest, endowment=start, turns=turns)
        assert one.equals(other.sel(family=one["family"]))
        one = serial_dictatorship(needs, capacity, wishes, turns=turns)
        other = serial_dictatorship(*mixed, wishes, turns=turns)
        assert one.equals(other.sel(family=one["family"]))


@pytest.mark.parametrize("services", [1, 3])
@pytest.mark.parametrize("mechanism", [deferred_acceptance, threshold_deferred_acceptance])
def test_envy_is_only_of_those_who_leave_what_is_short(mechanism, services):
    # Who prefers a place to his own, before somebody there in its line, needs a service that the
    # other does not need at all. With one service there is no envy.
    rng = np.random.default_rng(9)
    envied = 0
    for _ in range(150):
        needs, capacity, wishes, lines = _random(rng, families=7, services=services)
        places = mechanism(*_market(needs, capacity, wishes, lines)).values.tolist()
        for family in range(7):
            for want in wishes[family][: _rank(wishes, family, places[family])]:
                line = lines[want - 1]
                if family + 1 not in line:
                    continue
                after = line[line.index(family + 1) + 1 :]
                for other in (each - 1 for each in after if places[each - 1] == f"l{want}"):
                    envied += 1
                    assert ((needs[family] > 0) & (needs[other] == 0)).any()
    assert (envied > 0) == (services > 1)


def test_what_cannot_be_used_is_said_all_at_once():
    needs, capacity, wishes, lines = _market(_NEEDS, _CAPACITY, _TRUE, _LINES)
    with pytest.raises(FaultsError) as faults:
        top_trading(needs - 2, capacity + 0.5, xr.ones_like(wishes), lines)
    text = str(faults.value)
    assert "-1 is not a whole number of units (needs, f1, s1)" in text
    assert "2.5 is not a whole number" in text
    assert "two have the same rank (wishes of f1)" in text
    with pytest.raises(CoverageError, match="family f4"):
        top_trading(needs, capacity, wishes.isel(family=slice(3)), lines)
    with pytest.raises(SchemaError, match="overfills l1"):
        proposal = _proposal(["l1", "l1", WAITS, WAITS])
        top_trading_endowed(needs, capacity, wishes, lines, endowment=proposal)
    with pytest.raises(CoverageError, match="once"):
        serial_dictatorship(needs, capacity, wishes, turns=["f1"])
