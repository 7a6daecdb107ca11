# SPDX-License-Identifier: Apache-2.0
"""Flow maps: arrows between places, as wide as the flow is large.

The conventions are those of the field: width proportional to the flow, an arrow head at
the destination, the two directions between a pair bent apart to the right of travel,
small flows drawn over large ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import SchemaError
from keruen.report import _arrows as arrows
from keruen.report import palette
from keruen.report._geography import Geography, Place, load_geography, outline_path
from keruen.report._svg import MARGIN, Heading, Key, Number, num, page, plain_number, spread

if TYPE_CHECKING:
    import pandas as pd

_EDGE: Final = 10.0  # pixels from the frame where places beyond it are marked
_NEAR: Final = 0.8  # part of the flow whose places the view of a focus must hold
_IN, _OUT, _OTHER = palette.BLUE, palette.ORANGE, "#7a7a7a"
_Corners = np.ndarray[tuple[int, int], np.dtype[np.int64]]


@dataclass(frozen=True)
class _View:
    """The part of a geography that is drawn, in pixels, and the places in it."""

    ground: Geography
    pixels: float
    shift: Place
    width: float
    height: float

    def at(self, code: str) -> Place:
        """Where the flows of an area begin and end."""
        x, y = self.ground.areas[code].anchor
        return x * self.pixels + self.shift[0], y * self.pixels + self.shift[1]

    def holds(self, place: Place) -> bool:
        """Whether a place lies within the frame."""
        return _EDGE <= place[0] <= self.width - _EDGE and _EDGE <= place[1] <= self.height - _EDGE


@dataclass(frozen=True)
class _Flow:
    """One arrow, with the area's own codes."""

    origin: str
    destination: str
    value: float
    colour: str


def flow_map(
    flows: pd.DataFrame,
    *,
    title: str,
    unit: str,
    geography: str = "world",
    focus: str | None = None,
    labels: Mapping[str, str] | None = None,
    directions: tuple[str, str] = ("", ""),
    largest: int = 30,
    number: Number = plain_number,
    description: str = "",
    note: str = "",
    width: float = 720,
) -> str:
    """Arrows from origins to destinations, as wide as the flow.

    Parameters
    ----------
    flows : DataFrame
        Columns ``origin``, ``destination`` (ISO 3166 codes) and ``value``. Stays within an
        area, zeros and missing values have no arrow.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the flows, set under the title.
    geography : str, optional
        One of ``GEOGRAPHIES``; the world is cut to the areas that flows touch.
    focus : str, optional
        Area whose arrivals and departures have colours of their own.
    labels : mapping of str to str, optional
        Translated names of areas; codes where there is none.
    directions : (str, str), optional
        Legend of arrivals in and departures from the focus.
    largest : int, optional
        How many of the largest flows to draw.
    number : callable, optional
        Writes a number in the reader's language.
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
    CodeError
        An area or the geography is unknown; near codes are named.
    SchemaError
        A column is missing, a flow is negative (``NegativeInput``), or a pair stands twice
        (``DuplicateKey``).

    Examples
    --------
    >>> import pandas as pd
    >>> flows = pd.DataFrame({"origin": ["KAZ"], "destination": ["RUS"], "value": [45.3]})
    >>> "Қазақстан" in flow_map(flows, title="T", unit="thousand", labels={"KAZ": "Қазақстан"})
    True
    """
    ground = load_geography(geography)
    drawn, codes = _largest(flows, ground, focus, largest)
    names = _names(labels or {}, ground, codes)
    near = _near(drawn, codes, ground) if focus else codes
    view = _view(ground, near, width - 2 * MARGIN)
    places = _places(view, codes)
    most = drawn[0].value if drawn else 0.0
    body = [_land(view)]
    body += [
        arrows.arrow(
            places[flow.origin],
            places[flow.destination],
            width=arrows.band_width(flow.value, most),
            colour=flow.colour,
        )
        for flow in drawn
    ]
    body += [arrows.dot(place, inside=view.holds(view.at(c))) for c, place in places.items()]
    bold = codes[0] if focus else ""
    body.append(arrows.place_names(places, names, frame=(view.width, view.height), bold=bold))
    clip = (
        f'<clipPath id="__id__view"><rect width="{num(view.width)}" '
        f'height="{num(view.height)}"/></clipPath>'
    )
    scale = arrows.width_legend(most, number, colour=_OTHER) if drawn else ""
    keys = []
    if focus is not None:
        keys = [Key(t, c) for t, c in zip(directions, (_IN, _OUT), strict=True) if t]
    return page(
        f'<defs>{clip}</defs><g transform="translate({num(MARGIN)},0)">'
        f'<g clip-path="url(#__id__view)">{"".join(body)}</g>'
        f'<g transform="translate(0,{num(view.height)})">{scale}</g></g>',
        Heading(title, unit, note, description),
        width=width,
        height=view.height + (30 if drawn else 4),
        keys=keys,
    )


def _largest(
    flows: pd.DataFrame, ground: Geography, focus: str | None, largest: int
) -> tuple[list[_Flow], list[str]]:
    """The flows to draw, largest first, and the areas that they touch."""
    missing = [name for name in ("origin", "destination", "value") if name not in flows.columns]
    if missing:
        raise SchemaError(
            f"the table has no column {', '.join(map(repr, missing))}",
            where=f"columns: {', '.join(map(str, flows.columns))}",
            remedy="flows have origin, destination and value",
        )
    ends = [*flows["origin"].astype(str), *flows["destination"].astype(str)]
    own = ground.resolve([*ends, *([focus] if focus else [])], where="flows")
    values = flows["value"].to_numpy(dtype=float, na_value=np.nan)
    half = len(values)
    pairs = [(own[a], own[b]) for a, b in zip(ends[:half], ends[half:], strict=True)]
    _check(pairs, values)
    order = sorted(
        (i for i in range(half) if values[i] > 0 and pairs[i][0] != pairs[i][1]),
        key=lambda i: (-values[i], pairs[i]),
    )[:largest]
    middle = own[focus] if focus else None
    drawn = [_Flow(*pairs[i], float(values[i]), _colour(pairs[i], middle)) for i in order]
    touched = [code for flow in drawn for code in (flow.origin, flow.destination)]
    return drawn, list(dict.fromkeys([*([middle] if middle else []), *touched]))


def _check(
    pairs: Sequence[tuple[str, str]], values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    if (values < 0).any():
        origin, destination = pairs[int(np.argmax(values < 0))]
        raise SchemaError(
            "a flow is negative",
            where=f"origin {origin}, destination {destination}",
            remedy="flows are 0 or more; draw a net flow in its direction",
            id="NegativeInput",
        )
    if len(set(pairs)) < len(pairs):
        origin, destination = next(pair for pair in pairs if pairs.count(pair) > 1)
        raise SchemaError(
            "a pair stands in more than one row",
            where=f"origin {origin}, destination {destination}",
            remedy="keep one row a pair",
            id="DuplicateKey",
        )


def _colour(pair: tuple[str, str], focus: str | None) -> str:
    if focus is None:
        return _IN
    return _IN if pair[1] == focus else _OUT if pair[0] == focus else _OTHER


def _names(labels: Mapping[str, str], ground: Geography, codes: Sequence[str]) -> dict[str, str]:
    own = ground.resolve(labels, where="labels")
    given = {own[code]: name for code, name in labels.items()}
    return {code: given.get(code, code) for code in codes}


def _near(drawn: Sequence[_Flow], codes: Sequence[str], ground: Geography) -> list[str]:
    """The focus and the places nearest to it that hold most of the flow."""
    focus = codes[0]
    here = ground.areas[focus].anchor
    weight = dict.fromkeys(codes, 0.0)
    for flow in drawn:
        for code in {flow.origin, flow.destination} - {focus}:
            weight[code] += flow.value
    ranked = sorted(codes[1:], key=lambda code: math.dist(here, ground.areas[code].anchor))
    held, near = 0.0, [focus]
    for code in ranked:
        if held >= _NEAR * sum(weight.values()) and len(near) > 0.6 * len(codes):
            break
        held += weight[code]
        near.append(code)
    return near


def _view(ground: Geography, codes: Sequence[str], width: float) -> _View:
    """All of a country; of the world the part that holds the places, never too small."""
    left, top, right, bottom = 0.0, 0.0, ground.width, ground.height
    if ground.id == "world" and codes:
        places = np.array([ground.areas[code].anchor for code in codes])
        (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
        room = max(0.05 * ground.width, 0.10 * max(right - left, bottom - top))
        left, right, top, bottom = left - room, right + room, top - room / 2, bottom + room / 2
        short = (right - left) * 0.5 - (bottom - top)
        if short > 0:
            top, bottom = top - short / 2, bottom + short / 2
        left, right = max(left, 0.0), min(right, ground.width)
        top, bottom = max(top, -0.02 * ground.width), min(bottom, ground.height)
    pixels = min(width / (right - left), 0.65 * width / (bottom - top))
    spare = (width - (right - left) * pixels) / 2
    return _View(
        ground, pixels, (spare - left * pixels, -top * pixels), width, (bottom - top) * pixels
    )


def _places(view: _View, codes: Sequence[str]) -> dict[str, Place]:
    """Places in pixels; those beyond the frame stand on its edge, in their direction."""
    places = {code: view.at(code) for code in codes}
    beyond = {c: _on_edge(view, place) for c, place in places.items() if not view.holds(place)}
    for axis, gap in ((1, 17.0), (0, 80.0)):  # along the sides, then along top and bottom
        for side in (_EDGE, (view.width if axis else view.height) - _EDGE):
            row = [c for c, place in beyond.items() if place[1 - axis] == side]
            last = (view.height if axis else view.width) - _EDGE
            apart = spread([beyond[c][axis] for c in row], gap, _EDGE, last)
            for code, at in zip(row, apart, strict=True):
                places[code] = (side, at) if axis else (at, side)
    return places


def _on_edge(view: _View, place: Place) -> Place:
    """Where the line from the middle of the frame to a place leaves it."""
    middle = (view.width / 2, view.height / 2)
    reach = (middle[0] - _EDGE, middle[1] - _EDGE)
    away = (place[0] - middle[0], place[1] - middle[1])
    share = min(r / abs(d) for r, d in zip(reach, away, strict=True) if d)
    x, y = (
        m + math.copysign(r, d) if abs(d * share) > r - 1e-6 else m + d * share
        for m, r, d in zip(middle, reach, away, strict=True)
    )
    return x, y


def _land(view: _View) -> str:
    """All outlines that reach into the view."""
    parts = []
    for area in view.ground.areas.values():
        rings = [ring for ring in area.rings if _in_view(ring, view)]
        if rings:
            parts.append(outline_path(rings, view.pixels, view.shift))
    return (
        f'<path d="{"".join(parts)}" fill="#efefef" stroke="#b5b5b5" stroke-width="0.6" '
        'fill-rule="evenodd"/>'
    )


def _in_view(ring: _Corners, view: _View) -> bool:
    corners = ring * view.pixels + np.array(view.shift)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return bool(right > 0 and bottom > 0 and left < view.width and top < view.height)
