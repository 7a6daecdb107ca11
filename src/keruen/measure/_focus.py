# SPDX-License-Identifier: Apache-2.0
"""Kernels of spatial focusing; ``cells[..., i, j]`` from origin i to destination j, diagonal 0."""

from __future__ import annotations

import numpy as np

from keruen.measure._checks import Floats, over


def streams(cells: Floats) -> Floats:
    """Flows out of each place without the diagonal: ``[..., i, n - 1]``."""
    n = cells.shape[-1]
    off = ~np.eye(n, dtype=bool)
    return cells[..., off].reshape(*cells.shape[:-1], n - 1)


def gini(cells: Floats, *, corrected: bool) -> dict[str, Floats]:
    """Every Gini index of :class:`~keruen.measure.inequality.MigrationGini` by field name."""
    n = cells.shape[-1]
    flows = n * (n - 1)
    rows, columns = streams(cells), streams(cells.swapaxes(-1, -2))
    moves = np.asarray(cells.sum(axis=(-2, -1)))
    within_rows, within_columns = _differences(rows), _differences(columns)
    between_all = _differences(rows.reshape(*cells.shape[:-2], flows))
    counter = np.abs(cells - cells.swapaxes(-1, -2)).sum(axis=(-2, -1))
    base = 2 * flows * moves
    total = over(between_all, base)
    row, column = over(within_rows.sum(axis=-1), base), over(within_columns.sum(axis=-1), base)
    exchange = over(counter, base)
    others = n - 2 if corrected else n - 1
    return {
        "total": over(between_all, 2 * moves * (flows - 1)) if corrected else total,
        "row": row,
        "column": column,
        "exchange": exchange,
        "row_share": over(row, total),
        "column_share": over(column, total),
        "exchange_share": over(exchange, total),
        "out_field": over(within_rows, 2 * others * rows.sum(axis=-1)),
        "in_field": over(within_columns, 2 * others * columns.sum(axis=-1)),
    }


def variation(flows: Floats) -> Floats:
    """Standard deviation of a whole over its mean, along the last axis."""
    if flows.shape[-1] == 0:
        return np.full(flows.shape[:-1], np.nan)
    return over(flows.std(axis=-1), flows.mean(axis=-1))


def half_distance(cells: Floats, expected: Floats) -> Floats:
    """Half the absolute differences between two tables, as a share of all moves."""
    moves = np.asarray(cells.sum(axis=(-2, -1)))
    return over(np.abs(cells - expected).sum(axis=(-2, -1)) / 2, moves)


def _differences(flows: Floats) -> Floats:
    """Sum of absolute differences over all ordered pairs along the last axis.

    Of sorted values the k-th of c is added ``2 k - c + 1`` times (k from 0), each pair twice.
    """
    count = flows.shape[-1]
    weights = 2.0 * np.arange(count) - count + 1
    ordered = np.sort(flows, axis=-1)
    # Measured from the smallest, so that equal flows differ by 0 and not by rounding.
    return np.asarray(2 * ((ordered - ordered[..., :1]) @ weights))
