# SPDX-License-Identifier: Apache-2.0
"""Variants, replacement migration, ages of net migration, and paths from intervals."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen import load
from keruen.core.errors import (
    AccountError,
    CodeError,
    CoverageError,
    InfeasibleError,
    ScenarioError,
    SchemaError,
    UnitsError,
)
from keruen.project.assumptions import (
    Components,
    MigrationAges,
    Trajectories,
    contribution_of_migration,
    fundamental_ages,
    net_reproduction,
    paths_from_intervals,
    regional_fertility,
    regional_life_expectancy,
    replacement_migration,
    split_net_migration,
    support_ratio,
    trajectories_from_intervals,
    variant,
)
from keruen.project.lifetable import life_table
from keruen.project.paths import project_paths
from keruen.project.population import (
    EDITIONS,
    Fertility,
    Rules,
    mid_year_population,
    project_population,
)
from keruen.project.regional_paths import annual

SEXES = ["F", "M"]
KAZ = {"country": ["KAZ"]}


def cells(values, **coords):
    return xr.DataArray(values, coords=coords, dims=list(coords))


@pytest.fixture(scope="module")
def kazakhstan():
    """Base and components of Kazakhstan, 2024 to 2100."""
    from project.wppdata import medium

    base, fertility, table, net, years = medium()
    own = Components(
        Fertility(fertility.rate.sel(KAZ), fertility.sex_ratio.sel(KAZ)),
        table.rate.sel(KAZ),
        net.sel(KAZ),
    )
    return base.sel(KAZ), own, years


def run(base, part, years, rules=EDITIONS["2024"]):
    return project_population(
        base, part.fertility, part.mortality, part.migration, rules=rules, years=years
    )


# --- variants -------------------------------------------------------------------------------


def test_zero_migration_of_kazakhstan(kazakhstan):
    """Mid-year totals of the specification, section 3.3, zero-migration run, within 0.1 %."""
    base, own, years = kazakhstan
    closed = run(base, variant(own, "zero_migration"), years)
    middle = mid_year_population(closed.population).sum(["sex", "age"]).sel(country="KAZ")
    stated = {
        2030: 22_062_454,
        2040: 24_459_308,
        2050: 26_993_279,
        2075: 32_037_333,
        2100: 35_836_317,
    }
    found = middle.sel(year=list(stated)).values
    np.testing.assert_allclose(found, list(stated.values()), rtol=1e-3)
    assert not closed.migration.any()


@pytest.mark.parametrize("name", ["low", "high"])
def test_high_and_low_variants_of_the_united_nations(kazakhstan, name):
    """TFR of the published variants gives the published populations."""
    base, own, years = kazakhstan
    stated = _published_variant("tfr", name, years)
    total = own.fertility.rate.sum("age")
    rate = own.fertility.rate * (stated / total)
    part = Components(Fertility(rate, own.fertility.sex_ratio), own.mortality, own.migration)
    ends = run(base, part, years).population.sum(["sex", "age"]).isel(country=0)
    truth = _published_variant("population", name, years)
    for year in (2050, 2100):
        # published on 31 December: the start of the next year; migrants follow the medium
        assert ends.sel(year=year + 1).item() == pytest.approx(
            truth.sel(year=year).item(), rel=4e-3
        )
    shifted = variant(own, name).fertility.rate.sum("age") - total
    np.testing.assert_allclose(shifted, 0.5 if name == "high" else -0.5, atol=1e-12)


def _published_variant(what, name, years):
    table = load(f"wpp2024.variants.{what}", country="KAZ", year=years)
    label = next(s for s in table.indexes["scenario"] if name in str(s))
    return table.sel(scenario=label, drop=True)


def test_held_assumptions_hold_the_first_year(kazakhstan):
    _, own, _ = kazakhstan
    held = variant(own, "no_change")
    first = own.fertility.rate.isel(year=0, drop=True)
    assert abs(held.fertility.rate - first).max().item() == 0
    assert abs(held.mortality - own.mortality.isel(year=0, drop=True)).max().item() == 0
    xr.testing.assert_identical(held.migration, own.migration)
    assert held.mortality.attrs["kind"] == "rate"


def test_instant_replacement_replaces(kazakhstan):
    base, own, years = kazakhstan
    part = variant(own, "instant_replacement")
    np.testing.assert_allclose(net_reproduction(part.fertility, part.mortality), 1.0, rtol=1e-12)
    # 2.1 children or so under low mortality
    assert 2.0 < part.fertility.rate.sum("age").isel(year=-1).item() < 2.15
    momentum = variant(own, "momentum")
    later = run(base, momentum, years).population.sum(["sex", "age"]).isel(country=0)
    # a young population grows for decades at replacement and then stands still
    assert later.sel(year=2060).item() > 1.1 * later.sel(year=2024).item()
    assert abs(later.sel(year=2101) / later.sel(year=2090) - 1).item() < 0.01


def test_there_is_no_other_variant(kazakhstan):
    with pytest.raises(CodeError, match="choose one of medium, high"):
        variant(kazakhstan[1], "optimistic")


@pytest.mark.parametrize("migration", ["end", "even"])
def test_migration_contributes_migrants_and_descendants(kazakhstan, migration):
    base, own, years = kazakhstan
    rules = Rules(migration=migration)
    part = contribution_of_migration(base, own, rules=rules, years=years[:40])
    whole = ["sex", "age"]
    xr.testing.assert_allclose(part.migrants + part.descendants, part.total)
    # nobody is born to migrants before they came; the youngest descendants come a year later
    later = part.descendants.sum(whole).isel(country=0)
    assert abs(later.sel(year=2024)).item() < 1e-6
    medium = run(base, own, years[:40], rules).population.sum(whole)
    closed = run(base, variant(own, "zero_migration"), years[:40], rules).population.sum(whole)
    xr.testing.assert_allclose(part.total.sum(whole), medium - closed)
    # Kazakhstan loses people on balance, and the children they take along
    assert later.sel(year=2064).item() < 0
    # those above age 40 in 2064 were alive in 2024: none of them descends from migrants
    assert abs(part.descendants.sel(year=2064, age=slice(41, None))).max().item() < 1e-6


def test_replacement_migration_reaches_its_target(kazakhstan):
    base, own, years = kazakhstan
    steps = years[:27]
    ages = np.asarray(base.indexes["age"])
    profile = fundamental_ages(ages).inward
    today = support_ratio(base)
    needed = replacement_migration(
        base, own, profile=profile, target=0.8 * today, rules=EDITIONS["2024"], years=steps
    )
    inflow = needed * profile * xr.ones_like(cells(np.ones(len(steps)), year=steps))
    part = Components(own.fertility, own.mortality, inflow.assign_attrs(kind="count"))
    reached = support_ratio(run(base, part, steps).population.isel(year=-1))
    np.testing.assert_allclose(reached, 0.8 * today, rtol=1e-5)
    with pytest.raises(InfeasibleError, match="1 of 1 populations"):
        replacement_migration(
            base, own, profile=profile, target=50 * today, rules=EDITIONS["2024"], years=steps
        )
    with pytest.raises(CoverageError, match="adds to 2"):
        replacement_migration(
            base, own, profile=2 * profile, target=today, rules=EDITIONS["2024"], years=steps
        )


# --- ages of net migration ------------------------------------------------------------------


def people(size=10_000.0, ages=101):
    return cells(np.full((2, ages), size / (2 * ages)), sex=SEXES, age=range(ages))


@pytest.mark.parametrize(("net", "inflow", "outflow"), [(10.0, 15.0, 5.0), (-30.0, 1.0, 31.0)])
def test_flow_difference_of_the_specification(net, inflow, outflow):
    split = split_net_migration(xr.DataArray(net), people(), fundamental_ages(np.arange(101)))
    assert split.inflow.sum().item() == pytest.approx(inflow)
    assert split.outflow.sum().item() == pytest.approx(outflow)
    assert split.net.sum().item() == pytest.approx(net)
    assert "not measured" in split.inflow.attrs["basis"]


def test_a_net_total_of_zero_has_ages_that_add_to_zero():
    young = people() * (1 - 0.005 * xr.DataArray(np.arange(101), coords={"age": range(101)}))
    split = split_net_migration(xr.DataArray(0.0), young, fundamental_ages(np.arange(101)))
    assert split.net.sum().item() == pytest.approx(0.0, abs=1e-12)
    assert abs(split.net).max().item() > 0
    assert split.inflow.sum().item() == pytest.approx(0.001 * young.sum().item())


def test_the_fundamental_schedule_of_rogers_and_castro():
    pattern = fundamental_ages(np.arange(101)).inward.sum("sex")
    assert int(pattern.idxmax()) == 23
    assert pattern.max().item() * 1.0466 == pytest.approx(0.03795, abs=5e-6)
    assert pattern.sel(age=slice(15, 34)).sum().item() == pytest.approx(0.486, abs=5e-4)


def test_extreme_outflow_is_cut_and_taken_from_gains():
    ages = fundamental_ages(np.arange(101))
    # few people of 20-29: a net loss of a thousandth empties them
    few = people().where(lambda p: (p.age < 20) | (p.age > 29), 0.01)
    outward = ages.outward.where((ages.outward.age >= 20) & (ages.outward.age <= 29), 0.0)
    strange = MigrationAges(ages.inward, outward, 0.01)
    net = xr.DataArray(20.0)
    split = split_net_migration(net, few, strange)
    assert split.net.sum().item() == pytest.approx(20.0)
    assert (split.net >= -0.8 * few - 1e-9).all()
    assert split.moved.item() > 0
    with pytest.raises(AccountError, match="more than 80%") as caught:
        split_net_migration(net, few, strange, outflow="raise")
    assert caught.value.id == "ExtremeOutflow"
    with pytest.raises(AccountError, match="larger than the limit"):
        split_net_migration(xr.DataArray(-9_900.0), people(), ages)


def test_schedules_must_add_to_one():
    ages = fundamental_ages(np.arange(101))
    with pytest.raises(SchemaError, match="do not add to 1"):
        split_net_migration(
            xr.DataArray(1.0), people(), MigrationAges(2 * ages.inward, ages.outward)
        )
    with pytest.raises(SchemaError, match="floor"):
        split_net_migration(
            xr.DataArray(1.0), people(), MigrationAges(ages.inward, ages.outward, -1)
        )


# --- paths from intervals -------------------------------------------------------------------

LEVELS = [0.025, 0.1, 0.5, 0.9, 0.975]


def bounds(years=12):
    grow = np.arange(1, years + 1)
    rows = [
        5.0 - 0.5 * grow,
        5.0 - 0.3 * grow,
        5.0 + 0.0 * grow,
        5.0 + 0.2 * grow,
        5.0 + 0.6 * grow,
    ]
    whole = cells(np.array(rows), quantile=LEVELS, year=range(2024, 2024 + years))
    return whole, whole.sel(quantile=0.5, drop=True)


def test_paths_have_the_published_quantiles():
    given, medium = bounds()
    paths = paths_from_intervals(given, medium=medium, correlation=0.9, trajectories=20_000, seed=3)
    found = paths.quantile(LEVELS, dim="trajectory").transpose("quantile", "year")
    width = given.sel(quantile=0.975) - given.sel(quantile=0.025)
    assert (abs(found - given) / width).max().item() < 0.02


def test_paths_have_the_correlation_asked_for():
    given, medium = bounds()
    straight = given.copy(data=medium.values + np.outer([-2, -1.3, 0, 1.3, 2], np.ones(12)))
    paths = paths_from_intervals(
        straight, medium=medium, correlation=0.6, trajectories=20_000, seed=4
    ).values
    assert np.corrcoef(paths[:, 0], paths[:, 5])[0, 1] == pytest.approx(0.6, abs=0.02)


def test_one_score_serves_both_sexes_and_cells_may_share_a_factor():
    given, medium = bounds()
    both = given.expand_dims(sex=SEXES)
    paths = paths_from_intervals(
        both, medium=medium.expand_dims(sex=SEXES), correlation=0.9, shared=["sex"], trajectories=50
    )
    xr.testing.assert_equal(paths.sel(sex="F", drop=True), paths.sel(sex="M", drop=True))
    three = given.expand_dims(country=["A", "B", "C"])
    joined = paths_from_intervals(
        three, medium=medium.expand_dims(country=["A", "B", "C"]), correlation=0.5, common=0.7,
        trajectories=20_000,
    ).sel(year=2030).values  # fmt: skip
    ranks = joined.argsort(axis=0).argsort(axis=0)
    assert np.corrcoef(ranks[:, 0], ranks[:, 1])[0, 1] == pytest.approx(0.68, abs=0.03)


def test_a_correlation_of_its_own_for_each_cell():
    given, medium = bounds()
    names = {"country": ["A", "B"]}
    own = cells([0.0, 0.99], **names)
    paths = paths_from_intervals(
        given.expand_dims(names), medium=medium.expand_dims(names), correlation=own,
        trajectories=5_000,
    )  # fmt: skip
    low, high = (
        np.corrcoef(paths.sel(country=c, year=2024), paths.sel(country=c, year=2029))[0, 1]
        for c in "AB"
    )
    assert abs(low) < 0.05
    assert high > 0.9


def test_the_same_seed_draws_the_same_paths():
    given, medium = bounds()
    one, two, three = (
        paths_from_intervals(given, medium=medium, correlation=0.5, trajectories=9, seed=s)
        for s in (1, 1, 2)
    )
    xr.testing.assert_identical(one, two)
    assert (one != three).any()


def test_an_interval_without_width_is_the_medium():
    _, medium = bounds()
    flat = medium.expand_dims(quantile=LEVELS)
    paths = paths_from_intervals(flat, medium=medium, correlation=0.5, trajectories=7)
    assert abs(paths - medium).max().item() == 0


def test_faults_of_intervals():
    given, medium = bounds()
    crossed = given.copy(deep=True)
    crossed.loc[{"quantile": 0.9, "year": 2030}] = 99.0
    with pytest.raises(CoverageError, match="year=2030") as caught:
        paths_from_intervals(crossed, medium=medium, correlation=0.5)
    assert caught.value.id == "InconsistentQuantiles"
    with pytest.raises(SchemaError, match="outside 0 to 1"):
        paths_from_intervals(given, medium=medium, correlation=1.5)
    percent = given.assign_coords(quantile=[2.5, 10, 50, 90, 97.5])
    with pytest.raises(SchemaError, match="not percent"):
        paths_from_intervals(percent, medium=medium, correlation=0.5)
    with pytest.raises(CoverageError, match="'year' differ"):
        paths_from_intervals(given, medium=medium.isel(year=slice(0, 4)), correlation=0.5)


def test_regional_defaults_convert_to_one_year_with_the_root():
    assert annual(0.95, 0.0482) == pytest.approx((0.98979, 0.0220), abs=5e-5)
    assert annual(0.95, 0.0154)[1] == pytest.approx(0.00703, abs=5e-6)
    assert annual(0.92464, 0.04522) == pytest.approx((0.98445, 0.02086), abs=5e-6)


def test_regional_paths_wander_as_the_five_year_model_says():
    line = cells(np.full(80, 2.0), year=range(2024, 2104))
    ratio = cells([1.0], region=["KZ-61"])
    paths = regional_fertility(line, ratio, trajectories=4000, seed=1).sel(region="KZ-61")
    spread = (paths / 2.0).sel(year=2103).std().item()
    # 16 five-year steps from a known start: not yet the spread of all time
    expected = 0.04522 * np.sqrt((1 - 0.92464**32) / (1 - 0.92464**2))
    assert spread == pytest.approx(expected, rel=0.04)
    level = cells(np.full(80, 75.0), year=range(2024, 2104))
    gap = cells([0.0], region=["KZ-61"])
    life = regional_life_expectancy(level, gap, trajectories=4000, seed=2).sel(region="KZ-61")
    expected = (0.0482 + 0.0154 * 7.5) * np.sqrt((1 - 0.95**32) / (1 - 0.95**2))
    assert life.sel(year=2103).std().item() == pytest.approx(expected, rel=0.04)
    with pytest.raises(CoverageError, match="as many paths"):
        regional_fertility(line.expand_dims(trajectory=range(3)), ratio, trajectories=4)


# --- projections along paths ----------------------------------------------------------------


def intervals(name, places, years):
    return load(name, country=places, year=years).rename(None)


@pytest.fixture(scope="module")
def uncertain():
    """Forty countries above a million, their medium projection and 300 paths to 2100."""
    from project.wppdata import medium

    base, fertility, table, net, years = medium()
    size = base.sum(["sex", "age"])
    large = [str(c) for c in base.indexes["country"] if size.sel(country=c) > 1e6]
    places = sorted({*large[::4], "KAZ"})
    here = {"country": places}
    base, net = base.sel(here).assign_attrs(base.attrs), net.sel(here)
    fertility = Fertility(fertility.rate.sel(here), fertility.sex_ratio.sel(here))
    rate = table.rate.sel(here).assign_attrs(kind="rate")
    whole = project_population(base, fertility, rate, net, rules=EDITIONS["2024"], years=years)
    lines = Trajectories(
        load("wpp2024.indicators.tfr", **here, year=years),
        load("wpp2024.life_expectancy", **here, year=years),
        net.sum(["sex", "age"]),
    )
    drawn = trajectories_from_intervals(
        tfr=intervals("wpp2024.intervals.tfr", places, years),
        life_expectancy=intervals("wpp2024.life_expectancy_intervals", places, years),
        net_migration=intervals("wpp2024.intervals.net_migration", places, years),
        medium=lines,
        population=whole.population.sum(["sex", "age"]).sel(year=years),
        trajectories=300,
        seed=20240101,
    )
    return base, fertility, rate, net, years, drawn, whole, lines


def project(uncertain, count=None, **options):
    base, fertility, rate, net, years, drawn, _, _ = uncertain
    steps = years if count is None else years[:count]
    return project_paths(
        base, fertility, rate, net, drawn, rules=EDITIONS["2024"], years=steps, **options
    )


@pytest.mark.slow
def test_paths_are_as_wide_as_the_published_intervals(uncertain):
    """Ratio of 95 % log widths, ours over published: specification, section 8."""
    result = project(uncertain, quantiles=(0.025, 0.5, 0.975))
    total = result.total.quantile([0.025, 0.5, 0.975], dim="trajectory")
    stated = load("wpp2024.intervals.population", country=list(total.indexes["country"]))
    reached = {}
    for year in (2030, 2050, 2100):
        ours, theirs = total.sel(year=year + 1), stated.sel(year=year)
        ratio = np.log(ours.sel(quantile=0.975) / ours.sel(quantile=0.025)) / np.log(
            theirs.sel(quantile=0.975, method="nearest")
            / theirs.sel(quantile=0.025, method="nearest")
        )
        reached[year] = float(ratio.median())
    # specification 1.00, 1.01 and 0.97 at five-year steps; here single years
    assert 0.9 < reached[2030] < 1.2
    assert 0.9 < reached[2050] < 1.2
    assert 0.8 < reached[2100] < 1.15
    kaz = total.sel(country="KAZ")
    assert 18.0e6 < kaz.sel(year=2051, quantile=0.025).item() < 20.0e6  # published 16.8
    assert 37.0e6 < kaz.sel(year=2051, quantile=0.975).item() < 42.0e6  # published 40.7


def test_paths_without_width_are_the_medium_projection(uncertain):
    base, fertility, rate, net, years, _, whole, lines = uncertain
    steps = years[:30]
    size = whole.population.sum(["sex", "age"]).sel(year=years)
    same = Trajectories(
        lines.tfr.expand_dims(trajectory=[0, 1]),
        lines.life_expectancy.expand_dims(trajectory=[0, 1]),
        (lines.net_migration / size).expand_dims(trajectory=[0, 1]),
    )
    result = project_population(
        base, fertility, rate, net, rules=EDITIONS["2024"], years=steps, trajectories=same
    )
    medium = whole.population.sel(year=result.population.year)
    gap = abs(result.population.isel(trajectory=1) - medium).sum(["sex", "age"])
    # the life expectancy of the rates is met to 1e-10, survivorship interpolated
    assert (gap / medium.sum(["sex", "age"])).max().item() < 2e-5


def test_accounts_of_every_path_close(uncertain):
    result = project(uncertain, count=25, quantiles=(0.5,))
    start, end = result.total.isel(year=slice(0, -1)), result.total.isel(year=slice(1, None))
    flows = result.births - result.deaths + result.migration
    gap = end.assign_coords(year=flows.year) - start - flows
    assert abs(gap).max().item() < 1e-6
    assert (result.deaths > 0).all()


def test_the_world_of_paths_is_balanced_by_sex_and_age(uncertain):
    base = uncertain[0]
    weights = xr.ones_like(base.isel(sex=0, age=0, drop=True))
    result = project(uncertain, count=20, quantiles=(0.5,), balance=weights)
    assert (result.migration.sum("country") == 0.0).all()
    free = project(uncertain, count=20, quantiles=(0.5,))
    assert abs(free.migration.sum("country")).max().item() > 1000
    # closed: deaths and births alone move the sum of all countries, in every sex and age
    few = project(uncertain, count=3, balance=weights)
    older = few.population.sel(age=slice(1, 99)).sum("country")
    younger = few.population.sel(age=slice(0, 98)).sum("country")
    dead = younger.isel(year=0).values - older.isel(year=1).values
    assert dead.min() > 0


def test_only_the_countries_named_absorb_a_surplus(uncertain):
    base = uncertain[0]
    weights = xr.zeros_like(base.isel(sex=0, age=0, drop=True))
    some = list(weights.indexes["country"][::2])
    weights.loc[{"country": some}] = 1.0
    free = project(uncertain, count=2, quantiles=(0.5,))
    result = project(uncertain, count=2, quantiles=(0.5,), balance=weights)
    others = [c for c in weights.indexes["country"] if c not in some]
    first = {"year": free.migration.year.values[0]}
    xr.testing.assert_allclose(
        result.migration.sel(country=others).sel(first),
        free.migration.sel(country=others).sel(first),
    )
    assert abs(result.migration.sum("country")).max().item() < 1e-6


def test_results_do_not_depend_on_threads(uncertain):
    weights = xr.ones_like(uncertain[0].isel(sex=0, age=0, drop=True))
    for balance in (None, weights):
        one, two = (
            project(uncertain, count=4, quantiles=(0.1, 0.9), balance=balance, threads=n)
            for n in (1, 2)
        )
        xr.testing.assert_identical(one.population, two.population)
        xr.testing.assert_identical(one.total, two.total)


def test_quantiles_are_those_of_the_paths(uncertain):
    levels = (0.025, 0.5, 0.9)
    whole, kept = project(uncertain, count=3), project(uncertain, count=3, quantiles=levels)
    truth = whole.population.quantile(list(levels), dim="trajectory")
    xr.testing.assert_allclose(kept.population, truth.transpose(*kept.population.dims), rtol=2e-6)
    assert kept.population.attrs["kind"] == "index"  # quantiles of ages do not add up


def test_a_sink_receives_every_year_and_country(uncertain):
    seen = {}

    def sink(t, c, rows):
        seen[t, c] = rows.sum()

    result = project(uncertain, count=2, quantiles=(0.5,), sink=sink)
    countries = result.total.sizes["country"]
    assert len(seen) == 3 * countries
    sums = result.total.sum("trajectory").transpose("year", "country").values
    np.testing.assert_allclose([[seen[t, c] for c in range(countries)] for t in range(3)], sums)


def test_faults_of_paths(uncertain):
    base, fertility, rate, net, years, drawn, _, _ = uncertain
    call = (base, fertility)
    with pytest.raises(ScenarioError, match="rules of 2022 and 2024"):
        project_paths(*call, rate, net, drawn, rules=Rules(migration="even"), years=years)
    with pytest.raises(UnitsError, match="death rates"):
        alive = life_table(rate).survivorship
        project_paths(*call, alive, net, drawn, rules=EDITIONS["2024"], years=years)
    with pytest.raises(CoverageError, match="tfr' are missing"):
        short = Trajectories(
            drawn.tfr.isel(year=slice(0, 5)), drawn.life_expectancy, drawn.net_migration
        )
        project_paths(*call, rate, net, short, rules=EDITIONS["2024"], years=years)
    with pytest.raises(CoverageError, match="'country' differ"):
        fewer = Trajectories(
            drawn.tfr.isel(country=[0, 1]), drawn.life_expectancy, drawn.net_migration
        )
        project_paths(*call, rate, net, fewer, rules=EDITIONS["2024"], years=years)
    with pytest.raises(SchemaError, match="increasing levels"):
        project(uncertain, count=1, quantiles=(0.9, 0.1))
    with pytest.raises(SchemaError, match="balance"):
        project(uncertain, count=1, balance=0 * base.isel(sex=0, age=0, drop=True))
