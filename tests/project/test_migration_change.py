# SPDX-License-Identifier: Apache-2.0
"""A policy on migration moves the projection by what it says, in every path and region."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import AccountError, CoverageError, SchemaError
from keruen.project.migration_ages import fundamental_ages
from keruen.project.migration_change import MigrationChange
from keruen.report.regional_run import run_regions

YEARS = list(range(2025, 2031))
WHOLE = ["sex", "age"]


def by_year(value: float) -> xr.DataArray:
    return xr.DataArray(np.full(len(YEARS), value), coords={"year": YEARS}, dims="year")


def change(scale=1.0, moves=1.0, further=None) -> MigrationChange:
    if further is None:
        further = by_year(0.0).expand_dims(region=["KZ-75"])
    ages = fundamental_ages(np.arange(101)).inward
    return MigrationChange(by_year(scale), further, ages / ages.sum(), by_year(moves))


@pytest.fixture(scope="module")
def plain():
    return run_regions("KAZ", to=2030, trajectories=12, seed=3)


def run(asked: MigrationChange):
    return run_regions("KAZ", to=2030, trajectories=12, seed=3, change=asked)


def test_no_change_changes_nothing(plain) -> None:
    same = run(change())
    xr.testing.assert_allclose(same.projection.population, plain.projection.population, rtol=1e-9)
    xr.testing.assert_allclose(same.totals.population, plain.totals.population, rtol=1e-6)


def test_people_of_a_programme_come_once_to_the_region_they_are_sent_to(plain) -> None:
    sent = by_year(10_000.0).expand_dims(region=["KZ-59"])
    made = run(change(further=sent))
    more = made.totals.migration - plain.totals.migration
    nation = more.sum("region").sel(year=slice(2025, 2029))
    # each path keeps its rate of other migration, which then also holds for those who came
    assert np.allclose(nation, 10_000, rtol=0.1)
    assert np.allclose(nation.sel(year=2025), 10_000, atol=1)
    north = more.sel(region="KZ-59", year=2025)
    assert np.allclose(north, 10_000, rtol=0.06)
    others = abs(more.drop_sel(region="KZ-59").sel(year=2025)).max().item()
    assert others < 600
    assert made.gap < 1e-3


def test_paths_of_a_programme_reach_its_region_path_by_path(plain) -> None:
    count = np.linspace(0, 22_000, 12)
    sent = xr.DataArray(
        np.broadcast_to(count[:, None, None], (12, len(YEARS), 1)),
        coords={"trajectory": range(12), "year": YEARS, "region": ["KZ-59"]},
        dims=["trajectory", "year", "region"],
    )
    made = run(change(further=sent))
    more = made.totals.migration - plain.totals.migration
    assert np.allclose(more.sum("region").sel(year=2025), count, atol=1)
    # agreement with the nation's ages moves a part between regions within a path
    assert np.allclose(more.sel(region="KZ-59", year=2025), count, rtol=0.06, atol=1)
    assert made.gap < 1e-3


def test_a_factor_of_zero_leaves_no_net_migration_in_any_path() -> None:
    made = run(change(scale=0.0))
    net = made.totals.migration.sum("region").sel(year=slice(2025, 2029))
    assert abs(net).max().item() < 1e-3
    assert abs(made.nation.migration.sel(year=2026).sum()).item() < 1e-6


def test_moves_change_regions_and_not_the_nation(plain) -> None:
    still = run(change(moves=0.0))
    nation = still.totals.population.sum("region") - plain.totals.population.sum("region")
    assert abs(nation).max().item() < 1
    city = {"region": "KZ-71", "year": 2030}
    assert (still.totals.population.sel(city) < plain.totals.population.sel(city)).all()
    assert still.gap < 1e-3


def test_what_is_no_change_is_refused() -> None:
    with pytest.raises(SchemaError, match="a factor is negative"):
        change(scale=-1.0)
    with pytest.raises(SchemaError, match="shares of ages"):
        asked = change()
        MigrationChange(asked.scale, asked.further, asked.ages * 2, asked.moves)
    with pytest.raises(CoverageError, match="KZ-XX"):
        run(change(further=by_year(1.0).expand_dims(region=["KZ-XX"])))
    with pytest.raises(AccountError, match="more people would move"):
        run(change(moves=500.0))
    late = xr.DataArray([1.0], coords={"year": [2099]}, dims="year")
    ages = change().ages
    with pytest.raises(CoverageError, match="not projected"):
        run(MigrationChange(late, late.expand_dims(region=["KZ-75"]), ages, late))
