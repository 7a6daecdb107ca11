# SPDX-License-Identifier: Apache-2.0
"""Places on a map by longitude and latitude: the equal-area projections of the outlines.

Both are those of the packaged outlines on the ellipsoid WGS 84, so that a place stands where
its coast does.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_A: Final = 6_378_137.0
_E2: Final = 0.00669437999014
_E: Final = _E2**0.5
_ALBERS: Final = (43.0, 53.0, 48.0, 67.0)  # standard parallels, origin
_MERIDIAN: Final = 11.0  # middle of the world map
_EARTH: Final = (1.340264, -0.081106, 0.000893, 0.003796)
_GEODETIC: Final = (  # from the latitude of equal areas, Snyder (1987), formula 3-18
    _E2 / 3 + 31 * _E2**2 / 180 + 517 * _E2**3 / 5040,
    23 * _E2**2 / 360 + 251 * _E2**3 / 3780,
    761 * _E2**3 / 45360,
)


def kazakhstan(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Metres east and north on the Albers cone of the maps of Kazakhstan."""
    first, second, origin, meridian = (np.radians(angle) for angle in _ALBERS)
    m1, m2 = (np.cos(p) / np.sqrt(1 - _E2 * np.sin(p) ** 2) for p in (first, second))
    n = (m1**2 - m2**2) / (_q(second) - _q(first))
    c = m1**2 + n * _q(first)
    radius = _A * np.sqrt(c - n * _q(np.radians(lat))) / n
    angle = n * (np.radians(lon) - meridian)
    pole = _A * np.sqrt(c - n * _q(origin)) / n
    return radius * np.sin(angle), pole - radius * np.cos(angle)


def world(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Metres east and north on the Equal Earth map, its edges 180 degrees from the middle."""
    pole = float(_q(np.array(np.pi / 2)))
    radius = _A * np.sqrt(pole / 2)
    east = np.radians((lon - _MERIDIAN + 180) % 360 - 180)
    theta = np.arcsin(np.sqrt(3) / 2 * np.clip(_q(np.radians(lat)) / pole, -1, 1))
    a1, a2, a3, a4 = _EARTH
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    x = 2 * np.sqrt(3) * east * np.cos(theta) / (3 * slope)
    y = theta * (a4 * theta**8 + a3 * theta**6 + a2 * theta**2 + a1)
    return radius * x, radius * y


def world_back(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude of metres on the Equal Earth map; east of its edge beyond 180."""
    pole = float(_q(np.array(np.pi / 2)))
    radius = _A * np.sqrt(pole / 2)
    a1, a2, a3, a4 = _EARTH
    theta = y / radius
    for _ in range(8):  # Newton's steps; the curve is nearly straight
        slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
        high = theta * (a4 * theta**8 + a3 * theta**6 + a2 * theta**2 + a1)
        theta = np.clip(theta - (high - y / radius) / slope, -np.pi / 3, np.pi / 3)
    slope = 9 * a4 * theta**8 + 7 * a3 * theta**6 + 3 * a2 * theta**2 + a1
    east = 3 * x * slope / (2 * np.sqrt(3) * radius * np.cos(theta))
    equal = np.arcsin(np.clip(2 / np.sqrt(3) * np.sin(theta), -1, 1))
    lat = equal + sum(c * np.sin(2 * k * equal) for k, c in enumerate(_GEODETIC, 1))
    return np.degrees(east) + _MERIDIAN, np.degrees(lat)


def _q(lat: Floats) -> Floats:
    """Area of the ellipsoid below a latitude, in units of the squared half-axis."""
    s = np.sin(lat)
    tail = np.log((1 - _E * s) / (1 + _E * s)) / (2 * _E)
    return np.asarray((1 - _E2) * (s / (1 - _E2 * s**2) - tail))
