# SPDX-License-Identifier: Apache-2.0
"""The cohort-component step on plain arrays: sex and age last, any cells before them.

``P`` opening population (..., 2, A), ``S`` survival into each group (..., 2, A), ``M`` net
migrants (..., 2, A), ``asfr`` (..., F) over the fertile ages only, ``boys`` (...) share of
boys among births. Sex 0 is female. Only the logical order of axes is fixed: elementwise
operations follow the order in memory, so that the caller may lay paths contiguously.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.project.rules import Rules

Floats = NDArray[np.float64]

TRACE: Final = 1e-5
"""Persons left in a group that migration would empty before the step."""

REMNANT: Final = 5e-4
"""Persons set where the closing population would be negative."""


@dataclass
class Changes:
    """Cells of migration that a rule changed: year, cell, values before and after."""

    year: list[int] = field(default_factory=list)
    cells: list[tuple[NDArray[np.intp], ...]] = field(default_factory=list)
    before: list[Floats] = field(default_factory=list)
    after: list[Floats] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)

    def add(self, year: int, where: NDArray[np.bool_], old: Floats, new: Floats, why: str) -> None:
        """Note the cells of one year where a rule acted."""
        self.year.append(year)
        self.cells.append(np.nonzero(where))
        self.before.append(old[where])
        self.after.append(new[where])
        self.reason.append(why)


@dataclass
class Step:
    """What one step needs besides the population; ``M`` may be changed in place."""

    S: Floats
    asfr: Floats
    boys: Floats
    M: Floats
    fertile: slice


@dataclass
class Outcome:
    """What one step yields, shaped as the population; births (..., 2, F) by age of mother."""

    closing: Floats
    births: Floats
    deaths: Floats


def survive(P: Floats, S: Floats, out: Floats) -> Floats:
    """Survivors of each group one step later; the newborn group is left at zero."""
    np.multiply(P[..., :-1], S[..., 1:], out=out[..., 1:])
    out[..., -1] += P[..., -1] * S[..., -1]
    out[..., 0] = 0.0
    return out


def limit_outflow(P: Floats, M: Floats, rules: Rules, note: Callable[..., None]) -> None:
    """Keep migration from emptying a group, by the rule chosen, ``M`` in place."""
    if rules.outflow == "guard":
        # An empty group that nobody leaves stays empty, so that no people appear from nothing.
        empty = (P + M <= 0) & (M < 0)
        limit, why = TRACE - P, "group would be emptied"
    else:
        limit, why = -rules.max_out * P, f"more than {rules.max_out:.0%} would leave"
        empty = limit > M
    if empty.any():
        before = M.copy()
        np.copyto(M, limit, where=empty)
        note(empty, before, M, why)


def exposed_women(P: Floats, E: Floats, joined: Floats, step: Step, rules: Rules) -> Floats:
    """Woman-years by fertile age under the rule of exposure.

    ``E`` survivors before migrants join at the end, ``joined`` migrants who join then.
    """
    ages = step.fertile
    opening, joining = P[..., 0, ages], joined[..., 0, ages]
    if rules.births_exposure == "closed":
        before = slice(ages.start - 1, ages.stop - 1)
        women = opening + P[..., 0, before] * step.S[..., 0, ages]
    else:
        women = opening + E[..., 0, ages]
        if rules.births_exposure == "published":
            women += joining
        elif rules.migration == "even":
            women += 2 * joining
    women *= 0.5 * rules.interval
    return women


def births_of(step: Step, women: Floats) -> Floats:
    """Births by sex of child and age of mother, (..., 2, F), from woman-years."""
    women = women * step.asfr
    births = np.empty((*women.shape[:-1], 2, women.shape[-1]))
    np.multiply(women, step.boys[..., None], out=births[..., 1, :])
    np.subtract(women, births[..., 1, :], out=births[..., 0, :])
    return births


def advance(P: Floats, step: Step, rules: Rules, note: Callable[..., None]) -> Outcome:
    """One step of the cohort-component method; see section 2.2 of the specification."""
    M, S = step.M, step.S
    limit_outflow(P, M, rules, note)
    joined = 0.5 * M if rules.migration == "even" else M
    H = P + joined if rules.migration == "even" else P
    E = survive(H, S, np.empty_like(P))
    closing = E + joined
    births = births_of(step, exposed_women(P, E, joined, step, rules))
    newborn = births.sum(axis=-1)
    E[..., 0] = newborn * S[..., 0]
    closing[..., 0] += E[..., 0]
    deaths = np.empty_like(P)
    np.subtract(H[..., :-1], E[..., 1:], out=deaths[..., 1:])
    deaths[..., -1] += H[..., -1]
    deaths[..., 0] = newborn - E[..., 0]
    if closing.min() < 0:
        fill_negative(closing, M, note)
    return Outcome(closing, births, deaths)


def fill_negative(closing: Floats, M: Floats, note: Callable[..., None]) -> None:
    """Raise negative closing cells to a remnant, and count the difference as migration."""
    negative = closing < 0
    before = M.copy()
    np.add(M, REMNANT - closing, out=M, where=negative)
    closing[negative] = REMNANT
    note(negative, before, M, "closing population would be negative")


def deaths_by_age(deaths: Floats, lower: Floats) -> Floats:
    """Deaths by age at death from deaths of cohorts between two groups.

    ``lower[x]`` is the share of those dying between group x and x + 1 who do so in x.
    """
    result = deaths.copy()
    moved = deaths[..., 1:] * lower[..., :-1]
    result[..., 1:] -= moved
    result[..., :-1] += moved
    return result


def net_from_rate(rate: Floats, P: Floats, max_out: float, note: Callable[..., None]) -> Floats:
    """Net migrants from rates on the opening population, outflow limited, total kept.

    What is cut from groups that would lose more than ``max_out`` is taken from the gains of
    the others in proportion, as far as these reach.
    """
    M = rate * P
    floor = -max_out * P
    cut = np.maximum(floor - M, 0.0)
    if cut.any():
        before = M.copy()
        M += cut
        gain = np.maximum(M, 0.0)
        total = gain.sum(axis=(-2, -1), keepdims=True)
        share = np.divide(
            cut.sum(axis=(-2, -1), keepdims=True), total, out=np.zeros_like(total), where=total > 0
        )
        M -= gain * np.minimum(share, 1.0)
        note(before != M, before, M, f"more than {max_out:.0%} would leave")
    return M
