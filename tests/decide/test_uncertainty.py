# SPDX-License-Identifier: Apache-2.0
"""Uncertain inputs, shares of variance, robust choice, conditions of failure."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CodeError, CoverageError, FaultsError, SchemaError
from keruen.decide.uncertainty import (
    Uncertain,
    discover_failures,
    robustness,
    sample_inputs,
    screen_inputs,
    sobol_indices,
    targets_met,
)

# Mean and standard deviation by the textbook's formula of each distribution.
MOMENTS = [
    (Uncertain("x", "uniform", {"low": 2, "high": 8}, "months"), 5.0, np.sqrt(3.0)),
    (
        Uncertain("x", "triangular", {"low": 0, "mode": 1, "high": 5}, "months"),
        2.0,
        np.sqrt((25 + 1 - 5) / 18),
    ),
    (Uncertain("x", "normal", {"mean": 3, "sd": 0.5}, "months"), 3.0, 0.5),
    (Uncertain("x", "lognormal", {"mean": 10, "sd": 4}, "persons"), 10.0, 4.0),
    (Uncertain("x", "beta", {"a": 30, "b": 10}, "share"), 0.75, np.sqrt(0.75 * 0.25 / 41)),
    (
        Uncertain("x", "beta", {"a": 2, "b": 2, "low": 10, "high": 20}, "months"),
        15.0,
        10 * np.sqrt(0.25 / 5),
    ),
    # PERT: mean (low + 4 mode + high) / 6, variance (mean - low)(high - mean) / 7
    (
        Uncertain("x", "pert", {"low": 4, "mode": 6, "high": 12}, "months"),
        40 / 6,
        np.sqrt((40 / 6 - 4) * (12 - 40 / 6) / 7),
    ),
]


@pytest.mark.parametrize(("one", "mean", "sd"), MOMENTS)
@pytest.mark.parametrize("method", ["latin_hypercube", "sobol", "random"])
def test_draws_have_the_moments_of_their_distribution(one, mean, sd, method):
    drawn = sample_inputs([one], 2**14, seed=3, method=method)["x"]
    slack = 5 if method == "random" else 0.2  # standard errors of plain random numbers
    assert drawn.mean().item() == pytest.approx(mean, abs=slack * sd / 2**7)
    assert drawn.std().item() == pytest.approx(sd, rel=0.03)
    assert drawn.attrs["units"] == one.units


def test_a_fixed_input_is_its_value_and_carries_its_source():
    one = Uncertain("rate", "fixed", {"value": 10}, "decisions", source="law of practice")
    drawn = sample_inputs([one], 3, seed=1)["rate"]
    assert drawn.values.tolist() == [10, 10, 10]
    assert drawn.attrs["source"] == "law of practice"


@given(st.integers(1, 300), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_latin_hypercube_has_one_draw_in_every_slice(draws, seed):
    inputs = [Uncertain(name, "uniform", {"low": 0, "high": 1}, "share") for name in "ab"]
    drawn = sample_inputs(inputs, draws, seed=seed)
    for name in "ab":
        slices = np.sort(np.floor(drawn[name].to_numpy() * draws).astype(int))
        assert slices.tolist() == list(range(draws))


def test_an_input_added_leaves_the_draws_of_others():
    a, b = MOMENTS[0][0], Uncertain("y", "normal", {"mean": 0, "sd": 1}, "share")
    alone, both = sample_inputs([a], 50, seed=1), sample_inputs([b, a], 50, seed=1)
    assert np.array_equal(alone["x"], both["x"])
    assert not np.array_equal(alone["x"], sample_inputs([a], 50, seed=2)["x"])


def _correlation(r, names=("x", "y")):
    return xr.DataArray([[1, r], [r, 1]], {"input": list(names), "other": list(names)})


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol", "random"])
@pytest.mark.parametrize("r", [-0.9, 0.3, 0.8])
def test_copula_gives_the_rank_correlation_and_keeps_the_margins(method, r):
    from scipy.stats import kstest, spearmanr

    inputs = [
        Uncertain("free", "uniform", {"low": 0, "high": 1}, "share"),
        Uncertain("x", "uniform", {"low": 0, "high": 1}, "share"),
        Uncertain("y", "lognormal", {"mean": 2, "sd": 3}, "persons"),
    ]
    draws = 2**13
    drawn = sample_inputs(inputs, draws, seed=11, method=method, correlation=_correlation(r))
    wanted = 6 / np.pi * np.arcsin(r / 2)  # of normal scores with correlation r
    assert spearmanr(drawn["x"], drawn["y"]).statistic == pytest.approx(wanted, abs=0.03)
    assert abs(spearmanr(drawn["x"], drawn["free"]).statistic) < 0.04
    assert kstest(drawn["x"], "uniform").statistic < 1.95 / np.sqrt(draws)
    if method == "latin_hypercube":
        slices = np.sort(np.floor(drawn["x"].to_numpy() * draws).astype(int))
        assert slices.tolist() == list(range(draws))


def test_faults_of_all_inputs_are_told_at_once():
    inputs = [
        Uncertain("a", "uniform", {"low": 2, "high": 1}, "months"),
        Uncertain("a", "pert", {"low": 0, "mode": 9, "high": 1}, "months"),
        Uncertain("b", "normal", {"mean": 2}, "months"),
        Uncertain("c", "cauchy", {"mean": 2}, "months"),  # type: ignore[arg-type]
        Uncertain("d", "lognormal", {"mean": -2, "sd": 1}, "months"),
        Uncertain("e", "beta", {"a": 1, "b": 1}, ""),
    ]
    with pytest.raises(FaultsError) as told:
        sample_inputs(inputs, 0, seed=1)
    ids = [fault.id for fault in told.value.faults]
    assert ids.count("BadDistribution") == 5
    assert {"DuplicateKey", "CodeError", "SchemaError"} <= set(ids)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[1, 0.5], [0.4, 1]], "symmetric"),
        ([[2, 0.5], [0.5, 1]], "itself"),
        ([[1, 1.2], [1.2, 1]], "contradict"),
        ([[1, np.nan], [np.nan, 1]], "missing"),
    ],
)
def test_a_correlation_that_is_none_is_refused(matrix, said):
    inputs = [Uncertain(n, "uniform", {"low": 0, "high": 1}, "share") for n in "xy"]
    table = _correlation(0.0).copy(data=matrix)
    with pytest.raises(SchemaError, match=said):
        sample_inputs(inputs, 10, seed=1, correlation=table)
    with pytest.raises(CodeError, match="names z"):
        sample_inputs(inputs, 10, seed=1, correlation=_correlation(0.1, ("x", "z")))


def test_sobol_draws_are_a_power_of_two():
    with pytest.raises(SchemaError, match="use 512 or 1024") as told:
        sample_inputs([MOMENTS[0][0]], 1000, seed=1, method="sobol")
    assert told.value.id == "NotPowerOfTwo"


def ishigami(x, a=7.0, b=0.1):
    return np.sin(x["x1"]) + a * np.sin(x["x2"]) ** 2 + b * x["x3"] ** 4 * np.sin(x["x1"])


ANGLES = [
    Uncertain(name, "uniform", {"low": -np.pi, "high": np.pi}, "radians")
    for name in ("x1", "x2", "x3")
]


def test_sobol_indices_of_ishigami():
    # Ishigami and Homma (1990) with a = 7, b = 0.1: the closed form, to four decimals.
    found = sobol_indices(ishigami, ANGLES, size=2**13, seed=1)
    assert found.runs == 2**13 * 5
    assert found.first.values == pytest.approx([0.3139, 0.4424, 0.0], abs=0.005)
    assert found.total.values == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.005)
    assert bool((found.first_low <= found.first).all())
    variance = 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 0.5
    assert found.outcome.var().item() == pytest.approx(variance, rel=0.01)
    again = sobol_indices(ishigami, ANGLES, size=2**13, seed=1)
    assert found.to_table().equals(again.to_table())


def test_sobol_intervals_hold_the_closed_form():
    truth_first, truth_total = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]
    held = []
    for seed in range(30):
        found = sobol_indices(ishigami, ANGLES, size=256, seed=seed)
        held.append((found.first_low <= truth_first) & (truth_first <= found.first_high))
        held.append((found.total_low <= truth_total) & (truth_total <= found.total_high))
    assert np.mean(held) >= 0.9  # wide: the bootstrap does not know the points are even


def test_outcomes_with_cells_and_a_fixed_input():
    inputs = [*ANGLES, Uncertain("a", "fixed", {"value": 7}, "share")]

    def model(x):
        both = xr.concat([ishigami(x, x["a"]), x["x1"], x["a"]], dim="party")
        return both.assign_coords(party=["receiving", "sending", "migrant"])

    found = sobol_indices(model, inputs, size=1024, seed=2)
    assert found.first["input"].values.tolist() == ["x1", "x2", "x3"]
    assert found.first.sel(party="sending").values == pytest.approx([1, 0, 0], abs=0.02)
    assert found.first.sel(party="receiving").values == pytest.approx([0.31, 0.44, 0], abs=0.05)
    assert bool(found.first.sel(party="migrant").isnull().all())  # constant: no shares
    assert len(found.to_table()) == 9


def test_additive_model_shares_are_variances():
    # Var of c X is c^2 Var X, whatever the distribution.
    inputs = [one.__class__(f"x{k}", one.dist, one.values, one.units)
              for k, (one, _, _) in enumerate(MOMENTS)]  # fmt: skip
    variance = np.array([sd**2 for _, _, sd in MOMENTS])
    found = sobol_indices(lambda x: sum(x[n] for n in x), inputs, size=2**12, seed=4)
    assert found.first.values == pytest.approx(variance / variance.sum(), abs=0.02)
    assert found.total.values == pytest.approx(variance / variance.sum(), abs=0.02)


@pytest.mark.parametrize(
    ("model", "fault", "name"),
    [
        (lambda x: 0 * x["x1"] + 3, SchemaError, "ConstantOutcome"),
        (lambda x: np.log(x["x1"].clip(min=0).where(x["x1"] > 0)), CoverageError, "BadOutcome"),
        (lambda x: x["x1"].isel(trajectory=slice(10)), CoverageError, "BadOutcome"),
        (lambda x: x["x1"].mean(), SchemaError, "SchemaError"),
    ],
)
def test_outcomes_that_cannot_be_used(model, fault, name):
    with pytest.raises(fault) as told:
        sobol_indices(model, ANGLES, size=64, seed=1)
    assert told.value.id == name


def test_nothing_varies_and_no_salib(monkeypatch):
    fixed = [Uncertain("a", "fixed", {"value": 7}, "share")]
    with pytest.raises(SchemaError, match="nothing varies"):
        sobol_indices(lambda x: x["a"], fixed, size=64, seed=1)
    monkeypatch.setitem(sys.modules, "SALib", None)
    monkeypatch.setattr("keruen.decide.uncertainty._model_runs.find_spec", lambda _: None)
    with pytest.raises(SchemaError, match=r"keruen\[sensitivity\]") as told:
        sobol_indices(ishigami, ANGLES, size=64, seed=1)
    assert told.value.id == "ExtraMissing"


def test_screening_ranks_twenty_five_inputs():
    inputs = [Uncertain(f"x{k:02}", "normal", {"mean": 0, "sd": 1}, "share") for k in range(25)]
    weights = np.r_[5, 3, 1, np.zeros(22)]

    def model(x):
        return sum(w * x[one.name] for w, one in zip(weights, inputs, strict=True))

    found = screen_inputs(model, inputs, seed=1, paths=20)
    assert found.runs == 20 * 26
    ranked = found.effect.sortby(-found.effect)["input"].values[:3].tolist()
    assert ranked == ["x00", "x01", "x02"]
    assert found.effect.values[3:] == pytest.approx(0, abs=1e-12)
    assert found.spread.values[0] > 0  # a normal is bent in its probabilities
    with pytest.raises(SchemaError, match="1 paths"):
        screen_inputs(model, inputs, seed=1, paths=1)


def _outcome(rows, names=("wait", "build", "rent")):
    return xr.DataArray(
        np.asarray(rows, dtype=float),
        {"scenario": list(names)[: len(rows)], "trajectory": np.arange(len(rows[0]))},
        name="places",
        attrs={"units": "persons"},
    )


def test_regret_by_hand():
    # Futures:        0   1   2   3     best: 10 8 9 7
    outcome = _outcome([[10, 1, 2, 3], [6, 8, 5, 7], [4, 4, 9, 4]])
    found = robustness(outcome, satisfied=outcome >= 4)
    assert found.regret.values.tolist() == [[0, 7, 7, 4], [4, 0, 4, 0], [6, 4, 0, 3]]
    assert found.worst.values.tolist() == [1, 5, 4]
    assert found.expected.values.tolist() == [4, 6.5, 5.25]
    assert found.satisfied.values.tolist() == [0.25, 1, 1]
    assert set(found.best) == {"expected", "maximin", "regret", "satisficing"}
    assert found.best["maximin"] == found.best["regret"] == "build"
    table = found.to_table()
    assert table.loc[1, "picked_by"] == "expected, maximin, regret, satisficing"
    cost = robustness(-outcome, better="less")
    assert cost.regret.equals(found.regret)
    assert cost.worst.values.tolist() == [-1, -5, -4]
    assert cost.best["maximin"] == "build"


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 20))
@settings(max_examples=50, deadline=None)
def test_regret_is_never_negative_and_somebody_is_best(seed, options, futures):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(options, futures))
    found = robustness(_outcome(rows, "abcde"))
    assert float(found.regret.min()) >= 0
    assert np.allclose(found.regret.min("scenario"), 0)
    # a constant added to one future changes no regret
    moved = robustness(_outcome(rows + rng.normal(size=futures), "abcde"))
    assert np.allclose(moved.regret, found.regret)


def test_targets_of_several_outcomes():
    wait, cost = _outcome([[3, 9], [4, 6]]), _outcome([[5, 5], [9, 7]])
    both = targets_met({"wait": wait, "cost": cost}, at_most={"wait": 6}, at_least={"cost": 5})
    assert both.values.tolist() == [[True, False], [True, True]]
    with pytest.raises(SchemaError, match="no target"):
        targets_met({"wait": wait})
    with pytest.raises(CodeError, match="no outcome beds"):
        targets_met({"wait": wait}, at_least={"beds": 1})


def test_robustness_refuses_gaps():
    outcome = _outcome([[1, np.nan], [2, 3]])
    with pytest.raises(CoverageError, match="1 outcomes are missing"):
        robustness(outcome)
    with pytest.raises(CodeError, match="no direction"):
        robustness(outcome, better="most")


def test_conditions_of_failure_are_found():
    inputs = [
        Uncertain("arrivals", "uniform", {"low": 100, "high": 200}, "persons"),
        Uncertain("stay", "uniform", {"low": 4, "high": 8}, "months"),
        Uncertain("noise", "uniform", {"low": 0, "high": 1}, "share"),
    ]
    drawn = sample_inputs(inputs, 4000, seed=5)
    failed = (drawn["arrivals"] > 160) & (drawn["stay"] > 6)
    found = discover_failures(drawn, failed, seed=1)
    assert found.failing == pytest.approx(0.2, abs=0.02)
    first = found.rules.iloc[0]
    assert first["density"] > 0.98
    assert first["coverage"] > 0.97
    limits = found.limits.query("rule == 1").set_index("input")
    assert set(limits.index) == {"arrivals", "stay"}
    assert limits.loc["arrivals", "low"] == pytest.approx(160, abs=1)
    assert limits.loc["stay", "low"] == pytest.approx(6, abs=0.05)
    assert limits.loc["stay", "units"] == "months"
    assert "arrivals > 1" in first["conditions"]
    assert "noise" not in first["conditions"]


def test_failures_by_chance_have_weak_rules_or_none():
    inputs = [Uncertain(n, "uniform", {"low": 0, "high": 1}, "share") for n in "abc"]
    drawn = sample_inputs(inputs, 4000, seed=5)
    chance = np.random.default_rng(1).random(4000) < 0.3
    found = discover_failures(drawn, drawn["a"].copy(data=chance), seed=1)
    assert found.rules["lift"].max() < 1.3


def test_too_few_failures_show_nothing():
    drawn = sample_inputs([MOMENTS[0][0]], 100, seed=5)
    with pytest.raises(SchemaError, match="3 failures") as told:
        discover_failures(drawn, drawn["x"] < 2.18, seed=1)
    assert told.value.id == "TooFewDraws"
