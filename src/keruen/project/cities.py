# SPDX-License-Identifier: Apache-2.0
"""Cities ahead: each against the rest of the towns of its country, within their total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.project._checks import first_cell
from keruen.project._urban import log_odds
from keruen.project._urbanchecks import check_span, span_of
from keruen.project.urban import CONVERGENCE

if TYPE_CHECKING:
    import pandas as pd

_LIMIT: Final = 0.99  # of the urban total that cities named one by one may take


@dataclass(frozen=True)
class CityNorm:
    """Difference of growth between a city and other towns that goes with its size.

    Parameters
    ----------
    alpha, beta : float
        ``d* = alpha + beta ln(city)``, a year.
    cities, intervals : int
        Cities and intervals that the estimate rests on.
    """

    alpha: float
    beta: float
    cities: int
    intervals: int


@dataclass(frozen=True)
class CityProjection:
    """Cities ahead.

    Parameters
    ----------
    population : DataArray [year, locality], persons
        Every city, those below the threshold too.
    listed : DataArray [year, locality], bool
        Whether the city reaches the threshold.
    norm : CityNorm
        What the differences move to.
    adjustments : DataFrame
        Cities scaled because together they exceeded the urban total: key, before, after,
        reason.
    """

    population: xr.DataArray
    listed: xr.DataArray
    norm: CityNorm
    adjustments: pd.DataFrame

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the cities at or above the threshold."""
        from keruen.core.tables import to_table

        table = to_table(self.population)
        return table[to_table(self.listed)["listed"].to_numpy()].reset_index(drop=True)


def project_cities(
    population: xr.DataArray,
    urban: xr.DataArray,
    country: xr.DataArray,
    *,
    years: Sequence[int],
    lag: int | None = None,
    convergence: float = CONVERGENCE,
    threshold: float = 300_000,
) -> CityProjection:
    """Project cities by the difference between their growth and that of other towns.

    Parameters
    ----------
    population : DataArray [year, locality], persons
        Cities at past dates; the last is the base.
    urban : DataArray [year, country], persons
        All towns at those dates and in the years wanted.
    country : DataArray [locality], ISO 3166-1 alpha-3
        Country of every city.
    years : sequence of int
        Years wanted, after the base.
    lag : int, optional
        Years before the base that the difference is taken from; the date before the base
        where not given.
    convergence : float, optional
        Years until only the norm counts.
    threshold : float, optional
        People from which a city is listed.

    Returns
    -------
    CityProjection

    Raises
    ------
    CoverageError
        Years or countries do not line up (``MissingPeriod``), or the norm cannot be
        estimated (``Unidentified``).
    SchemaError
        A population is negative or a city exceeds the towns of its country
        (``NegativeInput``, ``SharesDoNotAddUp``).

    See Also
    --------
    keruen.project.urban.urban_share : Gives the urban totals.

    Notes
    -----
    With ``V`` a city and ``W`` the rest of urban, ``d = [ln(V/W)_t - ln(V/W)_{t-T}] / T``
    moves linearly to ``d* = alpha + beta ln V`` over 25 years, as for urban shares; then
    the cities of a country that exceed 99 % of its urban total are scaled to it and listed.
    A city that is all urban of its country stays so.

    References
    ----------
    United Nations (2018). World Urbanization Prospects: The 2018 Revision. Methodology.

    Examples
    --------
    >>> cities = xr.DataArray([[1e6, 4e5, 3e5, 2e5], [1.2e6, 4.4e5, 3.3e5, 2.1e5]],
    ...     coords={"year": [2010, 2015], "locality": ["a", "b", "c", "d"]})
    >>> towns = xr.DataArray([[5e6], [5.5e6], [6e6]],
    ...     coords={"year": [2010, 2015, 2020], "country": ["AAA"]})
    >>> home = xr.DataArray(["AAA"] * 4, coords={"locality": ["a", "b", "c", "d"]})
    >>> ahead = project_cities(cities, towns, home, years=[2020])
    >>> bool(ahead.population.sum() < 6e6), ahead.listed.values.ravel().tolist()
    (True, [True, True, True, False])
    """
    check_span(convergence)
    require_dims(population, "year", "locality", name="population")
    known = sorted(int(year) for year in population.indexes["year"])
    wanted, start = span_of(years, known, lag)
    used = [known[start], known[-1]]
    cities, towns, codes = _checked(population, urban, country, wanted, used)
    V = cities.to_numpy()
    all_of = towns.sel(country=codes).to_numpy()
    past, ahead_of = all_of[: len(known)], all_of[len(known) :]
    odds = log_odds(V, past - V)
    norm = _norm(odds, V, known)
    growth = (odds[-1] - odds[start]) / (known[-1] - known[start])
    h = np.array(wanted, dtype=float)[:, None] - known[-1]
    inside = np.minimum(h, convergence)
    felt = inside - inside**2 / (2 * convergence)
    with np.errstate(divide="ignore"):
        target = norm.alpha + norm.beta * np.log(V[-1])
    free = np.isfinite(growth)
    moved = odds[-1] + np.where(free, growth * felt + target * (h - felt), 0.0)
    share = np.where(free, 1 / (1 + np.exp(-np.where(free, moved, 0))), V[-1] / past[-1])
    kept, changes = _within(share * ahead_of, ahead_of, codes)
    return _labelled(kept, changes, cities, wanted, norm=norm, threshold=threshold)


def _checked(
    population: xr.DataArray,
    urban: xr.DataArray,
    country: xr.DataArray,
    years: list[int],
    used: list[int],
) -> tuple[xr.DataArray, xr.DataArray, list[str]]:
    """Cities, towns of all their dates, and the country of each; the dates used must agree."""
    require_dims(urban, "year", "country", name="urban")
    require_dims(country, "locality", name="country")
    cities, home = same_cells(population.sortby("year"), country.rename("country"))
    cities = cities.transpose("year", "locality")
    codes = [str(code) for code in home.to_numpy()]
    wanted = [*(int(y) for y in cities.indexes["year"]), *years]
    lacks: list[object] = [y for y in wanted if y not in urban.indexes["year"]]
    lacks += [code for code in dict.fromkeys(codes) if code not in urban.indexes["country"]]
    if lacks:
        raise CoverageError(
            f"'urban' lacks {few(lacks)}",
            where="urban",
            remedy="give all towns of every country, at the dates of the cities and after",
            id="MissingPeriod",
        )
    towns = urban.sel(year=wanted).transpose("year", "country")
    for name, array in (("population", cities), ("urban", towns.sel(country=sorted(set(codes))))):
        bad = ~(array.to_numpy() >= 0)
        if bad.any():
            raise SchemaError(
                f"{int(bad.sum())} populations are negative or missing",
                where=f"{name} at {first_cell(array, bad)}",
                remedy="people are 0 or more",
                id="NegativeInput",
            )
    here = cities.sel(year=used)
    over = here.to_numpy() > towns.sel(year=used, country=codes).to_numpy() * 1.001
    if over.any():
        raise SchemaError(
            f"{int(over.sum())} figures of cities exceed all towns of their country",
            where=f"population at {first_cell(here, over)}",
            remedy="take cities and towns of one definition and one edition",
            id="SharesDoNotAddUp",
        )
    return cities, towns, codes


def _norm(odds: np.ndarray, cities: np.ndarray, years: list[int]) -> CityNorm:
    """Least squares of the difference on log size at the start, all intervals pooled."""
    growth = np.diff(odds, axis=0) / np.diff(years)[:, None]
    used = np.isfinite(growth)
    d, size = growth[used], np.log(cities[:-1][used])
    if len(d) < 3 or np.ptp(size) == 0:
        raise CoverageError(
            f"a norm cannot be estimated from {len(d)} intervals of cities",
            where="population",
            remedy="give more cities or dates",
            id="Unidentified",
        )
    alpha, beta = np.linalg.lstsq(np.stack([np.ones_like(size), size], 1), d, rcond=None)[0]
    return CityNorm(float(alpha), float(beta), int(used.any(axis=0).sum()), len(d))


def _within(
    people: np.ndarray, towns: np.ndarray, codes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Cities within the urban total of their country, and what they were before."""
    names, place = np.unique(codes, return_inverse=True)
    together = np.stack([np.bincount(place, row, len(names)) for row in people])[:, place]
    alone = np.bincount(place)[place] == 1
    limit = np.where(alone, 1.0, _LIMIT) * towns
    return np.where(together > limit, people * limit / np.maximum(together, 1.0), people), people


def _labelled(
    kept: np.ndarray,
    before: np.ndarray,
    cities: xr.DataArray,
    years: list[int],
    *,
    norm: CityNorm,
    threshold: float,
) -> CityProjection:
    import pandas as pd

    t, i = np.nonzero(kept != before)
    labels = cities.indexes["locality"]
    changes = pd.DataFrame(
        {
            "year": np.array(years)[t],
            "locality": np.asarray(labels)[i],
            "before": before[t, i],
            "after": kept[t, i],
            "reason": "cities together exceed 99 % of the urban total",
        }
    )
    array = xr.DataArray(
        kept, coords={"year": years, "locality": labels}, dims=["year", "locality"]
    )
    whole = stamp(
        array, name="population", units="persons", kind="count", inputs=(cities,), concept="stock"
    )
    listed = stamp(whole >= threshold, name="listed", units="1", kind="index")
    return CityProjection(whole, listed, norm, changes)
