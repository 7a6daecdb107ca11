# SPDX-License-Identifier: Apache-2.0
"""Many paths of employment: what they must share, and quantiles of what comes of them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

import xarray as xr

from keruen.core.draws import quantiles
from keruen.core.errors import CoverageError

PROBS: Final = (0.1, 0.5, 0.9)
"""Ends and middle of the 80 % interval that tables of occupations show."""

_ROUNDING: Final = 0.01

Result = TypeVar("Result")


def with_quantiles(result: Result) -> Result:
    """A result whose arrays have quantiles over their paths; itself where it has none.

    Parameters
    ----------
    result : dataclass of DataArray
        Result of a method.

    Returns
    -------
    dataclass of DataArray
        Quantiles of parts do not add to those of a total.
    """
    if not is_dataclass(result) or isinstance(result, type):
        raise TypeError("a result is a dataclass of arrays")
    parts: dict[str, Any] = {one.name: getattr(result, one.name) for one in fields(result)}
    drawn = {
        name: quantiles(part, PROBS)
        for name, part in parts.items()
        if isinstance(part, xr.DataArray) and "trajectory" in part.dims
    }
    return replace(result, **drawn) if drawn else result


def span_of(values: xr.DataArray, *, sign: bool = False) -> str:
    """A number in words: with its range where it has scenarios, its interval where paths.

    Parameters
    ----------
    values : DataArray [], [scenario], [trajectory] or [quantile]
        A number of people.
    sign : bool, optional
        Whether a plus is written.

    Returns
    -------
    str
    """
    form, note = "+,.0f" if sign else ",.0f", ""
    if "trajectory" in values.dims:
        values = quantiles(values, PROBS)
    if not values.ndim:
        return f"{float(values):{form}}"
    if "quantile" in values.dims:
        low, middle, high = (float(values.sel(quantile=level)) for level in PROBS)
        note = " in 80 % of paths"
    else:
        names = ("low", "middle", "high")
        low, middle, high = (float(values.sel(scenario=name)) for name in names)
    return f"{middle:{form}} ({low:{form}} to {high:{form}}{note})"


def central(figure: xr.DataArray) -> xr.DataArray:
    """The middle scenario, or the mean of the paths, whose parts add up.

    Parameters
    ----------
    figure : DataArray [any]
        A figure with or without ``scenario`` or ``trajectory``.

    Returns
    -------
    DataArray [any]
        The same without them.
    """
    if "scenario" in figure.dims:
        return figure.sel(scenario="middle", drop=True)
    return figure.mean("trajectory") if "trajectory" in figure.dims else figure


def same_start(employment: xr.DataArray, *, ranged: bool) -> xr.DataArray:
    """Paths that all begin with the same base year, and no range beside them.

    Parameters
    ----------
    employment : DataArray [trajectory, year, ...], persons
        Employment from the base year on.
    ranged : bool
        Whether a range was given too.

    Returns
    -------
    DataArray [trajectory, year, ...], persons
        The same.

    Raises
    ------
    CoverageError
        Paths differ in the base year by more than 1 percent (``YearsDiffer``), or there is
        a range too.
    """
    if ranged:
        raise CoverageError(
            "employment has both paths and a range",
            where="employment: trajectory, employed_low",
            remedy="leave out employed_low and employed_high: the paths hold the range",
        )
    base = employment.isel(year=0, drop=True)
    off = float((base.max("trajectory") - base.min("trajectory")).max())
    if off > _ROUNDING * float(base.mean("trajectory").max()):
        raise CoverageError(
            f"paths of employment differ by {off:,.0f} people in the base year",
            where=f"employment, {int(employment.indexes['year'][0])}",
            remedy="give paths that begin with the year of the last matrix as it was observed",
            id="YearsDiffer",
        )
    return employment


def place_of_need(employment: xr.DataArray, wanted: int | None) -> int:
    """Place of the year that the need is counted from.

    Parameters
    ----------
    employment : DataArray [year, ...], persons
        Employment from the base year on.
    wanted : int or None
        Year asked for; when None, the last that is the same in every path, or the first.

    Returns
    -------
    int

    Raises
    ------
    CoverageError
        No employment of a later year is held (``YearOutOfRange``).
    """
    years = [int(year) for year in employment.indexes["year"]]
    if wanted is None:
        if "trajectory" not in employment.dims:
            return 0
        spread = employment.max("trajectory") - employment.min("trajectory")
        apart = (spread > 0).any([dim for dim in spread.dims if dim != "year"])
        return max(int(apart.to_numpy().argmax()) - 1, 0)
    if wanted not in years[:-1]:
        raise CoverageError(
            f"a need cannot be counted from {wanted}",
            where=f"employment, {years[0]} to {years[-1]}",
            remedy=f"choose one of {', '.join(map(str, years[:-1]))}",
            id="YearOutOfRange",
        )
    return years.index(wanted)
