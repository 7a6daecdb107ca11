# SPDX-License-Identifier: Apache-2.0
"""Synthetic control: optimum proved, exact mixes, published California, pysyncon, coverage."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CoverageError, EstimationError, FaultsError, SchemaError
from keruen.decide.evaluate import synthetic_control
from keruen.decide.evaluate._simplex import certificate, is_unique, nearest_mix

REFERENCE = Path(__file__).parents[2] / "reference"


def california() -> xr.DataArray:
    table = pd.read_csv(REFERENCE / "prop99_packs.csv", index_col=0)
    coords = {"region": table.index.to_list(), "year": table.columns.astype(int)}
    return xr.DataArray(table.to_numpy(), coords, attrs={"units": "packs per person"})


def factor_panel(
    seed: int, *, units: int = 20, years: int = 40, noise: float = 0.5, common: bool = True
) -> xr.DataArray:
    """Units that follow three common paths, or none, and noise of their own."""
    rng = np.random.default_rng(seed)
    values = noise * rng.normal(size=(years, units)) + 50.0
    if common:
        factors = rng.normal(size=(years, 3)).cumsum(axis=0)
        values += factors @ rng.dirichlet(np.ones(3), size=units).T
    names = [f"U{number:02d}" for number in range(units)]
    return xr.DataArray(values, {"year": np.arange(1980, 1980 + years), "region": names})


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10**6), st.floats(1e-6, 1e6))
def test_the_optimum_is_proved(years: int, donors: int, seed: int, scale: float):
    """Karush, Kuhn and Tucker: gradients equal where weights are, nowhere smaller."""
    rng = np.random.default_rng(seed)
    pool = scale * (rng.normal(size=(years, donors)) + 3.0)
    target = scale * (rng.normal(size=years) + 3.0)
    weights = nearest_mix(pool, target)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert certificate(pool, target, weights) < 1e-10
    gradient = pool.T @ (pool @ weights - target)
    size = max(1.0, float(np.abs(pool - target[:, None]).max())) ** 2 * years
    held = weights > 1e-9
    if not held.all():
        assert gradient[~held].min() >= gradient[held].min() - 1e-8 * size
    assert np.ptp(gradient[held]) <= 1e-6 * size


def test_nearest_mix_by_hand():
    pool = np.array([[0.0, 4.0], [0.0, 0.0]])
    # The point (1, 5) is nearest to (1, 0), a quarter of the way; (-3, 0) to the first corner.
    np.testing.assert_allclose(nearest_mix(pool, np.array([1.0, 5.0])), [0.75, 0.25])
    np.testing.assert_allclose(nearest_mix(pool, np.array([-3.0, 0.0])), [1.0, 0.0])


def test_more_donors_than_years_is_said():
    rng = np.random.default_rng(3)
    pool = rng.normal(size=(5, 30))
    inside, outside = pool.mean(axis=1), np.full(5, 9.0)
    assert not is_unique(pool, inside, nearest_mix(pool, inside))
    assert is_unique(pool, outside, nearest_mix(pool, outside))
    np.testing.assert_allclose(pool @ nearest_mix(pool, inside), inside, atol=1e-12)


def test_exact_mix_recovers_weights_and_effect():
    panel = factor_panel(1, units=12)
    weights = np.zeros(11)
    weights[[2, 5, 7]] = 0.5, 0.3, 0.2
    after = panel.year >= 2010
    panel.loc[{"region": "U00"}] = panel.isel(region=slice(1, None)) @ xr.DataArray(
        weights, dims="region", coords={"region": panel.region[1:]}
    )
    panel.loc[{"region": "U00", "year": after}] -= 1.5
    found = synthetic_control(panel, "U00", 2010)
    table = found.tables["weights"].set_index("region")["weight"]
    np.testing.assert_allclose(table[[f"U{n:02d}" for n in range(1, 12)]], weights, atol=1e-10)
    assert found.estimate.item() == pytest.approx(-1.5, abs=1e-10)
    assert found.p_value.item() == pytest.approx(1 / 12)
    np.testing.assert_allclose(found.interval, -1.5, atol=1e-6)


def test_zero_effect_is_recovered():
    """Over many panels without a policy: effects around zero, ranks even over their range."""
    effects, ranks = [], []
    for seed in range(120):
        found = synthetic_control(factor_panel(seed, units=10, years=18), "U03", 1994)
        effects.append(found.estimate.item())
        ranks.append(found.p_value.item())
    error = np.std(effects) / np.sqrt(len(effects))
    assert abs(np.mean(effects)) < 3 * error
    assert np.mean(np.array(ranks) <= 0.2) == pytest.approx(0.2, abs=0.11)  # 3 sd of 120 draws
    assert np.mean(ranks) == pytest.approx(0.55, abs=0.08)


def test_california():
    """Arkhangelsky et al. (2021), table 1: -15.6 (synthetic difference), -19.6 (control).

    Their control has a small penalty and 8.4 is the standard error of random placebos: here
    there is no penalty, and each donor is a placebo once.
    """
    packs = california()
    plain = synthetic_control(packs, "California", 1989)
    assert plain.estimate.item() == pytest.approx(-19.6, abs=0.15)
    assert plain.interval[1] < 0
    top = plain.tables["weights"]["region"][:4].to_list()
    assert top == ["Utah", "Montana", "Nevada", "Connecticut"]  # also Abadie et al. (2010)
    difference = synthetic_control(packs, "California", 1989, variant="difference")
    assert difference.estimate.item() == pytest.approx(-15.60383, abs=0.005)  # synthdid 0.0.9
    assert difference.standard_error.item() == pytest.approx(8.4, abs=1.2)
    years = difference.tables["year_weights"].set_index("year")["weight"]
    np.testing.assert_allclose(years[[1986, 1987, 1988]], [0.366, 0.206, 0.427], atol=2e-3)
    assert years.loc[:1985].abs().max() < 1e-3
    assert {one.id for one in plain.checks if one.passed is False} == set()


@pytest.mark.parametrize("seed", range(4))
def test_against_pysyncon(seed: int):
    pysyncon = pytest.importorskip("pysyncon")
    panel = factor_panel(seed, units=12, years=30)
    before = panel.sel(year=slice(None, 2003)).to_pandas()
    before -= 50.0  # weights add to one: the level does not matter, but rounding does
    pool, target = before.drop(columns="U04"), before["U04"]
    peer = pysyncon.Synth()
    weights, _ = peer.w_optimize(
        np.eye(len(before)), pool.to_numpy(), target.to_numpy(),
        qp_options={"maxiter": 5000, "ftol": 1e-16},
    )  # fmt: skip
    found = synthetic_control(panel, "U04", 2004)
    ours = found.tables["weights"].set_index("region").loc[pool.columns, "weight"]
    np.testing.assert_allclose(ours, weights, atol=1e-6)
    loss = ((target - pool @ ours) ** 2).sum()
    assert loss <= ((target - pool @ weights) ** 2).sum() * (1 + 1e-9)
    effect = panel.sel(region="U04", year=slice(2004, None)) - panel.sel(
        region=list(pool.columns), year=slice(2004, None)
    ) @ xr.DataArray(weights, dims="region", coords={"region": list(pool.columns)})
    assert found.estimate.item() == pytest.approx(float(effect.mean()), abs=1e-6)


def test_ridge_against_pysyncon():
    pysyncon = pytest.importorskip("pysyncon")
    panel = factor_panel(7, units=9, years=24)
    table = panel.rename("y").to_dataframe().reset_index()
    before = list(range(1980, 1996))
    given = pysyncon.Dataprep(
        foo=table, predictors=[], predictors_op="mean", dependent="y", unit_variable="region",
        time_variable="year", treatment_identifier="U02",
        controls_identifier=[f"U{n:02d}" for n in range(9) if n != 2],
        time_predictors_prior=before, time_optimize_ssr=before,
    )  # fmt: skip
    peer = pysyncon.AugSynth()
    peer.fit(given, lambda_=3.0, use_covariates=False)
    found = synthetic_control(panel, "U02", 1996, variant="ridge", penalty=3.0)
    ours = found.tables["weights"].set_index("region")["weight"]
    np.testing.assert_allclose(ours[peer.X_cent.columns[:-1]], peer.W, atol=1e-5)
    assert found.tables["weights"]["weight"].sum() == pytest.approx(1.0)


def test_predictors_and_their_starts():
    packs = california()
    parts = {
        "1970s": packs.sel(year=slice(1970, 1979)).mean("year"),
        "1980s": packs.sel(year=slice(1980, 1988)).mean("year"),
        "1975": packs.sel(year=1975, drop=True),
        "1980": packs.sel(year=1980, drop=True),
        "1988": packs.sel(year=1988, drop=True),
    }
    predictors = xr.concat(list(parts.values()), "series").assign_coords(series=list(parts))
    found = synthetic_control(packs, "California", 1989, predictors=predictors)
    starts = found.tables["starts"]
    assert len(starts) == 5
    assert starts["error_before"].is_monotonic_increasing
    assert found.estimate.item() == pytest.approx(starts["effect"][0])
    # Close to the outcomes before: no worse than the best mix of outcomes by more than half.
    plain = synthetic_control(packs, "California", 1989)
    least = plain.tables["placebos"].set_index("region").at["California", "error_before"]
    assert least <= starts["error_before"][0] <= 1.5 * least
    assert found.tables["predictors"]["weight"].sum() == pytest.approx(1.0)
    assert "same_from_all_starts" in {one.id for one in found.checks}
    assert np.isnan(found.interval).all()
    again = synthetic_control(packs, "California", 1989, predictors=predictors)
    assert again.estimate.item() == found.estimate.item()


def test_order_of_units_and_years_does_not_matter():
    panel = factor_panel(5, units=15, years=12)  # more donors than years before
    rng = np.random.default_rng(1)
    mixed = panel.isel(region=rng.permutation(15), year=rng.permutation(12))
    one, other = (synthetic_control(each, "U07", 1988) for each in (panel, mixed))
    assert one.estimate.item() == other.estimate.item()
    pd.testing.assert_frame_equal(one.tables["weights"], other.tables["weights"])


def test_placebo_gaps_leave_out_and_ranks_agree():
    found = synthetic_control(factor_panel(2), "U00", 2010)
    placebos = found.tables["placebos"]
    gaps = found.tables["placebo_gaps"]
    after = gaps[gaps["year"] >= 2010].groupby("region")["gap"].mean()
    np.testing.assert_allclose(after[placebos["region"]], placebos["effect"])
    own = placebos.set_index("region").loc["U00"]
    assert own["rank"] / 20 == pytest.approx(found.p_value.item())
    assert own["effect"] == pytest.approx(found.estimate.item())
    assert set(found.tables["one_donor_out"]["without"]) == {
        unit for unit, weight in found.tables["weights"].to_numpy().tolist() if weight > 1e-3
    }


def test_donors_named_and_left_out():
    panel = factor_panel(4, units=6)
    found = synthetic_control(panel, "U00", 2010, donors=["U01", "U02", "U03"])
    assert sorted(found.tables["weights"]["region"]) == ["U01", "U02", "U03"]
    assert found.adjustments["key"].to_list() == ["U04", "U05"]
    alone = synthetic_control(panel, "U00", 2010, donors=["U01"])
    assert np.isnan(alone.p_value.item())


def test_short_panel_has_no_interval_and_few_donors_fail_the_check():
    found = synthetic_control(factor_panel(4, units=6, years=12), "U00", 1990)
    assert np.isnan(found.interval).all()
    judged = {one.id: one.passed for one in found.checks}
    assert judged["enough_donors"] is False


def test_faults_all_at_once():
    panel = factor_panel(4, units=6).drop_sel(year=1985)
    panel[3, 2] = np.nan
    with pytest.raises(FaultsError) as caught:
        synthetic_control(panel, "U00", 1900)
    assert [fault.id for fault in caught.value.faults] == ["GapYears", "ShortPanel", "MissingValue"]
    assert "U02 1983" in str(caught.value)
    with pytest.raises(EstimationError, match="no control units") as alone:
        synthetic_control(factor_panel(1, units=1), "U00", 2000)
    assert alone.value.id == "NoControls"
    with pytest.raises(CoverageError, match="U99"):
        synthetic_control(factor_panel(1), "U99", 2000)
    with pytest.raises(SchemaError, match="penalty"):
        synthetic_control(factor_panel(1), "U00", 2000, penalty=1.0)
    with pytest.raises(SchemaError, match="between 0 and 1"):
        synthetic_control(factor_panel(1), "U00", 2000, level=95)


def test_all_placebos_of_47_units_in_time():
    """The figure promised: 47 units and 30 years, every placebo, in at most 5 seconds."""
    panel = factor_panel(11, units=47, years=30)
    begun = time.process_time()
    found = synthetic_control(panel, "U00", 2000)
    assert time.process_time() - begun < 5.0
    assert len(found.tables["placebos"]) == 47


@pytest.mark.slow
@pytest.mark.parametrize("common", [True, False])
@pytest.mark.study
def test_coverage_of_the_interval(common: bool):
    held = []
    for seed in range(80):
        panel = factor_panel(1000 + seed, units=12, years=44, common=common)
        panel.loc[{"region": "U00", "year": panel.year >= 2018}] += 2.0
        low, high = synthetic_control(panel, "U00", 2018).interval.to_numpy()
        held.append(low <= 2.0 <= high)
    assert 0.90 <= np.mean(held) <= 0.98
