# SPDX-License-Identifier: Apache-2.0
"""Rolling origins, naive rivals, and what a report prints."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.project.backtest import NOT_EVALUATED, backtest, record_text
from keruen.project.rivals import (
    NAIVE,
    constant_growth,
    history_mean,
    last_value,
    recent_mean,
    zero,
)
from keruen.project.scores import crps, interval_score

DAY = date(2026, 1, 1)


def series(values, first=2000):
    values = np.asarray(values, dtype=float)
    coords = {
        "year": np.arange(first, first + len(values)),
        "country": list("ABCDEFGH")[: values.shape[1]],
    }
    return xr.DataArray(values, coords=coords, dims=("year", "country"), name="series")


@pytest.fixture(scope="module")
def noise():
    return series(np.random.default_rng(1).normal(size=(40, 8)), first=1980)


def gaussian(history, years):
    """Draws around the mean of the history, with its spread."""
    draws = np.random.default_rng(2).normal(size=(2_000, len(years), history.sizes["country"]))
    coords = {
        "trajectory": range(2_000),
        "year": list(years),
        "country": history.indexes["country"],
    }
    forecast = xr.DataArray(draws, coords=coords, dims=list(coords))
    return history.mean("year") + history.std("year") * forecast


def test_naive_rivals_by_hand():
    past = series([[1.0, 10.0], [2.0, 20.0], [4.0, 30.0]])
    wanted = [2003, 2004]
    found = {
        "last": last_value(past, wanted),
        "mean": history_mean(past, wanted),
        "two": recent_mean(2)(past, wanted),
        "zero": zero(past, wanted),
        "growth": constant_growth(past, wanted),
    }
    expected = {
        "last": [[4, 30], [4, 30]],
        "mean": [[7 / 3, 20], [7 / 3, 20]],
        "two": [[3, 25], [3, 25]],
        "zero": [[0, 0], [0, 0]],
        "growth": [[8, 45], [16, 67.5]],
    }
    for name, forecast in found.items():
        values = forecast.transpose("year", "country").to_numpy()
        assert values == pytest.approx(np.array(expected[name], dtype=float)), name
    assert np.isnan(constant_growth(past - 2, wanted).sel(country="A")).all()
    with pytest.raises(SchemaError, match="one period"):
        recent_mean(0)


def test_scores_by_hand():
    data = series([[1.0, 2.0], [2.0, 2.0], [5.0, 1.0], [7.0, 1.0]])
    found = backtest(
        last_value, data, origins=[2001], horizon=2, rivals={"zero": zero}, name="held", tested=DAY
    )
    table = found.to_table().set_index(["method", "years"])
    assert table.mae["held", 1] == 2.0  # |2-5|, |2-1|
    assert table.mae["held", 2] == 3.0  # |2-7|, |2-1|
    assert table.wape["held", 2] == pytest.approx(100 * 6 / 8)
    assert table.mae["zero", 2] == 4.0
    assert table.crps["held", 2] == table.mae["held", 2]
    assert np.isnan(table.coverage_80["held", 2])
    pooled = found.to_table(pooled=True).set_index("method")
    assert pooled.mae["held"] == 2.5
    assert pooled.cells["held"] == 4


def test_a_method_sees_only_what_was_known(noise):
    seen = []

    def spy(history, years):
        seen.append((int(history.year[-1]), list(years)))
        return last_value(history, years)

    backtest(spy, noise, origins=[1990, 2000], horizon=3, tested=DAY)
    assert seen == [(1990, [1991, 1992, 1993]), (2000, [2001, 2002, 2003])]


def test_vintages_are_used_and_named(noise):
    heard = []

    def spy(history, years):
        heard.append(float(history.isel(year=-1, country=0)))
        return last_value(history, years)

    published = noise + 100.0
    found = backtest(
        spy,
        noise,
        origins=[1990, 2000],
        horizon=1,
        vintages={1990: published, 2000: published},
        tested=DAY,
    )
    assert min(heard) > 90.0
    assert found.design == "vintage"
    assert "data of the time" in str(found.record())
    mixed = backtest(
        spy, noise, origins=[1990, 2000], horizon=1, vintages={1990: published}, tested=DAY
    )
    assert mixed.design == "pseudo"
    assert "cut at the origin" in str(mixed.record())


def test_calibrated_forecasts_cover_and_beat_the_last_value(noise):
    found = backtest(gaussian, noise, origins=range(2000, 2018), horizon=2, tested=DAY)
    own = found.to_table(pooled=True).set_index("method").loc["method"]
    assert own.coverage_50 == pytest.approx(0.5, abs=0.08)
    assert own.coverage_80 == pytest.approx(0.8, abs=0.08)
    assert own.coverage_95 == pytest.approx(0.95, abs=0.04)
    assert own.crps < own.mae
    against_last = backtest(
        gaussian,
        noise,
        origins=range(2000, 2018),
        horizon=2,
        rivals={"last value": last_value},
        tested=DAY,
    )
    assert against_last.skill().verdict == "better"


def test_cells_agree_with_the_scores_of_each_forecast(noise):
    found = backtest(gaussian, noise, origins=[2000], horizon=2, tested=DAY)
    forecast = gaussian(noise.sel(year=slice(None, 2000)), [2001, 2002])
    outcome = noise.sel(year=[2001, 2002])
    own = found.cells.sel(forecaster="method", base_year=2000)
    assert np.allclose(own["crps"], crps(forecast, outcome))
    low, high = (forecast.quantile(p, "trajectory", keep_attrs=True) for p in (0.1, 0.9))
    low, high = (end.drop_vars("quantile") for end in (low, high))
    assert np.allclose(own["interval_score_80"], interval_score(low, high, outcome, level=0.8))


def test_the_last_years_are_left_out_not_invented(noise):
    found = backtest(last_value, noise, origins=[2010, 2018], horizon=3, tested=DAY)
    table = found.to_table().set_index(["method", "years"])
    assert table.cells["method", 1] == 16
    assert table.cells["method", 2] == 8  # 2018 + 2 is beyond the series
    assert found.cells.sizes["lead"] == 3


def test_the_record_is_a_sentence(noise):
    found = backtest(gaussian, noise, origins=range(2000, 2018), horizon=2, tested=DAY)
    record = found.record([2])
    assert record.years == 2
    assert record.origins == tuple(range(2000, 2018))
    text = record_text(record)
    assert text.startswith("2 years ahead: no clear difference from history mean (skill ")
    assert "80% interval held" in text
    assert text.endswith("18 origins, today's data cut at the origin, tested 2026-01-01")
    assert record_text(None) == NOT_EVALUATED == "not evaluated"
    with pytest.raises(CoverageError, match="9 periods ahead were not tested"):
        found.record([9])


def test_point_forecasts_claim_no_interval(noise):
    found = backtest(last_value, noise, origins=[2000], horizon=1, tested=DAY)
    assert found.record().coverage == {}
    assert "interval held" not in str(found.record())


def test_every_rival_runs_by_default(noise):
    found = backtest(last_value, noise, origins=[2000], horizon=1, name="mine", tested=DAY)
    assert list(found.cells.forecaster.values) == ["mine", *NAIVE]


def test_a_back_test_refuses_what_it_cannot_do(noise):
    with pytest.raises(CoverageError, match="no outcome follows the origin 2019"):
        backtest(last_value, noise, origins=[2019], horizon=1)
    with pytest.raises(SchemaError, match="needs an origin"):
        backtest(last_value, noise, origins=[], horizon=1)
    with pytest.raises(CoverageError, match="labels of 'country' differ"):
        backtest(
            lambda h, y: last_value(h, y).isel(country=[0, 1]), noise, origins=[2000], horizon=1
        )
    with pytest.raises(CoverageError, match="evenly"):
        backtest(last_value, noise.drop_sel(year=1985), origins=[2000], horizon=1)
