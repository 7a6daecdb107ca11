# SPDX-License-Identifier: Apache-2.0
"""Flows of one table for many draws, summed to quantiles as they are made."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.draws import quantiles
from keruen.core.errors import DataWarning, InfeasibleError
from keruen.measure._flow_draws import Sampler
from keruen.measure.stock_flows import flows_from_stocks

_CHUNK: Final = 16


def table_quantiles(
    sampler: Sampler, table: int, draws: int, probs: Sequence[float], options: dict[str, Any]
) -> tuple[dict[str, xr.DataArray], int]:
    """Quantiles of one table, and the draws that had no account that closes."""
    found: list[xr.DataArray] = []
    failed = 0
    for first in range(0, draws, _CHUNK):
        trajectories = np.arange(first, min(first + _CHUNK, draws))
        try:
            found.append(_od(sampler, table, trajectories, options))
        except InfeasibleError:
            for number in trajectories:
                try:
                    found.append(_od(sampler, table, np.array([number]), options))
                except InfeasibleError:
                    failed += 1
    if not found:
        raise InfeasibleError(
            "no draw has an account that closes",
            where=sampler.versions[0].label(table),
            remedy="lower the standard errors, or use method='open'",
            id="Infeasible",
        )
    od = xr.concat(found, "trajectory", coords="minimal", compat="override")
    dim = sampler.versions[0].dim
    inflow = od.sum("origin").rename(destination=dim)
    outflow = od.sum("destination").rename(origin=dim)
    drawn = {
        "od": od,
        "inflow": inflow,
        "outflow": outflow,
        "net": inflow - outflow,
        "world_total": od.sum(["origin", "destination"]),
    }
    return {name: quantiles(array, probs) for name, array in drawn.items()}, failed


def _od(
    sampler: Sampler, table: int, trajectories: NDArray[np.int64], options: dict[str, Any]
) -> xr.DataArray:
    drawn = sampler.draw(table, trajectories)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # negative cells are told once, by `central`
        estimate = flows_from_stocks(
            drawn.stock_start,
            drawn.stock_end,
            drawn.births,
            drawn.deaths,
            population=drawn.population,
            weight=drawn.weight,
            **options,
        )
    return estimate.od()
