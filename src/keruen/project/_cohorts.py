# SPDX-License-Identifier: Apache-2.0
"""Participation of cohorts: who enters and who leaves between one age group and the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.project import _participation as kernel

if TYPE_CHECKING:
    import pandas as pd

_RECENT: Final = 10


def cohort_rates(history: xr.DataArray, *, ceiling: float = 0.99) -> xr.Dataset:
    """Entry and exit rates of cohorts between neighbouring age groups.

    Parameters
    ----------
    history : DataArray [year, ..., age], share
        Participation by age groups of equal width, and by single year of time.
    ceiling : float, optional
        Highest rate that a cohort can come to.

    Returns
    -------
    Dataset [year, ..., age]
        ``entry`` and ``leave`` into the age and in the year that label them.

    Raises
    ------
    CoverageError
        The history is shorter than the width of the age groups.
    SchemaError
        A base rate is 0 or at the ceiling (``RateAtLimit``), or ages are unequal (``AgeGroups``).

    See Also
    --------
    keruen.project.participation.project_participation : Carries cohorts on.

    Notes
    -----
    ``entry[x+n] = 1 - (c - p[x+n, t]) / (c - p[x, t-n])`` where rates rise with age,
    ``leave[x+n] = 1 - p[x+n, t] / p[x, t-n]`` where they fall.

    References
    ----------
    Carone, G. (2005). European Economy, Economic Papers 235.

    Examples
    --------
    >>> ages = {"year": range(2015, 2021), "age": [45, 50]}
    >>> rates = xr.DataArray(np.full((6, 2), [0.86, 0.80]), ages)
    >>> round(cohort_rates(rates).leave.sel(year=2020, age=50).item(), 6)
    0.069767
    """
    rates = history.sortby("year").transpose("year", ..., "age").sortby("age")
    width = _width(rates)
    values = np.asarray(rates.to_numpy(), dtype=float)
    _refuse(rates, values, width, ceiling)
    entry, leave = kernel.cohort_moves(values, ceiling, width)
    coords = {str(dim): rates.indexes[str(dim)] for dim in rates.dims}
    coords |= {"year": coords["year"][width:], "age": coords["age"][1:]}
    return xr.Dataset({"entry": (rates.dims, entry), "leave": (rates.dims, leave)}, coords)


def _width(rates: xr.DataArray) -> int:
    steps = np.diff(rates.indexes["age"].to_numpy())
    if not len(steps) or (steps != steps[0]).any():
        raise SchemaError(
            "cohorts need age groups of one width",
            where=f"ages {', '.join(str(age) for age in rates.indexes['age'])}",
            remedy="give five-year groups from 15 to 65, or take method='trend'",
            id="AgeGroups",
        )
    return int(steps[0])


def _refuse(rates: xr.DataArray, values: kernel.Floats, width: int, ceiling: float) -> None:
    years = rates.indexes["year"]
    if len(years) <= width or (np.diff(years) != 1).any():
        raise CoverageError(
            f"cohorts of {width}-year ages need more than {width} years without a gap",
            where=f"history, {len(years)} years from {years[0]} to {years[-1]}",
            remedy="give every year, or take method='trend'",
            id="TooFewYears",
        )
    bad = (values[..., :-1] <= 0) | (values[..., :-1] >= ceiling)
    if bad.any():
        at = tuple(np.argwhere(bad)[0])
        place = (f"{d}={rates.indexes[str(d)][i]}" for d, i in zip(rates.dims, at, strict=True))
        raise SchemaError(
            f"{int(bad.sum())} rates are 0 or reach the ceiling of {ceiling}: no cohort can "
            "enter or leave from there",
            where=", ".join(place),
            remedy="raise the ceiling, join ages, or take method='trend'",
            id="RateAtLimit",
        )


def cohorts_ahead(
    rates: xr.DataArray, years: Sequence[int], ceiling: float, shift: xr.DataArray | None
) -> tuple[xr.DataArray, pd.DataFrame]:
    """Rates of later years cohort by cohort, and exits that a pension reform had to clip.

    Parameters
    ----------
    rates : DataArray [year, ..., age], share
        Observed rates.
    years : sequence of int
        Years wanted.
    ceiling : float
        Highest rate that a cohort can come to.
    shift : DataArray [year], years, or None
        Change of the legal pension age.

    Returns
    -------
    DataArray [year, ..., age], share
    DataFrame
        Exits below zero that were set to zero.
    """
    order = rates.sortby("age").transpose("year", ..., "age")
    moves, width = cohort_rates(order, ceiling=ceiling), _width(order)
    mean = moves.isel(year=slice(-_RECENT, None)).mean("year")
    dims = order.dims[1:]
    entry, leave = (np.asarray(mean[n].transpose(*dims).to_numpy()) for n in ("entry", "leave"))
    values = np.asarray(order.to_numpy(), dtype=float)
    rises = leave < 0
    last, horizon = int(order.indexes["year"][-1]), max(years) - int(order.indexes["year"][-1])
    later, clipped = _later_exits(leave, rises, _shifts(shift, last, horizon), width)
    ahead = kernel.follow_cohorts(values, kernel.Moves(entry, later, rises, ceiling, width))
    coords = {str(dim): order.indexes[str(dim)] for dim in dims}
    whole = xr.DataArray(
        ahead, coords={"year": range(last + 1, last + 1 + horizon), **coords}, dims=order.dims
    )
    frame = mean["leave"].transpose(*dims)
    return whole.sel(year=list(years)), _listed(clipped, later, frame, last)


def _shifts(shift: xr.DataArray | None, last: int, horizon: int) -> kernel.Floats:
    """Later pension age of every year ahead, held after its last year."""
    if shift is None:
        return np.zeros(horizon)
    known = shift.sortby("year")
    at = known.indexes["year"].to_numpy(dtype=float)
    years = np.arange(last + 1, last + 1 + horizon)
    found = np.interp(years, at, np.asarray(known.to_numpy(), dtype=float), left=0.0)
    return np.asarray(found, dtype=float)


def _later_exits(
    leave: kernel.Floats, rises: np.ndarray, shifts: kernel.Floats, width: int
) -> tuple[kernel.Floats, kernel.Floats]:
    """Exits (H, ..., A - 1) of an age ``shift`` years younger; and those below zero."""
    ages = np.arange(leave.shape[-1], dtype=float)
    found = np.empty((len(shifts), *leave.shape))
    for step, years in enumerate(shifts):
        place = np.clip(ages - years / width, 0, None)
        low = np.floor(place).astype(int)
        high, part = np.minimum(low + 1, len(ages) - 1), place - low
        moved = (1 - part) * leave[..., low] + part * leave[..., high]
        found[step] = np.where(rises, leave, moved)
    raw = found.copy()
    below = (raw < 0) & ~rises
    return np.where(below, 0.0, raw), np.where(below, raw, np.nan)


def _listed(
    clipped: kernel.Floats, later: kernel.Floats, frame: xr.DataArray, last: int
) -> pd.DataFrame:
    import pandas as pd

    cells = np.nonzero(~np.isnan(clipped))
    table = {"year": last + 1 + cells[0]}
    table |= {
        str(dim): frame.indexes[str(dim)][at] for dim, at in zip(frame.dims, cells[1:], strict=True)
    }
    reason = "a later pension age would make exits negative: set to 0"
    return pd.DataFrame(table).assign(before=clipped[cells], after=later[cells], reason=reason)
