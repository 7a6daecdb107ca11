# SPDX-License-Identifier: Apache-2.0
"""Long tables of many series: World Bank, ILO, UNESCO, UNDP."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .common import SEXES, read

WORLD_BANK = {
    "gdp_usd": "gdp_usd",
    "gdp_usd_2015": "gdp_usd_2015",
    "gdp_per_capita_usd": "gdp_per_capita_usd",
    "gdp_per_capita_usd_2015": "gdp_per_capita_usd_2015",
    "gdp_per_capita_ppp_2021": "gdp_per_capita_ppp_2021",
    "gdp_growth_pct": "gdp_growth_rate",
    "exchange_rate_lcu_usd": "exchange_rate",
    "urban_population": "urban_population",
    "rural_population": "rural_population",
    "urban_pct": "urban_share",
    "urban_1m_pct": "large_city_share",
    "gni_per_capita_atlas": "gni_per_capita_atlas",
    "agriculture_gdp_pct": "agriculture_gdp_share",
    "industry_gdp_pct": "industry_gdp_share",
    "services_gdp_pct": "services_gdp_share",
    "investment_gdp_pct": "investment_gdp_share",
    "gini": "gini_index",
    "poverty_300_pct": "poverty_rate_300",
    "unemployment_modelled": "unemployment_rate",
    "inflation_cpi_pct": "inflation_rate",
    "fdi_inflow_usd": "fdi_inflow_usd",
    "political_stability": "political_stability",
    "net_migration_wdi": "net_migration",
    "dependency_ratio": "dependency_ratio",
    "remittances_received_usd": "remittances_received_usd",
    "remittances_paid_usd": "remittances_paid_usd",
    "remittances_received_gdp_pct": "remittances_received_gdp_share",
    "remit_cost_to_pct": "remittance_cost_to",
    "remit_cost_from_pct": "remittance_cost_from",
}
_ILO_SERIES = {
    "labour force participation rate": "participation_rate",
    "employment rate": "employment_rate",
    "unemployment rate": "unemployment_rate",
    "long-term unemployment rate": "long_term_unemployment_rate",
    "employed in agriculture, share": "employment_share_agriculture",
    "employed in industry, share": "employment_share_industry",
    "employed in services, share": "employment_share_services",
    "self-employed, share": "employment_share_self_employed",
    "contributing family workers, share": "employment_share_family_workers",
}
"""The share of wage and salaried workers is left out: it holds values up to 26,347 %."""
_ILO_AGES = {"15+": "", "15-24": "_15_24", "15-64": "_15_64", "25-54": "_25_54",
             "55-64": "_55_64", "65+": "_65plus"}  # fmt: skip
_ILO_OTHER = {
    "working_hours_week": "working_hours",
    "hourly_labour_cost_ppp_2021": "hourly_labour_cost_ppp_2021",
    "gdp_per_worker": "gdp_per_worker",
}
_ILO_CODES = {"GBG": "GGY", "GBM": "IMN", "KOS": "XKX"}
"""Guernsey, the Isle of Man and Kosovo, coded by the ILO in its own way."""
_ILO_SUPPLEMENT = {
    "unemployment_15plus": ("unemployment_rate", "both"),
    "unemployment_15plus_male": ("unemployment_rate", "male"),
    "unemployment_15plus_female": ("unemployment_rate", "female"),
    "unemployment_15_24": ("unemployment_rate_15_24", "both"),
}
"""Series that stand in both compilations with slightly different countries."""


def _indicators(folder: Path, names: dict[str, str]) -> pd.DataFrame:
    source = read(folder / "indicators.parquet").rename(columns={"iso3": "country"})
    source = source[source.indicator.isin(names)]
    return source.assign(series=source.indicator.map(names)).drop(columns="indicator")


def _published(single: pd.Series) -> pd.Series:
    """The shortest decimal number that a single-precision number stands for."""
    return single.astype(str).astype(float)


def world_bank(folder: Path) -> dict[str, pd.DataFrame]:
    """World Development Indicators, UNESCO and UNDP series."""
    unesco = {
        "tertiary_enrolment_gross": "tertiary_enrolment",
        "tertiary_attainment_25plus": "tertiary_attainment",
    }
    sexed = _indicators(
        folder, {f"tertiary_enrolment_gross_{sex}": code for sex, code in SEXES.items()}
    )
    return {
        "worldbank.indicators": _indicators(folder, WORLD_BANK),
        "unesco.indicators": _indicators(folder, unesco),
        "unesco.enrolment_by_sex": sexed.rename(
            columns={"series": "sex", "value": "tertiary_enrolment"}
        ),
        "undp.hdi": _indicators(folder, {"hdi": "hdi"})
        .rename(columns={"value": "hdi"})
        .drop(columns="series"),
        "derived.labour_force": _indicators(folder, {"labour_force_derived": "labour_force"})
        .rename(columns={"value": "labour_force"})
        .drop(columns="series"),
    }


def ilo(folder: Path) -> dict[str, pd.DataFrame]:
    """ILOSTAT from its two compilations, each cell once."""
    source = read(folder / "regional" / "labour_ilo_country_year.parquet")
    source = source[source.indicator.isin(_ILO_SERIES)].rename(columns={"iso3": "country"})
    source = source.assign(country=source.country.replace(_ILO_CODES))
    series = source.indicator.map(_ILO_SERIES) + source.age.map(_ILO_AGES)
    first = source.assign(series=series)[["series", "country", "year", "sex", "value"]]
    supplement = _indicators(folder, {name: name for name in _ILO_SUPPLEMENT})
    second = supplement.assign(
        sex=supplement.series.map(lambda name: _ILO_SUPPLEMENT[name][1]),
        series=supplement.series.map(lambda name: _ILO_SUPPLEMENT[name][0]),
    )
    second["value"] = second.value.astype("float32")
    every = pd.concat([first, second]).drop_duplicates(["series", "country", "year", "sex"])
    other = _indicators(folder, _ILO_OTHER)
    both = every[every.sex == "both"].drop(columns="sex")
    sexed = every[every.sex != "both"]
    return {
        "ilo.indicators": pd.concat([both.assign(value=_published(both.value)), other]),
        "ilo.indicators_by_sex": sexed.assign(sex=sexed.sex.map(SEXES)),
    }
