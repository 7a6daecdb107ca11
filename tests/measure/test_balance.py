# SPDX-License-Identifier: Apache-2.0
"""Balance, change against the year before, components of change."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen import load
from keruen.core.errors import CoverageError
from keruen.measure.balance import components_of_change, migration_balance, year_on_year


def series(values, first=2000):
    return xr.DataArray(
        np.asarray(values, dtype=float), coords={"year": np.arange(first, first + len(values))}
    )


def test_departures_of_2008_are_what_the_almaty_conference_said():
    """Said in 2010: over 45 thousand people left, more by 6.6 percent."""
    departures = load("kaz.migration.departures")
    assert departures.sel(year=2008).item() == 45_287
    change = year_on_year(departures).sel(year=2008).item()
    assert change == pytest.approx(100 * (45_287 - 42_435) / 42_435)
    assert round(change, 1) == 6.7


def test_published_balances_of_kazakhstan():
    net = migration_balance(load("kaz.migration.arrivals"), load("kaz.migration.departures")).net
    assert net.sel(year=2019).item() == -32_970
    assert net.sel(year=2023).item() == 9_293
    assert net.attrs["units"] == "persons"
    assert net.attrs["origin"] == ("kaz.migration",)


def test_change_needs_the_calendar_year_before():
    gap = series([100, 110, 121]).assign_coords(year=[2000, 2002, 2003])
    assert np.isnan(year_on_year(gap).values[:2]).all()
    assert year_on_year(gap).sel(year=2003).item() == pytest.approx(10.0)


def test_change_from_zero_is_missing():
    assert np.isnan(year_on_year(series([0, 5])).sel(year=2001).item())


def test_change_keeps_the_order_and_other_dimensions():
    both = xr.concat([series([1, 2]), series([4, 3])], xr.DataArray(["F", "M"], dims="sex"))
    change = year_on_year(both)
    assert change.dims == ("year", "sex")
    assert change.sel(year=2001).values.tolist() == [100.0, -25.0]


def test_years_that_differ_are_refused():
    with pytest.raises(CoverageError, match="year"):
        migration_balance(series([1, 2]), series([1, 2], first=2001))


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3))
def test_components_add_up(values):
    births, deaths, migration = (series([value]) for value in values)
    parts = components_of_change(births, deaths, -migration)
    assert parts.change.item() == values[0] - values[1] - values[2]
    share = parts.migration_share.item()
    assert np.isnan(share) or 0 <= share <= 100


def test_components_close_with_the_population_change_of_the_united_nations():
    kaz = {
        name: load(f"wpp2024.indicators.{name}", country="KAZ")
        for name in ("births", "deaths", "net_migration", "population_change")
    }
    parts = components_of_change(kaz["births"], kaz["deaths"], kaz["net_migration"])
    gap = abs(parts.change - kaz["population_change"])
    assert float(gap.max()) <= 20  # the publisher rounds each figure by itself
