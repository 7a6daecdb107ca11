# SPDX-License-Identifier: Apache-2.0
"""One year of one cell along its paths, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import AccountError
from keruen.project import _paths as paths
from keruen.project._kernel import Floats

BLOCK: Final = 200
"""Paths worked together: their populations fit the cache, and products stay below the size
at which linear-algebra libraries start threads of their own."""

ROUNDING: Final = 1e-6
"""Persons below zero that are rounding and are set to zero."""

Sink = Callable[[int, int, Floats], None]
"""Receives the number of the year, that of the cell, and its population (2 A, K)."""

Limit = Literal["outflow", "balance"]
"""What held groups back: the most that may leave, or the same while the world was balanced."""


class Rooms(NamedTuple):
    """Arrays of one block to fill: survivors, migrants, and one to reckon in."""

    E: Floats
    M: Floats
    spare: Floats

    def of(self, rows: int, paths: int) -> Rooms:
        """The same rooms, contiguous, for a block of fewer paths."""
        return Rooms(*(array.reshape(-1)[: rows * paths].reshape(rows, paths) for array in self))


@dataclass
class Run:
    """Everything one run reads and fills; cells C, years T, paths K, rows 2 A."""

    components: Callable[[int], paths.Cell]
    tfr: Floats  # (K, T, C)
    e0: Floats  # (K, T, C, 2)
    net: Floats  # (K, T, C), per person
    further: Floats | None  # (K, T, C), persons beside the rate
    first_fertile: int
    max_out: float
    strict: bool  # more outflow is an error
    quantiles: Floats | None
    per_person: Floats | None  # (T, C) part of a surplus taken per person
    by_count: bool  # that part grows with the people of the path
    population: NDArray[np.floating]  # (T + 1, C, 2 A, K) or (T + 1, C, 2 A, Q)
    total: Floats  # (T + 1, C, K)
    births: Floats  # (T, C, K)
    deaths: Floats
    migration: Floats
    sink: Sink | None = None
    limited: list[tuple[Limit, int, int, int, float]] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.total.shape[1])

    @property
    def years(self) -> int:
        """Number of steps."""
        return int(self.births.shape[0])

    def weights(self, t: int, k: slice) -> Floats:
        """Shares of a surplus taken per person, (C, K) or (C, 1)."""
        assert self.per_person is not None  # noqa: S101  (the caller chose the balanced loop)
        weight = self.per_person[t][:, None]
        return np.asarray(weight * self.total[t, :, k] if self.by_count else weight)

    @property
    def rooms(self) -> Rooms:
        """Fresh rooms for the blocks of one thread."""
        shape = (self.population.shape[2], min(BLOCK, self.total.shape[2]))
        return Rooms(np.empty(shape), np.empty(shape), np.empty(shape))


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Consecutive slices of at most ``size``."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def expose(
    run: Run, cell: paths.Cell, place: tuple[int, int], P: Floats, rooms: Rooms
) -> Iterator[tuple[slice, Rooms]]:
    """Survivors with the newborn, and migrants, of one cell and year, block by block."""
    t, c = place
    terms = paths.powers(cell, t, run.e0[:, t, c].T)
    people = run.total[t, c]
    net = run.net[:, t, c] * people + (0.0 if run.further is None else run.further[:, t, c])
    more_in, more_out = paths.more_flows(cell, t, net, people)
    for k in blocks(P.shape[1]):
        room = rooms.of(len(P), k.stop - k.start)
        E, M, _ = room
        paths.survivors(cell, t, P[:, k], terms[..., k], E)
        women = paths.mothers(cell, t, P[:, k], run.first_fertile)
        women += paths.mothers(cell, t, E, run.first_fertile)
        born = 0.5 * women * run.tfr[k, t, c]
        E[0] *= born * (1 - cell.boys[t])
        E[len(E) // 2] *= born * cell.boys[t]
        run.births[t, c, k] = born
        paths.migrants(cell, t, E, (more_in[k], more_out[k]), M)
        _limit(run, place, room)
        yield k, room


def _limit(run: Run, place: tuple[int, int], room: Rooms) -> None:
    """Outflow cut at the limit; what is cut is taken from gains, so that totals stay."""
    E, M, spare = room
    np.multiply(E, run.max_out, out=spare)
    spare += M
    if spare.min() >= 0:
        return
    if run.strict:
        _refuse_outflow(run, place, spare)
    rows = np.flatnonzero(spare.min(axis=1) < 0)
    short = np.maximum(-spare[rows], 0.0)
    M[rows] += short
    cut = short.sum(axis=0)
    np.abs(M, out=spare)
    spare += M  # twice the gains, faster than a maximum
    spare *= np.minimum(cut / np.maximum(spare.sum(axis=0), 1e-9), 0.5)
    M -= spare
    run.limited.append(("outflow", *place, int((short > 0).sum()), float(cut.sum())))


def _refuse_outflow(run: Run, place: tuple[int, int], spare: Floats) -> None:
    t, c = place
    raise AccountError(
        f"{int((spare < 0).sum())} groups would lose more than {run.max_out:.0%} in one step",
        where=f"cell {c}, step {t}",
        remedy="check that rates are per person, or take outflow='clip'",
        id="ExtremeOutflow",
    )


def close(run: Run, place: tuple[int, int], P: Floats) -> None:
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
