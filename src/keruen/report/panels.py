# SPDX-License-Identifier: Apache-2.0
"""Small multiples: one line with intervals a panel, all on the same axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import SchemaError
from keruen.report._svg import (
    LINE,
    MARGIN,
    SMALL,
    Heading,
    Key,
    Number,
    label,
    num,
    page,
    path,
    plain_number,
    wrap,
)
from keruen.report._vega import Axis, column, columns, finite, time_axis
from keruen.report.palette import BLUE, GRID, INK, MUTED, PAPER, mix

if TYPE_CHECKING:
    import pandas as pd

_ACROSS: Final = 4
_TALL: Final = 84.0
_GAP: Final = 16.0
_SHADE: Final = 0.2
_AIR: Final = 1.03  # room above and below what is drawn


@dataclass(frozen=True)
class _Grid:
    """Where panels stand, and the axes they share."""

    x: Axis
    y: Axis
    left: float
    wide: float
    head: float

    def corner(self, place: int) -> tuple[float, float]:
        """Top left of a panel's plot."""
        row, column = divmod(place, _ACROSS)
        step = self.head + _TALL + _GAP + SMALL
        return self.left + column * (self.wide + _GAP), row * step + self.head

    def point(self, year: float, value: float) -> tuple[float, float]:
        share = math.log(value / self.y.low) / math.log(self.y.high / self.y.low)
        return self.x.share(year) * self.wide, (1 - share) * _TALL


def panel_chart(
    frame: pd.DataFrame,
    *,
    panel: str,
    x: str,
    y: str,
    bands: Mapping[str, tuple[str, str]],
    title: str,
    unit: str,
    reference: float,
    below: Mapping[str, str] | None = None,
    number: Number = plain_number,
    note: str = "",
    width: float = 720,
) -> str:
    """One line with intervals for each of many places, on common axes.

    Parameters
    ----------
    frame : DataFrame
        One row a year and place, in the order of the panels.
    panel : str
        Column with the names of the places, already translated.
    x, y : str
        Columns of the year and of the value.
    bands : mapping of str to (str, str)
        Label of each interval, the widest first, and its columns of bounds.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    reference : float
        Value that others are read against, a dark rule in every panel. Doubling and halving
        it take the same room, so that growth and decline look alike.
    below : mapping of str to str, optional
        A line under the name of a place, such as its first and last number.
    number : callable, optional
        How the language writes numbers.
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
        A column is missing, or a value is not above zero (``NegativeInput``).
    CoverageError
        There is nothing to draw (``Empty``).

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"place": "A", "year": [2023, 2050], "people": [100.0, 120.0]})
    >>> drawing = panel_chart(
    ...     people, panel="place", x="year", y="people", bands={}, title="A grows", unit="index",
    ...     reference=100.0)
    >>> drawing.count("<path")
    1
    """
    bounds = [name for pair in bands.values() for name in pair]
    columns(frame, [x, y, *bounds], texts=[panel])
    names = [str(name) for name in frame[panel].unique()]
    below = below or {}
    grid = _grid(frame, (x, y, *bounds), names, width, reference, two_lines=bool(below))
    shades = list(bands.values())
    body = "".join(
        _panel(
            frame[frame[panel].astype(str) == name].sort_values(x, kind="stable"),
            (x, y, shades),
            grid,
            grid.corner(place),
        )
        + _head(name, below.get(name, ""), grid, grid.corner(place))
        + _axes(grid, place, len(names), number, reference)
        for place, name in enumerate(names)
    )
    keys = [
        Key(words, mix(PAPER, BLUE, 1 - (1 - _SHADE) ** depth))
        for depth, words in enumerate(bands, start=1)
    ]
    rows = -(-len(names) // _ACROSS)
    height = grid.corner((rows - 1) * _ACROSS)[1] + _TALL + SMALL + 8
    return page(body, Heading(title, unit, note), width=width, height=height, keys=keys)


def _grid(
    frame: pd.DataFrame,
    fields: Sequence[str],
    names: Sequence[str],
    width: float,
    reference: float,
    *,
    two_lines: bool,
) -> _Grid:
    values = _doublings(finite(*(column(frame, name) for name in fields[1:])), reference)
    left = MARGIN + values.label_room() + 6
    wide = (width - MARGIN - left - (_ACROSS - 1) * _GAP) / _ACROSS
    tall = max(len(wrap(name, wide, SMALL, bold=True)) for name in names)
    head = (tall + two_lines) * SMALL * LINE + 4
    return _Grid(time_axis(finite(column(frame, fields[0]))), values, left, wide, head)


def _doublings(values: list[float], reference: float) -> Axis:
    """An axis of equal ratios: a tick wherever the reference is doubled or halved."""
    if min(values) <= 0:
        raise SchemaError(
            "a value of zero or less has no place on an axis of ratios",
            where=f"smallest value {min(values):g}",
            remedy="leave such places out",
            id="NegativeInput",
        )
    low, high = min([*values, reference]) / _AIR, max([*values, reference]) * _AIR
    powers = range(
        math.ceil(math.log2(low / reference)), math.floor(math.log2(high / reference)) + 1
    )
    return Axis(low, high, tuple(reference * 2.0**power for power in powers), 0)


def _panel(
    part: pd.DataFrame,
    fields: tuple[str, str, list[tuple[str, str]]],
    grid: _Grid,
    corner: tuple[float, float],
) -> str:
    """Shaded intervals and the line."""
    x, y, shades = fields
    years = column(part, x)

    def at(name: str) -> list[tuple[float, float]]:
        return [
            grid.point(year, value)
            for year, value in zip(years, column(part, name), strict=True)
            if np.isfinite(value)
        ]

    drawn = "".join(
        f'<path d="{path([*at(low), *reversed(at(high))])}" fill="{BLUE}" fill-opacity="{_SHADE}"/>'
        for low, high in shades
    )
    line = path(at(y), closed=False)
    drawn += f'<path d="{line}" fill="none" stroke="{BLUE}" stroke-width="1.8"/>'
    return f'<g transform="translate({num(corner[0])},{num(corner[1])})">{drawn}</g>'


def _head(name: str, below: str, grid: _Grid, corner: tuple[float, float]) -> str:
    """The name of a place over its panel, and the line under the name."""
    lines = wrap(name, grid.wide, SMALL, bold=True)
    x, y = corner[0], corner[1] - 6
    if below:
        text = label(x, y - SMALL * 0.35, below, fill=MUTED)
        y -= SMALL * LINE
    else:
        text = ""
    for place, line in enumerate(reversed(lines)):
        text += label(x, y - SMALL * 0.35 - place * SMALL * LINE, line, bold=True)
    return text


def _axes(grid: _Grid, place: int, count: int, number: Number, reference: float) -> str:
    """Grid lines, numbers left of the first column, years under the lowest panels."""
    x, y = grid.corner(place)
    marks = ""
    for tick in grid.y.ticks:
        down = y + grid.point(grid.x.low, tick)[1]
        dark = tick == reference
        colour = INK if dark else GRID
        marks += (
            f'<line x1="{num(x)}" y1="{num(down)}" x2="{num(x + grid.wide)}" y2="{num(down)}" '
            f'stroke="{colour}" stroke-width="{"0.8" if dark else "1"}" stroke-opacity="0.7"/>'
        )
        if place % _ACROSS == 0:
            marks += label(x - 5, down, number(tick), anchor="end")
    if place + _ACROSS >= count:
        ends = (grid.x.low, grid.x.high)
        for year, anchor in zip(ends, ("start", "end"), strict=True):
            across = x + grid.point(year, grid.y.low)[0]
            marks += label(across, y + _TALL + SMALL, f"{year:.0f}", anchor=anchor)  # type: ignore[arg-type]
    return marks
