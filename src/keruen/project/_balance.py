# SPDX-License-Identifier: Apache-2.0
"""Kernel: take the surplus of the world from its countries, without emptying any."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROUNDS: Final = 100
_QUANTUM: Final = 2.0**-24
"""Counts are rounded up to this many persons, so that sums are exact in any order."""


def spread_surplus(
    net: Array, weight: Array, floor: Array
) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Take the sum over axis 0 from every cell in proportion to its weight.

    ``weight`` and ``floor`` broadcast against ``net``, which has countries first and at
    least one more axis. Returns the balanced counts, where a country was held at its floor,
    and in which cells (without the country axis) the surplus could not be spread.
    """
    free = weight * (net >= floor)
    balanced = _take(np.maximum(net, floor), free)
    held = (net < floor) | (balanced < floor)
    trouble = held.any(axis=0)
    if trouble.any():
        again = _spread_again(
            balanced[:, trouble],
            np.broadcast_to(weight, net.shape)[:, trouble],
            np.broadcast_to(floor, net.shape)[:, trouble],
            held[:, trouble],
        )
        balanced[:, trouble], held[:, trouble] = again
    exact = _to_the_last_bit(balanced, floor)
    scale = np.abs(net).sum(axis=0)
    stuck = np.abs(balanced.sum(axis=0)) > 1e-9 * scale + 1e-6
    return exact, held, stuck


def _take(net: Array, free: Array) -> Array:
    mass = free.sum(axis=0)
    gap = net.sum(axis=0)
    wide = np.broadcast_to(mass, gap.shape)
    per_weight = np.divide(gap, wide, out=np.zeros_like(gap), where=wide > 0)
    return np.asarray(net - free * per_weight)


def _spread_again(
    balanced: Array, weight: Array, floor: Array, held: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.bool_]]:
    """Hold those below their floor and share what they could not give, until none is."""
    for _ in range(_ROUNDS):
        balanced = _take(np.where(held, floor, balanced), weight * ~held)
        below = (balanced < floor) & ~held
        if not below.any():
            break
        held = held | below
    return balanced, held


def _to_the_last_bit(balanced: Array, floor: Array) -> Array:
    """Counts as multiples of a power of two; the country with most room takes the rest."""
    exact = np.ceil(balanced / _QUANTUM) * _QUANTUM
    roomiest = np.expand_dims((exact - floor).argmax(axis=0), 0)
    rest = exact.sum(axis=0, keepdims=True)
    np.put_along_axis(exact, roomiest, np.take_along_axis(exact, roomiest, 0) - rest, 0)
    return exact
