# SPDX-License-Identifier: Apache-2.0
"""Horizontal bars: corridors and areas from the largest to the smallest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import altair as alt
import numpy as np

from keruen.report import _layers as layer
from keruen.report._svg import LINE, Heading, Key, text_width, wrap
from keruen.report._vega import FONT_SIZE, Plot, column, columns, finite, svg
from keruen.report.interactive import Tip, Tips
from keruen.report.locale import GAP
from keruen.report.palette import BLUE, INK, PAPER, SKY

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.locale import Lang

_ROW: Final = 24.0  # pixels of one corridor
_BAR: Final = 17.0
_NAME_ROOM: Final = 230.0


def bar_chart(
    frame: pd.DataFrame,
    *,
    category: str,
    value: str,
    title: str,
    unit: str,
    lang: Lang,
    compare: str | None = None,
    labels: tuple[str, str] = ("", ""),
    highlight: Collection[str] = (),
    decimals: int = 0,
    ordered: bool = True,
    description: str = "",
    note: str = "",
    width: float = 720,
) -> str:
    """Horizontal bars from the largest to the smallest, each with its number.

    Parameters
    ----------
    frame : DataFrame
        One row a category; a missing value is shown as a gap, at the end.
    category, value : str
        Columns of the translated name and of the quantity; losses go to the left.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    lang : {"en", "ru", "kk"}
        How numbers are written.
    compare : str, optional
        Column of a second figure (an earlier year, another source), drawn as a ring; both
        figures then stand in columns.
    labels : (str, str), optional
        What bar and ring mean, for legend and columns.
    highlight : collection of str, optional
        Categories to set off in a darker colour.
    decimals : int, optional
        Digits after the decimal mark.
    ordered : bool, optional
        Whether to sort by value; the table's own order when false.
    description : str, optional
        Longer text for screen readers; title and unit when empty.
    note : str, optional
        Source or remark beneath the drawing.
    width : float, optional
        Of the page, in pixels; the height follows from the number of bars.

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
    >>> corridors = pd.DataFrame({"origin": ["Uzbekistan", "Russia"], "persons": [300, 2400]})
    >>> drawing = bar_chart(
    ...     corridors, category="origin", value="persons", title="T", unit="persons", lang="en"
    ... )
    >>> drawing.index("Russia") < drawing.index("Uzbekistan")
    True
    """
    columns(frame, [value, compare], texts=[category])
    rows = _rows(frame, category, value, compare, ordered=ordered, decimals=decimals)
    reach = [0.0, *finite(rows.numbers, rows.beside)]
    room = max(text_width(line, FONT_SIZE) for lines in rows.names for line in lines)
    figure = max(text_width(f"{number:,.{decimals}f}", FONT_SIZE) for number in reach) + 12
    heads = labels if compare else ("", "")
    wide = max(figure, *(text_width(head, FONT_SIZE, bold=True) + 12 for head in heads))
    beside_bars = min(reach) < 0 and not compare  # numbers of losses stand left of their bars
    left = room + 8 + (figure if beside_bars else 0)
    plot = Plot.within(
        width,
        float(rows.heights.sum()),
        left=left,
        right=2 * wide + 8 if compare else figure,
        top=22.0 if any(heads) else 2.0,
        bottom=4.0,
    )
    across = _across(min(reach), max(reach))
    layers = [_bars(rows, plot, across, highlight), *_rings(rows, plot, across)]
    if compare:
        layers += _columns(rows, plot, heads, wide)
    else:
        layers += _tips(rows, plot, across)
    layers.append(_names(rows, plot, edge=room - left if beside_bars else -8.0))
    keys = [Key(heads[0], BLUE), Key(heads[1], INK, "point")] if any(heads) else []
    told = [
        Tip(number, middle, name, (number,))
        for name, number, middle in zip(
            rows.categories, rows.numbers.tolist(), rows.middles.tolist(), strict=True
        )
        if np.isfinite(number)
    ]
    return svg(
        layers,
        plot,
        lang=lang,
        heading=Heading(title, unit, note, description),
        keys=keys,
        tips=Tips(across, _down(plot), told),
    )


@dataclass(frozen=True)
class _Rows:
    """The bars from the top: names in lines, both figures, heights of the rows."""

    categories: list[str]
    names: list[list[str]]
    numbers: layer.Floats
    beside: layer.Floats
    heights: layer.Floats
    decimals: int

    @property
    def middles(self) -> layer.Floats:
        """Distance of the middle of each row from the top."""
        return np.cumsum(self.heights) - self.heights / 2

    @property
    def lengths(self) -> layer.Floats:
        """Bars to draw; a gap has none."""
        return np.where(np.isfinite(self.numbers), self.numbers, 0.0)


def _rows(
    frame: pd.DataFrame,
    category: str,
    value: str,
    compare: str | None,
    *,
    ordered: bool,
    decimals: int,
) -> _Rows:
    """The table's rows, by value from the largest when asked for."""
    numbers = column(frame, value)
    beside = column(frame, compare) if compare else np.full_like(numbers, np.nan)
    if ordered:
        order = np.argsort(np.where(np.isfinite(numbers), -numbers, np.inf), kind="stable")
        frame, numbers, beside = frame.iloc[order], numbers[order], beside[order]
    categories = [str(name) for name in frame[category]]
    names = [wrap(name, _NAME_ROOM, FONT_SIZE) for name in categories]
    heights = np.array([_ROW + (len(lines) - 1) * FONT_SIZE * LINE for lines in names])
    return _Rows(categories, names, numbers, beside, heights, decimals)


def _across(low: float, high: float) -> alt.X:
    """Values from left to right."""
    reach = [low, high if high > low else low + 1.0]
    return alt.X("x:Q", scale=alt.Scale(domain=reach, nice=False), axis=None)


def _down(plot: Plot) -> alt.Y:
    """Pixels from the top."""
    return alt.Y("y:Q", scale=alt.Scale(domain=[plot.height, 0], nice=False), axis=None)


def _bars(rows: _Rows, plot: Plot, across: alt.X, highlight: Collection[str]) -> alt.Chart:
    """The bars; those to set off are darker than the others."""
    rest = SKY if highlight else BLUE
    bars = layer.rows(
        x=np.zeros_like(rows.lengths),
        x2=rows.lengths,
        y=rows.middles - _BAR / 2,
        y2=rows.middles + _BAR / 2,
        colour=[BLUE if name in highlight else rest for name in rows.categories],
    ).mark_rect()
    fill = alt.Fill("colour:N", scale=None)
    return bars.encode(x=across, x2="x2:Q", y=_down(plot), y2="y2:Q", fill=fill)


def _rings(rows: _Rows, plot: Plot, across: alt.X) -> list[alt.Chart]:
    """The second figures, and the line at zero."""
    layers = [layer.rows(x=[0.0]).mark_rule(stroke=INK).encode(x=across)]
    known = np.isfinite(rows.beside)
    if known.any():
        ring = layer.rows(x=rows.beside[known], y=rows.middles[known]).mark_point(
            shape="circle", size=55, stroke=INK, strokeWidth=1.8, fill=PAPER, opacity=1
        )
        layers.append(ring.encode(x=across, y=_down(plot)))
    return layers


def _figures(rows: _Rows, numbers: layer.Floats, **places: layer.Floats) -> alt.Chart:
    """Numbers as text, a gap as its sign."""
    written = f"isValid(datum.n) ? format(datum.n, ',.{rows.decimals}f') : '{GAP}'"
    texts = layer.rows(y=rows.middles, n=numbers, **places)
    return texts.transform_calculate(text=written)


def _tips(rows: _Rows, plot: Plot, across: alt.X) -> list[alt.Chart]:
    """Numbers at the ends of their bars."""
    texts = _figures(rows, rows.numbers, x=rows.lengths)
    layers = []
    for losses in (False, True):
        side = texts.transform_filter("datum.x < 0" if losses else "datum.x >= 0")
        words = side.mark_text(
            align="right" if losses else "left", dx=-7 if losses else 7, baseline="middle"
        )
        layers.append(words.encode(x=across, y=_down(plot), text="text:N"))
    return layers


def _columns(rows: _Rows, plot: Plot, heads: tuple[str, str], wide: float) -> list[alt.Chart]:
    """Both figures in columns right of the bars, where neither can be mistaken."""
    layers = []
    for place, (head, numbers) in enumerate(
        zip(heads, (rows.numbers, rows.beside), strict=True), start=1
    ):
        edge = alt.value(plot.width + 8 + place * wide)
        words = _figures(rows, numbers).mark_text(align="right", baseline="middle")
        layers.append(words.encode(x=edge, y=_down(plot), text="text:N"))
        title = layer.rows(text=[head]).mark_text(
            align="right", baseline="bottom", fontWeight="bold"
        )
        layers.append(title.encode(x=edge, y=alt.value(-4), text="text:N"))
    return layers


def _names(rows: _Rows, plot: Plot, *, edge: float) -> alt.Chart:
    """Names left of the bars, each centred on its row."""
    above = np.array([(len(lines) - 1) * FONT_SIZE * LINE / 2 for lines in rows.names])
    texts = ["\n".join(lines) for lines in rows.names]
    words = layer.rows(y=rows.middles - above, text=texts).mark_text(
        align="right", baseline="middle", lineBreak="\n", lineHeight=FONT_SIZE * LINE
    )
    return words.encode(x=alt.value(edge), y=_down(plot), text="text:N")
