# SPDX-License-Identifier: Apache-2.0
"""Permits: monotone in price and detection, the two peaks, renewals, quotas, indicators."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import AccountError, ConvergenceError, FaultsError, SchemaError
from keruen.decide.permits import (
    Market,
    calibrate_beta,
    legal_advantage,
    mean_paid_months,
    paid_month_counts,
    permit_indicators,
    price_curve,
    quota_shortfall,
    renewal_hazard,
    renewal_survival,
    share_legal,
)

MARKET = Market(800_000, 44_000.0, 40_000.0, paperwork=1500, detection=0.05, sanction=100_000,
                paid_months=7)  # fmt: skip


class TestShare:
    def test_advantage_by_hand(self):
        """(44000 - 40000 - 5350 - 1500 + 5000) / 40000."""
        assert legal_advantage(MARKET, 5350).item() == pytest.approx(2150 / 40_000)

    def test_the_calibrated_pair_comes_back(self):
        beta = calibrate_beta(MARKET, price=5350, in_force=560_000)
        assert share_legal(MARKET, 5350, beta=beta).item() == pytest.approx(0.7)

    @given(st.floats(0, 1e5), st.floats(1, 1e5), st.floats(0.1, 50))
    @settings(max_examples=80, deadline=None)
    def test_falls_with_price(self, price, more, beta):
        now, dearer = (share_legal(MARKET, p, beta=beta) for p in (price, price + more))
        assert dearer < now or (now < 1e-12)

    @given(st.floats(0, 0.9), st.floats(0.001, 0.1), st.floats(0.1, 10))
    @settings(max_examples=80, deadline=None)
    def test_rises_with_detection(self, detection, more, beta):
        now, found = (
            share_legal(replace(MARKET, detection=q), 5350, beta=beta)
            for q in (detection, detection + more)
        )
        assert found > now or now > 1 - 1e-12

    @pytest.mark.parametrize("in_force", [300_000, 400_000])
    def test_a_pair_that_no_response_explains(self, in_force):
        with pytest.raises(ConvergenceError) as fault:
            calibrate_beta(MARKET, price=5350, in_force=in_force)
        assert fault.value.id == "Unidentified"
        assert fault.value.diagnostics["share"] == in_force / 800_000

    def test_more_permits_than_workers(self):
        with pytest.raises(AccountError) as fault:
            calibrate_beta(MARKET, price=5350, in_force=900_000)
        assert fault.value.id == "CoherenceError"

    def test_all_faults_at_once(self):
        with pytest.raises(FaultsError) as fault:
            share_legal(Market(-1, 0.0, 100.0, detection=2), 10, beta=1)
        assert [one.where for one in fault.value.faults] == ["workers", "wage_legal", "detection"]


class TestCurve:
    def test_revenue_is_zero_at_price_zero(self):
        curve = price_curve(MARKET, [0.0, 100.0], beta=5.0)
        assert curve.revenue.sel(price=0) == 0
        assert (curve.legal + curve.irregular == 800_000).all()

    @given(st.floats(0.5, 60), st.floats(0.0, 0.2), st.floats(0.5, 3))
    @settings(max_examples=60, deadline=None)
    def test_the_exact_peak_is_that_of_a_fine_grid(self, beta, detection, months):
        market = replace(MARKET, detection=detection, months_per_payment=months)
        exact = price_curve(market, [0.0], beta=beta).revenue_peak.item()
        grid = np.linspace(0, 3 * exact, 30_001)
        revenue = price_curve(market, list(grid), beta=beta).revenue.to_numpy()
        assert grid[revenue.argmax()] == pytest.approx(exact, abs=2 * grid[1])

    def test_the_two_peaks_differ(self):
        curve = price_curve(MARKET, list(np.linspace(0, 40_000, 401)), beta=15.0)
        assert curve.legal_peak == 0
        assert curve.legal.argmax("price") == 0
        assert curve.revenue_peak > 0

    def test_a_quota_that_binds_moves_both(self):
        grid = list(np.linspace(0, 40_000, 4001))
        free = price_curve(MARKET, grid, beta=15.0)
        tight = price_curve(MARKET, grid, beta=15.0, quota=100_000)
        assert tight.legal.max() == 100_000
        assert tight.rationed.sel(price=0) > 0
        clears = tight.legal_peak.item()
        assert share_legal(MARKET, clears, beta=15.0).item() == pytest.approx(0.125)
        assert tight.revenue_peak.item() == pytest.approx(max(clears, free.revenue_peak.item()))
        best = tight.revenue["price"][int(tight.revenue.argmax("price"))].item()
        assert best == pytest.approx(tight.revenue_peak.item(), abs=20)
        loose = price_curve(MARKET, grid, beta=15.0, quota=799_999)
        assert loose.revenue_peak.item() == pytest.approx(free.revenue_peak.item())

    def test_a_quota_of_nobody_has_no_price(self):
        with pytest.raises(SchemaError) as fault:
            price_curve(MARKET, [0.0, 10.0], beta=15.0, quota=0)
        assert fault.value.id == "InputError"

    def test_draws_broadcast(self):
        beta = xr.DataArray([5.0, 15.0], coords={"trajectory": [0, 1]})
        both = price_curve(MARKET, [0.0, 5000.0], beta=beta)
        alone = price_curve(MARKET, [0.0, 5000.0], beta=15.0)
        assert both.revenue.sel(trajectory=1).values == pytest.approx(alone.revenue.values)
        assert both.revenue_peak.sel(trajectory=1).item() == pytest.approx(
            alone.revenue_peak.item()
        )

    def test_more_detection_more_legal_work(self):
        shares = [
            price_curve(replace(MARKET, detection=q), [5000.0], beta=8.0).legal.item()
            for q in (0.0, 0.05, 0.2)
        ]
        assert shares == sorted(shares)

    def test_bad_prices(self):
        with pytest.raises(FaultsError):
            price_curve(MARKET, [-1.0, -1.0], beta=5.0)


class TestRenewals:
    def test_hand_made(self):
        """Of 100, 20 stop after the first month, 40 of 80 after the second: 1 + 0.8 + 0.4."""
        months = {"paid_month": [1, 2, 3]}
        hazard = renewal_hazard(
            xr.DataArray([20, 40, 0], months), xr.DataArray([100, 80, 40], months)
        )
        assert mean_paid_months(renewal_survival(hazard)).item() == pytest.approx(2.2)

    def test_those_still_paying_are_not_lost(self):
        """Ten pay for month 1 when the table ends: they are not at risk and change nothing."""
        months = {"paid_month": [1, 2]}
        ended = xr.DataArray([20, 0], months)
        assert renewal_hazard(ended, xr.DataArray([100, 70], months)).values[0] == 0.2
        with pytest.raises(AccountError):
            renewal_hazard(ended, xr.DataArray([10, 70], months))

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    @settings(max_examples=60, deadline=None)
    def test_survival_falls_from_one(self, chances):
        months = {"paid_month": list(range(1, len(chances) + 1))}
        survival = renewal_survival(xr.DataArray(chances, months))
        assert survival.values[0] == 1
        assert (np.diff(survival.values) <= 1e-15).all()
        assert 1 <= mean_paid_months(survival).item() <= len(chances)

    def test_geometric(self):
        """Constant hazard h over many months: the mean is 1 / h."""
        hazard = xr.DataArray(np.full(400, 0.1), {"paid_month": range(1, 401)})
        assert mean_paid_months(renewal_survival(hazard)).item() == pytest.approx(10)

    def test_a_month_is_missing(self):
        with pytest.raises(SchemaError) as fault:
            renewal_survival(xr.DataArray([0.1, 0.1], {"paid_month": [1, 3]}))
        assert fault.value.id == "MonthsMissing"


class TestQuota:
    @given(st.floats(0, 1e7), st.floats(0, 1e7), st.floats(0, 1))
    @settings(max_examples=60, deadline=None)
    def test_all_workers_are_counted_once(self, workers, quota, willing):
        found = quota_shortfall(workers, quota=quota, willing=willing)
        assert (found.legal + found.irregular).item() == pytest.approx(workers)
        assert found.legal.item() <= quota + 1e-9
        assert found.forced.item() == pytest.approx(max(workers * willing - quota, 0), abs=1e-6)

    def test_a_larger_quota_makes_fewer_irregular(self):
        found = [quota_shortfall(1000, quota=q).irregular.item() for q in (0, 400, 1000, 2000)]
        assert found == [1000, 600, 0, 0]


def register() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "permit": ["a", "b", "c", "d", "e"],
            "outcome": ["issued", "issued", "issued", "refused", "refused"],
            "start": pd.to_datetime(["2026-01-01", "2026-05-01", "2026-09-01", "2026-02-01",
                                     "2026-03-01"]),
            "end": pd.to_datetime(["2026-04-01", "2026-08-01", "2026-12-01", "2026-02-01",
                                   "2026-03-01"]),
            "reason": ["", "", "", "record", ""],
            "employer": ["x", "x", "y", "", ""],
            "paid_months": [3.0, 1.0, 2.0, np.nan, np.nan],
            "paid": [12000.0, 4000.0, 8000.0, np.nan, np.nan],
            "complaint": [0, 0, 1, 0, 1],
        }
    )  # fmt: skip


class TestIndicators:
    def test_by_hand(self):
        found = permit_indicators(register(), on=date(2026, 10, 1), quota=10)
        told = {(row.indicator, row.item): row.value for row in found.itertuples()}
        assert told == {
            ("issued", ""): 3, ("in_force", ""): 1, ("refused", ""): 2,
            ("refused_for", "not stated"): 1, ("refused_for", "record"): 1,
            ("mean_paid_months", ""): 2, ("revenue_per_worker", ""): 8000, ("quota_use", ""): 0.3,
            ("employers", ""): 2, ("employer_concentration", ""): pytest.approx(5 / 9),
            ("largest_employers", "5"): 1, ("complaints", ""): 2,
        }  # fmt: skip

    def test_permits_begun_later_are_left_out(self):
        found = permit_indicators(register(), on=date(2026, 6, 1)).set_index("indicator")
        assert found["value"]["issued"] == 2
        assert found["value"]["in_force"] == 1

    def test_months_paid_for_with_those_still_running(self):
        """By hand on 1 October: a paid 3, b paid 1, both ended; c paid 2 and still runs."""
        issued = register().iloc[:3]
        ended, at_risk = paid_month_counts(issued, on=date(2026, 10, 1))
        assert ended.values.tolist() == [1, 0, 1]
        assert at_risk.values.tolist() == [3, 1, 1]
        survival = renewal_survival(renewal_hazard(ended, at_risk))
        assert survival.values == pytest.approx([1, 2 / 3, 2 / 3])
        with pytest.raises(SchemaError) as fault:
            paid_month_counts(issued.assign(paid_months=0.5), on=date(2026, 10, 1))
        assert fault.value.id == "InputError"

    def test_more_issued_than_the_quota(self):
        with pytest.raises(AccountError) as fault:
            permit_indicators(register(), on=date(2026, 10, 1), quota=2)
        assert fault.value.id == "CoherenceError"

    def test_all_faults_at_once(self):
        bad = register().assign(permit="a", outcome=["issued"] * 4 + ["lost"])
        with pytest.raises(FaultsError) as fault:
            permit_indicators(bad, on=date(2026, 10, 1))
        assert [one.id for one in fault.value.faults] == [
            "DuplicateKey",
            "InputError",
            "InputError",
        ]

    def test_a_column_is_missing(self):
        with pytest.raises(SchemaError) as fault:
            permit_indicators(register()[["permit", "start"]], on=date(2026, 10, 1))
        assert fault.value.id == "MissingColumn"
