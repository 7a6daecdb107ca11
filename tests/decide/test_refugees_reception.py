# SPDX-License-Identifier: Apache-2.0
"""Places in reception, shares of regions, durable solutions."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import CoverageError, FaultsError, InfeasibleError, SchemaError
from keruen.decide.apportionment import region_key
from keruen.decide.refugees import (
    count_solutions,
    family_factor,
    occupancy_of,
    reception_places,
    run_caseload,
    share_refugees,
)


def test_places_of_the_specification():
    # 150 persons a month for 6.5 months; families with E[S^2]/E[S] = 3.4, or single persons.
    families = reception_places(150, 6.5, factor=3.4)
    alone = reception_places(150, 6.5, factor=1)
    assert families.mean.item() == 975
    assert round(families.needed.item()) == families.places.item() == 1070
    assert round(alone.needed.item()) == 1026
    assert alone.places.item() == 1027  # 1,026.4: the next whole place
    assert reception_places(150, 6.5, factor=3.4, confidence=0.99).places.item() > 1070


def test_family_factor_by_hand():
    # 2 single persons and 1 family of 4: (2 + 16) / (2 + 4)
    assert family_factor(xr.DataArray([2, 1], {"size": [1, 4]})).item() == 3
    assert family_factor(xr.DataArray([7.0], {"size": [1]})).item() == 1
    with pytest.raises(SchemaError, match="no family"):
        family_factor(xr.DataArray([0, 0], {"size": [1, 2]}))
    with pytest.raises(SchemaError, match="cannot be used"):
        family_factor(xr.DataArray([1, -1], {"size": [1, 2]}))


def test_variance_and_confidence_against_a_simulation():
    """Families come by Poisson and stay together for an exponential time, in continuous time."""
    rng = np.random.default_rng(8)
    sizes, shares, stay, persons = np.array([1, 2, 4, 6]), [0.5, 0.2, 0.2, 0.1], 6.5, 150.0
    factor = family_factor(xr.DataArray(shares, {"size": sizes}))
    places = reception_places(persons, stay, factor=factor)
    per_family = float((sizes * shares).sum())
    # families there at a moment: those who came in the last 100 months and are still here
    came = rng.poisson(persons / per_family * 100, 6000)
    found = np.empty(len(came))
    for run, count in enumerate(came):
        here = rng.uniform(0, 100, count) < rng.exponential(stay, count)
        found[run] = rng.choice(sizes, here.sum(), p=shares).sum()
    assert found.mean() == pytest.approx(places.mean.item(), rel=0.01)
    assert found.std() == pytest.approx(places.spread.item(), rel=0.04)
    enough = (found <= places.places.item()).mean()
    assert 0.94 <= enough <= 0.96


def test_uncertain_means_pass_through():
    arrivals = xr.DataArray([100.0, 200.0], {"trajectory": [0, 1]})
    found = reception_places(arrivals, 2.0, factor=1.0)
    assert found.mean.values.tolist() == [200, 400]
    with pytest.raises(FaultsError) as told:
        reception_places(-1, 2, factor=0.5, confidence=1.2)
    assert len(told.value.faults) == 3


def test_occupancy_by_hand():
    # 100 come each month, 60 are decided; half live in reception, two months after a decision.
    coming = xr.DataArray([100.0] * 4, {"month": [1, 2, 3, 4]})
    queue = run_caseload(coming, officers=6, rate=10, recognition=0.5)
    found = occupancy_of(queue, housed=0.5, months_after=2, still_housed=30)
    # waiting 40 80 120 160; decided in two months 60 120 120 120; 30 leave over two months
    assert found.values.tolist() == [50 + 15, 100, 120, 140]
    at_once = occupancy_of(queue, housed=0.5, months_after=0)
    assert at_once.values.tolist() == [20, 40, 60, 80]


@given(st.floats(0.05, 0.95), st.integers(0, 6))
@settings(max_examples=20, deadline=None)
def test_steady_occupancy_is_arrivals_times_stay(housed, after):
    # decided in the month after next: stay of 2 months to the decision, then `after` more
    coming = xr.DataArray([80.0] * 40, {"month": range(40)})
    backlog = xr.DataArray([80.0, 80.0], {"waited": [0, 1]})
    queue = run_caseload(coming, officers=8, rate=10, recognition=0.5, backlog=backlog)
    found = occupancy_of(queue, housed=housed, months_after=after)
    places = reception_places(80 * housed, 2 + after, factor=1)
    assert found.isel(month=-1).item() == pytest.approx(places.mean.item())


def test_occupancy_refuses():
    coming = xr.DataArray([[1.0, 1.0]], {"month": [1], "origin": ["AFG", "UKR"]})
    queue = run_caseload(coming, officers=6, rate=10, recognition=0.5)
    with pytest.raises(CoverageError):
        occupancy_of(queue, housed=xr.DataArray([0.5], {"origin": ["SYR"]}))
    with pytest.raises(SchemaError):
        occupancy_of(queue, housed=1.5)


REGION = {"region": ["KZ-71", "KZ-75", "KZ-61", "KZ-59"]}
PEOPLE = xr.DataArray([1_430_000.0, 2_230_000.0, 2_100_000.0, 520_000.0], REGION)


def test_the_three_keys_in_whole_persons():
    money = xr.DataArray([5.0, 9.0, 1.0, 1.0], REGION)
    past = xr.DataArray([50.0, 200.0, 30.0, 5.0], REGION)
    idle = xr.DataArray([4.5, 4.6, 4.9, 4.7], REGION)
    keys = [
        region_key(PEOPLE),
        region_key(PEOPLE, revenue=money),
        region_key(PEOPLE, product=money, applications=past, unemployment=idle),
    ]
    for key in keys:
        found = share_refugees(1001, key, PEOPLE)
        assert found.persons.sum().item() == 1001
        exact = 1001 * key
        assert float(abs(found.persons - exact).max()) < 1
        assert found.adjustments.empty
    assert share_refugees(1001, keys[0], PEOPLE).gini < 0.001  # its own key: all alike
    assert share_refugees(1001, keys[1], PEOPLE).gini > 0.2


def test_floors_and_caps_are_kept_and_told():
    floor = xr.DataArray([0, 0, 0, 150], REGION)
    cap = xr.DataArray([1000, 200, 1000, 1000], REGION)
    found = share_refugees(1000, region_key(PEOPLE), PEOPLE, floor=floor, cap=cap)
    assert found.persons.sel(region="KZ-59").item() == 150
    assert found.persons.sel(region="KZ-75").item() == 200
    told = found.adjustments.set_index("region")
    assert told.loc["KZ-59", ["before", "after", "reason"]].tolist() == [83, 150, "its floor"]
    assert told.loc["KZ-75", "reason"] == "its cap"
    assert found.to_table()["persons"].sum() == 1000
    with pytest.raises(InfeasibleError):
        share_refugees(5000, region_key(PEOPLE), PEOPLE, cap=cap)
    with pytest.raises(SchemaError, match="residents"):
        share_refugees(100, region_key(PEOPLE), 0 * PEOPLE)


def test_solutions_are_counted_over_the_year_before():
    year = {"year": [2023, 2024]}
    back, away, citizens = (xr.DataArray(v, year) for v in ([10.0, 0.0], [np.nan, 4.0], [0.0, 2.0]))
    there = xr.DataArray([1000.0, 0.0, 7.0], {"year": [2022, 2023, 2024]})
    parts = {"returned": back, "resettled": away, "naturalised": citizens}
    found = count_solutions(**parts, refugees=there)
    assert found.per_1000.sel(series="returned", year=2023).item() == 10
    assert bool(found.per_1000.sel(year=2024).isnull().all())  # there were none: no rate
    assert np.isnan(found.counts.sel(series="resettled", year=2023).item())  # a gap stays one
    assert len(found.to_table()) == 6
    with pytest.raises(CoverageError):
        count_solutions(**parts, refugees=there.sel(year=[2023, 2024]))
    with pytest.raises(SchemaError, match="negative"):
        count_solutions(**{**parts, "returned": -1 * back}, refugees=there)
