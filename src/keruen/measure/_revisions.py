# SPDX-License-Identifier: Apache-2.0
"""How provisional figures were revised: scores of models, and a watch on changes of behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp

BAND: Final = (0.90, 0.98)
"""Coverage of 95% intervals with which a model is accepted."""
MONTHS: Final = 24
"""Months held out, at least."""
_TOO_LARGE: Final = 1.5


@dataclass(frozen=True)
class Scores:
    """Figures that have become final, against what was published before.

    Parameters
    ----------
    absolute_revision, revision : DataArray [method, elapsed], persons
        Mean absolute and mean signed revision: final figure less estimate.
    coverage : DataArray [method, elapsed], share
        Share of final figures in the interval, of those that were open when published with a
        standard deviation of one person or more.
    overall : DataArray [method], share
        The same for all months elapsed.
    mean_revision : DataArray [method], persons
        Mean absolute revision of all figures that were open.
    accepted : DataArray [method], 0 or 1
        Models that may be used.
    months : int
        Months held out.
    chosen : str
        The accepted model with the smallest revisions; ``cells``, or the first model, when
        none is accepted.
    """

    absolute_revision: xr.DataArray
    revision: xr.DataArray
    coverage: xr.DataArray
    overall: xr.DataArray
    mean_revision: xr.DataArray
    accepted: xr.DataArray
    months: int
    chosen: str


def score(
    estimate: xr.DataArray,
    lower: xr.DataArray,
    upper: xr.DataArray,
    final: xr.DataArray,
    *,
    variance: xr.DataArray,
    waiting: xr.DataArray,
) -> Scores:
    """Compare what was published with what it became.

    Coverage is of figures whose standard deviation was one person or more: of smaller ones,
    which are whole numbers, no interval covers 95 percent.
    """
    judged = final.notnull() & (waiting > 0)
    revised = (final - estimate).where(judged)
    inside = ((final >= lower) & (final <= upper)).where(judged & (variance >= 1))
    over = [dim for dim in revised.dims if dim not in {"method", "elapsed"}]
    every = [*over, "elapsed"]
    months = _months(judged)
    overall, mean = inside.mean(every), abs(revised).mean(every)
    covers = (overall >= BAND[0]) & (overall <= BAND[1])
    accepted = covers & (months >= MONTHS)
    if "cells" in estimate["method"]:
        better = (mean < mean.sel({"method": "cells"}, drop=True)) | (mean["method"] == "cells")
        accepted &= better
    names = [str(name) for name in estimate["method"].to_numpy()]
    good = [name for name in names if bool(accepted.sel({"method": name}))]
    chosen = min(good, key=lambda name: float(mean.sel({"method": name})), default="cells")
    by_age = abs(revised).mean(over)
    return Scores(
        stamp(by_age, name="absolute_revision", units="persons", kind="index"),
        stamp(revised.mean(over), name="revision", units="persons", kind="index"),
        stamp(inside.mean(over), name="coverage", units="share", kind="share"),
        stamp(overall, name="overall", units="share", kind="share"),
        stamp(mean, name="mean_revision", units="persons", kind="index"),
        stamp(accepted.astype(np.int64), name="accepted", units="0 or 1", kind="index"),
        months,
        chosen if chosen in names else names[0],
    )


def _months(judged: xr.DataArray) -> int:
    """Number of months among the figures judged."""
    over = [dim for dim in judged.dims if dim not in ("vintage", "elapsed")]
    at = judged.any(over).transpose("vintage", "elapsed").to_numpy()
    vintage = judged["vintage"].to_numpy().astype("datetime64[M]").astype(np.int64)
    month = vintage[:, None] - judged["elapsed"].to_numpy()
    return len(np.unique(month[at]))


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
