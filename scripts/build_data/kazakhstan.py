# SPDX-License-Identifier: Apache-2.0
"""Tables on Kazakhstan: regions and the country stand apart, totals are not kept beside parts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from .common import REGIONS, SEXES, longer, named, read

_DISTRICT_NAMES = {
    "талдықорған": "талдыкорган",
    "катонқарағай": "қатонқарағай",
    "лисаков": "лисаковск",
    "қарақия": "қарақиян",
}
"""Spelling of the population bulletin against that of the map."""
_SAURAN = ("KZ-61", "сауран")
"""District of 2021 without a code in the sources; it gets a label of ours."""
_AGE_GROUPS = {0: "below_working_age", 16: "working_age", 59: "above_working_age",
               63: "above_working_age"}  # fmt: skip
_INDICATORS = {
    "Aged 15-17 in hazardous work, %": "hazardous_work_share_15_17",
    "Consumer prices, December to December, index": "consumer_price_index",
    "Employed aged 15-17, %": "employment_rate_15_17",
    "Employed in agriculture, %": "employment_share_agriculture",
    "Employed in industry and construction, %": "employment_share_industry",
    "Employed in services, %": "employment_share_services",
    "Employment-to-working-age-population ratio, %": "employment_rate_working_age",
    "Fatal occupational injuries per 100,000 workers": "fatal_injury_rate",
    "Gender pay gap, %": "gender_pay_gap",
    "Income inequality, ratio of top to bottom tenth": "income_decile_ratio",
    "Informal sector in total employment, %": "informal_employment_share",
    "Labour productivity, index to previous year": "labour_productivity_index",
    "Labour share of GDP, %": "labour_gdp_share",
    "Low pay (below 2/3 of median hourly pay), %": "low_pay_share",
    "NEET, age 15-28, %": "neet_share_15_28",
    "Non-fatal occupational injuries per 100,000 workers": "injury_rate",
    "Population receiving an old-age pension, %": "pensioner_share",
    "Unemployment rate, working age, %": "unemployment_rate_working_age",
    "Working over 48 hours a week, %": "long_hours_share",
}
_OCCUPATIONS = {
    "managers": "1",
    "professionals": "2",
    "technicians and associate professionals": "3",
    "clerical support workers": "4",
    "service and sales workers": "5",
    "skilled agricultural workers": "6",
    "craft and related trades workers": "7",
    "plant and machine operators": "8",
    "elementary occupations": "9",
    "other workers": "other",
}


def _regions(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of regions, with ISO 3166-2 codes."""
    rows = frame[frame.region != "KZ"]
    return rows.assign(region=rows.region.map(REGIONS))


def _country(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame.region == "KZ"].drop(columns="region")


def population(folder: Path) -> dict[str, pd.DataFrame]:
    """Population by region, district and broad age."""
    source = read(folder / "kaz" / "kaz_region_population.parquet")
    parts = source[source.sex.isin(SEXES) & source.residence.isin(["urban", "rural"])]
    parts = parts.assign(sex=parts.sex.map(SEXES)).drop(columns="derived")
    average = read(folder / "kaz" / "kaz_region_population_avg.parquet")
    average = average.rename(columns={"population_avg": "average_population"})
    average = average.drop(columns="boundaries")
    broad = _regions(read(folder / "kaz" / "kaz_region_population_broad_age_2020.parquet"))
    return {
        "kaz.region.population": _regions(parts),
        "kaz.population": _country(parts),
        "kaz.region.population_avg": _regions(average),
        "kaz.population_avg": _country(average),
        "kaz.district.population": _districts(folder),
        "kaz.region.population_broad_age": broad.assign(
            sex=broad.sex.map(SEXES), age_group=broad.age_from.map(_AGE_GROUPS), year=2020
        )[["region", "sex", "age_group", "year", "population"]],
    }


def _districts(folder: Path) -> pd.DataFrame:
    source = read(folder / "kaz" / "kaz_district_population_2023.parquet")
    source = _regions(source[source.level.isin(["district", "city administration"])])
    codes = _district_codes(folder)
    source["locality"] = [
        _code(codes, region, name, level)
        for region, name, level in zip(source.region, source.name_kk, source.level, strict=True)
    ]
    parts = longer(
        source[["locality", "region", "name_kk", "level", "urban_male", "urban_female",
                "rural_male", "rural_female"]],
        "part", {f"{r}_{s}": f"{r} {c}" for r in ("urban", "rural") for s, c in SEXES.items()},
        "population",
    )  # fmt: skip
    split = parts.part.str.split(" ", expand=True)
    return parts.assign(residence=split[0], sex=split[1], year=2023).drop(columns="part")


def _district_codes(folder: Path) -> dict[tuple[str, str], list[str]]:
    """KATO codes of the map by region and name; a city and its district share a name."""
    features = json.loads((folder / "geo" / "kaz_adm2_2024.geojson").read_text())["features"]
    codes: dict[tuple[str, str], list[str]] = {}
    for properties in (feature["properties"] for feature in features):
        place = (REGIONS[properties["region"]], properties["name_kk"].casefold())
        codes.setdefault(place, []).append(properties["kato"])
    return codes


def _code(codes: dict[tuple[str, str], list[str]], region: str, name: str, level: str) -> str:
    plain = re.sub(r" (ауданы|қ\.ә\.)$", "", name).casefold()
    if (region, plain) == _SAURAN:
        return "KZ-61-sauran"
    found = codes[region, _DISTRICT_NAMES.get(plain, plain)]
    # within a region KATO numbers cities before districts
    return min(found) if level == "city administration" else max(found)


def movement(folder: Path) -> dict[str, pd.DataFrame]:
    """Births, deaths, migration."""
    vital = read(folder / "kaz" / "kaz_region_vital.parquet").drop(columns="natural_increase")
    monthly = _regions(
        read(folder / "kaz" / "kaz_region_internal_migration_monthly_2024.parquet")
    ).drop(columns="net")
    residual = read(folder / "kaz" / "kaz_region_net_migration_residual.parquet").rename(
        columns={"net_migration_residual": "net_migration"}
    )
    return {
        "kaz.region.vital": _regions(vital),
        "kaz.vital": _country(vital).drop(columns="derived"),
        "kaz.region.migration": _migration(folder),
        "kaz.region.internal_migration_2024": monthly.rename(
            columns={"arrivals": "internal_arrivals", "departures": "internal_departures"}
        ),
        "kaz.region.net_migration_residual": _regions(residual),
        "kaz.net_migration_residual": _country(residual).drop(columns="vital_derived"),
        **_international(folder),
    }


def _migration(folder: Path) -> pd.DataFrame:
    source = _regions(read(folder / "kaz" / "kaz_region_migration.parquet"))
    kind = source.flow.str.split(" ").str[0]
    keys = ["region", "year"]
    internal = source[kind == "internal"].set_index(keys)
    wide = pd.DataFrame(
        {
            "internal_arrivals": internal.arrivals,
            "internal_departures": internal.departures,
            "net_migration": source[kind == "total"].set_index(keys).net,
            "net_international_migration": source[kind == "external"].set_index(keys).net,
        }
    )
    if not (internal.arrivals - internal.departures == internal.net).all():
        raise ValueError("net internal migration is not arrivals less departures")
    return wide.reset_index()


def _international(folder: Path) -> dict[str, pd.DataFrame]:
    source = read(folder / "kaz" / "kaz_international_migration.parquet")
    wide = source.pivot(
        index=["partner", "partner_group", "year"], columns="flow", values="persons"
    ).rename_axis(columns=None).reset_index()  # fmt: skip
    counted = source.drop_duplicates("partner").set_index("partner").counted_in
    # the copy marks Ukraine as outside the CIS, but only with it do partners add to the CIS
    counted["UKR"] = "CIS"
    partners = wide[wide.partner_group == "country"].drop(columns="partner_group")
    groups = wide[wide.partner.isin(["CIS", "NON_CIS"])]
    return {
        "kaz.migration": wide[wide.partner == "TOTAL"][["year", "arrivals", "departures"]],
        "kaz.migration_by_group": groups.drop(columns="partner_group").rename(
            columns={"partner": "partner_group"}
        ),
        "kaz.migration_by_partner": partners.assign(counted_in=partners.partner.map(counted)),
    }


def economy(folder: Path) -> dict[str, pd.DataFrame]:
    """Regional product, employment, income."""
    product = read(folder / "kaz" / "kaz_region_grp.parquet").rename(columns={"grp_mln_kzt": "grp"})
    twice = product.note.notna()
    product = product.drop(columns="note")
    labour = named(
        read(folder / "kaz" / "kaz_region_labour.parquet"),
        region="region", year="year", employed_thousand="employed",
        unemployment_rate_pct="unemployment_rate", applied_to_employment_service="job_applicants",
    )  # fmt: skip
    labour["employed"] = _persons(labour.employed)
    sections = read(folder / "kaz" / "kaz_employment_by_section.parquet")
    sections = sections.assign(employed=_persons(sections.employed_thousand))
    total = sections.section == "TOTAL"
    living = read(folder / "kaz" / "kaz_region_income_housing_wage.parquet")
    return {
        "kaz.region.grp": _regions(product[~twice]),
        "kaz.region.grp_recalculated": _regions(product[twice]),
        "kaz.grp": _country(product),
        "kaz.region.labour": _regions(labour),
        "kaz.labour": _country(labour),
        "kaz.employment_by_section": named(
            sections[~total], section="sector", year="year", employed="employed"
        ),
        "kaz.employment": named(sections[total], year="year", employed="employed"),
        "kaz.region.living": named(
            _regions(living), region="region", year="year",
            income_per_capita_kzt_month="income_per_head",
            housing_commissioned_m2="housing_commissioned", average_wage_kzt_month="average_wage",
        ),
    }  # fmt: skip


def _persons(thousand: pd.Series) -> pd.Series:
    """Persons from thousands; refuses figures finer than a person."""
    persons = (thousand * 1000).round()
    if not ((thousand * 1000 - persons).abs().dropna() < 1e-6).all():
        raise ValueError("thousands with more than three decimals are not persons")
    return persons


def work(folder: Path) -> dict[str, pd.DataFrame]:
    """Decent work indicators, and women and men by group of occupations."""
    source = read(folder / "kaz" / "kaz_decent_work_indicators.parquet")
    split = source.indicator.str.startswith("Sex split: ")
    groups = source[split].indicator.str.removeprefix("Sex split: ").str.removesuffix(", %")
    shares = source[split].assign(
        occupation=groups.map(_OCCUPATIONS), sex=source.segment.map(SEXES)
    )
    series = source[~split].assign(series=source.indicator.map(_INDICATORS))
    both = series.segment == "total"
    return {
        "kaz.labour_indicators": series[both][["series", "year", "value"]],
        "kaz.labour_indicators_by_sex": series[~both].assign(sex=series.segment.map(SEXES))[
            ["series", "sex", "year", "value"]
        ],
        "kaz.occupation_sex_share": named(
            shares, occupation="occupation", sex="sex", year="year", value="sex_share"
        ),
    }


def pages(folder: Path) -> dict[str, pd.DataFrame]:
    """Quotas and figures taken from public pages, row by row."""
    area = {"KZ": "KAZ", **REGIONS}
    quota = read(folder / "kaz" / "kaz_ethnic_return_quota.parquet")
    facts = read(folder / "kaz" / "kaz_published_facts.parquet")
    places = {name: REGIONS.get(name, name) for name in facts.partner.dropna().unique()}
    columns = ["topic", "indicator", "period", "area", "partner", "breakdown", "value", "unit",
               "source_page", "note"]  # fmt: skip
    return {
        "kaz.return_quota": quota.assign(area=quota.region.map(area))[
            ["year", "programme", "area", "unit", "value", "kind", "source_page", "note"]
        ],
        "kaz.published_facts": facts.assign(
            area=facts.region.map(area), partner=facts.partner.map(places)
        )[columns],
    }
