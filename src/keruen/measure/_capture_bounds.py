# SPDX-License-Identifier: Apache-2.0
"""Chao's lower bound with bias correction, stratum by stratum: needs no recapture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.measure._capture_cells import TIMES, capture_counts


@dataclass(frozen=True)
class LowerBound:
    """Population, standard error and people seen, by stratum; people by times caught."""

    size: xr.DataArray
    error: xr.DataArray
    seen: xr.DataArray
    frequencies: xr.DataArray
    corrected_alone: bool
    """Whether nobody was caught twice in some stratum."""


def chao_corrected(caught: xr.DataArray, strata: Sequence[str]) -> LowerBound:
    """Chao's bound of each stratum.

    ``n + f1 (f1 - 1) / (2 (f2 + 1))``; variance ``f2 (r^4/4 + r^3 + r^2/2)`` with
    ``r = f1/f2``, and where nobody was caught twice
    ``f1 (f1 - 1)/2 + f1 (2 f1 - 1)^2/4 - f1^4/(4 N)``.
    """
    table = capture_counts(caught, strata)
    once, twice = (_caught(table, times) for times in (1, 2))
    seen = table.sum(TIMES)
    size = seen + once * (once - 1) / (2 * (twice + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = once / twice
        usual = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
        single = once * (once - 1) / 2 + once * (2 * once - 1) ** 2 / 4 - once**4 / (4 * size)
    variance = usual.where(twice > 0, single.where(size > 0, 0.0)).clip(min=0)
    alone = bool((twice == 0).any())
    return LowerBound(size, variance**0.5, seen, table.sum(list(strata)), alone)


def _caught(table: xr.DataArray, times: int) -> xr.DataArray:
    return table.sel({TIMES: table[TIMES] == times}).sum(TIMES).astype(float)
