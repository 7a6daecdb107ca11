# SPDX-License-Identifier: Apache-2.0
"""How good chances of work are: scores, calibration, the same for each group, overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keruen.core.errors import ConvergenceError
from keruen.decide._employment import Floats, Ints, logistic_line, logit

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
_BINS = 10
_FEW = 30


def scores(chance: Floats, outcome: Ints, reference: Floats, group: np.ndarray) -> pd.DataFrame:
    """One row for all and one for each group."""
    import pandas as pd

    rows = [(ALL, *_row(chance, outcome, reference))]
    for name in np.unique(group).tolist() if len(group) else []:
        here = group == name
        rows.append((str(name), *_row(chance[here], outcome[here], reference[here])))
    columns = ["group", "persons", "in_work", "brier", "reference", "skill", "log_loss"]
    return pd.DataFrame(rows, columns=[*columns, "intercept", "slope", "calibration_error"])


def _row(chance: Floats, outcome: Ints, reference: Floats) -> tuple[float, ...]:
    brier = float(((chance - outcome) ** 2).mean())
    plain = float(((reference - outcome) ** 2).mean())
    loss = float(-np.log(np.where(outcome == 1, chance, 1 - chance)).mean())
    skill = 1 - brier / plain if plain else np.nan
    level, slope = _line(chance, outcome)
    error = calibration_error(chance, outcome)
    share = float(outcome.mean())
    return len(outcome), share, brier, plain, skill, loss, level, slope, error


def _line(chance: Floats, outcome: Ints) -> tuple[float, float]:
    """Intercept and slope of calibration, missing where persons are too few to tell."""
    if len(outcome) < _FEW or not 0 < outcome.sum() < len(outcome) or np.ptp(chance) == 0:
        return np.nan, np.nan
    try:
        return logistic_line(logit(chance), outcome)
    except ConvergenceError:
        return np.nan, np.nan


def calibration_error(chance: Floats, outcome: Ints) -> float:
    """Mean distance of chance and outcome in ten bins of equal width, by persons."""
    bins = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    apart = np.bincount(bins, chance - outcome, minlength=_BINS)
    return float(np.abs(apart).sum() / len(chance))


def overlap(profile: Ints, place: Ints, shape: tuple[int, int]) -> Floats:
    """Share of the persons of each profile that were placed in each locality."""
    cells = np.bincount(profile * shape[1] + place, minlength=shape[0] * shape[1])
    counts = cells.reshape(shape).astype(float)
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(counts, total, out=np.zeros(shape), where=total > 0))
