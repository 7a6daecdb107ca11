# SPDX-License-Identifier: Apache-2.0
"""Aggregates of group-time effects, with the influence of cohort sizes being estimated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.decide.evaluate._group_time_cells import Cells
from keruen.decide.evaluate._panel import Floats, Panel

Which = Callable[[Floats], NDArray[np.bool_]]


@dataclass(frozen=True)
class Aggregate:
    """Effects by label (label,), their influence (unit, label), and all in one."""

    labels: Floats
    effect: Floats
    influence: Floats
    overall: float
    overall_influence: Floats


def by_size(
    effect: Floats, influence: Floats, cohort: Floats, panel: Panel
) -> tuple[float, Floats]:
    """Mean weighted by the size of each effect's cohort; sizes vary from sample to sample too."""
    members = (panel.cohort[:, None] == cohort).astype(np.float64)
    share = members.mean(0)
    weight = share / share.sum()
    mean = float(weight @ effect)
    sizes = (members - share) @ (effect - mean) / share.sum()
    return mean, influence @ weight + sizes


def simple(cells: Cells, panel: Panel) -> tuple[float, Floats]:
    """All treated cells by the size of their cohort."""
    some = cells.pick(cells.after)
    return by_size(some.effect, some.influence, some.cohort, panel)


def by_cohort(cells: Cells, panel: Panel) -> Aggregate:
    """Each cohort over its treated periods; overall by size."""
    some = cells.pick(cells.after)
    labels = np.unique(some.cohort)
    effect, influence = _means(some, labels, some.cohort)
    overall, whole = by_size(effect, influence, labels, panel)
    return Aggregate(labels, effect, influence, overall, whole)


def by_event(cells: Cells, panel: Panel) -> Aggregate:
    """By periods since treatment; overall the plain mean from 0 on."""
    some = cells.pick(np.isfinite(cells.effect))
    event = some.period - some.cohort
    return _sized(some, event, panel, lambda labels: labels >= 0)


def by_period(cells: Cells, panel: Panel) -> Aggregate:
    """By calendar period, of the cohorts treated by then; overall the plain mean."""
    some = cells.pick(cells.after)
    return _sized(some, some.period, panel, np.isfinite)


def _means(cells: Cells, labels: Floats, of: Floats) -> tuple[Floats, Floats]:
    """Plain means of the cells of each label."""
    inside = (of[:, None] == labels).astype(np.float64)
    weight = inside / inside.sum(0)
    return weight.T @ cells.effect, cells.influence @ weight


def _sized(cells: Cells, of: Floats, panel: Panel, counts: Which) -> Aggregate:
    labels = np.unique(of)
    found = [
        by_size(cells.effect[at], cells.influence[:, at], cells.cohort[at], panel)
        for at in (of == label for label in labels)
    ]
    effect = np.array([one[0] for one in found])
    influence = np.column_stack([one[1] for one in found])
    some = counts(labels)
    return Aggregate(
        labels,
        effect,
        influence,
        float(effect[some].mean()),
        np.asarray(influence[:, some].mean(1), dtype=np.float64),
    )
