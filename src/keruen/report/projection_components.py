# SPDX-License-Identifier: Apache-2.0
"""Components of a projection, by single age and year, from the published tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import stamp
from keruen.project.assumptions import Components, Trajectories, trajectories_from_intervals
from keruen.project.graduation import graduate_fertility, graduate_mortality, january_population
from keruen.project.lifetable import life_table
from keruen.project.population import (
    EDITIONS,
    Fertility,
    Projection,
    mid_year_population,
    project_population,
)
from keruen.sources.projection_inputs import (
    FIRST,
    YEARS,
    ProjectionTables,
    projection_intervals,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PreparedComponents:
    """What a projection starts from.

    Parameters
    ----------
    base : DataArray [country, sex, age], persons
        Population on 1 January of the first projected year.
    components : Components
        Fertility, death rates and net migrants by single age of every year to 2100.
    past : DataArray [year, country], persons
        Population on 1 January of the years to the base.
    base_changes : DataFrame
        Totals of the base by sex before and after they were made to meet published ones.

    See Also
    --------
    prepare_components : Makes it.
    """

    base: xr.DataArray
    components: Components
    past: xr.DataArray
    base_changes: pd.DataFrame


def prepare_components(tables: ProjectionTables) -> PreparedComponents:
    """Base, components by single age and year, and past totals, from published tables.

    Parameters
    ----------
    tables : ProjectionTables
        Published tables.

    Returns
    -------
    PreparedComponents

    See Also
    --------
    keruen.report.projection_run.run_projection : Projects them.

    Notes
    -----
    The ages of 1 January follow from the mid-year populations
    (:func:`~keruen.project.graduation.january_population`); the total of each sex is twice
    the mid-year population less that of 31 December. Women who weigh the shares of fertility
    are those of a first projection, so no projected population of the United Nations goes
    into the fertility rates.

    Examples
    --------
    >>> from keruen.sources.projection_inputs import projection_inputs
    >>> ready = prepare_components(projection_inputs("KAZ"))
    >>> round(ready.base.sum().item(), -5), ready.components.mortality.sizes["year"]
    (20500000.0, 77)
    """
    january = january_population(tables.population)
    ages = january.sel(year=FIRST, drop=True)
    base = _to_totals(ages, _base_totals(tables))
    rates = graduate_mortality(
        tables.mortality, years=list(YEARS), life_expectancy=tables.life_expectancy
    )
    mortality = life_table(rates).rate
    rate = _fertility(tables, base, mortality)
    past = january.sum(["sex", "age"]).sel(year=slice(None, FIRST - 1))
    start = base.sum(["sex", "age"]).expand_dims(year=[FIRST])
    return PreparedComponents(
        base=base,
        components=Components(Fertility(rate, tables.sex_ratio), mortality, tables.net_migration),
        past=xr.concat([past, start], "year").assign_attrs(units="persons", kind="count"),
        base_changes=_changes(ages, base),
    )


def national_projection(ready: PreparedComponents, components: Components) -> Projection:
    """The base carried to 2100 by the components, by the rules of 2024.

    Parameters
    ----------
    ready : PreparedComponents
        Where the projection starts.
    components : Components
        Those prepared, or a variant of them.

    Returns
    -------
    Projection
    """
    return project_population(
        ready.base,
        components.fertility,
        components.mortality,
        components.migration,
        rules=EDITIONS["2024"],
        years=list(YEARS),
    )


def drawn_components(
    tables: ProjectionTables, medium: Projection, *, trajectories: int, seed: int
) -> tuple[Trajectories, tuple[str, ...]]:
    """Paths of the components around the medium variant, and the tables they rest on.

    Parameters
    ----------
    tables : ProjectionTables
        Published tables.
    medium : Projection
        The medium variant made of them.
    trajectories : int
        Number of paths.
    seed : int
        Seed of the paths.

    Returns
    -------
    Trajectories
        Total fertility, life expectancy and net migration rate of every path.
    tuple of str
        Identifiers of the embedded tables with the published intervals.
    """
    published = projection_intervals([str(code) for code in tables.tfr.indexes["country"]])
    drawn = trajectories_from_intervals(
        tfr=published.tfr,
        life_expectancy=published.life_expectancy,
        net_migration=published.net_migration,
        medium=Trajectories(
            tables.tfr, tables.life_expectancy, tables.net_migration.sum(["sex", "age"])
        ),
        population=medium.population.sum(["sex", "age"]).sel(year=list(YEARS)),
        correlation={"net_migration": published.correlation},
        trajectories=trajectories,
        seed=seed,
    )
    return drawn, published.sources


def _base_totals(tables: ProjectionTables) -> xr.DataArray:
    """Totals of each sex on 1 January: mid-year is the mean of both ends of the year."""
    middle = tables.population.sel(year=FIRST, drop=True).sum("age")
    return 2 * middle - tables.population_end


def _to_totals(ages: xr.DataArray, totals: xr.DataArray) -> xr.DataArray:
    return stamp(
        ages * (totals / ages.sum("age")),
        name="population",
        units="persons",
        kind="count",
        inputs=(ages, totals),
        concept="stock",
        moment="1 January",
        year=FIRST,
    )


def _fertility(
    tables: ProjectionTables, base: xr.DataArray, mortality: xr.DataArray
) -> xr.DataArray:
    """Rates by single age, the shares of groups weighted by the women of a first projection."""
    plain = Fertility(graduate_fertility(tables.fertility, tfr=tables.tfr), tables.sex_ratio)
    first = project_population(
        base, plain, mortality, tables.net_migration, rules=EDITIONS["2024"], years=list(YEARS)
    )
    women = mid_year_population(first.population).sel(sex="F")
    return graduate_fertility(tables.fertility, tfr=tables.tfr, women=women)


def _changes(ages: xr.DataArray, base: xr.DataArray) -> pd.DataFrame:
    """Totals of each sex before and after."""
    parts = {"before": ages.sum("age"), "after": base.sum("age")}
    frame = xr.Dataset({name: part.assign_attrs() for name, part in parts.items()})
    table = frame.to_dataframe(dim_order=["country", "sex"]).reset_index()
    reason = "ages of the base scaled to twice the mid-year population less that of 31 December"
    return table.assign(year=FIRST, reason=reason)[
        ["year", "country", "sex", "before", "after", "reason"]
    ]
