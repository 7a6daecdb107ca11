# SPDX-License-Identifier: Apache-2.0
"""Forecasts of applications: each method on series it must get right, and none that peeks."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen import load_table
from keruen.core.errors import CodeError, CoverageError, FaultsError, SchemaError
from keruen.decide.refugees import evaluate_forecasts, forecast_applications, forecast_methods
from keruen.project.scores import mase

YEARLY = ("last_value", "negative_binomial", "elastic_net")


def yearly(values, first=2000):
    values = np.asarray(values, dtype=float).reshape(len(values), -1)
    names = [f"S{k:02}" for k in range(values.shape[1])]
    return xr.DataArray(values, {"year": first + np.arange(len(values)), "origin": names})


def counts(rng, years=26, series=8):
    """Counts about a level of their own that strays from year to year and comes back."""
    level = rng.uniform(3, 7, series)
    z = np.zeros((years, series))
    for t in range(1, years):
        z[t] = 0.5 * z[t - 1] + rng.normal(0, 0.4, series)
    return yearly(rng.poisson(np.exp(level + z)))


@pytest.mark.parametrize("method", YEARLY)
def test_draws_are_whole_and_the_same_again(method):
    seen = counts(np.random.default_rng(1))
    drawn = forecast_applications(seen, ahead=3, method=method, seed=5, draws=200)
    assert drawn.dims == ("trajectory", "year", "origin")
    assert drawn["year"].values.tolist() == [2026, 2027, 2028]
    assert np.array_equal(drawn, np.floor(drawn))
    assert float(drawn.min()) >= 0
    again = forecast_applications(seen, ahead=3, method=method, seed=5, draws=200)
    assert drawn.equals(again)
    other = forecast_applications(seen, ahead=3, method=method, seed=6, draws=200)
    assert not drawn.equals(other)


def test_last_value_has_it_for_its_middle_and_spreads():
    seen = counts(np.random.default_rng(2))
    drawn = forecast_applications(seen, ahead=4, method="last_value", seed=1, draws=4000)
    middle = drawn.median("trajectory").isel(year=0)
    assert np.allclose(middle, seen.isel(year=-1), rtol=0.05, atol=1)
    spread = np.log1p(drawn).std("trajectory").mean("origin").values
    assert spread == pytest.approx(spread[0] * np.sqrt([1, 2, 3, 4]), rel=0.05)


def test_seasonal_naive_repeats_the_year():
    season = np.tile([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120], 4).astype(float)
    seen = xr.DataArray(season, {"month": np.arange(1, 49)})
    drawn = forecast_applications(seen, ahead=14, method="seasonal_naive", seed=1, draws=50)
    assert drawn.std("trajectory").max().item() == 0  # it never changed
    assert drawn.isel(trajectory=0).values.tolist() == [*season[:12], 10, 20]
    with pytest.raises(CodeError, match="by year"):
        forecast_applications(yearly([1, 2, 3, 4]), ahead=1, method="seasonal_naive", seed=1)


def test_negative_binomial_finds_level_season_and_exposure():
    rng = np.random.default_rng(3)
    month = np.arange(1, 133)
    factor = 1 + 0.5 * np.sin(2 * np.pi * month / 12)
    exposure = np.exp(0.01 * month)[:, None] * [1.0, 3.0]
    mean = 40 * factor[:, None] * exposure
    seen = xr.DataArray(
        rng.poisson(mean[:120]).astype(float), {"month": month[:120], "origin": ["AFG", "UKR"]}
    )
    exposed = xr.DataArray(exposure, {"month": month, "origin": ["AFG", "UKR"]})
    drawn = forecast_applications(
        seen, ahead=12, method="negative_binomial", seed=1, exposure=exposed, draws=4000
    )
    assert drawn.mean("trajectory").values == pytest.approx(mean[120:], rel=0.08)
    mixed = forecast_applications(
        seen, ahead=12, method="negative_binomial", seed=1, draws=4000,
        exposure=exposed.isel(origin=[1, 0], month=slice(None, None, -1)),
    )  # fmt: skip
    assert mixed.equals(drawn)
    with pytest.raises(CoverageError, match="no month 121"):
        forecast_applications(
            seen, ahead=12, method="negative_binomial", seed=1,
            exposure=exposed.isel(month=slice(120)),
        )  # fmt: skip


def test_negative_binomial_is_wider_than_poisson_where_counts_are():
    rng = np.random.default_rng(4)
    calm = yearly(rng.poisson(100, (20, 4)))
    wild = yearly(rng.negative_binomial(2, 2 / 102, (20, 4)))  # variance 100 + 100^2 / 2
    found = [
        forecast_applications(s, ahead=1, method="negative_binomial", seed=1, draws=4000)
        for s in (calm, wild)
    ]
    spread = [one.std("trajectory").mean().item() for one in found]
    assert spread[0] == pytest.approx(np.sqrt(100 + 100 / 5), rel=0.25)  # five years make the level
    assert spread[1] > 45
    nobody = forecast_applications(
        yearly(np.zeros((10, 1))), ahead=1, method="negative_binomial", seed=1
    )
    assert 0 < (nobody == 0).mean().item() < 1  # nobody yet is not nobody ever


def test_intervals_hold_what_they_claim_on_simulated_series():
    found = evaluate_forecasts(counts(np.random.default_rng(7), years=40, series=25),
                               ahead=2, seed=1, draws=300)  # fmt: skip
    table = found.table
    assert table["coverage_80"].between(0.72, 0.88).all(), table
    # the negative binomial reaches 90 %: its tails are those of a gamma, and it looks back
    # on five years only; the page says so
    assert table["coverage_95"].between(0.88, 0.985).all(), table
    # series that come back to their level: last value is not the best
    assert found.best != "last_value"
    better = table.query("ahead == 2").set_index("method")["mase"]
    assert better["elastic_net"] < 0.95 * better["last_value"]


def test_an_early_signal_helps_the_elastic_net():
    rng = np.random.default_rng(9)
    months, series = 96, 4
    signal = np.exp(np.cumsum(rng.normal(0, 0.25, (months + 1, series)), axis=0))
    mean = 300 * signal[:-1]  # this month's signal shows next month's applications
    seen = xr.DataArray(
        rng.poisson(mean).astype(float), {"month": np.arange(months), "origin": list("ABCD")}
    )
    early = xr.Dataset({"crossings": seen.copy(data=1000 * signal[1:])})
    options = {"ahead": 1, "seed": 1, "methods": ["last_value", "elastic_net"], "draws": 200}
    with_it = evaluate_forecasts(seen, **options, signals=early, first=75)
    without = evaluate_forecasts(seen, **options, first=75)
    errors = [r.table.set_index("method").loc["elastic_net", "mase"] for r in (with_it, without)]
    assert errors[0] < 0.6 * errors[1]


def test_no_forecast_knows_what_came_later():
    seen = counts(np.random.default_rng(3))
    changed = seen.copy()
    changed[-1] = 9 * changed[-1] + 1000
    for method in YEARLY:
        one, two = (
            forecast_applications(s.isel(year=slice(-1)), ahead=1, method=method, seed=1)
            for s in (seen, changed)
        )
        assert one.equals(two)
    records = [evaluate_forecasts(s, ahead=1, seed=1, draws=50) for s in (seen, changed)]
    assert records[0].table["forecasts"].tolist() == records[1].table["forecasts"].tolist()
    assert not records[0].table["mase"].equals(records[1].table["mase"])  # it is scored, though


def test_the_scaled_error_is_the_one_of_the_house():
    seen = counts(np.random.default_rng(5), years=16, series=3)
    record = evaluate_forecasts(
        seen, ahead=1, seed=2, methods=["last_value"], first=2014, draws=301
    )
    drawn = forecast_applications(
        seen.sel(year=slice(2000, 2014)), ahead=1, method="last_value", seed=2, draws=301
    )
    wanted = mase(
        drawn.median("trajectory"), seen.sel(year=[2015]), history=seen.sel(year=slice(2000, 2014))
    )
    assert record.by_series["mase"].tolist() == pytest.approx(wanted.values.tolist())
    assert record.table["forecasts"].tolist() == [3]


def test_methods_of_years_and_months():
    assert forecast_methods("month")[1] == "seasonal_naive"
    assert "seasonal_naive" not in forecast_methods("year")


def test_histories_that_cannot_be_used():
    good = counts(np.random.default_rng(1))
    gap = good.copy()
    gap[3, 2] = np.nan
    with pytest.raises(CoverageError, match="1 counts of the history are missing"):
        forecast_applications(gap, ahead=1, method="last_value", seed=1)
    with pytest.raises(CoverageError, match="follow on") as told:
        forecast_applications(good.isel(year=[0, 1, 3, 4]), ahead=1, method="last_value", seed=1)
    assert told.value.id == "BrokenSeries"
    with pytest.raises(FaultsError) as many:
        forecast_applications(-1 * good.isel(year=slice(5)), ahead=0, method="elastic_net", seed=1)
    assert {fault.id for fault in many.value.faults} == {"NegativeInput", "SchemaError", "TooShort"}
    with pytest.raises(CodeError, match="no method 'oracle'"):
        forecast_applications(good, ahead=1, method="oracle", seed=1)
    with pytest.raises(SchemaError, match="neither month nor year"):
        forecast_applications(good.rename(year="week"), ahead=1, method="last_value", seed=1)
    with pytest.raises(SchemaError, match="leave no origin"):
        evaluate_forecasts(good.isel(year=slice(3)), ahead=1, seed=1, methods=["last_value"])


def asylum_by_country() -> xr.DataArray:
    """First applications of persons to the countries that reported every year, 2000 to 2025."""
    table = load_table("unhcr.applications")
    again = table["level"].isin(["AR", "JR", "RA"]) | table["application"].isin(
        ["A", "R", "J", "RA", "FA"])  # fmt: skip
    first = table[~again & (table["counted"] == "P")]
    wide = first.groupby(["destination", "year"])["asylum_applications"].sum().unstack()
    full = wide[wide.notna().all(axis=1)]
    label = {"year": full.columns.astype(int), "destination": list(full.index)}
    return xr.DataArray(full.T.to_numpy(dtype=float), label)


def crossings_by_month() -> xr.DataArray:
    """Detections at the EU's borders on the routes counted in every month from 2009."""
    table = load_table("frontex.detections")
    wide = table.groupby(["route", "year", "month"])["detections"].sum().unstack("route")
    full = wide.loc[:, wide.notna().all()]
    label = {"month": np.arange(1, len(full) + 1), "route": list(full.columns)}
    return xr.DataArray(full.to_numpy(dtype=float), label)


def test_what_wins_on_59_countries_by_year():
    """Nothing beats the last value by year; the numbers are those of the page."""
    seen = asylum_by_country()
    assert seen.sizes == {"year": 26, "destination": 59}
    found = evaluate_forecasts(seen, ahead=3, seed=1)
    table = found.table.set_index(["method", "ahead"])
    assert found.best == "last_value"
    assert table.loc[("elastic_net", 1), "relative"] == pytest.approx(1.02, abs=0.02)
    assert table.loc[("negative_binomial", 1), "relative"] == pytest.approx(1.16, abs=0.03)
    assert table.loc[("negative_binomial", 3), "relative"] == pytest.approx(0.93, abs=0.03)
    assert table.loc[("last_value", 1), "mase_median"] == pytest.approx(2.7, abs=0.1)
    assert table.loc[("last_value", 1), "coverage_80"] == pytest.approx(0.74, abs=0.02)
    assert table.loc[("last_value", 1), "coverage_95"] == pytest.approx(0.91, abs=0.02)
    assert table.loc[("last_value", 1), "forecasts"] == 708


def test_what_wins_on_five_routes_by_month():
    """By month the elastic net wins, the more the further ahead; intervals hold."""
    seen = crossings_by_month()
    assert seen.sizes == {"month": 196, "route": 5}
    found = evaluate_forecasts(seen, ahead=6, seed=1, first=148, draws=300)
    table = found.table.set_index(["method", "ahead"])
    assert found.best == "elastic_net"
    assert table.loc[("elastic_net", 1), "relative"] == pytest.approx(0.97, abs=0.03)
    assert table.loc[("elastic_net", 6), "relative"] == pytest.approx(0.76, abs=0.03)
    assert table.loc["elastic_net"]["coverage_80"].between(0.78, 0.90).all()
    assert table.loc["elastic_net"]["coverage_95"].between(0.92, 0.98).all()
    assert table.loc[("seasonal_naive", 1), "relative"] > 1.4
