# SPDX-License-Identifier: Apache-2.0
"""The United States' projection of 2016-26 against what came: figures of project.md, section 15."""

from __future__ import annotations

import pytest
import xarray as xr

from keruen.core.errors import CoverageError
from keruen.project.occupation_record import employment_at, occupation_record
from keruen.sources.occupation_inputs import same_titles, usa_jobs, usa_projection


@pytest.fixture(scope="module")
def codes() -> list[str]:
    return same_titles(usa_projection(2016), usa_projection(2020))


def test_read_at_2025(codes):
    """Dissimilarity 10.2, against 11.1 for constant shares; 646 of the 648 are still published."""
    jobs = usa_jobs()
    kept = [code for code in codes if code in jobs.indexes["occupation"]]
    projection = usa_projection(2016).employment.sel(occupation=kept)
    found = occupation_record(projection, jobs.sel(occupation=kept), year=2025)
    assert found.occupations == 646
    assert round(found.dissimilarity, 1) == 10.2
    assert round(found.constant_dissimilarity, 1) == 11.1
    assert "10.2% of workers" in str(found)


def test_read_at_2020(codes):
    """MAPE 18.6 against 19.6, weighted 9.1 against 9.8, rank correlation .33, 62% right side."""
    outcome = usa_projection(2020).employment.sel(year=2020, occupation=codes, drop=True)
    projection = usa_projection(2016).employment.sel(occupation=codes)
    found = occupation_record(projection, outcome, year=2020)
    assert found.occupations == 648
    assert round(found.mape, 1) == 18.6
    assert round(found.constant_mape, 1) == 19.6
    assert round(found.wape, 1) == 9.1
    assert round(found.constant_wape, 1) == 9.8
    assert round(found.growth_rank, 2) == 0.33
    assert round(found.right_side) == 62


def test_a_perfect_projection_is_right_everywhere():
    codes = {"occupation": ["1", "2", "3"]}
    jobs = xr.DataArray([[10.0, 20, 30], [30.0, 20, 10]], {"year": [2020, 2030], **codes})
    found = occupation_record(jobs, 7 * employment_at(jobs, 2028), year=2028)
    assert found.dissimilarity == pytest.approx(0, abs=1e-9)
    assert found.wape == pytest.approx(0, abs=1e-9)
    assert found.growth_rank == pytest.approx(1)
    assert found.right_side == 100
    with pytest.raises(CoverageError, match="does not reach 2031"):
        occupation_record(jobs, jobs.isel(year=0, drop=True), year=2031)
