# SPDX-License-Identifier: Apache-2.0
"""A projection from the embedded data: against the United Nations, and as files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import CodeError, CoverageError, FileError, ScenarioError
from keruen.project.population import mid_year_population
from keruen.report import projection_release
from keruen.report.projection_release import write_projection
from keruen.report.projection_run import QUANTILES, ProjectionRun, run_projection
from keruen.report.records import population_record
from keruen.sources import exchange
from keruen.sources.catalog import load

WHOLE = ["sex", "age"]
NAMES = {
    "adjustments.parquet", "births.parquet", "deaths.parquet", "manifest.json",
    "migration.parquet", "population.parquet", "population.svg", "pyramid.svg", "totals.parquet",
}  # fmt: skip
THREE = ["KAZ", "UZB", "KGZ"]


def read(path: Path) -> pd.DataFrame:
    import duckdb

    return duckdb.read_parquet(str(path)).df()


def closing_gap(run: ProjectionRun) -> float:
    """Largest hole in the account of any year, in persons."""
    own = run.projection
    total = own.population.sum(WHOLE).diff("year", label="lower")
    moved = own.births.sum(WHOLE) - own.deaths.sum(WHOLE) + own.migration.sum(WHOLE)
    return float(abs(total - moved).max())


@pytest.fixture(scope="module")
def medium() -> ProjectionRun:
    return run_projection("KAZ")


@pytest.fixture(scope="module")
def drawn() -> ProjectionRun:
    return run_projection("KAZ", trajectories=400, seed=5)


@pytest.fixture(scope="module")
def folder(drawn: ProjectionRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("projection") / "out"
    assert {path.name for path in write_projection(drawn, target)} == NAMES | {
        "path_adjustments.parquet"
    }
    return target


def test_kazakhstan_is_that_of_the_united_nations(medium: ProjectionRun) -> None:
    found = mid_year_population(medium.projection.population).isel(country=0, drop=True)
    stated = load("wpp2024.population", country="KAZ", year=list(found.indexes["year"]))
    total, truth = found.sum(WHOLE), stated.sum(WHOLE)
    # specification 3.3: 33,672,174 at mid-2100, to be met within 0.10 %
    assert round(truth.sel(year=2100).item()) == 33_672_174
    assert abs(total.sel(year=2100).item() / 33_672_174 - 1) < 0.0010
    assert float(abs(total / truth - 1).max()) < 0.0010
    cells = abs(found - stated).sel(year=2100).sum(WHOLE) / truth.sel(year=2100)
    assert cells.item() < 0.0016
    for name, bound in (("births", 0.002), ("deaths", 0.002)):
        ours = getattr(medium.projection, name).sum(WHOLE).isel(country=0, drop=True)
        theirs = load(f"wpp2024.indicators.{name}", country="KAZ", year=list(ours.indexes["year"]))
        assert float(abs(ours / theirs - 1).median()) < bound, name


def test_the_base_is_the_published_total(medium: ProjectionRun) -> None:
    middle = load("wpp2024.population", country="KAZ", year=2024).sum("age")
    closing = load("wpp2024.population_31dec", country="KAZ", year=2024)
    base = medium.projection.population.sel(year=2024, country="KAZ").sum("age")
    np.testing.assert_allclose(base, 2 * middle - closing, rtol=1e-12)
    changes = medium.base_changes
    assert list(changes["sex"]) == ["F", "M"]
    assert (changes["before"] / changes["after"]).to_numpy() == pytest.approx(1.0, abs=1e-3)
    assert medium.past.indexes["year"][-1] == 2024


def test_accounts_close(medium: ProjectionRun, drawn: ProjectionRun) -> None:
    assert closing_gap(medium) < 1e-6
    assert drawn.paths is not None
    paths = drawn.paths
    change = paths.total.diff("year", label="lower")
    assert float(abs(change - paths.births + paths.deaths - paths.migration).max()) < 1e-6


@pytest.mark.parametrize(("country", "sign"), [("KAZ", 1), ("DEU", -1), ("CAN", -1)])
def test_zero_migration(country: str, sign: int) -> None:
    """Kazakhstan loses people on balance in the medium variant; the others gain."""
    ends = [
        run_projection(country, scenario=name).projection.population.sel(year=2101).sum().item()
        for name in ("zero_migration", "medium")
    ]
    assert np.sign(ends[0] - ends[1]) == sign


def test_files_are_converted_with_source_licence_ages_and_status(tmp_path: Path) -> None:
    run = run_projection("KAZ", to=2026)
    write_projection(run, tmp_path / "run")
    for name in ("population", "births", "deaths", "migration", "totals"):
        cube = exchange.read(tmp_path / "run" / f"{name}.parquet")
        assert cube.array.attrs["units"] == "persons", name
        assert cube.array.attrs["licence"] == ("CC-BY-3.0-IGO",), name
        assert "wpp2024.population" in cube.array.attrs["origin"], name
        assert cube.array.attrs["projected_from"] == 2024, name
    table = tmp_path / "people.sdmx.csv"
    assert exchange.convert(tmp_path / "run" / "population.parquet", table).losses == ()
    rows = pd.read_csv(table)
    assert set(rows["OBS_STATUS"]) == {"F"}
    assert list(rows["AGE"][:2]) == ["Y0", "Y1"]
    assert "Y_GE100" in set(rows["AGE"])
    assert "World Population Prospects 2024" in rows["SOURCE_DETAIL"][0]
    assert "3.0 IGO" in rows["SOURCE_DETAIL"][0]
    known = run.projection.population
    again = exchange.read(table).array.transpose(*known.dims)
    np.testing.assert_array_equal(again, known)
    assert known.attrs.items() <= again.attrs.items()


def test_quantiles_of_the_base_are_the_base(folder: Path) -> None:
    people = read(folder / "population.parquet")
    assert {str(kind) for kind in people.dtypes[list(QUANTILES)]} == {"float64"}
    totals = read(folder / "totals.parquet")
    for table, value in (
        (people, "population"),
        (totals[totals["quantity"] == "population"], "value"),
    ):
        base = table[table["year"] == 2024]
        assert len(base)
        for name in QUANTILES:
            assert bool((base[name] == base[value]).all()), name
        assert bool((table["lower_95"] <= table["upper_95"]).all())


def test_zero_migration_of_kazakhstan_is_that_of_the_specification() -> None:
    run = run_projection("KAZ", scenario="zero_migration")
    middle = mid_year_population(run.projection.population).sum(WHOLE).isel(country=0)
    for year, people in ((2030, 22_062_454), (2050, 26_993_279), (2100, 35_836_317)):
        assert middle.sel(year=year).item() == pytest.approx(people, rel=1e-3)
    assert float(abs(run.projection.migration).max()) == 0.0
    assert closing_gap(run) < 1e-6


def test_variants_lie_where_they_should(medium: ProjectionRun) -> None:
    def end(scenario: str) -> float:
        population = run_projection("KAZ", scenario=scenario).projection.population
        return float(population.sel(year=2101).sum())

    assert end("low") < float(medium.projection.population.sel(year=2101).sum()) < end("high")
    # total fertility of the medium falls from 3.0 to 2.0, so holding it means more people
    assert end("constant_fertility") > end("high")
    # and death rates of today mean fewer
    assert end("constant") < end("constant_fertility")
    assert end("momentum") > float(medium.projection.population.sel(year=2024).sum())


def test_an_earlier_end_is_the_beginning_of_the_longer_run(drawn: ProjectionRun) -> None:
    short = run_projection("KAZ", to=2040, trajectories=400, seed=5)
    assert short.last == 2040
    assert short.projection.population.indexes["year"][-1] == 2041
    assert short.paths is not None
    assert drawn.paths is not None
    for ours, whole in (
        (short.projection.population, drawn.projection.population),
        (short.projection.deaths, drawn.projection.deaths),
        (short.paths.total, drawn.paths.total),
    ):
        years = list(ours.indexes["year"])
        np.testing.assert_allclose(ours, whole.sel(year=years), rtol=1e-12)


def test_the_seed_makes_the_paths() -> None:
    runs = [run_projection("KAZ", to=2030, trajectories=50, seed=seed) for seed in (1, 1, 2)]
    totals = [run.paths.total.to_numpy() for run in runs if run.paths is not None]
    assert (totals[0] == totals[1]).all()
    assert not np.allclose(totals[0], totals[2])
    assert "few" in runs[0].warnings[0]


def test_intervals_are_near_the_published_ones(drawn: ProjectionRun) -> None:
    assert drawn.paths is not None
    total = drawn.paths.total.isel(country=0)
    stated = load("wpp2024.intervals.population", country="KAZ")
    for year in (2030, 2050):  # published on 31 December
        ours = total.sel(year=year + 1).quantile([0.1, 0.9], dim="trajectory").to_numpy()
        theirs = stated.sel(year=year, quantile=[0.1, 0.9]).to_numpy()
        assert 0.8 < np.log(ours[1] / ours[0]) / np.log(theirs[1] / theirs[0]) < 1.25


def test_groups_are_quantiles_of_sums(drawn: ProjectionRun) -> None:
    assert drawn.groups is not None
    assert drawn.paths is not None
    middle = drawn.groups.sel(quantile=0.5)
    assert middle.sizes["age"] == 21
    # medians of parts nearly add to the median of the whole where paths move together
    whole = drawn.paths.total.sel(year=2101).median("trajectory").item()
    assert middle.sum().item() == pytest.approx(whole, rel=0.05)
    last = drawn.groups.sel(age=100)  # the open group is one age: no sum between
    single = drawn.paths.population.sel(year=2101, age=100)
    np.testing.assert_allclose(
        last.transpose("country", "sex", "quantile"),
        single.transpose("country", "sex", "quantile"),
        rtol=1e-5,
    )


def test_tables_are_those_of_the_run(folder: Path, drawn: ProjectionRun) -> None:
    table = read(folder / "population.parquet")
    assert list(table.columns) == ["country", "year", "sex", "age", "population", *QUANTILES]
    cell = table.set_index(["country", "year", "sex", "age"])
    place = {"country": "KAZ", "year": 2060, "sex": "M", "age": 31}
    row = cell.loc[tuple(place.values())]
    assert row["population"] == drawn.projection.population.sel(place).item()
    assert drawn.paths is not None
    for name, level in QUANTILES.items():
        assert row[name] == drawn.paths.population.sel({**place, "quantile": level}).item()
    births = read(folder / "births.parquet")
    assert list(births.columns) == ["country", "year", "sex", "mother_age", "births"]
    assert not table.isna().any().any()
    totals = read(folder / "totals.parquet").set_index(["quantity", "year"])
    assert totals.loc[("births", 2050), "value"] == pytest.approx(
        births.loc[births["year"] == 2050, "births"].sum()
    )
    assert (totals["lower_95"] <= totals["median"]).all()
    assert (totals["median"] <= totals["upper_95"]).all()


def test_the_account_closes_in_the_files(folder: Path) -> None:
    sums = {
        name: read(folder / f"{name}.parquet").groupby("year")[name].sum()
        for name in ("population", "births", "deaths", "migration")
    }
    change = sums["population"].shift(-1).sub(sums["population"]).dropna()
    moved = sums["births"] - sums["deaths"] + sums["migration"]
    assert abs(change - moved).max() < 1e-6


def test_adjustments_tell_what_was_changed(folder: Path) -> None:
    table = read(folder / "adjustments.parquet")
    base = table[table["quantity"] == "population"]
    assert list(base["sex"]) == ["F", "M"]
    assert (base["before"] != base["after"]).all()


def test_the_manifest_names_everything(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"] == {
        "country": "KAZ", "to": 2100, "variant": "medium", "trajectories": 400, "seed": 5,
    }  # fmt: skip
    assert manifest["record"] == population_record("KAZ")
    assert manifest["rules"]["births_exposure"] == "wpp2022"
    assert len(manifest["rules"]["digest"]) == 16
    assert {one["id"] for one in manifest["inputs"]} >= {
        "wpp2024.net_migration_by_age",
        "wpp2024.intervals",
    }
    assert all(len(one["sha256"]) == 64 for one in manifest["inputs"])
    for name, facts in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"]


def test_pictures_print_the_record(folder: Path) -> None:
    for name in ("population.svg", "pyramid.svg"):
        drawing = (folder / name).read_text(encoding="utf-8")
        assert drawing.startswith("<svg")
        plain = " ".join(drawing.split())
        assert "Kazakhstan" in plain
        assert "Track record:" in plain
        assert "evaluated" in plain


def test_the_same_run_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_projection(run_projection("KAZ", trajectories=400, seed=5), tmp_path / "again")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


class Interrupted(BaseException):
    """What a user's control-C is to the program."""


def test_an_interrupt_leaves_nothing(
    medium: ProjectionRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> dict[str, str]:
        raise Interrupted

    monkeypatch.setattr(projection_release, "projection_pictures", stop)
    with pytest.raises(Interrupted):
        write_projection(medium, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_several_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    run = run_projection(THREE, to=2030)
    out = tmp_path / "world"

    def stop(share: float, what: str) -> None:
        if what == "KGZ":
            raise Interrupted

    with pytest.raises(Interrupted):
        write_projection(run, out, step=stop)
    assert sorted(path.name for path in out.iterdir()) == ["KAZ", "UZB"]
    kept = (out / "KAZ" / "population.parquet").stat().st_mtime_ns
    damaged = out / "UZB" / "deaths.parquet"
    damaged.write_bytes(b"half")
    write_projection(run, out)
    assert sorted(path.name for path in out.iterdir()) == [
        "KAZ", "KGZ", "UZB", "manifest.json", "population.svg", "pyramid.svg",
    ]  # fmt: skip
    assert (out / "KAZ" / "population.parquet").stat().st_mtime_ns == kept
    assert len(read(damaged)) == 7 * 2 * 101
    # another run is not the same: everything is written anew
    write_projection(run_projection(THREE, to=2029), out)
    assert (out / "KAZ" / "population.parquet").stat().st_mtime_ns != kept
    assert read(out / "KAZ" / "population.parquet")["year"].max() == 2030


def test_a_country_among_others_is_the_same_as_alone(medium: ProjectionRun) -> None:
    several = run_projection(THREE).projection.population.sel(country="KAZ")
    np.testing.assert_allclose(several, medium.projection.population.sel(country="KAZ"), rtol=1e-9)


@pytest.mark.slow
def test_the_world_is_balanced_in_every_path() -> None:
    run = run_projection("all", to=2026, trajectories=20)
    assert run.paths is not None
    assert run.paths.migration.sizes["country"] == 235
    assert float(abs(run.paths.migration.sum("country")).max()) < 1e-6


def test_a_folder_that_is_a_file(medium: ProjectionRun, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FileError):
        write_projection(medium, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_faults() -> None:
    with pytest.raises(CodeError, match="'KAX' is not a country"):
        run_projection("KAX")
    with pytest.raises(CoverageError, match="no population by age"):
        run_projection("BES")
    with pytest.raises(CoverageError, match="run from 2024 to 2100, not to 2150"):
        run_projection("KAZ", to=2150)
    with pytest.raises(CodeError, match="no variant 'optimistic'"):
        run_projection("KAZ", scenario="optimistic")
    with pytest.raises(ScenarioError, match="around the medium variant"):
        run_projection("KAZ", scenario="high", trajectories=100)
