# SPDX-License-Identifier: Apache-2.0
"""Laws that indices of migration obey for any table of flows."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keruen.measure import indices as ix
from keruen.measure._spatial import independent_flows

LAW = settings(max_examples=30, deadline=None)
BOUNDED = {
    "effectiveness": 100.0,
    "connectivity": 1.0,
    "inequality": 1.0,
    "fitted": 1.0,
    "gini": 1.0,
    "row_share": 1.0,
    "column_share": 1.0,
}


@st.composite
def tables(draw: st.DrawFn, *, least: int = 3, zeros: bool = True) -> xr.DataArray:
    """Whole-number flows of one to three years between three to six places."""
    n = draw(st.integers(least, 6))
    years = draw(st.integers(1, 3))
    low = 0 if zeros else 1
    cells = draw(hnp.arrays(np.int64, (years, n, n), elements=st.integers(low, 5000)))
    cells = cells * (1 - np.eye(n, dtype=np.int64))
    assume((cells.sum(axis=(1, 2)) > 0).all())
    return labelled(cells)


def labelled(cells: np.ndarray) -> xr.DataArray:
    places = [f"R{k}" for k in range(cells.shape[-1])]
    coords = {"year": range(2000, 2000 + len(cells)), "origin": places, "destination": places}
    return xr.DataArray(cells, coords=coords, dims=("year", "origin", "destination"))


def population(flows: xr.DataArray) -> xr.DataArray:
    labels = flows.indexes["origin"]
    return xr.DataArray(
        1e4 * (1 + np.arange(len(labels))), coords={"region": labels.rename("region")}
    )


def system_indices(flows: xr.DataArray) -> dict[str, np.ndarray]:
    gini, variation = ix.migration_gini(flows), ix.flow_variation(flows)
    found = {
        "effectiveness": ix.migration_effectiveness_index(flows),
        "connectivity": ix.migration_connectivity(flows),
        "inequality": ix.migration_inequality(flows),
        "fitted": ix.migration_inequality(flows, expected="fitted"),
        "gini": gini.total,
        "row_share": gini.row_share,
        "column_share": gini.column_share,
        "exchange": gini.exchange,
        "acv": variation.acv,
    }
    return {name: array.to_numpy() for name, array in found.items()}


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-7, atol=1e-8, err_msg=name)


@LAW
@given(tables(), st.randoms(use_true_random=False))
def test_relabelling_changes_nothing_but_labels(flows, random):
    order = list(flows.indexes["origin"])
    random.shuffle(order)
    moved = flows.sel(origin=order, destination=order)
    assert_same(system_indices(moved), system_indices(flows))
    fields = ix.migration_gini(flows).in_field
    np.testing.assert_allclose(
        ix.migration_gini(moved).in_field, fields.sel(destination=order), rtol=1e-9, atol=1e-12
    )
    net = ix.flow_margins(flows).net
    np.testing.assert_array_equal(ix.flow_margins(moved).net, net.sel(region=order))


@LAW
@given(tables(), st.floats(1e-3, 1e3))
def test_counting_in_other_units_changes_no_ratio(flows, factor):
    assert_same(system_indices(flows * factor), system_indices(flows))
    people = population(flows)
    before, after = ix.migration_system(flows, people), ix.migration_system(flows * factor, people)
    np.testing.assert_allclose(after.intensity, factor * before.intensity, rtol=1e-9)
    np.testing.assert_allclose(after.courgeau_k, factor * before.courgeau_k, rtol=1e-9)
    preference = ix.preference_index(flows, people)
    np.testing.assert_allclose(
        ix.preference_index(flows * factor, people * 7), preference, rtol=1e-9
    )


@LAW
@given(tables(least=2))
def test_bounds(flows):
    for name, values in system_indices(flows).items():
        if name in BOUNDED:
            known = values[~np.isnan(values)]
            assert (known <= BOUNDED[name] + 1e-9).all(), name
            assert (known >= 0).all(), name
    effectiveness = ix.migration_effectiveness(*_in_out(flows)).to_numpy()
    assert (np.abs(effectiveness[~np.isnan(effectiveness)]) <= 100 + 1e-9).all()


def _in_out(flows: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    margins = ix.flow_margins(flows)
    return margins.inflow, margins.outflow


@LAW
@given(tables())
def test_identities(flows):
    margins = ix.flow_margins(flows)
    assert (margins.net.sum("region") == 0).all()
    system = ix.migration_system(flows, population(flows))
    np.testing.assert_allclose(
        system.aggregate_net_rate, system.intensity * system.effectiveness / 100, rtol=1e-12
    )
    index = ix.migration_effectiveness(margins.inflow, margins.outflow, over="region")
    np.testing.assert_allclose(index, system.effectiveness, rtol=1e-12)


@LAW
@given(tables())
def test_reversing_every_move_swaps_rows_and_columns(flows):
    back = flows.rename(origin="destination", destination="origin")
    gini, reverse = ix.migration_gini(flows), ix.migration_gini(back)
    np.testing.assert_allclose(reverse.row, gini.column, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(reverse.total, gini.total, rtol=1e-9)
    np.testing.assert_allclose(reverse.in_field, gini.out_field, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(ix.flow_margins(back).net, -ix.flow_margins(flows).net)


@LAW
@given(tables())
def test_gini_equals_its_definition(flows):
    gini = ix.migration_gini(flows, corrected=False)
    for year in flows.year.to_numpy():
        m = flows.sel(year=year).to_numpy().astype(float)
        n, moves = len(m), m.sum()
        off = m[~np.eye(n, dtype=bool)]
        scale = 2 * n * (n - 1) * moves
        pairs = np.abs(off[:, None] - off[None]).sum()
        rows = sum(
            abs(m[i, j] - m[i, k]) for i, j, k in product(range(n), repeat=3) if i not in (j, k)
        )
        np.testing.assert_allclose(gini.total.sel(year=year), pairs / scale, rtol=1e-9)
        np.testing.assert_allclose(gini.row.sel(year=year), rows / scale, rtol=1e-9, atol=1e-15)
        exchange = np.abs(m - m.T).sum() / scale
        np.testing.assert_allclose(gini.exchange.sel(year=year), exchange, rtol=1e-9, atol=1e-15)


@LAW
@given(tables())
def test_all_years_together_equal_each_alone(flows):
    together = system_indices(flows)
    for k in range(flows.sizes["year"]):
        alone = system_indices(flows.isel(year=k))
        for name, value in alone.items():
            # Iterative fits stop for all tables together, so a fit may be finer than asked.
            np.testing.assert_allclose(together[name][k], value, rtol=1e-6, atol=1e-8)


@LAW
@given(tables(least=2))
def test_fitted_flows_meet_both_margins(flows):
    cells = flows.to_numpy().astype(float)
    fitted = independent_flows(cells)
    for axis in (-2, -1):
        np.testing.assert_allclose(fitted.sum(axis=axis), cells.sum(axis=axis), rtol=1e-8)
    assert (fitted >= 0).all()
    assert (np.diagonal(fitted, axis1=-2, axis2=-1) == 0).all()


@LAW
@given(tables(), st.booleans())
def test_components_multiply_back_to_the_flows(flows, by_year):
    dims = ("origin", "destination", "year") if by_year else ("origin", "destination")
    parts = ix.multiplicative_components(flows, dims=dims)
    np.testing.assert_allclose(parts.product().transpose(*flows.dims), flows, rtol=1e-9, atol=1e-9)
    for dim in dims:
        np.testing.assert_allclose(parts[dim].sum(dim), 1.0, rtol=1e-12)


@LAW
@given(
    st.integers(4, 7),
    st.floats(-2.5, 0.5),
    st.integers(0, 2**32 - 1),
)
def test_distance_decay_recovers_flows_made_by_it(n, beta, seed):
    rng = np.random.default_rng(seed)
    km = rng.uniform(20, 900, (n, n))
    push, pull = rng.uniform(0.2, 5, n), rng.uniform(0.2, 5, n)
    flows = 1e4 * push[:, None] * pull * km**beta * (1 - np.eye(n))
    decay = ix.distance_decay(labelled(flows[None]), labelled(km[None]).isel(year=0, drop=True))
    assert decay.coefficient.item() == pytest.approx(beta, abs=1e-6)
    assert decay.margin_error.item() <= 1e-9


@LAW
@given(tables(zeros=False), st.floats(0.01, 100))
def test_distance_decay_does_not_depend_on_the_unit_of_distance(flows, factor):
    n = flows.sizes["origin"]
    assume(n >= 4)
    place = np.arange(n) ** 2.0
    km = labelled((np.abs(place[:, None] - place) + np.eye(n))[None]).isel(year=0, drop=True)
    there = ix.distance_decay(flows, km).coefficient
    other = ix.distance_decay(flows, km * factor).coefficient
    np.testing.assert_allclose(other, there, rtol=1e-6, atol=1e-7)
    mean = ix.mean_migration_distance(flows, km)
    np.testing.assert_allclose(ix.mean_migration_distance(flows, km * factor), factor * mean)


@LAW
@given(tables(zeros=False))
def test_median_distance_has_half_the_moves_on_each_side(flows):
    n = flows.sizes["origin"]
    rng = np.random.default_rng(n)
    km = labelled(rng.integers(1, 9, (1, n, n))).isel(year=0, drop=True)
    median = ix.median_migration_distance(flows, km)
    moves = flows.sum(["origin", "destination"])
    assert (2 * flows.where(km <= median, 0).sum(["origin", "destination"]) >= moves).all()
    assert (2 * flows.where(km < median, 0).sum(["origin", "destination"]) < moves).all()
