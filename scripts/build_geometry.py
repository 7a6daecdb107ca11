# SPDX-License-Identifier: Apache-2.0
"""Project and simplify outlines for the maps: ``python scripts/build_geometry.py``.

Reads the package's own GeoJSON and code lists and writes one small JSON file a geography
to ``src/keruen/report/geometry``: whole numbers on a canvas 10,000 units wide, y
downwards. Needs pyproj and shapely, which the package itself does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Point, Polygon, box, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import polylabel

CANVAS = 10_000
PACKAGE = Path(__file__).parents[1] / "src" / "keruen"
OUT = PACKAGE / "report" / "geometry"

ALBERS = "+proj=aea +lat_1=43 +lat_2=53 +lat_0=48 +lon_0=67 +ellps=WGS84 +units=m"
EQUAL_EARTH = "+proj=eqearth +lon_0=11 +ellps=WGS84 +units=m"
SEAM = -169.0  # opposite of the central meridian 11 E: no land but islets

KAZAKHSTAN = {
    "KAZ-2000": "kaz.regions.2000",
    "KAZ-2018": "kaz.regions.2018",
    "KAZ-2024": "kaz.regions.2022",
}
CALLOUTS = {  # centres of the inset circles, in longitude and latitude, on free paper
    "KZ-71": (79.75, 54.35),
    "KZ-75": (78.9, 41.0),
    "KZ-79": (72.6, 40.9),
}
LABELS = {  # where names stand clear of insets and their leaders
    "KZ-61": (67.75, 41.75),
    "KZ-55": (77.0, 51.75),
}
OVERSEAS = {  # departments that the UN counts apart and Natural Earth draws with France
    "GUF": ("FRA", (-53.0, 4.0)),
    "GLP": ("FRA", (-61.6, 16.2)),
    "MTQ": ("FRA", (-61.0, 14.6)),
    "MYT": ("FRA", (45.1, -12.8)),
    "REU": ("FRA", (55.5, -21.1)),
    "BES": ("NLD", (-68.2, 12.2)),
}
MERGED = {"XNC": "CYP", "XSL": "SOM", "ALA": "FIN", "NFK": "AUS"}  # counted there by the UN
UNPEOPLED = {"ATA", "ATF", "HMD", "IOT", "PCN", "SGS"}  # in no table of population
CRIMEA = Point(34.3, 45.2)  # counted with Ukraine by the UN
# The published file drew outlines that cross 180 degrees with straight lines over the whole
# map and made them valid by the even-odd rule: between such a pair of lines land and sea
# changed places. Each pair: latitudes of the lower and of the upper line, at -180 and 180.
STRIPS = {
    "RUS": [((65.07, 65.04), (68.98, 69.01)), ((70.99, 70.98), (71.54, 71.53))],
}
FIJI = shapely.union_all([box(175, -25, 180, -10), box(-180, -25, -177, -10)])
POINTS_ONLY = {"GIB": (-5.35, 36.13), "TKL": (-172.0, -9.0), "TUV": (179.2, -8.5)}
ANCHORS = {  # where most people live, when the middle of the outline is empty land
    "RUS": (45.0, 55.5),
    "CAN": (-90.0, 48.5),
    "USA": (-92.0, 39.5),
    "CHN": (110.0, 33.5),
    "AUS": (146.5, -34.0),
    "BRA": (-47.0, -19.0),
    "EGY": (31.1, 29.8),
    "DZA": (3.0, 35.5),
    "LBY": (15.0, 31.5),
    "NOR": (9.5, 60.5),
    "SWE": (15.5, 59.5),
    "FIN": (25.0, 61.5),
    "FRA": (2.5, 47.0),
}


def main() -> None:
    """Write every geography."""
    OUT.mkdir(exist_ok=True)
    regions = pd.read_csv(PACKAGE / "core" / "codelists" / "regions.csv", index_col="code")
    for name, file in KAZAKHSTAN.items():
        write(name, kazakhstan(outlines(file, "region"), regions))
    countries = pd.read_csv(PACKAGE / "core" / "codelists" / "countries.csv", keep_default_na=False)
    write("world", world(outlines("world.50m", "country"), set(countries.iloc[:, 0])))


def outlines(file: str, key: str) -> list[tuple[str | None, BaseGeometry]]:
    """Code and outline of every feature of a file."""
    stored = json.loads((PACKAGE / "data" / "geo" / f"{file}.geojson").read_text("utf8"))
    return [(f["properties"][key], shape(f["geometry"])) for f in stored["features"]]


def kazakhstan(features: list[tuple[str | None, BaseGeometry]], regions: pd.DataFrame) -> dict:
    """Regions of Kazakhstan on an Albers equal-area cone."""
    to_plane = Transformer.from_crs("EPSG:4326", ALBERS, always_xy=True).transform
    codes = [str(code) for code, _ in features]
    plane = clean([projected(outline, to_plane) for _, outline in features])
    simple = dict(zip(codes, simplified(plane, 2_000), strict=True))
    canvas = Canvas(list(simple.values()))
    areas = [
        {
            "code": code,
            "aliases": sorted(
                set(regions.loc[code, ["short_code", "former_code"]].dropna()) - {code}
            ),
            **canvas.area(outline),
            **({"label": canvas.point(to_plane(*LABELS[code]))} if code in LABELS else {}),
            **({"callout": canvas.point(to_plane(*CALLOUTS[code]))} if code in CALLOUTS else {}),
        }
        for code, outline in simple.items()
    ]
    return {
        "projection": ALBERS,
        "source": "geokz (A. Rodionoff), after the Bureau of National Statistics, Kazakhstan",
        "licence": "CC-BY-4.0",
        "height": canvas.height,
        "frame": canvas.frame,
        "areas": sorted(areas, key=lambda area: area["code"]),
    }


def world(features: list[tuple[str | None, BaseGeometry]], wanted: set[str]) -> dict:
    """Countries and areas of the UN tables on the Equal Earth projection."""
    to_plane = Transformer.from_crs("EPSG:4326", EQUAL_EARTH, always_xy=True).transform
    shapes = as_counted(features)
    codes = sorted(shapes.keys() - UNPEOPLED)
    degrees = clean([across_the_seam(shapes[code]) for code in codes])
    plane = [projected(s, to_plane) for s in degrees]
    simple = dict(zip(codes, simplified(plane, 14_000), strict=True))
    canvas = Canvas(list(simple.values()))
    for code in ("RUS", "FJI", "KAZ", "UKR"):
        print(f"{code}: {simple[code].area / 1e12:.3f} million km2")
    areas = [
        {"code": code, "aliases": [], **canvas.area(outline)}
        | ({"anchor": canvas.point(to_plane(*ANCHORS[code]))} if code in ANCHORS else {})
        for code, outline in simple.items()
    ]
    areas += [
        {
            "code": code,
            "aliases": [],
            "rings": [],
            "label": canvas.point(to_plane(*where)),
            "size": 0,
        }
        for code, where in POINTS_ONLY.items()
    ]
    missing = wanted - {area["code"] for area in areas}
    if missing:
        raise SystemExit(f"areas without outline or point: {sorted(missing)}")
    return {
        "projection": EQUAL_EARTH,
        "source": "Natural Earth 4.1, 1:50m; areas joined and split as the UN tables count them",
        "licence": "public domain",
        "height": canvas.height,
        "frame": canvas.frame,
        "areas": sorted(areas, key=lambda area: area["code"]),
    }


def as_counted(features: list[tuple[str | None, BaseGeometry]]) -> dict[str, BaseGeometry]:
    """Outlines joined and split so that they cover what the UN tables count."""
    shapes: dict[str, BaseGeometry] = {}
    for given, outline in features:
        if given:
            code = MERGED.get(given, given)
            valid = shapely.make_valid(outline)
            shapes[code] = shapes[code].union(valid) if code in shapes else valid
    shapes["FJI"] = shapes["FJI"].intersection(FIJI).buffer(-0.03).buffer(0.03)
    for code, strips in STRIPS.items():
        shapes[code] = without_strips(shapes[code], strips)
    for code, (mother, where) in OVERSEAS.items():
        near = Point(where).buffer(1.0)
        parts = list(shapes[mother].geoms)
        shapes[code] = MultiPolygon([p for p in parts if p.intersects(near)])
        shapes[mother] = MultiPolygon([p for p in parts if not p.intersects(near)])
    parts = list(shapes["RUS"].geoms)
    crimea = [p for p in parts if p.contains(CRIMEA)]
    shapes["RUS"] = MultiPolygon([p for p in parts if not p.contains(CRIMEA)])
    shapes["UKR"] = shapes["UKR"].union(crimea[0])
    return shapes


def without_strips(outline: BaseGeometry, strips: list) -> BaseGeometry:
    """Land and sea put back between the lines of each strip."""
    for low, high in strips:
        strip = Polygon([(-180, low[0]), (180, low[1]), (180, high[1]), (-180, high[0])])
        outline = outline.symmetric_difference(strip)
        for west, east in (low, high):  # the lines were rounded: clear the slivers beside them
            beside = Polygon(
                [(-180, west - 0.05), (180, east - 0.05), (180, east + 0.05), (-180, west + 0.05)]
            )
            smooth = outline.buffer(0.03).buffer(-0.06).buffer(0.03)
            outline = outline.difference(beside).union(smooth.intersection(beside))
    return only_polygons(outline)


def across_the_seam(outline: BaseGeometry) -> BaseGeometry:
    """Parts west of the seam moved to the east, so that Chukotka is whole."""
    east = outline.intersection(box(SEAM + 1e-6, -90, 180, 90))
    west = outline.intersection(box(-180, -90, SEAM - 1e-6, 90))
    if west.is_empty:
        return only_polygons(east)
    moved = projected(west, lambda x, y: (x + 360 - 1e-9, y))
    return only_polygons(shapely.union(east, moved, grid_size=1e-6))


def projected(outline: BaseGeometry, to_plane: Callable[..., tuple[Any, Any]]) -> BaseGeometry:
    """An outline with every corner moved to the plane."""
    return shapely.transform(outline, to_plane, interleaved=False)


def only_polygons(outline: BaseGeometry) -> BaseGeometry:
    """The polygons of a collection."""
    if isinstance(outline, Polygon | MultiPolygon):
        return outline
    return MultiPolygon([g for g in outline.geoms if isinstance(g, Polygon)])


def clean(outlines: list[BaseGeometry]) -> list[BaseGeometry]:
    """Neighbours with identical shared edges."""
    return list(shapely.coverage_clean(outlines))


def simplified(outlines: list[BaseGeometry], tolerance: float) -> list[BaseGeometry]:
    """Fewer corners, shared borders still shared; areas too small to keep stay as they are."""
    return list(shapely.coverage_simplify(outlines, tolerance))


class Canvas:
    """The common frame of all outlines of a geography."""

    def __init__(self, outlines: list[BaseGeometry]) -> None:
        bounds = np.array([o.bounds for o in outlines if not o.is_empty])
        self.left, self.top = bounds[:, 0].min(), bounds[:, 3].max()
        self.scale = CANVAS / (bounds[:, 2].max() - self.left)
        self.height = round((self.top - bounds[:, 1].min()) * self.scale)
        self.frame = [round(self.left), round(self.top), float(f"{self.scale:.9g}")]

    def point(self, place: tuple[float, float]) -> list[int]:
        """A place as whole canvas units."""
        x, y = place
        return [round((x - self.left) * self.scale), round((self.top - y) * self.scale)]

    def area(self, outline: BaseGeometry) -> dict:
        """Rings, label point and size (square root of the area) of an outline."""
        polygons = list(outline.geoms) if hasattr(outline, "geoms") else [outline]
        largest = max(polygons, key=lambda p: p.area)
        middle = polylabel(largest, tolerance=5_000)
        rings = [self.ring(p) for p in sorted(polygons, key=lambda p: -p.area)]
        holes = [self.ring(Polygon(h)) for p in polygons for h in p.interiors]
        return {
            "label": self.point((middle.x, middle.y)),
            "size": round(float(np.sqrt(outline.area)) * self.scale),
            "rings": [ring for ring in rings + holes if len(ring) >= 6],
        }

    def ring(self, polygon: Polygon) -> list[int]:
        """Corners of a ring as x0, y0, x1, y1 ... without repeats."""
        corners = [self.point(corner[:2]) for corner in polygon.exterior.coords[:-1]]
        kept = [
            c for c, before in zip(corners, corners[-1:] + corners[:-1], strict=True) if c != before
        ]
        return [number for corner in kept for number in corner]


def write(name: str, geography: dict) -> None:
    """One compact JSON file, one area a line."""
    areas = geography.pop("areas")
    head = json.dumps({"id": name, "width": CANVAS, **geography}, ensure_ascii=False)[1:-1]
    rows = ",\n".join(json.dumps(a, ensure_ascii=False, separators=(",", ":")) for a in areas)
    path = OUT / f"{name}.json"
    path.write_text(f'{{{head}, "areas": [\n{rows}\n]}}\n', encoding="utf8")
    print(f"{path.name}: {len(areas)} areas, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
