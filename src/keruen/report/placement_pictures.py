# SPDX-License-Identifier: Apache-2.0
"""Maps of a placement: persons placed by region, and by district where the codes are known."""

from __future__ import annotations

from typing import Final

import numpy as np

from keruen.core.codes import all_regions, region_name
from keruen.report._geography import load_geography
from keruen.report.locale import Count, Locale, msg
from keruen.report.maps import choropleth, map_credit
from keruen.report.place_maps import place_map
from keruen.report.placement_fairness import fair_regions
from keruen.report.placement_run import PlacementRun

PRACTICE: Final = msg("Practice data: made up, not real")
_GEOGRAPHY: Final = "KAZ-2024"
_DISTRICTS: Final = "geo.kaz.districts.2024"


def placement_maps(run: PlacementRun, locale: Locale) -> dict[str, str]:
    """Maps as SVG by name; none where no region or district is known.

    Parameters
    ----------
    run : PlacementRun
        The run.
    locale : Locale
        Language.

    Returns
    -------
    dict of str to str
        ``map_regions`` and ``map_districts``, as far as the codes are known.
    """
    drawn = {"map_regions": _regions(run, locale), "map_districts": _districts(run, locale)}
    return {name: one for name, one in drawn.items() if one}


def _title(run: PlacementRun, locale: Locale) -> str:
    placed = run.placement.assignment.size - run.waiting
    said = msg("Places for {placed} families", placed=Count(placed)).render(locale)
    return f"{said} · {PRACTICE.render(locale)}" if run.practice else said


def _regions(run: PlacementRun, locale: Locale) -> str:
    table = fair_regions(run, locale)
    known = load_geography(_GEOGRAPHY).names
    if table.empty or not table["region"].isin(list(known)).all():
        return ""
    areas = all_regions()
    rates = bool(table["per_1000"].notna().all())
    values = table.set_index("region")["per_1000" if rates else "persons"]
    digits = (1 if values.max() >= 2 else 2) if rates else 0
    unit = msg("persons placed per 1,000 residents") if rates else msg("persons placed")
    return choropleth(
        {str(code): float(value) for code, value in values.items()},
        title=_title(run, locale),
        unit=unit.render(locale),
        geography=_GEOGRAPHY,
        labels={code: region_name(code, locale.lang) for code in values.index if code in areas},
        number=lambda value: locale.number(value, decimals=digits),
        note=map_credit(_GEOGRAPHY),
    )


def _districts(run: PlacementRun, locale: Locale) -> str:
    """A circle a district; districts are known by their codes."""
    import pandas as pd

    from keruen.sources.maps import load_map

    load = run.placement.load
    persons = load[(load["service"] == run.tables.persons) & (load["used"] > 0)]
    used = persons.set_index("locality")["used"].to_dict()
    rows = []
    for feature in load_map(_DISTRICTS)["features"]:
        code = str(feature["properties"]["locality"])
        if code in used:
            lon, lat = _middle(feature["geometry"])
            rows.append((lon, lat, float(used[code]), run.case.name(code, locale.lang)))
    if len(rows) < 0.5 * max(len(used), 1):
        return ""
    left = sum(used.values()) - sum(row[2] for row in rows)
    credit = map_credit(_GEOGRAPHY)
    hidden = msg(
        "Not shown: {left} persons in districts without outlines. {credit}",
        left=Count(float(left)),
        credit=credit,
    )
    note = hidden.render(locale) if left else credit
    return place_map(
        pd.DataFrame(rows, columns=["lon", "lat", "people", "name"]),
        title=_title(run, locale),
        unit=msg("persons placed").render(locale),
        geography=_GEOGRAPHY,
        named=10,
        number=locale.number,
        legend=msg("persons placed in a district").render(locale),
        note=note,
    )


def _middle(geometry: dict[str, object]) -> tuple[float, float]:
    """Middle of the outline's box: near enough for a circle."""
    parts = geometry["coordinates"]
    if not isinstance(parts, list):
        return (np.nan, np.nan)
    rings = [parts[0]] if geometry["type"] == "Polygon" else [part[0] for part in parts]
    largest = max((np.asarray(ring, dtype=float)[:, :2] for ring in rings), key=np.ptp)
    lon, lat = (largest.min(axis=0) + largest.max(axis=0)) / 2
    return float(lon), float(lat)
