# SPDX-License-Identifier: Apache-2.0
"""Bad input of flows from stocks: each fault has its own error, with the coordinates."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import flow_cases as case
from keruen.core.errors import (
    AccountError,
    ConvergenceError,
    CoverageError,
    FaultsError,
    InfeasibleError,
    SchemaError,
    UnitsError,
)
from keruen.measure.flows import flows_from_stocks

START, END = case.DEMRES_START, case.DEMRES_END


def changed(array: xr.DataArray, value: float, **where: str) -> xr.DataArray:
    result = array.copy(deep=True)
    result.loc[where] = value
    return result


def test_not_square() -> None:
    lacking = END.sel(country=list("ABC"))
    with pytest.raises(FaultsError) as caught:
        flows_from_stocks(START, lacking)
    square = next(fault for fault in caught.value.faults if fault.id == "NotSquare")
    assert isinstance(square, SchemaError)
    assert "'stock_end' is not square: 4 birthplaces, 3 places" in str(square)
    assert "only as birthplace: D" in square.where


def test_unknown_birthplace_is_not_square() -> None:
    unknown = START.reindex(birthplace=[*case.PLACES, "OTH"], fill_value=1.0)
    other = END.reindex(birthplace=[*case.PLACES, "OTH"], fill_value=1.0)
    with pytest.raises(FaultsError, match="only as birthplace: OTH"):
        flows_from_stocks(unknown, other)


def test_labels_differ_between_start_and_end() -> None:
    renamed = END.assign_coords(birthplace=list("ABCX"), country=list("ABCX"))
    with pytest.raises(CoverageError, match="'stock_end' lacks D; 'stock_start' lacks X"):
        flows_from_stocks(START, renamed)


def test_births_of_other_places() -> None:
    births = case.VITAL_BIRTHS.sel(country=list("ABC"))
    with pytest.raises(CoverageError, match="'births' lacks D"):
        flows_from_stocks(START, END, births, case.VITAL_DEATHS)


def test_negative_stock() -> None:
    with pytest.raises(SchemaError, match="1 negative cells") as caught:
        flows_from_stocks(changed(START, -1, birthplace="B", country="C"), END)
    assert caught.value.id == "NegativeInput"
    assert caught.value.where == "birthplace=B, country=C"


def test_missing_cell() -> None:
    with pytest.raises(SchemaError, match="a missing cell is not a zero") as caught:
        flows_from_stocks(START, changed(END, np.nan, birthplace="B", country="C"))
    assert caught.value.id == "MissingCell"
    assert caught.value.where == "birthplace=B, country=C"
    with pytest.raises(SchemaError) as caught:
        flows_from_stocks(
            START, END, changed(case.VITAL_BIRTHS, np.inf, country="A"), END.sum("birthplace")
        )
    assert caught.value.where == "country=A"


@pytest.mark.parametrize("native", [np.nan, 0.0])
def test_missing_diagonal(native: float) -> None:
    empty = START.where(~np.eye(4, dtype=bool), native)
    with pytest.raises(SchemaError, match="no native-born on the diagonal") as caught:
        flows_from_stocks(empty, END)
    assert caught.value.id == "MissingDiagonal"
    assert "birthplace=A" in caught.value.where
    assert "population=(start, end)" in caught.value.remedy


def test_differences_do_not_need_the_diagonal() -> None:
    empty = START.where(~np.eye(4, dtype=bool), np.nan)
    direct = flows_from_stocks(START, END, method="difference_return").od()
    xr.testing.assert_allclose(
        flows_from_stocks(empty, END, method="difference_return").od(), direct
    )
    given = flows_from_stocks(empty, END, method="rate", world_total=100.0)
    assert given.od().sum().item() == pytest.approx(100)


def test_births_without_deaths() -> None:
    with pytest.raises(SchemaError, match="births are given without deaths") as caught:
        flows_from_stocks(START, END, case.VITAL_BIRTHS)
    assert caught.value.id == "BirthsWithoutDeaths"
    with pytest.raises(SchemaError, match="deaths are given without births"):
        flows_from_stocks(START, END, deaths=case.VITAL_DEATHS)


def test_one_country_only() -> None:
    one = {"birthplace": ["A"], "country": ["A"]}
    with pytest.raises(SchemaError, match="two places or more") as caught:
        flows_from_stocks(START.sel(one), END.sel(one))
    assert caught.value.id == "OneCountry"


def test_all_zeros() -> None:
    by_year = xr.concat([START, 0 * START], "year").assign_coords(year=[2000, 2005])
    with pytest.raises(AccountError, match="'stock_start' is zero everywhere") as caught:
        flows_from_stocks(by_year, END)
    assert caught.value.id == "AllZero"
    assert caught.value.where == "year=2005"


def test_nobody_abroad_has_no_rate() -> None:
    home = START.where(np.eye(4, dtype=bool), 0.0)
    with pytest.raises(AccountError, match="nobody lives outside the birthplace"):
        flows_from_stocks(home, END, method="rate")


def test_structural_zero_with_a_positive_margin() -> None:
    # Nobody born in D at the start, 285 at the end: no scaling of nothing gives people.
    nobody = changed(START, 0.0, birthplace="D")
    with pytest.raises(InfeasibleError, match="people born in D have room for 0") as caught:
        flows_from_stocks(nobody, END, method="closed")
    assert caught.value.id == "Infeasible"


def test_a_set_of_margins_that_cannot_meet_is_named() -> None:
    # All people born in C live in C at both dates, and so do all who live in C: the only
    # cell of row and column C. Its population doubles, its birthplace total must be the mean.
    start = changed(changed(START, 0.0, birthplace="C"), 0.0, country="C")
    start.loc["C", "C"] = 100.0
    end = changed(changed(END, 0.0, birthplace="C"), 0.0, country="C")
    end.loc["C", "C"] = 200.0
    with pytest.raises(InfeasibleError) as caught:
        flows_from_stocks(start, end, method="closed")
    assert "149 people born in C have room for 101" in caught.value.what
    assert "they live only in C" in caught.value.what


def test_deaths_beyond_the_population() -> None:
    with pytest.raises(AccountError, match="deaths of the interval exceed") as caught:
        flows_from_stocks(
            START, END, case.VITAL_BIRTHS, changed(case.VITAL_DEATHS, 9e3, country="B")
        )
    assert "country=B" in caught.value.where
    with pytest.raises(AccountError, match="births of the interval exceed"):
        flows_from_stocks(
            START, END, changed(case.VITAL_BIRTHS, 2e3, country="B"), case.VITAL_DEATHS
        )


def test_a_gap_beyond_all_native_born() -> None:
    # 20 native-born in all, but the world grew by 500 without a birth.
    dims = {"birthplace": ["A", "B"], "country": ["A", "B"]}
    start = xr.DataArray([[10.0, 500.0], [500.0, 10.0]], dims)
    end = xr.DataArray([[10.0, 750.0], [750.0, 10.0]], dims)
    with pytest.raises(AccountError, match="miss the growth of the stocks by -500") as caught:
        flows_from_stocks(start, end)
    assert caught.value.id == "InconsistentTotals"
    assert "check units and interval" in caught.value.remedy


def test_rates_and_moves_are_refused() -> None:
    with pytest.raises(UnitsError, match="'births' holds a rate"):
        flows_from_stocks(
            START, END, case.VITAL_BIRTHS.assign_attrs(kind="rate"), case.VITAL_DEATHS
        )
    with pytest.raises(UnitsError, match="counts of moves"):
        flows_from_stocks(START.assign_attrs(kind="count", concept="moves"), END)


def test_all_faults_at_once() -> None:
    with pytest.raises(FaultsError) as caught:
        flows_from_stocks(
            changed(START, -1, birthplace="A", country="B"),
            changed(END, np.nan, birthplace="C", country="D"),
            changed(case.VITAL_BIRTHS, -5, country="A"),
            case.VITAL_DEATHS,
        )
    assert [fault.id for fault in caught.value.faults] == [
        "NegativeInput", "MissingCell", "NegativeInput",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "guess"}, "not a method of flows"),
        ({"weight": 1.2}, "'weight' must be from 0 to 1"),
        ({"weight": -0.1}, "'weight' must be from 0 to 1"),
        ({"epsilon": 0.0}, "epsilon must be above 0"),
        ({"epsilon": 1e-4}, "beyond what numbers can hold"),
        ({"outside": "somewhere"}, "not a way to spread"),
        ({"interval_years": -5}, "'interval_years' must be 0 or more"),
        ({"weight": xr.DataArray([0.5], coords={"sex": ["F"]})}, "dimension that the stocks lack"),
    ],
)
def test_options_are_checked(options: dict, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        flows_from_stocks(START, END, **options)


def test_a_seed_must_know_every_pair() -> None:
    seed = xr.DataArray(
        np.ones((3, 4)), coords={"origin": list("ABC"), "destination": list("ABCD")}
    )
    with pytest.raises(CoverageError, match="'seed' lacks places"):
        flows_from_stocks(START, END, method="closed", seed=seed)
    square = xr.DataArray(
        np.ones((4, 4)), coords={"origin": list("ABCD"), "destination": list("ABCD")}
    )
    with pytest.raises(SchemaError, match="missing or negative") as caught:
        flows_from_stocks(
            START, END, method="closed", seed=changed(square, -1.0, origin="A", destination="B")
        )
    assert caught.value.where == "origin=A, destination=B"
    with pytest.raises(SchemaError, match="infinite"):
        flows_from_stocks(START, END, method="closed", seed=square * np.inf)


def test_an_infinite_cost_forbids_a_pair() -> None:
    cost = xr.DataArray(
        1.0 - np.eye(4), coords={"origin": list("ABCD"), "destination": list("ABCD")}
    )
    cost.loc["A", "C"] = np.inf
    estimate = flows_from_stocks(
        case.SCIDATA_START, case.SCIDATA_END, method="transport", cost=cost
    )
    assert estimate.od().sel(origin="A", destination="C").item() == 0
    assert estimate.od().sum().item() > 0


def test_too_few_iterations_are_reported_with_what_was_reached() -> None:
    with pytest.raises(ConvergenceError, match="relative margin error") as caught:
        flows_from_stocks(
            START, case.VITAL_END, case.VITAL_BIRTHS, case.VITAL_DEATHS, max_iterations=1
        )
    assert caught.value.id == "NotConverged"
    assert caught.value.diagnostics["margin_error"] > 1e-9
