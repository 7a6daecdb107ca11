# SPDX-License-Identifier: Apache-2.0
"""Job openings: published figures of the United States, worked numbers, both concepts."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.project.openings import (
    gross_openings,
    implied_separation_rate,
    net_openings,
    separation_rates,
)
from keruen.sources.occupation_inputs import same_titles, usa_projection


def projection(year: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Employment at both ends and yearly openings of a published projection."""
    found = usa_projection(year)
    return found.employment, found.openings


@pytest.mark.parametrize(
    ("year", "code", "openings", "rate"),
    [(2016, "29-1141", 203_800, 5.04), (2020, "29-1141", 194_500, 5.18)],
)
def test_published_openings_of_nurses(year, code, openings, rate):
    """Bureau of Labor Statistics, Employment Projections 2016-26 and 2020-30."""
    dates, published = projection(year)
    found = implied_separation_rate(dates, published).sel(occupation=code)
    assert published.sel(occupation=code).item() == openings
    assert 100 * found.item() == pytest.approx(rate, abs=0.005)


def test_published_openings_of_all_occupations():
    """18.98 million openings a year 2016-26, 94% of them separations, 11.0% a year."""
    dates, published = projection(2016)
    implied = implied_separation_rate(dates, published)
    rounded = [str(code) for code in implied.occupation.values[implied.to_numpy() < 0]]
    assert rounded == ["29-1024"]  # 700 prosthodontists: openings are published in hundreds
    rate = implied.clip(min=0)
    whole = gross_openings(dates, exit_rate=rate, transfer_rate=0 * rate)
    exact = implied >= 0
    np.testing.assert_allclose(
        whole.openings.isel(year=0).where(exact), published.where(exact), rtol=1e-12
    )
    assert whole.openings.sum().item() == pytest.approx(18.98e6, rel=5e-4)
    share = whole.replacement.sum() / whole.openings.sum()
    assert 100 * share.item() == pytest.approx(94, abs=0.5)
    mean = dates.sum("occupation").mean("year")
    assert 100 * (whole.replacement.sum() / mean).item() == pytest.approx(11.0, abs=0.05)


def test_two_editions_agree_on_separations():
    """648 occupations of one code and one title: correlation .90, difference 0.87 points."""
    codes = same_titles(usa_projection(2016), usa_projection(2020))
    assert len(codes) == 648
    rates = [implied_separation_rate(*projection(year)) for year in (2016, 2020)]
    left, right = (rate.sel(occupation=codes) for rate in rates)
    assert np.corrcoef(left, right)[0, 1] == pytest.approx(0.90, abs=0.01)
    assert 100 * abs(left - right).mean().item() == pytest.approx(0.87, abs=0.02)


@pytest.mark.parametrize(
    ("change", "replacement", "openings"), [(-100.0, 140.0, 140.0), (60.0, 240.0, 300.0)]
)
def test_worked_numbers_of_the_net_concept(change, replacement, openings):
    jobs = xr.DataArray([[1000.0], [1000.0 + change]], {"year": [0, 1], "occupation": ["7"]})
    found = net_openings(jobs, outflow_rate=xr.DataArray([0.24], {"occupation": ["7"]}))
    assert (found.replacement.item(), found.openings.item()) == (replacement, openings)
    assert found.concept == "net"


def test_an_occupation_that_vanishes_replaces_nobody():
    jobs = xr.DataArray([[1000.0], [0.0]], {"year": [0, 1], "occupation": ["7"]})
    rate = xr.DataArray([0.24], {"occupation": ["7"]})
    assert net_openings(jobs, outflow_rate=rate).openings.item() == 0.0


def test_intervals_of_any_width():
    jobs = xr.DataArray(
        [[100.0], [110.0], [140.0]], {"year": [2020, 2021, 2026], "occupation": ["7"]}
    )
    rate = xr.DataArray([0.1], {"occupation": ["7"]})
    found = gross_openings(jobs, exit_rate=0.5 * rate, transfer_rate=0.5 * rate)
    assert found.expansion.values.ravel().tolist() == pytest.approx([10.0, 6.0])
    assert found.replacement.values.ravel().tolist() == pytest.approx([10.5, 12.5])
    assert found.to_table()["concept"].unique().tolist() == ["gross"]


def test_rates_of_people_applied_to_the_mix_of_an_occupation():
    cells = {"occupation": ["22", "92", "00"], "sex": ["F", "M"], "age": [25, 60]}
    workers = xr.DataArray([[[90.0, 10], [0, 0]], [[0, 0], [50, 50]], [[0, 0], [0, 0]]], cells)
    leave = xr.DataArray([[0.05, 0.2], [0.02, 0.3]], {"sex": ["F", "M"], "age": [25, 60]})
    found = separation_rates(workers, leave)
    np.testing.assert_allclose(found, [0.9 * 0.05 + 0.1 * 0.2, 0.16, np.nan])
    assert found.dims == ("occupation",)
    with pytest.raises(CoverageError, match="lacks 60"):
        separation_rates(workers, leave.sel(age=[25]))


def test_percent_and_a_single_year_are_refused():
    jobs = xr.DataArray([[100.0], [110.0]], {"year": [2020, 2021], "occupation": ["7"]})
    rate = xr.DataArray([5.0], {"occupation": ["7"]})
    with pytest.raises(SchemaError, match="not percent"):
        net_openings(jobs, outflow_rate=rate)
    with pytest.raises(CoverageError, match="two dates"):
        net_openings(jobs.isel(year=[0]), outflow_rate=rate / 100)
