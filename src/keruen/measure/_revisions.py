# SPDX-License-Identifier: Apache-2.0
"""How provisional figures were revised: scores of models, and a watch on changes of behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp

BAND: Final = (0.90, 0.98)
"""Coverage of 95% intervals with which a model is accepted."""
MONTHS: Final = 24
"""Months held out, at least."""
_TOO_LARGE: Final = 1.5
_BLOCK: Final = 3
"""Months whose figures hang together."""


@dataclass(frozen=True)
class Scores:
    """Figures that have become final, against what was published before.

    Parameters
    ----------
    absolute_revision, revision : DataArray [method, elapsed], persons
        Mean absolute and mean signed revision: final figure less estimate.
    coverage : DataArray [method, elapsed], share
        Share of final figures in the interval, of those whose interval held more than one
        number; 95 percent are expected.
    overall : DataArray [method], share
        The same for all months elapsed.
    overall_error : DataArray [method], share
        Standard error of ``overall``; figures of three neighbouring months hang together.
    certain : DataArray [method], share
        Share of figures that became what was said, of those whose interval held one number.
    mean_revision : DataArray [method], persons
        Mean absolute revision of all figures that were open.
    accepted : DataArray [method], 0 or 1
        Models whose coverage is in the band and whose revisions are below those of ``cells``.
    months : int
        Months held out.
    chosen : str
        The model with the smallest revisions of those accepted and those that would be but for
        intervals wider than they need be; ``cells``, or the first model, when there is none.
    """

    absolute_revision: xr.DataArray
    revision: xr.DataArray
    coverage: xr.DataArray
    overall: xr.DataArray
    overall_error: xr.DataArray
    certain: xr.DataArray
    mean_revision: xr.DataArray
    accepted: xr.DataArray
    months: int
    chosen: str


@dataclass(frozen=True)
class Published:
    """Figures as published, with what a final figure equal to a bound of the interval counts."""

    estimate: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    waiting: xr.DataArray
    at_lower: xr.DataArray
    at_upper: xr.DataArray


def score(was: Published, final: xr.DataArray) -> Scores:
    """Compare what was published with what it became.

    A final figure equal to a bound counts in part, so that 95 percent are expected in intervals
    of whole numbers, however small the figures.
    """
    judged = final.notnull() & (was.waiting > 0)
    revised = (final - was.estimate).where(judged)
    low, high = np.ceil(was.lower), np.floor(was.upper)
    held = ((final >= was.lower) & (final <= was.upper)).astype(float)
    part = xr.ones_like(held).where(final != high, was.at_upper).where(final != low, was.at_lower)
    inside = (held * part).where(judged & (high > low))
    sure = held.where(judged & (high <= low))
    over = [dim for dim in revised.dims if dim not in {"method", "elapsed"}]
    every = [*over, "elapsed"]
    months = len(np.unique(_month_of(judged)[_at(judged)]))
    overall, mean = inside.mean(every), abs(revised).mean(every)
    covers = (overall >= BAND[0]) & (overall <= BAND[1])
    usable = xr.full_like(covers, months >= MONTHS)
    if "cells" in was.estimate["method"]:
        usable &= (mean < mean.sel({"method": "cells"}, drop=True)) | (mean["method"] == "cells")
    accepted, usable = covers & usable, (overall >= BAND[0]) & usable
    names = [str(name) for name in was.estimate["method"].to_numpy()]
    good = [name for name in names if bool(usable.sel({"method": name}))]
    chosen = min(good, key=lambda name: float(mean.sel({"method": name})), default="cells")
    shares = {
        "coverage": inside.mean(over),
        "overall": overall,
        "overall_error": _error(inside, overall),
        "certain": sure.mean(every),
    }
    moves = {
        "absolute_revision": abs(revised).mean(over),
        "revision": revised.mean(over),
        "mean_revision": mean,
    }
    return Scores(
        **{
            name: stamp(each, name=name, units="share", kind="share")
            for name, each in shares.items()
        },
        **{
            name: stamp(each, name=name, units="persons", kind="index")
            for name, each in moves.items()
        },
        accepted=stamp(accepted.astype(np.int64), name="accepted", units="0 or 1", kind="index"),
        months=months,
        chosen=chosen if chosen in names else names[0],
    )


def _at(judged: xr.DataArray) -> NDArray[np.bool_]:
    """Vintages and months elapsed at which any figure is judged."""
    over = [dim for dim in judged.dims if dim not in ("vintage", "elapsed")]
    return np.asarray(judged.any(over).transpose("vintage", "elapsed"))


def _month_of(figures: xr.DataArray) -> NDArray[np.int64]:
    """Month, since 1970, of each vintage and months elapsed."""
    vintage = figures["vintage"].to_numpy().astype("datetime64[M]").astype(np.int64)
    return np.asarray(vintage[:, None] - figures["elapsed"].to_numpy())


def _error(inside: xr.DataArray, overall: xr.DataArray) -> xr.DataArray:
    """Standard error of shares whose figures hang together in blocks of months."""
    blocks, block = np.unique(_month_of(inside) // _BLOCK, return_inverse=True)
    ordered = inside.transpose("method", "vintage", "elapsed", ...)
    flat = ordered.to_numpy().reshape(len(ordered), block.size, -1)
    number = np.isfinite(flat).sum(2)
    apart = np.nansum(flat, axis=2) - overall.to_numpy()[:, None] * number
    sums = np.stack([np.bincount(block.ravel(), each, len(blocks)) for each in apart])
    used = np.stack([np.bincount(block.ravel(), each, len(blocks)) > 0 for each in number]).sum(1)
    total = number.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(used / (used - 1.0) * (sums**2).sum(1)) / total
    return overall.copy(data=np.where(np.isfinite(error), error, np.nan))


def watch(estimate: xr.DataArray, variance: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Factor to widen intervals by, and alarm, for each method and vintage.

    From one vintage to the next the estimate of a month moves as its crossings get their
    answers. When chances are right it moves by nothing in the mean, and the mean square of the
    move is the variance that it takes away.
    """
    order = ("method", "vintage", "elapsed")
    values = estimate.transpose(*order, ...).to_numpy()
    spread = variance.transpose(*order, ...).to_numpy()
    # A month's place moves on by one from vintage to vintage.
    step = values[:, 1:, 1:] - values[:, :-1, :-1]
    less = spread[:, :-1, :-1] - spread[:, 1:, 1:]
    axes = tuple(range(2, values.ndim))
    first = np.full((len(values), 1), np.nan)
    squares = np.concatenate([first, np.nansum(step**2, axis=axes)], axis=1)
    expected = np.concatenate([first, np.nansum(less, axis=axes)], axis=1)
    ratio = np.sqrt(squares / np.where(expected > 0, expected, np.nan))
    large = np.nan_to_num(ratio) > _TOO_LARGE
    alarm = np.zeros_like(large)
    alarm[:, 1:] = large[:, 1:] & large[:, :-1]
    both = np.ones_like(ratio)
    both[:, 1:] = np.sqrt((ratio[:, 1:] ** 2 + ratio[:, :-1] ** 2) / 2)
    coords = {name: estimate[name] for name in order[:2]}
    return (
        xr.DataArray(np.where(alarm, both, 1.0), coords, order[:2]),
        xr.DataArray(alarm.astype(np.int64), coords, order[:2]),
    )
