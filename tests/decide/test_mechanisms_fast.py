# SPDX-License-Identifier: Apache-2.0
"""The fast mechanisms give what the simple ones give, on made-up markets of every shape."""

from __future__ import annotations

import numpy as np
import pytest

from keruen.decide._deferred import accepted
from keruen.decide._endowed import endowed_cycles
from simple_mechanisms import simple_accepted, simple_endowed_cycles


def _market(rng, families, places, services, *, tight=1.0, whole_lines=False):
    needs = rng.integers(0, 5, (families, services))
    needs[needs.sum(axis=1) == 0, 0] = 1
    room = needs.sum(axis=0) * rng.dirichlet(np.full(places, 2.0))[:, None] * tight
    wishes = [rng.permutation(places)[: rng.integers(1, places + 1)] for _ in range(families)]
    least = families if whole_lines else families // 2
    lines = [rng.permutation(families)[: rng.integers(least, families + 1)] for _ in range(places)]
    return needs, np.ceil(room).astype(np.int64), wishes, lines


def _proposal(rng, needs, capacity, lines):
    """Families put one by one where they fit and stand in line."""
    left, start = capacity.copy(), np.full(len(needs), -1)
    for family in rng.permutation(len(needs)):
        for place in rng.permutation(len(lines)):
            if family in lines[place] and (needs[family] <= left[place]).all():
                start[family] = place
                left[place] -= needs[family]
                break
    return start


_SHAPES = [(5, 3, 1), (8, 3, 2), (25, 5, 3), (60, 6, 4), (60, 20, 2)]


@pytest.mark.parametrize("thresholds", [False, True])
@pytest.mark.parametrize("shape", _SHAPES)
def test_deferred_acceptance_equals_its_definition(shape, thresholds):
    rng = np.random.default_rng(shape)
    for trial in range(60 if shape[0] < 30 else 3):
        tight = (0.5, 0.8, 1.1)[trial % 3]
        market = _market(rng, *shape, tight=tight, whole_lines=trial % 2)
        fast = accepted(*market, thresholds=thresholds)
        assert fast.tolist() == simple_accepted(*market, thresholds=thresholds).tolist()


@pytest.mark.parametrize("shape", _SHAPES)
def test_exchange_from_a_proposal_equals_its_definition(shape):
    rng = np.random.default_rng([7, *shape])
    moved = 0
    for trial in range(150 if shape[0] < 30 else 40):
        market = _market(rng, *shape, tight=(0.6, 0.9, 1.2)[trial % 3], whole_lines=trial % 2)
        needs, capacity, _, lines = market
        start = _proposal(rng, needs, capacity, lines)
        order = rng.permutation(len(needs))
        fast = endowed_cycles(*market, start=start, order=order)
        simple = simple_endowed_cycles(*market, start=start, order=order)
        assert fast.tolist() == simple.tolist()
        moved += (fast != start).sum()
    assert moved > 20
