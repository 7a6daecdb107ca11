# SPDX-License-Identifier: Apache-2.0
"""Multiregional projection: regions that exchange people, in agreement with their country."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import AccountError, CoverageError, ScenarioError
from keruen.project import _kernel, _regions
from keruen.project._inputs import Prepared, prepare
from keruen.project._regionlabels import Outputs, RegionalProjection, labelled
from keruen.project.rules import Rules

if TYPE_CHECKING:
    from keruen.project.projection import Fertility, Projection

__all__ = ["Agreement", "RegionalProjection", "project_regions"]

Agreement = Literal["free", "rake", "adjust_migration", "bottom_up"]
"""How regions agree with a national projection; see ``project_regions``."""

_CLOSE = 1e-6


def project_regions(
    base: xr.DataArray,
    fertility: Fertility,
    survivorship: xr.DataArray,
    migration: xr.DataArray | None,
    *,
    rules: Rules,
    years: Sequence[int],
    agree_with: Projection | None = None,
    agreement: Agreement | None = None,
    detail: Literal["age", "total"] | None = None,
) -> RegionalProjection:
    """Populations of regions carried forward with the flows between them.

    Parameters
    ----------
    base : DataArray [..., region, sex, age], persons
        Population at the start of the first year, with or without trajectories.
    fertility : Fertility
        Births per woman-year by age, for each region or for all.
    survivorship : DataArray [..., origin, destination, sex, age], probability
        Survival into each age group and region, of each year or of all years: from
        ``multiregional_survivorship`` or ``regional_transitions``.
    migration : DataArray [..., year, region, sex, age], persons
        Net international migrants. ``None`` where the rules say that none is meant.
    rules : Rules
        Conventions.
    years : sequence of int
        First year of every step.
    agree_with : Projection, optional
        National projection of the same years, ages and trajectories.
    agreement : {"free", "rake", "adjust_migration", "bottom_up"}, optional
        ``adjust_migration`` (default with a national projection): births of all regions are
        scaled to the nation's, and what then remains is added to migration by sex and age
        in proportion to gross flows. ``rake``: populations are scaled. ``free``: nothing is
        changed and the difference reported. ``bottom_up``: the nation is the sum of its
        regions.
    detail : {"age", "total"}, optional
        Keep flows by sex and age, or their sums; sums where there are trajectories.

    Returns
    -------
    RegionalProjection
        Population, births, deaths, international migration, moves between regions, the
        adjustment made to agree, and the table of cells that a rule changed.

    Raises
    ------
    CoverageError
        Regions, years, ages or trajectories differ.
    SchemaError
        A value is negative or out of range.
    AccountError
        Regions do not sum to the nation at the start (``CoherenceError``).
    ScenarioError
        Agreement is asked without a national projection (``RuleError``).

    See Also
    --------
    keruen.project.population.project_population : One population at a time.

    Notes
    -----
    Row vectors over regions: ``E[x] = P[x-1] T[x]``. Births follow from the mean number of
    women in each region and are born there; the newborn move with T of age 0. Deaths are
    counted where people lived at the start. In every cell ``population' = arrivals +
    stayers + migration + adjustment``, and the nation's path k is met by path k.

    References
    ----------
    Rogers, A. (1975). Introduction to Multiregional Mathematical Demography. Wiley.

    Examples
    --------
    >>> from keruen.project.population import Fertility, Rules
    >>> coords = {"region": ["A", "B"], "sex": ["F", "M"], "age": [0, 1, 2]}
    >>> base = xr.DataArray(np.full((2, 2, 3), 100.0), coords=coords, dims=list(coords))
    >>> ends = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> ends |= {"sex": ["F", "M"], "age": [0, 1, 2]}
    >>> move = xr.DataArray(np.zeros((2, 2, 2, 3)), coords=ends, dims=list(ends))
    >>> move.loc["A", "A"], move.loc["B", "B"], move.loc["A", "B"] = 0.8, 0.9, 0.1
    >>> rate = xr.DataArray([[0.5]], coords={"year": [2024], "age": [1]}, dims=["year", "age"])
    >>> born = Fertility(rate, xr.DataArray([1.0], coords={"year": [2024]}))
    >>> result = project_regions(base, born, move, None, rules=Rules(closed=True), years=[2024])
    >>> result.population.sel(year=2025, sex="M", age=1).values.tolist()
    [80.0, 100.0]
    """
    mode = _mode(agree_with, agreement)
    require_dims(base, "region", "sex", "age", name="base")
    if (rules.births_exposure, rules.migration) == ("closed", "even"):
        raise ScenarioError(
            "births without migrants are defined for migrants who join at the end",
            where="rules",
            remedy="take migration='end'",
            id="RuleError",
        )
    ready = _prepare(base, fertility, survivorship, migration, rules=rules, years=years)
    T = _transitions(survivorship, ready)
    nation = None if agree_with is None else _nation(agree_with, ready)
    by_age = (detail or ("total" if "trajectory" in ready.coords else "age")) == "age"
    outputs = _run(_Job(ready, T, nation, mode), by_age=by_age)
    return labelled(ready, outputs, mode)


def _mode(agree_with: Projection | None, agreement: Agreement | None) -> Agreement:
    mode = agreement or ("free" if agree_with is None else "adjust_migration")
    if mode not in get_args(Agreement):
        raise ScenarioError(
            f"there is no agreement '{mode}'",
            where="agreement",
            remedy=f"choose one of {', '.join(get_args(Agreement))}",
            id="RuleError",
        )
    if agree_with is None and mode in ("rake", "adjust_migration"):
        raise ScenarioError(
            f"agreement '{mode}' needs a national projection",
            where="agree_with",
            remedy="give agree_with, or take 'free' or 'bottom_up'",
            id="RuleError",
        )
    return mode


def _prepare(
    base: xr.DataArray,
    fertility: Fertility,
    survivorship: xr.DataArray,
    migration: xr.DataArray | None,
    *,
    rules: Rules,
    years: Sequence[int],
) -> Prepared:
    """Checks shared with the national engine; survival within the country stands for S."""
    require_dims(survivorship, "origin", "destination", "sex", "age", name="survivorship")
    staying = survivorship.sum("destination").rename(origin="region").clip(max=1.0)
    if "year" not in staying.dims:
        staying = staying.expand_dims(year=[int(year) for year in years])
    staying = staying.assign_attrs(kind="probability")
    if bool((survivorship < 0).any()) or bool((survivorship.sum("destination") > 1 + 1e-9).any()):
        raise AccountError(
            "survival into regions is negative or adds to more than 1",
            where="survivorship",
            remedy="build it with multiregional_survivorship or regional_transitions",
        )
    return prepare(base, fertility, staying, migration, rules=rules, years=years)


def _transitions(survivorship: xr.DataArray, ready: Prepared) -> _regions.Floats:
    """(T or 1, 2, A, R, R) in the order of the base."""
    regions = ready.coords["region"]
    order = {"origin": regions, "destination": regions}
    order |= {dim: ready.coords[dim] for dim in ("sex", "age")}
    extra = set(survivorship.dims) - {"year", *order}
    if extra:
        raise CoverageError(
            f"survivorship varies over {', '.join(str(d) for d in extra)}",
            where="survivorship",
            remedy="give one matrix a year, sex and age; vary paths by fertility and migration",
        )
    if "year" in survivorship.dims:
        survivorship = survivorship.sel(year=ready.years)
    else:
        survivorship = survivorship.expand_dims("year")
    ordered = survivorship.sel(order).transpose("year", "sex", "age", "origin", "destination")
    return np.ascontiguousarray(ordered.to_numpy(), dtype=float)


@dataclass(frozen=True)
class _Nation:
    """The national path: population (T + 1, 2, A, K) and births (T, 2, K)."""

    population: _regions.Floats
    births: _regions.Floats


def _nation(projection: Projection, ready: Prepared) -> _Nation:
    ends = [*ready.years, ready.years[-1] + ready.rules.interval]
    people = projection.population
    missing = [year for year in ends if year not in people.indexes["year"]]
    if missing:
        raise CoverageError(
            f"the national projection lacks {len(missing)} years",
            where=f"first {missing[0]}",
            remedy="project the nation over the same years",
            id="MissingPeriod",
        )
    people, births = people.sel(year=ends), projection.births.sel(year=ready.years)
    if "age" in births.dims:
        births = births.sum("age")
    cells = [dim for dim in ready.coords if dim not in ("region", "sex", "age")]
    template = xr.DataArray(
        np.empty([len(ready.coords[d]) for d in (*cells, "sex", "age")]),
        coords={d: ready.coords[d] for d in (*cells, "sex", "age")},
        dims=[*cells, "sex", "age"],
        name="base",
    )
    _, people, births = same_cells(
        template, people.rename("nation"), births.rename("births"), exclude=["year"]
    )
    return _Nation(
        _over_paths(people, cells, ready, "sex", "age"), _over_paths(births, cells, ready, "sex")
    )


def _over_paths(
    array: xr.DataArray, cells: list[str], ready: Prepared, *tail: str
) -> _regions.Floats:
    """Values (year, tail..., K) with K all cells before the region."""
    present = [dim for dim in cells if dim in array.dims]
    values = array.transpose("year", *tail, *present).to_numpy()
    axes = [1 + len(tail) + i for i, dim in enumerate(cells) if dim not in array.dims]
    sizes = [len(ready.coords[dim]) for dim in cells]
    full = np.broadcast_to(np.expand_dims(values, axes), (*values.shape[: 1 + len(tail)], *sizes))
    return np.asarray(full.reshape(*values.shape[: 1 + len(tail)], -1))


def _paths_last(values: _regions.Floats, ready: Prepared) -> _regions.Floats:
    """(..., R, 2, A) as (2, A, K, R)."""
    whole = np.broadcast_to(values, ready.base.shape)
    return np.ascontiguousarray(np.moveaxis(whole.reshape(-1, *whole.shape[-3:]), (2, 3), (0, 1)))


@dataclass(frozen=True)
class _Job:
    """What every step of a run reads."""

    ready: Prepared
    T: _regions.Floats
    nation: _Nation | None
    mode: Agreement


def _run(job: _Job, *, by_age: bool) -> Outputs:
    P = _paths_last(job.ready.base, job.ready)
    if job.nation is not None:
        _check_base(P, job.nation, job.mode)
    steps = len(job.ready.years)
    outputs = Outputs.room(P.shape, steps, job.ready.fertile, by_age=by_age)
    outputs.population[0] = P
    for t in range(steps):
        P = _step(job, t, P, outputs)
        outputs.population[t + 1] = P
    return outputs


def _step(job: _Job, t: int, P: _regions.Floats, outputs: Outputs) -> _regions.Floats:
    ready, rules, T = job.ready, job.ready.rules, job.T[min(t, len(job.T) - 1)]
    people = np.moveaxis(P, (0, 1), (2, 3)).reshape(ready.base.shape)
    note = partial(outputs.changes.add, t)
    M = _paths_last(np.asarray(ready.net_migration(t, people, note)), ready)
    _kernel.limit_outflow(P, M, rules, note)
    joined = 0.5 * M if rules.migration == "even" else M
    H = P + joined if rules.migration == "even" else P
    E = _regions.age_on(H, T)
    births = _births(ready, t, (P, E, joined))
    if job.nation is not None and job.mode == "adjust_migration":
        births = births * _births_factor(births, job.nation.births[t])[:, None, :, None]
    newborn = births.sum(axis=1)
    E[:, 0] = newborn @ T[:, 0]
    closing = E + joined
    if closing.min() < 0:
        _kernel.fill_negative(closing, M, note)
    source = _regions.sources(H, newborn)
    agreed = _agree(job, t, closing, lambda: _regions.gross(source, E, T, M))
    outputs.keep(t, births, source, T, (M, agreed.given))
    return agreed.closing


def _births(
    ready: Prepared, t: int, women: tuple[_regions.Floats, _regions.Floats, _regions.Floats]
) -> _regions.Floats:
    """Births (2, F, K, R) by sex of child and age of mother, in the mother's region."""
    P, E, joined = (np.moveaxis(part, (0, 1), (2, 3)) for part in women)
    asfr, boys = _flat(ready.asfr[t], ready), _flat(ready.boys[t], ready)
    step = _kernel.Step(P, asfr, boys, P, ready.fertile)
    # Survivors of a closed country are those before migrants join, as in the rule of 2022.
    closed = ready.rules.births_exposure == "closed"
    rules = replace(ready.rules, births_exposure="wpp2022") if closed else ready.rules
    exposed = _kernel.exposed_women(P, E, joined, step, rules)
    return np.asarray(np.moveaxis(_kernel.births_of(step, exposed), (2, 3), (0, 1)))


def _flat(values: _regions.Floats, ready: Prepared) -> _regions.Floats:
    """Rates (..., R, F) or ratios (..., R) with all cells before the region as K."""
    cells = ready.base.shape[:-2]
    tail = values.shape[len(cells) :]
    return np.asarray(np.broadcast_to(values, (*cells, *tail)).reshape(-1, cells[-1], *tail))


def _births_factor(births: _regions.Floats, nation: _regions.Floats) -> _regions.Floats:
    """National over regional births by sex of child and path (2, K)."""
    total = births.sum(axis=(1, 3))
    return np.asarray(np.divide(nation, total, out=np.ones_like(total), where=total > 0))


def _agree(
    job: _Job, t: int, closing: _regions.Floats, gross: Callable[[], _regions.Floats]
) -> _regions.Agreed:
    if job.nation is None or job.mode in ("free", "bottom_up"):
        return _regions.Agreed(closing, np.zeros_like(closing))
    target = job.nation.population[t + 1]
    if job.mode == "rake":
        return _regions.agree_by_raking(closing, target)
    return _regions.agree_by_migration(closing, target, gross(), job.ready.rules.max_out)


def _check_base(P: _regions.Floats, nation: _Nation, mode: Agreement) -> None:
    gap = P.sum(axis=-1) - nation.population[0]
    size = max(float(nation.population[0].sum(axis=(0, 1)).max()), 1.0)
    worst = np.unravel_index(int(np.argmax(np.abs(gap))), gap.shape)
    if mode in ("rake", "adjust_migration") and abs(gap[worst]) > _CLOSE * size:
        raise AccountError(
            f"regions do not sum to the nation at the start: {gap[worst]:+,.0f} persons",
            where=f"sex {'FM'[worst[0]]}, age group {worst[1]}",
            remedy="rake the regions to the nation first, or take agreement='free'",
            id="CoherenceError",
        )
