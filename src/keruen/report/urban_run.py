# SPDX-License-Identifier: Apache-2.0
"""A run of urban shares: World Urbanization Prospects to its base year, then our own way ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.codes import country_code
from keruen.core.errors import CoverageError
from keruen.project.cities import CityProjection, project_cities
from keruen.project.urban import UrbanProjection, UrbanRule, urban_share
from keruen.project.urban_record import urban_intervals
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_run import described
from keruen.report.urban_inputs import (
    LAST,
    POPULATION,
    SHARES,
    TOTALS,
    estimates_of,
    moving,
    past_errors,
    urban_backtest,
    urban_world,
)
from keruen.sources.catalog import load, load_table

if TYPE_CHECKING:
    import pandas as pd

_CITIES: Final = "wup2018.city_population"
_PLACES: Final = "wup2018.cities"
_BOTH: Final = ["urban", "rural"]


@dataclass(frozen=True)
class UrbanRun:
    """What a run used and what it found.

    Parameters
    ----------
    past : DataArray [country, year, residence], persons
        Inputs: five-year points to the base, as published.
    projection : UrbanProjection
        Shares and people of every year after the base.
    bounds : DataArray [quantile, country, year], share
        Intervals from errors of the same method at past dates.
    published : DataArray [country, year], share
        The publisher's own projection of five-year points, never an input.
    cities : CityProjection or None
        Cities, where the countries have any of 300,000 or more.
    scores : DataFrame
        Back-test of all countries from 2000, by rule and horizon.
    options : dict
        Options as given.
    inputs : tuple of dict
        Embedded tables used.
    record : str
        Track record.
    warnings : tuple of str
        What must be said beside the numbers.
    """

    past: xr.DataArray
    projection: UrbanProjection
    bounds: xr.DataArray
    published: xr.DataArray
    cities: CityProjection | None
    scores: pd.DataFrame
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    record: str
    warnings: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Codes of the countries and areas."""
        return tuple(str(code) for code in self.past.indexes["country"])

    @property
    def base(self) -> int:
        """The last year of the inputs."""
        return int(self.past.indexes["year"][-1])


def run_urban(
    country: str, *, to: int = LAST, rule: UrbanRule = "un", step: Step | None = None
) -> UrbanRun:
    """Project the urban share of a country or of all from what was known at the base year.

    Parameters
    ----------
    country : str
        Code or name of a country, or ``"all"``.
    to : int, optional
        Last year, to 2050.
    rule : {"un", "polynomial", "none", "constant"}, optional
        Where the difference between urban and rural growth goes.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    UrbanRun

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        The year lies outside, or the country has no urban population in the source.

    See Also
    --------
    keruen.report.urban_release.write_urban : Writes the run to a folder.

    Notes
    -----
    Inputs are the estimates of World Urbanization Prospects 2018 for 1950 to 2015; its
    later points are its projection and only stand beside ours. People are shares of the
    mid-year population of World Population Prospects 2024.

    Examples
    --------
    >>> run = run_urban("KAZ", to=2030)
    >>> ahead = run.projection.share.sel(country="KAZ", residence="urban", year=2030)
    >>> run.base, round(100 * ahead.item(), 1)
    (2015, 60.5)
    """
    tell = step or quiet
    tell(0.0, "inputs")
    world, ours = urban_world(), None if country == "all" else country_code(country)
    if not world.base < to <= LAST:
        raise CoverageError(
            f"urban shares run from {world.base + 1} to {LAST}, not to {to}",
            where="to",
            remedy=f"choose a year from {world.base + 1} to {LAST}",
            id="YearOutOfRange",
        )
    years = list(range(world.base + 1, to + 1))
    totals = _totals(years)
    here = world.past if ours is None else estimates_of(world.past, ours)
    without = [str(c) for c in here.indexes["country"] if c not in totals.indexes["country"]]
    if ours is None:
        here = here.drop_sel(country=without)
    codes = [str(code) for code in here.indexes["country"]]
    tell(0.3, "shares")
    whole = None if ours in without else totals.sel(country=codes)
    ahead = urban_share(here, years=years, rule=rule, norm=world.norm, totals=whole)
    tell(0.6, "cities")
    scores, cities = urban_backtest(), _cities(codes, to, rule)
    inputs = (POPULATION, SHARES, TOTALS, *((_CITIES, _PLACES) if cities else ()))
    return UrbanRun(
        past=here,
        projection=ahead,
        bounds=urban_intervals(ahead, past_errors(rule)),
        published=world.published.sel(country=codes),
        cities=cities,
        scores=scores,
        options={"country": ours or "all", "to": to, "rule": rule},
        inputs=tuple(described(id) for id in inputs),
        record=_record(scores, rule),
        warnings=_warnings(ahead, codes, without),
    )


def _totals(years: list[int]) -> xr.DataArray:
    """Mid-year population of all countries."""
    people = load(TOTALS, year=years)
    return people.sum(["sex", "age"], keep_attrs=True).transpose("country", "year")


def _cities(codes: list[str], to: int, rule: UrbanRule) -> CityProjection | None:
    """Cities within the towns of their own edition: its totals grow as those of today's."""
    years = list(range(urban_world().base + 5, to + 1, 5))
    known = load_table(_PLACES).set_index("locality")["country"]
    named = [str(name) for name in known.index[known.isin(codes)]]
    if not named or not years:
        return None
    past = moving()
    whole = _totals([urban_world().base, *years])
    kept = [code for code in past.indexes["country"] if code in whole.indexes["country"]]
    past, whole = past.sel(country=kept), whole.sel(country=kept)
    growth = whole.sel(year=years) / whole.isel(year=0, drop=True)
    ahead = urban_share(
        past, years=years, rule=rule, norm=urban_world().norm,
        totals=growth * past.isel(year=-1, drop=True).sum("residence"),
    )  # fmt: skip
    if ahead.population is None:  # never: totals were given
        return None
    towns = xr.concat([past.sel(residence=_BOTH), ahead.population], "year").sel(
        residence="urban", drop=True
    )
    home = xr.DataArray(known.to_numpy().astype(str), coords={"locality": list(known.index)})
    people = load(_CITIES, year=[int(year) for year in past.indexes["year"]])
    found = project_cities(people, towns, home, years=years)
    changes = found.adjustments
    return CityProjection(
        found.population.sel(locality=named),
        found.listed.sel(locality=named),
        found.norm,
        changes[changes["locality"].isin(named)].reset_index(drop=True),
    )


def _record(scores: pd.DataFrame, rule: str) -> str:
    """What past projections by the rule say, beside shares held as they were."""
    last = scores[scores["horizon"] == scores["horizon"].max()].set_index("rule")
    own, held = last.loc[rule], last.loc["held"]
    return (
        f"from {int(own['origin'])}, {int(own['horizon'])} years ahead (today's estimates cut "
        f"there): off by {own['mae']:.1f} points in {int(own['countries'])} countries (median "
        f"{own['median']:.1f}), shares held {held['mae']:.1f}"
    )


def _warnings(ahead: UrbanProjection, codes: list[str], without: list[str]) -> tuple[str, ...]:
    world = urban_world()
    notes = [
        (
            f"inputs end in {world.base}: World Urbanization Prospects 2018 projects after it; "
            "censuses since then are not in"
        ),
        "intervals hold the errors of the share, not those of the total population",
    ]
    if len(ahead.held):
        held = ", ".join(str(code) for code in ahead.held["country"])
        notes.append(f"all urban or all rural, share kept: {held}")
    filled = [code for code in codes if code in world.completed]
    if filled:
        notes.append(
            f"no rural figure is published for {', '.join(filled)}, which have no town: it is "
            "the population of World Population Prospects 2024"
        )
    if without:
        notes.append(f"left out, for no total population is held: {', '.join(without)}")
    return tuple(notes)
