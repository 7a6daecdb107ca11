# SPDX-License-Identifier: Apache-2.0
"""Runs of policy evaluation from a user's file: every method, pages in words, refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from keruen.core.errors import EstimationError, FaultsError, SchemaError
from keruen.decide import evaluate
from keruen.report.evaluate_check_words import CHECK_WORDS
from keruen.report.evaluate_methods import METHODS, EvaluateOptions
from keruen.report.evaluate_page import sentences
from keruen.report.evaluate_pictures import pictures
from keruen.report.evaluate_release import write_evaluation
from keruen.report.evaluate_run import facts_of, run_evaluation
from keruen.report.evaluate_words import ASSUMPTIONS, LIMITS
from keruen.report.locale import Locale
from keruen.sources.evaluation_files import Kind

YEARS = np.arange(1996, 2022)


def panel(path: Path, *, treated: int = 1, since: int = 2016, effect: float = -2.0) -> Path:
    """Units that follow two paths; the first ones have the policy."""
    rng = np.random.default_rng(4)
    shares = rng.dirichlet([1, 1], size=24)
    values = shares @ np.stack([np.sin(YEARS / 3) * 3, 0.3 * (YEARS - 1996)]) + 20
    values += rng.normal(0, 0.05, values.shape)
    values[:treated, since <= YEARS] += effect
    names = [f"R{number:02d}" for number in range(24)]
    start = [since] * treated + [None] * (24 - treated)
    rows = [
        (name, int(year), values[at, place], start[at], 0.5 + shares[at, 0], shares[at, 1])
        for at, name in enumerate(names)
        for place, year in enumerate(YEARS)
    ]
    columns = ["unit", "year", "outcome", "treated_from", "exposure", "mix"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def cases(path: Path) -> Path:
    rng = np.random.default_rng(5)
    points, age = rng.uniform(40, 90, 1500), rng.normal(30, 5, 1500)
    wage = 100 + points + 15 * (points >= 65) + rng.normal(0, 8, 1500)
    pd.DataFrame({"points": points, "wage": wage, "age": age}).to_csv(path, index=False)
    return path


def test_synthetic_control_from_a_file(tmp_path: Path):
    run = run_evaluation(panel(tmp_path / "a.csv"), EvaluateOptions("synthetic-control"))
    assert run.evaluation.estimate.item() == pytest.approx(-2.0, abs=0.15)
    assert run.evaluation.options["treated"] == "R00"
    assert run.fits.set_index("method").at["synthetic-control", "fit"] == "fits"
    said = [one.render(Locale("en")) for one in sentences(run)]
    assert said[0].startswith("From 2016 on, the outcome of R00 differed")
    assert "does not hold zero" in said[1]


def test_predictors_of_a_file(tmp_path: Path):
    options = EvaluateOptions("synthetic-control", besides=("mix",), seed=1)
    found = run_evaluation(panel(tmp_path / "a.csv"), options).evaluation
    assert found.tables["predictors"]["predictor"].tolist() == ["mix"]
    assert np.isnan(found.interval).all()


def test_discontinuity_with_own_headings(tmp_path: Path):
    called = {"running": "points", "outcome": "wage"}
    options = EvaluateOptions("discontinuity", called=called, besides=("age",), cutoff=65.0)
    run = run_evaluation(cases(tmp_path / "a.csv"), options)
    off = run.evaluation.estimate.item() - 15
    assert abs(off) < 3 * run.evaluation.standard_error.item()
    assert run.evaluation.tables["balance"]["covariate"].tolist() == ["age"]


@pytest.mark.parametrize("method", ["difference", "group-time", "event-study", "exposure"])
def test_methods_for_many_units(tmp_path: Path, method: str):
    pytest.importorskip("pyfixest")
    path = panel(tmp_path / "a.csv", treated=10)
    run = run_evaluation(path, EvaluateOptions(method))  # type: ignore[arg-type]
    if method in ("difference", "group-time"):
        assert run.evaluation.estimate.item() == pytest.approx(-2.0, abs=0.5)
    assert len(sentences(run)) >= 4
    if method == "event-study":
        _, paths = write_evaluation(run, tmp_path / "out")
        assert {path.name for path in paths} >= {"evaluate.html", "events.svg", "events.csv"}


def test_gravity_keeps_zeros(tmp_path: Path):
    pytest.importorskip("pyfixest")
    rng = np.random.default_rng(1)
    names = [f"C{number}" for number in range(8)]
    rows = [
        (a, b, year, rng.poisson(np.exp(2 - 0.7 * closed)), closed)
        for a in names
        for b in names
        if a != b
        for closes in [rng.choice([2012, 2014, 3000])]
        for year in range(2008, 2018)
        for closed in [int(year >= closes)]
    ]
    columns = ["origin", "destination", "year", "flow", "policy"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "a.csv", index=False)
    run = run_evaluation(tmp_path / "a.csv", EvaluateOptions("gravity"))
    low, high = run.evaluation.interval.to_numpy()
    assert low < -0.7 < high
    assert sentences(run)[0].text.startswith("One unit more of the policy")


def test_every_method_is_registered():
    kinds: set[Kind] = {kind for kind, _ in METHODS.values()}
    assert kinds == {"panel", "cases", "flows"}


@pytest.mark.parametrize("lang", ["en", "kk"])
def test_folder_holds_page_workbook_tables_and_manifest(tmp_path: Path, lang: str):
    run = run_evaluation(panel(tmp_path / "a.csv"), EvaluateOptions("synthetic-control"))
    _, paths = write_evaluation(run, tmp_path / "out", lang=lang)  # type: ignore[arg-type]
    page = (tmp_path / "out" / "evaluate.html").read_text("utf-8")
    assert page.count("<svg") == 3
    assert "http" not in page.replace("http://www.w3.org", "")
    told = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert told["inputs"][0]["file"] == "a.csv"
    assert told["headings_not_read"] == ["mix"]
    book = load_workbook(tmp_path / "out" / "evaluate.xlsx", read_only=True)
    assert len(book.sheetnames) > 2
    table = pd.read_csv(tmp_path / "out" / "effect.csv")
    assert table["effect"][0] == pytest.approx(run.evaluation.estimate.item())
    if lang != "en":
        return
    before = {path.name: path.read_bytes() for path in paths}
    _, again = write_evaluation(run, tmp_path / "again", lang=lang)  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in again} == before


def test_the_page_names_failed_checks_and_the_method_used(tmp_path: Path):
    path = panel(tmp_path / "a.csv")
    table = pd.read_csv(path)
    table.loc[table["unit"] == "R00", "outcome"] += 40  # beyond all others: no mix fits
    table.to_csv(path, index=False)
    run = run_evaluation(path, EvaluateOptions("synthetic-control"))
    write_evaluation(run, tmp_path / "out")
    page = (tmp_path / "out" / "evaluate.html").read_text("utf-8")
    assert "Checks failed: Fit before the policy" in page
    assert "used here" in page


def test_refusals(tmp_path: Path):
    path = panel(tmp_path / "a.csv", treated=3)
    with pytest.raises(EstimationError, match="3 units had the policy"):
        run_evaluation(path, EvaluateOptions("synthetic-control"))
    with pytest.raises(SchemaError, match="needs its cut-off"):
        called = {"running": "points", "outcome": "wage"}
        options = EvaluateOptions("discontinuity", called=called)
        run_evaluation(cases(tmp_path / "b.csv"), options)
    with pytest.raises(FaultsError) as caught:
        run_evaluation(path, EvaluateOptions("gravity"))
    assert {fault.id for fault in caught.value.faults} == {"MissingColumn"}
    table = pd.read_csv(path).drop(columns=["treated_from", "exposure"])
    table.to_csv(path, index=False)
    with pytest.raises(SchemaError, match="nothing says which units"):
        run_evaluation(path, EvaluateOptions("difference"))
    everyone = table.assign(treated_from=2016)
    everyone.to_csv(path, index=False)
    options = EvaluateOptions("synthetic-control", treated="R00", since=2016)
    with pytest.raises(EstimationError, match="no control units"):
        run_evaluation(path, options)
    table.assign(treated_from=np.where(table["year"] < 2010, 2016, 2017)).to_csv(path, index=False)
    with pytest.raises(SchemaError, match="differs between the years"):
        run_evaluation(path, EvaluateOptions("group-time"))


@pytest.mark.parametrize("method", ["synthetic-control", "group-time"])
def test_a_unit_that_is_not_there_is_named(tmp_path: Path, method: str):
    options = EvaluateOptions(method, treated="Nowhere", since=2016)  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="not among the units of the panel: Nowhere") as caught:
        run_evaluation(panel(tmp_path / "a.csv"), options)
    assert caught.value.id == "UnknownUnit"


def test_others_that_had_the_policy_are_no_donors_of_the_unit_named(tmp_path: Path):
    path = panel(tmp_path / "a.csv", treated=4)
    run = run_evaluation(path, EvaluateOptions("synthetic-control", treated="R00", since=2016))
    assert run.evaluation.clusters == 21
    assert not set(run.evaluation.tables["weights"]["unit"]) & {"R01", "R02", "R03"}
    assert run.evaluation.estimate.item() == pytest.approx(-2.0, abs=0.15)


def test_what_fits_counts_neither_always_treated_nor_treated_too_late(tmp_path: Path):
    path = panel(tmp_path / "a.csv", treated=8)
    table = pd.read_csv(path)
    table.loc[table["unit"] == "R00", "treated_from"] = YEARS[0]
    table.loc[table["unit"] == "R01", "treated_from"] = YEARS[-1] + 1
    run = run_evaluation(_written(table, path), EvaluateOptions("difference"))
    assert run.fits.set_index("method").loc["difference", ["fit", "reason"]].tolist() == [
        "fits", "one_date_many_units"
    ]  # fmt: skip
    facts = facts_of(run.given.table, run.options)
    assert (facts.treated, facts.controls, facts.dates) == (6, 17, 1)
    assert (facts.before, facts.after) == (20, 6)


def test_the_picture_over_time_shows_the_band_of_all_periods(tmp_path: Path):
    run = run_evaluation(panel(tmp_path / "a.csv", treated=8), EvaluateOptions("event-study"))
    assert "band 95%" in pictures(run)["events"](Locale("en"))


def test_a_check_that_could_not_be_made_is_said_not_to_have_been(tmp_path: Path):
    path = panel(tmp_path / "a.csv", treated=4)
    table = pd.read_csv(path)
    table.loc[table["unit"] == "R00", "treated_from"] = 2012  # a cohort of one
    run = run_evaluation(_written(table, path), EvaluateOptions("group-time"))
    said = [one.render(Locale("en")) for one in sentences(run)]
    assert "These data are too few to test: Same trend before." in said


def _written(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, index=False)
    return path


def test_every_name_of_the_methods_has_words():
    """Checks, assumptions and limits that a method can name are said in words."""
    folder = Path(evaluate.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    checks = set(re.findall(r'Check\(\s*"(\w+)"', source))
    checks |= {f"{by}_path" for by in ("bandwidth", "curvature")}
    assert checks - {"a", "b", "c"} <= set(CHECK_WORDS)
    said = set(re.findall(r"^\s+assumption=(.*)", source, re.MULTILINE))
    names = {name for line in said for name in re.findall(r'"(\w{6,})"', line)}
    assert names - {"not_yet", "difference"} == set(ASSUMPTIONS)
    limits = re.findall(r"does_not_say=\((.*)\),", source)
    assert {name for line in limits for name in re.findall(r'"(\w+)"', line)} == set(LIMITS)
