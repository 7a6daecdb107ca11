# SPDX-License-Identifier: Apache-2.0
"""Cohort-component projection of any number of populations and trajectories at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.errors import AccountError
from keruen.project import _kernel as kernel
from keruen.project._inputs import Prepared, prepare
from keruen.project.lifetable import LifeTable
from keruen.project.projection import (
    Fertility,
    Outputs,
    Projection,
    labelled,
    mid_year_population,
)
from keruen.project.regions import RegionalProjection, project_regions
from keruen.project.rules import EDITIONS, Rules

if TYPE_CHECKING:
    from keruen.project.intervals import Trajectories

__all__ = [
    "EDITIONS",
    "Fertility",
    "Projection",
    "RegionalProjection",
    "Rules",
    "mid_year_population",
    "project_population",
    "project_regions",
]


def project_population(
    base: xr.DataArray,
    fertility: Fertility,
    mortality: LifeTable | xr.DataArray,
    migration: xr.DataArray | None,
    *,
    rules: Rules,
    years: Sequence[int],
    trajectories: Trajectories | None = None,
    quantiles: Sequence[float] | None = None,
) -> Projection:
    """Population by age and sex carried forward by births, deaths and migration.

    Parameters
    ----------
    base : DataArray [..., sex, age], persons
        Population at the start of the first year. Any dimension before sex and age is
        projected at once: countries, trajectories, scenarios.
    fertility : Fertility
        Births per woman-year by age, and the sex ratio at birth.
    mortality : LifeTable or DataArray [..., year, sex, age]
        Life tables, or survivorship (``kind="probability"``), or death rates by single age
        (``kind="rate"``).
    migration : DataArray [..., year, sex, age], persons, or per person and year
        Net migrants of each step (``kind="count"``), or net rates on the opening population
        (``kind="rate"``). ``None`` is allowed where the rules say that none is meant.
    rules : Rules
        Conventions; ``EDITIONS`` holds those of the United Nations.
    years : sequence of int
        First year of every step, for example ``range(2024, 2101)``.
    trajectories : Trajectories, optional
        Paths of total fertility, life expectancy and net migration around the components.
    quantiles : sequence of float, optional
        With trajectories: keep these quantiles in place of every path.

    Returns
    -------
    Projection
        Population, births, deaths, migration and the table of adjustments.

    Raises
    ------
    CoverageError
        Years or cells are missing (``MissingPeriod``), or labels differ.
    SchemaError
        A value is negative or out of range (``NegativeInput``), ages do not match the
        interval (``ShapeMismatch``).
    UnitsError
        Thousands instead of persons, or another date than the rules state
        (``UnitMismatch``).
    AccountError
        More people would leave a group than the rules allow (``ExtremeOutflow``).

    See Also
    --------
    project_regions : Several regions with flows between them.
    keruen.project.assumptions : Variants and paths of the components.

    Notes
    -----
    Migrants at the end: ``P'[x] = P[x-1] S[x] + M[x]``, the last two groups sharing one
    survivorship. Migrants evenly: half of ``M`` joins before and half after survival.
    Births are ``n sum(asfr W)`` with ``W`` the mean number of women under the rule of
    exposure. Deaths are the cohort's loss, split by age with the separation factors of the
    life table. ``population' - population = births - deaths + migration`` in every cell.

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology.
    Preston, S., Heuveline, P., Guillot, M. (2001). Demography. Blackwell, chapter 6.

    Examples
    --------
    >>> age, sex = [0, 1, 2, 3], ["F", "M"]
    >>> base = xr.DataArray([[100.0, 90, 80, 50]] * 2, coords={"sex": sex, "age": age})
    >>> cells = {"year": [2024], "sex": sex, "age": age}
    >>> survival = xr.DataArray([[[0.98, 0.99, 0.97, 0.6]] * 2], coords=cells)
    >>> net = xr.DataArray([[[2.0, 4, -1, 0]] * 2], coords=cells)
    >>> asfr = xr.DataArray([[0.3]], coords={"year": [2024], "age": [1]})
    >>> boys = xr.DataArray([1.05], coords={"year": [2024]})
    >>> result = project_population(
    ...     base, Fertility(asfr, boys), survival.assign_attrs(kind="probability"), net,
    ...     rules=Rules(), years=[2024])
    >>> result.population.sel(year=2025, sex="F").round(4).values.tolist()
    [15.5527, 103.0, 86.3, 78.0]
    """
    if trajectories is not None:
        from keruen.project.paths import project_paths

        return project_paths(
            base,
            fertility,
            mortality,
            migration,
            trajectories,
            rules=rules,
            years=years,
            quantiles=quantiles,
        )
    ready = prepare(base, fertility, mortality, migration, rules=rules, years=years)
    return labelled(ready, _run(ready))


def _run(ready: Prepared) -> Outputs:
    """The year loop. Results have the year where canonical order wants it."""
    T, cells, (sexes, ages) = len(ready.years), ready.base.shape[:-2], ready.base.shape[-2:]
    fertile = ready.fertile.stop - ready.fertile.start

    def room(steps: int, width: int) -> tuple[kernel.Floats, kernel.Floats]:
        shape = [*cells, sexes, width]
        shape.insert(ready.year_axis, steps)
        whole = np.empty(shape)
        return whole, np.moveaxis(whole, ready.year_axis, 0)

    population, at = room(T + 1, ages)
    births, born = room(T, fertile)
    deaths, died = room(T, ages)
    migration, moved = room(T, ages)
    changes = kernel.Changes()
    P = at[0]
    P[...] = ready.base
    for t in range(T):
        M = moved[t]
        note = partial(_note, ready, changes, t)
        M[...] = ready.net_migration(t, P, note)
        step = kernel.Step(ready.S[t], ready.asfr[t], ready.boys[t], M, ready.fertile)
        outcome = kernel.advance(P, step, ready.rules, note)
        at[t + 1] = outcome.closing
        born[t] = outcome.births
        died[t] = (
            outcome.deaths
            if ready.lower is None
            else kernel.deaths_by_age(outcome.deaths, ready.lower[t])
        )
        P = at[t + 1]
    return Outputs(population, births, deaths, migration, changes)


def _note(  # noqa: PLR0917  (the form the kernel calls)
    ready: Prepared,
    changes: kernel.Changes,
    t: int,
    where: np.ndarray,
    before: kernel.Floats,
    after: kernel.Floats,
    why: str,
) -> None:
    """Keep what a rule changed, or refuse it where the rules say so."""
    if ready.rules.outflow == "raise" and why.startswith("more"):
        _refuse_outflow(ready, where, t)
    changes.add(t, where, before, after, why)


def _refuse_outflow(ready: Prepared, where: np.ndarray, t: int) -> None:
    cell = np.unravel_index(int(np.argmax(where)), where.shape)
    key = ", ".join(
        f"{dim}={labels[int(i)]}"
        for (dim, labels), i in zip(ready.coords.items(), cell, strict=True)
    )
    raise AccountError(
        f"{int(where.sum())} groups would lose more than {ready.rules.max_out:.0%} in one step",
        where=f"first: year={ready.years[t]}, {key}",
        remedy="check that migration is in persons, or take outflow='clip'",
        id="ExtremeOutflow",
    )
