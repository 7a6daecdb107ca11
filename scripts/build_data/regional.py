# SPDX-License-Identifier: Apache-2.0
"""Tables on regions of other countries and on occupations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .common import SEXES, by_sex, named, read

KOREA = {
    "Seoul": "KR-11", "Busan": "KR-26", "Daegu": "KR-27", "Incheon": "KR-28",
    "Gwangju": "KR-29", "Daejeon": "KR-30", "Ulsan": "KR-31", "Gyeonggi-do": "KR-41",
    "Gangwon-do": "KR-42", "Chungcheongbuk-do": "KR-43", "Chungcheongnam-do": "KR-44",
    "Jeollabuk-do": "KR-45", "Jeollanam-do": "KR-46", "Gyeongsangbuk-do": "KR-47",
    "Gyeongsangnam-do": "KR-48", "Jeju": "KR-49", "Sejong": "KR-50",
}  # fmt: skip
FINLAND = {
    "Åland": "FI-01", "South Karelia": "FI-02", "South Ostrobothnia": "FI-03",
    "South Savo": "FI-04", "Kainuu": "FI-05", "Kanta-Häme": "FI-06",
    "Central Ostrobothnia": "FI-07", "Central Finland": "FI-08", "Kymenlaakso": "FI-09",
    "Lapland": "FI-10", "Pirkanmaa": "FI-11", "Ostrobothnia": "FI-12",
    "North Karelia": "FI-13", "North Ostrobothnia": "FI-14", "North Savo": "FI-15",
    "Päijät-Häme": "FI-16", "Satakunta": "FI-17", "Uusimaa": "FI-18",
    "Southwest Finland": "FI-19",
}  # fmt: skip
CANADA = {
    "Alberta": "CA-AB", "British Columbia": "CA-BC", "Manitoba": "CA-MB",
    "New Brunswick": "CA-NB", "Newfoundland and Labrador": "CA-NL", "Nova Scotia": "CA-NS",
    "Northwest Territories": "CA-NT", "Nunavut": "CA-NU", "Ontario": "CA-ON",
    "Prince Edward Island": "CA-PE", "Quebec": "CA-QC", "Saskatchewan": "CA-SK",
    "Yukon": "CA-YT",
}  # fmt: skip
ITALY = {"North-West": "ITC", "North-East": "ITH", "Center": "ITI", "South": "ITF",
         "Islands": "ITG"}  # fmt: skip


def _lower(ages: pd.Series) -> pd.Series:
    """Lower bound of age groups such as ``5-9`` and ``95+``."""
    return ages.str.extract(r"^(\d+)", expand=False).astype(int)


def korea(folder: Path) -> dict[str, pd.DataFrame]:
    """Republic of Korea: moves, distances, population, product."""
    moves = read(folder / "regional" / "korea_region_od_quarterly.parquet")
    pairs = read(folder / "regional" / "korea_region_od_covariates.parquet")
    pairs = pairs.assign(origin=pairs.orig.map(KOREA), destination=pairs.dest.map(KOREA))
    economy = read(folder / "regional" / "korea_region_economy.parquet").rename(
        columns={
            "gdp_pc": "gdp_per_head",
            "gross_income_pc": "gross_income_per_head",
            "personal_income_pc": "personal_income_per_head",
            "private_consumption_pc": "private_consumption_per_head",
        }
    )
    population = read(folder / "regional" / "korea_region_population.parquet")
    whole = economy.region == "Whole country"
    distance = named(
        pairs.drop_duplicates(["origin", "destination"]), origin="origin",
        destination="destination", dist_cent="distance_centroids", dist_min="distance_nearest",
        dist_pw="distance_population_weighted", contig="contiguous",
    )  # fmt: skip
    return {
        "korea.moves": moves.assign(
            origin=moves.orig.map(KOREA), destination=moves.dest.map(KOREA), moves=moves.flow
        )[["origin", "destination", "year", "quarter", "moves"]],
        "korea.distance": distance.assign(contiguous=distance.contiguous.astype(int)),
        "korea.area": named(pairs.drop_duplicates("origin"), origin="region", orig_area_km2="area"),
        "korea.population": population.assign(region=population.region.map(KOREA)),
        "korea.economy": economy[~whole].assign(region=economy.region[~whole].map(KOREA)),
        "korea.national_economy": economy[whole].drop(columns="region"),
    }


def europe(folder: Path) -> dict[str, pd.DataFrame]:
    """Italy and the United Kingdom; years to June carry the year in which they start."""
    italy = read(folder / "regional" / "italy_area_od_age.parquet")
    uk = read(folder / "regional" / "uk_region_od.parquet")
    ages = read(folder / "regional" / "uk_moves_by_age.parquet")
    by_age = ages.pivot(index=["year_to_june", "age"], columns="measure", values="value")
    local = read(folder / "regional" / "uk_local_area_population.parquet")
    return {
        "italy.moves": italy.assign(
            origin=italy.orig.map(ITALY), destination=italy.dest.map(ITALY),
            age=_lower(italy.age_grp), moves=italy.flow,
        )[["origin", "destination", "year", "age", "moves"]],
        "uk.moves": uk.assign(
            origin=uk.orig_code, destination=uk.dest_code, year=uk.year_to_june - 1
        ).loc[uk.orig_code != uk.dest_code, ["origin", "destination", "year", "moves"]],
        "uk.moves_by_age": by_age.rename_axis(columns=None).reset_index().assign(
            year=lambda frame: frame.year_to_june - 1
        ).rename(columns={"count": "moves", "prob": "migration_probability"}).drop(
            columns="year_to_june"
        ),
        "uk.local_population": local.rename(
            columns={"area_code": "locality", "area_name": "name"}
        ),
    }  # fmt: skip


def america(folder: Path) -> dict[str, pd.DataFrame]:
    """Canada, the United States, and age profiles of Brazil and France."""
    population = read(folder / "regional" / "canada_province_population.parquet").dropna()
    shares = read(folder / "regional" / "canada_province_migration_shares.parquet")
    keyed = shares.assign(region=shares.name.map(CANADA))
    ins, outs = (
        by_sex(
            keyed[["region", f"{way}migrationM_share", f"{way}migrationF_share"]],
            f"{way}_migration_share",
            male=f"{way}migrationM_share", female=f"{way}migrationF_share",
        )
        for way in ("in", "out")
    )  # fmt: skip
    irs = read(folder / "regional" / "usa_state_od_irs_2017_2018.parquet")
    irs = irs[irs.kind != "total or foreign line"].dropna(subset=["returns"])
    return {
        "canada.population": population.assign(
            region=population.name.map(CANADA), sex=population.sex.map(SEXES),
            age=_lower(population.age),
            population=(population.population_thousand * 1000).round(2),
        )[["region", "sex", "age", "year", "population"]],
        "canada.migration_shares": ins.merge(outs, on=["region", "sex"]),
        "usa.moves": irs.assign(
            origin="US-" + irs.state_abbr, destination="US-" + irs.dest_state, year=2017,
            # published in thousands of dollars
            adjusted_gross_income=irs.agi_thousand * 1000,
        )[["origin", "destination", "year", "returns", "exemptions", "adjusted_gross_income"]],
        **_profiles(folder),
    }  # fmt: skip


def _profiles(folder: Path) -> dict[str, pd.DataFrame]:
    source = read(folder / "regional" / "age_specific_migrants_brazil_france.parquet")
    schedules = read(folder / "regional" / "migration_model_schedule_parameters.parquet")
    return {
        "ipums.migrants_by_age": source.assign(
            country=source["sample"].str[:3], year=source["sample"].str[3:].astype(int)
        ).drop(columns="sample").astype({"age": int}),
        "un.model_schedules": schedules.assign(sex=schedules.sex.map(SEXES)).rename(
            columns={"schedule_abb": "short", "param": "parameter"}
        )[["set", "schedule", "short", "sex", "parameter", "value"]],
    }  # fmt: skip


def finland(folder: Path) -> dict[str, pd.DataFrame]:
    """Finland: nineteen regions; the country only where regions do not add to it."""
    tables = {}
    for name, id, columns in (
        ("population", "finland.population", {}),
        ("net_migration_age", "finland.net_migration", {}),
        ("official_projection_2024", "finland.projection_2024",
         {"population_projected": "population"}),
        ("mx", "finland.mortality", {}),
        ("pasfr", "finland.fertility", {"percent_of_fertility": "fertility_share"}),
    ):  # fmt: skip
        source = read(folder / "regional" / f"finland_region_{name}.parquet")
        source = source.rename(columns=columns)
        if "sex" in source:
            source = source[source.sex.isin(SEXES)].assign(sex=source.sex.map(SEXES))
        tables[id] = source
    names = tables["finland.population"].drop_duplicates("reg_code").set_index("reg_code")["name"]
    whole = {
        "finland.mortality": "finland.national_mortality",
        "finland.fertility": "finland.national_fertility",
        "finland.projection_2024": "finland.national_projection_2024",
    }
    result = {}
    for id, source in tables.items():
        country = source.reg_code == 246
        keyed = source[~country].assign(region=source.reg_code[~country].map(names).map(FINLAND))
        result[id] = keyed.drop(columns=["reg_code", "name"], errors="ignore")
        if id in whole:
            rows = source[country].drop(columns=["reg_code", "name"], errors="ignore")
            result[whole[id]] = rows
    return result | _finland_summary(folder)


def _finland_summary(folder: Path) -> dict[str, pd.DataFrame]:
    source = read(folder / "regional" / "finland_region_summary.parquet")
    expectancy = by_sex(
        source[["name", "year", "e0_male", "e0_female"]], "e0", male="e0_male", female="e0_female"
    )
    tables = {}
    for id, national, frame in (
        ("summary", "national", source[["name", "year", "net_migration", "tfr"]]),
        ("life_expectancy", "national_life_expectancy", expectancy),
    ):
        country = frame["name"] == "Finland"
        regions = frame[~country].assign(region=frame["name"][~country].map(FINLAND))
        tables[f"finland.{id}"] = regions.drop(columns="name")
        tables[f"finland.{national}"] = frame[country].drop(columns="name")
    return tables


def occupations(folder: Path) -> dict[str, pd.DataFrame]:
    """Projections and jobs by occupation of the United States."""
    vintages = read(folder / "regional" / "labour_us_occupation_projections.parquet")
    thousand = ["employment_base", "employment_projected", "annual_openings"]
    oews = read(folder / "regional" / "labour_us_oews_2025_national.parquet")
    return {
        "usa.occupation_projections": vintages.assign(
            year=vintages.vintage.str[:4].astype(int), occupation=vintages.soc,
            median_annual_wage=vintages.median_wage_usd,
            **{name: (vintages[f"{name}_thousand"] * 1000).round() for name in thousand},
        )[["year", "occupation", *thousand, "median_annual_wage", "title", "entry_education",
           "work_experience", "training"]],
        "usa.oews_2025": named(
            oews, data_year="year", industry_code="industry", industry_name="industry_name",
            industry_level="industry_level", soc="occupation", title="title",
            occupation_level="occupation_level", employment="employment",
            employment_rse_pct="employment_rse", annual_mean_wage_usd="annual_mean_wage",
            annual_median_wage_usd="annual_median_wage",
        ),
        "statsnz.crossings_example": read(folder / "regional" / "border_crossings_example.parquet"),
        "bandicoot.phone_example": read(folder / "regional" / "phone_records_example.parquet"),
    }  # fmt: skip
