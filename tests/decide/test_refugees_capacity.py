# SPDX-License-Identifier: Apache-2.0
"""Shocks, years cut into months, and a forecast carried to officers and places."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CodeError, FaultsError, SchemaError
from keruen.decide.refugees import (
    BASELINE,
    Shock,
    forecast_applications,
    occupancy_of,
    plan_capacity,
    run_caseload,
    to_months,
    with_shocks,
)
from keruen.decide.uncertainty import Uncertain, sample_inputs, sobol_indices


def coming(draws=300, months=12, mean=150):
    values = np.random.default_rng(4).poisson(mean, (draws, months)).astype(float)
    return xr.DataArray(values, {"trajectory": range(draws), "month": range(1, months + 1)})


def test_a_shock_brings_its_persons_and_no_more():
    ahead = coming(3)
    shocks = [
        Shock("one wave", size=12_345, share=0.013, start=3, duration=5),
        Shock("unknown size", size=xr.DataArray([1e4, 2e4, 4e4], {"trajectory": range(3)}),
              share=0.01, start=11, duration=4),
    ]  # fmt: skip
    found = with_shocks(ahead, shocks)
    assert found["scenario"].values.tolist() == [BASELINE, "one wave", "unknown size"]
    extra = found - found.sel(scenario=BASELINE)
    assert extra.sel(scenario="one wave").sum("month").values.tolist() == [160] * 3  # 160.485
    assert extra.sel(scenario="one wave", month=[1, 2, 8, 9]).sum().item() == 0
    # two of four months lie ahead: half of them have come
    assert extra.sel(scenario="unknown size").sum("month").values.tolist() == [50, 100, 200]
    assert np.array_equal(found, np.floor(found))


def test_a_shock_from_one_origin_and_bad_ones():
    ahead = coming(2).expand_dims(origin=["AFG", "UKR"]).transpose("trajectory", "month", "origin")
    crisis = Shock("crisis", size=1000, share=0.1, start=1, duration=1, origin="UKR")
    found = with_shocks(ahead, [crisis])
    extra = (found.sel(scenario="crisis") - found.sel(scenario=BASELINE)).sum("month")
    assert extra.sel(origin="UKR").values.tolist() == [100, 100]
    assert extra.sel(origin="AFG").values.tolist() == [0, 0]
    bad = [
        Shock("crisis", size=-5, share=0.1, start=1, duration=1, origin="UKR"),
        Shock("crisis", size=5, share=0.1, start=99, duration=1, origin="SYR"),
    ]
    with pytest.raises(FaultsError) as told:
        with_shocks(ahead, bad)
    assert len(told.value.faults) == 4
    with pytest.raises(CodeError, match="starts in month 99"):
        with_shocks(coming(2), [Shock("x", size=5, share=0.1, start=99, duration=1)])


def test_months_add_up_to_their_years():
    years = xr.DataArray(
        np.random.default_rng(1).poisson(900, (50, 2)).astype(float),
        {"trajectory": range(50), "year": [2026, 2027]},
    )
    profile = xr.DataArray(np.arange(12.0), {"month": range(1, 13)})
    months = to_months(years, seed=3, profile=profile)
    assert months["month"].values.tolist() == list(range(1, 25))
    sums = months.to_numpy().reshape(50, 2, 12).sum(axis=2)
    assert np.array_equal(sums, years.to_numpy())
    share = months.to_numpy().reshape(-1, 12).sum(axis=0) / years.sum().item()
    assert share == pytest.approx(np.arange(12) / 66, abs=0.005)
    with pytest.raises(SchemaError, match="twelve"):
        to_months(years, seed=3, profile=profile.isel(month=slice(11)))
    with pytest.raises(SchemaError, match="whole"):
        to_months(years + 0.5, seed=3)


def test_a_plan_is_its_parts_put_together():
    ahead, backlog = coming(), xr.DataArray(1200.0)
    terms = {"officers": 25, "rate": 10, "recognition": 0.4, "backlog": backlog}
    plan = plan_capacity(ahead, **terms, housed=0.8, seed=1)
    queue = run_caseload(ahead, **terms, seed=1)
    occupancy = occupancy_of(queue, housed=0.8, months_after=1)
    assert np.array_equal(plan.backlog, queue.end.squeeze())
    fullest = occupancy.max("month")
    assert plan.places.item() == int(np.ceil(fullest.quantile(0.95).item()))
    # enough in 95 futures of 100, and not in all
    assert (fullest <= plan.places).mean().item() == pytest.approx(0.95, abs=0.01)
    work = (ahead.sum("month") + 1200) / 10 / 12
    assert plan.officers_needed.item() == int(np.ceil(work.quantile(0.95).item()))
    table = plan.to_table()
    assert len(table) == 12
    assert (table["backlog_low"] <= table["backlog_middle"]).all()
    assert (table["occupancy_middle"] <= table["occupancy_high"]).all()
    again = plan_capacity(ahead, **terms, housed=0.8, seed=1)
    assert plan.to_table().equals(again.to_table())


def test_officers_needed_are_enough():
    ahead = coming(draws=1000)
    terms = {"rate": 10, "recognition": 0.4, "backlog": xr.DataArray(600.0), "housed": 0.5}
    need = plan_capacity(ahead, officers=20, **terms, seed=1).officers_needed.item()
    cleared = plan_capacity(ahead, officers=need, **terms, seed=1).backlog.isel(month=-1)
    # all is decided, but for who came too late in the last month
    assert (cleared <= 20).mean().item() >= 0.94
    fewer = plan_capacity(ahead, officers=need - 2, **terms, seed=1).backlog.isel(month=-1)
    assert (fewer <= 20).mean().item() < 0.6


def test_scenarios_and_uncertain_terms_go_through():
    ahead = with_shocks(coming(200), [Shock("crisis", 40_000, 0.02, start=4, duration=6)])
    inputs = [
        Uncertain("rate", "pert", {"low": 8, "mode": 10, "high": 12}, "decisions"),
        Uncertain("withdrawal", "beta", {"a": 2, "b": 60}, "share"),
    ]
    drawn = sample_inputs(inputs, 200, seed=2)
    plan = plan_capacity(
        ahead, officers=16, rate=drawn["rate"], recognition=0.4, housed=0.7,
        withdrawal=drawn["withdrawal"], seed=1,
    )  # fmt: skip
    ends = plan.backlog.isel(month=-1).mean("trajectory")
    extra = ends.sel(scenario="crisis") - ends.sel(scenario=BASELINE)
    assert 500 < extra.item() < 800  # 800 came; some withdrew
    assert plan.places.sel(scenario="crisis") > plan.places.sel(scenario=BASELINE)
    assert plan.officers_needed.dims == ("stage", "scenario")
    assert len(plan.to_table()) == 24


def test_a_forecast_reaches_beds():
    rng = np.random.default_rng(6)
    label = {"year": range(2010, 2026), "destination": ["KAZ", "KGZ"]}
    seen = xr.DataArray(rng.negative_binomial(5, 5 / 305, (16, 2)).astype(float), label)
    years = forecast_applications(seen, ahead=1, method="negative_binomial", seed=1, draws=400)
    months = to_months(years.sel(destination="KAZ"), seed=1)
    plan = plan_capacity(months, officers=3, rate=10, recognition=0.3, housed=0.2, seed=1)
    assert plan.applications.sum("month").mean().item() == pytest.approx(300, rel=0.35)
    assert plan.places.item() > 0


def test_which_input_drives_the_beds():
    inputs = [
        Uncertain("arrivals", "uniform", {"low": 90, "high": 160}, "persons"),
        Uncertain("rate", "uniform", {"low": 8, "high": 12}, "decisions"),
        Uncertain("housed", "uniform", {"low": 0.45, "high": 0.55}, "share"),
    ]

    def fullest(x):
        each = x["arrivals"] * xr.DataArray(np.ones(12), {"month": range(1, 13)})
        queue = run_caseload(each, officers=12, rate=x["rate"], recognition=0.4)
        return occupancy_of(queue, housed=x["housed"]).max("month")

    found = sobol_indices(fullest, inputs, size=512, seed=1)
    assert found.total.sel(input="arrivals") > found.total.sel(input="rate")
    assert found.total.sel(input="rate") > found.total.sel(input="housed")
    assert (found.total - found.first).max().item() > 0.02  # a queue joins its inputs


def test_plans_that_cannot_be_made():
    with pytest.raises(SchemaError, match="trajectory"):
        plan_capacity(coming().isel(trajectory=0, drop=True), officers=1, rate=1,
                      recognition=0.5, housed=0.5, seed=1)  # fmt: skip
    with pytest.raises(SchemaError, match="confidence"):
        plan_capacity(coming(), officers=1, rate=1, recognition=0.5, housed=0.5, seed=1,
                      confidence=95)  # fmt: skip
