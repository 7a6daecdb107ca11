# SPDX-License-Identifier: Apache-2.0
"""Kernel: prices of places, and the bound on any placement that follows from them.

For any prices, capacity at its price plus the best surplus of every family is at least the worth
of every placement. The prices that make this least are found by smoothing: the best surplus is
replaced by a soft maximum, which has a gradient, and the softness is taken away in steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.decide._placement_jobs import JobNumbers
from keruen.measure._threads import one_thread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SOFTNESS = (0.1, 0.03, 0.01, 0.003)
"""Steps of the soft maximum, as shares of the usual best worth of a family."""
_ROUNDS = 60
ROUGH = (0.02,)
"""One step from a good start, where prices are averaged over draws anyway."""


@dataclass(frozen=True)
class Side:
    """Limits on sums over the families at some places, or over some families at all places.

    Parameters
    ----------
    name : str
        What is limited.
    amount : ndarray [family, place]
        What one family at one place adds.
    member : ndarray of int [place] or [family]
        Which limit a place, or a family, counts for; -1 for none.
    limit : ndarray
        What each sum may reach.
    labels : tuple of str
        Names of the limits.
    of_places : bool
        Whether ``member`` is about places.
    """

    name: str
    amount: Floats
    member: Ints
    limit: Floats
    labels: tuple[str, ...]
    of_places: bool

    def penalty(self, price: Floats) -> Floats:
        """What the prices of the limits take from each pair."""
        spread = np.where(self.member >= 0, price[self.member], 0.0)
        return self.amount * (spread if self.of_places else spread[:, None])

    def sums(self, chosen: Floats) -> Floats:
        """The sums when a share of each pair is chosen."""
        parts = (self.amount * chosen).sum(axis=0 if self.of_places else 1)
        known = self.member >= 0
        sums = np.bincount(self.member[known], parts[known], minlength=len(self.limit))
        return np.asarray(sums, dtype=float)


@dataclass(frozen=True)
class Numbers:
    """A case as numbers.

    Parameters
    ----------
    worth : ndarray [family, place]
        Worth of each pair, minus infinity where it may not be.
    needs : ndarray of int [family, service]
        Units taken.
    capacity : ndarray of int [place, service]
        Units there.
    sides : tuple of Side
        Other limits.
    jobs : JobNumbers, optional
        Jobs by occupation.
    """

    worth: Floats
    needs: Ints
    capacity: Ints
    sides: tuple[Side, ...] = ()
    jobs: JobNumbers | None = None


@dataclass(frozen=True)
class Prices:
    """Prices of units, of the other limits and of job places, none below 0."""

    units: Floats
    sides: tuple[Floats, ...] = ()
    jobs: Floats | None = None


def surplus(case: Numbers, prices: Prices) -> Floats:
    """Worth of each pair less the price of what it takes."""
    left = case.worth - case.needs @ prices.units.T
    for side, price in zip(case.sides, prices.sides, strict=True):
        left -= side.penalty(price)
    if case.jobs is not None and prices.jobs is not None:
        left += case.jobs.surplus(prices.jobs, len(left))
    return np.asarray(left)


def bound(case: Numbers, prices: Prices) -> float:
    """No placement is worth more than this."""
    best = np.maximum(surplus(case, prices).max(axis=1, initial=0.0), 0.0)
    total = (case.capacity * prices.units).sum() + best.sum()
    for side, price in zip(case.sides, prices.sides, strict=True):
        total += side.limit @ price
    if case.jobs is not None and prices.jobs is not None:
        total += (case.jobs.places * prices.jobs).sum()
    return float(total)


def best_prices(
    case: Numbers,
    *,
    highest: float,
    start: Prices | None = None,
    steps: tuple[float, ...] = SOFTNESS,
) -> Prices:
    """Prices that make the bound small, none above ``highest``."""
    from scipy.optimize import minimize

    hope = case.worth if case.jobs is None else case.worth + case.jobs.hoped(len(case.worth))
    usual = np.maximum(hope.max(axis=1, initial=0.0), 0.0).mean() or 1.0
    flat = np.zeros(sum(_sizes(case)))
    if start is not None:
        jobs = [] if start.jobs is None else [start.jobs.ravel()]
        flat = np.minimum(np.concatenate([start.units.ravel(), *start.sides, *jobs]), highest)
    best, least = _unfold(case, flat), np.inf
    with one_thread():  # the products are small: threads would only wait for each other
        for softness in steps:
            found = minimize(
                _soft_bound,
                flat,
                args=(case, softness * usual),
                jac=True,
                method="L-BFGS-B",
                bounds=[(0.0, highest)] * len(flat),
                options={"maxiter": _ROUNDS, "maxcor": 30},
            )
            flat = found.x
            reached = bound(case, _unfold(case, flat))
            if reached < least:
                best, least = _unfold(case, flat), reached
    return best


def _unfold(case: Numbers, flat: Floats) -> Prices:
    units, *sides, jobs = np.split(flat, np.cumsum(_sizes(case))[:-1])
    shaped = None if case.jobs is None else jobs.reshape(case.jobs.places.shape)
    return Prices(units.reshape(case.capacity.shape), tuple(sides), shaped)


def _sizes(case: Numbers) -> list[int]:
    jobs = 0 if case.jobs is None else case.jobs.places.size
    return [case.capacity.size, *(len(side.limit) for side in case.sides), jobs]


def _soft_bound(flat: Floats, case: Numbers, softness: float) -> tuple[float, Floats]:
    """The bound with a soft maximum, and its slope: what is left of each limit."""
    prices = _unfold(case, flat)
    left = surplus(case, Prices(prices.units, prices.sides))
    shares: list[Floats] = []
    if case.jobs is not None and prices.jobs is not None:
        gained, shares = case.jobs.soft_surplus(prices.jobs, len(left), softness)
        left += gained
    top = np.maximum(left.max(axis=1, initial=0.0), 0.0)
    chosen = np.exp((left - top[:, None]) / softness)
    whole = np.exp(-top / softness) + chosen.sum(axis=1)
    value = (case.capacity * prices.units).sum() + (top + softness * np.log(whole)).sum()
    chosen /= whole[:, None]
    slopes = [(case.capacity - chosen.T @ case.needs).ravel()]
    for side, price in zip(case.sides, prices.sides, strict=True):
        value += side.limit @ price
        slopes.append(side.limit - side.sums(chosen))
    if case.jobs is not None and prices.jobs is not None:
        value += (case.jobs.places * prices.jobs).sum()
        slopes.append(case.jobs.slope(chosen, shares).ravel())
    return float(value), np.concatenate(slopes)
