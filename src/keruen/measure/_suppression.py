# SPDX-License-Identifier: Apache-2.0
"""Kernel of cell suppression: lines of a table with its totals."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SMALL: Final = 1
SECONDARY: Final = 2
_ZERO: Final = 1e-4
_NEVER: Final = np.iinfo(np.int64).max


def with_totals(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """The table with the total of every dimension in one more place at its end."""
    for axis in range(cells.ndim):
        cells = np.concatenate([cells, cells.sum(axis, keepdims=True)], axis)
    return cells


def hide(full: NDArray[np.int64], threshold: int) -> NDArray[np.int8]:
    """0 where shown, 1 where small, 2 where hidden to protect another (table with totals)."""
    why = np.where((full > 0) & (full < threshold), SMALL, 0).astype(np.int8)
    while True:
        while any([_settle(full, why, axis, threshold) for axis in range(full.ndim)]):  # noqa: C419
            pass
        known = _determined(why > 0)
        if not known.any():
            return why
        for axis in range(full.ndim):
            _add(full, why, axis, np.logical_or.reduce(known, axis))


def _settle(full: NDArray[np.int64], why: NDArray[np.int8], axis: int, threshold: int) -> bool:
    """Hide one more value in every line of an axis that gives a hidden one away by itself."""
    values, hidden = np.moveaxis(full, axis, -1), np.moveaxis(why, axis, -1) > 0
    held = np.where(hidden, values, 0)[..., :-1].sum(-1)
    thin = hidden[..., :-1].any(-1) & ~hidden[..., -1] & (held < threshold)
    return _add(full, why, axis, np.logical_or(hidden.sum(-1) == 1, thin))


def _add(
    full: NDArray[np.int64], why: NDArray[np.int8], axis: int, lines: NDArray[np.bool_]
) -> bool:
    """Hide the smallest value shown in lines of an axis; among equals the total goes last."""
    values = np.moveaxis(full, axis, -1)
    hidden = np.moveaxis(why, axis, -1)  # a view: writing to it writes to ``why``
    candidate = np.where((hidden == 0) & (values > 0), values, _NEVER)
    lines = lines & (candidate.min(-1) < _NEVER)
    if not lines.any():
        return False
    at = tuple(np.argwhere(lines).T)
    hidden[(*at, candidate.argmin(-1)[at])] = SECONDARY
    return True


def _determined(hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Hidden values that the sums of all lines together fix.

    A value is fixed when nothing can be added to it without breaking a sum, so when it is
    zero in a random direction that leaves all sums as they are.
    """
    from scipy.sparse import coo_array, vstack
    from scipy.sparse.linalg import lsqr

    known = np.zeros(hidden.shape, dtype=bool)
    cells = np.argwhere(hidden)
    if not len(cells):
        return known
    blocks = []
    for axis, size in enumerate(hidden.shape):
        line_shape = np.delete(hidden.shape, axis)
        others = np.ravel_multi_index(tuple(np.delete(cells, axis, 1).T), line_shape)
        line = np.broadcast_to(others, len(cells))  # of one dimension there is one line
        _, row = np.unique(line, return_inverse=True)
        sign = np.where(cells[:, axis] == size - 1, -1.0, 1.0)
        blocks.append(coo_array((sign, (row, np.arange(len(cells))))))
    sums = vstack(blocks).tocsr()
    free = np.random.default_rng(0).normal(size=len(cells))
    kept = free - lsqr(sums, sums @ free, atol=1e-13, btol=1e-13, iter_lim=20 * len(cells))[0]
    known[tuple(cells[np.abs(kept) < _ZERO].T)] = True
    return known
