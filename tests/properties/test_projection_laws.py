# SPDX-License-Identifier: Apache-2.0
"""Laws that every projection obeys, whatever goes in."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.project.lifetable import life_table
from keruen.project.population import Fertility, Rules, project_population, project_regions

AGES, YEARS = range(6), [2024, 2025, 2026]
SEXES = ["F", "M"]


def cells(values, **coords):
    return xr.DataArray(values, coords=coords, dims=list(coords))


@st.composite
def problems(draw):
    """A base, components and rules, from a seed: any size of people, rates and flows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = 10.0 ** draw(st.integers(0, 7))
    own = {"sex": SEXES, "age": AGES}
    place, time = {"country": ["A", "B", "C"]}, {"year": YEARS}
    base = cells(size * rng.exponential(1, (3, 2, 6)), **place, **own)
    asfr = cells(rng.uniform(0, 0.8, (3, 3, 3)), **time, **place, age=[1, 2, 3])
    alive = cells(rng.uniform(0, 1, (3, 3, 2, 6)), **time, **place, **own)
    spread = draw(st.sampled_from([0.0, 0.01, 0.3, 3.0]))
    net = cells(size * rng.normal(0, spread, (3, 3, 2, 6)) / 3, **time, **place, **own)
    rules = Rules(
        migration=draw(st.sampled_from(["end", "even"])),
        births_exposure=draw(st.sampled_from(["wpp2022", "published", "closed"])),
        outflow=draw(st.sampled_from(["guard", "clip"])),
    )
    ratio = cells(rng.uniform(1, 1.2, 3), **time)
    kinds = (alive.assign_attrs(kind="probability"), net.assign_attrs(kind="count"))
    return base, Fertility(asfr, ratio), *kinds, rules


def run(problem):
    base, fertility, alive, net, rules = problem
    return project_population(base, fertility, alive, limited(net, base), rules=rules, years=YEARS)


def limited(net, base):
    """Less than the people of all cells: more would look like thousands, and is refused."""
    most = 0.1 * float(base.max()) / 36
    return net.clip(-most, most, keep_attrs=True)


@given(problems())
@settings(max_examples=60)
def test_the_account_closes_and_nobody_is_negative(problem):
    result = run(problem)
    whole = ["sex", "age"]
    total = result.population.sum(whole)
    start, end = total.isel(year=slice(0, -1)), total.isel(year=slice(1, None))
    flows = result.births.sum(whole) - result.deaths.sum(whole) + result.migration.sum(whole)
    gap = abs(end.assign_coords(year=YEARS) - start - flows)
    assert (gap <= 1e-12 * (start + end.values) + 1e-6).all()
    assert (result.population >= 0).all()
    assert (result.deaths >= -1e-9 * total.max()).all()


@given(problems(), st.permutations(["A", "B", "C"]))
@settings(max_examples=25)
def test_the_order_of_countries_does_not_matter(problem, order):
    base, *rest = problem
    one, two = run(problem), run((base.sel(country=order), *rest))
    xr.testing.assert_identical(one.population, two.population.sel(country=["A", "B", "C"]))


@given(problems())
@settings(max_examples=25)
def test_countries_do_not_touch_each_other(problem):
    base, fertility, alive, net, rules = problem
    here = {"country": ["B"]}
    small = (0.01 * limited(net, base)).assign_attrs(kind="count")
    own = Fertility(fertility.rate.sel(here), fertility.sex_ratio)
    steps = {"rules": rules, "years": YEARS}
    whole = project_population(base, fertility, alive, small, **steps)
    alone = project_population(base.sel(here), own, alive.sel(here), small.sel(here), **steps)
    xr.testing.assert_identical(alone.population, whole.population.sel(here))


@given(problems(), st.floats(0.01, 100))
@settings(max_examples=25)
def test_twice_the_people_and_migrants_are_twice_the_future(problem, k):
    base, fertility, alive, _, rules = problem
    closed = Rules(migration=rules.migration, births_exposure=rules.births_exposure, closed=True)
    one = project_population(base, fertility, alive, None, rules=closed, years=YEARS)
    two = project_population(k * base, fertility, alive, None, rules=closed, years=YEARS)
    xr.testing.assert_allclose(two.population, k * one.population, rtol=1e-12, atol=1e-3)


@given(problems())
@settings(max_examples=25)
def test_without_events_everyone_grows_older(problem):
    base, fertility, alive, _, _ = problem
    still = project_population(
        base, Fertility(0 * fertility.rate, fertility.sex_ratio),
        xr.ones_like(alive).assign_attrs(kind="probability"), None,
        rules=Rules(closed=True), years=YEARS,
    ).population  # fmt: skip
    for t, year in enumerate(YEARS, start=1):
        older = still.sel(year=year + 1, age=slice(t, 4)).values
        np.testing.assert_array_equal(older, base.sel(age=slice(0, 4 - t)).values)
    np.testing.assert_allclose(still.sum(["sex", "age"]).sel(year=2027), base.sum(["sex", "age"]))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_every_life_table_holds_together(seed):
    rng = np.random.default_rng(seed)
    rate = cells(10.0 ** rng.uniform(-5, 0.5, (2, 30)), sex=SEXES, age=range(30))
    table = life_table(rate)
    assert ((table.survivorship >= 0) & (table.survivorship <= 1)).all()
    assert (table.survivors.diff("age") <= 0).all()
    assert ((table.lower_deaths >= 0) & (table.lower_deaths <= 1)).all()
    np.testing.assert_allclose(table.deaths.sum("age"), 1.0, rtol=1e-12)
    # where not everyone dies within the year, the rates come back; above 2 a year all do
    sure = (table.probability < 1) & (table.survivors > 1e-9)
    implied = (table.deaths / table.person_years).where(sure)
    np.testing.assert_allclose(implied, rate.where(sure), rtol=1e-9)
    np.testing.assert_allclose(
        table.expectancy.sel(age=0), table.person_years.sum("age"), rtol=1e-12
    )


@given(st.integers(0, 2**32 - 1), st.sampled_from(["end", "even"]))
@settings(max_examples=25)
def test_regions_lose_nobody_on_the_way(seed, migration):
    rng = np.random.default_rng(seed)
    names = ["A", "B", "C", "D"]
    own = {"sex": SEXES, "age": AGES}
    base = cells(rng.exponential(100, (4, 2, 6)), region=names, **own)
    share = rng.dirichlet(np.ones(4), (4, 2, 6)).transpose(0, 3, 1, 2)
    alive = rng.uniform(0.3, 1, (4, 1, 2, 6))
    move = cells(share * alive, origin=names, destination=names, **own)
    asfr = cells(rng.uniform(0, 0.5, (3, 4, 2)), year=YEARS, region=names, age=[2, 3])
    net = cells(rng.normal(0, 5, (3, 4, 2, 6)), year=YEARS, region=names, **own)
    result = project_regions(
        base, Fertility(asfr, cells([1.05] * 3, year=YEARS)), move, net.assign_attrs(kind="count"),
        rules=Rules(migration=migration), years=YEARS,
    )  # fmt: skip
    whole = ["region", "sex", "age"]
    total = result.population.sum(whole)
    flows = result.births.sum(whole) - result.deaths.sum(whole) + result.migration.sum(whole)
    np.testing.assert_allclose(total.diff("year"), flows, atol=1e-7)
    assert (result.population >= 0).all()
