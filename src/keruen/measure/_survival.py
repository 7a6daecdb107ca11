# SPDX-License-Identifier: Apache-2.0
"""Kernels of the survival-ratio method: ages carried forward, residuals, children from women."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats, over

SurvivalMethod = Literal["forward", "reverse", "average"]
Ages: TypeAlias = NDArray[np.int64]
MOTHERS: Final = (15, 45)
"""Ages of women in the child-woman ratio of newborns: from, to before."""


@dataclass(frozen=True)
class Ageing:
    """How age groups at the start pass into those at the end of an interval.

    ``start[k]`` is the youngest age at the start of the people who are in group ``end[k]``
    at the end; groups from ``start[-1]`` on all pass into the last one.
    """

    start: Ages
    end: Ages


def age_forward(start: Ages, end: Ages, years: int) -> Ageing:
    """Pairs of groups for sorted lower bounds at both dates; groups must fit each other."""
    later = np.minimum(start + years, end[-1])
    pairs = np.unique(later, return_index=True)
    reached: Ages = pairs[0]
    wanted = end[end >= reached[0]]
    if not np.array_equal(reached, wanted):
        lost = ", ".join(map(str, np.setxor1d(reached, wanted)[:5]))
        raise SchemaError(
            f"age groups of the two dates do not fit {years} years apart",
            where=f"ages at the end that do not match: {lost}",
            remedy="merge age groups so that each one at the start, plus the interval, is one"
            " at the end; the open group at the end takes all that are older",
            id="AgeGroups",
        )
    return Ageing(start[pairs[1]], reached)


def merge_oldest(population: Floats, ages: Ages, kept: Ages) -> Floats:
    """Population ``[..., age]`` with the groups from the last kept one on added together."""
    young = population[..., np.isin(ages, kept[:-1])]
    oldest = population[..., ages >= kept[-1]].sum(axis=-1, keepdims=True)
    return np.concatenate([young, oldest], axis=-1)


def survival_net(start: Floats, end: Floats, ratio: Floats, method: SurvivalMethod) -> Floats:
    """Population that survival does not account for; missing where the ratio is not above 0."""
    ratio = np.where(ratio > 0, ratio, np.nan)
    forward = end - ratio * start
    if method == "forward":
        return forward
    reverse = end / ratio - start
    return reverse if method == "reverse" else (forward + reverse) / 2


def group_survival(lived: Floats, ages: Ages, lower: Ages, years: int) -> Floats:
    """Person-years of groups after the interval over those before; the last group is open."""
    above = np.cumsum(lived[..., ::-1], axis=-1)[..., ::-1]
    before = above[..., np.searchsorted(ages, lower)]
    after = above[..., np.searchsorted(ages, lower + years)]
    closed = over(after[..., :-1] - after[..., 1:], before[..., :-1] - before[..., 1:])
    return np.concatenate([closed, over(after[..., -1:], before[..., -1:])], axis=-1)


def child_groups(ages: Ages, years: int) -> list[tuple[int, float, NDArray[np.bool_]]]:
    """Groups born within the interval: age, share of it they were alive, mothers' groups.

    A child aged a to b at the end has lived (a + b) / 2 years on average, so that it took
    part in this share of its mother's moves; its mother was 15 to 44 at its birth and is a
    years older.
    """
    groups = []
    for age, older in pairwise(ages.tolist()):
        if age >= years:
            break
        first, last = MOTHERS[0] + age, MOTHERS[1] + age
        if older > years or not np.isin([first, last], ages).all():
            raise SchemaError(
                "age groups do not separate children born in the interval, or their mothers",
                where=f"children of {age}, women of {first} to {last - 1}",
                remedy="give five-year or single-year age groups",
                id="AgeGroups",
            )
        groups.append((age, (age + older) / 2 / years, (ages >= first) & (ages < last)))
    return groups


def from_mothers(children: Floats, women: Floats, women_moved: Floats, share: float) -> Floats:
    """Moves of children: their share of the moves of women, times children per woman."""
    return share * over(children, women) * women_moved
