# SPDX-License-Identifier: Apache-2.0
"""Refugees, border detections, deaths on the way, and education."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .common import SEXES, named, read

_CODES = {"UKN": "UNK", "STA": "XXA", "STL": "XXA"}
"""One code for unknown (UNK) and one for stateless (XXA) in all tables."""


def _protected(folder: Path, name: str, **columns: str) -> pd.DataFrame:
    frame = read(folder / f"unhcr_{name}.parquet").rename(
        columns={"asylum": "destination", **columns}
    )
    return frame.assign(
        origin=frame.origin.replace(_CODES), destination=frame.destination.replace(_CODES)
    )


def protection(folder: Path) -> dict[str, pd.DataFrame]:
    """UNHCR: stocks, flows, applications, decisions and solutions."""
    return {
        "unhcr.population": _protected(
            folder, "population",
            idps="internally_displaced", returned_idps="returned_internally_displaced",
        ),
        "unhcr.flows": _protected(
            folder, "flows",
            refugees="new_refugees", asylum_seekers="new_asylum_seekers",
            refugee_like="new_refugee_like", other_in_need="new_other_in_need",
        ),
        "unhcr.applications": _protected(
            folder, "asylum_applications",
            procedure_type="procedure", app_type="application", dec_level="level",
            app_pc="counted", applied="asylum_applications",
        ),
        "unhcr.decisions": _protected(
            folder, "asylum_decisions",
            procedure_type="procedure", dec_level="level", dec_pc="counted",
            recognized="recognised", other="complementary_protection",
            closed="otherwise_closed", total="decisions",
        ),
        "unhcr.solutions": _protected(
            folder, "solutions",
            resettlement="resettled", naturalisation="naturalised",
            returned_idps="returned_internally_displaced",
        ),
    }  # fmt: skip


def borders(folder: Path) -> dict[str, pd.DataFrame]:
    """Detections at the border of the EU and deaths on the way."""
    detections = read(folder / "frontex_detections.parquet")
    events = named(
        read(folder / "iom_missing_migrants.parquet"),
        date="date", route="route", region_country="country", dead_missing="dead_missing",
        survivors="survivors", cause="cause", origin="origin", lat="lat", lon="lon",
    )  # fmt: skip
    return {
        "frontex.detections": detections.assign(
            citizenship=detections.nationality.replace(_CODES), border=detections.border.str.lower()
        ).drop(columns="nationality"),
        "iom.missing_migrants": events,
    }


def education(folder: Path) -> dict[str, pd.DataFrame]:
    """Population by attainment; the split of post-secondary stands apart."""
    source = read(folder / "wic_population_education.parquet")
    people = source.assign(
        country=source.iso3,
        sex=source.sex.map(SEXES),
        # published in thousands with one decimal, so exact in hundreds of persons
        population=(source.population_thousand.astype(float) * 10).round().astype(int) * 100,
    ).drop(columns=["iso3", "population_thousand", "detail"])
    return {
        "wic.population": people[~source.detail],
        "wic.population_post_secondary": people[source.detail],
    }
