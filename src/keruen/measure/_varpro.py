# SPDX-License-Identifier: Apache-2.0
"""Descent of many multi-exponential curves at once by variable projection.

For given shapes the heights solve a convex problem (Poisson with identity link, or weighted
least squares, with heights of zero or more), so only the shapes are searched: Gauss-Newton
steps damped after Levenberg and Marquardt, with the heights solved anew at each. Rows are
independent of each other: n curves in a batch give what each gives alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._rogers_castro import Ages, Array, Form, terms, terms_and_slopes

Rows = NDArray[Any]

_RIDGE: Final = 1e-13  # keeps equations solvable when two terms coincide
_SMALLEST: Final = 1e-30  # migrants per person; far below anything measurable
_START_ROUNDS: Final = 12  # Newton rounds for the heights at a start
_STEP_ROUNDS: Final = 1  # and after each step, which moved the heights already
_HALVINGS: Final = 6
_PATIENCE: Final = 20  # over so many steps the loss must fall ...
_STALL: Final = 1e-6  # ... by more than this share, else the curve no longer changes
_CHUNK: Final = 512  # rows at once, so that their arrays stay in the processor's cache


@dataclass(frozen=True)
class Series:
    """Observed series, ``(n, A)``: exposure times the curve is expected of each.

    With ``poisson`` the observations are migrants and the exposure is a population; without,
    the exposure is a weight and the observations are weight times rate.
    """

    observed: Array
    exposure: Array
    poisson: bool

    def rows(self, rows: Rows) -> Series:
        """Some of the series."""
        return replace(self, observed=self.observed[rows], exposure=self.exposure[rows])

    def loss(self, mean: Array) -> Array:
        """Half the deviance of each series."""
        total: Array = self.losses(mean).sum(axis=1)
        return total

    def losses(self, mean: Array) -> Array:
        """Half the deviance of each age: Poisson, or the weighted square."""
        observed = self.observed
        if not self.poisson:
            weight = np.where(self.exposure > 0, self.exposure, 1.0)
            return 0.5 * (self.exposure * mean - observed) ** 2 / weight
        expected = self.exposure * np.maximum(mean, _SMALLEST)
        counted = observed > 0
        excess = np.where(counted, expected / np.where(counted, observed, 1.0) - 1, 0.0)
        excess = np.maximum(excess, -1 + np.finfo(float).epsneg)
        return np.where(counted, observed * (excess - np.log1p(excess)), expected)

    def slope_and_weight(self, mean: Array) -> tuple[Array, Array]:
        """First derivative of the loss by the curve, and its expected second derivative."""
        variance = np.maximum(mean, _SMALLEST) if self.poisson else 1.0
        return (self.exposure * mean - self.observed) / variance, self.exposure / variance


@dataclass(frozen=True)
class Search:
    """What is searched: form of the curve, ages, and limits of the shapes ``(q,)``."""

    form: Form
    ages: Ages
    low: Array
    high: Array


@dataclass
class State:
    """Where each row stands.

    ``shapes (n, q)``, ``heights (n, K)``, ``loss``, ``damping``, ``decrement``, ``steps`` and
    ``settled (n,)``. The decrement is twice the loss that an undamped step promises to win.
    """

    shapes: Array
    heights: Array
    loss: Array
    damping: Array
    decrement: Array
    steps: NDArray[np.intp]
    settled: NDArray[np.bool_]

    def rows(self, rows: Rows) -> State:
        """Some rows, as copies."""
        return State(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Rows, other: State) -> None:
        """Take over some rows from another state."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(other, field.name)


def begin(series: Series, search: Search, shapes: Array) -> State:
    """State at given shapes, with the heights that fit best under them."""
    n = len(shapes)
    heights, loss = np.empty((n, len(search.form.heights))), np.empty(n)
    for rows in chunks(np.arange(n)):
        data = series.rows(rows)
        values = terms(shapes[rows], search.form, search.ages)
        mass = np.einsum("nka,na->nk", values, data.exposure) * values.shape[1]
        even = data.observed.sum(axis=1, keepdims=True) / np.maximum(mass, _SMALLEST)
        heights[rows], loss[rows] = _solve_heights(data, values, even, _START_ROUNDS)
    return State(
        shapes=shapes.copy(),
        heights=heights,
        loss=loss,
        damping=np.full(n, 1e-2),
        decrement=np.full(n, np.inf),
        steps=np.zeros(n, dtype=np.intp),
        settled=np.zeros(n, dtype=bool),
    )


def descend(series: Series, search: Search, state: State, *, steps: int, tolerance: float) -> None:
    """Steps in place until nothing is left to win in any row, or steps are out."""
    going, before = np.flatnonzero(~state.settled), state.loss.copy()
    for step in range(1, steps + 1):
        for rows in chunks(going):
            part = state.rows(rows)
            _step(series.rows(rows), search, part)
            state.put(rows, part)
        state.settled[going] = (state.decrement <= tolerance * (1 + state.loss))[going]
        if step % _PATIENCE == 0:
            state.settled[going] |= (before - state.loss < _STALL * (1 + state.loss))[going]
            before = state.loss.copy()
        going = going[~state.settled[going]]
        if not going.size:
            return


def chunks(rows: Rows) -> list[Rows]:
    """Rows in parts that are worked on together."""
    return np.array_split(rows, -(-len(rows) // _CHUNK)) if len(rows) else []


def jacobian(search: Search, shapes: Array, heights: Array) -> tuple[Array, Array]:
    """The curve ``(n, A)`` and its derivatives by shapes, then heights, ``(n, q + K, A)``."""
    values, slopes = terms_and_slopes(shapes, search.form, search.ages)
    own = heights[:, search.form.owner, None]
    mean = np.einsum("nk,nka->na", heights, values)
    return mean, np.concatenate([own * slopes, values], axis=1)


def solve_free(curvature: Array, slope: Array, free: Rows, damping: Array) -> Array:
    """Newton move of the free parameters, from equations scaled to a unit diagonal."""
    diagonal = np.einsum("npp->np", curvature)
    free = free & (diagonal > 0)
    scale = np.where(free, 1 / np.sqrt(np.where(free, diagonal, 1.0)), 0.0)
    scaled = curvature * scale[:, :, None] * scale[:, None, :]
    p = slope.shape[1]
    scaled[:, np.arange(p), np.arange(p)] = 1 + damping[:, None]
    move: Array = -scale * np.linalg.solve(scaled, (scale * slope)[:, :, None])[:, :, 0]
    return move


def _step(series: Series, search: Search, state: State) -> None:
    """One damped step of shapes and heights, kept in those rows where the loss falls."""
    q = state.shapes.shape[1]
    slope, curvature, free = _equations(series, search, state)
    whole = solve_free(curvature, slope, free, np.full(len(slope), 1e-9))
    state.decrement = -(slope * whole).sum(axis=1)
    here = np.concatenate([state.shapes, state.heights], axis=1)
    there = _move_within(here, (slope, curvature, free), state.damping, search)
    values = terms(there[:, :q], search.form, search.ages)
    heights, loss = _solve_heights(series, values, there[:, q:], _STEP_ROUNDS)
    better = loss < state.loss
    state.shapes[better], state.heights[better] = there[better, :q], heights[better]
    state.loss[better] = loss[better]
    state.damping = np.where(better, np.maximum(state.damping * 0.2, 1e-9), state.damping * 4.0)
    state.damping = np.minimum(state.damping, 1e12)
    state.steps += 1


def _equations(series: Series, search: Search, state: State) -> tuple[Array, Array, Rows]:
    """Gradient, expected curvature, and which parameters are free to move."""
    mean, derivatives = jacobian(search, state.shapes, state.heights)
    first, second = series.slope_and_weight(mean)
    slope = np.einsum("npa,na->np", derivatives, first)
    curvature = (derivatives * second[:, None]) @ derivatives.transpose(0, 2, 1)
    q = state.shapes.shape[1]
    at_low = (state.shapes <= search.low) & (slope[:, :q] > 0)
    at_high = (state.shapes >= search.high) & (slope[:, :q] < 0)
    at_zero = (state.heights <= 0) & (slope[:, q:] >= 0)
    return slope, curvature, ~np.concatenate([at_low | at_high, at_zero], axis=1)


def _move_within(
    here: Array, equations: tuple[Array, Array, Rows], damping: Array, search: Search
) -> Array:
    """Where the damped step leads; what would leave its limits stops there, the rest adapts."""
    slope, curvature, free = equations
    nothing = np.zeros(here.shape[1] - len(search.low))
    low = np.concatenate([search.low, nothing])
    high = np.concatenate([search.high, nothing + np.inf])
    there = here + solve_free(curvature, slope, free, damping)
    beyond = (there < low) | (there > high)
    rows = np.flatnonzero(beyond.any(axis=1))
    if rows.size:
        held = np.where(beyond, np.clip(there, low, high) - here, 0.0)[rows]
        rest = slope[rows] + np.einsum("nij,nj->ni", curvature[rows], held)
        loose = (free & ~beyond)[rows]
        move = solve_free(curvature[rows], rest, loose, damping[rows])
        there[rows] = np.clip(here[rows] + held + move, low, high)
    return there


def _solve_heights(
    series: Series, values: Array, heights: Array, rounds: int
) -> tuple[Array, Array]:
    """Heights of zero or more that fit best, by Newton steps that never go uphill."""
    mean = np.einsum("nk,nka->na", heights, values)
    loss = series.loss(mean)
    for _ in range(rounds):
        first, second = series.slope_and_weight(np.einsum("nk,nka->na", heights, values))
        slope = np.einsum("nka,na->nk", values, first)
        curvature = (values * second[:, None]) @ values.transpose(0, 2, 1)
        free = (heights > 0) | (slope < 0)
        move = solve_free(curvature, slope, free, np.full(len(slope), _RIDGE))
        heights, loss = _walk(series, values, (heights, loss), move)
    return heights, loss


def _walk(
    series: Series, values: Array, start: tuple[Array, Array], move: Array
) -> tuple[Array, Array]:
    """Go along ``move`` until a height reaches zero; halve the way until the loss falls."""
    heights, loss = start
    falls = move < 0
    room = np.where(falls, -heights / np.where(falls, move, -1.0), np.inf)
    way = np.minimum(room.min(axis=1), 1.0)
    for _ in range(_HALVINGS):
        trial = np.maximum(heights + way[:, None] * move, 0.0)
        trial[room <= way[:, None]] = 0.0
        found = series.loss(np.einsum("nk,nka->na", trial, values))
        worse = ~(found <= loss)
        if not worse.any():
            return trial, found
        way = np.where(worse, way / 2, way)
    return np.where(worse[:, None], heights, trial), np.where(worse, loss, found)
