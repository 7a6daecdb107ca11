# SPDX-License-Identifier: Apache-2.0
"""Parts of a flow map: curved arrows, dots and names of places, the legend of widths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from keruen.report import palette
from keruen.report._classes import rounded
from keruen.report._geography import Place
from keruen.report._svg import LINE, SMALL, Number, label, num, path, text_width, wrap

WIDEST: Final = 15.0
"""Pixels of the largest flow."""
_THINNEST: Final = 0.8
_BEND: Final = 0.16  # of the distance, to the right of travel
_GAP: Final = 4.5  # pixels between a place and the ends of its arrows
_SAMPLES: Final = 25  # corners along each side of an arrow
_NAME_ROOM: Final = 110.0
_AROUND: Final = (
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.9, -0.9),
    (0.9, 0.9),
    (-0.9, -0.9),
    (-0.9, 0.9),
)

_Box = tuple[float, float, float, float]
_Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def band_width(value: float, most: float) -> float:
    """Pixels of a flow: in proportion to the largest, but never too thin to print."""
    return max(WIDEST * value / most, _THINNEST)


def _way(start: Place, end: Place) -> _Points:
    """A curve bent to the right of travel, clear of both places."""
    a, b = np.array(start), np.array(end)
    along = b - a
    bend = np.array([-along[1], along[0]]) * _BEND  # y points down: this is the right side
    middle = (a + b) / 2 + bend
    t = np.linspace(0, 1, 41 + round(float(np.hypot(*along))))[:, None]
    curve = (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b
    away = np.minimum(_lengths(curve - a), _lengths(curve - b))
    return curve[away >= min(_GAP, 0.3 * float(np.hypot(*along)))]


def _lengths(vectors: _Points) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.hypot(vectors[:, 0], vectors[:, 1])


def arrow(start: Place, end: Place, *, width: float, colour: str) -> str:
    """A band along the curve that ends in a head."""
    way = _way(start, end)
    steps = _lengths(np.diff(way, axis=0))
    left_over = steps.sum() - np.concatenate([[0.0], np.cumsum(steps)])
    head = min(6.0 + 0.7 * width, 0.45 * float(steps.sum()))
    shaft = way[left_over >= head]
    shaft = shaft[np.unique(np.linspace(0, len(shaft) - 1, _SAMPLES).round().astype(int))]
    normal = _normals(shaft)
    half = width / 2
    wing = half + max(2.2, 0.3 * width)
    outline = [
        *(shaft - normal * half),
        shaft[-1] - normal[-1] * wing,
        way[-1],
        shaft[-1] + normal[-1] * wing,
        *(shaft + normal * half)[::-1],
    ]
    edge = f' stroke="{palette.PAPER}" stroke-width="0.7"' if width > 3 else ""
    return (
        f'<path d="{path([(float(x), float(y)) for x, y in outline])}" fill="{colour}" '
        f'fill-opacity="0.88"{edge}/>'
    )


def _normals(points: _Points) -> _Points:
    """Unit vectors across a line, to the right of travel."""
    if len(points) < 2:
        return np.zeros_like(points)
    along = np.column_stack([np.gradient(points[:, 0]), np.gradient(points[:, 1])])
    along /= np.maximum(_lengths(along), 1e-9)[:, None]
    return np.column_stack([-along[:, 1], along[:, 0]])


def dot(place: Place, *, inside: bool) -> str:
    """A full dot for a place, a ring for one beyond the frame."""
    fill = palette.INK if inside else palette.PAPER
    return (
        f'<circle cx="{num(place[0])}" cy="{num(place[1])}" r="2.4" fill="{fill}" '
        f'stroke="{palette.INK}" stroke-width="0.8"/>'
    )


def place_names(
    places: Mapping[str, Place],
    names: Mapping[str, str],
    *,
    frame: tuple[float, float],
    bold: str,
) -> str:
    """Names beside their places, the busiest first, each where it overlaps least."""
    taken = [(x - 3, y - 3, x + 3, y + 3) for x, y in places.values()]
    parts = []
    for code, (x, y) in places.items():
        lines = wrap(names[code], _NAME_ROOM, SMALL)
        box, far = _free_box((x, y), lines, frame, taken, bold=code == bold)
        taken.append(box)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if far:
            parts.append(
                f'<path d="{path([(x, y), middle], closed=False)}" stroke="{palette.MUTED}" '
                'stroke-width="0.6" fill="none"/>'
            )
        parts.append(label(*middle, lines, anchor="middle", halo=True, bold=code == bold))
    return "".join(parts)


def _free_box(
    place: Place, lines: list[str], frame: tuple[float, float], taken: list[_Box], *, bold: bool
) -> tuple[_Box, bool]:
    """The nearest box round a place that covers least, and whether it stands apart."""
    wide = max(text_width(line, SMALL, bold=bold) for line in lines) / 2
    tall = SMALL * LINE * len(lines) / 2
    choices = []
    for away in (5.0, 20.0, 38.0):
        for dx, dy in _AROUND:
            x, y = place[0] + dx * (wide + away), place[1] + dy * (tall + away)
            box = (x - wide, y - tall, x + wide, y + tall)
            covered = sum(_overlap(box, other) for other in taken)
            choices.append((away / 5 + covered + 20 * _outside(box, frame), box, away > 5))
    _, box, far = min(choices, key=lambda choice: choice[0])
    return box, far


def _overlap(a: _Box, b: _Box) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    tall = min(a[3], b[3]) - max(a[1], b[1])
    return wide * tall if wide > 0 and tall > 0 else 0.0


def _outside(box: _Box, frame: tuple[float, float]) -> float:
    """Pixels by which a box leaves the frame."""
    beyond = (-box[0], box[2] - frame[0], -box[1], box[3] - frame[1])
    return sum(max(pixels, 0.0) for pixels in beyond)


def width_legend(most: float, number: Number, *, colour: str) -> str:
    """Bands as wide as three round flows, at most 26 pixels tall together."""
    parts, x = [], 0.0
    for share in (1.0, 0.4, 0.1):
        value = rounded(most * share)
        wide, text = band_width(value, most), number(value)
        parts.append(
            f'<rect x="{num(x)}" y="{num(14 - wide / 2)}" width="30" height="{num(wide)}" '
            f'fill="{colour}"/>' + label(x + 36, 14, text)
        )
        x += 36 + text_width(text, SMALL) + 20
    return "".join(parts)
