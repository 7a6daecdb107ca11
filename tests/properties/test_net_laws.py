# SPDX-License-Identifier: Apache-2.0
"""Laws that indirect estimates of net migration obey for any population."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keruen.measure import net as nt

LAW = settings(max_examples=20, deadline=None)
AGES = np.arange(0, 85, 5)


def regions(count: int) -> list[str]:
    return [f"R{k}" for k in range(count)]


@st.composite
def accounts(draw: st.DrawFn) -> list[xr.DataArray]:
    """Start, births, deaths and net migration of some regions by sex, all whole numbers."""
    shape = (draw(st.integers(1, 5)), 2)
    coords = {"region": regions(shape[0]), "sex": ["F", "M"]}

    def counts(low: int, high: int) -> xr.DataArray:
        values = draw(hnp.arrays(np.int64, shape, elements=st.integers(low, high)))
        return xr.DataArray(values, coords=coords)

    return [counts(10**6, 10**9), counts(0, 10**5), counts(0, 10**5), counts(-(10**5), 10**5)]


@LAW
@given(accounts())
def test_residual_recovers_the_net_to_the_person(account):
    start, births, deaths, net = account
    end = start + births - deaths + net
    result = nt.net_migration_by_residual(start, end, births, deaths)
    assert result.net.dtype == np.int64
    np.testing.assert_array_equal(result.net, net)
    np.testing.assert_array_equal(result.population_change, result.natural_increase + result.net)


@LAW
@given(accounts(), st.floats(0, 0.1), st.floats(0, 0.1), st.floats(-1, 1))
def test_interval_of_the_residual_contains_it(account, before, after, correlation):
    start, births, deaths, _ = account
    result = nt.net_migration_by_residual(
        start, start, births, deaths,
        coverage_error=(before, after), coverage_correlation=correlation,
    )  # fmt: skip
    assert (result.lower <= result.net).all()
    assert (result.net <= result.upper).all()
    independent = np.hypot(before, after) * start
    if correlation <= 0:
        assert (result.standard_error >= independent * (1 - 1e-9) - 1e-6).all()
    else:
        assert (result.standard_error <= independent * (1 + 1e-9) + 1e-6).all()


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Population, survival ratios and net migration (at the end) by region, sex and age."""
    shape = (draw(st.integers(1, 4)), 2, len(AGES))
    coords = {"region": regions(shape[0]), "sex": ["F", "M"], "age": AGES}
    people = draw(hnp.arrays(float, shape, elements=st.floats(10, 1e6)))
    ratio = draw(hnp.arrays(float, shape[1:], elements=st.floats(0.05, 1.1)))
    moved = draw(hnp.arrays(float, shape, elements=st.floats(-5, 1e5)))
    survival = xr.DataArray(ratio, coords={"sex": ["F", "M"], "age": AGES})
    start, net = xr.DataArray(people, coords=coords), xr.DataArray(moved, coords=coords)
    return start, survival, net


def aged(start: xr.DataArray, survival: xr.DataArray, years: int) -> xr.DataArray:
    """Population that survives: ages carried forward, the oldest together."""
    later = (start * survival).assign_coords(age=np.minimum(AGES + years, AGES[-1]))
    return later.groupby("age").sum().reindex(age=AGES, fill_value=0.0)


def ratios_for(start: xr.DataArray, survival: xr.DataArray, years: int) -> xr.DataArray:
    """Ratios the method wants: one for all who grow into the open group."""
    oldest = AGES[-1] - years
    old = survival.age >= oldest
    together = (start * survival).where(old, 0).sum("age") / start.where(old, 0).sum("age")
    young = survival.sel(age=AGES[oldest > AGES]).expand_dims(region=start.region)
    return xr.concat([young, together.expand_dims(age=[oldest])], dim="age")


@LAW
@given(cohorts(), st.sampled_from([5, 10]))
def test_survival_recovers_the_net_at_the_end(cohort, years):
    start, survival, net = cohort
    end = aged(start, survival, years) + net
    assert_net = net.where(net.age >= years, drop=True)
    end = end.clip(min=0)
    expected = end.sel(age=assert_net.age) - aged(start, survival, years).sel(age=assert_net.age)
    result = nt.net_migration_by_survival(
        start, end, ratios_for(start, survival, years), interval_years=years
    )
    np.testing.assert_allclose(result.net.transpose(*expected.dims), expected, rtol=1e-7, atol=1e-3)


@LAW
@given(cohorts(), st.sampled_from([5, 10]))
def test_methods_agree_with_each_other(cohort, years):
    start, survival, net = cohort
    end = (aged(start, survival, years) + net).clip(min=0)
    ratio = ratios_for(start, survival, years)

    def estimate(method: str) -> xr.DataArray:
        return nt.net_migration_by_survival(
            start, end, ratio, interval_years=years, method=method
        ).net

    forward, reverse, average = (estimate(m) for m in ("forward", "reverse", "average"))
    at_end = ratio.assign_coords(age=forward.age)
    np.testing.assert_allclose(
        forward, (reverse * at_end).transpose(*forward.dims), rtol=1e-9, atol=1e-6
    )
    np.testing.assert_allclose(average, (forward + reverse) / 2, rtol=1e-9, atol=1e-6)


@LAW
@given(cohorts())
def test_census_ratios_of_the_whole_leave_no_net(cohort):
    start, survival, net = cohort
    end = (aged(start, survival, 10) + net).clip(min=0)
    ratio = nt.census_survival_ratio(start.sum("region"), end.sum("region"), interval_years=10)
    result = nt.net_migration_by_survival(start, end, ratio, interval_years=10)
    np.testing.assert_allclose(result.net.sum("region"), 0.0, atol=1e-4)


@LAW
@given(cohorts())
def test_nets_by_birthplace_sum_to_nothing(cohort):
    start, survival, net = cohort
    end = (aged(start, survival, 10) + net).clip(min=0)
    start, end = (a.expand_dims(birthplace=["X", "Y"]) for a in (start, end))
    result = nt.net_migration_by_birthplace(start, end, interval_years=10)
    np.testing.assert_allclose(result.net.sum("region"), 0.0, atol=1e-4)


@LAW
@given(hnp.arrays(float, (2, 101), elements=st.floats(0.01, 1.0)), st.sampled_from([5, 10]))
def test_a_stationary_population_has_no_net(decline, years):
    survivors = np.cumprod(decline**0.02, axis=1)
    lived = xr.DataArray(survivors * 1e5, coords={"sex": ["F", "M"], "age": np.arange(101)})
    bounds = np.append(AGES, 200)
    people = xr.concat(
        [
            lived.where((lived.age >= a) & (lived.age < b), 0).sum("age").expand_dims(age=[a])
            for a, b in pairwise(bounds)
        ],
        dim="age",
    )
    ratio = nt.life_table_survival_ratio(
        lived, ages=AGES[AGES[-1] - years >= AGES], interval_years=years
    )
    result = nt.net_migration_by_survival(people, people, ratio, interval_years=years)
    np.testing.assert_allclose(result.net, 0.0, atol=1e-4)


@LAW
@given(
    st.integers(2, 6).flatmap(
        lambda n: hnp.arrays(np.int64, (3, n, n), elements=st.integers(0, 10**6))
    )
)
def test_lifetime_and_five_year_tables_close(cells):
    places = regions(cells.shape[1])
    by_sex = {"year": [2000, 2010, 2020]}
    stock = xr.DataArray(
        cells, coords=by_sex | {"birthplace": places, "region": places},
        dims=("year", "birthplace", "region"),
    )  # fmt: skip
    lifetime = nt.lifetime_migration(stock)
    assert (lifetime.net.sum("region") == 0).all()
    living = stock.sum("birthplace")
    np.testing.assert_array_equal(lifetime.natives + lifetime.in_migrants, living)
    residence = stock.rename(birthplace="origin", region="destination")
    moved = nt.residence_transitions(residence)
    np.testing.assert_array_equal(moved.population_end - moved.population_start, moved.net)
    np.testing.assert_array_equal(moved.stayers + moved.inflow, living)
    shuffled = nt.residence_transitions(residence.sel(origin=places[::-1]))
    np.testing.assert_array_equal(shuffled.net.sel(region=places), moved.net)
