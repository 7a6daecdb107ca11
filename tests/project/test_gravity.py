# SPDX-License-Identifier: Apache-2.0
"""Gravity models: estimates, places without distances, and what they may be called."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import xarray as xr

from keruen import load
from keruen.core.codes import countries
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError
from keruen.project.gravity import (
    backtest_gravity,
    fit_gravity,
    places_without_distance,
    predict_flows,
)
from project.worlddata import five_year_flows, korean_moves

pytest.importorskip("pyfixest")

PLACES = [f"P{number:02d}" for number in range(25)]
# areas of World Population Prospects 2024 that CEPII GeoDist of 2011 does not know
WITHOUT = [
    "ASM",
    "BES",
    "BLM",
    "CUW",
    "GGY",
    "GUM",
    "IMN",
    "JEY",
    "LIE",
    "MAF",
    "MCO",
    "MNE",
    "MYT",
    "SRB",
    "SSD",
    "SXM",
    "VAT",
    "VIR",
    "XKX",
]


@pytest.fixture(scope="module")
def world():
    """Flows with known elasticities: 0.8, 0.6, distance -1.1, border 0.5."""
    rng = np.random.default_rng(1)
    count, years = len(PLACES), [2000, 2005, 2010]
    pairs = {"origin": PLACES, "destination": PLACES}
    place = rng.uniform(0, 1_000, (count, 2))
    km = 50.0 + np.hypot(*(place[:, None] - place).T)
    border = (km < 250).astype(float)
    size = rng.lognormal(13, 1, (1, count)) * np.exp(
        np.cumsum(rng.normal(0.05, 0.1, (3, count)), 0)
    )
    expected = 0.01 * size[:, :, None] ** 0.8 * size[:, None] ** 0.6 * km**-1.1
    expected = expected * np.exp(0.5 * border) * (1 - np.eye(count))
    flows = rng.poisson(expected).astype(float)
    return {
        "flows": xr.DataArray(flows, coords={"year": years, **pairs}, dims=["year", *pairs]),
        "population": xr.DataArray(
            size, coords={"year": years, "country": PLACES}, dims=["year", "country"]
        ),
        "distance": xr.DataArray(km, coords=pairs, dims=list(pairs)),
        "ties": {"common border": xr.DataArray(border, coords=pairs, dims=list(pairs))},
    }


def poisson(y, x):
    """Plain Newton steps of a Poisson regression, to check the library by."""
    beta = np.linalg.lstsq(x, np.log(y + 1.0), rcond=None)[0]
    for _ in range(60):
        mean = np.exp(x @ beta)
        beta = beta + np.linalg.solve(x.T @ (mean[:, None] * x), x.T @ (y - mean))
    return beta


def test_elasticities_are_recovered(world):
    model = fit_gravity(**world, effects=())
    found = model.coefficients.set_index("term").estimate
    truth = {
        "ln population, origin": 0.8,
        "ln population, destination": 0.6,
        "ln distance": -1.1,
        "common border": 0.5,
        "constant": np.log(0.01),
    }
    assert set(found.index) == set(truth)
    for term, value in truth.items():
        assert found[term] == pytest.approx(value, abs=0.02), term
    assert (model.coefficients.std_error > 0).all()
    assert 0.9 < model.pseudo_r2 < 1.0
    assert model.left_out == ()


def test_estimates_equal_plain_newton_steps(world):
    model = fit_gravity(**world, effects=())
    flows = world["flows"].to_numpy()
    moved = np.broadcast_to(~np.eye(25, dtype=bool), flows.shape)
    size = np.log(world["population"].to_numpy())
    columns = [
        np.ones(flows.shape),
        np.broadcast_to(size[:, :, None], flows.shape),
        np.broadcast_to(size[:, None], flows.shape),
        np.broadcast_to(np.log(world["distance"].to_numpy()), flows.shape),
        np.broadcast_to(world["ties"]["common border"].to_numpy(), flows.shape),
    ]
    design = np.stack([column[moved] for column in columns], axis=1)
    beta = poisson(flows[moved], design)
    terms = [
        "constant",
        "ln population, origin",
        "ln population, destination",
        "ln distance",
        "common border",
    ]
    found = model.coefficients.set_index("term").estimate[terms]
    assert found.to_numpy() == pytest.approx(beta, rel=1e-5)
    assert model.fitted.to_numpy()[moved] == pytest.approx(np.exp(design @ beta), rel=1e-5)


def test_effects_make_fitted_totals_equal_observed_ones(world):
    # first-order conditions of the Poisson likelihood: sums over an effect's cells agree
    model = fit_gravity(**world)
    for dim in ("destination", "origin"):
        other = [one for one in ("year", "origin", "destination") if one != dim]
        fitted = model.fitted.sum(other)
        assert np.allclose(fitted, world["flows"].sum(other), rtol=1e-4)
    by_year = model.fitted.sum(["origin", "destination"])
    assert np.allclose(by_year, world["flows"].sum(["origin", "destination"]), rtol=1e-4)


def test_a_place_nobody_left_has_expected_flows_of_zero(world):
    flows = world["flows"].copy()
    flows[:, 3] = 0.0
    model = fit_gravity(**{**world, "flows": flows})
    assert (model.fitted.isel(origin=3, destination=slice(4, None)) == 0.0).all()
    assert (model.fitted.isel(origin=4, destination=slice(5, None)) > 0.0).all()


def test_empty_years_ahead_follow_the_populations(world):
    model = fit_gravity(**world, effects=())
    later = world["population"].isel(year=-1).assign_coords(year=2015) * 1.1
    sizes = xr.concat([world["population"], later], "year")
    guess = predict_flows(model, world["flows"], sizes, year=2015)
    found = model.coefficients.set_index("term").estimate
    power = found["ln population, origin"] + found["ln population, destination"]
    ratio = guess / model.fitted.sel(year=2010)
    assert ratio.isel(origin=0, destination=1).item() == pytest.approx(1.1**power)
    assert guess.attrs["label"] == "fitted levels, not a forecast"


def test_nineteen_areas_have_no_distance_and_all_are_named():
    areas = [str(area) for area in countries()]
    assert len(areas) == 237
    distance = load("cepii.distance.distance")
    assert places_without_distance(areas, distance) == tuple(WITHOUT)
    count = np.ones((1, 237, 237)) - np.eye(237)
    flows = xr.DataArray(
        count,
        coords={"year": [2015], "origin": areas, "destination": areas},
        dims=("year", "origin", "destination"),
    )
    sizes = xr.DataArray(
        np.ones((1, 237)), coords={"year": [2015], "country": areas}, dims=("year", "country")
    )
    with pytest.raises(CoverageError, match="19 of 237") as caught:
        fit_gravity(flows, sizes, distance=distance)
    assert all(area in str(caught.value) for area in WITHOUT)
    assert "leave_out" in caught.value.remedy


def test_places_left_out_are_listed_and_missing(world):
    distance = world["distance"].sel(origin=PLACES[:20], destination=PLACES[:20])
    ties = {"common border": world["ties"]["common border"]}
    model = fit_gravity(
        world["flows"], world["population"], distance=distance, ties=ties, missing="leave_out"
    )
    assert model.left_out == tuple(PLACES[20:])
    assert model.fitted.sel(origin=PLACES[20:]).isnull().all()
    assert model.fitted.sel(origin=PLACES[0], destination=PLACES[1]).notnull().all()


def test_wrong_inputs_are_refused(world):
    with pytest.raises(SchemaError, match="no effect is called region"):
        fit_gravity(**world, effects=("region",))
    hole = world["distance"].copy()
    hole[2, 5] = np.nan
    with pytest.raises(CoverageError, match="P02 to P05"):
        fit_gravity(**{**world, "distance": hole})
    with pytest.raises(SchemaError, match="future year"):
        backtest_gravity(**world, effects=("year",))
    with pytest.raises(CoverageError, match="population lacks"):
        fit_gravity(**{**world, "population": world["population"].isel(country=slice(1, None))})


def test_without_the_extra_the_error_names_it(world, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(WorkbenchError, match=r"keruen\[econometrics\]") as caught:
        fit_gravity(**world, effects=())
    assert caught.value.id == "MissingExtra"


def test_gravity_is_no_forecast_of_moves_between_korean_provinces():
    # methods specification of the project room, section 9.2 (mean over years): gravity misses
    # 35.8%, with effects 31.3%, last year's flow 5.8%
    moves, sizes = korean_moves()
    distance = load("korea.distance.distance_population_weighted")
    ties = {"common border": load("korea.distance.contiguous")}
    for effects, wape in (((), 35.8), (("origin", "destination"), 31.3)):
        record = backtest_gravity(
            moves.sel(year=slice(2013, 2018)), sizes, distance=distance, ties=ties, effects=effects
        )
        rows = record.table.set_index("method")
        assert rows.wape["gravity"] == pytest.approx(wape, abs=4.0)
        assert rows.wape["last flow"] == pytest.approx(5.8, abs=1.0)
        assert record.label == "fitted levels, not a forecast"
        model = fit_gravity(
            moves.sel(year=slice(2013, 2017)), sizes, distance=distance, ties=ties, effects=effects
        )
        guess = predict_flows(
            model, moves.sel(year=slice(2013, 2017)), sizes, year=2018, record=record
        )
        assert guess.attrs["label"] == "fitted levels, not a forecast"


@pytest.mark.slow
def test_gravity_is_no_forecast_of_the_world_either():
    flows, sizes = five_year_flows()
    record = backtest_gravity(
        flows, sizes, distance=load("cepii.distance.distance"), missing="leave_out"
    )
    rows = record.table.set_index("method")
    assert rows.wape["gravity"] > 1.3 * rows.wape["last flow"]
    assert record.label == "fitted levels, not a forecast"
