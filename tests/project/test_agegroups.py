# SPDX-License-Identifier: Apache-2.0
"""Age groups as single ages, rivals by age: what must add up adds up."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen import load
from keruen.core.errors import CoverageError, SchemaError
from keruen.project.agegroups import rates_with_open_age, single_ages, with_open_age
from keruen.project.agerivals import ages_held, cohort_ratios, wape_over_ages
from keruen.project.lifetable import life_table

LOWER = [0, 1, *range(5, 90, 5)]


@given(st.lists(st.floats(0.0, 1e6), min_size=len(LOWER), max_size=len(LOWER)))
def test_single_ages_add_to_their_groups_and_are_not_negative(values: list[float]) -> None:
    counts = xr.DataArray(values, coords={"age": LOWER})
    single = single_ages(counts)
    assert list(single.indexes["age"]) == list(range(86))
    ends = [*LOWER[1:], 86]
    for low, high, value in zip(LOWER, ends, values, strict=True):
        found = single.sel(age=slice(low, high - 1)).sum().item()
        assert found == pytest.approx(value, rel=1e-9, abs=1e-6)
    assert float(single.min()) >= -1e-6


def test_net_migrants_may_be_negative() -> None:
    counts = xr.DataArray([5.0, -20.0, 40.0, -3.0, 1.0], coords={"age": [0, 5, 10, 15, 20]})
    single = single_ages(counts)
    assert single.sel(age=slice(5, 9)).sum().item() == pytest.approx(-20.0)


def test_real_ages_come_back() -> None:
    """Kazakhstan 2023, whose ages are uneven: single ages within 3 % of the population."""
    known = load("wpp2024.population", country="KAZ", year=2023).sum("sex").squeeze(drop=True)
    lower = known.indexes["age"].to_numpy() // 5 * 5
    groups = known.assign_coords(age=lower).groupby("age").sum()
    single = single_ages(groups).sel(age=slice(0, 99))
    off = float(abs(single - known.sel(age=slice(0, 99))).sum() / known.sum())
    even = groups.sel(age=lower[:100]).assign_coords(age=range(100)) / 5
    assert off < 0.03
    assert off < float(abs(even - known.sel(age=slice(0, 99))).sum() / known.sum())


def test_open_ages() -> None:
    known = load("wpp2024.mortality", country="KAZ", year=2019)
    cut = rates_with_open_age(known, 85)
    assert cut.indexes["age"][-1] == 85
    before, after = (life_table(one).expectancy.sel(age=0) for one in (known, cut))
    np.testing.assert_allclose(after, before, rtol=1e-12)
    people = load("wpp2024.population", country="KAZ", year=2019)
    assert with_open_age(people, 85).sum().item() == pytest.approx(people.sum().item())


def test_ages_that_are_no_groups() -> None:
    with pytest.raises(SchemaError, match="ages are not groups from 0"):
        single_ages(xr.DataArray([1.0] * 4, coords={"age": [5, 10, 15, 20]}))


def history(years: list[int]) -> xr.DataArray:
    """A stable population that grows by 10 % in five years, every group of it."""
    ages = np.arange(0, 105, 5)
    shape = np.exp(-0.01 * ages) * 1e5
    growth = 1.1 ** ((np.asarray(years) - years[0]) / 5)
    cells = {"year": years, "country": ["A"], "sex": ["F", "M"], "age": ages}
    values = growth[:, None, None, None] * np.broadcast_to(shape, (len(years), 1, 2, len(ages)))
    return xr.DataArray(values, coords=cells, dims=list(cells))


def test_both_rivals_are_exact_for_a_stable_population() -> None:
    whole = history(list(range(1990, 2016)))
    past, later = whole.sel(year=slice(None, 2000)), [2005, 2010, 2015]
    for rival in (ages_held, cohort_ratios):
        off = wape_over_ages(rival(past, later), whole.sel(year=later))
        assert float(off.max()) < 1e-9, rival.__name__


def test_cohorts_by_hand() -> None:
    """Six groups; boys and girls alike: everyone born five years ago moves up one group."""
    ages = [0, 15, 20, 25, 30, 35]
    with pytest.raises(CoverageError, match="not groups of five"):
        cohort_ratios(xr.DataArray(
            np.ones((2, 2, 6)), coords={"year": [2000, 2005], "sex": ["F", "M"], "age": ages}
        ), [2010])  # fmt: skip
    ages = [0, 5, 10, 15, 20]
    values = np.array([[[100, 90, 80, 70, 60]] * 2, [[110, 99, 81, 72, 65]] * 2], dtype=float)
    past = xr.DataArray(values, coords={"year": [2000, 2005], "sex": ["F", "M"], "age": ages})
    found = cohort_ratios(past, [2010]).sel(year=2010, sex="F").to_numpy()
    older = [110 * 0.99, 99 * 0.9, 81 * 0.9, (72 + 65) * 65 / 130]
    children = 110 / (72 + 65) * (older[2] + older[3])
    np.testing.assert_allclose(found, [children, *older])


def test_rivals_need_five_years() -> None:
    past = history(list(range(1998, 2001)))
    with pytest.raises(CoverageError, match="1995 is missing"):
        ages_held(past, [2005])
    with pytest.raises(CoverageError, match="after five years only"):
        cohort_ratios(history(list(range(1990, 2001))), [2003])
