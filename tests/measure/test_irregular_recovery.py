# SPDX-License-Identifier: Apache-2.0
"""Simulated populations of known size, and another program on the same counts."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from tests.irregular_cases import COVARIATES, netherlands

from keruen.measure import irregular as ir
from keruen.measure._capture_cells import capture_cells, starting_values
from keruen.measure._count_fit import fit, sizes, unbounded
from keruen.measure._count_models import MODELS
from keruen.measure._irregular_bounds import log_normal_interval

SEEDS = 200
BAND = (0.90, 0.98)
"""Share of 200 intervals of 95 % that must hold the truth."""


def table_of(times: np.ndarray, group: np.ndarray, groups: int) -> xr.DataArray:
    """People caught at least once, by group and times."""
    most = int(times.max())
    cells = np.bincount(group * (most + 1) + times, minlength=groups * (most + 1))
    return xr.DataArray(
        cells.reshape(groups, -1)[:, 1:],
        coords={"group": [f"g{k}" for k in range(groups)], "captures": range(1, most + 1)},
    )


def people(model: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How often each of 4,000 people is caught, and the group of each."""
    group = np.repeat([0, 1], [2500, 1500])
    mean = np.array([0.35, 0.8])[group]
    base = model.rsplit("_", 1)[-1]
    if base == "geometric":
        times = rng.geometric(1 / (1 + mean)) - 1
    elif base == "binomial":
        times = rng.poisson(mean * rng.gamma(1 / 0.7, 0.7, mean.size))
    else:
        times = rng.poisson(mean)
    if model.startswith("one_inflated"):
        times = np.where(rng.random(mean.size) < 0.2, 1, times)
    if model.startswith("removal"):
        times = np.where((times > 0) & (rng.random(mean.size) < 0.3), 1, times)
    return times, group


def tables(model: str) -> list[xr.DataArray]:
    """The people caught of every seed."""
    return [table_of(*people(model, np.random.default_rng(seed)), 2) for seed in range(SEEDS)]


def intervals(model: str, given: list[xr.DataArray], *, covariates: tuple[str, ...]) -> np.ndarray:
    """Value, lower and upper limit of every table [seed, 3]: all fitted in one call."""
    together = xr.concat(given, dim="seed", join="outer", fill_value=0)
    cells = capture_cells(together.sum("seed"), covariates=covariates, linear=(), strata=())
    kept = [*covariates, "captures"]
    weights = together.transpose("seed", *kept).to_numpy().reshape(len(given), -1)
    weights = weights[:, together.sum("seed").transpose(*kept).to_numpy().ravel() > 0]
    chosen = MODELS[model]
    found = fit(chosen, cells.groups, weights.astype(float), starting_values(chosen, cells))
    assert found.settled.all()
    assert not unbounded(chosen, cells.groups, found).any()
    size, variance = sizes(chosen, cells.groups, weights, found, np.ones((weights.shape[1], 1)))
    parts = (xr.DataArray(one, dims="seed") for one in
             (size[:, 0], np.sqrt(variance[:, 0]), weights.sum(axis=1)))  # fmt: skip
    value, error, seen = parts
    lower, upper = log_normal_interval(value, error, seen)
    return np.column_stack([value, lower, upper])


def share(found: np.ndarray, truth: float) -> float:
    """Share of intervals that hold the truth."""
    return float(((found[:, 1] <= truth) & (truth <= found[:, 2])).mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        "poisson",
        "geometric",
        "negative_binomial",
        "one_inflated_poisson",
        "one_inflated_geometric",
        "removal_poisson",
        "removal_geometric",
    ],
)
def test_intervals_cover_the_truth(model):
    given = tables(model)
    found = intervals(model, given, covariates=("group",))
    assert BAND[0] <= share(found, 4000) <= BAND[1]
    alone = ir.capture_recapture(given[7], moment="", model=model, covariates=("group",)).estimate
    wanted = [alone.value.item(), alone.lower.item(), alone.upper.item()]
    np.testing.assert_allclose(found[7], wanted, rtol=1e-5)


@pytest.mark.slow
def test_bootstrap_intervals_cover_the_truth():
    hits = 0
    for table in tables("poisson"):
        found = ir.capture_recapture(table, moment="", covariates=("group",), draws=300).estimate
        hits += bool(found.lower <= 4000 <= found.upper)
    assert BAND[0] <= hits / SEEDS <= BAND[1]


def alike() -> list[xr.DataArray]:
    """3,000 people caught at one rate, every seed."""
    found = []
    for seed in range(SEEDS):
        times = np.random.default_rng(seed).poisson(0.5, 3000)
        table = table_of(times, np.zeros(3000, dtype=int), 1)
        found.append(table.isel(group=0, drop=True))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("model", ["chao", "zelterman"])
def test_bounds_cover_the_truth_when_rates_are_one(model):
    assert BAND[0] <= share(intervals(model, alike(), covariates=()), 3000) <= BAND[1]


@pytest.mark.slow
def test_the_corrected_bound_covers_the_truth_when_rates_are_one():
    runs = xr.concat(alike(), dim="seed", join="outer", fill_value=0)
    runs = runs.assign_coords(seed=range(SEEDS))
    found = ir.capture_recapture(runs, moment="", model="chao_corrected", strata=("seed",)).strata
    held = ((found.lower <= 3000) & (found.upper >= 3000)).mean().item()
    assert BAND[0] <= held <= BAND[1]


@pytest.mark.slow
def test_two_lists_cover_the_truth():
    rng = np.random.default_rng(1)
    first, second = (rng.random((SEEDS, 3000)) < p for p in (0.2, 0.15))
    run = {"run": range(SEEDS)}
    lists = (a.sum(axis=1) for a in (first, second, first & second))
    found = ir.two_list_estimate(*(xr.DataArray(a, coords=run) for a in lists), moment="")
    held = ((found.lower <= 3000) & (found.upper >= 3000)).mean().item()
    assert BAND[0] <= held <= BAND[1]


@pytest.mark.slow
def test_ratio_model_covers_the_truth():
    hits = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        size = np.round(np.exp(rng.uniform(3, 10, 80)))
        found = rng.poisson(size * rng.gamma(0.8, 0.03, 80))
        caught = rng.poisson(size**0.75 * (0.01 + found / size) ** 0.6)
        names = {"citizenship": [f"C{k:02}" for k in range(80)]}
        model = ir.ratio_model(
            *(xr.DataArray(a, coords=names) for a in (caught, found, size)),
            moment="", draws=200, seed=seed,
        )  # fmt: skip
        hits += bool(model.estimate.lower <= (size**0.75).sum() <= model.estimate.upper)
    assert BAND[0] <= hits / SEEDS <= BAND[1]


def dutch_rows() -> tuple[np.ndarray, np.ndarray]:
    """Times caught and design of the 1,880 people of the Dutch cities, one row each."""
    stacked = netherlands().transpose(*COVARIATES, "captures")
    places = np.argwhere(stacked.values > 0)
    number = stacked.values[tuple(places.T)].astype(int)
    columns = [np.ones(len(places)), places[:, 0] == 1, places[:, 1] == 1]
    columns += [places[:, 2] == k for k in range(1, 6)]
    design = np.repeat(np.column_stack(columns).astype(float), number, axis=0)
    return np.repeat(places[:, 3] + 1, number), design


class TestStatsmodels:
    """Truncated count models of statsmodels, written by others and fitted row by row."""

    def test_poisson(self):
        counts = pytest.importorskip("statsmodels.discrete.truncated_model")
        times, design = dutch_rows()
        other = counts.TruncatedLFPoisson(times, design).fit(disp=0, maxiter=200, gtol=1e-8)
        found = ir.capture_recapture(netherlands(), moment="1995", covariates=COVARIATES)
        assert found.log_likelihood == pytest.approx(other.llf, rel=1e-9)
        np.testing.assert_allclose(
            found.coefficients.sel(statistic="estimate"), other.params, atol=2e-4
        )
        np.testing.assert_allclose(
            found.coefficients.sel(statistic="standard_error"), other.bse, rtol=1e-3
        )

    def test_negative_binomial(self):
        counts = pytest.importorskip("statsmodels.discrete.truncated_model")
        rng = np.random.default_rng(11)
        times = rng.poisson(rng.gamma(1 / 0.6, 0.6 * 1.4, 3000))
        table = table_of(times, np.zeros(3000, dtype=int), 1).isel(group=0, drop=True)
        kept = times[times > 0]
        model = counts.TruncatedLFNegativeBinomialP(kept, np.ones((kept.size, 1)), p=2)
        other = model.fit(disp=0, start_params=[0.3, 0.6], method="bfgs", maxiter=500)
        found = ir.capture_recapture(table, moment="", model="negative_binomial")
        mean, dispersion = np.exp(found.coefficients.sel(statistic="estimate").values)
        assert found.log_likelihood == pytest.approx(other.llf, rel=1e-8)
        np.testing.assert_allclose([np.log(mean), dispersion], other.params, rtol=2e-3, atol=2e-3)
