# SPDX-License-Identifier: Apache-2.0
"""Indicators of imbalance: worked numbers, published classes, agreement of trajectories."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.project.imbalance import (
    RISKS,
    labour_market_ratio,
    normalised_gap,
    recruitment_outlook,
)
from keruen.project.pillars import shortage_index


def cell(value: float) -> xr.DataArray:
    return xr.DataArray([value], {"occupation": ["21"]})


def test_worked_numbers():
    """project.md, section 14.1."""
    given = {"newcomers": cell(260.0), "seekers": cell(30.0), "openings": cell(300.0)}
    assert labour_market_ratio(cell(1000.0), **given).value.item() == pytest.approx(
        0.9923, abs=5e-5
    )
    flows = labour_market_ratio(cell(1000.0), **given, kind="flows")
    assert flows.value.item() == pytest.approx(0.9667, abs=5e-5)
    assert flows.outlook.item() == ""


@pytest.mark.parametrize(
    ("ratio", "outlook"),
    [(0.85, "very good"), (0.86, "good"), (1.0, "good"), (1.01, "fair"), (1.05, "fair"),
     (1.15, "moderate"), (1.16, "poor")],
)  # fmt: skip
def test_published_classes(ratio, outlook):
    """ROA (2021): at most 0.85 very good, 1.00 good, 1.05 fair, 1.15 moderate, above poor."""
    found = labour_market_ratio(
        cell(0.0), newcomers=cell(100 * ratio), seekers=cell(0.0), openings=cell(100.0)
    )
    assert found.outlook.item() == outlook


def test_a_class_needs_seven_of_ten_trajectories():
    def with_votes(low: int) -> str:
        values = [90.0] * low + [200.0] * (10 - low)
        new = xr.DataArray([values], {"occupation": ["21"], "trajectory": range(10)})
        found = labour_market_ratio(
            cell(0.0), newcomers=new, seekers=cell(0.0), openings=cell(100.0)
        )
        assert found.agreement.item() == pytest.approx(max(low, 10 - low) / 10)
        return str(found.outlook.item())

    assert with_votes(7) == "good"
    assert with_votes(6) == "unsettled"
    assert with_votes(3) == "poor"


def test_nobody_and_no_jobs_have_no_ratio():
    found = labour_market_ratio(
        cell(0.0), newcomers=cell(5.0), seekers=cell(0.0), openings=cell(0.0)
    )
    assert np.isnan(found.value.item())
    assert found.outlook.item() == ""


def test_the_rule_table_of_recent_and_future():
    cells = {"occupation": [f"{k}" for k in range(9)]}
    recent = xr.DataArray(["shortage"] * 3 + ["balance"] * 3 + ["surplus"] * 3, cells)
    seekers = xr.DataArray([10.0, 50.0, 90.0] * 3, cells)
    fifty, base = xr.full_like(seekers, 50.0), xr.full_like(seekers, 100.0)
    found = normalised_gap(base, seekers=seekers, openings=fifty, recent=recent, threshold=0.1)
    want = [0, 1, 2, 1, 2, 3, 2, 3, 4]
    assert found.outlook.values.tolist() == [RISKS[place] for place in want]
    assert found.value.values[:3].tolist() == pytest.approx([-0.4, 0.0, 0.4])
    with pytest.raises(SchemaError, match="tight"):
        tight = recent.where(recent != "surplus", "tight")
        normalised_gap(base, seekers=seekers, openings=fifty, recent=tight, threshold=0.1)


def test_scenarios_stay_side_by_side():
    jobs = xr.DataArray(
        [[200.0, 100.0], [100.0, 50.0], [90.0, 60.0]],
        {"occupation": ["21", "51", "91"], "scenario": ["low", "high"]},
    )
    hundred = xr.full_like(jobs.isel(scenario=0, drop=True), 100.0)
    found = labour_market_ratio(
        0.0 * hundred, newcomers=hundred, seekers=0.0 * hundred, openings=jobs
    )
    assert found.value.dims == ("scenario", "occupation")
    assert found.outlook.sel(scenario="low").values.tolist() == ["very good", "good", "moderate"]
    assert found.outlook.sel(scenario="high").values.tolist() == ["good", "poor", "poor"]
    assert len(found.to_table()) == 6


def test_recruitment_is_the_mean_over_fields():
    ratio = xr.DataArray([0.8, 1.2], {"field": ["06", "07"]})
    mix = xr.DataArray(
        [[1.0, 0.0], [0.5, 0.5]], {"occupation": ["25", "31"], "field": ["06", "07"]}
    )
    np.testing.assert_allclose(recruitment_outlook(ratio, mix), [0.8, 1.0])


def test_the_index_is_relative_and_centred():
    rng = np.random.default_rng(3)
    jobs = {"occupation": [f"{k:02}" for k in range(40)]}
    grown, left, apart = (xr.DataArray(rng.normal(size=40), jobs) for _ in range(3))
    found = shortage_index(demand_growth=grown, replacement_rate=left, mismatch=apart)
    assert float(found.mean()) == pytest.approx(0.0, abs=1e-12)
    scaled = shortage_index(demand_growth=5 * grown + 1, replacement_rate=left, mismatch=apart)
    np.testing.assert_allclose(scaled, found, atol=1e-12)
    flat = shortage_index(demand_growth=0 * grown, replacement_rate=left, mismatch=apart)
    assert bool(flat.notnull().all())
