# SPDX-License-Identifier: Apache-2.0
"""Numbers that carry their first and second derivatives.

A likelihood written with these gives its gradient and Hessian for Newton's method without a
line of algebra by hand. Values are arrays that broadcast, so thousands of fits and cells are
worked out together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Jet:
    """A value, its derivatives by a few variables, and their second derivatives.

    ``second`` holds the upper triangle row by row. A derivative that is 0 everywhere is the
    number 0.0, which keeps arithmetic cheap.
    """

    value: Array
    first: tuple[Array | float, ...]
    second: tuple[Array | float, ...]

    def __add__(self, other: Jet | Array | float) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.first, self.second)
        return Jet(
            self.value + other.value,
            tuple(a + b for a, b in zip(self.first, other.first, strict=True)),
            tuple(a + b for a, b in zip(self.second, other.second, strict=True)),
        )

    def __neg__(self) -> Jet:
        return self * -1.0

    def __sub__(self, other: Jet | Array | float) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Array | float) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | Array | float) -> Jet:
        if not isinstance(other, Jet):
            return Jet(
                self.value * other,
                tuple(a * other for a in self.first),
                tuple(a * other for a in self.second),
            )
        a, b = self, other
        return Jet(
            a.value * b.value,
            tuple(x * b.value + a.value * y for x, y in zip(a.first, b.first, strict=True)),
            tuple(
                a.second[k] * b.value
                + a.first[i] * b.first[j]
                + a.first[j] * b.first[i]
                + a.value * b.second[k]
                for k, (i, j) in enumerate(pairs(len(a.first)))
            ),
        )

    __radd__ = __add__
    __rmul__ = __mul__

    def __truediv__(self, other: Jet) -> Jet:
        return self * other.apply(1 / other.value, -1 / other.value**2, 2 / other.value**3)

    def apply(self, value: Array, slope: Array, bend: Array) -> Jet:
        """A function of this number, given its value, first and second derivative."""
        return Jet(
            value,
            tuple(slope * a for a in self.first),
            tuple(
                slope * self.second[k] + bend * (self.first[i] * self.first[j])
                for k, (i, j) in enumerate(pairs(len(self.first)))
            ),
        )

    def exp(self) -> Jet:
        """Exponential."""
        power = np.exp(self.value)
        return self.apply(power, power, power)

    def log(self) -> Jet:
        """Natural logarithm."""
        return self.apply(np.log(self.value), 1 / self.value, -1 / self.value**2)

    def log1p(self) -> Jet:
        """Logarithm of one more."""
        near = 1 + self.value
        return self.apply(np.log1p(self.value), 1 / near, -1 / near**2)

    def log1mexp(self) -> Jet:
        """``log(1 - exp(x))`` of a number below 0."""
        with np.errstate(divide="ignore", over="ignore"):
            ratio = 1 / np.expm1(-self.value)  # exp(x) / (1 - exp(x))
            value = np.where(
                self.value > -0.693,  # ln 2: each form is exact on its side
                np.log(-np.expm1(self.value)),
                np.log1p(-np.exp(self.value)),
            )
        return self.apply(value, -ratio, -ratio * (1 + ratio))

    def running_sum(self) -> Jet:
        """Running sum along the last axis."""
        return self._over(lambda part: np.cumsum(part, axis=-1))

    def take(self, places: NDArray[np.int64]) -> Jet:
        """The places named, along the last axis."""
        return self._over(lambda part: np.take(part, places, axis=-1))

    def _over(self, change: Callable[[Array], Array]) -> Jet:
        def kept(part: Array | float) -> Array | float:
            if np.ndim(part) == 0:
                return 0.0 if part == 0.0 else change(np.broadcast_to(part, self.value.shape))
            changed: Array = change(np.broadcast_to(part, self.value.shape))
            return changed

        return Jet(change(self.value), tuple(map(kept, self.first)), tuple(map(kept, self.second)))


def pairs(count: int) -> list[tuple[int, int]]:
    """The upper triangle of a square table, row by row."""
    return [(i, j) for i in range(count) for j in range(i, count)]


def variables(*values: Array) -> tuple[Jet, ...]:
    """Independent variables, each with derivative 1 by itself."""
    count = len(values)
    none = (0.0,) * len(pairs(count))
    return tuple(
        Jet(value, tuple(1.0 if i == k else 0.0 for i in range(count)), none)
        for k, value in enumerate(values)
    )


def where(condition: Array, yes: Jet, no: Jet) -> Jet:
    """One number or the other, cell by cell."""
    return Jet(
        np.where(condition, yes.value, no.value),
        tuple(np.where(condition, a, b) for a, b in zip(yes.first, no.first, strict=True)),
        tuple(np.where(condition, a, b) for a, b in zip(yes.second, no.second, strict=True)),
    )
