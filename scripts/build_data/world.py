# SPDX-License-Identifier: Apache-2.0
"""Tables of the United Nations, the World Bank and others on all countries."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .common import SEXES, by_sex, longer, named, read

_INDICATORS = {
    "births": "births",
    "deaths": "deaths",
    "net_migration": "net_migration",
    "pop_change": "population_change",
    "tfr": "tfr",
    "srb": "sex_ratio_at_birth",
    "e0_both": "e0",
    "cbr": "crude_birth_rate",
    "cdr": "crude_death_rate",
    "net_migration_rate": "net_migration_rate",
    "natural_rate": "natural_increase_rate",
    "growth_rate": "growth_rate",
}
_QUANTILES = {"l95": 0.025, "l80": 0.1, "median": 0.5, "u80": 0.9, "u95": 0.975}
_METHODS = {
    "sd_drop_neg": "difference_zero",
    "sd_rev_neg": "difference_return",
    "mig_rate": "rate",
    "da_min_open": "open",
    "da_min_closed": "closed",
    "da_pb_closed": "pseudo_bayes",
}


def _country(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"iso3": "country"})


def prospects(folder: Path) -> dict[str, pd.DataFrame]:
    """World Population Prospects 2024: levels, rates and intervals."""
    indicators = _country(read(folder / "wpp2024_indicators.parquet"))
    mortality = read(folder / "wpp2024_mortality_age5_period5.parquet")
    fertility1 = _country(read(folder / "derived_fertility_age1.parquet"))
    # the source holds births per 1000 women with three decimals
    fertility1 = fertility1.assign(asfr=(fertility1.asfr.astype(float) / 1000).round(6))
    pairs = {
        "wpp2024.population": ("wpp2024_population_age1", "population", "male", "female"),
        "wpp2024.population_31dec": ("wpp2024_population_31dec", "population", "male", "female"),
        "wpp2024.net_migration_by_age": (
            "wpp2024_net_migration_age1", "net_migration", "male", "female",
        ),
        "wpp2024.mortality": ("derived_mortality_age1", "mx", "mx_male", "mx_female"),
    }  # fmt: skip
    tables = {
        id: by_sex(_country(read(folder / f"{name}.parquet")), value, male=male, female=female)
        for id, (name, value, male, female) in pairs.items()
    }
    tables["wpp2024.indicators"] = named(indicators, country="country", year="year", **_INDICATORS)
    tables["wpp2024.life_expectancy"] = by_sex(
        indicators[["country", "year", "e0_male", "e0_female"]],
        "e0", male="e0_male", female="e0_female",
    )  # fmt: skip
    tables["wpp2024.mortality_age5"] = by_sex(
        _country(mortality).rename(columns={"period_start": "year"}).drop(columns="mx_both"),
        "mx", male="mx_male", female="mx_female",
    )  # fmt: skip
    tables["wpp2024.fertility_age5"] = named(
        read(folder / "wpp2024_fertility_age5.parquet"),
        iso3="country", year="year", age="age", pasfr="fertility_share",
    )  # fmt: skip
    tables["wpp2024.fertility"] = fertility1
    return tables


def intervals(folder: Path) -> dict[str, pd.DataFrame]:
    """World Population Prospects 2024: quantiles and variants."""
    source = _country(read(folder / "wpp2024_intervals.parquet"))
    source["indicator"] = source.indicator.replace({"population_31dec": "population"})
    keys = ["country", "year", "indicator"]
    quantiles = longer(source[[*keys, *_QUANTILES]], "quantile", _QUANTILES, "value")
    variants = longer(
        source[[*keys, "low_variant", "high_variant"]],
        "scenario", {"low_variant": "low", "high_variant": "high"}, "value",
    )  # fmt: skip
    sexed = quantiles[quantiles.indicator.isin(["e0_male", "e0_female"])]
    both = quantiles[~quantiles.indicator.isin(["e0_male", "e0_female", "e0_both"])]
    both = pd.concat([both, quantiles[quantiles.indicator == "e0_both"].assign(indicator="e0")])
    return {
        "wpp2024.intervals": _wide(both, ["country", "quantile", "year"]),
        "wpp2024.variants": _wide(variants, ["country", "scenario", "year"]),
        "wpp2024.life_expectancy_intervals": sexed.assign(
            sex=sexed.indicator.str.removeprefix("e0_").map(SEXES)
        ).rename(columns={"value": "e0"}).drop(columns="indicator"),
    }  # fmt: skip


def _wide(long: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    wide = long.pivot(index=keys, columns="indicator", values="value")
    return wide.rename_axis(columns=None).reset_index()


def stocks(folder: Path) -> dict[str, pd.DataFrame]:
    """Migrant stocks by origin and destination, every revision."""
    tables = {
        id: by_sex(
            read(folder / f"{name}.parquet"), "immigrant_stock", male="male", female="female"
        )
        for id, name in (
            ("un.stock.2024", "un_ims2024_origin_destination"),
            ("un.stock.2020", "un_ims2020_origin_destination"),
            ("worldbank.stock.1960_2000", "wb_gbmd_1960_2000"),
        )
    }
    for id, name in (
        ("un.stock.2019", "un_ims2019_origin_destination"),
        ("worldbank.stock.2017", "wb_bilateral_stock_2017"),
    ):
        total = read(folder / f"{name}.parquet")
        tables[id] = total.rename(columns={"total": "immigrant_stock"})
    tables["un.stock.2019"] = _micronesia(tables["un.stock.2019"])
    refugees = named(
        read(folder / "un_ims2020_destination.parquet"),
        iso3="country", year="year", refugees_asylum_seekers="refugees_and_asylum_seekers",
    )  # fmt: skip
    tables["un.refugees.2020"] = refugees.dropna()
    return tables


def _micronesia(stock: pd.DataFrame) -> pd.DataFrame:
    """Federated States of Micronesia without the region of that name.

    The source holds the rows of the region Micronesia under the country's code. A cell of
    the country is never larger than that of its region, so the country is the smaller of
    two; an origin that stands once is the region's alone. Revision 2020 gives the same.
    """
    here = stock.destination == "FSM"
    rows = stock[here].sort_values("immigrant_stock")
    cells = ["origin", "year"]
    twice = rows[rows.duplicated(cells, keep=False)].drop_duplicates(cells)
    return pd.concat([stock[~here], twice])


def flows(folder: Path) -> dict[str, pd.DataFrame]:
    """Estimated bilateral flows of Abel and Cohen; the six methods become a key."""
    source = read(folder / "abel_cohen_flows_1990_2020.parquet")
    long = longer(source.rename(columns={"period_start": "year"}), "method", _METHODS, "flow")
    sexed, moves = long.component.isin(SEXES), long.component.isin(["outward", "return", "transit"])
    return {
        "abelcohen.flows": long[long.component == "total"].drop(columns="component"),
        "abelcohen.flows_by_sex": long[sexed]
        .assign(sex=long.component[sexed].map(SEXES))
        .drop(columns="component"),
        "abelcohen.flows_by_move": long[moves].rename(columns={"component": "move"}),
    }


def money(folder: Path) -> dict[str, pd.DataFrame]:
    """Remittances and what it costs to send them."""
    annual = named(
        read(folder / "knomad_remittances_annual.parquet"),
        iso3="country", year="year",
        received_usd_million="remittances_received", paid_usd_million="remittances_paid",
    )  # fmt: skip
    return {
        "knomad.remittances": annual,
        "knomad.remittances_bilateral": read(
            folder / "knomad_bilateral_remittances.parquet"
        ).rename(columns={"usd_million": "remittances"}),
        "worldbank.remittance_cost": read(folder / "wb_remittance_prices_corridor.parquet").rename(
            columns={"cost_pct": "remittance_cost"}
        ),
    }


def places(folder: Path) -> dict[str, pd.DataFrame]:
    """Distances, towns and the urban share."""
    distance = read(folder / "cepii_geodist.parquet").rename(
        columns={
            "dist_km": "distance",
            "dist_capitals_km": "distance_capitals",
            "dist_weighted_km": "distance_weighted",
            "dist_weighted_ces_km": "distance_weighted_ces",
            "common_ethnic_language": "common_spoken_language",
        }
    )
    geo = read(folder / "cepii_geo.parquet")
    lists = {
        "official_languages": ["langoff_1", "langoff_2", "langoff_3"],
        "spoken_languages": ["lang20_1", "lang20_2", "lang20_3", "lang20_4"],
        "minority_languages": ["lang9_1", "lang9_2", "lang9_3", "lang9_4"],
        "colonizers": ["colonizer1", "colonizer2", "colonizer3", "colonizer4"],
    }
    joined = {
        name: geo[columns].apply(lambda row: "; ".join(row.dropna()), axis=1).replace("", None)
        for name, columns in lists.items()
    }
    urban = _country(read(folder / "wup2018_urban_rural.parquet"))
    cities = read(folder / "wup2018_cities.parquet").assign(
        locality=lambda frame: frame.city_code.astype(str)
    )
    population = read(folder / "wup2018_cities_population.parquet")
    return {
        "cepii.distance": distance,
        "cepii.places": geo.drop(columns=[c for names in lists.values() for c in names])
        .rename(columns={"country": "name", "iso3": "country"})
        .rename(columns={"cap": "capital", "maincity": "main_city"})
        .assign(**joined)
        .sort_values(["country", "city"]),
        "wup2018.population": longer(
            urban[["country", "year", "urban", "rural"]],
            "residence", {"urban": "urban", "rural": "rural"}, "population",
        ),
        "wup2018.urban_share": named(
            urban, country="country", year="year", urban_pct="urban_share"
        ),
        "wup2018.cities": named(
            cities, locality="locality", iso3="country", city="name", lat="lat", lon="lon"
        ).sort_values("locality"),
        "wup2018.city_population": population.assign(
            locality=population.city_code.astype(str)
        ).drop(columns="city_code"),
    }  # fmt: skip
