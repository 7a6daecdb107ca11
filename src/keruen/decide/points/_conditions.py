# SPDX-License-Identifier: Apache-2.0
"""Conditions of a rule set: for all profiles at once, and for a few codes that are known."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from keruen.decide.points.rules import Input

Bound: TypeAlias = "float | str"
"""A number, or the name of a dated value."""


@dataclass(frozen=True)
class Check:
    """One comparison of a condition.

    Parameters
    ----------
    subject : str
        Name of an input or a derived number; or of a factor or cap.
    of_points : bool
        Whether the points of the subject are compared instead of its value.
    op : {"at_least", "above", "at_most", "below", "in"}
        How it is compared.
    value : number, str or tuple of str
        A number or the name of a dated value; codes for ``in``.
    """

    subject: str
    of_points: bool
    op: Literal["at_least", "above", "at_most", "below", "in"]
    value: Bound | tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Conditions joined: all of them, any of them, or the opposite of the only one."""

    join: Literal["all", "any", "not"]
    parts: tuple[Condition, ...]


Condition: TypeAlias = "Check | Group"
"""When something holds."""


_OPS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}


@dataclass
class Facts:
    """What is known of some profiles while they are scored.

    Parameters
    ----------
    columns : dict of str to array
        Numbers, and the place of the code of each choice; derived numbers among them.
    inputs : mapping of str to Input
        Inputs of the rule set.
    values : mapping of str to float
        Dated values as they stand on the day.
    points : dict of str to array
        Points of factors and caps, once they are known.
    """

    columns: dict[str, NDArray[Any]]
    inputs: Mapping[str, Input]
    values: Mapping[str, float]
    points: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def number(self, bound: Bound) -> float:
        """A bound as it stands on the day."""
        return self.values[bound] if isinstance(bound, str) else bound


def evaluate(condition: Condition, facts: Facts) -> NDArray[np.bool_]:
    """Whether a condition holds, profile by profile; what is not stated does not hold."""
    if isinstance(condition, Check):
        return _tested(condition, facts)
    parts = [evaluate(one, facts) for one in condition.parts]
    if condition.join == "not":
        return ~parts[0]
    join = np.logical_and if condition.join == "all" else np.logical_or
    return np.asarray(join.reduce(parts))


def _tested(check: Check, facts: Facts) -> NDArray[np.bool_]:
    held = facts.points if check.of_points else facts.columns
    column = held[check.subject]
    if isinstance(check.value, tuple):
        codes = list(facts.inputs[check.subject].codes)
        chosen = np.array([code in check.value for code in [*codes, ""]])  # place -1: not stated
        return np.asarray(chosen[column])
    return np.asarray(_OPS[check.op](column, facts.number(check.value)))


def decided(condition: Condition | None, known: Mapping[str, str]) -> bool | None:
    """Whether a condition holds when only some codes are known; None when it is open."""
    if condition is None:
        return True
    if isinstance(condition, Check):
        if isinstance(condition.value, tuple) and condition.subject in known:
            return known[condition.subject] in condition.value
        return None
    parts = [decided(one, known) for one in condition.parts]
    if condition.join == "not":
        return None if parts[0] is None else not parts[0]
    settled = condition.join == "any"
    if settled in parts:
        return settled
    return None if None in parts else not settled


def checks_of(condition: Condition | None) -> Iterator[Check]:
    """Every comparison of a condition."""
    if isinstance(condition, Check):
        yield condition
    elif condition is not None:
        for one in condition.parts:
            yield from checks_of(one)
