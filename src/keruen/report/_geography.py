# SPDX-License-Identifier: Apache-2.0
"""Outlines for maps: projected and simplified beforehand, read from packaged files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np

from keruen.core.errors import CodeError
from keruen.report import _projection
from keruen.report._svg import path

GEOGRAPHIES: Final[tuple[str, ...]] = ("KAZ-2000", "KAZ-2018", "KAZ-2024", "world")
"""Regions of Kazakhstan as they were from 2000, from June 2018 and from June 2022; the world."""

_SPECK: Final = 0.7  # pixels that no reader sees

Ring = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Place = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """One region or country on the canvas of its geography.

    ``label`` is where its name stands, ``anchor`` where flows begin and end, ``size`` the
    side of a square as large; ``callout`` the centre of an inset for a city too small to
    see.
    """

    code: str
    rings: tuple[Ring, ...]
    label: Place
    anchor: Place
    size: float
    callout: Place | None


@dataclass(frozen=True)
class Geography:
    """Areas on a canvas, y downwards, and every code that names one of them.

    ``frame`` is the left and the upper edge in metres of the projection, and canvas units
    to a metre.
    """

    id: str
    width: float
    height: float
    frame: tuple[float, float, float]
    areas: dict[str, Area]
    names: dict[str, str]
    source: str
    licence: str

    def resolve(self, codes: Iterable[str], *, where: str) -> dict[str, str]:
        """The geography's own code of each code given; all unknown ones in one error."""
        wanted = list(dict.fromkeys(str(code) for code in codes))
        unknown = [code for code in wanted if code not in self.names]
        if unknown:
            raise CodeError(
                f"no area {', '.join(map(repr, unknown))} in geography {self.id}",
                where=where,
                remedy=self._remedy(unknown),
            )
        return {code: self.names[code] for code in wanted}

    def places(self, lon: Sequence[float], lat: Sequence[float]) -> list[Place]:
        """Where longitudes and latitudes stand on the canvas."""
        plane = _projection.world if self.id == "world" else _projection.kazakhstan
        x, y = plane(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        left, top, scale = self.frame
        return list(zip(((x - left) * scale).tolist(), ((top - y) * scale).tolist(), strict=True))

    def lon_lat(self, places: Sequence[Place] | Ring) -> list[Place]:
        """Longitudes and latitudes of places on the canvas of the world."""
        left, top, scale = self.frame
        x, y = np.asarray(places, dtype=float).reshape(-1, 2).T
        lon, lat = _projection.world_back(x / scale + left, top - y / scale)
        return list(zip(lon.tolist(), lat.tolist(), strict=True))

    def _remedy(self, unknown: list[str]) -> str:
        """Another geography that has the codes, or near codes of this one."""
        for name in GEOGRAPHIES:
            if name != self.id and all(code in load_geography(name).names for code in unknown):
                return f"geography {name} has it; choose by the date of the figures"
        near = [c for code in unknown for c in get_close_matches(code, self.names, n=3)]
        return f"did you mean {', '.join(dict.fromkeys(near))}?" if near else "use ISO 3166 codes"


@cache
def load_geography(name: str) -> Geography:
    """A packaged geography by its name.

    Parameters
    ----------
    name : str
        One of ``GEOGRAPHIES``.

    Returns
    -------
    Geography

    Raises
    ------
    CodeError
        There is no such geography.
    """
    if name not in GEOGRAPHIES:
        raise CodeError(f"no geography '{name}'", remedy=f"choose one of {', '.join(GEOGRAPHIES)}")
    file = resources.files("keruen.report") / "geometry" / f"{name}.json"
    stored = json.loads(file.read_text("utf8"))
    areas = {entry["code"]: _area(entry) for entry in stored["areas"]}
    names = {alias: entry["code"] for entry in stored["areas"] for alias in entry["aliases"]}
    return Geography(
        id=name,
        width=stored["width"],
        height=stored["height"],
        frame=(stored["frame"][0], stored["frame"][1], stored["frame"][2]),
        areas=areas,
        names=names | {code: code for code in areas},
        source=stored["source"],
        licence=stored["licence"],
    )


def _area(entry: dict[str, Any]) -> Area:
    return Area(
        code=entry["code"],
        rings=tuple(np.array(ring, dtype=np.int64).reshape(-1, 2) for ring in entry["rings"]),
        label=_place(entry["label"]),
        anchor=_place(entry.get("anchor", entry["label"])),
        size=float(entry["size"]),
        callout=_place(entry["callout"]) if "callout" in entry else None,
    )


def _place(pair: list[int]) -> Place:
    return float(pair[0]), float(pair[1])


def outline_path(rings: Iterable[Ring], pixels: float, shift: Place = (0.0, 0.0)) -> str:
    """Rings as the ``d`` of a path, at ``pixels`` a canvas unit; specks are left out."""
    parts = []
    for place, ring in enumerate(rings):
        corners = ring * pixels + np.array(shift)
        if place == 0 or np.ptp(corners, axis=0).max() > _SPECK:
            parts.append(path(corners.tolist(), least=_SPECK))
    return "".join(parts)
