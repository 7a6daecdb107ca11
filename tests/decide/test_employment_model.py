# SPDX-License-Identifier: Apache-2.0
"""Tests of the chance of work, on made-up placements whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.special import expit

from employment_cases import Past, past_placements
from keruen.core.errors import (
    ApproximationWarning,
    ConvergenceError,
    CoverageError,
    FaultsError,
    SchemaError,
)
from keruen.decide._employment import logistic_line
from keruen.decide._employment_report import calibration_error
from keruen.decide.employment_model import family_score, fit_employment


def _best(chance):
    return chance.idxmax("locality").astype(str)


def _true_value(past, policy) -> float:
    return float(past.chance.sel(locality=policy).mean())


_PAST = past_placements(6000, 6, 1)
_MODEL = _PAST.fit(group=_PAST.features["education"])


def test_families_of_the_worked_example():
    # Two workers with 0.10 and 0.08 in town A, 0.90 and 0.75 in town B.
    who = {"person": ["one", "two", "alone"]}
    table = [[0.10, 0.90], [0.08, 0.75], [0.5, 0.2]]
    chance = xr.DataArray(table, {**who, "locality": ["A", "B"]})
    family = xr.DataArray(["f", "f", "g"], who)
    expected = {
        "at_least_one": [[0.172, 0.975], [0.5, 0.2]],
        "expected_workers": [[0.18, 1.65], [0.5, 0.2]],
        "mean": [[0.09, 0.825], [0.5, 0.2]],
    }
    for outcome, values in expected.items():
        found = family_score(chance, family, outcome=outcome)
        np.testing.assert_allclose(found.values, values, atol=1e-12)
        assert found.attrs["outcome"] == outcome


def test_the_truth_is_recovered_and_calibrated():
    row = _MODEL.report.set_index("group").loc["all"]
    assert row["persons"] == (_MODEL.fold == "test").sum()
    test = (_MODEL.fold == "test").values
    truth = _PAST.chance.sel(locality=_PAST.locality)[test]
    best = float(((truth - _PAST.outcome[test]) ** 2).mean())  # nobody can score better for long
    assert best - 0.005 < row["brier"] < best + 0.005 < row["reference"]
    assert row["skill"] == pytest.approx(1 - row["brier"] / row["reference"])
    assert abs(row["intercept"]) < 0.3
    assert 0.75 < row["slope"] < 1.3
    assert row["calibration_error"] < 0.06
    test = past_placements(2000, 6, 2, first=9000)
    found = _MODEL.chance(test.features)
    assert np.corrcoef(found.values.ravel(), test.chance.values.ravel())[0, 1] > 0.93
    assert float(abs(found - test.chance).mean()) < 0.07


def test_the_report_is_by_group_and_few_are_not_tested():
    report = _MODEL.report.set_index("group")
    assert report["persons"]["all"] == report["persons"][["secondary", "tertiary"]].sum()
    few = np.where(np.arange(6000) >= 5985, "few", "many")
    odd = _PAST.fit(group=_PAST.outcome.copy(data=few)).report.set_index("group")
    assert odd.loc["few", "persons"] == 15
    assert np.isnan(odd.loc["few", "slope"])
    assert 0 <= odd.loc["few", "brier"] <= 1


def test_scores_by_hand():
    chance, outcome = np.array([0.05, 0.15, 0.15, 0.95]), np.array([0, 0, 1, 1])
    # bins of 0.0-0.1, 0.1-0.2 and 0.9-1.0: apart by 0.05, 0.7 and 0.05, over four persons
    assert calibration_error(chance, outcome) == pytest.approx(0.8 / 4)
    # 1 of 4 at even odds and 9 of 12 above: level and slope solve both shares exactly
    odds = np.repeat([0.0, 1.0], [4, 12])
    worked = np.array([1, 0, 0, 0] + [1] * 9 + [0] * 3)
    level, slope = logistic_line(odds, worked)
    assert expit(level) == pytest.approx(0.25)
    assert expit(level + slope) == pytest.approx(0.75)
    with pytest.raises(ConvergenceError, match="did not settle"):
        logistic_line(odds, (odds > 0).astype(int))


def test_what_comes_later_is_never_seen():
    test = (_MODEL.fold == "test").values
    flipped = _PAST.outcome.copy(data=np.where(test, 1 - _PAST.outcome, _PAST.outcome))
    again = fit_employment(_PAST.features, _PAST.locality, flipped, _PAST.arrival, seed=1)
    assert again.chance(_PAST.features).equals(_MODEL.chance(_PAST.features))
    assert (again.report["brier"].iloc[0]) > _MODEL.report["brier"].iloc[0]
    latest = _PAST.arrival.groupby(_MODEL.fold).max()
    first = _PAST.arrival.groupby(_MODEL.fold).min()
    assert latest.sel(fold="train") < first.sel(fold="calibrate")
    assert latest.sel(fold="calibrate") < first.sel(fold="test")


def test_dates_seeds_and_ties():
    assert _PAST.fit().chance(_PAST.features).equals(_PAST.fit().chance(_PAST.features))
    tied = _PAST.outcome.copy(data=np.arange(6000) % 10 == 0)
    model = _PAST.fit(tied=tied, calibrate_from="2025-01-01", test_from="2025-06-01")
    assert (model.fold == "tied").values.tolist() == tied.values.tolist()
    assert (_PAST.arrival[model.fold == "train"] < np.datetime64("2025-01-01")).all()
    assert (_PAST.arrival[model.fold == "test"] >= np.datetime64("2025-06-01")).all()


def test_small_localities_are_drawn_to_the_pool():
    past = past_placements(900, 12, 4)
    own, pooled = past.fit(), past.fit(method="pooled")
    assert own.pull > 0
    assert pooled.pull == np.inf
    new = past_placements(1500, 12, 5, first=5000)
    errors = [float(((m.chance(new.features) - new.chance) ** 2).mean()) for m in (own, pooled)]
    apart = float(((new.chance.mean() - new.chance) ** 2).mean())
    assert max(errors) < apart


def test_overlap_says_where_nobody_was():
    shares = _MODEL.overlap
    np.testing.assert_allclose(shares.sum("locality"), 1.0)
    able = (_PAST.features["age"] < 30) & (_PAST.features["education"] == "tertiary")
    empty = _PAST.locality.where((_PAST.locality != "l5") | able, "l0")
    model = fit_employment(_PAST.features, empty, _PAST.outcome, _PAST.arrival, seed=1)
    assert float(model.overlap.sel(locality="l5").min()) < 0.02 < float(shares.min())


def test_the_honest_value_covers_the_truth_and_the_naive_gain_is_too_high():
    # A model of few placements: what it finds best is partly its own error.
    small = past_placements(1500, 10, 3)
    model = small.fit()
    rounds, covered, naive, honest = 60, 0, [], []
    for each in range(rounds):
        test = past_placements(700, 10, 100 + each, first=20_000)
        policy = _best(model.chance(test.features))
        found = test.value(model, policy, placed=test.placed, draws=300)
        true = _true_value(test, policy)
        covered += found.low <= true <= found.high
        naive.append(found.naive - true)
        honest.append(found.value - true)
    assert 0.88 <= covered / rounds <= 1.0
    assert np.mean(naive) > 0.03  # the curse
    assert abs(np.mean(honest)) < 3 * np.std(honest) / np.sqrt(rounds) + 0.005
    assert abs(np.mean(honest)) < np.mean(naive) / 2


def test_the_value_with_learned_placements_and_families():
    test = past_placements(2500, 6, 8, first=30_000)
    policy = _best(_MODEL.chance(test.features))
    known = test.value(_MODEL, policy, placed=test.placed)
    learned = test.value(_MODEL, policy)
    assert learned.value == pytest.approx(known.value, abs=0.02)
    true = _true_value(test, policy)
    assert learned.low < true < learned.high
    assert learned.gain == pytest.approx(learned.value - learned.observed)
    # As it was: every weight counts, and the value is near what was observed.
    same = test.value(_MODEL, test.locality, placed=test.placed)
    assert same.matched == same.persons == 2500
    assert same.low < same.observed < same.high
    # Twins in one family tell no more than one of them: the interval is wider by root two.
    twins = xr.concat([test.features, test.features], "person")
    labels = [f"t{each}" for each in range(5000)]
    twice = Past(
        twins.assign_coords(person=labels),
        *(
            xr.concat([each, each], "person").assign_coords(person=labels)
            for each in (test.locality, test.outcome, test.arrival, test.chance, test.placed)
        ),
    )
    wish = xr.concat([policy, policy], "person").assign_coords(person=labels)
    family = ("person", np.tile(np.arange(2500), 2))
    alone = twice.value(_MODEL, wish, placed=twice.placed)
    together = Past(
        twice.features.assign_coords(family=family), *list(vars(twice).values())[1:]
    ).value(_MODEL, wish, placed=twice.placed)
    assert together.value == pytest.approx(alone.value)
    width = (together.high - together.low) / (alone.high - alone.low)
    assert width == pytest.approx(np.sqrt(2), rel=0.15)


def test_what_cannot_be_learned_is_said():
    first = _PAST.features["age"][:600], _PAST.locality[:600], _PAST.outcome[:600]
    features, arrival = xr.Dataset({"age": first[0]}), _PAST.arrival[:600]
    with pytest.raises(SchemaError, match="paid tells the outcome") as fault:
        leak = features.assign(paid=first[2] * 100 + 1)
        fit_employment(leak, first[1], first[2], arrival, seed=1)
    assert fault.value.id == "PerfectSeparation"
    with pytest.raises(SchemaError, match="employer tells the outcome"):
        texts = features.assign(employer=xr.where(first[2] == 1, "firm", "none"))
        fit_employment(texts, first[1], first[2], arrival, seed=1)
    with pytest.raises(SchemaError, match="in one locality") as fault:
        fit_employment(features, xr.full_like(first[1], "l1"), first[2], arrival, seed=1)
    assert fault.value.id == "OneLocality"
    with pytest.raises(FaultsError, match="0 of 360 persons to train are in work") as faults:
        fit_employment(features, first[1], xr.zeros_like(first[2]), arrival, seed=1)
    assert {each.id for each in faults.value.faults} == {"OneOutcome"}
    with pytest.raises(SchemaError, match="neither 0 nor 1"):
        fit_employment(features, first[1], first[2] * 2, arrival, seed=1)
    with pytest.raises(SchemaError, match="'age' is missing for 1"):
        unknown = features.assign(age=features["age"].where(np.arange(600) > 0))
        fit_employment(unknown, first[1], first[2], arrival, seed=1)
    with pytest.raises(CoverageError, match="p599"):
        fit_employment(features, first[1][:599], first[2], arrival, seed=1)


def test_what_cannot_be_valued_is_said():
    test = past_placements(50, 6, 8, first=30_000)
    with pytest.raises(SchemaError, match="was fitted to persons") as fault:
        _PAST.value(_MODEL, _PAST.locality)
    assert fault.value.id == "TrainedOn"
    with pytest.raises(CoverageError, match="knows nothing of l77"):
        test.value(_MODEL, test.locality.copy(data=["l77"] * 50))
    with pytest.raises(SchemaError, match="chance to be placed is 0"):
        test.value(_MODEL, test.locality, placed=xr.zeros_like(test.placed))
    other = np.where(test.locality == "l1", "l2", "l1")
    apart = np.where(np.arange(50) < 4, test.locality, other)
    with pytest.warns(ApproximationWarning, match="4 persons were in fact placed"):
        test.value(_MODEL, test.locality.copy(data=apart), placed=test.placed)
    with pytest.raises(SchemaError, match="no outcome 'all'"):
        family_score(test.chance, test.locality, outcome="all")
