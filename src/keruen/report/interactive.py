# SPDX-License-Identifier: Apache-2.0
"""Charts that answer the pointer: the drawing's own specification, with words at its points.

A page with script asks for the same Vega-Lite specification that the drawing was made from,
and one more layer: points that are seen when the pointer is near, each with a sentence in
the reader's language. Nothing is gathered unless somebody asks (:func:`gathered`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.report._svg import num
from keruen.report.locale import Lang, Locale
from keruen.report.palette import INK, PAPER

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

_GATHERED: ContextVar[dict[str, str] | None] = ContextVar("gathered", default=None)
_NAME: Final = re.compile(r'<title id="(k[0-9a-f]{8})-title">')


@dataclass(frozen=True)
class Tip:
    """What is told at a point: a label with one value, or the two bounds of an interval.

    ``more`` are further labels with their values: the intervals around a line.
    """

    x: float
    y: float
    label: str
    values: tuple[float, ...]
    more: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def text(self, locale: Locale, decimals: int) -> str:
        """The sentence, with numbers as the language writes them."""
        parts = ((self.label, self.values), *self.more)
        return "; ".join(
            f"{label}: {'–'.join(locale.number(one, decimals=decimals) for one in values)}"
            for label, values in parts
        )


@dataclass(frozen=True)
class Tips:
    """Points of a chart with their words, on the axes of the chart."""

    x: alt.X
    y: alt.Y
    points: Sequence[Tip]


@contextmanager
def gathered() -> Iterator[Mapping[str, str]]:
    """Gather the specifications of all charts drawn within, by the name of their drawing.

    Yields
    ------
    mapping of str to str
        JSON that the chart island reads; the name is the first part of the drawing's ids.
    """
    held: dict[str, str] = {}
    token = _GATHERED.set(held)
    try:
        yield held
    finally:
        _GATHERED.reset(token)


def gather(
    drawing: str,
    chart: Mapping[str, Any],
    tips: Tips | None,
    *,
    lang: Lang,
    number_format: Mapping[str, Any],
) -> None:
    """Keep the specification of a drawing, when somebody gathers."""
    held, name = _GATHERED.get(), _NAME.search(drawing)
    if held is None or name is None:
        return
    spec = {key: value for key, value in chart.items() if key != "$schema"}  # an address unused
    if tips is not None and tips.points:
        spec["layer"] = [*spec["layer"], _near(tips, Locale(lang))]
    parts = {"spec": spec, "format": dict(number_format)}
    held[name.group(1)] = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _near(tips: Tips, locale: Locale) -> dict[str, Any]:
    """Points that show themselves and their words when the pointer is nearest to them."""
    decimals = _decimals([value for tip in tips.points for value in tip.values])
    rows = [
        {"x": float(tip.x), "y": float(tip.y), "tip": tip.text(locale, decimals)}
        for tip in tips.points
    ]
    select = {"type": "point", "on": "pointerover", "clear": "pointerout", "nearest": True}
    return {
        "data": {"values": rows},
        "params": [{"name": "near", "select": select}],
        "mark": {"type": "point", "fill": INK, "stroke": PAPER, "size": 60},
        "encoding": {
            "x": tips.x.to_dict(),
            "y": tips.y.to_dict(),
            "opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0},
            "tooltip": {"field": "tip", "type": "nominal"},
        },
    }


def _decimals(values: Sequence[float]) -> int:
    """Digits that tell three places of the largest value; none of whole numbers."""
    most = max(abs(value) for value in values)
    if all(value == round(value) for value in values):
        return 0
    return max(0, 2 - math.floor(math.log10(most)))


def tips_of(frame: pd.DataFrame, x: str, columns: Mapping[str, str]) -> list[Tip]:
    """A tip for every known value of some columns, by column and name of the series."""
    years = _numbers(frame, x)
    return [
        Tip(float(year), float(value), f"{name}, {num(float(year))}", (float(value),))
        for column, name in columns.items()
        for year, value in zip(years, _numbers(frame, column), strict=True)
        if np.isfinite(value)
    ]


def line_tips(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    series: str | None = None,
    bands: Mapping[str, tuple[str, str]] | None = None,
) -> list[Tip]:
    """A tip for every known value of a tidy table, with the intervals around it."""
    names = frame[series].astype(str) if series else [""] * len(frame)
    bounds = {
        label: np.column_stack([_numbers(frame, low), _numbers(frame, high)])
        for label, (low, high) in (bands or {}).items()
    }
    tips = []
    rows = zip(_numbers(frame, x), _numbers(frame, y), names, strict=True)
    for place, (year, value, name) in enumerate(rows):
        if np.isfinite(value):
            label = ", ".join(part for part in (name, num(float(year))) if part)
            around = ((word, pair[place]) for word, pair in bounds.items())
            more = tuple(
                (word, (float(p[0]), float(p[1]))) for word, p in around if np.isfinite(p).all()
            )
            tips.append(Tip(float(year), float(value), label, (float(value),), more))
    return tips


def _numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return frame[name].to_numpy(dtype=float, na_value=np.nan)
