# SPDX-License-Identifier: Apache-2.0
"""How estimates of an irregular population are put together, and their usual interval."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.measure.irregular_estimates import Covers, IrregularEstimate

_Z95: Final = 1.959963984540054


def persons(array: xr.DataArray, name: str) -> xr.DataArray:
    """The array stamped as a number of persons."""
    return stamp(array, name=name, units="persons", kind="count")


def irregular_estimate(
    method: str,
    bounds: Iterable[xr.DataArray],
    *,
    covers: Covers,
    moment: str,
    assumption: str,
    interval: str,
    notes: Iterable[str] = (),
) -> IrregularEstimate:
    """An estimate from its value, lower and upper limit, stamped as persons."""
    value, lower, upper = (persons(one, "irregular_population") for one in bounds)
    return IrregularEstimate(
        method, value, lower, upper, covers, moment, assumption, interval, tuple(notes)
    )


def log_normal_interval(
    size: xr.DataArray, error: xr.DataArray, observed: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """95 % interval of a population of which some are observed: never below these.

    ``n + (N - n) / C`` to ``n + (N - n) C`` with
    ``C = exp(1.96 sqrt(ln(1 + V / (N - n)^2)))``.
    """
    hidden = size - observed
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(_Z95 * np.sqrt(np.log1p((error / hidden) ** 2)))
        lower, upper = observed + hidden / spread, observed + hidden * spread
    hides = hidden != 0
    return lower.where(hides, observed), upper.where(hides, observed)
