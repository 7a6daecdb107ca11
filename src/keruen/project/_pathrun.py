# SPDX-License-Identifier: Apache-2.0
"""The loops over cells, years and paths, with what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import AccountError
from keruen.project import _paths as paths
from keruen.project._kernel import Floats

CHUNKS: Final = 8
"""Cells are worked in this many groups, whatever the number of threads, so that sums over
cells are added in one order and results are equal to the last bit."""

BLOCK: Final = 200
"""Paths worked together: their populations fit the cache, and products stay below the size
at which linear-algebra libraries start threads of their own."""

Sink = Callable[[int, int, Floats], None]
"""Receives the number of the year, that of the cell, and its population (2 A, K)."""


ROUNDING: Final = 1e-6
"""Persons below zero that are rounding and are set to zero."""


ROUNDS: Final = 50
"""Most rounds of sharing out a surplus of net migration."""


class Rooms(NamedTuple):
    """Arrays to fill: survivors and migrants, (2 A, K)."""

    E: Floats
    M: Floats


@dataclass
class Run:
    """Everything one run reads and fills; cells C, years T, paths K, rows 2 A."""

    components: Callable[[int], paths.Cell]
    tfr: Floats  # (K, T, C)
    e0: Floats  # (K, T, C, 2)
    net: Floats  # (K, T, C)
    first_fertile: int
    max_out: float
    quantiles: Floats | None
    weights: Floats | None  # (C,) share of a surplus taken per person, or None
    population: NDArray[np.floating]  # (T + 1, C, 2 A, K) or (T + 1, C, 2 A, Q)
    total: Floats  # (T + 1, C, K)
    births: Floats  # (T, C, K)
    deaths: Floats
    migration: Floats
    sink: Sink | None = None
    limited: list[tuple[int, int, int, float]] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.total.shape[1])

    @property
    def years(self) -> int:
        """Number of steps."""
        return int(self.births.shape[0])


def expose(run: Run, cell: paths.Cell, place: tuple[int, int], P: Floats, room: Rooms) -> None:
    """Survivors with the newborn, and migrants, of one cell and year, into the rooms.

    Paths are worked in blocks that fit the cache; ``P`` may be the room of survivors.
    """
    t, c = place
    weights = paths.node_weights(cell, t, run.e0[:, t, c].T)
    for start in range(0, P.shape[1], BLOCK):
        k = slice(start, start + BLOCK)
        women = paths.mothers(cell, t, P[:, k], run.first_fertile)
        E = paths.survivors(cell, t, P[:, k], weights[..., k], room.E[:, k])
        _bear_and_move(run, cell, (t, c, k), women, Rooms(E, room.M[:, k]))


def _bear_and_move(
    run: Run, cell: paths.Cell, place: tuple[int, int, slice], women: Floats, room: Rooms
) -> None:
    """Births into the newborn rows of the survivors, and migrants, of a block of paths."""
    t, c, k = place
    E, M = room
    born = 0.5 * (women + paths.mothers(cell, t, E, run.first_fertile)) * run.tfr[k, t, c]
    people = run.total[t, c, k]
    boys, half = cell.boys[t], len(E) // 2
    E[0] *= born * (1 - boys)
    E[half] *= born * boys
    paths.migrants(cell, t, E, (run.net[k, t, c] * people, people), M)
    _limit(run, place, E, M)
    run.births[t, c, k] = born


def _limit(run: Run, place: tuple[int, int, slice], E: Floats, M: Floats) -> None:
    """Outflow cut at the limit; what is cut is taken from gains, so that totals stay."""
    floor = -run.max_out * E
    if (floor <= M).all():
        return
    short = np.maximum(floor - M, 0.0)
    M += short
    cut = short.sum(axis=0)
    gains = np.maximum(M, 0.0)
    M -= gains * np.minimum(cut / np.maximum(gains.sum(axis=0), 1e-300), 1.0)
    run.limited.append((*place[:2], int((short > 0).sum()), float(cut.sum())))


def close(run: Run, place: tuple[int, int], P: Floats, M: Floats) -> None:
    """Close the year of one cell, ``P`` its closing population, and keep what is asked."""
    t, c = place
    lowest = P.min()
    if lowest < -ROUNDING:
        raise AccountError(
            f"migration would empty a group by {-lowest:,.0f} persons in one path",
            where=f"cell {c}, step {t}",
            remedy="let more countries take part in the balance, or limit outflow further",
            id="ExtremeOutflow",
        )
    if lowest < 0:
        np.maximum(P, 0.0, out=P)
    M.sum(axis=0, out=run.migration[t, c])
    keep(run, t + 1, c, P)
    flows = run.births[t, c] + run.migration[t, c]
    run.deaths[t, c] = run.total[t, c] - run.total[t + 1, c] + flows


def keep(run: Run, t: int, c: int, P: Floats) -> None:
    """Store a population, or its quantiles, and its total."""
    P.sum(axis=0, out=run.total[t, c])
    if run.quantiles is None:
        run.population[t, c] = P
    else:
        run.population[t, c] = quantiles_of(P, run.quantiles)
    if run.sink is not None:
        run.sink(t, c, P)


def quantiles_of(P: Floats, levels: Floats) -> NDArray[np.float32]:
    """Quantiles over paths (2 A, Q), linear between order statistics."""
    ordered = P.astype(np.float32)
    ordered.sort(axis=1)
    place = levels * (P.shape[1] - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, P.shape[1] - 1)
    weight = (place - low).astype(np.float32)
    below = ordered[:, low]
    return np.asarray(below + weight * (ordered[:, high] - below))


def chunks(cells: int) -> list[range]:
    """Cells in consecutive groups."""
    edges = np.linspace(0, cells, min(CHUNKS, cells) + 1).astype(int)
    return [range(a, b) for a, b in pairwise(edges)]


def run_apart(run: Run, base: Floats, threads: int) -> None:
    """Every cell through all years on its own, its paths staying in the cache."""

    def one(cells: range) -> None:
        room = Rooms(np.empty(base.shape[1:]), np.empty(base.shape[1:]))
        for c in cells:
            P = base[c].copy()
            cell = run.components(c)
            keep(run, 0, c, P)
            for t in range(run.years):
                expose(run, cell, (t, c), P, room)
                np.add(room.E, room.M, out=P)
                close(run, (t, c), P, room.M)

    for _ in _each(one, chunks(run.cells), threads):
        pass


def run_balanced(run: Run, base: Floats, threads: int) -> None:
    """All cells year by year; migration of each age, sex and path adds to zero.

    ``base`` is worked in place.
    """
    P, M = base, np.empty_like(base)
    groups = chunks(run.cells)
    parts: dict[int, paths.Cell] = {}
    most = 0.99 * (1 - run.max_out)

    def begin(cells: range) -> None:
        for c in cells:
            parts[c] = run.components(c)
            keep(run, 0, c, P[c])

    def first(t: int, cells: range) -> tuple[Floats, Floats]:
        surplus, weight = np.zeros(base.shape[1:]), np.zeros(base.shape[1:])
        part = np.empty(base.shape[1:])
        for c in cells:
            expose(run, parts[c], (t, c), P[c], Rooms(P[c], M[c]))
            surplus += M[c]
            weight += np.multiply(P[c], _weights(run)[c], out=part)
        return surplus, weight

    def second(t: int, share: Floats, cells: range) -> None:
        part, largest = np.empty(base.shape[1:]), share.max()
        for c in cells:
            np.multiply(share, _weights(run)[c], out=part)
            if largest * _weights(run)[c] > most:
                np.minimum(part, most, out=part)
            part *= P[c]
            M[c] -= part
            P[c] += M[c]
            close(run, (t, c), P[c], M[c])

    for _ in _each(begin, groups, threads):
        pass
    for t in range(run.years):
        sums = list(_each(partial(first, t), groups, threads))
        surplus = sum(s for s, _ in sums)
        share = surplus / np.maximum(sum(w for _, w in sums), 1e-300)
        if share.max() * _weights(run).max() > most:
            share = _settle(share, surplus, P, _weights(run), most)
        for _ in _each(partial(second, t, share), groups, threads):
            pass


def _settle(share: Floats, surplus: Floats, P: Floats, weights: Floats, most: float) -> Floats:
    """Share of the surplus per weight when no group may lose more than ``most`` of itself.

    Groups at their limit take what they can, the others share the rest, until no further
    group reaches its limit.
    """
    for _ in range(ROUNDS):
        left, weight = surplus.copy(), np.zeros_like(surplus)
        for P_c, w in zip(P, weights, strict=True):
            at_limit = w * share > most
            left -= np.where(at_limit, most * P_c, 0.0)
            weight += np.where(at_limit, 0.0, w * P_c)
        _refuse_stuck(left, weight)
        fresh = np.divide(left, weight, out=np.zeros_like(left), where=weight > 0)
        if np.allclose(fresh, share, rtol=1e-12, atol=0):
            return fresh
        share = np.maximum(fresh, share)
    return share


def _refuse_stuck(left: Floats, weight: Floats) -> None:
    stuck = (weight == 0) & (left > ROUNDING)
    if stuck.any():
        row, path = np.unravel_index(int(np.argmax(np.where(stuck, left, 0.0))), left.shape)
        raise AccountError(
            f"a surplus of {left[row, path]:,.0f} net migrants has nobody left to take it",
            where=f"sex {'FM'[2 * row // len(left)]}, age {row % (len(left) // 2)}, path {path}",
            remedy="check the ages of arrivals, or let more countries take part in the balance",
            id="NotBalanced",
        )


def _weights(run: Run) -> Floats:
    assert run.weights is not None  # noqa: S101  (the caller chose the balanced loop)
    return run.weights


def _each(work: Callable[[range], object], groups: list[range], threads: int) -> Iterator:  # type: ignore[type-arg]
    """Results of the work in the order of the groups."""
    if threads == 1 or len(groups) == 1:
        yield from map(work, groups)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, groups)
