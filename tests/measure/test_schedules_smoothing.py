# SPDX-License-Identifier: Apache-2.0
"""Smoothing without a model: what it keeps, what it finds, and what its extremes are."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import keruen
from keruen.measure.schedules import peak_indices, rogers_castro_schedule, smooth_schedule

CHILD = {"a1": 0.02, "alpha1": 0.1, "c": 0.003}
LABOUR = {"a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4}
TRUTH = rogers_castro_schedule(range(91), CHILD | LABOUR).drop_attrs()


def sample(population: float, seed: int, n: int = 1) -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(seed)
    people = xr.full_like(TRUTH, population)
    moved = rng.poisson(np.broadcast_to(people * TRUTH, (n, 91))).astype(float)
    coords = {"region": range(n), "age": TRUTH.age.values}
    return xr.DataArray(moved, coords=coords, dims=["region", "age"]), people


def test_number_and_mean_age_of_migrants_are_kept() -> None:
    moved = keruen.load("uk.moves_by_age.moves")
    chance = keruen.load("uk.moves_by_age.migration_probability")
    closed = {"age": slice(0, 89)}
    people = (moved / chance).sel(closed).drop_attrs()
    moved = moved.sel(closed).drop_attrs()
    for smoothness in (None, 1e4, 1e9):
        smooth = smooth_schedule(moved, people, smoothness=smoothness)
        expected = smooth.rate.drop_attrs() * people
        assert expected.sum("age").values == pytest.approx(moved.sum("age").values, rel=1e-10)
        age = xr.DataArray(np.arange(90.0), coords={"age": range(90)})
        assert (expected * age).sum("age").values == pytest.approx(
            (moved * age).sum("age").values, rel=1e-9
        )


def test_extremes_of_the_penalty() -> None:
    moved, people = sample(1e4, 1)
    rough = smooth_schedule(moved, people, smoothness=1e-6)
    assert rough.rate.values == pytest.approx((moved / people).values, rel=1e-5)
    assert rough.effective_parameters.item() == pytest.approx(91, abs=1e-3)
    stiff = smooth_schedule(moved, people, smoothness=1e12)
    bends = np.diff(np.log(stiff.rate.values[0]), 2)
    assert abs(bends).max() < 1e-6  # a straight line in the logarithm
    assert stiff.effective_parameters.item() == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize("method", ["penalised", "kernel"])
def test_smooth_rates_are_nearer_the_truth(method: str) -> None:
    moved, people = sample(3_000, 2, n=40)
    smooth = smooth_schedule(moved, people, method=method)
    raw_error = ((moved / people - TRUTH) ** 2).sum("age") ** 0.5
    error = ((smooth.rate.drop_attrs() - TRUTH) ** 2).sum("age") ** 0.5
    assert (error < raw_error).mean() > 0.95
    assert error.mean() < (0.65 if method == "penalised" else 0.9) * raw_error.mean()


def test_ages_of_slopes_are_found_after_smoothing_and_not_before() -> None:
    """The steepest rise of the true curve is at age 20."""
    moved, people = sample(5_000, 3, n=60)
    wanted = peak_indices(TRUTH).rise_age.item()
    smooth = peak_indices(smooth_schedule(moved, people).rate).rise_age
    raw = peak_indices(moved / people).rise_age
    assert abs(smooth - wanted).mean() < 1.0
    assert abs(smooth - wanted).mean() < abs(raw - wanted).mean() / 2


def test_kernel_by_a_plain_loop() -> None:
    moved, people = sample(2_000, 4)
    smooth = smooth_schedule(moved, people, method="kernel", smoothness=1.5)
    for target in (0, 17, 90):
        weight = [np.exp(-0.5 * ((age - target) / 1.5) ** 2) for age in range(91)]
        by_hand = sum(w * y for w, y in zip(weight, moved.values[0], strict=True)) / sum(
            w * p for w, p in zip(weight, people.values, strict=True)
        )
        assert smooth.rate.sel(age=target).item() == pytest.approx(by_hand, rel=1e-12)


def test_a_constant_rate_stays_constant() -> None:
    people = xr.DataArray(np.linspace(500, 100, 60), coords={"age": range(60)})
    for method in ("penalised", "kernel"):
        smooth = smooth_schedule(0.02 * people, people, method=method, smoothness=3.0)
        assert smooth.rate.values == pytest.approx(0.02, rel=1e-9)


def test_a_batch_gives_what_each_gives_alone() -> None:
    moved, people = sample(2_000, 5, n=5)
    together = smooth_schedule(moved, people)
    for region in range(5):
        alone = smooth_schedule(moved.sel(region=region), people)
        one = together.rate.sel(region=region)
        assert one.values == pytest.approx(alone.rate.values, rel=1e-8)
        assert together.smoothness.sel(region=region) == pytest.approx(alone.smoothness.item())


def test_ages_that_take_no_part_are_carried_over() -> None:
    moved, people = sample(1e5, 6)
    moved = moved.isel(region=0, drop=True)
    heaped = moved.copy()
    heaped.loc[{"age": 90}] = 1e5
    heaped.loc[{"age": 50}] = np.nan
    smooth = smooth_schedule(heaped.assign_attrs(open_age=90), people, missing="skip")
    assert smooth.rate.sel(age=[50, 90]).values == pytest.approx(
        TRUTH.sel(age=[50, 90]).values, rel=0.1
    )


def test_ages_without_moves_do_not_stop_it() -> None:
    moved = xr.DataArray(np.zeros(50), coords={"age": range(50)})
    moved.loc[{"age": [20, 21, 22]}] = [1, 3, 1]
    people = xr.full_like(moved, 100)
    smooth = smooth_schedule(moved, people)
    assert (smooth.rate > 0).all()
    assert (smooth.rate.drop_attrs() * people).sum().item() == pytest.approx(5)
    assert abs(smooth.rate.idxmax("age").item() - 21) <= 1
