# SPDX-License-Identifier: Apache-2.0
"""Skill over the best naive rival, and whether it can be chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError
from keruen.core.random import stream
from keruen.project import _scores


@dataclass(frozen=True)
class Skill:
    """How much better than the best naive rival, and how sure that is.

    Parameters
    ----------
    value : float
        1 less the ratio of mean scores: 0 no better, 1 perfect, negative worse.
    lower, upper : float
        Interval over resampled blocks.
    rival : str
        The rival with the smallest mean score.
    score, rival_score : float
        Mean scores of the forecast and of that rival.
    blocks : int
        Number of blocks.
    """

    value: float
    lower: float
    upper: float
    rival: str
    score: float
    rival_score: float
    blocks: int

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` when the interval excludes zero, else ``no clear difference``."""
        if self.lower > 0:
            return "better"
        return "worse" if self.upper < 0 else "no clear difference"


def skill(
    score: xr.DataArray,
    rivals: Mapping[str, xr.DataArray],
    *,
    block: str = "country",
    level: float = 0.95,
    resamples: int = 2_000,
    seed: int = 0,
) -> Skill:
    """Skill over the best naive rival, with an interval from resampled blocks.

    Parameters
    ----------
    score : DataArray [country, ...]
        Score of the forecast in every cell, smaller being better: errors, CRPS.
    rivals : mapping of str to DataArray [country, ...]
        The same of every rival, in the same cells.
    block : str, optional
        Dimension whose labels are drawn with all their cells: errors of the ages or years
        of one country are one observation, not many.
    level : float, optional
        Probability of the interval.
    resamples : int, optional
        Number of resamples.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    Skill
        Its verdict is ``better`` only when the interval lies above zero.

    Raises
    ------
    CoverageError
        Labels differ, or no cell is known to all.
    SchemaError
        There is no rival, or no dimension ``block``.

    Notes
    -----
    ``1 - mean(score) / mean(rival score)`` over the cells known to all.

    Examples
    --------
    >>> places = {"country": list("ABCDEFGH")}
    >>> own = xr.DataArray([1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0], coords=places)
    >>> found = skill(own, {"last value": own * 2, "zero": own * 3})
    >>> found.value, found.rival, found.verdict
    (0.5, 'last value', 'better')
    """
    _scores.refuse_levels([level])
    require_dims(score, block, name="score")
    if not rivals:
        raise SchemaError("skill needs a rival", where="rivals", remedy="give naive forecasts")
    own, *others = (array.transpose(*score.dims) for array in same_cells(score, *rivals.values()))
    known = np.logical_and.reduce([np.isfinite(array) for array in (own, *others)])
    if not known.any():
        raise CoverageError("no cell is known to the forecast and all rivals", where="skill")
    axis = tuple(place for place, dim in enumerate(score.dims) if dim != block)
    sums = [np.where(known, array, 0.0).sum(axis=axis) for array in (own, *others)]
    used = known.any(axis=axis)
    means = [float(part.sum() / known.sum()) for part in sums]
    best = int(np.argmin(means[1:]))
    rng = stream(seed, "project", "scores", "skill")
    again = _scores.bootstrap_skill(sums[0][used], sums[best + 1][used], resamples, rng)
    lower, upper = np.nanquantile(again, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    rival_mean = means[best + 1]
    return Skill(
        value=1.0 - means[0] / rival_mean if rival_mean > 0 else float("nan"),
        lower=float(lower),
        upper=float(upper),
        rival=list(rivals)[best],
        score=means[0],
        rival_score=rival_mean,
        blocks=int(used.sum()),
    )
