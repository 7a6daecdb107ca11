# SPDX-License-Identifier: Apache-2.0
"""Kernel: the mix of donors nearest to a target, weights not negative and adding to one."""

from __future__ import annotations

from typing import Final

import numpy as np

TOLERANCE: Final = 1e-8
"""How far above the least squared distance, relative to the scale of the data, is allowed."""

_AIM: Final = 1e-14  # what the method aims for: rounding stops it near here
_ROUNDS: Final = 50


def nearest_mix(
    donors: np.ndarray, target: np.ndarray, start: np.ndarray | None = None
) -> np.ndarray:
    """Weights of the columns of ``donors`` whose mix is nearest to ``target``.

    The nearest mix is the point of least norm in the convex hull of ``donors - target``. The
    method of Wolfe (1976) keeps a set of affinely independent points, moves to the nearest
    point of their plane, and lets go of those whose weight would be negative: it ends after
    finitely many steps with the exact answer, also where several mixes are equally near.
    """
    points = donors - target[:, None]
    scale = float(np.abs(points).max(initial=0.0))
    if scale == 0.0:
        return np.full(donors.shape[1], 1.0 / donors.shape[1])
    points = points / scale
    weights = _first(points) if start is None else start.copy()
    size = float((points**2).sum(axis=0).max())
    best, least = weights, np.inf
    for _ in range(_ROUNDS * donors.shape[1]):
        weights = _within_plane(points, weights)
        mix = points @ weights
        norm = float(mix @ mix)
        if norm >= least:  # rounding: no nearer than before
            break
        best, least = weights, norm
        along = mix @ points
        new = int(along.argmin())
        if norm - along[new] <= _AIM * size or weights[new] > 0:
            break
        weights = weights.copy()
        weights[new] = np.finfo(float).tiny  # enters the set
    return best


def _first(points: np.ndarray) -> np.ndarray:
    weights = np.zeros(points.shape[1])
    weights[(points**2).sum(axis=0).argmin()] = 1.0
    return weights


def _within_plane(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """To the nearest point of the hull of the points held, letting go of those in the way."""
    weights = weights.copy()
    while True:
        held = np.flatnonzero(weights > 0)
        if len(held) == 1:
            weights[held] = 1.0
            return weights
        goal = _nearest_in_plane(points[:, held])
        if (goal > 0).all():
            weights[held] = goal
            return weights
        now = weights[held]
        falls = goal <= 0
        steps = now[falls] / (now[falls] - goal[falls])
        moved = np.maximum(now + steps.min() * (goal - now), 0.0)
        moved[np.flatnonzero(falls)[steps.argmin()]] = 0.0
        weights[held] = moved / moved.sum()


def _nearest_in_plane(points: np.ndarray) -> np.ndarray:
    """Weights, of any sign and adding to one, of the point of least norm."""
    base, others = points[:, 0], points[:, 1:] - points[:, :1]
    rest = np.linalg.lstsq(others, -base, rcond=None)[0]
    return np.concatenate([[1.0 - rest.sum()], rest])


def certificate(donors: np.ndarray, target: np.ndarray, weights: np.ndarray) -> float:
    """How far the squared distance can be above the least, relative to the scale of the data.

    The duality gap of the programme: at the minimum no donor lies further along the
    remaining distance than the mix itself, and the gap is zero.
    """
    points = donors - target[:, None]
    mix = points @ weights
    size = float((points**2).sum(axis=0).max(initial=0.0))
    return float(mix @ mix - (mix @ points).min()) / size if size else 0.0


def is_unique(donors: np.ndarray, target: np.ndarray, weights: np.ndarray) -> bool:
    """Whether no other weights give the same distance."""
    points = donors - target[:, None]
    mix = points @ weights
    size = float((points**2).sum(axis=0).max(initial=0.0))
    binding = mix @ points - mix @ mix <= 1e-9 * max(size, np.finfo(float).tiny)
    face = np.vstack([points[:, binding], np.full(int(binding.sum()), np.sqrt(size) or 1.0)])
    return bool(np.linalg.matrix_rank(face) == face.shape[1])
