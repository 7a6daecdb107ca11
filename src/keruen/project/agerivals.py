# SPDX-License-Identifier: Apache-2.0
"""Naive forecasts of a population by age, and the error over ages of any forecast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.project._kernel import Floats

_WIDTH = 5


def ages_held(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """Every age group grows as the whole population grew in the last five years.

    Parameters
    ----------
    history : DataArray [year, ..., sex, age], persons
        Population by age, year by year.
    years : sequence of int
        Years wanted.

    Returns
    -------
    DataArray [year, ..., sex, age], persons

    Raises
    ------
    CoverageError
        The year five years before the last is missing (``MissingPeriod``).

    See Also
    --------
    cohort_ratios : The stronger rival.

    Examples
    --------
    >>> people = xr.DataArray(
    ...     [[[10.0, 10.0]], [[11.0, 11.0]]],
    ...     coords={"year": [2000, 2005], "sex": ["F"], "age": [0, 5]})
    >>> ages_held(people, [2010]).round(2).values.tolist()
    [[[12.1, 12.1]]]
    """
    last, before = _ends(history)
    growth = last.sum(["sex", "age"]) / before.sum(["sex", "age"])
    steps = (np.asarray(years) - history.indexes["year"][-1]) / _WIDTH
    ahead = xr.DataArray(steps, coords={"year": list(years)})
    return (last * growth**ahead).transpose("year", ...)


def cohort_ratios(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    """Every cohort changes as the one before it did: the method of Hamilton and Perry.

    Parameters
    ----------
    history : DataArray [year, ..., sex, age], persons
        Population by five-year age groups, year by year; the last group is open.
    years : sequence of int
        Years wanted: 5, 10, 15 ... after the last.

    Returns
    -------
    DataArray [year, ..., sex, age], persons

    Raises
    ------
    CoverageError
        The year five years before the last is missing, or a year wanted is not a multiple
        of five years ahead (``MissingPeriod``).

    Notes
    -----
    ``P'[x+5] = P[x] (P[x+5] / P_before[x])``, the last two groups together into the last;
    children under five per woman of 15 to 49 stay as they were.

    References
    ----------
    Hamilton, C., Perry, J. (1962). Social Forces 41(2), 163-170.

    Examples
    --------
    >>> ages = range(0, 60, 5)
    >>> people = xr.DataArray(
    ...     np.full((2, 2, 12), 100.0),
    ...     coords={"year": [2000, 2005], "sex": ["F", "M"], "age": ages})
    >>> cohort_ratios(people, [2010]).sum().item()
    2400.0
    """
    last, before = _ends(history)
    ages = last.indexes["age"].to_numpy()
    if (np.diff(ages) != _WIDTH).any():
        raise CoverageError("ages are not groups of five years", where="history")
    ahead = [int(year) - int(history.indexes["year"][-1]) for year in years]
    if any(lead < _WIDTH or lead % _WIDTH for lead in ahead):
        raise CoverageError(
            "cohorts reach the next group after five years only",
            where=f"years = {list(years)}",
            remedy="ask for 5, 10, 15 ... years after the last",
            id="MissingPeriod",
        )
    last, before = (one.transpose(..., "sex", "age") for one in (last, before))
    order = [str(sex) for sex in last.indexes["sex"]]
    fertile = (ages >= 15) & (ages < 50)
    step = _cohort_steps(last.to_numpy(), before.to_numpy(), order.index("F"), fertile)
    people, found = last.to_numpy(), []
    for _ in range(max(ahead) // _WIDTH):
        people = step(people)
        found.append(people)
    chosen = [found[lead // _WIDTH - 1] for lead in ahead]
    coords = {"year": list(years), **{dim: last.indexes[dim] for dim in last.dims}}
    return xr.DataArray(np.stack(chosen), coords=coords, dims=["year", *last.dims])


def _cohort_steps(last: Floats, before: Floats, women: int, fertile: np.ndarray):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """One step of five years by the ratios between two populations (..., 2, A)."""

    def sources(people: Floats) -> Floats:
        open_group = people[..., -2:].sum(axis=-1, keepdims=True)
        return np.concatenate([people[..., :-2], open_group], axis=-1)

    def mothers(people: Floats) -> Floats:
        return np.asarray(people[..., women, :][..., fertile].sum(axis=-1))[..., None]

    old = sources(before)
    ratio = np.divide(last[..., 1:], old, out=np.zeros_like(old), where=old > 0)
    children = last[..., 0] / np.maximum(mothers(last), 1e-300)

    def step(people: Floats) -> Floats:
        older = sources(people) * ratio
        young = np.concatenate([np.zeros_like(older[..., :1]), older], axis=-1)
        young[..., 0] = children * mothers(young)
        return young

    return step


def _ends(history: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """The last population and that of five years before."""
    require_dims(history, "year", "sex", "age", name="history")
    years = history.indexes["year"]
    if years[-1] - _WIDTH not in years:
        raise CoverageError(
            f"the year {years[-1] - _WIDTH} is missing",
            where=f"history of {years[0]} to {years[-1]}",
            remedy="give the year five years before the last",
            id="MissingPeriod",
        )
    last, before = (history.sel(year=year, drop=True) for year in (years[-1], years[-1] - _WIDTH))
    return last, before


def wape_over_ages(forecast: xr.DataArray, outcome: xr.DataArray) -> xr.DataArray:
    """Sum of the errors of all ages and sexes, over the population, in percent.

    Parameters
    ----------
    forecast : DataArray [..., sex, age], persons
        What was said.
    outcome : DataArray [..., sex, age], persons
        What came.

    Returns
    -------
    DataArray [...], percent

    Raises
    ------
    CoverageError
        Labels differ.

    Notes
    -----
    ``100 sum|f - y| / sum y``.

    Examples
    --------
    >>> cells = {"sex": ["F"], "age": [0, 5]}
    >>> said = xr.DataArray([[11.0, 9.0]], coords=cells)
    >>> came = xr.DataArray([[10.0, 10.0]], coords=cells)
    >>> wape_over_ages(said, came).item()
    10.0
    """
    outcome, forecast = same_cells(outcome.rename("outcome"), forecast.rename("forecast"))
    off = 100.0 * abs(forecast - outcome).sum(["sex", "age"]) / outcome.sum(["sex", "age"])
    return stamp(off, name="wape", units="percent", kind="index", inputs=(outcome,))
