# SPDX-License-Identifier: Apache-2.0
"""Regions of Kazakhstan: they close to the country in every path, and say they are estimates."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.codes import regions
from keruen.core.errors import CodeError, CoverageError, ScenarioError
from keruen.report.projection_run import run_projection
from keruen.report.regional_release import write_regions
from keruen.report.regional_run import RegionalRun, run_regions
from keruen.report.regional_tables import regional_tables
from keruen.sources.region_inputs import region_inputs
from keruen.sources.workbooks import read_export

WHOLE = ["sex", "age"]
PATHS = 60


@pytest.fixture(scope="module")
def medium() -> RegionalRun:
    return run_regions("KAZ")


@pytest.fixture(scope="module")
def drawn() -> RegionalRun:
    return run_regions("KAZ", to=2040, trajectories=PATHS, seed=3)


def test_totals_of_2024_are_those_of_the_bureau() -> None:
    """1 January 2024: 20,033,842 people, twice the average of 2023 less 1 January 2023."""
    tables = region_inputs("Казахстан")
    assert round(tables.population.sum().item()) == 20_033_842
    assert list(tables.population.indexes["region"]) == sorted(regions("KAZ", year=2024))
    # breaks of the series are not migration: Almaty Region lost a city's land in 2014
    assert np.isnan(tables.history.sel(region="KZ-19", year=2014))
    assert float(tables.history.max()) < 0.2


def test_it_is_the_national_projection(medium: RegionalRun) -> None:
    known = run_projection("KAZ", to=2050).projection
    whole = medium.projection.population.sum("region")
    np.testing.assert_allclose(whole, known.population.isel(country=0), rtol=0, atol=1e-6)
    births = medium.projection.births.sum(["region", *WHOLE])
    np.testing.assert_allclose(births, known.births.isel(country=0).sum(WHOLE), rtol=1e-9)
    assert medium.gap < 1e-6
    assert medium.last == 2050


def test_accounts_of_every_region_close(medium: RegionalRun, drawn: RegionalRun) -> None:
    for run in (medium, drawn):
        table = regional_tables(run)["totals"]
        wide = table.set_index(["region", "year", "quantity"])["value"].unstack("quantity")
        after = wide["population"].groupby("region").shift(-1)
        moved = wide["births"] - wide["deaths"] + wide["migration"]
        assert float(abs(after - wide["population"] - moved).max()) < 1e-6


def test_moves_are_those_published_between_regions(medium: RegionalRun) -> None:
    """Moves inside a region are 56 % of the smaller of its arrivals and departures."""
    tables = region_inputs("KAZ")
    inside = tables.within * np.minimum(tables.arrivals, tables.departures)
    leaving = float((tables.departures - inside).sum())
    moved = medium.projection.moves.sel(year=2024).sum().item()
    assert moved == pytest.approx(leaving, rel=0.02)


def test_every_path_closes_to_its_own_national_path(drawn: RegionalRun) -> None:
    assert drawn.totals is not None
    assert drawn.quantiles is not None
    assert drawn.gap < 1e-6  # over all cells, years and paths
    nation = run_projection("KAZ", to=2040, trajectories=PATHS, seed=3)
    assert nation.paths is not None
    whole = drawn.totals["population"].sum("region").transpose("trajectory", "year")
    paths = nation.paths.total.isel(country=0).transpose("trajectory", "year")
    np.testing.assert_allclose(whole, paths, rtol=1e-9)
    change = drawn.totals["population"].diff("year", label="lower")
    moved = drawn.totals["births"] - drawn.totals["deaths"] + drawn.totals["migration"]
    assert float(abs(change - moved).max()) < 1e-6


def test_regions_are_less_sure_than_their_country(drawn: RegionalRun) -> None:
    assert drawn.totals is not None
    people = drawn.totals["population"].sel(year=2041)
    whole = people.sum("region")
    spread = people.std("trajectory") / people.mean("trajectory")
    assert float(spread.median()) > float(whole.std("trajectory") / whole.mean("trajectory"))
    start = drawn.totals["population"].sel(year=2024)
    assert float(start.std("trajectory").max()) < 1e-6


def test_variants_and_levels(medium: RegionalRun) -> None:
    without = run_regions("KAZ", to=2030, scenario="zero_migration").projection
    assert float(abs(without.migration).max()) < 1e-6
    assert float(without.moves.sum()) > 0
    # Turkistan has many children, North Kazakhstan few
    level = medium.levels["fertility"]
    assert level.sel(region="KZ-61") > 1.3
    assert level.sel(region="KZ-59") < 0.7


def test_the_same_run_gives_the_same_files(tmp_path: Path) -> None:
    run = run_regions("KAZ", to=2026, trajectories=50, seed=1)
    written = write_regions(run, tmp_path / "one")
    write_regions(run_regions("kz", to=2026, trajectories=50, seed=1), tmp_path / "two")
    for path in written:
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes(), path.name
    assert [path.name for path in written] == [
        "adjustments.parquet", "births.parquet", "deaths.parquet", "levels.parquet",
        "migration.parquet", "moves.parquet", "population.parquet", "regions.svg",
        "totals.parquet", "manifest.json",
    ]  # fmt: skip
    people = pd.read_parquet(tmp_path / "one" / "population.parquet")
    assert list(people.columns) == [
        "region", "year", "sex", "age", "population",
        "lower_95", "lower_80", "median", "upper_80", "upper_95",
    ]  # fmt: skip
    assert len(people) == 20 * 4 * 2 * 101
    assert bool((people["lower_95"] <= people["upper_95"]).all())
    manifest = json.loads(written[-1].read_text(encoding="utf-8"))
    assert manifest["record"] == "not evaluated"
    assert manifest["basis"].startswith("estimate")
    assert {"kaz.region.vital", "wpp2024.intervals"} <= {one["id"] for one in manifest["inputs"]}
    drawing = (tmp_path / "one" / "regions.svg").read_text(encoding="utf-8")
    assert "estimates" in drawing
    words = re.findall(r">([^<>]+)</text>", drawing)
    assert {"1 Jan 2024", "end of 2026", "end of 2026 (dot)"} <= set(words)
    assert "2027" not in drawing  # the heading of the column agrees with legend and title
    assert {"0", "1,000", "2,000", "3,000"} <= set(words)  # the scale
    assert "not evaluated" in drawing


def test_files_carry_source_licence_and_status(tmp_path: Path) -> None:
    run = run_regions("KAZ", to=2026, trajectories=50, seed=1)
    write_regions(run, tmp_path)
    cubes = read_export(tmp_path / "population.parquet").arrays
    people = run.projection.population.transpose(*cubes["population"].dims)
    np.testing.assert_array_equal(cubes["population"], people)
    assert run.quantiles is not None
    drawn = run.quantiles.sel(quantile=0.975, drop=True).transpose(*people.dims)
    later = {"year": slice(2025, None)}
    np.testing.assert_array_equal(cubes["upper_95"].sel(later), drawn.sel(later))
    np.testing.assert_array_equal(cubes["lower_95"].sel(year=2024), people.sel(year=2024))
    for name in ("population", "births", "deaths", "migration", "moves", "totals"):
        for array in read_export(tmp_path / f"{name}.parquet").arrays.values():
            assert array.attrs["units"] == "persons"
            assert array.attrs["licence"] == ("CC-BY-3.0-IGO", "PDDL-1.0", "facts")
            assert "kaz.region.vital" in array.attrs["origin"]
            assert array.attrs["projected_from"] == 2024
    totals = pd.read_parquet(tmp_path / "totals.parquet")
    base = totals[(totals["quantity"] == "population") & (totals["year"] == 2024)]
    assert bool((base["lower_95"] == base["value"]).all())
    wide = totals[totals["quantity"] == "population"].set_index(["region", "year"])["upper_80"]
    assert run.totals is not None
    level = run.totals["population"].quantile(0.9, dim="trajectory")
    assert wide.loc[("KZ-71", 2027)] == pytest.approx(level.sel(region="KZ-71", year=2027).item())


def test_faults() -> None:
    with pytest.raises(CoverageError, match="of the regions of Uzbekistan are in the package"):
        run_regions("UZB")
    with pytest.raises(CoverageError, match="own tables with a column 'region'"):
        run_regions("FIN")
    with pytest.raises(CoverageError, match="projected to 2050, not to 2060"):
        run_regions("KAZ", to=2060)
    with pytest.raises(CodeError, match="not a country"):
        run_regions("KAX")
    with pytest.raises(CodeError, match="no variant"):
        run_regions("KAZ", scenario="rosy")
    with pytest.raises(ScenarioError, match="around the medium variant"):
        run_regions("KAZ", scenario="high", trajectories=100)
