# SPDX-License-Identifier: Apache-2.0
"""Probabilistic projection: many paths of the components, kept whole or as quantiles."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import CoverageError, ScenarioError, SchemaError, UnitsError
from keruen.project import _paths as kernel
from keruen.project._inputs import Prepared, cells_last, prepare
from keruen.project._kernel import Floats
from keruen.project._pathlabels import PathProjection, cell_dims, labelled
from keruen.project._pathloops import run_apart, run_balanced
from keruen.project._pathrun import Run, Sink
from keruen.project.lifetable import LifeTable, life_table
from keruen.project.migration_ages import MigrationAges, fundamental_ages
from keruen.project.projection import Fertility

if TYPE_CHECKING:
    from keruen.project.intervals import Trajectories
    from keruen.project.rules import Rules

__all__ = ["PathProjection", "project_paths"]


def project_paths(
    base: xr.DataArray,
    fertility: Fertility,
    mortality: LifeTable | xr.DataArray,
    migration: xr.DataArray | None,
    trajectories: Trajectories,
    *,
    rules: Rules,
    years: Sequence[int],
    quantiles: Sequence[float] | None = None,
    ages: MigrationAges | None = None,
    balance: Literal["variance", "population"] | xr.DataArray | None = None,
    threads: int | None = None,
    sink: Sink | None = None,
) -> PathProjection:
    """Population projected along every path of fertility, mortality and migration.

    Parameters
    ----------
    base : DataArray [..., sex, age], persons
        Population at the start of the first year, the same in every path.
    fertility : Fertility
        Medium fertility; its pattern by age serves every path.
    mortality : LifeTable or DataArray [..., year, sex, age], per person-year
        Medium death rates by single age; they are scaled to each path's life expectancy.
    migration : DataArray [..., year, sex, age], persons
        Medium net migrants.
    trajectories : Trajectories
        Paths of total fertility, life expectancy and the net migration rate.
    rules : Rules
        Conventions of the editions of 2022 and 2024: single years, migrants at the end.
    years : sequence of int
        First year of every step.
    quantiles : sequence of float, optional
        Levels to keep by sex and age in place of every path.
    ages : MigrationAges, optional
        Ages over which a path's difference from the medium total is spread; the fundamental
        schedule, for arrivals weighted by the population of all cells, when not given.
    balance : {"variance", "population"} or DataArray [...], optional
        Makes net migration of all cells add to zero in every path, year, sex and age. Cells
        take a surplus by the variance of their count (the certain move least), by
        population, or by their own weight per person (0 for those that take none).
    threads : int, optional
        Threads to use; results do not depend on it.
    sink : callable, optional
        Called with the number of the year, of the cell and its population (rows of sex and
        age, columns of paths), to store more than memory holds.

    Returns
    -------
    PathProjection
        Paths or quantiles by age, totals by path, and what rules changed.

    Raises
    ------
    ScenarioError
        The rules are not those of single years with migrants at the end.
    CoverageError
        Paths lack a year, sex or cell.
    AccountError
        A surplus has nobody left to take it (``NotBalanced``), or more would leave a group
        than ``rules.outflow="raise"`` allows (``ExtremeOutflow``).

    See Also
    --------
    keruen.project.intervals.trajectories_from_intervals : Paths from published intervals.
    keruen.project.balance.balance_world : The same rules for net migrants at hand.

    Notes
    -----
    Survivorship is a polynomial in life expectancy, fitted to twelve life tables that span
    the paths of each year. Net migrants of a path are its rate times its own population and
    the persons of ``trajectories.further``; the difference from the medium total is spread by
    the flow-difference method. A group never loses more than ``rules.max_out``; what is cut
    is taken from groups that gain.
    ``total' - total = births - deaths + migration`` in every path.

    The variance of a count is that of the year's rates times the square of the path's
    population. Balanced migrants are whole multiples of 2 to the power -24 persons: their sum
    over cells is zero to the last bit.

    References
    ----------
    Raftery, A., Li, N., Sevcikova, H., Gerland, P., Heilig, G. (2012). PNAS 109(35),
    13915-13921.

    Examples
    --------
    >>> from keruen.project.intervals import Trajectories
    >>> from keruen.project.rules import Rules
    >>> cells = {"year": [2024], "sex": ["F", "M"], "age": range(101)}
    >>> rates = xr.DataArray(np.full((1, 2, 101), 0.02), coords=cells, dims=list(cells))
    >>> rates[..., 100] = 0.4
    >>> asfr = xr.DataArray([[0.07] * 30], coords={"year": [2024], "age": range(15, 45)},
    ...     dims=["year", "age"])
    >>> line = xr.DataArray([1.05], coords={"year": [2024]})
    >>> path = {"trajectory": range(3), "year": [2024]}
    >>> def paths(values): return xr.DataArray([[v] for v in values], coords=path, dims=list(path))
    >>> e0 = life_table(rates).expectancy.sel(age=0, drop=True).expand_dims(trajectory=range(3))
    >>> result = project_paths(
    ...     xr.DataArray(np.full((2, 101), 100.0), coords={"sex": ["F", "M"], "age": range(101)}),
    ...     Fertility(asfr, line), rates.assign_attrs(kind="rate"), rates * 0.0,
    ...     Trajectories(paths([2.0, 2.1, 2.2]), e0, paths([0.0, 0.0, 0.01])),
    ...     rules=Rules(), years=[2024])
    >>> result.total.sel(year=2025).round(0).values.tolist()
    [19889.0, 19899.0, 20110.0]
    """
    _check_rules(rules)
    table = mortality if isinstance(mortality, LifeTable) else _tables(mortality)
    ready = prepare(base, fertility, table, migration, rules=rules, years=years)
    schedule = ages or _default_ages(ready)
    run = _prepare_run(ready, table, trajectories, schedule, quantiles)
    run.sink = sink
    workers = threads or min(os.cpu_count() or 1, 8)
    if balance is None:
        run_apart(run, _flat(ready), workers)
    else:
        run.per_person = _per_person(balance, ready, run)
        run.by_count = isinstance(balance, str) and balance == "variance"
        run_balanced(run, _flat(ready), workers)
    return labelled(run, ready, quantiles, trajectories)


def _check_rules(rules: Rules) -> None:
    if (rules.interval, rules.migration, rules.births_exposure) != (1, "end", "wpp2022"):
        raise ScenarioError(
            "paths around published intervals are projected by the rules of 2022 and 2024",
            where="rules",
            remedy="take EDITIONS['2024'], or give components with a dimension 'trajectory'",
            id="RuleError",
        )


def _tables(mortality: xr.DataArray) -> LifeTable:
    if mortality.attrs.get("kind") != "rate":
        raise UnitsError(
            "paths of life expectancy need death rates, not survivorship",
            where="mortality",
            remedy="give death rates by single age with attrs['kind'] = 'rate', or a LifeTable",
            id="UnitMismatch",
        )
    return life_table(mortality)


def _flat(ready: Prepared) -> Floats:
    """The base as (C, 2 A)."""
    return np.ascontiguousarray(ready.base).reshape(-1, int(np.prod(ready.base.shape[-2:])))


def _default_ages(ready: Prepared) -> MigrationAges:
    """The fundamental schedule; people arrive from where people live."""
    schedule = fundamental_ages(np.asarray(ready.coords["age"]))
    people = ready.base.reshape(-1, *ready.base.shape[-2:]).sum(axis=0)
    inward = schedule.inward * people
    return replace(schedule, inward=inward / inward.sum())


def _prepare_run(
    ready: Prepared,
    table: LifeTable,
    trajectories: Trajectories,
    schedule: MigrationAges,
    quantiles: Sequence[float] | None,
) -> Run:
    tfr = _draws(trajectories.tfr, ready, "tfr")
    e0 = _draws(trajectories.life_expectancy, ready, "life_expectancy", "sex")
    net = _draws(trajectories.net_migration, ready, "net_migration")
    count = trajectories.further
    further = None if count is None else _draws(count, ready, "further")
    K, T, C = tfr.shape
    levels = None if quantiles is None else _levels(quantiles)
    kept = K if levels is None else len(levels)
    kind = np.float64 if levels is None else np.float32
    rows = 2 * len(ready.coords["age"])
    return Run(
        components=_components(ready, table, schedule, e0),
        tfr=tfr,
        e0=e0,
        net=net,
        further=further,
        first_fertile=ready.fertile.start,
        max_out=ready.rules.max_out,
        strict=ready.rules.outflow == "raise",
        quantiles=levels,
        per_person=None,
        by_count=False,
        population=np.empty((T + 1, C, rows, kept), dtype=kind),
        total=np.empty((T + 1, C, K)),
        births=np.empty((T, C, K)),
        deaths=np.empty((T, C, K)),
        migration=np.empty((T, C, K)),
    )


def _levels(quantiles: Sequence[float]) -> Floats:
    levels = np.asarray(quantiles, dtype=float)
    if levels.size == 0 or ((levels < 0) | (levels > 1)).any() or (np.diff(levels) <= 0).any():
        raise SchemaError(
            "quantiles are not increasing levels from 0 to 1",
            where=f"quantiles = {list(quantiles)}",
            remedy="give for example (0.025, 0.1, 0.5, 0.9, 0.975)",
        )
    return levels


def _draws(array: xr.DataArray, ready: Prepared, name: str, *tail: str) -> Floats:
    """Paths as (K, T, C, ...), over the years and cells of the run."""
    require_dims(array, "trajectory", "year", *tail, name=name)
    missing = [year for year in ready.years if year not in array.indexes["year"]]
    if missing:
        raise CoverageError(
            f"{len(missing)} years of '{name}' are missing",
            where=f"first {missing[0]}",
            remedy="give paths for every year of the projection",
            id="MissingPeriod",
        )
    cells = cell_dims(ready)
    sizes = {dim: ready.coords[dim] for dim in (*cells, *tail)}
    shape = tuple(len(index) for index in sizes.values())
    template = xr.DataArray(np.empty(shape), coords=sizes, dims=list(sizes), name="base")
    if list(array.indexes["year"]) != ready.years:
        array = array.sel(year=ready.years)
    _, array = same_cells(template, array.rename(name))
    array = array.transpose("trajectory", "year", *cells, *tail)
    values = np.asarray(array.to_numpy(), dtype=float)
    count = int(np.prod([len(ready.coords[dim]) for dim in cells]))
    return values.reshape(*values.shape[:2], count, *([2] if tail else []))


def _components(
    ready: Prepared, table: LifeTable, schedule: MigrationAges, e0: Floats
) -> Callable[[int], kernel.Cell]:
    """A function that makes the components of a cell when its turn comes."""
    T, cells = len(ready.years), ready.base.shape[:-2]
    sexes_ages = ready.base.shape[-2:]
    order = {dim: ready.coords[dim] for dim in table.rate.dims if dim in ready.coords}
    rate = table.rate.sel(year=ready.years).sel(order)
    rates = _over(cells_last(rate, cell_dims(ready), "sex", "age"), T, cells, sexes_ages)
    asfr = _over(ready.asfr, T, cells, ready.asfr.shape[-1:])
    boys = _over(ready.boys, T, cells, ())
    net = np.zeros(1) if ready.M is None else ready.M
    medium = _over(net, T, cells, sexes_ages)
    inward = _pattern(schedule.inward, ready)
    outward = _pattern(schedule.outward, ready)

    def cell(c: int) -> kernel.Cell:
        low, high = e0[:, :, c].min(axis=0), e0[:, :, c].max(axis=0)
        mortality = kernel.mortality_terms(rates[:, c], low, high)
        return kernel.Cell(
            **mortality._asdict(),
            pattern=asfr[:, c] / asfr[:, c].sum(axis=-1, keepdims=True),
            boys=boys[:, c],
            net=medium[:, c].reshape(T, -1),
            inward=inward[c],
            outward=outward[c],
            gross=schedule.floor,
        )

    return cell


def _over(values: Floats, years: int, cells: tuple[int, ...], tail: tuple[int, ...]) -> Floats:
    """Values for every year and cell of the run, cells on one axis."""
    whole = np.broadcast_to(values, (years, *cells, *tail))
    return whole.reshape(years, int(np.prod(cells)), *tail)


def _pattern(schedule: xr.DataArray, ready: Prepared) -> Floats:
    """An age pattern of migration for every cell of the run, (C, 2 A)."""
    order = {dim: ready.coords[dim] for dim in schedule.dims if dim in ready.coords}
    template = xr.DataArray(
        np.empty([len(index) for index in ready.coords.values()]),
        coords=ready.coords,
        dims=list(ready.coords),
        name="base",
    )
    _, schedule = same_cells(template, schedule.rename("ages"))
    values = cells_last(schedule.sel(order), cell_dims(ready), "sex", "age", year=False)
    return np.broadcast_to(values, template.shape).reshape(-1, int(np.prod(template.shape[-2:])))


def _per_person(balance: str | xr.DataArray, ready: Prepared, run: Run) -> Floats:
    """Parts of a surplus of net migration that cells take per person, (T, C).

    By variance ``V(rate)``, to be multiplied by the people ``P`` of a path: the variance of
    a count is ``V(rate) P^2``.
    """
    if isinstance(balance, str):
        return _by_rule(balance, run)
    cells = cell_dims(ready)
    coords = {dim: ready.coords[dim] for dim in cells}
    shape = [len(index) for index in coords.values()]
    template = xr.DataArray(np.empty(shape), coords=coords, dims=cells, name="base")
    _, balance = same_cells(template, balance.rename("balance"))
    weights = np.broadcast_to(cells_last(balance, cells, year=False), shape).reshape(-1)
    if np.isnan(weights).any() or (weights < 0).any() or not weights.any():
        raise SchemaError(
            "weights of the balance are negative, missing or all zero",
            where="balance",
            remedy="give 0 or more, and more than 0 for some",
            id="NegativeInput",
        )
    return np.broadcast_to(np.asarray(weights, dtype=float), run.net.shape[1:])


def _by_rule(rule: str, run: Run) -> Floats:
    if rule not in ("variance", "population"):
        raise SchemaError(
            f"'{rule}' is no way to balance",
            where="balance",
            remedy="choose variance or population, or give weights per person",
        )
    if rule == "population":
        return np.ones(run.net.shape[1:])
    if len(run.net) < 2:
        raise SchemaError(
            "balancing by variance needs two trajectories",
            where="balance",
            remedy='give more trajectories, or balance="population"',
        )
    return np.asarray(run.net.var(axis=0))
