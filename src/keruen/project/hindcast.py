# SPDX-License-Identifier: Apache-2.0
"""The projection as it would have been made at a past date, from the data up to then.

Assumptions follow three plain rules and the model of net migration; nothing is tuned on
what came after. Uncertainty of fertility and mortality is that of the same rules at earlier
dates, whose outcomes were known by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.core.random import stream
from keruen.project._kernel import Floats
from keruen.project.graduation import fit_life_expectancy
from keruen.project.intervals import Trajectories
from keruen.project.netmigration import net_migration_method
from keruen.project.paths import project_paths
from keruen.project.projection import Fertility
from keruen.project.rivals import Method, damped_trend
from keruen.project.rules import EDITIONS

GROUP: Final = 5
"""Width of the age groups that are kept along every path."""

_FERTILITY: Final = (5, 0.9)
_LIFE: Final = (20, 1.0)
_PATTERN_YEARS: Final = 5


@dataclass(frozen=True)
class History:
    """What is known of many countries, year by year.

    Parameters
    ----------
    population : DataArray [year, country, sex, age], persons
        Population at the end of each year by single age.
    mortality : DataArray [year, country, sex, age], per person-year
        Death rates by single age.
    life_expectancy : DataArray [year, country, sex], years
        Life expectancy at birth.
    fertility : DataArray [year, country, age], births per woman-year
        Fertility by single age.
    sex_ratio : DataArray [year, country], boys per girl
        Sex ratio at birth.
    net_migration : DataArray [year, country], persons
        Net migrants.
    """

    population: xr.DataArray
    mortality: xr.DataArray
    life_expectancy: xr.DataArray
    fertility: xr.DataArray
    sex_ratio: xr.DataArray
    net_migration: xr.DataArray

    def until(self, origin: int) -> History:
        """What was known when a year was over.

        Parameters
        ----------
        origin : int
            Last year of data.

        Returns
        -------
        History
        """
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return History(**{name: one.sel(year=slice(None, origin)) for name, one in parts.items()})


@dataclass(frozen=True)
class Hindcast:
    """A projection made from the data up to a past year.

    Parameters
    ----------
    total : DataArray [trajectory, year, country], persons
        Population at the end of each year.
    groups : DataArray [trajectory, year, country, sex, age], persons
        The same by five-year age groups, at the years asked for.
    """

    total: xr.DataArray
    groups: xr.DataArray


def paths_from_past_errors(
    history: xr.DataArray,
    rule: Method,
    years: Sequence[int],
    *,
    trajectories: int,
    first: int,
    places: Sequence[str] | None = None,
    seed: int = 0,
) -> xr.DataArray:
    """Paths about a forecast, as far from it as the same rule was from the truth before.

    Parameters
    ----------
    history : DataArray [year, country, ...]
        Yearly series up to the origin.
    rule : callable
        Method of forecasting.
    years : sequence of int
        The years after the origin.
    trajectories : int
        Number of paths.
    first : int
        Number of years the rule needs before its first forecast.
    places : sequence of str, optional
        Labels of ``country`` to draw paths for; all are learned from.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    DataArray [trajectory, year, country, ...]

    Raises
    ------
    CoverageError
        No earlier forecast has run its course (``MissingPeriod``).

    Notes
    -----
    The rule is applied at every earlier year whose outcomes are known at the origin, in
    every country. A path takes the whole run of errors of one country and year, with either
    sign, so that errors keep their course over time and the middle stays the rule's.

    Examples
    --------
    >>> from keruen.project.rivals import last_value
    >>> series = xr.DataArray(
    ...     np.arange(40.0)[:, None], coords={"year": range(1980, 2020), "country": ["A"]})
    >>> drawn = paths_from_past_errors(
    ...     series, last_value, [2020, 2021], trajectories=50, first=1, seed=1)
    >>> sorted(set(drawn.sel(year=2021, country="A").values.tolist()))
    [37.0, 41.0]
    """
    cells = [dim for dim in history.dims if dim != "year"]
    history = history.transpose("year", *cells)
    seen, horizon = history.indexes["year"], len(years)
    origins = range(first - 1, len(seen) - horizon)
    if not origins:
        raise CoverageError(
            f"no forecast of {horizon} years has run its course",
            where=f"{len(seen)} years to {seen[-1]}",
            remedy="choose a later origin or a shorter horizon",
            id="MissingPeriod",
        )
    errors = []
    for at in origins:
        ahead = [int(year) for year in seen[at + 1 : at + 1 + horizon]]
        found = rule(history.isel(year=slice(None, at + 1)), ahead).transpose("year", *cells)
        errors.append(history.sel(year=ahead).to_numpy() - found.to_numpy())
    middle = rule(history, years).transpose("year", *cells)
    middle = middle if places is None else middle.sel(country=list(places))
    drawn = _drawn(np.stack(errors), middle.to_numpy(), trajectories, seed)
    coords = {"trajectory": np.arange(trajectories), **{d: middle.indexes[d] for d in middle.dims}}
    return xr.DataArray(drawn, coords=coords, dims=list(coords))


def _drawn(errors: Floats, middle: Floats, trajectories: int, seed: int) -> Floats:
    """Middle (T, C, ...) plus error runs drawn from (O, T, C, ...)."""
    rng = stream(seed, "project", "hindcast", "errors")
    pool = np.moveaxis(errors, 2, 1).reshape(-1, *errors.shape[1:2], *errors.shape[3:])
    pick = rng.integers(len(pool), size=(trajectories, middle.shape[1]))
    sign = rng.choice([-1.0, 1.0], size=pick.shape)
    runs = pool[pick] * sign.reshape(*sign.shape, *[1] * (pool.ndim - 1))
    return np.asarray(middle + np.moveaxis(runs, 2, 1))


def hindcast(
    history: History,
    *,
    origin: int,
    horizon: int,
    leads: Sequence[int],
    places: Sequence[str] | None = None,
    trajectories: int = 500,
    seed: int = 0,
) -> Hindcast:
    """Population projected from the data up to a past year, with its uncertainty.

    Parameters
    ----------
    history : History
        Years before and after the origin; only those up to it are used.
    origin : int
        Last year of data.
    horizon : int
        Years ahead.
    leads : sequence of int
        Years ahead at which age groups are kept.
    places : sequence of str, optional
        Countries to project; all are learned from.
    trajectories : int, optional
        Number of paths.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    Hindcast

    Raises
    ------
    CoverageError
        The history is too short (``MissingPeriod``).

    See Also
    --------
    keruen.project.backtest.backtest : Scores it beside naive rivals.

    Notes
    -----
    Total fertility: its logarithm goes on by the mean yearly change of the last five years,
    fading by a tenth a year; its ages are those of the last year. Life expectancy: the mean
    gain of the last twenty years goes on; death rates keep the ages of the last five years.
    Net migration: ``net_migration_method``, spread over ages by the flow-difference method.
    Each of them has paths; population has them in consequence. The world is not balanced.

    References
    ----------
    Azose, J., Raftery, A. (2015). Demography 52(5), 1627-1650.
    """
    known = history.until(origin)
    years = list(range(origin + 1, origin + horizon + 1))
    chosen = {"country": list(places or known.population.indexes["country"])}
    drawn = _components(known, years, trajectories, seed)
    drawn = Trajectories(
        drawn.tfr.sel(chosen), drawn.life_expectancy.sel(chosen), drawn.net_migration.sel(chosen)
    )
    base = known.population.isel(year=-1, drop=True).sel(chosen)
    kept = np.empty((len(leads), len(chosen["country"]), 2, *_groups(base).shape, trajectories))

    def sink(t: int, c: int, people: Floats) -> None:
        if t in leads:
            by_sex = people.reshape(2, -1, people.shape[-1])
            kept[list(leads).index(t), c] = np.add.reduceat(by_sex, _groups(base), axis=1)

    run = project_paths(
        base.drop_attrs(), *_medium(known, years, drawn, chosen), drawn,
        rules=EDITIONS["2024"], years=years, quantiles=(0.5,), sink=sink,
    )  # fmt: skip
    total = run.total.sel(year=slice(origin + 2, None))
    coords: dict[str, object] = {"year": [origin + lead for lead in leads], **chosen}
    coords["sex"] = ["F", "M"]
    coords |= {"age": base.indexes["age"][_groups(base)], "trajectory": np.arange(trajectories)}
    groups = xr.DataArray(kept, coords=coords, dims=list(coords))
    return Hindcast(_stock(total.assign_coords(year=years), base), _stock(groups, base))


def _stock(people: xr.DataArray, base: xr.DataArray) -> xr.DataArray:
    return stamp(
        people,
        name="population",
        units="persons",
        kind="count",
        inputs=(base,),
        concept="stock",
        moment="31 December",
    )


def _groups(base: xr.DataArray) -> np.ndarray:
    return np.arange(0, base.sizes["age"], GROUP)


def _components(known: History, years: list[int], trajectories: int, seed: int) -> Trajectories:
    """Paths of the three components from the data up to the origin."""
    opening = known.population.sum(["sex", "age"]).shift(year=1)
    rate = (known.net_migration / opening).isel(year=slice(1, None))
    rate = rate.rename("net_migration_rate").assign_attrs(units="per person", kind="rate")
    net = net_migration_method(trajectories=trajectories, check=False, seed=seed)(rate, years)
    tfr = paths_from_past_errors(
        _each(np.log, known.fertility.sum("age")), damped_trend(*_FERTILITY), years,
        trajectories=trajectories, first=_FERTILITY[0] + 1, seed=seed,
    )  # fmt: skip
    life = paths_from_past_errors(
        known.life_expectancy, damped_trend(*_LIFE), years,
        trajectories=trajectories, first=_LIFE[0] + 1, seed=seed + 1,
    )  # fmt: skip
    return Trajectories(_each(np.exp, tfr), life.clip(min=20.0, max=95.0), net)


def _each(function: Callable[[Floats], Floats], array: xr.DataArray) -> xr.DataArray:
    return array.copy(data=function(array.to_numpy()))


def _medium(
    known: History, years: list[int], drawn: Trajectories, chosen: dict[str, list[str]]
) -> tuple[Fertility, xr.DataArray, xr.DataArray]:
    """Age patterns: fertility, death rates at the middle path, and no migrants by age."""
    last = {"year": -1}
    asfr, ratio = (
        one.isel(last, drop=True).sel(chosen).expand_dims(year=years)
        for one in (known.fertility, known.sex_ratio)
    )
    pattern = known.mortality.isel(year=slice(-_PATTERN_YEARS, None)).mean("year").sel(chosen)
    life = drawn.life_expectancy.median("trajectory", skipna=False)
    rates, life = same_cells(pattern.expand_dims(year=years), life.rename("life_expectancy"))
    mortality = fit_life_expectancy(rates, life_expectancy=life)
    return Fertility(asfr, ratio), mortality, xr.zeros_like(mortality).assign_attrs(kind="count")
