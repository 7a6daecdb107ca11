# SPDX-License-Identifier: Apache-2.0
"""Shortages by many indicators: thresholds, missing values, margins, and the list."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError
from keruen.project.shortage import shortage_flags
from keruen.project.shortage_lists import flag_stability, shortage_list

JOBS = ["2221", "5120", "7112", "9112"]
ASKED = {"pay": "high", "vacancies": "high", "idle": "low"}


def indicators() -> xr.DataArray:
    values = [[6.0, 2.0, 4.0, 1.0], [3.0, np.nan, 1.0, 1.0], [0.5, 4.0, 2.0, 3.0]]
    return xr.DataArray(values, {"series": list(ASKED), "occupation": JOBS})


def test_thresholds_are_the_median_and_half_of_it():
    found = shortage_flags(indicators(), direction=ASKED)
    assert found.threshold.values.tolist() == [4.5, 1.5, 1.25]
    assert found.passes.sel(occupation="2221").values.tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(found.passes.sel(series="vacancies", occupation="5120").item())
    assert found.score.values.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_a_negative_median_still_asks_for_more_than_the_middle():
    falling = xr.DataArray([[-4.0, -2.0, -1.0, 1.0]], {"series": ["pay"], "occupation": JOBS})
    found = shortage_flags(falling, direction={"pay": "high"})
    assert found.threshold.item() == pytest.approx(-1.5 + 0.75)
    assert found.flagged.values.tolist() == [0.0, 0.0, 0.0, 1.0]


def test_half_of_the_known_indicators_is_enough_and_few_are_not():
    values = indicators().copy()
    values.loc[{"series": ["pay", "vacancies"], "occupation": "9112"}] = np.nan
    values.loc[{"series": "idle", "occupation": "2221"}] = 9.0
    found = shortage_flags(values, direction=ASKED)
    assert found.score.sel(occupation="2221").item() == pytest.approx(2 / 3)
    assert np.isnan(found.flagged.sel(occupation="9112").item())


def test_the_margin_is_the_step_that_turns_the_verdict():
    values = indicators().copy()
    values.loc[{"series": "idle", "occupation": "2221"}] = 9.0
    found = shortage_flags(values, direction=ASKED)
    here = {"occupation": "2221"}
    turned = str(found.turned_by.sel(here).item())
    assert turned in ("pay", "vacancies")
    step = found.margin.sel(here).item() * float(values.sel(series=turned).std())
    moved = values.copy()
    moved.loc[{"series": turned, **here}] = float(values.sel(series=turned, **here)) - step - 1e-9
    held = shortage_flags(
        moved, direction=ASKED, rule="absolute",
        level={str(n): float(found.threshold.sel(series=n)) for n in values.series.values},
    )  # fmt: skip
    assert found.flagged.sel(here).item() == 1.0
    assert held.flagged.sel(here).item() == 0.0


def test_no_single_indicator_turns_a_clear_case():
    found = shortage_flags(indicators(), direction=ASKED)
    assert np.isnan(found.margin.sel(occupation="2221").item())
    assert found.turned_by.sel(occupation="2221").item() == ""


def test_quantiles_and_weights():
    found = shortage_flags(
        indicators(), direction=ASKED, rule="quantile", level=0.5,
        weights={"pay": 8.0, "vacancies": 1.0, "idle": 1.0},
    )  # fmt: skip
    assert found.threshold.sel(series="pay").item() == 3.0
    assert found.flagged.values.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_an_indicator_without_direction_or_values_is_refused():
    with pytest.raises(CoverageError, match="idle"):
        shortage_flags(indicators(), direction={"pay": "high", "vacancies": "high"})
    empty = indicators().where(indicators().series != "pay")
    with pytest.raises(CoverageError, match="pay"):
        shortage_flags(empty, direction=ASKED)


def test_every_entry_of_the_list_has_its_reason():
    flags = shortage_flags(indicators(), direction=ASKED)
    skilled = xr.DataArray([1, 1, 1, 0], {"occupation": JOBS})
    sensible = xr.DataArray([1.0, np.nan, np.nan, np.nan], {"occupation": JOBS})
    asked = shortage_list(flags, skilled=skilled).set_index("occupation")
    judged = shortage_list(flags, skilled=skilled, sensible=sensible).set_index("occupation")
    no = shortage_list(flags, skilled=skilled, sensible=0 * sensible).set_index("occupation")
    assert asked.loc["2221", "verdict"] == "to be consulted"
    assert judged.loc["2221", "verdict"] == "on the list"
    assert no.loc["2221", "verdict"] == "off the list"
    assert judged.loc["2221", "reason"] == (
        "skilled, in shortage, sensible; 3 of 3 known indicators pass: "
        "pay 6 >= 4.5; vacancies 3 >= 1.5; idle 0.5 <= 1.25"
    )
    assert judged.loc["9112", "reason"].startswith("not skilled enough")
    assert (judged["reason"] != "").all()


def test_stability_counts_resamples():
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 0.3, (200, *indicators().shape))
    drawn = xr.DataArray(
        indicators().to_numpy() + noise,
        {"trajectory": range(200), **{d: indicators()[d].values for d in ("series", "occupation")}},
    )
    found = flag_stability(drawn, direction=ASKED)
    assert found.sel(occupation="2221").item() > 0.95
    assert found.sel(occupation="9112").item() < 0.05
