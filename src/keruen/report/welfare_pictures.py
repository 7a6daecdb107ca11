# SPDX-License-Identifier: Apache-2.0
"""Pictures of a welfare run: gains with intervals by row, and what moves the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

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
    plain_number,
    text_width,
    wrap,
)
from keruen.report._vega import column, columns, finite
from keruen.report.palette import BLUE, GREY, GRID, INK, MUTED, PAPER, VERMILION

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_FIGURE: Final = 12.0
_ROW: Final = 34.0
_NAMES: Final = 200.0
_TICKS: Final = 5


@dataclass(frozen=True)
class _Scale:
    """Values across the plot, zero always among them."""

    left: float
    right: float
    low: float
    high: float

    def across(self, value: float) -> float:
        """Place of a value, in pixels."""
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)


def gains_chart(
    frame: pd.DataFrame,
    *,
    group: str,
    name: str,
    marks: Sequence[tuple[str, str, str, str]],
    title: str,
    unit: str,
    number: Number = plain_number,
    note: str = "",
    width: float = 720,
) -> str:
    """Gains and losses with their intervals, in rows under the name of their group.

    Parameters
    ----------
    frame : DataFrame
        One row a line, in order; a missing value is left out.
    group, name : str
        Columns of the translated names of the group and of the row.
    marks : sequence of (str, str, str, str)
        For each mark its words and the columns of value, lower and upper end; the first is
        drawn full, the second as a thin line beneath it.
    title, unit : str
        The finding and the unit.
    number : callable, optional
        Writes a number.
    note : str, optional
        Remark beneath the drawing.
    width : float, optional
        Of the page, in pixels.

    Returns
    -------
    str
        A standalone SVG.

    Raises
    ------
    SchemaError
        A column is missing.
    CoverageError
        There is nothing to draw (``Empty``).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"g": ["A"], "n": ["b"], "v": [-1.0], "l": [-2.0], "u": [3.0]})
    >>> drawing = gains_chart(table, group="g", name="n", marks=[("long", "v", "l", "u")],
    ...     title="T", unit="million")
    >>> drawing.startswith("<svg")
    True
    """
    figures = [field for _, *fields in marks for field in fields]
    columns(frame, figures, texts=[group, name])
    reach = [0.0, *finite(*(column(frame, one) for one in figures))]
    low, high = min(reach), max(reach)
    air = 0.04 * ((high - low) or 1.0)
    scale = _Scale(MARGIN + _NAMES + 16, width - MARGIN - 10, low - air, high + air)
    body, y = "", 0.0
    for words, rows in frame.groupby(group, sort=False):
        body += label(MARGIN, y + _ROW / 2, str(words), size=_FIGURE, bold=True)
        y += _ROW * 0.8
        for _, row in rows.iterrows():
            lines = wrap(str(row[name]), _NAMES, SMALL)
            body += label(MARGIN + 8, y + _ROW / 2, lines)
            for place, (_, *fields) in enumerate(marks):
                cells = [float(row[field]) for field in fields]
                body += _interval(scale, cells, y + _ROW * (0.38 + 0.36 * place), place)
            y += max(_ROW, len(lines) * SMALL * LINE + 8)
    keys = [Key(words, (BLUE, GREY)[place], "line") for place, (words, *_) in enumerate(marks)]
    ground = _axis(scale, y, number)
    return page(
        ground + body, Heading(title, unit, note), width=width, height=y + 2 * SMALL, keys=keys
    )


def _interval(scale: _Scale, cells: list[float], y: float, place: int) -> str:
    """A line from end to end and a point; losses by the first mark in another colour."""
    value, low, high = cells
    if not np.isfinite(cells).all():
        return ""
    colour = GREY if place else BLUE if value >= 0 else VERMILION
    wide = "1.4" if place else "4"
    ends = f'x1="{num(scale.across(low))}" x2="{num(scale.across(high))}"'
    line = f'<line {ends} y1="{num(y)}" y2="{num(y)}" stroke="{colour}" stroke-width="{wide}"/>'
    return line + (
        f'<circle cx="{num(scale.across(value))}" cy="{num(y)}" r="{3 if place else 4.5}" '
        f'fill="{PAPER}" stroke="{colour}" stroke-width="2"/>'
    )


def _axis(scale: _Scale, bottom: float, number: Number) -> str:
    """Round ticks with grid lines; the line of zero is dark."""
    step = _round_step((scale.high - scale.low) / _TICKS)
    first = np.ceil(scale.low / step) * step
    parts = ""
    for tick in np.arange(first, scale.high, step):
        value = float(round(tick / step) * step)
        colour, wide = (INK, "1.2") if value == 0 else (GRID, "1")
        x = num(scale.across(value))
        parts += f'<line x1="{x}" x2="{x}" y1="0" y2="{num(bottom)}" stroke="{colour}" '
        parts += f'stroke-width="{wide}"/>'
        parts += label(scale.across(value), bottom + SMALL, number(value), anchor="middle")
    return parts


def _round_step(rough: float) -> float:
    power = 10.0 ** np.floor(np.log10(rough))
    return float(min((one * power for one in (1, 2, 5, 10)), key=lambda one: abs(one - rough)))


def influence_chart(
    frame: pd.DataFrame,
    *,
    name: str,
    shares: Sequence[tuple[str, str]],
    title: str,
    unit: str,
    number: Number = plain_number,
    note: str = "",
    width: float = 720,
) -> str:
    """Which assumption moves which result: bars of shares of variance, a panel a result.

    Parameters
    ----------
    frame : DataFrame
        One row an assumption, in order.
    name : str
        Column of its translated name.
    shares : sequence of (str, str)
        For each panel its translated name and its column of percent.
    title, unit : str
        The finding and the unit.
    number : callable, optional
        Writes a number.
    note : str, optional
        Remark beneath the drawing.
    width : float, optional
        Of the page, in pixels.

    Returns
    -------
    str
        A standalone SVG.

    Raises
    ------
    SchemaError
        A column is missing.
    CoverageError
        There is nothing to draw (``Empty``).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"n": ["taxes"], "r": [70.0]})
    >>> drawing = influence_chart(table, name="n", shares=[("treasury", "r")], title="T",
    ...     unit="%")
    >>> drawing.count("<rect") > 1
    True
    """
    columns(frame, [field for _, field in shares], texts=[name])
    room = width - 2 * MARGIN - _NAMES - 20
    wide = room / len(shares)
    names = [wrap(str(one), _NAMES, SMALL) for one in frame[name]]
    tall = [max(26.0, len(lines) * SMALL * LINE + 8) for lines in names]
    tops = np.concatenate([[0.0], np.cumsum(tall)]) + 1.6 * _FIGURE
    body = "".join(
        label(MARGIN, top + height / 2, lines)
        for lines, top, height in zip(names, tops, tall, strict=False)
    )
    longest = text_width(number(100.0), SMALL) + 10
    full = max(100.0, *(float(np.nanmax(column(frame, field))) for _, field in shares))
    for place, (words, field) in enumerate(shares):
        left = MARGIN + _NAMES + 20 + place * wide
        body += label(left, _FIGURE * 0.6, words, size=_FIGURE, bold=True)
        for value, top, height in zip(column(frame, field), tops, tall, strict=False):
            if not np.isfinite(value):
                continue
            long = max(value, 0.0) / full * (wide - longest - 8)
            body += f'<rect x="{num(left)}" y="{num(top + height / 2 - 7)}" height="14" '
            body += f'width="{num(long)}" fill="{BLUE}"/>'
            text = number(float(round(max(value, 0.0))))
            body += label(left + long + 4, top + height / 2, text, fill=MUTED)
    return page(body, Heading(title, unit, note), width=width, height=float(tops[-1]) + 6)
