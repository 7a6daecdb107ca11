# SPDX-License-Identifier: Apache-2.0
"""Regression discontinuity: the Senate published, rdrobust, by hand, coverage, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from keruen.core.errors import EstimationError, FaultsError, SchemaError
from keruen.decide.evaluate import regression_discontinuity
from keruen.decide.evaluate._density import density_jump
from keruen.decide.evaluate._honest import critical, honest, rule_of_thumb, tail
from keruen.decide.evaluate._local_linear import neighbour_residuals


def cases(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, {"case": np.arange(len(values))})


def smooth(seed: int, size: int = 1200, jump: float = 3.0) -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(seed)
    x = 2.0 * rng.beta(2, 4, size) - 1.0
    y = 0.5 + 1.3 * x + 2.0 * x**2 + jump * (x >= 0) + rng.normal(0, 1.0, size)
    return cases(y), cases(x)


def senate() -> pd.DataFrame:
    rdrobust = pytest.importorskip("rdrobust")
    path = Path(rdrobust.__file__).parent / "data" / "rdrobust_RDsenate.csv"
    return pd.read_csv(path).dropna(subset=["margin", "vote"])


def test_senate_published():
    """Calonico, Cattaneo, Farrell and Titiunik (2017), Stata Journal 17(2), 372-404.

    Bandwidths 17.754 and 28.028, effect 7.414, robust interval 4.094 to 10.919.
    """
    table = senate()
    found = regression_discontinuity(
        cases(table["vote"].to_numpy()), cases(table["margin"].to_numpy()), 0.0
    )
    assert found.options["bandwidth"] == pytest.approx(17.754, abs=5e-4)
    assert found.options["bias_bandwidth"] == pytest.approx(28.028, abs=5e-4)
    assert found.estimate.item() == pytest.approx(7.414, abs=5e-4)
    np.testing.assert_allclose(found.interval, [4.094, 10.919], atol=1e-3)
    assert found.p_value.item() < 0.001
    sides = found.tables["sides"].set_index("side")["cases"]
    assert sides.to_dict() == {"below": 360, "above": 323}
    judged = {one.id: one.passed for one in found.checks}
    assert judged == {"distinct_values": True, "density": True, "bandwidth_path": True}


@pytest.mark.parametrize("seed", range(5))
def test_against_rdrobust(seed: int):
    rdrobust = pytest.importorskip("rdrobust")
    outcome, running = smooth(seed, 700)
    if seed % 2:  # ties
        running = running.round(2)
    peer = rdrobust.rdrobust(y=outcome.to_numpy(), x=running.to_numpy())
    found = regression_discontinuity(outcome, running, 0.0)
    assert found.options["bandwidth"] == pytest.approx(peer.bws.loc["h", "left"], rel=1e-9)
    assert found.estimate.item() == pytest.approx(peer.coef.iloc[0, 0], rel=1e-9)
    np.testing.assert_allclose(found.interval, peer.ci.loc["Robust"], rtol=1e-6)
    assert found.standard_error.item() == pytest.approx(peer.se.loc["Robust"].item(), rel=1e-9)


def test_neighbours_by_hand():
    x = np.array([1.0, 2.0, 2.0, 4.0, 9.0])
    y = np.array([3.0, 6.0, 0.0, 9.0, 12.0])
    # Nearest three of 1: 2, 2, 4; of 2: the other 2, 1, 4; of 4: 2, 2, 1; of 9: 4, 2, 2.
    means = np.array([5.0, 4.0, 6.0, 3.0, 5.0])
    np.testing.assert_allclose(neighbour_residuals(x, y), np.sqrt(3 / 4) * (y - means))


def test_line_with_a_step_is_exact():
    x = np.linspace(-1, 1, 400) + 1e-4
    outcome = cases(2.0 + x + 5.0 * (x >= 0))
    found = regression_discontinuity(outcome, cases(x), 0.0, bandwidth=0.5)
    assert found.estimate.item() == pytest.approx(5.0, abs=1e-9)


def test_shifting_and_scaling_change_nothing_but_the_units():
    outcome, running = smooth(3)
    one = regression_discontinuity(outcome, running, 0.0)
    other = regression_discontinuity(7.0 * outcome - 2.0, 100.0 * running + 65.0, 65.0)
    assert other.estimate.item() == pytest.approx(7.0 * one.estimate.item(), rel=1e-6)
    assert other.options["bandwidth"] == pytest.approx(100 * one.options["bandwidth"], rel=1e-6)


def test_critical_values():
    """Armstrong and Kolesar (2018), table: 1.96 without bias, 2.18 at half, 2.65 at one."""
    assert critical(0.0, 0.95) == pytest.approx(1.960, abs=5e-4)
    assert critical(0.5, 0.95) == pytest.approx(2.181, abs=5e-4)
    assert critical(1.0, 0.95) == pytest.approx(2.646, abs=5e-4)
    assert critical(30.0, 0.95) == pytest.approx(30 + 1.645, abs=5e-4)
    assert tail(critical(0.7, 0.9), 0.7) == pytest.approx(0.1)


def test_honest_bias_is_reached_by_the_worst_curve():
    """With f'' = M on one side and -M on the other the local line is off by the bound."""
    x = np.round(np.linspace(-1, 1, 400), 1)
    x = np.sort(x)
    curve = np.where(x >= 0, 0.5, -0.5) * 4.0 * x**2
    left, right = ((x[held], curve[held]) for held in (x < 0, x >= 0))
    found = honest(left, right, 4.0, 0.95)
    assert abs(found.estimate) == pytest.approx(found.bias, rel=1e-9)
    assert rule_of_thumb(left, right) == pytest.approx(4.0, rel=1e-6)


def test_few_distinct_values_take_the_honest_interval_and_say_so():
    rng = np.random.default_rng(5)
    points = rng.integers(60, 73, 3000)
    wage = 10 + 0.5 * points + 2.0 * (points >= 67) + rng.normal(0, 2, 3000)
    found = regression_discontinuity(cases(wage), cases(points), 67)
    assert found.options["interval"] == "honest"
    low, high = found.interval.to_numpy()
    assert low < 2.0 < high
    judged = {one.id: one.passed for one in found.checks}
    assert judged["distinct_values"] is False
    assert judged["density"] is None
    path = found.tables["curvature_path"]
    assert path["curvature"].is_monotonic_increasing
    assert (path["high"] - path["low"]).is_monotonic_increasing  # more curvature, less certain


def test_density_and_balance_find_arranged_cases():
    outcome, running = smooth(8, 4000)
    rng = np.random.default_rng(0)
    # Some of those just below the pass mark are given the points that they lack.
    x = running.to_numpy().copy()
    lifted = (x > -0.1) & (x < 0) & (rng.uniform(size=len(x)) < 0.6)
    x[lifted] = -x[lifted]
    facts = np.stack([lifted.astype(float), rng.normal(size=len(x))])
    covariates = xr.DataArray(
        facts, {"series": ["friend of the office", "age"], "case": np.arange(len(x))}
    )
    found = regression_discontinuity(outcome, cases(x), 0.0, covariates=covariates)
    judged = {(one.id, one.where): one.passed for one in found.checks}
    assert judged["density", ""] is False
    assert judged["balance", "friend of the office"] is False
    assert judged["balance", "age"] is True


def test_density_is_level_where_nobody_arranged_anything():
    rng = np.random.default_rng(2)
    ratios = [np.divide(*density_jump(rng.normal(0.3, 1.0, 2000))) for _ in range(300)]
    assert np.mean(np.abs(ratios) > 1.96) == pytest.approx(0.05, abs=0.04)


@pytest.mark.slow
@pytest.mark.study
def test_coverage():
    """Robust with a smooth curve, honest with nine values a side: 90 to 98 percent and over."""
    held = []
    for seed in range(300):
        low, high = regression_discontinuity(*smooth(seed, 500), 0.0).interval.to_numpy()
        held.append(low <= 3.0 <= high)
    assert 0.90 <= np.mean(held) <= 0.98
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        x = rng.integers(-9, 9, 600)
        y = 0.02 * x**2 * np.sign(x + 0.5) + 1.0 * (x >= 0) + rng.normal(0, 1, 600)
        found = regression_discontinuity(cases(y), cases(x), 0, curvature=0.04)
        low, high = found.interval.to_numpy()
        held.append(low <= 1.0 <= high)
    assert np.mean(held) >= 0.925  # 0.95 less 2.3 standard errors: the bound is reached here


def test_refusals():
    outcome, running = smooth(1)
    gap = outcome.copy()
    gap[5] = np.nan
    with pytest.raises(FaultsError) as caught:
        regression_discontinuity(gap, running, 9.0)
    assert [fault.id for fault in caught.value.faults] == ["MissingValue", "NoControls"]
    with pytest.raises(EstimationError, match="same for everyone"):
        regression_discontinuity(0.0 * outcome, running, 0.0)
    with pytest.raises(EstimationError) as few:
        regression_discontinuity(outcome, (running > 0) * 1.0 - 0.5, 0.0)
    assert few.value.id == "FewValues"
    with pytest.raises(EstimationError, match="distinct values within"):
        regression_discontinuity(outcome, running, 0.0, bandwidth=1e-5)
    with pytest.raises(SchemaError, match="honest interval"):
        regression_discontinuity(outcome, running, 0.0, curvature=1.0)
