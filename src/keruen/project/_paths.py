# SPDX-License-Identifier: Apache-2.0
"""Cohort-component projection of many paths around one set of components.

A cell (country) holds its paths contiguously: ``P`` is (2 A, K) with sex and age as rows,
so that growing older is a copy of rows and sums over ages are products with a row vector.
Survival varies over paths through life expectancy alone: life tables are made at a few
nodes of it and interpolated, which is one small matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from keruen.project import _graduation as graduation
from keruen.project import _lifetable as lifetable
from keruen.project._kernel import Floats

NODES: Final = 12
"""Life tables across the range of the paths; survivorship is a local cubic between them."""

_DEGREE: Final = 7
_MARGIN: Final = 0.05
"""Years added on both sides of the range of life expectancies, so that nodes differ."""


@dataclass(frozen=True)
class Cell:
    """Components of one cell, time first; rows are females then males by age.

    ``survival`` (T, 2, A, NODES) survivorship at nodes evenly spaced in the level of
    mortality; ``level`` (T, 2, DEGREE) coefficients of a path's place among the nodes in
    its life expectancy less ``centre`` over ``half`` (T, 2); ``pattern`` (T, F) fertility
    that adds to 1; ``net`` (T, 2 A) medium net migrants.
    """

    survival: Floats
    level: Floats
    centre: Floats
    half: Floats
    pattern: Floats
    boys: Floats
    net: Floats
    inward: Floats
    outward: Floats
    gross: float


class Mortality(NamedTuple):
    """The parts of a cell that give survivorship from life expectancy."""

    survival: Floats
    level: Floats
    centre: Floats
    half: Floats


def mortality_nodes(m: Floats, low: Floats, high: Floats) -> Mortality:
    """Survivorship at nodes that span life expectancies from ``low`` to ``high`` (T, 2).

    Rates ``m`` (T, 2, A) are multiplied by ``e^k`` with ``k`` evenly spaced.
    """
    centre, half = 0.5 * (low + high), 0.5 * (high - low) + _MARGIN
    survival = np.empty((*m.shape, NODES))
    level = np.empty((*low.shape, _DEGREE))
    width = np.ones(m.shape[-1])
    place = np.arange(NODES)
    for s, sex in enumerate("FM"):
        _, k_low = graduation.scale_to_expectancy(m[:, s], centre[:, s] - half[:, s], sex)
        _, k_high = graduation.scale_to_expectancy(m[:, s], centre[:, s] + half[:, s], sex)
        k = k_low[:, None] + (k_high - k_low)[:, None] * place / (NODES - 1)
        rates = m[:, s, None, :] * np.exp(k)[..., None]
        table = lifetable.columns(rates, lifetable.separation(rates, width, sex, "ak"), width)
        survival[:, s] = np.swapaxes(lifetable.survivorship(table.L, 1), -1, -2)
        x = (table.e[..., 0] - centre[:, s, None]) / half[:, s, None]
        V = x[..., None] ** np.arange(_DEGREE)
        level[:, s] = (np.linalg.pinv(V) @ place.astype(float)[:, None])[..., 0]
    return Mortality(survival, level, centre, half)


def node_weights(cell: Cell, t: int, e0: Floats) -> Floats:
    """Weights of the nodes (2, NODES, K) for paths with life expectancy ``e0`` (2, K).

    A cubic through the four nearest nodes.
    """
    x = (e0 - cell.centre[t, :, None]) / cell.half[t, :, None]
    place = np.full_like(x, cell.level[t, 0, -1])
    place[1] = cell.level[t, 1, -1]
    for coefficient in cell.level[t, :, -2::-1].T:
        place *= x
        place += coefficient[:, None]
    first = np.clip(place.astype(int) - 1, 0, NODES - 4)
    u = place - first
    weights = np.zeros((2, NODES, e0.shape[1]))
    sex, path = np.arange(2)[:, None], np.arange(e0.shape[1])
    a, b, c = u - 1, u - 2, u - 3
    weights[sex, first, path] = a * b * c / -6
    weights[sex, first + 1, path] = u * b * c / 2
    weights[sex, first + 2, path] = u * a * c / -2
    weights[sex, first + 3, path] = u * a * b / 6
    return weights


def survivors(cell: Cell, t: int, P: Floats, weights: Floats, out: Floats) -> Floats:
    """Survivors (2 A, K) one step later, by ``node_weights``; ``out`` may be ``P``.

    The newborn rows hold survival from birth, to be multiplied by births.
    """
    A = len(P) // 2
    for s in range(2):
        p, older = P[s * A : (s + 1) * A], out[s * A : (s + 1) * A]
        S = cell.survival[t, s] @ weights[s]
        np.clip(S, 0.0, 1.0, out=S)
        S[-1] *= p[-2] + p[-1]
        S[1:-1] *= p[:-2]
        older[...] = S
    return out


def mothers(cell: Cell, t: int, P: Floats, first: int) -> Floats:
    """Women weighted by the pattern of fertility, (K,)."""
    return np.asarray(cell.pattern[t] @ P[first : first + cell.pattern.shape[1]])


def gross_flows(net: Floats, people: Floats, floor: float) -> Floats:
    """Inflow by the flow-difference rule; outflow is inflow less net migration.

    ``max(b0 P + N/2, r P, r P + N)`` with ``r = b0 / 10``.
    """
    least = 0.1 * floor * people
    return np.maximum(np.maximum(floor * people + 0.5 * net, least), least + net)


def migrants(cell: Cell, t: int, E: Floats, totals: tuple[Floats, Floats], out: Floats) -> Floats:
    """Net migrants (2 A, K) of paths with ``totals`` of net migrants and people (K,).

    The medium migrants by age, and the difference of the totals from the medium total
    spread as a difference of inflow, by its own ages, and outflow, by those at risk.
    """
    net, people = totals
    medium = cell.net[t].sum()
    more_in = gross_flows(net, people, cell.gross)
    more_in -= gross_flows(np.full_like(people, medium), people, cell.gross)
    more_out = more_in - (net - medium)
    leaving = E * cell.outward[:, None]
    leaving *= more_out / np.maximum(cell.outward @ E, 1e-9)
    ages = np.stack([cell.net[t], cell.inward], axis=1)
    arriving = ages @ np.stack([np.ones_like(more_in), more_in])
    np.subtract(arriving, leaving, out=out)
    return out
