# SPDX-License-Identifier: Apache-2.0
"""Maps as SVG: areas coloured by class, and flows as arrows (:mod:`.flow_maps`).

Outlines are drawn on an equal-area projection, so that no area looks larger than it is.
Classes below zero carry dots, areas without data a hatch; with names and numbers on the
regions a black-and-white copy says as much as the colours.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.report import palette
from keruen.report._classes import Classes, Scale, class_breaks
from keruen.report._geography import (
    GEOGRAPHIES,
    Area,
    Geography,
    Place,
    load_geography,
    outline_path,
)
from keruen.report._svg import (
    LINE,
    MARGIN,
    SMALL,
    Heading,
    Number,
    label,
    num,
    page,
    path,
    plain_number,
    wrap,
)
from keruen.report.flow_maps import flow_map
from keruen.report.locale import GAP

__all__ = ["GEOGRAPHIES", "Scale", "choropleth", "class_breaks", "flow_map", "map_credit"]

_TINY: Final = 3.0  # an area with a side of fewer pixels is marked by a dot as well
_DOT: Final = 2.4
_INSET: Final = 21.0  # radius of the inset of a city
_NAME: Final = 10.5
_EDGE: Final = "#7d7d7d"


def choropleth(
    values: Mapping[str, float | None] | xr.DataArray,
    *,
    title: str,
    unit: str,
    geography: str = "KAZ-2024",
    labels: Mapping[str, str] | None = None,
    scale: Scale = "sequential",
    breaks: Sequence[float] | None = None,
    classes: int = 6,
    number: Number = plain_number,
    no_data: str = GAP,
    highlight: Collection[str] = (),
    description: str = "",
    note: str = "",
    width: float = 720,
) -> str:
    """Areas coloured by the class of their value.

    Parameters
    ----------
    values : mapping of str to float, or DataArray [region] or [country]
        Value by code of the area (ISO 3166); missing values and areas not given are hatched.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    geography : str, optional
        One of ``GEOGRAPHIES``.
    labels : mapping of str to str, optional
        Translated names of the areas to be named on the map, each with its number. In
        Kazakhstan name all: cities of republican significance are drawn as insets.
    scale : {"sequential", "diverging"}, optional
        Light to dark, or two colours on either side of zero (net migration).
    breaks : sequence of float, optional
        Bounds between classes; chosen by ``class_breaks`` when not given.
    classes : int, optional
        How many classes to aim for.
    number : callable, optional
        Writes a number in the reader's language.
    no_data : str, optional
        Legend of the hatch; shown when an area has no value.
    highlight : collection of str, optional
        Areas to outline.
    description : str, optional
        Longer text for screen readers; title and unit when empty.
    note : str, optional
        Source or remark beneath the map; ``map_credit`` has the credit of the outlines.
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
        Two codes name one area (``DuplicateKey``), or the breaks do not increase.

    Examples
    --------
    >>> drawing = choropleth(
    ...     {"KZ-71": 31.5, "KZ-10": -4.2},
    ...     title="People move to the cities",
    ...     unit="per 1,000",
    ...     scale="diverging",
    ...     labels={"KZ-71": "Astana", "KZ-10": "Abay"},
    ... )
    >>> "Astana" in drawing and "−4.2" in drawing
    True
    """
    ground = load_geography(geography)
    known = _by_area(values, ground)
    codes = ground.resolve([*(labels or {}), *highlight], where="labels and highlight")
    names = {codes[code]: name for code, name in (labels or {}).items()}
    if breaks is None:
        breaks = class_breaks(known.values(), classes=classes, scale=scale)
    paints = Classes.of(breaks, scale)
    pixels = (width - 2 * MARGIN) / ground.width
    entries = [
        _Entry(area, names.get(code, ""), known.get(code, math.nan), paints, number, pixels)
        for code, area in ground.areas.items()
    ]
    named = [entry for entry in entries if entry.name]
    insets = [entry for entry in named if entry.area.callout]
    low = ground.height / 2  # insets in the lower half have their words beneath them
    body = [
        paints.patterns(),
        *(_outline(entry) for entry in entries),
        *(_border(ground.areas[codes[code]], pixels) for code in highlight),
        *(_leader(entry) for entry in insets),
        *(_name(entry) for entry in named if entry not in insets),
        *(_inset(entry, beneath=entry.callout[1] > low * pixels) for entry in insets),
    ]
    floor = max([ground.height * pixels, *(entry.callout[1] + _INSET + 38 for entry in insets)])
    gaps = any(math.isnan(entry.value) for entry in entries)
    return page(
        f'<g transform="translate({num(MARGIN)},0)">{"".join(body)}</g>',
        Heading(title, unit, note, description),
        width=width,
        height=floor + 6,
        keys=paints.keys(number, no_data if gaps else ""),
    )


def map_credit(geography: str) -> str:
    """Who drew the outlines and under which licence, for the note beneath a map.

    Parameters
    ----------
    geography : str
        One of ``GEOGRAPHIES``.

    Returns
    -------
    str

    Examples
    --------
    >>> map_credit("world").startswith("Natural Earth")
    True
    """
    ground = load_geography(geography)
    return f"{ground.source} ({ground.licence})"


def _by_area(
    values: Mapping[str, float | None] | xr.DataArray, ground: Geography
) -> dict[str, float]:
    """Values by the geography's own codes; a gap is NaN."""
    if isinstance(values, xr.DataArray):
        (dim,) = values.dims
        pairs = list(zip(values[dim].to_numpy().tolist(), values.to_numpy().tolist(), strict=True))
    else:
        pairs = list(values.items())
    codes = ground.resolve((str(code) for code, _ in pairs), where="values")
    known: dict[str, float] = {}
    for code, value in pairs:
        own = codes[str(code)]
        if own in known:
            raise SchemaError(
                f"area '{own}' is given twice",
                where=f"values: {', '.join(c for c in codes if codes[c] == own)}",
                remedy="keep one code of each area",
                id="DuplicateKey",
            )
        known[own] = math.nan if value is None else float(value)
    return known


@dataclass(frozen=True)
class _Entry:
    """One area with its value, ready to draw."""

    area: Area
    name: str
    value: float
    paints: Classes
    number: Number
    pixels: float

    @property
    def text(self) -> str:
        """The value in figures, or the sign of a gap."""
        return self.number(self.value) if math.isfinite(self.value) else GAP

    @property
    def fill(self) -> str:
        """Paint of the value's class."""
        return self.paints.fill(self.value)

    @property
    def label(self) -> Place:
        """Where the name stands, in pixels."""
        return self.area.label[0] * self.pixels, self.area.label[1] * self.pixels

    @property
    def anchor(self) -> Place:
        """The true place of a city, in pixels."""
        return self.area.anchor[0] * self.pixels, self.area.anchor[1] * self.pixels

    @property
    def callout(self) -> Place:
        """Middle of the inset of a city, in pixels."""
        x, y = self.area.callout or self.area.label
        return x * self.pixels, y * self.pixels


def _outline(entry: _Entry) -> str:
    """An area in its paint, with a dot when it is too small to see; named on pointing."""
    spoken = escape(f"{entry.name or entry.area.code}: {entry.text}")
    parts = [f'<g fill="{entry.fill}" stroke="{_EDGE}"><title>{spoken}</title>']
    shape = outline_path(entry.area.rings, entry.pixels)
    if shape:
        parts.append(f'<path d="{shape}" stroke-width="0.5" fill-rule="evenodd"/>')
    if entry.area.size * entry.pixels < _TINY:
        x, y = entry.label
        parts.append(f'<circle cx="{num(x)}" cy="{num(y)}" r="{_DOT}" stroke-width="0.6"/>')
    return "".join([*parts, "</g>"])


def _border(area: Area, pixels: float) -> str:
    return (
        f'<path d="{outline_path(area.rings, pixels)}" fill="none" stroke="{palette.INK}" '
        'stroke-width="1.6" stroke-linejoin="round"/>'
    )


def _name(entry: _Entry) -> str:
    """Name and number in the middle of an area."""
    x, y = entry.label
    lines = wrap(entry.name, max(entry.area.size * entry.pixels * 0.95, 40.0), _NAME)
    step = _NAME * LINE
    words = label(x, y - step / 2, lines, size=_NAME, anchor="middle", halo=True)
    under = y + len(lines) * step / 2
    return words + label(x, under, entry.text, anchor="middle", bold=True, halo=True)


def _leader(entry: _Entry) -> str:
    """A line from the inset of a city to its true place."""
    centre, at = entry.callout, entry.anchor
    share = _INSET / math.dist(centre, at)
    edge = (centre[0] + (at[0] - centre[0]) * share, centre[1] + (at[1] - centre[1]) * share)
    way = f'<path d="{path([edge, at], closed=False)}" fill="none"'
    return (
        f'{way} stroke="{palette.PAPER}" stroke-width="3"/>{way} stroke="{palette.INK}"/>'
        f'<circle cx="{num(at[0])}" cy="{num(at[1])}" r="2.2" fill="{palette.INK}" '
        f'stroke="{palette.PAPER}" stroke-width="0.8"/>'
    )


def _inset(entry: _Entry, *, beneath: bool) -> str:
    """A city drawn larger in a circle on free paper, with its words at the side or beneath."""
    x, y = entry.callout
    circle = (
        f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(_INSET)}" fill="{palette.PAPER}" '
        f'stroke="{palette.INK}"/><path d="{_enlarged(entry)}" fill="{entry.fill}" '
        f'stroke="{palette.INK}" stroke-width="0.5"/>'
    )
    half = SMALL * LINE / 2
    anchor: Literal["start", "middle"] = "middle" if beneath else "start"
    x, y = (x, y + _INSET + 3 * half) if beneath else (x + _INSET + 6, y)
    words = label(x, y - half, entry.name, size=_NAME, anchor=anchor)
    return circle + words + label(x, y + half, entry.text, anchor=anchor, bold=True)


def _enlarged(entry: _Entry) -> str:
    """The largest part of an area, fitted into its inset."""
    ring = entry.area.rings[0].astype(float)
    ring -= (ring.min(axis=0) + ring.max(axis=0)) / 2
    reach = np.hypot(ring[:, 0], ring[:, 1]).max()
    return path((np.array(entry.callout) + ring * (_INSET - 4) / reach).tolist())
