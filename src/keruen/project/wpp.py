# SPDX-License-Identifier: Apache-2.0
"""From the tables of World Population Prospects to components that repeat its projection."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from keruen.core.arrays import stamp
from keruen.project.components import Components
from keruen.project.graduation import graduate_fertility, graduate_mortality, january_population
from keruen.project.lifetable import life_table
from keruen.project.population import project_population
from keruen.project.projection import Fertility, mid_year_population
from keruen.project.rules import EDITIONS


def medium_base(mid_year: xr.DataArray, closing: xr.DataArray, *, year: int) -> xr.DataArray:
    """Population on 1 January from mid-year ages and the totals of 31 December.

    Parameters
    ----------
    mid_year : DataArray [year, ..., sex, age], persons
        Population in the middle of many consecutive years.
    closing : DataArray [year, ..., sex], persons
        Population on 31 December of the year wanted.
    year : int
        Year whose 1 January is wanted.

    Returns
    -------
    DataArray [..., sex, age], persons
        Ages of ``january_population``, scaled so that the middle of the year lies half-way
        between this population and the closing one.

    Raises
    ------
    CoverageError
        Years or cells are missing.

    See Also
    --------
    medium_components : Everything that moves the population.

    Examples
    --------
    >>> years = range(2010, 2030)
    >>> people = xr.DataArray([1000.0 + 10 * t for t in range(20)], coords={"year": years})
    >>> ages = people.expand_dims(sex=["F", "M"], age=[0, 1])
    >>> ends = (people + 5).expand_dims(sex=["F", "M"]) * 2
    >>> medium_base(ages, ends, year=2024).values.round(6).tolist()
    [[1135.0, 1135.0], [1135.0, 1135.0]]
    """
    base = january_population(mid_year).sel(year=year, drop=True)
    middle = mid_year.sel(year=year, drop=True).sum("age", skipna=False)
    total = 2 * middle - closing.sel(year=year, drop=True)
    base = base * (total / base.sum("age", skipna=False))
    return stamp(
        base,
        name="population",
        units="persons",
        kind="count",
        inputs=(mid_year, closing),
        concept="stock",
        moment="1 January",
        year=year,
    )


def medium_components(
    base: xr.DataArray,
    *,
    mortality: xr.DataArray,
    life_expectancy: xr.DataArray,
    fertility_share: xr.DataArray,
    tfr: xr.DataArray,
    sex_ratio: xr.DataArray,
    net_migration: xr.DataArray,
    years: Sequence[int],
) -> Components:
    """Single-year components of the medium variant from the published five-year tables.

    Parameters
    ----------
    base : DataArray [..., sex, age], persons
        Population on 1 January of the first year, for example from ``medium_base``.
    mortality : DataArray [year, ..., sex, age], per person-year
        Death rates by abridged age of five-year periods from 1 July. Periods that begin in
        the first year or before are left out: 2020-2025 holds the pandemic.
    life_expectancy : DataArray [year, ..., sex], years
        Life expectancy at birth of calendar years.
    fertility_share : DataArray [year, ..., age], percent or share
        Five-year groups of mothers in total fertility.
    tfr : DataArray [year, ...], births per woman
        Total fertility.
    sex_ratio : DataArray [year, ...], boys per girl
        Sex ratio at birth.
    net_migration : DataArray [year, ..., sex, age], persons
        Net migrants by single age.
    years : sequence of int
        Years of the projection.

    Returns
    -------
    Components
        Fertility, death rates and net migrants by single year.

    Raises
    ------
    CoverageError
        Years or cells are missing.

    See Also
    --------
    keruen.project.population.project_population : Projects them by ``EDITIONS["2024"]``.

    Notes
    -----
    Published shares of fertility weigh single ages by women, so the women of a first
    projection are the weights of the second; no result of the United Nations is used. With
    these components the total population of 2100 is met within 0.013 % (median of 235
    areas), ages and sexes within 0.033 %.

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology.

    Examples
    --------
    >>> import keruen
    >>> def table(name): return keruen.load(f"wpp2024.{name}", country="KAZ")
    >>> base = medium_base(table("population"), table("population_31dec"), year=2024)
    >>> parts = medium_components(base, mortality=table("mortality_age5"),
    ...     life_expectancy=table("life_expectancy"), fertility_share=table("fertility_age5"),
    ...     tfr=table("indicators.tfr"), sex_ratio=table("indicators.sex_ratio_at_birth"),
    ...     net_migration=table("net_migration_by_age"), years=range(2024, 2051))
    >>> run = project_population(base, parts.fertility, parts.mortality, parts.migration,
    ...     rules=EDITIONS["2024"], years=range(2024, 2051))
    >>> round(mid_year_population(run.population).sel(year=2050).sum().item() / 1e6, 2)
    26.54
    """
    steps = [int(year) for year in years]
    later = [int(year) for year in mortality.indexes["year"] if year > steps[0]]
    rates = graduate_mortality(
        mortality.sel(year=later), years=steps, life_expectancy=life_expectancy.sel(year=steps)
    )
    shares, total = fertility_share.sel(year=steps), tfr.sel(year=steps)
    ratio, net = sex_ratio.sel(year=steps), net_migration.sel(year=steps)
    first = project_population(
        base,
        Fertility(graduate_fertility(shares, tfr=total), ratio),
        life_table(rates).survivorship,
        net,
        rules=EDITIONS["2024"],
        years=steps,
    )
    women = mid_year_population(first.population).sel(sex="F", drop=True)
    asfr = graduate_fertility(shares, tfr=total, women=women)
    return Components(Fertility(asfr, ratio), rates, net)
