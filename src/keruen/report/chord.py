# SPDX-License-Identifier: Apache-2.0
"""The directed chord diagram: who sends migrants to whom, on a circle.

Drawn to the conventions of the field (Abel and Sander 2014): a sector for every area, as
long as its departures and arrivals together; a ribbon for every flow, in the colour of
its origin, that starts at the sector of the origin and ends in an arrow head some way
short of the sector of the destination; the largest flows on top; an axis round the circle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.core.tables import from_table
from keruen.report import palette
from keruen.report._chord_layout import ChordLayout, Floats, chord_layout
from keruen.report._svg import (
    LINE,
    SMALL,
    Heading,
    Number,
    label,
    num,
    page,
    path,
    plain_number,
    spread,
    text_width,
    wrap,
)
from keruen.report._vega import nice_step

if TYPE_CHECKING:
    import pandas as pd

_BAND: Final = 13.0  # thickness of a sector
_SHORT: Final = 0.055  # of the radius, between an arrow head and its destination
_HEAD: Final = 0.05  # of the radius, length of a full arrow head
_TICK: Final = 4.0
_AXIS_ROOM: Final = 36.0
_FIGURE: Final = 9.0  # font size of the axis
_FIGURE_ROOM: Final = 24.0
_NAME_ROOM: Final = 118.0
_TICKS: Final = 36  # marks wanted round the whole circle


def chord_svg(
    flows: xr.DataArray | pd.DataFrame,
    *,
    title: str,
    unit: str,
    labels: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    smallest: float = 0.0,
    gap: float = 2.5,
    number: Number = plain_number,
    description: str = "",
    note: str = "",
    width: float = 720,
) -> str:
    """Directed chord diagram of flows between areas.

    Parameters
    ----------
    flows : DataArray [origin, destination] or DataFrame
        Flows in the unit of the axis (thousands, millions); a table has the columns
        ``origin``, ``destination`` and ``value``. A missing cell has no ribbon.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the flows and of the axis, set under the title.
    labels : mapping of str to str, optional
        Translated names; codes where there is none.
    colours : mapping of str to str, optional
        Colour of each area as ``#rrggbb``; from the palette where there is none.
    order : sequence of str, optional
        Areas clockwise from the top; all that flow, once. As they appear when not given.
    smallest : float, optional
        Flows below it keep their length in the sectors but have no ribbon.
    gap : float, optional
        Degrees between two sectors; less when there are many.
    number : callable, optional
        Writes a number in the reader's language.
    description : str, optional
        Longer text for screen readers; title and unit when empty.
    note : str, optional
        Source or remark beneath the drawing.
    width : float, optional
        Of the page, in pixels.

    Returns
    -------
    str
        A standalone SVG.

    Raises
    ------
    SchemaError
        A dimension or column is missing, a pair stands twice (``DuplicateKey``), or a
        flow is negative (``NegativeInput``).
    CodeError
        ``order`` does not name the areas that flow.
    CoverageError
        There are no areas (``Empty``).

    References
    ----------
    Abel, G. J. and Sander, N. (2014). Quantifying global international migration flows.
    Science 343(6178), 1520-1522.

    Examples
    --------
    >>> flows = xr.DataArray(
    ...     [[0.0, 3.1], [1.2, 0.0]],
    ...     coords={"origin": ["KAZ", "RUS"], "destination": ["KAZ", "RUS"]},
    ...     dims=("origin", "destination"),
    ... )
    >>> drawing = chord_svg(flows, title="T", unit="thousand", labels={"KAZ": "Kazakhstan"})
    >>> "Kazakhstan" in drawing
    True
    """
    codes, matrix = _matrix(flows, order)
    ring = _Ring(
        layout=chord_layout(matrix, gap=min(math.radians(gap), math.pi / len(codes))),
        radius=width / 2 - _NAME_ROOM - _AXIS_ROOM,
        names=[(labels or {}).get(code, code) for code in codes],
        paints=[
            (colours or {}).get(code, palette.SECTORS[place % len(palette.SECTORS)])
            for place, code in enumerate(codes)
        ],
        number=number,
    )
    marks = _marks(ring)
    figures = max((text_width(mark.figure, _FIGURE) for mark in marks), default=0.0)
    rim = ring.radius + _TICK + 8 + figures
    middle = rim + 2.5 * SMALL
    body = [
        *_ribbons(matrix, ring, smallest),
        *_sectors(ring),
        *_axis(marks, ring.radius),
        *_labels(ring, marks, rim),
    ]
    return page(
        f'<g transform="translate({num(width / 2)},{num(middle)})">{"".join(body)}</g>',
        Heading(title, unit, note, description),
        width=width,
        height=2 * middle,
    )


@dataclass(frozen=True)
class _Ring:
    """The circle of a diagram: angles, outer radius, and how each area looks."""

    layout: ChordLayout
    radius: float
    names: list[str]
    paints: list[str]
    number: Number


def _matrix(
    flows: xr.DataArray | pd.DataFrame, order: Sequence[str] | None
) -> tuple[list[str], Floats]:
    """Areas in order and their square matrix, missing cells as zero."""
    cells = flows
    if not isinstance(cells, xr.DataArray):
        cells = from_table(cells, value="value", dims=["origin", "destination"])
    require_dims(cells, "origin", "destination", name="flows")
    if cells.ndim != 2:
        raise SchemaError(
            f"flows have the dimensions {', '.join(map(str, cells.dims))}",
            where="flows",
            remedy="select one year and sum over the others: origin and destination remain",
        )
    cells = cells.transpose("origin", "destination")
    rows, columns = ([str(c) for c in cells[d].to_numpy()] for d in ("origin", "destination"))
    found = list(dict.fromkeys([*rows, *columns]))
    if not found:
        raise CoverageError("flows hold no area", remedy="there is nothing to draw", id="Empty")
    codes = found if order is None else [str(code) for code in order]
    if sorted(codes) != sorted(found):
        wrong = sorted(set(codes) ^ set(found)) or ["a code twice"]
        raise CodeError(
            "the order does not name each area once",
            where=f"order: {', '.join(wrong)}",
            remedy=f"name {', '.join(found)}",
        )
    values = cells.to_numpy().astype(float)
    if (values < 0).any():
        row, column = np.argwhere(values < 0)[0]
        raise SchemaError(
            "a flow is negative",
            where=f"origin {rows[row]}, destination {columns[column]}",
            remedy="flows are 0 or more; draw a net flow in its direction",
            id="NegativeInput",
        )
    place = {code: at for at, code in enumerate(codes)}
    matrix = np.zeros((len(codes), len(codes)))
    matrix[np.ix_([place[c] for c in rows], [place[c] for c in columns])] = np.nan_to_num(values)
    return codes, matrix


def _at(angle: float, radius: float) -> tuple[float, float]:
    """A point on a circle, clockwise from the top."""
    return radius * math.sin(angle), -radius * math.cos(angle)


def _xy(angle: float, radius: float) -> str:
    x, y = _at(angle, radius)
    return f"{num(x)},{num(y)}"


def _arc(end: tuple[float, float], radius: float, *, back: bool = False) -> str:
    """An arc to the second angle, or back from it to the first."""
    wide = int(abs(end[1] - end[0]) > math.pi)
    to = end[0] if back else end[1]
    return f"A{num(radius)},{num(radius)} 0 {wide} {int(not back)} {_xy(to, radius)}"


def _sectors(ring: _Ring) -> Iterable[str]:
    """A thick arc for every area; a full circle would have no beginning."""
    outer, inner = ring.radius, ring.radius - _BAND
    for (first, last), paint in zip(ring.layout.sectors.tolist(), ring.paints, strict=True):
        span = (first, min(last, first + 2 * math.pi - 1e-3))
        yield (
            f'<path d="M{_xy(span[0], outer)}{_arc(span, outer)}L{_xy(span[1], inner)}'
            f'{_arc(span, inner, back=True)}z" fill="{paint}"/>'
        )


def _ribbons(matrix: Floats, ring: _Ring, smallest: float) -> Iterable[str]:
    """Ribbons from the smallest to the largest, each named on pointing."""
    shown = np.argwhere((matrix > 0) & (matrix >= smallest)).tolist()
    for value, i, j in sorted((float(matrix[i, j]), i, j) for i, j in shown):
        shape = _ribbon(ring.layout.start[i, j], ring.layout.end[i, j], ring.radius - _BAND - 1.5)
        spoken = f"{ring.names[i]} → {ring.names[j]}: {ring.number(value)}"
        yield (
            f'<path d="{shape}" fill="{ring.paints[i]}" fill-opacity="0.75" '
            f'stroke="{palette.PAPER}" stroke-width="0.4"><title>{escape(spoken)}</title></path>'
        )


def _ribbon(start: Floats, end: Floats, radius: float) -> str:
    """A band from an arc of the origin to a head short of the destination."""
    a = (float(start[0]), float(start[1]))
    b = (float(end[0]), float(end[1]))
    tip = radius * (1 - _SHORT)
    head = min(_HEAD * radius, 1.5 * (b[1] - b[0]) * tip + 2.0)
    shoulder = tip - head
    there = _curve((a[1], radius), (b[0], shoulder))
    back = _curve((b[1], shoulder), (a[0], radius))
    return (
        f"M{_xy(a[0], radius)}{_arc(a, radius)}{there}"
        f"L{_xy(sum(b) / 2, tip)}L{_xy(b[1], shoulder)}{back}z"
    )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """An edge that leaves and arrives along the radius, deeper the farther it goes."""
    turn = abs(math.remainder(end[0] - start[0], 2 * math.pi))
    keep = 1 - min(1.0, 0.06 + turn / (0.8 * math.pi))
    return f"C{_xy(start[0], start[1] * keep)} {_xy(end[0], end[1] * keep)} {_xy(*end)}"


@dataclass(frozen=True)
class _Mark:
    """One mark of the axis; only long ones have a figure."""

    angle: float
    figure: str
    long: bool


def _marks(ring: _Ring) -> list[_Mark]:
    """Marks along every sector at round values, figures where there is room."""
    layout, radius = ring.layout, ring.radius
    if not layout.per_unit:
        return []
    step = nice_step(2 * math.pi / layout.per_unit / _TICKS)
    room = step * layout.per_unit * radius
    every = next(n for n in (1, 2, 5, 10, 20, 50) if n * room >= _FIGURE_ROOM or n == 50)
    marks = []
    for first, last in layout.sectors.tolist():
        for at in range(int((last - first) / layout.per_unit / step + 1e-9) + 1):
            shown = at % every == 0 and (at > 0 or (last - first) * radius > _FIGURE_ROOM / 2)
            figure = ring.number(round(at * step, 10)) if shown else ""
            marks.append(_Mark(first + at * step * layout.per_unit, figure, at % every == 0))
    return marks


def _axis(marks: Sequence[_Mark], radius: float) -> Iterable[str]:
    """Marks outside the sectors, with figures along the radius."""
    for mark in marks:
        reach = radius + 1 + _TICK * (1.0 if mark.long else 0.6)
        ends = [_at(mark.angle, radius + 1), _at(mark.angle, reach)]
        yield (
            f'<path d="{path(ends, closed=False)}" stroke="{palette.MUTED}" '
            'stroke-width="0.8" fill="none"/>'
        )
        if mark.figure:
            yield _figure(mark.angle, radius + _TICK + 3, mark.figure)


def _figure(angle: float, radius: float, text: str) -> str:
    """A figure that stands along the radius, readable from the nearer side."""
    x, y = _at(angle, radius)
    left = math.sin(angle) < 0
    turn = math.degrees(angle) + (90 if left else -90)
    anchor = ' text-anchor="end"' if left else ""
    return (
        f'<text transform="translate({num(x)},{num(y)}) rotate({num(turn)})" y="3" '
        f'font-size="{num(_FIGURE)}" fill="{palette.MUTED}"{anchor}>{escape(text)}</text>'
    )


def _labels(ring: _Ring, marks: Sequence[_Mark], rim: float) -> Iterable[str]:
    """Names outside the circle, pushed apart on either side, led to their sectors."""
    middles = ring.layout.sectors.mean(axis=1).tolist()
    lines = [wrap(name, _NAME_ROOM, SMALL, bold=True) for name in ring.names]
    reach = rim + 1.5 * SMALL
    for right in (True, False):
        side = [i for i, at in enumerate(middles) if (math.sin(at) >= 0) == right]
        tall = [SMALL * LINE * len(lines[i]) + 3 for i in side]
        tops = spread([_at(middles[i], rim)[1] for i in side], tall, -reach, reach)
        for i, y in zip(side, tops, strict=True):
            away = math.sqrt(max((rim + 8) ** 2 - y * y, 64.0))
            x = away if right else -away
            if math.dist(_at(middles[i], rim + 8), (x, y)) > 5:
                start = _at(middles[i], _leader_start(middles[i], marks, ring.radius, rim))
                way = path([start, (x - math.copysign(3, x), y)], closed=False)
                yield (f'<path d="{way}" stroke="{palette.MUTED}" stroke-width="0.6" fill="none"/>')
            yield label(x, y, lines[i], anchor="start" if right else "end", bold=True)


def _leader_start(middle: float, marks: Sequence[_Mark], radius: float, rim: float) -> float:
    """Where a leader starts: at the sector, or beyond a figure that stands there."""
    near = any(mark.figure and abs(mark.angle - middle) < 6.0 / radius for mark in marks)
    return rim - 2 if near else radius + 3
