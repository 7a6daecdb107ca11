# SPDX-License-Identifier: Apache-2.0
"""Population at mid-year, and births and deaths of intervals, of every area of the world.

World Population Prospects give births and deaths by calendar year, both sexes together.
Girls and boys follow from the sex ratio at birth; women's and men's deaths from death
rates by single age, scaled to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.sources.catalog import load

SEXES: Final = ("F", "M")
_LAST: Final = 2024


@dataclass(frozen=True)
class VitalEvents:
    """Population on 1 July and vital events by calendar year.

    Parameters
    ----------
    population : DataArray [year, country, sex], persons
        Population on 1 July of the years asked for.
    births : DataArray [year, country, sex], persons per year
        Births of every calendar year between them.
    deaths : DataArray [year, country, sex], persons per year
        Deaths, likewise.
    sources : tuple of str
        Identifiers of the embedded tables used.

    See Also
    --------
    vital_events : Makes it.
    """

    population: xr.DataArray
    births: xr.DataArray
    deaths: xr.DataArray
    sources: tuple[str, ...]

    def between(self, events: xr.DataArray, start: int, end: int) -> xr.DataArray:
        """Events from 1 July of one year to 30 June of another.

        Parameters
        ----------
        events : DataArray [year, ...]
            ``births`` or ``deaths``.
        start : int
            Year the interval starts in.
        end : int
            Year it ends in.

        Returns
        -------
        DataArray [...]
            All of the years between, and half of the first and last.
        """
        span = events.sel(year=slice(start, end))
        half = xr.where(span["year"].isin([start, end]), 0.5, 1.0)
        return (span * half).sum("year")


def vital_events(years: Sequence[int], *, by_sex: bool = False) -> VitalEvents:
    """Population at some dates and all births and deaths between the first and the last.

    Parameters
    ----------
    years : sequence of int
        Years of the dates, each 1 July; from 1950 to 2024.
    by_sex : bool, optional
        Women and men apart.

    Returns
    -------
    VitalEvents

    Raises
    ------
    CoverageError
        A year is outside 1950 to 2024.

    See Also
    --------
    keruen.sources.flow_inputs.flow_inputs : Uses it for flows from stocks.

    Notes
    -----
    Deaths by sex: ``d_s = D sum_x(m_sx P_sx) / sum_s sum_x(m_sx P_sx)``, ``D`` the deaths
    of the year. Births by sex: ``B / (1 + r)`` girls at ``r`` boys per girl. Bonaire, Sint
    Eustatius and Saba have no population by age: theirs is that of the end of 2024 less the
    growth since, shared between the sexes as at that date, and so are their deaths. The
    Holy See has no vital events.

    Examples
    --------
    >>> events = vital_events([2020, 2024])
    >>> round(events.between(events.births, 2020, 2024).sel(country="KAZ").item())
    1706834
    """
    span = list(range(min(years), max(years) + 1))
    if span[0] < 1950 or span[-1] > _LAST:
        raise CoverageError(
            f"vital events are estimates for 1950 to {_LAST}, not {span[0]} to {span[-1]}",
            where="years",
            remedy="choose years within",
        )
    births = load("wpp2024.indicators.births", year=span)
    deaths = load("wpp2024.indicators.deaths", year=span)
    by_age = load("wpp2024.population", year=span)
    small = _without_ages(births, by_age, span)
    people = xr.concat([by_age.sum("age"), small], "country").sortby("country")
    places = people.indexes["country"]
    births = births.reindex(country=places, fill_value=0.0)
    deaths = deaths.reindex(country=places, fill_value=0.0)
    sources = ["wpp2024.population", "wpp2024.indicators", "wpp2024.population_31dec"]
    population = people.sel(year=list(years))
    if not by_sex:
        return VitalEvents(population.sum("sex"), births, deaths, tuple(sources))
    ratio = load("wpp2024.indicators.sex_ratio_at_birth", year=span).reindex(country=places)
    girls = births / (1.0 + ratio.fillna(1.05))
    born = xr.concat([girls, births - girls], "sex").assign_coords(sex=list(SEXES))
    died = deaths * _shares(by_age, people, span)
    return VitalEvents(population, born, died, (*sources, "wpp2024.mortality"))


def _without_ages(births: xr.DataArray, by_age: xr.DataArray, span: Sequence[int]) -> xr.DataArray:
    """Mid-year population by sex of areas with vital events but no population by age."""
    places = births.indexes["country"].difference(by_age.indexes["country"])
    ends = load("wpp2024.population_31dec", year=_LAST, country=list(places))
    change = load(
        "wpp2024.indicators.population_change",
        country=list(places),
        year=range(span[0], _LAST + 1),
    )
    later = change.sel(year=slice(None, None, -1)).cumsum("year").sel(year=slice(None, None, -1))
    total = ends.sum("sex")
    begin, finish = total - later, total - later + change
    middle = ((begin + finish) / 2).sel(year=list(span))
    return middle * (ends / total)


def _shares(by_age: xr.DataArray, people: xr.DataArray, span: Sequence[int]) -> xr.DataArray:
    """Share of each sex in the deaths of every year."""
    rates = load("wpp2024.mortality", year=list(span))
    expected = (rates * by_age).sum("age").reindex(country=people.indexes["country"])
    expected = expected.where(expected.sum("sex") > 0, people)
    return expected / expected.sum("sex")
