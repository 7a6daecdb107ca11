# SPDX-License-Identifier: Apache-2.0
"""Group-time effects as tables and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from keruen.decide.evaluate import _group_time_sums as sums
from keruen.decide.evaluate import _influence as inference
from keruen.decide.evaluate._group_time_cells import Cells, Controls, estimate_cells
from keruen.decide.evaluate._panel import Floats, Panel, common_checks
from keruen.decide.evaluate._two_way import TwoWay
from keruen.decide.evaluate.result import Check

if TYPE_CHECKING:
    import pandas as pd

_OVERLAP = 0.995
_PRE_TREND = 0.05


def pre_trend(cells: Cells, panel: Panel, anticipation: int) -> Check:
    """Joint test that cohorts and controls moved alike before treatment.

    Not judged where a cohort tested, or the never treated, are one cluster: nothing tells how
    far they stray.
    """
    early = cells.pick(cells.before(anticipation))
    parts = inference.cluster_sums(early.influence, panel.cluster)
    groups = inference.strata(panel.cohort, panel.cluster)
    chance = inference.joint_chance(early.effect, parts, groups)
    tested = np.unique([*early.cohort, *panel.cohort[np.isinf(panel.cohort)]])
    if any(len(np.unique(panel.cluster[panel.cohort == date])) < 2 for date in tested):
        chance = np.nan
    judged = None if np.isnan(chance) else chance >= _PRE_TREND
    return Check("pre_trend", judged, chance, _PRE_TREND)


def trend_before(panel: Panel) -> Check:
    """Joint test of trends before treatment, against whoever is not treated."""
    controls: Controls = "never" if np.isinf(panel.cohort).any() else "not_yet"
    return pre_trend(estimate_cells(panel, controls, "varying", 0), panel, 0)


def not_estimated(cells: Cells, panel: Panel) -> list[tuple[str, object, object, str]]:
    """Cells without controls, listed as adjustments."""
    gone = ~np.isfinite(cells.effect)
    return [
        (f"cohort={g:g}, {panel.time}={t:g}", int(n), "not estimated", "no controls in the cell")
        for g, t, n in zip(cells.cohort[gone], cells.period[gone], cells.treated[gone], strict=True)
    ]


@dataclass(frozen=True)
class Bands:
    """How intervals and bands of one panel are made."""

    panel: Panel
    level: float
    draws: int
    random: np.random.Generator

    def table(self, keys: dict[str, Floats], effect: Floats, influence: Floats) -> pd.DataFrame:
        """Effects with the interval of each alone and the band of all."""
        parts = inference.cluster_sums(influence, self.panel.cluster)
        reach = inference.simultaneous_reach(
            parts, level=self.level, draws=self.draws, random=self.random
        )
        return inference.effects_table(keys, effect, parts, level=self.level, reach=reach)


def effect_tables(cells: Cells, anticipation: int, bands: Bands) -> dict[str, pd.DataFrame]:
    """Effects by cell, time since treatment, cohort and period, and in all."""
    panel = bands.panel
    some = cells.pick(np.isfinite(cells.effect))
    keys = {"cohort": some.cohort, "period": some.period, "base": some.base}
    found = {"cells": bands.table(keys, some.effect, some.influence)}
    found["cells"].insert(3, "kind", _kinds(some, anticipation))
    found["cells"] = found["cells"].assign(treated=some.treated, controls=some.controls)
    parts = {
        "event": sums.by_event(cells, panel),
        "cohort": sums.by_cohort(cells, panel),
        "period": sums.by_period(cells, panel),
    }
    for name, part in parts.items():
        found[f"{name}s"] = bands.table({name: part.labels}, part.effect, part.influence)
    sizes = [int((panel.cohort == date).sum()) for date in parts["cohort"].labels]
    found["cohorts"].insert(1, "units", sizes)
    wholes = {"simple": sums.simple(cells, panel)}
    wholes |= {name: (part.overall, part.overall_influence) for name, part in parts.items()}
    influence = np.column_stack([whole[1] for whole in wholes.values()])
    found["overall"] = inference.effects_table(
        {},
        np.array([whole[0] for whole in wholes.values()]),
        inference.cluster_sums(influence, panel.cluster),
        level=bands.level,
    )
    found["overall"].insert(0, "aggregate", list(wholes))
    return found


def _kinds(cells: Cells, anticipation: int) -> list[str]:
    words = np.where(cells.after, "after", "before").astype(object)
    words[(cells.period >= cells.cohort - anticipation) & ~cells.after] = "anticipation"
    words[cells.period == cells.base] = "base"
    return [str(word) for word in words]


def checks(
    cells: Cells, panel: Panel, anticipation: int, weights: TwoWay | None
) -> tuple[Check, ...]:
    """Trends before treatment, sizes, overlap, and what two-way effects would weigh."""
    found = [pre_trend(cells, panel, anticipation), *common_checks(panel)]
    if np.isfinite(cells.largest_chance):
        passed = cells.largest_chance < _OVERLAP
        found.append(Check("overlap", passed, cells.largest_chance, _OVERLAP))
    if weights is not None:
        found.append(Check("two_way_negative_weight", None, weights.negative, 0.0))
    return tuple(found)


def comparison(weights: TwoWay, simple: float) -> dict[str, pd.DataFrame]:
    """Two-way fixed effects beside the mean by size, and what makes the difference."""
    import pandas as pd

    gap = weights.effect - simple
    rest = gap - weights.from_weights - weights.from_before
    rest = 0.0 if abs(rest) < 1e-12 * (abs(simple) + abs(gap)) else rest  # nothing but rounding
    known = {
        "two_way": weights.effect,
        "simple": simple,
        "gap": gap,
        "gap_from_weights": weights.from_weights,
        "gap_from_before": weights.from_before,
        "gap_from_comparison": rest,
        "negative_weight": weights.negative,
        "units": weights.units,
    }
    figures = pd.DataFrame({"figure": list(known), "value": list(known.values())})
    return {"two_way": weights.weights, "comparison": figures}
