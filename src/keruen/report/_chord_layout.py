# SPDX-License-Identifier: Apache-2.0
"""Angles of a chord diagram: the sectors, and both ends of every ribbon."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class ChordLayout:
    """Angles of a chord diagram, in radians clockwise from the top.

    Attributes
    ----------
    sectors : ndarray [area, 2]
        First and last angle of each area.
    start : ndarray [origin, destination, 2]
        Angles of each ribbon at its origin.
    end : ndarray [origin, destination, 2]
        Angles of each ribbon at its destination.
    per_unit : float
        Angle of one person.
    """

    sectors: Floats
    start: Floats
    end: Floats
    per_unit: float


def chord_layout(flows: Floats, *, gap: float) -> ChordLayout:
    """Sectors and ribbons of a matrix of flows [origin, destination].

    Parameters
    ----------
    flows : ndarray [origin, destination]
        Not negative; all zeros give equal sectors without ribbons.
    gap : float
        Angle between two sectors, in radians.

    Returns
    -------
    ChordLayout

    Notes
    -----
    A sector is as long as all that leaves and all that arrives; flows within an area
    count at both ends. Within a sector partners stand in such an order that the two
    ribbons of a pair run side by side.

    Examples
    --------
    >>> layout = chord_layout(np.array([[0.0, 3.0], [1.0, 0.0]]), gap=0.0)
    >>> bool(np.isclose(layout.sectors[-1, 1], 2 * np.pi))
    True
    """
    count = len(flows)
    sums = flows.sum(axis=1) + flows.sum(axis=0)
    whole = 2 * math.pi - count * gap
    total = float(sums.sum())
    lengths = sums / total * whole if total > 0 else np.full(count, whole / count)
    first = np.concatenate([[0.0], np.cumsum(lengths + gap)[:-1]])
    per_unit = whole / total if total > 0 else 0.0
    # At either end of a pair the departing ribbon stands before the arriving one, and
    # partners stand in the order in which they are met anticlockwise: nothing crosses in vain.
    both = np.stack([flows, flows.T], axis=-1).reshape(count, 2 * count) * per_unit
    area = np.arange(count)
    away = (area[None, :] - area[:, None]) % count
    order = np.argsort(np.repeat(-away, 2, axis=1), axis=1, kind="stable")
    ends = np.cumsum(np.take_along_axis(both, order, axis=1), axis=1)
    upper = np.empty_like(both)
    np.put_along_axis(upper, order, ends, axis=1)
    angles = np.stack([upper - both, upper], axis=-1) + first[:, None, None]
    angles = angles.reshape(count, count, 2, 2)
    return ChordLayout(
        sectors=np.column_stack([first, first + lengths]),
        start=angles[:, :, 0],
        end=angles[:, :, 1].transpose(1, 0, 2),
        per_unit=per_unit,
    )
