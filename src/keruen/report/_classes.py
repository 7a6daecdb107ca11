# SPDX-License-Identifier: Apache-2.0
"""Classes of a map: rounded breaks, a colour each, dots below zero, a hatch for no data."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from keruen.core.errors import SchemaError
from keruen.report import palette
from keruen.report._svg import Key, Number

Scale = Literal["sequential", "diverging"]
"""Light to dark, or two colours on either side of zero."""

_STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
HATCH: Final = "url(#__id__hatch)"


def class_breaks(
    values: Iterable[float], *, classes: int = 6, scale: Scale = "sequential"
) -> tuple[float, ...]:
    """Rounded bounds between classes that hold about equally many areas.

    Parameters
    ----------
    values : iterable of float
        Values of the areas; missing ones are passed over.
    classes : int, optional
        How many classes to aim for; fewer when rounding makes bounds meet.
    scale : {"sequential", "diverging"}, optional
        A diverging scale has a bound at zero and equal bounds on both sides.

    Returns
    -------
    tuple of float
        Bounds in rising order; a value on a bound belongs to the class above.

    Examples
    --------
    >>> class_breaks([1, 2, 3, 40, 52, 60, 71, 800], classes=4)
    (2.5, 50.0, 60.0)
    >>> class_breaks([-12, -3, 0, 1, 4, 5, 30], classes=6, scale="diverging")
    (-8.0, -4.0, 0.0, 4.0, 8.0)
    """
    known = np.array([value for value in values if value is not None and math.isfinite(value)])
    if scale == "diverging":
        side = _quantiles(np.abs(known[known != 0]), max(1, classes // 2))
        return (*(-bound for bound in reversed(side)), 0.0, *side)
    return _quantiles(known, classes)


def _quantiles(
    known: np.ndarray[tuple[int], np.dtype[np.float64]], classes: int
) -> tuple[float, ...]:
    """Rounded quantiles strictly within the values."""
    if known.size == 0:
        return ()
    shares = np.arange(1, classes) / classes
    bounds = {rounded(float(bound)) for bound in np.quantile(known, shares)}
    return tuple(sorted(b for b in bounds if known.min() < b <= known.max()))


def rounded(bound: float) -> float:
    """The nearest number that is easy to say."""
    if bound == 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(abs(bound)))
    step = min(_STEPS, key=lambda s: abs(s - abs(bound) / power))
    return math.copysign(float(f"{step * power:.6g}"), bound)


@dataclass(frozen=True)
class Classes:
    """Bounds between classes and the colour of each class."""

    bounds: tuple[float, ...]
    colours: tuple[str, ...]

    @classmethod
    def of(cls, bounds: Sequence[float], scale: Scale) -> Classes:
        """Colours for bounds; those of a diverging scale part at zero."""
        bounds = tuple(float(bound) for bound in bounds)
        if any(b <= a for a, b in pairwise(bounds)):
            raise SchemaError(
                "the breaks between classes do not increase", where=f"breaks={bounds}"
            )
        if scale == "sequential":
            return cls(bounds, palette.sequential(len(bounds) + 1))
        if 0.0 not in bounds:
            raise SchemaError(
                "a diverging scale needs a break at zero",
                where=f"breaks={bounds}",
                remedy="add 0, or use scale='sequential'",
            )
        losses = bounds.index(0.0) + 1
        return cls(bounds, palette.diverging(losses, len(bounds) + 1 - losses))

    def place(self, value: float) -> int:
        """Number of the class that a value belongs to."""
        return bisect_right(self.bounds, value)

    def fill(self, value: float) -> str:
        """Paint of a value: its colour, dotted when below zero, or the hatch."""
        if not math.isfinite(value):
            return HATCH
        return self.paint(self.place(value))

    def paint(self, place: int) -> str:
        """Paint of a class."""
        return f"url(#__id__loss{place})" if self._dotted(place) else self.colours[place]

    def _dotted(self, place: int) -> bool:
        return place < len(self.bounds) and self.bounds[place] <= 0

    def patterns(self) -> str:
        """Definitions of the dotted paints and of the hatch."""
        losses = "".join(
            f'<pattern id="__id__loss{place}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{colour}"/>'
            f'<circle cx="3" cy="3" r="0.8" fill="{_dot(colour)}" fill-opacity="0.6"/></pattern>'
            for place, colour in enumerate(self.colours)
            if self._dotted(place)
        )
        hatch = (
            '<pattern id="__id__hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="5" height="5" fill="{palette.EMPTY}"/>'
            f'<rect width="1" height="5" fill="#9a9a9a"/></pattern>'
        )
        return f"<defs>{losses}{hatch}</defs>"

    def keys(self, number: Number, no_data: str = "") -> list[Key]:
        """Legend from the lowest class to the highest, then the hatch; one class needs none."""
        entries = [
            Key(self.range_text(place, number), self.paint(place))
            for place in range(len(self.colours) if self.bounds else 0)
        ]
        return entries + ([Key(no_data, HATCH)] if no_data else [])

    def range_text(self, place: int, number: Number) -> str:
        """Bounds of a class in figures; there is more than one class."""
        if place == 0:
            return f"< {number(self.bounds[0])}"
        if place == len(self.bounds):
            return f"≥ {number(self.bounds[-1])}"
        return f"{number(self.bounds[place - 1])} … {number(self.bounds[place])}"


def _dot(colour: str) -> str:
    return palette.PAPER if palette.is_dark(colour) else palette.INK
