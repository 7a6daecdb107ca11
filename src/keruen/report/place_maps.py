# SPDX-License-Identifier: Apache-2.0
"""Maps of where people live: a circle for every place, its area as its people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import CoverageError, SchemaError
from keruen.report import _arrows as arrows
from keruen.report import palette
from keruen.report._geography import Geography, Place, load_geography, outline_path
from keruen.report._svg import MARGIN, Heading, Number, label, num, page, plain_number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["place_map"]

_LARGEST: Final = 22.0  # radius of the largest circle, in pixels
_SMALLEST: Final = 1.1
_STEPS: Final = (1.0, 2.0, 5.0)
_NEEDED: Final = ("lon", "lat", "people", "name")


def place_map(
    places: pd.DataFrame,
    *,
    title: str,
    unit: str,
    geography: str = "KAZ-2024",
    focus: str | None = None,
    named: int = 12,
    number: Number = plain_number,
    legend: str = "",
    description: str = "",
    note: str = "",
    width: float = 720,
) -> str:
    """Circles for settlements or districts, drawn where they are.

    Parameters
    ----------
    places : DataFrame
        Columns ``lon`` and ``lat`` in degrees, ``people`` and ``name``.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the people, set under the title.
    geography : str, optional
        One of ``GEOGRAPHIES``.
    focus : str, optional
        Country that the world is cut to.
    named : int, optional
        How many of the largest places are named.
    number : callable, optional
        Writes a number in the reader's language.
    legend : str, optional
        What a circle stands for, already translated; beside the circles of the legend.
    description : str, optional
        Longer text for screen readers; title and unit when empty.
    note : str, optional
        Source or remark beneath the map.
    width : float, optional
        Of the page, in pixels.

    Returns
    -------
    str
        A standalone SVG.

    Raises
    ------
    SchemaError
        A column is missing, a number is missing or negative (``NegativeInput``).
    CoverageError
        There is nothing to draw (``Empty``).
    CodeError
        The country or the geography is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> towns = pd.DataFrame(
    ...     {"lon": [76.9, 71.4], "lat": [43.2, 51.2], "people": [2.2, 1.4], "name": ["A", "B"]}
    ... )
    >>> place_map(towns, title="Towns", unit="million people").count("<circle") >= 2
    True
    """
    ground = load_geography(geography)
    drawn = _ordered(places)
    at = ground.places(drawn["lon"].tolist(), drawn["lat"].tolist())
    view = _view(ground, focus, at, width - 2 * MARGIN)
    here = [view.at(place) for place in at]
    people = drawn["people"].to_numpy(dtype=float)
    top = float(people.max())
    body = [_land(view, focus)]
    body += [
        _circle(place, _radius(value, top), f"{name}: {number(value)}")
        for place, value, name in zip(here, people.tolist(), drawn["name"], strict=True)
    ]
    names = {str(k): str(name) for k, name in enumerate(drawn["name"].tolist()[:named])}
    body.append(
        arrows.place_names(
            {key: here[int(key)] for key in names}, names, frame=(view.width, view.height), bold=""
        )
    )
    clip = (
        f'<clipPath id="__id__view"><rect width="{num(view.width)}" '
        f'height="{num(view.height)}"/></clipPath>'
    )
    sizes, tall = _size_legend(top, number, legend)
    return page(
        f'<defs>{clip}</defs><g transform="translate({num(MARGIN)},0)">'
        f'<g clip-path="url(#__id__view)">{"".join(body)}</g>'
        f'<g transform="translate(0,{num(view.height + 4)})">{sizes}</g></g>',
        Heading(title, unit, note, description),
        width=width,
        height=view.height + 4 + tall,
    )


@dataclass(frozen=True)
class _View:
    """The part of a geography that is drawn, in pixels."""

    ground: Geography
    pixels: float
    shift: Place
    width: float
    height: float

    def at(self, place: Place) -> Place:
        """A place of the canvas in pixels."""
        return place[0] * self.pixels + self.shift[0], place[1] * self.pixels + self.shift[1]


def _ordered(places: pd.DataFrame) -> pd.DataFrame:
    """The places from the largest, checked."""
    missing = [name for name in _NEEDED if name not in places.columns]
    if missing:
        raise SchemaError(
            f"the table has no column {', '.join(map(repr, missing))}",
            where=f"columns: {', '.join(map(str, places.columns))}",
            remedy="places have lon, lat, people and name",
        )
    if not len(places):
        raise CoverageError("there is nothing to draw", where="places", id="Empty")
    numbers = places[["lon", "lat", "people"]].to_numpy(dtype=float)
    bad = ~np.isfinite(numbers).all(axis=1) | (numbers[:, 2] < 0)
    if bad.any():
        raise SchemaError(
            "a place has no position, or its people are missing or negative",
            where=", ".join(map(str, places["name"][bad].tolist()[:3])),
            remedy="leave it out, or give numbers",
            id="NegativeInput",
        )
    return places.sort_values("people", ascending=False, kind="stable")


def _view(ground: Geography, focus: str | None, places: Sequence[Place], width: float) -> _View:
    """The whole of a country's own map; of the world the part with the country."""
    left, top, right, bottom = 0.0, 0.0, ground.width, ground.height
    if focus is not None:
        area = ground.areas[ground.resolve([focus], where="focus")[focus]]
        main = [ring for ring in area.rings if _large(ring, area.size)]
        corners = np.concatenate([*main, np.array(places).reshape(-1, 2)])
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        room = max(0.06 * max(right - left, bottom - top), 30.0)
        left, right, top, bottom = left - room, right + room, top - room, bottom + room
    pixels = min(width / (right - left), 0.62 * width / (bottom - top))
    spare = (width - (right - left) * pixels) / 2
    tall = (bottom - top) * pixels
    return _View(ground, pixels, (spare - left * pixels, -top * pixels), width, tall)


def _large(ring: np.ndarray, size: float) -> bool:
    """Whether an island is large enough to widen the view for it."""
    return bool(np.ptp(ring, axis=0).max() > 0.15 * size)


def _land(view: _View, focus: str | None) -> str:
    """Outlines that reach into the view; the country in focus stands out."""
    own = set(view.ground.resolve([focus], where="focus").values()) if focus else set()
    around: list[str] = []
    inside: list[str] = []
    for code, area in view.ground.areas.items():
        rings = [ring for ring in area.rings if _in_view(ring, view)]
        if rings:
            drawn = outline_path(rings, view.pixels, view.shift)
            (inside if code in own or not own else around).append(drawn)
    style = 'stroke="#b5b5b5" stroke-width="0.6" fill-rule="evenodd"'
    return (
        f'<path d="{"".join(around)}" fill="#f6f6f6" {style}/>'
        f'<path d="{"".join(inside)}" fill="#e9e9e9" {style.replace("#b5b5b5", "#8a8a8a")}/>'
    )


def _in_view(ring: np.ndarray, view: _View) -> bool:
    corners = ring * view.pixels + np.array(view.shift)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return bool(right > 0 and bottom > 0 and left < view.width and top < view.height)


def _radius(people: float, most: float) -> float:
    return max(_LARGEST * math.sqrt(people / most), _SMALLEST) if most > 0 else _SMALLEST


def _circle(place: Place, radius: float, spoken: str) -> str:
    from xml.sax.saxutils import escape

    return (
        f'<circle cx="{num(place[0])}" cy="{num(place[1])}" r="{num(radius)}" '
        f'fill="{palette.BLUE}" fill-opacity="0.55" stroke="{palette.PAPER}" '
        f'stroke-width="0.7"><title>{escape(spoken)}</title></circle>'
    )


def _size_legend(most: float, number: Number, text: str) -> tuple[str, float]:
    """Circles of round numbers of people in a row, and the height they take."""
    sizes = _round_sizes(most)
    tall = 2 * _radius(sizes[0], most) + 8
    x, parts = 0.0, []
    if text:
        parts.append(label(0, tall / 2, text, fill=palette.MUTED))
        x = 6.2 * len(text) + 18
    for size in sizes:
        radius = _radius(size, most)
        parts.append(_circle((x + radius, tall / 2), radius, number(size)))
        parts.append(label(x + 2 * radius + 6, tall / 2, number(size)))
        x += 2 * radius + 6 + 7.5 * len(number(size)) + 22
    return "".join(parts), tall


def _round_sizes(most: float) -> list[float]:
    """Three round numbers from about the largest down."""
    power = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    steps = [s * power * ten for ten in (0.01, 0.1, 1.0) for s in _STEPS]
    below = [size for size in steps if size <= most * 1.0001]
    return below[-1:-7:-2] if below else [most]
