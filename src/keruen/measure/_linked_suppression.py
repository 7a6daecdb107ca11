# SPDX-License-Identifier: Apache-2.0
"""Kernel of cell suppression for tables that hang together: sums within, and links between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._suppression import SECONDARY, SMALL

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
_ZERO: Final = 1e-4
_NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Equations:
    """Equations of one sort: a row each, places of values, and their signs."""

    places: Whole  # [equation, term]
    signs: NDArray[np.float64]  # [term]
    sums: bool  # the last term is the total of the others


def sums_of(index: Whole, axis: int) -> Equations:
    """Lines along an axis of a table with totals, whose values stand at ``index``."""
    places = np.moveaxis(index, axis, -1).reshape(-1, index.shape[axis])
    return Equations(places, np.r_[np.ones(places.shape[1] - 1), -1.0], sums=True)


@dataclass(frozen=True)
class _State:
    """Values, why they are hidden so far, and the order in which others are."""

    values: Whole
    why: NDArray[np.int8]
    rank: Whole
    place: Whole  # of each rank

    def settle(self, each: Equations, threshold: int) -> bool:
        """Hide one more value in every equation that gives a hidden one away by itself."""
        hidden = self.why[each.places] > 0
        lines = hidden.sum(1) == 1
        if each.sums:
            parts, total = hidden[:, :-1], hidden[:, -1]
            held = (self.values[each.places[:, :-1]] * parts).sum(1)
            lines |= parts.any(1) & ~total & (held < threshold)
        return self.add(each, lines)

    def add(self, each: Equations, lines: Flags) -> bool:
        """Hide the smallest value shown in some equations."""
        at = each.places[lines]
        shown = (self.why[at] == 0) & (self.values[at] > 0)
        chosen = np.where(shown, self.rank[at], _NEVER).min(1, initial=_NEVER)
        chosen = chosen[chosen < _NEVER]
        self.why[self.place[chosen]] = SECONDARY
        return bool(len(chosen))

    def hide_links(self, equations: list[Equations]) -> bool:
        """Hide all values by which tables hang together."""
        linked = [each.places.ravel() for each in equations if not each.sums]
        at = np.unique(np.concatenate(linked))
        at = at[(self.why[at] == 0) & (self.values[at] > 0)]
        self.why[at] = SECONDARY
        return bool(len(at))


def hide_linked(
    values: Whole, totals: Flags, equations: list[Equations], threshold: int
) -> NDArray[np.int8]:
    """0 where shown, 1 where small, 2 where hidden so that no equation gives a small one away."""
    why = np.where((values > 0) & (values < threshold), SMALL, 0).astype(np.int8)
    place = np.lexsort((np.arange(len(values)), totals, values))
    rank = np.empty(len(values), np.int64)
    rank[place] = np.arange(len(values))  # the smallest first; among equals totals last
    state = _State(values, why, rank, place)
    while True:
        while any([state.settle(each, threshold) for each in equations]):  # noqa: C419
            pass
        known = _determined(why > 0, equations)
        # Of one sort of equations after the other, the last first, until something is hidden.
        lines = ((each, np.asarray(known[each.places].any(1))) for each in reversed(equations))
        if any(state.add(each, which) for each, which in lines):
            continue
        # Nothing near is left to hide. What is told is harmless, unless it is small.
        if not (known & (why == SMALL)).any() or not state.hide_links(equations):
            return why


def _determined(hidden: Flags, equations: list[Equations]) -> Flags:
    """Hidden values that all equations together fix; see ``_suppression``."""
    from scipy.sparse.linalg import lsqr

    known = np.zeros(len(hidden), dtype=bool)
    cells = np.flatnonzero(hidden)
    if not len(cells):
        return known
    sums = _system(hidden, equations)
    free = np.random.default_rng(0).normal(size=len(cells))
    kept = free - lsqr(sums, sums @ free, atol=1e-13, btol=1e-13, iter_lim=20 * len(cells))[0]
    known[cells[np.abs(kept) < _ZERO]] = True
    return known


def _system(hidden: Flags, equations: list[Equations]) -> csr_array:
    """The equations for hidden values, one column each."""
    from scipy.sparse import coo_array, vstack

    column = np.cumsum(hidden) - 1
    blocks = []
    for each in equations:
        at = hidden[each.places]
        row, term = np.nonzero(at)
        _, row = np.unique(row, return_inverse=True)
        shape = (int(row.max(initial=-1)) + 1, int(hidden.sum()))
        entries = (each.signs[term], (row, column[each.places[at]]))
        blocks.append(coo_array(entries, shape=shape))
    return vstack([block for block in blocks if block.shape[0]]).tocsr()
