# SPDX-License-Identifier: Apache-2.0
"""The multi-exponential curve: its terms, their derivatives, and means over age groups.

``m(x) = a1 e^(-alpha1 x) + a2 E(x; alpha2, mu2, lambda2) + a3 E(x; alpha3, mu3, lambda3)
+ a4 e^(lambda4 x) + c`` with ``E(x; alpha, mu, lambda) = exp(-alpha u - e^(-lambda u))`` and
``u = x - mu``. Heights (``a1`` to ``a4`` and ``c``) enter linearly; all others are shapes.

Arrays are ``(n, ...)`` for n curves at once: heights ``(n, K)``, shapes ``(n, q)``, terms
``(n, K, A)`` over A ages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARAMETERS: Final = (
    *("a1", "alpha1"),
    *("a2", "alpha2", "mu2", "lambda2"),
    *("a3", "alpha3", "mu3", "lambda3"),
    *("a4", "lambda4"),
    "c",
)
"""All thirteen parameters in the order of the literature."""

GROUPS: Final = {
    "a1": ("alpha1",),
    "a2": ("alpha2", "mu2", "lambda2"),
    "a3": ("alpha3", "mu3", "lambda3"),
    "a4": ("lambda4",),
    "c": (),
}
"""Each height with the shapes of its term."""

BOUNDS: Final = {
    "alpha1": (0.01, 1.0),
    "alpha2": (0.02, 1.0),
    "mu2": (15.0, 35.0),
    "lambda2": (0.05, 1.2),
    "alpha3": (0.02, 1.0),
    "mu3": (55.0, 75.0),
    "lambda3": (0.05, 1.2),
    "lambda4": (0.0, 0.06),
}
"""Limits within which shapes are searched."""

_HEIGHTS: Final = {
    7: ("a1", "a2", "c"),
    9: ("a1", "a2", "a4", "c"),
    11: ("a1", "a2", "a3", "c"),
    13: ("a1", "a2", "a3", "a4", "c"),
}

_LARGEST_EXPONENT: Final = 700.0  # e^700 is finite, e^710 is not


@dataclass(frozen=True)
class Form:
    """Which terms a curve has: names of its heights and shapes, and who owns which."""

    heights: tuple[str, ...]

    @property
    def shapes(self) -> tuple[str, ...]:
        """Names of the shape parameters, term by term."""
        return tuple(name for height in self.heights for name in GROUPS[height])

    @property
    def owner(self) -> NDArray[np.intp]:
        """For each shape the position of the height of its term."""
        return np.array(
            [i for i, height in enumerate(self.heights) for _ in GROUPS[height]], dtype=np.intp
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """All names in the order of the literature."""
        chosen = {*self.heights, *self.shapes}
        return tuple(name for name in PARAMETERS if name in chosen)

    def bounds(self, limits: dict[str, tuple[float, float]]) -> tuple[Array, Array]:
        """Lower and upper limits of the shapes."""
        low, high = zip(*(limits[name] for name in self.shapes), strict=True)
        return np.array(low, dtype=float), np.array(high, dtype=float)


def form_of(components: int) -> Form:
    """The form with 7, 9, 11 or 13 parameters."""
    return Form(_HEIGHTS[components])


@dataclass(frozen=True)
class Ages:
    """Age groups as runs of single years: all single years, and where each group starts."""

    single: Array
    first: NDArray[np.intp]
    width: Array

    @classmethod
    def of(cls, lower: Sequence[int] | NDArray[Any], widths: Sequence[int] | NDArray[Any]) -> Ages:
        """Groups from their lower bounds and widths in years."""
        lower, widths = np.asarray(lower, dtype=int), np.asarray(widths, dtype=int)
        runs = [np.arange(a, a + n) for a, n in zip(lower, widths, strict=True)]
        first = np.concatenate(([0], np.cumsum(widths)[:-1])).astype(np.intp)
        return cls(np.concatenate(runs).astype(float), first, widths.astype(float))

    def means(self, curves: Array) -> Array:
        """Mean of each group from values at single years on the last axis."""
        if self.single.size == self.first.size:
            return curves
        return np.add.reduceat(curves, self.first, axis=-1) / self.width


def terms(shapes: Array, form: Form, ages: Ages) -> Array:
    """Terms of height one, ``(n, K, A)``, averaged over each age group."""
    values = np.empty((len(shapes), len(form.heights), ages.single.size))
    at = 0
    for k, height in enumerate(form.heights):
        used = shapes[:, at : at + len(GROUPS[height]), None]
        values[:, k] = _term(height, used, ages.single)
        at += used.shape[1]
    return ages.means(values)


def terms_and_slopes(shapes: Array, form: Form, ages: Ages) -> tuple[Array, Array]:
    """Terms ``(n, K, A)`` and the slope of each shape's own term in it, ``(n, q, A)``."""
    values = np.empty((len(shapes), len(form.heights), ages.single.size))
    slopes = np.empty((len(shapes), len(form.shapes), ages.single.size))
    at = 0
    for k, height in enumerate(form.heights):
        end = at + len(GROUPS[height])
        used = shapes[:, at:end, None]
        values[:, k] = _term(height, used, ages.single)
        if end > at:
            slopes[:, at:end] = _slope(height, used, ages.single, values[:, k])
        at = end
    return ages.means(values), ages.means(slopes)


def single_term(height: str, shapes: Array, single: Array) -> Array:
    """One term of height one at single years: ``(n, S)`` from its own shapes ``(n, k)``."""
    return np.broadcast_to(_term(height, shapes[:, :, None], single), (len(shapes), single.size))


def _term(height: str, shapes: Array, x: Array) -> Array | float:
    match height:
        case "a1":
            return np.exp(-shapes[:, 0] * x)
        case "a4":
            return np.exp(shapes[:, 0] * x)
        case "c":
            return 1.0
    alpha, mu, lam = shapes[:, 0], shapes[:, 1], shapes[:, 2]
    u = x - mu
    return np.exp(-alpha * u - np.exp(np.minimum(-lam * u, _LARGEST_EXPONENT)))


def _slope(height: str, shapes: Array, x: Array, term: Array) -> Array:
    if height == "a1":
        return (-x * term)[:, None]
    if height == "a4":
        return (x * term)[:, None]
    alpha, mu, lam = shapes[:, 0], shapes[:, 1], shapes[:, 2]
    u = x - mu
    v = np.exp(np.minimum(-lam * u, _LARGEST_EXPONENT))
    return np.stack([-u * term, (alpha - lam * v) * term, u * v * term], axis=1)
