# SPDX-License-Identifier: Apache-2.0
"""The queue of asylum cases: identities, waits, officers."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CodeError, CoverageError, FaultsError, SchemaError
from keruen.decide.refugees import officers_to_clear, run_caseload

STAGES = ["first", "appeal"]


def monthly(values, **extra):
    values = np.asarray(values, dtype=float)
    dims = (*extra, "month") if extra else ("month",)
    return xr.DataArray(values, {**extra, "month": np.arange(1, values.shape[-1] + 1)}, dims)


def random_terms(seed, *, whole):
    """A case with two stages, three origins, five draws and a backlog by months waited."""
    rng = np.random.default_rng(seed)
    draws, months, origins = 5, int(rng.integers(1, 15)), ["AFG", "SYR", "UKR"]
    label = {"trajectory": np.arange(draws), "month": np.arange(months), "origin": origins}
    coming = xr.DataArray(rng.poisson(rng.uniform(0, 30), (draws, months, 3)).astype(float), label)
    by_stage = {"stage": STAGES}
    backlog = rng.integers(0, 40, (2, 3, 4)).astype(float)
    backlog = xr.DataArray(backlog, {**by_stage, "origin": origins, "waited": [0, 1, 5, 12]})
    if not whole:
        coming, backlog = coming * 0.37, backlog * 1.21
    return coming, {
        "officers": xr.DataArray(rng.uniform(0, 9, (2, months)),
                                 {**by_stage, "month": np.arange(months)}),
        "rate": xr.DataArray(rng.uniform(0.5, 12, 2), by_stage),
        "recognition": xr.DataArray(rng.uniform(0, 1, 3), {"origin": origins}),
        "appeal": xr.DataArray([rng.uniform(0, 1), 0.0], by_stage),
        "withdrawal": xr.DataArray(rng.uniform(0, 0.3, 2), by_stage),
        "productivity": xr.DataArray(rng.uniform(0.5, 1.5, 3), {"origin": origins}),
        "backlog": backlog,
        "order": str(rng.choice(["oldest_first", "newest_first"])),
    }  # fmt: skip


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_month_adds_up(seed, whole):
    coming, terms = random_terms(seed, whole=whole)
    found = run_caseload(coming, **terms, seed=seed if whole else None)
    exact = 0.0 if whole else 1e-8
    assert found.imbalance() <= exact
    # the next month starts with what was left
    start, end = found.start.isel(month=slice(1, None)), found.end.isel(month=slice(-1))
    assert np.abs(start.to_numpy() - end.to_numpy()).max(initial=0) <= exact
    # appeals enter the stage after, in the same month
    entered = found.entered.sel(stage="appeal").to_numpy()
    assert np.array_equal(entered, found.appealed.sel(stage="first").to_numpy())
    assert float(found.appealed.sel(stage="appeal").sum()) == 0
    assert np.allclose(found.entered.sel(stage="first").to_numpy(), coming.to_numpy())
    for part in (found.start, found.end, found.decided, found.withdrawn, found.recognised):
        assert float(part.min()) >= -exact
        if whole:
            assert np.array_equal(part, np.floor(part))
    # who is decided, withdrawn or waiting at the end came in some time
    there = found.waiting_by_wait.sum("waited")
    last = found.end.isel(month=-1)
    assert np.allclose(there.transpose(*last.dims), last)
    assert np.allclose(found.decided_by_wait.sum("waited"), found.decided.sum("month"))


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=25, deadline=None)
def test_officers_are_never_overworked_nor_idle_beside_a_queue(seed, whole):
    coming, terms = random_terms(seed, whole=whole)
    found = run_caseload(coming, **terms, seed=seed if whole else None)
    speed = terms["rate"] * terms["productivity"]
    work = (found.decided / speed).sum("origin")
    free = terms["officers"] - work
    # whole persons: of each origin less than one case off
    slack = float((1 / speed).sum("origin").max()) if whole else 1e-8
    assert float(free.min()) >= -slack
    waiting = found.end.sum("origin") > (0.5 if whole else 1e-6)
    assert float(free.where(waiting, 0.0).max()) <= slack


def queue_by_hand(arrivals, capacity, waiting, *, newest):
    """Months waited of every person decided: one person after the other, from a list."""
    queue, waits, ends = [-w for w in sorted(waiting, reverse=True)], [], []
    for month, (came, able) in enumerate(zip(arrivals, capacity, strict=True)):
        queue += [month] * came
        served = min(able, len(queue))
        waits += [month - queue.pop(-1 if newest else 0) for _ in range(served)]
        ends.append(len(queue))
    return waits, ends, [len(arrivals) - 1 - joined for joined in queue]


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_same_as_a_list_of_persons(seed, newest):
    rng = np.random.default_rng(seed)
    months = int(rng.integers(1, 20))
    arrivals, capacity = rng.integers(0, 9, (2, months))
    waiting = rng.integers(1, 6, rng.integers(0, 12))
    waits, ends, left = queue_by_hand(arrivals, capacity, waiting, newest=newest)
    ages = np.bincount(waiting, minlength=7)[1:].astype(float)  # at the end of the month before
    backlog = xr.DataArray(ages, {"waited": np.arange(len(ages))})
    order = "newest_first" if newest else "oldest_first"
    found = run_caseload(
        monthly(arrivals), officers=monthly(capacity), rate=1, recognition=0.5,
        backlog=backlog, order=order, seed=1,
    )  # fmt: skip
    assert found.end.values.ravel().tolist() == ends
    size = found.decided_by_wait.sizes["waited"]
    assert found.decided_by_wait.values.ravel().tolist() == np.bincount(
        waits, minlength=size).tolist()  # fmt: skip
    assert found.waiting_by_wait.values.ravel().tolist() == np.bincount(
        left, minlength=size).tolist()  # fmt: skip
    last = found.age_90.values.ravel()[-1]
    if left:
        assert last == np.quantile(left, 0.9, method="inverted_cdf")
        middle = found.age_median.values.ravel()[-1]
        assert middle == np.quantile(left, 0.5, method="inverted_cdf")
    else:
        assert np.isnan(last)


@pytest.mark.parametrize("order", ["oldest_first", "newest_first"])
def test_littles_law_in_a_long_simulation(order):
    months = 6000
    rng = np.random.default_rng(5)
    arrivals = monthly(rng.poisson(99, months))
    found = run_caseload(
        arrivals, officers=10, rate=10, recognition=0.3, order=order, seed=1,
    )  # fmt: skip
    backlog = float(found.end.mean())
    through = float(found.decided.mean())
    waited = found.decided_by_wait["waited"]
    wait = float((found.decided_by_wait * waited).sum() / found.decided_by_wait.sum())
    assert backlog > 20  # there is a queue to speak of
    assert wait == pytest.approx(backlog / through, rel=0.02)
    # exact form: months waited by all are the backlogs of all months
    spent = float((found.decided_by_wait * waited).sum())
    still = float((found.waiting_by_wait * (waited + 1)).sum())
    assert spent + still == float(found.end.sum())


def test_newest_first_lowers_the_median_and_raises_the_tail():
    rng = np.random.default_rng(2)
    arrivals = monthly(rng.poisson(98, (40, 240)), trajectory=np.arange(40))
    waits = {}
    for order in ("oldest_first", "newest_first"):
        found = run_caseload(
            arrivals, officers=10, rate=10, recognition=0.3, order=order, seed=1,
            backlog=xr.DataArray(300.0),
        )  # fmt: skip
        by_wait = (found.decided_by_wait + found.waiting_by_wait).sum(["trajectory", "origin"])
        share = by_wait.squeeze().cumsum("waited") / by_wait.sum()
        waits[order] = [int((share < level).sum()) for level in (0.5, 0.9, 0.99)]
    old, new = waits["oldest_first"], waits["newest_first"]
    assert new[0] < old[0]
    assert new[2] > old[2]


def test_whole_persons_have_the_expectation():
    coming = xr.DataArray(np.full((6, 2), 7.0), {"month": range(6), "origin": ["AFG", "UKR"]})
    terms = {
        "officers": xr.DataArray([0.33, 0.9], {"stage": STAGES}), "rate": 10.0,
        "recognition": xr.DataArray([0.2, 0.7], {"origin": ["AFG", "UKR"]}),
        "appeal": xr.DataArray([0.6, 0.0], {"stage": STAGES}), "withdrawal": 0.05,
    }  # fmt: skip
    mean = run_caseload(coming, **terms)
    drawn = run_caseload(coming, **terms, seed=3, draws=20_000)
    assert drawn.decided.sizes["trajectory"] == 20_000
    # the appeal stage is never full here, so that expectations pass through
    for name in ("decided", "withdrawn", "recognised", "appealed", "end"):
        gap = getattr(drawn, name).mean("trajectory") - getattr(mean, name)
        assert float(abs(gap).max()) < 0.05, name
    again = run_caseload(coming, **terms, seed=3, draws=20_000)
    assert drawn.end.equals(again.end)


def test_officers_of_one_origin_leave_the_others_alone():
    coming = xr.DataArray(np.full((3, 2), 10.0), {"month": range(3), "origin": ["AFG", "UKR"]})
    own = xr.DataArray([0.0, 5.0], {"origin": ["AFG", "UKR"]})
    found = run_caseload(coming, officers=own, rate=10, recognition=0.5)
    assert found.end.sel(origin="AFG").values.ravel().tolist() == [10, 20, 30]
    assert found.end.sel(origin="UKR").values.ravel().tolist() == [0, 0, 0]
    shared = run_caseload(coming, officers=1.5, rate=10, recognition=0.5)
    assert shared.end.sum("origin").values.ravel().tolist() == [5, 10, 15]


def test_two_stages_by_hand():
    # 100 apply; 8 officers decide 80; 40 % recognised: 32; 48 refused, half appeal: 24;
    # 2 officers decide 20 of them.
    found = run_caseload(
        monthly([100.0]), officers=xr.DataArray([8.0, 2.0], {"stage": STAGES}), rate=10,
        recognition=0.4, appeal=xr.DataArray([0.5, 0.0], {"stage": STAGES}),
    )  # fmt: skip
    table = found.to_table().set_index("stage")
    assert table.loc["first", ["decided", "recognised", "appealed", "end", "final"]].tolist() == [
        80, 32, 24, 20, 56]  # fmt: skip
    assert table.loc["appeal", ["entered", "decided", "recognised", "end", "final"]].tolist() == [
        24, 20, 8, 4, 20]  # fmt: skip
    assert found.wait_little.values.ravel().tolist() == [0.25, 0.2]
    one_rate = run_caseload(
        monthly([100.0]), officers=xr.DataArray([8.0, 2.0], {"stage": STAGES}), rate=10,
        recognition=0.4, appeal=0.5,
    )  # fmt: skip
    assert one_rate.appealed.values.ravel().tolist() == [24, 0]


def test_scenarios_of_staff_stand_side_by_side():
    staff = xr.DataArray([10.0, 25.0], {"scenario": ["as now", "more"]})
    found = run_caseload(
        monthly(np.full(13, 150.0)), officers=staff, rate=10, recognition=0.4,
        backlog=xr.DataArray(1200.0),
    )  # fmt: skip
    ends = found.end.isel(month=11).squeeze()
    assert ends.sel(scenario="more").item() == 0
    assert ends.sel(scenario="as now").item() == 1200 + 12 * 50
    assert np.isinf(run_caseload(
        monthly([5.0]), officers=0, rate=1, recognition=0.5).wait_little.item())  # fmt: skip


def test_staff_of_the_specification():
    found = officers_to_clear(150, 1200, months=12, rate=10)
    assert (found.clearing.item(), found.lasting.item()) == (25, 15)
    coming = xr.DataArray([150.0, 151.0], {"trajectory": [0, 1]})
    assert officers_to_clear(coming, 1200, months=12, rate=10).lasting.values.tolist() == [15, 16]
    with pytest.raises(SchemaError):
        officers_to_clear(150, 1200, months=0, rate=10)
    with pytest.raises(SchemaError):
        officers_to_clear(150, -1, months=12, rate=10)


@pytest.mark.parametrize(
    ("change", "fault", "name"),
    [
        ({"recognition": 1.2}, SchemaError, "BadShare"),
        ({"officers": -1}, SchemaError, "NegativeInput"),
        ({"rate": 0}, SchemaError, "BadShare"),
        ({"officers": np.nan}, CoverageError, "MissingCell"),
        ({"appeal": 0.3}, SchemaError, "AppealFromLastStage"),
        ({"order": "loudest_first"}, CodeError, "CodeError"),
        ({"seed": 1, "backlog": xr.DataArray(1.5)}, SchemaError, "NotWhole"),
        ({"officers": xr.DataArray([1.0], {"month": [9]})}, CoverageError, "CoverageError"),
    ],
)
def test_input_that_cannot_be_used(change, fault, name):
    terms = {"officers": 1, "rate": 10, "recognition": 0.4, **change}
    with pytest.raises(fault) as told:
        run_caseload(monthly([5.0, 6.0]), **terms)
    assert told.value.id == name


def test_all_faults_at_once_and_a_backlog_without_origins():
    with pytest.raises(FaultsError) as told:
        run_caseload(monthly([5.0]), officers=-1, rate=-1, recognition=2)
    assert len(told.value.faults) == 3
    coming = xr.DataArray([[1.0, 2.0]], {"month": [1], "origin": ["AFG", "UKR"]})
    with pytest.raises(SchemaError, match="no origins"):
        run_caseload(coming, officers=1, rate=1, recognition=0.1, backlog=xr.DataArray(5.0))
    twice = monthly(np.ones((2, 1)), trajectory=[0, 1])
    with pytest.raises(SchemaError, match="trajectories of their own"):
        run_caseload(twice, officers=1, rate=1, recognition=0.1, seed=1, draws=5)


def test_labels_count_and_not_their_order():
    coming, terms = random_terms(11, whole=False)
    mixed = {
        name: value.isel({dim: slice(None, None, -1) for dim in value.dims if dim != "stage"})
        if isinstance(value, xr.DataArray) else value
        for name, value in terms.items()
    }  # fmt: skip
    one, two = run_caseload(coming, **terms), run_caseload(coming, **mixed)
    xr.testing.assert_allclose(one.end, two.end.sel(origin=one.end["origin"]))
    xr.testing.assert_allclose(one.decided_by_wait, two.decided_by_wait)
    with pytest.raises(SchemaError, match="months do not follow"):
        run_caseload(coming.isel(month=slice(None, None, -1)), **terms)
    early = xr.DataArray([1.0], {"waited": [-1]})
    with pytest.raises(SchemaError, match="months waited"):
        run_caseload(monthly([5.0]), officers=1, rate=1, recognition=0.1, backlog=early)
