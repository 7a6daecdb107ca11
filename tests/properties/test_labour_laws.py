# SPDX-License-Identifier: Apache-2.0
"""Laws of labour, for any numbers: nobody works twice, parts add to the whole."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keruen.project.labour import (
    align_participation,
    employment_by_share,
    labour_balance,
    labour_force,
    participation_paths,
    project_participation,
    project_shares_of,
)

shares = st.floats(0.01, 0.99)
counts = st.floats(0.5, 1e6)
CELLS = {"sex": ["F", "M"], "age": [15, 25, 55, 65]}
REGIONS = {"region": ["A", "B", "C"]}
YEARS = {"year": range(2010, 2025)}


def rates(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, {**YEARS, **CELLS})


@given(arrays(float, (15, 2, 4), elements=shares), arrays(float, (6, 2, 4), elements=counts),
       st.sampled_from(["trend", "constant"]))  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_the_labour_force_is_part_of_the_population(past, people, method):
    ahead = project_participation(rates(past), years=range(2025, 2031), method=method).rates
    population = xr.DataArray(people, {"year": range(2025, 2031), **CELLS})
    force = labour_force(population, ahead)
    assert ((force >= 0) & (force <= population)).all()


@given(arrays(float, (15, 4, 2, 4), elements=shares), st.integers(0, 5))
@settings(deadline=None, max_examples=10)
def test_every_path_is_a_share_and_repeats(past, seed):
    history = xr.DataArray(past, {**YEARS, "country": list("ABCD"), **CELLS})
    years = range(2025, 2035)
    paths = participation_paths(history, years=years, trajectories=5, places=["B"], seed=seed)
    assert ((paths > 0) & (paths < 1)).all()
    again = participation_paths(history, years=years, trajectories=5, places=["B"], seed=seed)
    assert (paths == again).all()


@given(arrays(float, (12, 4), elements=counts), arrays(float, 5, elements=counts))
@settings(deadline=None, max_examples=60)
def test_industries_add_to_their_total(past, totals):
    employment = xr.DataArray(past, {"year": range(2013, 2025), "sector": list("ABCD")})
    years = list(range(2025, 2030))
    total = xr.DataArray(totals, {"year": years})
    parts = employment_by_share(
        total, project_shares_of(employment, over="sector", years=years), over="sector"
    )
    assert (parts >= 0).all()
    np.testing.assert_allclose(parts.sum("sector"), total, rtol=1e-9)


@given(
    arrays(float, (3, 2, 4), elements=counts),
    arrays(float, (3, 2, 4), elements=shares),
    arrays(float, (2, 4), elements=shares),
)
@settings(deadline=None, max_examples=60)
def test_regions_add_to_the_nation(people, regional, national):
    population = xr.DataArray(people, {**REGIONS, **CELLS})
    whole = population.sum("region") * xr.DataArray(national, CELLS)
    found, _ = align_participation(
        population, xr.DataArray(regional, {**REGIONS, **CELLS}), whole, by="cell"
    )
    force = labour_force(population, found)
    np.testing.assert_allclose(force.sum("region"), whole, rtol=1e-8)
    assert (force <= population).all()


@given(arrays(float, (3, 2, 4), elements=counts), arrays(float, (2, 4), elements=shares),
       arrays(float, 3, elements=shares))  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_order_of_rates_survives_alignment(people, pattern, level):
    population = xr.DataArray(people, {**REGIONS, **CELLS})
    total = population.sum(["sex", "age"]) * xr.DataArray(level, REGIONS)
    found, _ = align_participation(population, xr.DataArray(pattern, CELLS), total)
    np.testing.assert_allclose((population * found).sum(["sex", "age"]), total, rtol=1e-8)
    # cells of nearly equal rates may tie: strictly different ones keep their order
    flat, wanted = found.to_numpy().reshape(3, -1), pattern.reshape(-1)
    order = np.argsort(wanted)
    assert (np.diff(flat[:, order], axis=1) >= -1e-12).all()


@given(arrays(float, (4, 5), elements=counts), st.floats(0, 0.3))
@settings(deadline=None, max_examples=60)
def test_causes_add_to_the_gap(values, unemployment):
    force, held, closed, demand = (xr.DataArray(row, {"year": range(2025, 2030)}) for row in values)
    found = labour_balance(
        force, demand, unemployment=unemployment, at_base_rates=held, without_migration=closed
    )
    whole = sum(found.causes[name] for name in found.causes)
    np.testing.assert_allclose(whole, found.gap, rtol=1e-9, atol=1e-6)
    first = found.causes.sel(year=2025)
    for name in ("demand", "people", "migration", "participation"):
        assert abs(first[name].item()) <= 1e-6


@given(arrays(float, (15, 2, 4), elements=shares), st.permutations(range(4)))
@settings(deadline=None, max_examples=30)
def test_labels_alone_decide(past, order):
    plain = project_participation(rates(past), years=[2030]).rates
    mixed = project_participation(rates(past).isel(age=list(order)), years=[2030]).rates
    np.testing.assert_allclose(mixed.sel(age=plain["age"]), plain, rtol=1e-12)
