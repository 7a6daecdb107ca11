# SPDX-License-Identifier: Apache-2.0
"""Colours and line patterns of every drawing, safe for colour-blind readers and in print.

Series colours are those of Okabe and Ito (2008), in an order whose neighbours differ in
lightness too; scales run between light and dark so that they survive a black-and-white
copy. Nothing is told by colour alone: dashes, shapes, hatches and direct labels repeat it.
"""

from __future__ import annotations

from typing import Final

INK: Final = "#1a1a1a"
MUTED: Final = "#595959"  # contrast 7:1 on white
GRID: Final = "#dcdcdc"
PAPER: Final = "#ffffff"
EMPTY: Final = "#f4f4f4"
"""Fill beneath the hatch of areas without data."""

BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
ORANGE: Final = "#e69f00"
SKY: Final = "#56b4e9"
PURPLE: Final = "#cc79a7"
GREY: Final = "#4d4d4d"

SERIES: Final[tuple[str, ...]] = (BLUE, VERMILION, GREEN, GREY, PURPLE, ORANGE, SKY)
DASHES: Final[tuple[tuple[int, ...], ...]] = (
    (1, 0),
    (6, 3),
    (2, 2),
    (9, 3, 2, 3),
    (12, 4),
    (4, 2, 1, 2),
    (1, 3),
)
SHAPES: Final[tuple[str, ...]] = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "triangle-right",
)

SECTORS: Final[tuple[str, ...]] = (
    BLUE,
    ORANGE,
    GREEN,
    VERMILION,
    SKY,
    PURPLE,
    GREY,
    "#8c6d1f",
    "#7fc8a9",
    "#3b4ba3",
    "#f0b891",
    "#a3a3a3",
)
"""Colours of many neighbouring areas, as round a chord diagram; used in turn."""

_LOSS: Final = ("#fdebd9", "#e8873a", "#9c4100")
_GAIN: Final = ("#e1eff8", "#4a98c9", "#10548a")


def sequential(count: int) -> tuple[str, ...]:
    """Colours from light to dark for classes of a quantity that is never negative.

    Parameters
    ----------
    count : int
        Number of classes.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> sequential(3)
    ('#e1eff8', '#4a98c9', '#10548a')
    """
    return _ramp(_GAIN, count)


def diverging(losses: int, gains: int) -> tuple[str, ...]:
    """Colours from dark orange over light to dark blue, for classes below and above zero.

    Parameters
    ----------
    losses : int
        Number of classes below zero.
    gains : int
        Number of classes above zero.

    Returns
    -------
    tuple of str
        From the greatest loss to the greatest gain.

    Notes
    -----
    A side with fewer classes than the other keeps to its light end, so that equal
    distance from zero has equal strength.

    Examples
    --------
    >>> diverging(1, 2)
    ('#fdebd9', '#e1eff8', '#10548a')
    """
    steps = max(losses, gains)
    return _ramp(_LOSS, steps)[:losses][::-1] + _ramp(_GAIN, steps)[:gains]


def mix(colour: str, other: str, share: float) -> str:
    """A colour between two others.

    Parameters
    ----------
    colour, other : str
        Colours as ``#rrggbb``.
    share : float
        Part of the second, from 0 to 1.

    Returns
    -------
    str

    Examples
    --------
    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def is_dark(colour: str) -> bool:
    """Whether light marks show better on a colour than dark ones.

    Parameters
    ----------
    colour : str
        As ``#rrggbb``.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_dark(BLUE), is_dark(SKY)
    (True, False)
    """
    red, green, blue = _channels(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _ramp(stops: tuple[str, str, str], count: int) -> tuple[str, ...]:
    """Evenly spaced colours along three stops."""
    if count < 2:
        return stops[:count]
    colours = []
    for step in range(count):
        place = 2 * step / (count - 1)
        lower = min(int(place), 1)
        colours.append(mix(stops[lower], stops[lower + 1], place - lower))
    return tuple(colours)
