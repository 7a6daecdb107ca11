# SPDX-License-Identifier: Apache-2.0
"""Numbers made from inputs: in which order, how, and from which inputs in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from keruen.decide.points._conditions import Facts
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.rules import Derived, Input


def derived_order(derived: Mapping[str, Derived]) -> list[Derived]:
    """Derived numbers so that each comes after those it is made of."""
    placed: list[Derived] = []
    left = dict(derived)
    while left:
        ready = [name for name, one in left.items() if not set(one.of) & left.keys()]
        if not ready:
            raise AssertionError("derived numbers are made of each other")
        placed += [left.pop(name) for name in ready]
    return placed


def derive(one: Derived, facts: Facts) -> NDArray[np.float64]:
    """A derived number of every profile."""
    parts = [facts.columns[name] for name in one.of]
    if one.kind == "least_of":
        return np.asarray(np.minimum.reduce(parts))
    if one.kind == "most_of":
        return np.asarray(np.maximum.reduce(parts))
    if one.kind == "sum_of":
        return np.asarray(np.add.reduce(parts))
    if one.kind == "ratio_of":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(parts[0] / parts[1])
    chosen = facts.columns[one.by]
    found = np.asarray(np.choose(np.maximum(chosen, 0), parts), dtype=np.float64)
    return np.where(chosen < 0, np.nan, found)


def inputs_of(names: Sequence[str], rules: RuleSet) -> dict[str, Input]:
    """Inputs behind some names, those of derived numbers in their place."""
    found: dict[str, Input] = {}
    for name in names:
        if name in rules.inputs:
            found[name] = rules.inputs[name]
        elif name in rules.derived:
            one = rules.derived[name]
            found |= inputs_of([*one.of, *([one.by] if one.by else [])], rules)
    return found
