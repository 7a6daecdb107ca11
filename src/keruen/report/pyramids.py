# SPDX-License-Identifier: Apache-2.0
"""The age-sex pyramid: one year filled, a later year as an outline, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import altair as alt
import numpy as np

from keruen.core.errors import CodeError, CoverageError
from keruen.report import _layers as layer
from keruen.report._svg import Heading, Key
from keruen.report._vega import Axis, Plot, column, columns, nice_axis, svg
from keruen.report.interactive import Tip, Tips
from keruen.report.palette import BLUE, GRID, INK, ORANGE, PAPER, SKY, VERMILION, mix

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.locale import Lang

_SEXES: Final = ("M", "F")  # from the left
_FILLS: Final = {"M": SKY, "F": ORANGE}
_NOW: Final = VERMILION
_DASH: Final = (4, 3)
_LATER: Final = "#111111"
_BAND: Final = 0.3  # opacity of an interval; the inner lies over the outer


def pyramid(
    frame: pd.DataFrame,
    *,
    value: str,
    now: int,
    title: str,
    unit: str,
    lang: Lang,
    sex_labels: tuple[str, str],
    later: int | None = None,
    labels: tuple[str, str] = ("", ""),
    bands: Mapping[str, tuple[str, str]] | None = None,
    open_age: int = 100,
    description: str = "",
    note: str = "",
    width: float = 720,
    height: float = 400,
) -> str:
    """Population by age and sex: a year filled, a later year as an outline.

    Parameters
    ----------
    frame : DataFrame
        Columns ``year``, ``sex`` (M, F), ``age`` (lower bound; single years or groups
        that fit into five-year groups) and the value; ages are added up to five-year groups.
    value : str
        Column of the population.
    now : int
        Year to fill.
    title : str
        The finding; wrapped, never cut.
    unit : str
        Unit of the values, set under the title.
    lang : {"en", "ru", "kk"}
        How numbers are written.
    sex_labels : (str, str)
        Words for men (left) and women (right).
    later : int, optional
        Year to draw as an outline.
    labels : (str, str), optional
        Legend of both years; the years themselves when empty.
    bands : mapping of str to (str, str), optional
        Label of each interval around the later year ("95 %"), the widest first, and its
        columns of lower and upper bounds. They are given for five-year groups: bounds of
        single ages do not add up.
    open_age : int, optional
        Age from which all are drawn as one open group.
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
    CodeError
        A sex other than M and F.
    CoverageError
        A year asked for, or an age in it, is missing.
    """
    bands = dict(bands or {}) if later is not None else {}
    bounds = [name for pair in bands.values() for name in pair]
    columns(frame, ["year", "sex", "age", value, *bounds])
    strange = set(frame["sex"]) - set(_SEXES)
    if strange:
        raise CodeError(
            f"unknown sex {', '.join(sorted(map(repr, strange)))}",
            where="column 'sex'",
            remedy="use M and F; leave totals out",
        )
    shape = _groups(frame, now, value, open_age)
    outline = None if later is None else _groups(frame, later, value, open_age)
    fans = {
        label: tuple(_groups(frame, later, name, open_age) for name in pair)
        for label, pair in bands.items()
        if later is not None
    }
    reach = (shape, outline, *(bound for pair in fans.values() for bound in pair))
    half = _half(max(float(part.max()) for part in reach if part is not None))
    plot = Plot.within(width, height, left=46, right=14, top=24, bottom=26)
    names = (labels[0] or str(now), labels[1] or str(later))
    layers, keys = [], [Key(names[0], _FILLS["M"])]
    if fans:  # bars under intervals would be read as a third shade
        keys = [Key(names[0], _NOW, "line", _DASH)]
        for place, (label, (low, high)) in enumerate(fans.items(), start=1):
            layers += _band(low, high, half, open_age)
            keys.append(Key(label, mix(PAPER, BLUE, 1 - (1 - _BAND) ** place)))
        layers += _outlined(shape, half, open_age, _NOW, _DASH)
    else:
        layers += _filled(shape, half, open_age)
    layers += _middle(half, sex_labels)
    if outline is not None:
        layers += _outlined(outline, half, open_age, _LATER)
        keys.append(Key(names[1], _LATER, "line" if fans else "outline"))
    heading = Heading(title, unit, note, description)
    told = [
        tip
        for name, groups in ((names[0], shape), (names[1], outline))
        if groups is not None
        for tip in _tips(groups, name, sex_labels, open_age)
    ]
    tips = Tips(_across(half), _up(open_age), told)
    return svg(layers, plot, lang=lang, heading=heading, keys=keys, tips=tips)


def _tips(groups: layer.Floats, when: str, sex_labels: Sequence[str], open_age: int) -> list[Tip]:
    """Sex, ages and year of each group with its population."""
    ages = [f"{age}–{age + 4}" for age in range(0, open_age, 5)] + [f"{open_age}+"]
    return [
        Tip(end, 5 * place + 2.5, f"{sex}, {span}, {when}", (abs(end),))
        for sex, row in zip(sex_labels, _signed(groups).tolist(), strict=True)
        for place, (span, end) in enumerate(zip(ages, row, strict=True))
    ]


def _groups(frame: pd.DataFrame, year: int, value: str, open_age: int) -> layer.Floats:
    """Population [sex, five-year group] of a year; every group must be there."""
    part = frame[frame["year"] == year]
    group = np.minimum(part["age"].to_numpy(dtype=int), open_age) // 5
    sums = np.zeros((2, open_age // 5 + 1))
    seen = np.zeros_like(sums, dtype=bool)
    place = (part["sex"] == _SEXES[1]).to_numpy(dtype=int)
    np.add.at(sums, (place, group), column(part, value))
    seen[place, group] = True
    if not seen.all() or not np.isfinite(sums).all():
        sex, age = np.argwhere(~seen | ~np.isfinite(sums))[0]
        raise CoverageError(
            "an age group has no figure",
            where=f"year {year}, sex {_SEXES[sex]}, age {age * 5}",
            remedy="give every age of both sexes, or choose another year",
        )
    return sums


def _half(most: float) -> Axis:
    """The axis of one half; it ends with the longest bar rather than at a tick."""
    axis = nice_axis([0.0, most], count=4)
    high = most * 1.02 or axis.high
    return Axis(0.0, high, tuple(tick for tick in axis.ticks if tick <= high), axis.decimals)


def _across(half: Axis) -> alt.X:
    """Both halves on one axis, numbers without sign."""
    ticks = sorted({sign * tick for tick in half.ticks for sign in (-1.0, 1.0)})
    written = f"format(abs(datum.value), ',.{half.decimals}f')"
    axis = alt.Axis(values=ticks, labelExpr=written, tickSize=4, gridColor=GRID)
    return alt.X("x:Q", scale=alt.Scale(domain=[-half.high, half.high], nice=False), axis=axis)


def _up(open_age: int, field: str = "y") -> alt.Y:
    """Ages from the bottom; every second group is named in its middle."""
    top = open_age + 5
    ages = list(range(0, top, 10))
    names = (
        f"datum.value > {open_age} ? '{open_age}+' : "
        "(datum.value - 2.5) + '–' + (datum.value + 1.5)"
    )
    axis = alt.Axis(
        values=[age + 2.5 for age in ages], labelExpr=names, ticks=False, grid=False, labelPadding=6
    )
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=axis)


def _signed(groups: layer.Floats) -> layer.Floats:
    """Men to the left."""
    return groups * np.array([[-1.0], [1.0]])


def _filled(groups: layer.Floats, half: Axis, open_age: int) -> list[alt.Chart]:
    """A bar a group."""
    ages = 5.0 * np.arange(groups.shape[1])
    layers = []
    for values, sex in zip(_signed(groups), _SEXES, strict=True):
        bars = layer.rows(x=np.zeros_like(values), x2=values, y=ages + 0.25, y2=ages + 4.75)
        layers.append(
            bars.mark_rect(fill=_FILLS[sex]).encode(
                x=_across(half), x2="x2:Q", y=_up(open_age), y2="y2:Q"
            )
        )
    return layers


def _middle(half: Axis, sex_labels: Sequence[str]) -> list[alt.Chart]:
    """The rule between the sexes, and a word over either."""
    layers = []
    for sign, name in zip((-1.0, 1.0), sex_labels, strict=True):
        words = layer.rows(x=[sign * half.high / 2], text=[name]).mark_text(
            baseline="bottom", fontWeight="bold"
        )
        layers.append(words.encode(x=_across(half), y=alt.value(-6), text="text:N"))
    zero = layer.rows(x=[0.0]).mark_rule(stroke=INK)
    return [*layers, zero.encode(x=_across(half))]


def _outlined(
    groups: layer.Floats, half: Axis, open_age: int, colour: str, dash: tuple[int, ...] = (1, 0)
) -> list[alt.Chart]:
    """A stepped line round both halves."""
    edges = np.repeat(5.0 * np.arange(groups.shape[1] + 1), 2)[1:-1]
    layers = []
    for values in _signed(groups):
        x = np.concatenate([[0.0], np.repeat(values, 2), [0.0]])
        y = np.concatenate([[0.0], edges, [edges[-1]]])
        line = layer.rows(x=x, y=y, step=np.arange(len(x))).mark_line(
            stroke=colour, strokeWidth=1.6, strokeJoin="miter", strokeDash=list(dash)
        )
        layers.append(line.encode(x=_across(half), y=_up(open_age), order=alt.Order("step:Q")))
    return layers


def _band(low: layer.Floats, high: layer.Floats, half: Axis, open_age: int) -> list[alt.Chart]:
    """The interval of each group as a shaded bar from its lower to its upper bound."""
    ages = 5.0 * np.arange(low.shape[1])
    return [
        layer.rows(x=left, x2=right, y=ages, y2=ages + 5)
        .mark_rect(fill=BLUE, fillOpacity=_BAND)
        .encode(x=_across(half), x2="x2:Q", y=_up(open_age), y2="y2:Q")
        for left, right in zip(_signed(low), _signed(high), strict=True)
    ]
