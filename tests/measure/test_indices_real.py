# SPDX-License-Identifier: Apache-2.0
"""Indices of real systems of internal migration: Korea, the United States, Italy."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import keruen
from keruen.core.errors import CoverageError
from keruen.measure import indices as ix


@pytest.fixture(scope="module")
def korea() -> xr.DataArray:
    """Moves between 17 provinces by year; the diagonal holds moves within a province."""
    quarters = keruen.load("korea.moves", year=list(range(2012, 2021)))
    # Sejong was founded in July 2012: its first two quarters have no rows.
    return quarters.sum("quarter", min_count=1).assign_attrs(quarters.attrs)


@pytest.fixture(scope="module")
def koreans() -> xr.DataArray:
    return keruen.load("korea.population", year=list(range(2012, 2021)))


@pytest.fixture(scope="module")
def korea_2020(korea: xr.DataArray) -> xr.DataArray:
    return korea.sel(year=2020)


@pytest.fixture(scope="module")
def states() -> xr.DataArray:
    return keruen.load("usa.moves.exemptions", year=2017)


@pytest.fixture(scope="module")
def italy() -> xr.DataArray:
    return keruen.load("italy.moves")


class TestKorea2020:
    """Statistics Korea; published by R's migest for its data set korea_reg, except decay."""

    def test_intensity_and_effectiveness(self, korea_2020, koreans):
        population = koreans.sel(year=2020)
        assert population.sum().item() == 51_829_023
        system = ix.migration_system(korea_2020, population, diagonal="stayers")
        assert system.moves.item() == 2_534_114
        assert system.intensity.item() == pytest.approx(4.8894, abs=5e-5)
        assert system.effectiveness.item() == pytest.approx(7.6724, abs=5e-5)
        assert system.aggregate_net_rate.item() == pytest.approx(0.37513, abs=5e-6)
        assert system.courgeau_k.item() == pytest.approx(0.86287, abs=5e-6)

    def test_connectivity_and_inequality(self, korea_2020):
        assert ix.migration_connectivity(korea_2020, diagonal="stayers").item() == 1
        equal = ix.migration_inequality(korea_2020, diagonal="stayers")
        fitted = ix.migration_inequality(korea_2020, expected="fitted", diagonal="stayers")
        assert equal.item() == pytest.approx(0.541, abs=5e-4)
        assert fitted.item() == pytest.approx(0.281, abs=5e-4)

    def test_focus(self, korea_2020):
        gini = ix.migration_gini(korea_2020, diagonal="stayers")
        assert gini.total.item() == pytest.approx(0.70903, abs=5e-6)
        # The published figures, row 0.04933 and column 0.05167, come from a table that
        # had origins and destinations swapped; by the publisher's own headings they
        # belong to columns and rows.
        assert gini.column_share.item() == pytest.approx(0.04933, abs=5e-6)
        assert gini.row_share.item() == pytest.approx(0.05167, abs=5e-6)
        variation = ix.flow_variation(korea_2020, diagonal="stayers")
        assert variation.acv.item() == pytest.approx(3.4331, abs=5e-5)

    def test_distance_decay(self, korea_2020):
        km = keruen.load("korea.distance.distance_centroids")
        decay = ix.distance_decay(korea_2020, km, diagonal="stayers")
        assert decay.coefficient.item() == pytest.approx(-0.9202, abs=5e-5)
        # Moves of families and of everyone following a new town are far from independent.
        assert decay.dispersion.item() > 1000
        mean = ix.mean_migration_distance(korea_2020, km, diagonal="stayers").item()
        assert ix.median_migration_distance(korea_2020, km, diagonal="stayers").item() < mean < 400

    def test_moves_within_provinces_are_not_counted_unless_named(self, korea_2020):
        with pytest.raises(Exception, match="stayers"):
            ix.migration_connectivity(korea_2020)


def test_korea_effectiveness_by_year(korea):
    index = ix.migration_effectiveness_index(korea, diagonal="stayers", missing="zero")
    published = [6.07, 5.72, 5.36, 7.73, 8.47, 7.99, 9.29, 6.94, 7.67]
    np.testing.assert_allclose(index.sel(year=range(2012, 2021)), published, atol=5e-3)


def test_korea_gains_around_seoul(korea):
    net = ix.flow_margins(korea.sel(year=2016), diagonal="stayers").net
    # 136,403 more moved from Seoul to Gyeonggi than back in 2016.
    flows = korea.sel(year=2016)
    seoul, gyeonggi = "KR-11", "KR-41"
    surplus = flows.sel(origin=seoul, destination=gyeonggi) - flows.sel(
        origin=gyeonggi, destination=seoul
    )
    assert surplus.item() == 136_403
    assert net.sel(region=seoul) < 0 < net.sel(region=gyeonggi)
    assert net.sum().item() == 0


class TestUnitedStates:
    """Moves of persons between 51 states, tax returns of 2017 and 2018 (IRS)."""

    def test_withheld_cells_are_not_zero(self, states):
        flows = states
        with pytest.raises(CoverageError, match="missing") as caught:
            ix.migration_connectivity(flows, diagonal="stayers")
        assert "and 5 more" in str(caught.value)  # 8 cells are withheld
        zero = ix.migration_connectivity(flows, diagonal="stayers", missing="zero")
        assert zero.item() == pytest.approx(2542 / 2550)

    def test_margins_and_effectiveness(self, states):
        flows = states
        margins = ix.flow_margins(flows, diagonal="stayers", missing="zero")
        assert margins.inflow.sum().item() == 6_498_477
        assert margins.net.sum().item() == 0
        assert flows.sel(origin="US-CA", destination="US-TX").item() == 70_130
        index = ix.migration_effectiveness_index(flows, diagonal="stayers", missing="zero")
        by_hand = 100 * abs(margins.net).sum() / margins.turnover.sum()
        assert index.item() == pytest.approx(by_hand.item(), rel=1e-12)
        by_state = ix.migration_effectiveness(margins.inflow, margins.outflow)
        assert set(by_state.region.to_numpy()[np.argsort(by_state.to_numpy())[-3:]]) == {
            "US-AZ",
            "US-ID",
            "US-NV",
        }
        assert by_state.sel(region="US-NY").item() < -15

    def test_intensity_of_people_seen_in_both_years(self, states):
        flows = states
        # Population at risk: people in a return of both years, by state of the second;
        # stayers are not given for the District of Columbia, which is left out.
        codes = [s for s in flows.indexes["origin"] if s != "US-DC"]
        flows = flows.sel(origin=codes, destination=codes)
        population = flows.sum("origin").rename(destination="region")
        system = ix.migration_system(flows, population, diagonal="stayers", missing="zero")
        off = flows.where(flows.origin != flows.destination)
        assert system.intensity.item() == pytest.approx(
            100 * off.sum().item() / flows.sum().item(), rel=1e-12
        )
        assert 2 < system.intensity.item() < 3
        assert system.aggregate_net_rate.item() == pytest.approx(
            system.intensity.item() * system.effectiveness.item() / 100, rel=1e-12
        )


class TestItaly:
    """Moves between five areas by age, 1970-2000 (ISTAT)."""

    def test_components_of_age_origin_destination(self, italy):
        flows = italy
        parts = ix.multiplicative_components(flows, dims=("origin", "destination", "age"))
        product = parts.product().transpose(*flows.dims)
        np.testing.assert_allclose(product, flows, atol=1e-6)
        np.testing.assert_allclose(parts[()], flows.sum(["origin", "destination", "age"]))
        for dim in ("origin", "destination", "age"):
            np.testing.assert_allclose(parts[dim].sum(dim), 1.0, rtol=1e-12)
        # Young adults move most in every year, and the South sends more than it takes.
        assert set(parts["age"].idxmax("age").to_numpy()) <= {20, 25}
        south = {"origin": "ITF", "destination": "ITF"}
        assert (
            parts["origin"].sel(origin=south["origin"])
            > parts["destination"].sel(destination=south["destination"])
        ).all()
        # Expected ratios: averages of a factor weighted by the margin beneath it are 1.
        weighted = (parts["origin", "age"] * parts["age"]).sum("age")
        np.testing.assert_allclose(weighted, 1.0, rtol=1e-12)

    def test_ages_and_years_are_indexed_together(self, italy):
        flows = italy
        index = ix.migration_effectiveness_index(flows)
        assert set(index.dims) == {"year", "age"}
        one = ix.migration_effectiveness_index(flows.sel(year=1970, age=20))
        assert index.sel(year=1970, age=20).item() == pytest.approx(one.item())
        all_ages = ix.migration_effectiveness_index(
            flows.sum("age").assign_attrs(kind="count", concept="moves")
        )
        # Moves of the young undo those of the old: all ages together lie below the worst age.
        assert (all_ages <= index.max("age") + 1e-9).all()
        gini = ix.migration_gini(flows)
        assert gini.in_field.dims == ("year", "destination", "age")


def test_regions_of_kazakhstan():
    """Internal moves by region: margins alone give the effectiveness of the system."""
    arrivals = keruen.load("kaz.region.migration.internal_arrivals")
    departures = keruen.load("kaz.region.migration.internal_departures")
    index = ix.migration_effectiveness(arrivals, departures, over="region")
    assert ((index > 0) & (index < 20)).all()
    by_hand = abs(arrivals - departures).sum("region") / (arrivals + departures).sum("region")
    np.testing.assert_allclose(index, 100 * by_hand, rtol=1e-12)
    population = keruen.load(
        "kaz.region.population_avg",
        region=list(arrivals.region.to_numpy()),
        year=list(arrivals.year.to_numpy()),
    )
    net = (arrivals - departures).assign_attrs(units="persons", kind="count")
    rate = ix.crude_net_migration_rate(net, population)
    # Net moves add to 0, so rates weighted by population do too.
    np.testing.assert_allclose((rate * population).sum("region"), 0, atol=1e-6)
    assert rate.sel(year=2024).idxmax("region").item() in {"KZ-71", "KZ-75", "KZ-79"}


def test_a_national_series_needs_no_places():
    years = [2019, 2022]
    arrivals = keruen.load("kaz.migration.arrivals", year=years)
    departures = keruen.load("kaz.migration.departures", year=years)
    population = keruen.load("kaz.population", year=years).sum(["sex", "residence"])
    net = arrivals - departures
    assert net.sel(year=2019).item() == -32_970
    rate = ix.crude_net_migration_rate(net, population)
    np.testing.assert_allclose(rate, 1000 * net / population)
    effectiveness = ix.migration_effectiveness(arrivals, departures)
    np.testing.assert_allclose(effectiveness, 100 * net / (arrivals + departures))
