# SPDX-License-Identifier: Apache-2.0
"""Laws of towns and of forced migration, over made-up tables and grids."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keruen.measure import forced as fo
from keruen.measure import urban as ur

COUNTS = arrays(float, 5, elements=st.integers(0, 10_000_000))
SHIFTS = st.integers(-1_000_000, 1_000_000)
DECISIONS = arrays(float, 6, elements=st.integers(0, 5000))
SIZES = arrays(float, 6, elements=st.floats(0.1, 1e6))
GRIDS = arrays(
    np.float64,
    st.tuples(st.integers(1, 14), st.integers(1, 14)),
    elements=st.sampled_from([0, 40, 60, 299, 300, 450, 900, 1499, 1500, 2600, 9000, 30_000]),
)


def labelled(values, dim="region") -> xr.DataArray:
    return xr.DataArray(values, coords={dim: range(len(values))}, dims=dim)


def grid(cells) -> xr.DataArray:
    return xr.DataArray(np.ascontiguousarray(cells), dims=("y", "x"))


@given(COUNTS, COUNTS, arrays(float, (3, 5), elements=SHIFTS))
def test_parts_of_urban_growth_add_up(start, end, parts):
    natural, internal, recoded = (labelled(part) for part in parts)
    growth = ur.urban_growth(
        labelled(start),
        labelled(end),
        natural_increase=natural,
        net_internal=internal,
        reclassified=recoded,
    )
    np.testing.assert_array_equal(growth.parts.sum("component"), end - start)
    grown = start != end
    np.testing.assert_allclose(growth.share.sum("component")[grown], 100, atol=1e-4)
    assert growth.share.isel(region=~grown).isnull().all()
    assert growth.residual_holds == ("net_external",)


@given(COUNTS, COUNTS, arrays(float, 5, elements=SHIFTS), st.floats(-50, 50))
def test_natural_increase_is_split_without_loss(urban, rural, natural, excess):
    people = xr.DataArray(
        [urban, rural], coords={"residence": ["urban", "rural"], "region": range(5)}
    )
    split = ur.split_natural_increase(labelled(natural), people, urban_excess=excess)
    held = (urban + rural) > 0
    whole = split.sum("residence", skipna=False)
    np.testing.assert_allclose(whole[held], natural[held], atol=1e-6, rtol=1e-9)
    assert split.isel(region=~held).isnull().all()


@settings(max_examples=60)
@given(GRIDS)
def test_degree_of_urbanisation_does_not_look_at_the_compass(cells):
    plain = ur.degree_of_urbanisation(grid(cells)).level2.to_numpy()
    for turn in (np.transpose, np.flipud, np.fliplr, np.rot90):
        turned = ur.degree_of_urbanisation(grid(turn(cells))).level2.to_numpy()
        np.testing.assert_array_equal(turned, turn(plain))


@settings(max_examples=60)
@given(GRIDS, st.integers(1, 5))
def test_empty_land_around_a_grid_changes_nothing_but_open_gaps(cells, width):
    """Classes do not hang on where the frame is drawn, as long as it holds no gap's end."""
    framed = np.pad(cells, 1)
    wide = np.pad(framed, width)
    inner = ur.degree_of_urbanisation(grid(framed)).level2.to_numpy()
    outer = ur.degree_of_urbanisation(grid(wide)).level2.to_numpy()
    np.testing.assert_array_equal(outer[width:-width, width:-width], inner)


@settings(max_examples=60)
@given(GRIDS)
def test_classes_partition_the_people(cells):
    found = ur.degree_of_urbanisation(grid(cells))
    np.testing.assert_allclose(found.people.sum(), cells.sum())
    assert found.area.sum() == cells.size
    inside = found.centre.to_numpy() > 0
    np.testing.assert_array_equal(inside, found.level1.to_numpy() == 3)
    np.testing.assert_allclose(found.centre_people.sum(), cells[inside].sum())
    assert (found.centre_people >= 50_000).all()


@given(SIZES, SIZES, st.permutations(range(6)), st.floats(0.01, 100))
def test_concentration_ignores_order_and_units(people, area, order, unit):
    for index in (ur.hoover_index, ur.area_gini):
        first = index(labelled(people), labelled(area)).item()
        again = index(labelled(unit * people[order]), labelled(unit * area[order])).item()
        np.testing.assert_allclose(again, first, atol=1e-9)
        assert -1e-12 <= first < 1
    hoover = ur.hoover_index(labelled(people), labelled(area)).item()
    assert hoover <= ur.area_gini(labelled(people), labelled(area)).item() + 1e-9


@given(arrays(float, 8, elements=st.floats(1, 1e6)), st.floats(0.01, 1000))
def test_sizes_of_towns_have_no_unit(towns, unit):
    both = [ur.rank_size(labelled(k * towns, "locality")).exponent.item() for k in (1.0, unit)]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-6, equal_nan=True)
    first = [ur.primacy(labelled(k * towns, "locality")).of_second.item() for k in (1.0, unit)]
    np.testing.assert_allclose(first[0], first[1], rtol=1e-9)


@given(arrays(float, (5, 5), elements=st.integers(0, 500)), st.floats(10, 1e5))
def test_moves_up_across_and_down_are_all_moves(cells, bound):
    np.fill_diagonal(cells, 0)
    places = list("abcde")
    flows = xr.DataArray(cells, coords={"origin": places, "destination": places})
    people = xr.DataArray([20.0, 300, 4e3, 5e4, 6e5], coords={"locality": places})
    found = ur.settlement_hierarchy(flows, people, bounds=[bound, 10 * bound])
    assert (found.up + found.across + found.down).item() == cells.sum()
    assert abs(found.net.sum().item()) < 1e-9


@given(DECISIONS, DECISIONS, DECISIONS)
def test_recognition_lies_within_its_interval(convention, other, refused):
    found = fo.recognition_rate(labelled(convention), labelled(other), labelled(refused))
    held = found.rate.notnull().to_numpy()
    assert (held == (convention + other + refused > 0)).all()
    rate, low, high = (part.to_numpy()[held] for part in (found.rate, found.lower, found.upper))
    assert (low <= rate + 1e-9).all()
    assert (rate <= high + 1e-9).all()
    assert (low >= -1e-12).all()
    assert (high <= 100 + 1e-9).all()


@given(arrays(float, (7, 2, 2), elements=st.one_of(st.integers(1, 10_000), st.just(np.nan))))
def test_filling_gaps_keeps_reports_and_ends(values):
    stock = xr.DataArray(
        values,
        coords={"year": range(2000, 2007), "origin": ["A", "B"], "destination": ["X", "Y"]},
    )
    for method in ("zero", "interpolate", "trend_origin", "trend_host"):
        filled = fo.fill_refugee_gaps(stock, method=method)
        known = np.isfinite(values)
        np.testing.assert_array_equal(filled.stock.to_numpy()[known], values[known])
        first = np.maximum.accumulate(known, axis=0)
        last = np.maximum.accumulate(known[::-1], axis=0)[::-1]
        np.testing.assert_array_equal(np.isfinite(filled.stock.to_numpy()), first & last)
        np.testing.assert_array_equal(filled.imputed.to_numpy(), first & last & ~known)


@given(arrays(float, 8, elements=st.integers(0, 10_000)))
def test_bounds_of_flows_make_the_change(stock):
    found = fo.stock_changes(xr.DataArray(stock, coords={"year": range(2000, 2008)}, dims="year"))
    net = found.arrivals_at_least - found.exits_at_least
    np.testing.assert_array_equal(net, np.diff(stock))
