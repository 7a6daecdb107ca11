# SPDX-License-Identifier: Apache-2.0
"""A country's projection under assumptions that a reader chooses, beside the medium variant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import xarray as xr

from keruen.core.errors import CodeError, CoverageError
from keruen.measure.age_structure import dependency_ratios, population_by_age_group
from keruen.project.assumptions import Components, Trajectories, Variant, variant
from keruen.project.paths import project_paths
from keruen.project.population import EDITIONS
from keruen.project.quantiles import path_quantiles
from keruen.report.outlook import BASE, END, OLD, SEED, year_end
from keruen.report.projection_components import (
    drawn_components,
    national_projection,
    prepare_components,
)
from keruen.sources.projection_inputs import YEARS, projection_inputs, projection_places

FertilityPath = Literal["medium", "high", "low", "constant", "replacement"]
"""Which fertility is taken: half a child more or less, today's, or that of replacement."""
MortalityPath = Literal["medium", "constant"]
"""Which mortality is taken: as projected, or today's."""
FIRST_TO: Final = 2030
"""Earliest last year that can be chosen."""
MOST: Final = 2000
"""Paths at most."""
LARGEST: Final = 10.0
"""Largest factor on migration."""

_FERTILITY: Final[dict[str, Variant]] = {
    "high": "high",
    "low": "low",
    "constant": "constant_fertility",
    "replacement": "instant_replacement",
}
_FIVE: Final = tuple(range(0, 101, 5))
_BROAD: Final = (0, 15, 20, OLD)


@dataclass(frozen=True)
class Choice:
    """What a reader chooses; the medium variant to 2100 when nothing is.

    Parameters
    ----------
    migration : float
        Factor on net international migration; 0 for none.
    fertility : {"medium", "high", "low", "constant", "replacement"}
        Path of fertility.
    mortality : {"medium", "constant"}
        Path of mortality.
    to : int
        Last year shown.
    paths : int
        Paths of the interval; none when 0.
    """

    migration: float = 1.0
    fertility: FertilityPath = "medium"
    mortality: MortalityPath = "medium"
    to: int = END
    paths: int = 1000

    @property
    def drawn(self) -> bool:
        """Whether there is an interval: one is published around the medium rates alone."""
        return self.paths > 0 and self.fertility == "medium" and self.mortality == "medium"


@dataclass(frozen=True)
class Chosen:
    """A projection as chosen, at the end of each year.

    Parameters
    ----------
    people : DataArray [year, sex, age], persons
        Population from the base on.
    totals : DataArray [quantile, year] or None, persons
        Quantiles of the population over the paths.
    old : DataArray [quantile, year] or None, per 100 aged 15-64
        Quantiles of the old-age dependency ratio.
    fan : DataArray [quantile, year, sex, age] or None, persons
        Quantiles of five-year age groups at the end of the last year.
    sources : tuple of str
        Embedded tables used.
    """

    people: xr.DataArray
    totals: xr.DataArray | None
    old: xr.DataArray | None
    fan: xr.DataArray | None
    sources: tuple[str, ...]


def chosen_projection(country: str, choice: Choice) -> Chosen | None:
    """A country's projection under a choice of assumptions; None where inputs are missing.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    choice : Choice
        What is chosen.

    Returns
    -------
    Chosen or None

    Raises
    ------
    CodeError
        There is no such path of fertility or mortality.
    CoverageError
        The last year, the factor or the number of paths is out of range (``OutOfRange``).

    See Also
    --------
    keruen.report.outlook.outlook : The medium variant with its interval.

    Notes
    -----
    The factor multiplies net migrants of every sex and age, and the net migration rate of
    every path: the interval of a factor 0 holds fertility and mortality alone. Paths have the
    seed of the medium's, so both meet the same futures.

    Examples
    --------
    >>> none = chosen_projection("KAZ", Choice(migration=0.0, to=2050, paths=0))
    >>> round(none.people.sel(year=2050).sum().item(), -5)
    27100000.0
    """
    _check(choice)
    if country not in projection_places():
        return None
    tables = projection_inputs(country)
    ready = prepare_components(tables)
    parts = _components(ready.components, choice)
    here = {"country": country}
    population = national_projection(ready, parts).population
    people = year_end(population.sel(here, drop=True)).sel(year=slice(BASE, choice.to))
    if not choice.drawn:
        return Chosen(people, None, None, None, tables.sources)
    medium = national_projection(ready, ready.components)
    drawn, more = drawn_components(tables, medium, trajectories=choice.paths, seed=SEED)
    paths = project_paths(
        ready.base, parts.fertility, parts.mortality, parts.migration,
        _scaled(drawn, choice.migration), rules=EDITIONS["2024"], years=YEARS,
    )  # fmt: skip
    ages = paths.population.sel(here, drop=True).sel(year=slice(None, choice.to + 1))
    broad = population_by_age_group(ages, lower=_BROAD).sum("sex", keep_attrs=True)
    last = population_by_age_group(ages.sel(year=[choice.to + 1]), lower=_FIVE)
    totals = paths.total.sel(here, drop=True).sel(year=slice(None, choice.to + 1))
    return Chosen(
        people=people,
        totals=year_end(path_quantiles(totals)),
        old=year_end(path_quantiles(dependency_ratios(broad).old)),
        fan=year_end(path_quantiles(last)),
        sources=(*tables.sources, *more),
    )


def _check(choice: Choice) -> None:
    for told, known in ((choice.fertility, FertilityPath), (choice.mortality, MortalityPath)):
        if told not in get_args(known):
            raise CodeError(
                f"there is no path '{told}'", remedy=f"choose one of {', '.join(get_args(known))}"
            )
    for name, value, low, high in (
        ("to", choice.to, FIRST_TO, END),
        ("migration", choice.migration, 0, LARGEST),
        ("paths", choice.paths, 0, MOST),
    ):
        if not low <= value <= high:
            raise CoverageError(
                f"{value:g} is outside {low:g} to {high:g}",
                where=name,
                remedy=f"choose a value from {low:g} to {high:g}",
                id="OutOfRange",
            )


def _components(parts: Components, choice: Choice) -> Components:
    """Mortality first, since fertility of replacement depends on it."""
    if choice.mortality == "constant":
        parts = variant(parts, "constant_mortality")
    if choice.fertility != "medium":
        parts = variant(parts, _FERTILITY[choice.fertility])
    scaled = (choice.migration * parts.migration).assign_attrs(parts.migration.attrs)
    return replace(parts, migration=scaled)


def _scaled(drawn: Trajectories, factor: float) -> Trajectories:
    rate = (factor * drawn.net_migration).assign_attrs(drawn.net_migration.attrs)
    return replace(drawn, net_migration=rate)
