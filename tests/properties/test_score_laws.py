# SPDX-License-Identifier: Apache-2.0
"""Laws of scores and of the balanced world, for any numbers."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keruen.project import _scores
from keruen.project._balance import spread_surplus
from keruen.project._flowsteps import scale_to_totals
from keruen.project.scores import crps, interval_score, skill

finite = st.floats(-1e6, 1e6, allow_nan=False, width=32)
positive = st.floats(0.5, 1e6, width=32)
samples = st.integers(2, 12).flatmap(lambda count: arrays(float, (count, 3), elements=finite))
three = arrays(float, 3, elements=finite)


def labelled(draws, outcome):
    places = {"country": ["A", "B", "C"]}
    forecast = xr.DataArray(
        draws, coords={"trajectory": range(len(draws)), **places}, dims=("trajectory", "country")
    )
    return forecast, xr.DataArray(outcome, coords=places)


@given(samples, three, finite, st.floats(0.125, 64, width=32))
@settings(deadline=None)
def test_crps_moves_and_stretches_with_its_unit(draws, outcome, shift, scale):
    plain = _scores.crps(draws, outcome)
    changed = _scores.crps(scale * draws + shift, scale * outcome + shift)
    size = 1.0 + scale * (np.abs(draws).max() + np.abs(outcome).max()) + abs(shift)
    assert np.allclose(changed, scale * plain, atol=1e-9 * size)


@given(samples, three, st.randoms())
@settings(deadline=None)
def test_crps_does_not_depend_on_the_order_of_draws(draws, outcome, random):
    order = list(range(len(draws)))
    random.shuffle(order)
    same = crps(*labelled(draws, outcome))
    assert np.allclose(crps(*labelled(draws[order], outcome)), same, atol=1e-6)


@given(three, three, st.integers(2, 6))
@settings(deadline=None)
def test_crps_of_equal_draws_is_the_distance(point, outcome, count):
    draws = np.tile(point, (count, 1))
    assert np.allclose(_scores.crps(draws, outcome), np.abs(point - outcome), atol=1e-6)


@given(three, arrays(float, 3, elements=positive), three, st.floats(0.05, 0.99))
@settings(deadline=None)
def test_an_interval_scores_at_least_its_width(lower, width, outcome, level):
    upper = lower + width
    score = _scores.interval_score(lower, upper, outcome, level)
    assert (score >= (upper - lower) * (1 - 1e-12)).all()
    inside = (outcome >= lower) & (outcome <= upper)
    assert np.allclose(score[inside], (upper - lower)[inside])
    missed = np.maximum(lower - outcome, outcome - upper) > 1e-6 * (1 + np.abs(upper) + width)
    assert (score[missed] > (upper - lower)[missed]).all()


@given(three, arrays(float, 3, elements=positive), three, st.floats(0.05, 0.99))
@settings(deadline=None)
def test_an_interval_scores_the_same_in_a_mirror(lower, width, outcome, level):
    places = {"country": ["A", "B", "C"]}
    ends = xr.DataArray(lower, coords=places), xr.DataArray(lower + width, coords=places)
    truth = xr.DataArray(outcome, coords=places)
    plain = interval_score(*ends, truth, level=level)
    mirrored = interval_score(-ends[1], -ends[0], -truth, level=level)
    assert np.allclose(plain, mirrored)


@given(samples, three)
@settings(deadline=None)
def test_pit_is_a_share_and_falls_as_draws_rise(draws, outcome):
    chance = np.full(3, 0.5)
    place = _scores.pit(draws, outcome, chance)
    assert ((place >= 0) & (place <= 1)).all()
    assert (_scores.pit(draws + 10.0, outcome, chance) <= place).all()


@given(arrays(float, (2, 6), elements=positive), st.floats(0.125, 64, width=32))
@settings(deadline=None)
def test_skill_is_free_of_units(scores, scale):
    places = {"country": list("ABCDEF")}
    own, rival = (xr.DataArray(row, coords=places) for row in scores)
    plain = skill(own, {"rival": rival}, resamples=50)
    other = skill(own * scale, {"rival": rival * scale}, resamples=50)
    assert np.allclose(
        [plain.value, plain.lower, plain.upper], [other.value, other.lower, other.upper]
    )
    assert plain.value <= 1.0


worlds = st.integers(2, 9).flatmap(
    lambda count: st.tuples(
        arrays(float, (count, 4), elements=finite),
        arrays(float, (count, 4), elements=positive),
        arrays(float, (count, 4), elements=st.floats(0.5, 10, width=32)),
    )
)


@given(worlds)
@settings(max_examples=200, deadline=None)
def test_a_balanced_world_is_zero_and_empties_nobody(world):
    net, people, weight = world
    net = np.maximum(net, -people)  # nobody sends more than there are
    balanced, _, stuck = spread_surplus(net, weight, -people)
    assert not stuck.any()
    assert (balanced.sum(axis=0) == 0.0).all()
    assert (balanced[::-1].sum(axis=0) == 0.0).all()
    assert (balanced + people >= -1e-5).all()


@given(worlds)
@settings(deadline=None)
def test_balancing_twice_changes_nothing_more(world):
    net, people, weight = world
    once, _, _ = spread_surplus(np.maximum(net, -people), weight, -people)
    again, _, _ = spread_surplus(once, weight, -people)
    assert np.allclose(again, once, atol=1e-5)


# A sweep shrinks the distance to the fit by ((t - 1) / (t + 1))^2 at least, t the root of the
# largest ratio of corner products (Franklin and Lorenz 1989): .998 for cells from 1/2 to 1,000,
# so that 20,000 sweeps always arrive. Wider tables may not, and the public function says so.
@given(
    arrays(float, (2, 4, 4), elements=st.floats(0.5, 1e3, width=32)),
    arrays(float, (2, 4, 4), elements=positive),
)
@settings(deadline=None, max_examples=40)
def test_flows_fitted_to_totals_meet_them(tables, aim):
    rows, columns = aim.sum(axis=2), aim.sum(axis=1)
    fitted = scale_to_totals(tables, rows, columns, 1e-10, 20_000)
    assert np.allclose(fitted.sum(axis=2), rows, rtol=1e-6)
    assert np.allclose(fitted.sum(axis=1), columns, rtol=1e-6)
    # products of opposite corners keep their ratios
    odds = tables[:, 0, 0] * tables[:, 1, 1] / (tables[:, 0, 1] * tables[:, 1, 0])
    after = fitted[:, 0, 0] * fitted[:, 1, 1] / (fitted[:, 0, 1] * fitted[:, 1, 0])
    assert np.allclose(after, odds, rtol=1e-6)
