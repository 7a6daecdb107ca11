# SPDX-License-Identifier: Apache-2.0
"""Events that no forecast can foresee, given a name, a size and a time; years cut into months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import CodeError, SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream
from keruen.decide.refugees.forecast import time_of

BASELINE: Final = "baseline"
"""Scenario without any shock."""
_MONTHS: Final = 12


@dataclass(frozen=True)
class Shock:
    """A named event that displaces people, some of whom come here.

    Parameters
    ----------
    name : str
        Name of the scenario.
    size : float or DataArray [trajectory], persons
        People whom the event displaces across borders.
    share : float or DataArray [trajectory], share
        Of them, how many apply in this country.
    start : int
        Label of the period in which the first of them arrive.
    duration : int
        Periods over which they arrive, evenly.
    origin : str, optional
        Origin that they are counted under, where applications have origins.

    See Also
    --------
    with_shocks : Adds them to a forecast.
    """

    name: str
    size: xr.DataArray | float
    share: xr.DataArray | float
    start: int
    duration: int
    origin: str = ""


def with_shocks(applications: xr.DataArray, shocks: Sequence[Shock]) -> xr.DataArray:
    """A forecast without and with each of the events, side by side.

    Parameters
    ----------
    applications : DataArray [trajectory, month or year, ...], persons
        Forecast of the periods ahead.
    shocks : sequence of Shock
        Events; each is a scenario of its own.

    Returns
    -------
    DataArray [scenario, trajectory, month or year, ...], persons
        ``baseline`` first. What an event adds is in whole persons.

    Raises
    ------
    SchemaError
        A size is negative, a share not within 0 to 1, a duration below 1, or a name stands
        twice. All faults together.
    CodeError
        The start is not a period of the forecast, or the origin is none of its origins.
    CoverageError
        A shock has other trajectories than the forecast.

    See Also
    --------
    forecast_applications : The forecast.

    Notes
    -----
    A shock adds ``size share / duration`` persons in each of its periods. Nothing is said of how
    likely it is: size and share are an assumption to be shown with the result.

    Examples
    --------
    >>> ahead = xr.DataArray([[10.0, 10.0, 10.0]], {"trajectory": [0], "month": [1, 2, 3]})
    >>> crisis = Shock("crisis", size=10_000, share=0.01, start=2, duration=2)
    >>> with_shocks(ahead, [crisis]).sel(scenario="crisis").values.tolist()
    [[10.0, 60.0, 60.0]]
    """
    time = time_of(applications)
    labels = applications[time].to_numpy()
    raise_faults(_faults(applications, shocks, labels, time), where="shocks")
    stacked = [applications]
    for shock in shocks:
        extra = _persons(shock, applications, labels, time)
        stacked.append((applications + extra).transpose(*applications.dims))
    whole = xr.concat(stacked, dim="scenario", coords="minimal", join="exact")
    whole = whole.assign_coords(scenario=[BASELINE, *(shock.name for shock in shocks)])
    return _applications(whole, applications)


def _applications(array: xr.DataArray, source: xr.DataArray) -> xr.DataArray:
    """Applications made of a forecast, which say by what method it was made."""
    kept = {name: value for name, value in source.attrs.items() if name in ("method", "status")}
    made = stamp(array, name="applications", units="persons", kind="count", inputs=[source])
    return made.assign_attrs(kept)


def _faults(
    applications: xr.DataArray, shocks: Sequence[Shock], labels: np.ndarray, time: str
) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    names = [BASELINE, *(shock.name for shock in shocks)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        faults.append(SchemaError(f"a scenario stands twice: {few(twice)}", id="DuplicateKey"))
    by_origin = "origin" in applications.dims
    origins = [str(one) for one in applications["origin"].to_numpy()] if by_origin else []
    for shock in shocks:
        where = f"shock '{shock.name}'"
        size, share = xr.DataArray(shock.size), xr.DataArray(shock.share)
        known = bool((size >= 0).all()) and bool(((share >= 0) & (share <= 1)).all())
        if not known or shock.duration < 1:
            what = "its size, share or duration cannot be used"
            remedy = "a size of 0 or more, a share within 0 to 1, a duration of 1 or more"
            faults.append(SchemaError(what, where=where, remedy=remedy, id="NegativeInput"))
        if shock.start not in labels:
            what = f"it starts in {time} {shock.start}"
            remedy = f"the forecast has {labels[0]} to {labels[-1]}"
            faults.append(CodeError(what, where=where, remedy=remedy))
        if origins and shock.origin not in origins:
            what = f"its origin '{shock.origin}' is not in the forecast"
            faults.append(CodeError(what, where=where, remedy=f"origins are {few(origins)}"))
    return faults


def _persons(
    shock: Shock, applications: xr.DataArray, labels: np.ndarray, time: str
) -> xr.DataArray:
    """Persons that an event adds, whole in every period and in all."""
    arrived = np.clip((labels - shock.start + 1) / shock.duration, 0, 1)
    total = xr.DataArray(shock.size) * xr.DataArray(shock.share)
    _, total = same_cells(applications, total.rename(f"shock '{shock.name}'"))
    so_far = (total * xr.DataArray(arrived, {time: labels}, time)).round()
    extra = so_far - so_far.shift({time: 1}, fill_value=0.0)
    if "origin" in applications.dims:
        extra = extra * (applications["origin"] == shock.origin)
    return extra


def to_months(
    applications: xr.DataArray, *, seed: int, profile: xr.DataArray | None = None
) -> xr.DataArray:
    """Applications of years cut into months: whole persons that add up again.

    Parameters
    ----------
    applications : DataArray [..., year, ...], whole persons
        Applications of years, such as a forecast.
    seed : int
        Seed of the run.
    profile : DataArray [month], optional
        Weights of January to December (labels 1 to 12); all alike when not given.

    Returns
    -------
    DataArray [..., month, ...], whole persons
        Months counted on from 1, January of the first year.

    Raises
    ------
    SchemaError
        Persons are not whole (``NotWhole``), or the profile is not twelve weights of 0 or more.

    See Also
    --------
    run_caseload : Needs months.

    Notes
    -----
    Each person applies in a month by chance (a multinomial draw with the weights). The months of
    a year that comes in waves differ by more than that.

    Examples
    --------
    >>> year = xr.DataArray([[120.0]], {"trajectory": [0], "year": [2026]})
    >>> months = to_months(year, seed=1)
    >>> months.sizes["month"], months.sum().item()
    (12, 120.0)
    """
    require_dims(applications, "year", name="applications")
    weights = xr.DataArray(np.ones(_MONTHS), {"month": np.arange(1, 13)})
    weights = weights if profile is None else profile
    require_dims(weights, "month", name="profile")
    numbers = weights.to_numpy().astype(float)
    usable = sorted(weights["month"].to_numpy().tolist()) == list(range(1, 13))
    if not (usable and (numbers >= 0).all() and numbers.sum() > 0):
        raise SchemaError(
            "the profile is not twelve weights",
            where="profile",
            remedy="give a number of 0 or more for each month, 1 to 12",
            id="BadWeight",
        )
    shares = weights.sel(month=np.arange(1, 13)).to_numpy().astype(float)
    ordered = applications.transpose(..., "year")
    counts = ordered.to_numpy()
    if not ((counts >= 0) & (counts == np.floor(counts))).all():
        raise SchemaError("applications are not whole persons", where="applications", id="NotWhole")
    rng = stream(seed, "refugees", "months")
    drawn = rng.multinomial(counts.astype(np.int64), shares / shares.sum())
    months = drawn.reshape(*counts.shape[:-1], -1).astype(float)
    rest = {str(dim): ordered[dim].to_numpy() for dim in ordered.dims[:-1]}
    array = xr.DataArray(
        months, {**rest, "month": np.arange(1, months.shape[-1] + 1)}, (*rest, "month")
    )
    return _applications(array, applications)
