# SPDX-License-Identifier: Apache-2.0
"""A grid learned from outcomes: known points come back, tiny grids are optimal, limits hold."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, EstimationError, FaultsError, SchemaError
from keruen.decide.points._design_audit import auc, group_effects, worst_case
from keruen.decide.points._design_fit import Cells, encode, fit_points, scaled
from keruen.decide.points.design import design_grid

EDUCATION = ["secondary", "vocational", "bachelor", "master"]
LANGUAGE = ["none", "basic", "good"]
FIELD = ["arts", "health", "trade"]
TRUTH = {"education": [0, 2, 3, 8], "language": [0, 4, 7], "field": [0, 5, 1]}
ORDER = {"education": EDUCATION, "language": LANGUAGE}


def people(count: int, *, seed: int = 1, scale: float = 0.35):
    """Candidates whose chance of success follows known points."""
    rng = np.random.default_rng(seed)
    who = {"candidate": np.arange(count)}
    picks = {name: rng.integers(0, len(points), count) for name, points in TRUTH.items()}
    labels = {"education": EDUCATION, "language": LANGUAGE, "field": FIELD}
    factors = xr.Dataset(
        {n: xr.DataArray(np.array(labels[n])[pick], who) for n, pick in picks.items()}
    )
    score = sum(np.array(TRUTH[name])[pick] for name, pick in picks.items())
    good = rng.random(count) < 1 / (1 + np.exp(-(scale * score - 2.8)))
    return factors, xr.DataArray(good * 1.0, who), score


def test_known_points_come_back() -> None:
    factors, outcome, score = people(40_000)
    found = design_grid(factors, outcome, order=ORDER, most_points=8, draws=30)
    points = found.points
    for name, levels in ORDER.items():
        own = [points.sel(level=f"{name}={level}").item() for level in levels]
        assert own == TRUTH[name]
    assert [points.sel(level=f"field={one}").item() for one in FIELD] == TRUTH["field"]
    assert found.scale == pytest.approx(0.35, rel=0.03)
    assert found.intercept == pytest.approx(-2.8, rel=0.03)
    np.testing.assert_array_equal(found.score, score)
    low, _, high = found.spread.transpose("quantile", "level").to_numpy()
    truth = np.concatenate([TRUTH[name] for name in ("education", "language", "field")])
    assert ((low <= truth) & (truth <= high)).all()
    assert (high - low).max() <= 2


def test_points_never_fall_along_an_order() -> None:
    """Also where the data say otherwise: a level that does worse gets no fewer points."""
    rng = np.random.default_rng(4)
    who = {"candidate": np.arange(6000)}
    level = rng.integers(0, 3, 6000)
    good = rng.random(6000) < np.array([0.3, 0.6, 0.5])[level]
    factors = xr.Dataset({"language": xr.DataArray(np.array(LANGUAGE)[level], who)})
    found = design_grid(
        factors, xr.DataArray(good * 1.0, who), order={"language": LANGUAGE}, draws=20
    )
    points = found.points.to_numpy()
    assert points[0] == 0
    assert points[1] == points[2] > 0


@pytest.mark.parametrize("seed", range(6))
def test_tiny_grids_are_as_good_as_trying_all(seed) -> None:
    rng = np.random.default_rng(seed)
    levels = np.array(list(product(range(3), range(3))))
    steps, factor, ordered = encode(levels, [3, 3], [True, False])
    whole = rng.integers(20, 200, len(levels)).astype(float)
    logit = 0.4 * steps @ rng.integers(0, 4, steps.shape[1]) - 1.5
    cells = Cells(
        steps,
        factor,
        ordered,
        rng.binomial(whole.astype(int), 1 / (1 + np.exp(-logit))) * 1.0,
        whole,
    )
    most = 3
    _, _, loss = fit_points(cells, np.ones(5, dtype=bool), most)
    every = np.array(list(product(range(most + 1), repeat=5)))
    every = every[every[:, :2].sum(axis=1) <= most]
    _, losses = scaled(cells, every @ steps.T, np.zeros(2), 40)
    assert loss == pytest.approx(losses.min(), abs=1e-9)


def test_at_most_k_factors_keeps_those_that_matter() -> None:
    factors, outcome, _ = people(8000)
    rng = np.random.default_rng(9)
    noise = xr.DataArray(rng.choice(["x", "y"], 8000), {"candidate": np.arange(8000)})
    found = design_grid(factors.assign(noise=noise), outcome, order=ORDER, most_factors=3, draws=10)
    assert found.kept == ("education", "language", "field")
    assert found.points.sel(level="noise=x").item() == found.points.sel(level="noise=y").item() == 0


def test_later_cohorts_current_grid_groups_and_bounds() -> None:
    factors, outcome, _ = people(6000)
    rng = np.random.default_rng(2)
    who = {"candidate": np.arange(6000)}
    cohort = xr.DataArray(rng.integers(2020, 2025, 6000), who)
    current = xr.DataArray((factors["education"] == "master").to_numpy() * 10.0, who)
    favoured = (factors["language"] == "good").to_numpy() | (rng.random(6000) < 0.2)
    groups = xr.Dataset(
        {"sex": xr.DataArray(rng.choice(["F", "M"], 6000), who),
         "origin": xr.DataArray(np.where(favoured, "a", "b"), who)}
    )  # fmt: skip
    refused = rng.random(6000) < 0.4
    found = design_grid(
        factors, outcome.where(~refused), order=ORDER, cohort=cohort, test_from=2023,
        current=current, groups=groups, draws=10, selected_share=0.4,
    )  # fmt: skip
    table = found.quality.set_index(["grid", "cohorts"])
    assert table.loc[("proposed", "later"), "auc"] > table.loc[("current", "later"), "auc"] + 0.1
    assert table.loc[("proposed", "later"), "brier"] < table.loc[("current", "later"), "brier"]
    kept = (~refused) & (cohort.to_numpy() >= 2023)
    assert table.loc[("proposed", "later"), "persons"] == kept.sum()
    inside = found.calibration.eval("low <= predicted and predicted <= high")
    assert inside.mean() >= 0.6
    effects = found.effects.set_index(["attribute", "group"])
    assert effects.loc[("origin", "b"), "flag"] == "below_0.8"
    assert abs(effects.loc[("sex", "F"), "proxy_auc"] - 0.5) < 0.03
    assert effects.loc[("origin", "a"), "proxy_auc"] > 0.7
    assert effects["gained"].sum() > 0
    # what would have been lies within the worst case, class by class
    truth = np.asarray(outcome)
    lower = found.bounds["from_score"].to_numpy()
    which = np.searchsorted(lower, found.score.to_numpy(), side="right") - 1
    real = np.array([truth[which == place].mean() for place in range(lower.size)])
    assert ((found.bounds["low"] <= real) & (real <= found.bounds["high"])).all()
    assert "below_0.8" in found.warnings
    assert "only_admitted" not in found.warnings


def test_only_admitted_is_said() -> None:
    factors, outcome, _ = people(800)
    found = design_grid(factors, outcome, order=ORDER, draws=5)
    assert {"only_admitted", "no_later_cohort"} <= set(found.warnings)
    again = design_grid(factors, outcome, order=ORDER, draws=5)
    np.testing.assert_array_equal(found.spread, again.spread)


@pytest.mark.parametrize(
    "name",
    ["ethnicity", "Религия", "sex", "gender_of_applicant", "marital_status", "ұлты", "пол"],
)
def test_forbidden_factors(name) -> None:
    factors, outcome, _ = people(200)
    with pytest.raises(SchemaError) as found:
        design_grid(factors.rename(field=name), outcome, order=ORDER)
    assert found.value.id == "ForbiddenFactor"


def test_age_needs_the_law() -> None:
    factors, outcome, _ = people(600)
    aged = factors.rename(field="age_group")
    with pytest.raises(SchemaError) as found:
        design_grid(aged, outcome, order=ORDER)
    assert found.value.id == "ForbiddenFactor"
    assert design_grid(aged, outcome, order=ORDER, age_in_law=True, draws=5).kept
    # words that only contain the letters of a refused one are not refused
    assert design_grid(factors.rename(field="language_stage"), outcome, order=ORDER, draws=5).kept


def test_what_cannot_be_estimated() -> None:
    factors, outcome, _ = people(300)
    perfect = (factors["language"] == "good").astype(float)
    for wrong, id in ((perfect, "PerfectSeparation"), (outcome * 0, "OneOutcome")):
        with pytest.raises(EstimationError) as found:
            design_grid(factors, wrong, order=ORDER)
        assert found.value.id == id
    few = outcome.copy(data=(np.arange(300) < 4) * 1.0)
    with pytest.raises(EstimationError) as found:
        design_grid(factors, few, order=ORDER)
    assert found.value.id == "TooFew"


def test_faults_at_once() -> None:
    factors, outcome, _ = people(300)
    wrong = factors.copy(deep=True)
    wrong["field"][0] = ""
    with pytest.raises(FaultsError) as found:
        design_grid(wrong, outcome * 2, order={**ORDER, "language": ["none", "good"], "x": []})
    assert [one.id for one in found.value.faults] == [
        "SchemaError", "UnknownLevel", "MissingCell", "BadOutcome",
    ]  # fmt: skip
    with pytest.raises(FaultsError):
        design_grid(factors, outcome, order=ORDER, most_points=0, selected_share=1.0)
    with pytest.raises(CoverageError) as cohort:
        design_grid(factors, outcome, order=ORDER, cohort=outcome * 0 + 2020, test_from=2030)
    assert cohort.value.id == "OneCohort"


def test_auc_by_hand() -> None:
    """Of 2 x 2 pairs 3 are right and one is a tie."""
    assert auc(np.array([1.0, 2, 2, 3]), np.array([False, False, True, True])) == 0.875


def test_adverse_impact_by_hand() -> None:
    """40 of 100 selected against 30 of 100: ratio 0.75, flagged; nine people are not tested."""
    group = np.array(["a"] * 100 + ["b"] * 100 + ["c"] * 9, dtype=object)
    selected = np.concatenate([np.arange(100) < 40, np.arange(100) < 30, np.ones(9, bool)])
    table = group_effects(selected * 1.0, selected, None, group, "origin").set_index("group")
    assert table["ratio"].round(4).tolist()[:2] == [1.0, 0.75]
    assert table["flag"].tolist() == ["", "below_0.8", "small"]
    error = np.sqrt(0.6 / 40 + 0.7 / 30)
    assert table.loc["b", "ratio_low"] == pytest.approx(0.75 * np.exp(-1.96 * error), rel=1e-4)


def test_worst_case_by_hand() -> None:
    """Ten applicants of one score, 6 admitted, 3 succeed: from 3/10 to 7/10."""
    table = worst_case(np.ones(10), np.arange(10) < 6, np.arange(10) < 3)
    assert table[["observed", "low", "high"]].to_numpy().ravel().tolist() == [0.5, 0.3, 0.7]


def test_the_order_of_candidates_does_not_matter() -> None:
    factors, outcome, _ = people(3000)
    who = {"candidate": np.arange(3000)}
    rng = np.random.default_rng(3)
    current = xr.DataArray(rng.integers(0, 50, 3000) * 1.0, who)
    groups = xr.Dataset({"sex": xr.DataArray(rng.choice(["F", "M"], 3000), who)})
    mixed = rng.permutation(3000)
    one = design_grid(factors, outcome, order=ORDER, current=current, groups=groups, draws=5)
    two = design_grid(
        factors, outcome, order=ORDER, draws=5,
        current=current.isel(candidate=mixed), groups=groups.isel(candidate=mixed),
    )  # fmt: skip
    assert one.effects.equals(two.effects)
    assert one.quality.equals(two.quality)
    gap = current.copy()
    gap[3] = np.nan
    with pytest.raises(SchemaError) as found:
        design_grid(factors, outcome, order=ORDER, current=gap, draws=5)
    assert found.value.id == "MissingCell"
    with pytest.raises(CoverageError):
        design_grid(factors, outcome, order=ORDER, current=current.isel(candidate=mixed[:9]))
