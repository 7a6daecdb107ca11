# SPDX-License-Identifier: Apache-2.0
"""Balances by year: arrivals and departures with their net, components with their sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report import _layers as layer
from keruen.report._svg import Heading, Key, num
from keruen.report._vega import column, columns, finite, nice_axis, svg
from keruen.report.interactive import Tip, Tips, tips_of
from keruen.report.palette import BLUE, INK, VERMILION

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.locale import Lang

_PARTS: Final = ("#a9d4f1", "#333333", VERMILION, "#f3cf7a", BLUE)  # light, dark, middle ...
_NET: Final = "#9c9c9c"
_POINTS: Final = 80  # a longer line of totals shows no points


def balance_chart(
    frame: pd.DataFrame,
    *,
    x: str,
    inflow: tuple[str, str],
    outflow: tuple[str, str],
    net: tuple[str, str],
    title: str,
    unit: str,
    lang: Lang,
    marks: Mapping[float, str] | None = None,
    description: str = "",
    note: str = "",
    width: float = 720,
    height: float = 280,
) -> str:
    """Net migration as bars from zero, with arrivals and departures as lines.

    Parameters
    ----------
    frame : DataFrame
        One row a year.
    x : str
        Column of the year.
    inflow, outflow, net : (str, str)
        Column and translated name of arrivals, departures and net migration.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    lang : {"en", "ru", "kk"}
        How numbers are written.
    marks : mapping of float to str, optional
        Years to point out, with their labels.
    description : str, optional
        Longer text for screen readers; title and unit when empty.
    note : str, optional
        Source or remark beneath the drawing.
    width, height : float, optional
        Of the page and of the plot, in pixels.

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
    """
    named = (inflow, outflow, net)
    columns(frame, [x, *(name for name, _ in named)])
    frame = frame.sort_values(x, kind="stable")
    years = column(frame, x)
    scales = layer.scales_for(
        finite(years),
        nice_axis(finite(*(column(frame, name) for name, _ in named)), zero=True),
        size=(width, height),
        ends=[inflow[1], outflow[1]],
        head=bool(marks),
        bars=layer.bar_width(years),
    )
    balance = column(frame, net[0])
    layers = [
        *layer.mark_rules(marks or {}, scales),
        layer.bar_layer(years, np.zeros_like(balance), balance, scales, _NET),
        *layer.zero_rule(scales),
    ]
    ends = []
    for (name, label), colour, dash in (
        (inflow, BLUE, (1, 0)),
        (outflow, VERMILION, (6, 3)),
    ):
        values = column(frame, name)
        if np.isfinite(values).any():
            line = layer.Line(label, years, values, colour, dash, "circle")
            layers += layer.line_layers(line, scales, points=False)
            ends.append(layer.End(*line.end(), label, colour))
    layers += layer.end_labels(ends, scales)
    keys = [Key(net[1], _NET)]
    return svg(
        layers,
        scales.plot,
        lang=lang,
        heading=Heading(title, unit, note, description),
        keys=keys,
        tips=Tips(scales.across(), scales.up(), tips_of(frame, x, dict(named))),
    )


def components_chart(
    frame: pd.DataFrame,
    *,
    x: str,
    parts: Mapping[str, str],
    title: str,
    unit: str,
    lang: Lang,
    total: tuple[str, str] | None = None,
    split: float | None = None,
    split_labels: tuple[str, str] = ("", ""),
    description: str = "",
    note: str = "",
    width: float = 720,
    height: float = 280,
) -> str:
    """Components stacked by year, gains above zero and losses below, with their sum.

    Parameters
    ----------
    frame : DataFrame
        One row a year; losses (deaths, net emigration) are negative.
    x : str
        Column of the year.
    parts : mapping of str to str
        Column and translated name of each component, from the zero line outwards.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    lang : {"en", "ru", "kk"}
        How numbers are written.
    total : (str, str), optional
        Column and name of the sum, drawn as a dark line with points.
    split : float, optional
        Year of the rule between estimates and projection.
    split_labels : (str, str), optional
        Words left and right of that rule.
    description : str, optional
        Longer text for screen readers; title and unit when empty.
    note : str, optional
        Source or remark beneath the drawing.
    width, height : float, optional
        Of the page and of the plot, in pixels.

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
    """
    sums = [total[0]] if total else []
    columns(frame, [x, *parts, *sums])
    frame = frame.sort_values(x, kind="stable")
    years = column(frame, x)
    stack = np.array([column(frame, name) for name in parts])
    finite(stack)
    low, high = _stacked(stack)
    reach = [low, high, *(column(frame, name) for name in sums)]
    scales = layer.scales_for(
        finite(years),
        nice_axis(finite(*reach), zero=True),
        size=(width, height),
        ends=[],
        head=split is not None,
        bars=layer.bar_width(years),
    )
    colours = [_PARTS[place % len(_PARTS)] for place in range(len(parts))]
    layers = [
        layer.bar_layer(years, low[place], high[place], scales, colour)
        for place, colour in enumerate(colours)
    ]
    layers += [*layer.zero_rule(scales), *layer.split_rule(split, split_labels, scales)]
    keys = [Key(label, colour) for label, colour in zip(parts.values(), colours, strict=True)]
    if total:
        line = layer.Line(total[1], years, column(frame, total[0]), INK, (1, 0), "circle")
        layers += layer.line_layers(line, scales, points=len(years) <= _POINTS, halo=True)
        keys.append(Key(total[1], INK, "line"))
    told = [
        Tip(float(year), float(up), f"{label}, {num(float(year))}", (float(value),))
        for label, part, top, under in zip(parts.values(), stack, high, low, strict=True)
        for year, value, up in zip(years, part, np.where(part < 0, under, top), strict=True)
        if np.isfinite(value) and value
    ]
    told += tips_of(frame, x, dict([total] if total else []))
    return svg(
        layers,
        scales.plot,
        lang=lang,
        heading=Heading(title, unit, note, description),
        keys=keys,
        tips=Tips(scales.across(), scales.up(), told),
    )


def _stacked(stack: layer.Floats) -> tuple[layer.Floats, layer.Floats]:
    """Lower and upper edge of each part: gains pile up from zero, losses down from it."""
    known = np.nan_to_num(stack)
    gains, losses = np.maximum(known, 0.0), np.minimum(known, 0.0)
    above, below = np.cumsum(gains, axis=0), np.cumsum(losses, axis=0)
    low = np.where(known >= 0, above - gains, below)
    high = np.where(known >= 0, above, below - losses)
    return low, high
