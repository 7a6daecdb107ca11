# SPDX-License-Identifier: Apache-2.0
"""The labour force: people times participation, brought to known totals where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, InfeasibleError, SchemaError
from keruen.measure.age_structure import population_by_age_group
from keruen.project import _participation as kernel
from keruen.project._skillchecks import cells, check_counts, check_rates, check_years

_CELLS = ["sex", "age"]


def labour_force(population: xr.DataArray, participation: xr.DataArray) -> xr.DataArray:
    """People in the labour force by sex and age.

    Parameters
    ----------
    population : DataArray [..., sex, age], persons
        Population by single age or by groups that fill those of participation.
    participation : DataArray [..., sex, age], share
        Rates by lower bound of age; the last group is open.

    Returns
    -------
    DataArray [..., sex, age], persons
        Ages of the rates.

    Raises
    ------
    CoverageError
        Years, places or sexes differ (``YearsDiffer`` for years).
    SchemaError
        A rate is outside 0 to 1 (``OutOfRange``), a population negative, or an age of the
        rates cuts through one of the population (``AgeGroups``).

    See Also
    --------
    align_participation : Rates that give a published total.

    Notes
    -----
    ``LF = P p``. Sum over ages before taking quantiles over paths.

    Examples
    --------
    >>> people = xr.DataArray([[50.0, 40.0, 30.0]], {"sex": ["F"], "age": [0, 15, 65]})
    >>> rates = xr.DataArray([[0.5, 0.1]], {"sex": ["F"], "age": [15, 65]})
    >>> labour_force(people, rates).values.tolist()
    [[20.0, 3.0]]
    """
    require_dims(population, *_CELLS, name="population")
    require_dims(participation, *_CELLS, name="participation")
    check_counts(population=population)
    check_rates(participation=participation)
    if "year" in population.dims and "year" in participation.dims:
        check_years(population, participation, names=("population", "participation"))
    people = _people(population, participation)
    people, rates = same_cells(people.rename("population"), participation.rename("participation"))
    return stamp(
        people * rates,
        name="labour_force",
        units="persons",
        kind="count",
        inputs=(population, participation),
        concept="stock",
    )


def _people(population: xr.DataArray, participation: xr.DataArray) -> xr.DataArray:
    """The population by the ages of the rates."""
    lower = [int(age) for age in participation.sortby("age").indexes["age"]]
    if list(population.indexes["age"]) == lower:
        return population
    return population_by_age_group(population, lower=lower)


def align_participation(
    population: xr.DataArray,
    participation: xr.DataArray,
    total: xr.DataArray,
    *,
    by: Literal["total", "cell"] = "total",
    over: str = "region",
) -> tuple[xr.DataArray, xr.DataArray]:
    """Rates shifted so that the labour force adds to known totals, and the shift.

    Parameters
    ----------
    population : DataArray [..., sex, age], persons
        Population by the ages of the rates.
    participation : DataArray [..., sex, age], share
        Rates of the right pattern.
    total : DataArray [...], persons
        Labour force to come to: without sex and age for ``by="total"``; by sex and age but
        without regions for ``by="cell"``.
    by : {"total", "cell"}, optional
        One shift for all sexes and ages of a place; or one for all places of a sex and age.
    over : str, optional
        The places of ``by="cell"``.

    Returns
    -------
    DataArray [..., sex, age], share
        Shifted rates.
    DataArray [...], logit
        What was added to the logits, to be shown beside the result.

    Raises
    ------
    InfeasibleError
        A total is not between nobody and everybody.
    CoverageError
        Places or years differ.

    Notes
    -----
    ``sum P expit(logit(p) + d) = total`` for one ``d`` a total: odds of every cell are
    multiplied by the same number, so that rates stay between 0 and 1.

    Examples
    --------
    >>> people = xr.DataArray([[100.0, 100.0]], {"sex": ["F"], "age": [15, 25]})
    >>> rates = xr.DataArray([[0.4, 0.8]], {"sex": ["F"], "age": [15, 25]})
    >>> found, shift = align_participation(people, rates, xr.DataArray(110.0))
    >>> found.round(3).values.tolist(), round(shift.item(), 3)
    ([[0.342, 0.758]], -0.247)
    """
    check_counts(population=population, total=total)
    check_rates(participation=participation)
    people = _people(population, participation)
    axes = _CELLS if by == "total" else [over]
    people, rates, total = same_cells(
        people.rename("population"), participation.rename("participation"), total.rename("total")
    )
    people, rates = xr.broadcast(people, rates)
    frame = people.isel(dict.fromkeys(axes, 0), drop=True)
    if set(total.dims) - set(frame.dims):
        raise SchemaError(
            f"totals have dimensions that people lack: {set(total.dims) - set(frame.dims)}",
            where="total",
            remedy=f"give totals without {', '.join(axes)}",
        )
    goal = total.broadcast_like(frame).transpose(*frame.dims)
    _reachable(people.sum(axes).transpose(*frame.dims), goal)
    at = tuple(people.get_axis_num(dim) for dim in axes)
    weight = np.asarray(people.to_numpy(), dtype=float)
    z = kernel.logit(np.asarray(rates.to_numpy(), dtype=float))
    target = np.expand_dims(np.asarray(goal.to_numpy(), dtype=float), tuple(sorted(at)))
    shift = kernel.common_shift(z, weight, target, at)
    found = people.copy(data=kernel.expit(z + shift))
    moved = frame.copy(data=shift.reshape(frame.shape))
    return (
        stamp(found, name="participation", units="share", kind="share", inputs=(participation,)),
        stamp(moved, name="shift", units="logit", kind="index", inputs=(total,)),
    )


def _reachable(people: xr.DataArray, goal: xr.DataArray) -> None:
    share = goal / people
    bad = ~((share > 0) & (share < 1))
    if bool(bad.any()):
        raise InfeasibleError(
            f"{int(bad.sum())} totals of the labour force are not between nobody and everybody "
            f"of these ages, the largest {float(share.max()):.0%} of the population",
            where=cells(bad) or "total",
            remedy="check that both are persons, of the same year and ages",
        )


def agreeing_unemployment(
    rate: xr.DataArray, force: xr.DataArray, *, national: xr.DataArray
) -> xr.DataArray:
    """Unemployment rates of regions scaled so that the unemployed add to the nation's.

    Parameters
    ----------
    rate : DataArray [region], share
        Unemployment rate of each region.
    force : DataArray [..., region], persons
        Labour force.
    national : DataArray [...], persons
        Unemployed of the nation.

    Returns
    -------
    DataArray [..., region], share

    Raises
    ------
    CoverageError
        Regions differ.

    Examples
    --------
    >>> rate = xr.DataArray([0.05, 0.10], {"region": ["A", "B"]})
    >>> force = xr.DataArray([100.0, 100.0], {"region": ["A", "B"]})
    >>> agreeing_unemployment(rate, force, national=xr.DataArray(12.0)).round(3).values.tolist()
    [0.04, 0.08]
    """
    rate, force = same_cells(rate.rename("rate"), force.rename("force"))
    check_rates(rate=rate)
    scale = national / (rate * force).sum("region")
    found = rate * scale
    if bool((found > 1).any()):
        raise CoverageError(
            "unemployment of the nation does not fit into its regions",
            where=cells(found > 1),
            remedy="check that both are of the same definition and year",
        )
    return stamp(found, name="unemployment_rate", units="share", kind="share", inputs=(rate, force))


def arrivals_participation(
    native: xr.DataArray, ratio: xr.DataArray | float, *, since: Sequence[int], converge: int = 10
) -> xr.DataArray:
    """Participation of people who came, by years since they came, where it is not measured.

    Parameters
    ----------
    native : DataArray [..., sex, age], share
        Participation of those who were there.
    ratio : DataArray or float
        Rate of newcomers over that of natives, by what of sex and age is known.
    since : sequence of int
        Whole years since arrival.
    converge : int, optional
        Years after which there is no difference.

    Returns
    -------
    DataArray [duration, ..., sex, age], share

    Raises
    ------
    SchemaError
        A rate is outside 0 to 1, given or as a result (``OutOfRange``).

    Notes
    -----
    ``p(d) = p (r + (1 - r) min(d / converge, 1))``: a convention in place of measured rates,
    which go before it.

    Examples
    --------
    >>> native = xr.DataArray([[0.8]], {"sex": ["F"], "age": [25]})
    >>> arrivals_participation(native, 0.5, since=[0, 5, 10]).round(2).values.ravel().tolist()
    [0.4, 0.6, 0.8]
    """
    require_dims(native, *_CELLS, name="native")
    check_rates(native=native)
    years = [int(one) for one in since]
    part = xr.DataArray(np.minimum(np.array(years) / converge, 1.0), {"duration": years})
    found = native * (ratio + (1 - ratio) * part)
    check_rates(participation=found)
    return stamp(found, name="participation", units="share", kind="share", inputs=(native,))
