# SPDX-License-Identifier: Apache-2.0
"""Inputs of a multiregional projection where regions publish totals and little more.

Everything made here is an estimate and says so in its attribute ``basis``. Ages come from
the nation, levels from the totals of each region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import ConvergenceError, CoverageError
from keruen.project.components import Components
from keruen.project.lifetable import life_table
from keruen.project.migration_ages import fundamental_ages
from keruen.project.projection import Fertility
from keruen.project.thin import regional_transitions

_ROUNDS: Final = 500
_TOLERANCE: Final = 1e-10


@dataclass(frozen=True)
class RegionalInputs:
    """What ``project_regions`` needs, modelled from national ages and regional totals.

    Parameters
    ----------
    base : DataArray [region, sex, age], persons
        Modelled population.
    fertility : Fertility
        National rates times the level of each region.
    survivorship : DataArray [year, origin, destination, sex, age], probability
        Survival into regions.
    migration : DataArray [year, region, sex, age], persons
        Modelled net international migrants; they add to the nation's.
    levels : Dataset [region]
        Births and deaths over those expected at national rates; out-migration rate.
    """

    base: xr.DataArray
    fertility: Fertility
    survivorship: xr.DataArray
    migration: xr.DataArray
    levels: xr.Dataset


def regional_base(
    nation: xr.DataArray, totals: xr.DataArray, *, broad_ages: xr.DataArray | None = None
) -> xr.DataArray:
    """Population of regions by single age from the nation's ages and regional totals.

    Parameters
    ----------
    nation : DataArray [sex, age], persons
        National population.
    totals : DataArray [region, sex], persons
        Regional population; scaled to the nation by sex.
    broad_ages : DataArray [region, sex, age_group], persons, optional
        Population by broad ages, ``age_group`` being lower bounds, perhaps of another date:
        only the shares of each region and sex are used.

    Returns
    -------
    DataArray [region, sex, age], persons
        Estimates that add to the nation by sex and age, and to the regions by sex.

    Raises
    ------
    CoverageError
        Regions or sexes differ.
    ConvergenceError
        The margins contradict each other (``NotConverged``).

    See Also
    --------
    modelled_regions : The other inputs.

    Notes
    -----
    Iterative proportional fitting from the product of the two margins; broad ages enter as
    the starting table, so that the published totals are met exactly.

    Examples
    --------
    >>> people = xr.DataArray([[10.0, 20.0, 30.0]], coords={"sex": ["F"], "age": [0, 1, 2]})
    >>> size = xr.DataArray([[40.0], [20.0]], coords={"region": ["A", "B"], "sex": ["F"]})
    >>> groups = xr.DataArray([[[3.0, 1.0]], [[1.0, 3.0]]],
    ...     coords={"region": ["A", "B"], "sex": ["F"], "age_group": [0, 2]})
    >>> regional_base(people, size, broad_ages=groups).sel(region="A", sex="F").round(2).values
    array([ 8.81, 17.63, 13.56])
    """
    require_dims(nation, "sex", "age", name="nation")
    require_dims(totals, "region", "sex", name="totals")
    nation, totals = same_cells(nation.rename("nation"), totals.rename("totals"))
    rows = (totals * (nation.sum("age") / totals.sum("region"))).transpose("region", "sex")
    table = rows * nation / nation.sum("age")
    if broad_ages is not None:
        table = table * _tilt(table, broad_ages)
    table = table.transpose("region", "sex", "age")
    columns = nation.transpose("sex", "age").to_numpy()
    values = _fit(table.to_numpy().astype(float), rows.to_numpy(), columns)
    return stamp(
        table.copy(data=values),
        name="population",
        units="persons",
        kind="count",
        inputs=(nation, totals),
        concept="stock",
        basis="estimate: national ages fitted to regional totals",
    )


def _tilt(table: xr.DataArray, broad_ages: xr.DataArray) -> xr.DataArray:
    """Share of each broad age in its region and sex, over the share in the table."""
    _, broad = same_cells(table.rename("nation"), broad_ages.rename("broad_ages"))
    bounds = np.sort(broad.indexes["age_group"].to_numpy())
    group = bounds[np.searchsorted(bounds, table.age.to_numpy(), side="right") - 1]
    share = broad / broad.sum("age_group")
    own = table.assign_coords(age_group=("age", group)).groupby("age_group").sum()
    own = own / own.sum("age_group")
    return (share / own).sel(age_group=xr.DataArray(group, dims="age")).drop_vars("age_group")


def _fit(table: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Table (R, 2, A) fitted to rows (R, 2) and columns (2, A)."""
    for _ in range(_ROUNDS):
        table *= _over(rows, table.sum(axis=2))[:, :, None]
        table *= _over(columns, table.sum(axis=0))
        gap = np.abs(table.sum(axis=2) - rows).max() / rows.max()
        if gap < _TOLERANCE:
            return table
    raise ConvergenceError(
        f"ages of regions did not settle after {_ROUNDS} rounds",
        where=f"largest gap {gap:.1e} of the largest region",
        remedy="check that totals and ages have people in the same sexes",
        id="NotConverged",
        diagnostics={"rounds": _ROUNDS, "gap": float(gap)},
    )


def _over(wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(wanted, found, out=np.zeros_like(found), where=found > 0))


def modelled_regions(
    base: xr.DataArray,
    nation: Components,
    *,
    births: xr.DataArray,
    deaths: xr.DataArray,
    arrivals: xr.DataArray,
    departures: xr.DataArray,
    international: xr.DataArray,
    years: Sequence[int],
    within: float = 0.0,
) -> RegionalInputs:
    """Fertility, mortality and migration of regions from national rates and totals.

    Parameters
    ----------
    base : DataArray [region, sex, age], persons
        Population of regions, for example from ``regional_base``.
    nation : Components
        National fertility, death rates (``kind="rate"``) and net migrants by age.
    births : DataArray [region], persons
        Births of a recent year.
    deaths : DataArray [region], persons
        Deaths of a recent year.
    arrivals : DataArray [region], persons
        In-migration from other regions in a year.
    departures : DataArray [region], persons
        Out-migration to other regions in a year.
    international : DataArray [region], persons
        Net international migration in a year.
    years : sequence of int
        Years of the projection.
    within : float, optional
        Share of the smaller of arrivals and departures that are moves inside a region,
        where the publication counts these too.

    Returns
    -------
    RegionalInputs
        Estimates, labelled as such.

    Raises
    ------
    CoverageError
        Regions or years differ.
    ConvergenceError
        Flows between regions cannot meet their margins.

    See Also
    --------
    regional_base : Ages of regions.
    keruen.project.regions.project_regions : Takes the result.

    Notes
    -----
    Levels are ratios of published to expected events at national rates of the first year.
    Destinations are a table without diagonal fitted from the product of populations to
    departures and arrivals. Ages of moves follow the fundamental schedule of Rogers and
    Castro. Of international migration each region has its share of the nation's by
    population, plus its own difference, spread by the same schedule and kept constant.

    Examples
    --------
    >>> from keruen.project.components import Components
    >>> places, ages = {"region": ["A", "B"]}, {"sex": ["F", "M"], "age": range(101)}
    >>> people = xr.DataArray(np.full((2, 2, 101), 10.0), coords={**places, **ages},
    ...     dims=["region", "sex", "age"])
    >>> cells = {"year": [2024], **ages}
    >>> rate = xr.DataArray(np.full((1, 2, 101), 0.02), coords=cells, dims=list(cells))
    >>> asfr = xr.DataArray([[0.1] * 20], coords={"year": [2024], "age": range(20, 40)},
    ...     dims=["year", "age"])
    >>> born = Fertility(asfr, xr.DataArray([1.05], coords={"year": [2024]}))
    >>> given = Components(born, rate.assign_attrs(kind="rate"), rate * 0)
    >>> def count(a, b): return xr.DataArray([a, b], coords=places)
    >>> made = modelled_regions(people, given, births=count(20.0, 20.0), deaths=count(40.0, 44.0),
    ...     arrivals=count(5.0, 10.0), departures=count(10.0, 5.0),
    ...     international=count(0.0, 0.0), years=[2024])
    >>> made.levels.fertility.values.tolist(), made.levels.mortality.round(3).values.tolist()
    ([1.0, 1.0], [0.99, 1.089])
    """
    steps = [int(year) for year in years]
    rate = _chosen(nation.mortality, steps)
    asfr = _chosen(nation.fertility.rate, steps)
    base, births, deaths, arrivals, departures, international = same_cells(
        base.rename("base"), births.rename("births"), deaths.rename("deaths"),
        arrivals.rename("arrivals"), departures.rename("departures"),
        international.rename("international"),
    )  # fmt: skip
    first = {"year": steps[0]}
    women = base.sel(sex="F", age=asfr.indexes["age"], drop=True)
    expected_births = (women * asfr.sel(first, drop=True)).sum("age")
    expected_deaths = (base * rate.sel(first, drop=True)).sum(["sex", "age"])
    fertile, mortal = births / expected_births, deaths / expected_deaths
    schedule = fundamental_ages(np.asarray(base.indexes["age"])).inward
    inside = within * np.minimum(arrivals, departures)
    moves = _destinations(base.sum(["sex", "age"]), departures - inside, arrivals - inside)
    leaving = moves.sum("destination").rename(origin="region")
    out_rate = schedule * leaving / (base * schedule).sum(["sex", "age"])
    alive = life_table((rate * mortal).assign_attrs(kind="rate")).survivorship
    share = moves / moves.sum("destination")
    basis = "estimate: national rates by age, regional levels"
    facts = {"basis": basis}
    return RegionalInputs(
        base=base.assign_attrs(basis=base.attrs.get("basis", "as given")),
        fertility=Fertility(
            stamp(
                asfr * fertile,
                name="asfr",
                units="births per woman-year",
                kind="rate",
                inputs=(asfr, births),
                **facts,
            ),
            _chosen(nation.fertility.sex_ratio, steps),
        ),
        survivorship=regional_transitions(alive, out_rate, share).assign_attrs(basis=basis),
        migration=_international(base, _chosen(nation.migration, steps), international, schedule),
        levels=xr.Dataset(
            {
                "fertility": fertile,
                "mortality": mortal,
                "departures": leaving / base.sum(["sex", "age"]),
            }
        ),
    )


def _chosen(path: xr.DataArray, years: list[int]) -> xr.DataArray:
    missing = [year for year in years if year not in path.indexes["year"]]
    if missing:
        raise CoverageError(
            f"{len(missing)} years of the national components are missing",
            where=f"first {missing[0]}",
            remedy="give every year of the projection",
            id="MissingPeriod",
        )
    return path.sel(year=years)


def _destinations(
    people: xr.DataArray, departures: xr.DataArray, arrivals: xr.DataArray
) -> xr.DataArray:
    """Moves between regions with the given margins, scaled to one sum, no diagonal."""
    regions = people.indexes["region"]
    size = people.to_numpy().astype(float)
    seed = size[:, None] * size * (1 - np.eye(len(size)))
    rows = departures.to_numpy().astype(float)
    columns = arrivals.to_numpy() * (rows.sum() / float(arrivals.sum()))
    table = _fit(seed[:, None, :], rows[:, None], columns[None, :])[:, 0]
    coords = {"origin": np.asarray(regions), "destination": np.asarray(regions)}
    return xr.DataArray(table, coords=coords, dims=["origin", "destination"])


def _international(
    base: xr.DataArray, nation: xr.DataArray, regional: xr.DataArray, schedule: xr.DataArray
) -> xr.DataArray:
    """National net migrants shared by population, plus each region's own difference."""
    share = base / base.sum("region").where(lambda people: people > 0, 1.0)
    people = base.sum(["sex", "age"])
    own = regional - regional.sum() * people / people.sum()
    return stamp(
        nation * share + own * schedule,
        name="net_migration",
        units="persons",
        kind="count",
        inputs=(nation, regional),
        basis="estimate: national ages shared by population, regional differences kept",
    )
