# SPDX-License-Identifier: Apache-2.0
"""Policy in a gravity model: dense Poisson regression, identities, zeros, what is identified."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import ConvergenceError, CoverageError, EstimationError, SchemaError
from keruen.decide.evaluate import policy_gravity

pytest.importorskip("pyfixest")

PLACES = list("abcdefgh")
CELLS = {"year": [2001, 2002, 2003, 2004], "origin": PLACES, "destination": PLACES}
SHAPE = (4, 8, 8)


def simulated(seed, beta=-0.5, size=1.0):
    rng = np.random.default_rng(seed)
    visa = xr.DataArray(rng.integers(0, 2, SHAPE).astype(float), CELLS, name="visa")
    effects = rng.normal(size=(4, 8, 1)) + rng.normal(size=(4, 1, 8)) + rng.normal(size=(8, 8))
    mean = size * 20 * np.exp(effects + beta * visa)
    return xr.DataArray(rng.poisson(mean).astype(float), CELLS), visa


def rows(array):
    """Cells off the diagonal in the order of year, origin, destination."""
    return array.transpose(*CELLS).to_numpy()[:, ~np.eye(8, dtype=bool)].ravel()


def codes():
    year, origin, destination = (
        rows(xr.DataArray(part, CELLS)) for part in np.indices(SHAPE).astype(float)
    )
    return year, origin, destination


def dense_poisson(y, policy, *effects):
    """Coefficient of the policy by Newton's steps on all dummies."""
    dummies = [np.equal.outer(effect, np.unique(effect)).astype(float) for effect in effects]
    design = np.column_stack([policy, *dummies])
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        mean = np.exp(design @ beta) if beta.any() else y + 0.5
        working = np.log(mean) + (y - mean) / mean
        root = np.sqrt(mean)
        step = np.linalg.lstsq(design * root[:, None], working * root, rcond=1e-12)[0]
        done = np.abs(design @ (step - beta)).max() < 1e-11
        beta = step
        if done:
            break
    return beta[0]


def test_the_coefficient_is_that_of_a_dense_poisson_regression():
    flows, visa = simulated(1, size=5)
    year, origin, destination = codes()
    expected = dense_poisson(
        rows(flows), rows(visa), origin * 10 + year, destination * 10 + year,
        origin * 10 + destination,
    )  # fmt: skip
    found = policy_gravity(flows, visa)
    assert found.estimate.item() == pytest.approx(expected, abs=1e-5)
    assert found.library.startswith("pyfixest 0.")
    assert found.clusters == 56
    percent = found.tables["percent"].iloc[0]
    assert percent["percent"] == pytest.approx(100 * (np.exp(found.estimate.item()) - 1))
    low, high = 100 * np.expm1(found.interval.values)
    assert percent[["low", "high"]].tolist() == pytest.approx([low, high])
    assert {one.id for one in found.checks if one.passed} == {
        "lead", "multilateral_resistance", "clusters"
    }  # fmt: skip


def test_a_flow_without_noise_gives_the_effect_back():
    _, visa = simulated(2)
    rng = np.random.default_rng(3)
    away, into = rng.normal(size=(4, 8, 1)), rng.normal(size=(4, 1, 8))
    flows = 100 * np.exp(away + into + rng.normal(size=(8, 8)) - 0.7 * visa)
    found = policy_gravity(flows, visa)
    assert found.estimate.item() == pytest.approx(-0.7, abs=1e-6)
    # the flows of an origin in one year, or a destination's, may be counted in another unit
    other = policy_gravity(flows * np.exp(away) * 7, visa)
    assert other.estimate.item() == pytest.approx(-0.7, abs=1e-6)
    # and the policy too
    wide = policy_gravity(flows, visa * 1e-4)
    assert wide.estimate.item() == pytest.approx(-7000, rel=1e-6)


def test_zeros_stay_and_separated_cells_are_listed():
    flows, visa = simulated(4, size=0.05)
    flows.loc[{"origin": "a", "destination": "b"}] = 0.0
    found = policy_gravity(flows, visa)
    listed = found.adjustments.set_index("key")["reason"]
    for year in CELLS["year"]:
        key = f"year={year}, origin=a, destination=b"
        assert listed[key] == "separated: fixed effects foretell no flow"
    shares = {one.id: one.value for one in found.checks}
    assert shares["separated"] == pytest.approx(len(listed) / 224)
    assert shares["zero_flows"] > shares["separated"] > 0
    # every cell left out was a zero
    for key in listed.index:
        year, origin, destination = (part.split("=")[1] for part in key.split(", "))
        cell = {"year": int(year), "origin": origin, "destination": destination}
        assert flows.sel(cell).item() == 0


def test_a_policy_of_destinations_is_not_identified_with_their_years():
    flows, visa = simulated(5)
    by_destination = visa.isel(origin=0, drop=True)
    with pytest.raises(EstimationError, match="same for every origin") as caught:
        policy_gravity(flows, by_destination)
    assert caught.value.id == "NotIdentified"
    assert "effects=('origin_year', 'pair', 'destination', 'year')" in str(caught.value)
    with pytest.raises(EstimationError, match="same for every origin"):
        policy_gravity(flows, by_destination.broadcast_like(flows))
    own = xr.DataArray(np.eye(8, dtype=bool), {k: CELLS[k] for k in ("origin", "destination")})
    with pytest.raises(EstimationError, match="same for every origin"):
        policy_gravity(flows, by_destination.broadcast_like(flows).where(~own))
    with pytest.raises(EstimationError, match="same for every destination"):
        policy_gravity(flows, visa.isel(destination=0, drop=True))
    with pytest.raises(EstimationError) as caught:
        policy_gravity(flows, visa.isel(year=0, drop=True))
    assert caught.value.id == "NotIdentified"
    found = policy_gravity(flows, by_destination, effects=("origin_year", "destination", "pair"))
    check = next(one for one in found.checks if one.id == "multilateral_resistance")
    assert check.passed is False


def test_a_policy_that_flows_foretell_fails_its_lead():
    flows, visa = simulated(6, size=20)
    ahead = visa.shift(year=-1, fill_value=0.0)
    found = policy_gravity(flows * np.exp(-1.0 * ahead), visa)
    lead = next(one for one in found.checks if one.id == "lead")
    assert lead.passed is False
    assert lead.value < 1e-6
    controlled = policy_gravity(flows * np.exp(-1.0 * ahead), visa, controls={"ahead": ahead})
    terms = controlled.tables["terms"].set_index("term")["effect"]
    assert terms["ahead"] == pytest.approx(-1.0, abs=0.2)
    assert terms["visa"] == pytest.approx(-0.5, abs=0.2)


def test_missing_flows_and_flows_to_oneself_are_left_out():
    flows, visa = simulated(7)
    flows[0, 0, 1:4] = np.nan
    found = policy_gravity(flows, visa)
    row = found.adjustments.iloc[0]
    assert row[["key", "before", "after"]].tolist() == ["flows", 224, 221]
    own = xr.DataArray(np.eye(8, dtype=bool), {k: CELLS[k] for k in ("origin", "destination")})
    assert policy_gravity(flows.where(~own, 1e9), visa).estimate.item() == found.estimate.item()


def test_zeros_left_empty_are_noticed():
    flows, visa = simulated(11)
    checks = {one.id: one for one in policy_gravity(flows.where(flows > 0), visa).checks}
    assert checks["zero_flows"].passed is False
    assert policy_gravity(flows, visa).checks[3].passed is None


def test_a_regression_that_does_not_converge_says_so():
    _, visa = simulated(2)
    rng = np.random.default_rng(3)
    wild = np.exp(rng.normal(0, 8, (4, 8, 1)) + rng.normal(0, 8, (4, 1, 8)) - 0.7 * visa)
    with pytest.raises(ConvergenceError, match="has not converged") as caught:
        policy_gravity(wild, visa)
    assert caught.value.diagnostics["library"]


def test_faults_are_named():
    flows, visa = simulated(8)
    with pytest.raises(SchemaError) as caught:
        policy_gravity(-flows, visa)
    assert caught.value.id == "NegativeInput"
    with pytest.raises(CoverageError, match="for example year=2001, origin=a, destination=c"):
        policy_gravity(flows, visa.where(~((visa.year == 2001) & (visa.destination == "c"))))
    with pytest.raises(SchemaError, match="not a choice of 'effects'"):
        policy_gravity(flows, visa, effects=("country",))
    with pytest.raises(SchemaError, match="dimensions that flows have not"):
        policy_gravity(flows, visa.expand_dims(sex=["F", "M"]))
    with pytest.raises(CoverageError):
        policy_gravity(flows, visa.isel(origin=slice(3)))


@pytest.mark.slow
@pytest.mark.study
def test_intervals_cover():
    hits, runs = 0, 100
    for seed in range(runs):
        flows, visa = simulated(1000 + seed)
        low, high = policy_gravity(flows, visa).interval.values
        hits += bool(low <= -0.5 <= high)
    assert 0.90 <= hits / runs <= 0.98
