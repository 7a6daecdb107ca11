# SPDX-License-Identifier: Apache-2.0
"""How wrong projected urban shares have been: rolling origins, scores, intervals from errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import CoverageError
from keruen.project._urban import log_odds, logistic
from keruen.project.quantiles import LEVELS
from keruen.project.urban import UrbanProjection, UrbanRule, urban_share

if TYPE_CHECKING:
    import pandas as pd

_RIVALS: Final[tuple[UrbanRule, ...]] = ("un", "polynomial", "none", "constant")
_LEAST_PAST: Final = 4  # years of data before the first origin


def urban_errors(
    population: xr.DataArray, *, origins: Sequence[int] | None = None, rule: UrbanRule = "un"
) -> xr.DataArray:
    """Errors of the urban share projected from past dates, on the scale of log odds.

    Parameters
    ----------
    population : DataArray [country, year, residence], persons
        Urban and rural of past years, at equal distances.
    origins : sequence of int, optional
        Dates to project from, each with the data up to it alone; all that leave four dates
        before and one after where not given.
    rule : {"un", "polynomial", "none", "constant"}, optional
        Rule of the projection.

    Returns
    -------
    DataArray [origin_year, horizon, country], log odds
        Projected less observed; missing beyond the data and where a share is held.

    Raises
    ------
    CoverageError
        There are too few dates (``Unidentified``).

    See Also
    --------
    urban_intervals : Intervals from these errors.

    Notes
    -----
    Today's estimates are cut at the origin: a pseudo back-test, kinder than life, because
    the estimates of an old date have learned from later censuses.

    Examples
    --------
    >>> where = {"country": ["A", "B", "C"], "year": range(1980, 2010, 5),
    ...          "residence": ["urban", "rural"]}
    >>> rise = np.exp(np.outer([0.01, 0.02, 0.03], np.arange(0, 30, 5)))
    >>> people = xr.DataArray(np.stack([5e6 * rise, 5e6 * np.ones_like(rise)], -1), coords=where)
    >>> errors = urban_errors(people, rule="constant")
    >>> float(abs(errors).max()) < 1e-12
    True
    """
    require_dims(population, "country", "year", "residence", name="population")
    known = sorted(int(year) for year in population.indexes["year"])
    starts = known[_LEAST_PAST - 1 : -1] if origins is None else [int(o) for o in origins]
    if not starts or min(starts) not in known or known.index(min(starts)) < 1:
        raise CoverageError(
            "no date leaves two before and one after it",
            where=f"population has {known}, origins {starts}",
            remedy="give more dates, or origins among them",
            id="Unidentified",
        )
    horizons = sorted({later - start for start in starts for later in known if later > start})
    urban, rural = (population.sel(residence=part, drop=True) for part in ("urban", "rural"))
    truth = xr.zeros_like(urban, dtype=float).copy(data=log_odds(urban.values, rural.values))
    found = [_from(population, truth, start, horizons, rule) for start in starts]
    errors = xr.concat(found, xr.Variable("origin_year", starts), coords="minimal")
    return stamp(
        errors.transpose("origin_year", "horizon", "country"),
        name="error", units="log odds", kind="index", inputs=(population,), rule=rule,
    )  # fmt: skip


def _from(
    population: xr.DataArray, truth: xr.DataArray, start: int, horizons: list[int], rule: UrbanRule
) -> xr.DataArray:
    past = population.sel(year=population["year"] <= start)
    later = [year for year in (start + h for h in horizons) if year in population.indexes["year"]]
    ahead = urban_share(past, years=later, rule=rule)
    odds = log_odds(*(ahead.share.sel(residence=part).to_numpy() for part in ("urban", "rural")))
    guess = ahead.share.isel(residence=0, drop=True).copy(data=odds)
    error = (guess - truth.sel(year=later)).where(ahead.difference.notnull())
    placed = error.assign_coords(year=error["year"] - start).rename(year="horizon")
    return placed.reindex(horizon=horizons)


def urban_intervals(
    projection: UrbanProjection, errors: xr.DataArray, *, levels: Sequence[float] = LEVELS
) -> xr.DataArray:
    """Intervals of the urban share from the errors of the same rule at past dates.

    Parameters
    ----------
    projection : UrbanProjection
        Shares ahead.
    errors : DataArray [origin_year, horizon, country], log odds
        Past errors.
    levels : sequence of float, optional
        Probabilities from 0 to 1.

    Returns
    -------
    DataArray [quantile, ..., year], share
        Bounds of the urban share; missing beyond the longest horizon tested, and where the
        share is held.

    See Also
    --------
    urban_errors : Makes the errors.

    Notes
    -----
    Errors of all countries and origins are pooled by horizon; their quantiles are laid
    around the projected log odds, and horizons between are interpolated. At the base the
    error is zero.

    Examples
    --------
    >>> people = xr.DataArray([[10.0, 8.0], [11.5, 8.1]],
    ...     coords={"year": [2010, 2015], "residence": ["urban", "rural"]})
    >>> ahead = urban_share(people, years=[2020], rule="constant")
    >>> past = xr.DataArray([[[-0.1, 0.0, 0.1]]], coords={
    ...     "origin_year": [2010], "horizon": [5], "country": ["A", "B", "C"]})
    >>> urban_intervals(ahead, past, levels=[0.5]).values.round(5).tolist()
    [[0.61723]]
    """
    ahead = projection.share["year"].to_numpy() - int(projection.share.attrs["base"])
    known = errors.indexes["horizon"].to_numpy().astype(float)
    pooled = errors.transpose("horizon", ...).to_numpy().reshape(len(known), -1)
    spread = -np.nanquantile(pooled, [1 - level for level in levels], axis=1)
    spread = np.hstack([np.zeros((len(spread), 1)), spread])
    at = np.append(0.0, known)
    felt = np.stack([np.interp(ahead, at, row, right=np.nan) for row in spread])
    urban = projection.share.sel(residence="urban", drop=True).transpose(..., "year")
    odds = log_odds(urban.to_numpy(), 1 - urban.to_numpy())
    bounds = logistic(odds + np.expand_dims(felt, tuple(range(1, odds.ndim))))
    coords = {"quantile": list(levels), **{dim: urban[dim] for dim in urban.dims}}
    array = xr.DataArray(bounds, coords=coords, dims=list(coords))
    array = array.where(projection.difference.notnull())
    return stamp(
        array, name="share", units="1", kind="index", inputs=(projection.share, errors),
        moment=projection.share.attrs.get("moment", ""),
    )  # fmt: skip


def urban_scores(population: xr.DataArray, *, origins: Sequence[int]) -> pd.DataFrame:
    """Errors of every rule, and of shares held as they were, in points of the urban share.

    Parameters
    ----------
    population : DataArray [country, year, residence], persons
        Urban and rural of past years.
    origins : sequence of int
        Dates to project from, each with the data up to it alone.

    Returns
    -------
    DataFrame
        ``origin``, ``horizon``, ``rule``, ``countries``, ``mae``, ``median`` and ``bias``
        in points, ``within_1`` in percent of countries.

    See Also
    --------
    urban_errors : The errors themselves.

    Examples
    --------
    >>> where = {"country": ["A", "B"], "year": range(1985, 2005, 5),
    ...          "residence": ["urban", "rural"]}
    >>> rise = np.exp(np.outer([0.01, 0.02], np.arange(0, 20, 5)))
    >>> people = xr.DataArray(np.stack([5e6 * rise, 5e6 * np.ones_like(rise)], -1), coords=where)
    >>> found = urban_scores(people, origins=[1995])
    >>> found.loc[found["rule"] == "constant", "within_1"].tolist()
    [100.0]
    """
    import pandas as pd

    require_dims(population, "country", "year", "residence", name="population")
    urban = population.sel(residence="urban", drop=True) / population.sum("residence")
    rows = []
    for origin in origins:
        past = population.sel(year=population["year"] <= origin)
        later = [int(y) for y in urban["year"] if y > origin]
        guesses: dict[str, xr.DataArray] = {
            rule: urban_share(past, years=later, rule=rule).share.sel(residence="urban", drop=True)
            for rule in _RIVALS
        }
        guesses["held"] = urban.sel(year=origin, drop=True).expand_dims(year=later)
        for rule, guess in guesses.items():
            points = 100 * (guess - urban.sel(year=later))
            rows += [_row(origin, year, rule, points.sel(year=year).to_numpy()) for year in later]
    return pd.DataFrame(rows)


def _row(origin: int, year: int, rule: str, points: np.ndarray) -> dict[str, object]:
    size = np.abs(points)
    return {
        "origin": origin,
        "horizon": year - origin,
        "rule": rule,
        "countries": len(points),
        "mae": float(size.mean()),
        "median": float(np.median(size)),
        "bias": float(points.mean()),
        "within_1": float(100 * (size <= 1).mean()),
    }
