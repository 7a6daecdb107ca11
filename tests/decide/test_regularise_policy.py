# SPDX-License-Identifier: Apache-2.0
"""The worked numbers that a lawyer can read, in policy/regularisation.yaml and permits.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xarray as xr
from ruamel.yaml import YAML

from keruen.core.errors import WorkbenchError
from keruen.decide.permits import implied_coefficient, patent_price, quota_shortfall
from keruen.decide.regularise import (
    LEAST_FACTOR,
    Context,
    Economy,
    Fee,
    Programme,
    StatusRates,
    regularise,
)
from keruen.report.regularise_cases import approved_shares, figure_of, spain_revenue
from keruen.sources.parameters import read_parameters
from keruen.sources.policy_files import regularisation_cases

FOLDER = Path(__file__).parent / "policy"
CASES = YAML(typ="safe").load((FOLDER / "regularisation.yaml").read_text("utf-8"))
PERMITS = YAML(typ="safe").load((FOLDER / "permits.yaml").read_text("utf-8"))
HELD = regularisation_cases()


def named(rows):
    return [pytest.param(one, id=one["name"]) for one in rows]


@pytest.mark.parametrize("one", named(CASES["shares"]))
def test_share_of_those_approved(one):
    row = approved_shares(HELD).set_index("case").loc[one["case"]]
    assert row["approved"] == one["approved"]
    assert {row["of"]: row["whole"]} == one["of"]
    assert round(row["percent"], 1) == one["percent"]
    assert row["status"] == one["status"]


def test_revenue_of_spain_and_its_smallest_interval():
    told = CASES["spain_2005"]
    assert figure_of(HELD, "spain_2005", "approved")[0] == told["approved"]
    found = spain_revenue(HELD).set_index("variant")
    for draft, each in told["revenue_per_person_eur"].items():
        assert found["per_person"][draft] == each
        assert round(found["total"][draft], 2) == told["together_billion_eur"][draft]
    least = told["smallest_ratio_of_upper_to_lower_limit"]
    assert least == LEAST_FACTOR
    assert (found["upper"] / found["lower"] >= least - 1e-12).all()
    ends = [told["revenue_per_person_eur"][draft] for draft in ("2018 corrected", "2017 draft")]
    assert round(ends[0] / ends[1], 1) == least


def test_every_figure_says_how_it_is_known():
    unsure = HELD[HELD["status"] == "to be confirmed"].groupby("case")["measure"].agg(set)
    assert {case: set(measures) for case, measures in CASES["unconfirmed"].items()} == dict(unsure)
    assert set(HELD["status"]) == {"published", "to be confirmed"}
    assert (HELD["source"].str.len() > 0).all()
    assert (HELD["licence"] == "facts").all()


@pytest.mark.parametrize("one", named(CASES["programmes"]))
def test_programme(one):
    stock = one["stock"]
    people = (
        xr.DataArray(list(stock.values()), coords={"stay_years": list(stock)})
        if isinstance(stock, dict)
        else xr.DataArray(stock)
    )
    opens = date.fromisoformat(str(one.get("opens", "2027-01-01")))
    fee_from = date.fromisoformat(str(one.get("fee_from", opens)))
    employer = one.get("employer")
    law = Programme(
        opens, date(opens.year, 7, 1), 3, [Fee(fee_from, 100.0)],
        arrived_by=date.fromisoformat(str(one["arrived_by"])) if "arrived_by" in one else None,
        employer_needed=employer is not None,
    )  # fmt: skip
    given = {
        "take_up": one["take_up"],
        "rates": StatusRates(0.9, 0.95),
        "economy": Economy(1000, 0.1, 0.8, 0.3),
        "context": Context(employer=None if employer == "unknown" else employer),
        "approved": one.get("published"),
    }
    if "refused" in one:
        with pytest.raises(WorkbenchError) as fault:
            regularise(people, law, **given)
        assert fault.value.id == one["refused"]
        return
    totals = regularise(people, law, **given).totals()
    assert totals["eligible"] == pytest.approx(one["eligible"], abs=2)  # days of a year
    assert totals["approved"] == pytest.approx(one["approved"], abs=2)


@pytest.mark.parametrize("one", named(PERMITS["prices"]))
def test_price_of_a_patent(one):
    price = patent_price(
        one["base"], deflator=one["deflator"], coefficient=one["coefficient"]
    ).item()
    assert price == one["price"]


def test_the_prices_are_those_of_the_dated_parameters():
    law = read_parameters("rus")
    for day, region, digits in (("2022-06-01", "moscow_region", 2), ("2020-06-01", "moscow", 0)):
        price = patent_price(
            law.value("rus.patent.base", day),
            deflator=law.value("rus.patent.deflator", day),
            coefficient=law.value("rus.patent.regional_coefficient", day)[region],
        )
        assert round(price.item(), digits) == law.value("rus.patent.price", day)[region]
    assert "rus.patent.regional_coefficient" in law.unconfirmed("2020-06-01")


def test_household_permits_are_to_be_confirmed():
    law = read_parameters("kaz")
    payment = "kaz.household_permits.payment"
    assert [law.value(payment, day) for day in ("2014-03-01", "2026-03-01")] == [2, 4]
    assert {one.status for one in law.history(payment)} == {"to be confirmed"}
    assert law.value("kaz.household_permits.most_workers", "2014-03-01") == 5


@pytest.mark.parametrize("one", named(PERMITS["implied"]))
def test_implied_coefficient(one):
    found = implied_coefficient(one["price"], base=one["base"], deflator=one["deflator"])
    assert round(found.item(), 4) == one["coefficient"]


@pytest.mark.parametrize("one", named(PERMITS["quotas"]))
def test_a_quota_far_below_demand(one):
    found = quota_shortfall(one["workers"], quota=one["quota"])
    assert found.legal == one["legal_at_most"]
    assert found.irregular == one["irregular_at_least"]
    assert round(100 * found.least_share.item(), 1) == one["percent_without_a_way"]
    law = read_parameters("rus")
    assert law.value("rus.labour_quota.permits", "2014-06-01") == one["quota"]
    assert law.value("rus.foreign_workers", "2014-06-01") == one["workers"]
