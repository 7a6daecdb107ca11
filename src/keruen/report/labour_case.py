# SPDX-License-Identifier: Apache-2.0
"""What a labour projection starts from: rates of the ILO, and a country's own figures over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.codes import country_code, country_name
from keruen.core.errors import CoverageError
from keruen.project.labour import OutputElasticity, output_elasticity
from keruen.sources.labour_inputs import (
    LAST_RATES,
    NationalLabour,
    broad_sectors,
    national_labour,
    output_growth,
    world_labour,
)

RECENT: Final = 10
"""Years of past growth whose mean is taken for the years to come."""

_SINCE: Final = 15
_FEWEST: Final = 9


@dataclass(frozen=True)
class LabourCase:
    """A country's labour market as it is known, and by whose definition.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    definition : {"national", "ilo", "own"}
        Whose figures employment and the labour force are; supply and demand share it.
    base : int
        Last year of the labour force; projection begins after it.
    rates : DataArray [year, country, sex, age], share
        Participation of all countries that are learned from.
    force : DataArray [year], persons
        Labour force.
    employed : DataArray [year], persons
        Employed.
    by_sector : DataArray [year, sector] or None, persons
        Employed by industry.
    regions : Dataset [year, region] or None
        ``labour_force`` and ``employed`` by region.
    growth : DataArray [year] or None, per year
        Past growth of output, and of years ahead where a path was given.
    elasticity : OutputElasticity or None
        Answer of employment to output; None where there is no output to learn from.
    apart : bool
        Whether rates of 15-24 and 55-64 are known apart.
    sources : tuple of str
        Tables used.
    own : bool
        Whether rates are the user's own: none of other countries are learned from.
    notes : tuple of str
        What a reader must know of the figures.
    """

    country: str
    definition: Literal["national", "ilo", "own"]
    base: int
    rates: xr.DataArray
    force: xr.DataArray
    employed: xr.DataArray
    by_sector: xr.DataArray | None
    regions: xr.Dataset | None
    growth: xr.DataArray | None
    elasticity: OutputElasticity | None
    apart: bool
    sources: tuple[str, ...]
    own: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def unemployment(self) -> float:
        """Share of the labour force without work in the base year."""
        force, employed = (float(one.sel(year=self.base)) for one in (self.force, self.employed))
        return 1 - employed / force

    def growth_ahead(self, years: list[int]) -> xr.DataArray | None:
        """Growth of output in years to come: as given, else the mean of the last ten known."""
        if self.growth is None:
            return None
        given = self.growth.sel(year=self.growth["year"] > self.base)
        known = self.growth.sel(year=self.growth["year"] <= self.base)
        mean = float(known.isel(year=slice(-RECENT, None)).mean())
        return given.reindex(year=years).fillna(mean)


def labour_case(country: str) -> LabourCase:
    """A country's labour market from the embedded data.

    Parameters
    ----------
    country : str
        Code or name.

    Returns
    -------
    LabourCase

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        The ILO has no rates of the country to 2024.

    Notes
    -----
    National figures are taken where the package holds them (Kazakhstan), to their last year;
    else those that follow from the ILO's rates, to 2024. The two differ by definition and
    are never mixed: what the ILO gives in addition is the pattern by sex and age.

    Examples
    --------
    >>> case = labour_case("KAZ")
    >>> case.definition, case.base, round(case.unemployment, 3)
    ('national', 2025, 0.046)
    """
    code = country_code(country)
    world = world_labour()
    if code not in world.participation.indexes["country"]:
        raise CoverageError(
            f"the ILO has no participation rates of {country_name(code)} to {LAST_RATES}",
            where=code,
            remedy=f"choose one of the {world.participation.sizes['country']} countries it has",
            id="NoRates",
        )
    here = {"country": code}
    own = national_labour(code)
    national = own or _estimates(code)
    definition: Literal["national", "ilo"] = "national" if own else "ilo"
    growth = output_growth(code)
    sources = (*world.sources, *national.sources)
    sources += () if growth is None else ("worldbank.indicators",)
    return LabourCase(
        country=code,
        definition=definition,
        base=int(national.labour_force.indexes["year"][-1]),
        rates=world.participation,
        force=national.labour_force,
        employed=national.employed,
        by_sector=national.by_sector,
        regions=national.regions,
        growth=growth,
        elasticity=elasticity_of(national.employed, growth),
        apart=bool(world.apart.sel(here)),
        sources=tuple(dict.fromkeys(sources)),
    )


def _estimates(code: str) -> NationalLabour:
    """What follows from the ILO's rates."""
    world = world_labour()
    people, rates = (
        one.sel(country=code, drop=True) for one in (world.population, world.participation)
    )
    force = (people * rates).sum(["sex", "age"])
    employed = force * (1 - world.unemployment.sel(country=code, drop=True))
    return NationalLabour(
        labour_force=force.rename("labour_force"),
        employed=employed.rename("employed"),
        by_sector=broad_sectors(code, employed),
        regions=None,
        sources=("ilo.indicators",),
    )


def elasticity_of(employed: xr.DataArray, growth: xr.DataArray | None) -> OutputElasticity | None:
    """Answer of employment to output over the last fifteen years that both are known.

    Parameters
    ----------
    employed : DataArray [year], persons
        Employed.
    growth : DataArray [year] or None, per year
        Growth of output.

    Returns
    -------
    OutputElasticity or None
        None where fewer than eight years of growth are known.
    """
    if growth is None:
        return None
    years = employed.indexes["year"].intersection(growth.indexes["year"])[-_SINCE - 1 :]
    if len(years) < _FEWEST:
        return None
    span = range(int(years[0]), int(years[-1]) + 1)
    steps = growth.reindex(year=list(span)).fillna(0.0)
    level = np.cumprod(1 + np.r_[0.0, steps.to_numpy()[1:]])
    output = xr.DataArray(level, coords={"year": list(span)}, dims="year").sel(year=years)
    return output_elasticity(employed.sel(year=years).drop_attrs(), output)
