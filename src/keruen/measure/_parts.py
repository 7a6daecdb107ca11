# SPDX-License-Identifier: Apache-2.0
"""Kernel: flows by birthplace held as factors, and summed without being written out.

Every method gives flows of one form, ``f[k, i, j] = u[k, i] K[i, j] v[k, j]`` for people
born in ``k`` who went from ``i`` to ``j``, with people who stayed on the diagonal. A table
of 230 places has 12 million cells by birthplace but only two factors of 53,000; the sum
over birthplaces is one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from keruen.measure._scaling import Floats, Scaled, scale_tables
from keruen.measure._threads import one_thread

Component = Literal["total", "outward", "return", "transit"]
"""Everyone; people leaving their birthplace, going back to it, or moving elsewhere."""

_BUCKETS: Final = (4, 8, 16, 32, 64, 96, 128, 192)
_CHUNK_CELLS: Final = 4_000_000
_EASY_SPREAD: Final = 10.0
_ROUGH: Final = 1e-2
_ROUNDING: Final = 1e-13  # share of a cell below which a difference is no flow but rounding


@dataclass(frozen=True)
class Part:
    """One component of an estimate: ``share * (u K v + stay on the diagonal)``.

    Parameters
    ----------
    origin : ndarray [table, birthplace, place]
        Factor ``u`` of the place left.
    target : ndarray [table, birthplace, place]
        Factor ``v`` of the place reached.
    stay : ndarray [table, birthplace, place]
        People who stayed, beside those on the diagonal of the product.
    kernel : ndarray [place, place] or None
        ``K``; one everywhere when None.
    share : ndarray [table]
        Weight of this component in the estimate.
    """

    origin: Floats
    target: Floats
    stay: Floats
    kernel: Floats | None
    share: Floats

    def only(self, tables: NDArray[np.int64]) -> Part:
        """The same for some tables."""
        return Part(
            self.origin[tables],
            self.target[tables],
            self.stay[tables],
            self.kernel,
            self.share[tables],
        )

    def od(self, component: Component) -> Floats:
        """Flows by origin and destination ``[table, place, place]``, diagonal empty."""
        if component == "transit":
            return self.od("total") - self.od("outward") - self.od("return")
        places = np.arange(self.origin.shape[-1])
        if component == "outward":
            result = self.origin[:, places, places, None] * self.target
        elif component == "return":
            result = self.origin.swapaxes(1, 2) * self.target[:, places, places][:, None, :]
        else:
            with one_thread():
                result = self.origin.swapaxes(1, 2) @ self.target
        if self.kernel is not None:
            result = result * self.kernel
        result = result * self.share[:, None, None]
        result[:, places, places] = 0.0
        return np.asarray(result)

    def stayers(self) -> Floats:
        """People who stayed where they were ``[table, birthplace, place]``."""
        moved = self.origin * self.target
        if self.kernel is not None:
            moved = moved * np.diagonal(self.kernel)
        return np.asarray((self.stay + moved) * self.share[:, None, None])

    def by_birthplace(self) -> Floats:
        """Flows written out ``[table, birthplace, place, place]``, stayers on the diagonal."""
        cells = self.origin[:, :, :, None] * self.target[:, :, None, :]
        if self.kernel is not None:
            cells *= self.kernel
        cells *= self.share[:, None, None, None]
        places = np.arange(cells.shape[-1])
        cells[:, :, places, places] = self.stayers()
        return cells


def minimum_part(
    start: Floats, end: Floats, *, log_kernel: Floats | None, rtol: float, max_iterations: int
) -> tuple[Part, Floats]:
    """Fewest movers: as many stay as can, the rest in proportion to a seed; and the error."""
    stay = np.minimum(start, end)
    rounding = _ROUNDING * np.maximum(np.abs(start), np.abs(end))
    lost, gained = (np.where(table - stay > rounding, table - stay, 0.0) for table in (start, end))
    return _fitted(lost, gained, stay, log_kernel, rtol=rtol, max_iterations=max_iterations)


def independence_part(
    start: Floats, end: Floats, *, log_kernel: Floats | None, rtol: float, max_iterations: int
) -> tuple[Part, Floats]:
    """Place at the end independent of place at the start, given the birthplace; and the error."""
    nobody = np.zeros_like(start)
    return _fitted(start, end, nobody, log_kernel, rtol=rtol, max_iterations=max_iterations)


def _fitted(
    rows: Floats,
    columns: Floats,
    stay: Floats,
    log_kernel: Floats | None,
    *,
    rtol: float,
    max_iterations: int,
) -> tuple[Part, Floats]:
    share = np.ones(len(rows))
    if log_kernel is None:
        total = columns.sum(axis=2, keepdims=True)
        origin = np.divide(rows, total, out=np.zeros_like(rows), where=total > 0)
        return Part(origin, columns, stay, None, share), np.zeros(rows.shape[:2])
    shape = rows.shape
    origin, target, error = fit_kernel(
        log_kernel,
        rows.reshape(-1, shape[-1]),
        columns.reshape(-1, shape[-1]),
        rtol=rtol,
        max_iterations=max_iterations,
    )
    part = Part(origin.reshape(shape), target.reshape(shape), stay, np.exp(log_kernel), share)
    return part, error.reshape(shape[:2])


def fit_kernel(
    log_kernel: Floats, rows: Floats, columns: Floats, *, rtol: float, max_iterations: int
) -> tuple[Floats, Floats, Floats]:
    """Factors ``u, v [group, place]`` with ``u K v`` of the margins given, and the error.

    Most groups are present in few places, so groups are sorted by the places they need and
    solved in blocks of that size.
    """
    total = rows.sum(axis=1, keepdims=True)
    ends = columns.sum(axis=1, keepdims=True)
    columns = columns * np.divide(total, ends, out=np.zeros_like(total), where=ends > 0)
    origin, target = np.zeros_like(rows), np.zeros_like(columns)
    error = np.zeros(len(rows))
    for groups, size in _blocks(rows, columns):
        i = _first(rows[groups] > 0, size)
        j = _first(columns[groups] > 0, size)
        pick = groups[:, None]
        fit = _annealed(
            log_kernel[i[:, :, None], j[:, None, :]],
            rows[pick, i],
            columns[pick, j],
            rtol=rtol,
            max_iterations=max_iterations,
        )
        origin[pick, i] = np.exp(fit.rows)
        target[pick, j] = np.exp(fit.columns)
        error[groups] = fit.error
    return origin, target, error


def _annealed(
    log_seed: Floats, rows: Floats, columns: Floats, *, rtol: float, max_iterations: int
) -> Scaled:
    """Factors for a seed of very unequal cells, reached through flatter seeds."""
    finite = log_seed[np.isfinite(log_seed)]
    spread = float(np.ptp(finite)) if finite.size else 0.0
    flat = max(1.0, spread / _EASY_SPREAD)
    initial = None
    while flat > 1.0:
        rough = scale_tables(
            log_seed / flat,
            rows,
            columns,
            rtol=_ROUGH,
            max_iterations=max_iterations,
            initial=initial,
        )
        step = min(2.0, flat)
        initial, flat = rough.rows * step, flat / step
    return scale_tables(
        log_seed, rows, columns, rtol=rtol, max_iterations=max_iterations, initial=initial
    )


def _first(active: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """Indices of the active places of each group, padded with inactive ones."""
    return np.argsort(~active, axis=1, kind="stable")[:, :size]


def _blocks(rows: Floats, columns: Floats) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Groups that fit into a block of one size, a few at a time."""
    need = np.maximum((rows > 0).sum(axis=1), (columns > 0).sum(axis=1))
    smallest = 0
    for size in (*(b for b in _BUCKETS if b < rows.shape[1]), rows.shape[1]):
        groups = np.flatnonzero((need > smallest) & (need <= size))
        step = max(1, _CHUNK_CELLS // (size * size))
        for first in range(0, len(groups), step):
            yield groups[first : first + step], size
        smallest = size


def summed(parts: tuple[Part, ...], what: Callable[[Part], Floats]) -> Floats:
    """Sum of one quantity over the components of an estimate."""
    total = what(parts[0])
    for part in parts[1:]:
        total = total + what(part)
    return total
