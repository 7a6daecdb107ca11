# SPDX-License-Identifier: Apache-2.0
"""Undercount against trusted partners: hand cases, exact binomials, missing overlap."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

from keruen.measure.harmonise import undercount_ratio

PLACES = ["X", "P", "Q"]


def square(cells: object) -> xr.DataArray:
    coords = {"origin": PLACES, "destination": PLACES}
    return xr.DataArray(np.asarray(cells, float), coords=coords)


DEPARTURES = square([[0, 300, 200], [500, 0, 90], [400, 110, 0]])
ARRIVALS = square([[0, 600, 300], [450, 0, 100], [350, 100, 0]])


def test_ratios_by_hand() -> None:
    found = undercount_ratio(DEPARTURES, ARRIVALS, trusted=["P", "Q"], draws=2000)
    sent = found.ratio.sel(report="by_origin")
    came = found.ratio.sel(report="by_destination")
    assert sent.sel(country="X").item() == pytest.approx(500 / 900)
    assert came.sel(country="X").item() == pytest.approx(800 / 900)
    assert sent.sel(country="P").item() == pytest.approx(90 / 100)  # with Q alone
    assert found.partners.sel(country="X").values.tolist() == [2, 2]
    assert found.partners.sel(country="P").values.tolist() == [1, 1]
    assert (found.lower < found.ratio).all()
    assert (found.ratio < found.upper).all()


def test_duration_factors_enter_on_both_sides() -> None:
    months = xr.DataArray(
        [[3, 12, np.inf], [12, 6, 12]],
        coords={"report": ["by_origin", "by_destination"], "country": PLACES},
    )
    found = undercount_ratio(
        DEPARTURES, ARRIVALS, trusted=["P", "Q"], definitions=months, draws=100
    )
    by_hand = 0.63 * (300 + 200) / (0.73 * 600 + 1.0 * 300)
    assert found.ratio.sel(report="by_origin", country="X").item() == pytest.approx(by_hand)
    by_hand = 1.0 * (450 + 350) / (1.0 * 500 + 2.26 * 400)
    assert found.ratio.sel(report="by_destination", country="X").item() == pytest.approx(by_hand)


def test_interval_is_that_of_a_ratio_of_binomials() -> None:
    """One trusted partner: compare with the exact distribution of the ratio."""
    found = undercount_ratio(DEPARTURES, ARRIVALS, trusted=["P"], seed=3)
    mine = binom(500, 300 / 500)  # of all departures from X
    theirs = binom(700, 600 / 700)  # of all arrivals in P
    a, b = np.arange(501), np.arange(1, 701)
    ratio = (a[:, None] / b).reshape(-1)
    chance = (mine.pmf(a)[:, None] * theirs.pmf(b)).reshape(-1)
    order = np.argsort(ratio)
    ends = ratio[order][np.searchsorted(np.cumsum(chance[order]), [0.025, 0.975])]
    cell = {"report": "by_origin", "country": "X"}
    assert found.lower.sel(cell).item() == pytest.approx(ends[0], abs=0.002)
    assert found.upper.sel(cell).item() == pytest.approx(ends[1], abs=0.002)


def test_no_overlap_is_missing_and_not_one() -> None:
    arrivals = ARRIVALS.copy()
    arrivals.loc[{"origin": "X"}] = np.nan
    found = undercount_ratio(DEPARTURES, arrivals, trusted=["P", "Q"], draws=100)
    cell = {"report": "by_origin", "country": "X"}
    for array in (found.ratio, found.lower, found.upper):
        assert np.isnan(array.sel(cell).item())
    assert found.partners.sel(cell).item() == 0
    assert "no trusted partner" in found.ratio.attrs["missing_reason"]


def test_same_seed_same_interval() -> None:
    one, two = (
        undercount_ratio(DEPARTURES, ARRIVALS, trusted=["P"], draws=500, seed=9) for _ in range(2)
    )
    other = undercount_ratio(DEPARTURES, ARRIVALS, trusted=["P"], draws=500, seed=10)
    assert one.lower.equals(two.lower)
    assert not one.lower.equals(other.lower)
    assert list(one.to_table().columns)[-4:] == ["ratio", "lower", "upper", "partners"]


def test_years_side_by_side() -> None:
    label = xr.Variable("year", [2000, 2001])
    sent = xr.concat([DEPARTURES, 2 * DEPARTURES], label)
    came = xr.concat([ARRIVALS, ARRIVALS], label)
    found = undercount_ratio(sent, came, trusted=["P", "Q"], draws=100)
    first, second = (found.ratio.sel(report="by_origin", year=y) for y in (2000, 2001))
    assert second.values == pytest.approx(2 * first.values)
