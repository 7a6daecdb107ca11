# SPDX-License-Identifier: Apache-2.0
"""What is told of a fitted model of captures: intervals, coefficients, weaknesses."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.measure._capture_cells import CaptureCells
from keruen.measure._count_fit import Fit, variance_of
from keruen.measure._count_models import CountModel, Floats
from keruen.measure._irregular_bounds import log_normal_interval, persons

_Z95: Final = 1.959963984540054
_NONE: Final = -7.0
"""Logarithm below which a spread, or odds, are as good as none."""
_BLIND: Final = 100.0
"""A standard error on a logarithmic scale beyond which nothing is known."""
_WIDE: Final = 10.0
"""An upper limit so many times the lower is called weak."""


def interval_table(
    size: xr.DataArray, error: xr.DataArray, seen: xr.DataArray, drawn: Floats | None
) -> xr.DataArray:
    """95 % intervals of the whole population by every method."""
    low, high = log_normal_interval(size, error, seen)
    rows = {
        "normal": (float(size - _Z95 * error), float(size + _Z95 * error)),
        "log_normal": (float(low), float(high)),
    }
    if drawn is not None:
        rows["bootstrap"] = tuple(_percentiles(drawn[:, -1]).tolist())
    table = xr.DataArray(
        list(rows.values()),
        dims=("series", "bound"),
        coords={"series": list(rows), "bound": ["lower", "upper"]},
    )
    return persons(table, "interval")


def bootstrap_bounds(drawn: Floats, size: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, float]:
    """Percentiles of each stratum, and the share of samples without a finite population."""
    low, high = _percentiles(drawn)
    open_share = float(np.isinf(drawn[:, -1]).mean())
    return size.copy(data=low), size.copy(data=high), open_share


def _percentiles(drawn: Floats) -> Floats:
    """2.5th and 97.5th percentile, by order, so that infinite draws stay infinite."""
    found: Floats = np.quantile(drawn, [0.025, 0.975], axis=0, method="inverted_cdf")
    return found


def coefficient_table(model: CountModel, terms: tuple[str, ...], found: Fit) -> xr.DataArray:
    """Coefficients and standard errors; missing where the data do not determine them."""
    inverse = variance_of(found.information[0])
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.diag(inverse))
    error = np.where(error < _BLIND, error, np.nan)
    table = xr.DataArray(
        np.column_stack([found.parameters[0], error]),
        dims=("term", "statistic"),
        coords={"term": [*terms, *model.extra], "statistic": ["estimate", "standard_error"]},
    )
    return stamp(table, name="coefficients", units="1", kind="index")


def weaknesses(
    model: str,
    bounds: tuple[xr.DataArray, ...],
    cells: CaptureCells,
    found: Fit,
    open_share: float,
) -> tuple[str, ...]:
    """What a reader must know before using the figure, from value, lower and upper limit."""
    size, lower, upper = bounds
    notes = []
    if open_share:
        notes.append(
            f"{open_share:.1%} of the samples have no finite population, because a group is "
            "not caught again in them"
        )
    if np.isinf(float(upper[-1])):
        notes.append("no upper limit")
    elif float(upper[-1]) > _WIDE * float(lower[-1]):
        notes.append("the upper limit is more than ten times the lower: nearly undetermined")
    extra = found.parameters[0, len(cells.terms) :]
    if model.startswith(("one_inflated", "removal")) and extra[-1] < _NONE:
        notes.append("no excess of people caught once: the same as the model without it")
    if "negative_binomial" in model and extra[0] < _NONE:
        notes.append("no spread of rates is found: the same as poisson")
    if float(size[-1]) > 20 * float(cells.people.sum()):
        notes.append("fewer than 1 in 20 were seen: the model carries the figure, not the data")
    return tuple(notes)
