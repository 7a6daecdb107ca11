# SPDX-License-Identifier: Apache-2.0
"""Replacement demand by cohort: the worked number, groups that stand in, ages that are followed."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.project.replacement_demand import cohort_flows, replacement_by_cohort, smooth_flows

AGES = [45, 50, 55, 60, 65]


def table(rows: list[list[float]], ages: list[int], codes: list[str]) -> xr.DataArray:
    return xr.DataArray(rows, {"occupation": codes, "age": ages})


def worked() -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Numbers of project.md, section 13.4."""
    then = table([[500.0, 450, 400, 300, 120]], AGES, ["7"])
    now = table([[480.0, 430, 330, 140, 30]], [age + 5 for age in AGES], ["7"])
    base = table([[520.0, 470, 420, 310, 130]], AGES, ["7"])
    return then, now, base


def test_worked_number():
    then, now, base = worked()
    flow, listed = cohort_flows(then, now, interval_years=5)
    np.testing.assert_allclose(flow[0].round(4), [-0.04, -0.0444, -0.175, -0.5333, -0.75])
    assert listed.empty
    found = replacement_by_cohort(base, flow, interval_years=5)
    assert found.outflow.item() == pytest.approx(378.0, abs=0.05)
    assert 100 * found.rate.item() == pytest.approx(4.09, abs=0.005)


def test_cohorts_that_grow_are_no_outflow():
    then, now, base = worked()
    flow, _ = cohort_flows(then, 2.0 * now, interval_years=5)
    assert (flow.sel(age=45) > 0).all()
    found = replacement_by_cohort(base, flow, interval_years=5)
    lost = -(np.minimum(flow, 0.0) * base).sum()
    assert found.outflow.item() == pytest.approx(float(lost))


def test_a_longer_working_life_lowers_the_outflow():
    then, now, base = worked()
    flow, _ = cohort_flows(then, now, interval_years=5)
    later = xr.DataArray([0.0, 0, 0, 0.1, 0.1], {"age": AGES})
    found = replacement_by_cohort(base, flow, interval_years=5, correction=later)
    assert found.outflow.item() == pytest.approx(378.0 - 0.1 * (310 + 130), abs=0.05)


def test_nobody_at_the_start_takes_the_group_and_is_listed():
    then = table([[0.0, 100], [100, 100], [100, 100]], [50, 55], ["71", "72", "21"])
    then = then.assign_coords(occupation_group=("occupation", ["7", "7", "2"]))
    now = table([[10.0, 90], [60, 90], [90, 90]], [55, 60], ["71", "72", "21"])
    flow, listed = cohort_flows(then, now, interval_years=5)
    assert flow.sel(occupation="71", age=50).item() == pytest.approx((10 + 60) / 100 - 1)
    assert listed["cell"].tolist() == ["occupation=71, age=50"]


def test_the_oldest_need_a_word():
    then, now, base = worked()
    flow, _ = cohort_flows(then, now, interval_years=5)
    older = xr.concat([base, base.isel(age=[-1]).assign_coords(age=[70])], dim="age")
    with pytest.raises(CoverageError, match="oldest=-1"):
        replacement_by_cohort(older, flow, interval_years=5)
    found = replacement_by_cohort(older, flow, interval_years=5, oldest=-1.0)
    assert found.outflow.item() == pytest.approx(378.0 + 130.0, abs=0.05)


def test_ages_of_another_width_and_percent_are_refused():
    then, now, base = worked()
    with pytest.raises(CoverageError, match="no age group is followed"):
        cohort_flows(then, now, interval_years=7)
    flow, _ = cohort_flows(then, now, interval_years=5)
    with pytest.raises(SchemaError, match="below -1"):
        replacement_by_cohort(base, 100.0 * flow, interval_years=5)


def test_many_cases_keep_their_own_coefficient():
    flow = table([[-0.1, -0.5], [-0.3, -0.9]], [55, 60], ["1", "2"])
    kept = smooth_flows(flow, xr.full_like(flow, 1e7))
    np.testing.assert_allclose(kept, flow, atol=1e-4)
    drawn = smooth_flows(flow, table([[1e5, 1e5], [2.0, 2.0]], [55, 60], ["1", "2"]))
    assert (abs(drawn - flow).sel(occupation="2") > abs(drawn - flow).sel(occupation="1")).all()


def test_a_wide_kernel_brings_ages_together():
    flow = table([[-0.1, -0.5, -0.3]], [50, 55, 60], ["1"])
    seen = xr.full_like(flow, 100.0)
    wide = smooth_flows(flow, seen, bandwidth=1000.0)
    np.testing.assert_allclose(wide, -0.3, atol=1e-3)
