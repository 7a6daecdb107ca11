# SPDX-License-Identifier: Apache-2.0
"""Kernel of the imputation estimator: untreated outcomes foretold from untreated cells alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keruen.core.errors import EstimationError
from keruen.decide.evaluate._panel import Floats, Panel


@dataclass(frozen=True)
class Imputed:
    """Effects of treated cells (unit, period), missing elsewhere, and the two-way fit."""

    effect: Floats
    residual: Floats  # of untreated cells, 0 elsewhere
    untreated: Floats  # 1 where a cell was seen and not treated
    left: Floats  # pseudo-inverse of the normal equations of periods
    panel: Panel


def impute(panel: Panel) -> Imputed:
    """Effects of units and periods from untreated cells; what treated cells lie above them."""
    seen = np.isfinite(panel.values)
    untreated = (seen & ~panel.treated()).astype(np.float64)
    _identified(panel, untreated, seen)
    count = np.maximum(untreated.sum(1), 1.0)
    values = np.where(seen, panel.values, 0.0)
    unit_mean = (values * untreated).sum(1) / count
    normal = np.diag(untreated.sum(0)) - (untreated / count[:, None]).T @ untreated
    left = np.linalg.pinv(normal, rcond=1e-10, hermitian=True)
    period = left @ ((values - unit_mean[:, None]) * untreated).sum(0)
    unit = unit_mean - (untreated @ period) / count
    rest = np.where(seen, panel.values - unit[:, None] - period, np.nan)
    return Imputed(
        effect=np.where(seen & panel.treated(), rest, np.nan),
        residual=np.where(untreated > 0, rest, 0.0),
        untreated=untreated,
        left=left,
        panel=panel,
    )


def _identified(panel: Panel, untreated: Floats, seen: np.ndarray) -> None:
    treated = seen & panel.treated()
    bare = panel.periods[treated.any(0) & (untreated.sum(0) == 0)]
    if len(bare):
        raise EstimationError(
            "all units are treated in some periods: nothing tells what would have been",
            where=f"{panel.time} {', '.join(f'{one:g}' for one in bare[:5])}",
            remedy="end the panel before them, or add units that were not treated",
            id="NoControls",
        )
    lost = panel.units[treated.any(1) & (untreated.sum(1) == 0)]
    if len(lost):
        raise EstimationError(
            f"{len(lost)} treated units are not seen before treatment",
            where=f"{panel.unit} {', '.join(str(one) for one in lost[:5])}",
            remedy="leave them out",
            id="NotIdentified",
        )


def mean_effect(found: Imputed, weight: Floats) -> tuple[float, Floats]:
    """Weighted mean of treated cells and the influence of each unit on it.

    Errors are conservative: treated cells are set against the mean of their cohort and period.
    """
    panel = found.panel
    weight = np.where(np.isfinite(found.effect), weight, 0.0)
    weight = weight / weight.sum()
    mean = float(np.nansum(weight * found.effect))
    count = np.maximum(found.untreated.sum(1), 1.0)
    per_unit = weight.sum(1)
    by_period = found.left @ (weight.sum(0) - found.untreated.T @ (per_unit / count))
    by_unit = (per_unit - found.untreated @ by_period) / count
    spread = -found.untreated * (by_unit[:, None] + by_period)
    own = np.zeros_like(found.residual)
    for date in panel.cohorts:
        rows = panel.cohort == date
        cells = found.effect[rows]
        known = np.isfinite(cells)
        average = np.where(known, cells, 0.0).sum(0) / np.maximum(known.sum(0), 1)
        own[rows] = np.where(known, cells - average, 0.0)
    influence = (spread * found.residual + weight * own).sum(1)
    return mean, influence * len(influence)
