# SPDX-License-Identifier: Apache-2.0
"""Inputs of a projection from the embedded data."""

from __future__ import annotations

import pytest

from keruen.core.errors import CodeError, CoverageError
from keruen.sources.catalog import dataset, load
from keruen.sources.projection_inputs import (
    YEARS,
    projection_inputs,
    projection_intervals,
    projection_places,
)


def test_places_are_those_with_every_component() -> None:
    places = projection_places()
    # the areas of the specification, 3.3: all but Bonaire (no ages) and the Holy See (no rates)
    assert len(places) == 235
    assert set(load("wpp2024.indicators.births", year=2024).indexes["country"]) - set(places) <= {
        "BES",
        "VAT",
    }
    assert list(places) == sorted(places)


def test_tables_are_as_published_for_the_places_asked() -> None:
    tables = projection_inputs(["KAZ", "Germany"])
    assert tables.population.indexes["country"].tolist() == ["KAZ", "DEU"]
    # World Population Prospects 2024: Kazakhstan, 1 July 2024
    assert round(tables.population.sel(country="KAZ", year=2024).sum().item()) == 20_592_574
    assert tables.population.indexes["year"][0] == 1950
    for name in ("life_expectancy", "fertility", "tfr", "sex_ratio", "net_migration"):
        part = getattr(tables, name)
        assert tuple(part.indexes["year"]) == YEARS, name
        assert not part.isnull().any(), name
    assert 2020 not in tables.mortality.indexes["year"]  # the pandemic
    assert tables.net_migration.attrs["units"] == "persons"
    assert all(dataset(id).digest for id in tables.sources)


def test_all_has_no_gaps() -> None:
    tables = projection_inputs()
    for name in ("population", "population_end", "mortality", "life_expectancy", "fertility"):
        part = getattr(tables, name)
        assert part.sizes["country"] == 235, name
        assert not part.isnull().any(), name
    bounds = projection_intervals()
    for name in ("tfr", "life_expectancy", "net_migration"):
        part = getattr(bounds, name)
        assert (part.diff("quantile") >= 0).all(), name
    assert bounds.correlation.sizes["country"] == 235
    assert ((bounds.correlation >= 0) & (bounds.correlation < 1)).all()


def test_intervals_hold_the_medium_line() -> None:
    tables, bounds = projection_inputs("KAZ"), projection_intervals("KAZ")
    low, high = bounds.tfr.sel(quantile=0.025), bounds.tfr.sel(quantile=0.975)
    assert ((low <= tables.tfr) & (tables.tfr <= high)).all()


@pytest.mark.parametrize("call", [projection_inputs, projection_intervals])
def test_unknown_places(call) -> None:
    with pytest.raises(CodeError, match="'KAX' is not a country"):
        call("KAX")
    with pytest.raises(CoverageError, match="no population by age"):
        call("BES")
    with pytest.raises(CoverageError, match="VAT"):
        call(["KAZ", "VAT"])
