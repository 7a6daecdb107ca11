# SPDX-License-Identifier: Apache-2.0
"""Paths of participation: as far from the trend as the trend was from the truth before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import CoverageError
from keruen.project import _participation as kernel
from keruen.project.hindcast import paths_from_past_errors
from keruen.project.participation import FEWEST, project_participation

_ORIGINS: Final = 3


def participation_paths(
    history: xr.DataArray,
    *,
    years: Sequence[int],
    trajectories: int,
    places: Sequence[str] | None = None,
    spread: float = 1.5,
    seed: int = 0,
) -> xr.DataArray:
    """Participation rates of later years in many futures.

    Parameters
    ----------
    history : DataArray [year, country, sex, age], share
        Observed rates of many countries, every year: all of them are learned from.
    years : sequence of int
        Years wanted, every year after the last observed one.
    trajectories : int
        Number of paths.
    places : sequence of str, optional
        Countries to draw; all when not given.
    spread : float, optional
        How much wider than past errors the paths are.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    DataArray [trajectory, year, country, sex, age], share

    Raises
    ------
    CoverageError
        The history is too short to have been wrong before (``TooFewYears``).

    See Also
    --------
    keruen.project.participation.project_participation : The trend itself.
    keruen.project.hindcast.paths_from_past_errors : How errors are drawn.

    Notes
    -----
    The trend is fitted at every earlier year, and what it missed in the years after is kept
    as one run of logits over years, sexes and ages. A path is the trend plus the run of some
    country and origin, with either sign. Runs are as long as leaves three origins; beyond,
    the last error grows with the square root of the lead.

    Few origins tell too little of how wrong a trend can be: from the data to 2005 their bare
    errors held 61 % of outcomes ten years on in intervals of 80 %. ``spread`` of 1.5 was chosen
    with the origins 2005, 2010 and 2015 in view: what they hold now is not a test of it.

    Examples
    --------
    >>> cells = {"year": range(2000, 2015), "country": ["A", "B"], "sex": ["F"], "age": [15]}
    >>> rates = xr.DataArray(np.full((15, 2, 1, 1), 0.5), cells)
    >>> paths = participation_paths(rates, years=[2015, 2016], trajectories=4, places=["A"])
    >>> paths.dims, bool((abs(paths - 0.5) < 1e-9).all())
    (('trajectory', 'year', 'country', 'sex', 'age'), True)
    """
    require_dims(history, "year", "country", "sex", "age", name="history")
    span = history.sizes["year"]
    length = min(len(years), span - FEWEST - _ORIGINS + 1)
    if length < 1:
        raise CoverageError(
            f"errors of the past need {FEWEST + _ORIGINS} years, there are {span}",
            where="history",
            remedy="give more years, or project without trajectories",
            id="TooFewYears",
        )
    ordered = history.sortby("year").transpose("year", "country", "sex", "age")
    z = ordered.copy(data=kernel.logit(np.asarray(ordered.to_numpy(), dtype=float)))
    ahead = [int(year) for year in years]
    middle = _trend(z, ahead)
    middle = middle if places is None else middle.sel(country=list(places))
    drawn = paths_from_past_errors(
        z, _trend, ahead[:length], trajectories=trajectories, first=FEWEST, places=places, seed=seed
    )
    off = spread * (drawn - middle.isel(year=slice(length)))
    if length < len(ahead):
        beyond = np.sqrt(np.arange(length + 1, len(ahead) + 1) / length)
        growth = xr.DataArray(beyond, coords={"year": ahead[length:]})
        off = xr.concat([off, off.isel(year=-1, drop=True) * growth], "year")
    rate = (middle + off).transpose("trajectory", "year", "country", "sex", "age")
    return stamp(
        rate.copy(data=kernel.expit(rate.to_numpy())),
        name="participation", units="share", kind="share", inputs=(history,),
    )  # fmt: skip


def _trend(z: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """The trend as a forecaster of logits."""
    rates = z.copy(data=kernel.expit(z.to_numpy()))
    found = project_participation(rates, years=years).rates
    return found.copy(data=kernel.logit(found.to_numpy())).drop_attrs()
