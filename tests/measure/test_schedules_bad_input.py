# SPDX-License-Identifier: Apache-2.0
"""Age schedules: every wrong input has its own error, with the place and the remedy."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import (
    CodeError,
    ConvergenceError,
    CoverageError,
    FaultsError,
    SchemaError,
    UnitsError,
)
from keruen.measure import _schedule_search
from keruen.measure.schedules import (
    fit_rogers_castro,
    labour_indices,
    peak_indices,
    rogers_castro_schedule,
    smooth_schedule,
)

LABOUR = {"a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4}
MODEL = {"a1": 0.02, "alpha1": 0.1, "c": 0.003} | LABOUR
RATES = rogers_castro_schedule(range(91), MODEL).drop_attrs()
PEOPLE = xr.full_like(RATES, 1e5).rename("population")
MOVED = (RATES * PEOPLE).rename("migrants")


def changed(array: xr.DataArray, age: int, value: float) -> xr.DataArray:
    array = array.copy()
    array.loc[{"age": age}] = value
    return array


def two_regions() -> xr.DataArray:
    return xr.concat([MOVED, MOVED], xr.Variable("region", ["KZ-71", "KZ-75"]))


@pytest.mark.parametrize(
    ("moved", "people", "error", "id", "where"),
    [
        (changed(MOVED, 7, -1), PEOPLE, SchemaError, "NegativeInput", "age=7"),
        (MOVED, changed(PEOPLE, 8, -1), SchemaError, "NegativeInput", "age=8"),
        (changed(MOVED, 9, np.inf), PEOPLE, SchemaError, "SchemaError", "age=9"),
        (changed(MOVED, 6, np.nan), PEOPLE, CoverageError, "MissingCells", "age=6"),
        (MOVED, changed(PEOPLE, 5, np.nan), CoverageError, "MissingCells", "age=5"),
        (MOVED, changed(PEOPLE, 30, 0), SchemaError, "ZeroPopulation", "age=30"),
        (MOVED * 0, PEOPLE, ConvergenceError, "Unidentified", "only schedule"),
        (MOVED, PEOPLE.isel(age=slice(50)), CoverageError, "CoverageError", "lacks 50"),
        (MOVED.rename(age="year"), PEOPLE, SchemaError, "SchemaError", "year"),
        (MOVED.assign_coords(age=RATES.age + 0.5), None, SchemaError, "AgeGroups", "0.5"),
    ],
)
def test_wrong_cells(
    moved: xr.DataArray, people: xr.DataArray | None, error: type[Exception], id: str, where: str
) -> None:
    people = moved.rename("p") * 0 + 1e5 if people is None else people
    with pytest.raises(error) as caught:
        fit_rogers_castro(moved, people)
    assert caught.value.id == id  # type: ignore[attr-defined]
    assert where in str(caught.value)


def test_all_faults_are_told_together() -> None:
    with pytest.raises(FaultsError) as caught:
        fit_rogers_castro(changed(changed(MOVED, 3, -1), 4, np.nan), changed(PEOPLE, 9, 0))
    assert [fault.id for fault in caught.value.faults] == [
        "NegativeInput",
        "MissingCells",
        "ZeroPopulation",
    ]


def test_an_empty_schedule_among_others_is_named() -> None:
    both = two_regions()
    both.loc[{"region": "KZ-75"}] = 0
    with pytest.raises(ConvergenceError, match="region=KZ-75"):
        fit_rogers_castro(both, PEOPLE)


def test_population_finer_than_migrants() -> None:
    people = xr.concat([PEOPLE, PEOPLE], xr.Variable("sex", ["F", "M"])).rename("population")
    with pytest.raises(CoverageError, match="split by sex"):
        fit_rogers_castro(MOVED, people)


def test_kinds_that_do_not_belong_together() -> None:
    with pytest.raises(UnitsError, match="without a population"):
        fit_rogers_castro(MOVED.assign_attrs(kind="count"))
    with pytest.raises(UnitsError, match="together with a population"):
        fit_rogers_castro(RATES.assign_attrs(kind="rate"), PEOPLE)
    with pytest.raises(UnitsError, match="weights belong to rates"):
        fit_rogers_castro(MOVED, PEOPLE, weights=PEOPLE)


def test_too_few_or_too_young_ages() -> None:
    few = slice(0, 6)
    with pytest.raises(ConvergenceError, match="7 parameters") as caught:
        fit_rogers_castro(MOVED.isel(age=few), PEOPLE.isel(age=few))
    assert caught.value.id == "Unidentified"
    young = slice(0, 50)
    with pytest.raises(ConvergenceError, match="above age 50"):
        fit_rogers_castro(MOVED.isel(age=young), PEOPLE.isel(age=young), components=11)


def test_options() -> None:
    with pytest.raises(SchemaError, match="choose 7, 9, 11 or 13"):
        fit_rogers_castro(MOVED, PEOPLE, components=8)  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="level"):
        fit_rogers_castro(MOVED, PEOPLE, level=1.0)
    for limits in ({"mu5": (1.0, 2.0)}, {"mu2": (30.0, 20.0)}, {"mu2": (-1.0, 20.0)}):
        with pytest.raises(SchemaError) as caught:
            fit_rogers_castro(MOVED, PEOPLE, limits=limits)
        assert caught.value.id == "BadLimits"


def test_limits_are_kept() -> None:
    fit = fit_rogers_castro(MOVED, PEOPLE, limits={"mu2": (22.0, 30.0)})
    assert fit.parameters.sel(parameter="mu2").item() == pytest.approx(22)
    assert fit.at_limit.sel(parameter="mu2").item()
    assert fit.covariance.sel(parameter="mu2").isnull().all()


def test_a_search_that_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_schedule_search, "HEATS", ((1, 1),))
    with pytest.raises(ConvergenceError) as caught:
        fit_rogers_castro(MOVED, PEOPLE)
    assert caught.value.id == "NotConverged"
    assert caught.value.diagnostics["steps"] == 1


def test_missing_ages_may_be_skipped() -> None:
    holes = changed(changed(MOVED, 6, np.nan), 40, np.nan)
    fit = fit_rogers_castro(holes, PEOPLE, missing="skip")
    assert fit.observed.sel(age=[6, 40]).isnull().all()
    assert fit.fitted.values == pytest.approx(RATES.values, rel=1e-5)


def test_an_open_group_takes_no_part() -> None:
    heaped = changed(MOVED, 90, 1e5).assign_attrs(open_age=90)
    fit = fit_rogers_castro(heaped, PEOPLE)
    assert fit.observed.sel(age=90).isnull()
    assert fit.fitted.values == pytest.approx(RATES.values, rel=1e-5)


def test_ages_in_any_order() -> None:
    shuffled = np.random.default_rng(2).permutation(91)
    fit = fit_rogers_castro(MOVED.isel(age=shuffled), PEOPLE)
    assert fit.fitted.age.values.tolist() == list(range(91))
    assert fit.fitted.values == pytest.approx(RATES.values, rel=1e-5)


def test_parameters_of_the_curve() -> None:
    with pytest.raises(CodeError, match="did you mean lambda2"):
        rogers_castro_schedule(range(5), MODEL | {"lamda2": 0.4})
    with pytest.raises(SchemaError, match="the term of a2 is incomplete") as caught:
        rogers_castro_schedule(range(5), {n: v for n, v in MODEL.items() if n != "mu2"})
    assert caught.value.id == "IncompleteTerm"
    with pytest.raises(SchemaError, match="infinite"):
        rogers_castro_schedule(range(5), MODEL | {"c": np.inf})
    with pytest.raises(SchemaError, match="finite numbers"):
        rogers_castro_schedule([0, np.nan], MODEL)
    with pytest.raises(SchemaError, match="child or labour term is absent"):
        labour_indices(LABOUR)


def test_profiles_that_have_no_indices() -> None:
    with pytest.raises(UnitsError, match="age structure"):
        peak_indices(MOVED.assign_attrs(kind="count"))
    with pytest.raises(SchemaError, match="single years"):
        peak_indices(RATES.isel(age=slice(0, 90, 5)))
    with pytest.raises(SchemaError, match="negative"):
        peak_indices(changed(RATES, 3, -0.1))
    with pytest.raises(CoverageError, match="missing"):
        peak_indices(changed(RATES, 3, np.nan))
    with pytest.raises(CoverageError, match="no age lies"):
        peak_indices(RATES, ages=(95, 99))


def test_smoothing_refuses() -> None:
    with pytest.raises(SchemaError, match="single years"):
        smooth_schedule(MOVED.isel(age=slice(0, 90, 5)), PEOPLE.isel(age=slice(0, 90, 5)))
    with pytest.raises(SchemaError, match="no method"):
        smooth_schedule(MOVED, PEOPLE, method="spline")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="above 0"):
        smooth_schedule(MOVED, PEOPLE, smoothness=0)
    with pytest.raises(ConvergenceError, match="fewer than 5 ages"):
        smooth_schedule(MOVED.isel(age=slice(0, 4)), PEOPLE.isel(age=slice(0, 4)))
    with pytest.raises(ConvergenceError, match="nobody moved"):
        smooth_schedule(MOVED * 0, PEOPLE)
