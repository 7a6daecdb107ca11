# SPDX-License-Identifier: Apache-2.0
"""Laws that age schedules obey for any parameters and any counts."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keruen.measure import _rogers_castro as rc
from keruen.measure.schedules import (
    fit_rogers_castro,
    labour_indices,
    peak_indices,
    rogers_castro_schedule,
    smooth_schedule,
)

LAW = settings(max_examples=20, deadline=None)
AGES = range(71)
HEIGHTS = {
    "a1": st.floats(0.005, 0.1),
    "a2": st.floats(0.03, 0.3),
    "a3": st.floats(0.002, 0.05),
    "a4": st.floats(0.0002, 0.002),
    "c": st.floats(0.001, 0.02),
}
SHAPES = {
    "alpha1": st.floats(0.05, 0.2),
    "alpha2": st.floats(0.05, 0.2),
    "mu2": st.floats(17, 27),
    "lambda2": st.floats(0.15, 0.7),
    "alpha3": st.floats(0.1, 0.6),
    "mu3": st.floats(57, 70),
    "lambda3": st.floats(0.15, 0.8),
    "lambda4": st.floats(0.01, 0.04),
}
SEVEN = ("a1", "alpha1", "a2", "alpha2", "mu2", "lambda2", "c")
models = st.fixed_dictionaries(HEIGHTS | SHAPES)
small_models = st.fixed_dictionaries({n: (HEIGHTS | SHAPES)[n] for n in SEVEN})
seeds = st.integers(0, 2**32 - 1)


def counts(model: dict[str, float], seed: int) -> tuple[xr.DataArray, xr.DataArray]:
    rates = rogers_castro_schedule(AGES, model).drop_attrs()
    people = xr.full_like(rates, 20_000)
    moved = np.random.default_rng(seed).poisson(people * rates).astype(float)
    return rates.copy(data=moved), people


@LAW
@given(models, st.floats(0.1, 10))
def test_rates_are_positive_and_linear_in_heights(model: dict[str, float], k: float) -> None:
    rates = rogers_castro_schedule(AGES, model)
    assert (rates > 0).all()
    scaled = model | {name: k * model[name] for name in HEIGHTS}
    assert rogers_castro_schedule(AGES, scaled).values == pytest.approx(k * rates.values)
    parts = []
    for height, shapes in rc.GROUPS.items():
        term = {name: model[name] for name in (height, *shapes)}
        parts.append(rogers_castro_schedule(AGES, term).values)
    assert sum(parts) == pytest.approx(rates.values)


@LAW
@given(small_models, seeds, st.floats(0.2, 50))
def test_doubling_persons_doubles_counts_and_leaves_rates(
    model: dict[str, float], seed: int, k: float
) -> None:
    moved, people = counts(model, seed)
    one, many = fit_rogers_castro(moved, people), fit_rogers_castro(k * moved, k * people)
    assert many.deviance.item() == pytest.approx(k * one.deviance.item(), rel=1e-5)
    assert many.fitted.values == pytest.approx(one.fitted.values, rel=1e-3)


@LAW
@given(small_models, seeds)
def test_no_other_curve_of_the_family_is_nearer(model: dict[str, float], seed: int) -> None:
    moved, people = counts(model, seed)
    fit = fit_rogers_castro(moved, people)

    def deviance(rates: xr.DataArray) -> float:
        mu, y = people.values * rates.values, moved.values
        return float(2 * (np.where(y > 0, y * np.log(np.maximum(y, 1) / mu), 0) - y + mu).sum())

    assert deviance(fit.fitted) == pytest.approx(fit.deviance.item(), rel=1e-7)
    assert deviance(rogers_castro_schedule(AGES, model)) >= fit.deviance.item() - 1e-6
    names = fit.parameters.parameter.values
    near = np.random.default_rng(seed).normal(1, 0.02, (30, len(names))) * fit.parameters.values
    limits = np.array([rc.BOUNDS.get(n, (0, 1)) for n in names]).T
    others = rogers_castro_schedule(
        AGES,
        xr.DataArray(np.clip(near, *limits), coords={"trajectory": range(30), "parameter": names}),
    )
    nearest = min(deviance(others.sel(trajectory=k)) for k in range(30))
    assert nearest >= fit.deviance.item() - 1e-6
    assert (fit.lower <= fit.fitted).all()
    assert (fit.fitted <= fit.upper).all()


@LAW
@given(st.lists(small_models, min_size=2, max_size=4), seeds)
def test_other_schedules_in_the_batch_do_not_matter(
    several: list[dict[str, float]], seed: int
) -> None:
    moved = xr.concat(
        [counts(m, seed + k)[0] for k, m in enumerate(several)],
        xr.Variable("region", range(len(several))),
    )
    people = counts(several[0], seed)[1]
    forth = fit_rogers_castro(moved, people)
    back = fit_rogers_castro(moved.isel(region=slice(None, None, -1)), people)
    assert forth.deviance.values == pytest.approx(back.deviance.values[::-1], rel=1e-9)
    assert forth.parameters.values == pytest.approx(back.parameters.values[:, ::-1], rel=1e-6)


@LAW
@given(models, st.floats(0.01, 100), st.integers(1, 10))
def test_peak_indices_follow_level_and_age(model: dict[str, float], k: float, shift: int) -> None:
    quiet_children = model | {"a1": 0.2 * model["a2"]}
    rates = rogers_castro_schedule(range(101), quiet_children)
    found = peak_indices(rates)
    assume(np.isfinite(found.peak_breadth.item()))  # some schedules fall to half nowhere
    scaled = peak_indices(k * rates)
    for name in ("peak_age", "rise_age", "fall_age", "peak_share", "peak_intensity_share"):
        assert getattr(scaled, name).item() == pytest.approx(getattr(found, name).item())
    for name in ("gross_migraproduction_rate", "peak_intensity", "jump"):
        assert getattr(scaled, name).item() == pytest.approx(k * getattr(found, name).item())
    later = peak_indices(rates.assign_coords(age=rates.age + shift), ages=(5 + shift, 65 + shift))
    for name in ("peak_age", "rise_age", "fall_age", "low_age"):
        assert getattr(later, name).item() == getattr(found, name).item() + shift
    assert later.peak_breadth.item() == pytest.approx(found.peak_breadth.item())
    assert found.low_age.item() < found.peak_age.item() < found.fall_age.item()


@LAW
@given(models)
def test_labour_peak_is_the_top_of_the_labour_term(model: dict[str, float]) -> None:
    assume(model["lambda2"] > 1.2 * model["alpha2"])
    term = {name: model[name] for name in ("a2", *rc.GROUPS["a2"])}
    top = labour_indices(model).labour_peak_age.item()
    at, before, after = (
        rogers_castro_schedule([top + step], term).item() for step in (0, -0.01, 0.01)
    )
    assert at >= max(before, after)


@LAW
@given(small_models, seeds, st.floats(1, 1e7), st.floats(0.2, 50))
def test_smoothing_keeps_migrants_and_scales(
    model: dict[str, float], seed: int, smoothness: float, k: float
) -> None:
    moved, people = counts(model, seed)
    smooth = smooth_schedule(moved, people, smoothness=smoothness)
    expected = smooth.rate.drop_attrs() * people
    assert expected.sum().item() == pytest.approx(moved.sum().item(), rel=1e-9)
    scaled = smooth_schedule(k * moved, k * people, smoothness=k * smoothness)
    assert scaled.rate.values == pytest.approx(smooth.rate.values, rel=1e-6)
    assert 2 - 1e-6 <= smooth.effective_parameters.item() <= len(AGES)
