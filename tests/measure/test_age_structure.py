# SPDX-License-Identifier: Apache-2.0
"""Age groups, people of working age and dependency ratios."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen import load
from keruen.core.errors import SchemaError, UnitsError
from keruen.measure.age_structure import (
    dependency_ratios,
    population_by_age_group,
    working_age_population,
)


def people(values, ages=range(101)):
    return xr.DataArray(
        np.asarray(values, dtype=float), coords={"age": list(ages)}, attrs={"kind": "count"}
    )


def test_ratios_by_hand():
    # 1,000 children, 2,000 of 15-64, 500 old: 50, 25 and 75 per hundred.
    sexes = xr.concat([people([600, 900, 200], [0, 15, 65]), people([400, 1100, 300], [0, 15, 65])],
                      "sex").assign_coords(sex=["F", "M"])  # fmt: skip
    found = dependency_ratios(sexes)
    assert (found.young.item(), found.old.item(), found.total.item()) == (50, 25, 75)
    assert found.total.attrs["units"] == "per 100 aged 15-64"
    assert list(found.to_table().columns) == ["young", "old", "total"]


def test_the_world_bank_publishes_the_same_ratio():
    # World Bank, "Age dependency ratio", computed from the same population estimates.
    published = load("worldbank.indicators.dependency_ratio", country="KAZ", year=2020)
    own = dependency_ratios(load("wpp2024.population", country="KAZ", year=2020)).total
    assert own.item() == pytest.approx(published.item(), abs=0.05)


@given(st.lists(st.floats(0, 1e9), min_size=101, max_size=101))
def test_groups_and_the_three_parts_add_up(values):
    whole = people(values)
    groups = population_by_age_group(whole, lower=range(0, 101, 5))
    assert groups.sum().item() == pytest.approx(whole.sum().item(), rel=1e-12)
    assert groups.sel(age=100).item() == values[100]
    able = working_age_population(whole).item()
    assert able == pytest.approx(sum(values[15:65]), rel=1e-12)
    if able > 1e-6 * whole.sum().item():
        ratios = dependency_ratios(whole)
        rest = whole.sum().item() - able
        assert ratios.total.item() == pytest.approx(100 * rest / able, rel=1e-6, abs=1e-6)
        assert ratios.total.item() == pytest.approx(
            ratios.young.item() + ratios.old.item(), rel=1e-12
        )


def test_order_of_ages_changes_nothing_and_nobody_of_working_age_is_a_gap():
    whole = people(np.arange(101))
    assert dependency_ratios(whole[::-1]).old.equals(dependency_ratios(whole).old)
    assert np.isnan(dependency_ratios(people([1, 0, 1], [0, 15, 65])).total.item())


def test_what_cannot_be_added_is_refused():
    with pytest.raises(SchemaError, match="age 64 does not begin"):
        population_by_age_group(people(np.ones(21), range(0, 101, 5)), lower=[0, 64])
    with pytest.raises(SchemaError, match="do not rise"):
        population_by_age_group(people(np.ones(101)), lower=[15, 0])
    with pytest.raises(UnitsError, match="does not add up over ages"):
        dependency_ratios(people(np.ones(101)).assign_attrs(kind="index"))
