# SPDX-License-Identifier: Apache-2.0
"""What two-way fixed effects average: their weight on every cohort and period.

The regression of outcomes on treatment with effects of units and periods is a sum of group-time
effects, some with negative weights, and some from before treatment. Set beside the weights by
size it says exactly where the two numbers part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.decide.evaluate._panel import Floats, Panel, whole_numbers

if TYPE_CHECKING:
    import pandas as pd

_NOTHING: Final = 1e-12
"""Weights closer to zero than this are rounding."""


@dataclass(frozen=True)
class TwoWay:
    """The coefficient, its weights by cohort and period, and the units it rests on."""

    effect: float
    weights: pd.DataFrame  # cohort, period, after, effect, weight, size_weight
    units: int

    @property
    def negative(self) -> float:
        """Sum of the negative weights on treated cells, without its sign."""
        after = self.weights.loc[self.weights["after"], "weight"]
        return float(after[after < -_NOTHING].abs().sum())

    @property
    def from_weights(self) -> float:
        """Part of the gap to the mean by size that comes from weighing treated cells."""
        after = self.weights[self.weights["after"]]
        return float(((after["weight"] - after["size_weight"]) * after["effect"]).sum())

    @property
    def from_before(self) -> float:
        """Part of the gap that comes from periods before treatment."""
        before = self.weights[~self.weights["after"]]
        return float((before["weight"] * before["effect"]).sum())


def two_way(panel: Panel) -> TwoWay | None:
    """Weights on units seen in all periods; None where too few are."""
    whole = panel.keep(np.asarray(np.isfinite(panel.values).all(1)))
    if len(np.unique(whole.cohort)) < 2 or not np.isfinite(whole.cohort).any():
        return None
    treated = whole.treated().astype(np.float64)
    rest = treated - treated.mean(1, keepdims=True) - treated.mean(0) + treated.mean()
    square = float((rest**2).sum())
    if square < 1e-12 * treated.size:
        return None
    effect = float((rest * whole.values).sum() / square)
    return TwoWay(effect=effect, weights=_weights(whole, rest, square), units=len(rest))


def _weights(panel: Panel, rest: Floats, square: float) -> pd.DataFrame:
    """One row a cohort and period; effects against never-treated units, from the last base."""
    import pandas as pd

    never = panel.values[np.isinf(panel.cohort)]
    base_line = never.mean(0) if len(never) else np.full(len(panel.periods), np.nan)
    rows = []
    for date in panel.cohorts:
        own = panel.cohort == date
        place = int(np.flatnonzero(panel.periods < date)[-1])
        line = panel.values[own].mean(0) - base_line
        rows.append(
            pd.DataFrame(
                {
                    "cohort": whole_numbers(np.full(len(panel.periods), date)),
                    "period": whole_numbers(panel.periods),
                    "after": panel.periods >= date,
                    "effect": line - line[place],
                    "weight": rest[own].sum(0) / square,
                    "size_weight": float(own.sum()) * (panel.periods >= date),
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    table["size_weight"] /= table["size_weight"].sum()
    return table
