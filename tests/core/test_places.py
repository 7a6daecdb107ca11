# SPDX-License-Identifier: Apache-2.0
"""Countries that appear or vanish between two dates are merged, never dropped."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.core.places import same_places
from keruen.measure.flows import flows_from_stocks

Y1990, Y1995, Y2005, Y2015 = (date(year, 7, 1) for year in (1990, 1995, 2005, 2015))


def stock(places: list[str], seed: int = 0) -> xr.DataArray:
    size = len(places)
    values = np.random.default_rng(seed).integers(1, 50, (size, size)) + 1000 * np.eye(size)
    return xr.DataArray(values, coords={"birthplace": places, "country": places}, name="stock")


def test_a_union_that_fell_apart() -> None:
    start = stock(["DEU", "SUN"])
    end = stock(["DEU", "KAZ", "RUS", "UKR"], 1)
    same = same_places({"start": (start, Y1990), "end": (end, Y1995)})
    assert same.merged == {"KAZ": "SUN", "RUS": "SUN", "UKR": "SUN"}
    for array in same.arrays.values():
        assert list(array.indexes["country"]) == list(array.indexes["birthplace"]) == ["DEU", "SUN"]
    merged = same.arrays["end"]
    assert merged.sum().item() == end.sum().item()
    assert merged.sel(birthplace="SUN", country="SUN").item() == (
        end.sel(birthplace=["KAZ", "RUS", "UKR"], country=["KAZ", "RUS", "UKR"]).sum().item()
    )
    estimate = flows_from_stocks(same.arrays["start"], same.arrays["end"], method="closed")
    assert estimate.od().dims == ("origin", "destination")


def test_a_country_that_became_two() -> None:
    start, end = stock(["EGY", "SDN"]), stock(["EGY", "SDN", "SSD"], 1)
    births = xr.DataArray([5.0, 6.0, 7.0], coords={"country": ["EGY", "SDN", "SSD"]})
    same = same_places({"start": (start, Y2005), "end": (end, Y2015), "births": (births, Y2005)})
    assert same.merged == {"SSD": "SDN"}
    assert same.arrays["births"].sel(country="SDN").item() == 13
    table = same.to_table()
    assert table.values.tolist() == [["SSD", "SDN", "South Sudan became independent"]]


def test_two_countries_that_became_one() -> None:
    start, end = stock(["DDR", "DEU", "POL"]), stock(["DEU", "POL"], 1)
    same = same_places({"start": (start, Y1990), "end": (end, Y1995)})
    assert same.merged == {"DDR": "DEU"}
    assert same.arrays["start"].sum().item() == start.sum().item()


def test_a_chain_of_unions_ends_in_the_largest() -> None:
    start = stock(["AUT", "YUG"])
    middle = xr.DataArray([1.0, 2.0, 4.0], coords={"country": ["AUT", "HRV", "SCG"]})
    end = stock(["AUT", "HRV", "MNE", "SRB", "XKX"], 1)
    same = same_places({"start": (start, Y1990), "births": (middle, Y1995), "end": (end, Y2015)})
    assert same.merged == dict.fromkeys(["HRV", "MNE", "SCG", "SRB", "XKX"], "YUG")
    assert same.arrays["births"].sel(country="YUG").item() == 6


def test_sources_that_never_list_a_part() -> None:
    people = xr.DataArray(
        [1.0, 2.0, 4.0, 8.0, 16.0], coords={"country": ["FRA", "GGY", "JEY", "SRB", "XKX"]}
    )
    living = stock(["CHI", "FRA", "SRB"])
    same = same_places({"population": (people, Y2015), "stock": (living, Y2015)})
    assert same.merged == {"GGY": "CHI", "JEY": "CHI", "XKX": "SRB"}
    assert same.arrays["population"].to_series().to_dict() == {"CHI": 6.0, "FRA": 1.0, "SRB": 24.0}


def test_merging_on_request() -> None:
    both = stock(["EGY", "SDN", "SSD"])
    same = same_places({"start": (both, Y2005), "end": (both, Y2015)}, merge={"SSD": "SDN"})
    assert same.merged == {"SSD": "SDN"}
    assert same.reasons["SSD"] == "not kept apart by the source"
    with pytest.raises(SchemaError, match="merged into itself"):
        same_places({"start": (both, Y2005)}, merge={"SSD": "SDN", "SDN": "SSD"})


def test_equal_places_are_left_alone() -> None:
    start, end = stock(["A", "B"]), stock(["B", "A"], 1)
    same = same_places({"start": (start, Y2005), "end": (end, Y2015)})
    assert not same.merged
    assert same.arrays["end"].sel(end.indexes).values.tolist() == end.values.tolist()
    assert same.to_table().empty


def test_a_place_that_nothing_covers_is_refused_by_name() -> None:
    start, end = stock(["EGY", "SDN"]), stock(["EGY", "SDN", "KAZ"], 1)
    with pytest.raises(CoverageError, match="'start' has no KAZ") as caught:
        same_places({"start": (start, Y2005), "end": (end, Y2015)})
    assert caught.value.id == "UnknownPlace"
    assert "2005-07-01" in caught.value.what
