# SPDX-License-Identifier: Apache-2.0
"""Loading the embedded data: what comes back, and what is refused."""

from __future__ import annotations

import functools
import time
import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import keruen
from keruen.core.errors import CodeError, CoverageError, DataWarning
from keruen.sources.catalog import count_rows, dataset, defects, load, load_table
from keruen.sources.maps import load_map, maps


def test_the_public_names_are_those_of_the_package():
    assert keruen.load is load
    assert keruen.load_table is load_table
    assert len(keruen.catalogue()) == len(keruen.catalogue().to_table())


def test_one_label_drops_a_dimension_and_a_list_keeps_it():
    one = load("wpp2024.population", country="KAZ", year=2024)
    assert one.dims == ("sex", "age")
    assert one.coords["country"].item() == "KAZ"
    several = load("wpp2024.population", country=["UZB", "KAZ"], year=range(2020, 2023))
    assert several.dims == ("year", "country", "sex", "age")
    assert several.country.values.tolist() == ["UZB", "KAZ"]
    assert several.year.values.tolist() == [2020, 2021, 2022]


def test_the_array_says_what_it_is():
    people = load("wpp2024.population", country="KAZ")
    assert people.name == "population"
    assert people.attrs == {
        "units": "persons",
        "kind": "count",
        "concept": "stock",
        "moment": "1 July",
        "age_width": 1,
        "open_age": 100,
        "projected_from": 2024,
        "origin": ("wpp2024.population",),
        "licence": ("CC-BY-3.0-IGO",),
    }
    rates = load("wpp2024.mortality_age5", country="KAZ", year=2020)
    assert rates.attrs["interval_years"] == 5
    assert rates.attrs["age_width"] == "abridged"
    gdp = load("worldbank.indicators.gdp_usd", country="KAZ")
    assert (gdp.name, gdp.attrs["units"], gdp.attrs["kind"]) == ("gdp_usd", "USD", "money")


_TABLES = [
    "kaz.region.population",
    "worldbank.stock.2017",
    "wpp2024.intervals.tfr",
    "italy.moves",
    "kaz.labour_indicators.gender_pay_gap",
    "undp.hdi",
    "korea.distance.contiguous",
]
_whole = functools.cache(load)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_TABLES), st.data())
def test_a_selection_equals_the_whole_then_selected(id, data):
    table = dataset(id)
    name = id.removeprefix(f"{table.id}.")
    labels = table.series[name].labels if table.series else table.labels
    select = {}
    for key, known in labels.items():
        how = data.draw(st.sampled_from(["all", "one", "some"]), label=key)
        if how == "one":
            select[key] = data.draw(st.sampled_from(known))
        elif how == "some":
            select[key] = data.draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    whole = _whole(id).sel(select)
    if whole.isnull().all():
        with pytest.raises(CoverageError):
            load(id, **select)
    else:
        xr.testing.assert_equal(load(id, **select), whole)


def test_rows_and_cells_agree():
    table = load_table("kaz.region.labour", region=["KZ-75", "KZ-71"])
    rate = load("kaz.region.labour.unemployment_rate", region=["KZ-75", "KZ-71"])
    for row in table.dropna(subset=["unemployment_rate"]).itertuples():
        assert rate.sel(region=row.region, year=row.year).item() == row.unemployment_rate
    assert int(rate.notnull().sum()) == table["unemployment_rate"].notna().sum()


def test_missing_pairs_are_nan_and_zeros_are_none():
    stock = load("un.stock.2024", destination="KAZ", year=2024).sum("sex", skipna=False)
    rows = load_table("un.stock.2024", destination="KAZ", year=2024)
    assert int(stock.notnull().sum()) == rows["origin"].nunique() < stock.sizes["origin"]
    assert float(stock.sum()) == 2_089_797


@pytest.mark.parametrize(
    ("id", "near"),
    [
        ("wpp2024.populaton", "wpp2024.population"),
        ("wpp2024.indicators.birth", "births"),
        ("worldbank.indicators.gdp", "gdp_usd"),
        ("wpp2024.indicators", "births"),
        ("wpp2024.population.births", "population"),
        ("nothing like it at all", "keruen.catalogue"),
        ("kaz.return_quota", "load_table"),
    ],
)
def test_what_cannot_be_loaded_is_named(id, near):
    with pytest.raises(CodeError, match=near):
        load(id)


@pytest.mark.parametrize(
    ("select", "error", "words"),
    [
        ({"country": "KZA"}, CodeError, "KAZ"),
        ({"country": "Kazakhstan"}, CodeError, "KAZ"),
        ({"country": "BES"}, CoverageError, "236"),
        ({"countri": "KAZ"}, CodeError, "country"),
        ({"year": 1900}, CoverageError, "1950 to 2100"),
        ({"year": "2024"}, CoverageError, "1950 to 2100"),
        ({"sex": "T"}, CodeError, "F, M"),
        ({"country": []}, CoverageError, "at least one"),
    ],
)
def test_what_cannot_be_selected_is_named(select, error, words):
    with pytest.raises(error) as caught:
        load("wpp2024.population", **select)
    assert words in str(caught.value)


def test_labels_that_never_meet_are_refused():
    with pytest.raises(CoverageError, match="not together"):
        load("kaz.region.population", region="KZ-10", year=2000)
    with pytest.raises(CoverageError, match="no row"):
        load_table("kaz.return_quota", year=1998)
    with pytest.raises(CodeError, match="no dimension"):
        load_table("kaz.return_quota", years=1998)


def test_an_array_that_would_fill_the_memory_is_refused():
    with pytest.raises(CoverageError, match="load_table") as caught:
        load("unhcr.applications")
    assert caught.value.id == "TooLarge"
    new = load("unhcr.applications", application="N", counted="P", level="FI", year=2023)
    assert new.dims == ("procedure", "origin", "destination")


def test_doubtful_cells_asked_for_by_name_warn():
    with pytest.warns(DataWarning, match="the published annual rate is 4.8"):
        load("kaz.labour.unemployment_rate", year=2019)
    with pytest.warns(DataWarning, match="error in the source table"):
        load("kaz.region.labour.unemployment_rate", region="KZ-63", year=[2022, 2023])
    with pytest.warns(DataWarning, match="census"):
        load("kaz.net_migration_residual.net_migration", year=2008)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = load("kaz.labour.unemployment_rate")  # says so in its attributes only
        load("kaz.labour.employed", year=2019)
        load("kaz.region.labour.unemployment_rate", region="KZ-63", year=2022)
    assert whole.attrs["defects"] == ("unemployment-2019", "no-2015")


def test_defects_are_those_of_the_selection():
    def found(id, **select):
        return [one.id for one in defects(id, **select)]

    assert found("un.stock.2024", destination="DEU") == []
    assert found("un.stock.2024", destination="KAZ") == ["kazakhstan-revised"]
    assert found("un.stock.2024", destination=["SDN"], year=[1990]) == ["sudan-whole"]
    assert found("un.stock.2024", destination=["SDN"], year=[2020]) == []
    assert found("worldbank.indicators.gdp_growth_rate", country="OMN") == ["oman-growth"]
    assert found("worldbank.indicators.gdp_usd", country="OMN") == []
    assert found("kaz.labour.employed") == ["no-2015"]


def test_one_country_is_read_without_the_others():
    import duckdb

    file = dataset("wpp2024.population").file
    query = f"SELECT sum(population) FROM read_parquet('{file}') WHERE country = 'KAZ'"
    plan = duckdb.connect().execute(f"EXPLAIN ANALYZE {query}").fetchall()[0][1]
    scanned = [line for line in plan.splitlines() if "rows" in line.lower()]
    assert any("30,502" in line or "30502" in line for line in scanned), plan
    assert not any("7,198" in line for line in scanned)
    groups = duckdb.execute(
        "SELECT count(DISTINCT row_group_id), min(row_group_num_rows), max(row_group_num_rows) "
        f"FROM parquet_metadata('{file}')"
    ).fetchall()[0]
    assert groups == (236, 30_502, 30_502)


def test_one_country_takes_a_fraction_of_the_time_of_all():
    def seconds(**select):
        start = time.perf_counter()
        load("wpp2024.population", **select)
        return time.perf_counter() - start

    seconds(country="KAZ")
    assert min(seconds(country="UZB") for _ in range(3)) < seconds() / 5


def test_whole_numbers_and_decimals_come_back_as_published():
    assert load("wpp2024.indicators.tfr", country="KAZ", year=2023).item() == 3.012421
    assert load("kaz.grp", year=2010).item() == 21_815_517.0
    assert load("kaz.grp", year=2020).item() == 70_649_033.2
    rate = load("wpp2024.mortality", country="KAZ", sex="M", year=2024)
    # four significant digits, the double nearest to the decimal
    assert all(float(f"{value:.3e}") == value for value in rate.values.tolist())


def test_quantiles_are_labels():
    people = load("wpp2024.intervals.population", country="KAZ", year=2050)
    assert people["quantile"].values.tolist() == [0.025, 0.1, 0.5, 0.9, 0.975]
    assert np.all(np.diff(people) > 0)
    assert load("wpp2024.intervals.tfr", quantile=0.5).dims == ("year", "country")


def test_text_tables_are_rows():
    quota = load_table("kaz.return_quota", year=2026, programme="kandas", kind="quota set")
    regions = quota[quota["area"] != "KAZ"]
    assert regions["value"].sum() == quota.loc[quota["area"] == "KAZ", "value"].item() == 2281
    assert quota.attrs == {"origin": ("kaz.return_quota",), "licence": ("facts",)}
    assert count_rows("kaz.published_facts", topic="foreign labour quota") > 10


def test_maps_hold_the_areas_of_their_time():
    sizes = {one.id: one.features for one in maps()}
    assert sizes["geo.kaz.regions.2000"] == 16
    assert sizes["geo.kaz.regions.2018"] == 17
    assert sizes["geo.kaz.regions.2022"] == 20
    shape = load_map("geo.world.110m")
    assert sum(f["properties"]["country"] == "KAZ" for f in shape["features"]) == 1
    with pytest.raises(CodeError, match=r"geo\.world\.50m"):
        load_map("geo.mars")
