# SPDX-License-Identifier: Apache-2.0
"""The multiregional step on plain arrays: (2, A, K, R) with paths and regions last.

People are row vectors over regions, so one year of all regions and paths is one small
matrix product for every sex and age: ``E[x] = P[x-1] @ T[x]``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rate_matrix(death: Floats, move: Floats, emigration: Floats) -> Floats:
    """Matrix R of a multistate model (..., R, R) from rates of leaving.

    ``R[i, i]`` all ways of leaving i, ``R[i, j] = -m[i, j]``; the diagonal of ``move`` is
    not read.
    """
    count = move.shape[-1]
    R = -move * (1 - np.eye(count))
    out = death + emigration - R.sum(axis=-1)
    place = np.arange(count)
    R[..., place, place] = out
    return R


def transition_linear(R: Floats, n: float) -> Floats:
    """``(I - nR/2)(I + nR/2)^-1``: events spread evenly over the interval."""
    eye = np.eye(R.shape[-1])
    return np.asarray(np.linalg.solve(eye + 0.5 * n * R, eye - 0.5 * n * R))


def transition_exponential(R: Floats, n: float) -> Floats:
    """``expm(-nR)``: constant rates within the interval."""
    from scipy.linalg import expm

    return np.asarray(expm(-n * R))


def survivorship(P: Floats, R_open: Floats, n: float) -> Floats:
    """Survivorship of age groups from transition probabilities at exact ages.

    ``P`` (..., A, R, R), the open group last, where ``R_open`` (..., R, R) is its rate
    matrix. ``S[x] = (I + P[x-1])^-1 P[x-1] (I + P[x])``; the last two groups share the
    ratio of stationary person-years.
    """
    eye = np.eye(P.shape[-1])
    S = np.empty_like(P)
    S[..., 0, :, :] = 0.5 * (eye + P[..., 0, :, :])
    ready = np.linalg.solve(eye + P[..., :-2, :, :], P[..., :-2, :, :])
    S[..., 1:-1, :, :] = ready @ (eye + P[..., 1:-1, :, :])
    before = P[..., -2, :, :]
    above = before @ np.linalg.inv(R_open)
    S[..., -1, :, :] = np.linalg.solve(0.5 * n * (eye + before) + above, above)
    return S


def age_on(P: Floats, T: Floats) -> Floats:
    """Survivors (2, A, K, R) by region of arrival; the newborn group is left at zero."""
    E = np.empty_like(P)
    E[:, 0] = 0.0
    np.matmul(P[:, :-2], T[:, 1:-1], out=E[:, 1:-1])
    np.matmul(P[:, -2] + P[:, -1], T[:, -1], out=E[:, -1])
    return E


def sources(P: Floats, newborn: Floats) -> Floats:
    """Those exposed on the way into each group (2, A, K, R), by region of departure."""
    source = np.empty_like(P)
    source[:, 0] = newborn
    source[:, 1:] = P[:, :-1]
    source[:, -1] += P[:, -1]
    return source


def moves_total(source: Floats, T: Floats) -> Floats:
    """People who changed region, (K, R, R), summed over sex and age."""
    rows = source.reshape(-1, *source.shape[2:]).transpose(2, 1, 0)
    steps = T.reshape(-1, *T.shape[2:]).transpose(1, 0, 2)
    flows = np.matmul(rows, steps).transpose(1, 0, 2).copy()
    place = np.arange(flows.shape[-1])
    flows[:, place, place] = 0.0
    return np.asarray(flows)


def moves_by_age(source: Floats, T: Floats) -> Floats:
    """People who changed region, (2, A, K, R, R)."""
    flows = source[..., None] * T[:, :, None]
    place = np.arange(flows.shape[-1])
    flows[..., place, place] = 0.0
    return flows


def gross(source: Floats, E: Floats, T: Floats, M: Floats) -> Floats:
    """Arrivals and departures of each region together, internal and international."""
    stay = source * np.diagonal(T, axis1=-2, axis2=-1)[:, :, None]
    left = source * T.sum(axis=-1)[:, :, None] - stay
    return np.asarray((E - stay) + left + np.abs(M))


@dataclass(frozen=True)
class Agreed:
    """Closing population that agrees with the nation, and what each cell was given."""

    closing: Floats
    given: Floats


def agree_by_migration(closing: Floats, nation: Floats, flows: Floats, max_out: float) -> Agreed:
    """The difference to the nation as migration, in proportion to gross flows.

    ``nation`` (2, A, K). A group never loses more than ``max_out``; the rest of a loss
    falls on the regions that have people left.
    """
    gap = (nation - closing.sum(axis=-1))[..., None]
    weight = flows.sum(axis=-1, keepdims=True)
    people = closing.sum(axis=-1, keepdims=True)
    even = np.full_like(closing, 1 / closing.shape[-1])
    by_people = np.divide(closing, people, out=even, where=people > 0)
    share = np.divide(flows, weight, out=by_people, where=weight > 0)
    given = gap * share
    short = np.maximum(-max_out * closing - given, 0.0)
    if short.any():
        given += short
        room = closing + given
        whole = room.sum(axis=-1, keepdims=True)
        part = np.divide(room, whole, out=np.zeros_like(room), where=whole > 0)
        given -= short.sum(axis=-1, keepdims=True) * part
    return Agreed(closing + given, given)


def agree_by_raking(closing: Floats, nation: Floats) -> Agreed:
    """Populations of all regions scaled to the nation, by sex and age."""
    people = closing.sum(axis=-1)
    even = np.full_like(closing, 1 / closing.shape[-1])
    share = np.divide(closing, people[..., None], out=even, where=people[..., None] > 0)
    raked = share * nation[..., None]
    return Agreed(raked, raked - closing)
