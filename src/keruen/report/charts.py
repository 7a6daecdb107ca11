# SPDX-License-Identifier: Apache-2.0
"""Charts of the profile: lines with intervals, ranks; balances, bars, pyramid from beside.

Every function takes a tidy table and strings that are already translated, and returns a
standalone SVG. The title states the finding; lines are named at their ends and differ in
dash as well as colour, so that a black-and-white copy can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keruen.report import _layers as layer
from keruen.report._svg import Heading
from keruen.report._vega import column, columns, finite, nice_axis, rank_axis, series_names, svg
from keruen.report.balances import balance_chart, components_chart
from keruen.report.bars import bar_chart
from keruen.report.interactive import Tips, line_tips
from keruen.report.palette import INK
from keruen.report.pyramids import pyramid

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.locale import Lang

__all__ = [
    "balance_chart",
    "bar_chart",
    "components_chart",
    "line_chart",
    "pyramid",
    "rank_chart",
]


def line_chart(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    title: str,
    unit: str,
    lang: Lang,
    series: str | None = None,
    bands: Mapping[str, tuple[str, str]] | None = None,
    rivals: Mapping[str, tuple[str, str]] | None = None,
    split: float | None = None,
    split_labels: tuple[str, str] = ("", ""),
    marks: Mapping[float, str] | None = None,
    from_zero: bool = False,
    description: str = "",
    note: str = "",
    width: float = 720,
    height: float = 280,
) -> str:
    """Series over time, each named at its end, with intervals where there are some.

    Parameters
    ----------
    frame : DataFrame
        One row a year and series; a missing value breaks the line.
    x, y : str
        Columns of the year and of the value.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    lang : {"en", "ru", "kk"}
        How numbers are written.
    series : str, optional
        Column with the names of the series, already translated.
    bands : mapping of str to (str, str), optional
        Label of each interval ("95 %") and its columns of lower and upper bounds.
    rivals : mapping of str to (str, str), optional
        Label and bounds of intervals to compare with, drawn as pairs of dashed lines.
    split : float, optional
        Year of the rule between estimates and projection.
    split_labels : (str, str), optional
        Words left and right of that rule.
    marks : mapping of float to str, optional
        Years to point out, with their labels.
    from_zero : bool, optional
        Whether the axis must show zero.
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
        A column is missing, or there are more series than can be told apart.
    CoverageError
        There is nothing to draw (``Empty``).

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"year": [1991, 2025], "persons": [16.4, 20.4]})
    >>> drawing = line_chart(
    ...     people, x="year", y="persons", title="Growth", unit="million", lang="en"
    ... )
    >>> drawing.startswith("<svg")
    True
    """
    bands = dict(bands or {})
    rivals = dict(rivals or {})
    bounds = [name for pair in (*bands.values(), *rivals.values()) for name in pair]
    columns(frame, [x, y, *bounds], texts=[series])
    values = finite(*(column(frame, name) for name in (y, *bounds)))
    names = series_names(frame, series)
    lines = layer.lines_of(frame, x, y, series, names)
    scales = layer.scales_for(
        finite(column(frame, x)),
        nice_axis(values, zero=from_zero),
        size=(width, height),
        ends=[*(line.name for line in lines), *bands, *rivals],
        head=bool(marks) or split is not None,
    )
    shaded, ends = layer.intervals(frame, bands, scales, keys=(x, series), names=names)
    layers = [*layer.zero_rule(scales), *layer.split_rule(split, split_labels, scales)]
    layers += [*layer.mark_rules(marks or {}, scales), *shaded]
    dashed, named = layer.rival_intervals(frame, rivals, scales, x)
    layers, ends = [*layers, *dashed], [*ends, *named]
    for line in lines:
        layers += layer.line_layers(line, scales)
        if line.name:
            ends.append(layer.End(*line.end(), line.name, line.colour))
    layers += layer.end_labels(ends, scales)
    told = line_tips(frame, x, y, series=series, bands=bands)
    return svg(
        layers,
        scales.plot,
        lang=lang,
        heading=Heading(title, unit, note, description),
        tips=Tips(scales.across(), scales.up(), told),
    )


def rank_chart(
    frame: pd.DataFrame,
    *,
    x: str,
    rank: str,
    series: str,
    title: str,
    unit: str,
    lang: Lang,
    targets: Mapping[float, str] | None = None,
    description: str = "",
    note: str = "",
    width: float = 720,
    height: float = 260,
) -> str:
    """Rank over time by source, first place at the top, a point for every figure.

    Parameters
    ----------
    frame : DataFrame
        One row a year and source; a missing rank breaks the line.
    x, rank, series : str
        Columns of the year, of the rank (1 is first) and of the source's name.
    title : str
        The finding; wrapped, never cut.
    unit : str
        What is ranked, set under the title.
    lang : {"en", "ru", "kk"}
        How numbers are written.
    targets : mapping of float to str, optional
        Ranks that somebody claimed, with a label, drawn as dashed rules.
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
        A column is missing, or there are more sources than can be told apart.
    CoverageError
        There is nothing to draw (``Empty``).
    """
    targets = dict(targets or {})
    columns(frame, [x, rank], texts=[series])
    ranks = [*finite(column(frame, rank)), *targets]
    lines = layer.lines_of(frame, x, rank, series, series_names(frame, series))
    scales = layer.scales_for(
        finite(column(frame, x)),
        rank_axis(ranks),
        size=(width, height),
        ends=[*(line.name for line in lines), *targets.values()],
        reverse=True,
    )
    layers, ends = [], []
    for place, label in targets.items():
        rule = layer.rows(y=[float(place)]).mark_rule(stroke=INK, strokeDash=[3, 3])
        layers.append(rule.encode(y=scales.up()))
        ends.append(layer.End(scales.x.high, float(place), label, INK))
    for line in lines:
        layers += layer.line_layers(line, scales, points=True)
        ends.append(layer.End(*line.end(), line.name, line.colour))
    layers += layer.end_labels(ends, scales)
    return svg(
        layers,
        scales.plot,
        lang=lang,
        heading=Heading(title, unit, note, description),
        tips=Tips(scales.across(), scales.up(), line_tips(frame, x, rank, series=series)),
    )
