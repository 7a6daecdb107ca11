# SPDX-License-Identifier: Apache-2.0
"""Intervals of population beside those published, country by country."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.project.calibration import calibrated_correlation, width_ratio
from keruen.sources.projection_inputs import projection_intervals

YEARS = [2030, 2040]
PATHS = {"trajectory": range(4001), "year": YEARS, "country": ["A", "B"]}
SCORES = np.linspace(-4.0, 4.0, 4001)[:, None, None]  # even: 95 % lies within 0.95 * 4


def total(correlation):
    """Log widths that grow with the correlation, twice as fast for the second country."""
    slope = (0.1 + correlation) * np.array([1.0, 2.0]) * np.array([[1.0], [1.5]])
    return xr.DataArray(np.exp(SCORES * slope), coords=PATHS)


def stated(first, second):
    """Published intervals as wide as those of two correlations."""
    ends = [total(one).quantile([0.025, 0.975], dim="trajectory") for one in (first, second)]
    return xr.concat(
        [ends[0].sel(country="A"), ends[1].sel(country="B")], dim="country"
    ).assign_coords(country=["A", "B"])


def test_the_correlation_of_each_country_is_found():
    fine = np.round(np.arange(0.0, 0.96, 0.05), 2)
    found = calibrated_correlation(total, stated(0.35, 0.8), years=YEARS, candidates=fine)
    assert found.to_series().to_dict() == {"A": 0.35, "B": 0.8}
    rough = calibrated_correlation(total, stated(0.35, 0.8), years=YEARS)
    np.testing.assert_allclose(rough, [0.35, 0.8], atol=0.03)


def test_beyond_the_candidates_the_nearest_is_taken():
    found = calibrated_correlation(total, stated(-0.08, 0.99), years=YEARS)
    assert found.to_series().to_dict() == {"A": 0.0, "B": 0.98}


def test_widths_are_compared_in_the_years_of_both():
    ratio = width_ratio(total(0.5), stated(0.2, 0.5).sel(year=[2040]))
    assert ratio.indexes["year"].tolist() == [2040]
    np.testing.assert_allclose(ratio.squeeze("year"), [2.0, 1.0])


def test_an_interval_that_reaches_nobody_has_no_width():
    bounds = stated(0.5, 0.5)
    bounds.loc[{"country": "A", "year": 2040, "quantile": 0.025}] = 0.0
    ratio = width_ratio(total(0.5), bounds)
    assert ratio.isnull().sum() == 1
    found = calibrated_correlation(total, bounds, years=YEARS)  # the other year decides
    np.testing.assert_allclose(found, 0.5, atol=0.03)


def test_faults_of_calibration():
    bounds = stated(0.5, 0.5)
    with pytest.raises(CoverageError, match="no year in common"):
        width_ratio(total(0.5), bounds.assign_coords(year=[2050, 2060]))
    with pytest.raises(SchemaError, match="not both there"):
        width_ratio(total(0.5), bounds.assign_coords(quantile=[0.1, 0.9]))
    with pytest.raises(CoverageError, match="no published width"):
        calibrated_correlation(total, 0 * bounds, years=YEARS)
    for wrong in ([0.5], [0.5, 0.2], [-0.1, 0.5], [0.5, 1.0]):
        with pytest.raises(SchemaError, match="candidates"):
            calibrated_correlation(total, bounds, years=YEARS, candidates=wrong)


PLACES = ["AFG", "BGD", "CIV", "DZA", "GIN", "IRL", "KAZ", "KWT", "NLD", "PRT", "SOM", "USA"]
"""Every thirteenth above a million, Kazakhstan and the United States."""


@pytest.mark.slow
def test_the_intervals_of_twelve_countries_are_those_published():
    """Fitted to 2050 on other paths; the years after it were never seen."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from scripts.calibrate_paths import World

    world = World(PLACES)
    fitted = projection_intervals(PLACES).correlation
    paths = world.total(fitted, seed=11)
    ours = abs(_log(width_ratio(paths, world.stated)))
    one = abs(_log(width_ratio(world.total(0.5, seed=11), world.stated)))
    error = {year: float(ours.sel(year=year).mean()) for year in (2030, 2050, 2075, 2100)}
    before = {year: float(one.sel(year=year).mean()) for year in error}
    assert error[2050] < 0.1
    assert error[2075] < 0.2
    assert error[2100] < 0.2
    assert all(error[year] < before[year] for year in error)
    assert ours.sel(country="KAZ", year=[2050, 2100]).max() < 0.15
    kaz = paths.sel(country="KAZ")
    low, high = (kaz.quantile(level, dim="trajectory") for level in (0.025, 0.975))
    # United Nations: 16.8 to 40.7 million at the end of 2050, 8.6 to 116.7 in 2100
    assert low.sel(year=2050).item() == pytest.approx(16.8e6, rel=0.1)
    assert high.sel(year=2050).item() == pytest.approx(40.7e6, rel=0.1)
    assert 8.6e6 < low.sel(year=2100).item() < 12e6
    assert 105e6 < high.sel(year=2100).item() < 140e6


def _log(array):
    return array.copy(data=np.log(array.to_numpy()))
