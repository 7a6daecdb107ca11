# SPDX-License-Identifier: Apache-2.0
"""Smoothing of counts by single year: penalised likelihood, and a kernel.

Arrays are ``(n, A)`` for n series at once: migrants ``y``, population ``P``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.measure._rogers_castro import Array

_ROUNDS: Final = 200
_LONGEST: Final = 2.0  # longest step of a log rate
_SETTLED: Final = 1e-11  # largest change of an expected count, as a share of all migrants
_CHUNK: Final = 128


def penalised(y: Array, P: Array, penalty: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Rates, effective parameters, and whether settled, for one penalty a series.

    Maximises the Poisson likelihood less ``penalty / 2`` times the sum of squared second
    differences of the log rate.
    """
    parts = [
        _penalised(y[rows], P[rows], penalty[rows])
        for rows in np.array_split(np.arange(len(y)), -(-len(y) // _CHUNK))
    ]
    rates, effective, settled = (np.concatenate(part) for part in zip(*parts, strict=True))
    return rates, effective, settled


def _penalised(y: Array, P: Array, penalty: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """As above, by Newton steps in the shapes that the penalty tells apart.

    The squared second differences have eigenvectors ``U`` with roughness ``s``: two of them,
    level and slope, cost nothing. Each is scaled by what the penalty makes of it, so that
    the equations stay well conditioned however strong the penalty is.
    """
    A = y.shape[1]
    bends = np.diff(np.eye(A), 2, axis=0)
    s, U = np.linalg.eigh(bends.T @ bends)
    s[:2] = 0.0
    cost = penalty[:, None] * s / (y.sum(axis=1, keepdims=True) / A)
    B = U / np.sqrt(1 + cost)[:, None, :]
    held = cost / (1 + cost) * (y.sum(axis=1, keepdims=True) / A)
    total = y.sum(axis=1)
    level = total / P.sum(axis=1)
    eta = np.log((y + level[:, None]) / (P + 1))  # one more person, at the average rate
    mu = P * np.exp(eta)
    settled = np.zeros(len(y), dtype=bool)
    for _ in range(_ROUNDS):
        target = np.einsum("nai,na->ni", B, mu * eta + y - mu)
        shape = np.linalg.solve(_information(B, mu, held), target[:, :, None])
        move = (B @ shape)[:, :, 0] - eta
        eta = eta + np.clip(move, -_LONGEST, _LONGEST)
        before, mu = mu, P * np.exp(eta)
        settled = np.abs(mu - before).max(axis=1) < _SETTLED * total
        if settled.all():
            break
    inverse = np.linalg.inv(_information(B, mu, held))
    effective = np.einsum("nij,nij->n", inverse, B.transpose(0, 2, 1) @ (mu[:, :, None] * B))
    return np.exp(eta), effective, settled


def _information(B: Array, mu: Array, held: Array) -> Array:
    found: Array = B.transpose(0, 2, 1) @ (mu[:, :, None] * B)
    places = np.arange(held.shape[1])
    found[:, places, places] += held
    return found


def kernel(y: Array, P: Array, bandwidth: Array) -> tuple[Array, Array, Array]:
    """Rates, effective parameters, and the rate of each age told from all others.

    The local mean of Nadaraya and Watson, each age weighing by its population and by a
    normal curve of its distance.
    """
    x = np.arange(y.shape[1], dtype=float)
    distance = (x[:, None] - x) / bandwidth[:, None, None]
    weight = np.exp(-0.5 * distance**2)
    moved = np.einsum("nij,nj->ni", weight, y)
    lived = np.einsum("nij,nj->ni", weight, P)
    others = lived - P
    alone = _ratio(moved - y, others)
    return _ratio(moved, lived), _ratio(P, lived).sum(axis=1), alone


def _ratio(part: Array, whole: Array) -> Array:
    ratio: Array = np.zeros_like(part)
    np.divide(part, whole, out=ratio, where=whole > 1e-12 * whole.max())
    return ratio


def deviance(y: Array, P: Array, rate: Array) -> Array:
    """Poisson deviance of each series."""
    mu = P * rate
    counted = y > 0
    log = np.log(np.where(counted, np.where(counted, y, 1.0) / np.maximum(mu, 1e-300), 1.0))
    total: Array = 2 * (np.where(counted, y * log, 0.0) - (y - mu)).sum(axis=1)
    return total
