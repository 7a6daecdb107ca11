# SPDX-License-Identifier: Apache-2.0
"""Boundaries as GeoJSON with our codes, without spaces."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from .common import REGIONS

MAPS = {
    "kaz_adm1_2000_2017": (
        "geo.kaz.regions.2000",
        "Kazakhstan, 14 regions and 2 cities, to June 2018",
        "geokz",
    ),
    "kaz_adm1_2018": (
        "geo.kaz.regions.2018",
        "Kazakhstan, 14 regions and 3 cities, June 2018 to June 2022",
        "geokz",
    ),
    "kaz_adm1_2024": (
        "geo.kaz.regions.2022",
        "Kazakhstan, 17 regions and 3 cities, since June 2022",
        "geokz",
    ),
    "kaz_adm2_2024": (
        "geo.kaz.districts.2024",
        "Kazakhstan, districts and cities, January 2024",
        "geokz",
    ),
    "world_countries_110m": (
        "geo.world.110m",
        "Countries, coarse; wrong across 180 degrees (Russia, Fiji)",
        "naturalearth",
    ),
    "world_countries_50m": (
        "geo.world.50m",
        "Countries, medium; wrong across 180 degrees (Russia, Fiji)",
        "naturalearth",
    ),
}
"""Identifier, title and publication of each map."""
_NAMES = ("name_en", "name_ru", "name_kk")


def _properties(given: dict[str, Any]) -> dict[str, Any]:
    """Codes of an area; names only for districts, others have theirs in the code lists."""
    if "region" not in given:
        return {"country": given["iso3"]}
    region = {"region": REGIONS[given["region"]]}
    if "iso_3166_2" in given:
        return region
    return {"locality": given["kato"], **region, **{name: given[name] for name in _NAMES}}


def write(folder: Path, out: Path) -> list[dict[str, Any]]:
    """Write all maps; their catalogue entries."""
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, (id, title, publication) in MAPS.items():
        source = json.loads((folder / f"{name}.geojson").read_text("utf-8"))
        features = [
            {
                "type": "Feature",
                "properties": _properties(feature["properties"]),
                "geometry": feature["geometry"],
            }
            for feature in source["features"]
        ]
        shape = {"type": "FeatureCollection", "features": features}
        content = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
        file = out / f"{id.removeprefix('geo.')}.geojson"
        file.write_bytes(content)
        entries.append(
            {
                "id": id,
                "title": title,
                "publication": publication,
                "file": f"geo/{file.name}",
                "features": len(features),
                "bytes": len(content),
                "digest": hashlib.sha256(content).hexdigest(),
            }
        )
    return entries
