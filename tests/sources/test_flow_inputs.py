# SPDX-License-Identifier: Apache-2.0
"""Inputs of flows from the embedded data: against published totals and a prepared table."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from flow_cases import world
from keruen.core.errors import CoverageError
from keruen.sources.catalog import load
from keruen.sources.flow_inputs import STOCKS, flow_inputs
from keruen.sources.vital_events import vital_events


@pytest.fixture(scope="module")
def tables():
    return flow_inputs("un.stock.2024")


def test_periods_are_five_years_and_the_last_four(tables) -> None:
    assert tables.births.indexes["year"].tolist() == [1990, 1995, 2000, 2005, 2010, 2015, 2020]
    assert tables.interval_years.values.tolist() == [5, 5, 5, 5, 5, 5, 4]


@pytest.mark.parametrize("period", ["2015_2020", "2020_2024"])
def test_births_and_deaths_are_those_of_the_prepared_table(tables, period: str) -> None:
    _, _, births, deaths = world(period)
    merged = set(tables.merged["part"]) | set(tables.merged["whole"])
    same = [code for code in births.indexes["country"] if code not in merged]
    assert len(same) > 220
    year = int(period[:4])
    assert tables.births.sel(year=year, country=same).values == pytest.approx(
        births.sel(country=same).values
    )
    assert tables.deaths.sel(year=year, country=same).values == pytest.approx(
        deaths.sel(country=same).values
    )


def test_all_births_and_deaths_of_the_world_are_there(tables) -> None:
    # Nobody is dropped: whatever is merged, the sum is that of all areas of WPP 2024.
    for name in ("births", "deaths"):
        yearly = load(f"wpp2024.indicators.{name}", year=range(1990, 2025)).sum("country")
        whole = yearly.sum().item() - (yearly.sel(year=1990) + yearly.sel(year=2024)).item() / 2
        assert getattr(tables, name).sum().item() == pytest.approx(whole, rel=1e-12)


def test_foreign_born_add_to_the_published_total(tables) -> None:
    # 304,021,813 in 2024 (UN International Migrant Stock 2024), less those who live in a place
    # that is counted with their birthplace.
    stock = load("un.stock.2024", year=2024).fillna(0).sum("sex")
    assert stock.sum().item() == 304_021_813
    inside = sum(
        stock.sel(origin=a, destination=b).item()
        for pair in (("BES", "CUW"), ("VAT", "ITA"))
        for a in pair
        for b in pair
        if a != b
    )
    total = tables.stock_end.sel(year=2020).sum().item()
    assert total == pytest.approx(304_021_813 - inside, rel=1e-9)


def test_unknown_birthplaces_are_spread_in_proportion(tables) -> None:
    stock = load("un.stock.2024", year=2020, destination="KAZ").fillna(0).sum("sex")
    known = stock.drop_sel(origin="OTH")
    factor = stock.sum().item() / known.sum().item()
    found = tables.stock_start.sel(year=2020, country="KAZ", birthplace="RUS").item()
    assert found == pytest.approx(known.sel(origin="RUS").item() * factor)
    assert tables.unknown.sel(year=2020, country="KAZ").item() == stock.sel(origin="OTH").item()


def test_population_is_that_of_world_population_prospects(tables) -> None:
    people = load("wpp2024.population", year=2024).sum(["sex", "age"])
    assert tables.population_end.sel(year=2020, country="KAZ").item() == 20_592_574
    serbia = people.sel(country=["SRB", "XKX"]).sum().item()
    assert tables.population_end.sel(year=2020, country="SRB").item() == serbia
    # The world without Bonaire, which has no population by age, and with it.
    extra = tables.population_end.sel(year=2020).sum().item() - people.sum().item()
    assert 20_000 < extra < 40_000


def test_places_that_a_revision_does_not_keep_apart(tables) -> None:
    merged = tables.merged.set_index(["year", "part"])["whole"].to_dict()
    assert merged[2005, "SSD"] == "SDN"
    assert (2010, "SSD") not in merged
    assert merged[2020, "XKX"] == "SRB"
    assert merged[2020, "GGY"] == merged[2020, "JEY"] == "CHI"
    for name in ("births", "population_start", "population_end"):
        assert getattr(tables, name).sel(year=2000, country="SSD").item() == 0
    older = flow_inputs("un.stock.2020").merged.set_index(["year", "part"])["whole"].to_dict()
    assert older[2000, "SRB"] == older[2000, "MNE"] == older[2000, "XKX"] == "SCG"
    assert older[2010, "XKX"] == "SRB"
    assert older[2010, "TWN"] == "CHN"


@pytest.mark.parametrize("stocks", ["un.stock.2020", "un.stock.2024"])
def test_women_and_men_add_up(stocks: str) -> None:
    both = flow_inputs(stocks, first=2010, last=2020)
    apart = flow_inputs(stocks, first=2010, last=2020, by_sex=True)
    for name in ("births", "deaths", "population_start", "population_end", "unknown"):
        summed = getattr(apart, name).sum("sex")
        assert summed.values == pytest.approx(getattr(both, name).values, rel=1e-9), name
    # More boys than girls are born, and in most countries more men die.
    assert (apart.births.sel(sex="M") > apart.births.sel(sex="F")).mean() > 0.95
    assert (apart.deaths.sel(sex="M") > apart.deaths.sel(sex="F")).mean() > 0.8


def test_girls_and_boys_have_the_sex_ratio_at_birth() -> None:
    events = vital_events([2019, 2020], by_sex=True)
    ratio = events.births.sel(sex="M") / events.births.sel(sex="F")
    published = load("wpp2024.indicators.sex_ratio_at_birth", year=[2019, 2020])
    same = ratio.sel(country=published.indexes["country"])
    assert np.nanmax(np.abs(same - published)) < 1e-12


def test_half_of_the_first_and_last_year() -> None:
    events = vital_events([2020, 2024])
    births = load("wpp2024.indicators.births", country="KAZ", year=range(2020, 2025)).values
    found = events.between(events.births, 2020, 2024).sel(country="KAZ").item()
    assert found == births[0] / 2 + births[1:4].sum() + births[4] / 2


def test_standard_errors_by_how_a_country_counts(tables) -> None:
    cv = tables.stock_cv
    assert set(np.unique(cv)) <= {0.05, 0.10, 0.25}
    assert cv.sel(country="USA").item() == 0.05  # by country of birth
    assert cv.sel(country="JPN").item() == 0.10  # by citizenship


def test_faults() -> None:
    with pytest.raises(CoverageError, match="not a bilateral stock"):
        flow_inputs("wpp2024.population")
    with pytest.raises(CoverageError, match="no stocks for a period from 1992 to 2024"):
        flow_inputs(first=1992)
    with pytest.raises(CoverageError, match="from 2020 to 2015"):
        flow_inputs(first=2020, last=2015)
    with pytest.raises(CoverageError, match="women and men apart"):
        flow_inputs("un.stock.2019", by_sex=True)
    with pytest.raises(CoverageError, match="1950 to 2024"):
        vital_events([2020, 2030])


@pytest.mark.parametrize("stocks", STOCKS)
def test_every_revision_is_complete(stocks: str) -> None:
    found = flow_inputs(stocks)
    for name in ("stock_start", "stock_end", "population_start", "births", "deaths"):
        array = getattr(found, name)
        assert np.isfinite(array).all(), name
        assert (array >= 0).all(), name
    assert isinstance(found.stock_start, xr.DataArray)
    assert found.stock_start.attrs["origin"][0] == stocks
