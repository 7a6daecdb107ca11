# SPDX-License-Identifier: Apache-2.0
"""Estimated flows of the world: against Abel and Cohen, and what a profile takes from them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CodeError, CoverageError
from keruen.measure.flows import flows_from_stocks
from keruen.report.country_flows import country_flows, estimated_flows
from keruen.sources.catalog import load
from keruen.sources.flow_inputs import flow_inputs


def published(method: str) -> xr.DataArray:
    """Abel and Cohen (2019, 2022), revision 2020: persons in five years, 230 codes."""
    table = load("abelcohen.flows").sel({"method": method}, drop=True).fillna(0.0)
    return table.transpose("year", "origin", "destination")


def compared(method: str) -> tuple[np.ndarray, np.ndarray]:
    """Our flows and theirs for all pairs of places in all periods."""
    theirs = published(method)
    ours = estimated_flows(method, stocks="un.stock.2020").od()
    both = sorted(set(ours.indexes["origin"]) & set(theirs.indexes["origin"]))
    assert len(both) == 230
    off = ~np.eye(230, dtype=bool)
    pairs = [
        array.sel(origin=both, destination=both).transpose("year", "origin", "destination")
        for array in (ours, theirs)
    ]
    return pairs[0].to_numpy()[:, off].ravel(), pairs[1].to_numpy()[:, off].ravel()


# Correlation of counts, and of logarithms where both give a person or more. Differences and
# rates rest on the stocks alone, which are the same revision; accounts also on populations,
# births and deaths, theirs of World Population Prospects 2019, ours of 2024.
AGREEMENT = {
    "difference_zero": (0.99, 0.99),
    "difference_return": (0.99, 0.99),
    "rate": (0.99, 0.99),
    "open": (0.98, 0.98),
    "closed": (0.89, 0.90),
    "pseudo_bayes": (0.95, 0.97),
}


@pytest.mark.parametrize("method", AGREEMENT)
def test_agreement_with_abel_and_cohen(method: str) -> None:
    ours, theirs = compared(method)
    counts, logs = AGREEMENT[method]
    assert np.corrcoef(ours, theirs)[0, 1] > counts
    seen = (ours >= 1) & (theirs >= 1)
    assert np.corrcoef(np.log(ours[seen]), np.log(theirs[seen]))[0, 1] > logs
    assert 0.9 < ours.sum() / theirs.sum() < 1.2


@pytest.mark.parametrize("method", ["closed", "pseudo_bayes"])
def test_what_differs_from_abel_and_cohen_is_net_migration(method: str) -> None:
    """With births shifted so that nets are theirs, nearly nothing of the difference is left."""
    tables = flow_inputs("un.stock.2020")
    theirs = published(method)
    ours = estimated_flows(method, stocks="un.stock.2020").net()
    net = theirs.sum("origin").rename(destination="country") - theirs.sum("destination").rename(
        origin="country"
    )
    net = net.reindex(country=ours.indexes["country"], fill_value=0.0)
    births = (tables.births + (ours - net)).transpose(*tables.births.dims)
    possible = (births >= 0) & (births < 0.9 * tables.population_end)
    assert int((~possible).sum()) < 50  # of 1,392
    od = flows_from_stocks(
        tables.stock_start,
        tables.stock_end,
        births.where(possible, tables.births),
        tables.deaths,
        method=method,
        population=tables.population,
    ).od()
    both = sorted(set(od.indexes["origin"]) & set(theirs.indexes["origin"]))
    off = ~np.eye(len(both), dtype=bool)
    a, b = (
        array.sel(origin=both, destination=both)
        .transpose("year", "origin", "destination")
        .to_numpy()[:, off]
        .ravel()
        for array in (od, theirs)
    )
    assert np.corrcoef(a, b)[0, 1] > 0.995
    seen = (a >= 1) & (b >= 1)
    assert np.corrcoef(np.log(a[seen]), np.log(b[seen]))[0, 1] > 0.98


def test_the_largest_corridor_of_2005_2010() -> None:
    # Published: Mexico to the United States, 2,911,347 (pseudo-Bayes).
    theirs = published("pseudo_bayes").sel(year=2005)
    assert theirs.sel(origin="MEX", destination="USA").item() == pytest.approx(2_911_347, abs=1)
    ours = estimated_flows(stocks="un.stock.2020").od().sel(year=2005)
    assert ours.max().item() == ours.sel(origin="MEX", destination="USA").item()


def test_world_net_is_zero_and_accounts_fit() -> None:
    for stocks in ("un.stock.2024", "un.stock.2020", "un.stock.2019"):
        estimate = estimated_flows(stocks=stocks)
        assert float(estimate.diagnostics["margin_error"].max()) <= 1e-9
        assert np.abs(estimate.net().sum("country")).max() < 1


def test_the_second_call_is_free() -> None:
    assert estimated_flows() is estimated_flows()


def test_a_country() -> None:
    found = country_flows("KAZ")
    assert found.net.indexes["year"].tolist() == [1990, 1995, 2000, 2005, 2010, 2015, 2020]
    estimate = estimated_flows()
    assert found.net.values == pytest.approx(estimate.net().sel(country="KAZ").values)
    # Net migration of the account is population change less natural increase.
    nineties = found.net.sel(year=1990).item()
    assert -1_700_000 < nineties < -1_000_000  # the German and Russian emigration
    parts = sum(found.arrivals[name] for name in ("outward", "return", "transit"))
    assert parts.values == pytest.approx(found.arrivals["total"].values)
    table = found.corridors(1990, direction="out", count=5)
    assert set(table["partner"][:2]) == {"DEU", "RUS"}
    assert table["flow"].is_monotonic_decreasing
    assert table["a_year"].values == pytest.approx(table["flow"].values / 5)
    whole = found.departures["total"].sel(year=1990).sum().item()
    assert table["share"].values == pytest.approx(table["flow"].values / whole)
    assert found.corridors(2020)["a_year"].values == pytest.approx(
        found.corridors(2020)["flow"].values / 4
    )


def test_names_and_sources() -> None:
    assert country_flows("Kazakhstan").country == "KAZ"
    found = country_flows("KAZ")
    assert found.sources[:2] == ("keruen.flows.2024", "un.stock.2024")
    assert any("zero by construction" in note for note in found.notes)


def test_countries_counted_with_another() -> None:
    sudan, south = country_flows("SDN"), country_flows("SSD")
    assert south.counted_with == dict.fromkeys([1990, 1995, 2000, 2005], "SDN")
    assert sudan.counted_with == {}
    early, late = [1990, 1995, 2000, 2005], [2010, 2015, 2020]
    assert south.net.sel(year=early).values.tolist() == sudan.net.sel(year=early).values.tolist()
    assert (south.net.sel(year=late).values != sudan.net.sel(year=late).values).all()


def test_faults() -> None:
    with pytest.raises(CodeError):
        country_flows("Atlantis")
    with pytest.raises(CoverageError, match="no period starts in 1992"):
        country_flows("KAZ").corridors(1992)
