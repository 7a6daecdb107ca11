# SPDX-License-Identifier: Apache-2.0
"""Flows from net totals: the computed figures of the specification, optimality, faults."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keruen.core.errors import (
    AccountError,
    ConvergenceError,
    CoverageError,
    InfeasibleError,
    SchemaError,
)
from keruen.measure.netflows import NET_METHODS, flows_from_net


def table(values: object, names: str = "ABCDEFGH") -> xr.DataArray:
    cells = np.asarray(values, dtype=float)
    codes = list(names[: len(cells)])
    return xr.DataArray(cells, coords={"origin": codes, "destination": codes})


def totals(*values: float, names: str = "ABCDEFGH") -> xr.DataArray:
    return xr.DataArray(list(map(float, values)), coords={"country": list(names[: len(values)])})


def gained(flows: xr.DataArray) -> np.ndarray:
    return flows.sum("origin").values - flows.sum("destination").values


# Measurement specification, section 4.5: m_ij = i + 4 (j - 1), diagonal empty.
SEED = table([[(i + 4 * (j - 1)) * (i != j) for j in range(1, 5)] for i in range(1, 5)])
NET = totals(30, 40, -15, -55)


@pytest.mark.parametrize("method", ["entropy", "ipf"])
def test_specified_case(method: str) -> None:
    result = flows_from_net(NET, SEED, method=method)
    assert result.flows.sum().item() == pytest.approx(128.8765, abs=5e-5)
    assert result.flows.sel(origin="D", destination="B").item() == pytest.approx(29.9883, abs=5e-5)
    assert result.flows.sel(origin="B", destination="D").item() == pytest.approx(3.7348, abs=5e-5)
    assert gained(result.flows) == pytest.approx(NET.values)


@pytest.mark.parametrize("method", NET_METHODS)
def test_each_method_is_best_by_its_own_measure(method: str) -> None:
    results = {name: flows_from_net(NET, SEED, method=name).flows.values for name in NET_METHODS}
    seed, off = SEED.values, ~np.eye(4, dtype=bool)

    def entropy(flows: np.ndarray) -> float:
        f, m = flows[off], seed[off]
        return float((f * np.log(np.where(f > 0, f, 1) / m) - f + m).sum())

    measure = {
        "entropy": entropy,
        "ipf": entropy,
        "linear": lambda flows: float(np.abs(flows - seed).sum()),
        "least_squares": lambda flows: float(((flows - seed) ** 2).sum()),
    }[method]
    mine = measure(results[method])
    assert flows_from_net(NET, SEED, method=method).objective.item() == pytest.approx(mine)
    for other in results.values():
        assert mine <= measure(other) + 1e-6


def test_linear_programme_against_another_solver() -> None:
    from scipy.optimize import linprog

    off = np.flatnonzero(~np.eye(4, dtype=bool))
    origin, target = np.unravel_index(off, (4, 4))
    incidence = np.zeros((4, 12))
    incidence[target, np.arange(12)] += 1
    incidence[origin, np.arange(12)] -= 1
    seed = SEED.values.reshape(-1)[off]
    best = linprog(
        np.ones(24),
        A_eq=np.hstack([incidence, -incidence]),
        b_eq=NET.values - incidence @ seed,
        bounds=[(0, None)] * 12 + [(0, m) for m in seed],
    )
    result = flows_from_net(NET, SEED, method="linear")
    assert result.objective.item() == pytest.approx(best.fun)
    assert gained(result.flows) == pytest.approx(NET.values)


def test_least_squares_against_another_solver() -> None:
    from scipy.optimize import minimize

    off = ~np.eye(4, dtype=bool)
    seed = SEED.values

    def full(values: np.ndarray) -> np.ndarray:
        flows = np.zeros((4, 4))
        flows[off] = values
        return flows

    best = minimize(
        lambda v: ((v - seed[off]) ** 2).sum(),
        seed[off],
        jac=lambda v: 2 * (v - seed[off]),
        bounds=[(0, None)] * 12,
        constraints={
            "type": "eq",
            "fun": lambda v: (full(v).sum(axis=0) - full(v).sum(axis=1) - NET.values)[:3],
        },
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    result = flows_from_net(NET, SEED, method="least_squares")
    assert result.flows.values[off] == pytest.approx(best.x, abs=1e-4)


def test_hand_case_of_two_places() -> None:
    # One factor a: 10 a - 20 / a = 5 with a = (5 + sqrt(825)) / 20.
    flows = flows_from_net(totals(-5, 5), table([[0, 10], [20, 0]])).flows
    a = (5 + np.sqrt(825)) / 20
    assert flows.values == pytest.approx(np.array([[0, 10 * a], [20 / a, 0]]))


def test_zero_net_totals_of_a_balanced_seed() -> None:
    seed = table([[0, 3, 2], [4, 0, 1], [1, 2, 0]])
    for method in NET_METHODS:
        flows = flows_from_net(totals(0, 0, 0), seed, method=method).flows
        assert flows.values == pytest.approx(seed.values)


def test_years_are_solved_together() -> None:
    net = xr.concat([NET, -NET, 2 * NET], "year").assign_coords(year=[2000, 2005, 2010])
    for method in NET_METHODS:
        together = flows_from_net(net, SEED, method=method)
        assert together.flows.dims == ("year", "origin", "destination")
        assert together.margin_error.dims == ("year",)
        for year in (2000, 2005, 2010):
            alone = flows_from_net(net.sel(year=year, drop=True), SEED, method=method).flows
            if method != "linear":  # its optimum need not be unique
                assert together.flows.sel(year=year).values == pytest.approx(alone.values, rel=1e-6)
            assert gained(together.flows.sel(year=year)) == pytest.approx(net.sel(year=year).values)


def test_structural_zeros_stay_zero() -> None:
    seed = SEED.copy(deep=True)
    seed.loc["D", "B"] = 0.0
    for method in NET_METHODS:
        flows = flows_from_net(NET, seed, method=method).flows
        assert flows.sel(origin="D", destination="B").item() == 0
        assert gained(flows) == pytest.approx(NET.values)


def test_places_are_matched_by_name() -> None:
    turned = NET.sel(country=list("DCBA")).rename(country="region")
    flows = flows_from_net(turned, SEED).flows
    direct = flows_from_net(NET, SEED).flows
    assert flows.sel(direct.indexes).values == pytest.approx(direct.values)


def test_net_totals_that_do_not_add_up() -> None:
    with pytest.raises(AccountError, match="add up to 10, not to zero") as caught:
        flows_from_net(totals(30, 40, -15, -45), SEED)
    assert caught.value.id == "InconsistentTotals"


def test_no_seeded_way_out() -> None:
    # C and D lose 70 people but are only joined to each other.
    seed = SEED.copy(deep=True)
    seed.loc[["C", "D"], ["A", "B"]] = 0.0
    for method in NET_METHODS:
        with pytest.raises(InfeasibleError, match="C, D lose 70 people") as caught:
            flows_from_net(NET, seed, method=method)
        assert caught.value.id == "Infeasible"


def test_a_way_through_others_is_enough() -> None:
    # D reaches A only through B: a chain carries the loss.
    seed = table([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    flows = flows_from_net(totals(10, 0, -10), seed).flows
    assert gained(flows) == pytest.approx([10, 0, -10])
    assert flows.sel(origin="B", destination="A").item() >= 10


@pytest.mark.parametrize(
    ("net", "seed", "error", "message"),
    [
        (NET, SEED - 1, SchemaError, "negative"),
        (NET, SEED + np.eye(4), SchemaError, "not empty on its diagonal"),
        (NET.where(NET > 0), SEED, SchemaError, "missing"),
        (totals(1, -1, names="AX"), table([[0, 1], [1, 0]]), CoverageError, "X"),
    ],
)
def test_bad_input(
    net: xr.DataArray, seed: xr.DataArray, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        flows_from_net(net, seed)


def test_unknown_method_and_giving_up() -> None:
    with pytest.raises(SchemaError, match="not a method"):
        flows_from_net(NET, SEED, method="guess")
    with pytest.raises(ConvergenceError) as caught:
        flows_from_net(NET, SEED, method="ipf", max_iterations=2)
    assert caught.value.diagnostics["iterations"] == 2


@given(
    arrays(float, (5, 5), elements=st.floats(0.1, 1e3)),
    arrays(float, 5, elements=st.floats(-1e3, 1e3)),
)
def test_net_totals_are_met_for_any_seed(seed: np.ndarray, net: np.ndarray) -> None:
    net = net - net.mean()
    seed = seed * (1 - np.eye(5))
    scale = np.abs(net).sum() + seed.sum()
    for method in ("entropy", "least_squares"):
        flows = flows_from_net(totals(*net), table(seed), method=method).flows
        assert np.abs(gained(flows) - net).max() <= 1e-9 * scale
        assert (flows.values >= 0).all()
