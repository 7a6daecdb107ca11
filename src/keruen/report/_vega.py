# SPDX-License-Identifier: Apache-2.0
"""What all Vega-Lite charts share: axes, theme, number formats, and the way to SVG.

Charts are laid out by hand (``autosize`` none): the plot's rectangle is known before
drawing, so labels at line ends can be kept apart and the page is always equally wide.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keruen.core.errors import CoverageError, SchemaError
from keruen.report._svg import FONT, MARGIN, Heading, Key, num, page, text_width
from keruen.report.interactive import Tips, gather
from keruen.report.palette import GRID, INK, MUTED, SERIES

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from keruen.report.locale import Lang

FONT_SIZE: Final = 12.0
_NO_BREAK: Final = "\u00a0"  # groups digits in CLDR's Russian and Kazakh
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
    "ru": {"decimal": ",", "thousands": _NO_BREAK, "grouping": [3], "currency": ["", ""]},
    "kk": {"decimal": ",", "thousands": _NO_BREAK, "grouping": [3], "currency": ["", ""]},
}
"""How each language writes numbers, for the chart library."""


@dataclass(frozen=True)
class Axis:
    """A linear axis: bounds, ticks and the digits that tell its ticks apart."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    @property
    def format(self) -> str:
        """Number format of the labels."""
        return f",.{self.decimals}f"

    def label_room(self) -> float:
        """Pixels that the widest label takes."""
        texts = (f"{tick:,.{self.decimals}f}" for tick in self.ticks)
        return max(text_width(text, FONT_SIZE) for text in texts)

    def share(self, value: float) -> float:
        """Place of a value between the bounds, from 0 to 1."""
        return (value - self.low) / (self.high - self.low)


def nice_axis(values: Iterable[float], *, zero: bool = False, count: int = 6) -> Axis:
    """An axis over the values whose bounds are ticks: 1, 2 or 5 times a power of ten."""
    numbers = [float(v) for v in values if math.isfinite(v)]
    low, high = min(numbers), max(numbers)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (0.0, 1.0) if low == 0 else sorted((low - abs(low) / 2, low + abs(low) / 2))
    step = nice_step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple(round(i * step, decimals) + 0.0 for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, decimals)


def nice_step(rough: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is not below a rough step."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))


def time_axis(values: Iterable[float], *, count: int = 8) -> Axis:
    """An axis over years: it starts and ends with the data, its ticks are whole years."""
    numbers = [float(v) for v in values if math.isfinite(v)]
    low, high = min(numbers), max(numbers)
    if low == high:
        return Axis(low - 0.5, high + 0.5, (low,), 0)
    step = max(1.0, nice_step((high - low) / count))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Axis(low, high, tuple(i * step for i in range(first, last + 1)), 0)


def rank_axis(ranks: Iterable[float]) -> Axis:
    """An axis over ranks: the first place is always on it, ticks are whole ranks."""
    last = max([*ranks, 5.0])
    step = max(1, round(nice_step(last / 6)))
    ticks = sorted({1, *range(step, math.ceil(last) + 1, step)} - ({2} if step == 2 else set()))
    return Axis(0.5, last + 0.5, tuple(map(float, ticks)), 0)


def columns(
    frame: pd.DataFrame, names: Iterable[str | None], *, texts: Iterable[str | None] = ()
) -> None:
    """Check that a table has the columns named, at least one row, and a word in every text."""
    words = [name for name in texts if name is not None]
    names = [*names, *words]
    missing = [name for name in names if name is not None and name not in frame.columns]
    if missing:
        raise SchemaError(
            f"the table has no column {', '.join(map(repr, missing))}",
            where=f"columns: {', '.join(map(str, frame.columns))}",
            remedy="name an existing column",
        )
    if frame.empty:
        raise CoverageError("the table has no rows", remedy="there is nothing to draw", id="Empty")
    for name in words:
        gaps = frame[name].isna().to_numpy()
        if gaps.any():
            raise SchemaError(
                "a name is missing",
                where=f"column {name!r}, row {int(np.argmax(gaps)) + 1}",
                remedy="name every row, or leave it out",
            )


def column(frame: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column as numbers; a gap is NaN."""
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def finite(*arrays: np.ndarray[Any, Any]) -> list[float]:
    """All finite numbers of several arrays; raises when there are none."""
    together = np.concatenate([np.ravel(a) for a in arrays])
    numbers: list[float] = together[np.isfinite(together)].tolist()
    if not numbers:
        raise CoverageError(
            "every value is missing", remedy="leave the chart out, or give values", id="Empty"
        )
    return numbers


def records(**fields: Sequence[object] | np.ndarray[Any, Any]) -> list[dict[str, object]]:
    """Rows for the chart library; what is not a number becomes a gap."""
    rows = zip(*fields.values(), strict=True)
    return [dict(zip(fields, map(_cell, row), strict=True)) for row in rows]


def _cell(value: object) -> object:
    if isinstance(value, int | float | np.number):
        return float(value) if math.isfinite(value) else None
    return value


def series_names(frame: pd.DataFrame, series: str | None) -> list[str]:
    """Names of the series in order of appearance, no more than can be told apart."""
    names = [""] if series is None else [str(name) for name in frame[series].unique()]
    if len(names) > len(SERIES):
        raise SchemaError(
            f"{len(names)} series in one chart; at most {len(SERIES)} can be told apart",
            remedy="draw fewer, or split the chart",
            id="TooManySeries",
        )
    return names


@dataclass(frozen=True)
class Plot:
    """The rectangle that the data fill, and the room around it."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @classmethod
    def within(
        cls,
        page_width: float,
        height: float,
        *,
        left: float,
        right: float,
        top: float = 8.0,
        bottom: float = 24.0,
    ) -> Plot:
        """The plot that leaves room for labels on a page of a given width."""
        left, right = round(MARGIN + left), round(MARGIN + right)
        return cls(page_width - left - right, height, left, right, top, bottom)


def svg(
    layers: Sequence[alt.Chart],
    plot: Plot,
    *,
    lang: Lang,
    heading: Heading,
    keys: Sequence[Key] = (),
    tips: Tips | None = None,
) -> str:
    """Layers drawn in a plot, on a page with heading and note.

    ``tips`` are what a page with script tells at points; the drawing does not show them.
    """
    import altair as alt
    import vl_convert

    chart = alt.layer(*layers).properties(
        width=plot.width,
        height=plot.height,
        padding={"left": plot.left, "right": plot.right, "top": plot.top, "bottom": plot.bottom},
        autosize=alt.AutoSizeParams(type="none"),
        background="transparent",
        config=_theme(),
    )
    # Checking our own charts against the schema takes longer than drawing them.
    spec = chart.to_dict(validate=False)
    drawn = vl_convert.vegalite_to_svg(spec, format_locale=dict(FORMATS[lang]))
    drawing = page(
        _inner(drawn),
        heading,
        width=plot.width + plot.left + plot.right,
        height=plot.height + plot.top + plot.bottom,
        keys=keys,
    )
    gather(drawing, spec, tips, lang=lang, number_format=FORMATS[lang])
    return drawing


def _theme() -> dict[str, Any]:
    axis = {
        "labelFont": FONT,
        "labelFontSize": FONT_SIZE,
        "labelColor": INK,
        "labelLimit": 0,
        "labelFlush": False,
        "gridColor": GRID,
        "domain": False,
        "tickColor": MUTED,
        "title": None,
    }
    return {
        "aria": False,  # the page speaks for the drawing, in the reader's language
        "font": FONT,
        "axis": axis,
        "text": {"font": FONT, "fontSize": FONT_SIZE, "color": INK, "limit": 0},
        "view": {"stroke": None},
    }


def _inner(drawn: str) -> str:
    """The drawing without its own page, with short numbers and names of its own.

    The library numbers clip paths through a whole session; they are numbered anew, so
    that the same chart is the same text.
    """
    body = drawn[drawn.index(">", drawn.index("<svg")) + 1 : drawn.rindex("</svg>")]
    body = re.sub(r"\d+\.\d{3,}", lambda found: num(float(found.group()), 2), body)
    body = re.sub(r' (?:class|aria-[a-z]+|pointer-events|role|font-family)="[^"]*"', "", body)
    body = re.sub(r' opacity="1"|<path d="M0,0h0v0h0Z"/>|<path d="" display="none"/>', "", body)
    for place, name in enumerate(dict.fromkeys(re.findall(r'id="([^"]*)"', body))):
        body = re.sub(rf'(id="|url\(#){re.escape(name)}(["\)])', rf"\1__id__part{place}\2", body)
    return body
