# SPDX-License-Identifier: Apache-2.0
"""Pictures of an evaluation: paths, placebos, weights, effects over time, a jump."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report import _layers as layer
from keruen.report._svg import Heading
from keruen.report._vega import finite, nice_axis, svg
from keruen.report.bars import bar_chart
from keruen.report.charts import line_chart
from keruen.report.locale import Locale, Percent, Verbatim, msg
from keruen.report.palette import BLUE, INK, VERMILION

if TYPE_CHECKING:
    from keruen.report.evaluate_run import EvaluateRun

Picture = Callable[[Locale], str]

_FAINT: Final = "#b0b0b0"
_SIZE: Final = (720.0, 300.0)
_MOST_WEIGHTS: Final = 15
_COUNTS: Final = 1e-3
_WIDE: Final = 3.0  # an axis of whole numbers says nothing about a shorter range


def pictures(run: EvaluateRun) -> dict[str, Picture]:
    """Pictures of a run by the table they show.

    Parameters
    ----------
    run : EvaluateRun
        The run.

    Returns
    -------
    dict of str to callable
        Each makes an SVG in a language.
    """
    return dict(_drawn(run))


def _drawn(run: EvaluateRun) -> Iterator[tuple[str, Picture]]:
    found = run.evaluation.tables
    if "path" in found:
        yield "path", lambda locale: _path(run, locale)
        yield "weights", lambda locale: _weights(run, locale)
    if "placebo_gaps" in found and len(found["placebos"]) > 2:
        yield "placebos", lambda locale: _placebos(run, locale)
    if "events" in found:
        yield "events", lambda locale: _events(run, locale)
    if "bins" in found:
        yield "bins", lambda locale: _jump(run, locale)
        by = "bandwidth" if "bandwidth_path" in found else "curvature"
        if np.ptp(found[f"{by}_path"][by]) >= _WIDE:
            yield f"{by}_path", lambda locale: _tried(run, locale, by)


def _unit(run: EvaluateRun, locale: Locale) -> str:
    return run.options.unit or locale.say(msg("units of the outcome"))


def _said(run: EvaluateRun, name: str) -> str:
    return str(run.evaluation.options[name])


def _interval_word(run: EvaluateRun, locale: Locale) -> str:
    level = Percent(100 * run.evaluation.level, 0)
    return locale.say(msg("interval {level}", level=level))


def _path(run: EvaluateRun, locale: Locale) -> str:
    """The unit and its synthetic control; the interval is that of the path without the policy."""
    import pandas as pd

    table = run.evaluation.tables["path"]
    unit, since = _said(run, "treated"), _said(run, "since")
    names = (unit, locale.say(msg("synthetic control")))
    paths = pd.DataFrame({"year": table["year"], "name": names[0], "value": table["treated"]})
    mixed = pd.DataFrame(
        {
            "year": table["year"],
            "name": names[1],
            "value": table["synthetic"],
            "low": table["treated"] - table["high"],
            "high": table["treated"] - table["low"],
        }
    )
    known = bool(np.isfinite(mixed[["low", "high"]].to_numpy(float)).all(axis=1).any())
    rows = pd.concat([paths, mixed], ignore_index=True)
    title = msg("{unit} and its synthetic control", unit=Verbatim(unit))
    return line_chart(
        rows, x="year", y="value", series="name", title=locale.say(title),
        unit=_unit(run, locale), lang=locale.lang,
        bands={_interval_word(run, locale): ("low", "high")} if known else None,
        marks={float(since): locale.say(msg("policy from {year}", year=Verbatim(since)))},
    )  # fmt: skip


def _placebos(run: EvaluateRun, locale: Locale) -> str:
    """Gaps of every unit, the treated one above all others."""
    gaps = run.evaluation.tables["placebo_gaps"]
    dim = str(run.evaluation.options["unit"])
    unit, since = _said(run, "treated"), float(_said(run, "since"))
    label = locale.say(msg("policy from {year}", year=Verbatim(_said(run, "since"))))
    scales = layer.scales_for(
        finite(gaps["year"].to_numpy(float)),
        nice_axis(finite(gaps["gap"].to_numpy(float)), zero=True),
        size=_SIZE, ends=[unit], head=True,
    )  # fmt: skip
    layers = []
    for _, one in gaps[gaps[dim] != unit].groupby(dim, sort=False):
        chart = layer.rows(x=one["year"].to_numpy(float), y=one["gap"].to_numpy(float))
        thin = chart.mark_line(stroke=_FAINT, strokeWidth=1, opacity=0.8)
        layers.append(thin.encode(x=scales.across(), y=scales.up()))
    layers += layer.zero_rule(scales) + layer.mark_rules({since: label}, scales)
    own = gaps[gaps[dim] == unit]
    line = layer.Line(
        unit, own["year"].to_numpy(float), own["gap"].to_numpy(float), BLUE, (1, 0), "circle"
    )
    layers += layer.line_layers(line, scales, points=False, halo=True)
    layers += layer.end_labels([layer.End(*line.end(), unit, BLUE)], scales)
    title = msg("Gap of {unit} and of every other unit taken as if treated", unit=Verbatim(unit))
    heading = Heading(locale.say(title), _unit(run, locale), "", "")
    return svg(layers, scales.plot, lang=locale.lang, heading=heading)


def _weights(run: EvaluateRun, locale: Locale) -> str:
    table = run.evaluation.tables["weights"]
    dim = str(run.evaluation.options["unit"])
    largest = table[table["weight"].abs() > _COUNTS].head(_MOST_WEIGHTS)
    title = msg("Units that the synthetic control is mixed of")
    return bar_chart(
        largest.assign(weight=100 * largest["weight"]), category=dim, value="weight",
        title=locale.say(title), unit="%", lang=locale.lang, decimals=1,
    )  # fmt: skip


def _events(run: EvaluateRun, locale: Locale) -> str:
    """Effects by time from the policy, or by year, with the band that holds them all if known."""
    table = run.evaluation.tables["events"].rename(columns={"period": "event"})
    word, ends = _interval_word(run, locale), ("low", "high")
    if "band_low" in table:
        level = Percent(100 * run.evaluation.level, 0)
        word, ends = locale.say(msg("band {level}", level=level)), ("band_low", "band_high")
    for end in ends:  # the period that all are compared to is 0 for certain
        table[end] = table[end].fillna(table["effect"])
    begun = float(str(run.evaluation.options.get("start", 0)))
    title = msg("Effect by time from the policy")
    return line_chart(
        table, x="event", y="effect", title=locale.say(title), unit=_unit(run, locale),
        lang=locale.lang, bands={word: ends},
        marks={begun: locale.say(msg("policy"))} if table["event"].min() < begun else None,
        from_zero=True,
    )  # fmt: skip


def _jump(run: EvaluateRun, locale: Locale) -> str:
    """Mean outcome by stretches of the running variable, and lines on both sides."""
    table = run.evaluation.tables["bins"]
    cutoff, width = (float(_said(run, name)) for name in ("cutoff", "bandwidth"))
    x, y = table["running"].to_numpy(float), table["outcome"].to_numpy(float)
    scales = layer.scales_for(finite(x), nice_axis(finite(y)), size=_SIZE, ends=(), head=True)
    label = locale.say(msg("cut-off"))
    layers = layer.mark_rules({cutoff: label}, scales)
    for side, colour, shape in (("below", VERMILION, "square"), ("above", BLUE, "circle")):
        held = (table["side"] == side).to_numpy()
        points = layer.rows(x=x[held], y=y[held]).mark_point(
            shape=shape, filled=True, size=40, fill=colour, stroke=colour
        )
        layers.append(points.encode(x=scales.across(), y=scales.up()))
        near = held & (np.abs(x - cutoff) <= width)
        if near.sum() >= 2:
            slope, start = np.polyfit(
                x[near] - cutoff, y[near], 1, w=np.sqrt(table["cases"].to_numpy(float)[near])
            )
            ends = np.array([0.0, -width if side == "below" else width])
            low, high = x[held].min() - cutoff, x[held].max() - cutoff
            ends = np.clip(ends, low if side == "below" else 0, 0 if side == "below" else high)
            line = layer.rows(x=cutoff + ends, y=start + slope * ends)
            layers.append(
                line.mark_line(stroke=INK, strokeWidth=1.5).encode(x=scales.across(), y=scales.up())
            )
    title = msg("Mean outcome on both sides of the cut-off")
    note = msg("Points are means of stretches; lines join those within the bandwidth.")
    heading = Heading(locale.say(title), _unit(run, locale), locale.say(note), "")
    return svg(layers, scales.plot, lang=locale.lang, heading=heading)


def _tried(run: EvaluateRun, locale: Locale, by: str) -> str:
    """The effect with other bandwidths, or with other curvatures."""
    table = run.evaluation.tables[f"{by}_path"]
    titles = {"bandwidth": msg("Effect by bandwidth"), "curvature": msg("Effect by curvature")}
    chosen = float(table.loc[table["chosen"], by].iloc[0])
    return line_chart(
        table, x=by, y="effect", title=locale.say(titles[by]), unit=_unit(run, locale),
        lang=locale.lang, bands={_interval_word(run, locale): ("low", "high")},
        marks={chosen: locale.say(msg("chosen"))}, from_zero=True,
    )  # fmt: skip
