# SPDX-License-Identifier: Apache-2.0
"""Bad input of harmonised reports: each fault has its own error, with the coordinates."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import (
    ConvergenceError,
    CoverageError,
    FaultsError,
    SchemaError,
    UnitsError,
)
from keruen.measure.harmonise import harmonise_reports

PLACES = list("ABCD")


def square(cells: object, places: list[str] = PLACES, **attrs: object) -> xr.DataArray:
    coords = {"origin": places, "destination": places}
    return xr.DataArray(np.asarray(cells, float), coords=coords, attrs=attrs)


ARRIVALS = square([[0, 90, 30, 15], [60, 0, 35, 28], [35, 72, 0, 20], [9, 19, 8, 0]])
DEPARTURES = square([[0, 62, 28, 13], [74, 0, 55, 29], [15, 30, 0, 10], [6, 14, 10, 0]])


def changed(table: xr.DataArray, value: float, *pairs: str) -> xr.DataArray:
    result = table.copy(deep=True)
    for origin, destination in pairs:
        result.loc[origin, destination] = value
    return result


def test_not_square() -> None:
    with pytest.raises(SchemaError, match="only on one side: D") as caught:
        harmonise_reports(DEPARTURES, ARRIVALS.sel(destination=list("ABC")))
    assert caught.value.id == "NotSquare"


def test_labels_of_the_two_reports_differ() -> None:
    other = ARRIVALS.assign_coords(origin=list("ABCX"), destination=list("ABCX"))
    with pytest.raises(CoverageError, match="'by_destination' lacks D; 'by_origin' lacks X"):
        harmonise_reports(DEPARTURES, other)


@pytest.mark.parametrize("report", [0, 1])
def test_negative_report_is_named_with_its_cell(report: int) -> None:
    reports = [DEPARTURES, ARRIVALS]
    reports[report] = changed(reports[report], -1.0, "BC")
    with pytest.raises(SchemaError, match="origin=B, destination=C") as caught:
        harmonise_reports(*reports)
    assert caught.value.id == "NegativeInput"


def test_infinite_report() -> None:
    with pytest.raises(SchemaError, match="origin=A, destination=D") as caught:
        harmonise_reports(changed(DEPARTURES, np.inf, "AD"), ARRIVALS)
    assert caught.value.id == "InfiniteInput"


def test_people_on_the_diagonal() -> None:
    with pytest.raises(SchemaError, match="origin=C, destination=C") as caught:
        harmonise_reports(DEPARTURES, changed(ARRIVALS, 5.0, "CC"))
    assert caught.value.id == "DiagonalNotEmpty"


def test_all_faults_of_a_table_at_once() -> None:
    with pytest.raises(FaultsError, match="2 faults"):
        harmonise_reports(changed(changed(DEPARTURES, -2.0, "AB"), 7.0, "BB"), ARRIVALS)


def test_a_label_that_stands_twice() -> None:
    twice = square(DEPARTURES.values, list("ABCC"))
    with pytest.raises(SchemaError, match="stand twice") as caught:
        harmonise_reports(twice, twice)
    assert caught.value.id == "DuplicateKey"


def test_one_country_only() -> None:
    with pytest.raises(SchemaError, match="one country only"):
        harmonise_reports(square([[0]], ["A"]), square([[0]], ["A"]))


def test_two_countries_determine_nothing() -> None:
    """Two flows, and three factors beside the reference's."""
    pair = square([[0, 100], [50, 0]], ["A", "B"])
    with pytest.raises(ConvergenceError) as caught:
        harmonise_reports(pair, pair, reference="A")
    assert caught.value.id == "Unidentified"
    assert "by_origin" in caught.value.where


def test_reporters_that_nothing_connects_are_named() -> None:
    """A-C and D-F report among themselves only: two levels, one reference."""
    places = list("ABCDEF")
    cells = np.full((6, 6), np.nan)
    cells[:3, :3] = cells[3:, 3:] = 100
    np.fill_diagonal(cells, 0)
    table = square(cells, places)
    with pytest.raises(ConvergenceError) as caught:
        harmonise_reports(table, table, reference="B")
    assert caught.value.id == "Unidentified"
    assert all(f"country={label}" in caught.value.where for label in "DEF")
    assert "country=A" not in caught.value.where


def test_contradictions_may_cut_the_connection() -> None:
    """All that D reports as receiver is beyond the largest ratio: its factor is unknown."""
    arrivals = ARRIVALS.copy()
    arrivals.loc[:, "D"] = [2000, 3000, 1500, 0]
    with pytest.raises(ConvergenceError, match="report=by_destination, country=D"):
        harmonise_reports(DEPARTURES, arrivals, reference="B")


def test_a_reference_without_comparable_arrivals() -> None:
    arrivals = changed(ARRIVALS, np.nan, "AB", "CB", "DB")
    with pytest.raises(ConvergenceError, match="no arrivals reported by the reference 'B'"):
        harmonise_reports(DEPARTURES, arrivals, reference="B")


def test_a_reference_that_is_not_there() -> None:
    with pytest.raises(SchemaError, match="'SWE' is not among the countries") as caught:
        harmonise_reports(DEPARTURES, ARRIVALS, reference="SWE")
    assert caught.value.id == "BadReference"


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_nothing_reported(value: float) -> None:
    empty = square(np.full((4, 4), value) * (1 - np.eye(4)))
    with pytest.raises(ConvergenceError) as caught:
        harmonise_reports(empty, empty, reference="A")
    assert caught.value.id == "Unidentified"


def test_reports_of_different_definitions_need_their_definitions() -> None:
    departures = DEPARTURES.assign_attrs(definition_months=3)
    arrivals = ARRIVALS.assign_attrs(definition_months=12)
    with pytest.raises(UnitsError, match="definition months: 3 and 12") as caught:
        harmonise_reports(departures, arrivals, reference="B")
    assert caught.value.id == "UnitMismatch"
    months = xr.DataArray(
        [[3.0] * 4, [12.0] * 4],
        coords={"report": ["by_origin", "by_destination"], "country": PLACES},
    )
    found = harmonise_reports(departures, arrivals, definitions=months, reference="B")
    assert found.flows.attrs["definition_months"] == 12


@pytest.mark.parametrize(
    ("fact", "values"), [("concept", ("moves", "transitions")), ("interval_years", (1, 5))]
)
def test_reports_of_different_kinds(fact: str, values: tuple[object, object]) -> None:
    reports = [
        table.assign_attrs({fact: value})
        for table, value in zip((DEPARTURES, ARRIVALS), values, strict=True)
    ]
    with pytest.raises(UnitsError) as caught:
        harmonise_reports(*reports, reference="B")
    assert caught.value.id == "UnitMismatch"


def test_rates_are_refused() -> None:
    with pytest.raises(UnitsError, match="not a rate"):
        harmonise_reports(DEPARTURES.assign_attrs(kind="rate"), ARRIVALS)


def test_definitions_of_other_countries() -> None:
    months = xr.DataArray(
        np.full((2, 3), 12.0),
        coords={"report": ["by_origin", "by_destination"], "country": list("ABC")},
    )
    with pytest.raises(CoverageError, match="D"):
        harmonise_reports(DEPARTURES, ARRIVALS, definitions=months)


@pytest.mark.parametrize(("value", "error"), [(np.nan, CoverageError), (-3.0, SchemaError)])
def test_a_definition_that_cannot_be(value: float, error: type[Exception]) -> None:
    months = xr.DataArray(
        np.full((2, 4), 12.0),
        coords={"report": ["by_origin", "by_destination"], "country": PLACES},
    )
    months.loc["by_origin", "C"] = value
    with pytest.raises(error, match="report=by_origin, country=C"):
        harmonise_reports(DEPARTURES, ARRIVALS, definitions=months)


@pytest.mark.parametrize(
    "option",
    [
        {"max_ratio": 1.0},
        {"max_residual": 0.0},
        {"contradiction": "smaller"},
        {"unlinked": "guess"},
        {"method": "exact"},
        {"ridge": -1.0},
        {"level": 1.0},
        {"table": "none"},
        {"pool": ["year"]},
    ],
)
def test_options_that_cannot_be(option: dict[str, object]) -> None:
    months = xr.DataArray(
        np.full((2, 4), 12.0),
        coords={"report": ["by_origin", "by_destination"], "country": PLACES},
    )
    with pytest.raises(SchemaError):
        harmonise_reports(DEPARTURES, ARRIVALS, definitions=months, reference="B", **option)


def test_a_year_that_one_report_lacks() -> None:
    years = [table.expand_dims(year=[2000, 2001]) for table in (DEPARTURES, ARRIVALS)]
    with pytest.raises(CoverageError, match="2001"):
        harmonise_reports(years[0], years[1].sel(year=[2000]), reference="B")
    with pytest.raises(CoverageError, match="year"):
        harmonise_reports(years[0], ARRIVALS, reference="B")
