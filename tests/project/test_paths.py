# SPDX-License-Identifier: Apache-2.0
"""Projections along paths: a world that sums to zero, and everything that was cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from keruen import load
from keruen.core.errors import AccountError, SchemaError
from keruen.project.assumptions import Trajectories, trajectories_from_intervals
from keruen.project.balance import balance_world
from keruen.project.lifetable import life_table
from keruen.project.paths import project_paths
from keruen.project.population import EDITIONS, Fertility, project_population
from keruen.sources.projection_inputs import projection_intervals

PLACES = ["ARE", "HKG", "IND", "KAZ", "NIU", "USA"]
"""Large and small; rates of Hong Kong and Niue go beyond any limit."""
RULES = EDITIONS["2024"]
COUNT = 50


@pytest.fixture(scope="module")
def given():
    """Components of six countries and fifty paths around them."""
    from project.wppdata import medium

    base, fertility, table, net, years = medium()
    here = {"country": PLACES}
    base, net = base.sel(here).assign_attrs(base.attrs), net.sel(here)
    fertility = Fertility(fertility.rate.sel(here), fertility.sex_ratio.sel(here))
    rate = table.rate.sel(here).assign_attrs(kind="rate")
    whole = project_population(base, fertility, rate, net, rules=RULES, years=years)
    bounds = projection_intervals(PLACES)
    drawn = trajectories_from_intervals(
        tfr=bounds.tfr,
        life_expectancy=bounds.life_expectancy,
        net_migration=bounds.net_migration,
        medium=Trajectories(
            load("wpp2024.indicators.tfr", **here, year=years),
            load("wpp2024.life_expectancy", **here, year=years),
            net.sum(["sex", "age"]),
        ),
        population=whole.population.sum(["sex", "age"]).sel(year=years),
        correlation={"net_migration": bounds.correlation},
        trajectories=COUNT,
        seed=5,
    )
    return base, fertility, rate, net, drawn


def project(given, years=(2024, 2025, 2026), *, drawn=None, rules=RULES, **options):
    base, fertility, rate, net, own = given
    paths = drawn or own
    return project_paths(
        base, fertility, rate, net, paths, rules=rules, years=list(years), **options
    )


@pytest.mark.parametrize("balance", ["variance", "population"])
def test_the_world_is_zero_to_the_last_bit_in_every_path(given, balance):
    result = project(given, range(2024, 2074), balance=balance)
    assert (result.migration.sum("country") == 0.0).all()
    order = PLACES[::-1]  # and in any order of adding
    assert (result.migration.sel(country=order).sum("country") == 0.0).all()
    start, end = result.total.isel(year=slice(0, -1)), result.total.isel(year=slice(1, None))
    flows = result.births - result.deaths + result.migration
    assert abs(end.assign_coords(year=flows.year) - start - flows).max() < 1e-6
    assert (result.population >= 0).all()


def test_every_sex_and_age_of_the_world_is_balanced(given):
    """Without migrants there is nothing to balance: survivors and newborn of the world agree."""
    base, fertility, rate, net, drawn = given
    none = replace(drawn, net_migration=0.0 * drawn.net_migration, adjustments=None)
    closed = project_paths(base, fertility, rate, 0 * net, none, rules=RULES, years=[2024])
    moved = project(given, [2024], balance="variance")
    gap = (moved.population - closed.population).sel(year=2025)
    assert abs(gap).max() > 1000
    assert abs(gap.sum("country")).max() < 1e-5


@pytest.mark.parametrize("how", ["population", "variance", "group"])
def test_paths_and_balance_world_are_one_rule(given, how):
    base, fertility, rate, net, drawn = given
    none = replace(drawn, net_migration=0.0 * drawn.net_migration, adjustments=None)
    closed = project_paths(base, fertility, rate, 0 * net, none, rules=RULES, years=[2024])
    stayed = closed.population.sel(year=2025, drop=True)
    free = project(given, [2024]).population.sel(year=2025, drop=True) - stayed
    some = xr.DataArray([0.0, 0, 1, 1, 0, 1], coords={"country": PLACES})
    chances = drawn.net_migration.sel(year=2024, drop=True).var("trajectory")
    size = base.sum(["sex", "age"])
    options = {
        "population": {"how": "population"},
        "group": {"how": "group", "absorbing": ["IND", "KAZ", "USA"]},
        "variance": {"variance": chances * size * stayed},
    }[how]
    ours = project(given, [2024], balance=some if how == "group" else how)
    ours = ours.population.sel(year=2025, drop=True) - stayed
    theirs = balance_world(free, stayed, max_out=0.998, **options)
    # single precision carries the migrants from survival to the balance
    xr.testing.assert_allclose(ours, theirs.migration.transpose(*ours.dims), rtol=1e-5, atol=0.2)


def test_the_certain_move_least_by_variance(given):
    free = project(given, [2024]).migration.sel(year=2024)
    certain = given[4].net_migration.sel(year=2024).var("trajectory") * given[0].sum(["sex", "age"])
    moved = {
        rule: abs(project(given, [2024], balance=rule).migration.sel(year=2024) - free).mean(
            "trajectory"
        )
        for rule in ("variance", "population")
    }
    share = moved["variance"] / moved["population"]
    assert (certain / certain.sum()).idxmin() == share.idxmin()


def test_groups_held_while_balancing_are_in_the_table(given):
    """One small country alone must take the swings of India: it cannot."""
    weights = xr.DataArray([0.0, 0, 0, 1, 1e9, 0], coords={"country": PLACES})
    result = project(given, [2024], balance=weights)
    table = result.adjustments
    held = table[table["reason"].str.contains("held at the limit") & (table["country"] == "NIU")]
    assert held["groups"].item() > 100
    assert held["persons"].item() > 1000
    assert (result.migration.sum("country") == 0.0).all()
    weights[3] = 0.0
    with pytest.raises(AccountError, match="nobody left to take it") as refused:
        project(given, [2024], balance=weights)
    assert refused.value.id == "NotBalanced"


def test_every_rate_that_was_cut_is_in_a_table(given):
    base, _, _, _, drawn = given
    low, table = (drawn.adjustments.query(f"component == '{c}'") for c in ("tfr", "net_migration"))
    assert (low["before"] < 0.2).all()
    assert (low["after"] == 0.2).all()
    assert int((drawn.tfr <= 0.2).sum()) == len(low)
    cut = abs(drawn.net_migration).max() - 0.05
    assert abs(cut) < 1e-12
    assert set(table["country"]) >= {"HKG", "NIU"}
    assert (table["before"].abs() > table["after"].abs()).all()
    assert (table["after"].abs() >= 0.05 - 1e-12).all()
    row = table.iloc[0]
    key = {"trajectory": row["trajectory"], "year": row["year"], "country": row["country"]}
    assert drawn.net_migration.sel(key).item() == row["after"]
    at_limit = abs(abs(drawn.net_migration) - 0.05) < 1e-12
    assert int(at_limit.sum()) == len(table)  # no medium rate of these countries is so large
    # and the projection tells how many people that were
    run = project(given, quantiles=(0.5,))
    told = run.adjustments[run.adjustments["reason"].str.startswith("net migration beyond 5%")]
    first = table[(table["year"] == 2024)]
    by_hand = (first["before"] - first["after"]).abs() * base.sum(["sex", "age"]).sel(
        country=first["country"].to_numpy()
    ).to_numpy()
    expected = by_hand.groupby(first["country"]).sum()
    found = told[told["year"] == 2024].set_index("country")
    np.testing.assert_allclose(found["persons"].sort_index(), expected.sort_index())
    assert found["groups"].sum() == len(first)


def test_rules_that_refuse_outflow_refuse_it_along_paths(given):
    drawn = replace(given[4], net_migration=given[4].net_migration.clip(min=-0.9) * 0 - 0.9)
    assert len(project(given, [2024], drawn=drawn).adjustments)
    with pytest.raises(AccountError, match="would lose more than 80%") as refused:
        project(given, [2024], drawn=drawn, rules=replace(RULES, outflow="raise"))
    assert refused.value.id == "ExtremeOutflow"


def test_survivorship_of_paths_is_that_of_their_life_tables(given):
    """Polynomials in life expectancy against life tables made path by path."""
    base, fertility, rate, net, drawn = given
    lowest = drawn.life_expectancy.sel(year=2024).argmin("trajectory")
    none = replace(drawn, net_migration=0.0 * drawn.net_migration, adjustments=None)
    run = project_paths(base, fertility, rate, 0 * net, none, rules=RULES, years=[2024])
    for place in ("IND", "KAZ"):
        for sex in ("F", "M"):
            key = {"country": place, "sex": sex}
            path = int(lowest.sel(key))
            wanted = drawn.life_expectancy.sel(key | {"year": 2024, "trajectory": path}).item()
            alive = _survivorship(rate.sel(key | {"year": 2024}), wanted, sex)
            people = base.sel(key).to_numpy()
            by_hand = people[:-2] * alive[1:-1]
            ours = run.population.sel(key | {"year": 2025, "trajectory": path}).to_numpy()[1:-1]
            np.testing.assert_allclose(ours, by_hand, rtol=1e-6)


def _survivorship(rate, wanted, sex):
    """Of the life table whose rates, all times one factor, give a life expectancy."""
    low, high = -4.0, 4.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        table = life_table((rate * np.exp(middle)).expand_dims(sex=[sex]).assign_attrs(kind="rate"))
        if table.expectancy.sel(age=0).item() > wanted:
            low = middle
        else:
            high = middle
    return table.survivorship.sel(sex=sex).to_numpy()


def test_ways_to_balance_that_do_not_exist(given):
    with pytest.raises(SchemaError, match="no way to balance"):
        project(given, [2024], balance="luck")
    one = Trajectories(
        *(
            getattr(given[4], part).isel(trajectory=[0])
            for part in ("tfr", "life_expectancy", "net_migration")
        )
    )
    with pytest.raises(SchemaError, match="two trajectories"):
        project(given, [2024], drawn=one, balance="variance")
