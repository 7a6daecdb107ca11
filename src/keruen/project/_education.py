# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of education: survival by level that keeps the total, steps up, one step of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import InfeasibleError

Floats = NDArray[np.float64]
ADULT = 3  # place of the age group 15-19
_STEEP = 8.0  # widest spread of log hazards between the lowest and the highest level
_HALVINGS = 50
_NEWTON = 40
_CLOSE = 1e-12


def hazard_ratios(survival: Floats, gap: Floats, levels: int) -> Floats:
    """Hazards of levels against the mean, (..., 2, E), so that e15 differs by ``gap``.

    ``survival`` is (..., 2, A) into each five-year group; log hazards are equally spaced.
    """
    place = np.linspace(0.5, -0.5, levels)
    low, high = np.zeros(survival.shape[:-1]), np.full(survival.shape[:-1], _STEEP)
    with np.errstate(over="ignore", under="ignore"):
        reach = _difference(survival, high)
        if (reach < gap).any():
            raise InfeasibleError(
                f"a gap of {float(np.max(gap)):g} years in life expectancy at 15 is out of reach",
                where="mortality_gap",
                remedy="give fewer years between the lowest and the highest level",
            )
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            wide = _difference(survival, middle) > gap
            high, low = np.where(wide, middle, high), np.where(wide, low, middle)
    ratios: Floats = np.exp(place * ((low + high) / 2)[..., None])
    return ratios


def _difference(survival: Floats, spread: Floats) -> Floats:
    """Life expectancy at 15 of the highest less that of the lowest level."""
    best, worst = (_e15(survival ** np.exp(sign * spread / 2)[..., None]) for sign in (-1, 1))
    return best - worst


def _e15(survival: Floats) -> Floats:
    """Years ahead of the group of 15-19, the last two groups by their common survival."""
    alive = np.cumprod(survival[..., ADULT + 1 : -1], axis=-1)
    last = survival[..., -1]
    beyond = alive[..., -1] * last / np.maximum(1 - last, 1e-9)
    years: Floats = 5 * (1 + alive.sum(-1) + beyond)
    return years


def survival_by_level(survival: Floats, people: Floats, ratios: Floats) -> Floats:
    """Survival (..., 2, X, E) by level; the mean over ``people`` is ``survival`` (..., 2, X).

    ``S_e = S ** (k r_e)`` with one ``k`` a cell, by Newton's rule: the mean is convex and
    falls in ``k``.
    """
    total = people.sum(-1, keepdims=True)
    weight = np.divide(people, total, out=np.full_like(people, 1 / people.shape[-1]),
                       where=total > 0)  # fmt: skip
    inside = np.clip(survival, 1e-12, 1 - 1e-12)[..., None]
    log = np.log(inside) * ratios[..., None, :]
    k = np.ones(survival.shape)
    for _ in range(_NEWTON):
        each = weight * np.exp(k[..., None] * log)
        miss = each.sum(-1) - inside[..., 0]
        if np.abs(miss).max() < _CLOSE:
            break
        k = np.maximum(k - miss / (each * log).sum(-1), k / 4)
    found = np.exp(k[..., None] * log)
    whole = (survival <= 0) | (survival >= 1)
    return np.where(whole[..., None], survival[..., None], found)


def move_up(people: Floats, ratios: Floats) -> Floats:
    """People (..., E) after the share ``ratios`` (..., E - 1) of each level went on."""
    after = people.astype(float, copy=True)
    for level in range(people.shape[-1] - 1):
        gone = after[..., level] * ratios[..., level]
        after[..., level] -= gone
        after[..., level + 1] += gone
    return after


def take_up(people: Floats, numbers: Floats) -> Floats:
    """People (..., E) after ``numbers`` (..., E - 1) of each level went on, or all there are."""
    after = people.astype(float, copy=True)
    for level in range(people.shape[-1] - 1):
        gone = np.minimum(after[..., level], numbers[..., level])
        after[..., level] -= gone
        after[..., level + 1] += gone
    return after


def numbers_up(people: Floats, ratios: Floats) -> Floats:
    """Numbers (..., E - 1) who go on from each level at the ratios."""
    after = people.astype(float, copy=True)
    gone = np.empty((*people.shape[:-1], people.shape[-1] - 1))
    for level in range(people.shape[-1] - 1):
        gone[..., level] = after[..., level] * ratios[..., level]
        after[..., level] -= gone[..., level]
        after[..., level + 1] += gone[..., level]
    return gone


def survivors(adults: Floats, children: Floats, survival: Floats, by_level: Floats) -> Floats:
    """Those of 15 and over five years on, (..., 2, X, E), before anybody moves up.

    ``adults`` (..., 2, X, E) from 15; ``children`` (..., 2) of 10 to 14; ``survival``
    (..., 2, A); ``by_level`` (..., 2, X - 1, E) into the groups from 20.
    """
    shape = np.broadcast_shapes(adults.shape[:-2], survival.shape[:-1], children.shape)
    ahead = np.zeros((*shape, *adults.shape[-2:]))
    ahead[..., 0, 0] = children * survival[..., ADULT]
    ahead[..., 1:, :] = adults[..., :-1, :] * by_level
    ahead[..., -1, :] += adults[..., -1, :] * by_level[..., -1, :]
    return ahead
