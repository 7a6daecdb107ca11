# SPDX-License-Identifier: Apache-2.0
"""Crude rates of migration by place: in, out, gross and net."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import UnitsError
from keruen.measure._checks import (
    missing_reason,
    refuse_finer,
    refuse_negative,
    refuse_unpeopled,
    shared_terms,
)

__all__ = [
    "crude_gross_migration_rate",
    "crude_in_migration_rate",
    "crude_net_migration_rate",
    "crude_out_migration_rate",
]


def crude_in_migration_rate(
    inflow: xr.DataArray, population: xr.DataArray, *, per: float = 1000, annual: bool = True
) -> xr.DataArray:
    """Arrivals for every thousand people of the place they came to.

    Parameters
    ----------
    inflow : DataArray [region, ...], persons or moves
        Arrivals, counted where people went.
    population : DataArray [region, ...], persons
        Population at risk: mid-period for moves; for transitions, people alive at both
        dates, by where they live at the end.
    per : float, optional
        Size of the group that the rate refers to.
    annual : bool, optional
        Whether to divide by the length of the interval, ``inflow.attrs["interval_years"]``
        (one year when absent).

    Returns
    -------
    DataArray [region, ...], per ``per`` persons
        Missing where the population is missing, or 0 with nobody moving.

    Raises
    ------
    SchemaError
        A count is negative, or the population is 0 where people moved (``ZeroPopulation``).
    CoverageError
        Labels differ, or the population is split by more than the flows.
    UnitsError
        Transitions over an interval other than one year would be divided by its length.

    See Also
    --------
    crude_out_migration_rate : The same for departures.

    Notes
    -----
    ``per * D / P``. People who lived elsewhere outside the region are not exposed to
    moving in, so that this is a rate in form only; the out-migration rate is one in fact.
    Gross transitions do not grow in step with the interval, because returns and further
    moves within it are not seen: a five-year figure divided by five is too low.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> regions = {"region": ["KZ-71", "KZ-75"]}
    >>> arrivals = xr.DataArray([60.0, 90.0], coords=regions)
    >>> people = xr.DataArray([1200.0, 2000.0], coords=regions)
    >>> crude_in_migration_rate(arrivals, people).values.tolist()
    [50.0, 45.0]
    """
    return _crude_rate(
        "crude_in_migration_rate", inflow, population, per=per, annual=annual, gross=True
    )


def crude_out_migration_rate(
    outflow: xr.DataArray, population: xr.DataArray, *, per: float = 1000, annual: bool = True
) -> xr.DataArray:
    """Departures for every thousand people of the place they left.

    Parameters
    ----------
    outflow : DataArray [region, ...], persons or moves
        Departures, counted where people came from.
    population : DataArray [region, ...], persons
        Population at risk: mid-period for moves; for transitions, people alive at both
        dates, by where they live at the end.
    per : float, optional
        Size of the group that the rate refers to.
    annual : bool, optional
        Whether to divide by ``outflow.attrs["interval_years"]`` (one year when absent).

    Returns
    -------
    DataArray [region, ...], per ``per`` persons
        Missing where the population is missing, or 0 with nobody moving.

    Raises
    ------
    SchemaError
        A count is negative, or the population is 0 where people moved (``ZeroPopulation``).
    CoverageError
        Labels differ, or the population is split by more than the flows.
    UnitsError
        Transitions over an interval other than one year would be divided by its length.

    See Also
    --------
    crude_in_migration_rate : The same for arrivals; its notes hold here too.

    Notes
    -----
    ``per * O / P``.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> regions = {"region": ["KZ-71", "KZ-75"]}
    >>> departures = xr.DataArray([60.0, 90.0], coords=regions)
    >>> people = xr.DataArray([1200.0, 2000.0], coords=regions)
    >>> crude_out_migration_rate(departures, people, per=100).values.tolist()
    [5.0, 4.5]
    """
    return _crude_rate(
        "crude_out_migration_rate", outflow, population, per=per, annual=annual, gross=True
    )


def crude_gross_migration_rate(
    inflow: xr.DataArray,
    outflow: xr.DataArray,
    population: xr.DataArray,
    *,
    per: float = 1000,
    annual: bool = True,
) -> xr.DataArray:
    """Arrivals and departures together for every thousand people.

    Parameters
    ----------
    inflow : DataArray [region, ...], persons or moves
        Arrivals.
    outflow : DataArray [region, ...], persons or moves
        Departures.
    population : DataArray [region, ...], persons
        Population at risk, as for the in- and out-migration rates.
    per : float, optional
        Size of the group that the rate refers to.
    annual : bool, optional
        Whether to divide by ``inflow.attrs["interval_years"]`` (one year when absent).

    Returns
    -------
    DataArray [region, ...], per ``per`` persons
        The turnover rate.

    Raises
    ------
    SchemaError
        A count is negative, or the population is 0 where people moved (``ZeroPopulation``).
    CoverageError
        Labels differ, or the population is split by more than the flows.
    UnitsError
        Concept or interval of the arrays differ, or transitions would be annualised.

    See Also
    --------
    crude_net_migration_rate : What turnover leaves behind.

    Notes
    -----
    ``per * (D + O) / P``.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> regions = {"region": ["KZ-71", "KZ-75"]}
    >>> arrivals = xr.DataArray([60.0, 90.0], coords=regions)
    >>> departures = xr.DataArray([90.0, 60.0], coords=regions)
    >>> people = xr.DataArray([1500.0, 1500.0], coords=regions)
    >>> crude_gross_migration_rate(arrivals, departures, people).values.tolist()
    [100.0, 100.0]
    """
    inflow, outflow = same_cells(inflow.rename("inflow"), outflow.rename("outflow"))
    refuse_negative(inflow, name="inflow")
    refuse_negative(outflow, name="outflow")
    turnover = (inflow + outflow).assign_attrs(shared_terms(inflow, outflow))
    return _crude_rate(
        "crude_gross_migration_rate", turnover, population, per=per, annual=annual, gross=True
    )


def crude_net_migration_rate(
    net: xr.DataArray, population: xr.DataArray, *, per: float = 1000, annual: bool = True
) -> xr.DataArray:
    """Net gain by migration for every thousand people.

    Parameters
    ----------
    net : DataArray [region, ...], persons
        In- less out-migrants, or a residual; negative where more left.
    population : DataArray [region, ...], persons
        Population at risk, mid-period.
    per : float, optional
        Size of the group that the rate refers to.
    annual : bool, optional
        Whether to divide by ``net.attrs["interval_years"]`` (one year when absent).

    Returns
    -------
    DataArray [region, ...], per ``per`` persons
        Missing where the net or the population is missing.

    Raises
    ------
    SchemaError
        The population is negative, or 0 where people moved (``ZeroPopulation``).
    CoverageError
        Labels differ, or the population is split by more than the net.

    See Also
    --------
    keruen.measure.net.net_migration_by_residual : A net where only births and deaths are known.

    Notes
    -----
    ``per * N / P``. Net migration is the same for moves and transitions apart from
    deaths, so that dividing it by the interval is harmless.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> gained = xr.DataArray([6656.0], coords={"country": ["KAZ"]}, attrs={"interval_years": 0.5})
    >>> people = xr.DataArray([19_900_000.0], coords={"country": ["KAZ"]})
    >>> round(crude_net_migration_rate(gained, people).item(), 2)
    0.67
    """
    return _crude_rate(
        "crude_net_migration_rate", net, population, per=per, annual=annual, gross=False
    )


def _crude_rate(
    name: str,
    moved: xr.DataArray,
    population: xr.DataArray,
    *,
    per: float,
    annual: bool,
    gross: bool,
) -> xr.DataArray:
    """Rate of one margin, after the checks that all crude rates share."""
    moved, population = same_cells(moved.rename("moved"), population.rename("population"))
    refuse_finer(population, moved)
    refuse_negative(population, name="population")
    if gross:
        refuse_negative(moved, name="moved")
    refuse_unpeopled(moved, population)
    terms = shared_terms(moved)
    years = float(moved.attrs.get("interval_years", 1))
    if annual and gross and years != 1 and terms.get("concept") == "transitions":
        raise UnitsError(
            f"gross transitions over {years:g} years cannot be divided by {years:g}",
            where=name,
            remedy="say annual=False for a rate of the whole interval",
            id="UnitMismatch",
        )
    span = years if annual else 1.0
    rate = (per / span) * moved / population.where(population > 0)
    facts = missing_reason(rate, {"flow or population missing": np.asarray(rate.isnull())})
    period = "a year" if annual else f"over {years:g} years"
    return stamp(
        rate,
        name=name,
        units=f"per {per:g} persons {period}",
        kind="rate",
        inputs=(moved, population),
        **(terms | facts),
    )
