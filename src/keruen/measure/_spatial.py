# SPDX-License-Identifier: Apache-2.0
"""Kernels of flow models with an empty diagonal: origins by destinations, with distance or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.core.errors import ConvergenceError
from keruen.measure._checks import Floats, Mask, over
from keruen.measure._threads import one_thread

TOLERANCE: Final = 1e-9
"""Largest relative error of a margin that counts as met."""
_SWEEPS: Final = 60
_NEWTON: Final = 100
_IDENTIFIED: Final = 1e-9


def independent_flows(cells: Floats) -> Floats:
    """Flows with the margins of a table, in proportion to an origin and a destination factor.

    ``cells[..., i, j]`` with an empty diagonal, which stays empty: the fit of a Poisson
    model ``origin + destination`` to the cells off the diagonal (quasi-independence).
    Factors are scaled in turn; tables in which one place takes part in nearly every
    move, where that is slow, are finished by Newton steps.
    """
    tables = cells.reshape(-1, *cells.shape[-2:])
    out, into = tables.sum(axis=2), tables.sum(axis=1)
    moves = out.sum(axis=1, keepdims=True)
    # One place takes part in every move: the margins then admit no table but the given one.
    star = ((out + into >= moves * (1 - 1e-12)) & (moves > 0)).any(axis=1)
    open_ = ~star & (moves[:, 0] > 0)
    fitted = tables.copy()
    if open_.any():
        fitted[open_], error = _alternate(out[open_], into[open_])
        slow = np.flatnonzero(open_)[error > TOLERANCE]
        if len(slow):
            flat = np.zeros_like(tables[slow])
            fitted[slow] = _newton(tables[slow], flat, fitted[slow])[0]
    return fitted.reshape(cells.shape)


def _alternate(out: Floats, into: Floats) -> tuple[Floats, Floats]:
    """Flows ``a[t, i] b[t, j]`` scaled in turn to margins of tables t, and the error left.

    The margins alone are needed: ``a_i = O_i / (sum(b) - b_i)``, and back.
    """
    b = into / into.sum(axis=1, keepdims=True)
    for _ in range(_SWEEPS):
        a = _ratio(out, b.sum(axis=1, keepdims=True) - b)
        b = _ratio(into, a.sum(axis=1, keepdims=True) - a)
        rows = a * (b.sum(axis=1, keepdims=True) - b)
        error = np.max(_ratio(np.abs(rows - out), out), axis=1)
        if (error <= TOLERANCE).all():
            break
    fitted = a[:, :, None] * b[:, None, :]
    diagonal = np.arange(out.shape[1])
    fitted[:, diagonal, diagonal] = 0.0
    return fitted, error


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=(part > 0) & (whole > 0))


@dataclass(frozen=True)
class Decay:
    """Poisson fits of tables t: the last coefficient, its error, and how the fit went.

    ``coefficient[t]``, ``standard_error[t]`` (scaled by the dispersion), ``dispersion[t]``
    (Pearson), ``margin_error[t]``, ``identified[t]``; ``fitted[t, i, j]``.
    """

    coefficient: Floats
    standard_error: Floats
    dispersion: Floats
    margin_error: Floats
    identified: Mask
    fitted: Floats


def poisson_decay(cells: Floats, log_distance: Floats) -> Decay:
    """Maximum likelihood of ``m_ij ~ Poisson(exp(u_i + v_j + beta x_ij))`` off the diagonal.

    ``cells[t, i, j]`` and ``log_distance[t, i, j]``, diagonals ignored. A place without
    moves on one side drops out of that side.
    """
    start = independent_flows(cells)
    used = (cells.sum(axis=2) > 0)[:, :, None] & (cells.sum(axis=1) > 0)[:, None, :]
    used &= ~np.eye(cells.shape[-1], dtype=bool)
    mass = np.maximum(start.sum(axis=(1, 2), keepdims=True), np.finfo(float).tiny)
    centre = (start * log_distance).sum(axis=(1, 2), keepdims=True) / mass
    x = np.where(used, log_distance - centre, 0.0)
    identified = _information(start, x) > _IDENTIFIED * (start * x**2).sum(axis=(1, 2))
    fitted, beta, error = start.copy(), np.full(len(cells), np.nan), np.zeros(len(cells))
    if identified.any():
        k = identified
        fitted[k], beta[k], error[k] = _newton(cells[k], x[k], start[k])
    dispersion = _dispersion(cells, fitted, used)
    variance = dispersion / np.where(identified, _information(fitted, x), np.nan)
    return Decay(beta, np.sqrt(variance), dispersion, error, identified, fitted)


def _newton(cells: Floats, x: Floats, start: Floats) -> tuple[Floats, Floats, Floats]:
    """Fitted flows, coefficient and margin error; steps are halved while they do not help."""
    n = cells.shape[-1]
    eta = np.log(np.where(start > 0, start, 1.0))
    fitted, beta = start.copy(), np.zeros(len(cells))
    goal = _margins(cells, x)
    # Margins of 0 are met by construction; the moment of distance is met relative to its size.
    size_of = np.concatenate([goal[:, :-1], (cells * np.abs(x)).sum((1, 2))[:, None]], axis=1)
    scale = np.where(size_of > 0, size_of, 1.0)
    for _ in range(_NEWTON):
        gradient = goal - _margins(fitted, x)
        error = np.max(np.abs(gradient) / scale, axis=1)
        if (error <= TOLERANCE).all():
            return fitted, beta, error
        step = _solve(_curvature(fitted, x), gradient[:, :, None])[:, :, 0]
        move = step[:, :n, None] + step[:, None, n:-1] + step[:, -1, None, None] * x
        size = _step_size(cells, eta, fitted, move)
        eta = eta + size[:, None, None] * move
        beta = beta + size * step[:, -1]
        fitted = np.where(start > 0, np.exp(eta), 0.0)
    worst = int(np.argmax(error))
    raise ConvergenceError(
        "the model of flows does not settle",
        where=f"table {worst}, margin error {error[worst]:.1e} after {_NEWTON} steps",
        remedy="distance may separate flows from empty cells; merge places with few moves",
        id="NotConverged",
        diagnostics={"margin_error": error, "coefficient": beta},
    )


def _step_size(cells: Floats, eta: Floats, fitted: Floats, move: Floats) -> Floats:
    """Largest of 1, 1/2, 1/4 ... that does not lower the likelihood of a table."""
    size = np.ones(len(cells))
    slack = 1e-12 * np.abs(cells * eta).sum(axis=(1, 2))
    for _ in range(40):
        with np.errstate(over="ignore", invalid="ignore"):
            shift = size[:, None, None] * move
            gain = (cells * shift - fitted * np.expm1(shift)).sum(axis=(1, 2))
        worse = ~(gain >= -slack)
        if not worse.any():
            break
        size = np.where(worse, size / 2, size)
    return size


def _margins(flows: Floats, x: Floats) -> Floats:
    """Row sums, column sums and the moment of distance: what the model must meet."""
    moment = (flows * x).sum(axis=(1, 2))[:, None]
    return np.concatenate([flows.sum(axis=2), flows.sum(axis=1), moment], axis=1)


def _curvature(fitted: Floats, x: Floats) -> Floats:
    """Information matrix ``[t, 2n + 1, 2n + 1]``, made regular along what cannot be told apart.

    Raising all origins and lowering all destinations by the same amount changes nothing:
    that direction gets a weight of its own, and so do places without moves.
    """
    n = fitted.shape[-1]
    rows, columns = fitted.sum(axis=2), fitted.sum(axis=1)
    by_distance = fitted * x
    H = np.zeros((len(fitted), 2 * n + 1, 2 * n + 1))
    H[:, :n, n:-1] = fitted
    H[:, :n, -1] = by_distance.sum(axis=2)
    H[:, n:-1, -1] = by_distance.sum(axis=1)
    H += H.transpose(0, 2, 1)
    effects = np.concatenate([rows, columns], axis=1)
    shift = np.where(effects > 0, np.repeat([1.0, -1.0], n), 0.0)
    H[:, :-1, :-1] += effects.mean(axis=1)[:, None, None] * shift[:, :, None] * shift[:, None, :]
    own = np.concatenate([effects, (by_distance * x).sum(axis=(1, 2))[:, None]], axis=1)
    diagonal = np.arange(2 * n + 1)
    H[:, diagonal, diagonal] += np.where(own > 0, own * (1 + 1e-13), 1.0)
    return H


def _information(fitted: Floats, x: Floats) -> Floats:
    """What the flows tell of the coefficient once origins and destinations are known."""
    H = _curvature(fitted, x)
    effects, cross = H[:, :-1, :-1], H[:, :-1, -1:]
    known = (cross * _solve(effects, cross)).sum(axis=(1, 2))
    return np.asarray(np.maximum((fitted * x**2).sum(axis=(1, 2)) - known, 0.0))


def _solve(matrices: Floats, right: Floats) -> Floats:
    with one_thread():
        return np.asarray(np.linalg.solve(matrices, right))


def _dispersion(cells: Floats, fitted: Floats, used: Mask) -> Floats:
    """Pearson chi-square for each degree of freedom; missing where there are none."""
    free = used.sum((1, 2)) - used.any(axis=2).sum(axis=1) - used.any(axis=1).sum(axis=1)
    residual = np.divide(
        (cells - fitted) ** 2, fitted, out=np.zeros_like(fitted), where=fitted > 0
    ).sum(axis=(1, 2))
    return over(residual, free.astype(np.float64))
