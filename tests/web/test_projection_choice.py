# SPDX-License-Identifier: Apache-2.0
"""Projections and labour as a reader chooses them: addresses, figures, and what is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from openpyxl import load_workbook

from keruen.report.outlook import outlook
from keruen.report.projection_choice import Choice, chosen_projection
from keruen.report.projection_run import run_projection
from web.page_checks import faults_of


def test_the_medium_chosen_is_the_medium_with_its_fan() -> None:
    chosen, medium = chosen_projection("KAZ", Choice(paths=1000)), outlook("KAZ")
    assert chosen is not None and medium is not None  # noqa: PT018
    theirs = medium.people.sel(year=chosen.people["year"])
    np.testing.assert_allclose(chosen.people, theirs, rtol=1e-12)
    np.testing.assert_allclose(chosen.totals, medium.total()[1], rtol=1e-12)


@pytest.mark.parametrize(
    ("choice", "variant"),
    [
        (Choice(migration=0.0, to=2060, paths=0), "zero_migration"),
        (Choice(fertility="high", to=2060), "high"),
        (Choice(fertility="constant", to=2060), "constant_fertility"),
        (Choice(fertility="constant", mortality="constant", to=2060), "constant"),
        (Choice(fertility="replacement", to=2060), "instant_replacement"),
    ],
)
def test_choices_are_the_variants_of_the_engine(choice, variant) -> None:
    chosen = chosen_projection("KAZ", choice)
    assert chosen is not None
    assert chosen.totals is None  # no interval is published around these
    run = run_projection("KAZ", to=2060, scenario=variant)
    theirs = run.projection.population.sel(year=2061, country="KAZ").sum()
    assert float(chosen.people.sel(year=2060).sum()) == pytest.approx(float(theirs), rel=1e-12)


def test_migration_moves_the_total_in_proportion_and_its_interval_with_it() -> None:
    people = {}
    for factor in (0.0, 1.0, 2.0):
        found = chosen_projection("KAZ", Choice(migration=factor, to=2030, paths=200))
        assert found is not None
        assert found.totals is not None
        people[factor] = float(found.people.sel(year=2030).sum())
        low, high = (float(found.totals.sel(year=2030).isel(quantile=at)) for at in (0, -1))
        assert low < people[factor] < high
    # few years: births of migrants hardly matter, so the answer is nearly linear
    assert people[2.0] - people[1.0] == pytest.approx(people[1.0] - people[0.0], rel=0.02)
    assert people[1.0] < people[0.0]  # the medium has net emigration


def test_a_choice_stands_in_an_address_that_can_be_kept(signed) -> None:
    client = signed("viewer")
    asked = {"country": "KAZ", "migration": "0", "to": "2050", "fertility": "medium", "paths": "0"}
    home = client.get("/projection", params=asked).headers["location"]
    assert home == "/projection/KAZ?migration=0.0&to=2050&paths=0"
    for lang in ("en", "ru", "kk"):
        answer = client.get(f"{home}&lang={lang}")
        assert answer.status_code == 200
        assert faults_of(answer.text, lang) == []
        assert '<option value="2050" selected>' in answer.text
    book = client.get("/projection/KAZ/workbook?migration=0.0&to=2050&paths=0")
    sheets = load_workbook(io.BytesIO(book.content)).worksheets
    cells = {one for sheet in sheets for row in sheet.iter_rows(values_only=True) for one in row}
    assert any(isinstance(one, (int, float)) and abs(one - 27_120_204) < 1 for one in cells)


def test_what_cannot_be_chosen_is_refused_with_a_page(signed) -> None:
    client = signed("viewer")
    for path in (
        "/projection/KAZ?migration=-1", "/projection/KAZ?migration=nan", "/projection/KAZ?to=2200",
        "/projection/KAZ?paths=100000", "/projection/KAZ?fertility=none", "/projection/XXX?to=2050",
        "/labour/KAZ?to=2051", "/labour/KAZ?participation=none",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 422, path
        assert 'role="alert"' in answer.text, path


def test_a_country_without_inputs_says_so(signed) -> None:
    answer = signed("viewer").get("/projection/VAT?migration=0")
    assert answer.status_code == 200
    assert "No source gives the ages and rates" in answer.text


@pytest.mark.slow
def test_labour_is_told_to_the_year_and_by_the_rule_chosen(signed) -> None:
    client = signed("viewer")
    asked = {"country": "DEU", "to": "2050", "participation": "constant"}
    home = client.get("/labour", params=asked).headers["location"]
    assert home == "/labour/DEU?to=2050&participation=constant"
    answer = client.get(home)
    assert faults_of(answer.text, "en") == []
    assert "Gap in 2050" in answer.text
    assert "participation: as in the base year" in answer.text
