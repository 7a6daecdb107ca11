# SPDX-License-Identifier: Apache-2.0
"""Labour of countries and of regions: sums close, definitions do not mix, the past is told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from keruen import load
from keruen.cli.project import app
from keruen.core.errors import CoverageError, FaultsError, SchemaError, WorkbenchError
from keruen.report.build import Desk
from keruen.report.labour_backtest import LabourBacktest, run_labour_backtest
from keruen.report.labour_case import labour_case
from keruen.report.labour_own import benchmark_options, case_with
from keruen.report.labour_population import labour_population
from keruen.report.labour_release import (
    write_labour,
    write_labour_backtest,
    write_world_labour,
)
from keruen.report.labour_run import LabourRun, run_labour
from keruen.report.labour_tables import labour_tables
from keruen.report.labour_world import WorldLabourForce, world_labour_force
from keruen.report.parts import labour_ahead
from keruen.report.projection_run import run_projection
from keruen.report.records import labour_record, shipped_labour_record
from keruen.sources.labour_inputs import world_labour
from keruen.sources.templates import write_template

CELLS = ["sex", "age"]
RUNNER = CliRunner()


@pytest.fixture(scope="module")
def kaz() -> LabourRun:
    return run_labour("KAZ", to=2040, by_region=True, trajectories=50, seed=3)


@pytest.fixture(scope="module")
def past() -> LabourBacktest:
    return run_labour_backtest(
        ["KAZ", "DEU", "JPN", "BRA", "NGA"], trajectories=60, tested=date(2026, 11, 22)
    )


# ILO rates of 15+ times the population of the same ages: derived.labour_force of the package.
def test_four_ages_add_to_the_published_labour_force() -> None:
    world = world_labour()
    force = (world.participation * world.population).sum(CELLS)
    known = load("derived.labour_force").sel(country=force["country"], year=force["year"])
    off = abs(force / known - 1)
    assert float(off.max()) < 0.004  # rates are rounded to a thousandth of a percent
    assert float(off.median()) < 1e-4
    rates = world.participation
    assert float(rates.min()) > 0
    assert float(rates.max()) < 1
    joint = rates.sel(country=~world.apart)
    np.testing.assert_array_equal(joint.sel(age=15), joint.sel(age=55))


# Germany 2024, Federal Employment Agency and Eurostat: participation of 55-64 near 77 %.
def test_older_rates_of_germany_are_what_others_publish() -> None:
    world = world_labour()
    here = {"country": "DEU", "age": 55, "year": 2024}
    people = world.population.sel(here)
    rate = float((world.participation.sel(here) * people).sum() / people.sum())
    assert 0.75 < rate < 0.79


def test_population_is_that_of_the_projection() -> None:
    people = labour_population("KAZ", to=2030, trajectories=20, seed=7)
    run = run_projection("KAZ", to=2030, trajectories=20, seed=7)
    january = run.projection.population.sum(CELLS)
    middle = (january.sel(year=2030) + january.sel(year=2031)) / 2
    np.testing.assert_allclose(people.medium.sum(CELLS).sel(year=2030), middle, rtol=1e-12)
    assert run.paths is not None
    assert people.paths is not None
    total = run.paths.total.sel(year=[2030, 2031]).mean("year")
    drawn = people.paths.sum(CELLS).sel(year=2030).transpose(*total.dims)
    np.testing.assert_allclose(drawn, total, rtol=1e-5)


def test_kazakhstan_starts_from_its_own_figures(kaz: LabourRun) -> None:
    """2025: 9,320,639 employed, 4.6 % unemployed (Bureau of National Statistics)."""
    assert kaz.case.definition == "national"
    assert kaz.nation.base == 2025
    balance = kaz.nation.balance
    assert balance.demand.sel(year=2025).item() == pytest.approx(9_320_639)
    assert balance.supply.sel(year=2025).item() == pytest.approx(9_320_639, rel=1e-9)
    force = kaz.nation.labour_force.sum(CELLS)
    assert force.sel(year=2025).item() == pytest.approx(9_320_639 / 0.954, rel=1e-9)
    assert kaz.nation.paths is not None
    first = kaz.nation.paths["labour_force"].sel(year=2025)
    np.testing.assert_allclose(first, force.sel(year=2025), rtol=1e-6)


def test_parts_add_up_everywhere(kaz: LabourRun) -> None:
    nation, parts = kaz.nation, kaz.regions
    assert parts is not None
    assert parts.paths is not None
    assert nation.paths is not None
    assert nation.by_sector is not None
    np.testing.assert_allclose(nation.by_sector.sum("sector"), nation.balance.demand, rtol=1e-9)
    np.testing.assert_allclose(parts.labour_force.sum("region"), nation.labour_force, rtol=1e-7)
    for name in ("supply", "demand", "gap"):
        whole, own = getattr(nation.balance, name), getattr(parts.balance, name)
        np.testing.assert_allclose(own.sum("region"), whole, atol=1.0)
    for name in ("labour_force", "supply", "demand", "gap"):
        own = parts.paths[name].sum("region").transpose("trajectory", "year")
        np.testing.assert_allclose(own, nation.paths[name], rtol=1e-6, atol=5.0)
    for one in (nation, parts):
        causes = sum(one.balance.causes[name] for name in one.balance.causes)
        np.testing.assert_allclose(causes, one.balance.gap, atol=1e-3)


def test_nobody_is_at_work_who_is_not_there(kaz: LabourRun) -> None:
    for one in (kaz.nation, kaz.regions):
        assert one is not None
        assert float(one.participation.max()) < 1
        assert float(one.participation.min()) > 0
    assert float(kaz.ratios.labour.min()) > 0


def test_regions_stay_close_to_what_they_published(kaz: LabourRun) -> None:
    assert kaz.regions is not None
    changed = kaz.regions.adjustments
    assert len(changed) == 20
    assert (abs(changed["after"] / changed["before"] - 1) < 0.01).all()
    demand = kaz.regions.balance.demand.sel(year=2025)
    known = load("kaz.region.labour.employed", year=2025).sel(region=demand["region"])
    np.testing.assert_allclose(demand, known, rtol=1e-6)


def test_ratios_as_a_table(kaz: LabourRun) -> None:
    table = kaz.ratios.to_table()
    assert {"old", "young", "total", "labour", "entrants", "working_age"} <= set(table.columns)
    np.testing.assert_allclose(table["old"] + table["young"], table["total"])


def test_zero_migration_takes_part_of_the_gap(kaz: LabourRun) -> None:
    """Net migration of Kazakhstan in the medium variant is negative: it makes hands short."""
    causes = kaz.nation.balance.causes.sel(year=2040)
    assert 0 < causes.migration.item() < 0.1 * abs(causes.people.item())
    assert kaz.ratios_closed.labour.sel(year=2040) > 0


def test_tables_and_folder(kaz: LabourRun, tmp_path: Path) -> None:
    tables = labour_tables(kaz)
    assert set(tables) == {
        "observed", "balance", "quantities", "participation", "labour_force", "ratios",
        "employment", "employment_paths", "adjustments",
    }  # fmt: skip
    whole = tables["quantities"]
    rows = whole[whole["quantity"] == "labour_force"]
    ahead = rows[rows["year"] > 2030]
    assert (ahead["lower_95"] < ahead["lower_80"]).all()
    assert (ahead["upper_80"] < ahead["upper_95"]).all()
    assert set(whole.loc[whole["year"] <= 2025, "status"]) == {"estimate"}
    assert set(whole.loc[whole["year"] > 2025, "status"]) == {"projection"}
    paths = write_labour(kaz, tmp_path / "out")
    manifest = json.loads(paths[-1].read_text(encoding="utf-8"))
    assert manifest["definition"] == "national"
    assert manifest["demand"]["method"] == "output"
    assert "vacancies are not held" in manifest["warnings"][0]
    assert "Kazakhstan itself" in manifest["record"]
    back = pd.read_parquet(tmp_path / "out" / "balance.parquet")
    assert len(back) == len(tables["balance"])


def test_other_countries_have_three_groups_of_industries() -> None:
    run = run_labour("DEU", to=2035)
    assert run.case.definition == "ilo"
    assert run.nation.base == 2024
    assert run.nation.by_sector is not None
    assert run.nation.by_sector.indexes["sector"].tolist() == ["A", "B-F", "G-U"]
    assert run.nation.balance.gap.sel(year=2035) > 0  # an ageing country runs short
    assert run.nation.balance.causes["people"].sel(year=2035) > 0
    assert run.nation.balance.causes["migration"].sel(year=2035) < 0


def test_a_benchmark_is_another_countrys_rates() -> None:
    options = benchmark_options("benchmark", "SWE", 2040)
    run = run_labour("ITA", to=2040, method="benchmark", options=options)
    plain = run_labour("ITA", to=2040, method="constant")
    women = run.nation.participation.sel(sex="F", age=25)
    assert women.sel(year=2040) > plain.nation.participation.sel(sex="F", age=25, year=2040) + 0.1
    with pytest.raises(SchemaError, match="needs the country"):
        benchmark_options("benchmark", "", 2040)


def test_all_countries_from_paths(tmp_path: Path) -> None:
    world = world_labour()
    now = world.population.sel(year=2024, drop=True)
    grown = xr.DataArray([1.0, 1.01, 1.02, 1.03], {"year": range(2024, 2028)})
    medium = (now * grown).transpose("year", "country", "sex", "age")
    spread = xr.DataArray(np.linspace(0.9, 1.1, 10), {"trajectory": range(10)})
    paths = medium * xr.where(medium["year"] > 2025, spread, 1.0)
    middle, fan = world_labour_force(medium, paths, to=2027)
    known = (world.population * world.participation).sum(CELLS).sel(year=2024)
    np.testing.assert_allclose(middle.sel(year=2024), known, rtol=1e-9)
    assert fan is not None
    assert middle.sizes["country"] == fan.sizes["country"] == 183
    assert ((fan.diff("quantile") > 0).sel(year=2027)).all()
    whole = WorldLabourForce(middle, fan, {"to": 2027}, world.sources, "not evaluated", ())
    paths_written = write_world_labour(whole, tmp_path / "world")
    table = pd.read_parquet(paths_written[0])
    assert len(table) == 183 * 4
    assert (table["lower_80"] <= table["upper_80"]).all()
    np.testing.assert_allclose(fan.sel(year=2024), known.broadcast_like(fan.sel(year=2024)),
                               rtol=1e-6)  # fmt: skip


# --- back-test -------------------------------------------------------------------------------


def test_the_labour_force_of_the_past_is_projected_again(past: LabourBacktest) -> None:
    table = past.table().set_index("lead")
    assert table.index.tolist() == list(range(1, 14))
    assert table.loc[13, "year"] == 2023
    assert table.loc[1, "mae"] < 1.5
    assert table.loc[1, "mae"] < table.loc[10, "mae"] < 15
    assert (table["inside_80"] <= table["inside_95"]).all()
    # the outcome is the ILO's labour force of the package
    known = load("derived.labour_force").sel(country=past.outcome["country"], year=2020)
    np.testing.assert_allclose(past.outcome.sel(year=2020), known, rtol=1e-3)


def test_nothing_after_the_origin_is_used(past: LabourBacktest) -> None:
    """Rates held at those of 2010 give the rival; paths start where the origin ended."""
    force = load("derived.labour_force").sel(country=past.outcome["country"], year=2010)
    first = past.paths.sel(year=2011).median("trajectory")
    assert (abs(first / force - 1) < 0.05).all()


def test_the_shipped_record_is_of_all_countries() -> None:
    found = shipped_labour_record()
    assert found["number"] >= 180
    ten = found["leads"]["10"]
    assert ten["mae"] < ten["rival_mae"]
    assert 0.7 < ten["inside_80"] < 0.9
    assert 0.88 < ten["inside_95"] < 0.99
    assert labour_record("KAZ").endswith("Demand and gap: not evaluated")
    assert labour_record(None) == "not evaluated"


def test_a_backtest_as_a_folder(past: LabourBacktest, tmp_path: Path) -> None:
    paths = write_labour_backtest(past, tmp_path / "record")
    assert [path.name for path in paths] == [
        "errors.parquet", "record.json", "scores.parquet", "manifest.json",
    ]  # fmt: skip
    record = json.loads((tmp_path / "record" / "record.json").read_text(encoding="utf-8"))
    assert record["number"] == 5
    with pytest.raises(CoverageError, match="cannot be tested from 1995"):
        run_labour_backtest(origin=1995)


# --- a user's own tables ---------------------------------------------------------------------

LABOUR = [("year", "labour_force", "employed")]
LABOUR += [(year, 1000 + 10 * n, 950 + 10 * n) for n, year in enumerate(range(2012, 2026))]  # type: ignore[misc]


def own(folder: Path, **tables: list[tuple[object, ...]]) -> Path:
    folder.mkdir()
    for name, rows in tables.items():
        text = "\n".join(",".join(str(cell) for cell in row) for row in rows)
        (folder / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def employment(total: float = 0.0) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [("year", "sector", "employed")]
    for year, _, employed in LABOUR[1:]:
        rows += [(year, "A", 300 + total), (year, "G", int(employed) - 300)]
    return rows


def test_own_tables_replace_the_packages(tmp_path: Path) -> None:
    output = [("year", "gdp_growth_rate"), *((year, 3.0) for year in range(2012, 2026)),
              (2026, 5.0)]  # fmt: skip
    folder = own(tmp_path / "own", labour=LABOUR, employment=employment(), output=output)
    case = case_with("KAZ", folder)
    assert (case.definition, case.base) == ("own", 2025)
    growth = case.growth_ahead([2026, 2027])
    assert growth is not None
    assert growth.values.round(4).tolist() == [0.05, 0.03]
    run = run_labour("KAZ", to=2030, case=case)
    assert run.nation.labour_force.sel(year=2025).sum().item() == pytest.approx(1130)
    assert run.nation.by_sector is not None
    assert run.nation.by_sector.sel(year=2025).values.tolist() == [300.0, 780.0]
    assert any("SHA-256" in note for note in run.warnings)
    assert all(not one["id"].startswith("own.") for one in run.inputs)


def test_own_rates_go_by_cohort(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("year", "sex", "age", "participation_rate", "employed",
                                       "labour_force")]  # fmt: skip
    levels = (35, 70, 85, 86, 87, 88, 86, 80, 70, 50, 12)
    for year in range(2014, 2026):
        for sex in "FM":
            for age, level in zip(range(15, 70, 5), levels, strict=True):
                group = "65+" if age == 65 else f"{age}-{age + 4}"
                rows.append((year, sex, group, level, 40000, 42000))
    folder = own(tmp_path / "own", labour=rows)
    case = case_with("KAZ", folder)
    assert case.own
    assert case.rates.indexes["age"].tolist() == list(range(15, 70, 5))
    run = run_labour("KAZ", to=2030, case=case, method="cohort")
    ahead = run.nation.participation
    assert ahead.sizes["age"] == 11
    assert run.record == "not evaluated"


@pytest.mark.parametrize(
    ("tables", "words", "id_"),
    [
        ({"labour": LABOUR, "employment": employment(100)}, r"does not add to the total",
         "PartsAndTotal"),
        ({"labour": LABOUR, "employment": [("year", "sector", "employed"), (2001, "A", 5)]},
         "do not line up", "YearsDiffer"),
        ({"labour": [("year", "labour_force", "employed"), (2024, 10, 12)]},
         "more people are employed than are in the labour force", "InconsistentTotals"),
        ({"output": [("year", "output"), (2024, 10)]}, "neither a table", "NoSheet"),
        ({"labour": [("year", "sex", "age", "participation_rate", "employed", "labour_force"),
                     (2024, "F", "15-71", 60, 5, 6), (2024, "F", "72+", 60, 5, 6)]},
         "five-year groups", "AgeGroups"),
    ],
)  # fmt: skip
def test_faults_of_own_tables(
    tables: dict[str, list[tuple[object, ...]]], words: str, id_: str, tmp_path: Path
) -> None:
    with pytest.raises(WorkbenchError, match=words) as fault:
        case_with("KAZ", own(tmp_path / "own", **tables))
    assert fault.value.id == id_


def test_own_tables_that_end_too_early_or_lack_regions(tmp_path: Path) -> None:
    early = case_with("KAZ", own(tmp_path / "early", labour=LABOUR[:10]))
    with pytest.raises(CoverageError, match="ends in 2020, the population is projected from 2024"):
        run_labour("KAZ", to=2030, case=early)
    rows: list[tuple[object, ...]] = [("year", "region", "labour_force", "employed")]
    rows += [(year, "KZ-75", 1000, 950) for year in range(2012, 2026)]
    few = case_with("KAZ", own(tmp_path / "few", labour=rows))
    with pytest.raises(CoverageError, match="19 regions have no labour force"):
        run_labour("KAZ", to=2027, case=few, by_region=True)


def test_negative_employment_and_foreign_codes_of_a_file(tmp_path: Path) -> None:
    rows = [*employment(), (2011, "ZZ", 5), (2010, "A", -3)]
    with pytest.raises(FaultsError) as fault:
        case_with("KAZ", own(tmp_path / "own", labour=LABOUR, employment=rows))
    text = str(fault.value)
    assert "ZZ" in text
    assert "-3" in text


def test_the_template_asks_for_what_is_read(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = tmp_path / "mine.xlsx"
    write_template("labour_market", path, lang="en")
    book = load_workbook(path)
    assert book.sheetnames[:3] == ["labour", "employment", "output"]
    for n, year in enumerate(range(2012, 2026)):
        heads = [cell.value for cell in book["labour"][1]]
        for name, value in (("Year", year), ("Labour force", 1000 + 10 * n), ("Employed", 900)):
            book["labour"].cell(n + 2, heads.index(name) + 1, value)
    book.save(path)
    case = case_with("KAZ", path)
    assert case.force.sel(year=2025).item() == 1130


# --- command and profile ---------------------------------------------------------------------


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "labour"
    result = RUNNER.invoke(app, ["labour", "USA", "--to", "2030", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Track record: labour force from the data to 2010" in result.output
    assert (out / "balance.svg").is_file()
    again = RUNNER.invoke(app, ["labour", "all", "--regions", "--out", str(out)])
    assert isinstance(again.exception, WorkbenchError)
    assert "name one country" in str(again.exception)
    nowhere = RUNNER.invoke(app, ["labour", "DEU", "--regions", "--out", str(out)])
    assert getattr(nowhere.exception, "id", "") == "NoRegions"


def test_years_and_countries_without_rates() -> None:
    with pytest.raises(CoverageError, match="from 2026 to 2050, not to 2060"):
        run_labour("KAZ", to=2060)
    with pytest.raises(CoverageError, match="no participation rates of Ukraine"):
        labour_case("UKR")


def test_the_profile_of_a_country_without_regions() -> None:
    part = labour_ahead.section(Desk("DEU"))
    assert [one.table.id for one in part.exhibits] == [
        "labour_force", "labour_gap", "labour_sectors", "labour_ratios",
    ]  # fmt: skip
    force = next(part.exhibits[0].table.figures())
    assert (force.status, force.period) == ("estimate", "2024")


@pytest.mark.slow
def test_the_profile_tells_of_labour() -> None:
    part = labour_ahead.section(Desk("KAZ"))
    tables = {one.table.id: one.table for one in part.exhibits}
    assert set(tables) == {
        "labour_force", "labour_gap", "labour_sectors", "labour_regions", "labour_ratios",
    }  # fmt: skip
    assert "not held" in part.gaps[0].text  # type: ignore[attr-defined]
    force = next(tables["labour_force"].figures())
    assert (force.status, force.period) == ("observed", "2025")
    gaps = list(tables["labour_gap"].figures())
    assert {one.status for one in gaps} == {"projection"}
    head = gaps[0]
    assert head.lower is not None
    assert head.upper is not None
    assert head.value is not None
    assert head.lower < head.value < head.upper
    regions = tables["labour_regions"]
    sums = dict(zip((column.key for column in regions.columns), regions.sums(), strict=True))
    whole = list(tables["labour_gap"].rows)[-1].cells[0]
    assert sums["gap"] == pytest.approx(whole.value, abs=2.0)  # type: ignore[union-attr]
    empty = labour_ahead.section(Desk("VAT"))
    assert empty.gaps
    assert not empty.exhibits


def test_own_tables_in_thousands_are_those_in_persons(tmp_path: Path) -> None:
    force = [("year", "labour_force", "employed")]
    force += [(year, 9000.5 + 50 * (year - 2014), 8500 + 55 * (year - 2014))
              for year in range(2014, 2026)]  # fmt: skip
    rows = "\n".join(",".join(map(str, row)) for row in force)
    (tmp_path / "labour.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(SchemaError, match="--unit thousand"):
        case_with("KAZ", tmp_path)
    case = case_with("KAZ", tmp_path, unit="thousand")
    assert case.force.sel(year=2014).item() == pytest.approx(9_000_500)


def test_a_unit_without_own_tables_is_refused(tmp_path: Path) -> None:
    given = ["labour", "KAZ", "--unit", "thousand", "--out", str(tmp_path / "out")]
    found = CliRunner().invoke(app, given)
    assert found.exit_code != 0
    assert "--with FILE" in str(found.exception)
