# SPDX-License-Identifier: Apache-2.0
"""One number with its error, as an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.decide.evaluate._fixed_effects import Fit
from keruen.decide.evaluate._influence import p_values
from keruen.decide.evaluate.result import Check, Evaluation, Method, bounds, normal_interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Number:
    """An estimate with its standard error, interval and probability by chance."""

    estimate: float
    error: float
    low: float
    high: float
    p_value: float
    clusters: int
    level: float
    library: str = ""


def of_fit(found: Fit, level: float) -> Number:
    """The first coefficient of a regression."""
    low, high = (float(end[0]) for end in found.interval(level))
    return Number(
        estimate=float(found.estimate[0]),
        error=float(found.error[0]),
        low=low,
        high=high,
        p_value=float(found.p_values()[0]),
        clusters=found.degrees + 1,
        level=level,
        library=found.library,
    )


def of_normal(estimate: float, error: float, *, level: float, clusters: int) -> Number:
    """An estimate that is normal around the truth."""
    low, high = (float(end) for end in normal_interval(estimate, error, level=level))
    chance = float(p_values(np.array(estimate), np.array(error)))
    return Number(estimate, error, low, high, chance, clusters, level)


@dataclass(frozen=True)
class Reading:
    """What goes with a number: what must hold, what was tested, what it does not say."""

    method: Method
    units: str
    assumption: str
    checks: tuple[Check, ...]
    does_not_say: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    adjustments: pd.DataFrame
    options: Mapping[str, object]


def evaluation_of(number: Number, reading: Reading, inputs: Sequence[xr.DataArray]) -> Evaluation:
    """A number and its reading as an evaluation."""
    estimate = xr.DataArray(number.estimate)
    return Evaluation(
        method=reading.method,
        estimate=stamp(estimate, name="effect", units=reading.units, kind="index", inputs=inputs),
        interval=bounds(number.low, number.high, level=number.level),
        level=number.level,
        standard_error=xr.DataArray(number.error),
        p_value=xr.DataArray(number.p_value),
        clusters=number.clusters,
        assumption=reading.assumption,
        checks=reading.checks,
        does_not_say=reading.does_not_say,
        tables=reading.tables,
        adjustments=reading.adjustments,
        library=number.library,
        options=reading.options,
    )
