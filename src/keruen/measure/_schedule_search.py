# SPDX-License-Identifier: Apache-2.0
"""Search for the best multi-exponential curve from a fixed grid of starts.

Nothing is asked of the user and nothing is random: 24 starts run in heats, a term that a
start lost is given another chance, and the best of each series is returned.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np

from keruen.measure._rogers_castro import GROUPS, Array, Form, single_term, terms
from keruen.measure._varpro import Rows, Search, Series, State, begin, chunks, descend

HEATS: Final = ((16, 16), (30, 8), (60, 4), (4000, 1))
"""Steps of each heat, and how many starts of each series go on after it."""

TOLERANCE: Final = 1e-10
"""Half-deviance that is still to win, relative to 1 + what there is, at which a row is done."""

_SAME: Final = 1e-4  # starts closer in loss than this share have met in one place
_PEAKS: Final = (18.0, 23.0, 29.0)
_WIDTHS: Final = ({"alpha2": 0.06, "lambda2": 0.2}, {"alpha2": 0.12, "lambda2": 0.45})
_REST: Final = (
    {"alpha1": 0.05, "alpha3": 0.1, "mu3": 60.0, "lambda3": 0.2, "lambda4": 0.005},
    {"alpha1": 0.15, "alpha3": 0.3, "mu3": 65.0, "lambda3": 0.6, "lambda4": 0.02},
    {"alpha1": 0.3, "alpha3": 0.7, "mu3": 70.0, "lambda3": 0.3, "lambda4": 0.04},
    {"alpha1": 0.08, "alpha3": 0.2, "mu3": 74.0, "lambda3": 0.9, "lambda4": 0.03},
)


def starts(search: Search) -> Array:
    """The 24 starts, ``(24, q)``: places of the labour peak, widths, and all other terms."""
    every = ({"mu2": mu2, **width, **rest} for mu2, width, rest in product(_PEAKS, _WIDTHS, _REST))
    grid = [[shapes[name] for name in search.form.shapes] for shapes in every]
    found: Array = np.clip(np.array(grid), search.low, search.high)
    return found


def fit(series: Series, search: Search) -> State:
    """Best curve of each series; ``settled`` says whether it reached its minimum."""
    n, grid = len(series.observed), starts(search)
    wide = series.rows(np.repeat(np.arange(n), len(grid)))
    state = begin(wide, search, np.tile(grid, (n, 1)))
    banks = {height: _bank(search, height) for height in search.form.heights if GROUPS[height]}
    for steps, kept in HEATS:
        _revive(wide, search, state, banks)
        descend(wide, search, state, steps=steps, tolerance=TOLERANCE)
        rows = _leaders(state.loss.reshape(n, -1), kept)
        wide, state = wide.rows(rows), state.rows(rows)
    return state


def _leaders(loss: Array, kept: int) -> Rows:
    """Rows of the best starts of each series; those that met in one place count once."""
    order = np.argsort(loss, axis=1, kind="stable")
    ranked = np.take_along_axis(loss, order, axis=1)
    again = np.diff(ranked, axis=1, prepend=-np.inf) < _SAME * (1 + ranked)
    distinct = np.argsort(again, axis=1, kind="stable")[:, :kept]
    best = np.take_along_axis(order, distinct, axis=1)
    return np.asarray(best + np.arange(len(loss))[:, None] * loss.shape[1]).reshape(-1)


def _bank(search: Search, height: str) -> tuple[Array, Array]:
    """Grid of shapes of one term ``(J, shapes)`` and the term under each ``(J, A)``."""
    low, high = search.low[_places(search.form, height)], search.high[_places(search.form, height)]
    axes = [
        np.linspace(a, b, 9) if name.startswith("mu") else np.geomspace(max(a, 0.03, b / 50), b, 5)
        for name, a, b in zip(GROUPS[height], low, high, strict=True)
    ]
    grid = np.clip(np.array(list(product(*axes))), low, high)
    return grid, search.ages.means(single_term(height, grid, search.ages.single))


def _revive(
    series: Series, search: Search, state: State, banks: dict[str, tuple[Array, Array]]
) -> None:
    """Give terms of height zero the shapes, from a grid, under which the loss falls fastest.

    A term of height zero has no slope in its shapes, so that descent alone cannot bring it
    back; the pull of the data on every place of the grid can.
    """
    for height, (grid, bank) in banks.items():
        places = _places(search.form, height)
        dead = np.flatnonzero(state.heights[:, search.form.heights.index(height)] <= 0)
        for rows in chunks(dead):
            first, second = series.rows(rows).slope_and_weight(curve(search, state, rows))
            pull = first @ bank.T / np.sqrt(np.maximum(second @ (bank**2).T, 1e-300))
            best = np.argmin(pull, axis=1)
            pulled = pull[np.arange(len(rows)), best] < 0
            awake = rows[pulled]
            state.shapes[awake[:, None], places] = grid[best[pulled]]
            state.damping[awake] = 1e-2
            state.settled[awake] = False


def _places(form: Form, height: str) -> Rows:
    return np.flatnonzero(form.owner == form.heights.index(height))


def curve(search: Search, state: State, rows: Rows) -> Array:
    """The curves ``(n, A)`` of some rows."""
    values = terms(state.shapes[rows], search.form, search.ages)
    curves: Array = np.einsum("nk,nka->na", state.heights[rows], values)
    return curves
