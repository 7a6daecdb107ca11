# SPDX-License-Identifier: Apache-2.0
"""Migration needed to keep a measure of the population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError, InfeasibleError
from keruen.project.components import Components
from keruen.project.population import project_population
from keruen.project.rules import Rules

_STEPS: Final = 40
_TOLERANCE: Final = 1e-6


def support_ratio(
    population: xr.DataArray, *, working: tuple[int, int] = (15, 64), old: int = 65
) -> xr.DataArray:
    """People of working age per old person.

    Parameters
    ----------
    population : DataArray [..., sex, age], persons
        Population by age.
    working : tuple of int, optional
        First and last working age.
    old : int, optional
        First old age.

    Returns
    -------
    DataArray [...], persons per person
        Working-age people over old people.

    See Also
    --------
    replacement_migration : Keeps the ratio by migration.

    Examples
    --------
    >>> people = xr.DataArray([[10.0, 60, 20]], coords={"sex": ["F"], "age": [0, 15, 65]})
    >>> support_ratio(people).item()
    3.0
    """
    age = population.age
    inside = population.where((age >= working[0]) & (age <= working[1]), 0.0).sum(["sex", "age"])
    above = population.where(age >= old, 0.0).sum(["sex", "age"])
    return stamp(
        inside / above,
        name="support_ratio",
        units="persons per person",
        kind="index",
        inputs=(population,),
    )


def replacement_migration(
    base: xr.DataArray,
    components: Components,
    *,
    profile: xr.DataArray,
    target: xr.DataArray,
    rules: Rules,
    years: Sequence[int],
    measure: Callable[[xr.DataArray], xr.DataArray] = support_ratio,
    largest: float = 0.1,
) -> xr.DataArray:
    """Constant annual net inflow that brings a measure of the population to a target.

    Parameters
    ----------
    base : DataArray [..., sex, age], persons
        Population at the start of the first year.
    components : Components
        Components; their migration is replaced.
    profile : DataArray [sex, age], share
        Ages and sexes of the migrants; adds to 1.
    target : DataArray [...], unit of the measure
        Value wanted at the end of the last year.
    rules : Rules
        Conventions.
    years : sequence of int
        First year of every step.
    measure : callable, optional
        From a population with sex and age to the quantity that shall reach the target; it
        must rise with immigration.
    largest : float, optional
        Most migrants tried, as a share of the base population a year.

    Returns
    -------
    DataArray [...], persons per year
        Net migrants a year; negative where fewer people are needed.

    Raises
    ------
    InfeasibleError
        No inflow up to ``largest`` reaches the target.
    CoverageError
        The profile does not add to one.

    See Also
    --------
    support_ratio : The usual measure.

    Notes
    -----
    The measure rises with the inflow, so the inflow is found by bisection: 40 steps or a
    relative tolerance of 1e-6, all populations at once, one projection a step.

    References
    ----------
    United Nations (2000). Replacement Migration: Is It a Solution to Declining and Ageing
    Populations?

    Examples
    --------
    >>> from keruen.project.population import Fertility
    >>> age, sex = [0, 1, 2, 3], ["F", "M"]
    >>> base = xr.DataArray(np.full((2, 4), 100.0), coords={"sex": sex, "age": age})
    >>> cells = {"year": [2024], "sex": sex, "age": age}
    >>> alive = xr.DataArray(np.full((1, 2, 4), 0.9), coords=cells, attrs={"kind": "probability"})
    >>> rate = xr.DataArray([[0.5]], coords={"year": [2024], "age": [1]})
    >>> ratio = xr.DataArray([1.0], coords={"year": [2024]})
    >>> given = Components(Fertility(rate, ratio), alive, alive * 0)
    >>> share = xr.DataArray([[0.0, 0.5, 0, 0]] * 2, coords={"sex": sex, "age": age})
    >>> size = lambda people: people.sum(["sex", "age"])
    >>> needed = replacement_migration(base, given, profile=share, target=xr.DataArray(800.0),
    ...     rules=Rules(), years=[2024], measure=size)
    >>> round(needed.item(), 2)
    37.25
    """
    if abs(float(profile.sum()) - 1) > 1e-6:
        raise CoverageError(
            f"the profile adds to {float(profile.sum()):.6f}",
            where="profile",
            remedy="divide it by its sum over sex and age",
        )
    year = xr.DataArray(np.ones(len(years)), coords={"year": list(years)})

    def reached(inflow: xr.DataArray) -> xr.DataArray:
        migration = (inflow * profile * year).assign_attrs(kind="count")
        run = project_population(
            base, components.fertility, components.mortality, migration, rules=rules, years=years
        )
        return measure(run.population.isel(year=-1, drop=True))

    people = base.sum(["sex", "age"])
    low, high = -largest * people, largest * people
    short = reached(high) < target
    if bool(short.any()):
        raise InfeasibleError(
            f"no inflow up to {largest:.0%} of the population a year reaches the target",
            where=f"{int(short.sum())} of {short.size} populations",
            remedy="lower the target, or raise 'largest'",
        )
    for _ in range(_STEPS):
        middle = (low + high) / 2
        enough = reached(middle) >= target
        low, high = low.where(enough, middle), middle.where(enough, high)
        if bool((high - low <= _TOLERANCE * abs(high)).all()):
            break
    return stamp(
        (low + high) / 2,
        name="net_migration",
        units="persons per year",
        kind="count",
        inputs=(base,),
    )
