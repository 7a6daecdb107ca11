# SPDX-License-Identifier: Apache-2.0
"""Small parts of SVG drawings: numbers, text, legends, and the page around a drawing.

Every drawing of the room ends in :func:`page`, which sets the title that states the
finding, the unit, the note, and what a screen reader says. Names inside a drawing are
written ``__id__name``; the page replaces the mark by a digest of the drawing, so that
many drawings can stand in one document and the same drawing is always the same text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from keruen.report.palette import INK, MUTED, PAPER

Number = Callable[[float], str]
"""Writes a number as the reader's language does."""

FONT: Final = "Noto Sans, DejaVu Sans, Arial, sans-serif"
MARGIN: Final = 12.0
TITLE: Final = 15.0
SMALL: Final = 11.0
LINE: Final = 1.28  # line height in ems

# Widths in ems of the wider of the two fonts that we ask for, so that text never outgrows
# the room measured for it.
_WIDTHS: Final[dict[str, float]] = {
    letter: width
    for width, letters in (
        (0.30, " ,.'IJijl:;|!іІ\u00a0"),
        (0.40, '-/\\f()[]rt"'),
        (0.52, "*_`sz–?Lcгз"),
        (0.60, "FPTYaekovxyабвеёкотухчьсэяГРТУәғқөұүҰҮ"),
        (0.65, "$0123456789EKSbdghnpqu{}ийлнпрЕЁЗңһҒ"),
        (0.72, "ABCDGHNRUVXZдцъмАБВИЙКЛНПСХЧЬЭЯҚҺҢ"),
        (0.80, "&OQwыДОЦӘӨ"),
        (0.87, "#+<=>M^~фюжшМФЪЫ−"),
        (1.05, "%mщ@W—…ШЖЩЮ"),
    )
    for letter in letters
}


def plain_number(value: float) -> str:
    """A number in English form with a true minus sign."""
    return f"{value:,.10g}".replace("-", "\u2212")


def num(value: float, digits: int = 1) -> str:
    """A coordinate as short text: rounded, no trailing zeros, no negative zero."""
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Room that a line of text needs, in pixels."""
    ems = sum(_WIDTHS.get(letter, 0.65) for letter in text)
    return ems * size * (1.1 if bold else 1.0)


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines that fit the room; a word that is longer than a line is broken at its hyphen.

    Nothing is ever cut: a single word wider than the room keeps its line.
    """
    lines: list[str] = []
    for word in text.replace("\u00a0", "\uffff").split():
        glue = " "
        for part in re.split(r"(?<=\w-)(?=\w)", word.replace("\uffff", "\u00a0")):
            longer = f"{lines[-1]}{glue}{part}" if lines else part
            if lines and text_width(longer, size, bold=bold) <= room:
                lines[-1] = longer
            else:
                lines.append(part)
            glue = ""
    return lines or [""]


def label(
    x: float,
    y: float,
    content: str | Sequence[str],
    *,
    size: float = SMALL,
    anchor: Literal["start", "middle", "end"] = "start",
    fill: str = INK,
    bold: bool = False,
    halo: bool = False,
) -> str:
    """Text as text; several lines stand under one another around ``y``, centred on it."""
    lines = [content] if isinstance(content, str) else list(content)
    top = y - (len(lines) - 1) * size * LINE / 2 + size * 0.35
    style = f' font-size="{num(size)}" fill="{fill}"'
    if anchor != "start":
        style += f' text-anchor="{anchor}"'
    if bold:
        style += ' font-weight="bold"'
    if halo:  # drawn beneath the letters, so that borders do not cut them
        style += f' stroke="{PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    if len(lines) == 1:
        return f'<text x="{num(x)}" y="{num(top)}"{style}>{escape(lines[0])}</text>'
    spans = "".join(
        f'<tspan x="{num(x)}" y="{num(top + row * size * LINE)}">{escape(line)}</tspan>'
        for row, line in enumerate(lines)
    )
    return f"<text{style}>{spans}</text>"


def path(
    points: Iterable[tuple[float, float]],
    *,
    closed: bool = True,
    least: float = 0.0,
    digits: int = 1,
) -> str:
    """The ``d`` of a path through points, in moves relative to the point before.

    Points nearer than ``least`` pixels to the one before are left out.
    """
    commands: list[str] = []
    x0, y0 = 0.0, 0.0
    for x, y in points:
        if commands and abs(x - x0) < least and abs(y - y0) < least:
            continue
        dx, dy = num(x - x0, digits), num(y - y0, digits)
        if commands and dx == "0" and dy == "0":
            continue
        commands.append(f"{'l' if commands else 'M'}{dx},{dy}")
        x0, y0 = x0 + float(dx), y0 + float(dy)  # rounding does not add up
    return "".join(commands) + ("z" if closed else "")


def spread(
    wanted: Sequence[float], sizes: float | Sequence[float], low: float, high: float
) -> list[float]:
    """Middles near those wanted, in the same order, that do not overlap within bounds.

    Labels in each other's way are pushed apart around their common middle (isotonic
    regression after taking out the sizes); when there is no room, they share it evenly.
    """
    if not wanted:
        return []
    tall = [float(sizes)] * len(wanted) if isinstance(sizes, int | float) else list(sizes)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    offsets = [0.0]
    for before, after in pairwise(order):
        offsets.append(offsets[-1] + (tall[before] + tall[after]) / 2)
    squeeze = min(1.0, (high - low) / offsets[-1]) if offsets[-1] else 1.0
    blocks: list[tuple[float, int]] = []  # mean place and number of labels that move as one
    for i, offset in zip(order, offsets, strict=True):
        mean, count = wanted[i] - offset * squeeze, 1
        while blocks and blocks[-1][0] > mean:
            other, many = blocks.pop()
            mean = (other * many + mean * count) / (many + count)
            count += many
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    places = [0.0] * len(wanted)
    for i, offset, mean in zip(order, offsets, means, strict=True):
        inside = min(max(mean, low), high - offsets[-1] * squeeze)
        places[i] = inside + offset * squeeze
    return places


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a sample and what it means."""

    text: str
    colour: str
    kind: Literal["area", "outline", "line", "point"] = "area"
    dash: tuple[int, ...] = (1, 0)
    overlay: str = ""


def legend(keys: Sequence[Key], *, width: float, size: float = SMALL) -> tuple[str, float]:
    """Samples in rows, and the height they take."""
    x, y, parts = 0.0, 9.0, []
    for key in keys:
        wide = 28 + text_width(key.text, size) + 16
        if x and x + wide > width:
            x, y = 0.0, y + 19
        parts.append(_sample(key, x, y) + label(x + 28, y, key.text, size=size))
        x += wide
    return "".join(parts), (y + 9 if keys else 0.0)


def _sample(key: Key, x: float, y: float) -> str:
    box = f'x="{num(x)}" y="{num(y - 6)}" width="22" height="12"'
    if key.kind == "line":
        dash = "" if key.dash == (1, 0) else f' stroke-dasharray="{_commas(key.dash)}"'
        ends = f'x1="{num(x)}" y1="{num(y)}" x2="{num(x + 22)}" y2="{num(y)}"'
        return f'<line {ends} stroke="{key.colour}" stroke-width="2"{dash}/>'
    if key.kind == "point":
        return (
            f'<circle cx="{num(x + 11)}" cy="{num(y)}" r="4" fill="{PAPER}" '
            f'stroke="{key.colour}" stroke-width="2"/>'
        )
    fill = key.colour if key.kind == "area" else "none"
    stroke, wide = (MUTED, "0.5") if key.kind == "area" else (key.colour, "1.6")
    plain = f'<rect {box} fill="{fill}" stroke="{stroke}" stroke-width="{wide}"/>'
    return plain + (f'<rect {box} fill="{key.overlay}"/>' if key.overlay else "")


def _commas(numbers: Iterable[float]) -> str:
    return ",".join(num(number) for number in numbers)


@dataclass(frozen=True)
class Heading:
    """The words around a drawing, already translated."""

    title: str
    unit: str = ""
    note: str = ""
    description: str = ""


def page(
    body: str,
    heading: Heading,
    *,
    width: float,
    height: float,
    keys: Sequence[Key] = (),
) -> str:
    """A whole SVG: title, unit and legend above the drawing, note below.

    ``width`` is that of the page, ``height`` that of the drawing alone, which starts at
    x = 0 under the heading.
    """
    room = width - 2 * MARGIN
    parts: list[str] = []
    y = MARGIN
    for content, size, bold, fill in (
        (heading.title, TITLE, True, INK),
        (heading.unit, 12.0, False, MUTED),
    ):
        for line in wrap(content, room, size, bold=bold) if content else ():
            y += size * LINE
            parts.append(label(MARGIN, y - size * 0.65, line, size=size, bold=bold, fill=fill))
    samples, tall = legend(keys, width=room)
    if samples:
        parts.append(f'<g transform="translate({num(MARGIN)},{num(y + 6)})">{samples}</g>')
        y += 6 + tall
    y += 8
    parts.append(f'<g transform="translate(0,{num(y)})">{body}</g>')
    y += height
    for line in wrap(heading.note, room, 10.5) if heading.note else ():
        y += 10.5 * LINE
        parts.append(label(MARGIN, y - 4, line, size=10.5, fill=MUTED))
    return _document("".join(parts), heading, width, y + MARGIN)


def _document(content: str, heading: Heading, width: float, height: float) -> str:
    spoken = heading.description or f"{heading.title} {heading.unit}".strip()
    size = f'width="{num(width)}" height="{num(height)}" viewBox="0 0 {num(width)} {num(height)}"'
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
        f'aria-labelledby="__id__title __id__desc" font-family={quoteattr(FONT)}>'
        f'<title id="__id__title">{escape(heading.title)}</title>'
        f'<desc id="__id__desc">{escape(spoken)}</desc>'
        f'<rect width="{num(width)}" height="{num(height)}" fill="{PAPER}"/>{content}</svg>\n'
    )
    digest = hashlib.sha256(text.encode("utf8")).hexdigest()[:8]
    return text.replace("__id__", f"k{digest}-")
