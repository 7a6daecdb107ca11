# SPDX-License-Identifier: Apache-2.0
"""Laws that flows from stocks obey for any account."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from keruen.measure.flows import CLOSED_METHODS, METHODS, flows_from_stocks

SIZE = 4
PLACES = list("ABCD")
DIMS = {"birthplace": PLACES, "country": PLACES}
Account = tuple[xr.DataArray, xr.DataArray, xr.DataArray, xr.DataArray]


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Stocks with foreign-born everywhere, births and deaths well below the native-born."""
    foreign = arrays(float, (SIZE, SIZE), elements=st.floats(1, 200))
    people = arrays(float, SIZE, elements=st.floats(500, 5000))
    share = arrays(float, SIZE, elements=st.floats(0, 0.1))
    off = ~np.eye(SIZE, dtype=bool)
    start, end = (xr.DataArray(draw(foreign) * off + np.diag(draw(people)), DIMS) for _ in range(2))
    births = xr.DataArray(draw(share) * np.diagonal(end), coords={"country": PLACES})
    deaths = xr.DataArray(draw(share) * np.diagonal(start), coords={"country": PLACES})
    return start, end, births, deaths


def flows(account: Account, method: str, **options: object) -> xr.DataArray:
    if method == "open":
        options["outside"] = "own_shares"  # never negative
    return flows_from_stocks(*account, method=method, **options).od()


@settings(deadline=None, max_examples=40)
@given(accounts(), st.sampled_from(CLOSED_METHODS))
def test_net_migration_is_growth_less_natural_increase(account: Account, method: str) -> None:
    start, end, births, deaths = account
    estimate = flows_from_stocks(*account, method=method)
    gap = estimate.diagnostics["global_gap"].item()
    natives = [np.diagonal(stock.values) for stock in (start, end)]
    growth = (end.values.sum(axis=0) + gap / 2 * natives[1] / natives[1].sum()) - (
        start.values.sum(axis=0) - gap / 2 * natives[0] / natives[0].sum()
    )
    wanted = growth - (births - deaths).values
    assert estimate.net().values == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    assert estimate.net().sum().item() == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(accounts())
def test_the_minimum_is_minimal(account: Account) -> None:
    """No table with the same margins has fewer movers: a linear programme says so."""
    estimate = flows_from_stocks(*account, method="closed")
    cost = (1 - np.eye(SIZE)).reshape(-1)
    sums = np.vstack(
        [np.kron(np.eye(SIZE), np.ones((1, SIZE))), np.kron(np.ones((1, SIZE)), np.eye(SIZE))]
    )
    least = 0.0
    for k in range(SIZE):
        rows, columns = estimate.start.values[k], estimate.end.values[k]
        columns = columns * rows.sum() / columns.sum()
        best = linprog(cost, A_eq=sums[:-1], b_eq=np.concatenate([rows, columns])[:-1])
        assert best.status == 0
        least += best.fun
    assert estimate.od().sum().item() == pytest.approx(least, rel=1e-6, abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(accounts(), st.sampled_from(METHODS), st.permutations(range(SIZE)))
def test_order_of_countries_does_not_matter(
    account: Account, method: str, order: list[int]
) -> None:
    codes = [PLACES[i] for i in order]
    turned = tuple(array.sel(dict.fromkeys(array.dims, codes)) for array in account)
    matched = flows(turned, method).sel(origin=PLACES, destination=PLACES)
    assert matched.values == pytest.approx(flows(account, method).values, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(accounts(), st.sampled_from(METHODS), st.floats(0.01, 1000))
def test_twice_the_people_make_twice_the_flows(account: Account, method: str, scale: float) -> None:
    scaled = tuple(array * scale for array in account)
    wanted = scale * flows(account, method).values
    assert flows(scaled, method).values == pytest.approx(wanted, rel=1e-6, abs=1e-6 * scale)


@settings(deadline=None, max_examples=40)
@given(accounts(), st.sampled_from(METHODS))
def test_flows_are_never_negative_and_stay_off_the_diagonal(account: Account, method: str) -> None:
    od = flows(account, method).values
    assert (od >= 0).all()
    assert (np.diagonal(od) == 0).all()


@settings(deadline=None, max_examples=40)
@given(accounts(), st.floats(0, 1))
def test_pseudo_bayes_is_the_mixture(account: Account, weight: float) -> None:
    few, free = (flows(account, method).values for method in ("closed", "independence"))
    mixed = flows(account, "pseudo_bayes", weight=weight).values
    assert mixed == pytest.approx(weight * few + (1 - weight) * free, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(accounts())
def test_nothing_changes_nobody_moves(account: Account) -> None:
    start = account[0]
    for method in ("closed", "open", "difference_zero", "difference_return", "rate"):
        still = flows_from_stocks(start, start, method=method).od()
        assert still.sum().item() == pytest.approx(0, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(accounts())
def test_more_smoothing_means_more_moves(account: Account) -> None:
    totals = [
        flows(account, "transport", epsilon=epsilon).sum().item()
        for epsilon in (0.05, 0.2, 1.0, 10.0)
    ]
    least = flows(account, "closed").sum().item()
    most = flows(account, "independence").sum().item()
    assert totals == sorted(totals)
    assert least <= totals[0] * (1 + 1e-9)
    assert totals[-1] <= most * (1 + 1e-9)
