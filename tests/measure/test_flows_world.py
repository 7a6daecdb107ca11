# SPDX-License-Identifier: Apache-2.0
"""Flows of 230 countries and areas, from the stocks of the UN revision of 2024."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from flow_cases import world
from keruen.core.errors import DataWarning
from keruen.measure.flows import CLOSED_METHODS, METHODS, flows_from_stocks

PERIODS = [("2015_2020", 5), ("2020_2024", 4)]


@pytest.mark.parametrize(("period", "years"), PERIODS)
@pytest.mark.parametrize("method", CLOSED_METHODS)
def test_closed_methods_reproduce_net_migration(method: str, period: str, years: int) -> None:
    start, end, births, deaths = world(period)
    estimate = flows_from_stocks(start, end, births, deaths, method=method, interval_years=years)
    assert estimate.diagnostics["margin_error"].item() <= 1e-9
    # The global balance moves some native-born: take growth after it, from the adjustments.
    growth = (end - start).sum("birthplace") - (births - deaths)
    balance = estimate.adjustments.query("reason.str.startswith('global balance')")
    moved = (balance["after"] - balance["before"]) * balance["quantity"].map(
        {"stock_start": -1.0, "stock_end": 1.0}
    )
    moved = moved.groupby(balance["country"]).sum().reindex(start.indexes["country"], fill_value=0)
    wanted = growth.to_numpy() + moved.to_numpy()
    net = estimate.net().to_numpy()
    assert np.abs(net - wanted).max() <= 1e-6 * np.abs(wanted).max()
    assert np.abs(net - wanted).max() < 0.01  # persons
    assert abs(net.sum()) < 0.01
    assert abs(wanted.sum()) < 0.01


@pytest.mark.parametrize(("period", "years"), PERIODS)
def test_world_totals_lie_where_the_literature_puts_them(period: str, years: int) -> None:
    # Abel and Cohen: minimum 34 to 46 million in five years of 1990-2015, pseudo-Bayes 67 to
    # 87 million, on older stocks; later periods are larger.
    stocks = world(period)
    total = {
        method: flows_from_stocks(*stocks, method=method).od().sum().item() / 1e6
        for method in ("closed", "pseudo_bayes", "independence", "difference_zero")
    }
    assert 34 < total["closed"] < 60
    assert 67 < total["pseudo_bayes"] < 120
    assert total["difference_zero"] < total["closed"] < total["pseudo_bayes"]
    mixed = 0.87 * total["closed"] + 0.13 * total["independence"]
    assert total["pseudo_bayes"] == pytest.approx(mixed)


def test_the_open_account_says_how_many_cells_are_negative() -> None:
    # 186 on these tables, as in the usual software, which does not say so.
    with pytest.warns(DataWarning, match="186 cells of the open account are negative"):
        estimate = flows_from_stocks(*world("2015_2020"), method="open")
    negative = int((estimate.start < 0).sum() + (estimate.end < 0).sum())
    assert negative == 186
    assert (estimate.od().to_numpy() >= 0).all()
    own = flows_from_stocks(*world("2015_2020"), method="open", outside="own_shares")
    assert int((own.start < 0).sum() + (own.end < 0).sum()) == 0


def test_two_runs_are_equal_to_the_last_bit() -> None:
    first, second = (flows_from_stocks(*world("2020_2024")).od() for _ in range(2))
    assert np.array_equal(first.to_numpy(), second.to_numpy())


def test_country_order_does_not_matter() -> None:
    start, end, births, deaths = world("2020_2024")
    order = np.random.default_rng(4).permutation(start.indexes["country"])
    turned = flows_from_stocks(
        start.sel(birthplace=order, country=order),
        end.sel(birthplace=order, country=order),
        births.sel(country=order),
        deaths.sel(country=order),
    )
    direct = flows_from_stocks(start, end, births, deaths).od()
    matched = turned.od().sel(origin=direct.indexes["origin"], destination=direct.indexes["origin"])
    assert matched.to_numpy() == pytest.approx(direct.to_numpy(), rel=1e-7, abs=1e-3)


def test_every_rescaled_cell_is_listed() -> None:
    start, end, births, deaths = world("2015_2020")
    estimate = flows_from_stocks(start, end, births, deaths, method="closed")
    table = estimate.adjustments
    assert set(table["reason"]) == {
        "global balance: the world grows by births less deaths",
        "birthplace totals made equal",
    }
    survivors = table.query("quantity == 'survivors of the start'")
    cells = survivors.set_index(["birthplace", "country"])["after"].to_xarray().fillna(0)
    listed = cells.reindex_like(estimate.start).fillna(0)
    known = estimate.start.where(listed != 0, 0)
    xr.testing.assert_allclose(listed, known)
    # Cells not listed were not changed: deaths alone explain them.
    share = (deaths / start.sum("birthplace")).to_numpy()
    balanced = table.query("quantity == 'stock_start'").set_index("country")["after"]
    expected = start.to_numpy().copy()
    for place, value in balanced.items():
        index = list(start.indexes["country"]).index(place)
        expected[index, index] = value
    expected = expected * (1 - share)
    untouched = (listed == 0).to_numpy()
    assert estimate.start.to_numpy()[untouched] == pytest.approx(expected[untouched], rel=1e-9)


def test_memory_of_the_lazy_table() -> None:
    estimate = flows_from_stocks(*world("2015_2020"))
    flows = estimate.flows
    assert flows.shape == (230, 230, 230)
    assert flows.nbytes == 230**3 * 8
    off = ~np.eye(230, dtype=bool)
    assert flows.sum("birthplace").to_numpy()[off] == pytest.approx(estimate.od().to_numpy()[off])


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_are_finite_and_not_negative(method: str) -> None:
    options = {"outside": "own_shares"} if method == "open" else {}
    od = flows_from_stocks(*world("2020_2024"), method=method, **options).od().to_numpy()
    assert np.isfinite(od).all()
    assert (od >= 0).all()
    assert od.sum() > 1e6


def test_distance_seed_keeps_every_margin() -> None:
    start, end, births, deaths = world("2015_2020")
    rng = np.random.default_rng(0)
    places = start.indexes["country"].to_numpy()
    seed = xr.DataArray(
        rng.lognormal(0, 2, (230, 230)), coords={"origin": places, "destination": places}
    )
    steered = flows_from_stocks(start, end, births, deaths, method="closed", seed=seed)
    flat = flows_from_stocks(start, end, births, deaths, method="closed")
    assert steered.diagnostics["margin_error"].item() <= 1e-9
    assert steered.net().to_numpy() == pytest.approx(flat.net().to_numpy(), abs=1)
    assert steered.od().sum().item() == pytest.approx(flat.od().sum().item(), rel=1e-9)
    assert np.abs(steered.od() - flat.od()).max() > 1000
