# SPDX-License-Identifier: Apache-2.0
"""Quantile functions of uncertain inputs: probabilities to values, each with its unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.decide.uncertainty._input_checks import Floats

if TYPE_CHECKING:
    from keruen.decide.uncertainty.inputs import Uncertain

_PERT_WEIGHT: Final = 4.0


def as_dataset(inputs: Sequence[Uncertain], levels: Floats) -> xr.Dataset:
    """Inputs at given probabilities [trajectory, input], each with its unit and source."""
    labels = np.arange(levels.shape[0])
    drawn = {}
    for place, one in enumerate(inputs):
        values = xr.DataArray(inverse(one, levels[:, place]), {"trajectory": labels}, "trajectory")
        array = stamp(values, name=one.name, units=one.units, kind="index")
        drawn[one.name] = array.assign_attrs(source=one.source) if one.source else array
    return xr.Dataset(drawn)


def inverse(one: Uncertain, levels: Floats) -> Floats:
    """Quantile function of an input that has been checked."""
    given = {key: float(value) for key, value in one.values.items()}
    if one.dist == "fixed":
        return np.full(levels.shape, given["value"])
    if one.dist == "uniform":
        return given["low"] + levels * (given["high"] - given["low"])
    if one.dist == "triangular":
        return _triangular(levels, given["low"], given["mode"], given["high"])
    if one.dist in ("normal", "lognormal"):
        return _normal(levels, given["mean"], given["sd"], logarithmic=one.dist == "lognormal")
    return _beta(levels, one.dist, given)


def _triangular(levels: Floats, low: float, mode: float, high: float) -> Floats:
    width, turn = high - low, (mode - low) / (high - low)
    rising = low + width * np.sqrt(levels * turn)
    falling = high - width * np.sqrt((1 - levels) * (1 - turn))
    return np.where(levels < turn, rising, falling)


def _normal(levels: Floats, mean: float, sd: float, *, logarithmic: bool) -> Floats:
    from scipy.special import ndtri

    scores: Floats = ndtri(levels)
    if not logarithmic:
        return mean + sd * scores
    spread = np.log1p((sd / mean) ** 2)  # variance of the logarithm
    return np.asarray(np.exp(np.log(mean) - spread / 2 + np.sqrt(spread) * scores))


def _beta(levels: Floats, dist: str, given: Mapping[str, float]) -> Floats:
    from scipy.special import betaincinv

    low, high = given.get("low", 0.0), given.get("high", 1.0)
    if dist == "pert":
        turn = (given["mode"] - low) / (high - low)
        a, b = 1 + _PERT_WEIGHT * turn, 1 + _PERT_WEIGHT * (1 - turn)
    else:
        a, b = given["a"], given["b"]
    return np.asarray(low + (high - low) * betaincinv(a, b, levels))


def inner(levels: Floats) -> Floats:
    """Probabilities kept off 0 and 1, where a normal is infinite."""
    return np.clip(levels, np.finfo(float).tiny, 1 - np.finfo(float).epsneg)
