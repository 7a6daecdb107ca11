# SPDX-License-Identifier: Apache-2.0
"""Remittances: the printed example, hand-made tables, faults, and what indicators say."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import (
    CoverageError,
    FaultsError,
    InfeasibleError,
    SchemaError,
    UnitsError,
)
from keruen.measure import remittances as rm
from keruen.measure.remittance_matrix import NO_INCOME, NO_PEOPLE, NO_TOTAL

CODES = ["HOM", "MID", "RCH", "POR"]


def by_country(values, **attrs):
    return xr.DataArray(np.array(values, float), coords={"country": CODES}, attrs=attrs)


def stock(rows=None):
    cells = np.zeros((4, 4))
    for origin, line in (rows or {"HOM": [0, 800, 150, 50]}).items():
        cells[CODES.index(origin)] = line
    return xr.DataArray(cells, coords={"origin": CODES, "destination": CODES}, name="stock")


TOTAL = by_country([1000, np.nan, np.nan, np.nan])
INCOME = by_country([10_000, 12_000, 48_000, 6_000])

# Methods, section 9: computed from the formulas by an independent implementation.
PRINTED = {
    "stock": [800, 150, 50],
    "income": [561.40, 421.05, 17.54],
    "income_gap": [773.82, 179.22, 46.96],
}


@pytest.mark.parametrize("rule", PRINTED)
def test_the_printed_example(rule):
    found = rm.bilateral_remittances(stock(), TOTAL, INCOME, rule=rule)
    home = found.amount.sel(receiver="HOM")
    assert home.sel(sender=CODES[1:]).round(2).values.tolist() == PRINTED[rule]
    assert home.sum().item() == pytest.approx(1000, rel=1e-15)


def test_the_printed_weights_of_the_third_rule():
    """r = 10,299.07, 12,721.68, 10,000."""
    r = np.array([10_299.07, 12_721.68, 10_000])
    share = np.array([800, 150, 50]) * r
    found = rm.bilateral_remittances(stock(), TOTAL, INCOME).amount.sel(receiver="HOM")
    np.testing.assert_allclose(found[1:], 1000 * share / share.sum(), rtol=1e-6)


def test_paid_totals_are_the_mirror_of_received_ones():
    """Sharing paid totals by migrants is sharing received totals of the mirrored stock."""
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 500, (4, 4)) * (1 - np.eye(4, dtype=int))
    people = xr.DataArray(cells, coords={"origin": CODES, "destination": CODES})
    mirrored = people.rename(origin="destination", destination="origin").transpose()
    total = by_country([10, 20, 30, 40])
    paid = rm.bilateral_remittances(people, total, rule="stock", side="paid").amount
    received = rm.bilateral_remittances(mirrored, total, rule="stock").amount
    swapped = received.rename(sender="receiver", receiver="sender").transpose("sender", "receiver")
    np.testing.assert_allclose(paid, swapped, rtol=1e-14)


def test_paid_totals_by_hand():
    """RCH pays 90 to 100 migrants of HOM and 200 of MID; what each sends follows both incomes."""
    people = stock({"HOM": [0, 0, 100, 0], "MID": [0, 0, 200, 0]})
    found = rm.bilateral_remittances(
        people, by_country([np.nan, np.nan, 90, np.nan]), INCOME, side="paid"
    )
    each = np.array([100 * (10_000 + 38_000**0.75), 200 * (12_000 + 36_000**0.75)])
    line = found.amount.sel(sender="RCH", receiver=["HOM", "MID"])
    np.testing.assert_allclose(line, 90 * each / each.sum(), rtol=1e-12)
    assert found.paid().sel(country="RCH").item() == pytest.approx(90)
    assert found.received().sel(country="RCH").item() == 0


def test_with_paid_totals_the_second_rule_is_the_first():
    people = stock({"HOM": [0, 0, 100, 3], "MID": [0, 0, 200, 5]})
    total = by_country([np.nan, np.nan, 90, 7])
    second, first = (
        rm.bilateral_remittances(people, total, INCOME, rule=rule, side="paid").amount
        for rule in ("income", "stock")
    )
    np.testing.assert_allclose(second, first, rtol=1e-14)


def test_a_corridor_without_income_is_refused_by_name():
    lacking = by_country([10_000, 12_000, np.nan, 6_000])
    with pytest.raises(CoverageError, match="RCH") as caught:
        rm.bilateral_remittances(stock(), TOTAL, lacking)
    assert caught.value.id == "NoIncome"
    assert "15 %" in str(caught.value)
    with pytest.raises(CoverageError) as caught:
        rm.bilateral_remittances(stock(), TOTAL)
    assert caught.value.id == "NoIncome"


def test_a_corridor_without_income_takes_its_share_of_migrants_and_says_so():
    lacking = by_country([10_000, 12_000, np.nan, 6_000])
    found = rm.bilateral_remittances(stock(), TOTAL, lacking, no_income="by_stock")
    home = found.amount.sel(receiver="HOM")
    assert home.sel(sender="RCH").item() == pytest.approx(150)
    r = np.array([800 * (10_000 + 2_000**0.75), 50 * 10_000])
    np.testing.assert_allclose(home.sel(sender=["MID", "POR"]), 850 * r / r.sum(), rtol=1e-12)
    told = found.adjustments[found.adjustments["reason"] == NO_INCOME]
    assert told[["sender", "receiver"]].values.tolist() == [["RCH", "HOM"]]
    assert told["after"].item() == pytest.approx(150)


def test_no_income_anywhere_is_the_rule_of_migrants():
    none = by_country([np.nan] * 4)
    found = rm.bilateral_remittances(stock(), TOTAL, none, no_income="by_stock")
    assert found.amount.sel(receiver="HOM").values.tolist() == pytest.approx([0, 800, 150, 50])


def test_a_missing_total_is_a_missing_row_and_a_total_without_migrants_stays_unallocated():
    found = rm.bilateral_remittances(stock(), by_country([1000, 70, np.nan, 0]), INCOME)
    assert found.amount.sel(receiver="RCH").isnull().all()
    assert found.amount.sel(receiver="MID").sum().item() == 0
    assert found.unallocated.values[:2].tolist() == [0, 70]
    assert np.isnan(found.unallocated.sel(country="RCH"))
    told = found.adjustments.set_index("receiver")["reason"].to_dict()
    assert told == {"RCH": NO_TOTAL, "MID": NO_PEOPLE}


def test_known_and_barred_corridors():
    known = xr.DataArray(
        [[300.0], [0.0]], coords={"sender": ["RCH", "POR"], "receiver": ["HOM"]}
    ).reindex(sender=CODES, receiver=CODES)
    found = rm.bilateral_remittances(stock(), TOTAL, INCOME, fixed=known)
    assert found.amount.sel(receiver="HOM").values.tolist() == pytest.approx([0, 700, 300, 0])
    with pytest.raises(InfeasibleError, match="HOM") as caught:
        rm.bilateral_remittances(stock(), TOTAL, INCOME, fixed=known * 4)
    assert caught.value.id == "FixedAboveTotal"
    silent = by_country([np.nan] * 4)
    with pytest.raises(InfeasibleError):
        rm.bilateral_remittances(stock(), silent, INCOME, fixed=known)


def test_what_known_corridors_leave_without_migrants_stays_unallocated():
    known = xr.DataArray([[100.0]], coords={"sender": ["RCH"], "receiver": ["MID"]}).reindex(
        sender=CODES, receiver=CODES
    )
    found = rm.bilateral_remittances(stock(), by_country([0, 130, 0, 0]), INCOME, fixed=known)
    assert found.amount.sel(receiver="MID").sum().item() == 100
    assert found.unallocated.sel(country="MID").item() == 30


def test_years_are_worked_together():
    years = {"year": [2020, 2021]}
    totals = xr.concat([TOTAL, 2 * TOTAL], "year").assign_coords(years)
    found = rm.bilateral_remittances(stock(), totals, INCOME)
    np.testing.assert_allclose(found.amount.sel(year=2021), 2 * found.amount.sel(year=2020))
    assert list(found.amount.dims) == ["year", "sender", "receiver"]
    assert set(found.adjustments["year"]) == {2020, 2021}


@pytest.mark.parametrize(
    ("change", "error", "fault"),
    [
        ({"stock": stock().isel(origin=slice(3))}, SchemaError, "NotSquare"),
        ({"stock": -stock()}, SchemaError, "NegativeInput"),
        ({"stock": stock({"HOM": [5, 1, 0, 0]})}, SchemaError, "DiagonalNotEmpty"),
        ({"total": -TOTAL}, SchemaError, "NegativeInput"),
        ({"income": -INCOME}, SchemaError, "NegativeInput"),
        ({"total": TOTAL.isel(country=slice(3))}, CoverageError, "CoverageError"),
        ({"total": TOTAL.assign_attrs(units="USD")}, UnitsError, "UnitMismatch"),
        ({"beta": 1.0}, SchemaError, "BadSetting"),
        ({"beta": 0.0}, SchemaError, "BadSetting"),
        ({"total": TOTAL.rename(country="region")}, SchemaError, "SchemaError"),
    ],
)
def test_bad_input_is_named(change, error, fault):
    given = {"stock": stock(), "total": TOTAL, "income": INCOME} | change
    with pytest.raises(error) as caught:
        rm.bilateral_remittances(
            given["stock"], given["total"], given["income"], beta=given.get("beta", 0.75)
        )
    assert caught.value.id == fault


def test_several_faults_of_the_stock_at_once():
    with pytest.raises(FaultsError) as caught:
        rm.bilateral_remittances(stock({"HOM": [5, -1, 0, 0]}), TOTAL, INCOME)
    assert {one.id for one in caught.value.faults} == {"NegativeInput", "DiagonalNotEmpty"}


# ---- indicators -----------------------------------------------------------------------------


def test_dependence_needs_units_and_knows_millions():
    money = xr.DataArray(250.0, attrs={"units": "million USD"})
    product = xr.DataArray(1e10, attrs={"units": "USD"})
    assert rm.dependence(money, product).item() == pytest.approx(2.5)
    with pytest.raises(UnitsError, match="not stated"):
        rm.dependence(money, xr.DataArray(1e10))
    with pytest.raises(SchemaError):
        rm.dependence(-money.assign_attrs(units="USD"), product)
    nothing = xr.zeros_like(product)
    assert np.isnan(rm.dependence(money, nothing))


def test_volatility_by_hand():
    """Changes of ln: +0.1, -0.1, +0.1, -0.1, +0.1, -0.1: mean 0, sd sqrt(6/5) 0.1."""
    steps = np.cumsum([0, 0.1, -0.1, 0.1, -0.1, 0.1, -0.1])
    amounts = xr.DataArray(50 * np.exp(steps), coords={"year": np.arange(2000, 2007)})
    found = rm.volatility(amounts)
    assert found.growth.item() == pytest.approx(10 * np.sqrt(6 / 5))
    line = np.polynomial.Polynomial.fit(np.arange(7), steps, 1)
    left = steps - line(np.arange(7))
    assert found.trend.item() == pytest.approx(100 * np.sqrt((left**2).sum() / 5))
    assert found.changes.item() == 6


def test_volatility_takes_no_change_over_a_gap_and_says_when_years_are_few():
    years = [2000, 2001, 2002, 2004, 2005, 2006, 2007]
    amounts = xr.DataArray(np.exp(np.arange(7.0)), coords={"year": years})
    found = rm.volatility(amounts)
    assert found.changes.item() == 5
    assert found.growth.item() == pytest.approx(0, abs=1e-9)
    short = rm.volatility(amounts.isel(year=slice(4)))
    assert np.isnan(short.growth)
    assert "fewer than 5 changes" in short.growth.attrs["missing_reason"]
    with pytest.raises(SchemaError) as caught:
        rm.volatility(amounts * 0)
    assert caught.value.id == "NotPositive"


def test_growth_keeps_its_identity_and_leaves_gaps():
    years = {"year": [2013, 2014, 2015, 2017]}
    dollars = xr.DataArray([100.0, 120, 90, 80], coords=years)
    rate = xr.DataArray([150.0, 180, 220, 330], coords=years)
    found = rm.remittance_growth(dollars, rate)
    whole = (1 + found.dollars / 100) * (1 + found.exchange / 100)
    np.testing.assert_allclose(1 + found.own_currency / 100, whole)
    assert found.dollars.values[1:3].tolist() == pytest.approx([20, -25])
    assert found.dollars.isnull().values.tolist() == [True, False, False, True]


def test_concentration_by_hand():
    amount = xr.DataArray(
        [[60.0, 0.0], [30.0, 0.0], [10.0, 0.0]],
        coords={"sender": ["A", "B", "C"], "receiver": ["X", "Y"]},
    )
    found = rm.corridor_concentration(amount)
    assert found.index.values[0] == pytest.approx(0.46)
    assert found.largest_share.sel(country="X").item() == 60
    assert found.largest.values.tolist() == ["A", ""]
    assert np.isnan(found.index.sel(country="Y"))
    by_sender = rm.corridor_concentration(amount, by="sender")
    assert by_sender.index.values.tolist() == pytest.approx([1, 1, 1])


def test_cost_summary_by_hand():
    cells = {"sender": ["A", "B", "C"], "receiver": ["X"]}
    cost = xr.DataArray([[2.0], [4.0], [np.nan]], coords=cells)
    amount = xr.DataArray([[100.0], [300.0], [600.0]], coords=cells)
    found = rm.cost_summary(cost, amount)
    values = {n: getattr(found, n).item() for n in ("simple", "weighted", "above_goal", "covered")}
    assert values == pytest.approx(
        {"simple": 3.0, "weighted": 3.5, "above_goal": 50.0, "covered": 40.0}
    )
    assert found.above_ceiling.item() == 0
    assert found.corridors.item() == 2


def test_cost_of_sending_by_hand():
    fee = xr.DataArray([4.0, 0.0], coords={"sender": ["A", "B"]})
    margin = xr.DataArray([1.0, -0.5], coords={"sender": ["A", "B"]})
    assert rm.sending_cost(fee, margin).values.tolist() == [3.0, -0.5]
    with pytest.raises(SchemaError):
        rm.sending_cost(fee, margin, amount=0)


def test_exposure_is_missing_where_a_sender_has_no_shock():
    cells = {"sender": ["A", "B"], "receiver": ["X", "Y"]}
    amount = xr.DataArray([[3.0, 1.0], [1.0, 0.0]], coords=cells)
    shock = xr.DataArray([-4.0, np.nan], coords={"country": ["A", "B"]})
    assert rm.remittance_exposure(amount, shock).values.tolist()[1] == -4
    assert np.isnan(rm.remittance_exposure(amount, shock).sel(country="X"))


def test_import_cover_and_dollars_a_head():
    money = xr.DataArray(6.0, attrs={"units": "million USD"})
    assert rm.import_cover(money, xr.DataArray(24e6, attrs={"units": "USD"})).item() == 3
    assert rm.remittances_per_person(money, xr.DataArray(1000.0)).item() == 6000


def test_comparison_by_hand():
    cells = {"sender": ["A", "B"], "receiver": ["X", "Y"]}
    ours = xr.DataArray([[40.0, 10.0], [40.0, 10.0]], coords=cells)
    theirs = xr.DataArray([[20.0, 10.0], [60.0, 10.0]], coords=cells)
    found = rm.compare_remittances(ours, theirs)
    assert found.dissimilarity.item() == pytest.approx(20)
    assert found.by_country.values.tolist() == pytest.approx([25, 0])
    assert found.total_ratio.item() == 1
    assert rm.compare_remittances(ours, 7 * ours).dissimilarity.item() == pytest.approx(0)
    with pytest.raises(CoverageError) as caught:
        rm.compare_remittances(ours, theirs.assign_coords(sender=["C", "D"]))
    assert caught.value.id == "NothingShared"


# ---- households -----------------------------------------------------------------------------


def test_shares_of_households_cover_the_truth():
    """95% intervals of 200 samples hold the share of a known population."""
    rng = np.random.default_rng(7)
    size = 20_000
    gets = rng.random(size) < 0.2
    other = rng.gamma(2, 500, size)
    money = np.where(gets, rng.gamma(2, 200, size), 0.0)
    truth = (100 * gets.mean(), 100 * money.sum() / (money + other).sum())
    hits = np.zeros(2)
    for _ in range(200):
        asked = rng.choice(size, 600, replace=False)
        cells = {"household": np.arange(600)}
        found = rm.household_shares(
            xr.DataArray(money[asked], coords=cells),
            xr.DataArray((money + other)[asked], coords=cells),
        )
        for place, (name, value) in enumerate(zip(("receiving", "of_income"), truth, strict=True)):
            low, _, high = getattr(found, name).values
            hits[place] += low <= value <= high
    assert (hits >= 0.90 * 200).all()
    assert (hits <= 0.98 * 200).all()


def test_bad_households_are_named():
    cells = {"household": [1, 2]}
    income = xr.DataArray([10.0, 20.0], coords=cells)
    with pytest.raises(SchemaError) as caught:
        rm.household_shares(xr.DataArray([11.0, 0.0], coords=cells), income)
    assert caught.value.id == "PartAboveWhole"
    with pytest.raises(SchemaError) as caught:
        rm.household_shares(xr.DataArray([np.nan, 0.0], coords=cells), income)
    assert caught.value.id == "MissingValue"
    with pytest.raises(SchemaError) as caught:
        rm.household_shares(income.isel(household=[0]), income.isel(household=[0]))
    assert caught.value.id == "TooFew"
    none = rm.household_shares(0 * income, income)
    assert none.of_receivers.isnull().all()
