# SPDX-License-Identifier: Apache-2.0
"""Cohort-component projection of many paths around one set of components.

A cell (country) holds its paths contiguously: ``P`` is (2 A, K) with sex and age as rows,
so that growing older is a copy of rows and sums over ages are products with a row vector.
Survival varies over paths through life expectancy alone: polynomials in it are fitted to a
few life tables, and evaluating them is one small matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from keruen.project import _graduation as graduation
from keruen.project import _lifetable as lifetable
from keruen.project._kernel import Floats

NODES: Final = 12
"""Life tables across the range of the paths, from which the polynomials are fitted."""

TERMS: Final = 10
"""Terms of the polynomials in life expectancy that give survivorship."""

_MARGIN: Final = 0.05
"""Years added on both sides of the range of life expectancies, so that nodes differ."""


@dataclass(frozen=True)
class Cell:
    """Components of one cell, time first; rows are females then males by age.

    ``survival`` (T, 2, A, TERMS) coefficients of survivorship in life expectancy less
    ``centre`` over ``half`` (T, 2); ``pattern`` (T, F) fertility that adds to 1; ``net``
    (T, 2 A) medium net migrants.
    """

    survival: Floats
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
    centre: Floats
    half: Floats


def mortality_terms(m: Floats, low: Floats, high: Floats) -> Mortality:
    """Survivorship as polynomials over life expectancies from ``low`` to ``high`` (T, 2).

    Rates ``m`` (T, 2, A) are multiplied by ``e^k``, with ``k`` at Chebyshev's nodes between
    the levels that give the ends of the range.
    """
    centre, half = 0.5 * (low + high), 0.5 * (high - low) + _MARGIN
    survival = np.empty((*m.shape, TERMS))
    width = np.ones(m.shape[-1])
    place = 0.5 - 0.5 * np.cos(np.pi * np.arange(NODES) / (NODES - 1))
    for s, sex in enumerate("FM"):
        _, k_low = graduation.scale_to_expectancy(m[:, s], centre[:, s] - half[:, s], sex)
        _, k_high = graduation.scale_to_expectancy(m[:, s], centre[:, s] + half[:, s], sex)
        k = k_low[:, None] + (k_high - k_low)[:, None] * place
        rates = m[:, s, None, :] * np.exp(k)[..., None]
        table = lifetable.columns(rates, lifetable.separation(rates, width, sex, "ak"), width)
        x = (table.e[..., 0] - centre[:, s, None]) / half[:, s, None]
        fit = np.linalg.pinv(x[..., None] ** np.arange(TERMS))
        survival[:, s] = np.swapaxes(fit @ lifetable.survivorship(table.L, 1), -1, -2)
    return Mortality(survival, centre, half)


def powers(cell: Cell, t: int, e0: Floats) -> Floats:
    """Powers (2, TERMS, K) of the place of paths in the range of life expectancy.

    ``e0`` (2, K), for the polynomials of survivorship.
    """
    x = (e0 - cell.centre[t, :, None]) / cell.half[t, :, None]
    terms = np.ones((2, TERMS, e0.shape[1]))
    for n in range(1, TERMS):
        np.multiply(terms[:, n - 1], x, out=terms[:, n])
    return terms


def survivors(cell: Cell, t: int, P: Floats, terms: Floats, out: Floats) -> None:
    """Survivors (2 A, K) one step later, by the ``powers`` of life expectancy, into ``out``.

    The newborn rows hold survival from birth, to be multiplied by births.
    """
    both = (2, len(P) // 2, P.shape[1])
    p, older = P.reshape(both), out.reshape(both)
    np.matmul(cell.survival[t], terms, out=older)
    if out.min() < 0:  # a polynomial may dip below a survivorship near zero
        np.maximum(out, 0.0, out=out)
    older[:, 1:-1] *= p[:, :-2]
    older[:, -1] *= p[:, -2] + p[:, -1]


def mothers(cell: Cell, t: int, P: Floats, first: int) -> Floats:
    """Women weighted by the pattern of fertility, (K,)."""
    return np.asarray(cell.pattern[t] @ P[first : first + cell.pattern.shape[1]])


def gross_flows(net: Floats, people: Floats, floor: float) -> Floats:
    """Inflow by the flow-difference rule; outflow is inflow less net migration.

    ``max(b0 P + N/2, r P, r P + N)`` with ``r = b0 / 10``.
    """
    least = 0.1 * floor * people
    return np.maximum(np.maximum(floor * people + 0.5 * net, least), least + net)


def more_flows(cell: Cell, t: int, net: Floats, people: Floats) -> tuple[Floats, Floats]:
    """In- and outflow (K,) beyond those of the medium total, of paths with ``net`` migrants."""
    medium = cell.net[t].sum()
    more_in = gross_flows(net, people, cell.gross)
    more_in -= gross_flows(medium, people, cell.gross)
    return more_in, more_in - (net - medium)


def migrants(cell: Cell, t: int, E: Floats, more: tuple[Floats, Floats], out: Floats) -> None:
    """Net migrants (2 A, K) of paths whose flows are ``more`` than the medium's, into ``out``.

    The medium migrants by age; inflow is added by its own ages, and outflow taken from those
    at risk.
    """
    more_in, more_out = more
    leaving = -more_out / np.maximum(cell.outward @ E, 1e-9)
    np.dot(cell.outward[:, None], leaving[None], out=out)
    out *= E
    ages = np.stack([cell.net[t], cell.inward], axis=1)
    out += ages @ np.stack([np.ones_like(more_in), more_in])
