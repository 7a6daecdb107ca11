# SPDX-License-Identifier: Apache-2.0
"""Two reports of each flow: which can be compared, how far they disagree, what is solved.

``R`` holds what receivers report, ``S`` what senders report, as ``(g, t, i, j)``: flows
from i to j in t tables that share their factors, for g groups at once; missing where nothing
was reported. Unknown are the factors ``x (g, 2n)``: first ``beta_i`` of senders, then
``alpha_j`` of receivers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from keruen.measure._checks import Floats, Mask, over

_HALVINGS: Final = 60
_WIDEST: Final = 1e3  # relative disagreement of two reports, beyond any seen
_MAD: Final = 1.4826  # median absolute deviation to standard deviation, for a normal


@dataclass(frozen=True)
class Reports:
    """Reports and how reliable each pair of them is (0: not used), ``(g, t, n, n)``.

    The sizes say what one person counted stands for in them: the duration factors.
    """

    R: Floats
    S: Floats
    weight: Floats
    size_r: Floats
    size_s: Floats

    @property
    def used(self) -> Mask:
        """Cells that tell of the factors."""
        return self.weight > 0


def comparable(R: Floats, S: Floats, max_ratio: float) -> tuple[Mask, Mask]:
    """Cells with two reports that are not both zero, and those that differ by too much."""
    off = ~np.eye(R.shape[-1], dtype=bool)
    both = np.isfinite(R) & np.isfinite(S) & off
    both &= np.where(both, R + S, 0) > 0
    low, high = np.where(both, np.minimum(R, S), 0), np.where(both, np.maximum(R, S), 0)
    return both, both & ((high / max_ratio > low) | (low == 0))


def linked(used: Mask, reference: int) -> Mask:
    """Factors ``(g, 2n)`` that a chain of used cells ties to the reference receiver."""
    edge = np.asarray(used.any(axis=1))  # (g, i, j)
    n = edge.shape[-1]
    known: Mask = np.zeros((edge.shape[0], 2 * n), dtype=np.bool_)
    known[:, n + reference] = True
    while True:
        senders = (edge & known[:, None, n:]).any(axis=2) | known[:, :n]
        receivers = (edge & senders[:, :, None]).any(axis=1) | known[:, n:]
        wider: Mask = np.concatenate([senders, receivers], axis=1)
        if (wider == known).all():
            return known
        known = wider


def adjusted(reports: Reports, x: Floats) -> tuple[Floats, Floats]:
    """Both reports times their factors, ``alpha_j R`` and ``beta_i S``."""
    n = reports.R.shape[-1]
    return reports.R * x[:, None, None, n:], reports.S * x[:, None, :n, None]


def stands_for(reports: Reports, x: Floats) -> tuple[Floats, Floats]:
    """Persons that one person counted stands for, after all factors: arrival, departure."""
    n = reports.R.shape[-1]
    return x[:, None, None, n:] * reports.size_r, x[:, None, :n, None] * reports.size_s


def quadratic(R: Floats, S: Floats, w: Floats) -> Floats:
    """Matrix ``M (g, 2n, 2n)`` with ``sum w (alpha_j R - beta_i S)^2 = x' M x``."""
    n = R.shape[-1]
    R, S = np.where(w > 0, R, 0.0), np.where(w > 0, S, 0.0)
    M = np.zeros((len(R), 2 * n, 2 * n))
    cross = -(w * R * S).sum(axis=1)
    M[:, :n, n:] = cross
    M[:, n:, :n] = cross.transpose(0, 2, 1)
    place = np.arange(n)
    M[:, place, place] = (w * S**2).sum(axis=(1, 3))
    M[:, n + place, n + place] = (w * R**2).sum(axis=(1, 2))
    return M


def solve(M: Floats, right: Floats, moving: Mask) -> Floats:
    """Solution for the moving unknowns, others 0; equations scaled to a unit diagonal."""
    scaled, scale = _scaled(M, moving)
    found: Floats = scale * np.linalg.solve(scaled, (scale * right)[:, :, None])[:, :, 0]
    return found


def invert(M: Floats, moving: Mask) -> Floats:
    """Inverse for the moving unknowns, 0 elsewhere."""
    scaled, scale = _scaled(M, moving)
    found: Floats = scale[:, :, None] * np.linalg.inv(scaled) * scale[:, None, :]
    return found


def _scaled(M: Floats, moving: Mask) -> tuple[Floats, Floats]:
    diagonal = np.einsum("gii->gi", M)
    scale = np.where(moving & (diagonal > 0), 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1)), 0)
    scaled = M * scale[:, :, None] * scale[:, None, :]
    place = np.arange(M.shape[-1])
    scaled[:, place, place] = 1.0
    return scaled, scale


def disagreement(misfit: Floats, chance: Floats, scale: Floats, spare: Floats) -> Floats:
    """Relative disagreement ``tau (g,)`` of two reports beyond that of counts.

    Solves ``sum misfit^2 / (chance + tau^2 scale^2) = spare`` by halving (Paule and Mandel);
    0 when chance alone explains as much, missing when no cell is to spare. Cells that take
    no part have a misfit of 0 and a chance of 1.
    """

    def excess(tau: Floats) -> Floats:
        variance = chance + (tau[:, None, None, None] * scale) ** 2
        found: Floats = (misfit**2 / variance).sum(axis=(1, 2, 3)) - spare
        return found

    low, high = np.zeros(len(spare)), np.full(len(spare), _WIDEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        more = excess(middle) > 0
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    tau: Floats = np.where(excess(np.zeros(len(spare))) > 0, high, 0.0)
    return np.where(spare > 0, tau, np.nan)


def beyond(size: Floats, used: Mask, parameters: Floats, most: float) -> Mask:
    """Used cells whose weighted misfit is beyond so many robust standard deviations."""
    cells = used.sum(axis=(1, 2, 3)).astype(float)
    middle = np.array(
        [np.median(s[u]) if u.any() else 0.0 for s, u in zip(size, used, strict=True)]
    )
    spread = _MAD * middle * np.sqrt(over(cells, np.maximum(cells - parameters, 1)))
    return used & (size > most * spread[:, None, None, None])
