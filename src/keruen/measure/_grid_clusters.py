# SPDX-License-Identifier: Apache-2.0
"""Clusters of cells of a population grid: joined, filled, smoothed, kept apart.

Arrays are ``[y, x]`` of cells of 1 km by 1 km. A label of 0 is no cluster. ``EDGES`` joins
cells by their edges (4 neighbours), ``CORNERS`` by edges or corners (8).
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keruen.measure._checks import Floats, Mask

Labels: TypeAlias = NDArray[np.int32]

EDGES: Final = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)
CORNERS: Final = np.ones((3, 3), dtype=bool)
_AROUND: Final = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
_BESIDE: Final = [(-1, 0), (1, 0), (0, -1), (0, 1)]
_MAJORITY: Final = 5


def clusters(
    dense: Mask, people: Floats, joined: Mask, *, least: float, below: float = np.inf
) -> Labels:
    """Clusters of the cells that hold at least ``least`` people and fewer than ``below``."""
    from scipy import ndimage

    labels: Labels = np.empty(dense.shape, dtype=np.int32)
    count = int(ndimage.label(dense, structure=joined, output=labels))
    total = np.bincount(labels[dense], weights=people[dense], minlength=count + 1)
    keep = (total >= least) & (total < below)
    keep[0] = False
    renamed = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    return np.asarray(renamed[labels])


def consolidated(labels: Labels, *, largest_hole: float) -> Labels:
    """Clusters with their holes filled, then their edges smoothed until nothing changes."""
    labels = labels.copy()
    if labels.any():
        _fill_holes(labels, largest_hole)
        _smooth(labels)
    return labels


def _fill_holes(labels: Labels, largest: float) -> None:
    """Fill, in place, areas of fewer cells that a single cluster encloses."""
    from scipy import ndimage

    empty = labels == 0
    holes: Labels = np.empty(labels.shape, dtype=np.int32)
    count = int(ndimage.label(empty, structure=EDGES, output=holes))
    size = np.bincount(holes.ravel(), minlength=count + 1)
    small = size < largest
    small[0] = False
    for edge in (holes[0], holes[-1], holes[:, 0], holes[:, -1]):
        small[edge] = False  # open to what lies beyond the grid
    y, x = np.nonzero(small[holes])
    hole, around = holes[y, x], _neighbours(labels, y, x, _BESIDE)
    owner = np.zeros(count + 1, dtype=np.int32)
    np.maximum.at(owner, hole, around.max(axis=0))
    other = np.any((around != 0) & (around != owner[hole]), axis=0)
    small[hole[other]] = False
    inside = small[hole]
    labels[y[inside], x[inside]] = owner[hole[inside]]


def _smooth(labels: Labels) -> None:
    """Add, in place, cells of whose 8 neighbours 5 belong to one cluster, until none does."""
    y, x = np.nonzero(_candidates(labels))
    while len(y):
        around = np.sort(_neighbours(labels, y, x, _AROUND), axis=0)
        first, last = around[: -_MAJORITY + 1], around[_MAJORITY - 1 :]
        most = np.where((first == last) & (first > 0), first, 0).max(axis=0)
        y, x, most = y[most > 0], x[most > 0], most[most > 0]
        labels[y, x] = most
        y, x = _empty_around(labels, y, x)


def _candidates(labels: Labels) -> Mask:
    """Empty cells with enough neighbours in any cluster."""
    inside = np.pad(labels > 0, 1)
    rows, columns = labels.shape
    count = np.zeros(labels.shape, dtype=np.int8)
    for dy, dx in _AROUND:
        count += inside[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]
    return np.asarray((count >= _MAJORITY) & (labels == 0))


def _empty_around(
    labels: Labels, y: NDArray[np.intp], x: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cells without a cluster beside those just added, each once."""
    rows, columns = labels.shape
    near = np.concatenate([np.stack([y + dy, x + dx]) for dy, dx in _AROUND], axis=1)
    within = (near >= 0).all(axis=0) & (near[0] < rows) & (near[1] < columns)
    flat = np.unique(near[0, within] * columns + near[1, within])
    flat = flat[labels.ravel()[flat] == 0]
    return flat // columns, flat % columns


def _neighbours(
    labels: Labels, y: NDArray[np.intp], x: NDArray[np.intp], steps: list[tuple[int, int]]
) -> Labels:
    """Labels ``[neighbour, cell]`` around cells; 0 beyond the grid."""
    rows, columns = labels.shape
    found: Labels = np.zeros((len(steps), len(y)), dtype=np.int32)
    for place, (dy, dx) in enumerate(steps):
        near_y, near_x = y + dy, x + dx
        within = (near_y >= 0) & (near_y < rows) & (near_x >= 0) & (near_x < columns)
        found[place, within] = labels[near_y[within], near_x[within]]
    return found


def within_reach(cells: Mask, steps: int) -> Mask:
    """Cells no more than so many steps, over edges or corners, from those given."""
    from scipy import ndimage

    side = 2 * steps + 1
    return np.asarray(ndimage.maximum_filter(cells, size=side, mode="constant", cval=0))


def touched(labels: Labels, cells: Mask) -> Mask:
    """By label, whether a cluster holds any of the cells; the entry of 0 is False."""
    hit = np.zeros(int(labels.max(initial=0)) + 1, dtype=bool)
    hit[labels[cells]] = True
    hit[0] = False
    return hit
