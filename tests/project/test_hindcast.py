# SPDX-License-Identifier: Apache-2.0
"""A projection made at a past date: rules by hand, paths from past errors, nothing from later."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import CoverageError
from keruen.project.hindcast import History, hindcast, paths_from_past_errors
from keruen.project.rivals import damped_trend, last_value

RNG = np.random.default_rng(4)
YEARS = list(range(1950, 2011))
PLACES = [f"C{number}" for number in range(8)]


@given(st.floats(0.1, 1.0), st.integers(1, 5))
def test_a_damped_trend_approaches_its_limit(damping: float, periods: int) -> None:
    """y + d (f + f^2 + ...) = y + d f / (1 - f), never beyond; at 1 a straight line."""
    past = xr.DataArray(np.arange(10.0) * 2, coords={"year": range(2000, 2010)})
    found = damped_trend(periods, damping)(past, range(2010, 2020))
    steps = np.diff(np.append(18.0, found))
    np.testing.assert_allclose(steps, 2 * damping ** np.arange(1, 11), rtol=1e-9, atol=1e-12)


def test_a_trend_needs_its_past() -> None:
    past = xr.DataArray([1.0, 2.0], coords={"year": [2000, 2001]})
    with pytest.raises(CoverageError, match="needs 6 values"):
        damped_trend(5, 0.9)(past, [2002])


def series(values: np.ndarray) -> xr.DataArray:
    coords = {"year": list(range(1950, 1950 + len(values))), "country": PLACES}
    return xr.DataArray(values, coords=coords)


def test_paths_are_as_wide_as_past_errors() -> None:
    """A random walk of step 1: the last value misses by sqrt(h) after h years."""
    walk = series(np.cumsum(RNG.normal(size=(200, len(PLACES))), axis=0))
    drawn = paths_from_past_errors(
        walk, last_value, list(range(2150, 2159)), trajectories=4000, first=1, seed=1
    )
    spread = drawn.std("trajectory").mean("country")
    np.testing.assert_allclose(spread, np.sqrt(np.arange(1, 10)), rtol=0.06)
    middle = (drawn - walk.isel(year=-1, drop=True)).mean("trajectory")
    assert float(abs(middle).max()) < 0.25  # either sign: no drift is learnt


def test_errors_keep_their_course() -> None:
    """Errors that last stay errors along the path: its steps have one sign."""
    line = series(np.arange(40.0)[:, None] * np.ones(len(PLACES)))
    drawn = paths_from_past_errors(line, last_value, [1990, 1991, 1992], trajectories=20, first=1)
    moves = np.sign(drawn.diff("year"))
    assert bool((moves.min("year") == moves.max("year")).all())


def test_nothing_to_learn_from() -> None:
    with pytest.raises(CoverageError, match="no forecast of 30 years"):
        paths_from_past_errors(
            series(RNG.normal(size=(20, 8))), last_value, list(range(1970, 2000)),
            trajectories=10, first=1,
        )  # fmt: skip


@pytest.fixture(scope="module")
def history() -> History:
    """Eight countries with constant rates and a little noise."""
    ages = np.arange(101)
    rate = np.exp(-9.0 + 0.09 * ages)
    cells = {"year": YEARS, "country": PLACES, "sex": ["F", "M"], "age": ages}
    shape = tuple(len(index) for index in cells.values())
    mortality = xr.DataArray(np.broadcast_to(rate, shape).copy(), coords=cells, dims=list(cells))
    people = xr.full_like(mortality, 1.0) * 1e4 * np.exp(-0.015 * ages)
    noise = RNG.normal(scale=0.01, size=(len(YEARS), len(PLACES)))
    level = xr.DataArray(noise, coords={"year": YEARS, "country": PLACES}, dims=["year", "country"])
    fertile = xr.DataArray(np.full(30, 0.07), coords={"age": range(15, 45)}, dims=["age"])
    life = 72.0 + 20 * level
    return History(
        population=people.assign_attrs(units="persons", kind="count"),
        mortality=mortality.assign_attrs(units="per person-year", kind="rate"),
        life_expectancy=xr.concat([life + 2, life - 2], "sex").assign_coords(sex=["F", "M"]),
        fertility=fertile * (1 + level),
        sex_ratio=level * 0 + 1.05,
        net_migration=people.sum(["sex", "age"]) * level * 0.2,
    )


def test_a_hindcast_sees_nothing_of_what_came_after(history: History) -> None:
    """Whatever happens after the origin, the projection made there is the same."""
    other = History(**{
        name: xr.where(getattr(history, name)["year"] > 2000, getattr(history, name) * 3,
                       getattr(history, name), keep_attrs=True)
        for name in history.__dataclass_fields__
    })  # fmt: skip
    made = [
        hindcast(one, origin=2000, horizon=6, leads=[5], trajectories=60, seed=3)
        for one in (history, other)
    ]
    np.testing.assert_array_equal(made[0].total, made[1].total)
    np.testing.assert_array_equal(made[0].groups, made[1].groups)


def test_groups_add_to_the_total_and_the_past_is_the_middle(history: History) -> None:
    made = hindcast(
        history, origin=2000, horizon=5, leads=[5], places=["C1", "C2"], trajectories=60, seed=3
    )
    assert list(made.total.indexes["country"]) == ["C1", "C2"]
    total = made.groups.sum(["sex", "age"]).sel(year=2005)
    np.testing.assert_allclose(total, made.total.sel(year=2005).transpose(*total.dims), rtol=1e-6)
    start = history.population.sel(year=2000, country=["C1", "C2"]).sum(["sex", "age"])
    near = made.total.sel(year=2001).median("trajectory") / start
    assert bool((abs(near - 1) < 0.03).all())
