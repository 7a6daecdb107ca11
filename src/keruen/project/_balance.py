# SPDX-License-Identifier: Apache-2.0
"""Kernel: take the surplus of the world from its countries, without emptying any."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROUNDS: Final = 100
_QUANTUM: Final = 2.0**-24
"""Counts are rounded up to this many persons, so that sums are exact in any order."""
_NOTHING: Final = 1e-4
"""Persons left over that are rounding, up to ``_QUANTUM`` a country."""


def spread_surplus(net: Array, weight: Array, floor: Array) -> tuple[Array, Flags, Flags]:
    """Take the sum over axis 0 from every cell in proportion to its weight.

    ``weight`` and ``floor`` broadcast against ``net``, which has countries first and at
    least one more axis. Returns the balanced counts, where a country was held at its floor,
    and in which cells (without the country axis) the surplus could not be spread.
    """
    balanced = _take(net, weight)
    held = balanced < floor
    if held.any():
        trouble = held.any(axis=0)
        again = _spread_again(
            balanced[:, trouble],
            np.broadcast_to(weight, net.shape)[:, trouble],
            np.broadcast_to(floor, net.shape)[:, trouble],
            held[:, trouble],
        )
        balanced[:, trouble], held[:, trouble] = again
    left = _to_the_last_bit(balanced, floor)
    stuck = left > _NOTHING
    if stuck.any():
        stuck = left > 1e-9 * np.abs(net).sum(axis=0) + _NOTHING
    return balanced, held, stuck


def _take(net: Array, free: Array) -> Array:
    mass = free.sum(axis=0)
    gap = net.sum(axis=0)
    wide = np.broadcast_to(mass, gap.shape)
    per_weight = np.divide(gap, wide, out=np.zeros_like(gap), where=wide > 0)
    return np.asarray(net - free * per_weight)


def _spread_again(balanced: Array, weight: Array, floor: Array, held: Flags) -> tuple[Array, Flags]:
    """Hold those below their floor and share what they could not give, until none is."""
    for _ in range(_ROUNDS):
        balanced = _take(np.where(held, floor, balanced), weight * ~held)
        below = (balanced < floor) & ~held
        if not below.any():
            break
        held = held | below
    return balanced, held


def _to_the_last_bit(balanced: Array, floor: Array) -> Array:
    """Round up to multiples of a power of two, in place; one country takes the rest.

    The country with most room does, in all cells the same one where it has room enough.
    Returns what was left over.
    """
    balanced *= 1 / _QUANTUM
    np.ceil(balanced, out=balanced)
    balanced *= _QUANTUM
    rest = balanced.sum(axis=0)
    roomiest = int(floor.reshape(len(floor), -1)[:, 0].argmin())
    if (balanced[roomiest] - rest >= floor[roomiest]).all():
        balanced[roomiest] -= rest
    else:
        place = np.expand_dims((balanced - floor).argmax(axis=0), 0)
        taken = np.take_along_axis(balanced, place, 0) - rest
        np.put_along_axis(balanced, place, taken, 0)
    return np.asarray(np.abs(rest))
