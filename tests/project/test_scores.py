# SPDX-License-Identifier: Apache-2.0
"""Scores of points and distributions, and skill over rivals."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from keruen.core.errors import CoverageError, SchemaError
from keruen.project import _scores
from keruen.project.scores import (
    coverage,
    crps,
    dissimilarity,
    energy_score,
    interval_score,
    mape,
    mase,
    mean_absolute_error,
    median_absolute_error,
    pit,
    rank_correlation,
    skill,
    wape,
)


def places(values, labels="ABCDEFGH"):
    return xr.DataArray(
        np.asarray(values, dtype=float), coords={"country": list(labels)[: len(values)]}
    )


def draws_of(values, labels="ABCDEFGH"):
    values = np.asarray(values, dtype=float)
    coords = {"trajectory": range(len(values)), "country": list(labels)[: values.shape[1]]}
    return xr.DataArray(values, coords=coords, dims=("trajectory", "country"))


# --- distributions ---------------------------------------------------------------------


def test_crps_and_interval_score_are_the_published_ones():
    # methods specification of the project room, section 15
    draws = xr.DataArray([1.0, 2.0, 3.0, 4.0, 5.0], coords={"trajectory": range(5)})
    assert crps(draws, xr.DataArray(3.4)).item() == pytest.approx(0.28)
    values = draws.to_numpy()
    spread = np.abs(values[:, None] - values).sum() / (2 * 5**2)
    assert np.abs(values - 3.4).mean() - spread == pytest.approx(0.48)
    ends = xr.DataArray(1.2), xr.DataArray(4.8)
    assert interval_score(*ends, xr.DataArray(5.3), level=0.8).item() == pytest.approx(8.6)


def test_crps_by_sorting_equals_the_sum_over_pairs():
    rng = np.random.default_rng(1)
    draws, outcome = rng.gamma(2.0, 3.0, (37, 4, 5)), rng.gamma(2.0, 3.0, (4, 5))
    pairs = np.abs(draws[:, None] - draws[None]).sum(axis=(0, 1)) / 2.0
    plain = np.abs(draws - outcome).mean(axis=0) - pairs / (37 * 36)
    assert _scores.crps(draws, outcome) == pytest.approx(plain, abs=1e-12)


def test_crps_of_normal_draws_is_the_closed_form():
    # sigma [z (2 F(z) - 1) + 2 f(z) - 1 / sqrt(pi)]
    rng = np.random.default_rng(2)
    outcome = np.array([-1.0, 0.0, 2.5])
    draws = 2.0 + 1.5 * rng.standard_normal((200_000, 3))
    z = (outcome - 2.0) / 1.5
    exact = 1.5 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert _scores.crps(draws, outcome) == pytest.approx(exact, abs=0.01)


def test_the_fair_crps_does_not_depend_on_the_number_of_draws():
    rng = np.random.default_rng(3)
    outcome = rng.standard_normal(40_000)
    means = [_scores.crps(rng.standard_normal((count, 40_000)), outcome).mean() for count in (2, 9)]
    assert means == pytest.approx([1 / np.sqrt(np.pi)] * 2, abs=0.01)  # ideal forecast


def test_pit_of_calibrated_forecasts_is_uniform():
    rng = np.random.default_rng(4)
    forecast = draws_of(rng.poisson(3.0, (200, 2_000)), labels=range(2_000))
    outcome = places(rng.poisson(3.0, 2_000), labels=range(2_000))
    found = pit(forecast, outcome, seed=1)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert found.identical(pit(forecast, outcome, seed=1))
    missing = pit(forecast, outcome.where(outcome.country > 0), seed=1)
    assert np.isnan(missing.isel(country=0).item())


def test_coverage_counts_outcomes_inside():
    rng = np.random.default_rng(5)
    count = 4_000
    forecast = draws_of(rng.standard_normal((400, count)), labels=range(count))
    found = coverage(forecast, places(rng.standard_normal(count), range(count)), over="country")
    assert found.level.values.tolist() == [0.5, 0.8, 0.95]
    assert found.to_numpy() == pytest.approx([0.5, 0.8, 0.95], abs=0.02)
    missing = places([np.nan, 0.0], "AB")
    part = coverage(draws_of(rng.standard_normal((99, 2))), missing, over="country", levels=[0.9])
    assert part.item() == 1.0


def test_energy_score_of_one_dimension_is_the_crps():
    rng = np.random.default_rng(6)
    forecast = draws_of(rng.standard_normal((20_000, 3)))
    outcome = places([0.3, -1.0, 2.0])
    one = energy_score(forecast.expand_dims(age=[0]), outcome.expand_dims(age=[0]), over="age")
    assert one.to_numpy() == pytest.approx(crps(forecast, outcome).to_numpy(), abs=0.02)
    whole = energy_score(forecast, outcome, over="country").item()
    assert whole > one.max()


def test_distribution_scores_refuse_what_does_not_fit():
    forecast, outcome = draws_of([[1.0, 2.0], [2.0, 3.0]]), places([1.0, 2.0])
    with pytest.raises(SchemaError, match="trajectory"):
        crps(outcome, outcome)
    with pytest.raises(CoverageError, match="labels of 'country' differ"):
        crps(forecast, places([1.0, 2.0], "AC"))
    with pytest.raises(CoverageError, match="do not share"):
        crps(forecast.expand_dims(sex=["F", "M"]), outcome)
    with pytest.raises(SchemaError, match="inside 0 to 1"):
        coverage(forecast, outcome, over="country", levels=[80])
    with pytest.raises(SchemaError, match="above its upper"):
        interval_score(outcome + 1, outcome, outcome, level=0.8)


# --- points ----------------------------------------------------------------------------


def test_point_scores_by_hand():
    forecast, outcome = places([110.0, 3.0, 50.0]), places([100.0, 1.0, 60.0])
    assert mean_absolute_error(forecast, outcome, over="country").item() == pytest.approx(22 / 3)
    assert median_absolute_error(forecast, outcome, over="country").item() == 10.0
    assert wape(forecast, outcome, over="country").item() == pytest.approx(100 * 22 / 161)
    expected = 100 * (10 / 100 + 10 / 60) / 2
    assert mape(forecast, outcome, over="country", floor=50).item() == pytest.approx(expected)
    with pytest.raises(SchemaError, match="above 0"):
        mape(forecast, outcome, over="country", floor=0)


def test_labels_in_another_order_are_matched():
    forecast, outcome = places([1.0, 2.0, 3.0]), places([1.0, 2.0, 3.0])
    turned = outcome.isel(country=[2, 0, 1])
    assert mean_absolute_error(forecast, turned, over="country").item() == 0.0


def test_a_missing_outcome_makes_its_score_missing():
    forecast, outcome = places([1.0, 2.0]), places([1.0, np.nan])
    assert np.isnan(mean_absolute_error(forecast, outcome, over="country").item())
    assert np.isnan(wape(forecast, outcome, over="country").item())
    assert np.isnan(mape(forecast, outcome, over="country", floor=1).item())


def test_mase_relates_errors_to_usual_steps():
    years = {"year": [2000, 2001, 2002]}
    history = xr.DataArray([1.0, 4.0, 2.0], coords=years)  # steps 3 and 2
    ahead = {"year": [2003, 2004]}
    forecast, outcome = (
        xr.DataArray([2.0, 2.0], coords=ahead),
        xr.DataArray([4.0, 5.0], coords=ahead),
    )
    assert mase(forecast, outcome, history=history).item() == pytest.approx(2.5 / 2.5)


def test_dissimilarity_and_rank_correlation():
    shares = places([0.5, 0.3, 0.2]), places([0.2, 0.3, 0.5])
    assert dissimilarity(*shares, over="country").item() == pytest.approx(0.3)
    with pytest.raises(SchemaError) as caught:
        dissimilarity(shares[0] * 2, shares[1], over="country")
    assert caught.value.id == "NotShares"
    rng = np.random.default_rng(7)
    left, right = places(rng.normal(size=8)), places(rng.integers(0, 3, 8))
    expected = stats.spearmanr(left, right).statistic
    assert rank_correlation(left, right) == pytest.approx(expected)
    assert np.isnan(rank_correlation(left, places(np.ones(8))))
    with pytest.raises(CoverageError, match="fewer than three"):
        rank_correlation(places([1.0, 2.0]), places([1.0, 2.0]))


# --- skill -----------------------------------------------------------------------------


def test_skill_is_over_the_best_rival():
    own = places([1.0, 2.0, 3.0, 2.0])
    found = skill(own, {"poor": own * 5, "best": own * 2, "middling": own * 3})
    assert (found.rival, found.value) == ("best", 0.5)
    assert (found.lower, found.upper) == pytest.approx((0.5, 0.5))
    assert found.verdict == "better"
    assert skill(own, {"best": own / 2}).verdict == "worse"


def test_better_is_said_only_when_the_interval_excludes_zero():
    rng = np.random.default_rng(8)
    errors = np.abs(rng.normal(size=(2, 60)))
    own, rival = places(errors[0], range(60)), places(errors[1], range(60))
    found = skill(own, {"rival": rival}, seed=1)
    assert found.lower < 0 < found.upper
    assert found.verdict == "no clear difference"


def test_errors_of_one_country_are_one_observation():
    # the same 12 countries, each seen once or forty times over: the interval must not shrink
    rng = np.random.default_rng(9)
    own, rival = (places(np.abs(rng.normal(size=12)), range(12)) for _ in range(2))
    once = skill(own, {"rival": rival}, seed=1)
    many = skill(
        own.expand_dims(age=range(40)), {"rival": rival.expand_dims(age=range(40))}, seed=1
    )
    assert (many.lower, many.upper) == pytest.approx((once.lower, once.upper))
    flat = {"rival": rival.expand_dims(age=range(40)).stack(cell=("age", "country"))}
    blocks = {
        "rival": flat["rival"].drop_vars(["cell", "age", "country"]).assign_coords(cell=range(480))
    }
    loose = own.expand_dims(age=range(40)).stack(cell=("age", "country"))
    loose = loose.drop_vars(["cell", "age", "country"]).assign_coords(cell=range(480))
    naive = skill(loose, blocks, block="cell", seed=1)
    assert naive.upper - naive.lower < 0.4 * (once.upper - once.lower)


def test_skill_compares_the_cells_known_to_all():
    own, rival = places([1.0, 9.0, 1.0]), places([2.0, np.nan, 2.0])
    found = skill(own, {"rival": rival})
    assert found.value == 0.5
    assert found.blocks == 2
    with pytest.raises(CoverageError, match="no cell"):
        skill(own, {"rival": rival * np.nan})
    with pytest.raises(SchemaError, match="needs a rival"):
        skill(own, {})
