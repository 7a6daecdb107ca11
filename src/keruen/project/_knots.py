# SPDX-License-Identifier: Apache-2.0
"""Kernel: from published quantiles to values by normal score."""

from __future__ import annotations

from itertools import pairwise
from statistics import NormalDist

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.errors import CoverageError, SchemaError

Floats = NDArray[np.float64]


def knots_of(intervals: xr.DataArray, medium: xr.DataArray) -> tuple[list[float], Floats]:
    """Normal scores of the quantiles and their values, the medium in place of the median."""
    probabilities = [float(p) for p in intervals.indexes["quantile"]]
    if any(not 0 < p < 1 for p in probabilities):
        raise SchemaError(
            "a quantile lies outside 0 to 1",
            where=f"quantile = {probabilities}",
            remedy="give probabilities, not percent",
        )
    kept = [(p, i) for i, p in enumerate(probabilities) if abs(p - 0.5) > 1e-9]
    values = intervals.to_numpy().astype(float)
    points = sorted([(p, values[i]) for p, i in kept] + [(0.5, medium.to_numpy())], key=_first)
    knots = np.stack([value for _, value in points])
    _refuse_crossing(knots, medium)
    return [NormalDist().inv_cdf(p) for p, _ in points], knots


def _first(point: tuple[float, Floats]) -> float:
    return point[0]


def _refuse_crossing(knots: Floats, medium: xr.DataArray) -> None:
    slack = 1e-6 * np.maximum(1.0, np.abs(knots[1:]))
    wrong = ~(np.diff(knots, axis=0) >= -slack).all(axis=0)
    if wrong.any():
        place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        labels = zip(medium.dims, place, strict=True)
        raise CoverageError(
            f"quantiles do not increase in {int(wrong.sum())} cells",
            where=", ".join(f"{dim}={medium.indexes[str(dim)][int(i)]}" for dim, i in labels),
            remedy="check the published intervals against the medium line",
            id="InconsistentQuantiles",
        )


def from_scores(z: Floats, scores: list[float], knots: Floats) -> Floats:
    """Values piecewise linear in the score, straight beyond the first and last knot."""
    middle = scores.index(0.0)
    values = np.broadcast_to(knots[middle], (len(z), *knots.shape[1:])).copy()
    for j, (low, high) in enumerate(pairwise(scores)):
        slope = (knots[j + 1] - knots[j]) / (high - low)
        lower = -np.inf if j == 0 else low
        upper = np.inf if j == len(scores) - 2 else high
        anchor = low if j >= middle else high
        values += slope * (np.clip(z, lower, upper) - np.clip(anchor, lower, upper))
    return values
