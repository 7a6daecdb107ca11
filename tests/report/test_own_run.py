# SPDX-License-Identifier: Apache-2.0
"""Projections of a user's own tables: right, whole, and refused where they must be."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import keruen
from keruen.core.errors import (
    AccountError,
    CoverageError,
    FaultsError,
    FileError,
    ScenarioError,
    SchemaError,
    WorkbenchError,
)
from keruen.core.tables import to_table
from keruen.project.population import RegionalProjection
from keruen.report.own_checks import REMEDIES
from keruen.report.own_release import own_tables, write_own
from keruen.report.own_run import OwnRun, run_own
from keruen.report.projection_components import prepare_components
from keruen.report.projection_run import run_projection
from keruen.sources.projection_inputs import projection_inputs
from report.owntables import REGIONS, grouped, tables, write

WHOLE = ["sex", "age"]
CANADA = "CAN"


def gap(run: OwnRun) -> float:
    """Largest hole in the account of any place and year, from the tables as written."""
    totals = own_tables(run)["totals"]
    keys = [run.place] if run.place else []
    wide = totals.set_index([*keys, "year", "quantity"])["value"].unstack("quantity")
    people = wide["population"]
    after = people.groupby(keys).shift(-1) if keys else people.shift(-1)
    moved = wide["births"] - wide["deaths"] + wide["migration"]
    return float(abs(after - people - moved).max())


@pytest.fixture(scope="module")
def canada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the United Nations say of Canada, as a user would bring it."""
    ready = prepare_components(projection_inputs(CANADA))
    parts = ready.components
    given = {
        "population": to_table(ready.base.rename("population")).assign(year=2024),
        "fertility": to_table(parts.fertility.rate.rename("asfr")),
        "mortality": to_table(parts.mortality.rename("mx")),
        "migration": to_table(parts.migration.rename("net_migration")),
    }
    short = {name: table[table["year"] <= 2034] for name, table in given.items()}
    return write(tmp_path_factory.mktemp("own") / "canada", short)


def test_the_united_nations_tables_give_their_projection(canada: Path) -> None:
    found = run_own(canada).projection.population
    known = run_projection(CANADA, to=2034).projection.population
    np.testing.assert_allclose(found, known, rtol=1e-12)
    assert gap(run_own(canada)) < 1e-6


def test_a_population_alone_takes_the_rest_from_the_united_nations(
    canada: Path, tmp_path: Path
) -> None:
    people = pd.read_csv(canada / "population.csv")
    run = run_own(write(tmp_path, {"population": people}), to=2034)
    known = run_projection(CANADA, to=2034).projection.population
    np.testing.assert_allclose(run.projection.population, known, rtol=1e-12)
    assert "fertility, mortality, migration: medium variant" in run.warnings[0]
    assert {"wpp2024.mortality_age5", "population.csv"} <= {one["id"] for one in run.inputs}


def test_age_groups_are_graduated(canada: Path, tmp_path: Path) -> None:
    """Five-year counts to 85+: the total stays within 0.05 % of single ages to 100+."""
    lower = list(range(0, 90, 5))
    given = {
        name: grouped(pd.read_csv(canada / f"{name}.csv"), value, lower)
        for name, value in (("population", "population"), ("migration", "net_migration"))
    }
    for name in ("fertility", "mortality"):
        given[name] = pd.read_csv(canada / f"{name}.csv")
    run = run_own(write(tmp_path, given))
    assert run.projection.population.indexes["age"][-1] == 100
    found = run.projection.population.sum(WHOLE).sel(year=2035)
    known = run_projection(CANADA, to=2034).projection.population.sum(WHOLE).sel(year=2035)
    assert found.item() == pytest.approx(known.item(), rel=5e-4)
    assert sum("graduated from age groups" in note for note in run.warnings) == 2
    assert gap(run) < 1e-6


def test_regions_on_their_own(tmp_path: Path) -> None:
    given = tables()
    del given["moves"]
    run = run_own(write(tmp_path, given))
    assert run.place == "region"
    assert gap(run) < 1e-6
    people = run.projection.population.sum(WHOLE)
    # rates are the same and South is twice North at every age, but gains as many people
    ratio = people.sel(region="South") / people.sel(region="North")
    assert ratio.sel(year=2025).item() == pytest.approx(2.0)
    assert bool((ratio.diff("year") < 0).all())


def test_moves_carry_people_and_close(tmp_path: Path) -> None:
    given = tables()
    given["moves"]["moves"] = [900.0, 300.0]  # North to South, and back
    run = run_own(write(tmp_path, given))
    assert isinstance(run.projection, RegionalProjection)
    assert gap(run) < 1e-6
    moves = own_tables(run)["moves"].set_index(["origin", "destination", "year"])["moves"]
    # movers who die within the year are not among those who live elsewhere at its end
    assert moves["North", "South", 2025] == pytest.approx(900, rel=0.03)
    assert moves["South", "North", 2025] == pytest.approx(300, rel=0.03)


def test_moves_by_age(tmp_path: Path) -> None:
    given = tables()
    rows = [
        (a, b, sex, age, 20.0 if 20 <= age < 30 else 0.0)
        for a in REGIONS
        for b in REGIONS
        if a != b
        for sex in "FM"
        for age in range(91)
    ]
    columns = ["origin", "destination", "sex", "age", "moves"]
    given["moves"] = pd.DataFrame(rows, columns=columns)
    run = run_own(write(tmp_path, given))
    assert isinstance(run.projection, RegionalProjection)
    moved = run.projection.moves.sel(year=2025, origin="North", destination="South").sum("sex")
    assert moved.sum().item() == pytest.approx(400, rel=0.03)
    assert moved.sel(age=slice(0, 19)).sum().item() == pytest.approx(0.0, abs=1e-9)
    assert gap(run) < 1e-6


def test_regions_agree_with_a_nation(tmp_path: Path) -> None:
    given = tables()
    free = run_own(write(tmp_path / "free", given)).projection.population
    nation = (free.sum("region") * 1.0).rename("population")
    nation.loc[{"year": slice(2026, None)}] *= 1.02
    given["national"] = to_table(nation.transpose("year", "sex", "age"))
    run = run_own(write(tmp_path / "with", given))
    assert isinstance(run.projection, RegionalProjection)
    assert float(abs(run.projection.population.sum("region") - nation).max()) < 1e-6
    assert float(abs(run.projection.agreement).sum()) > 100
    assert gap(run) < 1e-6


def test_tables_without_years_are_held(tmp_path: Path) -> None:
    given = tables()
    held = {
        name: table[table["year"] == 2025].drop(columns="year") if "year" in table else table
        for name, table in given.items()
    }
    with pytest.raises(CoverageError, match="no table has a year"):
        run_own(write(tmp_path, held))
    run = run_own(tmp_path, to=2030)
    assert int(run.projection.population.indexes["year"][0]) == 2024
    assert "mortality has no year: it is held for all years" in run.warnings
    assert any("taken to be of 1 January 2024" in note for note in run.warnings)


def test_a_workbook_is_the_same_as_its_folder(tmp_path: Path) -> None:
    given = tables()
    book = tmp_path / "regions.xlsx"
    with pd.ExcelWriter(book) as writer:
        for name, table in given.items():
            table.to_excel(writer, sheet_name=name.title(), index=False)
        pd.DataFrame({"note": ["anything"]}).to_excel(writer, sheet_name="Remarks", index=False)
    found = run_own(book).projection.population
    known = run_own(write(tmp_path / "folder", given)).projection.population
    np.testing.assert_allclose(found, known, rtol=1e-12)


def test_variants_of_own_tables(tmp_path: Path) -> None:
    folder = write(tmp_path, tables())
    medium, without, high = (
        float(run_own(folder, scenario=name).projection.population.sel(year=2031).sum())
        for name in ("medium", "zero_migration", "high")
    )
    assert without < medium < high


def test_a_folder_of_files(tmp_path: Path) -> None:
    run = run_own(write(tmp_path / "in", tables()))
    written = write_own(run, tmp_path / "out")
    assert [path.name for path in written] == [
        "adjustments.parquet", "births.parquet", "deaths.parquet", "migration.parquet",
        "moves.parquet", "population.parquet", "population.svg", "pyramid.svg",
        "totals.parquet", "manifest.json",
    ]  # fmt: skip
    manifest = json.loads(written[-1].read_text(encoding="utf-8"))
    own = hashlib.sha256((tmp_path / "in" / "population.csv").read_bytes()).hexdigest()
    assert {"id": "population.csv", "sha256": own} in manifest["inputs"]
    assert manifest["record"] == "not evaluated"
    assert manifest["rules"]["outflow"] == "raise"
    drawing = (tmp_path / "out" / "population.svg").read_text(encoding="utf-8")
    assert "North" in drawing
    assert "South" in drawing


# what is refused


def changed(name: str, **columns: object) -> dict[str, pd.DataFrame]:
    given = tables()
    given[name] = given[name].assign(**columns)
    return given


def refused(given: dict[str, pd.DataFrame], folder: Path, **options: object) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        run_own(write(folder, given), **options)  # type: ignore[arg-type]
    return caught.value


def test_a_base_year_that_does_not_match(tmp_path: Path) -> None:
    fault = refused(changed("population", year=2023), tmp_path)
    assert isinstance(fault, FaultsError)
    assert {one.id for one in fault.faults} == {"MissingPeriod"}
    assert len(fault.faults) == 3  # fertility, mortality, migration
    assert "the population is of 2023, fertility runs from 2025 to 2030" in str(fault)


def test_a_year_beyond_the_tables(tmp_path: Path) -> None:
    fault = refused(tables(), tmp_path, to=2035)
    assert fault.id == "YearOutOfRange"
    assert "fertility runs to 2030, not to 2035" in str(fault)


def test_a_year_missing_in_between(tmp_path: Path) -> None:
    given = tables()
    given["mortality"] = given["mortality"].query("year != 2028")
    fault = refused(given, tmp_path)
    assert fault.id == "MissingPeriod"
    assert "first 2028" in str(fault)


def test_thousands_of_a_country_are_refused(canada: Path, tmp_path: Path) -> None:
    people = pd.read_csv(canada / "population.csv")
    people["population"] /= 1000
    fault = refused({"population": people}, tmp_path)
    assert "about a thousandth of the known figure" in str(fault)
    run = run_own(tmp_path, to=2026, unit="thousand")
    known = run_projection(CANADA, to=2026).projection.population
    np.testing.assert_allclose(run.projection.population, known, rtol=1e-9)
    assert run.options["unit"] == "thousand"


def test_thousands_of_regions_are_told_by_their_migrants(tmp_path: Path) -> None:
    given = tables()
    given["population"]["population"] /= 1000
    given["migration"]["net_migration"] *= 2
    del given["moves"]
    fault = refused(given, tmp_path)
    assert fault.id == "UnitMismatch"
    assert "one of them is in thousands" in str(fault)


def test_regions_that_do_not_sum_to_the_nation(tmp_path: Path) -> None:
    given = tables()
    free = run_own(write(tmp_path / "free", given)).projection.population
    nation = (free.sum("region") * 1.01).rename("population")
    given["national"] = to_table(nation.transpose("year", "sex", "age"))
    fault = refused(given, tmp_path / "with")
    assert isinstance(fault, AccountError)
    assert fault.id == "CoherenceError"
    assert "do not sum to the nation" in str(fault)


@pytest.mark.parametrize("moving", [True, False])
def test_extreme_outflow(tmp_path: Path, moving: bool) -> None:
    given = tables()
    net = given["migration"]
    net.loc[(net["age"] == 40) & (net["region"] == "North"), "net_migration"] = -420.0
    if not moving:
        del given["moves"]
    fault = refused(given, tmp_path)
    assert fault.id == "ExtremeOutflow"
    assert "region=North" in str(fault)
    assert "age=40" in str(fault)


def test_places_and_ages_that_differ(tmp_path: Path) -> None:
    fault = refused(changed("migration", region="East"), tmp_path / "a")
    assert fault.id in {"CoverageError", "DuplicateKey", "Faults"}
    given = tables()
    given["migration"] = given["migration"].replace({"region": {"South": "East"}})
    fault = refused(given, tmp_path / "b")
    assert isinstance(fault, CoverageError)
    assert "labels of 'region' differ" in str(fault)
    assert "East" in str(fault)
    given = tables()
    given["moves"] = given["moves"].replace({"South": "East"})
    assert "first 'East'" in str(refused(given, tmp_path / "c"))
    given = tables()
    given["mortality"] = given["mortality"].query("age != 50")
    assert refused(given, tmp_path / "d").id == "ShapeMismatch"


def test_tables_that_would_multiply_the_population(tmp_path: Path) -> None:
    given = tables()
    given["population"] = given["population"].query("region == 'North'").drop(columns="region")
    fault = refused(given, tmp_path)
    assert isinstance(fault, FaultsError)
    assert "'migration' has a column 'region', the population has none" in str(fault)
    assert "moves and a national projection are for regions" in str(fault)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    given = tables()
    del given["mortality"]
    assert "there is no table 'mortality'" in str(refused(given, tmp_path / "a"))
    del given["population"]
    assert "there is no table 'population'" in str(refused(given, tmp_path / "b"))
    with pytest.raises(FileError, match="no such file or folder"):
        run_own(tmp_path / "nowhere")
    single = write(tmp_path / "c", tables()) / "population.csv"
    with pytest.raises(FileError, match="several tables"):
        run_own(single)


def test_faults_of_all_tables_at_once(tmp_path: Path) -> None:
    given = tables()
    given["population"]["population"] = given["population"]["population"].astype(object)
    given["population"].loc[3, "population"] = "many"
    given["fertility"] = given["fertility"].drop(columns="age")
    fault = refused(given, tmp_path)
    assert isinstance(fault, FaultsError)
    assert len(fault.faults) >= 2
    assert "population.csv" in str(fault)
    assert "fertility.csv" in str(fault)


def test_two_files_of_one_table(tmp_path: Path) -> None:
    write(tmp_path, tables())
    (tmp_path / "population.txt").write_text("twice")
    with pytest.raises(SchemaError, match="two files hold the table 'population'"):
        run_own(tmp_path)


def test_options_that_have_no_meaning(tmp_path: Path) -> None:
    folder = write(tmp_path, tables())
    with pytest.raises(ScenarioError, match="not around your tables"):
        run_own(folder, trajectories=100)
    lone = tables(regions=("North",))
    lone["population"] = lone["population"].drop(columns="region")
    lone["migration"] = lone["migration"].drop(columns="region")
    del lone["moves"]
    one = write(tmp_path / "one", lone)
    assert run_own(one).place == ""
    with pytest.raises(SchemaError, match="no column 'region'"):
        run_own(one, regions=True)


# the words of a fault are those of the user's tables


def test_a_population_after_the_components(canada: Path, tmp_path: Path) -> None:
    people = pd.read_csv(canada / "population.csv").assign(year=2150)
    fault = refused({"population": people}, tmp_path, to=2031)
    assert isinstance(fault, CoverageError)
    assert fault.id == "YearOutOfRange"
    assert "of 2150, World Population Prospects 2024 ends in 2100" in str(fault)
    early = refused(tables(), tmp_path / "early", to=2020)
    assert "the population is of 2025, after 2020" in str(early)


def test_open_ages_that_differ_are_told(tmp_path: Path) -> None:
    given = tables()
    del given["moves"]
    known = run_own(write(tmp_path / "a", given))
    given["mortality"] = given["mortality"].query("age <= 85").copy()
    given["mortality"].loc[given["mortality"]["age"] == 85, "mx"] = 0.2
    run = run_own(write(tmp_path / "b", given))
    for name in ("population", "migration"):
        assert f"{name}: ages from 85 on are taken together, for mortality ends there" in (
            run.warnings
        )
    start = run.projection.population.sel(year=2025)
    whole = known.projection.population.sel(year=2025)
    assert start.indexes["age"][-1] == 85
    assert float(start.sel(age=85).sum()) == pytest.approx(
        float(whole.sel(age=slice(85, None)).sum())
    )
    assert not any("taken together" in note for note in known.warnings)


def test_the_base_year_among_several_is_told(tmp_path: Path) -> None:
    given = tables()
    people = given["population"]
    given["population"] = pd.concat([people.assign(year=year) for year in (2024, 2025, 2026)])
    run = run_own(write(tmp_path, given))
    assert run.warnings[0] == "the population is that of 1 January 2026; not used: 2024, 2025"
    assert int(run.projection.population.indexes["year"][0]) == 2026


@pytest.mark.parametrize(("table", "size"), [("national", 1e3), ("population", 1e6)])
def test_a_nation_in_other_units(tmp_path: Path, table: str, size: float) -> None:
    given = tables()
    given["migration"]["net_migration"] = 0.0
    given["moves"]["moves"] = 0.0
    free = run_own(write(tmp_path / "free", given)).projection.population
    nation = free.sum("region").rename("population")
    given["national"] = to_table(nation.transpose("year", "sex", "age"))
    given[table]["population"] /= size
    fault = refused(given, tmp_path / "with")
    assert fault.id == "UnitMismatch"
    assert str(fault).startswith(f"'{table}' sums to")
    assert f"multiply it by {size:,.0f}" in str(fault)


def test_millions_of_a_country_are_recognised(canada: Path, tmp_path: Path) -> None:
    people = pd.read_csv(canada / "population.csv")
    people["population"] /= 1e6
    fault = refused({"population": people}, tmp_path, to=2026)
    assert "about a millionth of the known figure" in str(fault)
    assert "--unit million" in str(fault)
    assert "population.csv" in str(fault)
    run_own(tmp_path, to=2026, unit="million")


def test_remedies_are_those_of_the_engine() -> None:
    """A remedy that the engine no longer gives would never be translated."""
    rooms = [Path(keruen.__file__).parent / room for room in ("project", "core")]
    text = "".join(
        path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py")
    )
    assert [remedy for remedy in REMEDIES if f'"{remedy}"' not in text] == []


def test_faults_of_the_engine_name_tables_and_files(tmp_path: Path) -> None:
    given = tables()
    given["population"] = given["population"].query("sex == 'F'")
    fault = str(refused(given, tmp_path / "sex"))
    assert "population has F; population.csv" in fault
    assert "none of both" in fault
    given = tables()
    given["population"] = given["population"].drop(index=7)
    fault = str(refused(given, tmp_path / "gap"))
    assert "1 values of 'population' are missing (population.csv; first:" in fault
    assert "age=7" in fault
    given = tables()
    given["migration"].loc[given["migration"]["age"] == 40, "net_migration"] = -1900.0
    fault = str(refused(given, tmp_path / "out"))
    assert "clip" not in fault
    assert "migration.csv" in fault


def test_a_workbook_with_faults_and_missing_sheets(tmp_path: Path) -> None:
    given = tables()
    book = tmp_path / "mine.xlsx"
    with pd.ExcelWriter(book) as writer:
        given["population"].drop(index=5).to_excel(writer, sheet_name="Population", index=False)
        given["fertility"].to_excel(writer, sheet_name="Sheet2", index=False)
    with pytest.raises(FaultsError) as caught:
        run_own(book)
    assert {fault.id for fault in caught.value.faults} == {"NoSheet", "MissingPeriod"}
    assert "mine.xlsx, sheet Sheet2" in str(caught.value)
