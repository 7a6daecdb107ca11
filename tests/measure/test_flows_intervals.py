# SPDX-License-Identifier: Apache-2.0
"""Intervals of flows and calibration: what is drawn, what is held, what is recovered."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import flow_cases as case
from keruen.core.errors import (
    CoverageError,
    DataWarning,
    InfeasibleError,
    SchemaError,
    UnitsError,
)
from keruen.measure.flows import calibrate_flows, flow_intervals, flows_from_stocks

STOCKS = (case.DEMRES_START, case.VITAL_END, case.VITAL_BIRTHS_SCIENCE, case.VITAL_DEATHS)
NOTHING = {"stock_cv": 0.0, "births_cv": 0.0, "deaths_cv": 0.0, "weight_sd": 0.0}


def test_nothing_uncertain_gives_the_estimate() -> None:
    result = flow_intervals(*STOCKS, seed=1, draws=3, **NOTHING)
    wanted = flows_from_stocks(*STOCKS).od()
    for _, od in result.od.groupby("quantile"):
        assert od.squeeze("quantile").values == pytest.approx(wanted.values, abs=1e-9)
    assert result.world_total.values == pytest.approx([wanted.sum().item()] * 3)
    assert result.central.od().values == pytest.approx(wanted.values)


def test_same_seed_same_draws_whatever_their_number_and_order() -> None:
    few = flow_intervals(*STOCKS, seed=7, draws=20, probs=[0.5])
    again = flow_intervals(*STOCKS, seed=7, draws=20, probs=[0.5])
    assert np.array_equal(few.od, again.od)
    other = flow_intervals(*STOCKS, seed=8, draws=20, probs=[0.5])
    assert not np.array_equal(few.od, other.od)
    order = list("DBCA")
    turned = [array.sel(dict.fromkeys(array.dims, order)) for array in STOCKS]
    moved = flow_intervals(*turned, seed=7, draws=20, probs=[0.5])
    matched = moved.od.sel(origin=list("ABCD"), destination=list("ABCD"))
    assert matched.values == pytest.approx(few.od.values, abs=1e-9)


def test_one_year_alone_has_the_draws_it_has_among_others() -> None:
    years = xr.DataArray([1.0, 2.0], coords={"year": [2000, 2005]})
    both = flow_intervals(*(array * years for array in STOCKS), seed=3, draws=12)
    assert both.od.dims == ("quantile", "year", "origin", "destination")
    one = flow_intervals(*((array * years).sel(year=[2005]) for array in STOCKS), seed=3, draws=12)
    assert both.od.sel(year=2005).values == pytest.approx(one.od.sel(year=2005).values)


def test_births_move_net_migration_by_their_standard_error() -> None:
    # Net migration of A is growth - births + deaths; only births are uncertain here, and the
    # global balance (which needs all births) gives back a share: A's share of native-born.
    options = {**NOTHING, "births_cv": 0.05}
    result = flow_intervals(*STOCKS, seed=11, draws=800, method="closed", **options)
    wide = result.net.sel(country="A", quantile=[0.025, 0.975]).values
    births = STOCKS[2].values
    natives = [np.diagonal(stock.values) for stock in STOCKS[:2]]
    share = (natives[0][0] / natives[0].sum() + natives[1][0] / natives[1].sum()) / 2
    effect = (share - (np.arange(4) == 0)) * births
    sd = 0.05 * np.sqrt((effect**2).sum())
    assert wide[1] - wide[0] == pytest.approx(2 * 1.96 * sd, rel=0.12)  # 800 draws: 4 % error


def test_the_weight_is_beta_with_the_moments_given() -> None:
    # The total is linear in the weight, so its moments show the weight's.
    options = {**NOTHING, "weight_sd": 0.04, "weight": 0.8}
    probs = list(np.linspace(0.01, 0.99, 99))
    result = flow_intervals(*STOCKS, seed=2, draws=1000, probs=probs, **options)
    few, free = (
        flows_from_stocks(*STOCKS, method=m).od().sum().item() for m in ("closed", "independence")
    )
    weights = (free - result.world_total.values) / (free - few)
    assert weights.mean() == pytest.approx(0.8, abs=0.005)
    assert weights.std() == pytest.approx(0.04, rel=0.1)


def test_stocks_are_drawn_with_population_held() -> None:
    result = flow_intervals(
        *STOCKS, seed=5, draws=200, method="closed", stock_cv=0.1, births_cv=0, deaths_cv=0
    )
    net = result.net.sel(quantile=[0.025, 0.975])
    # The native-born take up every error, so growth is fixed; only the small global balance moves.
    assert float((net.isel(quantile=1) - net.isel(quantile=0)).max()) < 0.5
    od = result.od.sel(origin="C", destination="D")
    assert float(od.isel(quantile=2) - od.isel(quantile=0)) > 1


def test_errors_that_last_matter_less_than_errors_that_pass() -> None:
    widths = []
    for persistence in (0.99, 0.5, 0.0):
        result = flow_intervals(
            *STOCKS, seed=5, draws=150, method="difference_return", persistence=persistence
        )
        width = result.od.isel(quantile=2) - result.od.isel(quantile=0)
        widths.append(float(width.sum()))
    assert widths == sorted(widths)
    assert widths[2] > 2 * widths[0]


def test_standard_errors_by_country_touch_only_that_country() -> None:
    cv = xr.DataArray([0.0, 0.0, 0.0, 0.3], coords={"country": list("ABCD")})
    result = flow_intervals(
        *STOCKS, seed=5, draws=60, method="difference_zero", stock_cv=cv, births_cv=0, deaths_cv=0
    )
    width = (result.od.isel(quantile=2) - result.od.isel(quantile=0)).values
    assert (width[:3, 3] > 0).any()
    assert width[:, :3].max() == pytest.approx(0)


def test_two_revisions_span_a_range() -> None:
    revised = tuple(
        stock * xr.DataArray(np.where(np.eye(4, dtype=bool), 1.0, 1.3), coords=stock.coords)
        for stock in STOCKS[:2]
    )
    options = {**NOTHING, "method": "difference_return"}
    result = flow_intervals(
        *STOCKS, seed=1, draws=400, revisions=[revised], probs=[0, 1], **options
    )
    first, second = (
        flows_from_stocks(*pair, method="difference_return").od().sum().item()
        for pair in (STOCKS[:2], revised)
    )
    low, high = result.world_total.values
    assert first <= low < first + 0.05 * (second - first)
    assert second - 0.05 * (second - first) < high <= second


def test_quantiles_of_totals_are_not_sums_of_quantiles() -> None:
    result = flow_intervals(*STOCKS, seed=4, draws=100)
    upper = result.od.sel(quantile=0.975).sum("origin").sel(destination="A").item()
    assert result.inflow.sel(quantile=0.975, country="A").item() < upper
    assert result.od.attrs["draws"] == 100
    table = result.to_table()
    assert list(table.columns) == ["origin", "destination", "flow", "median", "lower", "upper"]
    assert (table["lower"] <= table["median"]).all()
    assert (table["median"] <= table["upper"]).all()


def test_draws_without_an_account_that_closes_are_counted() -> None:
    # People born in C are the whole of place C and live nowhere else: birthplace and
    # population can only agree when births are exactly right.
    start = case.stocks([100, 5, 0, 1], [5, 100, 0, 1], [0, 0, 100, 0], [1, 1, 0, 50])
    births, deaths = case.events(5, 5, 5, 5), case.events(5, 5, 5, 5)
    flows_from_stocks(start, start, births, deaths)
    with pytest.raises(InfeasibleError, match="no draw has an account that closes"):
        flow_intervals(start, start, births, deaths, seed=1, draws=4)


def test_open_accounts_warn_once() -> None:
    with pytest.warns(DataWarning) as caught:
        flow_intervals(
            case.SCIDATA_START, case.SCIDATA_END, case.events(4, 3, 2, 1), case.events(1, 2, 3, 4),
            seed=1, draws=10, method="open",
        )  # fmt: skip
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 0}, "there must be a draw"),
        ({"births_cv": -1}, "'births_cv' must be 0 or more"),
        ({"persistence": 1.5}, "'persistence' must be from 0 to 1"),
        ({"weight_sd": 0.6}, "no Beta distribution"),
        ({"stock_cv": xr.DataArray([0.1], coords={"sex": ["F"]})}, "has the dimension 'sex'"),
        ({"stock_cv": -0.1}, "negative or missing"),
        ({"seed": -3}, "whole number"),
    ],
)
def test_options_are_checked(options: dict, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        flow_intervals(*STOCKS, **{"seed": 1, "draws": 2, **options})


def test_labels_of_standard_errors_are_checked() -> None:
    cv = xr.DataArray([0.1] * 3, coords={"country": list("ABC")})
    with pytest.raises(CoverageError, match="'stock_cv' lacks D"):
        flow_intervals(*STOCKS, seed=1, draws=2, stock_cv=cv)


def test_draws_of_draws_are_refused() -> None:
    many = xr.DataArray(np.ones(3), coords={"trajectory": range(3)})
    with pytest.raises(UnitsError, match="draws already"):
        flow_intervals(STOCKS[0] * many, *STOCKS[1:], seed=1)


@pytest.mark.parametrize("weight", [0.3, 0.87, 0.99])
def test_calibration_finds_the_weight_that_made_the_flows(weight: float) -> None:
    truth = flows_from_stocks(*STOCKS, weight=weight).od()
    found = calibrate_flows(*STOCKS, reported=truth)
    assert found.value == pytest.approx(weight, abs=1e-4)
    assert found.loss < 1e-8
    assert not found.at_bound
    noise = np.exp(np.random.default_rng(1).normal(0, 0.3, truth.shape))
    rough = calibrate_flows(*STOCKS, reported=truth * noise)
    assert rough.value == pytest.approx(weight, abs=4 * rough.sd + 1e-3)
    assert rough.sd > 0


def test_calibration_finds_epsilon() -> None:
    truth = flows_from_stocks(*STOCKS, method="transport", epsilon=0.35).od()
    found = calibrate_flows(*STOCKS, reported=truth, method="transport")
    assert found.parameter == "epsilon"
    assert found.value == pytest.approx(0.35, rel=1e-3)


def test_calibration_with_part_of_the_pairs() -> None:
    truth = flows_from_stocks(*STOCKS, weight=0.6).od()
    some = truth.where((truth["origin"] != "D") | (truth["destination"] == "A"))
    found = calibrate_flows(*STOCKS, reported=some.sel(origin=list("DCBA")))
    assert found.pairs == 10  # nine from A, B and C, one from D
    assert found.value == pytest.approx(0.6, abs=1e-4)


def test_calibration_faults() -> None:
    truth = flows_from_stocks(*STOCKS).od()
    with pytest.raises(CoverageError, match="only 3 pairs"):
        calibrate_flows(*STOCKS, reported=truth.sel(origin=["A"]))
    with pytest.raises(UnitsError, match="counts moves"):
        calibrate_flows(*STOCKS, reported=truth.assign_attrs(concept="moves"))
    with pytest.raises(SchemaError, match="no free parameter"):
        calibrate_flows(*STOCKS, reported=truth, method="closed")
