# SPDX-License-Identifier: Apache-2.0
"""Estimates of one quantity under each other, each with its interval, on an axis of ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import SchemaError
from keruen.report._svg import (
    LINE,
    MARGIN,
    SMALL,
    Heading,
    Number,
    label,
    num,
    page,
    plain_number,
    text_width,
)
from keruen.report._vega import column, columns, finite
from keruen.report.palette import BLUE, GRID, INK, MUTED, PAPER

if TYPE_CHECKING:
    import pandas as pd

_ROW: Final = 30.0
_FIGURE: Final = 12.0


@dataclass(frozen=True)
class _Scale:
    """Ratios across the plot."""

    left: float
    right: float
    low: float
    high: float

    def across(self, value: float) -> float:
        """Place of a value, in pixels."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.left + share * (self.right - self.left)


def interval_chart(
    frame: pd.DataFrame,
    *,
    name: str,
    value: str,
    lower: str,
    upper: str,
    title: str,
    unit: str,
    reference: float | None = None,
    reference_label: str = "",
    number: Number = plain_number,
    note: str = "",
    width: float = 720,
) -> str:
    """Points with intervals, one row each; a limit that is open, or zero, ends in an arrow.

    Parameters
    ----------
    frame : DataFrame
        One row an estimate; a missing value leaves the interval alone.
    name, value, lower, upper : str
        Columns of the translated name, of the estimate and of its limits, 0 or above.
    title, unit : str
        The finding and the unit.
    reference : float, optional
        A number to compare all with, drawn as a line.
    reference_label : str, optional
        What that number is.
    number : callable, optional
        Writes a number.
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
        A column is missing, or a limit is below zero (``NegativeInput``).
    CoverageError
        There is nothing above zero to draw (``Empty``).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"m": ["a"], "v": [3.0], "l": [1.0], "u": [float("inf")]})
    >>> drawing = interval_chart(table, name="m", value="v", lower="l", upper="u",
    ...     title="One", unit="persons")
    >>> drawing.startswith("<svg")
    True
    """
    columns(frame, [value, lower, upper], texts=[name])
    numbers = finite(*(column(frame, one) for one in (value, lower, upper)))
    if reference is not None:
        numbers.append(reference)
    if min(numbers) < 0:
        raise SchemaError(
            "a limit below zero has no place on an axis of ratios",
            where=f"smallest {min(numbers):g}",
            remedy="leave such estimates out",
            id="NegativeInput",
        )
    numbers = finite(np.array([one for one in numbers if one > 0]))
    names = [str(one) for one in frame[name]]
    left = MARGIN + max(text_width(one, _FIGURE) for one in names) + 14
    scale = _Scale(left, width - MARGIN - 90, min(numbers) / 1.15, max(numbers) * 1.15)
    bottom = len(names) * _ROW
    body = _axis(scale, bottom, number)
    if reference is not None:
        x = num(scale.across(reference))
        body += f'<line x1="{x}" y1="0" x2="{x}" y2="{num(bottom)}" stroke="{INK}" '
        body += 'stroke-dasharray="4 3"/>'
        body += label(scale.across(reference), -5, reference_label, anchor="middle", fill=MUTED)
    rows = zip(names, *(column(frame, one) for one in (value, lower, upper)), strict=True)
    for place, (text, point, low, high) in enumerate(rows):
        y = (place + 0.5) * _ROW
        body += label(left - 10, y, text, size=_FIGURE, anchor="end")
        body += _interval(scale, (float(point), float(low), float(high)), y)
        body += _figures(width, (float(point), float(low), float(high)), y, number)
    head = SMALL * LINE + 4 if reference is not None else 4.0
    shifted = f'<g transform="translate(0,{num(head)})">{body}</g>'
    height = head + bottom + SMALL * LINE + 10
    return page(shifted, Heading(title, unit, note), width=width, height=height)


def _interval(scale: _Scale, numbers: tuple[float, float, float], y: float) -> str:
    point, low, high = numbers
    open_end, open_start = not np.isfinite(high), low == 0
    ends = (
        scale.left if open_start else scale.across(low),
        scale.right if open_end else scale.across(high) if high else scale.left,
    )
    drawn = (
        f'<line x1="{num(ends[0])}" y1="{num(y)}" x2="{num(ends[1])}" y2="{num(y)}" '
        f'stroke="{BLUE}" stroke-width="2.4"/>'
    )
    for x in ends[open_start : 1 if open_end else 2]:
        drawn += (
            f'<line x1="{num(x)}" y1="{num(y - 5)}" x2="{num(x)}" y2="{num(y + 5)}" '
            f'stroke="{BLUE}" stroke-width="2"/>'
        )
    if open_end:
        x = scale.right
        drawn += f'<path d="M{num(x)},{num(y - 5)}l9,5l-9,5z" fill="{BLUE}"/>'
    if open_start:
        x = scale.left
        drawn += f'<path d="M{num(x)},{num(y - 5)}l-9,5l9,5z" fill="{BLUE}"/>'
    if np.isfinite(point) and point > 0:
        drawn += (
            f'<circle cx="{num(scale.across(point))}" cy="{num(y)}" r="5" fill="{PAPER}" '
            f'stroke="{BLUE}" stroke-width="2.4"/>'
        )
    return drawn


def _figures(width: float, numbers: tuple[float, float, float], y: float, number: Number) -> str:
    """The estimate at the right edge, in two significant digits: more would mislead."""
    point = numbers[0]
    if not np.isfinite(point):
        return label(width - MARGIN, y, "–", size=_FIGURE, anchor="end")
    if point == 0:
        return label(width - MARGIN, y, number(0.0), size=_FIGURE, anchor="end")
    digits = 1 - math.floor(math.log10(point))
    return label(width - MARGIN, y, number(round(point, digits)), size=_FIGURE, anchor="end")


def _axis(scale: _Scale, bottom: float, number: Number) -> str:
    """Lines at 1, 2 and 5 times the powers of ten, or at powers alone when these are many."""
    powers = range(math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high)) + 1)
    steps = (1, 2, 5) if scale.high < 60 * scale.low else (1,)
    ticks = [step * 10.0**power for power in powers for step in steps]
    parts = ""
    for tick in ticks:
        if not scale.low <= tick <= scale.high:
            continue
        x = num(scale.across(tick))
        parts += f'<line x1="{x}" y1="0" x2="{x}" y2="{num(bottom)}" stroke="{GRID}"/>'
        parts += label(scale.across(tick), bottom + SMALL, number(tick), anchor="middle")
    return parts
