# SPDX-License-Identifier: Apache-2.0
"""Labelled arrays: equal cells, stamps, totals, means and the bridge to tables."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keruen.core.arrays import require_dims, same_cells, stamp, total, weighted_mean
from keruen.core.errors import CoverageError, SchemaError, UnitsError
from keruen.core.tables import from_table, to_table


def counts(values, **coords):
    return xr.DataArray(values, coords=coords, name="people", attrs={"kind": "count"})


def test_labels_in_another_order_are_matched_not_subtracted_crosswise():
    inflow = counts([300.0, 100.0], region=["KZ-71", "KZ-63"])
    outflow = counts([300.0, 100.0], region=["KZ-63", "KZ-71"])
    inflow, outflow = same_cells(inflow, outflow)
    assert (inflow - outflow).sel(region="KZ-71").item() == 200.0


def test_a_region_that_one_array_lacks_is_named_not_dropped():
    with pytest.raises(CoverageError, match="KZ-63"):
        same_cells(counts([1, 2], region=["KZ-71", "KZ-63"]), counts([1], region=["KZ-71"]))


def test_excluded_dimensions_may_differ():
    a, b = counts([1, 2], year=[2020, 2021]), counts([1], year=[2020])
    assert same_cells(a, b, exclude=["year"])[1].sizes["year"] == 1


def test_a_label_that_stands_twice_is_refused():
    with pytest.raises(SchemaError) as fault:
        require_dims(counts([1, 2], region=["KZ-71", "KZ-71"]), "region")
    assert fault.value.id == "DuplicateKey"


def test_a_dimension_without_labels_is_refused():
    with pytest.raises(SchemaError, match="no labels"):
        require_dims(xr.DataArray([1, 2], dims="region"), "region")


def test_a_missing_dimension_is_named():
    with pytest.raises(SchemaError, match="'year' is missing"):
        require_dims(counts([1], region=["KZ-71"]), "year")


def test_stamp_replaces_attributes_and_carries_origins():
    people = counts([1.0], region=["KZ-71"]).assign_attrs(origin=("a.b",), units="persons")
    rate = stamp(people * 2, name="rate", units="per 1,000", kind="rate", inputs=(people, people))
    assert rate.attrs == {"units": "per 1,000", "kind": "rate", "origin": ("a.b",)}
    with pytest.raises(UnitsError, match="kind"):
        stamp(people, name="x", units="persons", kind="counts")


def test_rates_are_not_summed_and_stocks_not_over_time():
    rate = counts([0.1], region=["KZ-71"]).assign_attrs(kind="rate")
    with pytest.raises(UnitsError, match="weighted_mean"):
        total(rate, "region")
    with pytest.raises(UnitsError, match="time"):
        total(counts([1, 2], year=[2020, 2021]).assign_attrs(concept="stock"), "year")
    with pytest.raises(UnitsError, match="unstated"):
        total(xr.DataArray([1], coords={"region": ["KZ-71"]}), "region")


def test_a_missing_part_makes_the_total_missing():
    assert np.isnan(total(counts([1.0, np.nan], region=["KZ-71", "KZ-75"]), "region").item())


def test_weights_must_not_be_negative_and_zero_weights_give_no_mean():
    rate = counts([0.1, 0.2], sex=["F", "M"]).assign_attrs(kind="rate")
    with pytest.raises(SchemaError) as fault:
        weighted_mean(rate, weights=counts([1.0, -1.0], sex=["F", "M"]), over="sex")
    assert fault.value.id == "NegativeInput"
    none = weighted_mean(rate, weights=counts([0.0, 0.0], sex=["F", "M"]), over="sex")
    assert np.isnan(none.item())


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.int64, np.float32]),
        hnp.array_shapes(min_dims=3, max_dims=3, max_side=4),
        elements=st.integers(-1000, 1000),
    )
)
def test_to_table_and_back_is_the_identity(values):
    regions = ["KZ-75", "KZ-10", "KZ-71", "KZ-79"][: values.shape[1]]
    cells = xr.DataArray(
        values,
        coords={
            "year": np.arange(2000, 2000 + values.shape[0]),
            "region": regions,
            "age": np.arange(values.shape[2]) * 5,
        },
        name="people",
        attrs={"kind": "count", "units": "persons"},
    )
    back = from_table(to_table(cells), value="people")
    xr.testing.assert_identical(back, cells)
    assert back.dtype == cells.dtype


def test_missing_values_survive_the_way_there_and_back():
    cells = counts([[1.0, np.nan]], year=[2020], sex=["F", "M"])
    xr.testing.assert_identical(from_table(to_table(cells), value="people"), cells)


def test_cells_without_a_row_are_missing():
    table = pd.DataFrame({"year": [2020, 2021], "sex": ["F", "M"], "births": [1, 2]})
    births = from_table(table, value="births")
    assert np.isnan(births.sel(year=2020, sex="M").item())
    assert births.sel(year=2021, sex="M").item() == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"year": [2020, 2020], "births": [1, 2]}), "more than one row"),
        (pd.DataFrame({"year": [2020, None], "births": [1, 2]}), "empty key"),
        (pd.DataFrame({"year": [2020]}), "no column births"),
    ],
)
def test_faulty_tables_are_refused(table, words):
    with pytest.raises(SchemaError, match=words):
        from_table(table, value="births")


def test_an_array_without_a_name_has_no_table():
    with pytest.raises(SchemaError, match="name"):
        to_table(xr.DataArray([1], coords={"year": [2020]}))


@given(st.permutations(["F", "M", "X"]), st.lists(st.floats(0, 1e6), min_size=3, max_size=3))
def test_totals_do_not_depend_on_the_order_of_labels(order, values):
    people = counts(np.array(values), sex=["F", "M", "X"])
    shuffled = people.sel(sex=list(order))
    assert total(shuffled, "sex").item() == pytest.approx(total(people, "sex").item())
