# SPDX-License-Identifier: Apache-2.0
"""Net migration totals spread over ages as a difference of inflow and outflow.

A net total cannot be spread with one curve: near zero, or where its sign changes, the curve
gives absurd ages. Inflow and outflow each have an age pattern of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError, SchemaError
from keruen.project._paths import gross_flows


@dataclass(frozen=True)
class NetMigrationByAge:
    """Net migrants by age, and the gross flows that they are modelled from.

    Parameters
    ----------
    net : DataArray [..., sex, age], persons
        Net migrants; they add to the total given.
    inflow : DataArray [..., sex, age], persons
        Modelled arrivals. Not a measured flow.
    outflow : DataArray [..., sex, age], persons
        Modelled departures. Not a measured flow.
    moved : DataArray [...], persons
        Departures cut by the limit and taken from arrivals.
    """

    net: xr.DataArray
    inflow: xr.DataArray
    outflow: xr.DataArray
    moved: xr.DataArray


@dataclass(frozen=True)
class MigrationAges:
    """Age patterns of arrivals and departures.

    Parameters
    ----------
    inward : DataArray [..., sex, age], share
        Ages and sexes of arrivals; adds to 1.
    outward : DataArray [..., sex, age], relative rate
        Propensity to leave; only proportions count.
    floor : float
        Gross inflow where net migration is zero, as a share of the population.
    """

    inward: xr.DataArray
    outward: xr.DataArray
    floor: float = 0.001


def fundamental_ages(ages: np.ndarray, *, floor: float = 0.001) -> MigrationAges:
    """Arrivals and departures after the fundamental schedule of Rogers and Castro.

    Parameters
    ----------
    ages : ndarray
        Single ages, or lower bounds of five-year groups.
    floor : float, optional
        Gross inflow where net migration is zero, as a share of the population.

    Returns
    -------
    MigrationAges
        The same pattern for both directions and sexes.

    See Also
    --------
    split_net_migration : Uses the patterns.

    References
    ----------
    Rogers, A., Castro, L. (1981). Model Migration Schedules. IIASA RR-81-30.

    Examples
    --------
    >>> pattern = fundamental_ages(np.arange(101)).inward.sum("sex")
    >>> int(pattern.idxmax()), round(pattern.sel(age=slice(15, 34)).sum().item(), 3)
    (23, 0.486)
    """
    ages = np.asarray(ages)
    middle = ages + np.append(np.diff(ages), np.diff(ages)[-1]) / 2
    x = middle - 20.0
    rate = 0.02 * np.exp(-0.1 * middle) + 0.06 * np.exp(-0.1 * x - np.exp(-0.4 * x)) + 0.003
    share = np.tile(rate / rate.sum() / 2, (2, 1))
    pattern = xr.DataArray(share, coords={"sex": ["F", "M"], "age": ages}, dims=["sex", "age"])
    pattern = stamp(pattern, name="migration_ages", units="share", kind="share")
    return MigrationAges(pattern, pattern, floor)


def split_net_migration(
    net: xr.DataArray,
    population: xr.DataArray,
    ages: MigrationAges,
    *,
    max_out: float = 0.8,
    outflow: str = "clip",
) -> NetMigrationByAge:
    """Net totals spread over sex and age by the flow-difference method.

    Parameters
    ----------
    net : DataArray [...], persons
        Net migrants of the year, both sexes.
    population : DataArray [..., sex, age], persons
        Population from which people leave.
    ages : MigrationAges
        Patterns of arrivals and departures, and the gross floor.
    max_out : float, optional
        Largest share of a group that may be lost.
    outflow : {"clip", "raise"}, optional
        Cut such losses and take the cut from the gains, or refuse.

    Returns
    -------
    NetMigrationByAge
        Net migrants by sex and age that add to ``net``, and the modelled gross flows.

    Raises
    ------
    SchemaError
        Shares of arrivals do not add to 1, or the floor is negative.
    AccountError
        A group would lose more than ``max_out`` (``ExtremeOutflow``), or the cut exceeds
        all gains, so that the total cannot be kept.

    See Also
    --------
    fundamental_ages : A pattern where none is known.

    Notes
    -----
    ``IN = max(b0 P + N / 2, r P, r P + N)`` with ``r = b0 / 10`` and ``OUT = IN - N``;
    ``M = IN w_in - OUT w_out`` with ``w_out`` proportional to propensity times population.
    A net total of zero keeps the gross floor, and ages that add to zero.

    References
    ----------
    Sevcikova, H., Raymer, J., Raftery, A. (2024). arXiv 2411.09878.

    Examples
    --------
    >>> people = xr.DataArray(
    ...     np.full((2, 101), 10_000 / 202), coords={"sex": ["F", "M"], "age": range(101)})
    >>> split = split_net_migration(xr.DataArray(10.0), people, fundamental_ages(np.arange(101)))
    >>> round(split.inflow.sum().item(), 6), round(split.outflow.sum().item(), 6)
    (15.0, 5.0)
    """
    _check_ages(ages)
    require_dims(population, "sex", "age", name="population")
    net, people, inward, outward = same_cells(net, population, ages.inward, ages.outward)
    total = people.sum(["sex", "age"])
    net_values, people_values = xr.broadcast(net, total)
    gross = gross_flows(
        net_values.to_numpy().astype(float), people_values.to_numpy().astype(float), ages.floor
    )
    inflow_total = net_values.copy(data=gross)
    at_risk = people * outward
    inflow = inflow_total * inward
    leaving = (inflow_total - net) * at_risk / at_risk.sum(["sex", "age"])
    migrants = inflow - leaving
    floor = -max_out * people
    cut = (floor - migrants).clip(min=0.0)
    moved = cut.sum(["sex", "age"])
    if bool((moved > 0).any()):
        if outflow == "raise":
            _refuse(cut, max_out)
        migrants = _take_from_gains(migrants + cut, moved)
    facts = {"basis": "modelled, not measured"}
    inputs = (net, population)
    return NetMigrationByAge(
        net=stamp(migrants, name="net_migration", units="persons", kind="count", inputs=inputs),
        inflow=stamp(inflow, name="inflow", units="persons", kind="count", inputs=inputs, **facts),
        outflow=stamp(
            leaving, name="outflow", units="persons", kind="count", inputs=inputs, **facts
        ),
        moved=stamp(moved, name="moved", units="persons", kind="count", inputs=inputs),
    )


def _check_ages(ages: MigrationAges) -> None:
    if ages.floor < 0:
        raise SchemaError(
            f"the gross floor is {ages.floor}",
            where="ages.floor",
            remedy="give a share of 0 or more",
            id="NegativeInput",
        )
    sums = ages.inward.sum(["sex", "age"])
    if bool((abs(sums - 1) > 1e-6).any()) or bool((ages.inward < 0).any()):
        raise SchemaError(
            "shares of arrivals are negative or do not add to 1",
            where=f"ages.inward adds to {float(sums.min()):.6f} to {float(sums.max()):.6f}",
            remedy="divide them by their sum over sex and age",
            id="NegativeInput",
        )


def _take_from_gains(migrants: xr.DataArray, moved: xr.DataArray) -> xr.DataArray:
    """The cut taken from groups that gain, in proportion, so that the total stays."""
    gains = migrants.clip(min=0.0)
    all_gains = gains.sum(["sex", "age"])
    if bool((moved > all_gains * (1 + 1e-9)).any()):
        raise AccountError(
            "net outflow is larger than the limit allows",
            where=f"short by {float((moved - all_gains).max()):,.0f} persons",
            remedy="check that net migration is in persons and of one year",
            id="ExtremeOutflow",
        )
    return migrants - gains * (moved / all_gains.where(all_gains > 0, 1.0))


def _refuse(cut: xr.DataArray, max_out: float) -> None:
    worst = cut.where(cut > 0).stack(cell=cut.dims).idxmax().item()
    raise AccountError(
        f"{int((cut > 0).sum())} groups would lose more than {max_out:.0%}",
        where=f"worst at {worst}",
        remedy="check that net migration is in persons, or take outflow='clip'",
        id="ExtremeOutflow",
    )
