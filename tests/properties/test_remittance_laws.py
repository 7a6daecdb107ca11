# SPDX-License-Identifier: Apache-2.0
"""Laws of remittances and skilled emigration that hold for any input."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.measure import braindrain as bd
from keruen.measure import remittances as rm

RULES = st.sampled_from(rm.RULES)
SIDES = st.sampled_from(["received", "paid"])
LAW = settings(deadline=None, max_examples=40)


@st.composite
def worlds(draw):
    """Stock, totals and incomes of a few countries, some of them missing."""
    size = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = [f"C{k}" for k in range(size)]
    cells = rng.integers(0, 4, (size, size)) * rng.pareto(1.5, (size, size)) * 1e3
    np.fill_diagonal(cells, 0)
    stock = xr.DataArray(cells, coords={"origin": codes, "destination": codes})
    total = rng.pareto(1.5, size) * 100 * (rng.random(size) > 0.2)
    income = np.exp(rng.uniform(5, 11, size))
    total[rng.random(size) < 0.2] = np.nan
    income[rng.random(size) < 0.2] = np.nan
    return (
        stock,
        xr.DataArray(total, coords={"country": codes}),
        xr.DataArray(income, coords={"country": codes}),
    )


def matrix(world, rule, side, **options):
    return rm.bilateral_remittances(*world, rule=rule, side=side, no_income="by_stock", **options)


@LAW
@given(worlds(), RULES, SIDES)
def test_every_total_is_shared_out_or_stands_unallocated(world, rule, side):
    found = matrix(world, rule, side)
    whole = (found.received() if side == "received" else found.paid()) + found.unallocated
    np.testing.assert_allclose(whole.sel(country=world[1]["country"]), world[1], rtol=1e-12)
    assert bool((found.amount.fillna(0) >= 0).all())


@LAW
@given(worlds(), RULES, SIDES, st.floats(0.1, 1e4))
def test_amounts_scale_with_totals_and_not_with_the_number_of_migrants(world, rule, side, k):
    stock, total, income = world
    once = matrix(world, rule, side).amount
    np.testing.assert_allclose(
        matrix((stock, k * total, income), rule, side).amount, k * once, rtol=1e-9
    )
    np.testing.assert_allclose(
        matrix((k * stock, total, income), rule, side).amount, once, rtol=1e-9
    )


@LAW
@given(worlds(), st.sampled_from(["stock", "income"]), SIDES, st.floats(0.01, 100))
def test_the_unit_of_income_matters_in_the_third_rule_alone(world, rule, side, k):
    stock, total, income = world
    np.testing.assert_allclose(
        matrix((stock, total, k * income), rule, side).amount,
        matrix(world, rule, side).amount,
        rtol=1e-9,
    )


@LAW
@given(worlds(), RULES, SIDES, st.randoms(use_true_random=False))
def test_the_order_of_countries_does_not_matter(world, rule, side, order):
    codes = list(world[1]["country"].to_numpy())
    order.shuffle(codes)
    stock, total, income = world
    other = (
        stock.sel(origin=codes, destination=codes[::-1]),
        total.sel(country=codes[::-1]),
        income.sel(country=codes),
    )
    once, again = matrix(world, rule, side).amount, matrix(other, rule, side).amount
    np.testing.assert_allclose(
        again.sel(sender=once["sender"], receiver=once["receiver"]), once, rtol=1e-12
    )


@LAW
@given(worlds(), RULES)
def test_equal_incomes_make_all_rules_one(world, rule):
    stock, total, income = world
    level = xr.full_like(income, 7000.0)
    np.testing.assert_allclose(
        matrix((stock, total, level), rule, "received").amount,
        matrix(world, "stock", "received").amount,
        rtol=1e-12,
    )


@LAW
@given(worlds(), st.floats(0.1, 0.9))
def test_a_richer_sender_never_sends_less_a_migrant(world, beta):
    stock, total, income = world
    found = matrix((stock, total, income.fillna(500.0)), "income_gap", "received", beta=beta)
    each = found.amount / stock.rename(origin="receiver", destination="sender").where(
        stock.max() > 0
    )
    order = income.fillna(500.0).sortby(income.fillna(500.0))["country"].to_numpy()
    for code in found.amount["receiver"].to_numpy():
        line = each.sel(receiver=code, sender=order).to_numpy()
        line = line[np.isfinite(line) & (line > 0)]
        assert (np.diff(line) >= -1e-9 * line[:-1]).all()


@LAW
@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1000))
def test_volatility_knows_no_unit(seed, k):
    rng = np.random.default_rng(seed)
    amounts = xr.DataArray(rng.gamma(2, 50, 12) + 1, coords={"year": np.arange(2000, 2012)})
    once, again = rm.volatility(amounts), rm.volatility(k * amounts)
    np.testing.assert_allclose(again.growth, once.growth, rtol=1e-8)
    np.testing.assert_allclose(again.trend, once.trend, rtol=1e-8)


@LAW
@given(st.integers(0, 2**32 - 1))
def test_a_matrix_is_nothing_apart_from_itself_and_comparison_has_two_sides(seed):
    rng = np.random.default_rng(seed)
    codes = list("ABCDE")
    a, b = (
        xr.DataArray(rng.gamma(0.3, 1, (5, 5)) + 1e-9, coords={"sender": codes, "receiver": codes})
        for _ in range(2)
    )
    assert rm.compare_remittances(a, 3 * a).dissimilarity.item() < 1e-9
    one, other = rm.compare_remittances(a, b), rm.compare_remittances(b, a)
    np.testing.assert_allclose(one.dissimilarity, other.dissimilarity)
    assert 0 <= one.dissimilarity.item() <= 100
    np.testing.assert_allclose(one.median_factor, other.median_factor)


@LAW
@given(st.integers(0, 2**32 - 1))
def test_emigration_rates_share_people_out_and_keep_their_bounds(seed):
    rng = np.random.default_rng(seed)
    levels = [*bd.LEVELS, "unknown"]
    left = xr.DataArray(
        rng.integers(0, 5, (3, 4, 4)).astype(float),
        coords={"origin": list("ABC"), "destination": list("WXYZ"), "education": levels},
    )
    stayed = xr.DataArray(
        rng.integers(1, 50, (3, 3)).astype(float),
        coords={"country": list("ABC"), "education": list(bd.LEVELS)},
    )
    found = bd.emigration_rates(left, stayed)
    known = left.sel(education=list(bd.LEVELS)).sum(["destination", "education"]) > 0
    summed = found.emigrants.sum("education").rename(country="origin")
    whole = left.sum(["destination", "education"])
    np.testing.assert_allclose(summed.where(known), whole.where(known))
    rates = found.rate.fillna(0)
    assert bool(((rates >= 0) & (rates <= 100)).all())
    # The rate of all lies between those of the levels.
    for code in "ABC":
        line = found.rate.sel(country=code).dropna("education")
        if line.size == 3:
            assert line.min() - 1e-9 <= found.total_rate.sel(country=code) <= line.max() + 1e-9
