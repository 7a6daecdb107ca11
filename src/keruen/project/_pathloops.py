# SPDX-License-Identifier: Apache-2.0
"""The loops over cells and years: each cell on its own, or a world that sums to zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import AccountError
from keruen.project import _paths as paths
from keruen.project._balance import Flags, spread_surplus
from keruen.project._kernel import Floats
from keruen.project._pathrun import Rooms, Run, blocks, close, expose, keep

CHUNKS: Final = 16
"""Cells and rows are worked in this many groups, whatever the number of threads, so that
results are equal to the last bit."""

CACHED: Final = 60_000
"""Numbers balanced together: paths of one row of all cells that fit the cache."""

T = TypeVar("T")


def run_apart(run: Run, base: Floats, threads: int) -> None:
    """Every cell through all years on its own, its paths staying in the cache."""

    def one(cells: range) -> None:
        rooms = run.rooms
        P = np.empty((base.shape[1], run.total.shape[2]))
        for c in cells:
            P[...] = base[c, :, None]
            cell = run.components(c)
            keep(run, 0, c, P)
            for t in range(run.years):
                for k, (E, M, _) in expose(run, cell, (t, c), P, rooms):
                    np.add(E, M, out=P[:, k])
                    M.sum(axis=0, out=run.migration[t, c, k])
                close(run, (t, c), P)

    for _ in _each(one, _groups(run.cells), threads):
        pass


def run_balanced(run: Run, base: Floats, threads: int) -> None:
    """All cells year by year; migration of each age, sex and path adds to zero."""
    shape = (*base.shape, run.total.shape[2])
    world = _World(run, np.empty(shape), np.empty(shape, dtype=np.float32))
    cells, rows = _groups(run.cells), _groups(base.shape[1])
    for _ in _each(partial(world.begin, base), cells, threads):
        pass
    for t in range(run.years):
        run.migration[t] = 0.0
        for moved in _each(partial(world.balance, t), rows, threads):
            run.migration[t] += moved
        for _ in _each(partial(world.turn, t), cells, threads):
            pass


@dataclass
class _World:
    """All cells of one year: population or survivors ``P``, migrants ``M``, (C, 2 A, K).

    What is given to the balance needs no more than single precision: what it returns, and
    what joins the population, is exact.
    """

    run: Run
    P: Floats
    M: NDArray[np.float32]
    parts: dict[int, paths.Cell] = field(default_factory=dict)

    def begin(self, base: Floats, cells: range) -> None:
        """The base population in every path, and its first year up to the balance."""
        rooms = self.run.rooms
        for c in cells:
            self.parts[c] = self.run.components(c)
            self.P[c] = base[c, :, None]
            keep(self.run, 0, c, self.P[c])
            self._move(0, c, rooms)

    def turn(self, t: int, cells: range) -> None:
        """Close a year and take the next up to the balance, each cell while it is at hand."""
        rooms = self.run.rooms
        for c in cells:
            close(self.run, (t, c), self.P[c])
            if t + 1 < self.run.years:
                self._move(t + 1, c, rooms)

    def _move(self, t: int, c: int, rooms: Rooms) -> None:
        """Survivors in place of the population, and migrants not yet balanced."""
        for k, (E, M, _) in expose(self.run, self.parts[c], (t, c), self.P[c], rooms):
            self.P[c, :, k], self.M[c, :, k] = E, M

    def balance(self, t: int, rows: range) -> Floats:
        """Balanced migrants join the survivors of some rows; their totals (C, K)."""
        paths = self.P.shape[2]
        moved = np.zeros((self.run.cells, paths))
        for k in blocks(paths, max(1, CACHED // self.run.cells)):
            weight = self.run.weights(t, k)
            for r in rows:
                moved[:, k] += _balance(self.run, (t, r, k), weight, self.P, self.M)
        return moved


def _balance(
    run: Run, place: tuple[int, int, slice], weight: Floats, P: Floats, M: NDArray[np.float32]
) -> Floats:
    """Migrants of one row that add to zero; they join the survivors in ``P``."""
    t, r, k = place
    people, net = P[:, r, k], M[:, r, k].astype(float)
    floor = -(run.max_out + 0.99 * (1 - run.max_out)) * people
    weight = weight * people
    balanced, held, stuck = spread_surplus(net, weight, floor)
    if stuck.any():
        _refuse_stuck(stuck, net, (r, k.start), P.shape[1])
    if held.any():
        _note_held(run, t, held, balanced - (net - weight * net.sum(axis=0) / weight.sum(axis=0)))
    people += balanced
    return balanced


def _note_held(run: Run, t: int, held: Flags, kept: Floats) -> None:
    """Groups that took less than their part of a surplus, and the persons they kept."""
    kept = np.where(held, kept, 0.0)
    for c in np.flatnonzero(held.any(axis=1)):
        found = (int(held[c].sum()), float(kept[c].sum()))
        run.limited.append(("balance", t, int(c), *found))


def _refuse_stuck(stuck: Flags, net: Floats, place: tuple[int, int], rows: int) -> None:
    r, first = place
    k = int(np.argmax(stuck))
    raise AccountError(
        f"a surplus of {net[:, k].sum():,.0f} net migrants has nobody left to take it",
        where=f"sex {'FM'[2 * r // rows]}, age {r % (rows // 2)}, path {first + k}",
        remedy="check the ages of arrivals, or let more countries take part in the balance",
        id="NotBalanced",
    )


def _groups(count: int) -> list[range]:
    """Numbers to ``count`` in consecutive groups."""
    edges = np.linspace(0, count, min(CHUNKS, count) + 1).astype(int)
    return [range(a, b) for a, b in pairwise(edges)]


def _each(work: Callable[[range], T], groups: list[range], threads: int) -> Iterator[T]:
    """Results of the work in the order of the groups."""
    if threads == 1 or len(groups) == 1:
        yield from map(work, groups)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, groups)
