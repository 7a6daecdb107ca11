# SPDX-License-Identifier: Apache-2.0
"""Kernel of controlled rounding: unbiased, cells and both margins together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def controlled_steps(
    cells: NDArray[np.int64], base: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """1 where a cell goes up to the next multiple of the base, else 0 (rows, columns).

    A further row and column make all margins multiples of the base. Then every line with a
    cell between two multiples has at least two, a walk from one to the next must close, and
    along the closed walk cells may be moved up and down by turns, with chances that keep
    every expectation, until one of them meets a multiple.
    """
    rows, columns = cells.shape
    part = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    part[:-1, :-1] = cells % base
    part[-1, :-1] = -part[:-1, :-1].sum(0) % base
    part[:, -1] = -part[:, :-1].sum(1) % base
    open_ = (part % base) > 0
    by_row = [set(np.flatnonzero(line).tolist()) for line in open_]
    by_column = [set(np.flatnonzero(line).tolist()) for line in open_.T]
    for row in range(rows + 1):
        while by_row[row]:
            for at_row, at_column in _turn(part, base, _cycle(row, by_row, by_column), rng):
                by_row[at_row].discard(at_column)
                by_column[at_column].discard(at_row)
    return part[:-1, :-1] // base


def _cycle(row: int, by_row: list[set[int]], by_column: list[set[int]]) -> list[tuple[int, int]]:
    """A closed walk over open cells, turning from row to column at each."""
    path: list[tuple[int, int]] = []
    seen = {row: 0}
    while True:
        came = path[-1][1] if path else -1
        column = next(c for c in by_row[row] if c != came)
        path.append((row, column))
        # A column met before closes the walk as a row does.
        back = next((k for k in range(0, len(path) - 1, 2) if path[k][1] == column), None)
        if back is not None:
            return path[back + 1 :]
        row = next(r for r in by_column[column] if r != row)
        path.append((row, column))
        if row in seen:
            return path[seen[row] :]
        seen[row] = len(path)


def _turn(
    part: NDArray[np.int64], base: int, cycle: list[tuple[int, int]], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Move the cells of a cycle up and down by turns; those that meet a multiple."""
    odd, even = cycle[::2], cycle[1::2]
    up = min(*(base - part[cell] for cell in odd), *(part[cell] for cell in even))
    down = min(*(part[cell] for cell in odd), *(base - part[cell] for cell in even))
    step = up if rng.random() * (up + down) < down else -down
    for cell in odd:
        part[cell] += step
    for cell in even:
        part[cell] -= step
    return [cell for cell in cycle if part[cell] in (0, base)]
