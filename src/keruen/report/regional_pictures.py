# SPDX-License-Identifier: Apache-2.0
"""Picture of a regional projection: every region at the base and at the end, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import altair as alt
import numpy as np

from keruen.core.codes import country_name, is_region, region_name
from keruen.report import _layers as layer
from keruen.report._svg import Heading, Key, text_width
from keruen.report._vega import FONT_SIZE, Plot, nice_axis, svg
from keruen.report.palette import BLUE, GRID, INK, PAPER
from keruen.report.regional_run import RegionalRun
from keruen.sources.projection_inputs import FIRST

_ROW: Final = 24.0
_WIDTH: Final = 720.0


def regional_pictures(run: RegionalRun) -> dict[str, str]:
    """Population of every region at the base and at the end of the last year.

    Parameters
    ----------
    run : RegionalRun
        The run.

    Returns
    -------
    dict of str
        ``regions``: standalone SVG.

    See Also
    --------
    keruen.report.projection_pictures.projection_pictures : Pictures of a country.

    Examples
    --------
    >>> from keruen.report.regional_run import run_regions
    >>> regional_pictures(run_regions("KAZ", to=2024))["regions"].startswith("<svg")
    True
    """
    total = run.projection.population.sum(["sex", "age"])
    start, end = (total.sel(year=year).to_numpy() for year in (FIRST, run.last + 1))
    bounds = np.full((4, len(end)), np.nan)
    if run.totals is not None:
        last = run.totals["population"].sel(year=run.last + 1)
        bounds = last.quantile([0.025, 0.1, 0.9, 0.975], dim="trajectory").to_numpy()
    order = np.argsort(-end, kind="stable")
    names = [_name(str(code)) for code in total.indexes["region"][order]]
    scale, unit = (1e6, "million people") if end.max() >= 3e6 else (1e3, "thousand people")
    rows = _Rows(names, start[order] / scale, end[order] / scale, bounds[:, order] / scale)
    return {"regions": _drawing(rows, run, unit, decimals=2 if scale == 1e6 else 0)}


def _name(code: str) -> str:
    return region_name(code) if is_region(code) else code


@dataclass(frozen=True)
class _Rows:
    """Regions from the largest; bounds of 95 and 80 %, (4, R)."""

    names: list[str]
    start: layer.Floats
    end: layer.Floats
    bounds: layer.Floats

    @property
    def middles(self) -> layer.Floats:
        """Distance of the middle of each row from the top."""
        return np.asarray(_ROW * (np.arange(len(self.names)) + 0.5), dtype=float)


def _drawing(rows: _Rows, run: RegionalRun, unit: str, *, decimals: int) -> str:
    heads = (f"1 Jan {FIRST}", f"end of {run.last}")
    wide = max(text_width(text, FONT_SIZE) for text in ("00,000.00", *heads)) + 14
    left = max(text_width(name, FONT_SIZE) for name in rows.names) + 8
    plot = Plot.within(_WIDTH, _ROW * len(rows.names), left=left, right=2 * wide + 8, top=22.0)
    far = np.nanmax([rows.end.max(), rows.start.max(), *rows.bounds.ravel()])
    axis = nice_axis([float(far)], zero=True, count=5)
    ticks = alt.Axis(values=list(axis.ticks), format=axis.format, tickSize=4)
    across = alt.X("x:Q", scale=alt.Scale(domain=[0, axis.high], nice=False), axis=ticks)
    down = alt.Y("y:Q", scale=alt.Scale(domain=[plot.height, 0], nice=False), axis=None)
    edges = np.zeros(len(rows.names)), np.full(len(rows.names), axis.high)
    layers = [
        layer.rows(x=edges[0], x2=edges[1], y=rows.middles)
        .mark_rule(stroke=GRID).encode(x=across, x2="x2:Q", y=down),
        *_intervals(rows, across, down),
        _points(rows.start, rows, PAPER, across, down),
        _points(rows.end, rows, BLUE, across, down),
        _words(rows.names, rows, alt.value(-8.0), down),
        *_columns(rows, heads, (plot.width + 8, wide), down, decimals),
    ]  # fmt: skip
    keys = [Key(f"1 January {FIRST} (ring)", INK, "point"),
            Key(f"end of {run.last} (dot)", BLUE, "point")]  # fmt: skip
    if run.totals is not None:
        keys.append(Key("95 % and, thick, 80 % intervals", BLUE, "line"))
    whole = run.nation.population.sum(["sex", "age"])
    more = int((rows.end > rows.start).sum())
    title = (
        f"{country_name(run.country)}: {more} of {len(rows.names)} regions grow to {run.last}, "
        f"the country from {float(whole[0]) / 1e6:.1f} to {float(whole[-1]) / 1e6:.1f} million"
    )
    heading = Heading(title, f"{unit}; estimates from national ages and rates", _note(run), "")
    return svg(layers, plot, lang="en", heading=heading, keys=keys)


def _intervals(rows: _Rows, across: alt.X, down: alt.Y) -> list[alt.Chart]:
    low95, low80, high80, high95 = rows.bounds
    if not np.isfinite(low95).any():
        return []
    return [
        layer.rows(x=low, x2=high, y=rows.middles)
        .mark_rule(stroke=BLUE, strokeWidth=width, opacity=opacity)
        .encode(x=across, x2="x2:Q", y=down)
        for low, high, width, opacity in ((low95, high95, 2, 0.7), (low80, high80, 6, 0.45))
    ]


def _points(values: layer.Floats, rows: _Rows, fill: str, across: alt.X, down: alt.Y) -> alt.Chart:
    stroke = INK if fill == PAPER else fill
    points = layer.rows(x=values, y=rows.middles).mark_point(
        shape="circle", size=55, stroke=stroke, strokeWidth=1.8, fill=fill, opacity=1
    )
    return points.encode(x=across, y=down)


def _words(texts: list[str], rows: _Rows, edge: alt.Value, down: alt.Y) -> alt.Chart:
    words = layer.rows(y=rows.middles, text=texts).mark_text(align="right", baseline="middle")
    return words.encode(x=edge, y=down, text="text:N")


def _columns(
    rows: _Rows, heads: tuple[str, str], room: tuple[float, float], down: alt.Y, decimals: int
) -> list[alt.Chart]:
    """Both figures in columns at the right."""
    layers = []
    for place, (head, values) in enumerate(zip(heads, (rows.start, rows.end), strict=True), 1):
        edge = alt.value(room[0] + place * room[1])
        layers.append(_words([f"{value:,.{decimals}f}" for value in values], rows, edge, down))
        title = layer.rows(text=[head]).mark_text(
            align="right", baseline="bottom", fontWeight="bold"
        )
        layers.append(title.encode(x=edge, y=alt.value(-4), text="text:N"))
    return layers


def _note(run: RegionalRun) -> str:
    drawn = run.options["trajectories"]
    paths = f" Intervals: {drawn} trajectories, seed {run.options['seed']}." if drawn else ""
    variant = str(run.options["variant"]).replace("_", " ")
    return f"Variant: {variant}.{paths} Track record: {run.record}."
