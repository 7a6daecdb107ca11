# SPDX-License-Identifier: Apache-2.0
"""Layers that time charts are made of: lines, intervals, labels at line ends, rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import numpy as np

from keruen.report._svg import spread, text_width
from keruen.report._vega import FONT_SIZE, Axis, Plot, column, records, time_axis
from keruen.report.palette import DASHES, INK, MUTED, PAPER, SERIES, SHAPES

if TYPE_CHECKING:
    import pandas as pd

LEADER: Final = 14.0
"""Pixels between the plot's edge and the labels of line ends."""
FEW_POINTS: Final = 12
"""A series this short shows its points too."""
_HEAD: Final = 24.0  # room above the plot for words at rules
_GAP: Final = 15.0  # pixels between two labels under one another

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Scales:
    """Both axes of a plot and its rectangle."""

    x: Axis
    y: Axis
    plot: Plot
    reverse: bool = False

    def across(self) -> alt.X:
        """Horizontal place of field ``x``; years are written without grouping."""
        ticks = alt.Axis(values=list(self.x.ticks), format="d", grid=False, tickSize=4)
        return alt.X("x:Q", scale=_linear(self.x), axis=ticks)

    def up(self, field: str = "y") -> alt.Y:
        """Vertical place of a field."""
        ticks = alt.Axis(
            values=list(self.y.ticks), format=self.y.format, ticks=False, labelPadding=6
        )
        return alt.Y(f"{field}:Q", scale=_linear(self.y, reverse=self.reverse), axis=ticks)

    def pixel(self, value: float) -> float:
        """Distance of a value from the top of the plot."""
        share = self.y.share(value)
        return self.plot.height * (share if self.reverse else 1 - share)

    def value(self, pixel: float) -> float:
        """The value at a distance from the top of the plot."""
        share = pixel / self.plot.height
        share = share if self.reverse else 1 - share
        return self.y.low + share * (self.y.high - self.y.low)


def _linear(axis: Axis, *, reverse: bool = False) -> alt.Scale:
    return alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False, reverse=reverse)


def rows(**fields: Sequence[object] | np.ndarray[Any, Any]) -> alt.Chart:
    """A chart over rows given by field."""
    return alt.Chart(alt.Data(values=records(**fields)))


@dataclass(frozen=True)
class Line:
    """One series and how it is drawn."""

    name: str
    x: Floats
    y: Floats
    colour: str
    dash: tuple[int, ...]
    shape: str

    def end(self) -> tuple[float, float]:
        """The last known value, with its year."""
        last = int(np.flatnonzero(np.isfinite(self.y))[-1])
        return float(self.x[last]), float(self.y[last])


def lines_of(
    frame: pd.DataFrame, x: str, y: str, series: str | None, names: Sequence[str]
) -> list[Line]:
    """The series of a tidy table that have any value, each with its own look."""
    lines = []
    for place, name in enumerate(names):
        part = frame if series is None else frame[frame[series].astype(str) == name]
        part = part.sort_values(x, kind="stable")
        values = column(part, y)
        if np.isfinite(values).any():
            look = (SERIES[place], DASHES[place], SHAPES[place])
            lines.append(Line(name, column(part, x), values, *look))
    return lines


def line_layers(
    line: Line, scales: Scales, *, points: bool | None = None, halo: bool = False
) -> list[alt.Chart]:
    """The line and, when it is short or asked for, its points; a halo sets it off from bars."""
    chart = rows(x=line.x, y=line.y)
    layers = []
    if halo:
        under = chart.mark_line(stroke=PAPER, strokeWidth=4.5)
        layers.append(under.encode(x=scales.across(), y=scales.up()))
    layers.append(
        chart.mark_line(stroke=line.colour, strokeWidth=2, strokeDash=list(line.dash)).encode(
            x=scales.across(), y=scales.up()
        )
    )
    if len(line.x) <= FEW_POINTS if points is None else points:
        mark = chart.mark_point(
            shape=line.shape, fill=line.colour, stroke=PAPER, strokeWidth=0.8, size=52, opacity=1
        )
        layers.append(mark.encode(x=scales.across(), y=scales.up()))
    return layers


def band_layer(years: Floats, low: Floats, high: Floats, scales: Scales, colour: str) -> alt.Chart:
    """A shaded interval; intervals over one another grow darker inwards."""
    known = np.isfinite(low) & np.isfinite(high)
    chart = rows(x=years[known], y=low[known], y2=high[known])
    return chart.mark_area(fill=colour, fillOpacity=0.2).encode(
        x=scales.across(), y=scales.up(), y2="y2:Q"
    )


@dataclass(frozen=True)
class End:
    """A label for the place where a line or interval ends; no leader without a colour."""

    x: float
    y: float
    text: str
    colour: str = ""


def end_labels(ends: Sequence[End], scales: Scales) -> list[alt.Chart]:
    """Names right of the plot, pushed apart, each led to the end of its line."""
    if not ends:
        return []
    height, edge = scales.plot.height, scales.plot.width
    places = spread([scales.pixel(end.y) for end in ends], _GAP, 4.0, height - 4.0)
    layers = []
    for end, place in zip(ends, places, strict=True):
        to = scales.value(place)
        if end.colour:
            far = scales.x.share(end.x) < 0.95
            leader = rows(x=[end.x], y=[end.y], y2=[to]).mark_rule(
                stroke=end.colour, strokeDash=[1, 4] if far else [1, 0]
            )
            layers.append(
                leader.encode(
                    x=scales.across(), x2=alt.value(edge + LEADER - 4), y=scales.up(), y2="y2:Q"
                )
            )
        words = rows(y=[to], text=[end.text]).mark_text(
            align="left", baseline="middle", color=INK if end.colour else MUTED
        )
        layers.append(words.encode(x=alt.value(edge + LEADER), y=scales.up(), text="text:N"))
    return layers


def room_at_end(texts: Iterable[str]) -> float:
    """Pixels right of the plot that labels of line ends take."""
    widest = max((text_width(text, FONT_SIZE) for text in texts), default=0.0)
    return widest + LEADER + 4 if widest else 10.0


def zero_rule(scales: Scales) -> list[alt.Chart]:
    """A dark line at zero, when zero is within the plot."""
    if not scales.y.low <= 0 <= scales.y.high:
        return []
    rule = rows(y=[0.0]).mark_rule(stroke=INK, strokeWidth=1)
    return [rule.encode(y=scales.up())]


def split_rule(split: float | None, labels: tuple[str, str], scales: Scales) -> list[alt.Chart]:
    """The rule between estimates and projection, with a word on either side."""
    if split is None:
        return []
    rule = rows(x=[split]).mark_rule(stroke=MUTED, strokeDash=[4, 3])
    layers = [rule.encode(x=scales.across())]
    for label, left in zip(labels, (True, False), strict=True):
        if label:
            words = rows(x=[split], text=[label]).mark_text(
                align="right" if left else "left",
                dx=-5 if left else 5,
                baseline="bottom",
                color=MUTED,
            )
            layers.append(words.encode(x=scales.across(), y=alt.value(-4), text="text:N"))
    return layers


def mark_rules(marks: Mapping[float, str], scales: Scales) -> list[alt.Chart]:
    """Thin rules at years to point out, labelled at the top on the side that has room."""
    layers = []
    for year, label in marks.items():
        rule = rows(x=[year]).mark_rule(stroke=INK, strokeWidth=0.8, strokeDash=[1, 2])
        layers.append(rule.encode(x=scales.across()))
        room = (1 - scales.x.share(year)) * scales.plot.width
        fits = text_width(label, FONT_SIZE) < room
        words = rows(x=[year], text=[label]).mark_text(
            align="left" if fits else "right", dx=4 if fits else -4, baseline="bottom"
        )
        layers.append(words.encode(x=scales.across(), y=alt.value(-4), text="text:N"))
    return layers


def intervals(
    frame: pd.DataFrame,
    bands: Mapping[str, tuple[str, str]],
    scales: Scales,
    *,
    keys: tuple[str, str | None],
    names: Sequence[str],
) -> tuple[list[alt.Chart], list[End]]:
    """Shaded intervals of every series, and a label for each at its last upper bound."""
    x, series = keys
    layers: list[alt.Chart] = []
    ends: dict[str, End] = {}
    for place, name in enumerate(names):
        part = frame if series is None else frame[frame[series].astype(str) == name]
        part = part.sort_values(x, kind="stable")
        for label, (low, high) in bands.items():
            years, lower, upper = column(part, x), column(part, low), column(part, high)
            known = np.flatnonzero(np.isfinite(lower) & np.isfinite(upper))
            if known.size:
                layers.append(band_layer(years, lower, upper, scales, SERIES[place]))
                last = known[-1]
                ends.setdefault(label, End(float(years[last]), float(upper[last]), label))
    return layers, list(ends.values())


def rival_intervals(
    frame: pd.DataFrame, rivals: Mapping[str, tuple[str, str]], scales: Scales, x: str
) -> tuple[list[alt.Chart], list[End]]:
    """Intervals to compare with, as pairs of dashed lines named at their upper end."""
    layers, ends = [], []
    for label, pair in rivals.items():
        years = column(frame, x)
        for name in pair:
            chart = rows(x=years, y=column(frame, name))
            dashed = chart.mark_line(stroke=INK, strokeWidth=1.2, strokeDash=[5, 3])
            layers.append(dashed.encode(x=scales.across(), y=scales.up()))
        upper = column(frame, pair[1])
        last = int(np.flatnonzero(np.isfinite(upper))[-1])
        ends.append(End(float(years[last]), float(upper[last]), label, INK))
    return layers, ends


def bar_layer(years: Floats, low: Floats, high: Floats, scales: Scales, colour: str) -> alt.Chart:
    """Bars between two heights, one a year."""
    half = bar_width(years) / 2
    known = np.isfinite(low) & np.isfinite(high) & (low != high)
    chart = rows(x=years[known] - half, x2=years[known] + half, y=low[known], y2=high[known])
    bars = chart.mark_rect(fill=colour, stroke="#ffffff", strokeWidth=0.3)
    return bars.encode(x=scales.across(), x2="x2:Q", y=scales.up(), y2="y2:Q")


def bar_width(years: Floats) -> float:
    """Width of bars in years: four fifths of the least distance between two."""
    apart = np.diff(np.unique(years[np.isfinite(years)]))
    return 0.8 * float(apart.min()) if apart.size else 0.8


def scales_for(
    years: Sequence[float],
    values: Axis,
    *,
    size: tuple[float, float],
    ends: Iterable[str] = (),
    head: bool = False,
    bars: float = 0.0,
    reverse: bool = False,
) -> Scales:
    """Axes and a plot that leaves room for tick labels, line ends and words at rules."""
    across = time_axis(years)
    if bars:
        across = replace(across, low=across.low - bars, high=across.high + bars)
    plot = Plot.within(
        size[0],
        size[1],
        left=values.label_room() + 8,
        right=room_at_end(ends),
        top=_HEAD if head else 8.0,
    )
    return Scales(across, values, plot, reverse)
