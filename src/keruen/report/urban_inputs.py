# SPDX-License-Identifier: Apache-2.0
"""Urban shares from embedded tables: estimates, norm and past errors of all; a country ahead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError
from keruen.project.urban import UrbanNorm, UrbanProjection, UrbanRule, urban_norm, urban_share
from keruen.project.urban_record import urban_errors, urban_intervals, urban_scores
from keruen.sources.catalog import load

if TYPE_CHECKING:
    import pandas as pd

LAST: Final = 2050
"""Last year of the published shares, and of ours."""

POPULATION: Final = "wup2018.population"
SHARES: Final = "wup2018.urban_share"
TOTALS: Final = "wpp2024.population"
_ORIGIN: Final = 2000


@dataclass(frozen=True)
class UrbanWorld:
    """Estimates of all countries to the base, the publisher's own future, and the norm.

    Parameters
    ----------
    past : DataArray [country, year, residence], persons
        Five-year points to the base.
    published : DataArray [country, year], share
        Five-year points after it.
    norm : UrbanNorm
        Norm of the large countries.
    completed : tuple of str
        Areas without a town, whose rural population is that of World Population Prospects.
    """

    past: xr.DataArray
    published: xr.DataArray
    norm: UrbanNorm
    completed: tuple[str, ...]

    @property
    def base(self) -> int:
        """The last year of the estimates."""
        return int(self.past.indexes["year"][-1])


@dataclass(frozen=True)
class UrbanAhead:
    """Urban shares of one country at five-year points.

    Parameters
    ----------
    past : DataArray [year], share
        Estimates to the base.
    projection : UrbanProjection
        Shares after it.
    bounds : DataArray [quantile, year], share
        Intervals; missing where the share is held.
    published : DataArray [year], share
        The publisher's own projection.
    """

    past: xr.DataArray
    projection: UrbanProjection
    bounds: xr.DataArray
    published: xr.DataArray


@lru_cache(maxsize=1)
def urban_world() -> UrbanWorld:
    """Estimates to the base, the publisher's projection, and the norm of all countries."""
    people, shares = load(POPULATION), load(SHARES) / 100
    first_ahead = int(people.attrs["projected_from"])
    past = people.sel(year=people["year"] < first_ahead)
    past, completed = _completed(past, shares)
    past = past.transpose("country", "year", "residence")
    large = past.drop_sel(country=list(completed))
    ahead = shares.sel(year=shares["year"] >= first_ahead).transpose("country", "year")
    published = stamp(ahead, name="published", units="1", kind="share", moment="1 July")
    return UrbanWorld(past, published, urban_norm(large), completed)


@lru_cache(maxsize=4)
def urban_ahead(code: str) -> UrbanAhead:
    """Estimates, projection, intervals and the publisher's own of one country, shares alone.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    UrbanAhead

    Raises
    ------
    CoverageError
        The source has no urban population of the country.

    See Also
    --------
    keruen.report.urban_run.run_urban : The same with people, cities and a folder of tables.

    Examples
    --------
    >>> found = urban_ahead("KAZ")
    >>> round(100 * found.projection.share.sel(residence="urban", year=2050).item(), 1)
    70.2
    """
    world = urban_world()
    past = estimates_of(world.past, code)
    years = list(range(world.base + 5, LAST + 1, 5))
    ahead = urban_share(past, years=years, norm=world.norm)
    return UrbanAhead(
        past=(past.sel(residence="urban", drop=True) / past.sum("residence")).sel(country=code),
        projection=ahead,
        bounds=urban_intervals(ahead, past_errors("un")).sel(country=code, drop=True),
        published=world.published.sel(country=code, drop=True),
    )


@lru_cache(maxsize=1)
def urban_backtest() -> pd.DataFrame:
    """Back-test of all countries from 2000, by rule and horizon.

    Returns
    -------
    DataFrame
        As :func:`~keruen.project.urban_record.urban_scores` makes it.
    """
    return urban_scores(moving(), origins=[_ORIGIN])


def _completed(past: xr.DataArray, shares: xr.DataArray) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Areas without a town have no rural figure either: their whole population is rural."""
    lacking = past.isnull().any(["year", "residence"])
    codes = [str(code) for code in past["country"].to_numpy()[lacking.to_numpy()]]
    without = [code for code in codes if float(shares.sel(country=code).max()) == 0.0]
    whole = load(TOTALS, country=without).sum(["sex", "age"]).sel(year=past["year"])
    filled = past.copy()
    filled.loc[{"country": without, "residence": "rural"}] = whole.transpose("year", "country")
    kept = filled.dropna("country", how="any")
    return kept.assign_attrs(past.attrs), tuple(without)


def estimates_of(past: xr.DataArray, code: str) -> xr.DataArray:
    """The estimates of one country, or an error that says that there are none."""
    if code not in past.indexes["country"]:
        raise CoverageError(
            f"World Urbanization Prospects 2018 has no urban population of {code}",
            where="country",
            remedy="choose another country, or give your own urban and rural population",
        )
    return past.sel(country=[code])


@lru_cache(maxsize=4)
def past_errors(rule: UrbanRule) -> xr.DataArray:
    """Errors of a rule at past dates in all countries, on the scale of log odds."""
    return urban_errors(moving(), rule=rule)


def moving() -> xr.DataArray:
    """All countries with figures of their own."""
    world = urban_world()
    return world.past.drop_sel(country=list(world.completed))
